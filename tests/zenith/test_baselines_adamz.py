import itertools
import math
import statistics

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from line_problem import VectorLoss, flat, groups, make_model, start, trajectory

from zenith.baselines import AdamZ
from zenith.methods import make_optimizer

SHORT = {"patience": 12, "stagnation_period": 4, "stagnation_threshold": 0.6}


class Adam:
    """Kingma and Ba's Algorithm 1 on one weight vector."""

    def __init__(self):
        self.m, self.v, self.t = torch.zeros(44, dtype=torch.float64), torch.zeros(44, dtype=torch.float64), 0

    def step(self, w, g, lr, eps=1e-8):
        self.t += 1
        self.m = 0.9 * self.m + 0.1 * g
        self.v = 0.999 * self.v + 0.001 * g**2
        return w - lr * (self.m / (1 - 0.9**self.t)) / ((self.v / (1 - 0.999**self.t)).sqrt() + eps)


def clipped(g, largest=1.0):
    return g * min(1.0, largest / (float(g.norm()) + 1e-6))


def transcription(steps=100, lr=0.01, patience=100, period=10, threshold=0.2, rule="authors", largest=1.0):
    """The authors' algorithm, or ours in its place, on one weight vector; and the learning rates."""
    problem, w, adam, path, lrs, window = VectorLoss(), start(), Adam(), [], [], []
    for t in range(steps):
        loss = problem.at(w, t)
        window = [*window, loss][-patience:]
        recent, earlier = window[-period:], window[:-period]
        if rule == "authors" and len(window) == patience:
            if loss >= max(window):
                lr *= 0.5
            if statistics.pstdev(recent) < threshold * statistics.pstdev(window):
                lr *= 1.2
            lr = max(1e-7, min(lr, 1.0))
        if rule == "ours" and len(window) == patience:
            former = lr
            if statistics.fmean(recent) > max(earlier):
                lr *= 0.5
            elif statistics.fmean(recent) >= statistics.fmean(earlier[-period:]) and (
                statistics.pstdev(recent) < threshold * statistics.pstdev(window)
            ):
                lr *= 1.2
            if lr != former:
                window = []
        w = adam.step(w, clipped(problem.gradient(w, t), largest), lr)
        path.append(w)
        lrs.append(lr)
    return torch.stack(path), lrs


@pytest.mark.parametrize(("rule", "patience", "period", "threshold"), [("authors", 12, 4, 0.6), ("ours", 6, 2, 0.8)])
def test_literal_transcription(rule, patience, period, threshold):
    model = make_model()
    windows = {"patience": patience, "stagnation_period": period, "stagnation_threshold": threshold}
    optimizer = AdamZ(model.parameters(), lr=0.05, max_grad_norm=0.5, **windows, corrected=rule == "ours")
    path = trajectory(model, optimizer)
    expected, lrs = transcription(
        lr=0.05, patience=patience, period=period, threshold=threshold, rule=rule, largest=0.5
    )
    assert any(a < b for a, b in itertools.pairwise(lrs))  # both factors came up
    assert any(a > b for a, b in itertools.pairwise(lrs))
    torch.testing.assert_close(path, expected, rtol=1e-9, atol=1e-11)
    assert optimizer.effective_lrs[0] == pytest.approx(lrs[-1], rel=1e-12)


def test_clip_only_is_adam_with_clipping():
    model = make_model()
    path = trajectory(
        model, AdamZ(model.parameters(), max_grad_norm=0.1, patience=4, stagnation_period=2, clip_only=True)
    )
    expected, _ = transcription(rule="none", largest=0.1)
    torch.testing.assert_close(path, expected, rtol=1e-9, atol=1e-11)


def test_without_clipping_and_controller_it_is_torchs_adam():
    model, other = make_model(), make_model()
    path = trajectory(model, AdamZ(model.parameters(), max_grad_norm=None, clip_only=True, weight_decay=0.01))
    expected = trajectory(other, torch.optim.Adam(other.parameters(), lr=0.01, weight_decay=0.01, foreach=True))
    assert torch.equal(path, expected)


