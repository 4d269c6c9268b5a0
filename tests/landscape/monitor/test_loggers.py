"""What loggers write is read back with the real packages."""

import json
import math
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import nn
from wandb_files import rows_of

import landscape as ls
from landscape.monitor.loggers import LOGGERS

Framework = Callable[[str], ModuleType]
VALUES = {1: {"landscape/lambda_max": 3.5, "loss": 2.0}, 5: {"landscape/lambda_max": 2.5}}


@pytest.fixture(autouse=True)
def theirs() -> Any:
    """Warnings of the packages are not ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def write(logger: ls.monitor.Logger) -> None:
    for step, values in VALUES.items():
        logger.log(step, values)
    logger.close()


def monitored(logger: ls.monitor.Logger) -> list[ls.monitor.Measurement]:
    """A training of five steps, watched at every second one."""
    torch.manual_seed(0)
    model = nn.Linear(3, 2)
    X, y = torch.randn(20, 3), torch.randint(2, (20,))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.3)
    loss = ls.Objective(model, nn.CrossEntropyLoss(), (X, y))
    with ls.SharpnessMonitor(loss, 2, optimizer, loggers=[logger]) as monitor:
        for _ in range(5):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(X), y).backward()
            optimizer.step()
            monitor.step()
    return monitor.record.measurements


def test_json_lines(tmp_path: Path) -> None:
    write(ls.monitor.open_logger("jsonl", tmp_path / "deep", "mine"))
    lines = [json.loads(line) for line in (tmp_path / "deep" / "mine.jsonl").read_text().splitlines()]
    assert lines == [{"step": step, **values} for step, values in VALUES.items()]
    measured = monitored(ls.monitor.JSONLinesLogger(tmp_path / "monitored.jsonl"))
    lines = [json.loads(line) for line in (tmp_path / "monitored.jsonl").read_text().splitlines()]
    assert [line.pop("step") for line in lines] == [2, 4]
    assert lines == [m.values() for m in measured]
    assert set(lines[0]) >= {"landscape/lambda_max", "landscape/stability", "landscape/trace", "landscape/trace_error"}
    assert "landscape/zenith" not in lines[0]  # there is none


def test_a_last_line_that_a_kill_has_cut_off_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    path.write_text('{"step": 1, "a": 1.0}\n{"step": 2, "a"')
    logger = ls.monitor.JSONLinesLogger(path)
    logger.log(2, {"a": 3.0})
    logger.close()
    assert [json.loads(line) for line in path.read_text().splitlines()] == [
        {"step": 1, "a": 1.0},
        {"step": 2, "a": 3.0},
    ]


def test_tensorboard(framework: Framework, tmp_path: Path) -> None:
    framework("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    measured = monitored(ls.monitor.open_logger("tensorboard", tmp_path, "mine"))
    found = EventAccumulator(str(tmp_path / "tensorboard" / "mine"))
    found.Reload()
    values = [(event.step, event.value) for event in found.Scalars("landscape/lambda_max")]
    assert [step for step, _ in values] == [2, 4]
    assert [value for _, value in values] == pytest.approx([m.lambda_max for m in measured], rel=1e-6)
    assert set(found.Tags()["scalars"]) == set(measured[0].values())


def test_wandb_offline(framework: Framework, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wandb = framework("wandb")
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_SILENT", "true")
    run = wandb.init(project="test", dir=str(tmp_path))
    run.log({"theirs": 1.0})
    logger = ls.monitor.WandbLogger(run)
    write(logger)
    run.log({"theirs": 2.0})  # a run that was given stays open
    assert run.summary["landscape/lambda_max"] == 2.5
    assert run.summary["landscape/step"] == 5
    run.finish()
    (file,) = tmp_path.rglob("run-*.wandb")
    written = rows_of(file)
    for _ in range(1500):  # the process that writes it may lag behind on a busy machine
        if len(written) == 4:
            break
        time.sleep(0.2)
        written = rows_of(file)
    assert [(row["landscape/step"], row["landscape/lambda_max"]) for row in written if "landscape/step" in row] == [
        (1, 3.5),
        (5, 2.5),
    ]
    assert [row["theirs"] for row in written if "theirs" in row] == [1.0, 2.0]


def test_mlflow_in_a_file_store(framework: Framework, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    framework("mlflow")
    from mlflow.tracking import MlflowClient

    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    logger = ls.monitor.open_logger("mlflow", tmp_path, "mine")
    assert isinstance(logger, ls.monitor.MLflowLogger)
    measured = monitored(logger)
    client = MlflowClient((tmp_path / "mlruns").as_uri())
    history = client.get_metric_history(logger.run_id, "landscape/lambda_max")
    assert [(m.step, m.value) for m in history] == [(m.step, m.lambda_max) for m in measured]
    run = client.get_run(logger.run_id)
    assert (run.info.status, run.info.run_name) == ("FINISHED", "mine")
    other = ls.monitor.MLflowLogger((tmp_path / "mlruns").as_uri(), tmp_path.name, run_id=logger.run_id)
    other.log(9, {"more": 1.0})
    other.close()


def test_a_logger_that_fails_gets_no_more_and_the_training_goes_on() -> None:
    class Fails:
        def log(self, step: int, values: Any) -> None:
            raise ConnectionError("no network")

        def close(self) -> None:
            raise AssertionError

    with pytest.warns(RuntimeWarning, match="Fails failed and gets no more numbers: no network"):
        measured = monitored(Fails())
    assert len(measured) == 2
    assert all(math.isfinite(m.lambda_max) for m in measured)


@pytest.mark.parametrize("kind", [kind for kind in LOGGERS if kind != "jsonl"])
def test_a_missing_package_is_named(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("torch.utils.tensorboard", "wandb", "mlflow.tracking", "mlflow"):
        # internal: none, but the name of what is not installed is a variable.
        monkeypatch.setitem(__import__("sys").modules, name, None)
    with pytest.raises(ModuleNotFoundError, match=r"needs .*, which is not installed: pip install (\S+)$"):
        ls.monitor.open_logger(kind, tmp_path, "mine")


def test_an_unknown_logger_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        ValueError, match="the logger 'comet' is unknown: choose one of tensorboard, wandb, mlflow, jsonl"
    ):
        ls.monitor.open_logger("comet", tmp_path, "mine")
