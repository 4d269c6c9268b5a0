"""Losses that take derivatives themselves: their values are those that plain autograd gives, wherever they are needed."""

import pytest
import torch
from torch import nn
from torch.func import functional_call

import landscape as ls
from landscape.objective import Objective


def net(inputs=1, outputs=1):
    with torch.random.fork_rng():
        torch.manual_seed(2)
        return nn.Sequential(nn.Linear(inputs, 6), nn.Tanh(), nn.Linear(6, outputs)).double()


G = torch.Generator().manual_seed(3)
X = torch.rand(40, 1, generator=G, dtype=torch.float64)
FORCES = torch.randn(40, 1, generator=G, dtype=torch.float64)


def pinn(model, batch):
    """u'' + u = 0; the inputs are told to require gradients in the loss."""
    x = batch[0].requires_grad_()
    u = model(x)
    du = torch.autograd.grad(u.sum(), x, create_graph=True)[0]
    d2u = torch.autograd.grad(du.sum(), x, create_graph=True)[0]
    return (d2u + u).square().mean()


def cloned(model, batch):
    x = batch[0].clone().requires_grad_()
    return torch.autograd.grad(model(x).sum(), x, create_graph=True)[0].sub(batch[1]).square().mean()


def gradient_penalty(model, batch):
    x = batch[0].detach().requires_grad_()
    slope = torch.autograd.grad(model(x).sum(), x, create_graph=True)[0]
    return (
        model(batch[0]).mean() ** 0 * (model(batch[0]) - batch[1]).square().mean()
        + (slope.norm(dim=1) - 1).square().mean()
    )


def penalty_if_possible(model, batch):
    """Without gradients another number, and no error."""
    loss = (model(batch[0]) - batch[1]).square().mean()
    return loss + gradient_penalty(model, batch) if torch.is_grad_enabled() else loss


def by_func(model, batch):
    weights = dict(model.named_parameters())

    def u(x):
        return functional_call(model, weights, (x[None],)).squeeze()

    slopes = torch.func.vmap(torch.func.jacrev(torch.func.jacrev(u)))(batch[0])
    return (slopes.reshape(-1, 1) + model(batch[0])).square().mean()


LOSSES = [pinn, cloned, gradient_penalty, penalty_if_possible, by_func]


@pytest.mark.parametrize("loss", LOSSES)
def test_values_are_those_of_plain_autograd(loss):
    model = net()
    data = X.clone(), FORCES.clone()
    objective = Objective(model, data=data, loss=loss, batch_size=16, metrics={"again": loss})
    assert not any(t.requires_grad for t in data)
    state = {n: p.detach().clone() for n, p in model.named_parameters()}

    def truth(parameters=state):
        other = net()
        other.load_state_dict(parameters)
        return float(loss(other, (X.clone(), FORCES.clone())).detach())

    assert objective.value() == pytest.approx(truth(), rel=1e-12)
    assert objective.evaluate()["again"] == pytest.approx(truth(), rel=1e-12)
    assert objective.value_and_gradient()[0] == pytest.approx(truth(), rel=1e-12)
    direction = ls.random_direction(objective, seed=0)
    moved = {n: p + 0.5 * direction[n] for n, p in state.items()}
    for route in ("auto", "rewritten", "plain"):
        line = ls.line(objective, direction, [0.0, 0.5], route=route)
        assert line["loss"].values == pytest.approx([truth(), truth(moved)], rel=1e-10)
    plane = ls.plane(objective, (direction, ls.random_direction(objective, seed=1)), [0.0, 0.5], [0.0, 1.0])
    assert plane["loss"].sel(alpha=0.5, beta=0.0).item() == pytest.approx(truth(moved), rel=1e-10)
    assert ls.average_sharpness(objective, rho=0.01, samples=2, seed=0).value == pytest.approx(0, abs=1)
    assert ls.worst_case_sharpness(objective, rho=0.01, steps=3).protocol["loss"] == pytest.approx(truth(), rel=1e-12)
    assert ls.keskar_sharpness(objective, steps=3).protocol["loss"] == pytest.approx(truth(), rel=1e-12)
    assert not any(t.requires_grad for t in data)
    assert objective.with_batch_size(7).value() == pytest.approx(truth(), rel=1e-12)
    assert objective.subset(20).value() > 0


def test_inference_mode_is_named_for_them():
    objective = Objective(net(), data=(X, FORCES), loss=cloned)
    with torch.inference_mode(), pytest.raises(ValueError, match="inference_mode"):
        objective.value()


def test_ordinary_losses_keep_no_graphs():
    objective = Objective(net(), nn.MSELoss(), (X, FORCES))
    assert not objective.differentiates
    seen = []
    objective.run_values(lambda model: seen.append(model(X).requires_grad), objective.parameters)
    assert seen == [False]
