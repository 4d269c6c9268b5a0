"""A store that several studies share: runs and what was measured on them, in a folder of its own.

Everything in a store is named by what determines it, so studies of overlapping runs find each other's, at the same time
or years later, and nothing is trained twice. A study's own folder keeps its spec, ``study.nc``, figures and report; in
``study.json`` and ``study.toml`` stands where its store is. Removing a study leaves the store whole.
"""

from __future__ import annotations

import os
import tomllib
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from landscape._common.checksums import KEY, DamagedFileError
from landscape._common.files import naming, read_record, write_record

if TYPE_CHECKING:
    from landscape.study.spec import StudySpec

__all__ = [
    "MissingStoreError",
    "check_place",
    "has_checksums",
    "home_of",
    "is_store",
    "make_store",
    "place_of",
    "recorded_store",
    "root_of",
    "written_store",
]

POINTS = "points"
"""Folder of the points of a sweep, and of the study at tuned settings, which share the runs."""
RECORD = "store.json"
"""By which a folder is known to be a store."""


class MissingStoreError(FileNotFoundError):
    """The store of a study is not where it was."""

    def __init__(self, home: Path, store: Path) -> None:
        super().__init__(home, store)
        self.home, self.store = home, store

    def __str__(self) -> str:
        return (
            f"the runs of the study in '{self.home}' are in the store '{self.store}', which is not there: put it back, "
            f"or say where it is now, landscape study --out '{self.home}' --store PATH"
        )


def home_of(folder: Path) -> Path:
    """Return the folder of the whole study: of a point of a sweep, and of the study at tuned settings, that above."""
    above = folder.parent.parent  # of the study at tuned settings of a point, two such folders up
    return home_of(above) if folder.parent.name == POINTS and (above / "study.toml").is_file() else folder


def recorded_store(home: Path) -> Path | None:
    """Return the store of a study, by its record or else its spec; None of one that has its own runs."""
    written: object = None
    try:
        written = read_record(home / "study.json").get("store")
    except (OSError, DamagedFileError):
        with suppress(OSError, ValueError):
            written = tomllib.loads((home / "study.toml").read_text(encoding="utf-8")).get("store")
    if not isinstance(written, str):
        return None
    return Path(written) if Path(written).is_absolute() else (home / written).resolve()


def written_store(store: Path, home: Path) -> str:
    """Return what a study records of where its store is.

    Relative to its own folder where the store lies in the folder above that, so that the two are moved with it and say
    nothing of where it is; absolute elsewhere.
    """
    store, home = store.resolve(), home.resolve()
    beside = store.is_relative_to(home.parent) and home.parent != Path(home.anchor)
    return Path(os.path.relpath(store, home)).as_posix() if beside else str(store)


def root_of(folder: Path) -> Path:
    """Return the folder with the runs and measures of a study: its store, or its own."""
    home = home_of(folder)
    return recorded_store(home) or home


def place_of(spec: StudySpec, folder: Path) -> Path:
    """Return where the runs of a study will be that may not have begun: its recorded store, or that of its spec."""
    home = home_of(folder)
    recorded = recorded_store(home)
    if spec.store is not None and (recorded is None or not recorded.is_dir()):
        return Path(spec.store)
    return recorded or home


def is_store(folder: Path) -> bool:
    """Whether a folder is a store by itself, rather than that of a study."""
    return (folder / RECORD).is_file()


def has_checksums(root: Path) -> bool:
    """Whether the record of a store says that all of its files have checksums."""
    return "checksums" in read_record(root / RECORD)


def check_place(spec: StudySpec, folder: Path) -> None:
    """Raise ValueError if a study cannot have the store that its spec asks for, or its own is not there."""
    if home_of(folder) != folder:
        return  # of a point, whose study has been asked
    recorded = recorded_store(folder)
    if spec.store is None:
        if recorded is not None and not recorded.is_dir():
            raise MissingStoreError(folder, recorded)
        return
    store, home = Path(spec.store).resolve(), folder.resolve()
    if recorded is not None and not recorded.is_dir() and not is_store(store):
        raise MissingStoreError(folder, recorded)  # rather than train everything again
    if recorded is not None and recorded.is_dir() and recorded.resolve() != store:
        raise ValueError(
            f"'{folder}' has its runs in the store '{recorded}', and '{spec.store}' was asked for: leave --store out, "
            f"or name another folder with --out"
        )
    if recorded is None and (folder / "runs").is_dir():
        raise ValueError(
            f"'{folder}' has its runs in itself, and no store: leave --store out, or name another with --out"
        )
    if store == home or home in store.parents:
        raise ValueError(f"the store '{spec.store}' is in the study's folder '{folder}': name one outside with --store")
    existing = next(parent for parent in (store, *store.parents) if parent.exists())
    if not existing.is_dir():
        raise ValueError(f"'{existing}' is a file: name a folder with --store")
    if store.exists() and not is_store(store) and any(store.iterdir()):
        raise ValueError(f"'{spec.store}' holds files and is no store: name an empty or new folder with --store")
    if not os.access(existing, os.W_OK | os.X_OK):
        raise ValueError(f"'{existing}' is not writable: name another folder with --store")


def make_store(folder: Path) -> None:
    """Make a store of a folder that is empty or new; two that do so at once make the same."""
    if not is_store(folder):
        with naming(folder):
            folder.mkdir(parents=True, exist_ok=True)
        write_record(folder / RECORD, {"schema_version": 1, "checksums": KEY})
