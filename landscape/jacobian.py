r"""Matrices of the form :math:`J^\top M J`, of which Gauss-Newton and Fisher matrices are two kinds.

J is the Jacobian of some tensors z(theta) of a batch, M a small matrix on them. Both products with J are backward
passes: :math:`J^\top u` directly, and :math:`J v` as the derivative of :math:`v^\top J^\top u`, which is linear in u
(Townsend 2017, "A new trick for calculating Jacobian vector products"). So they exist for every layer with a
differentiable backward pass, LSTM and attention included, where forward-mode differentiation does not.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from landscape.batch_products import batched_grad, joined
from landscape.derivative_check import Leaves, Values
from landscape.objective.differentiability import check_twice_differentiable

Middle = Callable[[Sequence[Tensor | None], bool, bool], Sequence[Tensor | None]]


@dataclass(frozen=True)
class Link:
    """The inner part of one batch: the tensors z, which depend on the parameters, and products with M.

    Attributes
    ----------
    tensors : list of Tensor
    middle : callable
        From a tensor like each z (None for zeros), whether graphs are kept, and whether the tensors have a leading
        dimension more, for a block of vectors, to M times them.
    slopes : list of Tensor or None
        The gradient by each z of what M is the Hessian of, where there is such a function.
    """

    tensors: list[Tensor]
    middle: Middle
    slopes: Sequence[Tensor | None] = ()


def link_field(name: str, link: Link, leaves: Leaves, direction: Sequence[Tensor] | None) -> Values:
    """Return the tensors z of a link, and with a direction v the products J v, to be compared with central differences."""
    tensors = [t.detach() for t in link.tensors]
    entries = [f"tensor {i}" for i in range(len(tensors))]
    if direction is None:
        return Values([name], [entries], [tensors], None)
    claimed = [torch.zeros_like(t) for t in tensors]
    rows = [t for t in link.tensors if t.requires_grad]
    free = tuple(torch.zeros_like(t, requires_grad=True) for t in rows)
    inputs = tuple(leaves.values())
    parts = (
        torch.autograd.grad(rows, inputs, free, create_graph=True, allow_unused=True, retain_graph=True) if rows else ()
    )
    pairs = [(part, v) for part, v in zip(parts, direction, strict=False) if part is not None and part.requires_grad]
    if pairs:
        check_twice_differentiable(rows[0], parts)
        forward = torch.autograd.grad([p for p, _ in pairs], free, [v for _, v in pairs], allow_unused=True)
        found = iter(forward)
        claimed = [
            zero if not t.requires_grad or (column := next(found)) is None else column
            for t, zero in zip(link.tensors, claimed, strict=True)
        ]
    return Values([name], [entries], [tensors], [claimed])


class JacobianProduct:
    """Products with J^T M J of one batch; J is held as the graph of J^T u for a free u."""

    def __init__(self, link: Link, leaves: Mapping[str, Tensor], *, check: bool) -> None:
        self._leaves = tuple(leaves.values())
        self._middle = link.middle
        self._connected = [tensor.requires_grad for tensor in link.tensors]
        self._rows = [tensor for tensor in link.tensors if tensor.requires_grad]
        # J^T u is linear in u, but not everywhere is it computed so: logcumsumexp takes logarithms of u, and at 0 its
        # derivative by u would be 0.
        self._free = tuple(torch.ones_like(tensor, requires_grad=True) for tensor in self._rows)
        parts: tuple[Tensor | None, ...] = ()
        if self._rows:
            parts = torch.autograd.grad(self._rows, self._leaves, self._free, create_graph=True, allow_unused=True)
            if check:
                check_twice_differentiable(self._rows[0], parts)
        self._transposed = [(i, part) for i, part in enumerate(parts) if part is not None and part.requires_grad]

    def product(self, parts: tuple[Tensor, ...], *, keep: bool, block: bool = False) -> Tensor:
        """Return the flat product with a vector given in parts, one per parameter, or with `block` a stack of them."""
        back: tuple[Tensor | None, ...] = (None,) * len(self._leaves)
        pairs = self._inner(parts, keep, block) if self._transposed else []
        if pairs:
            rows, weights = [row for row, _ in pairs], [weight for _, weight in pairs]
            back = batched_grad(rows, self._leaves, weights, keep, block)
        return joined(back, self._leaves, (len(parts[0]),) if block else ())

    def _inner(self, parts: tuple[Tensor, ...], keep: bool, block: bool) -> list[tuple[Tensor, Tensor]]:
        """Return the tensors z, each with its share of M J v, where there is one."""
        slopes, vectors = [part for _, part in self._transposed], [parts[i] for i, _ in self._transposed]
        forward = iter(batched_grad(slopes, self._free, vectors, keep, block))
        columns = self._middle([next(forward) if here else None for here in self._connected], keep, block)
        inner = [column for column, here in zip(columns, self._connected, strict=True) if here]
        return [(row, column) for row, column in zip(self._rows, inner, strict=True) if column is not None]
