"""Which runs of a study are trained as one batched model, and the jobs that train them."""

from __future__ import annotations

import hashlib
import json
import math
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import torch

import zenith
from landscape._common.checksums import DamagedFileError
from landscape._common.files import read_record, write_record
from landscape.study.engines import Report
from landscape.study.integrity import set_aside
from landscape.study.log import trained as followed
from landscape.study.plan import Plan
from landscape.study.references import as_zenith_takes
from landscape.study.spec import loop_options
from landscape.study.stability import recorder
from landscape.study.store import Study
from zenith import methods
from zenith.training.batched_update import sgd_rule
from zenith.training.resume import UnusableRunError
from zenith.training.seeds_together import train_seeds
from zenith.training.state import State
from zenith.training.trace import Trace

__all__ = [
    "begun_runs",
    "discard_group",
    "forget_finished_groups",
    "groups_of",
    "is_together",
    "left_of",
    "setting_aside",
    "train_group",
    "words",
]

Result = TypeVar("Result")

MOST = 16
"""Runs of one batched model at most: more gain little, and each needs memory."""
FEW = 8
"""Runs up to which one batched model takes all; more are halved, for most machines have two cores or a multiple."""

Run = tuple[int, str, int]
"""Its part, method and seed."""


def is_together(plan: Plan, method: str) -> bool:
    """Whether the runs of a method are trained as one model, as far as spec and method tell.

    Part of the identity of a run, because the numbers differ in rounding from those of a run by itself.
    """
    several = len(plan.spec.seeds) > 1 or bool(plan.trials)
    needs = set(plan.spec.loaded_methods[method].needs)
    return bool(plan.spec.seeds_together) and several and not {"closure", "probe"} & needs


def groups_of(
    parts: Sequence[tuple[Study, Plan]],
    untrained: Mapping[str, Run],
    every: Mapping[str, Run] | None = None,
    *,
    sets_aside: bool = True,
) -> list[dict[str, Run]]:
    """Return the runs that are trained as one model each time, and the others each by itself.

    Runs of a group share everything but seed and settings, and where their steps are those of SGD at some learning rate
    the method does not matter either. A group that was begun goes on as it was: some of its runs, which are among
    `every` one of the study, may be written already; without `every` none was begun. A run whose group is trained
    already gets the company of itself, so that its numbers are those that it had among others. Where `sets_aside` is
    false, a damaged record of a group is left where it is.
    """
    begun = (
        []
        if every is None
        else [
            {name: every[name] for name in names}
            for _, names in _groups_in(parts[0][0], sets_aside)
            if every.keys() >= names.keys() and untrained.keys() & names.keys()
        ]
    )
    alike: dict[str, dict[str, Run]] = {}
    alone: list[dict[str, Run]] = []
    for name, run in untrained.items():
        if any(name in group for group in begun):
            continue
        part, method, _ = run
        plan = parts[part][1]
        if not is_together(plan, method):
            alone.append({name: run})
            continue
        spec = plan.spec
        length = plan.budget(method), plan.window(method)
        shared = [
            *length,
            spec.batch_size,
            spec.checkpoints,
            spec.threads,
            plan.trials,
            spec.task_settings,
            spec.options,
        ]
        key = json.dumps([_step_of(plan, method), *shared])
        alike.setdefault(key, {})[name] = run
    return [*begun, *(chunk for runs in alike.values() for chunk in _chunks(runs)), *alone]


def _step_of(plan: Plan, method: str) -> str:
    """Return what the steps of a method can be taken together with: those of all that step as SGD does, or its own."""
    spec, row = plan.spec, plan.spec.loaded_methods[method]
    if row.evaluated_at != "weights" or (not plan.trials and recorder(spec, method) is not None):
        return method
    optimizer = methods.make_optimizer(row, [torch.zeros(1, requires_grad=True)], **spec.settings_for(method))
    rule = sgd_rule(optimizer)
    return method if rule is None else json.dumps(rule)


def _chunks(runs: Mapping[str, Run]) -> Iterator[dict[str, Run]]:
    """Cut runs into parts of about one size, by their number alone: on it depends how they round."""
    count = 1 if len(runs) <= FEW else 2 * math.ceil(len(runs) / (2 * MOST))
    names = list(runs)
    for i in range(count):
        own = names[len(names) * i // count : len(names) * (i + 1) // count]
        yield {name: runs[name] for name in own}


def train_group(parts: Sequence[tuple[Study, Plan]], runs: Mapping[str, Run], report: Report) -> None:
    """Train runs as one model and write them; an interrupted training goes on from a file in the store."""
    part, method, _ = next(iter(runs.values()))
    study, plan = parts[part]
    of_methods = ", ".join(dict.fromkeys(each for _, each, _ in runs.values()))
    unfinished = _unfinished(study, method, runs)
    write_record(_group_file(unfinished), {"runs": list(runs)})
    lanes = list(runs.values()) * (2 if len(runs) == 1 else 1)
    rows = [as_zenith_takes(parts[part][1].spec, method) for part, method, _ in lanes]
    one = len({method for _, method, _ in lanes}) == 1

    def on_step(step: int, total_steps: int, losses: Sequence[float], lrs: Sequence[float]) -> None:
        known = [i for i, loss in enumerate(losses) if not math.isnan(loss)]
        words = f", loss {losses[known[0]]:.3g}, lr {lrs[known[0]]:.3g}" if known else ""
        report(min(len(known), len(runs)), f"{of_methods}, {len(runs)} runs: step {step} of {total_steps}{words}")

    names = list(runs)

    def on_progress(run: int, trace: Trace, checkpoints: Mapping[int, State], status: str) -> None:
        if run < len(names):
            followers[run](trace, checkpoints, status)

    followers = [] if report.send is None or plan.trials else [followed(name, report.send) for name in names]

    def train_them() -> list[zenith.Run]:
        return train_seeds(
            plan.spec.loaded_task,
            rows[0] if one else rows,
            [seed for _, _, seed in lanes],
            settings=[parts[part][1].spec.settings_for(method) for part, method, _ in lanes],
            data=plan.data,
            **plan.budget(method),  # type: ignore[arg-type]
            batch_size=plan.spec.batch_size,
            window=plan.window(method),
            checkpoints=plan.spec.checkpoints,
            device=plan.device,
            options=loop_options(plan.spec) | ({"compile": True} if plan.compiled else {}),
            resume=unfinished,
            on_step=on_step,
            on_progress=on_progress if followers else None,
            record=None if plan.trials else recorder(plan.spec, method),
        )

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="the .* runs of .* are trained one after another")  # in the report
        trained = setting_aside(study, train_them)
    for name, run in zip(runs, trained, strict=False):
        if not study.has_run(name):  # those before a kill were written
            because = {"because": plan.why_compiled} if plan.why_compiled else {}
            study.write_run(name, replace(run, together=run.together | because))
            report.end(run.status)
    _forget(unfinished)


