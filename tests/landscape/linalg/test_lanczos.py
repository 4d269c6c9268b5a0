"""What Lanczos' method costs, and what it does about restarts, clusters and multiple eigenvalues."""

import numpy as np
import pytest
import torch
from scipy.sparse.linalg import eigsh

from landscape.curvature.eigenvalues import top_eigenpairs

NET = np.concatenate([[20.0, 12.0, 8.0, 6.0, 5.0], 3 / np.arange(1, 400) ** 0.7, np.linspace(-0.5, 0, 600)])


def mean_products(dense, spectrum, k, **options):
    results = [top_eigenpairs(dense(spectrum), k, seed=seed, **options) for seed in range(5)]
    assert all(pairs.converged.all() for pairs in results)
    truth = np.sort(spectrum)[::-1][:k]
    assert all(pairs.values == pytest.approx(truth, rel=1e-3) for pairs in results)
    return np.mean([pairs.products for pairs in results])


def test_products_of_a_spectrum_like_a_networks(dense):
    one, five = mean_products(dense, NET, 1), mean_products(dense, NET, 5)
    assert one <= 10  # with larger eigenvalues excluded
    assert five <= 20
    assert mean_products(dense, NET, 5, method="block_lanczos") > 1.4 * five
    assert mean_products(dense, NET, 1, criterion="value") <= 2 * one
    arpack = dense(NET)
    eigsh(arpack.as_linear_operator(), k=5, which="LA", tol=1e-3)
    assert five <= arpack.products


def test_residuals_take_no_products_of_their_own(dense):
    operator = dense(NET)
    pairs = top_eigenpairs(operator, tol=1e-6)
    assert operator.products == pairs.products
    vector = pairs.vectors[0]["theta"]
    truth = float((operator.matrix * vector - pairs.values[0] * vector).norm())
    assert pairs.residuals[0] == pytest.approx(truth, rel=1e-6)
    assert operator.calls == [1] * pairs.products


def test_block_lanczos_multiplies_blocks(dense):
    operator = dense(NET)
    top_eigenpairs(operator, 3, method="block_lanczos")
    assert operator.calls == sorted(operator.calls, reverse=True)  # blocks, and then what excludes other eigenvalues
    assert set(operator.calls) == {3, 1}
    operator = dense(NET)
    pairs = top_eigenpairs(operator, 3, method="block_lanczos", block_size=5)
    assert operator.calls == sorted(operator.calls, reverse=True)
    assert set(operator.calls) == {5, 1}
    assert pairs.protocol["block_size"] == 5
    operator = dense(NET)
    top_eigenpairs(operator, 3, method="block_lanczos", max_products=10, tol=1e-12)
    assert operator.calls == [3, 3, 3, 1]


@pytest.mark.parametrize("method", ["lanczos", "block_lanczos"])
@pytest.mark.parametrize("which", ["largest", "smallest"])
def test_restarts_find_a_tight_cluster_in_little_memory(dense, method, which):
    spectrum = np.concatenate([10 - 1e-3 * np.arange(6), np.linspace(-10, 9.9, 1994)])
    spectrum = spectrum if which == "largest" else -spectrum
    pairs = top_eigenpairs(dense(spectrum), 4, method=method, which=which, tol=1e-7, max_vectors=120, max_products=8000)
    sign = 1 if which == "largest" else -1
    assert pairs.converged.all()
    assert pairs.values == pytest.approx(sign * (10 - 1e-3 * np.arange(4)), rel=1e-10)
    assert pairs.protocol["restarts"] > 3
    vectors = torch.stack([vector["theta"] for vector in pairs.vectors])
    assert torch.allclose(vectors @ vectors.T, torch.eye(4, dtype=torch.float64), atol=1e-10)


