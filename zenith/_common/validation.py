"""Checks of arguments that are integers."""

from __future__ import annotations

from numbers import Integral
from typing import Any

__all__ = ["MOST_COUNTED", "as_integer", "check_integer"]

MOST_COUNTED = 10**12
"""Of what is counted in a run."""


def as_integer(value: Any) -> int | None:
    """Return an integer of Python or NumPy as Python's own, which the file of a run can hold, and None for all else."""
    return int(value) if isinstance(value, Integral) and not isinstance(value, bool) else None


def check_integer(name: str, value: Any, least: int = 1, most: int | None = MOST_COUNTED) -> int:
    """Return an integer of at least `least` as Python's own.

    Raises
    ------
    ValueError
        For anything else, or more than `most`; the message gives the name.
    """
    number = as_integer(value)
    if number is None or number < least:
        raise ValueError(f"{name} must be a whole number of at least {least}, got {value!r}")
    if most is not None and number > most:
        raise ValueError(f"{name} must be at most {most:,}: no machine takes, or holds, so many")
    return number
