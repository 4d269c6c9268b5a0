"""The table of methods: name -> optimizer + learning-rate schedule + defaults, and how to take a step with each.

A method is everything that turns gradients into steps. The training loop, the command line and the study runner know
methods only through this table. Its rows are in `zenith.methods.table` and the `rows_` modules.

Examples
--------
>>> from zenith import methods
>>> methods.names()[:3]
('zenith', 'constant', 'step')
>>> methods.get("cosine").citation
'fixed schedule on plain SGD'
>>> methods.resolve_settings("zenith", {"lr": 0.2})["window"]
500
"""

from zenith.methods.method import CELLS, Method
from zenith.methods.registry import (
    MethodLike,
    applied_lr,
    battery,
    evaluation_point,
    get,
    identity,
    is_built_in,
    make_optimizer,
    make_schedule,
    names,
    passes,
    resolve_settings,
    step,
)
from zenith.methods.table import METHODS
from zenith.methods.trial import try_out

__all__ = [
    "CELLS",
    "METHODS",
    "Method",
    "MethodLike",
    "applied_lr",
    "battery",
    "evaluation_point",
    "get",
    "identity",
    "is_built_in",
    "make_optimizer",
    "make_schedule",
    "names",
    "passes",
    "resolve_settings",
    "step",
    "try_out",
]
