"""Food-101, Tiny ImageNet and ImageNet-100 as they lie on disk, and the networks that are trained on them."""

from __future__ import annotations

import importlib.util
import json
import pathlib
import shutil
import sys

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

import landscape as ls
import zenith
from landscape.cli.main import main
from zenith import tasks
from zenith._common.vision import import_torchvision
from zenith.tasks import fixtures, food101, imagenet100, tiny_imagenet
from zenith.tasks.networks.densenet import densenet121
from zenith.tasks.networks.inception import AuxiliaryCrossEntropy, googlenet, inception_v3
from zenith.tasks.subsets import balanced_order

needs_torchvision = pytest.mark.skipif(
    importlib.util.find_spec("torchvision") is None, reason="torchvision is not installed"
)


@pytest.fixture(scope="module")
def roots(tmp_path_factory):
    """One copy of each dataset, not to be changed."""
    writers = {
        "food101": fixtures.write_food101,
        "tiny": fixtures.write_tiny_imagenet,
        "imagenet100": fixtures.write_imagenet100,
    }
    made = {}
    for name, write in writers.items():
        made[name] = tmp_path_factory.mktemp(name)
        write(made[name])
    return made


def pixels(data, split="train", count=None):
    """Images of a split before they are standardised, and labels."""
    x, y = getattr(data, split).batch(torch.arange(count or len(getattr(data, split))))
    mean, std = (torch.tensor(v).view(3, 1, 1) for v in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
    return ((x * std + mean) * 255).round().to(torch.uint8), y


# --- layouts, against torchvision ----------------------------------------------------------------------------------


@needs_torchvision
def test_food101_is_what_torchvision_reads(roots):
    data = food101.load(roots["food101"], image_size=24, resize=30)
    v2 = import_torchvision("transforms.v2")
    transform = v2.Compose([v2.Resize(30), v2.CenterCrop(30), v2.PILToTensor(), v2.CenterCrop(24)])
    for split in ("train", "test"):
        theirs = import_torchvision("datasets").Food101(roots["food101"], split, transform=transform)
        expected = {(image.numpy().tobytes(), label) for image, label in theirs}
        images, labels = pixels(data, split)
        assert {(i.numpy().tobytes(), y) for i, y in zip(images, labels.tolist(), strict=True)} == expected
    assert (len(data.train), len(data.test)) == (202, 101)
    assert "from the lists in meta/*.json" in data.description
    assert "other numbers of images than the official 75,750 and 25,250" in data.description
    assert "shorter side resized to 30, middle 30x30, of which the middle 24x24 is measured" in data.description


@needs_torchvision
@pytest.mark.parametrize("size", [30, 40, 61])
def test_images_are_resized_as_by_torchvision(roots, size):
    data = imagenet100.load(roots["imagenet100"], image_size=size, resize=size)
    v2 = import_torchvision("transforms.v2")
    transform = v2.Compose([v2.Resize(size), v2.CenterCrop(size), v2.PILToTensor()])
    folder = roots["imagenet100"] / "imagenet100"
    theirs = import_torchvision("datasets").ImageFolder(folder / "train", transform)
    images, labels = pixels(data, count=6)
    for number in range(6):
        assert torch.equal(images[number], theirs[number][0])
        assert labels[number] == theirs[number][1]
    x, _ = data.train.batch(torch.arange(6))
    assert (x.dtype, x.shape) == (torch.float32, (6, 3, size, size))


def test_lists_in_text_say_the_same(roots, tmp_path):
    folder = shutil.copytree(roots["food101"], tmp_path / "data") / "food-101"
    for part in ("train", "test"):
        (folder / "meta" / f"{part}.json").unlink()
    data = food101.load(folder, image_size=32)  # the folder itself is a data root too
    assert data.fingerprint == food101.load(roots["food101"], image_size=32).fingerprint
    assert "from the lists in meta/*.txt" in data.description


def test_tiny_imagenets_test_set_is_val_by_its_annotations(roots):
    data = tiny_imagenet.load(roots["tiny"])
    folder = roots["tiny"] / "tiny-imagenet-200"
    classes = sorted((folder / "wnids.txt").read_text().split())
    lines = [line.split("\t") for line in (folder / "val" / "val_annotations.txt").read_text().splitlines()]
    images, labels = pixels(data, "test")
    assert [classes[label] for label in labels] == [line[1] for line in lines]
    for place in (0, 57, 199):
        with Image.open(folder / "val" / "images" / lines[place][0]) as image:
            expected = np.asarray(image.convert("RGB")).transpose(2, 0, 1)
        np.testing.assert_array_equal(images[place], expected)
    assert (len(data.train), len(data.test)) == (400, 200)
    assert torch.bincount(pixels(data)[1]).tolist() == [2] * 200


def test_grey_images_have_three_equal_channels(roots):
    folder = roots["tiny"] / "tiny-imagenet-200"
    paths = sorted((folder / "train").glob("*/images/*"))
    grey = []
    for number, path in enumerate(paths):
        with Image.open(path) as image:
            grey += [number] if image.mode == "L" else []
    assert len(grey) == 8
    images, _ = pixels(tiny_imagenet.load(roots["tiny"]))
    equal = [number for number, image in enumerate(images) if torch.equal(image[0], image[1])]
    assert equal == grey
    assert all(torch.equal(images[number][1], images[number][2]) for number in grey)


@pytest.mark.parametrize("workers", [0, 2])
def test_a_zip_is_read_in_its_place(roots, tmp_path, workers):
    folder = shutil.copytree(roots["tiny"], tmp_path / "made") / "tiny-imagenet-200"
    (tmp_path / "data").mkdir()
    shutil.move(fixtures.zipped(folder), tmp_path / "data")
    packed, whole = tiny_imagenet.load(tmp_path / "data", workers=workers), tiny_imagenet.load(roots["tiny"])
    assert packed.fingerprint == whole.fingerprint
    indices = [torch.arange(start, start + 40) for start in range(0, 400, 40)]
    for one, other in zip(packed.train.batches(indices), whole.train.batches(indices), strict=True):
        assert torch.equal(one[0], other[0])
        assert torch.equal(one[1], other[1])
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "tiny-imagenet-200.zip").write_bytes(b"PK no zip")
    with pytest.raises(ValueError, match=r"tiny-imagenet-200\.zip is a broken archive \(.*\): download it again"):
        tiny_imagenet.load(broken)


