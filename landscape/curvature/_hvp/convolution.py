"""Convolutions with a cheap double backward: second derivatives by convolutions of the same size."""

from __future__ import annotations

import math
from typing import Any, cast

import torch
from torch import Tensor

from landscape.objective.matrix_convolution import as_images, as_rows, columns, convolve, fold, output_size, pays

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
        spatial = output_size(self.x.shape[2:], self.weight.shape[2:], self.geometry)
        return (self.x.shape[0], self.weight.shape[0], *spatial)

    @property
    def is_small(self) -> bool:
        """Whether it is computed as a product of matrices where that is asked for."""
        return pays(self.x, self.weight, self.geometry, self.groups)

    def patches(self) -> int:
        """Bytes of the matrix of patches, per sample."""
        return self.weight[0].numel() * math.prod(self.shape()[2:]) * self.x.element_size()

    def scaled(self, scale: Tensor, shift: Tensor) -> Convolution:
        """Return the call whose output is this one's times `scale` plus `shift`, channel by channel."""
        weight = self.weight * scale.view((-1,) + (1,) * (self.weight.dim() - 1))
        bias = shift if self.bias is None else torch.addcmul(shift, self.bias, scale)
        return Convolution(self.x, weight, bias, self.geometry, self.groups)

    def compute(self, channels_last: bool, matrices: bool = False) -> Tensor:
        """Return the output, with a graph whose derivatives are convolutions, too.

        Of small images, with `matrices`, products of matrices.
        """
        # The first use may be inside no_grad(), later ones not.
        with torch.set_grad_enabled(self.differentiated):
            x = self.x
            if matrices and self.is_small:
                y = cast(Tensor, _MatrixForward.apply(x, self.weight, self.bias, self.geometry))
                return y if channels_last else y.contiguous()
            if channels_last and x.dim() == 4 and x.shape[1] > 1:
                x = x.contiguous(memory_format=torch.channels_last)
            return cast(Tensor, _Forward.apply(x, self.weight, self.bias, self.geometry, self.groups))


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
    by_x, by_w, _ = torch.ops.aten.convolution_backward(
        g, x, w, None, stride, padding, dilation, False, (0,) * len(stride), groups, (*mask, False)
    )
    return by_x, by_w


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


class _MatrixForward(torch.autograd.Function):
    """y = conv(x, w) + b, as a product with the matrix of the patches of x, which is kept.

    Modes that intercept functions (`DoubleBackwardMode`, random numbers) see none of the many small operations inside.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, w: Tensor, bias: Tensor | None, geometry: Geometry) -> Tensor:
        with torch._C.DisableTorchFunction():
            patches = columns(x, w.shape[2:], geometry)
            ctx.save_for_backward(x, w, patches)
            ctx.geometry = geometry
            return convolve(patches, w, bias, len(x), output_size(x.shape[2:], w.shape[2:], geometry))

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> tuple[Tensor | None, ...]:
        x, w, patches = ctx.saved_tensors
        mask = ctx.needs_input_grad[:2]
        with torch._C.DisableTorchFunction():
            if torch.is_grad_enabled():
                by_x, by_w = _MatrixBackward.apply(g, x, w, patches, ctx.geometry, mask)
            else:
                by_x, by_w = _matrix_adjoints(g, x.shape, w, patches, ctx.geometry, mask)
            by_bias = as_rows(g).sum(1) if ctx.needs_input_grad[2] else None
        return by_x, by_w, by_bias, None


class _MatrixBackward(torch.autograd.Function):
    """(g, x, w) to the derivatives of <g, conv(x, w)> by x and w; see `_Backward`."""

    @staticmethod
    def forward(
        ctx: Any, g: Tensor, x: Tensor, w: Tensor, patches: Tensor, geometry: Geometry, mask: tuple[bool, bool]
    ) -> tuple[Tensor | None, Tensor | None]:
        ctx.save_for_backward(g, x, w, patches)
        ctx.set_materialize_grads(False)
        ctx.geometry = geometry
        return _matrix_adjoints(g, x.shape, w, patches, geometry, mask)

    @staticmethod
    def backward(ctx: Any, u: Tensor | None, v: Tensor | None) -> tuple[Tensor | None, ...]:
        with torch._C.DisableTorchFunction():
            g, x, w, patches = ctx.saved_tensors
            second = _matrix_second(u, v, g, x, w, patches, ctx.geometry, ctx.needs_input_grad[:3])
        return *second, None, None, None


def _matrix_second(
    u: Tensor | None,
    v: Tensor | None,
    g: Tensor,
    x: Tensor,
    w: Tensor,
    patches: Tensor,
    geometry: Geometry,
    mask: tuple[bool, bool, bool],
) -> tuple[Tensor | None, Tensor | None, Tensor | None]:
    """Return the derivatives of <g, conv(u, w) + conv(x, v)> by g, x and w, from the patches of x."""
    need_g, need_x, need_w = mask
    kernel = w.shape[2:]
    if torch.is_grad_enabled():  # for third derivatives, which go through the patches
        patches = columns(x, kernel, geometry)
    by_g: Tensor | None = None
    of_u = None if u is None else columns(u, kernel, geometry)
    if need_g:
        parts = [(p, m.reshape(len(m), -1)) for p, m in ((of_u, w), (patches, v)) if p is not None and m is not None]
        rows = parts[0][1] @ parts[0][0] if parts else None
        if len(parts) > 1 and rows is not None:
            rows = torch.addmm(rows, parts[1][1], parts[1][0])
        if rows is not None:
            by_g = as_images(rows, len(x), output_size(x.shape[2:], kernel, geometry))
    by_x = _matrix_adjoints(g, x.shape, v, patches, geometry, (True, False))[0] if need_x and v is not None else None
    by_w = None
    if need_w and of_u is not None:
        by_w = _matrix_adjoints(g, x.shape, w, of_u, geometry, (False, True))[1]
    return by_g, by_x, by_w


def _matrix_adjoints(
    g: Tensor, shape: torch.Size, w: Tensor, patches: Tensor, geometry: Geometry, mask: tuple[bool, bool]
) -> tuple[Tensor | None, Tensor | None]:
    """Return the derivatives of <g, conv(x, w)> by x, of a shape, and by w, from the patches of x."""
    rows = as_rows(g)
    by_x = fold(w.reshape(len(w), -1).T @ rows, shape, w.shape[2:], geometry) if mask[0] else None
    by_w = (rows @ patches.T).view(w.shape) if mask[1] else None
    return by_x, by_w
