"""From a spec to a finished store: prepare (every check, no work), train, measure, consolidate."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata
from math import ceil
from pathlib import Path
from typing import Any

import torch

from landscape.study.consolidate import consolidate
from landscape.study.engine import Report, run_jobs
from landscape.study.files import write_tree
from landscape.study.measures import measure_plane, measure_run, objectives
from landscape.study.spec import StudySpec
from landscape.study.store import Study, identity
from zenith import methods, tasks
from zenith.tasks import Data
from zenith.training import State, checkpoint_steps, default_device, hash_state, initial_model, train

__all__ = ["Plan", "execute", "prepare"]


@dataclass(frozen=True)
class Plan:
    """A checked study, ready to run.

    Attributes
    ----------
    spec : StudySpec
        What to run.
    out : Path
        The study's folder.
    data_root : Path or None
        Where the task finds its data.
    device : str
        Where every run trains and is measured.
    data : Data
        The loaded data.
    """

    spec: StudySpec
    out: Path
    data_root: Path | None
    device: str
    data: Data

    @property
    def total_steps(self) -> int:
        """Steps of one run."""
        return self.spec.epochs * ceil(len(self.data.train) / self.spec.batch_size)

    @property
    def provenance(self) -> dict[str, Any]:
        """What the store records once for the whole study."""
        return {
            "data": {
                "fingerprint": self.data.fingerprint,
                "description": self.data.description,
                "train_samples": len(self.data.train),
                "test_samples": len(self.data.test),
            },
            "total_steps": self.total_steps,
            "window": self.spec.window_for(self.total_steps),
            "device": self.device,
            "device_name": torch.cuda.get_device_name(self.device) if self.device != "cpu" else platform.machine(),
            "commit": _commit(),
            "python": platform.python_version(),
            "versions": {name: metadata.version(name) for name in _RECORDED},
        }


_RECORDED = ("zenith-landscape", "torch", "numpy", "scipy", "matplotlib", "xarray", "pyhessian")


def prepare(spec: StudySpec, out: str | Path, data_root: str | Path | None = None, device: str | None = None) -> Plan:
    """Check everything that can be checked before any work starts; write nothing.

    Raises
    ------
    ValueError, FileNotFoundError
        For a bad setting, missing data, an empty dataset, a model that cannot be trained, or an output folder that holds
        something else.
    """
    where = _check_device(device)
    root = Path(data_root) if data_root is not None else None
    task, data = tasks.get(spec.task), _load(spec.task, root)
    plan = Plan(spec, Path(out), root, where, data)
    for method in spec.methods:
        _check_settings(plan, method)
    Study.check_free(plan.out, spec, plan.provenance)
    train_objective, _ = objectives(task, data, spec.measure, torch.device(where))
    if spec.measure.eigenvalues > train_objective.num_parameters:
        raise ValueError(
            f"measure.eigenvalues is {spec.measure.eigenvalues}, but the model of task '{spec.task}' has only "
            f"{train_objective.num_parameters} parameters: ask for fewer"
        )
    return plan


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
    """
    study = Study.create(plan.out, plan.spec, plan.provenance)
    with study.locked():
        _remove_leftovers(study)
        _run_what_is_missing(study, plan, workers, progress)
    return Study.open(study.path)


def _run_what_is_missing(study: Study, plan: Plan, workers: int, progress: bool) -> None:
    runs = {(m, s): run_id(plan, m, s) for m in plan.spec.methods for s in plan.spec.seeds}
    shared = (str(study.path), str(plan.data_root) if plan.data_root else None, plan.device)

    missing = [(*shared, *key, name) for key, name in runs.items() if not study.has_run(name)]
    run_jobs(
        _train_job,
        missing,
        workers=workers,
        total=len(missing) * plan.total_steps,
        unit="step",
        title="training",
        progress=progress,
    )
    _check_paired(study, runs)

    unmeasured = [
        (*shared, name) for name in runs.values() if not study.has_measure("measures", measure_id(plan, name))
    ]
    per_run = len(checkpoint_steps(plan.total_steps, plan.spec.checkpoints))
    run_jobs(
        _measure_job,
        unmeasured,
        workers=workers,
        total=len(unmeasured) * per_run,
        unit="checkpoint",
        title="measuring",
        progress=progress,
    )

    seeds = plan.spec.seeds[: plan.spec.measure.plane_seeds]
    undrawn = [(*shared, seed) for seed in seeds if not study.has_measure("planes", plane_id(plan, seed))]
    run_jobs(_plane_job, undrawn, workers=workers, total=len(undrawn), unit="plane", title="planes", progress=progress)

    tree = consolidate(
        study,
        runs,
        {key: measure_id(plan, name) for key, name in runs.items()},
        {seed: plane_id(plan, seed) for seed in seeds},
        task=tasks.get(plan.spec.task),
    )
    write_tree(study.path / "study.nc", tree)


# Identities -----------------------------------------------------------------------------------------------------------


def run_id(plan: Plan, method: str, seed: int) -> str:
    """Name of a run: method, seed, and a hash of everything that determines its numbers."""
    spec = plan.spec
    return f"{method}-seed{seed}-" + identity(
        {
            "task": spec.task,
            "data": plan.data.fingerprint,
            "method": method,
            "settings": methods.resolve_settings(method, spec.settings_for(method)),
            "seed": seed,
            "initial_weights": _initial_weights(spec.task, seed),
            "epochs": spec.epochs,
            "batch_size": spec.batch_size,
            "window": spec.window_for(plan.total_steps),
            "checkpoints": spec.checkpoints,
            "threads": spec.threads,
            "device": plan.device.split(":")[0],
            "torch": metadata.version("torch"),
        }
    )


