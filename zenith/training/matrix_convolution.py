"""Convolutions as products of matrices, which many small models at once compute faster than grouped convolutions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import pad
from torch.overrides import TorchFunctionMode

__all__ = ["MatrixConvolutions"]

LARGEST = 2**18
"""Numbers in the matrix of one model's patches: a larger one no longer fits the caches of several models."""


class MatrixConvolutions(TorchFunctionMode):
    """Context in which 2-D convolutions of small inputs are computed as one matrix product each (im2col).

    Chellapilla, Puri and Simard 2006. Others are computed as ever: grouped, dilated, of large inputs.

    Parameters
    ----------
    gathered : bool
        Collect the gradient of a convolution's input by index, which a compiler makes one loop of, in place of a sum of
        slices, which is faster without.
    """

    def __init__(self, *, gathered: bool = False) -> None:
        super().__init__()
        self._gathered = gathered

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Compute a function."""
        if func is torch.conv2d:
            out = _convolution(self._gathered, *args, **(kwargs or {}))
            if out is not None:
                return out
        return func(*args, **(kwargs or {}))


def _convolution(
    gathered: bool,
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Tensor | None:
    """Return the convolution as a matrix product; None if it is none for it."""
    if groups != 1 or isinstance(padding, str) or input.dim() != 4 or any(size != 1 for size in _pair(dilation)):
        return None
    strides, paddings = _pair(stride), _pair(padding)
    rows, columns = ((input.shape[2 + i] + 2 * paddings[i] - weight.shape[2 + i]) // strides[i] + 1 for i in range(2))
    patches = input.shape[0] * rows * columns * weight[0].numel()
    if min(rows, columns) < 1 or patches > LARGEST or input.dtype != weight.dtype:
        return None
    out: Tensor = _AsMatrix.apply(input, weight, strides, paddings, gathered)[0]
    return out if bias is None else out + bias[:, None, None]


def _pair(value: Any) -> tuple[int, int]:
    if isinstance(value, int):
        return value, value
    sizes = tuple(value)
    return (sizes[0], sizes[-1])


class _AsMatrix(torch.autograd.Function):
    """The convolution, and the matrix of its patches, which the gradient uses again."""

    generate_vmap_rule = True

    @staticmethod
    def forward(x: Tensor, weight: Tensor, stride: tuple[int, int], padding: tuple[int, int], gathered: bool) -> Any:
        high, wide = weight.shape[2:]
        padded = pad(x.permute(0, 2, 3, 1), (0, 0, padding[1], padding[1], padding[0], padding[0]))
        windows = padded.unfold(1, high, stride[0]).unfold(2, wide, stride[1])  # (batch, rows, columns, in, high, wide)
        batch, rows, columns = windows.shape[:3]
        patches = windows.permute(0, 1, 2, 4, 5, 3).reshape(batch * rows * columns, -1)
        out = patches @ weight.permute(2, 3, 1, 0).reshape(patches.shape[1], -1)
        return out.view(batch, rows, columns, -1).permute(0, 3, 1, 2), patches

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        x, weight, ctx.stride, ctx.padding, ctx.gathered = inputs
        ctx.set_materialize_grads(False)
        ctx.mark_non_differentiable(output[1])
        ctx.shape = x.shape
        ctx.save_for_backward(weight, output[1])

    @staticmethod
    def backward(ctx: Any, slope: Tensor, _: Any) -> Any:
        weight, patches = ctx.saved_tensors
        (high, wide), channels = weight.shape[2:], weight.shape[1]
        batch, outputs, rows, columns = slope.shape
        by_row = slope.permute(0, 2, 3, 1).reshape(-1, outputs)
        of_weight = (patches.transpose(0, 1) @ by_row).view(high, wide, channels, outputs).permute(3, 2, 0, 1)
        if not ctx.needs_input_grad[0]:
            return None, of_weight, None, None, None
        of_patches = by_row @ weight.permute(0, 2, 3, 1).reshape(outputs, -1)
        of_patches = of_patches.view(batch, rows, columns, high, wide, channels)
        collect = _gathered if ctx.gathered else _summed
        return collect(of_patches, ctx.shape[2:], ctx.stride, ctx.padding), of_weight, None, None, None


def _summed(of_patches: Tensor, shape: Sequence[int], stride: tuple[int, int], padding: tuple[int, int]) -> Tensor:
    """Return the gradient of the input from that of its patches, (batch, rows, columns, high, wide, channels)."""
    batch, rows, columns, high, wide, channels = of_patches.shape
    (tall, broad), (top, left), (down, right) = shape, padding, stride
    of_input = of_patches.new_zeros((batch, tall + 2 * top, broad + 2 * left, channels))
    for i in range(high):
        for j in range(wide):
            last = i + down * (rows - 1) + 1, j + right * (columns - 1) + 1
            of_input[:, i : last[0] : down, j : last[1] : right].add_(of_patches[:, :, :, i, j])
    return of_input[:, top : top + tall, left : left + broad].permute(0, 3, 1, 2)


def _gathered(of_patches: Tensor, shape: Sequence[int], stride: tuple[int, int], padding: tuple[int, int]) -> Tensor:
    """Return the same: for each place of the input, the sum over the places of patches that it is in."""
    batch, rows, columns, high, wide, channels = of_patches.shape
    down, right = (_touching(shape[i], (rows, columns)[i], (high, wide)[i], stride[i], padding[i]) for i in range(2))
    places = [
        [((row * columns + col) * high + i) * wide + j for row, i in vertical for col, j in horizontal]
        for vertical in down
        for horizontal in right
    ]
    most = max(map(len, places))
    index = torch.tensor([own + [0] * (most - len(own)) for own in places], device=of_patches.device)
    there = torch.tensor([[k < len(own) for k in range(most)] for own in places], device=of_patches.device)
    flat = of_patches.reshape(batch, rows * columns * high * wide, channels)
    found = flat.index_select(1, index.reshape(-1)).view(batch, len(places), most, channels)
    of_input = torch.where(there[:, :, None], found, 0.0).sum(2)
    return of_input.view(batch, shape[0], shape[1], channels).permute(0, 3, 1, 2)


def _touching(size: int, outputs: int, kernel: int, stride: int, padding: int) -> list[list[tuple[int, int]]]:
    """Return, for each place along one axis of the input, the outputs and places in the kernel that it goes into."""
    return [
        [
            (out, place - out * stride + padding)
            for out in range(outputs)
            if 0 <= place - out * stride + padding < kernel
        ]
        for place in range(size)
    ]
