"""Run a study: train its runs, measure them, and gather the results in the store."""

from __future__ import annotations

import itertools
import logging
import os
import platform
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
import xarray as xr

from landscape._common.guesses import guessable
from landscape._common.summaries import counted
from landscape._common.validation import check_count
from landscape.study.compiled_products import with_compiled_products
from landscape.study.compiling import with_compiling
from landscape.study.conclusions import too_few_seeds
from landscape.study.engines import Engine, EngineSpec, Overview, Report
from landscape.study.failures import Failures, Item, JobFailedError, ends_the_study, failure_of, recorded, remove_empty
from landscape.study.gather import gather
from landscape.study.gather_sweep import gather_points
from landscape.study.job_locks import once, remove_locks
from landscape.study.jobs import Jobs, Parts, Training, Trials, measure_id, parts_of, tuned_parts
from landscape.study.kept_objectives import forget_objectives, kept_objective
from landscape.study.kept_steps import KeptSteps, initial_id
from landscape.study.leftovers import clean_up
from landscape.study.lengths import kept_lengths, length_id, measured_length, recorded_lengths
from landscape.study.log import Numbers, RunLog, check_log, finish_log, trained
from landscape.study.measure import (
    accumulated_metric,
    at_checkpoint,
    measure_plane,
    measure_run,
    measure_spectrum,
    product_route,
    statistics_of,
)
from landscape.study.missing import SPECTRUM, Attempts
from landscape.study.plan import Plan, check_device, is_here
from landscape.study.references import as_zenith_takes
from landscape.study.report import write_report
from landscape.study.shared_store import place_of
from landscape.study.spec import StudySpec, loop_options
from landscape.study.stability import recorder
from landscape.study.store import Study
from landscape.study.together import discard_group, groups_of, is_together, left_of, setting_aside, train_group
from landscape.study.tuning import trials_of
from zenith import methods
from zenith._common.environment import environment
from zenith.training.batches import batch_orders
from zenith.training.train import Run, State, train

__all__ = [
    "available_workers",
    "check_paired",
    "computing_threads",
    "execute",
    "measure_job",
    "plane_job",
    "spectrum_job",
    "train_job",
    "with_lengths",
]

Shared = tuple[tuple[Study, Plan], ...]

_LOG = logging.getLogger(__name__)
_JOBS = 1000  # jobs of a cluster at once, at most
_WITHOUT_CHECKSUMS = (
    "'{}' was begun by a version that wrote no checksums: damage to its older files is found only where they cannot be "
    "read, and what is computed now has checksums"
)


@guessable
def execute(
    plan: Plan, *, workers: int = 1, progress: bool = True, log: str | None = None, report: bool = False
) -> Study:
    """Train and measure what is missing, then gather everything into ``study.nc``.

    Parameters
    ----------
    plan : Plan
        As from `prepare`.
    workers : int
        Jobs at once: processes of this machine, unless the spec's `engine` names another place. The numbers do not
        depend on it.
    progress : bool
        Show what is done, running, waiting, diverged and failed, on the standard error.
    log : str, optional
        The tracker that takes the numbers of every run while it is trained and measured; see
        `landscape.monitor.open_logger`.
    report : bool
        Write the report too, whose figures the processes of this machine draw that trained and measured.

    Returns
    -------
    Study
        With `tree` ready.

    Raises
    ------
    ValueError
        Before any work starts, if a budget of seconds allows no step, or the tracker cannot be opened.

    Notes
    -----
    Seeds too few to show any difference, whatever the outcome, are logged as a warning before anything is trained.
    """
    check_count(workers, "workers", 1, "process is needed")
    if log is not None:
        check_log(log)
    plan = with_lengths(plan)
    with Study.claimed(plan.out, plan.spec, plan.provenance) as study:
        clean_up(study)
        if not study.has_checksums:
            _LOG.warning("landscape: %s", _WITHOUT_CHECKSUMS.format(study.path))
        plan = replace(plan, lengths=kept_lengths(study.root, plan.lengths))
        title = f"study '{plan.spec.name}', {counted(workers, 'worker')}"
        with (
            nullcontext() if log is None else RunLog(study, log) as listener,
            Overview(title, shown=progress) as overview,
        ):
            try:
                _run_what_is_missing(study, plan, workers, overview, listener, report=report)
            finally:
                forget_objectives()
        done = Study.open(study.path)
        if log is not None:
            finish_log(done, log)
        # Again: workers of a driver that was killed may have died since in the middle of a write.
        clean_up(study, finished=True)
        remove_locks(study.root)
        remove_empty(study)
    return done


