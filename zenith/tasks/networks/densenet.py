"""Densely connected networks (Huang, Liu, van der Maaten and Weinberger 2017)."""

from __future__ import annotations

from torch import nn

from zenith._common.vision import import_torchvision
from zenith.tasks.networks.channels import scaled

__all__ = ["check_size", "densenet121"]


def densenet121(num_classes: int, width: float = 1.0) -> nn.Module:
    """Return torchvision's DenseNet-121 with new weights: 7,056,356 parameters for 100 classes and a width of 1.

    Parameters
    ----------
    num_classes : int
    width : float
        Factor of the growth rate, 32, and of the first layer's channels, 64.

    Raises
    ------
    ModuleNotFoundError
        Without torchvision.
    ValueError
        For a width that is not positive, or above 16.
    """
    growth, first = scaled(32, width), scaled(64, width)
    models = import_torchvision("models")
    return models.DenseNet(growth, (6, 12, 24, 16), first, num_classes=num_classes)


def check_size(image_size: int) -> None:
    """Refuse images that DenseNet cannot run on.

    Raises
    ------
    ValueError
    """
    if image_size < 29:
        raise ValueError(
            f"image_size={image_size}: of DenseNet-121's maps, halved five times, nothing is left; give 29 or more "
            "(its own is 224)"
        )
