"""Interpolation of a grid from values at some of its points, with an error estimate at each of the others."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import LinearNDInterpolator
from scipy.linalg import lu_factor, lu_solve
from scipy.spatial import Delaunay, KDTree
from scipy.spatial.distance import cdist

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

NEIGHBOURS = 4
SAFETY = 3.0
_BLOCK = 4096


@dataclass(frozen=True, eq=False)
class Interpolant:
    """Values at all points of a grid, and estimates of their errors.

    Attributes
    ----------
    values : ndarray, shape (n,)
        The known ones as they are. NaN where the known values around a point are not finite.
    errors : ndarray, shape (n,)
        Estimates of the absolute errors, 0 where the value is known. Infinite where finite and non-finite values meet:
        nothing is interpolated there, and only an evaluation tells.
    distances : ndarray, shape (n,)
        To the nearest known point.
    """

    values: Floats
    errors: Floats
    distances: Floats


def fit_rbf(points: Floats, values: Floats, known: Mask) -> Interpolant:
    r"""Interpolate by cubic radial basis functions with a linear polynomial.

    The error estimate is leave-one-out cross-validation: the error at each node of the interpolant through all other
    nodes, in closed form from the inverse of the one matrix (Rippa 1999, doi 10.1023/A:1018975909870). A point is given
    three times the largest of its four nearest nodes, each scaled by how much nearer than that node's own neighbour the
    nearest node is. It is an estimate: a feature that no node has seen is not in it.

    Parameters
    ----------
    points : ndarray, shape (n, 2)
    values : ndarray, shape (n,)
        Only those at known points are read; they may be non-finite.
    known : ndarray of bool, shape (n,)
        The corners of the points' bounding box must be among them.

    Returns
    -------
    Interpolant
    """
    missing = np.flatnonzero(~known)
    result = Interpolant(np.where(known, values, np.nan), np.zeros(len(points)), np.zeros(len(points)))
    if not len(missing):
        return result
    nodes = np.flatnonzero(known & np.isfinite(values))
    result.distances[missing] = KDTree(points[known]).query(points[missing])[0]
    inside, border = _sides(points, known, np.isfinite(values), missing)
    result.errors[missing[border]] = np.inf
    if inside.any():
        targets = missing[inside]
        result.values[targets], left_out = _radial(points[nodes], values[nodes], points[targets])
        result.errors[targets] = _spread(points[nodes], left_out, points[targets])
    return result


def interpolate_linearly(points: Floats, values: Floats, known: Mask) -> Floats:
    """Return the piecewise linear interpolant: within the values around a point, and NaN next to a NaN."""
    filled = values.copy()
    if not known.all():
        with np.errstate(invalid="ignore"):  # infinite values at a corner
            filled[~known] = LinearNDInterpolator(points[known], values[known])(points[~known])
    return filled


def refine(points: Floats, interpolant: Interpolant, tolerance: float, count: int) -> NDArray[np.intp]:
    """Return up to `count` points whose error estimates exceed the tolerance, far from each other.

    The largest error is taken first; it then lowers those around it as if it had been evaluated.
    """
    errors, distances = interpolant.errors.copy(), interpolant.distances.copy()
    border = np.isinf(errors)
    # Finite and non-finite values are separated first, farthest from what is known first.
    top = max(float(errors[~border].max(initial=0.0)), tolerance, np.finfo(np.float64).tiny)
    errors[border] = 1e6 * top * distances[border] / distances[border].max(initial=1e-300)
    chosen: list[int] = []
    while len(chosen) < count:
        best = int(errors.argmax())
        if not errors[best] > tolerance:
            break
        chosen.append(best)
        gap = np.hypot(*(points - points[best]).T)
        near = gap < distances
        errors[near] *= gap[near] / distances[near]
        distances[near] = gap[near]
    return np.array(sorted(chosen), dtype=np.intp)


def _sides(points: Floats, known: Mask, finite: Mask, missing: NDArray[np.intp]) -> tuple[Mask, Mask]:
    """Return masks of the missing points: those among finite values, and those where finite meet non-finite ones."""
    if finite[known].all():
        return np.ones(len(missing), dtype=bool), np.zeros(len(missing), dtype=bool)
    triangles = Delaunay(points[known])
    found = triangles.find_simplex(points[missing])
    corners = finite[known][triangles.simplices[found]].sum(axis=1)
    inside = (corners == 3) & (found >= 0)
    return inside, ~inside & ((corners > 0) | (found < 0))


def _radial(nodes: Floats, values: Floats, targets: Floats) -> tuple[Floats, Floats]:
    """Values at the targets, and the error at each node of the interpolant through all other nodes."""
    n = len(nodes)
    matrix = np.zeros((n + 3, n + 3))
    matrix[:n, :n] = cdist(nodes, nodes) ** 3
    matrix[:n, n:] = _linear(nodes)
    matrix[n:, :n] = matrix[:n, n:].T
    inverse = lu_solve(lu_factor(matrix, overwrite_a=True), np.eye(n + 3), overwrite_b=True)
    centre = values.mean()  # so that the rounding is that of the differences, and none in a constant
    weights = inverse[:, :n] @ (values - centre)
    left_out = weights[:n] / inverse.diagonal()[:n]
    blocks = [targets[i : i + _BLOCK] for i in range(0, len(targets), _BLOCK)]
    found = np.concatenate([cdist(b, nodes) ** 3 @ weights[:n] + _linear(b) @ weights[n:] for b in blocks])
    return centre + found, left_out


def _linear(points: Floats) -> Floats:
    return np.column_stack([np.ones(len(points)), points])


def _spread(nodes: Floats, left_out: Floats, targets: Floats) -> Floats:
    """Error estimates at the targets from those at the nodes."""
    tree = KDTree(nodes)
    spacing = np.asarray(tree.query(nodes, k=2)[0])[:, 1]
    distances, nearest = map(np.asarray, tree.query(targets, k=min(NEIGHBOURS, len(nodes))))
    scale = np.minimum(1.0, distances[:, :1] / spacing[nearest])
    return SAFETY * (np.abs(left_out)[nearest] * scale).max(axis=1)
