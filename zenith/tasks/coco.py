"""COCO 2017: photographs with the objects in them (Lin et al. 2014), and Mask and Keypoint R-CNN on them."""

from __future__ import annotations

import functools
import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from zenith._common.validation import check_integer
from zenith.tasks.data import Batch, Data, DatasetSplit, Loading
from zenith.tasks.detection import average_precision_metrics, detection_loss, images_in, import_coco_eval
from zenith.tasks.image_files import default_workers
from zenith.tasks.networks.detection import CLASSES, Backbone, Norm, check_detector, detector
from zenith.tasks.subsets import SUBSET_SEED
from zenith.tasks.task import Task

__all__ = ["keypoint_rcnn", "load", "mask_rcnn"]

Kind = Literal["instances", "person_keypoints"]
_FOLDERS = (".", "coco", "COCO", "coco2017")
_PARTS = {"train": "train2017", "test": "val2017"}
_KEYS = ("id", "image_id", "category_id", "bbox", "area", "iscrowd")
KEYPOINTS = 17
FAR = 10
"""Sizes of an image that a polygon's points may be away: it is drawn pixel by pixel along its edges."""
EVALUATED_AT_ONCE = 4
"""Images of a batch in an evaluation."""
WORKERS = 5
"""As the ZENITH paper has it for COCO, where there is a GPU."""


@dataclass(frozen=True)
class _Image:
    """An image, its size in pixels and in bytes, its annotations as JSON, and whether there is something to train on.

    Text takes a fifth of the memory of what it is read as.
    """

    id: int
    file: str
    height: int
    width: int
    bytes: int
    annotations: str
    objects: int
    crowds: int
    keypoints: bool


def load(
    data_root: Path | None = None,
    *,
    kind: Kind = "instances",
    images: Literal["all", "objects", "keypoints"] = "all",
    train_samples: int = 0,
    test_samples: int = 0,
    test_on: Literal["val", "train"] = "val",
    workers: int | None = None,
) -> Data:
    """Load COCO 2017 from its unpacked folders; images are decoded when a batch asks for them.

    Parameters
    ----------
    data_root : Path
        A folder that holds ``train2017``, ``val2017`` and ``annotations``, directly or in ``coco``.
    kind : {"instances", "person_keypoints"}
        Which annotations.
    images : {"all", "objects", "keypoints"}
        All training images; or those with an object (a person, of ``person_keypoints``) that is no crowd; or with key
        points. All test images are taken.
    train_samples, test_samples : int
        The first so many of a permutation with seed 0 in which images with objects, of ``person_keypoints`` with key
        points, come before the others; 0 for all.
    test_on : {"val", "train"}
        Where the test images are from: val2017, or the training images that are taken.
    workers : int, optional
        Processes that decode. By default five, as in the ZENITH paper, where there is a GPU, and none else.

    Returns
    -------
    Data
        Batches ``(images, targets)``, lists of float32 tensors of shape ``(3, height, width)`` in [0, 1], of each
        image's own size, and of dicts: "boxes" (n, 4) as (x1, y1, x2, y2) in pixels, "labels" (n,), COCO's category
        ids, "masks" (n, height, width) or "keypoints" (n, 17, 3), "image_id", and "annotations", JSON of what the
        evaluation needs, crowds included. Targets are without crowds, and without boxes of no width or height.

    Raises
    ------
    FileNotFoundError
        If the dataset is not there.
    ModuleNotFoundError
        Without faster-coco-eval.
    ValueError
        For files that are damaged, or images that are missing; one that cannot be decoded is named when it is asked
        for.
    """
    import_coco_eval()
    if data_root is None:
        raise FileNotFoundError(
            "COCO needs a data root: give --data-root DIR with DIR/train2017, DIR/val2017 and DIR/annotations, which "
            "cocodataset.org has (19 GB)"
        )
    root = Path(data_root)
    there = next((root / name for name in _FOLDERS if (root / name / "annotations").is_dir()), None)
    if there is None:
        raise FileNotFoundError(
            f"COCO 2017 not found: neither {root}/annotations nor {root}/coco/annotations is there: unpack "
            f"train2017.zip, val2017.zip and annotations_trainval2017.zip of cocodataset.org into {root / 'coco'}"
        )
    loading = Loading(
        collate=_collate,
        workers=min(WORKERS, default_workers()) if workers is None else workers,
        pin_memory=True,
        batch_size=EVALUATED_AT_ONCE,
    )
    every = _read(there, _PARTS["train"], kind)
    usable = [each for each in every if images == "all" or (each.keypoints if images == "keypoints" else each.objects)]
    if not usable:
        raise ValueError(f"{there} has no training images with {images}: give images='all'")
    train = _first(usable, train_samples, "train_samples", kind)
    tested = train if test_on == "train" else _read(there, _PARTS["test"], kind)
    test = _first(tested, test_samples, "test_samples", kind)
    digest = hashlib.sha256(kind.encode())
    splits, words = [], []
    for part, chosen, of in (("training", train, every), ("test", test, tested)):
        folder = there / _PARTS["train" if part == "training" or test_on == "train" else "test"]
        splits.append(DatasetSplit(CocoImages(folder, chosen, kind), loading, finish=_as_floats))
        for each in chosen:
            digest.update(f"{part} {each.id} {each.file} {each.bytes} {each.annotations}\n".encode())
        objects, crowds = sum(each.objects for each in chosen), sum(each.crowds for each in chosen)
        some = "" if len(chosen) == len(of) else f" of {len(of):,}"
        words.append(f"{len(chosen):,}{some} {part} images with {objects:,} objects and {crowds:,} crowds")
    description = f"COCO 2017 from annotations/{kind}_*.json; {'; '.join(words)}"
    if test_on == "train":
        description += "; TESTED ON THE TRAINING IMAGES"
    if train_samples or test_samples:
        description += f"; the first of a permutation with seed {SUBSET_SEED}, images with objects before others"
    return Data(splits[0], splits[1], digest.hexdigest(), description)


