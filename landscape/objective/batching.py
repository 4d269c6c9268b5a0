"""Weighted batches of a dataset: their weights in the mean over all samples, subsets, and other batch sizes."""

import copy
import hashlib
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence, pack_sequence, pad_packed_sequence, unpad_sequence

from landscape._common.random import cpu_generator
from landscape._common.validation import as_integer
from landscape.objective.criteria import check_ignored_labels, expect_callable
from landscape.objective.data import (
    Batch,
    BatchedData,
    count_samples,
    is_sequence,
    joined,
    per_sample,
    rows_of,
    why_uncounted,
)
from landscape.objective.protection import Protected
from landscape.objective.pytrees import attributes_of, leaves_of, map_leaves

FEW = 32
"""Samples that checks need: few, because four gradients of a whole dataset may cost more than what is measured."""


class WeightedBatches:
    """Batches with their weights in a mean over samples, or over the terms of the criterion's mean.

    Parameters
    ----------
    data : BatchedData
    count : callable, optional
        `count(batch)`, the weight of a batch given by the user, also in metrics.
    criterion_weight : callable, optional
        The weight that the criterion divides by, in the loss only.

    Attributes
    ----------
    batches : list
        All of them, those of weight zero included.
    weights, metric_weights : list of float
        Of each batch in the loss and in metrics; both add up to one.
    sizes : list of int or None
        Samples of each batch, None where it does not show them.
    num_samples : int
    total_weight : float
        The weights of the batches, added up.
    weighted_by : str
        What the weights are, for the record.
    fingerprint, source, from_tensors
        See `BatchedData`.
    selection : str or None
        Which samples of the data that were given these are; None for all.
    count : callable or None

    Raises
    ------
    ValueError
        If the number of samples is not known, or the weights have no mean.
    """

    def __init__(
        self,
        data: BatchedData,
        count: Callable[[Batch], float] | None,
        criterion_weight: Callable[[Batch], float] | None,
    ) -> None:
        self.fingerprint, self.source, self.from_tensors = data.fingerprint, data.source, data.from_tensors
        expect_callable(count, "count", "batch")
        self.count = Protected(count, "count") if count is not None else None
        self._criterion_weight = criterion_weight
        self.selection: str | None = None
        self._set_batches(data.batches)

    @property
    def is_subset(self) -> bool:
        """Whether these are some of the samples that were given."""
        return self.selection is not None

    def weighted(self) -> Iterator[tuple[Batch, float]]:
        """Iterate over the batches and their weights in the loss; batches of weight zero are left out."""
        return ((b, w) for b, w in zip(self.batches, self.weights, strict=True) if w)

    def weight_of(self, batch: Batch) -> float:
        """Return the weight of any batch of such data in the loss."""
        weight_of = self.count or self._criterion_weight
        return float(weight_of(batch)) if weight_of else float(count_samples(batch) or 0)

    def metric_weight_of(self, batch: Batch) -> float:
        """Return the weight of any batch of such data in the metrics."""
        return float(self.count(batch)) if self.count else float(count_samples(batch) or 0)

    def choose(self, samples: int | Sequence[int] | Tensor, seed: int = 0) -> tuple[Tensor, str] | None:
        """Return the indices of samples, given or drawn, and a description of them; None for all of them in order.

        Raises
        ------
        ValueError
            If the batches do not show their samples, and for a number or an index out of range.
        """
        self.known_sizes()
        index, description = sample_index(samples, self.num_samples, seed)
        return None if torch.equal(index, torch.arange(self.num_samples, device="cpu")) else (index, description)

    def subset(self, index: Tensor, description: str) -> Self:
        """Return the samples of sorted indices, in batches no larger than the largest there are."""
        sizes = self.known_sizes()
        other = copy.copy(self)
        other._set_batches(list(rebatch(*select(self.batches, sizes, index), max(sizes))))
        other.fingerprint = hashlib.sha256(self.fingerprint.encode() + index.numpy().tobytes()).hexdigest()
        other.selection = f"{description}, of {self.selection}" if self.selection else description
        return other

    def with_batch_size(self, rows: int) -> Self:
        """Return the same samples in batches of `rows`.

        Raises
        ------
        ValueError
            If the batches do not show their samples, or count(batch) is no sum over them.
        """
        number = as_integer(rows)
        if number is None or number < 1:
            raise ValueError(f"The batch size is {rows!r}: give the rows of a batch, an integer of at least 1.")
        other = copy.copy(self)
        other._set_batches(list(rebatch(self.batches, self.known_sizes(), number)))
        if not math.isclose(other.total_weight, self.total_weight, rel_tol=1e-6):
            raise ValueError(
                f"count(batch) adds up to {self.total_weight:g} over the batches and to {other.total_weight:g} over "
                f"those of {number}: give a count that is a sum over the samples."
            )
        return other

    def is_cut_like(self, other: Self) -> bool:
        """Whether others are the same samples in batches of the same sizes."""
        return [n for n in self.sizes if n] == [n for n in other.sizes if n]

    def known_sizes(self) -> list[int]:
        """Return the samples of each batch.

        Raises
        ------
        ValueError
            If a batch does not show them.
        """
        if None in self.sizes:
            position = self.sizes.index(None)
            raise ValueError(
                f"Batch {position} does not show its samples ({why_uncounted(self.batches[position])}), so it cannot "
                "be cut: build another Objective on the batches you want."
            )
        return [size for size in self.sizes if size is not None]

    def _set_batches(self, batches: list[Batch]) -> None:
        """Set the batches, and compute the weight of each in the mean over all."""
        samples = [count_samples(batch) for batch in batches]
        self.weighted_by = (
            "count(batch)" if self.count else "terms of the criterion's mean" if self._criterion_weight else "samples"
        )
        if self.count is None and None in samples:
            position = samples.index(None)
            raise ValueError(
                f"Batch {position} does not show its number of samples ({why_uncounted(batches[position])}): "
                "pass count=, a function from batch to the number of samples or terms."
            )
        weight_of = self.count or self._criterion_weight
        if weight_of is None:
            check_ignored_labels(batches, samples)
        weights = [_number(weight_of(batch)) for batch in batches] if weight_of else [float(n or 0) for n in samples]
        if not all(math.isfinite(weight) and weight >= 0 for weight in weights) or not sum(weights):
            shown = f"{weights[:5]}{'...' if len(weights) > 5 else ''}"
            if self.count:
                raise ValueError(
                    f"The batches weigh {shown} by count=: a negative or non-finite count has no mean; let it return "
                    "numbers of at least 0, and one above."
                )
            raise ValueError(
                f"The batches weigh {shown}: an empty dataset, or one whose targets are all ignored, has no mean; "
                "give at least one sample that counts."
            )
        counts = [n if n is not None else round(weight) for n, weight in zip(samples, weights, strict=True)]
        self.batches = batches
        self.sizes = samples
        self.num_samples = sum(counts)
        self.total_weight = sum(weights)
        self.weights = [weight / self.total_weight for weight in weights]
        self.metric_weights = self.weights if self.count else [n / self.num_samples for n in counts]


