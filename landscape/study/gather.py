"""Gather all runs and measures of a study in one file with named dimensions."""

from __future__ import annotations

import json
import math
import pickle
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from landscape._common.netcdf import Column, Stacked
from landscape.study.failures import FAILED, failure_of
from landscape.study.integrity import NOWHERE
from landscape.study.missing import EVERYTHING, GROUP, NO_STEP, PLANE, SPECTRUM, rows_of, table
from landscape.study.plan import installed_version
from landscape.study.spec import StudySpec
from landscape.study.stability import with_edge
from landscape.study.store import Study, identity
from landscape.study.study_folder import SCHEMA_VERSION
from zenith._common.environment import ENVIRONMENT

_OF_MEASURES = ("/curvature", "/end", "/lines/random", "/lines/eigenvector")
"""Groups of a run's measures, which a run may lack."""
_RUNS = ("optimizer", "seed")
Array = np.ndarray[Any, Any]
_Values = tuple[tuple[str, ...], Array]
"""A variable of one run: its dimensions and values."""

__all__ = ["fill", "gather", "let_go", "places_among", "source_of", "stack"]

_RUN_FIELDS = (
    "status",
    "steps_taken",
    "total_steps",
    "training_seconds",
    "initial_weights_sha256",
    "batch_order_sha256",
    "window",
)


