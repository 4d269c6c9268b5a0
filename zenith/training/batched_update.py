"""How the weights of many models at once are moved: by each model's own optimizer, or by one step of SGD for all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from zenith import methods
from zenith.adapters.with_zenith import WithZenith
from zenith.optimizer.diagnostics import Diagnostics
from zenith.optimizer.zenith import Zenith
from zenith.training.setup import Setup
from zenith.training.stacked import Stacked, column

__all__ = ["PerModel", "StackedSGD", "sgd_rule", "update_of"]


def update_of(setups: Sequence[Setup], params: Stacked) -> PerModel | StackedSGD:
    """Return how the steps of runs are taken, given their weights."""
    rules = set[tuple[bool, float, bool] | None]()
    for setup in setups:
        optimizer = setup.optimizer
        has_all = _has_all(optimizer.param_groups[0]["params"], setup.model, params)
        rules.add(sgd_rule(optimizer) if has_all else None)
    return StackedSGD(setups, params) if len(rules) == 1 and None not in rules else PerModel(setups, params)


def sgd_rule(optimizer: Optimizer) -> tuple[bool, float, bool] | None:
    """Return which step of SGD an optimizer takes, at whatever learning rate, momentum and weight decay.

    Returns
    -------
    tuple or None
        Whether it has momentum, its dampening, and whether it is Nesterov's: runs that agree in them take their steps
        as one. None if it takes a step of its own.
    """
    group = optimizer.param_groups[0]
    flags = ("maximize", "differentiable", "capturable", "per_group_norm", "l2_in_norm")
    if (
        type(optimizer) not in (torch.optim.SGD, Zenith)
        or not _steps_as_its_class(optimizer)
        or len(optimizer.param_groups) > 1
        or any(group.get(flag) for flag in flags)
        or isinstance(group["lr"], Tensor)
    ):
        return None
    return group["momentum"] != 0, float(group["dampening"]), bool(group["nesterov"])


def _steps_as_its_class(optimizer: Optimizer) -> bool:
    """Whether a step is what the class says, without hooks and without another function in its place."""
    step = optimizer.__dict__.get("step")  # where schedulers of torch put that of the class, wrapped
    return (
        (step is None or getattr(step, "__wrapped__", None) is type(optimizer).step)
        and not optimizer._optimizer_step_pre_hooks  # internal: torch has no public list
        and not optimizer._optimizer_step_post_hooks
    )


def _has_all(held: Sequence[Tensor], model: nn.Module, params: Stacked) -> bool:
    """Whether an optimizer has all parameters of a model that are trained."""
    there, own = {id(p) for p in held}, dict(model.named_parameters())
    return all(id(own[name]) in there for name in params.views)


class PerModel:
    """Every model's own optimizer takes its step, on the views that the models are."""

    def __init__(self, setups: Sequence[Setup], params: Stacked) -> None:
        self._setups, self._params = setups, params
        self._own = [[dict(setup.model.named_parameters())[name] for name in params.views] for setup in setups]

    def take(
        self, gradients: list[Tensor], losses: Sequence[float], norms: Sequence[float], moving: Sequence[bool]
    ) -> list[float]:
        """Take the step of the runs that are `moving`, of gradients as matrices; return the learning rates."""
        views = list(self._params.views_of(gradients).values())
        for i, setup in enumerate(self._setups):
            if not moving[i]:
                continue
            for p, stacked in zip(self._own[i], views, strict=True):
                p.grad = stacked[i]
            optimizer = setup.optimizer
            rule = optimizer.rule if isinstance(optimizer, WithZenith) else optimizer
            if isinstance(rule, Diagnostics):
                rule.set_gradient_norm(norms[i])
            methods.step(setup.method, optimizer, loss=losses[i])
            for p in self._own[i]:
                p.grad = None
        return [methods.applied_lr(setup.optimizer) for setup in self._setups]

    def forget(self, run: int) -> None:
        """Forget what is kept of a run."""

    def restack(self) -> None:
        """Take up the state of the optimizers."""


