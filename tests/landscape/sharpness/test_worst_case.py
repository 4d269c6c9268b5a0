"""Worst-case sharpness against exact maxima, its invariance, and what it leaves behind."""

import json
import math

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from interruption import finished
from torch import nn
from torch.nn import functional

from landscape.curvature.eigenvalues import top_eigenpairs
from landscape.curvature.rescaled import AdaptiveHessianOperator
from landscape.linalg.trust_region import trust_region
from landscape.objective.objective import Objective
from landscape.sharpness.worst_case import keskar_sharpness, worst_case_sharpness

THETA = torch.tensor([1.0, -2.0, 0.5, 3.0, 0.1], dtype=torch.float64)


@pytest.mark.parametrize("scale", [False, "elementwise", "filterwise"])
@pytest.mark.parametrize("spectrum", [[4.0, 2.0, 1.0, 0.5, -1.0], [-1.0, -2.0, -3.0, -0.5, -0.1]])
@pytest.mark.parametrize("rho", [1e-3, 0.3, 5.0])
def test_quadratic_against_the_trust_region_problem(quadratic, symmetric, scale, spectrum, rho):
    matrix = symmetric(spectrum)
    c = THETA.abs() if scale else torch.ones(5, dtype=torch.float64)
    found = worst_case_sharpness(quadratic(matrix, THETA), rho=rho, adaptive=scale, tol=1e-8)
    inner, slope = c[:, None] * matrix * c, c * (matrix @ THETA)
    z = trust_region(inner, slope, rho)
    exact = float(slope @ z + z @ inner @ z / 2)
    assert found.value == pytest.approx(exact, rel=1e-6)
    assert found.value <= exact * (1 + 1e-9) + 1e-12
    assert math.isnan(found.standard_error)
    assert found.protocol["kind"] == "lower bound of the maximum"
    assert found.protocol["converged"] == bool(found.converged.all())
    delta = found.perturbation["theta"]
    assert float((delta / c).norm()) <= rho * (1 + 1e-9)
    moved = THETA + delta
    rise = float(moved @ matrix @ moved - THETA @ matrix @ THETA) / 2
    assert rise == pytest.approx(found.value, rel=1e-6)


def test_box_of_a_linear_loss_and_keskar_metric():
    model = nn.Linear(3, 1, bias=False).double()
    data = (torch.tensor([[1.0, -2.0, 0.5]], dtype=torch.float64),)
    objective = Objective(model, data=data, loss=lambda m, b: 3 + m(b[0]).mean())
    weights, slope = objective.parameters["weight"][0], data[0][0]
    found = worst_case_sharpness(objective, rho=0.2, norm=math.inf)
    assert found.value == pytest.approx(0.2 * float((weights * slope).abs().sum()), rel=1e-12)
    expected = 1e-3 * float(((weights.abs() + 1) * slope.abs()).sum())
    keskar = keskar_sharpness(objective)
    assert keskar.value == pytest.approx(100 * expected / (1 + objective.value()), rel=1e-12)
    assert keskar.protocol["unit"] == "per cent of 1 + loss"


def test_never_below_zero_and_no_rise_at_a_maximum(quadratic, symmetric):
    found = worst_case_sharpness(quadratic(symmetric([-1.0, -2.0])), rho=1.0, adaptive=False)
    assert found.value == 0.0
    assert (found.rises <= 0).all()


def test_case_is_a_lower_bound_that_beats_random_points(case):
    objective = case.objective()
    found = worst_case_sharpness(objective, rho=0.05, restarts=2)
    assert found.value == pytest.approx(float(found.rises.max()))
    assert found.spread >= 0
    moved = {n: p + found.perturbation[n] for n, p in objective.parameters.items()}
    assert objective.value(moved) - objective.value() == pytest.approx(found.value, rel=1e-12)
    size = sum(float((found.perturbation[n] / p).square().nansum()) for n, p in objective.parameters.items())
    assert math.sqrt(size) <= 0.05 * (1 + 1e-9)
    generator = torch.Generator().manual_seed(0)
    for _ in range(20):
        noise = [torch.randn(p.shape, generator=generator, dtype=p.dtype) for p in objective.parameters.values()]
        length = math.sqrt(sum(float(v.square().sum()) for v in noise))
        shift = [0.05 / length * v * p.abs() for v, p in zip(noise, objective.parameters.values(), strict=True)]
        assert case.value(shift) - case.value() <= found.value


