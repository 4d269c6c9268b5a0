"""Convolutions over small images as products of matrices (im2col), with the samples of a batch last in memory.

Patches are gathered and scattered in strips as long as the batch, so that both cost little beside the products, and the
products are few and large (Chellapilla, Puri and Simard 2006, "High performance convolutional neural networks for
document processing").
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import pad

__all__ = ["as_images", "as_rows", "columns", "convolve", "fold", "output_size", "pays"]

FEWEST_ROWS = 16
"""Samples below which the strips are too short."""

MOST_NUMBERS = 2**11
"""Numbers of one sample's patches, of which a few hundred samples fit a core's cache."""

FEW_CHANNELS = 4
"""Channels that libraries, which compute in blocks of them, leave most of a block empty for; measured, 1.2 to 3 times
faster as matrices."""

TINY = 4
"""Pixels per tap of a strided convolution up to which matrices are as fast or faster; measured, 1 to 2.2 times."""

Geometry = tuple[tuple[int, ...], ...]
"""Stride, padding and dilation."""


def pays(x: Tensor, weight: Tensor, geometry: Geometry, groups: int) -> bool:
    """Whether a convolution, and its derivatives, are faster as products of matrices.

    Decided by sizes, not by the clock, so that a measurement has the same bits each time.
    """
    if x.dim() != 4 or groups != 1 or x.device.type != "cpu" or x.dtype != weight.dtype or len(x) < FEWEST_ROWS:
        return False
    high, wide = output_size(x.shape[2:], weight.shape[2:], geometry)
    if x.dtype not in (torch.float32, torch.float64) or not 1 <= weight[0].numel() * high * wide <= MOST_NUMBERS:
        return False
    tiny = max(geometry[0]) > 1 and x[0, 0].numel() <= TINY * weight[0, 0].numel()
    return tiny or x.shape[1] <= FEW_CHANNELS


def output_size(image: Sequence[int], kernel: Sequence[int], geometry: Geometry) -> list[int]:
    """Return the pixels of the output along each axis."""
    return [
        (size + 2 * padding - dilation * (taps - 1) - 1) // stride + 1
        for size, taps, stride, padding, dilation in zip(image, kernel, *geometry, strict=True)
    ]


def columns(x: Tensor, kernel: Sequence[int], geometry: Geometry) -> Tensor:
    """Return the patches of images of shape (batch, channels, high, wide) as the columns of a matrix.

    Rows go over channels and taps, columns over the pixels of the output and the batch.
    """
    (down, right), (top, left), (tall, broad) = geometry
    high, wide = output_size(x.shape[2:], kernel, geometry)
    strips = x.permute(1, 2, 3, 0)
    padded = (pad(strips, (0, 0, left, left, top, top)) if top or left else strips).contiguous()
    channel, row, column, one = padded.stride()
    patches = padded.as_strided(
        (len(padded), *kernel, high, wide, len(x)),
        (channel, tall * row, broad * column, down * row, right * column, one),
    )
    return patches.reshape(len(padded) * kernel[0] * kernel[1], -1)


def fold(patches: Tensor, shape: Sequence[int], kernel: Sequence[int], geometry: Geometry) -> Tensor:
    """Return images of a shape, each pixel the sum of the patches' entries there: the transpose of `columns`."""
    batch, channels, high, wide = shape
    (top, left), sizes = geometry[1], output_size(shape[2:], kernel, geometry)
    (down, right), _, (tall, broad) = geometry
    strips = patches.new_zeros((channels, high + 2 * top, wide + 2 * left, batch))
    parts = patches.reshape(channels, kernel[0] * kernel[1], *sizes, batch).unbind(1)
    channel, row, column, one = strips.stride()
    for i in range(kernel[0]):
        for j in range(kernel[1]):
            met = strips.as_strided(
                (channels, *sizes, batch),
                (channel, down * row, right * column, one),
                i * tall * row + j * broad * column,
            )
            met.add_(parts[i * kernel[1] + j])
    return strips[:, top : top + high, left : left + wide].permute(3, 0, 1, 2)


def as_rows(g: Tensor) -> Tensor:
    """Return a tensor of shape (batch, channels, high, wide) as a matrix of shape (channels, pixels and batch)."""
    return g.permute(1, 2, 3, 0).reshape(g.shape[1], -1)


def as_images(rows: Tensor, batch: int, sizes: Sequence[int]) -> Tensor:
    """Return the opposite of `as_rows`, a view."""
    return rows.view(-1, *sizes, batch).permute(3, 0, 1, 2)


def convolve(patches: Tensor, weight: Tensor, bias: Tensor | None, batch: int, sizes: Sequence[int]) -> Tensor:
    """Return the convolution of the images that patches come from, a view with the batch last in memory."""
    matrix = weight.reshape(len(weight), -1)
    rows = matrix @ patches if bias is None else torch.addmm(bias[:, None], matrix, patches)
    return as_images(rows, batch, sizes)
