"""Exact Hessian-vector products of an objective.

Reverse over reverse (Pearlmutter 1994, "Fast exact multiplication by the Hessian"): differentiate the gradient's dot
product with the vector. It works for every layer that PyTorch can differentiate twice, LSTM included, where
forward-over-reverse does not.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from landscape.curvature._hvp.batch_product import BatchProduct, batched_grad, joined
from landscape.curvature._hvp.traced import BuildAt, TracedProduct
from landscape.curvature.derivative_check import Field, loss_field
from landscape.curvature.operator import CurvatureOperator
from landscape.linalg.operator import SymmetricOperator
from landscape.objective.data import Batch
from landscape.objective.differentiability import check_twice_differentiable
from landscape.objective.interface import ObjectiveLike
from landscape.objective.objective import Objective
from landscape.objective.validation import expect_objective


class HessianOperator(CurvatureOperator):
    """The Hessian of an objective at its parameters, as a symmetric linear operator.

    Parameters
    ----------
    objective : Objective
    memory_budget : int, optional
        Bytes for graphs kept between products; see `CurvatureOperator`.
    route : {"auto", "rewritten", "plain", "compiled"}
        Whether layers are rewritten for cheaper second derivatives, and products compiled; see `CurvatureOperator`.
    cuda_graphs : bool
        Whether products on a GPU are captured as CUDA graphs; see `CurvatureOperator`.

    Notes
    -----
    Parameters that the loss does not use have zero rows.

    Examples
    --------
    >>> with ls.HessianOperator(loss) as H:
    ...     u, v = torch.randn(2, H.size)
    ...     symmetric = torch.allclose(u @ H.matvec(v), v @ H.matvec(u), atol=1e-5)
    >>> H.size, H.products, symmetric
    (67, 2, True)
    """

    def protocol(self) -> dict[str, Any]:
        """Return the objective's protocol and how products are taken (JSON-able)."""
        return super().protocol() | {"operator": "Hessian"}

    def gradient(self) -> Tensor:
        """Return the gradient of the objective as a flat vector.

        It costs a graph of the gradient, which the products then go through if it is kept.
        """
        return self._pass(self._sum_gradients)

    def _field(self) -> Field:
        return loss_field

    def _sum_gradients(self, matrices: Iterable[tuple[BatchProduct, float]]) -> Tensor:
        leaves = tuple(p.detach() for p in self._leaves.values())
        total = self.objective.l2 * joined(leaves, leaves, ()).double()
        for matrix, weight in matrices:
            assert isinstance(matrix, (_Gradient, TracedProduct))
            total.add_(matrix.gradient(), alpha=weight)
        return total.to(self.dtype)

    def _build(self, model: nn.Module, batch: Batch, position: int) -> BatchProduct:
        return _Gradient(self.objective, model, batch, self._leaves, check=position == 0)

    def _build_at(self) -> BuildAt | None:
        return partial(_Gradient, self.objective, check=False)


class _Gradient:
    """The gradient of one batch's loss, with its graph."""

    def __init__(
        self, objective: Objective, model: nn.Module, batch: Batch, leaves: Mapping[str, Tensor], check: bool
    ) -> None:
        self._leaves = tuple(leaves.values())
        loss = objective.loss(model, batch)
        gradient: tuple[Tensor | None, ...] = ()
        if loss.requires_grad:
            gradient = torch.autograd.grad(loss, self._leaves, create_graph=True, allow_unused=True)
        self._gradient = gradient or (None,) * len(self._leaves)
        if check:
            check_twice_differentiable(loss, gradient)
        # Parts that are constant in the parameters have no graph and no share in the Hessian.
        self._curved = [(i, g) for i, g in enumerate(gradient) if g is not None and g.requires_grad]

    @property
    def outputs(self) -> list[Tensor]:
        """The entries of the gradient that depend on the parameters."""
        return [g for _, g in self._curved]

    def gradient(self) -> Tensor:
        """Return the gradient of this batch's loss as a flat vector."""
        return joined(self._gradient, self._leaves, ()).detach()

    def gradient_parts(self) -> tuple[Tensor | None, ...]:
        """Return the gradient, one entry per parameter; None for zeros."""
        return self._gradient

    def product(self, parts: tuple[Tensor, ...], *, keep: bool, block: bool = False) -> Tensor:
        """Return the flat product of this batch's Hessian with a vector given in parts, one per parameter."""
        rows = self.product_parts(parts, keep=keep, block=block)
        return joined(rows, self._leaves, (len(parts[0]),) if block else ())

    def product_parts(
        self, parts: tuple[Tensor, ...], *, keep: bool = False, block: bool = False
    ) -> tuple[Tensor | None, ...]:
        """Return the product in parts; None for zeros."""
        if not self._curved:
            return (None,) * len(self._leaves)
        slopes, vectors = [g for _, g in self._curved], [parts[i] for i, _ in self._curved]
        return batched_grad(slopes, self._leaves, vectors, keep, block)


@contextmanager
def operator_of(objective: Objective | SymmetricOperator) -> Iterator[SymmetricOperator]:
    """Yield the Hessian of an objective, freed on leaving, or a given operator itself."""
    if isinstance(objective, ObjectiveLike):
        with HessianOperator(objective) as hessian:
            yield hessian
    else:
        if not isinstance(objective, SymmetricOperator):
            expect_objective(objective)
        yield objective
