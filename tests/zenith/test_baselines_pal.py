import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from line_problem import VectorLoss, flat, groups, make_model, one_step, rates, start, trajectory

from zenith.baselines import PAL
from zenith.baselines.line_probe import LineProbe


def transcription(steps=100, lr=1.0, second_lr=None, mu=0.1, s_max=10**0.5, beta=0.4, alpha=1 / 0.6, weight_decay=0.0):
    """The paper's equations on one weight vector, and which of the rule's cases came up."""
    problem, w, m, path, cases = VectorLoss(weight_decay), start(), torch.zeros(44, dtype=torch.float64), [], set()
    lrs = rates(lr, second_lr)
    largest_lr, share = float(lrs.max()), lrs / lrs.max()
    for t in range(steps):
        g = problem.gradient(w, t)
        m = beta * m + g
        u = share * m / (share * m).norm()
        b = -float(g @ u)
        a = (problem.at(w - mu * u, t) - problem.at(w, t) - b * mu) / mu**2
        if a > 0 and b < 0:
            s = -b / (2 * a) * alpha
        elif b < 0:
            s = mu
        else:
            s = 0.0
        cases.add("rise" if b >= 0 else "no minimum" if a <= 0 else "capped" if s > s_max else "minimum")
        w = w - largest_lr * min(s, s_max) * u
        path.append(w)
    return torch.stack(path), cases


@pytest.mark.parametrize(
    ("ours", "theirs", "cases"),
    [
        ({}, {}, {"minimum"}),
        ({"lr": 0.5, "weight_decay": 0.01}, {"lr": 0.5, "weight_decay": 0.01}, {"minimum"}),
        (
            {"measuring_step": 1.0, "max_step": 0.5, "direction_adaptation": 0.0, "step_adaptation": 1.0},
            {"mu": 1.0, "s_max": 0.5, "beta": 0.0, "alpha": 1.0},
            {"minimum", "capped"},
        ),
        ({"direction_adaptation": 0.9}, {"beta": 0.9}, {"minimum", "rise"}),
    ],
)
def test_literal_transcription(ours, theirs, cases):
    model = make_model()
    path = trajectory(model, PAL(model.parameters(), **ours))
    expected, seen = transcription(**theirs)
    assert cases <= seen
    torch.testing.assert_close(path, expected, rtol=1e-6, atol=1e-8)


def test_two_groups_move_along_one_line():
    model = make_model()
    path = trajectory(model, PAL(groups(model, 0.8, 0.2)))
    expected, _ = transcription(lr=0.8, second_lr=0.2)
    torch.testing.assert_close(path, expected, rtol=1e-6, atol=1e-8)


def test_step_where_the_line_has_no_minimum():
    # A concave loss: the step is mu along the normalised gradient.
    w = torch.nn.Parameter(torch.tensor([3.0, 4.0], dtype=torch.float64))
    optimizer = PAL([w], measuring_step=0.25)
    probe = LineProbe(torch.nn.Module(), lambda: -w.norm().square())
    loss = probe.forward()
    loss.backward()
    optimizer.step(loss=loss, probe=probe)
    torch.testing.assert_close(w.detach(), 5.25 / 5 * torch.tensor([3.0, 4.0], dtype=torch.float64))
    assert optimizer.effective_lrs == pytest.approx((0.25 / 10,))


@settings(max_examples=50, deadline=None)
@given(
    curvatures=st.lists(st.floats(0.1, 10), min_size=3, max_size=3),
    position=st.lists(st.floats(0.1, 5), min_size=3, max_size=3),
    mu=st.floats(0.05, 2),
)
def test_minimum_of_a_quadratic_along_the_gradient_whatever_mu(curvatures, position, mu):
    curvature, before = (torch.tensor(x, dtype=torch.float64) for x in (curvatures, position))
    w = torch.nn.Parameter(before.clone())
    optimizer = PAL([w], measuring_step=mu, step_adaptation=1.0, direction_adaptation=0.0, max_step=1e9)
    probe = LineProbe(torch.nn.Module(), lambda: 0.5 * (curvature * w * w).sum())
    loss = probe.forward()
    loss.backward()
    optimizer.step(loss=loss, probe=probe)
    g = curvature * before
    eta = float(g @ g / (g @ (curvature * g)))
    torch.testing.assert_close(w.detach(), before - eta * g, rtol=1e-6, atol=1e-6)
    assert optimizer.effective_lrs == pytest.approx((eta,), rel=1e-6)


@settings(max_examples=20, deadline=None)
@given(exponent=st.integers(-12, 12))
def test_scaling_the_loss_changes_nothing(exponent):
    plain, scaled = make_model(), make_model()
    optimizers = PAL(plain.parameters()), PAL(scaled.parameters())
    for step in range(5):
        one_step(plain, optimizers[0], step)
        one_step(scaled, optimizers[1], step, scale=2.0**exponent)
    assert torch.equal(flat(plain), flat(scaled))


@pytest.mark.parametrize("ahead", [math.inf, -math.inf, math.nan])
def test_a_probe_that_is_not_finite_gives_no_step(ahead):
    w = torch.nn.Parameter(torch.tensor([1.0]))
    optimizer = PAL([w])
    w.square().sum().backward()
    optimizer.step(loss=1.0, probe=LineProbe(torch.nn.Module(), lambda: ahead))
    assert w.item() == 1.0
    assert optimizer.effective_lrs == (0.0,)


# Recorded from the authors' pal_optimizer.py (cogsys-tuebingen/PAL, PyTorch, version 1.1) on this problem in float64,
# with measuring_step_size=0.1 and its other defaults; its CUDA random state, absent here, replaced.
AUTHORS = {
    1: [-0.014557402425516503, -0.09117190735548167, 0.13061557046614944, 0.4791980417609671],
    10: [0.059828057670141974, -0.05484424727022351, 0.28069143707971966, 0.06100475443359021],
    50: [0.006558688277269794, -0.19499718012988573, 0.529611235998558, -0.31383527417471824],
    100: [-0.05382707100631535, -0.19793926320660613, 0.5154522617228531, -0.33865768056394374],
}


def test_trajectory_of_the_authors_code():
    model = make_model()
    path = trajectory(model, PAL(model.parameters()))
    for step, weights in AUTHORS.items():
        expected = torch.tensor(weights, dtype=torch.float64)
        torch.testing.assert_close(path[step - 1, [0, 13, 31, 43]], expected, rtol=1e-4, atol=1e-5)