def test_small_radius_gives_the_top_adaptive_eigenvalue(mlp):
    # At a stationary point: a penalty that takes the gradient away.
    point = mlp.objective()
    _, slope = point.value_and_gradient()

    def loss(model, batch):
        linear = sum((p * slope[n]).sum() for n, p in model.named_parameters())
        return functional.cross_entropy(model(batch[0]), batch[1]) - linear

    objective = Objective(mlp.model, data=mlp.data, loss=loss, batch_size=11)
    for scale in ("elementwise", "filterwise"):
        top = top_eigenpairs(AdaptiveHessianOperator(objective, scale), tol=1e-8).values[0]
        found = worst_case_sharpness(objective, rho=1e-3, adaptive=scale, tol=1e-8)
        assert found.value == pytest.approx(1e-6 / 2 * top, rel=2e-3)


# ---------------------------------------------------------------------- m-sharpness


def test_m_sharpness_is_the_mean_of_the_batches_maxima(mlp):
    objective = mlp.objective()
    found = worst_case_sharpness(objective, rho=0.3, m=4, tol=1e-7, seed=5)
    assert found.rises.shape == (3, 3)
    assert found.perturbation is None
    generator = torch.Generator().manual_seed(5)
    sizes, values = [], []
    for rows in torch.randperm(11, generator=generator).split(4):
        values.append(worst_case_sharpness(objective.subset(rows), rho=0.3, tol=1e-7).value)
        sizes.append(len(rows))
    assert sizes == [4, 4, 3]
    mean = np.average(values, weights=sizes)
    assert found.value == pytest.approx(mean, rel=1e-5)
    error = math.sqrt(np.sum((np.array(sizes) / 11) ** 2 * (values - mean) ** 2) * 3 / 2)
    assert found.standard_error == pytest.approx(error, rel=1e-4)
    # A maximum of a mean is at most the mean of the maxima.
    assert found.value >= worst_case_sharpness(objective, rho=0.3).value - 1e-6


def test_m_of_all_samples_is_the_plain_measure(mlp):
    objective = mlp.objective()
    whole, one = (worst_case_sharpness(objective, rho=0.3, m=m, tol=1e-7) for m in (None, 11))
    assert one.value == pytest.approx(whole.value, rel=1e-6)
    assert math.isnan(one.standard_error)
    some = worst_case_sharpness(objective, rho=0.3, m=2, batches=3)
    assert some.rises.shape == (3, 3)
    assert some.gradients < 3 * 3 * 101 * 2 / 11


# ---------------------------------------------------------------------- invariance


def relu_network(seed):
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 3)).double()
    with torch.no_grad():
        for p in model.parameters():
            p.mul_(2)
    return model


def rescaled(objective, factor):
    scale = {"0.weight": factor, "0.bias": factor, "2.weight": 1 / factor, "2.bias": 1.0}
    return objective.at({n: p * scale[n] for n, p in objective.parameters.items()})


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(factor=st.floats(0.05, 20), seed=st.integers(0, 20), scale=st.sampled_from(["elementwise", "filterwise"]))
@pytest.mark.parametrize("norm", [2, math.inf])
def test_rescaling_relu_layers_changes_only_what_is_not_adaptive(mlp, norm, factor, seed, scale):
    objective = Objective(relu_network(seed), mlp.criterion, mlp.data)
    other = rescaled(objective, factor)
    assert other.value() == pytest.approx(objective.value(), rel=1e-12)
    options = {"rho": 0.1, "norm": norm, "restarts": 2, "steps": 30}
    first, second = (worst_case_sharpness(o, adaptive=scale, **options) for o in (objective, other))
    assert second.value == pytest.approx(first.value, rel=1e-6)
    if not 0.5 < factor < 2:
        plain = [worst_case_sharpness(o, adaptive=False, **options).value for o in (objective, other)]
        assert plain[0] != pytest.approx(plain[1], rel=0.01)
        box = [keskar_sharpness(o, epsilon=0.1, restarts=1, steps=30).value for o in (objective, other)]
        assert box[0] != pytest.approx(box[1], rel=0.01)


