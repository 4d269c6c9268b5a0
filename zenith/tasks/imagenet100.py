"""ImageNet-100: 100 classes of ImageNet (Deng et al. 2009), whichever a folder or a list names, and DenseNet-121."""

from __future__ import annotations

import functools
import hashlib
import json
from pathlib import Path
from typing import Any

from torch import nn

from zenith.tasks import download
from zenith.tasks.augmentation import RandomAffineCropFlip
from zenith.tasks.data import Data
from zenith.tasks.image_files import FileTree, class_folders, find_tree, image_data, names_in
from zenith.tasks.networks.densenet import check_size, densenet121
from zenith.tasks.task import Task

__all__ = ["densenet", "load"]

CLASSES = 100
LIST = "imagenet100.txt"
_FOLDERS = (".", "imagenet100", "imagenet-100", "ImageNet100", "ImageNet-100", "imagenet", "ImageNet")
_ARCHIVES = ("imagenet100.zip", "imagenet-100.zip", "archive.zip")
_KAGGLE = ("train.X1", "train.X2", "train.X3", "train.X4")
_KNOWN = {
    "9d992254a6595741282afce949eed519": "the list of contrastive multiview coding (github.com/HobbitLong/CMC)",
}
"""MD5 of the sorted classes, one a line -> whose list it is."""


def load(
    data_root: Path | None = None,
    *,
    classes: str | None = None,
    image_size: int = 224,
    resize: int | None = None,
    train_samples: int = 0,
    test_samples: int = 0,
    workers: int | None = None,
) -> Data:
    """Load 100 classes of ImageNet from class folders; images are decoded when a batch asks for them.

    ImageNet-100 has no one definition. The usual one is the list ``imagenet100.txt`` of Tian, Krishnan and Isola's
    contrastive multiview coding (github.com/HobbitLong/CMC); a copy on Kaggle has other classes. Which classes were
    taken is in the description of the data.

    Parameters
    ----------
    data_root : Path
        A folder that holds, directly or in ``imagenet100``, ``imagenet-100`` or ``imagenet``: ``train/<wnid>/*.JPEG``
        and ``val/<wnid>/*.JPEG``; or Kaggle's ``train.X1`` to ``train.X4`` and ``val.X`` with ``Labels.json``; or
        ``imagenet100.zip`` of either, which is read without unpacking. The test set is val.
    classes : str, optional
        A file that names 100 classes, a wnid at the start of each line, from data_root on. By default
        ``imagenet100.txt`` in the dataset's folder or in data_root, and without it every class that is there, which
        then have to be 100.
    image_size, resize : int
        Height and width of an image in a batch, and the shorter side that images are resized to before; 256/224 of
        image_size by default.
    train_samples, test_samples : int
        The first so many of a class-balanced permutation with seed 0; 0 for all.
    workers : int, optional
        Processes that decode. By default six, as in the ZENITH paper, where there is a GPU, and none else.

    Returns
    -------
    Data
        Batches ``(X, y)`` with X float32 of shape ``(batch, 3, image_size, image_size)``, standardised with ImageNet's
        means and standard deviations, and y int64 in the alphabetical order of the classes' wnids.

    Raises
    ------
    FileNotFoundError
        If the dataset, or the list, is not there.
    ValueError
        If there are not 100 classes, one of them has no images, or an image is an empty file. An image that cannot be
        decoded is named when it is asked for.
    """
    if data_root is None:
        raise FileNotFoundError(
            "ImageNet-100 needs a data root: give --data-root DIR with train/<wnid>/*.JPEG and val/<wnid>/*.JPEG in "
            f"DIR; {download.IMAGENET100}"
        )
    root = Path(data_root)
    tree = find_tree(root, _FOLDERS, _ARCHIVES, ("train", "val"))
    parts: tuple[str, ...] = ("train",)
    test_part = "val"
    if tree is None:
        tree = find_tree(root, _FOLDERS, _ARCHIVES, ("train.X1", "val.X"))
        parts, test_part = _KAGGLE, "val.X"
    if tree is None:
        raise FileNotFoundError(
            f"ImageNet-100 not found: {', '.join(str(root / name) for name in _FOLDERS[:3])} hold neither "
            f"train/<wnid> and val/<wnid>, nor train.X1 and val.X, nor {_ARCHIVES[0]}; {download.IMAGENET100}"
        )
    chosen, how = _classes(tree, root, parts, classes)
    if not tree.folders(test_part):
        raise ValueError(
            f"{tree}/{test_part} has no class folders: sort its images into {test_part}/<wnid>/, as scripts named "
            "valprep.sh do"
        )
    train, test = class_folders(tree, parts, chosen), class_folders(tree, (test_part,), chosen)
    digest = hashlib.md5("".join(f"{name}\n" for name in chosen).encode(), usedforsecurity=False).hexdigest()
    which = _KNOWN.get(digest, ", ".join(chosen))
    return image_data(
        tree,
        train,
        test,
        image_size=image_size,
        resize=resize if resize is not None else round(image_size * 256 / 224),
        train_samples=train_samples,
        test_samples=test_samples,
        workers=workers,
        name="ImageNet-100",
        about=f"{' and '.join((parts[0], test_part))}, the latter as test set; the classes are {how}: {which}",
    )


