"""PyHessian 0.1 as an independent eigensolver behind `landscape.curvature.eigenvalues`.

PyHessian wants a model of one input, a criterion and (input, target) batches, weights batches by the input's first
dimension, fails on parameters that the loss does not use, and leaves gradients with graphs behind. A module of its own,
holding copies of the parameters, gives it any objective and takes the left-overs away.
"""

import warnings
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from landscape._common.interrupts import Stop
from landscape._common.random import preserve_rng
from landscape.curvature.hessian import HessianOperator
from landscape.linalg.eigenproblem import Problem, SolverOptions, SolverResult
from landscape.objective.data import Batch
from landscape.objective.objective import Objective


def pyhessian(
    problem: Problem, options: SolverOptions, initial_vectors: list[Tensor], generator: torch.Generator
) -> SolverResult:
    """Find eigenpairs by PyHessian, with one more product per pair for its residual."""
    assert isinstance(problem.operator, HessianOperator)
    problem.operator.check_derivatives()
    k = options.k
    values, vectors, products = eigenvalues(
        problem.operator.objective, k, tol=options.tol, max_steps=(problem.limit - k) // k, seed=options.seed
    )
    problem.products += products
    problem.bar.update(products)
    rows = vectors.T.contiguous()
    matvecs = torch.cat([problem.multiply(row[None]) for row in rows])
    problem.observe(np.sqrt(matvecs.double().square().sum(dim=1).cpu().numpy()))
    notes = [
        "Values, signs and order are PyHessian's: it seeks the largest magnitude and stops when the value changes by "
        "less than tol per step; the residuals are of our own products."
    ]
    if options.which == "largest" and (values < 0).any():
        notes.append('A negative value is not the algebraic top: use method="lanczos" for that.')
    nothing = np.zeros(0)
    return SolverResult(
        rows,
        matvecs,
        Stop.CONVERGED,
        nothing,
        nothing,
        None,
        0.0,
        "PyHessian's",
        tuple(notes),
        {},
        values=values / (problem.unit or 1.0),
    )


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

    default_device = torch.get_default_device()
    values = {name: nn.Parameter(p.clone()) for name, p in objective.parameters.items()}
    loader = _Loader(objective)
    cuda = objective.device.type == "cuda"

    def solve(model: nn.Module) -> tuple[list[float], list[list[Tensor]]]:
        module = _Module(objective, model, values, default_device)
        solver = pyhessian.hessian(module, _criterion, dataloader=loader, cuda=cuda)
        return solver.eigenvalues(maxIter=max_steps, tol=tol, top_n=k)

    with ExitStack() as stack:
        stack.enter_context(preserve_rng(objective.device))
        stack.enter_context(torch.enable_grad())
        stack.enter_context(warnings.catch_warnings())
        # The cycles it warns of are broken below.
        warnings.filterwarnings("ignore", message=r"Using backward\(\) with create_graph=True", category=UserWarning)
        # PyHessian draws on the default device, which is to be the CPU, and takes "cuda" for the current GPU.
        stack.enter_context(torch.device("cpu"))
        if cuda:
            stack.enter_context(torch.cuda.device(objective.device))
        torch.default_generator.manual_seed(seed)  # torch.manual_seed would reseed every device
        try:
            # All of it inside `run`: checkpointed modules run again in its backward passes.
            found, vectors = objective.run(solve, values, second_order=True)
        finally:
            for p in values.values():
                p.grad = None
    flat = [torch.cat([part.detach().reshape(-1) for part in vector]) for vector in vectors]
    stacked = torch.stack(flat, dim=1).to(objective.device, torch.float64)
    return np.array(found), (stacked / stacked.norm(dim=0)).to(objective.dtype), loader.passes


class _Batch:
    """Placeholder for a batch where PyHessian expects an input or target tensor."""

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

    def __init__(
        self,
        objective: Objective,
        model: nn.Module,
        values: dict[str, nn.Parameter],
        default_device: torch.device,
    ) -> None:
        super().__init__()
        self._objective = objective
        self._model = (model,)  # in a tuple, so that its parameters are not listed as well
        self._values = nn.ParameterList(values.values())
        self._default_device = default_device

    def forward(self, item: _Batch) -> Tensor:
        """Return the loss with the penalty, which also connects every parameter to it."""
        penalty = sum((p.square().sum() for p in self._values), torch.zeros((), device=self._objective.device))
        with self._default_device:  # the user's, for tensors that the model makes
            loss = self._objective.loss(self._model[0], item.batch)
        return loss + self._objective.l2 / 2 * penalty


def _criterion(output: Tensor, target: _Batch) -> Tensor:
    return output
