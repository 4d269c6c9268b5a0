"""Run a named study: its ordinary studies one after the other, then the paper's tables and figures from them."""

from __future__ import annotations

import traceback
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, overload

from landscape._common.files import write_record, write_text
from landscape._common.guesses import guessable
from landscape._common.summaries import Summarized, Summary, counted
from landscape._common.validation import check_count
from landscape.study.dry_run import DryRun, estimate, span_words
from landscape.study.engines import EngineSpec
from landscape.study.failures import FOLDER as FAILURES
from landscape.study.failures import sentence_of
from landscape.study.log import check_log
from landscape.study.missing import reason_of
from landscape.study.papers.costs import CostPlan, measure_costs, prepare_costs
from landscape.study.papers.generated import generate, is_possible
from landscape.study.papers.report import FILE, RECORD, Outputs, write_outputs
from landscape.study.papers.spec import NamedStudy, Part, read_named
from landscape.study.plan import Plan, prepare
from landscape.study.run import execute, with_lengths
from landscape.study.store import Report, Study
from landscape.study.trial import Span
from zenith import tasks
from zenith._common.names import unknown_keys

__all__ = ["PaperDryRun", "PaperPlan", "PaperStudy", "execute_paper", "prepare_paper", "run_paper"]

GENERATED = "generated"
"""Folder of data that are made where no real ones are given."""
LEFT_OUT = "left out of this run, of which only {} were asked for"


@dataclass(frozen=True)
class PaperPlan:
    """A checked named study, ready to run.

    Attributes
    ----------
    named : NamedStudy
    scale : str
    out : Path
    studies : dict of str to Plan
        The checked plans of its studies.
    costs : dict of str to CostPlan
        And of its measurements of costs.
    not_run : dict of str to str
        What cannot be run, or was not asked for, and why.
    generated : bool
        Whether data are made, for want of real ones.
    """

    named: NamedStudy
    scale: str
    out: Path
    studies: Mapping[str, Plan]
    costs: Mapping[str, CostPlan]
    not_run: Mapping[str, str]
    left_out: Mapping[str, str] = field(default_factory=dict)
    generated: bool = False

    @property
    def parts(self) -> Mapping[str, Plan | CostPlan]:
        """Studies and measurements of costs, by name."""
        return {**self.studies, **self.costs}


@dataclass(frozen=True, repr=False)
class PaperDryRun(Summarized):
    """What the studies of a named study would do and take.

    Attributes
    ----------
    name : str
    parts : dict of str to DryRun
        Of each of its studies.
    costs : tuple of str
        Measurements of costs, which are not estimated.
    not_run : dict of str to str
        What cannot be run, and why.
    """

    name: str
    parts: Mapping[str, DryRun]
    costs: tuple[str, ...]
    not_run: Mapping[str, str]

    def _summary(self) -> Summary:
        rows = [(name, span_words(each.work), span_words(each.elapsed)) for name, each in self.parts.items()]
        elapsed = sum((each.elapsed for each in self.parts.values()), Span())
        return Summary(
            f"{self.name!r}: {counted(len(self.parts), 'study', 'studies')}, {span_words(elapsed)}",
            ("study", "work", "time"),
            rows,
            notes=(
                *(f"{name}: costs of a step, not estimated" for name in self.costs),
                *(f"{name} would not be run: {why}" for name, why in self.not_run.items()),
            ),
            folded={name: str(each).splitlines() for name, each in self.parts.items()},
        )


@dataclass(frozen=True, repr=False)
class PaperStudy(Summarized):
    """A finished named study.

    Attributes
    ----------
    path : Path
        The folder.
    named : NamedStudy
    scale : str
    studies : dict of str to Study
        That are finished.
    outputs : Outputs
        Tables, figures, and what is missing.
    """

    path: Path
    named: NamedStudy
    scale: str
    studies: Mapping[str, Study]
    outputs: Outputs

    def _summary(self) -> Summary:
        names = [*(table.name for table in self.outputs.tables), *(each.figure.name for each in self.outputs.figures)]
        made = [name.replace("_", " ") for name in names]
        return Summary(
            f"{self.named.name!r} at scale {self.scale!r} in {str(self.path)!r}: {', '.join(made) or 'nothing drawn'}",
            ("study", "methods", "seeds", "task"),
            [
                (name, len(study.spec.methods), len(study.spec.seeds), study.spec.task_name)
                for name, study in self.studies.items()
            ],
            notes=[f"{name}: {why}" for name, why in self.not_run.items()],
        )

    @property
    def not_run(self) -> Mapping[str, str]:
        """What was not run, or failed, and why."""
        return self.outputs.not_run

    @property
    def whole(self) -> bool:
        """Whether all that was asked for was run, no run failed, and nothing could not be measured."""
        return not self.outputs.problems and not any(
            study.failed_runs or study.not_measured for study in self.studies.values()
        )

    @cached_property
    def _report(self) -> Report:
        return Report(self.path / "report.html", (self.path / "report.md").read_text(encoding="utf-8"))

    def report(self) -> Report:
        """Return the report, which was written at the end of the run."""
        return self._report


