"""Open the explorer on a study, finished or running, or on planes and runs in memory."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import xarray as xr

from landscape._common.files import write_text
from landscape._common.guesses import guessable
from landscape._common.summaries import counted
from landscape._common.validation import check_count
from landscape.explorer.background_measurement import MeasurementOptions
from landscape.explorer.from_memory import Memory
from landscape.explorer.from_study import plane_view, run_view, view_of_tree
from landscape.explorer.inputs import is_run, names_of
from landscape.explorer.merge import merged
from landscape.explorer.page import page
from landscape.explorer.view import RunView, View, legend_entries
from landscape.monitor.record import MonitorRecord, is_record
from landscape.objective.objective import Objective
from landscape.study.lengths import steps_words, window_words
from landscape.study.measure import ROUTE, START_VECTOR_SEED, at_checkpoint, objective_of, statistics_of
from landscape.study.missing import reasons_of
from landscape.study.monitored import MonitoredStudy, record_files, words_of
from landscape.study.references import label_of
from landscape.study.shared_store import is_store, root_of
from landscape.study.sources import check_unchanged, own_parts
from landscape.study.spec_checks import LOOP
from landscape.study.store import POINTS, Study, point_name
from landscape.trajectory.projection import Trajectory
from zenith.methods import METHODS
from zenith.training.options import LoopOptions

if TYPE_CHECKING:
    from landscape.explorer.widget import Explorer

__all__ = ["RecordReader", "SeveralReader", "StudyReader", "explore", "view_of_study", "write_explorer"]


@guessable
def explore(
    what: Any = None,
    *,
    trajectory: Trajectory | None = None,
    runs: Mapping[str, Any] | None = None,
    losses: Mapping[str, Any] | None = None,
    objective: Objective | None = None,
    points: int = 25,
    data_root: str | os.PathLike[str] | None = None,
    follow: bool | None = None,
    title: str | None = None,
) -> Explorer:
    """Open the explorer: a plane with the trajectories on it, traces below, and a slider that goes through the steps.

    Parameters
    ----------
    what : Study, path, list of them, plane Dataset, Run, mapping or list of Runs, optional
        A study or its folder, finished or still running; several in a list, or by names of your own; a sweep, whose
        points are shown together; the file of a `SharpnessMonitor` (NAME.jsonl), a list of such
        files or their folder, likewise; what `landscape.plane` returns; or what `zenith.train` returns, one run or
        several. Nothing, for a run that will be followed.
    trajectory : Trajectory, optional
        With a plane: the checkpoints projected onto it, by `landscape.project`.
    runs : mapping of str to Run, optional
        With a plane: the runs of the trajectory by its names, for their traces. Alone, the same as `what`.
    losses : mapping of str to array or Dataset, optional
        With a plane: the checkpoints' own losses, as `landscape.trajectory.checkpoint_losses` returns them.
    objective : Objective, optional
        With runs: their planes are evaluated with it, `points` times `points` losses each, and so is every checkpoint.
        With runs or a plane: what is measured at a checkpoint that is clicked on.
    points : int
        Side of the grid of those planes.
    data_root : path, optional
        With a study: where its dataset lies, for measurements; digits needs none.
    follow : bool, optional
        With a study or a file: look at it every second and show what is new, by default until it is finished. With True
        a folder that holds no study yet, or a file that is not there yet, is waited for.
    title : str, optional
        Above the view.

    Returns
    -------
    Explorer
        A widget; the last line of a cell shows it.

    Raises
    ------
    ValueError, FileNotFoundError
        If it is none of these, does not fit together, or there is no study.
    ModuleNotFoundError
        If anywidget is missing.

    Notes
    -----
    A study's planes, and those made here, hold the first two principal components of one seed's checkpoints. What is
    measured by a click is measured as the study measured it: same data, tolerance and starting vector.

    Examples
    --------
    A study, running or finished:

    >>> ls.explore("studies/digits")  # doctest: +SKIP
    >>> ls.explore(["studies/digits", "studies/mnist"])  # doctest: +SKIP

    Two runs of one seed, trained in this notebook, while they are trained:

    >>> explorer = ls.explore(objective=loss)  # doctest: +SKIP
    >>> display(explorer)  # doctest: +SKIP
    >>> for method in ("zenith", "cosine"):  # doctest: +SKIP
    ...     train("digits", method, on_progress=explorer.follow(method))

    A plane of your own:

    >>> import torch
    >>> import landscape as ls
    >>> model = torch.nn.Linear(3, 2)
    >>> loss = ls.Objective(model, torch.nn.CrossEntropyLoss(), (torch.randn(8, 3), torch.randint(2, (8,))))
    >>> path = [{name: p * (1 - i / 5) for name, p in loss.parameters.items()} for i in range(6)]
    >>> trajectory = ls.project({"shrunk": path})
    >>> plane = ls.plane(loss.at(trajectory.origin), trajectory.directions, [-1, 0, 1])
    >>> explorer = ls.explore(plane, trajectory=trajectory)
    >>> explorer.plane, explorer.step
    ('plane', 5)
    """
    from landscape.explorer.widget import Explorer

    points = check_count(points, "points", 2, "points make the side of a plane's grid")
    if what is None and trajectory is None and runs is not None:
        what, runs = runs, None
    studies = _studies_of(what)
    if studies is not None:
        _refuse("several studies", trajectory=trajectory, runs=runs, losses=losses, objective=objective)
        return _together(SeveralReader(studies, data_root, title), follow)
    paths = _records_of(what)
    if isinstance(what, (Study, str, os.PathLike)) or paths:
        _refuse("a study", trajectory=trajectory, runs=runs, losses=losses, objective=objective)
        if paths:
            return _followed(RecordReader(what, title), follow)
        reader = StudyReader(what.path if isinstance(what, Study) else Path(what), data_root, title)
        if not follow:
            reader.check()
        view, finished = reader.read()
        tree = f"tree = ls.Study.open({str(reader.path)!r}).tree"
        if not finished:
            tree = f"tree = ls.explore({str(reader.path)!r}).tree  # not finished yet"
        explorer = Explorer(
            view,
            at=reader.objective_at if follow or not finished or reader.has_weights() else None,
            options=reader.measurement_options,
            tree=tree,
            read=reader.read,
        )
        if (not finished and follow is None) or follow:
            explorer.follow()
        return explorer
    _refuse("what is in memory", data_root=data_root, follow=follow)
    memory = Memory(title or "", objective, points)
    if isinstance(what, xr.Dataset):
        memory.add_plane(what, trajectory, runs or {}, losses or {})
    else:
        _refuse("runs", trajectory=trajectory, runs=runs, losses=losses)
        memory.add_runs(_runs(what))
    measurable = objective is not None and (bool(memory.weights) or what is None)
    return Explorer(memory.view, at=memory.at if measurable else None, memory=memory)


def write_explorer(study: Study | Path, path: str | os.PathLike[str] | None = None) -> Path:
    """Write a study's explorer as one HTML file that needs neither Python nor a network.

    Parameters
    ----------
    study : Study or Path
        Finished, or as far as it is; or the file of a `SharpnessMonitor`, or a folder of such files.
    path : path, optional
        ``explorer.html`` in the study's folder by default; next to the file, under its name.

    Returns
    -------
    Path
    """
    reader: StudyReader | RecordReader | SeveralReader
    paths = _records_of(study)
    swept = _studies_of(study)
    if swept is not None:
        reader = SeveralReader(swept)
        target = next(iter(swept.values())) / "explorer.html"
    elif paths:
        reader = RecordReader(study)
        target = paths[0].with_suffix(".html") if len(paths) == 1 else paths[0].with_name("explorer.html")
        reader.check()
    else:
        reader = StudyReader(study.path if isinstance(study, Study) else study)
        target = reader.path / "explorer.html"
    target = Path(path) if path is not None else target
    view, _ = reader.read()
    write_text(target, page(view))
    return target


def view_of_study(study: Study) -> View:
    """Return the view of a finished study."""
    title, subtitle, protocol = _words(study)
    protocol = "\n".join(each for each in (protocol, reasons_of(study.not_measured)) if each)
    view = view_of_tree(study.tree, labels=_labels(study), title=title, subtitle=subtitle, protocol=protocol)
    return replace(view, data=study.provenance["data"]["fingerprint"])


def _records_of(what: Any) -> tuple[Path, ...]:
    """Return the files of SharpnessMonitors that are meant, there or not; none if it is something else."""
    if isinstance(what, MonitoredStudy):
        return what.files
    if isinstance(what, (list, tuple)):
        listed = what if what and all(isinstance(each, (str, os.PathLike)) for each in what) else ()
        return tuple(file for each in listed for file in _records_of(each) or (Path(each),))
    if not isinstance(what, (str, os.PathLike)):
        return ()
    path = Path(what)
    if path.suffix == ".jsonl":
        return (path,)
    if not path.is_dir() or (path / "study.toml").exists():
        return ()
    return tuple(record_files(path))


def _studies_of(what: Any) -> dict[str, Path] | None:
    """Return the folders of several studies, or of one that is a sweep, by name; None if it is something else."""
    if isinstance(what, Mapping):
        named = {str(name): _folder_of(each) for name, each in what.items()}
    elif isinstance(what, (list, tuple)):
        listed = [_folder_of(each) for each in what]
        named = dict(zip(_short(listed), listed, strict=True)) if None not in listed else {}
    else:
        folder = _folder_of(what)
        is_sweep = folder is not None and (folder / "study.json").is_file() and Study.open(folder).spec.sweep
        named = {folder.name: folder} if folder is not None and is_sweep else {}
    folders = {name: folder for name, folder in named.items() if folder is not None}
    if not named or not folders:
        return None
    if len(folders) < len(named):
        wrong = next(name for name, folder in named.items() if folder is None)
        raise ValueError(f"{wrong!r} is no study: explore studies together, or runs together")
    return folders


def _folder_of(what: Any) -> Path | None:
    """Return the folder of a study; None if it is something else."""
    if isinstance(what, Study):
        return None if isinstance(what, MonitoredStudy) else what.path
    if not isinstance(what, (str, os.PathLike)):
        return None
    path = Path(what)
    return path if (path / "study.json").is_file() or (path / "study.toml").is_file() else None


def _short(folders: list[Any]) -> list[str]:
    """Return names of folders: their last parts, as many as tell them apart."""
    resolved = [Path(folder).resolve() for folder in folders if folder is not None]
    if len(set(resolved)) < len(resolved):
        raise ValueError(
            "the same study is given twice: leave it out, or name them, as in explore({'a': ..., 'b': ...})"
        )
    count = 1
    while len({path.parts[-count:] for path in resolved}) < len(resolved):
        count += 1
    return ["/".join(path.parts[-count:]) for path in resolved]


def _together(reader: SeveralReader, follow: bool | None) -> Explorer:
    """Open the explorer on several studies."""
    from landscape.explorer.widget import Explorer

    reader.check()
    view, finished = reader.read()
    explorer = Explorer(
        view,
        at=reader.objective_at if follow or not finished or reader.has_weights() else None,
        options=reader.measurement_options,
        tree="",
        read=reader.read,
    )
    if (not finished and follow is None) or follow:
        explorer.follow()
    return explorer


def _followed(reader: RecordReader, follow: bool | None) -> Explorer:
    """Open the explorer on the files of monitors."""
    from landscape.explorer.widget import Explorer

    if not follow:
        reader.check()
    view, finished = reader.read()
    given = [str(path) for path in reader.paths]
    explorer = Explorer(
        view, tree=f"tree = ls.Study.open({(given[0] if len(given) == 1 else given)!r}).tree", read=reader.read
    )
    if (not finished and follow is None) or follow:
        explorer.follow()
    return explorer


class RecordReader:
    """Read the files of SharpnessMonitors repeatedly while they are being written.

    Parameters
    ----------
    what : path, list of path or MonitoredStudy
        Files, there or not, or a folder, of which new files are seen as well.
    title : str, optional
        Instead of the records' names.
    """

    def __init__(self, what: Any, title: str | None = None) -> None:
        self._what, self._title = what, title
        self._sizes: list[tuple[Path, int]] = []
        self._last = View(), False

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files, as far as they are known."""
        return _records_of(self._what)

    def check(self) -> None:
        """Raise the errors of `MonitorRecord.open`."""
        for path in self.paths:
            if not path.is_file():
                raise FileNotFoundError(
                    f"there is no '{path}': name the file that a SharpnessMonitor was given as path=, or pass "
                    "follow=True to wait for it"
                )
            MonitorRecord.open(path)

    def read(self) -> tuple[View, bool]:
        """Return the view of what has been written so far, and whether all trainings have ended."""
        sizes = [(path, path.stat().st_size if path.is_file() else 0) for path in self.paths]
        if sizes == self._sizes:
            return self._last
        begun = [path for path, size in sizes if size and is_record(path)]
        if begun:
            study = MonitoredStudy(begun)
            self._last = self._view(study), len(begun) == len(sizes) and _ended(study)
        else:
            self._last = View(title=self._title or f"waiting for '{sizes[0][0]}'"), False
        self._sizes = sizes
        return self._last

    def _view(self, study: MonitoredStudy) -> View:
        records = list(study.records.values())
        named = f"training {records[0].name!r}" if len(records) == 1 else counted(len(records), "monitored training")
        every = sorted({int(record.start["every"]) for record in records})
        products = sum(m.products for record in records for m in record.measurements)
        status = ", ".join(dict.fromkeys(record.status for record in records))
        tree = study.tree
        traces = tree["traces"].to_dataset()
        # As in studies: Z, which starts at 0, is not known before the first window is full.
        known = traces["mean_gradient_norm"].notnull()
        tree = xr.DataTree.from_dict({**tree.to_dict(), "/traces": traces.assign(zenith=traces["zenith"].where(known))})
        return view_of_tree(
            tree,
            title=self._title or named,
            subtitle=f"{status}; measured every {' or '.join(map(str, every))} steps",
            protocol="\n".join(
                [
                    *dict.fromkeys(f"Sharpness: {words_of(record.start)}." for record in records),
                    f"In all {counted(products, 'Hessian-vector product')}.",
                    *filter(None, [reasons_of(study.not_measured)]),
                ]
            ),
        )