def with_lengths(plan: Plan) -> Plan:
    """Return a plan that knows the steps of every run; write nothing.

    Those that the store does not have are measured here and now, one method after the other, where the budget is in
    seconds or gradient evaluations.

    Raises
    ------
    ValueError
        If the budget allows a method no step.
    """
    if plan.total_steps is not None:
        return plan
    lengths = {**recorded_lengths(place_of(plan.spec, plan.out)), **plan.lengths}
    specs = [spec for _, spec in plan.spec.points()]
    if plan.spec.tuning is not None:
        specs += [trial.spec for point in list(specs) for trial in trials_of(point)]
    for spec in specs:
        for method in spec.methods:
            name = length_id(spec, method, plan.device)
            if name not in lengths:
                with computing_threads(spec.threads):
                    device = plan.device if is_here(plan.device) else "cpu"  # gradients are as many on any
                    lengths[name] = measured_length(spec, method, plan.at(spec, plan.out).data, device)
    return replace(plan, lengths=lengths)


def _run_what_is_missing(
    study: Study, plan: Plan, workers: int, overview: Overview, log: RunLog | None, *, report: bool
) -> None:
    spec = plan.spec
    with computing_threads(spec.threads):
        plan = with_compiled_products(study, with_compiling(study, plan, workers), workers)
    parts = parts_of(study, plan, _made)
    jobs = max(sum(len(part.spec.methods) * len(part.spec.seeds) for _, part in parts), _trials_in(spec))
    with _engine(plan, min(workers, jobs), overview, log) as engine:
        gatherings = _run_parts(parts, engine, log)
        if spec.tuning is not None:
            found, of_best = _tune(parts, engine, log)
            gatherings = [*(partial(of, tuning=trials) for of, trials in zip(gatherings, found, strict=True)), *of_best]
        of_this_machine = engine if spec.engine.is_local else None
        _gather_all(gatherings, of_this_machine)
        if spec.sweep:
            gather_points(study)
        if report:
            write_report(Study.open(study.path), of_this_machine)


def _trials_in(spec: StudySpec) -> int:
    return 0 if spec.tuning is None else len(spec.methods) * spec.tuning.trials * len(spec.tuning.seeds)


def _made(plan: Plan) -> Study:
    return Study.made(plan.out, plan.spec, plan.provenance)


def _made_anew(plan: Plan) -> Study:
    if plan.out.exists() and not _is_study_of(plan.out, plan.spec):
        shutil.rmtree(plan.out)  # of fewer methods or trials: its runs and measures are kept with all others
    return _made(plan)


def _gather_all(gatherings: Sequence[Callable[[], None]], engine: Engine | None) -> None:
    """Gather studies, by the workers of an engine where there are several."""
    if engine is None or len(gatherings) == 1:
        for gathering in gatherings:
            gathering()
        return
    jobs = [(_gather_job, (gathering,)) for gathering in gatherings]
    engine.run(jobs, total=len(jobs), unit="file", title="gathering")


def _gather_job(gathering: Callable[[], None], report: Report) -> None:
    gathering()
    report(1, "")


def _tune(parts: Parts, engine: Engine, log: RunLog | None) -> tuple[list[xr.Dataset], list[Callable[..., None]]]:
    """Run the trials of tunings, then the studies of the settings that they choose.

    Returns the trials of each, and what gathers each of those studies.
    """
    trials = Trials(parts)
    with engine.sharing(_found_from_anywhere(trials.shared)):
        _train_all(engine, trials.shared, trials.training(), "tuning", "trial")
    found = trials.found()
    best = tuned_parts(parts, found, _made_anew)
    return found, _run_parts(best, engine, log, ", tuned")


