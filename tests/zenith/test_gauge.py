import copy
import io
import json
import math
import pickle
from collections import deque

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from zenith.optimizer.rule import Gauge

norms_of_runs = st.lists(st.floats(0, 1e6, allow_subnormal=False), min_size=1, max_size=60)
windows = st.integers(1, 12)


def algorithm_1(norms, window):
    """Transcribe Algorithm 1 literally, with a mean that is rounded once."""
    queue, zenith, factors = deque(maxlen=window), 0.0, []
    for norm in norms:
        queue.append(norm)
        factor = 1.0
        if len(queue) == window:
            mean = math.fsum(queue) / window
            zenith = max(zenith, mean)
            factor = mean / zenith if zenith > 0 else 1.0
        factors.append(factor)
    return factors


@given(norms_of_runs, windows)
def test_equals_algorithm_1_to_the_last_bit(norms, window):
    gauge = Gauge(window)
    assert [gauge.update(norm) for norm in norms] == algorithm_1(norms, window)


@given(norms_of_runs, windows)
def test_factor_is_in_the_unit_interval(norms, window):
    gauge = Gauge(window)
    assert all(0 <= gauge.update(norm) <= 1 for norm in norms)


@given(norms_of_runs, windows, st.integers(-40, 40))
def test_scaling_by_a_power_of_two_changes_no_bit(norms, window, exponent):
    gauge, scaled = Gauge(window), Gauge(window)
    # Subnormal numbers lose bits when scaled, so keep away from them.
    norms = [norm if norm > 1e-200 else 0.0 for norm in norms]
    assert [gauge.update(norm) for norm in norms] == [scaled.update(math.ldexp(norm, exponent)) for norm in norms]


@given(norms_of_runs, windows, st.floats(1e-3, 1e3))
def test_invariant_under_loss_scaling(norms, window, scale):
    gauge, scaled = Gauge(window), Gauge(window)
    norms = [norm if norm > 1e-200 else 0.0 for norm in norms]
    factors = [gauge.update(norm) for norm in norms]
    np.testing.assert_allclose([scaled.update(scale * norm) for norm in norms], factors, rtol=1e-14)


@given(norms_of_runs, windows)
def test_factor_is_exactly_one_at_every_new_maximum(norms, window):
    gauge, before = Gauge(window), 0.0
    for norm in norms:
        factor = gauge.update(norm)
        if gauge.zenith > before:
            assert factor == 1.0
            assert gauge.mean == gauge.zenith
        before = gauge.zenith


def test_warm_up_leaves_factor_and_zenith_alone():
    gauge = Gauge(4)
    for count in range(3):
        assert gauge.update(10.0 - count) == 1.0
        assert gauge.zenith == 0.0
        assert math.isnan(gauge.mean)
        assert not gauge.warmed_up
    assert gauge.update(1.0) == 1.0  # the first full window sets the zenith
    assert gauge.warmed_up
    assert gauge.zenith == gauge.mean == 7.0
    assert gauge.norms == (10.0, 9.0, 8.0, 1.0)
    gauge.update(2.0)
    assert gauge.norms == (9.0, 8.0, 1.0, 2.0)
    assert gauge.norm == 2.0


def test_one_spike_scales_for_good():
    gauge = Gauge(500)
    for norm in [1.0] * 500 + [1000.0] + [1.0] * 500:
        factor = gauge.update(norm)
    assert factor == pytest.approx(1 / (1 + 999 / 500), rel=1e-14)
    assert round(factor, 4) == 0.3336


@pytest.mark.parametrize("bad", [math.inf, math.nan, 1.7e308])
@pytest.mark.parametrize("after", [0, 2, 7])
def test_non_finite_norm_is_as_if_it_never_happened(bad, after):
    gauge, clean = Gauge(4), Gauge(4)
    for step in range(12):
        if step == after:
            before = gauge.factor
            assert gauge.update(bad) == before
        assert gauge.update(12.0 - step) == clean.update(12.0 - step)
    assert gauge.zenith == clean.zenith


def test_zero_norms_keep_the_factor_at_one_until_something_is_measured():
    gauge = Gauge(2)
    assert [gauge.update(norm) for norm in (0.0, 0.0, 0.0, 4.0, 0.0, 0.0)] == [1.0, 1.0, 1.0, 1.0, 1.0, 0.0]


def test_mean_stays_exact_over_long_runs_and_spikes():
    rng = np.random.default_rng(0)
    norms = rng.lognormal(sigma=3, size=20_000)
    norms[rng.integers(0, len(norms), 50)] = 1e18  # a running sum would lose every other entry to these
    gauge, queue = Gauge(37), deque(maxlen=37)
    for norm in norms.tolist():
        queue.append(norm)
        gauge.update(norm)
        if gauge.warmed_up:
            assert gauge.mean == math.fsum(queue) / 37
    assert len(gauge.state["partials"]) < 10  # so the cost of a step does not grow with the run


def test_negative_norm_is_refused():
    with pytest.raises(ValueError, match=r"gradient norm -1.0 is negative"):
        Gauge(2).update(-1.0)


@pytest.mark.parametrize("window", [0, -1, 2.0, True, "5", None])
def test_bad_window_is_refused(window):
    with pytest.raises(ValueError, match=r"window=.* at least 1$"):
        Gauge(window)


def weights_only(state):
    file = io.BytesIO()
    torch.save(state, file)
    file.seek(0)
    return torch.load(file, weights_only=True)


@pytest.mark.parametrize(
    "copied",
    [copy.deepcopy, lambda state: pickle.loads(pickle.dumps(state)), weights_only, lambda s: json.loads(json.dumps(s))],
    ids=["deepcopy", "pickle", "torch", "json"],
)
@pytest.mark.parametrize("steps", [3, 8, 13])
def test_state_round_trip_continues_bit_for_bit(copied, steps):
    norms = np.random.default_rng(1).exponential(size=30).tolist()
    gauge = Gauge(5)
    for norm in norms[:steps]:
        gauge.update(norm)
    resumed = Gauge.on(copied(gauge.state))
    assert [resumed.update(norm) for norm in norms[steps:]] == [gauge.update(norm) for norm in norms[steps:]]


def test_on_shares_the_state():
    gauge = Gauge(2)
    Gauge.on(gauge.state).update(3.0)
    assert gauge.norms == (3.0,)


def test_repr_is_one_short_line():
    gauge = Gauge(500)
    for _ in range(500):
        gauge.update(2.0)
    assert repr(gauge) == "Gauge(window=500/500, mean=2, zenith=2, factor=1)"


def test_numpys_integer_is_kept_as_pythons():
    assert type(Gauge(np.int64(3)).state["window"]) is int
