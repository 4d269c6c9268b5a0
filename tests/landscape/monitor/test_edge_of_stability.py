"""Full-batch training on real digits sharpens until its step is barely stable, and stays there."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn

import landscape as ls

SAMPLES = 200


def squared_error(outputs: Tensor, targets: Tensor) -> Tensor:
    return 0.5 * (outputs - targets).square().sum(1).mean()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "steps"),
    [
        (lambda params: torch.optim.SGD(params, lr=0.2), 1500),
        (lambda params: torch.optim.RMSprop(params, lr=1e-4), 1500),
    ],
    ids=["gradient descent", "RMSprop"],
)
def test_the_ratio_rises_to_1_and_hovers_there(make: Callable[[Any], torch.optim.Optimizer], steps: int) -> None:
    """As in Cohen et al. 2021, figure 1 (tanh network, squared error), and 2022 for a preconditioned method."""
    bunch = load_digits()
    X = torch.from_numpy(bunch.data[:SAMPLES]) / 16 - 0.3
    Y = nn.functional.one_hot(torch.from_numpy(bunch.target[:SAMPLES]), 10).double()
    torch.manual_seed(0)
    layers = [nn.Linear(64, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 10)]
    model = nn.Sequential(*layers).double()
    optimizer = make(model.parameters())
    monitor = ls.SharpnessMonitor(ls.Objective(model, squared_error, (X, Y)), 50, optimizer, trace_probes=0)
    for _ in range(steps):
        optimizer.zero_grad()
        squared_error(model(X), Y).backward()
        optimizer.step()
        monitor.step()
    ratios = np.array([m.stability for m in monitor.record.measurements])
    assert all(m.stability_converged for m in monitor.record.measurements)
    assert ratios[0] < 0.7
    assert ratios.max() > 1.0
    last = ratios[-len(ratios) // 4 :]
    assert 0.97 < last.mean() < 1.1
    assert last.min() > 0.9
