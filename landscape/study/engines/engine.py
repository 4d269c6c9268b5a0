"""Run independent jobs: in this process, or wherever an executor takes them, and report to an overview.

A job is a pure function of its (picklable) arguments that writes its result to the store, so any executor of the shape
of `concurrent.futures.Executor` can carry it. What all jobs share is written to a file once, by cloudpickle, so that it
may hold lambdas and classes of a notebook; a worker reads it once.
"""

from __future__ import annotations

import hashlib
import math
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, as_completed
from contextlib import contextmanager, nullcontext, suppress
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Self

import cloudpickle

from landscape._common.interrupts import uninterrupted
from landscape.objective._torchvision import with_torchvision
from landscape.study.engines.overview import Overview, Stage
from landscape.study.engines.processes import LocalProcesses, progress_queue, stop
from landscape.study.engines.progress import WRITE_EVERY, ProgressFile, ProgressReader
from landscape.study.engines.spec import JOBS, EngineSpec, WorkerDiedError

__all__ = ["Engine", "Report"]

Job = Callable[..., None]

_ATTEMPTS = 3
"""How often a job is begun whose worker dies; the last time alone, which tells it from those that died with it."""

_REPORT_EVERY = 0.2  # seconds between two messages of one worker: enough for the eye, nothing for the queue


class Report:
    """What a job reports to the process that started it: ``report(units done since the last call, what to show)``.

    Attributes
    ----------
    send : callable or None
        Takes what is picklable to the engine's listener; None if nobody listens.
    ended : Counter
        How runs of the job ended that did not finish, such as "diverged".
    """

    def __init__(self, show: Callable[[int, str], None], send: Callable[[Any], None] | None = None) -> None:
        self._show, self.send = show, send
        self.ended = Counter[str]()

    def __call__(self, units: int, text: str) -> None:
        """Report units of work and what to show of the job."""
        self._show(units, text)

    def end(self, status: str) -> None:
        """Report how a run of the job ended."""
        self.ended[status] += 1


