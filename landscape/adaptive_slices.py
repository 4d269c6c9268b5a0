"""Planes from a fraction of the evaluations: refined where the surface bends, with a measured interpolation error."""

import json
import math
from os import PathLike
from typing import Any, get_args

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray
from tqdm.auto import tqdm

from landscape.batches import whole
from landscape.directions import Direction, check_direction, cosine, norm
from landscape.evaluation import Evaluator
from landscape.interpolation import Floats, interpolate, interpolate_linearly
from landscape.objective import Objective
from landscape.refinement import CONFIDENCE, START, Outcome, Samples, Scale, Settings, search
from landscape.resumable import PointFile
from landscape.route import Route
from landscape.scan import How, _heading


def adaptive_plane(
    objective: Objective,
    directions: tuple[Direction, Direction],
    alphas: ArrayLike | None = None,
    betas: ArrayLike | None = None,
    *,
    error: float = 0.01,
    scale: Scale = "log",
    max_evaluations: int | None = None,
    holdout: int | None = None,
    seed: int = 0,
    route: Route = "auto",
    path: str | PathLike[str] | None = None,
    progress: bool = False,
) -> xr.Dataset:
    r"""Evaluate L(theta + alpha u + beta v) on part of a grid and interpolate the rest, to a stated error.

    A coarse grid of 9 x 9 of the points is evaluated first. Cubic radial basis functions interpolate it, leave-one-out
    errors say where the surface bends, and those points are evaluated next, until every estimated error is within the
    tolerance. Then `holdout` points, drawn at random from all those not evaluated, are evaluated and compared with the
    interpolant. If one of them is off by more than the tolerance, they join the others and the refinement goes on;
    else the picture is the interpolant that was checked, with the exact values at all evaluated points.

    The check supports a statement about the interpolated points, whatever the surface: exact for drawing without
    replacement (hypergeometric), with 95 % confidence over all checks together (the k-th check may err with probability
    0.05 / 2^k). The estimates alone support none.

    Parameters
    ----------
    objective : Objective
        At theta.
    directions : tuple of two mappings of str to Tensor
        u and v, as for `plane`.
    alphas, betas : array_like, shapes (a,) and (b,), optional
        Increasing, at least 9 each. Default: 51 points from -1 to 1; `betas` defaults to `alphas`.
    error : float
        Tolerance, as a share of the dynamic range: the largest minus the smallest of the finite evaluated values on
        the scale. At least four roundings of the loss, which no interpolant can follow; the message says if so.
    scale : {"log", "linear"}
        What is interpolated and has the dynamic range: log10 of the loss, as planes are drawn by default, or the loss
        itself, of which a steep rim may be all of the range. With "log" a loss that is not positive has no value.
    max_evaluations : int, optional
        Stop here, converged or not. The last `holdout` of them are kept for the check. Default: all of the grid.
    holdout : int, optional
        Points of a check. Default: a sixteenth of the grid, but 60 to 150.
    seed : int
        Of the draw of held-out points.
    route : {"auto", "rewritten", "plain"}
        How points are evaluated, as for `plane`; with the last two, equal arguments give equal points and bits.
    path : str or Path, optional
        A file that evaluated points are appended to. A call with the same arguments goes on from there, after a kill
        or Ctrl-C too; so does `plane` with the same file, which evaluates the points that are left.
    progress : bool
        Show a bar; its total is the most there may be.

    Returns
    -------
    xarray.Dataset
        Variables, dimensions and attributes of `plane`, and: "evaluated", where the values are exact; "loss_error", the
        estimated absolute error, in units of the loss or in decades with `scale="log"`. Where all evaluated values
        around a point are non-finite, loss and error are NaN without an evaluation; where finite and non-finite ones
        meet, every point is evaluated: nothing is interpolated between them (it is NaN there, with an infinite error,
        if `max_evaluations` does not suffice). Metrics are interpolated piecewise linearly; their error is measured
        at the held-out points, but does not steer the refinement.

        Attributes: "converged" (1 or 0), "message" (what the check says), "evaluations", "held_out_error" (the
        largest, as a share of the dynamic range; NaN without a check); "protocol" (JSON) has the rest. On Ctrl-C what
        there is is returned, with "converged" 0.

    Raises
    ------
    ValueError
        As for `plane`, and for axes that are too short or not increasing, and impossible settings.

    Notes
    -----
    On 42 pictures of trained and untrained networks (51 x 51 points, random directions, eigenvectors, trajectories; 22 of
    them had served to choose the constants) the true largest error stayed below the tolerance of 1 %. On surfaces made
    of kinks alone, a few points were off by up to 1.4 times the tolerance, within what the check allows for. Each round
    solves a dense system of the evaluated points: some 5,000 of them are the most that is practical.

    Examples
    --------
    >>> directions = ls.random_direction(loss, seed=0), ls.random_direction(loss, seed=1)
    >>> picture = ls.adaptive_plane(loss, directions, error=0.05)
    >>> picture["loss"].size, picture.attrs["evaluations"] < 700, picture.attrs["converged"]
    (2601, True, 1)
    """
    _check_objective(objective)
    _check_directions(objective, directions)
    a = _axis(alphas, "alphas")
    b = a if betas is None else _axis(betas, "betas")
    if scale not in get_args(Scale):
        raise ValueError(f'scale is {scale!r}: choose "log" or "linear", as the picture will be drawn.')
    settings = _settings(objective, len(a) * len(b), error, max_evaluations, holdout, seed)
    evaluator = Evaluator({"": objective}, directions, route=route)
    samples = Samples(a, b, evaluator.evaluate, tuple(evaluator.names), scale)
    heading = _heading(
        {"": objective}, directions, samples.coordinates, "plane", How(route, path=path), evaluator.names
    )
    store = PointFile(path, heading) if path is not None else None
    outcome = None
    with tqdm(total=settings.budget, desc="adaptive plane", unit="point", disable=not progress) as bar:

        def note(indices: NDArray[np.intp], rows: Floats) -> None:
            if store:
                store.append(indices, rows)
            bar.update(len(rows))

        samples.remember(store.found if store else {}, note)
        try:
            outcome = search(samples, settings)
        except KeyboardInterrupt:
            message = f"Interrupted after {samples.count} evaluations, before the picture was checked."
        else:
            message = _message(samples, outcome, settings)
    if outcome is None and samples.known[samples.coarse()].all():
        used = samples.known.copy()
        outcome = Outcome(False, 0, interpolate(samples.points, samples.drawn, used), used)
    told = {"route": evaluator.told()[""]} | _summary(samples, outcome, settings, message)
    return _dataset(objective, directions, samples, outcome, told)


