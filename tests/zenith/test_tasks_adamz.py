import gzip
import io
import os
import struct
import tarfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.datasets import make_circles
from sklearn.model_selection import train_test_split

import zenith
from zenith import tasks
from zenith.tasks import adamz, cifar10

REAL_DATA = Path(os.environ.get("DATA_ROOT", "no DATA_ROOT in the environment"))


@pytest.fixture(scope="module")
def mnist_root(tmp_path_factory):
    """Forty training and twenty test images in MNIST's format."""
    root = tmp_path_factory.mktemp("mnist")
    (root / "MNIST" / "raw").mkdir(parents=True)
    generator = np.random.default_rng(0)
    for part, n in (("train", 40), ("t10k", 20)):
        for kind, array in (
            ("images-idx3", generator.integers(0, 256, (n, 28, 28), dtype=np.uint8)),
            ("labels-idx1", (np.arange(n) % 10).astype(np.uint8)),
        ):
            head = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
            path = root / "MNIST" / "raw" / f"{part}-{kind}-ubyte.gz"
            path.write_bytes(gzip.compress(head + array.tobytes(), 1))
    return root


@pytest.fixture(scope="module")
def cifar10_root(tmp_path_factory):
    """Three training images and one test image of each class, of a grey that says which they are."""
    root = tmp_path_factory.mktemp("cifar10")
    with tarfile.open(root / "cifar10.tar.gz", "w:gz") as archive:
        for part, each in (("train", 3), ("test", 1)):
            for label, name in enumerate(cifar10.CLASSES):
                for i in range(each):
                    file = io.BytesIO()
                    Image.new("RGB", (32, 32), (10 * label + i,) * 3).save(file, "PNG")
                    entry = tarfile.TarInfo(f"{part}/{name}/{i:04d}.png")
                    entry.size = len(file.getvalue())
                    archive.addfile(entry, io.BytesIO(file.getvalue()))
    return root


def test_circles_are_those_of_the_paper():
    data = tasks.get("circles/mlp").load()
    X, y = make_circles(10_000, noise=0.05, random_state=26)
    X_train, X_test, y_train, _ = train_test_split(X, y, test_size=0.33, random_state=26)
    assert (len(data.train), len(data.test)) == (len(X_train), len(X_test)) == (6700, 3300)
    inputs, targets = data.train.batch(torch.arange(6700))
    np.testing.assert_array_equal(inputs.numpy(), X_train.astype(np.float32))
    np.testing.assert_array_equal(targets.numpy()[:, 0], y_train)
    assert sum(p.numel() for p in tasks.get("circles/mlp").model().parameters()) == 2 * 10 + 10 + 10 + 1


def test_circles_have_options():
    data = tasks.get("circles/mlp", samples=200, noise=0.01, factor=0.2, test_share=0.25).load()
    X, y = data.train.batch(torch.arange(150))
    assert len(data.test) == 50
    torch.testing.assert_close(X.norm(dim=1), torch.where(y[:, 0] == 1, 0.2, 1.0), atol=0.06, rtol=0)


