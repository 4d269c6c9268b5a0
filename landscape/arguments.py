"""Checks of arguments that are numbers."""

import operator
from typing import Any

import numpy as np


def whole(value: Any) -> int | None:
    """Return `value` as an int if it is a whole number of Python, NumPy or torch, else None."""
    try:
        return None if isinstance(value, (bool, np.bool_)) else operator.index(value)
    except TypeError:
        return None


def check_count(value: Any, name: str, least: int, reason: str) -> int:
    """Return a whole number of at least `least`, or raise ValueError with the reason for that bound."""
    count = whole(value)
    if count is None or count < least:
        raise ValueError(f"{name} is {value!r}: at least {least} {reason}.")
    return count


def check_level(level: float) -> None:
    """Raise ValueError unless `level` is a probability strictly between 0 and 1."""
    if not 0 < level < 1:
        raise ValueError(f"level is {level!r}: give the probability of coverage between 0 and 1, such as 0.95.")
