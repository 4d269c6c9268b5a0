"""Principal components of checkpoints that are read in slices: Gram matrix, directions and coordinates.

No function here holds more than a slice of the columns of the matrix of checkpoints, or of one row.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.linalg import eigh
from torch import Tensor

from landscape.trajectory._state_matrix import READ_ENTRIES, CheckpointMatrix, FlatLayout, State, finite, not_finite

TILE = 128
"""Rows of the Gram matrix that one matrix product updates: only its lower triangle is computed."""

_LEAST_WIDTH = 64


def gram_width(count: int, layout: FlatLayout, memory: int) -> int:
    """Return how many parameters a slice of all checkpoints may have in the memory that the Gram matrix leaves.

    Raises
    ------
    ValueError
        If the memory does not hold the Gram matrix and a narrow slice.
    """
    width = (memory - 8 * count**2) // (8 * (count + 2))
    if width < min(_LEAST_WIDTH, layout.size):
        least = 8 * count**2 + 8 * (count + 2) * _LEAST_WIDTH
        raise ValueError(
            f"memory={memory} bytes is too little for the Gram matrix of {count} checkpoints: give {least} at least."
        )
    return min(width, layout.size)


def gram_matrix(rows: CheckpointMatrix, layout: FlatLayout, origin: State, width: int) -> NDArray[np.float64]:
    """Return the inner products of the differences theta_i - origin, lower triangle, in float64.

    Raises
    ------
    ValueError
        If a checkpoint is not finite.
    """
    count = len(rows.usable)
    gram = torch.zeros(count, count, dtype=torch.float64, device="cpu")
    memory = torch.empty(count * width, dtype=torch.float64, device="cpu")
    base = torch.empty(width, dtype=torch.float64, device="cpu")
    for start, stop in layout.slices(width):
        slab = memory[: count * (stop - start)].view(count, stop - start)
        layout.read(origin, start, stop, base[: stop - start])
        for row, (_, _, state) in zip(slab, rows.load(layout), strict=True):
            layout.read(state, start, stop, row)
        slab -= base[: stop - start]
        if not finite(slab):
            raise not_finite(next(what for row, (_, what, _) in zip(slab, rows, strict=True) if not finite(row)))
        for i in range(0, count, TILE):
            gram[i : i + TILE, : i + TILE].addmm_(slab[i : i + TILE], slab[: i + TILE].T)
    return gram.numpy()


def principal(
    gram: NDArray[np.float64], weights: NDArray[np.float64], components: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return squared singular values, and the combinations of the rows that are the unit right singular vectors.

    The row that lies farthest along a vector lies on its positive side.

    Parameters
    ----------
    gram : ndarray, shape (n, n)
        Lower triangle; overwritten.
    weights : ndarray, shape (n,)
        Of the rows.
    components : int
        How many; fewer are returned where the squared singular values are rounding, below n epsilon of the largest.

    Returns
    -------
    tuple of ndarray, shapes (k,) and (k, n)

    Raises
    ------
    ValueError
        If all rows are zero.
    """
    roots = np.sqrt(weights)
    gram *= roots[:, None]
    gram *= roots
    count = len(gram)
    # The transpose of a row-major matrix is column-major, which LAPACK overwrites without a copy.
    squares, vectors = eigh(
        gram.T,
        lower=False,
        subset_by_index=(max(count - components, 0), count - 1),
        overwrite_a=True,
        check_finite=False,
    )
    squares, vectors = squares[::-1], vectors[:, ::-1]
    # LAPACK leaves the signs open: the row that lies farthest along a direction lies on its positive side.
    farthest = np.abs(vectors).argmax(axis=0)
    vectors = vectors * np.where(vectors[farthest, np.arange(vectors.shape[1])] < 0, -1.0, 1.0)
    if not squares[0] > 0:
        raise ValueError("All states equal the origin, so they span no plane: give checkpoints that differ.")
    kept = squares > count * np.finfo(np.float64).eps * squares[0]
    squares = squares[kept]
    return squares, (vectors[:, kept] / np.sqrt(squares)).T * roots


