"""Number of eigenvalues above each threshold, of several methods on log-log axes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Self

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike

from landscape.linalg.spectral_density import Density
from landscape.plot._annotations import eigenvalue_label
from landscape.plot._base import (
    Display,
    FloatArray,
    check_methods,
    handle,
    legend_above,
    legend_height,
    stack,
    wrap_label,
)
from landscape.plot._median_band import Curve, band_opacity, draw_curve
from landscape.plot._study_data import StudyLike, densities_of
from landscape.plot._style import method_style
from landscape.plot.venues import styled

DECADES = 3.5
"""Below the largest eigenvalue of all; what lies further down is the bulk that all networks have."""

POINTS = 400


class EigenvalueCountDisplay(Display):
    """Number of eigenvalues above each threshold, which compares spectra without a smoothing width.

    A density smoothed wide enough for its outliers shows one peak at zero; the count has both on one axis, and its band
    holds what random vectors and Lanczos steps leave open (`landscape.curvature.Density.cdf`).

    Parameters
    ----------
    threshold : array-like of shape (n,)
        Positive, ascending, in units of the eigenvalues.
    count : array-like of shape (method, n)
        How many eigenvalues lie above.
    low, high : array-like of shape (method, n), optional
        Ends of the band; both or none.
    methods : sequence of str
        Names of the methods.
    summary : str
        What is counted and what the bands are, for the legend's title.
    xlabel, ylabel : str
        With units.

    Raises
    ------
    ValueError
        If a shape is wrong, the thresholds are not positive or do not ascend, or one end of the band is missing.

    Examples
    --------
    >>> density = ls.spectral_density(loss, probes=4, steps=16)
    >>> display = ls.plot.EigenvalueCountDisplay.from_densities({"zenith": density}).plot()
    >>> display.count.shape, display.methods
    ((1, 400), ['zenith'])
    """

    def __init__(
        self,
        threshold: ArrayLike,
        count: ArrayLike,
        low: ArrayLike | None = None,
        high: ArrayLike | None = None,
        *,
        methods: Sequence[str],
        summary: str = "",
        xlabel: str = "threshold",
        ylabel: str = "eigenvalues above it",
    ) -> None:
        self.methods = check_methods(methods)
        self.threshold = stack(threshold, "threshold", ("threshold",), (None,))
        if self.threshold.size < 2 or self.threshold[0] <= 0 or not (np.diff(self.threshold) > 0).all():
            raise ValueError("threshold has fewer than 2 points, or they are not positive and ascending; sort them.")
        if (low is None) != (high is None):
            raise ValueError("only one end of the band is given; pass both low and high, or neither.")
        dims, shape = ("method", "threshold"), (len(self.methods), self.threshold.size)
        self.count = stack(count, "count", dims, shape)
        self.low, self.high = (
            None if end is None else stack(end, name, dims, shape) for end, name in ((low, "low"), (high, "high"))
        )
        self.summary_, self.xlabel, self.ylabel = summary, xlabel, ylabel

    @classmethod
    def from_densities(
        cls,
        densities: Mapping[str, Density],
        threshold: ArrayLike | None = None,
        *,
        level: float = 0.95,
        summary: str = "",
    ) -> Self:
        """Count in spectral densities by method.

        Parameters
        ----------
        densities : mapping of str to Density
        threshold : array-like of shape (n,), optional
            By default three and a half decades up to the largest Ritz value of all.
        level : float
            Of the intervals, point by point.
        summary : str
            What else the legend's title says.

        Raises
        ------
        ValueError
            If there is no density, or none has a positive eigenvalue.
        """
        if not densities:
            raise ValueError("there is no spectral density to count in; pass one a method.")
        top = max(density.extremes[1] for density in densities.values())
        if threshold is None:
            if top <= 0:
                raise ValueError("no density has a positive eigenvalue; there is nothing to count.")
            threshold = np.geomspace(top * 10.0**-DECADES, top * 1.05, POINTS)
        at = np.atleast_1d(np.asarray(threshold, dtype=np.float64))
        bands = [density.cdf(at, level=level) for density in densities.values()]
        sizes = np.array([[density.size] for density in densities.values()])
        count, low, high = (
            sizes * (1 - np.stack(shares)) for shares in zip(*((b.value, b.high, b.low) for b in bands), strict=True)
        )
        of = f"{sizes.min():,}" if sizes.min() == sizes.max() else f"{sizes.min():,} to {sizes.max():,}"
        meaning = f"{of} eigenvalues; bands: {100 * level:g} % intervals" + (f"; {summary}" if summary else "")
        matrices = {str(density.protocol.get("operator", "")) for density in densities.values()}
        matrix = matrices.pop() if len(matrices) == 1 else ""
        named = eigenvalue_label(matrix).replace("eigenvalue", "eigenvalues", 1)
        ylabel = f"{named} above it"
        return cls(at, count, low, high, methods=list(densities), summary=meaning, ylabel=ylabel)

    @classmethod
    def from_study(
        cls, study: StudyLike, seed: int | None = None, *, threshold: ArrayLike | None = None, level: float = 0.95
    ) -> Self:
        """Count in the spectra at the end points of a study's runs of one seed, by default the first that has them.

        Raises
        ------
        ValueError
            If the study has no spectra, or not of that seed.
        """
        chosen, densities = densities_of(study, seed)
        return cls.from_densities(densities, threshold, level=level, summary=f"seed {chosen}")

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
        self.set_scales(self.ax_)
        self.lines_: dict[str, Line2D] = {}
        self.bands_: dict[str, PolyCollection] = {}
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
            shift = row / len(self.methods)
            self.lines_[name] = draw_curve(self.ax_, curve.x, curve.middle, name, style, shift)
        self.ax_.set_xlabel(self.xlabel)
        self.ax_.set_ylabel(wrap_label(self.ylabel, 0.95 * self.ax_.get_window_extent().height / self.figure_.dpi))
        self.legend_: Legend | None = None
        if legend:
            self.legend_ = legend_above(self.ax_, self.handles(), owned=owned, title=self.summary_ or None)
        return self

    def handles(self) -> list[Line2D]:
        """Legend entries of the methods."""
        return [handle(style, name) for name, style in method_style(self.methods).items()]

    def curves(self) -> list[Curve]:
        """Return what is drawn of each method."""
        ends = [
            (None, None) if low is None or high is None else (np.maximum(low, 0.5), np.maximum(high, 0.5))
            for low, high in zip(_rows(self.low, self.methods), _rows(self.high, self.methods), strict=True)
        ]
        return [
            Curve(name, self.threshold, count, *band)
            for name, count, band in zip(self.methods, self.count, ends, strict=True)
        ]

    def set_scales(self, ax: Axes) -> None:
        """Give axes the scales and limits of the counts."""
        ax.set_xscale("log")
        ax.set_yscale("log", nonpositive="mask")
        ax.set_xlim(self.threshold[0], self.threshold[-1])
        ax.set_ylim(0.7, 1.4 * max(float(self.count.max()), 1.0))


def _rows(end: FloatArray | None, methods: Sequence[str]) -> Sequence[FloatArray | None]:
    return [None] * len(methods) if end is None else list(end)
