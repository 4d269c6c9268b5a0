"""Send the numbers of a study's runs to the trackers that people use, while they are trained and measured.

What a run was logged up to stands in a file of its own, ``logs/.KIND-RUN``, which is written before the tracker is: a
kill may cost the tracker a second of numbers, and nothing is ever there twice.
"""

from __future__ import annotations

import logging
import math
import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import xarray as xr

from landscape._common.checksums import DamagedFileError
from landscape._common.files import read_record, write_record
from landscape.monitor.loggers import LOGGERS, Logger, open_logger
from landscape.study.failures import FAILED
from landscape.study.store import Study
from zenith._common.names import check_file_name
from zenith.training.trace import Trace

__all__ = [
    "FOLDER",
    "CannotLogError",
    "Numbers",
    "RunLog",
    "check_log",
    "curvature_rows",
    "finish_log",
    "log_runs",
    "numbers_of",
    "trained",
]

FOLDER = "logs"
"""In the study's folder."""
SECONDS_BETWEEN = 1.0
"""Between two messages of a run in training."""
_OF_STEPS = ("loss", "lr", "gradient_norm", "mean_gradient_norm", "zenith")
_OF_CURVATURE = ("eigenvalue", "loss")
_GRACE = 10.0  # seconds for a tracker to take what is left after Ctrl-C

_LOG = logging.getLogger(__name__)

Rows = dict[int, dict[str, float]]
"""Numbers by name, by the steps taken; only finite ones."""


class CannotLogError(ValueError):
    """A tracker that cannot be opened."""


class Numbers(NamedTuple):
    """What a job found out about a run.

    Attributes
    ----------
    run : str
        Its name.
    rows : dict of int to dict of str to float
        Numbers by name, by the steps taken.
    ends : bool
        Whether the job has no more of them.
    """

    run: str
    rows: Rows
    ends: bool = False


def check_log(kind: str) -> None:
    """Raise ValueError for an unknown logger, or if its package is missing; nothing is logged."""
    if kind not in LOGGERS:
        raise ValueError(f"the logger {kind!r} is unknown: choose one of {', '.join(LOGGERS)}")
    needed = {"tensorboard": "tensorboard", "wandb": "wandb", "mlflow": "mlflow"}.get(kind)
    if needed is not None and find_spec(needed) is None:
        package = {"mlflow": "mlflow-skinny"}.get(needed, needed)
        raise ValueError(f"log={kind!r} needs {needed}, which is not installed: pip install {package}")


class RunLog:
    """Log runs as their numbers come in, in a thread of its own, so that no run waits for a tracker.

    A tracker that fails is warned of, once, and gets no more; the study goes on.

    Parameters
    ----------
    study : Study
        In whose folder the logs are.
    kind : str
        As of `landscape.monitor.open_logger`.
    """

    def __init__(self, study: Study, kind: str) -> None:
        check_log(kind)
        self._folder, self._kind = study.path / FOLDER, kind
        self._runs: dict[str, _Run] = {}
        self._queue: queue.SimpleQueue[Numbers | None] = queue.SimpleQueue()
        self._failed = False
        self._thread = threading.Thread(target=self._work, name="log", daemon=True)

    def check(self, run: str) -> None:
        """Open the tracker for a run that is going to be trained.

        Raises
        ------
        CannotLogError
            If that fails, as it does without an account, or a disk to write to.
        """
        try:
            self._of(run).open()
        except DamagedFileError as error:
            raise CannotLogError(f"log={self._kind!r} cannot go on: {error}") from error
        except Exception as error:  # whatever a tracker raises
            raise CannotLogError(
                f"log={self._kind!r} cannot be opened ({type(error).__name__}: {' '.join(str(error).split())}): "
                f"{_REMEDIES.get(self._kind, 'make its folder writable')}, or leave log out"
            ) from error

    def __call__(self, numbers: Numbers) -> None:
        """Take numbers; returns at once."""
        self._queue.put(numbers)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._queue.put(None)
        self._thread.join(_GRACE if kind is not None else None)

    def _of(self, run: str) -> _Run:
        if run not in self._runs:
            self._runs[run] = _Run(self._folder, self._kind, run)
        return self._runs[run]

    def _work(self) -> None:
        while (numbers := self._queue.get()) is not None:
            self._guarded(lambda numbers=numbers: self._take(numbers))  # type: ignore[misc]
        for run in self._runs.values():
            self._guarded(run.close, always=True)

    def _take(self, numbers: Numbers) -> None:
        run = self._of(numbers.run)
        run.log(numbers.rows)
        if numbers.ends:
            run.close()

    def _guarded(self, work: Callable[[], None], *, always: bool = False) -> None:
        if self._failed and not always:
            return
        try:
            work()
        except Exception as error:
            if not self._failed:
                _warn_of(self._kind, error)
            self._failed = True


