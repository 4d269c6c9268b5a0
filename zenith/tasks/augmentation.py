"""Augmentation: random changes of samples, in training only."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn

from zenith._common.vision import import_torchvision

__all__ = ["Augmentation", "RandomAffineCropFlip", "RandomCropAndFlip"]


class Augmentation:
    """A random change of a sample, or of a batch.

    Parameters
    ----------
    function : callable
        Of one argument: it takes the inputs, the first field, and the other fields stay. Of several, or any number as
        the transforms of torchvision.transforms.v2 take: all fields, of which it returns as many. Mappings are taken
        whole.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self._takes_all = _takes_several(function)

    @property
    def name(self) -> str:
        """What to call it in a protocol."""
        text = repr(self.function) if isinstance(self.function, (nn.Module, RandomAffineCropFlip)) else ""
        text = " ".join(text.split()) or getattr(self.function, "__qualname__", type(self.function).__qualname__)
        return text if len(text) <= 200 else f"{text[:197]}..."

    def __call__(self, sample: Any) -> Any:
        """Return the sample, changed."""
        if not isinstance(sample, (tuple, list)):
            return self.function(sample)
        if not self._takes_all:
            return type(sample)((self.function(sample[0]), *sample[1:]))
        changed = self.function(*sample)
        changed = changed if isinstance(changed, (tuple, list)) else (changed,)
        if len(changed) != len(sample):
            raise ValueError(
                f"augment={self.name} was given {len(sample)} fields of a sample and returned {len(changed)}: return "
                f"as many, or let it take the inputs alone"
            )
        return type(sample)(changed)


def _takes_several(function: Callable[..., Any]) -> bool:
    try:
        signature = inspect.signature(function.forward if isinstance(function, nn.Module) else function)
    except (TypeError, ValueError):  # of a function in C
        return False
    needed = [
        p
        for p in signature.parameters.values()
        if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) and p.default is p.empty
    ]
    return len(needed) > 1 or any(p.kind is p.VAR_POSITIONAL for p in signature.parameters.values())


class RandomCropAndFlip:
    """Crop images at random after padding them with zeros, and flip half of them, a whole batch at once.

    The usual augmentation of CIFAR (He et al. 2016, section 4.2), for ``augment_batch``: each image of the batch has
    its own place and flip, whereas a transform of torchvision.transforms.v2 draws once for all images of a batch.

    Parameters
    ----------
    padding : int
        Pixels added on each side before images of the former size are cut out.
    flip : bool
        Mirror each image left to right with probability one half.

    Examples
    --------
    >>> from zenith.tasks import RandomCropAndFlip
    >>> RandomCropAndFlip(padding=4)(torch.zeros(2, 3, 32, 32)).shape
    torch.Size([2, 3, 32, 32])
    """

    def __init__(self, padding: int = 4, flip: bool = True) -> None:
        self.padding, self.flip = padding, flip

    def __repr__(self) -> str:
        return f"RandomCropAndFlip(padding={self.padding}, flip={self.flip})"

    def __call__(self, images: Tensor) -> Tensor:
        """Return images of shape ``(batch, channels, height, width)``, changed."""
        n, _, height, width = images.shape
        pad = self.padding
        top, left = torch.randint(0, 2 * pad + 1, (2, n, 1), device=images.device)
        rows = top + torch.arange(height, device=images.device)
        columns = left + torch.arange(width, device=images.device)
        if self.flip:
            columns = torch.where(torch.rand(n, 1, device=images.device) < 0.5, columns.flip(1), columns)
        padded = nn.functional.pad(images, (pad, pad, pad, pad))
        every = torch.arange(n, device=images.device)[:, None, None]
        return padded.movedim(1, -1)[every, rows[:, :, None], columns[:, None, :]].movedim(-1, 1).contiguous()


@dataclass(frozen=True)
class RandomAffineCropFlip:
    """Translate, rotate, crop and flip at random, by torchvision.transforms.v2; for `augment`.

    These four are what the ZENITH paper names (section 4.1: "including"). It does not state how far they go, nor on
    which dataset: the defaults are a choice of ours.

    Parameters
    ----------
    size : int
        Height and width of what is cut out, in pixels.
    padding : int
        Pixels of zeros that are added on each side before. It makes a crop random where images come in `size` already;
        those that come larger need none.
    flip : bool
        Mirror left to right with probability one half; not for digits.
    degrees, translate : float
        Rotation of at most so many degrees either way, and translation of at most that share of height and width, both
        uniform, in one bilinear interpolation; both 0 leave it out. What comes in from outside is zero.

    Raises
    ------
    ModuleNotFoundError
        When it is called without torchvision.

    Examples
    --------
    >>> from zenith.tasks.augmentation import RandomAffineCropFlip
    >>> augment = RandomAffineCropFlip(32, padding=4)
    >>> image, label = augment(torch.zeros(3, 40, 40), torch.tensor(7))
    >>> image.shape, label
    (torch.Size([3, 32, 32]), tensor(7))
    """

    size: int
    padding: int = 0
    flip: bool = True
    degrees: float = 15.0
    translate: float = 0.1

    def __call__(self, *fields: Any) -> Any:
        """Return the fields of a sample, of which the first tensor is an image ``(channels, height, width)``."""
        return _transform(self)(*fields)


@cache  # and no attribute: without torchvision's modules in it, it travels to any process
def _transform(what: RandomAffineCropFlip) -> Any:
    v2: Any = import_torchvision("transforms.v2")
    steps = []
    if what.degrees or what.translate:
        shift, bilinear = (what.translate, what.translate), v2.InterpolationMode.BILINEAR
        steps.append(v2.RandomAffine(what.degrees, translate=shift, interpolation=bilinear))
    steps.append(v2.RandomCrop(what.size, padding=what.padding or None))
    if what.flip:
        steps.append(v2.RandomHorizontalFlip())
    return v2.Compose(steps)
