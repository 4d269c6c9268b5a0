"""Spectra by random probes: trace, Frobenius norm and spectral density, with their standard errors."""

import math
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from landscape._common.estimate import Estimate, sample_skewness
from landscape._common.guesses import guessable
from landscape._common.interrupts import OnInterrupt, Stop, check_on_interrupt, deliver
from landscape._common.validation import check_count
from landscape.curvature.hessian import operator_of
from landscape.linalg.operator import SymmetricOperator
from landscape.linalg.probes import BLOCK, Prober
from landscape.linalg.quadrature import gauss_quadratures
from landscape.linalg.spectral_density import Density
from landscape.linalg.trace import hutch_plus_plus, hutchinson, rounding_of_forms, xtrace
from landscape.objective.objective import Objective

FloatArray = NDArray[np.float64]
TraceMethod = Literal["hutchinson", "hutch++", "xtrace"]

__all__ = ["Density", "Estimate", "frobenius_norm", "hessian_trace", "spectral_density"]


@guessable
def hessian_trace(
    objective: Objective | SymmetricOperator,
    *,
    method: TraceMethod = "hutchinson",
    probes: int = 32,
    seed: int = 0,
    progress: bool = False,
    on_interrupt: OnInterrupt = "raise",
) -> Estimate:
    """Estimate the trace of the Hessian, without bias.

    Parameters
    ----------
    objective : Objective or SymmetricOperator
        An objective stands for its Hessian.
    method : {"hutchinson", "hutch++", "xtrace"}
        "hutchinson": the mean of v^T H v over Rademacher vectors v (Hutchinson 1990, doi:10.1080/03610919008812866);
        its variance is twice the sum of the squared off-diagonal entries over `probes`. The standard error is the
        sample one.
        "hutch++": the trace on the range of H S, for a third of the products in S, is summed exactly, and Hutchinson's
        mean is taken of what lies outside (Meyer, Musco, Musco and Woodruff 2021, arXiv 2010.09649, alg. 1). The
        standard error is that of the mean outside, given the range: independent samples, as before.
        "xtrace": each of `probes` / 2 Gaussian vectors serves the range for all others and as the test vector for
        itself (Epperly, Tropp and Webber 2024, arXiv 2301.07825, alg. 1 with the normalisation of their section 2.3).
        Most accurate where the spectrum decays. The leave-one-out estimates are exchangeable, not independent: the
        authors' error estimate, from their spread alone, comes out up to a factor of 1.4 too small, so the standard
        error here adds their covariance, estimated without bias from leaving two vectors out. That an interval with
        `samples` - 1 degrees of freedom then covers at its level is measured (in the tests), not a theorem.
    probes : int
        Products to spend, the same cost for every method; at least 2 for "hutchinson", 4 for the others. Those keep
        three times as many vectors in memory as they have in their range.
    seed : int
        Seed of the CPU generator of the probes.
    progress : bool
        Show a bar ("hutchinson": with the value so far and its standard error).
    on_interrupt : {"raise", "return"}
        What Ctrl-C does: raise `landscape.Interrupted`, whose `partial` is the estimate by the probes finished by then,
        from two on, or return that. `samples` is how many, and the protocol has "stop": "interrupted" and the method
        that they allow. Before the range is complete, that is Hutchinson's mean over the Gaussian vectors that were to
        span it.

    Returns
    -------
    Estimate
        In units of the loss over squared parameter units. What every operation inside the products rounds is measured
        by rounding at random, and part of the standard error where it is of account; where it is most of it, use an
        objective with dtype=torch.float64.

    Raises
    ------
    ValueError
        For an unknown method, too few probes, or if a product is not finite.

    Examples
    --------
    >>> quick = ls.hessian_trace(loss, probes=16)
    >>> careful = ls.hessian_trace(loss, method="hutch++", probes=48)
    >>> careful.standard_error < quick.standard_error
    True
    """
    if method not in _METHODS:
        raise ValueError(f"method is {method!r}: choose one of {', '.join(map(repr, _METHODS))}.")
    estimator, least, name = _METHODS[method]
    check_on_interrupt(on_interrupt)
    count = check_count(probes, "probes", least, "are needed for a standard error")
    with (
        operator_of(objective) as operator,
        Prober(operator, seed, total=count, label="trace", progress=progress, rescales=True) as prober,
    ):
        value, samples, error, notes = estimator(prober, count)
        protocol = (
            operator.protocol()
            | {
                "measure": "trace",
                "method": name,
                "probes": count,
                "products": prober.products,
                "seed": prober.generator.initial_seed(),
            }
            | notes
        )
        unit = prober.unit
        if "rounding" in notes:
            protocol["rounding"] = notes["rounding"] * unit
        error *= unit
        moved = protocol["product_rounding"] = rounding_of_forms(operator, seed, error)
        if moved is not None and moved > 0.05 * error:
            error = math.hypot(error, moved)
    estimate = Estimate(value * unit, error, len(samples), protocol, sample_skewness(samples))
    return deliver(estimate, prober.interrupted, on_interrupt)