def test_val_in_class_folders_is_the_same_test_set(roots, tmp_path):
    folder = shutil.copytree(roots["tiny"], tmp_path / "data") / "tiny-imagenet-200"
    annotations = folder / "val" / "val_annotations.txt"
    for line in annotations.read_text().splitlines():
        name, wnid = line.split("\t")[:2]
        (folder / "val" / wnid).mkdir()
        shutil.move(folder / "val" / "images" / name, folder / "val" / wnid / name)
    annotations.unlink()
    (folder / "val" / "images").rmdir()

    def held(data):
        return {(i.numpy().tobytes(), y) for i, y in zip(*pixels(data, "test"), strict=True)}

    one, other = ({(i, int(y)) for i, y in held(tiny_imagenet.load(root))} for root in (folder, roots["tiny"]))
    assert one == other


def test_kaggles_layout_of_imagenet100_is_the_same_dataset(roots, tmp_path):
    fixtures.write_imagenet100(tmp_path, kaggle=True)
    one, other = (imagenet100.load(root, image_size=32) for root in (tmp_path, roots["imagenet100"]))
    for split in ("train", "test"):
        for a, b in zip(pixels(one, split), pixels(other, split), strict=True):
            assert torch.equal(a, b)
    assert "train.X1 and val.X, the latter as test set" in one.description
    names = json.loads((tmp_path / "imagenet100" / "Labels.json").read_text())
    assert ", ".join(sorted(names)) in one.description  # which classes they are
    (tmp_path / "imagenet100" / "Labels.json").write_text(json.dumps({**names, "n99999999": "other"}))
    with pytest.raises(ValueError, match="do not name the same classes, such as n99999999"):
        imagenet100.load(tmp_path)


