"""Quantities recorded along training, of several methods on one axis, or several quantities above each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Self

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from landscape.plot._base import Display, FloatArray, axes_figure, check_methods, legend_above, new_figure, stack
from landscape.plot._median_band import Band, CurveDisplay, CurveScale, along
from landscape.plot._study_data import (
    Recorded,
    RunLike,
    StudyLike,
    joined,
    recorded_by_runs,
    recorded_by_study,
    window_means,
)
from landscape.plot.venues import styled


class TraceDisplay(CurveDisplay):
    """A quantity recorded during training, one line per method: loss, metric, gradient norm, learning rate.

    Parameters
    ----------
    step : array-like of shape (step,) or (method, step)
        Steps or epochs; those of each method, with NaN after its last one, where methods take unequal numbers of them.
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
        _check_window(window)
        methods = check_methods(methods)
        x = along(step, "step", len(methods))
        array = stack(values, "values", ("method", "seed", "step"), (len(methods), None, x.shape[-1]))
        if x.ndim == 2:
            x, array = _each_to_its_end(x, array, window)
        else:
            recorded = ~np.isnan(array).all(axis=(0, 1))
            x, array = x[recorded], array[:, :, recorded]
            if window > 1 and x.size:
                x, array = window_means(x, window), window_means(array, window)
        self.window = window
        super().__init__(x, array, methods, xlabel=xlabel, ylabel=ylabel, yscale=yscale, band=band, name="step")

    @classmethod
    def from_study(
        cls,
        study: StudyLike,
        quantity: str = "loss",
        *,
        window: int | None = None,
        **options: Any,
    ) -> Self:
        """Draw a recorded quantity of every run of a study.

        Parameters
        ----------
        study : Study
            Finished.
        quantity : str
            Of every step: "loss", "gradient_norm", "lr", "mean_gradient_norm", "zenith", "update_norm", "seconds"; of
            every epoch: "train_loss", "train_metric", "test_loss", "test_metric".
        window : int, optional
            Steps to average over; by default what leaves a hundred points. Epochs are not averaged.
        **options
            As for the class; label and scale have defaults that suit the quantity.

        Raises
        ------
        ValueError
            If the quantity is not recorded.
        """
        if window is not None:
            _check_window(window)
        recorded = recorded_by_study(study, quantity, window)  # which is averaged as it is read
        display = cls._from(recorded, 1, options)
        display.window = recorded.window
        return display

    @classmethod
    def from_run(
        cls,
        runs: RunLike | Iterable[RunLike],
        quantity: str = "loss",
        *,
        window: int | None = None,
        **options: Any,
    ) -> Self:
        """Draw a recorded quantity of one run of `zenith.train`, or of several runs of different methods or seeds.

        Parameters and errors are those of `from_study`; two runs of the same method and seed raise ValueError too.
        """
        return cls._from(recorded_by_runs(runs, quantity), window, options)

    @classmethod
    def _from(cls, recorded: Recorded, window: int | None, options: dict[str, Any]) -> Self:
        if window is None:
            window = max(1, recorded.x.shape[-1] // 100) if recorded.xlabel == "step" else 1
        defaults = {"ylabel": recorded.ylabel, "xlabel": recorded.xlabel, "yscale": recorded.yscale}
        return cls(recorded.x, recorded.values, recorded.methods, window=window, **(defaults | options))

    @property
    def summary_(self) -> str:
        """Meaning of line and band, and the window, for the legend's title or the caption."""
        return super().summary_ + (f"\nmeans over {self.window} {self.xlabel}s" if self.window > 1 else "")


def _each_to_its_end(x: FloatArray, values: FloatArray, window: int) -> tuple[FloatArray, FloatArray]:
    """Leave out what is not recorded, and average, for each method up to its own end; pad with NaN."""
    rows = []
    for own, of_method in zip(x, values, strict=True):
        known = np.isfinite(own)
        recorded = ~np.isnan(of_method[:, known]).all(axis=0)
        recorded[-1:] = True  # where runs that are lost are counted
        parts = own[known][recorded], of_method[:, known][:, recorded]
        rows.append(tuple(window_means(part, window) for part in parts) if window > 1 else parts)
    return joined([own[None] for own, _ in rows]), joined([of_method[None] for _, of_method in rows])


def _check_window(window: int) -> None:
    if window < 1:
        raise ValueError(f"window = {window} averages no step; pass 1 to draw every step.")


class StackedTraceDisplay(Display):
    """Traces above each other on one x axis with one legend, such as training loss over test accuracy.

    Parameters
    ----------
    displays : sequence of TraceDisplay
        From top to bottom; of the same methods.

    Raises
    ------
    ValueError
        If there are none, or their methods or x axes differ.

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
        if any(d.xlabel != self.displays[0].xlabel for d in self.displays):
            raise ValueError(
                f"the displays are over {' and '.join(dict.fromkeys(d.xlabel for d in self.displays))}; stack those "
                f"of one x axis."
            )

    @classmethod
    def from_study(cls, study: StudyLike, quantities: Sequence[str] = ("gradient_norm", "lr"), **options: Any) -> Self:
        """Stack quantities of a study, each as `TraceDisplay.from_study` draws it; steps and epochs do not mix."""
        return cls([TraceDisplay.from_study(study, name, **options) for name in quantities])

    @classmethod
    def from_run(
        cls,
        runs: RunLike | Iterable[RunLike],
        quantities: Sequence[str] = ("gradient_norm", "lr"),
        **options: Any,
    ) -> Self:
        """Stack quantities of one run or of several, each as `TraceDisplay.from_run` draws it."""
        several = runs if hasattr(runs, "trace") else list(runs)
        return cls([TraceDisplay.from_run(several, name, **options) for name in quantities])

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
            axes = list(new_figure(0.75 + 1.35 * count).subplots(count, sharex=True, squeeze=False)[:, 0])
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
            smoothing = [f"means over {w} {self.displays[-1].xlabel}s" if w > 1 else "every value" for w in windows]
            title += f"\n{smoothing[0]}" if len(set(smoothing)) == 1 else "\nfrom top: " + "; ".join(smoothing)
        self.legend_ = legend_above(self.axes_[0], worst.handles(), owned=owned, title=title)
        self.figure_.align_ylabels(self.axes_)
        return self
