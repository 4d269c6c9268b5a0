"""Quadratures are exact where theory says so, and what is inferred from them covers the truth as often as stated."""

import json

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from matrices import REPETITIONS, SPECTRA, MatrixOperator, coverage

from landscape.curvature.spectrum import spectral_density
from landscape.linalg.spectral_density import Density

SMALL = np.r_[-1.0, -0.3, np.linspace(0, 0.5, 15), 2.0, 2.5, 7.0]


def unit_probes(operator, count, seed=0):
    generator = torch.Generator().manual_seed(seed)
    probes = torch.stack([operator.probe(generator) for _ in range(count)], dim=1)
    return probes / probes.norm(dim=0)


# --- quadrature


def test_a_full_quadrature_has_the_eigenvalues_as_nodes(symmetric):
    operator = MatrixOperator(symmetric(SMALL))
    density = spectral_density(operator, probes=3, steps=len(SMALL))
    assert np.allclose(density.nodes, SMALL, atol=1e-9)
    _, vectors = torch.linalg.eigh(operator.matrix)
    truth = (vectors.T @ unit_probes(operator, 3)).square().T
    assert np.allclose(density.weights, truth, atol=1e-9)
    assert density.exhausted.all()
    assert density.resolution == 0


@pytest.mark.parametrize("name", SPECTRA)
@pytest.mark.parametrize("steps", [1, 2, 5, 12])
def test_polynomials_up_to_twice_the_steps_are_integrated_exactly(name, steps, symmetric):
    operator = MatrixOperator(symmetric(SPECTRA[name]))
    density = spectral_density(operator, probes=2, steps=steps, seed=4)
    probes = unit_probes(operator, 2, seed=4)
    assert np.allclose(density.weights.sum(axis=1), 1, atol=1e-14)
    image = probes.clone()
    for order in range(2 * steps):
        samples = 60 * (probes * image).sum(dim=0)
        assert density.moment(order).value == pytest.approx(float(samples.mean()), rel=1e-9, abs=1e-9)
        image = operator.matrix @ image
    if not density.exhausted.all():  # "outliers" has four distinct eigenvalues
        with pytest.raises(ValueError, match=f"exact up to order {2 * steps - 1}"):
            density.moment(2 * steps)


@settings(max_examples=40, deadline=None)
@given(
    eigenvalues=st.lists(st.sampled_from([-2.0, -1.0, 0.0, 0.5, 3.0]), min_size=2, max_size=12),
    extra=st.integers(0, 9),
    seed=st.integers(0, 1000),
)
def test_steps_beyond_the_distinct_eigenvalues_add_nothing(eigenvalues, extra, seed):
    values = torch.tensor(eigenvalues, dtype=torch.float64)
    generator = torch.Generator().manual_seed(seed + 5000)
    basis, _ = torch.linalg.qr(torch.randn(len(values), len(values), dtype=torch.float64, generator=generator))
    operator = MatrixOperator((basis * values) @ basis.T)
    distinct = sorted(set(eigenvalues))
    density = spectral_density(operator, probes=3, steps=len(distinct) + extra, seed=seed)
    parts = (basis.T @ unit_probes(operator, 3, seed)).square()
    for probe in range(3):
        for value in distinct:
            near = np.abs(density.nodes[probe] - value) < 1e-6
            assert density.weights[probe, near].sum() == pytest.approx(
                float(parts[values == value, probe].sum()), abs=1e-9
            )
        kept = ~np.isnan(density.nodes[probe])
        assert not density.weights[probe, ~kept].any()
        assert density.exhausted[probe] or kept.all()


@pytest.mark.parametrize("value", [0.0, -3.0])
def test_a_multiple_of_the_identity_is_one_node(value):
    density = spectral_density(MatrixOperator(value * torch.eye(9).double()), probes=2, steps=20)
    assert density.nodes.shape == (2, 9)
    assert np.allclose(density.nodes[:, 0], value)
    assert density.products == 2
    assert density.exhausted.all()
    assert density.moment(1).value == pytest.approx(9 * value)
    count = density.count_above(value - 0.1)
    assert (count.value, count.low, count.high) == (9, 9, 9)
    band = density.smooth()
    assert np.trapezoid(band.value, band.grid) == pytest.approx(1, rel=1e-3)


