"""COCO as it lies on disk, the losses of its detectors, and mean average precision against known numbers."""

import dataclasses
import importlib.util
import json
import shutil
import sys
import urllib.error

import numpy as np
import pytest
import torch
from torch import nn

import landscape as ls
import zenith
from zenith._common.roi_align import differentiable_roi_align
from zenith._common.vision import import_torchvision
from zenith.tasks import coco, fixtures
from zenith.tasks.detection import detection_loss
from zenith.training.evaluation import measurements
from zenith.training.train import initial_model

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("torchvision") is None, reason="torchvision is not installed: the extra vision"
)
TINY = {"backbone": "resnet18", "pretrained": False, "norm": "group", "image_size": 32, "width": 0.125}


@pytest.fixture(autouse=True)
def evaluation(framework):
    return framework("faster_coco_eval")


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return fixtures.write_coco(tmp_path_factory.mktemp("data")).parent


@pytest.fixture
def copy(root, tmp_path):
    return shutil.copytree(root / "coco", tmp_path / "coco")


def annotations(folder, name):
    return json.loads((folder / "annotations" / f"{name}.json").read_text())


def tiny(kind, **options):
    return zenith.tasks.get(f"coco/{kind}-rcnn", **TINY, **options)


# Data
# ----------------------------------------------------------------------------------------------------------------------


