"""Studies of many runs: what is read of a store, and when, and how much memory it takes."""

from __future__ import annotations

import errno
import resource
import shutil
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import xarray as xr
from many_runs import METHODS, SMALL, assert_averaged_as_if_all_were_in_memory, finished_store

from landscape._common.atomic import CannotWriteError
from landscape._common.files import read_tree, write_stacked, write_tree
from landscape._common.netcdf import Column, Stacked
from landscape.explorer.page import fragment
from landscape.plot._study_data import over_steps
from landscape.study import Study, execute
from landscape.study.budgets import budgets_of
from landscape.study.costs import costs_of
from landscape.study.explore import view_of_study
from landscape.study.figure_specs import FigureSpec
from landscape.study.figures import figures_of
from landscape.study.gather import fill, gather, stack
from landscape.study.jobs import run_id
from landscape.study.plan import Plan
from zenith._common.environment import environment
from zenith.training.run import Run
from zenith.training.trace import STEP_FIELDS, Trace


@pytest.fixture(scope="module")
def plan(tmp_path_factory) -> Plan:
    """Of a store of three methods and four seeds, one run of which lacks what is measured at its end."""
    plan = finished_store(tmp_path_factory.mktemp("many") / "store", SMALL.replace(methods=METHODS[:3], seeds=4))
    study, name = Study.open(plan.out), run_id(plan, "constant", 2)
    (measured,) = (path.stem for path in (plan.out / "measures").glob(f"{name}-*.nc"))
    tree = study.read_measure("measures", measured).to_dict()
    del tree["/end"]
    study.write_measure("measures", measured, xr.DataTree.from_dict(tree))
    return plan


@pytest.fixture(scope="module")
def study(plan) -> Study:
    return execute(plan, progress=False)


def test_a_finished_store_is_gathered_as_if_all_runs_were_in_memory(study):
    again = study.tree
    runs = again["runs"]["run_id"]
    keys = {
        (m, int(s)): str(runs.sel(optimizer=m, seed=s).values) for m in study.spec.methods for s in study.spec.seeds
    }
    traces = {key: study.read_trace(name) for key, name in keys.items()}
    measures = {
        key: study.read_measure("measures", path.stem)
        for key, name in keys.items()
        for path in (study.path / "measures").glob(f"{name}-*.nc")
    }
    assert len(measures) == 12
    xr.testing.assert_identical(
        again["traces"].to_dataset(), stack({k: t["steps"].to_dataset() for k, t in traces.items()})
    )
    xr.testing.assert_identical(
        again["epochs"].to_dataset(), stack({k: t["epochs"].to_dataset() for k, t in traces.items()})
    )
    for group in ("end", "lines/random", "lines/eigenvector"):
        present = {key: tree[group].to_dataset() for key, tree in measures.items() if f"/{group}" in tree.groups}
        xr.testing.assert_identical(again[group].to_dataset(), stack(fill(present, list(keys))))
    assert bool(np.isnan(again["end"]["trace"].sel(optimizer="constant", seed=2)))
    assert set(again["runs"]["numpy"].values.ravel()) == {environment()["numpy"]}


