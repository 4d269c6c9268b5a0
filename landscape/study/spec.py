"""Specs of studies: read from TOML, checked, and written back with all defaults explicit."""

from __future__ import annotations

import dataclasses
import itertools
import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import InitVar, dataclass, field
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any

from landscape._common.guesses import guessable, guessable_class
from landscape.study.engines.spec import EngineSpec
from landscape.study.limits import shown, whole
from landscape.study.measure_spec import MeasureSpec
from landscape.study.references import (
    absolute,
    in_session,
    method_of,
    read_methods,
    relative,
    task_of,
    task_options,
)
from landscape.study.spec_checks import BUDGETS, SCALARS, check_spec, check_stored
from landscape.study.tuning import TuningSpec
from zenith._common.names import check_file_name, lookup, unknown_keys
from zenith.methods import Method
from zenith.tasks import Task
from zenith.tasks.task_options import takes_list
from zenith.training.options import LoopOptions

__all__ = [
    "StudySpec",
    "budget_words",
    "load_spec",
    "loop_options",
    "packaged_specs",
    "read_seeds",
]

LARGEST_FILE = 10_000_000
"""Bytes of a spec."""
DEFAULT_EPOCHS = 10
OF_TASK, OF_LOOP = "task_settings.", "options."
_LOADED = frozenset({"loaded_task", "loaded_methods"})


