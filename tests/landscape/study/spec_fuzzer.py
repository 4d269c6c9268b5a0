"""Write thousands of wrong specs and read them, in a process of its own; print what came of it as JSON.

Arguments: a folder to work in, how many specs, and how many of those that are accepted to prepare and to run, from the
report on; perhaps the first of them, to go on where another process ended.
"""

import contextlib
import copy
import json
import logging
import random
import shutil
import signal
import string
import sys
import time
import traceback
import warnings
from collections import Counter
from pathlib import Path

import psutil
import tomli_w
import torch
from matplotlib.figure import Figure
from peak_memory import peak_megabytes

from landscape._common.escaping import visible
from landscape.study import estimate, execute, load_spec, prepare, write_report
from landscape.study.store import Study, point_name
from landscape.study.tuning import trials_of

SEED = 16
SECONDS = 120.0  # of CPU time that one spec may take, with its processes: a hang, however busy the machine is
WAITED = 1800.0  # that may pass meanwhile: a process that waits for ever takes no CPU time

OWN = """
import torch
import zenith

X = torch.randn(24, 3, generator=torch.Generator().manual_seed(0))
y = (X[:, 0] > 0).long()


def task():
    return zenith.Task("own", lambda: torch.nn.Linear(3, 2), (X, y), (X, y), loss=torch.nn.CrossEntropyLoss())


def momentum(params, lr=0.05, momentum=0.5, nesterov=True):
    return torch.optim.SGD(params, lr=lr, momentum=momentum, nesterov=nesterov)


def broken(params, lr=0.1):
    raise KeyError("mine")


nothing = None
"""

MEASURE = {
    "samples": 8,
    "trace_probes": 2,
    "sharpness_samples": 2,
    "line_points": 3,
    "plane_points": 3,
    "plane_seeds": 0,
    "spectrum_seeds": 0,
    "spectrum_steps": 2,
}
PLAIN = {
    "name": "fuzzed",
    "task": "own.py:task",
    "methods": ["zenith", "cosine"],
    "seeds": 2,
    "steps": 2,
    "batch_size": 8,
    "checkpoints": 1,
    "measure": MEASURE,
}
TEMPLATES = [
    PLAIN,
    PLAIN | {"learning_rate": [0.1, 0.2], "window": 2, "settings": {"zenith": {"momentum": 0.5}}},
    PLAIN | {"sweep": {"batch_size": [4, 8], "momentum": [0.0, 0.9], "measure.samples": [4, 8]}},
    PLAIN | {"tuning": {"trials": 3, "seeds": [5], "space": {"lr": [0.01, 1.0], "zenith": {"window": [1, 4]}}}},
    PLAIN | {"tuning": {"sampler": "grid", "trials": 2, "space": {"lr": [0.1, 0.2]}}},
    PLAIN | {"methods": {"zenith": {}, "mine": {"make": "own.py:momentum", "momentum": 0.9}}},
    PLAIN | {"methods": ["zenith", "own.py:momentum"], "settings": {"momentum": {"nesterov": False}}},
    PLAIN | {"methods": {"zenith": {"window": [1, 2]}, "adamw": {"betas": [0.9, 0.99]}}, "focus": "adamw"},
    {key: value for key, value in PLAIN.items() if key != "steps"} | {"gradients": 3},
    {key: value for key, value in PLAIN.items() if key != "steps"} | {"seconds": 0.02},
    PLAIN | {"engine": {"name": "processes", "cpus": 2, "gpus": 0, "memory": 1, "minutes": 2.5, "options": {}}},
    PLAIN | {"target": 0.5, "threads": 1, "focus": "cosine", "seeds": [3, 1, 4]},
]
HOSTILE = [
    *(0, -1, 1, 2, 3, 10**6, 10**10, 10**12, 10**19, 10**400, -(10**30), 2**63, 2**64),
    *(0.0, -0.0, 0.5, 1e-320, 1e30, 1e300, -1e300, float("inf"), float("nan"), 0.1),
    *(
        True,
        False,
        "",
        "auto",
        "zenith",
        "cosine",
        "adamw",
        "digits",
        "mnist",
        "zenit",
        "own.py:task",
        "own.py:momentum",
    ),
    *("own.py:broken", "own.py:nothing", "own.py:", ":", "own.py", "nowhere.py:task", "nowhere:task", "<own>", "<>"),
    *("a\nb", "\x1b[31m", "\u202e", "../up", "/etc/passwd", "a" * 300, "é" * 80, "a/b", "*", ".", "lr", "seconds"),
    *([], [[]], [0], [1, 1], [0.1, 0.2], [1, "a"], [[1, 2], [3, 4]], ["zenith"], ["zenith", "zenith"], [True, False]),
    *([float("nan"), 1.0], [10**400, 1], [1e300, 1e-300], list(range(2000)), [0.1] * 50, [{}], [{"a": 1}]),
    *({}, {"a": 1}, {"make": "own.py:momentum"}, {"make": 3}, {"lr": [0.1, 0.2]}, {"zenith": {}}, {"": {"": ""}}),
]
MILD = [
    1,
    2,
    3,
    4,
    8,
    0.01,
    0.1,
    0.5,
    0.9,
    "auto",
    "zenith",
    "cosine",
    "lr",
    True,
    [0.1, 0.2],
    [1, 2],
    [2, 4, 8],
    ["zenith", "adamw"],
]
KEYS = [
    *(
        "name",
        "task",
        "methods",
        "focus",
        "seeds",
        "epochs",
        "steps",
        "batch_size",
        "learning_rate",
        "window",
        "target",
    ),
    *("checkpoints", "threads", "settings", "sweep", "tuning", "measure", "makes", "check", "seconds", "gradients"),
    *("zenith", "cosine", "mine", "lr", "momentum", "make", "space", "trials", "sampler", "validation", "tolerance"),
    *("line_points", "settings.zenith.window", "measure.samples", "a.b", "", "x" * 300, "settings..", "measure."),
]


