"""Gram-Schmidt: remove from vectors their components along an orthonormal basis.

Entries of the vectors may be spread over ranks.
"""

from collections.abc import Callable

from torch import Tensor

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


def reject_rows(rows: Tensor, units: Tensor, total: Sum) -> Tensor:
    """Return rows minus their components along orthonormal rows: one pass, in new memory.

    Parameters
    ----------
    rows : Tensor, shape (b, n)
    units : Tensor, shape (k, n)
    total : callable
    """
    return rows - total(rows @ units.T) @ units if len(units) else rows
