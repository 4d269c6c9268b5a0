"""AdamZ's experiments by name, and ZENITH on transformers and recurrent networks."""

import numpy as np
import pytest
from made_studies import made_study

import landscape as ls
from landscape.study.papers.medians import table_of_medians
from landscape.study.papers.spec import SCALES, read_named
from landscape.study.papers.values import paper_values

NAMES = ("adamz/circles", "adamz/mnist", "adamz/cifar10", "transformers", "recurrent")
OPTIMIZERS = {"adam", "adamw", "nadam", "rmsprop", "adamax", "adagrad", "sgd", "asgd", "adamz"}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("scale", SCALES)
def test_every_study_of_every_scale_could_be_run_alone(name, scale):
    parts = read_named(name).scale(scale).parts
    assert parts
    for part in parts:
        spec = part.spec()
        assert spec.task == part.task
        if name.startswith("adamz"):
            assert {*spec.methods} == {*OPTIMIZERS, "adamz-corrected", "adamz-clip-only"}
            assert {spec.settings_for(method)["lr"] for method in spec.methods} == {0.01}
            assert len(spec.seeds) >= {"smoke": 1, "small": 10, "paper": 100}[scale]
        elif scale != "smoke":
            assert {"zenith", "zenith-adamw", "zenith-muon", "cosine", "adamw", "muon"} < {*spec.methods}
            assert spec.tuning.trials >= 4


@pytest.mark.parametrize(("name", "budget"), [("circles", (10, 64)), ("mnist", (5, 64)), ("cifar10", (10, 128))])
def test_the_papers_protocol_is_that_of_small_and_of_paper(name, budget):
    for scale in ("small", "paper"):
        spec = read_named(f"adamz/{name}").scale(scale).part(name).spec()
        assert (spec.epochs, spec.batch_size) == budget
        assert not spec.task_settings
    tuned = {
        "circles": {},
        "mnist": {"overshoot_factor": 0.864, "stagnation_period": 28},
        "cifar10": {"patience": 129, "stagnation_factor": pytest.approx(1.293, abs=5e-4)},
    }[name]
    assert {key: spec.settings_for("adamz")[key] for key in tuned} == tuned


def test_the_controller_cannot_act_within_the_papers_steps_on_cifar10():
    spec = read_named("adamz/cifar10").scale("paper").part("cifar10").spec()
    steps = spec.epochs * -(-spec.loaded_task.options["train_samples"] // spec.batch_size)
    assert steps == 80 < spec.settings_for("adamz")["patience"]


def test_values_are_those_of_the_paper():
    for name, medians in (
        ("adamz_circles", {"adamz": 97.83, "adam": 97.76, "asgd": 56.14}),
        ("adamz_mnist", {"adamz": 95.91, "adam": 85.42, "nadam": 11.35}),
        ("adamz_cifar10", {"adamz": 28.0, "adam": 8.0, "adagrad": 34.0}),
    ):
        values = paper_values(name)
        assert {*values.rows} == OPTIMIZERS
        found = {method: values.numbers(method, "accuracy")["paper_median"] for method in medians}
        assert found == medians


def test_medians_are_over_the_runs_that_finished(tmp_path):
    study = made_study(tmp_path / "made", seeds=(0, 1, 2, 3), lost=[("constant", 3)])
    table = table_of_medians(study)
    records = {(r["method"], r["quantity"]): r for r in table.records}
    last = study.tree["epochs"]["test_metric"].isel(epoch=-1)
    mine = records["zenith", "accuracy (%)"]
    expected = np.quantile(100 * last.sel(optimizer="zenith"), (0.25, 0.5, 0.75))
    assert [mine["quartile_1"], mine["median"], mine["quartile_3"]] == pytest.approx(list(expected))
    theirs = records["constant", "accuracy (%)"]
    assert (theirs["finite"], theirs["runs"]) == (3, 4)
    assert theirs["median"] == pytest.approx(float(100 * last.sel(optimizer="constant")[:3].median()))
    assert "(3 of 4)" in table.rows[1][1]
    eigenvalue = study.tree["curvature"]["eigenvalue"].isel(step=-1, k=0).sel(optimizer="zenith")
    assert records["zenith", "top eigenvalue λ"]["median"] == pytest.approx(float(eigenvalue.median()))


@pytest.mark.slow
def test_circles_end_in_the_papers_table_in_both_modes(tmp_path):
    done = ls.run_paper("adamz/circles", "smoke", tmp_path / "out", progress=False)
    (table,) = done.outputs.tables
    assert table.header[:3] == ("method", "accuracy, eval mode (%)", "accuracy, train mode (%)")
    assert table.header[3].startswith("paper: accuracy in train mode")
    rows = {row[0]: row for row in table.rows}
    assert rows["AdamZ"][3] == "97.67 / 97.83 / 98.00"
    assert rows["AdamZ (clip only)"][3] == "not in the paper"
    assert rows["AdamZ"][1] == rows["AdamZ"][2]  # no dropout
    record = next(r for r in table.records if r["method"] == "adam" and r["quantity"] == "time (s)")
    assert record["paper_median"] == 2.70


@pytest.mark.slow
def test_recurrent_networks_on_generated_names(tmp_path):
    done = ls.run_paper("recurrent", "smoke", tmp_path / "out", progress=False)
    assert list(done.studies) == ["gru", "lstm"]
    names = [table.name for table in done.outputs.tables]
    assert names == ["medians_gru", "medians_gru_tuned", "medians_lstm"]
    for table in done.outputs.tables:
        assert {"accuracy (%)", "balanced accuracy (%)", "top eigenvalue λ"} <= {*table.header}
    assert "data were generated" in done.report().text
