import itertools
import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from landscape.correlation import rank_correlation


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=3, max_size=30))
def test_rho_equals_scipy_with_ties(points):
    x, y = np.array(points, dtype=float).T
    result = rank_correlation(x, y, np.zeros(x.size), resamples=20)
    if np.ptp(x) and np.ptp(y):
        assert result.rho == pytest.approx(stats.spearmanr(x, y).statistic, abs=1e-12)
        assert 1 / 21 <= result.p_value <= 1.0
    else:
        assert math.isnan(result.rho)
        assert result.p_value == 1.0


def test_p_in_one_stratum_is_the_permutation_test_of_rho():
    generator = np.random.default_rng(5)
    x = generator.normal(size=6)
    y = x + generator.normal(size=6)
    result = rank_correlation(x, y, np.zeros(6), resamples=20_000)
    ranks = np.array(list(itertools.permutations(stats.rankdata(y))))
    rho = [stats.pearsonr(stats.rankdata(x), r).statistic for r in ranks]
    truth = np.mean(np.abs(rho) >= abs(result.rho) - 1e-12)
    assert abs(result.p_value - truth) < 5 * math.sqrt(truth * (1 - truth) / 20_000) + 1 / 20_000


def centred_ranks(values, strata):
    """A literal oracle: ranks within each stratum about their mean."""
    out = np.empty(len(values))
    for stratum in set(strata.tolist()):
        out[strata == stratum] = stats.rankdata(values[strata == stratum])
        out[strata == stratum] -= out[strata == stratum].mean()
    return out


def test_p_in_strata_equals_enumeration():
    generator = np.random.default_rng(6)
    strata = np.repeat([0, 1, 2], 3)
    x = generator.normal(size=9) + 3 * strata
    y = 0.8 * x + generator.normal(size=9)
    result = rank_correlation(x, y, strata, resamples=20_000)
    a, b = centred_ranks(x, strata), centred_ranks(y, strata)
    totals = np.array(
        [
            a @ np.concatenate(parts)
            for parts in itertools.product(*(itertools.permutations(b[strata == s]) for s in range(3)))
        ]
    )
    truth = np.mean(np.abs(totals) >= abs(a @ b) - 1e-9)
    assert result.rho == pytest.approx(stats.pearsonr(a, b).statistic)
    assert abs(result.p_value - truth) < 5 * math.sqrt(truth * (1 - truth) / 20_000) + 1 / 20_000


def test_differences_between_seeds_are_no_evidence():
    generator = np.random.default_rng(7)
    strata = np.repeat(np.arange(6), 5)
    x, y = (10.0 * strata + generator.normal(size=30) for _ in range(2))
    result = rank_correlation(x, y, strata, resamples=999)
    assert abs(result.rho) < 0.5
    assert result.p_value > 0.05
    assert rank_correlation(x, x, strata, resamples=999).p_value == 0.001
    # one run a seed: nothing to permute
    assert rank_correlation(x[:6], y[:6], np.arange(6), resamples=99).p_value == 1.0


def test_the_sign_is_that_within_seeds_even_where_seeds_say_the_opposite():
    strata = np.repeat(np.arange(8), 5)
    x = 100.0 * strata + np.tile(np.arange(5), 8)
    y = 100.0 * strata - np.tile(np.arange(5), 8)
    assert stats.spearmanr(x, y).statistic > 0.9
    result = rank_correlation(x, y, strata, resamples=999)
    assert result.rho == pytest.approx(-1.0)
    assert result.p_value == 0.001


def test_bootstrap_draws_whole_strata():
    generator = np.random.default_rng(8)
    strata = np.repeat(np.arange(4), 3)
    x, y = generator.integers(0, 6, (2, 12)).astype(float)
    result = rank_correlation(x, y, strata, resamples=4000, level=0.8)
    a, b = centred_ranks(x, strata), centred_ranks(y, strata)
    oracle = []
    for _ in range(1500):
        index = np.concatenate([np.flatnonzero(strata == s) for s in generator.integers(0, 4, 4)])
        if a[index].any() and b[index].any():
            oracle.append(a[index] @ b[index] / math.sqrt(a[index] @ a[index] * (b[index] @ b[index])))
    assert result.interval == pytest.approx(np.quantile(oracle, [0.1, 0.9]), abs=0.06)
    assert np.isnan(rank_correlation(x, y, np.zeros(12), resamples=99).interval).all()


def test_rank_correlation_drops_and_says_so():
    result = rank_correlation([1, 2, 3, math.nan], [1, 3, 2, 1], [0, 0, 1, 1], resamples=99)
    assert (result.n, result.dropped, result.strata) == (3, 1, 2)
    assert "within strata only" in result.describe()
    assert "left out without finite values: 1" in result.describe()
    assert result == rank_correlation([1, 2, 3, math.nan], [1, 3, 2, 1], [0, 0, 1, 1], resamples=99)
    with pytest.raises(ValueError, match="x, y and strata have shapes"):
        rank_correlation([1, 2], [1, 2], [0])


def test_as_dict_of_an_undefined_correlation_is_strict_json():
    loaded = json.loads(json.dumps(rank_correlation([1.0], [1.0], [0]).as_dict(), allow_nan=False))
    assert loaded["rho"] is None
