"""Criteria and losses: what a batch's mean is, and by how much it weighs."""

import copy
import functools
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from landscape.batches import Batch, place

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
    # Class weights are moved and cast like the rest.
    if isinstance(criterion, nn.Module):
        criterion = copy.deepcopy(criterion).to(device=device, dtype=dtype).eval()
    elif isinstance(criterion, functools.partial):
        keywords = place(criterion.keywords, device, dtype)
        criterion = functools.partial(criterion.func, *criterion.args, **keywords)
    return _criterion_loss(criterion), _terms_of_mean(criterion)


def _criterion_loss(criterion: Callable[[Any, Any], Tensor]) -> Loss:
    def loss(model: nn.Module, batch: Batch) -> Tensor:
        if not isinstance(batch, (tuple, list)) or len(batch) != 2:
            raise ValueError(
                f"A criterion needs (input, target) batches, but a batch is a {type(batch).__name__}"
                f"{f' of {len(batch)}' if hasattr(batch, '__len__') else ''}: pass loss=loss(model, batch) instead."
            )
        output = model(batch[0])
        try:
            return criterion(output, batch[1])
        except (TypeError, AttributeError) as error:
            if isinstance(output, Tensor):
                raise
            raise ValueError(
                f"The model returns a {type(output).__name__}, which the criterion does not take "
                f"({str(error).splitlines()[0]}): pass loss=loss(model, batch), which picks the tensor it needs."
            ) from error

    return loss


def _check_reduction(criterion: Callable[..., Tensor]) -> None:
    function, keywords = _unwrapped(criterion)
    reduction = getattr(function, "reduction", keywords.get("reduction", "mean"))
    if reduction in ("sum", "none"):
        raise ValueError(
            f'The criterion has reduction="{reduction}", so batches cannot be averaged: use reduction="mean".'
        )


def _unwrapped(criterion: Callable[..., Tensor]) -> tuple[Callable[..., Tensor], dict[str, Any]]:
    """Return the function of a `functools.partial` with its keywords; other criteria have none."""
    if isinstance(criterion, functools.partial):
        return criterion.func, criterion.keywords
    return criterion, {}


def _terms_of_mean(criterion: Callable[..., Tensor]) -> Callable[[Batch], float] | None:
    """What the mean of a cross-entropy or NLL criterion divides by: the class weights of the targets not ignored."""
    function, keywords = _unwrapped(criterion)
    if isinstance(function, (nn.CrossEntropyLoss, nn.NLLLoss)):
        class_weights, ignored = function.weight, function.ignore_index
    elif function in (nn.functional.cross_entropy, nn.functional.nll_loss):
        class_weights, ignored = keywords.get("weight"), keywords.get("ignore_index", -100)
    else:
        return None

    def terms(batch: Batch) -> float:
        target = batch[1]
        if target.is_floating_point():  # class probabilities: the mean runs over all positions
            return float(target.numel() // target.shape[1]) if target.dim() > 1 else 1.0
        kept = target[target != ignored]
        return float(kept.numel() if class_weights is None else class_weights.double()[kept].sum())

    return terms
