"""A picture that says it converged is within its tolerance, and its statement holds whatever the surface."""

from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from landscape.slices._rbf import Interpolant
from landscape.slices._refinement import BATCH, START, Samples, Settings, search, upper_count

AXIS = np.linspace(-1.0, 1.0, 51)


def sampled(function, axis=AXIS, scale="linear", points=None):
    """Samples of a function of (x, y), which notes what it is asked for."""
    asked = []

    def evaluate(coordinates):
        for i, (x, y) in enumerate(coordinates.tolist()):
            asked.append((x, y))
            with np.errstate(all="ignore"):
                yield [i], np.array([[function(np.float64(x), np.float64(y))]])

    samples = Samples(axis, axis if points is None else points, evaluate, scale=scale)
    samples.asked = asked
    return samples


def truth(samples, function):
    x, y = np.meshgrid(samples.a, samples.b, indexing="ij")
    with np.errstate(all="ignore"):
        values = np.vectorize(lambda x, y: np.float64(function(x, y)))(x, y).reshape(-1)
        return np.log10(values) if samples.scale == "log" else values


def picture(samples, outcome):
    return np.where(samples.known, samples.drawn("loss"), outcome.fits["loss"].values)


def largest_error(samples, outcome, function):
    """As a share of the true dynamic range; the finite region must be the true one."""
    exact, drawn = truth(samples, function), picture(samples, outcome)
    finite = np.isfinite(exact)
    assert np.array_equal(finite, np.isfinite(drawn))
    return np.abs(drawn[finite] - exact[finite]).max() / np.ptp(exact[finite])


SURFACES = {
    "quadratic": (lambda x, y: x**2 + 5 * y**2, "linear", 650),
    "quadratic, log": (lambda x, y: 1e-4 + x**2 + 5 * y**2, "log", 650),
    "Rosenbrock": (lambda x, y: (1 - 2 * x) ** 2 + 100 * (2 * y - 4 * x**2) ** 2, "linear", 650),
    "Rosenbrock, log": (lambda x, y: 1 + (1 - 2 * x) ** 2 + 100 * (2 * y - 4 * x**2) ** 2, "log", 1300),
    "kinks": (lambda x, y: abs(x - 0.13) + abs(y + x / 3), "linear", 1300),
    "kinks on grid lines": (lambda x, y: abs(x) + abs(y), "linear", 1300),
    "steep rim": (lambda x, y: np.exp(12 * (np.hypot(x, y) - 1)), "linear", 650),
    "waves": (lambda x, y: np.sin(6 * x) * np.cos(5 * y), "linear", 1300),
    "disc of finite values": (lambda x, y: x**2 if np.hypot(x, y) < 0.8 else np.nan, "linear", 650),
    "infinite rim": (lambda x, y: -np.log(np.maximum(0.5 - x, 0.0)) + y, "linear", 650),
    "undefined island": (lambda x, y: x + y if np.hypot(x - 0.3, y + 0.2) > 0.3 else np.nan, "linear", 650),
    "not positive on a log scale": (lambda x, y: x + y**2, "log", 1300),
}


@pytest.mark.parametrize("name", SURFACES)
def test_what_converged_is_within_the_tolerance_everywhere(name):
    function, scale, at_most = SURFACES[name]
    samples = sampled(function, scale=scale)
    outcome = search(samples, Settings(0.01, 51**2, 150, 0))
    assert outcome.converged
    # Where a kink runs between the points, no neighbour sees it: the check allows for a few points.
    assert largest_error(samples, outcome, function) <= (0.015 if "kinks" in name else 0.01)
    assert samples.count <= at_most
    assert np.array_equal(samples.drawn("loss")[samples.known], truth(samples, function)[samples.known], equal_nan=True)


def test_every_point_is_on_the_grid_and_asked_once():
    samples = sampled(SURFACES["kinks"][0], points=np.linspace(0.0, 3.0, 21))
    search(samples, Settings(0.01, 51 * 21, 60, 0))
    assert len(samples.asked) == len(set(samples.asked)) == samples.count
    assert {x for x, _ in samples.asked} <= set(samples.a.tolist())
    assert {y for _, y in samples.asked} <= set(samples.b.tolist())


