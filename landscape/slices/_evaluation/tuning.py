"""Autotuning: choose how an objective is evaluated at many points, each way checked against its own operations."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from landscape._common.autotuning import PLAIN, Route, timed
from landscape._common.errors import is_out_of_memory
from landscape.objective.data import Batch, count_samples, tensors_of
from landscape.objective.decomposability import may_be_cut
from landscape.objective.per_sample import LossAndMetrics, batches_of
from landscape.slices._evaluation.backends import Backend, Candidate, EvaluationState, Values, is_image
from landscape.slices._evaluation.batch_norm_folding import Observer, Pairs

__all__ = ["choose_backend"]

CHUNK_BYTES = 2**21
"""The largest intermediate result of a chunk on a CPU; measured on convolutions and transformers, about a core's
cache."""

LARGE_IMAGE = 256
"""Pixels from which on channels-last pays on a CPU; measured, 8x8 images are faster or level channels first."""

COPIED_BYTES = 2**30
"""Data are laid out anew up to this size."""

LEAST_SECONDS = 0.5
"""Points that take less altogether are evaluated as they are: tuning would cost what it saves."""

TOGETHER = 64
"""Points in one pass, where tuning shows a gain."""

SMALL_SECONDS = 5e-3
"""A pass that takes longer is arithmetic rather than overhead, so that many points at once gain nothing."""

_CLEAR_SECONDS = 0.02
"""Passes that take less are repeated when they are timed."""

_FEW = 8
"""Samples on which a forward pass is observed."""


def choose_backend(
    state: EvaluationState,
    directions: Sequence[Mapping[str, Tensor]],
    points: NDArray[np.float64],
    route: Route,
    seconds: float,
) -> None:
    """Choose how one objective is evaluated, given the seconds that the first point took."""
    plain = state.backend
    objective = plain.measurement.objective
    if route == "plain":
        return _keep(state, "as given")
    if objective.is_sharded:
        return _keep(state, "each rank holds parts of the parameters")
    if not objective.model.has_frozen_batchnorm:
        return _keep(state, f"batch norm takes {objective.model.normalization()}")
    if not plain.in_sessions:
        return _keep(state, "the loss or a metric takes derivatives itself")
    if route == "auto" and seconds * len(points) < LEAST_SECONDS:
        return _keep(state, f"{len(points)} points take too little time for a trial")
    checks = np.stack([points[0] if points[0].any() else points[-1], np.zeros(len(directions))])
    by_time = route == "auto"
    truth, best = _values(plain, checks), _time(plain, checks) if by_time else 0.0
    if not plain.in_sessions:
        return _keep(state, "the loss or a metric changes random states or buffers")
    tried, refusal = f"a plain point took {1e3 * best:.3g} ms", ""
    for candidate in _candidates(plain, route, len(points), best):
        try:
            backend = Backend(plain.measurement, directions, candidate)
            found = _values(backend, checks)
            took = _time(backend, checks) if by_time else 0.0
        except Exception as error:  # whatever an operation does in another layout, or on many points at once
            if is_out_of_memory(error):
                raise
            refusal = refusal or f"the rewritten model fails: {_first_line(error)}"
            continue
        if not all(_agree(a, b, objective.rounding) for a, b in zip(found, truth, strict=True)):
            refusal = refusal or "the rewritten values differ from the plain ones"
            continue
        if route == "rewritten":
            return _adopt(state, backend, {"reason": "equal to the plain values"})
        tried += f", {', '.join(candidate.changes)} {1e3 * took:.3g} ms"
        if took < best:
            best = took
            _adopt(state, backend, {"seconds_per_point": took})
    if state.backend is plain:
        return _keep(state, refusal or ("nothing to rewrite" if route == "rewritten" else tried))
    state.metadata["reason"] = tried
    return None


def _candidates(plain: Backend, route: Route, points: int, seconds: float) -> Iterator[Candidate]:
    """Iterate over the candidates: all that may pay at once, then without one part or another."""
    rows, images, pairs, width = _observe(plain.measurement)
    whole = Candidate(rows, channels_last=images, folded=pairs)
    # By size where the clock is not looked at.
    together = width >= TOGETHER if route == "rewritten" else seconds < SMALL_SECONDS
    many = [Candidate(width=TOGETHER)] if together and points >= 2 * TOGETHER else []
    found = many if route == "rewritten" else []
    found += [whole, replace(whole, channels_last=False), replace(whole, folded={})]
    found += [replace(whole, channels_last=False, folded={})]
    if route == "auto":
        found += [replace(whole, rows=None), *many]
    yield from (one for i, one in enumerate(found) if one.changes and one not in found[:i])


def _observe(measurement: LossAndMetrics) -> tuple[int | None, bool, Pairs, int]:
    """Evaluate a few samples to see what may pay.

    Returns
    -------
    rows : int or None
        Samples of a chunk that fits the caches; None if the batches are no larger.
    images : bool
        Whether there are convolutions over images of some size.
    pairs : dict of str to str
        Batch norms that can be folded into the convolutions before them.
    width : int
        Points whose intermediate results fit the caches together; 0 where that is not known.
    """
    objective, observer = measurement.objective, Observer()
    batches = batches_of(objective)
    largest = max(map(_rows, batches))
    few = min(_FEW, largest)
    try:
        if objective.decomposes is False:
            return None, False, {}, 0
        probe = LossAndMetrics(objective.subset(range(few)), measurement.errors)

        def run(model: nn.Module) -> Pairs:
            with observer:
                probe.of_batches(model)
            return observer.pairs(model)

        pairs = objective.run_values(run, objective.parameters)
    except Exception as error:  # batches that cannot be cut, or a model that does not run on a few samples
        if is_out_of_memory(error):
            raise
        return None, False, {}, 0
    images = [tensor for batch in batches for tensor in tensors_of(batch) if is_image(tensor)]
    fit = 0 < sum(image.nbytes for image in images) <= COPIED_BYTES and observer.pixels >= LARGE_IMAGE
    most = largest * observer.largest / few
    parts = math.ceil(most / CHUNK_BYTES)
    rows = max(16, math.ceil(largest / max(parts, 1)))
    cut = (
        objective.device.type == "cpu" and rows < largest and may_be_cut(objective) and not objective.undivided_metrics
    )
    return rows if cut else None, fit, pairs, int(CHUNK_BYTES / max(most, 1))


def _rows(batch: Batch) -> int:
    return count_samples(batch) or 0


def _values(backend: Backend, checks: NDArray[np.float64]) -> list[Values]:
    """Return the values at some points."""
    width = backend.how.width
    if width == 1:  # one after the other, which shows what the first leaves changed
        return [values for values, _ in backend.evaluate(checks)]
    with warnings.catch_warnings():
        # An operation that goes through the points one by one gains nothing.
        warnings.filterwarnings("error", "There is a performance drop")
        return [backend.evaluate(np.repeat(point[None], width, axis=0))[-1][0] for point in checks]


def _time(backend: Backend, checks: NDArray[np.float64]) -> float:
    """Return the seconds a point takes."""
    device, width = backend.measurement.objective.device, backend.how.width
    took: list[float] = []
    repeats = 2
    while len(took) < 6 and sum(took) < 2 * _CLEAR_SECONDS:
        points = np.resize(checks, (repeats * width, checks.shape[1]))
        with timed(device) as elapsed:
            backend.evaluate(points)
        took.append(elapsed[0] / len(points))
        repeats *= 2
    return min(took)


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


def _adopt(state: EvaluationState, backend: Backend, details: dict[str, Any]) -> None:
    state.backend = backend
    layers = [change for change in backend.how.changes if not change.startswith("chunks")]
    state.metadata = {"layers": ", ".join(layers) or PLAIN, "chunk": backend.how.rows} | details


def _first_line(error: BaseException) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _keep(state: EvaluationState, reason: str) -> None:
    state.metadata = {"layers": PLAIN, "reason": reason}