def test_a_list_chooses_the_classes_and_is_recorded(tmp_path):
    every = [f"n{number:08d}" for number in range(120)]
    folder = fixtures.write_imagenet100(tmp_path, train=1, size=(8, 8), classes=every)
    with pytest.raises(ValueError, match=r"has 120 class folders, .* into .*imagenet100\.txt, a wnid a line"):
        imagenet100.load(tmp_path, image_size=8)
    chosen = every[10:110]
    (tmp_path / "mine.txt").write_text("# ours\n" + "".join(f"{name} of some name\n" for name in chosen[::-1]))
    data = imagenet100.load(tmp_path, image_size=8, classes="mine.txt")
    assert (len(data.train), len(data.test)) == (100, 100)
    assert f"the classes are those of mine.txt: {', '.join(chosen)}" in data.description
    assert pixels(data)[1].tolist() == list(range(100))
    (folder / "imagenet100.txt").write_text("\n".join(chosen))
    found = imagenet100.load(tmp_path, image_size=8)
    assert found.fingerprint == data.fingerprint
    (tmp_path / "mine.txt").write_text("\n".join(every[20:]))
    assert imagenet100.load(tmp_path, image_size=8, classes="mine.txt").fingerprint != data.fingerprint
    (tmp_path / "mine.txt").write_text("\n".join([*every[:99], "n99999999"]))
    with pytest.raises(ValueError, match=r"names the class n99999999, as 1 of 100, that .*train has no folder of"):
        imagenet100.load(tmp_path, image_size=8, classes="mine.txt")
    (tmp_path / "mine.txt").write_text("\n".join(every[:99]))
    with pytest.raises(ValueError, match=r"mine\.txt names 99 different classes, where ImageNet-100 has 100"):
        imagenet100.load(tmp_path, image_size=8, classes="mine.txt")
    with pytest.raises(FileNotFoundError, match=r"classes='no\.txt' is no file"):
        imagenet100.load(tmp_path, image_size=8, classes="no.txt")


# --- mistakes --------------------------------------------------------------------------------------------------------


def copied(root, name, folder, tmp_path):
    return shutil.copytree(root, tmp_path / name) / folder


@pytest.mark.parametrize(
    ("load", "message"),
    [
        (food101.load, "Food-101 needs a data root: give --data-root DIR with food-101/images"),
        (tiny_imagenet.load, "Tiny ImageNet needs a data root: give --data-root DIR with tiny-imagenet-200"),
        (imagenet100.load, "ImageNet-100 needs a data root: give --data-root DIR with train/<wnid>"),
    ],
)
def test_what_is_missing_is_named(load, message, tmp_path):
    with pytest.raises(FileNotFoundError, match=message):
        load()
    with pytest.raises(FileNotFoundError, match=f"not found: {tmp_path}"):
        load(tmp_path)


def test_damage_to_food101_is_named_before_any_work(roots, tmp_path):
    folder = copied(roots["food101"], "data", "food-101", tmp_path)
    names = json.loads((folder / "meta" / "train.json").read_text())["dish_007"]
    image = folder / "images" / f"{names[0]}.jpg"
    content = image.read_bytes()
    image.unlink()
    with pytest.raises(ValueError, match=rf"{image} is missing, as 1 of 202 images are that .*train\.json names"):
        food101.load(tmp_path / "data")
    image.touch()
    with pytest.raises(ValueError, match=rf"images/{names[0]}\.jpg is an empty file, as 1 of 202 images are"):
        food101.load(tmp_path / "data")
    image.write_bytes(content)
    (folder / "meta" / "train.json").write_text('{"dish_007": ["dish_007/1"]}')
    with pytest.raises(ValueError, match=r"train\.json names 1 classes, where Food-101 has 101"):
        food101.load(tmp_path / "data")
    (folder / "meta" / "train.json").write_text('{"dish_007": ')
    with pytest.raises(ValueError, match=r"train\.json is damaged \(.*\): unpack food-101\.tar\.gz again"):
        food101.load(tmp_path / "data")


def test_damage_to_tiny_imagenet_is_named_before_any_work(roots, tmp_path):
    folder = copied(roots["tiny"], "data", "tiny-imagenet-200", tmp_path)
    annotations = folder / "val" / "val_annotations.txt"
    text = annotations.read_text()
    (folder / "val" / "images" / "val_3.JPEG").unlink()
    with pytest.raises(ValueError, match=r"val/images/val_3\.JPEG is missing, which .*val_annotations\.txt names"):
        tiny_imagenet.load(tmp_path / "data")
    annotations.write_text(text.replace("\tn", "\tx", 1))
    with pytest.raises(ValueError, match=r"line 1 of .*val_annotations\.txt names no class of train"):
        tiny_imagenet.load(tmp_path / "data")
    annotations.write_text(text)
    shutil.rmtree(next(path for path in (folder / "train").iterdir()))
    with pytest.raises(ValueError, match="train has 199 class folders, where Tiny ImageNet has 200"):
        tiny_imagenet.load(tmp_path / "data")


