"""Criteria and losses: what a batch's mean is, and by how much it weighs."""

import copy
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from landscape.batches import Batch

Loss = Callable[[nn.Module, Batch], Tensor]


def scalar(value: Any, what: str) -> Tensor:
    """Return `value` if it is a scalar tensor, else raise ValueError."""
    if not isinstance(value, Tensor):
        raise ValueError(f"The {what} is a {type(value).__name__}, not a tensor: return the mean as a scalar tensor.")
    if value.dim():
        raise ValueError(
            f"The {what} has shape {tuple(value.shape)}, not that of a scalar: "
            'average over the batch (reduction="mean" or .mean()).'
        )
    return value


def prepare(
    criterion: Callable[[Any, Any], Tensor], device: torch.device, dtype: torch.dtype | None
) -> tuple[Loss, Callable[[Batch], float] | None]:
    """Turn a criterion of (output, target) into a loss of (model, batch).

    Returns
    -------
    loss : callable
    terms : callable or None
        What the mean over a batch divides by, where that may differ from the number of samples.

    Raises
    ------
    ValueError
        If the criterion does not average.
    """
    _check_reduction(criterion)
    if isinstance(criterion, nn.Module):  # it may hold class weights, to be moved and cast like the rest
        criterion = copy.deepcopy(criterion).to(device=device, dtype=dtype).eval()
    return _criterion_loss(criterion), _terms_of_mean(criterion)


def _criterion_loss(criterion: Callable[[Any, Any], Tensor]) -> Loss:
    def loss(model: nn.Module, batch: Batch) -> Tensor:
        if not isinstance(batch, (tuple, list)) or len(batch) != 2:
            raise ValueError(
                f"A criterion needs (input, target) batches, but a batch is a {type(batch).__name__}"
                f"{f' of {len(batch)}' if hasattr(batch, '__len__') else ''}: pass loss=loss(model, batch) instead."
            )
        return criterion(model(batch[0]), batch[1])

    return loss


def _check_reduction(criterion: Callable[..., Tensor]) -> None:
    reduction = getattr(criterion, "reduction", getattr(criterion, "keywords", {}).get("reduction", "mean"))
    if reduction in ("sum", "none"):
        raise ValueError(
            f'The criterion has reduction="{reduction}", so batches cannot be averaged: use reduction="mean".'
        )


def _terms_of_mean(criterion: Callable[..., Tensor]) -> Callable[[Batch], float] | None:
    """What the mean of a cross-entropy or NLL criterion divides by: the class weights of the targets not ignored."""
    if isinstance(criterion, (nn.CrossEntropyLoss, nn.NLLLoss)):
        class_weights, ignored = criterion.weight, criterion.ignore_index
    elif criterion in (nn.functional.cross_entropy, nn.functional.nll_loss):
        class_weights, ignored = None, -100
    else:
        return None

    def terms(batch: Batch) -> float:
        target = batch[1]
        if target.is_floating_point():  # class probabilities: the mean runs over all positions
            return float(target.numel() // target.shape[1]) if target.dim() > 1 else 1.0
        kept = target[target != ignored]
        return float(kept.numel() if class_weights is None else class_weights.double()[kept].sum())

    return terms
