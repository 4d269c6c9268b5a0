"""CIFAR-100: 60,000 32x32 colour images in 100 classes (Krizhevsky 2009), laid out as CIFAR-10 is."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Literal

from torch import nn

from zenith._common.validation import check_integer
from zenith.tasks import download
from zenith.tasks.cifar import Cifar, load_cifar
from zenith.tasks.cifar10 import augmentation
from zenith.tasks.data import Data
from zenith.tasks.networks.channels import scaled
from zenith.tasks.networks.resnet import ResNet50
from zenith.tasks.task import Task

__all__ = ["CLASSES", "load", "resnet50"]

_NAMES = """
    apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can
    castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin
    elephant flatfish forest fox girl hamster house kangaroo keyboard lamp lawn_mower leopard lion lizard lobster
    man maple_tree motorcycle mountain mouse mushroom oak_tree orange orchid otter palm_tree pear pickup_truck
    pine_tree plain plate poppy porcupine possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk
    skyscraper snail snake spider squirrel streetcar sunflower sweet_pepper table tank telephone television tiger
    tractor train trout tulip turtle wardrobe whale willow_tree wolf woman worm
"""
_NAMES = """
    apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can
    castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin
    elephant flatfish forest fox girl hamster house kangaroo keyboard lamp lawn_mower leopard lion lizard lobster
    man maple_tree motorcycle mountain mouse mushroom oak_tree orange orchid otter palm_tree pear pickup_truck
    pine_tree plain plate poppy porcupine possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk
    skyscraper snail snake spider squirrel streetcar sunflower sweet_pepper table tank telephone television tiger
    tractor train trout tulip turtle wardrobe whale willow_tree wolf woman worm
"""
CLASSES = tuple(_NAMES.split())
CIFAR100 = Cifar(
    title="CIFAR-100",
    folder="cifar-100-python",
    classes=CLASSES,
    mean=(0.5071, 0.4865, 0.4409),
    std=(0.2673, 0.2564, 0.2762),
    batches={"train": ("train",), "test": ("test",)},
    labels="fine_labels",
    largest=2**28,
    md5={"train": "16019d7e3df5f24257cddd939b257f8d", "test": "f0ef6b0ae62326f3e7ffdfab6717acfc"},
    meta="meta:fine_label_names",
)


def load(data_root: Path | None = None) -> Data:
    """Load CIFAR-100 with its 100 fine classes, from its python batches, or else from images in class folders.

    Parameters
    ----------
    data_root : Path
        A folder that holds, directly or in ``cifar100`` or ``CIFAR100``: the folder ``cifar-100-python``; or the
        folders ``train`` and ``test`` with a folder of ``.jpg``, ``.jpeg`` or ``.png`` files per class; or a
        ``.tar.gz``, ``.tgz`` or ``.tar`` of either, which is read without unpacking.

    Returns
    -------
    Data
        As of `zenith.tasks.cifar10.load`.

    Raises
    ------
    FileNotFoundError
        If no layout is there.
    ValueError
        If a file is damaged. A broken archive, or one of other classes, is passed over if another one can be read.
    """
    return load_cifar(CIFAR100, data_root)


def resnet50(
    *,
    stem: Literal["cifar", "imagenet"] = "cifar",
    width: float = 1.0,
    image_size: int = 32,
    augment: bool = True,
    degrees: float = 0.0,
    translate: float = 0.0,
    train_samples: int = 0,
    test_samples: int = 0,
) -> Task:
    """Return the task "cifar100/resnet50": CIFAR-100 with ResNet-50, a pair of the ZENITH paper (arXiv:2601.15212).

    The paper states the pair, batches of 128, cross-entropy without L2 regularisation, and augmentation that includes
    translation, rotation, crops and flips. It leaves open which stem, and how far the augmentation goes.

    Parameters
    ----------
    stem : {"cifar", "imagenet"}
        A 3x3 convolution of stride 1, or the 7x7 one of stride 2 and a max-pool, which takes a seventh of the time.
    width : float
        Factor of all channels; 1 has 23,705,252 parameters.
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
    check_integer("image_size", image_size)
    batch, single = augmentation(image_size, augment, degrees, translate)
    return Task(
        name="cifar100/resnet50",
        description="CIFAR-100 (60,000 32x32 colour images, from --data-root) with ResNet-50",
        model=partial(ResNet50, 100, stem, width),
        data=partial(
            load_cifar, CIFAR100, train_samples=train_samples, test_samples=test_samples, image_size=image_size
        ),
        download=download.cifar100,
        loss=nn.CrossEntropyLoss(),
        metric="accuracy",
        augment_batch=batch,
        augment=single,
    )
