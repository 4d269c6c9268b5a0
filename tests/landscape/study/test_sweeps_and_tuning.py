"""Sweeps share one store and are drawn against what is swept; tuning is equal, and of no sample or seed of a result."""

from __future__ import annotations

import dataclasses
import json
import shutil
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
import xarray as xr

import landscape as ls
import zenith
from landscape.study import execute, prepare
from landscape.study.explore import StudyReader
from landscape.study.figures import figures_of, undrawn
from landscape.study.gather_sweep import over_points
from landscape.study.log import log_runs
from landscape.study.missing import GROUP, Missing, table
from landscape.study.report import write_report
from landscape.study.spec import spec_from_dict
from landscape.study.sweep import sweep_figures, sweep_table, sweep_words
from landscape.study.tuning import chosen_of, trials_of, tuned_spec, tuning_dataset

BASE: dict[str, Any] = {"name": "a", "task": "digits", "methods": ["zenith", "cosine"]}
SMALL = ls.MeasureSpec(
    samples=32, trace_probes=2, sharpness_samples=2, line_points=3, plane_points=3, plane_seeds=0, spectrum_seeds=0
)


def blobs(n=60, seed=0):
    generator = torch.Generator().manual_seed(seed)
    y = torch.randint(3, (n,), generator=generator)
    return torch.randn(n, 4, generator=generator) + 3 * torch.nn.functional.one_hot(y, 4), y


def small_task():
    return zenith.Task(
        name="blobs",
        model=lambda: torch.nn.Linear(4, 3),
        train=blobs(),
        test=blobs(30, 1),
        loss=torch.nn.CrossEntropyLoss(),
    )


def run(folder, **keys):
    spec = ls.StudySpec(
        **{
            "name": "a",
            "task": small_task(),
            "methods": ["zenith", "cosine"],
            "seeds": 2,
            "epochs": 2,
            "batch_size": 20,
        }
        | {"checkpoints": 1, "measure": SMALL}
        | keys
    )
    return execute(prepare(spec, folder, device="cpu"), progress=False)


# Specs
# ----------------------------------------------------------------------------------------------------------------------


def test_a_list_in_the_place_of_a_number_is_a_sweep_of_it():
    spec = spec_from_dict({**BASE, "learning_rate": [0.1, 0.2], "settings": {"zenith": {"window": [5, 9]}}}, "a")
    assert spec.sweep == {"learning_rate": (0.1, 0.2), "settings.zenith.window": (5, 9)}
    points = [point for _, point in spec.points()]
    assert [(p.learning_rate, p.settings_for("zenith")["window"]) for p in points] == [
        (0.1, 5), (0.1, 9), (0.2, 5), (0.2, 9),
    ]  # fmt: skip
    assert not any(p.sweep for p in points)
    assert spec_from_dict(spec.as_dict(), "a") == spec
    assert spec.replace(learning_rate=0.3).sweep == {"settings.zenith.window": (5, 9)}


def test_what_the_refusal_of_a_swept_and_tuned_key_advises_works():
    swept = {**BASE, "learning_rate": [0.05, 0.2]}
    assert spec_from_dict({**swept, "tuning": {"space": {"momentum": [0.0, 0.9]}}}, "a").sweep
    assert spec_from_dict({**swept, "learning_rate": 0.05, "tuning": {}}, "a").tuning


def test_one_key_is_varied_at_a_time_where_that_is_asked_for():
    spec = spec_from_dict(
        {**BASE, "one_at_a_time": True, "epochs": [3, 1, 2], "settings": {"zenith": {"window": [5, 9]}}}, "a"
    )
    assert [(p.epochs, p.settings_for("zenith")["window"]) for _, p in spec.points()] == [
        (3, 5),
        (1, 5),
        (2, 5),
        (3, 9),
    ]
    assert spec_from_dict(spec.as_dict(), "a") == spec


