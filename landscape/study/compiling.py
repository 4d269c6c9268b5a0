"""Whether a study's batched models are compiled: as its spec says, or where that pays for the work to come.

What a study began with it goes on with, because the numbers of both ways differ in rounding.
"""

from __future__ import annotations

import logging
import math
import statistics
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import torch

from landscape._common.files import read_record, write_record
from landscape.study.jobs import Jobs, Names, Parts, Trials, parts_of
from landscape.study.plan import Plan, is_here
from landscape.study.references import as_zenith_takes
from landscape.study.store import Study
from landscape.study.together import Run, begun_runs, groups_of, is_together
from zenith.tasks import Data
from zenith.training.options import LoopOptions
from zenith.training.seeds_together import train_seeds
from zenith.training.train import initial_model

__all__ = [
    "gradient_seconds",
    "kept_choice",
    "may_pay",
    "pays",
    "trial_of_compiling",
    "with_compiling",
]

_LOG = logging.getLogger(__name__)

KEY = "batched_models"
"""In ``study.json``: whether they are compiled, and why."""
COMPILING = 30.0
"""CPU seconds that the models of one size take to compile, about, as on the digits CNN."""
TOGETHER = 2.0
"""How many times faster runs train together than one after another, about; 2.9 on the digits CNN."""
SAVED = 0.5
"""Share of the time of a step that compiling saves at most, about; 0.45 on the digits CNN."""
STEPS = 32
"""Of a trial."""


def may_pay(seconds: float, sizes: int, workers: int) -> bool:
    """Whether compiling may pay, so that a trial of it does.

    Parameters
    ----------
    seconds : float
        That the trainings to come take without it, about, on one core.
    sizes : int
        Different numbers of runs in a batched model: it is compiled for each.
    workers : int
        That each load what one of them has compiled.
    """
    return SAVED * seconds / workers > 2 * COMPILING * sizes


def pays(plain: float, compiled: float, compiling: float, steps: int, sizes: int, workers: int) -> bool:
    """Whether so many steps of batched models take less time compiled, by more than compiling takes.

    `plain` and `compiled` are the seconds of a step, `compiling` those of compiling; the others as in `may_pay`.
    """
    return (plain - compiled) * steps / workers > compiling * sizes


def with_compiling(study: Study, plan: Plan, workers: int) -> Plan:
    """Return a plan that knows whether its batched models are compiled, and why if that was asked for or tried.

    Parameters
    ----------
    study : Study
    plan : Plan
    workers : int
    """
    asked = plan.spec.seeds_together
    if not asked:
        return plan
    kept = kept_choice(study, plan)
    if kept is not None:
        return replace(plan, compiled=kept[0], why_compiled=kept[1])
    stages = _stages(study, plan)
    groups = [
        (parts, group)
        for parts, runs in stages
        for group in groups_of(parts, runs)
        if is_together(parts[0][1], next(iter(group.values()))[1])
    ]
    if asked == "uncompiled" or not groups:
        return plan
    steps = [max(parts[i][1].steps(method) for i, method, _ in group.values()) for parts, group in groups]
    sizes = len({len(group) for _, group in groups})
    workers = min(workers, len(groups))
    # What workers of a cluster have, a trial here does not show.
    if not plan.spec.engine.is_local or not is_here(plan.device):
        return _recorded(study, plan, True, "the spec says so") if asked == "compiled" else plan
    if asked is True:
        work = sum(count * len(group) for count, (_, group) in zip(steps, groups, strict=True)) * gradient_seconds(plan)
        if not may_pay(work / TOGETHER, sizes, workers):
            return plan
    plain, seconds, compiling, missing = _both_ways(*groups[0])
    if missing:
        because = f"not compiled, because {missing}"
        _LOG.warning("landscape: the batched models are %s", because)
        return _recorded(study, plan, False, because)
    because = (
        f"in a trial a step of {len(groups[0][1])} runs took {1e3 * plain:.3g} ms, compiled {1e3 * seconds:.3g}, and "
        f"compiling {compiling:.3g} s"
    )
    compiled = asked == "compiled" or pays(plain, seconds, compiling, sum(steps), sizes, workers)
    return _recorded(study, plan, compiled, because)


def _both_ways(parts: Parts, group: Mapping[str, Run]) -> tuple[float, float, float, str]:
    """Return the seconds of a step, compiled too, and of compiling, and why it is not compiled."""
    try:
        plain, _, missing = trial_of_compiling(parts, group, compiled=False)
        seconds, compiling = 0.0, 0.0
        if not missing:
            seconds, compiling, missing = trial_of_compiling(parts, group, compiled=True)
    except Exception as error:  # whatever a run raises, which is recorded where it is trained
        return math.inf, math.inf, 0.0, f"a trial of it fails ({type(error).__name__}: {error})"
    if not missing and not math.isfinite(plain + seconds):
        missing = "its trial diverges at once"
    return plain, seconds, compiling, missing


