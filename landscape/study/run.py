"""Run a study: train its runs, measure them, and gather the results in the store."""

from __future__ import annotations

import logging
import os
import shutil
import time
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import Any

import torch
import xarray as xr

from landscape._common.files import read_tree, write_tree
from landscape._common.validation import check_count
from landscape.study.conclusions import too_few_seeds
from landscape.study.gather import consolidate
from landscape.study.measure import accumulated_metric, measure_plane, measure_run, measure_spectrum, objective_of
from landscape.study.missing import REASONS, SPECTRUM, Attempts, reason_of
from landscape.study.plan import Plan
from landscape.study.process_pool import Engine, Report, check_spawning
from landscape.study.sources import task_identity
from landscape.study.spec import as_zenith_takes
from landscape.study.store import Study, identity
from zenith import methods
from zenith.tasks import Task
from zenith.training.train import State, checkpoint_steps, hash_state, initial_model, train

__all__ = [
    "available_workers",
    "execute",
    "measure_id",
    "measure_job",
    "plane_id",
    "plane_job",
    "run_id",
    "spectrum_job",
    "train_job",
]

Shared = tuple[Study, Plan]

_LOG = logging.getLogger(__name__)
_WRITE_EVERY = 2.0  # seconds of measuring that a kill may lose: small studies write nothing in between


def execute(plan: Plan, *, workers: int = 1, progress: bool = True) -> Study:
    """Train and measure what is missing, then gather everything into ``study.nc``.

    Parameters
    ----------
    plan : Plan
        As from `prepare`.
    workers : int
        Processes to train and measure in. The numbers do not depend on it.
    progress : bool
        Show progress bars.

    Returns
    -------
    Study
        With `tree` ready.

    Raises
    ------
    ValueError
        Before any work starts, if the processes cannot be started from here.

    Notes
    -----
    Seeds too few to show any difference, whatever the outcome, are logged as a warning before anything is trained.
    """
    check_spawning(check_count(workers, "workers", 1, "process is needed"))
    study = Study.create(plan.out, plan.spec, plan.provenance)
    with study.locked():
        _remove_leftovers(study)
        _run_what_is_missing(study, plan, workers, progress)
    return Study.open(study.path)


def _run_what_is_missing(study: Study, plan: Plan, workers: int, progress: bool) -> None:
    spec = plan.spec
    runs = {(m, s): run_id(plan, m, s) for m in spec.methods for s in spec.seeds}
    measures = {key: measure_id(plan, name) for key, name in runs.items()}
    planes = {seed: plane_id(plan, seed) for seed in spec.seeds[: spec.measure.plane_seeds]}
    spectra = {key: name for key, name in measures.items() if key[1] in spec.seeds[: spec.measure.spectrum_seeds]}
    untrained = [key for key, name in runs.items() if not study.has_run(name)]
    if untrained and (warning := too_few_seeds(len(spec.seeds), len(spec.methods) - 1)):
        _LOG.warning("landscape: %s", warning)  # on stderr, unless the caller has logging of its own
    with Engine(min(workers, len(runs)), progress=progress, shared=(study, plan)) as engine:
        engine.run(
            [(train_job, (*key, runs[key])) for key in untrained],
            total=len(untrained) * plan.total_steps,
            unit="step",
            title="training",
        )
        _check_paired(study, runs)
        unmeasured = [runs[key] for key, name in measures.items() if not study.has_complete_measure("measures", name)]
        engine.run(
            [(measure_job, (name,)) for name in unmeasured],
            total=len(unmeasured) * len(checkpoint_steps(plan.total_steps, spec.checkpoints)),
            unit="checkpoint",
            title="measuring",
        )
        undrawn = [seed for seed, name in planes.items() if not study.has_complete_measure("planes", name)]
        finished = [key for key in spectra if study.read_run(runs[key])["status"] == "finished"]
        unknown = [runs[key] for key in finished if not study.has_complete_measure("spectra", spectra[key])]
        engine.run(
            [(plane_job, (seed,)) for seed in undrawn] + [(spectrum_job, (name,)) for name in unknown],
            total=len(undrawn) + len(unknown),
            unit="figure",
            title="planes and spectra",
        )
    tree = consolidate(study, runs, measures, planes, spectra, task=spec.loaded_task)
    write_tree(study.path / "study.nc", tree)