def test_a_setting_is_swept_for_every_method_that_has_it():
    spec = ls.StudySpec(
        **{**BASE, "methods": ["zenith", "adam"]}, sweep={"momentum": [0.0, 0.9], "measure.samples": [8, 9]}
    )
    at, point = spec.points()[3]
    assert at == {"momentum": 0.9, "measure.samples": 9}
    assert point.settings_for("zenith")["momentum"] == 0.9
    assert "momentum" not in point.settings_for("adam")
    assert point.measure.samples == 9


def test_a_pair_that_a_setting_takes_as_one_value_is_no_sweep():
    spec = ls.StudySpec(**{**BASE, "methods": ["zenith", ("mine", pair)]}, settings={"mine": {"betas": [0.8, 0.9]}})
    assert not spec.sweep
    swept = ls.StudySpec(**{**BASE, "methods": ["zenith", ("mine", pair)]}, settings={"mine": {"lr": [0.8, 0.9]}})
    assert swept.sweep == {"settings.mine.lr": (0.8, 0.9)}


def pair(params, lr=0.1, betas=(0.9, 0.99)):
    return torch.optim.Adam(params, lr=lr, betas=betas)


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"sweep": {"beta": [0.1, 0.2]}}, r"the swept key 'beta' is neither .* nor a setting of any of the methods"),
        ({"sweep": {"settings.cosin.lr": [0.1, 0.2]}}, "cosin"),
        ({"sweep": {"measure.sample": [1, 2]}}, r"sample.*did you mean 'samples'"),
        ({"learning_rate": [0.1]}, r"learning_rate is swept over \[0.1\]: give a list of at least two"),
        ({"learning_rate": [0.1, 0.1]}, "at least two different numbers"),
        ({"learning_rate": []}, "at least two different numbers"),
        ({"learning_rate": [0.1, -1.0]}, r"the sweep cannot have learning_rate = -1.0: learning_rate must be"),
        ({"window": ["auto", 5]}, "window is swept over"),
        (
            {"learning_rate": [0.1, 0.2], "tuning": {}},
            "learning_rate is swept, and lr of method 'zenith' is tuned, which chooses its own at every point: give",
        ),
        (
            {"settings": {"cosine": {"lr": [0.1, 0.2]}}, "tuning": {"space": {"lr": [0.01, 1.0]}}},
            r"settings.cosine.lr is swept, and lr of method 'cosine' is tuned",
        ),
        (
            {"window": [5, 9], "tuning": {"space": {"lr": [0.01, 1.0], "zenith": {"window": [5, 9]}}}},
            "window is swept, and window of method 'zenith' is tuned",
        ),
        ({"one_at_a_time": 1}, "one_at_a_time must be true or false, got 1"),
        ({"tuning": {"trial": 3}}, r"trial.*did you mean 'trials'"),
        ({"tuning": {"trials": 1}}, "tuning.trials must be a whole number of at least 2"),
        ({"tuning": {"seeds": [0, 7]}}, "tuning.seeds and seeds both have 0"),
        ({"tuning": {"validation": 0}}, "tuning.validation must be a share between 0 and 1, got 0"),
        ({"tuning": {"sampler": "random"}}, "tuning.sampler must be"),
        ({"tuning": {"space": {"beta": [0.1, 0.2]}}}, r"tuning.space has 'beta', which none of"),
        ({"tuning": {"space": {"lr": [0.2, 0.1]}}}, "tuning.space.lr of method 'zenith' is .*: give its least"),
        ({"tuning": {"space": {"zenith": {"window": [5, 50]}}}}, r"no setting of method 'cosine', so it would not be"),
        (
            {"tuning": {"sampler": "grid", "space": {"lr": [0.1], "zenith": {"window": [5, 9]}}}},
            "every method gets as many trials, and these grids have 2 of 'zenith', 1 of 'cosine'",
        ),
    ],
)
def test_what_cannot_be_swept_or_tuned_gets_one_sentence(keys, words):
    with pytest.raises(ValueError, match=words) as caught:
        spec_from_dict({**BASE, **keys}, "my.toml")
    assert "\n" not in str(caught.value)


