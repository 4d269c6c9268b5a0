"""Bounds from their definitions: quantiles, polynomials, inertia; and how often the probabilistic ones fail."""

import json

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from landscape.curvature.eigenvalues import top_eigenpairs
from landscape.linalg.error_bounds import (
    chebyshev_bounds,
    component_quantile,
    counted_bound,
    error_estimates,
    lanczos_bound,
    power_bound,
)


def lanczos(spectrum, start, steps):
    """The plain three-term recurrence with reorthogonalisation, on a diagonal matrix."""
    basis, alphas, betas = [start / np.linalg.norm(start)], [], []
    for _ in range(steps):
        image = spectrum * basis[-1]
        alphas.append(float(basis[-1] @ image))
        for _ in range(2):
            image = image - np.array(basis).T @ (np.array(basis) @ image)
        betas.append(float(np.linalg.norm(image)))
        basis.append(image / betas[-1])
    return alphas, betas


def test_component_quantile_is_that_of_uniform_directions():
    vectors = np.random.default_rng(0).standard_normal((20000, 7))
    components = np.abs(vectors[:, 0]) / np.linalg.norm(vectors, axis=1)
    for probability in (0.01, 0.3):
        below = (components <= component_quantile(7, probability)).mean()
        assert below == pytest.approx(probability, rel=0.15)
    assert component_quantile(1, 0.1) == 1.0


def test_lanczos_bound_is_where_the_lanczos_polynomial_reaches_the_level():
    spectrum = np.linspace(-1, 2, 40)
    alphas, betas = lanczos(spectrum, np.random.default_rng(0).standard_normal(40), 6)
    tridiagonal = np.diag(alphas) + np.diag(betas[:-1], 1) + np.diag(betas[:-1], -1)
    bound = lanczos_bound(alphas, betas, 1e-3)
    values = [
        np.linalg.det(bound * np.eye(j) - tridiagonal[:j, :j]) / np.prod(betas[:j])
        for j in (len(alphas) - 1, len(alphas))
    ]
    assert max(values) == pytest.approx(1e3, rel=1e-6)
    assert lanczos_bound(alphas, betas, 1e-6) > bound > np.linalg.eigvalsh(tridiagonal)[-1]
    assert lanczos_bound(alphas, [*betas[:-1], 0.0], 1e-3) <= bound  # an invariant space has them all
    assert lanczos_bound([3.0], [1e-300], 1e-3) == pytest.approx(3.0)


@settings(max_examples=150, deadline=None)
@given(
    spectrum=st.lists(st.floats(-3, 3), min_size=8, max_size=30, unique_by=lambda x: round(x, 2)),
    steps=st.integers(1, 6),
    seed=st.integers(0, 10**6),
)
def test_bounds_hold_whenever_the_component_is_what_they_assume(spectrum, steps, seed):
    spectrum = np.sort(spectrum)
    start = np.random.default_rng(seed).standard_normal(len(spectrum))
    start /= np.linalg.norm(start)
    alphas, betas = lanczos(spectrum, start, steps)
    rounding = 1e-9
    top, bottom = abs(start[-1]) * (1 - 1e-9), abs(start[0]) * (1 - 1e-9)
    assert lanczos_bound(alphas, betas, top) >= spectrum[-1] - rounding
    assert -lanczos_bound([-a for a in alphas], betas, bottom) <= spectrum[0] + rounding
    ritz = np.linalg.eigvalsh(np.diag(alphas) + np.diag(betas[:-1], 1) + np.diag(betas[:-1], -1))
    both = chebyshev_bounds(ritz[-1], ritz[0], steps, min(top, bottom))
    assert both is None or (both[0] <= spectrum[0] + rounding and both[1] >= spectrum[-1] - rounding)
    iterate = spectrum**steps * start
    square = float((spectrum * iterate / np.linalg.norm(iterate)) @ (spectrum * iterate / np.linalg.norm(iterate)))
    peak = int(np.argmax(np.abs(spectrum)))
    assert power_bound(square, steps, abs(start[peak]) * (1 - 1e-9)) >= abs(spectrum[peak]) - rounding


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    size=st.integers(1, 5),
    position=st.integers(0, 2),
    magnitude=st.booleans(),
    slack=st.floats(0.0, 0.5),
)
def test_counted_bound_bounds_the_count(seed, size, position, magnitude, slack):
    generator = np.random.default_rng(seed)
    matrix = generator.standard_normal((9, 9))
    matrix = matrix + matrix.T
    within, across, rest = matrix[:size, :size], matrix[size:, :size], matrix[size:, size:]
    values = np.linalg.eigvalsh(rest)
    bound = counted_bound(within, across.T @ across, (values[0] - slack, values[-1] + slack), position, magnitude)
    exact = np.linalg.eigvalsh(matrix)
    assert (np.abs(exact) > bound + 1e-8).sum() <= position if magnitude else (exact > bound + 1e-8).sum() <= position


