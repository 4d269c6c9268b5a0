"""CIFAR-10 with a vision transformer."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from torch import nn

from zenith.tasks import cifar10, download
from zenith.tasks.augmentation import RandomCropAndFlip
from zenith.tasks.data import Data, fingerprint
from zenith.tasks.networks.transformer import ViT
from zenith.tasks.subsets import SUBSET_SEED, class_balanced
from zenith.tasks.task import Task

__all__ = ["vit_tiny"]


def _load(data_root: Path | None, train_samples: int, test_samples: int) -> Data:
    data = cifar10.load(data_root)
    if not train_samples and not test_samples:
        return data
    train = class_balanced(data.train, train_samples, "train_samples")
    test = class_balanced(data.test, test_samples, "test_samples")
    description = (
        f"{data.description}; of these {len(train)} training and {len(test)} test images, the first of a "
        f"class-balanced permutation with seed {SUBSET_SEED}"
    )
    return Data(train, test, fingerprint(train, test), description)


def vit_tiny(
    *,
    patch: int = 4,
    width: int = 192,
    depth: int = 12,
    heads: int = 3,
    dropout: float = 0.0,
    augment: bool = False,
    train_samples: int = 0,
    test_samples: int = 0,
) -> Task:
    """Return the task "cifar10/vit-tiny": CIFAR-10 with a vision transformer of ViT-Ti's size.

    Parameters
    ----------
    patch, width, depth, heads, dropout
        Of `zenith.tasks.networks.transformer.ViT`. Patches of 4 pixels make 64 tokens of an image of 32.
    augment : bool
        Random crops after padding by 4 pixels, and flips, in training.
    train_samples, test_samples : int
        The first so many of a class-balanced permutation with a fixed seed; 0 for all.
    """
    return Task(
        name="cifar10/vit-tiny",
        description=f"CIFAR-10 (from --data-root) with a vision transformer of {depth} blocks",
        model=partial(ViT, 10, 32, patch, width, depth, heads, dropout),
        data=partial(_load, train_samples=train_samples, test_samples=test_samples),
        download=download.cifar10,
        loss=nn.CrossEntropyLoss(),
        metric="accuracy",
        augment_batch=RandomCropAndFlip() if augment else None,
    )