def _is_study_of(folder: Path, spec: StudySpec) -> bool:
    try:
        return Study.open(folder).spec.as_dict() == spec.as_dict()
    except (ValueError, OSError):  # nothing whole
        return False


def _train_all(engine: Engine, parts: Parts, training: Training, title: str, unit: str) -> None:
    """Train runs; those that fail are recorded, unless all of a method do."""
    study, untrained, of_methods = parts[0][0], training.untrained, training.of_methods
    # What failed before comes last, so that the others show whether anything of a method can be trained.
    before = {name for name in untrained if failure_of(study, "runs", name) is not None}
    groups = sorted(groups_of(parts, untrained, training.every), key=lambda group: not before.isdisjoint(group))
    found = _ended(study, {name for names in of_methods.values() for name in names} - untrained.keys())
    while True:
        jobs = [[run_item(parts[i][1], m, seed, name) for name, (i, m, seed) in group.items()] for group in groups]
        stage = Failures(study, jobs, study.has_run, of_methods)
        engine.run(
            [(train_job, (group,)) for group in groups],
            total=[_steps_of(parts, group) for group in groups],
            unit=unit,
            title=title,
            items=[len(group.keys() & untrained.keys()) for group in groups],  # a group that was begun has others
            found=found,
            failed=stage,
        )
        # Of a batched model whose worker died, each run by itself.
        for i in stage.died:
            if len(groups[i]) > 1:
                discard_group(parts, groups[i])
        died = [groups[i] for i in stage.died if len(groups[i]) > 1]
        groups = [{name: run} for group in died for name, run in group.items() if name in untrained]
        stage.check(all_fail=not groups)
        if not groups:
            return
        found = {}


def _run_parts(parts: Parts, engine: Engine, log: RunLog | None, kind: str = "") -> list[Callable[..., None]]:
    """Train and measure what is missing of several studies that share a store; return what gathers each."""
    study, first = parts[0]
    jobs = Jobs(parts)
    training = jobs.training()
    if training.untrained and (warning := too_few_seeds(len(first.spec.seeds), len(first.spec.methods) - 1)):
        _LOG.warning("landscape: %s", warning)  # on stderr, unless the caller has logging of its own
    if log is not None and training.untrained:
        log.check(next(iter(training.untrained)))
    with engine.sharing(_found_from_anywhere(parts)):
        _train_all(engine, parts, training, f"training{kind}", "run")
        for (_, plan), of_part in zip(parts, jobs.trained, strict=True):
            check_paired(study, plan, of_part)
        measuring = jobs.measuring()
        every, unmeasured = measuring.every, measuring.unmeasured
        stage = Failures(
            study,
            [[Item("measures", name, run, "")] for name, (_, run) in unmeasured.items()],
            lambda name: study.has_measure("measures", name),
            {"": list(every)},
        )
        engine.run(
            [(measure_job, (*arguments, name)) for name, arguments in unmeasured.items()],
            total=[len(study.checkpoint_steps(name)) for _, name in unmeasured.values()],
            unit="run",
            title=f"measuring{kind}",
            found={"finished": sum(study.has_measure("measures", name) for name in every - unmeasured.keys())},
            failed=stage,
        )
        stage.check()
        figures = jobs.figures()
        items = [Item("planes", name, f"seed {seed}", "planes") for name, (_, seed, _) in figures.undrawn.items()]
        items += [Item("spectra", name, run, "spectra") for name, (_, run) in figures.unknown.items()]
        pictures = Failures(study, [[item] for item in items], lambda name: True, {"planes": [""], "spectra": [""]})
        engine.run(
            [(plane_job, (*arguments, name)) for name, arguments in figures.undrawn.items()]
            + [(spectrum_job, arguments) for arguments in figures.unknown.values()],
            total=len(figures),
            unit="figure",
            title="planes and spectra",
            found={"finished": figures.there},
            failed=pictures,
        )
        pictures.check()
    return [
        partial(
            gather,
            own,
            jobs.runs[i],
            jobs.measures[i],
            figures.planes[i],
            jobs.spectra[i],
            plan.spec,
            _lengths_of(plan),
        )
        for i, (own, plan) in enumerate(parts)
    ]


