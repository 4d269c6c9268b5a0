"""Studies by seconds or gradient evaluations: each method's own number of steps, decided once and used everywhere."""

import itertools
import json
from dataclasses import replace as changed

import numpy as np
import pytest
import torch
import xarray as xr
from many_runs import assert_averaged_as_if_all_were_in_memory

import landscape as ls
import zenith
from landscape._common.end_points import at_end_points
from landscape._common.files import read_record, write_record
from landscape.plot import TraceDisplay
from landscape.plot._study_data import evaluations_of, recorded_by_study
from landscape.study import execute, prepare
from landscape.study.budgets import budgets_of
from landscape.study.costs import Costs, costs_of, equal_cost_table
from landscape.study.gather_sweep import over_points
from landscape.study.jobs import run_id
from landscape.study.lengths import length_id, recorded_lengths
from landscape.study.log import numbers_of
from landscape.study.run import check_paired
from landscape.study.spec import load_spec
from zenith.training.batches import batch_orders

torch.manual_seed(0)
X = torch.randn(60, 4)
Y = X[:, :3].argmax(1)
TASK = zenith.Task(
    name="blobs",
    model=lambda: torch.nn.Linear(4, 3),
    train=(X[:40], Y[:40]),
    test=(X[40:], Y[40:]),
    loss=torch.nn.CrossEntropyLoss(),
)
SMALL = ls.MeasureSpec(trace_probes=2, sharpness_samples=2, line_points=3, plane_points=3, spectrum_steps=4)
METHODS = ("zenith", "cosine", "lqa")
STEPS = {"zenith": 13, "cosine": 13, "lqa": 6}  # of 13 gradient evaluations; 5 steps an epoch


def spec_of(**keys):
    given = {"seeds": 2, "batch_size": 8, "checkpoints": 3, "measure": SMALL, "methods": METHODS, **keys}
    if not {"seconds", "gradients", "steps"} & keys.keys():
        given["gradients"] = 13
    return ls.StudySpec(name="s", task=TASK, **given)


def run(folder, **keys):
    return execute(prepare(spec_of(**keys), folder, device="cpu"), progress=False)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return run(tmp_path_factory.mktemp("lengths") / "s")


def test_each_method_takes_the_steps_that_its_budget_allows_and_its_schedule_is_told(study):
    runs, traces = study.tree["runs"].to_dataset(), study.tree["traces"].to_dataset()
    for method, steps in STEPS.items():
        assert runs["total_steps"].sel(optimizer=method).values.tolist() == [steps] * 2
        lr = traces["lr"].sel(optimizer=method)
        assert np.isfinite(lr.isel(step=slice(0, steps))).all()
        assert np.isnan(lr.isel(step=slice(steps, None))).all()
    expected = 0.1 * (1 + np.cos(np.pi * 12 / 13)) / 2  # of the last of 13 steps
    np.testing.assert_allclose(traces["lr"].sel(optimizer="cosine").isel(step=12), expected, rtol=1e-6)
    by_hand = zenith.train(TASK, "lqa", 1, steps=6, batch_size=8, window=1, checkpoints=3, device="cpu")
    np.testing.assert_array_equal(
        traces["loss"].sel(optimizer="lqa", seed=1).isel(step=slice(0, 6)), by_hand.trace.steps["loss"]
    )
    assert study.tree["budget"].attrs == {"by": "gradients", "amount": 13.0}
    assert study.tree["budget"]["gradient_evaluations_per_step"].values.tolist() == [1, 1, 2]


def test_end_points_are_those_of_each_run(study):
    curvature = study.tree["curvature"].to_dataset()
    last = {q.name: q.values for q in study.analysis.per_run}
    for (i, method), seed in itertools.product(enumerate(METHODS), (0, 1)):
        name = str(study.tree["runs"]["run_id"].sel(optimizer=method, seed=seed).values)
        epochs = study.read_trace(name)["epochs"].to_dataset()
        (file,) = study.path.glob(f"measures/{name}-*.nc")
        own = study.read_measure("measures", file.stem)["curvature"].to_dataset()
        assert own["step"].values[-1] == epochs["steps_taken"].values[-1] == STEPS[method]
        at = {"optimizer": method, "seed": seed}
        assert float(last["lambda_max"].sel(at)) == float(own["eigenvalue"].values[-1, 0])
        assert float(last["test_accuracy"].sel(at)) == float(epochs["test_metric"].values[-1])
        # All evaluations of the run are there, at the steps and epochs at which they were made.
        there = study.tree["epochs"].to_dataset().sel(at).dropna("epoch")
        np.testing.assert_array_equal(there["steps_taken"], epochs["steps_taken"])
        np.testing.assert_allclose(there["epoch"], epochs["steps_taken"] / 5)
        np.testing.assert_array_equal(there["test_loss"], epochs["test_loss"])
        for quantity in ("test_loss", "steps_taken"):
            row = evaluations_of(study, quantity)[i, seed]
            np.testing.assert_array_equal(row[: len(epochs.epoch)], epochs[quantity])
            assert (row[len(epochs.epoch) :] == row[len(epochs.epoch) - 1]).all()
        # The numbers sent to a tracker are those of the run's own checkpoints.
        sent = numbers_of(study, method, seed, name)
        assert {step for step, each in sent.items() if "landscape/eigenvalue" in each} == set(own["step"].values)
    assert curvature["step"].values[-1] == 13


