"""Curves of several methods on one axis, each the median over seeds with a band: training traces and 1-D slices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Self

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike, NDArray

from landscape.plot._base import (
    Display,
    FloatArray,
    axes_figure,
    check_choice,
    check_methods,
    handle,
    legend_above,
    new_figure,
    plain_log_ticks,
    seed_quantiles,
    stack,
    wrap_label,
)
from landscape.plot.style import COLUMN_WIDTH, method_style, styled

Band = Literal["quartiles", "range"]
CurveScale = Literal["linear", "log", "symlog"]
QUANTILES = {"quartiles": (0.25, 0.75), "range": (0.0, 1.0)}


class _CurveDisplay(Display):
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
        self.x = stack(x, name, (name,), (None,))
        self.values = stack(values, "values", ("method", "seed", name), (len(self.methods), None, self.x.size))
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
        return np.asarray(np.isfinite(self.values[:, :, -1]).sum(axis=1))

    @property
    def summary_(self) -> str:
        """What line and band are, for the legend's title or the caption."""
        seeds = f"median and {self.band} over {self.num_seeds} seeds" if self.num_seeds > 1 else "one seed"
        return seeds + (
            f"; (k/n): k of n finite {self._counted_where}" if (self.num_finite < self.num_seeds).any() else ""
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
        owned = ax is None
        self.ax_ = new_figure(COLUMN_WIDTH, 2.3).add_subplot() if ax is None else ax
        self.figure_ = axes_figure(self.ax_)
        self._draw()
        self.legend_: Legend | None = None
        if legend:
            self.legend_ = legend_above(self.ax_, self._handles(), owned=owned, title=self.summary_)
        return self

    def _handles(self) -> list[Line2D]:
        looks = method_style(self.methods)
        return [handle(looks[name], self._label(row)) for row, name in enumerate(self.methods)]

    def _draw(self) -> None:
        self.lines_: dict[str, Line2D] = {}
        self.bands_: dict[str, PolyCollection] = {}
        self._set_yscale()
        every = max(1, self.x.size // 6)
        for row, (name, look) in enumerate(method_style(self.methods).items()):
            if self.num_seeds > 1:
                self.bands_[name] = self.ax_.fill_between(
                    self.x, self.low[row], self.high[row], color=look.color, alpha=0.15, linewidth=0.0, zorder=1.0
                )
            (self.lines_[name],) = self.ax_.plot(
                self.x,
                self.median[row],
                color=look.color,
                linestyle=look.linestyle,
                linewidth=look.linewidth,
                marker=look.marker,
                markersize=look.markersize,
                markeredgewidth=0.0,
                # staggered, so that the markers of coinciding curves do not hide each other
                markevery=(row * every // len(self.methods), every),
                zorder=look.zorder,
                label=name,
            )
        self.ax_.margins(x=0.01)
        self.ax_.xaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10]))
        self.ax_.set_xlabel(self.xlabel)
        height = self.ax_.get_window_extent().height / self.figure_.dpi
        self.ax_.set_ylabel(wrap_label(self.ylabel, 0.95 * height))

    def _set_yscale(self) -> None:
        drawn = np.concatenate([self.low.ravel(), self.high.ravel()])
        positive = drawn[np.isfinite(drawn) & (drawn > 0.0)]
        if self.yscale == "log":
            self.ax_.set_yscale("log", nonpositive="mask")
            if positive.size:
                plain_log_ticks(self.ax_.yaxis, float(positive.min()), float(positive.max()))
        elif self.yscale == "symlog":
            self.ax_.set_yscale("symlog", linthresh=float(positive.min()) if positive.size else 1.0)


