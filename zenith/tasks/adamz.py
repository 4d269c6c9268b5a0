"""The three experiments of AdamZ: circles with an MLP, MNIST with attention over its rows, CIFAR-10 with a small CNN.

Zaznov, Badii, Dufour et al., "AdamZ: an enhanced optimisation method for neural network training" (arXiv:2411.15375;
Neural Computing and Applications 37:26887, 2025), and its authors' code, github.com/izaznov/AdamZ (folder Whitepaper).

The authors never put their networks into eval mode, so their test accuracy is measured with dropout on. Each task here
has both: ``accuracy`` in eval mode, and ``accuracy_train_mode`` as theirs is measured.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from zenith._common.streams import numbered_seed, stream_seed
from zenith._common.validation import check_integer
from zenith.tasks import cifar10, download, mnist
from zenith.tasks.data import Batch, Data, Split, fingerprint
from zenith.tasks.losses import forward
from zenith.tasks.subsets import SUBSET_SEED, class_balanced
from zenith.tasks.task import Task

__all__ = ["RowAttention", "SmallCNN", "TrainModeAccuracy", "cifar10_small_cnn", "circles_mlp", "mnist_row_attention"]

_MOST_IN_TRAIN_MODE = 10_000


class TrainModeAccuracy:
    """Accuracy in train mode, dropout on: what AdamZ's authors report, whose code never calls ``eval()``.

    What dropout drops is a function of the batch's place alone, the same in every run, and no run's random numbers are
    touched. Of a larger set the first 10,000 samples are taken, as many as the largest test set of those experiments
    has: for a training set it would double the time of an evaluation.
    """

    higher_is_better = True

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget the batches."""
        self._right = self._all = self._batches = 0

    def update(self, model: nn.Module, batch: Batch) -> None:
        """Take in a batch of (inputs, classes)."""
        if self._all >= _MOST_IN_TRAIN_MODE:
            return
        was_training = model.training
        seed = numbered_seed(stream_seed(0, "train-mode accuracy"), self._batches)
        with torch.random.fork_rng([torch.cuda.current_device()] if batch[1].is_cuda else []):
            torch.manual_seed(seed)
            model.train()
            try:
                outputs, targets = forward(model, batch)
            finally:
                model.train(was_training)
        predicted = outputs.argmax(1) if outputs.shape[1] > 1 else outputs > 0
        self._right += int((predicted == targets).sum())
        self._all += len(targets)
        self._batches += 1

    def compute(self) -> float:
        """Return the share of samples that are classified right."""
        return self._right / self._all


def _metrics() -> dict[str, Any]:
    return {"accuracy": "accuracy", "accuracy_train_mode": TrainModeAccuracy()}


# Circles
# ----------------------------------------------------------------------------------------------------------------------


def _load_circles(
    data_root: Path | None, samples: int, noise: float, factor: float, test_share: float, data_seed: int
) -> Data:
    from sklearn.datasets import make_circles
    from sklearn.model_selection import train_test_split

    X, y = make_circles(n_samples=samples, noise=noise, factor=factor, random_state=data_seed)
    parts = train_test_split(X.astype(np.float32), y.astype(np.float32), test_size=test_share, random_state=data_seed)
    train, test = (Split((torch.from_numpy(parts[i]), torch.from_numpy(parts[i + 2])[:, None])) for i in (0, 1))
    description = (
        f"scikit-learn make_circles, {samples} points, noise {noise:g}, factor {factor:g}, drawn and split with seed "
        f"{data_seed}: {len(train)} training and {len(test)} test points"
    )
    return Data(train, test, fingerprint(train, test), description)


def _circles_network(hidden: int) -> nn.Module:
    first = nn.Linear(2, hidden)
    nn.init.kaiming_uniform_(first.weight, nonlinearity="relu")
    return nn.Sequential(first, nn.ReLU(), nn.Linear(hidden, 1))


def circles_mlp(
    *,
    samples: int = 10_000,
    noise: float = 0.05,
    factor: float = 0.8,
    test_share: float = 0.33,
    data_seed: int = 26,
    hidden: int = 10,
) -> Task:
    """Return the task "circles/mlp": two concentric circles with noise, and an MLP 2-10-1.

    The network has no dropout, so that both modes agree. The loss is the binary cross-entropy of logits, which is that
    of the authors' sigmoid without its rounding.

    Parameters
    ----------
    samples, noise
        Of scikit-learn's ``make_circles``; 10,000 points and 0.05 by the paper.
    factor : float
        Radius of the inner circle. The paper leaves it open, its code at scikit-learn's 0.8, at which the two circles
        overlap so that no classifier exceeds some 98 %.
    test_share : float
        The paper says a third, its code 0.33.
    data_seed : int
        Of points and split; 26 in the code. All runs have the same points.
    hidden : int
        Hidden units, ReLU, of Kaiming-uniform initial weights (the code's; the paper says neither).
    """
    count = check_integer("samples", samples)
    hidden = check_integer("hidden", hidden)
    options: dict[str, Any] = {"noise": noise, "factor": factor, "test_share": test_share, "data_seed": data_seed}
    return Task(
        name="circles/mlp",
        description=f"two noisy circles ({count:,} points) with an MLP 2-{hidden}-1, after AdamZ",
        model=partial(_circles_network, hidden),
        data=partial(_load_circles, samples=count, **options),
        loss=nn.BCEWithLogitsLoss(),
        metric=_metrics(),
    )


# MNIST
# ----------------------------------------------------------------------------------------------------------------------


def _scaled(pixels: Tensor, labels: Tensor) -> Batch:
    """Pixels in [-1, 1], as both image experiments have them."""
    return (pixels.to(torch.float32) / 255 - 0.5) / 0.5, labels


