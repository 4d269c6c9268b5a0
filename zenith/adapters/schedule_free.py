"""Schedule-Free SGD and AdamW, on pytorch_optimizer's classes.

Defazio et al. 2024, "The Road Less Scheduled" (arXiv:2405.15682), equations 6 to 8: gradients are taken at y, between
the base optimizer's iterate z and the average x, which is the point to evaluate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from zenith.adapters.library import Mended, evaluate, library, library_step, mutable_gradients, plain_rates

__all__ = ["ScheduleFreeAdamW", "ScheduleFreeSGD"]

_library = library("pytorch_optimizer", "pytorch_optimizer", "Schedule-Free")
_sgd: Any = _library.ScheduleFreeSGD
_adamw: Any = _library.ScheduleFreeAdamW


class _ScheduleFree(Mended):
    """Base of both: keeps the gradients as they are, and reports the averages."""

    state: Any
    _base: Any

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Take one step; returns the value of `closure`, called once before it, or None."""
        loss = evaluate(closure)
        with plain_rates(self.param_groups), mutable_gradients(self.param_groups):
            library_step(self._base)(self)
        self._report([group["lr"] * _warmup(group) for group in self.param_groups])
        return loss

    @torch.no_grad()
    def averages(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Every trained parameter with its value at x, the point the method is evaluated at."""
        for group in self.param_groups:
            beta = group["betas"][0] if "betas" in group else group["momentum"]
            for p in group["params"]:
                if "z" in self.state[p]:
                    yield p, torch.lerp(p, self.state[p]["z"], 1 - 1 / beta)


class ScheduleFreeSGD(_ScheduleFree, _sgd):
    """Schedule-Free SGD.

    Parameters
    ----------
    params : iterable
        Parameters or parameter groups.
    lr : float
        Learning rate of the base SGD; larger than plain SGD's, the authors find.
    momentum : float
        Interpolation beta between z and x, strictly between 0 and 1.
    weight_decay : float
        L2 term added to the gradient, at y.
    warmup_steps : int
        Steps of linear warm-up.
    """

    _base = _sgd

    def __init__(
        self, params: Any, lr: float = 1.0, momentum: float = 0.9, weight_decay: float = 0.0, warmup_steps: int = 0
    ) -> None:
        super().__init__(params, lr=lr, momentum=momentum, weight_decay=weight_decay, warmup_steps=warmup_steps)


class ScheduleFreeAdamW(_ScheduleFree, _adamw):
    """Schedule-Free AdamW.

    Parameters
    ----------
    params : iterable
        Parameters or parameter groups.
    lr : float
        Learning rate of the base AdamW.
    betas : tuple of float
        Interpolation between z and x, strictly between 0 and 1; decay of the second moment.
    weight_decay : float
        Decoupled from the moments, at y.
    warmup_steps : int
        Steps of linear warm-up.
    """

    _base = _adamw

    def __init__(
        self,
        params: Any,
        lr: float = 2.5e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        weight_decay: float = 0.0,
        warmup_steps: int = 0,
    ) -> None:
        super().__init__(params, lr=lr, betas=betas, weight_decay=weight_decay, warmup_steps=warmup_steps)


def _warmup(group: dict[str, Any]) -> float:
    return min(1.0, group["step"] / group["warmup_steps"]) if group["warmup_steps"] else 1.0
