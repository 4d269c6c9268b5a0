"""From a spec to a finished store: train, measure what is missing, consolidate."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Mapping
from typing import Any

from landscape._common.spawn import check_spawning
from landscape._common.validation import check_count
from landscape.study.conclusions import too_few_seeds
from landscape.study.consolidate import consolidate
from landscape.study.engine import Engine
from landscape.study.files import write_tree
from landscape.study.jobs import (
    measure_id,
    measure_job,
    plane_id,
    plane_job,
    run_id,
    spectrum_job,
    train_job,
)
from landscape.study.plan import Plan
from landscape.study.store import Study
from zenith import tasks
from zenith.training import checkpoint_steps

__all__ = ["available_workers", "execute"]

_LOG = logging.getLogger(__name__)


def execute(plan: Plan, *, workers: int = 1, progress: bool = True) -> Study:
    """Train and measure what is missing, then gather everything into ``study.nc``.

    Parameters
    ----------
    plan : Plan
        As from `prepare`.
    workers : int
        Processes to train and measure in. The numbers do not depend on it.
    progress : bool
        Show progress bars.

    Returns
    -------
    Study
        With `tree` ready.

    Raises
    ------
    ValueError
        Before any work starts, if the processes cannot be started from here.

    Notes
    -----
    Seeds too few to show any difference, whatever the outcome, are logged as a warning before anything is trained.
    """
    check_spawning(check_count(workers, "workers", 1, "process is needed"))
    study = Study.create(plan.out, plan.spec, plan.provenance)
    with study.locked():
        _remove_leftovers(study)
        _run_what_is_missing(study, plan, workers, progress)
    return Study.open(study.path)


def _run_what_is_missing(study: Study, plan: Plan, workers: int, progress: bool) -> None:
    spec = plan.spec
    runs = {(m, s): run_id(plan, m, s) for m in spec.methods for s in spec.seeds}
    measures = {key: measure_id(plan, name) for key, name in runs.items()}
    planes = {seed: plane_id(plan, seed) for seed in spec.seeds[: spec.measure.plane_seeds]}
    spectra = {key: name for key, name in measures.items() if key[1] in spec.seeds[: spec.measure.spectrum_seeds]}
    untrained = [key for key, name in runs.items() if not study.has_run(name)]
    if untrained and (hopeless := too_few_seeds(len(spec.seeds), len(spec.methods) - 1)):
        _LOG.warning("landscape: %s", hopeless)  # on stderr, unless the caller has logging of its own
    shared = (str(study.path), str(plan.data_root) if plan.data_root else None, plan.device)
    with Engine(min(workers, len(runs)), progress=progress) as engine:
        engine.run(
            [(train_job, (*shared, *key, runs[key])) for key in untrained],
            total=len(untrained) * plan.total_steps, unit="step", title="training",
        )  # fmt: skip
        _check_paired(study, runs)
        unmeasured = [runs[key] for key, name in measures.items() if not study.has_whole_measure("measures", name)]
        engine.run(
            [(measure_job, (*shared, name)) for name in unmeasured],
            total=len(unmeasured) * len(checkpoint_steps(plan.total_steps, spec.checkpoints)), unit="checkpoint",
            title="measuring",
        )  # fmt: skip
        undrawn = [seed for seed, name in planes.items() if not study.has_whole_measure("planes", name)]
        finished = [key for key in spectra if study.read_run(runs[key])["status"] == "finished"]
        unknown = [runs[key] for key in finished if not study.has_whole_measure("spectra", spectra[key])]
        engine.run(
            [(plane_job, (*shared, seed)) for seed in undrawn] + [(spectrum_job, (*shared, name)) for name in unknown],
            total=len(undrawn) + len(unknown), unit="picture", title="planes and spectra",
        )  # fmt: skip
    tree = consolidate(study, runs, measures, planes, spectra, task=tasks.get(spec.task))
    write_tree(study.path / "study.nc", tree)


def _remove_leftovers(study: Study) -> None:
    """What a killed writer left under a temporary name."""
    for path in [*study.path.glob("runs/.*.tmp"), *study.path.glob("*/.*.tmp"), *study.path.glob(".*.tmp")]:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _check_paired(study: Study, runs: Mapping[tuple[str, int], str]) -> None:
    """Within a seed all runs started from the same weights, and all finished ones saw the same batches."""
    records: dict[int, list[dict[str, Any]]] = {}
    for (_, seed), name in runs.items():
        records.setdefault(seed, []).append(study.read_run(name))
    for seed, group in records.items():
        weights = {record["initial_weights_sha256"] for record in group}
        batches = {record["batch_order_sha256"] for record in group if record["status"] == "finished"}
        if len(weights) > 1 or len(batches) > 1:
            what = "initial weights" if len(weights) > 1 else "batch order"
            raise RuntimeError(
                f"the runs of seed {seed} are not paired, their {what} differ: the comparison would be void"
            )


def available_workers(device: str) -> int:
    """Processes that suit this machine: one per core it may use, one alone on a GPU."""
    if device.startswith("cuda"):
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
