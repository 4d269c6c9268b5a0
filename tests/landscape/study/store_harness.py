"""Damages small studies and starves them of disk, and prints what came of it as JSON.

    python store_harness.py damage FOLDER COUNT SEED
    LD_PRELOAD=faults.so python store_harness.py faults FOLDER COUNT SEED [FIRST [END]]

With FIRST and END, only those of the faults, to go on where another process ended.

A process of its own: its memory is measured, and a library is put before the C library's.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import io
import json
import logging
import multiprocessing
import random
import shutil
import signal
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import torch
from matplotlib.figure import Figure
from peak_memory import peak_megabytes

from landscape.cli import main as cli
from landscape.slices._evaluation.resume_file import PointFile
from landscape.study import MeasureSpec, Study, StudySpec, execute, prepare, write_report
from zenith.training.resume import RunFile

SPEC = StudySpec(
    name="tiny",
    task="digits",
    methods=("zenith", "cosine"),
    seeds=(0,),
    epochs=2,
    batch_size=256,
    checkpoints=2,
    measure=MeasureSpec(
        samples=64,
        trace_probes=2,
        sharpness_samples=2,
        line_points=3,
        plane_points=3,
        spectrum_probes=2,
        spectrum_steps=4,
    ),
)
SECONDS = 60
"""Nothing takes longer: a hang ends the harness."""


def run(folder: Path, *, drawn: bool = True) -> Study:
    study = execute(prepare(SPEC, folder, device="cpu"), progress=False)
    if drawn:
        write_report(study)
    return study


def numbers(study: Study) -> dict[str, Any]:
    """All numbers of a study but those of the clock, comparable."""
    return {
        node.path: {
            name: (array.dims, array.values.tolist())
            for name, array in node.to_dataset().variables.items()
            if name not in ("seconds", "training_seconds")
        }
        for node in study.tree.subtree
        if node.path != "/"
    }


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def leftovers(folder: Path) -> list[str]:
    """Hidden files of a study that nothing needs any more."""
    return [str(p) for p in folder.rglob(".*") if p.name not in (".lock", ".locks") and not p.match(".initial-*.nc")]


@contextlib.contextmanager
def in_time() -> Iterator[None]:
    signal.alarm(SECONDS * 20)
    try:
        yield
    finally:
        signal.alarm(0)


def command(*arguments: str) -> tuple[int, str]:
    """Run a command of landscape here; return its exit code and what it wrote to stderr."""
    said = io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            cli.main(list(arguments))
        except SystemExit as ended:
            return int(ended.code or 0), said.getvalue().strip()
    raise AssertionError("the command did not end")


# Damage ---------------------------------------------------------------------------------------------------------------


def flips(content: bytes, draw: random.Random) -> bytes:
    out = bytearray(content)
    for _ in range(draw.choice((1, 1, 1, 2, 16))):
        if out:
            out[draw.randrange(len(out))] ^= 1 << draw.randrange(8)
    return bytes(out)


def zeros(content: bytes, draw: random.Random) -> bytes:
    start = draw.randrange(max(1, len(content)))
    return content[:start] + bytes(min(512, len(content) - start)) + content[start + 512 :]


DAMAGES: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "flip": flips,
    "zeros": zeros,
    "truncated": lambda content, draw: content[: draw.randrange(max(1, len(content)))],
    "longer": lambda content, draw: content + draw.randbytes(draw.randrange(1, 99)),
    "emptied": lambda content, draw: b"",
    "foreign": lambda content, draw: draw.randbytes(draw.randrange(1, 5000)),
}


def reader_of(study: Study, name: str) -> Callable[[], Any]:
    """Read a file of the store as the program does; return what is comparable."""
    path = study.path / name
    if name.endswith("run.json"):
        return lambda: study.read_run(path.parent.name)
    if name.endswith("trace.nc"):
        return lambda: str(study.read_trace(path.parent.name).to_dict())
    if name.endswith(".safetensors"):
        run, step = path.parents[1].name, int(path.stem[5:])
        return lambda: {n: t.tolist() for n, t in study.read_checkpoint(run, step).items()}
    if name.endswith(".jsonl"):
        return lambda: PointFile(path, {"kind": "test"}).found
    if name.endswith(".unfinished"):
        return lambda: (RunFile(path, {"a": 1}).read() or {"weights": torch.arange(300.0)})["weights"].tolist()
    if name == "study.nc":
        return lambda: json.dumps(numbers(Study.open(study.path)))
    if "/" not in name:
        return lambda: (Study.open(study.path).spec, Study.open(study.path).provenance)
    return lambda: str(study.read_measure(path.parent.name, path.stem).to_dict())


def damage(folder: Path, count: int, draw: random.Random) -> dict[str, Any]:
    """Damage one file at a time and read it; then many at once, and run the study again."""
    study = run(folder / "whole", drawn=False)
    right = numbers(study)
    RunFile(study.path / "runs" / ".x.unfinished", {"a": 1}).write({"weights": torch.arange(300.0)})
    points = PointFile(study.path / "plane.jsonl", {"kind": "test"})
    points.append(range(9), torch.arange(18.0).reshape(9, 2).numpy())
    names = sorted(
        str(p.relative_to(study.path))
        for p in study.path.rglob("*")
        if p.is_file() and p.name != ".lock" and not p.match(".initial-*.nc")
    )
    contents = {name: (study.path / name).read_bytes() for name in names}
    # Nothing but the data is compared; a file by itself cannot say that its data are right.
    known = {name: reader_of(study, name)() for name in names}
    outcomes: Counter[str] = Counter()
    wrong: list[str] = []
    for number in range(count):
        name = names[number % len(names)]
        kind = draw.choice((*DAMAGES, "swapped", "lost"))
        path = study.path / name
        if kind == "lost":
            path.unlink()
        elif kind == "swapped":
            path.write_bytes(contents[draw.choice([other for other in names if other != name])])
        else:
            path.write_bytes(DAMAGES[kind](contents[name], draw))
        try:
            with in_time():
                found = reader_of(study, name)()
        except (ValueError, FileNotFoundError) as error:
            good = "\n" not in str(error) and len(str(error)) < 1000 and str(error).count("'") >= 2
            good = good or name.endswith(".jsonl")
            outcomes["a sentence" if good else "a bad sentence"] += 1
            if not good:
                wrong.append(f"{kind} {name}: {error}")
        except Exception as error:
            outcomes["an error"] += 1
            wrong.append(f"{kind} {name}: {error!r}")
        else:
            # A file that is not there, or ends before the first of its points, is one not begun.
            fresh = name.endswith(".jsonl") and found.items() <= known[name].items()
            equal = found == known[name] or fresh
            outcomes["the right answer" if equal else "a wrong answer"] += 1
            if not equal:
                wrong.append(f"{kind} {name}: a wrong answer")
        path.write_bytes(contents[name])
    for name in ("plane.jsonl", "runs/.x.unfinished"):
        (study.path / name).unlink()
        names.remove(name)
    computed = 0
    logging.disable(logging.WARNING)
    for number in range(max(2, count // 500)):
        copy = folder / f"copy{number}"
        shutil.copytree(study.path, copy)
        for name in draw.sample(names, draw.randrange(1, len(names) // 2)):
            if name in ("study.toml", "study.json"):
                continue  # together they are all that says what the study is
            (copy / name).write_bytes(draw.choice(list(DAMAGES.values()))(contents[name], draw))
            computed += 1
        (copy / draw.choice(("study.toml", "study.json"))).write_bytes(b"")
        with in_time():
            if not same(numbers(run(copy, drawn=False)), right):
                wrong.append(f"other numbers after the damage of {copy.name}")
        shutil.rmtree(copy)
    peak = peak_megabytes()
    return {"outcomes": outcomes, "recomputed": computed, "wrong": wrong, "files": len(names), "megabytes": peak}


# Faults of the disk ---------------------------------------------------------------------------------------------------

ERRORS = (errno.ENOSPC, errno.EIO, errno.EROFS, errno.EACCES, errno.EDQUOT)
PROCESSES = 2
OWN = """
import torch
import zenith

