"""L4: step so far that the linearised loss would fall by a fixed part of the way to the lowest loss seen.

Rolinek and Martius 2018, "L4: Practical loss-based stepsize adaptation for deep learning" (NeurIPS 2018,
arXiv:1802.05074).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, ClassVar

import torch
from torch import Tensor

from zenith.baselines._directions import adam_direction, averaged_gradient
from zenith.baselines._polyak import loss_gap, polyak_step
from zenith.baselines._rule import Block, Rule, check_number, inner
from zenith.baselines._vectors import to_host

__all__ = ["L4"]

DAMPING = 1e-12
GRADIENT_TIME, SQUARE_TIME = 10, 1000  # time constants of the averages, in steps
ADAM_EPS = 1e-4
FIRST_MINIMUM, MINIMUM_TIME = 0.75, 1000  # where the estimate of the minimal loss starts, and how slowly it forgets


class L4(Rule):
    """Momentum SGD or Adam at the step size ``alpha (L - gamma Lmin) / <g, v>``.

    g is the average of the gradients, v the direction (``g`` itself, or Adam's), both free of bias. The estimate Lmin
    of the minimal loss starts at 0.75 of the first loss, never exceeds a loss seen, and grows by a thousandth per step.

    Parameters
    ----------
    params : iterable
        Parameters or parameter groups.
    lr : float
        alpha, the part of the gap to aim for in one step: 0.1 in the ZENITH comparison; the authors take 0.15 and
        advise 0.1 to 0.3. With several learning rates, alpha is the largest, and v is the direction with every group's
        part multiplied by the ratio of its lr to that.
    gamma : float
        Which part of Lmin to aim at, in [0, 1).
    base : {"momentum", "adam"}
        L4Mom or L4Adam.
    weight_decay : float
        Adds half of it times the squared weights to the loss and in its gradient.

    Raises
    ------
    ValueError
        If a setting is out of its range.

    Notes
    -----
    Needs the batch's loss, which must not be negative. A loss or gradient that is not finite gives no step and is not
    remembered. Nothing bounds the step size, as in the paper: on hard problems the rule can diverge.

    The constants are those of the authors' code: averages over 10 steps (Adam's squares over 1000, eps 1e-4).

    Examples
    --------
    >>> w = torch.nn.Parameter(torch.tensor([3.0, 4.0]))
    >>> optimizer = zenith.L4([w])
    >>> loss = w.square().sum() / 2
    >>> loss.backward()
    >>> optimizer.step(loss=loss)
    >>> [round(lr, 4) for lr in optimizer.effective_lrs]
    [0.0162]
    """

    memory: ClassVar = {"minimum": None}

    def __init__(
        self,
        params: Any,
        lr: float | Tensor = 0.1,
        gamma: float = 0.9,
        base: str = "momentum",
        weight_decay: float = 0.0,
    ) -> None:
        check_number("gamma", gamma, at_least=0.0, below=1.0)
        if base not in ("momentum", "adam"):
            raise ValueError(f"base={base!r} is no direction of L4: choose 'momentum' or 'adam'")
        super().__init__(params, {"lr": lr, "gamma": gamma, "base": base, "weight_decay": weight_decay})

    def _prepare(self, parameter: Tensor) -> None:
        state = self.state[parameter]
        if not state:
            state["step"] = torch.zeros(())
            state["average"] = torch.zeros_like(parameter)
            if self.param_groups[0]["base"] == "adam":
                state["average_square"] = torch.zeros_like(parameter)

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None, *, loss: float | Tensor | None = None) -> Any:
        """Take one step.

        Parameters
        ----------
        closure : callable, optional
            Zeroes the gradients, evaluates loss and gradients, and returns the loss.
        loss : float or Tensor, optional
            The batch's loss, where the gradients are there already.

        Returns
        -------
        The value of `closure`, or None.

        Raises
        ------
        ValueError
            Without a loss, or if it is negative.
        """
        returned, loss = self._loss(closure, loss)
        if loss is None:
            return returned
        settings, blocks = self.param_groups[0], self._blocks()
        grads = [block.grads for block in blocks]
        value, squared_norm = to_host(self._objective(loss, blocks), inner(blocks, grads, grads))
        if not (math.isfinite(value) and math.isfinite(squared_norm)):
            self._report(0.0)
            return returned
        value = loss_gap(value, 0.0, "L4")
        minimum = min(FIRST_MINIMUM * value if settings["minimum"] is None else settings["minimum"], value)
        averages, directions = zip(*map(self._direction, blocks), strict=True) if blocks else ((), ())
        (slope,) = to_host(inner(blocks, averages, directions))
        self._move(blocks, directions, polyak_step(value - settings["gamma"] * minimum, slope, DAMPING))
        settings["minimum"] = minimum * (1 + 1 / MINIMUM_TIME)
        return returned

    def _direction(self, block: Block) -> tuple[list[Tensor], list[Tensor]]:
        """The averaged gradient g and the direction v of one block."""
        states = [self.state[p] for p in block.params]
        for state in states:
            state["step"] += 1
        average = averaged_gradient(states, block.grads, 1 - 1 / GRADIENT_TIME)
        if self.param_groups[0]["base"] == "momentum":
            return average, average
        square = averaged_gradient(states, block.grads, 1 - 1 / SQUARE_TIME, "average_square", power=2)
        return average, adam_direction(average, square, ADAM_EPS)