def _first(images: list[_Image], samples: int, option: str, kind: Kind) -> list[_Image]:
    if not check_integer(option, samples, least=0):
        return images
    if samples > len(images):
        raise ValueError(f"{option}={samples} is more than the {len(images)} images that are there: take 0 for all")
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(SUBSET_SEED)).tolist()
    ordered = sorted((images[place] for place in order), key=lambda each: not _is_target(each, kind))
    return ordered[:samples]


def _is_target(image: _Image, kind: Kind) -> bool:
    return image.keypoints if kind == "person_keypoints" else image.objects > 0


# Annotations
# ----------------------------------------------------------------------------------------------------------------------


def _read(root: Path, part: str, kind: Kind) -> list[_Image]:
    """Return the images of a part that the annotations list, in their order."""
    path = root / "annotations" / f"{kind}_{part}.json"
    again = "unpack annotations_trainval2017.zip again"
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing: {again}")
    try:
        held = json.loads(path.read_bytes())
        listed = {int(each["id"]): each for each in held["images"]}
        of_image: dict[int, list[dict[str, Any]]] = {number: [] for number in listed}
        for annotation in held["annotations"]:
            image = listed[annotation["image_id"]]
            size = int(image["height"]), int(image["width"])
            of_image[annotation["image_id"]].append(_checked(annotation, kind, size))
    except (ValueError, TypeError, LookupError) as error:
        said = f"no {error}" if isinstance(error, KeyError) else str(error)
        raise ValueError(f"{path} is damaged ({said}): {again}") from error
    if not listed:
        raise ValueError(f"{path} lists no images: {again}")
    folder = root / part
    sizes = {entry.name: entry.stat().st_size for entry in folder.iterdir()} if folder.is_dir() else {}
    found = []
    for number, each in listed.items():
        annotations = of_image.pop(number)
        plain = [annotation for annotation in annotations if not annotation["iscrowd"]]
        found.append(
            _Image(
                number,
                str(each["file_name"]),
                int(each["height"]),
                int(each["width"]),
                sizes.get(each["file_name"], 0),
                json.dumps(annotations, separators=(",", ":")),
                len(plain),
                len(annotations) - len(plain),
                any(annotation.get("num_keypoints") for annotation in plain),
            )
        )
    lacking = [each.file for each in found if not each.bytes]
    if lacking:
        raise ValueError(
            f"{folder / lacking[0]} is missing or empty, as {len(lacking):,} of {len(found):,} images are that {path} "
            f"lists: unpack {part}.zip again"
        )
    return found


