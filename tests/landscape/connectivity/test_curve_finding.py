"""Curves trained between two models: the right gradient, the right minimum, the same curve again, nothing lost."""

import copy
import json

import numpy as np
import pytest
import torch
from interruption import finished
from test_models import shifted
from torch import nn
from torch.nn import functional

from landscape.connectivity.curve_finding import CurveDescent, connect, learning_rate
from landscape.connectivity.linear import interpolate
from landscape.objective.objective import Objective


class Plane(nn.Module):
    """Two parameters, around a hill between the ends."""

    def __init__(self):
        super().__init__()
        self.theta = nn.Parameter(torch.tensor([-1.0, 0.0], dtype=torch.float64))


def hill(model, batch):
    x, y = model.theta
    return 3 * torch.exp(-2 * (x**2 + (y + 0.1) ** 2)) + 0.05 * (x**2 + y**2) + 0 * batch[0].sum()


ENDS = tuple({"theta": torch.tensor([x, 0.0], dtype=torch.float64)} for x in (-1.0, 1.0))


def valley(**options):
    return Objective(Plane(), loss=hill, data=(torch.zeros(1).double(),), **options)


def mean_loss(loss, bend, nodes=60):
    """E_t of the loss on the quadratic curve, by hand."""
    t, w = np.polynomial.legendre.leggauss(nodes)
    total = torch.zeros((), dtype=torch.float64)
    for s, share in zip((t + 1) / 2, w / 2, strict=True):
        total = total + share * loss((1 - s) ** 2 * ENDS[0]["theta"] + 2 * s * (1 - s) * bend + s**2 * ENDS[1]["theta"])
    return total


@pytest.mark.parametrize("kind", ["bezier", "chain"])
def test_the_curve_goes_around_the_hill(kind):
    objective = valley()
    straight = interpolate(objective, *ENDS)
    found = connect(objective, *ENDS, kind=kind, steps=800, lr=0.05)
    assert found.barrier.height < 0.35 * straight.barrier.height
    assert found.length > straight.path.length() == pytest.approx(2)
    assert torch.equal(found.at(0)["theta"], ENDS[0]["theta"])
    assert torch.equal(found.at(1)["theta"], ENDS[1]["theta"])
    assert found.dataset["loss"].sizes == {"t": 25}
    assert len(found.losses) == 800
    assert found.mean_losses[-1] < found.mean_losses[0]
    assert found.protocol["length"] == pytest.approx(found.length)
    json.dumps(found.protocol)


def test_the_bend_is_where_the_mean_loss_is_least():
    found = connect(valley(), *ENDS, steps=1500, lr=0.1, momentum=0.5)
    bend = torch.tensor([0.0, 1.0], dtype=torch.float64, requires_grad=True)
    plane = Plane()

    def loss(theta):
        return torch.func.functional_call(Holder(plane), {"inner.theta": theta}, ())

    class Holder(nn.Module):
        def __init__(self, inner):
            super().__init__()
            self.inner = inner

        def forward(self):
            return hill(self.inner, (torch.zeros(1),))

    solver = torch.optim.LBFGS([bend], max_iter=60, line_search_fn="strong_wolfe")

    def closure():
        solver.zero_grad()
        value = mean_loss(loss, bend, 20)
        value.backward()
        return value

    solver.step(closure)
    truth = mean_loss(loss, bend.detach()).item()
    assert found.mean_losses[-1] == pytest.approx(truth, rel=5e-3)
    torch.testing.assert_close(found.path.points[1]["theta"], bend.detach(), atol=0.1, rtol=0)
    assert found.converged
    assert found.message.startswith("converged;")


@pytest.mark.parametrize("name", ["mlp", "convnet", "frozen", "tied", "unused"])
@pytest.mark.parametrize("batchnorm", ["frozen", "recomputed"])
def test_steps_are_those_of_plain_autograd(make_case, name, batchnorm):
    """One step at a known t, on a known minibatch, with a penalty."""
    case = make_case(name)
    objective = case.objective(l2=0.3, batchnorm=batchnorm)
    b = shifted(case.model, 1)
    found = connect(objective, case.model, b, steps=4, lr=0.1, momentum=0.0, seed=7, t=[0, 1])
    generator = torch.Generator().manual_seed(7)
    names = [n for n, p in case.model.named_parameters() if p.requires_grad]
    first, last = ({n: p.detach() for n, p in m.named_parameters()} for m in (case.model, b))
    bend = {n: (first[n] + last[n]) / 2 for n in names}
    rows = list(zip(case.data[0].split(4), case.data[1].split(4), strict=True))
    order = []
    for step in range(4):
        t = torch.rand((), generator=generator, dtype=torch.float64).item()
        order = order or torch.randperm(3, generator=generator).tolist()
        x, y = rows[order.pop(0)]
        model = copy.deepcopy(case.model).eval()
        for norm in (m for m in model.modules() if isinstance(m, nn.BatchNorm2d)):
            norm.training = batchnorm == "recomputed"
        with torch.no_grad():
            for (_, mine), one, two in zip(
                model.state_dict().items(), case.model.state_dict().values(), b.state_dict().values(), strict=True
            ):
                if mine.is_floating_point():
                    mine.copy_((1 - t) * one + t * two)
            for n, p in model.named_parameters():
                if n in bend:
                    p.copy_((1 - t) ** 2 * first[n] + 2 * t * (1 - t) * bend[n] + t**2 * last[n])
        loss = 3 * len(x) / 11 * functional.cross_entropy(model(x), y)
        trainable = [p for p in model.parameters() if p.requires_grad]
        loss = loss + 0.3 / 2 * sum(p.square().sum() for p in trainable)
        loss.backward()
        gradient = {n: p.grad for n, p in model.named_parameters()}
        bend = {n: p - 2 * t * (1 - t) * learning_rate(0.1, step / 4) * gradient[n] for n, p in bend.items()}
        assert found.losses[step] == pytest.approx(loss.item(), rel=1e-10)
    for n in names:
        torch.testing.assert_close(found.path.points[1][n], bend[n], rtol=1e-9, atol=1e-12)


