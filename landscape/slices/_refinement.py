"""Adaptive choice of the points of a grid to evaluate, and a check of the interpolated ones at held-out points."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import hypergeom

from landscape.slices._rbf import Floats, Interpolant, Mask, fit_rbf, interpolate_linearly, refine

Scale = Literal["log", "linear"]
Points = NDArray[np.intp]
Interpolate = Callable[[Floats, Floats, Mask], Interpolant]

START = 9
"""Points per axis of the coarse grid to begin with."""
BATCH = 16
GROWTH = 8
"""A batch has at least `BATCH` points, and a share 1/`GROWTH` of those evaluated so far."""
CONFIDENCE = 0.95


class Samples:
    """The points of a grid, row by row, and the values known so far.

    Parameters
    ----------
    a, b : ndarray
        Increasing coordinates of the two axes.
    evaluate : callable
        From coordinates of shape (n, 2), sorted by row, to blocks of values: the indices of the points, in any order,
        and an array of shape (block, names). What a generator has yielded is kept when it is interrupted.
    names : sequence of str
        Of the values.
    scale : {"log", "linear"}
        Of the losses.
    losses : sequence of str
        Those of the names that are interpolated with an error estimate, each to the tolerance.
    """

    def __init__(
        self,
        a: Floats,
        b: Floats,
        evaluate: Callable[[Floats], Iterable[tuple[NDArray[np.integer], Floats]]],
        names: tuple[str, ...] = ("loss",),
        scale: Scale = "linear",
        losses: tuple[str, ...] = ("loss",),
    ) -> None:
        self.a, self.b, self.scale, self.losses = a, b, scale, losses
        self._evaluate = evaluate
        self._stored: Mapping[int, Sequence[float]] = {}
        self._note: Callable[[Points, Floats], None] | None = None
        self.reused = 0
        self.coordinates = np.stack(np.meshgrid(a, b, indexing="ij"), axis=-1).reshape(-1, 2)
        low, high = self.coordinates[0], self.coordinates[-1]
        self.points = (2 * self.coordinates - low - high) / (high - low)
        self.known: Mask = np.zeros(len(self.points), dtype=bool)
        self.values = {name: np.full(len(self.points), np.nan) for name in names}

    def remember(self, stored: Mapping[int, Sequence[float]], note: Callable[[Points, Floats], None]) -> None:
        """Use stored values when their points are asked for; call `note` with each block evaluated."""
        self._stored, self._note = stored, note

    @property
    def count(self) -> int:
        """Number of evaluations so far."""
        return int(self.known.sum())

    def drawn(self, loss: str) -> Floats:
        """Return a loss on the scale of the picture; not finite where it has no value there."""
        if self.scale == "linear":
            return self.values[loss]
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.log10(self.values[loss])

    def coarse(self) -> Points:
        """Return the coarse grid that is evaluated first; the corners are among its points."""
        rows, columns = (np.linspace(0, len(axis) - 1, START).round().astype(np.intp) for axis in (self.a, self.b))
        return (rows[:, None] * len(self.b) + columns).reshape(-1)

    def take(self, indices: Points) -> None:
        """Evaluate points, except those that are stored."""
        there = np.array([i for i in indices if i in self._stored], dtype=np.intp)
        if len(there):
            self._put(there, np.array([self._stored[int(i)] for i in there]))
            self.reused += len(there)
        rest = np.setdiff1d(indices, there)  # sorted: along the rows of the grid
        if len(rest):
            for found, block in self._evaluate(self.coordinates[rest]):
                done = rest[found]
                self._put(done, block)
                if self._note:
                    self._note(done, block)

    def _put(self, indices: Points, rows: Floats) -> None:
        for name, column in zip(self.values, rows.T, strict=True):
            self.values[name][indices] = column
        self.known[indices] = True


@dataclass(frozen=True)
class Settings:
    """When to stop: see `landscape.adaptive_plane`. `rounding` is relative to the size of a loss."""

    error: float
    budget: int
    holdout: int
    seed: int
    rounding: Mapping[str, float] = field(default_factory=dict)

    def tolerance(self, samples: Samples, loss: str) -> tuple[float, float]:
        """Return the absolute tolerance and the dynamic range of a loss, of what is known so far."""
        values = samples.drawn(loss)[samples.known]
        finite = values[np.isfinite(values)]
        if not len(finite):
            return 0.0, math.nan
        spread = float(np.ptp(finite))
        size = math.log10(math.e) if samples.scale == "log" else float(np.abs(finite).max())
        return max(self.error * spread, 4 * self.rounding.get(loss, 0.0) * size), spread


@dataclass(frozen=True)
class Check:
    """Result of one check at points drawn at random, and what it implies for the population.

    Attributes
    ----------
    population, points, exceeding : int
        Points not evaluated before, those held out, and those of them where a loss is off by more than its tolerance.
    at_most : int
        Upper confidence limit of the number of points that exceed, among those that are still not evaluated.
    covered : int
        Held-out points where every loss's error is within its own estimate.
    largest : dict of str to float
        Error of each loss; infinite if a finite value was taken for a non-finite one, or the other way round.
    others : dict of str to float
        Largest errors of the other values, interpolated linearly.
    """

    population: int
    points: int
    exceeding: int
    at_most: int
    covered: int
    largest: dict[str, float]
    others: dict[str, float]


@dataclass(frozen=True)
class Outcome:
    """How a search ended.

    Attributes
    ----------
    converged : bool
        All estimates are within the tolerances, and so are all held-out points of the last check.
    bent : int
        Points where an estimate exceeds its tolerance.
    fits : dict of str to Interpolant
        For each loss the one that the last check is about, if there is one; `used` tells which points they know.
    checks : list of Check
        All, in order; `final` is the one of these very interpolants.
    """

    converged: bool
    bent: int
    fits: dict[str, Interpolant]
    used: Mask
    checks: list[Check] = field(default_factory=list)
    final: Check | None = None


def search(samples: Samples, settings: Settings, interpolate: Interpolate = fit_rbf) -> Outcome:
    """Evaluate points until the interpolants pass a check, or the budget is spent."""
    generator = np.random.default_rng(settings.seed)
    checks: list[Check] = []
    samples.take(samples.coarse())
    while True:
        used = samples.known.copy()
        fits = {loss: interpolate(samples.points, samples.drawn(loss), used) for loss in samples.losses}
        tolerances = {loss: settings.tolerance(samples, loss)[0] for loss in samples.losses}
        worst, tolerance = _worst(fits, tolerances)
        bent = int((worst.errors > tolerance).sum())
        left = settings.budget - samples.count
        if not left:
            return Outcome(bool(used.all()), bent, fits, used, checks)
        size = max(BATCH, samples.count // GROWTH)
        if 2 * samples.count > len(used):  # a surface so rough that rounds cost more than the few points they may save
            size = left
        size = min(size, left - settings.holdout)
        if bent and size > 0:
            samples.take(refine(samples.points, worst, tolerance, size))
            continue
        alpha = (1 - CONFIDENCE) / 2 ** (len(checks) + 1)
        points = min(settings.holdout, left)
        last = bent > 0 or points < settings.holdout
        checks.append(_check(samples, fits, tolerances, points, alpha, generator, to_the_end=last))
        if not samples.known.all() and (last or not checks[-1].exceeding):
            return Outcome(not last, bent, fits, used, checks, checks[-1])


def _worst(fits: Mapping[str, Interpolant], tolerances: Mapping[str, float]) -> tuple[Interpolant, float]:
    """Return an interpolant with, at each point, the error of whichever loss exceeds its tolerance the most.

    Errors are scaled to the largest tolerance, which is returned, too.
    """
    largest = max(tolerances.values())
    errors = []
    for loss, fit in fits.items():
        if tolerances[loss] == largest:
            errors.append(fit.errors)
        elif tolerances[loss] > 0:
            errors.append(fit.errors * (largest / tolerances[loss]))
        else:
            errors.append(np.where(fit.errors > 0, np.inf, 0.0))
    first = next(iter(fits.values()))
    return Interpolant(first.values, np.max(errors, axis=0), first.distances), largest


def _check(
    samples: Samples,
    fits: Mapping[str, Interpolant],
    tolerances: Mapping[str, float],
    points: int,
    alpha: float,
    generator: np.random.Generator,
    *,
    to_the_end: bool,
) -> Check:
    """Compare with points drawn at random; unless `to_the_end`, a batch that has one off by too much is the last."""
    used = samples.known.copy()
    unknown = np.flatnonzero(~used)
    chosen = generator.permutation(unknown)[:points]
    taken = 0
    exceeding = 0
    errors: dict[str, Floats] = {}
    while taken < len(chosen) and (to_the_end or not exceeding):
        samples.take(chosen[taken : taken + BATCH])
        taken = min(taken + BATCH, len(chosen))
        now = chosen[:taken]
        errors = {loss: _difference(fit.values[now], samples.drawn(loss)[now]) for loss, fit in fits.items()}
        exceeding = int(np.any([errors[loss] > tolerances[loss] for loss in fits], axis=0).sum())
    done = chosen[:taken]
    others = {}
    for name in [name for name in samples.values if name not in fits]:
        linear = interpolate_linearly(samples.points, samples.values[name], used)
        others[name] = float(_difference(linear[done], samples.values[name][done]).max())
    return Check(
        population=len(unknown),
        points=taken,
        exceeding=exceeding,
        at_most=upper_count(len(unknown), taken, exceeding, alpha) - exceeding,
        covered=int(np.all([errors[loss] <= fit.errors[done] for loss, fit in fits.items()], axis=0).sum()),
        largest={loss: float(error.max()) for loss, error in errors.items()},
        others=others,
    )


def _difference(guess: Floats, truth: Floats) -> Floats:
    """Absolute errors: infinite where one of them is finite and the other not, zero where neither is."""
    one, two = np.isfinite(guess), np.isfinite(truth)
    gap = np.abs(np.where(one, guess, 0.0) - np.where(two, truth, 0.0))
    return np.where(one & two, gap, np.where(one == two, 0.0, np.inf))


def upper_count(population: int, drawn: int, exceeding: int, alpha: float) -> int:
    """Upper confidence limit of a number of points in a population, of which a sample has `exceeding`.

    The largest number under which so few in the sample have a probability above alpha: the construction of Clopper and
    Pearson (1934, Biometrika 26), exact for drawing without replacement.
    """
    low, high = exceeding, population - drawn + exceeding
    while low < high:
        middle = (low + high + 1) // 2
        if hypergeom.cdf(exceeding, population, middle, drawn) > alpha:
            low = middle
        else:
            high = middle - 1
    return low
