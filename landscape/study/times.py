"""How good a run got, and the training time it took to get there."""

from __future__ import annotations

from typing import Any

import numpy as np

from landscape.plot._reading import seconds_of
from landscape.study.store import Study

__all__ = ["best_and_time"]

Array = np.ndarray[Any, np.dtype[np.float64]]


def best_and_time(study: Study) -> tuple[Array, Array]:
    """Best test metric over the epochs of every finished run, and the training time in seconds to the first epoch with it.

    Returns
    -------
    tuple of ndarray
        Both of shape (method, seed); NaN where a run diverged.
    """
    epochs = study.tree["epochs"].to_dataset()
    metric = epochs["test_metric"].transpose("optimizer", "seed", "epoch").values
    finished = (study.tree["runs"]["status"] == "finished").transpose("optimizer", "seed").values
    signed = metric if study.tree.attrs["metric_higher_is_better"] else -metric
    first = np.argmax(np.where(np.isnan(signed), -np.inf, signed), axis=-1)[..., None]
    best = np.take_along_axis(metric, first, axis=-1)[..., 0]
    seconds = np.take_along_axis(seconds_of(study), first, axis=-1)[..., 0]
    return np.where(finished, best, np.nan), np.where(finished, seconds, np.nan)
