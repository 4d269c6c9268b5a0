"""Look-ups by name that answer a misspelling with the nearest valid name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import TypeVar

__all__ = ["lookup", "nearest", "unknown_keys"]

T = TypeVar("T")


def lookup(table: Mapping[str, T], name: str, kind: str) -> T:
    """Return the entry of `table` called `name`.

    Parameters
    ----------
    table : Mapping
        Name to entry.
    name : str
        What the user typed.
    kind : str
        What the table holds, in the singular ("method"), for the message.

    Raises
    ------
    ValueError
        If there is none; the message names the nearest one and lists all.
    """
    if not isinstance(name, str):
        raise ValueError(
            f"a {kind} is called by its name, not by a {type(name).__name__}: give one of {', '.join(table)}"
        )
    if name in table:
        return table[name]
    raise ValueError(f"unknown {kind} {name!r}: {nearest(name, table)}valid {_plural(kind)}: {', '.join(table)}")


def unknown_keys(given: Iterable[str], valid: Iterable[str], where: str) -> None:
    """Refuse keys that are not valid.

    Parameters
    ----------
    given : iterable of str
        The keys the user wrote.
    valid : iterable of str
        The keys that exist.
    where : str
        What the keys belong to ("the settings of method 'zenith'"), for the message.

    Raises
    ------
    ValueError
        For the first key of `given` that is not in `valid`; the message names the nearest one and lists all.
    """
    allowed = tuple(valid)
    for key in given:
        if key not in allowed:
            listing = ", ".join(allowed) if allowed else "none"
            raise ValueError(f"unknown key {key!r} in {where}: {nearest(key, allowed)}valid keys: {listing}")


def _plural(noun: str) -> str:
    return f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"


def nearest(name: object, valid: Iterable[str]) -> str:
    """Return ``did you mean ...? `` with the valid name nearest to `name`; "" if none is near."""
    # Case-insensitive, because 'Zenith' is the commonest misspelling of 'zenith'.
    by_lower = {entry.lower(): entry for entry in valid}
    near = difflib.get_close_matches(str(name).lower(), by_lower, n=1)
    return f"did you mean {by_lower[near[0]]!r}? " if near else ""