_REMEDIES = {
    "wandb": "wandb login, or set WANDB_MODE=offline",
    "mlflow": "set MLFLOW_TRACKING_URI to a server or store that answers, or unset it for one in the study's folder",
}


class _Run:
    """One run of a study as one run of a tracker."""

    def __init__(self, folder: Path, kind: str, name: str) -> None:
        self._folder, self._kind, self._name = folder, kind, name
        self._file = folder / f".{kind}-{name}"
        self._logger: Logger | None = None
        self._state: dict[str, Any] = {"train": 0, "epoch": -1, "landscape": [], "id": None}
        self._whole = False
        if self._file.is_file():
            self._whole = not self._file.stat().st_size  # as of a version that logged finished studies only
            self._state |= {} if self._whole else self._noted()

    def _noted(self) -> dict[str, Any]:
        try:
            held = read_record(self._file)
            if held.get("run", self._name) != self._name:
                raise DamagedFileError(self._file, "it belongs elsewhere, it is the note of another run")
            return {name: held[name] for name in self._state}
        except (DamagedFileError, KeyError) as error:
            reason = error.reason if isinstance(error, DamagedFileError) else f"it lacks {error}"
            remedy = f"delete it, and '{self._name}' in the tracker, where all of its numbers will come anew"
            raise DamagedFileError(self._file, reason, remedy) from error

    def open(self) -> Logger:
        """Return the tracker's run, opened again if it was there before."""
        if self._logger is None:
            project = self._folder.resolve().parent.name  # the study's
            self._logger = open_logger(self._kind, self._folder, self._name, project=project, resume=self._state["id"])
            self._state["id"] = getattr(self._logger, "run_id", None)
        return self._logger

    def log(self, rows: Mapping[int, Mapping[str, float]]) -> bool:
        """Log the numbers that were not logged before; return whether there were any."""
        new = {step: {key: value for key, value in rows[step].items() if self._is_new(step, key)} for step in rows}
        new = {step: new[step] for step in sorted(new) if new[step]}
        if not new:
            return False
        logger, before = self.open(), dict(self._state)
        self._note(new)
        for i, (step, values) in enumerate(new.items()):
            try:
                logger.log(step, values)
            except Exception:  # not so a kill: what has not been taken comes again
                self._state = before
                self._note(dict(list(new.items())[:i]))
                raise
        return True

    def close(self) -> None:
        """Close the tracker's run; more numbers open it again."""
        logger, self._logger = self._logger, None
        if logger is not None:
            logger.close()

    def _note(self, rows: Mapping[int, Mapping[str, float]]) -> None:
        for step, values in rows.items():
            for part in {key.partition("/")[0] for key in values}:
                known = self._state[part]
                self._state[part] = [*known, step] if part == "landscape" else max(known, step)
        write_record(self._file, {**self._state, "run": self._name})

    def _is_new(self, step: int, key: str) -> bool:
        if self._whole:
            return False
        known = self._state[key.partition("/")[0]]
        return step not in known if isinstance(known, list) else step > known


