"""Tensors of many models of one architecture as matrices with a row for each model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

__all__ = ["Stacked", "column"]

ALIGNED = 16
"""Numbers between the places at which tensors begin: each has the same alignment in every row, and so the same bits."""

CHUNK = 1024
"""Numbers in a part of a norm: a sum in single precision over a whole row of millions would keep four digits."""


class Stacked:
    """Tensors of many models, in one matrix for each dtype and device: row i holds those of model i.

    Parameters
    ----------
    tables : sequence of dict of str to Tensor
        Of each model, of the same names, shapes and dtypes. They are copied.

    Attributes
    ----------
    matrices : list of Tensor, shape (models, width)
        Between and after the tensors are zeros.
    views : dict of str to Tensor, shape (models, ...)
        Each name's tensors in the matrices.
    """

    def __init__(self, tables: Sequence[Mapping[str, Tensor]]) -> None:
        self._models = len(tables)
        self._members: list[list[tuple[str, torch.Size, int, int]]] = []  # of a matrix: name, shape, numbers, place
        self._order = list(tables[0])
        kinds: dict[object, int] = {}
        widths: list[int] = []
        for name, tensor in tables[0].items():
            number = kinds.setdefault((tensor.dtype, tensor.device), len(kinds))
            if number == len(widths):
                widths.append(0)
                self._members.append([])
            self._members[number].append((name, tensor.shape, tensor.numel(), widths[number]))
            widths[number] += -(-tensor.numel() // ALIGNED) * ALIGNED
        self._widths = [-(-width // CHUNK) * CHUNK for width in widths]
        firsts = [tables[0][members[0][0]] for members in self._members]
        self.matrices = [
            torch.zeros(self._models, width, dtype=first.dtype, device=first.device)
            for width, first in zip(self._widths, firsts, strict=True)
        ]
        self.views = self.views_of(self.matrices)
        for name, view in self.views.items():
            for own, table in zip(view, tables, strict=True):
                own.copy_(table[name].detach())

    def views_of(self, matrices: Sequence[Tensor]) -> dict[str, Tensor]:
        """Return the parts of matrices like these, by name, each of shape (models, ...)."""
        found = {
            name: matrix[:, place : place + numbers].view(len(matrix), *shape)
            for matrix, members in zip(matrices, self._members, strict=True)
            for name, shape, numbers, place in members
        }
        return {name: found[name] for name in self._order}

    def joined(self, named: Mapping[str, Tensor]) -> list[Tensor]:
        """Return stacked tensors as matrices like these."""
        matrices = []
        for members, width in zip(self._members, self._widths, strict=True):
            parts, filled = [], 0
            for name, _, numbers, place in members:
                rows = named[name].reshape(self._models, numbers)
                if place > filled:
                    parts.append(rows.new_zeros((self._models, place - filled)))
                parts.append(rows)
                filled = place + numbers
            if width > filled:
                parts.append(parts[-1].new_zeros((self._models, width - filled)))
            matrices.append(torch.cat(parts, dim=1))
        return matrices

    @staticmethod
    def norms(matrices: Sequence[Tensor]) -> Tensor:
        """Return the L2 norm of each model's row over all matrices, shape (models,), in single precision at least."""
        parts = []
        for matrix in matrices:
            dtype = torch.promote_types(matrix.dtype, torch.float32)
            of_chunks = torch.linalg.vector_norm(
                matrix.unflatten(1, (matrix.shape[1] // CHUNK, CHUNK)), dim=2, dtype=dtype
            )
            parts.append(torch.linalg.vector_norm(of_chunks, dim=1))
        if len(parts) == 1:
            return parts[0]
        return torch.linalg.vector_norm(torch.stack([part.to(parts[0]) for part in parts]), dim=0)


def column(values: Tensor, like: Tensor) -> Tensor:
    """Return values of shape (models,) so that they multiply stacked tensors."""
    return values.to(like.dtype).view(-1, *([1] * (like.dim() - 1)))
