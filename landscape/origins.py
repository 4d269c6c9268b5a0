"""The point of a plane that checkpoints are projected from, and the state whose names and shapes the others must have."""

import os
from collections.abc import Sequence
from typing import Any

from landscape._common.validation import whole
from landscape.checkpoints import Checkpoint, CheckpointError
from landscape.flat_states import Layout, OnBad, State, States


def opened(state: Any) -> Any:
    """Return the checkpoint of a path, and anything else as it is."""
    return Checkpoint(state) if isinstance(state, (str, os.PathLike)) else state


def reference_state(rows: States, origin: Any, names: Sequence[str] | None, on_bad: OnBad) -> State:
    """Return the state that sets names and shapes: the origin where it is one of the states, else the last.

    Where misfits are to be masked, one of the commonest shapes, lest all others are the misfits.
    """
    common = rows.majority(names) if on_bad == "mask" and not isinstance(origin, tuple) else None
    if common is not None:
        return rows.find(common)
    while rows.usable:
        index = origin_index(rows, origin)
        found: list[State] = []
        rows.attempt(index, f"state {index}", lambda index=index, found=found: found.append(rows.find(index)))  # type: ignore[misc]
        if found:
            return found[0]
    raise CheckpointError(f"No checkpoint can be used: {next(iter(rows.problems.values()))}")


def origin_index(rows: States, origin: Any) -> int:
    """Return the index of the state that is the origin."""
    if not isinstance(origin, tuple):
        return rows.usable[0 if origin == "first" else -1]
    run, given = origin if len(origin) == 2 else ("", None)
    position, length = whole(given), len(rows.runs.get(run, ()))
    if position is None or not -length <= position < length:
        raise ValueError(
            f"origin is {origin!r}: give (run, index) with a run of {list(rows.runs)} and an index within it."
        )
    index = rows.runs[run][position]
    if index in rows.problems:
        raise CheckpointError(f"The origin {origin!r} cannot be used. {rows.problems[index]}")
    return index


def kept(state: State, layout: Layout) -> State:
    """Return the coordinates of a state: what is on disk stays there, the rest is copied."""
    if isinstance(state, Checkpoint):
        return state.restricted(layout.like)
    return {name: state[name].detach().clone().to(like) for name, like in layout.like.items()}


def describe_origin(origin: Any, rows: States) -> str:
    """Say in words what the origin is."""
    if origin == "mean":
        return "weighted mean"
    if origin is None or isinstance(origin, tuple) or origin in ("first", "last"):
        index = origin_index(rows, origin)
        run = next(name for name, indices in rows.runs.items() if index in indices)
        return f"checkpoint {index - rows.runs[run].start} of {run!r}"
    return f"file {origin}" if isinstance(origin, (str, os.PathLike)) else "given"
