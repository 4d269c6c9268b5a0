"""Measure sharpness at weights that were saved to disk, as ``landscape measure`` does."""

from __future__ import annotations

import importlib
import importlib.util
import math
import sys
import sysconfig
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from landscape._common.estimate import Estimate
from landscape._common.files import check_tensors, read_record
from landscape.curvature.eigenvalues import Eigenpairs, top_eigenpairs
from landscape.curvature.hessian import HessianOperator
from landscape.curvature.spectrum import hessian_trace
from landscape.objective.objective import Objective
from landscape.sharpness.average import average_sharpness
from landscape.study.integrity import AGAIN, with_remedy
from landscape.study.measure import at_checkpoint, objective_of, product_route, statistics_of
from landscape.study.measure_spec import MeasureSpec
from landscape.study.missing import EIGENVALUE, SHARPNESS, TRACE, Attempts, reason_of
from landscape.study.plan import check_device, load_data
from landscape.study.shared_store import is_store
from landscape.trajectory.checkpoints import Checkpoint, CheckpointError, missing_prefix
from zenith import tasks

__all__ = [
    "Sharpness",
    "check_weights",
    "folder_importable",
    "made_objective",
    "measure_weights",
    "recorded_settings",
    "task_objective",
]


WORDS = {
    "loss": "loss",
    "metrics": "metrics",
    "eigenvalues": EIGENVALUE,
    "trace": TRACE,
    "adaptive_sharpness": SHARPNESS,
}
"""What is measured, by its name in JSON."""