def test_attention_over_rows_is_that_of_the_paper(mnist_root):
    task = tasks.get("mnist/row-attention")
    data = task.load(mnist_root)
    images, labels = data.train.batch(torch.arange(40))
    assert labels.tolist() == [i % 10 for i in range(40)]
    assert images.min() == -1
    assert images.max() == 1
    model = task.model()
    counts = [sum(p.numel() for p in part.parameters()) for part in (model.embedding, model.attention, model.head)]
    assert counts == [28 * 29, 4 * 28 * 29, 784 * 128 + 128 + 1290]
    model.eval()
    turned = images.flip(2)  # attention sees a set of rows, so that only the head knows their order
    rows, of_turned = (model.embedding(x.flatten(0, 1)) for x in (images, turned))
    attended, of_turned = (model.attention(x, x, x)[0] for x in (rows, of_turned))
    torch.testing.assert_close(attended, of_turned.flip(1), atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(model(images), model.head(attended.flatten(1)))


def test_small_cnn_takes_the_classes_in_turns(cifar10_root):
    task = tasks.get("cifar10/small-cnn", train_samples=25, test_samples=0)
    data = task.load(cifar10_root)
    images, labels = data.train.batch(torch.arange(25))
    assert sorted(labels[:10].tolist()) == sorted(labels[10:20].tolist()) == list(range(10))
    grey = ((images * 0.5 + 0.5) * 255).round()
    assert torch.equal((grey[:, 0, 0, 0] / 10).floor().long(), labels)
    assert grey[:20, 0, 0, 0].unique().numel() == 20
    fewer = tasks.get("cifar10/small-cnn", train_samples=13, test_samples=0).load(cifar10_root)
    assert torch.equal(fewer.train.batch(torch.arange(13))[0], images[:13])
    assert len(data.test) == 10
    sizes = [tuple(p.shape) for p in tasks.get("cifar10/small-cnn").model().parameters()]
    assert sizes[::2] == [(32, 3, 3, 3), (64, 32, 3, 3), (128, 64 * 16 * 16), (10, 128)]
    assert tasks.get("cifar10/small-cnn", width=0.125).model().head[1].weight.shape == (16, 8 * 256)


def test_more_images_than_there_are_is_refused(cifar10_root):
    with pytest.raises(
        ValueError, match=r"train_samples=31 is more than the 30 samples that are there: take 0 for all"
    ):
        tasks.get("cifar10/small-cnn", train_samples=31, test_samples=0).load(cifar10_root)
    assert len(tasks.get("cifar10/small-cnn", train_samples=0, test_samples=0).load(cifar10_root).train) == 30


class Sure(torch.nn.Module):
    """Gives the right class in eval mode, and another in train mode."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def forward(self, x):
        self.seen.append(torch.rand(1).item())
        return torch.nn.functional.one_hot(x[:, 0].long() + self.training, 3).float()


def test_train_mode_accuracy_is_that_of_train_mode():
    metric, model = adamz.TrainModeAccuracy(), Sure().eval()
    x = torch.tensor([[0.0], [1.0], [1.0]])
    batches = [(x, torch.tensor([1, 2, 0])), (x[:1], torch.tensor([0]))]
    drawn = []
    for start in (1, 2):
        torch.manual_seed(start)
        state = torch.get_rng_state()
        metric.reset()
        for batch in batches:
            metric.update(model, batch)
        assert metric.compute() == 0.5
        assert not model.training
        assert torch.equal(torch.get_rng_state(), state)  # so that no run is another for being measured
        drawn.append(model.seen[-2:])
    assert drawn[0] == drawn[1]
    assert drawn[0][0] != drawn[0][1]


def test_train_mode_accuracy_of_a_large_set_is_that_of_its_beginning():
    metric, model = adamz.TrainModeAccuracy(), Sure()
    for right in (1, 0, 1):
        x = torch.zeros(5000, 1)
        metric.update(model, (x, torch.full((5000,), right)))
    assert metric.compute() == 0.5
    assert len(model.seen) == 2


def test_dropout_makes_the_two_accuracies_differ(mnist_root):
    heavy = tasks.get("mnist/row-attention", dropout=0.9)
    run = zenith.train(heavy, "adam", data_root=mnist_root, epochs=20, batch_size=10, settings={"lr": 0.003})
    last = {name: values[-1] for name, values in run.trace.epochs.items()}
    assert last["train_accuracy_train_mode"] < last["train_metric"]
    plain = tasks.get("mnist/row-attention", dropout=0.0)
    run = zenith.train(plain, "adam", data_root=mnist_root, epochs=1, batch_size=10)
    assert run.trace.epochs["test_accuracy_train_mode"][-1] == pytest.approx(run.trace.epochs["test_metric"][-1])


def test_a_metric_in_train_mode_is_not_described_as_one_in_eval_mode():
    from zenith.training.trace import describe_epoch_field

    assert describe_epoch_field("test_accuracy_train_mode").endswith("train mode, dropout on")
    assert describe_epoch_field("test_metric").endswith("eval mode")


def test_circles_learn_with_every_optimizer_of_the_paper():
    task = tasks.get("circles/mlp", samples=600)
    for method in ("adam", "adamw", "nadam", "rmsprop", "adamax", "adagrad", "sgd", "asgd", "adamz", "adamz-corrected"):
        run = zenith.train(task, method, epochs=1, batch_size=64, settings={"lr": 0.01})
        assert run.status == "finished"
        assert run.trace.epochs["train_loss"][-1] < run.trace.epochs["train_loss"][0]


@pytest.mark.skipif(not (REAL_DATA / "cifar10").is_dir(), reason=f"no CIFAR-10: {REAL_DATA}")
def test_small_cnn_on_the_real_images():
    data = tasks.get("cifar10/small-cnn").load(REAL_DATA / "cifar10")
    labels = data.train.batch(torch.arange(1000))[1]
    assert labels.bincount().tolist() == [100] * 10
    assert data.test.batch(torch.arange(200))[1].bincount().tolist() == [20] * 10
