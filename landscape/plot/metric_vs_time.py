"""A quantity against the time that training took."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from landscape.plot._base import FloatArray, check_methods, seed_quantiles, stack
from landscape.plot._median_band import Band, CurveDisplay, CurveScale
from landscape.plot._study_data import StudyLike, evaluations_of, recorded_by_study


class TimedDisplay(CurveDisplay):
    """Medians over seeds of a quantity against training time, one line per method.

    Parameters
    ----------
    seconds : array-like of shape (method, seed, epoch)
        Training time, evaluations excluded.
    values : array-like of shape (method, seed, epoch)
        The quantity at that time; NaN after a run diverged. Methods of fewer epochs repeat their last one.
    methods : sequence of str
        Names of the methods.
    ylabel : str
        Quantity with its unit.
    xlabel : str
        Of the time.
    yscale : {"linear", "log", "symlog"}
        Of the quantity.
    band : {"quartiles", "range"}
        Band of the quantity over seeds, stated in the legend's title; that of the time is not drawn.

    Raises
    ------
    ValueError
        If a shape or an option is wrong.

    Examples
    --------
    >>> import landscape as ls
    >>> display = ls.plot.TimedDisplay([[[0.0, 1.5]]], [[[0.1, 0.9]]], ["zenith"], ylabel="test accuracy").plot()
    >>> display.lines_["zenith"].get_xdata().tolist()
    [0.0, 1.5]
    """

    def __init__(
        self,
        seconds: ArrayLike,
        values: ArrayLike,
        methods: Sequence[str],
        *,
        ylabel: str,
        xlabel: str = "training time (s)",
        yscale: CurveScale = "linear",
        band: Band = "quartiles",
    ) -> None:
        methods = check_methods(methods)
        array = stack(values, "values", ("method", "seed", "epoch"), (len(methods), None, None))
        self.seconds = stack(seconds, "seconds", ("method", "seed", "epoch"), array.shape)
        super().__init__(
            np.arange(array.shape[-1]),
            array,
            methods,
            xlabel=xlabel,
            ylabel=ylabel,
            yscale=yscale,
            band=band,
            name="epoch",
        )
        (self.median_seconds,) = seed_quantiles(self.seconds, (0.5,))

    def _x(self, row: int) -> FloatArray:
        return self.median_seconds[row]

    @classmethod
    def from_study(cls, study: StudyLike, quantity: str = "test_metric", **options: Any) -> Self:
        """Draw a quantity recorded at every epoch of a study against the training time.

        Parameters
        ----------
        study : Study
            Finished.
        quantity : str
            "train_loss", "train_metric", "test_loss" or "test_metric".
        **options
            As for the class.

        Raises
        ------
        ValueError
            If the quantity is not recorded every epoch.
        """
        recorded = recorded_by_study(study, quantity)
        if recorded.xlabel != "epoch":
            raise ValueError(
                f"quantity = {quantity!r} is recorded every step; use 'test_metric' or another of every epoch."
            )
        defaults = {"ylabel": recorded.ylabel, "yscale": recorded.yscale}
        values = evaluations_of(study, quantity)
        return cls(evaluations_of(study, "seconds"), values, recorded.methods, **(defaults | options))
