"""Run independent jobs, in this process or in a pool of processes, with one progress bar per stage.

A job is a pure function of its (picklable) arguments that writes its result to the store, so any engine of the shape
of `concurrent.futures.Executor` can carry it. What all jobs share goes to each process once, by cloudpickle, so that it
may hold lambdas and classes of a notebook.
"""

from __future__ import annotations

import itertools
import multiprocessing
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

import cloudpickle
from tqdm.auto import tqdm

from landscape._common.interrupts import uninterrupted
from landscape.objective._torchvision import with_torchvision

__all__ = ["Engine", "Report", "check_spawning", "end_silently", "interrupts_held", "stop"]

Job = Callable[..., None]

_GRACE = 2.0  # seconds for workers to end by themselves
_REPORT_EVERY = 0.2  # seconds between two messages of one worker: enough for the eye, nothing for the queue
_queue: Any = None
_shared: bytes | None = None
_listened = False
_GUARD = re.compile(r"""\b__name__\b.*["']__main__["']|["']__main__["'].*\b__name__\b""")  # in one line


class Report:
    """What a job reports to the process that started it: ``report(units done since the last call, what to show)``.

    Attributes
    ----------
    send : callable or None
        Takes what is picklable to the engine's listener; None if nobody listens.
    """

    def __init__(self, show: Callable[[int, str], None], send: Callable[[Any], None] | None = None) -> None:
        self._show, self.send = show, send

    def __call__(self, units: int, text: str) -> None:
        """Report units of work and what to show behind the bar."""
        self._show(units, text)


class Engine:
    """Run stages of jobs one after another; a context manager, whose processes serve all stages.

    Parameters
    ----------
    workers : int
        Processes; 1 runs everything here. They start with the first stage of more than one job.
    progress : bool
        Show a bar for each stage.
    shared : object, optional
        The first argument of every job.
    listener : callable, optional
        Called with what jobs send, from a thread of its own or the caller's. What a worker sends last may get lost.
    """

    def __init__(
        self, workers: int, *, progress: bool, shared: Any = None, listener: Callable[[Any], None] | None = None
    ) -> None:
        self._workers, self._progress, self._shared, self._heard = workers, progress, shared, listener
        self._pool: ProcessPoolExecutor | None = None
        self._numbers = itertools.count()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._pool is None:
            return
        with uninterrupted():  # what is left takes seconds at most, and half of it would leave semaphores behind
            if kind is not None and issubclass(kind, KeyboardInterrupt):
                # A run in training is kept after its next step, on the signal that reached the whole group or on this
                # one; a second signal would end it at once.
                stop(self._pool)
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._queue.put(None)
            self._listener.join(timeout=10)  # a worker that was killed may hold the queue for ever
            self._queue.close()
            self._queue.cancel_join_thread()

    def run(self, jobs: Sequence[tuple[Job, tuple[Any, ...]]], *, total: int, unit: str, title: str) -> None:
        """Call ``job(*arguments, report)`` for every job, after what they share.

        Parameters
        ----------
        jobs : sequence of (callable, tuple)
            Module-level functions, and the picklable arguments of each.
        total : int
            Units of all jobs together, for the bar.
        unit, title : str
            The bar's unit and title.

        Raises
        ------
        Exception
            The first error of a job, after every other job has ended; RuntimeError if a worker process died, which ends
            all.
        """
        hidden = not self._progress or not jobs
        with tqdm(total=total, unit=unit, desc=title, disable=hidden, mininterval=0.5) as bar:
            if self._workers == 1 or (len(jobs) <= 1 and self._pool is None):
                first = () if self._shared is None else (self._shared,)
                _run_here([(job, (*first, *arguments)) for job, arguments in jobs], bar, self._heard)
            else:
                self._run_in_pool(jobs, bar)

    def _run_in_pool(self, jobs: Sequence[tuple[Job, tuple[Any, ...]]], bar: Any) -> None:
        pool = self._start()
        failures: list[BaseException] = []
        with self._shown_on(bar) as show:
            with interrupts_held():  # of processes that are being started, which would each print a traceback
                futures = [pool.submit(_in_worker, next(self._numbers), job, arguments) for job, arguments in jobs]
            for future in as_completed(futures):
                if (error := future.exception()) is not None:
                    failures.append(error)
                else:
                    show(*future.result())
        for failure in failures:
            if not isinstance(failure, BrokenProcessPool):
                raise failure
        if failures:
            raise RuntimeError(
                "a worker process died (killed for memory, perhaps): what had finished is kept, and the same command "
                "continues from there; fewer workers need less memory"
            ) from failures[0]

    def _start(self) -> ProcessPoolExecutor:
        if self._pool is None:
            context = multiprocessing.get_context("spawn")
            shared = None if self._shared is None else _pickled(self._shared)
            self._queue = context.Queue()
            self._show: Callable[[int, int, str], None] | None = None
            self._listener = threading.Thread(target=self._listen, daemon=True)
            self._listener.start()
            self._pool = ProcessPoolExecutor(
                self._workers,
                mp_context=context,
                initializer=_start_worker,
                initargs=(self._queue, shared, self._heard is not None),
            )
        return self._pool

    def _listen(self) -> None:
        while (message := self._queue.get()) is not None:
            if message[0] is None:
                assert self._heard is not None
                self._heard(message[1])
            elif (show := self._show) is not None:
                show(*message)

    @contextmanager
    def _shown_on(self, bar: Any) -> Iterator[Callable[[int, int, str], None]]:
        """Show the units that each job reports on a progress bar; late messages change nothing."""
        done: dict[int, int] = {}
        lock = threading.Lock()

        def show(number: int, units: int, text: str) -> None:
            with lock:
                if number < first:
                    return  # of an earlier stage
                bar.set_postfix_str(text, refresh=False)
                bar.update(max(0, units - done.get(number, 0)))
                done[number] = max(units, done.get(number, 0))

        first = next(self._numbers)
        self._show = show
        try:
            yield show
        finally:
            self._show = None


