"""Models as points of parameter space: the direction from one to another, and the plane through three."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from landscape._common.guesses import guessable
from landscape._common.summaries import Summarized, Summary
from landscape._common.validation import as_integer
from landscape.objective.objective import Objective
from landscape.objective.validation import expect_objective
from landscape.slices.directions import Direction, RecordedDirection, dot, norm

Model = Objective | nn.Module | Mapping[str, Tensor]
"""An objective at its parameters, a module, or a mapping from name to tensor such as a `state_dict()`."""


@dataclass(frozen=True, eq=False, repr=False)
class ModelPlane(Summarized):
    """The plane through three models: theta = origin + alpha u + beta v.

    Attributes
    ----------
    origin : dict of str to Tensor
        The first model's parameters.
    directions : tuple of two RecordedDirection
        u and v, orthonormal: u points from the first model to the second, v to the side on which the third lies.
    coordinates : ndarray, shape (3, 2)
        (alpha, beta) of the three models, in parameter units: (0, 0), (distance, 0) and (x, y) with y > 0.
    protocol : dict
        How it was made (JSON-able).

    Examples
    --------
    >>> found = ls.connectivity.plane_through(model, other, network())
    >>> found.coordinates.shape, bool(found.coordinates[2, 1] > 0)
    ((3, 2), True)
    >>> alphas, betas = found.steps(points=5)
    >>> bool(alphas[0] < 0 < found.coordinates[1, 0] < alphas[-1])  # the grid holds the models
    True
    """

    origin: dict[str, Tensor]
    directions: tuple[RecordedDirection, RecordedDirection]
    coordinates: NDArray[np.float64]
    protocol: dict[str, Any] = field(repr=False)

    def _summary(self) -> Summary:
        return Summary(
            "the plane through three models, orthonormal directions",
            ("model", "alpha", "beta"),
            [(name, *point) for name, point in zip(("first", "second", "third"), self.coordinates, strict=True)],
            folded={"Protocol": self.protocol},
        )

    def steps(self, points: int = 25, margin: float = 0.2) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return alphas and betas of a grid that holds the three models.

        Parameters
        ----------
        points : int
            In each direction, at least 2.
        margin : float
            What is added on each side, as a share of the models' extent.

        Returns
        -------
        tuple of ndarray, shape (points,)

        Raises
        ------
        ValueError
            For fewer than two points, or a margin that is negative or not finite.
        """
        number = as_integer(points)
        if number is None or number < 2:
            raise ValueError(f"points is {points!r}: give at least 2 in each direction.")
        if not 0 <= margin < np.inf:
            raise ValueError(f"margin is {margin!r}: give a share of the models' extent, such as 0.2.")
        low, high = self.coordinates.min(axis=0), self.coordinates.max(axis=0)
        edge = margin * (high - low)
        alphas, betas = np.linspace(low - edge, high + edge, number).T
        return alphas, betas


def at_model(objective: Objective, model: Model, what: str = "model") -> Objective:
    """Return the objective at a model's parameters, with the frozen parameters and buffers that the model has.

    Raises
    ------
    ValueError
        If the model is none, or does not fit.
    """
    expect_objective(objective)
    if isinstance(model, Objective):
        state: Mapping[str, Tensor] = model.parameters | dict(model.constants)
    elif isinstance(model, nn.Module):
        plain = getattr(model, "_orig_mod", model)
        state = dict(plain.named_parameters()) | dict(plain.named_buffers())
    elif isinstance(model, Mapping):
        state = model
    else:
        raise ValueError(
            f"The {what} is a {type(model).__name__}: give a module, an Objective or a mapping such as a state_dict()."
        )
    try:
        return objective.at(state)
    except ValueError as error:
        raise ValueError(f"The {what} does not fit the objective. {error}") from error


@guessable
def direction_between(a: Model, b: Model, *, objective: Objective | None = None) -> RecordedDirection:
    """Return b - a: a step of 1 along it leads from model a to model b, to rounding.

    Parameters
    ----------
    a, b : Objective, torch.nn.Module or mapping of str to Tensor
    objective : Objective, optional
        Whose trainable parameters are meant. Default: those of `a` or `b`, if one is an objective or a module; of two
        mappings all entries, which must then be parameters only.

    Returns
    -------
    RecordedDirection
        In the type of a's tensors. Buffers are no part of it: along a path between models with batch norm, evaluate
        `Objective(..., batchnorm="recomputed")`.

    Raises
    ------
    ValueError
        If the models do not fit together, are equal, or have non-finite parameters.

    Examples
    --------
    >>> towards = ls.connectivity.direction_between(model, other)
    >>> there = {name: p + towards[name] for name, p in loss.parameters.items()}
    >>> abs(loss.value(there) - loss.at(other.state_dict()).value()) < 1e-5
    True
    """
    first, second = _points((a, b), objective)
    found = _difference(second, first)
    size = norm(found)
    if not size:
        raise ValueError("The two models have equal parameters, so there is no direction between them.")
    return RecordedDirection(found, {"direction": "from one model to another", "distance": size})


