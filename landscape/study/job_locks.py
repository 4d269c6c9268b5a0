"""Locks by which a job of a store is done once, however many processes and machines want its result."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterable
from contextlib import ExitStack, suppress
from pathlib import Path

from filelock import FileLock, Timeout

__all__ = ["FOLDER", "once", "remove_locks"]

FOLDER = ".locks"


def once(root: Path, names: Iterable[str], is_done: Callable[[], bool], job: Callable[[], None]) -> None:
    """Do what results need, unless other workers are at one of them, as of a study that was killed: wait for those.

    Parameters
    ----------
    root : Path
        Of the store.
    names : iterable of str
        Of the results, several where they are made together.
    is_done : callable
        Whether they are there.
    job : callable
        Writes those that are not.
    """
    with ExitStack() as held:
        locks = []
        for name in sorted(names):  # in one order, or two that need some of the same would wait for each other
            locks.append(_acquired(root / FOLDER / f".{name}.lock"))
            held.callback(locks[-1].release)
        if not is_done():
            job()
        for lock in locks:
            Path(lock.lock_file).unlink(missing_ok=True)  # whoever waits at it, or makes another, finds the job done


def _acquired(file: Path) -> FileLock:
    while True:
        lock = FileLock(file)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            lock.acquire()
        except FileNotFoundError:  # another study has removed the folder since
            continue
        except FileExistsError:  # or in the middle of mkdir
            with suppress(FileNotFoundError):
                if not stat.S_ISDIR(file.parent.stat().st_mode):  # asked once: between two questions it may go
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
