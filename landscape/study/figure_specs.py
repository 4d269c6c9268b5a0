"""Figure specs, and the datasets that figures over several studies are stored in and redrawn from."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from landscape.plot import (
    CorrelationDisplay,
    LineDisplay,
    PanelsDisplay,
    SweepDisplay,
    TimedDisplay,
    TraceDisplay,
    save_figure,
)
from landscape.plot.save import FORMATS
from landscape.plot.venues import Width, styled
from landscape.stats.rank_correlation import RankCorrelation, rank_correlation

__all__ = ["FigureSpec", "PanelDisplay", "PlottedDisplay", "StudyFigure", "pack", "unpack"]

PanelDisplay = TraceDisplay | LineDisplay | SweepDisplay | TimedDisplay | CorrelationDisplay
_KINDS: dict[str, type[PanelDisplay]] = {
    kind.__name__: kind for kind in (TraceDisplay, LineDisplay, SweepDisplay, TimedDisplay, CorrelationDisplay)
}
_TEXTS = ("xlabel", "ylabel", "xscale", "yscale", "band")


@dataclass(frozen=True)
class StudyFigure:
    """A figure that was saved under ``figures/NAME.*``.

    Attributes
    ----------
    name, title, caption : str
        File stem; a short description; what the reader of a paper needs to know.
    """

    name: str
    title: str
    caption: str


class PlottedDisplay(Protocol):
    """A display that has been plotted."""

    figure_: Figure


@dataclass(frozen=True)
class FigureSpec:
    """Spec of a figure: its data, and a function that draws them.

    Attributes
    ----------
    figure : StudyFigure
        Name, title and caption.
    data : xarray.Dataset
        What it shows.
    draw : callable
        Draws it.
    width : {"half", "full"}
        Of a column, or across the text.
    """

    figure: StudyFigure
    data: xr.Dataset
    draw: Callable[[], PlottedDisplay]
    width: Width = "half"

    def save(
        self,
        folder: Path,
        provenance: Mapping[str, Any],
        *,
        venue: str | None = None,
        width: Width | None = None,
        formats: Sequence[str] = FORMATS,
    ) -> dict[str, Path]:
        """Draw for a venue and write the figure with its data; see `landscape.plot.save_figure`."""
        with styled(venue=venue, width=width or self.width):
            return save_figure(
                self.draw().figure_,
                folder / self.figure.name,
                self.data.assign_attrs(title=self.figure.title),
                caption=self.figure.caption,
                provenance=provenance,
                formats=formats,
            )


def pack(panels: Mapping[str, PanelDisplay]) -> xr.Dataset:
    """Store displays, by their title, in one dataset from which `unpack` restores them.

    Returns
    -------
    xarray.Dataset
        ``x`` and ``y`` over (panel, method, seed, point), NaN where a panel has less of either; per panel its ``kind``,
        labels, scales, ``num_seeds``, ``num_points`` and whether each method is ``shown``.
    """
    displays = list(panels.values())
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
        coords={"panel": list(panels), "optimizer": methods},
        attrs={"drawn_by": "panels"},
    )


def unpack(data: xr.Dataset) -> PanelsDisplay | PanelDisplay:
    """Restore the display, or the panels of several, from a dataset made by `pack`."""
    panels = {str(title): _display(data.isel(panel=i)) for i, title in enumerate(data["panel"].values)}
    if len(panels) == 1:
        return next(iter(panels.values()))
    return PanelsDisplay(list(panels.values()), list(panels))


def _arrays(display: PanelDisplay) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Both coordinates, of shape (method, seed, point)."""
    if isinstance(display, CorrelationDisplay):
        return display.x[..., None], display.y[..., None]
    x = display.seconds if isinstance(display, TimedDisplay) else np.broadcast_to(display.x, display.values.shape)
    return x, display.values


def _correlation_record(display: PanelDisplay) -> str:
    found = display.correlation if isinstance(display, CorrelationDisplay) else None
    return "" if found is None else json.dumps(found.as_dict())


def _display(panel: xr.Dataset) -> PanelDisplay:
    rows = np.flatnonzero(panel["shown"].values)
    seeds, points = int(panel["num_seeds"]), int(panel["num_points"])
    x, y = (panel[name].values[rows, :seeds, :points] for name in ("x", "y"))
    methods = [str(name) for name in panel["optimizer"].values[rows]]
    texts: dict[str, Any] = {name: str(panel[name].values) for name in _TEXTS if str(panel[name].values)}
    kind = _KINDS[str(panel["kind"].values)]
    if kind is CorrelationDisplay:
        record = str(panel["correlation"].values)
        found = _correlation(json.loads(record), x[..., 0], y[..., 0]) if record else None
        return CorrelationDisplay(x[..., 0], y[..., 0], methods, found, **texts)
    if kind is TimedDisplay:
        return TimedDisplay(x, y, methods, **texts)
    display: Any = kind(x[0, 0], y, methods, **texts)
    if kind is TraceDisplay:
        display.window = int(panel["window"])  # the values are means over it already
    return display


def _correlation(record: dict[str, Any], x: np.ndarray[Any, Any], y: np.ndarray[Any, Any]) -> RankCorrelation:
    if "strata" in record:  # written when runs were permuted within seeds: the runs are in the panel
        return rank_correlation(x, y)
    floats = ("rho", "partial", "rho_within")
    return RankCorrelation(**{**record, **{name: np.nan for name in floats if record[name] is None}})
