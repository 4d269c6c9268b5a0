"""ResNet-50 for small and for large images (He, Zhang, Ren and Sun 2016)."""

from __future__ import annotations

from typing import Literal

from torch import Tensor, nn

from zenith.tasks.networks.channels import scaled

__all__ = ["ResNet50"]

_EXPANSION = 4


class _Bottleneck(nn.Module):
    """1x1, 3x3 and 1x1 convolution, each with batch norm, around which the input is added; the 3x3 one has the stride.

    Strides as in torchvision ("v1.5") and in kuangliu's collection, where the paper has them in the first 1x1 one.
    """

    def __init__(self, inputs: int, planes: int, stride: int) -> None:
        super().__init__()
        outputs = planes * _EXPANSION
        self.conv1, self.bn1 = nn.Conv2d(inputs, planes, 1, bias=False), nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, stride=stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.conv3, self.bn3 = nn.Conv2d(planes, outputs, 1, bias=False), nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU(inplace=True)
        self.downsample: nn.Module | None = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        return self.relu(out + (x if self.downsample is None else self.downsample(x)))


class ResNet50(nn.Module):
    """Bottleneck blocks (3, 4, 6, 3), global average, one linear layer.

    Weights have the names of torchvision's ``resnet50``, so its checkpoints load where stem and classes agree, and are
    initialised as PyTorch's layers are.

    Parameters
    ----------
    num_classes : int
    stem : {"cifar", "imagenet"}
        A 3x3 convolution of stride 1 (kuangliu/pytorch-cifar), or the paper's 7x7 one of stride 2 and a max-pool.
    width : float
        Factor of all channels.

    Examples
    --------
    >>> from zenith.tasks.networks.resnet import ResNet50
    >>> sum(p.numel() for p in ResNet50(100).parameters())
    23705252
    """

    def __init__(self, num_classes: int, stem: Literal["cifar", "imagenet"] = "cifar", width: float = 1.0) -> None:
        super().__init__()
        inputs = scaled(64, width)
        if stem == "cifar":
            self.conv1: nn.Module = nn.Conv2d(3, inputs, 3, padding=1, bias=False)
            self.maxpool: nn.Module = nn.Identity()
        else:
            self.conv1 = nn.Conv2d(3, inputs, 7, stride=2, padding=3, bias=False)
            self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        self.bn1, self.relu = nn.BatchNorm2d(inputs), nn.ReLU(inplace=True)
        for number, (planes, blocks) in enumerate(((64, 3), (128, 4), (256, 6), (512, 3)), 1):
            planes = scaled(planes, width)
            layer = []
            for block in range(blocks):
                layer.append(_Bottleneck(inputs, planes, 2 if number > 1 and block == 0 else 1))
                inputs = planes * _EXPANSION
            setattr(self, f"layer{number}", nn.Sequential(*layer))
        self.fc = nn.Linear(inputs, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        """Return logits of images ``(batch, 3, height, width)``."""
        x = self.maxpool(self.relu(self.bn1(self.conv1(images))))
        for number in (1, 2, 3, 4):
            x = getattr(self, f"layer{number}")(x)
        return self.fc(x.mean((2, 3)))
