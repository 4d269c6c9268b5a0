"""What zenith.train costs over a bare loop on the same data: a DataLoader with and without workers, tensors, text.

    [DATA_ROOT=DATA] python benchmarks/data.py [--rounds 20] [--threads 1]

Both loops run in a thread each, an epoch at a time, in the order A B B A, and see as many samples in batches of one
size. All of an epoch counts but the evaluations after it, which the bare loop leaves out. The bare loop is the shortest
one that trains: it records nothing, and takes the order and the random numbers as they come. With DATA_ROOT, the
training on CIFAR-10 as it is loaded is compared with the same on images that were made ready in memory before.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from typing import Any

import torch
from paired import ratio, save
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
from training import Held, Hold

import zenith
import zenith.training.loop
from landscape.objective import import_torchvision
from zenith.training.evaluation import measurements

SAMPLES, BATCH = 512, 32
NOTE = (
    "Seconds per iteration: of the thread on a processor without workers, by the clock with them. 'share of bare' is "
    "the throughput of zenith.train in percent of the bare loop's, the median of neighbouring epochs; quartiles and a "
    "95 % bootstrap interval of the extra time in percent."
)


class Images(Dataset[tuple[Tensor, int]]):
    """Noise in CIFAR's shape, as uint8, with a transform per sample."""

    def __init__(self, transform: Callable[[Tensor], Tensor] | None) -> None:
        generator = torch.Generator().manual_seed(0)
        self.pixels = torch.randint(256, (SAMPLES, 3, 32, 32), dtype=torch.uint8, generator=generator)
        self.labels = torch.randint(10, (SAMPLES,), generator=generator)
        self.transform = transform

    def __len__(self) -> int:
        return SAMPLES

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        image = self.pixels[index].float() / 255 - 0.5
        return (image if self.transform is None else self.transform(image)), int(self.labels[index])


class Text(Dataset[Tensor]):
    """Sequences of different lengths."""

    def __init__(self) -> None:
        generator = torch.Generator().manual_seed(0)
        lengths = torch.randint(16, 64, (SAMPLES,), generator=generator).tolist()
        self.rows = [torch.randint(1, 65, (length,), generator=generator) for length in lengths]

    def __len__(self) -> int:
        return SAMPLES

    def __getitem__(self, index: int) -> Tensor:
        return self.rows[index]


def padded(rows: list[Tensor]) -> tuple[Tensor, Tensor]:
    inputs = nn.utils.rnn.pad_sequence([row[:-1] for row in rows], batch_first=True)
    return inputs, nn.utils.rnn.pad_sequence([row[1:] for row in rows], batch_first=True, padding_value=-100)


def image_model() -> nn.Module:
    layers: list[nn.Module] = []
    for inner, outer in ((3, 32), (32, 64), (64, 64)):
        layers += [
            nn.Conv2d(inner, outer, 3, padding=1, bias=False),
            nn.BatchNorm2d(outer),
            nn.ReLU(),
            nn.MaxPool2d(2),
        ]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(1024, 10))