def test_held_out_points_are_not_seen_by_the_interpolant_they_check():
    samples = sampled(SURFACES["quadratic"][0])
    outcome = search(samples, Settings(0.01, 51**2, 150, 0))
    assert outcome.final.points == 150
    assert outcome.used.sum() == samples.count - 150
    held = samples.known & ~outcome.used
    errors = np.abs(outcome.fits["loss"].values - samples.drawn("loss"))[held]
    assert outcome.final.largest["loss"] == errors.max() > 0
    assert outcome.final.covered == (errors <= outcome.fits["loss"].errors[held]).sum()


def test_equal_arguments_give_equal_points_and_the_seed_draws_others():
    runs = []
    for seed in (0, 0, 1):
        samples = sampled(SURFACES["waves"][0])
        runs.append((samples, search(samples, Settings(0.01, 51**2, 150, seed))))
    (one, first), (two, second), (other, _) = runs
    assert one.asked == two.asked != other.asked
    assert np.array_equal(first.fits["loss"].values, second.fits["loss"].values)


def test_a_feature_between_the_points_is_found_by_the_check():
    """Waves that are zero on the coarse grid, so that every estimate is, too."""
    axis = np.linspace(-1.0, 1.0, 25)

    def function(x, y):
        return (np.sin(4 * np.pi * x) * np.sin(4 * np.pi * y)) ** 2 + x

    samples = sampled(function, axis)
    outcome = search(samples, Settings(0.01, 25**2, 60, 0))
    assert outcome.checks[0].exceeding
    assert outcome.checks[0].points == BATCH  # no more are spent on a check that cannot be passed
    assert largest_error(samples, outcome, function) <= 0.01


def test_an_island_that_no_point_saw_is_an_error_of_the_check():
    def function(x, y):
        return np.nan if 0.05 < abs(x) < 0.2 else y

    def blind(points, values, known):
        """Takes everything for finite."""
        return Interpolant(points[:, 1], np.zeros(len(points)), np.zeros(len(points)))

    samples = sampled(function)
    outcome = search(samples, Settings(0.01, 51**2, 150, 0), blind)
    assert all(check.exceeding and check.largest["loss"] == np.inf for check in outcome.checks)


def test_budget_is_kept_and_the_picture_that_is_left_is_measured():
    samples = sampled(SURFACES["kinks"][0])
    outcome = search(samples, Settings(0.001, 400, 100, 0))
    assert not outcome.converged
    assert outcome.bent > 0
    assert samples.count == 400
    assert outcome.final.points == 100
    share = (np.abs(outcome.fits["loss"].values - truth(samples, SURFACES["kinks"][0])) > 0.001 * 3.1)[
        ~outcome.used
    ].sum()
    assert share <= outcome.final.at_most + outcome.final.exceeding


def test_noise_is_evaluated_everywhere():
    noise = np.random.default_rng(0).normal(size=(21, 21))
    axis = np.linspace(-1.0, 1.0, 21)
    place = {(x, y): noise[i, j] for i, x in enumerate(axis.tolist()) for j, y in enumerate(axis.tolist())}
    samples = sampled(lambda x, y: place[float(x), float(y)], axis)
    outcome = search(samples, Settings(0.01, 441, 60, 0))
    assert outcome.converged
    assert samples.known.all()
    assert np.array_equal(picture(samples, outcome), noise.reshape(-1))


@pytest.mark.parametrize("constant", [0.0, 3.7, np.nan, np.inf])
def test_a_constant_needs_no_more_than_the_coarse_grid_and_a_check(constant):
    samples = sampled(lambda x, y: constant)
    outcome = search(samples, Settings(0.01, 51**2, 60, 0, rounding={"loss": 2.0**-52}))
    assert outcome.converged
    assert samples.count == START**2 + 60


def test_rounding_of_the_values_is_not_chased():
    rng = np.random.default_rng(0)
    samples = sampled(lambda x, y: 1 + 1e-7 * rng.random())
    outcome = search(samples, Settings(0.01, 51**2, 60, 0, rounding={"loss": 2.0**-23}))
    assert outcome.converged
    assert samples.count == START**2 + 60


def test_interrupted_samples_are_kept():
    left = iter(range(100))

    def function(x, y):
        if next(left, None) is None:
            raise KeyboardInterrupt
        return x + y

    samples = sampled(function)
    with pytest.raises(KeyboardInterrupt):
        search(samples, Settings(0.01, 51**2, 150, 0))
    assert samples.count == 100


