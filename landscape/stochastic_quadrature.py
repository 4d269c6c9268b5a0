r"""Stochastic Lanczos quadrature: the spectral density of a curvature matrix from products with random vectors.

For a unit vector v uniform on the sphere, :math:`\mathbb{E}\, v^T f(H) v = \mathrm{tr} f(H) / p`, and m steps of Lanczos
from v give nodes and weights of the Gauss quadrature for :math:`v^T f(H) v`, exact for polynomials of degree 2m - 1
(Golub and Meurant 2010, *Matrices, Moments and Quadrature*, ch. 6; Ubaru, Chen and Saad 2017, doi:10.1137/16M1104974;
for networks: Ghorbani, Krishnan and Xiao 2019, arXiv 1901.10159).
"""

import numpy as np
import torch
from numpy.typing import NDArray

from landscape._common.interrupts import OnInterrupt, check_on_interrupt, deliver
from landscape._common.validation import check_count
from landscape.linalg.operator import SymmetricOperator
from landscape.linalg.probes import BLOCK, Prober, operator_of
from landscape.linalg.quadrature import gauss_quadratures
from landscape.linalg.spectral_density import Density, FloatArray
from landscape.objective.objective import Objective


def spectral_density(
    objective: Objective | SymmetricOperator,
    *,
    probes: int = 8,
    steps: int = 64,
    seed: int = 0,
    memory_budget: int = 2**30,
    progress: bool = False,
    on_interrupt: OnInterrupt = "raise",
) -> Density:
    """Estimate the spectral density of the Hessian by stochastic Lanczos quadrature with full reorthogonalisation.

    There is no PyHessian behind this one to check against: `density()` of PyHessian 0.1 calls `torch.eig`, which PyTorch
    has removed, and takes the squares of all entries of the eigenvectors for weights, where the quadrature has those of
    the first ones.

    Parameters
    ----------
    objective : Objective or SymmetricOperator
        An objective stands for its Hessian.
    probes : int
        Number of random vectors, uniform on the sphere; at least 2. The error over probes falls with the root of their
        number times p.
    steps : int
        Products per probe: the more, the finer the detail (`Density.resolution`). No more than p are taken.
    seed : int
        Seed of the CPU generator of the probes.
    memory_budget : int
        Bytes for Lanczos vectors, `steps` per probe: up to 8 probes share each pass over the data, fewer if their
        vectors would not fit. The numbers are the same to rounding.
    progress : bool
        Show a bar.
    on_interrupt : {"raise", "return"}
        What Ctrl-C does: raise `landscape.Interrupted`, whose `partial` is the density by the probes finished by then, or by the
        steps if the first ones were under way together, or return that: the shape of `nodes` tells, and the protocol has
        "stop": "interrupted".

    Returns
    -------
    Density
        Its intervals do not include what the operations inside the products round, which dominates at weights that fit
        their data to a loss of 1e-6 or less in float32: use an objective with dtype=torch.float64 there.

    Raises
    ------
    ValueError
        For fewer than two probes or one step, or if a product is not finite.

    Examples
    --------
    >>> density = ls.spectral_density(loss, probes=4, steps=16)
    >>> bool(density.extremes[1] <= 1.001 * ls.top_eigenpairs(loss).values[0])  # never beyond the spectrum
    True
    """
    check_on_interrupt(on_interrupt)
    count = check_count(probes, "probes", 2, "are needed for an error over probes")
    length = check_count(steps, "steps", 1, "step is needed")
    budget = check_count(memory_budget, "memory_budget", 0, "bytes")
    with operator_of(objective) as operator:
        length = min(length, operator.size)
        share = length * operator.local_size * torch.empty(0, dtype=operator.dtype).element_size()
        together = int(min(BLOCK, count, max(1, budget // max(share, 1))))
        with Prober(operator, seed, total=count * length, label="density", progress=progress, rescales=True) as prober:
            nodes, weights, exhausted = _quadratures(prober, count, length, together)
            nodes = nodes * prober.unit
        protocol = operator.protocol() | {
            "measure": "spectral density", "method": "stochastic Lanczos quadrature, full reorthogonalisation",
            "probes": len(nodes), "steps": nodes.shape[1], "probes_together": together, "products": prober.products,
            "exhausted": int(exhausted.sum()), "seed": prober.generator.initial_seed(),
            "product_rounding": None,
        }  # fmt: skip
        if nodes.shape != (count, length):
            protocol["stop"] = "interrupted"
        found = Density(nodes, weights, exhausted, operator.size, prober.products, protocol)
        return deliver(found, nodes.shape != (count, length), on_interrupt)


def _quadratures(
    prober: Prober, count: int, steps: int, together: int
) -> tuple[FloatArray, FloatArray, NDArray[np.bool_]]:
    """Return the quadratures of all probes; after an interrupt those there are, if two are."""
    found: list[tuple[FloatArray, FloatArray, NDArray[np.bool_]]] = []
    try:
        for start in range(0, count, together):
            block = prober.draw(min(together, count - start), "gaussian")
            part = gauss_quadratures(prober, block, steps)
            stopped = part[0].shape[1] < steps
            if not (stopped and found):  # steps of another number do not go with those that are finished
                found.append(part)
            if stopped:
                raise KeyboardInterrupt
    except KeyboardInterrupt:
        if sum(len(nodes) for nodes, _, _ in found) < 2:
            raise
    nodes, weights, exhausted = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return nodes, weights, exhausted