def combine(
    rows: CheckpointMatrix, layout: FlatLayout, coefficients: NDArray[np.float64], origin: State | None, memory: int
) -> list[dict[str, Tensor]]:
    """Return sums over the checkpoints c_ki (theta_i - origin), or c_ki theta_i, each as tensors.

    Parameters
    ----------
    coefficients : ndarray, shape (k, n)
    memory : int
        Bytes, those of the sums included.

    Raises
    ------
    ValueError
        If a checkpoint is not finite.
    """
    count = len(coefficients)
    sums = [layout.empty() for _ in range(count)]
    held = sum(tensor.nbytes for total in sums for tensor in total.values())
    width = min(max((memory - held) // (8 * (count + 4)), READ_ENTRIES), layout.size)
    part = torch.empty(count, width, dtype=torch.float64, device="cpu")
    base, row = torch.zeros(2, width, dtype=torch.float64, device="cpu")
    for start, stop in layout.slices(width):
        part.zero_()
        band, here, values = part[:, : stop - start], base[: stop - start], row[: stop - start]
        if origin is not None:
            layout.read(origin, start, stop, here)
        for column, (_, what, state) in zip(coefficients.T, rows.load(layout), strict=True):
            layout.read(state, start, stop, values)
            if not finite(values):
                raise not_finite(what)
            values -= here
            for total, coefficient in zip(band, column, strict=True):
                total.add_(values, alpha=float(coefficient))
        for total, target in zip(band, sums, strict=True):
            layout.write(total, start, target)
    return sums


def complete(layout: FlatLayout, count: int) -> list[dict[str, Tensor]]:
    """Return fixed pseudo-random directions."""
    directions = [layout.empty() for _ in range(count)]
    for seed, direction in enumerate(directions):
        generator = np.random.default_rng(seed)  # its stream is the same however it is cut
        for start, stop in layout.slices(READ_ENTRIES):
            layout.write(torch.from_numpy(generator.standard_normal(stop - start)), start, direction)
    return directions


def metric(axes: Sequence[State], layout: FlatLayout) -> Tensor:
    """Return the inner products of directions, shape (k, k), summed in float64."""
    inner = torch.zeros(len(axes), len(axes), dtype=torch.float64, device="cpu")
    for _, part in _slices(axes, layout, _buffer(len(axes), layout)):
        inner.addmm_(part, part.T)
    return inner


def orthonormalize(axes: Sequence[dict[str, Tensor]], layout: FlatLayout) -> None:
    """Orthonormalise directions in place, in their order, to the rounding of their type."""
    eps = max(torch.finfo(tensor.dtype).eps for axis in axes for tensor in axis.values())
    identity = torch.eye(len(axes), dtype=torch.float64, device="cpu")
    for _ in range(3):  # a second time for what the first leaves where they were nearly parallel
        inner = metric(axes, layout)
        if float((inner - identity).abs().max()) <= 4 * eps:
            return
        inverse = torch.linalg.solve_triangular(torch.linalg.cholesky(inner), identity, upper=False)
        for start, part in _slices(axes, layout, _buffer(len(axes), layout)):
            for row, axis in zip(inverse @ part, axes, strict=True):
                layout.write(row, start, axis)


def coordinates(
    rows: CheckpointMatrix, layout: FlatLayout, axes: Sequence[State], origin: State
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Project each checkpoint by least squares; NaN for those left out.

    Each is read twice in a row, for its coordinates and then for the rest that they leave: as a difference of squares
    the distance would lose half the digits.

    Returns
    -------
    tuple of ndarray
        Coordinates, shape (n, k); the same in orthonormal axes (Gram-Schmidt in the axes' order), shape (n, k); squared
        distances from the span of the axes, shape (n,); squared distances from the origin, shape (n,).

    Raises
    ------
    ValueError
        If a checkpoint is not finite.
    """
    lower = torch.linalg.cholesky(metric(axes, layout))
    places = torch.full((rows.count, len(axes)), torch.nan, dtype=torch.float64, device="cpu")
    rest, total = torch.full((2, rows.count), torch.nan, dtype=torch.float64, device="cpu")
    memory = _buffer(len(axes) + 2, layout)
    for index, what, state in rows.load(layout):
        along, square, distance = torch.zeros(len(axes), 1, dtype=torch.float64, device="cpu"), 0.0, 0.0
        for _, part in _slices((*axes, state, origin), layout, memory):
            row = part[-2].sub_(part[-1])
            along += (part[:-2] @ row)[:, None]
            square += float(torch.dot(row, row))
        if not np.isfinite(square):
            raise not_finite(what)
        place = torch.cholesky_solve(along, lower)[:, 0]
        for _, part in _slices((*axes, state, origin), layout, memory):
            left = part[-2].sub_(part[-1]).addmv_(part[:-2].T, place, alpha=-1)
            distance += float(torch.dot(left, left))
        places[index], rest[index], total[index] = place, distance, square
    return places.numpy(), (places @ lower).numpy(), rest.numpy(), total.numpy()


def _buffer(rows: int, layout: FlatLayout) -> Tensor:
    return torch.empty(rows, min(READ_ENTRIES, layout.size), dtype=torch.float64, device="cpu")


def _slices(states: Sequence[State], layout: FlatLayout, memory: Tensor) -> Iterator[tuple[int, Tensor]]:
    """Yield slices of states, each with where it starts, in one buffer."""
    for start, stop in layout.slices(READ_ENTRIES):
        part = memory[:, : stop - start]
        for row, state in zip(part, states, strict=True):
            layout.read(state, start, stop, row)
        yield start, part


def principal_axes(
    rows: CheckpointMatrix,
    layout: FlatLayout,
    origin: State,
    weights: NDArray[np.float64],
    components: int,
    memory: int,
) -> tuple[NDArray[np.float64], list[dict[str, Tensor]], int]:
    """Return squared singular values, orthonormal directions, and the number of slices read."""
    if layout.size < components:
        few = "a single parameter" if layout.size == 1 else f"{layout.size} parameters for {components} directions"
        raise ValueError(f"The states have {few}, so they span no plane: draw them against it directly.")
    width = gram_width(len(rows.usable), layout, memory)
    squares, coefficients = principal(gram_matrix(rows, layout, origin, width), weights, components)
    axes = combine(rows, layout, coefficients, origin, memory)
    axes += complete(layout, components - len(axes))
    orthonormalize(axes, layout)
    return np.pad(squares, (0, components - len(squares))), axes, -(-layout.size // width)


def check_span(axes: Sequence[State], layout: FlatLayout) -> None:
    """Raise ValueError unless two directions span a plane."""
    inner = metric(axes, layout)
    if not 1 - abs(float(inner[0, 1])) / float((inner[0, 0] * inner[1, 1]).sqrt()) > 1e-9:
        raise ValueError("The directions are zero or parallel, so they do not span a plane: give two others.")