def prepare_paper(
    name: str | Path,
    scale: str = "small",
    out: str | Path | None = None,
    *,
    data_root: str | Path | None = None,
    download: bool = False,
    device: str | None = None,
    store: str | Path | None = None,
    engine: str | EngineSpec | None = None,
    seeds: int | Sequence[int] | None = None,
    only: Sequence[str] | None = None,
    generated_in: Path | None = None,
) -> PaperPlan:
    """Check all parts of a named study before any work starts; nothing is written but data that are generated.

    These go to `generated_in`, by default a folder in `out`.

    Raises
    ------
    ValueError, FileNotFoundError
        For an unknown name or scale, or if no part can be run; the message has the reasons.
    """
    named = name if isinstance(name, NamedStudy) else read_named(name)
    chosen = named.scale(scale)
    folder = Path(out) if out is not None else Path("studies") / named.name / scale
    if only is not None:
        unknown_keys(only, [part.name for part in chosen.parts], f"the studies of '{named.name}' at scale {scale}")
    studies: dict[str, Plan] = {}
    costs: dict[str, CostPlan] = {}
    not_run, left_out = dict(chosen.not_run), dict[str, str]()
    generated = False
    for part in chosen.parts:
        if only is not None and part.name not in only:
            left_out[part.name] = LEFT_OUT.format(", ".join(only))
            continue
        changes: dict[str, Any] = {} if seeds is None else {"seeds": seeds}
        changes |= {} if engine is None else {"engine": engine}
        if store is not None:  # one for each task, whose steps within a budget of seconds are its own
            changes["store"] = str(Path(store) / part.task.replace("/", "-"))
        try:
            _check_task(part)
            root = Path(data_root) if data_root is not None else None
            if root is None and scale == "smoke" and is_possible(part.task):
                root, generated = generate(part.task, generated_in or folder / GENERATED), True
            elif root is not None:
                root = _own_folder(root, part.task)
            if part.costs:
                costs[part.name] = prepare_costs(part, folder / part.name, root, device, download)
            else:
                spec = part.spec()
                spec = spec.replace(**changes) if changes else spec
                studies[part.name] = prepare(spec, folder / part.name, root, device, download=download)
        except (ValueError, OSError, ImportError) as error:
            not_run[part.name] = str(error)
    if not studies and not costs:
        said = "; ".join(f"{part}: {why}" for part, why in not_run.items())
        raise ValueError(f"no study of '{named.name}' can be run at scale {scale}: {said}")
    return PaperPlan(named, scale, folder, studies, costs, not_run, left_out, generated)


@contextmanager
def preparing(name: str | Path, scale: str, out: Any, *, dry_run: bool, **options: Any) -> Iterator[PaperPlan]:
    """Prepare a named study, and write nothing at all where it is only to be estimated."""
    if not dry_run:
        yield prepare_paper(name, scale, out, **options)
        return
    with TemporaryDirectory() as folder:
        yield prepare_paper(name, scale, out, generated_in=Path(folder), **options)


def execute_paper(plan: PaperPlan, *, workers: int = 1, progress: bool = True, log: str | None = None) -> PaperStudy:
    """Run what is missing of every part, then write tables, figures and the report; see `run_paper`.

    A part that fails is recorded with its reason, and the others are run.
    """
    check_count(workers, "workers", 1, "process is needed")
    failed: dict[str, str] = {}
    plan.out.mkdir(parents=True, exist_ok=True)
    record = {
        "named_study": plan.named.name,
        "scale": plan.scale,
        "generated": plan.generated,
        "not_run": dict(plan.not_run),
        "left_out": dict(plan.left_out),
    }
    if plan.named.file is not None:  # so that the folder is read where the file is not
        write_text(plan.out / FILE, plan.named.file.read_text(encoding="utf-8"))
    write_record(plan.out / RECORD, {**record, "failed": failed})
    for name, part in plan.parts.items():
        trouble = plan.out / FAILURES / f"{name}.txt"
        try:
            if isinstance(part, CostPlan):
                measure_costs(part, progress=progress)
            else:
                execute(part, workers=workers, progress=progress, log=log, report=plan.scale != "smoke")
            trouble.unlink(missing_ok=True)
        except Exception as error:
            failed[name] = sentence_of(error) or reason_of(error)
            trouble.parent.mkdir(exist_ok=True)
            write_text(trouble, "".join(traceback.format_exception(error)))
            write_record(plan.out / RECORD, {**record, "failed": failed})
    return open_paper(plan.out)


def open_paper(folder: Path) -> PaperStudy:
    """Draw tables, figures and report of a named study from its studies that are finished; nothing is trained."""
    outputs = write_outputs(folder)
    return PaperStudy(folder, outputs.named, outputs.scale, outputs.studies, outputs)


