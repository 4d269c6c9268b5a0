"""Metrics in addition to the loss: means over samples, and accumulators over all batches, such as macro-F1."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

import torch
from torch import Tensor, nn

from landscape.objective.criteria import OutputsAndLoss, expect_callable, input_and_target, scalar
from landscape.objective.data import Batch
from landscape.objective.protection import copied

if TYPE_CHECKING:
    from landscape.objective.interface import ObjectiveLike

__all__ = ["ACCUMULATOR", "Accumulator", "Metric", "Totals", "accumulates", "measure", "prepare"]

ACCUMULATOR = "one with reset(), update(model, batch) and compute(), or a torchmetrics.Metric"


class Accumulator(Protocol):
    """A metric that is computed from all batches together."""

    def reset(self) -> None:
        """Forget the batches."""

    def update(self, model: nn.Module, batch: Batch) -> None:
        """Take in a batch."""

    def compute(self) -> Any:
        """Return the metric over the batches taken in, a number or a tensor of one."""


Metric = Callable[[nn.Module, Batch], Tensor] | Accumulator


def accumulates(metric: Any) -> bool:
    """Return whether a metric is an accumulator."""
    return all(callable(getattr(metric, name, None)) for name in ("reset", "update", "compute"))


def prepare(metrics: Mapping[str, Metric], split: bool, device: torch.device) -> dict[str, Metric]:
    """Return the metrics, with copies of modules on the device.

    Raises
    ------
    ValueError
        For what is no metric, or a module that accumulates where the model's outputs are not known (`split`).
    """
    if not isinstance(metrics, Mapping):
        raise ValueError(
            f"metrics is a {type(metrics).__name__}: give a mapping from names to functions of (model, batch)."
        )
    found = dict(metrics)
    for name, metric in metrics.items():
        if not accumulates(metric):
            expect_callable(metric, f"metric {name!r}", "model, batch")
        if isinstance(metric, nn.Module) and accumulates(metric):
            if not split:
                raise ValueError(
                    f"The metric {name!r} is a {type(metric).__name__}, which takes outputs and targets, and "
                    "loss(model, batch) hides the outputs: give an object with reset(), update(model, batch) and "
                    "compute() around it, or build the Objective with criterion=."
                )
            found[name] = copy.deepcopy(metric).to(device)
    return found


def measure(metric: Any, name: str, split: OutputsAndLoss | None, model: nn.Module, batch: Batch) -> Tensor | None:
    """Return a metric of one batch; an accumulator takes it in instead."""
    if not accumulates(metric):
        return scalar(metric(model, batch), f"metric {name!r}").detach()
    batch = copied(batch)  # it may edit what it takes in, and cannot be called again as a function could
    if isinstance(metric, nn.Module):
        assert split is not None
        update: Any = metric.update
        update(split.outputs(model, batch), input_and_target(batch)[1])
    else:
        metric.update(model, batch)
    return None


class Totals:
    """Metrics over batches: weighted sums, and accumulators that start anew."""

    def __init__(self, objective: ObjectiveLike, metrics: Mapping[str, Metric]) -> None:
        self._objective, self._metrics = objective, metrics
        self._sums = dict.fromkeys(metrics, 0.0)
        for metric in metrics.values():
            if accumulates(metric):
                metric.reset()  # type: ignore[union-attr]

    def add(self, model: nn.Module, batch: Batch, share: float) -> None:
        """Take in a batch with its share in the means; under `objective.run_values`."""
        for name, metric in self._metrics.items():
            if not share:
                continue
            with self._objective.forward_arithmetic():
                value = measure(metric, name, self._objective.split, model, batch)
            if value is not None:
                self._sums[name] += share * float(value)

    def values(self) -> dict[str, float]:
        """Return the metrics over all batches taken in."""
        return {name: computed(metric, name, self._sums[name]) for name, metric in self._metrics.items()}


def computed(metric: Any, name: str, mean: float) -> float:
    """Return the value of an accumulator, or the mean of any other metric."""
    if not accumulates(metric):
        return mean
    value = metric.compute()
    return float(scalar(value, f"metric {name!r}").detach()) if isinstance(value, Tensor) else float(value)
