"""Run many independent jobs, in this process or in a pool of them, with one progress bar over all.

A job is a pure function of its (picklable) arguments that writes its result to the store, so any engine of the shape of
`concurrent.futures.Executor` can carry it.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from tqdm.auto import tqdm

__all__ = ["Report", "run_jobs"]

# A job calls report(units done since the last call, what to show behind the bar).
Report = Callable[[int, str], None]
Job = Callable[..., None]

_REPORT_EVERY = 0.2  # seconds between two messages of one worker: enough for the eye, nothing for the queue
_queue: Any = None


def run_jobs(
    job: Job, arguments: Sequence[tuple[Any, ...]], *, workers: int, total: int, unit: str, title: str, progress: bool
) -> None:
    """Call ``job(*arguments[i], report)`` for every i.

    Parameters
    ----------
    job : callable
        A module-level function.
    arguments : sequence of tuple
        One tuple of picklable arguments per job.
    workers : int
        Processes; 1 runs everything here.
    total : int
        Units of all jobs together, for the bar.
    unit, title : str
        The bar's unit and title.
    progress : bool
        Show the bar.

    Raises
    ------
    Exception
        The first error of a job, after every other job has ended; RuntimeError if a worker process died, which ends all.
    """
    with tqdm(total=total, unit=unit, desc=title, disable=not progress or not arguments, mininterval=0.5) as bar:
        if workers == 1 or len(arguments) <= 1:
            _run_here(job, arguments, bar)
        else:
            _run_in_pool(job, arguments, min(workers, len(arguments)), bar)


def _show(bar: Any, units: int, text: str) -> None:
    bar.set_postfix_str(text, refresh=False)
    bar.update(units)


def _run_here(job: Job, arguments: Sequence[tuple[Any, ...]], bar: Any) -> None:
    failures: list[Exception] = []
    for each in arguments:
        try:
            job(*each, lambda units, text: _show(bar, units, text))
        except Exception as error:  # the other jobs are independent of this one, so they still run
            failures.append(error)
    if failures:
        raise failures[0]


def _run_in_pool(job: Job, arguments: Sequence[tuple[Any, ...]], workers: int, bar: Any) -> None:
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    listener = threading.Thread(target=_listen, args=(queue, bar), daemon=True)
    listener.start()
    failures: list[BaseException] = []
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_start_worker, initargs=(queue,))
    try:
        futures = [pool.submit(_in_worker, job, each) for each in arguments]
        for future in as_completed(futures):
            if (error := future.exception()) is not None:
                failures.append(error)
    except KeyboardInterrupt:
        # What is running is lost and will be run again; what is finished is on disk.
        pool.shutdown(wait=False, cancel_futures=True)
        for worker in multiprocessing.active_children():
            worker.terminate()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        queue.put(None)
        listener.join(timeout=10)  # a worker that was killed may hold the queue for ever
        queue.close()
    for failure in failures:
        if not isinstance(failure, BrokenProcessPool):
            raise failure
    if failures:
        raise RuntimeError(
            "a worker process died (killed for memory, perhaps): what had finished is kept, and the same command continues "
            "from there; fewer workers need less memory"
        ) from failures[0]


def _listen(queue: Any, bar: Any) -> None:
    while (message := queue.get()) is not None:
        _show(bar, *message)


def _start_worker(queue: Any) -> None:
    global _queue
    _queue = queue
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C reaches the whole group; the parent speaks for all
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    # A worker that outlived a killed study would go on writing into its folder.
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _in_worker(job: Job, arguments: tuple[Any, ...]) -> None:
    pending, last, latest = 0, 0.0, ""

    def report(units: int, text: str) -> None:
        nonlocal pending, last, latest
        pending, latest = pending + units, text
        if time.monotonic() - last >= _REPORT_EVERY:
            _queue.put((pending, text))
            pending, last = 0, time.monotonic()

    try:
        job(*arguments, report)
    finally:
        _queue.put((pending, latest))