class TextModel(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding, self.gru, self.head = (
            nn.Embedding(65, 64),
            nn.GRU(64, 128, batch_first=True),
            nn.Linear(128, 65),
        )

    def forward(self, tokens: Tensor) -> Tensor:
        return self.head(self.gru(self.embedding(tokens))[0]).transpose(1, 2)


def bare(model: nn.Module, batches: Callable[[], Any], epochs: int, hold: Hold) -> None:
    model.train()
    optimizer, criterion = torch.optim.SGD(model.parameters(), lr=0.01), nn.CrossEntropyLoss()
    for _ in range(epochs):
        for inputs, targets in batches():
            optimizer.zero_grad()
            criterion(model(inputs), targets).backward()
            optimizer.step()
            hold()


def measure(
    name: str,
    model: Callable[[], nn.Module],
    data: Any,
    batches: Callable[[], Any],
    clock: Any,
    rounds: int,
    **given: Any,
) -> list[dict[str, Any]]:
    own = zenith.Task(name=name, model=model, train=data, test=data, loss=nn.CrossEntropyLoss())
    rows, per_epoch, epochs = [], SAMPLES // BATCH, rounds + 3
    for options in ({}, {"update_norm_every": 10}):
        loops: dict[str, Held] = {}

        def ours(hold: Hold, options: dict[str, Any] = options) -> None:
            budget: dict[str, Any] = {"epochs": epochs, "batch_size": BATCH, "checkpoints": 1, "device": "cpu"}
            settings = {"lr": 0.01}
            zenith.train(own, "sgd", 0, **budget, settings=settings, options=options, on_step=hold)

        def evaluate_beside(*args: Any, loops: dict[str, Held] = loops) -> tuple[float, ...]:
            began = clock()
            found = measurements(*args)
            if "ours" in loops:
                loops["ours"].left_out += clock() - began
            return found

        zenith.training.loop.measurements = evaluate_beside  # type: ignore[assignment]
        loops["ours"] = Held(ours, per_epoch, clock)
        loops["bare"] = Held(lambda hold: bare(model(), batches, epochs, hold), per_epoch, clock)
        times: dict[str, list[float]] = {key: [] for key in loops}
        for number in range(rounds + 1):
            for key in loops if number % 2 else reversed(loops):
                seconds = loops[key].epoch()
                if number:
                    times[key].append(seconds)
        for held in loops.values():
            held.close()
        found = ratio(times["ours"], times["bare"])
        middle = sorted(times["bare"])[rounds // 2]
        about = {"data": name, "options": str(options) if options else "", "bare_ms": round(1e3 * middle, 2)}
        rows.append(about | {"share_of_bare": round(100 / (1 + found["extra_percent"] / 100), 1)} | found)
        print(rows[-1], flush=True)
    return rows


def real_against_held(rounds: int, clock: Any) -> dict[str, Any]:
    """Compare zenith.train on CIFAR-10 as it is loaded from DATA_ROOT with the same on float32 images made before.

    VGG-19 of an eighth of the width, batches of 128, random crops and flips; the loaded ones stay uint8 and are
    standardised batch by batch.
    """
    batch, per_epoch = 128, 4
    task = zenith.tasks.get("cifar10/vgg19", width=0.125, train_samples=batch * per_epoch, test_samples=10)
    data = task.load(os.environ["DATA_ROOT"])
    parts = [split.batch(torch.arange(len(split))) for split in (data.train, data.test)]
    ready = task.replace(name="ready", data=None, train=parts[0], test=parts[1], download=None)
    loops: dict[str, Held] = {}

    def loop(chosen: Any, given: Any) -> Callable[[Hold], object]:
        budget: dict[str, Any] = {"epochs": rounds + 3, "batch_size": batch, "checkpoints": 1, "device": "cpu"}
        return lambda hold: zenith.train(chosen, "sgd", 0, data=given, settings={"lr": 0.01}, on_step=hold, **budget)

    def evaluate_beside(chosen: Any, *args: Any) -> tuple[float, ...]:
        began = clock()
        found = measurements(chosen, *args)
        held = loops.get(chosen.name)
        if held is not None:
            held.left_out += clock() - began
        return found

    zenith.training.loop.measurements = evaluate_beside  # type: ignore[assignment]
    loops["cifar10/vgg19"] = Held(loop(task, data), per_epoch, clock)
    loops["ready"] = Held(loop(ready, ready.load()), per_epoch, clock)
    times: dict[str, list[float]] = {key: [] for key in loops}
    for number in range(rounds + 1):
        for key in loops if number % 2 else reversed(loops):
            seconds = loops[key].epoch()
            if number:
                times[key].append(seconds)
    for held in loops.values():
        held.close()
    found = ratio(times["cifar10/vgg19"], times["ready"])
    middle = sorted(times["ready"])[rounds // 2]
    about = {"data": "CIFAR-10 as loaded, VGG-19/8, crops and flips, against images in memory", "options": ""}
    share = round(100 / (1 + found["extra_percent"] / 100), 1)
    return about | {"bare_ms": round(1e3 * middle, 2), "share_of_bare": share} | found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    import_torchvision()
    from torchvision.transforms import v2

    crop = v2.Compose([v2.RandomCrop(32, padding=4), v2.RandomHorizontalFlip()])
    plain, cropped = Images(None), Images(crop)
    X, y = plain.pixels.float() / 255 - 0.5, plain.labels
    rows: list[dict[str, Any]] = []
    if "DATA_ROOT" in os.environ:
        rows.append(real_against_held(args.rounds, time.thread_time))
        print(rows[-1], flush=True)

    def add(name: str, model: Callable[[], nn.Module], data: Any, batches: Any, clock: Any) -> None:
        rows.extend(measure(name, model, data, batches, clock, args.rounds))
        save("data", rows, NOTE)

    def loader(dataset: Any, workers: int = 0, **given: Any) -> DataLoader[Any]:
        return DataLoader(dataset, BATCH, shuffle=True, num_workers=workers, **given)

    own = time.thread_time
    add("tensors", image_model, (X, y), lambda: ((X[i], y[i]) for i in torch.randperm(SAMPLES).split(BATCH)), own)
    for name, dataset in (("images", plain), ("images, random crops", cropped)):
        add(f"{name}: DataLoader", image_model, loader(dataset), lambda dataset=dataset: loader(dataset), own)
    texts = loader(Text(), collate_fn=padded)
    add("padded text: DataLoader", TextModel, texts, lambda: texts, own)
    workers = loader(cropped, 1, persistent_workers=True)
    add("images, random crops: DataLoader, 1 worker", image_model, workers, lambda: workers, time.perf_counter)


if __name__ == "__main__":
    main()
