"""SOAP, on pytorch_optimizer's class.

Vyas et al. 2024, "SOAP: Improving and Stabilizing Shampoo using Adam" (arXiv:2409.11321), Algorithm 3.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import torch
from torch import Tensor

from zenith.adapters.library import Mended, evaluate, library, library_step, plain_rates, whole_weights

__all__ = ["SOAP"]

_base: Any = library("pytorch_optimizer", "pytorch_optimizer", "SOAP").SOAP


class SOAP(Mended, _base):
    """Adam in the slowly turning eigenbasis of Shampoo's preconditioner.

    The first step only starts the preconditioner, as the authors have it. A non-finite gradient makes the weights NaN,
    as with Adam; the library fails in the eigendecomposition.

    Parameters
    ----------
    params : iterable
        Parameters or parameter groups.
    lr : float
        Learning rate.
    betas : tuple of float
        Decay of both moments; the second is also the preconditioner's.
    weight_decay : float
        Decoupled, as in AdamW.
    precondition_frequency : int
        Steps between turns of the basis.
    max_precondition_dim : int
        Dimensions larger than this keep the identity as their basis.
    eps : float
        Added to the denominator.

    Raises
    ------
    ValueError
        By `step`, if the weights are sharded over processes.
    """

    lost: ClassVar[dict[str, Any]] = {**Mended.lost, "data_format": "channels_first"}

    def __init__(
        self,
        params: Any,
        lr: float = 3e-3,
        betas: tuple[float, float] = (0.95, 0.95),
        weight_decay: float = 0.01,
        precondition_frequency: int = 10,
        max_precondition_dim: int = 10000,
        eps: float = 1e-8,
    ) -> None:
        super().__init__(
            params,
            lr=lr,
            betas=betas,
            weight_decay=weight_decay,
            precondition_frequency=precondition_frequency,
            max_precondition_dim=max_precondition_dim,
            eps=eps,
        )

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Take one step; returns the value of `closure`, called once before it, or None."""
        whole_weights(self.param_groups, "SOAP")
        loss = evaluate(closure)
        with plain_rates(self.param_groups):
            library_step(_base)(self)
        self._report([group["lr"] for group in self.param_groups])
        return loss

    @staticmethod
    def get_orthogonal_matrix(mat: Any) -> list[Any]:
        """The eigenvectors of each factor; all NaN for one that is not finite."""
        return [_or_nan(_base.get_orthogonal_matrix, factor) if len(factor) else [] for factor in mat]

    def get_orthogonal_matrix_qr(self, state: Any, *args: Any, **keywords: Any) -> list[Any]:
        """One step of power iteration on each factor's basis; all NaN for one that is not finite."""
        try:
            return super().get_orthogonal_matrix_qr(state, *args, **keywords)
        except torch.linalg.LinAlgError:
            return [torch.full_like(basis, torch.nan) if len(basis) else [] for basis in state["Q"]]


def _or_nan(decompose: Callable[[list[Tensor]], list[Tensor]], factor: Tensor) -> Tensor:
    try:
        return decompose([factor])[0]
    except torch.linalg.LinAlgError:
        return torch.full_like(factor, torch.nan)
