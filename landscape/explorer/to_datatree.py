"""Convert a view to a DataTree laid out like a study's, for figures and further analysis."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import xarray as xr

from landscape.explorer.view import FINAL, SERIES, PlaneView, RunView, View

__all__ = ["tree_of_view"]


def tree_of_view(view: View) -> xr.DataTree:
    """Return groups runs, end, traces, curvature over (optimizer, seed), and planes/NAME with plane and trajectories.

    As of `landscape.study.Study.tree`, from which the explorer's view of a study was read; what a view does not hold is
    not there. Where no run has a trace or a curvature, that group is missing.
    """
    methods = [entry.name for entry in view.methods]
    seeds = sorted({run.seed for run in view.runs})
    at = {(run.method, run.seed): run for run in view.runs}
    grid = {"optimizer": methods, "seed": seeds}

    def table(value: Callable[[RunView], Any], blank: Any) -> Any:
        rows = [[value(at[m, s]) if (m, s) in at else blank for s in seeds] for m in methods]
        return ("optimizer", "seed"), np.asarray(rows)

    groups: dict[str, xr.Dataset] = {"/": xr.Dataset(attrs={"loss_label": view.loss_label.removeprefix("training ")})}
    if at:
        groups["/runs"] = xr.Dataset(
            {
                "status": table(lambda run: run.status, ""),
                "steps_taken": table(lambda run: run.steps, 0),
                "run_id": table(lambda run: run.id, ""),
                "settings": table(lambda run: json.dumps(dict(run.settings)), "{}"),
            },
            coords=grid,
        )
        ends = [name for name in FINAL if any(name in run.final for run in view.runs)]
        if ends:
            groups["/end"] = xr.Dataset(
                {name: table(lambda run, name=name: run.final.get(name, np.nan), np.nan) for name in ends},  # type: ignore[misc]
                coords=grid,
            )
    length = max((len(row) for run in view.runs for row in run.series.values()), default=0)
    if length:
        blank = np.full(length, np.nan)
        groups["/traces"] = xr.Dataset(
            {
                name: (
                    ("optimizer", "seed", "step"),
                    table(lambda run, name=name: _padded(run.series.get(name), length), blank)[1],  # type: ignore[misc]
                )
                for name in SERIES
                if any(name in run.series for run in view.runs)
            },
            coords=grid | {"step": np.arange(length)},
        )
    measured = {key: run for key, run in at.items() if run.sharpness is not None and len(run.sharpness.step)}
    if measured:
        groups["/curvature"] = _curvature(measured, methods, seeds)
    for plane in view.planes:
        groups[f"/planes/{plane.id}/plane"] = _surface(plane)
        groups[f"/planes/{plane.id}/trajectories"] = _trajectories(view, plane.id)
    return xr.DataTree.from_dict(groups)


def _padded(row: Any, length: int) -> Any:
    out = np.full(length, np.nan)
    if row is not None:
        out[: len(row)] = row
    return out


def _curvature(measured: Mapping[tuple[str, int], RunView], methods: list[str], seeds: list[int]) -> xr.Dataset:
    steps = np.unique(np.concatenate([run.sharpness.step for run in measured.values() if run.sharpness is not None]))
    shape = (len(methods), len(seeds), len(steps))
    value, residual, loss = np.full((*shape, 1), np.nan), np.full((*shape, 1), np.nan), np.full(shape, np.nan)
    for (method, seed), run in measured.items():
        place = methods.index(method), seeds.index(seed)
        if run.sharpness is not None:
            where = np.searchsorted(steps, run.sharpness.step)
            value[place][where, 0], residual[place][where, 0] = run.sharpness.value, run.sharpness.residual
        if run.checkpoints.loss is not None:
            known = np.isin(run.checkpoints.step, steps)
            loss[place][np.searchsorted(steps, run.checkpoints.step[known])] = run.checkpoints.loss[known]
    dims = ("optimizer", "seed", "step", "k")
    return xr.Dataset(
        {
            "eigenvalue": (dims, value),
            "residual": (dims, residual),
            "converged": (dims, np.isfinite(value).astype(np.int8)),
            "loss": (dims[:3], loss),
        },
        coords={"optimizer": methods, "seed": seeds, "step": steps.astype(np.int64), "k": [1]},
    )


def _surface(plane: PlaneView) -> xr.Dataset:
    attrs = {} if plane.explained is None else {"explained_variance": np.asarray(plane.explained)}
    return xr.Dataset(
        {"loss": (("alpha", "beta"), plane.loss.T)}, coords={"alpha": plane.alpha, "beta": plane.beta}, attrs=attrs
    )


def _trajectories(view: View, plane: str) -> xr.Dataset:
    shown = [run for run in view.runs if plane in run.checkpoints.x]
    columns: dict[str, list[Any]] = {
        name: [] for name in ("optimizer", "seed", "steps_taken", "alpha", "beta", "off_plane", "loss")
    }
    for run in shown:
        marks = run.checkpoints
        count = len(marks.step)
        columns["optimizer"] += [run.method] * count
        columns["seed"] += [run.seed] * count
        columns["steps_taken"] += marks.step.tolist()
        columns["alpha"] += marks.x[plane].tolist()
        columns["beta"] += marks.y[plane].tolist()
        columns["off_plane"] += marks.off_plane[plane].tolist() if plane in marks.off_plane else [np.nan] * count
        columns["loss"] += marks.loss.tolist() if marks.loss is not None else [np.nan] * count
    kinds: dict[str, Any] = {"optimizer": str, "seed": np.int64, "steps_taken": np.int64}
    return xr.Dataset({name: ("point", np.asarray(rows, kinds.get(name, float))) for name, rows in columns.items()})
