"""Evaluate loss and metric over a split, and recompute batch-norm statistics at averaged weights."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from zenith.tasks import Batch, DatasetSplit, Split, Task
from zenith.tasks.metrics import Totals
from zenith.training.ranks import Ranks

__all__ = [
    "evaluate",
    "has_statistics",
    "indices_of",
    "measurements",
    "recomputed_statistics",
    "refresh_statistics",
]


def evaluate(
    task: Task, model: nn.Module, split: Split | DatasetSplit, ranks: Ranks | None = None
) -> tuple[float, float]:
    """Return mean loss and main metric of the task over a whole split, in eval mode and without augmentation.

    The model's train/eval flag is restored.

    Parameters
    ----------
    task : Task
    model : torch.nn.Module
    split : Split or DatasetSplit
    ranks : Ranks, optional
        Those that share the work, a batch each in turn.
    """
    loss, metric, *_ = measurements(task, model, split, ranks)
    return loss, metric


@torch.no_grad()
def measurements(
    task: Task,
    model: nn.Module,
    split: Split | DatasetSplit,
    ranks: Ranks | None = None,
    batches: Iterable[Batch] | None = None,
) -> tuple[float, ...]:
    """Return the mean loss and all metrics of the task over a split, as `evaluate` does.

    Batches are weighted by the terms of their losses, samples in general, so that the means do not depend on how the
    data are cut. Metrics that accumulate see all batches on every rank. Without ranks, the batches at `indices_of` the
    split may be given.
    """
    together = ranks if ranks is not None else Ranks()
    totals = Totals(task.loss, task.metrics)
    if totals.accumulate:
        together = Ranks()
    was_training = model.training
    model.eval()
    try:
        indices = indices_of(split)[together.rank :: together.size]
        for index, batch in zip(indices, split.batches(indices) if batches is None else batches, strict=True):
            totals.add(model, batch, len(index))
    finally:
        model.train(was_training)
    if together.size > 1:
        both = torch.tensor([totals.sums, totals.weights], dtype=torch.float64, device=split.device)
        totals.sums, totals.weights = together.sum(both).tolist()
    return totals.values()


@torch.no_grad()
def refresh_statistics(task: Task, model: nn.Module, split: Split | DatasetSplit) -> None:
    """Set batch-norm statistics to the averages over `split` at the model's weights.

    Izmailov et al. 2018, section 3.2.

    As `torch.optim.swa_utils.update_bn`, through the task's own loss; nothing happens to a model without batch norm.
    """
    norms = [module for module in model.modules() if isinstance(module, _BatchNorm) and module.track_running_stats]
    if not norms:
        return
    momenta = [norm.momentum for norm in norms]
    modes = [(module, module.training) for module in model.modules()]
    try:
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None  # the plain average over the batches
        model.train()
        for batch in split.batches(indices_of(split)):
            task.loss(model, batch)
    finally:
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum
        for module, mode in modes:
            module.training = mode


def has_statistics(model: nn.Module) -> bool:
    """Whether a model has batch norms with running statistics."""
    return bool(_norms(model))


def _norms(model: nn.Module) -> list[_BatchNorm]:
    return [m for m in model.modules() if isinstance(m, _BatchNorm) and m.running_mean is not None]


@contextmanager
def recomputed_statistics(
    task: Task, model: nn.Module, split: Split | DatasetSplit, samples: int | None
) -> Iterator[None]:
    """Context in which batch norms hold their averages over samples of `split` at the model's weights.

    Averaged are the means and unbiased variances of batches of equal size, in a pass in which each batch norm
    normalises with the batch's own, and everything else is in eval mode. What they held before is put back.

    Parameters
    ----------
    task : Task
    model : torch.nn.Module
    split : Split or DatasetSplit
        Training samples.
    samples : int or None
        A fixed random subset of so many; 0 means all, and None leaves the statistics alone.
    """
    norms = _norms(model)
    if samples is None or not norms:
        yield
        return
    part = split.subset(samples) if 0 < samples < len(split) else split
    buffers = [buffer for norm in norms for buffer in norm.buffers(recurse=False)]
    held = [buffer.clone() for buffer in buffers]
    try:
        _average(task, model, part, norms)
        yield
    finally:
        for buffer, before in zip(buffers, held, strict=True):
            buffer.copy_(before)


@torch.no_grad()
def _average(task: Task, model: nn.Module, split: Split | DatasetSplit, norms: list[_BatchNorm]) -> None:
    modes = [(module, module.training) for module in model.modules()]
    momenta = [norm.momentum for norm in norms]
    model.eval()
    try:
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None  # the plain average over the batches
            norm.training = True
        index = torch.arange(len(split))
        for batch in split.batches(index.tensor_split(math.ceil(len(split) / split.rows_at_once))):
            task.loss(model, batch)
    finally:
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum
        for module, mode in modes:
            module.training = mode


def indices_of(split: Split | DatasetSplit) -> list[Tensor]:
    """Return the indices of the batches in which a split is evaluated."""
    return list(torch.arange(len(split)).split(split.rows_at_once))
