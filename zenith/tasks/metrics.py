"""Metrics of tasks: means over samples, accumulators over all batches, and those of torchmetrics."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from zenith._common.names import check_file_name, lookup
from zenith.tasks.data import Batch
from zenith.tasks.losses import Loss, called, forward, option, takes_model, takes_targets_first, without_options

__all__ = ["Metric", "Totals", "accumulates", "read_metrics"]

RESERVED = ("loss", "metric")


@dataclass(frozen=True)
class Metric:
    """A quantity to report in addition to the loss.

    Attributes
    ----------
    name, label, unit : str
        Key in a store, words in a figure, and unit ("" for a fraction).
    higher_is_better : bool
    compute : callable or accumulator
        ``compute(model, batch) -> Tensor``, the mean over the batch's samples as a scalar, or the same of (outputs,
        targets); or what accumulates over all batches and then computes: a ``torchmetrics.Metric``, or an object with
        ``reset()``, ``update(model, batch)`` and ``compute()``.
    """

    name: str
    label: str
    unit: str
    higher_is_better: bool
    compute: Any

    @property
    def arguments(self) -> str:
        """What a function of one's own is called with, in words; "" for other metrics."""
        if accumulates(self.compute) or isinstance(self.compute, (_CountedTargets, _Elements)):
            return ""
        return "(outputs, targets)" if isinstance(self.compute, _OfOutputs) else "(model, batch)"


def accumulates(metric: Any) -> bool:
    """Return whether a metric is computed from all batches together."""
    return all(callable(getattr(metric, name, None)) for name in ("reset", "update", "compute"))


def read_metrics(given: Any, loss: Loss, task: str) -> tuple[Metric, ...]:
    """Return what a user gave as metric as metrics, the main one first.

    Raises
    ------
    ValueError
        For what is none, or two of one name.
    """
    if isinstance(given, Mapping):
        items = list(given.items())
    elif isinstance(given, (list, tuple)):
        items = [(None, one) for one in given]
    else:
        items = [(None, given)]
    memo: dict[int, Any] = {}  # what metrics share, such as the outputs of one pass, their copies share too
    found = tuple(_read(one, name, loss, task, memo) for name, one in items)
    if not found:
        raise ValueError(f"task '{task}' has no metric: give at least one, for example metric=\"accuracy\"")
    names = [metric.name for metric in found]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(
                f"task '{task}' has two metrics of the name '{name}': give a mapping of different names to them"
            )
        check_file_name(name, f"a metric of task '{task}'")
        if name in RESERVED and name != names[0]:
            raise ValueError(f"a metric of task '{task}' is called '{name}': give it another name")
    return found


def _read(given: Any, name: str | None, loss: Loss, task: str, memo: dict[int, Any]) -> Metric:
    if isinstance(given, str):
        given = lookup(_NAMED, given, "metric")(loss)
    elif not isinstance(given, Metric):
        own = getattr(given, "__name__", type(given).__name__)
        if own == "<lambda>" and name is None:
            raise ValueError(
                f"a metric of task '{task}' is a lambda, which has no name: give {{'its name': lambda ...}}"
            )
        if isinstance(given, type) or not (accumulates(given) or callable(given)):
            what = f"the class {own}, not an object of it" if isinstance(given, type) else f"a {type(given).__name__}"
            raise ValueError(
                f"a metric of task '{task}' is {what}: give a name ({', '.join(_NAMED)}), a function of (model, "
                "batch), a torchmetrics.Metric or a zenith.tasks.Metric"
            )
        if not isinstance(given, nn.Module) and not accumulates(given) and takes_targets_first(given):
            raise ValueError(
                f"the metric '{name or own}' of task '{task}' is a function of (targets, outputs), which is called "
                f"with (outputs, targets): give {{'{name or own}': lambda outputs, targets: {called(given)}(targets, "
                f"outputs)}}, with outputs.argmax(1) where it takes class numbers"
            )
        label = name or own
        higher = getattr(given, "higher_is_better", None)
        given = Metric(label, label.replace("_", " "), "", higher is not False, given)
    if name is not None:
        label = given.label if given.label != given.name else name
        given = replace(given, name=name, label=label)
    return replace(given, compute=_computing(given.compute, given.name, loss, memo))


def _computing(compute: Any, name: str, loss: Loss, memo: dict[int, Any]) -> Any:
    """Return a metric as a function of (model, batch) or an accumulator with ``update(model, batch)``."""
    if isinstance(compute, (_OfOutputs, _OfLoss, _TorchMetric)):
        return compute
    if isinstance(compute, nn.Module) and accumulates(compute):
        return _TorchMetric(compute, name)
    if accumulates(compute):
        return copy.deepcopy(compute, memo)  # so that its use changes nothing of the user's
    if takes_model(compute):
        return compute
    return _OfOutputs(compute, loss if loss.count is not None else None)


