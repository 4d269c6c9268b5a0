"""The relations that a Krylov space keeps, through expansion in one or several directions, aiming and restarts."""

import numpy as np
import pytest
import torch
from tqdm.auto import tqdm

from landscape.curvature.eigenvalues import top_eigenpairs
from landscape.linalg.eigenproblem import Problem
from landscape.linalg.krylov import Krylov, Rows
from landscape.linalg.operator import SymmetricOperator


def space(dense, matrix, block, steps):
    problem = Problem(dense(matrix), 1000, [], tqdm(disable=True))
    krylov = Krylov(problem)
    generator = torch.Generator().manual_seed(1)
    rows = torch.stack([problem.random(generator) for _ in range(block)])
    krylov.expand(krylov.orthonormalize(rows, 0.0)[0], [])
    for _ in range(steps):
        krylov.expand(krylov.orthonormalize(krylov.residual_block, 0.0, list(range(block)))[0], list(range(block)))
    return krylov


def check(krylov, matrix):
    identity = np.eye(krylov.size)
    basis, (matvecs, dropped) = krylov.basis.combine(identity), krylov.matvecs(identity)
    assert dropped.max() < 1e-10
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
        krylov.expand(krylov.orthonormalize(krylov.residual_block[[row]], 0.0, [row])[0], [row])
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


class Diagonal(SymmetricOperator):
    """A long diagonal matrix in float32 with ten large entries: Lanczos vectors are spikes on a broad floor."""

    size, dtype, device = 400_000, torch.float32, torch.device("cpu")

    def __init__(self):
        self.entries = torch.linspace(-1, 1, self.size)
        self.entries[:10] = torch.arange(10) + 2.0

    def matvec(self, vector):
        self.products += 1
        return self.entries * vector

    def unflatten(self, vector):
        return {"w": vector}

    def flatten(self, direction):
        return direction["w"]

    def protocol(self):
        return {}


@pytest.mark.parametrize("block", [1, 2])
def test_long_float32_bases_are_orthonormal_to_rounding(block):
    operator = Diagonal()
    krylov = space(lambda _: operator, None, block, 11)
    basis = krylov.basis.combine(np.eye(krylov.size)).double()
    assert (basis @ basis.T - torch.eye(krylov.size)).abs().max() < 1e-6
    assert krylov.asymmetry < 20e-6  # between unit vectors, with |H v| up to 11
    # What is known of the matvecs without them, against float64.
    values, weights, _ = krylov.ritz()
    exact = operator.entries.double() * (torch.from_numpy(weights[:, -2:]).T @ basis)
    matvecs, dropped = krylov.matvecs(weights[:, -2:])
    assert (matvecs - exact).norm(dim=1).max() < 11e-6
    krylov.restart(values[-2:], weights[:, -2:])
    matvecs, dropped = krylov.matvecs(np.eye(2))
    lacking = (matvecs - exact).norm(dim=1)
    assert (lacking <= torch.from_numpy(dropped) + 11e-6).all()


def test_what_a_restart_drops_of_the_matvecs_is_known(dense, symmetric):
    # An operator that is not quite symmetric, as rounding makes one: the Ritz vectors' matvecs lead out of their span.
    noise = 1e-3 * torch.randn(40, 40, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    matrix = symmetric(np.linspace(-3, 5, 40)) + noise
    krylov = space(dense, matrix, 1, 12)
    values, weights, _ = krylov.ritz()
    exact = krylov.basis.combine(weights[:, -3:]) @ matrix.T
    assert torch.allclose(krylov.matvecs(weights[:, -3:])[0], exact, atol=1e-12)
    krylov.restart(values[-3:], weights[:, -3:])
    matvecs, dropped = krylov.matvecs(np.eye(3))
    assert dropped.min() > 1e-4
    assert dropped == pytest.approx((matvecs - exact).norm(dim=1).numpy(), rel=1e-6)
    assert (krylov.ritz()[2] >= dropped - 1e-12).all()


def test_an_operator_may_return_the_vector_itself(dense):
    class Identity(dense):
        def matvec(self, vector):
            return vector

    pairs = top_eigenpairs(Identity(torch.eye(30, dtype=torch.float64)), 2)
    assert pairs.values == pytest.approx([1, 1])
    assert pairs.converged.all()
    assert (pairs.residuals < 1e-12).all()


@pytest.mark.parametrize("count", [1, 8, 9, 20])
def test_rows_are_a_matrix_in_pieces(count):
    generator = torch.Generator().manual_seed(0)
    matrix = torch.randn(count, 70, generator=generator, dtype=torch.float64)
    rows = Rows(70, torch.float64, torch.device("cpu"))
    rows.append(matrix)
    others = torch.randn(3, 70, generator=generator, dtype=torch.float64)
    assert torch.allclose(torch.cat(rows.blocks(count // 2)), matrix[count // 2 :])
    weights = np.random.default_rng(0).standard_normal((count, max(count // 2, 1)))
    expected = torch.from_numpy(weights).T @ matrix
    assert torch.allclose(rows.combine(weights), expected)
    rows.rotate(weights)
    rows.append(others)
    assert torch.allclose(rows.combine(np.eye(rows.count)), torch.cat([expected, others]))


@pytest.mark.parametrize("method", ["lanczos", "block_lanczos"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_residuals_count_what_was_dropped_as_negligible(dense, symmetric, method, dtype):
    # Two distinct eigenvalues: a few products span an invariant space, and what leads out of it is rounding.
    matrix = symmetric(np.r_[np.full(3, 2.0), np.ones(57)]).to(dtype)
    for seed in range(15):
        pairs = top_eigenpairs(dense(matrix, dtype), 3, method=method, seed=seed, tol=1e-3, progress=False)
        vectors = torch.stack([pairs.vectors[i]["theta"] for i in range(3)]).double()
        lacking = vectors @ matrix.double() - torch.from_numpy(pairs.values)[:, None] * vectors
        exact = lacking.norm(dim=1).numpy()
        assert (exact <= 1.1 * pairs.residuals + 20 * torch.finfo(dtype).eps).all()