def test_curves_end_where_their_runs_end(study):
    assert recorded_by_study(study, "loss").x.shape == (3, 13)
    for quantity in ("loss", "mean_gradient_norm", "test_metric"):
        assert_averaged_as_if_all_were_in_memory(study, quantity, 3)
    for quantity, scale in (("loss", 1), ("test_loss", 1 / 5)):
        drawn = TraceDisplay.from_study(study, quantity).plot()
        assert (drawn.num_finite == 2).all()
        for method, steps in STEPS.items():
            x, y = drawn.lines_[method].get_data()
            assert np.isfinite(y).all()
            assert x[-1] == pytest.approx((steps - (quantity == "loss")) * scale)


def test_a_run_that_diverged_before_its_own_end_is_lost_at_that_end():
    x = [[0, 1, 2, 3], [0, 1, np.nan, np.nan]]
    values = np.ones((2, 3, 4))
    values[1, :, 2:] = np.nan
    values[1, 0, 1] = np.nan
    assert TraceDisplay(x, values, ["a", "b"], ylabel="y").num_finite.tolist() == [3, 2]
    values[1, 1:, 1] = np.nan
    assert TraceDisplay(x, values, ["a", "b"], ylabel="y").num_finite.tolist() == [3, 0]
    means = TraceDisplay(x, np.arange(4.0) * np.ones((2, 1, 4)), ["a", "b"], ylabel="y", window=3)
    np.testing.assert_allclose(means.values[:, 0], [[1, 3], [0.5, np.nan]])
    with pytest.raises(ValueError, match="gap in a row"):
        TraceDisplay([[0, np.nan, 2, 3], [0, 1, 2, 3]], values, ["a", "b"], ylabel="y")


def test_end_points_of_made_runs():
    dims = ("optimizer", "seed", "step")
    values = np.arange(12.0).reshape(2, 2, 3)
    data = xr.Dataset({"v": (dims, values)}, coords={"step": [0, 5, 9], "optimizer": ["a", "b"], "seed": [0, 1]})
    runs = xr.Dataset({"total_steps": (dims[:2], [[9, 9], [5, 5]])}, coords={"optimizer": ["a", "b"], "seed": [0, 1]})
    ends = at_end_points(xr.DataTree.from_dict({"/runs": runs, "/curvature": data}), data, "step")
    assert ends["v"].values.tolist() == [[2, 5], [7, 10]]
    alike = runs.assign(total_steps=runs["total_steps"] * 0 + 9)
    assert at_end_points(xr.DataTree.from_dict({"/runs": alike}), data, "step")["v"].values.tolist() == [
        [2, 5],
        [8, 11],
    ]


def test_the_evaluations_of_a_sweep_over_steps_are_at_the_steps_of_each_point(study):
    dims, over = ("optimizer", "seed", "epoch"), {"optimizer": ["zenith"], "seed": [0]}
    trees = []
    for taken in ([0, 5, 8], [0, 5, 10, 13]):
        coords = over | {"epoch": np.arange(len(taken)), "steps_taken": ("epoch", taken)}
        epochs = xr.Dataset({"test_loss": (dims, np.asarray(taken, float)[None, None])}, coords=coords)
        trees.append(xr.DataTree.from_dict({"/epochs": epochs}))
    epochs = over_points(study, [{"steps": 8}, {"steps": 13}], trees)[0]["epochs"].to_dataset()
    both = xr.broadcast(epochs["steps_taken"], epochs["test_loss"])
    np.testing.assert_array_equal(*both)
    assert epochs["steps_taken"].sel(steps=8).values.tolist()[:3] == [0, 5, 8]
    assert np.isnan(epochs["steps_taken"].sel(steps=8, epoch=3))