def _classes(tree: FileTree, root: Path, parts: tuple[str, ...], named: str | None) -> tuple[list[str], str]:
    """Return the classes in the order of their labels, and how they were chosen."""
    there = sorted({name for part in parts for name in tree.folders(part)})
    where, text = None, ""
    if named is not None:
        where = root / named
        if not where.is_file():
            raise FileNotFoundError(
                f"classes='{named}' is no file: {where} is not there; write {CLASSES} wnids into it, one a line"
            )
        text = where.read_text()
    elif LIST in tree.files(""):
        where, text = Path(str(tree)) / LIST, tree.read(LIST).decode()
    elif (root / LIST).is_file():
        where, text = root / LIST, (root / LIST).read_text()
    if where is None:
        if len(there) != CLASSES:
            raise ValueError(
                f"{tree}/{parts[0]} has {len(there)} class folders, where ImageNet-100 has {CLASSES}: put the list of "
                f"those that are meant into {root / LIST}, a wnid a line (the usual one is imagenet100.txt of "
                f"github.com/HobbitLong/CMC), or name another file by the option classes"
            )
        _check_labels(tree, there)
        return there, "all that are there"
    chosen = sorted(set(names_in(text)))
    if len(chosen) != CLASSES:
        raise ValueError(f"{where} names {len(chosen)} different classes, where ImageNet-100 has {CLASSES}: correct it")
    if absent := [name for name in chosen if name not in set(there)]:
        raise ValueError(
            f"{where} names the class {absent[0]}, as {len(absent)} of {CLASSES}, that {tree}/{parts[0]} has no folder "
            "of: take a list of the classes that are there"
        )
    return chosen, f"those of {where.name}"


def _check_labels(tree: FileTree, there: list[str]) -> None:
    """Compare the folders with the names of classes that Kaggle's copy has, where it is there."""
    if "Labels.json" not in tree.files(""):
        return
    try:
        names = set(json.loads(tree.read("Labels.json")))
    except (ValueError, TypeError) as error:
        raise ValueError(f"{tree}/Labels.json is damaged ({error}): download it again") from error
    if odd := sorted(names ^ set(there)):
        raise ValueError(
            f"{tree}/Labels.json and the class folders do not name the same classes, such as {odd[0]}: unpack the "
            "dataset again"
        )


def densenet(
    *,
    classes: str | None = None,
    image_size: int = 224,
    resize: int | None = None,
    augment: bool = True,
    width: float = 1.0,
    train_samples: int = 0,
    test_samples: int = 0,
    workers: int | None = None,
) -> Task:
    """ImageNet-100 with DenseNet-121, as in table 3 of the ZENITH paper.

    The paper states the dataset's name and the network. It leaves open which 100 classes, the resolution, and how far
    images are changed.

    Parameters
    ----------
    classes : str, optional
        The file that names the classes; see `load`.
    image_size : int
        224, as ever on ImageNet; DenseNet runs from 29 on.
    resize : int, optional
        The shorter side before the crop; 256/224 of image_size by default.
    augment : bool
        Translation by at most a tenth, rotation by at most 15 degrees, random crop and flip, in training only.
    width : float
        Factor of the growth rate and of the first layer's channels; 1 is DenseNet-121.
    train_samples, test_samples, workers
        As of `load`.

    Raises
    ------
    ValueError
        For images that the network cannot run on.
    """
    check_size(image_size)
    options: dict[str, Any] = {
        "image_size": image_size,
        "resize": resize,
        "train_samples": train_samples,
        "test_samples": test_samples,
    }
    return Task(
        name="imagenet100/densenet121",
        description="ImageNet-100 (100 classes, from --data-root) with DenseNet-121, 7,056,356 parameters",
        model=functools.partial(densenet121, CLASSES, width),
        data=functools.partial(load, classes=classes, **options, workers=workers),
        loss=nn.CrossEntropyLoss(),
        metric="accuracy",
        augment=RandomAffineCropFlip(image_size) if augment else None,
        download=download.imagenet100,
    )
