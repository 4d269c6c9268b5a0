"""What a study would do, and an estimate of what it takes, from a short trial; nothing is written."""

from __future__ import annotations

import heapq
import json
import math
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from landscape._common.checksums import DamagedFileError
from landscape._common.guesses import guessable
from landscape._common.summaries import Summarized, Summary, counted
from landscape._common.validation import check_count
from landscape.study.compiled_products import kept_products
from landscape.study.compiling import kept_choice
from landscape.study.engines import EngineSpec
from landscape.study.engines.overview import duration
from landscape.study.jobs import Jobs, Parts, Training, Trials, parts_of, tuned_parts
from landscape.study.missing import rows_of
from landscape.study.plan import Plan
from landscape.study.run import computing_threads, with_lengths
from landscape.study.shared_store import place_of
from landscape.study.stability import recorder
from landscape.study.store import Study
from landscape.study.together import groups_of, is_together
from landscape.study.trial import MeasureCost, RunDisk, Span, TrainCost, Trial

__all__ = ["DryRun", "Planned", "estimate", "span_words"]

SECONDS = 20.0
"""Of work in the trial, about; each method takes a few steps however long they are."""
TRAINING = 0.4
"""Share of it for training."""

Job = Callable[[], Span]


@dataclass(frozen=True)
class Planned:
    """A stage of a study.

    Attributes
    ----------
    stage : str
    what : str
        What it is of: runs, trials, figures.
    there : int
        How many are in the folder and are not done again.
    to_do : int
    jobs : int
        That do them: several runs may be trained as one model.
    work : Span
        Seconds of work of all jobs: CPU time, or where a GPU works the time that passes.
    elapsed : Span
        Seconds from the first job to the last with so many at once as are asked for.
    at_most : bool
        Whether fewer may do, which depends on what a tuning chooses.
    """

    stage: str
    what: str
    there: int
    to_do: int
    jobs: int
    work: Span
    elapsed: Span
    at_most: bool = False


