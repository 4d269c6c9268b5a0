"""The Polyak step size: how far down its tangent a loss must go to come near a known lower bound.

Polyak 1987, "Introduction to Optimization", section 5.3. Shared by SPS and L4, which differ in the bound they suppose
and in the direction whose slope they divide by.
"""

from __future__ import annotations

import math

__all__ = ["loss_gap", "polyak_step"]

# Of a loss in half precision; a loss this little below its bound is at the bound.
ROUNDING = 1e-3


def loss_gap(loss: float, bound: float, rule: str) -> float:
    """Return by how much `loss` exceeds its lower bound, at least 0.

    Parameters
    ----------
    loss, bound : float
        The batch's loss, and a value it is supposed never to fall below.
    rule : str
        Who supposes so, for the message.

    Raises
    ------
    ValueError
        If the loss lies below the bound by more than rounding: no step size follows from it then.
    """
    if loss < bound - ROUNDING * (1 + abs(bound)):
        raise ValueError(
            f"the loss {loss:.6g} lies below {bound:.6g}, the lower bound that {rule} divides by: add a constant to "
            "the loss that keeps it above the bound"
        )
    return max(loss - bound, 0.0)


def polyak_step(gap: float, slope: float, damping: float) -> float:
    """Return ``gap / (slope + damping)``, the distance at which the loss's tangent has fallen by `gap`.

    Parameters
    ----------
    gap : float
        The decrease aimed at, at least 0.
    slope : float
        The decrease of the loss per unit of distance: inner product of gradient and (negative) direction.
    damping : float
        Keeps the quotient finite where the slope vanishes.

    Returns
    -------
    float
        0 where there is nothing to gain: no gap, no descent, or a value that is not finite.
    """
    if not (math.isfinite(gap) and math.isfinite(slope) and slope > 0):
        return 0.0
    return gap / (slope + damping)
