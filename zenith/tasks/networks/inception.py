"""Inception networks: GoogLeNet (Szegedy et al. 2015) and Inception v3 (Szegedy et al. 2016).

Both start from PyTorch's default weights, as torchvision announces for its own. Of those that it draws by default until
then, GoogLeNet's are so small that in evaluation mode, before batch norm has seen data, layer after layer shrinks what
it is given to 1e-11, where gradients are those of rounding.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from zenith._common.vision import import_torchvision

__all__ = ["NETWORKS", "AuxiliaryCrossEntropy", "check_size", "googlenet", "inception_v3"]


def googlenet(num_classes: int, auxiliary: bool = False) -> nn.Module:
    """Return torchvision's GoogLeNet with new weights: 5,804,904 parameters for 200 classes without auxiliary heads.

    Parameters
    ----------
    num_classes : int
    auxiliary : bool
        With its two auxiliary classifiers, whose outputs come as well in training mode.

    Raises
    ------
    ModuleNotFoundError
        Without torchvision.
    """
    make = import_torchvision("models").googlenet
    return make(num_classes=num_classes, aux_logits=auxiliary, transform_input=False, init_weights=False)


def inception_v3(num_classes: int, auxiliary: bool = False) -> nn.Module:
    """Return torchvision's Inception v3 with new weights: 22,195,368 parameters for 200 classes without auxiliary head.

    Parameters
    ----------
    num_classes : int
    auxiliary : bool
        With its auxiliary classifier, whose output comes as well in training mode.

    Raises
    ------
    ModuleNotFoundError
        Without torchvision.
    """
    make = import_torchvision("models").inception_v3
    return make(num_classes=num_classes, aux_logits=auxiliary, transform_input=False, init_weights=False)


NETWORKS = {"googlenet": (googlenet, 64, 0.3), "inception_v3": (inception_v3, 299, 0.4)}
"""Name -> (function, its usual size of images here, weight of an auxiliary loss by its paper or torchvision)."""


def check_size(network: str, image_size: int, auxiliary: bool) -> None:
    """Refuse images that are too small for a network.

    Raises
    ------
    ValueError
    """
    least = {"googlenet": 15, "inception_v3": 299 if auxiliary else 75}[network]
    if image_size < least:
        with_head = " with its auxiliary head" if auxiliary and network == "inception_v3" else ""
        raise ValueError(
            f"network='{network}'{with_head} cannot run on images of image_size={image_size}: a map gets smaller than "
            f"the kernel that it meets; give image_size={least} or more (its own is {NETWORKS[network][1]}), or "
            f"network='googlenet', which takes 64"
        )


class AuxiliaryCrossEntropy(nn.Module):
    """Cross-entropy, plus a share of those of auxiliary classifiers where the outputs have any.

    Parameters
    ----------
    weight : float
        Of each auxiliary classifier's loss; those are there in training mode only.
    """

    def __init__(self, weight: float) -> None:
        super().__init__()
        self.weight = weight

    def forward(self, outputs: Any, targets: Tensor) -> Tensor:
        """Return the loss, a scalar."""
        if isinstance(outputs, Tensor):
            return nn.functional.cross_entropy(outputs, targets)
        main = nn.functional.cross_entropy(outputs.logits, targets)
        others = [value for name, value in outputs._asdict().items() if name != "logits" and value is not None]
        return main + self.weight * sum(nn.functional.cross_entropy(other, targets) for other in others)
