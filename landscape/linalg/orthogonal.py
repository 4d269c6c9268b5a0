"""Gram-Schmidt: remove from vectors their components along an orthonormal basis.

Entries of the vectors may be spread over ranks. Long vectors are rows, worked on slab by slab: the sums over a slab are
taken in the vectors' precision and added in float64, because a float32 sum over ten million entries is good to three
digits only; and nothing of the vectors' length is allocated.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

FloatsOrTensor = TypeVar("FloatsOrTensor", Tensor, NDArray[np.float64])

_SLAB = {"cpu": 2**16}
_SLAB_ON_DEVICE = 2**22
_SHORT = 2**10

Sum = Callable[[Tensor], Tensor]
"""Adds partial sums over vector entries from all ranks, such as `SymmetricOperator.sum_over_ranks`."""


def project_out_(vectors: Tensor, basis: Tensor, total: Sum | None = None) -> Tensor:
    """Subtract from vectors, in place, their components along an orthonormal basis, twice; return the components.

    The second pass removes what rounding left in the first; two are enough (Kahan and Parlett, in Parlett 1980, The
    Symmetric Eigenvalue Problem, section 6.9).

    Parameters
    ----------
    vectors : Tensor, shape (n,), (n, b) or (c, n, b)
        A vector or columns; or c such matrices, each with its own basis.
    basis : Tensor, shape (n, k) or (c, n, k)
        Orthonormal columns.
    total : callable, optional

    Returns
    -------
    Tensor, shape (k,), (k, b) or (c, k, b)
    """
    parts = []
    for _ in range(2):
        part = basis.mT @ vectors
        part = part if total is None else total(part)
        vectors -= basis @ part
        parts.append(part)
    return parts[0] + parts[1]


def slabs(like: Tensor, length: int) -> Iterator[slice]:
    """Iterate over slices of vectors' entries that stay in the caches of the device of `like`."""
    step = _SLAB.get(like.device.type, _SLAB_ON_DEVICE)
    return (slice(start, start + step) for start in range(0, length, step))


def row_products(blocks: list[Tensor], rows: Tensor) -> Tensor:
    """Return the inner products of the rows of some matrices with rows, in float64.

    Parameters
    ----------
    blocks : list of Tensor, shape (m_i, n)
    rows : Tensor, shape (b, n)

    Returns
    -------
    Tensor, shape (sum of m_i, b)
    """
    sums = rows.new_zeros((sum(block.shape[0] for block in blocks), rows.shape[0]), dtype=torch.float64)
    for slab in slabs(rows, rows.shape[1]):
        _add_products(sums, blocks, slab, rows[:, slab])
    return sums


def square_norms(rows: Tensor) -> Tensor:
    """Return the squared norms of rows of shape (b, n) in float64, where no square of an entry vanishes."""
    sums = rows.new_zeros(rows.shape[0], dtype=torch.float64)
    for slab in slabs(rows, rows.shape[1]):
        _add_squares(sums, rows[:, slab])
    return sums


def subtract_rows_(rows: Tensor, blocks: list[Tensor], coefficients: Tensor) -> None:
    """Subtract from rows (b, n), in place, combinations of the rows of matrices; `coefficients` are (all rows, b)."""
    factors = coefficients.split([block.shape[0] for block in blocks])
    for slab in slabs(rows, rows.shape[1]):
        _subtract(rows[:, slab], blocks, slab, factors)


def project_out_rows_(rows: Tensor, blocks: list[Tensor], total: Sum) -> tuple[Tensor, Tensor]:
    """Subtract from rows, in place, their components along the orthonormal rows of some matrices.

    Where that leaves a row less than half of its squared norm, what rounding left along the basis matters, and it is
    done again; twice is enough (Kahan and Parlett, in Parlett 1980, The Symmetric Eigenvalue Problem, section 6.9).

    Parameters
    ----------
    rows : Tensor, shape (b, n)
    blocks : list of Tensor, shape (m_i, n)
    total : callable

    Returns
    -------
    components : Tensor, shape (sum of m_i, b)
        In float64.
    squares : Tensor, shape (b,)
        Squared norms of what is left, in float64.
    """
    components, squares = project_out_once_(rows, blocks, total)
    if components.shape[0] and bool(shortened(components, squares).cpu().any()):
        more, squares = project_out_once_(rows, blocks, total)
        components = components + more
    return components, squares


def shortened(components: FloatsOrTensor, squares: FloatsOrTensor) -> FloatsOrTensor:
    """Return which rows have lost so much of their squared norms that they are to be orthogonalised again."""
    return (components**2).sum(0) > squares


def project_out_once_(
    rows: Tensor, blocks: list[Tensor], total: Sum, known: tuple[list[Tensor], Tensor] | None = None
) -> tuple[Tensor, Tensor]:
    """Do it once, without waiting for the device; see `project_out_rows_`.

    `known` are rows and their coefficients (all rows, b) to be subtracted before, in the same pass through memory; they
    are no part of the components returned.
    """
    blocks = [block for block in blocks if block.shape[0]]
    components = rows.new_zeros((sum(block.shape[0] for block in blocks), rows.shape[0]), dtype=torch.float64)
    given, factors = ([], []) if known is None else (known[0], known[1].split([block.shape[0] for block in known[0]]))
    for slab in slabs(rows, rows.shape[1]):
        part = rows[:, slab]
        _subtract(part, given, slab, factors)
        _add_products(components, blocks, slab, part)
    components = total(components)
    factors = components.to(rows.dtype).split([block.shape[0] for block in blocks])
    squares = rows.new_zeros(rows.shape[0], dtype=torch.float64)
    for slab in slabs(rows, rows.shape[1]):
        part = rows[:, slab]
        _subtract(part, blocks, slab, factors)
        _add_squares(squares, part)
    return components, total(squares)


def _add_products(sums: Tensor, blocks: list[Tensor], slab: slice, part: Tensor) -> None:
    products = [_products(block[:, slab], part) for block in blocks]
    if products:
        sums += products[0] if len(products) == 1 else torch.cat(products)


def _products(block: Tensor, part: Tensor) -> Tensor:
    """Return block part^T. On a CPU partial sums are short: in long ones, large terms swamp the others."""
    if part.dtype.itemsize == 2:
        block, part = block.float(), part.float()
    length = part.shape[1]
    if length < 16 * _SHORT or part.device.type != "cpu" or part.dtype == torch.float64:
        return torch.mv(block, part[0])[:, None] if part.shape[0] == 1 else block @ part.T
    cut = length - length % _SHORT
    pieces = block[:, :cut].unflatten(1, (-1, _SHORT)).permute(1, 2, 0)
    sums = torch.bmm(part[:, :cut].unflatten(1, (-1, _SHORT)).transpose(0, 1), pieces).sum(0, dtype=torch.float64).T
    return sums + block[:, cut:] @ part[:, cut:].T if cut < length else sums


def _add_squares(sums: Tensor, part: Tensor) -> None:
    exact = part.double()
    sums += torch.dot(exact[0], exact[0]) if part.shape[0] == 1 else torch.linalg.vecdot(exact, exact)


def _subtract(part: Tensor, blocks: list[Tensor], slab: slice, factors: Sequence[Tensor]) -> None:
    for block, factor in zip(blocks, factors, strict=True):
        if part.shape[0] == 1:
            part[0].addmv_(block[:, slab].T, factor[:, 0], alpha=-1)
        else:
            part.addmm_(factor.T, block[:, slab], alpha=-1)
