"""A short trial of what a study does, for an estimate of its time and its disk; nothing of it stays."""

from __future__ import annotations

import json
import math
import time
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import xarray as xr

from landscape.curvature.stability_threshold import StabilityThreshold
from landscape.study.measure import (
    at_checkpoint,
    curvature_row,
    end_lines,
    end_values,
    measure_plane,
    measure_run,
    measure_spectrum,
    objective_of,
    statistics_of,
)
from landscape.study.measure_spec import MeasureSpec
from landscape.study.missing import Attempts
from landscape.study.plan import Plan
from landscape.study.references import as_zenith_takes
from landscape.study.spec import loop_options
from landscape.study.stability import recorder
from landscape.study.store import Study
from landscape.study.together import is_together
from zenith.tasks import Data
from zenith.training.evaluation import evaluate
from zenith.training.seeds_together import train_seeds
from zenith.training.trace import STEP_FIELDS
from zenith.training.train import Run, initial_model, train

__all__ = ["MeasureCost", "RunDisk", "Span", "TrainCost", "Trial"]

T = TypeVar("T")

LEAST_STEPS = 3
"""Of a training, however long they take."""
FEW_STEPS = 8
"""Of a training, unless they take four times as long as they should."""
WARM_UP = 3
"""Steps that are not counted where there are enough others."""
BLOCKS = 5
"""The steps of a trial are cut into so many parts, whose means say how much the time of a step varies."""
LONGEST_EVALUATION = 1.0
"""Seconds; larger sets are evaluated in part."""
ONE_PASS = 0.02
"""Seconds of one evaluation of the loss in the trial, which takes fewer samples where all would take longer."""
MOST_PRODUCTS = 40
"""Of an eigenvalue in the trial."""
FEWEST = 2
"""Probes, and pairs of perturbations, that have an error."""
FEWER = 0.5
"""Products at later checkpoints, over those at the weights of the trial, at least: trained further, they are fewer."""


@dataclass(frozen=True)
class Span:
    """Seconds as estimated, and between which values.

    Attributes
    ----------
    low, value, high : float
    """

    low: float = 0.0
    value: float = 0.0
    high: float = 0.0

    def __add__(self, other: Span) -> Span:
        return Span(self.low + other.low, self.value + other.value, self.high + other.high)

    def __mul__(self, factor: float) -> Span:
        return Span(self.low * factor, self.value * factor, self.high * factor)

    @classmethod
    def of(cls, values: Sequence[float] | np.ndarray[Any, Any]) -> Span:
        """Return the mean of values, and the least and largest of them."""
        return cls(float(np.min(values)), float(np.mean(values)), float(np.max(values)))


def _periods(per_epoch: int, every: int | None) -> tuple[int, int]:
    """Return after how many steps evaluations repeat, and every how many of these steps there is one."""
    if every is not None and every < per_epoch:
        return per_epoch, every
    period = per_epoch * math.ceil((every or 1) / per_epoch)
    return period, period


@dataclass(frozen=True)
class TrainCost:
    """Seconds of work of a training, of one run or of several as one model.

    Attributes
    ----------
    setup : Span
        To the end of the first step, an evaluation included.
    step, evaluation, writing : Span
    """

    setup: Span
    step: Span
    evaluation: Span
    writing: Span = Span()

    def of(self, steps: int, per_epoch: int, evaluate_every: int | None = None) -> Span:
        """Return the work of so many steps."""
        period, every = _periods(per_epoch, evaluate_every)
        whole, rest = divmod(steps, period)
        evaluations = whole * math.ceil(period / every) + math.ceil(rest / every)
        return self.setup + self.step * (steps - 1) + self.evaluation * evaluations + self.writing


@dataclass(frozen=True)
class MeasureCost:
    """Seconds of work of measuring.

    Attributes
    ----------
    setup, first, row, end, lines : Span
        Of a job; of the curvature at initial weights and at another checkpoint; of the numbers at the end point; of the
        lines from it.
    plane, spectrum : Span
        Of one figure, without `point`.
    point : Span
        Of the loss at one checkpoint on a plane.
    bytes : int
        Of the file of one run.
    """

    setup: Span
    first: Span
    row: Span
    end: Span
    lines: Span
    plane: Span
    spectrum: Span
    point: Span
    bytes: int


