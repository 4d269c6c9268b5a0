"""The interpolant is SciPy's, its leave-one-out errors are those of leaving nodes out, and nothing crosses a gap."""

import numpy as np
import pytest
from scipy.interpolate import RBFInterpolator
from scipy.spatial.distance import cdist

from landscape.slices._rbf import Interpolant, fit_rbf, interpolate_linearly, refine

AXIS = np.linspace(-1.0, 1.0, 15)
GRID = np.stack(np.meshgrid(AXIS, AXIS, indexing="ij"), axis=-1).reshape(-1, 2)
X, Y = GRID.T


def some(every=3, seed=None):
    """The coarser lattice that has every third point of each axis, or with a seed points at random and the corners."""
    known = np.zeros((15, 15), dtype=bool)
    if seed is None:
        known[::every, ::every] = True
        known[-1, ::every] = known[::every, -1] = known[-1, -1] = True
        return known.reshape(-1)
    known[np.ix_([0, -1], [0, -1])] = True
    return known.reshape(-1) | (np.random.default_rng(seed).random(225) < 0.3)


def test_values_are_those_of_an_independent_library():
    values, known = np.sin(3 * X) * Y + X**2, some(seed=0)
    fit = fit_rbf(GRID, values, known)
    theirs = RBFInterpolator(GRID[known], values[known], kernel="cubic", degree=1)(GRID)
    assert np.array_equal(fit.values[known], values[known])
    assert fit.values == pytest.approx(theirs, abs=1e-10)


def test_errors_are_those_of_leaving_out_the_nodes_around():
    """Three times the largest of the four nearest nodes, by how near the nearest is among its own neighbours."""
    known = some(seed=1)
    nodes, targets = GRID[known], GRID[~known]
    values = np.exp(X) + np.abs(Y)
    left_out = []
    for i in range(len(nodes)):
        others = np.arange(len(nodes)) != i
        without = RBFInterpolator(nodes[others], values[known][others], kernel="cubic", degree=1)
        left_out.append(abs(values[known][i] - without(nodes[i : i + 1])[0]))
    apart = cdist(nodes, nodes) + np.diag([np.inf] * len(nodes))
    distances = cdist(targets, nodes)
    for distance, error in zip(distances, fit_rbf(GRID, values, known).errors[~known], strict=True):
        fourth = np.sort(distance)[3] * (1 + 1e-9)  # on a lattice several may be as near
        scaled = np.minimum(1, distance.min() / apart.min(axis=1)) * left_out
        certain, possible = distance < fourth * (1 - 1e-8), distance <= fourth
        assert 3 * scaled[certain].max(initial=0) * (1 - 1e-6) <= error <= 3 * scaled[possible].max() * (1 + 1e-6)
        if possible.sum() == 4:
            assert error == pytest.approx(3 * scaled[possible].max(), rel=1e-6)


def test_estimate_grows_with_the_distance_from_the_nodes_and_is_zero_at_them():
    values, known = np.sin(5 * X) * np.cos(4 * Y), some()
    fit = fit_rbf(GRID, values, known)
    assert (fit.errors[known] == 0).all()
    assert (fit.distances[known] == 0).all()
    assert (fit.errors[~known] > 0).all()
    x = np.array([0.1, 0.2])  # of the points on a straight line to a node, the nearer one
    nodes = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [5.0, 5.0]])
    points = np.concatenate([nodes, np.stack([x, 0 * x], axis=1)])
    found = fit_rbf(points, np.array([1.0, 3.0, 2.0, 0.0, 7.0, 0.0, 0.0]), np.arange(7) < 5)
    assert found.errors[6] == pytest.approx(2 * found.errors[5])


def test_a_plane_is_exact_and_estimated_as_such():
    fit = fit_rbf(GRID, 1 + 2 * X - 3 * Y, some())
    assert fit.values == pytest.approx(1 + 2 * X - 3 * Y, abs=1e-12)
    assert fit.errors.max() < 1e-10