def _remove_leftovers(study: Study) -> None:
    """Remove temporary files of a killed writer."""
    for path in [*study.path.glob("runs/.*.tmp"), *study.path.glob("*/.*.tmp"), *study.path.glob(".*.tmp")]:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _check_paired(study: Study, runs: Mapping[tuple[str, int], str]) -> None:
    """Check that within a seed all runs started from the same weights, and all finished ones saw the same batches."""
    records: dict[int, list[dict[str, Any]]] = {}
    for (_, seed), name in runs.items():
        records.setdefault(seed, []).append(study.read_run(name))
    for seed, group in records.items():
        weights = {record["initial_weights_sha256"] for record in group}
        batches = {record["batch_order_sha256"] for record in group if record["status"] == "finished"}
        if len(weights) > 1 or len(batches) > 1:
            what = "initial weights" if len(weights) > 1 else "batch order"
            raise RuntimeError(
                f"the runs of seed {seed} are not paired, their {what} differ: the comparison would be void"
            )


def available_workers(device: str) -> int:
    """Default number of processes: one per available core, a single one on a GPU."""
    if device.startswith("cuda"):
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run_id(plan: Plan, method: str, seed: int) -> str:
    """Return the name of a run: method, seed, and a hash of everything that determines its numbers."""
    spec, row = plan.spec, as_zenith_takes(plan.spec, method)
    return f"{method}-seed{seed}-" + identity(
        {
            "task": task_identity(spec),
            "data": plan.data.fingerprint,
            "method": methods.identity(row),
            "settings": methods.resolve_settings(row, spec.settings_for(method)),
            "seed": seed,
            "initial_weights": _initial_weights(spec.loaded_task, seed),
            **dict([spec.budget]),
            "batch_size": spec.batch_size,
            "window": spec.window_for(plan.total_steps),
            "checkpoints": spec.checkpoints,
            "threads": spec.threads,
            "device": plan.device.split(":")[0],
            "torch": metadata.version("torch"),
        }
    )


def measure_id(plan: Plan, name: str) -> str:
    """Return the name of a run's measurements, also that of the spectral density at its end point."""
    return f"{name}-{identity({'run': name, 'measure': plan.spec.as_dict()['measure']})}"


def plane_id(plan: Plan, seed: int) -> str:
    """Return the name of the plane of a seed's runs."""
    runs = [run_id(plan, method, seed) for method in plan.spec.methods]
    return f"seed{seed}-{identity({'runs': runs, 'measure': plan.spec.as_dict()['measure']})}"


_WEIGHTS: dict[tuple[int, int], tuple[Task, str]] = {}
"""Hashes of initial weights, by the task's address, which it keeps for as long as it is held here, and seed."""


def _initial_weights(task: Task, seed: int) -> str:
    # Covers the architecture and its initialisation, which no name or setting does.
    if (id(task), seed) not in _WEIGHTS:
        _WEIGHTS[id(task), seed] = task, hash_state(initial_model(task, seed))
    return _WEIGHTS[id(task), seed][1]


def train_job(shared: Shared, method: str, seed: int, name: str, report: Report) -> None:
    """Train one run."""
    study, plan = shared
    unfinished = study.path / "runs" / f".{name}.unfinished"  # which an interrupted run continues from
    with _threads(plan.spec.threads), _naming(f"{method} seed {seed} cannot be trained"):
        run = train(
            plan.spec.loaded_task,
            as_zenith_takes(plan.spec, method),
            seed,
            data=plan.data,
            **dict([plan.spec.budget]),  # type: ignore[arg-type]
            batch_size=plan.spec.batch_size,
            settings=plan.spec.settings_for(method),
            window=plan.spec.window_for(plan.total_steps),
            checkpoints=plan.spec.checkpoints,
            device=plan.device,
            resume=unfinished,
            on_step=lambda step, total, loss, lr: report(1, f"{method} seed {seed}: loss {loss:.3g}, lr {lr:.3g}"),
        )
    study.write_run(name, run)
    unfinished.unlink(missing_ok=True)


