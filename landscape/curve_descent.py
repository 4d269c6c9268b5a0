"""Stochastic gradient descent on the bends of a curve between two models, as Garipov et al. 2018 do it."""

import math
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor, nn
from tqdm.auto import tqdm

from landscape._common.random import cpu_generator
from landscape.connectivity import at_start, evaluate_at
from landscape.curves import Path
from landscape.directions import dot
from landscape.objective.data import Batch
from landscape.objective.objective import Objective

SCHEDULE = "lr for half of the steps, linearly down to lr/100 at nine tenths, then constant"
_NODES = 8
_STEPS = (1e-3, 1e-2, 1e-1, 0.3, 1.0)
Points = list[dict[str, Tensor]]


class CurveDescent:
    """Heavy-ball SGD on the bends of a path.

    Attributes
    ----------
    path : Path
        As it is now.
    home : Objective
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
        home = self._measured
        mode = "batch" if home.batchnorm == "recomputed" else home.batchnorm
        if batch_size is not None:
            home = home.with_batchnorm("frozen").without_metrics().with_batch_size(batch_size)
        self.home = home.with_batchnorm(mode)
        self.batches = list(self.home.batches())
        self.losses: list[float] = []
        self.mean_losses: list[float] = []
        self.possible_loss = math.nan
        self.interrupted = False

    def run(self, steps: int, progress: bool) -> str:
        """Take steps; return why they ended early, or nothing."""
        velocity = [{name: torch.zeros_like(p) for name, p in bend.items()} for bend in self.path.points[1:-1]]
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
        """Move the bends; the path is replaced as a whole, so that an interruption finds one that fits together."""
        shares = self.path.coefficients(t)[1:-1]
        velocity = [
            {name: torch.add(self._momentum * v, gradient[name], alpha=float(share)) for name, v in speed.items()}
            for share, speed in zip(shares, velocity, strict=True)
        ]
        bends = [
            {name: torch.add(p, speed[name], alpha=-rate) for name, p in bend.items()}
            for bend, speed in zip(self.path.points[1:-1], velocity, strict=True)
        ]
        self.path = self.path.with_bends(bends)
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
        home = self.home
        leaves = {name: p.requires_grad_() for name, p in self.path.at(t).items()}

        def once(model: nn.Module) -> tuple[float, tuple[Tensor | None, ...]]:
            loss = factor * home.loss(model, batch)
            return float(loss.detach()), torch.autograd.grad(loss, tuple(leaves.values()), allow_unused=True)

        with torch.enable_grad():
            loss, parts = home.run(once, leaves | self.path.constants_at(t))
        points = {name: p.detach() for name, p in leaves.items()}
        gradient = {}
        for (name, p), part in zip(points.items(), parts, strict=True):
            gradient[name] = torch.zeros_like(p) if part is None else part
            if home.l2:
                gradient[name] = gradient[name] + home.l2 * p
        if home.l2:
            loss += home.l2 / 2 * sum(float(p.double().square().sum()) for p in points.values())
        return loss, gradient

    def _mean_loss(self, path: Path) -> float:
        """Mean over t of the loss of all data."""
        return sum(share * evaluate_at(self._measured, path, t)["loss"] for t, share in _nodes())

    def _after_best_step(self) -> float:
        """Return the lowest mean loss after a step downhill of a given share of the curve's length."""
        bends = self.path.points[1:-1]
        slope = [{name: torch.zeros_like(p, dtype=torch.float64) for name, p in bend.items()} for bend in bends]
        for t, share in _nodes():
            gradient = self.home.at(self.path.at(t) | self.path.constants_at(t)).value_and_gradient()[1]
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
                {name: (p.double() - share * length / size * part[name]).to(p.dtype) for name, p in bend.items()}
                for bend, part in zip(bends, slope, strict=True)
            ]
            found.append(self._mean_loss(self.path.with_bends(moved)))
        return float(np.nanmin([*found, self.mean_losses[-1]]))


def _nodes() -> list[tuple[float, float]]:
    """Points between 0 and 1 with their weights in a mean over t (Gauss-Legendre)."""
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    return [(float(node + 1) / 2, float(weight) / 2) for node, weight in zip(nodes, weights, strict=True)]


def learning_rate(lr: float, share: float) -> float:
    """Return the learning rate after a share of the steps."""
    return lr * (1.0 if share <= 0.5 else max(1.0 - 0.99 * (share - 0.5) / 0.4, 0.01))
