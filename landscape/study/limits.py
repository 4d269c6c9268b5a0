"""Limits of the numbers in a spec: what no machine holds, or no study ends with, is refused before any work.

Each limit has its reason, which the message gives. They lie far above what anybody has asked for.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, TypeGuard

from zenith.methods.registry import LARGEST

__all__ = ["LARGEST", "MOST_RUNS", "check_runs", "is_integer", "is_number", "plain", "positive", "shown", "whole"]

MOST_RUNS = 1_000_000
"""Of a study: methods times seeds, times points of a sweep or trials of a tuning."""
_IN_MEMORY = "the trace of every step is held in memory"
_A_RUN = "each is a run of every method"
_A_PASS = "each costs passes over the data"
_A_VECTOR = "each is a vector of the model's size in memory"
_MOST: dict[str, tuple[int, str]] = {
    "seeds": (100_000, _A_RUN),
    "epochs": (10**8, _IN_MEMORY),
    "steps": (10**8, _IN_MEMORY),
    "window": (10**8, "it is a mean over so many steps"),
    "batch_size": (10**9, "a batch is held in memory"),
    "checkpoints": (10_000, "each is a copy of the weights on disk, and is measured"),
    "evaluate_every": (10**8, _IN_MEMORY),
    "threads": (1024, "so many cores has no machine"),
    "trials": (10_000, _A_RUN),
    "samples": (10**12, "so many samples has no training set"),
    "batchnorm_samples": (10**12, "so many samples has no training set"),
    "eigenvalues": (1000, _A_VECTOR),
    "max_products": (10**7, _A_PASS),
    "trace_probes": (10**6, _A_PASS),
    "sharpness_samples": (10**6, _A_PASS),
    "line_points": (100_001, "at each the loss is evaluated"),
    "plane_points": (1001, "at each point of the square the loss is evaluated"),
    "plane_seeds": (100_000, "each is a plane"),
    "spectrum_probes": (10_000, _A_PASS),
    "spectrum_steps": (10_000, _A_VECTOR),
    "spectrum_seeds": (100_000, "each is a spectrum of every method"),
}
_MOST_OF_A_RUN = {
    "seconds": (1e8, "that is three years"),
    "gradients": (1e8, "for " + _IN_MEMORY),
}
_DEEPEST = 4
"""Lists in lists of a setting."""


def shown(value: Any) -> str:
    """Return a value as messages show it: at most 200 letters, for some values have more than a terminal."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # a number of thousands of digits, lists in lists without end
        return f"a {type(value).__name__} too long to be shown"
    return text if len(text) <= 200 else f"{text[:150]} ... {text[-40:]}"


def is_integer(value: Any, least: int) -> TypeGuard[int]:
    """Whether a value is an integer as TOML and JSON hold it, which NumPy's are not."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def is_number(value: Any) -> bool:
    """Whether a value is a finite number that float32 can compute with."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return -LARGEST <= value <= LARGEST  # also of integers that no float can hold; NaN is not


def whole(name: str, value: Any, least: int, key: str | None = None) -> None:
    """Raise ValueError unless a value is an integer from `least` to the limit of `key`, the last part of its name."""
    if not is_integer(value, least):
        raise ValueError(f"{name} must be a whole number of at least {least}, got {shown(value)}")
    most, why = _MOST[name.rpartition(".")[2] if key is None else key]
    if value > most:
        raise ValueError(f"{name} must be at most {most:,}, got {shown(value)}: {why}")


def positive(name: str, value: Any) -> None:
    """Raise ValueError unless a value is a positive number that float32 can compute with."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < math.inf:
        raise ValueError(f"{name} must be a positive finite number, got {shown(value)}")
    most, why = _MOST_OF_A_RUN.get(name, (LARGEST, "for float32 ends at 3.4e38"))
    if value > most:
        raise ValueError(f"{name} must be at most {most:g}, {why}, got {shown(value)}")


def plain(name: str, value: Any, depth: int = 0) -> None:
    """Raise ValueError for a setting that is or holds a number that is not finite or too large, or is nested deeply."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and not is_number(value):
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError(f"{name} must be a finite number, got {value!r}")
        raise ValueError(f"{name} must be at most {LARGEST:g} in size, for float32 ends at 3.4e38, got {shown(value)}")
    if isinstance(value, (list, tuple, Mapping)):
        if depth == _DEEPEST:
            raise ValueError(f"{name} has lists in lists more than {_DEEPEST} deep, got {shown(value)}")
        for item in value.values() if isinstance(value, Mapping) else value:
            plain(name, item, depth + 1)


def check_runs(methods: int, seeds: int, times: int, what: str) -> None:
    """Raise ValueError for a study of more runs than one can end; `times` are the points or trials, called `what`."""
    runs = methods * seeds * times
    if runs > MOST_RUNS:
        raise ValueError(
            f"the study would have {runs:,} runs ({methods} methods x {seeds} seeds x {times:,} {what}), and "
            f"{MOST_RUNS:,} is the most: split it into several"
        )
