"""Checksums that a file carries itself, so that damage is found when it is read, and files that were taken for others.

XXH3 (xxhash.com), which is faster than a disk: it finds damage, and is no proof against forgery. JSON has it as a key,
safetensors in their metadata, and netCDF in a line behind the last byte that HDF5 looks at, which other readers ignore.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import xxhash

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["DamagedFileError", "checksum_of_tensors", "read_seal", "seal_file", "sealed", "signed", "verified"]

KEY = "xxh3"
_MARK = b"\n# landscape: "
_LONGEST_SEAL = 4096
_CHUNK = 1 << 20


class DamagedFileError(ValueError):
    """A file that is not as it was written, or not the one that belongs there.

    Parameters
    ----------
    path : Path
    reason : str
        In words that follow "is damaged".
    remedy : str
        What to do, where more is known than that.
    """

    def __init__(self, path: Path, reason: str, remedy: str = "") -> None:
        super().__init__(path, reason, remedy)
        self.path, self.reason, self.remedy = path, " ".join(reason.split()), remedy

    def __str__(self) -> str:
        what = "is missing" if self.reason == "it is missing" else f"is damaged ({self.reason})"
        return f"'{self.path}' {what}" + (f": {self.remedy}" if self.remedy else "")


def _plain(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def sealed(content: bytes | memoryview, about: Mapping[str, str]) -> bytes:
    """Return a file's content with a last line that holds what it is and the checksum of both."""
    return b"".join((content, _seal(xxhash.xxh3_64(content), len(content), about)))


def seal_file(file: IO[bytes], about: Mapping[str, str]) -> None:
    """Add that last line to a file that is open for reading and writing."""
    digest, length = xxhash.xxh3_64(), 0
    file.seek(0)
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
        length += len(chunk)
    file.write(_seal(digest, length, about))


def _seal(digest: Any, length: int, about: Mapping[str, str]) -> bytes:
    own = {**about, "bytes": str(length)}
    digest.update(_plain(own))
    return b"".join((_MARK, _plain(own | {KEY: digest.hexdigest()}), b"\n"))


def read_seal(path: Path) -> dict[str, str] | None:
    """Return what the last line of a file says, after comparing the checksum; None where there is no such line.

    Raises
    ------
    DamagedFileError
        If the checksum is not that of the content.
    """
    with open(path, "rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - _LONGEST_SEAL))
        end = file.read()
        at = end.rfind(_MARK)
        if at < 0:
            return None
        length = size - len(end) + at
        try:
            own = json.loads(end[at + len(_MARK) :])
            there = own.pop(KEY)
            _ = own["bytes"]
            plain = _plain(own)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise DamagedFileError(path, "the line with its checksum is illegible") from None
        digest = xxhash.xxh3_64()
        file.seek(0)
        while length:
            chunk = file.read(min(_CHUNK, length))
            if not chunk:
                break
            digest.update(chunk)
            length -= len(chunk)
        digest.update(plain)
    if digest.hexdigest() != there:
        raise DamagedFileError(path, "its content has another checksum than when it was written")
    return own


def signed(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a JSON-able record with its checksum."""
    plain = json.loads(json.dumps(dict(record)))
    return plain | {KEY: xxhash.xxh3_64(_plain(plain)).hexdigest()}


def verified(record: Any, path: Path, *, required: bool) -> dict[str, Any]:
    """Return a record without its checksum, after comparing it.

    Raises
    ------
    DamagedFileError
        If it is no mapping, the checksum is another one, or a required one is missing.
    """
    if not isinstance(record, dict):
        raise DamagedFileError(path, f"it holds a {type(record).__name__} and no record")
    rest = {name: value for name, value in record.items() if name != KEY}
    if KEY not in record and not required:
        return rest
    try:
        there = xxhash.xxh3_64(_plain(rest)).hexdigest()
    except ValueError:
        there = ""  # not a number, which was never written
    if record.get(KEY) != there:
        raise DamagedFileError(path, "its content has another checksum than when it was written")
    return rest


def checksum_of_tensors(tensors: Mapping[str, Tensor], about: Mapping[str, str]) -> str:
    """Return the checksum of tensors on the CPU, with their names, types and shapes, and of what they are."""
    import torch  # here, for figures are sealed without it

    digest = xxhash.xxh3_64(_plain({name: value for name, value in about.items() if name != KEY}))
    for name in sorted(tensors):
        tensor = tensors[name].detach().resolve_conj().resolve_neg().contiguous()
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        # A single element counts as contiguous whatever its stride, which then stands in the way of bytes.
        digest.update(tensor.as_strided((tensor.numel(),), (1,)).view(torch.uint8).numpy().data)
    return digest.hexdigest()
