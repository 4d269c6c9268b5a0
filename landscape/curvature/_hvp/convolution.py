"""Convolutions with a cheap double backward: second derivatives by convolutions of the same size."""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor

MOST_WORK = 4
"""How many times as many multiplications as a strided convolution takes are no loss in one dense product."""
LARGEST_MATRIX = 2**18
"""Numbers of such a matrix."""
FEWEST_ROWS = 64
"""Images of a batch below which the matrix costs more than its product."""

Geometry = tuple[tuple[int, ...], ...]
"""Stride, padding and dilation."""


class Convolution:
    """One call of a convolution."""

    def __init__(self, x: Tensor, weight: Tensor, bias: Tensor | None, geometry: Geometry, groups: int) -> None:
        self.x = x
        self.weight = weight
        self.bias = bias
        self.geometry = geometry
        self.groups = groups
        self.differentiated = torch.is_grad_enabled()

    def shape(self) -> tuple[int, ...]:
        """Shape of the output."""
        spatial = (
            (size + 2 * pad - dilation * (kernel - 1) - 1) // stride + 1
            for size, kernel, stride, pad, dilation in zip(
                self.x.shape[2:], self.weight.shape[2:], *self.geometry, strict=True
            )
        )
        return (self.x.shape[0], self.weight.shape[0], *spatial)

    def scaled(self, scale: Tensor, shift: Tensor) -> Convolution:
        """Return the call whose output is this one's times `scale` plus `shift`, channel by channel."""
        weight = self.weight * scale.view((-1,) + (1,) * (self.weight.dim() - 1))
        bias = shift if self.bias is None else torch.addcmul(shift, self.bias, scale)
        return Convolution(self.x, weight, bias, self.geometry, self.groups)

    def compute(self, channels_last: bool) -> Tensor:
        """Return the output, with a graph whose derivatives are convolutions, too."""
        # The first use may be inside no_grad(), later ones not.
        with torch.set_grad_enabled(self.differentiated):
            x = self.x
            if self._has_few_columns():
                return self._multiply_columns(channels_last)
            if channels_last and x.dim() == 4 and x.shape[1] > 1:
                x = x.contiguous(memory_format=torch.channels_last)
            return cast(Tensor, _Forward.apply(x, self.weight, self.bias, self.geometry, self.groups))

    def _has_few_columns(self) -> bool:
        """Whether the images are data, and their patches, which are kept, no more numbers than the output.

        As of a first layer over grey or coloured images, whose few channels leave a library's convolutions slow. Then
        output, gradient and second derivatives are matrix products with the same patches.
        """
        few = self.weight[0].numel() <= len(self.weight) and len(self.x) >= FEWEST_ROWS
        return self.groups == 1 and few and self.x.device.type == "cpu" and not self.x.requires_grad

    def _multiply_columns(self, channels_last: bool) -> Tensor:
        """Return the output as a product of the images' patches with the weights."""
        dims = self.x.dim() - 2
        x = torch.nn.functional.pad(self.x, [pad for pad in reversed(self.geometry[1]) for _ in range(2)])
        for axis, (kernel, stride, _, dilation) in enumerate(
            zip(self.weight.shape[2:], *self.geometry, strict=True), start=2
        ):
            x = x.unfold(axis, dilation * (kernel - 1) + 1, stride)[..., ::dilation]
        columns = x.movedim(1, 1 + dims).reshape(-1, self.weight[0].numel())
        weight = self.weight.flatten(1).t()
        flat = columns @ weight if self.bias is None else torch.addmm(self.bias, columns, weight)
        rows, channels, *spatial = self.shape()
        out = flat.view(rows, *spatial, channels).movedim(-1, 1)
        return out if channels_last and dims == 2 else out.contiguous()


