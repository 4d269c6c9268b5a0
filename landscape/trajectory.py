"""Checkpoints of a training run projected onto a plane, and what the projection loses."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from landscape.batches import cpu_generator

State = Mapping[str, Tensor]
BLOCK = 32


@dataclass(frozen=True, eq=False)
class Trajectory:
    """Checkpoints on a plane: theta_i = origin + a_i u + b_i v + something orthogonal to the plane.

    Attributes
    ----------
    origin : dict of str to Tensor
        The point (0, 0) of the plane.
    directions : tuple of two dicts of str to Tensor
        u and v; orthonormal unless the caller gave others.
    coordinates : ndarray, shape (n, 2)
        (a_i, b_i), in units of the directions; in parameter units if these are orthonormal.
    explained_variance : ndarray, shape (2,)
        Share of the summed squared distances from the origin that lies along u, and that v adds to it.
    off_plane : ndarray, shape (n,)
        Distance of each checkpoint from the plane, in parameter units. The loss drawn at the projected point is not
        the checkpoint's own where this is not small.
    """

    origin: dict[str, Tensor]
    directions: tuple[dict[str, Tensor], dict[str, Tensor]]
    coordinates: NDArray[np.float64]
    explained_variance: NDArray[np.float64]
    off_plane: NDArray[np.float64]


def project(
    states: Iterable[State | Callable[[], State]],
    *,
    origin: State | None = None,
    directions: tuple[State, State] | None = None,
) -> Trajectory:
    """Project checkpoints onto the plane of their own principal components, or onto a given one.

    Parameters
    ----------
    states : sequence or other re-iterable of mappings of str to Tensor, or of functions returning one
        The checkpoints in order; concatenate several runs to put them on one plane. Functions (which may load a file)
        are called anew in each pass, so that no more than 64 checkpoints are in memory at a time.
    origin : mapping of str to Tensor, optional
        Point of the plane. Default: the last state.
    directions : tuple of two mappings of str to Tensor, optional
        Plane to project on; need not be orthogonal (least squares). Default: the two leading right singular vectors of
        the matrix with rows theta_i - origin (PCA as in Li et al. 2018, arXiv 1712.09913, sec. 7, about the origin
        rather than the mean, so that the origin lies on the plane), through its Gram matrix.

    Returns
    -------
    Trajectory
        The names are those of `origin`, else of `directions`, else of the last state; other entries of the states
        (buffers) are left out. A trajectory on a line is completed by a fixed pseudo-random second direction
        orthogonal to it, with explained variance 0.

    Raises
    ------
    ValueError
        If the states are empty, all at the origin, not re-iterable, not finite or do not fit together.
    """
    if isinstance(states, Mapping) or not isinstance(states, Iterable):
        raise ValueError(f"states is a {type(states).__name__}: give a list of checkpoints, such as [*runs.values()].")
    if iter(states) is states:
        raise ValueError(f"states is a {type(states).__name__}, which can be read only once: pass a list.")
    if origin is None:
        for state in _stream(states):
            origin = state
        if origin is None:
            raise ValueError("There is no state to project: give at least two checkpoints.")
        if directions is not None:
            origin = {name: origin[name] for name in directions[0] if name in origin}
    layout = _Layout(origin)
    rows = _Rows(states, layout)
    if directions is None:
        basis = _principal_plane(rows)
    else:
        basis = torch.stack([layout.flatten(d, f"direction {i}") for i, d in enumerate(directions)])
        cosine = torch.dot(basis[0], basis[1]) / (basis[0].norm() * basis[1].norm())
        if not 1 - abs(float(cosine)) > 1e-9:
            raise ValueError("The directions are zero or parallel, so they do not span a plane: give two others.")

    metric = basis @ basis.T
    first = basis[0] / basis[0].norm()
    coordinates, off_plane, along_first, total = [], [], 0.0, 0.0
    for row in rows:
        coordinate = torch.linalg.solve(metric, basis @ row)
        coordinates.append(coordinate.tolist())
        off_plane.append(float((row - coordinate @ basis).norm()))
        along_first += float(torch.dot(first, row)) ** 2
        total += float(row.square().sum())
    if not coordinates:
        raise ValueError("There is no state to project: give at least one checkpoint.")
    in_plane = total - float(np.square(off_plane).sum())
    shares = np.array([along_first, max(in_plane - along_first, 0.0)]) / total if total else np.full(2, np.nan)
    return Trajectory(
        origin={name: tensor.detach().clone() for name, tensor in origin.items()},
        directions=(layout.unflatten(basis[0]), layout.unflatten(basis[1])),
        coordinates=np.array(coordinates),
        explained_variance=shares,
        off_plane=np.array(off_plane),
    )


class _Layout:
    """Names and shapes of the parameters, from the origin."""

    def __init__(self, origin: State) -> None:
        if not isinstance(origin, Mapping) or not origin:
            raise ValueError("The origin has no parameters: give a mapping from parameter name to tensor.")
        for name, tensor in origin.items():
            if not tensor.is_floating_point():
                raise ValueError(
                    f"{name!r} is a {tensor.dtype} buffer, not a parameter: "
                    "pass an origin that holds parameters only, such as Objective.parameters."
                )
        self._like = {name: tensor.detach() for name, tensor in origin.items()}
        self.origin = self.flatten(origin, "origin")

    def flatten(self, state: State, what: str) -> Tensor:
        """Return a state as a float64 vector on the CPU."""
        if not isinstance(state, Mapping):
            raise ValueError(f"The {what} is a {type(state).__name__}: give a mapping from parameter name to tensor.")
        parts = []
        for name, like in self._like.items():
            if name not in state:
                raise ValueError(f"The {what} lacks the parameter {name!r} of the origin.")
            if state[name].shape != like.shape:
                raise ValueError(
                    f"The {what} has shape {tuple(state[name].shape)} for {name!r}, the origin {tuple(like.shape)}."
                )
            parts.append(state[name].detach().reshape(-1).to("cpu", torch.float64))
        vector = torch.cat(parts)
        if not torch.isfinite(vector).all():
            raise ValueError(f"The {what} has non-finite values (a diverged run?): leave it out of the projection.")
        return vector

    def unflatten(self, vector: Tensor) -> dict[str, Tensor]:
        """Return a vector as tensors like the origin's."""
        parts = vector.split([like.numel() for like in self._like.values()])
        return {n: part.view(like.shape).to(like) for (n, like), part in zip(self._like.items(), parts, strict=True)}


