"""Measure what a training iteration of every method costs on a task: its time next to SGD's, and its memory."""

from __future__ import annotations

import math
import os
import platform
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.profiler import ProfilerActivity, profile, record_function

from landscape._common.files import read_record, write_record
from landscape.study.papers.spec import Part
from landscape.study.plan import check_device, load_data
from landscape.study.references import method_of
from landscape.study.run import computing_threads
from zenith import methods
from zenith.baselines.line_probe import LineProbe
from zenith.tasks import Batch, Data, Task
from zenith.tasks import get as task_of
from zenith.training.train import initial_model

__all__ = ["CostPlan", "kept_bytes", "measure_costs", "prepare_costs", "read_costs", "temporary_bytes"]

RECORD = "costs.json"
ROUNDS, BLOCK = 7, 20
"""In every round each method takes a block of so many iterations."""
WARM_UP = 3
STEP = "the step of the method"


@dataclass(frozen=True)
class CostPlan:
    """A checked measurement of costs.

    Attributes
    ----------
    part : Part
    out : Path
        Its folder.
    task, data
    device : str
    rounds, block, batch_size : int
    learning_rate : float
    """

    part: Part
    out: Path
    task: Task
    data: Data
    device: str
    rounds: int
    block: int
    batch_size: int
    learning_rate: float

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods, and SGD against itself: what the comparison makes of no difference at all."""
        return tuple(dict.fromkeys(("sgd", *self.part.given["methods"])))

    def settings(self, method: str) -> dict[str, Any]:
        """Return the settings of a method."""
        base = {"lr": self.learning_rate} if method_of(method, None).shares_lr else {}
        return {**base, **self.part.given.get("settings", {}).get(method, {})}

    def determinants(self) -> dict[str, Any]:
        """Return what a measurement that goes on must share with its record."""
        return {
            "given": {key: value for key, value in self.part.given.items() if key != "rounds"},
            "device": self.device,
            "torch": torch.__version__,
            "processor": platform.processor() or platform.machine(),
        }


def prepare_costs(
    part: Part, out: Path, data_root: Path | None, device: str | None, download: bool = False
) -> CostPlan:
    """Check a measurement of costs before any work starts.

    Raises
    ------
    ValueError, FileNotFoundError
        For an unknown task or method, missing data, or a number that is none.
    """
    given = part.given
    numbers = {}
    for key, default in (("rounds", ROUNDS), ("block", BLOCK), ("batch_size", 128)):
        value = given.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ValueError(f"{key} of the costs '{part.name}' must be a whole number of at least 1, got {value!r}")
        numbers[key] = value
    task = task_of(part.task, **given.get("task_settings", {}))
    plan = CostPlan(
        part,
        out,
        task,
        load_data(task, data_root, download),
        check_device(device),
        learning_rate=float(given.get("learning_rate", 0.1)),
        **numbers,
    )
    for method in plan.methods:
        methods.resolve_settings(method, plan.settings(method))
    return plan


def measure_costs(plan: CostPlan, *, progress: bool = False) -> dict[str, Any]:
    """Measure, or continue, and return the record, which `landscape.study.paper.tables.table_1` takes.

    In every round each method takes a block of iterations on the same batch, paired with a block of SGD that starts
    from the same weights. Rounds that are there are not measured again.
    """
    path = plan.out / RECORD
    times: dict[str, list[list[float]]] = {}
    if path.is_file():
        record = read_record(path)
        if record["determinants"] == plan.determinants():
            times = record["seconds"]
            if all(len(pairs) >= plan.rounds for pairs in times.values()):
                return record
    plan.out.mkdir(parents=True, exist_ok=True)
    with computing_threads(1):
        batch = plan.data.train.to(plan.device).batch(torch.arange(min(plan.batch_size, len(plan.data.train))))
        runs = {name: _Iteration(plan, name, batch) for name in plan.methods}
        sgd = _Iteration(plan, "sgd", batch)
        for each in (*runs.values(), sgd):
            each.take(WARM_UP)
        memory = {name: temporary_bytes(run.step_only, plan.device) / run.weights for name, run in runs.items()}
        for number in range(len(times.get("sgd", ())), plan.rounds):
            for name in reversed(plan.methods) if number % 2 else plan.methods:
                ours, reference = runs[name].seconds(plan.block), sgd.seconds(plan.block)
                times.setdefault(name, []).append([ours, reference])
            record = _record(plan, times, memory, runs)
            write_record(path, record)
    return record


def read_costs(folder: Path) -> dict[str, Any] | None:
    """Return the record of a measurement, if there is one."""
    return read_record(folder / RECORD) if (folder / RECORD).is_file() else None


def _record(
    plan: CostPlan,
    times: Mapping[str, Sequence[Sequence[float]]],
    memory: Mapping[str, float],
    runs: Mapping[str, _Iteration],
) -> dict[str, Any]:
    rows = []
    for name, pairs in times.items():
        ours, theirs = np.asarray(pairs, dtype=np.float64).T
        extra = 100 * (ours / theirs - 1)
        low, middle, high = np.quantile(extra, (0.25, 0.5, 0.75))
        rows.append(
            {
                "net": plan.part.task,
                "batch": plan.batch_size,
                "method": name,
                "sgd_ms": 1e3 * float(np.median(theirs)),
                "step_extra_percent": float(middle),
                "step_quartiles": [float(low), float(high)],
                "kept_copies": kept_bytes(runs[name].optimizer) / runs[name].weights,
                "temporary_copies": memory[name],
                "rounds": len(pairs),
                "block": plan.block,
            }
        )
    cuda = plan.device.startswith("cuda")
    return {
        "determinants": plan.determinants(),
        "measured_on": {
            "processor": torch.cuda.get_device_name(plan.device)
            if cuda
            else platform.processor() or platform.machine(),
            "torch": torch.__version__,
            "threads": 1,
            "repeats": f"{len(next(iter(times.values())))} blocks of {plan.block} iterations",
        },
        "description": plan.data.description,
        "seconds": {name: [list(pair) for pair in pairs] for name, pairs in times.items()},
        "rows": rows,
    }


class _Iteration:
    """One method on a model of its own, iterated as a training loop would."""

    def __init__(self, plan: CostPlan, name: str, batch: Batch) -> None:
        self.row, self.task, self.batch = methods.get(name), plan.task, batch
        self.model: nn.Module = initial_model(plan.task, 0).to(plan.device).train()
        self.optimizer = methods.make_optimizer(name, self.model.parameters(), **plan.settings(name))
        self._cuda = plan.device.startswith("cuda")

    @property
    def weights(self) -> int:
        """Bytes of the parameters."""
        return sum(p.numel() * p.element_size() for p in self.model.parameters())

    def seconds(self, count: int) -> float:
        """Seconds of an iteration, the mean over a block: of the processor, or of the clock where a GPU works."""
        clock = time.perf_counter if self._cuda else time.thread_time
        self._wait()
        began = clock()
        self.take(count)
        self._wait()
        return (clock() - began) / count

    def take(self, count: int) -> None:
        """Take so many iterations."""
        for _ in range(count):
            methods.step(self.row, self.optimizer, **self._prepared())

    def step_only(self) -> Callable[[], None]:
        """Compute a gradient, and return the step from there."""
        prepared = self._prepared()
        return lambda: methods.step(self.row, self.optimizer, **prepared)

    def _prepared(self) -> dict[str, Any]:
        closure = {"closure": self._closure}
        if "closure" in self.row.needs:
            return closure
        probe = LineProbe(self.model, self._loss) if "probe" in self.row.needs else None
        return {"loss": self._closure(), "probe": probe, **closure}

    def _loss(self) -> Tensor:
        return self.task.loss(self.model, self.batch)

    def _closure(self) -> Tensor:
        self.optimizer.zero_grad(set_to_none=True)
        loss = self._loss()
        loss.backward()
        return loss.detach()

    def _wait(self) -> None:
        if self._cuda:
            torch.cuda.synchronize()


def kept_bytes(optimizer: Optimizer) -> int:
    """Return the bytes of tensors in an optimizer's state and groups, the parameters excluded."""

    def size(value: Any) -> int:
        if isinstance(value, Tensor):
            return value.numel() * value.element_size()
        return sum(map(size, value)) if isinstance(value, (list, tuple)) else 0

    states = (value for state in optimizer.state.values() for value in state.values())
    settings = (value for group in optimizer.param_groups for key, value in group.items() if key != "params")
    return sum(map(size, [*states, *settings]))


def temporary_bytes(prepare: Callable[[], Callable[[], None]], device: str = "cpu") -> int:
    """Return the most bytes that a step holds above where it began, forward passes of its own included.

    Parameters
    ----------
    prepare : callable
        Computes a gradient and returns the step.
    device : str
    """
    step = prepare()
    if device.startswith("cuda"):
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats(device)
        began = torch.cuda.memory_allocated(device)
        step()
        torch.cuda.synchronize()
        return torch.cuda.max_memory_allocated(device) - began
    os.environ.setdefault("KINETO_LOG_LEVEL", "99")  # its builds of today report each start and stop
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as recorded, record_function(STEP):
        step()
    return max(_held(recorded), default=0)


def _held(recorded: Any) -> Iterator[int]:
    """Yield the bytes that are held above the beginning of the step, after each allocation in it."""
    events = sorted(recorded.profiler.kineto_results.events(), key=lambda event: event.start_ns())
    held, end = 0, -math.inf
    for event in events:
        if event.name() == STEP:
            held, end = 0, event.end_ns()
        elif event.name() == "[memory]" and event.start_ns() <= end:
            held += event.nbytes()
            yield held