@given(st.integers(1, 60), st.data())
@settings(max_examples=60, deadline=None)
def test_upper_count_is_the_exact_limit(population, data):
    """Against sums over all samples, for every number of exceeding points there may be."""
    drawn = data.draw(st.integers(1, population))
    alpha = data.draw(st.sampled_from([0.2, 0.05, 0.025, 0.001]))
    limits = [upper_count(population, drawn, found, alpha) for found in range(drawn + 1)]
    for true in range(population + 1):
        missed = sum(
            comb(true, k) * comb(population - true, drawn - k) for k in range(drawn + 1) if limits[k] < true
        ) / comb(population, drawn)
        assert missed <= alpha * (1 + 1e-9)
    for found, limit in enumerate(limits):  # and no smaller limit would do
        tail = sum(comb(limit, k) * comb(population - limit, drawn - k) for k in range(found + 1))
        assert tail / comb(population, drawn) > alpha * (1 - 1e-9)


@given(st.integers(0, 2**32 - 1), st.floats(0.5, 6.0), st.sampled_from([0.003, 0.01, 0.03]))
@settings(max_examples=15, deadline=None)
def test_random_smooth_surfaces_converge_within_what_the_check_says(seed, frequency, error):
    """Sums of random waves: hardly any point is off, and never more than the stated number."""
    rng = np.random.default_rng(seed)
    waves, phases, sizes = rng.normal(size=(8, 2)) * frequency, rng.uniform(0, 2 * np.pi, 8), rng.normal(size=8)

    def function(x, y):
        return float(sizes @ np.sin(waves @ [x, y] + phases))

    samples = sampled(function, np.linspace(-1.0, 1.0, 31))
    outcome = search(samples, Settings(error, 31**2, 60, seed))
    assert outcome.converged
    exact = truth(samples, function)
    wrong = np.abs(picture(samples, outcome) - exact) > error * np.ptp(exact)
    assert wrong.sum() <= (outcome.final.at_most if outcome.final else 0)
    assert wrong.mean() < 0.01


@settings(max_examples=10, deadline=None)
@given(power=st.integers(-30, 30), name=st.sampled_from(["Rosenbrock", "waves", "kinks", "disc of finite values"]))
def test_a_second_loss_of_the_same_shape_costs_nothing(power, name):
    """A tolerance is a share of its own loss's range, so that units do not matter: to the bit, by powers of two."""
    axis, function = np.linspace(-1.0, 1.0, 21), SURFACES[name][0]

    def evaluate(coordinates):
        for i, (x, y) in enumerate(coordinates.tolist()):
            with np.errstate(all="ignore"):
                value = function(np.float64(x), np.float64(y))
            yield [i], np.array([[value, value * 2.0**power]])

    one = sampled(function, axis)
    two = Samples(axis, axis, evaluate, ("loss", "scaled"), losses=("loss", "scaled"))
    alone = search(one, Settings(0.01, 441, 60, 0))
    both = search(two, Settings(0.01, 441, 60, 0))
    assert np.array_equal(one.known, two.known)
    assert np.array_equal(alone.fits["loss"].values, both.fits["loss"].values, equal_nan=True)
    assert alone.checks[-1].exceeding == both.checks[-1].exceeding if alone.checks else not both.checks


def test_a_held_out_point_is_off_where_any_loss_is():
    """One loss is off on the left, the other on the right: by the check's own count nothing is within the tolerance."""

    def flat(points, values, known):
        return Interpolant(np.full(len(points), 0.5), np.zeros(len(points)), np.zeros(len(points)))

    def evaluate(coordinates):
        left = coordinates[:, 0] < 0
        yield np.arange(len(left)), np.column_stack([np.where(left, 0.0, 0.5), np.where(left, 0.5, 1.0)])

    samples = Samples(AXIS, AXIS, evaluate, ("a", "b"), losses=("a", "b"))
    check = search(samples, Settings(0.01, 81 + 60, 60, 0), flat).checks[0]
    assert check.exceeding == check.points == BATCH
    assert check.largest == {"a": 0.5, "b": 0.5}
    assert check.covered == 0
