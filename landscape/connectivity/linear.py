"""Linear interpolation between two models: loss along a path, and the barrier on it."""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray
from torch import Tensor
from tqdm.auto import tqdm

from landscape._common.guesses import guessable
from landscape._common.interrupts import OnInterrupt, check_on_interrupt, deliver
from landscape._common.summaries import Summarized, Summary, counted
from landscape.connectivity.curves import Path, difference, straight
from landscape.connectivity.models import Model, at_model
from landscape.objective.objective import Objective

DEFINITION = "max over t of L(t) - ((1 - t) L(0) + t L(1))"


@dataclass(frozen=True, repr=False)
class Barrier(Summarized):
    """The height of the loss on a path above the chord between its ends.

    Attributes
    ----------
    height : float
        max_t [L(t) - ((1 - t) L(0) + t L(1))] over the points evaluated, at least 0 because the ends count (Entezari
        et al. 2022, arXiv 2110.06296, definition 1). NaN if the loss is NaN anywhere or not finite at an end, infinite
        if it is in between.
    at : float
        The t where that is, known to the spacing of the points; NaN where the height is.
    above_mean : float
        max_t L(t) - (L(0) + L(1))/2, the barrier of Frankle et al. 2020 (arXiv 1912.05671, sec. 2); the same where the
        ends have equal loss.
    grid_error : float
        Estimate of how much higher the loss may be between the points: h^2/4 times the largest second divided
        difference of L, h being the largest spacing; twice what a parabola of that curvature can rise. It is no bound:
        a peak narrower than h is not seen. NaN where there are only the ends.
    rounding : float
        By which a barrier differs from zero where there is none: four spacings of the loss's floating-point numbers.

    Examples
    --------
    >>> barrier = ls.connectivity.interpolate(loss, model, other).barrier
    >>> barrier.height >= 0 and 0 <= barrier.at <= 1
    True
    """

    height: float
    at: float
    above_mean: float
    grid_error: float
    rounding: float

    def _summary(self) -> Summary:
        return Summary(
            f"{self.height:.4g} above the chord at t = {self.at:.3g} (grid error {self.grid_error:.2g}, rounding "
            f"{self.rounding:.2g}); {self.above_mean:.4g} above the mean of the ends"
        )


def barrier(t: ArrayLike, values: ArrayLike, *, epsilon: float = 0.0) -> Barrier:
    """Return the barrier of values along a path.

    Parameters
    ----------
    t : array_like, shape (n,)
        Increasing, from 0 to 1.
    values : array_like, shape (n,)
    epsilon : float
        Relative spacing of the numbers that the values were computed in.

    Raises
    ------
    ValueError
        If there are not as many values as t, or these do not increase from 0 to 1.
    """
    ts, heights = np.array(t, dtype=np.float64), np.array(values, dtype=np.float64)
    if (
        ts.ndim != 1
        or ts.shape != heights.shape
        or len(ts) < 2
        or ts[0] != 0
        or ts[-1] != 1
        or (np.diff(ts) <= 0).any()
    ):
        raise ValueError(
            f"t has shape {ts.shape} and the values {heights.shape}: give one value per t, and t increasing from 0 to "
            f"1."
        )
    with np.errstate(invalid="ignore", over="ignore"):  # infinite losses: inf - inf is NaN, as it should be
        excess = heights - ((1 - ts) * heights[0] + ts * heights[-1])
        excess[[0, -1]] = 0.0 * heights[[0, -1]]  # by definition, not by rounding
        top = int(np.argmax(excess))  # of a NaN, where there is one
        mean = (heights[0] + heights[-1]) / 2
        bend = np.diff(np.diff(heights) / np.diff(ts)) / ((ts[2:] - ts[:-2]) / 2) if len(ts) > 2 else np.array([np.nan])
        curvature = float(np.abs(bend).max())
        return Barrier(
            float(excess[top]),
            math.nan if math.isnan(excess[top]) else float(ts[top]),
            float(heights.max() - mean),
            float(np.diff(ts).max() ** 2 / 4 * curvature),
            float(4 * epsilon * np.abs(heights).max()),
        )