def _check_objective(objective: Any) -> None:
    if not isinstance(objective, Objective):
        raise ValueError(f"The objective is a {type(objective).__name__}: give one Objective; plane() takes several.")
    for name in ("loss_error", "evaluated"):
        if name in objective.metrics:
            raise ValueError(f"A metric is named {name!r}, as a variable of the result is: give it another name.")


def _check_directions(objective: Objective, directions: Any) -> None:
    if not isinstance(directions, (tuple, list)) or len(directions) != 2:
        given = len(directions) if isinstance(directions, (tuple, list)) else f"a {type(directions).__name__}"
        raise ValueError(f"A plane needs two directions, not {given}.")
    check_direction(objective, directions[0], "first direction")
    check_direction(objective, directions[1], "second direction")
    angle = cosine(*directions)
    if 1 - abs(angle) < 1e-9:
        raise ValueError(f"The two directions are parallel (cosine {angle:.9f}), so they span a line: use line().")


def _axis(values: Any, name: str) -> Floats:
    steps = np.linspace(-1.0, 1.0, 51) if values is None else np.array(np.asarray(values, dtype=np.float64))
    if steps.ndim != 1 or not np.isfinite(steps).all() or (np.diff(steps) <= 0).any():
        raise ValueError(f"{name} must be a one-dimensional list of finite steps in increasing order: sort them.")
    if len(steps) < START:
        raise ValueError(
            f"{name} has {len(steps)} points, too few to leave any out: give {START} or more, or use plane()."
        )
    return steps


