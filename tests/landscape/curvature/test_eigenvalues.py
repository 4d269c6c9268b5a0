"""Eigenpairs against dense solutions, prescribed spectra and independent solvers; convergence is never overstated."""

import copy
import dataclasses
import json
import math

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.sparse.linalg import eigsh
from torch import nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from landscape.curvature.eigenvalues import top_eigenpairs
from landscape.curvature.hessian import HessianOperator
from landscape.linalg.operator import WrappedOperator
from landscape.objective.objective import Objective

OWN = ["lanczos", "block_lanczos", "power"]


def stacked(pairs, objective):
    return torch.stack([objective.flatten(vector) for vector in pairs.vectors], dim=1).double()


def check_honest(pairs, objective, matrix, tol):
    """Residuals and flags are what the dense matrix says, and vectors are unit with the stated sign."""
    vectors = stacked(pairs, objective)
    residuals = (matrix @ vectors - vectors * torch.from_numpy(pairs.values)).norm(dim=0).numpy()
    scale = float(torch.linalg.matrix_norm(matrix, 2))
    assert pairs.residuals == pytest.approx(residuals, rel=1e-6, abs=1e-12 * scale)
    clear = np.abs(pairs.values) > 1e-10 * scale
    assert (pairs.converged[clear] == (pairs.residuals <= tol * np.abs(pairs.values))[clear]).all()
    assert vectors.norm(dim=0).tolist() == pytest.approx([1.0] * len(pairs.values), abs=1e-10)
    assert all(float(v[v.abs().argmax()]) > 0 for v in vectors.unbind(1))


def test_lanczos_is_the_dense_solution_to_1e8(case):
    objective, matrix = case.objective(l2=0.05), case.hessian(0.05)
    pairs = top_eigenpairs(objective, 3, tol=1e-9)
    truth = torch.linalg.eigvalsh(matrix).flip(0)[:3]
    assert pairs.converged.all()
    assert pairs.values == pytest.approx(truth.tolist(), rel=1e-8, abs=1e-8)
    check_honest(pairs, objective, matrix, 1e-9)


def test_power_is_the_dense_solution(mlp):
    objective, matrix = mlp.objective(), mlp.hessian()
    pairs = top_eigenpairs(objective, 2, method="power", tol=1e-6, max_products=3000)
    assert pairs.converged.all()
    assert pairs.values == pytest.approx(torch.linalg.eigvalsh(matrix).flip(0)[:2].tolist(), rel=1e-8)
    check_honest(pairs, objective, matrix, 1e-6)


SPECTRA = {
    "separated": [100, 60, 40, 20, 10, *range(10)],
    "clustered": [5, 5 - 1e-4, 5 - 2e-4, 1, *np.linspace(-1, 0.9, 20)],
    "double top": [5, 5, 3, 1, *np.linspace(-1, 0.9, 20)],
    "triple top": [2, 2, 2, 1, *np.linspace(-1, 0.9, 20)],
    "negative largest in magnitude": [-50, -20, 3, 2, 1, *np.linspace(-1, 0.9, 20)],
    "opposite signs of one magnitude": [4, -4, 2, *np.linspace(-1, 0.9, 20)],
    "rank two": [7, 3, *[0] * 22],
    "rank two, one negative": [7, -9, *[0] * 22],
    "negative definite": [-1, -2, -3, *range(-24, -3)],
    "identity": [1.0] * 12,
    "zero": [0.0] * 12,
}


@pytest.mark.parametrize("name", SPECTRA)
@pytest.mark.parametrize("k", [1, 2, 3])
def test_lanczos_finds_prescribed_spectra(quadratic, symmetric, name, k):
    matrix = symmetric(SPECTRA[name])
    objective = quadratic(matrix)
    pairs = top_eigenpairs(objective, k, tol=1e-8)
    assert pairs.values == pytest.approx(sorted(SPECTRA[name], reverse=True)[:k], rel=1e-9, abs=1e-9)
    assert pairs.converged.all()
    vectors = stacked(pairs, objective)
    assert torch.allclose(vectors.T @ vectors, torch.eye(k, dtype=torch.float64), atol=1e-6)
    check_honest(pairs, objective, matrix, 1e-8)


