"""Points on fewer samples: only where it cannot be seen, and what is said of them is true."""

import json

import numpy as np
import pytest
import torch
from scipy.stats import t as student
from torch import nn

from landscape.directions import random_direction
from landscape.objective import Objective
from landscape.slices import line, plane


def accuracy(model, batch):
    return (model(batch[0]).argmax(1) == batch[1]).double().mean()


@pytest.fixture(scope="module")
def fitted():
    """A classifier at its minimum."""
    torch.manual_seed(0)
    x = torch.randn(4000, 5, dtype=torch.float64)
    y = (x @ torch.randn(5, 3, dtype=torch.float64) + torch.randn(4000, 3)).argmax(1)  # not separable
    model = nn.Linear(5, 3).double()
    optimizer = torch.optim.LBFGS(model.parameters(), max_iter=40)

    def closure():
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        return loss

    optimizer.step(closure)
    return Objective(model, nn.CrossEntropyLoss(), (x, y), metrics={"accuracy": accuracy}, l2=1e-3)


def test_high_points_take_few_samples_and_stay_within_the_resolution(fitted):
    u, v = (random_direction(fitted, seed=s, normalization=None) for s in range(2))
    steps = np.linspace(-20, 20, 9)
    exact = plane(fitted, (u, v), steps)
    found = plane(fitted, (u, v), steps, resolution=0.15)
    height = exact.loss - fitted.value()
    error = abs(found.loss - exact.loss)
    assert (error <= 0.15 * height + 1e-12).all()
    part = found.samples < fitted.num_samples
    assert part.mean() > 0.3
    assert float(found.samples.sel(alpha=0, beta=0)) == fitted.num_samples
    assert float(found.loss.sel(alpha=0, beta=0)) == pytest.approx(fitted.value(), rel=1e-12)
    assert (error.values[part.values] / found.loss_se.values[part.values] < 4).all()
    assert (found.loss_se.values[~part.values] == 0).all()
    protocol = json.loads(found.attrs["protocol"])["halving"]
    spared = 1 - float(found.samples.mean()) / fitted.num_samples
    assert protocol["spared"].startswith(f"{spared:.1%}")
    assert "Student-t" in protocol["words"]
    assert found.accuracy.values == pytest.approx(exact.accuracy.values, abs=0.1)
    assert found.accuracy.values[~part.values] == pytest.approx(exact.accuracy.values[~part.values], rel=1e-12)


def test_intervals_hold_as_often_as_they_say(fitted):
    u = random_direction(fitted, seed=3, normalization=None)
    exact = line(fitted, u, np.linspace(-30, 30, 101))
    found = line(fitted, u, np.linspace(-30, 30, 101), resolution=0.1, confidence=0.9)
    part = (found.samples < fitted.num_samples).values
    assert part.sum() > 30
    height = (exact.loss - fitted.value()).values
    assert np.mean(abs(found.loss - exact.loss).values[part] <= 0.1 * height[part]) >= 0.9
    stages = json.loads(found.attrs["protocol"])["halving"]["stages"]
    assert stages == [250, 500, 1000, 2000, 4000]
    half = found.loss_se * student.ppf(1 - 0.1 / 8, found.samples - 1)  # four stages may stop, on two sides each
    stops = (half <= 0.1 * (found.loss - half - fitted.value())).values
    assert stops[part].all()
    assert len(np.unique(found.samples)) > 2


def test_points_that_are_not_finite_are_evaluated_on_all_samples():
    model = nn.Linear(1, 1, bias=False).double()
    nn.init.ones_(model.weight)
    data = torch.rand(400, 1).double() + 0.5, torch.zeros(400, 1).double()
    objective = Objective(model, nn.PoissonNLLLoss(log_input=True), data, l2=0.1)
    found = line(objective, {"weight": torch.ones(1, 1).double()}, [0.0, 2000.0], resolution=0.1)
    assert found.loss.values[1] == np.inf
    assert found.samples.values[1] == 400
    assert found.finite.values.tolist() == [True, False]


def test_what_has_no_interval_is_refused(mlp, cross_entropy):
    objective = mlp.objective()
    u = random_direction(objective, seed=0)
    with pytest.raises(ValueError, match="resolution is 2"):
        line(objective, u, [0.0, 1.0], resolution=2)
    with pytest.raises(ValueError, match=r"confidence is 1\.5"):
        line(objective, u, [0.0, 1.0], resolution=0.1, confidence=1.5)
    with pytest.raises(ValueError, match="one objective at a time"):
        line({"a": objective, "b": objective}, u, [0.0, 1.0], resolution=0.1)
    opaque = Objective(mlp.model, data=[mlp.data], loss=cross_entropy)
    with pytest.raises(ValueError, match=r"resolution= needs intervals\. The losses of single samples are not known"):
        line(opaque, u, [0.0, 1.0], resolution=0.1)
