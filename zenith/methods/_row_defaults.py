"""Default settings, needs and exceptions that several rows of the table share."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

__all__ = ["CLOSURE", "LOSS", "NOT_SHARDED", "PROBE", "SGD", "STANDSTILL", "settings"]


def settings(**values: Any) -> Mapping[str, Any]:
    """Return settings as a read-only mapping."""
    return MappingProxyType(values)


SGD = settings(lr=0.1, momentum=0.0, weight_decay=0.0, nesterov=False)
LOSS, PROBE, CLOSURE = frozenset({"loss"}), frozenset({"loss", "probe"}), frozenset({"closure"})
NOT_SHARDED = settings(sharded="does not take weights sharded over processes")
STANDSTILL = settings(bfloat16="keep the weights in float32")
"""Of a rule whose first steps half precision rounds away."""
