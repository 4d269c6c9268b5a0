"""Loss along segments and curves, and the barrier on them: against models interpolated by hand and known functions."""

import copy
import json
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from interruption import finished
from test_models import shifted
from torch import nn

from landscape.connectivity.curves import Path, straight
from landscape.connectivity.linear import barrier, interpolate, path_profile, straight_path
from landscape.objective.objective import Objective

vectors = st.lists(st.floats(-3, 3), min_size=3, max_size=3)


def mixed(a, b, t):
    """A model with the tensors of two others mixed."""
    model = copy.deepcopy(a)
    with torch.no_grad():
        for mine, one, two in zip(*(m.state_dict().values() for m in (model, a, b)), strict=True):
            if mine.is_floating_point():
                mine.copy_((1 - t) * one + t * two)
    return model


def test_losses_on_the_segment_are_those_of_mixed_models(case, untouched):
    b = shifted(case.model, 2)
    objective = case.objective(metrics={"again": lambda m, batch: case.criterion(m(batch[0]), batch[1])})
    with untouched(case.model):
        found = interpolate(objective, case.model, b, [0, 0.3, 0.5, 1])
    for t, loss in zip([0, 0.3, 0.5, 1], found.dataset["loss"].values, strict=True):
        truth = case.loss(mixed(case.model, b, t)).item()
        assert loss == pytest.approx(truth, rel=1e-12)
    np.testing.assert_allclose(found.dataset["again"], found.dataset["loss"], rtol=1e-14)
    assert found.protocol["measure"] == "loss along a path"
    assert json.loads(found.dataset.attrs["protocol"]) == json.loads(json.dumps(found.protocol))


def test_the_ends_bring_their_own_frozen_parameters_and_buffers(make_case):
    """Both ends differ from the objective's model, and agree with each other."""
    frozen = make_case("frozen")
    a = shifted(frozen.model, 1)
    b = copy.deepcopy(a)
    with torch.no_grad():
        b[3].weight += 1
    found = interpolate(frozen.objective(), a, b, [0, 0.5, 1])
    for t, loss in zip([0, 0.5, 1], found.dataset["loss"].values, strict=True):
        assert loss == pytest.approx(frozen.loss(mixed(a, b, t)).item(), rel=1e-12)


def test_recomputed_statistics_along_the_segment_are_those_of_update_bn(convnet):
    a, b = convnet.model, shifted(convnet.model, 5)
    objective = convnet.objective(batchnorm="recomputed", batch_size=11)
    found = interpolate(objective, a, b, [0, 0.5, 1])
    for t, loss in zip([0, 0.5, 1], found.dataset["loss"].values, strict=True):
        model = mixed(a, b, t)
        torch.optim.swa_utils.update_bn([convnet.data[0]], model)
        assert loss == pytest.approx(convnet.loss(model).item(), rel=1e-12)
    assert found.protocol["batchnorm"] == "recomputed"
    assert found.protocol["constants"] == "equal at both ends"  # the running ones are not used


def test_barrier_of_a_known_function(quadratic):
    """Along theta = t the loss is that of a double well; its barrier is known."""

    def loss(model, batch):
        t = model.theta[0]
        return 16 * t**2 * (1 - t) ** 2 + 3 * t + 0 * batch[0].sum()

    class Point(nn.Module):
        def __init__(self):
            super().__init__()
            self.theta = nn.Parameter(torch.ones(1).double())

    objective = Objective(Point(), data=(torch.zeros(1).double(),), loss=loss)
    ends = {"theta": torch.zeros(1).double()}, {"theta": torch.ones(1).double()}
    found = interpolate(objective, *ends, np.linspace(0, 1, 41))
    assert found.barrier.height == pytest.approx(1.0, rel=1e-12)
    assert found.barrier.at == 0.5
    t = np.linspace(0, 1, 100001)
    assert found.barrier.above_mean == pytest.approx((16 * t**2 * (1 - t) ** 2 + 3 * t).max() - 1.5, abs=1e-3)
    coarse = interpolate(objective, *ends, np.linspace(0, 1, 8))  # misses the top
    assert coarse.barrier.height < 0.99
    assert coarse.barrier.height + coarse.barrier.grid_error >= 1.0
    assert "barrier 1 at t = 0.5" in found.message


