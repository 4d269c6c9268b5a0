"""How far a loss rises above the chord between the ends of a path."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from landscape._common.summaries import Summarized, Summary

DEFINITION = "max over t of L(t) - ((1 - t) L(0) + t L(1))"


@dataclass(frozen=True, repr=False)
class Barrier(Summarized):
    """How far the loss on a path rises above the chord between its ends.

    Attributes
    ----------
    height : float
        max_t [L(t) - ((1 - t) L(0) + t L(1))] over the points evaluated, at least 0 because the ends count (Entezari
        et al. 2022, arXiv 2110.06296, definition 1). NaN if the loss is NaN anywhere or not finite at an end, infinite
        if it is in between.
    at : float
        The t where that is, known to the spacing of the points; NaN where the height is.
    above_mean : float
        max_t L(t) - (L(0) + L(1))/2, the barrier of Frankle et al. 2020 (arXiv 1912.05671, sec. 2); the same where the
        ends have equal loss.
    grid_error : float
        Estimate of how much higher the loss may be between the points: h^2/4 times the largest second divided
        difference of L, h being the largest spacing; twice what a parabola of that curvature can rise. It is no bound:
        a peak narrower than h is not seen. NaN where there are only the ends.
    rounding : float
        By which a barrier differs from zero where there is none: four spacings of the loss's floating-point numbers.

    Examples
    --------
    >>> barrier = ls.interpolate(loss, model, other).barrier
    >>> barrier.height >= 0 and 0 <= barrier.at <= 1
    True
    """

    height: float
    at: float
    above_mean: float
    grid_error: float
    rounding: float

    def _summary(self) -> Summary:
        return Summary(
            f"{self.height:.4g} above the chord at t = {self.at:.3g} (grid error {self.grid_error:.2g}, rounding "
            f"{self.rounding:.2g}); {self.above_mean:.4g} above the mean of the ends"
        )


def barrier(t: ArrayLike, values: ArrayLike, *, epsilon: float = 0.0) -> Barrier:
    """Return the barrier of values along a path.

    Parameters
    ----------
    t : array_like, shape (n,)
        Increasing, from 0 to 1.
    values : array_like, shape (n,)
    epsilon : float
        Relative spacing of the numbers that the values were computed in.

    Raises
    ------
    ValueError
        If there are not as many values as t, or these do not increase from 0 to 1.
    """
    ts, heights = np.array(t, dtype=np.float64), np.array(values, dtype=np.float64)
    if (
        ts.ndim != 1
        or ts.shape != heights.shape
        or len(ts) < 2
        or ts[0] != 0
        or ts[-1] != 1
        or (np.diff(ts) <= 0).any()
    ):
        raise ValueError(
            f"t has shape {ts.shape} and the values {heights.shape}: give one value per t, and t increasing from 0 to 1."
        )
    with np.errstate(invalid="ignore", over="ignore"):  # infinite losses: inf - inf is NaN, as it should be
        excess = heights - ((1 - ts) * heights[0] + ts * heights[-1])
        excess[[0, -1]] = 0.0 * heights[[0, -1]]  # by definition, not by rounding
        top = int(np.argmax(excess))  # of a NaN, where there is one
        mean = (heights[0] + heights[-1]) / 2
        bend = np.diff(np.diff(heights) / np.diff(ts)) / ((ts[2:] - ts[:-2]) / 2) if len(ts) > 2 else np.array([np.nan])
        curvature = float(np.abs(bend).max())
        return Barrier(
            float(excess[top]),
            math.nan if math.isnan(excess[top]) else float(ts[top]),
            float(heights.max() - mean),
            float(np.diff(ts).max() ** 2 / 4 * curvature),
            float(4 * epsilon * np.abs(heights).max()),
        )
