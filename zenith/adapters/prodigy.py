"""Prodigy, on pytorch_optimizer's class.

Mishchenko and Defazio 2024, "Prodigy: An Expeditiously Adaptive Parameter-Free Learner" (arXiv:2306.06101), Algorithm 4
(Adam version). The library's class rather than the authors' package: the two agree to rounding, and it takes two host
synchronisations a step instead of two per tensor.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import torch

from zenith._common.half_precision import must_move
from zenith.adapters.library import Mended, evaluate, library, library_step, one_lr, plain_rates, whole_weights

__all__ = ["Prodigy"]

_base: Any = library("pytorch_optimizer", "pytorch_optimizer", "Prodigy").Prodigy


class Prodigy(Mended, _base):
    """Adam whose learning rate is an estimate of the distance to the solution.

    Parameters
    ----------
    params : iterable
        Parameters or parameter groups.
    lr : float
        Factor on the adapted step size, 1 by the rule; the same for all groups. The authors suggest cosine decay.
    betas : tuple of float
        Decay of both moments; the estimate's is the square root of the second.
    d0, d_coef : float
        First estimate of the distance, and factor on every later one.
    weight_decay : float
        Decoupled, as in AdamW.
    eps : float
        Added to the denominator, times the estimate.
    bias_correction, safeguard_warmup : bool
        The authors' options: Adam's bias correction; no learning rate in the denominator of the estimate.

    Raises
    ------
    ValueError
        By `step`, if the groups' learning rates differ: the library would use the first group's for all. If the weights
        are sharded over processes. If they are in half precision, which rounds the first step away: the estimate grows
        with the distance, so they would never move.
    """

    def __init__(
        self,
        params: Any,
        lr: float = 1.0,
        betas: tuple[float, float] = (0.9, 0.999),
        d0: float = 1e-6,
        d_coef: float = 1.0,
        weight_decay: float = 0.0,
        eps: float = 1e-8,
        bias_correction: bool = False,
        safeguard_warmup: bool = False,
    ) -> None:
        super().__init__(
            params,
            lr=lr,
            betas=betas,
            d0=d0,
            d_coef=d_coef,
            weight_decay=weight_decay,
            eps=eps,
            bias_correction=bias_correction,
            safeguard_warmup=safeguard_warmup,
        )

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add parameters, which share the estimate reached so far: the library reads it from the last group."""
        super().add_param_group(param_group)
        first, last = self.param_groups[0], self.param_groups[-1]
        for name in ("d", "d_max", "d_numerator", "step"):
            if name in first:
                last[name] = copy.deepcopy(first[name])

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Take one step; returns the value of `closure`, called once before it, or None."""
        whole_weights(self.param_groups, "Prodigy")
        lr = one_lr(self.param_groups, "Prodigy")
        loss = evaluate(closure)
        d = self.param_groups[0]["d"]
        first = self.param_groups[0]
        at_start = [p for group in self.param_groups for p in group["params"]] if lr and d == first["d0"] else []
        with plain_rates(self.param_groups), must_move("Prodigy", at_start, "d0", first["d0"]):
            library_step(_base)(self)
        self._report([d * lr] * len(self.param_groups))
        return loss
