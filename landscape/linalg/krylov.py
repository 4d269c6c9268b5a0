"""A Krylov space, kept as an orthonormal basis with the matrix-vector products (matvecs) of its vectors.

For the orthonormal rows V of the basis and their matvecs W = V H, the projected matrix T = V H V^T gives Ritz values,
and W - T V = C^T R is the part of the matvecs outside the space: a few rows R, the residual block, from which the space
is expanded, with known coefficients C. One vector at a time that is Lanczos' method, several residual rows make it band
or block Lanczos (Ruhe 1979, Math. Comp. 33; Golub & Underwood 1977). A restart replaces the basis by Ritz vectors and C
by the corresponding combination, which keeps every relation (thick restart, Wu & Simon 2000, SIAM J. Matrix Anal. Appl.
22, 602). All orthogonalisation is full and done twice.
"""

import numpy as np
import torch
from torch import Tensor

from landscape._common.interrupts import uninterrupted
from landscape.linalg.eigenproblem import Floats, Problem
from landscape.linalg.orthogonal import project_out_

_CHUNK = 8  # rows allocated at a time
_SLAB = 2**16  # columns rotated at a time


class Rows:
    """Vectors stored as rows of chunks that are allocated as needed, so that nothing is copied when more are added."""

    def __init__(self, length: int, dtype: torch.dtype, device: torch.device) -> None:
        self._length, self._dtype, self._device = length, dtype, device
        self._chunks: list[Tensor] = []
        self.count = 0

    def append(self, rows: Tensor) -> None:
        """Copy rows to the end."""
        for row in rows:
            if self.count == _CHUNK * len(self._chunks):
                self._chunks.append(torch.empty((_CHUNK, self._length), dtype=self._dtype, device=self._device))
            self._chunks[self.count // _CHUNK][self.count % _CHUNK] = row
            self.count += 1

    def _filled(self) -> list[Tensor]:
        return [chunk[: self.count - i * _CHUNK] for i, chunk in enumerate(self._chunks) if i * _CHUNK < self.count]

    def dot(self, rows: Tensor) -> Tensor:
        """Return the inner products of the kept rows with b rows, shape (count, b)."""
        parts = [chunk @ rows.T for chunk in self._filled()]
        return torch.cat(parts) if parts else rows.new_empty((0, len(rows)))

    def subtract(self, rows: Tensor, coefficients: Tensor) -> None:
        """Subtract combinations of the kept rows, coefficients of shape (count, b), in place."""
        for i, chunk in enumerate(self._filled()):
            rows.addmm_(coefficients[i * _CHUNK : i * _CHUNK + len(chunk)].T, chunk, alpha=-1)

    def combine(self, weights: Floats) -> Tensor:
        """Return combinations of the kept rows with weights of shape (count, c), as c rows."""
        factors = torch.from_numpy(np.ascontiguousarray(weights.T)).to(self._device, self._dtype)
        rows = torch.zeros((len(factors), self._length), dtype=self._dtype, device=self._device)
        for i, chunk in enumerate(self._filled()):
            rows.addmm_(factors[:, i * _CHUNK : i * _CHUNK + len(chunk)], chunk)
        return rows

    def rotate(self, weights: Floats) -> None:
        """Replace the rows by combinations of them, slab by slab, without a second copy."""
        factors = torch.from_numpy(np.ascontiguousarray(weights.T)).to(self._device, self._dtype)
        for start in range(0, self._length, _SLAB):
            slab = slice(start, start + _SLAB)
            new = factors @ torch.cat([chunk[:, slab] for chunk in self._filled()])
            for i, chunk in enumerate(self._chunks):
                part = new[i * _CHUNK : (i + 1) * _CHUNK]
                chunk[: len(part), slab] = part
        self.count = weights.shape[1]
        del self._chunks[-(-self.count // _CHUNK) :]


class Krylov:
    """The space with its projected matrix and residual block; see the module.

    Attributes
    ----------
    projected : ndarray, shape (m, m)
        T, symmetric.
    residual_block : Tensor, shape (q, local_size)
        R.
    coupling : ndarray, shape (q, m)
        C.
    gram : ndarray, shape (q, q)
        Inner products of the residual block's rows.
    asymmetry : float
        Largest |u^T H v - v^T H u| seen between vectors of the basis; it comes without further products.
    """

    def __init__(self, problem: Problem) -> None:
        operator = problem.operator
        self._problem = problem
        self.basis, self.matvecs = (Rows(operator.local_size, operator.dtype, operator.device) for _ in range(2))
        self.projected = np.zeros((0, 0))
        self.residual_block = torch.empty((0, operator.local_size), dtype=operator.dtype, device=operator.device)
        self.coupling = np.zeros((0, 0))
        self.gram = np.zeros((0, 0))
        self.asymmetry = 0.0

    @property
    def size(self) -> int:
        """Dimension of the space."""
        return len(self.projected)

    def ritz(self) -> tuple[Floats, Floats, Floats]:
        """Return Ritz values in ascending order, their weights (columns) and the norms of their residuals."""
        values, weights = np.linalg.eigh(self.projected)
        outside = self.coupling @ weights
        return values, weights, np.sqrt(np.maximum(np.einsum("ik,ij,jk->k", outside, self.gram, outside), 0.0))

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
        return pivot

    def orthonormalize(self, rows: Tensor, floor: float) -> tuple[Tensor, list[int]]:
        """Return rows orthonormalised against the basis and each other, and the indices of those that were independent.

        A row whose independent part has norm at most `floor` is left out. A single row counts as independent.
        """
        rows = self._outside(rows.clone(), passes=2)
        norms = self._normalize(rows)
        own = list(range(len(rows)))
        if len(rows) > 1:
            own = [i for i, norm in enumerate(norms.cpu().tolist()) if norm > floor]
            rows = rows[own]
        # The division amplifies what is left along the basis: once more, now with unit vectors.
        if len(rows):
            self._normalize(self._outside(rows, passes=1))
        return rows, own

    def _outside(self, rows: Tensor, passes: int) -> Tensor:
        deflated = self._problem.deflated
        for _ in range(passes):
            parts = self._problem.sum(torch.cat([deflated @ rows.T, self.basis.dot(rows)]))
            rows -= parts[: len(deflated)].T @ deflated
            self.basis.subtract(rows, parts[len(deflated) :])
        return rows

    def _normalize(self, rows: Tensor) -> Tensor:
        """Orthonormalise rows among each other, in place; return the norms of their independent parts."""
        norms = []
        for i, row in enumerate(rows):
            if i:
                project_out_(row, rows[:i].T, self._problem.sum)
            norms.append(self._problem.norm(row))
            row /= norms[-1].clamp_min(torch.finfo(torch.float64).tiny)
        return torch.stack(norms)

    def expand(self, units: Tensor, consumed: list[int]) -> None:
        """Add orthonormal rows and their matvecs; the residual rows they were made of are consumed."""
        self.adopt(units, self._problem.multiply(units), consumed)

    def adopt(self, units: Tensor, matvecs: Tensor, consumed: list[int]) -> None:
        """Add orthonormal rows whose matvecs are known.

        This is the only place that waits for the device: all numbers of a step come over at once.
        """
        with uninterrupted():
            m, b, q = self.size, len(units), len(self.residual_block)
            stored = self.basis.dot(matvecs), units @ matvecs.T, units @ self.residual_block.T
            norms = torch.linalg.vector_norm(matvecs, dim=1, dtype=torch.float64).square()
            first = self._problem.sum(torch.cat([norms, *(part.double().flatten() for part in stored)]))
            along, within, shares = (
                part.reshape(old.shape).to(units.dtype)
                for part, old in zip(first[b:].split([part.numel() for part in stored]), stored, strict=True)
            )
            residual_block = matvecs.clone()
            self.basis.subtract(residual_block, along)
            residual_block -= within.T @ units
            again = self._problem.sum(torch.cat([self.basis.dot(residual_block), units @ residual_block.T]))
            self.basis.subtract(residual_block, again[:m])
            residual_block -= again[m:].T @ units

            kept = [i for i in range(q) if i not in consumed]
            residual_block = torch.cat([self.residual_block[kept] - shares[:, kept].T @ units, residual_block])
            squares = torch.linalg.vector_norm(residual_block, dim=1, dtype=torch.float64).square()
            gram = self._problem.sum((residual_block @ residual_block.T).double().fill_diagonal_(0.0) + squares.diag())
            numbers = torch.cat([first, again.double().flatten(), gram.flatten()]).cpu().numpy()

            self._problem.observe(np.sqrt(numbers[:b]))
            numbers = numbers[b:]
            columns = numbers[: (m + b) * b].reshape(m + b, b)
            predicted = numbers[(m + b) * b :][: b * q].reshape(b, q) @ self.coupling.reshape(q, m)
            numbers = numbers[(m + b) * b + b * q :]
            columns = columns + numbers[: (m + b) * b].reshape(m + b, b)
            inner = columns[m:]
            differences = np.concatenate([(columns[:m].T - predicted).ravel(), (inner - inner.T).ravel()])
            self.asymmetry = max(self.asymmetry, float(np.abs(differences).max()))

            self.basis.append(units)
            self.matvecs.append(matvecs)
            self.residual_block = residual_block
            self.gram = numbers[(m + b) * b :].reshape(len(residual_block), len(residual_block))
            coupling = np.zeros((len(residual_block), m + b))
            coupling[: len(kept), :m] = self.coupling.reshape(q, m)[kept]
            coupling[len(kept) :, m:] = np.eye(b)
            self.coupling = coupling
            self.projected = np.block([[self.projected, columns[:m]], [columns[:m].T, (inner + inner.T) / 2]])

    def drop_negligible_residuals(self, floor: float) -> bool:
        """Drop residual rows of norm at most `floor`, which are rounding; return whether there were any."""
        kept = np.flatnonzero(np.diag(self.gram) > floor**2)
        if len(kept) < len(self.residual_block):
            self.residual_block = self.residual_block[torch.from_numpy(kept).to(self.residual_block.device)]
            self.coupling, self.gram = self.coupling[kept], self.gram[np.ix_(kept, kept)]
            return True
        return False

    def restart(self, values: Floats, weights: Floats) -> None:
        """Keep the given Ritz vectors (columns of weights) only."""
        with uninterrupted():
            self.basis.rotate(weights)
            self.matvecs.rotate(weights)
            self.projected = np.diag(values)
            self.coupling = self.coupling @ weights
