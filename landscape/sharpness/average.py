"""Average-case sharpness: the mean increase of the loss under Gaussian noise on the weights."""

import math

import numpy as np
import torch
from tqdm.auto import tqdm

from landscape._common.estimate import Estimate
from landscape._common.guesses import guessable
from landscape._common.interrupts import OnInterrupt, Stop, check_on_interrupt, deliver
from landscape._common.random import cpu_generator
from landscape._common.validation import as_integer
from landscape.curvature.rescaled import SCALES, Adaptive, perturbation_scales, scale_name
from landscape.objective.objective import Objective
from landscape.objective.validation import check_data_finite, expect_objective


@guessable
def average_sharpness(
    objective: Objective,
    *,
    rho: float,
    adaptive: Adaptive = True,
    samples: int = 32,
    seed: int = 0,
    progress: bool = False,
    on_interrupt: OnInterrupt = "raise",
) -> Estimate:
    r"""Estimate the mean increase of the loss under Gaussian noise on the weights.

    .. math:: \mathbb{E}_{\delta \sim N(0, \rho^2 \mathrm{diag}(c^2))} [L(\theta + \delta) - L(\theta)]

    with the perturbation scale :math:`c = |\theta|` elementwise, the norm of the filter, or 1 (Andriushchenko et al.
    2023, arXiv 2302.07011, eq. 1; adaptive radius of Kwon et al. 2021, arXiv 2102.11600). The elementwise one does not
    change when a ReLU network is rescaled without changing its function, as long as the objective has no L2 penalty;
    the filterwise one does not where whole filters are rescaled on their input and their output side, such as whole
    layers. To second order it is rho^2 / 2 times the trace of diag(c) H diag(c), see `AdaptiveHessianOperator`.

    Parameters
    ----------
    objective : Objective
    rho : float
        Standard deviation of the noise, relative to c if adaptive, else in parameter units.
    adaptive : bool, "elementwise" or "filterwise"
        The perturbation scale c: |theta| (True is the same), the norm of the filter, or 1 (False); see
        `landscape.curvature.rescaled.perturbation_scales`, biases and normalisation parameters included. With equal
        rho, filterwise noise is larger by about the square root of the filter's size.
    samples : int
        Number of antithetic pairs +-delta, at least 2; the odd orders of the loss cancel within each pair.
    seed : int
        Seed of the generator, on the CPU and in float64: equal seeds give equal noise on every device.
    progress : bool
        Show a bar.
    on_interrupt : {"raise", "return"}
        What Ctrl-C does: raise `landscape.Interrupted`, whose `partial` is the mean over the pairs finished by then,
        from two on, or return that.

    Returns
    -------
    Estimate
        In units of the loss; NaN or infinite where the loss is. The standard error combines, in quadrature, that over
        pairs with the rounding of the loss, four machine epsilons times its size: the rounding of L(theta) is common
        to all pairs, so that their spread does not show it. Where it dominates, the protocol says so as "message".

    Raises
    ------
    ValueError
        If rho is not positive and finite, for fewer than two samples, or for another scale.

    Examples
    --------
    >>> small, large = ls.sharpness.average_sharpness(loss, rho=0.05), ls.sharpness.average_sharpness(loss, rho=0.1)
    >>> small.samples, small.standard_error > 0
    (32, True)
    """
    expect_objective(objective)
    if not (isinstance(rho, (int, float, np.number)) and math.isfinite(rho) and rho > 0):
        raise ValueError(f"rho is {rho!r}: give a positive standard deviation of the noise.")
    pairs = as_integer(samples)
    if pairs is None or pairs < 2:
        raise ValueError(f"samples is {samples!r}: at least 2 antithetic pairs are needed for a standard error.")
    check_on_interrupt(on_interrupt)
    check_data_finite(objective)
    generator = cpu_generator(seed)
    scale = scale_name(adaptive)
    parameters, scales = objective.parameters, perturbation_scales(objective, scale)
    centre = objective.value()
    rises = np.empty(pairs)
    done = 0
    try:
        for i in tqdm(range(pairs), desc="sharpness", unit="pair", disable=not progress):
            noise = {}
            for name, p in parameters.items():
                drawn = torch.randn(p.shape, generator=generator, dtype=torch.float64, device="cpu")
                noise[name] = drawn.to(p.device, p.dtype) * (rho * scales[name])
            up = objective.value({name: p + noise[name] for name, p in parameters.items()})
            down = objective.value({name: p - noise[name] for name, p in parameters.items()})
            rises[i] = (up - centre) / 2 + (down - centre) / 2
            done = i + 1
    except KeyboardInterrupt:
        if done < 2:
            raise
    rises = rises[:done]
    rounding = 4 * objective.rounding * abs(centre)
    with np.errstate(invalid="ignore"):  # inf - inf in the deviation: the standard error is NaN, as it should be
        spread = float(rises.std(ddof=1) / np.sqrt(done))
    protocol = objective.protocol() | {
        "measure": "average sharpness",
        "rho": float(rho),
        "adaptive": scale != "plain",
        "scale": scale,
        "c": SCALES[scale],
        "pairs": done,
        "seed": generator.initial_seed(),
        "rounding": rounding,
    }
    if done < pairs:
        protocol["stop"] = Stop.INTERRUPTED.value
    if rounding > spread:
        protocol["message"] = (
            f"The rounding of the loss in {str(objective.dtype).removeprefix('torch.')} ({rounding:.2g}) exceeds the "
            f"standard error over pairs ({spread:.2g}): use dtype=torch.float64 or a larger rho."
        )
    estimate = Estimate(float(rises.mean()), math.hypot(spread, rounding), done, protocol)
    return deliver(estimate, done < pairs, on_interrupt)
