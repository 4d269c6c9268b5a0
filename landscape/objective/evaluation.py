"""Values and gradients of an objective: passes over its batches that add up weighted parts."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from landscape.objective.metrics import Metric, Totals
from landscape.objective.shared_forward import one_forward

if TYPE_CHECKING:
    from landscape.objective.interface import ObjectiveLike
    from landscape.objective.objective import Objective

__all__ = ["forbid_inference_mode", "means", "pass_statistics", "value_and_gradient"]


def means(
    objective: Objective, parameters: Mapping[str, Tensor] | None, metrics: Mapping[str, Metric]
) -> dict[str, float]:
    """Return the loss with its penalty, under "loss", and metrics, in one pass over the data."""
    given, data = objective.space.given(parameters), objective.data
    found = {"loss": objective.penalty(given)}
    totals = Totals(objective, metrics)

    def run(model: nn.Module) -> None:
        for batch, weight, share in zip(data.batches, data.weights, data.metric_weights, strict=True):
            lent = objective.lend(batch)
            with one_forward(objective, model, lent) if metrics and weight else nullcontext():
                if weight:
                    found["loss"] += weight * float(objective.loss(model, lent).detach())
                totals.add(model, lent, share)

    objective.run_values(run, given)
    return found | totals.values()


def value_and_gradient(
    objective: ObjectiveLike, parameters: Mapping[str, Tensor] | None = None
) -> tuple[float, dict[str, Tensor]]:
    """Return the loss of this process's data, with the penalty, and its gradient by this process's parameters."""
    leaves = objective.space.leaves(parameters)
    value = objective.penalty(leaves)
    sums = [objective.l2 * leaf.detach().double() for leaf in leaves.values()]

    def run(model: nn.Module) -> None:
        nonlocal value
        for batch, weight in objective.batches():
            loss = objective.loss(model, batch)
            value += weight * float(loss.detach())
            for total, part in zip(sums, _gradient(loss, leaves), strict=True):
                if part is not None:
                    total.add_(part, alpha=weight)

    with torch.enable_grad():
        objective.run(run, leaves)
    return value, {n: total.to(p.dtype) for (n, p), total in zip(leaves.items(), sums, strict=True)}


def pass_statistics(objective: Objective, model: nn.Module) -> None:
    """Run the model on the data that batch-norm statistics are taken from."""
    if objective.statistics_data is None:
        data = objective.data
        batches = [b for b, n in zip(data.batches, data.metric_weights, strict=True) if n]  # empty ones have none
    else:
        batches = objective.statistics_data.batches
    split = objective.split
    for batch in map(objective.lend, batches):
        with torch.set_grad_enabled(objective.differentiates), objective.forward_arithmetic():
            if split is None:
                objective.loss_fn(model, batch)
            else:
                split.outputs(model, batch)


def forbid_inference_mode() -> None:
    """Raise ValueError inside `torch.inference_mode()`."""
    if torch.is_inference_mode_enabled():
        raise ValueError(
            "torch.inference_mode() is on, which forbids derivatives of any kind: leave it, or use torch.no_grad()."
        )


def _gradient(loss: Tensor, leaves: Mapping[str, Tensor]) -> tuple[Tensor | None, ...]:
    if not loss.requires_grad:
        return (None,) * len(leaves)
    return torch.autograd.grad(loss, tuple(leaves.values()), allow_unused=True)