def _ended(study: MonitoredStudy) -> bool:
    return all(record.status != "running" for record in study.records.values())


class StudyReader:
    """Read a study's folder repeatedly while it is being written; each file is read once.

    Parameters
    ----------
    path : path
        The folder.
    data_root : path, optional
        Where its dataset lies.
    title : str, optional
        Instead of the study's name.
    """

    def __init__(self, path: Path, data_root: str | os.PathLike[str] | None = None, title: str | None = None) -> None:
        self.path, self._title = path, title
        self._data_root = None if data_root is None else Path(data_root)
        self._study: Study | None = None
        self._kept: dict[Any, Any] = {}
        self._views: dict[tuple[str, tuple[Path, ...]], RunView] = {}
        self._train: Objective | None = None

    def check(self) -> None:
        """Raise the errors of `Study.open`."""
        self._opened()

    def has_weights(self) -> bool:
        """Whether any checkpoint of the study exists."""
        return next(self._place().glob("runs/*/checkpoints/step-*.safetensors"), None) is not None

    def read(self) -> tuple[View, bool]:
        """Return the view of what has been written so far, and whether the study is finished."""
        if self._study is None and not (self.path / "study.json").is_file():
            return View(title=self._title or f"waiting for a study in '{self.path}'"), False
        study = self._opened()
        finished = (self.path / "study.nc").is_file()
        view = view_of_study(Study.open(self.path)) if finished else self._partial(study)
        return (view if self._title is None else replace(view, title=self._title)), finished

    def objective_at(self, run: str, step: int) -> Objective:
        """The study's training loss at a checkpoint.

        Raises
        ------
        ValueError, FileNotFoundError
            If its weights, or the data, are not there.
        """
        study = self._opened()
        if step not in study.checkpoint_steps(run):
            raise ValueError(
                f"the weights of run '{run}' after step {step} are not in '{study.run_folder(run) / 'checkpoints'}': "
                "only a study whose runs lie next to it can be measured"
            )
        if self._train is None:
            task = study.spec.loaded_task
            check_unchanged(
                study.provenance.get("own", {}),
                own_parts(study.spec),
                "the study was run",
                "its checkpoints cannot be measured with it",
            )
            data = task.load(self._data_root)
            if data.fingerprint != study.provenance["data"]["fingerprint"]:
                raise ValueError(
                    f"the data of task '{task.name}' are not those of the study (fingerprint {data.fingerprint[:12]}, "
                    f"study {study.provenance['data']['fingerprint'][:12]}): name their folder with data_root="
                )
            device = study.provenance["device"] if torch.cuda.is_available() else "cpu"
            measure = study.spec.measure
            self._train = objective_of(task, data.train, measure.samples, device, statistics_of(measure, data.train))
        return at_checkpoint(self._train, study.read_checkpoint(run, step))

    def measurement_options(self, _run: str) -> MeasurementOptions:
        """The settings that the study measures with, whatever run it is."""
        spec = self._opened().spec.measure
        alphas = np.linspace(-spec.line_range, spec.line_range, spec.line_points)
        return MeasurementOptions(spec.tolerance, spec.max_products, START_VECTOR_SEED, ROUTE, alphas)

    def _place(self) -> Path:
        """Return the folder with the runs: that of the study, or the store that it shares with others."""
        root = root_of(self.path)
        return root if is_store(root) else self.path

    def _opened(self) -> Study:
        if self._study is None:
            self._study = Study.open(self.path)
        return self._study

    def _partial(self, study: Study) -> View:
        spec = study.spec
        planes, marks = [], {}
        for seed in spec.seeds:
            for file in self._newest("planes", f"seed{seed}-"):
                tree = self._once(file, lambda file=file: study.read_measure("planes", file.stem))  # type: ignore[misc]
                if "trajectories" not in tree:  # there was no plane to be had
                    continue
                marks[seed] = (file, {f"seed{seed}": tree["trajectories"].to_dataset()})
                planes.append(self._once((file, "view"), lambda tree=tree, seed=seed: _plane(seed, tree)))  # type: ignore[misc]
        runs = []
        for method in spec.methods:
            for seed in spec.seeds:
                name = self._run_of(method, seed)
                if name is not None:
                    runs.append(self._run_view(study, name, method, seed, marks.get(seed)))
        title, subtitle, protocol = _words(study)
        label = f"training {_loss_label(study)}"
        return View(
            title,
            subtitle,
            protocol,
            label,
            legend_entries(spec.methods, _labels(study)),
            tuple(runs),
            tuple(planes),
            data=study.provenance["data"]["fingerprint"],
        )

    def _run_of(self, method: str, seed: int) -> str | None:
        """Name of the newest complete run of a method and seed; of a tuned study that of the first comparison."""
        study, place = self._opened(), self._place()
        finished = [file.parent for file in place.glob(f"runs/{method}-seed{seed}-*/run.json")]
        if place != self.path:  # in which other studies have runs as well
            finished = [folder for folder in finished if _is_of(study.read_run(folder.name), study, method)]
        finished.sort(key=lambda folder: folder.stat().st_mtime_ns)
        # Nothing is trained at tuned settings before all runs of the first comparison are there.
        first = self._opened().spec.tuning is not None
        return finished[0 if first else -1].name if finished else None

    def _run_view(
        self, study: Study, name: str, method: str, seed: int, marks: tuple[Path, dict[str, xr.Dataset]] | None
    ) -> RunView:
        measures = self._newest("measures", f"{name}-")
        # The same view object for as long as nothing new is known of the run, which is how changes are found.
        files = (*measures, *([] if marks is None else [marks[0]]))
        if (name, files) not in self._views:
            record = study.read_run(name)
            trace = self._once(
                study.run_folder(name) / "trace.nc", lambda: study.read_trace(name)["steps"].to_dataset()
            )
            curvature = None
            if measures:
                (file,) = measures
                curvature = self._once(
                    file, lambda: study.read_measure("measures", file.stem)["curvature"].to_dataset()
                )
            self._views[name, files] = run_view(
                name,
                method,
                seed,
                record["status"],
                trace,
                curvature,
                {} if marks is None else marks[1],
                settings=record.get("settings"),
                start=record.get("initial_weights_sha256", ""),
            )
        return self._views[name, files]

    def _newest(self, kind: str, prefix: str) -> list[Path]:
        found = list((self._place() / kind).glob(f"{prefix}*.nc"))
        return [max(found, key=lambda file: file.stat().st_mtime)] if found else []

    def _once(self, file: Any, read: Callable[[], Any]) -> Any:
        """Return the result of `read`, called once per file: files are written atomically and never changed."""
        if file not in self._kept:
            self._kept[file] = read()
        return self._kept[file]


