"""Store a study in one folder of standard files: TOML, JSON, netCDF and safetensors.

Everything from ``runs/`` to ``spectra/``, ``lengths/``, ``damaged/`` and ``failed/`` is in the study's folder, or in a
store that it shares with others: see `landscape.study.shared_store`.

::

    study.toml                            the resolved spec
    study.json                            schema version, data, versions, device
    lengths/<method>-<hash>.json          steps of a method, where the budget is in seconds or gradient evaluations
    runs/.<run id>.unfinished             of a run in training, which goes on from there
    runs/<run id>/run.json                settings, hashes, status; written last, so a run with it is whole
    runs/<run id>/trace.nc                per-step and per-epoch record
    runs/<run id>/checkpoints/step-*.safetensors
    runs/<run id>/stability/step-*.safetensors    preconditioners of an adaptive method at the checkpoints
    measures/<measure id>.nc              curvature, slices and sharpness of one run
    measures/.<measure id>.unfinished/    of one in measuring: the curvature at its checkpoints so far
    planes/<plane id>.nc                  2-D slices with the trajectories projected on them
    spectra/<measure id>.nc               spectral density at the end point of one run, as quadratures
    study.nc                              everything above but the weights, as one DataTree
    points/<key>=<value>/                 of a sweep: one study each, which shares the runs and measures
    points/tuned/                         the study at the settings that the tuning chose, likewise; of a sweep
                                          in each of its points
    analysis.json, tables/, figures/, report.html, report.md
    damaged/                              what was found to be damaged, set aside under its own path
    failed/                               reasons and tracebacks of runs and measurements that failed

Every file carries its checksum (`landscape._common.checksums`), and says what it is of; both are looked at when it is
read. ``study.json`` has the spec as well, and ``run.json`` the list of its checkpoints. The command ``landscape study``
looks at all files of a study, sets aside what is damaged and computes it again.

A run is named by its method, its seed and a hash of what determines it, so a finished run is found and not run again.
What could not be measured stands in the group ``not_measured`` of a measure's file and of ``study.nc``, with the
reason; the same command tries it again.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from filelock import FileLock, Timeout

from landscape._common.checksums import KEY, DamagedFileError, read_seal
from landscape._common.files import (
    check_seal,
    naming,
    read_record,
    read_tensors,
    read_tree,
    temporary_name,
    write_record,
    write_stacked,
    write_tensors,
    write_toml,
    write_tree,
)
from landscape._common.netcdf import has_group
from landscape._common.summaries import Summarized, Summary
from landscape.curvature.stability_threshold import StabilityThreshold
from landscape.study.failures import FOLDER as FAILURES
from landscape.study.failures import FailedRun, failed_in
from landscape.study.integrity import (
    DAMAGED,
    MISSING,
    check_groups,
    check_run_record,
    environments_in_order,
    set_aside,
    with_remedy,
)
from landscape.study.missing import GROUP, Missing, rows_of
from landscape.study.shared_store import (
    POINTS,
    MissingStoreError,
    check_place,
    has_checksums,
    home_of,
    is_store,
    make_store,
    place_of,
    recorded_store,
    root_of,
)
from landscape.study.sources import check_unchanged
from landscape.study.spec import StudySpec, budget_words, load_spec, spec_from_dict, written_make
from zenith._common.environment import ENVIRONMENT, environment
from zenith._common.names import check_file_name
from zenith.training.trace import STEP_FIELDS, describe_epoch_field
from zenith.training.train import Run, State

if TYPE_CHECKING:
    from landscape.study.analysis import Analysis

__all__ = ["NUMERICS_VERSION", "SCHEMA_VERSION", "Report", "Study", "StudyBusyError", "identity"]

# 1: the dimension optimizer was called method.
SCHEMA_VERSION = 2
# Raised whenever the same spec would give numbers that differ by more than rounding, which processors bring as well; it
# is part of every identity, so old results are not mixed in.
NUMERICS_VERSION = 4
LOCK = ".lock"
STABILITY = "stability"
"""Folder of a run with the stability thresholds of an adaptive method."""
TUNED = "tuned"
SPEC_COMMENT = "The spec of this study, with every default written out."
AGAIN = "run the same landscape study command again, which sets it aside and computes it again"
"""The remedy for whatever of a store can be computed."""
_STORED = {
    *("runs", "measures", "planes", "spectra", POINTS, DAMAGED, "study.nc", "analysis.json", "tables", "figures"),
    *("report.html", "report.md", "explorer.html", "logs", "lengths", ".locks", ".jobs", FAILURES),
}


class StudyBusyError(ValueError):
    """Another process is running the study."""


def identity(determinants: dict[str, Any]) -> str:
    """Return twelve hexadecimal digits that identify `determinants`, which are JSON-able."""
    canonical = json.dumps({**determinants, "numerics": NUMERICS_VERSION}, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:12]


@dataclass(frozen=True, repr=False)
class Study(Summarized):
    """A study in its folder.

    Attributes
    ----------
    path : Path
        The folder.
    spec : StudySpec
        What was asked for.

    Examples
    --------
    The committed results of the default study:

    >>> study = ls.Study.open("figures/digits")
    >>> study.spec.methods[:2], len(study.spec.seeds)
    (('zenith', 'constant'), 8)
    >>> study.tree["curvature"]["eigenvalue"].sel(optimizer="zenith").isel(step=-1, k=0).sizes["seed"]
    8
    """

    path: Path
    spec: StudySpec = None  # type: ignore[assignment]  # left out only by mistake

    def __post_init__(self) -> None:
        if self.spec is None:
            raise TypeError(
                f"Study({str(self.path)!r}) lacks the study's spec, which is read from its folder: write "
                f"ls.Study.open({str(self.path)!r})"
            )

    def _summary(self) -> Summary:
        spec = self.spec
        measured = (self.path / "study.nc").is_file()
        state = "finished" if measured else "not finished"
        return Summary(
            f"{spec.name!r} in {str(self.path)!r}, {state}",
            ("what", "value"),
            [
                ("task", spec.task_name),
                *((("task settings", list(spec.task_settings.items())),) if spec.task_settings else ()),
                ("methods", spec.methods),
                ("seeds", spec.seeds),
                ("budget", f"{budget_words(spec)}, batches of {spec.batch_size}"),
            ],
            folded={"Spec": spec.as_dict(), "Provenance": self.provenance},
        )

    @classmethod
    def open(cls, path: str | os.PathLike[str] | Iterable[str | os.PathLike[str]]) -> Study:
        """Open the study in a folder, or what SharpnessMonitors recorded.

        Parameters
        ----------
        path : path, or several
            A study's folder. Or the file of a `landscape.SharpnessMonitor`, a folder of such files, or a list of files,
            each of which is a run of one study, as far as it is: see `landscape.study.monitored.MonitoredStudy`.

        Raises
        ------
        FileNotFoundError
            If the folder holds no study.
        ValueError
            If a newer version of this package wrote it, or a file is no record of a SharpnessMonitor.
        """
        from landscape.study.monitored import records_in  # which imports this module

        if not isinstance(path, (str, os.PathLike)):
            monitored = records_in(path)
            assert monitored is not None
            return monitored
        folder = Path(path)
        if not (folder / "study.toml").is_file() or not (folder / "study.json").is_file():
            if not (folder / "study.toml").exists() and (found := records_in(folder)) is not None:
                return found
            raise FileNotFoundError(
                f"no study in '{folder}': run landscape study --out '{folder}' first, or name its folder"
            )
        with with_remedy(AGAIN):
            record = _read_record(folder)
            return cls(folder, _read_spec(folder, record))

    @classmethod
    def create(cls, path: str | Path, spec: StudySpec, provenance: dict[str, Any]) -> Study:
        """Open the study of `spec` in a folder; create the folder if needed.

        A study of fewer seeds or methods that is there grows: its runs are found by their names, and ``study.nc``,
        which lacks the others, is put together anew.

        Raises
        ------
        ValueError
            If the folder holds a different study, the same study on other data, or files that are no study. Nothing is
            touched then. `StudyBusyError` if a study that is to grow is being run.
        """
        folder = Path(path)
        with cls.claimed(folder, spec, provenance) as study:
            return study

    @classmethod
    @contextmanager
    def claimed(cls, folder: Path, spec: StudySpec, provenance: dict[str, Any]) -> Iterator[Study]:
        """Create or open the study of `spec`, and hold its lock meanwhile; see `create`."""
        cls.check_free(folder, spec, provenance)
        with naming(folder):
            folder.mkdir(parents=True, exist_ok=True)
        with _locked(folder):  # two that begin at once do not mix: the second finds the study of the first
            yield cls.made(folder, spec, provenance)

    @classmethod
    def made(cls, folder: Path, spec: StudySpec, provenance: dict[str, Any]) -> Study:
        """Create or open the study of `spec` in a folder that nobody else writes to; see `create`."""
        cls.check_free(folder, spec, provenance)
        held, damaged = _held(folder)
        recorded = recorded_store(folder)
        store = None if home_of(folder) != folder or not (spec.store or recorded) else place_of(spec, folder).resolve()
        for error in damaged:
            if error.path.exists():
                set_aside(folder, error.path, error)
        toml, manifest = folder / "study.toml", folder / "study.json"
        changed = held is None or held.as_dict() != spec.as_dict()
        if held is not None and changed:
            with naming(folder / "study.nc"):
                (folder / "study.nc").unlink(missing_ok=True)
        if store is not None:
            make_store(store)
        if changed or not manifest.is_file() or store != recorded:
            # First, and with the spec: what a kill leaves between the two is completed by the same command.
            record = _read_record(folder) if manifest.is_file() else None
            if record is None:
                record = {"schema_version": SCHEMA_VERSION, "provenance": provenance}
                record |= {"checksums": KEY} if _all_have_checksums(folder) else {}
                record |= {"by_hand": True} if toml.is_file() and not _is_ours(folder, None) else {}
            record["provenance"] |= {"own": provenance.get("own", {})}
            record |= {} if store is None else {"store": str(store)}
            write_record(manifest, record | {"spec": spec.as_dict(folder)})
        if changed or not toml.is_file() or (store != recorded and _is_ours(folder, _read_record(folder))):
            place = {} if store is None else {"store": str(store)}
            write_toml(toml, spec.as_dict(folder) | place, SPEC_COMMENT)
        return cls.open(folder)

    @classmethod
    def check_free(cls, folder: Path, spec: StudySpec, provenance: dict[str, Any]) -> None:
        """Raise the errors of `create` without writing anything."""
        _check_writable(folder)
        check_place(spec, folder)
        if not folder.exists():
            return
        # What a kill in the middle of the first two writes can leave behind is no obstacle.
        names = {entry.name for entry in folder.iterdir()}
        ours = {"study.toml", "study.json", LOCK} | {
            name for name in names if name.startswith(".study.") and name.endswith(".tmp")
        }
        if not {"study.toml", "study.json"} & names:
            if names - ours:
                raise ValueError(f"'{folder}' holds files but no study: name an empty or new folder with --out")
            return
        if not {"study.toml", "study.json"} <= names and not (names - ours) <= _STORED:
            raise ValueError(f"'{folder}' holds files but no whole study: name an empty or new folder with --out")
        held, damaged = _held(folder)
        lost = {error.path.name for error in damaged}
        record = _read_record(folder) if "study.json" in names and "study.json" not in lost else None
        if "study.toml" in lost and "study.toml" in names and not _is_ours(folder, record):
            raise DamagedFileError(damaged[0].path, damaged[0].reason, PUT_BACK)
        if held is None:
            if names - ours:
                raise DamagedFileError(damaged[0].path, damaged[0].reason, PUT_BACK)
            return
        differing = _differences(held.as_dict(), spec.as_dict())
        # A file that somebody wrote by hand is not ours to change.
        grows = _grows(held, spec) and _is_ours(folder, record)
        if differing and not (grows and _has_parts(folder, held)):
            why = ", and cannot grow without its runs/ and measures/" if grows else ""
            raise ValueError(
                f"'{folder}' holds a different study ({'; '.join(differing)}){why}: name another folder with --out, "
                f"or delete it"
            )
        if record is None:
            return
        there = record["provenance"]
        check_unchanged(
            there.get("own", {}),
            provenance.get("own", {}),
            f"the study in '{folder}' was begun",
            "name another folder with --out, or undo the change to continue that study",
        )
        for what, mine, theirs in (
            ("other data (fingerprint ", provenance["data"]["fingerprint"][:12], there["data"]["fingerprint"][:12]),
            ("another device (", provenance["device"].split(":")[0], there["device"].split(":")[0]),
            ("another torch (", provenance["versions"]["torch"], there["versions"]["torch"]),
        ):
            if mine != theirs:
                raise ValueError(
                    f"'{folder}' holds this study on {what}{theirs}, now {mine}), and runs of both must not be mixed: "
                    "name another folder with --out"
                )

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Lock the study against a second process that would run it at the same time.

        Raises
        ------
        StudyBusyError
            If another process holds it.
        """
        with _locked(self.path):
            yield

    @property
    def home(self) -> Path:
        """The folder of the whole study: of a point of a sweep, and of the study at tuned settings, that above."""
        return home_of(self.path)

    @cached_property
    def root(self) -> Path:
        """The folder with the runs and measures: that of the whole study, or the store that it shares with others."""
        return root_of(self.path)

    @cached_property
    def points(self) -> dict[Any, Study]:
        """The studies of a sweep, by the swept value, or a tuple of the values where several keys are swept.

        Raises
        ------
        ValueError
            If nothing is swept.
        FileNotFoundError
            If the study has not finished yet.
        """
        if not self.spec.sweep:
            raise ValueError(f"the study in '{self.path}' sweeps nothing: give a list in the place of a number")
        found = {}
        for at in self.spec.grid:
            values = tuple(at.values())
            found[values if len(values) > 1 else values[0]] = Study.open(self.path / POINTS / point_name(at))
        return found

    @property
    def parts(self) -> tuple[Study, ...]:
        """The points of a sweep, or else this study alone."""
        return tuple(self.points.values()) if self.spec.sweep else (self,)

    @cached_property
    def tuned(self) -> Study:
        """The study in which each method has the settings that the tuning chose.

        Raises
        ------
        ValueError
            If nothing was tuned.
        FileNotFoundError
            If the study has not finished yet.
        """
        if self.spec.tuning is None:
            raise ValueError(f"the study in '{self.path}' tunes nothing: add [tuning] to its spec, and run it again")
        if self.spec.sweep:
            raise ValueError(
                f"the study in '{self.path}' sweeps {', '.join(self.spec.sweep)}, and is tuned at each point: "
                f"study.points[...].tuned"
            )
        return Study.open(self.path / POINTS / TUNED)

    @property
    def is_tuned(self) -> bool:
        """Whether this is the study `tuned` of another one, in which no lines, planes and spectra are measured."""
        return self.path.name == TUNED and self.home != self.path

    @property
    def provenance(self) -> dict[str, Any]:
        """Data, versions and device recorded when the study was made."""
        with with_remedy(AGAIN):
            return _read_record(self.path)["provenance"]

    @cached_property
    def has_checksums(self) -> bool:
        """Whether all files of the store have checksums; those of older versions may have none."""
        with with_remedy(AGAIN):
            return has_checksums(self.root) if is_store(self.root) else "checksums" in _read_record(self.home)

    @cached_property
    def tree(self) -> xr.DataTree:
        """All measurements, with dimensions optimizer, seed, step, epoch, checkpoint, k, alpha, beta.

        Raises
        ------
        FileNotFoundError
            If the study has not finished yet.
        """
        path = self.path / "study.nc"
        if not path.is_file():
            raise FileNotFoundError(
                f"the study in '{self.path}' is not finished: run landscape study again to continue it"
            )
        whole = (self.root / "runs").is_dir()
        with with_remedy(AGAIN if whole else PUT_BACK):
            tree = read_tree(path, self._about_tree(), required=self.has_checksums, lazy=True)
            check_groups(tree, path, "study")
        return tree

    def write_tree(self, tree: xr.DataTree, **stacked: Any) -> None:
        """Write ``study.nc`` atomically, and the group that keywords of `write_stacked` describe."""
        if stacked:
            write_stacked(self.path / "study.nc", tree, self._about_tree(), **stacked)
        else:
            write_tree(self.path / "study.nc", tree, self._about_tree())

    def _about_tree(self) -> dict[str, str]:
        spec = self.spec.as_dict() | {"methods": list(self.spec.methods)}
        about = {key: spec.get(key) for key in _NUMBERS}
        about |= {"task_settings": spec["task_settings"]} if "task_settings" in spec else {}  # those of older studies
        return {"kind": "study", "spec": identity(about)}

    @cached_property
    def analysis(self) -> Analysis:
        """The analysis: quantities, comparisons, correlations and conclusions; computed on first access.

        Raises
        ------
        FileNotFoundError
            If the study has not finished yet.
        """
        from landscape.study.analysis import analyse  # which imports this module

        if self.spec.sweep:
            raise ValueError(
                f"the study in '{self.path}' sweeps {', '.join(self.spec.sweep)}, and has an analysis for each point: "
                f"study.points[...].analysis"
            )
        return analyse(self)

    def report(self) -> Report:
        """Return the report, which prints as text and shows as Markdown in a notebook.

        It is written, with figures and tables, if it is not there; nothing is trained or measured.

        Raises
        ------
        FileNotFoundError
            If the study has not finished yet.

        Examples
        --------
        >>> report = ls.Study.open("figures/digits").report()
        >>> report.path.name, str(report).startswith("# digits: does ZENITH find flatter minima")
        ('report.md', True)
        """
        page, text = self.path / "report.html", self.path / "report.md"
        if not text.is_file():
            from landscape.study.report import write_report  # which imports this module

            write_report(self)
        return Report(page if page.is_file() else text, text.read_text(encoding="utf-8"))

    # Runs -------------------------------------------------------------------------------------------------------------

    def run_folder(self, run_id: str) -> Path:
        """Return the folder of a run."""
        check_file_name(run_id, "a run", longest=200)
        return self._in_store("runs") / run_id

    def has_run(self, run_id: str) -> bool:
        """Whether the run is complete."""
        return (self.run_folder(run_id) / "run.json").is_file()

    def write_run(self, run_id: str, run: Run) -> None:
        """Write a run atomically."""
        final = self.run_folder(run_id)
        with naming(final):
            final.parent.mkdir(parents=True, exist_ok=True)
            temporary = final.with_name(temporary_name(run_id))
            temporary.mkdir()
        try:
            for step, state in run.checkpoints.items():
                name = f"step-{step:08d}.safetensors"
                write_tensors(temporary / "checkpoints" / name, state, {"run": run_id, "step": str(step)})
            for step, threshold in run.recorded.items():
                name = f"step-{step:08d}.safetensors"
                StabilityThreshold(**threshold).save(temporary / STABILITY / name, _about_stability(run_id, step))
            write_tree(temporary / "trace.nc", _trace_tree(run), {"kind": "trace", "name": run_id})
            write_record(temporary / "run.json", _run_record(run) | {"run": run_id})
            with naming(final):
                os.replace(temporary, final)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)

    def read_run(self, run_id: str) -> dict[str, Any]:
        """Read ``run.json``.

        Raises
        ------
        DamagedFileError
            If it is not as it was written, like the other files of a run.
        """
        path = self.run_folder(run_id) / "run.json"
        with with_remedy(AGAIN):
            record = read_record(path, required=self.has_checksums)
            check_run_record(record, path, run_id)
        return record

    def read_trace(self, run_id: str) -> xr.DataTree:
        """Read the per-step and per-epoch record, groups ``steps`` and ``epochs``."""
        return self._read_part(self.run_folder(run_id) / "trace.nc", "trace", run_id)

    def checkpoint_steps(self, run_id: str) -> list[int]:
        """Return the steps of the saved checkpoints, ascending; each of them is there, and the last is the end."""
        folder, record = self.run_folder(run_id) / "checkpoints", self.read_run(run_id)
        there = {int(path.stem[5:]) for path in folder.glob("step-*.safetensors") if path.stem[5:].isdecimal()}
        needed = set(record.get("checkpoints", [record["steps_taken"]]))  # older versions have no list
        if lost := sorted(needed - there):
            raise DamagedFileError(folder / f"step-{lost[0]:08d}.safetensors", MISSING, AGAIN)
        return sorted(needed if "checkpoints" in record else there)

    def read_checkpoint(self, run_id: str, step: int) -> State:
        """Read the weights and buffers after `step` steps."""
        path = self.run_folder(run_id) / "checkpoints" / f"step-{step:08d}.safetensors"
        with with_remedy(AGAIN):
            return read_tensors(path, {"run": run_id, "step": str(step)}, required=self.has_checksums)

    def has_sound_run(self, run_id: str) -> bool:
        """Whether the run is complete and undamaged; a damaged one is set aside."""
        folder = self.run_folder(run_id)
        if not folder.exists():
            return False
        try:
            for step in self.checkpoint_steps(run_id):
                self.read_checkpoint(run_id, step)
            for step in self.read_run(run_id).get(STABILITY, ()):
                if self.read_stability(run_id, step) is None:
                    raise DamagedFileError(folder / STABILITY / f"step-{step:08d}.safetensors", MISSING)
            about = {"kind": "trace", "name": run_id}
            if not check_seal(folder / "trace.nc", about, required=self.has_checksums):
                self.read_trace(run_id)
        except (DamagedFileError, FileNotFoundError) as error:
            set_aside(self.root, folder, error)
            return False
        return True

    def read_stability(self, run_id: str, step: int) -> StabilityThreshold | None:
        """Read the stability threshold of an adaptive method's next step, at a learning rate of 1.

        None of other methods, and of runs that an older version trained.
        """
        file = self.run_folder(run_id) / STABILITY / f"step-{step:08d}.safetensors"
        if not file.is_file():
            return None
        with with_remedy(AGAIN):
            try:
                return StabilityThreshold.load(file, _about_stability(run_id, step), required=self.has_checksums)
            except DamagedFileError:
                raise
            except ValueError as error:  # of a file without checksums
                raise DamagedFileError(file, f"it holds no stability threshold: {error}") from error

    # Measures ---------------------------------------------------------------------------------------------------------

    def has_measure(self, kind: str, name: str) -> bool:
        """Whether a result exists; `kind` is ``measures``, ``planes`` or ``spectra``."""
        return self._measure(kind, name).is_file()

    def has_complete_measure(self, kind: str, name: str) -> bool:
        """Whether a complete result exists; an incomplete one is measured again by the same command.

        A damaged one is set aside.
        """
        if not self.has_measure(kind, name):
            return False
        path, about = self._measure(kind, name), {"kind": kind, "name": name}
        try:
            if check_seal(path, about, required=self.has_checksums):  # as it was written: its contents are not needed
                return not has_group(path, GROUP)
            return not list(rows_of(self.read_measure(kind, name)))
        except DamagedFileError as error:
            set_aside(self.root, error.path, error)
            return False

    @property
    def not_measured(self) -> tuple[Missing, ...]:
        """The missing measurements, each with its reason, those of `tuned` too; empty if nothing is missing."""
        rows = ({key: row[key] for key in row.keys() - self.spec.sweep.keys()} for row in rows_of(self.tree))
        own = tuple(Missing(**row) for row in rows)  # type: ignore[arg-type]
        tuned = [each.tuned for each in self.parts] if self.spec.tuning is not None else []
        return tuple(dict.fromkeys((*own, *(each for study in tuned for each in study.not_measured))))

    @cached_property
    def failed_runs(self) -> tuple[FailedRun, ...]:
        """The runs that failed, each with its reason, those of `tuned` and of a tuning's trials too.

        The same command tries them again.
        """
        if self.spec.sweep:
            return tuple(dict.fromkeys(each for study in self.parts for each in study.failed_runs))
        tuned = self.tuned.failed_runs if self.spec.tuning is not None else ()
        return tuple(dict.fromkeys((*failed_in(self.tree), *tuned)))

    def write_measure(self, kind: str, name: str, tree: xr.DataTree, before: Iterable[Mapping[str, str]] = ()) -> None:
        """Write one result atomically; parts of it may have been measured `before`, in other environments."""
        measured_in = environments_in_order((*before, environment()))
        write_tree(self._measure(kind, name), tree, {"kind": kind, "name": name} | measured_in)

    def read_measure(self, kind: str, name: str) -> xr.DataTree:
        """Read one result."""
        return self._read_part(self._measure(kind, name), kind, name)

    def measured_with(self, kind: str, name: str) -> dict[str, str]:
        """Return the versions and the processor that a result was measured with, as of `environments_in_order`."""
        seal = read_seal(self._measure(kind, name)) or {}
        return {key: seal[key] for key in ENVIRONMENT if key in seal}

    def _measure(self, kind: str, name: str) -> Path:
        check_file_name(name, f"a file of {kind}", longest=200)
        return self._in_store(kind) / f"{name}.nc"

    def _in_store(self, kind: str) -> Path:
        if self.root != self.home and not self.root.is_dir():
            raise MissingStoreError(self.home, self.root)
        return self.root / kind

    def _read_part(self, path: Path, kind: str, name: str) -> xr.DataTree:
        with with_remedy(AGAIN):
            tree = read_tree(path, {"kind": kind, "name": name}, required=self.has_checksums)
            check_groups(tree, path, kind)
        return tree


