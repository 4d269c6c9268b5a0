"""Evaluate an objective at displaced parameters, by its own operations or by cheaper ones that do the same.

The parameters are displaced in place, in buffers that the model reads. What an evaluation has to set up (eval mode,
precision, random states, the model's tensors) is set up once for many points.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from landscape._common.threads import unused_elsewhere
from landscape.objective.data import Batch, map_tensors
from landscape.objective.per_sample import LossAndMetrics, SampleLosses, batches_of
from landscape.slices._evaluation.batch_norm_folding import BatchNormFolding, NotFoldedError, Pairs

__all__ = ["Backend", "Candidate", "DisplacedParameters", "EvaluationState", "Values"]

Values = dict[str, float]
"""Loss and metrics, by name."""

Evaluated = tuple[Values, SampleLosses | None]
"""Loss and metrics at a point, and the losses of single samples where they are kept."""


class DisplacedParameters:
    """Parameters displaced along directions, in place.

    Parameters
    ----------
    origin : mapping of str to Tensor
        Never written to.
    directions : sequence of mappings of str to Tensor
    width : int
        How many points are held at a time; above 1 the moved parameters have a leading dimension of it.

    Attributes
    ----------
    moved : list of str
        Names of the parameters that some direction changes.
    parameters : dict of str to Tensor
        All parameters at the point that was made last: views of the buffers, and the origin's own tensors where no
        direction goes.
    """

    def __init__(
        self, origin: Mapping[str, Tensor], directions: Sequence[Mapping[str, Tensor]], width: int = 1
    ) -> None:
        self.moved = [name for name in origin if any(bool(u[name].any()) for u in directions)]
        self.parameters: dict[str, Tensor] = dict(origin)
        self._groups = []
        for dtype in dict.fromkeys(origin[name].dtype for name in self.moved):
            names = [name for name in self.moved if origin[name].dtype == dtype]
            base = torch.cat([origin[name].reshape(-1) for name in names])
            steps = [torch.cat([u[name].to(origin[name]).reshape(-1) for name in names]) for u in directions]
            buffer = base.repeat(width, 1)
            self._groups.append((base, steps, torch.empty_like(base), buffer))
            sizes = [origin[name].numel() for name in names]
            for name, part in zip(names, buffer.split(sizes, dim=1), strict=True):
                shape = origin[name].shape if width == 1 else (width, *origin[name].shape)
                self.parameters[name] = part.view(shape)
        self._partial: tuple[float, ...] | None = None

    def move_to(self, coefficients: Sequence[float], row: int = 0) -> dict[str, Tensor]:
        """Displace to a point and return the parameters there.

        Bit for bit the origin's where all coefficients are zero.

        The sum over all directions but the last is kept for the next point, as along the rows of a plane.
        """
        *leading, last = coefficients
        fresh, self._partial = self._partial != tuple(leading), None  # which an interrupt leaves unknown
        for base, steps, partial, buffer in self._groups:
            if fresh:
                partial.copy_(base)
                for step, coefficient in zip(steps, leading, strict=False):
                    if coefficient:
                        torch.add(partial, step, alpha=coefficient, out=partial)
            if last:
                torch.add(partial, steps[-1], alpha=last, out=buffer[row])
            else:
                buffer[row].copy_(partial)
        self._partial = tuple(leading)
        return self.parameters


@dataclass(frozen=True)
class Candidate:
    """A way to evaluate an objective that autotuning may choose; by default its own operations as they are.

    Attributes
    ----------
    rows : int, optional
        Samples of a chunk of the data.
    channels_last : bool
        Whether images are laid out channels-last, which convolutions and what follows them keep.
    folded : dict of str to str
        Batch norms that are folded into the convolutions before them.
    width : int
        Points in one pass.
    """

    rows: int | None = None
    channels_last: bool = False
    folded: Pairs = field(default_factory=dict)
    width: int = 1

    @property
    def changes(self) -> list[str]:
        """What differs from the objective's own evaluation, in words."""
        parts = [f"{len(self.folded)} batch norms folded in"] if self.folded else []
        parts += ["channels last"] if self.channels_last else []
        parts += [f"chunks of {self.rows}"] if self.rows else []
        return parts + ([f"{self.width} points at once"] if self.width > 1 else [])


PLAIN = Candidate()
"""The objective's own evaluation."""


