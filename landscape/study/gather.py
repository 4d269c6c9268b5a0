"""Gather all runs and measures of a study in one DataTree with named dimensions."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from landscape.study.failures import FAILED, failure_of
from landscape.study.integrity import NOWHERE
from landscape.study.missing import EVERYTHING, GROUP, NO_STEP, PLANE, SPECTRUM, rows_of, table
from landscape.study.store import Study
from landscape.study.study_folder import SCHEMA_VERSION
from zenith._common.environment import ENVIRONMENT
from zenith.tasks import Task

_OF_MEASURES = ("/curvature", "/end", "/lines/random", "/lines/eigenvector")
"""Groups of a run's measures, which a run may lack."""

__all__ = ["consolidate", "fill", "over_points", "stack", "write_gathered"]

_RUN_FIELDS = (
    "status",
    "steps_taken",
    "total_steps",
    "training_seconds",
    "initial_weights_sha256",
    "batch_order_sha256",
    "window",
)


def consolidate(
    study: Study,
    runs: Mapping[tuple[str, int], str],
    measures: Mapping[tuple[str, int], str],
    planes: Mapping[int, str],
    spectra: Mapping[tuple[str, int], str],
    task: Task,
    lengths: Mapping[str, Mapping[str, Any]] | None = None,
) -> xr.DataTree:
    """Gather the files of a study's store in one DataTree.

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
    task : Task
        Its loss and metric are described in the root's attributes.
    lengths : Mapping of str to Mapping, optional
        What decided the steps of each method, where the budget is in seconds or gradient evaluations.

    Returns
    -------
    xarray.DataTree
        Groups ``runs``, ``traces``, ``epochs``, ``curvature``, ``end``, ``lines/random``, ``lines/eigenvector`` over
        (optimizer, seed), ``spectra`` over (optimizer, seed) of its seeds, and ``planes/seed<k>``; ``budget`` over
        optimizer where `lengths` are given. What a diverged run lacks is NaN, and so is what could not be measured,
        which ``not_measured`` lists with the reasons. Where the methods take unequal steps, ``epochs`` and
        ``curvature`` have all steps at which some run was evaluated, NaN for those that were not, and ``total_steps``
        of ``runs`` says where each ends. A run that failed has NaN everywhere, and its reason in ``runs``. Of
        ``traces``, by far the largest, there are only its coordinates and, over ``measured_at``, the learning rate of
        the steps after which a run was measured and of its last one: `write_gathered` puts all into the file.
    """
    keys = list(runs)
    epochs: dict[tuple[str, int], xr.Dataset] = {}
    missing: list[dict[str, Any]] = []
    records: list[xr.Dataset] = []
    stacks = {group: _Stacks() for group in ("/traces", *_OF_MEASURES)}
    longest = 0
    # What was read of a run takes many times the memory of its numbers, so it is of one method at a time.
    for method in dict.fromkeys(method for method, _ in keys):
        own = [key for key in keys if key[0] == method]
        records.append(_runs(study, {key: runs[key] for key in own}, measures))
        rates, measured = dict[tuple[str, int], xr.Dataset](), dict[tuple[str, int], xr.DataTree]()
        for key in own:
            if study.has_run(runs[key]):
                trace = study.read_trace(runs[key])
                lr = trace["steps"].to_dataset()["lr"].values
                rates[key], longest = _rates(lr, ()), max(longest, len(lr))
                epochs[key] = trace["epochs"].to_dataset().drop_encoding()
            if study.has_measure("measures", measures[key]):
                measured[key] = study.read_measure("measures", measures[key])
                missing += [{"optimizer": method, "seed": key[1]} | row for row in rows_of(measured[key])]
                if key in rates and "/curvature" in measured[key].groups:
                    rates[key] = _rates(lr, measured[key]["curvature"].to_dataset()["step"].values.tolist())
            elif key in rates:
                missing += _failed(study, "measures", measures[key], EVERYTHING, *key)
        stacks["/traces"].add(own, rates)
        for group in _OF_MEASURES:
            stacks[group].add(
                own,
                {
                    key: tree[group[1:]].to_dataset().drop_encoding()
                    for key, tree in measured.items()
                    if group in tree.groups
                },
            )
    groups = {
        "/runs": _joined(records),
        "/traces": stacks["/traces"].joined().assign_coords(step=np.arange(longest)),
        "/epochs": _evaluations(study, epochs, keys),
    }
    if lengths:
        groups["/budget"] = _budget(lengths)
    groups |= {group: stacks[group].joined() for group in _OF_MEASURES if stacks[group].template is not None}
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
        elif key in epochs:
            missing += _failed(study, "spectra", name, SPECTRUM, *key)
    if estimated:
        groups["/spectra"] = stack(fill(estimated, list(spectra)))
    if missing:
        groups[f"/{GROUP}"] = table(**{name: [row[name] for row in missing] for name in missing[0]})
    root = xr.Dataset(
        attrs={
            "schema_version": SCHEMA_VERSION,
            "spec": json.dumps(study.spec.as_dict(study.path)),
            "provenance": json.dumps(study.provenance),
            "loss_label": task.loss_label,
            "metric": task.metric.name,
            "metric_label": task.metric.label,
            "metric_unit": task.metric.unit,
            "metric_higher_is_better": int(task.metric.higher_is_better),
        }
    )
    return xr.DataTree.from_dict({"/": root, **groups})


