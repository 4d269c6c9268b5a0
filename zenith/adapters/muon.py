"""Muon, on pytorch_optimizer's class, which unlike `torch.optim.Muon` takes convolutions.

Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks" (kellerjordan.github.io/posts/muon).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from zenith.adapters.library import Mended, evaluate, library, library_step, mutable_gradients, plain_rates

__all__ = ["Muon"]

_base: Any = library("pytorch_optimizer", "pytorch_optimizer", "Muon").Muon


class Muon(Mended, _base):
    """Momentum orthogonalised by five Newton-Schulz steps for matrices and convolutions, AdamW for the rest.

    Every group of the caller becomes up to two: its parameters of two or more dimensions, then the others. A group that
    says ``use_muon`` is taken as it is: embeddings and the last layer are better with AdamW, its author finds.

    Parameters
    ----------
    params : iterable
        Parameters or parameter groups.
    lr, momentum, nesterov, weight_decay, ns_steps
        Of the matrices. Weight decay is decoupled.
    adamw_lr, adamw_betas, adamw_weight_decay, adamw_eps
        Of the rest. A group with an `lr` of its own has its AdamW rate scaled in proportion.
    """

    def __init__(
        self,
        params: Any,
        lr: float = 0.02,
        momentum: float = 0.95,
        nesterov: bool = True,
        weight_decay: float = 0.0,
        ns_steps: int = 5,
        adamw_lr: float = 3e-4,
        adamw_betas: tuple[float, float] = (0.9, 0.95),
        adamw_weight_decay: float = 0.0,
        adamw_eps: float = 1e-10,
    ) -> None:
        settings = {
            "lr": lr,
            "momentum": momentum,
            "nesterov": nesterov,
            "weight_decay": weight_decay,
            "ns_steps": ns_steps,
            "adamw_lr": adamw_lr,
            "adamw_betas": adamw_betas,
            "adamw_wd": adamw_weight_decay,
            "adamw_eps": adamw_eps,
        }
        given = list(params)
        groups = given if given and isinstance(given[0], dict) else [{"params": given}]
        super().__init__([part for group in groups for part in _parts(group, settings)], **settings)
        self.defaults["muon"] = settings  # for groups added later; unlike attributes, defaults are kept by copies
        for group in self.param_groups:
            group.pop("muon", None)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add parameters, those of two or more dimensions in a group of their own."""
        settings = self.defaults.get("muon")
        if settings is None:  # called by the library's constructor, which has completed the group
            super().add_param_group(param_group)
            return
        # The library completes groups in its constructor only.
        for part in _base(list(_parts(param_group, settings)), **settings).param_groups:
            super().add_param_group(part)
            self.param_groups[-1].pop("muon")

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Take one step; returns the value of `closure`, called once before it, or None."""
        loss = evaluate(closure)
        with plain_rates(self.param_groups), mutable_gradients(self.param_groups):
            library_step(_base)(self)
        self._report([group["lr"] for group in self.param_groups])
        return loss


def _parts(group: dict[str, Any], settings: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """`group` for one of the two rules, or cut in two."""
    params = [group["params"]] if isinstance(group["params"], Tensor) else list(group["params"])
    empty = [p for p in params if _tensor(p).numel() == 0]  # which Newton-Schulz steps divide by
    if "use_muon" in group and not (group["use_muon"] and empty):
        yield {**group, "params": params}
        return
    matrices = [p for p in params if _tensor(p).numel() > 0 and (_tensor(p).ndim >= 2 or "use_muon" in group)]
    others = [p for p in params if not any(p is matrix for matrix in matrices)]
    if matrices:
        yield {**group, "params": matrices, "use_muon": True}
    if others:
        scaled = {"lr": group["lr"] * settings["adamw_lr"] / settings["lr"]} if "lr" in group else {}
        yield {**group, **scaled, "params": others, "use_muon": False}


def _tensor(p: Any) -> Tensor:
    return p[1] if isinstance(p, tuple) else p  # of named_parameters()
