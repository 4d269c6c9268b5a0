"""Estimates of the Hessian's spectrum from random probes, with their standard errors."""

import numpy as np
import torch
from tqdm.auto import tqdm

from landscape.batches import cpu_generator, whole
from landscape.estimate import Estimate
from landscape.hessian import HessianOperator
from landscape.objective import Objective
from landscape.operators import SymmetricOperator

__all__ = ["Estimate", "hessian_trace"]


def hessian_trace(
    objective: Objective | SymmetricOperator, *, probes: int = 32, seed: int = 0, progress: bool = False
) -> Estimate:
    """Estimate the trace of the Hessian (Hutchinson 1990, doi:10.1080/03610919008812866).

    The mean of v^T H v over Rademacher vectors v is unbiased; its variance is twice the sum of the squared
    off-diagonal entries over `probes`.

    Parameters
    ----------
    objective : Objective or SymmetricOperator
    probes : int
        Number of random vectors, each one product; at least 2, for the standard error.
    seed : int
        Seed of the CPU generator of the probes.
    progress : bool
        Show a bar.

    Returns
    -------
    Estimate
        In units of the loss over squared parameter units.

    Raises
    ------
    ValueError
        For fewer than two probes, or if a product is not finite.
    """
    count = whole(probes)
    if count is None or count < 2:
        raise ValueError(f"probes is {probes!r}: at least 2 are needed for a standard error.")
    if isinstance(objective, Objective):
        with HessianOperator(objective) as hessian:
            return hessian_trace(hessian, probes=probes, seed=seed, progress=progress)
    operator = objective
    generator = cpu_generator(seed)
    forms = np.empty(count)
    for i in tqdm(range(count), desc="trace", unit="product", disable=not progress):
        vector = operator.probe(generator, "rademacher")
        forms[i] = float(torch.dot(vector.double(), operator.matvec(vector).double()))
    if not np.isfinite(forms).all():
        raise ValueError("A Hessian product is not finite, so there is no trace: the weights or the loss overflow.")
    protocol = operator.protocol() | {
        "measure": "trace", "method": "Hutchinson, Rademacher probes", "probes": count, "products": count,
        "seed": generator.initial_seed(),
    }  # fmt: skip
    return Estimate(float(forms.mean()), float(forms.std(ddof=1) / np.sqrt(count)), count, protocol)
