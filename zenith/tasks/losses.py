"""Losses of tasks: criteria of outputs and targets, and functions of a model and a batch."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from zenith.tasks.data import Batch

__all__ = [
    "NAMED_LOSSES",
    "Loss",
    "called",
    "forward",
    "is_criterion",
    "option",
    "takes_model",
    "takes_targets_first",
    "without_options",
]

_MODEL_NAMES = ("model", "net", "network", "module")
_CROSS_ENTROPY = (nn.functional.cross_entropy, nn.functional.nll_loss)
_ELEMENTWISE = (
    nn.MSELoss,
    nn.L1Loss,
    nn.SmoothL1Loss,
    nn.HuberLoss,
    nn.BCELoss,
    nn.BCEWithLogitsLoss,
    nn.KLDivLoss,
    nn.PoissonNLLLoss,
    nn.SoftMarginLoss,
    nn.HingeEmbeddingLoss,
)
_ELEMENTWISE_FUNCTIONS = (
    nn.functional.mse_loss,
    nn.functional.l1_loss,
    nn.functional.smooth_l1_loss,
    nn.functional.huber_loss,
    nn.functional.binary_cross_entropy,
    nn.functional.binary_cross_entropy_with_logits,
    nn.functional.kl_div,
    nn.functional.poisson_nll_loss,
    nn.functional.soft_margin_loss,
    nn.functional.hinge_embedding_loss,
)

NAMED_LOSSES = {function.__name__: function for function in (*_CROSS_ENTROPY, *_ELEMENTWISE_FUNCTIONS)}
"""Losses that go by the names of torch.nn.functional."""

_TARGETS_FIRST = ("y_true", "true", "target", "targets", "label", "labels", "ground_truth", "gt")
_OUTPUTS_LAST = ("y_pred", "y_score", "pred", "preds", "prediction", "predictions", "output", "outputs", "logits")


def takes_targets_first(function: Any) -> bool:
    """Return whether a function is one of (targets, outputs), as the names of its parameters say (scikit-learn)."""
    try:
        names = [name.lower() for name in inspect.signature(function).parameters][:2]
    except (TypeError, ValueError):  # of a function in C
        return False
    return len(names) == 2 and names[0] in _TARGETS_FIRST and names[1] in _OUTPUTS_LAST


def called(function: Any) -> str:
    """Return what to write for a function in an example."""
    name = getattr(function, "__name__", "")
    return name if name.isidentifier() else "f"


def takes_model(function: Callable[..., Any]) -> bool:
    """Return whether a function is one of (model, batch) rather than of (outputs, targets).

    Its parameters' names say so: the first is ``model``, ``net``, ``network`` or ``module``, or is annotated as a
    Module, or the second is ``batch``.
    """
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # of a function in C
        return False
    if not parameters:
        return False
    first = parameters[0]
    annotated = first.annotation
    of_module = (isinstance(annotated, type) and issubclass(annotated, nn.Module)) or (
        isinstance(annotated, str) and annotated.rpartition(".")[2] == "Module"
    )
    return first.name in _MODEL_NAMES or of_module or (len(parameters) > 1 and parameters[1].name == "batch")


def option(criterion: Any, name: str, default: Any = None) -> Any:
    """Return what a criterion was given under a name: of a module an attribute, of a functools.partial a keyword."""
    while isinstance(criterion, functools.partial):
        if name in criterion.keywords:
            return criterion.keywords[name]
        criterion = criterion.func
    return getattr(criterion, name, default)


def without_options(criterion: Any) -> Any:
    """Return the function below every functools.partial."""
    while isinstance(criterion, functools.partial):
        criterion = criterion.func
    return criterion


def is_criterion(value: Any) -> bool:
    """Return whether a loss takes outputs and targets."""
    return isinstance(value, nn.Module) or not takes_model(value)


def forward(model: nn.Module, batch: Batch) -> tuple[Any, Any]:
    """Return outputs and targets of an (inputs, targets) batch.

    Inputs that are a mapping are given as keywords; of an output that has ``logits``, these are taken.

    Raises
    ------
    ValueError
        If the batch is no such pair.
    """
    if not isinstance(batch, (tuple, list)) or len(batch) != 2:
        what = f"has {len(batch)} fields" if isinstance(batch, (tuple, list)) else f"is a {type(batch).__name__}"
        what += f" with the keys {', '.join(map(str, batch))}" if isinstance(batch, Mapping) else ""
        raise ValueError(
            f"a function of outputs and targets needs batches (inputs, targets), and this one {what}: give a function "
            "of (model, batch)"
        )
    inputs, targets = batch
    outputs = model(**inputs) if isinstance(inputs, Mapping) else model(inputs)
    return outputs if isinstance(outputs, Tensor) else getattr(outputs, "logits", outputs), targets


class Loss:
    """The loss of a task: ``loss(model, batch)``, a mean as a scalar tensor.

    Parameters
    ----------
    function : nn.Module or callable
        A criterion of (outputs, targets), or a function of (model, batch).
    count : callable, optional
        ``count(batch)``, the number of terms that the mean of a batch runs over.

    Attributes
    ----------
    criterion : callable or None
        The criterion, if it is one.
    """

    def __init__(self, function: Callable[..., Tensor], count: Callable[[Batch], Any] | None = None) -> None:
        self.function, self.count = function, count
        self.criterion: Callable[[Any, Any], Tensor] | None = function if is_criterion(function) else None

    def __call__(self, model: nn.Module, batch: Batch) -> Tensor:
        """Return the mean loss of a batch."""
        if self.criterion is None:
            return self.function(model, batch)
        outputs, targets = forward(model, batch)
        return self.criterion(outputs, targets)

    def weight(self, batch: Batch, samples: int) -> float:
        """Return the number of terms that the mean over a batch runs over.

        That of ``count`` if it was given; of a cross-entropy the targets that are not ignored, times their class
        weights; of what compares element by element, such as a squared error, the elements; else the samples.
        """
        if self.count is not None:
            return float(self.count(batch))
        terms = _terms(self.criterion, batch[1]) if self.criterion is not None else None
        return samples if terms is None else terms

    def counter(self, batches: Sequence[Batch]) -> Callable[[Batch], float] | None:
        """Return a function that counts the terms of a batch; None if they are the samples in all of these."""
        if self.count is not None:
            return self.count
        found = _settings(self.criterion)
        if found is None:
            shapes = {batch[1].shape[1:] for batch in batches} if self._counts_elements else set()
            return functools.partial(self.weight, samples=0) if len(shapes) > 1 else None
        ignored, weight = found
        if weight is None and not any(bool((batch[1] == ignored).any()) for batch in batches):
            dense = all(batch[1].dim() == 1 or batch[1].is_floating_point() for batch in batches)
            if dense:
                return None
        return functools.partial(self.weight, samples=0)

    @property
    def counts_terms(self) -> bool:
        """Whether `weight` may be something else than the number of samples."""
        return self.count is not None or self.is_cross_entropy or self._counts_elements

    @property
    def _counts_elements(self) -> bool:
        return _elementwise(self.criterion)

    @property
    def is_cross_entropy(self) -> bool:
        """Whether it is a mean cross-entropy of PyTorch, or a negative log-likelihood."""
        return _settings(self.criterion) is not None


def _settings(criterion: Any) -> tuple[int, Tensor | None] | None:
    """Return ignored class and class weights of a mean cross-entropy; None for any other criterion."""
    if isinstance(criterion, (nn.CrossEntropyLoss, nn.NLLLoss)):
        return criterion.ignore_index, criterion.weight
    if without_options(criterion) not in _CROSS_ENTROPY:
        return None
    return option(criterion, "ignore_index", -100), option(criterion, "weight")


def _elementwise(criterion: Any) -> bool:
    """Return whether a criterion is the mean over all elements of its targets."""
    if option(criterion, "reduction", "mean") != "mean":
        return False
    return isinstance(criterion, _ELEMENTWISE) or without_options(criterion) in _ELEMENTWISE_FUNCTIONS


def _terms(criterion: Any, targets: Any) -> float | None:
    found = _settings(criterion)
    if not isinstance(targets, Tensor):
        return None
    if found is None:
        return targets.numel() if _elementwise(criterion) else None
    ignored, weight = found
    if targets.is_floating_point():  # probabilities, (n, classes, ...), of which the mean divides by n and what follows
        return targets.numel() / targets.size(1) if targets.dim() > 1 else None
    counted = targets != ignored
    if weight is None:
        return int(counted.sum())
    return float(weight.to(targets.device, torch.float64)[targets[counted]].sum())
