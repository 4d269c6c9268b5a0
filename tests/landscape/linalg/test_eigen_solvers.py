"""Every solver, on every end of prescribed spectra, against the spectrum; what one call hands to the next;
interruption."""

import json
import signal
import threading
import warnings

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from interruption import finished
from matrices import MatrixOperator
from scipy.sparse.linalg import eigsh
from sklearn.datasets import load_digits
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from landscape.curvature.eigenvalues import top_eigenpairs
from landscape.curvature.hessian import HessianOperator
from landscape.linalg.operator import Agreement, DerivativeCheck
from landscape.objective.objective import Objective

ENDS = ["largest", "smallest", "largest_magnitude"]
KEYS = {"largest": lambda x: -x, "smallest": lambda x: x, "largest_magnitude": lambda x: -np.abs(x)}
BULK = np.linspace(-1, 0.9, 20)
SPECTRA = {
    "separated": [100, 60, 40, 20, 10, *range(9)],
    "clustered": [5, 5 - 1e-3, 5 - 2e-3, 1, *BULK],
    "indefinite": [9, 4, -6, -3, *BULK],
    "negative largest in magnitude": [-50, -20, 3, 2, *BULK],
    "rank two": [7, 3, *[0] * 22],
    "double top": [5, 5, 3, 2, *BULK],
    "double bottom": [-5, -5, -3, 2, *BULK],
}


def wanted(spectrum, which, k):
    values = np.asarray(spectrum, dtype=float)
    return values[np.argsort(KEYS[which](values), kind="stable")][:k]


def stacked(pairs):
    return torch.stack([vector["theta"] for vector in pairs.vectors])


@pytest.mark.parametrize("method", ["lanczos", "block_lanczos", "power"])
@pytest.mark.parametrize("which", ENDS)
@pytest.mark.parametrize("name", SPECTRA)
def test_values_vectors_and_residuals_are_those_of_the_matrix(dense, symmetric, name, which, method):
    if method == "power" and name == "clustered":
        pytest.skip("a gap of 2e-4 takes power iteration tens of thousands of products")
    matrix = symmetric(SPECTRA[name], seed=2)
    operator = dense(matrix)
    tol = 1e-6 if method == "power" else 1e-9
    pairs = top_eigenpairs(operator, 2, method=method, which=which, tol=tol, max_products=6000)
    truth = wanted(SPECTRA[name], which, 2)
    assert pairs.converged.all()
    assert pairs.values == pytest.approx(truth, rel=1e-9, abs=1e-9)
    vectors = stacked(pairs)
    assert torch.allclose(vectors @ vectors.T, torch.eye(2, dtype=torch.float64), atol=1e-10)
    residuals = (vectors @ matrix - torch.from_numpy(pairs.values)[:, None] * vectors).norm(dim=1)
    assert pairs.residuals == pytest.approx(residuals.numpy(), rel=1e-4, abs=1e-12)
    assert pairs.products == operator.products
    assert json.loads(json.dumps(pairs.protocol))["which"].endswith(which.replace("_", " ").replace("largest m", "m"))


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    spectrum=st.lists(st.integers(-8, 8).map(lambda i: i / 2), min_size=3, max_size=12),
    k=st.integers(1, 3),
    which=st.sampled_from(ENDS),
    method=st.sampled_from(["lanczos", "block_lanczos"]),
    criterion=st.sampled_from(["residual", "value"]),
    tol=st.sampled_from([0.3, 1e-2, 1e-8]),
    seed=st.integers(0, 999),
)
@example(  # a residual of 1e-13 beside a rest of 1: aimed at, it was rounding that looked like a lack of symmetry
    spectrum=[-3.0, 0.0, 0.0, 1.5, 1.5, 1.0, -3.0, 0.0, 0.0, 0.5, 0.0, 0.5],
    k=2,
    which="smallest",
    method="lanczos",
    criterion="residual",
    tol=0.3,
    seed=0,
)
def test_rigorous_bounds_hold_for_any_matrix(dense, symmetric, spectrum, k, which, method, criterion, tol, seed):
    operator = dense(symmetric(spectrum, seed))
    pairs = top_eigenpairs(operator, k, method=method, which=which, tol=tol, criterion=criterion, seed=seed)
    exact = np.sort(spectrum)
    certificate = pairs.certificate
    distances = np.abs(exact[:, None] - pairs.values)
    assert (distances.min(axis=0) <= certificate.radii).all()
    # k of them, counted: the best matching of sorted values to sorted eigenvalues is within the joint radius.
    ordered, n = np.sort(pairs.values), len(exact)
    reachable = -1
    for value in ordered:
        candidates = [i for i in range(reachable + 1, n) if abs(exact[i] - value) <= certificate.joint_radius]
        assert candidates
        reachable = candidates[0]
    if which == "largest":
        assert (np.sort(exact)[::-1][:k] >= pairs.values - certificate.rounding).all()
    if certificate.miss_probability == 0:
        assert (wanted(spectrum, which, k) * (-1 if which == "smallest" else 1)).max() <= np.abs(
            certificate.bounds
        ).max()
    vectors = stacked(pairs)
    assert torch.allclose(vectors @ vectors.T, torch.eye(len(vectors), dtype=torch.float64), atol=1e-10)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    spectrum=st.lists(st.integers(-6, 6).map(float), min_size=3, max_size=10),
    which=st.sampled_from(ENDS),
    seed=st.integers(0, 999),
)
def test_power_finds_small_matrices(dense, symmetric, spectrum, which, seed):
    truth = wanted(spectrum, which, 1)[0]
    assume(truth != 0)
    pairs = top_eigenpairs(dense(symmetric(spectrum, seed)), method="power", which=which, tol=1e-4, seed=seed)
    assert np.abs(np.asarray(spectrum) - pairs.values[0]).min() <= pairs.certificate.radii[0]
    if pairs.converged[0]:
        magnitude = which == "largest_magnitude"
        missed = abs(abs(pairs.values[0]) - abs(truth) if magnitude else pairs.values[0] - truth)
        # A start that is almost orthogonal to the wanted vector converges to another; the bound says how far out it may
        # be.
        if missed > 1e-6:
            bound = pairs.certificate.bounds[0]
            assert (
                abs(bound) >= abs(truth) if magnitude else (bound <= truth if which == "smallest" else bound >= truth)
            )


