"""What is measured on one run, and on the plane of one seed's runs: calls of the measuring rooms, gathered for the store."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
import xarray as xr

from landscape.directions import random_direction
from landscape.eigen import top_eigenpairs
from landscape.hessian import HessianOperator
from landscape.objective import Objective
from landscape.route import Route
from landscape.sharpness import average_sharpness
from landscape.slices import line, plane
from landscape.spectrum import hessian_trace
from landscape.study.spec import MeasureSpec
from landscape.trajectory import project
from zenith.tasks import Data, Split, Task
from zenith.training import State, initial_model

__all__ = ["measure_plane", "measure_run", "objectives"]

SUBSET_SEED = 0
DIRECTION_SEED = 0
START_VECTOR_SEED = 0
BATCH = 2048
ROUTE: Route = "rewritten"
"""Not chosen by the clock, so that a study that is run again has the same bits."""
_PER_K = ("eigenvalue", "residual", "converged")


def objectives(task: Task, data: Data, spec: MeasureSpec, device: torch.device) -> tuple[Objective, Objective]:
    """The task's loss over the measured part of the training set, and over an equally large part of the test set."""
    model = initial_model(task, 0).to(device)
    return (
        _objective(task, model, _measured(data.train, spec.samples), device),
        _objective(task, model, _measured(data.test, spec.samples), device),
    )


def _measured(split: Split, samples: int) -> Split:
    return split if samples == 0 or samples >= len(split) else split.subset(samples, seed=SUBSET_SEED)


def _objective(task: Task, model: torch.nn.Module, split: Split, device: torch.device) -> Objective:
    split = split.to(device)
    batches = [split.batch(index.to(device)) for index in torch.arange(len(split)).split(BATCH)]
    return Objective(
        model, data=batches, loss=task.loss, metrics={task.metric.name: task.metric.compute}, device=device
    )


def measure_run(
    train: Objective,
    test: Objective,
    metric: str,
    states: Mapping[int, State],
    spec: MeasureSpec,
    diverged: bool,
    on_checkpoint: Callable[[], None] = lambda: None,
) -> xr.DataTree:
    """Curvature at every checkpoint; slices, trace and average sharpness at the end point.

    Parameters
    ----------
    train, test : Objective
        As from `objectives`.
    metric : str
        Name of the task's metric on them.
    states : Mapping of int to state dict
        Checkpoints by step, read one at a time.
    spec : MeasureSpec
        What to measure and how accurately.
    diverged : bool
        The end point of a diverged run is no minimum: only its finite checkpoints are measured.
    on_checkpoint : callable
        Called after every checkpoint.

    Returns
    -------
    xarray.DataTree
        Groups ``curvature`` (step, k), ``end`` (scalars) and ``lines`` (alpha).
    """
    groups: dict[str, xr.Dataset] = {}
    last = max(states)
    rows: list[dict[str, Any]] = []
    vector = None
    for step in sorted(states):
        at = train.at(states[step])
        row = _curvature_row(at, metric, spec, step)
        vector = row.pop("vector")
        rows.append(row)
        on_checkpoint()
    groups["/curvature"] = _curvature(rows, spec)
    if not diverged:
        end_train, end_test = train.at(states[last]), test.at(states[last])
        groups["/end"] = _end(end_train, end_test, metric, spec)
        alphas = np.linspace(-spec.line_range, spec.line_range, spec.line_points)
        random = random_direction(end_train, seed=DIRECTION_SEED, normalization="filter")
        # Where the eigenvalue did not converge there is no eigenvector to speak of.
        for name, direction in (("random", random), ("eigenvector", vector)):
            if direction is not None:
                slices = partial(line, direction=direction, alphas=alphas, route=ROUTE)
                groups[f"/lines/{name}"] = _both(end_train, end_test, metric, slices)
    return xr.DataTree.from_dict(groups)


def _curvature_row(at: Objective, metric: str, spec: MeasureSpec, step: int) -> dict[str, Any]:
    values = at.evaluate()
    row: dict[str, Any] = {
        "step": step,
        "loss": values["loss"],
        metric: values[metric],
        "eigenvalue": np.full(spec.eigenvalues, np.nan),
        "residual": np.full(spec.eigenvalues, np.nan),
        "converged": np.zeros(spec.eigenvalues, dtype=np.int8),
        "products": 0,
        "protocol": json.dumps(at.protocol()),
        "vector": None,
    }
    if np.isfinite(values["loss"]):
        with HessianOperator(at, route=ROUTE) as hessian:
            pairs = top_eigenpairs(
                hessian, k=spec.eigenvalues, tol=spec.tolerance, max_products=spec.max_products, seed=START_VECTOR_SEED
            )
        row |= {
            "eigenvalue": pairs.values,
            "residual": pairs.residuals,
            "converged": pairs.converged.astype(np.int8),
            "products": pairs.products,
            "vector": pairs.vectors[0] if pairs.converged[0] else None,
            "protocol": json.dumps(pairs.protocol),
        }
    return row


