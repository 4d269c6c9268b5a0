"""Food-101: 101,000 photographs of 101 dishes (Bossard, Guillaumin and Van Gool 2014), and DLA-34 on them."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

from torch import nn

from zenith.tasks import download
from zenith.tasks.augmentation import RandomAffineCropFlip
from zenith.tasks.data import Data
from zenith.tasks.image_files import FileTree, Folder, Listing, image_data, names_in
from zenith.tasks.networks.dla import check_size, dla34
from zenith.tasks.task import Task

__all__ = ["dla", "load"]

CLASSES = 101
OFFICIAL = 75_750, 25_250
_FOLDERS = ("food-101", ".", "food101", "Food101", "food101/food-101")
ARCHIVE = "food-101.tar.gz"


def load(
    data_root: Path | None = None,
    *,
    image_size: int = 224,
    resize: int | None = None,
    train_samples: int = 0,
    test_samples: int = 0,
    workers: int | None = None,
) -> Data:
    """Load Food-101 from its unpacked folder; images are decoded when a batch asks for them.

    Parameters
    ----------
    data_root : Path
        A folder that holds ``images/<class>/<id>.jpg`` and ``meta/train.json`` and ``test.json``, or ``train.txt`` and
        ``test.txt``; directly, in ``food-101``, as the archive and torchvision have it, or in ``food101``.
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
        means and standard deviations, and y int64 in the classes' alphabetical order.

    Raises
    ------
    FileNotFoundError
        If the dataset is not there.
    ValueError
        If a file that a list names is missing or empty, or if there are not 101 classes. An image that cannot be
        decoded is named when it is asked for.
    """
    if data_root is None:
        raise FileNotFoundError(
            "Food-101 needs a data root: give --data-root DIR with food-101/images/<class>/*.jpg and food-101/meta, or "
            "--download as well, which downloads 5 GB into DIR"
        )
    root = Path(data_root)
    tree = next((Folder(root / name) for name in _FOLDERS if _is_here(root / name)), None)
    if tree is None:
        packed = next((root / name / ARCHIVE for name in _FOLDERS if (root / name / ARCHIVE).is_file()), None)
        if packed is not None:
            raise FileNotFoundError(
                f"Food-101 is packed in {packed}, which has to be unpacked: tar -xzf {packed} -C {root}, or "
                "--download, which checks its sum before"
            )
        raise FileNotFoundError(
            f"Food-101 not found: {', '.join(str(root / name) for name in _FOLDERS[:3])} lack images/ and meta/ (with "
            f"--download it is fetched, 5 GB): unpack food-101.tar.gz into {root}"
        )
    (train, from_list), (test, _) = (_listing(tree, part) for part in ("train", "test"))
    other = (len(train.paths), len(test.paths)) != OFFICIAL
    about = f"the lists in meta/*.{from_list}" + (
        f", which name other numbers of images than the official {OFFICIAL[0]:,} and {OFFICIAL[1]:,}" if other else ""
    )
    return image_data(
        tree,
        train,
        test,
        image_size=image_size,
        resize=resize if resize is not None else round(image_size * 256 / 224),
        train_samples=train_samples,
        test_samples=test_samples,
        workers=workers,
        name="Food-101",
        about=about,
    )


def _is_here(folder: Path) -> bool:
    return (folder / "images").is_dir() and (folder / "meta").is_dir()


def _listing(tree: FileTree, part: str) -> tuple[Listing, str]:
    """Return the images of a part, and the kind of list that names them."""
    lists = tree.files("meta")
    for kind in ("json", "txt"):
        if f"{part}.{kind}" in lists:
            break
    else:
        raise ValueError(f"{tree}/meta holds neither {part}.json nor {part}.txt: unpack food-101.tar.gz again")
    where = f"{tree}/meta/{part}.{kind}"
    try:
        text = tree.read(f"meta/{part}.{kind}").decode()
        if kind == "json":
            names = [name for names in json.loads(text).values() for name in names]
        else:
            names = list(names_in(text))
        pairs = sorted((name.split("/")[0], name.split("/")[1]) for name in names)
    except (ValueError, AttributeError, IndexError, TypeError) as error:
        raise ValueError(f"{where} is damaged ({error}): unpack food-101.tar.gz again") from error
    classes = sorted({label for label, _ in pairs})
    if len(classes) != CLASSES:
        raise ValueError(f"{where} names {len(classes)} classes, where Food-101 has {CLASSES}: unpack it again")
    sizes = {name: tree.files(f"images/{name}") for name in classes}
    missing = [f"{label}/{name}.jpg" for label, name in pairs if f"{name}.jpg" not in sizes[label]]
    if missing:
        raise ValueError(
            f"{tree}/images/{missing[0]} is missing, as {len(missing):,} of {len(pairs):,} images are that {where} "
            "names: unpack food-101.tar.gz again"
        )
    numbers = {name: number for number, name in enumerate(classes)}
    paths = [f"images/{label}/{name}.jpg" for label, name in pairs]
    found = [sizes[label][f"{name}.jpg"] for label, name in pairs]
    return Listing(paths, found, [numbers[label] for label, _ in pairs]), kind


def dla(
    *,
    image_size: int = 224,
    resize: int | None = None,
    augment: bool = True,
    width: float = 1.0,
    train_samples: int = 0,
    test_samples: int = 0,
    workers: int | None = None,
) -> Task:
    """Food-101 with DLA-34, as in table 3 of the ZENITH paper.

    The paper states the dataset, the network's family and the names of the augmentations. It leaves open which DLA, the
    resolution, and how far images are changed.

    Parameters
    ----------
    image_size : int
        A multiple of 32; 224 is what DLA was made for (Yu et al. 2018). Images have up to 512 pixels.
    resize : int, optional
        The shorter side before the crop; 256/224 of image_size by default.
    augment : bool
        Translation by at most a tenth, rotation by at most 15 degrees, random crop and flip, in training only.
    width : float
        Factor of all channels; 1 is timm's ``dla34``. kuangliu's DLA for CIFAR, which has the paper's name for it, is
        another network: 3x3 kernels in its first layer and no max-pooling between its stages.
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
        name="food101/dla",
        description="Food-101 (101,000 photographs, from --data-root) with timm's DLA-34, 15,280,917 parameters",
        model=functools.partial(dla34, CLASSES, width),
        data=functools.partial(load, **options, workers=workers),
        loss=nn.CrossEntropyLoss(),
        metric="accuracy",
        augment=RandomAffineCropFlip(image_size) if augment else None,
        download=download.food101,
    )