def gather(
    study: Study,
    runs: Mapping[tuple[str, int], str],
    measures: Mapping[tuple[str, int], str],
    planes: Mapping[int, str],
    spectra: Mapping[tuple[str, int], str],
    spec: StudySpec,
    lengths: Mapping[str, Mapping[str, Any]],
    tuning: xr.Dataset | None = None,
) -> None:
    """Gather the files of a study's store in ``study.nc``, which is read by `Study.tree`.

    Parameters
    ----------
    study : Study
        The store.
    runs, measures : Mapping of (method, seed) to str
        Identities of the runs and of their measures.
    planes : Mapping of seed to str
        Identities of the planes.
    spectra : Mapping of (method, seed) to str
        Identities of the spectral densities.
    spec : StudySpec
        Of the plan: it knows the task and the methods also where they are objects of this session, which the store
        cannot give back. The loss and metric of its task are described in the root's attributes.
    lengths : Mapping of str to Mapping
        What decided the steps of each method, where the budget is in seconds or gradient evaluations.
    tuning : Dataset, optional
        Trials of the methods, for the group ``tuning``.

    Notes
    -----
    Groups ``runs``, ``traces``, ``epochs``, ``curvature``, ``end``, ``lines/random``, ``lines/eigenvector`` over
    (optimizer, seed), ``spectra`` over (optimizer, seed) of its seeds, and ``planes/seed<k>``; ``budget`` over
    optimizer where `lengths` are given. What a diverged run lacks is NaN, and so is what could not be measured, which
    ``not_measured`` lists with the reasons. Where the methods take unequal steps, ``epochs`` and ``curvature`` have all
    steps at which some run was evaluated, NaN for those that were not, and ``total_steps`` of ``runs`` says where each
    ends. A run that failed has NaN everywhere, and its reason in ``runs``.

    One run is in memory at a time: of the others there are the numbers, without those of each step, and their text,
    packed. Where ``study.nc`` was made of the same files already, nothing is done.
    """
    attrs = {
        "schema_version": SCHEMA_VERSION,
        "spec": json.dumps(study.spec.as_dict(study.path)),
        "provenance": json.dumps(study.provenance),
        "loss_label": spec.loaded_task.loss_label,
        "metric": spec.loaded_task.metric.name,
        "metric_label": spec.loaded_task.metric.label,
        "metric_unit": spec.loaded_task.metric.unit,
        "metric_higher_is_better": int(spec.loaded_task.metric.higher_is_better),
    }
    named: dict[str, Mapping[Any, str]] = {"runs": runs, "measures": measures, "planes": planes, "spectra": spectra}
    files = [
        [kind, str(key), name, study.stamp(kind, name), failure_of(study, kind, name)]
        for kind, names in named.items()
        for key, name in names.items()
    ]
    source = source_of([attrs, files, lengths, None if tuning is None else tuning.to_dict()])
    if study.is_gathered_from(source):
        return
    missing: list[dict[str, Any]] = []
    stacks = {group: _Stack(runs) for group in ("/epochs", *_OF_MEASURES)}
    rates, steps = _Stack(runs), _Steps(study, runs)
    for key, name in runs.items():
        trained = study.has_run(name)
        if trained:
            trace = study.read_trace(name)
            lr = trace["steps"].to_dataset()["lr"].values
            steps.see(trace["steps"].to_dataset())
            stacks["/epochs"].add(key, trace["epochs"].to_dataset())
            let_go(trace)
        measured_at: list[int] = []
        if study.has_measure("measures", measures[key]):
            tree = study.read_measure("measures", measures[key])
            missing += [{"optimizer": key[0], "seed": key[1]} | row for row in rows_of(tree)]
            for group in _OF_MEASURES:
                if group in tree.groups:
                    stacks[group].add(key, tree[group].to_dataset())
            if "/curvature" in tree.groups:
                measured_at = tree["curvature"].to_dataset()["step"].values.tolist()
            let_go(tree)
        elif trained:
            missing += _failed(study, "measures", measures[key], EVERYTHING, *key)
        if trained:
            rates.add(key, _rates(lr, measured_at))
    groups = {"/runs": _runs(study, runs, measures), "/traces": steps.coordinates()}
    groups["/epochs"] = _evaluations(study, runs, stacks["/epochs"])
    if lengths:
        groups["/budget"] = _budget(lengths)
    groups |= {group: stacks[group].numbers() for group in _OF_MEASURES if stacks[group]}
    if "/curvature" in groups:
        groups["/curvature"] = with_edge(groups["/curvature"], rates.numbers(), spec)
    for seed, name in planes.items():
        if study.has_measure("planes", name):
            tree = study.read_measure("planes", name)
            missing += [{"optimizer": "", "seed": seed} | row for row in rows_of(tree)]
            if "/plane" not in tree.groups:
                continue
            groups[f"/planes/seed{seed}/plane"] = tree["plane"].to_dataset()
            groups[f"/planes/seed{seed}/trajectories"] = tree["trajectories"].to_dataset()
        else:
            missing += _failed(study, "planes", name, PLANE, "", seed)
    estimated: dict[tuple[str, int], xr.Dataset] = {}
    for key, name in spectra.items():
        if study.has_measure("spectra", name):
            tree = study.read_measure("spectra", name)
            missing += [{"optimizer": key[0], "seed": key[1]} | row for row in rows_of(tree)]
            if "ritz_value" in tree:
                estimated[key] = tree.to_dataset().drop_encoding()
        elif study.has_run(runs[key]):
            missing += _failed(study, "spectra", name, SPECTRUM, *key)
    if estimated:
        groups["/spectra"] = stack(fill(estimated, list(spectra)))
    if missing:
        groups[f"/{GROUP}"] = table(**{name: [row[name] for row in missing] for name in missing[0]})
    if tuning is not None:
        groups["/tuning"] = tuning
    texts = [each.text(group) for group, each in stacks.items() if each]
    study.write_tree(
        xr.DataTree.from_dict({"/": xr.Dataset(attrs=attrs), **groups}), [*texts, steps.stacked("/traces")], source
    )


def source_of(parts: Sequence[Any]) -> str:
    """Return a digest of what a ``study.nc`` is made of, and of the version that makes it."""
    return identity({"made of": json.dumps([installed_version("zenith-landscape"), *parts], default=str)})


def let_go(tree: xr.DataTree) -> None:
    """Free what was read at once: groups that know each other wait for the garbage collector, many at a time."""
    for node in list(tree.subtree):
        node.children = {}


def _rates(lr: np.ndarray[Any, Any], measured: Sequence[int]) -> xr.Dataset:
    """Return a run's learning rate at the steps after which it was measured, and at the last one."""
    at = sorted({step for step in measured if step < len(lr)} | {len(lr) - 1} - {-1})
    return xr.Dataset({"lr": ("measured_at", lr[at])}, coords={"measured_at": np.asarray(at, dtype=np.int64)})