def _checked(annotation: Mapping[str, Any], kind: Kind, size: tuple[int, int]) -> dict[str, Any]:
    """Return what is needed of an annotation of an image of a size, (height, width)."""
    kept = {key: annotation[key] for key in _KEYS}
    name = f"annotation {kept['id']}"
    if len(kept["bbox"]) != 4:
        raise ValueError(f"{name} has a box of {len(kept['bbox'])} numbers")
    if not 1 <= kept["category_id"] < CLASSES["mask"]:
        raise ValueError(f"{name} is of category {kept['category_id']}, where COCO's are 1 to 90")
    if kind == "person_keypoints":
        kept["keypoints"], kept["num_keypoints"] = annotation["keypoints"], annotation["num_keypoints"]
        if len(kept["keypoints"]) != 3 * KEYPOINTS:
            raise ValueError(f"{name} has {len(kept['keypoints'])} numbers of key points, not {3 * KEYPOINTS}")
        return kept
    shape = kept["segmentation"] = annotation["segmentation"]
    if isinstance(shape, Mapping):
        if not {"size", "counts"} <= set(shape):
            raise ValueError(f"{name} has a run-length encoding without size or counts")
        if tuple(shape["size"]) != size:
            raise ValueError(f"{name} has a mask of size {shape['size']} in an image of {list(size)}")
    elif not shape or any(len(polygon) < 6 or len(polygon) % 2 for polygon in shape):
        raise ValueError(f"{name} has a polygon of less than three points, or none")
    elif not all(abs(number) <= FAR * max(size) for polygon in shape for number in polygon):
        raise ValueError(f"{name} has a polygon that lies far outside its image of {list(size)}")
    return kept


class CocoImages(Dataset[tuple[Tensor, dict[str, Any]]]):
    """Images of COCO as ``(pixels, target)``: uint8 of shape ``(3, height, width)``, and the targets as of `load`."""

    def __init__(self, folder: Path, images: list[_Image], kind: Kind) -> None:
        self._folder, self._images, self._kind = folder, images, kind

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, index: int) -> tuple[Tensor, dict[str, Any]]:
        image = self._images[index]
        pixels = _decode(self._folder / image.file, image)
        objects = [each for each in json.loads(image.annotations) if not each["iscrowd"]]
        boxes = torch.tensor([each["bbox"] for each in objects], dtype=torch.float32).reshape(-1, 4)
        boxes[:, 2:] += boxes[:, :2]
        boxes[:, ::2].clamp_(0, image.width)
        boxes[:, 1::2].clamp_(0, image.height)
        kept = (boxes[:, 2:] > boxes[:, :2]).all(1)
        objects = [each for each, keep in zip(objects, kept.tolist(), strict=True) if keep]
        target: dict[str, Any] = {
            "boxes": boxes[kept],
            "labels": torch.tensor([each["category_id"] for each in objects], dtype=torch.int64),
            "image_id": torch.tensor(image.id),
            "annotations": image.annotations,
        }
        if self._kind == "instances":
            masks = [_mask(each, image) for each in objects]
            stacked = np.stack(masks) if masks else np.zeros((0, image.height, image.width), np.uint8)
            target["masks"] = torch.from_numpy(stacked)
        else:
            points = torch.tensor([each["keypoints"] for each in objects], dtype=torch.float32)
            target["keypoints"] = points.reshape(-1, KEYPOINTS, 3)
        return pixels, target


def _mask(annotation: Mapping[str, Any], image: _Image) -> np.ndarray:
    """Return polygons, or a run-length encoding, as a mask of zeros and ones, of shape (height, width)."""
    of: Any = import_coco_eval().mask
    shape = annotation["segmentation"]
    try:
        if not isinstance(shape, Mapping):
            encoded = of.merge(of.frPyObjects(shape, image.height, image.width))
        elif isinstance(shape["counts"], list):
            encoded = of.frPyObjects(dict(shape), image.height, image.width)
        else:
            encoded = shape
        return np.ascontiguousarray(of.decode(encoded))
    except (ValueError, TypeError, RuntimeError) as error:  # their run-length decoder checks its bounds
        reason = str(error).splitlines()[0][:100]
        raise ValueError(
            f"annotation {annotation['id']} of {image.file} has a mask that cannot be decoded ({reason}): unpack "
            f"annotations_trainval2017.zip again"
        ) from error


def _decode(path: Path, image: _Image) -> Tensor:
    from PIL import Image

    try:
        with Image.open(io.BytesIO(path.read_bytes()), formats=("JPEG", "PNG")) as opened:
            pixels = np.array(opened.convert("RGB"))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ValueError(f"{path} is not a readable image ({error}): unpack or download it again") from error
    if pixels.shape[:2] != (image.height, image.width):
        raise ValueError(
            f"{path} has {pixels.shape[1]}x{pixels.shape[0]} pixels, where its annotations are for "
            f"{image.width}x{image.height}: unpack or download it again"
        )
    return torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1)))


def _collate(samples: list[tuple[Tensor, dict[str, Any]]]) -> Batch:
    return [image for image, _ in samples], [target for _, target in samples]


