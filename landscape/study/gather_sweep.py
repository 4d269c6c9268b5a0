"""Gather the points of a sweep, each a study that has been gathered, in one file with a dimension for each key."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from landscape._common.netcdf import Column, Stacked
from landscape.study.gather import let_go, places_among, source_of
from landscape.study.missing import GROUP, rows_of, table
from landscape.study.shared_store import POINTS
from landscape.study.store import Study, point_name

_OF_POINTS = ("runs", "epochs", "curvature", "end", "tuning")
"""Groups of a point that the whole has too."""

__all__ = ["gather_points", "over_points"]


def gather_points(study: Study) -> None:
    """Gather the points of a sweep, of which each has been gathered, in the ``study.nc`` of the whole."""
    points = list(study.spec.grid)
    folders = [study.path / POINTS / point_name(at) for at in points]
    about = [study.spec.as_dict(study.path), study.provenance]
    gathered = [(folder / "study.nc").stat() for folder in folders]
    source = source_of([*about, *([each.st_size, each.st_mtime_ns] for each in gathered)])
    if not study.is_gathered_from(source):
        study.write_tree(*over_points(study, points, _Trees(folders)), source)


class _Trees:
    """The trees of studies, each opened when it is needed, as often as that is."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = folders

    def __iter__(self) -> Iterator[xr.DataTree]:
        for folder in self._folders:
            tree = Study.open(folder).tree
            yield tree
            let_go(tree)


def over_points(
    study: Study, points: Sequence[Mapping[str, Any]], trees: Iterable[xr.DataTree]
) -> tuple[xr.DataTree, list[Stacked]]:
    """Gather the points of a sweep in groups that have a dimension for each swept key.

    Slices, planes and spectra are in the points' own.

    Parameters
    ----------
    study : Study
        Of the sweep.
    points : sequence of mapping
        Values of the swept keys.
    trees : iterable of DataTree
        Of the points; gone through twice, so that one at a time is in memory.

    Returns
    -------
    tuple of (DataTree, list of Stacked)
        The numbers, and the text.
    """
    keys = list(points[0])
    parts: dict[str, list[tuple[tuple[Any, ...], xr.Dataset]]] = {}
    columns: dict[str, dict[str, Column]] = {}
    missing: list[dict[str, Any]] = []
    first: xr.Dataset | None = None
    for at, tree in zip(points, trees, strict=True):
        first = tree.to_dataset(inherit=False) if first is None else first
        missing += [{**at, **row} for row in rows_of(tree)]
        for group in _OF_POINTS:
            if f"/{group}" in tree.groups:
                data = _renamed(tree[group].to_dataset(), keys)
                for name in (texts := _texts(data)):
                    each = data[name]
                    column = Column((*keys, *map(str, each.dims)), each.dtype, each.attrs)
                    columns.setdefault(group, {}).setdefault(name, column)
                parts.setdefault(group, []).append((tuple(at.values()), data.drop_vars(texts).load()))
    if len({tuple(part["steps_taken"].values.tolist()) for _, part in parts.get("epochs", ())}) > 1:
        # Of each point its own, where an epoch or a run is not of the same steps at all.
        parts["epochs"] = [(at, part.reset_coords("steps_taken")) for at, part in parts["epochs"]]
    groups = {f"/{group}": _over(keys, of_group) for group, of_group in parts.items()}
    if missing:
        groups[f"/{GROUP}"] = table(**{name: [row[name] for row in missing] for name in missing[0]})
    assert first is not None
    about = {"spec": json.dumps(study.spec.as_dict(study.path)), "provenance": json.dumps(study.provenance)}

    def rows(group: str) -> Iterator[tuple[tuple[Any, ...], dict[str, Any]]]:
        whole = groups[f"/{group}"]
        for at, tree in zip(points, trees, strict=True):
            if f"/{group}" in tree.groups:
                data = _renamed(tree[group].to_dataset(), keys)
                place = tuple(whole.indexes[key].get_loc(value) for key, value in at.items())
                found = {}
                for name in _texts(data):
                    dims = columns[group][name].dimensions[len(keys) :]
                    every = np.full([whole.sizes[dim] for dim in dims], "", dtype=object)
                    there = [places_among(whole[dim].values, data[dim].values) for dim in dims]
                    every[np.ix_(*there)] = data[name].values
                    found[name] = every
                yield place, found

    tree = xr.DataTree.from_dict({"/": first.assign_attrs(about), **groups})
    return tree, [Stacked(f"/{group}", columns[group], rows(group)) for group in columns]


def _texts(data: xr.Dataset) -> list[str]:
    return [str(name) for name, each in data.data_vars.items() if each.dtype.kind in "OU"]


def _renamed(data: xr.Dataset, keys: Sequence[str]) -> xr.Dataset:
    """Rename what is called like a swept key, such as the window of each run: that name is a dimension now."""
    return data.rename({key: f"{key}_of_run" for key in keys if key in data.variables})


def _over(keys: Sequence[str], parts: Sequence[tuple[tuple[Any, ...], xr.Dataset]]) -> xr.Dataset:
    if not keys:
        return parts[0][1]
    first = list(dict.fromkeys(at[0] for at, _ in parts))
    below = [_over(keys[1:], [(at[1:], part) for at, part in parts if at[0] == value]) for value in first]
    return xr.concat(
        below,
        dim=xr.Variable(keys[0], first),
        join="outer",
        coords="minimal",
        compat="override",
        combine_attrs="override",
    )