class TraceDisplay(_CurveDisplay):
    """A quantity recorded during training, one line a method: loss, metric, gradient norm, learning rate.

    Parameters
    ----------
    step : array-like of shape (step,)
        Steps or epochs.
    values : array-like of shape (method, seed, step)
        NaN where a run has no value, as after it diverged; +inf where it overflowed, which ranks highest. Steps at
        which no run has a value are left out (a metric recorded once an epoch). The line stops where half the seeds or
        more are not finite, the band where its edge is not; the legend counts the runs that are finite at the end.
    methods : sequence of str
        Names of the methods.
    ylabel : str
        Quantity with its unit, such as "training loss (cross-entropy, nats)".
    xlabel : str
        "step" or "epoch".
    yscale : {"linear", "log", "symlog"}
        Values that are not positive are masked on "log".
    band : {"quartiles", "range"}
        Band over seeds, stated in the legend's title.
    window : int
        Draw means over consecutive windows of that many recorded steps, said in the legend's title; 1 draws every step.

    Raises
    ------
    ValueError
        If a shape or an option is wrong.

    Examples
    --------
    >>> losses = [[[2.3, 1.1, 0.6], [2.2, 1.3, 0.7]]]  # (method, seed, step)
    >>> display = ls.plot.TraceDisplay([0, 1, 2], losses, ["zenith"], ylabel="training loss (nats)").plot()
    >>> display.ax_.get_xlabel()
    'step'
    """

    def __init__(
        self,
        step: ArrayLike,
        values: ArrayLike,
        methods: Sequence[str],
        *,
        ylabel: str,
        xlabel: str = "step",
        yscale: CurveScale = "linear",
        band: Band = "quartiles",
        window: int = 1,
    ) -> None:
        if window < 1:
            raise ValueError(f"window = {window} averages no step; pass 1 to draw every step.")
        x = stack(step, "step", ("step",), (None,))
        array = stack(values, "values", ("method", "seed", "step"), (len(methods), None, x.size))
        recorded = ~np.isnan(array).all(axis=(0, 1))
        x, array = x[recorded], array[:, :, recorded]
        if window > 1 and x.size:
            x, array = _window_means(x, window), _window_means(array, window)
        self.window = window
        super().__init__(x, array, methods, xlabel=xlabel, ylabel=ylabel, yscale=yscale, band=band, name="step")

    @property
    def summary_(self) -> str:
        """What line and band are, and the window, for the legend's title or the caption."""
        return super().summary_ + (f"\nof means over {self.window} {self.xlabel}s" if self.window > 1 else "")


def _window_means(values: FloatArray, window: int) -> FloatArray:
    starts = np.arange(0, values.shape[-1], window)
    counts = np.diff(starts, append=values.shape[-1])
    return np.add.reduceat(values, starts, axis=-1) / counts


class StackedTraceDisplay(Display):
    """Traces above each other on one x axis with one legend, such as training loss over test accuracy.

    Parameters
    ----------
    displays : sequence of TraceDisplay
        From top to bottom; of the same methods.

    Raises
    ------
    ValueError
        If there are none, or their methods differ.

    Examples
    --------
    >>> steps, losses, accuracies = [0, 1, 2], [[[2.3, 1.1, 0.6]]], [[[0.1, 0.6, 0.8]]]  # (method, seed, step)
    >>> display = ls.plot.StackedTraceDisplay(
    ...     [
    ...         ls.plot.TraceDisplay(steps, losses, ["zenith"], ylabel="training loss (nats)"),
    ...         ls.plot.TraceDisplay(steps, accuracies, ["zenith"], ylabel="test accuracy"),
    ...     ]
    ... ).plot()
    >>> len(display.axes_)
    2
    """

    def __init__(self, displays: Sequence[TraceDisplay]) -> None:
        if not displays:
            raise ValueError("displays is empty; pass at least one TraceDisplay.")
        self.displays = list(displays)
        if any(d.methods != self.displays[0].methods for d in self.displays):
            raise ValueError("the displays show different methods; give all panels the same methods in the same order.")

    @styled
    def plot(self, axes: Sequence[Axes] | None = None) -> Self:
        """Draw.

        Parameters
        ----------
        axes : sequence of matplotlib Axes, optional
            One a display; a one-column figure by default.

        Returns
        -------
        self
            With `figure_`, `axes_`, `legend_`; the artists are in `displays`.
        """
        owned = axes is None
        count = len(self.displays)
        if axes is None:
            axes = list(new_figure(COLUMN_WIDTH, 0.75 + 1.35 * count).subplots(count, sharex=True, squeeze=False)[:, 0])
        self.axes_ = list(axes)
        if len(self.axes_) != count:
            raise ValueError(f"{len(self.axes_)} axes were given for {count} displays; pass one a display.")
        self.figure_ = axes_figure(self.axes_[0])
        for display, ax in zip(self.displays, self.axes_, strict=True):
            display.plot(ax, legend=False)
        for ax in self.axes_[:-1]:
            ax.set_xlabel("")
        # A run that is lost in one panel is lost: the legend counts from the panel where most are.
        worst = min(self.displays, key=lambda d: int(d.num_finite.sum()))
        title = super(TraceDisplay, worst).summary_
        windows = [d.window for d in self.displays]
        if max(windows) > 1:
            told = [f"means over {w} {self.displays[-1].xlabel}s" if w > 1 else "every value" for w in windows]
            title += f"\n{told[0]}" if len(set(told)) == 1 else "\nfrom top: " + "; ".join(told)
        self.legend_ = legend_above(self.axes_[0], worst._handles(), owned=owned, title=title)
        self.figure_.align_ylabels(self.axes_)
        return self


