"""The top eigenvalue on mini-batches: its spread, its bias, and the batch size that a stated error needs."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import nnls
from tqdm.auto import tqdm

from landscape._common.estimate import Estimate, sample_skewness
from landscape._common.guesses import guessable
from landscape._common.interrupts import OnInterrupt, check_on_interrupt, deliver, without_partial
from landscape._common.random import cpu_generator
from landscape._common.summaries import Summarized, Summary, counted
from landscape._common.validation import check_count, check_level
from landscape.curvature.eigenvalues import top_eigenpairs
from landscape.objective.decomposability import refuse_cut
from landscape.objective.objective import Objective
from landscape.objective.validation import expect_objective

FloatArray = NDArray[np.float64]
_MISFIT = 1.5  # ratio of measured to fitted error beyond which the fit is called into question
_RESAMPLES = 999


@dataclass(frozen=True, eq=False, repr=False)
class RequiredBatchSize(Summarized):
    """The batch size at which the top eigenvalue of one random batch has a stated error.

    Attributes
    ----------
    value : int
        Samples.
    low, high : int
        Ends of the interval, by resampling the measured batches; it does not hold the error of the model.
    level : float
        Nominal coverage of the interval.
    relative_error : float
        Root mean square of (batch value / full value - 1) that was asked for: spread and bias together.
    extrapolated : bool
        Whether the value lies outside the measured batch sizes.
    message : str
        What it rests on, and what speaks against it.
    """

    value: int
    low: int
    high: int
    level: float
    relative_error: float
    extrapolated: bool
    message: str

    def _summary(self) -> Summary:
        return Summary(
            f"{counted(self.value, 'sample')} for a relative error of {self.relative_error:.3g}, {self.level:.0%} "
            f"interval {self.low} to {self.high}" + (", extrapolated" if self.extrapolated else ""),
            notes=[self.message],
        )


@dataclass(frozen=True, eq=False, repr=False)
class MinibatchCurvature(Summarized):
    """Top Hessian eigenvalues of random mini-batches, compared with that of all samples.

    Attributes
    ----------
    batch_sizes : ndarray of int, shape (sizes,)
        In ascending order.
    values : ndarray, shape (sizes, batches)
        Top eigenvalue of each batch, in units of the loss over squared parameter units.
    converged : ndarray of bool, shape (sizes, batches)
        As `Eigenpairs.converged`.
    full : float
        Top eigenvalue on all samples of the objective.
    full_converged : bool
        Whether that converged.
    num_samples : int
        Samples of the objective.
    passes : float
        Hessian-vector products used, in passes over the full data.
    message : str
        How many eigenvalues did not converge.
    protocol : dict
        How it was measured (JSON-able).

    Examples
    --------
    >>> batches = ls.curvature.minibatch_curvature(loss, [10, 20], batches=4)
    >>> batches.values.shape
    (2, 4)
    >>> needed = batches.required_batch_size(relative_error=0.05)
    >>> 20 < needed.value <= loss.num_samples
    True
    """

    batch_sizes: NDArray[np.int64]
    values: FloatArray
    converged: NDArray[np.bool_]
    full: float
    full_converged: bool
    num_samples: int
    passes: float
    message: str
    protocol: dict[str, Any] = field(repr=False)

    def _summary(self) -> Summary:
        mean, spread = self.values.mean(axis=1), self.spread
        error = self.relative_error() if self.full > 0 else np.full(len(mean), np.nan)
        converged = [f"{int(row.sum())} of {len(row)}" for row in self.converged]
        return Summary(
            f"top eigenvalue of random batches, compared with {self.full:.4g} on all "
            f"{counted(self.num_samples, 'sample')}" + ("" if self.full_converged else " (not converged)"),
            ("batch size", "mean", "spread (sd)", "relative error (rms)", "converged"),
            list(zip(self.batch_sizes, mean, spread, error, converged, strict=True)),
            [self.message, f"It took {self.passes:.4g} passes over the full data."],
            {"Protocol": self.protocol},
        )

    @property
    def spread(self) -> FloatArray:
        """Standard deviation over batches, for each batch size."""
        return self.values.std(axis=1, ddof=1)

    def mean(self) -> tuple[Estimate, ...]:
        """Estimate the expected value on a batch of each size; independent batches are the samples."""
        return tuple(self._estimate(row, size, 0.0) for row, size in zip(self.values, self.batch_sizes, strict=True))

    def bias(self) -> tuple[Estimate, ...]:
        """Estimate how far the expected value on a batch lies above the full one, for each batch size.

        The largest eigenvalue is a convex function of the matrix, and the full Hessian is the mean of the batches', so
        by Jensen's inequality it does not lie below: mini-batches overestimate sharpness. (With a loss weighted by
        tokens the mean is a weighted one, and this holds about.)
        """
        pairs = zip(self.values, self.batch_sizes, strict=True)
        return tuple(self._estimate(row, size, self.full) for row, size in pairs)

    def relative_error(self) -> FloatArray:
        """Root mean square of (batch value / full value - 1), for each batch size.

        Raises
        ------
        ValueError
            If the full value is not positive.
        """
        if not self.full > 0:
            raise ValueError(f"The top eigenvalue on all samples is {self.full:g}: nothing is relative to that.")
        return np.sqrt(np.mean((self.values / self.full - 1) ** 2, axis=1))

    def required_batch_size(
        self, relative_error: float, *, population: int | None = None, level: float = 0.95, seed: int = 0
    ) -> RequiredBatchSize:
        r"""Predict the batch size whose top eigenvalue has a stated root mean square error.

        Fits :math:`e^2(B) = a x + b x^2` with :math:`x = 1/B - 1/N` and a, b not negative: the variance of a mean of B
        samples drawn without replacement from N, and the square of a bias in proportion to it (second-order
        perturbation of the eigenvalue). Errors count relative to each batch size alike.

        Parameters
        ----------
        relative_error : float
            Wanted root mean square of (batch value / full value - 1), such as 0.05.
        population : int, optional
            Number of samples that the error is about. Default: infinite, the distribution that the objective's samples
            were drawn from; give `num_samples` for the objective's own.
        level : float
            Nominal coverage of the interval.
        seed : int
            Of the resampling.

        Returns
        -------
        RequiredBatchSize

        Raises
        ------
        ValueError
            If the error is not positive, all batch sizes are the full data, or the full value is not positive or not
            converged.
        """
        check_level(level)
        if not 0 < relative_error < math.inf:
            raise ValueError(f"relative_error is {relative_error!r}: give a positive one, such as 0.05.")
        if not (self.full_converged and self.converged.all()):
            raise ValueError(f"{self.message} Only converged values show the error of a batch.")
        people = math.inf if population is None else check_count(population, "population", 1, "sample is needed")
        smaller = self.batch_sizes < self.num_samples
        errors = self.relative_error()[smaller]
        if not smaller.any() or not errors.any():
            raise ValueError(
                f"No batch size of {self.batch_sizes.tolist()} shows an error: measure smaller ones than "
                f"{self.num_samples}, the full data."
            )
        x = 1 / self.batch_sizes[smaller] - 1 / self.num_samples
        fit = _fit(x, errors**2)
        value = _solve(fit, relative_error, people)
        generator = np.random.default_rng(seed)
        relative = (self.values[smaller] / self.full - 1) ** 2
        count = relative.shape[1]
        others = []
        for _ in range(_RESAMPLES):
            drawn = np.stack([row[generator.integers(0, count, count)] for row in relative])
            others.append(_solve(_fit(x, drawn.mean(axis=1)), relative_error, people))
        low, high = np.quantile(others, [(1 - level) / 2, (1 + level) / 2])
        measured = self.batch_sizes[smaller]
        outside = not measured.min() <= value <= measured.max()
        ratio = errors / np.sqrt(fit[0] * x + fit[1] * x**2)
        return RequiredBatchSize(
            value,
            math.floor(low),
            math.ceil(high),
            level,
            relative_error,
            outside,
            _describe(value, measured, outside, ratio),
        )

    def _estimate(self, row: FloatArray, size: int, subtract: float) -> Estimate:
        error = float(row.std(ddof=1) / np.sqrt(len(row)))
        protocol = self.protocol | {"batch_size": int(size), "converged": bool(self.converged.all())}
        return Estimate(float(row.mean()) - subtract, error, len(row), protocol, sample_skewness(row))


@guessable
def minibatch_curvature(
    objective: Objective,
    batch_sizes: int | Sequence[int],
    *,
    batches: int = 16,
    tol: float = 1e-3,
    max_products: int | None = None,
    seed: int = 0,
    progress: bool = False,
    on_interrupt: OnInterrupt = "raise",
) -> MinibatchCurvature:
    """Measure the top Hessian eigenvalue of random mini-batches of the objective's samples, and of all samples.

    Parameters
    ----------
    objective : Objective
        Its batches must show their samples (`Objective.subset`).
    batch_sizes : int or sequence of int
        Samples of a batch, drawn without replacement; several sizes, to predict others.
    batches : int
        Independent batches per size, at least 2.
    tol, max_products
        As for `top_eigenpairs`. Each batch starts cold, so that the errors are independent.
    seed : int
        Of the draws and of the starting vectors.
    progress : bool
        Show a bar over batches.
    on_interrupt : {"raise", "return"}
        What Ctrl-C does: raise `landscape.Interrupted`, whose `partial` has the batches that every size had by
        then, if two had, or return that.

    Returns
    -------
    MinibatchCurvature
        Whether converged or not: look at `converged` and `message`.

    Raises
    ------
    ValueError
        For a batch size below 1 or above the number of samples, fewer than two batches, or batches that cannot be cut.

    Examples
    --------
    >>> batches = ls.curvature.minibatch_curvature(loss, [10, 20], batches=8)
    >>> bool(batches.spread[0] > batches.spread[1])  # larger batches agree better
    True
    """
    expect_objective(objective)
    given = (
        batch_sizes
        if isinstance(batch_sizes, (Sequence, np.ndarray)) and not isinstance(batch_sizes, str)
        else [batch_sizes]
    )
    sizes = sorted({check_count(size, "batch size", 1, "sample is needed") for size in given})
    if not sizes or sizes[-1] > objective.num_samples:
        raise ValueError(
            f"The batch sizes are {sizes}: give at least one, none above the objective's {objective.num_samples} "
            f"samples."
        )
    check_on_interrupt(on_interrupt)
    count = check_count(batches, "batches", 2, "are needed for a spread")
    refuse_cut(objective, "mini-batches tell nothing of it: build an Objective on the batches")
    with without_partial():
        full_batch = top_eigenpairs(objective, tol=tol, max_products=max_products, seed=seed)
    passes = float(full_batch.products)
    values, converged = np.empty((len(sizes), count)), np.zeros((len(sizes), count), dtype=bool)
    start = cpu_generator(seed).initial_seed()
    # A stream of its own for each size: equal ones would nest the batches.
    streams = [np.random.SeedSequence([start % 2**63, size]).generate_state(1, np.uint64)[0] for size in sizes]
    generators = [cpu_generator(int(stream >> np.uint64(1))) for stream in streams]
    finished = 0
    with tqdm(total=len(sizes) * count, desc="mini-batches", unit="batch", disable=not progress) as bar:
        try:
            for column in range(count):
                for row, (size, generator) in enumerate(zip(sizes, generators, strict=True)):
                    index = torch.randperm(objective.num_samples, generator=generator, device="cpu")[:size]
                    with without_partial():
                        pairs = top_eigenpairs(objective.subset(index), tol=tol, max_products=max_products, seed=seed)
                    values[row, column], converged[row, column] = pairs.values[0], pairs.converged[0]
                    passes += pairs.products * size / objective.num_samples
                    bar.update()
                finished = column + 1
        except KeyboardInterrupt:
            if finished < 2:
                raise
    values, converged = values[:, :finished], converged[:, :finished]
    done = int(converged.sum()) + int(full_batch.converged[0])
    message = f"{done} of {converged.size + 1} top eigenvalues converged to tol={tol:g}."
    if finished < count:
        message = f"Interrupted after {finished} of {count} batches of each size. {message}"
    if done <= converged.size:
        message += " Raise max_products or tol."
    protocol = full_batch.protocol | {
        "measure": "top eigenvalue of mini-batches",
        "batch_sizes": sizes,
        "batches_per_size": finished,
        "draw": "without replacement within a batch, batches independent",
        "full": float(full_batch.values[0]),
        "passes": passes,
        "message": message,
    }
    found = MinibatchCurvature(
        np.array(sizes),
        values,
        converged,
        float(full_batch.values[0]),
        bool(full_batch.converged[0]),
        objective.num_samples,
        passes,
        message,
        protocol,
    )
    return deliver(found, finished < count, on_interrupt)


def _fit(x: FloatArray, squares: FloatArray) -> FloatArray:
    """Return coefficients a, b >= 0 of a x + b x^2, by least squares of the relative deviations."""
    return nnls(np.stack([x, x**2], axis=1) / squares[:, None], np.ones(len(x)))[0]


def _solve(fit: FloatArray, error: float, population: float) -> int:
    """Return the batch size at which the fitted error reaches its target, rounded up."""
    a, b = (float(c) for c in fit)
    # The positive root of b x^2 + a x = error^2, in the form that does not cancel.
    x = 2 * error**2 / (a + math.sqrt(a**2 + 4 * b * error**2))
    return max(1, math.ceil(1 / (x + 1 / population) * (1 - 1e-12)))


def _describe(value: int, measured: NDArray[np.int64], outside: bool, ratio: FloatArray) -> str:
    sizes = ", ".join(map(str, measured))
    message = f"{value} samples, by a fit to batches of {sizes} samples."
    if outside:
        message += " This lies outside the measured sizes: it is an extrapolation."
    worst = int(np.argmax(np.abs(np.log(ratio))))
    if max(ratio[worst], 1 / ratio[worst]) > _MISFIT:
        message += (
            f" The measured error at {measured[worst]} samples is {ratio[worst]:.2g} times the fitted one, so the law "
            "does not hold over these sizes: leave out the smallest, or measure larger ones."
        )
    elif len(measured) < 3:
        message += " With fewer than three sizes nothing tests the law it assumes."
    return message
