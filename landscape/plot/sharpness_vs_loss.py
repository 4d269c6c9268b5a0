"""Sharpness against training loss, its main confounder, along the trajectories."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike

from landscape.plot._base import (
    Display,
    FloatArray,
    check_methods,
    handle,
    legend_above,
    scale_axis,
    seed_quantiles,
    stack,
)
from landscape.plot._study_data import StudyLike, finished, group_of, methods_of, ordered
from landscape.plot._style import method_style
from landscape.plot.paired import LAMBDA_MAX
from landscape.plot.venues import styled

MOST_LINES = 100
"""Runs that have lines of their own; the medians and ends of more are drawn without."""


class TrajectoryScatterDisplay(Display):
    """Sharpness against training loss along the trajectories, on log-log axes; the end of each run is marked.

    Parameters
    ----------
    train_loss, measure : array-like of shape (method, seed, checkpoint)
        NaN where a run has no such checkpoint; what is not positive is masked. What overflowed to +inf ranks highest
        in the median.
    methods : sequence of str
        Names of the methods.
    matched_level : array-like of shape () or (seed,), optional
        Training loss at which methods are compared (`landscape.stats.matched_loss.matched_loss_level`): a line, or the
        span over seeds.
    xlabel, ylabel : str
        With units: which loss, and which measure.

    Raises
    ------
    ValueError
        If a shape is wrong.

    Examples
    --------
    >>> losses, sharpness = [[[2.3, 1.1, 0.6]]], [[[4.0, 2.0, 1.0]]]  # (method, seed, checkpoint)
    >>> display = ls.plot.TrajectoryScatterDisplay(losses, sharpness, ["zenith"], matched_level=1.0).plot()
    >>> display.ax_.get_xscale(), display.ax_.get_yscale()
    ('log', 'log')
    """

    def __init__(
        self,
        train_loss: ArrayLike,
        measure: ArrayLike,
        methods: Sequence[str],
        *,
        matched_level: ArrayLike | None = None,
        xlabel: str = "training loss",
        ylabel: str = "sharpness",
    ) -> None:
        self.methods = check_methods(methods)
        dims = ("method", "seed", "checkpoint")
        loss = stack(train_loss, "train_loss", dims, (len(self.methods), None, None))
        value = stack(measure, "measure", dims, loss.shape)
        kept = (loss > 0.0) & (value > 0.0)  # an overflow to +inf is kept for its rank
        # coordinate by coordinate, at each checkpoint
        self.median_loss, self.median_measure = (
            seed_quantiles(np.where(kept, v, np.nan), (0.5,))[0] for v in (loss, value)
        )
        drawn = kept & np.isfinite(loss) & np.isfinite(value)
        self.train_loss, self.measure = np.where(drawn, loss, np.nan), np.where(drawn, value, np.nan)
        self.matched_level: FloatArray | None = None
        if matched_level is not None:
            level = np.atleast_1d(np.asarray(matched_level, dtype=np.float64))
            self.matched_level = level[np.isfinite(level)]
        self.xlabel, self.ylabel = xlabel, ylabel

    @classmethod
    def from_study(cls, study: StudyLike) -> Self:
        """Draw the top Hessian eigenvalue along the finished runs of a study, where it converged."""
        curvature, kept = group_of(study, "curvature"), finished(study)
        top = curvature.isel(k=0)
        return cls(
            ordered(curvature["loss"].where(kept), "step"),
            ordered(top["eigenvalue"].where(kept & (top["converged"] == 1)), "step"),
            methods_of(study),
            xlabel=f"training {study.tree.attrs['loss_label']}",
            ylabel=rf"sharpness {LAMBDA_MAX} of the training loss",
        )

    @property
    def shows_runs(self) -> bool:
        """Whether single runs are lines: more than a hundred hide what they cross."""
        return self.train_loss.shape[0] * self.train_loss.shape[1] <= MOST_LINES

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
            With `figure_`, `ax_`, `level_`, `legend_` and, by method, `lines_` (one a seed), `medians_`, `ends_`.
        """
        owned = self._take_axes(ax, 2.7)
        scale_axis(self.ax_, "x", "log", self.train_loss)
        scale_axis(self.ax_, "y", "log", self.measure)
        self.level_: Artist | None = None
        handles: list[Artist] = []
        styles = method_style(self.methods)
        self.lines_: dict[str, list[Line2D]] = {}
        self.medians_: dict[str, Line2D] = {}
        self.ends_: dict[str, Line2D] = {}
        for row, (name, style) in enumerate(styles.items()):
            loss, value = self.train_loss[row], self.measure[row]
            self.lines_[name] = [
                self.ax_.plot(x, y, color=style.color, linewidth=0.4, alpha=0.3, zorder=1.0)[0]
                for x, y in zip(loss, value, strict=True)
                if self.shows_runs
            ]
            (self.medians_[name],) = self.ax_.plot(
                self.median_loss[row],
                self.median_measure[row],
                color=style.color,
                linestyle=style.linestyle,
                linewidth=style.linewidth,
                zorder=style.zorder,
            )
            last = [(x[ok][-1], y[ok][-1]) for x, y in zip(loss, value, strict=True) if (ok := np.isfinite(x)).any()]
            ends = np.array(last).reshape(-1, 2)
            (self.ends_[name],) = self.ax_.plot(
                ends[:, 0],
                ends[:, 1],
                linestyle="none",
                marker=style.marker,
                color=style.color,
                markersize=1.1 * style.markersize,
                markeredgecolor="white",
                markeredgewidth=0.3,
                zorder=style.zorder + 2.0,
                label=name,
            )
            handles.append(handle(style, name))
        if self.matched_level is not None and self.matched_level.size:
            low, high = float(self.matched_level.min()), float(self.matched_level.max())
            if low < high:
                self.level_ = self.ax_.axvspan(low, high, color="0.85", linewidth=0.0, zorder=0.5, label="matched loss")
            else:
                self.level_ = self.ax_.axvline(low, color="0.6", linewidth=0.8, zorder=0.5, label="matched loss")
            handles.append(self.level_)
        self.ax_.set_xlabel(self.xlabel)
        self.ax_.set_ylabel(self.ylabel)
        self.legend_: Legend | None = None
        if legend:
            thin = "thin: runs; thick: " if self.shows_runs else "lines: "
            several = f"{thin}median over seeds; " if self.train_loss.shape[1] > 1 else ""
            title = f"{several}markers: ends of runs"
            self.legend_ = legend_above(self.ax_, handles, owned=owned, title=title)
        return self
