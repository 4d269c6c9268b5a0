"""Backends that evaluate an objective at displaced parameters: its own evaluation, or its traced operations.

The parameters are displaced in place, in buffers that both backends read.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from landscape.objective.data import Batch, tensors_of
from landscape.objective.per_sample import LossAndMetrics, SampleLosses, batches_of
from landscape.slices._evaluation.traced_loss import NotCapturableError, TracedLoss

__all__ = ["Candidate", "DirectBackend", "DisplacedParameters", "EvaluationState", "TracedBackend", "Values"]

Values = dict[str, float]
"""Loss and metrics, by name."""

HELD_BYTES = 2**30
"""What the data alone determine is kept up to this size."""


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


class DirectBackend:
    """Evaluate points by the objective itself."""

    width = 1

    def __init__(self, measurement: LossAndMetrics) -> None:
        self.measurement = measurement

    def within(self, work: Callable[[], None]) -> None:
        """Call a function that evaluates points."""
        work()

    def values(self, parameters: Mapping[str, Tensor]) -> list[tuple[Values, SampleLosses | None]]:
        """Return loss and metrics at a point, and the losses of single samples where they are kept."""
        measurement = self.measurement
        objective = measurement.objective
        if not measurement.errors:
            return [(objective.evaluate(parameters), None)]

        def run(model: nn.Module) -> list[dict[str, Tensor]]:
            return [measurement.of_batch(model, batch) for batch in batches_of(objective)]

        measurement.start()
        return [measurement.total(objective.run_values(run, parameters), parameters)]


class TracedBackend:
    """Evaluate points by the traced operations of the loss, one point or `width` points at a time.

    Raises
    ------
    NotCapturableError
        If the loss cannot be traced.
    """

    def __init__(
        self, measurement: LossAndMetrics, displaced: DisplacedParameters, *, channels_last: bool, width: int = 1
    ) -> None:
        self.measurement, self.width = measurement, width
        self._stacked = set(displaced.moved) if width > 1 else set()
        objective = measurement.objective
        if objective.differentiates:
            raise NotCapturableError("the loss or a metric takes derivatives itself")
        if measurement.accumulates:
            raise NotCapturableError("a metric accumulates over the batches")

        def measure(parameters: Mapping[str, Tensor], batch: Batch) -> dict[str, Tensor]:
            return objective.run(lambda model: measurement.of_batch(model, batch), parameters)

        recorded = measure if width == 1 else functools.partial(_many, measure, displaced.moved)
        programs: dict[Any, TracedLoss] = {}
        self._bound = []
        self._programs = programs
        held = 0
        for batch in batches_of(objective):
            key = _form(batch)
            if key not in programs:
                programs[key] = TracedLoss(
                    recorded, displaced.parameters, displaced.moved, batch, channels_last=channels_last
                )
            bound = programs[key].bind(batch)
            held += sum(t.nbytes for t in bound.values() if isinstance(t, Tensor)) - _nbytes(batch)
            if held > HELD_BYTES:
                raise NotCapturableError("what the data alone determine takes more than 1 GiB")
            self._bound.append((key, bound))

    @property
    def programs(self) -> list[TracedLoss]:
        """The traced losses, one for each shape of batches."""
        return list(self._programs.values())

    def within(self, work: Callable[[], None]) -> None:
        """Call a function that evaluates points, at the objective's precision of matrix products."""
        objective = self.measurement.objective
        with torch.inference_mode():
            objective.run(lambda model: work(), objective.parameters)

    def values(self, parameters: Mapping[str, Tensor]) -> list[tuple[Values, SampleLosses | None]]:
        """Return loss and metrics at every point held, and the losses of single samples where they are kept."""
        points = {key: program.prepare(parameters) for key, program in self._programs.items()}
        results = [self._programs[key].run(points[key], bound) for key, bound in self._bound]
        if self.width == 1:
            return [self.measurement.total(results, parameters)]
        apart = [[{name: value[i] for name, value in result.items()} for result in results] for i in range(self.width)]
        return [
            self.measurement.total(one, {n: p[i] if n in self._stacked else p for n, p in parameters.items()})
            for i, one in enumerate(apart)
        ]


def _many(
    measure: Callable[[Mapping[str, Tensor], Batch], dict[str, Tensor]],
    moved: Sequence[str],
    parameters: Mapping[str, Tensor],
    batch: Batch,
) -> dict[str, Tensor]:
    """Measure at several points, stacked along the first dimension of the displaced parameters."""
    held = {name: p for name, p in parameters.items() if name not in set(moved)}
    moving = {name: parameters[name] for name in moved}
    with warnings.catch_warnings():
        # An operation that goes through the points one by one gains nothing.
        warnings.filterwarnings("error", "There is a performance drop")
        return torch.vmap(lambda one: measure(held | one, batch))(moving)


def _form(batch: Any) -> Any:
    """Return what a traced loss depends on: structure, shapes and types of a batch."""
    if isinstance(batch, Tensor):
        if type(batch) not in (Tensor, nn.Parameter) or batch.is_nested or batch.layout != torch.strided:
            raise NotCapturableError("a batch holds a tensor that is not plain and dense")
        return tuple(batch.shape), batch.dtype
    if isinstance(batch, PackedSequence):
        raise NotCapturableError("a batch holds a packed sequence, whose lengths steer the model")
    if isinstance(batch, Mapping):
        return type(batch), tuple((name, _form(value)) for name, value in batch.items())
    if isinstance(batch, (tuple, list)):
        return type(batch), tuple(_form(value) for value in batch)
    raise NotCapturableError(f"a batch holds a {type(batch).__name__}, which may steer the model")


def _nbytes(batch: Batch) -> int:
    return sum(tensor.nbytes for tensor in tensors_of(batch))


Backend = DirectBackend | TracedBackend


@dataclass(frozen=True)
class Candidate:
    """A traced backend that autotuning may choose."""

    rows: int | None
    channels_last: bool
    width: int = 1

    @property
    def label(self) -> str:
        """Description for messages."""
        parts = ["channels last" if self.channels_last else "channels first"]
        parts += [f"chunks of {self.rows}"] if self.rows else []
        parts += [f"{self.width} points at once"] if self.width > 1 else []
        return ", ".join(parts)

    def build(
        self, measurement: LossAndMetrics, directions: Sequence[Mapping[str, Tensor]]
    ) -> tuple[TracedBackend, DisplacedParameters]:
        """Trace the loss; return the backend and the parameters that it reads."""
        objective = measurement.objective
        if self.rows:
            measurement = LossAndMetrics(objective.with_batch_size(self.rows), measurement.errors)
        displaced = DisplacedParameters(objective.parameters, directions, self.width)
        build = functools.partial(
            TracedBackend, measurement, displaced, channels_last=self.channels_last, width=self.width
        )
        with torch.no_grad():  # in the arithmetic that it will run in
            return objective.run(lambda model: build(), objective.parameters), displaced


@dataclass
class EvaluationState:
    """Evaluation state of one objective: the chosen backend and what it needs."""

    measurement: LossAndMetrics
    backend: Backend
    displaced: DisplacedParameters
    metadata: dict[str, Any] = field(default_factory=dict)
    chosen: Candidate | None = None
    centre: SampleLosses | None = None
