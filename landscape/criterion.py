"""Criteria and losses: what a batch's mean is, and by how much it weighs."""

import copy
import functools
import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from landscape.batches import Batch, place
from landscape.protection import Protected
from landscape.terms import input_and_target, terms_of_mean, unwrapped

Loss = Callable[[nn.Module, Batch], Tensor]


@dataclass(frozen=True)
class Split:
    """A loss known as a function of the model's outputs, which Gauss-Newton and Fisher matrices need.

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
    """Refuse what cannot be called with so many arguments; None is nothing to refuse.

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


Terms = Callable[[Batch], float]


def choose_loss(
    criterion: Callable[[Any, Any], Tensor] | None,
    loss: Loss | None,
    outputs: Callable[[nn.Module, Batch], Any] | None,
    output_loss: Callable[[Any, Batch], Tensor] | None,
    device: torch.device,
    dtype: torch.dtype | None,
) -> tuple[Loss, Terms | None]:
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
            "Give either criterion(output, target) or loss=loss(model, batch) or outputs= with output_loss=, one of them."
        )
    if isinstance(criterion, type):
        raise ValueError(f"The criterion is the class {criterion.__name__}: give an instance, {criterion.__name__}().")
    expect_callable(criterion, "criterion", "output, target")
    expect_callable(loss, "loss", "model, batch")
    expect_callable(outputs, "outputs", "model, batch")
    expect_callable(output_loss, "output_loss", "outputs, batch")
    if criterion is not None:
        return _prepare(criterion, device, dtype)
    if outputs is not None and output_loss is not None:
        return Split(Protected(outputs, "outputs"), Protected(output_loss, "output_loss")), None
    assert loss is not None
    return Protected(loss, "loss"), None


def _prepare(
    criterion: Callable[[Any, Any], Tensor], device: torch.device, dtype: torch.dtype | None
) -> tuple[Split, Terms | None]:
    """Turn a criterion of (output, target) into a loss of (model, batch).

    Returns
    -------
    loss : Split
    terms : callable or None
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
    return _split_loss(criterion), terms_of_mean(criterion)


def _split_loss(criterion: Callable[[Any, Any], Tensor]) -> Split:
    def outputs(model: nn.Module, batch: Batch) -> Any:
        return model(input_and_target(batch)[0])

    def loss(output: Any, batch: Batch) -> Tensor:
        try:
            return criterion(output, batch[1])
        except IndexError as error:
            if not re.search(r"Target .* out of bounds", str(error)):
                raise
            raise ValueError(
                f"{error} The model's outputs have shape {tuple(output.shape)}, whose second dimension is the classes: number "
                "them from 0, and give the criterion the ignore_index of targets that do not count."
            ) from error
        except (TypeError, AttributeError) as error:
            if isinstance(output, Tensor):
                raise
            raise ValueError(
                f"The model returns a {type(output).__name__}, which the criterion does not take "
                f"({str(error).splitlines()[0]}): pass loss=loss(model, batch), which picks the tensor it needs."
            ) from error

    return Split(Protected(outputs, "model"), Protected(loss, "criterion"), criterion)


def _check_reduction(criterion: Callable[..., Tensor]) -> None:
    function, keywords = unwrapped(criterion)
    reduction = getattr(function, "reduction", keywords.get("reduction", "mean"))
    if reduction in ("sum", "none"):
        raise ValueError(
            f'The criterion has reduction="{reduction}", so batches cannot be averaged: use reduction="mean".'
        )


def check_hidden_terms(batches: list[Batch], sizes: list[int | None]) -> None:
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
            "loss(model, batch) does not tell what its mean divides by: pass count=, such as "
            'lambda batch: (batch["labels"][:, 1:] != -100).sum() for a causal language model, '
            '(batch["labels"] != -100).sum() for other means over tokens, or lambda batch: len(batch["labels"]) for '
            "a mean over samples."
        )
