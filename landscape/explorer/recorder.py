"""Follow a training run while it is running: as a callback of `zenith.train`, or step by step from your own loop."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from torch import Tensor

from landscape.explorer.from_memory import Memory
from landscape.explorer.view import SERIES, View

__all__ = ["Recorder"]

EVERY = 0.1  # seconds between two pictures
State = Mapping[str, Tensor]
Show = Callable[..., None]


class _Trace(Protocol):
    steps: dict[str, list[float]]


class Recorder:
    """Recorder of a training run that an explorer follows; made by `Explorer.follow`.

    Either give it to the training loop, ``train(..., on_progress=recorder)``, or call `record` after every step of a
    loop of your own, and `close` after the last. It never ends a training: what goes wrong in drawing is a warning.

    Parameters
    ----------
    memory : Memory
        Where the run is kept.
    show : callable
        Called with a view and, by keyword, whether it is the last.
    method, seed
        What the run is called.
    """

    def __init__(self, memory: Memory, show: Show, method: str, seed: int) -> None:
        self._memory, self._show, self._method, self._seed = memory, show, method, seed
        self._series: dict[str, Any] = {}
        self._pending: dict[str, list[float]] = {name: [] for name in SERIES}
        self._states: dict[int, State] = {}
        self._steps, self._told, self._failed = 0, -math.inf, False

    def __call__(self, trace: _Trace, checkpoints: Mapping[int, State], status: str) -> None:
        """Take the records of a training loop so far; see `zenith.train`, ``on_progress``."""
        for name in SERIES:
            known = self._series.get(name, np.empty(0))
            self._grow(name, trace.steps[name][len(known) :])
        self._tell(checkpoints, status)

    def record(
        self,
        *,
        loss: float,
        gradient_norm: float = math.nan,
        lr: float = math.nan,
        mean_gradient_norm: float = math.nan,
        zenith: float = math.nan,
        state: State | None = None,
    ) -> None:
        """Take one step.

        Parameters
        ----------
        loss, gradient_norm, lr, mean_gradient_norm, zenith : float
            Of the step; what is not known is left out.
        state : state dict, optional
            The weights after it, to be kept as a checkpoint; they are copied.

        Examples
        --------
        >>> recorder = ls.explore().follow("sgd")  # doctest: +SKIP
        >>> for step, (x, y) in enumerate(batches):  # doctest: +SKIP
        ...     loss = training_step(x, y)
        ...     recorder.record(loss=loss, lr=0.1, state=model.state_dict() if step % 100 == 0 else None)
        >>> recorder.close()  # doctest: +SKIP
        """
        for name, value in (
            ("loss", loss),
            ("gradient_norm", gradient_norm),
            ("lr", lr),
            ("mean_gradient_norm", mean_gradient_norm),
            ("zenith", zenith),
        ):
            self._pending[name].append(float(value))
        self._steps += 1
        if state is not None:
            self._states[self._steps] = {name: t.detach().cpu().clone() for name, t in state.items()}
        if time.monotonic() - self._told >= EVERY:
            self._flush("running")

    def close(self, status: str = "finished") -> None:
        """End the run and show its last steps."""
        self._flush(status)

    def _flush(self, status: str) -> None:
        for name, values in self._pending.items():
            self._grow(name, values)
            values.clear()
        self._tell(self._states, status)

    def _grow(self, name: str, values: Sequence[float]) -> None:
        new = np.asarray(values, dtype=np.float64)
        known = self._series.get(name)
        self._series[name] = new if known is None else np.concatenate([known, new])

    def _tell(self, checkpoints: Mapping[int, State], status: str) -> None:
        if self._failed:
            return
        try:
            self._memory.record(self._method, self._seed, self._series, status, checkpoints)
            if status != "running":
                self._memory.make_plane(self._seed)
            view: View = self._memory.view
            self._show(view, done=status != "running" and all(run.status != "running" for run in view.runs))
        except Exception as error:
            self._failed = True
            warnings.warn(f"the explorer stopped following {self._method}: {error}", RuntimeWarning, stacklevel=3)
        self._told = time.monotonic()
