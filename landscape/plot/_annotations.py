"""Short notes above a figure on how its data were measured, and axis labels of measured quantities."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from landscape.plot._base import FloatArray


def measured_notes(data: xr.Dataset) -> list[str]:
    """Return notes on how a slice was measured: statistics of batch norm, samples left out, points interpolated.

    Parameters
    ----------
    data : Dataset
        A line, plane or path with its protocol; of one without there is nothing to say.
    """
    try:
        protocol: dict[str, Any] = json.loads(data.attrs["protocol"])
    except (KeyError, TypeError, ValueError):
        return []
    parts = []
    of_objectives = list(protocol.get("objectives", {"": protocol}).items())
    for describe, text in ((_batchnorm, "batch norm: {}"), (_subset, "{}")):
        texts = {name: word for name, one in of_objectives if (word := describe(one))}
        if len(texts) == len(of_objectives) and len(set(texts.values())) == 1:
            parts.append(text.format(next(iter(texts.values()))))
        else:
            parts += [text.format(word) + f" ({name})" for name, word in texts.items()]
    evaluations, grid = protocol.get("evaluations"), protocol.get("grid")
    if grid and evaluations < grid:
        converged = f"to {protocol['error']:.2g} of the range" if protocol.get("converged") else "not converged"
        parts.append(f"{evaluations} of {grid} points evaluated, the others interpolated ({converged})")
    halving = protocol.get("halving", {})
    if "resolution" in halving:
        parts.append(f"high points on fewer samples (to {halving['resolution']:.2g} of their height)")
    return parts


def label_of(values: Any, otherwise: str) -> str:
    """Return the axis label of an xarray variable by its attributes "long_name" and "units".

    Parameters
    ----------
    values : DataArray or array-like
        A variable with these attributes, as `landscape.line` and `landscape.plane` return the loss; of others nothing
        is known.
    otherwise : str
        What is said then.
    """
    attributes: Mapping[str, Any] = getattr(values, "attrs", {})
    name, unit = str(attributes.get("long_name", otherwise)), attributes.get("units")
    if not unit:
        return name
    return f"{name[:-1]}, {unit})" if name.endswith(")") else f"{name} ({unit})"


def eigenvalue_label(matrix: str) -> str:
    """Return the axis label of the eigenvalues of a matrix, named as in its protocol."""
    if not matrix:
        return "eigenvalue"
    return f"eigenvalue of {matrix}" if "^" in matrix else f"eigenvalue of the {matrix}"


def ceiling_of(data: xr.Dataset) -> float | None:
    """Return the loss above which the points of a slice were not resolved, if any."""
    try:
        ceiling: float | None = json.loads(data.attrs["protocol"]).get("halving", {}).get("ceiling")
    except (KeyError, TypeError, ValueError):
        return None
    return ceiling


def hidden_notes(
    off_plane: Mapping[str, FloatArray], points: FloatArray, low: tuple[float, float], high: tuple[float, float]
) -> list[str]:
    """Return notes on what a plane hides of its trajectories.

    Parameters
    ----------
    off_plane : mapping of str to array of shape (checkpoint,)
        Distances from the plane, by method.
    points : array of shape (checkpoint, 2)
        Of all methods.
    low, high : tuple of float
        Corners of the picture.
    """
    parts = []
    largest = {name: float(np.nanmax(d)) for name, d in off_plane.items() if np.isfinite(d).any()}
    if len(largest) == 2:
        parts.append("up to " + ", ".join(f"{d:.2g} ({name})" for name, d in largest.items()) + " off the plane")
    elif largest:
        name = max(largest, key=largest.__getitem__)
        parts.append(f"checkpoints lie up to {largest[name]:.2g} off the plane ({name})")
    lost = int((~np.isfinite(points).all(axis=1)).sum())
    outside = int(((points < low) | (points > high)).any(axis=1).sum())
    return [*parts, *([f"{lost} not finite"] if lost else []), *([f"{outside} outside the picture"] if outside else [])]


def _batchnorm(protocol: dict[str, Any]) -> str:
    mode = str(protocol.get("batchnorm", "frozen"))
    return "" if mode == "frozen" else mode


def _subset(protocol: dict[str, Any]) -> str:
    return f"on a subset of {protocol['samples']} samples" if protocol.get("subset") else ""
