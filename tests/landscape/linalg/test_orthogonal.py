"""Components along an orthonormal basis are removed to rounding, for vectors, columns, stacks and rows."""

import pytest
import torch

from landscape.linalg.orthogonal import (
    project_out_,
    project_out_once_,
    project_out_rows_,
    row_products,
    shortened,
    square_norms,
    subtract_rows_,
)


@pytest.mark.parametrize("shape", [(), (3,)], ids=["vector", "columns"])
def test_what_is_left_is_orthogonal_and_the_components_add_up(shape):
    basis = torch.linalg.qr(torch.randn(50, 4, dtype=torch.float64))[0]
    # Nearly all of it lies along the basis: one pass leaves 1e-16 of that, which is 1e-8 of the rest.
    vectors = basis @ torch.randn(4, *shape, dtype=torch.float64) + 1e-8 * torch.randn(50, *shape, dtype=torch.float64)
    rest = vectors.clone()
    components = project_out_(rest, basis)
    assert (basis.T @ rest).abs().max() < 1e-15 * rest.abs().max()
    torch.testing.assert_close(rest + basis @ components, vectors, rtol=0, atol=1e-14)


def test_each_matrix_of_a_stack_has_its_own_basis_and_sums_are_completed():
    bases = torch.linalg.qr(torch.randn(2, 20, 3))[0]
    vectors = torch.randn(2, 20, 1)
    # Two ranks that hold equal halves: each has half of every sum.
    scaled, alone = vectors.clone(), vectors.clone()
    project_out_(scaled, bases / 2, lambda part: 4 * part)
    for i in range(2):
        project_out_(alone[i], bases[i])
    torch.testing.assert_close(scaled, alone)


def orthonormal_rows(count, length, dtype):
    exact = torch.linalg.qr(torch.randn(length, count, generator=generator_0(), dtype=torch.float64))[0].T
    return exact.contiguous().to(dtype)


def generator_0():
    return torch.Generator().manual_seed(0)


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("length", [50, 2**15 + 7, 100_000])
def test_sums_over_long_rows_are_those_of_float64(count, length):
    generator = generator_0()
    blocks = [torch.randn(m, length, generator=generator) for m in (2, 3)]
    rows = 1 + torch.randn(count, length, generator=generator)
    exact = torch.cat(blocks).double() @ rows.double().T
    scale = torch.cat(blocks).double().norm(dim=1)[:, None] * rows.double().norm(dim=1)
    assert ((row_products(blocks, rows) - exact).abs() / scale).max() < 1e-7
    torch.testing.assert_close(square_norms(rows), rows.double().square().sum(dim=1), rtol=1e-12, atol=0)
    assert float(square_norms(torch.full((1, 4), 1e-30))) == pytest.approx(4e-60)  # in float32 these squares are zero


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("along", [1e-3, 1.0, 1e4])
def test_rows_become_orthogonal_to_rounding_however_much_lies_along_the_basis(count, along):
    length = 100_000
    units = orthonormal_rows(5, length, torch.float32)
    generator = generator_0()
    outside = torch.randn(count, length, generator=generator) / length**0.5
    rows = outside + along * torch.randn(count, 5, generator=generator) @ units
    expected = units.double() @ rows.double().T
    for taken in (None, ([units], expected.float())):
        left = rows.clone()
        blocks = [units[:0], units[:2], units[2:]]
        components = torch.zeros(5, count, dtype=torch.float64)
        if taken:
            components += expected.float()
            found, squares = project_out_once_(left, blocks, lambda part: part, taken)
            assert not bool(shortened(found, squares).any())
        else:
            found, squares = project_out_rows_(left, blocks, lambda part: part)
        components += found
        overlap = units.double() @ left.double().T / left.double().norm(dim=1)
        assert overlap.abs().max() < 2e-8
        torch.testing.assert_close(squares, left.double().square().sum(dim=1), rtol=1e-10, atol=0)
        torch.testing.assert_close(components, expected, rtol=1e-6, atol=1e-6 * max(along, 1))
    subtract_rows_(rows, [units[:2], units[:0], units[2:]], expected.float())
    assert (units.double() @ rows.double().T).abs().max() < 2e-7 * max(along, 1)


def test_partial_sums_of_rows_are_completed():
    units, rows = orthonormal_rows(2, 40, torch.float64), torch.randn(1, 40, dtype=torch.float64)
    twice = rows.clone()
    # Two ranks that hold equal rows: the vectors are twice as long, and each has half of every sum.
    _, square = project_out_rows_(twice, [units / 2**0.5], lambda part: 2 * part)
    alone = torch.cat([rows, rows], dim=1)
    project_out_rows_(alone, [torch.cat([units, units], dim=1) / 2**0.5], lambda part: part)
    torch.testing.assert_close(torch.cat([twice, twice], dim=1), alone)
    assert float(square) == pytest.approx(float(alone.square().sum()))
