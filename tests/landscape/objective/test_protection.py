"""Whatever a loss does to its batch, the values are right at every order and the user's data stay as they were."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from landscape.curvature.fisher import FisherOperator
from landscape.curvature.gauss_newton import GaussNewtonOperator
from landscape.curvature.hessian import HessianOperator
from landscape.objective.objective import Objective
from landscape.slices.directions import random_direction
from landscape.slices.grid import line, plane


def pops(model, batch):
    y = batch.pop("y")
    return functional.cross_entropy(model(**batch), y)


def pops_metric(model, batch):
    return batch.pop("y").double().mean()


def ignores(model, batch):
    batch["y"][batch["y"] == 2] = -100
    return functional.cross_entropy(model(batch["x"]), batch["y"])


def rectifies(model, batch):
    return functional.cross_entropy(model(functional.relu(batch["x"], inplace=True)), batch["y"])


def writes_unseen(model, batch):
    batch["x"].data.mul_(0.5)  # which no version counter shows
    batch["x"].numpy()[:] += 1
    return functional.cross_entropy(model(batch["x"]), batch["y"])


def appends(model, batch):
    batch["list"].append(1)
    return functional.cross_entropy(model(batch["x"]), batch["y"]) * len(batch["list"])


def flags(model, batch):
    x = batch["x"].requires_grad_()
    loss = functional.cross_entropy(model(x), batch["y"])
    if not torch.is_grad_enabled():
        return loss
    return loss + 0 * x.sum()


class Names(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x, list=None):
        return self.model(x)


@pytest.mark.parametrize("loss", [pops, ignores, rectifies, writes_unseen, appends, flags])
@pytest.mark.parametrize("budget", [0, None])
def test_data_stay_and_every_order_is_that_of_fresh_data(mlp, loss, budget):
    X, y = mlp.data
    array = X.numpy()
    before = array.copy(), y.clone()
    model = Names(mlp.model).eval()

    def fresh():
        return {"x": torch.tensor(before[0]), "y": before[1].clone(), "list": [1, 2]}

    def pure(model, batch):
        return loss(model, fresh())

    data = [{"x": torch.from_numpy(array), "y": y, "list": [1, 2]}]
    size = {"count": lambda batch: 11}
    one = Objective(model, loss=loss, data=data, metrics={"mean": pops_metric}, **size)
    two = Objective(model, loss=pure, data=data, metrics={"mean": pops_metric}, **size)
    for _ in range(2):
        assert one.evaluate() == pytest.approx(two.evaluate(), rel=1e-12)
    gradients = [objective.flatten(objective.value_and_gradient()[1]) for objective in (one, two)]
    assert torch.allclose(*gradients, rtol=1e-12, atol=1e-14)
    v = torch.ones(one.num_parameters, dtype=torch.float64)
    with HessianOperator(one, memory_budget=budget) as H, HessianOperator(two, memory_budget=budget) as G:
        for _ in range(2):
            assert torch.allclose(H.matvec(v), G.matvec(v), rtol=1e-10, atol=1e-12)
    u, w = random_direction(one, seed=0), random_direction(one, seed=1)
    assert np.allclose(line(one, u, [0.0, 0.5]).loss, line(two, u, [0.0, 0.5]).loss, rtol=1e-12)
    assert np.allclose(plane(one, (u, w), [0.0, 1.0, 2.0]).loss, plane(two, (u, w), [0.0, 1.0, 2.0]).loss, rtol=1e-12)
    assert np.array_equal(array, before[0])
    assert torch.equal(y, before[1])
    assert data[0].keys() == {"x", "y", "list"}
    assert data[0]["list"] == [1, 2]
    assert not data[0]["x"].requires_grad
    assert Objective(model, loss=loss, data=data, **size).fingerprint == one.fingerprint


def test_an_in_place_relu_on_the_input_leaves_criterion_data_alone(mlp):
    X, y = mlp.data
    before = X.clone()
    first = nn.Sequential(nn.ReLU(inplace=True), mlp.model)
    objective = Objective(first, mlp.criterion, (X, y), batch_size=4)
    pure = Objective(mlp.model, mlp.criterion, (before.clamp(min=0), y), batch_size=4)
    v = torch.ones(objective.num_parameters, dtype=torch.float64)
    assert objective.value() == pytest.approx(pure.value(), rel=1e-12)
    for operator in (HessianOperator, GaussNewtonOperator, FisherOperator):
        assert torch.allclose(operator(objective).matvec(v), operator(pure).matvec(v), rtol=1e-10, atol=1e-12)
    assert torch.equal(X, before)


def test_data_are_restored_when_the_loss_fails_after_editing(mlp):
    X, y = mlp.data
    before = X.clone()

    def loss(model, batch):
        batch[0].zero_()
        raise KeyError("later")

    with pytest.raises(KeyError, match="later"):
        Objective(mlp.model, loss=loss, data=(X, y))
    assert torch.equal(X, before)


def test_edits_that_begin_later_are_not_passed_over(mlp):
    begun = []

    def loss(model, batch):
        if begun:
            batch[0].mul_(2)
        return functional.cross_entropy(model(batch[0]), batch[1])

    objective = Objective(mlp.model, loss=loss, data=mlp.data)
    objective.value()
    begun.append(True)
    with pytest.raises(ValueError, match=r"The loss edits batch\[0\] in place, .* copy, batch\[0\].clone\(\)"):
        [objective.value() for _ in range(30)]