def _rates(lr: np.ndarray[Any, Any], measured: Sequence[int]) -> xr.Dataset:
    """Return a run's learning rate at the steps after which it was measured, and at the last one, as a copy."""
    at = sorted({step for step in measured if step < len(lr)} | {len(lr) - 1} - {-1})
    return xr.Dataset({"lr": ("measured_at", lr[at])}, coords={"measured_at": np.asarray(at, dtype=np.int64)})


def _failed(study: Study, kind: str, name: str, what: str, method: str, seed: int) -> list[dict[str, Any]]:
    """Return the row of what is missing where a measurement failed as a whole; none where there was none to make."""
    record = failure_of(study, kind, name)
    if record is None:
        return []
    return [{"optimizer": method, "seed": seed, "what": what, "step": NO_STEP, "reason": str(record["reason"])}]


class _Stacks:
    """A group of all runs, stacked method by method; a run that lacks it has NaN and empty text."""

    def __init__(self) -> None:
        self.template: xr.Dataset | None = None
        self._parts: list[xr.Dataset | tuple[list[tuple[str, int]], dict[tuple[str, int], xr.Dataset]]] = []

    def add(self, keys: list[tuple[str, int]], present: dict[tuple[str, int], xr.Dataset]) -> None:
        """Add the runs of a method."""
        if self.template is None and present:
            self.template = next(iter(present.values()))
        self._parts.append(stack(present) if len(present) == len(keys) else (keys, present))

    def joined(self) -> xr.Dataset:
        """Return all, once any run has the group."""
        assert self.template is not None
        blank = _blank(self.template)
        whole = []
        for part in self._parts:
            if isinstance(part, tuple):
                keys, present = part
                part = stack({key: present.get(key, blank) for key in keys})
            whole.append(part)
        return _joined(whole)


def write_gathered(study: Study, tree: xr.DataTree) -> None:
    """Write ``study.nc``: a tree as of `consolidate`, with the traces of its runs, read one after the other."""
    names, traces = tree["runs"]["run_id"].transpose("optimizer", "seed"), tree["traces"]
    rest = xr.DataTree.from_dict({path: data for path, data in tree.to_dict().items() if path != "/traces"})
    variables: dict[str, Mapping[str, Any]] = {}
    trained = [(at, name) for at, name in np.ndenumerate(names.values) if study.has_run(name)]
    for _, name in {at[0]: (at, name) for at, name in trained}.values():  # of a method's runs one
        for variable, array in study.read_trace(name)["steps"].data_vars.items():
            variables.setdefault(str(variable), array.attrs)

    def rows() -> Iterator[tuple[tuple[int, ...], dict[str, Any]]]:
        for at, name in trained:
            steps = study.read_trace(name)["steps"]
            yield at, {key: steps[key].values for key in variables if key in steps}

    study.write_tree(
        rest,
        group="/traces",
        coordinates={dim: traces[dim].values for dim in ("optimizer", "seed", "step")},
        variables=variables,
        rows=rows(),
    )


def _evaluations(study: Study, epochs: Mapping[tuple[str, int], xr.Dataset], keys: list[tuple[str, int]]) -> xr.Dataset:
    """Stack the evaluations of all runs by the steps taken, which end at other places where runs take unequal steps."""
    steps = {key: tuple(data["steps_taken"].values.tolist()) for key, data in epochs.items()}
    longest = max(steps.values(), key=len)
    if all(each == longest[: len(each)] for each in steps.values()):
        # Of the longest: that of the first run has no steps where it ended before others.
        return stack(fill(epochs, keys)).assign_coords(steps_taken=("epoch", np.asarray(longest, dtype=np.int64)))
    provenance = study.provenance
    per_epoch = math.ceil(provenance["data"]["train_samples"] / study.spec.batch_size)
    every = np.asarray(sorted(set().union(*steps.values())), dtype=np.int64)
    by_epoch = {
        key: data.drop_vars("steps_taken").assign_coords(epoch=np.asarray(steps[key]) / per_epoch)
        for key, data in epochs.items()
    }
    out = stack(fill(by_epoch, keys))
    return out.assign_coords(steps_taken=("epoch", every))


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