# Trials
# ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sampler", ["sobol", "halton"])
def test_every_method_gets_the_same_trials_over_its_space_and_the_untuned_one_first(sampler):
    tuning = ls.TuningSpec(trials=7, sampler=sampler, space={"lr": [0.01, 1.0], "zenith": {"window": [10, 20]}})
    trials = trials_of(ls.StudySpec(**BASE, tuning=tuning))
    of = {name: [t.settings for t in trials if t.method == name] for name in ("zenith", "cosine")}
    assert len(of["zenith"]) == len(of["cosine"]) == 7
    assert of["zenith"][0] == of["cosine"][0] == {}
    rates = np.array([s["lr"] for s in of["cosine"][1:]])
    assert ((rates >= 0.01) & (rates <= 1)).all()
    assert (np.histogram(np.log10(rates), bins=2, range=(-2, 0))[0] >= 2).all()  # even on the log scale
    assert all(isinstance(s["window"], int) and 10 <= s["window"] <= 20 for s in of["zenith"][1:])
    assert all(t.spec.seeds == (1000,) for t in trials)
    assert trials_of(ls.StudySpec(**BASE, tuning=tuning)) == trials  # the same in every process


def test_the_best_trial_is_chosen_by_the_metric_then_the_loss_and_never_a_diverged_one():
    spec = ls.StudySpec(**BASE, tuning=ls.TuningSpec(trials=4, seeds=2))

    def outcome(settings, metric, loss):
        return {
            "settings": settings,
            "metric": metric,
            "loss": loss,
            "seconds": [1, 1],
            "steps": [5, 5],
            "run_id": ["", ""],
            "failed_because": ["", ""],
        }

    trials = [
        outcome({}, [0.5, 0.7], [1.0, 1.0]),
        outcome({"lr": 0.2}, [0.6, 0.6], [0.9, 0.9]),
        outcome({"lr": 0.3}, [0.9, np.nan], [0.1, np.nan]),
        outcome({"lr": 0.4}, [0.1, 0.2], [3.0, 3.0]),
    ]
    lost = [outcome(each["settings"], [np.nan] * 2, [np.nan] * 2) for each in trials]
    higher = tuning_dataset(spec, {"zenith": trials, "cosine": lost}, True, 9)
    assert chosen_of(higher, "zenith") == {"lr": 0.2}  # as good as the untuned one, at a lower loss
    assert chosen_of(higher, "cosine") == {}
    assert tuned_spec(spec, higher).settings == {"zenith": {"lr": 0.2}}
    assert chosen_of(tuning_dataset(spec, {"zenith": trials, "cosine": lost}, False, 9), "zenith") == {"lr": 0.4}


# Studies
# ----------------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tuned_study(tmp_path_factory):
    return run(tmp_path_factory.mktemp("tuned") / "s", tuning=ls.TuningSpec(trials=3))


def test_trials_are_runs_of_the_store_and_never_see_what_results_come_from(tuned_study):
    data = tuned_study.tree["tuning"].to_dataset()
    reported = set(tuned_study.tree["runs"]["run_id"].values.ravel())
    for name in data["run_id"].values.ravel():
        assert name not in reported
        record = tuned_study.read_run(name)
        assert record["seed"] == 1000
        assert record["total_steps"] == 2 * 3  # 54 of 60 samples, in batches of 20
    assert data.attrs["validation_samples"] == 6
    trials = small_task().replace(validation=0.1).load(None)
    model = torch.nn.Linear(4, 3)
    name = str(data["run_id"].sel(optimizer="zenith").isel(trial=1, trial_seed=0).values)
    model.load_state_dict(tuned_study.read_checkpoint(name, 6))
    X, y = trials.validation.batch(torch.arange(6))
    right = float((model(X).argmax(1) == y).float().mean())
    assert float(data["metric"].sel(optimizer="zenith").isel(trial=1, trial_seed=0)) == pytest.approx(right)


