"""Gauss quadrature for quadratic forms v^T f(H) v: Lanczos from several vectors at once."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from landscape.linalg.orthogonal import project_out_
from landscape.linalg.probes import Prober, check_finite

FloatArray = NDArray[np.float64]


def gauss_quadratures(prober: Prober, block: Tensor, steps: int) -> tuple[FloatArray, FloatArray, NDArray[np.bool_]]:
    """Return the Gauss quadratures of the normalised columns of a block after some steps of Lanczos.

    Parameters
    ----------
    prober : Prober
        Of the matrix.
    block : Tensor, shape (local_size, count)
        Vectors, which share passes over the data; each has its own Krylov space, fully reorthogonalised.
    steps : int
        At most the order of the matrix.

    Returns
    -------
    nodes, weights : ndarray, shape (count, steps)
        Ritz values in ascending order and weights of sum 1; NaN and 0 beyond an exhausted Krylov space. Fewer columns
        after Ctrl-C: the steps finished by then.
    exhausted : ndarray of bool, shape (count,)
        Whether the Krylov space is invariant.
    """
    tridiagonal = _lanczos(prober, block, steps)
    steps = tridiagonal[0].shape[1]
    nodes, weights = np.full((block.shape[1], steps), np.nan), np.zeros((block.shape[1], steps))
    exhausted = np.zeros(block.shape[1], dtype=bool)
    for i, (diagonal, below) in enumerate(zip(*tridiagonal, strict=True)):
        found = 1 + int(np.argmax(below == 0)) if (below == 0).any() else steps
        exhausted[i] = found < steps or below[-1] == 0 or steps == prober.operator.size
        off = below[: found - 1]
        # Golub and Welsch 1969, doi:10.1090/S0025-5718-69-99647-1.
        values, vectors = np.linalg.eigh(np.diag(diagonal[:found]) + np.diag(off, 1) + np.diag(off, -1))
        nodes[i, :found], weights[i, :found] = values, vectors[0] ** 2 / (vectors[0] ** 2).sum()
    return nodes, weights, exhausted


def _lanczos(prober: Prober, block: Tensor, steps: int) -> tuple[FloatArray, FloatArray]:
    """Return the tridiagonal matrices of several vectors, each with its own Krylov space: diagonals and subdiagonals.

    Row i of the second array is 0 from the step on at which the space of vector i is exhausted.
    """
    operator = prober.operator
    vectors = block / torch.from_numpy(prober.dots(block, block).sqrt().numpy()).to(block)
    count = block.shape[1]
    basis = torch.zeros((count, steps, operator.local_size), dtype=operator.dtype, device=operator.device)
    diagonal, below = np.zeros((count, steps)), np.zeros((count, steps))
    largest, alive = np.zeros(count), np.ones(count, dtype=bool)
    done = 0
    try:
        for j in range(steps):
            basis[:, j] = vectors.T
            residuals = prober.multiply(vectors).T.unsqueeze(2)
            norms = operator.sum_over_ranks(residuals.double().square().sum(dim=(1, 2))).sqrt()
            components = project_out_(residuals, basis[:, : j + 1].mT, operator.sum_over_ranks)
            sizes = operator.sum_over_ranks(residuals.double().square().sum(dim=(1, 2))).sqrt()
            # The one transfer of the step.
            numbers = torch.stack([components[:, -1, 0].double(), sizes, norms]).cpu()
            check_finite(numbers, operator)
            diagonal[:, j], size, norm = numbers.numpy()
            largest = np.maximum(largest, norm)
            alive &= size > 100 * prober.eps * largest
            below[:, j] = np.where(alive, size, 0.0)
            done = j + 1
            if not alive.any():
                break
            # An exhausted space goes on with zero vectors: no number of its quadrature depends on them.
            scale = torch.from_numpy(np.where(alive, 1 / np.where(alive, size, 1.0), 0.0)).to(residuals)
            vectors = (residuals.squeeze(2) * scale[:, None]).T
    except KeyboardInterrupt:
        if not done:
            raise
        prober.interrupted = True
        return diagonal[:, :done], below[:, :done]
    return diagonal, below