def test_of_two_equal_magnitudes_the_positive_one_comes_first(dense, symmetric):
    matrix = symmetric([4.0, -4.0, 2.0, *BULK])
    for method in ("lanczos", "block_lanczos", "power"):
        pairs = top_eigenpairs(dense(matrix), 2, method=method, which="largest_magnitude", tol=1e-6)
        assert pairs.values == pytest.approx([4, -4], rel=1e-9)


# ---------------------------------------------------------------------- start and deflate


@pytest.mark.parametrize("method", ["lanczos", "block_lanczos", "power"])
def test_deflated_directions_are_projected_out(dense, symmetric, method):
    matrix = symmetric([9, 7, 5, 3, *BULK])
    first = top_eigenpairs(dense(matrix), 2, tol=1e-9)
    rest = top_eigenpairs(dense(matrix), 2, method=method, tol=1e-6, deflate=first)
    assert rest.values == pytest.approx([5, 3], rel=1e-8)
    assert float((stacked(first) @ stacked(rest).T).abs().max()) < 1e-10
    assert rest.protocol["deflated"] == 2
    # Any direction, twice, is one direction; the values are those of P H P.
    axis = {"theta": torch.eye(len(matrix), dtype=torch.float64)[0] * 3}
    projected = top_eigenpairs(dense(matrix), deflate=[axis, axis], tol=1e-9, method=method)
    assert projected.values[0] == pytest.approx(float(torch.linalg.eigvalsh(matrix[1:, 1:])[-1]), rel=1e-8)
    assert projected.protocol["deflated"] == 1
    with pytest.raises(ValueError, match="deflation leaves 1 of 2 dimensions"):
        top_eigenpairs(dense(torch.eye(2)), 2, deflate={"theta": torch.ones(2)})


@pytest.mark.parametrize("k", [1, 3])
@pytest.mark.parametrize("method", ["lanczos", "block_lanczos", "power"])
def test_a_warm_start_takes_fewer_products_and_finds_the_same(dense, symmetric, method, k):
    matrix = symmetric([9, 6, 4, 2.5, *np.linspace(-1, 1.5, 200)])
    moved = matrix + 1e-2 * symmetric(np.linspace(-1, 1, 204), seed=7)
    before = top_eigenpairs(dense(matrix), k, method=method)
    cold = top_eigenpairs(dense(moved), k, method=method, tol=1e-4)
    warm = top_eigenpairs(dense(moved), k, method=method, tol=1e-4, start=before)
    assert warm.converged.all()
    assert warm.values == pytest.approx(cold.values, rel=1e-6)
    assert warm.products < cold.products
    listed = top_eigenpairs(dense(moved), k, method=method, tol=1e-4, start=list(before.vectors))
    assert listed.values == pytest.approx(cold.values, rel=1e-6)


