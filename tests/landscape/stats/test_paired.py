import itertools
import json
import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import stats

from landscape.stats.paired import (
    adjust,
    graphical,
    holm,
    paired_comparison,
    verdict,
)
from landscape.stats.sign_flip_test import median_interval, sign_flip_test, sign_test

numbers = st.floats(-1e6, 1e6).filter(lambda v: v == 0.0 or abs(v) > 1e-6)
vectors = st.lists(numbers, min_size=1, max_size=9)


def brute_force(differences):
    """All 2^n patterns by exact integer arithmetic on integer differences."""
    sums = [
        sum(s * d for s, d in zip(signs, differences, strict=True))
        for signs in itertools.product((1, -1), repeat=len(differences))
    ]
    observed = abs(sum(differences))
    return sum(abs(s) >= observed for s in sums) / len(sums), min(
        sum(abs(t) >= abs(s) for t in sums) / len(sums) for s in sums
    )


def compare(values, reference, **options):
    names = {"method": "zenith", "reference": "cosine", "measure": "lambda_max"}
    return paired_comparison(values, reference, **names | options)


# --- sign flips


@given(st.lists(st.integers(-20, 20), min_size=1, max_size=8))
def test_sign_flip_equals_brute_force_in_integers(differences):
    result = sign_flip_test(differences)
    p, smallest = brute_force(differences)
    assert result.p_value == p
    assert result.smallest_p == smallest


@pytest.mark.parametrize("n", [3, 6, 10])
def test_sign_flip_equals_scipy(n):
    d = np.random.default_rng(n).normal(0.4, 1.0, n)
    oracle = stats.permutation_test(
        (d,), np.mean, permutation_type="samples", n_resamples=np.inf, alternative="two-sided"
    )
    assert sign_flip_test(d).p_value == pytest.approx(oracle.pvalue, rel=1e-12)


def test_sign_flip_of_ranks_is_the_wilcoxon_test():
    d = np.random.default_rng(1).normal(0.5, 1.0, 9)
    signed_ranks = np.sign(d) * stats.rankdata(np.abs(d))
    oracle = stats.wilcoxon(d, method="exact").pvalue
    assert sign_flip_test(signed_ranks).p_value == pytest.approx(oracle, rel=1e-12)


@given(vectors)
@example([504587.0, 598450.0, 602866.0, 636490.0, 999981.0, 1.6714195217955452e-06])  # not a tie, however small
def test_sign_flip_laws(differences):
    result = sign_flip_test(differences)
    assert result.smallest_p <= result.p_value <= 1.0
    assert sign_flip_test([-d for d in differences]).p_value == result.p_value
    assert sign_flip_test([1024 * d for d in differences]).p_value == result.p_value
    assert sign_flip_test([*differences, 0.0]).p_value == result.p_value
    assert sign_flip_test([abs(d) for d in differences]).p_value == result.smallest_p


def test_ties_up_to_rounding_count_as_ties():
    # 0.1 + 0.2 and 0.3 differ in the last bit; the flip that gives the same sum must count
    assert sign_flip_test([0.1, 0.2, -0.3]).p_value == 1.0


def test_no_differences_are_no_evidence():
    assert sign_flip_test([]).p_value == sign_flip_test([]).smallest_p == 1.0
    zeros = sign_flip_test([0.0, 0.0])
    assert (zeros.p_value, zeros.smallest_p, zeros.zeros) == (1.0, 1.0, 2)


def test_twenty_are_exact_and_more_are_monte_carlo():
    d = np.random.default_rng(0).normal(0.3, 1.0, 21)
    exact, sampled = sign_flip_test(d[:20]), sign_flip_test(d)
    assert exact.exact
    assert exact.resamples is None
    assert exact.smallest_p == 2.0**-19
    assert not sampled.exact
    assert sampled.resamples == 99_999
    assert sampled.smallest_p == 1e-5
    # oracle: all 2^20 patterns with the first sign fixed
    sums = np.array([d[0]])
    for value in d[1:]:
        sums = np.concatenate([sums + value, sums - value])
    truth = np.mean(np.abs(sums) >= abs(d.sum()) - 1e-12)
    assert abs(sampled.p_value - truth) < 5 * math.sqrt(truth * (1 - truth) / 99_999)
    assert sign_flip_test(d).p_value == sampled.p_value
    assert sign_flip_test(np.ones(30), resamples=99).p_value == 0.01


