"""Which runs of a study are trained as one batched model, and the jobs that train them."""

from __future__ import annotations

import hashlib
import json
import math
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import zenith
from landscape.study.engines import Report
from landscape.study.integrity import set_aside
from landscape.study.log import trained as followed
from landscape.study.plan import Plan
from landscape.study.spec import as_zenith_takes
from landscape.study.stability import recorder
from landscape.study.store import Study
from zenith.training.resume import UnusableRunError
from zenith.training.seeds_together import train_seeds
from zenith.training.state import State
from zenith.training.trace import Trace

__all__ = ["discard_group", "groups_of", "is_together", "train_group", "words"]

MOST = 16
"""Runs of one batched model at most: more gain little, and each needs memory."""

Run = tuple[int, str, int]
"""Its part, method and seed."""


def is_together(plan: Plan, method: str) -> bool:
    """Whether the runs of a method are trained as one model, as far as spec and method tell.

    Part of the identity of a run, because the numbers differ in rounding from those of a run by itself.
    """
    several = len(plan.spec.seeds) > 1 or bool(plan.trials)
    return (
        plan.spec.seeds_together and several and not {"closure", "probe"} & set(plan.spec.loaded_methods[method].needs)
    )


def groups_of(parts: Sequence[tuple[Study, Plan]], untrained: Mapping[str, Run]) -> list[dict[str, Run]]:
    """Return the runs that are trained as one model each time, and the others each by itself.

    Runs of a group share everything but seed and settings of the method. A run whose group is trained already gets the
    company of itself, so that its numbers are those that it had among others.
    """
    groups: dict[str, list[dict[str, Run]]] = {}
    for name, run in untrained.items():
        part, method, _ = run
        plan = parts[part][1]
        if not is_together(plan, method):
            groups[name] = [{name: run}]
            continue
        spec = plan.spec
        length = plan.budget(method), plan.window(method)
        key = json.dumps([method, *length, spec.batch_size, spec.checkpoints, spec.threads, plan.trials])
        chunks = groups.setdefault(key, [{}])
        if len(chunks[-1]) == MOST:
            chunks.append({})
        chunks[-1][name] = run
    return [chunk for chunks in groups.values() for chunk in chunks]


def train_group(parts: Sequence[tuple[Study, Plan]], runs: Mapping[str, Run], report: Report) -> None:
    """Train runs as one model and write them; an interrupted training goes on from a file in the store."""
    study, plan = parts[next(iter(runs.values()))[0]]
    method = next(iter(runs.values()))[1]
    unfinished = _unfinished(study, method, runs)
    lanes = list(runs.values()) * (2 if len(runs) == 1 else 1)

    def on_step(step: int, total_steps: int, losses: Sequence[float], lrs: Sequence[float]) -> None:
        known = [i for i, loss in enumerate(losses) if not math.isnan(loss)]
        words = f", loss {losses[known[0]]:.3g}, lr {lrs[known[0]]:.3g}" if known else ""
        report(min(len(known), len(runs)), f"{method}, {len(runs)} runs: step {step} of {total_steps}{words}")

    names = list(runs)

    def on_progress(run: int, trace: Trace, checkpoints: Mapping[int, State], status: str) -> None:
        if run < len(names):
            followers[run](trace, checkpoints, status)

    followers = [] if report.send is None else [followed(name, report.send) for name in names]

    def train_them() -> list[zenith.Run]:
        return train_seeds(
            plan.spec.loaded_task,
            as_zenith_takes(plan.spec, method),
            [seed for _, _, seed in lanes],
            settings=[parts[part][1].spec.settings_for(method) for part, _, _ in lanes],
            data=plan.data,
            **plan.budget(method),  # type: ignore[arg-type]
            batch_size=plan.spec.batch_size,
            window=plan.window(method),
            checkpoints=plan.spec.checkpoints,
            device=plan.device,
            resume=unfinished,
            on_step=on_step,
            on_progress=None if report.send is None else on_progress,
            record=None if plan.trials else recorder(plan.spec, method),
        )

    trained = None
    while trained is None:
        with warnings.catch_warnings():
            warnings.filterwarnings(
                "ignore", message="the .* runs of .* are trained one after another"
            )  # in the report
            try:
                trained = train_them()
            except UnusableRunError as error:  # of a file for each run there may be several
                set_aside(study.root, error.path, error)
    for name, run in zip(runs, trained, strict=False):
        study.write_run(name, run)
        report.end(run.status)
    for file in _files(unfinished):
        file.unlink(missing_ok=True)


def discard_group(parts: Sequence[tuple[Study, Plan]], runs: Mapping[str, Run]) -> None:
    """Remove what is kept of a group in training, which is going to be trained run by run."""
    study, method = parts[next(iter(runs.values()))[0]][0], next(iter(runs.values()))[1]
    for file in _files(_unfinished(study, method, runs)):
        file.unlink(missing_ok=True)


def _unfinished(study: Study, method: str, runs: Mapping[str, Run]) -> Path:
    digest = hashlib.sha256("\n".join(runs).encode()).hexdigest()[:16]
    return study.root / "runs" / f".{method}-{digest}.unfinished"


def _files(unfinished: Path) -> list[Path]:
    """Return the file of a group, and those of its runs where these were trained one after another."""
    return list(unfinished.parent.glob(f"{unfinished.name}*"))


def words(recorded: Sequence[str]) -> str:
    """Return how the runs of a study were trained, from what is recorded of each; "" if all were by themselves."""
    found = [json.loads(text) if text else {} for text in recorded]
    together = [each for each in found if "runs" in each]
    alone = [each["reason"] for each in found if "reason" in each]
    if not together and not alone:
        return ""
    said = [f"{len(together)} of {len(found)} runs were trained as batched models of several runs of one method"]
    if alone:
        said.append(f"{len(alone)} were to be and were trained by themselves ({'; '.join(sorted(set(alone)))})")
    if rest := len(found) - len(together) - len(alone):
        said.append(f"{rest} were trained by themselves")
    return ", ".join(said) + "; both ways agree up to rounding."