def _failed(study: Study, kind: str, name: str, what: str, method: str, seed: int) -> list[dict[str, Any]]:
    """Return the row of what is missing where a measurement failed as a whole; none where there was none to make."""
    record = failure_of(study, kind, name)
    if record is None:
        return []
    return [{"optimizer": method, "seed": seed, "what": what, "step": NO_STEP, "reason": str(record["reason"])}]


class _Stack:
    """A group of all runs, packed; a run that lacks it, or a part of it, has NaN and empty text there.

    Parameters
    ----------
    keys : iterable of (method, seed)
        Of all runs: every method with every seed.
    """

    def __init__(self, keys: Iterable[tuple[str, int]]) -> None:
        self._methods, self._seeds = (list(dict.fromkeys(part)) for part in zip(*keys, strict=True))
        self._packed: dict[tuple[str, int], tuple[bytes, bytes]] = {}
        self._labels: dict[str, Array] = {}
        self._indexed: set[str] = set()
        self._columns: dict[str, Column] = {}

    def __bool__(self) -> bool:
        return bool(self._packed)

    def add(self, key: tuple[str, int], data: xr.Dataset) -> None:
        """Add a run."""
        for dim in map(str, data.sizes):
            own, known = data[dim].values, self._labels.get(dim)
            self._labels[dim] = own if known is None or np.array_equal(known, own) else np.union1d(known, own)
        self._indexed |= {str(name) for name in data.indexes}
        numbers: dict[str, _Values] = {}
        texts: dict[str, _Values] = {}
        for name, each in data.variables.items():
            text = each.dtype.kind in "OU"
            if str(name) not in self._indexed:
                known_as = self._columns.get(str(name))
                dtype = each.dtype if known_as is None or text else np.result_type(known_as.dtype, each.dtype)
                over = () if name in data.coords else _RUNS
                self._columns[str(name)] = Column((*over, *map(str, each.dims)), dtype, each.attrs)
            for values in (numbers, texts) if str(name) in self._indexed else (texts if text else numbers,):
                values[str(name)] = tuple(map(str, each.dims)), each.values
        self._packed[key] = _packed(numbers), _packed(texts)

    def runs(self) -> Iterator[tuple[tuple[str, int], xr.Dataset]]:
        """Iterate over the numbers of each run."""
        for key, (numbers, _) in self._packed.items():
            values = _unpacked(numbers)
            coords = {name for name in values if name in self._indexed or self._columns[name].dimensions[:2] != _RUNS}
            yield key, xr.Dataset(values).set_coords(coords)

    def numbers(self) -> xr.Dataset:
        """Return the numbers of all runs, and the coordinates."""
        out: dict[str, Array] = {}
        for key, (packed, _) in self._packed.items():
            values = _unpacked(packed)
            for name in values.keys() - self._indexed:
                column = self._columns[name]
                if name not in out:
                    out[name] = np.full([len(self._along(dim)) for dim in column.dimensions], np.nan)
                at = self._place(key) if column.dimensions[:2] == _RUNS else ()
                out[name][(*at, *self._at(name, values))] = values[name][1]
        data = {
            name: (column.dimensions, _as_they_were(out[name], column.dtype), column.attributes)
            for name, column in self._columns.items()
            if name in out
        }
        indexes = {dim: self._labels[dim] for dim in self._labels if dim in self._indexed}
        every = xr.Dataset(data, coords={"optimizer": self._methods, "seed": self._seeds, **indexes})
        return every.set_coords([name for name, (dims, *_) in data.items() if dims[:2] != _RUNS])

    def text(self, group: str) -> Stacked:
        """Return the text of all runs, which is read when it is written."""
        columns = {name: column for name, column in self._columns.items() if column.dtype.kind in "OU"}

        def rows() -> Iterator[tuple[tuple[Any, ...], dict[str, Any]]]:
            for key, (_, packed) in self._packed.items():
                values = _unpacked(packed)
                row = {}
                for name in values.keys() - self._indexed:
                    whole = np.full([len(self._along(dim)) for dim in columns[name].dimensions[2:]], "", dtype=object)
                    whole[self._at(name, values)] = values[name][1]
                    row[name] = whole[()]
                yield self._place(key), row

        return Stacked(group, columns, rows())

    def _along(self, dim: str) -> Any:
        return {"optimizer": self._methods, "seed": self._seeds, **self._labels}[dim]

    def _place(self, key: tuple[str, int]) -> tuple[int, int]:
        return self._methods.index(key[0]), self._seeds.index(key[1])

    def _at(self, name: str, values: Mapping[str, _Values]) -> tuple[Any, ...]:
        """Return where the values of a run's variable are among those of all."""
        dims, own = values[name]
        at = [
            places_among(self._labels[dim], values[dim][1] if dim in values else np.arange(length))
            for dim, length in zip(dims, own.shape, strict=True)
        ]
        return np.ix_(*at) if at else ()