def test_the_tuned_study_has_the_chosen_settings_and_shares_the_store(tuned_study):
    data, tuned = tuned_study.tree["tuning"].to_dataset(), tuned_study.tuned
    for method in ("zenith", "cosine"):
        recorded = json.loads(str(tuned.tree["runs"]["settings"].sel(optimizer=method, seed=1).values))
        assert chosen_of(data, method).items() <= recorded.items()
        name = str(tuned.tree["runs"]["run_id"].sel(optimizer=method, seed=1).values)
        assert (tuned_study.path / "runs" / name / "run.json").is_file()
    assert not (tuned.path / "runs").exists()


def test_the_same_study_again_trains_nothing(tuned_study, monkeypatch):
    before = sorted(path.name for path in (tuned_study.path / "runs").iterdir())
    again = run(tuned_study.path, tuning=ls.TuningSpec(trials=3))
    assert sorted(path.name for path in (again.path / "runs").iterdir()) == before
    xr.testing.assert_identical(again.tree["tuning"].to_dataset(), tuned_study.tree["tuning"].to_dataset())


def test_what_runs_have_in_common_is_measured_once(tmp_path, replace):
    """The initial weights of a seed, and a run that the tuning leaves as it is; slices are of the first comparison."""
    solved = []
    solve = ls.top_eigenpairs
    replace("top_eigenpairs", lambda at, **keys: solved.append(at) or solve(at, **keys))
    # Of two grid points the one of 0.1 is the better for both, or for neither: 1e-9 trains nothing.
    grid = ls.TuningSpec(sampler="grid", trials=2, space={"lr": [0.1, 1e-9], "cosine": {"lr": [0.2, 1e-9]}})
    study = run(tmp_path / "s", tuning=grid, measure=dataclasses.replace(SMALL, plane_seeds=1, spectrum_seeds=1))
    data = study.tree["tuning"].to_dataset()
    assert [chosen_of(data, name) for name in ("zenith", "cosine")] == [{"lr": 0.1}, {"lr": 0.2}]
    seeds, ends, tuned_ends = 2, 4, 2  # zenith has 0.1 in both comparisons
    assert len(solved) == seeds + ends + tuned_ends
    top = study.tree["curvature"]["eigenvalue"].isel(step=0, k=0)
    assert (top.sel(optimizer="zenith").values == top.sel(optimizer="cosine").values).all()
    assert {"lines", "planes", "spectra"} <= set(study.tree.children)
    both = [each.tree["runs"]["run_id"].sel(optimizer="zenith").values for each in (study, study.tuned)]
    assert (both[0] == both[1]).all()
    assert not {"planes", "spectra"} & set(study.tuned.tree.children)
    lines = study.tuned.tree["lines/random"]["loss"]
    assert np.isfinite(lines.sel(optimizer="zenith")).all()
    assert not np.isfinite(lines.sel(optimizer="cosine")).any()
    assert undrawn(study.tuned, [each.figure for each in figures_of(study.tuned, study.tuned.analysis)]) == ()


def test_a_tuned_study_is_followed_by_the_runs_of_its_first_comparison(tuned_study, tmp_path):
    """The runs of two settings of one method are not to be mixed in a view, whichever was trained last."""
    for part in ("runs", "measures"):
        shutil.copytree(tuned_study.path / part, tmp_path / "s" / part)
    for name in ("study.toml", "study.json"):
        shutil.copy(tuned_study.path / name, tmp_path / "s")
    view, finished = StudyReader(tmp_path / "s").read()
    assert not finished
    assert {run.id for run in view.runs} == set(tuned_study.tree["runs"]["run_id"].values.ravel())


def test_what_the_second_comparison_lacks_is_said_as_well(tuned_study, tmp_path):
    missing = Missing("top eigenvalue", "zenith", 0, 3, "no memory")
    shutil.copytree(tuned_study.path, tmp_path / "s", ignore=shutil.ignore_patterns("runs", "measures", "figures"))
    study = ls.Study.open(tmp_path / "s")
    rows = {key: [value] for key, value in dataclasses.asdict(missing).items()}
    tree = xr.DataTree.from_dict({**study.tuned.tree.to_dict(), f"/{GROUP}": table(**rows)})
    study.tuned.write_tree(tree)
    assert ls.Study.open(tmp_path / "s").not_measured == (missing,)


