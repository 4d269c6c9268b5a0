"""Rows of the reference optimizers: torch's own at a constant learning rate, and recent ones."""

from __future__ import annotations

import math
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import torch
from torch.optim import Optimizer

from zenith.methods._row_defaults import CLOSURE, NOT_SHARDED, SGD, settings
from zenith.methods.method import Lazy, Method

__all__ = ["REFERENCES"]


def _torch(
    name: str,
    label: str,
    description: str,
    citation: str,
    optimizer: Callable[..., Optimizer],
    memory: float,
    *,
    kind: str = "adaptive",
    syncs: float = 0,
    **defaults: Any,
) -> Method:
    return Method(
        name,
        label=label,
        family="reference",
        description=description,
        citation=citation,
        optimizer=optimizer,
        optimizer_defaults=MappingProxyType(defaults),
        kind=kind,
        memory=memory,
        syncs=syncs,
        library="torch",
    )


REFERENCES = (
    _torch(
        "sgd", "SGD", "SGD at a constant LR of its own", "Robbins and Monro 1951", torch.optim.SGD, 0, kind="SGD", **SGD
    ),
    _torch(
        "sgd-momentum",
        "SGD momentum",
        "SGD with heavy-ball momentum at a constant LR",
        "Sutskever et al. 2013",
        torch.optim.SGD,
        1,
        kind="SGD",
        **{**SGD, "lr": 0.01, "momentum": 0.9},
    ),
    _torch(
        "adam",
        "Adam",
        "first moment over the root of the second",
        "Kingma and Ba 2015, arXiv:1412.6980",
        torch.optim.Adam,
        2,
        lr=1e-3,
        betas=(0.9, 0.999),
        eps=1e-8,
        weight_decay=0.0,
    ),
    _torch(
        "adamw",
        "AdamW",
        "Adam with decoupled weight decay at a constant LR",
        "Loshchilov and Hutter 2019, arXiv:1711.05101",
        torch.optim.AdamW,
        2,
        lr=1e-3,
        betas=(0.9, 0.999),
        eps=1e-8,
        weight_decay=0.01,
    ),
    _torch(
        "nadam",
        "NAdam",
        "Adam with Nesterov momentum",
        "Dozat 2016",
        torch.optim.NAdam,
        2,
        lr=2e-3,
        betas=(0.9, 0.999),
        eps=1e-8,
        weight_decay=0.0,
    ),
    _torch(
        "rmsprop",
        "RMSprop",
        "gradient over the root of its running mean square (whose decay is torch's .99, the lecture's .9)",
        "Hinton 2012, lecture 6e",
        torch.optim.RMSprop,
        1,
        lr=1e-3,
        alpha=0.99,
        eps=1e-8,
        momentum=0.0,
        weight_decay=0.0,
    ),
    _torch(
        "adagrad",
        "Adagrad",
        "gradient over the root of its summed squares",
        "Duchi et al. 2011",
        torch.optim.Adagrad,
        1,
        lr=0.01,
        eps=1e-10,
        weight_decay=0.0,
    ),
    _torch(
        "adamax",
        "Adamax",
        "Adam with the largest gradient in place of the second moment",
        "Kingma and Ba 2015, arXiv:1412.6980, section 7.1",
        torch.optim.Adamax,
        2,
        lr=2e-3,
        betas=(0.9, 0.999),
        eps=1e-8,
        weight_decay=0.0,
    ),
    _torch(
        "asgd",
        "ASGD",
        "SGD at a decaying LR that keeps an average of its iterates",
        "Polyak and Juditsky 1992",
        torch.optim.ASGD,
        1,
        kind="SGD",
        syncs=math.inf,
        lr=0.01,
        lambd=1e-4,
        alpha=0.75,
        t0=1e6,
        weight_decay=0.0,
    ),
    Method(
        "schedule-free-sgd",
        label="Schedule-Free SGD",
        family="reference",
        description="SGD evaluated at an average of its iterates that needs no schedule",
        citation="Defazio et al. 2024, arXiv:2405.15682",
        optimizer=Lazy("zenith.adapters.schedule_free", "ScheduleFreeSGD"),
        optimizer_defaults=settings(lr=1.0, momentum=0.9, weight_decay=0.0, warmup_steps=0),
        kind="modern",
        memory=1,
        averaging="schedule-free",
        library="pytorch_optimizer",
    ),
    Method(
        "schedule-free-adamw",
        label="Schedule-Free AdamW",
        family="reference",
        description="AdamW evaluated at an average of its iterates that needs no schedule",
        citation="Defazio et al. 2024, arXiv:2405.15682",
        optimizer=Lazy("zenith.adapters.schedule_free", "ScheduleFreeAdamW"),
        optimizer_defaults=settings(lr=2.5e-3, betas=(0.9, 0.999), weight_decay=0.0, warmup_steps=0),
        kind="modern",
        memory=2,
        averaging="schedule-free",
        library="pytorch_optimizer",
    ),
    Method(
        "muon",
        label="Muon",
        family="reference",
        description="momentum orthogonalised for matrices and convolutions, AdamW for the rest",
        citation="Jordan et al. 2024, kellerjordan.github.io/posts/muon",
        optimizer=Lazy("zenith.adapters.muon", "Muon"),
        optimizer_defaults=settings(
            lr=0.02, momentum=0.95, nesterov=True, weight_decay=0.0, adamw_lr=3e-4, adamw_betas=(0.9, 0.95)
        ),
        kind="modern",
        memory=1,
        memory_note="one more of biases and gains",
        library="pytorch_optimizer",
    ),
    Method(
        "soap",
        label="SOAP",
        family="reference",
        description="Adam in the eigenbasis of Shampoo's preconditioner",
        citation="Vyas et al. 2024, arXiv:2409.11321",
        optimizer=Lazy("zenith.adapters.soap", "SOAP"),
        optimizer_defaults=settings(lr=3e-3, betas=(0.95, 0.95), weight_decay=0.01, precondition_frequency=10),
        kind="modern",
        exceptions=NOT_SHARDED,
        memory=2,
        memory_note="two square factors per dimension of a weight",
        library="pytorch_optimizer",
    ),
    Method(
        "sam",
        label="SAM",
        family="reference",
        description="SGD momentum with the gradient taken a small distance up the slope",
        citation="Foret et al. 2021, arXiv:2010.01412",
        optimizer=Lazy("zenith.adapters.sam", "SAM"),
        optimizer_defaults=settings(lr=0.01, momentum=0.9, weight_decay=0.0, nesterov=False, rho=0.05, adaptive=False),
        kind="modern",
        needs=CLOSURE,
        gradients=2,
        memory=1,
        exceptions=MappingProxyType({"GradScaler": "use bfloat16 autocast, which needs no scaler"}),
        library="zenith",
    ),
)
