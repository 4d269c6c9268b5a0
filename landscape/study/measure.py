"""Measure a run, the plane of one seed's runs and the spectrum of an end point, as datasets for the store."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import torch
import xarray as xr
from numpy.typing import NDArray
from torch import Tensor

from landscape._common.autotuning import ProductRoute, Route
from landscape._common.estimate import Estimate
from landscape.curvature.eigenvalues import Eigenpairs, top_eigenpairs
from landscape.curvature.hessian import HessianOperator
from landscape.curvature.spectrum import hessian_trace, spectral_density
from landscape.curvature.stability import EdgeOfStability, edge_of_stability
from landscape.curvature.stability_threshold import StabilityThreshold
from landscape.objective.objective import Objective
from landscape.sharpness.average import average_sharpness
from landscape.slices.directions import random_direction
from landscape.slices.grid import line, plane
from landscape.study.measure_spec import MeasureSpec
from landscape.study.missing import EIGENVALUE, LINES, LOSS, PLANE, PRECONDITIONED, SHARPNESS, SURFACE, TRACE, Attempts
from landscape.trajectory.projection import project
from zenith.tasks import DatasetSplit, Split, Task
from zenith.tasks.metrics import accumulates
from zenith.training.evaluation import evaluate
from zenith.training.train import State, initial_model

__all__ = [
    "Statistics",
    "accumulated_metric",
    "at_checkpoint",
    "curvature_row",
    "end_lines",
    "end_values",
    "measure_plane",
    "measure_run",
    "measure_spectrum",
    "objective_of",
    "product_route",
    "statistics_of",
]

SUBSET_SEED = 0
DIRECTION_SEED = 0
START_VECTOR_SEED = 0
BATCH = 2048
ROUTE: Route = "rewritten"
"""Not chosen by the clock, so that a study that is run again has the same bits."""


def product_route(spec: MeasureSpec) -> ProductRoute:
    """Return how Hessian-vector products are taken; where that is still to be found out, uncompiled."""
    return "compiled" if spec.compiled is True else ROUTE


_PER_K = ("eigenvalue", "residual", "converged")


Statistics = tuple[Split | DatasetSplit, int]
"""Training samples that batch-norm statistics are recomputed on, and how many of them."""


def objective_of(
    task: Task, split: Split | DatasetSplit, samples: int, device: str, statistics: Statistics | None = None
) -> Objective:
    """Return the task's loss over some samples of a split (0: all), at the initial weights of seed 0.

    With `statistics` those of batch norm are recomputed at every point, as `at_checkpoint` holds them.
    """
    where = torch.device(device)
    batches = _batches(split, samples, where)
    # A metric of all batches together is no mean of the objective's: see `accumulated_metric`.
    metrics = {} if accumulates(task.metric.compute) else {task.metric.name: task.metric.compute}
    model = initial_model(task, 0).to(where)
    recomputed: dict[str, Any] = {}
    if statistics is not None:
        recomputed = {"batchnorm": "recomputed", "batchnorm_data": _batches(*statistics, where)}
    return Objective(
        model,
        data=batches,
        loss=task.loss,
        metrics=metrics,
        count=task.loss.counter(batches),
        device=where,
        **recomputed,
    )


def _batches(split: Split | DatasetSplit, samples: int, where: torch.device) -> list[Any]:
    if 0 < samples < len(split):
        split = split.subset(samples, seed=SUBSET_SEED)
    rows = BATCH if isinstance(split, Split) else split.rows_at_once
    index = torch.arange(len(split))
    # A single sample left over has no variance.
    chunks = index.tensor_split(math.ceil(len(index) / rows)) if len(index) % rows == 1 else index.split(rows)
    return list(split.to(where).batches(chunks))


def statistics_of(spec: MeasureSpec, train: Split | DatasetSplit) -> Statistics | None:
    """Return what batch-norm statistics are recomputed on; None if they are the running ones."""
    return (train, spec.batchnorm_samples) if spec.batchnorm == "recomputed" else None


def at_checkpoint(objective: Objective, state: Mapping[str, Tensor]) -> Objective:
    """Return a loss as of `objective_of` at a checkpoint, where statistics that are recomputed are held."""
    there = objective.at(state)
    return there.with_held_statistics() if there.batchnorm == "recomputed" else there


def accumulated_metric(
    task: Task, split: Split | DatasetSplit, samples: int, device: str
) -> Callable[[State], float] | None:
    """Return the main metric over the same samples as a function of weights, if it is computed of all batches together.

    None if it is a mean, which the objective has.
    """
    if not accumulates(task.metric.compute):
        return None
    model = initial_model(task, 0).to(device)
    part = (split.subset(samples, seed=SUBSET_SEED) if 0 < samples < len(split) else split).to(device)

    def at(state: State) -> float:
        model.load_state_dict(state)
        return evaluate(task, model, part)[1]

    return at


def measure_run(
    train: Objective,
    test: Objective,
    metric: str,
    states: Mapping[int, State],
    spec: MeasureSpec,
    diverged: bool,
    on_checkpoint: Callable[[], None] = lambda: None,
    kept: MutableMapping[int, xr.Dataset] | None = None,
    metrics: tuple[Callable[[State], float] | None, Callable[[State], float] | None] = (None, None),
    thresholds: Callable[[int], StabilityThreshold | None] = lambda step: None,
    lines: bool = True,
) -> xr.DataTree:
    """Measure the curvature at every checkpoint, and slices, trace and average sharpness at the end point.

    Parameters
    ----------
    train, test : Objective
        As from `objective_of`.
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
    kept : MutableMapping of int to Dataset, optional
        The curvature at steps that is known already, to which what is found is added, for those who may be interrupted.
        The last step is measured anyhow, since lines are drawn along its eigenvector.
    metrics : tuple of callable or None
        The metric on training and test samples as a function of weights, where it is no mean of the objectives'.
    thresholds : callable
        Returns the stability threshold of an adaptive method's step at a checkpoint, at a learning rate of 1, where it
        was recorded; the top eigenvalue of the preconditioned Hessian is then measured too.
    lines : bool
        Whether lines are drawn from the end point.

    Returns
    -------
    xarray.DataTree
        Groups ``curvature`` (step, k), ``end`` (scalars) and ``lines`` (alpha). What cannot be measured is NaN, or a
        line that is not there, and stands in the group ``not_measured`` (entry) with its reason.
    """
    attempt = Attempts()
    groups: dict[str, xr.Dataset] = {}
    last = max(states)
    rows: dict[int, xr.Dataset] = {}
    kept = {} if kept is None else kept
    vector = None
    for step in sorted(states):
        if step != last and step in kept:
            rows[step] = kept[step]
        else:
            state = states[step]
            at = at_checkpoint(train, state)
            row = curvature_row(at, metric, spec, step, attempt, thresholds(step))
            if metrics[0] is not None and np.isfinite(row["loss"]):
                row[metric] = attempt(LOSS, partial(metrics[0], _state_of(at, state)), step) or np.nan
            vector = row.pop("vector")
            lacking = {what for what, at, _ in attempt.rows if at == step}
            if not diverged and not np.isfinite(row["loss"]) and LOSS not in lacking:
                attempt.note(EIGENVALUE, f"the loss is {row['loss']}", step)
            rows[step] = _curvature(row, spec)
            if not lacking:
                kept[step] = rows[step]
        on_checkpoint()
    groups["/curvature"] = xr.concat(
        rows.values(), "step", data_vars="all", coords="minimal", compat="override", join="exact"
    )
    if not diverged:
        end_train, end_test = (at_checkpoint(each, states[last]) for each in (train, test))
        groups["/end"] = end_values(end_train, end_test, metric, spec, attempt)
        for prefix, compute in zip(("train", "test"), metrics, strict=True):
            if compute is not None:
                value = attempt(f"{prefix} metric", partial(compute, _state_of(end_train, states[last])))
                groups["/end"][f"{prefix}_{metric}"] = ((), np.nan if value is None else value)
        if lines:
            groups |= end_lines(end_train, end_test, metric, spec, vector, attempt)
    return xr.DataTree.from_dict(groups | attempt.groups())


def _state_of(at: Objective, state: State) -> State:
    """Return a checkpoint with the batch-norm statistics that an objective there holds."""
    if not at.holds_statistics:
        return state
    held = at.space.constants
    return {name: held[name].detach().to(tensor) if name in held else tensor for name, tensor in state.items()}


def end_lines(
    train: Objective, test: Objective, metric: str, spec: MeasureSpec, vector: Any, attempt: Attempts
) -> dict[str, xr.Dataset]:
    """Return the lines from an end point along a random direction and an eigenvector, by their group."""
    groups: dict[str, xr.Dataset] = {}
    alphas = np.linspace(-spec.line_range, spec.line_range, spec.line_points)
    random = attempt(LINES["random"], lambda: random_direction(train, seed=DIRECTION_SEED, normalization="filter"))
    # Without a converged eigenvalue there is no eigenvector to draw along.
    for name, direction in (("random", random), ("eigenvector", vector)):
        if direction is not None:
            slices = partial(line, direction=direction, alphas=alphas, route=ROUTE)
            both = attempt(LINES[name], partial(_both, train, test, metric, slices))
            if both is not None:
                groups[f"/lines/{name}"] = both
    return groups


def curvature_row(
    at: Objective,
    metric: str,
    spec: MeasureSpec,
    step: int,
    attempt: Attempts,
    threshold: StabilityThreshold | None = None,
) -> dict[str, Any]:
    """Return loss, metric and eigenvalues at a checkpoint, with the eigenvector, if it converged, as ``vector``."""
    values = attempt(LOSS, at.evaluate, step) or {"loss": np.nan}
    row: dict[str, Any] = {
        "step": step,
        "loss": values["loss"],
        metric: values.get(metric, np.nan),
        "eigenvalue": np.full(spec.eigenvalues, np.nan),
        "residual": np.full(spec.eigenvalues, np.nan),
        "converged": np.zeros(spec.eigenvalues, dtype=np.int8),
        "products": 0,
        "protocol": json.dumps(at.protocol()),
        "vector": None,
        # Of an adaptive method, the matrix that its step is stable or unstable by.
        "preconditioned_eigenvalue": np.nan,
        "preconditioned_residual": np.nan,
        "preconditioned_converged": np.int8(0),
        "preconditioned_products": 0,
        "stability_ratio_per_lr": np.nan,
        "preconditioned_protocol": "",
    }
    pairs = attempt(EIGENVALUE, partial(_eigenpairs, at, spec), step) if np.isfinite(values["loss"]) else None
    if pairs is not None:
        row |= {
            "eigenvalue": pairs.values,
            "residual": pairs.residuals,
            "converged": pairs.converged.astype(np.int8),
            "products": pairs.products,
            "vector": pairs.vectors[0] if pairs.converged[0] else None,
            "protocol": json.dumps(pairs.protocol),
        }
    edge = None
    if threshold is not None and np.isfinite(threshold.value) and np.isfinite(values["loss"]):
        edge = attempt(PRECONDITIONED, partial(_edge, at, threshold, spec), step)
    if edge is not None:
        row |= {
            "preconditioned_eigenvalue": edge.eigenvalue,
            "preconditioned_residual": edge.residual,
            "preconditioned_converged": np.int8(edge.converged),
            "preconditioned_products": edge.products,
            "stability_ratio_per_lr": edge.value,
            "preconditioned_protocol": json.dumps(edge.protocol),
        }
    return row


def _edge(at: Objective, threshold: StabilityThreshold, spec: MeasureSpec) -> EdgeOfStability:
    def here(diagonal: dict[str, Tensor] | None) -> dict[str, Tensor] | None:
        return None if diagonal is None else {name: t.to(at.device) for name, t in diagonal.items()}

    there = replace(threshold, preconditioner=here(threshold.preconditioner), decay=here(threshold.decay))
    return edge_of_stability(
        at, there, tol=spec.tolerance, max_products=spec.max_products, route=product_route(spec), seed=START_VECTOR_SEED
    )


def _eigenpairs(at: Objective, spec: MeasureSpec) -> Eigenpairs:
    with HessianOperator(at, route=product_route(spec)) as hessian:
        return top_eigenpairs(
            hessian, k=spec.eigenvalues, tol=spec.tolerance, max_products=spec.max_products, seed=START_VECTOR_SEED
        )


def _trace(at: Objective, spec: MeasureSpec) -> Estimate:
    with HessianOperator(at, route=product_route(spec)) as hessian:
        return hessian_trace(hessian, probes=spec.trace_probes, seed=START_VECTOR_SEED)


def _curvature(row: dict[str, Any], spec: MeasureSpec) -> xr.Dataset:
    scalars = [name for name in row if name not in ("step", *_PER_K)]
    return xr.Dataset(
        {
            **{name: (("step", "k"), np.asarray(row[name])[None]) for name in _PER_K},
            **{name: ("step", np.asarray([row[name]])) for name in scalars},
        },
        coords={
            "step": np.asarray([row["step"]], dtype=np.int64),
            "k": np.arange(1, spec.eigenvalues + 1),
        },
    )


def end_values(train: Objective, test: Objective, metric: str, spec: MeasureSpec, attempt: Attempts) -> xr.Dataset:
    """Return trace, average-case sharpness, losses and metrics at an end point."""
    trace = attempt(TRACE, partial(_trace, train, spec))
    sharpness = attempt(
        SHARPNESS,
        partial(
            average_sharpness,
            train,
            rho=spec.sharpness_radius,
            adaptive=True,
            samples=spec.sharpness_samples,
            seed=START_VECTOR_SEED,
        ),
    )
    variables: dict[str, Any] = {}
    for name, words, estimate in (
        ("trace", TRACE, trace),
        ("adaptive_sharpness", SHARPNESS, sharpness),
    ):
        if estimate is not None and not np.isfinite(estimate.value):
            attempt.note(words, f"it came out as {estimate.value}")
        variables[name] = ((), np.nan if estimate is None else estimate.value)
        variables[f"{name}_protocol"] = ((), "" if estimate is None else json.dumps(estimate.protocol))
        variables[f"{name}_standard_error"] = ((), np.nan if estimate is None else estimate.standard_error)
    for prefix, words, objective in (("train", "training", train), ("test", "test", test)):
        values = attempt(f"{words} loss and metric", objective.evaluate) or {"loss": np.nan}
        variables[f"{prefix}_loss"] = ((), values["loss"])
        variables[f"{prefix}_{metric}"] = ((), values.get(metric, np.nan))
    return xr.Dataset(variables)


def _both(train: Objective, test: Objective, metric: str, measure: Callable[[Objective], xr.Dataset]) -> xr.Dataset:
    """Return one slice of the training and the test loss along the same directions."""
    on_train, on_test = measure(train), measure(test)
    return on_train.drop_attrs(deep=False).assign(
        {
            "test_loss": on_test["loss"],
            **({f"test_{metric}": on_test[metric]} if metric in on_test else {}),
            "norm_alpha": on_train.attrs["norm_alpha"],
            "protocol": on_train.attrs["protocol"],
            "test_protocol": on_test.attrs["protocol"],
        }
    )


def measure_plane(
    train: Objective, metric: str, trajectories: Mapping[str, Mapping[int, State]], points: int
) -> xr.DataTree:
    """Evaluate the loss on the principal plane of several trajectories, and project the trajectories onto it.

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
        Groups ``plane`` (alpha, beta) and ``trajectories`` (point) with the method, step, coordinates, off-plane
        distance and true loss of every checkpoint. What cannot be measured is NaN, or not there where there is no plane
        to measure on, and stands in the group ``not_measured`` (entry) with its reason.
    """
    attempt = Attempts()
    labels = [(method, step) for method, states in trajectories.items() for step in sorted(states)]
    parameters = dict.fromkeys(train.parameters)
    states = [
        {name: tensor for name, tensor in trajectories[method][step].items() if name in parameters}
        for method, step in labels
    ]
    trajectory = attempt(PLANE, lambda: project(states, origin=states[0]))
    if trajectory is None:
        return xr.DataTree.from_dict(attempt.groups())
    low, high = trajectory.coordinates.min(axis=0), trajectory.coordinates.max(axis=0)
    margin = 0.15 * (high - low).max()
    axes = [np.linspace(low[i] - margin, high[i] + margin, points) for i in range(2)]
    first, second = trajectory.directions
    origin = train.at(trajectory.origin)
    surface = attempt(SURFACE, lambda: plane(origin, (first, second), *axes, route=ROUTE))
    if surface is None:
        surface = _unknown_plane(origin, metric, axes)
    losses = [
        np.nan
        if (loss := attempt(f"loss of {m} on its trajectory", train.at(trajectories[m][s]).value, s)) is None
        else loss
        for m, s in labels
    ]
    surface.attrs["explained_variance"] = trajectory.explained_variance_ratio.tolist()
    marks = xr.Dataset(
        {
            "optimizer": ("point", [method for method, _ in labels]),
            "steps_taken": ("point", np.asarray([step for _, step in labels], dtype=np.int64)),
            "alpha": ("point", trajectory.coordinates[:, 0]),
            "beta": ("point", trajectory.coordinates[:, 1]),
            "off_plane": ("point", trajectory.off_plane),
            "loss": ("point", np.asarray(losses)),
        },
        attrs={"metric": metric},
    )
    return xr.DataTree.from_dict({"/plane": surface, "/trajectories": marks} | attempt.groups())


def _unknown_plane(origin: Objective, metric: str, axes: Sequence[NDArray[np.float64]]) -> xr.Dataset:
    """The grid of a plane that could not be evaluated."""
    shape = tuple(len(axis) for axis in axes)
    dims = ("alpha", "beta")
    return xr.Dataset(
        {name: (dims, np.full(shape, np.nan)) for name in ("loss", metric)},
        coords={
            **dict(zip(dims, axes, strict=True)),
            "finite": (dims, np.zeros(shape, dtype=bool)),
        },
        attrs={"norm_alpha": 1.0, "norm_beta": 1.0, "cosine": 0.0, "protocol": json.dumps(origin.protocol())},
    )


def measure_spectrum(train: Objective, spec: MeasureSpec) -> xr.Dataset:
    """Estimate the spectral density of the training loss' Hessian.

    Returns
    -------
    xarray.Dataset
        Variables "ritz_value" and "weight" over the dimensions "probe" and "node", "exhausted" over "probe", and the
        scalars "parameters", "products" and "protocol" (JSON); see `landscape.curvature.Density`.
    """
    with HessianOperator(train, route=product_route(spec)) as hessian:
        density = spectral_density(
            hessian, probes=spec.spectrum_probes, steps=spec.spectrum_steps, seed=START_VECTOR_SEED
        )
    return xr.Dataset(
        {
            "ritz_value": (("probe", "node"), density.nodes),
            "weight": (("probe", "node"), density.weights),
            "exhausted": ("probe", density.exhausted.astype(np.int8)),
            "parameters": ((), density.size),
            "products": ((), density.products),
            "protocol": ((), json.dumps(density.protocol)),
        }
    )
