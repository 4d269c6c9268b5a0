"""Options of how the training loop computes a step: precision, accumulation, clipping, parallelism."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch

from zenith._common.names import unknown_keys
from zenith._common.validation import check_integer

__all__ = ["LoopOptions"]

_PRECISIONS = {"off": None, "bf16": torch.bfloat16, "fp16": torch.float16}


@dataclass(frozen=True, kw_only=True)
class LoopOptions:
    """How a step is computed. Every field is part of what determines a run's numbers.

    Attributes
    ----------
    amp : {"off", "bf16", "fp16"}
        Autocast of the training forward pass; "fp16" scales the loss (`torch.amp.GradScaler`) and leaves out a step
        whose gradient overflows. Evaluation stays in the weights' own precision.
    channels_last : bool
        Keep the model and 4-D inputs in channels-last memory order.
    compile : bool or str
        `torch.compile` the model, a string naming the backend. The numbers then depend on the compiler.
    accumulate : int
        Compute each step's batch in that many pieces, whose gradients are averaged by their samples: less memory, the
        same gradient up to rounding where the loss is a mean over samples and no layer looks across the batch.
    clip_norm : float or None
        Scale a gradient whose norm is larger down to this norm. What is recorded, and what ZENITH sees, is the norm
        before.
    update_norm_every : int
        Measure the norm of the update at every n-th step only; NaN at the others. It costs two passes over the weights
        and a copy of them.
    evaluate_every : int, optional
        Evaluate losses and metrics after every so many steps of an epoch, counted anew in each, as well as at its end;
        if no epoch has more steps, after as many whole epochs as have so many. By default after every epoch.
    batchnorm_samples : int, optional
        Evaluate losses and metrics with batch-norm statistics that are recomputed, in one pass over so many training
        samples (a fixed random subset; 0 means all), rather than with the running ones, which lag behind the weights:
        after a few steps the loss with them may be a thousand times that of training. What is trained, and the
        checkpoints, keep the running ones.
    data_parallel : bool
        Spread each step's batch over the ranks of a `torchrun` launch or of the process group at hand. Each rank
        computes its share of the same batches, and the gradient is that of the whole batch; batch norm sees the shares
        one by one.

    Raises
    ------
    ValueError
        If a value is out of its range.

    Examples
    --------
    >>> zenith.LoopOptions(amp="bf16", clip_norm=1.0).changed()
    {'amp': 'bf16', 'clip_norm': 1.0}
    """

    amp: str = "off"
    channels_last: bool = False
    compile: bool | str = False
    accumulate: int = 1
    clip_norm: float | None = None
    update_norm_every: int = 1
    data_parallel: bool = False
    evaluate_every: int | None = None
    batchnorm_samples: int | None = None

    def __post_init__(self) -> None:
        if self.amp not in _PRECISIONS:
            raise ValueError(f"amp={self.amp!r} is no precision: give one of {', '.join(_PRECISIONS)}")
        for name in ("channels_last", "data_parallel"):
            if not isinstance(getattr(self, name), bool):
                raise ValueError(f"{name} must be true or false, got {getattr(self, name)!r}")
        if not isinstance(self.compile, (bool, str)):
            raise ValueError(f"compile must be true, false or the name of a backend, got {self.compile!r}")
        if isinstance(self.compile, str) and self.compile != "inductor":
            from torch import _dynamo  # which takes two seconds to import

            if self.compile not in (known := _dynamo.list_backends(exclude_tags=())):
                raise ValueError(f"compile={self.compile!r} is no backend: give true, or one of {', '.join(known)}")
        for name in ("accumulate", "update_norm_every"):
            object.__setattr__(self, name, check_integer(name, getattr(self, name)))
        if self.evaluate_every is not None:
            object.__setattr__(self, "evaluate_every", check_integer("evaluate_every", self.evaluate_every))
        if self.batchnorm_samples is not None:
            samples = check_integer("batchnorm_samples", self.batchnorm_samples, 0)
            if samples == 1:
                raise ValueError("batchnorm_samples is 1, and one sample has no variance: give more, or 0 for all")
            object.__setattr__(self, "batchnorm_samples", samples)
        clip = self.clip_norm
        if clip is not None and (
            isinstance(clip, bool) or not isinstance(clip, (int, float)) or not 0 < clip < math.inf
        ):
            raise ValueError(f"clip_norm must be a positive finite number, or left out, got {clip!r}")

    @classmethod
    def of(cls, given: LoopOptions | Mapping[str, Any] | None) -> LoopOptions:
        """Make options from a mapping of those that differ from the default.

        Raises
        ------
        ValueError
            For an unknown name, naming the nearest one, or a value out of its range.
        """
        if isinstance(given, LoopOptions):
            return given
        if given is not None and not isinstance(given, Mapping):
            raise ValueError(
                f"options={given!r} is not a mapping of names to values: give e.g. {{'amp': 'bf16'}}, or "
                f"zenith.LoopOptions"
            )
        table = dict(given or {})
        unknown_keys(table, tuple(field.name for field in dataclasses.fields(cls)), "the options of the training loop")
        return cls(**table)

    def changed(self) -> dict[str, Any]:
        """Return the options that differ from their default, as JSON-able values that identify a run."""
        return {f.name: getattr(self, f.name) for f in dataclasses.fields(self) if getattr(self, f.name) != f.default}

    def autocast(self, device: torch.device) -> AbstractContextManager[Any]:
        """Return the autocast context of a training forward pass on `device`."""
        dtype = _PRECISIONS[self.amp]
        return nullcontext() if dtype is None else torch.autocast(device.type, dtype=dtype)
