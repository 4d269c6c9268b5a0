"""Vectors to start an eigensolver with: given directions, and streams of random ones."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from landscape.checks import why_not_finite
from landscape.derivative_errors import CannotMeasureError
from landscape.eigenproblem import Problem
from landscape.operators import SymmetricOperator, safe_norm


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
        norm = float(safe_norm(operator, vector))
        if not (np.isfinite(norm) and norm > 0):
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
    norm = safe_norm(operator, flat)
    if not bool(torch.isfinite(norm)):
        raise CannotMeasureError(f"The gradient is not finite: {why_not_finite(operator)}.")
    return [flat / norm.to(flat.dtype)] if float(norm) else []


def starting_vectors(problem: Problem, directions: list[Tensor], *, together: bool) -> list[Tensor]:
    """Return the directions, or their sum if they go `together`, as far as they are in the searched space."""
    units = [direction / safe_norm(problem.operator, direction).to(direction.dtype) for direction in directions]
    if together and units:
        units = [torch.stack(units).sum(dim=0)]
    inside = [problem.without(problem.deflated, unit[None])[0] for unit in units]
    return [unit for unit in inside if float(problem.norm(unit)) > 1e3 * problem.eps]
