"""Train many seeds, settings and methods at once, as one batched model: `zenith.train_seeds`."""

from __future__ import annotations

import dataclasses
import itertools
import math
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer

from zenith import methods
from zenith._common.guesses import guessable
from zenith._common.progress import ProgressBar
from zenith._common.validation import as_integer, check_integer
from zenith.methods import MethodLike
from zenith.tasks import Data, Task
from zenith.tasks import get as get_task
from zenith.training.batched_data import CannotBatchError
from zenith.training.batched_step import BatchedStep, why_not
from zenith.training.batches import Place, order
from zenith.training.budget import Budget
from zenith.training.loop import Loop, forked_rng
from zenith.training.options import LoopOptions
from zenith.training.resume import Interrupts, RunFile, UnusableRunError
from zenith.training.run import Run
from zenith.training.setup import Callbacks
from zenith.training.state import State
from zenith.training.trace import Trace
from zenith.training.train import ELSEWHERE, Prepared, prepare, train

__all__ = ["train_seeds"]

OnProgress = Callable[[int, Trace, Mapping[int, State], str], None]
OnStep = Callable[[int, int, Sequence[float], Sequence[float]], None]

MOST_RUNS = 100_000
"""Seeds that a number may stand for: each is a model in memory."""


@guessable(ELSEWHERE | {"seed": "its runs have seeds=[0, 1, 2], or as many as a number says"})
def train_seeds(
    task: str | Task,
    method: MethodLike | list[MethodLike],
    seeds: int | Sequence[int],
    *,
    settings: Mapping[str, Any] | Sequence[Mapping[str, Any] | None] | None = None,
    data: Data | None = None,
    data_root: Path | str | None = None,
    epochs: int | None = None,
    steps: int | None = None,
    seconds: float | None = None,
    gradients: float | None = None,
    batch_size: int = 64,
    window: int = 500,
    checkpoints: int = 10,
    device: torch.device | str | None = None,
    options: LoopOptions | Mapping[str, Any] | None = None,
    resume: Path | str | None = None,
    save_every: int | None = None,
    progress: bool = False,
    on_step: OnStep | None = None,
    on_progress: OnProgress | None = None,
    record: Callable[[int, nn.Module, Optimizer], Any] | None = None,
) -> list[Run]:
    """Train several runs at once: many seeds, many settings, many methods, or all of these.

    The models of all runs are trained as one batched model, which for small models takes a fraction of the time that
    one after another does. Each run has its own weights, batches, learning rate and state of the optimizer, and comes
    out as from `zenith.train`, up to rounding.

    Parameters
    ----------
    task
        As of `zenith.train`.
    method : method or list of method
        As of `zenith.train`, of all runs or one for each. Runs that differ in how they set the learning rate of SGD, as
        ZENITH and the schedules do, take their steps as one; the optimizers of others one after another.
    seeds : int or sequence of int
        One for each run; a number means so many, counted from 0.
    settings : Mapping or sequence of Mapping, optional
        Overrides of the method's settings, for all runs or one for each.
    data, data_root, epochs, steps, seconds, gradients, batch_size, window, checkpoints, device, save_every, progress
        As of `zenith.train`.
    options : LoopOptions or Mapping, optional
        With ``compile`` the batched model is compiled, half a minute on a CPU for each shape of a whole batch; the
        shorter last one of an epoch is not. Where there is no compiler, a warning says so and it trains without.
    resume : path, optional
        A file to continue all runs from, as of `zenith.train`. Where they are trained one after another, further files
        with the run's number behind its name.
    on_step : callable, optional
        Called as ``on_step(step, total_steps, losses, lrs)`` after every step, with one number for each run, NaN for
        those that have diverged or are not trained now.
    on_progress : callable, optional
        As of `zenith.train`, for each run, whose number comes first: ``on_progress(run, trace, checkpoints, status)``.
    record : callable, optional
        As of `zenith.train`, for each run. Gradients are not there.

    Returns
    -------
    list of Run
        In the order of `seeds`; `Run.together` says how they were trained, how long compiling took and why it was not
        done where it was asked for.

    Raises
    ------
    ValueError
        As `zenith.train`; or if there are other numbers of settings and seeds.

    Warns
    -----
    RuntimeWarning
        If the runs cannot be trained as one model, with the reason: they are then trained one after another. So it is
        with dropout and whatever else draws random numbers in a step, with methods that evaluate the loss within their
        step (line searches, SAM), with mixed precision and accumulation, and with budgets in seconds.

    Notes
    -----
    Models of float32 agree with `zenith.train` to a relative difference of about 1e-6 after a step. Rounding then
    grows as it does between two processors, faster at large learning rates: on the default task to some 1e-3 of the
    weights' norm after 1,800 steps.

    What a run computes does not depend on the other runs, whether or not these diverge; it may depend, in rounding, on
    how many there are. ``seconds`` in a trace are the run's share of the time.

    Examples
    --------
    >>> runs = zenith.train_seeds("digits", "zenith", seeds=3, epochs=1)
    >>> [run.seed for run in runs], runs[0].together["runs"]
    ([0, 1, 2], 3)
    >>> rates = zenith.train_seeds("digits", "sgd", [0, 0], settings=[{"lr": 0.1}, {"lr": 0.01}], epochs=1)
    >>> both = zenith.train_seeds("digits", ["zenith", "cosine"], [0, 0], epochs=1)
    >>> [run.method for run in both]
    ['zenith', 'cosine']
    >>> rates[0].final["0.weight"].equal(rates[1].final["0.weight"])
    False
    """
    numbers = _seeds(seeds)
    each = _settings(settings, len(numbers))
    chosen, chosen_methods = get_task(task), _methods(method, len(numbers))
    budget = Budget.of(epochs=epochs, steps=steps, seconds=seconds, gradients=gradients)
    if data is None:
        data = chosen.load(Path(data_root) if data_root is not None else None)
    shared: dict[str, Any] = {
        "data": data,
        "data_root": data_root,
        "batch_size": batch_size,
        "window": window,
        "checkpoints": checkpoints,
        "device": device,
        "options": options,
    }
    try:
        if budget.by == "seconds":
            raise CannotBatchError("seconds are measured of one run at a time")
        prepared: list[Prepared] = []
        for seed, row, own in zip(numbers, chosen_methods, each, strict=True):
            prepared.append(prepare(chosen, row, seed, settings=own, budget=budget, **shared))
            shared["data"] = prepared[0].setup.data  # which are on the device once
        if (reason := why_not([run.setup for run in prepared])) is not None:
            raise CannotBatchError(reason)
        return _Together(prepared, on_step, on_progress, record).run(resume, save_every, progress=progress)
    except CannotBatchError as error:
        reason = str(error)
    if len(numbers) > 1:
        warnings.warn(
            f"the {len(numbers)} runs of '{_names(chosen_methods)}' on '{chosen.name}' are trained one after another, "
            f"because {reason}",
            RuntimeWarning,
            stacklevel=2,
        )
    runs = []
    for i, (seed, row, own) in enumerate(zip(numbers, chosen_methods, each, strict=True)):
        run = train(
            chosen,
            row,
            seed,
            settings=own,
            epochs=epochs,
            steps=steps,
            seconds=seconds,
            gradients=gradients,
            resume=None if resume is None else f"{resume}.{i}",
            save_every=save_every,
            progress=progress,
            on_step=None if on_step is None else _of_one(on_step, i, len(numbers)),
            on_progress=None if on_progress is None else partial(on_progress, i),
            record=record,
            **shared,
        )
        runs.append(dataclasses.replace(run, together={"reason": reason}))
    return runs