def read_convolution(
    dims: int,
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Convolution | None:
    """Parse a call of torch.conv1d, conv2d or conv3d; None if it is not to be replaced."""
    if input.dim() != dims + 2 or torch.is_autocast_enabled(input.device.type):
        return None
    strides, dilations = _each(stride, dims), _each(dilation, dims)
    named = isinstance(padding, str)
    pads = _named_padding(padding, weight.shape[2:], dilations) if named else _each(padding, dims)
    if pads is None or (named and max(strides) > 1):  # which torch refuses for "same"
        return None
    return Convolution(input, weight, bias, (strides, pads, dilations), groups)


def _named_padding(name: str, kernel: torch.Size, dilation: tuple[int, ...]) -> tuple[int, ...] | None:
    """Return "same" or "valid" padding as numbers, or None where the two sides would differ."""
    both = [step * (size - 1) if name == "same" else 0 for size, step in zip(kernel, dilation, strict=True)]
    return None if any(total % 2 for total in both) else tuple(total // 2 for total in both)


def _each(value: Any, dims: int) -> tuple[int, ...]:
    values = (value,) if isinstance(value, int) else tuple(value)
    return values * dims if len(values) == 1 else values


def _convolve(x: Tensor, w: Tensor, bias: Tensor | None, geometry: Geometry, groups: int) -> Tensor:
    stride, padding, dilation = geometry
    return torch.convolution(x, w, bias, stride, padding, dilation, False, (0,) * len(stride), groups)


def _adjoints(
    g: Tensor, x: Tensor, w: Tensor, geometry: Geometry, groups: int, mask: tuple[bool, bool]
) -> tuple[Tensor | None, Tensor | None]:
    """Return the derivatives of <g, conv(x, w)> with respect to x and w."""
    stride, padding, dilation = geometry
    if g.dim() == 4 and x.is_contiguous(memory_format=torch.channels_last) and not x.is_contiguous():
        g = g.contiguous(memory_format=torch.channels_last)
    if mask[0] and _is_small(x, w, geometry, groups):
        dense = _dense_adjoint(g, x, w, geometry)
        return dense, _adjoints(g, x, w, geometry, groups, (False, True))[1] if mask[1] else None
    by_x, by_w, _ = torch.ops.aten.convolution_backward(
        g, x, w, None, stride, padding, dilation, False, (0,) * len(stride), groups, (*mask, False)
    )
    return by_x, by_w


def _is_small(x: Tensor, w: Tensor, geometry: Geometry, groups: int) -> bool:
    """Whether a strided convolution of images of a few pixels is multiplied by its transpose as a dense matrix.

    Libraries compute that as a convolution of an image with zeros between its pixels, which takes several times as
    long. Decided by sizes, not by the clock, so that a measurement has the same bits each time.
    """
    stride, _, dilation = geometry
    if x.dim() != 4 or x.device.type != "cpu" or groups != 1 or max(stride) == 1 or max(dilation) > 1:
        return False
    pixels, taps = x[0, 0].numel(), w[0, 0].numel()
    positions = -(-x.shape[2] // stride[0]) * -(-x.shape[3] // stride[1])
    matrix = x[0].numel() * positions * w.shape[0]
    return len(x) >= FEWEST_ROWS and pixels <= MOST_WORK * taps and matrix <= LARGEST_MATRIX


def _dense_adjoint(g: Tensor, x: Tensor, w: Tensor, geometry: Geometry) -> Tensor:
    """Return the derivative of <g, conv(x, w)> with respect to x, as one product with the matrix of the convolution."""
    (down, right), (top, left), _ = geometry
    (outputs, channels, high, wide), (rows, columns) = w.shape, g.shape[2:]
    tall, broad = x.shape[2:]
    taps = w.permute(0, 2, 3, 1)
    matrix = w.new_zeros((rows, columns, outputs, tall + 2 * top, broad + 2 * left, channels))
    # Taps at every position of the output, a step of which is one along its own axis and a stride along the image's.
    steps = matrix.stride()
    matrix.as_strided(
        (rows, columns, outputs, high, wide, channels),
        (steps[0] + down * steps[3], steps[1] + right * steps[4], *steps[2:]),
    ).copy_(taps)
    matrix = matrix[:, :, :, top : top + tall, left : left + broad].reshape(rows * columns * outputs, -1)
    flat = g.permute(0, 2, 3, 1).reshape(len(g), -1) @ matrix
    return flat.view(len(g), tall, broad, channels).permute(0, 3, 1, 2)


class _Forward(torch.autograd.Function):
    """y = conv(x, w) + b."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, w: Tensor, bias: Tensor | None, geometry: Geometry, groups: int) -> Tensor:
        ctx.save_for_backward(x, w)
        ctx.geometry, ctx.groups = geometry, groups
        return _convolve(x, w, bias, geometry, groups)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> tuple[Tensor | None, ...]:
        x, w = ctx.saved_tensors
        mask = ctx.needs_input_grad[:2]
        if torch.is_grad_enabled():
            by_x, by_w = _Backward.apply(g, x, w, ctx.geometry, ctx.groups, mask)
        else:
            by_x, by_w = _adjoints(g, x, w, ctx.geometry, ctx.groups, mask)
        by_bias = g.sum(dim=(0, *range(2, g.dim()))) if ctx.needs_input_grad[2] else None
        return by_x, by_w, by_bias, None, None


class _Backward(torch.autograd.Function):
    """(g, x, w) to the derivatives of <g, conv(x, w)> by x and w.

    Bilinear in each pair, so its own are convolutions.
    """

    @staticmethod
    def forward(
        ctx: Any,
        g: Tensor,
        x: Tensor,
        w: Tensor,
        geometry: Geometry,
        groups: int,
        mask: tuple[bool, bool],
    ) -> tuple[Tensor | None, Tensor | None]:
        ctx.save_for_backward(g, x, w)
        ctx.set_materialize_grads(False)
        ctx.geometry, ctx.groups = geometry, groups
        return _adjoints(g, x, w, geometry, groups, mask)

    @staticmethod
    def backward(ctx: Any, u: Tensor | None, v: Tensor | None) -> tuple[Tensor | None, ...]:
        # <u, by_x> + <v, by_w> = <g, conv(u, w) + conv(x, v)>
        g, x, w = ctx.saved_tensors
        geometry, groups = ctx.geometry, ctx.groups
        need_g, need_x, need_w = ctx.needs_input_grad[:3]
        by_g: Tensor | None = None
        by_x: Tensor | None = None
        by_w: Tensor | None = None
        if need_g:
            if u is not None:
                by_g = _convolve(u, w, None, geometry, groups)
            if v is not None:
                term = _convolve(x, v, None, geometry, groups)
                by_g = term if by_g is None else by_g.add_(term)
        if need_x and v is not None:
            by_x = _adjoints(g, x, v, geometry, groups, (True, False))[0]
        if need_w and u is not None:
            by_w = _adjoints(g, u, w, geometry, groups, (False, True))[1]
        return by_g, by_x, by_w, None, None, None