def over_points(study: Study, points: Sequence[Mapping[str, Any]], trees: Sequence[xr.DataTree]) -> xr.DataTree:
    """Gather the points of a sweep in one DataTree, whose groups have a dimension for each swept key.

    Slices, planes and spectra are in the points' own.
    """
    keys = list(points[0])
    groups: dict[str, xr.Dataset] = {}
    for group in ("runs", "epochs", "curvature", "end", "tuning"):
        parts = [
            (tuple(at.values()), _renamed(tree[group].to_dataset(), keys))
            for at, tree in zip(points, trees, strict=True)
            if f"/{group}" in tree.groups
        ]
        if group == "epochs" and len({tuple(part["steps_taken"].values.tolist()) for _, part in parts}) > 1:
            # Of each point its own, where an epoch or a run is not of the same steps at all.
            parts = [(at, part.reset_coords("steps_taken")) for at, part in parts]
        if parts:
            groups[f"/{group}"] = _over(keys, parts)
    root = (
        trees[0]
        .to_dataset(inherit=False)
        .assign_attrs(spec=json.dumps(study.spec.as_dict(study.path)), provenance=json.dumps(study.provenance))
    )
    missing = [
        dict(zip(keys, at.values(), strict=True)) | row
        for at, tree in zip(points, trees, strict=True)
        for row in rows_of(tree)
    ]
    if missing:
        groups[f"/{GROUP}"] = table(**{name: [row[name] for row in missing] for name in missing[0]})
    return xr.DataTree.from_dict({"/": root, **groups})


def _renamed(data: xr.Dataset, keys: Sequence[str]) -> xr.Dataset:
    """Rename what is called like a swept key, such as the window of each run: that name is a dimension now."""
    return data.rename({key: f"{key}_of_run" for key in keys if key in data.variables})


def _over(keys: Sequence[str], parts: Sequence[tuple[tuple[Any, ...], xr.Dataset]]) -> xr.Dataset:
    if not keys:
        return parts[0][1]
    first = list(dict.fromkeys(at[0] for at, _ in parts))
    below = [_over(keys[1:], [(at[1:], part) for at, part in parts if at[0] == value]) for value in first]
    joined = xr.concat(
        below,
        dim=xr.Variable(keys[0], first),
        join="outer",
        coords="minimal",
        compat="override",
        combine_attrs="override",
    )
    text = [name for name, array in joined.data_vars.items() if array.dtype.kind in "OU"]
    return joined.assign({name: joined[name].fillna("").astype(str) for name in text})


def _runs(study: Study, runs: Mapping[tuple[str, int], str], measures: Mapping[tuple[str, int], str]) -> xr.Dataset:
    records = {key: study.read_run(name) if study.has_run(name) else _lost(study, name) for key, name in runs.items()}
    any_failed = any(record["status"] == FAILED for record in records.values())
    rows = {}
    for key, record in records.items():
        variables: dict[str, Any] = {name: ((), record[name]) for name in _RUN_FIELDS}
        variables["run_id"] = ((), runs[key])
        variables["settings"] = ((), json.dumps(record["settings"]))
        variables["together"] = ((), json.dumps(record.get("together", {})))
        if any_failed:
            variables["failed_because"] = ((), str(record.get("reason", "")))
        has_any = study.has_measure("measures", measures[key])
        with_what = study.measured_with("measures", measures[key]) if has_any else dict.fromkeys(ENVIRONMENT, NOWHERE)
        for name in ENVIRONMENT:  # "" in files of older versions
            variables[name] = ((), str(record.get(name, "")))
            variables[f"measured_with_{name}"] = ((), with_what.get(name, ""))
        diverged_at = record["diverged_at"]
        variables["diverged_at"] = ((), np.nan if diverged_at is None else float(diverged_at))
        rows[key] = xr.Dataset(variables)
    return stack(rows)


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


def _joined(parts: list[xr.Dataset]) -> xr.Dataset:
    """Return what `stack` made of the runs of each method, as it would have made of all."""
    if len(parts) == 1:
        return parts[0]
    return _with_text(
        xr.concat(parts, dim="optimizer", join="outer", coords="minimal", compat="override", combine_attrs="override")
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
