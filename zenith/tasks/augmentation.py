"""Augmentation: random changes of samples, in training only."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

__all__ = ["Augmentation", "RandomCropAndFlip"]


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
        text = repr(self.function) if isinstance(self.function, nn.Module) else ""
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
