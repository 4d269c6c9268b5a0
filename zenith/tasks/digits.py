"""Digits: 1,797 handwritten 8x8 digits that come with scikit-learn. Nothing to download, real, and small.

The UCI "Optical Recognition of Handwritten Digits" test set (Alpaydin and Kaynak 1998).
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from zenith.tasks.data import Batch, Data, Split, fingerprint
from zenith.tasks.task import Task

__all__ = ["TASK", "load", "make_model"]

TEST_SAMPLES = 360
SPLIT_SEED = 0


# Of the training pixels scaled to [0, 1]; a pixel counts the inked dots of a 4x4 block, 0 to 16.
MEAN, STD = 0.3054, 0.3761


def _normalise(pixels: Tensor, labels: Tensor) -> Batch:
    return (pixels.to(torch.float32) / 16 - MEAN) / STD, labels


def load(data_root: Path | None = None) -> Data:
    """Load digits, split into 1,437 training and 360 test samples, stratified by class with seed 0.

    Parameters
    ----------
    data_root : Path, optional
        Not used: the data come with scikit-learn.

    Returns
    -------
    Data
        Batches ``(X, y)`` with X float32 of shape ``(batch, 1, 8, 8)``, standardised with mean 0.3054 and standard
        deviation 0.3761, and y int64.
    """
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    bunch = load_digits()
    rows = torch.arange(len(bunch.target)).numpy()
    train_rows, test_rows = train_test_split(
        rows, test_size=TEST_SAMPLES, stratify=bunch.target, random_state=SPLIT_SEED
    )
    pixels = torch.from_numpy(bunch.images).to(torch.uint8).unsqueeze(1)
    labels = torch.from_numpy(bunch.target).to(torch.int64)
    train, test = (Split((pixels[part], labels[part]), _normalise) for part in (train_rows, test_rows))
    description = (
        f"scikit-learn load_digits, {len(train)} training and {len(test)} test images, stratified by class with seed "
        f"{SPLIT_SEED}, standardised with mean {MEAN} and standard deviation {STD}"
    )
    return Data(train, test, fingerprint(train, test), description)


def make_model() -> nn.Module:
    """Return a CNN of two strided 3x3 convolutions and a linear layer: 6,090 parameters, no dropout, no batch norm.

    Strides rather than pooling: a Hessian product over the whole training set then costs a quarter as much, and
    curvature at every checkpoint of many runs stays affordable.
    """
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv2d(16, 32, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(32 * 2 * 2, 10),
    )


TASK = Task(
    name="digits",
    description="scikit-learn's 8x8 handwritten digits (embedded, 1,797 images) with a CNN of 6,090 parameters",
    model=make_model,
    data=load,
    loss=nn.CrossEntropyLoss(),
    metric="accuracy",
)