def _seeds(seeds: int | Sequence[int]) -> list[int]:
    if (count := as_integer(seeds)) is not None:
        return list(range(check_integer("seeds", count, most=MOST_RUNS)))
    if isinstance(seeds, str) or not isinstance(seeds, Sequence) or not seeds:
        raise ValueError(f"seeds={seeds!r} must be whole numbers from 0, or how many: give e.g. seeds=8")
    return [check_integer("a seed", seed, 0, most=None) for seed in seeds]


def _methods(given: MethodLike | list[MethodLike], runs: int) -> list[methods.Method]:
    if not isinstance(given, list):
        return [methods.get(given)] * runs
    if len(given) != runs:
        raise ValueError(f"there are {len(given)} methods for {runs} seeds: give one for each, or one for all")
    return [methods.get(each) for each in given]


def _names(chosen: Sequence[methods.Method]) -> str:
    return "', '".join(dict.fromkeys(each.name for each in chosen))


def _settings(given: Any, runs: int) -> list[Mapping[str, Any] | None]:
    if given is None or isinstance(given, Mapping):
        return [given] * runs
    if not isinstance(given, Sequence) or isinstance(given, str):
        raise ValueError(f"settings={given!r} must be a mapping, or a list with one for each run")
    if len(given) != runs:
        raise ValueError(f"there are {len(given)} settings for {runs} seeds: give one for each, or one for all")
    return list(given)


def _of_one(on_step: OnStep, run: int, runs: int) -> Callable[[int, int, float, float], None]:
    def called(step: int, total_steps: int, loss: float, lr: float) -> None:
        losses, lrs = [math.nan] * runs, [math.nan] * runs
        losses[run], lrs[run] = loss, lr
        on_step(step, total_steps, losses, lrs)

    return called