def test_equal_steps_are_the_last_at_which_all_were_evaluated(study):
    costs = costs_of(study)
    values, common = costs.at_equal_steps()
    assert common == 5  # LQA is evaluated after 0, 5 and 6 steps, the others after 0, 5, 10 and 13
    at = study.tree["epochs"].to_dataset().sel(epoch=1)["test_metric"]
    np.testing.assert_array_equal(values, at.transpose("optimizer", "seed"))
    np.testing.assert_array_equal(costs.spent["gradient_evaluations"][..., -1], [[13, 13], [13, 13], [12, 12]])
    at_cost, limit = costs.at_equal_cost("gradient_evaluations")
    assert limit.tolist() == [12, 12]
    np.testing.assert_array_equal(at_cost[2], costs.metric[2, :, -1])
    curvature = study.tree["curvature"].to_dataset()[["eigenvalue"]]
    curvature = curvature.sel(optimizer="zenith", seed=0).isel(k=0).dropna("step")
    assert costs.top[0, 0] == pytest.approx(np.interp(6, curvature["step"], curvature["eigenvalue"]))
    table = equal_cost_table(study, costs)
    assert "after 5 steps, the last at which all methods were evaluated within the 6 steps that all" in table.caption
    assert "lambda_max_at_equal_steps" in table.records[0]


def test_where_all_methods_are_evaluated_together_at_the_start_only_nothing_is_said_of_equal_steps():
    steps = np.array([[[0.0, 5.0]], [[0.0, 3.0]]])
    made = Costs(["a", "b"], [0], {"seconds": steps}, np.ones((2, 1, 2)), True, steps, None)
    values, common = made.at_equal_steps()
    assert common == 0
    assert np.isnan(values).all()


def test_the_report_says_first_which_budget_was_set_and_what_each_method_did_with_it(study):
    budgets = budgets_of(study)
    text = budgets.opening()
    assert text.startswith("Every run has a budget of 13 gradient evaluations")
    assert "Every run has a budget of 13 gradient evaluations, turned into steps by what a step of its method" in text
    assert "ZENITH takes 13 steps (13 spent), cosine takes 13 steps (13 spent), LQA takes 6 steps (12 spent)" in text
    assert "End points are compared at equal budget, not at equal steps" in text
    share = budgets.lr_share
    rates = study.tree["traces"].to_dataset()["lr"].sel(optimizer="cosine").sum("step")
    assert share["cosine"] == pytest.approx(float((rates / (0.1 * 13)).mean()))
    assert budgets.as_dict()["steps"] == STEPS


@pytest.mark.slow
def test_the_whole_report_is_written_of_unequal_steps(study):
    text = study.report().text
    assert budgets_of(study).opening() in text.split("## What limits it")[0]
    assert json.loads((study.path / "analysis.json").read_text())["budgets"]["steps"] == STEPS
    assert "that is 6 (LQA) to 13 (ZENITH) steps" in text


def test_what_was_decided_is_kept_whatever_a_clock_says_later(tmp_path, replace):
    counts, fewest = itertools.count(4), {"checkpoints": 1, "measure": changed(SMALL, plane_seeds=0, spectrum_seeds=0)}

    def trial(setup, budget):
        return {"seconds_per_step": 1 / next(counts)}

    replace("measure", trial, package="zenith.training.budget")
    first = run(tmp_path / "s", seconds=2, methods=("zenith", "cosine"), seeds=1, **fewest)
    steps = first.tree["runs"]["total_steps"].values[:, 0].tolist()
    assert steps == [8, 10]
    kept = recorded_lengths(first.path)
    more = run(tmp_path / "s", seconds=2, methods=("zenith", "cosine", "sgd"), seeds=2, **fewest)
    assert more.tree["runs"]["total_steps"].values.tolist() == [[8, 8], [10, 10], [12, 12]]
    assert kept.items() <= recorded_lengths(more.path).items()
    assert len(list(more.path.glob("runs/*/run.json"))) == 6


@pytest.mark.parametrize("content", ["{}", '{"method": "zenith"}', '{"method": 3, "total_steps": 5}', "[]", ""])
def test_a_file_without_steps_is_no_length(content, tmp_path):
    (tmp_path / "lengths").mkdir()
    (tmp_path / "lengths" / "zenith-0.json").write_text(content)
    assert recorded_lengths(tmp_path) == {}


