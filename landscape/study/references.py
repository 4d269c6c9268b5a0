"""Tasks and methods of a spec as users give them: names, references to files, and objects."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from landscape.objective._torchvision import with_torchvision
from zenith import methods, tasks
from zenith._common.loading import is_reference
from zenith.methods import METHODS, Method
from zenith.tasks import Task

if TYPE_CHECKING:
    from landscape.study.spec import StudySpec

__all__ = [
    "absolute",
    "as_zenith_takes",
    "in_session",
    "label_of",
    "method_of",
    "read_methods",
    "relative",
    "task_of",
    "task_options",
    "without_folder",
]

MAKE = "make"
"""Key of a method's table that says where it is from."""


def label_of(name: str) -> str:
    """Return what figures and tables print for a method: its name, if it is not built in."""
    return METHODS[name].label if name in METHODS else name


def in_session(name: str) -> str:
    """Return what a store writes in the place of an object of a Python session."""
    return f"<{name}>"


def is_in_session(text: str) -> bool:
    """Return whether a store wrote this in the place of an object."""
    return text.startswith("<") and text.endswith(">")


def absolute(reference: str, base: Path) -> str:
    """Return a reference to a file with its path made absolute; other text as it is."""
    place, _, attribute = reference.rpartition(":")
    if not place.endswith(".py"):
        return reference
    return f"{(base / Path(place).expanduser()).resolve()}:{attribute}"


def relative(reference: str, base: Path) -> str:
    """Return a reference to a file with its path relative to `base`; other text as it is.

    A file of the user's home is relative to ``~`` where `base` is elsewhere: whose it is, studies do not say.
    """
    place, _, attribute = reference.rpartition(":")
    if not place.endswith(".py") or not os.path.isabs(place):
        return reference
    home, here = Path(os.path.expanduser("~")).resolve(), base.resolve()
    if Path(place).is_relative_to(home) and not here.is_relative_to(home):
        return f"~/{Path(place).relative_to(home).as_posix()}:{attribute}"
    try:
        return f"{os.path.relpath(place, here)}:{attribute}"
    except ValueError:  # on another drive
        return reference


def without_folder(reference: str) -> str:
    """Return a reference to a file without the file's folder, which no number depends on; other text as it is."""
    place, _, attribute = reference.rpartition(":")
    return f"{Path(place).name}:{attribute}" if place.endswith(".py") else reference


def task_of(task: str | Task, settings: Mapping[str, Any] | None = None) -> Task:
    """Return the task that a name, a reference or an object is, made with these options.

    Raises
    ------
    ValueError, FileNotFoundError
        If there is none, or it was an object of a Python session that is over.
    """
    if isinstance(task, str) and is_in_session(task):
        raise ValueError(
            f"the task {task[1:-1]!r} was an object of a Python session: call ls.run_study with it again, or put "
            f'it into a file and write task = "file.py:NAME"'
        )
    if isinstance(task, Task) and not settings:
        return task
    return with_torchvision(lambda: tasks.get(task, **dict(settings or {})))


def task_options(task: Any) -> Mapping[str, Any]:
    """Return the parameters of the function that makes a task, by name; none of what is no reference or name."""
    if not isinstance(task, str) or is_in_session(task):
        return {}
    return with_torchvision(lambda: tasks.parameters(task))


def method_of(name: str, make: Any = None) -> Method:
    """Return the method that goes by `name` in a study.

    Parameters
    ----------
    name : str
    make : str, Method or callable, optional
        Where it is from: a reference, the name of another method, or an object; None for a method of that name.

    Raises
    ------
    ValueError, FileNotFoundError
        If there is none, or it was an object of a Python session that is over.
    """
    if make is None:
        return methods.get(name)
    if isinstance(make, str) and is_in_session(make):
        raise ValueError(
            f"the method {name!r} was an object of a Python session: call ls.run_study with it again, or put it into a "
            f'file and write make = "file.py:NAME" below [methods.{name}]'
        )
    if isinstance(make, Method) or (isinstance(make, str) and not is_reference(make)):
        found = methods.get(make)
    else:
        found = with_torchvision(lambda: methods.get((name, make)))
    return found if found.name == name else dataclasses.replace(found, name=name, label=name)


def read_methods(given: Any, makes: Mapping[str, Any]) -> tuple[tuple[str, ...], dict[str, Any], dict[str, Any]]:
    """Read the methods of a study.

    Parameters
    ----------
    given : str, sequence or mapping
        Names, references, `zenith.Method` objects and (name, make) pairs; or a mapping of names to tables of settings,
        in which ``make`` says where the method is from.
    makes : Mapping
        Where methods are from that are given by name only.

    Returns
    -------
    tuple
        The names; where those that are no names of built-in methods are from; and the settings of the tables.

    Raises
    ------
    ValueError
        If something is no method, or two have one name.
    """
    settings: dict[str, Any] = {}
    if isinstance(given, Mapping):
        tables = given
        for name, table in tables.items():
            if not isinstance(table, Mapping):
                raise ValueError(
                    f"methods.{name} must be a table of settings, got {table!r}: write [methods.{name}], empty for the "
                    f"defaults, or methods = a list of names"
                )
            own = {key: value for key, value in table.items() if key != MAKE}
            if own:
                settings[name] = own
        items: list[Any] = [(name, table[MAKE]) if MAKE in table else name for name, table in tables.items()]
    elif isinstance(given, (str, Method)) or _is_pair(given):
        items = [given]
    elif isinstance(given, Sequence):
        items = list(given)
    else:
        raise ValueError(f"methods must be a list, got {given!r}: give names, 'file.py:name', or (name, make) pairs")
    names: list[str] = []
    found: dict[str, Any] = {}
    for item in items:
        name, make = _read(item, makes)
        if name in names and (make is not None or name in found):
            raise ValueError(f"two methods are called {name!r}: give each a name of its own, as in ('{name}-2', make)")
        names.append(name)
        if make is not None:
            found[name] = make
    return tuple(names), found, settings


def _is_pair(item: Any) -> bool:
    """Whether one method is given as ('mine', make), without a list around it."""
    if not isinstance(item, tuple) or len(item) != 2 or not isinstance(item[0], str) or item[0] in METHODS:
        return False
    return callable(item[1]) or isinstance(item[1], Method)


def _read(item: Any, makes: Mapping[str, Any]) -> tuple[str, Any]:
    if isinstance(item, str):
        if not is_reference(item) or is_in_session(item):
            return item, makes.get(item)
        reference = absolute(item, Path.cwd())
        return methods.get(reference).name, reference
    if isinstance(item, Method):
        return item.name, None if METHODS.get(item.name) is item else item
    if isinstance(item, (tuple, list)) and len(item) == 2 and isinstance(item[0], str):
        name, make = item
        if make is None or isinstance(make, str):
            return name, absolute(make, Path.cwd()) if make else None
        if isinstance(make, Method) or callable(make):
            return name, make
    raise ValueError(
        f"methods must be a list of names, got {item!r} in it: give 'zenith', 'file.py:name', a zenith.Method, or a "
        f"pair ('mine', make) of which make(params, lr) makes the optimizer"
    )


def as_zenith_takes(spec: StudySpec, name: str) -> Any:
    """Return a method as functions of `zenith.methods` take it: built-in ones by name."""
    return name if name in METHODS and name not in spec.makes else spec.loaded_methods[name]
