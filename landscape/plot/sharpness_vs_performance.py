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
        self.points_: dict[str, Line2D] = {}
        styles = method_style(self.methods)
        for row, (name, style) in enumerate(styles.items()):
            (self.points_[name],) = self.ax_.plot(
                self.x[row],
                self.y[row],
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
        if self.correlation is not None:
            text = _in_words(self.correlation)
            if self.ax_.get_window_extent().width / self.figure_.dpi < NARROW:
                text = text.replace(" (", "\n(").replace("; over", ";\nover")
            self.text_ = self.ax_.set_title(text, loc="left", fontsize=TEXT_SIZE, pad=3.0)
        self.ax_.set_xlabel(self.xlabel)
        self.ax_.set_ylabel(self.ylabel)
        self.legend_: Legend | None = None
        if legend:
            self.legend_ = legend_above(self.ax_, self.handles(), owned=owned)
        return self

    def handles(self) -> list[Line2D]:
        """Legend entries of the methods."""
        return [handle(style, name, line=False) for name, style in method_style(self.methods).items()]


def _in_words(c: RankCorrelation) -> str:
    rho, within = (f"{value:.2f}" if np.isfinite(value) else "undefined" for value in (c.rho, c.rho_within))
    text = rf"Spearman $\rho$ = {rho} over {counted(c.methods, 'method')} ($p$ = {c.p_value:.2g})" + "\n"
    text += f"given the training loss {c.partial:.2f}; " if np.isfinite(c.partial) else ""
    return f"{text}over {counted(c.n, 'run')} within seeds {within}".replace("-", "−")