def trained(run: str, send: Callable[[Numbers], None]) -> Callable[[Trace, Any, str], None]:
    """Return an ``on_progress`` of `zenith.train` that sends what is new every second, and the rest at the end.

    A run that goes on after an interruption sends all of it once more.
    """
    steps, epochs, last = 0, 0, -math.inf

    def on_progress(trace: Trace, checkpoints: Any, status: str) -> None:
        nonlocal steps, epochs, last
        ends = status != "running"
        if not ends and time.monotonic() - last < SECONDS_BETWEEN:
            return
        rows = _rows(trace.steps, trace.epochs, trace.epoch_steps, steps, epochs)
        steps, epochs, last = len(trace.steps["loss"]), len(trace.epoch_steps), time.monotonic()
        send(Numbers(run, rows, ends))

    return on_progress


def curvature_rows(curvature: xr.Dataset) -> Rows:
    """Return the top eigenvalues that converged, and the losses that they were measured at."""
    top = curvature.isel(k=0) if "k" in curvature.dims else curvature
    rows: Rows = {}
    top = top if "step" in top.dims else top.expand_dims("step")
    for i, step in enumerate(top["step"].values):
        if top["converged"].values[i] == 1:  # NaN at steps that this run has no checkpoint at
            for key in _OF_CURVATURE:
                _add(rows, int(step), f"landscape/{key}", float(top[key].values[i]))
    return rows


def log_runs(study: Study, kind: str) -> int:
    """Log what has not been logged of the runs of a finished study, and return how many runs that concerned.

    Per step the batch loss, learning rate and gradient norms, per epoch losses and metrics, and per checkpoint the top
    eigenvalue that converged and the loss it was measured at. A run is one run of the tracker, of its own name, below
    ``logs/`` in the study's folder.

    Parameters
    ----------
    study : Study
        Finished; of a sweep the runs of all its points.
    kind : str
        As of `landscape.monitor.open_logger`.
    """
    studies = list(study.parts)
    if study.spec.tuning is not None:
        studies += [each.tuned for each in study.parts]
    done = 0
    for each in studies:
        names = each.tree["runs"]["run_id"]
        for method in each.spec.methods:
            for seed in each.spec.seeds:
                name = str(names.sel(optimizer=method, seed=seed).values)
                if str(each.tree["runs"]["status"].sel(optimizer=method, seed=seed).values) == FAILED:
                    continue
                check_file_name(name, f"a run in '{each.path / 'study.nc'}'", longest=200)
                run = _Run(study.path / FOLDER, kind, name)
                try:
                    done += run.log(numbers_of(each, method, seed, name))
                finally:
                    run.close()
    return done


def finish_log(study: Study, kind: str) -> None:
    """Log what is left as `log_runs` does; a tracker that fails is warned of."""
    try:
        log_runs(study, kind)
    except Exception as error:  # whatever a tracker raises
        _warn_of(kind, error)


def _warn_of(kind: str, error: Exception) -> None:
    _LOG.warning(
        "landscape: log=%r failed and gets no more numbers (%s: %s); the study goes on, and running it again logs the "
        "rest",
        kind,
        type(error).__name__,
        error,
    )


def numbers_of(study: Study, method: str, seed: int, name: str) -> Rows:
    """Numbers of a finished run."""
    trace = study.read_trace(name)
    steps, epochs = trace["steps"].to_dataset(), trace["epochs"].to_dataset()
    rows = _rows(
        {key: steps[key].values for key in _OF_STEPS},
        {str(key): array.values for key, array in epochs.data_vars.items()},
        epochs["steps_taken"].values.tolist(),
    )
    for step, values in curvature_rows(study.tree["curvature"].to_dataset().sel(optimizer=method, seed=seed)).items():
        rows.setdefault(step, {}).update(values)
    return rows


def _rows(
    steps: Mapping[str, Any],
    epochs: Mapping[str, Any],
    taken: Sequence[int],
    first_step: int = 0,
    first_epoch: int = 0,
) -> Rows:
    rows: Rows = {}
    for key in _OF_STEPS:
        for step, value in enumerate(steps[key][first_step:], start=first_step + 1):
            _add(rows, step, f"train/{key}", float(value))
    for column, values in epochs.items():
        for step, value in zip(taken[first_epoch:], values[first_epoch:], strict=True):
            _add(rows, int(step), f"epoch/{column}", float(value))
    return rows


def _add(rows: Rows, step: int, key: str, value: float) -> None:
    if math.isfinite(value):
        rows.setdefault(step, {})[key] = value