class Engine:
    """Run stages of jobs one after another; a context manager, whose workers serve all stages.

    Parameters
    ----------
    workers : int
        How many jobs run at once; 1 runs everything here, unless `spec` names another place. Workers start with the
        first stage of more than one job.
    progress : bool or Overview
        The overview that shows the stages; one of its own for True, none for False.
    shared : object, optional
        The first argument of every job.
    spec : EngineSpec, optional
        Where jobs run: in processes of this machine by default.
    listener : callable, optional
        Called with what jobs of this machine send, from a thread of its own or the caller's. What a worker sends last
        may get lost.
    folder : Path, optional
        Where what is shared is written, in which every worker reads, and where jobs of other machines report to; by
        default a temporary one of this machine.
    """

    def __init__(
        self,
        workers: int,
        *,
        progress: bool | Overview,
        shared: Any = None,
        listener: Callable[[Any], None] | None = None,
        spec: EngineSpec | None = None,
        folder: Path | None = None,
    ) -> None:
        self._workers, self._shared, self._listener = workers, shared, listener
        self._overview = progress if isinstance(progress, Overview) else Overview(shown=progress)
        self._spec, self._folder = spec or EngineSpec(), folder
        self._executor: Executor | None = None
        self._payload: tuple[Path, str] | None = None
        self._own: Path | None = None
        self._reader: ProgressReader | None = None
        self._begun = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with uninterrupted():  # what is left takes seconds at most, and half of it would leave semaphores behind
            if self._executor is not None:
                interrupted = kind is not None and issubclass(kind, KeyboardInterrupt)
                if interrupted and isinstance(self._executor, LocalProcesses):
                    stop(self._executor)
                self._executor.shutdown(wait=True, cancel_futures=True)
            if self._reader is not None:
                self._reader.end()
            if self._own is not None:
                shutil.rmtree(self._own, ignore_errors=True)

    @property
    def is_here(self) -> bool:
        """Whether all jobs run in this process, so that nothing is sent."""
        return self._spec.is_local and self._workers == 1

    @contextmanager
    def sharing(self, shared: Any) -> Iterator[None]:
        """Context in which jobs have this first argument; the workers outlive it."""
        before, self._shared = self._shared, shared
        try:
            yield
        finally:
            self._shared = before
            if self._payload is not None:
                self._payload[0].unlink(missing_ok=True)
                self._payload = None

    def run(
        self,
        jobs: Sequence[tuple[Job, tuple[Any, ...]]],
        *,
        total: int | Sequence[int],
        unit: str,
        title: str,
        items: Sequence[int] | None = None,
        found: Mapping[str, int] | None = None,
        failed: Callable[[int, BaseException], None] | None = None,
    ) -> None:
        """Call ``job(*arguments, report)`` for every job, after what they share.

        Parameters
        ----------
        jobs : sequence of (callable, tuple)
            Module-level functions, and the picklable arguments of each.
        total : int or sequence of int
            Units of work of all jobs together, or of each.
        unit, title : str
            What the overview calls the things that jobs are of, such as runs, and the stage.
        items : sequence of int, optional
            How many of these things each job is of; one by default.
        found : Mapping of str to int, optional
            How many need no job, by how they ended.
        failed : callable, optional
            Called with the number of each job that fails, and its error (whose attribute `count`, if it has one, says
            how many of its items failed), `WorkerDiedError` for one whose worker died
            each time that it was begun. What it raises ends the stage: what has not begun then is left.

        Raises
        ------
        Exception
            Without `failed`, the first error of a job, after every other job has ended; RuntimeError for a job whose
            worker died.
        """
        failures: list[BaseException] = []
        said = failed or (lambda number, error: failures.append(error))
        units = [total // max(1, len(jobs))] * len(jobs) if isinstance(total, int) else total
        stage = Stage(
            title, unit, items or [1] * len(jobs), units, self._workers, found=found, elastic=not self._spec.is_local
        )
        with self._overview.stage(stage):
            if self._spec.is_local and (self._workers == 1 or (len(jobs) <= 1 and self._executor is None)):
                first = () if self._shared is None else (self._shared,)
                _run_here([(job, (*first, *arguments)) for job, arguments in jobs], stage, said, self._listener)
            else:
                self._run_elsewhere(jobs, stage, said)
        for failure in failures:
            if not isinstance(failure, WorkerDiedError):
                raise failure
        if failures:
            raise RuntimeError(
                f"{failures[0]}: what had finished is kept, and the same command continues from there"
            ) from failures[0]

    def _run_elsewhere(
        self, jobs: Sequence[tuple[Job, tuple[Any, ...]]], stage: Stage, failed: Callable[[int, BaseException], None]
    ) -> None:
        first, self._begun = self._begun, self._begun + len(jobs)
        left, deaths = list(range(len(jobs))), Counter[int]()

        def show(number: int, units: int, text: str) -> None:
            if number >= first:  # not of an earlier stage
                stage.reported(number - first, units, text)

        while left:
            # The last time alone, which tells a job from those that died with it.
            last = [i for i in left if deaths[i] == _ATTEMPTS - 1] if self._spec.is_local else []
            chosen = last[:1] or left
            executor, futures, lost = self._started(), dict[Future[Any], int](), dict[int, BaseException]()
            heard = executor if isinstance(executor, LocalProcesses) else self._reader
            if heard is not None:
                heard.show = show
            reports = None if self._reader is None else self._reader.folder
            try:
                with suppress(BrokenExecutor):  # of a worker that dies while jobs are sent
                    for i in chosen:
                        futures[executor.submit(_work, self._payload, reports, first + i, *jobs[i])] = i
                for future in as_completed(futures):
                    error, i = future.exception(), futures[future]
                    if error is None:
                        stage.over(i, *future.result())
                    elif isinstance(error, (BrokenExecutor, WorkerDiedError)):
                        lost[i] = error
                        if self._reader is not None:
                            self._reader.forget(first + i)
                        stage.again(i)
                    else:
                        stage.fail(i, getattr(error, "count", None))
                        failed(i, error)
            finally:
                for future in futures:  # none is left, unless the stage ends early
                    future.cancel()
            unsent = [i for i in chosen if i not in futures.values()]
            at_work = sorted(lost)
            if unsent or any(isinstance(error, BrokenExecutor) for error in lost.values()):
                executor.shutdown(wait=True, cancel_futures=True)
                self._executor = None
                # Jobs are begun in their order, and what had ended was perhaps not heard of: not all were at work.
                at_work = at_work[: 2 * self._workers] or unsent[:1]
            deaths.update(at_work)
            left = sorted({*left} - {*chosen} | {*lost} | {*unsent})
            for i in at_work:
                if deaths[i] == _ATTEMPTS:
                    left.remove(i)
                    stage.fail(i)
                    failed(i, _died(lost.get(i)))

    def _started(self) -> Executor:
        if self._shared is not None and self._payload is None:
            self._payload = self._write(self._shared)
        if self._reader is None and not self._spec.is_local:
            folder = self._folder_of_its_own() / "reports"
            folder.mkdir()
            self._reader = ProgressReader(folder)
        if self._executor is None:
            self._executor = self._spec.executor(self._workers, self._folder, self._listener)
        return self._executor

    def _write(self, shared: Any) -> tuple[Path, str]:
        """Write what jobs share; return the file and its SHA-256, without which no worker reads it."""
        payload = _pickled(shared)
        digest = hashlib.sha256(payload).hexdigest()
        path = self._folder_of_its_own() / f"{digest[:16]}.pkl"
        path.write_bytes(payload)
        return path, digest

    def _folder_of_its_own(self) -> Path:
        """Return a folder that is this user's alone, and is there until the engine ends."""
        if self._own is None:
            above = None if self._folder is None else self._folder / JOBS
            if above is not None:
                above.mkdir(exist_ok=True)
            self._own = Path(mkdtemp(prefix="landscape-", dir=above)).resolve()
        return self._own


def _died(error: BaseException | None) -> WorkerDiedError:
    said = WorkerDiedError(
        f"a worker died {_ATTEMPTS} times at the same job (killed for memory, perhaps; fewer workers need less)"
    )
    said.__cause__ = error
    return said


def _run_here(
    jobs: Sequence[tuple[Job, tuple[Any, ...]]],
    stage: Stage,
    failed: Callable[[int, BaseException], None],
    listener: Callable[[Any], None] | None = None,
) -> None:
    for number, (job, arguments) in enumerate(jobs):
        done = 0

        def show(units: int, text: str, number: int = number) -> None:
            nonlocal done
            done += units
            stage.reported(number, done, text)

        report = Report(show, listener)
        report(0, "")
        try:
            job(*arguments, report)
        except Exception as error:  # the other jobs are independent of this one, so they still run
            stage.fail(number, getattr(error, "count", None))
            failed(number, error)
        else:
            stage.over(number, done, report.ended)


def _pickled(shared: Any) -> bytes:
    try:
        return cloudpickle.dumps(shared)
    except Exception as error:  # whatever the user's objects raise
        raise ValueError(
            f"the task or a method cannot be sent to other processes ({type(error).__name__}: {error}): run it with "
            f"workers=1, or write it into a file and give 'file.py:NAME'"
        ) from error


def _work(
    payload: tuple[Path, str] | None, reports: Path | None, number: int, job: Job, arguments: tuple[Any, ...]
) -> tuple[int, dict[str, int], float]:
    """Run a job in a worker; return its units, how what it is of ended, and its seconds."""
    began, done, last = time.monotonic(), 0, -math.inf
    queue, is_heard = progress_queue()
    every = _REPORT_EVERY if reports is None else WRITE_EVERY
    with nullcontext() if reports is None else ProgressFile(reports, number) as file:

        def show(units: int, text: str) -> None:
            nonlocal done, last
            done += units
            if units == 0 or time.monotonic() - last >= every:
                if file is not None:
                    file.write(done, text)
                elif queue is not None:
                    queue.put((number, done, text))
                last = time.monotonic()

        if payload is not None:
            arguments = (_read_shared(*payload), *arguments)
        report = Report(show, (lambda message: queue.put((None, message))) if is_heard else None)
        report(0, "")  # it is at work
        job(*arguments, report)
    return done, dict(report.ended), time.monotonic() - began


@lru_cache(maxsize=1)
def _read_shared(path: Path, digest: str) -> Any:
    pickled = path.read_bytes()
    if hashlib.sha256(pickled).hexdigest() != digest:
        raise RuntimeError(f"'{path}' is not what the study wrote there: run the same command again")
    return with_torchvision(lambda: cloudpickle.loads(pickled))
