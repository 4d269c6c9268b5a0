"""Objectives packed for other processes, which build them again."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from landscape.objective.criteria import Split
from landscape.objective.objective import Objective
from landscape.objective.per_sample import batches_of

__all__ = ["Evaluating", "Parcel"]


class Evaluating(Protocol):
    """What evaluates points, block by block."""

    def evaluate(self, points: NDArray[np.float64]) -> Iterator[tuple[int, NDArray[np.float64]]]:
        """Iterate over blocks: index of the first point, and values."""


@dataclass(frozen=True)
class Parcel:
    """What another process needs to evaluate points.

    Attributes
    ----------
    objectives : dict of str to recipe
    directions : list of dict of str to Tensor
    build : callable
        `build(objectives, directions)`, what evaluates points there; of a module's top level.
    """

    objectives: dict[str, dict[str, Any]]
    directions: list[dict[str, Tensor]]
    build: Callable[..., Evaluating]

    @classmethod
    def of(
        cls,
        objectives: Mapping[str, Objective],
        directions: Sequence[Mapping[str, Tensor]],
        build: Callable[..., Evaluating],
    ) -> bytes:
        """Return the parcel, packed.

        Raises
        ------
        ValueError
            If a part cannot be sent; the message says which.
        """
        recipes = {name: _recipe(objective) for name, objective in objectives.items()}
        for recipe in recipes.values():
            for what, part in recipe.items():
                try:
                    pickle.dumps(part)
                except Exception as error:  # pickle, and what objects do when pickled
                    raise ValueError(
                        f"The {what} cannot be sent to workers ({str(error).splitlines()[0]}): define its classes and "
                        "functions at the top level of a module, or use workers=1."
                    ) from error
        _check_importable(recipes)
        return pickle.dumps(cls(recipes, [dict(u) for u in directions], build))

    def unpacked(self) -> Evaluating:
        """Build what evaluates points."""
        return self.build({name: _cook(recipe) for name, recipe in self.objectives.items()}, self.directions)


def _recipe(objective: Objective) -> dict[str, Any]:
    """Return what an objective is built from: it holds functions that cannot be sent."""
    protocol = objective.protocol()
    loss = objective.split or objective._loss
    if isinstance(loss, Split):
        parts = {"criterion": loss.criterion} if loss.criterion else {"outputs": loss.outputs, "output_loss": loss.loss}
    else:
        parts = {"loss": loss}
    return parts | {
        "model": objective._borrowed.model,
        "data": list(batches_of(objective)),
        "metrics": objective._metrics,
        "count": objective._count,
        "state": objective.parameters | dict(objective.constants),
        "settings": {
            "l2": objective.l2,
            "device": objective.device,
            "dtype": objective._cast,
            "arithmetic": objective._borrowed.arithmetic,
            "batchnorm": objective.batchnorm,
            "batchnorm_data": objective.batchnorm_data,
        },
        "restriction": protocol["restricted_to"],
    }


def _cook(recipe: dict[str, Any]) -> Objective:
    recipe = dict(recipe)
    state, settings, restriction = (recipe.pop(name) for name in ("state", "settings", "restriction"))
    objective = Objective(**recipe, **settings, check_deterministic=False).at(state)
    return objective.restrict(*restriction) if restriction else objective


def _check_importable(recipes: Mapping[str, Mapping[str, Any]]) -> None:
    """Raise ValueError for models that live in a notebook or an interactive session."""
    if hasattr(sys.modules["__main__"], "__file__"):
        return
    for recipe in recipes.values():
        for module in recipe["model"].modules():
            if type(module).__module__ == "__main__":
                raise ValueError(
                    f"The model's class {type(module).__name__} is defined in this interactive session, where worker "
                    "processes cannot import it: put it into a module, or use workers=1."
                )
