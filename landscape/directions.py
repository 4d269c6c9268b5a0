"""Directions in parameter space: mappings from parameter name to a tensor of that parameter's shape."""

import math
from collections.abc import Mapping, Sequence
from typing import Literal

import torch
from torch import Tensor

from landscape.batches import cpu_generator
from landscape.objective import Objective

Direction = Mapping[str, Tensor]


def dot(u: Direction, v: Direction) -> float:
    """Return the inner product over all parameters, summed in float64."""
    return sum(float((u[name].double() * v[name].double()).sum()) for name in u)


def norm(u: Direction) -> float:
    """Return the Euclidean norm over all parameters."""
    return math.sqrt(dot(u, u))


def cosine(u: Direction, v: Direction) -> float:
    """Return the cosine of the angle between two directions."""
    return dot(u, v) / (norm(u) * norm(v))


def check_direction(objective: Objective, direction: Direction, what: str = "direction") -> None:
    """Raise ValueError unless a direction fits the objective's parameters, is finite and is not zero."""
    objective.check(direction, what)
    for name, tensor in direction.items():
        if not torch.isfinite(tensor).all():
            raise ValueError(f"The {what} has non-finite entries in {name!r}: a slice along it has no meaning.")
    if not any(bool(tensor.any()) for tensor in direction.values()):
        raise ValueError(f"The {what} is zero: give a direction along which the parameters change.")


def random_direction(
    objective: Objective, *, seed: int, normalization: Literal["filter", "layer"] | None = "filter"
) -> dict[str, Tensor]:
    """Draw a Gaussian direction, scaled to the weights.

    Parameters
    ----------
    objective : Objective
        At the point whose weights set the scale.
    seed : int
        Seed of the generator, on the CPU and in float64: the draw is the same on every device and in every dtype.
    normalization : {"filter", "layer"} or None
        See `filter_normalize` and `layer_normalize`; None leaves a standard normal vector.

    Returns
    -------
    dict of str to Tensor

    Raises
    ------
    ValueError
        For an unknown normalization, or if nothing is left of the direction.
    """
    if normalization not in ("filter", "layer", None):
        raise ValueError(f"normalization is {normalization!r}: choose 'filter', 'layer' or None.")
    generator = cpu_generator(seed)
    drawn = {
        name: torch.randn(p.shape, generator=generator, dtype=torch.float64, device="cpu").to(p.device, p.dtype)
        for name, p in objective.parameters.items()
    }
    if normalization == "filter":
        drawn = filter_normalize(drawn, objective.parameters)
    elif normalization == "layer":
        drawn = layer_normalize(drawn, objective.parameters)
    if normalization and not any(bool(tensor.any()) for tensor in drawn.values()):
        raise ValueError(
            f"normalization={normalization!r} leaves nothing of the direction, because every weight tensor is zero or "
            "has one dimension: use normalization=None."
        )
    return drawn


def filter_normalize(direction: Direction, parameters: Direction) -> dict[str, Tensor]:
    """Scale each filter of a direction to the norm of the weights' filter (Li et al. 2018, arXiv 1712.09913, sec. 4).

    A filter is a slice along the first dimension: an output channel of a convolution, a row of a linear layer or of an
    embedding. Tensors of one dimension or none (biases, normalisation parameters) are set to zero, as in the paper's
    own figures.
    """
    return {name: _scale(d, parameters[name], over_filters=True) for name, d in direction.items()}


def layer_normalize(direction: Direction, parameters: Direction) -> dict[str, Tensor]:
    """Scale each tensor of a direction to the norm of the weights' tensor; tensors of one dimension become zero."""
    return {name: _scale(d, parameters[name], over_filters=False) for name, d in direction.items()}


def _scale(direction: Tensor, weights: Tensor, *, over_filters: bool) -> Tensor:
    if weights.dim() < 2:
        return torch.zeros_like(direction)
    dims = tuple(range(1 if over_filters else 0, weights.dim()))
    size = torch.linalg.vector_norm(direction, dim=dims, keepdim=True)
    # A zero slice of the direction stays zero instead of becoming NaN.
    return direction * (torch.linalg.vector_norm(weights, dim=dims, keepdim=True) / size.where(size > 0, 1.0))


def orthogonalize(direction: Direction, against: Sequence[Direction]) -> dict[str, Tensor]:
    """Remove from a direction its components along others (which need not be orthogonal to each other).

    The norms of filters are no longer those of the weights afterwards.

    Raises
    ------
    ValueError
        If the direction lies in the span of the others.
    """
    names = list(direction)
    vector = torch.cat([direction[n].reshape(-1).double() for n in names])
    span = torch.stack([torch.cat([v[n].reshape(-1).double() for n in names]) for v in against], dim=1)
    basis, triangle = torch.linalg.qr(span)
    independent = triangle.diagonal().abs() > 1e-12 * triangle.abs().max()
    basis = basis[:, independent]
    rest = vector - basis @ (basis.T @ vector)
    rest -= basis @ (basis.T @ rest)  # twice is enough (Kahan and Parlett)
    eps = max(torch.finfo(direction[n].dtype).eps for n in names)
    if float(rest.norm()) <= 10 * eps * float(vector.norm()):
        raise ValueError("The direction lies in the span of those to be orthogonal to: nothing is left of it.")
    parts = rest.split([direction[n].numel() for n in names])
    return {n: part.view(direction[n].shape).to(direction[n].dtype) for n, part in zip(names, parts, strict=True)}
