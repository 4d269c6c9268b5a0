"""What jobs on other machines report: a small file each in a folder that all machines see, and who reads them.

A cluster's own ways differ, and a job of Slurm has none: a file works for both, and for a worker that is killed.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Self

__all__ = ["WRITE_EVERY", "ProgressFile", "ProgressReader"]

WRITE_EVERY = 5.0
"""Seconds between two reports of one job: a thousand jobs write 200 small files a second."""
READ_EVERY = 2.0
_TEMPORARY = ".tmp"


class ProgressFile:
    """The report of a job, which is there for as long as the job is at work; a context manager.

    What cannot be written is left out: no job fails because nobody sees how far it is.

    Parameters
    ----------
    folder : Path
    number : int
        Of the job.
    """

    def __init__(self, folder: Path, number: int) -> None:
        self._path = folder / str(number)
        # One that is begun again elsewhere may still be at work here.
        self._temporary = folder / f"{number}-{os.uname().nodename}-{os.getpid()}{_TEMPORARY}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._path.unlink()

    def write(self, done: int, text: str) -> None:
        """Write what the job has done so far."""
        with suppress(OSError):
            try:
                self._temporary.write_text(json.dumps([done, text]), encoding="utf-8")
                os.replace(self._temporary, self._path)
            finally:
                self._temporary.unlink(missing_ok=True)


class ProgressReader:
    """Reads what jobs report, in a thread of its own, until it is ended.

    Parameters
    ----------
    folder : Path

    Attributes
    ----------
    show : callable or None
        Called as ``show(number, units, text)`` with every new report.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.show: Callable[[int, int, str], None] | None = None
        self._seen: dict[str, int] = {}
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def end(self) -> None:
        """End the thread."""
        self._end.set()
        self._thread.join()

    def forget(self, number: int) -> None:
        """Remove the report of a job whose worker was killed."""
        with suppress(OSError):
            (self.folder / str(number)).unlink()

    def look(self) -> None:
        """Show what is new."""
        there: dict[str, int] = {}
        with suppress(OSError), os.scandir(self.folder) as entries:
            for entry in entries:
                if entry.name.isdecimal():
                    with suppress(OSError):  # its job has just ended
                        there[entry.name] = entry.stat().st_mtime_ns
        for name, at in there.items():
            if self._seen.get(name) != at and (show := self.show) is not None:
                with suppress(OSError, ValueError, TypeError):
                    done, text = json.loads((self.folder / name).read_bytes())
                    show(int(name), int(done), str(text))
        self._seen = there

    def _serve(self) -> None:
        while not self._end.wait(READ_EVERY):
            self.look()
