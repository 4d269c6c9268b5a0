"""Views of a study's DataTree, complete or still being written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from landscape.explorer.view import (
    FINAL,
    SERIES,
    Checkpoints,
    Floats,
    PlaneView,
    RunView,
    Sharpness,
    StoredSeries,
    View,
    legend_entries,
)

__all__ = ["SHARPNESS", "plane_notes", "plane_view", "run_view", "view_of_tree"]

_AT_ONCE = 1 << 18
"""Bytes of each trace that are read at a time."""
_AT_END = (*FINAL, "trace", "trace_standard_error", "adaptive_sharpness", "adaptive_sharpness_standard_error")
_LABELS = {
    "test_loss": "test loss",
    "test_metric": "test metric",
    "trace": "trace of the Hessian",
    "adaptive_sharpness": "adaptive sharpness",
    "edge_of_stability": "η λmax / 2, edge of stability at 1",
}
SHARPNESS = "top Hessian eigenvalue λmax"


def view_of_tree(
    tree: xr.DataTree,
    *,
    labels: Mapping[str, str] | None = None,
    title: str = "",
    subtitle: str = "",
    protocol: str = "",
) -> View:
    """Return the view of a finished study.

    Parameters
    ----------
    tree : xarray.DataTree
        As of `landscape.study.Study.tree`: groups runs, traces, curvature and planes.
    labels : mapping of str to str, optional
        How methods are called, by name.
    title, subtitle, protocol : str
        Words around the pictures.

    Returns
    -------
    View
        Of the runs that took place; those that diverged end where they did.

    Examples
    --------
    >>> view_of_tree(ls.Study.open("studies/digits").tree).runs[0].series["loss"]  # doctest: +SKIP
    """
    recorded = tree["runs"].to_dataset()
    recorded = recorded[
        ["status", "run_id", "steps_taken", *({"settings", "initial_weights_sha256"} & set(recorded))]
    ].load()
    ends = tree["end"].to_dataset() if "end" in tree else xr.Dataset()
    ends = ends[[name for name in _AT_END if name in ends]].load()
    epochs = tree["epochs"].to_dataset() if "epochs" in tree else xr.Dataset()
    epochs = epochs[[name for name in ("test_loss", "test_metric") if name in epochs]].load()
    columns = _Columns(tree["traces"].to_dataset())
    curvature = tree["curvature"].to_dataset() if "curvature" in tree else None
    groups = dict(tree["planes"].children) if "planes" in tree else {}
    planes, marks = [], {}
    for name, group in groups.items():
        seed = int(name.removeprefix("seed"))
        marks[seed] = (name, group["trajectories"].to_dataset())
        planes.append(plane_view(name, seed, group["plane"].to_dataset(), marks[seed][1]))
    runs = []
    for row, method in enumerate(map(str, recorded["optimizer"].values)):
        # Of one method at a time: a file is read slowly run by run, and takes much memory at once.
        of_method = None if curvature is None else curvature.sel(optimizer=method).load()
        for place, seed in enumerate(map(int, recorded["seed"].values)):
            record = recorded.isel(optimizer=row, seed=place)
            if str(record["status"].values) in ("", "failed"):
                continue
            runs.append(
                run_view(
                    str(record["run_id"].values),
                    method,
                    seed,
                    str(record["status"].values),
                    columns.of_run(method, seed, int(record["steps_taken"])),
                    None if of_method is None else of_method.sel(seed=seed),
                    {marks[seed][0]: marks[seed][1]} if seed in marks else {},
                    settings=json.loads(str(record["settings"].values) or "{}") if "settings" in record else {},
                    start=str(record["initial_weights_sha256"].values) if "initial_weights_sha256" in record else "",
                    end=ends.sel(optimizer=method, seed=seed) if ends.data_vars else None,
                    epochs=epochs.sel(optimizer=method, seed=seed) if epochs.data_vars else None,
                )
            )
    names = [str(name) for name in recorded["optimizer"].values]
    loss = tree.attrs.get("loss_label", "loss")
    return View(
        title, subtitle, protocol, f"training {loss}", legend_entries(names, labels), tuple(runs), tuple(planes)
    )


class _Columns:
    """What was recorded at every step of a study, of which that of a few runs at a time is in memory."""

    def __init__(self, traces: xr.Dataset) -> None:
        self._traces = traces[[name for name in SERIES if name in traces]]
        self._many = max(1, _AT_ONCE // (8 * max(1, traces.sizes["step"])))
        self._held: tuple[Any, xr.Dataset] | None = None

    def of_run(self, method: str, seed: int, length: int) -> StoredSeries:
        """Return the traces of a run as far as it went."""
        length = min(length, self._traces.sizes["step"])
        row, place = (self._traces.indexes[dim].get_loc(key) for dim, key in (("optimizer", method), ("seed", seed)))

        def read(name: str) -> Floats:
            values = self._around(row, place)[name].values[place % self._many, :length]
            return np.array(values, dtype=np.float64)  # a copy: a view would keep those of all seeds

        known = tuple(str(name) for name in self._traces if _is_recorded(read(str(name))))
        return StoredSeries(known, length, read)

    def _around(self, method: int, seed: int) -> xr.Dataset:
        """Return the traces of a run and of those next to it, which one is asked for next: (seed, step)."""
        first = seed - seed % self._many
        if self._held is None or self._held[0] != (method, first):
            few = self._traces.isel(optimizer=method, seed=slice(first, first + self._many))
            self._held = (method, first), few.transpose("seed", "step").load()
        return self._held[1]


def run_view(
    run_id: str,
    method: str,
    seed: int,
    status: str,
    trace: xr.Dataset | StoredSeries,
    curvature: xr.Dataset | None,
    marks: Mapping[str, xr.Dataset],
    *,
    settings: Mapping[str, Any] | None = None,
    start: str = "",
    end: xr.Dataset | None = None,
    epochs: xr.Dataset | None = None,
) -> RunView:
    """Return the view of one run.

    Parameters
    ----------
    run_id, method, seed, status
        As of the run.
    trace : Dataset over step, or StoredSeries
        What was recorded per step, as far as the run went.
    curvature : Dataset over step and k, or None
        What was measured at its checkpoints; those it did not reach are NaN.
    marks : mapping of str to Dataset over point
        By plane, the checkpoints of all its trajectories.
    settings : mapping, optional
        Of its training.
    start : str
        Hash of its initial weights.
    end : Dataset, optional
        What was measured of the last weights.
    epochs : Dataset over epoch, optional
        Test loss and metric, with the coordinate ``steps_taken``.
    """
    series: Mapping[str, Floats]
    if isinstance(trace, StoredSeries):
        series = trace
    else:
        recorded = {name: np.asarray(trace[name].values, dtype=np.float64) for name in SERIES if name in trace}
        series = {name: values for name, values in recorded.items() if _is_recorded(values)}
    mine = {
        name: points.isel(point=np.flatnonzero(points["optimizer"].values == method)) for name, points in marks.items()
    }
    steps: set[int] = set()
    if curvature is not None:
        reached = curvature["products"].notnull().values & (curvature["protocol"].values != "")
        curvature = curvature.isel(step=np.flatnonzero(reached))
        steps |= set(curvature["step"].values.tolist())
    for points in mine.values():
        steps |= set(points["steps_taken"].values.tolist())
    order = np.asarray(sorted(steps), dtype=np.int32)

    def spread(at: Any, values: Any) -> Any:
        row = np.full(len(order), np.nan)
        row[np.searchsorted(order, at)] = values
        return row

    losses = [
        *([] if curvature is None else [(curvature["step"].values, curvature["loss"].values)]),
        *((points["steps_taken"].values, points["loss"].values) for points in mine.values() if points.sizes["point"]),
    ]
    loss = None
    for at, values in losses:
        loss = np.full(len(order), np.nan) if loss is None else loss
        loss[np.searchsorted(order, at)] = values
    shown = {name: points for name, points in mine.items() if points.sizes["point"]}

    def column(variable: str) -> dict[str, Any]:
        return {name: spread(p["steps_taken"].values, p[variable].values) for name, p in shown.items()}

    checkpoints = Checkpoints(order, loss, x=column("alpha"), y=column("beta"), off_plane=column("off_plane"))
    measures: dict[str, Sharpness] = {}
    if epochs is not None:
        for name in epochs:
            measures |= _measure(str(name), epochs["steps_taken"].values, epochs[name].values, None)
    if curvature is not None and "edge_of_stability" in curvature:
        measures |= _measure("edge_of_stability", curvature["step"].values, curvature["edge_of_stability"].values, None)
    final = {} if end is None else {name: float(end[name]) for name in FINAL if name in end and np.isfinite(end[name])}
    for name in ("trace", "adaptive_sharpness"):
        if end is not None and name in end and len(order):
            error = end[f"{name}_standard_error"].values if f"{name}_standard_error" in end else None
            measures |= _measure(name, order[-1:], end[name].values[None], None if error is None else error[None])
    steps_of_epoch = None if epochs is None or epochs.sizes["epoch"] < 2 else int(np.diff(epochs["steps_taken"])[0])
    return RunView(
        run_id,
        method,
        seed,
        status,
        series,
        checkpoints,
        _sharpness(curvature),
        settings or {},
        final,
        measures,
        steps_of_epoch,
        start=start,
    )


def _measure(name: str, at: Any, values: Any, errors: Any) -> dict[str, Sharpness]:
    """Return a measure by its name as far as it is known; nothing where it was not measured."""
    known = np.isfinite(values)
    if not known.any():
        return {}
    residual = np.full(len(values), np.nan) if errors is None else np.asarray(errors, dtype=np.float64)
    row = np.asarray(values, dtype=np.float64)
    return {name: Sharpness(np.asarray(at, dtype=np.int32)[known], row[known], residual[known], _LABELS[name])}


def _is_recorded(values: Floats) -> bool:
    """Whether a trace is one: what was never recorded, as the loss that a monitor was not given, is NaN throughout."""
    return not values.size or bool(np.isfinite(values).any())


def _sharpness(curvature: xr.Dataset | None) -> Sharpness | None:
    if curvature is None or not curvature.sizes["step"]:
        return None
    top = curvature.isel(k=0)
    converged = top["converged"].values == 1
    known = np.isfinite(top["eigenvalue"].values)
    counts = {
        "not converged": int((~converged & known).sum()),
        "not measured": int((~known & np.isfinite(top["loss"].values)).sum()),
    }
    lost = ", ".join(f"{count} {noun}" for noun, count in counts.items() if count)
    label = SHARPNESS + (f" ({lost}: left out)" if lost else "")
    return Sharpness(
        top["step"].values.astype(np.int32),
        np.where(converged, top["eigenvalue"].values, np.nan),
        np.asarray(top["residual"].values, dtype=np.float64),
        label,
    )


def plane_view(name: str, seed: int | None, surface: xr.Dataset, marks: xr.Dataset) -> PlaneView:
    """Return the view of the plane of one seed's principal components."""
    explained = tuple(float(part) for part in surface.attrs["explained_variance"])
    loss = np.ascontiguousarray(surface["loss"].transpose("beta", "alpha").values, dtype=np.float64)
    return PlaneView(
        name,
        f"seed {seed}: principal components",
        seed,
        np.asarray(surface["alpha"].values, dtype=np.float64),
        np.asarray(surface["beta"].values, dtype=np.float64),
        loss,
        "PC 1",
        "PC 2",
        orthonormal=True,
        explained=(explained[0], explained[1]),
        notes=plane_notes(
            loss,
            {
                str(method): marks["off_plane"].values[marks["optimizer"].values == method]
                for method in dict.fromkeys(marks["optimizer"].values.tolist())
            },
        ),
    )


def plane_notes(loss: Any, off_plane: Mapping[str, Any], *, losses: bool = True) -> tuple[str, ...]:
    """Sentences on what a plane hides of its trajectories.

    `losses` says whether the checkpoints' own losses are known.
    """
    notes = []
    largest = {name: float(np.nanmax(d)) for name, d in off_plane.items() if np.isfinite(d).any()}
    if largest:
        name = max(largest, key=largest.__getitem__)
        own = "; their own loss is the colour of their dots" if losses else ""
        notes.append(f"Checkpoints lie up to {largest[name]:.2g} off the plane ({name}), in parameter units{own}.")
    missing = int((~np.isfinite(loss)).sum())
    if missing:
        notes.append(f"{missing} of {np.size(loss)} points of the plane have no finite loss.")
    return tuple(notes)
