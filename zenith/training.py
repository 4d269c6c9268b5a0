"""The only training loop: seeded, paired, traced.

Two runs of one seed are a *pair*: they start from bit-identical weights, see the same batches in the same order, draw the
same random numbers in every step (dropout), and have the same budget. The hashes that prove it are part of the result.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import get_total_norm
from tqdm.auto import tqdm

from zenith import methods
from zenith.gauge import Gauge
from zenith.tasks import Data, Split, Task
from zenith.tasks import get as get_task
from zenith.trace import Trace

__all__ = ["Run", "checkpoint_steps", "default_device", "evaluate", "hash_state", "initial_model", "train"]

State = dict[str, Tensor]
EVALUATION_BATCH = 1024


@dataclass(frozen=True)
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
        The budget, and the window W of the recorded mu and Z.
    trace : Trace
        Per-step and per-epoch record.
    checkpoints : dict of int to state dict
        Weights and buffers on the CPU after that many steps; the last one is the end point. Empty if they were streamed to
        `on_checkpoint`.
    status : {"finished", "diverged"}
        A run diverges when its loss becomes NaN or infinite; it stops there.
    diverged_at : int or None
        The step whose loss was not finite.
    initial_weights, batch_order : str
        SHA-256 of the initial state dict, and of the sample indices of every batch in the order seen.
    device : str
        Where it was trained.
    """

    task: str
    method: str
    seed: int
    settings: dict[str, Any]
    epochs: int
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


def default_device() -> torch.device:
    """The GPU when there is one, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def initial_model(task: Task, seed: int) -> nn.Module:
    """The model every method of this seed starts from, on the CPU; torch's global RNG is left as it was.

    Raises
    ------
    ValueError
        If the task's model has no trainable parameter.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(_stream_seed(seed, "weights"))
        model = task.make_model()
    if not any(p.requires_grad for p in model.parameters()):
        raise ValueError(
            f"the model of task '{task.name}' has no trainable parameters: set requires_grad=True on those to train"
        )
    return model


def checkpoint_steps(total_steps: int, checkpoints: int) -> tuple[int, ...]:
    """Steps after which weights are kept: 0, `total_steps`, and between them denser where the loss moves most.

    The i-th of n checkpoints is at ``total_steps * (i / n)**2``, rounded; duplicates fall away.
    """
    return tuple(sorted({round(total_steps * (i / checkpoints) ** 2) for i in range(checkpoints + 1)}))