def test_nothing_is_interpolated_between_finite_and_undefined_values():
    values, known = np.where(X > 0.1, np.nan, X + Y), some(2)
    fit = fit_rbf(GRID, values, known)
    edge = (np.abs(X) < 0.1) & ~known  # the column between the last finite and the first undefined one of the lattice
    assert edge.any()
    assert np.isnan(fit.values[edge]).all()
    assert np.isinf(fit.errors[edge]).all()
    beyond = X > 0.1
    assert np.isnan(fit.values[beyond]).all()
    assert (fit.errors[beyond] == 0).all()
    before = X < -0.1
    assert fit.values[before] == pytest.approx((X + Y)[before], abs=1e-12)


def test_undefined_values_everywhere_leave_nothing_to_interpolate():
    fit = fit_rbf(GRID, np.full(225, np.nan), some())
    assert np.isnan(fit.values).all()
    assert not fit.errors.any()


def test_all_known_is_returned_as_it_is():
    values = np.where(X > 0, np.inf, X)
    fit = fit_rbf(GRID, values, np.ones(225, dtype=bool))
    assert np.array_equal(fit.values, values)
    assert not fit.errors.any()


def test_linear_interpolation_stays_between_the_values_and_keeps_gaps():
    step, known = np.where(X > 0.05, 1.0, 0.0), some()
    filled = interpolate_linearly(GRID, step, known)
    assert np.array_equal(filled[known], step[known])
    assert filled.min() >= -1e-12
    assert filled.max() <= 1 + 1e-12
    gap = interpolate_linearly(GRID, np.where(X > 0.05, np.nan, X), known)
    assert np.isnan(gap[X > 0.05]).all()


def test_refinement_takes_the_largest_errors_and_spreads_them():
    known = some(7)
    fit = fit_rbf(GRID, np.where(known, 0.0, np.nan), known)
    bump = np.where(known, 0.0, np.exp(-((X - 0.5) ** 2) - (Y - 0.5) ** 2))
    chosen = refine(GRID, Interpolant(fit.values, bump, fit.distances), 1e-3, 4)
    assert bump.argmax() in chosen
    assert len(set(chosen)) == 4
    gaps = [np.hypot(*(GRID[i] - GRID[j])) for i in chosen for j in chosen if i < j]
    assert min(gaps) > 1.5 * (AXIS[1] - AXIS[0])  # the four largest errors are neighbours, these are not


def test_refinement_stops_at_the_tolerance():
    known = some(7)
    fit = fit_rbf(GRID, np.zeros(225), known)
    assert len(refine(GRID, Interpolant(fit.values, np.where(known, 0, 0.5), fit.distances), 0.5, 4)) == 0
    assert len(refine(GRID, Interpolant(fit.values, np.where(known, 0, 0.6), fit.distances), 0.5, 4)) == 4


def test_gaps_are_refined_first():
    known = some(7)
    errors = np.where(known, 0.0, 1.0)
    errors[100] = np.inf
    assert not known[100]
    fit = fit_rbf(GRID, np.zeros(225), known)
    assert refine(GRID, Interpolant(fit.values, errors, fit.distances), 0.5, 1).tolist() == [100]


def test_a_chosen_point_lowers_the_errors_around_it_by_its_distance():
    points = np.array([[0.0, 0.0], [4.0, 0.0], [5.0, 0.0], [6.0, 0.0]])
    fit = Interpolant(np.zeros(4), np.array([0.0, 10.0, 5.0, 9.0]), np.array([0.0, 4.0, 5.0, 6.0]))
    # 4 is taken; then 6 has 9 * 2/6 and 5 has 5 * 1/5, which 6 lowers no further: it is no nearer than 4.
    assert refine(points, fit, 0.5, 3).tolist() == [1, 2, 3]
    assert refine(points, fit, 1.5, 3).tolist() == [1, 3]
    assert refine(points, fit, 3.5, 3).tolist() == [1]
