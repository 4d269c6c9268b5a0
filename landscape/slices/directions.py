"""Directions in parameter space: mappings from parameter name to a tensor of that parameter's shape."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, Protocol, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from landscape._common.guesses import guessable
from landscape._common.random import cpu_generator
from landscape._common.validation import as_integer
from landscape.linalg.orthogonal import project_out_
from landscape.objective.interface import ObjectiveLike
from landscape.objective.validation import check_data_finite, expect_objective

Direction = Mapping[str, Tensor]
Biases = Literal["zero", "scaled"]
_BIASES = {"zero": "set to zero (Li et al. 2018)", "scaled": "each scaled to the norm of the weights' tensor"}


class RecordedDirection(dict[str, Tensor]):
    """A direction that says how it was made: a plain dict from parameter name to tensor, with a note.

    Whatever is computed from it (`copy()`, `|`, a comprehension) is a dict without the note, because it no longer is
    what the note says.

    Attributes
    ----------
    protocol : dict
        How it was made (JSON-able).
    """

    def __init__(self, tensors: Direction, protocol: Mapping[str, Any]) -> None:
        super().__init__(tensors)
        self.protocol = dict(protocol)


class _Eigenpairs(Protocol):
    """The attributes of `landscape.curvature.Eigenpairs` that are used here."""

    @property
    def values(self) -> NDArray[np.float64]: ...
    @property
    def residuals(self) -> NDArray[np.float64]: ...
    @property
    def converged(self) -> NDArray[np.bool_]: ...
    @property
    def vectors(self) -> tuple[dict[str, Tensor], ...]: ...


def dot(u: Direction, v: Direction) -> float:
    """Return the inner product over all parameters, summed in float64."""
    return sum(float((u[name].double() * v[name].double()).sum()) for name in u)


def norm(u: Direction) -> float:
    """Return the Euclidean norm over all parameters."""
    return math.sqrt(dot(u, u))


def cosine(u: Direction, v: Direction) -> float:
    """Return the cosine of the angle between two directions."""
    return dot(u, v) / (norm(u) * norm(v))


def check_direction(objective: ObjectiveLike, direction: Direction, what: str = "direction") -> None:
    """Raise ValueError unless a direction fits the objective's parameters, is finite and is not zero."""
    objective.space.check(direction, what)
    for name, tensor in direction.items():
        if not torch.isfinite(tensor).all():
            raise ValueError(f"The {what} has non-finite entries in {name!r}: a slice along it has no meaning.")
    if not any(bool(tensor.any()) for tensor in direction.values()):
        raise ValueError(f"The {what} is zero: give a direction along which the parameters change.")


@guessable
def random_direction(
    objective: ObjectiveLike,
    *,
    seed: int = 0,
    normalization: Literal["filter", "layer"] | None = "filter",
    biases: Biases = "zero",
) -> RecordedDirection:
    """Draw a Gaussian direction, scaled to the weights.

    Parameters
    ----------
    objective : Objective
        At the point whose weights set the scale.
    seed : int
        Of the generator, on the CPU and in float64: the draw is the same on every device and in every dtype.
    normalization : {"filter", "layer"} or None
        See `filter_normalize` and `layer_normalize`; None leaves a standard normal vector.
    biases : {"zero", "scaled"}
        What a normalisation makes of tensors of one dimension or none (biases, parameters of normalisation layers);
        see `filter_normalize`.

    Returns
    -------
    RecordedDirection
        A dict from parameter name to tensor, with the above as `protocol`.

    Raises
    ------
    ValueError
        For an unknown normalization, or if nothing is left of the direction.

    Examples
    --------
    >>> u = ls.random_direction(loss, seed=0)
    >>> bool(torch.allclose(u["0.weight"].norm(dim=1), model[0].weight.norm(dim=1)))  # filter by filter
    True
    >>> float(u["0.bias"].norm())
    0.0
    """
    expect_objective(objective)
    if normalization not in ("filter", "layer", None):
        raise ValueError(f"normalization is {normalization!r}: choose 'filter', 'layer' or None.")
    _check_biases(biases)
    generator = cpu_generator(seed)
    drawn = {
        name: torch.randn(p.shape, generator=generator, dtype=torch.float64, device="cpu").to(p.device, p.dtype)
        for name, p in objective.parameters.items()
    }
    if normalization == "filter":
        drawn = filter_normalize(drawn, objective.parameters, biases=biases)
    elif normalization == "layer":
        drawn = layer_normalize(drawn, objective.parameters, biases=biases)
    if normalization and not any(bool(tensor.any()) for tensor in drawn.values()):
        raise ValueError(
            f"normalization={normalization!r} leaves nothing of the direction, because every weight tensor is zero or "
            "has one dimension: use normalization=None."
        )
    note = {"direction": "Gaussian", "seed": generator.initial_seed(), "normalization": normalization or "none"}
    return RecordedDirection(drawn, note | ({"biases": _BIASES[biases]} if normalization else {}))


