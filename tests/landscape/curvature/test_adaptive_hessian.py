"""Lengths of perturbations, and the Hessian in units of the weights."""

import json

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.testing import assert_close

from landscape.curvature.eigenvalues import top_eigenpairs
from landscape.curvature.hessian import HessianOperator
from landscape.curvature.rescaled import SCALES, AdaptiveHessianOperator, perturbation_scales, scale_name
from landscape.curvature.spectrum import hessian_trace
from landscape.objective.objective import Objective


def test_lengths_by_their_definitions(case):
    objective = case.objective()
    every = {name: perturbation_scales(objective, name) for name in SCALES}
    for name, p in objective.parameters.items():
        assert torch.equal(every["plain"][name], torch.ones_like(p))
        assert torch.equal(every["elementwise"][name], p.abs())
        assert torch.equal(every["box"][name], p.abs() + 1)
        rows = p.abs() if p.dim() < 2 else torch.stack([row.norm().expand(row.shape) for row in p])
        assert_close(every["filterwise"][name], rows, rtol=1e-15, atol=0)


def test_names():
    assert [scale_name(a) for a in (True, False, "elementwise", "filterwise")] == [
        "elementwise",
        "plain",
        "elementwise",
        "filterwise",
    ]
    for wrong in ("box", None, 1.5, "layer"):
        with pytest.raises(ValueError, match="choose 'elementwise'"):
            scale_name(wrong)


@pytest.mark.parametrize("scale", ["elementwise", "filterwise"])
def test_products_are_those_of_the_scaled_hessian(case, scale):
    objective = case.objective(l2=0.1)
    c = objective.flatten(perturbation_scales(objective, scale))
    exact = c[:, None] * (case.hessian(l2=0.1)) * c
    with AdaptiveHessianOperator(objective, scale) as operator:
        vectors = torch.randn(operator.size, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
        assert_close(operator.matmat(vectors), exact @ vectors, rtol=1e-10, atol=1e-12)
        assert_close(operator.matvec(vectors[:, 0]), exact @ vectors[:, 0], rtol=1e-10, atol=1e-12)
        assert operator.products == 4
        assert_close(objective.flatten(operator.step(operator.unflatten(vectors[:, 1]))), c * vectors[:, 1])
        top = top_eigenpairs(operator, tol=1e-8)
        assert top.values[0] == pytest.approx(float(torch.linalg.eigvalsh(exact)[-1]), rel=1e-7)
        trace = hessian_trace(operator, probes=8)
        assert abs(trace.value - float(exact.trace())) < 8 * trace.standard_error + 1e-9
    assert json.loads(json.dumps(top.protocol))["c"] == SCALES[scale]


def network():
    torch.manual_seed(2)
    model = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 3)).double()
    data = torch.randn(11, 4, dtype=torch.float64), torch.arange(11) % 3
    return Objective(model, nn.CrossEntropyLoss(), data)


@settings(max_examples=12, deadline=None)
@given(factor=st.floats(0.05, 20), scale=st.sampled_from(["elementwise", "filterwise"]))
def test_rescaling_relu_layers_leaves_the_adaptive_spectrum_and_scales_the_blocks(factor, scale):
    objective = network()
    powers = {"0.weight": 1, "0.bias": 1, "2.weight": -1, "2.bias": 0}
    other = objective.at({n: p * factor ** powers[n] for n, p in objective.parameters.items()})
    spectra = [torch.linalg.eigvalsh(dense(AdaptiveHessianOperator(o, scale))) for o in (objective, other)]
    assert_close(spectra[0], spectra[1], rtol=1e-6, atol=1e-9)
    # H' = D^-1 H D^-1 with D the factors of the parameters: a block of one tensor is divided by its factor squared.
    first, second = dense(HessianOperator(objective)), dense(HessianOperator(other))
    d = torch.cat([torch.full((p.numel(),), factor ** powers[n]).double() for n, p in objective.parameters.items()])
    assert_close(second, first / d[:, None] / d, rtol=1e-6, atol=1e-9)
    for name, power in powers.items():
        tops = [top_eigenpairs(o.restrict(name), tol=1e-9).values[0] for o in (objective, other)]
        assert tops[1] == pytest.approx(tops[0] / factor ** (2 * power), rel=1e-6)
    # So lambda_max goes to infinity with either layer made small: at least as the larger of the two blocks.
    top = float(torch.linalg.eigvalsh(second)[-1])
    blocks = [float(torch.linalg.eigvalsh(dense(HessianOperator(objective.restrict(n))))[-1]) for n in powers]
    assert top >= max(b / factor ** (2 * p) for b, p in zip(blocks, powers.values(), strict=True)) * (1 - 1e-9)


def dense(operator):
    return operator.matmat(torch.eye(operator.size, dtype=torch.float64))


@pytest.mark.parametrize("batchnorm", ["frozen", "batch"])
@pytest.mark.parametrize("scale", ["elementwise", "filterwise"])
def test_rescaling_batch_normed_filters(batch_normed, batchnorm, scale):
    objective, other = batch_normed(batchnorm)
    assert other.value() == pytest.approx(objective.value(), rel=1e-10)
    adaptive = [top_eigenpairs(AdaptiveHessianOperator(o, scale), tol=1e-9).values[0] for o in (objective, other)]
    assert adaptive[1] == pytest.approx(adaptive[0], rel=1e-6)
    first, second = (dense(HessianOperator(o.restrict("0.weight"))) for o in (objective, other))
    d = torch.tensor([0.1, 3.0, 20.0], dtype=torch.float64).repeat_interleave(9)
    assert_close(second, first / d[:, None] / d, rtol=1e-6, atol=1e-8)
    plain = [top_eigenpairs(o, tol=1e-6).values[0] for o in (objective, other)]
    assert plain[1] != pytest.approx(plain[0], rel=0.1)


def test_zero_weights_have_zero_rows(mlp):
    objective = mlp.objective()
    parameters = dict(objective.parameters)
    parameters["0.bias"] = torch.zeros_like(parameters["0.bias"])
    operator = AdaptiveHessianOperator(objective.at(parameters))
    place = slice(20, 25)
    assert not dense(operator)[place].any()
    assert np.isfinite(top_eigenpairs(operator).values[0])


def test_bad_input_is_refused(mlp):
    for wrong in (False, "plain", "layer"):
        with pytest.raises(ValueError, match="choose 'elementwise'"):
            AdaptiveHessianOperator(mlp.objective(), wrong)
