"""Worst-case sharpness: the largest increase of the loss within a ball around the weights, by gradient ascent."""

import dataclasses
import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm.auto import tqdm

from landscape._common.guesses import guessable
from landscape._common.interrupts import OnInterrupt, check_on_interrupt, deliver
from landscape._common.random import cpu_generator
from landscape._common.summaries import Summarized, Summary
from landscape._common.validation import check_count
from landscape.curvature.derivative_check import check_gradient
from landscape.curvature.rescaled import SCALES, Adaptive, perturbation_scales, scale_name
from landscape.objective.objective import Objective
from landscape.objective.validation import expect_objective
from landscape.sharpness._ascent import AscentStop, Ball, Search


@dataclass(frozen=True, eq=False, repr=False)
class WorstCase(Summarized):
    """The largest increase of the loss found in a ball: a lower bound of the maximum.

    Attributes
    ----------
    value : float
        Largest rise found, in units of the loss (per cent of 1 + L for `keskar_sharpness`), at least 0; for m-sharpness
        the mean over batches of m samples of the largest rise of each batch's loss. NaN or infinite where the loss is.
    standard_error : float
        For m-sharpness that of the mean over batches, taken as independent; NaN on all samples at once, where nothing
        is sampled. It does not show how far below the true maximum the ascents ended.
    rises : ndarray, shape (batches, restarts)
        Where each ascent ended, in units of the loss; negative if it found no rise. One batch without m.
    converged : ndarray of bool, shape (batches, restarts)
        Whether the ascent ended at a stationary point to `tol`, rather than with its steps spent.
    gradients : float
        Gradient evaluations, in passes over all samples of the objective.
    perturbation : dict of str to Tensor or None
        The perturbation delta of the largest rise, a direction for `line`; None for m-sharpness.
    message : str
        What happened, and what to raise if something did not converge.
    protocol : dict
        How it was measured (JSON-able).

    Examples
    --------
    >>> worst = ls.sharpness.worst_case_sharpness(loss, rho=0.1)
    >>> worst.rises.shape, bool(worst.value == worst.rises.max())
    ((1, 3), True)
    >>> there = {name: p + worst.perturbation[name] for name, p in loss.parameters.items()}
    >>> abs(loss.value(there) - loss.value() - worst.value) < 1e-5
    True
    """

    value: float
    standard_error: float
    rises: NDArray[np.float64] = field(repr=False)
    converged: NDArray[np.bool_] = field(repr=False)
    gradients: float
    perturbation: dict[str, Tensor] | None = field(repr=False)
    message: str
    protocol: dict[str, Any] = field(repr=False)

    def _summary(self) -> Summary:
        sampled = (
            f" ± {self.standard_error:.2g} (standard error over batches)" if np.isfinite(self.standard_error) else ""
        )
        return Summary(
            f"{self.protocol.get('measure', 'largest rise found')}: {self.value:.4g}{sampled}, a lower bound",
            ("what", "value"),
            [
                ("radius rho", self.protocol.get("rho")),
                ("ascents converged", f"{int(self.converged.sum())} of {self.converged.size}"),
                ("spread over restarts", self.spread),
                ("gradients (passes over the data)", self.gradients),
            ],
            [self.message],
            {"Protocol": self.protocol},
        )

    @property
    def spread(self) -> float:
        """Difference between the highest and the lowest end of the ascents of one ball, averaged over batches.

        Large where the loss has several maxima on the ball; then more restarts may find a higher one.
        """
        return float((self.rises.max(axis=1) - self.rises.min(axis=1)).mean())