@pytest.mark.slow
def test_a_study_that_is_there_may_be_tuned_afterwards(tuned_study, tmp_path):
    """Its runs are found, and the result is that of the study which was tuned from the start."""
    with pytest.raises(ValueError, match=r"tunes nothing: add \[tuning\] to its spec, and run it again"):
        _ = run(tmp_path / "s").tuned
    before = {path.parent.name: path.stat().st_mtime_ns for path in (tmp_path / "s" / "runs").glob("*/run.json")}
    grown = run(tmp_path / "s", tuning=ls.TuningSpec(trials=3))
    after = {path.parent.name: path.stat().st_mtime_ns for path in (tmp_path / "s" / "runs").glob("*/run.json")}
    assert before.items() <= after.items()
    for each, other in ((grown, tuned_study), (grown.tuned, tuned_study.tuned)):
        assert each.tree["curvature"]["eigenvalue"].equals(other.tree["curvature"]["eigenvalue"])
    with pytest.raises(ValueError, match="holds a different study"):  # what was tuned is not tuned otherwise
        run(tmp_path / "s", tuning=ls.TuningSpec(trials=4))


@pytest.mark.slow
def test_the_report_of_a_tuned_study_says_what_was_tuned_and_how_little(tuned_study):
    text = write_report(tuned_study).with_suffix(".md").read_text()
    page = (tuned_study.path / "report.html").read_text()
    words = "In this first comparison nothing was tuned, and in the second, below, each method is at its own best"
    assert words in text.split("## What limits it")[0]
    assert "| cosine, own best |" in text
    names = {path.stem for path in (tuned_study.path / "figures").glob("*.nc")}
    assert names == {each.figure.name for each in figures_of(tuned_study, tuned_study.analysis)}
    record = json.loads((tuned_study.path / "analysis.json").read_text())
    assert record["own_best"]["conclusion"] == list(tuned_study.tuned.analysis.conclusion)
    assert not record["budgets"]["tuned"]
    both = pd.read_csv(tuned_study.path / "tables" / "both_comparisons.csv").set_index("quantity")
    for study, name in ((tuned_study, "given"), (tuned_study.tuned, "own_best")):
        (c,) = study.analysis.comparisons["test_loss"]
        row = both.loc["test_loss"]
        assert row[f"{name}_median"] == (c.median_ratio if c.transform == "log" else c.median_difference)
        assert row[f"{name}_p_holm"] == c.p_holm
    chosen = chosen_of(tuned_study.tree["tuning"].to_dataset(), "cosine")
    if chosen:
        assert f"own best: lr = {chosen['lr']:g}</td>" in page
    assert "tuned by 3 trials on 1 seed (1000)," in text
    assert "From a scrambled Sobol sequence over the space" in page
    assert "on 6 validation samples" in text
    assert "up to 10 % of studies may say something false" in text
    assert "lr from 0.01 to 1 (log)</td>" in page
    tuned = str(tuned_study.tuned.report())
    assert "Every method was tuned by the same number of trials" in tuned
    assert json.loads((tuned_study.tuned.path / "analysis.json").read_text())["budgets"]["tuned"]


@pytest.fixture(scope="module")
def swept_study(tmp_path_factory):
    keys = {"learning_rate": [0.05, 0.5], "settings": {"zenith": {"window": [2, 4]}}, "seeds": 1}
    return run(tmp_path_factory.mktemp("swept") / "s", **keys)


def test_the_table_of_a_sweep_has_a_row_for_each_run_of_each_point(swept_study):
    table = swept_study.to_dataframe()
    keys = list(swept_study.spec.sweep)
    assert list(table.columns[: len(keys) + 3]) == [*keys, "method", "seed", "status"]
    for at, point in swept_study.points.items():
        rows = table[(table[keys] == list(at)).all(axis=1)].set_index("method")
        right = point.analysis.quantity("test_loss").values
        assert rows["test_loss"].to_dict() == {name: float(right.sel(optimizer=name, seed=0)) for name in rows.index}
        assert set(rows.index) == set(point.spec.methods)