class LineDisplay(_CurveDisplay):
    """1-D slices of the loss of all methods on one axis.

    Parameters
    ----------
    alpha : array-like of shape (alpha,)
        Distance along the direction.
    loss : array-like of shape (method, seed, alpha)
        Loss at the end point plus alpha times the direction; +inf where it overflowed, which ranks highest, NaN where
        there is no value. The legend counts the runs that are finite at the alpha where fewest are.
    methods : sequence of str
        Names of the methods.
    xlabel : str
        Must name the direction and its normalisation: "alpha along a filter-normalised random direction".
    ylabel : str
        Loss with its unit.
    yscale : {"linear", "log", "symlog"}
        Scale of the loss.
    band : {"quartiles", "range"}
        Band over seeds, stated in the legend's title.

    Raises
    ------
    ValueError
        If a shape or an option is wrong.

    Examples
    --------
    >>> slices = [ls.line(loss, ls.random_direction(loss, seed=s)) for s in (0, 1, 2)]
    >>> display = ls.plot.LineDisplay(
    ...     slices[0]["alpha"],
    ...     [[s["loss"] for s in slices]],  # one method, three runs
    ...     ["zenith"],
    ...     xlabel="alpha along filter-normalised random directions",
    ... ).plot()
    >>> display.ax_.get_yscale()
    'log'
    """

    _counted_where = "at the worst alpha"

    def __init__(
        self,
        alpha: ArrayLike,
        loss: ArrayLike,
        methods: Sequence[str],
        *,
        xlabel: str,
        ylabel: str = "training loss (cross-entropy, nats)",
        yscale: CurveScale = "log",
        band: Band = "quartiles",
    ) -> None:
        super().__init__(alpha, loss, methods, xlabel=xlabel, ylabel=ylabel, yscale=yscale, band=band, name="alpha")

    def _count_finite(self) -> NDArray[np.int_]:
        return np.asarray(np.isfinite(self.values).sum(axis=1).min(axis=1))

    @classmethod
    def from_dataset(
        cls,
        lines: xr.Dataset,
        *,
        xlabel: str,
        variable: str = "loss",
        ylabel: str = "training loss (cross-entropy, nats)",
        yscale: CurveScale = "log",
        band: Band = "quartiles",
    ) -> Self:
        """Take the slices from a dataset with dimensions method, seed and alpha."""
        if variable not in lines or set(lines[variable].dims) != {"method", "seed", "alpha"}:
            raise ValueError(
                f"the dataset has no variable {variable!r} over (method, seed, alpha); select or rename first."
            )
        loss = lines[variable].transpose("method", "seed", "alpha")
        methods = [str(name) for name in lines["method"].values]
        return cls(lines["alpha"], loss, methods, xlabel=xlabel, ylabel=ylabel, yscale=yscale, band=band)