@guessable
def worst_case_sharpness(
    objective: Objective,
    *,
    rho: float,
    adaptive: Adaptive = True,
    norm: float = 2,
    m: int | None = None,
    batches: int | None = None,
    restarts: int = 3,
    steps: int = 100,
    tol: float = 1e-4,
    seed: int = 0,
    progress: bool = False,
    on_interrupt: OnInterrupt = "raise",
) -> WorstCase:
    r"""Search for the largest increase of the loss in a ball around the weights: a lower bound.

    .. math:: \max_{\lVert \delta / c \rVert_p \le \rho} L(\theta + \delta) - L(\theta)

    With c = 1 and p = 2 this is what SAM bounds (Foret et al. 2021, arXiv 2010.01412, sec. 2), though SAM itself takes
    one step along the gradient; with the perturbation scale c of `adaptive` it is the adaptive sharpness of Kwon et al.
    2021 (arXiv 2102.11600) and of Andriushchenko et al. 2023 (arXiv 2302.07011, eq. 1). To second order at a minimum,
    for p = 2, it is rho^2 / 2 times the top eigenvalue of diag(c) H diag(c), see `AdaptiveHessianOperator`.

    The problem is not concave, so the result is a lower bound: the highest end of several gradient ascents in the
    coordinates delta / c (see `landscape.sharpness._ascent` for their steps and starts), which are scale-invariant
    themselves. For the maximum norm, where every corner of the box may be a local maximum, the bound is looser.

    Parameters
    ----------
    objective : Objective
    rho : float
        Radius, relative to c if adaptive, else in parameter units. For comparison with the average case at standard
        deviation s: Gaussian noise of n parameters has a norm of about s sqrt(n).
    adaptive : bool, "elementwise" or "filterwise"
        The perturbation scale c: |theta| (True is the same), the norm of the filter, or 1 (False); see
        `landscape.curvature.rescaled.perturbation_scales`, biases and normalisation parameters included. Parameters
        with c = 0 are not perturbed.
    norm : float
        p: 2 or infinity.
    m : int, optional
        Samples of a batch for m-sharpness: the mean over batches of m samples of the maximum for each batch's own loss,
        as Foret et al. (sec. 4.1) and Andriushchenko and Flammarion 2022 (arXiv 2206.06232) define it. The samples
        are dealt out at random once, the last batch is smaller if need be; batches count by their weight in the loss.
        By default one maximum on all samples.
    batches : int, optional
        How many of the batches of m samples to take, at least 2. Default: all.
    restarts : int
        Ascents from different starts: first the gradient's direction, then the point opposite to the end of that, then
        random points.
    steps : int
        Gradients of each ascent after the one at its start, at most.
    tol : float
        An ascent ends when the first-order gap, which is what the linearised loss could still rise inside the ball, is
        at most `tol` times the change of the loss from the centre.
    seed : int
        Of the random starts and the dealing, on the CPU.
    progress : bool
        Show a bar over ascents.
    on_interrupt : {"raise", "return"}
        What Ctrl-C does: raise `landscape.Interrupted`, whose `partial` is of the ascents so far, or return that.

    Returns
    -------
    WorstCase
        Whether converged or not: look at `converged` and `message`.

    Raises
    ------
    ValueError
        If a setting is out of range, if no parameter can be perturbed, if batches cannot be cut, or if the gradient is
        not that of the loss.

    Examples
    --------
    >>> worst = ls.sharpness.worst_case_sharpness(loss, rho=0.1)
    >>> average = ls.sharpness.average_sharpness(loss, rho=0.1 / loss.num_parameters**0.5)  # noise about as long
    >>> worst.value > average.value
    True
    """
    check_on_interrupt(on_interrupt)
    expect_objective(objective)
    settings = _Settings(scale_name(adaptive), rho, norm, m, batches, restarts, steps, tol, seed)
    found, _, interrupted = _worst_case(objective, settings, progress=progress)
    return deliver(found, interrupted, on_interrupt)


@guessable
def keskar_sharpness(
    objective: Objective,
    *,
    epsilon: float = 1e-3,
    restarts: int = 3,
    steps: int = 100,
    tol: float = 1e-4,
    seed: int = 0,
    on_interrupt: OnInterrupt = "raise",
) -> WorstCase:
    r"""Search for the largest increase in the box of Keskar et al. 2017.

    arXiv 1609.04836, metric 2.1 with A the identity.

    .. math:: \frac{100}{1 + L(\theta)} \max_{|\delta_i| \le \epsilon (|\theta_i| + 1)} L(\theta + \delta) - L(\theta)

    The maximum is that of `worst_case_sharpness` with p infinite and c = |theta| + 1, where the paper takes ten
    iterations of L-BFGS-B. Because of the 1, it is not invariant under rescaling.

    Parameters
    ----------
    objective : Objective
    epsilon : float
        Half the width of the box; 1e-3 and 5e-4 in the paper.
    restarts, steps, tol, seed, on_interrupt
        As for `worst_case_sharpness`.

    Returns
    -------
    WorstCase
        Its value is in per cent of 1 + L.

    Raises
    ------
    ValueError
        If a setting is out of range.

    Examples
    --------
    >>> result = ls.sharpness.keskar_sharpness(loss)
    >>> result.value > 0, result.protocol["rho"]  # per cent of 1 + L, in a box of half the width rho
    (True, 0.001)
    """
    if not (isinstance(epsilon, (int, float)) and math.isfinite(epsilon) and epsilon > 0):
        raise ValueError(f"epsilon is {epsilon!r}: give a positive half width of the box, such as 1e-3.")
    check_on_interrupt(on_interrupt)
    expect_objective(objective)
    settings = _Settings("box", epsilon, math.inf, None, None, restarts, steps, tol, seed)
    found, loss, interrupted = _worst_case(objective, settings)
    percent = 100 / (1 + loss)
    protocol = found.protocol | {"measure": "Keskar's sharpness", "unit": "per cent of 1 + loss"}
    found = dataclasses.replace(found, value=percent * found.value, protocol=protocol)
    return deliver(found, interrupted, on_interrupt)


