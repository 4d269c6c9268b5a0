"""Download datasets from where torchvision does, so that nothing counts as there that is not whole and checked."""

from __future__ import annotations

import http.client
import os
import shutil
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock

from zenith._common.vision import import_torchvision

__all__ = ["IMAGENET100", "TINY_IMAGENET", "cifar10", "cifar100", "food101", "imagenet100", "mnist", "tiny_imagenet"]

TINY_IMAGENET = (
    "it is not downloaded from here, for there is no official sum: get http://cs231n.stanford.edu/tiny-imagenet-200.zip"
)
IMAGENET100 = (
    "it is not downloaded from here: ImageNet's images come from https://image-net.org after registration, and a list "
    "of 100 classes is imagenet100.txt of github.com/HobbitLong/CMC"
)


def mnist(root: Path) -> None:
    """Download the four files of MNIST, 12 MB, into ``MNIST/raw``, where torchvision has them."""
    source = _datasets().MNIST
    with _staged(root, "MNIST") as staging:
        for name, md5 in source.resources:
            _fetch([f"{mirror}{name}" for mirror in source.mirrors], md5, staging / name, root)
        folder = root / "MNIST" / "raw"
        folder.mkdir(parents=True, exist_ok=True)
        for name, _ in source.resources:
            os.replace(staging / name, folder / name)


def cifar10(root: Path) -> None:
    """Download CIFAR-10's python batches, 170 MB, as the archive that they come in."""
    _archive(root, _datasets().CIFAR10)


def cifar100(root: Path) -> None:
    """Download CIFAR-100's python batches, 169 MB, as the archive that they come in."""
    _archive(root, _datasets().CIFAR100)


def food101(root: Path) -> None:
    """Download Food-101, 5 GB, or take the archive that is there, check its sum, and unpack it into ``food-101``."""
    source = _datasets().Food101
    name = "food-101"
    if (root / name).exists():
        raise ValueError(f"{root / name} is there and is no whole Food-101: move it away, or give another data root")
    with _staged(root, name) as staging:
        archive = root / f"{name}.tar.gz"
        if archive.is_file():
            _check_sum(archive, source._MD5)
        else:
            archive = staging / archive.name
            _fetch([source._URL], source._MD5, archive, root)
        try:
            with tarfile.open(archive) as packed:
                packed.extractall(staging / "unpacked", filter="data")
        except (tarfile.TarError, OSError, EOFError) as error:
            raise ValueError(f"{archive.name} cannot be unpacked ({error}): nothing was kept") from error
        os.replace(staging / "unpacked" / name, root / name)


def tiny_imagenet(root: Path) -> None:
    """Say where Tiny ImageNet is to be had."""
    raise FileNotFoundError(f"Tiny ImageNet is not in {root}; {TINY_IMAGENET} and put it there")


def imagenet100(root: Path) -> None:
    """Say where ImageNet-100 is to be had."""
    raise FileNotFoundError(f"ImageNet-100 is not in {root}; {IMAGENET100}")


def _datasets() -> Any:
    return import_torchvision("datasets")


def _archive(root: Path, source: Any) -> None:
    with _staged(root, source.filename) as staging:
        _fetch([source.url], source.tgz_md5, staging / source.filename, root)
        os.replace(staging / source.filename, root / source.filename)


@contextmanager
def _staged(root: Path, name: str) -> Iterator[Path]:
    """Context of an empty folder in `root`, on its disk, that nobody else writes to and that is gone at the end.

    What a killed process left in it is removed by the next; a dataset moves out of it only when it is whole.
    """
    root.mkdir(parents=True, exist_ok=True)
    staging = root / f".{name}.partial"
    with FileLock(root / f".{name}.lock"):
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir()
        try:
            yield staging
        finally:
            shutil.rmtree(staging, ignore_errors=True)


def _fetch(urls: Sequence[str], md5: str, path: Path, root: Path) -> None:
    """Download one file from the first of several places that has it, with the sum that it should have.

    Raises
    ------
    OSError
        If none has; it says of each why.
    """
    utils: Any = import_torchvision("datasets.utils")
    reasons = []
    for url in urls:
        try:
            utils.download_url(url, path.parent, path.name, md5)
            return
        except RuntimeError:  # of a wrong sum
            reasons.append(f"{url} gave {path.stat().st_size:,} bytes without the official MD5 sum {md5}")
        except (OSError, http.client.HTTPException) as error:
            reasons.append(f"{url} gave nothing ({error})")
        path.unlink(missing_ok=True)
    raise OSError(
        f"{path.name} could not be downloaded: {'; '.join(reasons)}; nothing was kept: try again, or put the dataset "
        f"into {root} yourself"
    )


def _check_sum(path: Path, md5: str) -> None:
    utils: Any = import_torchvision("datasets.utils")
    if not utils.check_md5(path, md5):
        raise ValueError(f"{path} has not the official MD5 sum {md5}: remove it, and the same command downloads it")
