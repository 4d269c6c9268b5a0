"""Components along an orthonormal basis are removed to rounding, for vectors, columns, stacks and rows."""

import pytest
import torch

from landscape.linalg.orthogonal import project_out_, reject_rows


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


def test_rows_lose_their_components_and_the_originals_stay():
    units = torch.linalg.qr(torch.randn(30, 2, dtype=torch.float64))[0].T
    rows = torch.randn(5, 30, dtype=torch.float64)
    before = rows.clone()
    assert (reject_rows(rows, units, lambda part: part) @ units.T).abs().max() < 1e-14
    assert torch.equal(rows, before)
    assert reject_rows(rows, units[:0], lambda part: part) is rows
