"""The rule on a device against the exact one on the host."""

import copy
import io
import math
import pickle

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from zenith.optimizer.rule import Gauge
from zenith.optimizer.rule_on_device import TensorGauge

READ = ("norm", "mean", "zenith", "factor", "warmed_up")
norms_of_runs = st.lists(
    st.floats(0, 1e6, allow_subnormal=False) | st.sampled_from([math.nan, math.inf, 1.7e308]), min_size=1, max_size=40
)


@settings(deadline=None, max_examples=50)
@given(norms_of_runs, st.integers(1, 9))
def test_is_the_rule_on_the_host(norms, window):
    ours, exact = TensorGauge(window), Gauge(window)
    for norm in norms:
        assert ours.update(torch.tensor(norm, dtype=torch.float64)).item() == pytest.approx(
            exact.update(norm), rel=1e-13
        )
        assert ours.norms == exact.norms
        for name in READ:
            assert getattr(ours, name) == pytest.approx(getattr(exact, name), rel=1e-13, nan_ok=True), name
        assert 0 <= ours.factor <= 1


def test_a_step_that_is_not_taken_changes_nothing():
    gauge = TensorGauge(2)
    for norm in (4.0, 3.0, 2.0):
        gauge.update(torch.tensor(norm))
    before = copy.deepcopy(gauge.state)
    assert gauge.update(torch.tensor(9.0), torch.tensor(False)) == gauge.factor
    assert all(torch.equal(value, gauge.state[name]) for name, value in before.items() if name != "window")


def test_updates_its_tensors_in_place():
    gauge = TensorGauge(2)
    held = {name: value.data_ptr() for name, value in gauge.state.items() if name != "window"}
    gauge.update(torch.tensor(1.0))
    assert {name: gauge.state[name].data_ptr() for name in held} == held


def weights_only(state):
    file = io.BytesIO()
    torch.save(state, file)
    file.seek(0)
    return torch.load(file, weights_only=True)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda state: pickle.loads(pickle.dumps(state)), weights_only])
def test_state_round_trip_continues_bit_for_bit(copied):
    gauge = TensorGauge(3)
    for norm in (4.0, 3.0, 2.0, 1.0):
        gauge.update(torch.tensor(norm))
    resumed = TensorGauge.on(copied(gauge.state))
    for norm in (0.3, 0.7, 5.0):
        assert torch.equal(resumed.update(torch.tensor(norm)), gauge.update(torch.tensor(norm)))


def test_bad_window_is_refused():
    with pytest.raises(ValueError, match="window=0"):
        TensorGauge(0)


def test_repr_is_one_short_line():
    gauge = TensorGauge(2)
    for _ in range(3):
        gauge.update(torch.tensor(2.0))
    assert repr(gauge) == "TensorGauge(window=2/2, mean=2, zenith=2, factor=1)"