@guessable
def plane_through(a: Model, b: Model, c: Model, *, objective: Objective | None = None) -> ModelPlane:
    r"""Return the plane through three models (Garipov et al. 2018, arXiv 1802.10026, sec. 3).

    .. math::
        \hat u = \frac{b - a}{|b - a|}, \qquad
        \hat v = \frac{c - a - \langle c - a, \hat u\rangle \hat u}{|c - a - \langle c - a, \hat u\rangle \hat u|}

    Parameters
    ----------
    a, b, c : Objective, torch.nn.Module or mapping of str to Tensor
    objective : Objective, optional
        Whose trainable parameters are meant; see `direction_between`.

    Returns
    -------
    ModelPlane
        To be drawn with `plane(objective.at(found.origin), found.directions, *found.steps())`.

    Raises
    ------
    ValueError
        If the models do not fit together, lie on a line, or have non-finite parameters.

    Examples
    --------
    >>> third = network()
    >>> found = ls.connectivity.plane_through(model, other, third)
    >>> picture = ls.plane(loss.at(found.origin), found.directions, *found.steps(points=5))
    >>> dict(picture.sizes)
    {'alpha': 5, 'beta': 5}
    """
    points = _points((a, b, c), objective)
    u, side = (_difference(point, points[0], torch.float64) for point in points[1:])
    length, extent = norm(u), norm(side)
    if not length:
        raise ValueError("The first two models have equal parameters, so the three span no plane: give another one.")
    u = {name: tensor / length for name, tensor in u.items()}
    along = dot(side, u)
    v = {name: tensor - along * u[name] for name, tensor in side.items()}
    again = dot(v, u)  # what rounding left of it
    v = {name: tensor - again * u[name] for name, tensor in v.items()}
    height = norm(v)
    eps = max(torch.finfo(t.dtype).eps for t in points[0].values())
    if height <= 16 * eps * max(extent, length):
        raise ValueError("The three models lie on a line, so they span no plane: draw the line between two of them.")
    origin = {name: tensor.detach().clone() for name, tensor in points[0].items()}
    note = {"direction": "plane through three models", "distance_ab": length, "distance_ac": extent}
    return ModelPlane(
        origin,
        (
            RecordedDirection(_like(u, origin), note | {"axis": "u, from the first to the second, unit length"}),
            RecordedDirection(
                {n: (t / height).to(origin[n].dtype) for n, t in v.items()},
                note | {"axis": "v, the part of first to third that is orthogonal to u, unit length"},
            ),
        ),
        np.array([[0.0, 0.0], [length, 0.0], [along, height]]),
        note | {"coordinates": "of the three models, in parameter units"},
    )


def _points(models: Sequence[Model], objective: Objective | None) -> list[dict[str, Tensor]]:
    """Return the parameters of each model, under one set of names, after checking that they are finite."""
    ordinals = ("first", "second", "third")
    objective = objective or next((m for m in models if isinstance(m, Objective)), None)
    if objective is not None:
        points = [at_model(objective, m, f"{word} model").parameters for m, word in zip(models, ordinals, strict=False)]
    else:
        points = _plain_points(models)
    for point, word in zip(points, ordinals, strict=False):
        for name, tensor in point.items():
            if not torch.isfinite(tensor).all():
                raise ValueError(f"The {word} model has non-finite values in {name!r} (a diverged run?): leave it out.")
    return points


def _plain_points(models: Sequence[Model]) -> list[dict[str, Tensor]]:
    states = [_plain_state(model) for model in models]
    module = next((m for m in models if isinstance(m, nn.Module)), None)
    if module is not None:
        plain = getattr(module, "_orig_mod", module)
        names = [name for name, p in plain.named_parameters() if p.requires_grad]
    else:
        names = list(states[0])
        if buffers := [n for n, t in states[0].items() if not t.is_floating_point()]:
            raise ValueError(
                f"{buffers[0]!r} is a buffer, not a parameter, so the mappings are more than parameters: "
                "pass objective=, whose trainable parameters are then meant."
            )
    like = states[0]
    for i, state in enumerate(states):
        for name in names:
            if name not in state:
                raise ValueError(
                    f"Model {i} lacks the parameter {name!r} that another one has: compare equal networks."
                )
            if state[name].shape != like[name].shape:
                raise ValueError(
                    f"Model {i} has shape {tuple(state[name].shape)} for {name!r}, the first model "
                    f"{tuple(like[name].shape)}: compare equal networks."
                )
        if module is None and (extra := [name for name in state if name not in like]):
            raise ValueError(f"Model {i} has an entry {extra[0]!r} that the first has not: compare equal networks.")
    if not names:
        raise ValueError("The models have no trainable parameters, so there is no direction between them.")
    return [{name: state[name] for name in names} for state in states]


def _plain_state(model: Any) -> Mapping[str, Tensor]:
    if isinstance(model, nn.Module):
        return dict(getattr(model, "_orig_mod", model).named_parameters())
    if isinstance(model, Mapping) and all(isinstance(tensor, Tensor) for tensor in model.values()):
        return {name: tensor.detach() for name, tensor in model.items()}
    raise ValueError(f"A model is a {type(model).__name__}: give a module, an Objective or a mapping of tensors.")


def _difference(to: Direction, start: Direction, dtype: torch.dtype | None = None) -> dict[str, Tensor]:
    return {
        name: (to[name].detach().to(s.device).double() - s.detach().double()).to(dtype or s.dtype)
        for name, s in start.items()
    }


def _like(tensors: Direction, like: Direction) -> dict[str, Tensor]:
    return {name: tensor.to(like[name].dtype) for name, tensor in tensors.items()}