def test_a_chain_of_warm_starts_never_repeats_its_random_part(dense, symmetric):
    operator = dense(symmetric([3, 2, *BULK]))
    first = top_eigenpairs(operator)
    second = top_eigenpairs(operator, start=first)
    third = top_eigenpairs(operator, start=second)
    assert [pairs.protocol["stream"] for pairs in (first, second, third)] == [0, 1, 2]
    assert len({pairs.values[0] for pairs in (first, second, third)}) == 3


def test_a_start_orthogonal_to_the_top_eigenvector_finds_it_all_the_same(dense):
    spectrum = torch.cat([torch.tensor([3.0, 2.0]), torch.linspace(-0.5, 1, 200)])
    second = {"theta": torch.eye(202, dtype=torch.float64)[1]}
    for seed in range(10):
        pairs = top_eigenpairs(dense(spectrum), tol=1e-5, start=second, seed=seed)
        assert pairs.values[0] == pytest.approx(3, rel=1e-6)


def test_directions_that_are_none_are_refused(dense):
    for what in ("start", "deflate"):
        for bad in (torch.zeros(3), torch.full((3,), torch.nan)):
            with pytest.raises(ValueError, match=f"direction in {what} is zero or not finite"):
                top_eigenpairs(dense(torch.eye(3)), **{what: {"theta": bad}})


# ---------------------------------------------------------------------- operators that are not what they should be


@pytest.mark.parametrize("method", ["lanczos", "block_lanczos", "power"])
def test_an_operator_that_is_not_symmetric_is_refused(dense, method):
    generator = torch.Generator().manual_seed(0)
    matrix = torch.randn(30, 30, generator=generator, dtype=torch.float64)
    with pytest.raises(ValueError, match=r"not symmetric: u\^T H v and v\^T H u differ by"):
        top_eigenpairs(dense(matrix), 2, method=method)
    slightly = matrix + matrix.T + 1e-3 * matrix
    with pytest.raises(ValueError, match="not symmetric"):
        top_eigenpairs(dense(slightly), 2, method=method)
    assert top_eigenpairs(dense(slightly), method=method, check_symmetry=False).products > 1
    with pytest.raises(ValueError, match=r"give them \(H \+ H\^T\)/2") as caught:
        top_eigenpairs(dense(slightly), method=method)
    assert "check_symmetry" not in str(caught.value)
    assert top_eigenpairs(dense((slightly + slightly.T) / 2), method=method).products > 1  # as the message says


@pytest.mark.parametrize(
    ("found", "advice"),
    [
        (DerivativeCheck(Agreement.AGREE, "agree with them"), r"rounding or noise .* in float64 throughout"),
        (DerivativeCheck(Agreement.UNDECIDED, "not decided"), r"written by hand .* dtype=torch\.float64"),
    ],
)
def test_products_of_a_loss_that_lack_symmetry_have_the_cause_named(dense, found, advice):
    class Products(dense):
        derivatives = found

    skewed = torch.randn(30, 30, generator=torch.Generator().manual_seed(0))
    with pytest.raises(ValueError, match=advice) as caught:
        top_eigenpairs(Products(skewed))
    assert found.description in str(caught.value)
    assert "check_symmetry" not in str(caught.value)


@pytest.mark.parametrize("method", ["lanczos", "block_lanczos", "power"])
def test_rounding_and_noise_of_products_are_not_taken_for_asymmetry(dense, symmetric, method):
    class Noisy(dense):
        relative = 0.0

        def matvec(self, vector):
            image = super().matvec(vector)
            noise = torch.randn(image.shape, generator=torch.Generator().manual_seed(self.products))
            return image * (1 + self.relative * noise.to(image.dtype))

        def matmat(self, vectors):
            return torch.stack([self.matvec(vector) for vector in vectors.unbind(1)], dim=1)

    operator = Noisy(symmetric([100, 30, *np.linspace(-1, 5, 300)]), torch.float32)
    for relative in (0.0, 1e-3):  # the second like TF32
        operator.relative = relative
        pairs = top_eigenpairs(operator, 2, method=method, tol=1e-2)
        assert pairs.values == pytest.approx([100, 30], rel=1e-2)


