"""AdamZ: Adam whose learning rate is cut when the loss overshoots and raised when it stagnates.

Zaznov, Badii, Dufour et al. 2024, "AdamZ: an enhanced optimisation method for neural network training"
(arXiv:2411.15375; Neural Computing and Applications 37, 2025), in the order of its authors' experiment code.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.optim.adam import adam

from zenith.baselines._rule import Rule, check_number
from zenith.baselines._vectors import norm, to_host

__all__ = ["AdamZ"]


class AdamZ(Rule):
    """Adam with clipped gradients and a learning rate that reacts to overshooting and stagnation of the loss.

    Once `patience` losses are there, the learning rate is multiplied by `overshoot_factor` where the loss has risen,
    and by `stagnation_factor` where it has stalled, within ``[min_lr, max_lr]``; the gradients of all groups are
    clipped to a common norm; then follows an Adam step.

    Parameters
    ----------
    params : iterable
        Parameters or parameter groups. A group may have its own lr, betas, eps and weight_decay; the controller is one
        for all.
    lr : float
        The learning rate before any adjustment, within ``[min_lr, max_lr]``. The adjustments are kept apart, as a
        factor per group, so that schedules compose.
    betas, eps, weight_decay
        As for `torch.optim.Adam` (weight decay is L2, in the gradient after clipping).
    overshoot_factor : float
        In (0, 1).
    stagnation_factor : float
        Above 1.
    stagnation_threshold : float
        How small the standard deviation of the last `stagnation_period` losses must be, relative to that of the last
        `patience`.
    patience, stagnation_period : int
        Lengths of the two windows, in steps.
    max_grad_norm : float or None
        What the gradients are clipped to; None to leave them. (The authors' package, unlike their paper, does not
        clip.)
    min_lr, max_lr : float
        Bounds of the adjusted learning rate.
    clip_only : bool
        Leave the controller out: Adam with clipped gradients, the ablation that belongs next to every AdamZ result.
    corrected : bool
        Another controller in place of the paper's: it closes the traps that the notes list.

    Raises
    ------
    ValueError
        If a setting is out of its range.

    Notes
    -----
    The default is the paper's rule in the order of its authors' experiment code: loss, controller, clipping, Adam.
    Needs the batch's loss, and refuses to step without one, where their code silently becomes Adam; the losses are in
    the state dict, where theirs forgets them; all groups are clipped to one norm, where theirs leaves all but the first
    as they are.

    The controller is as published, and has these traps, which ``corrected=True`` closes by a rule of this package's
    own:

    - Overshoot is a loss that equals the largest of the window, itself included. The largest of W stationary losses is
      the last one in a W-th of the steps, so noise alone halves the learning rate every W steps, and a constant loss
      drives it to `min_lr`. Corrected, the mean of the last `stagnation_period` losses must exceed every earlier loss
      of the window.
    - Stagnation is a short window with a small standard deviation, which any loss that falls smoothly has: the learning
      rate grows to `max_lr`. Corrected, that mean must also be no lower than the mean of the `stagnation_period` losses
      before.
    - `patience` is a length, not a pause: a factor may come in every step. Corrected, an adjustment empties the window.
    - Both factors may come in one step. Corrected, one of them at most.

    A loss that is not finite is not remembered. A gradient that is not finite gives what Adam gives.

    Examples
    --------
    >>> w = torch.nn.Parameter(torch.tensor([3.0, 4.0]))
    >>> optimizer = zenith.AdamZ([w])
    >>> loss = w.square().sum() / 2
    >>> loss.backward()
    >>> optimizer.step(loss=loss)
    >>> [round(lr, 4) for lr in optimizer.effective_lrs]
    [0.01]
    """

    own: ClassVar = ("lr", "weight_decay", "betas", "eps")
    memory: ClassVar = {"losses": ()}

    def __init__(
        self,
        params: Any,
        lr: float | Tensor = 0.01,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        overshoot_factor: float = 0.5,
        stagnation_factor: float = 1.2,
        stagnation_threshold: float = 0.2,
        patience: int = 100,
        stagnation_period: int = 10,
        max_grad_norm: float | None = 1.0,
        min_lr: float = 1e-7,
        max_lr: float = 1.0,
        *,
        clip_only: bool = False,
        corrected: bool = False,
    ) -> None:
        check_number("overshoot_factor", overshoot_factor, above=0.0, below=1.0)
        check_number("stagnation_factor", stagnation_factor, above=1.0)
        check_number("stagnation_threshold", stagnation_threshold, at_least=0.0)
        check_number("patience", patience, at_least=1, integer=True)
        check_number("stagnation_period", stagnation_period, at_least=1, integer=True)
        if max_grad_norm is not None:
            check_number("max_grad_norm", max_grad_norm, above=0.0)
        check_number("min_lr", min_lr, above=0.0)
        check_number("max_lr", max_lr, at_least=min_lr)
        if corrected and patience < 2 * stagnation_period:
            raise ValueError(
                f"patience={patience} is too short for stagnation_period={stagnation_period}: give at least twice as "
                "much, so that the last losses can be compared with those before them"
            )
        settings = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "overshoot_factor": overshoot_factor,
            "stagnation_factor": stagnation_factor,
            "stagnation_threshold": stagnation_threshold,
            "patience": patience,
            "stagnation_period": stagnation_period,
            "max_grad_norm": max_grad_norm,
            "min_lr": min_lr,
            "max_lr": max_lr,
            "clip_only": clip_only,
            "corrected": corrected,
        }
        super().__init__(params, settings)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add parameters, whose learning rate is adjusted from now on.

        Raises
        ------
        ValueError
            If a setting is out of its range, or is one that all groups share.
        """
        settings = {**self.defaults, **param_group}
        for i in range(2):
            check_number(f"betas[{i}]", settings["betas"][i], at_least=0.0, below=1.0)
        check_number("eps", settings["eps"], at_least=0.0)
        check_number("lr", settings["lr"], at_least=0.0)
        lr, low, high = float(settings["lr"]), settings["min_lr"], settings["max_lr"]
        if lr > high or 0 < lr < low:
            raise ValueError(f"lr={lr:g} is outside [{low:g}, {high:g}]: choose one within, or other min_lr and max_lr")
        super().add_param_group(param_group)

    def _prepare(self, parameter: Tensor) -> None:
        state = self.state[parameter]
        if not state:
            state["step"] = torch.zeros(())
            state["exp_avg"], state["exp_avg_sq"] = torch.zeros_like(parameter), torch.zeros_like(parameter)

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
            Without a loss.
        """
        returned, loss = self._loss(closure, loss)
        if loss is None:
            return returned
        if not self.param_groups[0]["clip_only"]:
            self._adjust(*to_host(loss))
        gradients = [self._gradients(group) for group in self.param_groups]
        for group, (params, grads) in zip(self.param_groups, self._clipped(gradients), strict=True):
            group["effective_lr"] = float(group["lr"]) * group.get("factor", 1.0)
            states = [self.state[p] for p in params]
            beta1, beta2 = group["betas"]
            adam(
                params,
                grads,
                [state["exp_avg"] for state in states],
                [state["exp_avg_sq"] for state in states],
                [],
                [state["step"] for state in states],
                foreach=True,
                amsgrad=False,
                beta1=beta1,
                beta2=beta2,
                lr=group["effective_lr"],
                weight_decay=group["weight_decay"],
                eps=group["eps"],
                maximize=False,
            )
        return returned

    def _adjust(self, loss: float) -> None:
        """Remember the loss, and change the groups' factors if it asks for that."""
        settings = self.param_groups[0]
        if not math.isfinite(loss):
            return
        losses = (*settings["losses"], loss)[-settings["patience"] :]
        factor = 1.0
        if len(losses) == settings["patience"]:
            factor = self._corrected(losses) if settings["corrected"] else self._as_published(losses)
        if factor != 1.0:
            for group in self.param_groups:
                adjusted = float(group["lr"]) * group.get("factor", 1.0) * factor
                if adjusted > 0:
                    bounded = min(max(adjusted, settings["min_lr"]), settings["max_lr"])
                    group["factor"] = bounded / float(group["lr"])
            if settings["corrected"]:
                losses = ()
        settings["losses"] = losses

    def _as_published(self, losses: Sequence[float]) -> float:
        settings = self.param_groups[0]
        factor = settings["overshoot_factor"] if losses[-1] >= max(losses) else 1.0
        if _deviation(losses[-settings["stagnation_period"] :]) < settings["stagnation_threshold"] * _deviation(losses):
            factor *= settings["stagnation_factor"]
        return factor

    def _corrected(self, losses: Sequence[float]) -> float:
        settings = self.param_groups[0]
        period = settings["stagnation_period"]
        recent, before = _mean(losses[-period:]), _mean(losses[-2 * period : -period])
        if recent > max(losses[:-period]):
            return settings["overshoot_factor"]
        if recent >= before and _deviation(losses[-period:]) < settings["stagnation_threshold"] * _deviation(losses):
            return settings["stagnation_factor"]
        return 1.0

    def _clipped(self, gradients: list[tuple[list[Tensor], list[Tensor]]]) -> list[tuple[list[Tensor], list[Tensor]]]:
        """The gradients of all groups, scaled down to a common norm; the parameters' own are left as they are."""
        largest = self.param_groups[0]["max_grad_norm"]
        to_clip = [grad for _, grads in gradients for grad in grads]
        if largest is None or not to_clip:
            return gradients
        # As torch.nn.utils.clip_grad_norm_ does, without waiting for the device.
        scale = torch.clamp(largest / (norm(to_clip) + 1e-6), max=1.0)
        return [(params, list(torch._foreach_mul(grads, scale)) if grads else grads) for params, grads in gradients]


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _deviation(values: Sequence[float]) -> float:
    """Return the standard deviation of the values."""
    mean = _mean(values)
    return math.sqrt(math.fsum((value - mean) ** 2 for value in values) / len(values))
