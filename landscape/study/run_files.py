"""The files of a study's runs, and of what was measured on them: each carries its checksum and says what it is of."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from landscape._common.checksums import DamagedFileError, read_seal
from landscape._common.files import (
    check_seal,
    naming,
    read_record,
    read_tensors,
    read_tree,
    temporary_name,
    write_record,
    write_tensors,
    write_tree,
)
from landscape._common.netcdf import has_group
from landscape.curvature.stability_threshold import StabilityThreshold
from landscape.study.integrity import (
    AGAIN,
    MISSING,
    check_groups,
    check_run_record,
    environments_in_order,
    set_aside,
    with_remedy,
)
from landscape.study.missing import GROUP, rows_of
from landscape.study.shared_store import MissingStoreError, has_checksums, home_of, is_store, root_of
from landscape.study.study_folder import SCHEMA_VERSION, read_study_record
from zenith._common.environment import ENVIRONMENT, environment
from zenith._common.names import check_file_name
from zenith.training.trace import STEP_FIELDS, describe_epoch_field
from zenith.training.train import Run, State

__all__ = ["RunFiles"]

STABILITY = "stability"
"""Folder of a run with the stability thresholds of an adaptive method."""


class RunFiles:
    """The files of runs and measures, by their names, for the study of a folder: in it, or in a store that it shares.

    Attributes
    ----------
    path : Path
        The study's folder.
    """

    path: Path

    @property
    def home(self) -> Path:
        """The folder of the whole study: of a point of a sweep, and of the study at tuned settings, that above."""
        return home_of(self.path)

    @cached_property
    def root(self) -> Path:
        """The folder with the runs and measures: that of the whole study, or the store that it shares with others."""
        return root_of(self.path)

    @cached_property
    def has_checksums(self) -> bool:
        """Whether all files of the store have checksums; those of older versions may have none."""
        with with_remedy(AGAIN):
            return has_checksums(self.root) if is_store(self.root) else "checksums" in read_study_record(self.home)

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

    def stamp(self, kind: str, name: str) -> list[list[int] | None]:
        """Return size and time (ns) of the files of a run (`kind` is ``runs``) or of a measure; None for a lost one."""
        folder = self.run_folder(name) if kind == "runs" else None
        files = [self._measure(kind, name)] if folder is None else [folder / "run.json", folder / "trace.nc"]
        stats = [file.stat() if file.is_file() else None for file in files]
        return [None if each is None else [each.st_size, each.st_mtime_ns] for each in stats]

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

    def write_measure(
        self,
        kind: str,
        name: str,
        tree: xr.DataTree,
        here: Mapping[str, str] | None = None,
        before: Iterable[Mapping[str, str]] = (),
    ) -> None:
        """Write one result atomically, measured `here`; parts of it perhaps `before`, in other environments."""
        measured_in = environments_in_order((*before, here or environment()))
        write_tree(self._measure(kind, name), tree, {"kind": kind, "name": name} | measured_in)

    def read_measure(self, kind: str, name: str) -> xr.DataTree:
        """Read one result."""
        return self._read_part(self._measure(kind, name), kind, name)

    def measured_with(self, kind: str, name: str) -> dict[str, str]:
        """Return what a result was measured with: versions, processor and GPU, as of `environments_in_order`."""
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


def _run_record(run: Run) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA_VERSION,
        "task": run.task,
        **({"task_options": run.task_options} if run.task_options else {}),
        "method": run.method,
        "seed": run.seed,
        "settings": run.settings,
        **({"options": run.options} if run.options else {}),
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