def test_images_have_the_boxes_classes_and_masks_of_their_objects_without_crowds(root):
    data = coco.load(root)
    held = annotations(root / "coco", "instances_train2017")
    images, targets = data.train.batch(torch.arange(4))
    assert [tuple(image.shape) for image in images] == [(3, 48, 64), (3, 64, 48)] * 2
    assert all(image.dtype == torch.float32 and 0 <= image.min() <= image.max() <= 1 for image in images)
    for listed, target in zip(held["images"], targets, strict=True):
        of_image = [each for each in held["annotations"] if each["image_id"] == listed["id"]]
        plain = [each for each in of_image if not each["iscrowd"]]
        assert int(target["image_id"]) == listed["id"]
        assert target["labels"].tolist() == [each["category_id"] for each in plain]
        for box, each in zip(target["boxes"].tolist(), plain, strict=True):
            x, y, w, h = each["bbox"]
            assert box == [x, y, x + w, y + h]
        assert target["masks"].shape == (len(plain), listed["height"], listed["width"])
        assert [each["id"] for each in json.loads(target["annotations"])] == [each["id"] for each in of_image]
    x, y, right, bottom = (int(value) for value in targets[0]["boxes"][1])
    person = torch.zeros(48, 64, dtype=torch.uint8)
    person[y:bottom, x:right] = 1
    assert torch.equal(targets[0]["masks"][1], person)
    x, y, right, bottom = targets[0]["boxes"][0].int().tolist()
    car = targets[0]["masks"][0]  # in two parts, a third of its width each
    assert car[y, x] == car[y, right - 1] == 1
    assert car[y, (x + right) // 2] == 0
    assert len(targets[3]["boxes"]) == 0
    assert "1 crowds" in data.description


def test_people_have_key_points_with_their_visibility(root):
    _, targets = coco.load(root, kind="person_keypoints").train.batch(torch.arange(4))
    points = targets[0]["keypoints"]
    assert points.shape == (1, 17, 3)
    assert points[0, :4, 2].tolist() == [2, 1, 0, 2]
    assert points[0, 2].tolist() == [0, 0, 0]
    x, y, right, bottom = targets[0]["boxes"][0]
    seen = points[0][points[0, :, 2] > 0]
    assert ((seen[:, 0] >= x) & (seen[:, 0] <= right) & (seen[:, 1] >= y) & (seen[:, 1] <= bottom)).all()
    assert targets[3]["keypoints"].shape == (0, 17, 3)


def test_images_without_objects_can_be_left_out_and_come_last_in_a_part(root):
    assert len(coco.load(root).train) == 4
    assert len(coco.load(root, images="objects").train) == 3
    assert len(coco.load(root, kind="person_keypoints", images="keypoints").train) == 3
    some = coco.load(root, train_samples=3, test_samples=2, test_on="train")
    assert all(len(target["boxes"]) for target in some.train.batch(torch.arange(3))[1])
    numbers = [{int(t["image_id"]) for t in part.batch(torch.arange(len(part)))[1]} for part in (some.train, some.test)]
    assert numbers[1] < numbers[0]
    assert "TESTED ON THE TRAINING IMAGES" in some.description
    assert some.fingerprint != coco.load(root, train_samples=3, test_samples=2).fingerprint


def test_masks_in_run_lengths_are_those_of_the_polygons(copy, evaluation):
    before = coco.load(copy.parent).train.batch(torch.tensor([0]))[1][0]["masks"]
    held = annotations(copy, "instances_train2017")
    for number, mask in enumerate(before.numpy()):
        encoded = evaluation.mask.encode(np.asfortranarray(mask))
        shape = {"size": encoded["size"], "counts": encoded["counts"].decode()}
        if number == 0:  # not packed into text: runs of zeros and ones in turn, column by column
            edges = np.flatnonzero(np.diff(mask.flatten(order="F"), prepend=0, append=2))
            shape["counts"] = np.diff(edges, prepend=0).tolist()
        held["annotations"][number]["segmentation"] = shape
    (copy / "annotations" / "instances_train2017.json").write_text(json.dumps(held))
    assert torch.equal(coco.load(copy.parent).train.batch(torch.tensor([0]))[1][0]["masks"], before)


def test_what_is_missing_or_damaged_is_named_before_any_work(copy):
    first = next((copy / "train2017").iterdir())
    path = copy / "annotations" / "instances_train2017.json"
    good = path.read_text()

    def refused(match, **options):
        with pytest.raises((ValueError, FileNotFoundError), match=match):
            coco.load(copy.parent, **options)

    for change, match in (
        (lambda held: held["annotations"][0].update(category_id=91), "of category 91, where COCO's are 1 to 90"),
        (lambda held: held["annotations"][0].update(segmentation=[[1, 2, 3, 4]]), "a polygon of less than three"),
        (lambda held: held["annotations"][0].update(segmentation=[[0, 0, 1e9, 0, 0, 9]]), "far outside its image"),
        (lambda held: held["annotations"][0].update(segmentation=[[0, 0, float("nan"), 0, 0, 9]]), "far outside"),
        (
            lambda held: held["annotations"][0].update(segmentation={"size": [2**31, 2**31], "counts": [0, 10]}),
            r"a mask of size \[2147483648, 2147483648\] in an image of",
        ),
        (lambda held: held["annotations"][0].pop("area"), r"instances_train2017.json is damaged \(no 'area'\)"),
        (lambda held: held["annotations"][0].update(image_id=5), "is damaged"),
    ):
        held = json.loads(good)
        change(held)
        path.write_text(json.dumps(held))
        refused(match)
    held = json.loads(good)
    for each in held["annotations"]:
        each["iscrowd"] = 0
        size = next([i["height"], i["width"]] for i in held["images"] if i["id"] == each["image_id"])
        each["segmentation"] = {"size": size, "counts": [5, 10**8]}
    path.write_text(json.dumps(held))
    with pytest.raises(ValueError, match=r"annotation \d+ of .* has a mask that cannot be decoded \(RLE counts exceed"):
        coco.load(copy.parent).train.batch(torch.arange(4))
    path.write_text(good[:-20])
    refused("instances_train2017.json is damaged")
    path.unlink()
    refused("instances_train2017.json is missing: unpack annotations_trainval2017.zip again")
    path.write_text(good)
    refused("train_samples=9 is more than the 4 images", train_samples=9)
    content = first.read_bytes()
    first.write_bytes(content[:200])
    data = coco.load(copy.parent)
    with pytest.raises(ValueError, match=f"{first.name} is not a readable image"):
        data.train.batch(torch.arange(4))
    first.unlink()
    refused(f"{first.name} is missing or empty, as 1 of 4 images are")
    with pytest.raises(FileNotFoundError, match="COCO 2017 not found"):
        coco.load(copy / "val2017")
    with pytest.raises(FileNotFoundError, match="give --data-root"):
        coco.load(None)


def test_the_extra_is_named_where_it_is_missing(root, monkeypatch):
    monkeypatch.setitem(sys.modules, "faster_coco_eval", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'zenith-landscape\[detection\]'"):
        coco.load(root)


# Networks and losses
# ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["mask", pytest.param("keypoint", marks=pytest.mark.slow)])
def test_weights_and_losses_are_those_of_torchvision(kind, root):
    task = zenith.tasks.get(f"coco/{kind}-rcnn", backbone="resnet18", pretrained=False, image_size=64)
    torch.manual_seed(0)
    ours = task.model()
    detection = import_torchvision("models.detection")
    make = detection.MaskRCNN if kind == "mask" else detection.KeypointRCNN
    torch.manual_seed(0)
    backbone = import_torchvision("models.detection.backbone_utils").resnet_fpn_backbone(
        backbone_name="resnet18", weights=None, norm_layer=nn.BatchNorm2d, trainable_layers=5
    )
    theirs = make(backbone, 91 if kind == "mask" else 2, min_size=64, max_size=107)
    for (name, weight), (other, expected) in zip(ours.state_dict().items(), theirs.state_dict().items(), strict=True):
        assert name == other
        assert torch.equal(weight, expected)
    batch = task.load(root).train.batch(torch.tensor([0, 3]))  # of which one is without objects
    torch.manual_seed(1)
    loss = task.loss(ours, batch)
    torch.manual_seed(1)
    with differentiable_roi_align():
        expected = sum(theirs(*batch).values())
    assert loss.item() == pytest.approx(expected.item(), rel=1e-6)
    assert loss.item() > 1


@pytest.mark.parametrize("kind", ["mask", "keypoint"])
def test_a_loss_in_eval_mode_is_that_of_the_measurements_and_leaves_everything_as_it_was(kind, root):
    task = tiny(kind)
    model = initial_model(task, 0).eval()
    batch = task.load(root).train.batch(torch.arange(2))
    state, modes = torch.get_rng_state(), [module.training for module in model.modules()]
    first = task.loss(model, batch).item()
    torch.rand(3)
    state = torch.get_rng_state()
    assert task.loss(model, batch).item() == first
    assert torch.equal(torch.get_rng_state(), state)
    assert [module.training for module in model.modules()] == modes
    with differentiable_roi_align():
        assert ls.objective.detection_loss(model, batch).item() == first
    model.train()
    drawn = {task.loss(model, task.load(root).train.batch(torch.arange(2))).item() for _ in range(3)}
    assert len(drawn) > 1  # in training they are the global generator's


def test_what_a_detector_computes_does_not_depend_on_what_it_saw_first(root):
    """torchvision infers the strides of its feature maps from the first batch, and keeps them."""
    task = tiny("mask")
    wide, one = (task.load(root).train.batch(torch.tensor([place])) for place in (0, 1))
    fresh, used = initial_model(task, 0).eval(), initial_model(task, 0).eval()
    thin = [torch.rand(3, 32, 300)], [{**wide[1][0], "masks": torch.ones(2, 32, 300, dtype=torch.uint8)}]
    detection_loss(used, thin)
    assert detection_loss(used, one).item() == detection_loss(fresh, one).item()


def test_options_that_do_not_go_together_are_refused():
    for options, match in (
        ({"norm": "group"}, "norm='group' has no weights that were trained on ImageNet: give pretrained=False"),
        ({"pretrained": False, "trainable_layers": 3}, "would freeze random weights"),
        ({"trainable_layers": 6}, "give 0 to 5"),
        ({"image_size": 16}, "give 32 at least"),
        ({"width": 2.0}, "no share of the channels"),
    ):
        with pytest.raises(ValueError, match=match):
            zenith.tasks.get("coco/mask-rcnn", **options)


def test_weights_that_cannot_be_fetched_are_a_sentence_whose_advice_works(tmp_path, monkeypatch):
    models = import_torchvision("models")
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))

    def unreachable(*args, **kwargs):
        raise urllib.error.URLError("no route to host")

    monkeypatch.setattr("torch.hub.download_url_to_file", unreachable)
    options = {"backbone": "resnet18", "width": 0.125, "image_size": 32}
    task = zenith.tasks.get("coco/mask-rcnn", **options)
    with pytest.raises(OSError, match=r"cannot be fetched .*no route to host") as caught:
        task.model()
    address, folder = str(caught.value).split("put ")[1].split(", or start")[0].split(" into ")
    torch.manual_seed(3)
    weights = models.resnet18().state_dict()
    (tmp_path / "hub" / "checkpoints").mkdir(parents=True, exist_ok=True)
    assert folder == str(tmp_path / "hub" / "checkpoints")
    torch.save(weights, f"{folder}/{address.rpartition('/')[2]}")
    body = task.model().backbone.body
    assert torch.equal(body.conv1.weight, weights["conv1.weight"])
    assert type(body.bn1).__name__ == "FrozenBatchNorm2d"
    assert all(parameter.requires_grad for parameter in body.parameters())
    frozen = zenith.tasks.get("coco/mask-rcnn", **options, trainable_layers=2).model().backbone.body
    trained = {name.partition(".")[0] for name, p in frozen.named_parameters() if p.requires_grad}
    assert trained == {"layer3", "layer4"}


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["mask", "keypoint"])
def test_a_training_of_one_seed_has_the_same_numbers_again(kind, root):
    task = tiny(kind, train_samples=2, test_samples=1)
    runs = [
        zenith.train(task, method, data_root=root, steps=2, batch_size=2, window=1, settings={"lr": 0.01})
        for method in ("constant", "constant", "zenith")
    ]
    losses = [run.trace.steps["loss"] for run in runs]
    assert losses[0] == losses[1]
    assert losses[0][0] == losses[2][0]
    second = "test_map50_masks" if kind == "mask" else "test_map50_keypoints"
    assert runs[0].trace.epochs[second][-1] >= 0
    assert task.metric.name == "map50_boxes"


