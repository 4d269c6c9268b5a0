"""Settings that a function of a method takes: its keyword parameters and their defaults."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from numbers import Real
from typing import Any

__all__ = ["Parameters", "parameters_of"]


class Parameters(dict[str, Any]):
    """Keyword parameters with their defaults, None for those without.

    Attributes
    ----------
    required : frozenset of str
        Those without a default.
    takes_any : bool
        Whether the function takes any other as well.
    """

    def __init__(self, defaults: Mapping[str, Any], required: frozenset[str] = frozenset()) -> None:
        super().__init__(defaults)
        self.required, self.takes_any = required, False


def parameters_of(function: Callable[..., Any], leading: int, what: str, takes: str) -> Parameters:
    """Return the settings of a function.

    A parameter whose default a file could not hold (a class, a function) is no setting, but part of the function.

    Parameters
    ----------
    function : callable
    leading : int
        How many positional parameters are no settings.
    what, takes : str
        What the function is and what it is to take, for messages.

    Raises
    ------
    ValueError
        If it does not take that many, or its parameters cannot be seen.
    """
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError) as error:
        raise ValueError(f"the parameters of {what} cannot be seen ({error}): write a function of {takes}") from error
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    several = any(p.kind is p.VAR_POSITIONAL for p in parameters)
    if len(positional) < leading and not several:
        raise ValueError(f"{what} takes {len(positional)} arguments: write a function of {takes}")
    defaults: dict[str, Any] = {}
    required = set()
    for p in [*positional[leading:], *(p for p in parameters if p.kind is p.KEYWORD_ONLY)]:
        if p.kind is p.POSITIONAL_ONLY:
            raise ValueError(f"{what} takes {p.name} by position only: let it be given by its name")
        if p.default is p.empty:
            defaults[p.name] = None
            required.add(p.name)
        elif _storable(p.default):
            defaults[p.name] = p.default
    found = Parameters(defaults, frozenset(required))
    found.takes_any = any(p.kind is p.VAR_KEYWORD for p in parameters)
    return found


def _storable(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(map(_storable, value))
    return value is None or isinstance(value, str | Real)
