"""Evaluate objectives on a line or a plane through parameter space."""

import json
from collections.abc import Mapping
from os import PathLike
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from landscape._common.autotuning import Route
from landscape._common.guesses import guessable
from landscape._common.interrupts import OnInterrupt, check_on_interrupt, deliver
from landscape.objective.interface import ObjectiveLike
from landscape.objective.validation import check_data_finite
from landscape.slices._evaluation.scheduler import EvaluationOptions, Workers, evaluate_points
from landscape.slices.directions import (
    Direction,
    check_direction,
    check_drawn,
    cosine,
    how_made,
    norm,
    random_direction,
    two_directions,
)
from landscape.slices.kinks import union_of_kinks

Objectives = ObjectiveLike | Mapping[str, ObjectiveLike]


@guessable
def line(
    objective: Objectives,
    direction: Direction | None = None,
    alphas: ArrayLike | None = None,
    *,
    seed: int | None = None,
    route: Route = "auto",
    standard_error: bool | None = None,
    resolution: float | None = None,
    ceiling: float | None = None,
    confidence: float = 0.999,
    path: str | PathLike[str] | None = None,
    workers: Workers = 1,
    progress: bool = False,
    on_interrupt: OnInterrupt = "raise",
) -> xr.Dataset:
    """Evaluate L(theta + alpha u) and the metrics along a direction u.

    Parameters
    ----------
    objective : Objective or mapping of str to Objective
        At theta. Several, such as `{"train": a, "test": b}`, are evaluated at the same points.
    direction : mapping of str to Tensor, optional
        u, taken as it is. Default: a random filter-normalised direction, as of `random_direction`.
    alphas : array_like, shape (a,), optional
        Default: 51 points from -1 to 1.
    seed : int, optional
        Of the default direction; 0 by default. The protocol has it, under "directions".
    route, standard_error, resolution, ceiling, confidence, path, workers, progress, on_interrupt
        See `plane`.

    Returns
    -------
    xarray.Dataset
        Variables "loss" and the metrics over the dimension "alpha", float64, as of `plane`. The attributes hold
        "protocol" (JSON) and "norm_alpha", the length of u.

    Raises
    ------
    ValueError
        For a direction that does not fit the parameters, is zero or not finite, for steps that are no finite list, and
        as `plane`.

    Examples
    --------
    >>> u = ls.random_direction(loss, seed=0)
    >>> slice_ = ls.line(loss, u, [-1.0, 0.0, 1.0])
    >>> bool(abs(slice_["loss"].sel(alpha=0.0) - loss.value()) < 1e-6)
    True
    >>> ls.line(loss, alphas=[-1.0, 0.0, 1.0]).equals(slice_)  # the direction by default
    True
    """
    check_on_interrupt(on_interrupt)
    check_drawn(direction, seed)
    objectives = objectives_by_prefix(objective)
    first = next(iter(objectives.values()))
    if direction is None:
        direction = random_direction(first, seed=seed or 0)
    check_direction(first, direction)
    steps = _steps(alphas, 51, "alphas")
    for each in objectives.values():
        check_data_finite(each)
    options = EvaluationOptions(route, standard_error, resolution, ceiling, confidence, path, workers, progress)
    return _dataset(
        objectives, (direction,), {"alpha": steps}, "line", {"norm_alpha": norm(direction)}, options, on_interrupt
    )


