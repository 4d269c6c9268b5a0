"""A tracker gets the numbers of a study's runs while they are trained and measured, each of them once."""

from __future__ import annotations

import json
import logging
import os
import signal
import warnings
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from wandb_files import rows_of

import landscape as ls
import zenith
from landscape.study import execute, prepare
from landscape.study.engines import Engine
from landscape.study.log import RunLog, log_runs

SMALL = ls.MeasureSpec(
    samples=32, trace_probes=2, sharpness_samples=2, line_points=3, plane_points=3, plane_seeds=0, spectrum_seeds=0
)
STEPS, AT = 24, 20
STOP = "LANDSCAPE_TEST_STOPS_IN"  # in the environment, which is no part of a method


class Stops(torch.optim.SGD):
    """SGD that finds Ctrl-C pressed late in its second run in a study's folder; trials take fewer steps."""

    taken = 0

    def step(self, closure: Any = None) -> Any:
        self.taken += 1
        if self.taken == AT and STOP in os.environ and list(Path(os.environ[STOP]).glob("runs/stops-*/run.json")):
            del os.environ[STOP]
            signal.raise_signal(signal.SIGINT)
        return super().step(closure)


def blobs(n: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    y = torch.randint(3, (n,), generator=generator)
    return torch.randn(n, 4, generator=generator) + 3 * torch.nn.functional.one_hot(y, 4), y


def run(folder: Path, kind: str | None, workers: int = 1, **keys: Any) -> ls.Study:
    task = zenith.Task(
        name="blobs",
        model=lambda: torch.nn.Linear(4, 3),
        train=blobs(60, 0),
        test=blobs(30, 1),
        loss=torch.nn.CrossEntropyLoss(),
    )
    methods = ["cosine", ("stops", lambda params, lr: Stops(params, lr=lr))]
    budget: dict[str, Any] = {"epochs": 8, "batch_size": 20, "checkpoints": 2, "measure": SMALL}
    spec = ls.StudySpec(name="a", task=task, methods=methods, focus="cosine", seeds=2, **budget | keys)
    return execute(prepare(spec, folder, device="cpu"), progress=False, workers=workers, log=kind)


def names_of(study: ls.Study) -> list[str]:
    return sorted(study.tree["runs"]["run_id"].values.ravel().tolist())


def logged(folder: Path, name: str) -> dict[str, list[tuple[int, float]]]:
    """By quantity, the steps and values in the order they were logged."""
    found: dict[str, list[tuple[int, float]]] = {}
    for line in (folder / "logs" / f"{name}.jsonl").read_text().splitlines():
        row = json.loads(line)
        step = row.pop("step")
        for key, value in row.items():
            found.setdefault(key, []).append((step, value))
    return found


def expected(study: ls.Study, name: str) -> dict[str, list[tuple[int, float]]]:
    trace = study.read_trace(name)
    out = {
        "train/loss": list(enumerate(trace["steps"]["loss"].values.tolist(), start=1)),
        "train/lr": list(enumerate(trace["steps"]["lr"].values.tolist(), start=1)),
    }
    taken = trace["epochs"]["steps_taken"].values.tolist()
    for column in ("test_loss", "test_metric"):
        out[f"epoch/{column}"] = list(zip(taken, trace["epochs"][column].values.tolist(), strict=True))
    method, seed = name.split("-seed")[0], int(name.split("-seed")[1][0])
    top = study.tree["curvature"].to_dataset().sel(optimizer=method, seed=seed).isel(k=0)
    out["landscape/eigenvalue"] = list(zip(top["step"].values.tolist(), top["eigenvalue"].values.tolist(), strict=True))
    return out


@pytest.mark.slow
def test_every_number_is_logged_once_while_it_comes_and_across_an_interruption(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(STOP, str(tmp_path))
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, "jsonl")
    files = {file.name.rsplit("-", 1)[0]: file.stem for file in (tmp_path / "logs").glob("*.jsonl")}
    assert not (tmp_path / "study.nc").exists()
    whole, half = logged(tmp_path, files["stops-seed0"]), logged(tmp_path, files["stops-seed1"])
    assert [step for step, _ in whole["train/loss"]] == list(range(1, STEPS + 1))
    assert whole["epoch/test_loss"][-1][0] == STEPS
    assert half["train/loss"][0][0] == 1  # while it was in training
    assert half["train/loss"][-1][0] <= AT
    study = run(tmp_path, "jsonl")
    assert sorted(files.values()) == names_of(study)
    for name in names_of(study):
        found = logged(tmp_path, name)
        for key, values in expected(study, name).items():
            assert found[key] == values, (name, key)
    assert log_runs(study, "jsonl") == 0


@pytest.mark.slow
def test_a_tracker_that_fails_is_warned_of_and_the_study_goes_on(
    tmp_path: Path, replace: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    gone = [True]

    class Failing(ls.monitor.JSONLinesLogger):
        def log(self, step: int, values: Any) -> None:
            if step > 3 and gone:
                raise ConnectionError("the server is gone")
            super().log(step, values)

    replace("JSONLinesLogger", Failing, package="landscape.monitor")
    with caplog.at_level(logging.WARNING):
        study = run(tmp_path, "jsonl")
    assert "log='jsonl' failed and gets no more numbers (ConnectionError: the server is gone)" in caplog.text
    assert study.tree["runs"].sizes["seed"] == 2
    gone.clear()
    run(tmp_path, "jsonl")  # which has nothing to train
    for name in names_of(study):
        for key, values in expected(study, name).items():
            assert logged(tmp_path, name)[key] == values, (name, key)


def test_a_tracker_that_cannot_be_opened_is_refused_before_anything_is_trained(
    tmp_path: Path, replace: Callable[..., None]
) -> None:
    class Closed(ls.monitor.JSONLinesLogger):
        def __init__(self, path: Any) -> None:
            raise ConnectionError("no account")

    replace("JSONLinesLogger", Closed, package="landscape.monitor")
    with pytest.raises(
        ValueError,
        match=r"cannot be opened \(ConnectionError: no account\): make its folder writable, or leave log out",
    ):
        run(tmp_path, "jsonl")
    assert not list(tmp_path.glob("runs/*"))


@pytest.mark.parametrize("content", ['{"train": ', "[]", '{"train": 3}', '{"xxh3": "0", "train": 3}'])
def test_a_damaged_note_of_what_was_logged_is_named_and_the_advice_works(content: str, tmp_path: Path) -> None:
    note = tmp_path / "logs" / ".jsonl-a-seed0"
    note.parent.mkdir()
    note.write_text(content)
    study: Any = SimpleNamespace(path=tmp_path)
    with pytest.raises(ValueError, match=r"log='jsonl' cannot go on: '.*\.jsonl-a-seed0' is damaged \(.*\): delete it"):
        RunLog(study, "jsonl").check("a-seed0")
    note.unlink()
    with RunLog(study, "jsonl") as log:
        log.check("a-seed0")


def _tells(number: int, report: Any) -> None:
    for part in range(3):
        report.send((number, part))
    report(1, "")


def test_jobs_of_this_process_send_to_the_listener() -> None:
    heard: list[Any] = []
    with Engine(1, progress=False, listener=heard.append) as engine:
        engine.run([(_tells, (i,)) for i in range(2)], total=2, unit="job", title="t")
    assert heard == [(i, part) for i in range(2) for part in range(3)]


@pytest.mark.slow
def test_workers_log_the_same(tmp_path: Path) -> None:
    study = run(tmp_path, "jsonl", workers=2)
    for name in names_of(study):
        for key, values in expected(study, name).items():
            assert logged(tmp_path, name)[key] == values, (name, key)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["tensorboard", "mlflow", "wandb"])
def test_the_trackers_of_others_go_on_with_a_run(
    kind: str, tmp_path: Path, framework: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Interrupted within a run and continued, read back with the real packages."""
    framework({"mlflow": "mlflow"}.get(kind, kind))
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_SILENT", "true")
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the packages
        monkeypatch.setenv(STOP, str(tmp_path / "mine"))
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path / "mine", kind)
        study = run(tmp_path / "mine", kind)
        for name in names_of(study):
            found = read_back(kind, tmp_path / "mine", name)
            for key, values in expected(study, name).items():
                assert [step for step, _ in found[key]] == [step for step, _ in values], (name, key)
                assert [value for _, value in found[key]] == pytest.approx([v for _, v in values], rel=1e-6)


def read_back(kind: str, folder: Path, name: str) -> dict[str, list[tuple[int, float]]]:
    if kind == "tensorboard":
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

        events = EventAccumulator(str(folder / "logs" / "tensorboard" / name), size_guidance={"scalars": 0})
        events.Reload()
        return {key: [(e.step, e.value) for e in events.Scalars(key)] for key in events.Tags()["scalars"]}
    if kind == "mlflow":
        from mlflow.tracking import MlflowClient

        client = MlflowClient((folder / "logs" / "mlruns").resolve().as_uri())
        experiment = client.get_experiment_by_name("mine")
        (found,) = [r for r in client.search_runs([experiment.experiment_id]) if r.info.run_name == name]
        assert found.info.status == "FINISHED"
        return {
            key: sorted((m.step, m.value) for m in client.get_metric_history(found.info.run_id, key))
            for key in found.data.metrics
        }
    rows: dict[str, list[tuple[int, float]]] = {}
    for file in sorted(folder.rglob(f"run-{name}.wandb"), key=lambda file: file.stat().st_mtime):
        for row in rows_of(file):
            for key, value in row.items():
                if not key.startswith("_") and key != "landscape/step":
                    rows.setdefault(key, []).append((row["landscape/step"], value))
    return {key: sorted(values) for key, values in rows.items()}
