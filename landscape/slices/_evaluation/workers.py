"""Evaluation by several workers: an executor's, such as processes of this machine, or the ranks of a process group.

All have one interface, `evaluate(points)`, which iterates over indices and values of points as they come in. Executors
are those of `concurrent.futures`; points are dealt out to their workers in blocks, with a pickled recipe of the
evaluator. Pickling is cloudpickle's, which takes lambdas and what a notebook defines along.
"""

from __future__ import annotations

import contextlib
import copy
import functools
import hashlib
import math
import pickle
import signal
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol, Self

import cloudpickle
import numpy as np
import torch
import torch.distributed as dist
from loky import ProcessPoolExecutor
from numpy.typing import NDArray
from torch import Tensor

from landscape._common.interrupts import Interrupts
from landscape._common.threads import ONE_AT_A_TIME, in_main_thread
from landscape.distributed.ranks import all_gather_checked, rank_and_size
from landscape.objective._torchvision import with_torchvision
from landscape.objective.interface import ObjectiveLike
from zenith._common.starting import interrupts_held

__all__ = ["Blocks", "ExecutorWorkers", "LocalExecutor", "PointEvaluator", "RankWorkers", "pack"]

BLOCKS_PER_WORKER = 16
"""Blocks that each worker gets at least: few enough to cost nothing, enough that little is lost with one."""

LAST_BLOCKS = 4
"""A block is at most this part of a worker's share of what is left: blocks shrink, and nobody waits long for the
last."""

AHEAD = 2
"""Blocks given out to each process beside this one: one that it is at, and one that it takes up meanwhile."""

Blocks = Iterator[tuple[NDArray[np.int64], NDArray[np.float64]]]
"""Indices of points with their values."""


class PointEvaluator(Protocol):
    """An evaluator of points, block by block."""

    def evaluate(self, points: NDArray[np.float64]) -> Iterator[tuple[int, NDArray[np.float64]]]:
        """Iterate over blocks: index of the first point, and values."""


def pack(
    build: Callable[..., PointEvaluator],
    objectives: Mapping[str, ObjectiveLike],
    directions: Sequence[Mapping[str, Tensor]],
) -> bytes:
    """Return a pickled function without arguments: `build(objectives, directions)`, in another process.

    Raises
    ------
    ValueError
        If a part of an objective cannot be sent; the message says which.
    """
    sent: dict[str, Any] = {name: copy.copy(objective) for name, objective in objectives.items()}
    for objective in sent.values():
        if objective.is_sharded:
            raise ValueError(
                "The parameters of this objective are spread over ranks, which evaluate it together: use workers=1 on "
                "each of them."
            )
        objective.choices = {}  # what was tried on this machine is for this machine
    try:
        return cloudpickle.dumps(functools.partial(build, sent, directions))
    except Exception:  # what pickle raises, and what objects do when pickled
        for objective in sent.values():
            parts = {"model": objective.model.module, "metrics": objective.metric_fns, "loss": objective.loss_fn}
            for what, part in parts.items():
                try:
                    cloudpickle.dumps(part)
                except Exception as error:
                    words = str(error).splitlines()[0] if str(error) else type(error).__name__
                    raise ValueError(
                        f"The {what} cannot be sent to workers ({words}): leave out what belongs to this process, such "
                        "as locks, open files and generators, or use workers=1."
                    ) from error
        raise


# ---------------------------------------------------------------------- executors


class ExecutorWorkers:
    """The workers of an executor, and this process where it has an evaluator of its own.

    Parameters
    ----------
    executor : concurrent.futures.Executor or alike
        With `submit(function, *arguments)`, which returns something with `result()`.
    payload : bytes
        What `pack` returns. It goes along with every block, or, to a `LocalExecutor`, by a file.
    here : PointEvaluator, optional
        With which this process takes part, until the others have started and after.
    """

    def __init__(self, executor: Executor, payload: bytes, here: PointEvaluator | None = None) -> None:
        self._executor, self._here = executor, here
        self._digest = hashlib.sha256(payload).hexdigest()
        self._payload = executor.written(payload) if isinstance(executor, LocalExecutor) else payload

    def evaluate(self, points: NDArray[np.float64]) -> Blocks:
        """Iterate over indices and values of points, as they come in.

        After Ctrl-C, or where a worker fails, the blocks under way are waited for, and what is finished comes out
        before the exception is raised.
        """
        workers = (getattr(self._executor, "_max_workers", None) or 8) + (self._here is not None)
        blocks = deque(_blocks(len(points), workers))
        left: list[tuple[NDArray[np.int64], Any]] = []

        def give_out() -> None:
            executor = self._executor
            room = AHEAD * executor.started() if isinstance(executor, LocalExecutor) else len(points)
            while blocks and len(left) < room:
                block = blocks.popleft()
                left.append((block, executor.submit(_work, self._digest, self._payload, points[block])))

        def collect(timeout: float | None) -> Blocks:
            for pair in _finished(left, timeout):
                values = pair[1].result()
                left[:] = [other for other in left if other is not pair]
                yield pair[0], values

        try:
            give_out()
            while left or blocks:
                if self._here is None or not blocks:
                    yield from collect(None)
                else:
                    mine = blocks.popleft()
                    for start, values in self._here.evaluate(points[mine]):
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


