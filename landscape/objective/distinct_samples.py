"""A few samples of a dataset that differ from each other, on which it is tried how a loss depends on its samples."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from landscape.objective.batching import WeightedBatches, rebatch, select
from landscape.objective.data import Batch, count_samples, tensors_of

__all__ = ["few_samples", "largest_batch", "pick"]

ROWS = 31
"""Samples that are compared, at most: a prime number, so that no part holds its exact share of those that are
ignored."""

STANDOUT = 16
"""How many of them are chosen because they stand out, where a rare value of the targets may steer the loss."""

WIDE = 1024
"""Floating-point tensors with more numbers per sample than this are taken for inputs, which steer nothing."""


def few_samples(data: WeightedBatches) -> list[Batch]:
    """Return a few samples that differ from each other, as batches of samples of equal shape."""
    sizes = data.sizes
    if None in sizes or data.num_samples < 2:
        return []
    known = [size for size in sizes if size is not None]
    batches = data.batches
    wanted = _prime(data.num_samples)
    chosen = _standing_out(batches, known)[: min(STANDOUT, wanted // 2)]
    index = list(dict.fromkeys([*chosen, *range(data.num_samples if wanted > data.num_samples else wanted)]))
    few = _cut(batches, known, index[:wanted])
    if not few:  # all of different shape: those of one batch are alike
        largest = known.index(max(known))
        start = sum(known[:largest])
        few = _cut(batches, known, list(range(start, start + _prime(known[largest]))))
    return few


def largest_batch(data: WeightedBatches) -> list[Batch]:
    """Return the largest batch, with an even number of samples."""
    known = [size or 0 for size in data.sizes]
    position = known.index(max(known))
    even = known[position] // 2 * 2
    return pick(data.batches[position], torch.arange(even, device="cpu")) if even else []


def _cut(batches: Sequence[Batch], sizes: Sequence[int], index: list[int]) -> list[Batch]:
    picked = rebatch(*select(batches, sizes, torch.tensor(sorted(index), device="cpu")), max(len(index), 1))
    groups = [group for group in picked if (count_samples(group) or 0) > 1]
    return sorted(groups, key=lambda group: -(count_samples(group) or 0))[:3]


def _prime(number: int) -> int:
    """Return the largest prime number up to this and to `ROWS`, or as many as there are."""
    primes = (31, 29, 23, 19, 17, 13, 11, 7, 5, 3, 2)
    return next((prime for prime in primes if prime <= min(number, ROWS)), number)


def _standing_out(batches: Sequence[Batch], sizes: Sequence[int]) -> list[int]:
    """Return the samples with the lowest, highest, rarest or missing values of each tensor, such as ignored targets."""
    extremes: dict[tuple[int, int], tuple[float, int]] = {}
    labels: dict[int, list[tuple[int, Tensor]]] = {}
    start = 0
    for batch, size in zip(batches, sizes, strict=True):
        for position, tensor in enumerate(tensors_of(batch)):
            if (
                not size
                or not tensor.dim()
                or len(tensor) != size
                or tensor.layout != torch.strided
                or tensor.is_complex()
            ):
                continue
            values = tensor.detach().reshape(size, -1)
            if not values.shape[1] or (values.is_floating_point() and values.shape[1] > WIDE):
                continue
            if values.shape[1] == 1 and not values.is_floating_point():
                labels.setdefault(position, []).append((start, values[:, 0]))
            numbers = values.to(torch.float32 if values.device.type == "mps" else torch.float64)
            finite = numbers.isfinite()
            numbers = numbers.where(finite, 0.0)
            total = numbers.sum(1)
            marks = torch.stack([(~finite).sum(1).to(total), -numbers.amin(1), numbers.amax(1), total, -total])
            highest, where = marks.max(1)
            for mark, (value, row) in enumerate(zip(highest.tolist(), where.tolist(), strict=True)):
                if value > extremes.get((position, mark), (-math.inf, 0))[0]:
                    extremes[position, mark] = value, start + row
        start += size
    rare = []
    for parts in labels.values():
        column = torch.cat([part.cpu() for _, part in parts])
        places = torch.cat([first + torch.arange(len(part), device="cpu") for first, part in parts])
        values, counts = column.unique(return_counts=True)
        for value in values[counts.argsort()[:4]]:
            rare.append(int(places[int((column == value).nonzero()[0])]))
    # Classes in turn with extremes: either may be what is ignored.
    both = [row for pair in zip([r for _, r in extremes.values()], rare, strict=False) for row in pair]
    return list(dict.fromkeys([*both, *rare, *(row for _, row in extremes.values())]))


def pick(group: Batch, *parts: Tensor) -> list[Batch]:
    """Return parts of a batch, each of the samples at sorted indices."""
    size = count_samples(group) or 0
    return [select([group], [size], part)[0][0] for part in parts]
