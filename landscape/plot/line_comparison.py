"""1-D slices of the loss, of several methods on one axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from landscape.plot._annotations import label_of
from landscape.plot._base import check_choice
from landscape.plot._median_band import Band, CurveDisplay, CurveScale
from landscape.plot._study_data import StudyLike, group_of

DIRECTIONS = {
    "random": r"$\alpha$ along a filter-normalised random direction",
    "eigenvector": r"$\alpha$ along the top Hessian eigenvector (unit norm)",
}


class LineComparisonDisplay(CurveDisplay):
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
    ylabel : str, optional
        Loss with its unit. Default: what `loss` says of itself where it is a DataArray with "long_name", else "loss".
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
    >>> display = ls.plot.LineComparisonDisplay(
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
        ylabel: str | None = None,
        yscale: CurveScale = "log",
        band: Band = "quartiles",
    ) -> None:
        ylabel = label_of(loss, "loss") if ylabel is None else ylabel
        super().__init__(alpha, loss, methods, xlabel=xlabel, ylabel=ylabel, yscale=yscale, band=band, name="alpha")
        if (np.diff(np.asarray(alpha, dtype=np.float64)) <= 0).any():
            raise ValueError('alpha must increase: sort the slices first, lines.sortby("alpha").')

    def _count_finite(self) -> NDArray[np.int_]:
        return np.asarray(np.isfinite(self.values).sum(axis=1).min(axis=1))

    @classmethod
    def from_dataset(
        cls,
        lines: xr.Dataset,
        *,
        xlabel: str,
        variable: str = "loss",
        ylabel: str | None = None,
        yscale: CurveScale = "log",
        band: Band = "quartiles",
    ) -> Self:
        """Take the slices from a dataset with dimensions optimizer, seed and alpha."""
        if variable not in lines or set(lines[variable].dims) != {"optimizer", "seed", "alpha"}:
            raise ValueError(
                f"the dataset has no variable {variable!r} over (optimizer, seed, alpha); select or rename first."
            )
        loss = lines[variable].transpose("optimizer", "seed", "alpha")
        methods = [str(name) for name in lines["optimizer"].values]
        ylabel = label_of(loss, variable.replace("_", " ")) if ylabel is None else ylabel
        return cls(lines["alpha"], loss, methods, xlabel=xlabel, ylabel=ylabel, yscale=yscale, band=band)

    @classmethod
    def from_study(
        cls,
        study: StudyLike,
        direction: str = "random",
        *,
        variable: str = "loss",
        yscale: CurveScale = "log",
        band: Band = "quartiles",
    ) -> Self:
        """Take the slices through the end points of a study's runs.

        Parameters
        ----------
        study : Study
            Finished.
        direction : {"random", "eigenvector"}
            The filter-normalised random direction, or the top Hessian eigenvector.
        variable : str
            "loss", or "test_loss".
        yscale, band : str
            As for the class.

        Raises
        ------
        ValueError
            If the study has no such slices.
        """
        check_choice(direction, "direction", tuple(DIRECTIONS))
        split = "test" if variable.startswith("test_") else "training"
        return cls.from_dataset(
            group_of(study, f"lines/{direction}"),
            xlabel=DIRECTIONS[direction],
            variable=variable,
            ylabel=f"{split} {study.tree.attrs['loss_label']}",
            yscale=yscale,
            band=band,
        )
