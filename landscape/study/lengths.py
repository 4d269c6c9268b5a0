"""Steps of the runs of a study whose budget is seconds of training or gradient evaluations.

Each method takes its own number, the same on every seed. It is decided once, before anything is trained, by the trial
of `zenith.train`, and kept in the store, so that a study which goes on does not measure again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from landscape._common.checksums import DamagedFileError
from landscape._common.files import read_record, write_record
from landscape.study.integrity import set_aside
from landscape.study.job_locks import once
from landscape.study.references import as_zenith_takes, label_of
from landscape.study.sources import task_identity
from landscape.study.spec import StudySpec, budget_words, loop_options
from landscape.study.store import Study, identity
from zenith import methods
from zenith.tasks import Data
from zenith.training.budget import Budget, gradient_evaluations_of, spending, steps_within
from zenith.training.train import measured_budget

__all__ = [
    "check_declared",
    "kept_lengths",
    "length_id",
    "measured_length",
    "recorded_lengths",
    "steps_of",
    "steps_words",
    "window_words",
]

FOLDER = "lengths"
NOT_COSTLY = ("lr", "window")
"""Settings that do not change what a step takes: all runs of a sweep or a tuning over them are of one length."""


def length_id(spec: StudySpec, method: str, device: str) -> str:
    """Return the name of the record of a method's steps: the method, and a hash of what the cost of a step depends on.

    Of the task too, for studies may share a store, and of the kind of device, not of the samples or the seed.
    """
    kind, amount = spec.budget
    settings, declared = _settings(spec, method), _declared(spec, method)
    costly = {key: value for key, value in settings.items() if key not in NOT_COSTLY}
    return f"{method}-" + identity(
        {
            "method": methods.identity(as_zenith_takes(spec, method)),
            kind: float(amount),
            "batch_size": spec.batch_size,
            "threads": spec.threads,
            "step": costly if declared is None else declared,
            "task": task_identity(spec),
            "device": device.partition(":")[0],
            **({"options": options} if (options := loop_options(spec)) else {}),
        }
    )


def _settings(spec: StudySpec, method: str) -> dict[str, Any]:
    return methods.resolve_settings(as_zenith_takes(spec, method), spec.settings_for(method))


def _declared(spec: StudySpec, method: str) -> float | None:
    return gradient_evaluations_of(spec.loaded_methods[method], _settings(spec, method))


def check_declared(spec: StudySpec, method: str) -> None:
    """Raise ValueError for a budget that allows a method no step, as far as that is known without a trial."""
    kind, amount = spec.budget
    if kind == "gradients" and _declared(spec, method) is not None:
        budget = Budget(kind, float(amount))
        with _naming(method):
            steps_within(budget, 1, spending(budget, spec.loaded_methods[method], _settings(spec, method)))


def measured_length(spec: StudySpec, method: str, data: Data, device: str) -> dict[str, Any]:
    """Return what decides the steps of a method's runs, as `zenith.Run.budget` has it, and ``total_steps``.

    Raises
    ------
    ValueError
        If the budget allows no step.
    """
    kind, amount = spec.budget
    with _naming(method):
        found = measured_budget(
            spec.loaded_task,
            as_zenith_takes(spec, method),
            spec.seeds[0],
            data=data,
            **{kind: float(amount)},
            batch_size=spec.batch_size,
            settings=spec.settings_for(method),
            device=device,
            options=loop_options(spec),
        )
    return {"method": method, **found}


@contextmanager
def _naming(method: str) -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise ValueError(f"method '{method}': {error}") from error


def recorded_lengths(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the records of a store that are not damaged."""
    found = {}
    for path in sorted((folder / FOLDER).glob("*.json")):
        with suppress(DamagedFileError):
            found[path.stem] = _record(path)
    return found


def _record(path: Path) -> dict[str, Any]:
    """Read the record of a method's steps, after comparing whose it is; older versions wrote only the steps."""
    record = read_record(path)
    if "name" in record:
        record = read_record(path, required=True)
        there = record.pop("name")
        if there != path.stem:
            raise DamagedFileError(path, f"it belongs elsewhere, it is the record of {there}")
    if not isinstance(record.get("total_steps"), int) or not isinstance(record.get("method"), str):
        raise DamagedFileError(path, "it is no record of a method's steps")
    return record


def kept_lengths(folder: Path, lengths: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Write the records that a store does not have; return those that it has by then."""
    there = recorded_lengths(folder)
    for name, record in lengths.items():
        path = folder / FOLDER / f"{name}.json"
        if name not in there:
            if path.exists():
                try:
                    _record(path)
                except DamagedFileError as error:
                    set_aside(folder, path, error)
            # Of two studies that measured it at once, the first decides for both.
            write = partial(write_record, path, {**record, "name": name})
            once(folder, [f"lengths-{name}"], path.exists, write)
    return {**lengths, **recorded_lengths(folder)}


def steps_of(study: Study) -> dict[str, int]:
    """Return the steps of each method's runs, as planned; nothing before they are decided."""
    if "total_steps" in study.provenance:
        return dict.fromkeys(study.spec.methods, int(study.provenance["total_steps"]))
    if (study.path / "study.nc").is_file():
        planned = study.tree["runs"]["total_steps"].isel(seed=0)
        return {name: int(planned.sel(optimizer=name)) for name in study.spec.methods}
    found = {each["method"]: int(each["total_steps"]) for each in recorded_lengths(study.root).values()}
    return {name: found[name] for name in study.spec.methods if name in found}


def steps_words(study: Study) -> str:
    """Return the steps of the runs in words, such as "230 steps" or "120 (LQA) to 230 (ZENITH) steps"."""
    steps = steps_of(study)
    if not steps:
        return f"{budget_words(study.spec)} in steps"
    few, many = min(steps, key=steps.__getitem__), max(steps, key=steps.__getitem__)
    if steps[few] == steps[many]:
        return f"{steps[few]} steps"
    return f"{steps[few]} ({label_of(few)}) to {steps[many]} ({label_of(many)}) steps"


def window_words(study: Study) -> str:
    """Return the window W of the runs in words, such as "50 steps" or "30 to 50 steps"."""
    windows = sorted({study.spec.window_for(each) for each in steps_of(study).values()})
    return f"{' to '.join(map(str, dict.fromkeys((windows[0], windows[-1]))))} steps" if windows else "a share of them"
