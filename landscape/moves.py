"""Points origin + sum of coefficient times direction, made in buffers that are allocated once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

__all__ = ["Moves"]


class Moves:
    """Parameters moved along directions.

    Parameters
    ----------
    origin : mapping of str to Tensor
        Never written to.
    directions : sequence of mappings of str to Tensor
    width : int
        How many points are held at a time; above 1 the moved parameters have a leading dimension of it.

    Attributes
    ----------
    moved : list of str
        Names of the parameters that some direction changes.
    parameters : dict of str to Tensor
        All parameters at the point that was made last: views of the buffers, and the origin's own tensors where no
        direction goes.
    """

    def __init__(
        self, origin: Mapping[str, Tensor], directions: Sequence[Mapping[str, Tensor]], width: int = 1
    ) -> None:
        self.moved = [name for name in origin if any(bool(u[name].any()) for u in directions)]
        self.parameters: dict[str, Tensor] = dict(origin)
        self._groups = []
        for dtype in dict.fromkeys(origin[name].dtype for name in self.moved):
            names = [name for name in self.moved if origin[name].dtype == dtype]
            base = torch.cat([origin[name].reshape(-1) for name in names])
            steps = [torch.cat([u[name].to(origin[name]).reshape(-1) for name in names]) for u in directions]
            buffer = base.repeat(width, 1)
            self._groups.append((base, steps, torch.empty_like(base), buffer))
            sizes = [origin[name].numel() for name in names]
            for name, part in zip(names, buffer.split(sizes, dim=1), strict=True):
                shape = origin[name].shape if width == 1 else (width, *origin[name].shape)
                self.parameters[name] = part.view(shape)
        self._partial: tuple[float, ...] | None = None

    def to(self, coefficients: Sequence[float], row: int = 0) -> dict[str, Tensor]:
        """Go to a point and return the parameters there; bit for bit the origin's where all coefficients are zero.

        The sum over all directions but the last is kept for the next point, as along the rows of a plane.
        """
        *leading, last = coefficients
        fresh, self._partial = self._partial != tuple(leading), None  # which an interrupt leaves unknown
        for base, steps, partial, buffer in self._groups:
            if fresh:
                partial.copy_(base)
                for step, coefficient in zip(steps, leading, strict=False):
                    if coefficient:
                        torch.add(partial, step, alpha=coefficient, out=partial)
            if last:
                torch.add(partial, steps[-1], alpha=last, out=buffer[row])
            else:
                buffer[row].copy_(partial)
        self._partial = tuple(leading)
        return self.parameters
