"""What the training loop costs over one written by hand, same model, same batches, same optimizer.

    python benchmarks/training.py [--steps 400] [--threads 1]

`zenith.train` and two loops by hand each run in a thread of their own and are held after every iteration, so that their
iterations take turns, in the order A B C C B A; all of an iteration counts, from one hold to the next. "bare" is the shortest
loop that trains; "recording" keeps by hand what our trace keeps: loss, gradient norm, learning rate, norm of the update.
"""

from __future__ import annotations

import argparse
import functools
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import torch
from paired import ratio, save
from torch import Tensor, nn
from torch.nn.utils import get_total_norm

from zenith import methods, tasks, train
from zenith.streams import stream_seed
from zenith.tasks import Data, Split, Task
from zenith.tasks.task import classification_accuracy, classification_loss
from zenith.training import initial_model

NOTE = (
    "CPU seconds of the thread; extra percent of zenith.train over a loop by hand, medians of neighbours with quartiles and a 95 % "
    "bootstrap interval. 'recording' keeps the same numbers by hand."
)


def small_vgg() -> nn.Module:
    layers: list[nn.Module] = []
    channels = 3
    for width in (32, 64, 128, 128):
        layers += [
            nn.Conv2d(channels, width, 3, padding=1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.MaxPool2d(2),
        ]
        channels = width
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(512, 10))


def images(samples: int) -> Data:
    generator = torch.Generator().manual_seed(0)
    X, y = torch.randn(samples, 3, 32, 32, generator=generator), torch.randint(10, (samples,), generator=generator)
    return Data(Split((X, y)), Split((X[:64], y[:64])), "noise", "noise in CIFAR's shape")


def vgg_task() -> Task:
    return Task("vgg", "noise", lambda _: images(64), small_vgg, classification_loss, classification_accuracy)


def batches(samples: int, size: int) -> Iterator[Tensor]:
    """The loop's own batches of seed 0."""
    generator = torch.Generator().manual_seed(stream_seed(0, "batches"))
    while True:
        yield from torch.randperm(samples, generator=generator).split(size)


Hold = Callable[..., None]
"""Called after an iteration; returns when it is this loop's turn again."""


def by_hand(task: Task, data: Data, method: str, batch: int, total: int, recording: bool, hold: Hold) -> None:
    model = initial_model(task, 0).train()
    settings = methods.resolve_settings(method)
    optimizer = methods.make_optimizer(method, model.parameters(), **settings)
    schedule = methods.make_schedule(method, optimizer, total, **settings)
    params = list(model.parameters())
    rows: list[tuple[float, ...]] = []
    for index in batches(len(data.train), batch):
        optimizer.zero_grad()
        loss = task.loss(model, data.train.batch(index))
        loss.backward()
        if recording:
            norm = get_total_norm([p.grad for p in params if p.grad is not None])
            before = [p.detach().clone() for p in params]
            optimizer.step()
            moved = get_total_norm([p.detach() - b for p, b in zip(params, before, strict=True)])
            rows.append((loss.item(), norm.item(), methods.applied_lr(optimizer), moved.item()))
        else:
            optimizer.step()
        schedule.step()
        hold()


class Held:
    """A loop in a thread, an iteration at a time: ``loop(hold)`` calls ``hold`` after each."""

    def __init__(self, loop: Callable[[Hold], object]) -> None:
        self._go, self._done = threading.Semaphore(0), threading.Semaphore(0)
        self._seconds, self._stop = 0.0, False
        self._released = 0.0
        self._thread = threading.Thread(target=loop, args=(self._hold,), daemon=True)
        self._thread.start()
        self._done.acquire()  # the first iteration, with what comes before it

    def _hold(self, *_: Any) -> None:
        self._seconds = time.thread_time() - self._released
        self._done.release()
        self._go.acquire()
        if self._stop:
            raise SystemExit
        self._released = time.thread_time()

    def step(self) -> float:
        self._go.release()
        self._done.acquire()
        return self._seconds

    def close(self) -> None:
        self._stop = True
        self._go.release()
        self._thread.join()


def measure(
    name: str, task: Task, data: Data, batch: int, method: str, options: dict[str, Any], steps: int
) -> list[dict[str, Any]]:
    per_epoch = -(-len(data.train) // batch)
    epochs = steps // per_epoch + 2

    def ours(hold: Hold) -> None:
        # The only checkpoints besides the first are the ones at the end.
        train(
            task, method, 0, data=data, epochs=epochs, batch_size=batch, options=options, device="cpu", checkpoints=1,
            on_step=hold,
        )  # fmt: skip

    loops: dict[str, Held] = {"ours": Held(ours)}
    for key in ("bare", "recording"):
        loop = functools.partial(by_hand, task, data, method, batch, epochs * per_epoch, key == "recording")
        loops[key] = Held(loop)
    times: dict[str, list[float]] = {key: [] for key in loops}
    for number in range(1, steps):
        for key in loops if number % 2 else reversed(loops):
            seconds = loops[key].step()
            if number % per_epoch and number > 5:  # an iteration after the end of an epoch holds an evaluation
                times[key].append(seconds)
    for held in loops.values():
        held.close()
    rows = []
    for key in ("bare", "recording"):
        found = ratio(times["ours"], times[key])
        middle = sorted(times[key])[len(times[key]) // 2]
        rows.append(
            {"network": name, "batch": batch, "method": method, "options": str(options) if options else "", "against": key}
            | {"by_hand_us": round(1e6 * middle, 1)} | found
        )  # fmt: skip
        print(rows[-1], flush=True)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    digits = tasks.get("digits")
    pixels = digits.load(None)
    rows: list[dict[str, Any]] = []
    for method in ("zenith", "cosine"):
        for options in ({}, {"update_norm_every": 10}):
            rows += measure("CNN on digits", digits, pixels, 64, method, options, args.steps)
            save("training", rows, NOTE)
    for method in ("zenith", "cosine"):
        rows += measure(
            "small VGG, CIFAR shapes", vgg_task(), images(64 * 12), 64, method, {}, max(args.steps // 8, 20)
        )
        save("training", rows, NOTE)


if __name__ == "__main__":
    main()