@settings(max_examples=8, deadline=None)
@given(factors=st.lists(st.floats(0.1, 10), min_size=6, max_size=6))
def test_elementwise_is_invariant_neuron_by_neuron_and_filterwise_is_not(factors):
    data = torch.randn(11, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64), torch.arange(11) % 3
    objective = Objective(relu_network(1), nn.CrossEntropyLoss(), data)
    per_neuron = torch.tensor(factors, dtype=torch.float64)
    p = objective.parameters
    other = objective.at(
        {
            "0.weight": p["0.weight"] * per_neuron[:, None],
            "0.bias": p["0.bias"] * per_neuron,
            "2.weight": p["2.weight"] / per_neuron,
            "2.bias": p["2.bias"],
        }
    )
    options = {"rho": 0.1, "restarts": 1, "steps": 30}
    same = [worst_case_sharpness(o, adaptive="elementwise", **options).value for o in (objective, other)]
    assert same[0] == pytest.approx(same[1], rel=1e-6)
    if max(factors) > 3 * min(factors):
        filters = [worst_case_sharpness(o, adaptive="filterwise", **options).value for o in (objective, other)]
        assert filters[0] != pytest.approx(filters[1], rel=1e-4)


@pytest.mark.parametrize(("batchnorm", "m"), [("frozen", None), ("frozen", 3), ("batch", None)])
@pytest.mark.parametrize("scale", ["elementwise", "filterwise"])
def test_rescaling_batch_normed_filters_changes_only_what_is_not_adaptive(batch_normed, batchnorm, scale, m):
    both = batch_normed(batchnorm)
    options = {"rho": 0.1, "restarts": 2, "steps": 30, "m": m}
    first, second = (worst_case_sharpness(o, adaptive=scale, **options) for o in both)
    assert second.value == pytest.approx(first.value, rel=1e-6)
    plain = [worst_case_sharpness(o, adaptive=False, **options).value for o in both]
    assert plain[0] != pytest.approx(plain[1], rel=0.01)


# ---------------------------------------------------------------------- what is left behind, and bad input


def test_nothing_is_touched_and_seeds_repeat(case, untouched):
    objective = case.objective()
    with untouched(case.model):
        first = worst_case_sharpness(objective, rho=0.1, m=4, steps=5)
        again = worst_case_sharpness(objective, rho=0.1, m=4, steps=5)
    assert (first.value, first.gradients) == (again.value, again.gradients)
    assert np.array_equal(first.rises, again.rises)
    protocol = json.loads(json.dumps(first.protocol))
    assert {"rho": 0.1, "scale": "elementwise", "m": 4, "samples": 11, "steps": 5, "p": 2}.items() <= protocol.items()


def counting(case, stop_at, error):
    left = math.inf

    def loss(model, batch):
        nonlocal left
        left -= 1
        if left == 0:
            raise error
        return functional.cross_entropy(model(batch[0]), batch[1])

    objective = Objective(case.model, data=case.data, loss=loss, batch_size=4, check_deterministic=False)
    left = stop_at
    return objective


def test_interruption_hands_over_what_was_found(convnet, untouched):
    with untouched(convnet.model):
        found = finished(worst_case_sharpness, counting(convnet, 20, KeyboardInterrupt), rho=0.1)
        assert found.message.startswith("Interrupted. A lower bound: 1 of 2 ascents converged")
        assert "spent" not in found.message
        assert found.value > 0
        assert found.protocol["interrupted"]
        assert np.isfinite(found.rises[0]).tolist() == [True, True, False]
        found = finished(worst_case_sharpness, counting(convnet, 30, KeyboardInterrupt), rho=0.1, m=4, steps=20)
        assert found.message.startswith("Interrupted after")
        assert 0 < len(found.rises) < 3
        assert np.isfinite(found.rises).all()
        with pytest.raises(KeyboardInterrupt):
            worst_case_sharpness(counting(convnet, 2, KeyboardInterrupt), rho=0.1)
        with pytest.raises(RuntimeError, match="boom"):
            worst_case_sharpness(counting(convnet, 20, RuntimeError("boom")), rho=0.1)


