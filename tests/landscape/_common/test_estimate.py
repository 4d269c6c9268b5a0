"""Intervals of estimates: Student's without skewness, Hall's transformation with it."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from landscape._common.estimate import Estimate, sample_skewness


@given(st.floats(-10, 10), st.floats(0.01, 5), st.integers(2, 100), st.floats(0.5, 0.999))
def test_without_skewness_it_is_student_s_interval(value, error, samples, level):
    low, high = Estimate(value, error, samples, {}).interval(level)
    assert (low, high) == pytest.approx(stats.t.interval(level, samples - 1, value, error), rel=1e-9, abs=1e-9)


@given(st.floats(-3, 3), st.integers(5, 100), st.floats(0.5, 0.99))
def test_the_ends_are_where_hall_s_statistic_is_at_its_quantiles(skewness, samples, level):
    estimate = Estimate(1.5, 0.2, samples, {}, skewness)
    quantile = stats.t.ppf(0.5 + level / 2, samples - 1)
    for end, sign in zip(estimate.interval(level), (1, -1), strict=True):
        w = (estimate.value - end) / (estimate.standard_error * math.sqrt(samples))
        g = skewness if abs(skewness) >= 1e-3 else 0.0
        statistic = math.sqrt(samples) * (w + g * w**2 / 3 + g**2 * w**3 / 27 + g / (6 * samples))
        assert statistic == pytest.approx(sign * quantile, rel=1e-6, abs=1e-6)


def test_skewness_is_that_of_scipy_and_zero_for_equal_samples():
    samples = np.random.default_rng(0).exponential(size=40)
    assert sample_skewness(samples) == pytest.approx(stats.skew(samples))
    assert sample_skewness(np.ones(4)) == 0.0


def test_products_come_from_the_protocol():
    assert Estimate(1.0, 0.1, 3, {"products": 7}).products == 7
    assert Estimate(1.0, 0.1, 3, {}).products == 0


@pytest.mark.parametrize("level", [0, 1, 95, -0.5, math.nan])
def test_levels_that_are_no_probability_are_refused(level):
    with pytest.raises(ValueError, match="give the probability of coverage between 0 and 1"):
        Estimate(1.0, 0.1, 3, {}).interval(level)