@guessable
def filter_normalize(direction: Direction, parameters: Direction, *, biases: Biases = "zero") -> dict[str, Tensor]:
    """Scale each filter of a direction to the norm of the weights' filter (Li et al. 2018, arXiv 1712.09913, sec. 4).

    A filter is a slice along the first dimension: an output channel of a convolution, a row of a linear layer or of an
    embedding.

    Parameters
    ----------
    direction, parameters : mapping of str to Tensor
    biases : {"zero", "scaled"}
        Tensors of one dimension or none (biases, parameters of normalisation layers) have no filters. "zero" leaves
        them unperturbed, as in the paper's own figures; "scaled" scales each as a whole to the norm of the weights'
        tensor, so that what a bias adds to the picture is drawn too.

    Returns
    -------
    dict of str to Tensor

    Examples
    --------
    >>> raw = {name: torch.randn_like(p) for name, p in loss.parameters.items()}
    >>> u = ls.slices.filter_normalize(raw, loss.parameters)
    >>> bool(torch.allclose(u["2.weight"].norm(dim=1), model[2].weight.norm(dim=1)))
    True
    """
    _check_biases(biases)
    return {name: _scale(d, parameters[name], biases, over_filters=True) for name, d in direction.items()}


def layer_normalize(direction: Direction, parameters: Direction, *, biases: Biases = "zero") -> dict[str, Tensor]:
    """Scale each tensor of a direction to the norm of the weights' tensor; for `biases` see `filter_normalize`."""
    _check_biases(biases)
    return {name: _scale(d, parameters[name], biases, over_filters=False) for name, d in direction.items()}


def _check_biases(biases: Any) -> None:
    if biases not in get_args(Biases):
        raise ValueError(f'biases is {biases!r}: choose "zero", as Li et al. do, or "scaled".')


def _scale(direction: Tensor, weights: Tensor, biases: Biases, *, over_filters: bool) -> Tensor:
    if weights.dim() < 2 and biases == "zero":
        return torch.zeros_like(direction)
    dims = tuple(range(1 if over_filters and weights.dim() > 1 else 0, weights.dim()))
    size = torch.linalg.vector_norm(direction, dim=dims, keepdim=True)
    # A zero slice of the direction stays zero instead of becoming NaN.
    return direction * (torch.linalg.vector_norm(weights, dim=dims, keepdim=True) / size.where(size > 0, 1.0))