# Mean average precision
# ----------------------------------------------------------------------------------------------------------------------


class Known(nn.Module):
    """Finds what is there, moved or made up by a function of the targets."""

    def __init__(self, data, change=lambda found, target: found):
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(1))
        self.change, self.calls = change, 0
        self.known = {}
        images, targets = data.test.batch(torch.arange(len(data.test)))
        for image, target in zip(images, targets, strict=True):
            found = {"boxes": target["boxes"], "labels": target["labels"], "scores": torch.ones(len(target["boxes"]))}
            if "masks" in target:
                found["masks"] = target["masks"][:, None].float()
            if "keypoints" in target:
                found["keypoints"] = target["keypoints"]
            self.known[image.sum().item()] = self.change(found, target)

    def forward(self, images):
        self.calls += 1
        return [self.known[image.sum().item()] for image in images]


def precision(task, model, data):
    task = task.replace(loss=lambda model, batch: model.bias.sum())
    return dict(zip((metric.name for metric in task.metrics), measurements(task, model, data.test)[1:], strict=True))


@pytest.mark.parametrize("kind", ["mask", "keypoint"])
def test_what_is_found_as_it_is_has_a_precision_of_one_in_one_pass(kind, root):
    task = tiny(kind, test_on="train")
    data = task.load(root)
    model = Known(data)
    assert precision(task, model, data) == {"map50_boxes": 1, f"map50_{kind}s": 1}
    assert model.calls == 1  # for both, of four images


