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
    from zenith.gauge import Gauge
    from zenith.loop_options import LoopOptions
    from zenith.methods import make_optimizer, make_schedule
    from zenith.optimizer import Zenith
    from zenith.probe import LineProbe
    from zenith.run import Run
    from zenith.training import train
    from zenith.zenith_lr import ZenithLR

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
    **dict.fromkeys(("L4", "LQA", "PAL", "SPS", "AdamZ", "DoWG", "GeN"), "baselines"),
    "Gauge": "gauge",
    "LineProbe": "probe",
    "LoopOptions": "loop_options",
    "Run": "run",
    "Zenith": "optimizer",
    "ZenithLR": "zenith_lr",
    "make_optimizer": "methods",
    "make_schedule": "methods",
    "train": "training",
}


def __getattr__(name: str) -> Any:
    if name in ("methods", "tasks"):
        return importlib.import_module(f"zenith.{name}")
    if name in _HOMES:
        return getattr(importlib.import_module(f"zenith.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'zenith' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
