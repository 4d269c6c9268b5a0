"""The result of a training: its settings, its trace, and its checkpoints."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from zenith._common.summaries import html
from zenith.training.state import State
from zenith.training.trace import Trace

__all__ = ["Run"]


@dataclass(frozen=True, repr=False)
class Run:
    """One task, method and seed, trained.

    Attributes
    ----------
    task, method : str
        Names in the two tables.
    seed : int
        Determines initial weights, batch order and per-step randomness, the same for every method.
    settings : dict
        Every setting of the method, defaults included.
    epochs, batch_size, total_steps, window : int
        The length of the run, and the window W of the recorded mu and Z. `epochs` is a fraction where the last one was
        not finished.
    budget : dict
        What decided that length: ``by`` and ``amount``, and, where these are seconds or gradient evaluations, what a
        step was found to take, with the number of steps of that trial and the standard deviation of one.
    sources : dict of str to dict
        Of the "task" and the "method", where they were loaded from a file: path, SHA-256 and git commit, as of
        `zenith.Method.source`.
    task_options : dict
        Of the function that made the task, defaults included; empty of a task that no function made.
    trace : Trace
        Per-step and per-epoch record.
    checkpoints : dict of int to state dict
        Weights and buffers on the CPU after that many steps; the last one is the end point. Empty if they were streamed
        to `on_checkpoint`.
    status : {"finished", "diverged"}
        A run diverges when its loss becomes NaN or infinite; it stops there.
    diverged_at : int or None
        The step whose loss was not finite.
    initial_weights, batch_order : str
        SHA-256 of the initial state dict, and of the sample indices of every batch in the order seen.
    device : str
        Where it was trained.
    options : dict
        The options of the loop that differ from their default, as of `LoopOptions.changed`; with data parallelism also
        how many ``ranks`` there were.
    recorded : dict of int to object
        What `record` returned at each checkpoint, if it was given.
    evaluated_at : str
        "weights", or the average of them that the method is evaluated at, which the evaluations and checkpoints hold.
    together : dict
        Of a run of `zenith.train_seeds`: how many ``runs`` were trained as one model, and whether it was ``compiled``;
        or the ``reason`` why this run was trained by itself. Empty of `zenith.train`.
    environments : tuple of dict
        Versions of torch and numpy, the instructions of the processor, and the name of the GPU if there is one, that
        the steps were trained with: several, in their order, where the run went on from a file in other ones, which
        rounds differently.

    Examples
    --------
    >>> run = zenith.train("digits", "zenith", epochs=1, checkpoints=1)
    >>> run.status, run.total_steps, sorted(run.checkpoints)
    ('finished', 23, [0, 23])
    >>> len(run.trace.steps["loss"]), len(run.trace.epochs["test_loss"])  # once a step, and before and after the epoch
    (23, 2)
    """

    task: str
    method: str
    seed: int
    settings: dict[str, Any]
    epochs: float
    batch_size: int
    total_steps: int
    window: int
    trace: Trace
    checkpoints: dict[int, State] = field(repr=False)
    status: str
    diverged_at: int | None
    initial_weights: str
    batch_order: str
    device: str
    options: dict[str, Any] = field(default_factory=dict)
    budget: dict[str, Any] = field(default_factory=dict)
    sources: dict[str, Any] = field(default_factory=dict)
    task_options: dict[str, Any] = field(default_factory=dict)
    evaluated_at: str = "weights"
    recorded: dict[int, Any] = field(default_factory=dict, repr=False)
    together: dict[str, Any] = field(default_factory=dict)
    environments: tuple[dict[str, str], ...] = ()

    def __repr__(self) -> str:
        return f"Run: {self._title()}, {self.trace!r}"

    def _repr_html_(self) -> str:
        trace = self.trace
        rows = [
            [str(step), *(f"{column[i]:.4g}" for column in trace.epochs.values())]
            for i, step in enumerate(trace.epoch_steps)
            if i in (0, len(trace.epoch_steps) - 1)
        ]
        hidden = ("task", "method", "seed", "trace", "checkpoints", "recorded", "status", "diverged_at")
        folded = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in hidden}
        folded["checkpoints"] = ", ".join(map(str, self.checkpoints)) or "none kept"
        return html("Run", self._title(), ("after step", *trace.epochs), rows, folded)

    def _title(self) -> str:
        end = "finished" if self.diverged_at is None else f"diverged at step {self.diverged_at}"
        return f"{self.method} on {self.task}, seed {self.seed}, {end}"

    @property
    def final(self) -> State:
        """Weights and buffers at the end of the run.

        Raises
        ------
        ValueError
            If the checkpoints were streamed to `on_checkpoint`.
        """
        if not self.checkpoints:
            raise ValueError("this run holds no checkpoints, they went to on_checkpoint: read the last one from there")
        return self.checkpoints[max(self.checkpoints)]