class _OfOutputs:
    """A mean over the samples, as a function of outputs and targets."""

    def __init__(self, function: Callable[[Any, Any], Any], loss: Loss | None = None) -> None:
        self.function, self._loss = function, loss

    def __call__(self, model: nn.Module, batch: Batch) -> Any:
        return self.function(*forward(model, batch))

    def weight(self, batch: Batch, samples: int) -> float:
        return samples if self._loss is None else self._loss.weight(batch, samples)


class _OfLoss:
    """A function of the mean loss over all batches."""

    def __init__(self, function: Callable[[float], float], loss: Loss) -> None:
        self.function, self._loss = function, loss
        self.reset()

    def reset(self) -> None:
        self._sum = self._weight = 0.0

    def update(self, model: nn.Module, batch: Batch) -> None:
        self.add(float(self._loss(model, batch)), self._loss.weight(batch, rows_in(batch)))

    def add(self, loss: float, weight: float) -> None:
        self._sum, self._weight = self._sum + loss * weight, self._weight + weight

    def compute(self) -> float:
        return self.function(self._sum / self._weight)


class _TorchMetric:
    """A metric of torchmetrics, updated with the outputs and targets of a batch."""

    def __init__(self, metric: Any, name: str) -> None:
        self._metric, self._name = copy.deepcopy(metric), name
        self._device: torch.device | None = None
        self._metric.sync_on_compute = False  # every rank sees all batches

    def reset(self) -> None:
        self._metric.reset()

    def update(self, model: nn.Module, batch: Batch) -> None:
        self.add(*forward(model, batch))

    def add(self, outputs: Any, targets: Any) -> None:
        device = _device_of((outputs, targets))
        if device is not None and self._device != device:
            self._metric.to(device)
            self._device = device
        self._metric.update(outputs, targets)

    def compute(self) -> Any:
        found = self._metric.compute()
        if isinstance(found, Mapping):
            if self._name not in found:
                raise ValueError(
                    f"the metric '{self._name}' computes {', '.join(map(str, found))}: name it after one of these, "
                    f"metric={{'{next(iter(found))}': {type(self._metric).__name__}(...)}}"
                )
            return found[self._name]
        return found


def _device_of(item: Any) -> torch.device | None:
    if isinstance(item, Tensor):
        return item.device
    values = item.values() if isinstance(item, Mapping) else item if isinstance(item, (list, tuple)) else ()
    return next((found for found in map(_device_of, values) if found is not None), None)


class Totals:
    """The loss and the metrics of a task over the batches of a split.

    Parameters
    ----------
    loss : Loss
    metrics : tuple of Metric
        Accumulators are copied, what they share with each other once.
    """

    def __init__(self, loss: Loss, metrics: tuple[Metric, ...]) -> None:
        self._loss, self.metrics = loss, metrics
        memo: dict[int, Any] = {}
        self._computes = [copy.deepcopy(m.compute, memo) if accumulates(m.compute) else m.compute for m in metrics]
        for compute in self._computes:
            if accumulates(compute):
                compute.reset()
        self.sums = [0.0] * (1 + len(metrics))
        self.weights = [0.0] * (1 + len(metrics))

    @property
    def accumulate(self) -> bool:
        """Whether a metric needs all batches in one place."""
        return any(accumulates(compute) for compute in self._computes)

    @property
    def of_outputs(self) -> bool:
        """Whether a model is called once for each batch, and loss and metrics are functions of what it returns."""
        kinds = _OfLoss, _TorchMetric, _OfOutputs
        return self._loss.criterion is not None and all(isinstance(compute, kinds) for compute in self._computes)

    def add(self, model: nn.Module, batch: Batch, samples: int) -> None:
        """Take in a batch of so many samples."""
        pair = None
        if self._loss.criterion is not None:
            pair = forward(model, batch)
            loss = self._loss.criterion(*pair)
        else:
            loss = self._loss(model, batch)
        weight = self._loss.weight(batch, samples)
        value = float(_scalar(loss, "loss"))
        self._count(0, value, weight)
        for place, (metric, compute) in enumerate(zip(self.metrics, self._computes, strict=True), start=1):
            if isinstance(compute, _OfLoss):
                compute.add(value if weight else 0.0, weight)
            elif isinstance(compute, _TorchMetric):
                compute.add(*(pair if pair is not None else forward(model, batch)))
            elif accumulates(compute):
                compute.update(model, batch)
            elif isinstance(compute, _OfOutputs):
                found = compute.function(*(pair if pair is not None else forward(model, batch)))
                self._count(place, float(_scalar(found, f"metric '{metric.name}'")), compute.weight(batch, samples))
            else:
                found = _scalar(compute(model, batch), f"metric '{metric.name}'")
                own = samples if self._loss.count is None else weight
                self._count(place, float(found), own)

    def _count(self, place: int, value: float, weight: float) -> None:
        if weight:  # a mean over no terms is NaN
            self.sums[place] += value * weight
            self.weights[place] += weight

    def values(self) -> tuple[float, ...]:
        """Return the loss and the metrics over everything taken in."""
        found = [self.sums[0] / self.weights[0] if self.weights[0] else math.nan]
        for place, (metric, compute) in enumerate(zip(self.metrics, self._computes, strict=True), start=1):
            if accumulates(compute):
                found.append(float(_scalar(compute.compute(), f"metric '{metric.name}'")))
            else:
                found.append(self.sums[place] / self.weights[place] if self.weights[place] else math.nan)
        return tuple(found)


