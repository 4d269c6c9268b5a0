"""Checkpoints on disk, read a slice at a time; errors name the file, the cause and the remedy.

Two formats, distinguished by their first bytes: safetensors, and what `torch.save` writes (a zip file whose tensors are
not compressed); and folders of either whose index says which tensor lies in which file, as Hugging Face writes them.
Only the index is kept; tensors stay on disk until they are asked for, and can be read in slices of their flattened
entries. Nothing is unpickled but tensors (`weights_only=True`), and nothing is mapped into memory, so that what was
read does not count as memory of the process.
"""

import json
import math
import os
import struct
import zipfile
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, Self

import torch
from torch import Tensor

from landscape._common.guesses import guessable

Piece = tuple[str, int, int]
"""Name of a tensor, and first and last-but-one of its flattened entries."""

LONGEST_HEADER = 30_000_000
"""Bytes of a list of tensors, which Python holds in many times as many; those of the largest models have a million."""

_SAFETENSORS = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "F8_E4M3": torch.float8_e4m3fn,
    "F8_E5M2": torch.float8_e5m2,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}


class CheckpointError(ValueError):
    """A checkpoint that cannot be used; the message names it, says why and what to do.

    Examples
    --------
    >>> try:
    ...     ls.trajectory.Checkpoint("nowhere.pt")
    ... except ls.trajectory.CheckpointError as error:
    ...     print(error)
    The checkpoint nowhere.pt cannot be read (No such file or directory).
    """


class Entry(NamedTuple):
    """Position of a tensor in a file."""

    dtype: torch.dtype
    shape: tuple[int, ...]
    stride: tuple[int, ...] | None  # in entries; None for the dense order of rows
    start: int  # bytes of the file before its first entry
    file: str = ""  # which one next to the checkpoint's path, where it has several

    @property
    def numel(self) -> int:
        """Number of entries."""
        return torch.Size(self.shape).numel()

    @property
    def span(self) -> int:
        """Entries of the file from its first to its last."""
        if self.stride is None or not self.numel:
            return self.numel
        return 1 + sum((n - 1) * step for n, step in zip(self.shape, self.stride, strict=True))


