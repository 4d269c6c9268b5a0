"""The curvature that an adaptive optimizer feels: against dense matrices, its own steps, and its stability
threshold."""

import copy
import json

import pytest
import torch
from torch import nn

from landscape.curvature.eigenvalues import top_eigenpairs
from landscape.curvature.hessian import HessianOperator
from landscape.curvature.rescaled import PreconditionedOperator, adaptive_preconditioner

FACTORIES = {
    "adam": lambda p: torch.optim.Adam(p, lr=1e-2),
    "amsgrad": lambda p: torch.optim.Adam(p, lr=1e-2, amsgrad=True, betas=(0.8, 0.95)),
    "adamw": lambda p: torch.optim.AdamW(p, lr=1e-2, eps=1e-3, weight_decay=0.0),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=1e-2),
    "centered": lambda p: torch.optim.RMSprop(p, lr=1e-2, centered=True),
}


def trained(case, factory, steps=4):
    model = copy.deepcopy(case.model)
    optimizer = factory(model.parameters())
    for _ in range(steps):
        optimizer.zero_grad()
        case.loss(model).backward()
        optimizer.step()
    return model, optimizer


def test_product_is_the_scaled_matrix(case):
    objective = case.objective(l2=0.1)
    numbers = torch.linspace(0.1, 7, objective.num_parameters, dtype=torch.float64)
    operator = PreconditionedOperator(HessianOperator(objective), objective.unflatten(numbers))
    expected = case.hessian(0.1) / numbers.sqrt() / numbers.sqrt()[:, None]
    identity = torch.eye(len(numbers), dtype=torch.float64)
    torch.testing.assert_close(operator.matmat(identity), expected, rtol=1e-9, atol=1e-12)
    torch.testing.assert_close(operator.matvec(identity[0]), expected[0], rtol=1e-9, atol=1e-12)
    assert operator.products == operator.operator.products == len(numbers) + 1


@pytest.mark.parametrize("name", FACTORIES)
def test_preconditioner_is_what_the_last_step_was_divided_by(mlp, name):
    """The step is -lr m / P: P is recovered from the weights before and after."""
    model, optimizer = trained(mlp, FACTORIES[name])
    before = {n: p.detach().clone() for n, p in model.named_parameters()}
    optimizer.zero_grad()
    mlp.loss(model).backward()
    optimizer.step()
    scale = adaptive_preconditioner(optimizer, model)
    assert list(scale) == list(before)
    for n, p in model.named_parameters():
        numerator = optimizer.state[p].get("exp_avg", p.grad)
        torch.testing.assert_close(p.detach(), before[n] - 1e-2 * numerator / scale[n], rtol=1e-10, atol=1e-13)


def test_threshold_of_adam_is_38_over_lr(symmetric, quadratic):
    """On a quadratic with Adam's P held fixed, the momentum iteration is stable below 38/eta and unstable above."""
    matrix = symmetric([1.0, 3.0, 10.0])
    diagonal = torch.tensor([0.5, 1.0, 4.0], dtype=torch.float64)
    operator = PreconditionedOperator(HessianOperator(quadratic(matrix)), {"theta": diagonal})
    sharpness = top_eigenpairs(operator, 1, tol=1e-10).values[0]
    sizes = []
    for factor in (0.99, 1.01):
        eta = factor * 38 / sharpness
        theta, momentum = torch.ones(3, dtype=torch.float64), torch.zeros(3, dtype=torch.float64)
        for _ in range(4000):
            momentum = 0.9 * momentum + 0.1 * (matrix @ theta)
            theta = theta - eta * momentum / diagonal
        sizes.append(float(theta.norm()))
    assert sizes[0] < 1e-2 < 1e2 < sizes[1]


def test_restricted_objective_takes_its_part_of_the_scale(mlp):
    model, optimizer = trained(mlp, FACTORIES["adam"])
    objective = mlp.objective().at(model.state_dict())
    scale = adaptive_preconditioner(optimizer, model)
    whole = PreconditionedOperator(HessianOperator(objective), scale)
    part = PreconditionedOperator(HessianOperator(objective.restrict("3")), scale)
    block = whole.matmat(torch.eye(whole.size, dtype=torch.float64))[-part.size :, -part.size :]
    torch.testing.assert_close(part.matmat(torch.eye(part.size, dtype=torch.float64)), block)
    protocol = json.loads(json.dumps(part.protocol()))
    assert protocol["operator"] == "P^-1/2 (Hessian) P^-1/2"
    flat = part.flatten({name: scale[name] for name in objective.restrict("3").parameters})
    assert protocol["preconditioner"]["condition"] == pytest.approx(float(flat.max() / flat.min()))
    assert protocol["preconditioner"]["smallest"] == pytest.approx(float(flat.min()))


def test_scales_that_do_not_fit_are_refused(mlp):
    operator = HessianOperator(mlp.objective())
    scale = {name: torch.ones_like(p) for name, p in mlp.objective().parameters.items()}
    for changed, words in [
        ({n: s for n, s in scale.items() if n != "3.bias"}, "lacks the parameter '3.bias'"),
        (scale | {"0.bias": torch.zeros(5)}, "'0.bias' has entries that are not positive"),
        (scale | {"0.bias": torch.full((5,), torch.inf)}, "not positive and finite"),
        (scale | {"0.bias": torch.ones(3)}, "shape"),
    ]:
        with pytest.raises(ValueError, match=words):
            PreconditionedOperator(operator, changed)


def test_optimizers_without_a_known_preconditioner_are_refused(mlp, make_case):
    with pytest.raises(ValueError, match="SGD"):
        adaptive_preconditioner(torch.optim.SGD(mlp.model.parameters()), mlp.model)
    with pytest.raises(ValueError, match=r"not updated '0\.weight'"):
        adaptive_preconditioner(torch.optim.Adam(mlp.model.parameters()), mlp.model)
    with pytest.raises(ValueError, match="does not have the parameter"):
        adaptive_preconditioner(torch.optim.Adam(nn.Linear(1, 1).parameters()), mlp.model)
    case = make_case("unused")
    model = copy.deepcopy(case.model)
    optimizer = torch.optim.Adam(model.parameters())
    case.criterion(model(case.data[0]), case.data[1]).backward()
    optimizer.step()
    with pytest.raises(ValueError, match="spare"):
        adaptive_preconditioner(optimizer, model)
    model, optimizer = trained(make_case("frozen"), FACTORIES["adam"])
    assert "0.weight" not in adaptive_preconditioner(optimizer, model)