def test_a_sweep_is_one_store_whose_runs_are_trained_once(swept_study):
    # Two rates of cosine, and two windows of zenith at each of them.
    assert len(list((swept_study.path / "runs").iterdir())) == 2 + 4
    assert swept_study.points.keys() == {(0.05, 2), (0.05, 4), (0.5, 2), (0.5, 4)}
    tree = swept_study.tree["epochs"]["train_loss"]
    assert tree.dims[:2] == ("learning_rate", "settings.zenith.window")
    for (rate, window), point in swept_study.points.items():
        both = {"learning_rate": rate, "settings.zenith.window": window}
        np.testing.assert_array_equal(tree.sel(both).values, point.tree["epochs"]["train_loss"].values)
        assert not (point.path / "runs").exists()


def test_what_has_not_changed_is_not_gathered_again(tmp_path):
    keys = {"learning_rate": [0.05, 0.5], "seeds": 1, "name": "s"}

    def gathered():  # a file that is written takes the place of the one before
        files = {file: file.stat().st_ino for file in (tmp_path / "s").glob("**/study.nc")}
        return {file.parent.name: number for file, number in files.items()}

    study = run(tmp_path / "s", **keys)
    before, whole = gathered(), study.tree["end"].to_dataset().load()
    run(tmp_path / "s", **keys)
    assert gathered() == before
    name = study.points[0.05].tree["runs"]["run_id"].values[0, 0]
    next((tmp_path / "s" / "measures").glob(f"{name}-*.nc")).unlink()
    (study.points[0.5].path / "study.nc").write_bytes(b"")  # damaged
    again = run(tmp_path / "s", **keys)
    assert not gathered().items() & before.items()
    xr.testing.assert_identical(again.tree["end"].to_dataset().load(), whole)


@pytest.mark.slow
def test_a_point_of_a_sweep_is_a_study_by_itself(swept_study, tmp_path):
    point = swept_study.points[0.5, 2]
    alone = run(tmp_path / "alone", learning_rate=0.5, settings={"zenith": {"window": 2}}, seeds=1)
    assert alone.tree["curvature"]["eigenvalue"].equals(point.tree["curvature"]["eigenvalue"])
    assert point.analysis.focus == "zenith"
    assert "learning rate, 0.5" in str(point.report())
    with pytest.raises(ValueError, match=r"sweeps learning_rate, settings.zenith.window.*study.points"):
        _ = swept_study.analysis
    with pytest.raises(ValueError, match="sweeps nothing"):
        _ = point.points


def test_the_table_of_medians_ascends_and_has_one_row_for_what_a_swept_setting_does_not_concern(tmp_path):
    study = run(tmp_path / "s", settings={"zenith": {"window": [4, 2, 10]}}, seeds=1)
    table = sweep_table(study)
    assert [row[:2] for row in table.rows] == [("ZENITH", "2"), ("ZENITH", "4"), ("ZENITH", "10"), ("cosine", "any")]
    of_point = study.points[2].analysis.quantity("test_loss").values
    assert table.records[0]["test_loss"] == float(of_point.sel(optimizer="zenith", seed=0))
    assert len(table.records) == 2 * 3


def test_the_table_of_settings_of_two_methods_ascends_in_those_of_each(tmp_path):
    settings = {"cosine": {"lr": [0.1, 0.02]}, "zenith": {"lr": [0.1, 0.05, 0.2]}}
    table = sweep_table(run(tmp_path / "s", settings=settings, seeds=1, one_at_a_time=True))
    assert [row[:3] for row in table.rows] == [
        ("ZENITH", "any", "0.05"),
        ("ZENITH", "any", "0.1"),
        ("ZENITH", "any", "0.2"),
        ("cosine", "0.02", "any"),
        ("cosine", "0.1", "any"),
    ]


