"""DoWG: distance over weighted gradients.

Khaled, Mishchenko and Jin 2023, "DoWG Unleashed: An Efficient Universal Parameter-Free Gradient Descent Method"
(NeurIPS 2023, arXiv:2305.16284), Algorithm 1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from zenith._common.half_precision import must_move
from zenith.baselines._rule import Block, Rule, check_number
from zenith.baselines._vectors import norm

__all__ = ["DoWG"]


class DoWG(Rule):
    """SGD at the step size ``r^2 / sqrt(v)`` of the distance travelled r and the gradients weighted by it.

    ``r^2`` is the largest squared distance from the start so far, at least `eps`; ``v <- v + r^2 ||g||^2``;
    ``w <- w - r^2 / (sqrt(v) + eps) g``.

    Parameters
    ----------
    params : iterable
        Parameters or parameter groups.
    lr : float
        Multiplies the step; 1 is the rule itself. Distance and norm are taken over the groups whose lr is not 0,
        without weights.
    eps : float
        The first r^2, and what keeps the quotient finite; 1e-4 as in the authors' code.
    weight_decay : float
        Adds ``weight_decay * w`` to the gradient.

    Raises
    ------
    ValueError
        If a setting is out of its range. By the first step, if the weights are in half precision, which rounds it away:
        the step size grows with the distance, so they would never move.

    Notes
    -----
    Needs gradients only and never waits for the device: r^2 and v are 0-d tensors in ``param_groups[0]``. Keeps the
    weights of a parameter's first step with a gradient, from which its distance counts. A gradient that is not finite
    gives what SGD gives.

    Examples
    --------
    >>> w = torch.nn.Parameter(torch.tensor([3.0, 4.0]))
    >>> optimizer = zenith.DoWG([w])
    >>> loss = w.square().sum() / 2
    >>> loss.backward()
    >>> optimizer.step()
    >>> [round(lr, 4) for lr in optimizer.effective_lrs]
    [0.002]
    """

    def __init__(self, params: Any, lr: float | Tensor = 1.0, eps: float = 1e-4, weight_decay: float = 0.0) -> None:
        check_number("eps", eps, above=0.0)
        super().__init__(params, {"lr": lr, "eps": eps, "weight_decay": weight_decay})

    def _prepare(self, parameter: Tensor) -> None:
        if not self.state[parameter]:
            self.state[parameter]["start"] = parameter.clone()

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Take one step.

        Parameters
        ----------
        closure : callable, optional
            Reevaluates the model and returns the loss.

        Returns
        -------
        The value of `closure`, or None.
        """
        returned = None
        if closure is not None:
            with torch.enable_grad():
                returned = closure()
        settings = self.param_groups[0]
        blocks = [block for block in self._blocks() if block.share]
        if not blocks:
            self._report(0.0)
            return returned
        params = [p for block in blocks for p in block.params]
        travelled = norm(torch._foreach_sub(params, [self.state[p]["start"] for p in params]))
        gradient = norm([g for block in blocks for g in block.grads])
        first = "squared_distance" not in settings
        # New tensors, never changed in place: a state dict taken earlier keeps what it had.
        farthest = torch.maximum(
            settings.get("squared_distance", torch.full_like(travelled, settings["eps"])), travelled**2
        )
        weighted = settings.get("weighted_gradients", torch.zeros_like(gradient)) + farthest * gradient**2
        size = farthest / (weighted.sqrt() + settings["eps"])
        settings["squared_distance"], settings["weighted_gradients"] = farthest, weighted
        with must_move("DoWG", params if first else [], "eps", settings["eps"]):
            self._descend(blocks, size)
        self._report(size)
        return returned

    def _descend(self, blocks: list[Block], size: Tensor) -> None:
        for block in blocks:
            torch._foreach_sub_(block.params, torch._foreach_mul(block.grads, size * block.lr))
