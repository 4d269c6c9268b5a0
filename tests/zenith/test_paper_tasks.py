"""MNIST, CIFAR-10 and CIFAR-100 with the networks of ZENITH's paper: networks, data on disk, and options."""

import dataclasses
import io
import itertools
import os
import pickle
import tarfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import zenith
from zenith import tasks
from zenith._common.vision import import_torchvision
from zenith.tasks import cifar, cifar10, cifar100, fixtures, mnist
from zenith.tasks.networks.efficientnet import efficientnet_b0
from zenith.tasks.networks.resnet import ResNet50
from zenith.tasks.networks.vgg import VGG19

REAL_DATA = Path(os.environ.get("DATA_ROOT") or "no DATA_ROOT in the environment")


def size(model):
    return sum(p.numel() for p in model.parameters())


@pytest.fixture(scope="module")
def models():
    """torchvision's, which are somebody else's code for the same networks."""
    try:
        return import_torchvision("models")
    except ModuleNotFoundError:
        pytest.skip("torchvision is not installed")


# Networks
# ----------------------------------------------------------------------------------------------------------------------


def by_name(name, width):
    return {"vgg": lambda: VGG19(10, width), "resnet": lambda: ResNet50(100, width=width)}[name]()


@pytest.mark.parametrize(("name", "width", "count"), [("vgg", 1.0, 20_040_522), ("resnet", 1.0, 23_705_252)])
def test_sizes_are_those_of_the_usual_collection_of_cifar_networks(name, width, count):
    with torch.device("meta"):
        assert size(by_name(name, width)) == count


def test_an_eighth_of_the_width_is_counted_by_hand():
    channels = [3, 8, 8, 16, 16, *[32] * 4, *[64] * 8]
    convolutions = sum(9 * a * b + b + 2 * b for a, b in itertools.pairwise(channels))
    assert size(VGG19(10, 0.125)) == convolutions + 64 * 10 + 10 == 315_698


def same_outputs(ours, theirs, images):
    ours.load_state_dict(theirs.state_dict())
    with torch.no_grad():
        torch.testing.assert_close(ours.train()(images), theirs.train()(images), rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(ours.eval()(images), theirs.eval()(images), rtol=1e-4, atol=1e-4)


def test_vgg_has_the_features_of_torchvisions(models):
    theirs = models.vgg19_bn().features
    images = torch.randn(4, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    ours = VGG19(10)
    same_outputs(ours.features, theirs, images)
    assert torch.equal(ours(images), ours.classifier(theirs(images).flatten(1)))


def test_resnet_is_torchvisions_but_for_the_stem(models):
    theirs = models.resnet50(num_classes=100)
    images = torch.randn(4, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    same_outputs(ResNet50(100, stem="imagenet"), theirs, images)
    theirs.conv1, theirs.maxpool = torch.nn.Conv2d(3, 64, 3, padding=1, bias=False), torch.nn.Identity()
    same_outputs(ResNet50(100), theirs, images[:2])


def test_efficientnet_is_torchvisions_but_for_the_channels(models):
    theirs = models.efficientnet_b0()
    images = torch.randn(4, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    ours = efficientnet_b0(1000, channels=3)
    ours.load_state_dict(theirs.state_dict())
    with torch.no_grad():
        assert torch.equal(ours.eval()(images), theirs.eval()(images))
    assert size(efficientnet_b0()) == size(theirs) - 990 * 1281 - 2 * 9 * 32 == 4_019_782
    # Each has its own draws; the first layer's have the spread that torchvision gives them.
    first = efficientnet_b0().features[0][0].weight.detach()
    assert float(first.std()) == pytest.approx((2 / (9 * 32)) ** 0.5, rel=0.15)


def test_stems_change_the_map_at_the_end():
    images = torch.randn(2, 3, 32, 32)
    shapes = {}
    for stem in ("cifar", "imagenet"):
        model = ResNet50(100, stem=stem, width=0.05)
        model.layer4.register_forward_hook(lambda m, i, out, stem=stem: shapes.update({stem: out.shape[-1]}))
        assert model(images).shape == (2, 100)
    assert shapes == {"cifar": 4, "imagenet": 1}


@pytest.mark.parametrize("task", ["mnist/efficientnet-b0", "cifar10/vgg19", "cifar100/resnet50"])
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"width": 0.0}, "width=0 is no factor of a network's channels: give one above 0"),
        ({"image_size": 0}, "image_size"),
        ({"stem": "cifer"}, "stem"),
        ({"augment": False, "degrees": 5.0}, "degrees and translate are parts of the augmentation"),
    ],
)
def test_wrong_options_are_refused(task, options, message):
    with pytest.raises(ValueError, match=message):
        tasks.get(task, **options)


# Data
# ----------------------------------------------------------------------------------------------------------------------


