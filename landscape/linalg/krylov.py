"""A Krylov space, kept as an orthonormal basis and the coefficients of its matrix-vector products (matvecs).

For the orthonormal rows V of the basis the matvecs are W = V H = A V + C^T R: A has their components in the space, and
the rows of R, the residual block, span what is outside of it, from which the space is expanded. The matvecs themselves
are not kept. The projected matrix T, which is A made symmetric, gives Ritz values. One vector at a time that is
Lanczos' method, several residual rows make it band or block Lanczos (Ruhe 1979, Math. Comp. 33; Golub & Underwood
1977). A restart replaces the basis by Ritz vectors and A and C by the corresponding combinations, which keeps every
relation (thick restart, Wu & Simon 2000, SIAM J. Matrix Anal. Appl. 22, 602).

Orthogonalisation is full. From a matvec its large components are subtracted first: those that the matvecs before it
predict by symmetry, and those along its own vectors. What remains is orthogonalised against the whole basis, once more
only where that has shortened it much (`landscape.linalg.orthogonal`).
"""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from landscape._common.interrupts import uninterrupted
from landscape.linalg.eigenproblem import Floats, Problem
from landscape.linalg.orthogonal import (
    project_out_once_,
    project_out_rows_,
    row_products,
    shortened,
    slabs,
    square_norms,
    subtract_rows_,
)

_CHUNK_BYTES = 2**26


