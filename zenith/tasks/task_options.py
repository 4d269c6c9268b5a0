"""Options of tasks: the keywords of the functions that make them, checked before any of them is called."""

from __future__ import annotations

import inspect
import json
import math
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from zenith._common.names import nearest, unknown_keys

__all__ = ["Options", "called_with", "options_of", "takes_list"]

_WORDS = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text",
    list: "a list",
    tuple: "a list",
    type(None): "nothing",
}
"""Types that options have, which a TOML file can hold, in words."""


@dataclass(frozen=True)
class Options:
    """What a task was made with.

    Attributes
    ----------
    values : Mapping of str to object
        All options that its function has.
    changed : Mapping of str to object
        Those that differ from the defaults, which are part of the task's identity.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    changed: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Text by which equal options are found again."""
        return json.dumps(dict(sorted(self.changed.items())))


def called_with(found: Any, given: Mapping[str, Any], task: str) -> tuple[Any, Options]:
    """Return what a function makes with options, and these; what is no function takes none, and is returned as it is.

    Raises
    ------
    ValueError
        For an option that it does not have, or a value that it cannot have, naming both.
    """
    parameters = options_of(found)
    if not any(each.kind is each.VAR_KEYWORD for each in _signature(found)):
        unknown_keys(given, parameters, f"the options of task {task!r}")
    values = {name: _checked(name, value, parameters.get(name), task) for name, value in given.items()}
    if not callable(found):
        return found, Options()
    try:
        made = found(**values)
    except TypeError as error:
        said = f"with {', '.join(f'{name}={value!r}' for name, value in values.items())}" if values else ""
        raise ValueError(
            f"task={task!r} is a function that cannot be called {said or 'without arguments'} ({error}): let each of "
            "its arguments have a default, and return a zenith.Task"
        ) from error
    defaults = {
        name: default
        for name, each in parameters.items()
        if each.default is not each.empty and _is_plain(default := _coerced(_plain(each.default), _types(each)))
    }
    # Compared as text, for True is not 1.
    changed = {
        name: value for name, value in values.items() if name not in defaults or _text(value) != _text(defaults[name])
    }
    return made, Options(defaults | values, changed)


def options_of(function: Any) -> dict[str, inspect.Parameter]:
    """Return the parameters of a function that can be given by keyword, with types as annotations; of others none."""
    found = [each for each in _signature(function) if each.kind in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY)]
    try:
        hints = typing.get_type_hints(function)
    except Exception:  # of names that are not there when it runs
        hints = {}
    return {each.name: each.replace(annotation=hints.get(each.name, each.empty)) for each in found}


def takes_list(parameter: inspect.Parameter) -> bool:
    """Whether a list is one value of an option."""
    return not {list, tuple}.isdisjoint(_types(parameter))


def _signature(function: Any) -> list[inspect.Parameter]:
    try:
        return list(inspect.signature(function).parameters.values()) if callable(function) else []
    except (TypeError, ValueError):  # of a function in C
        return []


def _checked(name: str, value: Any, parameter: inspect.Parameter | None, task: str) -> Any:
    """Return the value of an option as plain types; raise ValueError if it is none of those it may have."""
    where = f"option {name!r} of task {task!r}"
    value = _plain(value)
    if not _is_plain(value):
        what = repr(value) if isinstance(value, float) else f"a {type(value).__name__}"
        raise ValueError(f"{where} is {what}: give a finite number, text, true or false, or a list of these")
    allowed, choices = _types(parameter), _choices(parameter)
    value = _coerced(value, allowed)
    if choices and isinstance(value, str) and value not in choices:
        listed = ", ".join(map(repr, choices))
        raise ValueError(f"{where} is {value!r}: {nearest(value, map(str, choices))}it is one of {listed}")
    if not allowed or type(value) in allowed or (isinstance(value, list) and tuple in allowed):
        return value
    wanted = " or ".join(dict.fromkeys(_WORDS[each] for each in allowed))
    raise ValueError(f"{where} must be {wanted}, got {value!r}")


def _coerced(value: Any, allowed: Sequence[type]) -> Any:
    return float(value) if type(value) is int and float in allowed and int not in allowed else value


def _types(parameter: inspect.Parameter | None) -> list[type]:
    """Return the types that an option may have, of its annotation or else its default; empty if any will do."""
    if parameter is None:
        return []
    if parameter.annotation is parameter.empty:
        kind = type(parameter.default)
        return [kind] if kind in _WORDS and parameter.default is not None else []
    found: list[type] = []
    for part in _parts(parameter.annotation):
        if typing.get_origin(part) is typing.Literal:
            found += [type(each) for each in typing.get_args(part)]
        else:
            found.append({Sequence: list}.get(kind := typing.get_origin(part) or part, kind))
    return found if all(each in _WORDS for each in found) else []


def _choices(parameter: inspect.Parameter | None) -> list[Any]:
    """Return the texts that an option may be, if its annotation lists them."""
    parts = _parts(parameter.annotation) if parameter is not None else ()
    listed = [each for part in parts if typing.get_origin(part) is typing.Literal for each in typing.get_args(part)]
    return [] if str in parts else listed


def _parts(hint: Any) -> tuple[Any, ...]:
    is_union = isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union
    return typing.get_args(hint) if is_union else (hint,)


def _plain(value: Any) -> Any:
    return [_plain(each) for each in value] if isinstance(value, (list, tuple)) else value


def _is_plain(value: Any) -> bool:
    if isinstance(value, list):
        return all(map(_is_plain, value))
    return type(value) in _WORDS and not (isinstance(value, float) and not math.isfinite(value))


def _text(value: Any) -> str:
    return json.dumps(value, default=repr)
