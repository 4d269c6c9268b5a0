"""Extract arrays for the displays from studies and runs, which are recognised by their attributes, not by class."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, cast

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from landscape._common.end_points import planned_steps
from landscape.linalg.spectral_density import Density
from landscape.plot._base import FloatArray


class StudyLike(Protocol):
    """A `landscape.Study`: the tree of its measurements, and their analysis."""

    @property
    def tree(self) -> xr.DataTree:
        """Groups runs, traces, epochs, curvature, end, lines, planes and spectra."""

    @property
    def analysis(self) -> Any:
        """Quantities, comparisons and correlations by name."""


class TraceLike(Protocol):
    """A `zenith.training.trace.Trace`."""

    steps: dict[str, list[float]]
    epochs: dict[str, list[float]]


class RunLike(Protocol):
    """A `zenith.Run`."""

    method: str
    seed: int
    trace: TraceLike


@dataclass(frozen=True)
class Recorded:
    """A quantity along training: x of shape (x,), values of shape (method, seed, x).

    Where methods take unequal numbers of steps x is of shape (method, x), with NaN after the end of each. `window` is
    the number of steps that each value is a mean over.
    """

    x: FloatArray
    values: FloatArray
    methods: list[str]
    xlabel: Literal["step", "epoch"]
    ylabel: str
    yscale: Literal["linear", "log"]
    window: int = 1


_AT_ONCE = 1 << 20
"""Bytes of what was recorded at every step that are read at a time."""

APART = 10.0
"""Methods whose largest learning rates differ by more are drawn on a log axis: on a linear one, most are 0."""

# Label with {loss} and {metric} to fill in, and scale.
_PER_STEP: dict[str, tuple[str, Literal["linear", "log"]]] = {
    "loss": ("batch {loss}", "log"),
    "gradient_norm": ("gradient norm", "log"),
    "lr": ("applied learning rate", "linear"),
    "mean_gradient_norm": ("mean gradient norm over the window", "log"),
    "zenith": ("largest mean gradient norm so far", "linear"),
    "update_norm": ("norm of the update", "log"),
    "seconds": ("training time (s)", "linear"),
    "gradient_evaluations": ("gradient evaluations", "linear"),
}
_PER_EPOCH: dict[str, tuple[str, Literal["linear", "log"]]] = {
    "train_loss": ("training {loss}", "log"),
    "train_metric": ("training {metric}", "linear"),
    "test_loss": ("test {loss}", "log"),
    "test_metric": ("test {metric}", "linear"),
}


def recorded_by_study(study: StudyLike, quantity: str, window: int | None = 1) -> Recorded:
    """Return a recorded quantity of every run of a study.

    Of every step, the means over `window` steps, by default over what leaves a hundred of them; the steps at which no
    run has a value are left out then, and those of a few runs at a time are in memory.
    """
    per_step = _known(quantity)
    group, dim = ("traces", "step") if per_step else ("epochs", "epoch")
    data = group_of(study, group)
    attrs = study.tree.attrs
    label, scale = (_PER_STEP if per_step else _PER_EPOCH)[quantity]
    x = np.asarray(data[dim], dtype=np.float64)
    planned = planned_steps(study.tree)
    columns = None if planned is None else _columns_of_each(study, planned, per_step)
    if window is None:
        window = max(1, (x.size if columns is None else max(map(len, columns))) // 100) if per_step else 1
    if window > 1:
        x, values = _averaged(x, data[quantity], dim, columns, window)
    else:
        values = ordered(data[quantity], dim)
        if columns is not None:
            x = _left_aligned(np.broadcast_to(x, (len(columns), x.size)), columns)
            values = _left_aligned(values, columns)
    return Recorded(
        x,
        values,
        methods_of(study),
        "step" if per_step else "epoch",
        label.format(loss=attrs["loss_label"], metric=attrs.get("metric_label", "metric")),
        _scale_for(quantity, scale, values),
        window,
    )


def _scale_for(quantity: str, scale: Literal["linear", "log"], values: FloatArray) -> Literal["linear", "log"]:
    """Return the scale of a quantity: that of learning rates is "log" where those of two methods are far apart."""
    if quantity != "lr":
        return scale
    rows = (row[np.isfinite(row) & (row > 0)] for row in values)
    largest = [float(row.max()) for row in rows if row.size]
    return "log" if largest and max(largest) > APART * min(largest) else scale


def _averaged(
    x: FloatArray, column: xr.DataArray, dim: str, columns: Sequence[NDArray[np.intp]] | None, window: int
) -> tuple[FloatArray, FloatArray]:
    """Return means over windows of what was recorded, without the steps at which no run has a value."""
    methods = range(column.sizes["optimizer"])
    known = np.zeros((len(methods), x.size), dtype=bool)
    for row in methods:
        for _, values in runs_of(column, row, dim):
            known[row] |= ~np.isnan(values).all(axis=0)
    if columns is None:
        known[:] = known.any(axis=0)
    else:
        for row, own in enumerate(columns):
            known[row] &= np.isin(np.arange(x.size), own)
            known[row, own[-1:]] = True  # where runs that are lost are counted
    steps = [window_means(x[known[row]], window)[None] for row in methods]
    means = [
        np.concatenate([window_means(values[:, known[row]], window) for _, values in runs_of(column, row, dim)])[None]
        for row in methods
    ]
    return (steps[0][0] if columns is None else joined(steps)), joined(means)


def joined(rows: Sequence[FloatArray]) -> FloatArray:
    """Join arrays of one method each, whose last axes are of unequal lengths; pad with NaN."""
    longest = max(row.shape[-1] for row in rows)
    blanks = [np.full((*row.shape[:-1], longest - row.shape[-1]), np.nan) for row in rows]
    return np.concatenate([np.concatenate(pair, axis=-1) for pair in zip(rows, blanks, strict=True)])


def window_means(values: FloatArray, window: int) -> FloatArray:
    """Return the means over consecutive windows of the last axis, of which the last may be shorter."""
    starts = np.arange(0, values.shape[-1], window)
    counts = np.diff(starts, append=values.shape[-1])
    return np.add.reduceat(values, starts, axis=-1) / counts


def over_steps(study: StudyLike, quantity: str, reduce: Callable[[FloatArray], Any]) -> xr.DataArray:
    """Return one number of each run, over (optimizer, seed), from what it recorded at every step.

    Parameters
    ----------
    study : StudyLike
    quantity : str
    reduce : callable
        Takes the values of some runs, (seed, step), NaN after a run ended, and returns one of each.
    """
    column = group_of(study, "traces")[quantity]
    rows = [
        np.concatenate([reduce(values) for _, values in runs_of(column, row, "step")])
        for row in range(column.sizes["optimizer"])
    ]
    where = {name: column[name] for name in ("optimizer", "seed")}
    return xr.DataArray(np.asarray(rows), dims=("optimizer", "seed"), coords=where)


def runs_of(column: xr.DataArray, row: int, dim: str) -> Iterator[tuple[slice, FloatArray]]:
    """Iterate over the runs of a method: places of seeds, and the values (seed, dim), of a few at a time.

    All steps of all runs are too much to be in memory at once.
    """
    many = max(1, _AT_ONCE // (8 * max(1, column.sizes[dim])))
    for start in range(0, column.sizes["seed"], many):
        at = slice(start, start + many)
        values = column.isel(optimizer=row, seed=at).transpose("seed", dim).values
        yield at, np.asarray(values, dtype=np.float64)


def _columns_of_each(study: StudyLike, planned: xr.DataArray, per_step: bool) -> list[NDArray[np.intp]]:
    """Return where each method's own entries are along steps or evaluations."""
    ends = planned.isel(seed=0).values
    if per_step:
        size = group_of(study, "traces").sizes["step"]  # fewer than planned where all of the longest diverged
        return [np.arange(min(end, size)) for end in ends]
    taken = np.asarray(group_of(study, "epochs")["steps_taken"])
    losses = ordered(group_of(study, "epochs")["train_loss"], "epoch")
    known = [~np.isnan(of_method).all(axis=0) for of_method in losses]
    return [np.flatnonzero((own | (taken == end)) & (taken <= end)) for own, end in zip(known, ends, strict=True)]


