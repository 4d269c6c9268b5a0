"""Specs of studies: read from TOML, checked, and written back with all defaults explicit."""

from __future__ import annotations

import dataclasses
import itertools
import math
import os
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import InitVar, dataclass, field
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any

from landscape._common.guesses import guessable, guessable_class
from landscape.study.engines.spec import EngineSpec
from landscape.study.limits import check_runs, is_integer, is_number, plain, positive, shown, whole
from landscape.study.references import (
    absolute,
    in_session,
    method_of,
    read_methods,
    relative,
    task_of,
    task_options,
)
from landscape.study.tuning import TuningSpec, check_tuning, trials_of
from zenith import methods as table
from zenith._common.names import check_file_name, lookup, unknown_keys
from zenith.methods import METHODS, Method
from zenith.tasks import Task
from zenith.tasks.task_options import takes_list

__all__ = [
    "MeasureSpec",
    "StudySpec",
    "as_zenith_takes",
    "load_spec",
    "packaged_specs",
    "read_seeds",
    "saying",
]

LARGEST_FILE = 10_000_000
"""Bytes of a spec."""
BUDGETS = ("epochs", "steps", "seconds", "gradients")
"""Keys that say how long a run is; one of them is given."""
DEFAULT_EPOCHS = 10
BATCHNORM_SAMPLES = 1000
OF_TASK = "task_settings."
_LOADED = frozenset({"loaded_task", "loaded_methods"})
SCALARS = (*BUDGETS, "batch_size", "learning_rate", "window", "checkpoints", "threads")
"""Keys that may be swept by giving a list."""


