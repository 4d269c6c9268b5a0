"""The trust-region problem and the quadratic model, against conditions that prove a maximum."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.testing import assert_close

from landscape.linalg.trust_region import KEPT, SubspaceModel, trust_region


def height(matrix, gradient, x):
    return float(gradient @ x + x @ matrix @ x / 2)


def draw(size, seed, shift=0.0):
    generator = torch.Generator().manual_seed(seed)
    matrix = torch.randn(size, size, generator=generator, dtype=torch.float64)
    matrix = (matrix + matrix.T) / 2 + shift * torch.eye(size, dtype=torch.float64)
    return matrix, torch.randn(size, generator=generator, dtype=torch.float64)


@settings(max_examples=60, deadline=None)
@given(
    size=st.integers(1, 7), seed=st.integers(0, 1000), shift=st.sampled_from([-8.0, 0.0, 8.0]), scale=st.floats(-3, 1)
)
def test_solution_meets_the_conditions_that_prove_a_maximum(size, seed, shift, scale):
    matrix, gradient = draw(size, seed, shift)
    radius = 10.0**scale
    x = trust_region(matrix, gradient, radius)
    assert float(x.norm()) <= radius * (1 + 1e-9)
    # (mu - A) x = g with mu at least the top eigenvalue and zero, and zero inside the ball (More and Sorensen 1983).
    slope = gradient + matrix @ x
    multiplier = max(float(slope @ x) / radius**2, 0.0)
    assert float((slope - multiplier * x).norm()) <= 1e-7 * (float(gradient.norm()) + radius * float(matrix.norm()))
    assert multiplier >= float(torch.linalg.eigvalsh(matrix)[-1]) - 1e-7 * float(matrix.norm())


@pytest.mark.parametrize("radius", [0.5, 2.0])
def test_hard_case_takes_the_top_eigenvector(radius):
    matrix = torch.diag(torch.tensor([-1.0, 1.0, 2.0], dtype=torch.float64))
    gradient = torch.tensor([0.3, 0.2, 0.0], dtype=torch.float64)
    x = trust_region(matrix, gradient, radius)
    grid = np.linspace(0, 2 * np.pi, 401)
    best = max(
        height(matrix, gradient, radius * torch.tensor([np.sin(a) * np.cos(b), np.sin(a) * np.sin(b), np.cos(a)]))
        for a in grid[:201]
        for b in grid[:: 4 if radius == 2 else 1]
    )
    assert best <= height(matrix, gradient, x) <= best * (1 + 1e-3)
    assert float(x.norm()) == pytest.approx(radius)


def test_zero_radius_and_zero_gradient():
    matrix, gradient = draw(3, 0)
    assert not trust_region(matrix, gradient, 0.0).any()
    x = trust_region(matrix, torch.zeros(3, dtype=torch.float64), 2.0)
    assert height(matrix, torch.zeros(3, dtype=torch.float64), x) == pytest.approx(
        2 * float(torch.linalg.eigvalsh(matrix)[-1])
    )


def test_model_of_a_quadratic_is_exact_where_it_is_known():
    matrix, gradient = draw(6, 3)
    model = SubspaceModel(gradient)
    generator = torch.Generator().manual_seed(0)
    for number in range(6):  # with the centre, they span everything
        point = torch.randn(6, generator=generator, dtype=torch.float64)
        point *= 1.5 / point.norm()
        model.add(point, gradient + matrix @ point, best=number == 2)
    peak, slope, curvature = model.peak(1.5)
    assert curvature == pytest.approx(float(torch.linalg.eigvalsh(matrix).abs().max()))
    assert_close(peak, trust_region(matrix, gradient, 1.5), rtol=1e-7, atol=1e-9)
    assert_close(slope, gradient + matrix @ peak, rtol=1e-7, atol=1e-9)


def test_centre_and_best_are_never_forgotten():
    """And of the others the last ones are kept: the peak lies in the span of these points."""
    size = 2 + 3 * KEPT
    curvatures = torch.full((size,), 1.0, dtype=torch.float64)
    curvatures[:2] = torch.tensor([100.0, -100.0], dtype=torch.float64)
    unit = torch.eye(size, dtype=torch.float64)
    slope = torch.ones(size, dtype=torch.float64)
    model = SubspaceModel(slope)
    for number in [0, *range(2, size)]:  # all at one height over the centre, which alone says that there is a way down
        point = unit[number] + unit[1]
        model.add(point, slope + curvatures * point, best=number == 0)
    peak, *_ = model.peak(1.0)
    assert abs(float(peak[0])) > 0.9  # along the best
    assert abs(float(peak[1])) < 0.1  # back from it towards the centre
    assert peak[2 : size - KEPT + 1].abs().max() < 1e-9
    assert peak[size - KEPT + 1 :].abs().min() > 1e-3


def test_points_that_agree_do_not_break_the_model():
    matrix, gradient = draw(4, 1)
    model = SubspaceModel(gradient)
    point = torch.ones(4, dtype=torch.float64) / 2
    for _ in range(3):
        model.add(point, gradient + matrix @ point, best=True)
    peak, *_ = model.peak(1.0)
    assert float(peak.norm()) <= 1 + 1e-9
    assert torch.isfinite(peak).all()
