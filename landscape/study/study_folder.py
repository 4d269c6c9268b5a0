"""Make the folder of a study, and find and check the study that a folder holds: ``study.toml`` and ``study.json``."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from landscape._common.checksums import KEY, DamagedFileError
from landscape._common.files import naming, read_record, write_record, write_toml
from landscape.study.failures import FOLDER as FAILURES
from landscape.study.integrity import AGAIN, DAMAGED, MISSING, PUT_BACK, set_aside, with_remedy
from landscape.study.references import without_folder
from landscape.study.shared_store import (
    POINTS,
    check_place,
    home_of,
    make_store,
    place_of,
    recorded_store,
    root_of,
    written_store,
)
from landscape.study.sources import check_unchanged
from landscape.study.spec import StudySpec, load_spec, spec_from_dict, written_make

__all__ = ["SCHEMA_VERSION", "StudyBusyError", "check_free", "locked", "read_spec", "read_study_record", "write_study"]

# 1: the dimension optimizer was called method.
SCHEMA_VERSION = 2
LOCK = ".lock"
SPEC_COMMENT = "The spec of this study, with every default written out."
_STORED = {
    *("runs", "measures", "planes", "spectra", POINTS, DAMAGED, "study.nc", "analysis.json", "tables", "figures"),
    *("report.html", "report.md", "explorer.html", "logs", "lengths", ".locks", ".jobs", FAILURES),
}


class StudyBusyError(ValueError):
    """Another process is running the study."""


def check_free(folder: Path, spec: StudySpec, provenance: dict[str, Any]) -> None:
    """Raise ValueError if a study cannot be made in a folder; nothing is touched.

    Because it holds a different study, the same study on other data, or files that are no study.
    """
    _check_writable(folder)
    check_place(spec, folder)
    if not folder.exists():
        return
    # What a kill in the middle of the first two writes can leave behind is no obstacle.
    names = {entry.name for entry in folder.iterdir()}
    ours = {"study.toml", "study.json", LOCK} | {
        name for name in names if name.startswith(".study.") and name.endswith(".tmp")
    }
    if not {"study.toml", "study.json"} & names:
        if names - ours:
            raise ValueError(f"'{folder}' holds files but no study: name an empty or new folder with --out")
        return
    if not {"study.toml", "study.json"} <= names and not (names - ours) <= _STORED:
        raise ValueError(f"'{folder}' holds files but no whole study: name an empty or new folder with --out")
    held, damaged = _held(folder)
    lost = {error.path.name for error in damaged}
    record = read_study_record(folder) if "study.json" in names and "study.json" not in lost else None
    if "study.toml" in lost and "study.toml" in names and not _is_ours(folder, record):
        raise DamagedFileError(damaged[0].path, damaged[0].reason, PUT_BACK)
    if held is None:
        if names - ours:
            raise DamagedFileError(damaged[0].path, damaged[0].reason, PUT_BACK)
        return
    differing = _differences(_comparable(held), _comparable(spec))
    # A file that somebody wrote by hand is not ours to change.
    grows = _grows(held, spec) and _is_ours(folder, record)
    if differing and not (grows and _has_parts(folder, held)):
        why = ", and cannot grow without its runs/ and measures/" if grows else ""
        raise ValueError(
            f"'{folder}' holds a different study ({'; '.join(differing)}){why}: name another folder with --out, "
            f"or delete it"
        )
    if record is None:
        return
    there = record["provenance"]
    check_unchanged(
        there.get("own", {}),
        provenance.get("own", {}),
        f"the study in '{folder}' was begun",
        "name another folder with --out, or undo the change to continue that study",
    )
    for what, mine, theirs in (
        ("other data (fingerprint ", provenance["data"]["fingerprint"][:12], there["data"]["fingerprint"][:12]),
        ("another device (", provenance["device"].split(":")[0], there["device"].split(":")[0]),
        ("another torch (", provenance["versions"]["torch"], there["versions"]["torch"]),
    ):
        if mine != theirs:
            raise ValueError(
                f"'{folder}' holds this study on {what}{theirs}, now {mine}), and runs of both must not be mixed: "
                "name another folder with --out"
            )


def write_study(folder: Path, spec: StudySpec, provenance: dict[str, Any]) -> None:
    """Write the study of `spec` into a folder that nobody else writes to, or find it there; it may grow.

    Raises
    ------
    ValueError
        As of `check_free`.
    """
    check_free(folder, spec, provenance)
    held, damaged = _held(folder)
    recorded = recorded_store(folder)
    store = None if home_of(folder) != folder or not (spec.store or recorded) else place_of(spec, folder).resolve()
    for error in damaged:
        if error.path.exists():
            set_aside(folder, error.path, error)
    toml, manifest = folder / "study.toml", folder / "study.json"
    changed = held is None or held.as_dict() != spec.as_dict()
    if held is not None and _comparable(held) != _comparable(spec):
        with naming(folder / "study.nc"):
            (folder / "study.nc").unlink(missing_ok=True)
    if store is not None:
        make_store(store)
    if changed or not manifest.is_file() or store != recorded:
        # First, and with the spec: what a kill leaves between the two is completed by the same command.
        record = read_study_record(folder) if manifest.is_file() else None
        if record is None:
            record = {"schema_version": SCHEMA_VERSION, "provenance": provenance}
            record |= {"checksums": KEY} if _all_have_checksums(folder) else {}
            record |= {"by_hand": True} if toml.is_file() and not _is_ours(folder, None) else {}
        record["provenance"] |= {"own": provenance.get("own", {})}
        record |= {} if store is None else {"store": written_store(store, folder)}
        write_record(manifest, record | {"spec": spec.as_dict(folder)})
    moved = (changed or store != recorded) and _is_ours(folder, read_study_record(folder))
    if moved or held is None or not toml.is_file():
        place = {} if store is None else {"store": written_store(store, folder)}
        write_toml(toml, spec.as_dict(folder) | place, SPEC_COMMENT)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Lock a study's folder against a second process.

    Raises
    ------
    StudyBusyError
        If another process holds it.
    """
    lock = FileLock(folder / LOCK, timeout=0)
    with naming(folder / LOCK):
        try:
            lock.acquire()
        except Timeout as error:
            raise StudyBusyError(
                f"'{folder}' is being run by another process: wait for it, or name another folder with --out"
            ) from error
    try:
        yield
    finally:
        lock.release()