def _steps_of(parts: Parts, group: Mapping[str, tuple[int, str, int]]) -> int:
    return sum(parts[i][1].steps(method) for i, method, _ in group.values())


def _ended(study: Study, names: Iterable[str]) -> dict[str, int]:
    """Return how runs ended that are there."""
    return Counter(study.read_run(name)["status"] for name in names)


def _lengths_of(plan: Plan) -> dict[str, Mapping[str, Any]]:
    """Return what decided the steps of each method; nothing where the spec did."""
    if plan.total_steps is not None:
        return {}
    return {method: plan.lengths[length_id(plan.spec, method, plan.device)] for method in plan.spec.methods}


def _engine(plan: Plan, workers: int, overview: Overview, listener: Callable[[Any], None] | None = None) -> Engine:
    spec = plan.spec.engine
    if spec.is_local:
        return Engine(workers, progress=overview, listener=listener)
    return Engine(workers, progress=overview, spec=spec, folder=plan.out.resolve())


def _found_from_anywhere(parts: Parts) -> Shared:
    """Return what the jobs of a stage share; workers elsewhere start in another folder."""
    if parts[0][1].spec.engine.is_local:
        return tuple(parts)
    return tuple(
        (replace(study, path=study.path.resolve()), replace(part, out=part.out.resolve(), data_root=_absolute(part)))
        for study, part in parts
    )


def _absolute(plan: Plan) -> Path | None:
    return None if plan.data_root is None else plan.data_root.resolve()


def check_paired(study: Study, plan: Plan, runs: Mapping[tuple[str, int], str]) -> None:
    """Check that within a seed all runs started from the same weights, and all finished ones saw the same batches.

    Where runs take unequal steps, that they saw the first ones of one order.
    """
    records: dict[int, list[dict[str, Any]]] = {}
    for (_, seed), name in runs.items():
        records.setdefault(seed, []).append(study.read_run(name))
    for seed, group in records.items():
        weights = {record["initial_weights_sha256"] for record in group}
        finished = [record for record in group if record["status"] == "finished"]
        batches = {(record["total_steps"], record["batch_order_sha256"]) for record in finished}
        lengths = sorted({steps for steps, _ in batches})
        if len(lengths) > 1:
            expected = batch_orders(seed, len(plan.data.train), finished[0]["batch_size"], lengths)
            same = batches == set(expected.items())
        else:
            same = len(batches) <= 1
        if len(weights) > 1 or not same:
            what = "initial weights" if len(weights) > 1 else "batch order"
            raise RuntimeError(
                f"the runs of seed {seed} are not paired, their {what} differ: the comparison would be void"
            )


def available_workers(device: str, engine: EngineSpec | None = None) -> int:
    """Default number of jobs at once: one per available core, a single one on a GPU; elsewhere the cluster decides."""
    if engine is not None and not engine.is_local:
        return _JOBS
    if device.startswith("cuda"):
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def train_job(shared: Shared, group: Mapping[str, tuple[int, str, int]], report: Report) -> None:
    """Train a run, or several as one model: see `groups_of`."""
    (name, (part, method, seed)), *others = group.items()
    study, plan = shared[part]
    report(0, f"{method} seed {seed}" + (f" and {len(others)} others" if others else ""))
    if not is_together(plan, method):
        with recorded(study, run_item(plan, method, seed, name)):
            once(
                study.root, [name], lambda: study.has_run(name), lambda: _train(study, plan, method, seed, name, report)
            )
        return
    if not others or not _trained_together(shared, group, report):
        _trained_one_by_one(shared, group, report)


def _trained_together(shared: Shared, group: Mapping[str, tuple[int, str, int]], report: Report) -> bool:
    """Train runs as one model; return False if that fails, as it does if one of them does."""
    part, method, _ = next(iter(group.values()))
    try:
        _train_group(shared, group, report)
    except Exception as error:
        if ends_the_study(error, shared[part][0]):
            raise
        _LOG.info("landscape: %s runs of %s fail together and are trained one by one: %s", len(group), method, error)
        return False
    return True