@dataclass(frozen=True, repr=False)
class Report:
    """The report of a study.

    Attributes
    ----------
    path : Path
        Of the page with figures and explorer, for a browser, or of the text where there is no page.
    text : str
        In Markdown.
    """

    path: Path
    text: str

    def __repr__(self) -> str:
        return self.text

    def _repr_markdown_(self) -> str:
        figures = (self.path.parent / "figures").as_posix()
        return self.text.replace("](figures/", f"]({figures}/")


_NUMBERS = (
    *("name", "methods", "seeds", "epochs", "steps", "seconds", "gradients", "batch_size", "learning_rate", "window"),
    "checkpoints",
    *("settings", "sweep", "tuning", "measure"),
)
"""Keys of a spec by which ``study.nc`` is recognised, which moving a folder does not change."""
PUT_BACK = "put back a copy of it, or name another folder with --out"


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    lock = FileLock(folder / LOCK, timeout=0)
    with naming(folder / LOCK):
        try:
            lock.acquire()
        except Timeout as error:
            raise StudyBusyError(
                f"'{folder}' is being run by another process: wait for it, or name another folder with --out"
            ) from error
    try:
        yield
    finally:
        lock.release()


def _read_record(folder: Path) -> dict[str, Any]:
    """Read ``study.json``."""
    path = folder / "study.json"
    record = read_record(path)
    schema = record.get("schema_version")
    if not isinstance(schema, int) or not isinstance(record.get("provenance"), dict):
        raise DamagedFileError(path, "it is no record of a study")
    if schema not in range(1, SCHEMA_VERSION + 1):
        raise ValueError(
            f"the study in '{folder}' has schema version {schema}, this package reads 1 to {SCHEMA_VERSION}: "
            "read it with the version that wrote it, or run it again into another folder"
        )
    return record


