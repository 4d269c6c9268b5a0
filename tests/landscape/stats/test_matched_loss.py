import math

import numpy as np
import pytest

from landscape.stats.matched_loss import at_matched_loss, matched_loss_level


def test_matched_loss_is_exact_on_a_power_law():
    loss = np.array([2.3, 1.1, 0.4, 0.05])
    for level in (2.0, 0.7, 0.1, 0.4, 0.05):
        assert at_matched_loss(loss, 3.0 * loss**0.6, level) == pytest.approx(3.0 * level**0.6, rel=1e-12)


def test_matched_loss_takes_the_first_crossing():
    assert at_matched_loss([2.0, 0.5, 2.0, 0.5], [8.0, 2.0, 100.0, 50.0], 1.0) == pytest.approx(4.0)


@pytest.mark.parametrize(
    ("loss", "measure", "level"),
    [
        ([2.0, 1.0], [1.0, 1.0], 0.5),  # never reached
        ([0.4, 0.3], [1.0, 1.0], 0.5),  # below from the start
        ([2.0, 0.3], [-1.0, 1.0], 0.5),  # no logarithm
        ([2.0, 0.3], [1.0, 0.0], 0.5),
        ([math.nan, 0.3], [1.0, 1.0], 0.5),
        ([2.0, 0.3], [1.0, math.nan], 0.5),
        ([2.0, 0.3], [1.0, 1.0], math.nan),
        ([2.0, 0.0], [1.0, 1.0], 0.0),
        ([], [], 0.5),
    ],
)
def test_matched_loss_is_nan_where_it_does_not_exist(loss, measure, level):
    assert math.isnan(at_matched_loss(loss, measure, level))


def test_matched_level_is_reached_by_all():
    trajectories = [[2.3, 0.5, 0.1], [2.3, 0.4, 0.3, 0.35], [2.3, math.nan]]
    level = matched_loss_level(trajectories)
    assert level == 0.3  # the diverged third run does not count
    assert all(math.isfinite(at_matched_loss(t, np.ones(len(t)), level)) for t in trajectories[:2])
    assert matched_loss_level([0.1, 0.3, math.nan]) == 0.3
    assert math.isnan(matched_loss_level([[math.nan]]))
    with pytest.raises(ValueError, match="3 checkpoints but measure 2"):
        at_matched_loss([1, 2, 3], [1, 2], 0.5)
