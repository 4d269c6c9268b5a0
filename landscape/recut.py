"""Batches cut anew by sample: smaller or larger ones, or those of a subset of the samples."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence, pack_sequence, pad_packed_sequence, unpad_sequence

from landscape._common.random import cpu_generator
from landscape._common.validation import whole
from landscape.batches import Batch, count_samples, is_sequence, joined, per_sample, rows_of
from landscape.nested import attributes_of, leaves_of, map_leaves


def recut(batches: Iterable[Batch], sizes: Sequence[int], rows: int) -> Iterator[Batch]:
    """Cut batches into ones of `rows` samples, in order; smaller where the shape changes and at the end.

    A batch that needs no joining is a view of the old one. Samples of different shape, such as sequences padded to
    different lengths, are not joined.
    """
    pieces: list[Batch] = []
    room, kind = rows, None
    for batch, size in zip(batches, sizes, strict=True):
        signature = _signature(batch)
        if pieces and signature != kind:
            yield _join(pieces)
            pieces, room = [], rows
        kind = signature
        start = 0
        while start < size:
            taken = min(room, size - start)
            pieces.append(_rows(batch, slice(start, start + taken)))
            start, room = start + taken, room - taken
            if not room:
                yield _join(pieces)
                pieces, room = [], rows
    if pieces:
        yield _join(pieces)


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


def sample_index(samples: Any, total: int, seed: Any) -> tuple[Tensor, str]:
    """Return sorted sample indices, given or drawn, and in words where they come from.

    Raises
    ------
    ValueError
        For a number or an index out of range, and for what is neither.
    """
    number = whole(samples)
    if number is not None and not (isinstance(samples, Tensor) and samples.dim()):
        if not 1 <= number <= total:
            raise ValueError(
                f"The subset has {number} samples: give a number from 1 to {total}, the samples there are."
            )
        index = torch.randperm(total, generator=cpu_generator(seed), device="cpu")[:number]
        return index.sort().values, f"{number} of {total} samples, drawn without replacement with seed {int(seed)}"
    index = torch.as_tensor(samples, device="cpu")
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


def first_rows(batch: Batch, rows: int) -> Batch | None:
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
    """What two batches must have in common to be joined: structure, types, and the shape of a sample."""
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
