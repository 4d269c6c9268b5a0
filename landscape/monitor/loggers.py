"""Send numbers to the trackers that people use: TensorBoard, Weights & Biases, MLflow, or a file of JSON lines."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from landscape._common.guesses import guessable
from landscape._common.validation import as_json

__all__ = ["LOGGERS", "JSONLinesLogger", "Logger", "MLflowLogger", "TensorBoardLogger", "WandbLogger", "open_logger"]


@runtime_checkable
class Logger(Protocol):
    """Anything with these two methods takes the numbers of a monitor or of a study.

    Examples
    --------
    >>> class Printer:
    ...     def log(self, step, values):
    ...         print(step, sorted(values))
    ...
    ...     def close(self):
    ...         print("closed")
    >>> isinstance(Printer(), ls.monitor.Logger)
    True
    """

    def log(self, step: int, values: Mapping[str, float]) -> None:
        """Take numbers by name at a step."""

    def close(self) -> None:
        """Write what is buffered; nothing comes after."""


class JSONLinesLogger:
    """One line of JSON per call: {"step": ..., name: number, ...}; no package needed.

    Parameters
    ----------
    path : path
        Appended to.

    Examples
    --------
    >>> from pathlib import Path
    >>> logger = ls.monitor.JSONLinesLogger("numbers.jsonl")
    >>> logger.log(10, {"landscape/lambda_max": 3.5})
    >>> logger.close()
    >>> Path("numbers.jsonl").read_text().strip()
    '{"step": 10, "landscape/lambda_max": 3.5}'
    """

    @guessable
    def __init__(self, path: str | os.PathLike[str]) -> None:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        self._file = Path(path).open("a+b")  # noqa: SIM115 (closed by close)
        if self._file.tell():
            self._file.seek(-1, os.SEEK_END)
            if self._file.read(1) != b"\n":  # a kill has cut off the last line
                self._file.seek(0)
                self._file.truncate(self._file.read().rfind(b"\n") + 1)

    def log(self, step: int, values: Mapping[str, float]) -> None:
        """Take numbers by name at a step; what is not finite becomes null."""
        self._file.write(json.dumps(as_json({"step": step, **values}), allow_nan=False).encode() + b"\n")
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class TensorBoardLogger:
    """Scalars in an event file of TensorBoard.

    Parameters
    ----------
    folder : path
        Of the run, as `tensorboard --logdir` lists it.

    Raises
    ------
    ModuleNotFoundError
        Without the package tensorboard.

    Examples
    --------
    >>> issubclass(ls.monitor.TensorBoardLogger, ls.monitor.Logger)  # what a monitor takes as a logger
    True
    >>> logger = ls.monitor.TensorBoardLogger("runs/mine")  # doctest: +SKIP
    >>> monitor = ls.SharpnessMonitor(loss, every=200, loggers=[logger])  # doctest: +SKIP
    """

    @guessable
    def __init__(self, folder: str | os.PathLike[str]) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ModuleNotFoundError as error:
            raise _missing("TensorBoardLogger", "tensorboard") from error
        self._writer = SummaryWriter(os.fspath(folder))

    def log(self, step: int, values: Mapping[str, float]) -> None:
        """Take numbers by name at a step."""
        for name, value in values.items():
            self._writer.add_scalar(name, value, step)
        self._writer.flush()

    def close(self) -> None:
        """Close the file."""
        self._writer.close()


class WandbLogger:
    """Numbers in a run of Weights & Biases, against an axis of their own, "landscape/step".

    Parameters
    ----------
    run : wandb run, optional
        The one that the training logs to, which then stays open; by default a new one.
    **settings
        Of a new one, as `wandb.init` takes them: project, name, dir, mode="offline".

    Raises
    ------
    ModuleNotFoundError
        Without the package wandb.

    Examples
    --------
    >>> issubclass(ls.monitor.WandbLogger, ls.monitor.Logger)  # what a monitor takes as a logger
    True
    >>> logger = ls.monitor.WandbLogger(project="mine", mode="offline")  # doctest: +SKIP
    >>> monitor = ls.SharpnessMonitor(loss, every=200, loggers=[logger])  # doctest: +SKIP
    """

    AXIS = "landscape/step"

    @guessable
    def __init__(self, run: Any = None, **settings: Any) -> None:
        self._owned = run is None
        if run is None:
            try:
                import wandb
            except ModuleNotFoundError as error:
                raise _missing("WandbLogger", "wandb") from error
            run = wandb.init(**settings)
        self.run = run
        self._known: set[str] = set()
        run.define_metric(self.AXIS)

    def log(self, step: int, values: Mapping[str, float]) -> None:
        """Take numbers by name at a step; the run's own step counter is left to the training."""
        for name in values.keys() - self._known:
            self.run.define_metric(name, step_metric=self.AXIS)
            self._known.add(name)
        self.run.log({**values, self.AXIS: step})

    def close(self) -> None:
        """Finish the run if it was opened here."""
        if self._owned:
            self.run.finish()


