"""Specs of studies: read from TOML, checked, and written back with all defaults explicit."""

from __future__ import annotations

import dataclasses
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

from zenith import methods, tasks
from zenith._common.names import lookup, unknown_keys

__all__ = ["MeasureSpec", "StudySpec", "load_spec", "packaged_specs"]


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
    spectrum_probes, spectrum_steps, spectrum_seeds : int, int, int
        Random vectors of the spectral density at the end point, Lanczos steps from each, and for how many seeds it is
        estimated.
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
        ):
            _at_least(f"{prefix}{name}", getattr(self, name), least)
        for name in ("tolerance", "sharpness_radius", "line_range"):
            _positive(f"{prefix}{name}", getattr(self, name))
        if self.tolerance >= 1:
            raise ValueError(f"{prefix}tolerance must be a relative error below 1, got {self.tolerance!r}")
        if self.max_products < self.eigenvalues:
            raise ValueError(
                f"{prefix}max_products is {self.max_products}, but {self.eigenvalues} eigenvalues take at least as "
                f"many "
                "products: raise it"
            )


@dataclass(frozen=True, kw_only=True)
class StudySpec:
    """Everything that determines a study besides the data.

    Attributes
    ----------
    name, task : str
        The study's own name, and a name of `zenith.tasks.names()`.
    methods : tuple of str
        Names of `zenith.methods.names()`.
    focus : str
        The method every other one is compared with.
    seeds : tuple of int
        One pair of runs per seed.
    epochs, batch_size : int
        The budget of every run.
    learning_rate : float
        Base LR (eta0) of every method of the families "automatic" and "schedule".
    window : int or "auto"
        W of ZENITH and of the recorded mu and Z; "auto" is 5 % of the step budget, at most the paper's 500.
    checkpoints : int
        How often the weights are kept and measured along a run.
    threads : int
        CPU threads of one run. Part of the spec because it changes the rounding.
    settings : dict of str to dict
        Overrides per method.
    measure : MeasureSpec
        What is measured.
    """

    name: str
    task: str
    methods: tuple[str, ...] = ("zenith", "constant", "step", "exponential", "polynomial", "cosine")
    focus: str = "zenith"
    seeds: tuple[int, ...] = (0, 1, 2)
    epochs: int = 10
    batch_size: int = 64
    learning_rate: float = 0.1
    window: int | str = "auto"
    checkpoints: int = 10
    threads: int = 1
    settings: dict[str, dict[str, Any]] = field(default_factory=dict)
    measure: MeasureSpec = field(default_factory=MeasureSpec)

    def __post_init__(self) -> None:
        _check(self)

    def window_for(self, total_steps: int) -> int:
        """Return the window W in steps for a budget of `total_steps`."""
        if isinstance(self.window, str):
            return min(500, max(1, total_steps // 20))
        return self.window

    def settings_for(self, method: str) -> dict[str, Any]:
        """Return the settings of one method: the study's learning rate where it applies, then the overrides."""
        base = {"lr": self.learning_rate} if methods.get(method).shares_lr else {}
        return {**base, **self.settings.get(method, {})}

    def as_dict(self) -> dict[str, Any]:
        """Return plain dicts, lists and scalars, as written to ``study.toml``."""
        out = dataclasses.asdict(self)
        return {**out, "methods": list(self.methods), "seeds": list(self.seeds)}

    def replace(self, **changes: Any) -> StudySpec:
        """Return a copy with some keys changed, checked like any other spec."""
        return dataclasses.replace(self, **changes)


def packaged_specs() -> tuple[str, ...]:
    """Names of the studies that come with the package."""
    folder = resources.files("landscape.study") / "specs"
    return tuple(sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml")))


def load_spec(source: str | Path) -> StudySpec:
    """Read a spec: the name of a packaged study, or the path of a TOML file.

    Raises
    ------
    ValueError
        For an unknown name or key (naming the nearest valid one), a value out of range, or a file that is not TOML.
    FileNotFoundError
        If `source` ends in ``.toml`` and there is no such file.
    """
    text = str(source)
    if text.endswith(".toml"):
        path = Path(text)
        if not path.is_file():
            raise FileNotFoundError(
                f"no spec at '{path}': write one there, or name one of {', '.join(packaged_specs())}"
            )
        raw = path.read_bytes().decode("utf-8", errors="replace")
    else:
        if "/" in text or Path(text).is_dir():
            raise ValueError(
                f"'{text}' is no spec: name a packaged study ({', '.join(packaged_specs())}) or a .toml file"
            )
        lookup({name: name for name in packaged_specs()}, text, "study")
        raw = (resources.files("landscape.study") / "specs" / f"{text}.toml").read_text(encoding="utf-8")
    try:
        table = tomllib.loads(raw)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"'{source}' is not valid TOML ({error}): correct that line") from error
    return spec_from_dict(table, where=text)


def spec_from_dict(table: Mapping[str, Any], where: str) -> StudySpec:
    """Build a spec from a parsed TOML table; `where` names it in messages."""
    given = dict(table)
    unknown_keys(given, tuple(f.name for f in dataclasses.fields(StudySpec)), f"'{where}'")
    for required in ("name", "task"):
        if required not in given:
            raise ValueError(f"'{where}' has no '{required}': add {required} = \"...\"")
    measure = given.pop("measure", {})
    if not isinstance(measure, Mapping):
        raise ValueError(f"measure in '{where}' must be a table, got {measure!r}: write [measure] with its keys below")
    unknown_keys(measure, tuple(f.name for f in dataclasses.fields(MeasureSpec)), f"[measure] of '{where}'")
    seeds = given.get("seeds", (0, 1, 2))
    if isinstance(seeds, int) and not isinstance(seeds, bool):
        seeds = range(seeds)
    for key, value in (("seeds", seeds), ("methods", given.get("methods", ()))):
        if not isinstance(value, (list, tuple, range)):
            raise ValueError(f"{key} in '{where}' must be a list, got {value!r}")
    given["seeds"] = tuple(seeds)
    if "methods" in given:
        given["methods"] = tuple(given["methods"])
    return StudySpec(**given, measure=MeasureSpec(**measure))


def _check(spec: StudySpec) -> None:
    _check_types(spec)
    tasks.get(spec.task)
    if not spec.name or any(c in spec.name for c in "/\\\0") or spec.name.startswith("."):
        raise ValueError(f"name must be usable as a folder name, got {spec.name!r}")
    if len(spec.methods) < 2 or len(set(spec.methods)) < len(spec.methods):
        raise ValueError(f"methods must be at least two different ones, got {list(spec.methods)}")
    for method in spec.methods:
        methods.resolve_settings(method, spec.settings_for(method))
    if spec.focus not in spec.methods:
        raise ValueError(
            f"focus '{spec.focus}' is not among the methods {list(spec.methods)}: add it, or choose one of them "
            f"(focus, or --focus)"
        )
    unknown_keys(spec.settings, spec.methods, "[settings]")
    valid = isinstance(spec.seeds, (tuple, list)) and all(_is_integer(s, 0) and s < 2**63 for s in spec.seeds)
    given = list(spec.seeds) if isinstance(spec.seeds, tuple) else spec.seeds
    if not spec.seeds or not valid or len(set(spec.seeds)) < len(spec.seeds):
        raise ValueError(f"seeds must be different whole numbers from 0 (or how many), got {given!r}")
    for name in ("epochs", "batch_size", "checkpoints", "threads"):
        _at_least(name, getattr(spec, name), 1)
    if spec.window != "auto" and not _is_integer(spec.window, 1):
        raise ValueError(f'window must be a whole number of steps from 1, or "auto", got {spec.window!r}')
    _positive("learning_rate", spec.learning_rate)
    for method in spec.methods:
        settings = spec.settings_for(method)
        if "lr" in settings:
            _positive(f"lr of method '{method}'", settings["lr"])
        if "window" in settings:
            _at_least(f"window of method '{method}'", settings["window"], 1)
    spec.measure.check("measure.")


def _check_types(spec: StudySpec) -> None:
    for name in ("name", "task", "focus"):
        if not isinstance(getattr(spec, name), str):
            raise ValueError(f"{name} must be text, got {getattr(spec, name)!r}")
    if not all(isinstance(method, str) for method in spec.methods):
        raise ValueError(f"methods must be a list of names, got {list(spec.methods)}")
    if not isinstance(spec.settings, Mapping):
        raise ValueError(f"settings must be a table per method, got {spec.settings!r}: write [settings.METHOD]")
    for method, settings in spec.settings.items():
        if not isinstance(settings, Mapping):
            raise ValueError(f"settings.{method} must be a table, got {settings!r}: write [settings.{method}]")
        for name, value in settings.items():
            if isinstance(value, float) and not math.isfinite(value):
                raise ValueError(f"{name} of method '{method}' must be a finite number, got {value!r}")


def _is_integer(value: Any, least: int) -> bool:
    """Whether a value is an integer as TOML and JSON hold it, which NumPy's are not."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _at_least(name: str, value: Any, least: int) -> None:
    if not _is_integer(value, least):
        raise ValueError(f"{name} must be a whole number of at least {least}, got {value!r}")


def _positive(name: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value) or value <= 0:
        raise ValueError(f"{name} must be a positive finite number, got {value!r}")
