"""Test performance against sharpness, with the rank correlation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Self

import numpy as np
from matplotlib.axes import Axes
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.text import Text
from numpy.typing import ArrayLike

from landscape._common.summaries import counted
from landscape.plot._base import (
    Display,
    FloatArray,
    Scale,
    check_choice,
    check_methods,
    handle,
    legend_above,
    legend_height,
    scale_axis,
    stack,
)
from landscape.plot._study_data import StudyLike, quantity_of
from landscape.plot._style import method_style
from landscape.plot.paired import LAMBDA_MAX
from landscape.plot.venues import styled
from landscape.stats.rank_correlation import RankCorrelation

TEXT_SIZE = 6.0
LEAST_RUNS = 8  # below which nothing is an outlier
OUTSIDE = 2.0  # widths of the middle four fifths of all runs that an outlier is away from these
JITTER = (0.0, 0.5, -0.5, 1.0, -1.0, 0.25, -0.25, 0.75, -0.75)  # in turn for runs that share a value
NARROW = 2.2  # inches: axes narrower than this have the words above them in more lines


class CorrelationDisplay(Display):
    """Test performance against sharpness, one marker a run, with the rank correlation above.

    Parameters
    ----------
    sharpness, performance : array-like of shape (method, seed)
        Sharpness (x) and test accuracy or error (y); runs without two finite values are not drawn.
    methods : sequence of str
        Names of the methods.
    correlation : RankCorrelation, optional
        Of the two; said above the axes.
    xlabel, ylabel : str
        With units: which measure, and which metric.
    xscale, yscale : {"log", "linear"}
        Scales.

    Raises
    ------
    ValueError
        If a shape or an option is wrong.

    Examples
    --------
    >>> from landscape.stats.rank_correlation import rank_correlation
    >>> sharpness, accuracy = [[1.0, 2.0, 4.0], [2.0, 3.0, 8.0]], [[0.95, 0.94, 0.92], [0.93, 0.92, 0.90]]
    >>> correlation = rank_correlation(sharpness, accuracy)  # two methods show nothing: p = 1
    >>> labels = {"xlabel": "top Hessian eigenvalue", "ylabel": "test accuracy"}
    >>> display = ls.plot.CorrelationDisplay(sharpness, accuracy, ["zenith", "cosine"], correlation, **labels).plot()
    >>> display.ax_.get_ylabel()
    'test accuracy'
    """

    def __init__(
        self,
        sharpness: ArrayLike,
        performance: ArrayLike,
        methods: Sequence[str],
        correlation: RankCorrelation | None = None,
        *,
        xlabel: str = "sharpness",
        ylabel: str = "test performance",
        xscale: Scale = "log",
        yscale: Scale = "linear",
    ) -> None:
        check_choice(xscale, "xscale", ("log", "linear"))
        check_choice(yscale, "yscale", ("log", "linear"))
        self.methods = check_methods(methods)
        x = stack(sharpness, "sharpness", ("method", "seed"), (len(self.methods), None))
        y = stack(performance, "performance", ("method", "seed"), x.shape)
        kept = np.isfinite(x) & np.isfinite(y)
        self.x, self.y = np.where(kept, x, np.nan), np.where(kept, y, np.nan)
        self.correlation = correlation
        self.xlabel, self.ylabel, self.xscale, self.yscale = xlabel, ylabel, xscale, yscale

    @classmethod
    def from_study(cls, study: StudyLike, measure: str = "lambda_max") -> Self:
        """Draw the test metric of every run of a study against a measure of sharpness.

        Parameters
        ----------
        study : Study
            Finished.
        measure : str
            "lambda_max", "trace" or "adaptive_sharpness". The rank correlation is the study's own, over methods; that
            is with the test error, so its sign is turned where a higher metric is better.

        Raises
        ------
        ValueError
            If the study did not correlate this measure.
        """
        found = quantity_of(study, measure, list(study.analysis.correlations))
        attrs = study.tree.attrs
        correlation = study.analysis.correlations[measure]
        if attrs["metric_higher_is_better"]:
            turned = {name: -getattr(correlation, name) for name in ("rho", "partial", "rho_within")}
            correlation = replace(correlation, **turned)
        return cls(
            found.values.values,
            study.analysis.quantity(f"test_{attrs['metric']}").values.values,
            [str(name) for name in found.values["optimizer"].values],
            correlation,
            xlabel=f"{LAMBDA_MAX} of the training loss" if measure == "lambda_max" else found.label,
            ylabel=f"test {attrs['metric_label']}",
            xscale="log" if found.transform == "log" else "linear",
        )

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
            With `figure_`, `ax_`, `points_` (by method), `text_`, `legend_`.
        """
        owned = self._take_axes(ax, 2.6 + legend_height(len(self.methods)))
        scale_axis(self.ax_, "x", self.xscale, self.x)
        scale_axis(self.ax_, "y", self.yscale, self.y)
        shown, notes = self._shown()
        self.points_: dict[str, Line2D] = {}
        styles = method_style(self.methods)
        for row, (name, style) in enumerate(styles.items()):
            (self.points_[name],) = self.ax_.plot(
                self.x[row],
                shown[row],
                linestyle="none",
                marker=style.marker,
                color=style.color,
                markersize=1.1 * style.markersize,
                markeredgecolor="white",
                markeredgewidth=0.3,
                zorder=style.zorder,
                label=name,
            )
        self.text_: Text | None = None
        text = "\n".join([*([] if self.correlation is None else [_in_words(self.correlation)]), *notes])
        if text:
            if self.ax_.get_window_extent().width / self.figure_.dpi < NARROW:
                text = text.replace(" (", "\n(").replace("; over", ";\nover")
            self.text_ = self.ax_.set_title(text, loc="left", fontsize=TEXT_SIZE, pad=3.0)
        self.ax_.set_xlabel(self.xlabel)
        self.ax_.set_ylabel(self.ylabel)
        self.legend_: Legend | None = None
        if legend:
            self.legend_ = legend_above(self.ax_, self.handles(), owned=owned)
        return self

    def _shown(self) -> tuple[FloatArray, list[str]]:
        """Return where the markers are drawn, and what moved them: few outliers, and values that many runs share.

        A run far below or above all others would leave the others no room, so its marker is at the edge. Values of few
        steps, as an accuracy on 360 samples, are moved apart by less than half a step.
        """
        y: FloatArray = self.y.copy()
        notes: list[str] = []
        values = np.sort(y[np.isfinite(y)])
        if self.yscale == "log" or values.size < LEAST_RUNS:
            return y, notes
        low, high = np.quantile(values, (0.1, 0.9))
        room = OUTSIDE * max(high - low, 1e-12)
        far = (y < low - room) | (y > high + room)
        if 0 < far.sum() <= 0.1 * values.size:
            bottom, top = self._edges(y[~far & np.isfinite(y)])
            names = [name for name, row in zip(self.methods, far, strict=True) if row.any()]
            found = np.unique(y[far])
            span = f"{found[0]:.3g}" if found.size == 1 else f"{found[0]:.3g} to {found[-1]:.3g}"
            notes.append(f"{counted(int(far.sum()), 'run')} off the scale, at its edge: {', '.join(names)}, {span}")
            y[far] = np.where(y[far] < low, bottom, top)
            margin = 0.04 * (top - bottom)  # in which a marker at the edge is whole
            self.ax_.set_ylim(bottom - margin, top + margin)
        steps = np.unique(np.round(values, 12))
        if steps.size > 1 and values.size >= 2 * steps.size:
            step = float(np.diff(steps).min())
            taken: dict[float, int] = {}
            for row in range(y.shape[0]):
                for seed in np.flatnonzero(np.isfinite(y[row]) & ~far[row]):
                    place = taken[y[row, seed]] = taken.get(y[row, seed], -1) + 1
                    y[row, seed] += 0.35 * step * JITTER[place % len(JITTER)]
            notes.append(f"markers are moved by up to ±{0.35 * step:.1g}, so that equal values show")
        return y, notes

    @staticmethod
    def _edges(near: FloatArray) -> tuple[float, float]:
        margin = 0.08 * max(float(np.ptp(near)), 1e-12)
        return float(near.min()) - margin, float(near.max()) + margin

    def handles(self) -> list[Line2D]:
        """Legend entries of the methods."""
        return [handle(style, name, line=False) for name, style in method_style(self.methods).items()]


def _in_words(c: RankCorrelation) -> str:
    rho, within = (f"{value:.2f}" if np.isfinite(value) else "undefined" for value in (c.rho, c.rho_within))
    text = rf"Spearman $\rho$ = {rho} over {counted(c.methods, 'method')} ($p$ = {c.p_value:.2g})" + "\n"
    text += f"given the training loss {c.partial:.2f}; " if np.isfinite(c.partial) else ""
    return f"{text}over {counted(c.n, 'run')} within seeds {within}".replace("-", "−")
