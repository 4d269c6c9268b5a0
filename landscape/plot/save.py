"""Save a figure as PDF, SVG, PNG or PGF with its data: atomically, and the same bytes for the same figure."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib
import xarray as xr
from matplotlib.cbook import is_math_text
from matplotlib.figure import Figure
from matplotlib.mathtext import MathTextParser
from matplotlib.text import Text

from landscape._common.atomic import write_together
from landscape._common.checksums import sealed
from landscape._common.escaping import visible
from landscape._common.netcdf import netcdf_bytes
from landscape.plot._base import check_choice
from landscape.plot.venues import as_made

FORMATS = ("pdf", "svg", "png")
# No dates and no version strings: a figure that did not change is a file that did not change.
METADATA: dict[str, dict[str, None]] = {
    "pdf": {"CreationDate": None, "Producer": None, "Creator": None},
    "svg": {"Date": None, "Creator": None},
    "png": {"Software": None},
    "pgf": {},
}
TEX = ("xelatex", "lualatex", "pdflatex")


def save_figure(
    figure: Figure,
    stem: Path | str,
    data: xr.Dataset | None = None,
    *,
    caption: str = "",
    provenance: Mapping[str, Any] | None = None,
    formats: Sequence[str] = FORMATS,
) -> dict[str, Path]:
    r"""Write STEM.pdf, STEM.svg, STEM.png (300 dpi) and STEM.nc.

    All are written aside first and moved into place only when all have been, so a reader never finds half a file.

    Parameters
    ----------
    figure : matplotlib Figure
        Saved at its own size, never cropped: the width stays that of the page it was drawn for.
    stem : path
        Without suffix; its folder is created.
    data : xarray Dataset, optional
        What the figure shows; without it no STEM.nc is written.
    caption : str
        Stored with the data as the attribute "caption".
    provenance : mapping, optional
        JSON-able; stored with the data as the attribute "provenance".
    formats : sequence of {"pdf", "svg", "png", "pgf"}
        PGF is for ``\input`` in LaTeX, in the document's own fonts; it needs LaTeX here too, to measure the text.

    Returns
    -------
    dict of str to Path
        By suffix: the formats, and "nc".

    Raises
    ------
    ValueError
        If a format is unknown, or PGF is asked for where there is no LaTeX; nothing is written then.

    Examples
    --------
    >>> import tempfile
    >>> import landscape as ls
    >>> trace = ls.plot.TraceDisplay([0, 1], [[[2.0, 1.0]]], ["zenith"], ylabel="training loss (nats)").plot()
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     sorted(ls.plot.save_figure(trace.figure_, f"{folder}/loss", formats=("pdf", "png")))
    ['pdf', 'png']
    """
    tex = check_formats(formats)
    stem = Path(stem)
    suffixes = (*formats, *(("nc",) if data is not None else ()))
    paths = {suffix: stem.parent / f"{stem.name}.{suffix}" for suffix in suffixes}
    _make_legible(figure)
    made: dict[str, bytes] = {}
    with as_made(figure):
        if data is not None:
            made["nc"] = _data_bytes(data, caption, provenance or {})
        with _laid_out(figure):
            for suffix in formats:
                if suffix != "pgf":
                    made[suffix] = _saved(figure, suffix, metadata=METADATA[suffix])
        if tex is not None:  # laid out anew: LaTeX sets text in other widths
            with matplotlib.rc_context({"pgf.texsystem": tex, "pgf.rcfonts": False}):
                text = _saved(figure, "pgf")
            # Matplotlib's labels of log axes use this; its own preamble defines it, which a reader's document lacks.
            made["pgf"] = b"\\providecommand{\\mathdefault}[1]{#1}%\n" + text
    write_together({paths[suffix]: made[suffix] for suffix in suffixes})
    return paths


def _saved(figure: Figure, suffix: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format=suffix, **options)
    return buffer.getvalue()


def _make_legible(figure: Figure) -> None:
    """Let labels that matplotlib cannot draw, which are of users and of their files, be drawn letter by letter."""
    for text in figure.findobj(Text):
        words = text.get_text()
        if (clean := visible(words, keep="\n")) != words:
            text.set_text(clean)
        if clean.count("$") > 1 and text.get_parse_math():
            try:
                for line in filter(is_math_text, clean.split("\n")):  # as they are drawn, each by itself
                    MathTextParser("path").parse(line)
            except ValueError:  # one dollar sign opens what is no formula
                text.set_parse_math(False)


def check_formats(formats: Sequence[str]) -> str | None:
    """Check formats as `save_figure` does; return the TeX program that PGF needs, None without PGF."""
    for suffix in formats:
        check_choice(suffix, "format", tuple(METADATA))
    return _find_tex() if "pgf" in formats else None


def _data_bytes(data: xr.Dataset, caption: str, provenance: Mapping[str, Any]) -> bytes:
    attributes = {"caption": caption, "provenance": json.dumps(dict(provenance), sort_keys=True)}
    return sealed(netcdf_bytes(data.drop_encoding().assign_attrs(attributes)), {"kind": "figure"})


@contextmanager
def _laid_out(figure: Figure) -> Iterator[None]:
    """Lay the figure out once for all formats, since the layout takes most of the time of saving."""
    engine = figure.get_layout_engine()
    if engine is not None:
        for _ in range(2):  # the second pass sees the legends and labels where the first has put them
            figure.draw_without_rendering()
        with matplotlib.rc_context({"figure.autolayout": False, "figure.constrained_layout.use": False}):
            figure.set_layout_engine(None)  # in whose place "none" leaves one for which every format is drawn twice
    try:
        yield
    finally:
        if engine is not None:
            figure.set_layout_engine(engine)


def _find_tex() -> str:
    found = next((name for name in TEX if shutil.which(name)), None)
    if found is None:
        raise ValueError(
            f"format 'pgf' needs LaTeX to measure the text, and none of {', '.join(TEX)} is installed here: install "
            "TeX Live, or leave 'pgf' out of formats and include the PDF instead."
        )
    return found
