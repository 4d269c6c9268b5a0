"""Studies that share a store: nothing is trained twice, and each is whole without the others."""

from __future__ import annotations

import dataclasses
import json
import shutil
import subprocess
import sys
import threading
import tomllib
import types
from collections import Counter

import pytest
import torch
import xarray as xr
from blobs_study import asked

import landscape as ls
import zenith
from landscape.study import Study, execute, load_spec, prepare, run_study
from landscape.study.engines import Report
from landscape.study.failures import JobFailedError
from landscape.study.job_locks import once, remove_locks
from landscape.study.jobs import run_id
from landscape.study.run import train_job
from landscape.study.shared_store import MissingStoreError


@pytest.fixture
def tried(replace):
    """The method and seed of every training."""
    usual, names = zenith.train, []

    def train(task, method, seed, **options):
        names.append((method, seed))
        return usual(task, method, seed, **options)

    replace("train", train, "zenith")
    return names


def assert_same_numbers(one, two):
    for group in ("traces", "epochs", "curvature", "end", "lines/random", "planes/seed0/plane", "spectra"):
        first, second = one.tree[group].to_dataset(), two.tree[group].to_dataset()
        for name in set(first.data_vars) - {"seconds"}:
            xr.testing.assert_identical(first[name], second[name])


@pytest.mark.slow
def test_studies_of_overlapping_runs_share_them_and_one_may_go(tried, tmp_path):
    store = tmp_path / "store"
    first = execute(prepare(asked(store=store), tmp_path / "first"), progress=False)
    assert tried == [("zenith", 0), ("zenith", 1), ("cosine", 0), ("cosine", 1)]
    assert {path.name for path in first.path.iterdir()} == {"study.toml", "study.json", "study.nc", ".lock"}
    assert {path.name for path in store.iterdir()} == {"store.json", "runs", "measures", "planes", "spectra"}
    tried.clear()
    second = execute(prepare(asked(store=store, seeds=(1, 2)), tmp_path / "second"), progress=False)
    assert tried == [("zenith", 2), ("cosine", 2)]
    alone = execute(prepare(asked(), tmp_path / "alone"), progress=False)
    assert_same_numbers(first, alone)
    assert (alone.tree["runs"]["run_id"] == first.tree["runs"]["run_id"]).all()
    shutil.rmtree(first.path)
    tried.clear()
    (second.path / "study.nc").unlink()
    again = execute(prepare(asked(seeds=(1, 2)), second.path), progress=False)  # which knows its store
    assert tried == []
    assert again.root == store
    assert again.read_run(str(again.tree["runs"]["run_id"].values[0, 0]))["seed"] == 1


def test_a_store_that_is_not_there_is_one_sentence_and_one_that_moved_is_found(tried, tmp_path):
    study = execute(prepare(asked(store=tmp_path / "store"), tmp_path / "s"), progress=False)
    run = str(study.tree["runs"]["run_id"].values[0, 0])
    (tmp_path / "store").rename(tmp_path / "moved")
    there = Study.open(tmp_path / "s")
    assert there.analysis.conclusion == study.analysis.conclusion  # of study.nc
    said = (
        f"the runs of the study in '{tmp_path / 's'}' are in the store '{tmp_path / 'store'}', which is not there: put "
        f"it back, or say where it is now, landscape study --out '{tmp_path / 's'}' --store PATH"
    )
    reads = [lambda: there.read_run(run), lambda: prepare(asked(), tmp_path / "s")]
    reads += [lambda s=s: prepare(asked(store=tmp_path / s), tmp_path / "s") for s in ("store", "mistyped")]
    for read in reads:
        with pytest.raises(MissingStoreError) as ended:
            read()
        assert str(ended.value) == said
    tried.clear()
    found = execute(prepare(asked(store=tmp_path / "moved"), tmp_path / "s"), progress=False)  # the advice
    assert tried == []
    assert Study.open(tmp_path / "s").root == found.root == tmp_path / "moved"
    (tmp_path / "s" / "study.json").write_text("{")
    assert execute(prepare(asked(), tmp_path / "s"), progress=False).root == tmp_path / "moved"
    assert tried == []


