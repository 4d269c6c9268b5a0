"""Where a study's jobs run."""

from __future__ import annotations

import gc
import importlib
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import cloudpickle
import pytest
import slurm_of_one_machine
import xarray as xr

from landscape.study import EngineSpec, MeasureSpec, StudySpec, execute, load_spec, prepare
from landscape.study.engines import Engine, Overview
from landscape.study.engines.progress import ProgressFile, ProgressReader

cloudpickle.register_pickle_by_value(sys.modules[__name__])  # jobs elsewhere do not find this file


def note(folder, number, report):
    (folder / f"{number}").write_text("done")
    report(1, f"job {number}")


def die_once(folder, number, report):
    if not (folder / "died").exists():
        (folder / "died").write_text("")
        os.kill(os.getpid(), signal.SIGKILL)
    note(folder, number, report)


def die_always(folder, number, report):
    os.kill(os.getpid(), signal.SIGKILL)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def run(engine, folder, jobs):
    engine.run([(job, (number,)) for number, job in enumerate(jobs)], total=len(jobs), unit="job", title="t")


@pytest.mark.slow
def test_a_job_whose_worker_dies_is_begun_again(tmp_path):
    with Engine(2, progress=False, shared=tmp_path) as engine:
        run(engine, tmp_path, [note, die_once, note, note])
        run(engine, tmp_path, [note] * 5)
    assert names(tmp_path) == ["0", "1", "2", "3", "4", "died"]


@pytest.mark.slow
def test_what_jobs_share_changes_and_their_workers_do_not(tmp_path):
    def process(folder, number, report):
        (folder / f"{number}").write_text(str(os.getpid()))

    folders = tmp_path / "one", tmp_path / "two"
    processes = []
    with Engine(2, progress=False) as engine:
        for folder in folders:
            folder.mkdir()
            with engine.sharing(folder):
                run(engine, folder, [process] * 4)
            assert names(folder) == ["0", "1", "2", "3"]
            processes.append({path.read_text() for path in folder.iterdir()})
    assert len(processes[0] | processes[1]) <= 2


@pytest.mark.slow
def test_a_job_that_always_dies_does_not_take_the_others_along(tmp_path):
    with (
        Engine(2, progress=False, shared=tmp_path) as engine,
        pytest.raises(RuntimeError, match="a worker died 3 times at the same job"),
    ):
        run(engine, tmp_path, [note, die_always, note, note])
    assert names(tmp_path) == ["0", "2", "3"]


def test_what_is_defined_here_goes_to_workers(tmp_path):
    def local(folder, number, report):
        (folder / f"{number}").write_text(str(os.getpid()))
        report(2, "")

    with Engine(2, progress=False, shared=tmp_path) as engine:
        run(engine, tmp_path, [local] * 4)
    assert names(tmp_path) == ["0", "1", "2", "3"]
    assert str(os.getpid()) not in {(tmp_path / name).read_text() for name in names(tmp_path)}


def test_what_cannot_be_sent_is_said():
    with (
        Engine(2, progress=False, shared=threading.Lock()) as engine,
        pytest.raises(ValueError, match="cannot be sent to other processes"),
    ):
        run(engine, None, [note] * 2)


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ({"name": "dask"}, "engine must be one of processes, slurm, ray, got 'dask'"),
        ({"cpus": 4}, "engine.cpus is for slurm and ray"),
        ({"name": "slurm", "cpus": 0}, "engine.cpus must be a whole number of at least 1, got 0"),
        ({"name": "slurm", "gpus": 0.5}, "engine.gpus is 0.5, and Slurm gives whole ones"),
        ({"name": "ray", "memory": -1}, "engine.memory must be a positive number, got -1"),
        ({"name": "ray", "cpu": 1}, "unknown key"),
    ],
)
def test_an_engine_that_cannot_be_is_refused(given, match):
    with pytest.raises(ValueError, match=match):
        StudySpec(name="s", task="digits", engine=given)


def test_an_engine_is_no_part_of_what_a_store_holds():
    spec = StudySpec(name="s", task="digits")
    assert "engine" not in spec.as_dict()


@pytest.fixture
def tiny():
    small = MeasureSpec(
        samples=64, trace_probes=2, sharpness_samples=2, line_points=3, plane_points=3, plane_seeds=1, spectrum_steps=4
    )
    return StudySpec(
        name="s", task="digits", methods=("zenith", "cosine"), seeds=2, steps=6, checkpoints=2, measure=small
    )


def assert_same_numbers(one, two):
    for group in ("traces", "epochs", "curvature", "end", "lines/random", "planes/seed0/plane", "spectra"):
        first, second = one.tree[group].to_dataset(), two.tree[group].to_dataset()
        for name in set(first.data_vars) - {"seconds"}:
            xr.testing.assert_identical(first[name], second[name])


@pytest.mark.slow
def test_jobs_of_slurm_give_the_same_bits(framework, tiny, tmp_path):
    """By submitit's own executor of this machine, which runs the same jobs without Slurm."""
    framework("submitit")
    here = execute(prepare(tiny, tmp_path / "here"), progress=False)
    engine = EngineSpec(name="slurm", runs_per_job=2, options={"cluster": "local"})
    there = execute(prepare(tiny.replace(engine=engine), tmp_path / "there"), workers=2, progress=False)
    assert_same_numbers(here, there)
    assert not list((tmp_path / "there").glob(".jobs/landscape-*"))