def test_false_positive_rate_is_at_most_alpha():
    generator = np.random.default_rng(0)
    repetitions, alpha = 400, 0.1
    # scaled symmetric noise, heavy tails: the test is exact for any symmetric distribution
    rejected = sum(
        sign_flip_test(generator.standard_t(2, 8) * generator.uniform(0.1, 9, 8)).p_value <= alpha
        for _ in range(repetitions)
    )
    assert rejected <= stats.binom.ppf(0.999, repetitions, alpha)
    assert rejected >= stats.binom.ppf(0.001, repetitions, 0.09)  # and it is not merely never rejecting


@pytest.mark.parametrize("bad", [[1.0, math.nan], [math.inf], [[1.0, 2.0]]])
def test_sign_flip_refuses(bad):
    with pytest.raises(ValueError, match="differences"):
        sign_flip_test(bad)
    with pytest.raises(ValueError, match="resamples = 0"):
        sign_flip_test([1.0], resamples=0)


# --- signs alone, which hold for any distribution


@given(vectors)
def test_the_sign_test_counts_signs_and_is_blind_to_sizes(differences):
    up, down = sum(d > 0 for d in differences), sum(d < 0 for d in differences)
    n, least = up + down, min(up, down)
    oracle = min(1.0, 2 * sum(math.comb(n, k) for k in range(least + 1)) / 2**n)
    assert sign_test(differences) == pytest.approx(oracle, rel=1e-12)
    assert sign_test([d**3 for d in differences]) == sign_test(differences)


@pytest.mark.parametrize("n", [*range(1, 13), 20, 21])
def test_the_median_interval_is_the_inversion_of_the_sign_test(n):
    d = np.sort(np.random.default_rng(n).normal(size=n))
    low, high = median_interval(d, 0.95)
    kept = [m for m in (d[:-1] + d[1:]) / 2 if sign_test(d - m) > 0.05]  # medians between two differences
    if n < 6:  # 2 / 2^5 > 0.05: no interval of five differences covers with 95 %
        assert math.isnan(low)
        assert math.isnan(high)
    else:
        assert (low, high) == (d[d < min(kept)].max(), d[d > max(kept)].min())


def test_the_median_interval_covers_whatever_the_distribution():
    generator = np.random.default_rng(5)
    draws = np.exp(1.5 * generator.normal(size=(2000, 8))) - 1.0  # median 0, and skewed
    covered = sum(low <= 0.0 <= high for low, high in map(median_interval, draws))
    assert covered >= stats.binom.ppf(0.001, 2000, 0.95)
    # the t interval of the mean does not: that is what is said of it
    mean, half = draws.mean(axis=1), stats.t.ppf(0.975, 7) * draws.std(axis=1, ddof=1) / math.sqrt(8)
    assert np.mean(np.abs(mean - (math.exp(1.125) - 1.0)) <= half) < 0.85


# --- paired comparison


def test_log_comparison_is_a_geometric_mean_ratio_with_scipys_t_interval():
    x, y = np.exp(np.random.default_rng(2).normal([[0.0], [0.5]], 0.3, (2, 7)))
    result = compare(x, y, level=0.9)
    assert result.ratio == pytest.approx(stats.gmean(x) / stats.gmean(y), rel=1e-12)
    oracle = stats.ttest_rel(np.log(x), np.log(y)).confidence_interval(0.9)
    assert result.interval == pytest.approx((oracle.low, oracle.high), rel=1e-10)
    assert result.ratio_interval == pytest.approx((math.exp(oracle.low), math.exp(oracle.high)), rel=1e-10)
    assert result.p_sign_flip == sign_flip_test(np.log(x) - np.log(y)).p_value
    assert result.p_value == stats.binomtest(int((x > y).sum()), 7).pvalue
    assert result.median_ratio == pytest.approx(np.median(x / y), rel=1e-12)
    assert result.median_ratio_interval == pytest.approx(
        ((x / y).min(), (x / y).max()), rel=1e-12
    )  # 7 pairs, 90 and 98 %
    assert result.direction == np.sign((x > y).sum() - 3.5)
    assert result.differences == pytest.approx(np.log(x / y))
    assert (result.n, result.dropped, result.smallest_p) == (7, 0, 2 / 2**7)