class Checkpoint(Mapping[str, Tensor]):
    """A checkpoint on disk as a mapping from name to tensor; a tensor is read from the file whenever it is asked for.

    Parameters
    ----------
    path : str or path-like
        A safetensors file; one that `torch.save` wrote (torch 1.6 or newer) with tensors in a mapping, such as
        Lightning's .ckpt; or the folder, or the .index.json, of a model that Hugging Face's `save_pretrained` cut in
        several files.
    key : str, optional
        Of the mapping to use where the file holds several, such as "model"; torch files only. Of Lightning's files
        "state_dict" is taken by itself.
    strip_prefix : str, optional
        Take only the names that begin so, without it: "module." of DistributedDataParallel, "_orig_mod." of
        `torch.compile`, "model." of a Lightning module that holds the network as `self.model`.

    Attributes
    ----------
    path : Path
    key_ : str or None
        The part of a torch file that was taken; None where the file is one mapping.

    Raises
    ------
    CheckpointError
        If the file is missing, empty, truncated or of another kind, or no name has the prefix. Lengths are checked,
        values are not.

    Examples
    --------
    >>> torch.save({"model": model.state_dict(), "epoch": 3}, "run.pt")
    >>> checkpoint = ls.trajectory.Checkpoint("run.pt", key="model")
    >>> list(checkpoint)
    ['0.weight', '0.bias', '2.weight', '2.bias']
    >>> torch.equal(checkpoint["0.bias"], model.state_dict()["0.bias"])  # read from the file now
    True
    """

    @guessable
    def __init__(
        self, path: str | os.PathLike[str], *, key: str | None = None, strip_prefix: str | None = None
    ) -> None:
        self.path = Path(path)
        self._index: Mapping[str, Entry]
        self._index, self.key_ = _index(self.path, key)
        if strip_prefix is not None:
            self._index = _without_prefix(self._index, strip_prefix, self.path)

    def __getitem__(self, name: str) -> Tensor:
        entry = self._index[name]
        with self._open(entry.file) as file:
            return self._flat(file, name, 0, entry.numel).view(entry.shape)

    def __iter__(self) -> Iterator[str]:
        return iter(self._index)

    def __len__(self) -> int:
        return len(self._index)

    def __contains__(self, name: object) -> bool:  # a Mapping's own would read the tensor
        return name in self._index

    def __repr__(self) -> str:
        return f"Checkpoint({str(self.path)!r}, {len(self)} tensors)"

    def like(self, name: str) -> Tensor:
        """Return a tensor of the entry's shape and dtype without values, on the device "meta"."""
        entry = self._index[name]
        return torch.empty(entry.shape, dtype=entry.dtype, device="meta")

    def restricted(self, names: Iterable[str]) -> Self:
        """Return the checkpoint with these entries only, in this order."""
        other = object.__new__(type(self))
        other.path, other.key_, other._index = self.path, self.key_, {name: self._index[name] for name in names}
        return other

    def without_prefix(self, prefix: str) -> Self:
        """Return the checkpoint with only the names that begin with `prefix`, without it.

        Raises
        ------
        CheckpointError
            If there are none.
        """
        other = self.restricted(())
        other._index = _without_prefix(self._index, prefix, self.path)
        return other

    def share_index(self, known: dict[Any, Mapping[str, Entry]]) -> Self:
        """Keep the index once for all checkpoints of one layout: a thousand of them weigh as much as a model else."""
        self._index = known.setdefault(tuple(self._index.items()), self._index)
        return self

    def read(self, pieces: Iterable[Piece], out: Tensor) -> None:
        """Read slices of the flattened tensors one after the other into a vector, converted to its type.

        Raises
        ------
        CheckpointError
            If the file is gone or shorter than it was.
        """
        at = 0
        with ExitStack() as stack:
            files: dict[str, BinaryIO] = {}
            for name, start, stop in pieces:
                which = self._index[name].file
                if which not in files:
                    files[which] = stack.enter_context(self._open(which))
                out[at : at + stop - start] = self._flat(files[which], name, start, stop)
                at += stop - start

    def _open(self, which: str) -> BinaryIO:
        path = self.path if not which else (self.path if self.path.is_dir() else self.path.parent) / which
        try:
            return open(path, "rb", buffering=0)
        except OSError as error:
            raise CheckpointError(f"The checkpoint {path} cannot be read ({error.strerror}).") from error

    def _flat(self, file: BinaryIO, name: str, start: int, stop: int) -> Tensor:
        entry = self._index[name]
        if entry.stride is not None:  # such as channels_last: its slices are scattered, so all of it is read
            whole = self._raw(file, entry, 0, entry.span)
            return whole.as_strided(entry.shape, entry.stride).reshape(-1)[start:stop]
        return self._raw(file, entry, start, stop)

    def _raw(self, file: BinaryIO, entry: Entry, start: int, stop: int) -> Tensor:
        if stop <= start:
            return torch.empty(0, dtype=entry.dtype, device="cpu")
        buffer = bytearray((stop - start) * entry.dtype.itemsize)
        file.seek(entry.start + start * entry.dtype.itemsize)
        view, filled = memoryview(buffer), 0
        while filled < len(buffer):  # one call reads 2 GiB at most
            count = file.readinto(view[filled:])  # type: ignore[attr-defined]
            if not count:
                raise CheckpointError(f"The checkpoint {self.path} became shorter while it was read: save it anew.")
            filled += count
        return torch.frombuffer(buffer, dtype=entry.dtype)


def missing_prefix(state: Mapping[str, Any], names: Iterable[str]) -> str | None:
    """Return the prefix under which a state has all of `names`, such as "module."; None unless there is exactly one."""
    wanted = list(names)
    if not wanted or all(name in state for name in wanted):
        return None
    ends = [key.removesuffix(wanted[0]) for key in state if isinstance(key, str) and key.endswith(f".{wanted[0]}")]
    fitting = [prefix for prefix in ends if all(f"{prefix}{name}" in state for name in wanted)]
    return fitting[0] if len(fitting) == 1 else None


