"""Paired comparison: one measure per method and seed, and the paired effects."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Self

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.transforms import blended_transform_factory
from numpy.typing import ArrayLike

from landscape._common.summaries import counted
from landscape.plot._base import (
    Display,
    Scale,
    axes_figure,
    check_choice,
    check_methods,
    new_figure,
    plain_log_ticks,
    stack,
)
from landscape.plot._study_data import StudyLike, quantity_of
from landscape.plot._style import method_style
from landscape.plot.venues import styled
from landscape.stats.paired import PairedComparison

LAMBDA_MAX = r"$\lambda_{\max}$"


class PairedDisplay(Display):
    """Paired comparison: the measure of every run on the left, the mean paired effects on the right.

    The runs of one seed are joined; effects have their t interval and the p of the sign test.

    Parameters
    ----------
    values : array-like of shape (method, seed)
        The measure; NaN for a diverged run. A method with runs that cannot be drawn is labelled "(drawn/all)".
    methods : sequence of str
        Names of the methods, drawn from top to bottom.
    comparisons : sequence of PairedComparison
        One a method against one common partner: either the partner is the `method` of all ("zenith / cosine", ...) or
        the `reference` of all. Ratios are drawn for transform "log", differences for "identity". The Holm-adjusted p is
        printed if present, else the plain p.
    label : str, optional
        Symbol or name of the measure. Default: the comparisons' own name for it.
    scale : {"log", "linear"}
        Scale of the left panel.

    Raises
    ------
    ValueError
        If a shape or option is wrong, the comparisons have no common partner, or one names an unknown method.

    Examples
    --------
    >>> from landscape.stats.paired import paired_comparison
    >>> values = [[1.0, 1.2, 0.9, 1.1], [2.0, 2.1, 2.2, 1.9]]  # (method, seed)
    >>> comparison = paired_comparison(
    ...     values[0], values[1], measure="lambda_max", method="zenith", reference="cosine", transform="log"
    ... )
    >>> display = ls.plot.PairedDisplay(values, ["zenith", "cosine"], [comparison]).plot()
    >>> display.figure_.get_size_inches().shape
    (2,)
    """

    def __init__(
        self,
        values: ArrayLike,
        methods: Sequence[str],
        comparisons: Sequence[PairedComparison],
        *,
        label: str | None = None,
        scale: Scale = "log",
    ) -> None:
        check_choice(scale, "scale", ("log", "linear"))
        self.methods = check_methods(methods)
        self.values = stack(values, "values", ("method", "seed"), (len(self.methods), None))
        self.comparisons, self.scale = list(comparisons), scale
        if not self.comparisons:
            raise ValueError("comparisons is empty; pass the paired comparisons of the methods with one of them.")
        self.label = self.comparisons[0].measure if label is None else label
        first, *rest = self.comparisons
        # One comparison alone is drawn in the row of its reference.
        if all(c.method == first.method for c in rest):
            self.partner, rows = first.method, [c.reference for c in self.comparisons]
            self.direction = f"{self.partner} {{sign}} method"
        elif all(c.reference == first.reference for c in rest):
            self.partner, rows = first.reference, [c.method for c in self.comparisons]
            self.direction = f"method {{sign}} {self.partner}"
        else:
            raise ValueError("the comparisons share neither method nor reference; pass those with one common partner.")
        unknown = sorted({self.partner, *rows} - set(self.methods))
        if unknown:
            raise ValueError(f"the comparisons name {', '.join(unknown)}, which methods lacks; add it or leave it out.")
        self.rows = [self.methods.index(name) for name in rows]
        self.transform = first.transform
        if any(c.transform != self.transform for c in rest):
            raise ValueError("the comparisons mix ratios and differences; compare all with the same transform.")

    @classmethod
    def from_study(cls, study: StudyLike, quantity: str = "lambda_max") -> Self:
        """Compare a study's focus with its other methods in one quantity.

        Parameters
        ----------
        study : Study
            Finished.
        quantity : str
            A quantity that every run has one number of, such as "lambda_max", "trace", "adaptive_sharpness",
            "train_loss", "test_loss", "test_accuracy", "generalisation_gap".

        Raises
        ------
        ValueError
            If the study has no such quantity.
        """
        found = quantity_of(study, quantity, [q.name for q in study.analysis.per_run])
        label = LAMBDA_MAX if quantity == "lambda_max" else found.label
        return cls(
            found.values.values,
            [str(name) for name in found.values["optimizer"].values],
            study.analysis.comparisons[quantity],
            label=label,
            scale="log" if found.transform == "log" else "linear",
        )

    @styled
    def plot(self, axes: Sequence[Axes] | None = None) -> Self:
        """Draw.

        Parameters
        ----------
        axes : two matplotlib Axes, optional
            Left and right panel; a one-column figure by default.

        Returns
        -------
        self
            With `figure_`, `axes_`, `pairs_` (by seed) and, by method, `points_`, `means_`, `intervals_`,
            `differences_`, `p_`.
        """
        if axes is None:
            figure = new_figure(0.85 + 0.22 * len(self.methods), scaled=False)
            axes = list(figure.subplots(1, 2, sharey=True, width_ratios=(1.0, 1.0)))
        self.axes_ = list(axes)
        if len(self.axes_) != 2:
            raise ValueError(f"{len(self.axes_)} axes were given; pass two, for the runs and for the effects.")
        self.figure_ = axes_figure(self.axes_[0])
        self._draw_runs(self.axes_[0])
        self._draw_effects(self.axes_[1])
        return self

    def _draw_runs(self, ax: Axes) -> None:
        styles = method_style(self.methods)
        rows = np.arange(len(self.methods))
        drawable = np.isfinite(self.values) & ((self.values > 0.0) | (self.scale == "linear"))
        shown = np.where(drawable, self.values, np.nan)
        if self.scale == "log":
            ax.set_xscale("log", nonpositive="mask")
            positive = shown[drawable]
            if positive.size:
                plain_log_ticks(ax.xaxis, float(positive.min()), float(positive.max()))
        self.pairs_ = [
            ax.plot(shown[:, s], rows, color="0.75", linewidth=0.5, zorder=1)[0] for s in range(shown.shape[1])
        ]
        self.points_: dict[str, Line2D] = {}
        for row, (name, style) in enumerate(styles.items()):
            (self.points_[name],) = ax.plot(
                shown[row],
                np.full(shown.shape[1], row),
                linestyle="none",
                marker=style.marker,
                color=style.color,
                markersize=0.95 * style.markersize,
                markeredgecolor="white",
                markeredgewidth=0.2,
                zorder=style.zorder,
            )
        runs = drawable.sum(axis=1)
        lost = [f" ({k}/{shown.shape[1]})" if k < shown.shape[1] else "" for k in runs]
        ax.set_yticks(rows, [name + note for name, note in zip(self.methods, lost, strict=True)])
        ax.set_ylim(len(self.methods) - 0.5, -0.5)
        ax.tick_params(axis="y", length=0.0)
        ax.set_xlabel(self.label)

    def _draw_effects(self, ax: Axes) -> None:
        styles = method_style(self.methods)
        log = self.transform == "log"
        null = 1.0 if log else 0.0
        if log:
            ax.set_xscale("log")
        ax.axvline(null, color="0.4", linewidth=0.6, zorder=1)
        self.differences_: dict[str, Line2D] = {}
        self.intervals_: dict[str, Line2D] = {}
        self.means_: dict[str, Line2D] = {}
        self.p_: dict[str, Text] = {}
        right_of_row = blended_transform_factory(ax.transAxes, ax.transData)
        drawn = [null]
        for row, comparison in zip(self.rows, self.comparisons, strict=True):
            name = self.methods[row]
            style = styles[name]
            points = np.asarray(comparison.differences)
            interval = np.asarray(comparison.interval)
            mean = np.asarray([comparison.mean_difference])
            if log:
                points, interval, mean = np.exp(points), np.exp(interval), np.exp(mean)
            drawn += [float(v) for v in (*points, *interval) if math.isfinite(v)]
            (self.differences_[name],) = ax.plot(
                points, np.full(points.size, row + 0.22), linestyle="none", marker="|", markersize=3.5, color="0.45"
            )
            (self.intervals_[name],) = ax.plot(interval, [row, row], color=style.color, linewidth=1.6, zorder=3)
            (self.means_[name],) = ax.plot(
                mean,
                [row],
                marker=style.marker,
                color=style.color,
                markersize=1.15 * style.markersize,
                markeredgecolor="white",
                markeredgewidth=0.4,
                zorder=4,
            )
            self.p_[name] = ax.text(
                1.04,
                row,
                _p_in_words(comparison),
                transform=right_of_row,
                va="center",
                ha="left",
                fontsize=6.0,
                linespacing=0.9,
            )
        adjusted = all(c.p_holm is not None for c in self.comparisons)
        header = r"$p_\mathrm{Holm}$" if adjusted else r"$p$"
        self.p_header_ = ax.text(1.04, 1.0, header, transform=ax.transAxes, va="bottom", ha="left", fontsize=6.0)
        if log:
            plain_log_ticks(ax.xaxis, min(drawn), max(drawn))
        ax.set_ylim(len(self.methods) - 0.5, -0.5)
        ax.tick_params(axis="y", length=0.0)
        ax.set_xlabel(self.direction.format(sign="/" if log else "−"))


def _p_in_words(c: PairedComparison) -> str:
    """Return p after Holm where it is known, or why no outcome could have made it small."""
    p, least = (c.p_value, c.smallest_p) if c.p_holm is None else (c.p_holm, c.smallest_p_holm)
    return f"n/a\n({counted(c.n, 'seed')})" if least is not None and least > 1 - c.level else f"{p:.2g}"
