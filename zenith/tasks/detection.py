"""Detectors in training and evaluation: the sum of their losses, what they find, and mean average precision of that."""

from __future__ import annotations

import importlib
import json
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from types import ModuleType
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from zenith._common.install import install_command
from zenith._common.roi_align import differentiable_roi_align
from zenith.tasks.data import Batch
from zenith.tasks.metrics import Metric

__all__ = ["Kind", "average_precision_metrics", "detection_loss", "detections", "images_in", "import_coco_eval"]

Kind = Literal["boxes", "masks", "keypoints"]

SEED = 0
"""Of the anchors and proposals of a loss in eval mode, as `landscape.objective.detection_loss` has it."""
_LOSS_MODULES = ("GeneralizedRCNN", "RegionProposalNetwork", "RoIHeads")
_TYPES: Mapping[str, str] = {"boxes": "bbox", "masks": "segm", "keypoints": "keypoints"}
_INSTALL = install_command("zenith-landscape[detection]")


def import_coco_eval() -> ModuleType:
    """Import faster-coco-eval, COCO's evaluation in C++.

    Raises
    ------
    ModuleNotFoundError
        If it is not installed; the message says how to get it.
    """
    try:
        return importlib.import_module("faster_coco_eval")
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(f"faster-coco-eval is not installed: {_INSTALL}", name=error.name) from None


def images_in(batch: Batch) -> int:
    """Return how many images a batch has."""
    return len(batch[0])


# The loss
# ----------------------------------------------------------------------------------------------------------------------


def detection_loss(model: nn.Module, batch: Batch) -> Tensor:
    """Return the sum of the losses of a detector of torchvision, as a scalar.

    In training mode the anchors and proposals that losses are computed on are drawn from the global generators, which
    a training seeds before each step. In eval mode each call draws the same, and only what computes losses is in
    training mode meanwhile: batch norm and dropout are not.

    Parameters
    ----------
    model : nn.Module
    batch : (images, targets)
        Lists of tensors of shape ``(3, height, width)`` and of dicts.
    """
    images, targets = batch
    # torchvision takes key points in float32 only, also where everything else is in float64.
    targets = [{key: t.float() if key == "keypoints" else t for key, t in target.items()} for target in targets]
    with differentiable_roi_align(), nullcontext() if model.training else _same_loss(model):
        losses = model(images, targets)
    return torch.stack([loss.sum() for loss in losses.values()]).sum()


@contextmanager
def _same_loss(model: nn.Module) -> Iterator[None]:
    parts = [each for each in model.modules() if any(kind.__name__ in _LOSS_MODULES for kind in type(each).__mro__)]
    modes = [part.training for part in parts]
    try:
        for part in parts:
            part.training = True
        with _SameDraws():
            yield
    finally:
        for part, mode in zip(parts, modes, strict=True):
            part.training = mode


class _SameDraws(TorchFunctionMode):
    """Gives a generator of its own to what torchvision draws samples with; the global ones are left alone."""

    def __init__(self) -> None:
        super().__init__()
        self._generators: dict[torch.device, torch.Generator] = {}

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        kwargs = dict(kwargs or {})
        if func is torch.randperm and kwargs.get("generator") is None:
            device = torch.device(kwargs.get("device") or torch.get_default_device())
            if device not in self._generators:
                self._generators[device] = torch.Generator(device).manual_seed(SEED)
            kwargs["generator"] = self._generators[device]
        return func(*args, **kwargs)


# Mean average precision
# ----------------------------------------------------------------------------------------------------------------------


def detections(model: nn.Module, images: list[Tensor]) -> list[dict[str, Tensor]]:
    """Return what a detector in eval mode finds in images: "boxes", "labels", "scores", and "masks" or "keypoints"."""
    with torch.no_grad(), differentiable_roi_align():
        return model(images)


