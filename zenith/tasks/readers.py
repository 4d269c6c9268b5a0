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

__all__ = ["IMAGE_SUFFIXES", "Files", "archive_files", "cifar_batch", "decode_images", "folder_files", "read_idx"]

Bytes = npt.NDArray[np.uint8]
Files = Mapping[str, Callable[[], bytes]]
"""Path inside a folder or an archive, with "/" between its parts, -> reader of the file's bytes."""

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
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"{path} is a broken gzip file ({error}): download it again") from error
    # Two zero bytes, the type code (8: unsigned byte), the number of dimensions, then each as big-endian int32.
    if len(content) < 4 or content[:3] != b"\x00\x00\x08":
        raise ValueError(f"{path} is not an IDX file of unsigned bytes: download it again")
    dimensions = content[3]
    start = 4 + 4 * dimensions
    shape = tuple(int(size) for size in np.frombuffer(content[4:start], dtype=">u4")) if len(content) >= start else ()
    if len(shape) != dimensions or len(content) - start != math.prod(shape):
        expected = f"{math.prod(shape)} bytes of data for shape {shape}" if shape else f"{dimensions} dimensions"
        raise ValueError(f"{path} is truncated or damaged (expected {expected}): download it again")
    return np.frombuffer(content, dtype=np.uint8, offset=start).reshape(shape)


def folder_files(folder: Path) -> Files:
    """Map every regular file below `folder` to a reader of its bytes."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes for path in sorted(folder.rglob("*")) if path.is_file()
    }


def archive_files(path: Path) -> Files:
    """Map every regular file of a tar archive (gzipped or not) to a reader of its bytes, held in memory.

    Nothing is extracted: links, devices and absolute or upward paths have no effect.

    Raises
    ------
    ValueError
        If the archive is truncated or damaged.
    """
    files: dict[str, Callable[[], bytes]] = {}
    try:
        with tarfile.open(path, mode="r|*") as archive:
            for member in archive:
                extracted = archive.extractfile(member) if member.isfile() else None
                if extracted is not None:
                    files[PurePosixPath(member.name).as_posix()] = io.BytesIO(extracted.read()).getvalue
    except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
        raise ValueError(f"{path} is a broken archive ({error}): download it again") from error
    return files


def cifar_batch(content: bytes, source: str) -> tuple[Bytes, Bytes]:
    """Decode one CIFAR-10 python batch (Krizhevsky 2009): images ``(n, 3, 32, 32)`` and labels ``(n,)``.

    The batch is a pickle. It is read with stand-ins for the few NumPy names it contains; any other name is refused, so
    that it cannot run code.

    Parameters
    ----------
    content : bytes
        The file's content.
    source : str
        The file's name, for messages.

    Raises
    ------
    ValueError
        If the content is not such a batch.
    """
    try:
        batch = _BatchUnpickler(io.BytesIO(content), encoding="bytes").load()
        fields = {key.decode() if isinstance(key, bytes) else key: value for key, value in batch.items()}
        pixels, labels = fields["data"].decoded(), np.asarray(fields["labels"])
    except Exception as error:  # a damaged pickle can raise anything
        raise ValueError(f"{source} is not a readable CIFAR-10 batch ({error}): download it again") from error
    if pixels.shape != (len(labels), 3072) or labels.ndim != 1 or labels.dtype.kind != "i":
        shapes = f"{pixels.shape} and labels {labels.shape}"
        raise ValueError(f"{source} holds data {shapes}: expected (n, 3072) and n integers; download it again")
    if labels.size and not 0 <= labels.min() <= labels.max() <= 9:
        raise ValueError(f"{source} holds labels {labels.min()} to {labels.max()}: CIFAR-10 has classes 0 to 9")
    return pixels.reshape(-1, 3, 32, 32), labels.astype(np.uint8)


class _PickledArray:
    """Stand-in for numpy.ndarray: keeps the pickled state as data."""

    state: tuple[Any, ...] = ()

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.state = state

    def decoded(self) -> Bytes:
        _, shape, dtype, column_major, content = self.state
        if dtype.code not in (b"u1", "u1"):
            raise ValueError(f"pixels of type {dtype.code!r} instead of unsigned bytes")
        return np.frombuffer(content, dtype=np.uint8).reshape(shape, order="F" if column_major else "C")


class _PickledType:
    """Stand-in for numpy.dtype: keeps the type code."""

    def __init__(self, code: bytes | str, align: Any = None, duplicate: Any = None) -> None:
        self.code = code

    def __setstate__(self, state: Any) -> None:
        pass


def _reconstruct(array_class: Any, shape: Any, type_code: Any) -> _PickledArray:
    return _PickledArray()


class _BatchUnpickler(pickle.Unpickler):
    """Unpickler that knows the names in a CIFAR batch, as NumPy 1 and 2 write them, and no others."""

    _known: Mapping[tuple[str, str], Any] = {
        ("numpy", "ndarray"): _PickledArray,
        ("numpy", "dtype"): _PickledType,
        ("numpy.core.multiarray", "_reconstruct"): _reconstruct,
        ("numpy._core.multiarray", "_reconstruct"): _reconstruct,
    }

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in self._known:
            raise pickle.UnpicklingError(f"it names {module}.{name}, which no CIFAR-10 batch contains")
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
                pixels = np.asarray(image if image.mode == "RGB" else image.convert("RGB"))
        except (OSError, SyntaxError, ValueError) as error:  # Pillow raises any of them on a damaged file
            raise ValueError(f"{source}/{name} is not a readable image ({error}): download it again") from error
        if pixels.shape[:2] != size:
            found = f"{pixels.shape[0]}x{pixels.shape[1]}"
            raise ValueError(f"{source}/{name} is {found} pixels: expected {height}x{width}")
        images[row] = pixels.transpose(2, 0, 1)
    return images