_payloads: dict[str, bytes | Path] = {}
"""The payload of the latest block, by its digest."""


@functools.lru_cache(maxsize=1)
def _evaluator_of(digest: str) -> PointEvaluator:
    payload = _payloads[digest]
    pickled = payload.read_bytes() if isinstance(payload, Path) else payload
    return with_torchvision(lambda: pickle.loads(pickled))()


def _work(digest: str, payload: bytes | Path, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Evaluate points in a worker; workers that are threads of one process take turns."""
    with ONE_AT_A_TIME:
        _payloads.clear()
        _payloads[digest] = payload
        return np.concatenate([values for _, values in _evaluator_of(digest).evaluate(points)])


class LocalExecutor(ProcessPoolExecutor):
    """Processes of this machine; a context manager, which ends them.

    They start when `start` is called, by importing torch, and take calls meanwhile. Within the context this process and
    they share its threads.

    Parameters
    ----------
    processes : int
        Besides this one.
    """

    def __init__(self, processes: int) -> None:
        self._threads = torch.get_num_threads()
        self._share = max(1, self._threads // (1 + processes))
        # Data come after loky has taken the size of a worker, and are no leak.
        super().__init__(
            processes,
            initializer=_start_worker,
            initargs=(self._share,),
            env={"LOKY_MAX_MEMORY_LEAK_SIZE": "1e18"},
        )
        self._folder: TemporaryDirectory[str] | None = None
        self._starts: list[Future[None]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._starts:  # nobody waits for one that was not needed
            self.shutdown(wait=True, kill_workers=self.started() < len(self._starts))
            if in_main_thread():
                torch.set_num_threads(self._threads)
        if self._folder is not None:
            self._folder.cleanup()

    def start(self) -> None:
        """Start the processes, unless they have been."""
        if not self._starts:
            with interrupts_held():
                self._starts = [self.submit(_started) for _ in range(self._max_workers)]
            if in_main_thread():  # in others it would be a training in the main thread that has fewer
                torch.set_num_threads(self._share)

    def started(self) -> int:
        """Return the number of processes that have started."""
        return sum(start.done() for start in self._starts)

    def written(self, payload: bytes) -> Path:
        """Return a file that holds a payload as long as the context."""
        self._folder = self._folder or TemporaryDirectory(prefix="landscape-")
        path = Path(self._folder.name) / "evaluator.pkl"
        path.write_bytes(payload)
        return path


def _start_worker(threads: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's, which waits for the points under way
    torch.set_num_threads(threads)


def _started() -> None:
    """Return at once: its result shows that a process has started."""


# ---------------------------------------------------------------------- ranks


class RankWorkers:
    """The ranks of a process group, which all make the same calls, and get the values of all points.

    Parameters
    ----------
    group : torch.distributed.ProcessGroup
    evaluator : PointEvaluator
        Of this rank.
    metadata : mapping
        What ranks must agree in.
    interrupts : Interrupts
        Deferred.
    """

    def __init__(
        self, group: dist.ProcessGroup, evaluator: PointEvaluator, metadata: Mapping[str, Any], interrupts: Interrupts
    ) -> None:
        self._group, self._evaluator, self._metadata = group, evaluator, metadata
        self._interrupts = interrupts

    def evaluate(self, points: NDArray[np.float64]) -> Blocks:
        """Iterate over indices and values of points, as they come in.

        Raises
        ------
        ValueError
            On all ranks, if they differ in `metadata` or one fails.
        KeyboardInterrupt
            On all ranks, after Ctrl-C on one.
        """
        metadata = {**self._metadata, "points": hashlib.sha256(points.tobytes()).hexdigest()}
        rank, size = rank_and_size(self._group)
        everyone = all_gather_checked(lambda: metadata, self._group)
        for other, there in enumerate(everyone):
            if different := [name for name in metadata if there.get(name) != everyone[0].get(name)]:
                raise ValueError(
                    f"Rank {other} differs from rank 0 in the slice's {different[0]}: give all ranks the same model, "
                    "data, directions and steps."
                )
        mine = np.arange(rank, len(points), size)
        rounds = self._evaluator.evaluate(points[mine]) if len(mine) else iter(())
        with self._interrupts.deferred():
            while True:
                answers = all_gather_checked(
                    lambda: _next_block(rounds, mine) | {"interrupted": self._interrupts.pending}, self._group
                )
                for answer in answers:
                    if len(answer["indices"]):
                        yield answer["indices"], answer["values"]
                self._interrupts.act(any(answer["interrupted"] for answer in answers))
                if all(answer["finished"] for answer in answers):
                    return


def _next_block(rounds: Iterator[tuple[int, NDArray[np.float64]]], mine: NDArray[np.int64]) -> dict[str, Any]:
    found = next(rounds, None)
    if found is None:
        return {"indices": mine[:0], "values": None, "finished": True}
    start, values = found
    return {"indices": mine[start : start + len(values)], "values": values, "finished": False}
