"""What ``landscape figures`` does: redraw folders, draw them for a venue, or draw the paper's figures from all of them."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from landscape.plot.save import FORMATS, check_formats
from landscape.plot.venues import Width
from landscape.study.figures import figures_of
from landscape.study.files import read_json
from landscape.study.gallery import figures_in, is_gallery, redraw
from landscape.study.gallery_page import write_page
from landscape.study.paper_set import paper_of, write_paper
from landscape.study.report import write_report
from landscape.study.store import Study

__all__ = ["FORMATS", "Look", "draw_for", "draw_paper", "redraw_all", "write_page"]


@dataclass(frozen=True)
class Look:
    """Venue, width and file formats; None is the house style, and each figure's own width."""

    venue: str | None = None
    width: Width | None = None
    formats: Sequence[str] = FORMATS


def redraw_all(folders: Sequence[Path]) -> list[str]:
    """Redraw studies and galleries from their data, several at once, and return where everything is.

    Raises
    ------
    FileNotFoundError, ValueError
        If a folder holds neither a finished study nor a gallery; nothing is drawn then.
    """
    for folder in folders:
        _open(folder)
    workers = min(len(folders), len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1)
    if workers < 2:
        told = [_redraw(folder) for folder in folders]
    else:
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            told = list(pool.map(_redraw, sorted(folders, key=_size, reverse=True)))
    return [line for lines in told for line in lines]


def draw_for(folders: Sequence[Path], look: Look, out: Path | None) -> list[str]:
    """Draw the figures of studies and galleries for a venue or in other formats, and return where they are.

    Raises
    ------
    FileNotFoundError, ValueError
        If a folder holds nothing to draw, or a format needs what is not installed.
    """
    check_formats(look.formats)
    opened = [(folder, _open(folder)) for folder in folders]
    if out is not None and len(folders) > 1:
        raise ValueError(
            f"--out names one folder for the figures of {len(folders)}: leave it out, or draw one at a time"
        )
    lines = []
    for folder, study in opened:
        target = out or folder / f"for-{look.venue or 'print'}"
        drafts = figures_in(folder) if study is None else figures_of(study, study.analysis)
        record = {} if study is None else {"study": study.spec.name, **study.provenance}
        for draft in drafts:
            told = record or json.loads(draft.data.attrs.get("provenance", "{}"))
            draft.save(target, told, venue=look.venue, width=look.width, formats=look.formats)
        lines.append(f"figures  {target}")
    return lines


def draw_paper(folders: Sequence[Path], costs: Path | None, look: Look, out: Path | None) -> str:
    """Draw the paper's figures and tables that the studies can feed, and say why the others are missing.

    Raises
    ------
    FileNotFoundError, ValueError
        If a folder holds no finished study, or the file of the costs is not there or no JSON.
    """
    check_formats(look.formats)
    studies = []
    for folder in folders:
        study = Study.open(folder)
        _ = study.tree
        studies.append(study)
    if costs is not None and not costs.is_file():
        raise FileNotFoundError(f"no costs at '{costs}': run benchmarks/methods.py, or name the file it wrote")
    made = paper_of(studies, None if costs is None else read_json(costs))
    target = out or folders[0] / "paper"
    provenance = {study.spec.name: study.provenance for study in studies}
    write_paper(made, target, provenance=provenance, venue=look.venue, width=look.width, formats=look.formats)
    lines = [f"missing  {name}: {sentence}" for name, sentence in made.missing.items()]
    return "\n".join([*lines, f"figures  {target / 'figures'}", f"tables   {target / 'tables'}"])


def _open(folder: Path) -> Study | None:
    """The study in a folder, with its numbers; None for a gallery."""
    if is_gallery(folder):
        return None
    study = Study.open(folder)
    _ = study.tree
    return study


def _redraw(folder: Path) -> list[str]:
    study = _open(folder)
    if study is None:
        redraw(folder)
        return [f"figures  {folder / 'figures'}"]
    report = write_report(study)
    return [f"report   {report}", f"figures  {folder / 'figures'}", f"tables   {folder / 'tables'}"]


def _size(folder: Path) -> int:
    """How much there is to draw, so that the longest starts first."""
    return sum(1 for _ in (folder / "figures").glob("*.nc"))
