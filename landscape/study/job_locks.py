"""Locks by which a job of a store is done once, however many processes and machines want its result."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

__all__ = ["FOLDER", "once", "remove_locks"]

FOLDER = ".locks"


def once(root: Path, name: str, is_done: Callable[[], bool], job: Callable[[], None]) -> None:
    """Do a job, unless another worker is at it, as of a study that was killed: wait for that one, which may do it.

    Parameters
    ----------
    root : Path
        Of the store.
    name : str
        Of the job.
    is_done : callable
        Whether its result is there.
    job : callable
        Writes the result.
    """
    lock = _acquired(root / FOLDER / f".{name}.lock")
    try:
        if not is_done():
            job()
        Path(lock.lock_file).unlink(missing_ok=True)  # whoever waits at it, or makes another, finds the job done
    finally:
        lock.release()


def _acquired(file: Path) -> FileLock:
    while True:
        lock = FileLock(file)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            lock.acquire()
        except FileNotFoundError:  # another study has removed the folder since
            continue
        except FileExistsError:  # or in the middle of mkdir
            if file.parent.exists() and not file.parent.is_dir():
                raise
            continue
        return lock


def remove_locks(root: Path) -> None:
    """Remove the locks that nobody holds, of jobs that failed or were killed, and their folder if none is left.

    Whoever waits at a lock that goes makes it again, for a lock on a file without a name is none.
    """
    folder = root / FOLDER
    for file in folder.glob(".*.lock"):
        lock = FileLock(file, timeout=0)
        with suppress(OSError, Timeout):
            lock.acquire()
            try:
                file.unlink(missing_ok=True)
            finally:
                lock.release()
    with suppress(OSError):  # not empty: other studies are at work
        folder.rmdir()
