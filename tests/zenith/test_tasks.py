import copy
import gzip
import hashlib
import io
import os
import pickle
import struct
import subprocess
import sys
import tarfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.datasets import load_digits

from zenith import tasks
from zenith.tasks import cifar10, digits, mnist
from zenith.tasks.data import Split, fingerprint

# The datasets are not part of the repository: make test DATA_ROOT=DATA reads them from DATA/mnist and DATA/cifar10.
REAL_DATA = Path(os.environ.get("DATA_ROOT", "no DATA_ROOT in the environment"))
needs_mnist = pytest.mark.skipif(not (REAL_DATA / "mnist").is_dir(), reason=f"no MNIST: {REAL_DATA}")
needs_cifar10 = pytest.mark.skipif(not (REAL_DATA / "cifar10").is_dir(), reason=f"no CIFAR-10: {REAL_DATA}")


def pixels(*shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


# --- the nouns --------------------------------------------------------------------------------------------------------


def make_split(n=20):
    return Split((torch.arange(n, dtype=torch.uint8), torch.arange(n) * 10), lambda x, y: (x.float() / 2, y))


def test_batch_transforms_the_rows_asked_for():
    x, y = make_split().batch(torch.tensor([3, 1]))
    assert (x.tolist(), y.tolist()) == ([1.5, 0.5], [30, 10])
    assert len(make_split()) == 20


def test_batch_without_a_transform_is_the_fields():
    (x,) = Split((torch.arange(5),)).batch(torch.tensor([4, 0]))
    assert x.tolist() == [4, 0]


def test_subset_is_fixed_nested_in_order_and_without_repeats():
    chosen = [make_split().subset(n).fields[0].tolist() for n in range(1, 21)]
    for n, rows in enumerate(chosen, start=1):
        assert rows == sorted(set(rows))
        assert len(rows) == n
        assert set(rows) <= set(chosen[min(n, 19)])
    assert chosen[-1] == list(range(20))
    assert make_split().subset(7, seed=0).fields[0].tolist() == chosen[6]
    assert make_split().subset(7, seed=1).fields[0].tolist() != chosen[6]
    x, y = make_split().subset(7).batch(torch.arange(7))
    assert (20 * x).tolist() == y.tolist()


def test_subset_does_not_depend_on_the_default_device():
    split = make_split()
    with torch.device("meta"):
        drawn = split.subset(7)
    assert drawn.fields[0].tolist() == split.subset(7).fields[0].tolist()


def test_subset_is_uniform():
    counts = torch.zeros(20)
    for seed in range(2000):
        counts[make_split().subset(5, seed).fields[0].long()] += 1
    expected = 2000 * 5 / 20
    assert ((counts - expected).abs() < 5 * (expected * 0.75) ** 0.5).all()  # five standard deviations


def test_to_moves_every_field_and_keeps_the_transform():
    moved = make_split().to("meta")
    assert all(field.is_meta for field in moved.fields)
    assert moved.batch(torch.arange(2, device="meta"))[0].dtype == torch.float32


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ((), "at least one sample"),
        ((torch.zeros(0, 3), torch.zeros(0)), "the dataset is empty"),
        ((torch.zeros(3), torch.zeros(4)), r"\[3, 4\] rows"),
    ],
)
def test_unusable_split_is_refused(fields, message):
    with pytest.raises(ValueError, match=message):
        Split(fields)


@pytest.mark.parametrize("n", [0, 21, -1])
def test_impossible_subset_is_refused(n):
    with pytest.raises(ValueError, match=f"a subset of {n} samples of a split that has 20"):
        make_split().subset(n)


def test_fingerprint_sees_values_shapes_dtypes_and_the_border_between_splits():
    base = torch.arange(6, dtype=torch.int32)
    one = fingerprint(Split((base,)))
    assert one == hashlib.sha256(b"<i4(6,)" + base.numpy().tobytes()).hexdigest()
    changed = base.clone()
    changed[5] = 0
    others = [
        fingerprint(Split((changed,))),
        fingerprint(Split((base.reshape(2, 3),))),
        fingerprint(Split((base.view(torch.float32),))),
        fingerprint(Split((base[:4],)), Split((base[4:],))),
        fingerprint(Split((base[:2],)), Split((base[2:],))),
    ]
    assert len({one, *others}) == 6
    assert fingerprint(Split((base.reshape(3, 2).T.contiguous().T.reshape(6),))) == one  # memory layout does not matter


