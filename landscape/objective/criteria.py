"""Loss functions: the one that an objective evaluates, and its losses per example.

Also the weight of a batch in the mean.
"""

import copy
import functools
import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from landscape._common.guesses import did_you_mean
from landscape.objective.data import Batch, place
from landscape.objective.protection import Protected

Criterion = Callable[[Any, Any], Tensor]
CRITERIA = (
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cross_entropy",
    "hinge_embedding_loss",
    "huber_loss",
    "kl_div",
    "l1_loss",
    "mse_loss",
    "multi_margin_loss",
    "multilabel_margin_loss",
    "multilabel_soft_margin_loss",
    "nll_loss",
    "poisson_nll_loss",
    "smooth_l1_loss",
    "soft_margin_loss",
)
"""Losses of `torch.nn.functional` of an output and a target that may be given by name."""
Loss = Callable[[nn.Module, Batch], Tensor]
BatchWeight = Callable[[Batch], float]
"""From a batch to its weight in the mean over all."""
PerExampleLosses = Callable[[Any, Any], tuple[Tensor, Tensor]]
"""From output and target to the unreduced losses, and their weights in the mean; both flat."""


@dataclass(frozen=True)
class OutputsAndLoss:
    """A loss in two parts, outputs of the model and loss of the outputs, as Gauss-Newton and Fisher matrices need it.

    Attributes
    ----------
    outputs : callable
        `outputs(model, batch)`: a tensor, or tensors in tuples, lists and mappings.
    loss : callable
        `loss(outputs, batch)`: the mean over the batch as a scalar tensor.
    criterion : callable or None
        The criterion of (output, target), where the loss is made of one.
    """

    outputs: Callable[[nn.Module, Batch], Any]
    loss: Callable[[Any, Batch], Tensor]
    criterion: Callable[[Any, Any], Tensor] | None = None

    def __call__(self, model: nn.Module, batch: Batch) -> Tensor:
        """Return the loss of a model on a batch."""
        return self.loss(self.outputs(model, batch), batch)


def choose_loss(
    criterion: Callable[[Any, Any], Tensor] | str | None,
    loss: Loss | None,
    outputs: Callable[[nn.Module, Batch], Any] | None,
    output_loss: Callable[[Any, Batch], Tensor] | None,
    device: torch.device,
    dtype: torch.dtype | None,
) -> tuple[Loss, BatchWeight | None]:
    """Return the one loss of (model, batch) that is given, and what a criterion's mean divides by.

    Raises
    ------
    ValueError
        If none or several are given, or the criterion does not average.
    """
    if (outputs is None) != (output_loss is None):
        raise ValueError("Give outputs(model, batch) and output_loss(outputs, batch) together: one needs the other.")
    if (criterion is not None) + (loss is not None) + (outputs is not None) != 1:
        raise ValueError(
            "Give either criterion(output, target) or loss=loss(model, batch) or outputs= with output_loss=, one of "
            "them."
        )
    if isinstance(criterion, type):
        raise ValueError(f"The criterion is the class {criterion.__name__}: give an instance, {criterion.__name__}().")
    if isinstance(criterion, str):
        criterion = criterion_called(criterion)
    expect_callable(criterion, "criterion", "output, target")
    expect_callable(loss, "loss", "model, batch")
    expect_callable(outputs, "outputs", "model, batch")
    expect_callable(output_loss, "output_loss", "outputs, batch")
    if criterion is not None:
        return _prepare(criterion, device, dtype)
    if outputs is not None and output_loss is not None:
        return OutputsAndLoss(Protected(outputs, "outputs"), Protected(output_loss, "output_loss")), None
    assert loss is not None
    return Protected(loss, "loss"), None


def check_order(model: nn.Module, criterion: nn.Module) -> None:
    """Refuse a criterion in the place of the model.

    Raises
    ------
    ValueError
    """
    if isinstance(model, nn.modules.loss._Loss) and any(p.requires_grad for p in criterion.parameters()):
        raise ValueError(
            f"The model is the criterion {type(model).__name__}, and the criterion is a model "
            f"({type(criterion).__name__}): the order is Objective(model, criterion, data)."
        )


