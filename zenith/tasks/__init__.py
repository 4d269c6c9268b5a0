"""The table of tasks: name -> dataset, model factory, loss and metric.

Importing this package reads no dataset and imports no dataset library; a task is imported when it is asked for.

Examples
--------
>>> from zenith import tasks
>>> tasks.names()
('digits', 'mnist', 'cifar10')
>>> digits = tasks.get("digits")
>>> data = digits.load(None)
>>> len(data.train), len(data.test), digits.metric.name
(1437, 360, 'accuracy')
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from zenith._common.names import lookup

if TYPE_CHECKING:
    from zenith.tasks.task import Batch, Data, Metric, Split, Task

__all__ = ["Batch", "Data", "Metric", "Split", "Task", "get", "names"]

_MODULES: Mapping[str, str] = MappingProxyType(
    {"digits": "zenith.tasks.digits", "mnist": "zenith.tasks.mnist", "cifar10": "zenith.tasks.cifar10"}
)


def names() -> tuple[str, ...]:
    """Names of all tasks, the default first."""
    return tuple(_MODULES)


def get(name: str) -> Task:
    """Return the task called `name`.

    Raises
    ------
    ValueError
        If there is none; the message names the nearest one.
    """
    return importlib.import_module(lookup(_MODULES, name, "task")).TASK


def __getattr__(name: str) -> Any:
    # The nouns import torch; the table of names does not.
    if name in __all__:
        return getattr(importlib.import_module("zenith.tasks.task"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
