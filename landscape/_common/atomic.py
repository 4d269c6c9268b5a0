"""Atomic files: a reader sees the whole of a file or nothing, whenever the writer was killed.

Content is made in memory, or in a file that forgives (`written_aside`), and written here, so that whatever a disk
refuses is one error, which names the file.
Nothing here imports torch.
"""

from __future__ import annotations

import errno
import os
import platform
import re
import secrets
import shutil
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from io import FileIO
from pathlib import Path
from typing import Any

__all__ = [
    "CannotWriteError",
    "naming",
    "remove_leftovers",
    "temporary_name",
    "write_bytes",
    "write_text",
    "write_together",
    "written_aside",
]

_HOST = f"{zlib.crc32(platform.node().encode()):08x}"
_LEFTOVER = re.compile(r"\..*\.([0-9a-f]{8})-(\d+)-[0-9a-f]{8}\.tmp")
_OF_OTHER_VERSIONS = re.compile(r"\..*\.([a-z0-9_]{8}|[a-z0-9_]{8}\.tmp)")
_DAY = 86400.0

_REMEDIES = {
    errno.ENOSPC: "make room on that disk",
    errno.EDQUOT: "make room in your quota",
    errno.EFBIG: "the file system, or a limit of this process, holds no file of that size: name a folder elsewhere",
    errno.EROFS: "that disk is read-only: make it writable, or name a folder elsewhere",
    errno.EACCES: "make its folder writable, or name a folder elsewhere",
    errno.EPERM: "make its folder writable, or name a folder elsewhere",
    errno.EIO: "check that disk, or name a folder elsewhere",
    errno.EEXIST: "move it away, a folder belongs there",
    errno.ENOTDIR: "move it away, a folder belongs there",
    errno.EISDIR: "move away the folder that is where a file belongs",
    errno.ENOTEMPTY: "move away the folder that is where a file belongs",
}


class CannotWriteError(OSError):
    """A file that cannot be written; the last one of its name is as it was."""

    def __str__(self) -> str:
        remedy = _REMEDIES.get(self.errno or 0, "")
        return f"'{self.filename}' cannot be written ({self.strerror})" + (f": {remedy}" if remedy else "")


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Name the file that an operating system's error is about, and what to do."""
    try:
        yield
    except CannotWriteError:
        raise
    except OSError as error:
        if error.errno in (errno.EEXIST, errno.ENOTDIR):
            path = next((above for above in path.parents if above.exists() and not above.is_dir()), path)
        raise CannotWriteError(error.errno, error.strerror or str(error), str(path)) from error


@contextmanager
def written_aside(path: Path) -> Iterator[Any]:
    """Yield a file object that is open for reading and writing, and takes the name `path` at the end, whole.

    What a disk refuses to take is an error at the end, so that libraries that write do not have to cope with it.

    Raises
    ------
    CannotWriteError
        If it cannot be written; the file of that name is as it was.
    """
    with naming(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(temporary_name(path.name))
        try:
            with _Forgiving(temporary, "x+b") as file:
                try:
                    yield file
                except Exception:
                    if file.error is None:
                        raise  # else it is of reading what was not taken
            if file.error is not None:
                raise file.error
            os.replace(temporary, path)
        finally:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)


class _Forgiving(FileIO):
    """A file that keeps the first error of writing, and takes no more from then on."""

    error: OSError | None = None

    def write(self, data: Any, /) -> int:
        view = memoryview(data).cast("B")
        done = 0
        while self.error is None and done < len(view):
            try:
                done += super().write(view[done:]) or 0
            except OSError as error:
                self.error = error
        return len(view)

    def truncate(self, size: int | None = None, /) -> int:
        if self.error is None:
            try:
                return super().truncate(size)
            except OSError as error:
                self.error = error
        return size or 0


def write_together(contents: Mapping[Path, bytes]) -> None:
    """Write several files; each is moved into place, whole, once all have been written aside.

    Raises
    ------
    CannotWriteError
        If one of them cannot be written; those of the same names are as they were.
    """
    aside: dict[Path, Path] = {}
    try:
        for path, content in contents.items():
            with naming(path):
                path.parent.mkdir(parents=True, exist_ok=True)
                aside[path] = path.with_name(temporary_name(path.name))
                with open(aside[path], "xb") as file:
                    file.write(content)
        for path, temporary in aside.items():
            with naming(path):
                os.replace(temporary, path)
    finally:
        for temporary in aside.values():
            with suppress(OSError):
                temporary.unlink(missing_ok=True)


def temporary_name(name: str) -> str:
    """Return a name, for what is moved to `name` when it is whole, that `remove_leftovers` knows by its process."""
    return f".{name[:150]}.{_HOST}-{os.getpid()}-{secrets.token_hex(4)}.tmp"


def remove_leftovers(folder: Path) -> None:
    """Remove what killed writers left in a folder, and not what others are writing."""
    with suppress(OSError):
        for entry in os.scandir(folder):
            with suppress(OSError):
                ours = _LEFTOVER.fullmatch(entry.name)
                old = time.time() - entry.stat(follow_symlinks=False).st_mtime > _DAY
                dead = ours is not None and ours[1] == _HOST and not _is_alive(int(ours[2]))
                if dead or (old and (ours is not None or _OF_OTHER_VERSIONS.fullmatch(entry.name))):
                    if entry.is_dir(follow_symlinks=False):
                        shutil.rmtree(entry.path, ignore_errors=True)
                    else:
                        os.unlink(entry.path)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # of another user
        return True
    return True


def write_bytes(path: Path, content: bytes) -> None:
    """Write bytes atomically."""
    write_together({path: content})


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text atomically."""
    write_bytes(path, text.encode())
