import copy
import math

import pytest
import torch
from line_problem import VectorLoss, groups, make_model, rates, start, trajectory

from zenith.baselines import DoWG


def transcription(steps=100, lr=1.0, second_lr=None, eps=1e-4, weight_decay=0.0):
    """The paper's equations on one weight vector."""
    problem, w, path = VectorLoss(weight_decay), start(), []
    r_squared, v = eps, 0.0
    for t in range(steps):
        g = problem.gradient(w, t)
        r_squared = max(r_squared, float((w - start()).square().sum()))
        v += r_squared * float(g @ g)
        w = w - rates(lr, second_lr) * r_squared / (math.sqrt(v) + eps) * g
        path.append(w)
    return torch.stack(path)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [({}, {}), ({"lr": 0.5, "eps": 1e-6}, {"lr": 0.5, "eps": 1e-6}), ({"weight_decay": 0.01}, {"weight_decay": 0.01})],
)
def test_literal_transcription(ours, theirs):
    model = make_model()
    path = trajectory(model, DoWG(model.parameters(), **ours))
    torch.testing.assert_close(path, transcription(**theirs), rtol=1e-10, atol=1e-12)


def test_two_groups_share_distance_and_norm():
    model = make_model()
    path = trajectory(model, DoWG(groups(model, 0.5, 1.5)))
    torch.testing.assert_close(path, transcription(lr=0.5, second_lr=1.5), rtol=1e-10, atol=1e-12)


def test_a_group_at_learning_rate_zero_counts_for_nothing():
    model, alone = make_model(), make_model()
    path = trajectory(model, DoWG(groups(model, 1.0, 0.0)), 20)
    alone[2].requires_grad_(False)
    assert torch.equal(path, trajectory(alone, DoWG(alone[0].parameters()), 20))


def test_an_earlier_state_dict_stays_as_it_was():
    model = make_model()
    optimizer = DoWG(model.parameters())
    trajectory(model, optimizer, 3)
    saved = optimizer.state_dict()
    before = copy.deepcopy(saved["param_groups"])
    trajectory(model, optimizer, 3)
    assert saved["param_groups"] == before


def test_the_statistics_keep_their_precision_beside_half_precision_weights():
    model = make_model(torch.bfloat16)
    optimizer = DoWG(model.parameters())
    trajectory(model, optimizer, 3)
    loaded = DoWG(make_model(torch.bfloat16).parameters())
    loaded.load_state_dict(optimizer.state_dict())
    for key in ("squared_distance", "weighted_gradients"):
        assert loaded.param_groups[0][key].dtype == torch.float32
        assert torch.equal(loaded.param_groups[0][key], optimizer.param_groups[0][key])


# Recorded from the authors' dowg.py (rka97/dowg) on this problem in float64, but for its float32 sums.
AUTHORS = {
    1: [-0.00011636192382355791, -0.05461288027509461, 0.3232542018504606, -0.3666283393737142],
    10: [-0.03929736774136, -0.019637241277016024, 0.19930212541237738, 0.2766391230833823],
    50: [-0.007863319291296777, 0.02280508322206698, 0.5814120184865375, -0.013479334199454115],
    100: [-0.006709884997961391, -0.026733528269212284, 0.6839379950338836, -0.14749608807306078],
}


def test_trajectory_of_the_authors_code():
    model = make_model()
    path = trajectory(model, DoWG(model.parameters()))
    for step, weights in AUTHORS.items():
        expected = torch.tensor(weights, dtype=torch.float64)
        torch.testing.assert_close(path[step - 1, [0, 13, 31, 43]], expected, rtol=1e-5, atol=1e-6)