@settings(max_examples=60, deadline=None)
@given(values=st.lists(st.floats(-5, 5), min_size=2, max_size=9), slope=st.floats(-5, 5), shift=st.floats(-5, 5))
def test_barrier_ignores_what_is_linear_in_t_and_the_sense_of_travel(values, slope, shift):
    t = np.linspace(0, 1, len(values)) ** 2
    found = barrier(t, values)
    assert found.height >= 0
    assert barrier(t, np.array(values) + slope * t + shift).height == pytest.approx(found.height, abs=1e-9)
    assert barrier((1 - t)[::-1], values[::-1]).height == pytest.approx(found.height, abs=1e-12)
    truth = max(v - ((1 - s) * values[0] + s * values[-1]) for v, s in zip(values, t, strict=True))
    assert found.height == pytest.approx(max(truth, 0.0), abs=1e-12)


def test_losses_that_are_not_finite_are_said_and_not_hidden():
    t = [0, 0.25, 0.5, 1]
    assert np.isnan(barrier(t, [1, 2, np.nan, 1]).height)
    assert np.isnan(barrier(t, [1, 2, np.nan, 1]).at)
    assert barrier(t, [1, 2, np.inf, 1]).height == np.inf
    assert barrier(t, [1, 2, np.inf, 1]).at == 0.5
    assert np.isnan(barrier(t, [np.inf, 2, 3, 1]).height)


def test_a_path_with_nan_in_between_says_where(mlp):
    def loss(model, batch):
        value = mlp.criterion(model(batch[0]), batch[1])
        return value / 0 * 0 if 0.2 < float(model[0].bias.detach()[0]) < 0.8 else value

    objective = Objective(mlp.model, loss=loss, data=mlp.data, check_deterministic=False)
    a, b = ({n: p.clone() for n, p in objective.parameters.items()} for _ in range(2))
    a["0.bias"][0], b["0.bias"][0] = 0.0, 1.0
    found = interpolate(objective, a, b, np.linspace(0, 1, 11))
    assert np.isnan(found.dataset["loss"].values[3:8]).all()
    assert np.isnan(found.barrier.height)
    assert "not finite at 5 of 11 points, the first at t = 0.3" in found.message


def test_equal_ends_have_no_barrier(convnet):
    found = interpolate(convnet.objective(), convnet.model, convnet.model)
    assert found.barrier.height <= found.barrier.rounding
    assert "no barrier" in found.message
    assert found.path.length() == 0


def test_interruption_returns_what_there_is(mlp):
    calls = []

    def metric(model, batch):
        calls.append(1)
        if pressed and len(calls) > 5:
            raise KeyboardInterrupt
        return torch.zeros(())

    pressed: list[bool] = []
    objective = mlp.objective(metrics={"m": metric}, batch_size=11)
    pressed.append(True)
    calls.clear()
    found = finished(interpolate, objective, mlp.model, shifted(mlp.model, 1))
    np.testing.assert_allclose(found.dataset["t"], [0, 0.25, 0.5, 0.75, 1])
    assert found.message.startswith("interrupted after 5 of 25 points")
    assert found.protocol["interrupted"] is True
    with pytest.raises(KeyboardInterrupt):  # not even the ends
        interpolate(objective, mlp.model, shifted(mlp.model, 1))


def test_what_does_not_fit_is_refused(mlp, convnet):
    objective = mlp.objective()
    b = shifted(mlp.model, 1)
    for t in ([0.1, 1], [0, 0.5], [0], [0, 0.5, 0.5, 1], [0, np.nan, 1], [[0, 1]]):
        with pytest.raises(ValueError, match="points that increase from 0 to 1, both included"):
            interpolate(objective, mlp.model, b, t)
    with pytest.raises(ValueError, match="second model does not fit the objective"):
        interpolate(objective, mlp.model, convnet.model)
    with pytest.raises(ValueError, match="give one value per t"):
        barrier([0, 1], [1, 2, 3])
    with pytest.raises(ValueError, match="no 'error' along this path: choose one of"):
        interpolate(objective, mlp.model, b, [0, 1]).barrier_of("error")


