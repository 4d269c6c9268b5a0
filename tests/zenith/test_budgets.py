"""A run spends what it was given: epochs, steps, seconds or gradient evaluations, decided before its first step."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from killed_script import everything
from test_resume import Stop, stop_at
from test_training import SAMPLES, make_task

import zenith
from zenith import methods
from zenith.training.budget import Budget, steps_within
from zenith.training.trace import STEP_FIELDS, Trace
from zenith.training.train import train

REST = {"batch_size": 8, "window": 3, "checkpoints": 2, "device": "cpu"}
PER_EPOCH = math.ceil(SAMPLES / 8)


def test_ten_epochs_by_default_and_one_budget_only():
    run = train(make_task(), "sgd", **REST)
    assert (run.epochs, run.total_steps, run.budget) == (10, 10 * PER_EPOCH, {"by": "epochs", "amount": 10})
    for two in ({"epochs": 1, "steps": 3}, {"seconds": 1.0, "gradients": 5}):
        with pytest.raises(ValueError, match="are 2 budgets of one run: give one of them"):
            train(make_task(), "sgd", **two)
    for wrong in ({"steps": 0}, {"steps": 2.5}, {"epochs": 0}, {"seconds": 0}, {"seconds": "long"}, {"gradients": -1}):
        with pytest.raises(ValueError, match=f"{next(iter(wrong))} must be a"):
            train(make_task(), "sgd", **wrong)


@pytest.mark.parametrize("steps", [1, PER_EPOCH - 1, PER_EPOCH, PER_EPOCH + 3, 3 * PER_EPOCH])
def test_steps_are_those_of_the_epochs_cut_short(steps):
    run = train(make_task(), "cosine", steps=steps, **REST)
    assert run.total_steps == len(run.trace.steps["loss"]) == steps
    assert run.epochs == steps / PER_EPOCH
    ends = [PER_EPOCH * n for n in range(steps // PER_EPOCH + 1)]
    assert run.trace.epoch_steps == [*ends, *([steps] if steps % PER_EPOCH else [])]  # and always at the end
    assert max(run.checkpoints) == steps
    # The schedule is told the steps: the learning rate of the last one is that of cosine's last step of so many.
    assert run.trace.steps["lr"][-1] == pytest.approx(0.1 * (1 + math.cos(math.pi * (steps - 1) / steps)) / 2)
    longer = train(make_task(), "sgd", epochs=3, **REST)
    same = train(make_task(), "sgd", steps=steps, **REST)
    assert same.trace.steps["loss"] == longer.trace.steps["loss"][:steps]
    if steps == 3 * PER_EPOCH:
        assert everything(same) == everything(longer)


@pytest.mark.parametrize("name", ["sgd", "lqa", "sam", "gen", "pal", "zenith"])
def test_gradient_evaluations_pay_for_extra_passes(name):
    run = train(make_task(), name, gradients=24, settings={"every": 4} if name == "gen" else None, **REST)
    each = sum(methods.passes(name)) / 2
    assert run.total_steps == math.floor(24 / each)
    assert run.budget == {"by": "gradients", "amount": 24.0, "gradient_evaluations_per_step": each}
    spent = run.trace.step_array("gradient_evaluations")
    probe = 1 if name == "gen" else 0  # which comes at every fourth step, the first included
    assert each * run.total_steps <= spent[-1] <= each * run.total_steps + probe
    assert (np.diff(spent) > 0).all()


def test_passes_are_counted_by_whole_batches():
    plain = train(make_task(), "lqa", steps=6, **REST).trace
    pieces = train(make_task(), "lqa", steps=6, options={"accumulate": 3}, **REST).trace
    assert plain.steps["gradient_evaluations"] == pieces.steps["gradient_evaluations"] == [2, 4, 6, 8, 10, 12]


def test_a_closure_of_ones_own_is_counted_by_a_trial():
    own = zenith.Method("mine", torch.optim.LBFGS, needs="closure", optimizer_defaults={"lr": 0.1, "max_iter": 4})
    run = train(make_task(), own, gradients=40, **REST)
    assert run.budget["gradient_evaluations_per_step"] == pytest.approx(4, abs=0.5)
    assert run.total_steps == math.floor(40 / run.budget["gradient_evaluations_per_step"])
    assert run.trace.steps["gradient_evaluations"][-1] == pytest.approx(40, rel=0.2)
    plain = train(make_task(), ("mine", torch.optim.SGD), gradients=5, **REST)
    assert plain.budget == {"by": "gradients", "amount": 5.0, "gradient_evaluations_per_step": 1.0}


def test_seconds_become_steps_by_a_trial_that_leaves_no_trace():
    task = make_task(dropout=0.3)
    torch.manual_seed(5)
    state = torch.get_rng_state()
    run = train(task, "cosine", seconds=0.2, **REST)
    assert torch.equal(torch.get_rng_state(), state)
    found = run.budget
    assert (found["by"], found["amount"]) == ("seconds", 0.2)
    assert found["trial_steps"] >= 5
    assert found["warm_up_steps"] == 3
    assert found["standard_deviation"] >= 0
    assert run.total_steps == math.floor(0.2 / found["seconds_per_step"])
    same = train(task, "cosine", steps=run.total_steps, **REST)
    assert everything(same) == everything(run)


def test_a_budget_that_allows_no_step_is_refused():
    steps = []
    for budget, unit in (({"seconds": 1e-9}, "s"), ({"gradients": 1.5}, "gradient evaluations")):
        with pytest.raises(ValueError, match=rf"allows no step, because one takes .* {unit}: give more"):
            train(make_task(), "lqa", **budget, **REST, on_step=lambda *args: steps.append(args))
    assert not steps


def test_a_resumed_run_keeps_the_steps_that_were_decided_at_first(tmp_path, replace):
    file, task = tmp_path / "run", make_task()
    with pytest.raises(Stop):
        train(task, "cosine", seconds=0.2, resume=file, save_every=1, on_step=stop_at(4), **REST)

    def fail(*_):
        raise AssertionError("measured again")

    replace("measure", fail, package="zenith.training.budget")
    run = train(task, "cosine", seconds=0.2, resume=file, **REST)
    assert run.total_steps == math.floor(0.2 / run.budget["seconds_per_step"])
    assert everything(run) == everything(train(task, "cosine", steps=run.total_steps, **REST))
    with pytest.raises(ValueError, match="is another run, its budget is"):
        train(task, "cosine", steps=run.total_steps, resume=file, **REST)


def test_a_run_that_diverges_at_once_has_a_budget_too():
    run = train(make_task(), "sgd", seconds=0.5, settings={"lr": 1e30}, **REST)
    assert run.status == "diverged"


@given(
    amount=st.floats(1e-3, 1e6),
    share=st.one_of(st.integers(1, 10**6).map(lambda n: 1 / n), st.floats(1e-6, 1)),
    by=st.sampled_from(["seconds", "gradients"]),
)
def test_as_many_steps_as_fit(amount, share, by):
    each = amount * share
    key = {"seconds": "seconds_per_step", "gradients": "gradient_evaluations_per_step"}[by]
    steps = steps_within(Budget(by, amount), 7, {key: each})
    assert steps * each <= amount * (1 + 1e-9) < (steps + 1) * each * (1 + 1e-8)


def test_a_trace_from_before_a_quantity_was_recorded_is_read():
    state = train(make_task(), "sgd", steps=4, **REST).trace.state()
    del state["steps"]["gradient_evaluations"]
    trace = Trace.of(state)
    assert list(trace.steps) == list(STEP_FIELDS)
    assert np.isnan(trace.steps["gradient_evaluations"]).tolist() == [True] * 4


def test_where_a_method_was_loaded_from_is_recorded_and_a_changed_one_is_another_run(tmp_path):
    file = tmp_path / "own.py"
    text = "import torch\n\ndef mine(params, lr=0.1):\n    return torch.optim.SGD(params, lr=lr)\n"
    file.write_text(text)
    run = train(make_task(), f"{file}:mine", steps=3, resume=tmp_path / "run", **REST)
    assert run.sources["method"]["path"] == str(file)
    file.write_text(text + "\n\nX = 1\n")
    with pytest.raises(ValueError, match="is another run, its method's code is"):
        train(make_task(), f"{file}:mine", steps=3, resume=tmp_path / "run", **REST)
