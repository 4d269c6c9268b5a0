"""What monitors recorded opens as a study: one run for each record, under names that are unique."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import landscape as ls
from landscape.cli import main as cli
from landscape.study.explore import RecordReader

X = torch.randn(30, 4, generator=torch.Generator().manual_seed(5))
Y = torch.randint(3, (30,), generator=torch.Generator().manual_seed(6))


def train(path: Path, steps: int = 6, every: int = 2, *, close: bool = True, **options: Any) -> ls.SharpnessMonitor:
    torch.manual_seed(options.get("seed", 0))
    model = nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 3))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    loss = ls.Objective(model, nn.CrossEntropyLoss(), (X, Y))
    monitor = ls.SharpnessMonitor(loss, every, optimizer, path=path, **({"trace_probes": 0} | options))
    for _ in range(steps):
        optimizer.zero_grad()
        value = nn.functional.cross_entropy(model(X), Y)
        value.backward()
        optimizer.step()
        monitor.step(value)
    if close:
        monitor.close()
    return monitor


def test_one_record_opens_as_its_tree(tmp_path: Path) -> None:
    monitor = train(tmp_path / "mine.jsonl", trace_probes=2)
    study = ls.Study.open(tmp_path / "mine.jsonl")
    assert study.tree.identical(monitor.tree)
    assert study == ls.Study.open(str(tmp_path / "mine.jsonl"))
    assert study.provenance["sgd-seed0"]["objective"]["samples"] == 30
    assert "sgd-seed0" in str(study)
    frame = study.tree["traces"].to_dataset().to_dataframe()
    assert frame.loc[("sgd", 0), "loss"].tolist() == monitor.record.steps["loss"]


def test_several_records_are_runs_of_one_study(tmp_path: Path) -> None:
    """Not every name has every seed, and their steps differ: what is not there is NaN, and nothing moves."""
    monitors = {
        "a-seed0": train(tmp_path / "1.jsonl", 6, 2, name="a", seed=0),
        "b-seed0": train(tmp_path / "2.jsonl", 7, 3, name="b", seed=0),
        "a-seed1": train(tmp_path / "deep" / "3.jsonl", 4, 2, name="a", seed=1, close=False),
    }
    (tmp_path / "other.jsonl").write_text('{"step": 1, "loss": 2.0}\n')  # a logger's
    study = ls.Study.open(tmp_path)
    assert study == ls.Study.open([tmp_path / "1.jsonl", tmp_path / "2.jsonl", tmp_path / "deep"])
    assert sorted(study.records) == sorted(monitors)  # type: ignore[attr-defined]
    runs = study.tree["runs"].to_dataset()
    assert runs["status"].sel(optimizer="a").values.tolist() == ["finished", "running"]
    assert runs["run_id"].sel(optimizer="b").values.tolist() == ["b-seed0", ""]
    for name, monitor in monitors.items():
        at = {"optimizer": name[0], "seed": int(name[-1])}
        curvature = study.tree["curvature"].to_dataset().sel(at).isel(k=0).dropna("step", subset=["eigenvalue"])
        rows = monitor.record.measurements
        assert curvature["step"].values.tolist() == [m.step for m in rows]
        assert curvature["eigenvalue"].values.tolist() == [m.lambda_max for m in rows]
        assert curvature["stability"].values.tolist() == [m.stability for m in rows]
        loss = study.tree["traces"]["loss"].sel(at).values
        np.testing.assert_array_equal(loss[np.isfinite(loss)], monitor.record.steps["loss"])
    view, ended = RecordReader(tmp_path).read()
    assert not ended
    assert {run.id: len(run.series["loss"]) for run in view.runs} == {"a-seed0": 6, "b-seed0": 7, "a-seed1": 4}


def test_records_of_equal_name_and_seed_are_told_apart_by_their_files(tmp_path: Path) -> None:
    files = [tmp_path / "one" / "r.jsonl", tmp_path / "two" / "r.jsonl"]
    for file in files:
        train(file)
    names = ls.Study.open(files).tree["runs"]["optimizer"].values.tolist()
    assert names == ["sgd (one/r)", "sgd (two/r)"]


@pytest.mark.slow
def test_its_report_says_what_was_found_and_draws_every_training(tmp_path: Path) -> None:
    train(tmp_path / "1.jsonl", 12, 2, name="a")
    train(tmp_path / "2.jsonl", 13, 3, name="b", seed=1)
    monitor = train(tmp_path / "3.jsonl", 12, 2, name="c", close=False)
    with torch.no_grad():
        next(monitor.objective.model.parameters()).fill_(math.nan)  # type: ignore[attr-defined]
    monitor.measure()
    study = ls.Study.open(tmp_path)
    report = study.report()
    assert report.path == tmp_path / "sharpness" / "report.html"
    last = study.records["a-seed0"].measurements[-1]  # type: ignore[attr-defined]
    assert f"a-seed0 (finished, 12 steps): at step 12 the top eigenvalue is {last.lambda_max:.4g}" in report.text
    assert "the loss is nan, so there is no curvature" in report.text
    with pytest.raises(SystemExit) as ended:
        cli.main(["figures", str(tmp_path)])
    assert ended.value.code == 0
    from landscape.study.monitored_report import monitored_figures

    figures = {spec.figure.name: spec for spec in monitored_figures(study)}  # type: ignore[arg-type]
    assert {file.stem for file in (tmp_path / "sharpness" / "figures").glob("*.png")} == figures.keys()
    assert figures.keys() == {"loss", "traces", "lambda_max", "sharpness_against_loss", "edge_of_stability"}
    # b was measured at other steps than a, and both lines are whole.
    lines = figures["lambda_max"].draw().lines_
    assert lines.keys() == {"a-seed0", "b-seed1", "c-seed0"}
    for name in ("a-seed0", "b-seed1"):
        rows = study.records[name].measurements  # type: ignore[attr-defined]
        x, y = lines[name].get_data()
        assert np.isfinite(y[(x >= rows[0].step) & (x <= rows[-1].step)]).all()
        assert [y[x == m.step].item() for m in rows] == [m.lambda_max for m in rows]


def test_what_a_record_lacks_is_said(tmp_path: Path) -> None:
    train(tmp_path / "mine.jsonl")
    study = ls.Study.open(tmp_path / "mine.jsonl")
    for use in (lambda: study.spec, lambda: study.analysis, lambda: ls.compare(study, "sgd", "adam")):
        with pytest.raises(ValueError, match="has no spec, no pairs of runs and no test data"):
            use()
    with pytest.raises(ValueError, match="has no weights: save them in the training"):
        study.read_checkpoint("sgd-seed0", 2)
    with pytest.raises(ValueError, match=r"has no sweep: open the records of all settings together, Study\.open"):
        _ = study.points
    with pytest.raises(ValueError, match="no group 'epochs'"):
        ls.plot.TraceDisplay.from_study(study, "test_loss")
    with pytest.raises(FileNotFoundError, match=r"there is no '.*absent\.jsonl'"):
        ls.Study.open([tmp_path / "absent.jsonl"])
    with pytest.raises(ValueError, match="nothing to open in an empty list"):
        ls.Study.open([])
    (tmp_path / "plane.jsonl").write_text('{"kind": "points"}\n')
    with pytest.raises(ValueError, match="is no record of a SharpnessMonitor"):
        ls.Study.open(tmp_path / "plane.jsonl")
