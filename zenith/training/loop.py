"""The training loop: batches, records, checkpoints and interruptions of one run."""

from __future__ import annotations

import hashlib
import itertools
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import torch
from torch import Tensor, nn

from zenith import methods
from zenith._common.environment import environment
from zenith._common.progress import ProgressBar
from zenith.optimizer.norms import read_back
from zenith.optimizer.rule import Gauge
from zenith.training.batches import Batches, Place, order
from zenith.training.evaluation import measurements, recomputed_statistics, refresh_statistics
from zenith.training.resume import Interrupts, RunFile, Snapshot, UnusableRunError
from zenith.training.setup import Callbacks, Setup
from zenith.training.state import State, copy_state
from zenith.training.step import StepBatch, StepResult, TrainingStep
from zenith.training.trace import Trace

__all__ = ["Loop", "forked_rng"]

Measure = Callable[[str], tuple[float, ...]]

SECONDS_BETWEEN_REPORTS = 0.1
"""Least time between two calls of `on_progress`: as often as a picture of training needs to be redrawn."""


class Loop:
    """One run while it trains.

    Parameters
    ----------
    setup : Setup
    callbacks : Callbacks

    Attributes
    ----------
    trace : Trace
    kept : dict of int to state dict
        Checkpoints, unless they were streamed.
    recorded : dict of int to object
        What `record` returned at each.
    step : int
        Steps result.
    batches_seen : int
        Among them one whose loss was not finite.
    diverged_at : int or None
    batch_order : str
        SHA-256 of the sample indices of every batch seen.
    environments : tuple of dict
        What the steps were trained with, as of `Run.environments`; one without keys stands for steps of a version that
        did not write it.
    """

    def __init__(self, setup: Setup, callbacks: Callbacks) -> None:
        self._setup = setup
        self._on_step = callbacks.on_step if setup.ranks.first else None
        self._on_progress, self._shown = callbacks.on_progress if setup.ranks.first else None, -math.inf
        self._record = callbacks.record if setup.ranks.first else None
        self._on_checkpoint = callbacks.on_checkpoint
        if self._on_checkpoint is not None and not setup.ranks.first:
            self._on_checkpoint = _drop
        self._training_step = TrainingStep(setup)
        self._snapshot = Snapshot(
            setup.model, setup.optimizer, setup.schedule, self._training_step.scaler, self._training_step.device
        )
        rule = self._training_step.rule  # mu and Z are its own, unless it has another window
        self._gauge = Gauge(setup.window) if rule is None or rule.window != setup.window else None
        self._order = hashlib.sha256()
        self.batches_seen = 0
        self._seconds = self._gradient_evaluations = 0.0
        self._pending: list[StepResult] = []
        self._unhashed: list[Tensor] = []
        self.trace = Trace()
        self.kept: dict[int, State] = {}
        self.recorded: dict[int, Any] = {}
        self.step = 0
        self.diverged_at: int | None = None
        self.environments: tuple[dict[str, str], ...] = (environment(setup.device),)

    @property
    def batch_order(self) -> str:
        """SHA-256 of the sample indices of every batch seen, as a hexadecimal string."""
        return self._order.hexdigest()

    def run(self, file: RunFile | None = None, *, progress: bool = False) -> None:
        """Train to the end of the budget or until the loss is no longer finite.

        Parameters
        ----------
        file : RunFile, optional
            Continued from if it is there, and kept up to date.
        progress : bool
            Show a bar.

        Raises
        ------
        ValueError
            If another process continues the same file, or this run cannot.
        """
        with nullcontext() if file is None or not self._setup.ranks.first else file.claimed():
            self._run(file, progress)

    def _run(self, file: RunFile | None, progress: bool) -> None:
        held = self._setup.ranks.same(file.read() if file is not None and self._setup.ranks.first else None)
        interrupts = Interrupts()
        with forked_rng(self._training_step.device), nullcontext() if file is None else interrupts:
            self.begin(held, file)
            title = f"{self._setup.task.name} {self._setup.method.name} seed {self._setup.seed}"
            show = progress and self._setup.ranks.first
            with ProgressBar(
                total=self._setup.total_steps, initial=self.step, desc=title, unit="step", disable=not show
            ) as bar:
                self._train(file, interrupts, bar if show else None)
        interrupts.obey()

    def _train(self, file: RunFile | None, interrupts: Interrupts, bar: Any) -> None:
        seen = self.batches_seen
        batches = Batches(self._setup, self.places())
        try:
            stopped = self._train_on(batches, file, interrupts, bar)
        finally:
            batches.close()
        if stopped:
            return
        self._flush()
        if file is not None and self._setup.ranks.first and self.batches_seen > seen:
            file.write(self.state())
        self.finish()

    def _train_on(self, batches: Batches, file: RunFile | None, interrupts: Interrupts, bar: Any) -> bool:
        """Take the steps; return whether an interruption stopped them, which are then in the file."""
        for place in batches:
            if self.diverged_at is not None:
                return False
            self.advance(place, self._take(batches, place), bar)
            if file is not None:
                asked = self._asked_on_any_rank(interrupts) is not None
                if self._setup.ranks.first and (asked or file.due(self.step)):
                    file.write(self.state())
                if asked:
                    return True
        return False

    # The parts of a run, which `zenith.train_seeds` takes of many runs in turn
    # -----------------------------------------------------------------------

    def begin(self, held: dict[str, Any] | None, file: RunFile | None = None) -> None:
        """Evaluate and keep the model as it starts, or put back the `state` of an interrupted run, held in a file.

        Raises
        ------
        UnusableRunError
            If the state is not of this run.
        """
        if held is None:
            self._evaluate()
            self._keep()
            return
        try:
            self._restore(held)
        except Exception as error:  # whatever a state makes that is not of this run
            reason = f"{type(error).__name__}: {error}".splitlines()[0][:200]
            assert file is not None
            raise UnusableRunError(
                file.path,
                f"resume='{file.path}' holds no state that this run can go on from ({reason}): delete it to start "
                f"anew, or name another file",
            ) from error
        if self.diverged_at is None and self.batches_seen < self._setup.total_steps:
            before, here = self.environments[-1], environment(self._setup.device)
            if before and file is not None:
                file.say_elsewhere(before, here, self.step)
            self.environments += (here,) * (before != here)

    def places(self) -> Iterator[Place]:
        """Return the places of the steps that are left."""
        setup = self._setup
        places = order(setup.seed, len(setup.data.train), setup.batch_size, setup.total_steps)
        # Hashed again after an interruption, because a hash cannot be stored half-way.
        self._unhashed += [place.index for place in itertools.islice(places, self.batches_seen)]
        return places

    def advance(self, place: Place, taken: bool, bar: Any = None, measure: Measure | None = None) -> None:
        """Record that a step was taken at a place, or that its loss was not finite; evaluate and keep what is due.

        `measure`, if it is given, returns the mean loss and the metrics over a part of the data.
        """
        self._unhashed.append(place.index)
        self.batches_seen += 1
        if taken:
            self.step += 1
            self._report(bar)
            if self.step in self._setup.to_keep:
                self._keep()
            if self.evaluates_at(place, self.batches_seen) and not self._evaluate(measure):
                self.diverged_at = self.step
        if self.diverged_at is not None and self.step not in self._setup.to_keep:
            self._keep()

    def evaluates_at(self, place: Place, seen: int) -> bool:
        """Return whether there is an evaluation after a batch, the `seen`-th of the run: see `LoopOptions`."""
        setup, every = self._setup, self._setup.options.evaluate_every
        if every is None or seen == setup.total_steps:
            return place.ends_epoch or seen == setup.total_steps
        of_epoch = math.ceil(len(setup.data.train) / setup.batch_size)
        if every < of_epoch:
            return place.ends_epoch or (place.number + 1) % every == 0
        return seen % (of_epoch * math.ceil(every / of_epoch)) == 0

    def take_in(self, result: StepResult | None, seconds: float, gradient_evaluations: float) -> bool:
        """Take in the numbers of a step and what it took; return whether the loss was finite."""
        if result is None:
            self.diverged_at = self.step
            return False
        self._seconds += seconds
        self._gradient_evaluations += gradient_evaluations
        result.seconds, result.gradient_evaluations = self._seconds, self._gradient_evaluations
        self._pending.append(result)
        return True

    def finish(self) -> None:
        """Report the end."""
        self._flush()
        if self._on_progress is not None:
            self._on_progress(self.trace, self.kept, "finished" if self.diverged_at is None else "diverged")

    def state(self) -> dict[str, Any]:
        """Return everything that a run goes on from, for a `RunFile`."""
        self._flush()
        return {
            "step": self.step,
            "batches_seen": self.batches_seen,
            "diverged_at": self.diverged_at,
            "seconds": self._seconds,
            "gauge": self._gauge.state if self._gauge is not None else None,
            "trace": self.trace.state(),
            "kept": self.kept,
            "recorded": self.recorded,
            "environments": list(self.environments),
        } | self._snapshot.take()

    def _report(self, bar: Any) -> None:
        loss, lr = self._pending[-1].loss, self._pending[-1].lr
        if bar is not None:
            bar.update()
            bar.set_postfix(loss=f"{loss:.4g}", lr=f"{lr:.3g}", refresh=False)
        if self._on_step is not None:
            self._on_step(self.step, self._setup.total_steps, loss, lr)
        if self._on_progress is not None and time.monotonic() - self._shown >= SECONDS_BETWEEN_REPORTS:
            self._flush()
            self._on_progress(self.trace, self.kept, "running")
            self._shown = time.monotonic()

    def _asked_on_any_rank(self, interrupts: Interrupts) -> int | None:
        # All ranks stop after the same step, or those that go on would wait for the others; and by the same signal, or
        # those that had none would take a part of the run for the whole.
        if self._setup.ranks.size > 1:
            number = self._setup.ranks.largest(torch.tensor(interrupts.asked or 0, device=self._training_step.device))
            interrupts.asked = int(number) or None
        return interrupts.asked

    def _take(self, batches: Batches, place: Place) -> bool:
        """Take the next step; return whether the loss was finite."""
        began = time.perf_counter()
        before = self._pending[-1] if self._pending else None
        late = before.update_norm if before is not None else None
        batch = StepBatch(len(place.index), batches.pieces(place))
        result, read = self._training_step.take(self.step, batch, () if late is None else (late,))
        if before is not None and late is not None:
            before.moved, before.update_norm = read[0], None
        if result is not None and result.update_norm is not None and result.update_norm.is_cpu:
            result.moved, result.update_norm = result.update_norm.item(), None
        return self.take_in(result, time.perf_counter() - began, self._training_step.gradient_evaluations)

    def _flush(self) -> None:
        """Write the pending steps to the trace, many at once: a tenth of the cost of doing so between two batches."""
        last = self._pending[-1] if self._pending else None
        if last is not None and last.update_norm is not None:
            (last.moved,), last.update_norm = read_back([last.update_norm]), None
        gauge = self._gauge
        for result in self._pending:
            mean, zenith = result.mean_gradient_norm, result.zenith
            if gauge is not None:
                gauge.update(result.gradient_norm)
                mean, zenith = gauge.mean, gauge.zenith if gauge.warmed_up else math.nan
            self.trace.record_step(
                loss=result.loss,
                gradient_norm=result.gradient_norm,
                lr=result.lr,
                mean_gradient_norm=mean,
                zenith=zenith,
                update_norm=result.moved,
                seconds=result.seconds,
                gradient_evaluations=result.gradient_evaluations,
            )
        self._pending.clear()
        if self._unhashed:
            self._order.update(torch.cat(self._unhashed).numpy().tobytes())
            self._unhashed.clear()

    # Where the method is evaluated
    # ------------------------------------------------------------------------------------------

    @contextmanager
    def _evaluation_point(self) -> Iterator[None]:
        self._setup.ranks.share_buffers(self._setup.model)
        if self.step == 0:  # nothing to average yet: every method of a seed starts from the same weights and statistics
            yield
            return

        def refresh(model: nn.Module) -> None:
            refresh_statistics(self._setup.task, model, self._setup.data.train)

        with methods.evaluation_point(self._setup.method, self._setup.optimizer, self._setup.model, refresh):
            yield

    def _evaluate(self, measure: Measure | None = None) -> bool:
        """Evaluate all splits and record; return whether the training loss is finite."""
        self._flush()
        setup = self._setup
        statistics = recomputed_statistics(setup.task, setup.model, setup.data.train, setup.options.batchnorm_samples)
        with self._evaluation_point(), statistics:
            found = {
                part: measure(part)
                if measure is not None
                else measurements(self._setup.task, self._setup.model, split, self._setup.ranks)
                for part, split in self._setup.data.parts.items()
            }
        names = ("loss", "metric", *(metric.name for metric in self._setup.task.metrics[1:]))
        values = {
            f"{part}_{name}": value
            for part, measured in found.items()
            for name, value in zip(names, measured, strict=True)
        }
        self.trace.record_epoch(self.step, **values)
        return math.isfinite(values["train_loss"])

    def _keep(self) -> None:
        if self._record is not None:
            with torch.no_grad():
                self.recorded[self.step] = self._record(self.step, self._setup.model, self._setup.optimizer)
        with self._evaluation_point():
            state = copy_state(self._setup.model)
        if self._on_checkpoint is None:
            self.kept[self.step] = state
        else:
            self._on_checkpoint(self.step, state)

    # Interruptions
    # ----------------------------------------------------------------------------------------------------------

    def _restore(self, held: dict[str, Any]) -> None:
        self._gauge = Gauge.on(held["gauge"]) if self._gauge is not None else None
        self.trace = Trace.of(held["trace"])
        self.kept, self.recorded = held["kept"], held.get("recorded", {})  # of a file from before there was any
        self.step, self.diverged_at, self._seconds = held["step"], held["diverged_at"], held["seconds"]
        self.batches_seen = held["batches_seen"]
        counts = (self.step, self.batches_seen, self._setup.total_steps)
        if not all(type(count) is int for count in counts) or not 0 <= self.step <= self.batches_seen <= counts[2]:
            raise ValueError(f"{self.step} steps of {self.batches_seen} batches, of a run of {counts[2]} steps")
        lengths = {len(column) for column in self.trace.steps.values()}
        if len(lengths) != 1 or not 0 <= lengths.pop() - self.step <= 1 or math.isnan(self._seconds):
            raise ValueError(f"a trace that is not of {self.step} steps")
        names = self._setup.model.state_dict().keys()
        if any(
            step not in (*self._setup.to_keep, self.step) or state.keys() != names for step, state in self.kept.items()
        ):
            raise ValueError("weights that this run does not keep")
        self.environments = _environments(held.get("environments", [{}]))
        self._gradient_evaluations = (self.trace.steps["gradient_evaluations"] or [0.0])[-1]
        self._snapshot.restore(held)


def _environments(held: Any) -> tuple[dict[str, str], ...]:
    if not held or not all(isinstance(word, str) for each in held for item in each.items() for word in item):
        raise ValueError("no list of what its steps were trained with")
    return tuple(map(dict, held))


def _drop(step: int, state: State) -> None:
    """Drop a checkpoint, which the first rank streams."""


@contextmanager
def forked_rng(device: torch.device) -> Iterator[None]:
    """Context that leaves torch's generators of the CPU and the device as they were."""
    devices = [device.index] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices):
        yield
