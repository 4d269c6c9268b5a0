"""Statistics of a plane, by which planes can be compared: curvature, convexity, roughness, minima."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from landscape._common.guesses import guessable
from landscape._common.summaries import Summarized, Summary, interval
from landscape.curvature.eigenvalues import Eigenpairs
from landscape.linalg.operator import SymmetricOperator
from landscape.slices.directions import Direction, norm
from landscape.slices.persistence import Minima, find_minima
from landscape.slices.plane_curvature import (
    Matrix,
    PlaneCurvature,
    exact_curvature,
    measure_curvature,
    quadratic_terms,
    second_weights,
)

_EPSILONS = {"float64": 2.0**-52, "float32": 2.0**-23, "bfloat16": 2.0**-7, "float16": 2.0**-10}


@dataclass(frozen=True, eq=False, repr=False)
class PlaneQuality(Summarized):
    """Statistics of one plane.

    Attributes
    ----------
    curvature : PlaneCurvature or None
        At the grid point closest to (0, 0); None if that lies on the border or outside.
    convex_share : float
        Share of the area, over the interior grid points whose eight neighbours are finite, where the 2 x 2 matrix of
        second differences has no negative eigenvalue beyond rounding. It depends neither on the lengths nor on the
        angle of the directions (a congruence keeps the signs), and each point counts with its part of the area.
    undetermined_share : float
        Share of the same area where the smallest eigenvalue is within rounding of zero, which counts as convex above.
    roughness : float
        Root mean square, by area, of what a least-squares quadratic leaves of the surface, over its range. 0 for a
        quadratic, whatever its signs; NaN with less than seven finite points.
    variation : float
        Total variation over range, mean over all grid lines: 1 where lines rise or fall, up to 2 in a single valley,
        more only if lines go up and down. NaN where all lines are flat.
    minima : Minima
        All, with their persistence.
    locations : ndarray, shape (m, 2)
        (alpha, beta) of the minima.
    num_minima : int
        Those of a persistence above `threshold` times the range, those on the border included.
    threshold : float
    range : tuple of float
        Smallest and largest finite value.
    finite_share : float
        Share of the grid points that have a finite value.
    protocol : dict
        The plane's own protocol and the definitions (JSON-able).

    Examples
    --------
    A paraboloid drawn by hand: convex everywhere, with one minimum, and nothing that a quadratic leaves over.

    >>> import xarray as xr
    >>> steps = torch.linspace(-1, 1, 9).double().numpy()
    >>> loss_values = steps[:, None] ** 2 + 2 * steps**2
    >>> bowl = xr.Dataset({"loss": (("alpha", "beta"), loss_values)}, {"alpha": steps, "beta": steps})
    >>> quality = ls.slices.plane_quality(bowl)
    >>> quality.convex_share, quality.num_minima, quality.roughness < 1e-12
    (1.0, 1, True)
    """

    curvature: PlaneCurvature | None
    convex_share: float
    undetermined_share: float
    roughness: float
    variation: float
    minima: Minima
    locations: NDArray[np.float64]
    num_minima: int
    threshold: float
    range: tuple[float, float]
    finite_share: float
    protocol: dict[str, Any]

    def _summary(self) -> Summary:
        border = int(self.minima.on_border[: self.num_minima].sum())
        rows = [
            *_curvature_rows(self.curvature),
            ("convex (share of the area)", f"{self.convex_share:.1%}"),
            ("sign within rounding", f"{self.undetermined_share:.1%}"),
            ("roughness (share of the range)", self.roughness),
            ("variation (share of the range)", self.variation),
            (
                f"minima of a persistence above {self.threshold:.3g}",
                f"{self.num_minima}, {border} of them on the border",
            ),
        ]
        return Summary(
            f"{self.protocol['variable']!r} on {' x '.join(map(str, self.protocol['grid']))} points, "
            f"{self.finite_share:.1%} finite, {interval(*self.range)}",
            ("what", "value"),
            rows,
            folded={"Protocol": self.protocol},
        )


@guessable
def plane_quality(
    plane: xr.Dataset,
    *,
    variable: str = "loss",
    reference: SymmetricOperator | Eigenpairs | None = None,
    directions: Sequence[Direction] | None = None,
    threshold: float = 0.01,
) -> PlaneQuality:
    """Compute statistics of a plane: curvature, convexity, roughness and minima.

    Curvature is that of the surface on the grid's scale. For a smooth loss its errors say how far it is from u^T H u;
    with kinks (the plane's protocol names them) the two differ by more than the grid can tell, the errors are NaN, and
    `reference` gives u^T H u.

    Parameters
    ----------
    plane : xarray.Dataset
        As `landscape.plane` returns it: `variable` over "alpha" and "beta", at least 3 x 3, steps of any kind; values
        that are not finite are left out, never filled in.
    variable : str
    reference : SymmetricOperator or Eigenpairs, optional
        The Hessian at the plane's (0, 0), multiplied by each direction once, or eigenpairs whose span holds the
        directions; the curvature of the plane can be compared with theirs.
    directions : two mappings of str to Tensor, optional
        Those of the plane; needed with `reference`.
    threshold : float
        Persistence from which on a minimum is counted, as a share of the range.

    Returns
    -------
    PlaneQuality
        Convex share, roughness, variation and number of minima do not change when the loss is multiplied by a positive
        number or shifted (except that a large shift makes rounding larger).

    Raises
    ------
    ValueError
        If the dataset is no such plane, has no finite value, or the directions are not those it was drawn along.

    Examples
    --------
    >>> directions = ls.random_direction(loss, seed=0), ls.random_direction(loss, seed=1)
    >>> quality = ls.slices.plane_quality(ls.plane(loss, directions))
    >>> 0 <= quality.convex_share <= 1 and quality.num_minima >= 1
    True
    """
    if variable not in plane or set(plane[variable].dims) != {"alpha", "beta"}:
        raise ValueError(f"The dataset has no variable {variable!r} over (alpha, beta): select one plane first.")
    if not (np.isfinite(threshold) and threshold >= 0):
        raise ValueError(f"threshold is {threshold!r}: give a share of the range, such as 0.01.")
    grid = plane[variable].transpose("alpha", "beta").sortby(["alpha", "beta"])
    values = np.asarray(grid, dtype=np.float64)
    alphas, betas = (np.asarray(grid[axis], dtype=np.float64) for axis in ("alpha", "beta"))
    finite = np.isfinite(values)
    if min(values.shape) < 3 or not finite.any() or (np.diff(alphas) <= 0).any() or (np.diff(betas) <= 0).any():
        raise ValueError(
            f"The plane has the shape {values.shape} and {int(finite.sum())} finite values: give at least 3 x 3 "
            "different steps and one finite value."
        )
    if (reference is None) != (directions is None):
        raise ValueError("Curvature of a matrix along the plane needs both reference and directions: give both.")
    protocol = json.loads(plane.attrs.get("protocol", "{}"))
    low, high = float(values[finite].min()), float(values[finite].max())
    unit = 4 * _rounding(plane[variable], protocol)
    curvature = measure_curvature(
        values, alphas, betas, _metric(plane), unit * float(np.abs(values[finite]).max()), protocol.get("kinks")
    )
    if reference is not None and directions is not None:
        _check_directions(plane, directions)
        if curvature is None:
            raise ValueError("(0, 0) is no interior point of the plane, so it shows no curvature to compare: widen it.")
        exact, errors, products = exact_curvature(reference, directions)
        curvature = replace(curvature, exact=exact, exact_errors=errors, products=products)
    convex, undetermined = _convexity(values, alphas, betas, unit)
    minima = find_minima(values)
    return PlaneQuality(
        curvature=curvature,
        convex_share=convex,
        undetermined_share=undetermined,
        roughness=_roughness(values, alphas, betas, high - low),
        variation=_variation(values),
        minima=minima,
        locations=np.stack([alphas[minima.cells[:, 0]], betas[minima.cells[:, 1]]], axis=1),
        num_minima=minima.above(threshold * (high - low)),
        threshold=float(threshold),
        range=(low, high),
        finite_share=float(finite.mean()),
        protocol={
            "measure": "quality of a plane",
            "variable": variable,
            "grid": list(values.shape),
            "plane": protocol,
            "rounding": unit,
            "neighbours": "8 (edges and corners)",
            "threshold": float(threshold),
            "products": 0 if curvature is None else curvature.products,
        },
    )


def _convexity(values: Matrix, alphas: Matrix, betas: Matrix, unit: float) -> tuple[float, float]:
    """Return the share of the area that is convex, and the share that rounding leaves undecided."""
    (a1, a2), (b1, b2) = ((np.diff(x)[:-1, None], np.diff(x)[1:, None]) for x in (alphas, betas))
    b1, b2 = b1.T, b2.T
    middle = values[1:-1, 1:-1]
    with np.errstate(invalid="ignore", over="ignore"):  # infinite values are left out below
        below, at, above = second_weights(a1, a2)
        aa = below * values[:-2, 1:-1] + at * middle + above * values[2:, 1:-1]
        below, at, above = second_weights(b1, b2)
        bb = below * values[1:-1, :-2] + at * middle + above * values[1:-1, 2:]
        corners = values[2:, 2:] - values[2:, :-2] - values[:-2, 2:] + values[:-2, :-2]
        # Per squared step, so that entries and their rounding are in units of the loss on any grid.
        aa, bb = aa * a1 * a2, bb * b1 * b2
        ab = corners / ((a1 + a2) * (b1 + b2)) * np.sqrt(a1 * a2 * b1 * b2)
        smallest = (aa + bb) / 2 - np.hypot((aa - bb) / 2, ab)
    windows = np.lib.stride_tricks.sliding_window_view(values, (3, 3))
    known: NDArray[np.bool_] = np.asarray(np.isfinite(windows).all(axis=(2, 3)))
    area = np.where(known, (a1 + a2) * (b1 + b2), 0.0)
    if not area.sum():
        return np.nan, np.nan
    tolerance = 6 * unit * np.abs(np.where(known[..., None, None], windows, 0.0)).max(axis=(2, 3))
    smallest = np.where(known, smallest, 0.0)
    convex = float((area * (smallest >= -tolerance)).sum() / area.sum())
    return convex, float((area * (np.abs(smallest) <= tolerance)).sum() / area.sum())


def _roughness(values: Matrix, alphas: Matrix, betas: Matrix, span: float) -> float:
    x, y = np.meshgrid(_unit_interval(alphas), _unit_interval(betas), indexing="ij")
    finite = np.isfinite(values)
    terms = quadratic_terms(x[finite], y[finite])
    if len(terms) < 7:
        return np.nan
    if not span:
        return 0.0
    area = np.outer(_trapezoids(alphas), _trapezoids(betas))[finite]
    roots = np.sqrt(area / area.sum())
    shape = (values[finite] - values[finite].mean()) / span
    solution, *_ = np.linalg.lstsq(terms * roots[:, None], shape * roots, rcond=None)
    return float(np.linalg.norm((shape - terms @ solution) * roots))


def _variation(values: Matrix) -> float:
    found = []
    for line in (*values, *values.T):
        known = line[np.isfinite(line)]
        span = float(np.ptp(known)) if known.size else 0.0
        steps = np.diff(np.where(np.isfinite(line), line, np.nan))
        if span > 0:
            found.append(float(np.nansum(np.abs(steps))) / span)
    return float(np.mean(found)) if found else np.nan


def _unit_interval(steps: Matrix) -> Matrix:
    return 2 * (steps - steps[0]) / (steps[-1] - steps[0]) - 1


def _trapezoids(steps: Matrix) -> Matrix:
    """Return the trapezoidal weight of each point of a line."""
    halves = np.diff(steps) / 2
    return np.pad(halves, (1, 0)) + np.pad(halves, (0, 1))


def _rounding(loss: xr.DataArray, protocol: dict[str, Any]) -> float:
    """Relative spacing of the numbers that the loss was computed in; float64 if the plane does not say."""
    if "rounding" in loss.attrs:
        return float(loss.attrs["rounding"])
    # Files from before 2026-11-29 have it in their record only.
    arithmetic = str(protocol.get("arithmetic", ""))
    if arithmetic.startswith("bfloat16"):
        return 2.0**-7
    if arithmetic.startswith("TF32"):
        return 2.0**-10
    return _EPSILONS.get(str(protocol.get("dtype")), 2.0**-52)


def _metric(plane: xr.Dataset) -> Matrix:
    """Inner products of the directions; the identity if the plane does not say."""
    a, b = (float(plane.attrs.get(name, 1.0)) for name in ("norm_alpha", "norm_beta"))
    across = a * b * float(plane.attrs.get("cosine", 0.0))
    return np.array([[a * a, across], [across, b * b]])


def _check_directions(plane: xr.Dataset, directions: Sequence[Direction]) -> None:
    if len(directions) != 2:
        raise ValueError(f"A plane has two directions, not {len(directions)}.")
    for name, direction in zip(("norm_alpha", "norm_beta"), directions, strict=True):
        length = norm(direction)
        if not abs(length - plane.attrs.get(name, length)) <= 1e-3 * length:
            raise ValueError(
                f"The plane was drawn along a direction of {name} {plane.attrs[name]:.4g}, and the one given has the "
                f"length {length:.4g}: give the plane's own directions."
            )


def _curvature_rows(curvature: PlaneCurvature | None) -> list[tuple[str, str]]:
    if curvature is None:
        return [("curvature", "(0, 0) is no interior point")]
    c, rows = curvature, []
    for name, at in {"alpha": (0, 0), "beta": (1, 1), "mixed": (0, 1)}.items():
        line = f"differences {c.differences[at]:.4g} (error {c.difference_errors[at]:.1g})"
        line += f", fit {c.fit[at]:.4g} (error {c.fit_errors[at]:.1g})"
        if c.exact is not None and c.exact_errors is not None:
            line += f", matrix {c.exact[at]:.4g} (error {c.exact_errors[at]:.1g})"
        rows.append((f"curvature {name}", line))
    return [*rows, ("curvature is", c.message)] if c.message else rows
