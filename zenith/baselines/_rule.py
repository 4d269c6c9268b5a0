"""Base class of the optimizers in this package, with one step size for all parameter groups."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.optim import Optimizer

from zenith.baselines._vectors import dot, norm
from zenith.baselines.line_probe import LineProbe

__all__ = ["Block", "Rule", "check_number", "inner", "penalty"]


@dataclass(frozen=True)
class Block:
    """The part of one parameter group that has gradients.

    Attributes
    ----------
    lr : float
        The group's learning rate.
    share : float
        The same relative to the largest of all groups, in [0, 1]: how far the group moves per unit of the common line.
    decay : float
        The group's L2 coefficient.
    params, grads : list of Tensor
        Same shapes; the gradients contain the L2 term.
    """

    lr: float
    share: float
    decay: float
    params: list[Tensor]
    grads: list[Tensor]


class Rule(Optimizer):
    """An optimizer that finds one step size for all its parameter groups.

    ``group["lr"]`` multiplies the step and is left to the user and the schedulers. What the rule remembers are floats,
    tuples of them or 0-d tensors in ``param_groups[0]``, the one place that `state_dict`, `copy.deepcopy`, pickling and
    ``torch.load(weights_only=True)`` all preserve; they are replaced, never changed in place, so a state dict once
    taken stays as it was.
    """

    own: ClassVar[tuple[str, ...]] = ("lr", "weight_decay")
    """Settings that a parameter group may have of its own; the others are one for all groups."""
    memory: ClassVar[Mapping[str, Any]] = {}
    """What the rule remembers, as before the first step."""

    def __init__(self, params: Any, settings: dict[str, Any]) -> None:
        super().__init__(params, settings)
        self._complete()

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add parameters, which take part from the next step on.

        Raises
        ------
        ValueError
            If a setting is out of its range, or is one that all groups share.
        """
        name = type(self).__name__
        for key in param_group:
            if key in self.defaults and key not in self.own:
                raise ValueError(
                    f"a parameter group has no {key} of its own: {name} has one for all groups, give it to {name}"
                )
        for key in ("lr", "weight_decay"):
            check_number(key, param_group.get(key, self.defaults.get(key, 0.0)), at_least=0.0)
        super().add_param_group(param_group)
        if any(p.is_complex() for p in self.param_groups[-1]["params"]):
            self.param_groups.pop()
            raise ValueError(f"{name} has no complex parameters: give it their real and imaginary parts")

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            for key, value in self.defaults.items():
                if key != "differentiable":  # torch's own entry, which no rule here has as a setting
                    group.setdefault(key, value)
        self._complete()

    def _complete(self) -> None:
        for key, value in self.memory.items():
            self.param_groups[0].setdefault(key, value)

    @property
    def effective_lrs(self) -> tuple[float, ...]:
        """The factor on its direction that the last step applied, per group.

        Before the first step, the group's ``lr``.
        """
        return tuple(float(group.get("effective_lr", group["lr"])) for group in self.param_groups)

    def _report(self, size: float | Tensor) -> None:
        for group in self.param_groups:
            group["effective_lr"] = group["lr"] * size

    def _prepare(self, parameter: Tensor) -> None:
        """Create the state of a parameter, if the rule keeps any."""

    def _gradients(self, group: Mapping[str, Any]) -> tuple[list[Tensor], list[Tensor]]:
        """The group's parameters that have gradients, with their states created, and these gradients."""
        params = [p for p in group["params"] if p.grad is not None]
        grads = [p.grad for p in params]
        if any(g.is_sparse for g in grads):
            raise ValueError(f"{type(self).__name__} has no sparse gradients: make the embedding with sparse=False")
        for p in params:
            self._prepare(p)
        return params, grads

    def _blocks(self) -> list[Block]:
        """The parts of all groups that have gradients."""
        lrs = [float(group["lr"]) for group in self.param_groups]
        largest = max(lrs)
        blocks = []
        for group, lr in zip(self.param_groups, lrs, strict=True):
            params, grads = self._gradients(group)
            if not params:
                continue
            decay = group.get("weight_decay", 0.0)
            if decay:
                grads = list(torch._foreach_add(grads, params, alpha=decay))
            blocks.append(Block(lr, lr / largest if largest > 0 else 0.0, decay, params, grads))
        return blocks

    def _loss(
        self, closure: Callable[[], Any] | None, loss: float | Tensor | None
    ) -> tuple[Any, float | Tensor | None]:
        """What `step` returns, and the batch's loss; None for the hidden step of the distributed checkpoint API."""
        returned = None
        if closure is not None:
            with torch.enable_grad():
                loss = returned = closure()
        elif loss is None and self._is_hidden_step():
            self._blocks()
            return None, None
        if loss is None:
            name = type(self).__name__
            raise ValueError(
                f"{name} steps by the batch's loss and was given none: call step(loss=loss) after loss.backward(), or "
                "step(closure) with a closure that returns the loss"
            )
        if isinstance(loss, Tensor) and loss.numel() != 1:
            raise ValueError(
                f"the loss is a tensor of shape {tuple(loss.shape)}, not a scalar: average it over the batch"
            )
        return returned, loss.detach() if isinstance(loss, Tensor) else loss

    def _objective(self, loss: float | Tensor, blocks: Sequence[Block]) -> float | Tensor:
        """The loss with the L2 term, whose gradient the blocks hold."""
        return loss + penalty(blocks)

    def _is_hidden_step(self) -> bool:
        # torch.distributed.checkpoint steps with zero gradients and zero learning rates to have the state created.
        if any(float(group["lr"]) != 0 for group in self.param_groups):
            return False
        grads = [p.grad for group in self.param_groups for p in group["params"] if p.grad is not None]
        return not grads or float(norm(grads)) == 0

    def _move(self, blocks: Sequence[Block], directions: Sequence[list[Tensor]], size: float) -> None:
        """Take the step: every group against its direction by `size` times its own learning rate."""
        for block, direction in zip(blocks, directions, strict=True):
            if size * block.lr != 0:
                torch._foreach_add_(block.params, direction, alpha=-size * block.lr)
        self._report(size)

    def _losses_along(
        self,
        blocks: Sequence[Block],
        directions: Sequence[list[Tensor]],
        distances: Sequence[float],
        probe: LineProbe,
    ) -> list[float]:
        """Losses, L2 term included, where all groups have moved against their directions by distance times share.

        The weights are put back to the last bit, whatever happens.
        """
        moving = [(block, direction) for block, direction in zip(blocks, directions, strict=True) if block.share]
        held = [[p.clone() for p in block.params] for block, _ in moving]

        def put_back() -> None:
            for (block, _), weights in zip(moving, held, strict=True):
                for p, weight in zip(block.params, weights, strict=True):
                    p.copy_(weight)  # torch._foreach_copy_ knows no sharded tensors

        losses = []
        try:
            for index, distance in enumerate(distances):
                if index:
                    put_back()
                for block, direction in moving:
                    torch._foreach_add_(block.params, direction, alpha=-distance * block.share)
                losses.append(probe() + float(penalty(blocks)))
        finally:
            put_back()
        return losses

    def _check_probe(self, probe: LineProbe | None) -> LineProbe:
        if probe is None:
            raise ValueError(
                f"{type(self).__name__} measures the loss along a line and was given no probe: make "
                "zenith.LineProbe(model, forward) before the batch's forward pass and call step(loss=loss, probe=probe)"
            )
        return probe


