"""Curves of low loss between two models, trained by stochastic gradient descent (Garipov et al. 2018).

`connect` trains the interior control points of a path and measures it; `CurveDescent` is the optimizer.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
import xarray as xr
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn
from tqdm.auto import tqdm

from landscape._common.guesses import guessable
from landscape._common.interrupts import Interrupted, OnInterrupt, check_on_interrupt, deliver
from landscape._common.random import cpu_generator
from landscape._common.summaries import Summarized, Summary
from landscape._common.validation import as_integer
from landscape.connectivity.curves import Kind, Path
from landscape.connectivity.linear import (
    Barrier,
    PathProfile,
    at_start,
    evaluate_at,
    path_profile,
    profile_summary,
    straight_path,
)
from landscape.connectivity.models import Model
from landscape.objective.data import Batch
from landscape.objective.objective import Objective
from landscape.objective.validation import expect_objective
from landscape.slices.directions import dot

SCHEDULE = "lr for half of the steps, linearly down to lr/100 at nine tenths, then constant"

_NODES = 8
"""Gauss-Legendre nodes of a mean over t."""

_STEPS = (1e-3, 1e-2, 1e-1, 0.3, 1.0)
"""Lengths of the steps that test convergence, as shares of the curve's length."""

Points = list[dict[str, Tensor]]


@dataclass(frozen=True, eq=False, repr=False)
class Connection(Summarized):
    """A curve trained to connect two models.

    Attributes
    ----------
    profile : PathProfile
        Loss and metrics along it, measured as the objective measures them.
    losses : ndarray, shape (s,)
        Loss of the minibatch at each step taken, at the random t of that step.
    mean_losses : ndarray, shape (m,)
        Mean over t of the loss of all data along the curve (Gauss-Legendre, 8 points): before the training and after
        each quarter of it, m = 5 if it was not stopped.
    converged : bool
        Whether the training went through; neither its last quarter at the full learning rate (the second) nor the last
        one changed the mean loss by more than `tol` of it (a falling rate alone would always look converged); and no
        step downhill, of 0.001 to 1 times the curve's length along the gradient of the mean loss, lowers it by more
        than that (a small rate alone would look converged, too). It is a local statement: other curves may be lower.
    message : str
        What happened, and what to change if it did not converge.
    protocol : dict
        How it was trained and measured (JSON-able).

    Examples
    --------
    >>> curve = ls.connectivity.connect(loss, model, other, steps=20)
    >>> curve.losses.shape, curve.converged  # far too few steps, and it says so
    ((20,), False)
    >>> ends = curve.at(0.0), curve.at(1.0)
    >>> torch.equal(ends[1]["2.bias"], other[2].bias)
    True
    """

    profile: PathProfile
    losses: NDArray[np.float64] = field(repr=False)
    mean_losses: NDArray[np.float64]
    converged: bool
    message: str
    protocol: dict[str, Any] = field(repr=False)

    def _summary(self) -> Summary:
        summary = profile_summary(self.dataset, self.barrier, self.message, self.protocol)
        state = "converged" if self.converged else "not converged"
        return replace(summary, headline=f"trained curve, {state}; {summary.headline}")

    @property
    def path(self) -> Path:
        """The curve."""
        return self.profile.path

    @property
    def dataset(self) -> xr.Dataset:
        """Loss and metrics over t."""
        return self.profile.dataset

    @property
    def barrier(self) -> Barrier:
        """Barrier of the loss along the curve."""
        return self.profile.barrier

    @property
    def length(self) -> float:
        """Arc length, in parameter units."""
        return self.path.length()

    def at(self, t: float) -> dict[str, Tensor]:
        """Return the parameters at t."""
        return self.path.at(t)