def _trained_one_by_one(shared: Shared, group: Mapping[str, tuple[int, str, int]], report: Report) -> None:
    failures = []
    for name, (part, method, seed) in group.items():
        study, plan = shared[part]
        try:
            with recorded(study, run_item(plan, method, seed, name)):
                _train_group(shared, {name: (part, method, seed)}, report)
        except JobFailedError as error:
            failures.append(error)
    if failures:
        failures[0].count = len(failures)
        raise failures[0]


def _train_group(shared: Shared, group: Mapping[str, tuple[int, str, int]], report: Report) -> None:
    part, _, _ = next(iter(group.values()))
    study, plan = shared[part]

    def train_them() -> None:
        left = left_of(study, group)  # of another study's group are perhaps some of them
        try:
            with _ready(plan):
                train_group(shared, left, report)
        except Exception as error:
            if len(group) > 1 and not ends_the_study(error, study):
                discard_group(shared, left)
            raise

    once(study.root, group, lambda: all(map(study.has_run, group)), train_them)


def run_item(plan: Plan, method: str, seed: int, name: str) -> Item:
    """Return what a run is, for the record of its failure."""
    settings = methods.resolve_settings(as_zenith_takes(plan.spec, method), plan.spec.settings_for(method))
    about = {"settings": settings, "total_steps": plan.steps(method), "window": plan.window(method)}
    return Item("runs", name, f"{method} seed {seed}", method, {"method": method, "seed": seed, **about})


def measure_job(shared: Shared, part: int, name: str, measured: str, report: Report) -> None:
    """Measure one run, under the name `measured`."""
    study, plan = shared[part]
    report(0, _short(name))
    _once_measured(study, "measures", measured, name, lambda: _measure(study, plan, name, measured, report))


def plane_job(shared: Shared, part: int, seed: int, runs: Mapping[str, str], name: str, report: Report) -> None:
    """Evaluate the plane of one seed's runs, given by method."""
    study, plan = shared[part]
    report(0, f"plane of seed {seed}")
    _once_measured(study, "planes", name, f"seed {seed}", lambda: _plane(study, plan, seed, runs, name, report))


def spectrum_job(shared: Shared, part: int, name: str, report: Report) -> None:
    """Estimate the spectral density at the end point of a run."""
    study, plan = shared[part]
    report(0, f"spectrum of {_short(name)}")
    _once_measured(study, "spectra", measure_id(plan, name), name, lambda: _spectrum(study, plan, name, report))


def _once_measured(study: Study, kind: str, name: str, what: str, job: Callable[[], None]) -> None:
    with recorded(study, Item(kind, name, what, "")):
        once(study.root, [f"{kind}-{name}"], lambda: study.has_complete_measure(kind, name), job)


def _train(study: Study, plan: Plan, method: str, seed: int, name: str, report: Report) -> None:
    unfinished = study.root / "runs" / f".{name}.unfinished"  # which an interrupted run continues from

    def train_it() -> Run:
        return train(
            plan.spec.loaded_task,
            as_zenith_takes(plan.spec, method),
            seed,
            data=plan.data,
            **plan.budget(method),  # type: ignore[arg-type]
            batch_size=plan.spec.batch_size,
            settings=plan.spec.settings_for(method),
            window=plan.window(method),
            checkpoints=plan.spec.checkpoints,
            device=plan.device,
            options=loop_options(plan.spec),
            resume=unfinished,
            on_step=lambda step, total, loss, lr: report(
                1, f"{method} seed {seed}: step {step} of {total}, loss {loss:.3g}, lr {lr:.3g}"
            ),
            on_progress=None if report.send is None or plan.trials else trained(name, report.send),
            record=None if plan.trials else recorder(plan.spec, method),
        )

    with _ready(plan):
        run = setting_aside(study, train_it)
    study.write_run(name, run)
    report.end(run.status)
    unfinished.unlink(missing_ok=True)