# --- the table --------------------------------------------------------------------------------------------------------


def test_table():
    assert tasks.names()[:3] == ("digits", "mnist", "cifar10")
    for name in tasks.names():
        assert tasks.get(name).name == name
        assert tasks.get(name) is tasks.get(name)
    with pytest.raises(
        ValueError, match=r"unknown task 'digit': did you mean 'digits'\? valid tasks: digits, mnist, cifar10, "
    ):
        tasks.get("digit")


def test_nouns_are_reachable_from_the_package():
    assert tasks.Split is Split
    with pytest.raises(AttributeError, match="Nonsense"):
        tasks.Nonsense  # noqa: B018


def test_importing_the_table_is_cheap():
    code = (
        "import sys, zenith.tasks; zenith.tasks.names(); "
        "print([m for m in ('torch', 'sklearn', 'PIL') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "[]"


@pytest.mark.parametrize(
    ("name", "shape", "parameters"),
    [("digits", (1, 8, 8), 6090), ("mnist", (1, 28, 28), 10330), ("cifar10", (3, 32, 32), 33834)],
)
def test_models(name, shape, parameters):
    task = tasks.get(name)
    torch.manual_seed(3)
    model = task.model()
    torch.manual_seed(3)
    again = task.model()
    assert sum(p.numel() for p in model.parameters()) == parameters
    assert f"{parameters:,} parameters" in task.description
    assert all(torch.equal(p, q) for p, q in zip(model.parameters(), again.parameters(), strict=True))
    assert not list(model.buffers())
    batch = torch.randn(6, *shape), torch.tensor([0, 1, 2, 3, 4, 9])
    logits = model(batch[0])
    by_hand = -torch.log_softmax(logits, 1)[torch.arange(6), batch[1]].mean()
    torch.testing.assert_close(task.loss(model, batch), by_hand)
    targets = logits.argmax(1)
    targets[:2] = (targets[:2] + 1) % 10
    assert task.metric.compute(model, (batch[0], targets)).item() == pytest.approx(4 / 6)
    # One function of the weights: the same in training and evaluation mode.
    assert torch.equal(model.train()(batch[0]), model.eval()(batch[0]))


def test_task_data_travel_to_worker_processes():
    data = digits.load()
    other = pickle.loads(pickle.dumps(data))
    assert torch.equal(other.train.batch(torch.arange(3))[0], data.train.batch(torch.arange(3))[0])


# --- digits -----------------------------------------------------------------------------------------------------------


def test_digits_are_scikit_learns_split_once_and_stratified():
    data = digits.load()
    assert (len(data.train), len(data.test)) == (1437, 360)
    rows = torch.cat([data.train.fields[0], data.test.fields[0]]).flatten(1)
    labels = torch.cat([data.train.fields[1], data.test.fields[1]])
    ours = sorted((*row, label) for row, label in zip(rows.tolist(), labels.tolist(), strict=True))
    original = load_digits()
    theirs = sorted(
        (*row, label) for row, label in zip(original.data.astype(int).tolist(), original.target.tolist(), strict=True)
    )
    assert ours == theirs
    counts = np.bincount(original.target)
    np.testing.assert_allclose(torch.bincount(data.test.fields[1]), counts * 360 / 1797, atol=1)


def test_digits_are_standardised_and_always_the_same():
    data, again = digits.load(), digits.load(Path("/nowhere"))
    x, y = data.train.batch(torch.arange(len(data.train)))
    assert (x.shape, x.dtype, y.dtype) == ((1437, 1, 8, 8), torch.float32, torch.int64)
    assert x.mean().item() == pytest.approx(0, abs=1e-3)
    assert x.std().item() == pytest.approx(1, abs=1e-3)
    torch.testing.assert_close(x * 0.3761 + 0.3054, data.train.fields[0].float() / 16)
    assert data.fingerprint == again.fingerprint == fingerprint(data.train, data.test)
    assert "1437 training and 360 test" in data.description
    assert "seed 0" in data.description


# --- MNIST ------------------------------------------------------------------------------------------------------------

MNIST_FILES = {
    "train-images-idx3-ubyte": pixels(6, 28, 28, seed=1),
    "train-labels-idx1-ubyte": np.array([5, 0, 4, 1, 9, 2], dtype=np.uint8),
    "t10k-images-idx3-ubyte": pixels(4, 28, 28, seed=2),
    "t10k-labels-idx1-ubyte": np.array([7, 2, 1, 0], dtype=np.uint8),
}


def write_mnist(folder, zipped=False, files=MNIST_FILES):
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in files.items():
        content = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()
        if zipped:
            (folder / f"{name}.gz").write_bytes(gzip.compress(content))
        else:
            (folder / name).write_bytes(content)


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("place", ["MNIST/raw", "raw", "mnist", "MNIST", "."])
def test_mnist_layouts(tmp_path, place, zipped):
    write_mnist(tmp_path / place, zipped)
    data = mnist.load(tmp_path)
    x, y = data.test.batch(torch.tensor([2, 0]))
    expected = (MNIST_FILES["t10k-images-idx3-ubyte"][[2, 0]].astype(np.float64) / 255 - 0.1307) / 0.3081
    np.testing.assert_allclose(x[:, 0], expected, atol=1e-6)
    assert (x.dtype, y.dtype, y.tolist()) == (torch.float32, torch.int64, [1, 7])
    np.testing.assert_array_equal(data.train.fields[0][:, 0], MNIST_FILES["train-images-idx3-ubyte"])
    assert data.train.fields[1].tolist() == [5, 0, 4, 1, 9, 2]
    assert data.train.fields[0].dtype == torch.uint8
    assert "6 training and 4 test" in data.description


def test_mnist_missing(tmp_path):
    with pytest.raises(
        FileNotFoundError, match=f"MNIST not found in any of .*{tmp_path}.*: put train-images.*MNIST/raw$"
    ):
        mnist.load(tmp_path)
    with pytest.raises(FileNotFoundError, match="MNIST needs a data root: give --data-root DIR with train-images"):
        mnist.load(None)
    write_mnist(tmp_path)
    (tmp_path / "t10k-labels-idx1-ubyte").unlink()
    with pytest.raises(FileNotFoundError, match="t10k-labels-idx1-ubyte"):
        mnist.load(tmp_path)


@pytest.mark.parametrize(
    ("name", "array", "message"),
    [
        ("train-images-idx3-ubyte", pixels(5, 28, 28), r"\(5, 28, 28\) and .*train-labels.* \(6,\)"),
        ("t10k-images-idx3-ubyte", pixels(4, 27, 28), r"\(4, 27, 28\)"),
        ("train-labels-idx1-ubyte", np.full(6, 10, dtype=np.uint8), "train-labels-idx1-ubyte holds label 10"),
    ],
)
def test_mnist_files_that_do_not_fit(tmp_path, name, array, message):
    write_mnist(tmp_path, files={**MNIST_FILES, name: array})
    with pytest.raises(ValueError, match=message):
        mnist.load(tmp_path)


@needs_mnist
def test_real_mnist():
    data = mnist.load(REAL_DATA)
    assert data.train.fields[0].shape == (60000, 1, 28, 28)
    assert data.test.fields[0].shape == (10000, 1, 28, 28)
    # The published class counts.
    counts = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert torch.bincount(data.train.fields[1]).tolist() == counts
    counts = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert torch.bincount(data.test.fields[1]).tolist() == counts
    assert data.train.fields[1][:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]  # the official order
    scaled = data.train.fields[0].double() / 255
    assert round(scaled.mean().item(), 4) == mnist.MEAN
    assert round(scaled.std().item(), 4) == mnist.STD


# --- CIFAR-10 ---------------------------------------------------------------------------------------------------------

BATCHES = {f"data_batch_{k}": (pixels(3, 3072, seed=k), [k, 0, 9]) for k in range(1, 6)}
BATCHES["test_batch"] = (pixels(2, 3072, seed=6), [4, 8])


def batch_files(prefix=""):
    return {
        prefix + name: pickle.dumps({b"data": data, b"labels": labels}, protocol=4)
        for name, (data, labels) in BATCHES.items()
    }


def image_files(form="png", prefix=""):
    """Two training images and one test image a class, written in an order that is not theirs."""
    files = {}
    for label, name in reversed(list(enumerate(cifar10.CLASSES))):
        for part, numbers in (("train", (1, 0)), ("test", (0,))):
            for number in numbers:
                file = io.BytesIO()
                image = Image.fromarray(pixels(32, 32, 3, seed=100 * label + 10 * number + (part == "test")))
                image.save(file, "PNG" if form == "png" else "JPEG")
                files[f"{prefix}{part}/{name}/{number:04d}.{form}"] = file.getvalue()
    return files


def write_files(folder, files):
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def write_tar(path, files):
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w" if path.suffix == ".tar" else "w:gz") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))


def check_batches(data):
    np.testing.assert_array_equal(
        data.train.fields[0].flatten(1), np.concatenate([BATCHES[f"data_batch_{k}"][0] for k in range(1, 6)])
    )
    assert data.train.fields[1].tolist() == [label for k in range(1, 6) for label in (k, 0, 9)]
    np.testing.assert_array_equal(data.test.fields[0].flatten(1), BATCHES["test_batch"][0])
    assert data.test.fields[1].tolist() == [4, 8]
    assert "python batches; 15 training and 2 test" in data.description
    assert "lossy" not in data.description


def check_images(data, form="png"):
    assert data.train.fields[1].tolist() == [label for label in range(10) for _ in range(2)]
    assert data.test.fields[1].tolist() == list(range(10))
    files = image_files(form)
    for split, part, per_class in ((data.train, "train", 2), (data.test, "test", 1)):
        for row, label in enumerate(split.fields[1].tolist()):
            content = files[f"{part}/{cifar10.CLASSES[label]}/{row % per_class:04d}.{form}"]
            theirs = np.asarray(Image.open(io.BytesIO(content)))
            np.testing.assert_array_equal(split.fields[0][row].permute(1, 2, 0), theirs)
    assert "an image folder" in data.description
    assert ("JPEG-coded, which is lossy" in data.description) == (form != "png")


@pytest.mark.parametrize(
    "place",
    [".", "cifar-10-batches-py", "cifar10", "CIFAR10", "cifar10/cifar-10-batches-py", "CIFAR10/cifar-10-batches-py"],
)
def test_cifar10_batches(tmp_path, place):
    write_files(tmp_path / place, batch_files())
    check_batches(cifar10.load(tmp_path))


@pytest.mark.parametrize("form", ["png", "jpg", "jpeg", "JPG"])
@pytest.mark.parametrize("place", [".", "cifar10", "CIFAR10"])
def test_cifar10_image_folder(tmp_path, place, form):
    write_files(tmp_path / place, image_files(form))
    check_images(cifar10.load(tmp_path), form)


@pytest.mark.parametrize("path", ["cifar-10-python.tar.gz", "cifar10/a.tgz", "CIFAR10/b.tar"])
@pytest.mark.parametrize("prefix", ["", "cifar-10-batches-py/", "./deep/er/"])
def test_cifar10_archives_are_read_in_place(tmp_path, path, prefix):
    write_tar(tmp_path / path, batch_files(prefix))
    check_batches(cifar10.load(tmp_path))
    (tmp_path / path).unlink()
    write_tar(tmp_path / path, image_files("jpg", prefix))
    check_images(cifar10.load(tmp_path), "jpg")
    assert [entry.name for entry in (tmp_path / path).parent.iterdir()] == [Path(path).name]


def test_cifar10_lossless_goes_first(tmp_path):
    write_tar(tmp_path / "cifar-10-images.tar.gz", image_files("jpg"))
    write_tar(tmp_path / "other.tar.gz", {"readme.txt": b"nothing"})
    check_images(cifar10.load(tmp_path), "jpg")
    write_tar(tmp_path / "cifar-10-python.tar.gz", batch_files("cifar-10-batches-py/"))
    check_batches(cifar10.load(tmp_path))
    write_files(tmp_path, image_files("png"))
    check_images(cifar10.load(tmp_path), "png")
    write_files(tmp_path / "cifar-10-batches-py", batch_files())
    check_batches(cifar10.load(tmp_path))


def test_cifar10_is_standardised_per_channel(tmp_path):
    write_files(tmp_path, batch_files())
    x, y = cifar10.load(tmp_path).test.batch(torch.tensor([1]))
    raw = BATCHES["test_batch"][0][1].reshape(3, 32, 32).astype(np.float64) / 255
    for channel, (mean, std) in enumerate([(0.4914, 0.2470), (0.4822, 0.2435), (0.4465, 0.2616)]):
        np.testing.assert_allclose(x[0, channel], (raw[channel] - mean) / std, atol=1e-6)
    assert (x.dtype, y.dtype) == (torch.float32, torch.int64)


def test_cifar10_skips_what_is_no_sample(tmp_path):
    write_files(tmp_path, image_files())
    write_files(
        tmp_path, {"train/bird/._0000.png": b"macOS", "train/bird/notes.txt": b"text", "train/list.png": b"text"}
    )
    check_images(cifar10.load(tmp_path))


def test_cifar10_missing(tmp_path):
    with pytest.raises(FileNotFoundError, match=f"CIFAR-10 not found: {tmp_path}.*: put cifar-10-python.tar.gz"):
        cifar10.load(tmp_path)
    with pytest.raises(FileNotFoundError, match="CIFAR-10 needs a data root: give --data-root DIR"):
        cifar10.load(None)
    files = copy.copy(batch_files())
    del files["data_batch_3"]
    write_files(tmp_path, files)
    with pytest.raises(FileNotFoundError, match=f"CIFAR-10 in {tmp_path} lacks data_batch_3"):
        cifar10.load(tmp_path)


def test_cifar10_other_classes_are_refused(tmp_path):
    files = {name.replace("truck", "lorry"): content for name, content in image_files().items()}
    write_files(tmp_path, files)
    with pytest.raises(
        ValueError, match=r"train has the classes .*horse, lorry, ship: CIFAR-10 needs a folder for each of"
    ):
        cifar10.load(tmp_path)


def test_cifar10_damaged_file_is_named(tmp_path):
    files = image_files("jpg")
    files["test/cat/0000.jpg"] = files["test/cat/0000.jpg"][:300]
    write_tar(tmp_path / "images.tar.gz", files)
    with pytest.raises(ValueError, match=r"images.tar.gz/test/cat/0000.jpg is not a readable image"):
        cifar10.load(tmp_path)


def other_classes():
    return {
        f"{part}/{name}/0.png": b"no image" for part in ("train", "test") for name in (*cifar10.CLASSES[:-1], "lorry")
    }


def test_cifar10_passes_over_broken_and_foreign_archives(tmp_path):
    (tmp_path / "a.tgz").write_bytes(b"no archive")
    write_tar(tmp_path / "b.tar", {".": b"nameless", "train/n01440764/0.jpg": b"\x00" * 10**6})
    write_tar(tmp_path / "c.tar", other_classes())
    write_tar(tmp_path / "d.tar", {"train/cat/0.jpg": b"\x00" * 10**6})
    with pytest.raises(ValueError, match=r"^CIFAR-10 not found: ") as caught:
        cifar10.load(tmp_path)
    reasons = str(caught.value).removeprefix("CIFAR-10 not found: ").split("; ")
    assert [reason.removeprefix(str(tmp_path)).split(" ")[0] for reason in reasons] == [
        "/a.tgz",
        "/c.tar/train",
        "/d.tar/train/cat/0.jpg",
    ]
    assert "a.tgz is a broken archive" in reasons[0]
    assert "CIFAR-10 needs a folder for each of" in reasons[1]
    write_tar(tmp_path / "e.tar.gz", batch_files("./"))
    data = cifar10.load(tmp_path)
    check_batches(data)
    assert all(reason in data.description for reason in reasons)


def test_cifar10_archive_of_nothing_but_foreign_files_is_not_cifar10(tmp_path):
    write_tar(tmp_path / "b.tar", {".": b"nameless", "readme.txt": b"nothing"})
    with pytest.raises(FileNotFoundError, match="CIFAR-10 not found"):
        cifar10.load(tmp_path)


@needs_cifar10
@pytest.mark.slow
def test_real_cifar10():
    data = cifar10.load(REAL_DATA)
    assert data.train.fields[0].shape == (50000, 3, 32, 32)
    assert data.test.fields[0].shape == (10000, 3, 32, 32)
    assert torch.bincount(data.train.fields[1]).tolist() == [5000] * 10
    assert torch.bincount(data.test.fields[1]).tolist() == [1000] * 10
    assert "lossy" in data.description
    # The stated constants are the original's; JPEG coding hardly moves them.
    for channel in range(3):
        values = data.train.fields[0][:, channel].float() / 255
        assert values.mean().item() == pytest.approx(cifar10.MEAN[channel], abs=2e-3)
        assert values.std().item() == pytest.approx(cifar10.STD[channel], abs=2e-3)
    with tarfile.open(next((REAL_DATA / "cifar10").glob("*.tar.gz"))) as archive:
        file = archive.extractfile("train/airplane/0003.jpg")
        assert file is not None
        theirs = np.asarray(Image.open(file).convert("RGB"))
    np.testing.assert_array_equal(data.train.fields[0][3].permute(1, 2, 0), theirs)
