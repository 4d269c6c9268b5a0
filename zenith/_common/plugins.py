"""Names that installed packages add: the entry points of the groups ``zenith.methods`` and ``zenith.tasks``.

A package adds a name by a line of its own, for example in its ``pyproject.toml``::

    [project.entry-points."zenith.methods"]
    lion = "lion_for_zenith:lion"

Nothing of it is imported before that name is asked for, so a broken one is in nobody else's way.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from dataclasses import dataclass
from importlib import metadata
from typing import Any

from zenith._common.loading import Source, load

__all__ = ["Plugin", "find_plugin", "load_plugin", "plugin_names", "plugins"]


@dataclass(frozen=True)
class Plugin:
    """A name that an installed package adds.

    Attributes
    ----------
    name, reference : str
        What users type, and the ``"package.module:attribute"`` it stands for.
    distribution : str
        Name and version of the package.
    """

    name: str
    reference: str
    distribution: str


def plugins(group: str) -> list[Plugin]:
    """Return the entry points of a group, by name, without importing them."""
    found = set()
    for entry in metadata.entry_points(group=group):
        about = entry.dist
        found.add(Plugin(entry.name, entry.value, f"{about.name} {about.version}" if about is not None else "unknown"))
    return sorted(found, key=lambda plugin: (plugin.name, plugin.distribution))


def plugin_names(group: str, built_in: Collection[str]) -> tuple[str, ...]:
    """Return the names that packages add to the built-in ones, which keep theirs."""
    return tuple(dict.fromkeys(plugin.name for plugin in plugins(group) if plugin.name not in built_in))


def find_plugin(group: str, name: str, kind: str) -> Plugin | None:
    """Return the entry point called `name`; None if there is none.

    Raises
    ------
    ValueError
        If two packages have one of that name; the message says what to write instead.
    """
    found = [plugin for plugin in plugins(group) if plugin.name == name]
    if len(found) > 1:
        both = " and ".join(f"'{plugin.reference}' of {plugin.distribution}" for plugin in found)
        raise ValueError(f"the {kind} {name!r} is not one but {len(found)}, {both}: write the one that is meant")
    return found[0] if found else None


def load_plugin(plugin: Plugin, kind: str) -> tuple[Any, Source]:
    """Return the object of an entry point, and where it is from.

    Raises
    ------
    ValueError
        If it cannot be imported; the message names the package it is of.
    """
    try:
        found, source = load(plugin.reference)
    except (ValueError, OSError) as error:
        raise ValueError(f"the {kind} {plugin.name!r} of {plugin.distribution} cannot be used: {error}") from error
    return found, dataclasses.replace(source, distribution=plugin.distribution)
