"""The batches of a dataset and their weights in a mean over all of it."""

import copy
import hashlib
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Self

import torch
from torch import Tensor

from landscape._common.validation import whole
from landscape.batches import Batch, count_samples, why_uncounted
from landscape.criterion import check_hidden_terms, expect_callable
from landscape.protection import Protected
from landscape.recut import recut, sample_index, select


class WeightedBatches:
    """Batches with their shares in a mean over samples, or over the terms that a batch's own mean runs over.

    Parameters
    ----------
    batches : list
    fingerprint : str
        SHA-256 of the data.
    count : callable, optional
        `count(batch)`, the weight of a batch given by the user, also in metrics.
    terms : callable, optional
        The weight that the criterion divides by, in the loss only.

    Attributes
    ----------
    num_samples : int
    total_weight : float
        The weights of the batches, added up.
    fingerprint : str

    Raises
    ------
    ValueError
        If the number of samples is not known, or the weights have no mean.
    """

    def __init__(
        self,
        batches: list[Batch],
        fingerprint: str,
        count: Callable[[Batch], float] | None,
        terms: Callable[[Batch], float] | None,
    ) -> None:
        self.fingerprint = fingerprint
        expect_callable(count, "count", "batch")
        self._count = Protected(count, "count") if count is not None else None
        self._terms = terms
        self._subset: str | None = None
        self._weigh(batches)

    def batches(self) -> Iterator[tuple[Batch, float]]:
        """Iterate over the batches and their weights in L, which sum to one; batches of weight zero are left out."""
        return ((b, w) for b, w in zip(self._batches, self._weights, strict=True) if w)

    def weight_of(self, batch: Batch) -> float:
        """Return the weight of any batch of such data in the loss."""
        weigh = self._count or self._terms
        return float(weigh(batch)) if weigh else float(count_samples(batch) or 0)

    def metric_weight_of(self, batch: Batch) -> float:
        """Return the weight of any batch of such data in the metrics."""
        return float(self._count(batch)) if self._count else float(count_samples(batch) or 0)

    def subset(self, samples: int | Sequence[int] | Tensor, *, seed: int = 0) -> Self:
        """Return the same loss on some of the samples, in batches no larger than the largest there are.

        Parameters
        ----------
        samples : int or sequence of int or Tensor
            How many to draw without replacement, or their indices, counted through the batches in order; an index
            given twice counts twice.
        seed : int
            Of the draw.

        Raises
        ------
        ValueError
            If the batches do not show their samples, the loss is no mean over samples, or for a number or an index out
            of range.
        """
        sizes = self._sample_sizes()
        index, words = sample_index(samples, self.num_samples, seed)
        if torch.equal(index, torch.arange(self.num_samples, device="cpu")):
            return self
        self._check_cut(
            "its value on some of the samples says nothing of it: build an Objective on those", other_batches=False
        )
        other = copy.copy(self)
        other._weigh(list(recut(*select(self._batches, sizes, index), max(sizes))))
        digest = hashlib.sha256(self.fingerprint.encode() + index.numpy().tobytes())
        other.fingerprint = digest.hexdigest()
        other._subset = f"{words}, of {self._subset}" if self._subset else words
        return other

    def with_batch_size(self, rows: int) -> Self:
        """Return the same function evaluated in batches of `rows` samples: the same values to rounding.

        Raises
        ------
        ValueError
            If the batches do not show their samples, or the value, or that of a metric, depends on how they are cut.
        """
        number = whole(rows)
        if number is None or number < 1:
            raise ValueError(f"The batch size is {rows!r}: give the rows of a batch, an integer of at least 1.")
        sizes = self._sample_sizes()
        other = copy.copy(self)
        other._weigh(list(recut(self._batches, sizes, number)))
        if not math.isclose(other.total_weight, self.total_weight, rel_tol=1e-6):
            raise ValueError(
                f"count(batch) adds up to {self.total_weight:g} over the batches and to {other.total_weight:g} over "
                f"those of {number}: give a count that is a sum over the samples."
            )
        if [n for n in other._sizes if n] != [n for n in sizes if n]:
            words = f"batches of {number} samples would be another function: build an Objective on the batches"
            self._check_cut(words, other_batches=True)
        return other

    def _check_cut(self, words: str, *, other_batches: bool) -> None:
        """Refuse to cut the data where the objective is no mean over samples, which only that knows."""

    def _weigh(self, batches: list[Batch]) -> None:
        """Take these batches, and weigh each in the mean over all."""
        samples = [count_samples(batch) for batch in batches]
        self._weighting = (
            "count(batch)" if self._count else "terms of the criterion's mean" if self._terms else "samples"
        )
        if self._count is None and None in samples:
            position = samples.index(None)
            raise ValueError(
                f"Batch {position} does not show its number of samples ({why_uncounted(batches[position])}): "
                "pass count=, a function from batch to the number of samples or terms."
            )
        weigh = self._count or self._terms
        if weigh is None:
            check_hidden_terms(batches, samples)
        weights = [_number(weigh(batch)) for batch in batches] if weigh else [float(n or 0) for n in samples]
        if not all(math.isfinite(weight) and weight >= 0 for weight in weights) or not sum(weights):
            shown = f"{weights[:5]}{'...' if len(weights) > 5 else ''}"
            if self._count:
                raise ValueError(
                    f"The batches weigh {shown} by count=: a negative or non-finite count has no mean; let it return numbers of "
                    "at least 0, and one above."
                )
            raise ValueError(
                f"The batches weigh {shown}: an empty dataset, or one whose targets are all ignored, has no mean; give at least "
                "one sample that counts."
            )
        counts = [n if n is not None else round(weight) for n, weight in zip(samples, weights, strict=True)]
        self._batches = batches
        self._sizes = samples
        self.num_samples = sum(counts)
        self.total_weight = sum(weights)
        self._weights = [weight / self.total_weight for weight in weights]
        self._metric_weights = self._weights if self._count else [n / self.num_samples for n in counts]

    def _sample_sizes(self) -> list[int]:
        if None in self._sizes:
            position = self._sizes.index(None)
            raise ValueError(
                f"Batch {position} does not show its samples ({why_uncounted(self._batches[position])}), so it cannot be "
                "cut: build another Objective on the batches you want."
            )
        return [size for size in self._sizes if size is not None]


def _number(value: Any) -> float:
    """Return the weight of a batch, or refuse what is no number."""
    try:
        return float(value)
    except (TypeError, ValueError, RuntimeError):  # RuntimeError: a tensor of several numbers
        shown = f"a tensor of shape {tuple(value.shape)}" if isinstance(value, Tensor) else repr(value)
        raise ValueError(
            f"count(batch) is {shown}: let it return one number, how many samples or terms the batch has."
        ) from None