def _left_aligned(values: FloatArray, columns: Sequence[NDArray[np.intp]], *, hold: bool = False) -> FloatArray:
    """Return the columns of each method, its first axis, along the last one; pad with NaN, or `hold` the last one."""
    out = np.full((*values.shape[:-1], max(map(len, columns))), np.nan)
    for row, own in enumerate(columns):
        out[row, ..., : len(own)] = values[row][..., own]
        if hold:
            out[row, ..., len(own) :] = values[row][..., own[-1:]]
    return out


def evaluations_of(study: StudyLike, name: str) -> FloatArray:
    """Return a quantity at every evaluation of each run, shape (method, seed, evaluation).

    Of every epoch, such as "test_metric", or what had been spent by then, "seconds" or "gradient_evaluations". Where
    methods take unequal numbers of steps, the last value of each is repeated; NaN after a run diverged.
    """
    epochs = group_of(study, "epochs")
    if name == "steps_taken":
        values = ordered(epochs[name].broadcast_like(epochs["train_loss"]), "epoch")
    elif name in epochs:
        values = ordered(epochs[name], "epoch")
    else:
        taken = np.asarray(epochs["steps_taken"], dtype=np.intp)
        column = group_of(study, "traces")[name]
        # Before the first step nothing had been spent.
        values = np.zeros((column.sizes["optimizer"], column.sizes["seed"], taken.size))
        for row in range(len(values)):
            for at, spent in runs_of(column, row, "step"):
                values[row][at, taken > 0] = spent[:, taken[taken > 0] - 1]
    planned = planned_steps(study.tree)
    if planned is None:
        return values
    return _left_aligned(values, _columns_of_each(study, planned, per_step=False), hold=True)