def test_a_point_that_is_gone_is_made_again_by_the_command_that_is_advised(swept_study, tmp_path):
    folder = tmp_path / "s"
    shutil.copytree(swept_study.path, folder)
    point = folder / "points" / swept_study.points[0.5, 2].path.name
    values = swept_study.points[0.5, 2].tree["curvature"]["eigenvalue"].values
    shutil.rmtree(point)
    (folder / "study.nc").unlink()
    with pytest.raises(FileNotFoundError, match=r"part of the study in '.*/s', whose landscape study command makes it"):
        _ = ls.Study.open(folder).points[0.5, 2].tree
    run(folder, learning_rate=[0.05, 0.5], settings={"zenith": {"window": [2, 4]}}, seeds=1)
    np.testing.assert_array_equal(ls.Study.open(point).tree["curvature"]["eigenvalue"].values, values)


def test_each_quantity_is_drawn_against_each_swept_key(swept_study):
    specs = {spec.figure.name: spec for spec in sweep_figures(swept_study)}
    assert {"lambda_max_against_learning_rate", "test_loss_against_settings_zenith_window"} <= specs.keys()
    drawn = specs["lambda_max_against_learning_rate"].display()
    expected = [
        [float(swept_study.points[rate, 2].analysis.quantity("lambda_max").values.sel(optimizer=m, seed=0))
         for rate in (0.05, 0.5)]
        for m in ("zenith", "cosine")
    ]  # fmt: skip
    np.testing.assert_array_equal(drawn.values[:, 0], expected)
    assert drawn.x.tolist() == [0.05, 0.5]


def test_of_keys_that_are_varied_one_at_a_time_only_those_points_are_run_and_drawn(tmp_path):
    keys = {"learning_rate": [0.05, 0.5], "settings": {"zenith": {"window": [2, 4]}}, "seeds": 1}
    study = run(tmp_path / "s", one_at_a_time=True, **keys)
    assert list(study.points) == [(0.05, 2), (0.5, 2), (0.05, 4)]
    loss = study.tree["epochs"]["train_loss"].isel(epoch=-1, seed=0)
    assert np.isnan(loss.sel({"learning_rate": 0.5, "settings.zenith.window": 4})).all()
    assert np.isfinite(loss).sum() == 3 * 2
    assert ", one key varied at a time and the others at their first values: 3 points" in sweep_words(study)
    specs = {spec.figure.name: spec for spec in sweep_figures(study)}
    drawn = specs["train_loss_against_settings_zenith_window"].display()
    np.testing.assert_array_equal(drawn.values[0, 0], loss.sel(optimizer="zenith", learning_rate=0.05).values)
    assert len(sweep_table(study).rows) == 3 + 2


@pytest.mark.slow
def test_a_study_is_tuned_at_every_point_of_a_sweep(tmp_path):
    """The same as the tuned study of that point alone, with the runs and trials of all points in one store."""
    tuning = ls.TuningSpec(trials=3)
    study = run(tmp_path / "s", batch_size=[20, 30], tuning=tuning)
    point = study.points[30]
    alone = run(tmp_path / "alone", batch_size=30, tuning=tuning)
    untimed = ["seconds"]
    both = [each.tree["tuning"].to_dataset().drop_vars(untimed) for each in (point, alone)]
    xr.testing.assert_identical(*both)
    chosen = study.tree["tuning"]["chosen"].sel(batch_size=30).values
    np.testing.assert_array_equal(chosen, point.tree["tuning"]["chosen"].values)
    top = [each.tuned.tree["curvature"]["eigenvalue"] for each in (point, alone)]
    assert top[0].equals(top[1])
    name = str(point.tuned.tree["runs"]["run_id"].values.flat[0])
    assert point.tuned.root == study.path
    assert (study.path / "runs" / name / "run.json").is_file()
    with pytest.raises(ValueError, match=r"sweeps batch_size, and is tuned at each point: study.points\[...\].tuned"):
        _ = study.tuned
    (spec,) = (spec for spec in sweep_figures(study) if spec.figure.name == "test_loss_against_batch_size")
    given, best = spec.display().displays
    assert given.x.tolist() == best.x.tolist() == [20, 30]
    expected = [float(study.points[b].tuned.analysis.quantity("test_loss").values[0, 0]) for b in (20, 30)]
    assert best.values[0, 0].tolist() == expected
    rows = sweep_table(study).records
    assert {"as given", "as given, its best"} & {row["settings"] for row in rows}
    assert study.not_measured == ()
    before = sorted(path.name for path in (study.path / "runs").iterdir())
    run(tmp_path / "s", batch_size=[20, 30], tuning=tuning)
    assert sorted(path.name for path in (study.path / "runs").iterdir()) == before


