"""Generated datasets in the exact formats of the real ones: for smoke runs and tests. Their numbers mean nothing.

Images are a colour per class and noise.
"""

from __future__ import annotations

import io
import json
import pickle
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from zenith.tasks import cifar10, cifar100, surnames, tinyshakespeare

__all__ = [
    "write_cifar10",
    "write_cifar100",
    "write_coco",
    "write_food101",
    "write_imagenet100",
    "write_mnist",
    "write_names",
    "write_tiny_imagenet",
    "write_tinyshakespeare",
    "zipped",
]


def write_mnist(root: Path | str, train: int = 200, test: int = 100) -> Path:
    """Write MNIST: four IDX files in ``MNIST/raw``, with so many images, the digits in turn.

    Returns
    -------
    Path
        The folder ``MNIST/raw``.

    Examples
    --------
    >>> import tempfile
    >>> from zenith.tasks import fixtures, mnist
    >>> root = tempfile.mkdtemp()
    >>> _ = fixtures.write_mnist(root)
    >>> len(mnist.load(root).train)
    200
    """
    folder = Path(root) / "MNIST" / "raw"
    folder.mkdir(parents=True, exist_ok=True)
    for number, (part, samples) in enumerate((("train", train), ("t10k", test))):
        images, labels = _class_images(samples, 10, (1, 28, 28), number)
        for name, values in ((f"{part}-images-idx3-ubyte", images[:, 0]), (f"{part}-labels-idx1-ubyte", labels)):
            head = bytes([0, 0, 8, values.ndim]) + np.array(values.shape, ">u4").tobytes()
            (folder / name).write_bytes(head + values.astype(np.uint8).tobytes())
    return folder


