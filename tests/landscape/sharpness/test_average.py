"""Average sharpness against its closed form and its invariance."""

import json
import math

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from landscape.curvature.rescaled import perturbation_scales
from landscape.objective.objective import Objective
from landscape.sharpness.average import average_sharpness


@pytest.mark.parametrize("adaptive", [False, True])
def test_closed_form_on_a_quadratic(quadratic, symmetric, adaptive):
    matrix = symmetric([4.0, 2.0, 1.0, 0.5, -1.0])
    theta = torch.tensor([1.0, -2.0, 0.5, 3.0, 0.1], dtype=torch.float64)
    rho = 0.3
    scale = theta.abs() if adaptive else torch.ones(5, dtype=torch.float64)
    inner = scale[:, None] * matrix * scale
    estimate = average_sharpness(quadratic(matrix, theta), rho=rho, adaptive=adaptive, samples=400)
    assert abs(estimate.value - rho**2 / 2 * float(inner.trace())) < 4 * estimate.standard_error
    # Var(delta^T A delta / 2) = ||A||_F^2 / 2 for Gaussian delta: the standard error is the true one.
    expected = rho**2 * math.sqrt(float(inner.square().sum()) / 2 / 400)
    assert estimate.standard_error == pytest.approx(expected, rel=0.25)


def test_odd_orders_cancel_within_pairs():
    model = nn.Linear(3, 1, bias=False).double()
    objective = Objective(model, data=(torch.ones(2, 3).double(),), loss=lambda m, b: m(b[0]).mean())
    estimate = average_sharpness(objective, rho=10.0, samples=4)
    assert estimate.value == pytest.approx(0, abs=1e-12)
    assert estimate.standard_error == pytest.approx(0, abs=1e-12)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(factor=st.floats(0.1, 10), seed=st.integers(0, 100))
def test_adaptive_sharpness_is_invariant_under_rescaling_of_relu_layers(mlp, factor, seed):
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 3)).double()
    objective = Objective(model, mlp.criterion, mlp.data)
    scale = {"0.weight": factor, "0.bias": factor, "2.weight": 1 / factor, "2.bias": 1.0}
    rescaled = objective.at({n: p * scale[n] for n, p in objective.parameters.items()})
    assert rescaled.value() == pytest.approx(objective.value(), rel=1e-12)
    first, second = (average_sharpness(o, rho=0.4, samples=5, seed=seed) for o in (objective, rescaled))
    assert second.value == pytest.approx(first.value, rel=1e-9)
    assert second.standard_error == pytest.approx(first.standard_error, rel=1e-9)


def test_plain_sharpness_is_not_invariant(mlp):
    model = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 3)).double()
    objective = Objective(model, mlp.criterion, mlp.data)
    scale = {"0.weight": 5.0, "0.bias": 5.0, "2.weight": 0.2, "2.bias": 1.0}
    rescaled = objective.at({n: p * scale[n] for n, p in objective.parameters.items()})
    plain = [average_sharpness(o, rho=0.4, adaptive=False, samples=5).value for o in (objective, rescaled)]
    assert plain[0] != pytest.approx(plain[1], rel=0.05)


def test_seed_determines_the_noise_and_nothing_is_touched(mlp, untouched):
    objective = mlp.objective()
    with untouched(mlp.model):
        first = average_sharpness(objective, rho=0.1, samples=3)
    assert first == average_sharpness(objective, rho=0.1, samples=3)
    assert first.value != average_sharpness(objective, rho=0.1, samples=3, seed=1).value
    protocol = json.loads(json.dumps(first.protocol))
    assert {"rho": 0.1, "adaptive": True, "pairs": 3, "seed": 0, "samples": 11}.items() <= protocol.items()


def test_overflow_is_reported_and_not_hidden():
    model = nn.Linear(1, 1, bias=False).double()
    nn.init.ones_(model.weight)
    objective = Objective(model, data=(torch.ones(1, 1).double(),), loss=lambda m, b: torch.log(m(b[0])).sum())
    assert math.isnan(average_sharpness(objective, rho=50.0, samples=4).value)


