"""Where a study's own task and methods are from, what they are identified by, and whether they have changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zenith import methods
from zenith._common.loading import Source
from zenith.methods import METHODS

if TYPE_CHECKING:
    from landscape.study.spec import StudySpec

__all__ = ["check_unchanged", "own_parts", "task_identity"]


def task_identity(spec: StudySpec) -> Any:
    """Return JSON-able values that determine the numbers of a study's task: of a built-in one its name."""
    return spec.loaded_task.identity()


def own_parts(spec: StudySpec) -> dict[str, Any]:
    """Return what is recorded of a task and methods that are not built in.

    Returns
    -------
    dict
        By "task" and "method NAME": identity, source as of `zenith._common.loading.Source` or None, of whose path only
        the file's name, for studies are published and folders are private; and what reports say of a method.
    """
    found: dict[str, Any] = {}
    task = spec.loaded_task
    known = task_identity(spec)
    if not isinstance(known, str):
        found["task"] = _part(known, task.source) | {"name": task.name}
    for name in spec.methods:
        if name in METHODS and name not in spec.makes:
            continue
        row = spec.loaded_methods[name]
        settings = spec.settings_for(name)
        found[f"method {name}"] = _part(
            getattr(methods, "identity", lambda row: row)(row), getattr(row, "source", None)
        ) | {
            "label": row.label,
            "shares_lr": row.shares_lr,
            "passes": list(methods.passes(row, settings)),
        }
    return found


def _part(identity: Any, source: Source | None) -> dict[str, Any]:
    text = json.dumps(identity, sort_keys=True, separators=(",", ":"))
    return {
        "identity": hashlib.sha256(text.encode()).hexdigest(),
        "source": None if source is None else source.as_dict() | {"path": Path(source.path).name},
    }


def check_unchanged(there: Mapping[str, Any], here: Mapping[str, Any], since: str, advice: str) -> None:
    """Raise ValueError if a task or method that both have is not the same in both, naming the file that changed.

    Parameters
    ----------
    there, here : Mapping
        As from `own_parts`: of the study, and now.
    since, advice : str
        Since when, and what to do, in words.
    """
    for what in there.keys() & here.keys():
        old, new = there[what], here[what]
        if old["identity"] != new["identity"]:
            kind, _, name = what.partition(" ")
            called = f"the {kind} {name or new.get('name', '')!r}"
            raise ValueError(f"{_changed(called, old['source'], new['source'])} since {since}: {advice}")


def _changed(called: str, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> str:
    if old is None or new is None:
        return f"{called} has changed, in its code or in a value that it holds,"
    files = {old["attribute"]: old["sha256"], **old["imports"]}
    now = {new["attribute"]: new["sha256"], **new["imports"]}
    names = [name for name in (*files, *now) if files.get(name) != now.get(name)]
    first = names[0] if names else new["attribute"]
    file = new["path"] if first == new["attribute"] else first
    digests = f" (SHA-256 {files.get(first, 'none')[:12]} then, {now.get(first, 'none')[:12]} now)"
    return f"'{file}', of which {called} is, has changed{digests}"
