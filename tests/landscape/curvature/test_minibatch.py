"""Mini-batch eigenvalues are those of the batches' dense Hessians, and the predicted batch size has the stated
error."""

import json
import math

import numpy as np
import pytest
import torch
from torch import nn

from landscape.curvature.minibatch import MinibatchCurvature, minibatch_curvature
from landscape.objective.objective import Objective


def regression(samples=400, seed=0, scale=3.0):
    """Linear least squares: the Hessian of a batch is the mean of x x^T over it, whatever the weights."""
    generator = torch.Generator().manual_seed(seed)
    x = (
        torch.randn(samples, 6, generator=generator, dtype=torch.float64)
        * torch.tensor([scale, 1, 1, 1, 1, 1]).double()
    )
    model = nn.Linear(6, 1, bias=False).double()
    # Half the squared error has the mean of x x^T as its Hessian.
    objective = Objective(
        model, lambda output, target: nn.functional.mse_loss(output, target) / 2, (x, torch.zeros(samples, 1).double())
    )
    return objective, x


def top(x):
    return float(torch.linalg.eigvalsh(x.T @ x / len(x))[-1])


def synthetic(values, sizes, full=1.0, samples=10**6):
    values = np.asarray(values)
    return MinibatchCurvature(
        np.asarray(sizes), values, np.ones(values.shape, dtype=bool), full, True, samples, 1.0, "All converged.", {}
    )


def test_values_are_those_of_random_subsets_and_overestimate():
    objective, x = regression()
    result = minibatch_curvature(objective, [80, 10], batches=60, tol=1e-6, seed=1)
    assert result.batch_sizes.tolist() == [10, 80]
    assert result.converged.all()
    assert result.full == pytest.approx(top(x), rel=1e-6)
    generator = torch.Generator().manual_seed(7)
    for row, size in enumerate((10, 80)):
        truth = np.array([top(x[torch.randperm(400, generator=generator)[:size]]) for _ in range(4000)])
        mean, bias = result.mean()[row], result.bias()[row]
        assert abs(mean.value - truth.mean()) < 4 * mean.standard_error
        assert result.spread[row] == pytest.approx(truth.std(), rel=0.35)
        assert bias.value == pytest.approx(mean.value - result.full)
        assert bias.samples == 60
    assert result.spread[0] > 1.5 * result.spread[1]
    # Jensen: the top eigenvalue is convex; the more so where many are nearly the largest.
    close, _ = regression(scale=1.0)
    low, _ = minibatch_curvature(close, 10, batches=20).bias()[0].interval()
    assert low > 0


def test_a_batch_of_all_samples_has_no_error():
    objective, x = regression(50)
    result = minibatch_curvature(objective, 50, batches=2, tol=1e-8)
    assert np.allclose(result.values, top(x), rtol=1e-8)
    with pytest.raises(ValueError, match=r"No batch size of \[50\] shows an error"):
        result.required_batch_size(0.1)


@pytest.mark.slow
def test_required_batch_size_has_the_error_it_states():
    objective, x = regression(2000)
    result = minibatch_curvature(objective, [40, 80, 160], batches=150, tol=1e-5)
    answer = result.required_batch_size(0.05, population=2000)
    assert answer.extrapolated
    assert "extrapolation" in answer.message
    assert answer.low <= answer.value <= answer.high
    generator = torch.Generator().manual_seed(3)
    drawn = [top(x[torch.randperm(2000, generator=generator)[: answer.value]]) for _ in range(1000)]
    error = math.sqrt(np.mean((np.array(drawn) / top(x) - 1) ** 2))
    assert error == pytest.approx(0.05, rel=0.15)
    # More samples for the distribution behind the data than for the data themselves.
    assert result.required_batch_size(0.05).value > answer.value


@pytest.mark.slow
def test_interval_of_the_required_size_covers():
    # Values with spread s / sqrt(B) and bias b / B, whose answer is known.
    sizes, s, b, error = np.array([50, 100, 200]), 2.0, 8.0, 0.15
    x = (math.sqrt(s**4 + 4 * b**2 * error**2) - s**2) / (2 * b**2)
    rng, hits = np.random.default_rng(0), 0
    for _ in range(60):
        values = 1 + b / sizes[:, None] + s / np.sqrt(sizes)[:, None] * rng.normal(size=(3, 40))
        answer = synthetic(values, sizes).required_batch_size(error)
        hits += answer.low <= 1 / x <= answer.high
    assert hits >= 50


def test_the_law_is_recovered_and_a_wrong_one_is_told():
    sizes, signs = np.array([100, 400, 1600]), np.tile([-1.0, 1.0], 8)
    root = synthetic(1 + 2 / np.sqrt(sizes)[:, None] * signs, sizes)  # error 2 / sqrt(B)
    answer = root.required_batch_size(0.1)
    assert answer.value == pytest.approx(400, abs=1)
    assert not answer.extrapolated
    assert answer.low == answer.value - 1 or answer.low == answer.value
    inverse = synthetic(1 + 30 / sizes[:, None] * np.ones((1, 16)), sizes)  # pure bias 30 / B
    assert inverse.required_batch_size(0.01).value == pytest.approx(3000, rel=0.01)
    constant = synthetic(1 + 0.3 * np.ones((3, 1)) * signs, sizes)
    assert "the law does not hold" in constant.required_batch_size(0.1).message
    assert "fewer than three sizes" in synthetic(root.values[:2], sizes[:2]).required_batch_size(0.1).message


def test_batches_are_seeded_independent_and_not_nested():
    objective, _ = regression(60)
    one, again, other = (minibatch_curvature(objective, [5, 20], batches=4, seed=seed) for seed in (0, 0, 1))
    assert np.array_equal(one.values, again.values)
    assert not np.isclose(one.values, other.values).any()
    assert len(np.unique(one.values)) == 8
    assert np.array_equal(minibatch_curvature(objective, 20, batches=4).values[0], one.values[1])


def test_protocol_is_json_and_products_count_by_their_share_of_the_data():
    objective, _ = regression(60)
    result = minibatch_curvature(objective, 6, batches=3)
    protocol = json.loads(json.dumps(result.protocol))
    assert {"batch_sizes": [6], "batches_per_size": 3}.items() <= protocol.items()
    assert 0 < result.passes < 60
    json.dumps(result.mean()[0].protocol)


def test_unconverged_values_are_not_taken_for_an_error():
    objective, _ = regression(60)
    result = minibatch_curvature(objective, 6, batches=3, tol=1e-12, max_products=2)
    assert not result.full_converged
    assert "Raise max_products" in result.message
    with pytest.raises(ValueError, match="Only converged values"):
        result.required_batch_size(0.1)


def test_bad_input_is_refused():
    objective, _ = regression(20)
    for sizes, message in (
        (21, "none above the objective's 20"),
        ([], "at least one"),
        (0, "batch size is 0: at least 1"),
    ):
        with pytest.raises(ValueError, match=message):
            minibatch_curvature(objective, sizes)
    with pytest.raises(ValueError, match="batches is 1: at least 2"):
        minibatch_curvature(objective, 5, batches=1)
    result = minibatch_curvature(objective, 5, batches=2)
    for error in (0, -1.0, math.inf, math.nan):
        with pytest.raises(ValueError, match="relative_error is"):
            result.required_batch_size(error)
    with pytest.raises(ValueError, match="nothing is relative"):
        synthetic([[1.0, 2.0]], [5], full=0.0).required_batch_size(0.1)
