"""Which way to evaluate an objective at many points: found by a short trial on its data, each compared with the plain one."""

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
from landscape.objective.per_sample import Measurement, batches_of
from landscape.slices._evaluation.backends import Candidate, Moves, ProgramWay, Surface, Values
from landscape.slices._evaluation.traced_loss import NotCapturableError, Program

__all__ = ["choose_way"]

CHUNK_BYTES = 2**21
"""The largest intermediate result of a chunk on a CPU; measured on convolutions and transformers, about a core's cache."""

WORTH_SECONDS = 0.5
"""Points that take less altogether are evaluated plainly: a trial would cost what it saves."""

TOGETHER = 16
"""Points in one pass, where a trial shows a gain."""

SMALL_SECONDS = 5e-3
"""A pass that takes longer is arithmetic rather than overhead, so that many points at once gain nothing."""

_CLEAR_SECONDS = 0.02
"""Passes that take less are repeated in a trial."""

_FEW = 8
"""Samples that are recorded to see how large the intermediate results are."""


def choose_way(
    surface: Surface,
    directions: Sequence[Mapping[str, Tensor]],
    points: NDArray[np.float64],
    route: Route,
    seconds: float,
) -> None:
    """Choose the way of a surface, given the seconds that a plain evaluation took."""
    objective = surface.measurement.objective
    normalization = objective.protocol()["batchnorm"]
    if route == "plain":
        return _stay(surface, "as given")
    if not objective.whole:
        return _stay(surface, "each rank holds parts of the parameters")
    if normalization != "frozen":
        return _stay(surface, f"batch norm takes {normalization}")
    if route == "auto" and seconds * len(points) < WORTH_SECONDS:
        return _stay(surface, f"{len(points)} points take too little time for a trial")
    checks = [points[0] if points[0].any() else points[-1], np.zeros(len(directions))]
    truth = []
    for point in checks:
        with timed(objective.device) as elapsed:
            truth.append(surface.way.values(surface.moves.to(point.tolist()))[0][0])
        seconds = min(seconds, elapsed[0])
    best, reason, refusal = seconds, "", ""
    for candidate in _candidates(surface, directions, route, len(points)):
        try:
            way, moves = candidate.build(surface.measurement, directions)
            found, took = _tried(way, moves, checks)
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
            return _take(surface, way, moves, candidate, {"reason": "equal to the plain values"})
        reason += f", {candidate.label} {1e3 * took:.3g} ms"
        if took < best:
            best = took
            _take(surface, way, moves, candidate, {"seconds_per_point": took})
    if surface.chosen is None:
        return _stay(surface, refusal or f"a plain point took {1e3 * seconds:.3g} ms{reason}")
    surface.told["reason"] = f"a plain point took {1e3 * seconds:.3g} ms{reason}"
    return None


def _candidates(
    surface: Surface, directions: Sequence[Mapping[str, Tensor]], route: Route, points: int
) -> Iterator[Candidate]:
    """Iterate over the ways to try; later ones may depend on what was chosen of the earlier."""
    seen = _probe(surface, directions)
    rows = _chunk_rows(surface, seen)
    convolutions = seen is not None and seen.convolutions > 0
    if convolutions:
        yield Candidate(rows, channels_last=True)
    yield Candidate(rows, channels_last=False)
    if route != "auto":
        return
    if rows:
        yield Candidate(None, channels_last=convolutions)
    small = surface.told.get("seconds_per_point", math.inf) < SMALL_SECONDS
    if small and points >= 2 * TOGETHER:
        yield Candidate(None, channels_last=False, width=TOGETHER)


def _probe(surface: Surface, directions: Sequence[Mapping[str, Tensor]]) -> Program | None:
    """Record a few samples, to see what there is."""
    objective = surface.measurement.objective
    few = first_rows(max(batches_of(objective), key=_rows), _FEW)
    if few is None or objective.decomposes is False:
        return None
    probe = Measurement(objective.subset(range(_rows(few))), surface.measurement.errors)
    try:
        way, _ = Candidate(None, channels_last=True).build(probe, directions)
    except Exception as error:  # the whole batches will tell what it was
        if is_out_of_memory(error):
            raise
        return None
    return way.programs[0]


def _chunk_rows(surface: Surface, seen: Program | None) -> int | None:
    """Return how many samples make a chunk near the caches, if that is fewer than the batches have."""
    objective = surface.measurement.objective
    if seen is None or objective.device.type != "cpu":
        return None
    largest = max(map(_rows, batches_of(objective)))
    parts = math.ceil(largest * seen.widest / seen.rows / CHUNK_BYTES)
    rows = max(16, math.ceil(largest / max(parts, 1)))
    return rows if rows < largest and may_be_cut(objective) and not objective.undivided_metrics else None


def _rows(batch: Batch) -> int:
    return count_samples(batch) or 0


def _tried(way: ProgramWay, moves: Moves, checks: Sequence[NDArray[np.float64]]) -> tuple[list[Values], float]:
    """Return the values at some points and the seconds a point takes."""
    found: list[Values] = []
    took: list[float] = []
    device = way.measurement.objective.device

    def work() -> None:
        for point in checks:
            for row in range(way.width):
                moves.to(point.tolist(), row)
            with timed(device) as elapsed:
                found.append(way.values(moves.parameters)[-1][0])
            took.append(elapsed[0] / way.width)
            while elapsed[0] < _CLEAR_SECONDS and len(took) < 10:
                with timed(device) as elapsed:
                    way.values(moves.parameters)
                took.append(elapsed[0] / way.width)

    way.within(work)
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


def _take(surface: Surface, way: ProgramWay, moves: Moves, candidate: Candidate, words: dict[str, Any]) -> None:
    surface.way, surface.moves, surface.chosen = way, moves, candidate
    program = way.programs[0]
    parts = ["operations recorded once"]
    if program.folded:
        parts.append(f"{program.folded} batch norms folded in")
    if program.convolutions:
        parts.append(f"{program.convolutions} convolutions channels last")
    if candidate.width > 1:
        parts.append(f"{candidate.width} points at once")
    surface.told = {"layers": ", ".join(parts), "chunk": candidate.rows} | words


def _first_line(error: BaseException) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _stay(surface: Surface, reason: str) -> None:
    surface.told = {"layers": PLAIN, "reason": reason}
