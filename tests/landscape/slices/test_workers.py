"""A plane shared out is the plane."""

import functools
import json
import pickle
import subprocess
import sys
import threading
from concurrent.futures import Future, ThreadPoolExecutor

import cloudpickle
import numpy as np
import pytest
import slice_workers
import torch
from interruption import finished
from torch import nn

from landscape.objective.objective import Objective
from landscape.slices._evaluation.evaluator import Evaluator

# internal: how points are cut into blocks, and what a worker is sent, is seen by no user.
from landscape.slices._evaluation.workers import ExecutorWorkers, LocalExecutor, _blocks, pack
from landscape.slices.adaptive import adaptive_plane
from landscape.slices.grid import line, plane


class Postal:
    """An executor whose workers are somewhere else: everything goes through pickle."""

    _max_workers = 2

    def __init__(self):
        self.jobs = 0

    def submit(self, function, *arguments):
        self.jobs += 1
        function, arguments = pickle.loads(pickle.dumps((function, arguments)))
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(function, *arguments)


@pytest.fixture(scope="module")
def objective():
    return slice_workers.make()


@pytest.fixture(scope="module")
def expected(objective):
    return plane(objective, slice_workers.directions(objective), slice_workers.STEPS, route="plain")


def test_an_objective_in_another_process_is_the_same(objective):
    part = objective.restrict("head", "conv").subset(7)
    there = pickle.loads(cloudpickle.dumps(part))
    assert there.evaluate() == part.evaluate()
    assert list(there.parameters) == list(part.parameters)
    assert there.protocol() == part.protocol()


@pytest.mark.parametrize("route", ["plain", "rewritten"])
def test_an_executor_finds_the_same_values(objective, expected, route, tmp_path):
    executor = Postal()
    path = tmp_path / "plane.jsonl"
    both = {"train": objective, "test": objective}
    surface = plane(
        both, slice_workers.directions(objective), slice_workers.STEPS, route=route, workers=executor, path=path
    )
    assert executor.jobs == 24  # the first point chose the backend
    for name in both:
        assert surface[f"{name}_loss"].values == pytest.approx(expected.loss.values, rel=1e-12)
        assert np.array_equal(surface[f"{name}_accuracy"], expected.accuracy)
    assert len(path.read_text().splitlines()) == 1 + 25


def test_ctrl_c_keeps_what_workers_have_finished(objective, expected, tmp_path):
    class Stopped(Postal):
        def submit(self, function, *arguments):
            answer, number = super().submit(function, *arguments), self.jobs
            result, asked = answer.result, []

            def interrupted():
                asked.append(None)
                if number == 4 and len(asked) == 1:
                    raise KeyboardInterrupt
                return result()

            answer.result = interrupted
            if number > 6:
                answer.cancelled = lambda: True
            return answer

    path = tmp_path / "plane.jsonl"
    along = slice_workers.directions(objective)
    partial = finished(plane, objective, along, slice_workers.STEPS, workers=Stopped(), path=path)
    known = np.isfinite(partial.loss.values)
    assert known.sum() == 7
    assert partial.loss.values[known] == pytest.approx(expected.loss.values[known], rel=1e-12)
    assert partial.attrs["message"] == "Interrupted after 7 of 25 points; the others are NaN."
    assert len(path.read_text().splitlines()) == 1 + 1 + 6
    surface = plane(objective, along, slice_workers.STEPS, path=path)
    assert surface.loss.values == pytest.approx(expected.loss.values, rel=1e-12)


def test_a_failing_worker_costs_no_more_than_its_own_points(objective, expected, tmp_path):
    class Failing(Postal):
        def submit(self, function, *arguments):
            answer = super().submit(function, *arguments)
            if self.jobs == 3:
                answer = Future()
                answer.set_exception(RuntimeError("the node went away"))
            return answer

    path = tmp_path / "plane.jsonl"
    along = slice_workers.directions(objective)
    with pytest.raises(RuntimeError, match="the node went away"):
        plane(objective, along, slice_workers.STEPS, workers=Failing(), path=path)
    assert len(path.read_text().splitlines()) == 1 + 25 - 1
    surface = plane(objective, along, slice_workers.STEPS, path=path)
    assert json.loads(surface.attrs["protocol"])["resumed"] == 24
    assert surface.loss.values == pytest.approx(expected.loss.values, rel=1e-12)


def test_points_come_as_they_are_finished(objective):
    class Slow(Postal):
        def submit(self, function, *arguments):
            answer = super().submit(function, *arguments)
            if self.jobs == 1:
                self.held, answer = answer.result(), Future()
                self.slow = answer
            return answer

    executor = Slow()
    along = slice_workers.directions(objective)
    packed = pack(functools.partial(Evaluator, route="plain"), {"": objective}, along)
    points = np.linspace(-1, 1, 12).reshape(6, 2)
    order = []
    for block, values in ExecutorWorkers(executor, packed).evaluate(points):
        assert values.shape == (1, 2)
        order += block.tolist()
        if len(order) == 5:
            executor.slow.set_result(executor.held)
    assert order == [1, 2, 3, 4, 5, 0]