def test_damage_to_imagenet100_is_named_before_any_work(roots, tmp_path):
    folder = copied(roots["imagenet100"], "data", "imagenet100", tmp_path)
    first = sorted(path.name for path in (folder / "train").iterdir())[0]
    for path in (folder / "train" / first).iterdir():
        path.unlink()
    with pytest.raises(ValueError, match=rf"train/{first} holds no images"):
        imagenet100.load(tmp_path / "data")
    for path in (folder / "val").iterdir():
        shutil.rmtree(path)
    with pytest.raises(ValueError, match=r"val has no class folders: sort its images into val/<wnid>/"):
        imagenet100.load(tmp_path / "data")


@pytest.mark.parametrize("workers", [0, 1])
def test_a_damaged_image_is_named_when_it_is_asked_for(roots, tmp_path, workers):
    folder = copied(roots["imagenet100"], "data", "imagenet100", tmp_path)
    path = sorted((folder / "train").glob("*/*"))[102]  # not among those that the fingerprint reads
    path.write_bytes(path.read_bytes()[:300])
    data = imagenet100.load(tmp_path / "data", image_size=16, workers=workers)
    batches = data.train.batches([torch.arange(90, 102), torch.arange(102, 110)])
    assert len(next(batches)[1]) == 12
    with pytest.raises(ValueError, match=rf"{path} is not a readable image \(.*\): unpack or download it again"):
        next(batches)


def test_a_damaged_image_that_the_fingerprint_reads_is_named_before_any_work(roots, tmp_path):
    folder = copied(roots["imagenet100"], "data", "imagenet100", tmp_path)
    path = sorted((folder / "train").glob("*/*"))[-1]
    path.write_bytes(b"no image")
    with pytest.raises(ValueError, match=rf"{path} is not a readable image"):
        imagenet100.load(tmp_path / "data", image_size=16)


def test_sizes_that_cannot_be_are_refused(roots):
    with pytest.raises(ValueError, match="image_size=40 cannot be cut out of images of resize=32 pixels"):
        food101.load(roots["food101"], image_size=40, resize=32)


# --- parts of a dataset -----------------------------------------------------------------------------------------------


def test_a_part_of_the_samples_is_balanced_nested_and_recorded(roots):
    chosen = {n: tiny_imagenet.load(roots["tiny"], train_samples=n, test_samples=50) for n in (1, 150, 200, 250)}
    counts = {n: torch.bincount(pixels(data)[1], minlength=200) for n, data in chosen.items()}
    assert all(int(count.sum()) == n for n, count in counts.items())
    assert all(int(count.max() - count.min()) <= 1 for count in counts.values())
    sets = {n: {image.numpy().tobytes() for image in pixels(data)[0]} for n, data in chosen.items()}
    assert sets[1] < sets[150] < sets[200] < sets[250]
    assert len({data.fingerprint for data in chosen.values()}) == 4
    balanced = "the first of a class-balanced permutation with seed 0"
    assert f"150 of 400 training images, {balanced} and 50 of 200 test images, {balanced}" in chosen[150].description
    with pytest.raises(ValueError, match="train_samples=401 is more than the 400 samples that are there"):
        tiny_imagenet.load(roots["tiny"], train_samples=401)


def test_classes_of_unequal_size_are_as_equal_as_can_be():
    labels = torch.tensor([0] * 50 + [1] * 3 + [2] * 20 + [4] * 20)  # none of class 3
    for n in range(1, 94):
        counts = torch.bincount(labels[balanced_order(labels, n, "n")], minlength=5)[[0, 1, 2, 4]]
        full = torch.tensor([50, 3, 20, 20])
        assert int(counts.sum()) == n
        most = counts.max()
        assert ((counts == full) | (counts >= most - 1)).all()
    assert torch.equal(balanced_order(labels, 0, "n"), torch.arange(93))


