"""The curvature matrix of one batch by its products with vectors, made of vector-Jacobian products."""

import warnings
from collections.abc import Callable, Sequence
from typing import Protocol

import torch
from torch import Tensor

from landscape.objective.data import Batch


class BatchProduct(Protocol):
    """The curvature matrix of one batch.

    Attributes
    ----------
    outputs : sequence of Tensor or None
        What a product differentiates, if it does nothing else.
    """

    @property
    def outputs(self) -> Sequence[Tensor] | None:
        """What a product differentiates; None if it does more."""

    def product(self, parts: tuple[Tensor, ...], *, keep: bool, block: bool = False) -> Tensor:
        """Product with a vector given in parts, one per parameter, as a flat vector.

        With `block`, each part has one leading dimension more and rows come back. `keep` says whether more products
        will follow.
        """


Build = Callable[[Batch], BatchProduct]


def batched_grad(
    outputs: list[Tensor], inputs: tuple[Tensor, ...], vectors: list[Tensor], keep: bool, block: bool
) -> tuple[Tensor | None, ...]:
    """Return the vector-Jacobian products of one vector, or with `block` of a stack of them at once."""
    if not block:
        return torch.autograd.grad(outputs, inputs, vectors, retain_graph=keep, allow_unused=True)
    with warnings.catch_warnings():
        # Operations without a batching rule fall back to a loop; `CurvatureOperator` times both.
        warnings.filterwarnings("ignore", message="There is a performance drop", category=UserWarning)
        return torch.autograd.grad(
            outputs, inputs, vectors, retain_graph=keep, allow_unused=True, is_grads_batched=True
        )


def joined(rows: tuple[Tensor | None, ...], leaves: tuple[Tensor, ...], lead: tuple[int, ...]) -> Tensor:
    """Return parts as one flat vector, or a stack of them; None stands for zeros."""
    return torch.cat(
        [
            (leaf.new_zeros(*lead, leaf.numel()) if row is None else row.reshape(*lead, -1))
            for row, leaf in zip(rows, leaves, strict=True)
        ],
        dim=-1,
    )