@guessable_class
@dataclass(frozen=True, kw_only=True)
class MeasureSpec:
    """Measurements on every run, and their accuracy.

    Attributes
    ----------
    samples : int
        Training samples the loss surface is measured on (a fixed random subset); 0 means all.
    eigenvalues : int
        How many top Hessian eigenvalues at every checkpoint.
    tolerance : float
        Largest residual ||Hv - lambda v|| over |lambda| that counts as converged.
    max_products : int
        Hessian-vector products one checkpoint may cost.
    trace_probes : int
        Random vectors of the trace estimate at the end point.
    sharpness_radius, sharpness_samples : float, int
        rho and the number of antithetic noise pairs of the average-case adaptive sharpness at the end point.
    line_points, line_range : int, float
        1-D slices at alpha in [-line_range, line_range].
    plane_points, plane_seeds : int, int
        Side of the 2-D slice, and for how many seeds it is drawn.
    batchnorm : {"frozen", "recomputed"}
        Batch norm with the running statistics of the training, or with those of training samples in one pass at the
        weights that are measured, which everything there then shares; on planes at every point. Losses and metrics
        during the training are evaluated likewise, which makes other runs; their checkpoints keep the running ones.
        Running statistics lag behind: after a few steps the loss with them may be a thousand times that of training.
    batchnorm_samples : int
        Training samples of that pass (a fixed random subset); 0 means all.
    spectrum_probes, spectrum_steps, spectrum_seeds : int, int, int
        Random vectors of the spectral density at the end point, Lanczos steps from each, and for how many seeds it is
        estimated.

    Examples
    --------
    Fast, for a first look:

    >>> quick = ls.MeasureSpec(samples=500, trace_probes=8, plane_seeds=0, spectrum_seeds=0)
    >>> quick.tolerance, quick.line_points
    (0.001, 41)
    """

    samples: int = 0
    eigenvalues: int = 1
    tolerance: float = 1e-3
    max_products: int = 200
    trace_probes: int = 32
    sharpness_radius: float = 0.05
    sharpness_samples: int = 32
    line_points: int = 41
    line_range: float = 1.0
    plane_points: int = 31
    plane_seeds: int = 1
    spectrum_probes: int = 4
    spectrum_steps: int = 64
    spectrum_seeds: int = 1
    batchnorm: str = "frozen"
    batchnorm_samples: int = BATCHNORM_SAMPLES

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, as written to ``study.toml``: without what older versions did not have, if unused."""
        out = dataclasses.asdict(self)
        if self.batchnorm == "frozen":
            del out["batchnorm"], out["batchnorm_samples"]
        return out

    def check(self, prefix: str = "") -> None:
        """Raise ValueError for the first value that is out of range; its name comes after `prefix`."""
        for name, least in (
            ("samples", 0),
            ("eigenvalues", 1),
            ("max_products", 2),
            ("trace_probes", 2),
            ("sharpness_samples", 2),
            ("line_points", 3),
            ("plane_points", 3),
            ("plane_seeds", 0),
            ("spectrum_probes", 2),
            ("spectrum_steps", 2),
            ("spectrum_seeds", 0),
            ("batchnorm_samples", 0),
        ):
            whole(f"{prefix}{name}", getattr(self, name), least)
        for name in ("tolerance", "sharpness_radius", "line_range"):
            positive(f"{prefix}{name}", getattr(self, name))
        if self.batchnorm not in ("frozen", "recomputed"):
            raise ValueError(f'{prefix}batchnorm must be "frozen" or "recomputed", got {shown(self.batchnorm)}')
        if self.batchnorm == "frozen" and self.batchnorm_samples != BATCHNORM_SAMPLES:
            raise ValueError(
                f"{prefix}batchnorm_samples is {self.batchnorm_samples}, but nothing is recomputed: add batchnorm = "
                '"recomputed", or leave it out'
            )
        if self.batchnorm_samples == 1:
            raise ValueError(f"{prefix}batchnorm_samples is 1, and one sample has no variance: give more, or 0 for all")
        if self.tolerance >= 1:
            raise ValueError(f"{prefix}tolerance must be a relative error below 1, got {self.tolerance!r}")
        if self.max_products < self.eigenvalues:
            raise ValueError(
                f"{prefix}max_products is {self.max_products}, but {self.eigenvalues} eigenvalues take at least as "
                "many products: raise it"
            )


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
        ``task_settings.KEY``, or a setting, which is then swept for every method that has it. The study is a grid of
        all combinations.
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
            _check(self)

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
        new, old = changes.get("task_settings") or {}, self.task_settings
        given = changes.keys() | {f"{OF_TASK}{key}" for key, value in dict(new).items() if value != old.get(key)}
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
        _check_stored(spec, where)
    return spec


def _check_stored(spec: StudySpec, where: str) -> None:
    """Check the spec of a store, of which nothing is loaded: whoever opens a folder does not run the code in it."""
    _check_types(spec)
    for name in spec.methods:
        check_file_name(name, f"a method in '{where}'")
    for key, values in spec.sweep.items():
        if not isinstance(values, tuple) or not all(is_number(v) for v in values) or not values:
            raise ValueError(f"{key} is swept over {shown(values)} in '{where}', which is no list of numbers")
    _check_values(spec)


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
    of_task = dict(spec.task_settings)
    values: dict[str, Any] = {"methods": names, "makes": makes, "task": task, "task_settings": of_task}
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
    for key, swept in sweep.items():  # as of the first point
        if key.startswith(OF_TASK) and isinstance(swept, tuple) and swept:
            of_task[key.removeprefix(OF_TASK)] = swept[0]
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
    of_task = dict(spec.task_settings)
    for key, value in values.items():
        first, _, rest = key.partition(".")
        if key in SCALARS:
            changes[key] = value
        elif first == "measure":
            measure[rest] = value
        elif first == "task_settings":
            of_task[rest] = value
        elif first == "settings":
            name, _, setting = rest.rpartition(".")
            settings.setdefault(name, {})[setting] = value
        else:
            for name in spec.methods:
                if key in spec.loaded_methods[name].defaults:
                    settings.setdefault(name, {})[key] = value
    changes |= {"settings": settings, "task_settings": of_task}
    return spec.derived(**changes, measure=dataclasses.replace(spec.measure, **measure))


def _check(spec: StudySpec) -> None:
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
            _check(point)


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
    spec.measure.check("measure.")


def as_zenith_takes(spec: StudySpec, name: str) -> Any:
    """Return a method as functions of `zenith.methods` take it: built-in ones by name."""
    return name if name in METHODS and name not in spec.makes else spec.loaded_methods[name]


def _check_sweep(spec: StudySpec) -> None:
    for key, values in spec.sweep.items():
        first, _, rest = key.partition(".")
        if first == "measure":
            unknown_keys([rest], tuple(f.name for f in dataclasses.fields(MeasureSpec)), "[measure] of the sweep")
        elif first == "task_settings":
            unknown_keys([rest], spec.loaded_task.options, "[task_settings] of the sweep")
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