def deep(value, levels):
    for _ in range(levels):
        value = [value] if random.random() < 0.5 else {random.choice(KEYS): value}
    return value


def hostile():
    if random.random() < 0.3:
        return copy.deepcopy(random.choice(MILD))
    value = copy.deepcopy(random.choice(HOSTILE))
    return deep(value, random.choice([2, 5, 20, 100])) if random.random() < 0.05 else value


def tables(spec):
    """All tables and lists of a spec."""
    yield spec
    for value in spec.values() if isinstance(spec, dict) else spec:
        if isinstance(value, (dict, list)) and value:
            yield from tables(value)


def mutate(spec):
    place = random.choice(list(tables(spec)))
    if isinstance(place, list):
        place[random.randrange(len(place))] = hostile()
        return
    kind = random.random()
    if kind < 0.55 and place:
        place[random.choice(list(place))] = hostile()
    elif kind < 0.75:
        place[random.choice(KEYS)] = hostile()
    elif kind < 0.85 and place:
        del place[random.choice(list(place))]
    elif place:
        place[random.choice(KEYS)] = place.pop(random.choice(list(place)))


def garbled(content):
    """Bytes changed, cut, doubled or put in."""
    out = bytearray(content)
    for _ in range(random.choice([1, 1, 2, 8])):
        at = random.randrange(len(out) + 1)
        kind = random.randrange(5)
        if kind == 0:
            out[at : at + 1] = bytes([random.randrange(256)])
        elif kind == 1:
            del out[at:]
        elif kind == 2:
            out[at:at] = out[at : at + random.randrange(60)]
        elif kind == 3:
            out[at:at] = random.choice(string.printable).encode() * random.choice([1, 3, 2000])
        else:
            del out[at : at + random.randrange(20)]
    return bytes(out) or b"\0"


def written(value):
    """A spec as TOML, which has no number of ten thousand digits unless one writes it by hand."""
    return tomli_w.dumps(value).encode("utf-8", errors="replace")


class HangError(BaseException):
    pass


def cpu_seconds():
    """Return the CPU time of this process and of those that it started and that are there."""
    spent = time.process_time()
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):  # it has ended
            spent += sum(process.cpu_times()[:2])
    return spent