@dataclass(frozen=True, repr=False)
class DryRun(Summarized):
    """What a study would do, where, and what it would take, as a table and sentences.

    Attributes
    ----------
    name, folder : str
    stages : tuple of Planned
    where : str
    work : Span
        Seconds of work of all stages, as estimated and between which values.
    elapsed : Span
        Seconds that pass, on a machine as busy as it was in the trial.
    machine_hours : Span
        CPUs of a job times the hours that it holds them, of all jobs.
    gpu_hours : Span
    disk : Span
        Bytes of runs and measures that are added.
    notes : tuple of str
        How it was found, and what it leaves out.
    """

    name: str
    folder: str
    stages: tuple[Planned, ...]
    where: str
    work: Span
    elapsed: Span
    machine_hours: Span
    gpu_hours: Span
    disk: Span
    notes: tuple[str, ...] = ()

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to do but to gather and to draw."""
        return not any(stage.to_do for stage in self.stages)

    def _summary(self) -> Summary:
        rows = [
            (
                each.stage,
                each.there,
                f"{'up to ' if each.at_most and each.to_do else ''}{counted(each.to_do, each.what)}",
                each.jobs,
                span_words(each.work) if each.work.high or not each.to_do else "unknown",
                span_words(each.elapsed) if each.work.high or not each.to_do else "unknown",
            )
            for each in self.stages
        ]
        header = ("stage", "there", "to do", "jobs", "work", "time")
        if self.is_done:
            said = ["Everything is trained and measured: figures and report are all that would be made."]
        elif self.work.high == 0:
            said = ["Nothing was tried, so its time is unknown."]
        else:
            gpus = f", {_hours(self.gpu_hours)} of a GPU" if self.gpu_hours.high else ""
            said = [
                f"Time: {span_words(self.elapsed)}. Machine: {_hours(self.machine_hours)} of a CPU{gpus}. "
                f"Disk: {_bytes(self.disk)}."
            ]
        if any(each.at_most and each.to_do for each in self.stages):
            said.append(
                "A method that keeps its settings when it is tuned needs nothing of the stages at tuned settings."
            )
        headline = f"study '{self.name}' into '{self.folder}', {self.where}; nothing was written"
        return Summary(headline, header, rows, [*said, *self.notes])


@guessable
def estimate(plan: Plan, *, workers: int = 1, seconds: float = SECONDS) -> DryRun:
    """Say what `execute` would do with a plan, and estimate what it takes from a short trial.

    A trial takes the first steps of each method, trains a short run, and measures its weights at few points and probes;
    costs are taken as linear in the number of steps, samples, points and probes. Files whose size counts are written to
    a temporary folder, which is removed.

    Parameters
    ----------
    plan : Plan
        As from `prepare`.
    workers : int
        Jobs at once.
    seconds : float
        Of work in the trial, about; 0 only counts what is to be done.

    Returns
    -------
    DryRun
        It prints as a table.

    Examples
    --------
    >>> from landscape.study import StudySpec, estimate, prepare
    >>> spec = StudySpec(name="a", task="digits", methods=["zenith", "cosine"], seeds=3, epochs=2)
    >>> found = estimate(prepare(spec, "studies/a"), workers=2, seconds=0)
    >>> [(stage.stage, stage.to_do) for stage in found.stages]
    [('training', 6), ('measuring', 6), ('planes and spectra', 3)]
    """
    check_count(workers, "workers", 1, "process is needed")
    plan = with_lengths(plan)
    work = _Work(plan)
    engine = plan.spec.engine
    costs: _Costs | None
    notes: list[str] = []
    stages: list[Planned] = []
    disk = Span()
    if work.jobs and seconds > 0:
        with tempfile.TemporaryDirectory(prefix="landscape-trial-") as folder:
            trial = Trial(seconds, Path(folder))
            with computing_threads(plan.spec.threads):
                costs = _Costs(trial, work)
            load = max(trial.load, 1 / plan.spec.threads) if plan.device == "cpu" else 1.0
            disk = costs.disk()
            notes = costs.notes(load)
    else:
        costs, load = None, 1.0
    for stage in work.stages:
        spans = [] if costs is None else [costs.of(job) for job in stage.jobs]
        total = sum(spans, Span())
        stages.append(
            Planned(
                stage.title,
                stage.what,
                stage.there,
                stage.to_do,
                len(stage.jobs),
                Span(0.0, total.value, total.high) if stage.at_most else total,
                _elapsed(spans, workers, stage.at_most) * load,
                stage.at_most,
            )
        )
    every = sum((stage.work for stage in stages), Span())
    held = every * (load * max(engine.cpus, plan.spec.threads) / 3600)
    gpus = engine.gpus or (1.0 if plan.device.startswith("cuda") else 0.0)
    return DryRun(
        name=plan.spec.name,
        folder=str(plan.out),
        stages=tuple(stages),
        where=_where(engine, workers, plan),
        work=every,
        elapsed=sum((stage.elapsed for stage in stages), Span()),
        machine_hours=held,
        gpu_hours=every * (load * gpus / 3600),
        disk=disk,
        notes=tuple(notes),
    )


@dataclass(frozen=True)
class _Train:
    """A job that trains; of the seeds and settings, only their number counts."""

    kind: str
    plans: tuple[Plan, ...]
    method: str
    seeds: tuple[int, ...]


@dataclass(frozen=True)
class _Measure:
    kind: str
    plan: Plan
    method: str
    at_start: bool
    """Whether the curvature at the initial weights is measured, which runs of one seed share."""


@dataclass(frozen=True)
class _Figure:
    kind: str
    plan: Plan
    runs: int
    """Of a plane; 0 of a spectrum."""


@dataclass
class _Stage:
    title: str
    what: str
    there: int
    to_do: int
    jobs: list[Any]
    at_most: bool = False


class _Reader(Study):
    """A study of which nothing is set aside and nothing is written."""

    @cached_property
    def root(self) -> Path:
        store = place_of(self.spec, self.path)
        return store if store.is_dir() else self.path

    def has_sound_run(self, run_id: str) -> bool:
        return self.has_run(run_id)

    def has_complete_measure(self, kind: str, name: str) -> bool:
        if not self.has_measure(kind, name):
            return False
        try:
            return not list(rows_of(self.read_measure(kind, name)))
        except DamagedFileError:
            return False


class _Work:
    """The jobs of a study that are not done."""

    def __init__(self, plan: Plan) -> None:
        self.study = _Reader(plan.out, plan.spec)
        if (kept := kept_choice(self.study, plan)) is not None:
            plan = replace(plan, compiled=kept[0])
        if plan.spec.measure.compiled == "auto" and (kept := kept_products(self.study, plan)) is not None:
            plan = replace(plan, compiled_products=kept[0])
        self.stages: list[_Stage] = []
        parts = parts_of(self.study, plan, _found)
        self.first = parts[0][1]
        self._add(parts, "")
        if plan.spec.tuning is not None:
            self._add_tuning(parts)

    @property
    def jobs(self) -> list[Any]:
        return [job for stage in self.stages for job in stage.jobs]

    def _add(self, parts: Parts, kind: str) -> None:
        jobs = Jobs(parts, foreseen=True)
        self.stages.append(_training(f"training{kind}", "run", parts, jobs.training()))
        measuring, figures = jobs.measuring(), jobs.figures()
        begun: set[tuple[int, str]] = set()
        work: list[Any] = []
        keys = {name: key for of_part in jobs.runs for key, name in of_part.items()}
        for i, name in measuring.unmeasured.values():
            plan, (method, seed) = parts[i][1], keys[name]
            own = (seed, _measure_kind(plan, method))
            work.append(_Measure(own[1], plan, method, own not in begun))
            begun.add(own)
        there = len(measuring.every) - len(work)
        self.stages.append(_Stage(f"measuring{kind}", "run", there, len(work), work))
        if figures.there or len(figures):
            work = []
            for i, _, runs in figures.undrawn.values():
                plan = parts[i][1]
                work.append(_Figure(_measure_kind(plan, plan.spec.methods[0]), plan, len(runs)))
            for i, name in figures.unknown.values():
                work.append(_Figure(_measure_kind(parts[i][1], keys[name][0]), parts[i][1], 0))
            self.stages.append(_Stage("planes and spectra", "figure", figures.there, len(work), work))

    def _add_tuning(self, parts: Parts) -> None:
        trials = Trials(parts)
        training = trials.training()
        self.stages.append(_training("tuning", "trial", trials.shared, training))
        if training.untrained:
            self._add_unknown(tuned_parts(parts, None, _found))
        else:
            self._add(tuned_parts(parts, trials.found(), _found), ", tuned")

    def _add_unknown(self, parts: Parts) -> None:
        """Add the stages at settings that no trial has chosen yet, all of whose runs may be new."""
        runs = {
            f"{i} {m} {s}": (i, m, s) for i, (_, p) in enumerate(parts) for m in p.spec.methods for s in p.spec.seeds
        }
        self.stages.append(_training("training, tuned", "run", parts, Training(runs, runs, {}), at_most=True))
        jobs = [_Measure(_measure_kind(parts[i][1], m), parts[i][1], m, False) for i, m, _ in runs.values()]
        self.stages.append(_Stage("measuring, tuned", "run", 0, len(jobs), jobs, True))


def _found(plan: Plan) -> Study:
    return _Reader(plan.out, plan.spec)


def _training(title: str, what: str, parts: Parts, training: Training, at_most: bool = False) -> _Stage:
    jobs: list[Any] = []
    for group in groups_of(parts, training.untrained, training.every, sets_aside=False):
        plans = tuple(parts[i][1] for i, _, _ in group.values())
        method = next(iter(group.values()))[1]
        seeds = tuple(seed for _, _, seed in group.values())
        jobs.append(_Train(_train_kind(plans[0], method, len(seeds)), plans, method, seeds))
    to_do = len(training.untrained)
    return _Stage(title, what, len(training.every) - to_do, to_do, jobs, at_most)


def _train_kind(plan: Plan, method: str, lanes: int) -> str:
    """Return what the time of a step depends on."""
    settings = {k: v for k, v in plan.spec.settings_for(method).items() if k not in ("lr", "window", "weight_decay")}
    together = lanes if is_together(plan, method) else 0
    kind = [method, settings, plan.spec.batch_size, together, len(plan.data.train), _of_task(plan), plan.spec.options]
    return json.dumps(kind, default=str)


def _measure_kind(plan: Plan, method: str) -> str:
    return json.dumps([plan.spec.as_dict()["measure"], recorder(plan.spec, method) is not None, _of_task(plan)])


def _of_task(plan: Plan) -> str:
    """Return what tells the tasks of a study apart, the points of a sweep."""
    return json.dumps(plan.spec.task_settings)


class _Costs:
    """What jobs cost, from a trial."""

    def __init__(self, trial: Trial, work: _Work) -> None:
        self._trial, self._work = trial, work
        self._train: dict[str, TrainCost] = {}
        self._measure: dict[str, MeasureCost] = {}
        self._disk: dict[tuple[bool, str], RunDisk] = {}
        self._untried: list[str] = []
        self._failed: list[tuple[str, str]] = []
        jobs = work.jobs
        kinds: dict[str, _Train] = {}
        for job in jobs:
            if isinstance(job, _Train):
                kinds.setdefault(job.kind, job)
        each = trial.seconds * TRAINING / max(1, len(kinds))
        for kind, job in kinds.items():
            if trial.is_over:
                self._untried.append(job.method)
                continue
            with self._noting(f"training '{job.method}'"):
                self._train[kind] = trial.training(job.plans, job.method, job.seeds, each)
        measured: dict[str, tuple[Plan, str]] = {}
        for job in jobs:
            if isinstance(job, _Measure):
                measured.setdefault(job.kind, (job.plan, job.method))
            elif isinstance(job, _Figure):
                measured.setdefault(job.kind, (job.plan, job.plan.spec.focus))
        for kind, (plan, method) in measured.items():
            with self._noting(f"measuring a run of '{method}'"):
                step = self._step_of(method)
                steps = min(plan.steps(method), 2000, max(2, int(each / step))) if step > 0 else 2
                run = trial.sample(plan, method, steps)
                took, disk = trial.writing(plan, run)
                self._disk.setdefault((bool(run.recorded), _of_task(plan)), disk)
                self._train = {k: replace(c, writing=_exactly(took)) for k, c in self._train.items()}
                self._measure[kind] = trial.measuring(plan, run)

    def _step_of(self, method: str) -> float:
        """Return the seconds of a step of one run of a method; 0 if it was not tried."""
        tried = [(json.loads(kind), cost.step.value) for kind, cost in self._train.items()]
        return max((took / max(1, lanes) for (name, _, _, lanes, *_), took in tried if name == method), default=0.0)

    def _noting(self, what: str) -> _Noting:
        return _Noting(self._failed, what)

    def of(self, job: Any) -> Span:
        """Return the seconds of work of a job."""
        if isinstance(job, _Train):
            plan = job.plans[0]
            cost = self._train.get(job.kind) or self._of_others(job)
            per_epoch = math.ceil(len(plan.data.train) / plan.spec.batch_size)
            lanes = len(job.seeds)
            return cost.of(plan.steps(job.method), per_epoch, plan.spec.evaluate_every) + cost.writing * (lanes - 1)
        of_run = self._measure.get(job.kind)
        if of_run is None:
            return Span()
        spec = job.plan.spec
        if isinstance(job, _Measure):
            rows = of_run.row * min(spec.checkpoints, job.plan.steps(job.method))
            first = of_run.first if job.at_start else Span()
            return of_run.setup + first + rows + of_run.end + (of_run.lines if job.plan.slices else Span())
        return of_run.plane + of_run.point * (job.runs * (spec.checkpoints + 1)) if job.runs else of_run.spectrum

    def _of_others(self, job: _Train) -> TrainCost:
        """Return the cost of what was not tried: the mean of what was."""
        tried = list(self._train.values())
        if not tried:
            return TrainCost(Span(), Span(), Span())
        mean = 1 / len(tried)
        return TrainCost(
            *(sum((getattr(c, key) for c in tried), Span()) * mean for key in ("setup", "step", "evaluation"))
        )

    def disk(self) -> Span:
        """Return the bytes that runs and measures add."""
        total = Span()
        for stage in self._work.stages:
            size = sum(map(self._bytes_of, stage.jobs))
            total += Span(0 if stage.at_most else size, size, size)
        return total

    def _bytes_of(self, job: Any) -> int:
        if isinstance(job, _Measure):
            return self._measure[job.kind].bytes if job.kind in self._measure else 0
        if isinstance(job, _Figure) or not self._disk:
            return 0
        plan = job.plans[0]
        recorded = json.loads(_measure_kind(plan, job.method))[1] and not plan.trials
        own = self._disk.get((recorded, _of_task(plan))) or next(iter(self._disk.values()))
        steps = plan.steps(job.method)
        return len(job.seeds) * own.of(steps, min(plan.spec.checkpoints, steps))

    def notes(self, load: float) -> list[str]:
        """Return how the estimate was found, and what it leaves out."""
        trial = self._trial
        steps = ", ".join(f"{count} steps of {name}" for name, count in trial.steps.items())
        products = ""
        if trial.products:
            few, many = min(trial.products), max(trial.products)
            products = f"; an eigenvalue took {few} to {many} products" + (
                "" if trial.converged else " without converging, and may take as many as the spec allows"
            )
        said = [
            f"From a trial of {trial.took:.0f} s ({steps}{products}). The least and the most are what its own parts "
            f"differed by: the mean steps of its fifths, half the products of an eigenvalue to the most that one took, "
            f"and two ways to extend the times of few points and probes to many."
        ]
        if load > 1.2:
            said.append(
                f"The machine is busy: in the trial {load:.1f} s passed for each second of CPU time. Work is CPU time; "
                f"times are those of a machine that stays as busy."
            )
        said.append(
            "Left out: the start of workers, gathering the results, figures and report; and runs that diverge, which "
            "end sooner. Files that are there are not looked through for damage."
        )
        if self._untried:
            said.append(
                f"No time was left to try {', '.join(sorted(set(self._untried)))}: taken as the mean of the others."
            )
        said += [f"The trial of {what} failed ({reason}): its time is missing." for what, reason in self._failed]
        return said


class _Noting:
    """Note what fails in a block, and go on."""

    def __init__(self, failed: list[tuple[str, str]], what: str) -> None:
        self._failed, self._what = failed, what

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, *_: object) -> bool:
        if not isinstance(error, Exception):
            return False
        lines = str(error).splitlines() or [""]
        self._failed.append((self._what, f"{type(error).__name__}: {lines[0][:200]}"))
        return True


def _exactly(seconds: float) -> Span:
    return Span(seconds, seconds, seconds)


def _elapsed(jobs: Sequence[Span], workers: int, at_most: bool) -> Span:
    """Return how long workers take who each begin the next job when they have ended one."""
    ends = []
    for key in ("low", "value", "high"):
        free = [0.0] * min(workers, max(1, len(jobs)))
        for job in jobs:
            heapq.heappush(free, heapq.heappop(free) + getattr(job, key))
        ends.append(max(free))
    return Span(0.0 if at_most else ends[0], ends[1], ends[2])


def _where(engine: EngineSpec, workers: int, plan: Plan) -> str:
    if engine.is_local:
        place = "in this process" if workers == 1 else f"{workers} processes of this machine"
        return f"{place}, {counted(plan.spec.threads, 'thread')} each, on {plan.device}"
    needs = [counted(engine.cpus, "CPU")]
    needs += [f"{engine.memory:g} GB"] if engine.memory is not None else []
    needs += [f"{engine.gpus:g} GPU"] if engine.gpus else []
    needs += [f"{engine.minutes:g} min"] if engine.minutes is not None else []
    return f"at most {workers} jobs of {engine.name} at once, each with {', '.join(needs)}"


def span_words(span: Span) -> str:
    """Return a span of seconds in words."""
    if span.high == 0:
        return "0 s"
    least, most = duration(span.low), duration(span.high)
    return f"about {duration(span.value)}" + (f" ({least} to {most})" if least != most else "")


def _hours(span: Span) -> str:
    return f"{span.value:.2g} h ({span.low:.2g} to {span.high:.2g})"


def _bytes(span: Span) -> str:
    power = min(4, max(0, int(math.log10(max(1.0, span.high)) / 3)))
    unit = ("B", "kB", "MB", "GB", "TB")[power]
    least, most = (f"{count / 1000**power:.3g}" for count in (span.low, span.high))
    return f"about {most} {unit}" if least == most else f"{least} to {most} {unit}"
