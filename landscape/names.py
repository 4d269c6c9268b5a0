"""Parameters chosen by name."""

import difflib
import fnmatch
from collections.abc import Iterable, Mapping


def matching(patterns: Iterable[str], names: Iterable[str], aliases: Mapping[str, str]) -> list[str]:
    """Return the parameters that fit any pattern, in the order of `names`.

    Parameters
    ----------
    patterns : iterable of str
        Exact names, module prefixes, or shell patterns.
    names : iterable of str
    aliases : mapping of str to str
        Further names of tied parameters, with the first one.

    Raises
    ------
    ValueError
        Without patterns, and for a pattern that fits none.
    """
    names = list(names)
    every = {name: name for name in names} | {alias: name for alias, name in aliases.items() if name in names}
    chosen: set[str] = set()
    patterns = tuple(patterns)
    if not patterns:
        raise ValueError(f"No parameters are chosen: give names or patterns such as {names[0]!r}.")
    for pattern in patterns:
        if not isinstance(pattern, str):
            raise ValueError(f"The pattern {pattern!r} is a {type(pattern).__name__}: give parameter names as strings.")
        fitting = {every[n] for n in every if n.startswith(f"{pattern}.") or fnmatch.fnmatchcase(n, pattern)}
        if not fitting:
            modules = {name[:end] for name in every for end, letter in enumerate(name) if letter == "."}
            near = difflib.get_close_matches(pattern, sorted(every.keys() | modules), n=3, cutoff=0.3) or names[:3]
            raise ValueError(f"No trainable parameter fits {pattern!r}: the nearest names are {', '.join(near)}.")
        chosen |= fitting
    return [name for name in names if name in chosen]
