"""Import an optional library, and repair what several of its optimizers lack.

The defects are those of pytorch_optimizer 4.1.0 and parameterfree 0.0.1: attributes of the instance that copying and
pickling drop, gradients overwritten by the step, per-group learning rates ignored.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

import torch
from torch import Tensor

from zenith._common.install import install_command

__all__ = [
    "Mended",
    "evaluate",
    "library",
    "library_step",
    "mutable_gradients",
    "one_lr",
    "plain_rates",
    "whole_weights",
    "with_gradient",
]

INSTALL = install_command("zenith-landscape[baselines]")


def library(module: str, package: str, label: str) -> Any:
    """Import an optional library.

    Parameters
    ----------
    module, package : str
        Its name in Python, and in a package index.
    label : str
        The method that needs it.

    Raises
    ------
    ModuleNotFoundError
        If it is not installed; the message says how to install it.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        raise ModuleNotFoundError(
            f"{label} needs the package {package}, which is not installed: {INSTALL}", name=module
        ) from None


def library_step(base: Any) -> Callable[..., Any]:
    """Return ``base.step`` as its author wrote it, without the wrappers of torch.

    torch wraps the step of a class in the step hooks when the first instance of that very class is made; a subclass
    that calls ``super().step()`` would then run the hooks twice.
    """
    return base.step.__wrapped__ if getattr(base.step, "hooked", False) else base.step


def with_gradient(group: dict[str, Any]) -> list[Tensor]:
    """The group's parameters that have a gradient: frozen layers have none."""
    return [p for p in group["params"] if p.grad is not None]


@contextmanager
def mutable_gradients(groups: Sequence[dict[str, Any]]) -> Iterator[None]:
    """Context in which every ``p.grad`` is a copy that a step may overwrite."""
    params = [p for group in groups for p in with_gradient(group)]
    kept = [p.grad for p in params]
    try:
        for p, gradient in zip(params, kept, strict=True):
            p.grad = gradient.clone()  # type: ignore[union-attr]
        yield
    finally:
        for p, gradient in zip(params, kept, strict=True):
            p.grad = gradient


@contextmanager
def plain_rates(groups: Sequence[dict[str, Any]]) -> Iterator[None]:
    """Context in which tensor learning rates are numbers.

    ``pytorch_optimizer`` multiplies them in place (SOAP) or refuses them.
    """
    kept = [group["lr"] for group in groups]
    try:
        for group, lr in zip(groups, kept, strict=True):
            group["lr"] = float(lr)
        yield
    finally:
        for group, lr in zip(groups, kept, strict=True):
            group["lr"] = lr


def one_lr(groups: Sequence[dict[str, Any]], label: str) -> float:
    """Return the learning rate that all groups share.

    Raises
    ------
    ValueError
        If they differ.
    """
    rates = sorted({float(group["lr"]) for group in groups})
    if len(rates) > 1:
        raise ValueError(
            f"{label} adapts one step size for all groups: give every group the same lr, "
            f"got {', '.join(f'{rate:g}' for rate in rates)}"
        )
    return rates[0]


def whole_weights(groups: Sequence[dict[str, Any]], label: str) -> None:
    """Refuse weights sharded over processes, for a rule that the library works out on each process's part alone.

    Raises
    ------
    ValueError
        If a parameter is a `torch.distributed.tensor.DTensor`.
    """
    if any(hasattr(p, "full_tensor") for group in groups for p in group["params"]):
        raise ValueError(
            f"{label} does not take weights sharded over processes: keep them whole on each, as "
            f"DistributedDataParallel does"
        )


class Mended:
    """Mixin over a library's optimizer: reports its step size, and survives `copy.deepcopy` and pickling.

    A class attribute `lost` names the instance attributes that torch's ``__getstate__`` leaves out, with their values.
    """

    param_groups: list[dict[str, Any]]
    lost: ClassVar[dict[str, Any]] = {"maximize": False, "foreach": None, "_compiled_update_foreach": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)  # type: ignore[misc]
        for name, value in self.lost.items():
            self.__dict__.setdefault(name, value)

    def state_dict(self) -> dict[str, Any]:
        """As for every torch optimizer; the tensors of its groups are copies, which later steps leave alone."""
        packed = super().state_dict()  # type: ignore[misc]
        for group in packed["param_groups"]:
            group.update({name: value.clone() for name, value in group.items() if isinstance(value, Tensor)})
        return packed

    @property
    def effective_lrs(self) -> tuple[float, ...]:
        """Step size of the last step, per parameter group; before the first step, the group's ``lr``."""
        return tuple(float(group.get("effective_lr", group["lr"])) for group in self.param_groups)

    def _report(self, step_sizes: Sequence[float]) -> None:
        for group, size in zip(self.param_groups, step_sizes, strict=True):
            group["effective_lr"] = float(size)


def evaluate(closure: Callable[[], Any] | None) -> Any:
    """Return the value of `closure`, called with gradients enabled; None without one."""
    if closure is None:
        return None
    with torch.enable_grad():
        return closure()
