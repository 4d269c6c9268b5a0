"""PyHessian 0.1 as an independent eigensolver behind `landscape.eigen`.

PyHessian wants a model of one input, a criterion and (input, target) batches, weights batches by the input's first
dimension, fails on parameters that the loss does not use, and leaves gradients with graphs behind. A module of its own,
holding copies of the parameters, gives it any objective and takes the left-overs away.
"""

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from landscape.batches import Batch, preserve_rng
from landscape.objective import Objective


def eigenvalues(
    objective: Objective, k: int, *, tol: float, max_steps: int, seed: int
) -> tuple[NDArray[np.float64], Tensor, int]:
    """Run PyHessian's power iteration with deflation.

    Returns
    -------
    values : ndarray, shape (k,)
        As returned, in its order: descending in magnitude.
    vectors : Tensor, shape (p, k)
        Normalised, in the objective's dtype.
    products : int
        Passes over the data.
    """
    import pyhessian

    model = _Module(objective)
    loader = _Loader(objective)
    with preserve_rng(objective.device), torch.enable_grad(), warnings.catch_warnings():
        # The cycles it warns of are broken below.
        warnings.filterwarnings("ignore", message=r"Using backward\(\) with create_graph=True", category=UserWarning)
        torch.manual_seed(seed)
        try:
            solver = pyhessian.hessian(model, _criterion, dataloader=loader, cuda=objective.device.type == "cuda")
            values, vectors = solver.eigenvalues(maxIter=max_steps, tol=tol, top_n=k)
        finally:
            for p in model.parameters():
                p.grad = None
    flat = [torch.cat([part.detach().reshape(-1) for part in vector]) for vector in vectors]
    stacked = torch.stack(flat, dim=1).to(objective.device, torch.float64)
    return np.array(values), (stacked / stacked.norm(dim=0)).to(objective.dtype), loader.passes


class _Batch:
    """Stands for a batch where PyHessian expects an input or target tensor."""

    def __init__(self, batch: Batch, weight: float) -> None:
        self.batch = batch
        self.weight = weight

    def size(self, dim: int) -> float:
        """Return the weight of the batch in the mean."""
        return self.weight

    def to(self, device: Any) -> "_Batch":
        """Stay where the objective's data are."""
        return self


class _Loader:
    """The objective's batches, counting the passes."""

    def __init__(self, objective: Objective) -> None:
        self._objective = objective
        self.passes = 0

    def __iter__(self) -> Iterator[tuple[_Batch, _Batch]]:
        self.passes += 1
        for batch, weight in self._objective.batches():
            item = _Batch(batch, weight)
            yield item, item


class _Module(nn.Module):
    """The objective's loss of one batch as the output of a model."""

    def __init__(self, objective: Objective) -> None:
        super().__init__()
        self._objective = objective
        self._values = nn.ParameterList([nn.Parameter(p.clone()) for p in objective.parameters.values()])

    def forward(self, item: _Batch) -> Tensor:
        """Return the loss with the penalty, which also connects every parameter to it."""
        named = dict(zip(self._objective.parameters, self._values, strict=True))
        penalty = sum((p.square().sum() for p in named.values()), torch.zeros((), device=self._objective.device))
        return self._objective.batch_loss(named, item.batch) + self._objective.l2 / 2 * penalty


def _criterion(output: Tensor, target: _Batch) -> Tensor:
    return output
