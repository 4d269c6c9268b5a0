"""Evaluate objectives at many points of parameter space.

Losses, metrics and their errors, by the fastest equal backend.

A point is origin + sum of coefficient times direction. An objective is evaluated by its own operations, after one
set-up for many points; or in chunks of the data that stay near the caches, channels-last, with batch norms folded into
convolutions, and for small models at many points in one pass. Each is compared with the first before it is used
(`_evaluation.tuning`), and the protocol says what was chosen and why.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from landscape._common.autotuning import Route, timed
from landscape.objective.interface import ObjectiveLike
from landscape.objective.per_sample import LossAndMetrics, SampleLosses, standard_error
from landscape.slices._evaluation.backends import Backend, Candidate, EvaluationState, Values
from landscape.slices._evaluation.tuning import choose_backend

__all__ = ["Evaluator"]

BLOCK_SECONDS = 0.5
"""Points are reported about this often; an interrupt loses no more."""

GROWTH = 8
"""A block has at most so many times the passes of the one before, whose time may not tell that of others."""


class Evaluator:
    """Evaluate objectives at points origin + sum of coefficient times direction.

    Parameters
    ----------
    objectives : mapping of str to Objective
        By the prefix of their variables' names, at the same weights; "" for no prefix.
    directions : sequence of mappings of str to Tensor
    route : {"auto", "rewritten", "plain"}
        "auto" takes the fastest backend, measured on the data; "rewritten" what usually is, wherever it gives the plain
        values, without looking at the clock, so that a rerun has the same bits; "plain" the objective's own.
    errors : mapping of str to bool, optional
        Whether to give standard errors, by prefix.
    candidates : mapping of str to Candidate, optional
        What another evaluator chose (its `candidates()`), to be taken without a trial.

    Attributes
    ----------
    names : list of str
        Names of the variables.

    Raises
    ------
    ValueError
        For objectives at other weights, for unknown standard errors, or for an unknown route.
    """

    def __init__(
        self,
        objectives: Mapping[str, ObjectiveLike],
        directions: Sequence[Mapping[str, Tensor]],
        *,
        route: Route = "auto",
        errors: Mapping[str, bool] | None = None,
        candidates: Mapping[str, Candidate] | None = None,
    ) -> None:
        if route not in get_args(Route):
            raise ValueError(f'route is {route!r}: choose "auto", "rewritten" or "plain".')
        check_same_weights(objectives)
        self._route: Route = route
        self._directions = directions
        self._states: dict[str, EvaluationState] = {}
        self._size = 1  # of a block, in passes
        self.names: list[str] = []
        for prefix, objective in objectives.items():
            measurement = LossAndMetrics(objective, bool((errors or {}).get(prefix)))
            if candidates is None:
                self._states[prefix] = EvaluationState(Backend(measurement, directions))
            else:
                backend = Backend(measurement, directions, candidates[prefix])
                self._states[prefix] = EvaluationState(backend, {"layers": "as chosen elsewhere"})
            own = ["loss", *objective.metrics, *(["loss_se", "loss_difference_se"] if measurement.errors else [])]
            self.names += [f"{prefix}_{name}" if prefix else name for name in own]

    def evaluate(self, points: NDArray[np.float64]) -> Iterator[tuple[int, NDArray[np.float64]]]:
        """Iterate over the values at points of shape (n, directions), block by block.

        Yields
        ------
        start : int
            Index of the first point of the block.
        values : ndarray, shape (block, names)
        """
        if len(points) == 0:
            return
        start = 0
        if not all(state.is_ready for state in self._states.values()):
            yield 0, self._choose(points)
            start = 1
        width = max(state.backend.how.width for state in self._states.values())
        while start < len(points):
            block = points[start : start + self._size * width]
            with timed(torch.device("cpu")) as elapsed:
                values = self._block(block)
            passes = math.ceil(len(block) / width)
            self._size = max(1, min(GROWTH * self._size, int(passes * BLOCK_SECONDS / max(elapsed[0], 1e-9))))
            yield start, values
            start += len(block)

    def samples(self, points: NDArray[np.float64]) -> list[tuple[Values, SampleLosses]]:
        """Return values and per-sample losses of the only objective at some points."""
        (state,) = self._states.values()
        if not state.metadata:
            self._choose(points)
        return [(values, samples) for values, samples in state.backend.evaluate(points) if samples is not None]

    def metadata(self) -> dict[str, Any]:
        """Return how each objective is evaluated, for the protocol."""
        return {prefix: state.metadata for prefix, state in self._states.items()}

    def candidates(self) -> dict[str, Candidate]:
        """Return the chosen candidates, for an evaluator in another process."""
        return {prefix: state.backend.how for prefix, state in self._states.items()}

    # ------------------------------------------------------------------ internals

    def _choose(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Choose the backends; return the values at the first point, which autotuning has evaluated already."""
        row: list[float] = []
        for state in self._states.values():
            start = None
            if not state.metadata:
                plain = state.backend
                with timed(plain.measurement.objective.device) as elapsed:
                    (start,) = plain.evaluate(points[:1])
                choose_backend(state, self._directions, points, self._route, elapsed[0])
                if state.backend is not plain:
                    start = None
            if state.backend.measurement.errors and state.centre is None:
                state.centre = state.backend.evaluate(np.zeros((1, points.shape[1])))[0][1]
            row += self._finish(state, *(start or state.backend.evaluate(points[:1])[0]))
        return np.array([row])

    def _block(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        found = [
            np.array([self._finish(state, *one) for one in state.backend.evaluate(points)])
            for state in self._states.values()
        ]
        return np.concatenate(found, axis=1)

    @staticmethod
    def _finish(state: EvaluationState, values: Values, samples: SampleLosses | None) -> list[float]:
        row = list(values.values())
        if samples is not None:
            row += [standard_error(samples), standard_error(samples, state.centre)]
        return row


def check_same_weights(objectives: Mapping[str, ObjectiveLike]) -> None:
    """Raise ValueError unless the objectives are at the same point of one parameter space."""
    first_name, first = next(iter(objectives.items()))
    for name, objective in objectives.items():
        objective.space.check(first.parameters, f"point of objective {first_name!r}")
        for parameter, tensor in first.parameters.items():
            other = objective.parameters[parameter].to(tensor)
            if not torch.allclose(other, tensor, rtol=0, atol=0, equal_nan=True):
                raise ValueError(
                    f"The objectives {first_name!r} and {name!r} differ in {parameter!r}: a slice has one centre, so "
                    f"give {name!r}.at({first_name!r}.parameters)."
                )
