"""Read netCDF-4 files by h5py: many times faster than h5netcdf for the many small ones of a study's store.

What h5netcdf writes says which dimensions a variable has by their numbers; files that do not, of other programs, are
left to xarray's own reader. Values, types and attributes are decoded by xarray in either case.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import h5netcdf  # type: ignore[import-untyped]
import h5py  # type: ignore[import-untyped]
import numpy as np
import xarray as xr
from xarray.backends.common import BackendArray
from xarray.core import indexing

__all__ = ["add_stacked", "has_group", "read_groups"]

_HIDDEN = frozenset(
    ("REFERENCE_LIST", "CLASS", "DIMENSION_LIST", "NAME", "_Netcdf4Dimid", "_Netcdf4Coordinates", "_NCProperties")
)
"""Attributes that hold a file together, and are none of its content."""
_ONLY_DIMENSION = b"This is a netCDF dimension but not a netCDF variable"
_WHERE = "_Netcdf4Coordinates"


class _UnknownLayoutError(Exception):
    """A file that h5netcdf did not write."""


def read_groups(path: Path, *, lazy: bool = False) -> xr.DataTree:
    """Return all groups of a netCDF-4 file.

    Parameters
    ----------
    path : Path
    lazy : bool
        Read a variable's values when they are asked for. The file stays open for as long as any variable of it is
        there, and is the one that it was when opened, whatever takes its name meanwhile.

    Raises
    ------
    OSError
        If it is no HDF5 file.
    """
    try:
        file = h5py.File(path, "r")
        try:
            groups: dict[str, xr.Dataset] = {}
            _add(file, {}, groups, lazy)
        finally:
            if not lazy:
                file.close()
        return xr.DataTree.from_dict(groups)
    except _UnknownLayoutError:
        with xr.open_datatree(path, engine="h5netcdf") as tree:
            return tree.load()


def add_stacked(
    file: Any,
    group: str,
    coordinates: Mapping[str, Any],
    variables: Mapping[str, Mapping[str, Any]],
    rows: Iterable[tuple[tuple[int, ...], Mapping[str, Any]]],
) -> None:
    """Add a group of float64 variables to a netCDF-4 file, one row of them at a time.

    Parameters
    ----------
    file : file object
        Open for reading and writing.
    group : str
    coordinates : mapping of str to array
        All dimensions in order, with their coordinates; rows are along the last.
    variables : mapping of str to mapping
        The names, and the attributes of each.
    rows : iterable of (tuple of int, mapping of str to array)
        Places along the first dimensions, and of any variables the values from the start of the last one; NaN stands
        where none are.
    """
    shape = [len(values) for values in coordinates.values()]
    with h5netcdf.File(file, "r+") as stored:
        added = stored.create_group(group)
        added.dimensions = dict(zip(coordinates, shape, strict=True))
        for name, values in coordinates.items():
            kind = h5py.string_dtype() if np.asarray(values).dtype.kind in "OU" else np.asarray(values).dtype
            added.create_variable(name, (name,), kind, data=np.asarray(values, dtype=kind))
        for name, attributes in variables.items():
            variable = added.create_variable(
                name,
                tuple(coordinates),
                "f8",
                fillvalue=np.nan,
                chunks=(*(1 for _ in shape[:-1]), max(1, shape[-1])),
                compression="gzip",
                compression_opts=4,
            )
            variable.attrs.update(attributes)
    with h5py.File(file, "r+") as stored:
        for at, row in rows:
            for name, values in row.items():
                stored[group][name][(*at, slice(0, len(values)))] = values


def has_group(path: Path, name: str) -> bool:
    """Whether a netCDF-4 file has a group of that name."""
    with h5py.File(path, "r") as file:
        return name in file


def _add(group: h5py.Group, dimensions: dict[int, str], groups: dict[str, xr.Dataset], lazy: bool) -> None:
    """Add a group and those below it, which see its dimensions."""
    items = {name: h5py.h5o.open(group.id, name.encode()) for name in group}
    below = [name for name, item in items.items() if isinstance(item, h5py.h5g.GroupID)]
    known, raw = dict(dimensions), {}
    for name, item in items.items():
        if isinstance(item, h5py.h5d.DatasetID):
            data = h5py.Dataset(item)
            raw[name] = data, _attributes(data)
    for name, (_, attributes) in raw.items():
        if attributes.get("CLASS") == b"DIMENSION_SCALE":
            known[int(attributes["_Netcdf4Dimid"]) if "_Netcdf4Dimid" in attributes else -1] = name
    variables = {}
    for name, (data, attributes) in raw.items():
        if not bytes(attributes.get("NAME", b"")).startswith(_ONLY_DIMENSION):
            variables[name] = _variable(data, attributes, known, lazy)
    held = xr.Dataset(variables, attrs=_visible(_attributes(group)))
    decoded = xr.decode_cf(held)
    groups[group.name] = _writable(decoded) if lazy else decoded.load()
    for name in below:
        _add(group[name], known, groups, lazy)


def _writable(data: xr.Dataset) -> xr.Dataset:
    """Return lazy data that one may assign to, as xarray does: what is written is in memory from then on."""
    return data.assign(
        {
            name: xr.Variable(each.dims, indexing.CopyOnWriteArray(each._data), each.attrs, each.encoding)
            for name, each in data.variables.items()
            if name not in data.indexes
        }
    )


def _variable(data: h5py.Dataset, attributes: dict[str, Any], known: dict[int, str], lazy: bool) -> xr.Variable:
    where = attributes.get(_WHERE, ()) if data.ndim else ()
    if len(where) != data.ndim or not all(int(each) in known for each in where):
        raise _UnknownLayoutError
    dimensions = [known[int(each)] for each in where]
    stored = _Stored(data)
    values = indexing.LazilyIndexedArray(stored) if lazy else stored.read((slice(None),) * data.ndim)
    return xr.Variable(dimensions, values, _visible(attributes))


def _attributes(item: Any) -> dict[str, Any]:
    """Return the attributes of a group or variable, without the lists of references, which are slow to read."""
    out = {}
    for i in range(h5py.h5a.get_num_attrs(item.id)):
        attribute = h5py.h5a.open(item.id, index=i)
        name = attribute.name.decode()
        if name not in ("REFERENCE_LIST", "DIMENSION_LIST"):
            out[name] = item.attrs[name]
    return out


def _visible(attributes: dict[str, Any]) -> dict[str, Any]:
    """Return the content of attributes, arrays of one value as that value."""
    out = {}
    for name, value in attributes.items():
        if name not in _HIDDEN:
            out[name] = value[0] if isinstance(value, np.ndarray) and value.shape == (1,) else value
    return out


class _Stored(BackendArray):
    """A variable in a file, of which xarray reads what it needs."""

    def __init__(self, data: h5py.Dataset) -> None:
        self._is_text = h5py.check_string_dtype(data.dtype) is not None
        self._data = data.asstr() if self._is_text else data
        self.shape = data.shape
        self.dtype = h5py.string_dtype() if self._is_text else data.dtype

    def __getitem__(self, key: indexing.ExplicitIndexer) -> Any:
        return indexing.explicit_indexing_adapter(key, self.shape, indexing.IndexingSupport.OUTER_1VECTOR, self.read)

    def read(self, key: Any) -> Any:
        """Read the values at a key of slices, integers and one array at most."""
        # h5py takes neither steps backward nor indices that do not ascend.
        turned = [isinstance(part, slice) and (part.step or 1) < 0 for part in key]
        forward = tuple(
            _forward(part, n) if turn else part for part, n, turn in zip(key, self.shape, turned, strict=False)
        )
        order = [np.unique(part, return_inverse=True) if isinstance(part, np.ndarray) else None for part in forward]
        taken = self._data[tuple(part if at is None else at[0] for part, at in zip(forward, order, strict=True))]
        kept = [i for i, part in enumerate(forward) if not isinstance(part, (int, np.integer))]
        for axis, i in enumerate(kept):
            if (at := order[i]) is not None:
                taken = np.take(taken, at[1], axis=axis)
            elif turned[i]:
                taken = np.flip(taken, axis=axis)
        return np.asarray(taken, dtype=self.dtype)

    def __reduce__(self) -> Any:  # a file does not go to another process, its values do
        return indexing.NumpyIndexingAdapter, (self.read((slice(None),) * len(self.shape)),)


def _forward(part: slice, length: int) -> slice:
    """Return the slice that takes the same places of so many, ascending."""
    places = range(length)[part]
    return slice(places[-1], places[0] + 1, -places.step) if places else slice(0, 0)
