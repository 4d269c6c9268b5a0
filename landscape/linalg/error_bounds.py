r"""Errors of computed eigenvalues: proven intervals, bounds that fail with a stated probability, and estimates.

Proven, for a symmetric matrix and orthonormal vectors, up to the rounding of the products (Parlett 1998, *The Symmetric
Eigenvalue Problem*): an eigenvalue lies within :math:`\lVert Hv-\theta v\rVert` of each Rayleigh quotient
:math:`\theta` (thm 4.5.1); k eigenvalues, counted with multiplicity, lie within :math:`\lVert R\rVert_2` of k Ritz
values with residual matrix R (thm 11.5.1); the i-th largest eigenvalue is not below the i-th largest Ritz value
(thm 10.1.1).

Nothing proves from products that no eigenvalue lies further out: the start may be orthogonal to its eigenvector. With a
Gaussian start its component :math:`c` along a fixed eigenvector has :math:`c^2\sim\mathrm{Beta}(1/2,(n-1)/2)`, and all
bounds below follow from :math:`|c|>s`: they hold at every step at once, so stopping early does not spoil them.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import eigvalsh_tridiagonal
from scipy.optimize import brentq
from scipy.special import betaincinv  # scipy.stats takes most of a second to import
from torch import Tensor

from landscape._common.summaries import Summarized, Summary, counted
from landscape.linalg.eigenproblem import Floats, Problem, SolverOptions, SolverResult
from landscape.linalg.orthogonal import row_products, square_norms


@dataclass(frozen=True, eq=False, repr=False)
class Certificate(Summarized):
    """Error bounds of the values of `Eigenpairs`: rigorous, probabilistic, and estimated.

    Attributes
    ----------
    radii : ndarray, shape (k,)
        Rigorous: an eigenvalue lies within radii[i] of values[i]. The residual and `rounding`.
    joint_radius : float
        Rigorous: k eigenvalues, multiple ones counted as often as they occur, lie within it, one of each value.
    error_estimates : ndarray, shape (k,)
        Estimate of |value - eigenvalue|: min(r, r^2/gap) of the residual r, with the gap taken from Ritz values.
    bounds : ndarray, shape (k,), or None
        Probabilistic: at most i eigenvalues, counted with multiplicity, are above bounds[i] (for "smallest" below it,
        for "largest_magnitude" larger in magnitude), so that for "largest" the eigenvalue at place i is between
        values[i] and bounds[i], to rounding. None if there are too few products for any, and for PyHessian.
    miss_probability : float or None
        Probability over the random vectors that any of `bounds` fails, at most; 0 if the whole space was searched.
    rounding : float
        Allowance for the rounding of the products: 10 machine epsilons times the largest |H v| seen, or more where
        random rounding of every operation on some of the samples showed more.
    statements : tuple of str
        The same as sentences, each beginning with its kind: "rigorous", "probabilistic" or "estimate".

    Examples
    --------
    >>> certificate = ls.top_eigenpairs(loss).certificate
    >>> [statement.split(":")[0] for statement in certificate.statements]
    ['rigorous', 'estimate', 'probabilistic']
    >>> bool(certificate.bounds[0] > ls.top_eigenpairs(loss).values[0])
    True
    """

    radii: Floats
    joint_radius: float
    error_estimates: Floats
    bounds: Floats | None
    miss_probability: float | None
    rounding: float
    statements: tuple[str, ...]

    def _summary(self) -> Summary:
        bounds = [None] * len(self.radii) if self.bounds is None else self.bounds
        return Summary(
            f"error bounds of {counted(len(self.radii), 'eigenvalue')}",
            ("place", "radius (rigorous)", "error (estimate)", "bound (probable)"),
            [(i, *row) for i, row in enumerate(zip(self.radii, self.error_estimates, bounds, strict=True), start=1)],
            self.statements,
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the certificate as a JSON-able dict."""
        return {
            "rigorous": {"radii": self.radii.tolist(), "joint_radius": self.joint_radius, "rounding": self.rounding},
            "probabilistic": None
            if self.bounds is None
            else {"bounds": self.bounds.tolist(), "miss_probability": self.miss_probability},
            "estimate": {"errors": self.error_estimates.tolist()},
            "statements": list(self.statements),
        }