def test_memory_that_is_too_little_to_exclude_others_is_said_to_be(dense):
    spectrum = np.concatenate([10 - 1e-3 * np.arange(6), np.linspace(-10, 9.9, 1994)])
    few = top_eigenpairs(dense(spectrum), 4, tol=1e-7, max_vectors=30, max_products=8000)
    assert few.values == pytest.approx(10 - 1e-3 * np.arange(4), rel=1e-10)
    assert few.products < 8000
    assert not few.converged.any()
    assert few.protocol["stop"] == "memory"
    assert "Raise max_vectors (30) or tol. Eigenvalues further out are not excluded" in few.message
    assert top_eigenpairs(dense(spectrum), 4, tol=1e-7, max_vectors=120, max_products=8000).converged.all()


def test_both_ends_are_kept_over_restarts(dense):
    spectrum = np.concatenate([[-10.0, 9.99, 9.98], np.linspace(-9.9, 9.9, 500)])
    pairs = top_eigenpairs(dense(spectrum), 3, which="largest_magnitude", tol=1e-6, max_vectors=20, max_products=5000)
    assert pairs.values == pytest.approx([-10, 9.99, 9.98], rel=1e-9)
    assert pairs.protocol["restarts"] > 1


@pytest.mark.parametrize("copies", [2, 3])
@pytest.mark.parametrize("method", ["lanczos", "block_lanczos"])
def test_multiple_eigenvalues_are_counted(dense, copies, method):
    spectrum = np.concatenate([[20.0] * (copies - 1), NET])
    for seed in range(5):
        pairs = top_eigenpairs(dense(spectrum), copies + 1, method=method, seed=seed)
        assert pairs.values == pytest.approx([20.0] * copies + [12.0], rel=1e-4)
        assert pairs.converged.all()


def test_where_the_budget_leaves_no_confirmation_the_message_says_so(dense):
    unlimited = top_eigenpairs(dense(NET), 2)
    confirming = int(unlimited.protocol["confirmation"].split()[0])
    assert 3 <= confirming <= 6
    pairs = top_eigenpairs(dense(NET), 2, max_products=unlimited.products - confirming)
    assert not pairs.converged.any()
    assert "Eigenvalues further out are not excluded" in pairs.message
    assert pairs.protocol["confirmation"] == "none"
    assert "not excluded" not in unlimited.message


def test_value_criterion_stops_at_the_error_of_the_value(dense):
    spectrum = np.concatenate([[10.0, 8.5], np.linspace(-2, 7, 300)])
    for seed in range(10):
        pairs = top_eigenpairs(dense(spectrum), criterion="value", tol=1e-4, seed=seed)
        assert pairs.converged[0]
        assert pairs.values[0] == pytest.approx(10, rel=1e-4)
        assert pairs.error_estimates[0] <= 1e-4 * 10
        assert pairs.certificate.bounds[0] <= 10 * (1 + 1.1e-4)
        assert pairs.protocol["criterion"] == "value"


def test_float32_says_that_rounding_is_the_limit(dense):
    pairs = top_eigenpairs(dense(NET, torch.float32), 2, tol=1e-9)
    assert not pairs.converged.any()
    assert "Rounding limits the residual" in pairs.message
    assert pairs.values == pytest.approx([20, 12], rel=1e-6)
    assert pairs.products < 60


@pytest.mark.parametrize("method", ["lanczos", "block_lanczos"])
def test_zero_and_multiple_of_identity(dense, method):
    for value in (0.0, 2.0):
        pairs = top_eigenpairs(dense(value * np.ones(50)), 3, method=method)
        assert pairs.values == pytest.approx([value] * 3)
        assert pairs.converged.all()


def test_device_is_asked_once_per_product(dense, monkeypatch):
    waits = 0
    original = torch.Tensor.cpu

    def counting(self, *args, **kwargs):
        nonlocal waits
        waits += 1
        return original(self, *args, **kwargs)

    def forbidden(self):
        raise AssertionError("a hidden wait for the device")

    class Waiting(dense):
        def matvec(self, vector):
            monkeypatch.setattr(torch.Tensor, "__float__", forbidden)
            monkeypatch.setattr(torch.Tensor, "item", forbidden)
            return super().matvec(vector)

    monkeypatch.setattr(torch.Tensor, "cpu", counting)
    pairs = top_eigenpairs(Waiting(NET), tol=1e-8)
    assert pairs.products <= waits <= pairs.products + 5
