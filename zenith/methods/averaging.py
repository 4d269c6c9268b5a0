"""The point a method is evaluated at, where that is an average of its iterates."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer

__all__ = ["at_average", "at_point"]


@contextmanager
def at_average(
    optimizer: Optimizer, model: nn.Module, refresh: Callable[[nn.Module], object] | None = None
) -> Iterator[nn.Module]:
    """Context in which `model` holds the average of its weights that `optimizer` keeps.

    Restored bit for bit afterwards.

    Parameters
    ----------
    optimizer : torch.optim.Optimizer
        With a method ``averages()`` that yields pairs of a parameter and its average.
    model : torch.nn.Module
        Its parameters are the optimizer's. Those without an average (frozen, or not yet trained) stay.
    refresh : callable, optional
        ``refresh(model)`` brings buffers in line with the average: batch-norm statistics are those of the last iterates
        otherwise. For example ``lambda model: torch.optim.swa_utils.update_bn(loader, model)``. Called without
        gradients.

    Yields
    ------
    The model.

    Raises
    ------
    ValueError
        If the optimizer trains none of the model's parameters.
    """
    own = {id(p) for p in model.parameters()}
    pairs = list(optimizer.averages())  # type: ignore[attr-defined]
    if pairs and not any(id(p) in own for p, _ in pairs):
        raise ValueError(
            "the optimizer averages none of this model's parameters: pass the model that it trains, not a copy of it"
        )
    with _put_back(model, [p for p, _ in pairs]):
        with torch.no_grad():
            for p, average in pairs:
                p.copy_(average)
            if refresh is not None:
                refresh(model)
        yield model


@contextmanager
def at_point(
    averaging: Any, optimizer: Optimizer, model: nn.Module, refresh: Callable[[nn.Module], object] | None = None
) -> Iterator[nn.Module]:
    """Context in which `model` holds the point that a method's own functions put it to, as of `Method.averaging`.

    Weights, buffers and modes are restored bit for bit afterwards, whatever those functions leave.
    """
    with _put_back(model, list(model.parameters())), ExitStack() as stack:
        if isinstance(averaging, tuple):
            enter, leave = averaging
            enter(optimizer, model)
            stack.callback(leave, optimizer, model)
        else:
            stack.enter_context(averaging(optimizer, model))
        if refresh is not None:
            with torch.no_grad():
                refresh(model)
        yield model


@contextmanager
def _put_back(model: nn.Module, params: list[torch.Tensor]) -> Iterator[None]:
    kept = [(p, p.detach().clone()) for p in params]
    buffers = [(buffer, buffer.detach().clone()) for buffer in model.buffers()]
    modes = [(module, module.training) for module in model.modules()]
    try:
        yield
    finally:
        with torch.no_grad():
            for tensor, value in (*kept, *buffers):
                tensor.copy_(value)
        for module, training in modes:
            module.training = training
