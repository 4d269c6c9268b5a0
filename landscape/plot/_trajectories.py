"""Draw trajectories on a plane, with their marks and legend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.colors import Normalize
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from landscape.plot._base import FloatArray, handle
from landscape.plot._style import MethodStyle, method_style

MISSING = {"facecolor": "0.88", "edgecolor": "0.55", "hatch": "//////"}


def draw_trajectories(
    ax: Axes,
    trajectories: Mapping[str, FloatArray],
    losses: Mapping[str, FloatArray],
    norm: Normalize,
    only: str | None = None,
) -> tuple[dict[str, Line2D], dict[str, Line2D], dict[str, Line2D], dict[str, PathCollection]]:
    """Draw paths of (alpha, beta) with their starts and ends, and dots in the colour of each checkpoint's own loss.

    With `only` that one alone, in the style that it has among all.
    """
    paths: dict[str, Line2D] = {}
    starts: dict[str, Line2D] = {}
    ends: dict[str, Line2D] = {}
    dots: dict[str, PathCollection] = {}
    styles = method_style(list(trajectories))
    # Runs of one seed start together and often end close: the solid line goes below the dashed ones, and the end
    # markers are hollow, so that none hides another.
    for name, style in styles.items():
        if only not in (None, name):
            continue
        path = trajectories[name]
        known = np.isfinite(path).all(axis=1)
        if not known.any():
            continue
        first, last = path[known][:1], path[known][-1:]
        ax.plot(path[:, 0], path[:, 1], color="white", linewidth=2.0, zorder=2.5, solid_capstyle="round")
        (paths[name],) = ax.plot(
            path[:, 0],
            path[:, 1],
            color=style.color,
            linestyle=style.linestyle,
            linewidth=0.8 * style.linewidth,
            zorder=(4.0 if style.dashes else 3.0),
        )
        if name in losses:
            known &= np.isfinite(losses[name])
            dots[name] = ax.scatter(
                path[known, 0],
                path[known, 1],
                c=losses[name][known],
                cmap="viridis",
                norm=norm,
                s=9.0,
                linewidths=0.5,
                edgecolors=style.color,
                zorder=5.0,
            )
        (starts[name],) = ax.plot(
            *first.T,
            marker="o",
            color="white",
            markeredgecolor="black",
            markeredgewidth=0.6,
            markersize=3.5,
            linestyle="none",
            zorder=6.0,
        )
        # the white rims of all below the markers of all
        end = _hollow(style, 1.6)
        rim = {**end, "color": "white", "markeredgewidth": 2.0}
        ax.plot(*last.T, **rim, linestyle="none", zorder=6.5)
        (ends[name],) = ax.plot(*last.T, **end, linestyle="none", zorder=7.0)
    return paths, starts, ends, dots


def trajectory_handles(
    methods: Sequence[str], *, losses: bool, missing: bool, start: bool | None = None
) -> list[Artist]:
    """Return legend entries of the methods, of their starts, of the checkpoints' losses and of missing values."""
    handles: list[Artist] = []
    for name, style in method_style(methods).items():
        entry = handle(style, name)
        entry.set(**_hollow(style, 1.2))
        handles.append(entry)
    if methods if start is None else start:
        dot = Line2D([], [], marker="o", color="white", markeredgecolor="black", linestyle="none", label="start")
        dot.set(markeredgewidth=0.6, markersize=3.5)
        handles.append(dot)
    if losses:
        dot = Line2D([], [], marker="o", color="0.55", markeredgecolor="black", markersize=3.0, linestyle="none")
        dot.set(markeredgewidth=0.5, label="checkpoint, coloured by its own loss")
        handles.append(dot)
    if missing:
        patch = Patch(label="not finite", linewidth=0.0)
        patch.set(**MISSING)
        handles.append(patch)
    return handles


def _hollow(style: MethodStyle, scale: float) -> dict[str, Any]:
    """Properties of a hollow marker in a method's style."""
    return {
        "marker": style.marker,
        "color": style.color,
        "markerfacecolor": "none",
        "markeredgewidth": 0.8,
        "markersize": scale * style.markersize,
    }