# --- networks and training -------------------------------------------------------------------------------------------


def count(model):
    return sum(p.numel() for p in model.parameters())


@needs_torchvision
@pytest.mark.parametrize(
    ("make", "parameters"),
    [
        (lambda: googlenet(200), 5_804_904),
        (lambda: densenet121(100), 7_056_356),
        pytest.param(lambda: inception_v3(200), 22_195_368, marks=pytest.mark.slow),
    ],
    ids=["googlenet", "densenet121", "inception_v3"],
)
def test_networks_have_the_known_numbers_of_parameters(make, parameters):
    assert count(make()) == parameters


def test_dla34_is_timms(framework):
    timm = framework("timm")
    task = tasks.get("food101/dla")
    torch.manual_seed(1)
    ours = task.model()
    torch.manual_seed(1)
    theirs = timm.create_model("dla34", num_classes=101)
    assert count(ours) == 15_280_917
    assert f"{count(ours):,} parameters" in task.description
    x = torch.randn(2, 3, 64, 64)
    assert torch.equal(ours.eval()(x), theirs.eval()(x))
    narrow = tasks.get("food101/dla", width=0.125).model()
    assert count(ours) / 80 < count(narrow) < count(ours) / 50
    with pytest.raises(ValueError, match="width=0 is no factor of a network's channels"):
        tasks.get("food101/dla", width=0.0).model()


SMALL = {
    "food101/dla": ("food101", {"image_size": 32, "width": 0.125}),
    "tiny-imagenet/inception": ("tiny", {"image_size": 32}),
    "imagenet100/densenet121": ("imagenet100", {"image_size": 32, "width": 0.125}),
}


@needs_torchvision
@pytest.mark.parametrize(
    "name", [pytest.param("tiny-imagenet/inception", marks=pytest.mark.slow), "imagenet100/densenet121"]
)
def test_training_sees_the_same_images_for_any_workers(name, roots):
    check_training(name, roots)


def test_training_dla_sees_the_same_images_for_any_workers(framework, roots):
    framework("timm")
    check_training("food101/dla", roots)


def check_training(name, roots):
    where, options = SMALL[name]
    runs = []
    for workers in (0, 2):
        task = tasks.get(name, train_samples=24, test_samples=8, workers=workers, **options)
        assert (task.name, task.options["workers"]) == (name, workers)
        runs.append(
            zenith.train(task, "zenith", steps=4, batch_size=8, window=2, data_root=roots[where], device="cpu").trace
        )
    assert runs[0].steps["loss"] == runs[1].steps["loss"]
    plain = tasks.get(name, train_samples=24, test_samples=8, augment=False, **options)
    run = zenith.train(plain, "zenith", steps=2, batch_size=8, window=2, data_root=roots[where], device="cpu")
    assert run.trace.steps["loss"][0] != runs[0].steps["loss"][0]
    described = plain.load(roots[where]).description
    assert "augment" not in described
    assert "augment=RandomAffineCropFlip(size=32" in task.load(roots[where]).description


