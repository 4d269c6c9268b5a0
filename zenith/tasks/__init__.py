"""Tasks by name: a model, data, a loss and metrics each.

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
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from zenith._common.loading import Source, is_reference, load
from zenith._common.names import lookup
from zenith._common.plugins import find_plugin, load_plugin, plugin_names

if TYPE_CHECKING:
    from zenith.tasks.augmentation import RandomCropAndFlip
    from zenith.tasks.data import Batch, Data, DatasetSplit, Split
    from zenith.tasks.metrics import Metric
    from zenith.tasks.task import Task

__all__ = ["Batch", "Data", "DatasetSplit", "Metric", "RandomCropAndFlip", "Split", "Task", "get", "names"]

_MODULES: Mapping[str, str] = MappingProxyType(
    {"digits": "zenith.tasks.digits", "mnist": "zenith.tasks.mnist", "cifar10": "zenith.tasks.cifar10"}
)
_GROUP = "zenith.tasks"
_NOUNS = {
    "Batch": "data",
    "Data": "data",
    "DatasetSplit": "data",
    "Split": "data",
    "Metric": "metrics",
    "RandomCropAndFlip": "augmentation",
    "Task": "task",
}


def names() -> tuple[str, ...]:
    """Names of all tasks, the default first and those that installed packages add last."""
    return (*_MODULES, *plugin_names(_GROUP, _MODULES))


def get(task: str | Task, base: Path | str | None = None) -> Task:
    """Return a task.

    Parameters
    ----------
    task : str or Task
        One of `names`; ``"file.py:name"`` or ``"package.module:name"`` of a `Task`, or of a function without arguments
        that returns one; or a task itself.
    base : path, optional
        The folder that the path of a file starts from; the current one by default.

    Raises
    ------
    ValueError
        If there is none; the message names the nearest one.
    FileNotFoundError
        If there is no such file or module.

    Examples
    --------
    >>> zenith.tasks.get("digits")
    Task('digits', metric: accuracy)
    """
    from zenith.tasks.task import Task

    if isinstance(task, Task):
        return task
    if not isinstance(task, str):
        raise ValueError(
            f"task={task!r} is no task: give a name of zenith.tasks.names(), 'file.py:name', or a zenith.Task"
        )
    if is_reference(task):
        return _made(*load(task, base), task)
    if task not in _MODULES:
        plugin = find_plugin(_GROUP, task, "task")
        if plugin is not None:
            return _made(*load_plugin(plugin, "task"), task)
        lookup(dict.fromkeys(names(), ""), task, "task")
    return importlib.import_module(_MODULES[task]).TASK


def _made(found: Any, source: Source, reference: str) -> Task:
    from zenith.tasks.task import Task

    if not isinstance(found, Task) and callable(found):
        try:
            found = found()
        except TypeError as error:
            raise ValueError(
                f"task={reference!r} is a function that cannot be called without arguments ({error}): let it take "
                "none, and return a zenith.Task"
            ) from error
    if not isinstance(found, Task):
        raise ValueError(
            f"task={reference!r} is a {type(found).__name__}: name a zenith.Task, or a function without arguments that "
            f"returns one"
        )
    return found.replace(source=source)


def __getattr__(name: str) -> Any:
    # The nouns import torch; the table of names does not.
    if name in _NOUNS:
        return getattr(importlib.import_module(f"zenith.tasks.{_NOUNS[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
