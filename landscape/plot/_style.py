"""The style of all figures: rcParams, and a fixed style for each method."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any, Literal

__all__ = ["STYLE", "MethodStyle", "method_style", "styles_among"]

_AMONG: ContextVar[tuple[str, ...]] = ContextVar("_AMONG", default=())

STYLE: dict[str, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],  # ships with matplotlib: the same glyphs on every machine
    "font.size": 7.0,
    "axes.titlesize": 6.5,
    "axes.labelsize": 7.0,
    "xtick.labelsize": 6.5,
    "ytick.labelsize": 6.5,
    "legend.fontsize": 6.5,
    "legend.title_fontsize": 6.5,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.minor.width": 0.4,
    "ytick.minor.width": 0.4,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "xtick.minor.size": 1.5,
    "ytick.minor.size": 1.5,
    "lines.linewidth": 1.0,
    "lines.markersize": 3.5,
    "lines.scale_dashes": False,  # dash patterns below are in points
    "hatch.linewidth": 0.4,
    "legend.frameon": False,
    "legend.handlelength": 3.2,
    "legend.columnspacing": 1.2,
    "legend.handletextpad": 0.5,
    "legend.labelspacing": 0.3,
    "legend.borderpad": 0.2,
    "figure.dpi": 150.0,
    "savefig.dpi": 300.0,
    "pdf.fonttype": 42,  # TrueType: journals reject Type 3, and the text stays searchable
    "ps.fonttype": 42,
    "svg.fonttype": "path",  # outlines: looks the same where DejaVu Sans is missing; the PDF keeps the text
    "svg.hashsalt": "landscape",  # fixed identifiers: equal figures are equal files
    "path.simplify_threshold": 0.1,
}


@dataclass(frozen=True)
class MethodStyle:
    """Style of one method.

    Attributes
    ----------
    color, marker : str
        As matplotlib takes them.
    dashes : tuple of float
        On-off lengths in points; empty for a solid line.
    linewidth, markersize : float
        In points; the sizes make markers of different shape look equally large.
    zorder : float
        Drawing order.

    Examples
    --------
    >>> ls.plot.MethodStyle("#000000", "s", dashes=(1.0, 1.3)).linestyle
    (0.0, (1.0, 1.3))
    """

    color: str
    marker: str
    dashes: tuple[float, ...]
    linewidth: float = 1.0
    markersize: float = 3.5
    zorder: float = 3.0

    @property
    def linestyle(self) -> tuple[float, tuple[float, ...]] | Literal["-"]:
        """The line style as `Line2D` takes it."""
        return (0.0, self.dashes) if self.dashes else "-"


# Every line has a contrast of at least 3 : 1 with white (WCAG 2.1, 1.4.11). The colours of a study's own methods stay
# apart in greyscale (L* from 0 to 60, in steps of 5) and under simulated deuteranopia, protanopia and tritanopia, and
# so do those of the automatic methods among each other and with ZENITH; dash pattern and marker tell them apart without
# any colour.
_KNOWN = {
    "zenith": MethodStyle("#e42536", "o", (), linewidth=1.7, markersize=3.8, zorder=4.0),
    "constant": MethodStyle("#000000", "s", (1.0, 1.3), markersize=3.2),
    "step": MethodStyle("#332288", "^", (5.0, 1.5), markersize=3.8),
    "exponential": MethodStyle("#d07d00", "D", (5.0, 1.3, 1.0, 1.3), markersize=3.0),
    "polynomial": MethodStyle("#1845fb", "v", (2.5, 1.3), markersize=3.8),
    "cosine": MethodStyle("#0091a2", "P", (5.0, 1.2, 1.0, 1.2, 1.0, 1.2), markersize=4.5),
    "sgd": MethodStyle("#a36cd9", "X", (7.0, 1.5), markersize=4.5),
    "adamw": MethodStyle("#882255", "*", (2.5, 1.2, 1.0, 1.2), markersize=5.0),
    "pal": MethodStyle("#4c0099", "<", (6.0, 1.2, 2.0, 1.2), markersize=3.8),
    "lqa": MethodStyle("#639999", ">", (3.5, 1.2, 1.0, 1.2, 1.0, 1.2), markersize=3.8),
    "gen": MethodStyle("#8c9963", "d", (8.0, 1.2, 1.0, 1.2), markersize=3.8),
    "cocob": MethodStyle("#d96c00", "p", (1.0, 2.2), markersize=3.8),
    "dog": MethodStyle("#af7cbf", "h", (4.0, 1.2, 4.0, 2.6), markersize=3.8),
    "dowg": MethodStyle("#0000e6", "*", (3.5, 2.2), markersize=5.0),
    "d-adaptation": MethodStyle("#324c4c", "X", (2.0, 1.2, 2.0, 2.6), markersize=4.2),
    "prodigy": MethodStyle("#731717", "P", (9.0, 1.2, 2.0, 1.2, 2.0, 1.2), markersize=4.5),
    "l4": MethodStyle("#731773", "v", (6.0, 2.6), markersize=3.8),
    "ali-g": MethodStyle("#e62ee6", "^", (4.0, 1.2, 1.5, 1.2), markersize=3.8),
    "sps": MethodStyle("#3a003a", "H", (3.0, 1.0, 3.0, 1.0, 1.0, 1.0), markersize=4.0),
}
_AUTOMATIC = ("pal", "lqa", "gen", "cocob", "dog", "dowg", "d-adaptation", "prodigy", "l4", "ali-g", "sps")
_SPARE = (
    MethodStyle("#2f8f7d", "<", (9.0, 1.5, 2.5, 1.5), markersize=3.8),
    MethodStyle("#997700", ">", (7.0, 1.2, 1.0, 1.2, 1.0, 1.2, 1.0, 1.2), markersize=3.8),
    MethodStyle("#aa4499", "h", (3.5, 1.2, 3.5, 3.0), markersize=3.8),
    MethodStyle("#656364", "d", (1.0, 3.0), markersize=3.8),
)


@contextmanager
def styles_among(methods: Sequence[str]) -> Iterator[None]:
    """Context in which some of these methods look as they do among all, in a figure that leaves others out."""
    token = _AMONG.set(tuple(methods))
    try:
        yield
    finally:
        _AMONG.reset(token)


def method_style(names: Sequence[str]) -> dict[str, MethodStyle]:
    """Return the style of each method.

    Parameters
    ----------
    names : sequence of str
        Methods of the study; pass the same list for every figure. The methods of the default study and the automatic
        ones of ZENITH's paper always look the same; other names take the spare looks in the order given: four, then
        those of automatic methods that are not in the list. After these come colours of the spare looks with other
        markers and dashes: no two methods of a list look alike.

    Returns
    -------
    dict of str to MethodStyle

    Raises
    ------
    ValueError
        For one name that is not in a list.

    Examples
    --------
    >>> styles = ls.plot.method_style(["zenith", "mine"])
    >>> styles["zenith"].color, styles["zenith"].color != styles["mine"].color
    ('#e42536', True)
    """
    if isinstance(names, str):
        raise ValueError(f"names is the text {names!r}: give a list, [{names!r}].")
    among = _AMONG.get()
    if len(among) > len(names) and set(names) <= set(among):
        with styles_among(()):
            every = method_style(among)
        return {name: every[name] for name in names}
    known = [name for name in names if name in _KNOWN]
    free = itertools.chain(
        _SPARE, (style for name, style in _KNOWN.items() if name in _AUTOMATIC and name not in known), _combinations()
    )
    styles: dict[str, MethodStyle] = {}
    for name in names:
        if name not in styles:
            styles[name] = _KNOWN[name] if name in _KNOWN else next(free)
    return styles


def _combinations() -> Iterator[MethodStyle]:
    """Styles for further methods: every colour but ZENITH's, with the marker of one style and the dashes of another.

    Neighbours in the sequence differ in all three. There are more than 4,000.
    """
    styles = [style for style in (*_SPARE, *_KNOWN.values()) if style.dashes]
    for marker, dashes in itertools.permutations(range(1, len(styles)), 2):
        for i, style in enumerate(styles):
            marked, dashed = styles[(i + marker) % len(styles)], styles[(i + dashes) % len(styles)]
            yield replace(style, marker=marked.marker, markersize=marked.markersize, dashes=dashed.dashes)
