"""The jobs of a study: its runs, measurements, planes and spectra by name, and which of them are to be done.

What runs a study and what says beforehand what it would do both ask here, so that they cannot disagree.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import xarray as xr

from landscape._common.checksums import DamagedFileError
from landscape.study.failures import failure_of
from landscape.study.plan import Plan, installed_version, trial_data
from landscape.study.references import as_zenith_takes
from landscape.study.sources import task_identity
from landscape.study.spec import loop_options
from landscape.study.store import POINTS, TUNED, Study, identity, point_name
from landscape.study.together import Run, is_together
from landscape.study.tuning import Trial, trials_of, tuned_spec, tuning_dataset
from zenith import methods
from zenith.tasks import Task
from zenith.training.train import hash_state, initial_model

__all__ = [
    "Figures",
    "Jobs",
    "Measuring",
    "Names",
    "Parts",
    "Training",
    "Trials",
    "measure_id",
    "measure_to_take",
    "outcome_of",
    "parts_of",
    "plane_id",
    "run_id",
    "tuned_parts",
]

Parts = Sequence[tuple[Study, Plan]]
"""Studies that share a store, that of the first: the points of a sweep, or the one study, at some settings."""
Names = Mapping[tuple[str, int], str]
"""By method and seed."""


def parts_of(study: Study, plan: Plan, found: Callable[[Plan], Study]) -> Parts:
    """Return the points of a sweep, or the study itself; `found` makes the study of a point's plan."""
    if not plan.spec.sweep:
        return [(study, plan)]
    plans = [plan.at(point, study.path / POINTS / point_name(at)) for at, point in plan.spec.points()]
    return [(found(there), there) for there in plans]


@dataclass(frozen=True)
class Training:
    """Runs that are trained in one stage.

    Attributes
    ----------
    every : dict of str to (int, str, int)
        Each run's part, method and seed; of several parts that need it, the first.
    untrained : dict
        Those of them that are not there.
    of_methods : dict of str to list of str
        The runs of each method.
    """

    every: dict[str, Run]
    untrained: dict[str, Run]
    of_methods: dict[str, list[str]]

    @classmethod
    def of(cls, study: Study, names: Sequence[Names]) -> Training:
        """Return the runs that the parts of a study have by these names."""
        every: dict[str, Run] = {}
        of_methods: dict[str, list[str]] = {}
        for i, of_part in enumerate(names):
            for (method, seed), name in of_part.items():
                every.setdefault(name, (i, method, seed))
                of_methods.setdefault(method, []).append(name)
        return cls(every, {name: run for name, run in every.items() if not study.has_sound_run(name)}, of_methods)


@dataclass(frozen=True)
class Measuring:
    """Measurements of runs; by their names, the part and the run of those that are to be made."""

    every: frozenset[str]
    unmeasured: dict[str, tuple[int, str]]


@dataclass(frozen=True)
class Figures:
    """Planes and spectra.

    Attributes
    ----------
    planes : list of dict of int to str
        Per part, by seed.
    undrawn : dict of str to (int, int, dict)
        Part, seed and runs by method of the planes that are to be evaluated.
    unknown : dict of str to (int, str)
        Part and run of the spectra that are to be estimated.
    there : int
        Planes and spectra that are not.
    """

    planes: list[dict[int, str]]
    undrawn: dict[str, tuple[int, int, dict[str, str]]]
    unknown: dict[str, tuple[int, str]]
    there: int

    def __len__(self) -> int:
        return len(self.undrawn) + len(self.unknown)


