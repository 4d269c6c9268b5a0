import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from line_problem import VectorLoss, groups, make_model, rates, start, trajectory
from line_problem import one_step as line_step

from zenith.baselines import LQA
from zenith.baselines.line_probe import LineProbe


def transcription(steps=100, lr=1.0, second_lr=None, d0=0.1, largest=1.0, weight_decay=0.0):
    """The paper's equations on one weight vector, and which of the rule's cases came up."""
    problem, w, path, cases = VectorLoss(weight_decay), start(), [], set()
    lrs = rates(lr, second_lr)
    largest_lr, share = float(lrs.max()), lrs / lrs.max()
    for t in range(steps):
        d = share * problem.gradient(w, t)
        zero, plus, minus = problem.at(w, t), problem.at(w + d0 * d, t), problem.at(w - d0 * d, t)
        delta = d0 * (plus - minus) / (2 * (plus + minus - 2 * zero))
        case = "minimum" if plus + minus > 2 * zero and delta > 0 else "none"
        if case == "none":
            delta = d0
        elif delta > largest:
            case = "capped"
        cases.add(case)
        w = w - largest_lr * min(delta, largest) * d
        path.append(w)
    return torch.stack(path), cases


@pytest.mark.parametrize(
    ("ours", "theirs", "cases"),
    [
        ({}, {}, {"minimum", "capped"}),
        ({"lr": 0.5, "weight_decay": 0.01}, {"lr": 0.5, "weight_decay": 0.01}, {"minimum"}),
        ({"probe_step": 2.0, "max_step": 5.0}, {"d0": 2.0, "largest": 5.0}, {"minimum"}),
    ],
)
def test_literal_transcription(ours, theirs, cases):
    model = make_model()
    path = trajectory(model, LQA(model.parameters(), **ours))
    expected, seen = transcription(**theirs)
    assert cases <= seen
    torch.testing.assert_close(path, expected, rtol=1e-6, atol=1e-8)


def test_two_groups_move_along_one_line():
    model = make_model()
    path = trajectory(model, LQA(groups(model, 0.2, 0.8)))
    expected, _ = transcription(lr=0.2, second_lr=0.8)
    torch.testing.assert_close(path, expected, rtol=1e-6, atol=1e-8)


def one_step(w, loss, **settings):
    optimizer = LQA([w], **settings)
    probe = LineProbe(torch.nn.Module(), loss)
    value = probe.forward()
    value.backward()
    optimizer.step(loss=value, probe=probe)
    return optimizer


@settings(max_examples=50, deadline=None)
@given(
    curvatures=st.lists(st.floats(0.1, 10), min_size=3, max_size=3),
    position=st.lists(st.floats(0.1, 5), min_size=3, max_size=3),
    d0=st.floats(0.01, 1),
)
def test_minimum_of_a_quadratic_along_the_gradient_whatever_d0(curvatures, position, d0):
    curvature, before = (torch.tensor(x, dtype=torch.float64) for x in (curvatures, position))
    w = torch.nn.Parameter(before.clone())
    optimizer = one_step(w, lambda: 0.5 * (curvature * w * w).sum(), probe_step=d0, max_step=1e9)
    g = curvature * before
    delta = float(g @ g / (g @ (curvature * g)))
    torch.testing.assert_close(w.detach(), before - delta * g, rtol=1e-6, atol=1e-6)
    assert optimizer.effective_lrs == pytest.approx((delta,), rel=1e-6)


@pytest.mark.parametrize("loss", [lambda w: -w.square().sum(), lambda w: w.sum()], ids=["concave", "linear"])
def test_without_a_minimum_ahead_the_step_is_the_probes(loss):
    w = torch.nn.Parameter(torch.tensor([2.0], dtype=torch.float64))
    optimizer = one_step(w, lambda: loss(w), probe_step=0.125)
    gradient = w.grad.item()
    assert w.item() == pytest.approx(2.0 - 0.125 * gradient, abs=1e-12)
    assert optimizer.effective_lrs == (0.125,)


def test_a_minimum_behind_is_not_stepped_to():
    w = torch.nn.Parameter(torch.tensor([1.0], dtype=torch.float64))
    w.grad = torch.tensor(
        [2.0], dtype=torch.float64
    )  # as noise in the gradient may have it: the loss falls uphill of it
    optimizer = LQA([w], probe_step=0.125)
    optimizer.step(loss=0.25, probe=LineProbe(torch.nn.Module(), lambda: (w - 1.5).square().sum()))
    assert w.item() == 0.75
    assert optimizer.effective_lrs == (0.125,)


def test_a_probe_that_is_not_finite_gives_the_probes_step():
    w = torch.nn.Parameter(torch.tensor([1.0]))
    optimizer = LQA([w], probe_step=0.25)
    w.square().sum().backward()
    optimizer.step(loss=1.0, probe=LineProbe(torch.nn.Module(), lambda: math.nan))
    assert w.item() == 0.5


# Recorded from the authors' LQA.py (inqzhu/LQA, d9eb399) in float64 on the CPU, for batches 0 to 4 at weights 0.6
# sin(1.1 i) in epoch 45, whose probes are 0.1 away: the step to the minimum in units of the gradient over its largest
# element.
AUTHORS = [0.27213423635847317, 0.2842998153545977, 0.23748704493296416, 0.2129181912498956, 0.25879628790555]


@pytest.mark.parametrize(("batch", "expected"), list(enumerate(AUTHORS)))
def test_minimum_along_the_line_as_the_authors_code_finds_it(batch, expected):
    model, w = make_model(), 0.6 * torch.sin(1.1 * torch.arange(44, dtype=torch.float64))
    torch.nn.utils.vector_to_parameters(w, model.parameters())
    largest = float(VectorLoss().gradient(w, batch).abs().max())
    optimizer = LQA(model.parameters(), probe_step=0.1 / largest)
    line_step(model, optimizer, batch)
    assert optimizer.effective_lrs[0] * largest == pytest.approx(expected, rel=1e-9)