X = torch.randn(64, 4, generator=torch.Generator().manual_seed(0))
y = (X[:, 0] > 0).long()


def model():
    return torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 2))


def task():
    return zenith.Task("own", model, (X, y), (X, y), loss=torch.nn.CrossEntropyLoss())
"""
STARVED = """
name = "starved"
task = "own.py:task"
methods = ["zenith", "cosine"]
seeds = 1
steps = 8
batch_size = 16
checkpoints = 1

[measure]
samples = 8
eigenvalues = 1
trace_probes = 2
sharpness_samples = 2
line_points = 3
plane_points = 3
spectrum_probes = 2
spectrum_steps = 4
"""


def faults(folder: Path, count: int, draw: random.Random, first: int = 0, end: int | None = None) -> dict[str, Any]:
    """Let single calls that write fail, and all from one on, at every stage; then run the study again."""
    library = ctypes.CDLL(None)
    library.faults_disarm.restype = ctypes.c_long
    (folder / "own.py").write_text(OWN)
    spec, whole = folder / "starved.toml", folder / "whole"
    spec.write_text(STARVED)
    logging.disable(logging.WARNING)

    def study(copy: Path) -> tuple[int, str]:
        return command("study", str(spec), "--out", str(copy), "--quiet", "--workers", "1", "--device", "cpu")

    def template(name: str, *leave_out: str) -> Path:
        copy = folder / name
        shutil.copytree(whole, copy)
        for pattern in ("report.*", "analysis.json", "tables", "figures", *leave_out):
            for path in copy.glob(pattern):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        return copy

    code, said = study(whole)
    assert code == 0, said
    right = numbers(Study.open(whole))
    stages: dict[str, Path | None] = {
        "all": None,
        "measuring": template("trained", "study.nc", "measures", "planes", "spectra"),
        "drawing": template("measured"),
    }
    calls: dict[str, int] = {}
    for stage, source in stages.items():
        copy = folder / "counted"
        if source is not None:
            shutil.copytree(source, copy)
        library.faults_arm(str(copy).encode(), ctypes.c_long(-1), 0, 0)
        code, said = study(copy)
        calls[stage] = library.faults_disarm()
        assert code == 0, said
        shutil.rmtree(copy)
    # Evenly over the calls; "all" ends where measuring begins, which has its own.
    places = [
        (stage, k)
        for stage in stages
        for k in range(
            calls[stage] - (calls["measuring"] if stage == "all" else calls["drawing"] if stage == "measuring" else 0)
        )
    ]
    chosen = [places[int(i * len(places) / count)] for i in range(count)] if count < len(places) else places

    def tried(number: int) -> tuple[str, list[str]]:
        """Let one call fail, and run the study again; return what came of it, and what was wrong."""
        (stage, k), copy = chosen[number], folder / f"fault{number}"
        source = stages[stage]
        if source is not None:
            shutil.copytree(source, copy)
        kind, lasting = ERRORS[number % len(ERRORS)], number % 2
        library.faults_arm(str(copy).encode(), ctypes.c_long(k), kind, lasting)
        with in_time():
            code, said = study(copy)
        library.faults_disarm()
        where = f"{stage} {k} of {calls[stage]} {errno.errorcode[kind]}"
        outcome, wrong = "wrong", list[str]()
        if not library.faults_fired():
            outcome = "not reached"
        elif code == 0 and (copy / "report.html").is_file() and same(numbers(Study.open(copy)), right):
            outcome = "did without"
        elif code == 2 and said.startswith("landscape: ") and "\n" not in said and "Traceback" not in said:
            outcome = "one sentence"
        else:
            wrong.append(f"{where}: exit code {code}: {said[-600:]}")
        with in_time():
            code, said = study(copy)
        if code != 0:
            wrong.append(f"{where}: then exit code {code}: {said[-600:]}")
        elif not same(numbers(Study.open(copy)), right):
            wrong.append(f"{where}: other numbers")
        elif (copy / "damaged").exists() or leftovers(copy):
            wrong.append(f"{where}: left {[str(p) for p in (*copy.rglob('.*'), *copy.glob('damaged/*/*'))]}")
        shutil.rmtree(copy)
        return outcome, wrong

    outcomes: Counter[str] = Counter()
    wrong: list[str] = []
    part = range(len(chosen))[first:end]
    global _tried
    _tried = tried  # which forks find where it is
    with ProcessPoolExecutor(PROCESSES, multiprocessing.get_context("fork")) as pool:
        for number, (outcome, faulty) in enumerate(pool.map(_try, part)):
            outcomes.update([outcome, *([] if faulty else ["finished identically"])])
            wrong += faulty
            print(f"{number + 1} of {len(part)}: {dict(outcomes)} {wrong}", file=sys.stderr, flush=True)
    return {"calls": calls, "tried": len(part), "outcomes": outcomes, "wrong": wrong}


_tried: Callable[[int], tuple[str, list[str]]]


def _try(number: int) -> tuple[str, list[str]]:
    return _tried(number)


def main() -> None:
    torch.set_num_threads(1)
    # What figures look like is tested elsewhere, and drawing would take most of the time.
    Figure.savefig = lambda self, to, **options: to.write(b"drawn")  # type: ignore[method-assign]
    Figure.draw_without_rendering = lambda self: None  # type: ignore[method-assign]
    what, folder, count, seed, *part = sys.argv[1:]
    Path(folder).mkdir(parents=True, exist_ok=True)
    found = {"damage": damage, "faults": faults}[what](
        Path(folder), int(count), random.Random(int(seed)), *map(int, part)
    )
    print(json.dumps(found))


if __name__ == "__main__":
    main()