def test_every_run_is_logged_once_in_the_order_of_its_steps(swept_study):
    assert log_runs(swept_study, "jsonl") == 4 + 2  # what points share is logged once
    assert log_runs(swept_study, "jsonl") == 0
    point = swept_study.points[0.5, 2]
    name = str(point.tree["runs"]["run_id"].sel(optimizer="zenith", seed=0).values)
    lines = [json.loads(line) for line in (swept_study.path / "logs" / f"{name}.jsonl").read_text().splitlines()]
    steps = [line["step"] for line in lines]
    assert steps == sorted(set(steps))
    logged = {line["step"]: line["landscape/eigenvalue"] for line in lines if "landscape/eigenvalue" in line}
    curvature = point.tree["curvature"]["eigenvalue"].sel(optimizer="zenith", seed=0).isel(k=0)
    assert logged == {int(step): float(value) for step, value in zip(curvature["step"], curvature, strict=True)}
    with pytest.raises(ValueError, match="the logger 'tensorbord' is unknown: choose one of tensorboard"):
        ls.run_study("digits", ["zenith", "cosine"], log="tensorbord")


def test_a_sweep_is_not_mixed_with_another(swept_study):
    with pytest.raises(ValueError, match="holds a different study"):
        prepare(
            ls.StudySpec(
                name="a", task=small_task(), methods=["zenith", "cosine"], seeds=1, epochs=2, learning_rate=[0.05, 0.7]
            ),
            swept_study.path,
            device="cpu",
        )


@pytest.mark.slow
def test_a_swept_setting_of_a_sessions_method_is_read_where_the_method_is_not(tmp_path):
    """The points of a finished study are known by the swept values alone."""

    def make(params, lr, beta=0.9):
        return torch.optim.Adam(params, lr=lr / 100, betas=(beta, 0.99))

    study = ls.run_study(
        "digits",
        ["zenith", ("mine", make)],
        seeds=1,
        steps=2,
        checkpoints=1,
        sweep={"beta": [0.5, 0.9]},
        measure=SMALL,
        out=tmp_path / "swept",
        progress=False,
        device="cpu",
    )
    again = ls.Study.open(study.path)
    assert list(again.points) == [0.5, 0.9]
    assert "beta" in again.report().path.read_text()


def test_a_swept_key_may_have_the_name_of_what_is_recorded():
    """The window of each run is recorded, and the steps of each trial."""
    coords = {"optimizer": ["zenith"]}
    tree = xr.DataTree.from_dict(
        {
            "/runs": xr.Dataset({"window": ("optimizer", [7])}, coords),
            "/tuning": xr.Dataset({"steps": ("optimizer", [9.0])}, coords),
        }
    )
    study = SimpleNamespace(spec=SimpleNamespace(as_dict=lambda base: {}), provenance={}, path=None)
    points = [{"window": window, "steps": steps} for window in (1, 2) for steps in (9, 18)]
    gathered, _ = over_points(study, points, [tree] * 4)
    assert dict(gathered["runs"]["window_of_run"].sizes) == {"window": 2, "steps": 2, "optimizer": 1}
    assert gathered["tuning"]["steps_of_run"].values.tolist() == [[[9.0]] * 2] * 2
    assert gathered["tuning"]["steps"].values.tolist() == [9, 18]
