"""Refuse steps that half-precision weights would round away.

The rules whose steps grow with the distance travelled would then stand still for ever, in silence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

__all__ = ["must_move"]

_HALF = (torch.float16, torch.bfloat16)
_ENOUGH = 1e-3  # of the weights: those near zero move first, and with them the distance grows


@contextmanager
def must_move(label: str, params: Iterable[Tensor], setting: str, value: float) -> Iterator[None]:
    """Context of a step, which refuses one too small for the resolution of half-precision weights.

    Weights in single precision or better cost nothing; others a copy and one host synchronisation.

    Parameters
    ----------
    label : str
        The method.
    params : iterable of Tensor
        What the step is to move, by gradients that are there.
    setting, value : str, float
        What sets the size of the first steps.

    Raises
    ------
    ValueError
        If fewer than one in a thousand of the weights with a gradient moved; they are then put back.
    """
    moving = [p for p in params if p.grad is not None]
    half = [p for p in moving if p.dtype in _HALF]
    if not half:
        yield
        return
    before = [p.clone() for p in moving]
    yield
    pulled = [p.grad != 0 for p in moving if p.grad is not None]
    total = sum(_count(mask) for mask in pulled)
    moved = sum(_count((p != old) & mask) for p, old, mask in zip(moving, before, pulled, strict=True))
    if total == 0 or moved >= _ENOUGH * total:
        return
    for p, old in zip(moving, before, strict=True):
        p.copy_(old)
    dtype = str(half[0].dtype).removeprefix("torch.")
    raise ValueError(
        f"{label} would leave these {dtype} weights as they are: its first step moved {moved} of {total}, because "
        f"{setting}={value:g} makes it smaller than {dtype} resolves, and its steps grow only once the weights move; "
        f"keep the weights in float32 (autocast computes in {dtype} all the same), or raise {setting}"
    )


def _count(mask: Tensor) -> int:
    number = mask.sum()
    return int(
        number.full_tensor() if hasattr(number, "full_tensor") else number
    )  # of a sharded tensor, over all ranks