@pytest.mark.parametrize("name", [name for name in SPECTRA if name != "clustered"])
@pytest.mark.parametrize("k", [1, 2])
def test_power_finds_prescribed_spectra(quadratic, symmetric, name, k):
    matrix = symmetric(SPECTRA[name], seed=1)
    objective = quadratic(matrix)
    pairs = top_eigenpairs(objective, k, method="power", tol=1e-5, max_products=4000)
    assert pairs.converged.all()
    assert pairs.values == pytest.approx(sorted(SPECTRA[name], reverse=True)[:k], rel=1e-6, abs=1e-6)
    check_honest(pairs, objective, matrix, 1e-5)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values=st.lists(st.sampled_from([-3.0, -1.0, 0.0, 0.5, 2.0, 2.5]), min_size=3, max_size=10),
    k=st.integers(1, 3),
    seed=st.integers(0, 1000),
)
def test_lanczos_counts_multiple_eigenvalues(quadratic, symmetric, values, k, seed):
    pairs = top_eigenpairs(quadratic(symmetric(values, seed)), k, tol=1e-7, seed=seed)
    assert pairs.values == pytest.approx(sorted(values, reverse=True)[:k], abs=1e-8)
    assert pairs.converged.all()


@pytest.mark.parametrize("seed", [0, 25, 146, 149])
def test_an_eigenvalue_of_zero_converges_though_a_residual_was_dropped_as_rounding(quadratic, symmetric, seed):
    pairs = top_eigenpairs(quadratic(symmetric([0.0, -1.0, -3.0, -3.0], seed)), tol=1e-7, seed=seed)
    assert pairs.values[0] == pytest.approx(0, abs=1e-13)
    assert pairs.converged.all()


def test_all_pairs_of_a_small_matrix(quadratic, symmetric):
    matrix = symmetric([3, 3, 1, 0, 0, -2])
    pairs = top_eigenpairs(quadratic(matrix), 6, tol=1e-8)
    assert pairs.values == pytest.approx([3, 3, 1, 0, 0, -2], abs=1e-10)
    assert pairs.products == 6


def test_one_parameter(quadratic):
    pairs = top_eigenpairs(quadratic(torch.tensor([[-2.5]], dtype=torch.float64)))
    assert pairs.values[0] == -2.5
    assert pairs.products == 1


def test_no_ghosts_after_many_products(quadratic, symmetric):
    values = [100.0, 60.0, 40.0, 20.0, 10.0, *np.linspace(0, 9, 75)]
    pairs = top_eigenpairs(quadratic(symmetric(values)), 10, tol=1e-10)
    assert pairs.values == pytest.approx(sorted(values, reverse=True)[:10], rel=1e-10)


def test_agrees_with_arpack(mlp):
    objective = mlp.objective()
    pairs = top_eigenpairs(objective, 4, tol=1e-10)
    arpack = eigsh(HessianOperator(objective).as_linear_operator(), k=4, which="LA", return_eigenvectors=False)
    assert pairs.values == pytest.approx(sorted(arpack, reverse=True), rel=1e-10)


def rounded_hessian(case):
    """The Hessian at weights and data that were rounded to float32."""
    model = copy.deepcopy(case.model).float().double()
    data = tuple(part.float().double() if part.is_floating_point() else part for part in case.data)
    return dataclasses.replace(case, model=model, data=data).hessian()


def test_float32_reaches_what_its_rounding_allows(mlp):
    objective = mlp.objective(dtype=torch.float32)
    truth = torch.linalg.eigvalsh(mlp.hessian()).flip(0)[:2].tolist()
    pairs = top_eigenpairs(objective, 2, tol=1e-4)
    assert pairs.converged.all()
    assert pairs.values == pytest.approx(truth, rel=1e-5)
    greedy = top_eigenpairs(objective, 2, tol=1e-12)
    assert greedy.converged.all()
    assert greedy.protocol["precision"] == "in float64, because rounding dominates the products in float32"
    assert greedy.protocol["dtype"] == "float64"
    assert "Computed in float64" in greedy.message
    # The weights of float32 are those of the float64 objective, rounded.
    assert greedy.values == pytest.approx(truth, rel=1e-5)
    exact = torch.linalg.eigvalsh(rounded_hessian(mlp)).flip(0)[:2].tolist()
    assert greedy.values == pytest.approx(exact, rel=1e-11)


@pytest.mark.parametrize("method", OWN)
def test_unconverged_is_called_unconverged(quadratic, symmetric, method):
    matrix = symmetric(SPECTRA["separated"])
    objective = quadratic(matrix)
    pairs = top_eigenpairs(objective, 2, method=method, tol=1e-9, max_products=6)
    assert pairs.products <= 6
    assert not pairs.converged.all()
    assert "Raise max_products (6) or tol" in pairs.message
    check_honest(pairs, objective, matrix, 1e-9)


