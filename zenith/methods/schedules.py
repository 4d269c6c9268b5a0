"""Fixed learning-rate schedules by name, built on `torch.optim.lr_scheduler`.

Every schedule is a function ``(optimizer, total_steps, **settings)`` that returns a torch scheduler to be stepped once
after every optimizer step. With t steps taken out of a budget of T, each states its learning rate as a fraction of
eta0, the learning rate the optimizer was made with.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from torch.optim import Optimizer
from torch.optim.lr_scheduler import (
    ConstantLR,
    CosineAnnealingLR,
    ExponentialLR,
    LRScheduler,
    MultiStepLR,
    PolynomialLR,
)

from zenith._common.validation import as_integer

__all__ = ["SCHEDULES", "constant", "cosine", "exponential", "polynomial", "step"]


def constant(optimizer: Optimizer, total_steps: int) -> LRScheduler:
    """Constant factor 1.

    Raises
    ------
    ValueError
        If `total_steps` is not an integer of at least 1.
    """
    return ConstantLR(optimizer, factor=1.0, total_iters=_budget(total_steps))


def step(
    optimizer: Optimizer, total_steps: int, *, milestones: Sequence[float] = (0.5, 0.75), gamma: float = 0.1
) -> LRScheduler:
    """``gamma ** (number of milestones reached)``: the LR is cut at given shares of the budget.

    The defaults, a tenth at 50 % and again at 75 %, are those of He et al. 2016 (ResNet on CIFAR-10: 32k and 48k of
    64k iterations) and Huang et al. 2017 (DenseNet on CIFAR).

    Parameters
    ----------
    optimizer : torch.optim.Optimizer
        Its current learning rates are the base of the schedule.
    total_steps : int
        T, the step budget.
    milestones : sequence of float
        Increasing shares of the budget, each strictly between 0 and 1; a cut takes effect after ``ceil(share * T)``
        steps.
    gamma : float
        Factor of each cut, in (0, 1).

    Raises
    ------
    ValueError
        If a setting is out of its range.
    """
    budget = _budget(total_steps)
    shares = tuple(milestones)
    ordered = all(earlier < later for earlier, later in itertools.pairwise(shares))
    if not shares or not ordered or not all(0 < share < 1 for share in shares):
        raise ValueError(f"milestones={milestones!r} are not increasing shares of the budget: give e.g. (0.5, 0.75)")
    if not 0 < gamma < 1:
        raise ValueError(f"gamma={gamma} does not cut the learning rate: give a factor between 0 and 1, e.g. 0.1")
    # 0.1 * 30 is 3.0000000000000004 in floats; the cut still belongs at step 3.
    return MultiStepLR(optimizer, [math.ceil(share * budget - 1e-9) for share in shares], gamma=gamma)


def exponential(optimizer: Optimizer, total_steps: int, *, final_fraction: float = 0.01) -> LRScheduler:
    """``final_fraction ** (t / T)``: geometric decay that reaches `final_fraction` when the budget is spent.

    Parameters
    ----------
    optimizer : torch.optim.Optimizer
        Its current learning rates are the base of the schedule.
    total_steps : int
        T, the step budget.
    final_fraction : float
        LR at the end of the budget over LR at its start, in (0, 1). The default 0.01 is the total decay of the `step`
        schedule, so that the two differ in shape and not in range.

    Raises
    ------
    ValueError
        If a setting is out of its range.
    """
    budget = _budget(total_steps)
    if not 0 < final_fraction < 1:
        raise ValueError(f"final_fraction={final_fraction} is no decay: give a fraction between 0 and 1, e.g. 0.01")
    return ExponentialLR(optimizer, gamma=final_fraction ** (1 / budget))


def polynomial(optimizer: Optimizer, total_steps: int, *, power: float = 0.9) -> LRScheduler:
    """``(1 - t / T) ** power``, zero when the budget is spent.

    The default power 0.9 is the "poly" policy of Chen et al. 2017 (DeepLab, arXiv:1606.00915, section 4.3); power 1 is
    linear decay.

    Parameters
    ----------
    optimizer : torch.optim.Optimizer
        Its current learning rates are the base of the schedule.
    total_steps : int
        T, the step budget.
    power : float
        Exponent, positive.

    Raises
    ------
    ValueError
        If a setting is out of its range.
    """
    budget = _budget(total_steps)
    if not 0 < power < math.inf:
        raise ValueError(f"power={power} does not decay to zero: give a positive exponent, e.g. 0.9")
    return PolynomialLR(optimizer, total_iters=budget, power=power)


def cosine(optimizer: Optimizer, total_steps: int) -> LRScheduler:
    """``(1 + cos(pi t / T)) / 2``, zero when the budget is spent (Loshchilov and Hutter 2017, SGDR, without restarts).

    Raises
    ------
    ValueError
        If `total_steps` is not an integer of at least 1.
    """
    return CosineAnnealingLR(optimizer, T_max=_budget(total_steps), eta_min=0.0)


SCHEDULES: Mapping[str, Callable[..., LRScheduler]] = MappingProxyType(
    {
        "constant": constant,
        "step": step,
        "exponential": exponential,
        "polynomial": polynomial,
        "cosine": cosine,
    }
)


def _budget(total_steps: int) -> int:
    steps = as_integer(total_steps)
    if steps is None or steps < 1:
        raise ValueError(f"total_steps={total_steps!r} is no step budget: give an integer of at least 1")
    return steps