def setting_aside(study: Study, work: Callable[[], Result]) -> Result:
    """Train; where a file to continue from is damaged, set it aside and train anew."""
    tried = set[Path]()
    while True:
        try:
            return work()
        except UnusableRunError as error:
            if error.path in tried:
                raise
            tried.add(error.path)
            set_aside(study.root, error.path, error)


def _group_file(unfinished: Path) -> Path:
    """Return the file that says which runs a group has."""
    return unfinished.with_suffix(".group")


def _groups_in(study: Study, sets_aside: bool = True) -> Iterator[tuple[Path, dict[str, None]]]:
    for path in sorted((study.root / "runs").glob(".*.group")):
        try:
            names = read_record(path, required=True)["runs"]
            yield path.with_suffix(".unfinished"), dict.fromkeys(map(str, names))
        except (DamagedFileError, KeyError, TypeError) as error:  # its runs are trained as if it had not begun
            if sets_aside:
                set_aside(study.root, path, error)


def begun_runs(study: Study) -> set[str]:
    """Return the names of the runs of all groups that were begun and not ended."""
    found: set[str] = set()
    for path in (study.root / "runs").glob(".*.group"):
        with suppress(DamagedFileError, KeyError, TypeError):  # it is set aside where it is trained
            found.update(map(str, read_record(path, required=True)["runs"]))
    return found


def _forget(unfinished: Path) -> None:
    """Remove the file of a group, those of its runs where these were trained one after another, and its record."""
    for file in unfinished.parent.glob(f"{unfinished.name}*"):
        file.unlink(missing_ok=True)
    _group_file(unfinished).unlink(missing_ok=True)
    unfinished.with_name(f".{unfinished.name}.lock").unlink(missing_ok=True)  # of a training that was killed


def discard_group(parts: Sequence[tuple[Study, Plan]], runs: Mapping[str, Run]) -> None:
    """Remove what is kept of a group in training, which is going to be trained run by run."""
    study, method = parts[next(iter(runs.values()))[0]][0], next(iter(runs.values()))[1]
    _forget(_unfinished(study, method, runs))


def left_of(study: Study, runs: Mapping[str, Run]) -> dict[str, Run]:
    """Return the runs of a group that are not there; all of one that was begun, which goes on as it was."""
    _, method, _ = next(iter(runs.values()))
    if _group_file(_unfinished(study, method, runs)).exists():
        return dict(runs)
    return {name: run for name, run in runs.items() if not study.has_run(name)}


def _unfinished(study: Study, method: str, runs: Mapping[str, Run]) -> Path:
    digest = hashlib.sha256("\n".join(runs).encode()).hexdigest()[:16]
    return study.root / "runs" / f".{method}-{digest}.unfinished"


def forget_finished_groups(study: Study) -> None:
    """Remove what groups went on from whose runs are all written."""
    for unfinished, names in _groups_in(study):
        if all(map(study.has_run, names)):
            _forget(unfinished)


def words(recorded: Sequence[str]) -> str:
    """Return how the runs of a study were trained, from what is recorded of each; "" if all were by themselves."""
    found = [json.loads(text) if text else {} for text in recorded]
    together = [each for each in found if "runs" in each]
    alone = [each["reason"] for each in found if "reason" in each]
    if not together and not alone:
        return ""
    said = [f"{len(together)} of {len(found)} runs were trained as batched models of several runs"]
    if compiled := sum(bool(each.get("compiled")) for each in together):
        said[0] += f", {compiled} of them compiled"
    if failed := sorted({each["not_compiled"] for each in together if each.get("not_compiled")}):
        said.append(f"some were to be compiled and were not ({'; '.join(failed)})")
    if alone:
        said.append(f"{len(alone)} were to be and were trained by themselves ({'; '.join(sorted(set(alone)))})")
    if rest := len(found) - len(together) - len(alone):
        said.append(f"{rest} were trained by themselves")
    return ", ".join(said) + "; both ways agree up to rounding."