def test_what_is_found_in_a_crowd_counts_neither_way_and_elsewhere_it_does(root):
    task = tiny("mask", test_on="train")
    data = task.load(root)

    def more(found, target, top):
        if not any(each["iscrowd"] for each in json.loads(target["annotations"])):
            return found
        box = torch.tensor([[2.0, top, 20.0, top + 7]])
        mask = torch.zeros(1, 1, 48, 64)
        mask[:, :, int(top) : int(top) + 7, 2:20] = 1
        added = {"boxes": box, "labels": torch.tensor([1]), "scores": torch.tensor([2.0]), "masks": mask}
        return {key: torch.cat([found[key], added[key]]) for key in found}

    inside = precision(task, Known(data, lambda found, target: more(found, target, 41.0)), data)
    assert inside == {"map50_boxes": 1, "map50_masks": 1}
    outside = precision(task, Known(data, lambda found, target: more(found, target, 0.0)), data)
    # Of three people the first hit is a miss: precision 3/4 at each recall. Cars are found.
    assert outside == pytest.approx({"map50_boxes": (1 + 3 / 4) / 2, "map50_masks": (1 + 3 / 4) / 2})


def test_boxes_are_measured_as_torchmetrics_measures_them(root, framework):
    torchmetrics = framework("torchmetrics")
    task = tiny("mask", test_on="train")
    data = task.load(root)
    generator = torch.Generator().manual_seed(0)

    def shaken(found, target):
        count = len(found["boxes"])
        boxes = found["boxes"] + 6 * torch.randn(count, 4, generator=generator)
        return found | {"boxes": boxes, "scores": torch.rand(count, generator=generator)}

    model = Known(data, shaken)
    reference = torchmetrics.detection.MeanAveragePrecision(backend="faster_coco_eval")
    images, targets = data.test.batch(torch.arange(4))
    for found, target in zip(model(images), targets, strict=True):
        crowds = [each for each in json.loads(target["annotations"]) if each["iscrowd"]]
        boxes = torch.tensor([each["bbox"] for each in crowds]).reshape(-1, 4)
        boxes[:, 2:] += boxes[:, :2]
        there = {
            "boxes": torch.cat([target["boxes"], boxes]),
            "labels": torch.cat([target["labels"], torch.ones(len(crowds), dtype=torch.int64)]),
            "iscrowd": torch.tensor([0] * len(target["boxes"]) + [1] * len(crowds)),
        }
        reference.update([{key: found[key] for key in ("boxes", "labels", "scores")}], [there])
    ours = precision(task, model, data)["map50_boxes"]
    assert ours == pytest.approx(float(reference.compute()["map_50"]), abs=1e-6)
    assert 0 < ours < 1