def test_buffers_that_cannot_be_mixed_are_refused(mlp):
    one, two = copy.deepcopy(mlp.model), shifted(mlp.model, 1)
    for model, order in ((mlp.model, [0, 1]), (one, [0, 1]), (two, [1, 0])):
        model.register_buffer("order", torch.tensor(order))
    with pytest.raises(ValueError, match=r"different values of the buffer 'order', which is torch\.int64"):
        interpolate(mlp.objective(), one, two)
    two.order = torch.tensor([0, 1])
    interpolate(mlp.objective(), one, two, [0, 1])


# ---------------------------------------------------------------------- curves


@settings(max_examples=40, deadline=None)
@given(points=st.lists(vectors, min_size=2, max_size=5), t=st.floats(0, 1), kind=st.sampled_from(["bezier", "chain"]))
def test_curves_are_those_of_de_casteljau_and_of_interpolation(points, t, kind):
    path = Path([{"x": torch.tensor(p, dtype=torch.float64)} for p in points], kind)
    given_points = [np.array(p) for p in points]
    if kind == "bezier":
        while len(given_points) > 1:
            given_points = [(1 - t) * p + t * q for p, q in pairwise(given_points)]
        truth = given_points[0]
    else:
        knots = np.linspace(0, 1, len(points))
        truth = [np.interp(t, knots, column) for column in np.array(points).T]
    np.testing.assert_allclose(path.at(t)["x"].numpy(), truth, atol=1e-12)
    assert path.coefficients(t).sum() == pytest.approx(1)
    fine = np.array([path.at(float(s))["x"].numpy() for s in np.linspace(0, 1, 301)])
    drawn = np.linalg.norm(np.diff(fine, axis=0), axis=1).sum()
    assert path.length() == pytest.approx(drawn, rel=1e-2, abs=1e-3)


def test_length_of_a_parabola_and_ends_bit_for_bit():
    points = [{"x": torch.tensor(p).double()} for p in ([0.0, 0.0], [0.5, 0.0], [1.0, 1.0])]
    path = Path(points)  # y = x^2 from 0 to 1
    assert path.length() == pytest.approx(np.sqrt(5) / 2 + np.arcsinh(2) / 4, rel=1e-12)
    third = {"x": torch.tensor([1 / 3]).float()}
    for t in (0.0, 1.0):
        assert torch.equal(straight(third, third, bends=2).at(t)["x"], third["x"])


def test_straight_path_with_bends_is_the_segment(mlp):
    b = shifted(mlp.model, 3)
    segment, bent = (straight_path(mlp.objective(), mlp.model, b, bends=n) for n in (0, 3))
    assert bent.bends == 3
    assert bent.length() == pytest.approx(segment.length(), rel=1e-12)
    for name, tensor in bent.at(0.37).items():
        torch.testing.assert_close(tensor, segment.at(0.37)[name], rtol=1e-12, atol=1e-13)


def test_a_path_measured_on_other_data_is_the_same_path(mlp):
    path = straight_path(mlp.objective(), mlp.model, shifted(mlp.model, 3))
    test_loss = mlp.objective().subset([0, 1, 2])
    found = path_profile(test_loss, path, [0, 0.5, 1])
    assert found.dataset["loss"].values[1] == pytest.approx(test_loss.value(path.at(0.5)), rel=1e-14)


def test_paths_that_are_none_are_refused():
    x, y = {"x": torch.zeros(2)}, {"x": torch.zeros(3)}
    for points, kind, words in [
        ([x], "bezier", "needs two ends, not 1"),
        ([x, y], "bezier", "different names or shapes"),
        ([x, x], "spline", "kind is 'spline'"),
    ]:
        with pytest.raises(ValueError, match=words):
            Path(points, kind)
    with pytest.raises(ValueError, match=r"t is 1\.5"):
        Path([x, x]).at(1.5)