class MLflowLogger:
    """Metrics of an MLflow run.

    Parameters
    ----------
    tracking_uri : str, optional
        A server or a store, such as "sqlite:///mlflow.db" or a folder's "file:" address; MLflow's own by default.
    experiment, run_name : str, optional
    run_id : str, optional
        A run to log to, which then stays open; by default a new one.
    end : bool, optional
        Whether `close` ends the run; by default only a new one.

    Raises
    ------
    ModuleNotFoundError
        Without the package mlflow or mlflow-skinny.

    Examples
    --------
    >>> issubclass(ls.monitor.MLflowLogger, ls.monitor.Logger)  # what a monitor takes as a logger
    True
    >>> logger = ls.monitor.MLflowLogger(experiment="mine")  # doctest: +SKIP
    >>> monitor = ls.SharpnessMonitor(loss, every=200, loggers=[logger])  # doctest: +SKIP
    """

    @guessable
    def __init__(
        self,
        tracking_uri: str | None = None,
        experiment: str = "landscape",
        run_name: str | None = None,
        *,
        run_id: str | None = None,
        end: bool | None = None,
    ) -> None:
        try:
            from mlflow.tracking import MlflowClient
        except ModuleNotFoundError as error:
            raise _missing("MLflowLogger", "mlflow-skinny") from error
        # A client of its own: the fluent API's current run is the training's.
        self._client = MlflowClient(tracking_uri)
        self._owned = run_id is None if end is None else end
        if run_id is None:
            known = self._client.get_experiment_by_name(experiment)
            number = self._client.create_experiment(experiment) if known is None else known.experiment_id
            run_id = self._client.create_run(number, run_name=run_name).info.run_id
        self.run_id: str = run_id

    def log(self, step: int, values: Mapping[str, float]) -> None:
        """Take numbers by name at a step."""
        from mlflow.entities import Metric

        now = int(time.time() * 1000)
        self._client.log_batch(self.run_id, [Metric(name, value, now, step) for name, value in values.items()])

    def close(self) -> None:
        """End the run if it was opened here."""
        if self._owned:
            self._client.set_terminated(self.run_id)


def _tensorboard(folder: Path, name: str, project: str, resume: str | None) -> Logger:
    return TensorBoardLogger(folder / "tensorboard" / name)  # a file more in the run's folder, if it is there


def _wandb(folder: Path, name: str, project: str, resume: str | None) -> Logger:
    # Its name tells it from others, and it may be open while others are.
    return WandbLogger(project=project, name=name, id=name, resume="allow", reinit="create_new", dir=os.fspath(folder))


def _mlflow(folder: Path, name: str, project: str, resume: str | None) -> Logger:
    uri = os.environ.get("MLFLOW_TRACKING_URI")
    if not uri:
        os.environ.setdefault("MLFLOW_ALLOW_FILE_STORE", "true")  # which MLflow 3 asks for
        uri = (folder / "mlruns").resolve().as_uri()
    return MLflowLogger(uri, project, name, run_id=resume, end=True)


LOGGERS: dict[str, Callable[[Path, str, str, str | None], Logger]] = {
    "tensorboard": _tensorboard,
    "wandb": _wandb,
    "mlflow": _mlflow,
    "jsonl": lambda folder, name, project, resume: JSONLinesLogger(folder / f"{name}.jsonl"),
}
"""Makers of loggers from a folder, the names of a run and its project, and the identity of a run that goes on."""


@guessable
def open_logger(
    kind: str, folder: str | os.PathLike[str], name: str, *, project: str | None = None, resume: str | None = None
) -> Logger:
    """Open a logger by its name, for one run, with its files below a folder.

    Parameters
    ----------
    kind : {"tensorboard", "wandb", "mlflow", "jsonl"}
    folder : path
        TensorBoard writes below it, and so does MLflow unless the environment's MLFLOW_TRACKING_URI names another
        place.
    name : str
        Of the run. A run of that name goes on, where the tracker knows runs by their names.
    project : str, optional
        Of Weights & Biases, and MLflow's experiment; the folder's name by default.
    resume : str, optional
        For MLflow, which does not: the `run_id` of the run that goes on.

    Raises
    ------
    ValueError
        For another kind.
    ModuleNotFoundError
        If its package is not installed.

    Examples
    --------
    >>> from pathlib import Path
    >>> logger = ls.monitor.open_logger("jsonl", "logs", "zenith-seed0")
    >>> logger.log(0, {"loss": 2.3})
    >>> logger.close()
    >>> Path("logs/zenith-seed0.jsonl").read_text().strip()
    '{"step": 0, "loss": 2.3}'
    """
    if kind not in LOGGERS:
        raise ValueError(f"the logger {kind!r} is unknown: choose one of {', '.join(LOGGERS)}")
    return LOGGERS[kind](Path(folder), name, project or Path(folder).resolve().name, resume)


def _missing(logger: str, package: str) -> ModuleNotFoundError:
    return ModuleNotFoundError(f"{logger} needs {package}, which is not installed: pip install {package}")