def stop(pool: ProcessPoolExecutor) -> None:
    """End the processes of a pool: those that have not ended by themselves in two seconds by a signal."""
    processes = list(pool._processes.values())
    pool.shutdown(wait=False, cancel_futures=True)
    end = time.monotonic() + _GRACE
    for process in processes:
        process.join(max(0.0, end - time.monotonic()))
    for process in processes:
        process.terminate()


def _run_here(
    jobs: Sequence[tuple[Job, tuple[Any, ...]]], bar: Any, listener: Callable[[Any], None] | None = None
) -> None:
    def show(units: int, text: str) -> None:
        bar.set_postfix_str(text, refresh=False)
        bar.update(units)

    report = Report(show, listener)
    failures: list[Exception] = []
    for job, arguments in jobs:
        try:
            job(*arguments, report)
        except Exception as error:  # the other jobs are independent of this one, so they still run
            failures.append(error)
    if failures:
        raise failures[0]


def _pickled(shared: Any) -> bytes:
    try:
        return cloudpickle.dumps(shared)
    except Exception as error:  # whatever the user's objects raise
        raise ValueError(
            f"the task or a method cannot be sent to other processes ({type(error).__name__}: {error}): run it with "
            f"workers=1, or write it into a file and give 'file.py:NAME'"
        ) from error


@contextmanager
def interrupts_held() -> Iterator[None]:
    """Hold Ctrl-C back to the end of the block, and in processes that it starts until they call `end_silently`."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def end_silently() -> None:
    """Let Ctrl-C, which reaches the whole group of processes, end this one in silence: the parent speaks for all."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def _start_worker(queue: Any, shared: bytes | None, listened: bool) -> None:
    global _queue, _shared, _listened
    _queue, _shared, _listened = queue, shared, listened
    end_silently()
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    # A worker that outlived a killed study would go on writing into its folder.
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _in_worker(number: int, job: Job, arguments: tuple[Any, ...]) -> tuple[int, int, str]:
    """Run a job; return its number, its units and its message."""
    done, last, latest = 0, 0.0, ""

    def show(units: int, text: str) -> None:
        nonlocal done, last, latest
        done, latest = done + units, text
        if time.monotonic() - last >= _REPORT_EVERY:
            _queue.put((number, done, text))
            last = time.monotonic()

    if _shared is not None:
        arguments = (_read_shared(_shared), *arguments)
    send = (lambda message: _queue.put((None, message))) if _listened else None
    job(*arguments, Report(show, send))
    return number, done, latest


@lru_cache(maxsize=1)
def _read_shared(pickled: bytes) -> Any:
    return with_torchvision(lambda: cloudpickle.loads(pickled))


def check_spawning(workers: int) -> None:
    """Raise ValueError where spawned processes would do the work of the script that started them all over again.

    They import the main module under another name (Python's documentation of multiprocessing, "Safe importing of main
    module"), so a script has to say what it does as the main module only. A module `__main__` of a package, and what is
    typed in an interactive session, are not imported.
    """
    main = sys.modules["__main__"]
    path = getattr(main, "__file__", None)
    of_package = getattr(getattr(main, "__spec__", None), "name", "").rpartition(".")[2] == "__main__"
    if workers == 1 or path is None or of_package:
        return
    try:
        source = Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:  # spawned processes cannot read it either
        return
    if not _GUARD.search(source):
        raise ValueError(
            f"workers={workers} starts processes that import '{Path(path).name}' again: put what it does under "
            'if __name__ == "__main__":, or use workers=1.'
        )
