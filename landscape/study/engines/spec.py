"""Where a study's jobs run, and what each of them needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from landscape._common.guesses import guessable_class
from landscape.study.limits import is_number, shown

__all__ = ["ENGINES", "JOBS", "EngineSpec", "WorkerDiedError"]

ENGINES = ("processes", "slurm", "ray")
JOBS = ".jobs"
"""Folder of a study for what its jobs on other machines read, report and print."""


class WorkerDiedError(RuntimeError):
    """The worker of a job is gone: killed, out of memory or time, or its machine went away."""


@guessable_class
@dataclass(frozen=True, kw_only=True)
class EngineSpec:
    """Where a study's jobs run, and what each of them needs: the table ``[engine]`` of a spec.

    The numbers do not depend on it. Slurm jobs and Ray tasks read and write the study's folder, which all machines
    must see under one path, and the packages installed alike.

    Attributes
    ----------
    name : {"processes", "slurm", "ray"}
        Processes of this machine; jobs of a Slurm cluster, by submitit (``pip install "zenith-landscape[slurm]"``); or
        tasks of a Ray cluster (``pip install "zenith-landscape[ray]"``).
    cpus : int
        Of each job; the spec's `threads` says how many of them a run computes on.
    gpus : float
        Of each job; a part of one, such as 0.25, lets several small runs share it (Ray), for Slurm a whole number.
    memory : float, optional
        GB of each job.
    minutes : float, optional
        Time of each Slurm job: one that is out of time is begun again, and a run continues from where it was.
    runs_per_job : int
        Runs that a Slurm job does one after another, where runs are short beside the start of a job.
    options : dict
        Others, as the engine calls them: of ``submitit.AutoExecutor.update_parameters`` (``slurm_partition``), or of
        ``ray.init`` (``address``).

    Examples
    --------
    >>> ls.EngineSpec(name="slurm", cpus=4, memory=8, minutes=120, options={"slurm_partition": "gpu"}).memory
    8
    """

    name: str = "processes"
    cpus: int = 1
    gpus: float = 0
    memory: float | None = None
    minutes: float | None = None
    runs_per_job: int = 1
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_local(self) -> bool:
        """Whether workers are processes of this machine, which end with the study."""
        return self.name == "processes"

    def check(self) -> None:
        """Raise ValueError for the first value that cannot be."""
        if self.name not in ENGINES:
            raise ValueError(f"engine must be one of {', '.join(ENGINES)}, got {self.name!r}")
        for key, least in (("cpus", 1), ("runs_per_job", 1)):
            value = getattr(self, key)
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise ValueError(f"engine.{key} must be a whole number of at least {least}, got {value!r}")
        for key in ("gpus", "memory", "minutes"):
            value = getattr(self, key)
            fits = is_number(value) and (value > 0 or (key == "gpus" and value == 0))
            if (value is not None or key == "gpus") and not fits:
                raise ValueError(f"engine.{key} must be a positive number, got {shown(value)}")
        if self.name == "slurm" and self.gpus != int(self.gpus):
            raise ValueError(f"engine.gpus is {self.gpus}, and Slurm gives whole ones: give a whole number")
        if not isinstance(self.options, Mapping):
            raise ValueError(f"engine.options must be a table, got {self.options!r}: write [engine.options]")
        if self.is_local and (given := [key for key in _ELSEWHERE if getattr(self, key) != _DEFAULTS[key]]):
            raise ValueError(
                f"engine.{given[0]} is for slurm and ray, and has no meaning for processes of this machine: leave it "
                f"out, or name the engine"
            )

    def check_installed(self) -> None:
        """Raise ValueError where the engine's package is not installed."""
        module = {"slurm": "submitit", "ray": "ray"}.get(self.name)
        if module is not None:
            try:
                __import__(module)
            except ImportError as error:
                raise ValueError(
                    f"engine '{self.name}' needs {module}, which is not installed: pip install "
                    f"'zenith-landscape[{self.name}]'"
                ) from error

    def executor(self, workers: int, folder: Path | None, listener: Callable[[Any], None] | None = None) -> Executor:
        """Return the executor; `workers` at once, with files of its own in a folder that all workers see."""
        if self.name == "slurm":
            from landscape.study.engines.slurm import SlurmExecutor

            return SlurmExecutor(self, workers, folder)
        if self.name == "ray":
            from landscape.study.engines.ray import RayExecutor

            return RayExecutor(self)
        from landscape.study.engines.processes import LocalProcesses

        return LocalProcesses(workers, listener)


_ELSEWHERE = ("cpus", "gpus", "memory", "minutes", "runs_per_job", "options")
_DEFAULTS = {key: getattr(EngineSpec(), key) for key in _ELSEWHERE}
