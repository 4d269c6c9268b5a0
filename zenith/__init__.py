"""zenith trains: the ZENITH optimizer, the methods it is compared with, and the paired training loop.

Names are imported when they are first used, so that the table of methods can be printed without waiting for torch's slower
parts, and so that the tasks' dataset libraries stay out until a task is loaded.

Examples
--------
The examples of this package start from these lines:

>>> import torch
>>> import zenith
>>> _ = torch.manual_seed(0)

And so one goes on:

>>> zenith.methods.names()[:2], zenith.tasks.names()[0]
(('zenith', 'constant'), 'digits')
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zenith import methods, tasks
    from zenith.baselines import L4, LQA, PAL, SPS, AdamZ, DoWG, GeN
    from zenith.baselines.line_probe import LineProbe
    from zenith.methods import make_optimizer, make_schedule
    from zenith.optimizer.rule import Gauge
    from zenith.optimizer.zenith import Zenith
    from zenith.optimizer.zenith_lr import ZenithLR
    from zenith.training.options import LoopOptions
    from zenith.training.run import Run
    from zenith.training.train import train

__all__ = [
    "L4",
    "LQA",
    "PAL",
    "SPS",
    "AdamZ",
    "DoWG",
    "Gauge",
    "GeN",
    "LineProbe",
    "LoopOptions",
    "Run",
    "Zenith",
    "ZenithLR",
    "make_optimizer",
    "make_schedule",
    "methods",
    "tasks",
    "train",
]

_HOMES = {
    **dict.fromkeys(("L4", "LQA", "PAL", "SPS", "AdamZ", "DoWG", "GeN"), "zenith.baselines"),
    "Gauge": "zenith.optimizer.rule",
    "LineProbe": "zenith.baselines.line_probe",
    "LoopOptions": "zenith.training.options",
    "Run": "zenith.training.run",
    "Zenith": "zenith.optimizer.zenith",
    "ZenithLR": "zenith.optimizer.zenith_lr",
    "make_optimizer": "zenith.methods",
    "make_schedule": "zenith.methods",
    "train": "zenith.training.train",
}


def __getattr__(name: str) -> Any:
    if name in ("methods", "tasks"):
        return importlib.import_module(f"zenith.{name}")
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'zenith' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