def test_how_many_probes_share_a_pass_does_not_matter(symmetric):
    matrix = symmetric(SPECTRA["geometric"])
    together = spectral_density(MatrixOperator(matrix), probes=10, steps=15)
    alone = spectral_density(MatrixOperator(matrix), probes=10, steps=15, memory_budget=0)
    assert together.protocol["probes_together"] == 8
    assert alone.protocol["probes_together"] == 1
    assert np.allclose(together.nodes, alone.nodes, atol=1e-10)
    assert together.products == alone.products == 150


def test_single_precision_agrees_with_double(symmetric):
    matrix = symmetric(SPECTRA["outliers"])
    double = spectral_density(MatrixOperator(matrix), steps=40)
    single = spectral_density(MatrixOperator(matrix.float()), steps=40)
    grid = np.linspace(-1, 55, 200)
    assert np.allclose(single.smooth(grid, width=1.0).value, double.smooth(grid, width=1.0).value, rtol=1e-3, atol=1e-6)
    # The floor is what breaks off here, after the four distinct eigenvalues: no ghosts of the largest.
    assert (np.abs(single.nodes - 50) < 1).sum(axis=1).tolist() == [1] * 8


def test_a_network_has_the_moments_of_its_dense_hessian(case):
    hessian = case.hessian(0.1)
    density = spectral_density(case.objective(l2=0.1), probes=20, steps=20, seed=1)
    for order, truth in ((1, hessian.trace()), (2, hessian.square().sum())):
        estimate = density.moment(order)
        assert abs(estimate.value - float(truth)) < 4 * estimate.standard_error
    top = float(torch.linalg.eigvalsh(hessian)[-1])
    assert density.extremes[1] == pytest.approx(top, rel=1e-6)


# --- inference


@pytest.mark.parametrize("order", [1, 2])
def test_moment_intervals_cover(order, symmetric):
    operator = MatrixOperator(symmetric(SPECTRA["geometric"]))
    truth = float(np.sum(SPECTRA["geometric"] ** order))
    share = coverage(
        lambda seed: spectral_density(operator, probes=24, steps=2, seed=seed).moment(order).interval(), truth
    )
    assert 0.92 <= share <= 0.98


@pytest.fixture(scope="module")
def densities():
    """Full quadratures of one matrix for many seeds; its eigenbasis does not matter to uniform vectors."""
    torch.set_num_threads(1)  # a module's fixture is set up before those of its tests
    operator = MatrixOperator(torch.diag(torch.from_numpy(SMALL)))
    return [spectral_density(operator, probes=8, steps=len(SMALL), seed=seed) for seed in range(REPETITIONS)]


POINTS = (-0.5, -0.01, 0.2600, 1.0, 2.2, 4.0)


def test_distribution_bands_cover(densities):
    truth = np.array([(point >= SMALL).mean() for point in POINTS])
    bands = [density.cdf(POINTS) for density in densities]
    share = np.mean([(band.low <= truth) & (truth <= band.high) for band in bands], axis=0)
    assert ((share >= 0.92) & (share <= 0.985)).all()
    mean = np.mean([band.value for band in bands], axis=0)
    assert np.allclose(mean, truth, atol=0.01)


def test_counts_cover_and_are_unbiased(densities):
    for threshold, truth in ((4.0, 1), (1.0, 3), (-0.1, 18)):
        counts = [density.count_above(threshold) for density in densities]
        assert 0.92 <= np.mean([count.low <= truth <= count.high for count in counts]) <= 0.985
        assert np.mean([count.value for count in counts]) == pytest.approx(truth, rel=0.05)


def test_intervals_of_a_coarse_quadrature_hold_what_the_steps_leave_open():
    operator = MatrixOperator(torch.diag(torch.from_numpy(SMALL)))
    truth = np.array([(point >= SMALL).mean() for point in POINTS])
    bands = [spectral_density(operator, steps=6, seed=seed).cdf(POINTS) for seed in range(100)]
    assert (np.mean([(band.low <= truth) & (truth <= band.high) for band in bands], axis=0) >= 0.92).all()


