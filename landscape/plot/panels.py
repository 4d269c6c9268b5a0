"""Several displays side by side, such as one per task, under one legend."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Sequence
from typing import Any, Protocol, Self

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from landscape.plot._base import Display, axes_figure, legend_above, new_figure
from landscape.plot.line_comparison import LineComparisonDisplay
from landscape.plot.metric_vs_time import TimedDisplay
from landscape.plot.sharpness_vs_performance import CorrelationDisplay
from landscape.plot.sweep import SweepDisplay
from landscape.plot.traces import TraceDisplay
from landscape.plot.venues import COLUMN_WIDTH, page_width, styled
from landscape.stats.rank_correlation import RankCorrelation, rank_correlation

StorablePanel = TraceDisplay | LineComparisonDisplay | SweepDisplay | TimedDisplay | CorrelationDisplay
_STORABLE: dict[str, type[StorablePanel]] = {
    kind.__name__: kind
    for kind in (TraceDisplay, LineComparisonDisplay, SweepDisplay, TimedDisplay, CorrelationDisplay)
}
_RENAMED = {"LineDisplay": "LineComparisonDisplay"}  # in figures of before
_TEXTS = ("xlabel", "ylabel", "xscale", "yscale", "band")

TITLE_CHARACTERS = 50  # of a line of the legend's title on a page one column wide
NARROW = 4.5  # inches: a page narrower than this holds one column of panels


class Panel(Protocol):
    """A display on one pair of axes."""

    methods: list[str]

    def plot(self, ax: Axes | None = None, *, legend: bool = True) -> Any:
        """Draw on the axes."""

    def handles(self) -> list[Line2D]:
        """Legend entries."""


class PanelsDisplay(Display):
    """Several displays under one legend, up to three in a row on a wide page and one on a narrow one.

    Parameters
    ----------
    displays : sequence of displays
        Each on one pair of axes: `TraceDisplay`, `LineComparisonDisplay`, `SweepDisplay`, `TimedDisplay` or
        `CorrelationDisplay`.
        A method is drawn the same in all; a label that counts lost runs is that of the panel that says so.
    titles : sequence of str
        One a panel; empty for none.

    Raises
    ------
    ValueError
        If there is no display, or not one title for each.

    Examples
    --------
    >>> import landscape as ls
    >>> trace = ls.plot.TraceDisplay([0, 1, 2], [[[3.0, 2.0, 1.0]]], ["zenith"], ylabel="training loss (nats)")
    >>> with ls.plot.styled(width="full"):
    ...     panels = ls.plot.PanelsDisplay([trace, trace], ["MNIST", "CIFAR-10"]).plot()
    >>> len(panels.axes_)
    2
    """

    def __init__(self, displays: Sequence[Panel], titles: Sequence[str]) -> None:
        self.displays, self.titles = list(displays), list(titles)
        if not self.displays:
            raise ValueError("displays is empty; pass at least one display.")
        if len(self.titles) != len(self.displays):
            raise ValueError(
                f"{len(self.titles)} titles were given for {len(self.displays)} displays; pass one a display."
            )

    @styled
    def plot(self, axes: Sequence[Axes] | None = None) -> Self:
        """Draw.

        Parameters
        ----------
        axes : sequence of matplotlib Axes, optional
            One a display; a figure across the page by default.

        Returns
        -------
        self
            With `figure_`, `axes_`, `legend_`; the artists are in `displays`.
        """
        owned = axes is None
        count = len(self.displays)
        if axes is None:
            columns = min(count, 3 if page_width() > NARROW else 1)
            rows = -(-count // columns)
            figure = new_figure(0.65 + 1.75 * rows, scaled=False)
            grid = figure.subplots(rows, columns, squeeze=False).ravel()
            for spare in grid[count:]:
                spare.remove()
            axes = list(grid[:count])
        self.axes_ = list(axes)
        if len(self.axes_) != count:
            raise ValueError(f"{len(self.axes_)} axes were given for {count} displays; pass one a display.")
        self.figure_ = axes_figure(self.axes_[0])
        if count > 1 and owned:
            self.figure_.draw_without_rendering()  # the axes get their width, which labels are broken by
        for display, title, ax in zip(self.displays, self.titles, self.axes_, strict=True):
            display.plot(ax, legend=False)
            note = ax.get_title(loc="left")
            if title:
                ax.set_title(f"{title}\n{note}" if note else title, loc="left")
        self.legend_ = legend_above(self.axes_[0], self._handles(), owned=owned, title=self._summary())
        return self

    def to_dataset(self) -> xr.Dataset:
        """Store the displays in one dataset, from which `from_dataset` restores them.

        Returns
        -------
        xarray.Dataset
            ``x`` and ``y`` over (panel, optimizer, seed_index, point), NaN where a panel has fewer seeds or points; per
            panel its ``kind``, labels, scales, ``num_seeds``, ``num_points`` and whether each method is ``shown``.

        Raises
        ------
        ValueError
            If a display is of another kind than those that the class lists.
        """
        displays = [_storable(display) for display in self.displays]
        methods = list(dict.fromkeys(name for display in displays for name in display.methods))
        arrays = [_arrays(display) for display in displays]
        shape = (len(displays), len(methods), *(max(y.shape[axis] for _, y in arrays) for axis in (1, 2)))
        x, y, shown = np.full(shape, np.nan), np.full(shape, np.nan), np.zeros(shape[:2], dtype=np.int8)
        for i, (display, (px, py)) in enumerate(zip(displays, arrays, strict=True)):
            for row, name in enumerate(display.methods):
                at = (i, methods.index(name), slice(py.shape[1]), slice(py.shape[2]))
                x[at], y[at], shown[i, methods.index(name)] = px[row], py[row], 1
        texts = {name: ("panel", [str(getattr(d, name, "")) for d in displays]) for name in _TEXTS}
        dims = ("panel", "optimizer", "seed_index", "point")
        return xr.Dataset(
            {
                "x": (dims, x),
                "y": (dims, y),
                "shown": (dims[:2], shown),
                "kind": ("panel", [type(d).__name__ for d in displays]),
                "num_seeds": ("panel", [py.shape[1] for _, py in arrays]),
                "num_points": ("panel", [py.shape[2] for _, py in arrays]),
                "window": ("panel", [int(getattr(d, "window", 1)) for d in displays]),
                "correlation": ("panel", [_correlation_record(d) for d in displays]),
                **texts,
            },
            coords={"panel": list(self.titles), "optimizer": methods},
            attrs={"drawn_by": "panels"},
        )

    @classmethod
    def from_dataset(cls, data: xr.Dataset) -> Self:
        """Restore the displays from a dataset made by `to_dataset`."""
        displays = [_restored(data.isel(panel=i)) for i in range(data.sizes["panel"])]
        return cls(displays, [str(title) for title in data["panel"].values])

    def _summary(self) -> str | None:
        """Meaning of lines and bands: one sentence for all panels, or one per panel where they differ."""
        sentences = [str(getattr(display, "summary_", "")) for display in self.displays]
        if len(set(sentences)) == 1:
            return sentences[0] or None
        names = [title or f"panel {place}" for place, title in enumerate(self.titles, 1)]
        rows = [
            (name, sentence.replace("\n", "; ")) for name, sentence in zip(names, sentences, strict=True) if sentence
        ]
        characters = round(TITLE_CHARACTERS * page_width() / COLUMN_WIDTH)
        return "\n".join(textwrap.fill(f"{name}: {sentence}", characters) for name, sentence in rows)

    def _handles(self) -> list[Line2D]:
        entries: dict[str, Line2D] = {}
        for display in self.displays:
            for name, entry in zip(display.methods, display.handles(), strict=True):
                if name not in entries or len(str(entry.get_label())) > len(str(entries[name].get_label())):
                    entries[name] = entry
        return [entries[name] for name in dict.fromkeys(np.concatenate([d.methods for d in self.displays]).tolist())]


def _storable(display: Panel) -> StorablePanel:
    if not isinstance(display, StorablePanel):
        raise ValueError(f"a {type(display).__name__} cannot be stored as a panel; use one of {', '.join(_STORABLE)}.")
    return display


def _arrays(display: StorablePanel) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Both coordinates, of shape (method, seed, point)."""
    if isinstance(display, CorrelationDisplay):
        return display.x[..., None], display.y[..., None]
    if isinstance(display, TimedDisplay):
        return display.seconds, display.values
    x = display.x if display.x.ndim == 1 else display.x[:, None]
    return np.broadcast_to(x, display.values.shape), display.values


