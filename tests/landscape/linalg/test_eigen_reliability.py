"""How often "converged" is wrong: starts that have been overtaken, values, identities, networks that fit, extreme
units."""

import copy

import numpy as np
import pytest
import torch
import torch.distributed as dist
from interpolating import eigenvalues, interpolating, objective
from matrices import MatrixOperator
from scipy.stats import binom
from torch import nn

from landscape.curvature.eigenvalues import top_eigenpairs
from landscape.curvature.hessian import HessianOperator
from landscape.curvature.spectrum import frobenius_norm, hessian_trace, spectral_density
from landscape.distributed.data_parallel import DataParallelOperator
from landscape.distributed.sharded_hessian import ShardedHessianOperator
from landscape.distributed.sharded_objective import ShardedObjective
from landscape.distributed.sharding import shard_parameters
from landscape.objective.objective import Objective

MISS = 0.01


class Diagonal(MatrixOperator):
    """A diagonal matrix, of which any size is cheap."""

    def matvec(self, vector):
        self.products += 1
        return self.matrix * vector

    def matmat(self, vectors):
        self.products += vectors.shape[1]
        return self.matrix[:, None] * vectors


def diagonal(spectrum, dtype=torch.float64):
    return Diagonal(torch.as_tensor(np.asarray(spectrum), dtype=dtype))


def unit(size, place):
    return {"theta": torch.eye(1, size, dtype=torch.float64)[0].roll(place)}


def allowed(runs):
    """So many failures of probability MISS are seen in fewer than one in a million repetitions of a test."""
    return binom.ppf(1 - 1e-6, runs, MISS)


# ---------------------------------------------------------------------- a start that has been overtaken


def overtaken(size, ratio, runs, **options):
    """Count the runs that call another eigenvalue than the largest converged, and all products."""
    bulk = np.random.default_rng(0).normal(0, 0.05, size - 2)
    operator = diagonal(np.r_[1.0, ratio, bulk])
    failures = products = 0
    for seed in range(runs):
        pairs = top_eigenpairs(operator, start=unit(size, 1), seed=seed, **options)
        failures += bool(pairs.converged[0]) and abs(pairs.values[0] - 1) > 1e-3
        assert pairs.converged[0]
        products += pairs.products
    return failures, products / runs


@pytest.mark.parametrize("method", ["lanczos", "block_lanczos", "power"])
@pytest.mark.parametrize("ratio", [0.9, 0.99])
def test_a_start_that_was_overtaken_is_not_called_converged(ratio, method):
    failures, products = overtaken(2000, ratio, 20, method=method)
    assert failures <= allowed(20)
    assert method != "lanczos" or products < 12


@pytest.mark.parametrize("apart", [2e-3, 5e-3])
def test_a_random_start_is_not_called_converged_at_the_second_eigenvalue(apart):
    failures = 0
    for seed in range(60):
        bulk = np.random.default_rng(seed).normal(0, 0.05, 998)
        pairs = top_eigenpairs(diagonal(np.r_[1.0, 1 - apart, bulk]), seed=seed)
        assert pairs.converged[0]
        assert pairs.certificate.bounds[0] <= 1.0011 * pairs.values[0]
        failures += abs(pairs.values[0] - 1) > 1e-3
    assert failures <= allowed(60)


def mistaken(size, k, runs, method):
    """Count the runs that call a pair converged at another eigenvalue than its own, where two are close."""
    failures = converged = 0
    for seed in range(runs):
        generator = np.random.default_rng(seed)
        spectrum = np.r_[3.0 - 0.5 * np.arange(k - 1), 1.0, 0.998, generator.normal(0, 0.05, size - k - 1)]
        pairs = top_eigenpairs(diagonal(spectrum), k, method=method, seed=seed)
        truth = spectrum[:k]
        failures += bool((pairs.converged & (np.abs(pairs.values - truth) > 1.001e-3 * truth)).any())
        converged += bool(pairs.converged.all())
    return failures, converged


def test_several_pairs_by_power_are_not_called_converged_at_other_eigenvalues():
    failures, converged = mistaken(100, 2, 40, "power")
    assert failures <= allowed(40)
    assert converged > 30