class StackedSGD:
    """The step of `torch.optim.SGD`, and of ZENITH on it, for all models at once; the optimizers hold its state."""

    def __init__(self, setups: Sequence[Setup], params: Stacked) -> None:
        self._setups, self._params = setups, params
        self._own = [[dict(setup.model.named_parameters())[name] for name in params.views] for setup in setups]
        groups = [setup.optimizer.param_groups[0] for setup in setups]
        self._decay = [float(group["weight_decay"]) for group in groups]
        self._momentum = [float(group["momentum"]) for group in groups]
        self._dampening, self._nesterov = groups[0]["dampening"], groups[0]["nesterov"]
        self._buffers: list[Tensor] | None = None

    def take(
        self, gradients: list[Tensor], losses: Sequence[float], norms: Sequence[float], moving: Sequence[bool]
    ) -> list[float]:
        """Take the step of the runs that are `moving`, of gradients as matrices; return the learning rates."""
        params, directions = self._params.matrices, gradients
        if not all(moving):
            still = torch.tensor([not moves for moves in moving], device=directions[0].device)
            directions = [d.masked_fill(still[:, None], 0.0) for d in directions]
        lrs = [self._lr(i, norm) if moving[i] else 0.0 for i, norm in enumerate(norms)]
        if any(self._decay):
            directions = _plus_scaled(directions, params, self._decay)
        if self._momentum[0]:
            if self._buffers is None:
                self._buffers = [d.clone() for d in directions]
                self._link()
            else:
                for buffer, direction in zip(self._buffers, directions, strict=True):
                    buffer.mul_(_factor(self._momentum, buffer)).add_(direction, alpha=1 - self._dampening)
            directions = _plus_scaled(directions, self._buffers, self._momentum) if self._nesterov else self._buffers
        rates = torch.tensor(lrs, dtype=torch.float64)
        for p, direction in zip(params, directions, strict=True):
            p.addcmul_(direction, column(rates.to(p.device), p), value=-1.0)
        return lrs

    def _lr(self, run: int, norm: float) -> float:
        optimizer = self._setups[run].optimizer
        group = optimizer.param_groups[0]
        if isinstance(optimizer, Zenith):
            recorded = None if group["lr"] == 0 and norm == 0 else norm
            return float(optimizer.learning_rates([group], recorded)[0])
        return float(group["lr"])

    def forget(self, run: int) -> None:
        """Forget what is kept of a run."""
        for buffer in self._buffers or ():
            buffer[run] = 0.0

    def restack(self) -> None:
        """Take up the state of the optimizers."""
        states = [[setup.optimizer.state[p] for p in own] for setup, own in zip(self._setups, self._own, strict=True)]
        held = [
            {name: state.get("momentum_buffer") for name, state in zip(self._params.views, row, strict=True)}
            for row in states
        ]
        if self._momentum[0] and all(buffer is not None for table in held for buffer in table.values()):
            self._buffers = Stacked(held).matrices
            self._link()

    def _link(self) -> None:
        views = self._params.views_of(self._buffers or ())
        for i, (setup, own) in enumerate(zip(self._setups, self._own, strict=True)):
            for p, buffer in zip(own, views.values(), strict=True):
                setup.optimizer.state[p]["momentum_buffer"] = buffer[i]


def _plus_scaled(tensors: list[Tensor], added: Sequence[Tensor], factors: Sequence[float]) -> list[Tensor]:
    """Return ``tensors + factors * added``, with a factor for each model."""
    if len(set(factors)) == 1:
        return [t.add(a, alpha=factors[0]) for t, a in zip(tensors, added, strict=True)]
    return [t.addcmul(a, _factor(factors, t)) for t, a in zip(tensors, added, strict=True)]


def _factor(factors: Sequence[float], like: Tensor) -> Any:
    """Return what a matrix is multiplied by, of a factor for each model."""
    if len(set(factors)) == 1:
        return factors[0]
    return column(torch.tensor(factors, dtype=torch.float64, device=like.device), like)