@dataclass(frozen=True, eq=False, repr=False)
class PathProfile(Summarized):
    """Loss and metrics along a path.

    Attributes
    ----------
    path : Path
        `path.at(t)` are the parameters at t.
    dataset : xarray.Dataset
        "loss" and the metrics over the dimension "t" from 0 to 1, float64, NaN and infinite values kept; the protocol
        (JSON) in the attributes.
    barrier : Barrier
        Of the loss.
    message : str
        What happened: interrupted, not finite, or how the barrier compares with its errors.
    protocol : dict
        How it was measured (JSON-able).

    Examples
    --------
    >>> profile = ls.connectivity.interpolate(loss, model, other)
    >>> profile.dataset["loss"].sizes["t"]
    25
    >>> halfway = profile.path.at(0.5)
    >>> bool(torch.allclose(halfway["2.bias"], (model[2].bias + other[2].bias) / 2))
    True
    """

    path: Path
    dataset: xr.Dataset
    barrier: Barrier
    message: str
    protocol: dict[str, Any] = field(repr=False)

    def _summary(self) -> Summary:
        return profile_summary(self.dataset, self.barrier, self.message, self.protocol)

    def barrier_of(self, name: str) -> Barrier:
        """Return the barrier in a metric of which less is better, such as an error rate.

        Raises
        ------
        ValueError
            If there is no such metric.
        """
        if name not in self.dataset:
            raise ValueError(f"There is no {name!r} along this path: choose one of {sorted(map(str, self.dataset))}.")
        return barrier(self.dataset["t"].values, self.dataset[name].values)


def profile_summary(dataset: xr.Dataset, barrier: Barrier, message: str, protocol: Mapping[str, Any]) -> Summary:
    """Return the summary of a path: loss and metrics at its ends and at the barrier, and the barrier's errors."""
    places = {"start": 0.0, **({"barrier": barrier.at} if barrier.height > barrier.rounding else {}), "end": 1.0}
    rows: list[list[Any]] = []
    for place, t in places.items():
        if np.isfinite(t) and dataset.sizes["t"]:
            point = dataset.sel(t=t, method="nearest")
            rows.append([place, float(point["t"]), *(float(point[name]) for name in dataset.data_vars)])
    return Summary(
        f"barrier {barrier.height:.4g} above the chord (grid error {barrier.grid_error:.2g}, rounding "
        f"{barrier.rounding:.2g}) over {counted(dataset.sizes['t'], 'point')}",
        ("place", "t", *map(str, dataset.data_vars)),
        rows,
        [message],
        {"Protocol": protocol},
    )


@guessable
def interpolate(
    objective: Objective,
    a: Model,
    b: Model,
    t: ArrayLike | None = None,
    *,
    progress: bool = False,
    on_interrupt: OnInterrupt = "raise",
) -> PathProfile:
    """Evaluate loss and metrics on the straight segment between two models, and measure the barrier.

    Parameters
    ----------
    objective : Objective
        Its loss, at other weights. For models with batch norm use `batchnorm="recomputed"`: otherwise the running
        statistics are interpolated as the weights are, which in between are not those of the network.
    a, b : Objective, torch.nn.Module or mapping of str to Tensor
        The ends, t = 0 and t = 1; frozen parameters and floating-point buffers that differ are interpolated too.
    t : array_like, optional
        Points, increasing from 0 to 1. Default: 25, equally spaced.
    progress : bool
        Show a bar.
    on_interrupt : {"raise", "return"}
        What Ctrl-C does: raise `landscape.Interrupted`, whose `partial` is the profile of the points evaluated so far,
        if the ends are among them (they come first, the others in an order that halves the gaps), or return that.

    Returns
    -------
    PathProfile

    Raises
    ------
    ValueError
        If the models do not fit the objective, or t is no such list.

    Examples
    --------
    >>> profile = ls.connectivity.interpolate(loss, model, other, t=[0.0, 0.25, 0.5, 0.75, 1.0])
    >>> bool(abs(profile.dataset["loss"][0] - loss.value()) < 1e-6), profile.barrier.height >= 0
    (True, True)
    """
    check_on_interrupt(on_interrupt)
    path = straight_path(objective, a, b)
    return path_profile(objective, path, t, progress=progress, on_interrupt=on_interrupt)


