"""A study as the explorer shows it, read from its folder again and again while it is being written."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import xarray as xr

from landscape._common.summaries import counted
from landscape.explorer.measuring import How
from landscape.explorer.reading import plane_view, run_view, view_of_tree
from landscape.explorer.view import RunView, View, looks
from landscape.objective.objective import Objective
from landscape.study.measures import ROUTE, START_VECTOR_SEED, objectives
from landscape.study.missing import reasons_of
from landscape.study.store import Study
from zenith import methods, tasks

__all__ = ["StudyReader", "view_of_study"]


def view_of_study(study: Study) -> View:
    """Return the view of a finished study."""
    title, subtitle, protocol = _words(study)
    protocol = "\n".join(each for each in (protocol, reasons_of(study.not_measured)) if each)
    return view_of_tree(study.tree, labels=_labels(study), title=title, subtitle=subtitle, protocol=protocol)


class StudyReader:
    """A study's folder, read again and again while it is being written; every file of it is read once.

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
        """Whether any checkpoint of the study is there."""
        return next(self.path.glob("runs/*/checkpoints/step-*.safetensors"), None) is not None

    def read(self) -> tuple[View, bool]:
        """Return what there is by now, and whether the study is finished."""
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
                f"the weights of run '{run}' after step {step} are not in '{study.run_folder(run) / 'checkpoints'}': only a "
                "study whose runs lie beside it can be measured"
            )
        if self._train is None:
            task = tasks.get(study.spec.task)
            data = task.load(self._data_root)
            if data.fingerprint != study.provenance["data"]["fingerprint"]:
                raise ValueError(
                    f"the data of task '{study.spec.task}' are not those of the study (fingerprint {data.fingerprint[:12]}, "
                    f"study {study.provenance['data']['fingerprint'][:12]}): name their folder with data_root="
                )
            device = torch.device(study.provenance["device"] if torch.cuda.is_available() else "cpu")
            self._train, _ = objectives(task, data, study.spec.measure, device)
        return self._train.at(study.read_checkpoint(run, step))

    def how(self) -> How:
        """How the study measures."""
        spec = self._opened().spec.measure
        alphas = np.linspace(-spec.line_range, spec.line_range, spec.line_points)
        return How(spec.tolerance, spec.max_products, START_VECTOR_SEED, ROUTE, alphas)

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
        label = f"training {tasks.get(spec.task).loss_label}"
        return View(title, subtitle, protocol, label, looks(spec.methods, _labels(study)), tuple(runs), tuple(planes))

    def _run_of(self, method: str, seed: int) -> str | None:
        """Name of the newest whole run of a method and seed."""
        whole = [file.parent for file in self.path.glob(f"runs/{method}-seed{seed}-*/run.json")]
        return max(whole, key=lambda folder: folder.stat().st_mtime).name if whole else None

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
                name, method, seed, record["status"], trace, curvature, {} if marks is None else marks[1]
            )
        return self._views[name, files]

    def _newest(self, kind: str, prefix: str) -> list[Path]:
        found = list((self.path / kind).glob(f"{prefix}*.nc"))
        return [max(found, key=lambda file: file.stat().st_mtime)] if found else []

    def _once(self, file: Any, read: Callable[[], Any]) -> Any:
        """What `read` returns; files are written whole and never changed, so it is called once for each."""
        if file not in self._kept:
            self._kept[file] = read()
        return self._kept[file]


def _plane(seed: int, tree: xr.DataTree) -> Any:
    return plane_view(f"seed{seed}", seed, tree["plane"].to_dataset(), tree["trajectories"].to_dataset())


def _labels(study: Study) -> dict[str, str]:
    return {name: methods.get(name).label for name in study.spec.methods}


def _words(study: Study) -> tuple[str, str, str]:
    """Title, subtitle and protocol."""
    spec, provenance = study.spec, study.provenance
    data, measure = provenance["data"], spec.measure
    subtitle = (
        f"{counted(len(spec.methods), 'method')}, {counted(len(spec.seeds), 'paired seed')}, {provenance['total_steps']} "
        f"steps of batch size {spec.batch_size}; ZENITH's window W = {provenance['window']} steps"
    )
    samples = data["train_samples"] if not measure.samples else min(measure.samples, data["train_samples"])
    protocol = "\n".join(
        (
            f"Data: {data['description']} {data['train_samples']} training samples, fingerprint {data['fingerprint'][:16]}.",
            "Traces: loss and gradient norm of each step's batch; μ is the mean gradient norm of the last W steps, Z its "
            "largest value so far.",
            f"Planes and sharpness: training loss over {samples} samples, eval mode. Top eigenvalues by Lanczos to a residual "
            f"of {measure.tolerance:g} of the value, at most {measure.max_products} products; what did not converge is left out.",
            f"torch {provenance['versions']['torch']}, {provenance['device']}; measure: {json.dumps(spec.as_dict()['measure'])}",
        )
    )
    return spec.name, subtitle, protocol
