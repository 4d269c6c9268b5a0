"""Width of the basin around the weights: the distance along a direction at which the loss exceeds a threshold."""

import itertools
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from torch import Tensor
from tqdm.auto import tqdm

from landscape._common.guesses import guessable
from landscape._common.interrupts import OnInterrupt, check_on_interrupt, deliver
from landscape._common.validation import check_count
from landscape.curvature.eigenvalues import Eigenpairs
from landscape.objective.objective import Objective
from landscape.objective.validation import expect_objective
from landscape.slices.directions import Direction, check_direction, norm

BoolArray = NDArray[np.bool_]
SIGNS = (1, -1)


@guessable
def basin_width(
    objective: Objective,
    directions: Direction | Sequence[Direction] | Eigenpairs,
    *,
    threshold: float,
    max_distance: float = 1.0,
    grid: int = 32,
    tol: float = 1e-3,
    progress: bool = False,
    on_interrupt: OnInterrupt = "raise",
) -> xr.Dataset:
    r"""Find where the loss first exceeds :math:`L(\theta) + \tau` along directions, to both sides.

    The loss is evaluated at `grid` equidistant steps alpha outwards, up to the first one at which
    :math:`L(\theta \pm \alpha u) > L(\theta) + \tau`, and the crossing before that is bisected. A barrier narrower than
    the spacing of the grid can hide between its points: a width is the first crossing that this grid shows. Along an
    eigenvector of unit length with eigenvalue lambda, to second order at a minimum, it is :math:`\sqrt{2 \tau /
    \lambda}`.

    Parameters
    ----------
    objective : Objective
        At theta.
    directions : mapping of str to Tensor, sequence of such, or Eigenpairs
        u, taken as they are: the steps alpha are in units of their lengths. `random_direction` gives ones with the
        filters' norms, along which the width does not change when layers are rescaled; eigenvectors show the narrowest
        and plain Gaussian directions the typical width.
    threshold : float
        tau, in units of the loss.
    max_distance : float
        Largest alpha.
    grid : int
        Steps to `max_distance`.
    tol : float
        Half the final width of the bracket, relative to alpha.
    progress : bool
        Show a bar over rays.
    on_interrupt : {"raise", "return"}
        What Ctrl-C does: raise `landscape.Interrupted`, whose `partial` is the dataset so far, in which rays that are
        not done have `lower` 0, `upper` infinite and no evaluations, or return that.

    Returns
    -------
    xarray.Dataset
        Over `direction` (counted from 0) and `sign` (1, -1): `width` in alpha with its uncertainty `error` (half the
        bracket), the bracket `lower` and `upper`, `reached`, and `evaluations`; over `direction`: `norm`, the length of
        u in parameter units. Where the threshold is not reached, `width` is NaN, `lower` is `max_distance` and `upper`
        is infinite: the width is only known to be larger. Where a NaN loss was met first, it is NaN too, and `upper` is
        where the NaN was. Infinite losses exceed every threshold. The attributes hold "protocol" (JSON), "message" and
        "grid_spacing" (in alpha).

    Raises
    ------
    ValueError
        For directions that do not fit, a threshold, distance or tolerance out of range, or a loss that is not finite at
        the weights themselves.

    Examples
    --------
    >>> width = ls.sharpness.basin_width(loss, ls.random_direction(loss, seed=0), threshold=0.1, max_distance=4.0)
    >>> dict(width.sizes)
    {'direction': 1, 'sign': 2}
    >>> bool((width["lower"] <= width["upper"]).all())
    True
    """
    expect_objective(objective)
    check_on_interrupt(on_interrupt)
    rays = _directions(objective, directions)
    for value, name in ((threshold, "threshold"), (max_distance, "max_distance")):
        if not (isinstance(value, (int, float, np.number)) and math.isfinite(value) and value > 0):
            raise ValueError(f"{name} is {value!r}: give a positive and finite number.")
    if not 0 < tol < 1:
        raise ValueError(f"tol is {tol!r}: give a relative tolerance between 0 and 1, such as 1e-3.")
    count = check_count(grid, "grid", 1, "step is needed")
    centre = objective.value()
    if not math.isfinite(centre):
        raise ValueError(f"The loss at the weights is {centre}: the basin has no floor to measure from.")
    rounding = 4 * objective.rounding * abs(centre)
    if threshold < rounding:
        raise ValueError(
            f"threshold is {threshold:g}, below the rounding of the loss ({rounding:.2g}): use dtype=torch.float64 or "
            "a larger threshold."
        )
    steps = np.linspace(0.0, float(max_distance), count + 1)
    shape = len(rays), len(SIGNS)
    # What is true of a ray before anything is known of it, and of those that an interruption leaves out.
    lower, upper, nan_met = np.zeros(shape), np.full(shape, np.inf), np.zeros(shape, dtype=bool)
    evaluations = np.zeros(shape, dtype=np.int64)
    stop = ""
    places = list(itertools.product(range(len(rays)), range(len(SIGNS))))
    with tqdm(places, desc="basin", unit="ray", disable=not progress) as bar:
        try:
            for place in bar:
                ray = _Ray(objective, rays[place[0]], SIGNS[place[1]])
                lower[place], upper[place], nan_met[place] = ray.first_crossing(centre + threshold, steps, tol)
                evaluations[place] = ray.evaluations
        except KeyboardInterrupt:
            if not evaluations.any():
                raise
            stop = f"Interrupted after {(evaluations > 0).sum()} of {len(places)} rays. "
    reached = np.isfinite(upper) & ~nan_met
    message = stop + _message(reached, nan_met, lower >= steps[-1])
    protocol = objective.protocol() | {
        "measure": "basin width",
        "loss": centre,
        "threshold": float(threshold),
        "max_distance": float(max_distance),
        "grid": count,
        "tol": float(tol),
        "evaluations": int(evaluations.sum()) + 1,
        "message": message,
    }
    dims = ("direction", "sign")
    found = xr.Dataset(
        {
            "width": (dims, np.where(reached, (lower + upper) / 2, np.nan)),
            "error": (dims, np.where(reached, (upper - lower) / 2, np.nan)),
            "lower": (dims, lower),
            "upper": (dims, upper),
            "reached": (dims, reached),
            "evaluations": (dims, evaluations),
            "norm": ("direction", [norm(direction) for direction in rays]),
        },
        coords={"direction": np.arange(len(rays)), "sign": list(SIGNS)},
        attrs={"grid_spacing": float(steps[1]), "message": message, "protocol": json.dumps(protocol)},
    )
    return deliver(found, bool(stop), on_interrupt)


