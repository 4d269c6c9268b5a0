"""Persistence agrees with components counted level by level, with gudhi where it is installed, and with hand work."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import ndimage

from landscape.slices.persistence import find_minima

GRIDS = hnp.arrays(np.float64, st.tuples(st.integers(1, 7), st.integers(1, 7)), elements=st.integers(0, 9).map(float))


@settings(max_examples=60, deadline=None)
@given(values=GRIDS, holes=st.integers(0, 2**32))
def test_as_many_minima_are_alive_at_each_level_as_there_are_components(values, holes):
    values = np.where(np.random.default_rng(holes).random(values.shape) < 0.2, np.nan, values)
    found = find_minima(values)
    for level in np.unique(values[np.isfinite(values)]):
        _, components = ndimage.label(values <= level, structure=np.ones((3, 3)))
        assert ((found.births <= level) & (found.deaths > level)).sum() == components
    assert (found.persistences > 0).all()
    assert (np.diff(found.persistences[np.isfinite(found.persistences)]) <= 0).all()
    for birth, death, cell, saddle in zip(found.births, found.deaths, found.cells, found.saddles, strict=True):
        assert values[tuple(cell)] == birth
        assert values[tuple(saddle)] == death if np.isfinite(death) else saddle.tolist() == [-1, -1]


@settings(max_examples=20, deadline=None)
@given(values=GRIDS)
def test_agrees_with_gudhi(values):
    gudhi = pytest.importorskip("gudhi")
    complex_ = gudhi.CubicalComplex(top_dimensional_cells=values)
    complex_.compute_persistence(homology_coeff_field=2, min_persistence=0)
    pairs = complex_.persistence_intervals_in_dimension(0)
    found = find_minima(values)
    assert sorted(map(tuple, pairs)) == sorted(zip(found.births, found.deaths, strict=True))


def test_two_wells():
    x = np.linspace(-2, 2, 41)
    values = ((x**2 - 1) ** 2 + 0.1 * x)[:, None] + x[None] ** 2
    found = find_minima(values)
    barrier, lower, higher = 1.0, values[10, 20], values[30, 20]
    assert found.births == pytest.approx([lower, higher])
    assert found.deaths[0] == np.inf
    assert found.deaths[1] == pytest.approx(barrier, abs=0.01)
    assert found.cells.tolist() == [[10, 20], [30, 20]]
    assert abs(x[found.saddles[1, 0]]) < 0.11
    assert not found.on_border.any()
    assert found.above(0.5) == 2
    assert found.above(2.0) == 1


def test_a_valley_along_the_diagonal_is_one_minimum():
    x = np.linspace(-1, 1, 21)
    values = 100 * (x[:, None] - x[None]) ** 2 + (x[:, None] + x[None]) ** 2
    assert len(find_minima(values).births) == 1


def test_what_non_finite_cells_cut_off_has_minima_of_its_own():
    values = np.add.outer(np.abs(np.arange(7.0) - 2), np.zeros(3))
    values[4] = np.nan
    found = find_minima(values)
    assert found.births.tolist() == [0, 3]
    assert np.isinf(found.deaths).all()
    values[4] = np.inf
    assert find_minima(values).births.tolist() == [0, 3]
    assert found.on_border.all()
    assert find_minima(np.full((3, 3), 2.0)).births.tolist() == [2.0]  # a plateau is one minimum
    assert len(find_minima(np.full((3, 3), np.nan)).births) == 0
