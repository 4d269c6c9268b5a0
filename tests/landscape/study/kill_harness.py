"""Kills small studies at random moments, in every phase, and prints what came of it as JSON.

    python kill_harness.py FOLDER COUNT SEED
    python kill_harness.py FOLDER COUNT SEED workers [loky]

Each time the study is begun by a fork of this process, which has imported everything already, and killed with SIGKILL;
then it is begun again, until it ends. With ``workers`` it runs on two worker processes: killed is the driver alone, a
worker alone, or all of them. The workers are forks as well, or, with ``loky``, processes that start as users' do.

Run by each fork and worker, the file of the task notes which runs were trained to the end, and has unfinished runs kept
every tenth of a second.
"""

from __future__ import annotations

import json
import logging
import math
import os
import random
import shutil
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch
from loky.backend import context
from matplotlib.figure import Figure

from landscape.study import Study, StudySpec, execute, load_spec, prepare, write_report

OWN = '''
import functools
import os

import torch
import zenith

X = torch.randn(64, 4, generator=torch.Generator().manual_seed(0))
y = (X[:, 0] > 0).long()


def model():
    return torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 2))


def task():
    watch()
    return zenith.Task("own", model, (X, y), (X, y), loss=torch.nn.CrossEntropyLoss())


def watch():
    """Note each training that came to its end after a step, and keep unfinished runs often."""
    import landscape.study.run as run
    import landscape.study.together as together
    from zenith.training import resume

    if "KILL_LOG" not in os.environ or getattr(run, "watched", False):
        return
    run.watched = True
    resume.EVERY_SECONDS = 0.1
    run.train, together.train_seeds = noted(run.train), noted(together.train_seeds)


def noted(train):
    @functools.wraps(train)
    def called(*arguments, on_step, **options):
        taken = []

        def stepped(*now):
            taken.append(1)
            return on_step(*now)

        out = train(*arguments, on_step=stepped, **options)
        if taken:
            with open(os.environ["KILL_LOG"], "a") as log:
                log.write(os.path.basename(options["resume"]) + "\\n")
        return out

    return called
'''
MEASURE = """
[measure]
samples = 8
eigenvalues = 1
trace_probes = 2
sharpness_samples = 2
line_points = 5
plane_points = 5
plane_seeds = 1
spectrum_probes = 2
spectrum_steps = 4
spectrum_seeds = 1
"""
SPECS = {
    "alone": """
name = "alone"
task = "own.py:task"
methods = ["zenith", "adamw"]
seeds = 2
steps = 150
batch_size = 16
checkpoints = 3
""",
    "together": """
name = "together"
task = "own.py:task"
methods = ["zenith", "cosine"]
seeds = 3
steps = 150
batch_size = 16
checkpoints = 2
seeds_together = true
""",
}
KILLS = {"training": 5, "measuring": 5, "planes and spectra": 3, "consolidating": 2, "drawing": 2}
"""How often a study is killed in each phase."""
PHASES = tuple(KILLS)
MOST_BEGUN = 60
"""How often a study is begun at most; the last times it is left in peace."""
SECONDS = 300
"""Nothing takes longer."""


def numbers(study: Study) -> str:
    """All numbers of a study but those of the clock."""
    found = {}
    for node in study.tree.subtree:
        for name, array in node.to_dataset().variables.items() if node.path != "/" else ():
            if "seconds" not in str(name):
                found[f"{node.path} {name}"] = array.values.tolist()
    return json.dumps(found, sort_keys=True)


def study_of(spec: StudySpec, folder: Path, workers: int) -> None:
    execute(prepare(spec, folder, device="cpu"), workers=workers, progress=False)
    write_report(Study.open(folder))


def phase_of(spec: StudySpec, folder: Path) -> str:
    """How far a study has come."""
    if (folder / "analysis.json").is_file() or (folder / "study.nc").is_file():
        return "drawing"
    runs = len(spec.methods) * len(spec.seeds)
    kinds = ("runs/*/run.json", "measures/[!.]*.nc", "spectra/*.nc", "planes/*.nc")
    done = [len(list(folder.glob(pattern))) for pattern in kinds]
    if done[0] < runs:
        return "training"
    if done[1] < runs:
        return "measuring"
    return "planes and spectra" if done[2] < len(spec.methods) or not done[3] else "consolidating"