class Rows:
    """Vectors stored as rows of matrices that are allocated as needed, so that nothing is copied when more are added.

    A vector is written where it stays: `reserve` hands out memory of the next rows, `keep` counts them in.
    """

    def __init__(self, length: int, dtype: torch.dtype, device: torch.device) -> None:
        self._length, self._dtype, self._device = length, dtype, device
        self._chunks: list[Tensor] = []
        self._filled: list[int] = []
        # Memory that is not written to is not taken on a CPU.
        least = 16 if device.type == "cpu" else 4
        self._rows = max(least, min(_CHUNK_BYTES // max(length * dtype.itemsize, 1), 512))

    @property
    def count(self) -> int:
        """Number of rows."""
        return sum(self._filled)

    def reserve(self, count: int) -> Tensor:
        """Return memory for the next rows, as a matrix of shape (count, length)."""
        if not self._chunks or self._filled[-1] + count > len(self._chunks[-1]):
            rows = max(self._rows, count)
            self._chunks.append(torch.empty((rows, self._length), dtype=self._dtype, device=self._device))
            self._filled.append(0)
        begin = self._filled[-1]
        return self._chunks[-1][begin : begin + count]

    def keep(self, count: int) -> None:
        """Count the first rows of the memory that was reserved last in."""
        self._filled[-1] += count

    def append(self, rows: Tensor) -> None:
        """Copy rows to the end."""
        self.reserve(len(rows)).copy_(rows)
        self.keep(len(rows))

    def blocks(self, begin: int = 0, reserved: int = 0) -> list[Tensor]:
        """Return the rows from `begin` on as matrices, without a copy; with some of those that were reserved last."""
        parts = []
        filled_rows = [*self._filled[:-1], *(filled + reserved for filled in self._filled[-1:])]
        for chunk, filled in zip(self._chunks, filled_rows, strict=True):
            if begin < filled:
                parts.append(chunk[begin:filled])
            begin = max(begin - filled, 0)
        return parts

    def combine(self, weights: Floats) -> Tensor:
        """Return combinations of the rows with weights of shape (count, c), as c rows."""
        rows = torch.zeros((weights.shape[1], self._length), dtype=self._dtype, device=self._device)
        subtract_rows_(rows, self.blocks(), -self._on_device(weights))
        return rows

    def rotate(self, weights: Floats) -> None:
        """Replace the rows by combinations of them, slab by slab, without a second copy."""
        factors = self._on_device(weights.T)
        blocks = self.blocks()
        left, filled = weights.shape[1], []
        for chunk in self._chunks:
            filled.append(min(left, len(chunk)))
            left -= filled[-1]
        for slab in slabs(factors, self._length):
            new = factors @ torch.cat([block[:, slab] for block in blocks])
            for chunk, part in zip(self._chunks, new.split(filled), strict=True):
                chunk[: len(part), slab] = part
        self._chunks = [chunk for chunk, count in zip(self._chunks, filled, strict=True) if count]
        self._filled = [count for count in filled if count]

    def _on_device(self, numbers: Floats) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(numbers)).to(self._device, self._dtype)


class Krylov:
    """The space with its projected matrix and residual block; see the module.

    Attributes
    ----------
    basis : Rows
        V.
    projected : ndarray, shape (m, m)
        T, symmetric.
    components : ndarray, shape (m, m)
        A: row i has the components of the matvec of basis vector i.
    residual_block : Tensor, shape (q, local_size)
        R.
    coupling : ndarray, shape (q, m)
        C.
    gram : ndarray, shape (q, q)
        Inner products of the residual block's rows.
    dropped : ndarray, shape (m, m)
        Inner products of what restarts have dropped from the matvecs: the part of A without symmetry that leads out of
        the vectors kept, which is rounding.
    negligible : ndarray, shape (m, m)
        Inner products of the parts of the matvecs in the rows dropped as negligible. No step could lessen them, so
        `ritz` leaves them out and `matvecs` counts them.
    asymmetry : float
        Largest |u^T H v - v^T H u| seen between vectors of the basis; it comes without further products.
    """

    def __init__(self, problem: Problem) -> None:
        operator = problem.operator
        self._problem = problem
        self.basis = Rows(operator.local_size, operator.dtype, operator.device)
        self.projected = np.zeros((0, 0))
        self.components = np.zeros((0, 0))
        self.residual_block = torch.empty((0, operator.local_size), dtype=operator.dtype, device=operator.device)
        self.coupling = np.zeros((0, 0))
        self.gram = np.zeros((0, 0))
        self.dropped = np.zeros((0, 0))
        self.negligible = np.zeros((0, 0))
        self.asymmetry = 0.0
        self._orthogonal_from = 0  # the residual rows from here on are orthogonal to the basis to rounding

    @property
    def size(self) -> int:
        """Dimension of the space."""
        return len(self.projected)

    def ritz(self) -> tuple[Floats, Floats, Floats]:
        """Return Ritz values in ascending order, their weights (columns) and the norms of their residuals."""
        values, weights = np.linalg.eigh(self.projected)
        outside = self.coupling @ weights
        squares = np.einsum("ik,ij,jk->k", outside, self.gram, outside)
        return values, weights, np.sqrt(np.maximum(squares + _squares(self.dropped, weights), 0.0))

    def matvecs(self, weights: Floats) -> tuple[Tensor, Floats]:
        """Return the matvecs of combinations of the basis, weights of shape (m, c), as c rows.

        With them come the norms of what was dropped from them, at restarts and as negligible.
        """
        rows = self.basis.combine(self.components.T @ weights)
        outside = torch.from_numpy(self.coupling @ weights).to(rows)
        subtract_rows_(rows, [self.residual_block], -outside)
        return rows, np.sqrt(np.maximum(_squares(self.dropped + self.negligible, weights), 0.0))

    def aim(self, weights: Floats) -> int:
        """Return the residual row with most of a Ritz vector's residual, replaced by it where rounding allows."""
        if len(self.residual_block) == 1:
            return 0
        aim = self.coupling @ weights
        pivot = int(np.argmax(np.abs(aim) * np.sqrt(np.diag(self.gram))))
        if abs(aim[pivot]) <= self._problem.eps**0.5 * np.abs(self.coupling[pivot]).max():
            return pivot  # a residual so small is rounding in part, which the division below would blow up
        row = torch.from_numpy(aim).to(self.residual_block) @ self.residual_block
        old = self.coupling[pivot] / aim[pivot]
        change = np.eye(len(self.residual_block))
        change[pivot] = aim
        with uninterrupted():
            self.residual_block[pivot] = row
            self.coupling -= np.outer(aim, old)
            self.coupling[pivot] = old
            self.gram = change @ self.gram @ change.T
            self._orthogonal_from = len(self.residual_block)
        return pivot

    def orthonormalize(self, rows: Tensor, floor: float, consumed: list[int] | None = None) -> tuple[Tensor, list[int]]:
        """Return rows orthonormalised against the basis and each other, and the indices of those that were independent.

        They are written where they will stay once `expand` or `adopt` takes them. A row whose independent part has norm
        at most `floor` is left out. A single row counts as independent. The first rows may be those of the residual
        block with indices `consumed`, which are orthogonal to the basis if they come from the last matvecs.
        """
        problem = self._problem
        own = self.basis.reserve(len(rows))
        orthogonal = [i >= self._orthogonal_from for i in consumed or ()]
        orthogonal += [False] * (len(rows) - len(orthogonal))
        if orthogonal == [True] and consumed:  # no waiting for the device
            norm = float(self.gram[consumed[0], consumed[0]]) ** 0.5
            torch.mul(rows, 1 / max(norm, np.finfo(float).tiny), out=own)
            return own, [0]
        against = [problem.deflated, *self.basis.blocks()]
        kept: list[int] = []
        for i, row in enumerate(rows):
            units, unit = own[: len(kept)], own[len(kept) : len(kept) + 1]
            unit.copy_(row[None])
            others = [units] if orthogonal[i] else [*against, units]
            components, square = project_out_rows_(unit, others, problem.sum)
            numbers = torch.stack([square[0], components.square().sum()]).cpu().numpy()
            if len(rows) > 1 and numbers[0] <= floor**2:
                continue
            unit *= square.clamp_min(torch.finfo(torch.float64).tiny).rsqrt().to(unit.dtype)
            if numbers[1] > numbers[0]:
                # The division amplifies what is left along the basis: once more, now with a unit vector.
                _, square = project_out_rows_(unit, [*against, units], problem.sum)
                unit *= square.rsqrt().to(unit.dtype)
            kept.append(i)
        return own[: len(kept)], kept

    def expand(self, units: Tensor, consumed: list[int]) -> None:
        """Add orthonormal rows and their matvecs; the residual rows they were made of are consumed."""
        self.adopt(units, self._problem.multiply(units), consumed)

    def adopt(self, units: Tensor, matvecs: Tensor, consumed: list[int]) -> None:
        """Add orthonormal rows whose matvecs are known, and may be overwritten."""
        problem = self._problem
        with uninterrupted():
            m, b, q = self.size, len(units), len(self.residual_block)
            stored = self.basis.reserve(b)
            if units.data_ptr() != stored.data_ptr():
                stored.copy_(units)
            units = stored
            coupling = self.coupling.reshape(q, m)
            if b == q == len(consumed) == 1:  # the unit vector is the residual, over its norm
                shares = torch.from_numpy(np.sqrt(self.gram)).to(units.device)
            else:
                shares = problem.sum(row_products([self.residual_block], units))
            sums = problem.sum(row_products([matvecs, units], matvecs))
            known = torch.cat([torch.from_numpy(coupling.T.copy()).to(units.device) @ shares, sums[b:]])
            used = coupling.any(axis=0)
            first = int(used.argmax()) if used.any() else m
            every = [problem.deflated, *self.basis.blocks(reserved=b)]
            taken = self.basis.blocks(first, reserved=b), known[first:].to(units.dtype)
            found, squares = project_out_once_(matvecs, every, problem.sum, taken)
            kept = [i for i in range(q) if i not in consumed]
            rest = self.residual_block[kept]
            if kept:
                subtract_rows_(rest, [units], shares[kept].T.to(units.dtype))
            parts = sums[:b], known, found
            numbers, gram = self._fetch(parts, rest, matvecs, squares)
            problem.observe(np.sqrt(np.diag(numbers[0])))
            _, columns, components = numbers
            predicted = columns[:m].copy()
            columns += components[len(problem.deflated) :]
            if shortened(components, np.diag(gram)[len(kept) :]).any():
                found, squares = project_out_once_(matvecs, every, problem.sum)
                (components,), gram = self._fetch((found,), rest, matvecs, squares)
                columns += components[len(problem.deflated) :]
            inner = columns[m:]
            differences = np.abs(columns[:m] - predicted).max(initial=0.0), np.abs(inner - inner.T).max()
            self.asymmetry = max(self.asymmetry, *map(float, differences))

            self.basis.keep(b)
            self.residual_block = torch.cat([rest, matvecs]) if kept else matvecs
            self.gram, self._orthogonal_from = gram, len(kept)
            self.coupling = np.zeros((len(kept) + b, m + b))
            self.coupling[: len(kept), :m] = coupling[kept]
            self.coupling[len(kept) :, m:] = np.eye(b)
            self.components = _bordered(self.components, predicted, columns[:m].T, inner.T)
            self.projected = _bordered(self.projected, columns[:m], columns[:m].T, (inner + inner.T) / 2)
            self.dropped = _bordered(self.dropped, 0.0, 0.0, 0.0, added=b)
            self.negligible = _bordered(self.negligible, 0.0, 0.0, 0.0, added=b)

    def _fetch(
        self, parts: tuple[Tensor, ...], rest: Tensor, matvecs: Tensor, squares: Tensor
    ) -> tuple[list[Floats], Floats]:
        """Return numbers of a step and the inner products of the residual rows; this waits for the device, once."""
        count = len(rest) + len(matvecs)
        if count == 1:
            gram = squares[:, None]
        else:
            blocks = [rest, matvecs]
            products = [row_products(blocks, rows) for rows in blocks]
            norms = torch.cat([square_norms(rows) for rows in blocks])
            gram = torch.cat(products, dim=1)
            gram.diagonal().copy_(norms)
            gram = self._problem.sum(gram)
        numbers = torch.cat([part.flatten() for part in (*parts, gram)]).cpu().numpy()
        *arrays, last = np.split(numbers, np.cumsum([part.numel() for part in parts]))
        shaped = [array.reshape(part.shape) for array, part in zip(arrays, parts, strict=True)]
        return shaped, last.reshape(count, count)

    def drop_negligible_residuals(self, floor: float) -> bool:
        """Drop residual rows of norm at most `floor`, which are rounding; return whether there were any."""
        kept = np.flatnonzero(np.diag(self.gram) > floor**2)
        if len(kept) < len(self.residual_block):
            left = np.setdiff1d(np.arange(len(self.residual_block)), kept)
            with uninterrupted():
                self.negligible += self.coupling[left].T @ self.gram[np.ix_(left, left)] @ self.coupling[left]
                self.residual_block = self.residual_block[torch.from_numpy(kept).to(self.residual_block.device)]
                self.coupling, self.gram = self.coupling[kept], self.gram[np.ix_(kept, kept)]
                self._orthogonal_from = int((kept < self._orthogonal_from).sum())
            return True
        return False

    def restart(self, values: Floats, weights: Floats) -> None:
        """Keep the given Ritz vectors (columns of weights) only."""
        with uninterrupted():
            self.basis.rotate(weights)
            along = weights.T @ self.components
            self.components = along @ weights
            leaving = along - self.components @ weights.T
            self.dropped = weights.T @ self.dropped @ weights + leaving @ leaving.T
            self.negligible = weights.T @ self.negligible @ weights
            self.projected = np.diag(values)
            self.coupling = self.coupling @ weights


def _squares(products: Floats, weights: Floats) -> Floats:
    """Return the squared norms of combinations of vectors (columns of weights) with such inner products."""
    squares: Floats = np.einsum("ik,ij,jk->k", weights, products, weights)
    return squares


def _bordered(old: Floats, right: Any, below: Any, corner: Any, added: int = 0) -> Floats:
    """Return a square matrix with more rows and columns."""
    m = len(old)
    new = np.zeros((m + (added or len(corner)),) * 2)
    new[:m, :m], new[:m, m:], new[m:, :m], new[m:, m:] = old, right, below, corner
    return new
