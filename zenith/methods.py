"""The table of methods: name -> optimizer + learning-rate schedule + defaults.

A method is everything that turns gradients into steps. The training loop, the command line and the study runner know
methods only through this table.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import torch
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from zenith._names import lookup, unknown_keys
from zenith.optimizer import Zenith
from zenith.schedules import SCHEDULES

__all__ = ["METHODS", "Method", "applied_lr", "get", "make_optimizer", "make_schedule", "names", "resolve_settings"]


@dataclass(frozen=True)
class Method:
    """One row of the table.

    Attributes
    ----------
    name, label : str
        What users type, and what figures print.
    family : {"automatic", "schedule", "reference"}
        Sets its own learning rate from the run; follows a fixed schedule; or is a customary point of reference.
    description, citation : str
        One line each, printed by ``landscape methods``.
    optimizer : callable
        ``optimizer(params, **settings)``, a `torch.optim.Optimizer`.
    schedule : str
        A key of `zenith.schedules.SCHEDULES`, stepped once per optimizer step.
    optimizer_defaults, schedule_defaults : Mapping
        The settings a user may override, with their defaults.
    """

    name: str
    label: str
    family: str
    description: str
    citation: str
    optimizer: Callable[..., Optimizer]
    schedule: str = "constant"
    optimizer_defaults: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    schedule_defaults: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


_SGD = MappingProxyType({"lr": 0.1, "momentum": 0.0, "weight_decay": 0.0, "nesterov": False})
_DECAY = "fixed schedule on plain SGD"


def _scheduled(name: str, description: str, **schedule_defaults: Any) -> Method:
    return Method(
        name,
        name,
        "schedule",
        description,
        _DECAY,
        torch.optim.SGD,
        schedule=name,
        optimizer_defaults=_SGD,
        schedule_defaults=MappingProxyType(schedule_defaults),
    )


_ROWS = (
    Method(
        "zenith",
        "ZENITH",
        "automatic",
        "SGD whose LR follows the windowed gradient norm relative to its historical maximum",
        "Saha 2026, arXiv:2601.15212, Algorithm 1",
        Zenith,
        optimizer_defaults=MappingProxyType({**_SGD, "window": 500}),
    ),
    _scheduled("constant", "SGD at a constant LR"),
    _scheduled("step", "SGD, LR cut by gamma at fixed shares of the budget", milestones=(0.5, 0.75), gamma=0.1),
    _scheduled("exponential", "SGD, LR decaying geometrically", final_fraction=0.01),
    _scheduled("polynomial", "SGD, LR decaying to zero like (1 - t/T)^power", power=0.9),
    _scheduled("cosine", "SGD, LR decaying to zero along half a cosine"),
    Method(
        "sgd-momentum",
        "SGD momentum",
        "reference",
        "SGD with heavy-ball momentum at a constant LR",
        "Sutskever et al. 2013",
        torch.optim.SGD,
        optimizer_defaults=MappingProxyType({**_SGD, "lr": 0.01, "momentum": 0.9}),
    ),
    Method(
        "adamw",
        "AdamW",
        "reference",
        "Adam with decoupled weight decay at a constant LR",
        "Loshchilov and Hutter 2019, arXiv:1711.05101",
        torch.optim.AdamW,
        optimizer_defaults=MappingProxyType({"lr": 1e-3, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.01}),
    ),
)

METHODS: Mapping[str, Method] = MappingProxyType({row.name: row for row in _ROWS})


def names() -> tuple[str, ...]:
    """Names of all methods, in the table's order."""
    return tuple(METHODS)


def get(name: str) -> Method:
    """The method called `name`.

    Raises
    ------
    ValueError
        If there is none; the message names the nearest one.
    """
    return lookup(METHODS, name, "method")


def resolve_settings(name: str, settings: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Every setting of a method, its defaults overridden by `settings`.

    Raises
    ------
    ValueError
        If the method has no setting of that name; the message names the nearest one.
    """
    method = get(name)
    defaults = {**method.optimizer_defaults, **method.schedule_defaults}
    given = dict(settings or {})
    unknown_keys(given, tuple(defaults), f"the settings of method '{name}'")
    return {**defaults, **given}


def make_optimizer(name: str, params: Iterable[Any], **settings: Any) -> Optimizer:
    """The optimizer of a method, without its schedule.

    Parameters
    ----------
    name : str
        A method of `names()`.
    params : iterable
        Parameters or parameter groups, as for any `torch.optim.Optimizer`.
    **settings
        Overrides of the method's settings (learning rate, window, momentum, ...).

    Raises
    ------
    ValueError
        For an unknown method or setting, or a value the optimizer refuses.
    """
    method = get(name)
    resolved = resolve_settings(name, settings)
    lr = resolved["lr"]
    if isinstance(lr, bool) or not isinstance(lr, (int, float)) or not 0 < lr < math.inf:
        raise ValueError(f"lr={lr!r} of method '{name}' must be a positive finite number")
    return method.optimizer(params, **{key: resolved[key] for key in method.optimizer_defaults})


def make_schedule(name: str, optimizer: Optimizer, total_steps: int, **settings: Any) -> LRScheduler:
    """The schedule of a method on its optimizer, to be stepped once after every optimizer step.

    Parameters
    ----------
    name : str
        A method of `names()`.
    optimizer : torch.optim.Optimizer
        As returned by `make_optimizer`.
    total_steps : int
        The step budget of the run.
    **settings
        The same settings as for `make_optimizer`.
    """
    method = get(name)
    resolved = resolve_settings(name, settings)
    return SCHEDULES[method.schedule](
        optimizer, total_steps, **{key: resolved[key] for key in method.schedule_defaults}
    )


def applied_lr(optimizer: Optimizer) -> float:
    """The learning rate the last step applied to the first parameter group.

    Zenith reports what it applied; every other optimizer applies ``group["lr"]``, so read it before the schedule moves on.
    """
    if isinstance(optimizer, Zenith):
        return optimizer.effective_lr
    return float(optimizer.param_groups[0]["lr"])
