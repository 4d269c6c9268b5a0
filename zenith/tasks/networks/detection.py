"""Mask R-CNN and Keypoint R-CNN of torchvision with a feature pyramid on ResNet (He et al. 2017; Lin et al. 2017)."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import torch
from torch import nn

from zenith._common.vision import import_torchvision
from zenith.tasks.networks.channels import scaled

__all__ = ["Backbone", "Norm", "check_detector", "detector"]

Backbone = Literal["resnet50", "resnet18"]
Norm = Literal["frozen", "batch", "group"]

CLASSES = {"mask": 91, "keypoint": 2}
"""With the background; COCO's 80 classes have numbers up to 90, and people are class 1."""
LEVELS = range(2, 6)
"""Of the pyramid: maps of a cell for 4 to 32 pixels."""
LONGEST = 1333 / 800
"""Longer side of an image, at most, per shorter one."""


def check_detector(image_size: int, width: float, trainable_layers: int, pretrained: bool, norm: Norm | None) -> None:
    """Raise ValueError for options that go with no detector, or not with each other."""
    if image_size < 32:
        raise ValueError(f"image_size={image_size} is less than a cell of the coarsest feature map: give 32 at least")
    if not 0 < width <= 1:
        raise ValueError(f"width={width:g} is no share of the channels: give a number above 0, up to 1")
    if not 0 <= trainable_layers <= 5:
        raise ValueError(f"trainable_layers={trainable_layers}: ResNet has five parts, give 0 to 5")
    if pretrained and norm == "group":
        raise ValueError(
            "norm='group' has no weights that were trained on ImageNet: give pretrained=False, or norm='frozen'"
        )
    if not pretrained and trainable_layers < 5:
        raise ValueError(
            f"trainable_layers={trainable_layers} would freeze random weights, for pretrained=False: give 5"
        )


def detector(
    kind: Literal["mask", "keypoint"],
    *,
    backbone: Backbone,
    pretrained: bool,
    trainable_layers: int,
    norm: Norm | None,
    image_size: int,
    width: float,
) -> nn.Module:
    """Return a detector; at width 1, torchvision's own.

    Parameters
    ----------
    kind : {"mask", "keypoint"}
    backbone : {"resnet50", "resnet18"}
    pretrained : bool
        Whether the backbone starts from torchvision's weights, ``IMAGENET1K_V1``, which torch.hub fetches or has.
    trainable_layers : int
        Parts of the backbone that are trained, from the last one; 5 for all.
    norm : {"frozen", "batch", "group"} or None
        Of the backbone; None: as torchvision has it, frozen after pre-training and batch norm else.
    image_size : int
        Of the shorter side, to which the detector resizes its images; the longer one has at most 1333/800 of it.
    width : float
        Factor of the channels of the feature pyramid and of all heads; of random weights, of ResNet's four parts as
        well.

    Raises
    ------
    OSError
        If the weights are neither there nor can be fetched.
    """
    detection: Any = import_torchvision("models.detection")
    sizes = {"min_size": image_size, "max_size": round(image_size * LONGEST)}
    body = _backbone(backbone, pretrained, trainable_layers, norm, width)
    make = detection.MaskRCNN if kind == "mask" else detection.KeypointRCNN
    made = make(body, CLASSES[kind], **sizes) if width == 1 else make(body, **sizes, **_heads(kind, width))
    _fix_scales(made)
    return made


def _fix_scales(model: nn.Module) -> None:
    """Give the pooling layers the strides of the pyramid's maps.

    torchvision infers them from the first batch that a model ever sees, and keeps them: wrongly where the padding of
    small images counts, and then what a model computes depends on what it saw first.
    """
    poolers: Any = import_torchvision("ops.poolers")
    for module in model.modules():
        if isinstance(module, poolers.MultiScaleRoIAlign):
            module.scales = [2.0**-level for level in LEVELS]
            module.map_levels = poolers.initLevelMapper(
                LEVELS[0], LEVELS[-1], canonical_scale=module.canonical_scale, canonical_level=module.canonical_level
            )


def _heads(kind: str, width: float) -> dict[str, nn.Module]:
    """Return the heads of torchvision with fewer channels."""
    faster: Any = import_torchvision("models.detection.faster_rcnn")
    pyramid, hidden = scaled(256, width), scaled(1024, width)
    heads = {
        "box_head": faster.TwoMLPHead(pyramid * 7 * 7, hidden),
        "box_predictor": faster.FastRCNNPredictor(hidden, CLASSES[kind]),
    }
    if kind == "mask":
        of: Any = import_torchvision("models.detection.mask_rcnn")
        heads["mask_head"] = of.MaskRCNNHeads(pyramid, (pyramid,) * 4, 1)
        heads["mask_predictor"] = of.MaskRCNNPredictor(pyramid, pyramid, CLASSES[kind])
    else:
        of = import_torchvision("models.detection.keypoint_rcnn")
        heads["keypoint_head"] = of.KeypointRCNNHeads(pyramid, (scaled(512, width),) * 8)
        heads["keypoint_predictor"] = of.KeypointRCNNPredictor(scaled(512, width), 17)
    return heads


def _backbone(name: Backbone, pretrained: bool, trainable_layers: int, norm: Norm | None, width: float) -> nn.Module:
    models: Any = import_torchvision("models")
    utilities: Any = import_torchvision("models.detection.backbone_utils")
    norms: dict[str, Callable[..., nn.Module]] = {
        "frozen": import_torchvision("ops").FrozenBatchNorm2d,
        "batch": nn.BatchNorm2d,
        "group": _group_norm,
    }
    weights = models.get_model_weights(name).IMAGENET1K_V1 if pretrained else None
    layer = norms[norm or ("frozen" if pretrained else "batch")]
    try:
        resnet = getattr(models, name)(weights=weights, norm_layer=layer)
    except OSError as error:  # of urllib, or of the disk
        assert weights is not None
        raise OSError(
            f"the weights of {name} that were trained on ImageNet cannot be fetched ({error}): put {weights.url} into "
            f"{Path(torch.hub.get_dir()) / 'checkpoints'}, or start from random weights with pretrained=False"
        ) from error
    if width == 1:
        return utilities._resnet_fpn_extractor(resnet, trainable_layers)
    if not pretrained:
        _narrow(resnet, width)
    trained = ("layer4", "layer3", "layer2", "layer1", "conv1")[:trainable_layers]
    for part, parameter in resnet.named_parameters():
        parameter.requires_grad_(part.startswith((*trained, "bn1") if trainable_layers == 5 else trained))
    first = resnet.inplanes // 8
    return utilities.BackboneWithFPN(
        resnet,
        {f"layer{number + 1}": str(number) for number in range(4)},
        [first * 2**number for number in range(4)],
        scaled(256, width),
    )


def _narrow(resnet: Any, width: float) -> None:
    """Replace the four parts of a ResNet by new ones with fewer channels."""
    block = type(resnet.layer1[0])
    resnet.inplanes = 64
    for number, planes in enumerate((64, 128, 256, 512), 1):
        blocks = len(getattr(resnet, f"layer{number}"))
        layer = resnet._make_layer(block, scaled(64, width) * planes // 64, blocks, stride=min(number, 2))
        for module in layer.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")  # as in torchvision
        setattr(resnet, f"layer{number}", layer)


def _group_norm(channels: int) -> nn.GroupNorm:
    """Return group norm of 32 groups (Wu and He 2018), or of as many as the channels can be cut into."""
    return nn.GroupNorm(math.gcd(32, channels), channels)
