"""Training all seeds of a method as one batched model, over one after another.

    python benchmarks/seeds.py [--seeds 8] [--epochs 40] [--rounds 5] [--threads 1] [--no-compiler]

Whole trainings of the default task by ZENITH at its default budget, evaluations and records included, in turn: a run of
`zenith.train`, all by `zenith.train_seeds`, all by it compiled, and back. The compiled model's first training, in which
it is compiled, is left out of the rate and stands in a column of its own.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import torch
from paired import save

import zenith

NOTE = (
    "Seed-steps per CPU second of whole trainings, and how many times those of zenith.train, medians over rounds with "
    "the least and the largest ratio of neighbours; 'first' is what the first training took longer, by tracing and "
    "compiling."
)


def main() -> None:
    """Measure and save."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--no-compiler", action="store_true")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    data = zenith.tasks.get("digits").load(None)
    steps = given.epochs * -(-len(data.train) // 32)
    budget: dict[str, Any] = {"data": data, "epochs": given.epochs, "batch_size": 32, "window": 90, "checkpoints": 8}

    def together(**options: Any) -> None:
        zenith.train_seeds("digits", "zenith", given.seeds, **budget, options=options)

    def alone() -> None:
        zenith.train("digits", "zenith", **budget)

    ways: dict[str, Callable[[], None]] = {"train": alone, "train_seeds": together}
    if not given.no_compiler:
        ways["train_seeds, compiled"] = lambda: together(compile=True)
    runs = {name: 1 if name == "train" else given.seeds for name in ways}
    first = {name: _seconds(way) for name, way in ways.items()}
    rates: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(given.rounds):
        for name in list(ways)[:: 1 if number % 2 == 0 else -1]:
            rates[name].append(runs[name] * steps / _seconds(ways[name]))
    rows = []
    for name in ways:
        ratios = sorted(mine / theirs for mine, theirs in zip(rates[name], rates["train"], strict=True))
        median = statistics.median(rates[name])
        rows.append(
            {
                "way": name,
                "runs": runs[name],
                "seed_steps_per_s": round(median),
                "times_train": round(statistics.median(ratios), 2),
                "range": [round(ratios[0], 2), round(ratios[-1], 2)],
                "first_s": round(max(0.0, first[name] - runs[name] * steps / median), 1),
            }
        )
        print(rows[-1], flush=True)
    save("seeds", rows, NOTE)


def _seconds(way: Callable[[], None]) -> float:
    began = time.process_time()
    way()
    return time.process_time() - began


if __name__ == "__main__":
    main()
