"""Operators go into other libraries' solvers and estimators as they are."""

import pytest
import torch

from landscape.curvature.gauss_newton import GaussNewtonOperator
from landscape.curvature.hessian import HessianOperator
from landscape.curvature.rescaled import PreconditionedOperator


def build(case, kind):
    objective = case.objective(l2=0.05)
    hessian = HessianOperator(objective)
    scale = {name: torch.full_like(p, 2.0) for name, p in objective.parameters.items()}
    return {
        "hessian": lambda: hessian,
        "gauss-newton": lambda: GaussNewtonOperator(objective),
        "preconditioned": lambda: PreconditionedOperator(hessian, scale),
    }[kind]()


@pytest.fixture(params=["hessian", "gauss-newton", "preconditioned"])
def operator(request, mlp):
    return build(mlp, request.param)


def test_matrix_products(operator):
    identity = torch.eye(operator.size, dtype=torch.float64)
    dense = operator @ identity
    assert operator.shape == dense.shape
    torch.testing.assert_close(operator @ identity[3], dense[:, 3])
    torch.testing.assert_close(operator.T @ identity, dense.T)
    torch.testing.assert_close(operator.adjoint() @ identity, dense.T)
    torch.testing.assert_close(torch.from_numpy(operator.to_scipy() @ identity.numpy()), dense)


def test_curvlinops_estimators_take_them(operator, curvlinops):
    dense = operator @ torch.eye(operator.size, dtype=torch.float64)
    torch.manual_seed(0)
    trace, size = float(dense.trace()), float(torch.linalg.matrix_norm(dense))
    for estimator, number in [
        (curvlinops.hutchinson_trace, 40),
        (curvlinops.hutchpp_trace, 39),
        (curvlinops.xtrace, 40),
    ]:
        # Hutchinson's standard error with signs is at most sqrt(2 / number) times the Frobenius norm.
        assert float(estimator(operator, number)) == pytest.approx(trace, abs=5 * size * (2 / 39) ** 0.5)
    assert float(curvlinops.xtrace(operator, 42)) == pytest.approx(trace, rel=0.05)
    torch.testing.assert_close(curvlinops.xdiag(operator, 42), dense.diagonal(), rtol=0, atol=0.1 * size)
    assert float(curvlinops.hutchinson_squared_fro(operator, 42)) == pytest.approx(size**2, rel=0.6)


def test_curvlinops_spectrum_takes_them(operator, curvlinops):
    torch.manual_seed(0)
    grid, density = curvlinops.lanczos_approximate_spectrum(operator, ncv=12, num_points=512, num_repeats=20)
    dense = operator @ torch.eye(operator.size, dtype=torch.float64)
    moments = density.double() / density.sum()
    mean = float(dense.trace()) / operator.size
    spread = float(torch.linalg.eigvalsh(dense).std())
    assert float((grid * moments).sum()) == pytest.approx(mean, abs=0.5 * spread)
