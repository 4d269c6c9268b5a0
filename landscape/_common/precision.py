"""The arithmetic of matrix products and convolutions: full precision, or a lower one that is asked for."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import torch

from landscape._common.threads import in_main_thread

Arithmetic = Literal["ieee", "tf32", "bf16"]

ROUNDING = {"tf32": 2.0**-10, "bf16": 2.0**-7}
"""Relative spacing of numbers in the arithmetic of matrix products, where it is coarser than that of the tensors."""

DESCRIPTIONS = {
    "ieee": "ieee, no TF32",
    "tf32": "TF32 in matrix products and convolutions where the hardware has it, float32 sums",
    "bf16": "bfloat16 autocast in forward passes and their derivatives, float32 parameters and sums",
}
"""How the protocol describes each arithmetic."""


@contextmanager
def fp32_precision(precision: str, device: torch.device) -> Iterator[None]:
    """Context that sets the precision of float32 matrix products, convolutions and recurrent layers.

    The precision is "ieee" (full) or "tf32".

    In a background thread the settings of the device alone are changed, where they have to be.

    Only PyTorch's `fp32_precision` settings are read and written, because its kernels follow them and reading the
    older flags fails where a user mixes the two.
    """
    backends: Any = torch.backends
    # Parents first: an entry that inherits reads the same as its parent does, and goes on inheriting afterwards.
    settings: tuple[Any, ...] = (
        backends,
        *(backends.cudnn, backends.cudnn.conv, backends.cudnn.rnn, backends.cuda.matmul),
        *(backends.mkldnn, backends.mkldnn.conv, backends.mkldnn.rnn, backends.mkldnn.matmul),
    )
    if not in_main_thread():  # where others may be computing: no more than has to be, until the end of the call
        settings = settings[5:] if device.type == "cpu" else settings[1:5]
        if precision == "ieee" and device.type == "cpu":  # where "none" is full precision
            settings = tuple(s for s in settings if s.fp32_precision not in ("none", "ieee"))
    changed = []
    try:
        for setting in settings:
            if setting.fp32_precision != precision:
                changed.append((setting, setting.fp32_precision))
                setting.fp32_precision = precision
        yield
    finally:
        for setting, former in reversed(changed):
            setting.fp32_precision = former


@contextmanager
def ieee_arithmetic(device: torch.device) -> Iterator[None]:
    """Context of full float32 precision, without TF32, bfloat16 and the caller's autocast.

    Three digits are not enough for residuals and sums of products.
    """
    with fp32_precision("ieee", device), torch.autocast(device.type, enabled=False):
        yield


def check_arithmetic(arithmetic: Any, dtype: torch.dtype) -> None:
    """Raise ValueError for an unknown arithmetic, or one that parameters of this type do not have."""
    if arithmetic not in DESCRIPTIONS:
        raise ValueError(f'arithmetic is {arithmetic!r}: choose "ieee", "tf32" or "bf16".')
    if arithmetic != "ieee" and dtype != torch.float32:
        raise ValueError(
            f'arithmetic="{arithmetic}" shortens float32 numbers, but the parameters are {dtype}: '
            'pass dtype=torch.float32 or arithmetic="ieee".'
        )
