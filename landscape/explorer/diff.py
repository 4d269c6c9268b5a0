"""Differences between two views, so that only changes are sent to a page that follows training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from landscape.explorer.view import RunView, View

__all__ = ["difference"]

_WORDS = ("title", "subtitle", "protocol", "loss_label", "notice")


def difference(old: View, new: View) -> dict[str, Any] | None:
    """Return the patch that makes `old` into `new`, arrays as they are; None if there is nothing to do.

    Keys: "runs" with what is appended to each run that grew, "new_runs" with those that are new or changed otherwise,
    "planes" and "methods" likewise, and words that changed. Runs and planes are never taken away.
    """
    patch: dict[str, Any] = {name: getattr(new, name) for name in _WORDS if getattr(old, name) != getattr(new, name)}
    known = {run.id: run for run in old.runs}
    grown, fresh = [], []
    for run in new.runs:
        before = known.get(run.id)
        if run is before:
            continue
        change = None if before is None else _growth(before, run)
        if change is None:
            fresh.append(run.described())
        elif change:
            grown.append({"id": run.id} | change)
    planes = {plane.id: plane for plane in old.planes}
    changed = [plane.described() for plane in new.planes if plane is not planes.get(plane.id)]
    there = {method.name for method in old.methods}
    methods = [method.described() for method in new.methods if method.name not in there]
    for name, items in (("methods", methods), ("planes", changed), ("new_runs", fresh), ("runs", grown)):
        if items:
            patch[name] = items
    return patch or None


def _growth(before: RunView, after: RunView) -> dict[str, Any] | None:
    """Values appended to a run; None if it changed in another way."""
    old, new = before.described(), after.described()
    if any(old[key] != new[key] for key in ("method", "seed")):
        return None
    parts: dict[str, Any] = {}
    for key in ("series", "checkpoints", "sharpness", "measures"):
        more = _appended(old[key], new[key])
        if more is None:
            return None
        if more:
            parts[key] = more
    changed = {
        key: new[key] for key in ("status", "steps", "settings", "final", "epoch", "study") if old[key] != new[key]
    }
    return changed | ({"append": parts} if parts else {})


def _appended(old: Any, new: Any) -> Any:
    """Values to append to `old` to get `new`; empty if none, None if appending does not suffice."""
    if isinstance(new, np.ndarray):
        if old is None:
            return new
        if new is old:
            return ()
        if len(new) < len(old) or not np.array_equal(new[: len(old)], old, equal_nan=new.dtype.kind == "f"):
            return None
        return new[len(old) :] if len(new) > len(old) else ()
    if isinstance(new, Mapping):
        old = old or {}
        if old.keys() - new.keys():
            return None
        out = {}
        for key, value in new.items():
            more = _appended(old.get(key), value)
            if more is None:
                return None
            if len(more):
                out[key] = more
        return out
    if isinstance(new, str):
        return new if new != old else ()
    return () if new is None and old is None else None