def write_cifar10(root: Path | str, train: int = 200, test: int = 100) -> Path:
    """Write CIFAR-10's python batches, five of training images and one of test images, and its ``batches.meta``.

    Returns
    -------
    Path
        The folder ``cifar-10-batches-py``.

    Examples
    --------
    >>> import tempfile
    >>> from zenith.tasks import cifar10, fixtures
    >>> root = tempfile.mkdtemp()
    >>> _ = fixtures.write_cifar10(root)
    >>> len(cifar10.load(root).train)
    200
    """
    folder = Path(root) / "cifar-10-batches-py"
    images, labels = _class_images(train, 10, (3, 32, 32), 0)
    for number, part in enumerate(np.array_split(np.arange(train), 5), 1):
        batch = _batch(images[part], f"training batch {number} of 5", labels=labels[part])
        _pickle(folder / f"data_batch_{number}", batch)
    images, labels = _class_images(test, 10, (3, 32, 32), 1)
    _pickle(folder / "test_batch", _batch(images, "testing batch 1 of 1", labels=labels))
    meta = {b"num_cases_per_batch": train // 5, b"label_names": _bytes(cifar10.CLASSES), b"num_vis": 3072}
    _pickle(folder / "batches.meta", meta)
    return folder


def write_cifar100(root: Path | str, train: int = 300, test: int = 100) -> Path:
    """Write CIFAR-100's python batches ``train`` and ``test``, and ``meta`` with the names of the classes.

    Returns
    -------
    Path
        The folder ``cifar-100-python``.

    Examples
    --------
    >>> import tempfile
    >>> from zenith.tasks import cifar100, fixtures
    >>> root = tempfile.mkdtemp()
    >>> _ = fixtures.write_cifar100(root)
    >>> len(cifar100.load(root).train)
    300
    """
    folder = Path(root) / "cifar-100-python"
    for number, (part, samples) in enumerate((("train", train), ("test", test))):
        images, labels = _class_images(samples, 100, (3, 32, 32), number)
        words = f"{'training' if part == 'train' else 'testing'} batch 1 of 1"
        _pickle(folder / part, _batch(images, words, fine_labels=labels, coarse_labels=labels // 5))
    meta = {b"fine_label_names": _bytes(cifar100.CLASSES), b"coarse_label_names": _bytes(map(str, range(20)))}
    _pickle(folder / "meta", meta)
    return folder


def write_food101(root: Path | str, train: int = 2, test: int = 1, size: tuple[int, int] = (40, 56)) -> Path:
    """Write Food-101: 101 classes with so many images each, and the lists in meta.

    Parameters
    ----------
    root : path
        The folder ``food-101`` is made in it.
    train, test : int
        Images of a class.
    size : (int, int)
        Height and width; every other image is turned.

    Returns
    -------
    Path
        The folder ``food-101``.

    Examples
    --------
    >>> import tempfile
    >>> from zenith.tasks import fixtures
    >>> folder = fixtures.write_food101(tempfile.mkdtemp())
    >>> sorted(path.name for path in (folder / "meta").iterdir())
    ['classes.txt', 'labels.txt', 'test.json', 'test.txt', 'train.json', 'train.txt']
    """
    folder = Path(root) / "food-101"
    classes = [f"dish_{number:03d}" for number in range(101)]
    lists: dict[str, dict[str, list[str]]] = {"train": {}, "test": {}}
    rng = np.random.default_rng(0)
    for number, name in enumerate(classes):
        (folder / "images" / name).mkdir(parents=True)
        ids = [str(identifier) for identifier in 1000 * (number + 1) + rng.permutation(1000)[: train + test]]
        for place, identifier in enumerate(ids):
            shape = size if place % 2 == 0 else size[::-1]
            (folder / "images" / name / f"{identifier}.jpg").write_bytes(_jpeg(rng, number, 101, shape))
        lists["train"][name] = [f"{name}/{identifier}" for identifier in ids[:train]]
        lists["test"][name] = [f"{name}/{identifier}" for identifier in ids[train:]]
    meta = folder / "meta"
    meta.mkdir()
    for part, names in lists.items():
        (meta / f"{part}.json").write_text(json.dumps(names))
        (meta / f"{part}.txt").write_text("\n".join(name for group in names.values() for name in group))
    (meta / "classes.txt").write_text("\n".join(classes) + "\n")
    (meta / "labels.txt").write_text("\n".join(name.replace("_", " ").capitalize() for name in classes) + "\n")
    return folder


def write_tiny_imagenet(root: Path | str, train: int = 2, val: int = 1, size: int = 64) -> Path:
    """Write Tiny ImageNet: 200 classes with so many images each, their boxes, and val with its annotations.

    One image in fifty is grey, with one channel.

    Parameters
    ----------
    root : path
        The folder ``tiny-imagenet-200`` is made in it.
    train, val : int
        Images of a class.
    size : int
        Height and width.

    Returns
    -------
    Path
        The folder ``tiny-imagenet-200``.
    """
    folder = Path(root) / "tiny-imagenet-200"
    classes = _wnids(200)
    rng = np.random.default_rng(0)
    made = 0

    def image(number: int) -> bytes:
        nonlocal made
        made += 1
        return _jpeg(rng, number, 200, (size, size), grey=made % 50 == 0)

    for number, name in enumerate(classes):
        images = folder / "train" / name / "images"
        images.mkdir(parents=True)
        files = [f"{name}_{place}.JPEG" for place in range(train)]
        for file in files:
            (images / file).write_bytes(image(number))
        boxes = "".join(f"{file}\t0\t0\t{size - 1}\t{size - 1}\n" for file in files)
        (images.parent / f"{name}_boxes.txt").write_text(boxes)
    held = folder / "val" / "images"
    held.mkdir(parents=True)
    lines = []
    for place, label in enumerate(rng.permutation(np.repeat(np.arange(200), val)).tolist()):
        (held / f"val_{place}.JPEG").write_bytes(image(label))
        lines.append(f"val_{place}.JPEG\t{classes[label]}\t0\t0\t{size - 1}\t{size - 1}\n")
    (held.parent / "val_annotations.txt").write_text("".join(lines))
    (folder / "test" / "images").mkdir(parents=True)
    (folder / "wnids.txt").write_text("".join(f"{name}\n" for name in classes))
    (folder / "words.txt").write_text("".join(f"{name}\tthing {name}\n" for name in classes))
    return folder


def write_imagenet100(
    root: Path | str,
    train: int = 2,
    val: int = 1,
    size: tuple[int, int] = (40, 56),
    *,
    kaggle: bool = False,
    classes: Sequence[str] | None = None,
) -> Path:
    """Write ImageNet-100: a folder per class in ``train`` and ``val``, or as the copy on Kaggle has them.

    Parameters
    ----------
    root : path
        The folder ``imagenet100`` is made in it.
    train, val : int
        Images of a class.
    size : (int, int)
        Height and width; every other image is turned.
    kaggle : bool
        A quarter of the classes in each of ``train.X1`` to ``train.X4``, val in ``val.X``, and ``Labels.json``.
    classes : sequence of str, optional
        Names of the classes, 100 by default; more, and a list is needed to choose 100 of them.

    Returns
    -------
    Path
        The folder ``imagenet100``.
    """
    folder = Path(root) / "imagenet100"
    names = list(classes) if classes is not None else _wnids(100)
    rng = np.random.default_rng(0)
    for number, name in enumerate(names):
        part = f"train.X{1 + 4 * number // len(names)}" if kaggle else "train"
        for inner, count, mark in ((part, train, "n"), ("val.X" if kaggle else "val", val, "ILSVRC2012_val")):
            (folder / inner / name).mkdir(parents=True)
            for place in range(count):
                shape = size if place % 2 == 0 else size[::-1]
                content = _jpeg(rng, number, len(names), shape)
                (folder / inner / name / f"{mark}_{name}_{place:08d}.JPEG").write_bytes(content)
    if kaggle:
        (folder / "Labels.json").write_text(json.dumps({name: f"thing {name}, stuff" for name in names}))
    return folder


def write_coco(root: Path | str, train: int = 4, val: int = 2, size: tuple[int, int] = (48, 64)) -> Path:
    """Write COCO 2017: so many images, with annotations of objects and of people with key points.

    Each has a car, and a person of 17 key points, of which one is hidden and one not labelled; but the last, which has
    neither, and the first, which has a crowd in run-length encoding as well, and a car of two parts.

    Parameters
    ----------
    root : path
        The folder ``coco`` is made in it.
    train, val : int
        Images.
    size : (int, int)
        Height and width; every other image is turned.

    Returns
    -------
    Path
        The folder ``coco``.

    Examples
    --------
    >>> import tempfile
    >>> from zenith.tasks import fixtures
    >>> folder = fixtures.write_coco(tempfile.mkdtemp())
    >>> sorted(path.name for path in folder.iterdir())
    ['annotations', 'train2017', 'val2017']
    """
    folder = Path(root) / "coco"
    (folder / "annotations").mkdir(parents=True)
    rng = np.random.default_rng(0)
    categories = {1: "person", 3: "car", 90: "toothbrush"}
    number = 0
    for part, count in (("train2017", train), ("val2017", val)):
        (folder / part).mkdir()
        images: list[dict[str, Any]] = []
        objects: list[dict[str, Any]] = []
        for place in range(count):
            height, width = size if place % 2 == 0 else size[::-1]
            number += 1
            image = {"id": 10 * number, "file_name": f"{10 * number:012d}.jpg", "height": height, "width": width}
            found = [] if count > 1 and place == count - 1 else _objects(rng, height, width, crowd=place == 0)
            for each in found:
                each |= {"id": 1000 * number + len(objects), "image_id": image["id"]}
                objects.append(each)
            (folder / part / str(image["file_name"])).write_bytes(_photograph(rng, height, width, found))
            images.append(image | {"license": 4, "coco_url": "", "flickr_url": "", "date_captured": ""})
        people = [each for each in objects if each["category_id"] == 1]
        things = [{key: each[key] for key in each if "keypoints" not in key} for each in objects]
        lists = {"instances": (things, categories), "person_keypoints": (people, {1: "person"})}
        for kind, (listed, names) in lists.items():
            held = {
                "info": {"description": "generated"},
                "licenses": [],
                "images": images,
                "annotations": listed,
                "categories": [{"id": key, "name": name, "supercategory": name} for key, name in names.items()],
            }
            (folder / "annotations" / f"{kind}_{part}.json").write_text(json.dumps(held))
    return folder


def _objects(rng: np.random.Generator, height: int, width: int, crowd: bool) -> list[dict[str, Any]]:
    """Return annotations of a car, a person, and a crowd in the bottom rows."""
    found: list[dict[str, Any]] = []
    for category in (3, 1):
        w, h = width // 3, height // 2
        x, y = int(rng.integers(0, width // 2 - w)) + (category == 1) * width // 2, int(rng.integers(0, height // 3))
        corners = [float(value) for value in (x, y, x + w, y, x + w, y + h, x, y + h)]
        parts, area = [corners], float(w * h)
        if crowd and category == 3:  # two halves with a gap
            third = w / 3
            parts = [[x, y, x + third, y, x + third, y + h, x, y + h]]
            parts.append([x + w - third, y, x + w, y, x + w, y + h, x + w - third, y + h])
            area = 2 * third * h
        found.append(
            {"category_id": category, "bbox": [float(x), float(y), float(w), float(h)], "area": area, "iscrowd": 0}
            | {"segmentation": [[float(value) for value in part] for part in parts]}
        )
        if category == 1:
            points = [(x + w * (0.1 + 0.05 * i), y + h * (0.1 + 0.05 * i), 2) for i in range(17)]
            points[1], points[2] = (*points[1][:2], 1), (0, 0, 0)
            flat = [float(value) if place % 3 < 2 else value for place, value in enumerate(sum(points, ()))]
            found[-1] |= {"keypoints": flat, "num_keypoints": 16}
    if crowd:
        rows = height // 6
        counts = [height - rows] + [rows, height - rows] * (width - 1) + [rows]  # column by column, zeros first
        found.append(
            {"category_id": 1, "bbox": [0.0, float(height - rows), float(width), float(rows)], "iscrowd": 1}
            | {"area": float(rows * width), "segmentation": {"counts": counts, "size": [height, width]}}
            | {"keypoints": [0] * 51, "num_keypoints": 0}
        )
    return found


def _photograph(rng: np.random.Generator, height: int, width: int, objects: list[dict[str, Any]]) -> bytes:
    """Return a JPEG of grey noise in which the objects are boxes of a colour each."""
    from PIL import Image

    pixels = rng.normal(110, 12, (height, width, 3))
    for each in objects:
        x, y, w, h = (int(value) for value in each["bbox"])
        pixels[y : y + h, x : x + w] += np.array({1: (90, -60, -60), 3: (-60, -60, 90)}[each["category_id"]])
    content = io.BytesIO()
    Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(content, "JPEG", quality=95)
    return content.getvalue()


def zipped(folder: Path) -> Path:
    """Pack a folder into a zip archive next to it, in the place of the folder's files, and return its path.

    The folder stays; what reads the archive has to be given another place.
    """
    archive = folder.with_suffix(".zip")
    with zipfile.ZipFile(archive, "w") as packed:
        for path in sorted(folder.rglob("*")):
            packed.write(path, path.relative_to(folder.parent))
    return archive


def write_tinyshakespeare(root: Path, characters: int = 20_000) -> None:
    """Write ``tinyshakespeare/input.txt`` of so many characters, all 65 of the real text among them."""
    generator = np.random.default_rng(0)
    alphabet = np.array(list(tinyshakespeare.CHARACTERS))
    words = ["".join(generator.choice(alphabet[-26:], generator.integers(2, 8))) for _ in range(50)]
    text = "".join(alphabet) + "\n"
    while len(text) < characters:
        text += " ".join(generator.choice(words, 8)).capitalize() + ".\n"
    folder = Path(root) / "tinyshakespeare"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "input.txt").write_text(text[:characters], encoding="utf-8", newline="\n")


def write_names(root: Path, names: int = 30) -> None:
    """Write ``names/LANGUAGE.txt`` for the 18 languages, so many names each, of letters that each language prefers."""
    folder = Path(root) / "names"
    folder.mkdir(parents=True, exist_ok=True)
    letters = np.array(list(surnames.LETTERS[:26]))
    for number, language in enumerate(surnames.LANGUAGES):
        generator = np.random.default_rng(number)
        preferred = np.roll(letters, -number)[:8]
        lines = {"".join(generator.choice(preferred, generator.integers(3, 12))).capitalize() for _ in range(2 * names)}
        (folder / f"{language}.txt").write_text("\n".join(sorted(lines)[:names]) + "\n", encoding="utf-8", newline="\n")


def _wnids(count: int) -> list[str]:
    """Names such as those of WordNet's nouns, in no order."""
    numbers = np.random.default_rng(1).choice(10**7, size=count, replace=False)
    return [f"n{number:08d}" for number in numbers.tolist()]


def _jpeg(rng: np.random.Generator, number: int, of: int, size: tuple[int, int], grey: bool = False) -> bytes:
    """Return a JPEG of one colour per class, with noise."""
    from PIL import Image

    turn: Callable[[float], float] = lambda shift: 0.5 + 0.35 * np.cos(2 * np.pi * (number / of + shift))  # noqa: E731
    colour = 255 * np.array([turn(0), turn(1 / 3), turn(2 / 3)])
    noise = rng.normal(0, 12, (*size, 3))
    pixels = np.clip(colour + noise, 0, 255).astype(np.uint8)
    image = Image.fromarray(pixels).convert("L") if grey else Image.fromarray(pixels)
    content = io.BytesIO()
    image.save(content, "JPEG", quality=90)
    return content.getvalue()


def _class_images(samples: int, classes: int, shape: tuple[int, int, int], seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return uint8 images, of each class a colour or brightness and stripes of its own, with noise, and the classes."""
    labels = np.arange(samples) % classes
    of_class = np.random.default_rng(classes)
    colours = of_class.uniform(40, 215, (classes, shape[0], 1, 1)) + of_class.uniform(-40, 40, (classes, *shape))
    noise = np.random.default_rng(seed).normal(0, 20, (samples, *shape))
    return np.clip(colours[labels] + noise, 0, 255).astype(np.uint8), labels


def _batch(images: np.ndarray, words: str, **labels: np.ndarray) -> dict[bytes, object]:
    return {
        b"batch_label": words.encode(),
        b"filenames": [f"{number:06d}.png".encode() for number in range(len(images))],
        b"data": images.reshape(len(images), -1),
        **{key.encode(): values.tolist() for key, values in labels.items()},
    }


def _bytes(names: Sequence[str] | map[str]) -> list[bytes]:
    return [name.encode() for name in names]


def _pickle(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pickle.dumps(value, protocol=2))