@pytest.mark.slow
def test_a_killed_job_of_slurm_is_sent_again(framework, tmp_path):
    framework("submitit")
    spec = EngineSpec(name="slurm", options={"cluster": "local"})
    with Engine(2, progress=False, shared=tmp_path, spec=spec, folder=tmp_path) as engine:
        run(engine, tmp_path, [note, die_once, note])
    assert {"0", "1", "2", "died"} <= set(names(tmp_path))


def until_heard(folder, number, report):
    end = time.monotonic() + 60
    while not (folder / "heard").exists() and time.monotonic() < end:
        report(1, "half way")
        time.sleep(0.1)
    (folder / f"in time {time.monotonic() < end}").touch()


class Listening(Overview):
    """Touches a file as soon as something at work says so."""

    def __init__(self, file):
        super().__init__(shown=False)
        self.file, self.running = file, 0

    @contextmanager
    def stage(self, stage):
        def changed():
            if "half way" in stage.at_work(9)[0]:
                self.running = stage.counts()["running"]
                self.file.touch()

        stage.changed = changed
        yield stage


@pytest.fixture(scope="module")
def own_ray():
    """A Ray of this machine, which finds what this file defines."""
    ray, why = pytest.importorskip("ray"), ""
    try:
        ray.init(
            address="local", num_cpus=2, include_dashboard=False, log_to_driver=False, object_store_memory=100 * 2**20
        )
    except Exception as error:
        why = str(error)
    if why:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)  # of what it began to start
            gc.collect()
        pytest.skip(f"Ray does not start here: {why}")
    importlib.import_module("ray.cloudpickle").register_pickle_by_value(sys.modules[__name__])  # Ray has its own
    yield
    ray.shutdown()


@pytest.mark.slow
@pytest.mark.parametrize("package", ["submitit", "ray"])
def test_jobs_of_a_cluster_are_heard_while_they_are_at_work(framework, request, tmp_path, package):
    framework(package)
    if package == "ray":
        request.getfixturevalue("own_ray")
    spec = EngineSpec(name="ray") if package == "ray" else EngineSpec(name="slurm", options={"cluster": "local"})
    seen = Listening(tmp_path / "heard")
    with Engine(1, progress=seen, shared=tmp_path, spec=spec, folder=tmp_path) as engine:
        run(engine, tmp_path, [until_heard])
        assert [list(path.iterdir()) for path in tmp_path.glob(".jobs/landscape-*/reports")] == [[]]
    assert seen.running == 1
    assert {"heard", "in time True"} <= set(names(tmp_path))
    assert not list(tmp_path.glob(".jobs/landscape-*"))


def test_reports_are_read_as_they_change_and_go_with_their_job(tmp_path):
    seen = []
    reader = ProgressReader(tmp_path)
    reader.end()  # here it looks when it is asked to
    reader.show = lambda *said: seen.append(said)
    with ProgressFile(tmp_path, 7) as file:
        file.write(0, "a run begins")
        reader.look()
        reader.look()
        assert seen == [(7, 0, "a run begins")]
        file.write(3, "\x1b[2J ü")
        os.utime(tmp_path / "7", ns=(0, 0))  # on a file system whose clock ticks slowly
        (tmp_path / "8").write_text("[1,")  # cut off
        (tmp_path / "x.tmp").write_text("[1, 2]")
        reader.look()
        assert seen[1:] == [(7, 3, "\x1b[2J ü")]
        assert names(tmp_path) == ["7", "8", "x.tmp"]
    assert names(tmp_path) == ["8", "x.tmp"]
    with ProgressFile(tmp_path / "gone", 1) as file:
        file.write(1, "nobody sees it, and the job goes on")
    reader.forget(8)
    reader.forget(9)
    assert names(tmp_path) == ["x.tmp"]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    if absent := slurm_of_one_machine.missing():
        pytest.skip(f"{', '.join(absent)} not installed: apt install slurm-wlm")
    with ExitStack() as stack:
        try:
            stack.enter_context(slurm_of_one_machine.slurm(tmp_path_factory.mktemp("cluster") / "slurm"))
        except RuntimeError as error:
            pytest.skip(f"Slurm does not start here: {error}")
        yield


@pytest.mark.slow
def test_a_study_on_slurm_itself(framework, tiny, cluster, tmp_path):
    framework("submitit")
    here = execute(prepare(tiny, tmp_path / "here"), progress=False)
    spec = tiny.replace(engine=EngineSpec(name="slurm", minutes=20, runs_per_job=2))
    assert_same_numbers(here, execute(prepare(spec, tmp_path / "there"), workers=2, progress=False))


def wait_the_first_time(folder, number, report):
    begun = folder / "begun"
    if not begun.exists():
        begun.touch()
        time.sleep(600)
    note(folder, number, report)