def _settings(objective: Objective, points: int, error: Any, max_evaluations: Any, holdout: Any, seed: Any) -> Settings:
    if not (isinstance(error, (int, float)) and math.isfinite(error) and error > 0):
        raise ValueError(f"error is {error!r}: give a positive share of the dynamic range, such as 0.01.")
    held = min(150, max(60, points // 16)) if holdout is None else whole(holdout)
    if held is None or held < 1:
        raise ValueError(f"holdout is {holdout!r}: give a positive number of points, such as 60.")
    budget = points if max_evaluations is None else whole(max_evaluations)
    if budget is None or budget < min(points, START**2 + held):
        raise ValueError(
            f"max_evaluations is {max_evaluations!r}: the coarse grid of {START**2} points and the {held} held-out "
            f"ones need at least {min(points, START**2 + held)}."
        )
    number = whole(seed)
    if number is None or number < 0:
        raise ValueError(f"seed is {seed!r}: give a non-negative integer.")
    return Settings(float(error), min(budget, points), held, number, objective.rounding)


def _message(samples: Samples, outcome: Outcome, settings: Settings) -> str:
    said = []
    if not outcome.converged:
        why = "too few were left for a whole check."
        if outcome.bent:
            why = f"the error is estimated to exceed the tolerance at {outcome.bent} points."
        said.append(f"Not converged within {samples.count} evaluations: {why}")
    if outcome.used.all():
        said.append("Every point of the grid was evaluated.")
    elif outcome.final:
        check = outcome.final
        said.append(
            f"{check.exceeding} of {check.points} held-out points exceed the tolerance: with {CONFIDENCE:.0%} "
            f"confidence at most {check.at_most} of the {check.population - check.points} interpolated points do."
        )
    else:
        said.append("The last check was not passed.")
    tolerance, spread = settings.tolerance(samples)
    if tolerance > settings.error * spread:
        said.append(f"The tolerance is {tolerance:.2g}, four roundings of the loss: pass dtype=torch.float64 for less.")
    return " ".join(said)


def _dataset(
    objective: Objective,
    directions: tuple[Direction, Direction],
    samples: Samples,
    outcome: Outcome | None,
    told: dict[str, Any],
) -> xr.Dataset:
    known = samples.known
    variables = {name: np.where(known, values, np.nan) for name, values in samples.values.items()}
    errors = np.full(len(known), np.nan)
    if outcome is not None:
        guess = outcome.fit.values if samples.scale == "linear" else 10.0**outcome.fit.values
        variables["loss"] = np.where(known, variables["loss"], guess)
        errors = np.where(np.isnan(guess) & np.isfinite(outcome.fit.errors), np.nan, outcome.fit.errors)
        for name in objective.metrics:
            linear = interpolate_linearly(samples.points, samples.values[name], outcome.used)
            variables[name] = np.where(known, variables[name], linear)
    variables |= {"loss_error": np.where(known, 0.0, errors), "evaluated": known}
    sizes = {"norm_alpha": norm(directions[0]), "norm_beta": norm(directions[1]), "cosine": cosine(*directions)}
    protocol = objective.protocol() | {"measure": "adaptive plane"} | sizes | told
    shape = (len(samples.a), len(samples.b))
    finite = np.isfinite(variables["loss"])
    surface = xr.Dataset(
        {name: (("alpha", "beta"), values.reshape(shape)) for name, values in variables.items()},
        coords={"alpha": samples.a, "beta": samples.b, "finite": (("alpha", "beta"), finite.reshape(shape))},
        attrs=sizes
        | {
            "converged": int(told["converged"]),
            "message": told["message"],
            "evaluations": samples.count,
            "held_out_error": math.nan if (share := told["held_out_error"]) is None else share,
            "protocol": json.dumps(protocol),
        },
    )
    surface["loss_error"].attrs["of"] = "log10(loss)" if samples.scale == "log" else "loss"
    return surface


def _summary(samples: Samples, outcome: Outcome | None, settings: Settings, message: str) -> dict[str, Any]:
    tolerance, spread = settings.tolerance(samples)
    check = outcome.final if outcome else None
    share = check.largest / spread if check and spread else math.nan
    return {
        "interpolation": "cubic radial basis functions with a linear polynomial",
        "scale": samples.scale,
        "error": settings.error,
        "dynamic_range": spread if math.isfinite(spread) else None,
        "tolerance": tolerance,
        "grid": len(samples.known),
        "evaluations": samples.count,
        "resumed": samples.reused,
        "max_evaluations": settings.budget,
        "seed": settings.seed,
        "converged": bool(outcome and outcome.converged),
        "message": message,
        "held_out_error": share if math.isfinite(share) else None,
        "confidence": CONFIDENCE,
        "interpolated": int((~samples.known).sum()),
        "exceeding_at_most": check.at_most if check else None,
        "estimates_hold": check.covered / check.points if check else None,
        "metric_errors": {n: e if math.isfinite(e) else None for n, e in check.others.items()} if check else {},
        "checks": [{"points": c.points, "exceeding": c.exceeding} for c in outcome.checks] if outcome else [],
    }
