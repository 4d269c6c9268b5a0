"""D-Adaptation of SGD, on pytorch_optimizer's class.

Defazio and Mishchenko 2023, "Learning-Rate-Free Learning by D-Adaptation" (arXiv:2301.07733), Algorithm 4 (SGD with
D-Adaptation). The library's class rather than the authors' package: the two agree, and it takes one host
synchronisation a step instead of two per tensor, and lives through a zero gradient and a learning rate of zero.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from zenith.adapters.library import (
    Mended,
    evaluate,
    library,
    library_step,
    mutable_gradients,
    one_lr,
    plain_rates,
    whole_weights,
)

__all__ = ["DAdaptation"]

_base: Any = library("pytorch_optimizer", "pytorch_optimizer", "D-Adaptation").DAdaptSGD


class DAdaptation(Mended, _base):
    """SGD whose learning rate is an estimate of the distance to the solution over the first gradient's norm.

    Parameters
    ----------
    params : iterable
        Parameters or parameter groups.
    lr : float
        Factor on the adapted step size, 1 by the rule; the same for all groups.
    momentum : float
        Of the primal average; 0 is the authors' default (the library's, 0.9, diverges on digits).
    d0 : float
        First estimate of the distance.
    growth_rate : float
        Largest factor by which the estimate may grow in a step.
    weight_decay : float
        L2 term added to the gradient.

    Raises
    ------
    ValueError
        By `step`, if the groups' learning rates differ: the library would use the first group's for all. If the weights
        are sharded over processes.

    Notes
    -----
    Where a schedule reaches 0 the weights still move towards the dual iterate, as the rule has it.
    """

    def __init__(
        self,
        params: Any,
        lr: float = 1.0,
        momentum: float = 0.0,
        d0: float = 1e-6,
        growth_rate: float = float("inf"),
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params, lr=lr, momentum=momentum, d0=d0, growth_rate=growth_rate, weight_decay=weight_decay)

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Take one step; returns the value of `closure`, called once before it, or None."""
        whole_weights(self.param_groups, "D-Adaptation")
        lr = one_lr(self.param_groups, "D-Adaptation")
        loss = evaluate(closure)
        for group in self.param_groups:
            self.init_group(group)  # the library leaves without, if the first gradient is zero
        d = self.param_groups[0]["d"]
        decayed = self.param_groups if self.param_groups[0]["weight_decay"] else ()
        with plain_rates(self.param_groups), mutable_gradients(decayed):
            library_step(_base)(self)
        norm = self.param_groups[0]["g0_norm"]
        self._report([d * lr / norm if norm else 0.0] * len(self.param_groups))
        return loss