def _read_spec(folder: Path, record: Mapping[str, Any] | None) -> StudySpec:
    """Read ``study.toml``, and compare it with the spec that ``study.json`` has."""
    path = folder / "study.toml"
    if not path.is_file():
        raise DamagedFileError(path, "a folder is in its place" if path.exists() else MISSING)
    try:
        spec = load_spec(path, check=False)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise DamagedFileError(path, f"{error}") from error
    if record is not None and "spec" in record:
        there = spec_from_dict(record["spec"], where=str(folder / "study.json"), base=folder.resolve(), check=False)
        if differing := _differences(there.as_dict(), spec.as_dict()):
            raise DamagedFileError(path, f"it is not the spec of study.json: {differing[0]}")
    return spec


def _held(folder: Path) -> tuple[StudySpec | None, list[DamagedFileError]]:
    """Return the spec of the study in a folder, None if there is none, and which of its two files are damaged."""
    damaged: list[DamagedFileError] = []
    record, spec = None, None
    try:
        with with_remedy(AGAIN):
            record = _read_record(folder)
    except DamagedFileError as error:
        if error.reason != MISSING:
            damaged.append(error)
    try:
        spec = _read_spec(folder, record)
    except DamagedFileError as error:
        if error.reason != MISSING or record is not None:
            damaged.insert(0, error)
        if record is not None and "spec" in record:
            spec = spec_from_dict(record["spec"], where=str(folder / "study.json"), base=folder.resolve(), check=False)
    return spec, damaged