def inner(blocks: Sequence[Block], xs: Sequence[list[Tensor]], ys: Sequence[list[Tensor]], power: int = 1) -> Tensor:
    """Sum over the blocks of ``share ** power`` times the inner product of their parts of `xs` and `ys`."""
    parts = [block.share**power * dot(x, y) for block, x, y in zip(blocks, xs, ys, strict=True) if block.share]
    return torch.stack([part.to(parts[0].device) for part in parts]).sum() if parts else torch.zeros(())


def penalty(blocks: Sequence[Block]) -> float | Tensor:
    """The L2 term of the loss, half the sum of decay times squared weights, at the current weights."""
    parts = [0.5 * block.decay * dot(block.params, block.params) for block in blocks if block.decay and block.share]
    return torch.stack([part.to(parts[0].device) for part in parts]).sum() if parts else 0.0


def check_number(
    name: str,
    value: Any,
    *,
    above: float = -math.inf,
    at_least: float = -math.inf,
    below: float = math.inf,
    integer: bool = False,
) -> None:
    """Refuse a setting out of its range.

    Raises
    ------
    ValueError
        Unless `value` is a finite number (a whole one, if asked for; a one-element tensor counts as a number) with
        ``above < value`` and ``at_least <= value < below``.
    """
    kinds = int if integer else (int, float)
    scalar = isinstance(value, kinds) or (not integer and isinstance(value, Tensor) and value.numel() == 1)
    if scalar and not isinstance(value, bool) and above < value and at_least <= value < below:
        return
    limits = [f"above {above:g}"] if above > -math.inf else []
    limits += [f"of at least {at_least:g}"] if at_least > -math.inf else []
    limits += [f"below {below:g}"] if below < math.inf else []
    kind = "whole" if integer else "finite"
    raise ValueError(f"{name}={value!r} is out of range: give a {kind} number {' and '.join(limits)}".rstrip())
