import itertools
import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from landscape.stats.rank_correlation import rank_correlation


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=3, max_size=12))
def test_rho_of_one_seed_equals_scipy_with_ties(points):
    x, y = np.array(points, dtype=float).T
    result = rank_correlation(x[:, None], y[:, None], resamples=20)
    if np.ptp(x) and np.ptp(y):
        assert result.rho == pytest.approx(stats.spearmanr(x, y).statistic, abs=1e-12)
        assert result.rho_within == pytest.approx(result.rho, abs=1e-12)
        assert 0.0 < result.p_value <= 1.0
    else:
        assert math.isnan(result.rho)
        assert result.p_value == 1.0


def mean_ranks(values):
    """A literal oracle: ranks within each seed, averaged over seeds, ranked."""
    return stats.rankdata(np.mean([stats.rankdata(column) for column in values.T], axis=0).round(9))


@pytest.mark.parametrize("methods", [3, 5, 6])
def test_p_is_that_of_all_permutations_of_the_methods(methods):
    generator = np.random.default_rng(methods)
    effect = generator.normal(size=(methods, 1))
    x, y = (effect + generator.normal(size=(methods, 4)) for _ in range(2))
    result = rank_correlation(x, y)
    a, b = mean_ranks(x), mean_ranks(y)
    rhos = [stats.pearsonr(a, order).statistic for order in itertools.permutations(b)]
    assert result.rho == pytest.approx(stats.pearsonr(a, b).statistic)
    assert result.p_value == pytest.approx(np.mean(np.abs(rhos) >= abs(result.rho) - 1e-9))
    assert result.exact


def test_what_so_many_methods_can_show_at_all():
    for methods in (2, 3, 4, 5, 6):
        x = np.arange(methods)[:, None] + np.zeros(8)
        result = rank_correlation(x, x)
        assert result.p_value == result.smallest_p == min(1.0, 2 / math.factorial(methods))
    assert "so many allow 0.0028 at the least" in result.describe()


def test_many_methods_are_drawn_and_close_to_the_truth():
    generator = np.random.default_rng(5)
    x = generator.normal(size=(9, 1))
    y = x + 1.5 * generator.normal(size=(9, 1))
    result = rank_correlation(x, y, resamples=20_000)
    assert not result.exact
    a, b = stats.rankdata(x), stats.rankdata(y)
    totals = np.array([a @ order for order in map(np.array, itertools.permutations(b))]) - 9 * 25.0
    truth = np.mean(np.abs(totals) >= abs(a @ b - 9 * 25.0) - 1e-9)
    assert abs(result.p_value - truth) < 5 * math.sqrt(truth * (1 - truth) / 20_000) + 1 / 20_000
    assert result == rank_correlation(x, y, resamples=20_000)


def test_runs_of_one_method_are_no_independent_evidence():
    """Each method's effects on x and y are unrelated: permuting runs within seeds said otherwise in a third of such
    studies."""
    generator = np.random.default_rng(11)
    draws = 400
    shown = 0
    for _ in range(draws):
        x, y = (3 * generator.normal(size=(6, 1)) + generator.normal(size=(6, 8)) for _ in range(2))
        shown += rank_correlation(x, y).p_value <= 0.05
    assert shown <= stats.binom.ppf(0.999, draws, 0.05)
    assert shown >= 1


def test_differences_between_seeds_are_no_evidence():
    generator = np.random.default_rng(7)
    x, y = (10.0 * np.arange(6) + generator.normal(size=(5, 6)) for _ in range(2))
    assert abs(stats.spearmanr(x.ravel(), y.ravel()).statistic) > 0.8
    assert abs(rank_correlation(x, y).rho_within) < 0.5
    # one method: nothing to permute
    assert rank_correlation(x[:1], y[:1]).p_value == 1.0


def test_the_sign_is_that_within_seeds_even_where_seeds_say_the_opposite():
    seeds, steps = 100.0 * np.arange(8), np.arange(5)[:, None]
    assert stats.spearmanr((seeds + steps).ravel(), (seeds - steps).ravel()).statistic > 0.9
    result = rank_correlation(seeds + steps, seeds - steps)
    assert result.rho == result.rho_within == pytest.approx(-1.0)
    assert result.p_value == pytest.approx(2 / 120)


def test_partial_takes_out_what_the_third_quantity_explains():
    generator = np.random.default_rng(3)
    loss = generator.normal(size=(12, 1)) + 0.01 * generator.normal(size=(12, 6))
    x, y = (loss.mean(axis=1, keepdims=True) + 0.5 * generator.normal(size=(12, 1)) + np.zeros(6) for _ in range(2))
    result = rank_correlation(x, y, given=loss, resamples=99)
    a, b, c = (mean_ranks(v) for v in (x, y, loss))
    ab, ac, bc = (stats.pearsonr(u, v).statistic for u, v in ((a, b), (a, c), (b, c)))
    assert result.partial == pytest.approx((ab - ac * bc) / math.sqrt((1 - ac**2) * (1 - bc**2)))
    assert abs(result.partial) < abs(result.rho)
    # nothing is left of what ranks the methods as the training loss does
    assert math.isnan(rank_correlation(loss, y, given=loss, resamples=99).partial)
    assert "given training loss rho" in result.describe("training loss")


def test_rank_correlation_drops_and_says_so():
    x = [[1, 2], [2, 1], [3, math.nan]]
    result = rank_correlation(x, [[1, 3], [2, 2], [3, 1]])
    assert (result.n, result.dropped, result.seeds, result.methods) == (5, 1, 2, 3)
    assert "left out without finite values: 1" in result.describe()
    lost = rank_correlation([*x, [math.nan, math.nan]], [[1, 3], [2, 2], [3, 1], [4, 4]])
    assert (lost.methods, lost.rho) == (3, result.rho)
    with pytest.raises(ValueError, match=r"shapes \(2,\), \(2,\); pass each with a row a method"):
        rank_correlation([1, 2], [1, 2])


def test_as_dict_of_an_undefined_correlation_is_strict_json():
    loaded = json.loads(json.dumps(rank_correlation([[1.0]], [[1.0]]).as_dict(), allow_nan=False))
    assert loaded["rho"] is None
