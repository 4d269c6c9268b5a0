"""Jobs of a Slurm cluster as an executor, by submitit."""

from __future__ import annotations

import getpass
import math
import queue
import subprocess
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import TYPE_CHECKING, Any

from landscape.study.engines.spec import JOBS

if TYPE_CHECKING:
    from landscape.study.engines.spec import EngineSpec

__all__ = ["SlurmExecutor"]

_POLL_EVERY = 0.5  # seconds between two looks at the results' files
_ASK_EVERY = 10.0  # seconds between two questions to Slurm
Call = tuple[Callable[..., Any], tuple[Any, ...]]


class SlurmExecutor(Executor):
    """Send calls to Slurm as job arrays.

    Parameters
    ----------
    spec : EngineSpec
        What each job needs; ``options["cluster"] = "local"`` runs them on this machine without Slurm.
    workers : int
        Jobs that run at once, at most.
    folder : Path
        Seen by all machines; submitit's files and the jobs' output go into ``.jobs`` there.
    """

    def __init__(self, spec: EngineSpec, workers: int, folder: Path | None) -> None:
        import submitit

        options = dict(spec.options)
        cluster = options.pop("cluster", "slurm")
        self._is_slurm = cluster == "slurm"
        self._executor = submitit.AutoExecutor(
            (Path.cwd() if folder is None else folder.resolve()) / JOBS, cluster=cluster
        )
        asked = {
            "name": "landscape",
            "cpus_per_task": spec.cpus,
            "gpus_per_node": int(spec.gpus) or None,
            "mem_gb": spec.memory,
            "timeout_min": None if spec.minutes is None else math.ceil(spec.minutes),
            "slurm_array_parallelism": workers,
        }
        self._executor.update_parameters(**{key: value for key, value in asked.items() if value is not None} | options)
        self._per_job = spec.runs_per_job
        self._given: queue.SimpleQueue[tuple[Future[Any], Call]] = queue.SimpleQueue()
        self._running: list[tuple[Any, list[Future[Any]]]] = []
        self._asked, self._missing = time.monotonic(), set[str]()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **keywords: Any) -> Future[Any]:
        """Send a call with the next job array."""
        if keywords:
            raise TypeError("a job takes arguments by position")
        future: Future[Any] = Future()
        self._given.put((future, (function, arguments)))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Wait for the jobs, or cancel them."""
        if not cancel_futures and wait:
            while self._running or not self._given.empty():
                self._end.wait(_POLL_EVERY)
        self._end.set()
        self._thread.join()
        for job, futures in self._running:
            job.cancel(check=False)
            for future in futures:
                future.cancel()

    def _serve(self) -> None:
        while not self._end.is_set():
            self._send()
            gone = self._gone()
            for job, futures in list(self._running):
                if job.paths.result_pickle.exists():
                    _settle(job, futures)
                elif job.job_id in gone or (not self._is_slurm and job.done()):
                    _died(job, futures)
                else:
                    continue
                self._running.remove((job, futures))
            self._end.wait(_POLL_EVERY)

    def _gone(self) -> set[str]:
        """Return jobs that were twice not in Slurm's queue, which every cluster has; not all keep accounts."""
        if not self._is_slurm or not self._running or time.monotonic() - self._asked < _ASK_EVERY:
            return set()
        self._asked = time.monotonic()
        command = ["squeue", "--noheader", "--array", "--format=%i", f"--user={getpass.getuser()}"]
        try:
            queued = set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())
        except (OSError, subprocess.CalledProcessError):  # busy: asked again
            return set()
        missing = {job.job_id for job, _ in self._running} - queued
        gone, self._missing = missing & self._missing, missing
        return gone

    def _send(self) -> None:
        new: list[tuple[Future[Any], Call]] = []
        while not self._given.empty():
            new.append(self._given.get())
        groups = [new[i : i + self._per_job] for i in range(0, len(new), self._per_job)]
        if not groups:
            return
        try:
            with self._executor.batch():
                jobs = [self._executor.submit(_Calls([call for _, call in group])) for group in groups]
            jobs = [getattr(job, "_job", None) or job for job in jobs]
        except Exception as error:  # as of sbatch, for an option that the cluster refuses
            for future, _ in new:
                future.set_exception(RuntimeError(f"Slurm takes no job: {error}"))
            return
        self._running += [(job, [future for future, _ in group]) for job, group in zip(jobs, groups, strict=True)]


def _settle(job: Any, futures: list[Future[Any]]) -> None:
    try:
        outcomes = job.result()
    except Exception as error:  # of what could not be run as it was sent, or a result that cannot be read
        lines = [line for line in str(error).splitlines() if line.strip(" -")]
        said = RuntimeError(f"Slurm job {job.job_id} failed: {lines[-3] if len(lines) > 3 else error}")
        for future in futures:
            future.set_exception(said)
        return
    for future, (succeeded, outcome) in zip(futures, outcomes, strict=True):
        (future.set_result if succeeded else future.set_exception)(outcome)


def _died(job: Any, futures: list[Future[Any]]) -> None:
    from landscape.study.engines.spec import WorkerDiedError

    printed = (job.stderr() or "").strip().splitlines()
    said = WorkerDiedError(f"Slurm job {job.job_id} ended without a result: {printed[-1] if printed else 'killed'}")
    for future in futures:
        future.set_exception(said)


class _Calls:
    """Calls that one job makes, one after another; begun again where Slurm takes the job back or its time is over."""

    def __init__(self, calls: list[Call]) -> None:
        self._calls = calls

    def __call__(self) -> list[tuple[bool, Any]]:
        outcomes: list[tuple[bool, Any]] = []
        for function, arguments in self._calls:
            try:
                outcomes.append((True, function(*arguments)))
            except Exception as error:  # the others are independent of this one
                outcomes.append((False, error))
        return outcomes

    def checkpoint(self) -> Any:
        """Return what submitit is to submit again: finished runs are found, one in training goes on."""
        from submitit.helpers import DelayedSubmission

        return DelayedSubmission(self)
