"""Autotuning: choose the backend that evaluates an objective at many points, each checked against the direct one."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from landscape._common.autotuning import PLAIN, Route, timed
from landscape._common.errors import is_out_of_memory
from landscape.objective.batching import first_rows
from landscape.objective.data import Batch, count_samples
from landscape.objective.decomposability import may_be_cut
from landscape.objective.per_sample import LossAndMetrics, batches_of
from landscape.slices._evaluation.backends import Candidate, DisplacedParameters, EvaluationState, TracedBackend, Values
from landscape.slices._evaluation.traced_loss import NotCapturableError, TracedLoss

__all__ = ["choose_backend"]

CHUNK_BYTES = 2**21
"""The largest intermediate result of a chunk on a CPU; measured on convolutions and transformers, about a core's
cache."""

LEAST_SECONDS = 0.5
"""Points that take less altogether use the direct backend: tuning would cost what it saves."""

TOGETHER = 16
"""Points in one pass, where tuning shows a gain."""

SMALL_SECONDS = 5e-3
"""A pass that takes longer is arithmetic rather than overhead, so that many points at once gain nothing."""

_CLEAR_SECONDS = 0.02
"""Passes that take less are repeated when they are timed."""

_FEW = 8
"""Samples that are traced to see how large the intermediate results are."""


def choose_backend(
    state: EvaluationState,
    directions: Sequence[Mapping[str, Tensor]],
    points: NDArray[np.float64],
    route: Route,
    seconds: float,
) -> None:
    """Choose the backend of one objective, given the seconds that a direct evaluation took."""
    objective = state.measurement.objective
    if route == "plain":
        return _keep_direct(state, "as given")
    if objective.is_sharded:
        return _keep_direct(state, "each rank holds parts of the parameters")
    if not objective.model.has_frozen_batchnorm:
        return _keep_direct(state, f"batch norm takes {objective.model.normalization()}")
    if route == "auto" and seconds * len(points) < LEAST_SECONDS:
        return _keep_direct(state, f"{len(points)} points take too little time for a trial")
    checks = [points[0] if points[0].any() else points[-1], np.zeros(len(directions))]
    truth = []
    for point in checks:
        with timed(objective.device) as elapsed:
            truth.append(state.backend.values(state.displaced.move_to(point.tolist()))[0][0])
        seconds = min(seconds, elapsed[0])
    best, reason, refusal = seconds, "", ""
    for candidate in _candidates(state, directions, route, len(points)):
        try:
            backend, displaced = candidate.build(state.measurement, directions)
            found, took = _time(backend, displaced, checks)
        except NotCapturableError as error:
            refusal = refusal or f"it cannot be recorded: {error}"
            continue
        except Exception as error:  # whatever an operation does in another layout, or on many points at once
            if is_out_of_memory(error):
                raise
            refusal = refusal or f"the rewritten model fails: {_first_line(error)}"
            continue
        if not all(_agree(a, b, objective.rounding) for a, b in zip(found, truth, strict=True)):
            refusal = refusal or "the rewritten values differ from the plain ones"
            continue
        if route == "rewritten":
            return _adopt(state, backend, displaced, candidate, {"reason": "equal to the plain values"})
        reason += f", {candidate.label} {1e3 * took:.3g} ms"
        if took < best:
            best = took
            _adopt(state, backend, displaced, candidate, {"seconds_per_point": took})
    if state.chosen is None:
        return _keep_direct(state, refusal or f"a plain point took {1e3 * seconds:.3g} ms{reason}")
    state.metadata["reason"] = f"a plain point took {1e3 * seconds:.3g} ms{reason}"
    return None


def _candidates(
    state: EvaluationState, directions: Sequence[Mapping[str, Tensor]], route: Route, points: int
) -> Iterator[Candidate]:
    """Iterate over the candidates; later ones may depend on which of the earlier was chosen."""
    seen = _trace_few(state, directions)
    rows = _chunk_rows(state, seen)
    convolutions = seen is not None and seen.convolutions > 0
    if convolutions:
        yield Candidate(rows, channels_last=True)
    yield Candidate(rows, channels_last=False)
    if route != "auto":
        return
    if rows:
        yield Candidate(None, channels_last=convolutions)
    small = state.metadata.get("seconds_per_point", math.inf) < SMALL_SECONDS
    if small and points >= 2 * TOGETHER:
        yield Candidate(None, channels_last=False, width=TOGETHER)


def _trace_few(state: EvaluationState, directions: Sequence[Mapping[str, Tensor]]) -> TracedLoss | None:
    """Trace the loss of a few samples, to see its convolutions and the size of its intermediate results."""
    objective = state.measurement.objective
    few = first_rows(max(batches_of(objective), key=_rows), _FEW)
    if few is None or objective.decomposes is False:
        return None
    probe = LossAndMetrics(objective.subset(range(_rows(few))), state.measurement.errors)
    try:
        backend, _ = Candidate(None, channels_last=True).build(probe, directions)
    except Exception as error:  # the whole batches will tell what it was
        if is_out_of_memory(error):
            raise
        return None
    return backend.programs[0]


def _chunk_rows(state: EvaluationState, seen: TracedLoss | None) -> int | None:
    """Return the number of samples of a chunk that fits the caches, or None if the batches are no larger."""
    objective = state.measurement.objective
    if seen is None or objective.device.type != "cpu":
        return None
    largest = max(map(_rows, batches_of(objective)))
    parts = math.ceil(largest * seen.widest / seen.rows / CHUNK_BYTES)
    rows = max(16, math.ceil(largest / max(parts, 1)))
    return rows if rows < largest and may_be_cut(objective) and not objective.undivided_metrics else None


def _rows(batch: Batch) -> int:
    return count_samples(batch) or 0


def _time(
    backend: TracedBackend, displaced: DisplacedParameters, checks: Sequence[NDArray[np.float64]]
) -> tuple[list[Values], float]:
    """Return the values at some points and the seconds a point takes."""
    found: list[Values] = []
    took: list[float] = []
    device = backend.measurement.objective.device

    def work() -> None:
        for point in checks:
            for row in range(backend.width):
                displaced.move_to(point.tolist(), row)
            with timed(device) as elapsed:
                found.append(backend.values(displaced.parameters)[-1][0])
            took.append(elapsed[0] / backend.width)
            while elapsed[0] < _CLEAR_SECONDS and len(took) < 10:
                with timed(device) as elapsed:
                    backend.values(displaced.parameters)
                took.append(elapsed[0] / backend.width)

    backend.within(work)
    return found, min(took)


def _agree(mine: Values, plain: Values, rounding: float) -> bool:
    """Whether values are the same to rounding, which adds up over the layers, and where they are not numbers."""
    for name, value in plain.items():
        if math.isfinite(value) != math.isfinite(mine[name]):
            return False
        if math.isfinite(value) and abs(mine[name] - value) > 1e3 * rounding * max(abs(value), abs(mine[name])):
            return False
        if not math.isfinite(value) and str(value) != str(mine[name]):
            return False
    return True


def _adopt(
    state: EvaluationState,
    backend: TracedBackend,
    displaced: DisplacedParameters,
    candidate: Candidate,
    details: dict[str, Any],
) -> None:
    state.backend, state.displaced, state.chosen = backend, displaced, candidate
    program = backend.programs[0]
    parts = ["operations recorded once"]
    if program.folded:
        parts.append(f"{program.folded} batch norms folded in")
    if program.convolutions:
        parts.append(f"{program.convolutions} convolutions channels last")
    if candidate.width > 1:
        parts.append(f"{candidate.width} points at once")
    state.metadata = {"layers": ", ".join(parts), "chunk": candidate.rows} | details


def _first_line(error: BaseException) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _keep_direct(state: EvaluationState, reason: str) -> None:
    state.metadata = {"layers": PLAIN, "reason": reason}