def _is_ours(folder: Path, record: Mapping[str, Any] | None) -> bool:
    """Whether ``study.toml`` was written by a study, not by hand."""
    if record is not None and "spec" in record:
        return "by_hand" not in record
    path = folder / "study.toml"
    return not path.exists() or path.is_dir() or SPEC_COMMENT.encode() in path.read_bytes()


def _all_have_checksums(folder: Path) -> bool:
    """Whether no run is of a version without checksums."""
    return all(f'"{KEY}"'.encode() in path.read_bytes() for path in folder.glob("runs/*/run.json"))


def _check_writable(folder: Path) -> None:
    existing = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    if not existing.is_dir():
        raise ValueError(f"'{existing}' is a file: name a folder with --out")
    if not os.access(existing, os.W_OK | os.X_OK):
        raise ValueError(f"'{existing}' is not writable: name another folder with --out")


def _grows(there: StudySpec, here: StudySpec) -> bool:
    """Whether one study is the other with more seeds or methods, or tuned; a run does not depend on the other runs."""
    old, new = there.as_dict(), here.as_dict()
    if there.tuning is None:
        new.pop("tuning", None)
    for each, spec in ((old, there), (new, here)):
        del each["methods"], each["seeds"]
        each["settings"] = {name: spec.settings.get(name, {}) for name in there.methods}
        each["makes"] = {name: written_make(spec, name) for name in there.methods}
    return set(there.seeds) <= set(here.seeds) and set(there.methods) <= set(here.methods) and old == new


