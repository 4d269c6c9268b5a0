"""Contour levels of a plane, and the grid points that contours can cover."""

from __future__ import annotations

import numpy as np
from matplotlib.ticker import Locator, LogLocator, MaxNLocator
from numpy.typing import NDArray

from landscape.plot._base import FloatArray

FILLS = 32  # filled bands: enough to look continuous, few enough for a small vector file


def levels_of(low: float, high: float, scale: str) -> tuple[FloatArray, FloatArray]:
    """Return the levels to fill between and those to label: round numbers, or the one value of a flat plane."""
    middle, magnitude = (low + high) / 2, max(abs(low), abs(high))
    flat = high - low <= 64 * np.finfo(np.float64).eps * magnitude
    if flat:  # levels must still increase
        margin = 0.01 * magnitude or 0.5
        low, high = (low / 1.01, high * 1.01) if scale == "log" else (low - margin, high + margin)
    fills = np.geomspace(low, high, FILLS) if scale == "log" else np.linspace(low, high, FILLS)
    # Rounding can put two of a nearly flat plane's levels out of order.
    return np.unique(fills), np.array([middle]) if flat else round_levels(low, high, scale)


def round_levels(low: float, high: float, scale: str) -> FloatArray:
    """Return round numbers strictly between low and high to label contours with.

    The ends of the range if there is none.
    """
    locators: list[Locator] = [MaxNLocator(nbins=7)]
    if scale == "log":
        steps: tuple[tuple[float, ...], ...] = ((1.0,), (1.0, 3.0), (1.0, 2.0, 5.0))
        locators = [*(LogLocator(subs=subs, numticks=9) for subs in steps), MaxNLocator(nbins=6)]
    inside = np.array([low, high])
    for locator in locators:
        ticks = np.asarray(locator.tick_values(low, high), dtype=np.float64)
        ticks = ticks[(ticks > low) & (ticks < high)]
        if ticks.size:
            inside = ticks
        if ticks.size >= 5:
            break
    return inside


def filled(finite: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Mask of the grid points in a triangle of finite ones, the smallest area that contours fill."""
    corners = (slice(None, -1), slice(1, None))
    squares = [(rows, columns) for rows in corners for columns in corners]
    drawn = np.sum([finite[square] for square in squares], axis=0) >= 3
    reached = np.zeros_like(finite)
    for square in squares:
        reached[square] |= drawn
    return reached