@pytest.mark.parametrize("method", ["lanczos", "power", "pyhessian"])
def test_products_are_all_products(mlp, method):
    passes = 0

    class Counted(Objective):
        def batches(self):
            nonlocal passes
            passes += 1
            return super().batches()

    objective = Counted(mlp.model, mlp.criterion, mlp.data, batch_size=4)
    with HessianOperator(objective, memory_budget=0) as operator:
        vector = operator.probe(torch.Generator())
        operator.matvec(vector)  # what is looked at once only
        for thorough in (False, True):
            operator.rounding_errors(vector[None], thorough=thorough)
        passes = 0
        pairs = top_eigenpairs(operator, 2, method=method, max_products=30)
    assert pairs.products == passes
    assert 4 <= pairs.products <= 30


def test_seed_and_precision_determine_the_start(mlp):
    first, again = (top_eigenpairs(mlp.objective(), seed=3) for _ in range(2))
    assert first.values[0] == again.values[0]
    assert all(torch.equal(first.vectors[0][n], again.vectors[0][n]) for n in first.vectors[0])
    other = top_eigenpairs(mlp.objective(), seed=4)
    assert other.values[0] != first.values[0]


# ---------------------------------------------------------------------- PyHessian


@pytest.mark.parametrize("l2", [0.0, 0.3])
def test_pyhessian_multiplies_by_the_dense_hessian(case, l2):
    objective, matrix = case.objective(l2=l2), case.hessian(l2)
    pairs = top_eigenpairs(objective, method="pyhessian", tol=1e-12, max_products=6)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        v = torch.cat([torch.randn(p.shape).flatten() for p in objective.parameters.values()]).double()
    for _ in range(5):  # its iteration, by hand
        v /= v.norm()
        value = float(v @ matrix @ v)
        v = matrix @ v
    assert pairs.values[0] == pytest.approx(value, rel=1e-5)
    assert pairs.products == 6
    check_honest(pairs, objective, matrix, 1e-12)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_pyhessian_agrees_with_lanczos_where_it_is_run_to_the_end(make_case, dtype):
    objective = make_case("frozen").objective(dtype=dtype, l2=0.5)
    theirs = top_eigenpairs(objective, method="pyhessian", tol=1e-6, max_products=400)
    ours = top_eigenpairs(objective)
    assert theirs.values == pytest.approx(ours.values, rel=1e-4)


def test_pyhessians_stopping_rule_is_not_taken_for_convergence(quadratic, symmetric):
    matrix = symmetric(np.linspace(0, 1, 40))
    objective = quadratic(matrix)
    pairs = top_eigenpairs(objective, method="pyhessian", tol=1e-3)
    assert pairs.products < 100  # it stopped by itself
    assert pairs.residuals[0] > 1e-3 * pairs.values[0]
    assert not pairs.converged[0]
    assert "the change" not in pairs.message
    assert "stops when the value changes by less than tol" in pairs.message
    check_honest(pairs, objective, matrix, 1e-3)


def test_pyhessians_sign_and_order_are_reported_as_they_are(quadratic, symmetric):
    objective = quadratic(symmetric([-5.0, 3.0, 1.0, 0.5, 0.0, 0.2]))
    pairs = top_eigenpairs(objective, 2, method="pyhessian", tol=1e-9, max_products=2000)
    assert pairs.values == pytest.approx([-5, 3], rel=1e-5)
    assert "A negative value is not the algebraic top" in pairs.message
    assert pairs.protocol["which"] == "largest magnitude"
    assert top_eigenpairs(objective, tol=1e-8).values[0] == pytest.approx(3, rel=1e-10)


def test_pyhessian_needs_an_objective(quadratic, symmetric):
    class Other(WrappedOperator):
        def matvec(self, vector):
            return self.operator.matvec(vector)

        def protocol(self):
            return {}

    operator = Other(HessianOperator(quadratic(symmetric([2.0, 1.0]))))
    assert top_eigenpairs(operator).values[0] == pytest.approx(2, rel=1e-5)
    with pytest.raises(ValueError, match="needs an Objective"):
        top_eigenpairs(operator, method="pyhessian")


# ---------------------------------------------------------------------- results and bad input