def criterion_called(name: str) -> Criterion:
    """Return a loss of `torch.nn.functional` by its name.

    Raises
    ------
    ValueError
        For any other name.
    """
    if name not in CRITERIA:
        spelled = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()  # as torch.nn calls its classes
        raise ValueError(
            f"The criterion is called {name!r}, and is no loss of torch.nn.functional that takes an output and a "
            f"target: {did_you_mean(spelled, CRITERIA)}Give one of {', '.join(CRITERIA)}, or a function of "
            "(output, target)."
        )
    found: Criterion = getattr(functional, name)
    return found


def _prepare(
    criterion: Callable[[Any, Any], Tensor], device: torch.device, dtype: torch.dtype | None
) -> tuple[OutputsAndLoss, BatchWeight | None]:
    """Turn a criterion of (output, target) into a loss of (model, batch).

    Returns
    -------
    loss : OutputsAndLoss
    weight : callable or None
        What the mean over a batch divides by, where that may differ from the number of samples.

    Raises
    ------
    ValueError
        If the criterion does not average.
    """
    _check_reduction(criterion)
    # Class weights are moved and cast like the rest.
    if isinstance(criterion, nn.Module):
        criterion = copy.deepcopy(criterion).to(device=device, dtype=dtype).eval()
    elif isinstance(criterion, functools.partial):
        keywords = place(criterion.keywords, device, dtype)
        criterion = functools.partial(criterion.func, *criterion.args, **keywords)
    return _loss_of_criterion(criterion), criterion_weight(criterion)


def _loss_of_criterion(criterion: Callable[[Any, Any], Tensor]) -> OutputsAndLoss:
    def outputs(model: nn.Module, batch: Batch) -> Any:
        return model(input_and_target(batch)[0])

    def loss(output: Any, batch: Batch) -> Tensor:
        try:
            return criterion(output, batch[1])
        except IndexError as error:
            if not re.search(r"Target .* out of bounds", str(error)):
                raise
            raise ValueError(
                f"{error} The model's outputs have shape {tuple(output.shape)}, whose second dimension is the classes: "
                "number them from 0, and give the criterion the ignore_index of targets that do not count."
            ) from error
        except (TypeError, AttributeError) as error:
            if isinstance(output, Tensor):
                raise
            raise ValueError(
                f"The model returns a {type(output).__name__}, which the criterion does not take "
                f"({str(error).splitlines()[0]}): pass loss=loss(model, batch), which picks the tensor it needs."
            ) from error

    return OutputsAndLoss(Protected(outputs, "model"), Protected(loss, "criterion"), criterion)


def _check_reduction(criterion: Callable[..., Tensor]) -> None:
    function, keywords = unwrapped(criterion)
    reduction = getattr(function, "reduction", keywords.get("reduction", "mean"))
    if reduction in ("sum", "none"):
        raise ValueError(
            f'The criterion has reduction="{reduction}", so batches cannot be averaged: use reduction="mean".'
        )


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


def scalar(value: Any, what: str) -> Tensor:
    """Return `value` if it is a scalar tensor, else raise ValueError."""
    if not isinstance(value, Tensor):
        raise ValueError(f"The {what} is a {type(value).__name__}, not a tensor: return the mean as a scalar tensor.")
    if value.dim():
        raise ValueError(
            f"The {what} has shape {tuple(value.shape)}, not that of a scalar: "
            'average over the batch (reduction="mean" or .mean()).'
        )
    return value


def expect_callable(function: Any, what: str, arguments: str) -> None:
    """Raise ValueError unless `function` is None or can be called with these arguments.

    Raises
    ------
    ValueError
    """
    if function is None:
        return
    if not callable(function):
        raise ValueError(f"The {what} is a {type(function).__name__}: give a function of ({arguments}).")
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # built-in functions need not have one
        return
    try:
        signature.bind(*arguments.split(", "))
    except TypeError as error:
        raise ValueError(
            f"The {what} is called with ({arguments}), and takes {signature} ({error}): give a function of these."
        ) from None