class Jobs:
    """What parts of a study consist of.

    Parameters
    ----------
    parts : Parts
    foreseen : bool
        Take each run that is not there for one that will be, and will finish; otherwise for one that failed.

    Attributes
    ----------
    runs, measures, spectra : list of dict of (str, int) to str
        Per part the names of runs, of their measurements, and of the spectral densities at their end points.
    """

    def __init__(self, parts: Parts, *, foreseen: bool = False) -> None:
        self.parts, self._study, self._foreseen = parts, parts[0][0], foreseen
        self.runs = [
            {(method, seed): run_id(plan, method, seed) for method in plan.spec.methods for seed in plan.spec.seeds}
            for _, plan in parts
        ]
        self.measures = [
            {key: measure_to_take(self._study, plan, name) for key, name in of_part.items()}
            for plan, of_part in self._plans(self.runs)
        ]
        self.spectra = [
            {
                key: name
                for key, name in of_part.items()
                if key[1] in plan.spec.seeds[: int(plan.slices) * plan.spec.measure.spectrum_seeds]
            }
            for plan, of_part in self._plans(self.measures)
        ]

    def _plans(self, of_parts: Sequence[Any]) -> Iterator[tuple[Plan, Any]]:
        yield from zip((plan for _, plan in self.parts), of_parts, strict=True)

    def training(self) -> Training:
        """Return the runs, and which of them are to be trained."""
        return Training.of(self._study, self.runs)

    @property
    def trained(self) -> list[dict[tuple[str, int], str]]:
        """Per part, the runs that are there."""
        has = self._study.has_run
        return [{key: n for key, n in of_part.items() if self._foreseen or has(n)} for of_part in self.runs]

    def measuring(self) -> Measuring:
        """Return the measurements, and which of them are to be made."""
        unmeasured: dict[str, tuple[int, str]] = {}
        for i, of_part in enumerate(self.trained):
            for key, run in of_part.items():
                name = self.measures[i][key]
                if name not in unmeasured and not self._study.has_complete_measure("measures", name):
                    unmeasured[name] = i, run
        return Measuring(frozenset(name for of_part in self.measures for name in of_part.values()), unmeasured)

    def figures(self) -> Figures:
        """Return planes and spectra; of runs that diverged there are none."""
        done, trained = self._study.has_complete_measure, self.trained
        planes: list[dict[int, str]] = []
        undrawn: dict[str, tuple[int, int, dict[str, str]]] = {}
        unknown: dict[str, tuple[int, str]] = {}
        there = set[tuple[str, str]]()
        for i, (plan, of_part) in enumerate(self._plans(trained)):
            planes.append({})
            for seed in plan.spec.seeds[: int(plan.slices) * plan.spec.measure.plane_seeds]:
                planes[i][seed] = name = plane_id(plan, seed, of_part)
                of_seed = {method: run for (method, its), run in of_part.items() if its == seed}
                if done("planes", name):
                    there.add(("planes", name))
                elif any(map(self._finishes, of_seed.values())):
                    undrawn.setdefault(name, (i, seed, of_seed))
            for key, name in self.spectra[i].items():
                if key in of_part and self._finishes(of_part[key]):
                    if done("spectra", name):
                        there.add(("spectra", name))
                    else:
                        unknown.setdefault(name, (i, of_part[key]))
        return Figures(planes, undrawn, unknown, len(there))

    def _finishes(self, run: str) -> bool:
        if self._foreseen and not self._study.has_run(run):
            return True
        try:
            return bool(self._study.read_run(run)["status"] == "finished")
        except DamagedFileError:
            if self._foreseen:  # it will be trained again
                return True
            raise


# Tuning ---------------------------------------------------------------------------------------------------------------


class Trials:
    """The trials of tunings, one of each part.

    Attributes
    ----------
    shared : Parts
        One part for each trial.
    runs : list of dict of (str, int) to str
        The names of its runs.
    """

    def __init__(self, parts: Parts) -> None:
        tuning = parts[0][1].spec.tuning
        assert tuning is not None
        self._of_parts, self._tuning = parts, tuning
        self._data = [trial_data(plan.spec.loaded_task, plan.data_root, tuning.validation) for _, plan in parts]
        trials = [(i, trial) for i, (_, plan) in enumerate(parts) for trial in trials_of(plan.spec)]
        self._trials: list[tuple[int, Trial]] = trials
        self.shared: Parts = [
            (parts[i][0], replace(parts[i][1], spec=trial.spec, data=self._data[i], trials=tuning.validation))
            for i, trial in trials
        ]
        self.runs: list[Names] = [
            {(trial.method, seed): run_id(plan, trial.method, seed) for seed in tuning.seeds}
            for (_, trial), (_, plan) in zip(trials, self.shared, strict=True)
        ]

    def training(self) -> Training:
        """Return the runs of the trials, and which of them are to be trained."""
        return Training.of(self._of_parts[0][0], self.runs)

    def found(self) -> list[xr.Dataset]:
        """Return what the trials of each part came to, and chose."""
        study = self._of_parts[0][0]
        outcomes: list[dict[str, list[dict[str, Any]]]] = [{} for _ in self._of_parts]
        for (i, trial), names in zip(self._trials, self.runs, strict=True):
            outcomes[i].setdefault(trial.method, []).append(
                {"settings": trial.settings, "run_id": list(names.values())} | outcome_of(study, list(names.values()))
            )
        higher = self._of_parts[0][1].spec.loaded_task.metric.higher_is_better
        return [
            tuning_dataset(plan.spec, outcome, higher, len(data.test))
            for (_, plan), outcome, data in zip(self._of_parts, outcomes, self._data, strict=True)
        ]


