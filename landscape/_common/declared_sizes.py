"""Check what a netCDF-4 file declares before it is read: a thousand bytes can declare more than memory holds."""

from __future__ import annotations

import os
from pathlib import Path

import h5py  # type: ignore[import-untyped]

__all__ = ["check_declared_size"]

_DEFLATE = 1032
"""Most bytes that one byte compressed by deflate stands for (zlib, "Maximum Compression Factor")."""
_SLACK = 2**20
_OF_MEMORY = 0.5


def check_declared_size(path: Path) -> None:
    """Raise ValueError if a netCDF-4 file declares arrays that it cannot hold, that memory cannot, or of other files.

    Parameters
    ----------
    path : Path
        Only its table of contents is read.

    Raises
    ------
    OSError
        If it is no HDF5 file.
    """
    total, elsewhere = 0, ""

    def add(name: str, item: h5py.Group | h5py.Dataset) -> None:
        nonlocal total, elsewhere
        if isinstance(item, h5py.Dataset):
            total += int(item.size or 0) * int(item.dtype.itemsize)
            if item.is_virtual or item.external:
                elsewhere = elsewhere or name

    with h5py.File(path, "r") as file:
        file.visititems(add)
    size = path.stat().st_size
    if elsewhere:
        raise ValueError(f"'{path}' takes the values of '{elsewhere}' from another file, which is not read: delete it")
    if total > _DEFLATE * size + _SLACK:
        raise ValueError(
            f"'{path}' declares arrays of {total:,} bytes, more than its {size:,} bytes can hold: it is damaged, or "
            "was not written here; delete it"
        )
    if total > (most := _OF_MEMORY * _memory()):
        raise ValueError(
            f"'{path}' holds arrays of {total / 1e9:.1f} GB, more than half of this machine's memory "
            f"({2 * most / 1e9:.1f} GB): read it on a larger one"
        )


def _memory() -> float:
    try:
        return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (ValueError, OSError, AttributeError):  # not on every system
        return float("inf")
