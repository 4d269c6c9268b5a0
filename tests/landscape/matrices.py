"""Dense matrices as operators, and how often intervals cover the truth."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from landscape.linalg.operator import SymmetricOperator

REPETITIONS = 400


class MatrixOperator(SymmetricOperator):
    """A matrix given by its entries, as the curvature of one parameter "theta"."""

    def __init__(self, matrix: Tensor) -> None:
        self.matrix, self.products = matrix, 0

    @property
    def size(self) -> int:
        return len(self.matrix)

    @property
    def dtype(self) -> torch.dtype:
        return self.matrix.dtype

    @property
    def device(self) -> torch.device:
        return self.matrix.device

    def matvec(self, vector: Tensor) -> Tensor:
        self.products += 1
        return self.matrix @ vector

    def matmat(self, vectors: Tensor) -> Tensor:
        self.products += vectors.shape[1]
        return self.matrix @ vectors

    def unflatten(self, vector: Tensor) -> dict[str, Tensor]:
        return {"theta": vector}

    def flatten(self, direction: Any) -> Tensor:
        return direction["theta"]

    def protocol(self) -> dict[str, Any]:
        return {"operator": "dense matrix", "parameters": self.size}


SPECTRA = {
    "flat": np.linspace(1, 2, 60),
    "indefinite": np.linspace(-1, 1.2, 60),
    "geometric": 0.8 ** np.arange(60),
    "power law": 1 / np.arange(1, 61) ** 2,
    "outliers": np.r_[50, 10, 5, np.full(57, 0.1)],
}


def coverage(interval: Callable[[int], tuple[float, float]], truth: float, repetitions: int = REPETITIONS) -> float:
    """Share of seeds whose interval holds the truth."""
    hits = 0
    for seed in range(repetitions):
        low, high = interval(seed)
        hits += low <= truth <= high
    return hits / repetitions
