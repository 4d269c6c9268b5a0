"""Compare sharpness at the same training loss of two trajectories, because sharpness falls with the loss."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from landscape._common.guesses import guessable
from landscape._common.validation import vector

__all__ = ["at_matched_loss", "matched_loss_level"]


@guessable
def at_matched_loss(train_loss: ArrayLike, measure: ArrayLike, level: float) -> float:
    """Return the measure where a trajectory's training loss first reaches `level`.

    Sharpness of a cross-entropy loss falls with the training loss itself, so methods are compared where they fit
    equally well. Interpolated linearly in (log loss, log measure) between the two checkpoints around the crossing.

    Parameters
    ----------
    train_loss, measure : array-like of shape (checkpoint,)
        Along one trajectory, in training order.
    level : float
        Training loss to match, see `matched_loss_level`.

    Returns
    -------
    float
        NaN if the level is never reached from above, or if a value needed is NaN or not positive.

    Raises
    ------
    ValueError
        If the two arrays differ in length.

    Examples
    --------
    >>> round(ls.stats.at_matched_loss([4.0, 1.0], [8.0, 2.0], level=2.0), 6)  # half way, in logarithms
    4.0
    """
    loss, value = vector(train_loss, "train_loss"), vector(measure, "measure")
    if loss.size != value.size:
        raise ValueError(
            f"train_loss has {loss.size} checkpoints but measure {value.size}; pass both at the same ones."
        )
    reached = np.flatnonzero(loss <= level)
    if reached.size == 0 or not level > 0.0:
        return math.nan
    last = int(reached[0])
    if loss[last] == level:
        return float(value[last]) if value[last] > 0.0 else math.nan
    if last == 0:
        return math.nan
    bracket = np.array([loss[last - 1], loss[last], value[last - 1], value[last]])
    if not (np.isfinite(bracket).all() and (bracket > 0.0).all()):
        return math.nan
    high, low, first, second = np.log(bracket)
    weight = (high - math.log(level)) / (high - low)
    return math.exp((1 - weight) * first + weight * second)


@guessable
def matched_loss_level(train_losses: Sequence[ArrayLike]) -> float:
    """Return the lowest training loss that all methods of one seed reached: the largest of their minima.

    Parameters
    ----------
    train_losses : sequence of array-like of shape (checkpoint,)
        One trajectory a method (lengths may differ), or one final loss a method. A run whose last loss is not finite
        diverged and is left out, for it would drag the level up to the initial loss.

    Returns
    -------
    float
        NaN if no run is left.

    Examples
    --------
    >>> ls.stats.matched_loss_level([[2.0, 0.5], [2.0, 0.7, 0.6]])
    0.6
    """
    trajectories = [np.atleast_1d(np.asarray(losses, dtype=np.float64)) for losses in train_losses]
    lowest = [float(np.nanmin(losses)) for losses in trajectories if losses.size and np.isfinite(losses[-1])]
    return max(lowest, default=math.nan)
