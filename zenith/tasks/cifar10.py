"""CIFAR-10: 60,000 32x32 colour images in 10 classes (Krizhevsky 2009), from its python batches or an image folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import numpy as np
import torch
from torch import Tensor, nn

from zenith.tasks import download
from zenith.tasks.data import Batch, Data, Split, fingerprint
from zenith.tasks.file_formats import IMAGE_SUFFIXES, Files, archive_files, cifar_batch, decode_images, folder_files
from zenith.tasks.task import Task

__all__ = ["CLASSES", "TASK", "load", "make_model"]

CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
# Of the original training pixels scaled to [0, 1], per channel; the JPEG copies are standardised with the same numbers.
MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)

_FOLDERS = (
    ".",
    "cifar-10-batches-py",
    "cifar10",
    "CIFAR10",
    "cifar10/cifar-10-batches-py",
    "CIFAR10/cifar-10-batches-py",
)
_TRAIN_BATCHES = tuple(f"data_batch_{number}" for number in range(1, 6))
_TEST_BATCH = "test_batch"


def _normalise(pixels: Tensor, labels: Tensor) -> Batch:
    mean, std = (torch.tensor(values, device=pixels.device).view(3, 1, 1) for values in (MEAN, STD))
    return (pixels.to(torch.float32) / 255 - mean) / std, labels


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
        classes' alphabetical order. Where several layouts are found, folders go before archives, and the lossless
        batches before images. Images come in the order of their class and then of their file names.

    Raises
    ------
    FileNotFoundError
        If no layout is there.
    ValueError
        If a file is damaged. A broken archive, or one of other classes, is passed over if another one can be read.
    """
    if data_root is None:
        raise FileNotFoundError(
            "CIFAR-10 needs a data root: give --data-root DIR with cifar-10-batches-py, train/ and test/ folders of "
            "images per class, or a .tar.gz of either in DIR; with --download as well it is put there"
        )
    root = Path(data_root)
    unusable: list[str] = []
    for files, source in _sources(root, unusable):
        if _TEST_BATCH in files:
            (train, test), layout = _from_batches(files, source), "python batches"
        else:
            train, test = (_from_images(files, part, source) for part in ("train", "test"))
            lossy = any(name.lower().endswith((".jpg", ".jpeg")) for name in files)
            layout = "an image folder" + (", JPEG-coded, which is lossy against the original pickles" if lossy else "")
        description = (
            f"CIFAR-10 from {layout}; {len(train)} training and {len(test)} test images, standardised per channel with "
            f"mean {MEAN} and standard deviation {STD}" + "".join(f"; passed over: {reason}" for reason in unusable)
        )
        return Data(train, test, fingerprint(train, test), description)
    if unusable:
        raise ValueError(f"CIFAR-10 not found: {'; '.join(unusable)}")
    places = ", ".join(str(root / name) for name in _FOLDERS)
    raise FileNotFoundError(
        f"CIFAR-10 not found: {places} hold neither data_batch_1 to 5 with test_batch, nor train/<class>/ and "
        f"test/<class>/ images, nor a .tar.gz of either (with --download it is fetched): "
        f"put cifar-10-python.tar.gz or its folder into {root}"
    )


def _sources(root: Path, unusable: list[str]) -> Iterator[tuple[Files, Path]]:
    """Yield what holds CIFAR-10 below `root`, best first, with paths relative to the dataset's own folder.

    Why an archive was passed over is added to `unusable`.
    """
    folders = [root / name for name in _FOLDERS if (root / name).is_dir()]
    for folder in folders:
        if (folder / _TEST_BATCH).is_file():
            yield {name: (folder / name).read_bytes for name in _present(folder)}, folder
    for folder in folders:
        if (folder / "train").is_dir() and (folder / "test").is_dir():
            parts = {part: folder_files(folder / part) for part in ("train", "test")}
            yield {f"{part}/{name}": read for part, files in parts.items() for name, read in files.items()}, folder
    for folder in folders:
        # The name of the official archive goes first, because it is lossless.
        archives = [path for suffix in ("*.tar.gz", "*.tgz", "*.tar") for path in folder.glob(suffix)]
        for path in sorted(archives, key=lambda path: ("python" not in path.name, path.name)):
            try:
                files = _inside(archive_files(path, _limit))
                if files and _TEST_BATCH not in files:
                    for part in ("train", "test"):
                        _by_class(files, part, path)
            except ValueError as error:
                unusable.append(str(error))
                continue
            if files:
                yield files, path