def _number(value: Any) -> float:
    """Return the weight of a batch, or refuse what is no number."""
    try:
        return float(value)
    except (TypeError, ValueError, RuntimeError):  # RuntimeError: a tensor of several numbers
        shown = f"a tensor of shape {tuple(value.shape)}" if isinstance(value, Tensor) else repr(value)
        raise ValueError(
            f"count(batch) is {shown}: let it return one number, how many samples or terms the batch has."
        ) from None


def sample_index(samples: Any, total: int, seed: Any) -> tuple[Tensor, str]:
    """Return sorted sample indices, given or drawn, and a description of them.

    Raises
    ------
    ValueError
        For a number or an index out of range, and for what is neither.
    """
    number = as_integer(samples)
    if number is not None and not (isinstance(samples, Tensor) and samples.dim()):
        if not 1 <= number <= total:
            raise ValueError(
                f"The subset has {number} samples: give a number from 1 to {total}, the samples there are."
            )
        index = torch.randperm(total, generator=cpu_generator(seed), device="cpu")[:number]
        return index.sort().values, f"{number} of {total} samples, drawn without replacement with seed {int(seed)}"
    try:
        index = torch.as_tensor(samples, device="cpu")
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(
            f"The samples are {samples!r}: give how many to draw, or a non-empty list of their indices."
        ) from error
    if index.dim() != 1 or index.is_floating_point() or index.dtype == torch.bool or not len(index):
        raise ValueError(
            f"The samples are {tuple(index.shape)} of {index.dtype}: give how many to draw, or a non-empty list of "
            "their indices (mask.nonzero() turns a mask into one)."
        )
    index = index.long().sort().values
    if index[0] < 0 or index[-1] >= total:
        wrong = int(index[0] if index[0] < 0 else index[-1])
        raise ValueError(f"Sample index {wrong} is out of range: there are {total} samples, 0 to {total - 1}.")
    return index, f"{len(index)} of {total} samples, given by index"


def select(batches: Iterable[Batch], sizes: Sequence[int], index: Tensor) -> tuple[list[Batch], list[int]]:
    """Return the batches' rows at sorted sample indices, and the new numbers of rows; empty batches are dropped."""
    ends = torch.tensor(sizes, device="cpu").cumsum(0)
    stops = torch.searchsorted(index, ends).tolist()
    chosen, counts, start, first = [], [], 0, 0
    for batch, size, stop in zip(batches, sizes, stops, strict=True):
        if stop > start:
            chosen.append(_rows(batch, index[start:stop] - first))
            counts.append(stop - start)
        start, first = stop, first + size
    return chosen, counts


