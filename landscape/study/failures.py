"""Runs and measurements that fail: recorded with reason and traceback, so that one failure does not end a study.

A run diverges by its method, which is a result; a run that fails (an error of the user's code, no memory, a worker that
was killed) is missing data. Nothing is known of it, the same command tries it again, and no other run is tried again.
"""

from __future__ import annotations

import errno
import json
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import xarray as xr

from landscape._common.checksums import DamagedFileError
from landscape._common.errors import is_out_of_memory
from landscape._common.files import CannotWriteError, naming, read_record, write_record, write_text
from landscape._common.summaries import counted
from landscape.study.engines.spec import WorkerDiedError
from landscape.study.missing import REASONS, reason_of

if TYPE_CHECKING:
    from landscape.study.store import Study

__all__ = [
    "FAILED",
    "FOLDER",
    "FailedRun",
    "Failures",
    "Item",
    "JobFailedError",
    "ends_the_study",
    "failed_in",
    "failed_words",
    "failure_of",
    "first_of_each",
    "recorded",
    "remove_empty",
    "sentence_of",
    "summary_of_failed",
]

FOLDER = "failed"
"""In the store: one record and one traceback for each run or measurement that failed, and was not done since."""
FAILED = "failed"
"""The status of a run that failed."""
ALIKE = 3
"""So many failures in the same way, with no success, are an error of the program."""
_OF_THE_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO)
_MARK = "landscape: "


class JobFailedError(RuntimeError):
    """A job failed, which is recorded.

    Parameters
    ----------
    reason : str
        In one line.
    kind : str
        Name of the error's class; "" where a worker died.
    memory : bool
        Whether memory ran out, which fewer workers or another machine may mend.
    count : int
        Runs that it concerns.
    """

    def __init__(self, reason: str, kind: str = "", memory: bool = False, count: int = 1) -> None:
        super().__init__(reason, kind, memory, count)
        self.reason, self.kind, self.memory, self.count = reason, kind, memory, count
        self.original: BaseException = self  # what the user's code raised, in its process

    def __reduce__(self) -> tuple[Any, ...]:
        return JobFailedError, (self.reason, self.kind, self.memory, self.count)

    def __str__(self) -> str:
        return self.reason


class Item(NamedTuple):
    """What a job makes, for the record of its failure.

    Attributes
    ----------
    kind, name : str
        Folder of the store, and the name there.
    what : str
        In words, such as "zenith seed 0".
    group : str
        Things that are made alike: the method of a run.
    about : mapping
        Goes into the record.
    """

    kind: str
    name: str
    what: str
    group: str
    about: Mapping[str, Any] = {}


@dataclass(frozen=True)
class FailedRun:
    """A run that failed.

    Attributes
    ----------
    optimizer : str
        The method.
    seed : int
    reason : str
        In a sentence.
    run : str
        Its name; ``failed/runs/<name>.txt`` in the store has the traceback.
    settings : str
        Of a trial of the tuning, its settings; "" for a run of the study.
    """

    optimizer: str
    seed: int
    reason: str
    run: str
    settings: str = ""

    def __str__(self) -> str:
        trial = f" in the trial {self.settings}" if self.settings else ""
        return f"{self.optimizer} seed {self.seed}{trial} failed: {self.reason}"


# In the store ---------------------------------------------------------------------------------------------------------


def _files(study: Study, kind: str, name: str) -> tuple[Path, Path]:
    folder = study.root / FOLDER / kind
    return folder / f"{name}.json", folder / f"{name}.txt"


def failure_of(study: Study, kind: str, name: str) -> dict[str, Any] | None:
    """Return the record of a failure; None if there is none that can be read."""
    with suppress(FileNotFoundError, DamagedFileError):
        return read_record(_files(study, kind, name)[0])
    return None


