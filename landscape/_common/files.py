"""Files of studies: TOML, JSON, safetensors and netCDF, written atomically and with their checksums."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import takewhile
from pathlib import Path
from typing import Any

import tomli_w
import xarray as xr
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from landscape._common.atomic import (
    CannotWriteError,
    naming,
    remove_leftovers,
    temporary_name,
    write_bytes,
    write_text,
    write_together,
    written_aside,
)
from landscape._common.checksums import (
    KEY,
    DamagedFileError,
    checksum_of_tensors,
    read_seal,
    seal_file,
    sealed,
    signed,
    verified,
)
from landscape._common.declared_sizes import check_declared_size
from landscape._common.netcdf import Stacked, netcdf_bytes, read_groups, write_groups

__all__ = [
    "CannotWriteError",
    "check_seal",
    "check_tensors",
    "current_names",
    "json_text",
    "naming",
    "netcdf_bytes",
    "read_dataset",
    "read_json",
    "read_record",
    "read_tensors",
    "read_tree",
    "remove_leftovers",
    "temporary_name",
    "write_bytes",
    "write_json",
    "write_record",
    "write_stacked",
    "write_tensors",
    "write_text",
    "write_together",
    "write_toml",
    "write_tree",
]


def write_json(path: Path, value: Any) -> None:
    """Write JSON atomically, indented so that a person can read it; NaN becomes null, which JSON lacks."""
    write_text(path, json_text(value) + "\n")


def json_text(value: Any) -> str:
    """Return JSON as `write_json` writes it."""
    return json.dumps(_without_nan(value), indent=2, allow_nan=False)


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Raises
    ------
    DamagedFileError
        If it is none.
    """
    try:
        return json.loads(path.read_bytes())
    except RecursionError as error:
        raise DamagedFileError(path, "its lists are deeper than Python reads") from error
    except ValueError as error:
        raise DamagedFileError(path, f"it is no JSON: {error}" if path.stat().st_size else "it is empty") from error


def write_record(path: Path, record: Mapping[str, Any]) -> None:
    """Write a JSON record with its checksum atomically."""
    write_json(path, signed(_without_nan(record)))


def read_record(path: Path, *, required: bool = False) -> dict[str, Any]:
    """Read a JSON record, after comparing its checksum.

    Raises
    ------
    DamagedFileError
        If it is no record, or has another checksum, or none where one is required.
    """
    return verified(read_json(path), path, required=required)


def write_toml(path: Path, value: Mapping[str, Any], comment: str) -> None:
    """Write TOML atomically under a one-line comment."""
    write_text(path, f"# {comment}\n{tomli_w.dumps(value)}")


def write_tensors(path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> None:
    """Write named tensors as safetensors atomically; their metadata have the checksum."""
    held = {name: tensor.detach().resolve_conj().resolve_neg().cpu() for name, tensor in tensors.items()}
    about = dict(metadata)
    write_bytes(path, _ordered(save(held, metadata=about | {KEY: checksum_of_tensors(held, about)})))


def _ordered(content: bytes) -> bytes:
    """Return safetensors with their metadata in order, which safetensors writes in another one each time."""
    end = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:end])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    size = len(text) + -len(text) % 8  # as safetensors aligns what follows
    return b"".join([size.to_bytes(8, "little"), text.ljust(size), content[end:]])


def read_tensors(path: Path, about: Mapping[str, str] | None = None, *, required: bool = False) -> dict[str, Tensor]:
    """Read named tensors, after comparing their checksum.

    Parameters
    ----------
    path : Path
    about : Mapping, optional
        What the metadata have to say of them.
    required : bool
        Whether there has to be a checksum.

    Raises
    ------
    DamagedFileError
        If it is no file of tensors, belongs elsewhere, or has another checksum, or none where one is required.
    """
    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (a file, not a mapping)
    except FileNotFoundError as error:  # safetensors' own names no file
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path)) from error
    except (SafetensorError, ValueError, KeyError, RuntimeError, OverflowError) as error:
        raise DamagedFileError(path, "it is empty" if not path.stat().st_size else f"{error}") from error
    if (required or KEY in metadata) and metadata.get(KEY) != checksum_of_tensors(tensors, metadata):
        raise DamagedFileError(path, "its content has another checksum than when it was written")
    _compare(path, metadata, about or {}, required=required)
    return tensors


