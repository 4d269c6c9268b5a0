"""Random streams that are functions of what they are for: seeds by name, and the global generators drawn from them."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

__all__ = ["ItemStreams", "preserved_generators", "seed_generators", "stream_seed"]


def stream_seed(seed: int, stream: str) -> int:
    """Return a 63-bit seed of one of a run's independent random streams."""
    return int.from_bytes(hashlib.sha256(f"{stream}:{seed}".encode()).digest()[:8], "big") >> 1


def seed_generators(seed: int) -> None:
    """Seed the global generators of torch (CPU), NumPy and random."""
    torch.default_generator.manual_seed(seed)  # torch.manual_seed records a stack trace, half a millisecond
    np.random.seed(seed & 0xFFFFFFFF)  # noqa: NPY002 (the global one, which transforms draw from)
    random.seed(seed)


def _states() -> tuple[Any, Any, Any]:
    legacy: Any = np.random.get_state(legacy=False)  # noqa: NPY002
    return torch.default_generator.get_state(), legacy, random.getstate()


def _drawn_since(before: tuple[Any, Any, Any]) -> bool:
    now = _states()
    same_numpy = before[1]["state"]["pos"] == now[1]["state"]["pos"] and np.array_equal(
        before[1]["state"]["key"], now[1]["state"]["key"]
    )
    return not (torch.equal(before[0], now[0]) and same_numpy and before[2] == now[2])


@contextmanager
def preserved_generators() -> Iterator[tuple[Any, Any, Any]]:
    """Context that leaves the global generators of torch (CPU), NumPy and random as they were; gives their states."""
    before = _states()
    try:
        yield before
    finally:
        torch.default_generator.set_state(before[0])
        np.random.set_state(before[1])  # noqa: NPY002
        random.setstate(before[2])


class ItemStreams:
    """Makes the samples of a batch, each with random numbers of its own.

    Whatever a sample draws from the global generators is a function of its seed, and not of the samples made before it
    or of the process that makes it. Samples that draw nothing cost nothing: a batch is made as if they did not, and
    made again, from seeds, if it turns out that one did; from then on all are made from seeds.
    """

    def __init__(self) -> None:
        self.drew = False

    def make(
        self,
        count: int,
        make_all: Callable[[], list[Any]],
        make_one: Callable[[int], Any],
        seed_of: Callable[[int], int],
        join: Callable[[list[Any]], Any],
        join_seed: Callable[[], int],
    ) -> Any:
        """Return ``join`` of the samples.

        Parameters
        ----------
        count : int
        make_all, make_one : callable
            Make all samples, or the one at a place in the batch.
        seed_of : callable
            The seed of the sample at a place.
        join : callable
            Makes a batch of them.
        join_seed : callable
            The seed of what that draws.
        """
        with preserved_generators() as before:
            if not self.drew:
                batch = join(make_all())
                if not _drawn_since(before):
                    return batch
                self.drew = True
            items = []
            for place in range(count):
                seed_generators(seed_of(place))
                items.append(make_one(place))
            seed_generators(join_seed())
            return join(items)
