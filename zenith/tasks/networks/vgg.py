"""VGG-19 with batch norm for small images (Simonyan and Zisserman 2015; as in github.com/kuangliu/pytorch-cifar)."""

from __future__ import annotations

from torch import Tensor, nn

from zenith.tasks.networks.channels import scaled

__all__ = ["VGG19"]

_LAYERS = (64, 64, "M", 128, 128, "M", *(256,) * 4, "M", *(512,) * 4, "M", *(512,) * 4, "M")


class VGG19(nn.Module):
    """Sixteen 3x3 convolutions with batch norm, five max-pools, and one linear layer.

    Its ``features`` are those of torchvision's ``vgg19_bn``; the three linear layers of 4,096 units are left out, and
    weights are initialised as PyTorch's layers are. 20,040,522 parameters for 10 classes at a width of 1, 315,698 at
    an eighth.

    Parameters
    ----------
    num_classes : int
    width : float
        Factor of all channels.

    Examples
    --------
    >>> from zenith.tasks.networks.vgg import VGG19
    >>> sum(p.numel() for p in VGG19(10, width=0.125).parameters())
    315698
    """

    def __init__(self, num_classes: int = 10, width: float = 1.0) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        inputs = 3
        for layer in _LAYERS:
            if isinstance(layer, str):
                layers.append(nn.MaxPool2d(2))
                continue
            outputs = scaled(layer, width)
            layers += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)]
            inputs = outputs
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Linear(inputs, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        """Return logits of images ``(batch, 3, height, width)`` of at least 32 pixels; larger maps are averaged."""
        return self.classifier(self.features(images).mean((2, 3)))