def test_a_product_that_is_not_finite_is_refused(dense):
    matrix = torch.eye(20, dtype=torch.float64)
    matrix[3, 3] = torch.inf
    for method in ("lanczos", "block_lanczos", "power"):
        with pytest.raises(ValueError, match="product is not finite"):
            top_eigenpairs(dense(matrix), 2, method=method)


# ---------------------------------------------------------------------- interruption


@pytest.mark.parametrize("method", ["lanczos", "block_lanczos", "power"])
@pytest.mark.parametrize("after", [0, 2, 9])
def test_ctrl_c_hands_over_what_was_finished(dense, symmetric, method, after):
    matrix = symmetric(SPECTRA["separated"])

    class Interrupted(dense):
        def _count(self, vectors):
            if self.products >= after:
                raise KeyboardInterrupt
            super()._count(vectors)

    operator = Interrupted(matrix)
    if after == 0:
        with pytest.raises(KeyboardInterrupt):
            top_eigenpairs(operator, 3, method=method)
        return
    pairs = finished(top_eigenpairs, operator, 3, method=method, tol=1e-10)
    assert pairs.message.startswith(f"Interrupted after {operator.products} products")
    assert pairs.products == operator.products
    assert 1 <= len(pairs.values) <= 3
    vectors = stacked(pairs)
    residuals = (vectors @ matrix - torch.from_numpy(pairs.values)[:, None] * vectors).norm(dim=1).numpy()
    assert pairs.residuals == pytest.approx(residuals, rel=1e-6, abs=1e-12)
    assert (pairs.converged == (residuals <= 1e-10 * np.abs(pairs.values))).all()


@pytest.mark.parametrize("number", range(1, 40, 6))
def test_a_signal_in_the_middle_of_an_update_waits_for_its_end(dense, symmetric, number):
    matrix = symmetric(np.linspace(0, 1, 60))

    class Signalling(dense):
        sums = 0

        def sum_over_ranks(self, partial):
            self.sums += 1
            if self.sums == number:
                signal.raise_signal(signal.SIGINT)
            return partial

    handler = signal.getsignal(signal.SIGINT)
    try:
        pairs = top_eigenpairs(Signalling(matrix), tol=1e-10, on_interrupt="return")
    except KeyboardInterrupt:
        assert number <= 7  # before the first product was complete
        return
    finally:
        assert signal.getsignal(signal.SIGINT) is handler
    vector = pairs.vectors[0]["theta"]
    assert pairs.residuals[0] == pytest.approx(float((matrix @ vector - pairs.values[0] * vector).norm()), rel=1e-6)


class Pressing(TorchDispatchMode):
    """Ctrl-C before the `number`-th copy into a tensor that follows so many products."""

    def __init__(self, operator, products, number):
        super().__init__()
        self.operator, self.products, self.number = operator, products, number

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        if self.operator.products == self.products and function is torch.ops.aten.copy_.default:
            self.number -= 1
            if self.number == 0:
                signal.raise_signal(signal.SIGINT)
        return function(*args, **(kwargs or {}))


def test_a_signal_in_the_middle_of_a_restart_waits_for_its_end(dense, symmetric):
    """Before any of the copies between the product that fills the basis and the next one."""
    matrix, pressed = symmetric(np.linspace(0, 1, 80)), 0
    for number in range(1, 50):
        operator = dense(matrix)
        with Pressing(operator, 14, number) as mode:
            pairs = top_eigenpairs(operator, tol=1e-10, max_vectors=14, on_interrupt="return")
        if mode.number > 0:
            break
        pressed += 1
        assert pairs.message.startswith("Interrupted")
        vector = pairs.vectors[0]["theta"]
        assert pairs.residuals[0] == pytest.approx(float((matrix @ vector - pairs.values[0] * vector).norm()), rel=1e-6)
    assert pressed >= 1  # the restart was interrupted


# ---------------------------------------------------------------------- vectors spread over ranks