def test_effect_size_is_hedges_corrected():
    d = np.array([1.0, 2.0, 4.0, 5.0])
    result = compare(d, np.zeros(4), transform="identity")
    dz = d.mean() / d.std(ddof=1)
    correction = math.gamma(1.5) / (math.sqrt(1.5) * math.gamma(1.0))  # df = 3
    assert result.effect_size == pytest.approx(correction * dz, rel=1e-12)
    assert math.isnan(compare([2.0, 3.0], [1.0, 1.0], transform="identity").effect_size)
    assert math.isnan(compare([2.1, 3.1, 1.1], [2.0, 3.0, 1.0], transform="identity").effect_size)


def test_hedges_correction_removes_the_bias():
    draws = np.random.default_rng(3).normal(0.8, 1.0, (4000, 6))
    sizes = [compare(d, np.zeros(6), transform="identity").effect_size for d in draws[:1500]]
    assert abs(np.mean(sizes) - 0.8) < 4 * np.std(sizes) / math.sqrt(1500)
    raw = draws.mean(axis=1) / draws.std(axis=1, ddof=1)
    assert np.mean(raw) - 0.8 > 4 * np.std(raw) / math.sqrt(4000)  # what is removed is there


def test_diverged_runs_are_dropped_in_pairs_counted_and_keep_their_place():
    result = compare([1.0, math.nan, 3.0, 4.0], [2.0, 2.0, math.inf, 2.0])
    assert (result.n, result.dropped) == (2, 2)
    assert (result.lost_method, result.lost_reference) == (1, 1)
    assert np.isnan(result.differences).tolist() == [False, True, True, False]
    assert result.p_value == compare([1.0, 4.0], [2.0, 2.0]).p_value


@pytest.mark.parametrize("n", [0, 1])
def test_fewer_than_two_pairs_have_no_interval(n):
    result = compare([2.0][:n], [1.0][:n])
    assert np.isnan(result.interval).all()
    assert math.isnan(result.effect_size)
    assert result.p_value == 1.0


def test_as_dict_is_strict_json():
    for result in (compare([2.0], [math.nan]), compare([1.0, 2.0, 5.0], [2.0, 2.0, 2.0]), sign_flip_test([])):
        loaded = json.loads(json.dumps(result.as_dict(), allow_nan=False))
        assert loaded["n"] == result.n
    assert loaded["mean"] is None


def test_comparison_refuses():
    with pytest.raises(ValueError, match=r"values has 2 seeds but reference_values 1"):
        compare([1.0, 2.0], [1.0])
    with pytest.raises(ValueError, match=r'lambda_max = -1 has no logarithm.*transform="identity"'):
        compare([-1.0, 2.0], [1.0, 1.0])
    with pytest.raises(ValueError, match="transform = 'sqrt'"):
        compare([1.0], [1.0], transform="sqrt")
    with pytest.raises(ValueError, match=r"level is 95"):
        compare([1.0], [1.0], level=95)


# --- Holm


def holm_by_definition(p_values):
    """Closed testing with Bonferroni local tests: the adjusted p of i is the largest local p of any set that holds
    i."""
    m = len(p_values)
    sets = [s for k in range(1, m + 1) for s in itertools.combinations(range(m), k)]
    return [min(1.0, max(len(s) * min(p_values[j] for j in s) for s in sets if i in s)) for i in range(m)]


probabilities = st.lists(st.floats(0.0, 1.0), min_size=1, max_size=6)


@given(probabilities)
def test_holm_equals_closed_testing(p_values):
    assert holm(p_values) == pytest.approx(holm_by_definition(p_values), rel=1e-12)