@overload
def run_paper(
    name: str | Path,
    scale: str = "small",
    out: str | Path | None = None,
    *,
    data_root: str | Path | None = None,
    download: bool = False,
    device: str | None = None,
    store: str | Path | None = None,
    engine: str | EngineSpec | None = None,
    workers: int = 1,
    seeds: int | Sequence[int] | None = None,
    only: Sequence[str] | None = None,
    log: str | None = None,
    progress: bool = True,
    dry_run: Literal[False] = False,
) -> PaperStudy: ...


@overload
def run_paper(
    name: str | Path,
    scale: str = "small",
    out: str | Path | None = None,
    *,
    data_root: str | Path | None = None,
    download: bool = False,
    device: str | None = None,
    store: str | Path | None = None,
    engine: str | EngineSpec | None = None,
    workers: int = 1,
    seeds: int | Sequence[int] | None = None,
    only: Sequence[str] | None = None,
    log: str | None = None,
    progress: bool = True,
    dry_run: Literal[True],
) -> PaperDryRun: ...


@guessable
def run_paper(
    name: str | Path,
    scale: str = "small",
    out: str | Path | None = None,
    *,
    data_root: str | Path | None = None,
    download: bool = False,
    device: str | None = None,
    store: str | Path | None = None,
    engine: str | EngineSpec | None = None,
    workers: int = 1,
    seeds: int | Sequence[int] | None = None,
    only: Sequence[str] | None = None,
    log: str | None = None,
    progress: bool = True,
    dry_run: bool = False,
) -> PaperStudy | PaperDryRun:
    """Run a paper's experiment by its name, or continue it, then draw its tables and figures.

    Parameters
    ----------
    name : str
        A named study, such as "papers/table3"; ``landscape study --list`` has all. Or the path of a TOML file like
        theirs.
    scale : {"smoke", "small", "paper"}
        A minute on generated data, where no `data_root` is given, whose numbers mean nothing; within an hour on two
        cores; or the paper's own budget.
    out : path, optional
        The folder, ``studies/papers/NAME/SCALE`` by default; each study of which it consists has one of its own in it,
        and is continued there.
    data_root : path, optional
        Where the datasets lie: ``data_root/DATASET`` where there is such a folder (``cifar10`` of the task
        ``cifar10/vgg19``), and else itself.
    download, device, engine, workers, log, progress
        As for `run_study`.
    store : path, optional
        Keeps the runs for all named studies that name it, in a folder for each task: figures 1 and 4 are drawn from the
        runs of table 3.
    seeds : int or sequence of int, optional
        In the place of those of the studies.
    only : sequence of str, optional
        Run these of its studies; the others are shown as far as they were run before.
    dry_run : bool
        Train nothing: return what would be done, and an estimate of its time, a trial of some 20 seconds for each
        study.

    Returns
    -------
    PaperStudy
        With its studies, tables and figures; or a `PaperDryRun`. What cannot be run, or failed, is in its `not_run` and
        in the report, with the reasons, and a warning says so.

    Raises
    ------
    ValueError, FileNotFoundError
        Before any work starts, if nothing can be run; the message has the reasons.

    Examples
    --------
    >>> made = ls.run_paper("papers/figure6", scale="smoke", out="studies/figure6", progress=False)
    >>> made.outputs.figures[0].figure.title, list(made.studies)
    ('The window', ['windows'])
    """
    if log is not None:
        check_log(log)
    options: dict[str, Any] = {
        "data_root": data_root,
        "download": download,
        "device": device,
        "store": store,
        "engine": engine,
    }
    options |= {"seeds": seeds, "only": only}
    with preparing(name, scale, out, dry_run=dry_run, **options) as plan:
        if dry_run:
            return estimate_paper(plan, workers=workers)
        done = execute_paper(plan, workers=workers, progress=progress, log=log)
    for part, why in done.outputs.problems.items():
        warnings.warn(f"{part} was not run: {why}", RuntimeWarning, stacklevel=2)
    return done


def estimate_paper(plan: PaperPlan, workers: int = 1) -> PaperDryRun:
    """Estimate what the studies would take, from a short trial of each."""
    parts = {name: estimate(with_lengths(each), workers=workers) for name, each in plan.studies.items()}
    return PaperDryRun(plan.named.name, parts, tuple(plan.costs), plan.not_run)


def _check_task(part: Part) -> None:
    """Raise ValueError for a name of a task that this version does not have."""
    if ":" not in part.task and part.task not in tasks.names():
        raise ValueError(f"the task '{part.task}' is not in this version of the lab, so there is nothing to train")


def _own_folder(root: Path, task: str) -> Path:
    """Return the folder of a task's dataset below the folder of all, if there is one."""
    own = root / task.partition("/")[0]
    return own if own.is_dir() else root