def criterion_weight(criterion: Criterion) -> Callable[[Batch], float] | None:
    """Return what the mean of a cross-entropy or NLL criterion divides by.

    The summed class weights of the targets not ignored.
    """
    settings = CrossEntropy.of(criterion)
    if settings is None:
        return None
    return lambda batch: float(settings.weights(input_and_target(batch)[1]).double().sum())


def per_example_losses(criterion: Criterion) -> PerExampleLosses | None:
    """Return the unreduced losses of a criterion: per target for cross-entropy and NLL, else per sample.

    None if unknown.

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


def check_ignored_labels(batches: list[Batch], sizes: list[int | None]) -> None:
    """Refuse to weigh batches by samples where a loss seems to average over labels that are not ignored.

    Mappings with "labels" of which some are -100 are what Hugging Face models take; their loss is a mean over the other
    labels (for causal language models, of all but the first of each sequence), which `loss(model, batch)` hides.

    Raises
    ------
    ValueError
        If the number of those labels per sample differs between batches.
    """
    shares: set[tuple[float, float]] = set()
    ignoring = False
    for batch, size in zip(batches, sizes, strict=True):
        labels = batch.get("labels") if isinstance(batch, Mapping) else None
        if not isinstance(labels, Tensor) or labels.is_floating_point() or labels.dim() < 1 or not size:
            return
        kept = labels != -100
        ignoring = ignoring or not bool(kept.all())
        later = kept[:, 1:] if kept.dim() > 1 else kept
        shares.add((int(kept.sum()) / size, int(later.sum()) / size))
    if ignoring and len(shares) > 1:
        raise ValueError(
            'The batches hold "labels" with ignored entries (-100), more of them in some batches than in others, and '
            "loss(model, batch) does not show what its mean divides by: pass count=, such as "
            'lambda batch: (batch["labels"][:, 1:] != -100).sum() for a causal language model, '
            '(batch["labels"] != -100).sum() for other means over tokens, or lambda batch: len(batch["labels"]) for '
            "a mean over samples."
        )


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


def compares_elementwise(criterion: Criterion | None) -> bool:
    """Return whether the criterion is one of torch's that take outputs and targets of equal shape."""
    function, _ = unwrapped(criterion)
    return isinstance(function, ELEMENTWISE) or function in ELEMENTWISE_FUNCTIONS


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
    """Return the name of a criterion and its unit, "" where there is none or it is not known.

    A module that is not torch's goes by its class name, a function of which nothing is known has no name.
    """
    function, _ = unwrapped(criterion)
    key = type(function) if isinstance(function, nn.Module) else function
    if key in _NATS:
        return _NATS[key], "nats"
    if key in _PLAIN:
        return _PLAIN[key], ""
    return (type(function).__name__, "") if isinstance(function, nn.Module) else ("", "")


def loss_attributes(criterion: Criterion | None, penalized: bool) -> dict[str, str]:
    """Return name and unit of a loss, "long_name" and "units" where they are known; None is a loss of no criterion."""
    name, unit = name_and_unit(criterion)
    parts = [*([name] if name else []), *(["L2 penalty"] if penalized else [])]
    named = "loss" if not parts else f"loss with {parts[0]}" if not name else f"loss ({' + '.join(parts)})"
    return {"long_name": named, "units": unit} if unit else {"long_name": named}


def within(loss: Loss, context: AbstractContextManager[Any]) -> Loss:
    """Return the same loss, evaluated inside a reusable context."""

    def inside(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            with context:
                return function(*args)

        return call

    if isinstance(loss, OutputsAndLoss):
        return OutputsAndLoss(inside(loss.outputs), inside(loss.loss), loss.criterion)
    return inside(loss)
