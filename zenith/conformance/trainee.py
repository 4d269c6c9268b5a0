"""A small network in training by one method, on a fixed sequence of batches of real digits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from zenith import methods
from zenith.baselines.line_probe import LineProbe
from zenith.methods import Method
from zenith.tasks.digits import load

__all__ = ["Trainee", "network"]

BATCH = 64


@cache
def _data() -> tuple[Tensor, Tensor]:
    split = load().train
    return split.batch(torch.arange(len(split)))


def network(seed: int = 0) -> nn.Sequential:
    """Return a convolution and a linear layer, initialised from `seed`; torch's random state is put back."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return nn.Sequential(nn.Conv2d(1, 8, 3, stride=2, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(128, 10))


class Trainee:
    """A model, its optimizer, and how many steps they have taken; step t always sees batch t.

    Parameters
    ----------
    row : Method
    settings : Mapping
        Of the method.
    params : callable, optional
        ``params(model)``, what the optimizer is given; all parameters where it is left out.
    model : torch.nn.Module, optional
        `network` where it is left out.
    """

    def __init__(
        self, row: Method, settings: Mapping[str, Any], params: Any = None, model: nn.Module | None = None
    ) -> None:
        self.row, self.taken = row, 0
        self.model: Any = network() if model is None else model
        given = list(self.model.parameters()) if params is None else params(self.model)
        self.optimizer = methods.make_optimizer(row, given, **settings)

    def loss(self) -> float:
        """Return the loss over all data, at the method's evaluation point."""
        inputs, targets = _data()
        with methods.evaluation_point(self.row, self.optimizer, self.model), torch.no_grad():
            return float(functional.cross_entropy(self.model(inputs.to(self.dtype)).float(), targets))

    @property
    def dtype(self) -> torch.dtype:
        """Of the weights."""
        return next(self.model.parameters()).dtype

    @property
    def weights(self) -> Tensor:
        """A copy of all weights, flat."""
        return torch.cat([p.detach().flatten() for p in self.model.parameters()])

    def step(self, edit: Callable[[Tensor], object] | None = None, scaler: Any = None) -> None:
        """Take one step as the training loop does; `edit` overwrites every gradient in place."""
        index = torch.randint(len(_data()[1]), (BATCH,), generator=torch.Generator().manual_seed(self.taken))
        inputs, targets = (field[index] for field in _data())
        row, optimizer = self.row, self.optimizer

        def forward() -> Tensor:
            return functional.cross_entropy(self.model(inputs.to(self.dtype)).float(), targets)

        def gradients() -> Tensor:
            optimizer.zero_grad()
            with torch.enable_grad():
                loss = forward()
            (loss if scaler is None else scaler.scale(loss)).backward()
            for p in self.model.parameters():
                if edit is not None and p.grad is not None:
                    edit(p.grad)
            return loss.detach()

        probe = LineProbe(self.model, forward) if "probe" in row.needs else None
        loss = gradients() if scaler is not None or "closure" not in row.needs else None
        methods.step(row, optimizer, loss=loss, probe=probe, closure=gradients, scaler=scaler)
        self.taken += 1

    def steps(self, count: int) -> Trainee:
        """Take that many steps, and return itself."""
        for _ in range(count):
            self.step()
        return self
