"""Random probe vectors of the stochastic estimators, their products in blocks, and dot products in float64."""

import functools
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm.auto import tqdm

from landscape._common.errors import CannotMeasureError
from landscape._common.interrupts import uninterrupted
from landscape._common.precision import ieee_arithmetic
from landscape._common.random import cpu_generator
from landscape.linalg.operator import Probe, SymmetricOperator, moderate_unit
from landscape.linalg.orthogonal import project_out_

BLOCK = 8  # vectors that share a pass over the data: more take more memory, and hardly less time
_ROWS = 2**20  # entries of a vector turned to float64 at a time


class Prober:
    """Random vectors and their products with one matrix, counted and shown on a bar."""

    def __init__(
        self,
        operator: SymmetricOperator,
        seed: Any,
        *,
        total: int,
        label: str,
        progress: bool,
        rescales: bool = False,
    ) -> None:
        self.operator = operator
        self.generator = cpu_generator(seed)
        self.products = 0
        self._unit = None if rescales else 1.0
        self.interrupted = False  # by Ctrl-C, of which an estimate of what was finished is made
        self._bar = tqdm(total=total, desc=label, unit="product", disable=not (progress and operator.shows_progress))

    def __enter__(self) -> Self:
        self._scope = ExitStack()
        self._scope.enter_context(ieee_arithmetic(self.operator.device))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._scope.close()
        self._bar.close()

    def show(self, samples: NDArray[np.float64]) -> None:
        """Show the mean of the samples so far and its standard error on the bar."""
        if not self._bar.disable and len(samples) > 1:
            error = samples.std(ddof=1) / np.sqrt(len(samples))
            self._bar.set_postfix(
                value=f"{samples.mean() * self.unit:.6g}", error=f"{error * self.unit:.2g}", refresh=False
            )

    @property
    def unit(self) -> float:
        """Unit of the products: 1, or a power of two where their squares would overflow or vanish."""
        return self._unit or 1.0

    def _scaled(self, matvecs: Tensor) -> Tensor:
        if self._unit is None:
            self._unit = moderate_unit(self.operator, matvecs)
        return matvecs if self.unit == 1 else matvecs / self.unit

    @property
    def eps(self) -> float:
        """Machine epsilon of the vectors."""
        return self.operator.rounding

    def draw(self, count: int, kind: Probe) -> Tensor:
        """Draw independent vectors as the columns of a (local_size, count) matrix."""
        return torch.stack([self.operator.probe(self.generator, kind) for _ in range(count)], dim=1)

    def multiply(self, vectors: Tensor) -> Tensor:
        """Product with the columns of a matrix, a block at a time.

        Raises
        ------
        ValueError
            If a product is not finite.
        """
        matvecs = self.multiply_finished(vectors)
        if self.interrupted:
            raise KeyboardInterrupt
        return matvecs

    def multiply_finished(self, vectors: Tensor) -> Tensor:
        """Product with the columns of a matrix.

        After Ctrl-C, which sets `interrupted`, with those of the finished blocks.

        Raises
        ------
        ValueError
            If a product is not finite.
        """
        matvecs, done = torch.empty_like(vectors), 0
        try:
            for start in range(0, vectors.shape[1], BLOCK):
                block = vectors[:, start : start + BLOCK]
                matvecs[:, start : start + BLOCK] = product = self._scaled(self.operator.matmat(block))
                check_finite(self.operator.sum_over_ranks(product.double().sum(dim=0)), self.operator)
                with uninterrupted():
                    done += block.shape[1]
                    self.products += block.shape[1]
                    self._bar.update(block.shape[1])
        except KeyboardInterrupt:
            self.interrupted = True
        return matvecs[:, :done]

    def multiply_one(self, vector: Tensor) -> Tensor:
        """Product with one vector of shape (local_size,).

        Raises
        ------
        ValueError
            If the product is not finite.
        """
        product = self._scaled(self.operator.matvec(vector))
        self.products += 1
        self._bar.update()
        check_finite(self.operator.sum_over_ranks(product.double().sum()), self.operator)
        return product

    def dots(self, left: Tensor, right: Tensor) -> Tensor:
        """Dot products of corresponding columns, (count,) in float64 on the CPU."""
        parts = zip(left.split(_ROWS), right.split(_ROWS), strict=True)
        sums = [(a.double() * b.double()).sum(dim=0) for a, b in parts]
        return self.operator.sum_over_ranks(functools.reduce(torch.add, sums)).cpu()

    def gram(self, left: Tensor, right: Tensor) -> Tensor:
        """Dot products of all columns, left^T right, in float64 on the CPU."""
        parts = zip(left.split(_ROWS), right.split(_ROWS), strict=True)
        sums = [a.double().T @ b.double() for a, b in parts]
        return self.operator.sum_over_ranks(functools.reduce(torch.add, sums)).cpu()

    def orthonormal(self, vectors: Tensor) -> Tensor:
        """Orthonormal basis of the columns' span, (local_size, rank): Gram-Schmidt, each column twice.

        Columns that depend on those before them, to rounding, are left out.
        """
        basis = torch.empty_like(vectors)
        rank = 0
        for column in vectors.unbind(1):
            before = self._norm(column)
            remainder = column.clone()
            project_out_(remainder, basis[:, :rank], self.operator.sum_over_ranks)
            after = self._norm(remainder)
            if after > 100 * self.eps * before:
                # The division amplifies what is left along the basis: project the unit vector once more.
                remainder /= after
                project_out_(remainder, basis[:, :rank], self.operator.sum_over_ranks)
                basis[:, rank] = remainder / self._norm(remainder)
                rank += 1
        return basis[:, :rank]

    def _norm(self, vector: Tensor) -> float:
        return float(self.dots(vector[:, None], vector[:, None])[0].sqrt())


def check_finite(values: Tensor, operator: SymmetricOperator) -> None:
    """Raise ValueError unless all values computed from products are finite."""
    if not bool(torch.isfinite(values).all()):
        raise CannotMeasureError(f"A product with the matrix is not finite: {operator.why_not_finite()}.")
