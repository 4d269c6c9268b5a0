import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zenith.baselines._polyak import loss_gap, polyak_step

positive = st.floats(1e-6, 1e6)


@given(gap=positive, slope=positive)
def test_the_tangent_falls_by_the_gap(gap, slope):
    assert polyak_step(gap, slope, 0.0) * slope == pytest.approx(gap)


@given(gap=positive, slope=positive, damping=positive)
def test_damping_shortens_the_step(gap, slope, damping):
    assert 0 < polyak_step(gap, slope, damping) < polyak_step(gap, slope, 0.0)


@pytest.mark.parametrize(
    ("gap", "slope"),
    [(0.0, 1.0), (1.0, 0.0), (1.0, -1.0), (math.nan, 1.0), (1.0, math.nan), (math.inf, 1.0), (1.0, math.inf)],
)
def test_no_step_where_nothing_is_to_be_gained(gap, slope):
    assert polyak_step(gap, slope, 1e-8) == 0.0


def test_gap():
    assert loss_gap(3.0, 1.0, "SPS") == 2.0
    assert loss_gap(-1e-5, 0.0, "SPS") == 0.0  # rounding
    assert math.isnan(loss_gap(math.nan, 0.0, "SPS"))
    with pytest.raises(ValueError, match=r"the loss 1 lies below 2, the lower bound that SPS divides by"):
        loss_gap(1.0, 2.0, "SPS")
