"""Checks of arguments that are numbers."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


def as_integer(value: Any) -> int | None:
    """Return `value` as an int if it is a whole number of Python, NumPy or torch, else None."""
    try:
        return None if isinstance(value, (bool, np.bool_)) else operator.index(value)
    except TypeError:
        return None


def check_count(value: Any, name: str, least: int, reason: str) -> int:
    """Return a whole number of at least `least`, or raise ValueError with the reason for that bound."""
    count = as_integer(value)
    if count is None or count < least:
        raise ValueError(f"{name} is {value!r}: at least {least} {reason}.")
    return count


def check_level(level: float) -> None:
    """Raise ValueError unless `level` is a probability strictly between 0 and 1."""
    if not 0 < level < 1:
        raise ValueError(f"level is {level!r}: give the probability of coverage between 0 and 1, such as 0.95.")


TIE_TOLERANCE = 1e-12  # sums closer than this, relative to the largest sum, are equal up to rounding


def plain(value: Any) -> Any:
    """Replace what strict JSON cannot hold: tuples by lists, non-finite numbers by None."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def vector(values: ArrayLike, name: str) -> NDArray[np.float64]:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1:
        raise ValueError(f"{name} has shape {array.shape}, but one value per run is expected; pass a 1-D array.")
    return array


def check_resamples(resamples: int) -> None:
    if resamples < 1:
        raise ValueError(f"resamples = {resamples} leaves nothing to compare with; pass 1 or more, such as 9999.")
