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

    What a disk refuses to take is an error at the end, so that libraries that write do not have to cope with it: the
    file's `error` says so before, and what is written from then on is kept in memory.

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
                yield file
            if file.error is not None:
                raise file.error
            os.replace(temporary, path)
        finally:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)


class _Forgiving(FileIO):
    """A file that keeps the first error of writing, and in memory what is written from then on.

    HDF5 reads what it has written. Where that is not there, or a file cannot be closed, its library crashes, at times
    much later.
    """

    error: OSError | None = None

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._pages: dict[int, bytearray] = {}
        self._at = self._end = 0  # once there is an error

    def write(self, data: Any, /) -> int:
        view = memoryview(data).cast("B")
        done = 0
        if self.error is None:
            try:
                while done < len(view):
                    done += super().write(view[done:]) or 0
                return done
            except OSError as error:
                self._fail(error)
        for page, part, place in self._parts(len(view) - done):
            page[place] = view[done:][part]
        self._end = max(self._end, self._at)
        return len(view)

    def truncate(self, size: int | None = None, /) -> int:
        if self.error is None:
            try:
                return super().truncate(size)
            except OSError as error:
                self._fail(error)
        self._end = self._at if size is None else size
        return self._end

    def _fail(self, error: OSError) -> None:
        self.error, self._at, self._end = error, super().tell(), os.fstat(self.fileno()).st_size

    def _parts(self, count: int) -> Iterator[tuple[bytearray, slice, slice]]:
        """Yield the pages of the next bytes, and which of these bytes are where in each; go on behind them."""
        done = 0
        while done < count:
            number, offset = divmod(self._at, _PAGE)
            size = min(_PAGE - offset, count - done)
            if number not in self._pages:
                self._pages[number] = bytearray(os.pread(self.fileno(), _PAGE, number * _PAGE)).ljust(_PAGE, b"\0")
            yield self._pages[number], slice(done, done + size), slice(offset, offset + size)
            self._at, done = self._at + size, done + size

    def readinto(self, buffer: Any, /) -> int:
        if self.error is None:
            return super().readinto(buffer) or 0
        view = memoryview(buffer).cast("B")
        count = max(0, min(len(view), self._end - self._at))
        for page, part, place in self._parts(count):
            view[part] = page[place]
        return count

    def read(self, size: int | None = -1, /) -> bytes:
        if self.error is None:
            return super().read(size) or b""
        rest = max(0, self._end - self._at)
        buffer = bytearray(rest if size is None or size < 0 else min(size, rest))
        self.readinto(buffer)
        return bytes(buffer)

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        if self.error is None:
            return super().seek(offset, whence)
        self._at = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._end}[whence]
        return self._at

    def tell(self) -> int:
        return super().tell() if self.error is None else self._at


_PAGE = 1 << 16


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