def _present(folder: Path) -> list[str]:
    return [name for name in (*_TRAIN_BATCHES, _TEST_BATCH) if (folder / name).is_file()]


def _limit(name: str) -> int:
    """Most bytes that a file of CIFAR-10 of this name in an archive can need, with a margin; 0 for any other."""
    parts = PurePosixPath(name).parts
    if not parts or parts[-1].startswith("."):
        return 0
    if parts[-1] in (*_TRAIN_BATCHES, _TEST_BATCH):
        return 2**26
    in_class = len(parts) >= 3 and parts[-3] in ("train", "test") and parts[-2] in CLASSES
    return 2**16 if in_class and parts[-1].lower().endswith(IMAGE_SUFFIXES) else 0


def _inside(files: Files) -> Files:
    """Strip the folders above ``test_batch``, or above ``train`` and ``test``; empty if neither is there."""
    for name in files:
        parts = PurePosixPath(name).parts
        if parts[-1] == _TEST_BATCH:
            above = parts[:-1]
            break
        if len(parts) >= 3 and parts[-3] in ("train", "test") and parts[-1].lower().endswith(IMAGE_SUFFIXES):
            above = parts[:-3]
            break
    else:
        return {}
    depth = len(above)
    split = {PurePosixPath(name).parts: read for name, read in files.items()}
    return {"/".join(parts[depth:]): read for parts, read in split.items() if parts[:depth] == above}


def _from_batches(files: Files, source: Path) -> tuple[Split, Split]:
    missing = [name for name in _TRAIN_BATCHES if name not in files]
    if missing:
        raise FileNotFoundError(f"CIFAR-10 in {source} lacks {', '.join(missing)}: put all five and test_batch there")
    train, test = (
        [cifar_batch(files[name](), f"{source}/{name}") for name in names] for names in (_TRAIN_BATCHES, (_TEST_BATCH,))
    )
    return _split(*map(np.concatenate, zip(*train, strict=True))), _split(*test[0])


def _by_class(files: Files, part: str, source: Path) -> dict[str, list[str]]:
    """Return the images of a part by class, or say which classes are there instead."""
    by_class: dict[str, list[str]] = {}
    for name in files:
        parts = PurePosixPath(name).parts
        # macOS leaves a hidden "._NAME.jpg" next to each file it packs, which is no image.
        hidden = parts[-1].startswith(".")
        if len(parts) == 3 and parts[0] == part and name.lower().endswith(IMAGE_SUFFIXES) and not hidden:
            by_class.setdefault(parts[1], []).append(name)
    if tuple(sorted(by_class)) != CLASSES:
        found = ", ".join(sorted(by_class)) or "none"
        raise ValueError(
            f"{source}/{part} has the classes {found}: CIFAR-10 needs a folder for each of {', '.join(CLASSES)}"
        )
    return by_class


def _from_images(files: Files, part: str, source: Path) -> Split:
    by_class = _by_class(files, part, source)
    names = [name for label in CLASSES for name in sorted(by_class[label])]
    labels = np.repeat(np.arange(10), [len(by_class[label]) for label in CLASSES])
    return _split(decode_images(files, names, (32, 32), str(source)), labels)


def _split(images: np.ndarray, labels: np.ndarray) -> Split:
    return Split((torch.from_numpy(images.copy()), torch.from_numpy(labels.astype(np.int64))), _normalise)


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