def test_each_probe_s_distribution_lies_between_the_sums_of_weights():
    """An interval holds the one that the probes' own distributions, known exactly, would have."""
    operator = MatrixOperator(torch.diag(torch.from_numpy(SMALL)))
    grid = np.linspace(-1.5, 8, 77)
    for seed in range(5):
        density = spectral_density(operator, probes=2, steps=7, seed=seed)
        shares = unit_probes(operator, 2, seed).square().T.numpy()
        order = SMALL.argsort()
        exact = Density(np.stack([SMALL[order]] * 2), shares[:, order], np.ones(2, bool), len(SMALL), 0, {})
        truth, band = exact.cdf(grid, level=0.5), density.cdf(grid, level=0.5)
        assert (band.low <= truth.low + 1e-9).all()
        assert (truth.high <= band.high + 1e-9).all()


def test_smoothed_bands_cover(densities):
    grid, width = np.array([-1.0, 0.0, 0.3, 2.2, 7.0, 7.5]), 0.3
    kernel = np.exp(-0.5 * ((grid[:, None] - SMALL) / width) ** 2) / (width * np.sqrt(2 * np.pi))
    truth = kernel.mean(axis=1)
    bands = [density.smooth(grid, width=width) for density in densities]
    share = np.mean([(band.low <= truth) & (truth <= band.high) for band in bands], axis=0)
    assert ((share >= 0.92) & (share <= 0.985)).all(), share
    assert np.allclose(np.mean([band.value for band in bands], axis=0), truth, rtol=0.1)


def test_a_width_at_the_resolution_is_resolved_and_a_finer_one_is_said_not_to_be(symmetric):
    values = np.linspace(-1, 1, 400)
    operator = MatrixOperator(torch.diag(torch.from_numpy(values)))
    density = spectral_density(operator, probes=4, steps=30)
    probes = unit_probes(operator, 4).square().mean(dim=1).numpy()
    for width, resolved in ((1.05 * density.resolution, True), (0.2 * density.resolution, False)):
        band = density.smooth(width=width)
        kernel = np.exp(-0.5 * ((band.grid[:, None] - values) / width) ** 2) / (width * np.sqrt(2 * np.pi))
        error = np.abs(band.value - kernel @ probes).max() / (kernel @ probes).max()
        assert band.resolved is resolved
        assert bool(error < 5e-3) == resolved


def test_the_default_grid_holds_the_whole_density(symmetric):
    band = spectral_density(MatrixOperator(symmetric(SPECTRA["outliers"]))).smooth()
    assert np.trapezoid(band.value, band.grid) == pytest.approx(1, abs=1e-3)
    assert (band.low <= band.value).all()
    assert (band.value <= band.high).all()
    assert (band.low >= 0).all()


# --- protocol and input


def test_protocol_is_json_and_seeded(mlp):
    density = spectral_density(mlp.objective(), probes=np.int64(2), steps=np.int64(5))
    protocol = json.loads(json.dumps(density.protocol))
    assert {
        "measure": "spectral density",
        "probes": 2,
        "steps": 5,
        "products": 10,
        "seed": 0,
    }.items() <= protocol.items()
    assert json.loads(json.dumps(density.moment(2).protocol))["measure"] == "trace of the matrix to the power 2"
    assert np.array_equal(density.nodes, spectral_density(mlp.objective(), probes=2, steps=5).nodes)
    assert not np.array_equal(density.nodes, spectral_density(mlp.objective(), probes=2, steps=5, seed=1).nodes)


def test_bad_input_is_refused(mlp):
    objective = mlp.objective()
    with pytest.raises(ValueError, match="probes is 1: at least 2"):
        spectral_density(objective, probes=1)
    with pytest.raises(ValueError, match=r"steps is 2\.5: at least 1"):
        spectral_density(objective, steps=2.5)
    density = spectral_density(objective, probes=2, steps=3)
    with pytest.raises(ValueError, match="width is -1"):
        density.smooth(width=-1)
    with pytest.raises(ValueError, match="order is -1"):
        density.moment(-1)
    for call in (lambda: density.cdf([0.0], level=1), lambda: density.count_above(0, level=2)):
        with pytest.raises(ValueError, match="level is"):
            call()
    bad = objective.at({n: p * torch.nan for n, p in objective.parameters.items()})
    with pytest.raises(ValueError, match="not finite"):
        spectral_density(bad)