@given(probabilities, st.data())
def test_holm_laws(p_values, data):
    adjusted = holm(p_values)
    assert (adjusted >= p_values).all()
    assert (adjusted <= 1.0).all()
    order = np.argsort(p_values, kind="stable")
    assert (np.diff(adjusted[order]) >= 0.0).all()
    i = data.draw(st.integers(0, len(p_values) - 1))
    raised = [*p_values]
    raised[i] = data.draw(st.floats(raised[i], 1.0))
    assert (holm(raised) >= adjusted - 1e-15).all()  # the law `adjust` relies on for the smallest attainable p


@pytest.mark.parametrize("bad", [1.5, -0.1, math.nan])
def test_holm_refuses(bad):
    with pytest.raises(ValueError, match="not a probability"):
        holm([0.5, bad])


def test_adjust_fills_the_family():
    family = [compare(np.exp(np.arange(1, n + 1)), np.ones(n)) for n in (3, 8, 6)]
    adjusted = adjust(family)
    assert [c.p_holm for c in adjusted] == pytest.approx([0.25, 3 * 2 / 2**8, 2 * 2 / 2**6])
    assert [c.smallest_p_holm for c in adjusted] == [c.p_holm for c in adjusted]  # every p is its smallest here
    assert {c.comparisons for c in adjusted} == {3}
    assert family[0].p_holm is None
    assert adjust([]) == []


# --- claims that wait for each other


@given(probabilities)
def test_holm_is_the_graph_in_which_all_share_alike(p_values):
    m = len(p_values)
    share = (np.ones((m, m)) - np.eye(m)) / max(1, m - 1)
    assert graphical(p_values, np.full(m, 1 / m), share) == pytest.approx(holm(p_values), rel=1e-9)


@given(probabilities)
def test_a_fixed_sequence_is_the_graph_of_a_chain(p_values):
    m = len(p_values)
    chain = graphical(p_values, np.eye(m)[0], np.eye(m, k=1))
    assert chain == pytest.approx(np.maximum.accumulate(p_values), rel=1e-12)


def closed_test(p, weights, transitions):
    """The graph's definition by closed testing: a claim's adjusted p is the largest weighted Bonferroni p of a set with
    it."""

    def shares(kept):
        w, g = np.array(weights, float), np.array(transitions, float)
        gone = [i for i in range(len(p)) if i not in kept]
        for j in gone:
            w = w + w[j] * g[j]
            new = g + np.outer(g[:, j], g[j])
            loops = 1 - g[:, j] * g[j, :]
            g = np.where(loops[:, None] > 1e-12, new / np.where(loops > 1e-12, loops, 1)[:, None], 0)
            np.fill_diagonal(g, 0)
            w[j], g[j], g[:, j] = 0, 0, 0
        return w

    sets = [s for k in range(1, len(p) + 1) for s in itertools.combinations(range(len(p)), k)]
    local = {s: min([p[i] / w for i in s for w in [shares(s)[i]] if w > 0] + [1.0]) for s in sets}
    return [max(local[s] for s in sets if i in s) for i in range(len(p))]


