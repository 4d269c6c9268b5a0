"""The rows of the table of methods; `zenith.methods` is how to use them, `zenith.method` says what the columns are."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import torch
from torch.optim import Optimizer

from zenith.method import Lazy, Method
from zenith.optimizer import Zenith

__all__ = ["METHODS"]


def _settings(**values: Any) -> Mapping[str, Any]:
    return MappingProxyType(values)


_SGD = _settings(lr=0.1, momentum=0.0, weight_decay=0.0, nesterov=False)
_LOSS, _PROBE, _CLOSURE = frozenset({"loss"}), frozenset({"loss", "probe"}), frozenset({"closure"})


def _scheduled(name: str, description: str, **schedule_defaults: Any) -> Method:
    return Method(
        name,
        name,
        "schedule",
        description,
        "fixed schedule on plain SGD",
        torch.optim.SGD,
        schedule=name,
        optimizer_defaults=_SGD,
        schedule_defaults=MappingProxyType(schedule_defaults),
        shares_lr=True,
    )


def _torch(
    name: str, label: str, description: str, citation: str, optimizer: Callable[..., Optimizer], memory: float,
    *, kind: str = "adaptive", syncs: float = 0, **defaults: Any,
) -> Method:  # fmt: skip
    return Method(
        name, label, "reference", description, citation, optimizer,
        optimizer_defaults=MappingProxyType(defaults), kind=kind, memory=memory, syncs=syncs,
    )  # fmt: skip


_WHOLE = {"sharded": "does not take weights sharded over processes"}
_ONE_LR = _settings(**_WHOLE, **{"two groups": "one step size for all groups: give every group the same lr"})

_ROWS = (
    Method(
        "zenith",
        "ZENITH",
        "automatic",
        "SGD whose LR follows the windowed gradient norm relative to its historical maximum",
        "Saha 2026, arXiv:2601.15212, Algorithm 1",
        Zenith,
        optimizer_defaults=MappingProxyType({**_SGD, "window": 500}),
        shares_lr=True,
        syncs=1,
        library="zenith",
    ),
    _scheduled("constant", "SGD at a constant LR"),
    _scheduled("step", "SGD, LR cut by gamma at fixed shares of the budget", milestones=(0.5, 0.75), gamma=0.1),
    _scheduled("exponential", "SGD, LR decaying geometrically", final_fraction=0.01),
    _scheduled("polynomial", "SGD, LR decaying to zero like (1 - t/T)^power", power=0.9),
    _scheduled("cosine", "SGD, LR decaying to zero along half a cosine"),
    Method(
        "pal",
        "PAL",
        "automatic",
        "SGD to the minimum of a parabola through the loss, its slope and one more loss along the step",
        "Mutschler and Zell 2020, arXiv:1903.11991",
        Lazy("zenith.baselines", "PAL"),
        nan="skips",
        optimizer_defaults=_settings(
            lr=1.0, measuring_step=0.1, max_step=10**0.5, direction_adaptation=0.4, step_adaptation=1 / 0.6,
            weight_decay=0.0,
        ),
        kind="line search",
        clips=False,
        needs=_PROBE,
        memory=1,
        syncs=3,
        library="zenith",
    ),
    Method(
        "lqa",
        "LQA",
        "automatic",
        "SGD to the minimum of a parabola through three losses along the gradient",
        "Zhu et al. 2021, arXiv:2004.03260",
        Lazy("zenith.baselines", "LQA"),
        nan="skips",
        optimizer_defaults=_settings(lr=1.0, probe_step=0.1, max_step=1.0, weight_decay=0.0),
        kind="line search",
        needs=_PROBE,
        syncs=3,
        library="zenith",
    ),
    Method(
        "gen",
        "GeN",
        "automatic",
        "SGD whose LR is averaged from the minima of parabolas through three losses along its own step",
        "Bu and Xu 2025, arXiv:2407.02772",
        Lazy("zenith.baselines", "GeN"),
        optimizer_defaults=_settings(
            lr=1.0, first_step=0.1, every=4, smoothing=0.9, base="sgd", momentum=0.0, weight_decay=0.0
        ),
        kind="line search",
        needs=_PROBE,
        syncs=3,
        library="zenith",
    ),
    Method(
        "l4",
        "L4",
        "automatic",
        "momentum with the step that would bring the tangent of the loss a share of the way to its minimum",
        "Rolinek and Martius 2018, arXiv:1802.05074",
        Lazy("zenith.baselines", "L4"),
        nan="skips",
        optimizer_defaults=_settings(lr=0.1, gamma=0.9, base="momentum", weight_decay=0.0),
        kind="Polyak",
        clips=False,
        needs=_LOSS,
        memory=1,
        syncs=2,
        library="zenith",
    ),
    Method(
        "ali-g",
        "ALI-G",
        "automatic",
        "Nesterov SGD with the Polyak step size for a least loss of 0, capped",
        "Berrada et al. 2020, arXiv:1906.05661",
        Lazy("zenith.adapters.alig", "ALIG"),
        nan="skips",
        optimizer_defaults=_settings(lr=1.0, max_step=0.1, momentum=0.9, delta=1e-5),
        kind="Polyak",
        clips=False,
        needs=_LOSS,
        memory=1,
        syncs=1,
        library="zenith",
    ),
    Method(
        "sps",
        "SPS",
        "automatic",
        "SGD with the stochastic Polyak step size, capped",
        "Loizou et al. 2021, arXiv:2002.10542",
        Lazy("zenith.baselines", "SPS"),
        nan="skips",
        optimizer_defaults=_settings(
            lr=1.0, max_step=0.1, c=0.5, lower_bound=0.0, batches_per_epoch=None, weight_decay=0.0
        ),
        kind="Polyak",
        clips=False,
        needs=_LOSS,
        syncs=1,
        library="zenith",
    ),
    Method(
        "cocob",
        "COCOB",
        "automatic",
        "coin betting on every coordinate, without a learning rate",
        "Orabona and Tommasi 2017, arXiv:1705.07795",
        Lazy("zenith.adapters.cocob", "COCOB"),
        optimizer_defaults=_settings(lr=1.0, alpha=100.0, eps=1e-8, weight_decay=0.0),
        kind="parameter-free",
        memory=5,
        library="parameterfree",
    ),
    Method(
        "dog",
        "DoG",
        "automatic",
        "SGD, LR the largest distance from the start over the root of the summed squared gradients",
        "Ivgi et al. 2023, arXiv:2302.12022",
        Lazy("zenith.adapters.dog", "DoG"),
        optimizer_defaults=_settings(lr=1.0, reps_rel=1e-6, weight_decay=0.0, eps=1e-8, gamma=8.0),
        kind="parameter-free",
        memory=2,
        syncs=1,
        averaging="polynomial decay",
        library="zenith",
    ),
    Method(
        "dowg",
        "DoWG",
        "automatic",
        "DoG with gradients weighted by the squared distance",
        "Khaled et al. 2023, arXiv:2305.16284",
        Lazy("zenith.baselines", "DoWG"),
        optimizer_defaults=_settings(lr=1.0, eps=1e-4, weight_decay=0.0),
        kind="parameter-free",
        memory=1,
        library="zenith",
    ),
    Method(
        "d-adaptation",
        "D-Adaptation",
        "automatic",
        "SGD, LR a lower bound of the distance to the solution over the first gradient norm",
        "Defazio and Mishchenko 2023, arXiv:2301.07733",
        Lazy("zenith.adapters.dadaptation", "DAdaptation"),
        optimizer_defaults=_settings(lr=1.0, momentum=0.0, d0=1e-6, weight_decay=0.0),
        kind="parameter-free",
        memory=3,
        syncs=1,
        exceptions=_ONE_LR,
        library="pytorch_optimizer",
    ),
    Method(
        "prodigy",
        "Prodigy",
        "automatic",
        "Adam, LR an estimate of the distance to the solution",
        "Mishchenko and Defazio 2024, arXiv:2306.06101",
        Lazy("zenith.adapters.prodigy", "Prodigy"),
        optimizer_defaults=_settings(
            lr=1.0, betas=(0.9, 0.999), d0=1e-6, d_coef=1.0, weight_decay=0.0, eps=1e-8, bias_correction=False,
            safeguard_warmup=False,
        ),
        kind="parameter-free",
        memory=4,
        syncs=2,
        exceptions=_ONE_LR,
        library="pytorch_optimizer",
    ),
    Method(
        "adamz",
        "AdamZ",
        "automatic",
        "Adam, LR cut where the loss overshoots and raised where it stagnates",
        "Zaznov et al. 2024, arXiv:2411.15375",
        Lazy("zenith.baselines", "AdamZ"),
        optimizer_defaults=_settings(
            lr=0.01, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, overshoot_factor=0.5, stagnation_factor=1.2,
            stagnation_threshold=0.2, patience=100, stagnation_period=10, max_grad_norm=1.0, min_lr=1e-7, max_lr=1.0,
            authors=False,
        ),
        kind="adaptive",
        needs=_LOSS,
        memory=2,
        syncs=1,
        library="zenith",
    ),
    Method(
        "adamz-clip-only",
        "AdamZ, clip only",
        "reference",
        "Adam with AdamZ's gradient clipping and without its controller: the ablation",
        "Zaznov et al. 2024, arXiv:2411.15375",
        Lazy("zenith.baselines", "AdamZ"),
        optimizer_defaults=_settings(
            lr=0.01, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, max_grad_norm=1.0, clip_only=True
        ),
        kind="adaptive",
        needs=_LOSS,
        memory=2,
        syncs=0,
        library="zenith",
    ),
    Method(
        "zenith-adamw",
        "ZENITH on AdamW",
        "automatic",
        "AdamW whose LR follows the windowed gradient norm relative to its historical maximum",
        "Saha 2026, arXiv:2601.15212, Algorithm 1; on AdamW an open question of the paper",
        Lazy("zenith.adapters.driven", "ZenithAdamW"),
        optimizer_defaults=_settings(lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01, window=500),
        kind="adaptive",
        memory=2,
        syncs=1,
        library="zenith",
    ),
    Method(
        "zenith-muon",
        "ZENITH on Muon",
        "automatic",
        "Muon whose LR follows the windowed gradient norm relative to its historical maximum",
        "Saha 2026, arXiv:2601.15212, Algorithm 1; on Muon an open question of the paper",
        Lazy("zenith.adapters.driven_muon", "ZenithMuon"),
        optimizer_defaults=_settings(
            lr=0.02, momentum=0.95, nesterov=True, weight_decay=0.0, adamw_lr=3e-4, adamw_betas=(0.9, 0.95), window=500
        ),
        kind="modern",
        memory=1,
        memory_note="one more of biases and gains",
        syncs=1,
        library="pytorch_optimizer",
    ),
    _torch(
        "sgd", "SGD", "SGD at a constant LR of its own", "Robbins and Monro 1951", torch.optim.SGD, 0, kind="SGD", **_SGD
    ),
    _torch(
        "sgd-momentum", "SGD momentum", "SGD with heavy-ball momentum at a constant LR", "Sutskever et al. 2013",
        torch.optim.SGD, 1, kind="SGD", **{**_SGD, "lr": 0.01, "momentum": 0.9},
    ),
    _torch(
        "adam", "Adam", "first moment over the root of the second", "Kingma and Ba 2015, arXiv:1412.6980",
        torch.optim.Adam, 2, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0,
    ),
    _torch(
        "adamw", "AdamW", "Adam with decoupled weight decay at a constant LR",
        "Loshchilov and Hutter 2019, arXiv:1711.05101", torch.optim.AdamW, 2,
        lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01,
    ),
    _torch(
        "nadam", "NAdam", "Adam with Nesterov momentum", "Dozat 2016", torch.optim.NAdam, 2,
        lr=2e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0,
    ),
    _torch(
        "rmsprop", "RMSprop", "gradient over the root of its running mean square", "Hinton 2012, lecture 6e",
        torch.optim.RMSprop, 1, lr=1e-3, alpha=0.99, eps=1e-8, momentum=0.0, weight_decay=0.0,
    ),
    _torch(
        "adagrad", "Adagrad", "gradient over the root of its summed squares", "Duchi et al. 2011",
        torch.optim.Adagrad, 1, lr=0.01, eps=1e-10, weight_decay=0.0,
    ),
    _torch(
        "adamax", "Adamax", "Adam with the largest gradient in place of the second moment",
        "Kingma and Ba 2015, arXiv:1412.6980, section 7.1", torch.optim.Adamax, 2,
        lr=2e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0,
    ),
    _torch(
        "asgd", "ASGD", "SGD at a decaying LR that keeps an average of its iterates beside them",
        "Polyak and Juditsky 1992", torch.optim.ASGD, 1, kind="SGD", syncs=math.inf,
        lr=0.01, lambd=1e-4, alpha=0.75, t0=1e6, weight_decay=0.0,
    ),
    Method(
        "schedule-free-sgd",
        "Schedule-Free SGD",
        "reference",
        "SGD evaluated at an average of its iterates that needs no schedule",
        "Defazio et al. 2024, arXiv:2405.15682",
        Lazy("zenith.adapters.schedule_free", "ScheduleFreeSGD"),
        optimizer_defaults=_settings(lr=1.0, momentum=0.9, weight_decay=0.0, warmup_steps=0),
        kind="modern",
        memory=1,
        averaging="schedule-free",
        library="pytorch_optimizer",
    ),
    Method(
        "schedule-free-adamw",
        "Schedule-Free AdamW",
        "reference",
        "AdamW evaluated at an average of its iterates that needs no schedule",
        "Defazio et al. 2024, arXiv:2405.15682",
        Lazy("zenith.adapters.schedule_free", "ScheduleFreeAdamW"),
        optimizer_defaults=_settings(lr=2.5e-3, betas=(0.9, 0.999), weight_decay=0.0, warmup_steps=0),
        kind="modern",
        memory=2,
        averaging="schedule-free",
        library="pytorch_optimizer",
    ),
    Method(
        "muon",
        "Muon",
        "reference",
        "momentum orthogonalised for matrices and convolutions, AdamW for the rest",
        "Jordan et al. 2024, kellerjordan.github.io/posts/muon",
        Lazy("zenith.adapters.muon", "Muon"),
        optimizer_defaults=_settings(
            lr=0.02, momentum=0.95, nesterov=True, weight_decay=0.0, adamw_lr=3e-4, adamw_betas=(0.9, 0.95)
        ),
        kind="modern",
        memory=1,
        memory_note="one more of biases and gains",
        library="pytorch_optimizer",
    ),
    Method(
        "soap",
        "SOAP",
        "reference",
        "Adam in the eigenbasis of Shampoo's preconditioner",
        "Vyas et al. 2024, arXiv:2409.11321",
        Lazy("zenith.adapters.soap", "SOAP"),
        optimizer_defaults=_settings(lr=3e-3, betas=(0.95, 0.95), weight_decay=0.01, precondition_frequency=10),
        kind="modern",
        exceptions=MappingProxyType(_WHOLE),
        memory=2,
        memory_note="two square factors per dimension of a weight",
        library="pytorch_optimizer",
    ),
    Method(
        "sam",
        "SAM",
        "reference",
        "SGD momentum with the gradient taken a small distance up the slope",
        "Foret et al. 2021, arXiv:2010.01412",
        Lazy("zenith.adapters.sam", "SAM"),
        optimizer_defaults=_settings(
            lr=0.01, momentum=0.9, weight_decay=0.0, nesterov=False, rho=0.05, adaptive=False
        ),
        kind="modern",
        needs=_CLOSURE,
        memory=1,
        exceptions=MappingProxyType({"GradScaler": "use bfloat16 autocast, which needs no scaler"}),
        library="zenith",
    ),
)  # fmt: skip

METHODS: Mapping[str, Method] = MappingProxyType({row.name: row for row in _ROWS})
