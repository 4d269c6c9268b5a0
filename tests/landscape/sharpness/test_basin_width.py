"""Widths of basins against closed forms, and what is said where there is none."""

import json
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from interruption import finished
from torch import nn
from torch.nn import functional

from landscape.curvature.eigenvalues import top_eigenpairs
from landscape.objective.objective import Objective
from landscape.sharpness.basin_width import basin_width
from landscape.slices.directions import random_direction


def on_a_line(function, theta=0.0):
    """A loss of one number, along which the direction is that number."""

    class Line(nn.Module):
        def __init__(self):
            super().__init__()
            self.x = nn.Parameter(torch.tensor([theta], dtype=torch.float64))

    objective = Objective(
        Line(),
        data=(torch.zeros(1, dtype=torch.float64),),
        loss=lambda m, b: function(m.x[0]),
        check_deterministic=False,
    )
    return objective, {"x": torch.ones(1, dtype=torch.float64)}


@settings(max_examples=30, deadline=None)
@given(
    curvature=st.floats(0.1, 50),
    threshold=st.floats(0.01, 1),
    tol=st.sampled_from([1e-2, 1e-4, 1e-8]),
    grid=st.integers(1, 40),
)
def test_parabola(curvature, threshold, tol, grid):
    objective, direction = on_a_line(lambda x: curvature * x**2 / 2)
    found = basin_width(objective, direction, threshold=threshold, max_distance=20.0, grid=grid, tol=tol)
    width = math.sqrt(2 * threshold / curvature)
    assert found.reached.all()
    assert (found.lower.values <= width * (1 + 1e-12)).all()
    assert (width * (1 - 1e-12) <= found.upper.values).all()
    assert (found.error.values <= tol * found.width.values * (1 + 1e-9)).all()
    assert found.attrs["grid_spacing"] == pytest.approx(20 / grid)


def test_eigenvectors_and_both_sides(quadratic, symmetric):
    matrix = symmetric([5.0, 1.0, 0.1])
    objective = quadratic(matrix)
    pairs = top_eigenpairs(objective, 3, tol=1e-9)
    found = basin_width(objective, pairs, threshold=0.2, max_distance=3.0, tol=1e-6)
    expected = np.sqrt(0.4 / pairs.values)
    assert found.width.values == pytest.approx(np.stack([expected, expected], axis=1), rel=1e-5)
    assert found.norm.values == pytest.approx(1.0)
    objective, direction = on_a_line(lambda x: x**2 + 0.5 * x**3)
    found = basin_width(objective, direction, threshold=0.1, tol=1e-8)
    assert float(found.width.sel(sign=1)[0]) < float(found.width.sel(sign=-1)[0])
    for sign in (1, -1):
        x = sign * float(found.width.sel(sign=sign, direction=0))
        assert x**2 + 0.5 * x**3 == pytest.approx(0.1, rel=1e-6)


def test_first_crossing_rather_than_a_later_one():
    objective, direction = on_a_line(lambda x: torch.sin(3 * x) ** 2)
    found = basin_width(objective, direction, threshold=0.5, max_distance=10.0, grid=100, tol=1e-8)
    assert found.width.values == pytest.approx(math.pi / 12, rel=1e-7)
    low = basin_width(objective, direction, threshold=0.97, max_distance=10.0, grid=1000)
    assert low.width.values == pytest.approx(math.asin(math.sqrt(0.97)) / 3, rel=1e-2)
    # A barrier between the points of the grid is not seen; the spacing that is recorded says so.
    coarse = basin_width(objective, direction, threshold=0.5, max_distance=math.pi, grid=1)
    assert not coarse.reached.any()
    assert coarse.attrs["grid_spacing"] == pytest.approx(math.pi)


def test_not_reached_is_a_lower_bound_and_no_number():
    objective, direction = on_a_line(lambda x: x**2)
    found = basin_width(objective, direction, threshold=2.0, max_distance=1.0, grid=7)
    assert np.isnan(found.width.values).all()
    assert np.isnan(found.error.values).all()
    assert (found.lower.values == 1.0).all()
    assert np.isinf(found.upper.values).all()
    assert not found.reached.any()
    assert (found.evaluations.values == 7).all()
    assert "On 2 the basin is wider than max_distance" in found.attrs["message"]