@guessable_class
@dataclass(frozen=True, kw_only=True)
class StudySpec:
    """Everything that determines a study besides the data.

    Attributes
    ----------
    name : str
        The study's own name.
    task : str or Task
        A name of `zenith.tasks.names()`, ``"file.py:name"``, ``"package.module:name"``, or a `zenith.Task`.
    task_settings : dict of str to object
        Options of the task: keywords of the function that makes it.
    methods : tuple of str
        What is compared, by name. Given as a list of names of `zenith.methods.names()`, references like
        ``"file.py:my_adam"``, `zenith.Method` objects and pairs ``(name, make)`` of which ``make(params, lr)`` returns
        a `torch.optim.Optimizer`; or as a mapping of names to settings, of which ``make`` says where the method is
        from.
    focus : str
        The method every other one is compared with; "zenith" by default, or the first method where that is not there.
    seeds : tuple of int
        One pair of runs per seed; a number means so many, counted from 0.
    epochs, steps, seconds, gradients : int or float
        The budget of every run, one of them: passes over the training set, steps, seconds of training, or gradient
        evaluations (forward and backward passes over a batch, halved). 10 epochs if none is given. Within seconds or
        gradient evaluations each method takes its own number of steps, the same on every seed, which a short trial
        decides before anything is trained, as in `zenith.train`; the store keeps it.
    batch_size : int
        Samples of a step.
    learning_rate : float
        Base LR (eta0) of every method of the families "automatic" and "schedule", and of those of your own that give
        `lr` no default.
    target : float, optional
        A value of the test metric; the report then has the time and the gradient evaluations that each run took to
        reach it.
    window : int or "auto"
        W of ZENITH and of the recorded mu and Z; "auto" is 5 % of the step budget, at most the paper's 500.
    checkpoints : int
        How often the weights are kept and measured along a run.
    evaluate_every : int, optional
        Evaluate losses and metrics after every so many steps of an epoch, counted anew in each, as well as at its end;
        if no epoch has more steps, after as many whole epochs as have so many. By default after every epoch.
    options : dict of str to object
        How a step is computed, as of `zenith.LoopOptions`: ``amp``, ``channels_last``, ``compile``, ``accumulate``,
        ``clip_norm`` and ``update_norm_every``, of all methods. They are for training; curvature is measured of the
        loss in full precision.
    threads : int
        CPU threads of one run. Part of the spec because it changes the rounding.
    seeds_together : bool or {"compiled", "uncompiled"}
        Train the seeds of each method, or of all methods that step as SGD does, as one batched model, as
        `zenith.train_seeds` does, and likewise the trials of a tuning: two to three times faster on the digits CNN,
        with the same numbers up to rounding, which makes them other runs. What cannot be trained so is trained one run
        after another, and the report says which. Batched models are compiled where a trial shows that it pays for the
        work to come, or as these values say; a study goes on as it began.
    settings : dict of str to dict
        Overrides per method.
    makes : dict of str to str, Method or callable
        Where methods are from that are not built in; read from `methods`.
    sweep : dict of str to tuple
        Values of each swept key, as ``{"learning_rate": (0.01, 0.1)}``: a list in place of any number above, or of a
        method's setting, comes here. Keys are those of the spec, ``settings.METHOD.KEY``, ``measure.KEY``,
        ``task_settings.KEY``, ``options.KEY``, or a setting, which is then swept for every method that has it. The
        study is a grid of all combinations.
    one_at_a_time : bool
        Vary one swept key at a time, the others at their first values, instead of a grid of all combinations.
    tuning : TuningSpec, optional
        How each method is tuned; without it, nothing is. The study then has each method at its own best as well.
    measure : MeasureSpec
        What is measured.
    engine : EngineSpec or str
        Where the runs are trained and measured; the numbers do not depend on it, and a store does not keep it.
    store : path, optional
        Folder in which runs, and what is measured on them, are kept for all studies that name it; each is trained and
        measured once. In the study's own folder by default, which otherwise has the rest. ``study.json`` says where it
        is, so it need not be named again.
    check : bool
        False reads a spec whose task and methods may be absent here, as a store does.

    Examples
    --------
    >>> spec = ls.StudySpec(name="a", task="digits", methods=["zenith", "cosine"], seeds=3, learning_rate=[0.1, 0.2])
    >>> spec.seeds, spec.sweep
    ((0, 1, 2), {'learning_rate': (0.1, 0.2)})
    """

    name: str
    task: str | Task
    task_settings: dict[str, Any] = field(default_factory=dict)
    methods: tuple[str, ...] = ("zenith", "constant", "step", "exponential", "polynomial", "cosine")
    focus: str = ""
    seeds: tuple[int, ...] = (0, 1, 2)
    epochs: int | None = None
    steps: int | None = None
    seconds: float | None = None
    gradients: float | None = None
    batch_size: int = 64
    learning_rate: float = 0.1
    window: int | str = "auto"
    target: float | None = None
    checkpoints: int = 10
    evaluate_every: int | None = None
    options: dict[str, Any] = field(default_factory=dict)
    threads: int = 1
    seeds_together: bool | str = False
    settings: dict[str, dict[str, Any]] = field(default_factory=dict)
    makes: dict[str, Any] = field(default_factory=dict)
    sweep: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    one_at_a_time: bool = False
    tuning: TuningSpec | None = None
    measure: MeasureSpec = field(default_factory=MeasureSpec)
    engine: EngineSpec = field(default_factory=EngineSpec)
    store: str | None = None
    check: InitVar[bool] = True

    def __post_init__(self, check: bool) -> None:
        _read(self, check)
        if check:
            check_spec(self)

    def __getstate__(self) -> dict[str, Any]:
        return {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}  # without what was loaded

    @property
    def task_name(self) -> str:
        """What to call the task; nothing is loaded."""
        if not isinstance(self.task, str):
            return self.task.name
        return self.task.strip("<>").rpartition(":")[2]

    @cached_property
    def loaded_task(self) -> Task:
        """The task itself."""
        return task_of(self.task, self.task_settings)

    @cached_property
    def loaded_methods(self) -> dict[str, Method]:
        """The methods themselves, by name."""
        return {name: method_of(name, self.makes.get(name)) for name in self.methods}

    @property
    def budget(self) -> tuple[str, int | float]:
        """Which budget a run has, and how much of it."""
        return next((name, getattr(self, name)) for name in BUDGETS if getattr(self, name) is not None)

    def window_for(self, total_steps: int) -> int:
        """Return the window W in steps for a budget of `total_steps`."""
        if isinstance(self.window, str):
            return min(500, max(1, total_steps // 20))
        return self.window

    def settings_for(self, method: str) -> dict[str, Any]:
        """Return the settings of one method: the study's learning rate where it applies, then the overrides."""
        base = {"lr": self.learning_rate} if self.loaded_methods[method].shares_lr else {}
        return {**base, **self.settings.get(method, {})}

    @property
    def grid(self) -> tuple[dict[str, Any], ...]:
        """The swept values of each point of a sweep, which are known without its task and methods; else one point."""
        if self.one_at_a_time:
            base = {key: values[0] for key, values in self.sweep.items()}
            return base, *(base | {key: value} for key, values in self.sweep.items() for value in values[1:])
        every = itertools.product(*self.sweep.values())
        return tuple(dict(zip(self.sweep, values, strict=True)) for values in every)

    def points(self) -> tuple[tuple[dict[str, Any], StudySpec], ...]:
        """Return the grid of a sweep: the swept values of each point, and its spec; without a sweep, the spec alone."""
        if not self.sweep:
            return (({}, self),)
        return tuple((at, _at(self, at)) for at in self.grid)

    def as_dict(self, base: Path | None = None) -> dict[str, Any]:
        """Return plain dicts, lists and scalars, as written to ``study.toml``.

        An object of a Python session stands as its name in angle brackets. Paths of files are relative to `base`, if it
        is given, and absolute otherwise.
        """
        out = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        task = self.task if isinstance(self.task, str) else self.task.name
        out |= {
            "task": _written(task, self.task, base),
            "methods": list(self.methods),
            "seeds": list(self.seeds),
            "settings": {name: dict(own) for name, own in self.settings.items()},
            "measure": self.measure.as_dict(),
            "task_settings": dict(self.task_settings) or None,
            "options": dict(self.options) or None,
        }
        makes, sweep, tuning, *_ = (out.pop(key) for key in ("makes", "sweep", "tuning", "engine", "store"))
        if makes:
            made = {name: {"make": written_make(self, name, base)} for name in makes}
            out["methods"] = {name: made.get(name, {}) | out["settings"].get(name, {}) for name in self.methods}
            out["settings"] = {}
        if tuning is not None:
            out["tuning"] = tuning.as_dict()
        if sweep:
            out["sweep"] = {key: list(values) for key, values in sweep.items()}
        return {key: value for key, value in out.items() if value is not None}

    def derived(self, **changes: Any) -> StudySpec:
        """Return a copy with some keys changed, whose task and methods are not loaded or checked again."""
        other = dataclasses.replace(self, **changes, check=False)
        kept = {"loaded_methods"} if changes.get("task_settings", self.task_settings) != self.task_settings else _LOADED
        other.__dict__.update({key: vars(self)[key] for key in kept if key in vars(self)})
        return other

    def replace(self, **changes: Any) -> StudySpec:
        """Return a copy with some keys changed, checked like any other spec."""
        if any(name in changes for name in BUDGETS):
            changes = dict.fromkeys(BUDGETS) | changes
        given = set(changes)
        for prefix, old in ((OF_TASK, self.task_settings), (OF_LOOP, self.options)):
            new = dict(changes.get(prefix[:-1]) or {})
            given |= {f"{prefix}{key}" for key, value in new.items() if value != old.get(key)}
        for key in given & self.sweep.keys():
            changes.setdefault("sweep", {name: values for name, values in self.sweep.items() if name != key})
        return dataclasses.replace(self, **changes)


def _written(name: str, value: Any, base: Path | None) -> str:
    """Return how a store writes a task, or where a method is from."""
    if not isinstance(value, str):
        return in_session(name)
    return relative(value, base) if base is not None else value


def written_make(spec: StudySpec, name: str, base: Path | None = None) -> str:
    """Return how a store writes where a method is from; "" for a built-in one."""
    return _written(name, spec.makes[name], base) if name in spec.makes else ""


def loop_options(spec: StudySpec) -> dict[str, Any]:
    """Return the options of the training loop that differ from its defaults."""
    measure = spec.measure
    return {
        **LoopOptions.of(spec.options).changed(),
        **({"evaluate_every": spec.evaluate_every} if spec.evaluate_every is not None else {}),
        **({"batchnorm_samples": measure.batchnorm_samples} if measure.batchnorm == "recomputed" else {}),
    }


def budget_words(spec: StudySpec) -> str:
    """Return the budget of a run in words, such as "10 epochs"."""
    kind, amount = spec.budget
    words = {"seconds": "s of training", "gradients": "gradient evaluations"}.get(kind, kind)
    return f"{amount:g} {words}"


@guessable
def packaged_specs() -> tuple[str, ...]:
    """Names of the studies that come with the package."""
    folder = resources.files("landscape.study") / "specs"
    return tuple(sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml")))


@guessable
def load_spec(source: str | Path, *, check: bool = True) -> StudySpec:
    """Read a spec: the name of a packaged study, or the path of a TOML file.

    Paths in a file start from its folder.

    Parameters
    ----------
    source : str or path
    check : bool
        False for the spec of a store, whose task and methods may be absent here.

    Raises
    ------
    ValueError
        For an unknown name or key (naming the nearest valid one), a value out of range, or a file that is not TOML.
    FileNotFoundError
        If `source` ends in ``.toml`` and there is no such file.
    """
    text = str(source)
    base = Path.cwd()
    if text.endswith(".toml"):
        path = Path(text)
        if not path.is_file():
            raise FileNotFoundError(
                f"no spec at '{path}': write one there, or name one of {', '.join(packaged_specs())}"
            )
        if path.stat().st_size > LARGEST_FILE:
            raise ValueError(
                f"'{source}' has {path.stat().st_size:,} bytes, and no spec has more than {LARGEST_FILE:,}"
            )
        raw, base = path.read_bytes().decode("utf-8", errors="replace"), path.resolve().parent
    else:
        if text.startswith("papers/"):
            raise ValueError(
                f"'{text}' consists of several studies: run it with landscape study {text}, or ls.run_paper('{text}')"
            )
        if "/" in text or Path(text).is_dir():
            raise ValueError(
                f"'{text}' is no spec: name a packaged study ({', '.join(packaged_specs())}) or a .toml file"
            )
        lookup({name: name for name in packaged_specs()}, text, "study")
        raw = (resources.files("landscape.study") / "specs" / f"{text}.toml").read_text(encoding="utf-8")
    try:
        parsed = tomllib.loads(raw)
    except RecursionError:
        raise ValueError(
            f"'{source}' has lists or tables in each other deeper than Python reads: flatten them"
        ) from None
    except ValueError as error:  # also of a number of thousands of digits
        raise ValueError(f"'{source}' is not valid TOML ({error}): correct that line") from error
    return spec_from_dict(parsed, where=text, base=base, check=check)


def spec_from_dict(given: Mapping[str, Any], where: str, base: Path | None = None, *, check: bool = True) -> StudySpec:
    """Build a spec from a parsed TOML table; `where` names it in messages, paths of files start from `base`."""
    given, base = dict(given), Path.cwd() if base is None else base
    keys = tuple(f.name for f in dataclasses.fields(StudySpec) if f.name != "makes")
    unknown_keys(given, keys, f"'{where}'")
    for required in ("name", "task"):
        if required not in given:
            raise ValueError(f"'{where}' has no '{required}': add {required} = \"...\"")
    given["measure"] = _table(MeasureSpec, given.get("measure", {}), "measure", where)
    if isinstance(given["task"], str):
        given["task"] = absolute(given["task"], base)
    if "methods" in given:
        given["methods"] = _absolute_methods(given["methods"], base)
    if isinstance(given.get("store"), str) and given["store"]:
        given["store"] = str(base / given["store"])
    if "engine" in given and not isinstance(given["engine"], str):
        given["engine"] = _table(EngineSpec, given["engine"], "engine", where)
    if "tuning" in given:
        given["tuning"] = _table(TuningSpec, given["tuning"], "tuning", where)
    if not check and isinstance(given.get("methods"), list):
        for name in given["methods"]:
            check_file_name(name, f"a method in '{where}'")  # no reference either, of which the code would run
    spec = StudySpec(**given, check=check)
    if not check:
        check_stored(spec, where)
    return spec


def _table(kind: type[Any], given: Any, key: str, where: str = "") -> Any:
    """Return a table of a spec as the object of its kind."""
    place = f" in '{where}'" if where else ""
    if not isinstance(given, Mapping):
        raise ValueError(
            f"{key}{place} must be a table, got {given!r}: write [{key}], empty for defaults, or give an "
            f"ls.{kind.__name__}(...)"
        )
    unknown_keys(
        given, tuple(f.name for f in dataclasses.fields(kind)), f"[{key}]" + (f" of '{where}'" if where else "")
    )
    return kind(**given)


def _absolute_methods(given: Any, base: Path) -> Any:
    if isinstance(given, Mapping):
        return {
            name: {**own, "make": absolute(own["make"], base)}
            if isinstance(own, Mapping) and isinstance(own.get("make"), str)
            else own
            for name, own in given.items()
        }
    if isinstance(given, list):
        return [absolute(item, base) if isinstance(item, str) else item for item in given]
    return absolute(given, base) if isinstance(given, str) else given


def read_seeds(seeds: Any) -> Any:
    """Return seeds as a tuple: a number means so many, counted from 0."""
    if isinstance(seeds, int) and not isinstance(seeds, bool):
        whole("seeds", max(seeds, 0), 0)
        return tuple(range(seeds))
    return tuple(seeds) if isinstance(seeds, (list, range)) else seeds


def _read(spec: StudySpec, check: bool) -> None:
    """Bring what users may give in several forms into the one of the attributes.

    Without `check` no code of a file runs: a store has its sweep apart, so that a list in its settings is one value.
    """
    names, makes, own = read_methods(spec.methods, spec.makes)
    if not isinstance(spec.settings, Mapping):
        raise ValueError(f"settings must be a table per method, got {spec.settings!r}: write [settings.METHOD]")
    settings = {name: dict(each) if isinstance(each, Mapping) else each for name, each in spec.settings.items()}
    for name, each in own.items():
        settings[name] = {**settings.get(name, {}), **each}
    task = absolute(spec.task, Path.cwd()) if isinstance(spec.task, str) else spec.task
    if not isinstance(spec.task_settings, Mapping):
        raise ValueError(f"task_settings must be a table, got {shown(spec.task_settings)}: write [task_settings]")
    if not isinstance(spec.options, Mapping):
        raise ValueError(f"options must be a table, got {shown(spec.options)}: write [options]")
    of_task, of_loop = dict(spec.task_settings), dict(spec.options)
    values: dict[str, Any] = {"methods": names, "makes": makes, "task": task}
    values |= {"task_settings": of_task, "options": of_loop}
    if spec.focus == "" and names:
        values["focus"] = "zenith" if "zenith" in names else names[0]
    values["seeds"] = read_seeds(spec.seeds)
    if not isinstance(spec.measure, MeasureSpec):
        values["measure"] = _table(MeasureSpec, spec.measure, "measure")
    if spec.tuning is not None and not isinstance(spec.tuning, TuningSpec):
        values["tuning"] = _table(TuningSpec, spec.tuning, "tuning")
    if isinstance(spec.store, (str, os.PathLike)) and spec.store != "":
        values["store"] = str(Path(spec.store).absolute())
    elif spec.store is not None:
        raise ValueError(f"store must be the path of a folder, got {shown(spec.store)}")
    if isinstance(spec.engine, str):
        values["engine"] = EngineSpec(name=spec.engine)
    elif not isinstance(spec.engine, EngineSpec):
        values["engine"] = _table(EngineSpec, spec.engine, "engine")
    if not isinstance(spec.sweep, Mapping):
        raise ValueError(f"sweep must be a table of lists, got {spec.sweep!r}: write [sweep] with its keys below")
    sweep = {key: tuple(v) if isinstance(v, (list, tuple)) else v for key, v in spec.sweep.items()}
    for key in SCALARS:
        value = getattr(spec, key)
        if isinstance(value, (list, tuple)):
            sweep[key] = tuple(value)
            values[key] = value[0] if value else value
    for name, each in settings.items():
        for key, value in each.items() if isinstance(each, Mapping) else ():
            if check and isinstance(value, (list, tuple)) and not _takes_list(name, makes, key, value):
                sweep[f"settings.{name}.{key}"] = tuple(value)
                each[key] = value[0] if value else value
    for key, value in of_task.items():
        if check and isinstance(value, (list, tuple)) and not _is_task_list(task, key, value):
            sweep[f"task_settings.{key}"] = tuple(value)
    for key, value in of_loop.items():
        if check and isinstance(value, (list, tuple)):
            sweep[f"{OF_LOOP}{key}"] = tuple(value)
    for key, swept in sweep.items():  # as of the first point
        for prefix, table in ((OF_TASK, of_task), (OF_LOOP, of_loop)):
            if key.startswith(prefix) and isinstance(swept, tuple) and swept:
                table[key.removeprefix(prefix)] = swept[0]
    values |= {"settings": settings, "sweep": sweep}
    given = [key for key in BUDGETS if values.get(key, getattr(spec, key)) is not None]
    if not given:
        values["epochs"] = DEFAULT_EPOCHS
    for key, value in values.items():
        object.__setattr__(spec, key, value)
    for key in SCALARS:  # a sweep says what the first point has
        if isinstance(sweep.get(key), tuple) and sweep[key]:
            object.__setattr__(spec, key, sweep[key][0])
            if key in BUDGETS and "epochs" in values:
                object.__setattr__(spec, "epochs", None if key != "epochs" else sweep[key][0])


def _takes_list(name: str, makes: Mapping[str, Any], key: str, value: Sequence[Any]) -> bool:
    """Whether a list is one value of a setting, such as Adam's betas, rather than a sweep of it."""
    if value and isinstance(value[0], (list, tuple)):
        return False
    try:
        default = method_of(name, makes.get(name)).defaults.get(key)
    except (ValueError, OSError):  # said by the checks
        return False
    return isinstance(default, (list, tuple))


def _is_task_list(task: Any, key: str, value: Sequence[Any]) -> bool:
    """Whether a list is one value of an option of a task, rather than a sweep of it."""
    parameter = task_options(task).get(key)
    return parameter is not None and takes_list(parameter) and not (value and isinstance(value[0], (list, tuple)))


def _at(spec: StudySpec, values: Mapping[str, Any]) -> StudySpec:
    """Return the spec of one point of a sweep."""
    changes: dict[str, Any] = {"sweep": {}, "one_at_a_time": False}
    settings = {name: dict(own) for name, own in spec.settings.items()}
    measure: dict[str, Any] = {}
    of_task, of_loop = dict(spec.task_settings), dict(spec.options)
    for key, value in values.items():
        first, _, rest = key.partition(".")
        if key in SCALARS:
            changes[key] = value
        elif first == "measure":
            measure[rest] = value
        elif first == "task_settings":
            of_task[rest] = value
        elif first == "options":
            of_loop[rest] = value
        elif first == "settings":
            name, _, setting = rest.rpartition(".")
            settings.setdefault(name, {})[setting] = value
        else:
            for name in spec.methods:
                if key in spec.loaded_methods[name].defaults:
                    settings.setdefault(name, {})[key] = value
    changes |= {"settings": settings, "task_settings": of_task, "options": of_loop}
    return spec.derived(**changes, measure=dataclasses.replace(spec.measure, **measure))
