"""Widths of networks."""

from __future__ import annotations

__all__ = ["scaled"]


def scaled(channels: int, width: float) -> int:
    """Return so many channels times a factor, at least one.

    Raises
    ------
    ValueError
        If the factor is not positive, or above 16, which no machine trains.
    """
    if not 0 < width <= 16:
        raise ValueError(f"width={width:g} is no factor of a network's channels: give one above 0, and at most 16")
    return max(1, round(channels * width))
