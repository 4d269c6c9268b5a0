"""Rows of the automatic methods that ZENITH is compared with."""

from __future__ import annotations

from typing import Any

from zenith.method import Lazy, Method
from zenith.table._columns import LOSS, PROBE, STANDSTILL, WHOLE, settings

__all__ = ["RIVALS"]

_ONE_LR = settings(**WHOLE, **{"two groups": "one step size for all groups: give every group the same lr"})

_CLIPPED_ADAM = settings(lr=0.01, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, max_grad_norm=1.0)
_ADAMZ = settings(
    **_CLIPPED_ADAM,
    overshoot_factor=0.5,
    stagnation_factor=1.2,
    stagnation_threshold=0.2,
    patience=100,
    stagnation_period=10,
    min_lr=1e-7,
    max_lr=1.0,
)


def _adamz(name: str, label: str, family: str, description: str, *, syncs: float, **defaults: Any) -> Method:
    return Method(
        name,
        label,
        family,
        description,
        "Zaznov et al. 2024, arXiv:2411.15375",
        Lazy("zenith.baselines", "AdamZ"),
        optimizer_defaults=settings(**defaults),
        kind="adaptive",
        needs=LOSS,
        memory=2,
        syncs=syncs,
        library="zenith",
    )


RIVALS = (
    Method(
        "pal",
        "PAL",
        "automatic",
        "SGD to the minimum of a parabola through the loss, its slope and one more loss along the step",
        "Mutschler and Zell 2020, arXiv:1903.11991",
        Lazy("zenith.baselines", "PAL"),
        nan="skips",
        optimizer_defaults=settings(
            lr=1.0, measuring_step=0.1, max_step=10**0.5, direction_adaptation=0.4, step_adaptation=1 / 0.6,
            weight_decay=0.0,
        ),
        kind="line search",
        clips=False,
        needs=PROBE,
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
        optimizer_defaults=settings(lr=1.0, probe_step=0.1, max_step=1.0, weight_decay=0.0),
        kind="line search",
        needs=PROBE,
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
        optimizer_defaults=settings(
            lr=1.0, first_step=0.1, every=4, smoothing=0.9, base="sgd", momentum=0.0, weight_decay=0.0
        ),
        kind="line search",
        needs=PROBE,
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
        optimizer_defaults=settings(lr=0.1, gamma=0.9, base="momentum", weight_decay=0.0),
        kind="Polyak",
        clips=False,
        needs=LOSS,
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
        optimizer_defaults=settings(lr=1.0, max_step=0.1, momentum=0.9, delta=1e-5),
        kind="Polyak",
        clips=False,
        needs=LOSS,
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
        optimizer_defaults=settings(
            lr=1.0, max_step=0.1, c=0.5, lower_bound=0.0, batches_per_epoch=None, weight_decay=0.0
        ),
        kind="Polyak",
        clips=False,
        needs=LOSS,
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
        optimizer_defaults=settings(lr=1.0, alpha=100.0, eps=1e-8, weight_decay=0.0),
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
        optimizer_defaults=settings(lr=1.0, reps_rel=1e-6, weight_decay=0.0, eps=1e-8, gamma=8.0),
        kind="parameter-free",
        memory=2,
        syncs=1,
        averaging="polynomial decay",
        exceptions=STANDSTILL,
        library="zenith",
    ),
    Method(
        "dowg",
        "DoWG",
        "automatic",
        "DoG with gradients weighted by the squared distance",
        "Khaled et al. 2023, arXiv:2305.16284",
        Lazy("zenith.baselines", "DoWG"),
        optimizer_defaults=settings(lr=1.0, eps=1e-4, weight_decay=0.0),
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
        optimizer_defaults=settings(lr=1.0, momentum=0.0, d0=1e-6, weight_decay=0.0),
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
        optimizer_defaults=settings(
            lr=1.0, betas=(0.9, 0.999), d0=1e-6, d_coef=1.0, weight_decay=0.0, eps=1e-8, bias_correction=False,
            safeguard_warmup=False,
        ),
        kind="parameter-free",
        memory=4,
        syncs=2,
        exceptions=settings(**_ONE_LR, **STANDSTILL),
        library="pytorch_optimizer",
    ),
    _adamz(
        "adamz", "AdamZ", "automatic", "Adam, LR cut where the loss overshoots and raised where it stagnates",
        syncs=1, **_ADAMZ,
    ),
    _adamz(
        "adamz-corrected", "AdamZ, corrected", "automatic",
        "AdamZ with a controller that neither noise nor a smooth fall of the loss sets off: this package's, not the paper's",
        syncs=1, **_ADAMZ, corrected=True,
    ),
    _adamz(
        "adamz-clip-only", "AdamZ, clip only", "reference",
        "Adam with AdamZ's gradient clipping and without its controller: the ablation",
        syncs=0, **_CLIPPED_ADAM, clip_only=True,
    ),
)  # fmt: skip
