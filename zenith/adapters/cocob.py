"""COCOB: coin betting per coordinate, on the author's own class (parameterfree 0.0.1).

Orabona and Tommasi 2017, "Training Deep Networks without Learning Rates Through Coin Betting" (arXiv:1705.07795),
Algorithm 2 (COCOB-Backprop).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from zenith.adapters.library import Mended, evaluate, library, library_step, with_gradient

__all__ = ["COCOB"]

_base: Any = library("parameterfree", "parameterfree", "COCOB").COCOB


class COCOB(Mended, _base):
    """COCOB with a learning-rate factor, so that schedules compose, and with a state that copies keep.

    Parameters
    ----------
    params : iterable
        Parameters or parameter groups.
    lr : float
        Factor on the step, 1 by the rule. At 1 the step is the library's to the last bit; otherwise the weights go that
        share of the way to where the rule bets, and the next bet is settled on where they are.
    alpha : float
        Rounds of warm-up, 100 in the paper.
    eps : float
        Initial scale of the gradients, 1e-8.
    weight_decay : float
        L2 term added to the gradient.

    Notes
    -----
    Every coordinate has its own step size, so `effective_lrs` are the factors ``lr``. The state is five copies of the
    weights.
    """

    def __init__(
        self, params: Any, lr: float = 1.0, alpha: float = 100.0, eps: float = 1e-8, weight_decay: float = 0.0
    ) -> None:
        super().__init__(params, alpha=alpha, eps=eps, weight_decay=weight_decay)
        # Defaults, unlike attributes, are kept by copies.
        self.defaults.update(lr=lr, alpha=alpha, eps=eps)
        for group in self.param_groups:
            group.setdefault("lr", lr)

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self._alpha, self._eps = self.defaults["alpha"], self.defaults["eps"]

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Take one step; returns the value of `closure`, called once before it, or None."""
        loss = evaluate(closure)
        slowed = [(group["lr"], with_gradient(group)) for group in self.param_groups if group["lr"] != 1.0]
        before = [[p.clone() for p in params] for _, params in slowed]
        library_step(_base)(self)
        for (lr, params), starts in zip(slowed, before, strict=True):
            for p, value in zip(params, starts, strict=True):
                p.copy_(value.lerp_(p, float(lr)))
        self._report([group["lr"] for group in self.param_groups])
        return loss
