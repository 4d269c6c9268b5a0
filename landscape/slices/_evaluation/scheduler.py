"""Evaluate many points, in this process or by workers, from the beginning or resumed from a file."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from os import PathLike
from typing import Any, Self

import numpy as np
import torch
import torch.distributed as dist
from numpy.typing import NDArray
from torch import Tensor
from tqdm.auto import tqdm

from landscape._common.autotuning import Route
from landscape._common.interrupts import Interrupts, Stop
from landscape._common.validation import as_integer
from landscape.distributed.ranks import digest
from landscape.objective.interface import ObjectiveLike
from landscape.objective.per_sample import why_no_sample_losses
from landscape.slices._evaluation.evaluator import Evaluator
from landscape.slices._evaluation.resume_file import PointFile
from landscape.slices._evaluation.subsampling import SequentialSamplingEvaluator
from landscape.slices._evaluation.workers import Blocks, ExecutorWorkers, LocalExecutor, RankWorkers, pack

__all__ = ["EvaluationOptions", "WorkerPool", "Workers", "evaluate_points"]

Workers = int | Executor | Any
"""A number of local processes, an executor, or a process group."""


@dataclass(frozen=True)
class EvaluationOptions:
    """Options of an evaluation of points; see `landscape.plane`."""

    route: Route = "auto"
    standard_error: bool | None = None
    resolution: float | None = None
    ceiling: float | None = None
    confidence: float = 0.999
    path: str | PathLike[str] | None = None
    workers: Workers = 1
    progress: bool = False

    @property
    def sequential(self) -> bool:
        """Whether points may be evaluated on fewer samples."""
        return self.resolution is not None or self.ceiling is not None


@dataclass(frozen=True)
class EvaluatedPoints:
    """Values by name, each of shape (n,), NaN where Ctrl-C came first; protocol entries; the message after Ctrl-C."""

    values: dict[str, NDArray[np.float64]]
    protocol: dict[str, Any]
    message: str


def evaluate_points(
    objectives: Mapping[str, ObjectiveLike],
    directions: Sequence[Mapping[str, Tensor]],
    points: NDArray[np.float64],
    label: str,
    options: EvaluationOptions,
) -> EvaluatedPoints:
    """Evaluate objectives at points of shape (n, directions)."""
    wanted = _errors(objectives, options)
    build = functools.partial(build_evaluator, options=replace(options, path=None, workers=1), errors=wanted)
    check_workers(options.workers)
    evaluator = build(objectives, directions)
    heading = heading_of(objectives, directions, points, label, options, evaluator.names)
    store = PointFile(options.path, heading) if options.path is not None and writes_file(options.workers) else None
    found = shared(store.rows(len(points), len(evaluator.names)) if store else {}, options.workers)
    table = np.full((len(points), len(evaluator.names)), np.nan)
    for index, row in found.items():
        table[index] = row
    done, message = np.isin(np.arange(len(points)), list(found)), ""
    left = np.array([i for i in range(len(points)) if i not in found], dtype=np.int64)
    with (
        WorkerPool(evaluator, build, objectives, directions, options.workers, heading) as pool,
        tqdm(total=len(points), initial=len(found), desc=label, unit="point", disable=not options.progress) as bar,
    ):
        try:
            for block, rows in pool.evaluate(points[left]):
                table[left[block]] = rows
                done[left[block]] = True
                if store:
                    store.append(left[block], rows)
                bar.update(len(block))
        except KeyboardInterrupt:
            if not done.any():
                raise
            message = f"Interrupted after {done.sum()} of {len(points)} points; the others are NaN."
    protocol = _protocol(objectives, evaluator, table[done], int(done.sum()) - len(found), wanted, options)
    if message:
        protocol["stop"] = Stop.INTERRUPTED.value
    return EvaluatedPoints(dict(zip(evaluator.names, table.T, strict=True)), protocol, message)


def build_evaluator(
    objectives: Mapping[str, ObjectiveLike],
    directions: Sequence[Mapping[str, Tensor]],
    options: EvaluationOptions,
    errors: Mapping[str, bool],
    candidates: Any = None,
) -> Evaluator | SequentialSamplingEvaluator:
    """Return the evaluator that the options ask for; `workers` build theirs by this function too."""
    if not options.sequential:
        return Evaluator(objectives, directions, route=options.route, errors=errors, candidates=candidates)
    if len(objectives) > 1:
        raise ValueError("resolution= and ceiling= decide by the height of one surface: give one objective at a time.")
    (objective,) = objectives.values()
    return SequentialSamplingEvaluator(
        objective,
        directions,
        resolution=options.resolution,
        ceiling=options.ceiling,
        confidence=options.confidence,
        route=options.route,
    )


def point_digest(points: NDArray[np.float64]) -> str:
    """SHA-256 of coordinates."""
    return digest({"points": torch.from_numpy(np.ascontiguousarray(points))})


def check_workers(workers: Any) -> None:
    """Raise ValueError unless this is a number of processes, an executor or a process group."""
    number = as_integer(workers)
    if number is None and not (hasattr(workers, "submit") or isinstance(workers, dist.ProcessGroup)):
        number = 0
    if number is not None and number < 1:
        raise ValueError(f"workers is {workers!r}: give a number of processes, an executor or a process group.")


class WorkerPool:
    """Workers that evaluate points: this process, more processes of this machine, an executor's workers, or ranks.

    A context: processes that it starts are kept for further points, and end with it.

    Parameters
    ----------
    evaluator : Evaluator or SequentialSamplingEvaluator
        Here.
    build : callable
        `build(objectives, directions)` makes the same elsewhere; with `candidates=`, an Evaluator that takes them.
    objectives, directions, workers
    metadata : mapping
        What ranks must agree in.
    """

    def __init__(
        self,
        evaluator: Evaluator | SequentialSamplingEvaluator,
        build: Callable[..., Evaluator | SequentialSamplingEvaluator],
        objectives: Mapping[str, ObjectiveLike],
        directions: Sequence[Mapping[str, Tensor]],
        workers: Workers,
        metadata: Mapping[str, Any],
    ) -> None:
        self._evaluator, self._metadata = evaluator, metadata
        self._workers: Any = workers if (number := as_integer(workers)) is None else number
        self._build, self._objectives, self._directions = build, objectives, directions
        self._shared: ExecutorWorkers | RankWorkers | None = None
        self._scope = ExitStack()

    def __enter__(self) -> Self:
        if isinstance(self._workers, dist.ProcessGroup):  # between two calls, too, no rank leaves the others alone
            interrupts = Interrupts()
            self._scope.enter_context(interrupts.deferred())
            self._shared = RankWorkers(self._workers, self._evaluator, self._metadata, interrupts)
        elif isinstance(self._workers, int) and self._workers > 1:
            self._workers = self._scope.enter_context(LocalExecutor(self._workers - 1))
        return self

    def __exit__(self, *_: object) -> None:
        self._scope.close()

    def evaluate(self, points: NDArray[np.float64]) -> Blocks:
        """Iterate over indices and values of points, as they come in."""
        if not len(points):
            return
        start = 0
        if self._workers == 1:
            yield from _here(self._evaluator, points)
            return
        if self._shared is None:
            if isinstance(self._workers, LocalExecutor):
                self._workers.start()  # they import torch while this process chooses the backends
            if isinstance(self._evaluator, Evaluator):  # by its first points, for all
                for block, rows in itertools.islice(_here(self._evaluator, points), 1):
                    start = len(block)
                    yield block, rows
                self._build = functools.partial(self._build, candidates=self._evaluator.candidates())
            here = self._evaluator if isinstance(self._workers, LocalExecutor) else None
            payload = pack(self._build, self._objectives, self._directions)
            self._shared = ExecutorWorkers(self._workers, payload, here)
        for block, rows in self._shared.evaluate(points[start:]):
            yield block + start, rows


def _here(evaluator: Evaluator | SequentialSamplingEvaluator, points: NDArray[np.float64]) -> Blocks:
    for start, rows in evaluator.evaluate(points):
        yield np.arange(start, start + len(rows)), rows


def writes_file(workers: Workers) -> bool:
    """Whether this process writes the resume file."""
    return not isinstance(workers, dist.ProcessGroup) or dist.get_rank(workers) == 0


def shared(found: dict[int, list[float]], workers: Workers) -> dict[int, list[float]]:
    """Return the values in the resume file of rank 0, on all ranks."""
    if not isinstance(workers, dist.ProcessGroup):
        return found
    box = [found]
    dist.broadcast_object_list(box, dist.get_global_rank(workers, 0), workers)
    return box[0]


def _errors(objectives: Mapping[str, ObjectiveLike], options: EvaluationOptions) -> dict[str, bool]:
    """Return for each objective whether to give standard errors: by default those of subsets where they are known."""
    if options.sequential or options.standard_error is False:
        return dict.fromkeys(objectives, False)
    if options.standard_error:
        return dict.fromkeys(objectives, True)
    return {
        name: objective.data.is_subset and why_no_sample_losses(objective) is None
        for name, objective in objectives.items()
    }


def heading_of(
    objectives: Mapping[str, ObjectiveLike],
    directions: Sequence[Mapping[str, Tensor]],
    points: NDArray[np.float64],
    label: str,
    options: EvaluationOptions,
    names: Sequence[str],
) -> dict[str, Any]:
    """Return what determines the values, up to rounding: the heading by which a resume file is recognised."""
    kept = ("fingerprint", "l2", "weighting", "batchnorm", "dtype", "arithmetic", "restricted_to", "batches")
    protocols = [objective.protocol() for objective in objectives.values()]
    return {
        "kind": f"half-finished {label}",
        "variables": list(names),
        "data or loss": [
            {name: protocol[name] for name in kept} | {"batchnorm_data": protocol.get("batchnorm_data")}
            for protocol in protocols
        ],
        "model": [type(objective.model.module).__qualname__ for objective in objectives.values()],
        "weights": [digest({**objective.parameters, **objective.space.constants}) for objective in objectives.values()],
        "directions": [digest(u) for u in directions],
        "grid": point_digest(points),
        "resolution": [options.resolution, options.confidence, options.ceiling] if options.sequential else None,
        # What is computed cannot be read from the code: its values tell losses, metrics and models apart.
        "values at the origin": [[f"{value:.4g}" for value in o.evaluate().values()] for o in objectives.values()]
        if options.path is not None
        else None,
    }


def _protocol(
    objectives: Mapping[str, ObjectiveLike],
    evaluator: Evaluator | SequentialSamplingEvaluator,
    table: NDArray[np.float64],
    evaluated: int,
    wanted: Mapping[str, bool],
    options: EvaluationOptions,
) -> dict[str, Any]:
    metadata = evaluator.metadata()
    entries: dict[str, Any] = {
        "route": metadata[""] if set(metadata) <= {"", "halving"} else metadata,
        "evaluations": len(table),
    }
    if len(table) > evaluated:
        entries["resumed"] = len(table) - evaluated
    if "halving" in metadata:
        samples = table[:, evaluator.names.index("samples")]
        (objective,) = objectives.values()
        saved = 1 - samples.sum() / (len(table) * objective.data.num_samples)
        entries["halving"] = metadata["halving"] | {"spared": f"{saved:.1%} of the evaluations of samples"}
    words = {name: _error_words(objective, wanted[name], options) for name, objective in objectives.items()}
    words = {name: word for name, word in words.items() if word}
    if words:
        entries["standard_error"] = words[""] if set(words) == {""} else words
    return entries


def _error_words(objective: ObjectiveLike, wanted: bool, options: EvaluationOptions) -> str | None:
    if wanted:
        return (
            "of the mean over samples, by linearisation, as if drawn from very many; loss_difference_se is that of the "
            "difference to the origin, over the same samples"
        )
    if not options.sequential and options.standard_error is None and objective.data.is_subset:
        return why_no_sample_losses(objective)
    return None
