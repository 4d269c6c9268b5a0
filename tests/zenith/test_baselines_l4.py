import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from line_problem import VectorLoss, flat, groups, make_model, one_step, rates, start, trajectory

from zenith.baselines import L4


def transcription(steps=100, alpha=0.1, second=None, gamma=0.9, base="momentum", weight_decay=0.0):
    """The paper's equations on one weight vector."""
    problem, w, path, lowest = VectorLoss(weight_decay), start(), [], None
    m, v = torch.zeros(44, dtype=torch.float64), torch.zeros(44, dtype=torch.float64)
    alphas = rates(alpha, second)
    alpha, share = float(alphas.max()), alphas / alphas.max()
    for t in range(1, steps + 1):
        g, loss = problem.gradient(w, t - 1), problem.at(w, t - 1)
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g**2
        g_hat = m / (1 - 0.9**t)
        adam = g_hat / ((v / (1 - 0.999**t)).sqrt() + 1e-4)
        direction = share * (g_hat if base == "momentum" else adam)
        lowest = min(0.75 * loss if lowest is None else lowest, loss)
        w = w - alpha * (loss - gamma * lowest) / (float(g_hat @ direction) + 1e-12) * direction
        lowest *= 1 + 1 / 1000
        path.append(w)
    return torch.stack(path)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ({}, {}),
        ({"lr": 0.15, "gamma": 0.8, "weight_decay": 0.01}, {"alpha": 0.15, "gamma": 0.8, "weight_decay": 0.01}),
        ({"base": "adam"}, {"base": "adam"}),
    ],
)
def test_literal_transcription(ours, theirs):
    model = make_model()
    path = trajectory(model, L4(model.parameters(), **ours))
    torch.testing.assert_close(path, transcription(**theirs), rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("base", ["momentum", "adam"])
def test_two_groups_share_one_direction(base):
    model = make_model()
    path = trajectory(model, L4(groups(model, 0.05, 0.1), base=base))
    torch.testing.assert_close(path, transcription(alpha=0.05, second=0.1, base=base), rtol=1e-8, atol=1e-10)


@settings(max_examples=20, deadline=None)
@given(exponent=st.integers(-8, 12))
def test_scaling_the_loss_changes_nothing(exponent):
    plain, scaled = make_model(), make_model()
    optimizers = L4(plain.parameters()), L4(scaled.parameters())
    for step in range(4):
        one_step(plain, optimizers[0], step)
        one_step(scaled, optimizers[1], step, scale=2.0**exponent)
    # But for the damping of 1e-12.
    torch.testing.assert_close(flat(plain), flat(scaled), rtol=1e-5, atol=1e-6)


def test_a_step_takes_the_tangent_the_part_alpha_of_the_way():
    w = torch.nn.Parameter(torch.tensor([3.0, 4.0], dtype=torch.float64))
    loss = w.square().sum()
    loss.backward()
    L4([w], lr=0.2, gamma=0.5).step(loss=loss)
    gradient, moved = w.grad, w.detach() - torch.tensor([3.0, 4.0], dtype=torch.float64)
    assert float(-(gradient @ moved)) == pytest.approx(0.2 * (25 - 0.5 * 0.75 * 25))


def test_a_negative_loss_is_refused():
    w = torch.nn.Parameter(torch.tensor([1.0]))
    w.sum().backward()
    with pytest.raises(ValueError, match=r"the loss -2 lies below 0, the lower bound that L4"):
        L4([w]).step(loss=-2.0)


def test_unknown_base():
    with pytest.raises(ValueError, match="base='sgd' is no direction of L4: choose 'momentum' or 'adam'"):
        L4(make_model().parameters(), base="sgd")
