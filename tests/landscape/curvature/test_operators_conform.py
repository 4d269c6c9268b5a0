"""Every curvature operator, on every model, is its dense matrix: from the left and the right, of vectors, blocks and
NumPy.

A new operator is a row of OPERATORS.
"""

import copy
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
import torch.distributed as dist
from dense_matrices import empirical_fisher, gauss_newton, true_fisher
from torch import Tensor
from torch.testing import assert_close

import landscape as ls
from landscape.curvature.rescaled import perturbation_scales

L2 = 0.1


class Row(NamedTuple):
    make: Callable[[Any], Any]
    truth: Callable[[Any], Tensor]  # without the penalty, which adds L2 times `penalty`
    penalty: Callable[[Any], Tensor]


def scale(case: Any) -> Tensor:
    return torch.linspace(0.1, 7, case.objective().num_parameters, dtype=torch.float64)


def expected_fisher(case: Any) -> Tensor:
    model = copy.deepcopy(case.model).eval()
    return true_fisher(model, model(case.data[0]).log_softmax(1), torch.ones(len(case.data[1])).double())


def identity(case: Any) -> Tensor:
    return torch.eye(case.objective().num_parameters, dtype=torch.float64)


def sizes(case: Any, name: str) -> Tensor:
    objective = case.objective()
    return objective.flatten(perturbation_scales(objective, name))


def adaptive(name: str) -> Row:
    def congruent(case: Any, matrix: Tensor) -> Tensor:
        return sizes(case, name)[:, None] * matrix * sizes(case, name)

    return Row(
        lambda case: ls.curvature.AdaptiveHessianOperator(case.objective(l2=L2), name),
        lambda case: congruent(case, case.hessian()),
        lambda case: congruent(case, identity(case)),
    )


def preconditioned(case: Any) -> Any:
    objective = case.objective(l2=L2)
    return ls.curvature.PreconditionedOperator(ls.HessianOperator(objective), objective.unflatten(scale(case)))


OPERATORS = {
    "Hessian, kept": Row(lambda case: ls.HessianOperator(case.objective(l2=L2)), lambda c: c.hessian(), identity),
    "Hessian, rebuilt": Row(
        lambda case: ls.HessianOperator(case.objective(l2=L2), memory_budget=0), lambda c: c.hessian(), identity
    ),
    "Hessian, one rank": Row(
        lambda case: ls.distributed.DataParallelOperator(ls.HessianOperator(case.objective(l2=L2))),
        lambda c: c.hessian(),
        identity,
    ),
    "Gauss-Newton, kept": Row(
        lambda case: ls.curvature.GaussNewtonOperator(case.objective(l2=L2)), gauss_newton, identity
    ),
    "Gauss-Newton, rebuilt": Row(
        lambda case: ls.curvature.GaussNewtonOperator(case.objective(l2=L2), memory_budget=0), gauss_newton, identity
    ),
    "empirical Fisher": Row(
        lambda case: ls.curvature.FisherOperator(case.objective(l2=L2)), empirical_fisher, identity
    ),
    "true Fisher": Row(
        lambda case: ls.curvature.FisherOperator(case.objective(l2=L2), "true"), expected_fisher, identity
    ),
    "preconditioned": Row(
        preconditioned,
        lambda case: case.hessian() / scale(case).sqrt() / scale(case).sqrt()[:, None],
        lambda case: torch.diag(1 / scale(case)),
    ),
    "adaptive, elementwise": adaptive("elementwise"),
    "adaptive, filterwise": adaptive("filterwise"),
}


@pytest.fixture(autouse=True, scope="module")
def one_rank() -> Iterator[None]:
    dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
    yield
    dist.destroy_process_group()


@pytest.mark.parametrize("name", OPERATORS)
def test_an_operator_is_its_dense_matrix(case, name, untouched):
    make, truth, penalty = OPERATORS[name]
    exact = truth(case) + L2 * penalty(case)
    size = len(exact)
    block = torch.randn(size, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    with untouched(case.model), make(case) as operator:
        assert operator.shape == (size, size)
        assert operator.T is operator
        assert operator.adjoint() is operator

        def check(product: Any, expected: Any) -> None:
            assert product.shape == expected.shape
            assert_close(torch.as_tensor(product), expected, rtol=1e-9, atol=1e-11)

        check(operator @ torch.eye(size, dtype=torch.float64), exact)
        check(operator @ block, exact @ block)
        check(operator.matmat(block), exact @ block)
        check(block.T @ operator, block.T @ exact)
        assert operator.products == size + 9
        for vector in (block[:, 0], torch.zeros(size, dtype=torch.float64)):
            check(operator @ vector, exact @ vector)
            check(operator.matvec(vector), exact @ vector)
            check(vector @ operator, exact @ vector)
        named = operator.unflatten(block[:, 1])
        check(operator @ operator.flatten(named), exact @ block[:, 1])

        linear = operator.as_linear_operator()
        assert linear.shape == operator.shape
        assert linear.dtype == np.float64
        check(linear @ block[:, 0].numpy(), exact @ block[:, 0])
        check(linear @ block.numpy(), exact @ block)
        check(linear.T @ block[:, 0].numpy(), exact @ block[:, 0])
        check(linear.H @ block.numpy(), exact @ block)
        check(block.T.numpy() @ linear, block.T @ exact)
        check(operator.to_scipy() @ block.numpy(), exact @ block)
