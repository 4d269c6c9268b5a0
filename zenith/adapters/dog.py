"""DoG with the average of its iterates.

Ivgi et al. 2023, "DoG is SGD's Best Friend" (arXiv:2302.12022), equation (1) and section 2.1; the average is that of
Shamir and Zhang 2013 (arXiv:1212.1824), equation (4).

Written here, because of the authors' class (dog-optimizer 1.0.3) every method would have had to be replaced: it fails
on frozen parameters and added groups, keeps keys in its state that are no parameters, forgets its first step when
copied, adds weight decay to the caller's gradients, and synchronises with the device once per tensor.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from zenith._common.half_precision import must_move
from zenith.adapters.library import Mended, evaluate, with_gradient
from zenith.baselines._vectors import norm, to_host

__all__ = ["DoG"]


class DoG(Mended, Optimizer):
    """SGD whose step size is the largest distance from the start so far over the root of the summed squared gradients.

    Per parameter group, with g the gradient and x0 the weights at the first step: ``r = max(r, |x - x0|)``,
    ``G = G + |g|^2``, ``x = x - lr * r / sqrt(G) * g``.

    Parameters
    ----------
    params : iterable
        Parameters or parameter groups; each group has its own distance and step size, as in the authors' code.
    lr : float
        Factor on the step, 1 by the rule.
    reps_rel : float
        First distance, over 1 + |x0|. The authors: 1e-6, and 1e-4 with batch norm.
    weight_decay : float
        L2 term added to the gradient.
    eps : float
        First value of G.
    gamma : float
        Exponent of the polynomial-decay average; 8 in the paper.

    Raises
    ------
    ValueError
        If a setting is out of its range. By `step`, if the weights are in half precision, which rounds the first step
        away: the step size grows with the distance, so they would never move.

    Notes
    -----
    The state is two copies of the weights, x0 and the average. One host synchronisation a step. A step in which every
    gradient is zero and the learning rate is 0 (of `torch.distributed.checkpoint`) records nothing but x0.
    """

    def __init__(
        self,
        params: Any,
        lr: float = 1.0,
        reps_rel: float = 1e-6,
        weight_decay: float = 0.0,
        eps: float = 1e-8,
        gamma: float = 8.0,
    ) -> None:
        for name, value in {"lr": lr, "reps_rel": reps_rel, "eps": eps}.items():
            if not 0 < value < math.inf:
                raise ValueError(f"{name}={value} of DoG is out of range: give a positive finite number")
        for name, value in {"weight_decay": weight_decay, "gamma": gamma}.items():
            if not 0 <= value < math.inf:
                raise ValueError(f"{name}={value} of DoG is out of range: give a finite number of at least 0")
        defaults = {
            "lr": lr,
            "reps_rel": reps_rel,
            "weight_decay": weight_decay,
            "eps": eps,
            "gamma": gamma,
            "distance": 0.0,
            "squares": 0.0,
            "averaged": 0,
        }
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Take one step; returns the value of `closure`, called once before it, or None."""
        loss = evaluate(closure)
        groups = [(group, with_gradient(group)) for group in self.param_groups]
        gradients = [_decayed(params, group["weight_decay"]) for group, params in groups]
        values = to_host(
            *(
                value
                for (group, params), grads in zip(groups, gradients, strict=True)
                for value in (norm(self._moved(group, params)), norm(grads))
            )
        )
        for (group, params), grads, distance, gradient in zip(
            groups, gradients, values[::2], values[1::2], strict=True
        ):
            if params and (gradient != 0 or group["lr"] != 0):
                self._step_group(group, params, grads, distance, gradient)
        return loss

    def _moved(self, group: dict[str, Any], params: list[Tensor]) -> list[Tensor]:
        """Weights minus x0.

        Before the group's first step the weights themselves, whose norm sets the first distance.
        """
        first = group["squares"] == 0
        for p in params:
            if not self.state[p]:
                self.state[p]["origin"], self.state[p]["average"] = p.clone(), p.clone()
        return params if first else _minus(params, [self.state[p]["origin"] for p in params])

    def _step_group(
        self, group: dict[str, Any], params: list[Tensor], grads: list[Tensor], distance: float, gradient: float
    ) -> None:
        if group["squares"] == 0:
            group["squares"], group["distance"] = group["eps"], group["reps_rel"] * (1 + distance)
            distance = 0.0
        at_start = params if distance == 0 and group["lr"] != 0 else []
        group["distance"] = max(group["distance"], distance)
        group["squares"] += gradient**2
        group["effective_lr"] = float(group["lr"]) * group["distance"] / math.sqrt(group["squares"])
        with must_move("DoG", at_start, "reps_rel", group["reps_rel"]):
            torch._foreach_add_(params, grads, alpha=-group["effective_lr"])
        weight = (group["gamma"] + 1) / (group["gamma"] + 1 + group["averaged"])
        torch._foreach_lerp_([self.state[p]["average"] for p in params], params, weight)
        group["averaged"] += 1

    def averages(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Every trained parameter with its average, the point the method is evaluated at."""
        for group in self.param_groups:
            for p in group["params"]:
                if "average" in self.state[p]:
                    yield p, self.state[p]["average"]


def _decayed(params: list[Tensor], weight_decay: float) -> list[Tensor]:
    grads = [p.grad for p in params if p.grad is not None]
    return list(torch._foreach_add(grads, params, alpha=weight_decay)) if weight_decay and params else grads


def _minus(params: list[Tensor], origins: list[Tensor]) -> list[Tensor]:
    return list(torch._foreach_sub(params, origins)) if params else []
