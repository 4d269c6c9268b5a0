import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from line_problem import VectorLoss, flat, groups, make_model, one_step, rates, start, trajectory

from zenith.baselines import SPS


def transcription(steps=100, lr=1.0, second_lr=None, eta_max=0.1, c=0.5, bound=0.0, per_epoch=None, weight_decay=0.0):
    """The paper's equations on one weight vector, and which of the rule's cases came up."""
    problem, w, path, cases, gamma = VectorLoss(weight_decay), start(), [], set(), 1.0
    lrs = rates(lr, second_lr)
    largest_lr, share = float(lrs.max()), lrs / lrs.max()
    for t in range(steps):
        g = problem.gradient(w, t)
        polyak = (problem.at(w, t) - bound) / (c * float(g @ (share * g)) + 1e-8)
        smooth = math.inf if per_epoch is None else 2 ** (1 / per_epoch) * gamma
        gamma = min(polyak, eta_max, smooth)
        cases.add({polyak: "polyak", eta_max: "capped", smooth: "smoothed"}[gamma])
        w = w - largest_lr * gamma * share * g
        path.append(w)
    return torch.stack(path), cases


@pytest.mark.parametrize(
    ("ours", "theirs", "cases"),
    [
        ({}, {}, {"capped"}),
        ({"max_step": 1.0}, {"eta_max": 1.0}, {"capped", "polyak"}),
        ({"max_step": None, "c": 2.0}, {"eta_max": math.inf, "c": 2.0}, {"polyak"}),
        (
            {"max_step": None, "batches_per_epoch": 5, "lr": 0.3},
            {"eta_max": math.inf, "per_epoch": 5, "lr": 0.3},
            {"polyak", "smoothed"},
        ),
        (
            {"max_step": 1.0, "lower_bound": 0.004, "weight_decay": 0.01, "lr": 0.5},
            {"eta_max": 1.0, "bound": 0.004, "weight_decay": 0.01, "lr": 0.5},
            {"capped", "polyak"},
        ),
    ],
)
def test_literal_transcription(ours, theirs, cases):
    model = make_model()
    path = trajectory(model, SPS(model.parameters(), **ours))
    expected, seen = transcription(**theirs)
    assert cases <= seen
    torch.testing.assert_close(path, expected, rtol=1e-8, atol=1e-10)


def test_two_groups_share_the_norm():
    model = make_model()
    path = trajectory(model, SPS(groups(model, 0.2, 0.8), max_step=1.0))
    expected, seen = transcription(lr=0.2, second_lr=0.8, eta_max=1.0)
    assert "polyak" in seen
    torch.testing.assert_close(path, expected, rtol=1e-8, atol=1e-10)


def test_reaches_the_interpolating_solution():
    # Ten equations, twenty unknowns: every single equation can be met, so each batch's least loss is 0.
    generator = torch.Generator().manual_seed(0)
    features = torch.randn(10, 20, generator=generator, dtype=torch.float64)
    targets = torch.randn(10, generator=generator, dtype=torch.float64)
    w = torch.nn.Parameter(torch.zeros(20, dtype=torch.float64))
    optimizer = SPS([w], max_step=None)
    for step in range(2000):
        optimizer.zero_grad()
        loss = 0.5 * (features[step % 10] @ w - targets[step % 10]).square()
        loss.backward()
        optimizer.step(loss=loss)
    # c = 1/2 projects onto the equation of each batch (Kaczmarz's method), whose limit is the solution of least norm.
    expected = torch.linalg.lstsq(features, targets, driver="gelsd").solution
    torch.testing.assert_close(w.detach(), expected, rtol=1e-4, atol=1e-4)


@settings(max_examples=20, deadline=None)
@given(exponent=st.integers(-6, 12))
def test_scaling_the_loss_changes_nothing_without_a_bound(exponent):
    plain, scaled = make_model(), make_model()
    optimizers = SPS(plain.parameters(), max_step=None), SPS(scaled.parameters(), max_step=None)
    for step in range(3):
        one_step(plain, optimizers[0], step)
        one_step(scaled, optimizers[1], step, scale=2.0**exponent)
    # But for the damping of 1e-8.
    torch.testing.assert_close(flat(plain), flat(scaled), rtol=1e-3, atol=1e-4)


def test_a_batch_at_its_bound_does_not_lock_the_smoothing():
    w = torch.nn.Parameter(torch.tensor([1.0], dtype=torch.float64))
    optimizer = SPS([w], max_step=None, batches_per_epoch=1)
    w.square().sum().backward()
    optimizer.step(loss=0.0)
    assert optimizer.effective_lrs == (0.0,)
    optimizer.step(loss=1.0)
    assert optimizer.effective_lrs[0] == pytest.approx(1 / (0.5 * 4), rel=1e-6)


def test_a_loss_below_the_bound_is_refused():
    w = torch.nn.Parameter(torch.tensor([1.0]))
    w.square().sum().backward()
    with pytest.raises(ValueError, match=r"the loss -0\.5 lies below 0, the lower bound that SPS"):
        SPS([w]).step(loss=-0.5)
    assert w.item() == 1.0


# Recorded from the authors' sps.py (IssamLaradji/sps) on this problem in float64: adapt_flag="smooth_iter" with 5
# batches per epoch, and "constant" with eta_max=1.0.
AUTHORS_SMOOTH = {
    1: [-0.010961307914071156, -0.08206801234098121, 0.1785862637781897, 0.2685711408477312],
    10: [0.004458783836682724, -0.006161857252597953, 0.21880922540641407, 0.10154114805090043],
    50: [-0.004134159298977257, 0.021113181326080022, 0.5859964949043723, -0.07771797948621757],
    100: [0.0022023114796967335, -0.033448564178794, 0.6570687383174371, -0.11050041973466153],
}
AUTHORS_MAX = {
    1: [-0.010961307914071156, -0.08206801234098121, 0.1785862637781897, 0.2685711408477312],
    10: [-0.012688300870134374, -0.014785215887193953, 0.21101449561534885, 0.07730156090933293],
    50: [-0.009747582052481545, 0.009109682135997664, 0.5621120005127866, -0.0711425008219743],
    100: [-0.01086891017697775, -0.04765436474733037, 0.6482211728843379, -0.11225596867810422],
}


@pytest.mark.parametrize(
    ("recorded", "given"),
    [(AUTHORS_SMOOTH, {"max_step": None, "batches_per_epoch": 5}), (AUTHORS_MAX, {"max_step": 1.0})],
)
def test_trajectory_of_the_authors_code(recorded, given):
    model = make_model()
    path = trajectory(model, SPS(model.parameters(), **given))
    for step, weights in recorded.items():
        expected = torch.tensor(weights, dtype=torch.float64)
        torch.testing.assert_close(path[step - 1, [0, 13, 31, 43]], expected, rtol=1e-6, atol=1e-8)