class Backend:
    """Evaluate an objective at points origin + sum of coefficient times direction.

    Parameters
    ----------
    measurement : LossAndMetrics
    directions : sequence of mappings of str to Tensor
    how : Candidate
    """

    def __init__(
        self, measurement: LossAndMetrics, directions: Sequence[Mapping[str, Tensor]], how: Candidate = PLAIN
    ) -> None:
        objective = measurement.objective
        if how.rows:
            measurement = LossAndMetrics(objective.with_batch_size(how.rows), measurement.errors)
        self.measurement, self.how = measurement, how
        self.displaced = DisplacedParameters(objective.parameters, directions, how.width)
        self._batches = channels_last(batches_of(measurement.objective)) if how.channels_last else None
        # With graphs, each evaluation has leaves of its own; statistics are recomputed where an evaluation begins.
        self.in_sessions = not (objective.is_sharded or objective.differentiates or objective.model.recomputes)

    def evaluate(self, points: NDArray[np.float64]) -> list[Evaluated]:
        """Evaluate points of shape (n, directions)."""
        objective, width = self.measurement.objective, self.how.width
        if objective.is_sharded:
            return [(objective.evaluate(self.displaced.move_to(point)), None) for point in points.tolist()]
        if width > 1:
            return [one for i in range(0, len(points), width) for one in self._at_once(points[i : i + width])]
        if self.in_sessions:
            found, unchanged = self._session(points)
            if unchanged or len(points) == 1:
                return found
            self.in_sessions = False
        return [self._session(points[i : i + 1])[0][0] for i in range(len(points))]

    def _session(self, points: NDArray[np.float64]) -> tuple[list[Evaluated], bool]:
        """Evaluate points after one set-up; return whether they left random states and buffers as they were.

        Where they did not, only the first is what it is by itself.
        """
        parameters, found = self.displaced.move_to(points[0].tolist()), []
        unchanged = False

        def work(model: nn.Module) -> None:
            nonlocal unchanged
            before = _states(model)
            folding = BatchNormFolding(model, self.how.folded) if self.how.folded else None
            for i, point in enumerate(points.tolist()):
                if i:
                    self.displaced.move_to(point)
                with unused_elsewhere(model):
                    results = self._results(model, folding)
                found.append(self.measurement.total(results, parameters))
            unchanged = _states(model) == before

        self.measurement.objective.run_values(work, parameters)
        return found, unchanged

    def _results(self, model: nn.Module, folding: BatchNormFolding | None) -> list[dict[str, Tensor]]:
        if folding is not None:
            try:
                with folding.at_new_weights():
                    return self.measurement.of_batches(model, self._batches)
            except NotFoldedError:
                pass
        return self.measurement.of_batches(model, self._batches)

    def _at_once(self, points: NDArray[np.float64]) -> list[Evaluated]:
        """Evaluate up to `width` points in one pass, stacked along the first dimension of the displaced parameters."""
        for row in range(self.how.width):
            parameters = self.displaced.move_to(points[min(row, len(points) - 1)].tolist(), row)
        moved = {name: parameters[name] for name in self.displaced.moved}
        held = {name: p for name, p in parameters.items() if name not in moved}
        measurement = self.measurement
        results = torch.vmap(lambda one: measurement.objective.run_values(measurement.of_batches, held | one))(moved)
        return [
            measurement.total(
                [{name: value[i] for name, value in batch.items()} for batch in results],
                {name: p[i] if name in moved else p for name, p in parameters.items()},
            )
            for i in range(len(points))
        ]


def channels_last(batches: Sequence[Batch]) -> list[Batch]:
    """Return batches whose images are laid out channels-last."""

    def convert(tensor: Tensor) -> Tensor:
        return tensor.contiguous(memory_format=torch.channels_last) if is_image(tensor) else tensor

    return [map_tensors(convert, batch) for batch in batches]


def is_image(tensor: Tensor) -> bool:
    """Return whether a tensor may be laid out channels-last."""
    return not tensor.is_nested and tensor.layout == torch.strided and tensor.dim() == 4 and tensor.is_floating_point()


def _states(model: nn.Module) -> Any:
    """Return what one evaluation could leave changed for the next: random states, and versions of the buffers."""
    numpy: Any = np.random.get_state()  # noqa: NPY002
    states: list[Any] = [random.getstate(), numpy[1].tobytes(), numpy[2:], torch.get_rng_state().numpy().tobytes()]
    buffers = list(model.buffers())
    for device in {tensor.device for tensor in (*buffers, *model.parameters()) if tensor.device.type == "cuda"}:
        states.append(torch.cuda.get_rng_state(device).numpy().tobytes())
    return [*states, *(buffer._version for buffer in buffers if not buffer.is_inference())]


@dataclass
class EvaluationState:
    """Evaluation state of one objective: the chosen backend, and how it was chosen."""

    backend: Backend
    metadata: dict[str, Any] = field(default_factory=dict)
    centre: SampleLosses | None = None

    @property
    def is_ready(self) -> bool:
        """Whether the backend is chosen and what is subtracted known."""
        return bool(self.metadata) and (self.centre is not None or not self.backend.measurement.errors)
