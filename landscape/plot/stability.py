"""How near training is to the edge of stability, along the way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import xarray as xr
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike

from landscape.plot._base import check_methods, stack
from landscape.plot._median_band import Band, CurveDisplay, CurveScale
from landscape.plot._study_data import StudyLike, group_of, methods_of, ordered

EDGE = "edge of stability"
OF_STUDY = "edge_of_stability"
"""What studies call the ratio."""
LOOK: dict[str, Any] = {"color": "0.45", "linewidth": 0.8}  # solid: dashes are the methods'


class StabilityDisplay(CurveDisplay):
    r"""The top eigenvalue over the largest at which the optimizer's step is stable, along training, against 1.

    For gradient descent that is :math:`\eta \lambda_{max} / 2`. Where a curve stays near 1, the sharpness of what was
    found is that of the step size (Cohen et al. 2021, arXiv 2103.00065; adaptive methods: 2022, arXiv 2207.14484).

    Parameters
    ----------
    step : array-like of shape (step,)
        Steps taken.
    ratio : array-like of shape (method, seed, step)
        As of `landscape.edge_of_stability`; NaN where it was not measured or did not converge. Steps at which no run
        has one are left out.
    methods : sequence of str
        Names of the methods.
    xlabel, ylabel : str
    yscale : {"linear", "log"}
        Values that are not positive are masked on "log".
    band : {"quartiles", "range"}
        Band over seeds, stated in the legend's title.
    note : str
        A line for the legend's title, such as how many values were left out.

    Raises
    ------
    ValueError
        If a shape or an option is wrong, or there is no value.

    Examples
    --------
    >>> display = ls.plot.StabilityDisplay([0, 200, 400], [[[0.2, 0.8, 1.0]]], ["zenith"]).plot()
    >>> display.edge_.get_ydata()
    [1.0, 1.0]
    """

    def __init__(
        self,
        step: ArrayLike,
        ratio: ArrayLike,
        methods: Sequence[str],
        *,
        xlabel: str = "step",
        ylabel: str = "top eigenvalue / largest stable one",
        yscale: CurveScale = "linear",
        band: Band = "quartiles",
        note: str = "",
    ) -> None:
        x = stack(step, "step", ("step",), (None,))
        methods = check_methods(methods)
        array = stack(ratio, "ratio", ("method", "seed", "step"), (len(methods), None, x.size))
        measured = ~np.isnan(array).all(axis=(0, 1))
        if not measured.any():
            raise ValueError("no ratio is known: give the monitor its optimizer, or measure with edge_of_stability.")
        self.note = note
        super().__init__(
            x[measured],
            array[:, :, measured],
            methods,
            xlabel=xlabel,
            ylabel=ylabel,
            yscale=yscale,
            band=band,
            name="step",
        )

    @classmethod
    def from_study(cls, study: StudyLike, *, yscale: CurveScale = "linear", band: Band = "quartiles") -> Self:
        """Draw every run of a study that has the ratio, or what a `SharpnessMonitor` or its record holds.

        Methods for whose step no threshold is known are left out. Of a monitor, values whose eigenvalue did not
        converge are left out and counted in the legend's title; a study holds none.

        Raises
        ------
        ValueError
            If there is no ratio.
        """
        curvature = group_of(study, "curvature")
        if OF_STUDY in curvature:
            known = [name for name in methods_of(study) if curvature[OF_STUDY].sel(optimizer=name).notnull().any()]
            values = ordered(curvature[OF_STUDY].sel(optimizer=known), "step")
            return cls(curvature["step"], values, known, yscale=yscale, band=band)
        if "stability" not in curvature:
            raise ValueError("the study does not hold the ratio to the stability threshold; measure it again.")
        ratio = curvature["stability"]
        lost = int((ratio.notnull() & (curvature["stability_converged"] != 1)).sum())
        return cls(
            curvature["step"],
            ordered(ratio.where(curvature["stability_converged"] == 1), "step"),
            methods_of(study),
            yscale=yscale,
            band=band,
            note=f"{lost} not converged: left out" if lost else "",
        )

    def to_dataset(self) -> xr.Dataset:
        """Store values and labels in a dataset, from which `from_dataset` restores the display."""
        attrs = {"xlabel": self.xlabel, "ylabel": self.ylabel, "yscale": self.yscale, "band": self.band}
        return xr.Dataset(
            {"ratio": (("optimizer", "seed", "step"), self.values)},
            coords={"optimizer": self.methods, "step": self.x},
            attrs={"drawn_by": "stability", "note": self.note, **attrs},
        )

    @classmethod
    def from_dataset(cls, data: xr.Dataset) -> Self:
        """Restore the display from a dataset made by `to_dataset`."""
        options = {name: str(data.attrs[name]) for name in ("xlabel", "ylabel", "yscale", "band", "note")}
        return cls(
            data["step"],
            data["ratio"],
            [str(name) for name in data["optimizer"].values],
            **options,  # type: ignore[arg-type]
        )

    @property
    def summary_(self) -> str:
        """Meaning of line and band, and what was left out."""
        return "\n".join(filter(None, (super().summary_, self.note)))

    def handles(self) -> list[Line2D]:
        """Return the legend entries of the methods and of the edge."""
        return [*super().handles(), self._edge()]

    def _edge(self) -> Line2D:
        return Line2D([], [], label=EDGE, **LOOK)

    def _draw(self) -> None:
        super()._draw()
        self.edge_ = self.ax_.axhline(1.0, zorder=0.8, **LOOK)
        low, high = self.ax_.get_ylim()
        if self.yscale == "linear":
            # 1 and 0 are what the curve is read against.
            low = min(low, 0.0) if np.nanmin(self.values) < 0 else 0.0
            self.ax_.set_ylim(low, max(high, 1.15))