def raw(path):
    """A batch read by Python's own pickle, as the original's authors say."""
    return pickle.loads(path.read_bytes(), encoding="bytes")


def images_of(folder):
    """The files of an image folder, PNG, of what a fixture's batches hold."""
    out = {}
    for part in ("train", "test"):
        batch = raw(folder / part)
        for row, label in enumerate(batch[b"fine_labels"]):
            held = io.BytesIO()
            Image.fromarray(batch[b"data"][row].reshape(3, 32, 32).transpose(1, 2, 0)).save(held, "png")
            out[f"{part}/{cifar100.CLASSES[label]}/{row:04d}.png"] = held.getvalue()
    return out


def write_all(root, files):
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)


@pytest.mark.parametrize("place", [".", "cifar100", "CIFAR100"])
def test_cifar100_is_read_from_its_batches(tmp_path, place):
    folder = fixtures.write_cifar100(tmp_path / place)
    data = cifar100.load(tmp_path)
    for part in ("train", "test"):
        batch, split = raw(folder / part), data.parts[part]
        assert np.array_equal(split.fields[0].reshape(len(split), -1), batch[b"data"])
        assert split.fields[1].tolist() == batch[b"fine_labels"]
    assert "python batches; 300 training and 100 test" in data.description
    assert data.description.endswith("; the MD5 sums of its batches are not the published ones")
    x, _ = data.train.batch(torch.arange(1))
    pixel = data.train.fields[0][0, 1, 2, 3].item() / 255
    assert x[0, 1, 2, 3].item() == pytest.approx((pixel - 0.4865) / 0.2564, rel=1e-5)


def test_cifar100_is_read_from_archives_and_image_folders(tmp_path):
    folder = fixtures.write_cifar100(tmp_path / "made")
    expected = cifar100.load(tmp_path / "made")
    with tarfile.open(tmp_path / "cifar-100-python.tar.gz", "w:gz") as archive:
        archive.add(folder, "cifar-100-python")
    assert cifar100.load(tmp_path).fingerprint == expected.fingerprint
    write_all(tmp_path / "folder" / "cifar100", images_of(folder))
    by_class = cifar100.load(tmp_path / "folder")
    order = expected.train.fields[1].argsort(stable=True)
    assert torch.equal(by_class.train.fields[0], expected.train.fields[0][order])
    assert torch.equal(by_class.train.fields[1], expected.train.fields[1][order])
    with tarfile.open(tmp_path / "folder" / "a.tar", "w") as archive:
        archive.add(tmp_path / "folder" / "cifar100", "some/where")
    os.rename(tmp_path / "folder" / "cifar100", tmp_path / "elsewhere")
    assert cifar100.load(tmp_path / "folder").fingerprint == by_class.fingerprint


def test_a_whole_dataset_goes_before_a_lossless_part_of_one(tmp_path):
    fixtures.write_cifar100(tmp_path, train=200)
    write_all(tmp_path, images_of(fixtures.write_cifar100(tmp_path / "whole")))
    assert "python batches" in cifar100.load(tmp_path).description  # neither is whole
    data = cifar.load_cifar(dataclasses.replace(cifar100.CIFAR100, whole=(300, 100)), tmp_path)
    assert "an image folder; 300 training" in data.description


def test_what_is_no_cifar100_is_said(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"CIFAR-100 needs a data root: give --data-root DIR with cifar-100-py"):
        cifar100.load(None)
    with pytest.raises(FileNotFoundError, match=r"CIFAR-100 not found: .*neither train with test, nor .*put cifar-"):
        cifar100.load(tmp_path)
    folder = fixtures.write_cifar100(tmp_path)
    (folder / "train").unlink()
    with pytest.raises(FileNotFoundError, match=r"CIFAR-100 in .* lacks train: put it and test there"):
        cifar100.load(tmp_path)
    fixtures.write_cifar100(tmp_path)
    batch = raw(folder / "train")
    (folder / "train").write_bytes(pickle.dumps(batch | {b"fine_labels": [100] * 300}, 2))
    with pytest.raises(ValueError, match="train holds labels 100 to 100: CIFAR-100 has classes 0 to 99"):
        cifar100.load(tmp_path)
    fixtures.write_cifar100(tmp_path)
    (folder / "meta").write_bytes(pickle.dumps({b"fine_label_names": [b"cat"] * 100}, 2))
    with pytest.raises(ValueError, match=r"meta has the classes cat, cat, cat\.\.\., not those of CIFAR-100"):
        cifar100.load(tmp_path)


class Hostile:
    def __reduce__(self):
        return os.system, ("touch planted",)