def test_a_study_and_the_store_beside_it_move_together_and_go_on(tried, tmp_path):
    here, there = tmp_path / "here", tmp_path / "there"
    execute(prepare(asked(store=here / "store"), here / "s"), progress=False)
    for name in ("study.json", "study.toml"):
        assert str(here) not in (here / "s" / name).read_text()
    assert tomllib.loads((here / "s" / "study.toml").read_text())["store"] == "../store"
    here.rename(there)
    tried.clear()
    grown = execute(prepare(asked(seeds=3), there / "s"), progress=False)
    assert tried == [("zenith", 2), ("cosine", 2)]
    assert grown.root == there / "store"
    assert grown.read_run(str(grown.tree["runs"]["run_id"].values[0, 0]))["seed"] == 0


def test_a_store_that_need_not_move_with_a_study_is_written_with_all_of_its_path(tmp_path):
    plan = prepare(asked(store=tmp_path / "far" / "store"), tmp_path / "near" / "s")
    Study.create(plan.out, plan.spec, plan.provenance)
    assert json.loads((plan.out / "study.json").read_text())["store"] == str(tmp_path / "far" / "store")


def test_what_cannot_be_a_store_is_refused_before_any_work(tmp_path):
    begun, own = tmp_path / "begun", tmp_path / "own"
    plan = prepare(asked(store=tmp_path / "store"), begun)
    Study.create(begun, plan.spec, plan.provenance)
    Study.create(own, asked(), prepare(asked(), own).provenance)
    (own / "runs").mkdir()
    (tmp_path / "file").write_text("")
    for store, folder, said in (
        (tmp_path / "other", begun, "has its runs in the store"),
        (tmp_path / "store", own, "has its runs in itself"),
        (tmp_path / "new" / "store", tmp_path / "new", "is in the study's folder"),
        (tmp_path / "file", tmp_path / "new", "is a file"),
        (own, tmp_path / "new", "holds files and is no store"),
    ):
        with pytest.raises(ValueError, match=said):
            prepare(asked(store=store), folder)
    with pytest.raises(ValueError, match="store must be the path of a folder, got 3"):
        asked(store=3)
    assert not (tmp_path / "new").exists()
    assert not (tmp_path / "other").exists()


def test_where_a_store_is_is_no_part_of_what_a_study_is(tmp_path):
    spec = asked(store="somewhere")
    assert "store" not in spec.as_dict()
    plans = [prepare(each, tmp_path / "s") for each in (asked(), spec)]
    assert run_id(plans[0], "zenith", 0) == run_id(plans[1], "zenith", 0)
    (tmp_path / "spec.toml").write_text('name = "a"\ntask = "digits"\nstore = "shared"\n')
    assert load_spec(tmp_path / "spec.toml").store == str(tmp_path / "shared")


@pytest.mark.slow
def test_sweeps_and_tunings_share_a_store_as_well(tried, tmp_path):
    keys = {"batch_size": [20, 40], "tuning": ls.TuningSpec(trials=2), "store": tmp_path / "store"}
    swept = run_study(asked(**keys), tmp_path / "swept", progress=False)
    assert len(set(tried)) < len(tried)
    assert not list(swept.path.glob("**/runs"))
    tried.clear()
    plain = execute(prepare(asked(store=tmp_path / "store"), tmp_path / "plain"), progress=False)
    assert tried == []
    xr.testing.assert_identical(plain.tree["curvature"].to_dataset(), swept.points[20].tree["curvature"].to_dataset())


def test_what_workers_of_a_dead_driver_finished_is_found_from_anywhere(tried, tmp_path):
    plan = prepare(asked(store=tmp_path / "store"), tmp_path / "s")
    study = Study.create(plan.out, plan.spec, plan.provenance)
    name = run_id(plan, "zenith", 1)
    train_job(((study, plan),), {name: (0, "zenith", 1)}, Report(lambda *_: None))  # by a worker
    (tmp_path / "s").rename(tmp_path / "elsewhere")
    again = execute(dataclasses.replace(plan, out=tmp_path / "elsewhere"), progress=False)
    assert Counter(tried) == {(m, s): 1 for m in ("zenith", "cosine") for s in (0, 1)}
    assert again.root == tmp_path / "store"


def test_a_job_is_done_once_though_its_lock_is_removed_all_the_time(tmp_path):
    done, stop = [], threading.Event()

    def clean():
        while not stop.is_set():
            remove_locks(tmp_path)

    def want(number):
        def job():
            done.append(number)
            (tmp_path / f"{number}").write_text("")

        once(tmp_path, [str(number)], (tmp_path / f"{number}").exists, job)

    cleaner = threading.Thread(target=clean)
    cleaner.start()
    wanting = [threading.Thread(target=want, args=(number,)) for number in range(20) for _ in range(3)]
    for thread in wanting:
        thread.start()
    for thread in wanting:
        thread.join()
    stop.set()
    cleaner.join()
    assert sorted(done) == list(range(20))
    remove_locks(tmp_path)
    assert not (tmp_path / ".locks").exists()


