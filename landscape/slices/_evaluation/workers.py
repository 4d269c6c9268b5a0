"""Evaluation by several workers: processes of this machine, workers of an executor, or ranks of a process group.

An `EvaluationTask` holds what a worker needs to evaluate points; the points are dealt out in blocks, and their values
come back as they are found.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import math
import multiprocessing
import pickle
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from typing import Any, Protocol, Self

import numpy as np
import torch
import torch.distributed as dist
from numpy.typing import NDArray
from torch import Tensor

from landscape._common.interrupts import Interrupts
from landscape._common.threads import ONE_AT_A_TIME
from landscape.distributed.ranks import all_gather_checked, rank_and_size
from landscape.objective.criteria import OutputsAndLoss
from landscape.objective.interface import ObjectiveLike
from landscape.objective.objective import Objective
from landscape.objective.per_sample import batches_of

__all__ = [
    "EvaluationTask",
    "LocalPool",
    "PointEvaluator",
    "evaluate_by_executor",
    "evaluate_by_pool",
    "evaluate_by_ranks",
]

BLOCKS_PER_WORKER = 16
"""Blocks that each worker gets at least: few enough to cost nothing, enough that little is lost with one."""

LAST_BLOCKS = 4
"""A block is at most this part of a worker's share of what is left: blocks shrink, and nobody waits long for the
last."""

AHEAD = 2
"""Blocks given out to each other process: one that it is at, and one that it takes up meanwhile."""

Blocks = Iterator[tuple[NDArray[np.int64], NDArray[np.float64]]]
"""Indices of points with their values."""


class PointEvaluator(Protocol):
    """An evaluator of points, block by block."""

    def evaluate(self, points: NDArray[np.float64]) -> Iterator[tuple[int, NDArray[np.float64]]]:
        """Iterate over blocks: index of the first point, and values."""


# ---------------------------------------------------------------------- tasks


@dataclass(frozen=True)
class EvaluationTask:
    """A picklable description of an evaluation, from which another process builds its evaluator.

    Attributes
    ----------
    objectives : dict of str to dict
        What each objective is built from, by its prefix.
    directions : list of dict of str to Tensor
    build : callable
        `build(objectives, directions)`, what evaluates points there; of a module's top level.
    """

    objectives: dict[str, dict[str, Any]]
    directions: list[dict[str, Tensor]]
    build: Callable[..., PointEvaluator]

    @classmethod
    def of(
        cls,
        objectives: Mapping[str, ObjectiveLike],
        directions: Sequence[Mapping[str, Tensor]],
        build: Callable[..., PointEvaluator],
    ) -> bytes:
        """Return the task, pickled.

        Raises
        ------
        ValueError
            If a part cannot be sent; the message says which.
        """
        specs = {name: _spec(objective) for name, objective in objectives.items()}
        for spec in specs.values():
            for what, part in spec.items():
                try:
                    pickle.dumps(part)
                except Exception as error:  # pickle, and what objects do when pickled
                    raise ValueError(
                        f"The {what} cannot be sent to workers ({str(error).splitlines()[0]}): define its classes and "
                        "functions at the top level of a module, or use workers=1."
                    ) from error
        _check_importable(specs)
        return pickle.dumps(cls(specs, [dict(u) for u in directions], build))

    def evaluator(self) -> PointEvaluator:
        """Rebuild the objectives and return the evaluator."""
        return self.build({name: _rebuild(spec) for name, spec in self.objectives.items()}, self.directions)


def _spec(objective: ObjectiveLike) -> dict[str, Any]:
    """Return the picklable parts from which an objective is rebuilt."""
    if not isinstance(objective, Objective):
        raise ValueError(
            "The parameters of this objective are spread over ranks, which evaluate it together: use workers=1 on each "
            "of them."
        )
    loss = objective.loss_fn
    if isinstance(loss, OutputsAndLoss):
        parts = {"criterion": loss.criterion} if loss.criterion else {"outputs": loss.outputs, "output_loss": loss.loss}
    else:
        parts = {"loss": loss}
    return parts | {
        "model": objective.model.module,
        "data": list(batches_of(objective)),
        "metrics": objective.metric_fns,
        "count": objective.data.count,
        "state": objective.parameters | dict(objective.constants),
        "settings": {
            "l2": objective.l2,
            "device": objective.device,
            "dtype": objective.space.cast,
            "arithmetic": objective.model.arithmetic,
            "batchnorm": objective.batchnorm,
            "batchnorm_data": objective.batchnorm_data,
        },
        "restriction": objective.restriction,
    }


def _rebuild(spec: dict[str, Any]) -> Objective:
    spec = dict(spec)
    state, settings, restriction = (spec.pop(name) for name in ("state", "settings", "restriction"))
    objective = Objective(**spec, **settings, check_deterministic=False).at(state)
    return objective.restrict(*restriction) if restriction else objective


def _check_importable(specs: Mapping[str, Mapping[str, Any]]) -> None:
    """Raise ValueError for models that live in a notebook or an interactive session."""
    if hasattr(sys.modules["__main__"], "__file__"):
        return
    for spec in specs.values():
        for module in spec["model"].modules():
            if type(module).__module__ == "__main__":
                raise ValueError(
                    f"The model's class {type(module).__name__} is defined in this interactive session, where worker "
                    "processes cannot import it: put it into a module, or use workers=1."
                )


# ---------------------------------------------------------------------- blocks of points


def _gather(
    points: NDArray[np.float64],
    workers: int,
    submit: Callable[[NDArray[np.float64]], Any],
    room: Callable[[], int],
    here: PointEvaluator | None = None,
) -> Blocks:
    """Submit points block by block, or evaluate them here; yield values as they come in.

    Parameters
    ----------
    points : ndarray, shape (n, directions)
    workers : int
        How many there are, roughly; with `here`, this process is one of them.
    submit : callable
        `submit(points)` gives them away; its answer has `result()`.
    room : callable
        How many blocks may be given away at present.
    here : PointEvaluator, optional
        What this process takes part with. The answers are those of `concurrent.futures` then.
    """
    blocks = deque(_blocks(len(points), workers))
    left: list[tuple[NDArray[np.int64], Any]] = []

    def give_out() -> None:
        while blocks and len(left) < room():
            block = blocks.popleft()
            left.append((block, submit(points[block])))

    def collect(timeout: float | None) -> Blocks:
        for pair in _finished(left, timeout):
            values = pair[1].result()
            left[:] = [other for other in left if other is not pair]
            yield pair[0], values

    try:
        give_out()
        while left or blocks:
            if here is None or not blocks:
                yield from collect(None)
            else:
                mine = blocks.popleft()
                for start, values in here.evaluate(points[mine]):
                    yield mine[start : start + len(values)], values
                    yield from collect(0.0)
                    give_out()
    except (KeyboardInterrupt, Exception):
        for _, answer in left:
            answer.cancel()
        for block, answer in left:
            if not answer.cancelled():  # under way or finished
                with contextlib.suppress(Exception):  # it may be the one that failed, or fail the same way
                    yield block, answer.result()
        raise


def _blocks(points: int, workers: int) -> Iterator[NDArray[np.int64]]:
    """Iterate over blocks of indices, smaller towards the end."""
    start, largest = 0, math.ceil(points / (BLOCKS_PER_WORKER * workers))
    while start < points:
        size = max(1, min(largest, (points - start) // (LAST_BLOCKS * workers)))
        yield np.arange(start, start + size)
        start += size


def _finished(asked: list[tuple[NDArray[np.int64], Any]], timeout: float | None) -> list[tuple[NDArray[np.int64], Any]]:
    """Wait for and return finished blocks; of answers that cannot be waited for together, the first."""
    if not all(isinstance(answer, Future) for _, answer in asked):
        return asked[:1]
    done, _ = wait([answer for _, answer in asked], timeout, FIRST_COMPLETED)
    return [pair for pair in asked if pair[1] in done]


# ---------------------------------------------------------------------- executors


_tasks: dict[str, bytes] = {}
"""The pickled task of the latest block, by its digest."""


@functools.lru_cache(maxsize=1)
def _evaluator_of(digest: str) -> PointEvaluator:
    task: EvaluationTask = pickle.loads(_tasks[digest])
    return task.evaluator()


def _work(digest: str, payload: bytes, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Evaluate points in an executor's worker; workers that are threads of one process take turns."""
    with ONE_AT_A_TIME:
        _tasks.clear()
        _tasks[digest] = payload
        return np.concatenate([values for _, values in _evaluator_of(digest).evaluate(points)])