@dataclass(frozen=True)
class RunDisk:
    """Bytes of a run: `checkpoint` for each, `step` for each, and `rest`."""

    checkpoint: int
    step: int
    rest: int

    def of(self, steps: int, checkpoints: int) -> int:
        """Return the bytes of a run."""
        return self.rest + self.step * steps + self.checkpoint * (checkpoints + 1)


class _Enough(Exception):  # noqa: N818 (no error)
    """Ends a training of which enough was seen."""


@dataclass
class Trial:
    """Trains and measures a little of a study, and keeps the time.

    Parameters
    ----------
    seconds : float
        Of work, after which nothing new is begun, or three times as many that have passed.
    folder : Path
        Where files are written whose size and time are of interest; the caller removes it.

    Attributes
    ----------
    steps : dict of str to int
        Steps that were taken in the trial, by method.
    products : list of int
        Products that eigenvalues took.
    converged : bool
        Whether all of these converged within `MOST_PRODUCTS`.
    """

    seconds: float
    folder: Path
    steps: dict[str, int] = field(default_factory=dict)
    products: list[int] = field(default_factory=list)
    converged: bool = True

    def __post_init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()
        self._evaluations: dict[tuple[str, str], float] = {}

    @property
    def is_over(self) -> bool:
        """Whether nothing new is to be begun."""
        return self.work >= self.seconds or self.took >= 3 * self.seconds

    @property
    def took(self) -> float:
        """Seconds so far."""
        return time.perf_counter() - self._wall

    @property
    def work(self) -> float:
        """Seconds of CPU time so far."""
        return time.process_time() - self._cpu

    @property
    def load(self) -> float:
        """Seconds that passed for each second of CPU time so far."""
        return self.took / max(1e-9, self.work)

    # Training ---------------------------------------------------------------------------------------------------------

    def training(self, plans: Sequence[Plan], method: str, seeds: Sequence[int], seconds: float) -> TrainCost:
        """Take the first steps of runs of one method, together if that is how they are trained."""
        plan, clock = plans[0], _clock(plans[0])
        data, whole, part = self._data(plan)
        stamps, lanes = [clock()], len(seeds)
        if is_together(plan, method) and lanes == 1:
            plans, seeds = [plan] * 2, list(seeds) * 2
        seen = 0

        def on_step(step: int, total: int, losses: Any, lrs: Any) -> None:
            nonlocal seen
            stamps.append(clock())
            seen = int(np.isfinite(losses).sum()) or seen or 1
            taken, spent = len(stamps) - 1, stamps[-1] - stamps[1]
            if (taken >= FEW_STEPS and spent >= seconds) or (taken >= LEAST_STEPS and spent >= 4 * seconds):
                raise _Enough

        with suppress(_Enough):
            self._train(plans, method, seeds, data, on_step)
        self.steps[method] = self.steps.get(method, 0) + len(stamps) - 1
        took = np.diff(stamps)
        if len(took) == 0:  # it diverges at once
            return TrainCost(Span(), Span(), Span())
        period, every = _periods(math.ceil(len(data.train) / plan.spec.batch_size), plan.spec.evaluate_every)
        evaluated = np.arange(len(took)) % period % every == 0
        plain = took[~evaluated] if every > 1 else took[1:]
        plain = plain[WARM_UP:] if len(plain) > 2 * WARM_UP else plain
        step = (
            Span.of([each.mean() for each in np.array_split(plain, min(BLOCKS, len(plain)))]) if len(plain) else Span()
        )
        evaluation = Span(whole, whole, whole) * lanes
        if evaluated[1:].any() and every > 1 and part == whole:
            evaluation = Span.of(np.maximum(took[1:][evaluated[1:]] - step.value, 0.0))
        setup = float(took[0]) + (whole - part) * lanes
        # Where they cannot be batched they are trained one after another.
        times = lanes / seen if is_together(plan, method) and seen < len(seeds) else 1.0
        return TrainCost(Span(setup, setup, setup) * times, step * times, evaluation)

    def sample(self, plan: Plan, method: str, steps: int) -> Run:
        """Train a run of a few steps, to write and to measure."""
        few = replace(
            plan, spec=plan.spec.derived(**_STEPS | {"steps": steps, "checkpoints": 2, "seeds_together": False})
        )
        return self._train([few], method, [plan.spec.seeds[0]], self._data(plan)[0], None)[0]

    def _train(self, plans: Sequence[Plan], method: str, seeds: Sequence[int], data: Data, on_step: Any) -> list[Run]:
        plan = plans[0]
        steps = plan.steps(method)
        keys: dict[str, Any] = {
            "data": data,
            "steps": steps,
            "batch_size": plan.spec.batch_size,
            "window": plan.window(method),
            "checkpoints": plan.spec.checkpoints,
            "device": plan.device,
            "options": loop_options(plan.spec),
            "on_step": on_step,
            "record": None if plan.trials else recorder(plan.spec, method),
        }
        task, row = plan.spec.loaded_task, as_zenith_takes(plan.spec, method)
        settings = [each.spec.settings_for(method) for each in plans]
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="the .* runs of .* are trained one after another")
            if is_together(plan, method):
                return train_seeds(task, row, list(seeds), settings=settings, **keys)
            return [train(task, row, seeds[0], settings=settings[0], **keys)]

    def _data(self, plan: Plan) -> tuple[Data, float, float]:
        """Return the data of a trial, and the seconds of an evaluation of all data and of these."""
        data, whole = plan.data, self._evaluation(plan) * sum(map(len, plan.data.parts.values()))
        if whole <= LONGEST_EVALUATION:
            return data, whole, whole
        share = LONGEST_EVALUATION / whole
        train_size = min(len(data.train), max(plan.spec.batch_size * 2, int(share * len(data.train))))
        test_size = max(1, int(share * len(data.test)))
        less = Data(
            data.train.subset(train_size), data.test.subset(test_size), fingerprint="of a trial", description="a part"
        )
        return less, whole, self._evaluation(plan) * (train_size + test_size)

    def _evaluation(self, plan: Plan) -> float:
        """Return the seconds that evaluating one sample takes."""
        key = plan.data.fingerprint, json.dumps(plan.spec.task_settings)
        if key not in self._evaluations:
            task, clock = plan.spec.loaded_task, _clock(plan)
            model, size = initial_model(task, 0).to(plan.device), min(len(plan.data.train), 64)
            while True:
                part = plan.data.train.subset(size).to(plan.device)
                evaluate(task, model, part)
                took = _timed(clock, lambda part=part: evaluate(task, model, part))[0]  # type: ignore[misc]
                if took >= ONE_PASS or size == len(plan.data.train):
                    break
                size = min(len(plan.data.train), 4 * size)
            self._evaluations[key] = took / size
        return self._evaluations[key]

    # What is kept of a run --------------------------------------------------------------------------------------------

    def writing(self, plan: Plan, run: Run) -> tuple[float, RunDisk]:
        """Write a run; return the seconds and the bytes."""
        study = Study(self.folder, plan.spec)
        name = f"{run.method}-seed{run.seed}-trial"
        took, _ = _timed(_clock(plan), lambda: study.write_run(name, run))
        sizes = {path: path.stat().st_size for path in study.run_folder(name).rglob("*") if path.is_file()}
        tensors = sum(size for path, size in sizes.items() if path.suffix == ".safetensors")
        step = 8 * (len(STEP_FIELDS) + 1)
        rest = sum(sizes.values()) - tensors - step * len(run.trace.steps["loss"])
        return took, RunDisk(math.ceil(tensors / len(run.checkpoints)), step, max(0, rest))

    # Measuring --------------------------------------------------------------------------------------------------------

    def measuring(self, plan: Plan, run: Run) -> MeasureCost:
        """Measure a run of a few steps, on fewer samples and at fewer points where all would take long."""
        task, clock, wanted = plan.spec.loaded_task, _clock(plan), plan.measure
        metric, states = task.metric.name, run.checkpoints
        last = max(states)
        objectives, shares, setup = [], [], 0.0
        for split in (plan.data.train, plan.data.test):
            everything = min(wanted.samples or len(split), len(split))
            samples = min(everything, max(64, int(ONE_PASS / self._evaluation(plan))))
            statistics = statistics_of(wanted, plan.data.train)
            took, made = _timed(
                clock,
                lambda s=split, n=samples, of=statistics: objective_of(task, s, n, plan.device, of),  # type: ignore[misc]
            )
            objectives.append(made)
            shares.append(everything / samples)
            setup += took * shares[-1]
        (of_train, of_test), (share, test_share), attempt = objectives, shares, Attempts()
        both = (share + test_share) / 2
        spec = replace(wanted, max_products=min(wanted.max_products, MOST_PRODUCTS))
        threshold = StabilityThreshold(**run.recorded[last]) if last in run.recorded else None

        def row(step: int) -> tuple[float, dict[str, Any]]:
            return _timed(
                clock,
                lambda: curvature_row(at_checkpoint(of_train, states[step]), metric, spec, step, attempt, threshold),
            )

        at_first, at_last = row(0), row(last)
        first, later = self._of_row(*at_first, wanted, share), self._of_row(*at_last, wanted, share)
        later = Span(later.value * FEWER, later.value, max(later.high, first.high))
        here, there = (at_checkpoint(each, states[last]) for each in (of_train, of_test))

        def linear(call: Callable[[int], object], few: int, many: int, wanted: int) -> Span:
            call(few)  # which prepares what is kept
            base, more = (_timed(clock, lambda n=n: call(n))[0] for n in (few, many))  # type: ignore[misc]
            slope = max(0.0, (more - base) / (many - few))
            return _around(max(0.0, more - many * slope) + wanted * slope, more * wanted / many)

        def end(probes: int, pairs: int) -> object:
            few = replace(spec, trace_probes=probes, sharpness_samples=pairs)
            return end_values(here, there, metric, few, attempt)

        of_trace = linear(lambda n: end(n, FEWEST), FEWEST, 8, wanted.trace_probes)
        of_pairs = linear(lambda n: end(FEWEST, n), FEWEST, 8, wanted.sharpness_samples)
        with_none = _timed(clock, lambda: end(FEWEST, FEWEST))[0]
        of_end = of_trace + of_pairs + Span(-with_none, -with_none, -with_none)

        def lines(points: int) -> object:
            return end_lines(here, there, metric, replace(spec, line_points=points), at_last[1].get("vector"), attempt)

        def plane(side: int) -> object:
            return measure_plane(of_train, metric, {"trial": states}, side)

        def points_of(count: int) -> object:
            return plane(round(math.sqrt(count)))

        def spectrum(steps: int) -> object:
            return measure_spectrum(here, replace(spec, spectrum_probes=FEWEST, spectrum_steps=steps))

        of_lines = linear(lines, 3, 11, wanted.line_points)
        of_plane = linear(points_of, 9, 49, wanted.plane_points**2) if wanted.plane_seeds else Span()
        of_spectrum = linear(spectrum, 2, 8, wanted.spectrum_steps) if wanted.spectrum_seeds else Span()
        point = self._evaluation(plan) * min(wanted.samples or len(plan.data.train), len(plan.data.train))
        written, size = self._written(plan, run, of_train, of_test)
        return MeasureCost(
            setup=Span(setup, setup, setup) + Span(written, written, written),
            first=first,
            row=later,
            end=of_end * both,
            lines=of_lines * both,
            plane=of_plane * share + Span(setup, setup, setup) * 0.5,
            spectrum=of_spectrum * (share * wanted.spectrum_probes / FEWEST) + Span(setup, setup, setup) * 0.5,
            point=Span(point, point, point),
            bytes=size,
        )

    def _of_row(self, took: float, row: dict[str, Any], wanted: MeasureSpec, share: float) -> Span:
        products = max(1, row["products"])
        self.products.append(products)
        high = took
        if not np.all(row["converged"]):
            self.converged = False
            high = took * wanted.max_products / products
        return Span(took, took, high) * share

    def _written(self, plan: Plan, run: Run, of_train: Any, of_test: Any) -> tuple[float, int]:
        few = replace(
            plan.measure, trace_probes=FEWEST, sharpness_samples=FEWEST, line_points=3, max_products=MOST_PRODUCTS
        )
        metric, study = plan.spec.loaded_task.metric.name, Study(self.folder, plan.spec)
        tree: xr.DataTree = measure_run(of_train, of_test, metric, run.checkpoints, few, diverged=False)
        took, _ = _timed(_clock(plan), lambda: study.write_measure("measures", "trial", tree))
        return took, (self.folder / "measures" / "trial.nc").stat().st_size


_STEPS: dict[str, Any] = {"epochs": None, "seconds": None, "gradients": None, "tuning": None}


def _clock(plan: Plan) -> Callable[[], float]:
    """Return the clock of work: CPU time, or where a GPU works the time that passes."""
    return time.process_time if plan.device == "cpu" else time.perf_counter


def _timed(clock: Callable[[], float], call: Callable[[], T]) -> tuple[float, T]:
    began = clock()
    result = call()
    return clock() - began, result


def _around(value: float, other: float) -> Span:
    return Span(min(value, other), value, max(value, other))
