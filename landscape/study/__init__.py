"""Studies: many paired runs, measured, stored, drawn and reported."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, overload

from landscape._common.guesses import guessable
from landscape.study.analysis import Analysis, analyse, compare
from landscape.study.dry_run import DryRun, Planned, estimate
from landscape.study.engines import EngineSpec
from landscape.study.failures import summary_of_failed
from landscape.study.log import check_log
from landscape.study.measure_spec import MeasureSpec
from landscape.study.missing import summary_of
from landscape.study.plan import Plan, prepare
from landscape.study.references import task_of
from landscape.study.report import write_report
from landscape.study.run import execute
from landscape.study.spec import StudySpec, load_spec, packaged_specs
from landscape.study.spec_checks import BUDGETS
from landscape.study.store import Study
from landscape.study.tuning import TuningSpec
from zenith._common.loading import is_reference
from zenith._common.names import unknown_keys
from zenith.methods import names
from zenith.tasks import Task

__all__ = [
    "Analysis",
    "DryRun",
    "EngineSpec",
    "MeasureSpec",
    "Plan",
    "Planned",
    "Study",
    "StudySpec",
    "TuningSpec",
    "analyse",
    "compare",
    "estimate",
    "execute",
    "load_spec",
    "packaged_specs",
    "prepare",
    "run_study",
    "write_report",
]


@overload
def run_study(
    task: StudySpec | Task | str | Path,
    methods: Any = None,
    *,
    seeds: int | Sequence[int] | None = None,
    out: str | Path | None = None,
    data_root: str | Path | None = None,
    download: bool = False,
    device: str | None = None,
    workers: int = 1,
    log: str | None = None,
    progress: bool = True,
    dry_run: Literal[False] = False,
    **spec: Any,
) -> Study: ...


@overload
def run_study(
    task: StudySpec | Task | str | Path,
    methods: Any = None,
    *,
    seeds: int | Sequence[int] | None = None,
    out: str | Path | None = None,
    data_root: str | Path | None = None,
    download: bool = False,
    device: str | None = None,
    workers: int = 1,
    log: str | None = None,
    progress: bool = True,
    dry_run: Literal[True],
    **spec: Any,
) -> DryRun: ...


@guessable
def run_study(
    task: StudySpec | Task | str | Path,
    methods: Any = None,
    *,
    seeds: int | Sequence[int] | None = None,
    out: str | Path | None = None,
    data_root: str | Path | None = None,
    download: bool = False,
    device: str | None = None,
    workers: int = 1,
    log: str | None = None,
    progress: bool = True,
    dry_run: bool = False,
    **spec: Any,
) -> Study | DryRun:
    """Run a study, or continue it, then draw its figures and write its report.

    ``run_study(task, methods)`` compares methods on a task; ``run_study(spec, out)`` runs a spec.

    Parameters
    ----------
    task : Task, StudySpec, str or path
        A `zenith.Task`, a name of `zenith.tasks.names()`, or ``"file.py:name"``. Or a spec, the name of a packaged one,
        or a TOML file.
    methods : list
        Names of `zenith.methods.names()`, ``"file.py:name"``, `zenith.Method` objects and pairs ``(name, make)`` of
        which ``make(params, lr)`` returns a `torch.optim.Optimizer`. Of a spec, which has its methods: the folder.
    seeds : int or sequence of int
        A number means so many, counted from 0; 5 by default.
    out : path
        The study's folder, ``studies/NAME`` by default. Finished runs found there are not run again.
    data_root : path, optional
        Where the task's dataset lies, if its task asks for it.
    download : bool
        Download the dataset to `data_root` if it is not there, checked by its official MD5 sum: of MNIST, CIFAR-10,
        CIFAR-100 and Food-101.
    device : str, optional
        The GPU if there is one, else the CPU.
    workers : int
        Processes, or jobs at once of the ``engine``; the numbers do not depend on it. Objects of a notebook, lambdas
        among them, are sent to them by cloudpickle.
    log : {"tensorboard", "wandb", "mlflow", "jsonl"}, optional
        Send the numbers of every run to this tracker while it is trained and measured, below ``logs/`` in the study's
        folder. One that fails on the way is warned of, and the study goes on.
    progress : bool
        Show what is done, running, waiting, diverged and failed, on the standard error.
    dry_run : bool
        Write nothing: return what would be done, and an estimate of its time, disk and machine-hours from a trial of
        some 20 seconds.
    **spec
        Other keys of `StudySpec`: ``epochs`` (20 by default; or ``steps``, ``seconds``, ``gradients``), ``batch_size``,
        ``learning_rate``, ``focus`` (by default "zenith", or the first method), ``measure`` and so on.

    Returns
    -------
    Study
        Finished, with figures and report in its folder. What could not be measured is in `not_measured` and in the
        report, with the reasons, and a warning says how much it is; likewise for runs that failed, in `failed_runs`. Of
        a dry run, a `landscape.study.DryRun`, which prints as a table.

    Raises
    ------
    ValueError, FileNotFoundError
        Before any work starts, if anything asked for cannot be done.
    Exception
        Whatever the first run raised of a method of which every run failed.

    Examples
    --------
    >>> small = ls.MeasureSpec(
    ...     samples=64, trace_probes=4, sharpness_samples=2, line_points=5, plane_points=5, spectrum_steps=8
    ... )
    >>> mine = ("mine", lambda params, lr: torch.optim.RMSprop(params, lr=lr / 100))
    >>> study = ls.run_study(
    ...     "digits", ["zenith", mine], seeds=2, epochs=1, checkpoints=1, measure=small, out="studies/small"
    ... )
    >>> print(study.report())  # doctest: +ELLIPSIS
    # digits: does ZENITH find flatter minima, and do they generalise?
    ...
    """
    asked, folder = _asked(task, methods, seeds, out, spec)
    if log is not None:
        check_log(log)
    plan = prepare(asked, folder, data_root, device, download=download)
    if dry_run:
        return estimate(plan, workers=workers)
    study = execute(plan, workers=workers, progress=progress, log=log, report=True)
    if failed := study.failed_runs:
        said = f"{summary_of_failed(failed)}; study.failed_runs has the reasons, and the same call tries them again"
        warnings.warn(said, RuntimeWarning, stacklevel=2)
    if missing := study.not_measured:
        warnings.warn(f"{summary_of(missing)}; study.not_measured has the reasons", RuntimeWarning, stacklevel=2)
    return study


EPOCHS = 20
_NAMED = ("task", "methods", "seeds", "makes")


def _is_method(given: str | Path) -> bool:
    """Whether text in the place of methods is one, rather than a folder."""
    return isinstance(given, str) and (given in names() or (":" in given and is_reference(given)))


def _name_of(task: Any, settings: Any) -> str:
    """Name of a study after its task."""
    if not isinstance(task, (str, Task)):
        return "study"
    single = {key: value for key, value in dict(settings or {}).items() if not isinstance(value, (list, tuple))}
    return task_of(task, single).name.replace("/", "-")


def _asked(task: Any, methods: Any, seeds: Any, out: Any, keys: dict[str, Any]) -> tuple[StudySpec, Path]:
    """Return the spec that is asked for, and the folder."""
    folder = methods if isinstance(methods, (str, Path)) and not _is_method(methods) else None
    unknown_keys(keys, tuple(f.name for f in dataclasses.fields(StudySpec) if f.name not in _NAMED), "run_study(...)")
    if isinstance(task, str) and task.startswith("papers/"):
        load_spec(task)  # which says what it is
    of_spec = isinstance(task, (StudySpec, Path)) or (isinstance(task, str) and task.endswith(".toml"))
    if of_spec or (isinstance(task, str) and methods is folder and task in packaged_specs()):
        if folder is None and methods is not None:
            raise ValueError(
                "a spec has its methods already: leave methods out, and give the folder as out=, or change them with "
                "spec.replace(methods=...)"
            )
        changes = keys if seeds is None else {"seeds": seeds, **keys}
        spec = task if isinstance(task, StudySpec) else load_spec(task)
        spec = spec.replace(**changes) if changes else spec
    else:
        if methods is None or folder is not None:
            raise ValueError(
                f"run_study({str(task)!r}, ...) has no methods: give a list such as ['zenith', 'cosine'], or a spec or "
                f".toml file as the first argument"
            )
        given = {"task": task, "methods": methods, "seeds": 5 if seeds is None else seeds, **keys}
        if not any(key in keys for key in BUDGETS):
            given["epochs"] = EPOCHS
        # References are read, and a name for the study is taken, once the rest is known to be right.
        spec = StudySpec(**({"name": _name_of(task, keys.get("task_settings"))} | given))
    if folder is not None and out is not None:
        raise ValueError(f"two folders, '{folder}' and out='{out}': give one")
    chosen = out if out is not None else folder
    return spec, Path(chosen) if chosen is not None else Path("studies") / spec.name