def test_nan_is_kept_and_told():
    model = nn.Linear(1, 1, bias=False).double()
    nn.init.ones_(model.weight)
    objective = Objective(model, data=(torch.ones(1, 1).double(),), loss=lambda m, b: torch.log(m(b[0])).square().sum())
    found = worst_case_sharpness(objective, rho=5.0, restarts=4)
    assert math.isnan(found.value)
    assert "not finite: take a smaller rho" in found.message
    broken = objective.at({"weight": torch.full((1, 1), -1.0)})
    found = worst_case_sharpness(broken, rho=0.1)
    assert math.isnan(found.value)
    assert found.perturbation is None
    assert found.message == "The loss is not finite at the weights themselves."


def test_infinite_loss_is_an_infinite_rise():
    model = nn.Linear(1, 1, bias=False).double()
    nn.init.ones_(model.weight)
    objective = Objective(model, data=(torch.ones(1, 1).double(),), loss=lambda m, b: torch.exp(m(b[0])).sum())
    assert worst_case_sharpness(objective, rho=1e4).value == math.inf


def test_unconverged_is_told(convnet):
    found = worst_case_sharpness(convnet.objective(), rho=0.5, steps=1, tol=1e-9)
    assert not found.converged.any()
    assert "0 of 3 ascents converged" in found.message
    assert "spent all 1 steps" in found.message
    assert "raise steps" in found.message


def test_rise_below_the_rounding_is_told(mlp):
    def loss(model, batch):
        return 1e6 + functional.cross_entropy(model(batch[0]), batch[1])

    objective = Objective(mlp.model, data=mlp.data, loss=loss, dtype=torch.float32)
    found = worst_case_sharpness(objective, rho=1e-5)
    assert "below the rounding of the loss" in found.message


def test_bad_input_is_refused(mlp):
    objective = mlp.objective()
    for rho in (0.0, -1.0, math.nan, math.inf, "1"):
        with pytest.raises(ValueError, match=r"rho is .*: give a positive and finite radius"):
            worst_case_sharpness(objective, rho=rho)
    for options, words in (
        ({"adaptive": "layer"}, "adaptive is 'layer': choose"),
        ({"norm": 1}, "norm is 1: choose 2 or math.inf"),
        ({"restarts": 0}, "restarts is 0: at least 1"),
        ({"steps": 0}, "steps is 0: at least 1"),
        ({"tol": 0.0}, "tol is 0.0: give a relative tolerance"),
        ({"m": 0}, "m is 0: at least 1"),
        ({"m": 12}, "m is 12, but the objective has 11 samples"),
        ({"m": 4, "batches": 1}, "batches is 1: at least 2"),
        ({"m": 4, "batches": 9}, "batches is 9, but there are 3"),
        ({"batches": 2}, "batches is 2 without m"),
        ({"seed": 0.5}, "seed is 0.5"),
    ):
        with pytest.raises(ValueError, match=words):
            worst_case_sharpness(objective, rho=0.1, **options)
    with pytest.raises(ValueError, match="epsilon is 0"):
        keskar_sharpness(objective, epsilon=0)
    zero = objective.at({n: torch.zeros_like(p) for n, p in objective.parameters.items()})
    with pytest.raises(ValueError, match="Every parameter is zero"):
        worst_case_sharpness(zero, rho=0.1)


def test_a_gradient_that_is_not_that_of_the_loss_climbs_nowhere(mlp):
    """Its ascents used to end as converged, by the gap of the wrong gradient."""

    class Reversed(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.view_as(x)

        @staticmethod
        def backward(ctx, gradient):
            return -gradient

    def loss(model, batch):
        output = model(batch[0])
        return functional.cross_entropy(output, batch[1]) + Reversed.apply(output).square().mean()

    objective = Objective(mlp.model, loss=loss, data=mlp.data)
    for measure in (worst_case_sharpness, keskar_sharpness):
        with pytest.raises(ValueError, match=r"gradient that autograd gives is not that of the loss.*Reversed"):
            measure(objective, **({"rho": 0.1} if measure is worst_case_sharpness else {}))
