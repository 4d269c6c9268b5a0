"""SAM on SGD with momentum.

Foret et al. 2021, "Sharpness-Aware Minimization for Efficiently Improving Generalization" (arXiv:2010.01412), equations
(2) and (3); the adaptive form is Kwon et al. 2021, "ASAM" (arXiv:2102.11600), equation (5).

Written here, because pytorch_optimizer's class must be called with gradients already there, leaves the weights
perturbed when its closure raises, and loses its inner optimizer when copied.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer
from torch.optim.sgd import sgd

from zenith.adapters.library import Mended, evaluate, with_gradient
from zenith.baselines._vectors import norm

__all__ = ["SAM"]


class SAM(Mended, Optimizer):
    """SGD with the gradient taken a distance rho up the slope: each step is two forward and backward passes.

    Parameters
    ----------
    params : iterable
        Parameters or parameter groups.
    lr, momentum, weight_decay, nesterov
        As for `torch.optim.SGD`.
    rho : float
        Radius of the perturbation over all groups; 0.05 in the paper.
    adaptive : bool
        Measure the radius relative to the weights (ASAM).

    Notes
    -----
    Both passes go through the caller's closure; batch-norm statistics and random numbers are its own affair.
    No host synchronisation.
    """

    # Not because the scaled gradients could be handled: so that `step` sees them and can refuse.
    _step_supports_amp_scaling = True

    def __init__(
        self,
        params: Any,
        lr: float = 0.01,
        momentum: float = 0.9,
        weight_decay: float = 0.0,
        nesterov: bool = False,
        rho: float = 0.05,
        adaptive: bool = False,
    ) -> None:
        for name, value in {"lr": lr, "momentum": momentum, "weight_decay": weight_decay, "rho": rho}.items():
            if not 0 <= value < math.inf:
                raise ValueError(f"{name}={value} of SAM is out of range: give a finite number of at least 0")
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "rho": rho,
            "adaptive": adaptive,
        }
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Take one step.

        Parameters
        ----------
        closure : callable
            Zeroes and computes the gradients and returns the loss; called at the weights, then at the perturbed ones.

        Returns
        -------
        What `closure` returned at the weights.

        Raises
        ------
        ValueError
            Without a closure; under `torch.amp.GradScaler`.
        """
        if getattr(self, "grad_scale", None) is not None or getattr(self, "found_inf", None) is not None:
            raise ValueError(
                "SAM computes gradients inside its step, out of GradScaler's sight: use bfloat16 autocast, which "
                "needs no scaler"
            )
        if closure is None:
            return self._without_closure()
        loss = evaluate(closure)
        params = [p for group in self.param_groups for p in with_gradient(group)]
        kept = [p.clone() for p in params]
        try:
            self._climb()
            evaluate(closure)
        finally:
            for p, value in zip(params, kept, strict=True):
                p.copy_(value)
        for group in self.param_groups:
            self._step_group(group)
        self._report([group["lr"] for group in self.param_groups])
        return loss

    def _without_closure(self) -> None:
        groups = self.param_groups
        gradients = [p.grad for group in groups for p in with_gradient(group)]
        # torch.distributed.checkpoint takes such a step to create the state.
        if all(float(group["lr"]) == 0 for group in groups) and not any(
            bool(g.any()) for g in gradients if g is not None
        ):
            for group in groups:
                self._step_group(group)
            return
        raise ValueError(
            "SAM needs a closure that zeroes and computes the gradients and returns the loss: call step(closure)"
        )

    def _climb(self) -> None:
        """Move by ``rho * T^2 g / |T g|``, T being 1, or the size of each weight."""
        directions: list[tuple[dict[str, Any], list[Tensor], list[Tensor]]] = []
        scaled_gradients: list[Tensor] = []
        for group in self.param_groups:
            params = with_gradient(group)
            grads = [p.grad for p in params if p.grad is not None]
            if not params:
                continue
            sizes = torch._foreach_abs(params) if group["adaptive"] else None
            scaled = torch._foreach_mul(grads, sizes) if sizes is not None else grads
            scaled_gradients += scaled
            directions.append((group, params, list(torch._foreach_mul(scaled, sizes) if sizes is not None else grads)))
        if not directions:
            return
        length = norm(scaled_gradients) + 1e-12
        for group, params, direction in directions:
            torch._foreach_add_(params, torch._foreach_mul(direction, (group["rho"] / length).to(direction[0].dtype)))

    def _step_group(self, group: dict[str, Any]) -> None:
        params = with_gradient(group)
        with_momentum = group["momentum"] != 0
        buffers = [self.state[p].get("momentum_buffer") for p in params] if with_momentum else []
        sgd(
            params,
            [p.grad for p in params if p.grad is not None],
            buffers,
            weight_decay=group["weight_decay"],
            momentum=group["momentum"],
            lr=group["lr"],
            dampening=0.0,
            nesterov=group["nesterov"],
            maximize=False,
            foreach=True,
        )
        if with_momentum:
            for p, buffer in zip(params, buffers, strict=True):
                self.state[p]["momentum_buffer"] = buffer
