"""Redraw the figures of folders from their data, draw them for a venue, or draw the paper's figures from studies."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import xarray as xr

from landscape._common.checksums import DamagedFileError, sealed
from landscape._common.files import netcdf_bytes, read_dataset, read_json, remove_leftovers, write_bytes
from landscape.plot import AgreementDisplay, CostDisplay, PanelsDisplay, PlaneDisplay, SpectrumDisplay
from landscape.plot.save import FORMATS, check_formats
from landscape.plot.venues import Width
from landscape.study.engines.processes import stop
from landscape.study.figure_specs import FigureSpec, StudyFigure, spec_of_panels
from landscape.study.figures import figures_of
from landscape.study.index_page import write_page
from landscape.study.integrity import with_remedy
from landscape.study.missing import reason_of
from landscape.study.monitored import MonitoredStudy
from landscape.study.monitored_report import monitored_figures
from landscape.study.paper.collect import paper_of, write_paper
from landscape.study.papers.report import is_named_folder, write_outputs
from landscape.study.report import write_report
from landscape.study.store import Study
from landscape.study.sweep import points_of, sweep_figures
from landscape.study.tables import Table, write_tables
from zenith._common.starting import interrupts_held

__all__ = [
    "FORMATS",
    "FigureOptions",
    "draw_for",
    "draw_paper",
    "figures_in",
    "is_gallery",
    "redraw",
    "redraw_all",
    "write_data",
    "write_page",
]


WITHOUT_IT = "put back a copy of it, or delete it, and the others are drawn"
"""The remedy for a damaged file of a gallery."""


@dataclass(frozen=True)
class FigureOptions:
    """Venue, width and file formats of figures; None is the default style, and each figure's own width."""

    venue: str | None = None
    width: Width | None = None
    formats: Sequence[str] = FORMATS


def redraw_all(folders: Sequence[Path]) -> list[str]:
    """Redraw studies and galleries from their data, several in parallel, and return the paths written.

    Raises
    ------
    FileNotFoundError, ValueError
        If a folder holds neither a finished study nor a gallery; nothing is drawn then.
    """
    for folder in folders:
        if not is_named_folder(folder):
            _open(folder)
    workers = min(len(folders), len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1)
    if workers < 2:
        done = [_redraw(folder) for folder in folders]
    else:
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_interruptible) as pool:
            try:
                with interrupts_held():
                    drawn = pool.map(_redraw, sorted(folders, key=_size, reverse=True))
                done = list(drawn)
            except KeyboardInterrupt:
                stop(pool)
                raise
    return [line for lines in done for line in lines]


def draw_for(folders: Sequence[Path], options: FigureOptions, out: Path | None) -> list[str]:
    """Draw the figures of studies and galleries for a venue or in other formats, and return their folders.

    Raises
    ------
    FileNotFoundError, ValueError
        If a folder holds nothing to draw, or a format needs what is not installed.
    """
    check_formats(options.formats)
    opened = [(folder, _open(folder)) for folder in folders]
    if out is not None and len(folders) > 1:
        raise ValueError(
            f"--out names one folder for the figures of {len(folders)}: leave it out, or draw one at a time"
        )
    lines = []
    for folder, study in opened:
        target = out or (folder if folder.is_dir() else folder.parent) / f"for-{options.venue or 'print'}"
        specs, record = _figures_of(folder, study)
        remove_leftovers(target)
        for spec in specs:
            provenance = record or json.loads(spec.data.attrs.get("provenance", "{}"))
            spec.save(target, provenance, venue=options.venue, width=options.width, formats=options.formats)
        lines.append(f"figures  {target}")
    return lines


def draw_paper(folders: Sequence[Path], costs: Path | None, options: FigureOptions, out: Path | None) -> str:
    """Draw the paper's figures and tables that the studies suffice for, and say why the others are missing.

    Raises
    ------
    FileNotFoundError, ValueError
        If a folder holds no finished study, or the file of the costs is not there or no JSON.
    """
    check_formats(options.formats)
    studies = []
    for folder in folders:
        study = Study.open(folder)
        _ = study.tree
        studies.append(study)
    if costs is not None and not costs.is_file():
        raise FileNotFoundError(f"no costs at '{costs}': run benchmarks/methods.py, or name the file it wrote")
    studies = list(points_of(studies))
    made = paper_of(studies, None if costs is None else read_json(costs))
    target = out or folders[0] / "paper"
    provenance = {study.spec.name: study.provenance for study in studies}
    for each in ("figures", "tables"):
        remove_leftovers(target / each)
    write_paper(made, target, provenance=provenance, venue=options.venue, width=options.width, formats=options.formats)
    lines = [f"missing  {name}: {sentence}" for name, sentence in made.missing.items()]
    return "\n".join([*lines, f"figures  {target / 'figures'}", f"tables   {target / 'tables'}"])


def is_gallery(folder: Path) -> bool:
    """Whether a folder is a gallery; a study is none."""
    return not (folder / "study.toml").exists() and any((folder / "figures").glob("*.nc"))


