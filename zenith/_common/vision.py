"""Import what the extra `vision` installs: torchvision, also where its compiled operators do not load, and timm.

The PyPI wheel of torchvision fails at import with a CPU build of torch, for nothing but the shape rule of an operator
that is not there. Two schemas and non-maximum suppression in Python are all that its models, transforms and data sets
need of the compiled part.
"""

from __future__ import annotations

import importlib
import sys
import warnings
from collections.abc import Callable
from functools import cache
from types import ModuleType
from typing import TypeVar

import torch
from torch import Tensor

from zenith._common.install import install_command

__all__ = ["import_timm", "import_torchvision", "non_maximum_suppression", "with_torchvision"]

T = TypeVar("T")

_NO_OPERATORS = "torchvision::nms does not exist"
_INSTALL = install_command("zenith-landscape[vision]")


def import_torchvision(submodule: str = "") -> ModuleType:
    """Import torchvision, with non-maximum suppression in Python if its compiled operators are missing.

    Call it before anything else imports torchvision. Where the compiled operators load, this is a plain import. Where
    not, the operators other than `nms` and `roi_align` (`roi_pool`, `deform_conv2d`, image decoding) stay missing.

    Parameters
    ----------
    submodule : str
        What to return, such as ``"transforms.v2"``; empty for torchvision itself.

    Raises
    ------
    ModuleNotFoundError
        If torchvision is not installed; the message says how to get it.

    Examples
    --------
    >>> torchvision = ls.objective.import_torchvision()
    >>> boxes = torch.tensor([[0.0, 0.0, 9.0, 9.0], [0.0, 0.0, 8.0, 9.0]])
    >>> torchvision.ops.nms(boxes, torch.tensor([0.9, 0.8]), iou_threshold=0.5)
    tensor([0])
    """
    try:
        torchvision = _import("torchvision")
    except RuntimeError as error:
        if _NO_OPERATORS not in str(error):
            raise
        for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
            del sys.modules[name]
        _define_operators()
        torchvision = _import("torchvision")
        # `nms` asks for the compiled library before it looks for the operator.
        setattr(importlib.import_module("torchvision.ops.boxes"), "_assert_has_ops", lambda: None)  # noqa: B010
    return importlib.import_module(f"torchvision.{submodule}") if submodule else torchvision


def with_torchvision(load: Callable[[], T]) -> T:
    """Return `load()`, of what imports torchvision; after `import_torchvision` where that is what fails.

    As torchmetrics does when it is imported, whatever is asked of it.
    """
    try:
        return load()
    except Exception as error:
        cause: BaseException | None = error
        while cause is not None and _NO_OPERATORS not in str(cause):
            cause = cause.__cause__ or cause.__context__
        if cause is None:
            raise
    import_torchvision()
    return load()


def import_timm() -> ModuleType:
    """Import timm.

    Raises
    ------
    ModuleNotFoundError
        If it is not installed; the message says how to get it.
    """
    import_torchvision()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # theirs, at import
        return _import("timm")


def non_maximum_suppression(boxes: Tensor, scores: Tensor, iou_threshold: float) -> Tensor:
    """Return the indices of the boxes kept, by falling score.

    A box is dropped if its intersection over union with a kept box of higher score exceeds the threshold.

    Parameters
    ----------
    boxes : Tensor, shape (n, 4)
        As (x1, y1, x2, y2).
    scores : Tensor, shape (n,)
    iou_threshold : float

    Returns
    -------
    Tensor of int64, shape (at most n,)
    """
    left, top, right, bottom = boxes.detach().cpu().unbind(1)
    area = (right - left) * (bottom - top)
    pending = scores.detach().cpu().argsort(descending=True, stable=True)
    kept = []
    while len(pending):
        best, pending = pending[0], pending[1:]
        kept.append(best)
        width = torch.minimum(right[best], right[pending]) - torch.maximum(left[best], left[pending])
        height = torch.minimum(bottom[best], bottom[pending]) - torch.maximum(top[best], top[pending])
        shared = width.clamp(min=0) * height.clamp(min=0)
        overlaps = shared / (area[best] + area[pending] - shared) > iou_threshold
        pending = pending[~overlaps]
    return torch.stack(kept).to(boxes.device) if kept else pending.to(boxes.device)


def _import(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        raise ModuleNotFoundError(f"{name} is not installed: {_INSTALL}", name=name) from None


@cache
def _define_operators() -> torch.library.Library:
    """Define what torchvision's import looks for; the operators live as long as the library that is returned."""
    library = torch.library.Library("torchvision", "FRAGMENT")
    for name in ("nms", "qnms"):
        library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    library.impl("nms", non_maximum_suppression, "CompositeExplicitAutograd")
    return library