def _recorded(study: Study, plan: Plan, compiled: bool, because: str) -> Plan:
    manifest = study.path / "study.json"
    write_record(manifest, read_record(manifest) | {KEY: {"compiled": compiled, "because": because}})
    return replace(plan, compiled=compiled, why_compiled=because)


def kept_choice(study: Study, plan: Plan) -> tuple[bool, str] | None:
    """Return whether a study began with compiled models, and why; None if it has not begun."""
    if not plan.spec.seeds_together:
        return None
    manifest = study.path / "study.json"
    held = read_record(manifest).get(KEY) if manifest.is_file() else None
    if isinstance(held, Mapping) and isinstance(held.get("compiled"), bool):
        return held["compiled"], str(held.get("because", ""))
    begun = begun_runs(study)
    for compiled in (False, True):
        names = {name for _, runs in _stages(study, replace(plan, compiled=compiled)) for name in runs}
        if names & begun or any(map(study.has_run, names)):
            return compiled, ""
    return None


def _stages(study: Study, plan: Plan) -> list[tuple[Parts, dict[str, Run]]]:
    """Return the runs of a study that are trained together, and of its tunings the trials and what these choose.

    For the latter the first stand.
    """
    points = parts_of(study, plan, lambda there: study)
    runs = _together(points, Jobs(points).runs)
    if plan.spec.tuning is None:
        return [(points, runs)]
    trials = Trials(points)
    return [(points, runs), (trials.shared, _together(trials.shared, trials.runs)), (points, runs)]


def _together(parts: Parts, names: Sequence[Names]) -> dict[str, Run]:
    return {
        name: (i, method, seed)
        for i, of_part in enumerate(names)
        for (method, seed), name in of_part.items()
        if is_together(parts[i][1], method)
    }


def gradient_seconds(plan: Plan) -> float:
    """Return the seconds that a gradient of one model takes."""
    clock, task, train = _clock(plan), plan.spec.loaded_task, plan.data.train
    model = initial_model(task, 0).to(plan.device)
    index = torch.arange(min(plan.spec.batch_size, len(train)))
    times = []
    with torch.random.fork_rng(), torch.enable_grad():
        for _ in range(4):
            batch = train.batch(index.to(plan.device))
            began = clock()
            task.loss(model, batch).backward()
            times.append(clock() - began)
    return min(times)


def trial_of_compiling(parts: Parts, group: Mapping[str, Run], *, compiled: bool) -> tuple[float, float, str]:
    """Train a group for some steps; return the seconds of a step and of compiling, and why it was not compiled."""
    runs = list(group.values())
    plan = parts[runs[0][0]][1]
    clock, data, size = _clock(plan), plan.data, plan.spec.batch_size
    stamps: list[float] = []
    less = Data(
        data.train.subset(min(len(data.train), STEPS * size)),
        data.test.subset(min(len(data.test), STEPS * size)),
        fingerprint="of a trial",
        description="a part of the data",
    )
    with warnings.catch_warnings():
        for message in ("the batched model is not compiled", "the .* runs of .* are trained one after another"):
            warnings.filterwarnings("ignore", message=message)  # it is said in other words
        trained = train_seeds(
            plan.spec.loaded_task,
            [as_zenith_takes(parts[i][1].spec, method) for i, method, _ in runs],
            [seed for _, _, seed in runs],
            settings=[parts[i][1].spec.settings_for(method) for i, method, _ in runs],
            data=less,
            steps=STEPS,
            batch_size=size,
            window=plan.window(runs[0][1]),
            checkpoints=1,
            device=plan.device,
            options=LoopOptions.of(plan.spec.options).changed() | {"compile": compiled},
            on_step=lambda *_: stamps.append(clock()),
        )
    together = trained[0].together
    # At powers of two and at the end numbers are compared, and after an epoch all is evaluated.
    ends = max(1, -(-len(less.train) // size))
    plain = [
        stamps[i] - stamps[i - 1] for i in range(3, len(stamps) - 1) if i & (i - 1) and i % ends and (i + 1) % ends
    ]
    missing = together.get("reason", "") or together.get("not_compiled", "")
    return statistics.median(plain or [math.inf]), float(together.get("seconds_compiling", 0.0)), missing


def _clock(plan: Plan) -> Callable[[], float]:
    return time.process_time if plan.device == "cpu" else time.perf_counter