def test_result_carries_its_protocol(mlp):
    pairs = top_eigenpairs(mlp.objective(), 2, tol=1e-5, seed=7)
    protocol = json.loads(json.dumps(pairs.protocol))
    expected = {"method": "lanczos", "tol": 1e-5, "seed": 7, "k": 2, "samples": 11, "products": pairs.products}
    assert expected.items() <= protocol.items()
    assert protocol["residuals"] == pairs.residuals.tolist()
    assert protocol["converged"] == [True, True]


def test_progress_bar_counts_products(mlp, capsys):
    pairs = top_eigenpairs(mlp.objective(), progress=True)
    shown = capsys.readouterr().err
    assert "lanczos" in shown
    assert f"{pairs.products}/200" in shown
    assert all(word in shown for word in ("value=", "residual=", "left=~"))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"k": 0}, "k is 0"),
        ({"k": 1000}, "between 1 and the 43 parameters"),
        ({"k": 1.0}, "k is 1.0"),
        ({"tol": 0.0}, "tol is 0.0"),
        ({"tol": math.nan}, "tol is nan"),
        ({"method": "jacobi"}, "'lanczos', 'block_lanczos', 'power', 'pyhessian'"),
        ({"which": "LA"}, "'largest', 'smallest', 'largest_magnitude'"),
        ({"criterion": "change"}, "'residual', 'value'"),
        ({"k": 3, "max_products": 2}, "need at least 3"),
        ({"k": 3, "max_products": 5, "method": "pyhessian"}, "need at least 6"),
        ({"block_size": 2}, 'it is for "block_lanczos"'),
        ({"block_size": 0, "method": "block_lanczos"}, "1 or more"),
        ({"max_vectors": 8}, "need at least 11"),
        ({"max_vectors": 50, "method": "power"}, "keeps no Krylov space"),
        ({"which": "smallest", "method": "pyhessian"}, "PyHessian seeks the largest magnitude"),
        ({"criterion": "value", "method": "pyhessian"}, "its own stopping rule"),
        ({"start": 3.0}, "start is no direction"),
        ({"start": "random"}, "start is 'random': choose one of 'gradient'"),
        ({"deflate": [{"wrong": torch.ones(1)}]}, "deflate is no direction"),
    ],
)
def test_impossible_arguments_are_refused(mlp, arguments, words):
    with pytest.raises(ValueError, match=words):
        top_eigenpairs(mlp.objective(), **arguments)


@pytest.mark.parametrize("method", [*OWN, "pyhessian"])
def test_diverged_weights_and_products_are_refused(mlp, method):
    objective = mlp.objective()
    bad = objective.at({n: p * math.nan if n == "3.bias" else p for n, p in objective.parameters.items()})
    with pytest.raises(ValueError, match=r"'3\.bias' are not finite"):
        top_eigenpairs(bad, method=method)

    model = nn.Linear(1, 1, bias=False)
    nn.init.ones_(model.weight)
    huge = Objective(
        model,
        data=(torch.ones(1, 1),),
        loss=lambda m, b: torch.exp(m(b[0])).square().sum() * 1e38,
        check_deterministic=False,
    )
    with pytest.raises(ValueError, match="product is not finite"):
        top_eigenpairs(huge, method=method)


def test_loss_of_one_batch_weighs_ragged_batches_right_in_pyhessian():
    # Averaging batches instead of samples gives 135 instead of 55 on such a split (seen in other tools).
    X = torch.cat([torch.ones(8, 1), 5 * torch.ones(2, 1)]).double()
    model = nn.Linear(1, 1, bias=False).double()
    objective = Objective(model, data=(X, X), loss=lambda m, b: functional.mse_loss(m(b[0]), b[1]), batch_size=8)
    truth = 2 * float(X.square().mean())
    for method in (*OWN, "pyhessian"):
        assert top_eigenpairs(objective, method=method).values[0] == pytest.approx(truth, rel=1e-5)


@pytest.mark.parametrize("method", OWN)
def test_ritz_value_on_its_way_through_zero_is_not_an_eigenvalue(quadratic, symmetric, method):
    # In float32 the small values are within 100 epsilons of the large one, but far above its rounding.
    bulk = np.linspace(-0.05, 0.05, 60)
    objective = quadratic(symmetric([-1000.0, *bulk]).float())
    pairs = top_eigenpairs(objective, method=method, max_products=60)
    assert not pairs.converged[0] or pairs.values[0] == pytest.approx(0.05, rel=0.05)
    scale = 1000 * torch.finfo(torch.float32).eps
    assert not pairs.converged[0] or pairs.residuals[0] <= 100 * scale