def evaluate_by_executor(executor: Executor, payload: bytes, points: NDArray[np.float64]) -> Blocks:
    """Evaluate points by the workers of an executor; yield values as they come in.

    Parameters
    ----------
    executor : concurrent.futures.Executor or alike
        With `submit(function, *arguments)`, which returns something with `result()`.
    payload : bytes
        A pickled `EvaluationTask`, which goes along with every block.
    points : ndarray, shape (n, directions)

    Notes
    -----
    After Ctrl-C, or where a worker fails, the blocks under way are waited for, and what is finished comes out before
    the exception is raised.
    """
    digest = hashlib.sha256(payload).hexdigest()
    workers = getattr(executor, "_max_workers", None) or 8
    return _gather(points, workers, lambda part: executor.submit(_work, digest, payload, part), lambda: len(points))


# ---------------------------------------------------------------------- processes of this machine


_inbox: Any = None
"""The queue from which this process receives the task."""


class LocalPool:
    """A pool of processes of this machine that evaluate points; a context manager, which ends them.

    They start at once, and get the task whenever it is known.

    Parameters
    ----------
    processes : int
    threads : int
        torch's threads in each.
    """

    def __init__(self, processes: int, threads: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.processes = processes
        self._inboxes = context.Queue()
        self._executor = ProcessPoolExecutor(
            processes, mp_context=context, initializer=_start_worker, initargs=(self._inboxes, threads)
        )
        self._starts = [self._executor.submit(_started) for _ in range(processes)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.started() < self.processes:  # nobody waits for one that was not needed
            for process in list(self._executor._processes.values()):
                process.terminate()
        self._executor.shutdown(wait=True, cancel_futures=True)
        self._inboxes.cancel_join_thread()
        self._inboxes.close()

    def started(self) -> int:
        """Return the number of processes that have started."""
        return sum(start.done() for start in self._starts)

    def send(self, payload: bytes) -> None:
        """Send all processes a pickled `EvaluationTask`."""
        for _ in range(self.processes):
            self._inboxes.put(payload)

    def submit(self, points: NDArray[np.float64]) -> Future[NDArray[np.float64]]:
        """Submit points to one of the processes."""
        return self._executor.submit(_work_on_sent, points)


def _start_worker(inbox: Any, threads: int) -> None:
    global _inbox
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's, which waits for the points under way
    torch.set_num_threads(threads)
    _inbox = inbox


def _started() -> None:
    """Return at once: its result shows that a process has started."""


@functools.cache
def _sent() -> PointEvaluator:
    task: EvaluationTask = pickle.loads(_inbox.get())
    return task.evaluator()


def _work_on_sent(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Evaluate points in a process of a local pool."""
    return np.concatenate([values for _, values in _sent().evaluate(points)])


def evaluate_by_pool(pool: LocalPool, here: PointEvaluator, points: NDArray[np.float64]) -> Blocks:
    """Evaluate points by this process and a pool together; yield values as they come in.

    The others get blocks once they have started; where that comes too late, this process has done the work. After
    Ctrl-C it is as with `evaluate_by_executor`.
    """
    return _gather(points, 1 + pool.processes, pool.submit, lambda: AHEAD * pool.started(), here)


# ---------------------------------------------------------------------- ranks


def evaluate_by_ranks(
    group: dist.ProcessGroup,
    evaluator: PointEvaluator,
    points: NDArray[np.float64],
    metadata: Mapping[str, Any],
    interrupts: Interrupts,
) -> Blocks:
    """Evaluate points by the ranks of a group together; yield the values of all points on every rank.

    Raises
    ------
    ValueError
        On all ranks, if they differ in `metadata` or one fails.
    KeyboardInterrupt
        On all ranks, after Ctrl-C on one.
    """
    rank, size = rank_and_size(group)
    everyone = all_gather_checked(lambda: dict(metadata), group)
    for other, there in enumerate(everyone):
        if different := [name for name in metadata if there.get(name) != everyone[0].get(name)]:
            raise ValueError(
                f"Rank {other} differs from rank 0 in the slice's {different[0]}: give all ranks the same model, data, "
                "directions and steps."
            )
    mine = np.arange(rank, len(points), size)
    rounds = evaluator.evaluate(points[mine]) if len(mine) else iter(())
    with interrupts.deferred():
        while True:
            answers = all_gather_checked(lambda: _next_block(rounds, mine) | {"interrupted": interrupts.pending}, group)
            for answer in answers:
                if len(answer["indices"]):
                    yield answer["indices"], answer["values"]
            interrupts.act(any(answer["interrupted"] for answer in answers))
            if all(answer["finished"] for answer in answers):
                return


def _next_block(rounds: Iterator[tuple[int, NDArray[np.float64]]], mine: NDArray[np.int64]) -> dict[str, Any]:
    found = next(rounds, None)
    if found is None:
        return {"indices": mine[:0], "values": None, "finished": True}
    start, values = found
    return {"indices": mine[start : start + len(values)], "values": values, "finished": False}
