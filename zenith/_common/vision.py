"""Import what the extra `vision` installs: torchvision, also where its compiled operators do not load, and timm.

The PyPI wheel of torchvision fails at import with a CPU build of torch, for nothing but the shape rule of an operator
that is not there. Two schemas and non-maximum suppression in Python are all that its models, transforms and data sets
need of the compiled part. `landscape.import_torchvision` does the same; whichever comes first, the other finds it done.
"""

from __future__ import annotations

import importlib
import sys
import warnings
from functools import cache
from types import ModuleType

import torch
from torch import Tensor

__all__ = ["import_timm", "import_torchvision"]

_NO_OPERATORS = "torchvision::nms does not exist"
_INSTALL = "pip install 'zenith-landscape[vision]'"


def import_torchvision(submodule: str = "") -> ModuleType:
    """Import torchvision, or a submodule such as ``"transforms.v2"``.

    Raises
    ------
    ModuleNotFoundError
        If torchvision is not installed; the message says how to get it.
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


def _import(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        raise ModuleNotFoundError(f"{name} is not installed: {_INSTALL}", name=name) from None


def _nms(boxes: Tensor, scores: Tensor, iou_threshold: float) -> Tensor:
    """Return the indices of boxes ``(x1, y1, x2, y2)`` that overlap no kept one of higher score by more."""
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
        pending = pending[~(shared / (area[best] + area[pending] - shared) > iou_threshold)]
    return torch.stack(kept).to(boxes.device) if kept else pending.to(boxes.device)


@cache
def _define_operators() -> torch.library.Library:
    """Define what torchvision's import looks for; the operators live as long as the library that is returned."""
    library = torch.library.Library("torchvision", "FRAGMENT")
    for name in ("nms", "qnms"):
        library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    library.impl("nms", _nms, "CompositeExplicitAutograd")
    return library
