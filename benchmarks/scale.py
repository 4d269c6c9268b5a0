"""Studies of a thousand runs: what scheduling, opening, analysing and reporting them costs.

    python benchmarks/scale.py engine [--jobs 1000] [--seconds 0.1] [--workers 1 2 8]
    python benchmarks/scale.py study [--folder build/scale] [--runs 100 300 1000]

`engine` runs jobs that sleep: what workers do not sleep is overhead, which for jobs of one second is given in percent.
`study` makes finished stores of the default task, 20 methods and 5 to 50 seeds, from four runs that are trained and
measured (`tests/landscape/study/many_runs.py`), and times in a new process each what a user does with one. Beside
them stand the limits.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.append(str(ROOT / "tests" / "landscape" / "study"))  # for stores of many runs

ENGINE_NOTE = (
    "Jobs that sleep, and say how long they took. 'overhead' is workers x wall - the sum of these times; in percent of "
    "1,000 jobs of one second (limit: 1 %). The start of the workers, which import torch, is left out and has its own "
    "column, from which a second of sleep per worker is to be taken off. 'gap' is the time between a worker's jobs, "
    "whose median is of the scheduling also where the machine does other things, all of which 'overhead' has."
)
STUDY_NOTE = (
    "Seconds of the processor and of the clock, in a new process each, imports left out; 'notice' is the same command "
    "again on a store that lacks study.nc: all files are checked and consolidated; 'again' on one that has it; 'first' "
    "is until the first job of a study that has nothing yet. Limits at 1,000 runs: open 2 s, "
    "analysis 20 s, page 10 MB; peak memory is of the whole process, of which importing torch and all else takes what "
    "'imports' says."
)


def main() -> None:
    """Measure and save."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="what", required=True)
    engine = commands.add_parser("engine")
    engine.add_argument("--jobs", type=int, default=1000)
    engine.add_argument("--seconds", type=float, default=0.1)
    engine.add_argument("--workers", type=int, nargs="+", default=[1, 2, 8])
    study = commands.add_parser("study")
    study.add_argument("--folder", type=Path, default=ROOT / "build" / "scale")
    study.add_argument("--runs", type=int, nargs="+", default=[100, 300, 1000])
    stage = commands.add_parser("stage")
    stage.add_argument("name")
    stage.add_argument("store", type=Path)
    given = parser.parse_args()
    if given.what == "engine":
        measure_engine(given.jobs, given.seconds, given.workers)
    elif given.what == "study":
        measure_studies(given.folder, given.runs)
    else:
        print(json.dumps(STAGES[given.name](given.store)))


# The engine -----------------------------------------------------------------------------------------------------------


def rest(shared: Any, seconds: float, times: str, report: Any) -> None:
    """Sleep; a job, which adds when it did to a file: on a busy machine one sleeps longer than asked for."""
    began = time.perf_counter()
    time.sleep(seconds)
    report(1, "asleep")
    with open(times, "a") as file:
        file.write(f"{os.getpid()} {began} {time.perf_counter()}\n")