class RowAttention(nn.Module):
    """Self-attention over the 28 rows of an image, then two linear layers.

    Parameters
    ----------
    heads : int
    embedding : int
        Size of a token, which a linear map makes of a row of 28 pixels.
    hidden : int
        Units between the two linear layers, ReLU.
    dropout : float
        Before the last layer.
    """

    def __init__(self, heads: int = 4, embedding: int = 28, hidden: int = 128, dropout: float = 0.5) -> None:
        super().__init__()
        self.embedding = nn.Linear(28, embedding)
        self.attention = nn.MultiheadAttention(embedding, heads, batch_first=True)
        self.head = nn.Sequential(
            nn.Linear(28 * embedding, hidden), nn.ReLU(), nn.Dropout(dropout), nn.Linear(hidden, 10)
        )

    def forward(self, images: Tensor) -> Tensor:
        """Return logits of shape ``(n, 10)`` for images of shape ``(n, 1, 28, 28)``."""
        rows = self.embedding(images.flatten(0, 1))
        attended, _ = self.attention(rows, rows, rows)
        return self.head(attended.flatten(1))


def _load_mnist(data_root: Path | None, train_samples: int, test_samples: int) -> Data:
    return _rescaled(mnist.load(data_root), train_samples, test_samples)


def mnist_row_attention(
    *,
    heads: int = 4,
    embedding: int = 28,
    hidden: int = 128,
    dropout: float = 0.5,
    train_samples: int = 0,
    test_samples: int = 0,
) -> Task:
    """Return the task "mnist/row-attention": MNIST's rows as 28 tokens, attention, and 784-128-10.

    Pixels are in [-1, 1]; neither residual connections nor norms nor positions: the authors' code has none.

    Parameters
    ----------
    heads, embedding, hidden, dropout
        As of `RowAttention`; the paper's. That each row passes a linear map before the attention is the code's.
    train_samples, test_samples : int
        The first so many of a class-balanced permutation with a fixed seed; 0 for all.
    """
    return Task(
        name="mnist/row-attention",
        description="MNIST with attention over the 28 rows of an image, after AdamZ",
        model=partial(RowAttention, heads, embedding, hidden, dropout),
        data=partial(_load_mnist, train_samples=train_samples, test_samples=test_samples),
        download=download.mnist,
        loss=nn.CrossEntropyLoss(),
        metric=_metrics(),
    )


def _rescaled(data: Data, train_samples: int, test_samples: int) -> Data:
    """The data with pixels in [-1, 1], and so many samples of each part, 0 for all."""
    train, test = (
        Split(class_balanced(split, samples, option).fields, _scaled)
        for split, samples, option in (
            (data.train, train_samples, "train_samples"),
            (data.test, test_samples, "test_samples"),
        )
    )
    source = data.description.partition(";")[0].partition(",")[0]
    description = f"{source}, {len(train)} training and {len(test)} test images, pixels scaled to [-1, 1]"
    if train_samples or test_samples:
        description += f", the first of a class-balanced permutation with seed {SUBSET_SEED}"
    return Data(train, test, fingerprint(train, test), description)


# CIFAR-10
# ----------------------------------------------------------------------------------------------------------------------


class SmallCNN(nn.Module):
    """Two 3x3 convolutions with a max-pool after the second, and two linear layers.

    Parameters
    ----------
    channels : (int, int)
        Of the two convolutions.
    hidden : int
        Units between the two linear layers, ReLU.
    dropout : float
        Before the last layer.
    """

    def __init__(self, channels: tuple[int, int] = (32, 64), hidden: int = 128, dropout: float = 0.5) -> None:
        super().__init__()
        first, second = channels
        self.features = nn.Sequential(
            nn.Conv2d(3, first, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(first, second, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
        )
        self.head = nn.Sequential(
            nn.Flatten(), nn.Linear(second * 16 * 16, hidden), nn.ReLU(), nn.Dropout(dropout), nn.Linear(hidden, 10)
        )

    def forward(self, images: Tensor) -> Tensor:
        """Return logits of shape ``(n, 10)`` for images of shape ``(n, 3, 32, 32)``."""
        return self.head(self.features(images))


def _load_cifar10(data_root: Path | None, train_samples: int, test_samples: int) -> Data:
    return _rescaled(cifar10.load(data_root), train_samples, test_samples)


def cifar10_small_cnn(
    *,
    width: float = 1.0,
    dropout: float = 0.5,
    train_samples: int = 1000,
    test_samples: int = 200,
) -> Task:
    """Return the task "cifar10/small-cnn": CIFAR-10 with two convolutions, a max-pool and two linear layers.

    Parameters
    ----------
    width : float
        Factor of the 32 and 64 channels and the 128 hidden units, which are the code's; the paper has a figure.
    dropout : float
        Before the last layer; 0.5 in the code.
    train_samples, test_samples : int
        The first so many of a class-balanced permutation with a fixed seed; 0 for all. The journal's text says
        10,000 and 2,000, the code takes the first 1,000 and 200. The defaults are the code's, because only they agree
        with what is printed: accuracies are multiples of a quarter of a percent, and the patience of 129 steps is
        longer than the 80 steps of ten epochs.
    """
    if not width > 0:
        raise ValueError(f"width={width!r} of cifar10/small-cnn must be a factor above 0, such as 0.25")
    first, second, hidden = (max(1, round(width * size)) for size in (32, 64, 128))
    return Task(
        name="cifar10/small-cnn",
        description="CIFAR-10 with two convolutions and two linear layers, after AdamZ",
        model=partial(SmallCNN, (first, second), hidden, dropout),
        data=partial(_load_cifar10, train_samples=train_samples, test_samples=test_samples),
        download=download.cifar10,
        loss=nn.CrossEntropyLoss(),
        metric=_metrics(),
    )