@pytest.mark.parametrize("method", OWN)
@pytest.mark.parametrize("values", [[0.0] * 30, [7, -9, *[0] * 28], [3, *[0] * 29]], ids=["zero", "two", "one"])
def test_zero_eigenvalues_converge_in_float32(quadratic, symmetric, method, values):
    pairs = top_eigenpairs(quadratic(symmetric(values).float()), 2, method=method)
    assert pairs.converged.all()
    assert pairs.values == pytest.approx(sorted(values, reverse=True)[:2], abs=1e-4)


def test_numpy_integers_are_integers(mlp):
    pairs = top_eigenpairs(mlp.objective(), np.int64(2), max_products=np.int32(100), seed=np.int64(0))
    assert pairs.values == pytest.approx(top_eigenpairs(mlp.objective(), 2, max_products=100).values)
    assert json.loads(json.dumps(pairs.protocol))["k"] == 2


@pytest.mark.parametrize("method", [*OWN, "pyhessian"])
def test_default_device_and_precision_of_the_caller_do_not_matter(mlp, method):
    truth = top_eigenpairs(mlp.objective(), method=method, max_products=20)
    objective = mlp.objective()
    with torch.device("meta"):
        pairs = top_eigenpairs(objective, method=method, max_products=20)
    assert pairs.values == pytest.approx(truth.values, rel=1e-12)


def test_solvers_own_algebra_is_done_in_full_precision(quadratic, symmetric):
    seen = set()

    class Watching(WrappedOperator):
        def matvec(self, vector):
            return self.operator.matvec(vector)

        def sum_over_ranks(self, partial):  # called amid the solver's algebra
            seen.add(torch.backends.cuda.matmul.fp32_precision)
            return partial

        def protocol(self):
            return {}

    operator = Watching(HessianOperator(quadratic(symmetric([2.0, 1.0]))))
    torch.backends.cuda.matmul.fp32_precision = "tf32"
    try:
        top_eigenpairs(operator)
        assert torch.backends.cuda.matmul.fp32_precision == "tf32"
    finally:
        torch.backends.cuda.matmul.fp32_precision = "none"
    assert seen == {"ieee"}


def test_pyhessian_differentiates_checkpointed_modules_at_the_objectives_point(mlp):
    class Checkpointed(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = mlp.model

        def forward(self, x):
            return checkpoint(self.inner, x, use_reentrant=False)

    objective = Objective(Checkpointed(), mlp.criterion, mlp.data)
    moved = objective.at({name: 1.5 * p for name, p in objective.parameters.items()})
    plain = mlp.objective()
    plain = plain.at({name: 1.5 * p for name, p in plain.parameters.items()})
    pairs = top_eigenpairs(moved, method="pyhessian", max_products=10)
    assert pairs.values == pytest.approx(top_eigenpairs(plain, method="pyhessian", max_products=10).values, rel=1e-10)


def test_pyhessian_leaves_the_generators_of_other_devices_alone(mlp, monkeypatch):
    def reseeds_everything(seed):
        raise AssertionError("torch.manual_seed reseeds every GPU")

    monkeypatch.setattr(torch, "manual_seed", reseeds_everything)
    top_eigenpairs(mlp.objective(), method="pyhessian", max_products=4)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("method", OWN)
def test_half_precision_vectors_are_those_of_float64(mlp, dtype, method):
    objective = mlp.objective(dtype=dtype)
    exact = torch.linalg.eigvalsh(dense(objective.in_float64()))
    pairs = top_eigenpairs(objective, 2, method=method, tol=1e-4, max_products=2000)
    assert pairs.converged.all()
    assert pairs.values == pytest.approx(exact.flip(0)[:2].numpy(), rel=1e-6)
    assert "too few digits" in pairs.protocol["precision"]
    assert pairs.message.endswith("Computed " + pairs.protocol["precision"] + ".")


def dense(objective):
    with HessianOperator(objective) as hessian:
        return hessian.matmat(torch.eye(hessian.size, dtype=torch.float64))


def test_half_precision_vectors_of_an_operator_without_float64_are_refused(mlp):
    class Half(WrappedOperator):
        def matvec(self, vector):
            return self.operator.matvec(vector)

        def protocol(self):
            return {}

    with pytest.raises(ValueError, match=r"bfloat16.*dtype=torch.float32"):
        top_eigenpairs(Half(HessianOperator(mlp.objective(dtype=torch.bfloat16))))
