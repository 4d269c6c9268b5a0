"""Checks of a task before any step: its model, and everything that takes a batch, on two samples."""

from __future__ import annotations

import copy
import warnings
import weakref
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import default_collate

from zenith.methods import Method
from zenith.tasks import Batch, Data, DatasetSplit, Split, Task
from zenith.tasks.losses import forward
from zenith.tasks.metrics import Totals
from zenith.training.batches import seeded
from zenith.training.decomposability import check_decomposes
from zenith.training.initial import initial_model
from zenith.training.options import LoopOptions
from zenith.training.state import hash_state

__all__ = ["check_factory", "check_method", "check_not_empty", "check_precision", "check_task"]

_CHECKED: weakref.WeakSet[Task] = weakref.WeakSet()
"""Tasks whose factory was called twice already in this process."""


def check_not_empty(task: Task, data: Data) -> None:
    """Refuse empty parts."""
    for name, split in data.parts.items():
        if len(split) == 0:
            word = "training" if name == "train" else name
            raise ValueError(f"the {word} set of task '{task.name}' is empty: give it at least one sample")


def check_factory(task: Task) -> None:
    """Refuse a factory that returns one model again, or whose weights do not depend on the seed alone.

    It is called twice, once for each task of a process.
    """
    if task in _CHECKED:
        return
    first, second = initial_model(task, 0), initial_model(task, 0)
    stored = {t.untyped_storage().data_ptr() for t in first.state_dict().values() if t.numel()}
    shared = [name for name, t in second.state_dict().items() if t.numel() and t.untyped_storage().data_ptr() in stored]
    if first is second or shared:
        what = "the same model" if first is second else f"models that share {shared[0]}"
        raise ValueError(
            f"the model of task '{task.name}' is a function that returns {what} at every call, which all runs would "
            f"train on: make a new one in the function"
        )
    if hash_state(first) != hash_state(second):
        raise ValueError(
            f"the model of task '{task.name}' has other weights at a second call under the same seed, so runs could "
            f"not be paired: draw them from the global generator of torch, NumPy or random, not one of their own"
        )
    _CHECKED.add(task)


def check_task(
    task: Task, model: nn.Module, data: Data, batch_size: int, pieces: int = 1, steps: int | None = None, seed: int = 0
) -> None:
    """Refuse a task that cannot be trained or evaluated as it is.

    Parameters
    ----------
    task : Task
    model : torch.nn.Module
        Its own at the start, which stays as it is, on the device of the data.
    data : Data
    batch_size, pieces : int
        Samples of a step, and the parts that they are computed in.
    steps : int, optional
        Of the run, where that is known.
    seed : int

    Raises
    ------
    ValueError
    """
    check_first_batches(task, model, data, seed)
    check_last_batch(task, model, data, batch_size, pieces, steps)
    check_decomposes(task, model, data, pieces)


def check_method(method: Method, options: LoopOptions) -> None:
    """Refuse options that a method's step cannot have.

    Raises
    ------
    ValueError
    """
    if options.clip_norm is not None and not method.clips:
        raise ValueError(
            f"clip_norm is {options.clip_norm}, but method '{method.name}' makes its step of the loss and the gradient "
            f"together, which clipping would take apart: leave clip_norm out"
        )
    if options.amp == "fp16" and "closure" in method.needs:
        raise ValueError(
            f"method '{method.name}' computes gradients inside its step, where amp='fp16' cannot scale the loss: "
            f"use amp='bf16'"
        )


def check_precision(task: Task, model: nn.Module, data: Data, options: LoopOptions) -> None:
    """Refuse mixed precision that a model's weights, or what it and the loss compute, cannot have.

    Raises
    ------
    ValueError
    """
    if options.amp == "off":
        return
    low = {str(p.dtype).removeprefix("torch.") for p in model.parameters() if p.requires_grad and p.dtype.itemsize < 4}
    if options.amp == "fp16" and low:
        raise ValueError(
            f"amp='fp16' scales the gradients of weights in float32, and task '{task.name}' has some in "
            f"{', '.join(sorted(low))}: make the model in float32, or leave amp out"
        )
    device, was_training = next(model.parameters()).device, model.training
    model.eval()
    try:
        with torch.no_grad(), seeded(0, device), options.autocast(device):
            task.loss(model, data.train.batch(torch.arange(min(2, len(data.train))).to(data.train.device)))
    except Exception as error:
        raise ValueError(
            f"amp='{options.amp}' cannot be used with task '{task.name}' ({_reason(error)}): leave it out, or compute "
            f"what does not take it within torch.autocast('{device.type}', enabled=False)"
        ) from error
    finally:
        model.train(was_training)