def test_nan_and_infinite_losses():
    objective, direction = on_a_line(lambda x: torch.where(x < -0.4, math.nan, x**2))
    found = basin_width(objective, direction, threshold=0.3, max_distance=1.0, grid=4)
    assert found.reached.values.tolist() == [[True, False]]
    assert found.width.values[0] == pytest.approx([math.sqrt(0.3), math.nan], rel=1e-3, nan_ok=True)
    assert (found.lower.values[0, 1], found.upper.values[0, 1]) == (0.25, 0.5)
    assert "On 1 the loss is NaN" in found.attrs["message"]
    # A NaN between two points of the grid shows up in the bisection.
    objective, direction = on_a_line(lambda x: torch.where((x > 0.3) & (x < 0.7), math.nan, x**2))
    found = basin_width(objective, direction, threshold=0.6, max_distance=1.0, grid=1)
    assert found.reached.values.tolist() == [[False, True]]
    objective, direction = on_a_line(lambda x: torch.where(x.abs() > 0.5, math.inf, x**2))
    found = basin_width(objective, direction, threshold=1.0, tol=1e-6)
    assert found.width.values == pytest.approx(0.5, rel=1e-5)


@pytest.mark.parametrize("name", ["convnet", "attention", "tied", "frozen", "unused"])
def test_crossings_are_where_they_are_said_to_be(make_case, untouched, name):
    case = make_case(name)
    objective = case.objective()
    rays = [random_direction(objective, seed=seed) for seed in range(2)]
    with untouched(case.model):
        found = basin_width(objective, rays, threshold=0.02, max_distance=4.0, tol=1e-6)
    assert found.reached.any()
    level = case.value() + 0.02
    for row, column in zip(*np.nonzero(found.reached.values), strict=True):
        for end, above in (("lower", False), ("upper", True)):
            step = float(found[end][row, column]) * int(found.sign[column])
            value = case.value([step * rays[row][n] for n in objective.parameters])
            assert (value > level) == above
    protocol = json.loads(found.attrs["protocol"])
    assert protocol["evaluations"] == int(found.evaluations.sum()) + 1
    assert protocol["threshold"] == 0.02


def test_filter_normalised_widths_do_not_change_with_layer_scales():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 6, bias=False), nn.ReLU(), nn.Linear(6, 3, bias=False)).double()
    objective = Objective(model, nn.CrossEntropyLoss(), (torch.randn(9, 4).double(), torch.arange(9) % 3))
    p = objective.parameters
    other = objective.at({"0.weight": p["0.weight"] * 7, "2.weight": p["2.weight"] / 7})
    for normalization, same in (("filter", True), (None, False)):
        widths = [
            basin_width(
                o,
                random_direction(o, seed=1, normalization=normalization),
                threshold=0.01,
                max_distance=5.0,
                grid=200,
                tol=1e-9,
            ).width.values
            for o in (objective, other)
        ]
        assert np.isfinite(widths).all()
        assert np.allclose(widths[0], widths[1], rtol=1e-6) == same


@pytest.mark.parametrize("after", [1, 12])
def test_interruption_keeps_the_rays_that_are_done(convnet, untouched, after):
    left = 10**9

    def loss(model, batch):
        nonlocal left
        left -= 1
        if left == 0:
            raise KeyboardInterrupt
        return functional.cross_entropy(model(batch[0]), batch[1])

    objective = Objective(convnet.model, data=convnet.data, loss=loss)
    rays = [random_direction(objective, seed=seed) for seed in range(3)]
    left = after + 1
    with untouched(convnet.model):
        if after == 1:
            with pytest.raises(KeyboardInterrupt):
                basin_width(objective, rays, threshold=1e-3, grid=4, tol=0.1)
            return
        found = finished(basin_width, objective, rays, threshold=1e-3, grid=4, tol=0.1)
    assert found.attrs["message"].startswith("Interrupted after")
    done = found.evaluations.values > 0
    assert done.any()
    assert not done.all()
    assert (found.lower.values[~done] == 0).all()
    assert np.isinf(found.upper.values[~done]).all()


def test_bad_input_is_refused(mlp):
    objective = mlp.objective()
    direction = random_direction(objective, seed=0)
    for options, words in (
        ({"threshold": 0.0}, "threshold is 0.0: give a positive"),
        ({"threshold": math.nan}, "threshold is nan"),
        ({"threshold": 1e-17}, "below the rounding of the loss"),
        ({"max_distance": -1.0}, "max_distance is -1.0"),
        ({"tol": 1.0}, "tol is 1.0"),
        ({"grid": 0}, "grid is 0: at least 1"),
    ):
        with pytest.raises(ValueError, match=words):
            basin_width(objective, direction, **({"threshold": 0.1} | options))
    with pytest.raises(ValueError, match="There are no directions"):
        basin_width(objective, [], threshold=0.1)
    with pytest.raises(ValueError, match="direction 1 is zero"):
        basin_width(objective, [direction, {n: 0 * p for n, p in direction.items()}], threshold=0.1)
    broken = objective.at({n: p * math.nan for n, p in objective.parameters.items()})
    with pytest.raises(ValueError, match="The loss at the weights is nan"):
        basin_width(broken, direction, threshold=0.1)