def test_bad_input_is_refused(mlp):
    for rho in (0.0, -1.0, math.nan, math.inf):
        with pytest.raises(ValueError, match="give a positive standard deviation"):
            average_sharpness(mlp.objective(), rho=rho)
    with pytest.raises(ValueError, match="samples is 1"):
        average_sharpness(mlp.objective(), rho=0.1, samples=1)


def test_rounding_of_the_loss_is_part_of_the_error(mlp):
    # In float32 the loss of about 1e4 is known to 1e-3, which hides a rise of 1e-6.
    def loss(model, batch):
        return 1e4 + functional.cross_entropy(model(batch[0]), batch[1])

    exact = average_sharpness(mlp.objective(), rho=1e-3, samples=8)
    single = Objective(mlp.model, data=mlp.data, loss=loss, dtype=torch.float32)
    estimate = average_sharpness(single, rho=1e-3, samples=8)
    assert abs(estimate.value - exact.value) <= 2 * estimate.standard_error
    rounding = 4 * torch.finfo(torch.float32).eps * single.value()
    assert estimate.protocol["rounding"] == pytest.approx(rounding)
    assert estimate.standard_error >= rounding
    assert "use dtype=torch.float64 or a larger rho" in json.loads(json.dumps(estimate.protocol))["message"]
    assert "message" not in exact.protocol


def test_default_device_of_the_caller_does_not_matter(mlp):
    objective = mlp.objective()
    with torch.device("meta"):
        estimate = average_sharpness(objective, rho=0.1, samples=np.int64(3), seed=np.int64(0))
    assert estimate == average_sharpness(objective, rho=0.1, samples=3)
    json.dumps(estimate.protocol)


@pytest.mark.parametrize("scale", ["elementwise", "filterwise"])
def test_scales_against_the_trace_of_the_adaptive_hessian(case, scale):
    objective = case.objective()
    c = objective.flatten(perturbation_scales(objective, scale))
    trace = float((c**2 * case.hessian().diagonal()).sum())
    rho = 1e-3
    estimate = average_sharpness(objective, rho=rho, adaptive=scale, samples=60)
    assert abs(estimate.value - rho**2 / 2 * trace) < 4 * estimate.standard_error + 1e-3 * abs(estimate.value)
    assert estimate.protocol["scale"] == scale
    assert estimate.protocol["adaptive"] is True


def test_filterwise_is_invariant_by_layers_and_true_means_elementwise(mlp):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 3)).double()
    objective = Objective(model, mlp.criterion, mlp.data)
    scale = {"0.weight": 0.1, "0.bias": 0.1, "2.weight": 10.0, "2.bias": 1.0}
    rescaled = objective.at({n: p * scale[n] for n, p in objective.parameters.items()})
    first, second = (average_sharpness(o, rho=0.2, adaptive="filterwise", samples=5) for o in (objective, rescaled))
    assert second.value == pytest.approx(first.value, rel=1e-9)
    assert average_sharpness(objective, rho=0.2, adaptive="elementwise") == average_sharpness(objective, rho=0.2)
    assert first.value != pytest.approx(average_sharpness(objective, rho=0.2, samples=5).value, rel=0.05)
    with pytest.raises(ValueError, match="adaptive is 'layerwise': choose"):
        average_sharpness(objective, rho=0.2, adaptive="layerwise")


@pytest.mark.parametrize("batchnorm", ["frozen", "batch"])
@pytest.mark.parametrize("scale", ["elementwise", "filterwise"])
def test_adaptive_sharpness_is_invariant_under_rescaling_of_batch_normed_filters(batch_normed, batchnorm, scale):
    first, second = batch_normed(batchnorm)
    found = [average_sharpness(o, rho=0.1, adaptive=scale, samples=5) for o in (first, second)]
    assert found[1].value == pytest.approx(found[0].value, rel=1e-6)
    assert found[1].standard_error == pytest.approx(found[0].standard_error, rel=1e-6)
    plain = [average_sharpness(o, rho=0.1, adaptive=False, samples=5).value for o in (first, second)]
    assert plain[1] != pytest.approx(plain[0], rel=0.1)