def measure_job(shared: Shared, name: str, report: Report) -> None:
    """Measure one run."""
    study, plan = shared
    task, measure, measured = plan.spec.loaded_task, plan.spec.measure, measure_id(plan, name)
    kept = _Steps(study.path / "measures" / f".{measured}.unfinished")
    with _threads(plan.spec.threads):
        try:
            tree = measure_run(
                objective_of(task, plan.data.train, measure.samples, plan.device),
                objective_of(task, plan.data.test, measure.samples, plan.device),
                task.metric.name,
                _Checkpoints(study, name),
                measure,
                diverged=study.read_run(name)["status"] == "diverged",
                on_checkpoint=lambda: report(1, name.rsplit("-", 1)[0]),
                kept=kept,
                metrics=(
                    accumulated_metric(task, plan.data.train, measure.samples, plan.device),
                    accumulated_metric(task, plan.data.test, measure.samples, plan.device),
                ),
            )
        except BaseException:
            kept.write()
            raise
    study.write_measure("measures", measured, tree)
    kept.clear()


def plane_job(shared: Shared, seed: int, report: Report) -> None:
    """Evaluate the plane of one seed's runs."""
    study, plan = shared
    task, measure = plan.spec.loaded_task, plan.spec.measure
    trajectories: dict[str, Mapping[int, State]] = {}
    for method in plan.spec.methods:
        name = run_id(plan, method, seed)
        if study.read_run(name)["status"] == "finished":
            trajectories[method] = _Checkpoints(study, name)
    if len(trajectories) == 0:
        return
    with _threads(plan.spec.threads):
        objective = objective_of(task, plan.data.train, measure.samples, plan.device)
        tree = measure_plane(objective, task.metric.name, trajectories, measure.plane_points)
    study.write_measure("planes", plane_id(plan, seed), tree)
    report(1, f"seed {seed}")


def spectrum_job(shared: Shared, name: str, report: Report) -> None:
    """Estimate the spectral density at the end point of a run."""
    study, plan = shared
    task, states = plan.spec.loaded_task, _Checkpoints(study, name)
    with _threads(plan.spec.threads):
        objective = objective_of(task, plan.data.train, plan.spec.measure.samples, plan.device)
        at, attempt = objective.at(states[max(states)]), Attempts()
        spectrum = attempt(SPECTRUM, lambda: measure_spectrum(at, plan.spec.measure))
    tree = xr.DataTree.from_dict(({} if spectrum is None else {"/": spectrum}) | attempt.groups())
    study.write_measure("spectra", measure_id(plan, name), tree)
    report(1, name.rsplit("-", 1)[0])


@contextmanager
def _naming(what: str) -> Iterator[None]:
    """Name what failed where weights, data or memory are the cause; leave programming errors as they are."""
    try:
        yield
    except (*REASONS, torch.OutOfMemoryError) as error:
        raise RuntimeError(f"{what}: {reason_of(error)}") from error


@contextmanager
def _threads(count: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class _Checkpoints(Mapping[int, State]):
    """A run's checkpoints, read from disk one at a time."""

    def __init__(self, study: Study, name: str) -> None:
        self._study, self._name = study, name
        self._steps = study.checkpoint_steps(name)

    def __getitem__(self, step: int) -> State:
        return self._study.read_checkpoint(self._name, step)

    def __iter__(self) -> Iterator[int]:
        return iter(self._steps)

    def __len__(self) -> int:
        return len(self._steps)


class _Steps(MutableMapping[int, xr.Dataset]):
    """Datasets by step, each in a file of a folder; those of the last two seconds may not be written yet."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._new, self._written = folder, dict[int, xr.Dataset](), time.monotonic()

    def __getitem__(self, step: int) -> xr.Dataset:
        file = self._file(step)
        if not file.is_file():
            raise KeyError(step)
        return read_tree(file).to_dataset().drop_encoding()

    def __setitem__(self, step: int, data: xr.Dataset) -> None:
        self._new[step] = data
        if time.monotonic() - self._written >= _WRITE_EVERY:
            self.write()

    def write(self) -> None:
        for step, data in self._new.items():
            write_tree(self._file(step), xr.DataTree(data))
        self._new, self._written = {}, time.monotonic()

    def __delitem__(self, step: int) -> None:
        self._file(step).unlink()

    def __iter__(self) -> Iterator[int]:
        return (int(file.stem) for file in sorted(self._folder.glob("*.nc")))

    def __len__(self) -> int:
        return len(list(self._folder.glob("*.nc")))

    def clear(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def _file(self, step: int) -> Path:
        return self._folder / f"{step:08d}.nc"