def _without_prefix(index: Mapping[str, Entry], prefix: str, path: Path) -> Mapping[str, Entry]:
    kept = {name.removeprefix(prefix): entry for name, entry in index.items() if name.startswith(prefix)}
    if not kept or "" in kept:
        some = ", ".join(map(repr, list(index)[:3])) or "none"
        raise CheckpointError(
            f"The checkpoint {path} has no names that begin with {prefix!r}: its names are {some}, ..."
        )
    return kept


def _index(path: Path, key: str | None) -> tuple[Mapping[str, Entry], str | None]:
    """Return the positions of the tensors, and which part of a torch file they are."""
    if path.is_dir():
        return _folder_index(path, key)
    if path.name.endswith(".index.json"):
        return _shards(path, path.parent, key), None
    try:
        size = path.stat().st_size
        with open(path, "rb") as file:
            first = file.read(8)
            if first.startswith(b"PK"):
                return _torch_index(path, size, key)
            if first.startswith(
                b"\x80\x02\x8a"
            ):  # its pickled magic number; a safetensors header may be 128 bytes long
                raise CheckpointError(
                    f"The checkpoint {path} is in the format of torch before 1.6, which cannot be read in parts: load "
                    "it and save its state_dict anew."
                )
            if key is not None:
                raise CheckpointError(f"The checkpoint {path} is no torch file, so it has no part {key!r}: drop key=.")
            return _safetensors_index(path, size, first, file), None
    except OSError as error:
        raise CheckpointError(f"The checkpoint {path} cannot be read ({error.strerror}).") from error


_INDEXES = (
    "model.safetensors.index.json",
    "pytorch_model.bin.index.json",
    "diffusion_pytorch_model.safetensors.index.json",
)
_SINGLE = ("model.safetensors", "pytorch_model.bin", "diffusion_pytorch_model.safetensors")


def _folder_index(path: Path, key: str | None) -> tuple[Mapping[str, Entry], str | None]:
    """Read a folder as Hugging Face's libraries lay it out."""
    if (path / ".metadata").is_file():
        raise CheckpointError(
            f"The checkpoint {path} is a folder of torch.distributed.checkpoint, whose index is a pickle, which is "
            "never read here: if you trust it, run python -m torch.distributed.checkpoint.format_utils dcp_to_torch "
            f"{path} FILE.pt, and give FILE.pt."
        )
    for name in _INDEXES:
        if (path / name).is_file():
            return _shards(path / name, path, key), None
    for name in _SINGLE:
        if (path / name).is_file():
            index, part = _index(path / name, key)
            return {tensor: entry._replace(file=name) for tensor, entry in index.items()}, part
    raise CheckpointError(
        f"The checkpoint {path} cannot be read (Is a directory without {_SINGLE[0]} or {_INDEXES[0]}): name a file of "
        "weights in it."
    )


def _shards(path: Path, folder: Path, key: str | None) -> Mapping[str, Entry]:
    """Read an index of several files: {"weight_map": {name: file}}."""
    try:
        if path.stat().st_size > LONGEST_HEADER:
            raise ValueError(f"{path.stat().st_size:,} bytes, where {LONGEST_HEADER:,} suffice")
        held: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))["weight_map"]
        files = sorted(set(held.values()))
        inside = all(Path(file).name == file for file in files)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise CheckpointError(f"The checkpoint {path} has no legible weight_map ({error!r}).") from error
    if not inside:
        raise CheckpointError(f"The checkpoint {path} names files of other folders: put them next to it.")
    found = {file: _index(folder / file, key)[0] for file in files}
    if lost := [name for name, file in held.items() if name not in found[file]]:
        raise CheckpointError(f"The checkpoint {path} says that {held[lost[0]]} holds {lost[0]!r}, and it does not.")
    return {name: found[file][name]._replace(file=file) for name, file in held.items()}


