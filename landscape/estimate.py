"""The result of a stochastic estimator."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Estimate:
    """A Monte-Carlo mean with its standard error.

    Attributes
    ----------
    value : float
        Mean over the samples.
    standard_error : float
        Sample standard deviation over the square root of `samples`, and a rounding error where the protocol has one.
    samples : int
        Number of independent samples.
    protocol : dict
        How it was measured (JSON-able).
    """

    value: float
    standard_error: float
    samples: int
    protocol: dict[str, Any] = field(repr=False)