@given(st.lists(st.floats(0.0, 1.0), min_size=4, max_size=4), st.integers(0, 99))
def test_graphs_equal_closed_testing(p_values, draw):
    generator = np.random.default_rng(draw)
    transitions = generator.uniform(size=(4, 4)) * (1 - np.eye(4))
    transitions /= transitions.sum(axis=1, keepdims=True)
    weights = generator.dirichlet(np.ones(4))
    expected = closed_test(p_values, weights, transitions)
    assert graphical(p_values, weights, transitions) == pytest.approx(expected, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(
    ("weights", "transitions"),
    [
        ([0.6, 0.6], np.zeros((2, 2))),
        ([0.5, 0.5], np.eye(2)),
        ([0.5, 0.5], [[0, 1.2], [0, 0]]),
        ([1, -0.1], [[0, 1], [0, 0]]),
    ],
)
def test_graphs_refuse_shares_that_are_none(weights, transitions):
    with pytest.raises(ValueError, match="are shares"):
        graphical([0.1, 0.2], weights, transitions)
    with pytest.raises(ValueError, match="3 p-values need"):
        graphical([0.1, 0.2, 0.3], weights, transitions)


# --- verdicts


def test_verdict_claims_a_direction_only_if_significant():
    generator = np.random.default_rng(4)
    for _ in range(60):
        shift = generator.normal(0.0, 1.0)
        comparison = adjust([compare(np.exp(generator.normal(shift, 1.0, 7)), np.ones(7))])[0]
        sentence = verdict(comparison)
        significant = comparison.p_holm <= 0.05
        assert ("not shown" in sentence) == (not significant)
        assert ("has lower lambda_max" in sentence) == (significant and comparison.ratio < 1.0)
        assert ("has higher lambda_max" in sentence) == (significant and comparison.ratio > 1.0)
        assert f"{comparison.ratio:.3g}" in sentence
        assert "7 paired seeds" in sentence
        assert sentence.endswith(".")


def test_verdict_says_when_the_seeds_cannot_do_it():
    three = adjust([compare([1.0, 1.1, 1.2], [2.0, 2.3, 2.6])] * 5)
    assert "3 paired seeds cannot reach significance at 0.05 whatever the outcome" in verdict(three[0])
    eight = adjust([compare(np.linspace(1, 2, 8), np.ones(8) * 1.5)] * 5)
    assert "not shown" in verdict(eight[0])
    assert "cannot" not in verdict(eight[0])
    # 8 seeds reach 0.05 in a family of 6 (0.0469), not in one of 7
    assert "cannot" not in verdict(adjust([compare(np.linspace(1, 2, 8), np.ones(8) * 1.5)] * 6)[0])
    assert "cannot" in verdict(adjust([compare(np.linspace(1, 2, 8), np.ones(8) * 1.5)] * 7)[0])


def test_verdict_tells_lost_runs_ties_and_single_pairs():
    lost = adjust([compare([1.0, math.nan, 2.0], [1.0, 1.0, 1.0])])[0]
    assert "1 of 3 left out: a run without a finite value" in verdict(lost)
    assert "2 paired seeds (1 tied exactly) cannot" in verdict(lost)
    assert "no 95 % interval from 1 paired seed" in verdict(adjust([compare([1.0], [2.0])])[0])
    assert "no paired seeds (1 of 1 left out" in verdict(adjust([compare([1.0], [math.nan])])[0])


def test_verdict_blames_ties_only_where_another_outcome_could_have_been_significant():
    tied = adjust([compare([2.0, 2.0, 2.0, 1.0, 1.0, 1.0, 1.0, 1.0], np.ones(8))])[0]
    sentence = verdict(tied)
    assert "whatever the outcome" not in sentence  # without ties 8 pairs reach 2 / 2^8
    assert "with 5 of 8 pairs tied exactly, the others could not have reached significance at 0.05" in sentence
    assert (tied.smallest_p, tied.smallest_p_with_ties) == (2 / 2**8, 2 / 2**3)


def test_one_huge_difference_moves_the_mean_not_the_claim():
    d = np.array([0.1, 0.1, 0.1, 0.1, 0.1, 9.0])
    sentence = verdict(adjust([compare(d, np.zeros(6), transform="identity")])[0])
    assert "has higher" in sentence
    assert "median difference zenith - cosine 0.1 (unadjusted interval of at least 95 %: 0.1 to 9)" in sentence
    assert "mean difference 1.58" in sentence
    # six seeds up by a little and two down by a lot: the mean says lower, most seeds higher, and neither is claimed
    mixed = adjust([compare([0.1] * 6 + [-9.0] * 2, np.zeros(8), transform="identity")])[0]
    assert mixed.mean_difference < 0 < mixed.median_difference
    assert "not shown" in verdict(mixed)


def test_verdict_refuses_unadjusted():
    with pytest.raises(ValueError, match="has no Holm p"):
        verdict(compare([1.0], [2.0]))
    with pytest.raises(ValueError, match="alpha = 5"):
        verdict(adjust([compare([1.0], [2.0])])[0], alpha=5)
