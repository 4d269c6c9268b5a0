"""Where a study's jobs run: in this process, in processes of this machine, as Slurm jobs, or on a Ray cluster."""

from landscape.study.engines.engine import Engine, Report
from landscape.study.engines.overview import Overview
from landscape.study.engines.spec import ENGINES, EngineSpec, WorkerDiedError

__all__ = ["ENGINES", "Engine", "EngineSpec", "Overview", "Report", "WorkerDiedError"]
