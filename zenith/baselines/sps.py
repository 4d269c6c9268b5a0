"""SPS: the stochastic Polyak step size.

Loizou, Vaswani, Laradji and Lacoste-Julien 2021, "Stochastic Polyak Step-size for SGD" (AISTATS 2021,
arXiv:2002.10542): SPS, SPS_max, and the smoothing of its experiments.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, ClassVar

import torch
from torch import Tensor

from zenith.baselines._polyak import loss_gap, polyak_step
from zenith.baselines._rule import Rule, check_number, inner
from zenith.baselines._vectors import to_host

__all__ = ["SPS"]

DAMPING = 1e-8  # the authors' code


class SPS(Rule):
    """SGD at the step size ``min((L - L*) / (c ||g||^2), eta_max)`` of each batch's loss L and gradient g.

    Parameters
    ----------
    params : iterable
        Parameters or parameter groups.
    lr : float
        Multiplies the step; 1 is the rule itself. With several learning rates, ``||g||^2`` is the sum over the groups
        of their parts, each multiplied by the ratio of its group's lr to the largest one.
    max_step : float or None
        eta_max of SPS_max; None for no bound (SPS). 0.1 as in the ZENITH comparison.
    c : float
        0.5, as the authors take for deep networks; their theory for convex losses asks for at least 0.5.
    lower_bound : float
        L*, a lower bound of every batch's loss. 0 fits losses that interpolation brings to 0.
    batches_per_epoch : int, optional
        Turns the smoothing on: a step size is then also at most ``2**(1 / batches_per_epoch)`` times the one before
        (before the first, 1), so that it at most doubles in an epoch. The authors smooth with ``max_step=None``.
    weight_decay : float
        Adds half of it times the squared weights to the loss and in its gradient. L* = 0 is then still a bound, but one
        that even interpolation does not reach: step sizes get too large, and `max_step` is what bounds them.

    Raises
    ------
    ValueError
        If a setting is out of its range.

    Notes
    -----
    Needs the batch's loss; keeps no tensors. A loss or gradient that is not finite gives no step. Steps of size 0 (a
    batch at its lower bound) do not enter the smoothing, which could never leave 0 again.

    Examples
    --------
    >>> w = torch.nn.Parameter(torch.tensor([3.0, 4.0]))
    >>> optimizer = zenith.SPS([w])
    >>> loss = w.square().sum() / 2
    >>> loss.backward()
    >>> optimizer.step(loss=loss)
    >>> [round(lr, 4) for lr in optimizer.effective_lrs]
    [0.1]
    """

    memory: ClassVar = {"previous": 1.0}

    def __init__(
        self,
        params: Any,
        lr: float | Tensor = 1.0,
        max_step: float | None = 0.1,
        c: float = 0.5,
        lower_bound: float = 0.0,
        batches_per_epoch: int | None = None,
        weight_decay: float = 0.0,
    ) -> None:
        if max_step is not None:
            check_number("max_step", max_step, above=0.0)
        check_number("c", c, above=0.0)
        check_number("lower_bound", lower_bound, above=-math.inf)
        if batches_per_epoch is not None:
            check_number("batches_per_epoch", batches_per_epoch, at_least=1, integer=True)
        settings = {
            "lr": lr,
            "max_step": max_step,
            "c": c,
            "lower_bound": lower_bound,
            "batches_per_epoch": batches_per_epoch,
            "weight_decay": weight_decay,
        }
        super().__init__(params, settings)

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None, *, loss: float | Tensor | None = None) -> Any:
        """Take one step.

        Parameters
        ----------
        closure : callable, optional
            Zeroes the gradients, evaluates loss and gradients, and returns the loss.
        loss : float or Tensor, optional
            The batch's loss, where the gradients are there already.

        Returns
        -------
        The value of `closure`, or None.

        Raises
        ------
        ValueError
            Without a loss, or if it lies below `lower_bound`.
        """
        returned, loss = self._loss(closure, loss)
        if loss is None:
            return returned
        settings, blocks = self.param_groups[0], self._blocks()
        grads = [block.grads for block in blocks]
        value, squared_norm = to_host(self._objective(loss, blocks), inner(blocks, grads, grads))
        gap = loss_gap(value, settings["lower_bound"], "SPS")
        size = polyak_step(gap, settings["c"] * squared_norm, DAMPING)
        if settings["max_step"] is not None:
            size = min(size, settings["max_step"])
        if settings["batches_per_epoch"] is not None:
            size = min(size, 2 ** (1 / settings["batches_per_epoch"]) * settings["previous"])
        if size > 0:
            settings["previous"] = size
            self._move(blocks, grads, size)
        else:
            self._report(0.0)
        return returned