def test_equal_seeds_give_equal_curves_and_the_model_is_untouched(convnet, untouched):
    objective = convnet.objective(batchnorm="recomputed")
    b = shifted(convnet.model, 2)
    with untouched(convnet.model), untouched(b):
        one, two, other = (connect(objective, convnet.model, b, steps=8, seed=s, t=[0, 0.5, 1]) for s in (1, 1, 2))
    assert np.array_equal(one.losses, two.losses)
    assert all(torch.equal(one.at(0.4)[n], two.at(0.4)[n]) for n in one.at(0.4))
    assert not np.array_equal(one.losses, other.losses)
    assert one.protocol["training_batchnorm"] == "batch statistics"
    assert one.protocol["batchnorm"] == "recomputed"


def test_minibatches_may_be_cut_otherwise(convnet):
    objective = convnet.objective(batchnorm="recomputed", batch_size=11)
    found = connect(objective, convnet.model, shifted(convnet.model, 2), steps=4, batch_size=4, t=[0, 1])
    assert found.protocol["minibatches"] == 3


def test_minibatch_losses_are_unbiased_over_ragged_batches(mlp):
    objective = mlp.objective(l2=0.2)
    from landscape.connectivity.linear import straight_path

    training = CurveDescent(
        objective, straight_path(objective, mlp.model, shifted(mlp.model, 1), bends=1), 0.1, 0, None, 0
    )
    # internal: what users see of a gradient is its product with a random weight of the control points.
    stream = training._minibatches()
    # internal: as above.
    found = [training._gradient(0.3, *next(stream)) for _ in range(3)]
    value, gradient = objective.value_and_gradient(training.path.at(0.3))
    assert np.mean([loss for loss, _ in found]) == pytest.approx(value, rel=1e-12)
    for name, g in gradient.items():
        torch.testing.assert_close(sum(part[name] for _, part in found) / 3, g, rtol=1e-10, atol=1e-13)


def test_what_has_not_converged_is_not_called_so():
    for steps, lr, words in [(40, 0.02, "the second quarter of the training"), (12, 1e-4, "one step downhill lowers")]:
        found = connect(valley(), *ENDS, steps=steps, lr=lr)
        assert not found.converged
        assert found.message.startswith(f"not converged: {words}")
        assert "raise steps or lr" in found.message


def test_a_diverging_training_says_so_and_keeps_the_last_finite_curve():
    found = connect(valley(l2=1.0), *ENDS, steps=400, lr=1e3)
    assert not found.converged
    assert "was not finite at step" in found.message
    assert "lower lr" in found.message
    assert len(found.losses) == found.protocol["steps"] < 400


def test_interruption_returns_the_curve_so_far():
    calls = []

    def loss(model, batch):
        calls.append(1)
        if len(calls) == limit:
            raise KeyboardInterrupt
        return hill(model, batch)

    limit = 0
    objective = Objective(Plane(), loss=loss, data=(torch.zeros(1).double(),), check_deterministic=False)
    calls.clear()
    limit = 8 + 20 + 1  # the mean loss, then in the 21st step
    found = finished(connect, objective, *ENDS, steps=400)
    assert found.message.startswith("interrupted after 20 of 400 steps")
    assert not found.converged
    assert len(found.dataset["t"]) == 25
    assert not torch.equal(found.path.points[1]["theta"], torch.zeros(2).double())
    calls.clear()
    limit = (
        8 * 5 + 4 + 8 * 6 + 1
    )  # mean losses, steps and the check of convergence, then the first point of the profile
    found = finished(connect, objective, *ENDS, steps=4)
    assert len(found.losses) == 4
    assert found.dataset["t"].values.tolist() == [0, 1]


def test_settings_out_of_range_are_refused(mlp):
    objective, b = mlp.objective(), shifted(mlp.model, 1)
    broken = {n: torch.full_like(p, torch.nan) for n, p in objective.parameters.items()}
    for options, words in [
        ({"steps": 3}, "steps is 3: give an integer of at least 4"),
        ({"bends": 0}, "bends is 0"),
        ({"lr": 0.0}, "give lr > 0"),
        ({"momentum": 1.0}, "give lr > 0"),
        ({"tol": 0.0}, "give lr > 0"),
        ({"kind": "spline"}, "kind is 'spline'"),
        ({"seed": 0.5}, "seed is 0.5"),
        ({"batch_size": 0}, "batch size is 0"),
    ]:
        with pytest.raises(ValueError, match=words):
            connect(objective, mlp.model, b, **options)
    with pytest.raises(ValueError, match=r"last model has non-finite values in '0\.weight'"):
        connect(objective, mlp.model, broken)


def test_learning_rate_follows_the_schedule():
    assert [learning_rate(2.0, s) for s in (0, 0.5, 0.9, 0.95, 1)] == pytest.approx([2, 2, 0.02, 0.02, 0.02])
    assert learning_rate(2.0, 0.7) == pytest.approx(2 * (1 - 0.99 / 2))