class _Gathered:
    """What was found in the images of an evaluation, in COCO's format: gathered once, whatever metrics ask for it."""

    def __init__(self, kinds: tuple[Kind, ...]) -> None:
        self._kinds = kinds
        self.reset()

    def reset(self) -> None:
        self.batches = 0
        self._images: list[dict[str, int]] = []
        self._annotations: list[dict[str, Any]] = []
        self._results: dict[Kind, list[dict[str, Any]]] = {kind: [] for kind in self._kinds}

    def add(self, model: nn.Module, batch: Batch) -> None:
        images, targets = batch
        self.batches += 1
        for image, target, found in zip(images, targets, detections(model, images), strict=True):
            number = int(target["image_id"])
            self._images.append({"id": number, "height": image.shape[-2], "width": image.shape[-1]})
            self._annotations += json.loads(target["annotations"])
            for kind, results in self._results.items():
                results += _results(kind, number, found)

    def map50(self, kind: Kind) -> float:
        """Return ``COCOeval.stats[1]``; NaN if no image has an object."""
        coco = import_coco_eval()
        present = sorted({each["category_id"] for each in self._annotations})
        if not present:
            return math.nan
        there, found = coco.COCO(), coco.COCO()
        found_in = sorted({each["category_id"] for each in self._results[kind]} | set(present))
        there.dataset = {
            "images": self._images,
            "annotations": [dict(each) for each in self._annotations],
            "categories": [{"id": number, "name": str(number)} for number in found_in],
        }
        there.createIndex()
        found = there.loadRes([dict(each) for each in self._results[kind]])
        evaluation = coco.COCOeval_faster(there, found, _TYPES[kind])
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
        value = float(evaluation.stats[1])
        return value if value >= 0 else math.nan  # -1 where there is nothing to be found


def _results(kind: Kind, image: int, found: Mapping[str, Tensor]) -> list[dict[str, Any]]:
    """Return what was found in an image as COCO's evaluation reads it."""
    heads = [
        {"image_id": image, "category_id": label, "score": score}
        for label, score in zip(found["labels"].tolist(), found["scores"].tolist(), strict=True)
    ]
    if kind == "boxes":
        boxes = found["boxes"].clone()
        boxes[:, 2:] -= boxes[:, :2]
        parts = [{"bbox": box} for box in boxes.tolist()]
    elif kind == "keypoints":
        parts = [{"keypoints": points} for points in found["keypoints"].flatten(1).tolist()]
    else:
        encode = import_coco_eval().mask.encode
        masks = (found["masks"][:, 0] > 0.5).to(torch.uint8).cpu().numpy()
        parts = [{"segmentation": encode(np.asfortranarray(mask))} for mask in masks]
    return [head | part for head, part in zip(heads, parts, strict=True)]


class MeanAveragePrecision:
    """mAP at an intersection over union, or a similarity of key points, of 0.5, over all images and classes.

    An accumulator for `zenith.tasks.Metric`: ``update(model, batch)`` with a detector in eval mode.

    Parameters
    ----------
    kind : {"boxes", "masks", "keypoints"}
    gathered : _Gathered
        Shared by the metrics of a task, so that a detector runs once for all of them.
    """

    def __init__(self, kind: Kind, gathered: _Gathered) -> None:
        self._kind, self._gathered = kind, gathered
        self._seen = 0

    def reset(self) -> None:
        """Forget all images."""
        self._gathered.reset()
        self._seen = 0

    def update(self, model: nn.Module, batch: Batch) -> None:
        """Take in the images of a batch."""
        if self._seen == self._gathered.batches:  # else another metric was here first
            self._gathered.add(model, batch)
        self._seen += 1

    def compute(self) -> float:
        """Return mAP50 over all images, between 0 and 1; NaN if there is no object in them."""
        return self._gathered.map50(self._kind)


_LABELS: Mapping[str, str] = {"boxes": "boxes", "masks": "masks", "keypoints": "key points"}


def average_precision_metrics(*kinds: Kind) -> list[Metric]:
    """Return mAP50 as metrics ``map50_boxes``, ``map50_masks`` or ``map50_keypoints``, of one pass over the images."""
    gathered = _Gathered(kinds)
    return [
        Metric(f"map50_{kind}", f"mAP50 of {_LABELS[kind]}", "", True, MeanAveragePrecision(kind, gathered))
        for kind in kinds
    ]