@pytest.mark.slow
@pytest.mark.parametrize("name", list(SMALL))
def test_hessian_products_of_each_network_are_differences_of_gradients(framework, name, roots):
    framework("timm")
    where, options = SMALL[name]
    task = tasks.get(name, train_samples=16, test_samples=8, **options)
    data = task.load(roots[where])
    x, y = data.train.batch(torch.arange(2))
    torch.manual_seed(0)
    model = task.model().double()
    with torch.no_grad():  # batch norm's statistics are those of data, as after training
        for module in model.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.momentum = None
        model.train()(data.train.batch(torch.arange(16))[0].double())
    operator = ls.HessianOperator(ls.Objective(model.eval(), nn.CrossEntropyLoss(), [(x.double(), y)]))
    parameters = dict(model.named_parameters())
    direction = torch.randn(operator.shape[0], dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    product = operator @ direction

    def gradient(step):
        moved, at = {}, 0
        for key, p in parameters.items():
            moved[key] = (p + step * direction[at : at + p.numel()].view_as(p)).detach().requires_grad_()
            at += p.numel()
        loss = nn.functional.cross_entropy(torch.func.functional_call(model, moved, (x.double(),)), y)
        return torch.cat([g.flatten() for g in torch.autograd.grad(loss, list(moved.values()))])

    step = 1e-10  # across no kink of the ReLUs
    expected = (gradient(step) - gradient(-step)) / (2 * step)
    assert float((product - expected).norm() / expected.norm()) < 1e-3


@needs_torchvision
@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"network": "inception_v4"},
            r"inception_v4' cannot run on 64x64 images, .* 'inception_v3' on images enlarged",
        ),
        (
            {"network": "inception"},
            r"unknown network of tiny-imagenet/inception 'inception': did you mean 'inception_v3'",
        ),
        (
            {"network": "inception_v3", "image_size": 64},
            r"cannot run on images of image_size=64.*image_size=75 or more",
        ),
        (
            {"network": "inception_v3", "auxiliary": True, "image_size": 75},
            "with its auxiliary head.*image_size=299 or",
        ),
        ({"image_size": 14}, "network='googlenet' cannot run on images of image_size=14.*image_size=15 or more"),
    ],
)
def test_images_that_are_too_small_for_a_network_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        tasks.get("tiny-imagenet/inception", **options)


def test_so_are_those_of_dla_and_densenet():
    with pytest.raises(ValueError, match=r"image_size=100: DLA joins maps .* multiples of 32; give 96"):
        tasks.get("food101/dla", image_size=100)
    with pytest.raises(ValueError, match=r"image_size=28: .*; give 29 or more \(its own is 224\)"):
        tasks.get("imagenet100/densenet121", image_size=28)


@pytest.mark.slow
def test_the_least_sizes_run_and_no_smaller_ones(framework):
    framework("timm")
    v3 = {"network": "inception_v3"}
    cases = [
        ("tiny-imagenet/inception", {}, 15),
        ("tiny-imagenet/inception", {"auxiliary": True}, 15),
        ("tiny-imagenet/inception", v3, 75),
        ("tiny-imagenet/inception", {**v3, "auxiliary": True}, 299),
        ("imagenet100/densenet121", {"width": 0.125}, 29),
        ("food101/dla", {"width": 0.125}, 32),
    ]
    for name, options, least in cases:
        task = tasks.get(name, image_size=least, **options)
        model = task.model().train()
        batch = torch.randn(2, 3, least, least), torch.tensor([0, 1])
        assert torch.isfinite(task.loss(model, batch))
        with pytest.raises(RuntimeError, match=r"[Ss]ize"):
            model(torch.randn(2, 3, least - (2 if name == "food101/dla" else 1), least))
    sizes = [64, 96, 224]
    dla = tasks.get("food101/dla", width=0.125).model().train()
    assert all(dla(torch.randn(2, 3, size, size)).shape == (2, 101) for size in sizes)


def test_losses_of_auxiliary_classifiers_are_added_in_training_only():
    task = tasks.get("tiny-imagenet/inception", auxiliary=True, image_size=32)
    model = task.model()
    x, y = torch.randn(2, 3, 32, 32), torch.tensor([3, 5])
    torch.manual_seed(0)
    outputs = model.train()(x)
    entropy = nn.functional.cross_entropy
    expected = entropy(outputs.logits, y) + 0.3 * (entropy(outputs.aux_logits1, y) + entropy(outputs.aux_logits2, y))
    assert AuxiliaryCrossEntropy(0.3)(outputs, y).item() == pytest.approx(expected.item())
    assert task.loss(model.eval(), (x, y)).item() == pytest.approx(entropy(model(x), y).item())


def test_a_study_of_a_network_whose_package_is_missing_says_how_to_install_it(roots, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "timm", None)
    monkeypatch.chdir(tmp_path)
    text = 'name = "food"\ntask = "food101/dla"\nmethods = ["zenith", "cosine"]\n'
    pathlib.Path("food.toml").write_text(text + "task_settings = {image_size = 32, train_samples = 8}\n")
    with pytest.raises(SystemExit) as caught:
        main(["study", "food.toml", "--data-root", str(roots["food101"]), "--device", "cpu"])
    assert caught.value.code == 2
    assert "timm is not installed: pip install 'zenith-landscape[vision]'" in " ".join(capsys.readouterr().err.split())