@dataclass(frozen=True)
class _Settings:
    """Settings of a search, checked; see `worst_case_sharpness`."""

    scale: str
    rho: float
    norm: float
    m: int | None
    batches: int | None
    restarts: int
    steps: int
    tol: float
    seed: int

    def __post_init__(self) -> None:
        if not (isinstance(self.rho, (int, float, np.number)) and math.isfinite(self.rho) and self.rho > 0):
            raise ValueError(f"rho is {self.rho!r}: give a positive and finite radius of the ball.")
        if self.norm not in (2, math.inf):
            raise ValueError(f"norm is {self.norm!r}: choose 2 or math.inf.")
        check_count(self.restarts, "restarts", 1, "ascent is needed")
        check_count(self.steps, "steps", 1, "step of an ascent is needed")
        if not 0 < self.tol < 1:
            raise ValueError(f"tol is {self.tol!r}: give a relative tolerance between 0 and 1, such as 1e-4.")


def _worst_case(objective: Objective, settings: _Settings, *, progress: bool = False) -> tuple[WorstCase, float, bool]:
    """Search on every batch; return the result, the loss at the weights, and whether Ctrl-C interrupted it."""
    scale, m, tol = settings.scale, settings.m, settings.tol
    starts, limit = int(settings.restarts), int(settings.steps)
    if objective.is_sharded:
        raise ValueError("The objective's parameters are spread over ranks: worst-case sharpness needs an Objective.")
    generator = cpu_generator(settings.seed)
    scales = objective.flatten(perturbation_scales(objective, scale)).double()
    if not bool(scales.any()):
        raise ValueError("Every parameter is zero, so a ball in units of the weights is a point: use adaptive=False.")
    ball = Ball(float(settings.rho), float(settings.norm))
    parts = _split_batches(objective, m, settings.batches, generator)
    check_gradient(objective)
    searches: list[Search] = []
    stop = ""
    with tqdm(total=len(parts) * starts, desc="worst case", unit="ascent", disable=not progress) as bar:
        try:
            for part in parts:
                searches.append(Search(_PerturbedLoss(part, scales), ball, scales > 0))
                searches[-1].run(starts, generator, steps=limit, tol=tol, rounding=objective.rounding, bar=bar)
        except KeyboardInterrupt:
            if len(searches) > 1:
                searches.pop()  # a ball that is half searched would bias the mean
                stop = f"Interrupted after {len(searches)} of {len(parts)} batches. "
            elif any(run.point is not None for run in searches[0].runs):
                stop = "Interrupted. "
            else:
                raise
    parts = parts[: len(searches)]
    rises = np.array([_final_increases(search, starts) for search in searches])
    converged = np.array([_stationary(search, starts) for search in searches])
    weights = np.array([part.total_weight for part in parts])
    value, error = _weighted_mean(np.array([_largest_increase(search) for search in searches]), weights)
    loss, _ = _weighted_mean(np.array([search.centre for search in searches]), weights)
    rounding = 4 * objective.rounding * abs(loss)
    passes = [search.gradients * part.num_samples for search, part in zip(searches, parts, strict=True)]
    gradients = sum(passes) / objective.num_samples
    message = stop + _describe(searches, limit, tol) + _rounding_warning(value, rounding)
    protocol = objective.protocol() | {
        "measure": "worst-case sharpness",
        "rho": ball.radius,
        "p": "infinity" if ball.norm == math.inf else 2,
        "scale": scale,
        "c": SCALES[scale],
        "unperturbed": int((scales == 0).sum()),
        "m": None if m is None else int(m),
        "balls": len(searches),
        "restarts": starts,
        "starts": [run.start for run in searches[0].runs],
        "steps": limit,
        "tol": float(tol),
        "seed": generator.initial_seed(),
        "kind": "lower bound of the maximum",
        "loss": loss,
        "gradients": gradients,
        "rounding": rounding,
        "converged": bool(converged.all()),
        "interrupted": bool(stop),
        "message": message,
    }
    perturbation = None
    if m is None and (top := _highest_point(searches[0])) is not None:
        perturbation = objective.unflatten(scales * top)
    found = WorstCase(value, error, rises, converged, gradients, perturbation, message, protocol)
    return found, loss, bool(stop)


