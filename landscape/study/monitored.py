"""Open what SharpnessMonitors recorded as a study: one run for each record, as far as it is."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import xarray as xr

from landscape._common.summaries import Summary, counted
from landscape.monitor.record import MonitorRecord, is_record
from landscape.study.gather import fill, stack
from landscape.study.missing import EIGENVALUE, Missing
from landscape.study.store import Report, Study

if TYPE_CHECKING:
    from landscape.study.analysis import Analysis
    from landscape.study.spec import StudySpec

__all__ = ["MonitoredStudy", "record_files", "recorded_settings", "records_in", "tree_of", "words_of"]


class MonitoredStudy(Study):
    """Trainings that a `landscape.SharpnessMonitor` watched, opened as a study; `Study.open` returns it.

    What a monitor records is in its `tree`, `records` and `report`; displays and `landscape.explore` take it as they
    take a study. It has neither weights nor losses on test data, and its runs are no pairs: what needs these says so.

    Parameters
    ----------
    files : sequence of path
        One record each. They are read once: open them again to see what has been added.

    Attributes
    ----------
    files : tuple of Path
    records : dict of str to MonitorRecord
        By the names of the runs.
    path : Path
        The folder of the report.
    """

    files: tuple[Path, ...]
    _named: tuple[tuple[str, MonitorRecord], ...]

    def __init__(self, files: Sequence[Path], folder: Path | None = None) -> None:
        first = files[0]
        more = f"-and-{len(files) - 1}-more" if len(files) > 1 else ""
        place = folder / "sharpness" if folder is not None else first.with_name(f"{first.stem}{more}-sharpness")
        object.__setattr__(self, "files", tuple(files))
        object.__setattr__(self, "path", place)
        object.__setattr__(self, "_named", named([MonitorRecord.open(file) for file in files], files))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MonitoredStudy) and self.files == other.files

    def __hash__(self) -> int:
        return hash(self.files)

    @cached_property
    def records(self) -> dict[str, MonitorRecord]:
        """The records by the names of their runs."""
        return {_run_name(name, record): record for name, record in self._named}

    @cached_property
    def tree(self) -> xr.DataTree:
        """What the records hold, with dimensions optimizer, seed, step, k."""
        return tree_of(self._named)

    @property
    def spec(self) -> StudySpec:
        """Raise ValueError: there is none."""
        self._lacks(_NO_PAIRS, "what was watched is in its records")

    @cached_property
    def analysis(self) -> Analysis:
        """Raise ValueError: there are no pairs of runs to compare."""
        self._lacks(_NO_PAIRS, "its tree has the numbers")

    @property
    def provenance(self) -> dict[str, Any]:
        """What each monitor watched: protocol of the objective, settings of the optimizer."""
        return {name: record.start for name, record in self.records.items()}

    @property
    def not_measured(self) -> tuple[Missing, ...]:
        """The measurements whose top eigenvalue is missing, each with its reason; empty if nothing is missing."""
        return tuple(
            Missing(EIGENVALUE, name, record.seed, m.step, m.message)
            for name, record in self._named
            for m in record.measurements
            if not math.isfinite(m.lambda_max)
        )

    @property
    def points(self) -> dict[Any, Study]:
        """Raise ValueError: nothing is swept."""
        self._lacks("no sweep", "open the records of all settings together, Study.open([...])")

    @property
    def tuned(self) -> Study:
        """Raise ValueError: nothing was tuned."""
        self._lacks("no tuning", "its tree has the numbers")

    def run_folder(self, run_id: str) -> Path:
        """Raise ValueError: there are no weights."""
        self._lacks("no weights", "save them in the training, and measure them with landscape measure")

    def report(self) -> Report:
        """Write the report of what was recorded, with figures and tables, and return it."""
        from landscape.study.monitored_report import write_monitored_report  # which imports this module

        page = write_monitored_report(self)
        return Report(page, (self.path / "report.md").read_text(encoding="utf-8"))

    def _lacks(self, what: str, instead: str) -> NoReturn:
        raise ValueError(
            f"'{self.files[0]}' is the record of a SharpnessMonitor, which has {what}: {instead}, and "
            f"landscape.run_study makes a study with pairs, test data and weights"
        )

    def _summary(self) -> Summary:
        rows = [
            (name, record.status, record.steps_taken, len(record.measurements)) for name, record in self.records.items()
        ]
        return Summary(f"{counted(len(rows), 'monitored training')}", ("run", "status", "steps", "measurements"), rows)


_NO_PAIRS = "no spec, no pairs of runs and no test data, so nothing to compare"


def records_in(what: str | os.PathLike[str] | Iterable[str | os.PathLike[str]]) -> MonitoredStudy | None:
    """Return the monitored study of a record, a folder of records, or several of these; None for a folder of none.

    A folder's records lie in it or in the folders in it.

    Raises
    ------
    FileNotFoundError
        If one of several is not there.
    ValueError
        If a file is no record, or one of several folders holds none.
    """
    if isinstance(what, (str, os.PathLike)):
        path = Path(what)
        if path.is_file():
            return MonitoredStudy([path])
        found = record_files(path)
        return MonitoredStudy(found, path) if found else None
    files: list[Path] = []
    for each in map(Path, what):
        if not each.exists():
            raise FileNotFoundError(
                f"there is no '{each}': name files that a SharpnessMonitor was given as path=, or folders of them"
            )
        found = [each] if each.is_file() else record_files(each)
        if not found or (each / "study.toml").is_file():
            raise ValueError(
                f"'{each}' is no record of a SharpnessMonitor, nor a folder of such: several are opened as one study, "
                "but a study by itself, Study.open(folder)"
            )
        files += [file for file in found if file not in files]
    if not files:
        raise ValueError("there is nothing to open in an empty list: name files that a SharpnessMonitor wrote")
    return MonitoredStudy(files)


def record_files(folder: Path) -> list[Path]:
    """Return the records that lie in a folder or in the folders in it."""
    return [file for file in sorted([*folder.glob("*.jsonl"), *folder.glob("*/*.jsonl")]) if is_record(file)]


def _run_name(name: str, record: MonitorRecord) -> str:
    return f"{name}-seed{record.seed}"


def named(records: Sequence[MonitorRecord], files: Sequence[Path]) -> tuple[tuple[str, MonitorRecord], ...]:
    """Return the records with the names of their trainings, to which files are added where name and seed are equal."""
    keys = [(record.name, record.seed) for record in records]
    above = Path(os.path.commonpath([file.absolute().parent for file in files]))
    names = [
        f"{name} ({file.absolute().relative_to(above).with_suffix('').as_posix()})"
        if keys.count((name, seed)) > 1
        else name
        for file, (name, seed) in zip(files, keys, strict=True)
    ]
    return tuple(zip(names, records, strict=True))


def tree_of(records: Sequence[tuple[str, MonitorRecord]]) -> xr.DataTree:
    """Return records, each with its name, as one tree over the dimensions optimizer and seed, NaN without a run."""
    if len(records) == 1:
        return records[0][1].tree
    seeds = list(dict.fromkeys(record.seed for _, record in records))
    keys = [(name, seed) for name in dict.fromkeys(name for name, _ in records) for seed in seeds]
    trees = {(name, record.seed): record.tree for name, record in records}
    attrs = dict(records[0][1].tree.attrs)
    labels = {str(tree.attrs["loss_label"]) for tree in trees.values()}
    groups: dict[str, xr.Dataset] = {
        "/": xr.Dataset(attrs=attrs | {"loss_label": labels.pop() if len(labels) == 1 else "loss"})
    }
    for group in ("runs", "traces", "curvature"):
        present = {
            key: tree[group].to_dataset().isel(optimizer=0, seed=0, drop=True)
            for key, tree in trees.items()
            if f"/{group}" in tree.groups
        }
        if group == "runs":
            present = {key: data.assign(run_id=f"{key[0]}-seed{key[1]}") for key, data in present.items()}
        if present:
            groups[f"/{group}"] = stack(fill(present, keys))
    return xr.DataTree.from_dict(groups)


def words_of(start: dict[str, Any]) -> str:
    """Return how a training was measured, in a sentence."""
    objective = start["objective"]
    return (
        f"{objective['objective']} over {objective['samples']} samples, eval mode; top eigenvalue by Lanczos to a "
        f"residual of {start['tol']:g} of it, every {start['every']} steps"
    )


def recorded_settings(record: MonitorRecord) -> str:
    """Return all that a monitor recorded of what it watched, as text."""
    return json.dumps({key: value for key, value in record.start.items() if key not in ("event", "schema")})
