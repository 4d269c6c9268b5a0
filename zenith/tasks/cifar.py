"""CIFAR-10 and CIFAR-100 as they lie on disk: python batches, folders of images per class, and archives of either."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath

import numpy as np
import torch
from torch import Tensor, nn

from zenith.tasks.data import Batch, Data, Split, fingerprint
from zenith.tasks.file_formats import (
    IMAGE_SUFFIXES,
    Bytes,
    Files,
    archive_files,
    cifar_batch,
    cifar_classes,
    decode_images,
    folder_files,
)
from zenith.tasks.subsets import SUBSET_SEED, class_balanced

__all__ = ["Cifar", "load_cifar"]

Channels = tuple[float, float, float]


@dataclass(frozen=True)
class Cifar:
    """One of the two datasets.

    Attributes
    ----------
    title, folder : str
        "CIFAR-10" and "cifar-10-batches-py", its own name and that of the folder in its archive.
    classes : tuple of str
        Alphabetical.
    mean, std : tuple of float
        Of the original training pixels scaled to [0, 1], per channel; JPEG copies are standardised with the same.
    batches : Mapping of str to tuple
        Names of the python batches of "train" and "test".
    labels : str
        Key of the classes' numbers in a batch.
    largest : int
        Bytes that a batch can need, with a margin.
    md5 : Mapping of str to str
        Of the published batches, by name.
    meta : str
        Name and key of the file with the classes' names, as "file:key"; "" where it is not read.
    whole : (int, int)
        Training and test images that were published.
    """

    title: str
    folder: str
    classes: tuple[str, ...]
    mean: Channels
    std: Channels
    batches: Mapping[str, tuple[str, ...]]
    labels: str
    largest: int
    md5: Mapping[str, str] = field(default_factory=dict)
    meta: str = ""
    whole: tuple[int, int] = (50_000, 10_000)

    @property
    def folders(self) -> tuple[str, ...]:
        """Where it may lie below a data root."""
        upper = self.title.replace("-", "")
        return (".", self.folder, upper.lower(), upper, f"{upper.lower()}/{self.folder}", f"{upper}/{self.folder}")

    @property
    def files(self) -> tuple[str, ...]:
        """Names of all its python batches."""
        return (*self.batches["train"], *self.batches["test"])

    @property
    def test_file(self) -> str:
        """Name of the batch that shows that the others are there."""
        return self.batches["test"][0]

    @property
    def archive(self) -> str:
        """Name of the published archive."""
        return self.title.lower() + "-python.tar.gz"

    @property
    def words(self) -> str:
        """Names of the python batches, in words."""
        first, *others = self.batches["train"]
        return f"{first} to {len(others) + 1} with {self.test_file}" if others else f"{first} with {self.test_file}"


@dataclass
class _Part:
    """Images of one part that was found, of which none is decoded yet where they are images."""

    labels: np.ndarray
    pixels: Callable[[np.ndarray], Bytes]

    def split(self, samples: int, option: str, transform: Callable[..., Batch]) -> Split:
        every = Split((torch.arange(len(self.labels)), torch.from_numpy(self.labels.astype(np.int64))))
        index, labels = class_balanced(every, samples, option).fields
        return Split((torch.from_numpy(self.pixels(index.numpy())), labels), transform)


def load_cifar(
    what: Cifar,
    data_root: Path | None,
    train_samples: int = 0,
    test_samples: int = 0,
    image_size: int = 32,
) -> Data:
    """Load one of the datasets, from its python batches or else from images in class folders.

    Parameters
    ----------
    what : Cifar
        Which.
    data_root : Path
        A folder that holds it directly or below the names of `Cifar.folders`.
    train_samples, test_samples : int
        The first so many of a permutation in which the classes take turns; 0 for all, in the order of the dataset. Of
        images no others are decoded.
    image_size : int
        Height and width that batches are resized to, bilinearly.

    Raises
    ------
    FileNotFoundError
        If no layout is there.
    ValueError
        If a file is damaged. A broken archive, or one of other classes, is passed over if another one can be read.
    """
    if data_root is None:
        raise FileNotFoundError(
            f"{what.title} needs a data root: give --data-root DIR with {what.folder}, train/ and test/ folders of "
            "images per class, or a .tar.gz of either in DIR; with --download as well it is put there"
        )
    root = Path(data_root)
    unusable: list[str] = []
    found: tuple[dict[str, _Part], str, str] | None = None
    for files, source in _sources(what, root, unusable):
        if what.test_file in files:
            layout = "python batches"
            parts, note = _from_batches(what, files, source)
        else:
            parts = {part: _from_images(what, files, part, source) for part in ("train", "test")}
            lossy = any(name.lower().endswith((".jpg", ".jpeg")) for name in files)
            note = ""
            layout = "an image folder" + (", JPEG-coded, which is lossy against the original pickles" if lossy else "")
        is_whole = (len(parts["train"].labels), len(parts["test"].labels)) == what.whole
        if found is None or is_whole:
            found = parts, layout, note
        if is_whole:
            break
    if found is not None:
        parts, layout, note = found
        transform = partial(_standardised, mean=what.mean, std=what.std, size=image_size)
        train = parts["train"].split(train_samples, "train_samples", transform)
        test = parts["test"].split(test_samples, "test_samples", transform)
        fewer = ", the first of a class-balanced permutation with seed" if train_samples or test_samples else ""
        description = (
            f"{what.title} from {layout}; {len(train)} training and {len(test)} test images"
            + (f"{fewer} {SUBSET_SEED}" if fewer else "")
            + f", standardised per channel with mean {what.mean} and standard deviation {what.std}"
            + (f", resized to {image_size}x{image_size}" if image_size != 32 else "")
            + note
            + "".join(f"; passed over: {reason}" for reason in unusable)
        )
        return Data(train, test, fingerprint(train, test), description)
    if unusable:
        raise ValueError(f"{what.title} not found: {'; '.join(unusable)}")
    places = ", ".join(str(root / name) for name in what.folders)
    raise FileNotFoundError(
        f"{what.title} not found: {places} hold neither {what.words}, nor train/<class>/ and "
        f"test/<class>/ images, nor a .tar.gz of either (with --download it is fetched): put {what.archive} or its "
        f"folder into {root}"
    )


def _standardised(pixels: Tensor, labels: Tensor, mean: Channels, std: Channels, size: int) -> Batch:
    centre, scale = (torch.tensor(values, device=pixels.device).view(3, 1, 1) for values in (mean, std))
    images = (pixels.to(torch.float32) / 255 - centre) / scale
    if size != images.shape[-1]:
        images = nn.functional.interpolate(images, (size, size), mode="bilinear", antialias=True)
    return images, labels


def _sources(what: Cifar, root: Path, unusable: list[str]) -> Iterator[tuple[Files, Path]]:
    """Yield what holds the dataset below `root`, best first, with paths relative to the dataset's own folder.

    Why an archive was passed over is added to `unusable`.
    """
    folders = [root / name for name in what.folders if (root / name).is_dir()]
    for folder in folders:
        if (folder / what.test_file).is_file():
            names = [name for name in (*what.files, what.meta.partition(":")[0]) if (folder / name).is_file()]
            yield {name: (folder / name).read_bytes for name in names}, folder
    for folder in folders:
        if (folder / "train").is_dir() and (folder / "test").is_dir():
            parts = {part: folder_files(folder / part) for part in ("train", "test")}
            yield {f"{part}/{name}": read for part, files in parts.items() for name, read in files.items()}, folder
    for folder in folders:
        # The name of the official archive goes first, because it is lossless.
        archives = [path for suffix in ("*.tar.gz", "*.tgz", "*.tar") for path in folder.glob(suffix)]
        for path in sorted(archives, key=lambda path: ("python" not in path.name, path.name)):
            try:
                files = _inside(what, archive_files(path, partial(_limit, what)))
                if files and what.test_file not in files:
                    for part in ("train", "test"):
                        _by_class(what, files, part, path)
            except ValueError as error:
                unusable.append(str(error))
                continue
            if files:
                yield files, path


def _limit(what: Cifar, name: str) -> int:
    """Most bytes that a file of this name in an archive can need, with a margin; 0 for any other."""
    parts = PurePosixPath(name).parts
    if not parts or parts[-1].startswith("."):
        return 0
    if parts[-1] in what.files:
        return what.largest
    if parts[-1] == what.meta.partition(":")[0]:
        return 2**16
    in_class = len(parts) >= 3 and parts[-3] in ("train", "test") and parts[-2] in what.classes
    return 2**16 if in_class and parts[-1].lower().endswith(IMAGE_SUFFIXES) else 0


def _inside(what: Cifar, files: Files) -> Files:
    """Strip the folders above the python batches, or above ``train`` and ``test``; empty if neither is there."""
    for name in files:
        parts = PurePosixPath(name).parts
        if parts[-1] == what.test_file:
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


def _from_batches(what: Cifar, files: Files, source: Path) -> tuple[dict[str, _Part], str]:
    missing = [name for name in what.batches["train"] if name not in files]
    if missing:
        all_of = "all five and test_batch" if len(what.files) > 2 else f"it and {what.test_file}"
        raise FileNotFoundError(f"{what.title} in {source} lacks {', '.join(missing)}: put {all_of} there")
    meta, _, key = what.meta.partition(":")
    if meta and meta in files and (named := cifar_classes(files[meta](), f"{source}/{meta}", key)) != what.classes:
        raise ValueError(f"{source}/{meta} has the classes {', '.join(named[:3])}..., not those of {what.title}")
    parts, published = {}, True
    for part, names in what.batches.items():
        read = []
        for name in names:
            content = files[name]()
            published &= what.md5.get(name) == hashlib.md5(content, usedforsecurity=False).hexdigest()
            read.append(cifar_batch(content, f"{source}/{name}", what.labels, len(what.classes), what.title))
        images, labels = map(np.concatenate, zip(*read, strict=True))
        parts[part] = _Part(labels, images.__getitem__)
    return parts, "" if published else "; the MD5 sums of its batches are not the published ones"


def _by_class(what: Cifar, files: Files, part: str, source: Path) -> dict[str, list[str]]:
    """Return the images of a part by class, or say which classes are there instead."""
    by_class: dict[str, list[str]] = {}
    for name in files:
        parts = PurePosixPath(name).parts
        # macOS leaves a hidden "._NAME.jpg" next to each file it packs, which is no image.
        hidden = parts[-1].startswith(".")
        if len(parts) == 3 and parts[0] == part and name.lower().endswith(IMAGE_SUFFIXES) and not hidden:
            by_class.setdefault(parts[1], []).append(name)
    if tuple(sorted(by_class)) != what.classes:
        found = ", ".join(sorted(by_class)) or "none"
        raise ValueError(
            f"{source}/{part} has the classes {found}: {what.title} needs a folder for each of "
            f"{', '.join(what.classes)}"
        )
    return by_class


def _from_images(what: Cifar, files: Files, part: str, source: Path) -> _Part:
    by_class = _by_class(what, files, part, source)
    names = np.array([name for label in what.classes for name in sorted(by_class[label])], dtype=object)
    labels = np.repeat(np.arange(len(what.classes)), [len(by_class[label]) for label in what.classes])
    return _Part(labels, lambda index: decode_images(files, names[index], (32, 32), str(source)))