def point_name(at: Mapping[str, Any]) -> str:
    """Return the folder of a point of a sweep."""
    name = ",".join(f"{key}={value}" for key, value in at.items()).replace("/", "_")
    return (
        name if len(name.encode()) <= 200 else f"{name[:100]}...{identity(dict(at))}"
    )  # longer ones no folder can have


def _has_parts(folder: Path, spec: StudySpec) -> bool:
    """Whether all parts of ``study.nc`` exist, so that it can be gathered again."""
    root = root_of(folder)

    def has(method: str, seed: int) -> bool:
        run = f"{method}-seed{seed}-*"
        parts = any(root.glob(f"runs/{run}/run.json")) and any(root.glob(f"measures/{run}.nc"))
        return parts or any(root.glob(f"{FAILURES}/*/{run}.json"))

    return not (folder / "study.nc").is_file() or all(
        has(method, seed) for method in spec.methods for seed in spec.seeds
    )


def _differences(there: dict[str, Any], here: dict[str, Any], prefix: str = "") -> list[str]:
    out = []
    for key in sorted(there.keys() | here.keys()):
        old, new = there.get(key), here.get(key)
        if isinstance(old, dict) and isinstance(new, dict):
            out += _differences(old, new, f"{prefix}{key}.")
        elif old != new:
            out.append(f"{prefix}{key} is {old!r} there and {new!r} here")
    return out