def phases_of(spec: StudySpec, folder: Path) -> dict[str, float]:
    """Run a study here; return the seconds of each of its phases."""
    lasts, over = Counter[str](), threading.Event()

    def watch() -> None:
        before = time.monotonic()
        while not over.wait(0.005):
            lasts[phase_of(spec, folder)] += (now := time.monotonic()) - before
            before = now

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        study_of(spec, folder, 1)
    finally:
        over.set()
        watching.join()
    return {phase: lasts[phase] for phase in PHASES}


def begun(work: Callable[[], Any]) -> int:
    """Do work in a fork, the leader of its own group; return its number."""
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        return pid
    try:
        os.setpgid(0, 0)
        work()
        os._exit(0)
    except BaseException as error:
        print(f"child: {type(error).__name__}: {error}", file=sys.stderr)
        os._exit(1)


def children(pid: int) -> Iterator[int]:
    """Processes that a process began."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with suppress(OSError):
                stat = (entry / "stat").read_text().rpartition(")")[2].split()
                command = (entry / "cmdline").read_bytes()
                if int(stat[1]) == pid and stat[0] != "Z" and b"resource_tracker" not in command:
                    yield int(entry.name)


def ended(pid: int) -> int | None:
    """Return the exit code of a process, None while it runs."""
    found, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if found else None


def killed_group(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


class Killer:
    """Begins a study, kills it, and begins it again, until it has ended.

    Parameters
    ----------
    spec, folder
        The study.
    workers : int
    draw : Random
    most : int
        Kills at most.
    lasts : dict of str to float
        Seconds of each phase.
    """

    def __init__(
        self,
        spec: StudySpec,
        folder: Path,
        workers: int,
        draw: random.Random,
        most: int,
        lasts: dict[str, float],
    ) -> None:
        self._spec, self._folder, self._workers, self._draw, self._most = spec, folder, workers, draw, most
        self._lasts = lasts
        self.phases: Counter[str] = Counter()
        self.kinds: Counter[str] = Counter()
        self.wrong: list[str] = []

    @property
    def killed(self) -> int:
        return sum(self.kinds.values())

    def run(self) -> None:
        for attempt in range(MOST_BEGUN):
            pid = begun(lambda: study_of(self._spec, self._folder, self._workers))
            code = self._watched(pid, in_peace=attempt > MOST_BEGUN - 3)
            if code == 0:
                return
            if code != -signal.SIGKILL:
                self.wrong.append(f"{self._folder.name} ended with {code}")
                killed_group(pid)
                return
        self.wrong.append(f"{self._folder.name} did not end")

    def _watched(self, pid: int, *, in_peace: bool) -> int:
        """Kill a study, or some of its workers, once or twice; return its exit code."""
        spared = 0
        moment, wanted = self._moment()
        began = time.monotonic()
        while (code := ended(pid)) is None:
            now = phase_of(self._spec, self._folder)
            late = PHASES.index(now) > PHASES.index(wanted)
            if moment is None and (now == wanted or late):
                moment = time.monotonic() + (0 if late else self._draw.uniform(0, self._lasts[wanted]))
            if not in_peace and self.killed < self._most and moment is not None and time.monotonic() >= moment:
                kind = self._kind(spared)
                if kind != "a worker":
                    self._note(kind, now)
                    if kind == "all":
                        killed_group(pid)
                    else:
                        os.kill(pid, signal.SIGKILL)
                    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
                there = list(children(pid))
                if there:
                    with suppress(ProcessLookupError):
                        os.kill(self._draw.choice(there), signal.SIGKILL)
                        self._note(kind, now)
                    spared += 1
                    moment, wanted = self._moment()
            if time.monotonic() - began > SECONDS:
                killed_group(pid)
                os.waitpid(pid, 0)
                self.wrong.append(f"{self._folder.name} hung while {now}")
                return 1
            time.sleep(0.002)
        return code

    def _moment(self) -> tuple[float | None, str]:
        now = PHASES.index(phase_of(self._spec, self._folder))
        left = [phase for phase in PHASES[now:] if self.phases[phase] < KILLS[phase]]
        return (None, left[0]) if left else (math.inf, PHASES[-1])

    def _kind(self, spared: int) -> str:
        if self._workers == 1:
            return "driver"
        return self._draw.choice(("driver", "driver", "all", *(["a worker"] * 2 if spared < 2 else [])))

    def _note(self, kind: str, phase: str) -> None:
        self.phases[phase] += 1
        self.kinds[kind] += 1


def leftovers(folder: Path) -> list[str]:
    """Hidden files of a study that nothing needs any more, and what was found to be damaged."""
    known = (".lock", ".locks")
    return [
        str(p)
        for p in (*folder.rglob(".*"), *folder.glob("damaged"))
        if p.name not in known and not p.match(".initial-*.nc")
    ]


def main() -> None:
    torch.set_num_threads(1)
    logging.disable(logging.WARNING)
    # What figures look like is tested elsewhere, and drawing would take most of the time.
    Figure.savefig = lambda self, to, **options: to.write(b"drawn")  # type: ignore[method-assign]
    Figure.draw_without_rendering = lambda self: None  # type: ignore[method-assign]
    folder, count, draw = Path(sys.argv[1]), int(sys.argv[2]), random.Random(int(sys.argv[3]))
    workers = 2 if "workers" in sys.argv else 1
    if workers > 1 and "loky" not in sys.argv:
        context.set_start_method("fork", force=True)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "own.py").write_text(OWN)
    os.environ["KILL_LOG"] = str(folder / "whole.log")
    phases, kinds, wrong, studies, trainings = Counter[str](), Counter[str](), list[str](), 0, 0
    whole: dict[str, tuple[StudySpec, str, set[str], dict[str, float]]] = {}
    for name, text in SPECS.items():
        path = folder / f"{name}.toml"
        path.write_text(text + MEASURE)
        spec, there = load_spec(path), folder / "whole" / name
        lasts = phases_of(spec, there)  # here, not in a fork, so that forks find all imported
        drawn = {p.name for p in (there / "figures").iterdir()}
        whole[name] = spec, numbers(Study.open(there)), drawn, lasts
        print(name, {phase: round(seconds, 1) for phase, seconds in lasts.items()}, file=sys.stderr, flush=True)
    began = time.monotonic()
    while sum(kinds.values()) < count:
        name = list(SPECS)[studies % len(SPECS)]
        spec, right, drawn, lasts = whole[name]
        copy, studies = folder / f"{name}{studies}", studies + 1
        log = folder / f"{copy.name}.log"
        os.environ["KILL_LOG"] = str(log)
        killer = Killer(spec, copy, workers, draw, count - sum(kinds.values()), lasts)
        killer.run()
        phases, kinds, wrong = phases + killer.phases, kinds + killer.kinds, wrong + killer.wrong
        if not killer.wrong:
            if numbers(Study.open(copy)) != right:
                wrong.append(f"other numbers in {copy.name}")
            if left := leftovers(copy):
                wrong.append(f"{copy.name} has {left}")
            if {p.name for p in (copy / "figures").iterdir()} != drawn:
                wrong.append(f"other figures in {copy.name}")
            ends = Counter(log.read_text().split()) if log.exists() else Counter()
            trainings += sum(ends.values())
            wrong += [f"{run} was trained {times} times in {copy.name}" for run, times in ends.items() if times > 1]
            if not wrong:
                shutil.rmtree(copy)
        print(
            f"{time.monotonic() - began:.0f} s: {sum(kinds.values())} kills, {studies} studies, {wrong}",
            file=sys.stderr,
            flush=True,
        )
    found = {
        "killed": sum(kinds.values()),
        "phases": phases,
        "kinds": kinds,
        "studies": studies,
        "trainings": trainings,
    }
    print(json.dumps(found | {"wrong": wrong}))


if __name__ == "__main__":
    main()
