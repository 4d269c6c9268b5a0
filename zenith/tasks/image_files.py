"""Images in files, decoded when a batch asks for them: what the datasets share that do not fit into memory."""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from zenith.tasks.data import Batch, Data, DatasetSplit, Loading, fingerprint
from zenith.tasks.file_formats import IMAGE_SUFFIXES
from zenith.tasks.subsets import SUBSET_SEED, balanced_order

__all__ = [
    "FileTree",
    "Folder",
    "ImageFiles",
    "Listing",
    "Zip",
    "class_folders",
    "default_workers",
    "find_tree",
    "image_data",
]

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of ImageNet's training pixels scaled to [0, 1], per channel, which is what these datasets are usually given."""


class FileTree(Protocol):
    """A folder, or an archive that can be read at any place. Paths have "/" between their parts."""

    def folders(self, under: str) -> list[str]:
        """Names of the folders in a folder, sorted; none if it is not there."""

    def files(self, under: str) -> Mapping[str, int]:
        """Names of the files in a folder and their sizes in bytes; none if it is not there."""

    def read(self, path: str) -> bytes:
        """Return the bytes of a file."""


class Folder:
    """A folder on disk."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def __str__(self) -> str:
        return str(self.root)

    def folders(self, under: str) -> list[str]:
        """Names of the folders in a folder, sorted; none if it is not there."""
        return sorted(entry.name for entry in self._entries(under) if entry.is_dir())

    def files(self, under: str) -> Mapping[str, int]:
        """Names of the files in a folder and their sizes in bytes; none if it is not there."""
        return {entry.name: entry.stat().st_size for entry in self._entries(under) if entry.is_file()}

    def read(self, path: str) -> bytes:
        """Return the bytes of a file."""
        return (self.root / path).read_bytes()

    def _entries(self, under: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(self.root / under) as entries:
                return [entry for entry in entries if not entry.name.startswith(".")]
        except (FileNotFoundError, NotADirectoryError):
            return []


class Zip:
    """What a zip archive holds, which is not unpacked.

    Raises
    ------
    ValueError
        If the archive is damaged.
    """

    def __init__(self, path: Path) -> None:
        self.path, self._prefix = path, ""
        self._held: tuple[int, zipfile.ZipFile] | None = None
        self._files: dict[str, dict[str, int]] = {}
        self._folders: dict[str, set[str]] = {}
        for member in self._archive().infolist():
            folder, _, name = member.filename.rpartition("/")
            if name and not name.startswith(".") and not folder.startswith("__MACOSX"):
                self._files.setdefault(folder, {})[name] = member.file_size
            while folder:
                above, _, last = folder.rpartition("/")
                self._folders.setdefault(above, set()).add(last)
                folder = above

    def __str__(self) -> str:
        return str(self.path / self._prefix)

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_held": None}

    def inside(self, folder: str) -> Zip:
        """Return one of its folders as a tree of its own."""
        other = Zip.__new__(Zip)
        other.__dict__.update(self.__dict__, _prefix=folder, _held=None)
        return other

    def folders(self, under: str) -> list[str]:
        """Names of the folders in a folder, sorted; none if it is not there."""
        return sorted(self._folders.get(self._at(under), ()))

    def files(self, under: str) -> Mapping[str, int]:
        """Names of the files in a folder and their sizes in bytes; none if it is not there."""
        return self._files.get(self._at(under), {})

    def read(self, path: str) -> bytes:
        """Return the bytes of a file."""
        return self._archive().read(self._at(path))

    def _at(self, path: str) -> str:
        return "/".join(part for part in (self._prefix, path) if part and part != ".")

    def _archive(self) -> zipfile.ZipFile:
        # Each process opens it for itself: those that share a file share the place that it is read at.
        if self._held is None or self._held[0] != os.getpid():
            try:
                self._held = os.getpid(), zipfile.ZipFile(self.path)
            except (zipfile.BadZipFile, OSError) as error:
                raise ValueError(f"{self.path} is a broken archive ({error}): download it again") from error
        return self._held[1]


def find_tree(root: Path, folders: Sequence[str], archives: Sequence[str], wanted: Sequence[str]) -> FileTree | None:
    """Return the first place below `root` that has the wanted folders; folders on disk go before zip archives.

    Parameters
    ----------
    root : Path
    folders : sequence of str
        Where to look, also within an archive.
    archives : sequence of str
        Names of zip files, in `root` or in one of the folders.
    wanted : sequence of str
        Names of folders.
    """
    trees: list[FileTree] = [Folder(root / name) for name in folders]
    for archive in (root / name / archive for name in folders for archive in archives):
        if archive.is_file():
            whole = Zip(archive)
            trees += [whole.inside("" if name == "." else name) for name in folders]
    return next((tree for tree in trees if set(wanted) <= set(tree.folders(""))), None)


@dataclass(frozen=True)
class Listing:
    """Images of one part of a dataset.

    Attributes
    ----------
    paths : sequence of str
        In the tree.
    sizes : sequence of int
        In bytes.
    labels : sequence of int
    """

    paths: Sequence[str]
    sizes: Sequence[int]
    labels: Sequence[int]

    def __post_init__(self) -> None:
        if empty := [path for path, size in zip(self.paths, self.sizes, strict=True) if size == 0]:
            raise ValueError(
                f"{empty[0]} is an empty file, as {len(empty)} of {len(self.paths)} images are: unpack or download the "
                "dataset again"
            )


def class_folders(tree: FileTree, parts: Sequence[str], classes: Sequence[str]) -> Listing:
    """Return the images of ``part/class/*`` or ``part/class/images/*``, by class and then by name.

    Parameters
    ----------
    tree : FileTree
    parts : sequence of str
        Folders that hold class folders; a class may be in any of them.
    classes : sequence of str
        In the order of their labels.

    Raises
    ------
    ValueError
        If a class has no images, or an image is an empty file.
    """
    paths: list[str] = []
    sizes: list[int] = []
    labels: list[int] = []
    for label, name in enumerate(classes):
        before = len(paths)
        for folder in (f"{part}/{name}{inner}" for part in parts for inner in ("", "/images")):
            found = sorted(item for item in tree.files(folder).items() if item[0].lower().endswith(IMAGE_SUFFIXES))
            paths += [f"{folder}/{file}" for file, _ in found]
            sizes += [size for _, size in found]
        if len(paths) == before:
            raise ValueError(
                f"{tree}/{parts[0]}/{name} holds no images ({', '.join(IMAGE_SUFFIXES)}): unpack or download the "
                "dataset again"
            )
        labels += [label] * (len(paths) - before)
    return Listing(paths, sizes, labels)


class ImageFiles(Dataset[tuple[Tensor, Tensor]]):
    """Images as ``(pixels, label)``: uint8 of shape ``(3, side, side)``, decoded when asked for, and int64.

    The shorter side of an image is resized to `side` (bilinear, with antialiasing) and the middle cut out; grey images
    are repeated in all three channels.
    """

    def __init__(self, tree: FileTree, paths: Sequence[str], labels: Tensor, side: int) -> None:
        self._tree, self._paths, self._labels, self._side = tree, paths, labels, side

    def __len__(self) -> int:
        return len(self._paths)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        pixels = _decode(self._tree, self._paths[index], self._side)
        return torch.from_numpy(pixels), self._labels[index]


def _decode(tree: FileTree, path: str, side: int) -> np.ndarray:
    from PIL import Image

    try:
        with Image.open(io.BytesIO(tree.read(path)), formats=("JPEG", "PNG")) as opened:
            image = opened if opened.mode == "RGB" else opened.convert("RGB")
            width, height = image.size
            if min(width, height) != side:
                scaled = (max(1, int(side * max(width, height) / min(width, height))), side)
                size = scaled if width >= height else scaled[::-1]
                image = image.resize(size, Image.Resampling.BILINEAR)
                width, height = size
            left, top = round((width - side) / 2), round((height - side) / 2)
            pixels = np.asarray(image)[top : top + side, left : left + side]
            return np.ascontiguousarray(pixels.transpose(2, 0, 1))
    # Pillow and zipfile raise any of them on a damaged file.
    except (OSError, SyntaxError, ValueError, zlib.error, zipfile.BadZipFile, Image.DecompressionBombError) as error:
        raise ValueError(f"{tree}/{path} is not a readable image ({error}): unpack or download it again") from error


@dataclass(frozen=True)
class _Standardise:
    """Makes float32 of pixels, and cuts the middle out of images that no augmentation has cut."""

    size: int

    def __call__(self, pixels: Tensor, labels: Tensor) -> Batch:
        top, left = (round((length - self.size) / 2) for length in pixels.shape[-2:])
        cut = pixels[..., top : top + self.size, left : left + self.size]
        mean, std = (torch.tensor(values, device=pixels.device).view(3, 1, 1) for values in (MEAN, STD))
        return (cut.to(torch.float32) / 255 - mean) / std, labels


def default_workers() -> int:
    """Processes that decode: six, as in the ZENITH paper, where there is a GPU; on a CPU a step takes far longer."""
    return min(6, os.cpu_count() or 1) if torch.cuda.is_available() else 0


def image_data(
    tree: FileTree,
    train: Listing,
    test: Listing,
    *,
    image_size: int,
    resize: int,
    train_samples: int,
    test_samples: int,
    workers: int | None,
    name: str,
    about: str,
) -> Data:
    """Return a dataset of image files.

    Parameters
    ----------
    tree : FileTree
    train, test : Listing
    image_size, resize : int
        Height and width of images in a batch; and of what is decoded, of which these are the middle, or what the
        augmentation cuts out.
    train_samples, test_samples : int
        As of `balanced_order`; 0 for all.
    workers : int, optional
        Processes that decode; `default_workers` by default. The numbers do not depend on it.
    name, about : str
        The dataset's name and what to say of it.
    """
    if image_size < 1 or resize < image_size:
        raise ValueError(
            f"image_size={image_size} cannot be cut out of images of resize={resize} pixels: give a resize of "
            f"{max(image_size, 1)} at least"
        )
    loading = Loading(workers=default_workers() if workers is None else workers, pin_memory=True)
    splits, described = [], []
    listed = hashlib.sha256(f"{name} {image_size} {resize}".encode())
    for part, listing, n in (("train", train, train_samples), ("test", test, test_samples)):
        labels = torch.tensor(listing.labels, dtype=torch.int64)
        split = DatasetSplit(ImageFiles(tree, listing.paths, labels, resize), loading, finish=_Standardise(image_size))
        listed.update(f"{part} {n} ".encode())
        for path, size, label in zip(listing.paths, listing.sizes, listing.labels, strict=True):
            listed.update(f"{path} {size} {label}\n".encode())
        words = f"{len(labels):,} {part}ing images" if part == "train" else f"{len(labels):,} test images"
        chosen = balanced_order(labels, n, f"{part}_samples")
        if n:
            split = split.select(chosen)
            words = f"{n:,} of {words}, the first of a class-balanced permutation with seed {SUBSET_SEED}"
        splits.append(split)
        described.append(words)
    listed.update(fingerprint(*splits).encode())
    cut = "" if resize == image_size else f", of which the middle {image_size}x{image_size} is measured"
    description = (
        f"{name} from {about}; {' and '.join(described)}; shorter side resized to {resize}, middle {resize}x{resize}"
        f"{cut}; standardised with ImageNet's means {MEAN} and standard deviations {STD}"
    )
    return Data(splits[0], splits[1], listed.hexdigest(), description)


def names_in(text: str) -> Iterable[str]:
    """First words of the lines of a list file, without those that are empty or begin with #."""
    lines = (line.strip() for line in text.splitlines())
    return (line.split()[0] for line in lines if line and not line.startswith("#"))
