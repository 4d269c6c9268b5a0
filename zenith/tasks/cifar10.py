"""CIFAR-10: 60,000 32x32 colour images in 10 classes (Krizhevsky 2009), from its python batches or an image folder."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from torch import nn

from zenith._common.validation import check_integer
from zenith.tasks import download
from zenith.tasks.augmentation import RandomAffineCropFlip, RandomCropAndFlip
from zenith.tasks.cifar import Cifar, load_cifar
from zenith.tasks.data import Data
from zenith.tasks.networks.channels import scaled
from zenith.tasks.networks.vgg import VGG19
from zenith.tasks.task import Task

__all__ = ["CLASSES", "TASK", "load", "make_model", "vgg19"]

CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)
CIFAR10 = Cifar(
    title="CIFAR-10",
    folder="cifar-10-batches-py",
    classes=CLASSES,
    mean=MEAN,
    std=STD,
    batches={"train": tuple(f"data_batch_{number}" for number in range(1, 6)), "test": ("test_batch",)},
    labels="labels",
    largest=2**26,
    md5={
        "data_batch_1": "c99cafc152244af753f735de768cd75f",
        "data_batch_2": "d4bba439e000b95fd0a9bffe97cbabec",
        "data_batch_3": "54ebc095f3ab1f0389bbae665268c751",
        "data_batch_4": "634d18415352ddfa80567beed471001a",
        "data_batch_5": "482c414d41f54cd18b22e5b47cb7c3cb",
        "test_batch": "40351d587109b95175f43aff81a1287e",
    },
)


def load(data_root: Path | None = None) -> Data:
    """Load CIFAR-10 from its python batches, or else from images in class folders.

    Parameters
    ----------
    data_root : Path
        A folder that holds, directly or in ``cifar10`` or ``CIFAR10``: the folder ``cifar-10-batches-py``; or the
        folders ``train`` and ``test`` with a folder of ``.jpg``, ``.jpeg`` or ``.png`` files per class; or a
        ``.tar.gz``, ``.tgz`` or ``.tar`` of either, which is read without unpacking.

    Returns
    -------
    Data
        Batches ``(X, y)`` with X float32 of shape ``(batch, 3, 32, 32)``, standardised per channel, and y int64 in the
        classes' alphabetical order. Where several layouts are found, whole ones go before parts of the dataset, folders
        before archives, and the lossless batches before images. Images come in the order of their class and then of
        their file names.

    Raises
    ------
    FileNotFoundError
        If no layout is there.
    ValueError
        If a file is damaged. A broken archive, or one of other classes, is passed over if another one can be read.
    """
    return load_cifar(CIFAR10, data_root)


def make_model() -> nn.Module:
    """Return a CNN of three strided 3x3 convolutions and a linear layer.

    33,834 parameters, no dropout, no batch norm.
    """
    return nn.Sequential(
        nn.Conv2d(3, 16, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv2d(16, 32, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv2d(32, 64, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(64 * 4 * 4, 10),
    )


TASK = Task(
    name="cifar10",
    description="CIFAR-10 (60,000 32x32 colour images, from --data-root) with a CNN of 33,834 parameters",
    model=make_model,
    data=load,
    download=download.cifar10,
    loss=nn.CrossEntropyLoss(),
    metric="accuracy",
)


def vgg19(
    *,
    width: float = 1.0,
    image_size: int = 32,
    augment: bool = True,
    degrees: float = 0.0,
    translate: float = 0.0,
    train_samples: int = 0,
    test_samples: int = 0,
) -> Task:
    """Return the task "cifar10/vgg19": CIFAR-10 with VGG-19, a pair of the ZENITH paper (arXiv:2601.15212).

    The paper states the pair, batches of 128, cross-entropy without L2 regularisation, and augmentation that includes
    translation, rotation, crops and flips. It leaves open which VGG-19 and how far the augmentation goes.

    Parameters
    ----------
    width : float
        Factor of all channels; an eighth has 315,698 parameters instead of 20,040,522.
    image_size : int
        Height and width that the images, of 32 pixels, are resized to.
    augment : bool
        In training, a random crop after padding with 4 pixels of zeros, and a flip of half of the images: the usual
        augmentation of CIFAR (He et al. 2016), for the paper says neither how far nor on which dataset.
    degrees, translate : float
        With `augment`, also rotate by at most so many degrees, and move by at most that share of the size, with
        torchvision. Image by image, which takes longer than the crop and flip of whole batches.
    train_samples, test_samples : int
        The first so many of a class-balanced permutation with a fixed seed; 0 for all.
    """
    scaled(64, width)  # which refuses what is no width
    check_integer("image_size", image_size, 32)  # of smaller ones five max-pools leave nothing
    batch, single = augmentation(image_size, augment, degrees, translate)
    return Task(
        name="cifar10/vgg19",
        description="CIFAR-10 (60,000 32x32 colour images, from --data-root) with VGG-19",
        model=partial(VGG19, 10, width),
        data=partial(
            load_cifar, CIFAR10, train_samples=train_samples, test_samples=test_samples, image_size=image_size
        ),
        download=download.cifar10,
        loss=nn.CrossEntropyLoss(),
        metric="accuracy",
        augment_batch=batch,
        augment=single,
    )


def augmentation(
    image_size: int, augment: bool, degrees: float, translate: float
) -> tuple[RandomCropAndFlip | None, RandomAffineCropFlip | None]:
    """Return what augments CIFAR's images, batch by batch or else, with rotation or translation, one by one."""
    if not augment:
        if degrees or translate:
            raise ValueError("degrees and translate are parts of the augmentation: set augment to true, or leave both")
        return None, None
    padding = image_size // 8
    if degrees or translate:
        return None, RandomAffineCropFlip(image_size, padding, degrees=degrees, translate=translate)
    return RandomCropAndFlip(padding), None
