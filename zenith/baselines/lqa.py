"""LQA: the learning rate that minimises a parabola through three losses along the gradient.

Zhu, Huang, Zhang et al. 2020, "Automatic, Dynamic, and Nearly Optimal Learning Rate Specification by Local Quadratic
Approximation" (Neural Networks 2021, arXiv:2004.03260).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from zenith.baselines._rule import Rule, check_number, inner
from zenith.baselines._vectors import to_host
from zenith.baselines.line_probe import LineProbe

__all__ = ["LQA"]


class LQA(Rule):
    """Gradient descent at the learning rate that is best for the batch, by a quadratic through three losses.

    With the losses ``l0 = L(w)`` and ``l± = L(w ± d0 g)``, the parabola through them has its minimum at
    ``delta = d0 (l+ - l-) / (2 (l+ + l- - 2 l0))``, and ``w <- w - delta g``.

    Parameters
    ----------
    params : iterable
        Parameters or parameter groups.
    lr : float
        Multiplies delta; 1 is the rule itself. The line is g with every group's part multiplied by the ratio of its lr
        to the largest one.
    probe_step : float
        d0, a learning rate. 0.1 is what the ZENITH comparison starts from; the authors' codes go from 0.05 to 0.01
        (TensorFlow) and, on a gradient scaled to its largest element, from 1 to 0.1 (PyTorch).
    max_step : float
        The largest delta. 1 is where the authors' TensorFlow code draws the line.
    weight_decay : float
        Adds half of it times the squared weights to the loss, in its gradient and along the line alike.

    Raises
    ------
    ValueError
        If a setting is out of its range.

    Notes
    -----
    Needs the batch's loss and two more forward passes; keeps no state. The authors' two codes disagree with each other
    and with the paper, whose equations hold here: the PyTorch one measures along the scaled gradient and steps along
    the raw one; the TensorFlow one takes the loss after a step of descent for l+, so that delta comes out negative
    wherever there is a minimum ahead, and 1.05 d0 is taken instead (in each of 100 steps where we ran it). The
    equations leave open what to do where the parabola has no minimum ahead: the step is then d0. A loss or gradient
    that is not finite gives no step, a probe that is not finite gives d0's.

    Examples
    --------
    >>> w = torch.nn.Parameter(torch.tensor([3.0, 4.0]))
    >>> optimizer = zenith.LQA([w])
    >>> forward = lambda: w.square().sum() / 2
    >>> probe = zenith.LineProbe(torch.nn.ParameterList([w]), forward)  # before the batch's forward pass
    >>> loss = forward()
    >>> loss.backward()
    >>> optimizer.step(loss=loss, probe=probe)
    >>> [round(lr, 4) for lr in optimizer.effective_lrs]
    [1.0]
    """

    def __init__(
        self,
        params: Any,
        lr: float | Tensor = 1.0,
        probe_step: float = 0.1,
        max_step: float = 1.0,
        weight_decay: float = 0.0,
    ) -> None:
        check_number("probe_step", probe_step, above=0.0)
        check_number("max_step", max_step, above=0.0)
        super().__init__(
            params, {"lr": lr, "probe_step": probe_step, "max_step": max_step, "weight_decay": weight_decay}
        )

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
        blocks = self._blocks()
        grads = [block.grads for block in blocks]
        start, squared_gradient = to_host(self._objective(loss, blocks), inner(blocks, grads, grads))
        if not (math.isfinite(start) and 0 < squared_gradient < math.inf):
            self._report(0.0)
            return returned
        d0 = self.param_groups[0]["probe_step"]
        behind, ahead = self._losses_along(blocks, grads, [-d0, d0], probe)
        self._move(blocks, grads, self._step_size(start, behind, ahead))
        return returned

    def _step_size(self, start: float, behind: float, ahead: float) -> float:
        """The minimum of the parabola through the losses at distance 0, -d0 and d0; d0 if there is none ahead."""
        d0, max_step = self.param_groups[0]["probe_step"], self.param_groups[0]["max_step"]
        curvature = behind + ahead - 2 * start
        delta = d0 * (behind - ahead) / (2 * curvature) if curvature > 0 else math.nan
        return min(delta if 0 < delta < math.inf else d0, max_step)
