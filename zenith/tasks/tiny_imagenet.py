"""Tiny ImageNet: 110,000 64x64 images in 200 classes (of Stanford's course CS231n), and Inception on it."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

from torch import nn

from zenith._common.names import lookup
from zenith.tasks import download
from zenith.tasks.augmentation import RandomAffineCropFlip
from zenith.tasks.data import Data
from zenith.tasks.image_files import FileTree, Listing, class_folders, find_tree, image_data
from zenith.tasks.networks.inception import NETWORKS, AuxiliaryCrossEntropy, check_size
from zenith.tasks.task import Task

__all__ = ["inception", "load"]

CLASSES = 200
OFFICIAL = 100_000, 10_000
_FOLDERS = ("tiny-imagenet-200", ".", "tiny-imagenet", "tiny-imagenet/tiny-imagenet-200")
_ARCHIVES = ("tiny-imagenet-200.zip",)
_ANNOTATIONS = "val_annotations.txt"


def load(
    data_root: Path | None = None,
    *,
    image_size: int = 64,
    resize: int | None = None,
    train_samples: int = 0,
    test_samples: int = 0,
    workers: int | None = None,
) -> Data:
    """Load Tiny ImageNet from its folder or its zip; images are decoded when a batch asks for them.

    The test set is the 10,000 images of val, as in papers: those of test have no labels.

    Parameters
    ----------
    data_root : Path
        A folder that holds, directly, in ``tiny-imagenet-200`` or in ``tiny-imagenet``: ``train/<wnid>/images/*.JPEG``
        with ``val/images/*.JPEG`` and ``val/val_annotations.txt``; or the images of val in ``val/<wnid>``; or
        ``tiny-imagenet-200.zip``, which is read without unpacking.
    image_size, resize : int
        Height and width of an image in a batch, and the shorter side that images are resized to before; image_size by
        default.
    train_samples, test_samples : int
        The first so many of a class-balanced permutation with seed 0; 0 for all.
    workers : int, optional
        Processes that decode. By default six, as in the ZENITH paper, where there is a GPU, and none else.

    Returns
    -------
    Data
        Batches ``(X, y)`` with X float32 of shape ``(batch, 3, image_size, image_size)``, standardised with ImageNet's
        means and standard deviations, and y int64 in the alphabetical order of the classes' wnids. The 1.7 % of images
        that are grey have three equal channels.

    Raises
    ------
    FileNotFoundError
        If the dataset is not there.
    ValueError
        If a file that the annotations name is missing or empty, or there are not 200 classes. An image that cannot be
        decoded is named when it is asked for.
    """
    if data_root is None:
        raise FileNotFoundError(
            "Tiny ImageNet needs a data root: give --data-root DIR with tiny-imagenet-200.zip or its folder in DIR; "
            f"{download.TINY_IMAGENET}"
        )
    root = Path(data_root)
    tree = find_tree(root, _FOLDERS, _ARCHIVES, ("train", "val"))
    if tree is None:
        raise FileNotFoundError(
            f"Tiny ImageNet not found: {', '.join(str(root / name) for name in _FOLDERS[:3])} hold neither "
            f"train/<wnid>/images and val/, nor tiny-imagenet-200.zip; {download.TINY_IMAGENET}"
        )
    classes = tree.folders("train")
    if len(classes) != CLASSES:
        raise ValueError(
            f"{tree}/train has {len(classes)} class folders, where Tiny ImageNet has {CLASSES}: unpack it again"
        )
    train = class_folders(tree, ("train",), classes)
    annotated = _ANNOTATIONS in tree.files("val")
    test = _annotated(tree, classes) if annotated else class_folders(tree, ("val",), classes)
    counts = len(train.paths), len(test.paths)
    return image_data(
        tree,
        train,
        test,
        image_size=image_size,
        resize=resize if resize is not None else image_size,
        train_samples=train_samples,
        test_samples=test_samples,
        workers=workers,
        name="Tiny ImageNet",
        about=f"train/<wnid> and, as test set, {f'val/{_ANNOTATIONS}' if annotated else 'val/<wnid>'}"
        + ("" if counts == OFFICIAL else f", other numbers than the official {OFFICIAL[0]:,} and {OFFICIAL[1]:,}"),
    )


def _annotated(tree: FileTree, classes: list[str]) -> Listing:
    """Return the images of val, in the order of their annotations."""
    where = f"{tree}/val/{_ANNOTATIONS}"
    numbers = {name: number for number, name in enumerate(classes)}
    sizes = tree.files("val/images")
    paths, found, labels = [], [], []
    for place, line in enumerate(tree.read(f"val/{_ANNOTATIONS}").decode(errors="replace").splitlines(), start=1):
        if not line.strip():
            continue
        name, _, rest = line.partition("\t")
        wnid = rest.partition("\t")[0]
        if wnid not in numbers:
            raise ValueError(f"line {place} of {where} names no class of train: {line[:60]!r}; unpack it again")
        if name not in sizes:
            raise ValueError(f"{tree}/val/images/{name} is missing, which {where} names: unpack it again")
        paths.append(f"val/images/{name}")
        found.append(sizes[name])
        labels.append(numbers[wnid])
    if not paths:
        raise ValueError(f"{where} names no images: unpack it again")
    return Listing(paths, found, labels)


def inception(
    *,
    network: str = "googlenet",
    image_size: int | None = None,
    auxiliary: bool = False,
    augment: bool = True,
    train_samples: int = 0,
    test_samples: int = 0,
    workers: int | None = None,
) -> Task:
    """Tiny ImageNet with an Inception network, as in table 3 of the ZENITH paper.

    The paper says "Inception" and states neither which nor the resolution. Inception v3 and v4 cannot run on this
    dataset's 64x64 pixels, GoogLeNet (Inception v1) can.

    Parameters
    ----------
    network : {"googlenet", "inception_v3"}
        The latter has images enlarged to its own 299x299, or to what image_size says, from 75 on.
    image_size : int, optional
        64 of GoogLeNet, 299 of Inception v3 by default.
    auxiliary : bool
        With the auxiliary classifiers of the network, whose losses are added in training: 0.3 of each of GoogLeNet's
        (Szegedy et al. 2015), 0.4 of Inception v3's (torchvision's own training). Without them the loss that is trained
        is the loss that is measured.
    augment : bool
        Translation by at most a tenth, rotation by at most 15 degrees, random crop after padding by an eighth of
        image_size, and flip, in training only.
    train_samples, test_samples, workers
        As of `load`.

    Raises
    ------
    ValueError
        For an unknown network, or images that are too small for it.
    """
    if network.replace("_", "").replace("-", "").lower() in ("inceptionv4", "inceptionresnetv2"):
        raise ValueError(
            f"network='{network}' cannot run on 64x64 images, and is no option: take 'googlenet', or 'inception_v3' on "
            "images enlarged to 299x299"
        )
    make, own_size, weight = lookup(NETWORKS, network, "network of tiny-imagenet/inception")
    size = own_size if image_size is None else image_size
    check_size(network, size, auxiliary)
    options: dict[str, Any] = {"train_samples": train_samples, "test_samples": test_samples, "workers": workers}
    return Task(
        name="tiny-imagenet/inception",
        description="Tiny ImageNet (110,000 64x64 images, from --data-root) with GoogLeNet, 5,804,904 parameters",
        model=functools.partial(make, CLASSES, auxiliary),
        data=functools.partial(load, image_size=size, **options),
        loss=AuxiliaryCrossEntropy(weight) if auxiliary else nn.CrossEntropyLoss(),
        metric="accuracy",
        augment=RandomAffineCropFlip(size, padding=max(1, size // 8)) if augment else None,
        download=download.tiny_imagenet,
        loss_label="loss (cross-entropy, nats)",
    )