def check_tensors(path: Path, about: Mapping[str, str]) -> None:
    """Check the checksum of a safetensors file that has one, and what it says of itself.

    Raises
    ------
    DamagedFileError
        As of `read_tensors`.
    """
    with suppress(SafetensorError), safe_open(path, framework="pt", device="cpu") as file:
        if KEY in (file.metadata() or {}):
            read_tensors(path, about)


def write_tree(path: Path, tree: xr.DataTree, about: Mapping[str, str] | None = None) -> None:
    """Write a DataTree as one netCDF-4 file atomically, with what it is and its checksum."""
    write_bytes(path, sealed(netcdf_bytes(tree), about or {}))


def write_stacked(path: Path, tree: xr.DataTree, about: Mapping[str, str], stacked: Sequence[Stacked]) -> None:
    """Write a DataTree as `write_tree` does, and variables that need not be in memory as `write_groups` does."""
    with written_aside(path) as file:
        taken = [replace(part, rows=takewhile(lambda _: file.error is None, part.rows)) for part in stacked]
        write_groups(file, tree, taken)
        seal_file(file, about)


def read_tree(
    path: Path, about: Mapping[str, str] | None = None, *, required: bool = False, lazy: bool = False
) -> xr.DataTree:
    """Read a netCDF-4 file into memory and close it; the dimension that schema version 1 called method is optimizer.

    Text is in arrays of objects, which take no more memory than it has letters.

    Parameters
    ----------
    path : Path
    about : Mapping, optional
        What the file has to say of itself.
    required : bool
        Whether there has to be a checksum.
    lazy : bool
        Read values when they are asked for, where a checksum says that all of them are there: see `read_groups`.

    Raises
    ------
    DamagedFileError
        If it is no such file, belongs elsewhere, or has another checksum, or none where one is required.
    """
    is_sealed = check_seal(path, about, required=required)
    _check_size(path)
    with _as_netcdf(path):
        tree = read_groups(path, lazy=lazy and is_sealed)
        return tree.map_over_datasets(current_names) if _is_old(tree) else tree


def _is_old(tree: xr.DataTree) -> bool:
    return any("method" in node.variables or "method" in node.dims for node in tree.subtree)


def read_dataset(path: Path) -> xr.Dataset:
    """Read a netCDF-4 file of one group into memory and close it, after comparing the checksum that it may have.

    Raises
    ------
    DamagedFileError
        If it is none, or has another checksum.
    """
    check_seal(path)
    _check_size(path)
    with _as_netcdf(path), xr.open_dataset(path, engine="h5netcdf") as data:
        return current_names(data.load())


def _check_size(path: Path) -> None:
    with suppress(OSError, RuntimeError, KeyError):  # said by those who read it
        check_declared_size(path)


@contextmanager
def _as_netcdf(path: Path) -> Iterator[None]:
    try:
        yield
    except MemoryError:
        raise
    except Exception as error:  # whatever the libraries make of what is no netCDF
        if isinstance(error, OSError) and error.errno is not None:
            raise
        why = f"it is no netCDF: {error}" if path.stat().st_size else "it is empty"
        raise DamagedFileError(path, why) from error


def check_seal(path: Path, about: Mapping[str, str] | None = None, *, required: bool = False) -> bool:
    """Check a netCDF file's checksum and what it says of itself without reading it; return whether it has one.

    Raises
    ------
    DamagedFileError
        As of `read_tree`.
    """
    seal = read_seal(path)
    if seal is None and required:
        raise DamagedFileError(path, "it lacks its checksum" if path.stat().st_size else "it is empty")
    if seal is not None:
        _compare(path, seal, about or {}, required=required)
    return seal is not None


def _compare(path: Path, there: Mapping[str, str], about: Mapping[str, str], *, required: bool) -> None:
    for name, wanted in about.items():
        if there.get(name) != wanted and (required or name in there):
            raise DamagedFileError(path, f"it belongs elsewhere, its {name} is {there.get(name)!r} and not {wanted!r}")


def current_names(data: xr.Dataset) -> xr.Dataset:
    """Return data of any schema version under the names of the present one.

    A dimension called method cannot be selected by keyword: xarray's `sel(method=...)` is its way of interpolating, and
    returns every method without a word.
    """
    return data.rename(method="optimizer") if "method" in data.variables or "method" in data.dims else data


def _without_nan(value: Any) -> Any:
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else None
    if isinstance(value, Mapping):
        return {str(key): _without_nan(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_nan(item) for item in value]
    return value