def _curvature(rows: Sequence[dict[str, Any]], spec: MeasureSpec) -> xr.Dataset:
    scalars = [name for name in rows[0] if name not in ("step", *_PER_K)]
    return xr.Dataset(
        {
            **{name: (("step", "k"), np.stack([row[name] for row in rows])) for name in _PER_K},
            **{name: ("step", np.asarray([row[name] for row in rows])) for name in scalars},
        },
        coords={
            "step": np.asarray([row["step"] for row in rows], dtype=np.int64),
            "k": np.arange(1, spec.eigenvalues + 1),
        },
    )


def _end(train: Objective, test: Objective, metric: str, spec: MeasureSpec) -> xr.Dataset:
    with HessianOperator(train, route=ROUTE) as hessian:
        trace = hessian_trace(hessian, probes=spec.trace_probes, seed=START_VECTOR_SEED)
    sharpness = average_sharpness(
        train, rho=spec.sharpness_radius, adaptive=True, samples=spec.sharpness_samples, seed=START_VECTOR_SEED
    )
    variables: dict[str, Any] = {}
    for name, estimate in (("trace", trace), ("adaptive_sharpness", sharpness)):
        variables[name] = ((), estimate.value)
        variables[f"{name}_protocol"] = ((), json.dumps(estimate.protocol))
        variables[f"{name}_standard_error"] = ((), estimate.standard_error)
    for prefix, objective in (("train", train), ("test", test)):
        values = objective.evaluate()
        variables[f"{prefix}_loss"] = ((), values["loss"])
        variables[f"{prefix}_{metric}"] = ((), values[metric])
    return xr.Dataset(variables)


def _both(train: Objective, test: Objective, metric: str, measure: Callable[[Objective], xr.Dataset]) -> xr.Dataset:
    """One slice of the training and the test surface, with the same axes."""
    on_train, on_test = measure(train), measure(test)
    return on_train.drop_attrs(deep=False).assign(
        {
            "test_loss": on_test["loss"],
            f"test_{metric}": on_test[metric],
            "norm_alpha": on_train.attrs["norm_alpha"],
            "protocol": on_train.attrs["protocol"],
            "test_protocol": on_test.attrs["protocol"],
        }
    )


def measure_plane(
    train: Objective, metric: str, trajectories: Mapping[str, Mapping[int, State]], points: int
) -> xr.DataTree:
    """The loss on the plane that holds the most of several trajectories, and the trajectories on it.

    Parameters
    ----------
    train : Objective
        The training objective.
    metric : str
        Name of the task's metric on it.
    trajectories : Mapping of str to Mapping of int to state dict
        Finite checkpoints by method and step; every run starts from the same weights.
    points : int
        Side of the grid.

    Returns
    -------
    xarray.DataTree
        Groups ``plane`` (alpha, beta) and ``trajectories`` (point) with the method, step, coordinates, off-plane distance
        and true loss of every checkpoint.
    """
    labels = [(method, step) for method, states in trajectories.items() for step in sorted(states)]
    parameters = dict.fromkeys(train.parameters)
    states = [
        {name: tensor for name, tensor in trajectories[method][step].items() if name in parameters}
        for method, step in labels
    ]
    trajectory = project(states, origin=states[0])
    low, high = trajectory.coordinates.min(axis=0), trajectory.coordinates.max(axis=0)
    margin = 0.15 * (high - low).max()
    axes = [np.linspace(low[i] - margin, high[i] + margin, points) for i in range(2)]
    first, second = trajectory.directions
    surface = plane(train.at(trajectory.origin), (first, second), *axes, route=ROUTE)
    surface.attrs["explained_variance"] = trajectory.explained_variance.tolist()
    marks = xr.Dataset(
        {
            "optimizer": ("point", [method for method, _ in labels]),
            "steps_taken": ("point", np.asarray([step for _, step in labels], dtype=np.int64)),
            "alpha": ("point", trajectory.coordinates[:, 0]),
            "beta": ("point", trajectory.coordinates[:, 1]),
            "off_plane": ("point", trajectory.off_plane),
            "loss": ("point", np.asarray([train.at(trajectories[m][s]).value() for m, s in labels])),
        },
        attrs={"metric": metric},
    )
    return xr.DataTree.from_dict({"/plane": surface, "/trajectories": marks})