def tuned_parts(
    parts: Parts, found: Sequence[xr.Dataset] | None, made: Callable[[Plan], Study]
) -> Sequence[tuple[Study, Plan]]:
    """Return the parts at the settings that tunings chose; at those as given where it is not known what they choose."""
    out = []
    for i, (part, plan) in enumerate(parts):
        spec = plan.spec.derived(tuning=None) if found is None else tuned_spec(plan.spec, found[i])
        there = replace(plan, spec=spec, out=part.path / POINTS / TUNED, slices=False)
        out.append((made(there), there))
    return out


def outcome_of(study: Study, names: Sequence[str]) -> dict[str, list[Any]]:
    """Return what a trial came to, on each of its seeds."""
    out: dict[str, list[Any]] = {"metric": [], "loss": [], "seconds": [], "steps": [], "failed_because": []}
    for name in names:
        if not study.has_run(name):
            for key in ("metric", "loss", "seconds"):
                out[key].append(math.nan)
            out["steps"].append(0.0)
            out["failed_because"].append((failure_of(study, "runs", name) or {}).get("reason", ""))
            continue
        record, epochs = study.read_run(name), study.read_trace(name)["epochs"].to_dataset()
        finished = record["status"] == "finished"
        for key, column in (("metric", "test_metric"), ("loss", "test_loss")):
            out[key].append(float(epochs[column].isel(epoch=-1)) if finished else math.nan)
        out["seconds"].append(float(record["training_seconds"]))
        out["steps"].append(float(record["steps_taken"]))
        out["failed_because"].append("")
    return out


# Names ----------------------------------------------------------------------------------------------------------------


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
            **plan.budget(method),
            "batch_size": spec.batch_size,
            "window": plan.window(method),
            "checkpoints": spec.checkpoints,
            "threads": spec.threads,
            "device": plan.device.split(":")[0],
            "torch": installed_version("torch"),
            **({"together": "compiled" if plan.compiled else True} if is_together(plan, method) else {}),
            **({"options": options} if (options := loop_options(spec)) else {}),
        }
    )


def _measured(plan: Plan) -> dict[str, Any]:
    """Return what is measured, as far as it determines numbers; that products are not compiled goes without saying."""
    given = plan.measure.as_dict()
    return given if given["compiled"] else {key: value for key, value in given.items() if key != "compiled"}


def measure_id(plan: Plan, name: str) -> str:
    """Return the name of a run's measurements, also that of the spectral density at its end point."""
    return f"{name}-{identity({'run': name, 'measure': _measured(plan)})}"


def measure_to_take(study: Study, plan: Plan, name: str) -> str:
    """Return the name of a run's measurements, or of those without lines where these suffice and no others exist."""
    whole = measure_id(plan, name)
    if plan.slices or study.has_complete_measure("measures", whole):
        return whole
    return f"{name}-{identity({'run': name, 'measure': _measured(plan), 'lines': False})}"


def plane_id(plan: Plan, seed: int, trained: Mapping[tuple[str, int], str] | None = None) -> str:
    """Return the name of the plane of a seed's runs, or of those that are there."""
    if trained is None:
        trained = {(method, seed): run_id(plan, method, seed) for method in plan.spec.methods}
    runs = [trained[method, seed] for method in plan.spec.methods if (method, seed) in trained]
    return f"seed{seed}-{identity({'runs': runs, 'measure': _measured(plan)})}"


_WEIGHTS: dict[tuple[int, int], tuple[Task, str]] = {}
"""Hashes of initial weights, by the task's address, which it keeps for as long as it is held here, and seed."""


def _initial_weights(task: Task, seed: int) -> str:
    # Covers the architecture and its initialisation, which no name or setting does.
    if (id(task), seed) not in _WEIGHTS:
        _WEIGHTS[id(task), seed] = task, hash_state(initial_model(task, seed))
    return _WEIGHTS[id(task), seed][1]
