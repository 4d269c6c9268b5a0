"""Random streams that are functions of what they are for: seeds by name, and the global generators drawn from them."""

from __future__ import annotations

import ctypes
import hashlib
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

__all__ = ["ItemStreams", "numbered_seed", "preserved_generators", "seed_generators", "stream_seed"]


def stream_seed(seed: int, stream: str) -> int:
    """Return a 63-bit seed of one of a run's independent random streams."""
    return int.from_bytes(hashlib.sha256(f"{stream}:{seed}".encode()).digest()[:8], "big") >> 1


_BITS = 2**64 - 1


def numbered_seed(seed: int, number: int) -> int:
    """Return the 63-bit seed of a number within a stream, a tenth of the cost of `stream_seed`.

    SplitMix64 (Steele, Lea and Flood 2014, figure 16).
    """
    mixed = (seed + 0x9E3779B97F4A7C15 * (number + 1)) & _BITS
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9 & _BITS
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB & _BITS
    return (mixed ^ (mixed >> 31)) >> 1


class _Torch:
    """The global generator of torch on the CPU."""

    def seed(self, seed: int) -> None:
        torch.default_generator.manual_seed(seed)  # torch.manual_seed records a stack trace, half a millisecond

    def state(self) -> Any:
        return torch.default_generator.get_state()

    def is_at(self, state: Any) -> bool:
        return torch.equal(self.state(), state)

    def restore(self, state: Any) -> None:
        torch.default_generator.set_state(state)


class _NumPy:
    """The global generator of NumPy, whose state takes thirty times as long to get as to look at in place."""

    _SIZE = 624 * 4 + ctypes.sizeof(ctypes.c_int)  # of a Mersenne twister: its words, and the place among them

    def __init__(self) -> None:
        self._known: tuple[Any, Any] = (None, None)

    def seed(self, seed: int) -> None:
        generator: Any = np.random.get_bit_generator()  # type: ignore[attr-defined]
        if isinstance(generator, np.random.MT19937):
            np.random.seed(seed & 0xFFFFFFFF)  # noqa: NPY002 (the global one, which transforms draw from)
        else:  # which a program may have put in its place
            generator.state = type(generator)(seed).state

    def state(self) -> Any:
        raw = self._raw()
        if raw is None or raw != self._known[0]:
            self._known = raw, np.random.get_state(legacy=False)  # noqa: NPY002
        return self._known

    def is_at(self, state: Any) -> bool:
        raw = self._raw()
        if raw is not None:
            return raw == state[0]
        return str(np.random.get_state(legacy=False)) == str(state[1])  # noqa: NPY002

    def restore(self, state: Any) -> None:
        if not self.is_at(state):
            np.random.set_state(state[1])  # noqa: NPY002

    def _raw(self) -> bytes | None:
        generator: Any = np.random.get_bit_generator()  # type: ignore[attr-defined]
        if not isinstance(generator, np.random.MT19937):
            return None
        return ctypes.string_at(generator.ctypes.state_address, self._SIZE)


class _Python:
    """The global generator of the module random."""

    def seed(self, seed: int) -> None:
        random.seed(seed)

    def state(self) -> Any:
        return random.getstate()

    def is_at(self, state: Any) -> bool:
        return random.getstate() == state

    def restore(self, state: Any) -> None:
        random.setstate(state)


_GENERATORS: tuple[Any, ...] = (_Torch(), _NumPy(), _Python())


def seed_generators(seed: int) -> None:
    """Seed the global generators of torch (CPU), NumPy and random."""
    for generator in _GENERATORS:
        generator.seed(seed)


@contextmanager
def preserved_generators() -> Iterator[tuple[Any, ...]]:
    """Context that leaves the global generators of torch (CPU), NumPy and random as they were; gives their states."""
    before = tuple(generator.state() for generator in _GENERATORS)
    try:
        yield before
    finally:
        for generator, state in zip(_GENERATORS, before, strict=True):
            generator.restore(state)


class ItemStreams:
    """Makes the samples of a batch, each with random numbers of its own.

    Whatever a sample draws from the global generators is a function of its seed, and not of the samples made before it
    or of the process that makes it. A generator that no sample draws from costs next to nothing: a batch is made as if
    none did, and made again, from seeds, if it turns out that one did; from then on that generator is always seeded.
    """

    def __init__(self) -> None:
        self._drawn_from: tuple[int, ...] = ()

    @property
    def drew(self) -> bool:
        """Whether a sample drew random numbers."""
        return bool(self._drawn_from)

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
            while True:
                if self._drawn_from:
                    generators = [_GENERATORS[place] for place in self._drawn_from]
                    samples = []
                    for place in range(count):
                        seed = seed_of(place)
                        for generator in generators:
                            generator.seed(seed)
                        samples.append(make_one(place))
                    seed = join_seed()
                    for generator in generators:
                        generator.seed(seed)
                    batch = join(samples)
                else:
                    batch = join(make_all())
                more = tuple(
                    place
                    for place, generator in enumerate(_GENERATORS)
                    if place not in self._drawn_from and not generator.is_at(before[place])
                )
                if not more:
                    return batch
                self._drawn_from = tuple(sorted((*self._drawn_from, *more)))
                for place in more:
                    _GENERATORS[place].restore(before[place])
