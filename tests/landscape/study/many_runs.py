"""Finished stores of many runs, made from those of a few that were trained and measured.

Every run is a copy of one of a small study under another method and seed, its losses and sharpness multiplied by
factors of its own; the functions of the store write it, so names, records and checksums are those of a trained run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from landscape.plot import TraceDisplay
from landscape.plot._study_data import recorded_by_study
from landscape.study import MeasureSpec, Study, StudySpec, execute, prepare
from landscape.study.jobs import measure_id, plane_id, run_id
from landscape.study.plan import Plan
from landscape.study.store import POINTS, point_name
from zenith._common.environment import environment
from zenith.training.run import Run
from zenith.training.trace import Trace

SMALL = StudySpec(
    name="many",
    task="digits",
    methods=("zenith", "cosine"),
    seeds=(0, 1),
    epochs=2,
    batch_size=256,
    checkpoints=2,
    measure=MeasureSpec(
        samples=64,
        trace_probes=2,
        sharpness_samples=2,
        line_points=5,
        plane_points=5,
        spectrum_probes=2,
        spectrum_steps=4,
    ),
)
"""What is trained and measured for tests, in a second or two."""
METHODS = (
    *("zenith", "constant", "step", "exponential", "polynomial", "cosine", "pal", "lqa", "gen", "l4", "ali-g", "sps"),
    *("sgd", "sgd-momentum", "adam", "adamw", "nadam", "rmsprop", "adagrad", "adamax"),
)
"""Methods enough, by names of the table."""


def finished_store(folder: Path, spec: StudySpec, trained: Path | None = None, longer: int = 1) -> Plan:
    """Write all runs and measures of a spec into a new folder, but not ``study.nc``; return its plan.

    `trained` is a folder of a finished study of the same budget and measures; by default one of the first two methods
    and seeds is run next to `folder`. What is recorded at every step is repeated so that it is `longer` times as much.
    """
    if trained is None:
        trained = folder.with_name(f"{folder.name}-trained")
        few = spec.replace(methods=spec.methods[:2], seeds=spec.seeds[:2], sweep={}, **_first(spec))
        execute(prepare(few, trained, device="cpu"), progress=False)
    source = _Source(Study.open(trained), longer)
    plan = prepare(spec, folder, device="cpu")
    study = Study.create(folder, spec, plan.provenance)
    for at, point in spec.points():
        out = folder / POINTS / point_name(at) if spec.sweep else folder
        part = Plan(point, out, None, plan.device, plan.data)
        for method in point.methods:
            for seed in point.seeds:
                source.copy(study, part, method, seed)
        for seed in point.seeds[: point.measure.plane_seeds]:
            source.copy_plane(study, part, seed)
    return plan


def _first(spec: StudySpec) -> dict[str, Any]:
    return {key: values[0] for key, values in spec.sweep.items()}


def assert_averaged_as_if_all_were_in_memory(study: Study, quantity: str, window: int) -> None:
    """Assert that what is averaged a few runs at a time is what the display makes of all values."""
    whole = recorded_by_study(study, quantity)
    of_all = TraceDisplay(whole.x, whole.values, whole.methods, ylabel="", window=window)
    read = TraceDisplay.from_study(study, quantity, window=window)
    np.testing.assert_array_equal(read.x, of_all.x)
    np.testing.assert_array_equal(read.values, of_all.values)
    assert read.summary_.split()[-3:] == ["over", str(window), f"{whole.xlabel}s"]


class _Source:
    """The runs of a small study, read once."""

    def __init__(self, study: Study, longer: int) -> None:
        self._longer = longer
        runs, spec = study.tree["runs"].to_dataset(), study.spec
        self._ids = [str(name) for name in runs["run_id"].values.ravel()]
        self._study, self._held = study, dict[str, Any]()
        self._measures = {path.stem: path for path in (study.path / "measures").glob("[!.]*.nc")}
        self._spectra = [study.read_measure("spectra", p.stem) for p in sorted((study.path / "spectra").glob("*.nc"))]
        self._planes = [study.read_measure("planes", p.stem) for p in sorted((study.path / "planes").glob("*.nc"))]
        self._task = spec.task_name

    def copy(self, study: Study, plan: Plan, method: str, seed: int) -> None:
        """Write the run of a method and a seed, its measures, and its spectrum if it is to have one."""
        name = run_id(plan, method, seed)
        draw = np.random.default_rng(int(hashlib.sha256(name.encode()).hexdigest()[:8], 16))
        origin = self._ids[draw.integers(len(self._ids))]
        of_method = 0.1 + int(hashlib.sha256(method.encode()).hexdigest()[:4], 16) / 2**16
        factor = of_method * float(np.exp(0.2 * draw.standard_normal()))
        study.write_run(name, self._run(origin, method, seed, factor, draw))
        tree = self._once(
            f"measure of {origin}",
            lambda: self._study.read_measure("measures", next(m for m in self._measures if m.startswith(origin))),
        )
        measured = measure_id(plan, name)
        study.write_measure("measures", measured, _scaled(tree, factor))
        if plan.slices and seed in plan.spec.seeds[: plan.spec.measure.spectrum_seeds]:
            study.write_measure("spectra", measured, self._spectra[seed % len(self._spectra)])

    def copy_plane(self, study: Study, plan: Plan, seed: int) -> None:
        """Write the plane of a seed, on which every method has a trajectory."""
        tree = self._planes[seed % len(self._planes)]
        points = tree["trajectories"].to_dataset()
        methods, own = plan.spec.methods, list(dict.fromkeys(points["optimizer"].values.tolist()))
        parts = []
        for i, method in enumerate(methods):
            part = points.isel(point=np.flatnonzero(points["optimizer"].values == own[i % len(own)]))
            part = part.assign(alpha=part["alpha"] * (1 - 0.5 * i / len(methods)))
            parts.append(part.assign_coords(optimizer=("point", np.full(part.sizes["point"], method))))
        joined = xr.concat(parts, "point", combine_attrs="override")
        whole = xr.DataTree.from_dict({**tree.to_dict(), "/trajectories": joined})
        study.write_measure("planes", plane_id(plan, seed), whole)

    def _run(self, origin: str, method: str, seed: int, factor: float, draw: np.random.Generator) -> Run:
        record, trace, states = self._once(origin, lambda: self._read(origin))
        steps = {name: list(column) * self._longer for name, column in trace.steps.items()}
        epochs = {name: list(column) for name, column in trace.epochs.items()}
        for columns in (steps, epochs):
            for name in columns:
                if name.endswith("loss"):
                    rows = np.asarray(columns[name])
                    columns[name] = (rows * factor * np.exp(0.05 * draw.standard_normal(len(rows)))).tolist()
        for name in ("train_metric", "test_metric"):
            columns = epochs[name]
            epochs[name] = [1 - (1 - value) * factor if i else value for i, value in enumerate(columns)]
        return Run(
            task=self._task,
            method=method,
            seed=seed,
            settings=record["settings"],
            epochs=record["epochs"],
            batch_size=record["batch_size"],
            total_steps=record["total_steps"],
            window=record["window"],
            trace=Trace(steps, epochs, list(trace.epoch_steps)),
            checkpoints=states,
            status=record["status"],
            diverged_at=record["diverged_at"],
            initial_weights=hashlib.sha256(f"weights {seed}".encode()).hexdigest(),
            batch_order=hashlib.sha256(f"batches {seed}".encode()).hexdigest(),
            device=record["device"],
            environments=(environment(),),
        )

    def _read(self, origin: str) -> tuple[dict[str, Any], Trace, dict[int, Any]]:
        tree = self._study.read_trace(origin)
        steps, epochs = tree["steps"].to_dataset(), tree["epochs"].to_dataset()
        trace = Trace(
            {str(name): column.values.tolist() for name, column in steps.data_vars.items()},
            {str(name): column.values.tolist() for name, column in epochs.data_vars.items()},
            epochs["steps_taken"].values.tolist(),
        )
        states = {step: self._study.read_checkpoint(origin, step) for step in self._study.checkpoint_steps(origin)}
        return self._study.read_run(origin), trace, states

    def _once(self, key: str, read: Callable[[], Any]) -> Any:
        if key not in self._held:
            self._held[key] = read()
        return self._held[key]


def _scaled(tree: xr.DataTree, factor: float) -> xr.DataTree:
    """Return measures whose eigenvalues, traces, sharpness and losses are `factor` times those of others."""
    scaled = {"eigenvalue", "residual", "loss", "test_loss", "trace", "trace_standard_error", "adaptive_sharpness"}
    parts = {}
    for node in tree.subtree:
        data = node.to_dataset(inherit=False)
        parts[node.path] = data.assign({name: data[name] * factor for name in scaled & set(data.data_vars)})
    return xr.DataTree.from_dict(parts)