def _as_floats(images: list[Tensor], targets: list[dict[str, Any]]) -> Batch:
    return [image.to(torch.float32) / 255 for image in images], targets


# Tasks
# ----------------------------------------------------------------------------------------------------------------------


def mask_rcnn(
    *,
    images: Literal["all", "objects"] = "all",
    backbone: Backbone = "resnet50",
    pretrained: bool = True,
    trainable_layers: int = 5,
    norm: Norm | None = None,
    image_size: int = 800,
    width: float = 1.0,
    train_samples: int = 0,
    test_samples: int = 0,
    test_on: Literal["val", "train"] = "val",
    workers: int | None = None,
) -> Task:
    """COCO 2017 with Mask R-CNN, as in table 5 of the ZENITH paper: mAP50 of boxes, and of masks.

    The paper states a ResNet-50 backbone that was trained on ImageNet and is not frozen, and tests after iterations
    2,500, 5,000 and 7,393 of an epoch of batches of 16. It leaves open the library, the resolution, augmentation (here
    none), and what happens to batch norm.

    Parameters
    ----------
    images : {"all", "objects"}
        Training images: all 118,287, which make the paper's 7,393 iterations, or the 117,266 with objects.
    backbone : {"resnet50", "resnet18"}
        With a feature pyramid.
    pretrained : bool
        Start the backbone from torchvision's ImageNet weights, which torch.hub fetches where it has not got them.
        False needs no network.
    trainable_layers : int
        Parts of the backbone that are trained, of 5, the last one first.
    norm : {"frozen", "batch", "group"}, optional
        Of the backbone. As torchvision has it by default: after pre-training batch norm with fixed statistics and
        factors, and else plain batch norm, whose statistics lag behind at batches of a few images; group norm has none.
    image_size : int
        The shorter side that images are resized to, the longer one being at most 1333/800 of it: torchvision's default.
    width : float
        Factor of the channels of feature pyramid and heads, and of ResNet unless it is pre-trained; at 1, torchvision's
        44,401,393 parameters.
    train_samples, test_samples, test_on, workers
        As of `load`.

    Raises
    ------
    ValueError
        For options that do not go together.
    """
    return _task("mask", "Mask R-CNN", **locals())


def keypoint_rcnn(
    *,
    images: Literal["all", "objects", "keypoints"] = "all",
    backbone: Backbone = "resnet50",
    pretrained: bool = True,
    trainable_layers: int = 5,
    norm: Norm | None = None,
    image_size: int = 800,
    width: float = 1.0,
    train_samples: int = 0,
    test_samples: int = 0,
    test_on: Literal["val", "train"] = "val",
    workers: int | None = None,
) -> Task:
    """COCO 2017's people with Keypoint R-CNN, as in table 5 of the ZENITH paper: mAP50 of boxes, and of key points.

    What the paper states and leaves open is as of `mask_rcnn`.

    Parameters
    ----------
    images : {"all", "objects", "keypoints"}
        Training images: all 118,287, which make the paper's 7,393 iterations; the 64,115 with people; or the 56,599
        with key points.
    image_size : int
        As of `mask_rcnn`; torchvision draws one of 640 to 800 for each batch of a training, which is not done here.
    backbone, pretrained, trainable_layers, norm, width
        As of `mask_rcnn`; 59,137,258 parameters.
    train_samples, test_samples, test_on, workers
        As of `load`.

    Raises
    ------
    ValueError
        For options that do not go together.
    """
    return _task("keypoint", "Keypoint R-CNN", **locals())


def _task(kind: Literal["mask", "keypoint"], words: str, **options: Any) -> Task:
    of_data = ("images", "train_samples", "test_samples", "test_on", "workers")
    network = {key: value for key, value in options.items() if key not in of_data}
    check_detector(*(network[key] for key in ("image_size", "width", "trainable_layers", "pretrained", "norm")))
    annotations: Kind = "instances" if kind == "mask" else "person_keypoints"
    return Task(
        name=f"coco/{kind}-rcnn",
        description=f"COCO 2017 (123,287 photographs, from --data-root) with torchvision's {words} on ResNet-50 FPN",
        model=functools.partial(detector, kind, **network),
        data=functools.partial(load, kind=annotations, **{key: options[key] for key in of_data}),
        loss=detection_loss,
        count=images_in,
        metric=average_precision_metrics("boxes", "masks" if kind == "mask" else "keypoints"),
        loss_label="loss (sum of the detector's losses)",
    )
