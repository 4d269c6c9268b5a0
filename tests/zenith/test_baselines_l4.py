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


# Recorded from the authors' L4.py (martius-lab/l4-optimizer, 060b009) on this problem by TensorFlow 2.21's compat.v1,
# in float32, with its defaults: alpha 0.15, gamma 0.9. Nothing in its graph says whether Lmin is read before or after
# it grows by a thousandth, which makes 0.2 % of a step; here, with resource variables, it was before, as in the paper.
AUTHORS = {
    "momentum": {
        1: [-0.0002671819238457829, -0.054994698613882065, 0.3212423026561737, -0.3577946722507477],
        10: [-0.002504250267520547, -0.057699404656887054, 0.3071337044239044, -0.2599835693836212],
        50: [-0.008563983254134655, -0.05788399651646614, 0.2589641511440277, 0.008309124037623405],
        100: [0.007371263578534126, 0.03803493455052376, 0.4305058419704437, 0.08874227106571198],
    },
    "adam": {
        1: [-0.005682476796209812, -0.060022614896297455, 0.31909048557281494, -0.3677257299423218],
        10: [-0.03889312595129013, -0.08518823981285095, 0.2837744951248169, -0.32664671540260315],
        50: [-0.07741805166006088, -0.08174559473991394, 0.19193661212921143, -0.20895889401435852],
        100: [-0.12609510123729706, -0.05443160608410835, 0.3365790843963623, -0.09672379493713379],
    },
}


@pytest.mark.parametrize("base", ["momentum", "adam"])
def test_trajectory_of_the_authors_code(base):
    model = make_model()
    path = trajectory(model, L4(model.parameters(), lr=0.15, base=base))
    for step, weights in AUTHORS[base].items():
        expected = torch.tensor(weights, dtype=torch.float64)
        torch.testing.assert_close(path[step - 1, [0, 13, 31, 43]], expected, rtol=1e-4, atol=1e-6)
