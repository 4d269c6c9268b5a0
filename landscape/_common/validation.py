"""Checks of arguments that are numbers, and values as JSON holds them."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

TIE_TOLERANCE = 1e-12
"""Sums closer than this, relative to the largest sum, are equal up to rounding."""


def as_integer(value: Any) -> int | None:
    """Return an integer of Python, NumPy or torch as an int, and None for all else."""
    try:
        return None if isinstance(value, (bool, np.bool_)) else operator.index(value)
    except TypeError:
        return None


def check_count(value: Any, name: str, least: int, reason: str) -> int:
    """Return an integer of at least `least`, or raise ValueError with the reason for that bound."""
    count = as_integer(value)
    if count is None or count < least:
        raise ValueError(f"{name} is {value!r}: at least {least} {reason}.")
    return count


def check_level(level: float) -> None:
    """Raise ValueError unless `level` is a probability strictly between 0 and 1."""
    if not 0 < level < 1:
        raise ValueError(f"level is {level!r}: give the probability of coverage between 0 and 1, such as 0.95.")


def check_resamples(resamples: int) -> None:
    """Raise ValueError unless there is at least one resample."""
    if resamples < 1:
        raise ValueError(f"resamples = {resamples} leaves nothing to compare with; pass 1 or more, such as 9999.")


def vector(values: ArrayLike, name: str) -> NDArray[np.float64]:
    """Return values as float64 of shape (runs,), or raise ValueError for another shape."""
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"{name} is {values!r}: give a list of numbers, one per run.") from None
    if array.ndim != 1:
        raise ValueError(f"{name} has shape {array.shape}, but one value per run is expected; pass a 1-D array.")
    return array


def as_json(value: Any) -> Any:
    """Replace what strict JSON cannot hold: tuples by lists, non-finite numbers by None."""
    if isinstance(value, dict):
        return {key: as_json(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [as_json(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
