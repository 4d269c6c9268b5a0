"""Where a study's jobs run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import ExitStack

import cloudpickle
import pytest
import slurm_of_one_machine
import xarray as xr

from landscape.study import EngineSpec, MeasureSpec, StudySpec, execute, prepare
from landscape.study.engines import Engine

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


def test_a_job_whose_worker_dies_is_begun_again(tmp_path):
    with Engine(2, progress=False, shared=tmp_path) as engine:
        run(engine, tmp_path, [note, die_once, note, note])
        run(engine, tmp_path, [note] * 5)
    assert names(tmp_path) == ["0", "1", "2", "3", "4", "died"]


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
    assert not list((tmp_path / "there").glob(".shared-*"))


@pytest.mark.slow
def test_a_killed_job_of_slurm_is_sent_again(framework, tmp_path):
    framework("submitit")
    spec = EngineSpec(name="slurm", options={"cluster": "local"})
    with Engine(2, progress=False, shared=tmp_path, spec=spec, folder=tmp_path) as engine:
        run(engine, tmp_path, [note, die_once, note])
    assert {"0", "1", "2", "died"} <= set(names(tmp_path))


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