@guessable
def plane(
    objective: Objectives,
    directions: tuple[Direction, Direction] | Direction | None = None,
    *steps: Direction | ArrayLike | None,
    alphas: ArrayLike | None = None,
    betas: ArrayLike | None = None,
    seed: int | None = None,
    route: Route = "auto",
    standard_error: bool | None = None,
    resolution: float | None = None,
    ceiling: float | None = None,
    confidence: float = 0.999,
    path: str | PathLike[str] | None = None,
    workers: Workers = 1,
    progress: bool = False,
    on_interrupt: OnInterrupt = "raise",
) -> xr.Dataset:
    """Evaluate L(theta + alpha u + beta v) and the metrics on a grid.

    Parameters
    ----------
    objective : Objective or mapping of str to Objective
        At theta. Several, such as `{"train": a, "test": b}`, are evaluated at the same points; their variables are
        then called "train_loss", "test_loss" and so on.
    directions : tuple of two mappings of str to Tensor, or the first of them and then the second, optional
        u and v, taken as they are; they need not be orthogonal (their cosine is recorded) but must not be parallel.
        `plane(objective, u, v)` is `plane(objective, (u, v))`. Default: two random filter-normalised directions.
    alphas, betas : array_like, shapes (a,) and (b,), optional
        By name, or by position after the directions. Default: 25 points from -1 to 1; `betas` defaults to `alphas`.
    seed : int, optional
        Of the default directions, `random_direction` of the seeds 2 s and 2 s + 1; 0 by default. The protocol has
        them, under "directions".
    route : {"auto", "rewritten", "plain"}
        "plain" evaluates the model as it is; "rewritten" with batch norms folded into convolutions, images laid out
        channels-last and the data in chunks, wherever there is such a thing and it gives the plain values, and does not
        look at the clock, so that a rerun has the same bits; "auto" takes whichever is fastest on the data, or for
        small models many points in one pass. Batch norm that is not frozen is plain.
    standard_error : bool, optional
        Whether to add "loss_se", the standard error of the mean over samples, and "loss_difference_se", that of the
        difference to the loss at theta over the same samples, which is the smaller near theta. Default: for subsets.
    resolution : float, optional
        Evaluate points on fewer samples where that cannot be seen: where an interval for the loss is narrower than
        this part of the point's height above theta's (see
        `_evaluation.subsampling.SequentialSamplingEvaluator`). Variables "loss_se" and "samples" are added, and the
        protocol says what was saved.
    ceiling : float, optional
        The top of the colour scale, in units of the loss: a point is evaluated on no more samples than prove its loss
        to lie above, which takes a criterion whose losses are never negative. Its "loss" is then the mean over these
        samples, above the ceiling too, and `landscape.plot.PlaneDisplay` draws the same picture. "loss_se" and
        "samples" are added.
    confidence : float
        Of the resolution's interval, for each point; approximate, and too high where a few samples carry most of the
        loss.
    path : str or Path, optional
        A file that finished points are appended to. A call with the same arguments goes on from there, after a kill
        or Ctrl-C too; one with others refuses it.
    workers : int, concurrent.futures.Executor or torch.distributed.ProcessGroup
        Processes of this machine, this one included, which get lambdas and what a notebook or script defines along; or
        any executor with `submit`, such as those of dask (`client.get_executor()`), submitit and mpi4py, whose workers
        share the plane; or a process group, whose ranks all make this call. Workers that are threads of one process
        take turns: right, but no faster than one.
    progress : bool
        Show a bar.
    on_interrupt : {"raise", "return"}
        What Ctrl-C does: raise `landscape.Interrupted`, whose `partial` has the points evaluated by then, the others
        NaN, and says so in the attribute "message", or return that.

    Returns
    -------
    xarray.Dataset
        Variables "loss" and the metrics over the dimensions ("alpha", "beta"), float64; NaN and infinite values are
        kept, and the coordinate "finite" is False where a loss is one. The attributes hold "protocol" (JSON),
        "norm_alpha", "norm_beta" and "cosine".

    Raises
    ------
    ValueError
        As for `line`; for parallel directions, objectives at other weights, standard errors, a resolution or a
        ceiling where the losses of single samples are not known or, for the ceiling, may be negative, a
        file of another slice, and models that cannot be sent to workers, such as ones that hold a lock.

    Examples
    --------
    >>> directions = ls.random_direction(loss, seed=0), ls.random_direction(loss, seed=1)
    >>> picture = ls.plane(loss, directions, alphas=[-1.0, 0.0, 1.0])
    >>> picture["loss"].shape, round(picture.attrs["cosine"], 1)  # random directions are nearly orthogonal
    ((3, 3), -0.1)
    >>> point = {name: p + directions[0][name] for name, p in loss.parameters.items()}
    >>> bool(abs(picture["loss"].sel(alpha=1.0, beta=0.0) - loss.value(point)) < 1e-5)
    True
    """
    check_on_interrupt(on_interrupt)
    check_drawn(directions, seed)
    objectives = objectives_by_prefix(objective)
    first = next(iter(objectives.values()))
    u, v, alphas, betas = two_directions(first, directions, steps, alphas, betas, seed)
    axes = {
        "alpha": _steps(alphas, 25, "alphas"),
        "beta": _steps(alphas if betas is None else betas, 25, "betas"),
    }
    sizes = {"norm_alpha": norm(u), "norm_beta": norm(v), "cosine": cosine(u, v)}
    for each in objectives.values():
        check_data_finite(each)
    options = EvaluationOptions(route, standard_error, resolution, ceiling, confidence, path, workers, progress)
    return _dataset(objectives, (u, v), axes, "plane", sizes, options, on_interrupt)