def certify(
    problem: Problem,
    options: SolverOptions,
    result: SolverResult,
    values: Floats,
    residuals: Floats,
    estimates: Floats,
    residual_block: Tensor,
    measured: Floats | None,
) -> Certificate:
    """Return the certificate of Ritz values with the residual vectors `residual_block` (rows), in the unit of the loss.

    `measured` is how far rounding moves the product with each vector, where that is known.
    """
    unit = problem.unit or 1.0
    noise = np.zeros(len(values)) if measured is None else measured
    floor = 10 * (problem.rounding if measured is None else problem.eps) * problem.scale
    rounding = unit * max(floor, float(noise.max(initial=0.0)))
    gram = row_products([residual_block], residual_block)
    gram.diagonal().copy_(square_norms(residual_block))
    largest = math.sqrt(max(float(np.linalg.eigvalsh(problem.sum(gram).cpu().numpy())[-1]), 0.0))
    if result.dropped is not None:
        largest += float(np.linalg.norm(result.dropped))
    joint = unit * (largest + float(np.linalg.norm(noise))) + rounding
    residuals, estimates = unit * residuals, unit * estimates
    matrix = (
        f"the matrix with {len(problem.deflated)} directions projected out" if len(problem.deflated) else "the matrix"
    )
    statements = [
        f"rigorous: an eigenvalue of {matrix} lies within radii[i] of values[i]; {len(values)} eigenvalues, multiple "
        f"ones counted as often as they occur, lie within {joint:.3g}, one of each value",
        "estimate: values[i] is off by error_estimates[i], min(r, r^2/gap) with the gap to the next Ritz value",
    ]
    bounds, failure_probability = None, None
    if result.bounds is not None and np.isfinite(result.bounds).any():
        outward = -rounding if options.which == "smallest" else rounding
        bounds, failure_probability = unit * result.bounds + outward, result.failure_probability
        side = {"largest": "above", "smallest": "below", "largest_magnitude": "in magnitude above"}[options.which]
        statements.append(
            f"{'probabilistic' if failure_probability else 'rigorous'}: {_counts(bounds, side)}"
            + (
                f" (fails with probability {failure_probability:g} over the random vectors, at most)"
                if failure_probability
                else ""
            )
        )
    else:
        statements.append("none: nothing is known of eigenvalues further out (too few products, or no random start)")
    return Certificate(residuals + rounding, joint, estimates, bounds, failure_probability, rounding, tuple(statements))


def _counts(bounds: Floats, side: str) -> str:
    return "; ".join(f"at most {i} eigenvalues {side} {bound:.6g}" for i, bound in enumerate(bounds))


def error_estimates(values: Floats, residuals: Floats, others: Floats, other_residuals: Floats) -> Floats:
    r"""Estimate the errors of Rayleigh quotients as :math:`\min(r, r^2/\mathrm{gap})`.

    With the distance to the rest of the spectrum for gap this is a theorem (Parlett 1998, thm 11.7.1). Here the gap is
    to the nearest other Ritz value, less that one's residual, so it is an estimate. Without a gap larger than the
    residual it is the residual.

    Parameters
    ----------
    values, residuals : ndarray, shape (k,)
    others, other_residuals : ndarray, shape (m,)
        The remaining Ritz values.
    """
    every, slack = np.concatenate([values, others]), np.concatenate([residuals, other_residuals])
    distance = np.abs(values[:, None] - every) - slack
    np.fill_diagonal(distance, np.inf)
    gap = distance.min(axis=1)
    separated = gap > residuals
    return np.where(separated, residuals * (residuals / np.where(separated, gap, 1.0)), residuals)


def component_quantile(size: int, probability: float) -> float:
    """Return an s with P(|c| <= s) <= probability, c the component of a random unit vector along a fixed one.

    Parameters
    ----------
    size : int
        Dimension.
    probability : float
    """
    return 1.0 if size == 1 else math.sqrt(float(betaincinv(0.5, (size - 1) / 2, probability)))


def lanczos_bound(diagonal: ArrayLike, off_diagonal: ArrayLike, component: float) -> float:
    r"""Return an upper bound of the largest eigenvalue from Lanczos' tridiagonal matrix.

    The Lanczos vectors are :math:`v_{j+1}=p_j(H)v_1` with :math:`p_j(x)=\prod_i(x-\theta_i)/\prod_i\beta_i`, so that
    :math:`|p_j(\lambda)c|\le 1` for every eigenvalue and the component c of the start along its eigenvector: with
    :math:`|c|>s` none lies above the x where :math:`p_j(x)=1/s` (van Dorsselaer, Hochstenbach & van der Vorst 2000,
    SIAM J. Matrix Anal. Appl. 22, 837, section 3).

    Parameters
    ----------
    diagonal, off_diagonal : array_like, shape (j,)
        The last off-diagonal entry is the norm of what is left of the last matvec.
    component : float
        s; at 1 or above the start is the eigenvector.
    """
    alphas, betas = np.asarray(diagonal, dtype=np.float64), np.asarray(off_diagonal, dtype=np.float64)
    bounds = []
    for j in range(max(1, len(alphas) - 1), len(alphas) + 1):
        ritz: Floats = np.asarray(eigvalsh_tridiagonal(alphas[:j], betas[: j - 1]), dtype=np.float64)
        bounds.append(_polynomial_bound(ritz, betas[:j], component))
    return min(bounds)


def _polynomial_bound(ritz: Floats, betas: Floats, component: float) -> float:
    top = float(ritz[-1])
    if component >= 1 or not (betas > 0).all():
        return top  # the start is the eigenvector, or the space is invariant
    level = float(np.log(betas).sum()) - math.log(component)
    below = top - ritz

    def excess(logarithm: float) -> float:
        return float(np.log(math.exp(logarithm) + below).sum()) - level

    high = level / len(ritz)  # there every factor is at least the mean one
    low = high
    while excess(low) > 0 and low > -700:
        low -= 10
    return top + math.exp(high if low == high else brentq(excess, low, high))


