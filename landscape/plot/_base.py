"""Common parts of the displays: figures without pyplot, legends outside the data, ticks and labels that fit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from io import BytesIO
from typing import Any, Literal

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis, XAxis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullFormatter, NullLocator
from numpy.typing import ArrayLike, NDArray

from landscape.plot._style import MethodStyle
from landscape.plot.venues import COLUMN_WIDTH, as_made, page_height, page_width, remember_page

FloatArray = NDArray[np.float64]
PANEL_WIDTH = 1.25
"""Inches that one of several panels has at least, with its labels; of more than a few two thirds."""
FEW_PANELS = 6
Scale = Literal["linear", "log"]


class StyledFigure(Figure):
    """A figure that is saved in the style it was drawn in, even if another style is current by then.

    Some settings act at saving only: with matplotlib's own defaults a PDF would embed Type 3 fonts, which venues
    reject.
    """

    def savefig(self, fname: Any, **options: Any) -> None:
        """Save as `matplotlib.figure.Figure.savefig` does, with the rcParams of the figure's page."""
        with as_made(self):
            super().savefig(fname, **options)


class Display:
    """Base of the displays: remembers its figure and shows it in a notebook."""

    figure_: Figure
    ax_: Axes

    def _take_axes(self, ax: Axes | None, height: float, *, scaled: bool = True) -> bool:
        """Set `ax_` and `figure_`, those of a new figure where no axes are given; return whether they are new."""
        self.ax_ = new_figure(height, scaled=scaled).add_subplot() if ax is None else ax
        self.figure_ = axes_figure(self.ax_)
        return ax is None

    def _repr_png_(self) -> bytes | None:
        if not hasattr(self, "figure_"):
            return None
        buffer = BytesIO()
        with as_made(self.figure_):  # which may be the user's own figure
            self.figure_.savefig(buffer, format="png", dpi=200)
        return buffer.getvalue()

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """The image, with an alternative text."""
        picture = self._repr_png_()
        if picture is None:
            return {}, {}
        return {"image/png": picture}, {"image/png": {"alt": repr(self)}}

    def __repr__(self) -> str:
        name = type(self).__name__
        return f"{name}: {in_words(self.figure_)}" if hasattr(self, "figure_") else f"{name}: call plot() to draw it"


def in_words(figure: Figure) -> str:
    """Describe a figure in words: its axes and the entries of its legends."""
    axes = [each for ax in figure.axes for each in (*ax.child_axes, ax)]  # the colour bar first: it is what is drawn
    labels = [(ax.get_ylabel(), ax.get_xlabel()) for ax in axes if isinstance(ax, Axes)]
    drawn = "; ".join(" against ".join(filter(None, pair)) for pair in labels if any(pair))
    legends = [*figure.legends, *(legend for ax in figure.axes if (legend := ax.get_legend()) is not None)]
    named = ", ".join(text.get_text() for legend in legends for text in legend.get_texts())
    return " ".join((f"{drawn} ({named})" if named else drawn).split())


def new_figure(height: float, *, scaled: bool = True) -> Figure:
    """Create a constrained-layout figure outside pyplot, so that it is garbage-collected and opens no window.

    It has the width of the page that is drawn for; the height in inches is that of a figure 3.25 inches wide, and grows
    with the root of the width where `scaled`.
    """
    width = page_width()
    factor = (width / COLUMN_WIDTH) ** 0.5 if scaled else 1.0
    figure = StyledFigure(figsize=(width, min(height * factor, page_height())), layout="constrained")
    FigureCanvasAgg(figure)
    remember_page(figure)
    return figure


def panel_grid(count: int, shape: float) -> list[Axes]:
    """Make a figure of as many panels that share their axes, `shape` times as high as wide; rows are filled first."""
    least = PANEL_WIDTH if count <= FEW_PANELS else 0.66 * PANEL_WIDTH
    columns = min(count, max(1, int((page_width() - 0.75) / least)))
    if count <= 3 and shape < 0.6:  # low panels in one row would leave their labels no room
        columns = 1
    rows = math.ceil(count / columns)
    across = (page_width() - 1.2) / columns
    figure = new_figure(0.6 + rows * (across * min(max(shape, 0.35), 1.4) + 0.2), scaled=False)
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for ax in grid.flat[count:]:
        ax.remove()
    for ax in grid.flat[max(count - columns, 0) : count]:  # the lowest of each column
        ax.tick_params(labelbottom=True)
    return list(grid.flat[:count])