@contextlib.contextmanager
def in_time():
    """Raise `HangError` in the block once it takes longer than a spec may."""
    spent, began = time.process_time(), time.monotonic()  # processes that it started before have ended

    def look(*_):
        if cpu_seconds() - spent > SECONDS or time.monotonic() - began > WAITED:
            signal.setitimer(signal.ITIMER_REAL, 0)
            raise HangError

    signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, 1, 1)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def is_small(spec):
    """Whether a study takes seconds: what is accepted may as well be asked to work for days."""
    measured = (value for value in spec.as_dict()["measure"].values() if isinstance(value, int))
    small = spec.budget[1] <= 4 and len(spec.seeds) <= 3 and len(spec.points()) <= 4 and spec.checkpoints <= 4
    return small and max(measured) <= 200 and (spec.tuning is None or len(trials_of(spec)) <= 12)


def main(folder, count, prepared, run, begin=0):
    random.seed(SEED)
    torch.set_num_threads(1)
    (folder / "own.py").write_text(OWN)
    path = folder / "spec.toml"
    outcomes, crashes, refusals = Counter(), [], set()
    accepted = []
    for number in range(count):
        spec = copy.deepcopy(random.choice(TEMPLATES))
        for _ in range(random.choice([1, 1, 1, 2, 3])):
            mutate(spec)
        content = written(spec)
        if number % 4 == 3:
            content = garbled(content)
        path.write_bytes(content)
        stage = "read"
        try:
            with in_time():
                read = load_spec(path)
                stage = "planned"
                tomli_w.dumps(read.as_dict(folder))
                for at, point in read.points():
                    point_name(at)
                    point.budget  # noqa: B018 (read, as planning does)
                    [point.settings_for(method) for method in point.methods]
                if read.tuning is not None:
                    trials_of(read)
                stage = "prepared"
                if is_small(read):
                    accepted.append(read)
                if len(accepted) < prepared:
                    prepare(read, folder / "out", device="cpu")
                stage = "accepted"
                outcomes[stage] += 1
        except (ValueError, FileNotFoundError) as error:
            outcomes["refused"] += 1
            refusals.add(visible(str(error), longest=2000)[:40])
        except BaseException as error:
            crashes.append([number, stage, *failure(error), content.decode(errors="replace")[:1500]])
    done, spent = Counter(), Counter()
    for number, read in enumerate(accepted):
        if done["run"] == run:
            break
        if number < begin:
            continue
        out = folder / f"out{number}"
        before = cpu_seconds()
        try:
            with in_time():
                plan = prepare(read, out, device="cpu")
                announced = estimate(plan, seconds=0)
                study = execute(plan, progress=False)
                write_report(study)
                assert not announced.is_done
                again = estimate(prepare(read, out, device="cpu"), seconds=0)  # with what could not be computed
                assert again.is_done or study.not_measured or study.failed_runs
                assert Study.open(study.path).tree["runs"]["status"].size
                done["run"] += 1
        except (ValueError, FileNotFoundError, RuntimeError) as error:
            done["refused"] += 1
            refusals.add(visible(str(error), longest=2000)[:40])
            if "\n" in str(error):
                crashes.append([number, "run", *failure(error), repr(read)[:1500]])
        except BaseException as error:
            crashes.append([number, "run", *failure(error), repr(read)[:1500]])
        spent[number] = cpu_seconds() - before
        shutil.rmtree(out, ignore_errors=True)
        print(number, dict(done), f"{spent[number]:.1f}", crashes[-1:], file=sys.stderr, flush=True)
    found = {
        "outcomes": outcomes,
        "run": done,
        "crashes": crashes,
        "kinds": len(refusals),
        "peak_mib": peak_megabytes(),
    }
    print(json.dumps(found | {"seconds": {"all": sum(spent.values()), "most": spent.most_common(5)}}))


def failure(error):
    return type(error).__name__, visible(str(error), longest=300), traceback.format_exc()[-1500:]


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    # What figures look like is tested elsewhere, and drawing would take most of the time.
    Figure.savefig = lambda self, to, **options: to.write(b"drawn")
    Figure.draw_without_rendering = lambda self: None
    main(Path(sys.argv[1]), *map(int, sys.argv[2:]))