def places_among(labels: Array, own: Array) -> Array:
    """Return the places of some labels among all."""
    order = np.argsort(labels)
    return np.asarray(order[np.searchsorted(labels, own, sorter=order)])


def _as_they_were(values: Array, dtype: np.dtype[Any]) -> Array:
    """Return numbers as of a type that they had, unless some are missing, which only a float can say."""
    return values if dtype.kind in "biu" and np.isnan(values).any() else values.astype(dtype)


def _packed(values: Mapping[str, _Values]) -> bytes:
    return zlib.compress(pickle.dumps(dict(values)), 1)


def _unpacked(packed: bytes) -> dict[str, _Values]:
    return dict(pickle.loads(zlib.decompress(packed)))  # of this process


class _Steps:
    """What was recorded at every step of the runs: by far the most, which is read again when it is written."""

    def __init__(self, study: Study, runs: Mapping[tuple[str, int], str]) -> None:
        self._study, self._runs, self._longest = study, runs, 0
        self._columns: dict[str, Column] = {}

    def see(self, steps: xr.Dataset) -> None:
        """Take note of a run."""
        self._longest = max(self._longest, steps.sizes["step"])
        for name, each in steps.data_vars.items():
            about = {**each.attrs, "_FillValue": np.float64(np.nan)}
            self._columns.setdefault(str(name), Column((*_RUNS, "step"), np.dtype(np.float64), about))

    def coordinates(self) -> xr.Dataset:
        """Return the coordinates of the group."""
        methods, seeds = (list(dict.fromkeys(part)) for part in zip(*self._runs, strict=True))
        return xr.Dataset(coords={"optimizer": methods, "seed": seeds, "step": np.arange(self._longest)})

    def stacked(self, group: str) -> Stacked:
        """Return the group's variables."""
        methods, seeds = (list(dict.fromkeys(part)) for part in zip(*self._runs, strict=True))

        def rows() -> Iterator[tuple[tuple[Any, ...], dict[str, Any]]]:
            for (method, seed), name in self._runs.items():
                if self._study.has_run(name):
                    tree = self._study.read_trace(name)
                    steps = tree["steps"].to_dataset()
                    at = methods.index(method), seeds.index(seed), slice(0, steps.sizes["step"])
                    yield at, {str(name): each.values for name, each in steps.data_vars.items()}
                    let_go(tree)

        return Stacked(group, self._columns, rows())


def _evaluations(study: Study, runs: Iterable[tuple[str, int]], epochs: _Stack) -> xr.Dataset:
    """Stack the evaluations of all runs by the steps taken, which end at other places where runs take unequal steps."""
    steps = {key: tuple(data["steps_taken"].values.tolist()) for key, data in epochs.runs()}
    longest = max(steps.values(), key=len)
    if all(each == longest[: len(each)] for each in steps.values()):
        # Of the longest: that of the first run has no steps where it ended before others.
        return epochs.numbers().assign_coords(steps_taken=("epoch", np.asarray(longest, dtype=np.int64)))
    provenance = study.provenance
    per_epoch = math.ceil(provenance["data"]["train_samples"] / study.spec.batch_size)
    every = np.asarray(sorted(set().union(*steps.values())), dtype=np.int64)
    by_epoch = _Stack(runs)
    for key, data in epochs.runs():
        by_epoch.add(key, data.drop_vars("steps_taken").assign_coords(epoch=np.asarray(steps[key]) / per_epoch))
    return by_epoch.numbers().assign_coords(steps_taken=("epoch", every))