def note_characters() -> int:
    """Return how many characters of 6 points a line across the page has room for."""
    return round(62 * page_width() / COLUMN_WIDTH)


def axes_figure(ax: Axes) -> Figure:
    """Return the top-level figure of axes."""
    figure = ax.get_figure(root=True)
    if figure is None:
        raise ValueError("ax belongs to no figure; create it with Figure.subplots or pyplot.subplots.")
    return figure


def stack(values: ArrayLike, name: str, dims: Sequence[str], shape: Sequence[int | None]) -> FloatArray:
    """Return values as float64 after checking their shape (None: any length)."""
    array = np.asarray(values, dtype=np.float64)
    expected = "(" + ", ".join(f"{d}={n}" if n is not None else d for d, n in zip(dims, shape, strict=True)) + ")"
    fits = array.ndim == len(shape) and all(n is None or n == m for n, m in zip(shape, array.shape, strict=True))
    if not fits:
        raise ValueError(f"{name} has shape {array.shape}, but {expected} is expected; transpose or select first.")
    return array


def check_choice(value: str, name: str, choices: Sequence[str]) -> None:
    """Raise unless value is one of the choices."""
    if value not in choices:
        raise ValueError(f"{name} = {value!r} is unknown; use one of {', '.join(map(repr, choices))}.")


def several(names: Sequence[str], what: str) -> Sequence[str]:
    """Return a list of names, or raise for the text of one, which would be read as its letters."""
    if isinstance(names, str):
        raise ValueError(f"{what} is the text {names!r}: give a list, [{names!r}].")
    return names


def check_methods(methods: Sequence[str]) -> list[str]:
    """Return the names as a list after checking that they differ."""
    names = list(several(methods, "methods"))
    if not names or len(set(names)) != len(names):
        raise ValueError(f"methods = {names} must be distinct names, at least one; rename the repeated one.")
    return names


def seed_quantiles(values: FloatArray, quantiles: Sequence[float]) -> FloatArray:
    """Quantiles over axis 1 (seeds) of values (method, seed, x), shape (quantile, method, x).

    NaN is a missing value. A run that overflowed to +inf ranks highest: leaving it out would flatter the method. NaN
    where the quantile is infinite, and where half the runs or more are not finite.
    """
    ranked = np.sort(values, axis=1)  # NaN last
    count = np.sum(~np.isnan(values), axis=1)
    enough = 2 * np.isfinite(values).sum(axis=1) > values.shape[1]
    result = np.full((len(quantiles), *count.shape), np.nan)
    for row, quantile in enumerate(quantiles):
        position = quantile * np.maximum(count - 1, 0)
        below = np.floor(position).astype(np.intp)
        above = np.ceil(position).astype(np.intp)
        low, high = (np.take_along_axis(ranked, index[:, None], axis=1)[:, 0] for index in (below, above))
        # NumPy's quantile is NaN for inf at a whole position (inf * 0); here the order statistic itself counts.
        drawn = enough & np.isfinite(low) & np.isfinite(high)
        low, high, between = low[drawn], high[drawn], (position - below)[drawn]
        result[row, drawn] = low + between * (high - low)
    return result


def handle(style: MethodStyle, label: str, *, line: bool = True) -> Line2D:
    """Return the legend entry of a method."""
    return Line2D(
        [],
        [],
        color=style.color,
        linestyle=style.linestyle if line else "none",
        linewidth=style.linewidth,
        marker=style.marker,
        markersize=style.markersize if line else 1.15 * style.markersize,
        markeredgewidth=0.0,
        label=label,
    )


