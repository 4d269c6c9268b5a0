"""The trace is estimated without bias, and its standard error means what it says."""

import json

import numpy as np
import pytest
import torch

from landscape.hessian import HessianOperator
from landscape.spectrum import hessian_trace


def test_trace_agrees_with_the_dense_hessian_within_its_error(mlp):
    truth = float(mlp.hessian(0.1).trace())
    estimate = hessian_trace(mlp.objective(l2=0.1, batch_size=11), probes=100, seed=1)
    assert abs(estimate.value - truth) < 4 * estimate.standard_error
    assert estimate.standard_error < 0.2 * abs(truth)
    assert estimate.samples == 100


def test_trace_of_a_diagonal_matrix_is_exact(quadratic):
    estimate = hessian_trace(quadratic(torch.diag(torch.arange(6.0).double())), probes=2)
    assert estimate.value == pytest.approx(15, rel=1e-14)
    assert estimate.standard_error == pytest.approx(0, abs=1e-13)


def test_standard_error_is_that_of_rademacher_probes(quadratic, symmetric):
    matrix = symmetric(np.linspace(-1, 3, 12))
    probes = 400
    estimate = hessian_trace(quadratic(matrix), probes=probes)
    variance = 2 * float(matrix.square().sum() - matrix.diagonal().square().sum())
    assert estimate.standard_error == pytest.approx((variance / probes) ** 0.5, rel=0.15)


def test_seed_determines_the_probes_and_the_protocol_is_json(mlp):
    objective = mlp.objective(batch_size=11)
    assert hessian_trace(objective, probes=3).value == hessian_trace(HessianOperator(objective), probes=3).value
    assert hessian_trace(objective, probes=3).value != hessian_trace(objective, probes=3, seed=1).value
    protocol = json.loads(json.dumps(hessian_trace(objective, probes=3).protocol))
    assert {"measure": "trace", "probes": 3, "products": 3, "seed": 0, "samples": 11}.items() <= protocol.items()


def test_bad_input_is_refused(mlp):
    with pytest.raises(ValueError, match="probes is 1"):
        hessian_trace(mlp.objective(), probes=1)
    objective = mlp.objective()
    bad = objective.at({n: p * torch.nan for n, p in objective.parameters.items()})
    with pytest.raises(ValueError, match="not finite"):
        hessian_trace(bad, probes=2)


def test_default_device_of_the_caller_does_not_matter(mlp):
    objective = mlp.objective()
    with torch.device("meta"):
        estimate = hessian_trace(objective, probes=np.int64(3), seed=np.int64(0))
    assert estimate == hessian_trace(objective, probes=3)
    json.dumps(estimate.protocol)