def learning_rates(losses, **given):
    """What the controller makes of a course of the loss; the gradients are of no matter to it."""
    w = torch.nn.Parameter(torch.zeros(1))
    w.grad = torch.zeros(1)
    optimizer, lrs = AdamZ([w], **given), []
    for loss in losses:
        optimizer.step(loss=loss)
        lrs.append(optimizer.effective_lrs[0])
    return lrs


def noise(steps, scale):
    generator = torch.Generator().manual_seed(0)
    return (1 + scale * torch.randn(steps, generator=generator, dtype=torch.float64)).tolist()


def smooth_decay(steps):
    return [math.exp(-t / 20) + 0.01 for t in range(steps)]


@pytest.mark.parametrize(
    ("losses", "theirs"),
    [
        (noise(1100, 0.1), pytest.approx(0.01 * 0.5**11, rel=0.999)),  # halved about every hundred steps
        (smooth_decay(400), 1.0),  # takes the upper bound
        ([0.5] * 200, 1e-7),  # takes the lower bound
    ],
    ids=["stationary noise", "smooth decay", "constant"],
)
def test_the_traps_of_the_papers_controller_are_closed_by_the_corrected_one(losses, theirs):
    assert learning_rates(losses)[-1] == theirs
    assert learning_rates(losses, corrected=True) == [0.01] * len(losses)


def test_divergence_halves_the_learning_rate_once_per_window():
    lrs = learning_rates([1.0] * 100 + [1.0 + 0.1 * t for t in range(250)], corrected=True)
    assert lrs[-1] == 0.01 * 0.5**3
    changes = [t for t in range(1, len(lrs)) if lrs[t] != lrs[t - 1]]
    assert all(later - sooner >= 100 for sooner, later in itertools.pairwise(changes))


def test_a_plateau_after_a_fall_raises_it():
    falling, flat_part = [2.0 - 0.02 * t for t in range(50)], [1.0 + 1e-3 * (t % 2) for t in range(60)]
    lrs = learning_rates(falling + flat_part, corrected=True)
    assert lrs[-1] == pytest.approx(0.012)


@settings(max_examples=30, deadline=None)
@given(factor=st.floats(0.1, 10), seed=st.integers(0, 100))
def test_the_controller_knows_no_scale(factor, seed):
    generator = torch.Generator().manual_seed(seed)
    losses = torch.randn(80, generator=generator, dtype=torch.float64).cumsum(0)
    short = {"patience": 12, "stagnation_period": 3}
    assert learning_rates(losses.tolist(), **short) == learning_rates((factor * losses).tolist(), **short)


def test_bounds():
    assert learning_rates([float(t) for t in range(60)], patience=4, stagnation_period=1, min_lr=0.004)[-1] == 0.004
    with pytest.raises(ValueError, match=r"lr=2 is outside \[1e-07, 1\]"):
        AdamZ(make_model().parameters(), lr=2.0)


def test_a_loss_that_is_not_finite_is_not_remembered():
    losses = [1.0 + 0.1 * t for t in range(40)]
    with_nan = [*losses[:20], math.nan, math.inf, *losses[20:]]
    short = {"patience": 6, "stagnation_period": 2}
    expected, lrs = learning_rates(losses, **short), learning_rates(with_nan, **short)
    assert lrs[:20] + lrs[22:] == expected
    assert lrs[20] == lrs[21] == lrs[19]
    assert expected[-1] < 0.01


@pytest.mark.parametrize("given", [{}, {"corrected": True}, {"clip_only": True}], ids=str)
def test_clipping_reaches_all_groups(given):
    first, second = torch.nn.Parameter(torch.zeros(1)), torch.nn.Parameter(torch.zeros(1))
    first.grad, second.grad = torch.tensor([3.0]), torch.tensor([4.0])
    optimizer = AdamZ([{"params": [first]}, {"params": [second]}], **given)
    optimizer.step(loss=1.0)
    moments = [optimizer.state[p]["exp_avg"].item() / 0.1 for p in (first, second)]
    assert moments == pytest.approx((0.6, 0.8), rel=1e-5)
    assert (first.grad.item(), second.grad.item()) == (3.0, 4.0)


