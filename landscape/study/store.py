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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xarray as xr

from landscape._common.checksums import DamagedFileError
from landscape._common.files import check_seal, naming, read_tree, write_stacked
from landscape._common.netcdf import Stacked
from landscape._common.summaries import Summarized, Summary
from landscape.study.failures import FailedRun, failed_in
from landscape.study.integrity import AGAIN, PUT_BACK, check_groups, with_remedy
from landscape.study.missing import Missing, rows_of
from landscape.study.run_files import RunFiles
from landscape.study.shared_store import POINTS
from landscape.study.spec import StudySpec, budget_words
from landscape.study.study_folder import check_free, locked, read_spec, read_study_record, write_study

if TYPE_CHECKING:
    from landscape.stats.paired import PairedComparison
    from landscape.study.analysis import Analysis

__all__ = ["NUMERICS_VERSION", "TUNED", "Report", "Study", "identity", "point_name"]

# Raised whenever the same spec would give numbers that differ by more than rounding, which processors bring as well; it
# is part of every identity, so old results are not mixed in.
NUMERICS_VERSION = 4
TUNED = "tuned"


def identity(determinants: dict[str, Any]) -> str:
    """Return twelve hexadecimal digits that identify `determinants`, which are JSON-able."""
    canonical = json.dumps({**determinants, "numerics": NUMERICS_VERSION}, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:12]


class _OpensPaths(type):
    """Let `Study(path)` open the study in a folder, whatever kind it is."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        if cls is Study and len(args) + len(kwargs) == 1:
            return cls.open(*args, **kwargs)
        return super().__call__(*args, **kwargs)


@dataclass(frozen=True, repr=False)
class Study(RunFiles, Summarized, metaclass=_OpensPaths):
    """A study in its folder; `Study(path)` opens it, as `Study.open` does, which says what a path may be.

    Attributes
    ----------
    path : Path
        The folder.
    spec : StudySpec
        What was asked for.

    Examples
    --------
    The committed results of the default study:

    >>> study = ls.Study("figures/digits")
    >>> study.spec.methods[:2], len(study.spec.seeds)
    (('zenith', 'constant'), 8)
    >>> study.tree["curvature"]["eigenvalue"].sel(optimizer="zenith").isel(step=-1, k=0).sizes["seed"]
    8
    """

    path: Path
    spec: StudySpec = None  # type: ignore[assignment]  # left out where a path is opened

    def __getstate__(self) -> dict[str, Any]:
        """Return what is pickled: the data stay in the folder, where another process finds them."""
        kind = type(self)
        return {k: v for k, v in self.__dict__.items() if not isinstance(getattr(kind, k, None), cached_property)}

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
                *((("training options", list(spec.options.items())),) if spec.options else ()),
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
            whole = folder.parent.parent
            if folder.parent.name == POINTS and (whole / "study.toml").is_file():
                remedy = f"it is part of the study in '{whole}', whose landscape study command makes it again"
            else:
                remedy = f"run landscape study --out '{folder}' first, or name its folder"
            raise FileNotFoundError(f"no study in '{folder}': {remedy}")
        with with_remedy(AGAIN):
            record = read_study_record(folder)
            return cls(folder, read_spec(folder, record))

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
        with locked(folder):  # two that begin at once do not mix: the second finds the study of the first
            yield cls.made(folder, spec, provenance)

    @classmethod
    def made(cls, folder: Path, spec: StudySpec, provenance: dict[str, Any]) -> Study:
        """Create or open the study of `spec` in a folder that nobody else writes to; see `create`."""
        write_study(folder, spec, provenance)
        return cls.open(folder)

    @classmethod
    def check_free(cls, folder: Path, spec: StudySpec, provenance: dict[str, Any]) -> None:
        """Raise the errors of `create` without writing anything."""
        check_free(folder, spec, provenance)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Lock the study against a second process that would run it at the same time.

        Raises
        ------
        StudyBusyError
            If another process holds it.
        """
        with locked(self.path):
            yield

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
            return read_study_record(self.path)["provenance"]

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

    def write_tree(self, tree: xr.DataTree, stacked: Sequence[Stacked] = (), source: str | None = None) -> None:
        """Write ``study.nc`` atomically: a tree, and variables of its groups that are not in memory.

        `source` identifies what it was made of, for `is_gathered_from`.
        """
        about = self._about_tree() | ({} if source is None else {"source": source})
        write_stacked(self.path / "study.nc", tree, about, stacked)

    def is_gathered_from(self, source: str) -> bool:
        """Whether ``study.nc`` is there, undamaged, and made of what `source` identifies."""
        about = self._about_tree() | {"source": source}
        try:
            return check_seal(self.path / "study.nc", about, required=True)
        except (DamagedFileError, FileNotFoundError):
            return False

    def _about_tree(self) -> dict[str, str]:
        spec = self.spec.as_dict() | {"methods": list(self.spec.methods)}
        about = {key: spec.get(key) for key in _NUMBERS}
        about |= {key: spec[key] for key in ("task_settings", "options") if key in spec}  # which older ones lack
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

    def compare(self, method: str, reference: str, level: float = 0.95) -> dict[str, PairedComparison]:
        """Compare one method with one other in every quantity, paired over seeds: `landscape.compare` of this study.

        Examples
        --------
        >>> ls.Study("figures/digits").compare("zenith", "cosine")["lambda_max"].n
        8
        """
        from landscape.study.analysis import compare  # which imports this module

        return compare(self, method, reference, level)

    def to_dataframe(self) -> Any:
        """Return a table with a row for each run and a column for each number that a run has.

        Returns
        -------
        pandas.DataFrame
            Columns "method", "seed", "status", and the quantities of `analysis` by name, such as "lambda_max"; of a
            sweep also the swept keys. Traces are in `tree["traces"]`, which converts itself:
            `study.tree["traces"].to_dataset().to_dataframe()`.

        Raises
        ------
        FileNotFoundError
            If the study has not finished yet.

        Examples
        --------
        >>> table = ls.Study("figures/digits").to_dataframe()
        >>> bool((table.groupby("method")["lambda_max"].count() == 8).all())
        True
        """
        named = [dict(at) for at in self.spec.grid] if self.spec.sweep else [{}]
        tables = [part._numbers().assign(at) for part, at in zip(self.parts, named, strict=True)]
        # Rows in the order of the points, then of the methods and seeds.
        table = xr.concat(tables, "point", coords="minimal", compat="override", join="outer", data_vars="all")
        rows = table.to_dataframe(dim_order=["point", "optimizer", "seed"]).reset_index()
        rows = rows.rename(columns={"optimizer": "method"})
        return rows[[*named[0], "method", "seed", *(n for n in tables[0].data_vars if n not in named[0])]]

    def _numbers(self) -> xr.Dataset:
        """Return the status and the numbers of all runs of a study that is no sweep."""
        status = self.tree["runs"]["status"].drop_attrs()
        numbers = {q.name: q.values.reindex_like(status).drop_attrs() for q in self.analysis.per_run}
        return xr.Dataset({"status": status} | numbers).reset_coords(drop=True)

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


def point_name(at: Mapping[str, Any]) -> str:
    """Return the folder of a point of a sweep."""
    name = ",".join(f"{key}={value}" for key, value in at.items()).replace("/", "_")
    return (
        name if len(name.encode()) <= 200 else f"{name[:100]}...{identity(dict(at))}"
    )  # longer ones no folder can have