def note(study: Study, item: Item, reason: str, text: str = "") -> None:
    """Record a failure: its reason, and the traceback for the user."""
    record, trace = _files(study, item.kind, item.name)
    if text:
        write_text(trace, text)
    else:
        with naming(trace):
            trace.unlink(missing_ok=True)
    write_record(record, {"of": item.name, "what": item.what, "status": FAILED, "reason": reason, **item.about})


def forget(study: Study, item: Item) -> None:
    """Remove the record of a failure, as of what is done by now."""
    for file in _files(study, item.kind, item.name):
        with suppress(OSError):
            file.unlink(missing_ok=True)


def remove_empty(study: Study) -> None:
    """Remove the folders of failures if none is left."""
    folder = study.root / FOLDER
    for each in (*folder.glob("*"), folder):
        with suppress(OSError):  # not empty
            each.rmdir()


# In a job -------------------------------------------------------------------------------------------------------------


@contextmanager
def recorded(study: Study, item: Item) -> Iterator[None]:
    """Record what fails in the block, and raise `JobFailedError` then; forget former failures where it does not.

    A disk that is full, a damaged file and Ctrl-C are no failures of a run: they end the study, as ever.
    """
    try:
        yield
    except Exception as error:
        if ends_the_study(error, study):
            raise
        failed = failed_job(error)
        note(study, item, failed.reason, "".join(traceback.format_exception(error)))
        failed.original = error
        raise failed from error
    forget(study, item)


def failed_job(error: Exception) -> JobFailedError:
    """Return the failure of a job by an error."""
    memory = isinstance(error, MemoryError) or is_out_of_memory(error)
    known = memory or isinstance(error, REASONS)
    reason = reason_of(error) if known else f"{type(error).__name__}: {reason_of(error)}"
    return JobFailedError(reason.removesuffix("."), type(error).__name__, memory)


def ends_the_study(error: BaseException, study: Study) -> bool:
    """Whether an error is none of a run: one of the disk that the study is on, or of a damaged file."""
    if isinstance(error, (CannotWriteError, DamagedFileError)):
        return True
    if not isinstance(error, OSError):
        return False
    named = Path(str(error.filename)).absolute() if error.filename is not None else None
    ours = named is not None and any(folder.absolute() in named.parents for folder in (study.root, study.path))
    return error.errno in _OF_THE_DISK or ours


# In the process that gives jobs out -----------------------------------------------------------------------------------


@dataclass
class Failures:
    """What fails in one stage of a study's jobs; called with the number of each job that fails, and the error.

    Failures are recorded and the stage goes on, unless it is the program that fails: `ALIKE` failures in the same way
    (the same error, the same words) of one group, of which nothing is done. Memory and dead workers do not count here.

    Attributes
    ----------
    study : Study
        With the store.
    jobs : sequence of sequences of Item
        What each job makes.
    is_done : callable
        Whether something is there by now, by its name.
    groups : mapping of str to sequence of str
        Names of all that is made alike, with what was done before.
    died : list of int
        Numbers of the jobs whose workers died.
    """

    study: Study
    jobs: Sequence[Sequence[Item]]
    is_done: Callable[[str], bool]
    groups: Mapping[str, Sequence[str]]
    died: list[int] = field(default_factory=list)
    _alike: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    _first: dict[str, JobFailedError] = field(default_factory=dict)
    _others: list[BaseException] = field(default_factory=list)

    def __call__(self, number: int, error: BaseException) -> None:
        """Take note of a failure."""
        items = self.jobs[number]
        if isinstance(error, WorkerDiedError):
            self.died.append(number)
            for item in items:
                note(self.study, item, str(error))
            failed = JobFailedError(str(error), memory=True, count=len(items))
        elif isinstance(error, JobFailedError):
            failed = error
        else:
            self._others.append(error)
            return
        group = items[0].group
        self._first.setdefault(group, failed)
        if failed.memory:
            return
        self._alike[group, failed.kind, failed.reason] += failed.count
        if self._alike[group, failed.kind, failed.reason] >= ALIKE and not self._any_done(group):
            self._end(group, failed)

    def check(self, *, all_fail: bool = True) -> None:
        """Raise what ends the study: an error that is no failure, and the failure of all of a group."""
        if self._others:
            raise self._others[0]
        for group, error in self._first.items() if all_fail else ():
            if not self._any_done(group):
                self._end(group, error)

    def _any_done(self, group: str) -> bool:
        return any(self.is_done(name) for name in self.groups[group])

    def _end(self, group: str, error: JobFailedError) -> None:
        """Raise the error of a failure, with what is to be done as a note."""
        kind = next(item.kind for items in self.jobs for item in items if item.group == group)
        folder = self.study.root / FOLDER / kind
        written = any(folder.glob("*.txt")) if folder.is_dir() else False
        traces = f" (tracebacks in '{folder}')" if written else ""
        what = f"no run of '{group}' could be trained" if kind == "runs" else "nothing could be measured on any run"
        sentence = (
            f"{what}, every one that was tried failed{traces}: {error}; correct that and run the same command again, "
            f"finished runs are kept"
        )
        error.original.add_note(f"{_MARK}{sentence}")
        raise error.original


