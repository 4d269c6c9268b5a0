"""Tasks by name: a model, data, a loss and metrics each.

Importing this package reads no dataset and imports no dataset library; a task is imported when it is asked for.

Examples
--------
>>> from zenith import tasks
>>> tasks.names()[:3]
('digits', 'mnist', 'cifar10')
>>> digits = tasks.get("digits")
>>> data = digits.load(None)
>>> len(data.train), len(data.test), digits.metric.name
(1437, 360, 'accuracy')
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from zenith._common.loading import Source, is_reference, load
from zenith._common.names import lookup
from zenith._common.plugins import find_plugin, load_plugin, plugin_names
from zenith.tasks.task_options import called_with, options_of

if TYPE_CHECKING:
    from zenith.tasks.augmentation import RandomCropAndFlip
    from zenith.tasks.data import Batch, Data, DatasetSplit, Split
    from zenith.tasks.metrics import Metric
    from zenith.tasks.task import Task

__all__ = ["Batch", "Data", "DatasetSplit", "Metric", "RandomCropAndFlip", "Split", "Task", "get", "names", "options"]

_TABLE: Mapping[str, str] = MappingProxyType(
    {
        "digits": "zenith.tasks.digits:TASK",
        "mnist": "zenith.tasks.mnist:TASK",
        "cifar10": "zenith.tasks.cifar10:TASK",
        "mnist/efficientnet-b0": "zenith.tasks.mnist:efficientnet",
        "cifar10/vgg19": "zenith.tasks.cifar10:vgg19",
        "cifar100/resnet50": "zenith.tasks.cifar100:resnet50",
        "food101/dla": "zenith.tasks.food101:dla",
        "tiny-imagenet/inception": "zenith.tasks.tiny_imagenet:inception",
        "imagenet100/densenet121": "zenith.tasks.imagenet100:densenet",
        "coco/keypoint-rcnn": "zenith.tasks.coco:keypoint_rcnn",
        "coco/mask-rcnn": "zenith.tasks.coco:mask_rcnn",
        "circles/mlp": "zenith.tasks.adamz:circles_mlp",
        "mnist/row-attention": "zenith.tasks.adamz:mnist_row_attention",
        "cifar10/small-cnn": "zenith.tasks.adamz:cifar10_small_cnn",
        "cifar10/vit-tiny": "zenith.tasks.vision_transformer:vit_tiny",
        "tinyshakespeare/gpt": "zenith.tasks.tinyshakespeare:gpt",
        "names/gru": "zenith.tasks.surnames:gru",
        "names/lstm": "zenith.tasks.surnames:lstm",
    }
)
"""Name -> "module:attribute", a `Task` or a function of keywords with defaults that returns one."""
_MADE: dict[tuple[str, str], Task] = {}
"""Built-in tasks that were asked for, by name and options: one object each, so that its data are read once."""
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
    return (*_TABLE, *plugin_names(_GROUP, _TABLE))


def get(task: str | Task, base: Path | str | None = None, **options: Any) -> Task:
    """Return a task.

    Parameters
    ----------
    task : str or Task
        One of `names`; ``"file.py:name"`` or ``"package.module:name"`` of a `Task`, or of a function that returns one;
        or a task itself.
    base : path, optional
        The folder that the path of a file starts from; the current one by default.
    **options
        Keywords of the function that makes the task; those left out have its defaults. They are part of the task's
        identity, as far as they differ from the defaults.

    Raises
    ------
    ValueError
        If there is none, or it has no such option; the message names the nearest one. If an option has a value of the
        wrong type, or that the function refuses.
    FileNotFoundError
        If there is no such file or module.

    Examples
    --------
    >>> zenith.tasks.get("digits")
    Task('digits', metric: accuracy)
    """
    from zenith.tasks.task import Task

    if isinstance(task, Task):
        if options:
            raise ValueError(
                f"task '{task.name}' is made already, so that {', '.join(options)} cannot be set: give its name, or "
                f"the function that makes it, with the options"
            )
        return task
    if not isinstance(task, str):
        raise ValueError(
            f"task={task!r} is no task: give a name of zenith.tasks.names(), 'file.py:name', or a zenith.Task"
        )
    found, source = maker(task, base)
    made, with_options = called_with(found, options, task)
    if source is None:
        key = task, with_options.key
        if key not in _MADE:
            _MADE[key] = made.replace(options=with_options) if with_options.values else made
        return _MADE[key]
    if not isinstance(made, Task):
        raise ValueError(
            f"task={task!r} is a {type(made).__name__}: name a zenith.Task, or a function that returns one"
        )
    return made.replace(source=source, options=with_options)


def options(task: str, base: Path | str | None = None) -> dict[str, Any]:
    """Return the options of a task that `get` takes, with their defaults; none of a task that no function makes.

    Parameters
    ----------
    task, base
        As for `get`. The function is not called.

    Examples
    --------
    >>> zenith.tasks.options("digits")
    {}
    """
    return {name: each.default for name, each in parameters(task, base).items()}


def parameters(task: str, base: Path | str | None = None) -> dict[str, inspect.Parameter]:
    """Return the options of a task as parameters of its function, with their types."""
    return options_of(maker(task, base)[0])


def maker(task: str, base: Path | str | None = None) -> tuple[Any, Source | None]:
    """Return what a name or reference stands for, a task or a function, and where it is from unless it is built in."""
    if is_reference(task):
        return load(task, base)
    if task in _TABLE:
        module, _, attribute = _TABLE[task].partition(":")
        return getattr(importlib.import_module(module), attribute), None
    plugin = find_plugin(_GROUP, task, "task")
    if plugin is not None:
        return load_plugin(plugin, "task")
    return lookup(dict.fromkeys(names(), ("", None)), task, "task")


def is_built_in(task: Task) -> bool:
    """Whether a task is one of the table, unchanged, with whatever options."""
    return task.name in _TABLE and any(task is each for each in _MADE.values())


def __getattr__(name: str) -> Any:
    # The nouns import torch; the table of names does not.
    if name in _NOUNS:
        return getattr(importlib.import_module(f"zenith.tasks.{_NOUNS[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
