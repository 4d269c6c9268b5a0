"""The relations that a Krylov space keeps, through expansion in one or several directions, aiming and restarts."""

import numpy as np
import pytest
import torch
from tqdm.auto import tqdm

from landscape.linalg.eigenproblem import Problem
from landscape.linalg.krylov import Krylov, Rows


def space(dense, matrix, block, steps):
    problem = Problem(dense(matrix), 1000, [], tqdm(disable=True))
    krylov = Krylov(problem)
    generator = torch.Generator().manual_seed(1)
    rows = torch.stack([problem.random(generator) for _ in range(block)])
    krylov.expand(krylov.orthonormalize(rows, 0.0)[0], [])
    for _ in range(steps):
        krylov.expand(krylov.orthonormalize(krylov.residual_block, 0.0)[0], list(range(block)))
    return krylov


def check(krylov, matrix):
    identity = np.eye(krylov.size)
    basis, matvecs = krylov.basis.combine(identity), krylov.matvecs.combine(identity)
    assert torch.allclose(basis @ basis.T, torch.eye(krylov.size, dtype=torch.float64), atol=1e-12)
    assert torch.allclose(matvecs, basis @ matrix, atol=1e-10)
    projected = torch.from_numpy(krylov.projected)
    assert torch.allclose(basis @ matvecs.T, projected, atol=1e-10)
    outside = torch.from_numpy(krylov.coupling).T @ krylov.residual_block
    assert torch.allclose(matvecs - projected @ basis, outside, atol=1e-10)
    assert krylov.gram == pytest.approx((krylov.residual_block @ krylov.residual_block.T).numpy(), abs=1e-10)
    values, weights, residuals = krylov.ritz()
    vectors = krylov.basis.combine(weights)
    exact = (vectors @ matrix - torch.from_numpy(values)[:, None] * vectors).norm(dim=1)
    assert residuals == pytest.approx(exact.numpy(), abs=1e-7)
    assert krylov.asymmetry < 1e-10


@pytest.mark.parametrize("block", [1, 3])
def test_relations_hold_through_restart_and_aim(dense, symmetric, block):
    matrix = symmetric(np.linspace(-3, 5, 60))
    krylov = space(dense, matrix, block, 4)
    check(krylov, matrix)
    values, weights, _ = krylov.ritz()
    krylov.restart(values[-3:], weights[:, -3:])
    assert krylov.size == 3
    check(krylov, matrix)
    for _ in range(5):
        values, weights, residuals = krylov.ritz()
        row = krylov.aim(weights[:, -1])
        check(krylov, matrix)
        if block > 1:
            assert float(krylov.residual_block[row].norm()) == pytest.approx(residuals[-1], rel=1e-8)
        krylov.expand(krylov.orthonormalize(krylov.residual_block[[row]], 0.0)[0], [row])
        assert len(krylov.residual_block) == block
        # The rests have changed with the expansion; all that is known of them is still true.
        check(krylov, matrix)


def test_a_row_without_a_part_of_its_own_is_left_out(dense, symmetric):
    krylov = space(dense, symmetric(np.linspace(0, 1, 20)), 2, 1)
    inside = krylov.basis.combine(np.ones((krylov.size, 1)))
    fresh = torch.randn(1, 20, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    rows, own = krylov.orthonormalize(torch.cat([inside, fresh, 2 * fresh]), 1e-12)
    assert own == [1]
    assert rows.shape == (1, 20)


@pytest.mark.parametrize("count", [1, 8, 9, 20])
def test_rows_are_a_matrix_in_pieces(count):
    generator = torch.Generator().manual_seed(0)
    matrix = torch.randn(count, 70, generator=generator, dtype=torch.float64)
    rows = Rows(70, torch.float64, torch.device("cpu"))
    rows.append(matrix)
    others = torch.randn(3, 70, generator=generator, dtype=torch.float64)
    assert torch.allclose(rows.dot(others), matrix @ others.T)
    weights = np.random.default_rng(0).standard_normal((count, max(count // 2, 1)))
    expected = torch.from_numpy(weights).T @ matrix
    assert torch.allclose(rows.combine(weights), expected)
    rest = others.clone()
    rows.subtract(rest, rows.dot(others))
    assert torch.allclose(rest, others - others @ matrix.T @ matrix)
    rows.rotate(weights)
    rows.append(others)
    assert torch.allclose(rows.combine(np.eye(rows.count)), torch.cat([expected, others]))