def spread(dense, matrix, count):
    """Operators that hold slices of the vectors, to be used in `count` threads at a time."""
    barrier, shared = threading.Barrier(count, timeout=300), [None] * count
    cuts = np.linspace(0, len(matrix), count + 1).astype(int)

    class Slice(dense):
        def __init__(self, rank):
            super().__init__(matrix)
            self.rank, self.slice = rank, slice(*cuts[rank : rank + 2])

        @property
        def local_size(self):
            return self.slice.stop - self.slice.start

        def sum_over_ranks(self, partial):
            shared[self.rank] = partial.clone()
            barrier.wait()
            total = sum(shared[1:], shared[0])
            barrier.wait()
            return total

        def _whole(self, vectors):
            padded = torch.zeros(self.size, *vectors.shape[1:], dtype=vectors.dtype)
            padded[self.slice] = vectors
            return self.sum_over_ranks(padded)

        def matvec(self, vector):
            return super().matvec(self._whole(vector))[self.slice]

        def matmat(self, vectors):
            return super().matmat(self._whole(vectors))[self.slice]

        def probe(self, generator, kind="gaussian"):
            return super().probe(generator, kind)[self.slice]

    return [Slice(rank) for rank in range(count)]


@pytest.mark.parametrize("method", ["lanczos", "block_lanczos", "power"])
@pytest.mark.parametrize("which", ["largest", "largest_magnitude"])
def test_vectors_may_be_spread_over_ranks(dense, symmetric, method, which):
    spectrum = [9, -8, 5, 5, 3, *np.linspace(-1, 1, 90)]
    matrix = symmetric(spectrum)
    whole = dense(matrix)
    options = {"method": method, "which": which, "tol": 1e-7, "max_products": 500}
    deflated = top_eigenpairs(whole, tol=1e-9)
    alone = top_eigenpairs(whole, 3, **options, deflate=deflated)
    operators = spread(dense, matrix, 3)
    results = [None] * 3

    def solve(rank):
        piece = {"theta": deflated.vectors[0]["theta"][operators[rank].slice]}
        results[rank] = top_eigenpairs(operators[rank], 3, **options, deflate=piece)

    threads = [threading.Thread(target=solve, args=(rank,)) for rank in range(3)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    for pairs in results:
        assert pairs.values == pytest.approx(alone.values, rel=1e-10)
        assert pairs.products == results[0].products
        # Below the tolerance they depend on rounding, which orders the two at 5 too; all ranks see the same.
        assert (pairs.residuals <= 1e-7 * abs(pairs.values)).all()
        assert pairs.residuals == pytest.approx(results[0].residuals, rel=1e-6)
        assert pairs.converged.all()
    joined = torch.cat([stacked(pairs) for pairs in results], dim=1)
    expected = matrix @ joined.T - joined.T * torch.from_numpy(results[0].values)
    assert results[0].residuals == pytest.approx(expected.norm(dim=0).numpy(), rel=1e-5, abs=1e-10)


# ---------------------------------------------------------------------- trained networks


@pytest.fixture(scope="module")
def trained():
    data = load_digits()
    X, y = torch.tensor(data.data[:200] / 16), torch.tensor(data.target[:200])
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(64, 8), nn.Tanh(), nn.Linear(8, 10)).double()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.5, momentum=0.9)
        for _ in range(100):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(X), y).backward()
            optimizer.step()
    return model, X, y


@pytest.mark.parametrize("method", ["lanczos", "block_lanczos", "power"])
def test_a_trained_network_agrees_with_arpack_on_curvlinops(trained, curvlinops, method):
    model, X, y = trained
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of torch, about functions that curvlinops imports
        linear = curvlinops.HessianLinearOperator(
            model, nn.CrossEntropyLoss(), list(model.parameters()), [(X, y)]
        ).to_scipy()
    objective = Objective(model, nn.CrossEntropyLoss(), (X, y))
    for which, code in (("largest", "LA"), ("smallest", "SA"), ("largest_magnitude", "LM")):
        if method == "power" and which == "smallest":
            continue  # near the bulk: thousands of products
        arpack = eigsh(linear, k=3, which=code, tol=1e-10, return_eigenvectors=False)
        tol = 1e-4 if method == "power" else 1e-7
        pairs = top_eigenpairs(objective, 3, method=method, which=which, tol=tol, max_products=2000)
        assert pairs.converged.all()
        assert pairs.values == pytest.approx(wanted(arpack, which, 3), rel=max(1e-8, tol**2 * 10))


def test_a_trained_network_agrees_with_pyhessian(trained):
    model, X, y = trained
    objective = Objective(model, nn.CrossEntropyLoss(), (X, y))
    ours = top_eigenpairs(objective, 2, which="largest_magnitude")
    theirs = top_eigenpairs(objective, 2, method="pyhessian", tol=1e-6, max_products=400)
    assert theirs.values == pytest.approx(ours.values, rel=1e-4)
    with HessianOperator(objective) as operator:
        assert top_eigenpairs(operator, 2, which="largest_magnitude").values == pytest.approx(ours.values, rel=1e-12)