class _Ray:
    """The loss along one direction, to one side."""

    def __init__(self, objective: Objective, direction: Direction, sign: int) -> None:
        self._objective, self._direction, self._sign = objective, direction, sign
        self.evaluations = 0

    def first_crossing(self, level: float, steps: NDArray[np.float64], tol: float) -> tuple[float, float, bool]:
        """Return the bracket of the first step above `level`, and whether its upper end is a NaN instead."""
        for inside, outside in itertools.pairwise(steps):
            value = self._value(outside)
            if math.isnan(value):
                return float(inside), float(outside), True
            if value > level:
                return self._bisect(level, float(inside), float(outside), tol)
        return float(steps[-1]), math.inf, False

    def _bisect(self, level: float, inside: float, outside: float, tol: float) -> tuple[float, float, bool]:
        while outside - inside > tol * (outside + inside):
            middle = (inside + outside) / 2
            if not inside < middle < outside:
                break
            value = self._value(middle)
            if math.isnan(value):
                return inside, middle, True
            if value > level:
                outside = middle
            else:
                inside = middle
        return inside, outside, False

    def _value(self, step: float) -> float:
        self.evaluations += 1
        moved = {
            name: p.add(self._direction[name].to(p), alpha=self._sign * float(step))
            for name, p in self._objective.parameters.items()
        }
        return self._objective.value(moved)


def _directions(objective: Objective, given: Any) -> list[Mapping[str, Tensor]]:
    rays = given.vectors if isinstance(given, Eigenpairs) else [given] if isinstance(given, Mapping) else list(given)
    if not rays:
        raise ValueError("There are no directions: give at least one, such as random_direction(objective, seed=0).")
    for number, direction in enumerate(rays):
        check_direction(objective, direction, f"direction {number}")
    return list(rays)


def _message(reached: BoolArray, nan_met: BoolArray, beyond: BoolArray) -> str:
    message = f"The threshold is reached on {reached.sum()} of {reached.size} rays."
    if beyond.any():
        message += f" On {beyond.sum()} the basin is wider than max_distance: raise that to find where it ends."
    if nan_met.any():
        message += f" On {nan_met.sum()} the loss is NaN before the threshold is seen."
    return message