def legend_above(ax: Axes, handles: Sequence[Artist], *, owned: bool, title: str | None = None) -> Legend:
    """Place a legend above the axes, in as many columns as fit.

    On a figure of our own it spans the figure; on given axes it hangs from them.
    """
    figure = axes_figure(ax)
    options: dict[str, Any] = {"handles": list(handles), "title": title, "alignment": "left" if owned else "center"}
    if all(isinstance(h, Line2D) and h.get_linestyle() == "None" for h in handles):
        options["handlelength"] = 1.0
    lines = ax.get_title(loc="left").count("\n") + 1 if ax.get_title(loc="left") else 0
    options["borderaxespad"] = 0.3 + 1.3 * lines  # in font sizes: clears a title
    available = figure.bbox.width if owned else ax.get_window_extent().width
    most = 4 if figure.get_figwidth() < 4.5 else 8
    for columns in range(min(len(handles), most), 0, -1):
        if owned:
            options["borderaxespad"] = 0.3
            legend = figure.legend(loc="outside upper center", ncols=columns, **options)
        else:
            legend = ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=columns, **options)
        if columns == 1 or legend.get_window_extent().width <= 0.98 * available:
            break
        legend.remove()
    return legend


def legend_height(entries: int) -> float:
    """Extra height in inches of a legend with more than six entries, in rows of three."""
    return 0.125 * max(0, -(-entries // 3) - 2)


def wrap_label(text: str, inches: float, *, size: float = 7.0) -> str:
    """Break a label in two where it would be longer than its axis, preferably before its unit in brackets."""
    if len(text) * 0.55 * size / 72 <= inches or "\n" in text:
        return text
    bracket = text.find(" (")
    spaces = [i for i, character in enumerate(text) if character == " "]
    if bracket > 0 and text.endswith(")"):
        spaces = [bracket]
    if not spaces:
        return text
    cut = min(spaces, key=lambda i: abs(i - len(text) / 2))
    return text[:cut] + "\n" + text[cut + 1 :]


def plain_log_ticks(axis: Axis, low: float, high: float) -> None:
    """Label a log axis that spans few decades with plain numbers (1, 2, 5, ...).

    Matplotlib sets almost no labels there.
    """
    if not (0.0 < low <= high < math.inf) or high / low > 300.0:
        return
    decades = 10.0 ** np.arange(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 2)
    for subs in ((1.0,), (1.0, 3.0), (1.0, 2.0, 5.0), (1.0, 2.0, 3.0, 5.0)):
        # Not a LogLocator, which turns to evenly spaced ticks, too many of them, where few of its own are in view.
        ticks = np.outer(decades, subs).ravel()
        if np.count_nonzero((low <= ticks) & (ticks <= high)) >= 3:
            axis.set_major_locator(FixedLocator(_apart(axis, ticks, low, high)))
            axis.set_minor_locator(LogLocator(subs=list(range(1, 10)), numticks=20))
            break
    else:
        axis.set_major_locator(MaxNLocator(nbins=3, steps=[1, 2, 5, 10]))
        axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def _apart(axis: Axis, ticks: FloatArray, low: float, high: float, *, size: float = 7.0) -> list[float]:
    """Leave ticks of a log axis out whose labels would run into those before them."""
    if not isinstance(axis, XAxis) or low == high:
        return [float(tick) for tick in ticks]
    inches = 0.85 * axis.axes.bbox.width / axis.axes.figure.dpi  # the layout, which comes later, takes the rest
    per_decade = inches / math.log10(high / low)
    kept: list[float] = []
    end = -math.inf
    for tick in ticks.tolist():
        half, middle = 0.3 * len(f"{tick:g}") * size / 72, math.log10(tick) * per_decade
        if middle - half > end:
            kept.append(tick)
            end = middle + half + 0.4 * size / 72
    return kept


def scale_axis(ax: Axes, which: str, scale: str, values: FloatArray) -> None:
    """Set a log scale that masks what is not positive, with plain tick labels where the range is short."""
    if scale != "log":
        return
    set_scale, axis = (ax.set_xscale, ax.xaxis) if which == "x" else (ax.set_yscale, ax.yaxis)
    set_scale("log", nonpositive="mask")
    positive = values[np.isfinite(values) & (values > 0.0)]
    if positive.size:
        plain_log_ticks(axis, float(positive.min()), float(positive.max()))