def recorded_by_runs(runs: RunLike | Iterable[RunLike], quantity: str) -> Recorded:
    """Return a recorded quantity of one run or of several, NaN where a run is missing or ended early."""
    per_step = _known(quantity)
    several = [cast("RunLike", runs)] if hasattr(runs, "trace") else list(runs)
    if not several:
        raise ValueError("there is no run to draw; pass a run of zenith.train, or a list of them.")
    keys = [(run.method, run.seed) for run in several]
    if len(set(keys)) < len(keys):
        raise ValueError(f"two runs are of the same method and seed ({_repeated(keys)}); pass each run once.")
    rows = {
        key: (run.trace.steps if per_step else run.trace.epochs)[quantity]
        for key, run in zip(keys, several, strict=True)
    }
    methods, seeds = (list(dict.fromkeys(part)) for part in zip(*keys, strict=True))
    length = max(map(len, rows.values()))
    values = np.full((len(methods), len(seeds), length), np.nan)
    for (method, seed), row in rows.items():
        values[methods.index(method), seeds.index(seed), : len(row)] = row
    label, scale = (_PER_STEP if per_step else _PER_EPOCH)[quantity]
    return Recorded(
        np.arange(length, dtype=np.float64),
        values,
        [str(name) for name in methods],
        "step" if per_step else "epoch",
        label.format(loss="loss", metric="metric"),
        _scale_for(quantity, scale, values),
    )


def methods_of(study: StudyLike) -> list[str]:
    """Return the methods of a study in its order."""
    return [str(name) for name in group_of(study, "runs")["optimizer"].values]


def group_of(study: StudyLike, path: str) -> xr.Dataset:
    """Return one group of a study's tree; raise ValueError if it does not exist."""
    if f"/{path}" not in study.tree.groups:
        there = [group[1:] for group in study.tree.groups if study.tree[group].data_vars]
        raise ValueError(f"the study has no group '{path}'; it has {', '.join(there) or 'none'}.")
    return study.tree[path].to_dataset()


def ordered(array: xr.DataArray, *last: str) -> FloatArray:
    """Return values in the order (method, seed, ...)."""
    return np.asarray(array.transpose("optimizer", "seed", *last).values, dtype=np.float64)


def densities_of(study: StudyLike, seed: int | None = None) -> tuple[int, dict[str, Density]]:
    """Return the spectral densities at the end points of a seed's runs, by default the first seed.

    Diverged runs have none.
    """
    if "/spectra" not in study.tree.groups:
        raise ValueError(
            "the study keeps no spectra: run it with measure.spectrum_seeds of at least 1, or measure one by "
            "landscape.spectral_density."
        )
    data = group_of(study, "spectra")
    seeds = [int(each) for each in data["seed"].values]
    chosen = seeds[0] if seed is None else seed
    if chosen not in seeds:
        raise ValueError(
            f"the study keeps no spectra of seed {chosen}; it has those of {', '.join(map(str, seeds))} "
            "(measure.spectrum_seeds of its spec)."
        )
    found = {}
    for method in methods_of(study):
        row = data.sel(optimizer=method, seed=chosen)
        if not np.isnan(row["weight"].values).all():
            found[method] = Density(
                row["ritz_value"].values,
                row["weight"].values,
                row["exhausted"].values.astype(bool),
                int(row["parameters"]),
                int(row["products"]),
                json.loads(str(row["protocol"].values)),
            )
    return chosen, found


def quantity_of(study: StudyLike, name: str, choices: Sequence[str]) -> Any:
    """Return one quantity of a study's analysis; raise ValueError with the available names if it does not exist."""
    if name not in choices:
        raise ValueError(
            f"the study has no quantity {name!r} of that kind; use one of {', '.join(map(repr, choices))}."
        )
    return study.analysis.quantity(name)


def finished(study: StudyLike) -> xr.DataArray:
    """Mask of the runs that did not diverge, over (method, seed)."""
    return group_of(study, "runs")["status"] == "finished"


def _known(quantity: str) -> bool:
    """Whether the quantity is recorded every step; it is recorded every epoch otherwise."""
    if quantity not in _PER_STEP and quantity not in _PER_EPOCH:
        names = ", ".join(map(repr, (*_PER_STEP, *_PER_EPOCH)))
        raise ValueError(f"quantity = {quantity!r} is not recorded; use one of {names}.")
    return quantity in _PER_STEP


def _repeated(keys: Sequence[tuple[str, int]]) -> str:
    counts: Mapping[tuple[str, int], int] = {key: keys.count(key) for key in keys}
    method, seed = max(counts, key=counts.__getitem__)
    return f"{method}, seed {seed}"
