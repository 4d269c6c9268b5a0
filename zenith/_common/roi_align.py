r"""RoIAlign that can be differentiated twice.

RoIAlign (He et al. 2017, "Mask R-CNN", arXiv 1703.06870) averages bilinear samples of a feature map over the bins of
a box. Bilinear weights are products of one factor per axis, so each box is a pair of small matrices,

.. math:: \mathrm{out}_{kcpq} = \sum_{h,w} A^y_{kph}\, A^x_{kqw}\, F_{chw},

which is linear in the features and has derivatives of every order; torchvision's operator has first ones only.
Where torchvision's compiled operators do not load, its substitute would be compiled for minutes; this needs nothing.
"""

import importlib
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

__all__ = ["differentiable_roi_align", "roi_align"]

_CALLERS = ("torchvision.ops.roi_align", "torchvision.ops.poolers", "torchvision.models.detection.roi_heads")


def roi_align(
    input: Tensor,
    boxes: Tensor | Sequence[Tensor],
    output_size: int | Sequence[int],
    spatial_scale: float = 1.0,
    sampling_ratio: int = -1,
    aligned: bool = False,
) -> Tensor:
    """Pool boxes of feature maps, as `torchvision.ops.roi_align` does, with derivatives of every order.

    Parameters
    ----------
    input : Tensor, shape (n, channels, height, width)
        Feature maps.
    boxes : Tensor, shape (k, 5), or sequence of n tensors of shape (k_i, 4)
        (x1, y1, x2, y2), in a tensor after the index of the feature map. Constants, as in torchvision: derivatives
        with respect to them are zero.
    output_size : int or (int, int)
        Bins (height, width) of a box.
    spatial_scale : float
        Cells of the feature map per unit of the boxes.
    sampling_ratio : int
        Samples per bin and axis; not positive: the box's cells per bin, rounded up.
    aligned : bool
        Shift boxes by half a cell, so that the centre of the first cell is at 0.5 and not at 0.

    Returns
    -------
    Tensor, shape (k, channels, *output_size)

    Raises
    ------
    ValueError
        For boxes of another shape, or of a feature map that there is not.

    Notes
    -----
    Waits for the device once per call if there are several feature maps, and twice if sampling is adaptive.
    """
    rows, columns = (output_size, output_size) if isinstance(output_size, int) else output_size
    owner, corners = _split(boxes, len(input))
    with torch.no_grad():
        corners = corners.to(input.dtype) * spatial_scale - (0.5 if aligned else 0.0)
        left, top, right, bottom = corners.unbind(1)
        vertical = _weights(top, bottom, rows, input.shape[2], sampling_ratio, aligned)
        horizontal = _weights(left, right, columns, input.shape[3], sampling_ratio, aligned)
    if len(input) == 1:
        return _pool(input[0], vertical, horizontal)
    members = [torch.nonzero(owner == i)[:, 0] for i in range(len(input))]
    order = torch.cat([owner[:0], *members])
    if len(order) != len(corners):
        raise ValueError(f"A box belongs to none of the {len(input)} feature maps: give indices from 0.")
    if not members:  # of an image without objects, which has no masks
        return input.new_zeros(0, input.shape[1], rows, columns)
    pooled = [_pool(features, vertical[of], horizontal[of]) for features, of in zip(input, members, strict=True)]
    return torch.cat(pooled)[order.argsort()]


@contextmanager
def differentiable_roi_align() -> Iterator[None]:
    """Context in which torchvision's models and `RoIAlign` layers use this module's `roi_align`.

    Does nothing as long as torchvision has not been imported. In a background thread it is for this thread alone.
    """
    loaded = [sys.modules[name] for name in _CALLERS if name in sys.modules]
    if loaded:
        loaded.append(importlib.import_module("torchvision.ops"))  # whose users call it by its full name
    originals = [module.roi_align for module in loaded]
    owner = threading.get_ident()
    in_main_thread = threading.current_thread() is threading.main_thread()

    def replaced(*args: Any, **kwargs: Any) -> Tensor:
        # Threads in which PyTorch runs again what is checkpointed were not started by the program, and are this one's.
        elsewhere = (me := threading.get_ident()) != owner and me in {thread.ident for thread in threading.enumerate()}
        return (originals[0] if elsewhere else roi_align)(*args, **kwargs)

    try:
        for module in loaded:
            module.roi_align = roi_align if in_main_thread else replaced  # type: ignore[attr-defined]
        yield
    finally:
        for module, original in zip(loaded, originals, strict=True):
            module.roi_align = original  # type: ignore[attr-defined]


def _split(boxes: Tensor | Sequence[Tensor], maps: int) -> tuple[Tensor, Tensor]:
    """Return the feature map of each box, shape (k,), and the corners, shape (k, 4)."""
    if isinstance(boxes, Tensor):
        if boxes.dim() != 2 or boxes.shape[1] != 5:
            raise ValueError(f"The boxes have shape {tuple(boxes.shape)}, not (k, 5): map, x1, y1, x2, y2.")
        return boxes[:, 0].long(), boxes[:, 1:]
    if len(boxes) != maps or any(part.dim() != 2 or part.shape[1] != 4 for part in boxes):
        raise ValueError(
            f"The boxes have shapes {[tuple(part.shape) for part in boxes]} for {maps} feature maps: "
            "give one tensor of shape (k, 4) for each."
        )
    corners = torch.cat(list(boxes))
    return torch.repeat_interleave(torch.tensor([len(part) for part in boxes])).to(corners.device), corners


def _weights(start: Tensor, end: Tensor, bins: int, length: int, sampling_ratio: int, aligned: bool) -> Tensor:
    """Weights of an axis's cells in the bins of each box, of shape (k, bins, length)."""
    size = end - start if aligned else (end - start).clamp(min=1)
    if sampling_ratio > 0:
        samples, most = torch.full_like(size, sampling_ratio), sampling_ratio
    else:
        samples = (size / bins).ceil()  # none for a box of no size
        most = int(samples.max()) if len(samples) else 0
    per_sample = 1 / samples.clamp(min=1)[:, None]
    step = (size / bins)[:, None]
    first = start[:, None] + torch.arange(bins, device=start.device) * step
    cells = torch.arange(length, device=start.device, dtype=start.dtype)
    weights = start.new_zeros(len(start), bins, length)
    # One sample per bin after the other: as fast as all at once for the usual 2, and bounded in memory.
    for i in range(most):
        at = first + (i + 0.5) * step * per_sample
        # Samples up to one cell outside count as on the edge, those further out not at all.
        counts = (at >= -1) & (at <= length) & (i < samples)[:, None]
        share = torch.where(counts, per_sample, 0)
        distance = (at.clamp(0, length - 1)[:, :, None] - cells).abs()
        weights += share[:, :, None] * (1 - distance).clamp(min=0)
    return weights


def _pool(features: Tensor, vertical: Tensor, horizontal: Tensor) -> Tensor:
    """Pool boxes of one feature map of shape (channels, height, width)."""
    return torch.einsum("kpcw,kqw->kcpq", torch.einsum("kph,chw->kpcw", vertical, features), horizontal)
