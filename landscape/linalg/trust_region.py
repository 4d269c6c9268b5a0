r"""Maximise a function on a Euclidean ball by a quadratic model made from a few known gradients.

For a quadratic function the gradient changes linearly, so gradients at k points determine it, and its gradient, in the
whole affine space through these points, at no further evaluation. Its peak there is a trust-region problem of k
dimensions, solved exactly (More and Sorensen 1983, doi:10.1137/0904038). Taking the steepest direction at that peak as
the next point makes the space grow as Krylov spaces do, which is why LOBPCG (Knyazev 2001,
doi:10.1137/S1064827500366124) needs so many fewer products than power iteration; here it holds for functions that are
only nearly quadratic.
"""

import math

import torch
from torch import Tensor

KEPT = 8  # points with their gradients, besides the centre: memory for 16 vectors of the parameters' length
DEPENDENT = 1e-7  # relative size of a singular value below which differences of points count as dependent
HALVINGS = 120


class SubspaceModel:
    """A quadratic model from points and their gradients, of which the centre of the ball is always kept.

    Parameters
    ----------
    gradient : Tensor, shape (n,)
        At the centre, the origin; float64.
    """

    def __init__(self, gradient: Tensor) -> None:
        self._points = [torch.zeros_like(gradient)]
        self._gradients = [gradient]
        self._best = 0

    def add(self, point: Tensor, gradient: Tensor, *, best: bool) -> None:
        """Add a point with its gradient; drop the oldest point other than the centre and the best one."""
        self._points.append(point)
        self._gradients.append(gradient)
        if best:
            self._best = len(self._points) - 1
        if len(self._points) > KEPT + 1:
            oldest = 1 if self._best != 1 else 2
            del self._points[oldest], self._gradients[oldest]
            self._best -= self._best > oldest

    def peak(self, radius: float) -> tuple[Tensor, Tensor, float]:
        """Return the model's maximiser in the ball, its gradient there, and its largest curvature of either sign."""
        origin, slope = self._points[self._best], self._gradients[self._best]
        others = [i for i in range(len(self._points)) if i != self._best]
        differences = torch.stack([self._points[i] - origin for i in others], dim=1)
        changes = torch.stack([self._gradients[i] - slope for i in others], dim=1)
        sizes = differences.norm(dim=0)
        differences, changes, sizes = differences[:, sizes > 0], changes[:, sizes > 0], sizes[sizes > 0]
        orthogonal, triangle = torch.linalg.qr(differences / sizes)
        left, values, right = torch.linalg.svd(triangle, full_matrices=False)
        kept = values > DEPENDENT * values[0]
        basis = orthogonal @ left[:, kept]
        matvecs = (changes / sizes) @ (right[kept].T / values[kept])
        matrix = basis.T @ matvecs
        matrix = (matrix + matrix.T) / 2
        inside = basis.T @ origin
        outside = float((origin - basis @ inside).square().sum())  # rounding, because the span holds the centre
        radius = math.sqrt(max(radius**2 - outside, 0.0))
        step = trust_region(matrix, basis.T @ slope - matrix @ inside, radius) - inside
        curvature = float(torch.linalg.matrix_norm(matrix, 2))
        return origin + basis @ step, slope + matvecs @ step, curvature


def trust_region(matrix: Tensor, gradient: Tensor, radius: float) -> Tensor:
    r"""Return the x that maximises :math:`g^T x + x^T A x / 2` subject to :math:`|x| \le r`.

    Parameters
    ----------
    matrix : Tensor, shape (k, k)
        A, symmetric, in float64.
    gradient : Tensor, shape (k,)
    radius : float

    Returns
    -------
    Tensor, shape (k,)
        In the hard case, of the two solutions the one along the eigenvector as it comes.
    """
    eigenvalues, vectors = torch.linalg.eigh(matrix)
    weights = vectors.T @ gradient
    top = float(eigenvalues[-1])
    if top < 0 and float((weights / eigenvalues).norm()) <= radius:
        return vectors @ (-weights / eigenvalues)
    # |x(mu)| falls with the multiplier mu, which lies above the top eigenvalue.
    low = max(top, 0.0)
    high = low + float(weights.norm()) / radius if radius else low
    tiny = torch.finfo(torch.float64).tiny
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if float((weights / (middle - eigenvalues).clamp_min(tiny)).norm()) > radius:
            low = middle
        else:
            high = middle
    solution = weights / (high - eigenvalues).clamp_min(tiny)
    size = float(solution.norm())
    if size < radius:  # the hard case, or rounding of the multiplier: the top eigenvector makes up for the length
        missing = math.sqrt(max(radius**2 - float(solution[:-1].square().sum()), 0.0))
        solution[-1] = math.copysign(missing, float(solution[-1]))
    elif size > radius:
        solution *= radius / size
    return vectors @ solution