def test_groups_keep_their_own_learning_rates_and_betas():
    model = make_model()
    settings = groups(model, 0.01, 0.002)
    settings[1]["betas"] = (0.5, 0.9)
    optimizer = AdamZ(settings, patience=4, stagnation_period=1, max_grad_norm=None, corrected=True)
    other = make_model()
    torch_settings = groups(other, 0.01, 0.002)
    torch_settings[1]["betas"] = (0.5, 0.9)
    adam = torch.optim.Adam(torch_settings, foreach=True)
    assert torch.equal(trajectory(model, optimizer, 3), trajectory(other, adam, 3))
    for loss in (1.0, 2.0, 3.0, 4.0):
        optimizer.step(loss=loss)
    assert optimizer.effective_lrs == (0.005, 0.001)


def test_a_step_without_a_loss_is_refused():
    model = make_model()
    before = flat(model)
    model(torch.ones(1, 4, dtype=torch.float64)).sum().backward()
    with pytest.raises(ValueError, match=r"AdamZ steps by the batch's loss and was given none: call step\(loss=loss\)"):
        AdamZ(model.parameters()).step()
    assert torch.equal(flat(model), before)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"overshoot_factor": 1.5}, r"overshoot_factor=1\.5 is out of range: give a finite number above 0 and below 1"),
        ({"stagnation_factor": 0.5}, r"stagnation_factor=0\.5 is out of range: give a finite number above 1"),
        ({"patience": 1.5}, r"patience=1\.5 is out of range: give a whole number of at least 1"),
        ({"patience": 15, "corrected": True}, r"patience=15 is too short for stagnation_period=10"),
        ({"betas": (0.9, 1.0)}, r"betas\[1\]=1\.0 is out of range"),
    ],
)
def test_settings_out_of_range(given, message):
    with pytest.raises(ValueError, match=message):
        AdamZ(make_model().parameters(), **given)


def test_the_methods_are_the_papers_rule_and_the_corrected_one():
    """At the table's own settings, on 300 steps in which the controller is at work."""
    for name, rule in (("adamz", "authors"), ("adamz-corrected", "ours"), ("adamz-clip-only", "none")):
        model = make_model()
        optimizer = make_optimizer(name, model.parameters())
        expected, lrs = transcription(steps=300, rule=rule)
        torch.testing.assert_close(trajectory(model, optimizer, 300), expected, rtol=1e-9, atol=1e-11)
        assert (lrs[-1] == 0.01) == (rule == "none")
        assert optimizer.effective_lrs[0] == pytest.approx(lrs[-1], rel=1e-12)


# Recorded from the authors' Whitepaper/AdamZ.py (izaznov/AdamZ) on this problem in float64, with lr=0.05 and the
# settings SHORT; calls whose arguments torch has renamed since in their present form. eps is 1e-20, because that code
# adds it before the correction of the second moment's bias, torch's Adam after.
AUTHORS = {
    1: [-0.05, -0.1043182977120381, 0.2748064308431006, -0.3234437752086882],
    10: [-0.08294452641363181, -0.41476979024134625, 0.04343650572756874, 0.016151906535003542],
    50: [0.5945856497587317, -0.11961356153358954, 0.0773576383755106, 0.00957783726048313],
    100: [0.250012779508454, 0.1595332639551758, 0.08720075855035833, 0.05913469454887908],
}
AUTHORS_LR = 0.3577358124152585


def test_trajectory_of_the_authors_code():
    model = make_model()
    optimizer = AdamZ(model.parameters(), lr=0.05, eps=1e-20, **SHORT)
    path = trajectory(model, optimizer)
    for step, weights in AUTHORS.items():
        expected = torch.tensor(weights, dtype=torch.float64)
        torch.testing.assert_close(path[step - 1, [0, 13, 31, 43]], expected, rtol=1e-7, atol=1e-9)
    assert optimizer.effective_lrs[0] == pytest.approx(AUTHORS_LR, rel=1e-12)
