"""The table of methods; its columns are described in `zenith.methods.method`, its use in `zenith.methods`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import torch

from zenith.methods._row_defaults import SGD, settings
from zenith.methods.method import Lazy, Method
from zenith.methods.rows_automatic import AUTOMATIC
from zenith.methods.rows_controls import REFERENCES
from zenith.optimizer.zenith import Zenith

__all__ = ["METHODS"]


def _scheduled(name: str, description: str, **schedule_defaults: Any) -> Method:
    return Method(
        name,
        label=name,
        family="schedule",
        description=description,
        citation="fixed schedule on plain SGD",
        optimizer=torch.optim.SGD,
        library="torch",
        schedule=name,
        optimizer_defaults=SGD,
        schedule_defaults=MappingProxyType(schedule_defaults),
        shares_lr=True,
    )


_ROWS = (
    Method(
        "zenith",
        label="ZENITH",
        family="automatic",
        description="SGD whose LR follows the windowed gradient norm relative to its historical maximum",
        citation="Saha 2026, arXiv:2601.15212, Algorithm 1",
        optimizer=Zenith,
        optimizer_defaults=MappingProxyType({**SGD, "window": 500}),
        shares_lr=True,
        shares_window=True,
        syncs=1,
        library="zenith",
    ),
    _scheduled("constant", "SGD at a constant LR"),
    _scheduled("step", "SGD, LR cut by gamma at fixed shares of the budget", milestones=(0.5, 0.75), gamma=0.1),
    _scheduled("exponential", "SGD, LR decaying geometrically", final_fraction=0.01),
    _scheduled("polynomial", "SGD, LR decaying to zero like (1 - t/T)^power", power=0.9),
    _scheduled("cosine", "SGD, LR decaying to zero along half a cosine"),
    *AUTOMATIC,
    Method(
        "zenith-adamw",
        label="ZENITH on AdamW",
        family="automatic",
        description="AdamW whose LR follows the windowed gradient norm relative to its historical maximum",
        citation="Saha 2026, arXiv:2601.15212, Algorithm 1; on AdamW an open question of the paper",
        optimizer=Lazy("zenith.adapters.with_zenith", "ZenithAdamW"),
        optimizer_defaults=settings(lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01, window=500),
        shares_window=True,
        kind="adaptive",
        memory=2,
        syncs=1,
        library="zenith",
    ),
    Method(
        "zenith-muon",
        label="ZENITH on Muon",
        family="automatic",
        description="Muon whose LR follows the windowed gradient norm relative to its historical maximum",
        citation="Saha 2026, arXiv:2601.15212, Algorithm 1; on Muon an open question of the paper",
        optimizer=Lazy("zenith.adapters.muon_with_zenith", "ZenithMuon"),
        optimizer_defaults=settings(
            lr=0.02, momentum=0.95, nesterov=True, weight_decay=0.0, adamw_lr=3e-4, adamw_betas=(0.9, 0.95), window=500
        ),
        shares_window=True,
        kind="modern",
        memory=1,
        memory_note="one more of biases and gains",
        syncs=1,
        library="pytorch_optimizer",
    ),
    *REFERENCES,
)

METHODS: Mapping[str, Method] = MappingProxyType({row.name: row for row in _ROWS})
