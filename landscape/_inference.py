"""What the rooms of inference share: checked vectors, strict JSON, and the tolerance of equal sums."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

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
