"""Vectors to start an eigensolver with: given directions, each with a random part."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from landscape.batches import cpu_generator
from landscape.derivative_errors import CannotMeasureError
from landscape.eigenproblem import Problem
from landscape.operators import SymmetricOperator

RANDOM_PART = 0.3
"""Norm of the random vector in a start, relative to the direction given.

One product removes most of it, since it lies in the bulk: measured on small networks at tol=1e-3, a start that has
converged already takes 3 products instead of 1, one that is 1 % away none more. An eigenvector orthogonal to the
direction is in its Krylov space through this part only.
"""


def flat_directions(operator: SymmetricOperator, mappings: Any, what: str) -> list[Tensor]:
    """Return mappings from parameter name to tensor as flat vectors, none of them zero."""
    try:
        flat = [operator.flatten(mapping).to(operator.device, operator.dtype) for mapping in mappings]
    except (TypeError, KeyError, ValueError) as error:
        raise ValueError(
            f"{what} is no direction of this matrix ({error}): give Eigenpairs, a mapping from parameter name to "
            "tensor, or a list of them."
        ) from error
    for vector in flat:
        square = float(operator.sum_over_ranks(torch.linalg.vector_norm(vector, dtype=torch.float64).square()))
        if not (np.isfinite(square) and square > 0):
            raise ValueError(f"A direction in {what} is zero or not finite: leave it out.")
    return flat


def gradient_start(operator: SymmetricOperator) -> list[Tensor]:
    """Return the gradient at an operator's point as the only direction, or none where it is zero.

    Raises
    ------
    ValueError
        If the operator knows no gradient.
    """
    gradient = getattr(operator, "gradient", None)
    if gradient is None:
        raise ValueError(
            f'start is "gradient", but a {type(operator).__name__} knows none: give an Objective or a HessianOperator, '
            "or the direction itself, such as objective.value_and_gradient()[1]."
        )
    flat: Tensor = gradient()
    square = operator.sum_over_ranks(torch.linalg.vector_norm(flat, dtype=torch.float64).square())
    if not bool(torch.isfinite(square)):
        raise CannotMeasureError("The gradient is not finite: the weights or the loss overflow at this point.")
    return [flat] if float(square) else []


def starting_vectors(
    problem: Problem, directions: list[Tensor], generator: torch.Generator, *, together: bool
) -> list[Tensor]:
    """Return the directions, or their sum if they go `together`, each with a random part."""
    units = [direction / problem.norm(direction) for direction in directions]
    if together and units:
        units = [torch.stack(units).sum(dim=0)]
    starts = []
    for unit in units:
        random = problem.random(generator)
        inside = problem.without(problem.deflated, unit[None])[0]
        length = problem.norm(inside).clamp_min(problem.eps)
        starts.append((inside / length + RANDOM_PART * random / problem.norm(random)).to(unit.dtype))
    return starts


def stream_generator(seed: Any, stream: int) -> torch.Generator:
    """Return a generator of a stream of random vectors that shares none with the seed's other streams.

    A start that was made with the very vectors it is mixed with would be less random than the bounds assume.
    """
    generator = cpu_generator(seed)
    if stream:
        word = np.random.SeedSequence([generator.initial_seed(), stream]).generate_state(1, np.uint64)[0]
        generator.manual_seed(int(word >> np.uint64(1)))
    return generator