@guessable
def path_profile(
    objective: Objective,
    path: Path,
    t: ArrayLike | None = None,
    *,
    progress: bool = False,
    on_interrupt: OnInterrupt = "raise",
) -> PathProfile:
    """Evaluate an objective along a path, such as the test loss along a curve trained on another objective.

    Parameters, returns and errors are those of `interpolate`.

    Examples
    --------
    The loss on other data along a path that was found on the objective's own:

    >>> path = ls.connectivity.interpolate(loss, model, other).path
    >>> held_out = ls.Objective(model, torch.nn.CrossEntropyLoss(), (-X, y))
    >>> ls.connectivity.path_profile(held_out, path, t=[0.0, 0.5, 1.0]).dataset["loss"].shape
    (3,)
    """
    check_on_interrupt(on_interrupt)
    ts = _points(t)
    first = at_start(objective, path)
    names = ("loss", *objective.metrics)
    found: dict[int, dict[str, float]] = {}
    interrupted = False
    try:
        for i in tqdm(_halving(len(ts)), total=len(ts), desc="path", unit="point", disable=not progress):
            found[i] = evaluate_at(first, path, float(ts[i]))
    except KeyboardInterrupt:
        if len(found) < 2:  # the ends
            raise
        interrupted = True
    order = sorted(found)
    seen = ts[order]
    values = {name: np.array([found[i][name] for i in order]) for name in names}
    height = barrier(seen, values["loss"], epsilon=objective.rounding)
    message = _message(height, values["loss"], seen, interrupted, len(ts))
    protocol = objective.protocol() | {
        "measure": "loss along a path",
        **path.protocol(),
        "points": len(seen),
        "barrier": DEFINITION,
        "barrier_height": height.height,
        "barrier_at": height.at,
        "grid_error": height.grid_error,
        "rounding": height.rounding,
        "interrupted": interrupted,
        "message": message,
    }
    attributes = {"loss": objective.loss_attributes}
    dataset = xr.Dataset(
        {name: ("t", row, attributes.get(name, {})) for name, row in values.items()},
        coords={"t": seen},
        attrs={"protocol": json.dumps(protocol)},
    )
    return deliver(PathProfile(path, dataset, height, message, protocol), interrupted, on_interrupt)


def straight_path(objective: Objective, a: Model, b: Model, **options: Any) -> Path:
    """Return the straight path between two models, with frozen parameters and buffers where they differ.

    Parameters
    ----------
    objective : Objective
    a, b : Objective, torch.nn.Module or mapping of str to Tensor
    **options
        Of `landscape.connectivity.curves.straight`: `bends` and `kind`.

    Raises
    ------
    ValueError
        If a model does not fit the objective, or a constant that differs cannot be interpolated.
    """
    first, last = at_model(objective, a, "first model"), at_model(objective, b, "second model")
    return straight(first.parameters, last.parameters, constants=_constants(objective, first, last), **options)


def _constants(
    objective: Objective, first: Objective, last: Objective
) -> tuple[dict[str, Tensor], dict[str, Tensor]] | None:
    """Return buffers and frozen parameters of the ends that affect the loss and differ from the objective's."""
    names = {n for end in (first, last) for n in difference(objective.constants, end.constants)}
    names = {n for n in names if not n.endswith("num_batches_tracked")}
    if objective.batchnorm != "frozen":  # the running statistics are not used
        names = {n for n in names if not n.endswith(("running_mean", "running_var"))}
    if not names:
        return None
    one, two = ({n: t for n, t in end.constants.items() if n in names} for end in (first, last))
    return one, two


def evaluate_at(objective: Objective, path: Path, t: float) -> dict[str, float]:
    """Return loss and metrics at a point of a path, of the objective `at_start` of it."""
    point = path.at(t)
    return objective.at(point | path.constants_at(t)).evaluate() if path.moves_constants else objective.evaluate(point)


def at_start(objective: Objective, path: Path) -> Objective:
    """Return the objective at the first end of a path, constants included."""
    return at_model(objective, path.points[0] | path.constants_at(0.0), "path")


def _points(t: ArrayLike | None) -> NDArray[np.float64]:
    ts = np.linspace(0.0, 1.0, 25) if t is None else np.array(np.asarray(t, dtype=np.float64))
    if ts.ndim != 1 or len(ts) < 2 or ts[0] != 0 or ts[-1] != 1 or not (np.diff(ts) > 0).all():
        raise ValueError(f"t has shape {ts.shape}: give points that increase from 0 to 1, both included.")
    return ts


def _halving(count: int) -> Iterator[int]:
    """Indices from 0 to count - 1: the ends first, then the middle of each gap, the widest gaps first."""
    yield from (0, count - 1)
    gaps = [(0, count - 1)]
    while gaps:
        later = []
        for low, high in gaps:
            if high - low > 1:
                middle = (low + high) // 2
                yield middle
                later += [(low, middle), (middle, high)]
        gaps = later


def _message(
    found: Barrier, losses: NDArray[np.float64], seen: NDArray[np.float64], interrupted: bool, total: int
) -> str:
    clauses = [f"interrupted after {len(seen)} of {total} points"] if interrupted else []
    bad = ~np.isfinite(losses)
    if bad.any():
        clauses.append(
            f"the loss is not finite at {int(bad.sum())} of {len(seen)} points, the first at t = {seen[bad][0]:.4g}"
        )
    elif found.height <= found.rounding:
        clauses.append(f"no barrier: the loss stays on or below the chord to rounding ({found.rounding:.2g})")
    else:
        clauses.append(f"barrier {found.height:.4g} at t = {found.at:.4g}")
        clauses.append(f"it may be about {found.grid_error:.2g} higher between the points")
    return "; ".join(clauses)