class SeveralReader:
    """Read the folders of several studies repeatedly, the points of a sweep each as one.

    Parameters
    ----------
    folders : mapping of str to path
        By the name that their runs are told apart by.
    data_root : path, optional
    title : str, optional
        Instead of the studies' names.
    """

    def __init__(
        self, folders: Mapping[str, Path], data_root: str | os.PathLike[str] | None = None, title: str | None = None
    ) -> None:
        self._title = title or ""
        self._readers: dict[str, StudyReader] = {}
        self._at: dict[str, Mapping[str, Any]] = {}
        for name, folder in folders.items():
            spec = Study.open(folder).spec
            if not spec.sweep:
                self._readers[name] = StudyReader(folder, data_root)
                continue
            self._title = self._title or (spec.name if len(folders) == 1 else "")
            for at in spec.grid:
                point = point_name(at) if len(folders) == 1 else f"{name}/{point_name(at)}"
                self._readers[point] = StudyReader(folder / POINTS / point_name(at), data_root)
                self._at[point] = at if len(folders) == 1 else {"study": name, **at}

    def check(self) -> None:
        """Raise the errors of `Study.open` where there is none of them yet."""
        if not any((reader.path / "study.json").is_file() for reader in self._readers.values()):
            next(iter(self._readers.values())).check()

    def has_weights(self) -> bool:
        """Whether any checkpoint of one of the studies exists."""
        return any(reader.has_weights() for reader in self._readers.values())

    def objective_at(self, run: str, step: int) -> Objective:
        """The training loss of a run's own study at a checkpoint, as `StudyReader.objective_at` gives it."""
        reader, own = self._of(run)
        return reader.objective_at(own, step)

    def measurement_options(self, run: str) -> MeasurementOptions:
        """The settings that a run's own study measures with."""
        reader, own = self._of(run)
        return reader.measurement_options(own)

    def _of(self, run: str) -> tuple[StudyReader, str]:
        """Return the reader of a run's study, and the name that the run has there."""
        name, _, own = run.rpartition("/")
        return self._readers[name], own

    def read(self) -> tuple[View, bool]:
        """Return the view of what has been written so far, and whether all are finished."""
        read = {name: reader.read() for name, reader in self._readers.items()}
        view = merged({name: each for name, (each, _) in read.items()}, self._at, self._title)
        return view, all(finished for _, finished in read.values())