class _Together:
    """Runs that train as one model: a loop for each, and the steps of all at once."""

    def __init__(
        self, prepared: Sequence[Prepared], on_step: OnStep | None, on_progress: OnProgress | None, record: Any
    ) -> None:
        self._prepared, self._on_step = prepared, on_step
        self._setups = [run.setup for run in prepared]
        self._loops = [
            Loop(setup, Callbacks(on_progress=None if on_progress is None else partial(on_progress, i), record=record))
            for i, setup in enumerate(self._setups)
        ]

    def run(self, resume: Path | str | None, save_every: int | None, *, progress: bool) -> list[Run]:
        """Train, or go on, to the end of the budget; raise `CannotBatchError` where that cannot be done at once."""
        if resume is None:
            return self._run(None, progress)
        file = RunFile(Path(resume), {"runs": [run.identity() for run in self._prepared]}, save_every)
        with file.claimed():
            return self._run(file, progress)

    def _run(self, file: RunFile | None, progress: bool) -> list[Run]:
        held = _states(file, len(self._loops)) if file is not None else None
        interrupts, first = Interrupts(), self._setups[0]
        with forked_rng(first.device), nullcontext() if file is None else interrupts:
            step = self._stacked()
            for i, loop in enumerate(self._loops):
                loop.begin(None if held is None else held[i], file)
            step.restack()
            names = ", ".join(dict.fromkeys(setup.method.name for setup in self._setups))
            title = f"{first.task.name} {names}, {len(self._loops)} runs"
            with ProgressBar(total=first.total_steps, desc=title, unit="step", disable=not progress) as bar:
                self._train(step, file, interrupts, bar)
        interrupts.obey()
        together: dict[str, Any] = {"runs": len(self._loops), "compiled": step.compiled}
        if step.compiled:
            together["evaluated_together"] = step.evaluates
            together["seconds_compiling"] = round(step.seconds_compiling, 3)
        if step.not_compiled:
            together["not_compiled"] = step.not_compiled
        return [run.run(loop, together=dict(together)) for run, loop in zip(self._prepared, self._loops, strict=True)]

    def _stacked(self) -> BatchedStep:
        step = BatchedStep(self._setups)
        with _reasons():
            step.stack(next(self._places(0, 0)))
        return step

    def _places(self, run: int, seen: int) -> Iterator[Place]:
        setup = self._setups[run]
        places = order(setup.seed, len(setup.data.train), setup.batch_size, setup.total_steps)
        return itertools.islice(places, seen, None)

    def _train(self, step: BatchedStep, file: RunFile | None, interrupts: Interrupts, bar: Any) -> None:
        for loop in self._loops:
            loop.places()  # which hashes those that were seen before an interruption
        began = seen = max(loop.batches_seen for loop in self._loops)
        bar.update(seen)
        iterators = [self._places(i, seen) for i in range(len(self._loops))]
        iterators = step.data.begin(iterators)
        try:
            while seen < self._setups[0].total_steps and any(loop.diverged_at is None for loop in self._loops):
                self._take(step, seen, [next(places) for places in iterators])
                seen += 1
                bar.update()
                if file is not None:
                    if interrupts.asked is not None or file.due(seen):
                        self._write(file)
                    if interrupts.asked is not None:
                        return
        finally:
            step.data.close()
        for loop in self._loops:
            loop.finish()
        if file is not None and seen > began:
            self._write(file)

    def _take(self, step: BatchedStep, number: int, places: Sequence[Place]) -> None:
        active = [loop.diverged_at is None for loop in self._loops]
        start = time.perf_counter()
        with _reasons():
            results = step.take(number, places, active)
        seconds = (time.perf_counter() - start) / sum(active)
        ends = self._loops[0].evaluates_at(places[0], number + 1)
        measure = step.measure(active) if ends else None
        for i, (loop, place, result) in enumerate(zip(self._loops, places, results, strict=True)):
            if not active[i]:
                continue
            taken = loop.take_in(result, seconds, 1.0)
            if ends:
                step.seed(i, number)  # for an evaluation that draws random numbers
            loop.advance(place, taken, measure=None if measure is None else partial(measure, i))
            if loop.diverged_at is not None:
                step.restart(i)
        if self._on_step is not None:
            losses = [math.nan if result is None else result.loss for result in results]
            lrs = [math.nan if result is None else result.lr for result in results]
            self._on_step(number + 1, self._setups[0].total_steps, losses, lrs)

    def _write(self, file: RunFile) -> None:
        file.write({"runs": [loop.state() for loop in self._loops]})


def _states(file: RunFile, runs: int) -> list[dict[str, Any]] | None:
    """Return the state of each run in a file, None if there is none yet."""
    held = file.read()
    states = None if held is None else held.get("runs")
    if held is not None and (not isinstance(states, list) or len(states) != runs):
        raise UnusableRunError(
            file.path,
            f"resume='{file.path}' holds no states of {runs} runs: delete it to start anew, or name another file",
        )
    return states


class _reasons:  # noqa: N801 (a context)
    """Context in which whatever cannot be computed for all models at once becomes a `CannotBatchError`."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, *_: object) -> None:
        if isinstance(error, Exception) and not isinstance(error, CannotBatchError):
            raise CannotBatchError(_words(error)) from error


def _words(error: Exception) -> str:
    text = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
    if "randomness" in text or "random operation" in text:
        return "the model or its loss draws random numbers in a step, as dropout does"
    return f"a step of all at once fails ({type(error).__name__}: {text[:160]})"
