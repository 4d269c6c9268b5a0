"""The ZENITH rule alone: gradient norms in, learning-rate factor out.

Saha 2026, "ZENITH" (arXiv:2601.15212), Algorithm 1. With the last W gradient norms in the window, their mean is mu, the
largest mean of any full window so far is the zenith Z, and the learning rate of the step is ``eta0 * mu / Z``. Until
the window is full for the first time the learning rate is eta0.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from typing import Any

from zenith._common.validation import as_integer

__all__ = ["FEW", "Gauge", "check_window", "mostly_equal"]

EQUAL = 1e-4  # relative difference up to which two norms count as clipped to the same length, rounding included
FEW = 10  # windows shorter than this are judged by that many norms in succession


def check_window(window: Any) -> int:
    """Return a window length as Python's own integer.

    Raises
    ------
    ValueError
        Unless it is an integer of at least 1.
    """
    length = as_integer(window)
    if length is None:
        raise ValueError(f"window={window!r} is not an integer: give the number of steps to average over, at least 1")
    if length < 1:
        raise ValueError(f"window={window} holds no step: give the number of steps to average over, at least 1")
    return length


class Gauge:
    """The ZENITH rule: window of gradient norms -> mean -> running maximum -> learning-rate factor.

    The whole state is `state`, a dict of ints, floats and lists of floats: it survives `copy.deepcopy`, pickling and
    ``torch.load(weights_only=True)``, and may live inside an optimizer's ``param_groups[0]``.

    Parameters
    ----------
    window : int
        W, the number of gradient norms averaged. The paper uses 500 throughout.

    Raises
    ------
    ValueError
        If `window` is not an integer of at least 1.

    Notes
    -----
    The sum over the window is kept as an exact expansion (Shewchuk 1997, "Adaptive precision floating-point
    arithmetic"): the incoming norm is added and the outgoing one subtracted without rounding error. The mean is
    therefore ``math.fsum(window) / W`` to the last bit however long the run and whatever spikes passed through, for a
    few float operations a step. No epsilon, no floor, no bias correction: the paper has none.

    Examples
    --------
    >>> gauge = zenith.Gauge(window=2)
    >>> [gauge.update(norm) for norm in (4.0, 4.0, 2.0, 2.0)]
    [1.0, 1.0, 0.75, 0.5]
    """

    __slots__ = ("state",)

    def __init__(self, window: int = 500) -> None:
        self.state: dict[str, Any] = {
            "window": check_window(window),
            "norms": [],  # ring: the entry at `position` is the oldest once it is full
            "position": 0,
            "partials": [],  # exact sum of `norms` as non-overlapping floats, smallest first
            "norm": math.nan,
            "mean": math.nan,
            "zenith": 0.0,
            "factor": 1.0,
            "equal": 0,  # how many recorded norms in succession equalled the one before but for rounding
        }

    @classmethod
    def on(cls, state: dict[str, Any]) -> Gauge:
        """Return a gauge that reads and writes `state`, the `state` of another gauge, in place."""
        gauge = cls.__new__(cls)
        gauge.state = state
        return gauge

    @property
    def window(self) -> int:
        """W, the number of gradient norms averaged."""
        return self.state["window"]

    @property
    def norms(self) -> tuple[float, ...]:
        """The recorded gradient norms still in the window, oldest first; at most W."""
        norms, position = self.state["norms"], self.state["position"]
        return (*norms[position:], *norms[:position])

    @property
    def norm(self) -> float:
        """The last gradient norm seen, recorded or not; NaN before the first."""
        return self.state["norm"]

    @property
    def warmed_up(self) -> bool:
        """Whether the window is full, so that the factor follows the rule."""
        return len(self.state["norms"]) == self.state["window"]

    @property
    def mean(self) -> float:
        """The mean of the window, mu; NaN until the window is full."""
        return self.state["mean"]

    @property
    def zenith(self) -> float:
        """The zenith Z, the largest mean of any full window so far; 0 until the window is full."""
        return self.state["zenith"]

    @property
    def factor(self) -> float:
        """The ratio mu / Z in [0, 1]; 1 until the window is full, and where Z is 0."""
        return self.state["factor"]

    @property
    def clipped(self) -> bool:
        """Whether the norms look as ``clip_grad_norm_`` leaves them: half of the window or more equal to its largest.

        Equal up to rounding, that is: a gradient that is constant to the last bit was not clipped. Judged where the
        window is full for the first time and once every W norms, False in between; windows of fewer than 10 norms by 10
        in succession.
        """
        state = self.state
        norms, window = state["norms"], state["window"]
        if window < FEW:
            return state.get("equal", 0) >= FEW
        return len(norms) == window and state["position"] == 0 and mostly_equal(norms)

    def update(self, norm: float) -> float:
        """Record one gradient norm and return the learning-rate factor of its step.

        A norm that is NaN, infinite, or so large that the window's sum would overflow is not recorded, because it would
        hold Z at infinity, and the learning rate at 0, for ever: the factor then stays what it was.

        Parameters
        ----------
        norm : float
            L2 norm of the gradient over all parameters.

        Returns
        -------
        float
            `factor` after the update.

        Raises
        ------
        ValueError
            If `norm` is negative.
        """
        if norm < 0:
            raise ValueError(f"gradient norm {norm} is negative: a norm is at least 0, check how it was computed")
        state = self.state
        window, norms, position = state["window"], state["norms"], state["position"]
        before, state["norm"] = state["norm"], float(norm)
        norm = state["norm"]
        if not norm <= sys.float_info.max / window:
            return state["factor"]
        if norm != before:
            state["equal"] = state.get("equal", 0) + 1 if abs(norm - before) <= EQUAL * norm else 0
        if len(norms) < window:
            norms.append(norm)
        else:
            _add_exactly(state["partials"], -norms[position])
            norms[position] = norm
            state["position"] = (position + 1) % window
        _add_exactly(state["partials"], norm)
        if len(norms) == window:
            mean = math.fsum(state["partials"]) / window
            zenith = max(state["zenith"], mean)
            state.update(mean=mean, zenith=zenith, factor=mean / zenith if zenith > 0 else 1.0)
        return state["factor"]

    def __repr__(self) -> str:
        filled = f"{len(self.state['norms'])}/{self.window}"
        return f"Gauge(window={filled}, mean={self.mean:.4g}, zenith={self.zenith:.4g}, factor={self.factor:.4g})"


def mostly_equal(norms: Sequence[float], share: float = 0.5) -> bool:
    """Return whether at least that share of the norms equals the largest up to rounding.

    And not all of it to the last bit.
    """
    largest = max(norms)
    near = [norm for norm in norms if norm >= largest * (1 - EQUAL)]
    return len(near) >= share * len(norms) and min(near) < largest


def _add_exactly(partials: list[float], value: float) -> None:
    """Add `value` to an expansion in place, dropping zeros (grow-expansion, Shewchuk 1997, Theorem 10)."""
    kept = 0
    for partial in partials:
        # Fast two-sum needs the larger operand first.
        large, small = (value, partial) if abs(value) >= abs(partial) else (partial, value)
        value = large + small
        error = small - (value - large)
        if error:
            partials[kept] = error
            kept += 1
    partials[kept:] = [value] if value else []