@pytest.mark.slow
def test_a_sweep_over_learning_rates_and_the_trials_of_a_tuning_have_one_number_of_steps_a_method(tmp_path, replace):
    counts = itertools.count(7)
    trial = lambda setup, budget: {"seconds_per_step": 1 / next(counts)}  # noqa: E731
    replace("measure", trial, package="zenith.training.budget")
    swept = run(tmp_path / "t", seconds=2, methods=("zenith", "cosine"), seeds=1, learning_rate=[0.1, 0.2])
    each = [point.tree["runs"]["total_steps"].values[:, 0].tolist() for point in swept.points.values()]
    assert each == [[14, 16]] * 2
    tuned = run(
        tmp_path / "u", seconds=2, methods=("zenith", "cosine"), seeds=1, tuning=ls.TuningSpec(trials=2, seeds=1)
    )
    assert tuned.tree["tuning"]["steps"].values[:, :, 0].tolist() == [[18, 18], [20, 20]]
    assert tuned.tuned.tree["runs"]["total_steps"].values.tolist() == [[18], [20]]


def test_a_budget_that_allows_no_step_is_refused_before_anything_is_written(tmp_path, replace):
    with pytest.raises(ValueError, match="method 'lqa': gradients=1 allows no step, because one takes 2") as refused:
        prepare(spec_of(gradients=1), tmp_path / "s", device="cpu")
    assert str(refused.value).endswith("give more")
    prepare(spec_of(gradients=2), tmp_path / "s", device="cpu")
    replace("measure", lambda setup, budget: {"seconds_per_step": 3.0}, package="zenith.training.budget")
    with pytest.raises(ValueError, match="method 'zenith': seconds=2 allows no step, because one takes 3 s: give more"):
        run(tmp_path / "s", seconds=2)
    assert not (tmp_path / "s").exists()
    with pytest.raises(ValueError, match="seconds must be a positive finite number"):
        spec_of(seconds=-1)
    with pytest.raises(ValueError, match="give one of epochs, steps, seconds, gradients"):
        spec_of(seconds=1, gradients=2)


def test_runs_of_unequal_steps_are_paired_by_the_order_of_their_batches(study):
    orders = batch_orders(1, 40, 8, [6, 13])
    runs = {(m, s): run_id(study_plan(study), m, s) for m in METHODS for s in (0, 1)}
    assert study.read_run(runs["lqa", 1])["batch_order_sha256"] == orders[6]
    assert study.read_run(runs["zenith", 1])["batch_order_sha256"] == orders[13]
    check_paired(study, study_plan(study), runs)
    file = study.run_folder(runs["lqa", 1]) / "run.json"
    held = file.read_text()
    try:
        write_record(file, read_record(file) | {"batch_order_sha256": orders[13]})
        with pytest.raises(RuntimeError, match="runs of seed 1 are not paired, their batch order differ"):
            check_paired(study, study_plan(study), runs)
    finally:
        file.write_text(held)


def study_plan(study):
    plan = prepare(spec_of(), study.path, device="cpu")
    return changed(plan, lengths=recorded_lengths(study.path))


def test_what_does_not_change_the_cost_of_a_step_does_not_change_the_steps():
    def of(method="zenith", device="cpu", **keys):
        return length_id(spec_of(**keys), method, device)

    for keys in ({"learning_rate": 0.3}, {"seeds": 5}, {"checkpoints": 1}, {"window": 7}):
        assert of(**keys) == of()
    for keys in ({"batch_size": 4}, {"threads": 2}, {"gradients": 14}, {"seconds": 13}):
        assert of(**keys) != of()
    assert length_id(spec_of().replace(task="digits"), "zenith", "cpu") != of()
    assert of(device="cuda:1") == of(device="cuda:0") != of()
    two = ("zenith", "gen")
    assert of("gen", methods=two, settings={"gen": {"every": 8}}) != of("gen", methods=two)


def test_a_budget_is_read_from_a_file_and_written_back(tmp_path):
    file = tmp_path / "a.toml"
    file.write_text('name = "a"\ntask = "digits"\nmethods = ["zenith", "cosine"]\nseconds = 60\n')
    spec = load_spec(file)
    assert spec.budget == ("seconds", 60)
    assert spec.as_dict()["seconds"] == 60
    assert "epochs" not in spec.as_dict()
    assert spec.replace(gradients=10).budget == ("gradients", 10)


def test_runs_of_one_budget_of_gradients_are_compared_and_of_two_are_not():
    keys = {"batch_size": 8, "window": 2, "checkpoints": 1, "device": "cpu"}
    both = [zenith.train(TASK, m, s, gradients=13, **keys) for m in ("zenith", "lqa") for s in (0, 1)]
    assert ls.compare(both, "zenith", "lqa")["test_loss"].n == 2
    other = [*both[:2], *(zenith.train(TASK, "lqa", s, gradients=11, **keys) for s in (0, 1))]
    with pytest.raises(ValueError, match="with the same budget"):
        ls.compare(other, "zenith", "lqa")
