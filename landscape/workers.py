"""Points shared out: to processes of this machine, to an executor's workers anywhere, or to the ranks of a process group."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import multiprocessing
import pickle
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
import torch.distributed as dist
from numpy.typing import NDArray
from torch import Tensor

from landscape.criterion import Split
from landscape.measurement import batches_of
from landscape.objective import Objective
from landscape.ranks import Interrupts, exchange, place_in

__all__ = ["Parcel", "evaluate_by_executor", "evaluate_by_ranks", "local_pool"]

BLOCKS_PER_WORKER = 16
"""Blocks that each worker gets: few enough to cost nothing, enough that none waits long for the last."""

Blocks = Iterator[tuple[NDArray[np.int64], NDArray[np.float64]]]
"""Indices of points with their values."""


class Evaluating(Protocol):
    """What evaluates points, block by block."""

    def evaluate(self, points: NDArray[np.float64]) -> Iterator[tuple[int, NDArray[np.float64]]]:
        """Iterate over blocks: index of the first point, and values."""


@dataclass(frozen=True)
class Parcel:
    """What another process needs to evaluate points.

    Attributes
    ----------
    objectives : dict of str to recipe
    directions : list of dict of str to Tensor
    build : callable
        `build(objectives, directions)`, what evaluates points there; of a module's top level.
    """

    objectives: dict[str, dict[str, Any]]
    directions: list[dict[str, Tensor]]
    build: Callable[..., Evaluating]

    @classmethod
    def of(
        cls,
        objectives: Mapping[str, Objective],
        directions: Sequence[Mapping[str, Tensor]],
        build: Callable[..., Evaluating],
    ) -> bytes:
        """Return the parcel, packed.

        Raises
        ------
        ValueError
            If a part cannot be sent; the message says which.
        """
        recipes = {name: _recipe(objective) for name, objective in objectives.items()}
        for recipe in recipes.values():
            for what, part in recipe.items():
                try:
                    pickle.dumps(part)
                except Exception as error:  # pickle, and what objects do when pickled
                    raise ValueError(
                        f"The {what} cannot be sent to workers ({str(error).splitlines()[0]}): define its classes and "
                        "functions at the top level of a module, or use workers=1."
                    ) from error
        _check_importable(recipes)
        return pickle.dumps(cls(recipes, [dict(u) for u in directions], build))

    def unpacked(self) -> Evaluating:
        """Build what evaluates points."""
        return self.build({name: _cook(recipe) for name, recipe in self.objectives.items()}, self.directions)


def _recipe(objective: Objective) -> dict[str, Any]:
    """Return what an objective is built from: it holds functions that cannot be sent."""
    protocol = objective.protocol()
    loss = objective.split or objective._loss
    if isinstance(loss, Split):
        parts = {"criterion": loss.criterion} if loss.criterion else {"outputs": loss.outputs, "output_loss": loss.loss}
    else:
        parts = {"loss": loss}
    return parts | {
        "model": objective._borrowed.model,
        "data": list(batches_of(objective)),
        "metrics": objective._metrics,
        "count": objective._count,
        "state": objective.parameters | dict(objective.constants),
        "settings": {
            "l2": objective.l2,
            "device": objective.device,
            "dtype": objective._cast,
            "arithmetic": objective._borrowed.arithmetic,
            "batchnorm": objective.batchnorm,
            "batchnorm_data": objective.batchnorm_data,
        },
        "restriction": protocol["restricted_to"],
    }


def _cook(recipe: dict[str, Any]) -> Objective:
    recipe = dict(recipe)
    state, settings, restriction = (recipe.pop(name) for name in ("state", "settings", "restriction"))
    objective = Objective(**recipe, **settings, check_deterministic=False).at(state)
    return objective.restrict(*restriction) if restriction else objective


def _check_importable(recipes: Mapping[str, Mapping[str, Any]]) -> None:
    """Raise ValueError for models that live in a notebook or an interactive session."""
    if hasattr(sys.modules["__main__"], "__file__"):
        return
    for recipe in recipes.values():
        for module in recipe["model"].modules():
            if type(module).__module__ == "__main__":
                raise ValueError(
                    f"The model's class {type(module).__name__} is defined in this interactive session, where worker "
                    "processes cannot import it: put it into a module, or use workers=1."
                )


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


def local_pool(workers: int, packed: bytes) -> ProcessPoolExecutor:
    """Return worker processes of this machine, which have the parcel; torch's threads are shared out."""
    return ProcessPoolExecutor(
        workers,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_start_worker,
        initargs=(_digest(packed), packed, max(1, torch.get_num_threads() // workers)),
    )


def evaluate_by_executor(
    executor: Executor, packed: bytes, points: NDArray[np.float64], workers: int, *, sent: bool = False
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
        How many there are, roughly.
    sent : bool
        Whether they have the parcel; otherwise it goes along with every block.

    Notes
    -----
    After Ctrl-C, or where a worker fails, the blocks under way are waited for, and what is finished comes out before the
    exception is raised.
    """
    digest = _digest(packed)
    blocks = np.array_split(np.arange(len(points)), min(len(points), BLOCKS_PER_WORKER * workers))
    left = [
        (block, executor.submit(_work, digest, None if sent else packed, points[block])) for block in blocks if len(block)
    ]  # fmt: skip
    try:
        while left:
            for block, answer in _finished(left):
                values = answer.result()
                left = [pair for pair in left if pair[1] is not answer]
                yield block, values
    except (KeyboardInterrupt, Exception):
        for _, answer in left:
            answer.cancel()
        for block, answer in left:
            if not answer.cancelled():  # under way or finished
                with contextlib.suppress(Exception):  # it may be the one that failed, or fail the same way
                    yield block, answer.result()
        raise


def _finished(asked: list[tuple[NDArray[np.int64], Any]]) -> list[tuple[NDArray[np.int64], Any]]:
    """Return what is finished, waiting for something to be; of answers that cannot be waited for together, the first."""
    if not all(isinstance(answer, Future) for _, answer in asked):
        return asked[:1]
    done, _ = wait([answer for _, answer in asked], return_when=FIRST_COMPLETED)
    return [pair for pair in asked if pair[1] in done]


# ---------------------------------------------------------------------- ranks


def evaluate_by_ranks(
    group: dist.ProcessGroup, evaluating: Evaluating, points: NDArray[np.float64], facts: Mapping[str, Any]
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
    interrupts = Interrupts()
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