class _Rows:
    """The differences theta_i - origin as float64 vectors, read anew at each pass."""

    def __init__(self, states: Iterable[State | Callable[[], State]], layout: _Layout) -> None:
        self._states = states
        self._layout = layout

    def __iter__(self) -> Iterator[Tensor]:
        return self.after(0)

    def after(self, start: int) -> Iterator[Tensor]:
        """Return the rows from `start` on."""
        for i, state in enumerate(_stream(self._states, start), start):
            yield self._layout.flatten(state, f"state {i}") - self._layout.origin

    def blocks(self, start: int) -> Iterator[Tensor]:
        """Return the rows from `start` on, stacked in blocks."""
        block: list[Tensor] = []
        for row in self.after(start):
            block.append(row)
            if len(block) == BLOCK:
                yield torch.stack(block)
                block = []
        if block:
            yield torch.stack(block)


def _stream(states: Iterable[State | Callable[[], State]], start: int = 0) -> Iterator[State]:
    for i, state in enumerate(states):
        if i >= start:
            yield state() if callable(state) else state


def _gram(rows: _Rows) -> Tensor:
    """Inner products of all rows, two blocks in memory at a time."""
    bands: list[Tensor] = []
    start = 0
    while True:
        first: Tensor | None = None
        parts = []
        for block in rows.blocks(start):
            first = block if first is None else first
            parts.append(first @ block.T)
        if first is None:
            break
        bands.append(torch.cat(parts, dim=1))
        start += len(first)
        if len(first) < BLOCK:
            break
    gram = torch.zeros(start, start, dtype=torch.float64, device="cpu")
    row = 0
    for band in bands:
        gram[row : row + len(band), row:] = band
        gram[row:, row : row + len(band)] = band.T
        row += len(band)
    return gram


def _principal_plane(rows: _Rows) -> Tensor:
    """Return two orthonormal rows, the leading principal directions about the origin."""
    squares, vectors = torch.linalg.eigh(_gram(rows))
    if not len(squares):
        raise ValueError("There is no state to project: give at least two checkpoints.")
    if not float(squares[-1]) > 0:
        raise ValueError("All states equal the origin, so they span no plane: give checkpoints that differ.")
    # Squared singular values below this are rounding of the Gram matrix.
    floor = len(squares) * torch.finfo(torch.float64).eps * float(squares[-1])
    leading = [i for i in (len(squares) - 1, len(squares) - 2) if i >= 0 and float(squares[i]) > floor]
    basis = torch.zeros(2, len(next(iter(rows))), dtype=torch.float64, device="cpu")
    if basis.shape[1] < 2:
        raise ValueError("The states have a single parameter, so they span no plane: draw them against it directly.")
    for i, row in enumerate(rows):
        for k, column in enumerate(leading):
            basis[k] += vectors[i, column] * row
    if len(leading) < 2:
        generator = cpu_generator(0)
        basis[1] = torch.randn(basis.shape[1], generator=generator, dtype=torch.float64, device="cpu")
    for k in range(2):
        for _ in range(2):
            basis[k] -= basis[:k].T @ (basis[:k] @ basis[k])
        basis[k] /= basis[k].norm()
    return basis