def test_nothing_found_is_zero_and_nothing_there_is_no_number(root):
    task = tiny("keypoint", test_on="train")
    data = task.load(root)
    none = Known(data, lambda found, target: {key: value[:0] for key, value in found.items()})
    assert precision(task, none, data) == {"map50_boxes": 0, "map50_keypoints": 0}
    empty = dataclasses.replace(data, test=data.test.select(torch.tensor([3])))
    assert all(np.isnan(value) for value in precision(task, none, empty).values())


# Curvature
# ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["mask", "keypoint"])
def test_products_are_differences_of_gradients_at_fixed_proposals(kind, root, monkeypatch):
    import_torchvision()
    from torchvision.models.detection.rpn import RegionProposalNetwork

    task = tiny(kind)
    batch = task.load(root).train.batch(torch.tensor([1]))
    model = initial_model(task, 0)
    with torch.no_grad(), torch.random.fork_rng():
        torch.manual_seed(0)
        for parameter in model.parameters():  # away from biases of zero, which are exactly at the kinks
            parameter += 0.02 * torch.randn_like(parameter)
    objective = ls.Objective(
        model, data=[batch], loss=task.loss, count=lambda batch: len(batch[0]), dtype=torch.float64
    )
    original, recorded = RegionProposalNetwork.filter_proposals, []

    def record(*arguments):
        recorded.append(original(*arguments))
        return recorded[-1]

    monkeypatch.setattr(RegionProposalNetwork, "filter_proposals", record)
    objective.value()
    monkeypatch.setattr(RegionProposalNetwork, "filter_proposals", lambda *arguments: recorded[0])
    with ls.HessianOperator(objective) as operator:
        vector = operator.probe(torch.Generator().manual_seed(1))
        vector /= vector.norm()  # so that no unit crosses its kink on the way
        product = operator.matvec(vector)
        assert operator.protocol()["derivatives"].startswith("agree with central differences")
    start = objective.flatten(objective.parameters)

    def gradient(step):
        return objective.flatten(objective.value_and_gradient(objective.unflatten(start + step * vector))[1])

    difference = (gradient(1e-7) - gradient(-1e-7)) / 2e-7
    assert float((product - difference).norm()) < 1e-4 * float(product.norm())
