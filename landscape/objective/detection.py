"""The training loss of torchvision's detectors as a deterministic function of their weights."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from landscape._common.guesses import guessable
from landscape._common.random import PrivateGenerators
from landscape.objective.data import Batch

SEED = 0
"""Seed of the sampled anchors and proposals: one draw for all evaluations."""

_LOSS_MODULES = ("GeneralizedRCNN", "RegionProposalNetwork", "RoIHeads", "RetinaNet", "FCOS", "SSD")


@guessable
def detection_loss(model: nn.Module, batch: Batch) -> Tensor:
    """Return the sum of the losses of a torchvision detector (Faster, Mask and Keypoint R-CNN, RetinaNet, FCOS, SSD).

    The `loss` of an `Objective`. Detectors compute losses in training mode only, on anchors and proposals drawn at
    random: here the parts that compute losses are in training mode, all others (batch norm, dropout, the choice of the
    image size) stay in eval mode, and each call draws the same samples. Flags and random states are given back.

    Parameters
    ----------
    model : torch.nn.Module
        Called as model(images, targets); a module around a detector will do.
    batch : (images, targets)
        List of tensors of shape (3, height, width), and of dicts with "boxes", "labels" and what else the detector
        needs, such as "masks".

    Returns
    -------
    Tensor
        Scalar.

    Raises
    ------
    ValueError
        If the model does not return a dict of losses.

    Notes
    -----
    torchvision's detectors treat the proposals as constants: derivatives, second ones included, are those at fixed
    proposals and fixed samples. The losses are means over samples, of which each image has nearly as many.

    Examples
    --------
    One image with one box, on a small detector; a Mask R-CNN works the same way.

    >>> torchvision = ls.objective.import_torchvision()
    >>> detector = torchvision.models.detection.ssdlite320_mobilenet_v3_large(
    ...     weights=None, weights_backbone=None, num_classes=2
    ... )
    >>> image = torch.rand(3, 64, 64)
    >>> target = {"boxes": torch.tensor([[8.0, 8.0, 40.0, 40.0]]), "labels": torch.tensor([1])}
    >>> detection = ls.Objective(
    ...     detector,
    ...     data=[([image], [target])],
    ...     loss=ls.objective.detection_loss,
    ...     count=lambda batch: len(batch[0]),  # images
    ...     check_deterministic=False,
    ... )
    >>> detection.value() > 0
    True
    """
    images, targets = batch
    if targets and all(isinstance(target, dict) and "keypoints" in target for target in targets):
        # torchvision takes key points in float32 only, also where everything else is in float64.
        targets = [target | {"keypoints": target["keypoints"].float()} for target in targets]
    with PrivateGenerators(SEED), _computing_losses(model):
        losses = model(images, targets)
    if not isinstance(losses, dict) or not losses:
        raise ValueError(
            f"The model returned a {type(losses).__name__} and no dict of losses: detection_loss is for torchvision's "
            "detectors; write loss(model, batch) for others."
        )
    return torch.stack([loss.sum() for loss in losses.values()]).sum()


@contextmanager
def _computing_losses(model: nn.Module) -> Iterator[None]:
    """Training mode inside for the modules of a torchvision detector that compute losses."""
    modules = [module for module in model.modules() if any(map(is_detector, type(module).__mro__))]
    flags = [module.training for module in modules]
    try:
        for module in modules:
            module.training = True
        yield
    finally:
        for module, flag in zip(modules, flags, strict=True):
            module.training = flag


def is_detector(kind: type) -> bool:
    """Whether a class is one of torchvision's that compute the losses of detectors."""
    # By name, because the package must import without torchvision.
    return kind.__module__.startswith("torchvision.models.detection.") and kind.__name__ in _LOSS_MODULES
