"""A monitored training is followed by the explorer from its file, and drawn against the edge of stability."""

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

X = torch.randn(40, 4, generator=torch.Generator().manual_seed(5))
Y = torch.randint(3, (40,), generator=torch.Generator().manual_seed(6))


class Training:
    """Full-batch descent on a small network, watched."""

    def __init__(self, path: Path | None = None, **options: Any) -> None:
        torch.manual_seed(2)
        self.model = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 3))
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.5)
        loss = ls.Objective(self.model, nn.CrossEntropyLoss(), (X, Y))
        self.monitor = ls.SharpnessMonitor(
            loss, optimizer=self.optimizer, path=path, **({"every": 2, "trace_probes": 0, "seed": 1} | options)
        )

    def steps(self, count: int) -> None:
        for _ in range(count):
            self.optimizer.zero_grad()
            loss = nn.functional.cross_entropy(self.model(X), Y)
            loss.backward()
            self.optimizer.step()
            self.monitor.step(loss)


def test_the_explorer_follows_the_file_while_the_training_goes_on(tmp_path: Path) -> None:
    pytest.importorskip("anywidget", reason="the widget needs the extra 'notebook'")
    from explorer_page import Page

    path = tmp_path / "r.jsonl"
    widget = ls.explore(path, follow=True)
    widget.stop()
    assert "waiting for" in widget.payload["header"]["title"]
    page, reader, training = Page(widget), RecordReader(path), Training(path)
    counts = []
    for _ in range(3):
        training.steps(4)
        view, done = reader.read()
        widget.update(view, done=done)
        assert not done
        (run,) = page.shows["runs"]
        counts.append((len(run["series"]["loss"]), len(run["sharpness"]["step"])))
    assert counts == [(4, 2), (8, 4), (12, 6)]
    training.monitor.close()
    view, done = reader.read()
    assert done
    assert view.runs[0].status == "finished"
    rows = training.monitor.record.measurements
    assert view.runs[0].sharpness.value.tolist() == [m.lambda_max for m in rows]  # type: ignore[union-attr]
    assert view.runs[0].sharpness.step.tolist() == [m.step for m in rows]  # type: ignore[union-attr]
    np.testing.assert_allclose(view.runs[0].checkpoints.loss, [m.loss for m in rows])
    assert reader.read()[0] is view  # nothing new
    again = ls.explore(path)
    assert not again.following
    (tree,) = (line for line in again.code().splitlines() if line.startswith("tree = "))
    exec(tree, {"ls": ls}, found := {})  # type: ignore[var-annotated]
    assert found["tree"].identical(training.monitor.tree)


def test_what_is_not_known_is_not_shown_as_a_number(tmp_path: Path) -> None:
    """Z before the first window is full, and a loss that the monitor was not given."""
    training = Training(tmp_path / "r.jsonl", window=3)
    for _ in range(5):
        training.optimizer.zero_grad()
        nn.functional.cross_entropy(training.model(X), Y).backward()
        training.optimizer.step()
        training.monitor.step()
    training.monitor.close()
    (run,) = RecordReader(tmp_path / "r.jsonl").read()[0].runs
    assert "loss" not in run.series
    assert np.isnan(run.series["zenith"]).tolist() == [True, True, False, False, False]


def test_the_page_of_a_record_is_written_without_python(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    training = Training(tmp_path / "mine.jsonl")
    training.steps(4)
    for name, status in (("mine", 0), ("absent", 2)):
        with pytest.raises(SystemExit) as ended:
            cli.main(["explore", str(tmp_path / f"{name}.jsonl")])
        assert ended.value.code == status
    assert "sgd-seed1" in (tmp_path / "mine.html").read_text()
    assert "name the file that a SharpnessMonitor was given as path=" in capsys.readouterr().err
    (tmp_path / "plane.jsonl").write_text('{"kind": "points"}\n[0, [1.0]]\n')
    with pytest.raises(ValueError, match="is no record of a SharpnessMonitor"):
        ls.explore(tmp_path / "plane.jsonl")


def test_the_display_draws_the_ratio_against_1_and_leaves_out_what_did_not_converge() -> None:
    training = Training()
    training.steps(6)
    training.monitor.max_products = 2
    training.steps(2)
    display = ls.plot.StabilityDisplay.from_study(training.monitor).plot()
    rows = training.monitor.record.measurements
    assert display.x.tolist() == [2, 4, 6]
    np.testing.assert_allclose(display.lines_["sgd"].get_ydata(), [m.lambda_max * 0.25 for m in rows[:3]], rtol=1e-12)
    assert display.edge_.get_ydata() == [1.0, 1.0]
    low, high = display.ax_.get_ylim()
    assert low <= 0.0
    assert high > 1.0
    assert display.note == "1 not converged: left out"
    assert [text.get_text() for text in display.legend_.get_texts()] == ["sgd", "edge of stability"]
    again = ls.plot.StabilityDisplay.from_dataset(display.to_dataset())
    assert again.to_dataset().identical(display.to_dataset())


def test_the_display_draws_the_ratio_of_a_study() -> None:
    study = ls.Study.open("figures/digits")
    display = ls.plot.StabilityDisplay.from_study(study).plot()
    ratio = study.tree["curvature"]["edge_of_stability"].median("seed")
    assert display.methods == list(study.spec.methods)
    for name, line in display.lines_.items():
        np.testing.assert_allclose(line.get_ydata(), ratio.sel(optimizer=name), rtol=1e-12)


def test_the_display_refuses_what_it_cannot_draw() -> None:
    with pytest.raises(ValueError, match="no ratio is known: give the monitor its optimizer"):
        ls.plot.StabilityDisplay([1, 2], [[[math.nan, math.nan]]], ["sgd"])
    with pytest.raises(ValueError, match="does not hold the ratio"):
        ls.plot.StabilityDisplay.from_study(ls.Study.open("figures/mnist"))
