"""The directions of Adam and of SGD with momentum, for rules that choose the step size on top."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

__all__ = ["adam_direction", "averaged_gradient"]


def averaged_gradient(
    states: Sequence[Mapping[str, Any]], grads: Sequence[Tensor], decay: float, key: str = "average", power: int = 1
) -> list[Tensor]:
    """Update exponential moving averages of the gradients, or of their squares; return them bias-corrected.

    Parameters
    ----------
    states : sequence of Mapping
        One per parameter, with the average under `key` and the float ``"step"``, already counted up.
    grads : sequence of Tensor
    decay : float
        The weight of the former average, in [0, 1).
    key : str
        Which average.
    power : {1, 2}
        Of the gradients.

    Returns
    -------
    list of Tensor
        New tensors: the averages over ``1 - decay**step``.
    """
    averages = [state[key] for state in states]
    if power == 1:
        torch._foreach_lerp_(averages, list(grads), 1 - decay)
    else:
        torch._foreach_mul_(averages, decay)
        torch._foreach_addcmul_(averages, list(grads), list(grads), value=1 - decay)
    return list(torch._foreach_div(averages, [1 - decay ** float(state["step"]) for state in states]))


def adam_direction(first: Sequence[Tensor], second: list[Tensor], eps: float) -> list[Tensor]:
    """``first / (sqrt(second) + eps)``; overwrites `second`.

    Kingma and Ba 2015, "Adam" (arXiv:1412.6980), Algorithm 1, with the bias-corrected moments.
    """
    torch._foreach_sqrt_(second)
    torch._foreach_add_(second, eps)
    return list(torch._foreach_div(list(first), second))
