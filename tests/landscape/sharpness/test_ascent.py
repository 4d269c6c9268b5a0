"""Ascents against the exact maximum on balls, and against Auto-PGD at the same number of gradients."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tqdm.auto import tqdm

from landscape.linalg.trust_region import trust_region
from landscape.sharpness._ascent import AscentRun, Ball, Search

SPECTRA = {
    "a few outliers": lambda n: torch.cat([torch.linspace(1, 0.3, 9), torch.linspace(0, 0.02, n - 9)]),
    "indefinite": lambda n: torch.linspace(-1.3, 1, n),
    "close together": lambda n: torch.linspace(0.9, 1, n),
    "concave": lambda n: -torch.linspace(0.01, 1, n),
}


def quadratic(spectrum, size, seed, slope=0.3):
    generator = torch.Generator().manual_seed(seed)
    basis, _ = torch.linalg.qr(torch.randn(size, size, generator=generator, dtype=torch.float64))
    matrix = (basis * SPECTRA[spectrum](size).double()) @ basis.T
    gradient = slope * torch.randn(size, generator=generator, dtype=torch.float64) / math.sqrt(size)
    matrix = (matrix + matrix.T) / 2
    return (lambda z: (float(gradient @ z + z @ matrix @ z / 2), gradient + matrix @ z)), matrix, gradient


def search(function, size, ball, *, restarts=3, steps=500, tol=1e-9, seed=0):
    found = Search(function, ball, torch.ones(size, dtype=torch.bool))
    with tqdm(disable=True) as bar:
        found.run(
            restarts,
            torch.Generator().manual_seed(seed),
            steps=steps,
            tol=tol,
            rounding=torch.finfo(float).eps,
            bar=bar,
        )
    return found


def auto_pgd(function, ball, start, steps):
    """Croce and Hein 2020, algorithm 1, for comparison."""
    fractions = [0.0, 0.22]
    while fractions[-1] < 1:
        fractions.append(fractions[-1] + max(fractions[-1] - fractions[-2] - 0.03, 0.06))
    checkpoints = {math.ceil(f * steps) for f in fractions[1:]}
    point = former = best_point = start
    value, slope = function(point)
    best, rises, last, step, former_state = value, 0, 0, 2 * ball.radius, (None, None)
    for number in range(1, steps + 1):
        ahead = ball.project(point + step * ball.steepest(slope))
        if number > 1:
            ahead = ball.project(point + 0.75 * (ahead - point) + 0.25 * (point - former))
        former, point, before = point, ahead, value
        value, slope = function(point)
        rises += value > before
        if value > best:
            best, best_point = value, point
        if number in checkpoints:
            if rises < 0.75 * (number - last) or former_state == (step, best):
                former_state = (step, best)
                step, point = step / 2, best_point
                value, slope = function(point)
            else:
                former_state = (step, best)
            rises, last = 0, number
    return best


@settings(max_examples=15, deadline=None)
@given(
    spectrum=st.sampled_from(list(SPECTRA)),
    seed=st.integers(0, 1000),
    radius=st.floats(0.05, 3),
    slope=st.floats(0.01, 1),
)
@pytest.mark.slow
def test_quadratics_are_maximised_on_the_sphere(spectrum, seed, radius, slope):
    function, matrix, gradient = quadratic(spectrum, 30, seed, slope)
    # Inside the ball the value is flat: 1e-9 of the slope is 1e-18 of the value, which is rounding.
    tol = 1e-7 if spectrum == "concave" else 1e-9
    found = search(function, 30, Ball(radius, 2.0), steps=200, tol=tol)
    exact, _ = function(trust_region(matrix, gradient, radius))
    best = max(run.value for run in found.runs)
    assert best == pytest.approx(exact, rel=1e-6)
    assert best <= exact * (1 + 1e-12)
    for run in found.runs:
        assert float(run.point.norm()) <= radius * (1 + 1e-12)
    assert found.runs[0].stop == "stationary"


@pytest.mark.parametrize("spectrum", SPECTRA)
@pytest.mark.parametrize("steps", [10, 20, 50])
@pytest.mark.parametrize("slope", [0.0, 0.3])
def test_no_lower_than_auto_pgd_after_as_many_gradients(spectrum, steps, slope):
    ball = Ball(0.5, 2.0)
    ours, theirs = [], []
    for seed in range(5):
        function, matrix, gradient = quadratic(spectrum, 60, seed, slope)
        exact, _ = function(trust_region(matrix, gradient, 0.5))
        start = torch.randn(60, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
        start *= 0.5 / start.norm()
        run = AscentRun("random")
        centre = function(torch.zeros(60, dtype=torch.float64))
        run.run(function, start, ball, centre, steps=steps, tol=1e-12, floor=0.0)
        assert run.gradients <= steps + 1
        ours.append(exact - run.value)
        theirs.append(exact - auto_pgd(function, ball, start, steps))
    assert sum(ours) <= sum(theirs) + 1e-9


@pytest.mark.parametrize("seed", range(3))
def test_linear_and_convex_functions_on_a_box(seed):
    ball = Ball(0.5, math.inf)
    gradient = torch.randn(8, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    found = search(lambda z: (float(gradient @ z), gradient), 8, ball, restarts=1)
    assert found.runs[0].value == pytest.approx(0.5 * float(gradient.abs().sum()), rel=1e-12)
    assert found.runs[0].stop == "stationary"
    matrix = torch.randn(8, 8, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    matrix = matrix @ matrix.T
    found = search(lambda z: (float(gradient @ z + z @ matrix @ z / 2), gradient + matrix @ z), 8, ball, restarts=40)
    corners = 0.5 * torch.cartesian_prod(*[torch.tensor([-1.0, 1.0], dtype=torch.float64)] * 8)
    exact = float((corners @ gradient + ((corners @ matrix) * corners).sum(1) / 2).max())
    assert max(run.value for run in found.runs) == pytest.approx(exact, rel=1e-12)


def test_maximum_inside_a_box_is_found():
    peak = torch.tensor([0.1, -0.3, 2.0], dtype=torch.float64)
    found = search(lambda z: (-float((z - peak).square().sum()), -2 * (z - peak)), 3, Ball(0.5, math.inf))
    assert torch.allclose(found.runs[0].point, torch.tensor([0.1, -0.3, 0.5], dtype=torch.float64), atol=1e-4)


def test_kink_of_a_box_is_told():
    # A ridge that is not along an axis: from most points of it, no single step along the gradient rises.
    def function(z):
        side = float(z[0] - 2 * z[1])
        return float(z[0] + z[1]) - 10 * abs(side), torch.tensor([1.0, 1.0]).double() - 10 * math.copysign(
            1, side
        ) * torch.tensor([1.0, -2.0]).double()

    run = search(function, 2, Ball(1.0, math.inf), restarts=1).runs[0]
    assert run.stop == "step"
    assert run.value < 1.5  # the maximum, at (1, 0.5), is not reached, and not said to be
    assert run.gap > 0.1


def test_starts_and_the_other_side_of_an_odd_function():
    # Two maxima on the sphere, along +-e1; the higher one is not where the gradient points.
    def function(z):
        slope = torch.zeros(4, dtype=torch.float64)
        slope[0] = 0.1 + 2 * z[0] - 3 * z[0] ** 2
        return float(0.1 * z[0] + z[0] ** 2 - z[0] ** 3), slope

    found = search(function, 4, Ball(0.6, 2.0), restarts=3)
    assert [run.start for run in found.runs] == ["gradient", "opposite", "random"]
    assert found.runs[0].value == pytest.approx(0.06 + 0.36 - 0.216, rel=1e-6)
    assert found.runs[1].value == pytest.approx(-0.06 + 0.36 + 0.216, rel=1e-6)


def test_zero_gradient_starts_at_random():
    found = search(lambda z: (float(z @ z), 2 * z), 3, Ball(2.0, 2.0), restarts=2)
    assert [run.start for run in found.runs] == ["random", "opposite"]
    assert found.runs[0].value == pytest.approx(4.0)


def test_saddle_at_the_centre_is_no_end():
    matrix = torch.diag(torch.tensor([-3.0, -2.0, -1.0, 0.5], dtype=torch.float64))
    start = torch.tensor([0.8, 0.6, 0.0, 1e-3], dtype=torch.float64)

    def function(z):
        return float(z @ matrix @ z / 2), matrix @ z

    run = AscentRun("given")
    centre = function(torch.zeros(4, dtype=torch.float64))
    run.run(function, start, Ball(1.0, 2.0), centre, steps=100, tol=1e-9, floor=0.0)
    assert run.value == pytest.approx(0.25, rel=1e-6)


def test_spent_steps_are_told():
    function, _, _ = quadratic("indefinite", 60, 0)
    run = search(function, 60, Ball(0.5, 2.0), restarts=1, steps=3, tol=1e-9).runs[0]
    assert run.stop == "steps"
    assert run.gradients == 4
    assert run.last_increase > 0
    assert run.gap > 0


def test_flat_function_ends_at_once():
    found = search(lambda z: (1.0, torch.zeros(3, dtype=torch.float64)), 3, Ball(1.0, 2.0), restarts=2)
    assert [run.stop for run in found.runs] == ["stationary"] * 2
    assert found.gradients == 3


@pytest.mark.parametrize("norm", [2.0, math.inf])
def test_wrong_slope_does_not_run_for_ever(norm):
    # The value does not follow the gradient, as where the loss is rounded: steps shrink until nothing is left.
    found = search(lambda z: (0.0, torch.ones(3, dtype=torch.float64)), 3, Ball(1.0, norm), restarts=2, steps=10**4)
    assert found.runs[0].stop == "stationary"  # the gradient's own start is where the plane is highest
    assert found.runs[1].stop == "step"


def test_infinite_and_nan_values_end_an_ascent():
    def function(z, far):
        value = float(z[0])
        return (far if value > 0.5 else value), torch.tensor([1.0, 0.0], dtype=torch.float64)

    for far in (math.nan, math.inf):
        for start in ([1.0, 0.0], [-0.6, 0.8]):  # at the start, and on the way
            run = AscentRun("given")
            centre = (0.0, torch.tensor([1.0, 0.0], dtype=torch.float64))
            run.run(
                lambda z, far=far: function(z, far),
                torch.tensor(start, dtype=torch.float64),
                Ball(1.0, 2.0),
                centre,
                steps=50,
                tol=1e-9,
                floor=0.0,
            )
            assert run.stop == "not finite"
            assert not math.isfinite(run.value)