@pytest.mark.parametrize("name", ["train", "test", "meta"])
def test_a_pickle_that_would_run_code_is_refused(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    folder = fixtures.write_cifar100(tmp_path)
    (folder / name).write_bytes(pickle.dumps({b"data": Hostile(), b"fine_label_names": Hostile()}, 2))
    with pytest.raises(ValueError, match=f"{name} is not a readable .*system, which the original does not contain"):
        cifar100.load(tmp_path)
    assert not (tmp_path / "planted").exists()


def test_the_fixtures_of_mnist_and_cifar10_are_read(tmp_path):
    fixtures.write_mnist(tmp_path)
    folder = fixtures.write_cifar10(tmp_path)
    digits, images = mnist.load(tmp_path), cifar10.load(tmp_path)
    assert [len(digits.train), len(digits.test), len(images.train), len(images.test)] == [200, 100, 200, 100]
    batch = raw(folder / "data_batch_2")
    assert np.array_equal(images.train.fields[0][40:80].reshape(40, -1), batch[b"data"])
    assert images.train.fields[1][40:80].tolist() == batch[b"labels"]


def test_fewer_samples_are_balanced_nested_and_alone_decoded(tmp_path):
    folder = fixtures.write_cifar100(tmp_path / "made")
    files = images_of(folder)
    write_all(tmp_path / "d", files)
    load = {n: tasks.get("cifar100/resnet50", train_samples=n, test_samples=50) for n in (100, 150)}
    few, more = (task.load(tmp_path / "d").train for task in load.values())
    assert few.fields[1].bincount().tolist() == [1] * 100
    assert torch.equal(more.fields[0][:100], few.fields[0])
    # What is not among them may be broken: the others are not read.
    taken = {content.tobytes() for content in few.fields[0].numpy()}
    for name, content in files.items():
        pixels = np.asarray(Image.open(io.BytesIO(content))).transpose(2, 0, 1).tobytes()
        if name.startswith("train") and pixels not in taken:
            (tmp_path / "d" / name).write_bytes(b"broken")
    assert torch.equal(load[100].load(tmp_path / "d").train.fields[0], few.fields[0])
    with pytest.raises(ValueError, match="not a readable image"):
        load[150].load(tmp_path / "d")
    assert (
        "100 training and 50 test images, the first of a class-balanced permutation"
        in load[100].load(tmp_path / "d").description
    )


# Trained
# ----------------------------------------------------------------------------------------------------------------------


WRITERS = {
    "mnist/efficientnet-b0": fixtures.write_mnist,
    "cifar10/vgg19": fixtures.write_cifar10,
    "cifar100/resnet50": fixtures.write_cifar100,
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_narrow_network_trains_on_generated_data(name, tmp_path):
    if name.startswith("mnist"):
        try:
            import_torchvision()
        except ModuleNotFoundError:
            pytest.skip("torchvision is not installed")
    WRITERS[name](tmp_path)
    task = tasks.get(name, width=0.05, train_samples=32, test_samples=16)
    runs = [zenith.train(task, "sgd", steps=3, batch_size=16, data_root=tmp_path) for _ in range(2)]
    assert runs[0].status == "finished"
    assert runs[0].trace.steps["loss"] == runs[1].trace.steps["loss"]
    assert runs[0].task == name
    assert runs[0].task_options["width"] == 0.05


def test_images_are_resized_and_augmented_as_asked(tmp_path):
    fixtures.write_cifar10(tmp_path)
    fixtures.write_mnist(tmp_path)
    large = tasks.get("cifar10/vgg19", image_size=48).load(tmp_path)
    assert large.train.batch(torch.arange(2))[0].shape == (2, 3, 48, 48)
    assert "resized to 48x48" in large.description
    plain = tasks.get("cifar10/vgg19", augment=False)
    assert plain.augment_batch is plain.augment is None
    batchwise = tasks.get("cifar10/vgg19")
    assert batchwise.augment is None
    assert batchwise.augment_batch.function.padding == 4
    single = tasks.get("cifar10/vgg19", degrees=10.0)
    assert single.augment_batch is None
    assert (single.augment.function.degrees, single.augment.function.translate) == (10.0, 0.0)
    assert not tasks.get("mnist/efficientnet-b0", augment=True).augment_batch.function.flip
    assert tasks.get("mnist/efficientnet-b0", image_size=32).load(tmp_path).train.batch(torch.arange(2))[0].shape == (
        2,
        1,
        32,
        32,
    )


# The real ones
# ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.skipif(not (REAL_DATA / "cifar100").is_dir(), reason=f"no CIFAR-100: {REAL_DATA}")
def test_real_cifar100():
    data = cifar100.load(REAL_DATA)
    assert (len(data.train), len(data.test)) == cifar100.CIFAR100.whole
    assert data.train.fields[1].bincount().tolist() == [500] * 100
    x, _ = data.train.batch(torch.arange(0, 50_000, 10))
    assert x.mean((0, 2, 3)).abs().max() < 0.05
    assert (x.std((0, 2, 3)) - 1).abs().max() < 0.05