def chebyshev_bounds(top: float, bottom: float, degree: int, component: float) -> tuple[float, float] | None:
    r"""Return an interval that holds all eigenvalues, from the extreme Ritz values on a Krylov space.

    If the start's component along the top eigenvector exceeds s, then :math:`\lambda_{\max}-\theta\le\gamma
    (\theta-\lambda_{\min})` for :math:`\cosh((2q-1)\,\mathrm{asinh}\sqrt\gamma)=1/s` after q products, by the odd
    Chebyshev polynomial of degree 2q-1 (the argument of Kuczyński & Woźniakowski 1992, SIAM J. Matrix Anal. Appl. 13,
    1094, thm 4.2, whose :math:`1.648\sqrt n\,e^{-\sqrt\varepsilon(2q-1)}` it sharpens); likewise at the bottom. Ritz
    values of a larger space may be given. None if q is too small to say anything.
    """
    if component >= 1:
        return bottom, top
    ratio = math.sinh(math.acosh(1 / component) / (2 * degree - 1)) ** 2
    if ratio >= 1:
        return None
    margin = ratio / (1 - ratio) * (top - bottom)
    return bottom - margin, top + margin


def counted_bound(
    projected: Floats, outside: Floats, complement: tuple[float, float], position: int, magnitude: bool = False
) -> float:
    r"""Return a bound that at most `position` eigenvalues exceed, multiple ones counted as often as they occur.

    On a basis V and its complement the matrix is :math:`\begin{pmatrix}T&E^T\\E&A\end{pmatrix}`. If no eigenvalue of A
    is above b, then for :math:`\tau>b` as many of the whole are above :math:`\tau` as of its Schur complement, at most
    those of :math:`T+E^TE/(\tau-b)` (Haynsworth's inertia additivity); the number falls as :math:`\tau` grows.

    Parameters
    ----------
    projected : ndarray, shape (m, m)
        T.
    outside : ndarray, shape (m, m)
        E^T E, the Gram matrix of the parts of the matvecs H V outside V.
    complement : tuple of float
        Lower and upper bound of the eigenvalues of A.
    position : int
    magnitude : bool
        Count eigenvalues of magnitude above tau instead.
    """
    low, high = complement
    sides = [(projected, high)] + ([(-projected, -low)] if magnitude else [])
    coupling = math.sqrt(max(float(np.linalg.eigvalsh(outside)[-1]), 0.0))
    floor = max(b for _, b in sides)
    if magnitude:
        floor = max(floor, 0.0)

    ceiling = max(floor, *(float(np.linalg.eigvalsh(t)[-1]) for t, _ in sides)) + coupling
    width = 1e-6 * (ceiling - floor) + 1e-14 * (abs(ceiling) + abs(floor))
    while ceiling - floor > width:  # the ceiling is a bound at every stage
        middle = (floor + ceiling) / 2
        if sum(_count(t, outside, b, middle) for t, b in sides) <= position:
            ceiling = middle
        else:
            floor = middle
    return ceiling


def excluded(
    projected: Floats, outside: Floats, complement: tuple[float, float], levels: Floats, magnitude: bool = False
) -> bool:
    """Return whether at most i eigenvalues exceed levels[i], for every i, in the sense of `counted_bound`."""
    low, high = complement
    sides = [(projected, high)] + ([(-projected, -low)] if magnitude else [])
    return all(
        level > max(b for _, b in sides) and sum(_count(t, outside, b, float(level)) for t, b in sides) <= i
        for i, level in enumerate(levels)
    )


def _count(projected: Floats, outside: Floats, bound: float, level: float) -> int:
    return int((np.linalg.eigvalsh(projected + outside / (level - bound)) > level).sum())


def power_bound(square: float, steps: int, component: float) -> float:
    r"""Return an upper bound of the spectral norm from power iteration.

    For x the normalised :math:`H^q v` and :math:`\rho=\lVert Hx\rVert^2`, a component of v above s gives :math:`\rho\ge
    (1-\varepsilon)\lVert H\rVert^2` with :math:`\varepsilon s^2/(1-s^2)=(1-\varepsilon)^{q+1}q^q/(q+1)^{q+1}`
    (Kuczyński & Woźniakowski 1992, section 3, for the squared matrix).

    Parameters
    ----------
    square : float
        rho.
    steps : int
        q, the products before the one in rho.
    component : float
    """
    if component >= 1:
        return math.sqrt(square)
    odds = math.log(component**2 / (1 - component**2))
    constant = steps * math.log(steps / (steps + 1)) if steps else 0.0

    def excess(error: float) -> float:
        return math.log(error) + odds - (steps + 1) * math.log1p(-error) + math.log(steps + 1) - constant

    return math.sqrt(square / (1 - brentq(excess, 1e-300, 1 - 1e-15)))
