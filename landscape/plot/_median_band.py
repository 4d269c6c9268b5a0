"""Curves of several methods on one axis, each the median over seeds with a band; base of traces and slices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike, NDArray

from landscape.plot._base import (
    Display,
    FloatArray,
    check_choice,
    check_methods,
    handle,
    legend_above,
    legend_height,
    plain_log_ticks,
    seed_quantiles,
    stack,
    wrap_label,
)
from landscape.plot._style import MethodStyle, method_style
from landscape.plot.venues import styled

Band = Literal["quartiles", "range"]
CurveScale = Literal["linear", "log", "symlog"]
QUANTILES = {"quartiles": (0.25, 0.75), "range": (0.0, 1.0)}


def band_opacity(count: int) -> float:
    """Return the opacity of each of so many bands, all of which together leave 30 % of what lies behind them."""
    return min(0.15, 1 - 0.3 ** (1 / count))


def draw_curve(ax: Axes, x: FloatArray, y: FloatArray, name: str, style: MethodStyle, shift: float) -> Line2D:
    """Draw the line of a method.

    `shift`, from 0 to 1, staggers its markers, so that those of coinciding curves show.
    """
    every = max(1, x.size // 6)
    (line,) = ax.plot(
        x,
        y,
        color=style.color,
        linestyle=style.linestyle,
        linewidth=style.linewidth,
        marker=style.marker,
        markersize=style.markersize,
        markeredgewidth=0.0,
        markevery=(int(shift * every), every),
        zorder=style.zorder,
        label=name,
    )
    return line


def along(x: ArrayLike, name: str, methods: int) -> FloatArray:
    """Return x coordinates: of shape (x,) for all methods, or (method, x) with NaN after the end of a method's own."""
    array = np.asarray(x, dtype=np.float64)
    if array.ndim != 2:
        return stack(array, name, (name,), (None,))
    array = stack(array, name, ("method", name), (methods, None))
    known = np.isfinite(array)
    if (known[:, 1:] & ~known[:, :-1]).any():
        raise ValueError(f"{name} has a gap in a row of a method; pass NaN only after a method's last one.")
    return array


@dataclass(frozen=True)
class Curve:
    """The line of a method with its band, None where there is none, and how it is called in a legend."""

    label: str
    x: FloatArray
    middle: FloatArray
    low: FloatArray | None
    high: FloatArray | None


class CurveDisplay(Display):
    """Median and band over seeds of each method, computed once here; `plot` only draws."""

    _counted_where = "at the end"

    def __init__(
        self,
        x: ArrayLike,
        values: ArrayLike,
        methods: Sequence[str],
        *,
        xlabel: str,
        ylabel: str,
        yscale: CurveScale,
        band: Band,
        name: str,
    ) -> None:
        check_choice(yscale, "yscale", ("linear", "log", "symlog"))
        check_choice(band, "band", tuple(QUANTILES))
        self.methods = check_methods(methods)
        self.x = along(x, name, len(self.methods))
        width = self.x.shape[-1]
        self.values = stack(values, "values", ("method", "seed", name), (len(self.methods), None, width))
        self.xlabel, self.ylabel, self.yscale, self.band = xlabel, ylabel, yscale, band
        self.num_seeds = self.values.shape[1]
        if self.num_seeds == 0:
            raise ValueError("values holds no seed; pass at least one run a method.")
        if self.x.size == 0:
            raise ValueError(f"{name} is empty or no value was recorded; there is nothing to draw.")
        low, high = QUANTILES[band]
        self.low, self.median, self.high = seed_quantiles(self.values, (low, 0.5, high))
        self.num_finite = self._count_finite()

    def _count_finite(self) -> NDArray[np.int_]:
        last = np.asarray([self._length(row) - 1 for row in range(len(self.methods))])
        ends = np.take_along_axis(self.values, last[:, None, None], axis=-1)
        return np.asarray(np.isfinite(ends[..., 0]).sum(axis=1))

    @property
    def summary_(self) -> str:
        """Meaning of line and band, for the legend's title or the caption."""
        seeds = f"median and {self.band} over {self.num_seeds} seeds" if self.num_seeds > 1 else "one seed"
        return seeds + (
            f"\n(k/n): k of n finite {self._counted_where}" if (self.num_finite < self.num_seeds).any() else ""
        )

    def _label(self, row: int) -> str:
        lost = self.num_finite[row] < self.num_seeds
        return self.methods[row] + (f" ({self.num_finite[row]}/{self.num_seeds})" if lost else "")

    @styled
    def plot(self, ax: Axes | None = None, *, legend: bool = True) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; a one-column figure by default.
        legend : bool
            Whether to place a legend above the axes.

        Returns
        -------
        self
            With `figure_`, `ax_`, `lines_` and `bands_` (by method) and `legend_`.
        """
        owned = self._take_axes(ax, 2.3 + legend_height(len(self.methods)))
        self._draw()
        self.legend_: Legend | None = None
        if legend:
            self.legend_ = legend_above(self.ax_, self.handles(), owned=owned, title=self.summary_)
        return self

    def handles(self) -> list[Line2D]:
        """Return the legend entries of the methods, with counts of lost runs."""
        styles = method_style(self.methods)
        return [handle(styles[name], self._label(row)) for row, name in enumerate(self.methods)]

    def curves(self) -> list[Curve]:
        """Return what is drawn of each method."""
        found = []
        for row in range(len(self.methods)):
            own = slice(self._length(row))
            band = (self.low[row, own], self.high[row, own]) if self.num_seeds > 1 else (None, None)
            found.append(Curve(self._label(row), self._x(row)[own], self.median[row, own], *band))
        return found

    def _x(self, row: int) -> FloatArray:
        """The x coordinates of a method's values."""
        return self.x if self.x.ndim == 1 else self.x[row]

    def _length(self, row: int) -> int:
        """How many of them a method has."""
        return self.x.shape[-1] if self.x.ndim == 1 else int(np.isfinite(self.x[row]).sum())

    def _draw(self) -> None:
        self.lines_: dict[str, Line2D] = {}
        self.bands_: dict[str, PolyCollection] = {}
        self.set_scales(self.ax_)
        for row, ((name, style), curve) in enumerate(
            zip(method_style(self.methods).items(), self.curves(), strict=True)
        ):
            if curve.low is not None and curve.high is not None:
                self.bands_[name] = self.ax_.fill_between(
                    curve.x,
                    curve.low,
                    curve.high,
                    color=style.color,
                    alpha=band_opacity(len(self.methods)),
                    linewidth=0.0,
                    zorder=1.0,
                )
            self.lines_[name] = draw_curve(self.ax_, curve.x, curve.middle, name, style, row / len(self.methods))
        self.ax_.set_xlabel(self.xlabel)
        height = self.ax_.get_window_extent().height / self.figure_.dpi
        self.ax_.set_ylabel(wrap_label(self.ylabel, 0.95 * height))

    def set_scales(self, ax: Axes) -> None:
        """Give axes the scales and ticks of the curves."""
        ax.margins(x=0.01)
        ax.xaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10]))
        drawn = np.concatenate([self.low.ravel(), self.high.ravel()])
        positive = drawn[np.isfinite(drawn) & (drawn > 0.0)]
        if self.yscale == "log":
            ax.set_yscale("log", nonpositive="mask")
            if positive.size:
                plain_log_ticks(ax.yaxis, float(positive.min()), float(positive.max()))
        elif self.yscale == "symlog":
            ax.set_yscale("symlog", linthresh=float(positive.min()) if positive.size else 1.0)
