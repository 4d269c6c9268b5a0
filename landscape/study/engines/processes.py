"""Processes of this machine, by loky: lambdas and what a notebook defines go to them, and no script needs a guard."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from loky import ProcessPoolExecutor
from loky.backend import get_context

from landscape._common.random import QUIET
from zenith._common.starting import interrupts_held

__all__ = ["LocalProcesses", "end_silently", "progress_queue", "stop"]

_GRACE = 2.0  # seconds for workers to end by themselves
_LOOK_EVERY = 0.5  # seconds after which a worker notices that its study is gone
_progress: tuple[Any, bool] = None, False


class LocalProcesses(ProcessPoolExecutor):
    """A pool of processes that says what their jobs report, and ends with this one.

    Parameters
    ----------
    workers : int
    listener : callable, optional
        Called, from a thread, with what jobs send.

    Attributes
    ----------
    show : callable or None
        Called, from a thread, as ``show(number, units, text)`` with what a job reports.
    """

    def __init__(self, workers: int, listener: Callable[[Any], None] | None = None) -> None:
        self._heard = listener
        self.show: Callable[[int, int, str], None] | None = None
        self._progress: Any = get_context("loky").Queue()
        # Data and graphs come after loky has taken the size of a worker, and are no leak.
        super().__init__(
            workers,
            initializer=_start_worker,
            initargs=(self._progress, os.getpid(), listener is not None),
            env={"LOKY_MAX_MEMORY_LEAK_SIZE": "1e18"},
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **keywords: Any) -> Future[Any]:
        """Send a call."""
        with interrupts_held():  # of processes that are being started, which would each print a traceback
            return super().submit(function, *arguments, **keywords)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False, kill_workers: bool = False) -> None:
        """End the pool and, with it, the thread that listens to it."""
        super().shutdown(wait=wait, kill_workers=kill_workers)
        if wait:
            self._progress.put(None)
            self._listener.join(timeout=10)  # a worker that was killed may hold the queue for ever
            self._progress.close()
            self._progress.cancel_join_thread()

    def _listen(self) -> None:
        while (message := self._progress.get()) is not None:
            if message[0] is None:
                assert self._heard is not None
                self._heard(message[1])
            elif (show := self.show) is not None:
                show(*message)


def stop(pool: Any) -> None:
    """End the processes of a pool: those that have not ended by themselves in two seconds by a signal."""
    # A run in training is kept after its next step, on the signal that reached the whole group or on this one; a second
    # signal would end it at once.
    processes = list(pool._processes.values())
    pool.shutdown(wait=False, cancel_futures=True)
    end = time.monotonic() + _GRACE
    for process in processes:
        process.join(max(0.0, end - time.monotonic()))
    for process in processes:
        process.terminate()


def end_silently() -> None:
    """Let Ctrl-C, which reaches the whole group of processes, end this one in silence: the parent speaks for all."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def _start_worker(queue: Any, parent: int, is_heard: bool) -> None:
    global _progress
    _progress = queue, is_heard
    end_silently()
    threading.Thread(target=_end_with, args=(parent,), name=f"{QUIET}end with", daemon=True).start()


def _end_with(parent: int) -> None:
    # A worker that outlived a killed study would go on writing into its folder.
    while os.getppid() == parent:
        time.sleep(_LOOK_EVERY)
    os._exit(1)


def progress_queue() -> tuple[Any, bool]:
    """Return, in a worker of this machine, where its jobs report to, and whether somebody listens; else None."""
    return _progress
