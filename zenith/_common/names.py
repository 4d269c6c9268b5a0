"""Look-ups by name that answer a misspelling with the nearest valid name."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable, Mapping
from typing import TypeVar

__all__ = ["check_file_name", "lookup", "nearest", "unknown_keys"]

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


LONGEST_NAME = 100
"""Bytes of a name that files are named after: file systems take 255, of which hashes and suffixes need some."""
_RESERVED = '<>:"/\\|?*'


def check_file_name(name: object, what: str, longest: int = LONGEST_NAME) -> None:
    r"""Refuse a name that files and folders are to be named after, and cannot be on every system.

    Parameters
    ----------
    name : object
        What the user or a file says.
    what : str
        What is called so ("a task"), for the message.
    longest : int
        Bytes.

    Raises
    ------
    ValueError
        For anything but text of at most so many bytes without ``<>:"/\|?*``, without control and format characters, and
        with neither a dot nor a space at its beginning or end.
    """
    if not isinstance(name, str) or not name:
        why = "it has no letters" if name == "" else "it is no text"
    elif hidden := next((c for c in name if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")), None):
        why = f"it holds the invisible character {hidden!r}"
    elif held := [c for c in _RESERVED if c in name]:
        why = f"it holds {held[0]}"
    elif name[0] == "." or name != name.strip(" ") or name[-1] == ".":
        why = "it begins or ends with a dot or a space"
    elif len(name.encode()) > longest:
        why = f"it has {len(name.encode())} bytes, and {longest} is the most"
    else:
        return
    shown = f"{name[:longest]!r}..." if isinstance(name, str) and len(name) > longest else repr(name)
    raise ValueError(f"{what} is called {shown}, and files are named after it: {why}; give it another name")


def _plural(noun: str) -> str:
    return f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"


def nearest(name: object, valid: Iterable[str]) -> str:
    """Return ``did you mean ...? `` with the valid name nearest to `name`; "" if none is near."""
    # Case-insensitive, because 'Zenith' is the commonest misspelling of 'zenith'.
    by_lower = {entry.lower(): entry for entry in valid}
    near = difflib.get_close_matches(str(name).lower(), by_lower, n=1)
    return f"did you mean {by_lower[near[0]]!r}? " if near else ""