def test_traces_are_averaged_as_if_all_were_in_memory(study):
    groups = {name: study.tree[name].to_dataset() for name in ("runs", "traces", "epochs")}
    seeds = np.arange(3_000_000 // (8 * groups["traces"].sizes["step"]))  # more than are read at a time
    many = {
        name: group.isel(seed=seeds % group.sizes["seed"]).assign_coords(seed=seeds) for name, group in groups.items()
    }
    repeated = SimpleNamespace(tree=xr.DataTree.from_dict({"/": xr.Dataset(attrs=study.tree.attrs), **many}))
    for quantity in ("loss", "mean_gradient_norm", "test_metric"):
        assert_averaged_as_if_all_were_in_memory(repeated, quantity, 3)
    spent = over_steps(repeated, "seconds", lambda rows: np.fmax.reduce(rows, axis=-1))
    xr.testing.assert_equal(spent, many["traces"]["seconds"].max("step"))


def test_opening_and_analysing_a_study_reads_none_of_its_runs(study, tmp_path):
    for name in ("study.toml", "study.json", "study.nc"):
        shutil.copy(study.path / name, tmp_path / name)
    moved = Study.open(tmp_path)
    assert moved.analysis.as_dict() == study.analysis.as_dict()


def long_run(seed: int, steps: int) -> Run:
    rows = {name: np.linspace(1.0, 2.0, steps).tolist() for name in STEP_FIELDS}
    return Run(
        task="digits",
        method="zenith",
        seed=seed,
        settings={},
        epochs=1,
        batch_size=1,
        total_steps=steps,
        window=1,
        trace=Trace(rows),
        checkpoints={},
        status="finished",
        diverged_at=None,
        initial_weights="",
        batch_order="",
        device="cpu",
    )


def peak_of_gathering(
    study: Study, runs: Mapping[tuple[str, int], str], measures: Mapping[tuple[str, int], str]
) -> int:
    """Bytes at the most while ``study.nc`` is put together."""
    tracemalloc.start()
    try:
        gather(study, runs, measures, {}, {}, study.spec, {})
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def peak_of_writing(folder: Path, runs: int, steps: int) -> int:
    """Bytes at the most while the traces of so many runs, of which each has eight columns, go into one file."""
    study = Study.create(folder, SMALL, {"data": {"fingerprint": ""}, "device": "cpu", "versions": {"torch": ""}})
    names = [f"zenith-seed{seed}-{'0' * 12}" for seed in range(runs)]
    for seed, name in enumerate(names):
        study.write_run(name, long_run(seed, steps - seed))
    keys = {("zenith", seed): name for seed, name in enumerate(names)}
    peak = peak_of_gathering(study, keys, keys)
    lengths = np.isfinite(study_traces(folder)["loss"].values).sum(axis=-1)
    assert lengths.tolist() == [[steps - seed for seed in range(runs)]]
    return peak


def study_traces(folder: Path) -> xr.Dataset:
    return read_tree(folder / "study.nc")["traces"].to_dataset()


def test_traces_are_not_in_memory_all_at_once(tmp_path):
    steps = 10_000
    few, many = (peak_of_writing(tmp_path / str(runs), runs, steps) for runs in (2, 10))
    of_a_run = 8 * 8 * steps
    # Of 8 runs more; some garbage waits for its collection, and all at once would be 8 of these.
    assert many - few < 4 * of_a_run


def peaks_of_reporting(folder: Path, trained: Path | None, seeds: int) -> tuple[dict[str, int], int]:
    """Bytes at the most of each part of a report, and of what was recorded at every step of all runs."""
    plan = finished_store(folder, SMALL.replace(methods=METHODS[:2], seeds=seeds), trained, longer=1_500)
    peaks: dict[str, int] = {}

    def measured(name: str, part: Callable[[], Any]) -> Any:
        tracemalloc.start()
        try:
            made = part()
            peaks[name] = tracemalloc.get_traced_memory()[1]
            return made
        finally:
            tracemalloc.stop()

    study = measured("consolidating", lambda: execute(plan, progress=False))
    measured("analysis", lambda: study.analysis)
    measured("explorer", lambda: fragment(view_of_study(study), 100_000))
    measured("budgets", lambda: budgets_of(study))
    measured("costs", lambda: costs_of(study))
    (figure,) = (each for each in measured("figures", lambda: figures_of(study, study.analysis)) if is_of_steps(each))
    measured("drawing", lambda: figure.save(folder / "figures", {}))
    return peaks, sum(each.nbytes for each in study.tree["traces"].data_vars.values())


def is_of_steps(figure: FigureSpec) -> bool:
    return figure.figure.name == "traces"


@pytest.mark.slow
def test_no_part_of_a_report_holds_every_step_of_every_run(tmp_path):
    few, of_few = peaks_of_reporting(tmp_path / "few", None, 2)
    many, of_many = peaks_of_reporting(tmp_path / "many", tmp_path / "few-trained", 12)
    grown = {name: (many[name] - few[name]) / (of_many - of_few) for name in few}
    assert {name: share for name, share in grown.items() if share > 0.25} == {}


WRITE = """
import sys, tempfile, numpy as np, xarray as xr
from pathlib import Path
from types import SimpleNamespace
from landscape._common.files import write_stacked
from landscape._common.netcdf import Column, Stacked
from peak_memory import peak_megabytes

steps, names = 8_192, [f"column{i}" for i in range(16)]
column = Column(("seed", "step"), np.dtype(np.float64))
runs = range(100)
whole = {"/": xr.Dataset(), "/traces": xr.Dataset(coords={"seed": [*runs], "step": np.arange(steps)})}
before = peak_megabytes()
rows = (((i,), dict.fromkeys(names, np.full(steps, i, dtype=float))) for i in runs)
with tempfile.TemporaryDirectory() as folder:
    part = Stacked("/traces", dict.fromkeys(names, column), rows)
    write_stacked(Path(folder) / "study.nc", xr.DataTree.from_dict(whole), {"kind": "study"}, [part])
print(peak_megabytes() - before)
"""


def test_what_was_written_is_not_kept_until_the_file_is_closed():
    done = subprocess.run([sys.executable, "-c", WRITE], cwd=Path(__file__).parent, stdout=subprocess.PIPE, check=True)
    assert float(done.stdout) < 50  # of 100 that are written; HDF5's own memory is none that Python traces


@pytest.mark.parametrize("most", [2_000, 30_000], ids=["first group", "rows"])
def test_a_disk_that_takes_no_more_leaves_the_file_as_it_was(tmp_path, most):
    path, before = tmp_path / "study.nc", xr.DataTree.from_dict({"/runs": xr.Dataset({"x": 1.0})})
    write_tree(path, before, {"kind": "study"})
    rows = (((i,), {"loss": np.random.default_rng(i).standard_normal(5_000)}) for i in range(4))
    column = Column(("seed", "step"), np.dtype(np.float64))
    stacked = [Stacked("/traces", {"loss": column}, rows)]
    whole = {"/": before.to_dataset(), "/traces": xr.Dataset(coords={"seed": np.arange(4), "step": np.arange(5_000)})}
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    try:
        with pytest.raises(CannotWriteError, match=r"study\.nc' cannot be written") as found:
            write_stacked(path, xr.DataTree.from_dict(whole), {"kind": "study"}, stacked)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert found.value.errno == errno.EFBIG
    assert [entry.name for entry in tmp_path.iterdir()] == ["study.nc"]
    xr.testing.assert_identical(read_tree(path, {"kind": "study"}), before)