def rows_in(batch: Batch) -> int:
    """Return the rows of the first tensor in a batch, or its length."""
    if isinstance(batch, Tensor):
        return len(batch) if batch.dim() else 0
    values = list(batch.values() if isinstance(batch, Mapping) else batch if isinstance(batch, (list, tuple)) else ())
    return next((n for n in map(rows_in, values) if n), 0) or len(values)


def _scalar(value: Any, what: str) -> Any:
    if isinstance(value, Tensor) and value.dim() == 0:
        return value
    if what != "loss" and (isinstance(value, (int, float)) or (hasattr(value, "shape") and value.shape in ((), (1,)))):
        return value
    shape = f"shape {tuple(value.shape)}" if hasattr(value, "shape") else f"a {type(value).__name__}"
    kind = "a scalar tensor" if what == "loss" else "a number"
    raise ValueError(f"the {what} must be {kind}, got {shape}: average it over the batch's samples")


# Metrics by name
# ----------------------------------------------------------------------------------------------------------------------


class _Accuracy:
    def __init__(self, loss: Loss) -> None:
        self._loss = loss

    def __call__(self, outputs: Tensor, targets: Tensor) -> Tensor:
        criterion = without_options(self._loss.criterion)
        default = torch.get_default_dtype()
        if isinstance(criterion, (nn.BCEWithLogitsLoss, nn.BCELoss)) or criterion in _BINARY:
            threshold = 0.0 if isinstance(criterion, nn.BCEWithLogitsLoss) or criterion is _BINARY[0] else 0.5
            return ((outputs > threshold) == (targets > 0.5)).to(default).mean()
        if not isinstance(outputs, Tensor) or not isinstance(targets, Tensor) or outputs.dim() != targets.dim() + 1:
            raise ValueError(
                f"accuracy compares class scores with class numbers, and these are outputs {_shape(outputs)} and "
                f'targets {_shape(targets)}: give another metric, such as "mean_squared_error" or a function'
            )
        # A cross-entropy takes the classes along dimension 1; without one they may be the last, as in text.
        last = not self._loss.is_cross_entropy and outputs.shape[:-1] == targets.shape
        predicted = outputs.argmax(dim=-1 if last else min(1, targets.dim()))
        right = (predicted == targets).to(default)
        ignored = option(self._loss.criterion, "ignore_index", -100)
        counted = targets != ignored
        return right.mean() if bool(counted.all()) else right[counted].mean()


_BINARY = (nn.functional.binary_cross_entropy_with_logits, nn.functional.binary_cross_entropy)


def _shape(value: Any) -> str:
    return f"of shape {tuple(value.shape)}" if hasattr(value, "shape") else f"of type {type(value).__name__}"


class _CountedTargets(_OfOutputs):
    """Weighted by the targets that are not ignored, whatever the class weights."""

    def weight(self, batch: Batch, samples: int) -> float:
        targets = batch[1]
        if not isinstance(targets, Tensor) or targets.is_floating_point():
            return targets.numel() if isinstance(targets, Tensor) else samples
        loss = self._loss
        return int((targets != option(loss.criterion if loss else None, "ignore_index", -100)).sum())


class _Error:
    def __init__(self, power: int) -> None:
        self._power = power

    def __call__(self, outputs: Tensor, targets: Tensor) -> Tensor:
        if outputs.shape != targets.shape:
            raise ValueError(
                f"the error of outputs of shape {tuple(outputs.shape)} against targets of shape "
                f"{tuple(targets.shape)} is not defined: give targets of the outputs' shape"
            )
        return (outputs - targets).abs().pow(self._power).mean()


def _accuracy(loss: Loss) -> Metric:
    return Metric("accuracy", "accuracy", "", True, _CountedTargets(_Accuracy(loss), loss))


def _perplexity(loss: Loss) -> Metric:
    return Metric("perplexity", "perplexity", "", False, _OfLoss(_exp, loss))


def _exp(value: float) -> float:
    return math.exp(value) if value < 709 else math.inf


class _Elements(_OfOutputs):
    """Weighted by the elements of the targets."""

    def weight(self, batch: Batch, samples: int) -> float:
        return batch[1].numel()


def _squared(loss: Loss) -> Metric:
    return Metric("mean_squared_error", "mean squared error", "", False, _Elements(_Error(2)))


def _absolute(loss: Loss) -> Metric:
    return Metric("mean_absolute_error", "mean absolute error", "", False, _Elements(_Error(1)))


_NAMED: Mapping[str, Callable[[Loss], Metric]] = {
    "accuracy": _accuracy,
    "perplexity": _perplexity,
    "mean_squared_error": _squared,
    "mean_absolute_error": _absolute,
}
