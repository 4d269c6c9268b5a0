"""Planes from a fraction of the evaluations: refined where the surface bends, with a measured interpolation error."""

import functools
import math
from collections import Counter
from collections.abc import Mapping
from os import PathLike
from typing import Any, get_args

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray
from tqdm.auto import tqdm

from landscape._common.autotuning import Route
from landscape._common.interrupts import OnInterrupt, check_on_interrupt, deliver
from landscape._common.validation import whole
from landscape.adaptive_results import dataset, loss_name, message_of
from landscape.directions import Direction, check_direction, cosine
from landscape.evaluation import Evaluator
from landscape.interpolation import Floats, interpolate
from landscape.kinks import union_of_kinks
from landscape.objective.objective import Objective
from landscape.refinement import START, Outcome, Samples, Scale, Settings, search
from landscape.resumable import PointFile
from landscape.scan import Crew, How, Workers, build_evaluator, check_workers, heading_of, shared, writes_file
from landscape.slices import Objectives, loss_attributes, objectives_by_prefix


def adaptive_plane(
    objective: Objectives,
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
    workers: Workers = 1,
    progress: bool = False,
    on_interrupt: OnInterrupt = "raise",
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
    objective : Objective or mapping of str to Objective
        At theta. Several, such as `{"train": a, "test": b}`, are evaluated at the same points, and refined until every
        loss is within the tolerance of its own dynamic range; a held-out point is off where any of them is.
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
    workers : int, concurrent.futures.Executor or torch.distributed.ProcessGroup
        As for `plane`: they share the points of each round of the refinement, 16 or more.
    progress : bool
        Show a bar; its total is the most there may be.
    on_interrupt : {"raise", "return"}
        What Ctrl-C does: raise `landscape.Interrupted`, whose `partial` is the picture so far, with "converged" 0,
        or return that.

    Returns
    -------
    xarray.Dataset
        Variables, dimensions and attributes of `plane`, and: "evaluated", where the values are exact; "loss_error", the
        estimated absolute error, in units of the loss or in decades with `scale="log"` (of several objectives
        "train_loss_error" and so on). Where all evaluated values around a point are non-finite, loss and error are NaN
        without an evaluation; where finite and non-finite ones meet, every point is evaluated: nothing is interpolated
        between them (it is NaN there, with an infinite error, if `max_evaluations` does not suffice). Metrics are
        interpolated piecewise linearly; their error is measured at the held-out points, but does not steer the
        refinement.

        Attributes: "converged" (1 or 0), "message" (what the check says), "evaluations", "held_out_error" (the
        largest of all losses, as a share of its dynamic range; NaN without a check); "protocol" (JSON) has the rest.

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
    check_on_interrupt(on_interrupt)
    objectives = objectives_by_prefix(objective)
    _check_names(objectives)
    _check_directions(next(iter(objectives.values())), directions)
    a = _axis(alphas, "alphas")
    b = a if betas is None else _axis(betas, "betas")
    if scale not in get_args(Scale):
        raise ValueError(f'scale is {scale!r}: choose "log" or "linear", as the picture will be drawn.')
    settings = _settings(objectives, len(a) * len(b), error, max_evaluations, holdout, seed)
    check_workers(workers)
    how = How(route, path=path, workers=workers)
    build = functools.partial(build_evaluator, how=How(route), errors=dict.fromkeys(objectives, False))
    evaluator = Evaluator(objectives, directions, route=route)
    grid = np.stack(np.meshgrid(a, b, indexing="ij"), axis=-1).reshape(-1, 2)
    heading = heading_of(objectives, directions, grid, "plane", how, evaluator.names)
    facts = {**heading, "settings": [repr(settings), scale]}
    store = PointFile(path, heading) if path is not None and writes_file(workers) else None
    union_of_kinks(objectives)  # for the protocol: later an interrupt would lose what was evaluated
    found = shared(store.found if store else {}, workers)
    outcome, interrupted = None, False
    with (
        Crew(evaluator, build, objectives, directions, workers, facts) as crew,
        tqdm(total=settings.budget, desc="adaptive plane", unit="point", disable=not progress) as bar,
    ):

        def note(indices: NDArray[np.intp], rows: Floats) -> None:
            if store:
                store.append(indices, rows)
            bar.update(len(rows))

        losses = tuple(loss_name(prefix) for prefix in objectives)
        samples = Samples(a, b, crew.evaluate, tuple(evaluator.names), scale, losses)
        samples.remember(found, note)
        try:
            outcome = search(samples, settings)
        except KeyboardInterrupt:
            if not samples.count:
                raise
            interrupted = True
            message = f"Interrupted after {samples.count} evaluations, before the picture was checked."
        else:
            message = message_of(samples, outcome, settings)
    if outcome is None and samples.known[samples.coarse()].all():
        used = samples.known.copy()
        fits = {loss: interpolate(samples.points, samples.drawn(loss), used) for loss in losses}
        outcome = Outcome(False, 0, fits, used)
    told = evaluator.told()
    picture = dataset(objectives, directions, samples, outcome, settings, message, told.get("", told))
    for name, attributes in loss_attributes(objectives).items():
        picture[name].attrs |= attributes
    return deliver(picture, interrupted, on_interrupt)


def _check_names(objectives: Mapping[str, Objective]) -> None:
    """Raise ValueError if a metric is called as another variable of the result is."""
    taken = ["evaluated"]
    for prefix, objective in objectives.items():
        loss = loss_name(prefix)
        taken += [loss, f"{loss}_error", *(loss_name(prefix, metric) for metric in objective.metrics)]
    for name, times in Counter(taken).items():
        if times > 1:
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


def _settings(
    objectives: Mapping[str, Objective], points: int, error: Any, max_evaluations: Any, holdout: Any, seed: Any
) -> Settings:
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
    rounding = {loss_name(prefix): objective.rounding for prefix, objective in objectives.items()}
    return Settings(float(error), min(budget, points), held, number, rounding)