def _is_of(record: Mapping[str, Any], study: Study, method: str) -> bool:
    """Whether a run of a shared store may be one of a study, by what its record says."""
    spec = study.spec
    same = record.get("task") == spec.task_name and record.get("batch_size") == spec.batch_size
    steps = study.provenance.get("total_steps", record["total_steps"])
    shares = method in METHODS and METHODS[method].shares_lr
    own = ({"lr": spec.learning_rate} if shares else {}) | spec.settings.get(method, {})
    options = {name: value for name, value in record.get("options", {}).items() if name in LOOP}
    same = same and options == LoopOptions.of(spec.options).changed()
    return same and record["total_steps"] == steps and own.items() <= record["settings"].items()


def _plane(seed: int, tree: xr.DataTree) -> Any:
    return plane_view(f"seed{seed}", seed, tree["plane"].to_dataset(), tree["trajectories"].to_dataset())


def _loss_label(study: Study) -> str:
    known = study.provenance.get("loss_label")
    if known is not None:
        return str(known)
    return study.spec.loaded_task.loss_label  # of a store that an older version began


def _labels(study: Study) -> dict[str, str]:
    return {name: label_of(name) for name in study.spec.methods}


def _words(study: Study) -> tuple[str, str, str]:
    """Title, subtitle and measurement protocol of a study, as text."""
    spec, provenance = study.spec, study.provenance
    data, measure = provenance["data"], spec.measure
    subtitle = (
        f"{counted(len(spec.methods), 'method')}, {counted(len(spec.seeds), 'paired seed')}, "
        f"{steps_words(study)} of batch size {spec.batch_size}; ZENITH's window W = {window_words(study)}"
    )
    samples = data["train_samples"] if not measure.samples else min(measure.samples, data["train_samples"])
    protocol = "\n".join(
        (
            f"Data: {data['description']} {data['train_samples']} training samples, fingerprint "
            f"{data['fingerprint'][:16]}.",
            "Traces: loss and gradient norm of each step's batch; μ is the mean gradient norm of the last W steps, Z "
            "its largest value so far.",
            f"Planes and sharpness: training loss over {samples} samples, eval mode. Top eigenvalues by Lanczos to a "
            f"residual of {measure.tolerance:g} of the value, at most {measure.max_products} products; what did not "
            "converge is left out.",
            f"torch {provenance['versions']['torch']}, {provenance['device']}; measure: "
            f"{json.dumps(spec.as_dict()['measure'])}",
        )
    )
    return spec.name, subtitle, protocol


def _runs(what: Any) -> dict[str, Any]:
    """Return runs by name from a run, a mapping or a list of runs."""
    if what is None:
        return {}
    if is_run(what):
        return names_of([what])
    if isinstance(what, Mapping) and what:
        return dict(what)
    if isinstance(what, Iterable) and not isinstance(what, (xr.DataArray, xr.DataTree)):
        listed = list(what)
        if listed and all(is_run(run) for run in listed):
            return names_of(listed)
    raise ValueError(
        f"there is nothing to explore in a {type(what).__name__}: give a study or its folder, a plane, or runs of "
        f"zenith.train"
    )


def _refuse(what: str, **given: Any) -> None:
    for name, value in given.items():
        if value is not None:
            raise ValueError(f"{name}= does not go with {what}: leave it out")
