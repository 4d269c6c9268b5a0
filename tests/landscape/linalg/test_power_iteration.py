"""Power iteration: shifts, opposed signs, deflation and its stopping rule."""

import numpy as np
import pytest
import torch

from landscape.curvature.eigenvalues import top_eigenpairs

BULK = np.linspace(-1, 1, 40)


def test_a_negative_eigenvalue_that_dominates_is_shifted_away(dense):
    spectrum = np.concatenate([[-10.0, 6.0, 4.0], BULK])
    plain = top_eigenpairs(dense(-spectrum), method="power")
    assert plain.protocol["shift"] == 0
    shifted = top_eigenpairs(dense(spectrum), 2, method="power", tol=1e-4, max_products=3000)
    assert shifted.protocol["shift"] > 0
    assert shifted.values == pytest.approx([6, 4], rel=1e-6)
    magnitude = top_eigenpairs(dense(spectrum), 3, method="power", which="largest_magnitude", tol=1e-4)
    assert magnitude.protocol["shift"] == 0
    assert magnitude.values == pytest.approx([-10, 6, 4], rel=1e-6)


def test_two_signs_of_one_magnitude_are_told_apart_without_products(dense):
    spectrum = np.concatenate([[5.0, -5.0], BULK])
    pairs = top_eigenpairs(dense(spectrum), method="power", which="largest_magnitude", tol=1e-6)
    assert pairs.converged[0]
    assert pairs.values[0] == pytest.approx(5, rel=1e-10)
    assert pairs.products < 30


def test_value_criterion_keeps_its_word(dense):
    spectrum = np.concatenate([[10.0, 8.0], BULK])
    for seed in range(8):
        pairs = top_eigenpairs(dense(spectrum), method="power", tol=1e-4, criterion="value", seed=seed)
        assert pairs.converged[0]
        assert pairs.values[0] == pytest.approx(10, rel=1e-4)
        assert pairs.certificate.bounds[0] <= 10 * (1 + 1.1e-4)


def test_every_pair_keeps_a_product_when_the_budget_is_short(dense):
    pairs = top_eigenpairs(dense(np.concatenate([[3.0, 2.9, 2.8], BULK])), 3, method="power", max_products=5, tol=1e-9)
    assert pairs.products == 5
    assert len(pairs.values) == 3
    assert not pairs.converged.any()
    assert "Raise max_products (5) or tol" in pairs.message


@pytest.mark.parametrize("which", ["largest", "smallest", "largest_magnitude"])
def test_zero_matrix(dense, which):
    pairs = top_eigenpairs(dense(torch.zeros(30)), 2, method="power", which=which)
    assert pairs.values.tolist() == [0, 0]
    assert pairs.converged.all()
