"""What of a measurement changes its picture, in the few words that fit above one."""

from __future__ import annotations

import json
from typing import Any

import xarray as xr


def measured_words(data: xr.Dataset) -> list[str]:
    """Return what a reader must know of a slice: statistics of batch norm, samples left out, points interpolated.

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
    for words, text in ((_batchnorm, "batch norm: {}"), (_subset, "{}")):
        said = {name: word for name, one in of_objectives if (word := words(one))}
        if len(said) == len(of_objectives) and len(set(said.values())) == 1:
            parts.append(text.format(next(iter(said.values()))))
        else:
            parts += [text.format(word) + f" ({name})" for name, word in said.items()]
    evaluations, grid = protocol.get("evaluations"), protocol.get("grid")
    if grid and evaluations < grid:
        converged = f"to {protocol['error']:.2g} of the range" if protocol.get("converged") else "not converged"
        parts.append(f"{evaluations} of {grid} points evaluated, the others interpolated ({converged})")
    if "halving" in protocol:
        parts.append(f"high points on fewer samples (to {protocol['halving']['resolution']:.2g} of their height)")
    return parts


def _batchnorm(protocol: dict[str, Any]) -> str:
    mode = str(protocol.get("batchnorm", "frozen"))
    return "" if mode == "frozen" else mode


def _subset(protocol: dict[str, Any]) -> str:
    return f"on a subset of {protocol['samples']} samples" if protocol.get("subset") else ""