def _safetensors_index(path: Path, size: int, first: bytes, file: BinaryIO) -> Mapping[str, Entry]:
    if not size:
        raise CheckpointError(f"The checkpoint {path} is empty: it was never written to its end.")
    length = int.from_bytes(first, "little")
    if size < 8 or not 2 <= length <= 100_000_000:
        raise CheckpointError(f"The checkpoint {path} is neither a safetensors file nor one of torch.save.")
    if length > LONGEST_HEADER:
        raise CheckpointError(
            f"The checkpoint {path} says that its header has {length:,} bytes, where {LONGEST_HEADER:,} suffice: save "
            "it anew."
        )
    if 8 + length > size:
        raise CheckpointError(f"The checkpoint {path} is truncated: its header alone has more bytes than the {size}.")
    try:
        header = json.loads(file.read(length))
        header.pop("__metadata__", None)
        begins = {name: _whole(described["data_offsets"], 2) for name, described in header.items()}
        end = 8 + length + max((stop for _, stop in begins.values()), default=0)
        index = {
            name: Entry(
                _SAFETENSORS[described["dtype"]], _whole(described["shape"]), None, 8 + length + begins[name][0]
            )
            for name, described in header.items()
        }
        fits = all(
            math.prod(e.shape) * e.dtype.itemsize == begins[name][1] - begins[name][0] for name, e in index.items()
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        reason = f"{type(error).__name__}: {error}"[:200]
        raise CheckpointError(f"The checkpoint {path} has no legible safetensors header ({reason}).") from error
    if size < end:
        raise CheckpointError(f"The checkpoint {path} is truncated: it has {size} bytes of {end}.")
    if not fits:
        raise CheckpointError(f"The checkpoint {path} is corrupt: the lengths in its header contradict the shapes.")
    return index


def _whole(numbers: Any, count: int | None = None) -> tuple[int, ...]:
    """Return a list of a header as lengths or places, which are whole numbers that a file can have."""
    if not isinstance(numbers, list) or count not in (None, len(numbers)):
        raise ValueError(f"no list of {'numbers' if count is None else f'{count} numbers'}: {str(numbers)[:50]}")
    if not all(type(number) is int and 0 <= number < 2**62 for number in numbers):
        raise ValueError(f"no whole numbers from 0: {str(numbers)[:50]}")
    return tuple(numbers)


_UNSAFE = (
    " If you trust it, torch.save(torch.load(path, weights_only=False)[...], new_path) with the name of the part that "
    "holds the weights, and give new_path."
)


def _torch_index(path: Path, size: int, key: str | None) -> tuple[Mapping[str, Entry], str | None]:
    ends = _check_zip(path, size)
    try:
        # On "meta" no values are read, and each storage knows where in the file its bytes are.
        content: Any = torch.load(path, mmap=True, weights_only=True, map_location="meta")
    except Exception as error:  # whatever the zip reader and the unpickler raise on damaged files
        reason = str(error).split("\n")[0].split(". ")[0]
        raise CheckpointError(
            f"The checkpoint {path} is truncated, corrupt or holds more than tensors: torch.load says {reason!r}."
            + (_UNSAFE if "eights only" in str(error) else "")
        ) from error
    if key is not None:
        if not isinstance(content, Mapping) or key not in content:
            raise CheckpointError(f"The checkpoint {path} has no part {key!r}{_parts(content)}.")
        content = content[key]
    elif isinstance(content, Mapping) and "pytorch-lightning_version" in content:
        key, content = "state_dict", content.get("state_dict")
    if not _are_tensors(content) and content != {}:
        raise CheckpointError(
            f"The checkpoint {path} is not a mapping from name to tensor{_parts(content)}: "
            'give Checkpoint(path, key="...") with the name of the part that is.'
        )
    return {str(name): _torch_entry(path, ends, str(name), tensor) for name, tensor in content.items()}, key


def _check_zip(path: Path, size: int) -> list[int]:
    """Refuse what `torch.save` does not write: a thousand compressed bytes hold a million, and their place is none.

    Nor archives in which readers may find different things: Python's, which looks here, and torch's. Returns where the
    parts end.
    """
    try:
        with zipfile.ZipFile(path) as file:
            parts = sorted(file.infolist(), key=lambda part: part.header_offset)
            directory = file.start_dir
    except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error, EOFError) as error:
        raise CheckpointError(
            f"The checkpoint {path} is truncated or corrupt: its zip archive has no legible directory ({error})."
        ) from error
    if any(part.compress_type != zipfile.ZIP_STORED for part in parts):
        raise CheckpointError(
            f"The checkpoint {path} is a compressed zip file, which torch.save never writes: save it anew, without "
            "compression."
        )
    described = sum(part.file_size for part in parts if part.filename.endswith(".pkl"))
    if described > LONGEST_HEADER:
        raise CheckpointError(
            f"The checkpoint {path} holds {described:,} bytes besides its tensors, where {LONGEST_HEADER:,} suffice: "
            "save its state_dict alone."
        )
    ends: list[int] = []
    with open(path, "rb") as file:
        for part in parts:
            ends.append(_end_of_part(file, part))
            if part.header_offset < (ends[-2] if len(ends) > 1 else 0):
                ends[-1] = -1
        alike = len({part.filename.lower() for part in parts}) == len(parts) and _has_one_directory(file, size)
    if -1 in ends or not alike or not parts or parts[0].header_offset or ends[-1] > directory:
        raise CheckpointError(
            f"The checkpoint {path} is a zip archive that contradicts itself, as torch.save writes none: if you trust "
            "it, save what torch.load finds in it anew."
        )
    return ends