class Counted:
    """Evaluates x + 2 y, and counts."""

    def __init__(self, counts):
        self.counts = counts

    def evaluate(self, points):
        for start, point in enumerate(points):
            self.counts.append(None)
            yield start, point[None, :1] + 2 * point[None, 1:]


class Beside(LocalExecutor):
    """An executor of one thread, which starts when it is told to."""

    def __init__(self, executor):
        self._max_workers, self.executor, self.ready = 1, executor, False

    def started(self):
        return int(self.ready)

    def written(self, payload):
        return payload

    def submit(self, function, *arguments):
        return self.executor.submit(function, *arguments)


elsewhere = []
"""Points evaluated by the other worker."""


@pytest.mark.parametrize("count", [1, 2, 7, 100, 1000])
@pytest.mark.parametrize("after", [0, 1, 50, 10_000])
def test_this_process_takes_part_and_each_point_comes_once(count, after):
    """One that is ready at once, in the middle, or never."""
    points = np.random.default_rng(0).normal(size=(count, 2))
    counts, found, done = [], np.full(count, np.nan), np.zeros(count, dtype=int)
    elsewhere.clear()
    with ThreadPoolExecutor(1) as executor:
        pool = Beside(executor)
        pool.ready = after == 0
        workers = ExecutorWorkers(pool, pickle.dumps(there), Counted(counts))
        for block, values in workers.evaluate(points):
            found[block] = values[:, 0]
            done[block] += 1
            pool.ready |= len(counts) >= after
    assert (done == 1).all()
    assert np.array_equal(found, points[:, 0] + 2 * points[:, 1])
    assert len(counts) + len(elsewhere) == count
    assert len(counts) >= min(after, count)
    assert len(elsewhere) > 0 or after >= min(count, 2)


def there():
    return Counted(elsewhere)


def test_blocks_shrink_to_single_points():
    sizes = [len(block) for block in _blocks(1680, 2)]
    assert sum(sizes) == 1680
    assert sizes == sorted(sizes, reverse=True)
    assert (sizes[0], sizes[-1]) == (53, 1)


def test_halving_is_shared_out_too():
    torch.manual_seed(0)
    data = torch.randn(900, 4).double(), torch.randint(0, 3, (900,))
    objective = Objective(nn.Linear(4, 3).double(), nn.CrossEntropyLoss(), data)
    u = {
        n: torch.ones_like(p) * torch.arange(1.0, len(p) + 1).view(-1, *[1] * (p.dim() - 1))
        for n, p in objective.parameters.items()
    }
    steps = np.linspace(0, 9, 10)
    here = line(objective, u, steps, resolution=0.2)
    there = line(objective, u, steps, resolution=0.2, workers=Postal())
    assert (here.samples < 900).any()
    assert np.array_equal(here.samples, there.samples)
    assert there.loss.values == pytest.approx(here.loss.values, rel=1e-12)


GRID = np.linspace(-1.0, 1.0, 11)


@pytest.mark.parametrize("number", [1, 2])
def test_adaptive_planes_are_shared_out_too(objective, number):
    several = objective if number == 1 else {"train": objective, "test": objective.subset(7)}
    along = slice_workers.directions(objective)
    executor = Postal()
    here = adaptive_plane(several, along, GRID, holdout=10, route="plain")
    there = adaptive_plane(several, along, GRID, holdout=10, route="plain", workers=executor)
    assert executor.jobs > 30
    assert here.drop_attrs().identical(there.drop_attrs())


def test_ctrl_c_keeps_the_points_of_an_adaptive_plane(objective, tmp_path):
    class Stopped(Postal):
        def submit(self, function, *arguments):
            if self.jobs == 20:
                raise KeyboardInterrupt
            return super().submit(function, *arguments)

    along, path = slice_workers.directions(objective), tmp_path / "plane.jsonl"
    whole = adaptive_plane(objective, along, GRID, holdout=10, route="plain")
    partial = finished(adaptive_plane, objective, along, GRID, holdout=10, route="plain", workers=Stopped(), path=path)
    assert partial.attrs["converged"] == 0
    known = partial.attrs["evaluations"]
    assert 20 < known == int(partial.evaluated.sum()) == len(path.read_text().splitlines()) - 1
    assert partial.attrs["message"].startswith(f"Interrupted after {known} evaluations")
    resumed = adaptive_plane(objective, along, GRID, holdout=10, route="plain", path=path)
    assert json.loads(resumed.attrs["protocol"])["resumed"] == known
    assert resumed.drop_attrs().identical(whole.drop_attrs())


def test_nobody_waits_for_a_process_that_is_not_needed():

    # internal: how points are cut into blocks, and what a worker is sent, is seen by no user.
    with LocalExecutor(1) as executor:
        executor.start()
        assert executor.started() == 0  # importing torch takes it seconds
        (process,) = executor._processes.values()
    assert not process.is_alive()
    assert process.exitcode != 0


