"""Keep the curvature at the checkpoints of a run in measuring, and that at initial weights for other runs."""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Callable, Iterator, MutableMapping
from pathlib import Path

import xarray as xr

from landscape._common.checksums import DamagedFileError, read_seal
from landscape._common.files import read_tree, write_tree
from landscape.study.integrity import check_groups, set_aside
from landscape.study.log import Numbers, curvature_rows
from landscape.study.plan import Plan, installed_version
from landscape.study.sources import task_identity
from landscape.study.store import Study, identity
from zenith._common.environment import environment
from zenith._common.identity import tensor_bytes
from zenith.training.train import State

__all__ = ["KeptSteps", "initial_id"]

_WRITE_EVERY = 2.0  # seconds of measuring that a kill may lose: small studies write nothing in between


def initial_id(plan: Plan, weights: State) -> str:
    """Return the name of the curvature at initial weights, which all runs of a seed have in common."""
    digest = hashlib.sha256()
    for name, tensor in weights.items():
        digest.update(f"{name}:{tensor.dtype}:{tuple(tensor.shape)}".encode())
        digest.update(tensor_bytes(tensor))
    measure = plan.measure
    determinants = {
        "weights": digest.hexdigest(),
        "task": task_identity(plan.spec),
        "data": plan.data.fingerprint,
        "measure": [measure.samples, measure.eigenvalues, measure.tolerance, measure.max_products],
        **({"batchnorm": measure.batchnorm_samples} if measure.batchnorm == "recomputed" else {}),
        **({"compiled": True} if measure.compiled else {}),
        "threads": plan.spec.threads,
        "device": plan.device.split(":")[0],
        "torch": installed_version("torch"),
    }
    return f"initial-{identity(determinants)}"


class KeptSteps(MutableMapping[int, xr.Dataset]):
    """Datasets by step, each in a file of a folder; those of the last two seconds may not be written yet.

    That of step 0 stays in a file that other runs read, if its name is given. What is damaged is set aside.

    Parameters
    ----------
    study : Study
    name : str
        Of the measurements that they are for.
    initial : str or None
        As of `initial_id`.
    run : str
        What is measured.
    send : callable, optional
        Takes the numbers for a tracker.
    device : str
        On which they are measured.

    Attributes
    ----------
    environments : list of dict
        In which the steps were measured that were read here, as of `zenith._common.environment`.
    """

    def __init__(
        self,
        study: Study,
        name: str,
        initial: str | None,
        run: str,
        send: Callable[[Numbers], None] | None,
        device: str = "cpu",
    ) -> None:
        measures = study.root / "measures"
        self._study, self._folder = study, measures / f".{name}.unfinished"
        self._initial = None if initial is None else measures / f".{initial}.nc"
        self._new, self._written = dict[int, xr.Dataset](), time.monotonic()
        self._run, self._send, self._here = run, send, environment(device)
        self.environments: list[dict[str, str]] = []

    def __getitem__(self, step: int) -> xr.Dataset:
        file = self._file(step)
        if not file.is_file():
            raise KeyError(step)
        try:
            tree = read_tree(file, _about(file, step), required=self._study.has_checksums)
            check_groups(tree, file, "kept")
            self.environments.append(read_seal(file) or {})
        except (DamagedFileError, FileNotFoundError) as error:
            set_aside(self._study.root, file, error)
            raise KeyError(step) from error
        data = tree.to_dataset().drop_encoding()
        if step == 0 and self._send is not None:  # as another run found it; what is sent twice is logged once
            self._send(Numbers(self._run, curvature_rows(data)))
        return data

    def __setitem__(self, step: int, data: xr.Dataset) -> None:
        self._new[step] = data
        if self._send is not None:
            self._send(Numbers(self._run, curvature_rows(data)))
        if step == 0 and self._initial is not None:
            self._write(step, self._new.pop(step))
        if time.monotonic() - self._written >= _WRITE_EVERY:
            self.write()

    def write(self) -> None:
        """Write what is not written yet."""
        for step, data in self._new.items():
            self._write(step, data)
        self._new, self._written = {}, time.monotonic()

    def _write(self, step: int, data: xr.Dataset) -> None:
        file = self._file(step)
        write_tree(file, xr.DataTree(data), _about(file, step) | self._here)

    def __delitem__(self, step: int) -> None:
        self._file(step).unlink()

    def __iter__(self) -> Iterator[int]:
        return (int(file.stem) for file in sorted(self._folder.glob("*.nc")) if file.stem.isdecimal())

    def __len__(self) -> int:
        return len(list(self._folder.glob("*.nc")))

    def clear(self) -> None:
        """Remove what the finished run needs no more."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _file(self, step: int) -> Path:
        shared = self._initial if step == 0 else None
        return self._folder / f"{step:08d}.nc" if shared is None else shared


def _about(file: Path, step: int) -> dict[str, str]:
    """Return what a file says of itself; one of another run is not read."""
    name = file.stem if step == 0 and file.stem.startswith(".") else file.parent.name
    return {"kind": "curvature at a step", "name": name, "step": str(step)}
