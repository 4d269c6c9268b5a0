"""Recognise the runs and planes that users pass, and turn a run on a trajectory into a view."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from torch import Tensor

from landscape.explorer.view import SERIES, Checkpoints, RunView
from landscape.trajectory.projection import Trajectory

__all__ = ["is_run", "loss_name", "names_of", "run_on_plane", "series_of"]

State = Mapping[str, Tensor]


def is_run(thing: Any) -> bool:
    """Whether something is a training run: it has a method, a seed, a trace of steps, and checkpoints by step."""
    return all(hasattr(thing, name) for name in ("method", "seed", "trace", "checkpoints", "status")) and hasattr(
        thing.trace, "steps"
    )


def names_of(runs: Iterable[Any]) -> dict[str, Any]:
    """Name runs by method and seed."""
    return {f"{run.method}-seed{run.seed}": run for run in runs}


def series_of(steps: Mapping[str, Sequence[float]]) -> dict[str, Any]:
    """Select the recorded traces that the explorer shows."""
    return {name: np.asarray(steps[name], dtype=np.float64) for name in SERIES if name in steps}


def run_on_plane(
    name: str, trajectory: Trajectory, run: Any, losses: Any, weights: dict[str, Mapping[int, State]]
) -> RunView:
    """Return the view of a run on a trajectory; add its weights, if it has any, to `weights`."""
    path, distance = trajectory.paths[name], trajectory.distances[name]
    steps = np.arange(len(path), dtype=np.int32)
    series: dict[str, Any] = {}
    seed, status = 0, "finished"
    run_id = _plain(name)
    if run is not None:
        if not is_run(run):
            raise ValueError(
                f"runs[{name!r}] is a {type(run).__name__}, no training run: give what zenith.train returns"
            )
        if run.checkpoints and len(run.checkpoints) != len(path):
            raise ValueError(
                f"run {name!r} has {len(run.checkpoints)} checkpoints and its trajectory {len(path)}: "
                "project the same ones"
            )
        if run.checkpoints:
            steps = np.asarray(sorted(run.checkpoints), dtype=np.int32)
            weights[run_id] = dict(run.checkpoints)
        series, seed, status = series_of(run.trace.steps), run.seed, run.status
    if isinstance(losses, xr.Dataset):
        losses = losses["loss"].values
    if losses is not None and np.shape(losses) != (len(path),):
        raise ValueError(f"losses[{name!r}] has shape {np.shape(losses)} and its trajectory {len(path)} checkpoints")
    own = None if losses is None else np.asarray(losses, dtype=np.float64)
    marks = Checkpoints(
        steps, own, x={"plane": path[:, 0].copy()}, y={"plane": path[:, 1].copy()}, off_plane={"plane": distance.copy()}
    )
    return RunView(run_id, name, seed, status, series, marks)


def loss_name(surface: xr.Dataset) -> str:
    """The variable of a plane that is the loss."""
    over = [str(name) for name, array in surface.data_vars.items() if set(array.dims) == {"alpha", "beta"}]
    for name in ("loss", "train_loss"):
        if name in over:
            return name
    raise ValueError(
        f"the dataset has no 'loss' over (alpha, beta), only {over}: give what landscape.plane returns, or rename one"
    )


def _plain(name: str) -> str:
    return re.sub(r"[/\s]+", "-", name)
