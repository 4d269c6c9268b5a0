"""MNIST: 70,000 handwritten 28x28 digits (LeCun, Bottou, Bengio and Haffner 1998), read from its IDX files."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

from zenith._common.validation import check_integer
from zenith.tasks import download
from zenith.tasks.augmentation import RandomAffineCropFlip, RandomCropAndFlip
from zenith.tasks.data import Batch, Data, Split, fingerprint
from zenith.tasks.file_formats import read_idx
from zenith.tasks.networks.channels import scaled
from zenith.tasks.networks.efficientnet import efficientnet_b0
from zenith.tasks.subsets import SUBSET_SEED, class_balanced
from zenith.tasks.task import Task

__all__ = ["TASK", "efficientnet", "load", "make_model"]

MEAN, STD = 0.1307, 0.3081  # of the training pixels scaled to [0, 1]
_FOLDERS = ("MNIST/raw", "raw", "mnist", "MNIST", ".")
_FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")


def _normalise(pixels: Tensor, labels: Tensor) -> Batch:
    return (pixels.to(torch.float32) / 255 - MEAN) / STD, labels


def _resized(pixels: Tensor, labels: Tensor, size: int) -> Batch:
    images, labels = _normalise(pixels, labels)
    return nn.functional.interpolate(images, (size, size), mode="bilinear", antialias=True), labels


def load(data_root: Path | None = None) -> Data:
    """Load MNIST from its four IDX files, gzipped or not.

    Parameters
    ----------
    data_root : Path
        A folder that holds the files in ``MNIST/raw`` (as torchvision leaves them), ``raw``, ``mnist``, ``MNIST`` or
        directly.

    Returns
    -------
    Data
        Batches ``(X, y)`` with X float32 of shape ``(batch, 1, 28, 28)``, standardised with mean 0.1307 and standard
        deviation 0.3081, and y int64.

    Raises
    ------
    FileNotFoundError
        If the files are not there.
    ValueError
        If a file is damaged.
    """
    folder = _find(data_root)
    train, test = (_read(folder, images, labels) for images, labels in (_FILES[:2], _FILES[2:]))
    description = (
        f"MNIST from IDX files, {len(train)} training and {len(test)} test images in the files' order, "
        f"standardised with mean {MEAN} and standard deviation {STD}"
    )
    return Data(train, test, fingerprint(train, test), description)


def _find(data_root: Path | None) -> Path:
    wanted = f"{', '.join(_FILES[:-1])} and {_FILES[-1]} (plain or .gz)"
    if data_root is None:
        raise FileNotFoundError(
            f"MNIST needs a data root: give --data-root DIR with {wanted} in DIR/MNIST/raw, or --download as well, "
            "which puts them there"
        )
    root = Path(data_root)
    for name in _FOLDERS:
        if all(_locate(root / name, file) for file in _FILES):
            return root / name
    places = ", ".join(str(root / name) for name in _FOLDERS)
    raise FileNotFoundError(
        f"MNIST not found in any of {places} (with --download it is fetched): put {wanted} into {root / _FOLDERS[0]}"
    )


def _locate(folder: Path, name: str) -> Path | None:
    return next((path for path in (folder / name, folder / f"{name}.gz") if path.is_file()), None)


def _read(folder: Path, images_name: str, labels_name: str) -> Split:
    paths = [_locate(folder, name) for name in (images_name, labels_name)]
    images, labels = (read_idx(path) for path in paths if path is not None)
    if images.shape != (len(labels), 28, 28) or labels.ndim != 1:
        shapes = f"shape {images.shape} and {paths[1]} {labels.shape}"
        raise ValueError(f"{paths[0]} holds {shapes}: expected (n, 28, 28) and (n,); download both again")
    if labels.size and labels.max() > 9:
        raise ValueError(f"{paths[1]} holds label {labels.max()}: MNIST has classes 0 to 9")
    return Split((torch.from_numpy(images[:, None].copy()), torch.from_numpy(labels.astype(np.int64))), _normalise)


def make_model() -> nn.Module:
    """Return a CNN of two strided 3x3 convolutions and a linear layer: 10,330 parameters, no dropout, no batch norm."""
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv2d(16, 16, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(16 * 7 * 7, 10),
    )


TASK = Task(
    name="mnist",
    description="MNIST (70,000 28x28 digits, from --data-root) with a CNN of 10,330 parameters",
    model=make_model,
    data=load,
    download=download.mnist,
    loss=nn.CrossEntropyLoss(),
    metric="accuracy",
)


def _load_part(data_root: Path | None, train_samples: int, test_samples: int, image_size: int) -> Data:
    data = load(data_root)
    if image_size == 28 and not train_samples and not test_samples:
        return data
    train = class_balanced(data.train, train_samples, "train_samples")
    test = class_balanced(data.test, test_samples, "test_samples")
    description = data.description
    if train_samples or test_samples:
        description += (
            f"; of these {len(train)} training and {len(test)} test images, the first of a class-balanced permutation "
            f"with seed {SUBSET_SEED}"
        )
    if image_size != 28:
        resize = partial(_resized, size=image_size)
        train, test = Split(train.fields, resize), Split(test.fields, resize)
        description += f"; resized to {image_size}x{image_size}"
    return Data(train, test, fingerprint(train, test), description)


def efficientnet(
    *,
    stem: Literal["imagenet", "cifar"] = "imagenet",
    width: float = 1.0,
    dropout: float = 0.2,
    stochastic_depth: float = 0.2,
    image_size: int = 28,
    augment: bool = False,
    degrees: float = 0.0,
    translate: float = 0.0,
    train_samples: int = 0,
    test_samples: int = 0,
) -> Task:
    """Return the task "mnist/efficientnet-b0": MNIST with EfficientNet-B0, a pair of the ZENITH paper.

    The paper (arXiv:2601.15212) states the pair, batches of 128, cross-entropy without L2 regularisation, and
    augmentation on datasets that it does not name. It leaves open how a network for colour images of 224 pixels takes
    grey ones of 28. Needs torchvision.

    Parameters
    ----------
    stem : {"imagenet", "cifar"}
        The first convolution, of one channel, with its own stride of 2, which ends in a map of one pixel; or with
        stride 1, which takes longer.
    width : float
        Factor of all channels, which torchvision rounds to multiples of 8; 1 has 4,019,782 parameters.
    dropout, stochastic_depth : float
        EfficientNet's own, in training.
    image_size : int
        Height and width that the images, of 28 pixels, are resized to.
    augment : bool
        In training, a random crop after padding with 2 pixels of zeros. No flip, which makes other digits.
    degrees, translate : float
        With `augment`, also rotate by at most so many degrees, and move by at most that share of the size, image by
        image.
    train_samples, test_samples : int
        The first so many of a class-balanced permutation with a fixed seed; 0 for all.
    """
    scaled(64, width)  # which refuses what is no width
    check_integer("image_size", image_size)
    if not augment and (degrees or translate):
        raise ValueError("degrees and translate are parts of the augmentation: set augment to true, or leave both")
    affine = bool(degrees or translate)
    single = RandomAffineCropFlip(image_size, 2, flip=False, degrees=degrees, translate=translate) if affine else None
    return Task(
        name="mnist/efficientnet-b0",
        description="MNIST (70,000 28x28 digits, from --data-root) with EfficientNet-B0",
        model=partial(efficientnet_b0, 10, 1, stem, width, dropout, stochastic_depth),
        data=partial(_load_part, train_samples=train_samples, test_samples=test_samples, image_size=image_size),
        download=download.mnist,
        loss=nn.CrossEntropyLoss(),
        metric="accuracy",
        augment_batch=RandomCropAndFlip(2, flip=False) if augment and not affine else None,
        augment=single,
    )