@guessable
def gradient_direction(objective: ObjectiveLike) -> RecordedDirection:
    """Return the unit vector along the gradient, in which the loss rises fastest; the negative steps descend.

    Returns
    -------
    RecordedDirection
        The protocol holds the norm of the gradient, in units of the loss per parameter unit.

    Raises
    ------
    ValueError
        If the gradient is zero or not finite, or the objective has none (recomputed batch norm).

    Examples
    --------
    >>> u = ls.slices.gradient_direction(loss)
    >>> step = {name: p - 0.01 * u[name] for name, p in loss.parameters.items()}
    >>> loss.value(step) < loss.value()
    True
    """
    expect_objective(objective)
    check_data_finite(objective)
    loss, gradient = objective.value_and_gradient()
    size = norm(gradient)
    if not math.isfinite(size):
        raise ValueError(f"The gradient is not finite (loss {loss:.6g}), so it has no direction: choose another point.")
    if not size:
        raise ValueError("The gradient is zero (a stationary point), so it has no direction: use an eigenvector.")
    note = {"direction": "gradient, unit length, uphill", "gradient_norm": size, "loss": loss}
    return RecordedDirection(
        {name: (g.double() / size).to(g.dtype) for name, g in gradient.items()}, note | {"of": objective.protocol()}
    )


@guessable
def eigenvector_directions(pairs: _Eigenpairs) -> tuple[RecordedDirection, ...]:
    """Return eigenvectors as directions that record eigenvalue, residual and convergence.

    Parameters
    ----------
    pairs : Eigenpairs
        Of `top_eigenpairs`. The vectors are taken as they are: of unit length, and with the sign that makes the entry
        of largest magnitude positive, so that a picture does not depend on the solver's start.

    Returns
    -------
    tuple of RecordedDirection
        The protocols hold eigenvalue, residual and whether the pair converged.

    Raises
    ------
    ValueError
        For anything else than eigenpairs.

    Examples
    --------
    >>> pairs = ls.top_eigenpairs(loss)
    >>> (u,) = ls.slices.eigenvector_directions(pairs)
    >>> bool(u.protocol["eigenvalue"] == pairs.values[0])
    True
    """
    if not all(hasattr(pairs, name) for name in ("vectors", "values", "residuals", "converged")):
        raise ValueError(f"pairs is a {type(pairs).__name__}: give what top_eigenpairs(objective, k=2) returns.")
    sign = "unit length, entry of largest magnitude positive"
    return tuple(
        RecordedDirection(
            vector,
            {
                "direction": f"eigenvector {i}, {sign}",
                "eigenvalue": float(pairs.values[i]),
                "residual": float(pairs.residuals[i]),
                "converged": bool(pairs.converged[i]),
            },
        )
        for i, vector in enumerate(pairs.vectors)
    )


def how_made(direction: Direction) -> dict[str, Any] | str:
    """Return how a direction was made, for the protocol of what is measured along it."""
    made = getattr(direction, "protocol", None)
    return {key: value for key, value in made.items() if key != "of"} if made else "given, not recorded"


def two_directions(
    objective: ObjectiveLike, directions: Any, steps: Sequence[Any], alphas: Any, betas: Any, seed: int | None
) -> tuple[Direction, Direction, Any, Any]:
    """Return the two directions of a plane and its steps, from what was given by position and by name.

    Raises
    ------
    ValueError
        If there are not two directions, one does not fit the parameters, or they are parallel.
    TypeError
        If something is given twice.
    """
    rest = list(steps)
    if isinstance(directions, Mapping):
        if not rest or not isinstance(rest[0], Mapping):
            raise ValueError("A plane needs two directions, not one: plane(objective, u, v).")
        directions = (directions, rest.pop(0))
    if directions is None:
        first = 2 * (0 if seed is None else seed)
        directions = (random_direction(objective, seed=first), random_direction(objective, seed=first + 1))
    elif not isinstance(directions, (tuple, list)) or len(directions) != 2:
        given = len(directions) if isinstance(directions, (tuple, list)) else f"a {type(directions).__name__}"
        hint = ": give two of its vectors, .vectors[:2]" if hasattr(directions, "vectors") else ""
        raise ValueError(f"A plane needs two directions, not {given}{hint}.")
    if len(rest) > 2 or (rest and alphas is not None) or (len(rest) == 2 and betas is not None):
        raise TypeError("Steps are given twice: after the directions come alphas and betas, each once.")
    alphas = rest[0] if rest else alphas
    betas = rest[1] if len(rest) == 2 else betas
    u, v = directions
    check_direction(objective, u, "first direction")
    check_direction(objective, v, "second direction")
    angle = cosine(u, v)
    if 1 - abs(angle) < 1e-9:
        raise ValueError(f"The two directions are parallel (cosine {angle:.9f}), so they span a line: use line().")
    return u, v, alphas, betas


