"""GeN: a learning rate that follows the minimum of the loss along the base optimizer's own direction.

Bu and Xu 2024, "Gradient Descent with Generalized Newton's Method" (ICLR 2025, arXiv:2407.02772).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, ClassVar

import torch
from torch import Tensor

from zenith.baselines._directions import adam_direction, averaged_gradient
from zenith.baselines._rule import Block, Rule, check_number
from zenith.baselines._vectors import to_host
from zenith.baselines.line_probe import LineProbe

__all__ = ["GeN"]

CLIP = 2.0  # the authors' code: the learning rate measured counts as at most twice, at least half the present one


class GeN(Rule):
    """SGD or Adam at the Newton step length along their own direction, measured now and then by two more losses.

    With the direction d and the losses ``L± = L(w ± eta d)``, the parabola through them and L(w) has its minimum at
    ``eta* = (eta / 2) (L+ - L-) / (L+ - 2 L(w) + L-)``, which estimates ``<G, d> / <d, H d>`` of gradient G and Hessian
    H. Every `every` steps ``eta <- gamma eta + (1 - gamma) clip(eta*, eta / 2, 2 eta)``, and every step is ``w <- w -
    eta d``.

    Parameters
    ----------
    params : iterable
        Parameters or parameter groups.
    lr : float
        Multiplies the step; 1 is the rule itself, and a schedule from 1 to 0 the authors' "horizon-aware" variant. The
        line is d with every group's part multiplied by the ratio of its lr to the largest one.
    first_step : float
        eta before the first measurement; 0.1 as in the ZENITH comparison.
    every : int
        Steps from one measurement to the next; the first step measures. The authors advise at least 4.
    smoothing : float
        gamma, in [0, 1). 0 takes eta* as it is, still within a factor of 2 of the former eta.
    base : {"sgd", "adam"}
        Whose direction.
    momentum : float
        Of "sgd", in [0, 1).
    betas, eps : (float, float), float
        Of "adam".
    weight_decay : float
        Adds half of it times the squared weights to the loss, in its gradient and along the line alike.

    Raises
    ------
    ValueError
        If a setting is out of its range.

    Notes
    -----
    Needs the batch's loss and, every `every` steps, two more forward passes. The authors' code measures on a batch of
    its own and after a whole step of the base optimizer, whose momenta then advance twice; here the batch is the one at
    hand and the direction is made once. Its test of the fit (R² above 0.99) is left out: a parabola through three
    points always passes. eta stays as it was where there is no minimum ahead, and is halved where a measured loss is
    not finite, both as there.

    A gradient that is not finite gives what SGD gives.

    Examples
    --------
    >>> w = torch.nn.Parameter(torch.tensor([3.0, 4.0]))
    >>> optimizer = zenith.GeN([w])
    >>> forward = lambda: w.square().sum() / 2
    >>> probe = zenith.LineProbe(torch.nn.ParameterList([w]), forward)  # before the batch's forward pass
    >>> loss = forward()
    >>> loss.backward()
    >>> optimizer.step(loss=loss, probe=probe)
    >>> [round(lr, 4) for lr in optimizer.effective_lrs]
    [0.11]
    """

    memory: ClassVar = {"eta": None, "steps": 0}

    def __init__(
        self,
        params: Any,
        lr: float | Tensor = 1.0,
        first_step: float = 0.1,
        every: int = 4,
        smoothing: float = 0.9,
        base: str = "sgd",
        momentum: float = 0.0,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        check_number("first_step", first_step, above=0.0)
        check_number("every", every, at_least=1, integer=True)
        check_number("smoothing", smoothing, at_least=0.0, below=1.0)
        check_number("momentum", momentum, at_least=0.0, below=1.0)
        for i in range(2):
            check_number(f"betas[{i}]", betas[i], at_least=0.0, below=1.0)
        check_number("eps", eps, above=0.0)
        if base not in ("sgd", "adam"):
            raise ValueError(f"base={base!r} is no direction of GeN: choose 'sgd' or 'adam'")
        settings = {
            "lr": lr,
            "first_step": first_step,
            "every": every,
            "smoothing": smoothing,
            "base": base,
            "momentum": momentum,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
        }
        super().__init__(params, settings)

    def _prepare(self, parameter: Tensor) -> None:
        settings, state = self.param_groups[0], self.state[parameter]
        if state:
            return
        if settings["base"] == "adam":
            state["step"] = torch.zeros(())
            state["average"], state["average_square"] = torch.zeros_like(parameter), torch.zeros_like(parameter)
        elif settings["momentum"]:
            state["momentum_buffer"] = torch.zeros_like(parameter)

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
            Of the same batch, made before its forward pass; called in the steps that measure.

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
        settings, blocks = self.param_groups[0], self._blocks()
        directions = [self._direction(block) for block in blocks]
        eta = settings["first_step"] if settings["eta"] is None else settings["eta"]
        if settings["steps"] % settings["every"] == 0:
            (start,) = to_host(self._objective(loss, blocks))
            if math.isfinite(start):
                behind, ahead = self._losses_along(blocks, directions, [-eta, eta], probe)
                eta *= self._correction(start, behind, ahead)
        settings["eta"], settings["steps"] = eta, settings["steps"] + 1
        self._move(blocks, directions, eta)
        return returned

    def _direction(self, block: Block) -> list[Tensor]:
        settings, states = self.param_groups[0], [self.state[p] for p in block.params]
        if settings["base"] == "adam":
            for state in states:
                state["step"] += 1
            beta1, beta2 = settings["betas"]
            first = averaged_gradient(states, block.grads, beta1)
            second = averaged_gradient(states, block.grads, beta2, "average_square", power=2)
            return adam_direction(first, second, settings["eps"])
        if not settings["momentum"]:
            return block.grads
        buffers = [state["momentum_buffer"] for state in states]
        torch._foreach_mul_(buffers, settings["momentum"])
        torch._foreach_add_(buffers, block.grads)
        return buffers

    def _correction(self, start: float, behind: float, ahead: float) -> float:
        """Return the factor on eta, from the losses at distance 0, -eta and eta."""
        if not (math.isfinite(behind) and math.isfinite(ahead)):
            return 0.5
        slope, curvature = behind - ahead, behind + ahead - 2 * start
        if slope <= 0 or curvature <= 0:
            return 1.0
        smoothing = self.param_groups[0]["smoothing"]
        return smoothing + (1 - smoothing) * min(max(0.5 * slope / curvature, 1 / CLIP), CLIP)