def check_first_batches(task: Task, model: nn.Module, data: Data, seed: int) -> None:
    """Evaluate loss and metrics on two samples of each part, and augment two; refuse what cannot be done.

    In eval mode, so that batch-norm statistics stay; the generators are restored.
    """
    was_training = model.training
    device = next(model.parameters()).device
    model.eval()
    try:
        with torch.no_grad(), seeded(0, device):
            for part, split in data.parts.items():
                batch = _first(task, split, "training" if part == "train" else part)
                _measure(task, model, batch, min(2, len(split)))
            if task.augment is not None or task.augment_batch is not None:
                _check_augmentation(task, data.train, seed)
    finally:
        model.train(was_training)


def check_last_batch(
    task: Task, model: nn.Module, data: Data, batch_size: int, pieces: int, steps: int | None = None
) -> None:
    """Refuse a model that trains on several samples, but not on the single one that an epoch's last batch has.

    As batch norm does. `pieces` are those that each batch is computed in, and a run of fewer `steps` than an epoch has
    never comes to its last batch; the model stays as it is.
    """
    sizes = {min(batch_size, len(data.train)), len(data.train) % batch_size} - {0}
    if steps is not None and steps * batch_size <= len(data.train):
        sizes = {batch_size}
    if not any(size // pieces == 1 or size < pieces for size in sizes) or len(data.train) < 2:
        return
    reason = _failure(task, model, data, 1)
    if reason is None or _failure(task, model, data, 2) is not None:  # of another cause, which the step will name
        return
    fitting = (n for near in range(1, len(data.train)) for n in (batch_size + near, batch_size - near))
    better = next((n for n in fitting if 2 * pieces <= n and len(data.train) % n not in range(1, 2 * pieces)), None)
    whole = len(data.train) if better is None else better
    accumulated = f" (accumulate={pieces})" if pieces > 1 else ""
    raise ValueError(
        f"with batch_size={batch_size}{accumulated} the model of task '{task.name}' would have to train on a "
        f"single one of the {len(data.train)} samples, which it cannot ({reason}): give another batch_size, such as "
        f"{whole}, for no sample is dropped"
    )


def _failure(task: Task, model: nn.Module, data: Data, samples: int) -> str | None:
    trial = copy.deepcopy(model).train()
    device = next(model.parameters()).device
    with torch.no_grad(), seeded(0, device):
        try:
            task.loss(trial, data.train.batch(torch.arange(samples).to(data.train.device)))
        except Exception as error:
            return _reason(error)
    return None


def _first(task: Task, split: Split | DatasetSplit, part: str) -> Batch:
    index = torch.arange(min(2, len(split)))
    if isinstance(split, DatasetSplit) and split.loading.collate is default_collate and _has_lists(split):
        raise ValueError(
            f"samples of the {part} set of task '{task.name}' hold lists of numbers, which would be collated into "
            f"their columns: make tensors of them (of a Hugging Face dataset by with_format('torch')), or give a "
            f"DataLoader with a collate_fn"
        )
    try:
        return split.batch(index.to(split.device))
    except Exception as error:
        collated = isinstance(split, DatasetSplit) and not _stackable(split, index)
        advice = (
            ": give a DataLoader with a collate_fn that makes a batch of samples that differ in shape"
            if collated
            else ": correct the dataset"
        )
        raise ValueError(
            f"the first two samples of the {part} set of task '{task.name}' make no batch ({_reason(error)}){advice}"
        ) from error


def _has_lists(split: DatasetSplit) -> bool:
    """Whether the first sample has a list of numbers as one of its fields."""
    try:
        sample = split.dataset[0]
    except Exception:  # said where the batch is made
        return False
    fields = sample.values() if isinstance(sample, Mapping) else sample if isinstance(sample, (tuple, list)) else ()
    return any(isinstance(field, list) and field and isinstance(_first_of(field), (int, float)) for field in fields)


def _first_of(item: Any) -> Any:
    while isinstance(item, list) and item:
        item = item[0]
    return item


def _stackable(split: DatasetSplit, index: Tensor) -> bool:
    """Whether single samples can be read, and then have the same shapes."""
    try:
        samples = [split.dataset[i] for i in index.tolist()]
    except Exception:
        return True
    return len({_shapes(sample) for sample in samples}) == 1


def _shapes(item: Any) -> str:
    if hasattr(item, "shape"):
        return str(tuple(item.shape))
    if isinstance(item, Mapping):
        return str({name: _shapes(value) for name, value in item.items()})
    if isinstance(item, (list, tuple)):
        return f"({', '.join(map(_shapes, item))})"
    return type(item).__name__


def _measure(task: Task, model: nn.Module, batch: Batch, samples: int) -> None:
    totals = Totals(task.loss, ())
    try:
        if task.loss.criterion is not None:
            forward(model, batch)
    except Exception as error:
        if isinstance(error, ValueError) and "a function of outputs and targets" in str(error):
            raise ValueError(f"the loss of task '{task.name}' is a criterion, and {error}") from error
        raise ValueError(
            f"the model of task '{task.name}' does not take the inputs of the first batch, whose tensors are "
            f"{_described(batch)} ({_reason(error)}): give inputs of the shape and type that it was written for"
        ) from error
    try:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            loss = task.loss(model, batch)
    except Exception as error:
        how = "(outputs, targets)" if task.loss.criterion is not None else "(model, batch)"
        swapped = "'Tensor' object is not callable" in str(error)
        advice = "call its parameters (model, batch) if it takes these" if swapped else "correct one of the two"
        raise ValueError(
            f"the loss of task '{task.name}', called with {how}, does not take the first batch, whose tensors are "
            f"{_described(batch)} ({_reason(error)}): {advice}"
        ) from error
    if any("Using a target size" in str(warning.message) for warning in said):
        raise ValueError(
            f"the loss of task '{task.name}' compares outputs with targets of another shape, each with every other one "
            f"(of the tensors of the first batch, {_described(batch)}): give the targets the outputs' shape, such as "
            f"targets[:, None]"
        )
    if not isinstance(loss, Tensor) or loss.dim() != 0:
        shape = f"shape {tuple(loss.shape)}" if isinstance(loss, Tensor) else f"a {type(loss).__name__}"
        raise ValueError(
            f"the loss of task '{task.name}' must be a scalar tensor, got {shape}: average it over the batch's samples"
        )
    for metric in task.metrics:
        totals = Totals(task.loss, (metric,))
        try:
            totals.add(model, batch, samples)
            totals.values()
        except Exception as error:
            how = f", called with {metric.arguments}," if metric.arguments else ""
            raise ValueError(
                f"the metric '{metric.name}' of task '{task.name}'{how} cannot be computed on the first batch "
                f"({_reason(error)})"
            ) from error


def _check_augmentation(task: Task, split: Split | DatasetSplit, seed: int) -> None:
    index = torch.arange(min(2, len(split)))
    samples = split.samples()
    key, function = "augment", task.augment
    try:
        made = samples.place(samples.made((0, index), seed, task.augment))
        if task.augment_batch is not None:
            key, function = "augment_batch", task.augment_batch
            task.augment_batch(made)
    except Exception as error:
        assert function is not None
        raise ValueError(
            f"{key}={function.name} of task '{task.name}' cannot be applied to the first samples ({_reason(error)}): "
            f"give a function of the inputs, or of all fields of a sample"
        ) from error


def _described(batch: Batch) -> str:
    found: list[str] = []

    def visit(item: Any) -> None:
        if isinstance(item, Tensor):
            found.append(f"{tuple(item.shape)} of {str(item.dtype).removeprefix('torch.')}")
        elif isinstance(item, Mapping):
            for value in item.values():
                visit(value)
        elif isinstance(item, (list, tuple)):
            for value in item:
                visit(value)

    visit(batch)
    return ", ".join(found[:6]) + (", ..." if len(found) > 6 else "") if found else "none"


def _reason(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__
