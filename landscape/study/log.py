"""Send the numbers of a study's runs to the trackers that people use."""

from __future__ import annotations

import math
from importlib.util import find_spec

from landscape.monitor.loggers import LOGGERS, open_logger
from landscape.study.store import Study
from zenith._common.names import check_file_name

__all__ = ["FOLDER", "check_log", "log_runs"]

FOLDER = "logs"
"""In the study's folder."""
_OF_STEPS = ("loss", "lr", "gradient_norm", "mean_gradient_norm", "zenith")
_OF_CURVATURE = ("eigenvalue", "loss")


def check_log(kind: str) -> None:
    """Raise ValueError for an unknown logger, ModuleNotFoundError if its package is missing; nothing is logged."""
    if kind not in LOGGERS:
        raise ValueError(f"the logger {kind!r} is unknown: choose one of {', '.join(LOGGERS)}")
    needed = {"tensorboard": "tensorboard", "wandb": "wandb", "mlflow": "mlflow"}.get(kind)
    if needed is not None and find_spec(needed) is None:
        raise ValueError(f"log={kind!r} needs {needed}, which is not installed: pip install {needed}")


def log_runs(study: Study, kind: str) -> int:
    """Log every run of a finished study that has not been logged yet, and return how many.

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
    studies = list(study.points.values()) if study.spec.sweep else [study]
    if study.spec.tuning is not None:
        studies.append(study.tuned)
    done = 0
    for each in studies:
        names = each.tree["runs"]["run_id"]
        for method in each.spec.methods:
            for seed in each.spec.seeds:
                name = str(names.sel(optimizer=method, seed=seed).values)
                check_file_name(name, f"a run in '{each.path / 'study.nc'}'", longest=200)
                marker = study.path / FOLDER / f".{kind}-{name}"
                if marker.exists():
                    continue
                logger = open_logger(kind, study.path / FOLDER, name)
                for step, values in sorted(_numbers(each, method, seed, name).items()):
                    logger.log(step, values)
                logger.close()
                marker.parent.mkdir(parents=True, exist_ok=True)
                marker.touch()
                done += 1
    return done


def _numbers(study: Study, method: str, seed: int, name: str) -> dict[int, dict[str, float]]:
    """Numbers of a run by the steps taken, finite ones only."""
    found: dict[int, dict[str, float]] = {}

    def add(step: int, key: str, value: float) -> None:
        if math.isfinite(value):
            found.setdefault(step, {})[key] = value

    trace = study.read_trace(name)
    steps, epochs = trace["steps"].to_dataset(), trace["epochs"].to_dataset()
    for key in _OF_STEPS:
        for step, value in enumerate(steps[key].values, start=1):
            add(step, f"train/{key}", float(value))
    for i, step in enumerate(epochs["steps_taken"].values):
        for column, array in epochs.data_vars.items():
            add(int(step), f"epoch/{column}", float(array.values[i]))
    curvature = study.tree["curvature"].to_dataset().sel(optimizer=method, seed=seed).isel(k=0)
    for i, step in enumerate(curvature["step"].values):
        if curvature["converged"].values[i] == 1:  # NaN at steps that this run has no checkpoint at
            for key in _OF_CURVATURE:
                add(int(step), f"landscape/{key}", float(curvature[key].values[i]))
    return found
