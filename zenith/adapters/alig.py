"""ALI-G: the Polyak step size with f* = 0, capped, with Nesterov momentum.

Berrada et al. 2020, "Training Neural Networks for and by Interpolation" (arXiv:1906.05661), Algorithm 1 and section
3.3.

Written here, because the class of pytorch_optimizer has no learning rate to schedule, takes the loss only through a
closure that must not compute gradients, and fixes delta at 1e-6, where the authors' code has 1e-5.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from zenith.baselines._polyak import loss_gap, polyak_step
from zenith.baselines._rule import Rule, check_number, inner
from zenith.baselines._vectors import to_host

__all__ = ["ALIG"]


class ALIG(Rule):
    """SGD with step size ``min(max_step, loss / (|g|^2 + delta))``, where g is the gradient over all groups.

    Parameters
    ----------
    params : iterable
        Parameters or parameter groups.
    lr : float or Tensor
        Factor on the step, 1 by the rule: what schedulers move. Groups' rates set the ratio in which they move.
    max_step : float
        The paper's eta, its only setting.
    momentum : float
        Nesterov momentum, 0.9 in the paper.
    delta : float
        Added to the squared gradient norm.

    Raises
    ------
    ValueError
        If a setting is out of its range.

    Notes
    -----
    The paper regularises by projection on a ball, not by weight decay, which would move the least loss away from 0; so
    there is none. One host synchronisation a step reads the loss and the norm; where either is not finite the step is
    left out.
    """

    def __init__(
        self,
        params: Any,
        lr: float | Tensor = 1.0,
        max_step: float = 0.1,
        momentum: float = 0.9,
        delta: float = 1e-5,
    ) -> None:
        check_number("max_step", max_step, above=0.0)
        check_number("momentum", momentum, at_least=0.0, below=1.0)
        check_number("delta", delta, above=0.0)
        super().__init__(params, {"lr": lr, "max_step": max_step, "momentum": momentum, "delta": delta})

    def _prepare(self, parameter: Tensor) -> None:
        if self.defaults["momentum"] and not self.state[parameter]:
            self.state[parameter]["momentum_buffer"] = torch.zeros_like(parameter)

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None, *, loss: float | Tensor | None = None) -> Any:
        """Take one step.

        Parameters
        ----------
        closure : callable, optional
            Zeroes and computes the gradients and returns the loss; called once.
        loss : float or Tensor, optional
            The batch's mean loss, where the gradients are there already.

        Returns
        -------
        The value of `closure`, or None.

        Raises
        ------
        ValueError
            If there is no loss, or it is below 0.
        """
        returned, batch_loss = self._loss(closure, loss)
        if batch_loss is None:
            return returned
        group = self.param_groups[0]
        momentum = group["momentum"]
        blocks = self._blocks()
        grads = [block.grads for block in blocks]
        value, slope = to_host(batch_loss, inner(blocks, grads, grads))
        if not (math.isfinite(value) and math.isfinite(slope)):
            self._report(0.0)
            return returned
        size = min(group["max_step"], polyak_step(loss_gap(value, 0.0, "ALI-G"), slope, group["delta"]))
        for block in blocks:
            torch._foreach_add_(block.params, block.grads, alpha=-block.lr * size)
            if momentum:
                # Steps before the factor lr, so that a schedule at 0 stops the weights at once.
                buffers = [self.state[p]["momentum_buffer"] for p in block.params]
                torch._foreach_mul_(buffers, momentum)
                torch._foreach_add_(buffers, block.grads, alpha=-size)
                torch._foreach_add_(block.params, buffers, alpha=block.lr * momentum)
        self._report(size)
        return returned