def test_a_lock_that_somebody_holds_stays(tmp_path):
    def job():
        (tmp_path / ".locks" / ".left.lock").write_text("")  # of a job that failed
        remove_locks(tmp_path)
        assert [path.name for path in (tmp_path / ".locks").iterdir()] == [".held.lock"]

    once(tmp_path, ["held"], lambda: False, job)
    remove_locks(tmp_path)
    assert not (tmp_path / ".locks").exists()


def test_a_gpu_of_the_cluster_is_looked_for_by_its_workers(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "submitit", types.ModuleType("submitit"))
    slurm = ls.EngineSpec(name="slurm", gpus=1)
    with pytest.raises(ValueError, match="device 'cuda:99' was asked for but torch sees"):
        prepare(asked(), tmp_path / "s", device="cuda:99")
    plan = prepare(asked(engine=slurm), tmp_path / "s", device="cuda:99")
    assert plan.device == "cuda:99"
    if not torch.cuda.is_available():
        assert prepare(asked(engine=slurm), tmp_path / "s").device == "cuda"
    with pytest.raises(ValueError, match="a budget in seconds becomes steps by a trial here"):
        prepare(asked(engine=slurm, epochs=None, seconds=1), tmp_path / "s", device="cuda:99")
    study = Study.create(plan.out, plan.spec, plan.provenance)
    name = run_id(plan, "zenith", 0)
    with pytest.raises(JobFailedError, match=r"but the worker on .* sees .* give each job a GPU, gpus = 1 in"):
        train_job(((study, plan),), {name: (0, "zenith", 0)}, Report(lambda *_: None))


SCRIPT = """
import sys, torch, landscape as ls, zenith

class Noted(torch.optim.SGD):
    def __init__(self, params, lr):
        super().__init__(list(params), lr=lr)
        self.first, self.steps = float(self.param_groups[0]["params"][0].detach().flatten()[0]), 0

    def step(self, closure=None):
        self.steps += 1
        if self.steps == 10:  # of a whole run, which no check takes
            with open("trained", "a") as file:
                file.write(f"{self.first}\\n")
        return super().step(closure)

def noted(params, lr):
    return Noted(params, lr)
"""


@pytest.mark.slow
def test_two_studies_at_once_on_one_store_train_nothing_twice(tmp_path):
    (tmp_path / "mine.py").write_text(
        SCRIPT + "\nX, y = torch.randn(300, 4, generator=torch.Generator().manual_seed(0)), torch.arange(300) % 3\n"
        "task = zenith.Task(name='mine', model=lambda: torch.nn.Linear(4, 3), train=(X, y), test=(X, y),"
        " loss='cross_entropy')\n"
    )
    spec = (
        'name = "s"\ntask = "mine.py:task"\nseeds = SEEDS\nepochs = 2\ncheckpoints = 1\nstore = "store"\n'
        '[methods.zenith]\n[methods.noted]\nmake = "mine.py:noted"\n'
        "[measure]\nsamples = 20\ntrace_probes = 2\nsharpness_samples = 2\nline_points = 3\nplane_seeds = 0\n"
        "spectrum_seeds = 0\n"
    )
    studies = []
    for name, seeds in (("one", "[0, 1, 2, 3]"), ("two", "[2, 3, 4, 5]")):
        (tmp_path / f"{name}.toml").write_text(spec.replace("SEEDS", seeds))
        code = (
            "from landscape.study import execute, load_spec, prepare\n"
            f"plan = prepare(load_spec('{name}.toml'), '{name}', device='cpu')\n"
            "execute(plan, workers=2, progress=False)"
        )
        studies.append(subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path))
    assert [each.wait() for each in studies] == [0, 0]
    trained = (tmp_path / "trained").read_text().split()
    assert len(trained) == len(set(trained)) == 6
    assert len(list(tmp_path.glob("store/runs/*/run.json"))) == 12
    one, two = Study.open(tmp_path / "one"), Study.open(tmp_path / "two")
    both = [each.tree["curvature"]["eigenvalue"].sel(seed=[2, 3]) for each in (one, two)]
    xr.testing.assert_identical(*both)
    assert not (tmp_path / "store" / ".locks").exists()
