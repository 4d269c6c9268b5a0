"""Deep layer aggregation (Yu, Wang, Shelhamer and Darrell 2018)."""

from __future__ import annotations

from torch import nn

from zenith._common.vision import import_timm
from zenith.tasks.networks.channels import scaled

__all__ = ["check_size", "dla34"]

_CHANNELS = (16, 32, 64, 128, 256, 512)


def dla34(num_classes: int, width: float = 1.0) -> nn.Module:
    """Return timm's ``dla34`` with new weights: 15,280,917 parameters for 101 classes and a width of 1.

    Parameters
    ----------
    num_classes : int
    width : float
        Factor of the channels of every stage.

    Raises
    ------
    ModuleNotFoundError
        Without timm.
    ValueError
        For a width that is not positive, or above 16.
    """
    channels = [scaled(number, width) for number in _CHANNELS]
    return import_timm().create_model("dla34", num_classes=num_classes, channels=channels)


def check_size(image_size: int) -> None:
    """Refuse images that DLA cannot run on.

    Raises
    ------
    ValueError
    """
    if image_size < 32 or image_size % 32:
        raise ValueError(
            f"image_size={image_size}: DLA joins maps that it has halved up to five times, by strides and by pooling, "
            f"which agree in size for multiples of 32; give {max(32, round(image_size / 32) * 32)}"
        )
