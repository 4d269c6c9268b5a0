"""Second derivatives of a plane from its grid of values, and from a curvature matrix in its directions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.linalg import eigh

from landscape._common.summaries import Summarized, Summary, cell, interval
from landscape.curvature.eigenvalues import Eigenpairs
from landscape.linalg.operator import SymmetricOperator
from landscape.slices.directions import Direction, dot

Matrix = NDArray[np.float64]

SHRINKS = 1.5
"""How many times that from 3 or 4 steps the error of a smooth function may seem from 2; with a kink in the centre it is
2."""

_KINKED = (
    "The loss has kinks ({}): across them differences and fit are the curvature of the surface on the grid's scale, "
    "not u^T H u, and how far they are from it cannot be computed from the grid. Pass "
    "reference=HessianOperator(objective) and directions= for u^T H u."
)
_NOT_SHRINKING = (
    "Second differences do not come closer to each other as the step shrinks, as those of a smooth function do: the "
    "loss has kinks or noise, or the grid is coarse. They are the curvature of the surface on the grid's scale; pass "
    "reference=HessianOperator(objective) and directions= for u^T H u."
)
_NOT_KNOWN = (
    "The plane does not say whether the loss is smooth; the errors hold if it is. With kinks (ReLU), differences and "
    "fit are the curvature of the surface on the grid's scale: pass reference=HessianOperator(objective) and "
    "directions= for u^T H u."
)


@dataclass(frozen=True, eq=False, repr=False)
class PlaneCurvature(Summarized):
    """Second derivatives of L(theta + alpha u + beta v) by (alpha, beta) at the centre of a plane, from its grid.

    All matrices have the shape (2, 2), [[aa, ab], [ab, bb]], in units of the loss (steps being numbers).

    Attributes
    ----------
    centre : tuple of float
        (alpha, beta) of the grid point closest to theta, where they are taken.
    differences, difference_errors : ndarray
        Second differences over the closest points, which are the curvature of the surface on the grid's scale, and the
        size of their error as u^T H u: the largest of the changes on going to 2, 3 and 4 steps, divided by what that
        multiplies the error of a smooth loss by, plus the rounding of the loss. NaN where points are missing. The
        errors are NaN, for the reason in `message`, where the loss has kinks (ReLU, max pooling), whose jumps of the
        slope are curvature on the grid's scale and none of H, or where the changes do not shrink with the step as its
        square.
    fit, fit_errors : ndarray
        Of a least-squares quadratic through the points within two steps, and the size of its error: its standard errors
        from the residuals, plus 3.4/2.4 times the change on fitting within one step only, which is what the fourth
        orders of an even grid come to; NaN where the latter has less than seven finite points, and with kinks.
    exact, exact_errors : ndarray or None
        u^T H u, u^T H v, v^T H v of the matrix that was given, at theta, and their estimated errors.
    principal : ndarray, shape (2,)
        Smallest and largest curvature of the fit per squared unit of parameter length, whatever lengths and angle the
        directions have: they lie between the extreme eigenvalues of H, to the errors of the fit.
    products : int
        With the matrix.
    message : str
        What the differences and the fit do not tell of u^T H u, and what does; "" if the loss is known to be smooth.
    """

    centre: tuple[float, float]
    differences: Matrix
    difference_errors: Matrix
    fit: Matrix
    fit_errors: Matrix
    exact: Matrix | None
    exact_errors: Matrix | None
    principal: NDArray[np.float64]
    products: int
    message: str

    def _summary(self) -> Summary:
        columns = [self.differences, self.difference_errors, self.fit, self.fit_errors]
        header = ["direction", "differences", "error", "fit", "error"]
        if self.exact is not None and self.exact_errors is not None:
            columns += [self.exact, self.exact_errors]
            header += ["matrix", "error"]
        places = {"alpha": (0, 0), "beta": (1, 1), "mixed": (0, 1)}
        return Summary(
            f"second derivatives at {cell(self.centre)}, principal {interval(*self.principal)} per squared length",
            header,
            [(name, *(float(column[at]) for column in columns)) for name, at in places.items()],
            [self.message] if self.message else [],
        )


def second_weights(left: Matrix, right: Matrix) -> tuple[Matrix, Matrix, Matrix]:
    """Return the weights of three values in a second difference with steps to the left and to the right."""
    return 2 / (left * (left + right)), -2 / (left * right), 2 / (right * (left + right))


def difference(values: Matrix, alphas: Matrix, betas: Matrix, point: tuple[int, int], step: int) -> Matrix:
    """Return second differences at a grid point over points `step` further on; NaN where there are none."""
    i, j = point
    if min(i, j) < step or i + step >= len(alphas) or j + step >= len(betas):
        return np.full((2, 2), np.nan)
    block = values[i - step : i + step + 1 : step, j - step : j + step + 1 : step]
    a, b = alphas[[i - step, i, i + step]], betas[[j - step, j, j + step]]
    aa = float(np.dot(second_weights(a[1] - a[0], a[2] - a[1]), block[:, 1]))
    bb = float(np.dot(second_weights(b[1] - b[0], b[2] - b[1]), block[1]))
    ab = float((block[2, 2] - block[2, 0] - block[0, 2] + block[0, 0]) / ((a[2] - a[0]) * (b[2] - b[0])))
    return np.array([[aa, ab], [ab, bb]])


def measure_curvature(
    values: Matrix, alphas: Matrix, betas: Matrix, metric: Matrix, rounding: float, kinks: Sequence[str] | None
) -> PlaneCurvature | None:
    """Return the curvature at the grid point closest to (0, 0), or None if that is on the border.

    Parameters
    ----------
    values : ndarray, shape (a, b)
    alphas, betas : ndarray, shapes (a,) and (b,)
        Increasing.
    metric : ndarray, shape (2, 2)
        Inner products of the directions.
    rounding : float
        Error of one value.
    kinks : sequence of str or None
        Operations of the loss that have kinks; None if it is not known.
    """
    i, j = int(np.abs(alphas).argmin()), int(np.abs(betas).argmin())
    if not (0 < i < len(alphas) - 1 and 0 < j < len(betas) - 1):
        return None
    near = difference(values, alphas, betas, (i, j), 1)
    steps = np.diff(alphas[i - 1 : i + 2]), np.diff(betas[j - 1 : j + 2])
    even = [bool(np.ptp(step) <= 1e-6 * step.max()) for step in steps]
    equal = np.array([[even[0], all(even)], [all(even), even[1]]])
    width_a, width_b = float(steps[0].min()), float(steps[1].min())
    noise = rounding * np.array([[4 / width_a**2, 1 / (width_a * width_b)], [1 / (width_a * width_b), 4 / width_b**2]])
    fit, deviations = _quadratic(values, alphas, betas, (i, j), 2)
    closer, _ = _quadratic(values, alphas, betas, (i, j), 1)
    errors, fit_errors = _changes(values, alphas, betas, (i, j), equal, noise), np.abs(fit - closer)
    message = _NOT_KNOWN if kinks is None else ""
    if kinks:
        errors, fit_errors = np.full((2, 2), np.nan), np.full((2, 2), np.nan)
        message = _KINKED.format(", ".join(kinks))
    elif (np.isnan(errors) & np.isfinite(near)).any() and min(len(alphas), len(betas)) >= 5:
        message = _NOT_SHRINKING
    principal = np.full(2, np.nan)
    if np.isfinite(fit).all():
        principal = eigh(fit, metric, eigvals_only=True)
    return PlaneCurvature(
        centre=(float(alphas[i]), float(betas[j])),
        differences=near,
        difference_errors=errors + noise,
        fit=fit,
        fit_errors=deviations + 3.4 / 2.4 * fit_errors + noise / 2,
        exact=None,
        exact_errors=None,
        principal=principal,
        products=0,
        message=message,
    )


def _changes(
    values: Matrix, alphas: Matrix, betas: Matrix, point: tuple[int, int], equal: NDArray[np.bool_], noise: Matrix
) -> Matrix:
    """Return the change of second differences with the step, as their error; NaN if it does not shrink.

    The error of a smooth function is a h^2 to leading order, so the change from one step to s is (s^2 - 1) times that:
    the same from every s. Where steps differ in length it is of first order, and the change is taken as it is.
    """
    near = difference(values, alphas, betas, point, 1)
    of_step = [
        np.abs(difference(values, alphas, betas, point, step) - near) / np.where(equal, step**2 - 1.0, 1.0)
        for step in (2, 3, 4)
    ]
    known = [each for each in of_step if np.isfinite(each).all()]
    if not known or known[0] is not of_step[0]:
        return of_step[0]
    errors = np.max(known, axis=0)
    if len(known) > 1:
        errors[equal & (known[0] > SHRINKS * np.min(known[1:], axis=0) + noise)] = np.nan
    return errors


def quadratic_terms(x: Matrix, y: Matrix) -> Matrix:
    """Return the columns 1, x, y, x^2/2, xy, y^2/2."""
    return np.stack([np.ones_like(x), x, y, x**2 / 2, x * y, y**2 / 2], axis=-1)


def _quadratic(
    values: Matrix, alphas: Matrix, betas: Matrix, point: tuple[int, int], steps: int
) -> tuple[Matrix, Matrix]:
    """Return second derivatives of a least-squares quadratic, and their standard errors."""
    rows, columns = (slice(max(at - steps, 0), at + steps + 1) for at in point)
    block = values[rows, columns]
    centred = alphas[rows] - alphas[point[0]], betas[columns] - betas[point[1]]
    sizes = [float(np.abs(axis).max()) for axis in centred]
    x, y = np.meshgrid(centred[0] / sizes[0], centred[1] / sizes[1], indexing="ij")
    finite = np.isfinite(block)
    terms, known = quadratic_terms(x[finite], y[finite]), block[finite]
    unknown = np.full((2, 2), np.nan)
    if len(known) < 7 or np.linalg.matrix_rank(terms) < 6:
        return unknown, unknown
    solution, *_ = np.linalg.lstsq(terms, known, rcond=None)
    variance = float(np.sum((known - terms @ solution) ** 2)) / (len(known) - 6)
    deviations = np.sqrt(variance * np.linalg.inv(terms.T @ terms).diagonal())
    scale = np.outer(sizes, sizes)
    return _matrix(solution) / scale, _matrix(deviations) / scale


def _matrix(coefficients: NDArray[Any]) -> Matrix:
    return coefficients[[[3, 4], [4, 5]]]


def exact_curvature(
    reference: SymmetricOperator | Eigenpairs, directions: Sequence[Direction]
) -> tuple[Matrix, Matrix, int]:
    """Return u^T H u, u^T H v, v^T H v, their errors and the number of Hessian-vector products.

    Parameters
    ----------
    reference : SymmetricOperator or Eigenpairs
        H, multiplied once for each direction; or eigenpairs of H, in whose span the directions must lie.
    directions : two mappings of str to Tensor

    Raises
    ------
    ValueError
        If more than a hundredth of a direction's squared length is outside of the span of the eigenvectors.
    """
    if isinstance(reference, Eigenpairs):
        return *_from_eigenpairs(reference, directions), 0
    before = reference.products
    flat = [reference.flatten(direction) for direction in directions]
    products = [reference.matvec(vector) for vector in flat]
    inner = np.array([[float(torch.dot(x.double(), y.double())) for y in products] for x in flat])
    sizes = np.outer([float(x.norm()) for x in flat], [float(y.norm()) for y in products])
    # Products round; their asymmetry shows how much, and a few machine epsilons are added for what it does not show.
    errors = np.abs(inner - inner.T) / 2 + 8 * reference.rounding * np.maximum(sizes, sizes.T)
    return (inner + inner.T) / 2, errors, reference.products - before


def _from_eigenpairs(pairs: Eigenpairs, directions: Sequence[Direction]) -> tuple[Matrix, Matrix]:
    parts = np.array([[dot(direction, vector) for vector in pairs.vectors] for direction in directions])
    lengths = np.array([dot(direction, direction) for direction in directions])
    outside = np.maximum(lengths - (parts**2).sum(axis=1), 0.0)
    for i, share in enumerate(outside / lengths):
        if share > 0.01:
            raise ValueError(
                f"Direction {i} has {share:.0%} of its squared length outside of the span of the {len(parts[0])} "
                "eigenvectors, which do not tell its curvature: give an operator such as HessianOperator(objective)."
            )
    errors = np.abs(parts) @ np.diag(pairs.error_estimates) @ np.abs(parts).T
    rest = np.sqrt(np.outer(outside, outside)) * float(np.abs(pairs.values).max())
    return parts @ np.diag(pairs.values) @ parts.T, errors + rest
