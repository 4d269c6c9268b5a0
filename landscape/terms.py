"""The terms that a criterion's mean runs over: how many, how heavy, and each by itself."""

import copy
import functools
import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from landscape.batches import Batch

Criterion = Callable[[Any, Any], Tensor]
TermLosses = Callable[[Any, Any], tuple[Tensor, Tensor]]
"""From output and target to the losses of the terms, and their weights in the mean; both flat."""


@dataclass(frozen=True)
class CrossEntropy:
    """A cross-entropy of logits, or negative log-likelihood of log-probabilities, that averages."""

    class_weights: Tensor | None
    ignored: int
    smoothing: float
    logits: bool

    @classmethod
    def of(cls, criterion: Criterion | None) -> "CrossEntropy | None":
        """Return the settings of a module, function or `functools.partial`, or None for any other criterion."""
        function, keywords = unwrapped(criterion)
        if isinstance(function, (nn.CrossEntropyLoss, nn.NLLLoss)):
            smoothing = getattr(function, "label_smoothing", 0.0)
            return cls(function.weight, function.ignore_index, smoothing, isinstance(function, nn.CrossEntropyLoss))
        if function in (functional.cross_entropy, functional.nll_loss):
            smoothing, ignored = keywords.get("label_smoothing", 0.0), keywords.get("ignore_index", -100)
            return cls(keywords.get("weight"), ignored, smoothing, function is functional.cross_entropy)
        return None

    def weights(self, target: Tensor) -> Tensor:
        """Return the weight of each target in the mean, flat: of its class, zero if ignored."""
        if target.is_floating_point():  # class probabilities: the mean runs over all positions
            return target.new_ones(target.numel() // target.shape[1] if target.dim() > 1 else 1)
        kept = (target != self.ignored).reshape(-1)
        if self.class_weights is None:
            return kept.double()
        return torch.where(kept, self.class_weights.double()[target.reshape(-1).where(kept, 0)], 0.0)

    def losses(self, output: Tensor, target: Tensor) -> Tensor:
        """Return the loss of each target without its weight, flat; zero for ignored ones."""
        if self.logits:
            losses = functional.cross_entropy(
                output, target, ignore_index=self.ignored, label_smoothing=self.smoothing, reduction="none"
            )
            return losses.reshape(-1)
        return functional.nll_loss(output, target, ignore_index=self.ignored, reduction="none").reshape(-1)

    def log_probabilities(self, output: Tensor) -> Tensor:
        """Return the model's log-probabilities, of shape (positions, classes)."""
        rows = output.movedim(1, -1).reshape(-1, output.shape[1]) if output.dim() > 1 else output[None]
        return rows.log_softmax(1) if self.logits else rows


def unwrapped(criterion: Criterion | None) -> tuple[Any, dict[str, Any]]:
    """Return the function of a `functools.partial` with its keywords; other criteria have none."""
    if isinstance(criterion, functools.partial):
        return criterion.func, criterion.keywords
    return criterion, {}


def is_mse(criterion: Criterion | None) -> bool:
    """Return whether the criterion is the mean squared error."""
    function, _ = unwrapped(criterion)
    return isinstance(function, nn.MSELoss) or function is functional.mse_loss


DISTANCES = (nn.MSELoss, nn.L1Loss, nn.SmoothL1Loss, nn.HuberLoss)
DISTANCE_FUNCTIONS = (functional.mse_loss, functional.l1_loss, functional.smooth_l1_loss, functional.huber_loss)
ELEMENTWISE = (*DISTANCES, nn.BCELoss, nn.BCEWithLogitsLoss)
ELEMENTWISE_FUNCTIONS = (
    *DISTANCE_FUNCTIONS,
    functional.binary_cross_entropy,
    functional.binary_cross_entropy_with_logits,
)


def never_negative(criterion: Criterion | None, targets: Iterable[Any]) -> bool:
    """Return whether no term can be negative, whatever the outputs: known of some of torch's criteria only."""
    function, keywords = unwrapped(criterion)
    weights = [getattr(function, name, keywords.get(name)) for name in ("weight", "pos_weight")]
    if any(isinstance(weight, Tensor) and bool((weight < 0).any()) for weight in weights):
        return False
    if (settings := CrossEntropy.of(criterion)) is not None:
        return settings.logits and all(not t.is_floating_point() or bool((t >= 0).all()) for t in targets)
    if isinstance(function, DISTANCES) or function in DISTANCE_FUNCTIONS:
        return True
    return compares_elementwise(criterion) and all(bool(((t >= 0) & (t <= 1)).all()) for t in targets)


def compares_elementwise(criterion: Criterion | None) -> bool:
    """Return whether the criterion is one of torch's that take outputs and targets of equal shape."""
    function, _ = unwrapped(criterion)
    return isinstance(function, ELEMENTWISE) or function in ELEMENTWISE_FUNCTIONS


_NATS = {
    nn.CrossEntropyLoss: "cross-entropy",
    nn.NLLLoss: "negative log-likelihood",
    nn.BCELoss: "binary cross-entropy",
    nn.BCEWithLogitsLoss: "binary cross-entropy",
    nn.KLDivLoss: "Kullback-Leibler divergence",
    nn.PoissonNLLLoss: "Poisson negative log-likelihood",
    nn.GaussianNLLLoss: "Gaussian negative log-likelihood",
    nn.CTCLoss: "connectionist temporal classification",
    functional.cross_entropy: "cross-entropy",
    functional.nll_loss: "negative log-likelihood",
    functional.binary_cross_entropy: "binary cross-entropy",
    functional.binary_cross_entropy_with_logits: "binary cross-entropy",
    functional.kl_div: "Kullback-Leibler divergence",
    functional.poisson_nll_loss: "Poisson negative log-likelihood",
    functional.gaussian_nll_loss: "Gaussian negative log-likelihood",
    functional.ctc_loss: "connectionist temporal classification",
}
_PLAIN = {
    nn.MSELoss: "mean squared error",
    nn.L1Loss: "mean absolute error",
    nn.SmoothL1Loss: "smooth L1",
    nn.HuberLoss: "Huber",
    functional.mse_loss: "mean squared error",
    functional.l1_loss: "mean absolute error",
    functional.smooth_l1_loss: "smooth L1",
    functional.huber_loss: "Huber",
}


def name_and_unit(criterion: Criterion | None) -> tuple[str, str]:
    """Return what a criterion is called and its unit, "" where there is none or it is not known.

    A module that is not torch's goes by its class name, a function of which nothing is known has no name.
    """
    function, _ = unwrapped(criterion)
    key = type(function) if isinstance(function, nn.Module) else function
    if key in _NATS:
        return _NATS[key], "nats"
    if key in _PLAIN:
        return _PLAIN[key], ""
    return (type(function).__name__, "") if isinstance(function, nn.Module) else ("", "")


def terms_of_mean(criterion: Criterion) -> Callable[[Batch], float] | None:
    """What the mean of a cross-entropy or NLL criterion divides by: the class weights of the targets not ignored."""
    settings = CrossEntropy.of(criterion)
    if settings is None:
        return None
    return lambda batch: float(settings.weights(input_and_target(batch)[1]).double().sum())


def input_and_target(batch: Batch) -> tuple[Any, Any]:
    """Return the two parts of a batch that a criterion needs.

    Raises
    ------
    ValueError
        If the batch is no pair.
    """
    if not isinstance(batch, (tuple, list)) or len(batch) != 2:
        raise ValueError(
            f"A criterion needs (input, target) batches, but a batch is a {type(batch).__name__}"
            f"{f' of {len(batch)}' if hasattr(batch, '__len__') else ''}: "
            + (
                "pass the tensors of all samples as a tuple, data=(inputs, targets)."
                if isinstance(batch, Tensor)
                else "pass loss=loss(model, batch) instead."
            )
        )
    return batch[0], batch[1]


def term_losses(criterion: Criterion) -> TermLosses | None:
    """Return the terms of a criterion: targets for cross-entropy and NLL, samples for others; None if unknown.

    Raises
    ------
    ValueError
        If class weights act within a term, so that it has no weight of its own.
    """
    if settings := CrossEntropy.of(criterion):
        entropy = settings

        def of_targets(output: Any, target: Tensor) -> tuple[Tensor, Tensor]:
            if entropy.class_weights is not None and (entropy.smoothing or target.is_floating_point()):
                raise ValueError(
                    "The criterion combines class weights with label smoothing or class probabilities, so that its "
                    "terms have no single weight: pass per_sample_loss=, which returns them as you mean them."
                )
            return entropy.losses(output, target), entropy.weights(target)

        return of_targets
    single = _unreduced(criterion)
    if single is None:
        return None

    def of_samples(output: Any, target: Any) -> tuple[Tensor, Tensor]:
        losses = single(output, target)
        losses = losses.reshape(len(losses), -1).mean(1) if losses.dim() else losses.reshape(1)
        return losses, torch.ones_like(losses, dtype=torch.float64)

    return of_samples


def _unreduced(criterion: Criterion) -> Criterion | None:
    function, keywords = unwrapped(criterion)
    if isinstance(criterion, nn.Module) and hasattr(criterion, "reduction"):
        single: Any = copy.copy(criterion)
        single.reduction = "none"
        return single
    if inspect.isfunction(function) and "reduction" in inspect.signature(function).parameters:
        return functools.partial(function, *getattr(criterion, "args", ()), **keywords | {"reduction": "none"})
    return None
