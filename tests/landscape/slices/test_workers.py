"""A plane shared out is the plane."""

import functools
import json
import multiprocessing
import pickle
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import pytest
import slice_workers
import torch
from interruption import finished
from torch import nn

from landscape.objective.objective import Objective
from landscape.slices._evaluation.evaluator import Evaluator

# internal: how points are cut into blocks, and what a worker is sent, is seen by no user.
from landscape.slices._evaluation.workers import (
    EvaluationTask,
    LocalPool,
    _blocks,
    _rebuild,
    _spec,
    evaluate_by_executor,
    evaluate_by_pool,
)
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
    there = _rebuild(pickle.loads(pickle.dumps(_spec(part))))
    assert there.evaluate() == pytest.approx(part.evaluate(), rel=1e-15)
    assert list(there.parameters) == list(part.parameters)
    assert there.l2 == part.l2


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
    packed = EvaluationTask.of({"": objective}, along, functools.partial(Evaluator, route="plain"))
    points = np.linspace(-1, 1, 12).reshape(6, 2)
    order = []
    for block, values in evaluate_by_executor(executor, packed, points):
        assert values.shape == (1, 2)
        order += block.tolist()
        if len(order) == 5:
            executor.slow.set_result(executor.held)
    assert order == [1, 2, 3, 4, 5, 0]


class Counted:
    """Evaluates x + 2 y, and counts."""

    def __init__(self):
        self.points = 0

    def evaluate(self, points):
        for start, point in enumerate(points):
            self.points += 1
            yield start, point[None, :1] + 2 * point[None, 1:]


class Beside:
    """A pool of one thread, which starts when it is told to."""

    processes = 1

    def __init__(self, executor):
        self.executor, self.there, self.ready = executor, Counted(), False

    def started(self):
        return int(self.ready)

    def submit(self, points):
        return self.executor.submit(lambda: np.concatenate([row for _, row in self.there.evaluate(points)]))


@pytest.mark.parametrize("count", [1, 2, 7, 100, 1000])
@pytest.mark.parametrize("after", [0, 1, 50, 10_000])
def test_this_process_takes_part_and_each_point_comes_once(count, after):
    """One that is ready at once, in the middle, or never."""
    points = np.random.default_rng(0).normal(size=(count, 2))
    here, found, done = Counted(), np.full(count, np.nan), np.zeros(count, dtype=int)
    with ThreadPoolExecutor(1) as executor:
        pool = Beside(executor)
        pool.ready = after == 0
        for block, values in evaluate_by_pool(pool, here, points):
            found[block] = values[:, 0]
            done[block] += 1
            pool.ready |= here.points >= after
    assert (done == 1).all()
    assert np.array_equal(found, points[:, 0] + 2 * points[:, 1])
    assert here.points + pool.there.points == count
    assert here.points >= min(after, count)
    assert pool.there.points > 0 or after >= min(count, 2)


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
    before = set(multiprocessing.active_children())
    with LocalPool(1, 1) as pool:
        assert pool.started() == 0  # importing torch takes it seconds
        (process,) = set(multiprocessing.active_children()) - before
    assert not process.is_alive()
    assert process.exitcode != 0


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


def test_what_cannot_be_sent_is_refused_in_one_sentence(mlp, objective):
    lambdas = Objective(mlp.model, mlp.criterion, mlp.data, metrics={"one": lambda m, b: m(b[0]).mean()})
    u = {n: torch.ones_like(p) for n, p in lambdas.parameters.items()}
    with pytest.raises(ValueError, match=r"The metrics cannot be sent to workers \(.*top level of a module"):
        line(lambdas, u, [0.0, 1.0], workers=2)
    for workers in (0, "two"):
        with pytest.raises(ValueError, match=f"workers is {workers!r}: give a number"):
            line(lambdas, u, [0.0, 1.0], workers=workers)