class _PerturbedLoss:
    """The loss and its gradient in the coordinates delta / c."""

    def __init__(self, objective: Objective, scales: Tensor) -> None:
        self._objective, self._scales = objective, scales

    def __call__(self, point: Tensor) -> tuple[float, Tensor]:
        """Return the loss and its gradient at a perturbation."""
        delta = self._objective.unflatten(self._scales * point)
        moved = {name: p + delta[name] for name, p in self._objective.parameters.items()}
        value, gradient = self._objective.value_and_gradient(moved)
        return value, self._objective.flatten(gradient).double() * self._scales


def _split_batches(objective: Objective, m: Any, batches: Any, generator: torch.Generator) -> list[Objective]:
    """Return the objective itself, or one for each batch of m of its samples, drawn at random."""
    if m is None:
        if batches is not None:
            raise ValueError(f"batches is {batches!r} without m: give m, the number of samples of a batch, too.")
        return [objective]
    size = check_count(m, "m", 1, "sample of a batch is needed")
    if size > objective.num_samples:
        raise ValueError(f"m is {size}, but the objective has {objective.num_samples} samples: give at most that.")
    index = torch.randperm(objective.num_samples, generator=generator, device="cpu").split(size)
    if batches is not None:
        wanted = check_count(batches, "batches", 2, "batches are needed for a standard error")
        if wanted > len(index):
            raise ValueError(f"batches is {wanted}, but there are {len(index)} batches of m={size} samples.")
        index = index[:wanted]
    return [objective.subset(rows) for rows in index]


def _final_increases(search: Search, restarts: int) -> list[float]:
    """Return the loss increase at the end of each ascent on one ball, NaN for those not made."""
    rises = [run.value - search.centre for run in search.runs]
    return rises + [math.nan] * (restarts - len(rises))


def _stationary(search: Search, restarts: int) -> list[bool]:
    """Return which ascents on one ball ended at a stationary point."""
    flags = [run.stop is AscentStop.STATIONARY for run in search.runs]
    return flags + [False] * (restarts - len(flags))


def _largest_increase(search: Search) -> float:
    """Return the largest loss increase on one ball.

    NaN if the loss is not finite at the centre or NaN where an ascent led.
    """
    rises = [run.value - search.centre for run in search.runs if run.point is not None]
    if not math.isfinite(search.centre) or any(map(math.isnan, rises)):
        return math.nan
    return max(0.0, *rises)


def _highest_point(search: Search) -> Tensor | None:
    """Return the point where the highest finite ascent on one ball ended, or None."""
    points = [(run.value, run.point) for run in search.runs if run.point is not None]
    finite = [pair for pair in points if math.isfinite(pair[0])]
    return max(finite, key=lambda pair: pair[0])[1] if finite else None


def _weighted_mean(values: NDArray[np.float64], weights: NDArray[np.float64]) -> tuple[float, float]:
    """Return the weighted mean, and its standard error from the values' spread (NaN for one value)."""
    shares = weights / weights.sum()
    mean = float(shares @ values)
    if len(values) < 2 or not math.isfinite(mean):
        return mean, math.nan
    return mean, math.sqrt(float(shares**2 @ (values - mean) ** 2) * len(values) / (len(values) - 1))


def _describe(searches: list[Search], steps: int, tol: float) -> str:
    """Return the message: how the ascents ended, and what to raise if some did not converge."""
    runs = [run for search in searches for run in search.runs]
    if not runs:
        return "The loss is not finite at the weights themselves."
    ended = {stop: [run for run in runs if run.stop is stop] for stop in AscentStop}
    message = f"A lower bound: {len(ended[AscentStop.STATIONARY])} of {len(runs)} ascents converged to tol={tol:g}."
    if spent := ended[AscentStop.STEPS]:
        rise = max(run.last_increase for run in spent)
        message += f" {len(spent)} spent all {steps} steps (the last rise was up to {rise:.2g}): raise steps, or tol."
    if stuck := ended[AscentStop.STEP]:
        gap = max(run.gap for run in stuck)
        message += (
            f" {len(stuck)} found no step that rises although the slope would allow up to {gap:.2g} more: the loss is "
            "rounded (use dtype=torch.float64) or has a kink there, as ReLU networks have."
        )
    if diverged := ended[AscentStop.NOT_FINITE]:
        message += f" {len(diverged)} met a loss or a gradient that is not finite: take a smaller rho."
    return message


def _rounding_warning(value: float, rounding: float) -> str:
    """Return a warning if the increase is below the rounding of the loss, else an empty string."""
    if not value < rounding:
        return ""
    return f" The rise is below the rounding of the loss ({rounding:.2g}): use dtype=torch.float64 or a larger rho."