@pytest.mark.parametrize("method", ["lanczos", "block_lanczos", "power"])
def test_the_gradient_of_a_trained_network_is_a_start_that_finds_the_same(trained, method):
    model, X, y = trained
    objective = Objective(model, nn.CrossEntropyLoss(), (X, y))
    cold = top_eigenpairs(objective, method=method, tol=1e-4)
    warm = top_eigenpairs(objective, method=method, tol=1e-4, start="gradient")
    assert abs(warm.values[0] - cold.values[0]) <= warm.residuals[0] + cold.residuals[0]
    assert warm.protocol["start"] == "the gradient"
    for budget in (0, 2**30):
        with HessianOperator(objective, memory_budget=budget) as operator:
            gradient = operator.unflatten(operator.gradient())
            assert operator.products == 0
            again = top_eigenpairs(operator, method=method, tol=1e-4, start="gradient")
        assert again.values == pytest.approx(warm.values, rel=1e-9)
        for name, part in objective.value_and_gradient()[1].items():
            torch.testing.assert_close(gradient[name], part)


def test_a_gradient_along_the_top_eigenvector_is_confirmed_for_no_more_products(quadratic, symmetric):
    matrix = symmetric(np.concatenate([[4.0, 2.0], np.linspace(-1, 1, 398)]))
    top = torch.linalg.eigh(matrix).eigenvectors[:, -1]
    flat = quadratic(matrix)
    objective = flat.at(dict.fromkeys(flat.parameters, top))
    cold, warm = (top_eigenpairs(objective, start=start) for start in (None, "gradient"))
    assert warm.values == pytest.approx(cold.values, rel=1e-5)
    # Nothing but products can tell that no other eigenvalue is larger; they bound it to the tolerance.
    assert warm.products <= cold.products
    assert 4.0 <= warm.certificate.bounds[0] <= 4.0 * (1 + 2e-3)


def test_where_the_gradient_is_zero_or_unknown(quadratic, dense, symmetric):
    spectrum = np.array([4.0, 2.0, 1.0, -1.0, 0.5])
    flat = quadratic(symmetric(spectrum))
    here = flat.at({name: torch.zeros_like(p) for name, p in flat.parameters.items()})
    pairs = top_eigenpairs(here, start="gradient")
    assert pairs.protocol["start"] == "random"
    assert pairs.values[0] == pytest.approx(4.0, rel=1e-6)
    with pytest.raises(ValueError, match='start is "gradient", but a DenseOperator knows none: give an Objective'):
        top_eigenpairs(dense(spectrum), start="gradient")


@pytest.mark.parametrize("method", ["lanczos", "block_lanczos"])
def test_where_rounding_is_the_limit_no_more_memory_is_advised_and_float64_helps(method):
    generator = torch.Generator().manual_seed(0)
    basis = torch.linalg.qr(torch.randn(300, 300, generator=generator, dtype=torch.float64))[0]
    matrix = (basis * torch.logspace(1, -4, 300, dtype=torch.float64)) @ basis.T
    matrix = (matrix + matrix.T) / 2
    pairs = top_eigenpairs(MatrixOperator(matrix.float()), which="smallest", method=method, tol=1e-5, max_products=3000)
    assert not pairs.converged.any()
    assert "Rounding limits the residual: raise tol or use an objective with dtype=torch.float64" in pairs.message
    exact = top_eigenpairs(MatrixOperator(matrix), which="smallest", method=method, tol=1e-5, max_products=3000)
    assert exact.converged.all(), exact.message


def test_where_products_end_before_rounding_is_the_limit_more_are_advised_and_help():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(20, 40), nn.Tanh(), nn.Linear(40, 5))
    data = torch.randn(400, 20), torch.randint(5, (400,))
    loss = Objective(model, nn.CrossEntropyLoss(), data)
    pairs = top_eigenpairs(loss, 2, method="power", tol=1e-6, max_products=60)
    assert not pairs.converged.any()
    assert "Raise max_products (60), and tol or use an objective with dtype=torch.float64" in pairs.message
    double = Objective(model, nn.CrossEntropyLoss(), data, dtype=torch.float64)
    for objective, tol in ((loss, 1e-2), (double, 1e-6)):
        again = top_eigenpairs(objective, 2, method="power", tol=tol, max_products=2000)
        assert again.converged.all(), again.message
