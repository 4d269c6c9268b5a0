"""EfficientNet-B0 (Tan and Le 2019), of torchvision's blocks."""

from __future__ import annotations

from typing import Literal

from torch import nn

from zenith._common.vision import import_torchvision
from zenith.tasks.networks.channels import scaled

__all__ = ["efficientnet_b0"]

# Expansion, kernel, stride, input channels, output channels, blocks: table 1 of the paper.
_STAGES = (
    (1, 3, 1, 32, 16, 1),
    (6, 3, 2, 16, 24, 2),
    (6, 5, 2, 24, 40, 2),
    (6, 3, 2, 40, 80, 3),
    (6, 5, 1, 80, 112, 3),
    (6, 5, 2, 112, 192, 4),
    (6, 3, 1, 192, 320, 1),
)
_LAST = 1280


def efficientnet_b0(
    num_classes: int = 10,
    channels: int = 1,
    stem: Literal["imagenet", "cifar"] = "imagenet",
    width: float = 1.0,
    dropout: float = 0.2,
    stochastic_depth: float = 0.2,
) -> nn.Module:
    """Return torchvision's EfficientNet-B0 with new weights: 4,019,782 parameters for 10 classes of grey images.

    Parameters
    ----------
    num_classes, channels : int
        Classes, and channels of the images.
    stem : {"imagenet", "cifar"}
        Stride 2 of the first convolution, or 1.
    width : float
        Factor of all channels, which torchvision rounds to multiples of 8.
    dropout : float
        In front of the linear layer.
    stochastic_depth : float
        With which the last block is dropped; the earlier ones in proportion.

    Raises
    ------
    ModuleNotFoundError
        Without torchvision.
    """
    scaled(_LAST, width)  # which refuses what is no width
    of = import_torchvision("models.efficientnet")
    stages = [of.MBConvConfig(*stage, width_mult=width) for stage in _STAGES]
    last = of.MBConvConfig.adjust_channels(_LAST, width) if width != 1 else _LAST
    model = of.EfficientNet(stages, dropout, stochastic_depth, num_classes=num_classes, last_channel=last)
    old = model.features[0][0]
    first = nn.Conv2d(channels, old.out_channels, 3, stride=2 if stem == "imagenet" else 1, padding=1, bias=False)
    nn.init.kaiming_normal_(first.weight, mode="fan_out")  # as torchvision initialises the one that it replaces
    model.features[0][0] = first
    return model
