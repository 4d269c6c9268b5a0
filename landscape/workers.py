"""Points shared out: to processes of this machine, to an executor's workers anywhere, or to the ranks of a process group."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import math
import multiprocessing
import pickle
import signal
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from numpy.typing import NDArray

from landscape.parcels import Evaluating, Parcel
from landscape.ranks import Interrupts, exchange, place_in

__all__ = ["evaluate_by_executor", "evaluate_by_ranks", "local_pool"]

BLOCKS_PER_WORKER = 16
"""Blocks that each worker gets at least: few enough to cost nothing, enough that little is lost with one."""

LAST_BLOCKS = 4
"""A block is at most this part of a worker's share of what is left: blocks shrink, and nobody waits long for the last."""

AHEAD = 2
"""Blocks given out to each process beside this one: one that it is at, and one that it takes up meanwhile."""

Blocks = Iterator[tuple[NDArray[np.int64], NDArray[np.float64]]]
"""Indices of points with their values."""


# ---------------------------------------------------------------------- executors

_parcels: dict[str, bytes] = {}
"""What the initializer of a local pool has left in this worker, by digest."""


@functools.lru_cache(maxsize=1)
def _unpacked(digest: str) -> Evaluating:
    parcel: Parcel = pickle.loads(_parcels[digest])
    return parcel.unpacked()


def _work(digest: str, packed: bytes | None, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Evaluate points in a worker."""
    if packed is not None:
        _parcels.clear()
        _parcels[digest] = packed
    return np.concatenate([values for _, values in _unpacked(digest).evaluate(points)])


def _start_worker(digest: str, packed: bytes, threads: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's, which waits for the points under way
    torch.set_num_threads(threads)
    _parcels[digest] = packed


def _digest(packed: bytes) -> str:
    return hashlib.sha256(packed).hexdigest()


def local_pool(processes: int, packed: bytes, threads: int) -> ProcessPoolExecutor:
    """Return processes of this machine, which have the parcel and each that many of torch's threads."""
    return ProcessPoolExecutor(
        processes,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_start_worker,
        initargs=(_digest(packed), packed, threads),
    )


def evaluate_by_executor(
    executor: Executor,
    packed: bytes,
    points: NDArray[np.float64],
    workers: int,
    *,
    sent: bool = False,
    here: Evaluating | None = None,
) -> Blocks:
    """Iterate over the values of points that an executor's workers find, as they come in.

    Parameters
    ----------
    executor : concurrent.futures.Executor or alike
        With `submit(function, *arguments)`, which returns something with `result()`.
    packed : bytes
        A packed `Parcel`.
    points : ndarray, shape (n, directions)
    workers : int
        How many there are, roughly; with `here`, this process is one of them.
    sent : bool
        Whether they have the parcel; otherwise it goes along with every block.
    here : Evaluating, optional
        What this process takes part with, so that it does not wait for the others to start and to finish. The executor
        is one of `concurrent.futures` then.

    Notes
    -----
    After Ctrl-C, or where a worker fails, the blocks under way are waited for, and what is finished comes out before the
    exception is raised.
    """
    digest = _digest(packed)
    blocks = deque(_blocks(len(points), workers))
    left: list[tuple[NDArray[np.int64], Any]] = []

    def give_out() -> None:
        while blocks and (here is None or len(left) < AHEAD * (workers - 1)):
            block = blocks.popleft()
            left.append((block, executor.submit(_work, digest, None if sent else packed, points[block])))

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
    """Return what is finished, waiting for something to be; of answers that cannot be waited for together, the first."""
    if not all(isinstance(answer, Future) for _, answer in asked):
        return asked[:1]
    done, _ = wait([answer for _, answer in asked], timeout, FIRST_COMPLETED)
    return [pair for pair in asked if pair[1] in done]


# ---------------------------------------------------------------------- ranks


def evaluate_by_ranks(
    group: dist.ProcessGroup,
    evaluating: Evaluating,
    points: NDArray[np.float64],
    facts: Mapping[str, Any],
    interrupts: Interrupts,
) -> Blocks:
    """Iterate over the values of points that the ranks of a group find together; every rank gets all of them.

    Raises
    ------
    ValueError
        On all ranks, if they differ in `facts` or one fails.
    KeyboardInterrupt
        On all ranks, after Ctrl-C on one.
    """
    rank, size = place_in(group)
    everyone = exchange(lambda: dict(facts), group)
    for other, there in enumerate(everyone):
        if different := [name for name in facts if there.get(name) != everyone[0].get(name)]:
            raise ValueError(
                f"Rank {other} differs from rank 0 in the slice's {different[0]}: give all ranks the same model, data, "
                "directions and steps."
            )
    mine = np.arange(rank, len(points), size)
    rounds = evaluating.evaluate(points[mine]) if len(mine) else iter(())
    with interrupts.deferred():
        while True:
            answers = exchange(lambda: _next_block(rounds, mine) | {"interrupted": interrupts.pending}, group)
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
