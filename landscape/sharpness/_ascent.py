r"""Gradient ascent on a ball, from several starts: lower bounds of the maximum of a function there.

A plain step goes to :math:`P(z + \eta g)`, with the gradient g in unit length (of mean magnitude 1 for the maximum
norm) and the projection P onto the ball. If it rises it is kept, and three in a row double eta; if it does not, it is
taken back and eta is quartered. So concave places are approached by ever smaller steps, and where the function is
convex, as it mostly is above a minimum, large steps become the power iteration :math:`z \leftarrow \rho g / |g|` (or
reach the corner sign g of the box).

On the Euclidean ball, steps from the peak of a quadratic model of the gradients seen so far
(`landscape.linalg.trust_region`) come first, and a plain step only after one of them did not rise. On quadratics this
needs a fraction of the gradients of Auto-PGD (Croce and Hein 2020, arXiv 2003.01690; used for sharpness in arXiv
2302.07011), which halves its step at set fractions of a budget: it needs the number of steps beforehand, and does not
detect convergence.

An ascent ends by the first-order gap :math:`\rho \lVert g \rVert_* - g \cdot z`, the most that the tangent plane at z
rises inside the ball: it is zero at stationary points only.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import torch
from torch import Tensor

from landscape.linalg.trust_region import SubspaceModel

FIRST_STEP = 2.0  # of the radius: across the ball, as in Auto-PGD
LARGEST_STEP = 2.0**10  # of the radius; from there on z hardly counts against the gradient
SMALLEST_STEP = 2.0**-40  # of the radius; what is left after so many reductions is rounding
PEAK_STEP = 0.5  # of the radius, from a peak of the model: a rise if no curvature is below -2 times the highest
SMALL = 1e-6  # of the radius
CALM = 3  # plain steps in a row that rise before the step grows

Function = Callable[[Tensor], tuple[float, Tensor]]
"""From a point of shape (n,) in float64 to the value there and the gradient."""


@dataclass(frozen=True)
class Ball:
    """Points of Euclidean or maximum norm at most `radius`.

    Attributes
    ----------
    radius : float
    norm : float
        2 or infinity.
    """

    radius: float
    norm: float

    def project(self, point: Tensor) -> Tensor:
        """Return the nearest point of the ball."""
        if self.norm == 2:
            size = float(point.norm())
            return point * (self.radius / size) if size > self.radius else point
        return point.clamp(-self.radius, self.radius)

    def steepest(self, gradient: Tensor) -> Tensor:
        """Return the direction of unit norm along which a function of this gradient rises most; zero for zero."""
        return gradient.sign() if self.norm == math.inf else self.uphill(gradient)

    def uphill(self, gradient: Tensor) -> Tensor:
        """Return the gradient in a length that suits steps: Euclidean norm 1, or mean magnitude 1 of the entries."""
        size = gradient.norm() if self.norm == 2 else gradient.abs().mean()
        return gradient / size.clamp_min(torch.finfo(gradient.dtype).tiny)

    def linear_increase(self, gradient: Tensor) -> float:
        """Return the most that a linear function of this gradient rises from the centre."""
        return self.radius * float(gradient.norm() if self.norm == 2 else gradient.abs().sum())


class AscentStop(StrEnum):
    """What ended an ascent."""

    STATIONARY = "stationary"
    STEPS = "steps"  # all are spent
    STEP = "step"  # none rises any more
    NOT_FINITE = "not finite"
    INTERRUPTED = "interrupted"


@dataclass
class AscentRun:
    """One ascent from one start; its attributes are current while it runs.

    Attributes
    ----------
    start : str
        In words.
    point : Tensor or None
        The highest one so far.
    value, gap : float
        Function value and first-order gap there; the value is NaN before the first evaluation.
    gradients : int
        Evaluations of the gradient.
    last_increase : float
        By how much the last evaluation that rose did.
    stop : AscentStop
        What ended it; interrupted until it ends.
    """

    start: str
    point: Tensor | None = None
    value: float = math.nan
    gap: float = math.inf
    gradients: int = 0
    last_increase: float = math.nan
    stop: AscentStop = AscentStop.INTERRUPTED

    def run(
        self,
        function: Function,
        start: Tensor,
        ball: Ball,
        centre: tuple[float, Tensor],
        *,
        steps: int,
        tol: float,
        floor: float,
    ) -> None:
        """Ascend from a start until the gap is at most tol times the change from the centre, or `floor`.

        `centre` holds the value and the gradient there.
        """
        model = SubspaceModel(centre[1]) if ball.norm == 2 else None
        size, calm, by_model = FIRST_STEP * ball.radius, CALM, False
        trial = point = start
        slope, change = centre[1], 0.0
        while True:
            value, gradient = function(trial)
            self.gradients += 1
            first = self.point is None
            rose = first or not value <= self.value  # what is not finite is kept, not stepped around
            if rose:
                self.last_increase = value - self.value
                self.point, self.value, point, slope = trial, value, trial, gradient
                change = max(abs(value - centre[0]) if first else value - centre[0], change)
            if not math.isfinite(value) or not bool(torch.isfinite(gradient).all()):
                self.stop = AscentStop.NOT_FINITE
                return
            self.gap = max(ball.linear_increase(slope) - float(slope @ point), 0.0)
            if self.gap <= max(tol * change, floor):
                self.stop = AscentStop.STATIONARY
                return
            if self.gradients > steps:
                self.stop = AscentStop.STEPS
                return
            if not by_model and not first:
                calm = calm + 1 if rose else 0
                size = min(size * ((2 if calm >= CALM else 1) if rose else 0.25), LARGEST_STEP * ball.radius)
                if size < SMALLEST_STEP * ball.radius:
                    self.stop = AscentStop.STEP
                    return
            if model is not None:
                model.add(trial, gradient, best=rose)
            trial, retry = ball.project(point + size * ball.uphill(slope)), by_model and not rose
            by_model = False
            if model is not None and not retry:
                peak, ahead, curvature = model.peak(ball.radius)
                distance = float(peak.norm())
                inside = distance < (1 - SMALL) * ball.radius
                # To the other side goes another run; and the centre may be a saddle, which is stationary as well.
                if distance > SMALL * ball.radius and (inside or float(peak @ point) > 0):
                    step = ahead / curvature if inside else PEAK_STEP * ball.radius * ball.steepest(ahead)
                    trial = ball.project(peak + step)
                    by_model = True


class Search:
    """Ascents on one ball from several starts.

    The first goes from where the gradient at the centre points, the second from the point opposite to where the first
    one ended (above a minimum there are maxima near both ends of the sharpest direction), the others from random points
    of the boundary.

    Parameters
    ----------
    function : callable
        From a point of shape (n,) to the value and the gradient.
    ball : Ball
    free : Tensor of bool, shape (n,)
        Entries that the function depends on; the others stay zero.

    Attributes
    ----------
    runs : list of AscentRun
        Those begun so far.
    centre : float
        Value at the centre; NaN before it is evaluated.
    """

    def __init__(self, function: Function, ball: Ball, free: Tensor) -> None:
        self._function, self._ball, self._free = function, ball, free
        self.runs: list[AscentRun] = []
        self.centre = math.nan
        self._own = 0  # evaluations at the centre

    @property
    def gradients(self) -> int:
        """Evaluations of the gradient so far."""
        return self._own + sum(run.gradients for run in self.runs)

    def run(
        self, restarts: int, generator: torch.Generator, *, steps: int, tol: float, rounding: float, bar: Any
    ) -> None:
        """Ascend from `restarts` points, each with at most `steps` evaluations after that of its start.

        The gap that ends an ascent is `tol` times the change of the function, and not below the rounding of its value,
        4 `rounding` times its size.
        """
        self.centre, slope = self._function(
            torch.zeros(self._free.shape, dtype=torch.float64, device=self._free.device)
        )
        self._own += 1
        if not math.isfinite(self.centre):
            return
        floor = 4 * rounding * abs(self.centre)
        for number in range(restarts):
            run, start = self._start(number, slope, generator)
            self.runs.append(run)
            run.run(self._function, start, self._ball, (self.centre, slope), steps=steps, tol=tol, floor=floor)
            bar.update()

    def _start(self, number: int, slope: Tensor, generator: torch.Generator) -> tuple[AscentRun, Tensor]:
        if number == 0 and bool(slope.any()) and bool(torch.isfinite(slope).all()):
            return AscentRun("gradient"), self._ball.radius * self._ball.steepest(slope)
        if number == 1 and (first := self.runs[0]).point is not None and bool(first.point.any()):
            return AscentRun("opposite"), -first.point
        # Uniform on the sphere, or a random corner of the box.
        drawn = torch.randn(slope.shape, generator=generator, dtype=torch.float64, device="cpu").to(slope.device)
        drawn = torch.where(self._free, drawn, 0.0)
        return AscentRun("random"), self._ball.radius * self._ball.steepest(drawn)
