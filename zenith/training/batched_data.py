"""The batches of many runs at once, stacked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.fx.experimental.proxy_tensor import make_fx
from torch.utils._pytree import tree_flatten

from zenith.tasks import Split
from zenith.training.batches import Batches, Place
from zenith.training.setup import Setup

__all__ = ["BatchedData", "CannotBatchError"]


class CannotBatchError(Exception):
    """Models cannot be trained as one; the message says why."""


class BatchedData:
    """Makes the batches of several runs on the same data.

    Parameters
    ----------
    setups : sequence of Setup
    """

    def __init__(self, setups: Sequence[Setup]) -> None:
        self._setups, self._train = setups, setups[0].data.train
        self._device = setups[0].device
        self._at_once: bool | None = None  # whether the transform of the data may be taken of many batches at once
        self._batches: list[Batches] | None = None

    def begin(self, places: Sequence[Iterator[Place]]) -> list[Iterator[Place]]:
        """Prepare the batches at the places of each run, from the first step that is taken on; return the places."""
        task = self._setups[0].task
        if isinstance(self._train, Split) and task.augment is None and task.augment_batch is None:
            return list(places)
        self._batches = [Batches(setup, own) for setup, own in zip(self._setups, places, strict=True)]
        return [iter(batches) for batches in self._batches]

    def close(self) -> None:
        """End what makes batches."""
        for batches in self._batches or ():
            batches.close()

    def leaves(self, places: Sequence[Place], *, checked: bool) -> tuple[list[Any], Any]:
        """Return the leaves of the batches at the next places, the tensors stacked, and the structure of one batch.

        Where `checked`, each run's batch is made by itself.

        Raises
        ------
        CannotBatchError
            If the batches cannot be stacked.
        """
        if self._batches is not None:
            return _stacked([b.pieces(place)[0].batch() for b, place in zip(self._batches, places, strict=True)])
        train = self._train
        assert isinstance(train, Split)
        index = self._index(places)
        if self._at_once is None or checked:
            generator = torch.default_generator.get_state()
            by_one = _stacked([train.batch(own) for own in index])
            if not torch.equal(generator, torch.default_generator.get_state()):
                raise CannotBatchError("the data draw random numbers as batches are made")
            together = _split_rows(train.batch(index.reshape(-1)), *index.shape)
            same = together is not None and _equal(by_one[0], together[0])
            if self._at_once and not same:
                raise CannotBatchError("the transform of the data depends on what else is in a batch")
            self._at_once = same
            return by_one
        if self._at_once:
            together = _split_rows(train.batch(index.reshape(-1)), *index.shape)
            if together is not None:
                return together
        return _stacked([train.batch(own) for own in index])

    def rows(self, places: Sequence[Place]) -> list[Tensor]:
        """Return the rows of all runs' batches, not transformed."""
        assert isinstance(self._train, Split)
        index = self._index(places).reshape(-1)
        return [field.index_select(0, index) for field in self._train.fields]

    def transform(self, places: Sequence[Place]) -> Callable[[list[Tensor]], list[Any]] | None:
        """Return what makes leaves of `rows`, as of batches of these sizes; None if it cannot be a part of a program.

        It can where its trace is the same function of other rows: not where it leaves torch on the way, say.
        """
        train = self._train
        if not self._at_once or self._batches is not None or not isinstance(train, Split):
            return None
        shape = len(places), len(places[0].index)

        def leaves_of(rows: list[Tensor]) -> list[Any]:
            together = _split_rows(train.transform(*rows), *shape)
            if together is None:
                raise CannotBatchError("the batches of the seeds differ in shape")
            return together[0]

        rows = self.rows(places)
        others = [field.flip(0) for field in rows]
        try:
            trace = make_fx(leaves_of)(rows)
            return leaves_of if _equal(trace(others), leaves_of(others)) else None
        except Exception:  # whatever a transform raises that is traced
            return None

    def _index(self, places: Sequence[Place]) -> Tensor:
        return torch.stack([place.index for place in places]).to(self._device)


def _stacked(made: Sequence[Any]) -> tuple[list[Any], Any]:
    flat = [tree_flatten(batch) for batch in made]
    leaves, spec = flat[0]
    out: list[Any] = []
    for place, leaf in enumerate(leaves):
        if any(other_spec != spec for _, other_spec in flat):
            raise CannotBatchError("the batches of the seeds differ in structure")
        own = [other[place] for other, _ in flat]
        if isinstance(leaf, Tensor):
            if any(t.shape != leaf.shape or t.dtype != leaf.dtype for t in own):
                raise CannotBatchError("the batches of the seeds differ in shape")
            out.append(torch.stack(own))
        elif all(value == leaf for value in own):
            out.append(leaf)
        else:
            raise CannotBatchError("the batches of the seeds differ in what is no tensor")
    return out, spec


def _split_rows(batch: Any, models: int, rows: int) -> tuple[list[Any], Any] | None:
    """Return the leaves of a batch of ``models * rows`` samples as those of stacked ones, if they can be."""
    leaves, spec = tree_flatten(batch)
    for leaf in leaves:
        if not isinstance(leaf, Tensor) or not leaf.dim() or len(leaf) != models * rows:
            return None
    return [leaf.unflatten(0, (models, rows)) for leaf in leaves], spec


def _equal(one: Sequence[Any], other: Sequence[Any]) -> bool:
    return len(one) == len(other) and all(
        isinstance(a, Tensor) and a.dtype == b.dtype and torch.equal(a, b) for a, b in zip(one, other, strict=True)
    )
