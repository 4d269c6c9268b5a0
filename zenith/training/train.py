"""Train one method on one task from one seed.

Two runs of one seed are a *pair*: they start from bit-identical weights, see the same batches in the same order, draw
the same random numbers in every step (dropout), and have the same budget. The hashes that prove it are part of the
result.
"""

from __future__ import annotations

import dataclasses
import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from zenith import methods
from zenith._common.guesses import guessable
from zenith._common.validation import check_integer
from zenith.methods import Method, MethodLike
from zenith.tasks import Data, Task
from zenith.tasks import get as get_task
from zenith.training.budget import SCHEDULED, Budget, spending, steps_within
from zenith.training.checks import check_factory, check_method, check_not_empty, check_precision, check_task
from zenith.training.evaluation import evaluate
from zenith.training.initial import initial_model
from zenith.training.loop import Loop
from zenith.training.options import LoopOptions
from zenith.training.ranks import Ranks
from zenith.training.resume import RunFile, held_identity
from zenith.training.run import Run
from zenith.training.setup import Callbacks, Setup
from zenith.training.state import State, hash_state
from zenith.training.trace import Trace

__all__ = [
    "LoopOptions",
    "Run",
    "State",
    "checkpoint_steps",
    "default_device",
    "evaluate",
    "hash_state",
    "initial_model",
    "measured_budget",
    "train",
]