def _end_of_part(file: BinaryIO, part: zipfile.ZipInfo) -> int:
    """Return where the bytes of a part end; -1 if its own header is another one than that in the directory."""
    file.seek(part.header_offset)
    header = file.read(30)
    if len(header) < 30 or not header.startswith(b"PK\3\4"):
        return -1
    (method,), (name, extra) = struct.unpack("<H", header[8:10]), struct.unpack("<HH", header[26:])
    encoding = "utf-8" if part.flag_bits & 0x800 else "cp437"
    if method != zipfile.ZIP_STORED or file.read(name) != part.orig_filename.encode(encoding):
        return -1
    if part.compress_size != part.file_size:
        return -1
    return part.header_offset + 30 + int(name) + int(extra) + part.file_size


def _has_one_directory(file: BinaryIO, size: int) -> bool:
    """Whether the end of a large archive stands where its locator says: torch looks there, Python right before it."""
    file.seek(max(0, size - _LONGEST_END))
    last = file.read()
    end = last.rfind(b"PK\5\6")
    if end < 20 or last[end - 20 : end - 16] != b"PK\6\7":
        return True
    (place,) = struct.unpack("<Q", last[end - 12 : end - 4])
    return bool(place == size - len(last) + end - 76)


_LONGEST_END = 2**16 + 98
"""Bytes of the records at the end of an archive, with a comment."""


def _are_tensors(content: Any) -> bool:
    """Whether an object is a non-empty mapping from names to tensors."""
    if not isinstance(content, Mapping) or not content:
        return False
    return all(isinstance(tensor, Tensor) for tensor in content.values())


def _torch_entry(path: Path, ends: Sequence[int], name: str, tensor: Tensor) -> Entry:
    begin = getattr(tensor.untyped_storage(), "_checkpoint_offset", None) if tensor.layout == torch.strided else None
    if begin is None:
        raise CheckpointError(f"The checkpoint {path} holds {name!r} as no dense tensor: save its dense values.")
    dense = tensor.is_contiguous()
    start = begin + tensor.storage_offset() * tensor.dtype.itemsize
    entry = Entry(tensor.dtype, tuple(tensor.shape), None if dense else tensor.stride(), start)
    end = ends[min(bisect_right(ends, start), len(ends) - 1)]  # of the part that it begins in
    if entry.numel * tensor.dtype.itemsize > ends[-1]:  # one number in the place of millions, as of `expand`
        raise CheckpointError(
            f"The checkpoint {path} holds {name!r} as {entry.numel:,} views of fewer numbers: save its .contiguous()."
        )
    if start + entry.span * tensor.dtype.itemsize > end:
        raise CheckpointError(f"The checkpoint {path} is corrupt: {name!r} reaches beyond its end.")
    return entry


def _parts(content: Any) -> str:
    return f" (it has {', '.join(map(repr, list(content)[:5]))})" if isinstance(content, Mapping) else ""