@pytest.mark.slow
@pytest.mark.parametrize("command", [["scancel"], ["scontrol", "requeue"]], ids=" ".join)
def test_jobs_of_slurm_that_are_cancelled_or_queued_again_are_done(framework, cluster, tmp_path, command):
    framework("submitit")

    def act():
        while not (tmp_path / "begun").exists():
            time.sleep(0.1)
        running = subprocess.run(
            ["squeue", "--noheader", "--array", "--states=R", "--format=%i"], capture_output=True, text=True, check=True
        )
        for job in running.stdout.split():
            subprocess.run([*command, job], check=True)

    actor = threading.Thread(target=act)
    actor.start()
    spec = EngineSpec(name="slurm", minutes=20)
    with Engine(1, progress=False, shared=tmp_path, spec=spec, folder=tmp_path) as engine:
        run(engine, tmp_path, [wait_the_first_time])
    actor.join()
    assert (tmp_path / "0").exists()


@pytest.mark.slow
def test_ray_gives_the_same_bits_though_a_node_is_killed(framework, tiny, tmp_path):
    framework("ray")
    from ray.cluster_utils import Cluster

    here = execute(prepare(tiny, tmp_path / "here"), progress=False)
    try:
        cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "object_store_memory": 100 * 2**20})
    except Exception as error:
        pytest.skip(f"Ray does not start here: {error}")
    try:
        node = cluster.add_node(num_cpus=1, object_store_memory=100 * 2**20)
        engine = EngineSpec(name="ray", options={"address": cluster.address})
        plan = prepare(tiny.replace(engine=engine), tmp_path / "there")
        killer = threading.Thread(target=kill_in_the_middle, args=(cluster, node, tmp_path / "there"))
        killer.start()
        there = execute(plan, progress=False)
        killer.join()
        assert len(cluster.list_all_nodes()) == 1
    finally:
        cluster.shutdown()
    assert_same_numbers(here, there)


def kill_in_the_middle(cluster, node, folder):
    while not list(folder.glob("runs/*/run.json")):  # the first run is there, others are not
        time.sleep(0.05)
    cluster.remove_node(node, allow_graceful=False)


OWN = """
import os, time, torch, zenith

X, y = torch.randn(120, 4, generator=torch.Generator().manual_seed(0)), torch.arange(120) % 3
task = zenith.Task(name="mine", model=lambda: torch.nn.Linear(4, 3), train=(X, y), test=(X, y), loss="cross_entropy")

class Noted(torch.optim.SGD):
    def __init__(self, params, lr):
        super().__init__(list(params), lr=lr)
        self.first, self.steps = float(self.param_groups[0]["params"][0].detach().flatten()[0]), 0

    def step(self, closure=None):
        self.steps += 1
        if self.steps == 8:  # the last of a run, which no check takes
            with open("FOLDER/trained", "a") as file:
                file.write(f"{self.first} process {os.getpid()} at {time.time()}\\n")
        return super().step(closure)

def noted(params, lr):
    return Noted(params, lr)
"""
SHARING = """
name = "s"
task = "mine.py:task"
seeds = SEEDS
epochs = 2
batch_size = 30
checkpoints = 1
store = "FOLDER/store"
[methods.zenith]
[methods.noted]
make = "mine.py:noted"
[measure]
samples = 20
trace_probes = 2
sharpness_samples = 2
line_points = 3
plane_seeds = 0
spectrum_seeds = 0
[engine]
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("package", "fixture", "engine"),
    [
        pytest.param("submitit", "cluster", 'name = "slurm"\nminutes = 20\nruns_per_job = 4\n', id="slurm"),
        pytest.param("ray", "own_ray", 'name = "ray"\n', id="ray"),
    ],
)
def test_two_studies_of_a_cluster_at_once_on_one_store_train_nothing_twice(
    framework, request, tmp_path, package, fixture, engine
):
    framework(package)
    request.getfixturevalue(fixture)
    (tmp_path / "mine.py").write_text(OWN.replace("FOLDER", str(tmp_path)))
    plans = []
    for name, seeds in (("one", "[0, 1]"), ("two", "[1, 2]")):
        file = tmp_path / f"{name}.toml"
        file.write_text((SHARING + engine).replace("FOLDER", str(tmp_path)).replace("SEEDS", seeds))
        plans.append(prepare(load_spec(file), tmp_path / name, device="cpu"))
    with ThreadPoolExecutor(2) as pool:  # of drivers
        one, two = pool.map(lambda plan: execute(plan, workers=2, progress=False), plans)
    noted = (tmp_path / "trained").read_text()
    trained = [line.split()[0] for line in noted.splitlines()]
    assert len(trained) == len(set(trained)) == 3, noted
    assert len(list(tmp_path.glob("store/runs/*/run.json"))) == 6
    assert len(list(tmp_path.glob("store/measures/[!.]*.nc"))) == 6
    xr.testing.assert_identical(*(each.tree["curvature"]["eigenvalue"].sel(seed=1) for each in (one, two)))
    assert not list(tmp_path.glob("*/.jobs/landscape-*"))
    assert not (tmp_path / "store" / ".locks").exists()