def sentence_of(error: BaseException) -> str | None:
    """Return the sentence on a study that its jobs' errors ended; None for other errors."""
    notes = [text for text in getattr(error, "__notes__", ()) if text.startswith(_MARK)]
    return notes[-1].removeprefix(_MARK) if notes else None


# In a finished study --------------------------------------------------------------------------------------------------


def failed_in(tree: xr.DataTree) -> Iterator[FailedRun]:
    """Yield the runs and trials of a gathered study that failed."""
    runs = tree["runs"].to_dataset()
    if "failed_because" in runs:
        stacked = runs[["status", "failed_because", "run_id"]].stack(run=("optimizer", "seed"))
        for i in range(stacked.sizes["run"]):
            row = stacked.isel(run=i)
            if str(row["status"].values) == FAILED:
                yield FailedRun(
                    str(row["optimizer"].values),
                    int(row["seed"]),
                    str(row["failed_because"].values),
                    str(row["run_id"].values),
                )
    trials = tree["tuning"].to_dataset() if "tuning" in tree else xr.Dataset()
    if "failed_because" in trials:
        for own in (
            trials.sel(optimizer=name, trial=trial) for name in trials["optimizer"] for trial in trials["trial"]
        ):
            for seed in own["trial_seed"].values:
                reason = str(own["failed_because"].sel(trial_seed=seed).values)
                if reason:
                    settings = json.loads(str(own["settings"].values))
                    said = ", ".join(f"{key} = {value:g}" for key, value in settings.items()) or "of untuned settings"
                    run = str(own["run_id"].sel(trial_seed=seed).values)
                    yield FailedRun(str(own["optimizer"].values), int(seed), reason, run, said)


def first_of_each(failed: Sequence[FailedRun]) -> str:
    """Return the failed runs in words, equal reasons once."""
    of_reason: dict[str, list[str]] = {}
    for each in failed:
        of_reason.setdefault(each.reason, []).append(str(each).removesuffix(f" failed: {each.reason}"))
    return "; ".join(f"{', '.join(names)} ({reason})" for reason, names in of_reason.items())


def summary_of_failed(failed: Sequence[FailedRun]) -> str:
    """Return the number of runs that failed, and the first with its reason."""
    first = f"{str(failed[0]).removesuffix('.')}"
    return f"1 run failed: {first}" if len(failed) == 1 else f"{len(failed)} runs failed, the first: {first}"


def failed_words(tree: xr.DataTree, seed: int | None = None) -> str:
    """Return a sentence for captions on the runs that failed, of one seed or of all; "" if none did."""
    runs = [each for each in failed_in(tree) if not each.settings and seed in (None, each.seed)]
    if not runs:
        return ""
    names = ", ".join(f"{each.optimizer} seed {each.seed}" for each in runs)
    are = "is" if len(runs) == 1 else "are"
    return f"{counted(len(runs), 'run')} failed and {are} missing: {names}."