@guessable
def frobenius_norm(
    objective: Objective | SymmetricOperator,
    *,
    squared: bool = False,
    probes: int = 32,
    seed: int = 0,
    progress: bool = False,
    on_interrupt: OnInterrupt = "raise",
) -> Estimate:
    r"""Estimate the Frobenius norm of the Hessian, the root of the sum of its squared eigenvalues.

    By the Hutch++ split of :math:`\mathrm{tr} H^2` (Meyer, Musco, Musco and Woodruff 2021, arXiv 2010.09649): with an
    orthonormal basis Q of the range of H S, the part :math:`\lVert H Q\rVert_F^2` is summed exactly and the rest is the
    mean of :math:`\lVert H (I - Q Q^T) v\rVert^2` over Rademacher vectors v.

    Parameters
    ----------
    objective : Objective or SymmetricOperator
    squared : bool
        Return the square, the second moment of the spectrum, whose estimate is unbiased; else its root, with the
        standard error by the delta method (and a bias of the order of the squared relative error).
    probes : int
        Products to spend, a third each on S, Q and v; at least 4.
    seed : int
        Seed of the CPU generator of the probes.
    progress : bool
        Show a bar.
    on_interrupt : {"raise", "return"}
        As for `hessian_trace`.

    Returns
    -------
    Estimate
        In units of the loss over squared parameter units; their square if `squared`. The error does not include what
        the operations inside the products round, which dominates at weights that fit their data to a loss of 1e-6 or
        less in float32: use an objective with dtype=torch.float64 there.

    Raises
    ------
    ValueError
        For too few probes, or if a product is not finite.

    Examples
    --------
    >>> norm = ls.curvature.frobenius_norm(loss, probes=48)
    >>> bool(norm.value > ls.top_eigenpairs(loss).values[0])  # all eigenvalues count, not only the top one
    True
    """
    check_on_interrupt(on_interrupt)
    count = check_count(probes, "probes", 4, "are needed for a standard error")
    with (
        operator_of(objective) as operator,
        Prober(operator, seed, total=count, label="Frobenius norm", progress=progress, rescales=True) as prober,
    ):
        square, samples, error, notes = hutch_plus_plus(prober, count, square=True)
        skewness = sample_skewness(samples)
        protocol = (
            operator.protocol()
            | {
                "measure": "squared Frobenius norm" if squared else "Frobenius norm",
                "method": "Hutch++ on the square, Gaussian sketch, Rademacher probes",
                "probes": count,
                "products": prober.products,
                "seed": prober.generator.initial_seed(),
                "product_rounding": None,
            }
            | notes
        )
        unit = prober.unit**2 if squared else prober.unit
        if "rounding" in notes:
            protocol["rounding"] = notes["rounding"] * prober.unit**2
    value = square
    if not squared:
        value = math.sqrt(square)
        error = error / (2 * value) if value else 0.0
        if value:
            # The root's curvature f''/f' = -1 / (2 square) takes this much off the skewness of a sample.
            skewness -= 1.5 * float(samples.std()) / square
    value, error = value * unit, error * unit
    return deliver(Estimate(value, error, len(samples), protocol, skewness), prober.interrupted, on_interrupt)


_METHODS = {
    "hutchinson": (hutchinson, 2, "Hutchinson, Rademacher probes"),
    "hutch++": (hutch_plus_plus, 4, "Hutch++, Gaussian sketch, Rademacher probes"),
    "xtrace": (xtrace, 4, "XTrace, Gaussian probes"),
}


@guessable
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

    There is no PyHessian behind this one to check against: `density()` of PyHessian 0.1 calls `torch.eig`, which
    PyTorch has removed, and takes the squares of all entries of the eigenvectors for weights, where the quadrature has
    those of the first ones.

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
        What Ctrl-C does: raise `landscape.Interrupted`, whose `partial` is the density by the probes finished by then,
        or by the steps if the first ones were under way together, or return that: see the shape of `nodes`, and the
        protocol has "stop": "interrupted".

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
    depth = check_count(steps, "steps", 1, "step is needed")
    budget = check_count(memory_budget, "memory_budget", 0, "bytes")
    with operator_of(objective) as operator:
        depth = min(depth, operator.size)
        size = depth * operator.local_size * torch.empty(0, dtype=operator.dtype).element_size()
        together = int(min(BLOCK, count, max(1, budget // max(size, 1))))
        with Prober(operator, seed, total=count * depth, label="density", progress=progress, rescales=True) as prober:
            nodes, weights, exhausted = _quadratures(prober, count, depth, together)
            nodes = nodes * prober.unit
        protocol = operator.protocol() | {
            "measure": "spectral density",
            "method": "stochastic Lanczos quadrature, full reorthogonalisation",
            "probes": len(nodes),
            "steps": nodes.shape[1],
            "probes_together": together,
            "products": prober.products,
            "exhausted": int(exhausted.sum()),
            "seed": prober.generator.initial_seed(),
            "product_rounding": None,
        }
        if nodes.shape != (count, depth):
            protocol["stop"] = Stop.INTERRUPTED.value
        found = Density(nodes, weights, exhausted, operator.size, prober.products, protocol)
        return deliver(found, nodes.shape != (count, depth), on_interrupt)


def _quadratures(
    prober: Prober, count: int, steps: int, together: int
) -> tuple[FloatArray, FloatArray, NDArray[np.bool_]]:
    """Return the quadratures of all probes; after an interrupt those finished, if there are two or more."""
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
