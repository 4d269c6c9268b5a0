"""The diagonal is estimated without bias, entry by entry, and exact if asked for."""

import json

import numpy as np
import pytest
import torch
from matrices import REPETITIONS, SPECTRA, MatrixOperator

from landscape.curvature.diagonal import hessian_diagonal


@pytest.mark.parametrize("name", ["flat", "geometric", "outliers"])
def test_intervals_cover_the_entries_on_average(name, symmetric):
    operator = MatrixOperator(symmetric(SPECTRA[name]))
    truth, hits = operator.matrix.diagonal(), 0.0
    for seed in range(REPETITIONS):
        low, high = hessian_diagonal(operator, seed=seed).interval()
        hits += float(((low["theta"] <= truth) & (truth <= high["theta"])).double().mean())
    assert 0.92 <= hits / REPETITIONS <= 0.98


def test_intervals_cover_for_a_network(mlp):
    operator = MatrixOperator(mlp.hessian())
    truth, hits = operator.matrix.diagonal(), 0.0
    for seed in range(REPETITIONS):
        low, high = hessian_diagonal(operator, seed=seed).interval()
        hits += float(((low["theta"] <= truth) & (truth <= high["theta"])).double().mean())
    assert 0.92 <= hits / REPETITIONS <= 0.98


def test_standard_errors_are_the_rest_of_each_row(symmetric):
    matrix = symmetric(SPECTRA["indefinite"])
    result = hessian_diagonal(MatrixOperator(matrix), probes=2000)
    variance = matrix.square().sum(dim=1) - matrix.diagonal().square()
    torch.testing.assert_close(result.standard_errors["theta"], (variance / 2000).sqrt(), rtol=0.1, atol=0)
    assert (result.values["theta"] - matrix.diagonal()).abs().max() < 5 * (variance / 2000).max().sqrt()


def test_exact_agrees_with_the_dense_hessian(case):
    objective = case.objective(l2=0.3)
    truth = case.hessian(0.3).diagonal()
    result = hessian_diagonal(objective, method="exact")
    torch.testing.assert_close(objective.flatten(result.values), truth, rtol=1e-10, atol=1e-12)
    assert not objective.flatten(result.standard_errors).any()
    assert result.samples == 0
    assert result.products == objective.num_parameters
    low, high = result.interval()
    assert torch.equal(objective.flatten(low), objective.flatten(high))


def test_values_have_the_shapes_of_the_parameters_and_are_the_mean_of_the_probes(mlp):
    objective = mlp.objective()
    result = hessian_diagonal(objective, probes=20, seed=2)
    assert {n: t.shape for n, t in result.values.items()} == {n: p.shape for n, p in objective.parameters.items()}
    operator = MatrixOperator(mlp.hessian())
    generator = torch.Generator().manual_seed(2)
    probes = torch.stack([operator.probe(generator, "rademacher") for _ in range(20)], dim=1)
    samples = probes * (operator.matrix @ probes)
    torch.testing.assert_close(objective.flatten(result.values), samples.mean(dim=1))
    torch.testing.assert_close(objective.flatten(result.standard_errors), samples.std(dim=1) / 20**0.5)


def test_protocol_counts_products_and_is_json(mlp):
    result = hessian_diagonal(mlp.objective(), probes=np.int64(9))
    protocol = json.loads(json.dumps(result.protocol))
    assert {"measure": "diagonal", "probes": 9, "products": 9, "seed": 0}.items() <= protocol.items()
    assert result.products == result.samples == 9


def test_bad_input_is_refused(mlp):
    objective = mlp.objective()
    with pytest.raises(ValueError, match="probes is 1: at least 2"):
        hessian_diagonal(objective, probes=1)
    with pytest.raises(ValueError, match="method is 'hutchinson': choose"):
        hessian_diagonal(objective, method="hutchinson")
    with pytest.raises(ValueError, match="level is 0"):
        hessian_diagonal(objective).interval(0)
    bad = objective.at({n: p * torch.inf for n, p in objective.parameters.items()})
    with pytest.raises(ValueError, match="not finite"):
        hessian_diagonal(bad)