def measure_id(plan: Plan, name: str) -> str:
    """Name of the measures of a run."""
    return f"{name}-{identity({'run': name, 'measure': plan.spec.as_dict()['measure']})}"


def plane_id(plan: Plan, seed: int) -> str:
    """Name of the plane of a seed's runs."""
    runs = [run_id(plan, method, seed) for method in plan.spec.methods]
    return f"seed{seed}-{identity({'runs': runs, 'measure': plan.spec.as_dict()['measure']})}"


# Jobs: module-level functions of picklable arguments --------------------------------------------------------------------


def _train_job(out: str, data_root: str | None, device: str, method: str, seed: int, name: str, report: Report) -> None:
    study, plan = _reopen(out, data_root, device)
    with _threads(plan.spec.threads):
        run = train(
            plan.spec.task,
            method,
            seed,
            data=plan.data,
            epochs=plan.spec.epochs,
            batch_size=plan.spec.batch_size,
            settings=plan.spec.settings_for(method),
            window=plan.spec.window_for(plan.total_steps),
            checkpoints=plan.spec.checkpoints,
            device=device,
            on_step=lambda step, total, loss, lr: report(1, f"{method} seed {seed}: loss {loss:.3g}, lr {lr:.3g}"),
        )
    study.write_run(name, run)


def _measure_job(out: str, data_root: str | None, device: str, name: str, report: Report) -> None:
    study, plan = _reopen(out, data_root, device)
    task, measure = tasks.get(plan.spec.task), plan.spec.measure
    with _threads(plan.spec.threads):
        train_objective, test_objective = objectives(task, plan.data, measure, torch.device(device))
        tree = measure_run(
            train_objective,
            test_objective,
            task.metric.name,
            _Checkpoints(study, name),
            measure,
            diverged=study.read_run(name)["status"] == "diverged",
            on_checkpoint=lambda: report(1, name.rsplit("-", 1)[0]),
        )
    study.write_measure("measures", measure_id(plan, name), tree)


def _plane_job(out: str, data_root: str | None, device: str, seed: int, report: Report) -> None:
    study, plan = _reopen(out, data_root, device)
    task, measure = tasks.get(plan.spec.task), plan.spec.measure
    trajectories: dict[str, Mapping[int, State]] = {}
    for method in plan.spec.methods:
        name = run_id(plan, method, seed)
        if study.read_run(name)["status"] == "finished":
            trajectories[method] = _Checkpoints(study, name)
    if len(trajectories) == 0:
        return
    with _threads(plan.spec.threads):
        train_objective, _ = objectives(task, plan.data, measure, torch.device(device))
        tree = measure_plane(train_objective, task.metric.name, trajectories, measure.plane_points)
    study.write_measure("planes", plane_id(plan, seed), tree)
    report(1, f"seed {seed}")


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


# Helpers --------------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=2)
def _load(task: str, data_root: Path | None) -> Data:
    # A worker serves many runs of one study: it reads the data once.
    data = tasks.get(task).load(data_root)
    for name, split in (("training", data.train), ("test", data.test)):
        if len(split) == 0:
            raise ValueError(f"the {name} set of task '{task}' is empty: give it at least one sample")
    return data


@lru_cache(maxsize=256)
def _initial_weights(task: str, seed: int) -> str:
    # Covers the architecture and its initialisation, which no name or setting does.
    return hash_state(initial_model(tasks.get(task), seed))


def _reopen(out: str, data_root: str | None, device: str) -> tuple[Study, Plan]:
    study = Study.open(out)
    root = Path(data_root) if data_root else None
    return study, Plan(study.spec, study.path, root, device, _load(study.spec.task, root))


def _check_device(device: str | None) -> str:
    try:
        chosen = torch.device(device) if device is not None else default_device()
    except RuntimeError as error:
        raise ValueError(f"device must be cpu, cuda or cuda:N, got {device!r}") from error
    if chosen.type not in ("cpu", "cuda"):
        raise ValueError(f"device must be cpu, cuda or cuda:N, got {device!r}")
    if chosen.type == "cuda" and (chosen.index or 0) >= torch.cuda.device_count():
        raise ValueError(
            f"device {device!r} was asked for but torch sees {torch.cuda.device_count()} GPUs: use --device cpu or leave it out"
        )
    return str(chosen)


def _commit() -> str | None:
    """The commit of this package, if it runs from a checkout."""
    root = Path(__file__).parent.parent.parent
    if not (root / ".git").exists():
        return None
    command = ["git", "-C", str(root), "rev-parse", "HEAD"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


def _check_settings(plan: Plan, method: str) -> None:
    """Build optimizer and schedule once on a stand-in weight, so that a refused value is refused now."""
    settings = plan.spec.settings_for(method)
    try:
        optimizer = methods.make_optimizer(method, [torch.zeros(1, requires_grad=True)], **settings)
        methods.make_schedule(method, optimizer, plan.total_steps, **settings)
    except TypeError as error:
        raise ValueError(
            f"a setting of method '{method}' has the wrong type ({error}): its defaults are "
            f"{methods.resolve_settings(method)}"
        ) from error


@contextmanager
def _threads(count: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _remove_leftovers(study: Study) -> None:
    """What a killed writer left under a temporary name."""
    for path in [*study.path.glob("runs/.*.tmp"), *study.path.glob("*/.*.tmp"), *study.path.glob(".*.tmp")]:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _check_paired(study: Study, runs: Mapping[tuple[str, int], str]) -> None:
    """Within a seed all runs started from the same weights, and all finished ones saw the same batches."""
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
    """Processes that suit this machine: one per core it may use, one alone on a GPU."""
    if device.startswith("cuda"):
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