@guessable
def connect(
    objective: Objective,
    a: Model,
    b: Model,
    *,
    kind: Kind = "bezier",
    bends: int = 1,
    steps: int = 1000,
    lr: float = 0.05,
    momentum: float = 0.9,
    batch_size: int | None = None,
    tol: float = 0.05,
    seed: int = 0,
    t: ArrayLike | None = None,
    progress: bool = False,
    on_interrupt: OnInterrupt = "raise",
) -> Connection:
    r"""Train a curve of low loss between two models (Garipov et al. 2018, arXiv 1802.10026, sec. 3).

    .. math:: \min_{P_1, \ldots, P_{n-1}} \mathbb{E}_{t \sim U(0, 1)} L(\phi(t))

    by stochastic gradient descent: each step draws one t and one minibatch. The ends stay where they are.

    Parameters
    ----------
    objective : Objective
        Its loss, penalty included, is what is trained and measured. With `batchnorm="recomputed"` minibatches are
        normalised with their own statistics in training, and those along the curve are recomputed when it is measured,
        as in the paper.
    a, b : Objective, torch.nn.Module or mapping of str to Tensor
        The ends.
    kind : {"bezier", "chain"}
    bends : int
        Control points to be trained, at least 1; they start at equal distances on the segment.
    steps : int
        Stochastic gradient steps, at least 4.
    lr, momentum : float
        Of heavy-ball SGD. The learning rate is `lr` for half of the steps, goes linearly down to lr/100 at nine tenths,
        and stays there (the schedule of the paper's published code).
    batch_size : int, optional
        Samples of a minibatch. Default: the objective's batches. Their order is drawn anew in each epoch.
    tol : float
        See `Connection.converged`.
    seed : int
        Of t and of the order of the minibatches: equal seeds give equal curves on one machine.
    t : array_like, optional
        Where the trained curve is measured. Default: 25 equally spaced points.
    progress : bool
        Show bars.
    on_interrupt : {"raise", "return"}
        What Ctrl-C during the training does: measure the curve as it was then, and raise `landscape.Interrupted`, whose
        `partial` is that, or return it.

    Returns
    -------
    Connection

    Raises
    ------
    ValueError
        If the models do not fit the objective or are not finite, or for a setting out of range.

    Examples
    --------
    >>> curve = ls.connectivity.connect(loss, model, other, steps=60)
    >>> bool(curve.mean_losses[-1] < curve.mean_losses[0])  # lower than the segment it started from
    True
    """
    check_on_interrupt(on_interrupt)
    _check(steps=(steps, 4), bends=(bends, 1))
    if not (math.isfinite(lr) and lr > 0 and 0 <= momentum < 1 and tol > 0):
        raise ValueError(
            f"lr is {lr!r}, momentum {momentum!r}, tol {tol!r}: give lr > 0, 0 <= momentum < 1 and tol > 0."
        )
    expect_objective(objective)
    if objective.is_sharded:
        raise ValueError("The objective's parameters are spread over ranks: a curve is trained on an Objective.")
    path = straight_path(objective, a, b, bends=bends, kind=kind)
    for end, word in ((path.points[0], "first"), (path.points[-1], "last")):
        if bad := [name for name, p in end.items() if not torch.isfinite(p).all()]:
            raise ValueError(f"The {word} model has non-finite values in {bad[0]!r} (a diverged run?): leave it out.")
    training = CurveDescent(objective, path, lr, momentum, batch_size, seed)
    stopped = training.run(steps, progress)
    interrupted = training.interrupted
    try:
        found = path_profile(objective, training.path, t, progress=progress)
    except Interrupted as error:
        found, interrupted = error.partial, True
    except KeyboardInterrupt:  # before there was anything to show: the curve is not to be lost
        found, interrupted = path_profile(objective, training.path, (0.0, 1.0)), True
    means = np.array(training.mean_losses)
    words = stopped or _trend(means, tol) or _still_descends(training.possible_loss, means[-1], tol)
    converged = not words
    message = f"{words or 'converged'}; {found.message}"
    protocol = found.protocol | {
        "measure": "trained curve",
        "kind": kind,
        "bends": bends,
        "steps": len(training.losses),
        "steps_wanted": steps,
        "lr": lr,
        "schedule": SCHEDULE,
        "momentum": momentum,
        "minibatches": len(training.batches),
        "training_batchnorm": training.objective.model.normalization(),
        "seed": training.seed,
        "tol": tol,
        "mean_losses": [float(m) for m in means],
        "mean_loss_after_best_step": None if stopped else training.possible_loss,
        "converged": converged,
        "message": message,
    }
    connection = Connection(found, np.array(training.losses), means, converged, message, protocol)
    return deliver(connection, interrupted, on_interrupt)


