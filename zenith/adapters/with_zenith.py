"""Optimizers with the ZENITH rule built in: AdamW here, Muon in `zenith.adapters.muon_with_zenith`.

The rule's state travels with the optimizer: in its `state_dict`, under ``param_groups[0]["zenith"]``, and in its
copies.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from zenith.optimizer.zenith_lr import ZenithLR

__all__ = ["WithZenith", "ZenithAdamW"]


class WithZenith:
    """Mixin that scales an optimizer's learning rates by mu / Z of the last `window` gradient norms.

    Parameters
    ----------
    params : iterable
        Parameters or parameter groups.
    window : int
        W; until W gradient norms are recorded, the steps are the base optimizer's own.
    **settings
        Those of the base optimizer.
    """

    rule: ZenithLR

    def __init__(self, params: Any, window: int = 500, **settings: Any) -> None:
        super().__init__(params, **settings)  # type: ignore[call-arg]
        self.rule = ZenithLR(self, window)  # type: ignore[arg-type]

    @property
    def effective_lrs(self) -> tuple[float, ...]:
        """Learning rate applied by the last step, per parameter group; before the first step, the group's ``lr``."""
        return self.rule.effective_lrs

    def set_gradient_norm(self, norm: float | Tensor) -> None:
        """Set the norm that the next step records: see `zenith.ZenithLR.set_gradient_norm`."""
        self.rule.set_gradient_norm(norm)

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)  # type: ignore[misc]
        if "rule" not in vars(self):  # a copy, whose hooks are gone: it goes on with the window in its groups
            self.rule = ZenithLR(self)  # type: ignore[arg-type]


class ZenithAdamW(WithZenith, torch.optim.AdamW):
    """AdamW whose learning rate follows the ZENITH rule."""