def _measure(study: Study, plan: Plan, name: str, measured: str, report: Report) -> None:
    task, measure, states = plan.spec.loaded_task, plan.measure, _Checkpoints(study, name)
    first = min(states)
    # A preconditioner is the method's own, and what is measured with it no other run's.
    shared_by_all = first == 0 and study.read_stability(name, first) is None
    initial = initial_id(plan, states[first]) if shared_by_all else None
    kept = KeptSteps(study, measured, initial, name, report.send, plan.device)
    seen, statistics = itertools.count(1), statistics_of(measure, plan.data.train)

    def next_checkpoint(number: int) -> None:
        report(1, f"{_short(name)}: checkpoint {number} of {len(states)}")

    with _ready(plan):
        try:
            tree = measure_run(
                kept_objective(
                    task, plan.data.train, measure.samples, plan.device, statistics, route=product_route(measure)
                ),
                kept_objective(task, plan.data.test, measure.samples, plan.device, statistics),
                task.metric.name,
                states,
                measure,
                diverged=study.read_run(name)["status"] == "diverged",
                on_checkpoint=lambda: next_checkpoint(next(seen)),
                kept=kept,
                thresholds=partial(study.read_stability, name),
                metrics=(
                    accumulated_metric(task, plan.data.train, measure.samples, plan.device),
                    accumulated_metric(task, plan.data.test, measure.samples, plan.device),
                ),
                lines=plan.slices,
            )
        except BaseException:
            kept.write()
            raise
    study.write_measure("measures", measured, tree, environment(plan.device), before=kept.environments)
    kept.clear()
    if report.send is not None:
        report.send(Numbers(name, {}, ends=True))


def _plane(study: Study, plan: Plan, seed: int, runs: Mapping[str, str], plane: str, report: Report) -> None:
    task, measure = plan.spec.loaded_task, plan.measure
    trajectories: dict[str, Mapping[int, State]] = {}
    for method, name in runs.items():
        if study.read_run(name)["status"] == "finished":
            trajectories[method] = _Checkpoints(study, name)
    with _ready(plan):
        statistics = statistics_of(measure, plan.data.train)
        objective = kept_objective(
            task, plan.data.train, measure.samples, plan.device, statistics, route=product_route(measure)
        )
        tree = measure_plane(objective, task.metric.name, trajectories, measure.plane_points)
    study.write_measure("planes", plane, tree, environment(plan.device))
    report(1, f"plane of seed {seed}")


def _spectrum(study: Study, plan: Plan, name: str, report: Report) -> None:
    task, states = plan.spec.loaded_task, _Checkpoints(study, name)
    with _ready(plan):
        measure = plan.measure
        statistics = statistics_of(measure, plan.data.train)
        objective = kept_objective(
            task, plan.data.train, measure.samples, plan.device, statistics, route=product_route(measure)
        )
        at, attempt = at_checkpoint(objective, states[max(states)]), Attempts()
        spectrum = attempt(SPECTRUM, lambda: measure_spectrum(at, measure))
    tree = xr.DataTree.from_dict(({} if spectrum is None else {"/": spectrum}) | attempt.groups())
    study.write_measure("spectra", measure_id(plan, name), tree, environment(plan.device))
    report(1, f"spectrum of {_short(name)}")


def _short(name: str) -> str:
    """Return the name of a run without its hash: zenith seed 3."""
    method, seed = name.rsplit("-", 1)[0].rsplit("-seed", 1)
    return f"{method} seed {seed}"


@contextmanager
def _ready(plan: Plan) -> Iterator[None]:
    """Compute on the plan's device, which is looked for here, where the work is, and on as many threads as it says."""
    check_device(plan.device, f"the worker on {platform.node()}")
    with computing_threads(plan.spec.threads):
        yield


@contextmanager
def computing_threads(count: int) -> Iterator[None]:
    """Let torch compute on so many threads within the block."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class _Checkpoints(Mapping[int, State]):
    """A run's checkpoints, read from disk one at a time."""

    def __init__(self, study: Study, name: str) -> None:
        self._study, self._name = study, name
        self._steps = study.checkpoint_steps(name)

    def __getitem__(self, step: int) -> State:
        return self._study.read_checkpoint(self._name, step)

    def __iter__(self) -> Iterator[int]:
        return iter(self._steps)

    def __len__(self) -> int:
        return len(self._steps)