def train(
    task: str | Task,
    method: str,
    seed: int = 0,
    *,
    data: Data | None = None,
    data_root: Path | str | None = None,
    epochs: int = 10,
    batch_size: int = 64,
    settings: Mapping[str, Any] | None = None,
    window: int = 500,
    checkpoints: int = 10,
    device: torch.device | str | None = None,
    progress: bool = False,
    on_step: Callable[[int, int, float, float], None] | None = None,
    on_checkpoint: Callable[[int, State], None] | None = None,
) -> Run:
    """Train one method on one task from one seed.

    Parameters
    ----------
    task : str or Task
        A name of `zenith.tasks.names()`, or a task of your own.
    method : str
        A name of `zenith.methods.names()`.
    seed : int
        Runs of equal seed are a pair, whatever their method.
    data, data_root : Data, path, optional
        The loaded data, or where the task finds it.
    epochs, batch_size : int
        The budget. The last batch of an epoch may be smaller; no sample is dropped.
    settings : Mapping, optional
        Overrides of the method's settings, for example ``{"lr": 0.05}``.
    window : int
        W of the recorded mu and Z, and ZENITH's own window unless `settings` names another.
    checkpoints : int
        How many times the weights are kept besides the start; see `checkpoint_steps`.
    device : torch.device or str, optional
        The GPU if there is one, else the CPU.
    progress : bool
        Show a bar with loss, learning rate and time left.
    on_step : callable, optional
        Called as ``on_step(step, total_steps, loss, lr)`` after every step.
    on_checkpoint : callable, optional
        Called as ``on_checkpoint(step, state)`` instead of keeping the checkpoints in memory.

    Returns
    -------
    Run
        Also when the run diverged: the status says so, and everything up to there is kept.

    Raises
    ------
    ValueError
        For an unknown task, method or setting, a non-positive budget or window, an empty dataset, a model without trainable
        parameters, or a loss that is not a scalar; before any step is taken.
    """
    chosen = get_task(task) if isinstance(task, str) else task
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise ValueError(f"seed must be a whole number of at least 0, got {seed!r}")
    _check_positive(epochs=epochs, batch_size=batch_size, window=window, checkpoints=checkpoints)
    resolved = _settings_with_window(method, settings, window)
    where = _resolve(device)
    if data is None:
        data = chosen.load(Path(data_root) if data_root is not None else None)
    _check_not_empty(chosen, data)
    model = initial_model(chosen, seed)
    initial_weights = hash_state(model)
    model.to(where).train()
    train_split, test_split = data.train.to(where), data.test.to(where)
    _check_loss(chosen, model, train_split)

    total_steps = epochs * math.ceil(len(train_split) / batch_size)
    optimizer = methods.make_optimizer(method, model.parameters(), **resolved)
    schedule = methods.make_schedule(method, optimizer, total_steps, **resolved)
    parameters = [p for p in model.parameters() if p.requires_grad]
    trace, gauge = Trace(), Gauge(window)
    kept: dict[int, State] = {}
    keep = on_checkpoint if on_checkpoint is not None else kept.__setitem__
    to_keep = set(checkpoint_steps(total_steps, checkpoints))
    generators = _global_generators(where)
    order = hashlib.sha256()
    step, status, diverged_at, seconds = 0, "finished", None, 0.0
    bar = tqdm(total=total_steps, desc=f"{chosen.name} {method} seed {seed}", unit="step", disable=not progress)

    def record_evaluation() -> bool:
        """Evaluate both splits and record; say whether the training loss is finite."""
        train_loss, train_metric = evaluate(chosen, model, train_split)
        test_loss, test_metric = evaluate(chosen, model, test_split)
        trace.record_epoch(
            step, train_loss=train_loss, train_metric=train_metric, test_loss=test_loss, test_metric=test_metric
        )
        return math.isfinite(train_loss)

    with bar, _forked_rng(where):
        record_evaluation()
        keep(0, _copy_state(model))
        for index, epoch_ends in _batches(len(train_split), batch_size, epochs, seed):
            order.update(index.numpy().tobytes())
            began = time.perf_counter()
            for generator in generators:
                generator.manual_seed(_stream_seed(seed, f"step-{step}"))
            optimizer.zero_grad(set_to_none=True)
            loss = chosen.loss(model, train_split.batch(index.to(where)))
            loss.backward()
            before = [p.detach().clone() for p in parameters]
            gradient_norm = get_total_norm([p.grad for p in parameters if p.grad is not None])
            loss_value, norm_value = torch.stack((loss.detach().double(), gradient_norm.to(where).double())).tolist()
            if not math.isfinite(loss_value):
                status, diverged_at = "diverged", step
                break
            optimizer.step()
            lr = methods.applied_lr(optimizer)
            schedule.step()
            update_norm = float(get_total_norm(torch._foreach_sub([p.detach() for p in parameters], before)))
            seconds += time.perf_counter() - began
            gauge.update(norm_value)
            trace.record_step(
                loss=loss_value,
                gradient_norm=norm_value,
                lr=lr,
                mean_gradient_norm=gauge.mean,
                zenith=gauge.zenith if gauge.warmed_up else math.nan,
                update_norm=update_norm,
                seconds=seconds,
            )
            step += 1
            bar.update()
            bar.set_postfix(loss=f"{loss_value:.4g}", lr=f"{lr:.3g}", refresh=False)
            if on_step is not None:
                on_step(step, total_steps, loss_value, lr)
            if step in to_keep:
                keep(step, _copy_state(model))
            if epoch_ends and not record_evaluation():
                status, diverged_at = "diverged", step
                break
        if status == "diverged" and step not in to_keep:
            keep(step, _copy_state(model))

    return Run(
        task=chosen.name,
        method=method,
        seed=seed,
        settings=resolved,
        epochs=epochs,
        batch_size=batch_size,
        total_steps=total_steps,
        window=window,
        trace=trace,
        checkpoints=kept,
        status=status,
        diverged_at=diverged_at,
        initial_weights=initial_weights,
        batch_order=order.hexdigest(),
        device=str(where),
    )


