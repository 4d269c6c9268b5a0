"""Convolutions over images of a few pixels, as the matrices that they are.

There a convolution is all overhead, and the matrix from input to output is hardly larger than the kernel's use of it: one
matrix product does the same in a fraction of the time.
"""

from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional

Geometry = tuple[tuple[int, ...], ...]
"""Stride, padding and dilation."""

MORE_OPERATIONS = 2.0
"""How many times the operations of the convolution the matrix product may take; measured on CPUs with 3x3 kernels."""

ENTRIES = 2**18
"""The largest matrix that is made."""


@lru_cache(maxsize=64)
def matrix_index(image: tuple[int, ...], kernel: tuple[int, ...], geometry: Geometry) -> Tensor | None:
    """Return which entry of the flat kernel each entry of the matrix is, or None where a matrix does not pay.

    Parameters
    ----------
    image : tuple of int
        Channels, height and width of an input.
    kernel : tuple of int
        Shape of the weight, without groups.
    geometry : tuple
        Stride, padding and dilation.

    Returns
    -------
    Tensor of int64, shape (inputs, outputs)
        The number of entries of the kernel where the matrix is zero.
    """
    channels, *spatial = image
    stride, padding, dilation = geometry
    height, width = (
        (size + 2 * pad - step * (length - 1) - 1) // jump + 1
        for size, length, jump, pad, step in zip(spatial, kernel[2:], stride, padding, dilation, strict=True)
    )
    inputs, outputs = channels * spatial[0] * spatial[1], kernel[0] * height * width
    if spatial[0] * spatial[1] > MORE_OPERATIONS * kernel[2] * kernel[3] or inputs * outputs > ENTRIES:
        return None
    numbers = torch.arange(1.0, inputs + 1, dtype=torch.float64, device="cpu").view(1, *image)
    # By place in the kernel and output pixel, the input that is read there; -1 for the padding.
    read = functional.unfold(numbers, kernel[2:], dilation, padding, stride)[0].long() - 1
    place, pixel = (read >= 0).nonzero(as_tuple=True)
    index = torch.full((inputs, kernel[0], height * width), kernel[0] * len(read), dtype=torch.int64, device="cpu")
    for out in range(kernel[0]):
        index[read[place, pixel], out, pixel] = out * len(read) + place
    return index.view(inputs, outputs)


def convolve(x: Tensor, w: Tensor, bias: Tensor | None, index: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Return the convolution of images with a kernel; `shape` is that of an output."""
    y = (x.reshape(len(x), -1) @ _matrix(w, index)).view(len(x), *shape)
    return y if bias is None else y.add_(bias.view(-1, 1, 1))


def adjoints(
    g: Tensor, x: Tensor, w: Tensor, index: Tensor, mask: tuple[bool, bool]
) -> tuple[Tensor | None, Tensor | None]:
    """Return the derivatives of <g, conv(x, w)> with respect to x and w."""
    g = g.reshape(len(g), -1)
    by_x = (g @ _matrix(w, index).T).view(x.shape) if mask[0] else None
    by_w = None
    if mask[1]:
        entries = (x.reshape(len(x), -1).T @ g).view(-1)
        by_w = w.new_zeros(w.numel() + 1).index_add_(0, index.view(-1), entries)[:-1].view(w.shape)
    return by_x, by_w


def _matrix(w: Tensor, index: Tensor) -> Tensor:
    return torch.cat([w.reshape(-1), w.new_zeros(1)])[index]
