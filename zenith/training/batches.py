"""The batches of a training: their order, and their samples, made ahead where the data say so."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor

from zenith._common.streams import preserved_generators, seed_generators, stream_seed
from zenith.tasks import Batch, Split
from zenith.tasks.data import Request, map_tensors
from zenith.training.setup import Setup

__all__ = ["Batches", "Piece", "Place", "batch_orders", "order"]


@dataclass(frozen=True)
class Place:
    """Which samples a step sees.

    Attributes
    ----------
    epoch, number : int
        Of the batch within its epoch.
    index : Tensor of int64, shape (batch,)
        On the CPU; of the whole batch, whatever share of it a rank computes.
    ends_epoch : bool
    """

    epoch: int
    number: int
    index: Tensor
    ends_epoch: bool


def order(seed: int, samples: int, batch_size: int, total_steps: int) -> Iterator[Place]:
    """Yield the places of all steps; a fresh permutation each epoch."""
    return itertools.islice(_endless(seed, samples, batch_size), total_steps)


def _endless(seed: int, samples: int, batch_size: int) -> Iterator[Place]:
    generator = torch.Generator().manual_seed(stream_seed(seed, "batches"))
    for epoch in itertools.count():
        pieces = torch.randperm(samples, generator=generator).split(batch_size)
        for number, index in enumerate(pieces):
            yield Place(epoch, number, index, number == len(pieces) - 1)


def batch_orders(seed: int, samples: int, batch_size: int, steps: Iterable[int]) -> dict[int, str]:
    """Return the hash of the batches of runs of several numbers of steps, each as `zenith.Run.batch_order` has it."""
    wanted, found, seen = set(steps), {}, hashlib.sha256()
    for number, place in enumerate(order(seed, samples, batch_size, max(wanted)), start=1):
        seen.update(place.index.numpy().tobytes())
        if number in wanted:
            found[number] = seen.hexdigest()
    return found


@dataclass(frozen=True)
class Piece:
    """A part of a step's batch that is computed at once.

    Attributes
    ----------
    samples : int
    batch : callable
        Returns it, on the device; the same at every call, and the caller's to change.
    """

    samples: int
    batch: Callable[[], Batch]


class Batches:
    """Makes the batches of a run in the order of its places.

    Parameters
    ----------
    setup : Setup
    places : iterator of Place
        From the first step that is taken on.
    """

    def __init__(self, setup: Setup, places: Iterator[Place]) -> None:
        self._setup, self._split = setup, setup.data.train
        self._augment_batch = setup.task.augment_batch
        self._again = bool(setup.method.needs)  # a method that evaluates the loss several times in a step
        self._places = places
        self._made: Iterator[Batch] | None = None
        if setup.task.augment is not None or not isinstance(self._split, Split):
            self._places, ahead = itertools.tee(places)
            self._host = self._split.samples()
            self._made = self._host.stream(self._requests(ahead), setup.seed, setup.task.augment)

    def __iter__(self) -> Iterator[Place]:
        return self._places

    def pieces(self, place: Place) -> list[Piece]:
        """Return the pieces of the batch at the next place that this rank computes; it may have none."""
        return [self._piece(place, number, index) for number, index in enumerate(self._cut(place.index))]

    def close(self) -> None:
        """End the processes that make batches."""
        if self._made is not None:
            self._made.close()  # type: ignore[attr-defined]

    def _cut(self, index: Tensor) -> list[Tensor]:
        pieces = self._setup.ranks.share(index).tensor_split(self._setup.options.accumulate)
        return [piece for piece in pieces if len(piece)]

    def _requests(self, places: Iterator[Place]) -> Iterator[Request]:
        for place in places:
            for index in self._cut(place.index):
                yield place.epoch, index

    def _piece(self, place: Place, number: int, index: Tensor) -> Piece:
        device = self._setup.device
        if self._made is None:
            where = index.to(device)
            return Piece(len(index), lambda: self._augmented(self._split.batch(where), place, number))
        batch = self._augmented(self._host.place(next(self._made)), place, number)
        return Piece(len(index), (lambda: map_tensors(Tensor.clone, batch)) if self._again else lambda: batch)

    def _augmented(self, batch: Batch, place: Place, number: int) -> Batch:
        if self._augment_batch is None:
            return batch
        stream = f"batch {place.epoch} {place.number} {number} {self._setup.ranks.rank}"
        with seeded(stream_seed(self._setup.seed, stream), self._setup.device):
            return self._augment_batch(batch)


@contextmanager
def seeded(seed: int, device: torch.device) -> Iterator[None]:
    """Context in which the global generators of torch, NumPy and random start from `seed`; they are restored."""
    cuda = torch.cuda.get_rng_state(device) if device.type == "cuda" else None
    with preserved_generators():
        seed_generators(seed)
        if cuda is not None:
            torch.cuda.default_generators[device.index].manual_seed(seed)
        try:
            yield
        finally:
            if cuda is not None:
                torch.cuda.set_rng_state(cuda, device)
