"""Trains each method in children that are killed, and prints what came of it next to what an undisturbed child gets.

    python killed_script.py FOLDER SEED METHOD...

A process of its own, because it forks: nothing may have used several threads before.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import sys
import time
from pathlib import Path
from typing import Any

import torch

from zenith.training.train import train

BUDGET: dict[str, Any] = {"epochs": 2, "batch_size": 96, "window": 3, "checkpoints": 4, "device": "cpu"}


def everything(run: Any) -> dict[str, Any]:
    weights = hashlib.sha256()
    for step, state in run.checkpoints.items():
        for name, value in state.items():
            weights.update(f"{step}:{name}".encode() + value.numpy().tobytes())
    columns = {name: run.trace.step_array(name) for name in run.trace.steps if name != "seconds"}
    columns |= {name: run.trace.epoch_array(name) for name in run.trace.epochs}
    return {
        "weights": weights.hexdigest(),
        "order": run.batch_order,
        "trace": {name: hashlib.sha256(column.tobytes()).hexdigest() for name, column in columns.items()},
        "steps": len(run.trace.steps["loss"]),
        "epoch_steps": run.trace.epoch_steps,
        "status": run.status,
    }


def child(method: str, answer: Path, **options: Any) -> int:
    """Start a training in a new process; it writes everything it got to `answer`."""
    pid = os.fork()
    if pid:
        return pid
    try:
        answer.write_text(json.dumps(everything(train("digits", method, 0, **BUDGET, **options))))
        os._exit(0)
    except BaseException as error:
        print(f"{method}: {error!r}", file=sys.stderr)
        os._exit(1)


def finish(pid: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def disturbed(method: str, folder: Path, draw: random.Random) -> list[int]:
    """Kill a training at three random steps, at two random moments, and by SIGTERM; return how each child ended."""
    file, answer = folder / f"{method}.run", folder / f"{method}.json"

    def kill(number: int, last: int) -> Any:
        return lambda step, *_: os.kill(os.getpid(), number) if step == last else None

    ends = []
    for last in sorted(draw.sample(range(1, 30), 3)):
        ends.append(
            finish(child(method, answer, resume=file, save_every=draw.choice((1, 2, 3)), on_step=kill(9, last)))
        )
    for _ in range(2):
        pid = child(method, answer, resume=file, save_every=1)
        time.sleep(draw.uniform(0.0, 0.12))
        os.kill(pid, signal.SIGKILL)
        ends.append(finish(pid))
    ends.append(finish(child(method, answer, resume=file, save_every=10**6, on_step=kill(signal.SIGTERM, 29))))
    ends.append(finish(child(method, answer, resume=file)))
    return ends


def main() -> None:
    torch.set_num_threads(1)
    folder, draw = Path(sys.argv[1]), random.Random(int(sys.argv[2]))
    found = {}
    for method in sys.argv[3:]:
        # Here rather than in a child, which also spares the children the imports.
        (folder / f"{method}-whole.json").write_text(json.dumps(everything(train("digits", method, 0, **BUDGET))))
        ends = disturbed(method, folder, draw)
        answers = [folder / f"{method}-whole.json", folder / f"{method}.json"]
        found[method] = {"ends": ends, "answers": [json.loads(a.read_text()) for a in answers if a.exists()]}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