def measure_engine(jobs: int, seconds: float, pools: Sequence[int]) -> None:
    """Run jobs that sleep in pools of so many workers, of which one is this process."""
    from paired import save
    from scale import rest as job  # so that workers find it by name

    from landscape.study.engines import Engine

    rows = []
    for workers in pools:
        before = _processor_seconds()
        with (
            TemporaryDirectory() as folder,
            Engine(workers, progress=False, shared={"data": bytes(1_000_000)}) as engine,
        ):
            times = Path(folder) / "times"
            began = time.perf_counter()
            first = [(job, (1.0, f"{folder}/start"))] * max(2, workers)  # so long that each worker takes one
            engine.run(first, total=workers, unit="run", title="starting")
            started = time.perf_counter() - began
            cpu = _processor_seconds()
            began = time.perf_counter()
            engine.run([(job, (seconds, str(times)))] * jobs, total=jobs, unit="run", title="sleeping")
            wall = time.perf_counter() - began
            here = _processor_seconds() - cpu
            jobs_of: dict[str, list[tuple[float, float]]] = {}
            for line in times.read_text().splitlines():
                worker, start, end = line.split()
                jobs_of.setdefault(worker, []).append((float(start), float(end)))
            slept = sum(end - start for each in jobs_of.values() for start, end in each)
            gaps = sorted(b[0] - a[1] for each in jobs_of.values() for a, b in pairwise(sorted(each)))
        overhead = workers * wall - slept
        rows.append(
            {
                "workers": workers,
                "jobs": jobs,
                "seconds_each": seconds,
                "wall_s": round(wall, 2),
                "start_s": round(started, 2),
                "overhead_ms_a_job": round(1e3 * overhead / jobs, 3),
                "overhead_percent_of_1_s": round(100 * overhead / jobs, 3),
                "gap_ms_median": round(1e3 * gaps[len(gaps) // 2], 3),
                "gap_ms_95": round(1e3 * gaps[len(gaps) * 95 // 100], 3),
                "driver_cpu_s_per_1000": round(1000 * here / jobs, 3),
                "all_cpu_s": round(_processor_seconds() - before, 2),
            }
        )
        print(rows[-1], flush=True)
    save("scale_engine", rows, ENGINE_NOTE)


def _processor_seconds() -> float:
    """Of this process, and of those it started that have ended."""
    return sum(
        used.ru_utime + used.ru_stime
        for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


# Studies --------------------------------------------------------------------------------------------------------------


def measure_studies(folder: Path, runs: list[int]) -> None:
    """Make stores of so many runs if they are not there, and time each stage in a process of its own."""
    from paired import save

    rows = []
    for count in runs:
        store = folder / f"runs-{count}"
        if not (store / "study.toml").is_file():
            _stage("make", store)
        row: dict[str, Any] = {"runs": count}
        for name in ("first", "notice", "again", "open", "analysis", "report"):
            found = _stage(name, store)
            row |= {"imports_mb": found.pop("imports_mb")} if "imports_mb" not in row else {}
            found.pop("imports_mb", None)
            row |= {f"{name}_{key}": value for key, value in found.items()}
            print(name, found, flush=True)
        rows.append(row)
        save("scale", rows, STUDY_NOTE)


def _stage(name: str, store: Path) -> dict[str, Any]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path[:1]]), "MPLBACKEND": "agg"}
    command = [sys.executable, __file__, "stage", name, str(store)]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


@contextmanager
def _timed(found: dict[str, Any]) -> Iterator[None]:
    from peak_memory import peak_megabytes

    found["imports_mb"] = round(peak_megabytes())
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    found["cpu_s"] = round(time.process_time() - cpu, 2)
    found["wall_s"] = round(time.perf_counter() - wall, 2)
    found["peak_mb"] = round(peak_megabytes())


def make(store: Path) -> dict[str, Any]:
    """Write the store of a study; its number of runs is the end of its name."""
    from many_runs import METHODS, finished_store

    from landscape.study import execute, load_spec, prepare

    count, trained = int(store.name.rpartition("-")[2]), store.parent / "trained"
    spec = load_spec("digits").replace(seeds_together=False, tuning=None, methods=METHODS, seeds=count // len(METHODS))
    few = spec.replace(methods=METHODS[:2], seeds=2)
    execute(prepare(few, trained, device="cpu"), progress=False)
    finished_store(store, spec, trained)
    return {}


def first(store: Path) -> dict[str, Any]:
    """List the jobs of the same study in a new folder, which is all that is done before the first of them starts."""
    from landscape.study import Study, load_spec, prepare
    from landscape.study.jobs import Jobs

    found: dict[str, Any] = {}
    with TemporaryDirectory() as folder:
        plan = prepare(load_spec(store / "study.toml"), Path(folder) / "new", device="cpu")
        with _timed(found):
            Jobs(((Study.create(plan.out, plan.spec, plan.provenance), plan),)).training()
    return found


def notice(store: Path) -> dict[str, Any]:
    """Run the same study again, which is to be put together."""
    (store / "study.nc").unlink(missing_ok=True)
    return again(store)


def again(store: Path) -> dict[str, Any]:
    """Run the same study again."""
    from landscape.study import execute, load_spec, prepare

    found: dict[str, Any] = {}
    plan = prepare(load_spec(store / "study.toml"), store, device="cpu")
    with _timed(found):
        execute(plan, progress=False)
    return found


def opened(store: Path) -> dict[str, Any]:
    """Open a study and its tree."""
    from landscape.study import Study

    found: dict[str, Any] = {}
    with _timed(found):
        _ = Study.open(store).tree
    return found


def analysed(store: Path) -> dict[str, Any]:
    """Open and analyse."""
    from landscape.study import Study

    found: dict[str, Any] = {}
    with _timed(found):
        _ = Study.open(store).analysis
    return found


def reported(store: Path) -> dict[str, Any]:
    """Draw all figures, write all tables and the page."""
    from landscape.study import Study, write_report

    found: dict[str, Any] = {}
    with _timed(found):
        page = write_report(Study.open(store))
    return found | {"page_mb": round(page.stat().st_size / 1e6, 2)}


STAGES: dict[str, Callable[[Path], dict[str, Any]]] = {
    "make": make,
    "first": first,
    "notice": notice,
    "again": again,
    "open": opened,
    "analysis": analysed,
    "report": reported,
}


if __name__ == "__main__":
    main()
