"""Batches cut anew by sample: smaller or larger ones, or those of a subset of the samples."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from landscape.arguments import whole
from landscape.batches import Batch, count_samples, cpu_generator, map_tensors, tensors_of


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
    ends = torch.tensor(sizes).cumsum(0)
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
    def take(tensor: Tensor) -> Tensor:
        if not tensor.dim():
            return tensor
        return tensor[index if isinstance(index, slice) else index.to(tensor.device)]

    return map_tensors(take, batch)


def _signature(item: Any) -> Any:
    """What two batches must have in common to be joined: structure, types, and the shape of a sample."""
    if isinstance(item, Tensor):
        return ("row", item.shape[1:], item.dtype) if item.dim() else ("scalar", item.item(), item.dtype)
    if isinstance(item, Mapping):
        return type(item), tuple((name, _signature(value)) for name, value in item.items())
    return type(item), tuple(_signature(value) for value in item)


def _join(pieces: list[Batch]) -> Batch:
    if len(pieces) == 1:
        return pieces[0]
    rows = [tensors_of(piece) for piece in pieces]
    joined = (torch.cat(same) if same[0].dim() else same[0] for same in zip(*rows, strict=True))
    return map_tensors(lambda _: next(joined), pieces[0])
