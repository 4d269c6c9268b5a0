"""How far a step has moved the weights."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from zenith.gradient_norm import gradient_norm

__all__ = ["UpdateNorm"]


class UpdateNorm:
    """Notes weights before a step and measures afterwards; holds one copy of them from the first note on.

    Parameters
    ----------
    params : sequence of Tensor
    """

    def __init__(self, params: Sequence[Tensor]) -> None:
        self._params = list(params)
        self._before: list[Tensor] | None = None

    def note(self) -> None:
        """Remember the weights as they are."""
        with torch.no_grad():
            if self._before is None:
                self._before = [torch.empty_like(p) for p in self._params]
            torch._foreach_copy_(self._before, self._params)

    def measure(self) -> Tensor:
        """Return the L2 norm, shape (), of what has changed since `note`; call it once for each note."""
        if self._before is None:
            raise RuntimeError("the weights before the step were not noted")
        with torch.no_grad():
            torch._foreach_sub_(self._before, self._params)
            return gradient_norm(self._before)
