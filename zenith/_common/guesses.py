"""Calls from memory: the error of a wrong keyword says which one is right."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import ParamSpec, TypeVar

from zenith._common.names import nearest

__all__ = ["guessable"]

P = ParamSpec("P")
R = TypeVar("R")


def guessable(elsewhere: Mapping[str, str]) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let the TypeError of an unknown keyword name the one that is meant; a right call costs nothing.

    Parameters
    ----------
    elsewhere : Mapping of str to str
        What to write in the place of keywords that one expects and that are not there.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def called(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                return function(*args, **kwargs)
            except TypeError as error:
                # One frame: the call itself was refused. What fails inside has more, and is passed on.
                if error.__traceback__ is None or error.__traceback__.tb_next is not None:
                    raise
                message = _why_refused(function, kwargs, elsewhere)
                if message is None:
                    raise
                raised = TypeError(message)
            raise raised

        return called

    return decorate


def _why_refused(
    function: Callable[..., object], given: Mapping[str, object], elsewhere: Mapping[str, str]
) -> str | None:
    known = list(inspect.signature(function).parameters)
    for name in given:
        if name not in known:
            here = f"{function.__name__}() has no argument {name!r}: "
            if name in elsewhere:
                return here + elsewhere[name]
            return f"{here}{nearest(name, [each for each in known if each not in given])}it takes {', '.join(known)}"
    return None