def _budget(lengths: Mapping[str, Mapping[str, Any]]) -> xr.Dataset:
    """Return what decided the steps of each method."""
    every = [each.items() for each in lengths.values()]
    numbers = sorted({key for items in every for key, value in items if isinstance(value, (int, float))})
    first = next(iter(lengths.values()))
    return xr.Dataset(
        {
            key: ("optimizer", [np.nan if each.get(key) is None else float(each[key]) for each in lengths.values()])
            for key in numbers
            if key != "amount"
        },
        coords={"optimizer": list(lengths)},
        attrs={"by": first["by"], "amount": float(first["amount"])},
    )


def _runs(study: Study, runs: Mapping[tuple[str, int], str], measures: Mapping[tuple[str, int], str]) -> xr.Dataset:
    rows: dict[str, list[Any]] = {}
    for key, name in runs.items():
        record = study.read_run(name) if study.has_run(name) else _lost(study, name)
        has_any = study.has_measure("measures", measures[key])
        with_what = study.measured_with("measures", measures[key]) if has_any else dict.fromkeys(ENVIRONMENT, NOWHERE)
        row = {field: record[field] for field in _RUN_FIELDS}
        row |= {"run_id": name, "settings": json.dumps(record["settings"])}
        row |= {"together": json.dumps(record.get("together", {})), "failed_because": str(record.get("reason", ""))}
        for each in ENVIRONMENT:  # "" in files of older versions
            row |= {each: str(record.get(each, "")), f"measured_with_{each}": with_what.get(each, "")}
        row["diverged_at"] = np.nan if record["diverged_at"] is None else float(record["diverged_at"])
        for field, value in row.items():
            rows.setdefault(field, []).append(value)
    if FAILED not in rows["status"]:
        del rows["failed_because"]
    methods, seeds = (list(dict.fromkeys(part)) for part in zip(*runs, strict=True))

    def column(values: list[Any]) -> Array:
        return np.asarray(values, dtype=object if isinstance(values[0], str) else None).reshape(len(methods), -1)

    return xr.Dataset(
        {name: (_RUNS, column(values)) for name, values in rows.items()}, coords={"optimizer": methods, "seed": seeds}
    )


def _lost(study: Study, name: str) -> dict[str, Any]:
    """Return what is known of a run that failed, in the form of the record of one that did not."""
    record = failure_of(study, "runs", name) or {"reason": "its record is lost"}
    known = {"settings": {}, "total_steps": 0, "window": 0} | record
    nothing = {"steps_taken": 0, "training_seconds": math.nan, "initial_weights_sha256": "", "batch_order_sha256": ""}
    return known | nothing | {"status": FAILED, "diverged_at": None} | dict.fromkeys(ENVIRONMENT, NOWHERE)


def stack(datasets: Mapping[tuple[str, int], xr.Dataset]) -> xr.Dataset:
    """Stack one dataset per (method, seed); shorter runs are padded with NaN."""
    methods = list(dict.fromkeys(method for method, _ in datasets))
    seeds = list(dict.fromkeys(seed for _, seed in datasets))

    def along(parts: list[xr.Dataset], dim: str, labels: list[Any]) -> xr.Dataset:
        return xr.concat(
            parts,
            dim=xr.Variable(dim, labels),
            join="outer",
            coords="minimal",
            compat="override",
            combine_attrs="override",
        )

    return _with_text(
        along([along([datasets[m, s] for s in seeds], "seed", seeds) for m in methods], "optimizer", methods)
    )


def _with_text(data: xr.Dataset) -> xr.Dataset:
    """Return data whose text is "" where there is none; as objects, which take no more memory than it has letters."""
    text = [name for name, array in data.data_vars.items() if array.dtype.kind in "OU" and array.size]
    return data.assign({name: data[name].astype(object).fillna("") for name in text})


def fill(
    present: Mapping[tuple[str, int], xr.Dataset], keys: list[tuple[str, int]]
) -> dict[tuple[str, int], xr.Dataset]:
    """Give the runs that lack a group one of NaN and empty text."""
    blank = _blank(next(iter(present.values())))
    return {key: present.get(key, blank) for key in keys}


def _blank(template: xr.Dataset) -> xr.Dataset:
    return template.map(
        lambda array: (
            xr.full_like(array, "") if array.dtype.kind in "OU" else xr.full_like(array, np.nan, dtype=np.float64)
        )
    )