@torch.no_grad()
def evaluate(task: Task, model: nn.Module, split: Split) -> tuple[float, float]:
    """Mean loss and metric of the task over a whole split, in eval mode; the model's train/eval flag is restored."""
    was_training = model.training
    model.eval()
    try:
        loss_sum = metric_sum = 0.0
        for index in torch.arange(len(split)).split(EVALUATION_BATCH):
            batch = split.batch(index.to(split.fields[0].device))
            loss_sum += float(task.loss(model, batch)) * len(index)
            metric_sum += float(task.metric.compute(model, batch)) * len(index)
    finally:
        model.train(was_training)
    return loss_sum / len(split), metric_sum / len(split)


def _batches(samples: int, batch_size: int, epochs: int, seed: int) -> Iterator[tuple[Tensor, bool]]:
    """Sample indices of every batch, and whether it ends its epoch; a fresh permutation each epoch."""
    generator = torch.Generator().manual_seed(_stream_seed(seed, "batches"))
    for _ in range(epochs):
        pieces = torch.randperm(samples, generator=generator).split(batch_size)
        for i, piece in enumerate(pieces):
            yield piece, i == len(pieces) - 1


def _stream_seed(seed: int, stream: str) -> int:
    """Independent 63-bit seeds for the several random streams of a run."""
    return int.from_bytes(hashlib.sha256(f"{stream}:{seed}".encode()).digest()[:8], "big") >> 1


def _global_generators(device: torch.device) -> list[torch.Generator]:
    # torch.manual_seed records a stack trace for its message about forks, half a millisecond a step.
    cuda = [torch.cuda.default_generators[device.index]] if device.type == "cuda" else []
    return [torch.default_generator, *cuda]


def _resolve(device: torch.device | str | None) -> torch.device:
    # An index, because the generators are per device and plain "cuda" means the current one.
    chosen = torch.device(device) if device is not None else default_device()
    return (
        torch.device("cuda", torch.cuda.current_device()) if chosen.type == "cuda" and chosen.index is None else chosen
    )


@contextmanager
def _forked_rng(device: torch.device) -> Iterator[None]:
    devices = [device.index] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices):
        yield


def _copy_state(model: nn.Module) -> State:
    return {name: tensor.detach().to("cpu", copy=True).contiguous() for name, tensor in model.state_dict().items()}


def hash_state(model: nn.Module) -> str:
    """SHA-256 over names, dtypes, shapes and bytes of a model's weights and buffers, as a hexadecimal string."""
    digest = hashlib.sha256()
    for name, tensor in model.state_dict().items():
        digest.update(f"{name}:{tensor.dtype}:{tuple(tensor.shape)}".encode())
        digest.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def _settings_with_window(method: str, settings: Mapping[str, Any] | None, window: int) -> dict[str, Any]:
    given = dict(settings or {})
    if "window" in methods.get(method).optimizer_defaults:
        given.setdefault("window", window)
    return methods.resolve_settings(method, given)


def _check_positive(**values: int) -> None:
    for name, value in values.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ValueError(f"{name} must be a whole number of at least 1, got {value!r}")


def _check_not_empty(task: Task, data: Data) -> None:
    for name, split in (("training", data.train), ("test", data.test)):
        if len(split) == 0:
            raise ValueError(f"the {name} set of task '{task.name}' is empty: give it at least one sample")


def _check_loss(task: Task, model: nn.Module, split: Split) -> None:
    # Two samples in eval mode: enough to see the shape, without touching batch-norm statistics.
    was_training = model.training
    model.eval()
    try:
        with torch.no_grad():
            loss = task.loss(model, split.batch(torch.arange(min(2, len(split)), device=split.fields[0].device)))
    finally:
        model.train(was_training)
    if not isinstance(loss, Tensor) or loss.dim() != 0:
        shape = f"shape {tuple(loss.shape)}" if isinstance(loss, Tensor) else f"a {type(loss).__name__}"
        raise ValueError(
            f"the loss of task '{task.name}' must be a scalar tensor, got {shape}: average it over the batch's samples"
        )
