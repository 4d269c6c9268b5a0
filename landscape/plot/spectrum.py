"""Spectral density of a curvature matrix on a log axis, with individually known eigenvalues."""

from __future__ import annotations

from typing import Self

import numpy as np
import xarray as xr
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter
from numpy.typing import ArrayLike

from landscape._common.end_points import at_end_points
from landscape.linalg.spectral_density import Density
from landscape.plot._annotations import eigenvalue_label
from landscape.plot._base import Display, FloatArray, legend_above, stack, wrap_label
from landscape.plot._study_data import StudyLike, densities_of, group_of
from landscape.plot.venues import styled

POSITIVE, NEGATIVE, KNOWN = "#1845fb", "#d98c00", "#000000"


class SpectrumDisplay(Display):
    """A smoothed spectral density with its band, its negative part in another colour, and known eigenvalues as ticks.

    Parameters
    ----------
    grid : array-like of shape (n,)
        Eigenvalues, ascending.
    density : array-like of shape (n,)
        Share of the eigenvalues per unit of the eigenvalue.
    low, high : array-like of shape (n,), optional
        Ends of the band; both or none.
    eigenvalues : array-like of shape (k,), optional
        Known eigenvalues, as from `top_eigenpairs`: ticks above the density.
    extremes : tuple of float, optional
        Smallest and largest eigenvalue found, as ticks at the axis: what lies beyond is the Gaussian's own width.
    floor : float, optional
        Density at which the axis ends; by default a millionth of the maximum. What one eigenvalue makes, 1 / (size *
        width * sqrt(2 pi)), and a bit below is a good one: a Gaussian's tail lower down is no information.
    summary : str
        What curve and band are, for the legend's title, such as the width of the Gaussian.
    band_label : str
        What the band is.
    xlabel, ylabel : str
        With units.

    Raises
    ------
    ValueError
        If a shape is wrong, the grid does not ascend, one end of the band is missing, or no density is positive.

    Examples
    --------
    >>> density = ls.spectral_density(loss, probes=4, steps=16)
    >>> display = ls.plot.SpectrumDisplay.from_density(density, eigenvalues=ls.top_eigenpairs(loss).values).plot()
    >>> display.ax_.get_yscale()
    'log'
    """

    def __init__(
        self,
        grid: ArrayLike,
        density: ArrayLike,
        low: ArrayLike | None = None,
        high: ArrayLike | None = None,
        *,
        eigenvalues: ArrayLike | None = None,
        extremes: tuple[float, float] | None = None,
        floor: float | None = None,
        summary: str = "",
        band_label: str = "band",
        xlabel: str = "eigenvalue",
        ylabel: str = "spectral density (share of eigenvalues per unit)",
    ) -> None:
        self.grid = stack(grid, "grid", ("grid",), (None,))
        shape = (self.grid.size,)
        if self.grid.size < 2 or not (np.diff(self.grid) > 0).all():
            raise ValueError("grid does not ascend or has fewer than 2 points; sort it and drop repeated eigenvalues.")
        if (low is None) != (high is None):
            raise ValueError("only one end of the band is given; pass both low and high, or neither.")
        self.density = stack(density, "density", ("grid",), shape)
        self.low, self.high = (
            None if end is None else stack(end, name, ("grid",), shape) for end, name in ((low, "low"), (high, "high"))
        )
        if not (np.isfinite(self.density).all() and self.density.max() > 0):
            raise ValueError("the density is nowhere positive or not finite; there is nothing to draw on a log axis.")
        known = np.array([]) if eigenvalues is None else np.atleast_1d(np.asarray(eigenvalues, dtype=np.float64))
        self.eigenvalues = known[np.isfinite(known)]
        self.extremes = extremes
        self.floor = float(self.density.max()) * 1e-6 if floor is None else float(floor)
        if not 0 < self.floor < self.density.max():
            raise ValueError(f"floor = {floor} must be positive and below the largest density, {self.density.max():g}.")
        self.summary_, self.band_label, self.xlabel, self.ylabel = summary, band_label, xlabel, ylabel

    def to_dataset(self) -> xr.Dataset:
        """Store curve, band, eigenvalues and labels in a dataset, from which `from_dataset` restores the display."""
        curves = {"density": self.density, "low": self.low, "high": self.high}
        variables = {name: ("grid", values) for name, values in curves.items() if values is not None}
        variables["eigenvalue"] = ("k", self.eigenvalues)
        if self.extremes is not None:
            variables["extreme"] = ("end", np.asarray(self.extremes, dtype=np.float64))
        texts = {"summary": self.summary_, "band_label": self.band_label, "xlabel": self.xlabel, "ylabel": self.ylabel}
        attrs = {"drawn_by": "spectrum", "floor": self.floor, **texts}
        return xr.Dataset(variables, coords={"grid": self.grid}, attrs=attrs)

    @classmethod
    def from_dataset(cls, data: xr.Dataset) -> Self:
        """Restore the display from a dataset made by `to_dataset`; one without labels is of the Hessian."""
        texts = {
            name: str(data.attrs[name]) for name in ("summary", "band_label", "xlabel", "ylabel") if name in data.attrs
        }
        return cls(
            data["grid"],
            data["density"],
            data.get("low"),
            data.get("high"),
            eigenvalues=data["eigenvalue"],
            extremes=tuple(data["extreme"].values.tolist()) if "extreme" in data else None,
            floor=float(data.attrs["floor"]),
            **({"xlabel": eigenvalue_label("Hessian")} | texts),
        )

    @classmethod
    def from_density(
        cls,
        density: Density,
        *,
        width: float | None = None,
        level: float = 0.95,
        eigenvalues: ArrayLike | None = None,
        xlabel: str | None = None,
    ) -> Self:
        """Smooth a `landscape.spectral_density`; the axis ends at a tenth of the peak of a single eigenvalue.

        By default `xlabel` names the matrix that the density says it is of.
        """
        if xlabel is None:
            xlabel = eigenvalue_label(str(density.protocol.get("operator", "")))
        band = density.smooth(width=width, level=level)
        summary = f"{density.size:,} eigenvalues, smoothed with a Gaussian of width {band.width:.2g}"
        if not band.resolved:
            summary += f"\n(the steps resolve {density.resolution:.2g} only)"
        single = 1 / (density.size * band.width * np.sqrt(2 * np.pi))
        return cls(
            band.grid,
            band.value,
            band.low,
            band.high,
            eigenvalues=eigenvalues,
            extremes=density.extremes,
            floor=min(0.1 * single, 0.1 * float(band.value.max())),
            summary=summary,
            band_label=f"{100 * level:g} % interval, {len(density.nodes)} probes",
            xlabel=xlabel,
        )

    @classmethod
    def from_study(
        cls,
        study: StudyLike,
        method: str | None = None,
        seed: int | None = None,
        *,
        width: float | None = None,
        level: float = 0.95,
    ) -> Self:
        """Smooth the density at the end point of one run of a study, with its converged top eigenvalues.

        Parameters
        ----------
        study : Study
            Finished, with spectra.
        method : str, optional
            By default the study's first that has one.
        seed : int, optional
            By default the first that has spectra.
        width, level : float
            As for `from_density`.

        Raises
        ------
        ValueError
            If the study has no such spectrum.
        """
        chosen, densities = densities_of(study, seed)
        name = next(iter(densities), "") if method is None else method
        if name not in densities:
            raise ValueError(
                f"the study keeps no spectrum of method {name!r} and seed {chosen}; it has those of "
                f"{', '.join(densities) or 'none'}."
            )
        last = at_end_points(study.tree, group_of(study, "curvature"), "step").sel(optimizer=name, seed=chosen)
        known = last["eigenvalue"].values[last["converged"].values == 1]
        return cls.from_density(densities[name], width=width, level=level, eigenvalues=known)

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
            With `figure_`, `ax_`, `line_` and, None where there is none, `band_`, `negative_`, `ticks_`,
            `extreme_ticks_` and `legend_`.
        """
        owned = self._take_axes(ax, 2.7)
        self.ax_.set_yscale("log", nonpositive="clip")
        handles: list[Artist] = []
        # Cut at the floor: a log axis cannot show zero, and far below it the numbers have no meaning.
        drawn = np.maximum(self.density, self.floor)
        self.band_: PolyCollection | None = None
        if self.low is not None and self.high is not None:
            self.band_ = self.ax_.fill_between(
                self.grid,
                np.maximum(self.low, self.floor),
                np.maximum(self.high, self.floor),
                color=POSITIVE,
                alpha=0.25,
                linewidth=0.0,
                zorder=2.0,
            )
        (self.line_,) = self.ax_.plot(
            self.grid, np.where(self.density > self.floor, drawn, np.nan), color=POSITIVE, zorder=3.0
        )
        handles.append(Line2D([], [], color=POSITIVE, label="density"))
        if self.band_ is not None:
            handles.append(Patch(color=POSITIVE, alpha=0.25, linewidth=0.0, label=self.band_label))
        self.negative_: PolyCollection | None = None
        if self.grid[0] < 0 and (self.density[self.grid < 0] > self.floor).any():
            self.negative_ = self.ax_.fill_between(
                self.grid,
                self.floor,
                drawn,
                where=(self.grid <= 0).tolist(),
                facecolor="none",
                edgecolor=NEGATIVE,
                hatch="//////",
                linewidth=0.0,
                zorder=1.0,
            )
            self.ax_.axvline(0.0, color="#656364", linewidth=0.6, linestyle=(0.0, (2.0, 1.5)), zorder=1.5)
            handles.append(
                Patch(
                    facecolor="none",
                    edgecolor=NEGATIVE,
                    hatch="//////",
                    linewidth=0.0,
                    label="below zero, smoothed",
                )
            )
        self.ticks_: Line2D | None = None
        if self.eigenvalues.size:
            self.ticks_ = self._ticks(self.eigenvalues, 0.96, "v", KNOWN)
            handles.append(_marker("v", KNOWN, "known eigenvalues"))
        self.extreme_ticks_: Line2D | None = None
        if self.extremes is not None:
            self.extreme_ticks_ = self._ticks(np.asarray(self.extremes), 0.035, "^", NEGATIVE)
            handles.append(_marker("^", NEGATIVE, "extreme Ritz values"))
        self._scale()
        self.legend_: Legend | None = None
        if legend:
            self.legend_ = legend_above(self.ax_, handles, owned=owned, title=self.summary_ or None)
        return self

    def _ticks(self, values: FloatArray, height: float, marker: str, color: str) -> Line2D:
        """Mark eigenvalues at a fraction of the axis' height."""
        (ticks,) = self.ax_.plot(
            values,
            np.full(len(values), height),
            linestyle="none",
            marker=marker,
            markersize=3.5,
            color=color,
            markeredgewidth=0.0,
            transform=self.ax_.get_xaxis_transform(),
            zorder=4.0,
        )
        return ticks

    def _scale(self) -> None:
        top = max(float(self.density.max()), 0.0 if self.high is None else float(self.high.max()))
        # A tenth of the axis above the curve is free for the ticks.
        self.ax_.set_ylim(self.floor, top * (top / self.floor) ** 0.12)
        shown = self.grid[self.density > self.floor]
        extent = np.concatenate([shown, self.eigenvalues])
        margin = 0.02 * float(np.ptp(extent)) or 1.0
        self.ax_.set_xlim(float(extent.min()) - margin, float(extent.max()) + margin)
        self.ax_.xaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10]))
        self.ax_.yaxis.set_major_locator(LogLocator(numticks=6))
        self.ax_.yaxis.set_minor_formatter(NullFormatter())
        box = self.ax_.get_window_extent()
        self.ax_.set_xlabel(wrap_label(self.xlabel, 0.8 * box.width / self.figure_.dpi))
        self.ax_.set_ylabel(wrap_label(self.ylabel, 0.95 * box.height / self.figure_.dpi))


def _marker(marker: str, color: str, label: str) -> Line2D:
    return Line2D(
        [], [], linestyle="none", marker=marker, markersize=3.5, markeredgewidth=0.0, color=color, label=label
    )
