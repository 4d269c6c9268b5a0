"""Configuration of a run, and the functions that are called while it trains."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from zenith.methods import Method
from zenith.tasks import Data, Task
from zenith.training.options import LoopOptions
from zenith.training.ranks import Ranks
from zenith.training.state import State
from zenith.training.trace import Trace

__all__ = ["Callbacks", "Setup"]


@dataclass(frozen=True, kw_only=True)
class Setup:
    """Configuration of a run; `window` is the W of the recorded mu and Z.

    The model is in train mode, and the data make their batches on its `device`; the weights are kept after the steps
    `to_keep`.
    """

    task: Task
    method: Method
    model: nn.Module
    data: Data
    device: torch.device
    optimizer: Optimizer
    schedule: LRScheduler
    seed: int
    options: LoopOptions
    ranks: Ranks
    batch_size: int
    total_steps: int
    window: int
    to_keep: Set[int]


@dataclass(frozen=True)
class Callbacks:
    """Functions that are called while a run trains, as of `zenith.train`; on the first rank only."""

    on_step: Callable[[int, int, float, float], None] | None = None
    on_checkpoint: Callable[[int, State], None] | None = None
    on_progress: Callable[[Trace, Mapping[int, State], str], None] | None = None
    record: Callable[[int, nn.Module, Optimizer], Any] | None = None