def default_device() -> torch.device:
    """Return the GPU if there is one, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def checkpoint_steps(total_steps: int, checkpoints: int) -> tuple[int, ...]:
    """Return the steps after which weights are kept.

    0, `total_steps`, and between them denser where the loss moves most.

    The i-th of n checkpoints is at ``total_steps * (i / n)**2``, rounded; duplicates fall away.
    """
    if checkpoints >= 2 * total_steps:  # neighbours are then less than a step apart, and every step is one
        return tuple(range(total_steps + 1))
    return tuple(sorted({round(total_steps * (i / checkpoints) ** 2) for i in range(checkpoints + 1)}))


_OF_METHOD = "it is a setting of the method, write settings={{{0!r}: ...}}".format
_OF_LOOP = "it is an option of the training loop, write options={{{0!r}: ...}}".format
ELSEWHERE = {
    **{name: _OF_METHOD(name) for name in ("lr", "momentum", "weight_decay", "betas", "nesterov")},
    **{field.name: _OF_LOOP(field.name) for field in dataclasses.fields(LoopOptions)},
    "learning_rate": _OF_METHOD("lr"),
    "max_grad_norm": _OF_LOOP("clip_norm"),
    "gradient_accumulation_steps": _OF_LOOP("accumulate"),
    "optimizer": "a method is given by name, such as 'adam', or as a function of (params, lr) that makes an optimizer",
    "model": "model, data and loss make a task, write zenith.Task(name, model, train, test, loss=...)",
}
"""What to write in the place of what one expects `train` to take."""


@guessable(ELSEWHERE | {"seeds": "for several runs use zenith.train_seeds, for one write seed"})
def train(
    task: str | Task,
    method: MethodLike,
    seed: int = 0,
    *,
    data: Data | None = None,
    data_root: Path | str | None = None,
    epochs: int | None = None,
    steps: int | None = None,
    seconds: float | None = None,
    gradients: float | None = None,
    batch_size: int = 64,
    settings: Mapping[str, Any] | None = None,
    window: int = 500,
    checkpoints: int = 10,
    device: torch.device | str | None = None,
    options: LoopOptions | Mapping[str, Any] | None = None,
    resume: Path | str | None = None,
    save_every: int | None = None,
    progress: bool = False,
    on_step: Callable[[int, int, float, float], None] | None = None,
    on_checkpoint: Callable[[int, State], None] | None = None,
    on_progress: Callable[[Trace, Mapping[int, State], str], None] | None = None,
    record: Callable[[int, nn.Module, Optimizer], Any] | None = None,
) -> Run:
    """Train one method on one task from one seed.

    Parameters
    ----------
    task : str or Task
        A name of `zenith.tasks.names()`, ``"file.py:name"``, or a task of your own.
    method : str, Method or tuple
        A name of `zenith.methods.names()`, ``"file.py:name"``, a pair ``("name", make)`` of which ``make(params, lr)``
        returns an optimizer, or a `zenith.Method`.
    seed : int
        Runs of equal seed are a pair, whatever their method.
    data, data_root : Data, path, optional
        The loaded data, or where the task finds it.
    epochs, steps, seconds, gradients : int or float, optional
        The budget, one of them; 10 epochs by default. The steps are decided before the first, and the schedule is told
        them. Seconds are of training, evaluations and checkpoints excluded: how many steps they allow is found by a few
        steps on a copy of the model, of which nothing is left but the record in `Run.budget`; the run then takes that
        many, however long they last. Gradient evaluations are forward and backward passes over a batch, halved, as of
        `zenith.methods.passes`: plain SGD takes one a step, a line search that looks at two more losses takes two.
        Where the steps end within an epoch, that is evaluated as if it were over.
    batch_size : int
        The last batch of an epoch may be smaller; no sample is dropped.
    settings : Mapping, optional
        Overrides of the method's settings, for example ``{"lr": 0.05}``.
    window : int
        W of the recorded mu and Z, and ZENITH's own window unless `settings` names another.
    checkpoints : int
        How many times the weights are kept besides the start; see `checkpoint_steps`.
    device : torch.device or str, optional
        The GPU if there is one, else the CPU; under `torchrun` each rank's own.
    options : LoopOptions or Mapping, optional
        Mixed precision, accumulation, clipping and the like; for example ``{"amp": "bf16", "clip_norm": 1.0}``.
    resume : path, optional
        A file to continue from. If it is there, the run goes on where it was interrupted, as if it never had been; if
        not, it starts. The file is replaced every 30 seconds, at the end, and on Ctrl-C or SIGTERM, which then act as
        ever: KeyboardInterrupt is raised, and what is finished is in the file, rather than attached to the error, so
        that it outlives the process. It is left in place: a finished run is returned from it at once.
    save_every : int, optional
        Steps between two writes of that file, in place of the 30 seconds.
    progress : bool
        Show a bar with loss, learning rate and time left.
    on_step : callable, optional
        Called as ``on_step(step, total_steps, loss, lr)`` after every step; on the first rank only.
    on_checkpoint : callable, optional
        Called as ``on_checkpoint(step, state)`` instead of keeping the checkpoints in memory; on the first rank only. A
        resumed run calls it for the steps after the last write.
    on_progress : callable, optional
        Called as ``on_progress(trace, checkpoints, status)`` about ten times a second with everything recorded until
        then, not to be changed, and status "running"; at the end with "finished" or "diverged"; on the first rank only.
        The numbers of the run do not depend on it. `landscape.explore(...).follow(method, seed)` is one that draws.
    record : callable, optional
        Called as ``record(step, model, optimizer)`` at every checkpoint, with what is trained, which it must not
        change. What it returns, tensors of its own, numbers, text, and lists and dictionaries of these, is kept in
        `Run.recorded`, and in the file of `resume`; on the first rank only. With it a state of the optimizer is
        measured along training, such as by `landscape.curvature.stability_threshold`.

    Returns
    -------
    Run
        Also when the run diverged: the status says so, and everything up to there is kept. The same on every rank, but
        for checkpoints that were streamed.

    Raises
    ------
    ValueError
        For an unknown task, method, setting or option, a device that is not there, two budgets or one that allows no
        step, a window that is not positive, a method that cannot take a step (`zenith.methods.try_out`), an empty
        dataset, a model without trainable parameters, a loss that is not a scalar, or a file to continue from that
        belongs to another run or cannot be written; before any step is taken.

    Notes
    -----
    On the CPU a continued run is bit-identical to an uninterrupted one, trace included, but for the wall-clock seconds.

    Examples
    --------
    >>> pair = [zenith.train("digits", method, seed=0, epochs=1) for method in ("zenith", "cosine")]
    >>> pair[0].initial_weights == pair[1].initial_weights and pair[0].batch_order == pair[1].batch_order
    True
    """
    prepared = prepare(
        task,
        method,
        seed,
        data=data,
        data_root=data_root,
        budget=Budget.of(epochs=epochs, steps=steps, seconds=seconds, gradients=gradients),
        batch_size=batch_size,
        settings=settings,
        window=window,
        checkpoints=checkpoints,
        device=device,
        options=options,
        resume=resume,
    )
    file = RunFile(Path(resume), prepared.identity(), save_every) if resume is not None else None
    loop = Loop(prepared.setup, Callbacks(on_step, on_checkpoint, on_progress, record))
    loop.run(file, progress=progress)
    return prepared.run(loop)


@dataclass(frozen=True)
class Prepared:
    """A run that was checked and not begun.

    Attributes
    ----------
    setup : Setup
    described : dict
        What it is, as the fields of `Run` of the same names.
    determining : dict
        What else determines its numbers, besides code.
    budget : dict
        As of `Run.budget`.
    """

    setup: Setup
    described: dict[str, Any]
    determining: dict[str, Any]
    budget: dict[str, Any]

    def identity(self) -> dict[str, Any]:
        """Return everything that determines its numbers, as JSON-able values."""
        task, method = self.setup.task, self.setup.method
        codes = {"task": (task.identity(), task.name), "method": (methods.identity(method), method.name)}
        own = {f"{part}'s code": code for part, (code, name) in codes.items() if code != name}
        if self.budget["by"] != "epochs":
            own["budget"] = self.budget
        return self.described | self.determining | own

    def run(self, loop: Loop, **more: Any) -> Run:
        """Return the result of a loop that has ended."""
        task, method = self.setup.task, self.setup.method
        return Run(
            **self.described,
            trace=loop.trace,
            checkpoints=loop.kept,
            status="finished" if loop.diverged_at is None else "diverged",
            diverged_at=loop.diverged_at,
            batch_order=loop.batch_order,
            device=str(self.setup.device),
            evaluated_at=method.evaluated_at,
            budget=self.budget,
            recorded=loop.recorded,
            task_options=dict(task.options),
            environments=loop.environments,
            sources={
                part: thing.source.as_dict()
                for part, thing in (("task", task), ("method", method))
                if thing.source is not None
            },
            **more,
        )


def prepare(
    task: str | Task,
    method: MethodLike,
    seed: int,
    *,
    data: Data | None,
    data_root: Path | str | None,
    budget: Budget,
    batch_size: int,
    settings: Mapping[str, Any] | None,
    window: int,
    checkpoints: int,
    device: torch.device | str | None,
    options: LoopOptions | Mapping[str, Any] | None,
    resume: Path | str | None = None,
) -> Prepared:
    """Check a run, as described in `train`, and make its model, optimizer and schedule."""
    chosen = get_task(task)
    seed = check_integer("seed", seed, 0, most=None)
    limit = int(budget.amount) if budget.by == "steps" else None
    batch_size = check_integer("batch_size", batch_size)
    window, checkpoints = check_integer("window", window), check_integer("checkpoints", checkpoints)
    chosen_method = methods.get(method)
    resolved = _settings_with_window(chosen_method, settings, window)
    loop_options = LoopOptions.of(options)
    check_method(chosen_method, loop_options)
    where = _resolve(device)
    ranks = Ranks.join() if loop_options.data_parallel else Ranks()
    if data is None:
        data = chosen.load(Path(data_root) if data_root is not None else None)
    check_not_empty(chosen, data)
    check_factory(chosen)
    model = initial_model(chosen, seed)
    initial_weights = hash_state(model)

    model = _as_trained(model, where, loop_options)
    local = data.to(where)
    check_task(chosen, model, local, batch_size, loop_options.accumulate * ranks.size, limit, seed)
    check_precision(chosen, model, local, loop_options)
    methods.try_out(chosen_method, resolved, model.parameters())

    def setup_for(trained: nn.Module, total_steps: int) -> Setup:
        optimizer = methods.make_optimizer(chosen_method, trained.parameters(), **resolved)
        return Setup(
            task=chosen,
            method=chosen_method,
            model=trained,
            data=local,
            device=where,
            optimizer=optimizer,
            schedule=methods.make_schedule(chosen_method, optimizer, total_steps, **resolved),
            seed=seed,
            options=loop_options,
            ranks=ranks,
            batch_size=batch_size,
            total_steps=total_steps,
            window=window,
            to_keep=set(checkpoint_steps(total_steps, checkpoints)),
        )

    steps_per_epoch = math.ceil(len(data.train) / batch_size)
    spent = budget.request()
    if budget.by in ("seconds", "gradients"):
        held = held_identity(Path(resume)).get("budget", {}) if resume is not None and ranks.first else {}
        held = ranks.same(held)
        if spent.items() <= held.items():
            spent = held  # the steps that were decided at first
        else:
            spent = spending(
                budget,
                chosen_method,
                resolved,
                lambda: setup_for(_as_trained(initial_model(chosen, seed), where, loop_options), SCHEDULED),
            )
    total_steps = steps_within(budget, steps_per_epoch, spent)
    whole = total_steps % steps_per_epoch == 0
    recorded = loop_options.changed() | ({"ranks": ranks.size} if loop_options.data_parallel else {})
    described: dict[str, Any] = {
        "task": chosen.name,
        "method": chosen_method.name,
        "seed": seed,
        "settings": resolved,
        "epochs": total_steps // steps_per_epoch if whole else total_steps / steps_per_epoch,
        "batch_size": batch_size,
        "total_steps": total_steps,
        "window": window,
        "initial_weights": initial_weights,
        "options": recorded,
    }
    determining = {
        "data": data.fingerprint,
        "checkpoints": checkpoints,
        "torch": torch.__version__,
        "device": where.type,
    }
    return Prepared(setup_for(model, total_steps), described, determining, spent)


def measured_budget(
    task: str | Task,
    method: MethodLike,
    seed: int = 0,
    *,
    data: Data,
    seconds: float | None = None,
    gradients: float | None = None,
    batch_size: int = 64,
    settings: Mapping[str, Any] | None = None,
    device: torch.device | str | None = None,
    options: LoopOptions | Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return how many steps a run of `train` may take within a budget, and how that was found; nothing is trained.

    For runs that are to have one number of steps whatever the clock says at each: `train` is then given ``steps=``.

    Parameters
    ----------
    task, method, seed, data, seconds, gradients, batch_size, settings, device, options
        As for `train`.

    Returns
    -------
    dict
        As `Run.budget`, and ``total_steps``.

    Raises
    ------
    ValueError
        As of `train`, for a budget that allows no step among others.
    """
    chosen, chosen_method, where = get_task(task), methods.get(method), _resolve(device)
    budget = Budget.of(epochs=None, steps=None, seconds=seconds, gradients=gradients)
    resolved, loop_options = methods.resolve_settings(chosen_method, settings), LoopOptions.of(options)

    def trial() -> Setup:
        model = _as_trained(initial_model(chosen, seed), where, loop_options)
        optimizer = methods.make_optimizer(chosen_method, model.parameters(), **resolved)
        return Setup(
            task=chosen,
            method=chosen_method,
            model=model,
            data=data.to(where),
            device=where,
            optimizer=optimizer,
            schedule=methods.make_schedule(chosen_method, optimizer, SCHEDULED, **resolved),
            seed=seed,
            options=loop_options,
            ranks=Ranks(),
            batch_size=batch_size,
            total_steps=SCHEDULED,
            window=resolved.get("window", 1),
            to_keep=set(),
        )

    spent = spending(budget, chosen_method, resolved, trial)
    return spent | {"total_steps": steps_within(budget, math.ceil(len(data.train) / batch_size), spent)}