def check_drawn(directions: Any, seed: int | None) -> None:
    """Refuse a seed beside directions, which it would not draw.

    Raises
    ------
    ValueError
    """
    if directions is not None and seed is not None:
        raise ValueError(
            f"seed is {seed!r}, and directions are given: leave the seed out, which draws those that are not given."
        )
    if seed is not None and as_integer(seed) is None:
        raise ValueError(f"seed is {seed!r}: give an integer.")


def orthogonalize(direction: Direction, against: Sequence[Direction]) -> dict[str, Tensor]:
    """Remove from a direction its components along others (which need not be orthogonal to each other).

    What is lost: the norms of filters are no longer those of the weights, and biases that were zero need not be. Two
    independent random directions over n parameters have a cosine of about n^(-1/2), so that little changes.

    Raises
    ------
    ValueError
        If the direction lies in the span of the others.
    """
    names = list(direction)
    vector = torch.cat([direction[n].reshape(-1).double() for n in names])
    columns = [torch.cat([v[n].reshape(-1).double() for n in names]) for v in against]
    units = [column / column.norm() for column in columns if float(column.norm()) > 0]
    basis = vector.new_zeros(len(vector), 0)
    if units:  # of unit length, so that a short one counts as much; dependent ones leave small singular values
        left, singular, _ = torch.linalg.svd(torch.stack(units, dim=1), full_matrices=False)
        basis = left[:, singular > 1e-12 * singular[0]]
    rest = vector.clone()
    project_out_(rest, basis)
    eps = max(torch.finfo(direction[n].dtype).eps for n in names)
    if float(rest.norm()) <= 10 * eps * float(vector.norm()):
        raise ValueError("The direction lies in the span of those to be orthogonal to: nothing is left of it.")
    parts = rest.split([direction[n].numel() for n in names])
    return {n: part.view(direction[n].shape).to(direction[n].dtype) for n, part in zip(names, parts, strict=True)}


@guessable
def orthogonal_set(directions: Iterable[Direction], *, unit: bool = False) -> tuple[dict[str, Tensor], ...]:
    """Make several directions orthogonal to each other: each loses its components along those before it.

    Parameters
    ----------
    directions : iterable of mappings of str to Tensor
        The first is kept. The others are shortened by what they lose; what else is lost, `orthogonalize` says.
    unit : bool
        Scale all to unit length, so that distances in the plane are distances between parameters.

    Returns
    -------
    tuple of dict of str to Tensor

    Raises
    ------
    ValueError
        If one is zero, or lies in the span of those before it; or for tensors that do not fit together.

    Examples
    --------
    >>> raw = [ls.random_direction(loss, seed=s) for s in (0, 1)]
    >>> u, v = ls.slices.orthogonal_set(raw, unit=True)
    >>> abs(float(sum((u[name] * v[name]).sum() for name in u))) < 1e-6
    True
    """
    if isinstance(directions, Mapping):
        raise ValueError("directions is one direction: give a list of several, orthogonal_set([u, v]).")
    found: list[dict[str, Tensor]] = []
    for i, direction in enumerate(directions):
        if found and {n: d.shape for n, d in direction.items()} != {n: d.shape for n, d in found[0].items()}:
            raise ValueError(f"Direction {i} has other names or shapes than the first: give directions of one model.")
        if not norm(direction) > 0:
            raise ValueError(f"Direction {i} is zero or not finite, so it has no orthogonal part.")
        try:
            found.append(orthogonalize(direction, found) if found else dict(direction))
        except ValueError as error:
            raise ValueError(f"Direction {i} lies in the span of those before it: leave it out.") from error
    if unit:
        return tuple({n: (d.double() / norm(u)).to(d.dtype) for n, d in u.items()} for u in found)
    return tuple(found)