def test_threads_are_shared_with_the_processes_and_taken_back():
    before = torch.get_num_threads()
    torch.set_num_threads(4)
    try:
        with LocalExecutor(1) as executor:
            assert torch.get_num_threads() == 4
            executor.start()
            assert torch.get_num_threads() == 2
        assert torch.get_num_threads() == 4
    finally:
        torch.set_num_threads(before)


@pytest.mark.slow
def test_two_processes_find_the_same_adaptive_plane(objective):
    along = slice_workers.directions(objective)
    here = adaptive_plane(objective, along, GRID, holdout=10, route="plain")
    there = adaptive_plane(objective, along, GRID, holdout=10, route="plain", workers=2)
    assert np.array_equal(here.evaluated, there.evaluated)
    assert there.loss.values == pytest.approx(here.loss.values, rel=1e-9)


@pytest.mark.slow
def test_two_processes_find_the_same_values(objective, expected):
    surface = plane(objective, slice_workers.directions(objective), slice_workers.STEPS, workers=2)
    assert surface.loss.values == pytest.approx(expected.loss.values, rel=1e-12)
    assert np.array_equal(surface.accuracy, expected.accuracy)


@pytest.mark.slow
def test_two_ranks_find_the_same_values_and_refuse_different_planes(objective, expected, tmp_path):
    adaptive = adaptive_plane(objective, slice_workers.directions(objective), GRID, holdout=10, route="plain")
    for loss, accuracy, words, picture in slice_workers.on_two_ranks(tmp_path, interrupted=False):
        assert picture == pytest.approx(adaptive.loss.values, rel=1e-9)
        assert loss == pytest.approx(expected.loss.values, rel=1e-12)
        assert np.array_equal(accuracy, expected.accuracy)
        assert "Rank 1 differs from rank 0 in the slice's grid" in words
    assert len((tmp_path / "plane.jsonl").read_text().splitlines()) == 1 + 25


@pytest.mark.slow
def test_ctrl_c_on_one_rank_stops_both_and_loses_nothing(tmp_path):
    assert slice_workers.on_two_ranks(tmp_path, interrupted=True) == [["interrupted"], ["interrupted"]]
    done = [json.loads(text)[0] for text in (tmp_path / "plane.jsonl").read_text().splitlines()[1:]]
    assert len(done) > 10
    assert {index % 2 for index in done} == {0, 1}


def defined_here():
    """A model, a criterion and metrics that no module has at its top level, as of a notebook or a script."""

    class Local(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(4, 3)

        def forward(self, x):
            return self.layer(x).tanh()

    torch.manual_seed(0)
    data = torch.randn(20, 4), torch.randint(0, 3, (20,))
    metrics = {"mean": lambda m, b: m(b[0]).mean()}
    return Objective(Local(), lambda output, target: nn.functional.cross_entropy(output, target), data, metrics=metrics)


def test_lambdas_and_local_classes_are_sent_along():
    objective = defined_here()
    u = {n: torch.ones_like(p) for n, p in objective.parameters.items()}
    here, away = (line(objective, u, np.linspace(-1, 1, 9), workers=workers) for workers in (1, Postal()))
    assert here.drop_attrs().identical(away.drop_attrs())


@pytest.mark.slow
@pytest.mark.parametrize("typed", [False, True], ids=["script", "typed"])
def test_a_script_without_a_main_guard_and_what_is_typed_in_work_in_processes(tmp_path, typed):
    """The processes do not import the script again, and get what it defines along."""
    source = """
import os, loky, numpy as np, torch
import landscape as ls
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(4, 3)
    def forward(self, x):
        return self.layer(x).tanh()
torch.manual_seed(0)
data = torch.randn(20, 4), torch.randint(0, 3, (20,))
metrics = {"process": lambda m, b: torch.tensor(os.getpid()).double()}
objective = ls.Objective(Net(), torch.nn.CrossEntropyLoss(), data, metrics=metrics)
u = ls.random_direction(objective, seed=0)
here = ls.line(objective, u)
with loky.ProcessPoolExecutor(1) as executor:  # which local processes are made of
    away = ls.line(objective, u, workers=executor)
both = ls.line(objective, u, workers=2)  # the other may not have started by the end
print(here.loss.identical(away.loss), here.loss.identical(both.loss), len(np.unique(away.process)))
"""
    path = tmp_path / "script.py"
    path.write_text(source)
    command = [sys.executable, "-c", source] if typed else [sys.executable, str(path)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert ran.stdout.split() == ["True", "True", "2"], ran.stderr


def test_what_cannot_be_sent_is_refused_in_one_sentence(mlp):
    lock = threading.Lock()

    def locked(model, batch):
        with lock:
            return model(batch[0]).mean()

    objective = Objective(mlp.model, mlp.criterion, mlp.data, metrics={"one": locked})
    u = {n: torch.ones_like(p) for n, p in objective.parameters.items()}
    with pytest.raises(
        ValueError, match=r"The metrics cannot be sent to workers \(cannot pickle '_thread.lock' object\)"
    ):
        line(objective, u, [0.0, 1.0], workers=2)
    for workers in (0, "two"):
        with pytest.raises(ValueError, match=f"workers is {workers!r}: give a number"):
            line(objective, u, [0.0, 1.0], workers=workers)
