"""The trace of a training run: one record per step and one per evaluation."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

__all__ = ["EPOCH_FIELDS", "STEP_FIELDS", "Trace", "describe_epoch_field"]

Array = npt.NDArray[np.float64]

STEP_FIELDS = {
    "loss": "training loss of the step's batch, before the step",
    "gradient_norm": "L2 norm of the batch gradient over all parameters, before clipping and weight decay",
    "lr": "learning rate applied by the step",
    "mean_gradient_norm": "mean gradient norm of the last W steps (mu), NaN until W norms are in",
    "zenith": "historical maximum of the mean gradient norm (Z), NaN until W norms are in",
    "update_norm": "L2 norm of the change of all parameters made by the step, NaN where it was not measured",
    "seconds": "training wall-clock since the first step, evaluation and checkpoints excluded",
    "gradient_evaluations": "forward and backward passes over whole batches since the first step, halved",
}


def describe_epoch_field(name: str) -> str:
    """Return what an entry of `Trace.epochs` is, in words."""
    part, _, quantity = name.partition("_")
    sets = {"train": "training", "test": "test", "validation": "validation"}
    words = {"loss": "mean loss", "metric": "metric"}.get(quantity, quantity)
    mode = "train mode, dropout on" if quantity.endswith("_train_mode") else "eval mode"
    return f"{words} over the whole {sets[part]} set after the epoch, {mode}"


EPOCH_FIELDS = {name: describe_epoch_field(name) for name in ("train_loss", "train_metric", "test_loss", "test_metric")}


@dataclass(repr=False)
class Trace:
    """Growing record of one run.

    Attributes
    ----------
    steps : dict of str to list of float
        One list per name in `STEP_FIELDS`, one entry per step taken.
    epochs : dict of str to list of float
        One list per name in `EPOCH_FIELDS`; entry 0 is before the first step. Where there are validation data, also
        ``validation_loss`` and ``validation_metric``; and of further metrics one for each part, such as ``test_f1``.
    epoch_steps : list of int
        Steps taken when each entry of `epochs` was measured.
    """

    steps: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in STEP_FIELDS})
    epochs: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in EPOCH_FIELDS})
    epoch_steps: list[int] = field(default_factory=list)

    def __repr__(self) -> str:
        last = {name: column[-1] for name, column in self.epochs.items() if column}
        values = "".join(f", {name} {value:.4g}" for name, value in last.items())
        return f"Trace({len(self.steps['loss'])} steps, {len(self.epoch_steps)} evaluations{values})"

    def record_step(self, **values: float) -> None:
        """Append one step; every name of `STEP_FIELDS` is required."""
        _append(self.steps, values)

    def record_epoch(self, step: int, **values: float) -> None:
        """Append one evaluation after `step` steps; every name of `EPOCH_FIELDS` is required, and always the same."""
        if not self.epoch_steps:
            self.epochs.update({name: [] for name in values if name not in self.epochs})
        _append(self.epochs, values)
        self.epoch_steps.append(step)

    def state(self) -> dict[str, Any]:
        """Return everything recorded in lists and float64 tensors.

        Exact, and readable by ``torch.load(weights_only=True)``.
        """
        return {
            part: {name: torch.tensor(column, dtype=torch.float64) for name, column in columns.items()}
            for part, columns in (("steps", self.steps), ("epochs", self.epochs))
        } | {"epoch_steps": list(self.epoch_steps)}

    @classmethod
    def of(cls, state: Mapping[str, Any]) -> Trace:
        """Return the trace whose `state` this is."""
        steps, epochs = (
            {name: column.tolist() for name, column in state[part].items()} for part in ("steps", "epochs")
        )
        taken = len(steps["loss"])
        steps = {name: steps.get(name, [math.nan] * taken) for name in STEP_FIELDS}  # of a file from before a field
        return cls(steps, epochs, list(state["epoch_steps"]))

    def step_array(self, name: str) -> Array:
        """Return one recorded quantity per step, shape ``(steps,)``."""
        return np.asarray(self.steps[name], dtype=np.float64)

    def epoch_array(self, name: str) -> Array:
        """Return one recorded quantity per evaluation, shape ``(epochs + 1,)``."""
        return np.asarray(self.epochs[name], dtype=np.float64)


def _append(columns: dict[str, list[float]], values: dict[str, float]) -> None:
    if columns.keys() != values.keys():
        raise ValueError(f"a record needs exactly {sorted(columns)}, got {sorted(values)}")
    for name, value in values.items():
        columns[name].append(float(value))