def _run_record(run: Run) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA_VERSION,
        "task": run.task,
        **({"task_options": run.task_options} if run.task_options else {}),
        "method": run.method,
        "seed": run.seed,
        "settings": run.settings,
        "epochs": run.epochs,
        "batch_size": run.batch_size,
        "total_steps": run.total_steps,
        "window": run.window,
        "status": run.status,
        "diverged_at": run.diverged_at,
        "initial_weights_sha256": run.initial_weights,
        "batch_order_sha256": run.batch_order,
        "together": run.together,
        "device": run.device,
        **environments_in_order(run.environments),
        "checkpoints": sorted(run.checkpoints),
        STABILITY: sorted(run.recorded),
        "steps_taken": len(run.trace.steps["loss"]),
        "training_seconds": run.trace.steps["seconds"][-1] if run.trace.steps["seconds"] else 0.0,
    }


def _about_stability(run_id: str, step: int) -> dict[str, str]:
    # By other names than a checkpoint's, so that neither is taken for the other.
    return {"kind": STABILITY, "name": run_id, "of step": str(step)}


def _trace_tree(run: Run) -> xr.DataTree:
    steps = xr.Dataset(
        {name: ("step", run.trace.step_array(name), {"description": text}) for name, text in STEP_FIELDS.items()},
        coords={"step": np.arange(len(run.trace.steps["loss"]))},
    )
    epochs = xr.Dataset(
        {
            name: ("epoch", run.trace.epoch_array(name), {"description": describe_epoch_field(name)})
            for name in run.trace.epochs
        },
        coords={
            "epoch": np.arange(len(run.trace.epoch_steps)),
            "steps_taken": ("epoch", np.asarray(run.trace.epoch_steps, dtype=np.int64)),
        },
    )
    return xr.DataTree.from_dict({"/steps": steps, "/epochs": epochs})
