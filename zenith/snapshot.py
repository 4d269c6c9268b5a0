"""The state of a training between two steps: what a continued run needs to compute the same numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

__all__ = ["Snapshot"]


class Snapshot:
    """Takes and restores the state of everything that a step changes.

    Parameters
    ----------
    model, optimizer, schedule, scaler
        What is trained, and by what; `scaler` is None without a scaled loss.
    device : torch.device
        Of the model, whose random state is kept beside the CPU's.
    """

    def __init__(
        self,
        model: nn.Module,
        optimizer: Optimizer,
        schedule: LRScheduler,
        scaler: torch.amp.GradScaler | None,
        device: torch.device,
    ) -> None:
        self._model, self._optimizer, self._schedule = model, optimizer, schedule
        self._scaler, self._device = scaler, device

    def take(self) -> dict[str, Any]:
        """Return tensors, numbers and text, not copied: what ``torch.load(weights_only=True)`` reads back."""
        return {
            "model": self._model.state_dict(),
            "other_buffers": self._other_buffers(),
            "optimizer": self._optimizer.state_dict(),
            "schedule": self._schedule.state_dict(),
            "scaler": self._scaler.state_dict() if self._scaler is not None else None,
            "random": self._random_state(),
        }

    def restore(self, held: Mapping[str, Any]) -> None:
        """Put back what `take` returned."""
        self._model.load_state_dict(held["model"])
        with torch.no_grad():
            for name, buffer in self._other_buffers().items():
                buffer.copy_(held["other_buffers"][name])
        self._optimizer.load_state_dict(held["optimizer"])
        self._schedule.load_state_dict(held["schedule"])
        if self._scaler is not None:
            self._scaler.load_state_dict(held["scaler"])
        self._set_random_state(held["random"])

    def _other_buffers(self) -> dict[str, Tensor]:
        """Buffers that the model's state dict leaves out."""
        persistent = self._model.state_dict().keys()
        return {name: buffer for name, buffer in self._model.named_buffers() if name not in persistent}

    def _random_state(self) -> dict[str, Tensor]:
        states = {"cpu": torch.get_rng_state()}
        return states | ({"cuda": torch.cuda.get_rng_state(self._device)} if self._device.type == "cuda" else {})

    def _set_random_state(self, states: Mapping[str, Tensor]) -> None:
        torch.set_rng_state(states["cpu"])
        if self._device.type == "cuda":
            torch.cuda.set_rng_state(states["cuda"], self._device)