def _dataset(
    objectives: Mapping[str, ObjectiveLike],
    directions: tuple[Direction, ...],
    axes: Mapping[str, NDArray[np.float64]],
    measure: str,
    sizes: dict[str, float],
    options: EvaluationOptions,
    on_interrupt: OnInterrupt,
) -> xr.Dataset:
    grid = np.stack(np.meshgrid(*axes.values(), indexing="ij"), axis=-1)
    # Before the evaluation, whose values an interrupt here would lose.
    kinks = {"kinks": union_of_kinks(objectives)} if measure == "plane" else {}
    evaluated = evaluate_points(objectives, directions, grid.reshape(-1, len(axes)), measure, options)
    shape = grid.shape[:-1]
    values = {name: row.reshape(shape) for name, row in evaluated.values.items()}
    finite = np.ones(shape, dtype=bool)
    for prefix in objectives:
        finite &= np.isfinite(values[f"{prefix}_loss" if prefix else "loss"])
    protocols = {name: objective.protocol() for name, objective in objectives.items()}
    of_objective: dict[str, Any] = protocols.get("") or {"objectives": protocols}
    made = {"directions": [how_made(direction) for direction in directions]}
    protocol = of_objective | {"measure": measure} | made | sizes | kinks | evaluated.protocol
    attributes = loss_attributes(objectives)
    found = xr.Dataset(
        {name: (tuple(axes), rows, attributes.get(name, {})) for name, rows in values.items()},
        coords=dict(axes) | {"finite": (tuple(axes), finite)},
        attrs=sizes
        | {"protocol": json.dumps(protocol)}
        | ({"message": evaluated.message} if evaluated.message else {}),
    )
    return deliver(found, bool(evaluated.message), on_interrupt)


def loss_attributes(objectives: Mapping[str, ObjectiveLike]) -> dict[str, dict[str, Any]]:
    """Return the xarray attributes of the losses of a slice, by the names of their variables.

    Name and unit, and "rounding", the relative spacing of the numbers that the loss was computed in.
    """
    named: dict[str, dict[str, Any]] = {}
    for prefix, objective in objectives.items():
        attributes: dict[str, Any] = objective.loss_attributes | {"rounding": objective.rounding}
        if prefix:
            attributes["long_name"] = f"{prefix} {attributes['long_name']}"
        named[f"{prefix}_loss" if prefix else "loss"] = attributes
    return named


def objectives_by_prefix(objective: Any) -> dict[str, ObjectiveLike]:
    """Return objectives by the prefix of their variables' names."""
    if isinstance(objective, ObjectiveLike):
        return {"": objective}
    if isinstance(objective, Mapping) and objective and all(isinstance(o, ObjectiveLike) for o in objective.values()):
        if not all(isinstance(name, str) and name for name in objective):
            raise ValueError(f"The objectives are named {list(objective)}: give names such as 'train' and 'test'.")
        return dict(objective)
    raise ValueError(
        f"The objective is a {type(objective).__name__}: give an Objective, or a mapping from name to Objective."
    )


def _steps(values: Any, default: int, name: str) -> NDArray[np.float64]:
    if isinstance(values, (int, float)):
        raise ValueError(f"{name} is {values!r}: give the steps themselves, such as numpy.linspace(-1, 1, 51).")
    steps = np.linspace(-1.0, 1.0, default) if values is None else np.array(np.asarray(values, dtype=np.float64))
    if steps.ndim != 1 or not steps.size or not np.isfinite(steps).all():
        raise ValueError(f"{name} has shape {steps.shape}: give a non-empty one-dimensional list of finite steps.")
    return steps
