"""Balls around the weights: the rise of the loss in them, the samples that each is for, and what ascents found there."""

import math
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from landscape._common.validation import check_count
from landscape.ascent import Search
from landscape.objective.objective import Objective


class Rise:
    """The loss and its gradient in the coordinates delta / c."""

    def __init__(self, objective: Objective, length: Tensor) -> None:
        self._objective, self._length = objective, length

    def __call__(self, point: Tensor) -> tuple[float, Tensor]:
        """Return the loss and its gradient at a perturbation."""
        delta = self._objective.unflatten(self._length * point)
        moved = {name: p + delta[name] for name, p in self._objective.parameters.items()}
        value, gradient = self._objective.value_and_gradient(moved)
        return value, self._objective.flatten(gradient).double() * self._length


def balls_of(objective: Objective, m: Any, batches: Any, generator: torch.Generator) -> list[Objective]:
    """Return the objective whole, or on batches of m of its samples dealt out at random."""
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


def ends(search: Search, restarts: int) -> list[float]:
    """Return the rises where the ascents of one ball ended, NaN for those that were not made."""
    rises = [climb.value - search.centre for climb in search.climbs]
    return rises + [math.nan] * (restarts - len(rises))


def stationary(search: Search, restarts: int) -> list[bool]:
    """Return which ascents of one ball ended at a stationary point."""
    flags = [climb.stop == "stationary" for climb in search.climbs]
    return flags + [False] * (restarts - len(flags))


def highest(search: Search) -> float:
    """Return the largest rise of one ball; NaN if the loss is NaN at the centre or where an ascent led."""
    rises = [climb.value - search.centre for climb in search.climbs if climb.point is not None]
    if not math.isfinite(search.centre) or any(map(math.isnan, rises)):
        return math.nan
    return max(0.0, *rises)


def top_point(search: Search) -> Tensor | None:
    """Return where the highest finite ascent of one ball ended, if there is one."""
    points = [(climb.value, climb.point) for climb in search.climbs if climb.point is not None]
    finite = [pair for pair in points if math.isfinite(pair[0])]
    return max(finite, key=lambda pair: pair[0])[1] if finite else None


def weighted_mean(values: NDArray[np.float64], weights: NDArray[np.float64]) -> tuple[float, float]:
    """Return the weighted mean, and its standard error from the values' spread (NaN for one value)."""
    shares = weights / weights.sum()
    mean = float(shares @ values)
    if len(values) < 2 or not math.isfinite(mean):
        return mean, math.nan
    return mean, math.sqrt(float(shares**2 @ (values - mean) ** 2) * len(values) / (len(values) - 1))


def describe(searches: list[Search], steps: int, tol: float) -> str:
    """Say how the ascents ended, and what to raise if some did not converge."""
    climbs = [climb for search in searches for climb in search.climbs]
    if not climbs:
        return "The loss is not finite at the weights themselves."
    counts = {
        stop: sum(climb.stop == stop for climb in climbs) for stop in ("stationary", "steps", "step", "not finite")
    }
    message = f"A lower bound: {counts['stationary']} of {len(climbs)} ascents converged to tol={tol:g}."
    if counts["steps"]:
        rise = max(climb.last_rise for climb in climbs if climb.stop == "steps")
        message += (
            f" {counts['steps']} spent all {steps} steps (the last rise was up to {rise:.2g}): raise steps, or tol."
        )
    if counts["step"]:
        gap = max(climb.gap for climb in climbs if climb.stop == "step")
        message += (
            f" {counts['step']} found no step that rises although the slope would allow up to {gap:.2g} more: the loss is "
            "rounded (use dtype=torch.float64) or has a kink there, as ReLU networks have."
        )
    if counts["not finite"]:
        message += f" {counts['not finite']} met a loss or a gradient that is not finite: take a smaller rho."
    return message


def doubts(value: float, rounding: float) -> str:
    """Say if a rise is below the rounding of the loss, or nothing."""
    if not value < rounding:
        return ""
    return f" The rise is below the rounding of the loss ({rounding:.2g}): use dtype=torch.float64 or a larger rho."
