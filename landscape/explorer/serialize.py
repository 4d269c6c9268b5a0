"""Arrays in JSON: binary buffers next to a message, base64 inside a page."""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

__all__ = ["embedded", "packed", "thinned"]

_KINDS = {"f4": "<f4", "f8": "<f8", "i4": "<i4"}  # little-endian wherever it was written
Store = Callable[[bytes], dict[str, Any]]


def packed(value: Any) -> tuple[Any, list[bytes]]:
    """Return `value` with its arrays replaced by ``{"dtype", "buffer": i}``, and the buffers.

    Examples
    --------
    >>> import numpy as np
    >>> header, buffers = packed({"lr": np.array([0.1, 0.05])})
    >>> header, np.frombuffer(buffers[0])
    ({'lr': {'dtype': 'f8', 'buffer': 0}}, array([0.1 , 0.05]))
    """
    buffers: list[bytes] = []

    def store(content: bytes) -> dict[str, Any]:
        buffers.append(content)
        return {"buffer": len(buffers) - 1}

    return _replaced(value, store, ()), buffers


def embedded(value: Any, *, single: tuple[str, ...] = (), points: int | None = None) -> Any:
    """Return `value` with its arrays replaced by ``{"dtype", "b64"}``; those under the keys `single` in float32.

    Of the latter, those of more than `points` values are `thinned`, and have their ``length`` as well.

    Examples
    --------
    >>> import numpy as np
    >>> embedded({"step": np.arange(2, dtype=np.int32), "loss": float("nan")})
    {'step': {'dtype': 'i4', 'b64': 'AAAAAAEAAAA='}, 'loss': None}
    """
    return _replaced(value, lambda content: {"b64": base64.b64encode(content).decode()}, single, points)


def thinned(values: np.ndarray, points: int) -> np.ndarray:
    """Return `points` values for a series of more: the first, the last, and between them extremes of equal stretches.

    Of each stretch its smallest and its largest value, in the order in which they come, so that a line through them
    covers what one through all of them covers. Values that are not finite are left out where a stretch has others.

    Parameters
    ----------
    values : ndarray, shape (n,)
    points : int
        At least 4.

    Examples
    --------
    >>> thinned(np.array([0.0, 1, 9, 1, 0, 1, -9, 1, 2, 0]), 4)
    array([ 0.,  9., -9.,  0.])
    """
    stretches = max(1, points // 2 - 1)
    ends = 1 + (np.arange(stretches + 1) * (len(values) - 2)) // stretches
    starts, lengths = ends[:-1, None], np.diff(ends)[:, None]
    within = np.arange(lengths.max())
    parts = values[starts + np.minimum(within, lengths - 1)]  # shape (stretches, values of the longest)
    known = np.isfinite(parts) & (within < lengths)
    low = np.where(known, parts, np.inf).argmin(axis=1)
    high = np.where(known, parts, -np.inf).argmax(axis=1)
    high = np.where(known.any(axis=1), high, lengths[:, 0] - 1)  # where nothing is finite, the first and the last
    pairs = np.sort(np.stack([low, high], axis=1), axis=1)
    return np.concatenate([values[:1], values[starts + pairs].ravel(), values[-1:]])


def _replaced(
    value: Any, store: Store, single: tuple[str, ...], points: int | None = None, narrow: bool = False
) -> Any:
    if isinstance(value, np.ndarray):
        if narrow and points is not None and len(value) > points:
            return _replaced(thinned(value, points), store, (), None, narrow) | {"length": len(value)}
        kind = "i4" if value.dtype.kind in "iu" else "f4" if narrow or value.dtype == np.float32 else "f8"
        with np.errstate(over="ignore"):  # beyond float32 is infinite, as the loss of a run that blew up all but is
            content = np.ascontiguousarray(value, dtype=_KINDS[kind]).tobytes()
        return {"dtype": kind} | store(content)
    if isinstance(value, Mapping):
        return {key: _replaced(item, store, single, points, narrow or key in single) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_replaced(item, store, single, points, narrow) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    # JSON has no NaN.
    return None if isinstance(value, float) and not math.isfinite(value) else value
