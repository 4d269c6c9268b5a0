"""Checks of specs, before any work starts; of those of stores too, of which nothing is loaded."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from landscape.study.limits import check_runs, is_integer, is_number, plain, positive, shown, whole
from landscape.study.measure_spec import MeasureSpec
from landscape.study.references import as_zenith_takes
from landscape.study.tuning import check_tuning, trials_of
from zenith import methods as table
from zenith._common.names import check_file_name, unknown_keys
from zenith.tasks import Task
from zenith.training.checks import check_method
from zenith.training.options import LoopOptions

if TYPE_CHECKING:
    from landscape.study.spec import StudySpec

__all__ = ["check_spec", "check_stored", "saying"]

BUDGETS = ("epochs", "steps", "seconds", "gradients")
"""Keys that say how long a run is; one of them is given."""
SCALARS = (*BUDGETS, "batch_size", "learning_rate", "window", "checkpoints", "threads")
"""Keys that may be swept by giving a list."""
LOOP = ("amp", "channels_last", "compile", "accumulate", "clip_norm", "update_norm_every")
"""Options of the training loop that a spec gives as such."""
ELSEWHERE = {
    "evaluate_every": "it is a key of the spec itself: write it there",
    "batchnorm_samples": "it belongs to what is measured: write [measure] batchnorm_samples",
    "data_parallel": "a study trains each run in one process: leave it out",
}


def check_spec(spec: StudySpec) -> None:
    """Raise ValueError for the first value of a spec that cannot be; its task and methods are loaded for that."""
    _check_types(spec)
    _ = spec.loaded_task
    check_file_name(spec.name, "the study")
    if len(spec.methods) < 2 or len(set(spec.methods)) < len(spec.methods):
        raise ValueError(
            f"methods must be at least two different ones, got {list(spec.methods)}: give a list such as "
            f"['zenith', 'cosine']"
        )
    unknown_keys(spec.settings, spec.methods, "[settings]")
    _check_sweep(spec)
    positive("learning_rate", spec.learning_rate)  # which becomes a setting of the methods
    for method in spec.methods:
        table.resolve_settings(as_zenith_takes(spec, method), spec.settings_for(method))
    _check_values(spec)
    for method in spec.methods:
        check_method(spec.loaded_methods[method], LoopOptions.of(spec.options))
    spec.engine.check()
    for method in spec.methods:
        _check_settings(spec, method)
    if spec.tuning is not None:
        check_tuning(spec)
        for trial in trials_of(spec):
            with saying(f"the tuning of method '{trial.method}' cannot try", trial.settings):
                _check_settings(trial.spec, trial.method)
    for at, point in spec.points() if spec.sweep else ():
        with saying("the sweep cannot have", at):
            check_spec(point)


@contextmanager
def saying(what: str, values: Mapping[str, Any]) -> Iterator[None]:
    """Say which values a ValueError of the block is of: a point of a sweep, or a trial of a tuning."""
    try:
        yield
    except ValueError as error:
        said = ", ".join(f"{key} = {value}" for key, value in values.items())
        raise ValueError(f"{what} {said}: {error}" if said else f"{error}") from error


def _check_settings(spec: StudySpec, method: str) -> None:
    settings = spec.settings_for(method)
    if "lr" in settings:
        positive(f"lr of method '{method}'", settings["lr"])
    if "window" in settings:
        whole(f"window of method '{method}'", settings["window"], 1, key="window")


def _check_values(spec: StudySpec) -> None:
    """Check what is known without task and methods."""
    if spec.focus not in spec.methods:
        raise ValueError(
            f"focus '{spec.focus}' is not among the methods {list(spec.methods)}: add it, or choose one of them "
            f"(focus, or --focus)"
        )
    valid = isinstance(spec.seeds, (tuple, list)) and all(is_integer(s, 0) and s < 2**63 for s in spec.seeds)
    given = list(spec.seeds) if isinstance(spec.seeds, tuple) else spec.seeds
    if not spec.seeds or not valid or len(set(spec.seeds)) < len(spec.seeds):
        raise ValueError(f"seeds must be different whole numbers from 0 (or how many), got {shown(given)}")
    counts = [len(values) for values in spec.sweep.values()]
    times = 1 + sum(counts) - len(counts) if spec.one_at_a_time else math.prod(counts)
    check_runs(len(spec.methods), len(spec.seeds), times, "points")
    given_budgets = {name: getattr(spec, name) for name in BUDGETS if getattr(spec, name) is not None}
    if len(given_budgets) > 1:
        said = " and ".join(f"{name} = {value}" for name, value in given_budgets.items())
        raise ValueError(f"a run has one budget, got {said}: give one of {', '.join(BUDGETS)}")
    for name in given_budgets:
        if name in ("epochs", "steps"):
            whole(name, getattr(spec, name), 1)
        else:
            positive(name, getattr(spec, name))
    for name in ("batch_size", "checkpoints", "threads"):
        whole(name, getattr(spec, name), 1)
    if spec.evaluate_every is not None:
        whole("evaluate_every", spec.evaluate_every, 1)
    if not isinstance(spec.seeds_together, bool) and spec.seeds_together not in ("compiled", "uncompiled"):
        raise ValueError(
            f"seeds_together must be true or false, got {shown(spec.seeds_together)}; 'compiled' and 'uncompiled' are "
            f"true, and say whether batched models are compiled"
        )
    if spec.window != "auto":
        if not is_integer(spec.window, 1):
            raise ValueError(f'window must be a whole number of steps from 1, or "auto", got {shown(spec.window)}')
        whole("window", spec.window, 1)
    positive("learning_rate", spec.learning_rate)
    target = spec.target
    if target is not None and not is_number(target):
        raise ValueError(f"target must be a value of the test metric, got {shown(target)}")
    _check_options(spec)
    spec.measure.check("measure.")


def _check_options(spec: StudySpec) -> None:
    for name in ELSEWHERE.keys() & spec.options.keys():
        raise ValueError(f"options.{name} is {shown(spec.options[name])}, but {ELSEWHERE[name]}")
    unknown_keys(spec.options, LOOP, "[options]")
    for name, value in spec.options.items():
        if value is None:
            raise ValueError(f"options.{name} is None, which no file of a spec can hold: leave it out")
        plain(f"options.{name}", value)
    try:
        options = LoopOptions.of(spec.options)
    except ValueError as error:
        raise ValueError(f"options.{error}") from error
    if options.compile and spec.seeds_together:
        raise ValueError(
            f"options.compile is {shown(options.compile)}, but seeds_together says whether models that are trained "
            f"together are compiled: leave options.compile out, and write seeds_together = 'compiled'"
        )


def check_stored(spec: StudySpec, where: str) -> None:
    """Check the spec of a store, of which nothing is loaded: whoever opens a folder does not run the code in it."""
    _check_types(spec)
    for name in spec.methods:
        check_file_name(name, f"a method in '{where}'")
    for key, values in spec.sweep.items():
        if not isinstance(values, tuple) or not all(is_number(v) for v in values) or not values:
            raise ValueError(f"{key} is swept over {shown(values)} in '{where}', which is no list of numbers")
    _check_values(spec)


def _check_sweep(spec: StudySpec) -> None:
    for key, values in spec.sweep.items():
        first, _, rest = key.partition(".")
        if first == "measure":
            unknown_keys([rest], tuple(f.name for f in dataclasses.fields(MeasureSpec)), "[measure] of the sweep")
        elif first == "task_settings":
            unknown_keys([rest], spec.loaded_task.options, "[task_settings] of the sweep")
        elif first == "options":
            unknown_keys([rest], LOOP, "[options] of the sweep")
        elif first == "settings":
            unknown_keys([rest.rpartition(".")[0]], spec.methods, f"the swept key {key!r}")
        elif key not in SCALARS and not any(key in spec.loaded_methods[name].defaults for name in spec.methods):
            raise ValueError(
                f"the swept key {key!r} is neither a number of the spec ({', '.join(SCALARS)}) nor a setting of any of "
                f"the methods {list(spec.methods)}: correct it, or leave it out"
            )
        numbers = isinstance(values, tuple) and all(is_number(v) for v in values)
        if not numbers or len(values) < 2 or len(set(values)) < len(values):
            given = list(values) if isinstance(values, tuple) else values
            raise ValueError(f"{key} is swept over {shown(given)}: give a list of at least two different numbers")


def _check_types(spec: StudySpec) -> None:
    for name in ("name", "focus"):
        if not isinstance(getattr(spec, name), str):
            raise ValueError(f"{name} must be text, got {getattr(spec, name)!r}")
    if not isinstance(spec.task, (str, Task)):
        raise ValueError(
            f"task must be text or a zenith.Task, got {spec.task!r}: give a name of zenith.tasks.names(), "
            f"'file.py:name', or a Task"
        )
    if not isinstance(spec.one_at_a_time, bool):
        raise ValueError(f"one_at_a_time must be true or false, got {spec.one_at_a_time!r}")
    for name, value in spec.task_settings.items():
        if value is None:
            raise ValueError(f"task_settings.{name} is None, which no file of a spec can hold: leave it out")
        plain(f"task_settings.{name}", value)
    for method, settings in spec.settings.items():
        if not isinstance(settings, Mapping):
            raise ValueError(f"settings.{method} must be a table, got {settings!r}: write [settings.{method}]")
        for name, value in settings.items():
            plain(f"{name} of method '{method}'", value)
