"""Evaluate loss and metric over a split, and recompute batch-norm statistics at averaged weights."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from zenith.tasks import Split, Task
from zenith.training.ranks import Ranks

__all__ = ["evaluate", "refresh_statistics"]

EVALUATION_BATCH = 1024


@torch.no_grad()
def evaluate(task: Task, model: nn.Module, split: Split, ranks: Ranks | None = None) -> tuple[float, float]:
    """Return mean loss and metric of the task over a whole split, in eval mode.

    The model's train/eval flag is restored.

    Parameters
    ----------
    task : Task
    model : torch.nn.Module
    split : Split
    ranks : Ranks, optional
        Those that share the work, a batch each in turn.
    """
    together = ranks if ranks is not None else Ranks()
    was_training = model.training
    model.eval()
    try:
        loss_sum = metric_sum = 0.0
        for index in _batches(split)[together.rank :: together.size]:
            batch = split.batch(index)
            loss_sum += float(task.loss(model, batch)) * len(index)
            metric_sum += float(task.metric.compute(model, batch)) * len(index)
    finally:
        model.train(was_training)
    if together.size > 1:
        sums = torch.tensor([loss_sum, metric_sum], dtype=torch.float64, device=split.fields[0].device)
        loss_sum, metric_sum = together.sum(sums).tolist()
    return loss_sum / len(split), metric_sum / len(split)


@torch.no_grad()
def refresh_statistics(task: Task, model: nn.Module, split: Split) -> None:
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
        for index in _batches(split):
            task.loss(model, split.batch(index))
    finally:
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum
        for module, mode in modes:
            module.training = mode


def _batches(split: Split) -> list[Tensor]:
    device = split.fields[0].device
    return [index.to(device) for index in torch.arange(len(split)).split(EVALUATION_BATCH)]