def read_study_record(folder: Path) -> dict[str, Any]:
    """Read ``study.json``."""
    path = folder / "study.json"
    record = read_record(path)
    schema = record.get("schema_version")
    if not isinstance(schema, int) or not isinstance(record.get("provenance"), dict):
        raise DamagedFileError(path, "it is no record of a study")
    if schema not in range(1, SCHEMA_VERSION + 1):
        raise ValueError(
            f"the study in '{folder}' has schema version {schema}, this package reads 1 to {SCHEMA_VERSION}: "
            "read it with the version that wrote it, or run it again into another folder"
        )
    return record


def read_spec(folder: Path, record: Mapping[str, Any] | None) -> StudySpec:
    """Read ``study.toml``, and compare it with the spec that ``study.json`` has."""
    path = folder / "study.toml"
    if not path.is_file():
        raise DamagedFileError(path, "a folder is in its place" if path.exists() else MISSING)
    try:
        spec = load_spec(path, check=False)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise DamagedFileError(path, f"{error}") from error
    if record is not None and "spec" in record:
        there = spec_from_dict(record["spec"], where=str(folder / "study.json"), base=folder.resolve(), check=False)
        if differing := _differences(_comparable(there), _comparable(spec)):
            raise DamagedFileError(path, f"it is not the spec of study.json: {differing[0]}")
    return spec


def _held(folder: Path) -> tuple[StudySpec | None, list[DamagedFileError]]:
    """Return the spec of the study in a folder, None if there is none, and which of its two files are damaged."""
    damaged: list[DamagedFileError] = []
    record, spec = None, None
    try:
        with with_remedy(AGAIN):
            record = read_study_record(folder)
    except DamagedFileError as error:
        if error.reason != MISSING:
            damaged.append(error)
    try:
        spec = read_spec(folder, record)
    except DamagedFileError as error:
        if error.reason != MISSING or record is not None:
            damaged.insert(0, error)
        if record is not None and "spec" in record:
            spec = spec_from_dict(record["spec"], where=str(folder / "study.json"), base=folder.resolve(), check=False)
    return spec, damaged


def _is_ours(folder: Path, record: Mapping[str, Any] | None) -> bool:
    """Whether ``study.toml`` was written by a study, not by hand."""
    if record is not None and "spec" in record:
        return "by_hand" not in record
    path = folder / "study.toml"
    return not path.exists() or path.is_dir() or SPEC_COMMENT.encode() in path.read_bytes()


def _all_have_checksums(folder: Path) -> bool:
    """Whether no run is of a version without checksums."""
    return all(f'"{KEY}"'.encode() in path.read_bytes() for path in folder.glob("runs/*/run.json"))


def _check_writable(folder: Path) -> None:
    existing = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    if not existing.is_dir():
        raise ValueError(f"'{existing}' is a file: name a folder with --out")
    if not os.access(existing, os.W_OK | os.X_OK):
        raise ValueError(f"'{existing}' is not writable: name another folder with --out")


def _comparable(spec: StudySpec) -> dict[str, Any]:
    """Return a spec with files by their names alone: studies are moved, and what files hold is compared by its hash."""
    out = spec.as_dict()
    out["task"] = without_folder(out["task"])
    if isinstance(out["methods"], dict):
        out["methods"] = {
            name: own | ({"make": without_folder(own["make"])} if "make" in own else {})
            for name, own in out["methods"].items()
        }
    return out


def _grows(there: StudySpec, here: StudySpec) -> bool:
    """Whether one study is the other with more seeds or methods, or tuned; a run does not depend on the other runs."""
    old, new = _comparable(there), _comparable(here)
    if there.tuning is None:
        new.pop("tuning", None)
    for each, spec in ((old, there), (new, here)):
        del each["methods"], each["seeds"]
        each["settings"] = {name: spec.settings.get(name, {}) for name in there.methods}
        each["makes"] = {name: without_folder(written_make(spec, name)) for name in there.methods}
    return set(there.seeds) <= set(here.seeds) and set(there.methods) <= set(here.methods) and old == new


def _has_parts(folder: Path, spec: StudySpec) -> bool:
    """Whether all parts of ``study.nc`` exist, so that it can be gathered again."""
    root = root_of(folder)

    def has(method: str, seed: int) -> bool:
        run = f"{method}-seed{seed}-*"
        parts = any(root.glob(f"runs/{run}/run.json")) and any(root.glob(f"measures/{run}.nc"))
        return parts or any(root.glob(f"{FAILURES}/*/{run}.json"))

    return not (folder / "study.nc").is_file() or all(
        has(method, seed) for method in spec.methods for seed in spec.seeds
    )


def _differences(there: dict[str, Any], here: dict[str, Any], prefix: str = "") -> list[str]:
    out = []
    for key in sorted(there.keys() | here.keys()):
        old, new = there.get(key), here.get(key)
        if isinstance(old, dict) and isinstance(new, dict):
            out += _differences(old, new, f"{prefix}{key}.")
        elif old != new:
            out.append(f"{prefix}{key} is {old!r} there and {new!r} here")
    return out