def test_counted_bound_is_exact_where_the_complement_is_known():
    generator = np.random.default_rng(0)
    matrix = generator.standard_normal((9, 9))
    matrix = matrix + matrix.T
    matrix[3:, 3:] = -2 * np.eye(6)
    exact = np.linalg.eigvalsh(matrix)
    for position in range(2):
        bound = counted_bound(matrix[:3, :3], matrix[3:, :3].T @ matrix[3:, :3], (-2, -2), position)
        assert bound == pytest.approx(exact[-1 - position], rel=1e-4)
        assert bound >= exact[-1 - position]


def test_error_estimates_are_square_where_there_is_a_gap():
    values, residuals = np.array([10.0, 5.0]), np.array([0.1, 0.5])
    estimates = error_estimates(values, residuals, np.array([4.9]), np.array([1.0]))
    assert estimates == pytest.approx([0.01 / (5.1 - 1), 0.5])
    assert error_estimates(np.array([1.0]), np.array([0.0]), np.zeros(0), np.zeros(0)) == [0.0]


HARD = {
    "cluster": np.concatenate([[1.0, 0.999, 0.99], np.linspace(-0.5, 0.9, 60)]),
    "hidden": np.concatenate([[1.0], 0.5 * np.random.default_rng(0).random(150)]),
    "double": np.concatenate([[2.0, 2.0, 1.5], np.linspace(-1, 1, 80)]),
    "negative": np.concatenate([[-3.0, 2.9], np.linspace(-1, 1, 60)]),
    "flat": np.linspace(-1, 1, 50),
}
CASES = [
    {"k": 1, "tol": 0.3},
    {"k": 3, "tol": 0.1},
    {"k": 2, "tol": 0.2, "method": "block_lanczos"},
    {"k": 1, "tol": 0.2, "method": "power"},
    {"k": 2, "tol": 0.2, "start": 5},
]


@pytest.mark.parametrize("miss", [0.01, 0.6])
@pytest.mark.parametrize("options", CASES, ids=str)
@pytest.mark.slow
def test_bounds_fail_no_more_often_than_stated(dense, monkeypatch, options, miss):
    """Also with a probability so large that a bound which is off by a factor would show."""
    for module in ("lanczos", "power_iteration"):
        # internal: nobody should choose this probability, and at 0.01 a wrong bound takes thousands of runs to show.
        monkeypatch.setattr(f"landscape.linalg.{module}.FAILURE_PROBABILITY", miss)
    failures = runs = 0
    for spectrum in HARD.values():
        given_start = {"theta": torch.eye(len(spectrum), dtype=torch.float64)[5]} if "start" in options else None
        for which, flipped in (("largest", spectrum), ("smallest", -spectrum), ("largest_magnitude", np.abs(spectrum))):
            truth = np.sort(flipped)[::-1][: options["k"]]
            for seed in range(4):
                pairs = top_eigenpairs(
                    dense(spectrum), **(options | {"start": given_start}), which=which, seed=seed, max_products=60
                )
                exact = np.abs(spectrum[:, None] - pairs.values).min(axis=0)
                assert (exact <= pairs.certificate.radii).all()
                if pairs.certificate.bounds is None:
                    continue
                assert pairs.certificate.miss_probability in (miss, 0.0)
                bounds = pairs.certificate.bounds * (-1 if which == "smallest" else 1)
                runs += 1
                failures += bool((truth > bounds).any())
    assert runs > 40
    assert failures <= binom.ppf(1 - 1e-6, runs, miss)


def test_bounds_close_in_on_the_eigenvalue(dense):
    spectrum = np.concatenate([[10.0, 6.0, 5.0, 3.0], np.linspace(-0.5, 1.5, 400)])
    loose, tight = (top_eigenpairs(dense(spectrum), tol=tol).certificate.bounds[0] for tol in (1e-2, 1e-6))
    assert 10 <= tight < 10.001 < loose < 20
    counted = top_eigenpairs(dense(spectrum), 3)
    assert (counted.certificate.bounds >= [10, 6, 5]).all()
    assert counted.certificate.bounds[1] < 9  # no second eigenvalue of 10 has been missed
    low = top_eigenpairs(dense(-spectrum), which="smallest", tol=1e-6).certificate
    assert -10.001 < low.bounds[0] <= -10


def test_certificate_says_of_each_statement_what_kind_it_is(dense):
    pairs = top_eigenpairs(dense(np.linspace(-1, 2, 50)), 2)
    record = json.loads(json.dumps(pairs.certificate.as_dict()))
    assert pairs.protocol["certificate"] == pairs.certificate.as_dict()
    assert set(record) == {"rigorous", "probabilistic", "estimate", "statements"}
    assert record["probabilistic"]["miss_probability"] == 0.01
    kinds = [statement.split(":")[0] for statement in record["statements"]]
    assert kinds == ["rigorous", "estimate", "probabilistic"]
    assert "fails with probability 0.01" in record["statements"][2]
    whole = top_eigenpairs(dense(np.array([3.0, 1.0])), 2).certificate
    assert whole.miss_probability == 0
    assert [statement.split(":")[0] for statement in whole.statements] == ["rigorous", "estimate", "rigorous"]
    short = top_eigenpairs(dense(np.linspace(-1, 2, 50)), 2, method="block_lanczos", max_products=2).certificate
    assert short.bounds is None
    assert short.as_dict()["probabilistic"] is None
    assert short.statements[2].startswith("none: ")