@pytest.mark.slow
def test_several_pairs_are_not_called_converged_at_others_at_the_size_of_a_network():
    failures, converged = mistaken(100_000, 2, 60, "lanczos")
    assert failures <= allowed(60)
    assert converged == 60


@pytest.mark.parametrize("spectrum", [[0.0] * 40, [2.0, *[0.0] * 39]], ids=["zero", "one"])
@pytest.mark.parametrize("which", ["largest", "smallest"])
@pytest.mark.parametrize("start", [None, "given"])
def test_what_is_zero_to_rounding_converges(spectrum, which, start):
    given = {"start": {"theta": torch.ones(40)}} if start else {}
    pairs = top_eigenpairs(diagonal(spectrum, torch.float32), which=which, **given)
    assert pairs.converged[0], pairs.message
    assert pairs.values[0] == pytest.approx(max(spectrum) if which == "largest" else 0.0, abs=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("ratio", [0.9, 0.95, 0.99])
def test_a_start_that_was_overtaken_at_the_size_of_a_network(ratio):
    failures, products = overtaken(100_000, ratio, 100)
    assert failures <= allowed(100)
    assert products < 14


def test_several_pairs_are_overtaken_from_below():
    spectrum = np.r_[3.0, 2.0, 1.9, np.linspace(-0.2, 0.3, 3000)]
    first_and_third = [unit(len(spectrum), 0), unit(len(spectrum), 2)]
    for which, sign in (("largest", 1), ("smallest", -1), ("largest_magnitude", -1)):
        for seed in range(5):
            pairs = top_eigenpairs(diagonal(sign * spectrum), 2, which=which, start=first_and_third, seed=seed)
            assert pairs.converged.all()
            assert pairs.values == pytest.approx([sign * 3.0, sign * 2.0], rel=1e-5)


def test_a_start_without_the_budget_to_exclude_more_is_not_called_converged():
    operator = diagonal(np.r_[1.0, 0.9, np.linspace(-0.2, 0.3, 3000)])
    pairs = top_eigenpairs(operator, start=unit(3002, 1), max_products=3)
    assert not pairs.converged[0]
    assert "further out are not excluded" in pairs.message
    assert "Raise max_products (3) or tol" in pairs.message
    more = top_eigenpairs(operator, start=unit(3002, 1), max_products=30)  # as the message says
    assert more.converged[0]


# ---------------------------------------------------------------------- values


def spectra(size, seed):
    generator = np.random.default_rng(seed)
    top = 1 - 10 ** generator.uniform(-4, -1, 5)
    return {
        "uniform": generator.uniform(0, 1, size),
        "geometric": generator.uniform(0.5, 0.95) ** np.arange(size),
        "clustered": np.r_[1.0, top, generator.uniform(-0.3, 0.8, size - 6)],
        "near the identity": 1 + 1e-3 * generator.uniform(-1, 1, size),
    }


@pytest.mark.parametrize("method", ["lanczos", "block_lanczos", "power"])
def test_a_value_that_is_called_converged_is_within_the_tolerance(method):
    runs = failures = 0
    for seed in range(4):
        for spectrum in spectra(300, seed).values():
            for tol in (1e-2, 1e-3):
                pairs = top_eigenpairs(
                    diagonal(-spectrum),
                    method=method,
                    which="smallest",
                    criterion="value",
                    tol=tol,
                    seed=seed,
                    max_products=80,
                )
                runs += 1
                failures += bool(pairs.converged[0]) and abs(pairs.values[0] + spectrum.max()) > tol * spectrum.max()
    assert failures <= allowed(runs)


@pytest.mark.parametrize("which", ["largest", "smallest", "largest_magnitude"])
@pytest.mark.parametrize("start", [None, "second"])
def test_a_dense_spectrum_can_be_excluded_from_what_is_further_out(which, start):
    # The basis is coupled to all of a dense spectrum: what it leaves out has to be searched together with most of it.
    for seed in range(3):
        spectrum = np.sort(np.random.default_rng(seed).uniform(0, 1, 1000))
        place = {"start": unit(1000, 998)} if start else {"criterion": "value"}
        sign = 1 if which == "largest" else -1
        pairs = top_eigenpairs(diagonal(sign * spectrum), which=which, tol=1e-2, seed=seed, **place)
        assert pairs.converged[0], pairs.message
        assert abs(pairs.values[0] - sign * spectrum[-1]) <= 1e-2


@pytest.mark.slow
@pytest.mark.parametrize("method", ["lanczos", "power"])
def test_values_keep_their_word_at_the_stated_frequency(method):
    runs = failures = converged = 0
    for seed in range(15):
        for spectrum in spectra(2000, seed).values():
            pairs = top_eigenpairs(diagonal(spectrum), method=method, criterion="value", seed=seed)
            runs += 1
            converged += bool(pairs.converged[0])
            failures += bool(pairs.converged[0]) and abs(pairs.values[0] - spectrum.max()) > 1e-3 * spectrum.max()
    assert failures <= allowed(runs)
    assert converged > runs / 2


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_bounds_of_power_iteration_near_a_multiple_of_the_identity(dtype):
    failures = 0
    for seed in range(60):
        generator = np.random.default_rng(seed)
        width = 10.0 ** generator.uniform(-7, -2) if dtype == torch.float32 else 10.0 ** generator.uniform(-15, -2)
        spectrum = torch.as_tensor(1 + width * generator.uniform(-1, 1, 200), dtype=dtype)
        pairs = top_eigenpairs(diagonal(spectrum, dtype), method="power", which="smallest", seed=seed, max_products=60)
        failures += float(spectrum.min()) < pairs.certificate.bounds[0]
    assert failures <= allowed(60)


# ---------------------------------------------------------------------- rounding inside the products


def check_network(loss, seed, which):
    """Whether the bounds hold, and whether what is called converged is."""
    model, X, y = interpolating(loss, seed)
    exact = eigenvalues(model, X, y).numpy()
    pairs = top_eigenpairs(objective(model, X, y), which=which, seed=seed)
    truth = exact[-1] if which == "largest" else exact[0]
    inside = np.abs(exact - pairs.values[0]).min() <= pairs.certificate.radii[0]
    wrong = pairs.converged[0] and abs(pairs.values[0] - truth) > 1e-3 * abs(truth) + pairs.certificate.rounding
    bound = None if pairs.certificate.bounds is None else pairs.certificate.bounds[0]
    failed = bound is not None and (truth > bound if which == "largest" else truth < bound)
    return bool(inside), bool(wrong), bool(failed), pairs


@pytest.mark.parametrize("which", ["largest", "smallest"])
@pytest.mark.parametrize("loss", [1e-2, 1e-6, 1e-9, 1e-12])
def test_bounds_hold_where_a_network_fits_its_data(loss, which):
    for seed in range(3):
        inside, wrong, _, pairs = check_network(loss, seed, which)
        assert inside
        assert not wrong
        if loss <= 1e-6:  # float32 has two digits of the curvature at most
            assert pairs.protocol["dtype"] == "float64"
            assert "rounding dominates" in pairs.protocol["precision"]
            assert pairs.products <= 200


@pytest.mark.slow
def test_no_bound_is_violated_in_any_network():
    failures = 0
    for seed in range(300):
        loss = (1.0, 1e-2, 1e-4, 1e-6, 1e-9, 1e-12)[seed % 6]
        inside, wrong, failed, _ = check_network(loss, seed, ("largest", "smallest")[seed // 6 % 2])
        assert inside, (loss, seed)
        failures += wrong or failed
    assert failures <= allowed(300)


def test_a_loss_of_zero_has_an_honest_answer():
    model, X, y = interpolating(1e-9, 0)
    with torch.no_grad():
        for p in model[2].parameters():
            p.mul_(1e4)  # the probabilities are 0 and 1 exactly
    pairs = top_eigenpairs(objective(model, X, y))
    assert abs(pairs.values[0]) <= pairs.certificate.radii[0]
    assert not pairs.converged[0] or pairs.values[0] == 0


def test_what_lacks_symmetry_by_rounding_is_not_refused():
    model, X, y = interpolating(1e-9, 4)
    with HessianOperator(objective(model, X, y)) as operator:
        identity = torch.eye(operator.size)
        matrix = torch.stack([operator.matvec(row) for row in identity])
        assert float((matrix - matrix.T).abs().max()) > 10 * 2**-11.5 * float(matrix.norm(dim=0).max()) / 100
        for method in ("lanczos", "block_lanczos", "power"):
            pairs = top_eigenpairs(operator, method=method)
            exact = eigenvalues(model, X, y).numpy()
            assert np.abs(exact - pairs.values[0]).min() <= pairs.certificate.radii[0]


def test_rounding_errors_are_those_of_the_products():
    model, X, y = interpolating(1e-6, 1)
    coarse = HessianOperator(objective(model, X, y))
    exact = coarse.in_float64()
    vector = top_eigenpairs(exact).vectors[0]
    row = exact.flatten(vector)
    true = float((exact.matvec(row) - coarse.matvec(row.float())).norm())
    shown = float(coarse.rounding_errors(row[None], thorough=True).norm(dim=2).square().mean().sqrt())
    assert true / 4 <= shown <= 50 * true
    assert exact.in_float64() is None
    before = torch.random.get_rng_state()
    coarse.rounding_errors(row[None])
    assert torch.equal(before, torch.random.get_rng_state())


@pytest.mark.parametrize("method", ["hutchinson", "hutch++", "xtrace"])
@pytest.mark.parametrize("loss", [1e-6, 1e-9])
def test_errors_of_traces_hold_where_a_network_fits_its_data(loss, method):
    for seed in range(3):
        model, X, y = interpolating(loss, seed)
        estimate = hessian_trace(objective(model, X, y), method=method, probes=96, seed=seed)
        assert abs(estimate.value - float(eigenvalues(model, X, y).sum())) <= 4 * estimate.standard_error
        assert 0 < estimate.protocol["product_rounding"] <= estimate.standard_error * 20


def test_ranks_measure_the_rounding_of_their_products():
    model, X, y = interpolating(1e-9, 1)
    plain = HessianOperator(objective(model, X, y))
    row = plain.probe(torch.Generator().manual_seed(0))[None]
    truth = plain.rounding_errors(row, thorough=True).norm(dim=2).square().mean().sqrt()
    dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
    try:
        sharded = ShardedObjective(
            shard_parameters(copy.deepcopy(model)), nn.CrossEntropyLoss(), (X, y), check_deterministic=False
        )
        for operator in (DataParallelOperator(plain), ShardedHessianOperator(sharded)):
            shown = operator.rounding_errors(row, thorough=True).norm(dim=2).square().mean().sqrt()
            assert truth / 4 <= shown <= 4 * truth
            pairs = top_eigenpairs(operator)
            assert pairs.protocol["product_rounding"][0] > 0
            assert np.abs(eigenvalues(model, X, y).numpy() - pairs.values[0]).min() <= pairs.certificate.radii[0]
    finally:
        dist.destroy_process_group()


class Selecting(nn.Module):
    """Numbers that become indices, and a maximum whose derivative looks for it among its arguments."""

    def __init__(self):
        super().__init__()
        self.place, self.table = nn.Parameter(torch.tensor([1.3, 2.4, 3.6])), nn.Parameter(torch.randn(8, 3))

    def forward(self, x):
        low = torch.floor(self.place + x.abs().clamp(max=3))
        share = self.place + x.abs().clamp(max=3) - low
        read = (1 - share) * self.table[low.long(), range(3)] + share * self.table[low.long() + 1, range(3)]
        return read.tanh() + read.amax(1, keepdim=True) ** 2


def test_operations_that_round_nothing_are_not_disturbed():
    torch.manual_seed(0)
    data = torch.randint(0, 3, (16, 3)).double(), torch.randint(3, (16,))
    loss = Objective(Selecting(), nn.CrossEntropyLoss(), data, dtype=torch.float64)
    operator = HessianOperator(loss)
    row = torch.ones(operator.size, dtype=torch.float64)
    errors = operator.rounding_errors(row[None])
    assert 0 < float(errors.norm(dim=2).max()) < 1e-12 * float(operator.matvec(row).norm())


def test_the_twin_in_float64_repeats_no_check():
    """Which evaluates the loss between points; their number is that of one check."""
    model, X, y = interpolating(1e-9, 0)
    others, home = 0, set()

    def watched(model, batch):
        nonlocal others
        others += model[2].weight[0, 0].item() not in home
        return nn.functional.cross_entropy(model(batch[0]), batch[1])

    counts = []
    for measure in (lambda point: HessianOperator(point).check_derivatives(), top_eigenpairs):
        loss, others = Objective(model, data=(X, y), loss=watched, check_deterministic=False), 0
        for factor in (1, 0.9):
            point = loss.at({name: factor * p for name, p in loss.parameters.items()})
            home.add(point.parameters["2.weight"][0, 0].item())
            found = measure(point)
        counts.append(others)
    assert found.protocol["dtype"] == "float64"
    assert counts[0] == counts[1] > 0


def test_a_short_arithmetic_does_not_stop_short():
    torch.manual_seed(0)
    X, y = torch.randn(128, 10), torch.randint(3, (128,))
    model = nn.Sequential(nn.Linear(10, 24), nn.Tanh(), nn.Linear(24, 3))
    truth = top_eigenpairs(Objective(model, nn.CrossEntropyLoss(), (X, y), dtype=torch.float64)).values[0]
    short = Objective(model, nn.CrossEntropyLoss(), (X, y), arithmetic="bf16", check_deterministic=False)
    for seed in range(5):
        pairs = top_eigenpairs(short, seed=seed)
        assert pairs.values[0] == pytest.approx(truth, rel=0.03)
        assert abs(pairs.values[0] - truth) <= pairs.certificate.radii[0]
        assert not pairs.converged[0] or abs(pairs.values[0] - truth) <= 1e-3 * truth


# ---------------------------------------------------------------------- units


@pytest.mark.parametrize(
    ("factor", "dtype"),
    [
        (1e-170, torch.float64),
        (1e-290, torch.float64),
        (1e200, torch.float64),
        (1e-30, torch.float32),
        (1e30, torch.float32),
    ],
)
@pytest.mark.parametrize("method", ["lanczos", "block_lanczos", "power"])
@pytest.mark.parametrize("which", ["largest", "smallest"])
def test_the_unit_of_the_loss_does_not_matter(factor, dtype, method, which):
    spectrum = np.r_[9.0, -8.0, 5.0, np.linspace(-3, 3, 60)]
    plain = top_eigenpairs(diagonal(spectrum, dtype), method=method, which=which, max_products=400)
    scaled = top_eigenpairs(diagonal(spectrum * factor, dtype), method=method, which=which, max_products=400)
    assert scaled.converged[0]
    for name, rel in (
        ("values", 1e-3),
        ("radii", 1e-2),
        ("bounds", 1e-3),
    ):  # radii of rounding alone differ by some of it
        one, other = (getattr(p if name == "values" else p.certificate, name) for p in (scaled, plain))
        assert one / factor == pytest.approx(other, rel=rel), name
    start = {"theta": torch.full((63,), 1e-170, dtype=torch.float64)}
    if dtype == torch.float64:
        assert top_eigenpairs(diagonal(spectrum * factor), start=start).values == pytest.approx(9 * factor, rel=1e-3)


@pytest.mark.parametrize("factor", [1e-170, 1e150])
def test_the_unit_of_the_loss_does_not_matter_to_traces(factor):
    spectrum = np.r_[9.0, -8.0, 5.0, np.linspace(-3, 3, 60)]
    for measure in (
        lambda m: hessian_trace(m, method="hutchinson", probes=12),
        lambda m: hessian_trace(m, method="hutch++", probes=12),
        lambda m: hessian_trace(m, method="xtrace", probes=12),
        lambda m: frobenius_norm(m, probes=12),
    ):
        plain, scaled = measure(diagonal(spectrum)), measure(diagonal(spectrum * factor))
        assert scaled.value / factor == pytest.approx(plain.value, rel=1e-6)
        assert scaled.standard_error / factor == pytest.approx(plain.standard_error, rel=1e-4)
    plain, scaled = (spectral_density(diagonal(spectrum * unit), probes=2, steps=8) for unit in (1.0, factor))
    assert np.asarray(scaled.extremes) / factor == pytest.approx(plain.extremes, rel=1e-6)
    assert scaled.nodes.shape == plain.nodes.shape
    assert scaled.exhausted.tolist() == plain.exhausted.tolist()