def figures_in(folder: Path) -> tuple[FigureSpec, ...]:
    """Return the specs of a gallery's figures.

    Raises
    ------
    ValueError
        If a file does not say how it is drawn.
    """
    specs = []
    for path in sorted((folder / "figures").glob("*.nc")):
        with with_remedy(WITHOUT_IT):
            data = read_dataset(path)
        kind = data.attrs.get("drawn_by")
        if kind not in DISPLAYS:
            raise ValueError(f"'{path}' says drawn_by = {kind!r}, which is none of {', '.join(DISPLAYS)}.")
        figure = StudyFigure(path.stem, str(data.attrs.get("title", path.stem)), str(data.attrs.get("caption", "")))
        if kind == "panels":
            with _known_data(path):
                panels = PanelsDisplay.from_dataset(data)
            specs.append(spec_of_panels(figure, panels, data))
        else:
            specs.append(FigureSpec(figure, data, partial(_display, path, kind, data)))
    return tuple(specs)


@contextmanager
def _known_data(path: Path) -> Iterator[None]:
    try:
        yield
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise DamagedFileError(path, f"it lacks what its figure shows: {error}", WITHOUT_IT) from error


def _display(path: Path, kind: str, data: xr.Dataset) -> Any:
    with _known_data(path):
        return DISPLAYS[kind](data)


def redraw(folder: Path) -> None:
    """Draw every figure of a gallery and write its tables from the stored data; nothing is measured."""
    for each in ("figures", "tables"):
        remove_leftovers(folder / each)
    for spec in figures_in(folder):
        spec.save(folder / "figures", {}, with_data=False)  # which is where they were read from
    tables = [_table(path) for path in sorted((folder / "tables").glob("*.json"))]
    if tables:
        write_tables(folder / "tables", tables)


def _table(path: Path) -> Table:
    """Read a table of a gallery, which is written under the name of its own file and no other."""
    try:
        table = Table.of(read_json(path))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(
            f"'{path}' is no table of a gallery ({reason_of(error)}): delete it, or make it anew"
        ) from error
    if table.name != path.stem:
        raise ValueError(
            f"'{path}' says that it is the table {table.name!r}: let its name be {path.stem!r}, as its file's"
        )
    return table


def write_data(folder: Path, name: str, data: xr.Dataset, caption: str, provenance: Mapping[str, Any]) -> Path:
    """Write the data of a figure into a gallery, to be drawn by `redraw`."""
    path = folder / "figures" / f"{name}.nc"
    attributes = {"caption": caption, "provenance": json.dumps(dict(provenance), sort_keys=True)}
    write_bytes(path, sealed(netcdf_bytes(data.drop_encoding().assign_attrs(attributes)), {"kind": "figure"}))
    return path


def _open(folder: Path) -> Study | None:
    """The study in a folder, with its numbers; None for a gallery."""
    if is_gallery(folder):
        return None
    study = Study.open(folder)
    _ = study.tree
    return study


def _figures_of(folder: Path, study: Study | None) -> tuple[Sequence[FigureSpec], dict[str, Any]]:
    """Return the specs of all figures, and their provenance if it is not in the figures' data."""
    if study is None:
        return figures_in(folder), {}
    if isinstance(study, MonitoredStudy):
        return monitored_figures(study), {"records": [str(file) for file in study.files]}
    specs = sweep_figures(study) if study.spec.sweep else figures_of(study, study.analysis)
    return specs, {"study": study.spec.name, **study.provenance}


def _interruptible() -> None:
    """Let Ctrl-C end a process that draws, which removes its temporary files first."""
    signal.signal(signal.SIGINT, lambda *_: sys.exit(1))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def _redraw(folder: Path) -> list[str]:
    if is_named_folder(folder):
        write_outputs(folder)
        return [f"report   {folder / 'report.html'}", f"figures  {folder / 'figures'}", f"tables   {folder / 'tables'}"]
    study = _open(folder)
    if study is None:
        redraw(folder)
        return [f"figures  {folder / 'figures'}"]
    report = write_report(study)
    return [f"report   {report}", f"figures  {study.path / 'figures'}", f"tables   {study.path / 'tables'}"]


def _size(folder: Path) -> int:
    """Number of figures in a folder; the largest folder starts first."""
    return sum(1 for _ in (folder / "figures").glob("*.nc"))


def _adaptive_plane(data: xr.Dataset) -> PlaneDisplay:
    xlabel, ylabel = r"$\alpha$ (random direction 1)", r"$\beta$ (random direction 2)"
    return PlaneDisplay(data, label=data.attrs["label"], xlabel=xlabel, ylabel=ylabel, evaluated=True)


DISPLAYS: dict[str, Callable[[xr.Dataset], Any]] = {
    "panels": PanelsDisplay.from_dataset,
    "adaptive_plane": _adaptive_plane,
    "spectrum": SpectrumDisplay.from_dataset,
    "agreement": AgreementDisplay.from_dataset,
    "costs": CostDisplay.from_dataset,
}
