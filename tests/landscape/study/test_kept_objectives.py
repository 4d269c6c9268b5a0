"""A process builds and checks its objectives once, and measures each run as if it were the first."""

import weakref

import pytest
import torch
import xarray as xr

import zenith
from landscape.study.kept_objectives import forget_objectives, kept_objective
from landscape.study.measure import measure_run
from landscape.study.measure_spec import MeasureSpec
from zenith import tasks
from zenith.training.train import initial_model

SPEC = MeasureSpec(samples=200, line_points=3, sharpness_samples=2, trace_probes=2)


@pytest.fixture(autouse=True)
def nothing_kept():
    forget_objectives()
    yield
    forget_objectives()


def measured(task, data, seed: int) -> xr.DataTree:
    state = initial_model(task, seed).state_dict()
    train = kept_objective(task, data.train, SPEC.samples, "cpu", route="rewritten")
    test = kept_objective(task, data.test, SPEC.samples, "cpu")
    return measure_run(train, test, task.metric.name, {0: state}, SPEC, diverged=False)


def test_a_run_is_measured_as_if_it_were_the_first():
    task = tasks.get("digits")
    data = task.load(None)
    alone = measured(task, data, 2)
    forget_objectives()
    measured(task, data, 1)
    after_another = measured(task, data, 2)
    for group in alone.groups:
        assert alone[group].to_dataset().identical(after_another[group].to_dataset()), group


def test_an_objective_is_built_once_and_what_one_run_finds_out_stays_its_own():
    task = tasks.get("digits")
    data = task.load(None)
    first = kept_objective(task, data.train, 100, "cpu", route="rewritten")
    second = kept_objective(task, data.train, 100, "cpu", route="rewritten")
    assert second.data is first.data
    assert first.choices.keys() == second.choices.keys() != set()
    first.choices["found later"] = True
    assert "found later" not in second.choices
    assert "found later" not in kept_objective(task, data.train, 100, "cpu", route="rewritten").choices
    assert kept_objective(task, data.train, 90, "cpu").num_samples == 90


def test_no_more_than_two_are_kept_and_none_in_the_end():
    task = tasks.get("digits")
    data = task.load(None)
    held = [weakref.ref(kept_objective(task, data.train, samples, "cpu").data) for samples in (50, 60, 70)]
    assert [ref() is not None for ref in held] == [False, True, True]
    forget_objectives()
    assert [ref() is not None for ref in held] == [False, False, False]


class Wrong(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return torch.tanh(x)

    @staticmethod
    def backward(ctx, g):
        return 2 * g


class Model(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(4, 3)

    def forward(self, x):
        return Wrong.apply(self.layer(x))


def test_what_fails_at_the_initial_weights_is_said_of_the_run_that_is_measured():
    X, y = torch.randn(60, 4, generator=torch.Generator().manual_seed(0)), torch.arange(60) % 3
    task = zenith.Task("wrong", Model, (X, y), (X, y), loss=torch.nn.CrossEntropyLoss())
    data = task.load(None)
    for seed in (1, 2):
        reasons = measured(task, data, seed)["not_measured"].to_dataset()
        assert any("central difference" in str(reason) for reason in reasons["reason"].values)
