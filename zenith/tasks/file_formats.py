"""Readers of dataset files as users have them: IDX, the CIFAR python batches, image folders, and tar archives of these.

Every reader returns uint8 NumPy arrays, runs no code that a file carries, writes nothing to disk, and answers a broken
file with a ValueError that names it.
"""

from __future__ import annotations

import gzip
import io
import math
import pickle
import tarfile
import zlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = [
    "IMAGE_SUFFIXES",
    "Files",
    "archive_files",
    "cifar_batch",
    "cifar_classes",
    "decode_images",
    "folder_files",
    "read_idx",
]

Bytes = npt.NDArray[np.uint8]
Files = Mapping[str, Callable[[], bytes]]
"""Path inside a folder or an archive, with "/" between its parts, -> reader of the file's bytes."""

LARGEST_IDX = 300_000_000
"""Bytes that the data of an IDX file may have; MNIST's have 47 million."""
MOST_MEMBERS = 200_000
"""Of an archive; those of CIFAR-10 have 60,000 at most."""
LONGEST_NAME = 2**20
"""Bytes of a member's name, and what else headers in its place say of it."""
_PAX = (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE)
IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png")


def read_idx(path: Path) -> Bytes:
    """Read an IDX file of unsigned bytes, gzipped if its name ends in ``.gz`` (LeCun's MNIST format).

    Returns
    -------
    ndarray of uint8
        With the dimensions that the file's header states.

    Raises
    ------
    ValueError
        If the file is not IDX, not of unsigned bytes, or shorter or longer than its header says.
    """
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            # Two zero bytes, the type code (8: unsigned byte), the number of dimensions, then each as big-endian int32.
            head = file.read(4)
            if len(head) < 4 or head[:3] != b"\x00\x00\x08":
                raise ValueError(f"{path} is not an IDX file of unsigned bytes: download it again")
            sizes = file.read(4 * head[3])
            shape = tuple(int(size) for size in np.frombuffer(sizes[: len(sizes) // 4 * 4], dtype=">u4"))
            length = math.prod(shape)
            if length > LARGEST_IDX:
                raise ValueError(
                    f"{path} says that it holds {length:,} bytes, where {LARGEST_IDX:,} suffice: download it again"
                )
            content = file.read(length + 1)  # never more than its header says, however much it unpacks to
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"{path} is a broken gzip file ({error}): download it again") from error
    if len(shape) != head[3] or len(content) != length:
        expected = f"{length} bytes of data for shape {shape}" if len(shape) == head[3] else f"{head[3]} dimensions"
        raise ValueError(f"{path} is truncated or damaged (expected {expected}): download it again")
    return np.frombuffer(content, dtype=np.uint8).reshape(shape)


def folder_files(folder: Path) -> Files:
    """Map every regular file below `folder` to a reader of its bytes."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes for path in sorted(folder.rglob("*")) if path.is_file()
    }


class _Member(tarfile.TarInfo):
    """A member of an archive whose headers are not held in memory, however long they say that they are."""

    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        extended = self.type in (tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK) or self.type in _PAX
        if self.size < 0 or (extended and self.size > LONGEST_NAME):
            raise tarfile.ReadError(f"a header of {self.size:,} bytes, where {LONGEST_NAME:,} suffice")
        return super()._proc_member(archive)  # type: ignore[misc]


def archive_files(path: Path, limit: Callable[[str], int]) -> Files:
    """Map the wanted regular files of a tar archive (gzipped or not) to readers of their bytes, held in memory.

    Nothing is extracted: links, devices and absolute or upward paths have no effect.

    Parameters
    ----------
    path : Path
        The archive.
    limit : callable
        Path of a file inside the archive -> the most bytes it may hold; 0 for a file that is not wanted.

    Raises
    ------
    ValueError
        If the archive is truncated or damaged, or a wanted file holds more than its limit.
    """
    files: dict[str, Callable[[], bytes]] = {}
    try:
        with tarfile.open(path, mode="r|*", tarinfo=_Member) as archive:
            for number, member in enumerate(archive):
                if number == MOST_MEMBERS:
                    raise ValueError(f"{path} holds more than {MOST_MEMBERS:,} files: download it again")
                name = PurePosixPath(member.name).as_posix()
                most = limit(name) if member.isfile() else 0
                if member.size > most > 0:
                    raise ValueError(
                        f"{path}/{name} holds {member.size} bytes, where {most} suffice: download it again"
                    )
                extracted = archive.extractfile(member) if most > 0 else None
                if extracted is not None:
                    files[name] = io.BytesIO(extracted.read()).getvalue
    except RecursionError as error:
        raise ValueError(f"{path} is a broken archive (headers of headers without end): download it again") from error
    except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
        raise ValueError(f"{path} is a broken archive ({error}): download it again") from error
    return files


def cifar_batch(
    content: bytes, source: str, key: str = "labels", classes: int = 10, dataset: str = "CIFAR-10"
) -> tuple[Bytes, Bytes]:
    """Decode one python batch of CIFAR (Krizhevsky 2009): images ``(n, 3, 32, 32)`` and labels ``(n,)``.

    The batch is a pickle. It is read with stand-ins for the few names that it, or a copy re-saved by Python 3,
    contains; any other name is refused, so that it cannot run code.

    Parameters
    ----------
    content : bytes
        The file's content.
    source : str
        The file's name, for messages.
    key : str
        Of the labels: "labels" in CIFAR-10, "fine_labels" in CIFAR-100.
    classes : int
        How many there are.
    dataset : str
        Its name, for messages.

    Raises
    ------
    ValueError
        If the content is not such a batch.
    """
    try:
        fields = _fields(content)
        pixels, labels = (_as_array(fields[name]) for name in ("data", key))
    except Exception as error:  # a damaged pickle can raise anything
        raise ValueError(f"{source} is not a readable {dataset} batch ({error}): download it again") from error
    if pixels.dtype != np.uint8:
        raise ValueError(f"{source} holds pixels of type {pixels.dtype} instead of unsigned bytes: download it again")
    if labels.ndim != 1 or labels.dtype.kind not in "iu" or pixels.shape != (labels.size, 3072):
        shapes = f"{pixels.shape} and labels {labels.shape}"
        raise ValueError(f"{source} holds data {shapes}: expected (n, 3072) and n integers; download it again")
    if labels.size and not 0 <= labels.min() <= labels.max() < classes:
        raise ValueError(
            f"{source} holds labels {labels.min()} to {labels.max()}: {dataset} has classes 0 to {classes - 1}"
        )
    return pixels.reshape(-1, 3, 32, 32), labels.astype(np.uint8)


def cifar_classes(content: bytes, source: str, key: str) -> tuple[str, ...]:
    """Decode the names of the classes in the file ``meta`` of CIFAR-100, which is read as a batch is.

    Raises
    ------
    ValueError
        If the content is no such file.
    """
    try:
        return tuple(name.decode() if isinstance(name, bytes) else str(name) for name in _fields(content)[key])
    except Exception as error:  # a damaged pickle can raise anything
        raise ValueError(f"{source} is not a readable list of classes ({error}): download it again") from error


def _fields(content: bytes) -> dict[str, Any]:
    held = _BatchUnpickler(io.BytesIO(content), encoding="bytes").load()
    return {key.decode() if isinstance(key, bytes) else key: value for key, value in held.items()}


def _as_array(value: Any) -> npt.NDArray[Any]:
    return value.decoded() if isinstance(value, _PickledArray) else np.asarray(value)


class _PickledArray:
    """Stand-in for numpy.ndarray: keeps the pickled state as data."""

    state: tuple[Any, ...] = ()

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.state = state

    def decoded(self) -> npt.NDArray[Any]:
        _, shape, dtype, column_major, content = self.state
        return np.frombuffer(content, dtype=dtype.decoded()).reshape(shape, order="F" if column_major else "C")


class _PickledType:
    """Stand-in for numpy.dtype: keeps the type code and the byte order."""

    order: bytes | str = "|"

    def __init__(self, code: bytes | str, align: Any = None, duplicate: Any = None) -> None:
        self.code = code

    def __setstate__(self, state: Any) -> None:
        self.order = state[1]

    def decoded(self) -> np.dtype[Any]:
        order, code = (part.decode() if isinstance(part, bytes) else part for part in (self.order, self.code))
        if code not in _NUMBERS:
            raise ValueError(f"it holds an array of type {code!r} instead of numbers")
        return np.dtype(order + code)


_NUMBERS = ("u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f2", "f4", "f8")


# Stand-ins for functions. No plain functions: a pickle may set the attributes of any object that it names, and these
# have none.


class _Reconstruct:
    __slots__ = ()

    def __call__(self, array_class: Any, shape: Any, type_code: Any) -> _PickledArray:
        return _PickledArray()


class _FromBuffer:
    """What protocol 5 calls in place of _reconstruct."""

    __slots__ = ()

    def __call__(self, content: Any, dtype: Any, shape: Any, order: str) -> _PickledArray:
        array = _PickledArray()
        array.state = (1, shape, dtype, order == "F", content)
        return array


class _Encode:
    """What Python 3 calls to write bytes in protocol 2: text of the characters 0 to 255, as Latin-1."""

    __slots__ = ()

    def __call__(self, text: str, encoding: Any) -> bytes:
        return text.encode("latin-1")


class _BatchUnpickler(pickle.Unpickler):
    """Unpickler that knows the names in a CIFAR batch, and no others.

    As Python 2 and 3 and NumPy 1 and 2 write them.
    """

    _known: Mapping[tuple[str, str], Any] = {
        ("numpy", "ndarray"): _PickledArray,
        ("numpy", "dtype"): _PickledType,
        ("numpy.core.multiarray", "_reconstruct"): _Reconstruct(),
        ("numpy._core.multiarray", "_reconstruct"): _Reconstruct(),
        ("numpy.core.numeric", "_frombuffer"): _FromBuffer(),
        ("numpy._core.numeric", "_frombuffer"): _FromBuffer(),
        ("_codecs", "encode"): _Encode(),
    }

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in self._known:
            raise pickle.UnpicklingError(f"it names {module}.{name}, which the original does not contain")
        return self._known[module, name]


def decode_images(files: Files, names: Iterable[str], size: tuple[int, int], source: str) -> Bytes:
    """Decode images to RGB, shape ``(n, 3, height, width)``.

    Parameters
    ----------
    files : Files
        Where the images are.
    names : iterable of str
        Keys of `files`, in the order wanted.
    size : (int, int)
        Height and width that every image must have, in pixels.
    source : str
        The folder or archive, for messages.

    Raises
    ------
    ValueError
        If a file is not an image of that size.
    """
    from PIL import Image

    wanted = list(names)
    height, width = size
    images = np.empty((len(wanted), 3, height, width), dtype=np.uint8)
    # One thread: decoding so small an image takes less time than handing it to another.
    for row, name in enumerate(wanted):
        try:
            with Image.open(io.BytesIO(files[name]()), formats=("JPEG", "PNG")) as image:
                found = image.size  # as the header says: what is too large is never decoded
                if found == (width, height):
                    pixels = np.asarray(image if image.mode == "RGB" else image.convert("RGB"))
                    images[row] = pixels.transpose(2, 0, 1)
        # Pillow raises any of them on a damaged file
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
            raise ValueError(f"{source}/{name} is not a readable image ({error}): download it again") from error
        if found != (width, height):
            raise ValueError(f"{source}/{name} is {found[1]}x{found[0]} pixels: expected {height}x{width}")
    return images
