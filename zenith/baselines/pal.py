"""PAL: jump to the minimum of a parabola through the loss, its slope, and one more loss on the line.

Mutschler and Zell 2020, "Parabolic Approximation Line Search for DNNs" (NeurIPS 2020, arXiv:1903.11991).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from zenith.baselines._rule import Block, Rule, check_number, inner
from zenith.baselines._vectors import to_host
from zenith.baselines.line_probe import LineProbe

__all__ = ["PAL"]


class PAL(Rule):
    """Line search by one parabola per batch, along the normalised momentum direction.

    With the direction ``m <- beta m + g``, ``u = m / ||m||`` and the slope ``b = -<g, u>``, the loss at distance mu
    gives the curvature ``a = (L(w - mu u) - L(w) - b mu) / mu^2``. The step length is ``-alpha b / (2 a)`` on a
    parabola that has a minimum ahead (a > 0, b < 0), mu where the loss falls without one (a <= 0, b < 0), and 0 where
    it rises; at most `max_step`.

    Parameters
    ----------
    params : iterable
        Parameters or parameter groups.
    lr : float
        Multiplies the step length; 1 is the rule itself. The line is ``u = m' / ||m'||`` where m' is m with every
        group's part multiplied by the ratio of its lr to the largest one.
    measuring_step : float
        mu, in units of distance in weight space. The authors advise 0.1 to 1; 0.1 is what the ZENITH comparison starts
        from.
    max_step : float
        The largest step length, in the same units; the authors' 10^0.5.
    direction_adaptation : float
        beta, in [0, 1). The authors advise 0 or 0.4.
    step_adaptation : float
        alpha. 1 is the parabola's minimum; the authors' code takes 1 / 0.6.
    weight_decay : float
        Adds half of it times the squared weights to the loss, in its gradient and along the line alike.

    Raises
    ------
    ValueError
        If a setting is out of its range.

    Notes
    -----
    Needs the batch's loss and one more forward pass. The authors' PyTorch code moves the first parameter group only;
    here the line is one for all groups. A loss, gradient or probe that is not finite gives no step.

    `effective_lrs` is the factor on the momentum m, that is the step length over ``||m'||``: comparable with SGD's.

    Examples
    --------
    >>> w = torch.nn.Parameter(torch.tensor([3.0, 4.0]))
    >>> optimizer = zenith.PAL([w])
    >>> forward = lambda: w.square().sum() / 2
    >>> probe = zenith.LineProbe(torch.nn.ParameterList([w]), forward)  # before the batch's forward pass
    >>> loss = forward()
    >>> loss.backward()
    >>> optimizer.step(loss=loss, probe=probe)
    >>> [round(lr, 4) for lr in optimizer.effective_lrs]
    [0.6325]
    """

    def __init__(
        self,
        params: Any,
        lr: float | Tensor = 1.0,
        measuring_step: float = 0.1,
        max_step: float = 10**0.5,
        direction_adaptation: float = 0.4,
        step_adaptation: float = 1 / 0.6,
        weight_decay: float = 0.0,
    ) -> None:
        check_number("measuring_step", measuring_step, above=0.0)
        check_number("max_step", max_step, above=0.0)
        check_number("direction_adaptation", direction_adaptation, at_least=0.0, below=1.0)
        check_number("step_adaptation", step_adaptation, above=0.0)
        settings = {
            "lr": lr,
            "measuring_step": measuring_step,
            "max_step": max_step,
            "direction_adaptation": direction_adaptation,
            "step_adaptation": step_adaptation,
            "weight_decay": weight_decay,
        }
        super().__init__(params, settings)

    def _prepare(self, parameter: Tensor) -> None:
        if self.param_groups[0]["direction_adaptation"] and not self.state[parameter]:
            self.state[parameter]["direction"] = torch.zeros_like(parameter)

    @torch.no_grad()
    def step(
        self,
        closure: Callable[[], Any] | None = None,
        *,
        loss: float | Tensor | None = None,
        probe: LineProbe | None = None,
    ) -> Any:
        """Take one step.

        Parameters
        ----------
        closure : callable, optional
            Zeroes the gradients, evaluates loss and gradients, and returns the loss.
        loss : float or Tensor, optional
            The batch's loss, where the gradients are there already.
        probe : LineProbe
            Of the same batch, made before its forward pass.

        Returns
        -------
        The value of `closure`, or None.

        Raises
        ------
        ValueError
            Without a loss or a probe.
        """
        returned, loss = self._loss(closure, loss)
        if loss is None:
            return returned
        probe = self._check_probe(probe)
        settings = self.param_groups[0]
        blocks = self._blocks()
        grads = [block.grads for block in blocks]
        start, squared_gradient = to_host(self._objective(loss, blocks), inner(blocks, grads, grads))
        if not (math.isfinite(start) and 0 < squared_gradient < math.inf):
            self._report(0.0)
            return returned
        directions = self._directions(blocks, settings["direction_adaptation"])
        slope, squared = to_host(inner(blocks, grads, directions), inner(blocks, directions, directions, power=2))
        if not squared > 0:
            self._report(0.0)
            return returned
        length = math.sqrt(squared)
        mu, b = settings["measuring_step"], -slope / length
        (ahead,) = self._losses_along(blocks, directions, [mu / length], probe)
        a = (ahead - start - b * mu) / mu**2
        self._move(blocks, directions, self._step_length(a, b) / length)
        return returned

    def _directions(self, blocks: list[Block], adaptation: float) -> list[list[Tensor]]:
        """The momentum m, brought up to date, in every block."""
        if not adaptation:
            return [block.grads for block in blocks]
        directions = [[self.state[p]["direction"] for p in block.params] for block in blocks]
        for block, direction in zip(blocks, directions, strict=True):
            torch._foreach_mul_(direction, adaptation)
            torch._foreach_add_(direction, block.grads)
        return directions

    def _step_length(self, a: float, b: float) -> float:
        settings = self.param_groups[0]
        if not math.isfinite(a) or b >= 0:
            return 0.0
        length = -settings["step_adaptation"] * b / (2 * a) if a > 0 else settings["measuring_step"]
        return min(length, settings["max_step"])
