"""The pieces of work of a study, each under a name that everything which determines its numbers is hashed into."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from functools import lru_cache
from importlib import metadata
from pathlib import Path

import torch
import xarray as xr

from landscape.study.engine import Report
from landscape.study.files import read_tree, write_tree
from landscape.study.measures import measure_plane, measure_run, objectives
from landscape.study.missing import REASONS, SPECTRUM, Attempts, reason_of
from landscape.study.plan import Plan, load_data
from landscape.study.spectra import measure_spectrum
from landscape.study.store import Study, identity
from zenith import methods, tasks
from zenith.training import State, hash_state, initial_model, train

__all__ = [
    "measure_id",
    "measure_job",
    "plane_id",
    "plane_job",
    "run_id",
    "spectrum_job",
    "train_job",
]

_WRITE_EVERY = 2.0  # seconds of measuring that a kill may lose: small studies write nothing in between

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
    """Name of the measures of a run, and of the spectral density at its end point."""
    return f"{name}-{identity({'run': name, 'measure': plan.spec.as_dict()['measure']})}"


def plane_id(plan: Plan, seed: int) -> str:
    """Name of the plane of a seed's runs."""
    runs = [run_id(plan, method, seed) for method in plan.spec.methods]
    return f"seed{seed}-{identity({'runs': runs, 'measure': plan.spec.as_dict()['measure']})}"


@lru_cache(maxsize=256)
def _initial_weights(task: str, seed: int) -> str:
    # Covers the architecture and its initialisation, which no name or setting does.
    return hash_state(initial_model(tasks.get(task), seed))


# Jobs: module-level functions of picklable arguments --------------------------------------------------------------------


def train_job(out: str, data_root: str | None, device: str, method: str, seed: int, name: str, report: Report) -> None:
    """Train one run."""
    study, plan = _reopen(out, data_root, device)
    unfinished = study.path / "runs" / f".{name}.unfinished"  # which an interrupted run continues from
    with _threads(plan.spec.threads), _naming(f"{method} seed {seed} cannot be trained"):
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
            resume=unfinished,
            on_step=lambda step, total, loss, lr: report(1, f"{method} seed {seed}: loss {loss:.3g}, lr {lr:.3g}"),
        )
    study.write_run(name, run)
    unfinished.unlink(missing_ok=True)


def measure_job(out: str, data_root: str | None, device: str, name: str, report: Report) -> None:
    """Measure one run."""
    study, plan = _reopen(out, data_root, device)
    task, measure, whole = tasks.get(plan.spec.task), plan.spec.measure, measure_id(plan, name)
    kept = _Steps(study.path / "measures" / f".{whole}.unfinished")
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
            kept=kept,
        )
    study.write_measure("measures", whole, tree)
    kept.clear()


def plane_job(out: str, data_root: str | None, device: str, seed: int, report: Report) -> None:
    """Evaluate the plane of one seed's runs."""
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


def spectrum_job(out: str, data_root: str | None, device: str, name: str, report: Report) -> None:
    """Estimate the spectral density at the end point of a run."""
    study, plan = _reopen(out, data_root, device)
    states = _Checkpoints(study, name)
    with _threads(plan.spec.threads):
        train_objective, _ = objectives(tasks.get(plan.spec.task), plan.data, plan.spec.measure, torch.device(device))
        at, attempt = train_objective.at(states[max(states)]), Attempts()
        spectrum = attempt(SPECTRUM, lambda: measure_spectrum(at, plan.spec.measure))
    tree = xr.DataTree.from_dict(({} if spectrum is None else {"/": spectrum}) | attempt.groups())
    study.write_measure("spectra", measure_id(plan, name), tree)
    report(1, name.rsplit("-", 1)[0])


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
    """Datasets by step, each in a file of a folder; those of the last seconds are not written yet."""

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


def _reopen(out: str, data_root: str | None, device: str) -> tuple[Study, Plan]:
    study = Study.open(out)
    root = Path(data_root) if data_root else None
    return study, Plan(study.spec, study.path, root, device, load_data(study.spec.task, root))


@contextmanager
def _naming(what: str) -> Iterator[None]:
    """Say what failed where the weights, the data or the memory are to blame; errors of the program are left as they are."""
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