@dataclass(frozen=True)
class Sharpness:
    """Sharpness measured at one set of weights.

    Attributes
    ----------
    name : str
        Of the weights.
    values : dict of str to float
        The loss under "loss", and the metrics; NaN where they could not be had.
    pairs : Eigenpairs or None
    trace, average : Estimate or None
        Trace of the Hessian, and average-case adaptive sharpness; None where they were not asked for.
    not_measured : dict of str to str
        The reason of each quantity that could not be had, by its name in `WORDS`.
    """

    name: str
    values: dict[str, float]
    pairs: Eigenpairs | None
    trace: Estimate | None
    average: Estimate | None
    not_measured: dict[str, str]

    @property
    def missing(self) -> list[str]:
        """One sentence per reason of missing values."""
        by_reason: dict[str, list[str]] = {}
        for what, reason in self.not_measured.items():
            by_reason.setdefault(reason, []).append(WORDS[what])
        return [f"{self.name}: {', '.join(words)} not measured: {reason}" for reason, words in by_reason.items()]

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON-able form, each number with its measurement protocol; null where a number is missing."""
        pairs = self.pairs
        found: dict[str, Any] = {"weights": self.name, "values": self.values, "eigenvalues": None}
        if pairs is not None:
            found["eigenvalues"] = {
                "value": pairs.values.tolist(),
                "residual": pairs.residuals.tolist(),
                "converged": pairs.converged.tolist(),
                "message": pairs.message,
                "protocol": pairs.protocol,
            }
        for name, estimate in (("trace", self.trace), ("adaptive_sharpness", self.average)):
            if estimate is not None:
                found[name] = {
                    "value": estimate.value,
                    "standard_error": estimate.standard_error,
                    "protocol": estimate.protocol,
                }
            elif name in self.not_measured:
                found[name] = None
        return found | {"not_measured": self.not_measured}


def task_objective(
    name: str,
    data_root: Path | None,
    spec: MeasureSpec,
    *,
    settings: Mapping[str, Any] | None = None,
    test: bool = False,
    device: str | None = None,
) -> Objective:
    """Return the loss of a task's model, as studies measure it.

    Parameters
    ----------
    name : str
        Of `zenith.tasks.names()`.
    data_root : Path, optional
        Where its dataset lies.
    spec : MeasureSpec
        Of the samples and of batch norm's statistics.
    settings : Mapping of str to object, optional
        Options of the task.
    test : bool
        On the test set instead of the training set.
    device : str, optional

    Raises
    ------
    ValueError, FileNotFoundError
        If there is no such task, device or data.
    """
    task, where = tasks.get(name, **dict(settings or {})), check_device(device)
    data = load_data(task, data_root)
    statistics = statistics_of(spec, data.train)
    return objective_of(task, data.test if test else data.train, spec.samples, where, statistics)


def recorded_settings(name: str, weights: Sequence[Path]) -> dict[str, Any]:
    """Return the options of the task that weights in a study's store were trained with; none of other weights.

    Raises
    ------
    ValueError
        If the weights were trained with different ones.
    """
    found: list[dict[str, Any]] = []
    for path in weights:
        file = path.absolute().parent.parent / "run.json"
        record = read_record(file) if file.is_file() else {}
        found.append(record.get("task_options", {}) if record.get("task") == name else {})
    if any(each != found[0] for each in found):
        raise ValueError(
            f"the weights are of tasks with different options ({found[0]} and "
            f"{next(each for each in found if each != found[0])}): measure them one after the other"
        )
    return found[0] if found else {}


@contextmanager
def folder_importable(where: str) -> Iterator[None]:
    """Make modules in the folder of a user's function importable, as for a script there.

    `sys.path` is restored at the end.

    The folder comes after the standard library and before what is installed: processes that are spawned meanwhile
    inherit the path, and a file called random.py must not stand for that module in them.

    Parameters
    ----------
    where : str
        "file.py:function", whose folder it is, or "package.module:function", looked for in the current folder. The name
        of a task needs nothing.
    """
    source = where.rpartition(":")[0]
    if not source:
        yield
        return
    folder = Path(source).resolve().parent if source.endswith(".py") else Path.cwd()
    before = sys.path.copy()
    library = {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"), sysconfig.get_config_var("DESTSHARED")}
    sys.path.insert(max((i + 1 for i, entry in enumerate(before) if entry in library), default=0), str(folder))
    try:
        yield
    finally:
        sys.path[:] = before


def made_objective(where: str) -> Objective:
    """Return the objective that a user's function makes; call this, and use the objective, in `folder_importable`.

    Parameters
    ----------
    where : str
        "file.py:function" or "package.module:function".

    Raises
    ------
    ValueError
        If there is no such function, it fails, or returns something else.
    """
    source, _, name = where.rpartition(":")
    try:
        module = _from_file(Path(source)) if source.endswith(".py") else importlib.import_module(source)
    except Exception as error:  # whatever the user's code raises
        raise ValueError(f"'{source}' cannot be imported ({type(error).__name__}: {error})") from error
    function = getattr(module, name, None)
    if not callable(function):
        raise ValueError(f"'{source}' has no function '{name}': give file.py:function, one that returns an Objective")
    try:
        made = function()
    except Exception as error:
        raise ValueError(f"{name}() of '{source}' failed ({type(error).__name__}: {error})") from error
    if not isinstance(made, Objective):
        raise ValueError(f"{name}() of '{source}' returns {type(made).__name__}: let it return a landscape.Objective")
    return made


def _from_file(path: Path) -> Any:
    # By a name that no import takes: a file called random.py must not stand for that module everywhere.
    spec = importlib.util.spec_from_file_location(f"measured:{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # which dataclasses look up
    spec.loader.exec_module(module)
    return module


def check_weights(
    objective: Objective,
    files: Sequence[Path],
    key: str | None = None,
    strip_prefix: str | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> dict[str, Mapping[str, Tensor]]:
    """Return checkpoints by name, after checking that each fits the objective; tensors stay on disk.

    Names that all of the objective's parameters have under one prefix, such as "module." of DistributedDataParallel,
    are read without it.

    Parameters
    ----------
    objective : Objective
    files : sequence of Path
        Without any: the objective's own weights.
    key : str, optional
        Of the part of a torch file that holds the weights.
    strip_prefix : str, optional
        Take the names that begin so, without it, and no other prefix.
    say : callable
        Handed a sentence for each file of whose names a prefix was taken that nobody had asked for.

    Raises
    ------
    ValueError
        Naming the first file that cannot be read or does not fit.
    """
    if not files:
        return {"as they are": objective.parameters}
    short = len({file.stem for file in files}) == len(files)
    found: dict[str, Mapping[str, Tensor]] = {}
    for file in files:
        about, remedy = _place_in_store(file)
        try:
            checkpoint = Checkpoint(file, key=key, strip_prefix=strip_prefix)
            if file.suffix == ".safetensors" and file.is_file():
                with with_remedy(remedy or "save it anew"):
                    check_tensors(file, about)
        except CheckpointError as error:  # which speaks to those who call it from Python
            said = str(error).replace('Checkpoint(path, key="...")', "--key")
            raise ValueError(f"{said.removesuffix('.')}: {remedy}" if remedy else said) from error
        prefix = missing_prefix(checkpoint, objective.parameters) if strip_prefix is None else None
        if prefix is not None:
            checkpoint = checkpoint.without_prefix(prefix)
            say(f"the names in '{file}' are read without {prefix!r}, with which all parameters are in it")
        try:
            objective.at(checkpoint)
        except ValueError as error:
            raise ValueError(f"the weights of '{file}' do not fit: {error}") from error
        found[file.stem if short else str(file)] = checkpoint
    return found


def measure_weights(
    objective: Objective,
    weights: Mapping[str, Mapping[str, Tensor]],
    spec: MeasureSpec,
    *,
    seed: int = 0,
    eigenvalues_only: bool = False,
    progress: bool = False,
    found: Callable[[Sharpness], None],
) -> None:
    """Measure the sharpness at each of several weights; what cannot be measured is recorded, and the rest continues.

    Parameters
    ----------
    objective : Objective
    weights : mapping of str to state dict
        In the order of a trajectory, if they are of one: each search starts at the eigenvectors of the last.
    spec : MeasureSpec
        Of the eigenvalues, the trace, the sharpness and batch norm; the rest is ignored.
    seed : int
        Of all random vectors.
    eigenvalues_only : bool
    progress : bool
    found : callable
        Handed each result as soon as it is there, with the reason of what is missing from it.

    Raises
    ------
    ValueError
        Before anything is measured, for settings that the measures refuse.
    KeyboardInterrupt
        With what was finished handed over, of the weights in hand as well.
    """
    size = objective.num_parameters
    if spec.eigenvalues > size:
        raise ValueError(f"k is {spec.eigenvalues}: give a number of eigenpairs between 1 and the {size} parameters.")
    last: Eigenpairs | None = None
    for name, state in weights.items():
        result, interruption = _measure(name, objective, state, spec, last, seed, eigenvalues_only, progress)
        last = result.pairs or last
        found(result)
        if interruption is not None:
            raise interruption


def _measure(
    name: str,
    objective: Objective,
    state: Mapping[str, Tensor],
    spec: MeasureSpec,
    start: Eigenpairs | None,
    seed: int,
    eigenvalues_only: bool,
    progress: bool,
) -> tuple[Sharpness, KeyboardInterrupt | None]:
    """Measure at one set of weights; return the results so far and the Ctrl-C that interrupted, if any."""

    def eigenpairs() -> Eigenpairs:
        with HessianOperator(at, route=product_route(spec)) as hessian:
            return top_eigenpairs(
                hessian,
                spec.eigenvalues,
                tol=spec.tolerance,
                max_products=spec.max_products,
                start=start,
                seed=seed,
                progress=progress,
            )

    def trace() -> Estimate:
        with HessianOperator(at, route=product_route(spec)) as hessian:
            return hessian_trace(hessian, probes=spec.trace_probes, seed=seed, progress=progress)

    def sharpness() -> Estimate:
        return average_sharpness(at, rho=spec.sharpness_radius, samples=spec.sharpness_samples, seed=seed)

    measures: dict[str, Callable[[], Any]] = {"eigenvalues": eigenpairs}
    if not eigenvalues_only:
        measures |= {"trace": trace, "adaptive_sharpness": sharpness}
    try:
        # What a user's function makes is as it says; a task's is as in a study.
        at = at_checkpoint(objective, state) if spec.batchnorm == "recomputed" else objective.at(state)
    except (ValueError, OSError) as error:  # a file that has changed since it was checked
        unknown = dict.fromkeys(("loss", *objective.metrics), math.nan)
        return Sharpness(name, unknown, None, None, None, dict.fromkeys(("loss", *measures), _reason(error))), None
    attempt = Attempts()
    values, not_measured = _values(at)
    if not math.isfinite(values["loss"]):
        why = f"the loss is {values['loss']} (a diverged run?), so there is no sharpness"
        not_measured |= dict.fromkeys(measures, not_measured.get("loss", why))
    found: dict[str, Any] = {}
    interruption: KeyboardInterrupt | None = None
    for what, measure in measures.items():
        if what in not_measured:
            continue
        try:
            if interruption is None:
                found[what] = attempt(what, measure)
        except KeyboardInterrupt as error:  # half an estimate is one, with its own error
            interruption, found[what] = error, getattr(error, "partial", None)
        if found.get(what) is None:
            not_measured[what] = "interrupted" if interruption is not None else attempt.rows[-1][2]
        elif what != "eigenvalues" and not math.isfinite(found[what].value):
            not_measured[what] = f"it came out as {found[what].value}"
    result = Sharpness(
        name, values, found.get("eigenvalues"), found.get("trace"), found.get("adaptive_sharpness"), not_measured
    )
    return result, interruption


def _place_in_store(file: Path) -> tuple[dict[str, str], str]:
    """Return what the checkpoint of a study has to say of itself, and what to do if it is damaged; of others nothing.

    Its path is STUDY/runs/RUN/checkpoints/step-STEP.safetensors.
    """
    path = file.absolute()
    stores = len(path.parents) > 3 and path.parents[2].name == "runs"
    if not stores or not ((path.parents[3] / "study.toml").is_file() or is_store(path.parents[3])):
        return {}, ""
    step = path.stem.removeprefix("step-").lstrip("0") or "0"
    return {"run": path.parents[1].name, "step": step}, AGAIN


def _values(at: Objective) -> tuple[dict[str, float], dict[str, str]]:
    """Loss and metrics, NaN where they cannot be computed, with the reasons."""
    unknown = dict.fromkeys(at.metrics, math.nan)
    try:
        return at.evaluate(), {}
    except Exception as error:  # whatever the user's code raises at these weights
        reason = _reason(error)
    if at.metrics:  # one of which may be to blame
        with suppress(Exception):
            return {"loss": at.value()} | unknown, {"metrics": reason}
    return {"loss": math.nan} | unknown, {"loss": reason}


def _reason(error: Exception) -> str:
    return reason_of(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {reason_of(error)}"
