"""Classes of a task: `Split`, `Data`, `Metric` and `Task`.

Nothing here assumes images, classes or one forward argument: a batch is whatever a split's transform returns, and only
the task's own loss and metric look inside.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

__all__ = ["Batch", "Data", "Metric", "Split", "Task", "classification_accuracy", "classification_loss", "fingerprint"]

Batch = Any
"""Whatever `Split.batch` returns; usually ``(X, y)``."""


def _as_is(*fields: Tensor) -> Batch:
    return fields


@dataclass(frozen=True)
class Split:
    """One part of a dataset, in memory.

    Attributes
    ----------
    fields : tuple of Tensor
        What a sample consists of, one row per sample: equal first dimensions. Images may stay uint8 to save memory.
    transform : callable
        ``transform(*rows) -> batch``, applied to the rows a batch asks for (uint8 -> normalised float32). It must work
        on any device.

    Raises
    ------
    ValueError
        If there is no field, no sample, or the fields differ in length.
    """

    fields: tuple[Tensor, ...]
    transform: Callable[..., Batch] = _as_is

    def __post_init__(self) -> None:
        lengths = [len(field) for field in self.fields]
        if not lengths or lengths[0] == 0:
            raise ValueError("a split needs at least one sample: the dataset is empty")
        if len(set(lengths)) > 1:
            raise ValueError(f"the fields of a split have {lengths} rows: every sample needs all of them")

    def __len__(self) -> int:
        return len(self.fields[0])

    def batch(self, index: Tensor) -> Batch:
        """Return the samples at `index` (int64, shape ``(batch,)``), transformed."""
        return self.transform(*(field[index] for field in self.fields))

    def subset(self, n: int, seed: int = 0) -> Split:
        """Return `n` samples drawn uniformly without replacement, in the split's order.

        The draw is fixed by `seed` alone, and nested: with one seed, the samples of a smaller `n` are among those of a
        larger one, so that a measurement on more data refines the measurement on less.

        Raises
        ------
        ValueError
            Unless ``1 <= n <= len(self)``.
        """
        if not 1 <= n <= len(self):
            raise ValueError(f"a subset of {n} samples of a split that has {len(self)}: give between 1 and {len(self)}")
        order = torch.randperm(len(self), generator=torch.Generator("cpu").manual_seed(seed), device="cpu")
        index = order[:n].sort().values.to(self.fields[0].device)
        return Split(tuple(field[index] for field in self.fields), self.transform)

    def to(self, device: torch.device | str) -> Split:
        """Return the split with its fields on `device`."""
        return Split(tuple(field.to(device) for field in self.fields), self.transform)


@dataclass(frozen=True)
class Data:
    """A loaded dataset.

    Attributes
    ----------
    train, test : Split
    fingerprint : str
        SHA-256 over the fields of both splits, with shapes and dtypes, as by `fingerprint`.
    description : str
        Provenance in words: which files were read, in which layout, and what that loses against the original.
    """

    train: Split
    test: Split
    fingerprint: str
    description: str


@dataclass(frozen=True)
class Metric:
    """A quantity to report in addition to the loss.

    Attributes
    ----------
    name, label, unit : str
        Key in a store, words in a figure, and unit ("" for a fraction).
    higher_is_better : bool
    compute : callable
        ``compute(model, batch) -> Tensor``, the mean over the batch's samples as a scalar.
    """

    name: str
    label: str
    unit: str
    higher_is_better: bool
    compute: Callable[[nn.Module, Batch], Tensor]


@dataclass(frozen=True)
class Task:
    """A dataset with a model, a loss and a metric.

    Attributes
    ----------
    name, description : str
    load : callable
        ``load(data_root) -> Data``. `data_root` is the folder that holds the dataset; None where it is embedded.
    make_model : callable
        ``make_model() -> nn.Module``, initialised from torch's global generator, which the caller seeds.
    loss : callable
        ``loss(model, batch) -> Tensor``, the mean over the batch's samples as a scalar.
    metric : Metric
        The main test metric.
    loss_label : str
        The loss in words, with its unit, for the axes of figures.
    """

    name: str
    description: str
    load: Callable[[Path | None], Data]
    make_model: Callable[[], nn.Module]
    loss: Callable[[nn.Module, Batch], Tensor]
    metric: Metric
    loss_label: str = "loss"


def fingerprint(*splits: Split) -> str:
    """SHA-256 over the dtypes, shapes and bytes of all fields of `splits`, as a hexadecimal string."""
    digest = hashlib.sha256()
    for split in splits:
        for field in split.fields:
            array = field.cpu().contiguous().numpy()
            digest.update(f"{array.dtype.str}{array.shape}".encode())
            digest.update(array.data)
    return digest.hexdigest()


def classification_loss(model: nn.Module, batch: Batch) -> Tensor:
    """Mean cross-entropy of ``model(X)`` logits, shape ``(batch, classes)``, against class indices y, in nats."""
    inputs, targets = batch
    return nn.functional.cross_entropy(model(inputs), targets)


def _accuracy(model: nn.Module, batch: Batch) -> Tensor:
    inputs, targets = batch
    return (model(inputs).argmax(dim=-1) == targets).to(torch.get_default_dtype()).mean()


classification_accuracy = Metric("accuracy", "accuracy", "", True, _accuracy)
"""Fraction of samples whose largest logit is the target class."""
