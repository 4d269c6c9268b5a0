import copy
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from line_problem import VectorLoss, groups, loss_of, make_model, rates, start, trajectory

from zenith.baselines import GeN
from zenith.baselines.line_probe import LineProbe


def transcription(
    steps=100, lr=1.0, second_lr=None, eta=0.1, every=4, gamma=0.9, base="sgd", momentum=0.0, weight_decay=0.0
):
    """The paper's equations on one weight vector, with the directions of SGD and Adam as their papers have them."""
    problem, w, path = VectorLoss(weight_decay), start(), []
    buffer, first, second = (torch.zeros(44, dtype=torch.float64) for _ in range(3))
    lrs = rates(lr, second_lr)
    largest_lr, share = float(lrs.max()), lrs / lrs.max()
    for t in range(steps):
        g = problem.gradient(w, t)
        if base == "sgd":
            d = buffer = momentum * buffer + g
        else:
            first = 0.9 * first + 0.1 * g
            second = 0.999 * second + 0.001 * g**2
            d = first / (1 - 0.9 ** (t + 1)) / ((second / (1 - 0.999 ** (t + 1))).sqrt() + 1e-8)
        d = share * d
        if t % every == 0:
            zero, plus, minus = problem.at(w, t), problem.at(w + eta * d, t), problem.at(w - eta * d, t)
            product, curvature = (plus - minus) / (2 * eta), (plus - 2 * zero + minus) / eta**2  # <G, d> and <d, H d>
            if product > 0 and curvature > 0:
                eta = gamma * eta + (1 - gamma) * min(max(product / curvature, eta / 2), 2 * eta)
        w = w - largest_lr * eta * d
        path.append(w)
    return torch.stack(path)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ({}, {}),
        ({"lr": 0.5, "weight_decay": 0.01}, {"lr": 0.5, "weight_decay": 0.01}),
        ({"momentum": 0.9, "first_step": 0.02}, {"momentum": 0.9, "eta": 0.02}),
        ({"base": "adam", "first_step": 1e-3, "every": 1}, {"base": "adam", "eta": 1e-3, "every": 1}),
        ({"smoothing": 0.0, "every": 7}, {"gamma": 0.0, "every": 7}),
    ],
)
def test_literal_transcription(ours, theirs):
    model = make_model()
    path = trajectory(model, GeN(model.parameters(), **ours))
    torch.testing.assert_close(path, transcription(**theirs), rtol=1e-8, atol=1e-10)


def test_two_groups_move_along_one_line():
    model = make_model()
    path = trajectory(model, GeN(groups(model, 0.2, 0.8)))
    torch.testing.assert_close(path, transcription(lr=0.2, second_lr=0.8), rtol=1e-8, atol=1e-10)


@settings(max_examples=50, deadline=None)
@given(
    curvatures=st.lists(st.floats(0.1, 10), min_size=3, max_size=3),
    position=st.lists(st.floats(0.1, 5), min_size=3, max_size=3),
    off=st.floats(0.51, 1.99),
)
def test_minimum_of_a_quadratic_along_the_gradient(curvatures, position, off):
    curvature, before = (torch.tensor(x, dtype=torch.float64) for x in (curvatures, position))
    g = curvature * before
    eta = float(g @ g / (g @ (curvature * g)))
    w = torch.nn.Parameter(before.clone())
    optimizer = GeN([w], first_step=eta / off, smoothing=0.0)
    probe = LineProbe(torch.nn.Module(), lambda: 0.5 * (curvature * w * w).sum())
    loss = probe.forward()
    loss.backward()
    optimizer.step(loss=loss, probe=probe)
    torch.testing.assert_close(w.detach(), before - eta * g, rtol=1e-6, atol=1e-6)
    assert optimizer.effective_lrs == pytest.approx((eta,), rel=1e-6)


def test_the_momentum_advances_once_per_step():
    model = make_model()
    optimizer = GeN(model.parameters(), momentum=0.5, every=1)
    gradients = []
    for step in range(3):
        probe = LineProbe(model, lambda step=step: loss_of(model, step))
        optimizer.zero_grad()
        loss = probe.forward()
        loss.backward()
        gradients.append(model[0].bias.grad.clone())
        optimizer.step(loss=loss, probe=probe)
    expected = 0.25 * gradients[0] + 0.5 * gradients[1] + gradients[2]
    torch.testing.assert_close(optimizer.state[model[0].bias]["momentum_buffer"], expected)


def test_it_probes_every_fourth_step_and_leaves_eta_alone_between():
    model, calls, etas = make_model(), [], []
    optimizer = GeN(model.parameters())
    for step in range(9):
        optimizer.zero_grad()
        loss = loss_of(model, step)
        loss.backward()
        probe = LineProbe(model, lambda step=step: calls.append(step) or loss_of(model, step))
        optimizer.step(loss=loss, probe=probe)
        etas.append(optimizer.effective_lrs[0])
    assert calls == [0, 0, 4, 4, 8, 8]
    assert len(set(etas[:4])) == len(set(etas[4:8])) == 1
    assert len(set(etas)) == 3


def test_a_schedule_multiplies_the_step_and_is_not_measured_away():
    model, other = make_model(), make_model()
    optimizer = GeN(model.parameters(), every=1)
    half = GeN(other.parameters(), every=1, lr=0.5)
    trajectory(model, optimizer, 1)
    trajectory(other, half, 1)
    assert half.effective_lrs[0] == 0.5 * optimizer.effective_lrs[0]


def test_a_measured_loss_that_is_not_finite_halves_eta():
    w = torch.nn.Parameter(torch.tensor([1.0]))
    optimizer = GeN([w], first_step=0.5)
    w.square().sum().backward()
    optimizer.step(loss=1.0, probe=LineProbe(torch.nn.Module(), lambda: math.inf))
    assert optimizer.effective_lrs == (0.25,)


def test_unknown_base():
    with pytest.raises(ValueError, match="base='adamw' is no direction of GeN: choose 'sgd' or 'adam'"):
        GeN(make_model().parameters(), base="adamw")


def test_an_earlier_state_dict_stays_as_it_was():
    model = make_model()
    optimizer = GeN(model.parameters(), every=1)
    trajectory(model, optimizer, 3)
    saved = optimizer.state_dict()
    before = copy.deepcopy(saved["param_groups"])
    trajectory(model, optimizer, 3)
    assert saved["param_groups"] == before


# Recorded from the authors' GeN.py (ShiyunXu/gen-optim) around SGD at lr=0.1 on this problem in float64, called every
# fourth step from the first on, on the step's own batch.
AUTHORS = {
    1: [-0.0017270714217376762, -0.05869056236081244, 0.3017678779806874, -0.2722874512971075],
    10: [-0.015480725623057362, -0.05648349837594799, 0.22370605964508117, 0.1300639633733609],
    50: [-0.010016533517582431, 0.010028633576525173, 0.3258854448793305, 0.12148896005635598],
    100: [-0.025518913767592886, 0.056113104183261805, 0.5217327730608917, -0.05342755703392363],
}
AUTHORS_LR = 0.46457037394203554


def test_trajectory_of_the_authors_code():
    model = make_model()
    optimizer = GeN(model.parameters())
    path = trajectory(model, optimizer)
    for step, weights in AUTHORS.items():
        expected = torch.tensor(weights, dtype=torch.float64)
        torch.testing.assert_close(path[step - 1, [0, 13, 31, 43]], expected, rtol=1e-4, atol=1e-5)
    assert optimizer.effective_lrs[0] == pytest.approx(AUTHORS_LR, rel=1e-4)