def _correlation_record(display: StorablePanel) -> str:
    found = display.correlation if isinstance(display, CorrelationDisplay) else None
    return "" if found is None else json.dumps(found.as_dict())


def _restored(panel: xr.Dataset) -> StorablePanel:
    rows = np.flatnonzero(panel["shown"].values)
    seeds, points = int(panel["num_seeds"]), int(panel["num_points"])
    x, y = (panel[name].values[rows, :seeds, :points] for name in ("x", "y"))
    methods = [str(name) for name in panel["optimizer"].values[rows]]
    texts: dict[str, Any] = {name: str(panel[name].values) for name in _TEXTS if str(panel[name].values)}
    name = str(panel["kind"].values)
    kind = _STORABLE[_RENAMED.get(name, name)]
    if kind is CorrelationDisplay:
        record = str(panel["correlation"].values)
        found = _correlation(json.loads(record), x[..., 0], y[..., 0]) if record else None
        return CorrelationDisplay(x[..., 0], y[..., 0], methods, found, **texts)
    if kind is TimedDisplay:
        return TimedDisplay(x, y, methods, **texts)
    one = all(np.array_equal(row, x[0, 0]) for row in x[:, 0])  # not where a method ends before the others
    display: Any = kind(x[0, 0] if one else x[:, 0], y, methods, **texts)
    if kind is TraceDisplay:
        display.window = int(panel["window"])  # the values are means over it already
    return display


def _correlation(record: dict[str, Any], x: np.ndarray[Any, Any], y: np.ndarray[Any, Any]) -> RankCorrelation:
    if "strata" in record:  # written when runs were permuted within seeds: the runs are in the panel
        return rank_correlation(x, y)
    floats = ("rho", "partial", "rho_within")
    return RankCorrelation(**{**record, **{name: np.nan for name in floats if record[name] is None}})
