"""Losses of checkpoints: at each checkpoint itself, and at its projection on a plane."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Literal

import numpy as np
import torch
import xarray as xr
from torch import Tensor
from tqdm.auto import tqdm

from landscape._common.guesses import guessable
from landscape._common.interrupts import OnInterrupt, check_on_interrupt, deliver
from landscape.objective.objective import Objective
from landscape.objective.validation import expect_objective
from landscape.trajectory._state_matrix import CheckpointMatrix, Source, State
from landscape.trajectory.projection import Trajectory


@guessable
def checkpoint_losses(
    objective: Objective,
    trajectory: Trajectory,
    states: Iterable[Source] | Mapping[str, Iterable[Source]],
    *,
    buffers: Literal["checkpoint", "objective"] = "checkpoint",
    progress: bool = False,
    on_interrupt: OnInterrupt = "raise",
) -> dict[str, xr.Dataset]:
    """Evaluate an objective at each checkpoint itself and at its projection on the plane of a trajectory.

    Parameters
    ----------
    objective : Objective
        With the buffers that the plane is drawn with (`landscape.plane` uses those of its objective).
    trajectory : Trajectory
        Of these checkpoints, over the objective's parameters (`project(..., names=objective.parameters)`).
    states : as for `project`
        The same checkpoints.
    buffers : {"checkpoint", "objective"}
        Whose buffers and frozen parameters the true loss takes where a checkpoint has any: batch-norm statistics belong
        to the weights they were collected with. The loss on the plane always takes the objective's, as the plane does.
    progress : bool
        Show a bar.
    on_interrupt : {"raise", "return"}
        What Ctrl-C does: raise `landscape.Interrupted`, whose `partial` has what was evaluated by then (the
        attribute "message" says so), or return that.

    Returns
    -------
    dict of str to xarray.Dataset
        One for each run, over the dimension "checkpoint" (its position in the run), float64 unless said otherwise:
        "loss" and the metrics at the checkpoint, "loss_on_plane" and the metrics so named at origin + alpha u + beta v,
        "alpha", "beta", "off_plane" (distance in parameter units), "finite" (bool: both losses are), "evaluated" (bool)
        and "problem" (str, empty where there is none). Non-finite losses are kept; a checkpoint that cannot be read or
        does not fit has NaN and a problem that names it, and the others are evaluated. The attribute "protocol" is
        JSON.

    Raises
    ------
    ValueError
        If the trajectory is not over the objective's parameters or not of as many checkpoints, or an option is wrong.

    Examples
    --------
    >>> states = [{name: t * p for name, p in loss.parameters.items()} for t in (0.2, 0.6, 1.0)]
    >>> trajectory = ls.project(states)
    >>> losses = ls.trajectory.checkpoint_losses(loss, trajectory, states)["run"]
    >>> bool((abs(losses["loss"] - losses["loss_on_plane"]) < 1e-5).all())  # the plane shows these checkpoints
    True
    """
    if buffers not in ("checkpoint", "objective"):
        raise ValueError(f'buffers is {buffers!r}: choose "checkpoint" or "objective".')
    check_on_interrupt(on_interrupt)
    expect_objective(objective)
    objective.check(trajectory.origin, "trajectory's origin")
    rows = CheckpointMatrix(states, "mask")
    if {run: len(indices) for run, indices in rows.runs.items()} != {r: len(i) for r, i in trajectory.runs.items()}:
        raise ValueError(
            f"The trajectory has the runs {_lengths(trajectory.runs)} and states has {_lengths(rows.runs)}: "
            "give the checkpoints that were projected."
        )
    values = {name: np.full(rows.count, np.nan) for name in ("loss", *objective.metrics)}
    on_plane = {f"{name}_on_plane": np.full(rows.count, np.nan) for name in values}
    own, evaluated = np.zeros(rows.count, dtype=np.int64), np.zeros(rows.count, dtype=bool)
    problems = dict(trajectory.problems)
    origin = {name: trajectory.origin[name].to(p) for name, p in objective.parameters.items()}
    message = f"All {rows.count} checkpoints were evaluated."
    interrupted = False
    try:
        for index, what, item in tqdm(rows, total=rows.count, desc="checkpoints", disable=not progress):
            found: dict[str, float] = {}
            rows.attempt(
                index,
                what,
                lambda index=index, item=item, found=found: found.update(  # type: ignore[misc]
                    _true_values(objective, rows.resolve(item), buffers, own, index)
                ),
            )
            for name, value in found.items():
                values[name][index] = value
            place = trajectory.coordinates[index]
            if np.isfinite(place).all():
                for name, value in objective.evaluate(_on_plane(origin, trajectory.directions, place)).items():
                    on_plane[f"{name}_on_plane"][index] = value
            evaluated[index] = bool(found)
    except KeyboardInterrupt:
        if not evaluated.any():
            raise
        interrupted = True
        message = f"Interrupted after {int(evaluated.sum())} of {rows.count} checkpoints; the others are NaN."
    problems |= rows.problems
    if problems and not interrupted:
        message = (
            f"{len(problems)} of {rows.count} checkpoints have problems, the first: {next(iter(problems.values()))}"
        )
    protocol = objective.protocol() | {
        "measure": "losses of checkpoints",
        "buffers": f"{buffers}'s",
        "buffers_on_plane": "objective's",
        "own_constants": int(own.max(initial=0)),
        "trajectory": trajectory.protocol,
    }
    places = {"alpha": trajectory.coordinates[:, 0], "beta": trajectory.coordinates[:, 1]}
    columns: dict[str, Any] = values | on_plane | places | {"off_plane": trajectory.off_plane, "evaluated": evaluated}
    columns["finite"] = np.isfinite(values["loss"]) & np.isfinite(on_plane["loss_on_plane"])
    columns["problem"] = np.array([problems.get(i, "") for i in range(rows.count)], dtype=str)
    attributes = {"loss": objective.loss_attributes}
    losses = {
        run: xr.Dataset(
            {
                name: ("checkpoint", column[indices.start : indices.stop], attributes.get(name, {}))
                for name, column in columns.items()
            },
            coords={"checkpoint": np.arange(len(indices))},
            attrs={"run": run, "message": message, "protocol": json.dumps(protocol)},
        )
        for run, indices in rows.runs.items()
    }
    return deliver(losses, interrupted, on_interrupt)


def _true_values(objective: Objective, state: State, buffers: str, own: Any, index: int) -> dict[str, float]:
    if buffers == "objective":
        state = {name: state[name] for name in objective.parameters}
    own[index] = sum(name in state for name in objective.constants)
    return objective.at(state).evaluate()


def _on_plane(origin: State, directions: tuple[State, ...], place: Any) -> dict[str, Tensor]:
    """Return origin + alpha u + beta v, rounded as the points of a plane are."""
    u, v = directions[:2]
    moved = {name: torch.add(p, u[name].to(p), alpha=float(place[0])) for name, p in origin.items()}
    return {name: torch.add(p, v[name].to(p), alpha=float(place[1])) for name, p in moved.items()}


def _lengths(runs: Mapping[str, range]) -> dict[str, int]:
    return {run: len(indices) for run, indices in runs.items()}
