"""Checks of the settings and parameters of `zenith.Zenith`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from numbers import Real
from typing import Any

from torch import Tensor

__all__ = ["check_group", "check_tensors"]

_ONE_FOR_ALL = {
    "window": "the gradient norm is one for all groups, or the windows of all groups are equally long",
    "capturable": "the step reads back or does not, for all groups",
    "per_group_norm": "it says how the groups are measured together",
}


def check_group(given: Mapping[str, Any], defaults: Mapping[str, Any]) -> None:
    """Refuse the settings of a parameter group, completed by `defaults`.

    Raises
    ------
    ValueError
        If one is out of its range, two exclude each other, or `given` changes one that is the same for all groups.
    """
    for name, reason in _ONE_FOR_ALL.items():
        if name in given and given[name] != defaults.get(name):
            raise ValueError(f"a parameter group has no {name} of its own: {reason}")
    _check_ranges({**defaults, **given})


def check_tensors(groups: list[dict[str, Any]]) -> None:
    """Refuse parameters that the requested implementation of the step cannot update.

    Raises
    ------
    ValueError
        For several devices under ``capturable=True``, or sharded parameters under ``fused=True``.
    """
    devices = {p.device for group in groups for p in group["params"]}
    if groups[0]["capturable"] and len(devices) > 1:
        raise ValueError(
            f"capturable=True with parameters on {sorted(map(str, devices))}: keep them on one device, or leave it out"
        )
    if any(group["fused"] and any(hasattr(p, "device_mesh") for p in group["params"]) for group in groups):
        raise ValueError("fused=True has no implementation for sharded parameters (DTensor): use foreach=True")


def _check_ranges(group: dict[str, Any]) -> None:
    lr = group["lr"]
    if isinstance(lr, Tensor) and lr.numel() != 1:
        raise ValueError(f"lr has {lr.numel()} elements: give one number for the whole parameter group")
    if not isinstance(lr, (int, float, Tensor)) or isinstance(lr, bool):
        raise ValueError(f"lr={lr!r} is not a number: give a positive finite one, e.g. 0.1")
    if not 0 < lr < math.inf:
        raise ValueError(f"lr={float(lr)} is not a learning rate: give a positive finite number, e.g. 0.1")
    for name in ("momentum", "weight_decay"):
        value = group[name]
        if isinstance(value, bool) or not isinstance(value, Real | Tensor):
            raise ValueError(f"{name}={value!r} is not a number: give a finite one of at least 0")
        if not 0 <= float(value) < math.inf:
            raise ValueError(f"{name}={group[name]} is out of range: give a finite number of at least 0")
    if group["nesterov"] and (group["momentum"] == 0 or group["dampening"] != 0):
        raise ValueError(
            f"nesterov=True with momentum={group['momentum']} and dampening={group['dampening']}: "
            "Nesterov momentum needs a positive momentum and no dampening"
        )
    if group["capturable"] and group["dampening"] != 0:
        raise ValueError(
            f"capturable=True with dampening={group['dampening']}: the first step would differ from all others, "
            "use dampening=0"
        )