def rebatch(batches: Iterable[Batch], sizes: Sequence[int], rows: int) -> Iterator[Batch]:
    """Cut batches into ones of `rows` samples, in order; smaller where the shape changes and at the end.

    A batch that needs no joining is a view of the old one. Samples of different shape, such as sequences padded to
    different lengths, are not joined.
    """
    pieces: list[Batch] = []
    free, kind = rows, None
    for batch, size in zip(batches, sizes, strict=True):
        signature = _signature(batch)
        if pieces and signature != kind:
            yield _join(pieces)
            pieces, free = [], rows
        kind = signature
        start = 0
        while start < size:
            taken = min(free, size - start)
            pieces.append(_rows(batch, slice(start, start + taken)))
            start, free = start + taken, free - taken
            if not free:
                yield _join(pieces)
                pieces, free = [], rows
    if pieces:
        yield _join(pieces)


def first_rows(batch: Batch, rows: int = FEW) -> Batch | None:
    """Return the first rows of a batch, or None if it has no more than these or does not show its samples."""
    size = count_samples(batch)
    return None if size is None or size <= rows else _rows(batch, slice(0, rows))


def _rows(batch: Batch, index: slice | Tensor) -> Batch:
    size = count_samples(batch)
    assert size is not None
    numbers = range(size)[index] if isinstance(index, slice) else index.tolist()

    def take(leaf: Any) -> Any:
        if isinstance(leaf, PackedSequence):
            samples = unpad_sequence(*pad_packed_sequence(leaf))
            return pack_sequence([samples[i] for i in numbers], enforce_sorted=leaf.sorted_indices is None)
        if isinstance(leaf, Tensor):
            return rows_of(leaf, index) if leaf.dim() else leaf
        if isinstance(leaf, np.ndarray):
            return leaf[index if isinstance(index, slice) else numbers] if leaf.ndim else leaf
        return type(leaf)(leaf[i] for i in numbers) if is_sequence(leaf) else leaf

    return map_leaves(take, batch, _samples_inside(batch, size))


def _signature(item: Any, size: int | None = None, holders: tuple[Any, ...] = ()) -> Any:
    """Return what two batches must share to be joined: structure, types, and the shape of a sample."""
    inside = size is not None
    size = (count_samples(item) or 0) if size is None else size
    if isinstance(item, Tensor):
        if item.is_nested:
            return ("nested", item.layout, item.dtype)
        return ("row", item.shape[1:], item.dtype, item.layout) if item.dim() else ("scalar", item.item(), item.dtype)
    if isinstance(item, np.ndarray):
        return ("row", item.shape[1:], item.dtype) if item.ndim else ("scalar", item.item(), item.dtype)
    if inside and per_sample(item, size):
        return ("samples", type(item))
    if isinstance(item, Mapping):
        return type(item), tuple((name, _signature(value, size)) for name, value in item.items())
    if isinstance(item, (tuple, list)):
        return type(item), tuple(_signature(value, size) for value in item)
    attributes = attributes_of(item)
    if attributes is None:
        return type(item), repr(item)
    held = {n: value for n, value in attributes.items() if not any(value is one for one in (item, *holders))}
    return type(item), tuple((name, _signature(value, size, (item, *holders))) for name, value in held.items())


def _join(pieces: list[Batch]) -> Batch:
    if len(pieces) == 1:
        return pieces[0]
    first, size = pieces[0], count_samples(pieces[0]) or 0
    rows = []
    for piece in pieces:
        number = count_samples(piece) or 0
        rows.append([leaf for _, leaf in leaves_of(piece, _samples_inside(piece, number))])
    together = (_join_leaves(list(same)) for same in zip(*rows, strict=True))
    return map_leaves(lambda _: next(together), first, _samples_inside(first, size))


def _samples_inside(batch: Batch, size: int) -> Callable[[Any], bool]:
    return lambda item: item is not batch and per_sample(item, size)


def _join_leaves(leaves: list[Any]) -> Any:
    first = leaves[0]
    if isinstance(first, PackedSequence):
        samples = [sample for leaf in leaves for sample in unpad_sequence(*pad_packed_sequence(leaf))]
        return pack_sequence(samples, enforce_sorted=False)
    if isinstance(first, Tensor):
        return joined(leaves) if first.dim() else first
    if isinstance(first, np.ndarray):
        return np.concatenate(leaves) if first.ndim else first
    return type(first)(part for leaf in leaves for part in leaf) if is_sequence(first) else first