def _as_trained(model: nn.Module, device: torch.device, options: LoopOptions) -> nn.Module:
    model.to(device).train()
    if options.channels_last:
        model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return model


def _resolve(device: torch.device | str | None) -> torch.device:
    # An index, because the generators are per device and plain "cuda" means the current one.
    try:
        chosen = torch.device(device) if device is not None else default_device()
        torch.empty(0, device=chosen)
    except (RuntimeError, AssertionError) as error:  # the latter where torch was built without CUDA
        reason = str(error).splitlines()[0]
        raise ValueError(
            f"device={str(device)!r} cannot be used here ({reason}): leave it out, or give 'cpu'"
        ) from error
    if chosen.type == "cuda" and chosen.index is None:
        if "LOCAL_RANK" in os.environ:
            torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
        return torch.device("cuda", torch.cuda.current_device())
    return chosen


def _settings_with_window(method: Method, settings: Mapping[str, Any] | None, window: int) -> dict[str, Any]:
    if method.shares_window and (settings is None or (isinstance(settings, Mapping) and "window" not in settings)):
        settings = {**(settings or {}), "window": window}
    resolved = methods.resolve_settings(method, settings)
    if isinstance(resolved["lr"], Tensor) and resolved["lr"].numel() == 1:  # the file of a run holds numbers
        resolved["lr"] = float(resolved["lr"])
    return resolved
