"""What a study's files have to be, and where those go that are damaged: set aside, named, and computed again.

Files of this version carry checksums (`landscape._common.checksums`). Those of older ones have none, and are compared
with what is known of their content.
"""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import xarray as xr

from landscape._common.checksums import DamagedFileError
from landscape._common.files import naming
from landscape.study.missing import GROUP
from zenith._common.environment import ENVIRONMENT

__all__ = [
    "AGAIN",
    "DAMAGED",
    "MISSING",
    "NOWHERE",
    "PUT_BACK",
    "check_groups",
    "check_run_record",
    "environment_note",
    "environments_in_order",
    "set_aside",
    "with_remedy",
]

DAMAGED = "damaged"
"""Folder in which damaged files are kept, below a store's."""
MISSING = "it is missing"
AGAIN = "run the same landscape study command again, which sets it aside and computes it again"
"""The remedy for whatever of a store can be computed."""
PUT_BACK = "put back a copy of it, or name another folder with --out"
"""The remedy for what cannot."""

_LOG = logging.getLogger(__name__)

_RUN_KEYS: dict[str, type | tuple[type, ...]] = {
    "method": str,
    "seed": int,
    "settings": dict,
    "total_steps": int,
    "window": int,
    "status": str,
    "initial_weights_sha256": str,
    "batch_order_sha256": str,
    "steps_taken": int,
    "training_seconds": (int, float),
}

_GROUPS = {
    "trace": ("/steps", "/epochs"),
    "measures": ("/curvature",),
    "planes": ("/plane", "/trajectories"),
    "spectra": (),
    "kept": (),
    "study": ("/runs", "/epochs", "/curvature"),
}
"""Groups of each kind of file; without them it is another kind of file."""


NOWHERE = "-"
"""In the place of an environment, of a run that failed or was not measured."""
_THEN = ", then "
_UNKNOWN = "not recorded"


def environments_in_order(environments: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Return one environment for several that a job went through: "A, then B" where they differ; "" where unknown.

    One without a GPU has none.
    """
    found = list(environments)
    out = {}
    for name in ENVIRONMENT:
        values = [each.get(name) or _UNKNOWN for each in found]
        said = _THEN.join(value for i, value in enumerate(values) if i == 0 or value != values[i - 1])
        known = said not in ("", _UNKNOWN)
        if known or name != "gpu":
            out[name] = said if known else ""
    return out


def environment_note(runs: xr.Dataset) -> str:
    """Return a sentence if the runs of a study were not all trained and measured alike, else ""."""
    differing = []
    for done, prefix in (("trained", ""), ("measured", "measured_with_")):
        for name in ENVIRONMENT:
            if prefix + name not in runs:  # of a study that an older version put together
                continue
            counts = Counter(runs[prefix + name].values.ravel().tolist())
            del counts[NOWHERE]
            if len({each for value in counts for each in value.split(_THEN)}) > 1:
                many = ", ".join(f"{_quoted(value or _UNKNOWN)} ({n} runs)" for value, n in counts.most_common())
                differing.append(f"{done} with {ENVIRONMENT[name]} {many}")
    if not differing:
        return ""
    return (
        f"The runs were {'; '.join(differing)}. Their rounding differs, which training enlarges: a difference between "
        "methods may be one between machines, unless each seed has all its methods on one."
    )


def _quoted(value: str) -> str:
    return f"'{value}'" if _THEN in value else value


def check_run_record(record: Mapping[str, Any], path: Path, run_id: str) -> None:
    """Raise DamagedFileError if a record is not that of a run."""
    for name, kind in _RUN_KEYS.items():
        if not isinstance(record.get(name), kind):
            raise DamagedFileError(path, f"it is no record of a run: its {name} is {record.get(name)!r}")
    there = record.get("run", run_id)
    if there != run_id or not run_id.startswith(f"{record['method']}-seed{record['seed']}-"):
        of = there if there != run_id else f"{record['method']} seed {record['seed']}"
        raise DamagedFileError(path, f"it belongs elsewhere, it is the record of {of}")


def check_groups(tree: xr.DataTree, path: Path, kind: str) -> None:
    """Raise DamagedFileError if a file of the store is of another kind."""
    lacking = [group for group in _GROUPS[kind] if group not in tree.groups]
    if kind == "spectra" and "ritz_value" not in tree.data_vars:
        lacking = ["ritz_value"]
    if kind == "kept" and "eigenvalue" not in tree.data_vars:
        lacking = ["eigenvalue"]
    if lacking and not (kind in ("planes", "spectra") and f"/{GROUP}" in tree.groups):
        raise DamagedFileError(path, f"it is no file of the kind {kind!r}: it lacks {lacking[0]}")


@contextmanager
def with_remedy(remedy: str) -> Iterator[None]:
    """Say what to do in the errors of damaged files that say none, and of files that are not there."""
    try:
        yield
    except DamagedFileError as error:
        if error.remedy:
            raise
        raise DamagedFileError(error.path, error.reason, remedy) from error
    except FileNotFoundError as error:
        raise DamagedFileError(Path(error.filename or ""), MISSING, remedy) from error
    except IsADirectoryError as error:
        raise DamagedFileError(Path(error.filename or ""), "a folder is in its place", remedy) from error


def set_aside(root: Path, path: Path, error: Exception) -> None:
    """Move what is damaged into the folder `DAMAGED` of a store, and say so; nothing is deleted."""
    target = root.joinpath(DAMAGED, *(part.lstrip(".") for part in path.relative_to(root).parts))
    first, number = target, 1
    while target.exists():
        number += 1
        target = first.with_name(f"{first.name}.{number}")
    if path.exists():
        with naming(target), suppress(FileNotFoundError):  # another study of the store was first
            target.parent.mkdir(parents=True, exist_ok=True)
            os.rename(path, target)
    if isinstance(error, DamagedFileError):
        error = DamagedFileError(error.path, error.reason)
    _LOG.warning("landscape: %s: set aside in '%s', and computed again", error, target)