def _trend(means: NDArray[np.float64], tol: float) -> str:
    """Return a message if the mean loss still changed in the training, else an empty string."""
    for i, words in ((2, "second quarter of the training, the last at the full learning rate,"), (4, "last quarter")):
        change = means[i] - means[i - 1]
        if not abs(change) <= tol * abs(means[i - 1]):
            return (
                f"not converged: the {words} changed the mean loss along the curve from {means[i - 1]:.4g} to "
                f"{means[i]:.4g}, more than tol = {tol:g} of it; raise steps or lr"
            )
    return ""


def _still_descends(possible: float, mean: float, tol: float) -> str:
    """Return a message if a step downhill still lowers the mean loss, else an empty string."""
    if mean - possible <= tol * abs(mean):
        return ""
    return (
        f"not converged: one step downhill lowers the mean loss along the curve from {mean:.4g} to {possible:.4g}, by "
        f"more than tol = {tol:g} of it; raise steps or lr"
    )


def _check(**numbers: tuple[Any, int]) -> None:
    for name, (value, least) in numbers.items():
        number = as_integer(value)
        if number is None or number < least:
            raise ValueError(f"{name} is {value!r}: give an integer of at least {least}.")


class CurveDescent:
    """Train the interior control points of a path by heavy-ball SGD.

    Attributes
    ----------
    path : Path
        As it is now.
    objective : Objective
        What is descended on, at the first end.
    batches : list
        The minibatches with their weights.
    losses, mean_losses : list of float
        Of each step's minibatch; of all data along the curve, before the training and after each quarter of it.
    possible_loss : float
        The lowest mean loss after a step downhill from the end of the training; NaN if it was stopped.
    """

    def __init__(
        self, objective: Objective, path: Path, lr: float, momentum: float, batch_size: int | None, seed: int
    ) -> None:
        self._lr, self._momentum = lr, momentum
        self._generator = cpu_generator(seed)
        self.seed = self._generator.initial_seed()
        self.path = path
        self._measured = at_start(objective, path)
        trained = self._measured
        mode = "batch" if trained.batchnorm == "recomputed" else trained.batchnorm
        if batch_size is not None:
            trained = trained.with_batchnorm("frozen").without_metrics().with_batch_size(batch_size)
        self.objective = trained.with_batchnorm(mode)
        self.batches = list(self.objective.batches())
        self.losses: list[float] = []
        self.mean_losses: list[float] = []
        self.possible_loss = math.nan
        self.interrupted = False

    def run(self, steps: int, progress: bool) -> str:
        """Take steps; return why they ended early, or an empty string."""
        velocity = [{name: torch.zeros_like(p) for name, p in point.items()} for point in self.path.points[1:-1]]
        stream = self._minibatches()
        quarters = {round(steps * k / 4) for k in (1, 2, 3, 4)}
        try:
            self.mean_losses.append(self._mean_loss(self.path))
            for step in tqdm(range(steps), desc="curve", unit="step", disable=not progress):
                t = float(torch.rand((), generator=self._generator, dtype=torch.float64, device="cpu"))
                loss, gradient = self._gradient(t, *next(stream))
                if not math.isfinite(loss) or not all(bool(torch.isfinite(g).all()) for g in gradient.values()):
                    return f"the training loss was not finite at step {step + 1} of {steps}: lower lr"
                velocity = self._step(velocity, gradient, t, learning_rate(self._lr, step / steps))
                self.losses.append(loss)
                if step + 1 in quarters:
                    self.mean_losses.append(self._mean_loss(self.path))
            self.possible_loss = self._after_best_step()
        except KeyboardInterrupt:
            self.interrupted = True
            return f"interrupted after {len(self.losses)} of {steps} steps"
        return ""

    def _step(self, velocity: Points, gradient: dict[str, Tensor], t: float, rate: float) -> Points:
        """Move the interior control points, in a new path: an interruption finds one that fits together."""
        shares = self.path.coefficients(t)[1:-1]
        velocity = [
            {name: torch.add(self._momentum * v, gradient[name], alpha=float(share)) for name, v in speed.items()}
            for share, speed in zip(shares, velocity, strict=True)
        ]
        interior = [
            {name: torch.add(p, speed[name], alpha=-rate) for name, p in point.items()}
            for point, speed in zip(self.path.points[1:-1], velocity, strict=True)
        ]
        self.path = self.path.with_control_points(interior)
        return velocity

    def _minibatches(self) -> Iterator[tuple[Batch, float]]:
        """Batches in random order, epoch by epoch, with the factor that makes their losses unbiased for the mean."""
        count = len(self.batches)
        while True:
            for i in torch.randperm(count, generator=self._generator, device="cpu").tolist():
                batch, weight = self.batches[i]
                yield batch, weight * count

    def _gradient(self, t: float, batch: Batch, factor: float) -> tuple[float, dict[str, Tensor]]:
        """Loss of a minibatch at t and its gradient by the parameters there."""
        objective = self.objective
        leaves = {name: p.requires_grad_() for name, p in self.path.at(t).items()}

        def once(model: nn.Module) -> tuple[float, tuple[Tensor | None, ...]]:
            loss = factor * objective.loss(model, batch)
            return float(loss.detach()), torch.autograd.grad(loss, tuple(leaves.values()), allow_unused=True)

        with torch.enable_grad():
            loss, parts = objective.run(once, leaves | self.path.constants_at(t))
        points = {name: p.detach() for name, p in leaves.items()}
        gradient = {}
        for (name, p), part in zip(points.items(), parts, strict=True):
            gradient[name] = torch.zeros_like(p) if part is None else part
            if objective.l2:
                gradient[name] = gradient[name] + objective.l2 * p
        if objective.l2:
            loss += objective.l2 / 2 * sum(float(p.double().square().sum()) for p in points.values())
        return loss, gradient

    def _mean_loss(self, path: Path) -> float:
        """Mean over t of the loss of all data."""
        return sum(share * evaluate_at(self._measured, path, t)["loss"] for t, share in _nodes())

    def _after_best_step(self) -> float:
        """Return the lowest mean loss after a step downhill of a given share of the curve's length."""
        interior = self.path.points[1:-1]
        slope = [{name: torch.zeros_like(p, dtype=torch.float64) for name, p in point.items()} for point in interior]
        for t, share in _nodes():
            gradient = self.objective.at(self.path.at(t) | self.path.constants_at(t)).value_and_gradient()[1]
            for total, weight in zip(slope, self.path.coefficients(t)[1:-1], strict=True):
                for name, part in gradient.items():
                    total[name].add_(part.double(), alpha=share * float(weight))
        size = math.sqrt(sum(dot(part, part) for part in slope))
        if not size:
            return self.mean_losses[-1]
        length = self.path.length()
        found = []
        for share in _STEPS:
            moved = [
                {name: (p.double() - share * length / size * part[name]).to(p.dtype) for name, p in point.items()}
                for point, part in zip(interior, slope, strict=True)
            ]
            found.append(self._mean_loss(self.path.with_control_points(moved)))
        return float(np.nanmin([*found, self.mean_losses[-1]]))


def _nodes() -> list[tuple[float, float]]:
    """Points between 0 and 1 with their weights in a mean over t (Gauss-Legendre)."""
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    return [(float(node + 1) / 2, float(weight) / 2) for node, weight in zip(nodes, weights, strict=True)]


def learning_rate(lr: float, share: float) -> float:
    """Return the learning rate after a share of the steps."""
    return lr * (1.0 if share <= 0.5 else max(1.0 - 0.99 * (share - 0.5) / 0.4, 0.01))
