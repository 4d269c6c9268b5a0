"""What the training loop costs over one written by hand, same model, same batches, same optimizer.

    python benchmarks/training.py [--rounds 100] [--threads 1]

`zenith.train` and three loops by hand each run in a thread of their own, an epoch at a time, in the order A B C D D C B
A. All of an epoch counts but the evaluations after it, which the loops by hand leave out. "loader" is the loop of the
tutorials: a DataLoader over tensors that are normalised already. "bare" is the shortest loop that trains, and gathers
whole batches as ours does; "recording" is that, and keeps what our trace keeps: loss, gradient norm, learning rate,
norm of the update.
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
from torch.utils.data import DataLoader, TensorDataset

import zenith.training.loop
from zenith import methods, tasks, train
from zenith.tasks import Data, Split, Task
from zenith.training.evaluation import measurements
from zenith.training.seeds import stream_seed
from zenith.training.train import initial_model

NOTE = (
    "CPU seconds of the thread, per iteration; extra percent of zenith.train over a loop by hand, medians of "
    "neighbouring epochs with quartiles and a 95 % bootstrap interval. 'loader' is a DataLoader over tensors; 'bare' "
    "gathers its batches as we do; 'recording' moreover keeps the same numbers by hand."
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
    return Task("vgg", small_vgg, data=lambda _: images(64), loss=nn.CrossEntropyLoss(), metric="accuracy")


def batches(samples: int, size: int) -> Iterator[Tensor]:
    """The loop's own batches of seed 0."""
    generator = torch.Generator().manual_seed(stream_seed(0, "batches"))
    while True:
        yield from torch.randperm(samples, generator=generator).split(size)


Hold = Callable[..., None]
"""Called after an iteration; returns when it is this loop's turn again."""


def by_hand(task: Task, data: Data, method: str, batch: int, total: int, kind: str, hold: Hold) -> None:
    drawn, samples = batches(len(data.train), batch), len(data.train)
    source = (data.train.batch(index) for index in drawn)
    if kind == "loader":
        every = TensorDataset(*data.train.batch(torch.arange(samples)))
        source = iter(DataLoader(every, batch_sampler=(index.tolist() for index in drawn)))  # type: ignore[arg-type]
    model = initial_model(task, 0).train()
    settings = methods.resolve_settings(method)
    optimizer = methods.make_optimizer(method, model.parameters(), **settings)
    schedule = methods.make_schedule(method, optimizer, total, **settings)
    params = list(model.parameters())
    rows: list[tuple[float, ...]] = []
    for inputs in source:
        optimizer.zero_grad()
        loss = task.loss(model, inputs)
        loss.backward()
        if kind == "recording":
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
    """A loop in a thread, an epoch at a time: ``loop(hold)`` calls ``hold`` after each iteration.

    `clock` gives the seconds that count: by default those of the thread on a processor.
    """

    def __init__(
        self, loop: Callable[[Hold], object], per_epoch: int, clock: Callable[[], float] = time.thread_time
    ) -> None:
        self._clock = clock
        self._go, self._done = threading.Semaphore(0), threading.Semaphore(0)
        self._per_epoch, self._iterations = per_epoch, 0
        self._stop = False
        self._began = self._seconds = 0.0
        self.left_out = 0.0  # seconds of the thread that do not count
        self._thread = threading.Thread(target=loop, args=(self._hold,), daemon=True)
        self._thread.start()
        self._done.acquire()  # the first epoch, with what comes before it

    def _hold(self, *_: Any) -> None:
        self._iterations += 1
        if self._iterations % self._per_epoch:
            return
        self._seconds = (self._clock() - self._began - self.left_out) / self._per_epoch
        self._done.release()
        self._go.acquire()
        if self._stop:
            raise SystemExit
        self._began, self.left_out = self._clock(), 0.0

    def epoch(self) -> float:
        """Seconds per iteration of the next epoch."""
        self._go.release()
        self._done.acquire()
        return self._seconds

    def close(self) -> None:
        self._stop = True
        self._go.release()
        self._thread.join()


def measure(
    name: str, task: Task, data: Data, batch: int, method: str, options: dict[str, Any], rounds: int
) -> list[dict[str, Any]]:
    per_epoch = -(-len(data.train) // batch)
    epochs = rounds + 3

    def ours(hold: Hold) -> None:
        # The only checkpoints besides the first are the ones at the end.
        train(
            task,
            method,
            0,
            data=data,
            epochs=epochs,
            batch_size=batch,
            options=options,
            device="cpu",
            checkpoints=1,
            on_step=hold,
        )

    loops: dict[str, Held] = {}

    def evaluate_beside(*args: Any) -> tuple[float, ...]:
        began = time.thread_time()
        found = measurements(*args)
        if "ours" in loops:  # and not in its first epoch, which is not timed
            loops["ours"].left_out += time.thread_time() - began
        return found

    zenith.training.loop.measurements = evaluate_beside  # type: ignore[assignment]
    loops["ours"] = Held(ours, per_epoch)
    for kind in ("loader", "bare", "recording"):
        loop = functools.partial(by_hand, task, data, method, batch, epochs * per_epoch, kind)
        loops[kind] = Held(loop, per_epoch)
    times: dict[str, list[float]] = {key: [] for key in loops}
    for number in range(rounds + 1):
        for key in loops if number % 2 else reversed(loops):
            seconds = loops[key].epoch()
            if number:
                times[key].append(seconds)
    for held in loops.values():
        held.close()
    rows = []
    for key in ("loader", "bare", "recording"):
        found = ratio(times["ours"], times[key])
        middle = sorted(times[key])[len(times[key]) // 2]
        rows.append(
            {
                "network": name,
                "batch": batch,
                "method": method,
                "options": str(options) if options else "",
                "against": key,
            }
            | {"by_hand_us": round(1e6 * middle, 1)}
            | found
        )
        print(rows[-1], flush=True)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    digits = tasks.get("digits")
    pixels = digits.load(None)
    rows: list[dict[str, Any]] = []
    for method in ("zenith", "cosine"):
        for options in ({}, {"update_norm_every": 10}):
            rows += measure("CNN on digits", digits, pixels, 64, method, options, args.rounds)
            save("training", rows, NOTE)
    for method in ("zenith", "cosine"):
        rows += measure("small VGG, CIFAR shapes", vgg_task(), images(64 * 6), 64, method, {}, max(args.rounds // 4, 5))
        save("training", rows, NOTE)


if __name__ == "__main__":
    main()
