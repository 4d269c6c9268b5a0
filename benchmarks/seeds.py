"""Training all seeds of a method as one batched model, over one after another.

    python benchmarks/seeds.py [--seeds 8] [--epochs 40] [--seconds 240] [--threads 1] [--no-compiler]

Whole trainings of the default task by ZENITH at its default budget, evaluations and records included, in turn: a run of
`zenith.train`, all by `zenith.train_seeds`, all by it compiled, and back, in rounds until the seconds are over, two at
least. The first training of each way is left out of the rates: what it takes longer, to trace, to compile and to load
what compiles, stands in a column of its own. Compiled programs are looked for in an empty cache. Last, the weights of
all ways are compared.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from typing import Any

import torch
from paired import save

import zenith

NOTE = (
    "Seed-steps per second of CPU time of the process, and by the clock, of whole trainings, medians over rounds; how "
    "many times those of zenith.train, medians over rounds with the least and the largest; `first` is what the first "
    "training took longer, in CPU seconds with all its processes; `pays after` the seed-steps from which on compiling "
    "takes less CPU time to the end than not; `difference` the largest between final weights and those of "
    "zenith.train, relative to their norm."
)


def main() -> None:
    """Measure and save."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--seconds", type=float, default=240.0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--no-compiler", action="store_true")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    data = zenith.tasks.get("digits").load(None)
    steps = given.epochs * -(-len(data.train) // 32)
    budget: dict[str, Any] = {"data": data, "epochs": given.epochs, "batch_size": 32, "window": 90, "checkpoints": 8}
    last: dict[str, list[zenith.Run]] = {}

    def together(name: str, **options: Any) -> Callable[[], None]:
        def way() -> None:
            last[name] = zenith.train_seeds("digits", "zenith", given.seeds, **budget, options=options)

        return way

    def alone() -> None:
        last["train"] = [zenith.train("digits", "zenith", **budget)]

    ways = {"train": alone, "train_seeds": together("train_seeds")}
    if not given.no_compiler:
        ways["train_seeds, compiled"] = together("train_seeds, compiled", compile=True)
    runs = {name: 1 if name == "train" else given.seeds for name in ways}
    with tempfile.TemporaryDirectory() as cache:
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = cache
        first = {name: _seconds(way)[0] for name, way in ways.items()}
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    began, number = time.perf_counter(), 0
    while number < 2 or time.perf_counter() - began < given.seconds:
        for name in list(ways)[:: 1 if number % 2 == 0 else -1]:
            taken[name].append(_seconds(ways[name]))
        number += 1
    expected = [zenith.train("digits", "zenith", seed, **budget).final for seed in range(given.seeds)]
    middle = {name: statistics.median(cpu for cpu, _ in each) for name, each in taken.items()}
    extra = {name: max(0.0, first[name] - middle[name]) for name in ways}
    rows: list[dict[str, Any]] = []
    for name, each in taken.items():
        ratios = [
            sorted(runs[name] * one[kind] / own[kind] for one, own in zip(taken["train"], each, strict=True))
            for kind in (0, 1)
        ]
        row = {
            "way": name,
            "runs": runs[name],
            "rounds": number,
            "seed_steps_per_cpu_s": round(runs[name] * steps / middle[name]),
            "seed_steps_per_s": round(runs[name] * steps / statistics.median(wall for _, wall in each)),
            "times_train": round(statistics.median(ratios[0]), 2),
            "range": [round(ratios[0][0], 2), round(ratios[0][-1], 2)],
            "times_train_by_the_clock": round(statistics.median(ratios[1]), 2),
            "first_s": round(extra[name], 1),
            "difference": f"{max(map(_distance, last[name], expected)):.1e}",
        }
        if name == "train_seeds, compiled" and (gain := middle["train_seeds"] - middle[name]) > 0:
            row["pays_after"] = round(runs[name] * steps * (extra[name] - extra["train_seeds"]) / gain)
        rows.append(row)
        print(row, flush=True)
    save("seeds", rows, NOTE)


def _seconds(way: Callable[[], None]) -> tuple[float, float]:
    """Return what a training takes of the processor, with the compilers that it starts, and by the clock."""
    began, clock = os.times(), time.perf_counter()
    way()
    now = os.times()
    return sum(now[:4]) - sum(began[:4]), time.perf_counter() - clock


def _distance(run: zenith.Run, expected: zenith.State) -> float:
    gap = sum(float((run.final[name] - tensor).double().square().sum()) for name, tensor in expected.items())
    return float((gap / sum(float(tensor.double().square().sum()) for tensor in expected.values())) ** 0.5)


if __name__ == "__main__":
    main()
