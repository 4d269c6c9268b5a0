"""Files of unfinished slices, which a later call resumes: a heading, then one line of JSON for each point."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xxhash
from numpy.typing import NDArray

from landscape._common.files import naming

__all__ = ["PointFile"]


class PointFile:
    """A file of values at points, appended as they are evaluated.

    The first line is the heading, which identifies the slice. Each other line is `[index, {"values": [...], "xxh3":
    ...}]`, where the checksum is of the heading too, so that no line of another file is taken for one of this; those of
    older versions are `[index, [values]]`. A last line that a kill has cut off is dropped.

    Parameters
    ----------
    path : str or Path
        Created with its folders if it is missing.
    heading : mapping
        JSON-able; a file with another one is refused.

    Attributes
    ----------
    found : dict of int to list of float
        What the file holds already.

    Raises
    ------
    ValueError
        If the file holds something else; the message says what differs.
    """

    def __init__(self, path: str | os.PathLike[str], heading: Mapping[str, Any]) -> None:
        self._path = Path(path)
        self.found: dict[int, list[float]] = {}
        plain: dict[str, Any] = json.loads(json.dumps(heading))
        self._heading = json.dumps(plain)
        complete = self._read(plain)
        with naming(self._path):
            if complete is None:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._path.write_text(json.dumps(plain) + "\n")
            else:
                with self._path.open("r+b") as file:
                    file.truncate(complete)

    def rows(self, points: int, width: int) -> dict[int, list[float]]:
        """Return what the file holds already, of a slice of so many points with so many values each.

        Raises
        ------
        ValueError
            If a line is of another point, or has other values.
        """
        for index, values in self.found.items():
            if not 0 <= index < points or len(values) != width:
                raise ValueError(
                    f"{self._path} is damaged: it has {len(values)} values at point {index}, of a slice of {points} "
                    f"points with {width} values each: delete the file, or give path= a new name."
                )
        return self.found

    def append(self, indices: Sequence[int] | NDArray[np.int64], rows: NDArray[np.float64]) -> None:
        """Append points; they are on disk when this returns."""
        lines = [self._line(int(i), [float(v) for v in row]) for i, row in zip(indices, rows, strict=True)]
        with naming(self._path), self._path.open("a") as file:
            file.write("".join(lines))
            file.flush()
            os.fsync(file.fileno())

    def _read(self, heading: dict[str, Any]) -> int | None:
        """Read the file; return the number of bytes of its complete lines, or None if it has no heading yet."""
        data = self._path.read_bytes() if self._path.exists() else b""
        end = data.rfind(b"\n") + 1
        lines = data[:end].decode(errors="replace").splitlines()
        if not lines:
            if data and not json.dumps(heading).encode().startswith(data):
                raise ValueError(f"{self._path} is not a half-finished slice: give path= a new name.")
            return None
        there = self._parsed(lines[0], 1)
        if not isinstance(there, dict):
            raise ValueError(f"{self._path} is not a half-finished slice: give path= a new name.")
        if there != heading:
            other = next((name for name in heading if there.get(name) != heading[name]), "entries")
            raise ValueError(
                f"{self._path} holds a slice that differs from this one in its {other}: give path= a new name, or "
                "delete the file."
            )
        self._heading = json.dumps(there)  # as it was written: its keys may be in another order
        for number, line in enumerate(lines[1:], 2):
            point = self._parsed(line, number)
            values = self._values(point)
            if values is None:
                raise self._damaged(number)
            self.found[int(point[0])] = values
        return end

    def _line(self, index: int, values: list[float]) -> str:
        return json.dumps([index, {"values": values, "xxh3": self._checksum(index, values)}]) + "\n"

    def _checksum(self, index: Any, values: Any) -> str:
        return xxhash.xxh3_64(json.dumps([self._heading, index, values]).encode()).hexdigest()

    def _values(self, point: Any) -> list[float] | None:
        """Return the values of a line, None if it is not as it was written."""
        if not (isinstance(point, list) and len(point) == 2 and type(point[0]) is int):
            return None
        values = point[1]
        if isinstance(values, dict):
            if values.get("xxh3") != self._checksum(point[0], values.get("values")):
                return None
            values = values["values"]
        known = isinstance(values, list) and all(type(value) in (int, float) for value in values)
        return [float(value) for value in values] if known else None

    def _damaged(self, number: int) -> ValueError:
        return ValueError(f"{self._path} is damaged in line {number}: delete that line, and its point is redone.")

    def _parsed(self, line: str, number: int) -> Any:
        try:
            return json.loads(line)
        except json.JSONDecodeError:
            if number == 1:
                return None
            raise self._damaged(number) from None
