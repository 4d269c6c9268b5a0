"""Atomic files: a reader sees the whole of a file or nothing, whenever the writer was killed."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tomli_w
import xarray as xr
from safetensors.torch import load_file, save_file
from torch import Tensor

from landscape._common.declared_sizes import check_declared_size

__all__ = [
    "atomic_path",
    "current_names",
    "read_json",
    "read_tensors",
    "read_tree",
    "write_bytes",
    "write_json",
    "write_tensors",
    "write_text",
    "write_toml",
    "write_tree",
]


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Context of a temporary file in the folder of `path`.

    It is moved onto `path` when the block succeeds, and removed otherwise.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o644)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_bytes(path: Path, content: bytes) -> None:
    """Write bytes atomically."""
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text atomically."""
    write_bytes(path, text.encode())


def write_json(path: Path, value: Any) -> None:
    """Write JSON atomically, indented so that a person can read it; NaN becomes null, which JSON lacks."""
    write_text(path, json_text(value) + "\n")


def json_text(value: Any) -> str:
    """Return JSON as `write_json` writes it."""
    return json.dumps(_without_nan(value), indent=2, allow_nan=False)


def read_json(path: Path) -> Any:
    """Read a JSON file; ValueError for what is none."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except RecursionError:
        raise ValueError(f"'{path}' has lists in each other deeper than Python reads") from None


def write_toml(path: Path, value: Mapping[str, Any], comment: str) -> None:
    """Write TOML atomically under a one-line comment."""
    write_text(path, f"# {comment}\n{tomli_w.dumps(value)}")


def write_tensors(path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> None:
    """Write named tensors as safetensors atomically."""
    with atomic_path(path) as temporary:
        save_file(dict(tensors), temporary, metadata=dict(metadata))


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Read named tensors."""
    return load_file(path)


def write_tree(path: Path, tree: xr.DataTree) -> None:
    """Write a DataTree as one netCDF-4 file atomically, its numbers losslessly compressed.

    By h5netcdf, for h5py has a lock: under netCDF4 a thread that reads while another writes ends the process.
    """
    packed = {"zlib": True, "complevel": 4}
    encoding = {
        node.path: {name: packed for name, array in node.data_vars.items() if array.dtype.kind in "fi" and array.ndim}
        for node in tree.subtree
    }
    with atomic_path(path) as temporary:
        tree.to_netcdf(temporary, engine="h5netcdf", encoding=encoding)


def read_tree(path: Path) -> xr.DataTree:
    """Read a netCDF-4 file into memory and close it; the dimension that schema version 1 called method is optimizer."""
    check_declared_size(path)
    with xr.open_datatree(path, engine="h5netcdf") as tree:
        return tree.load().map_over_datasets(current_names)


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
