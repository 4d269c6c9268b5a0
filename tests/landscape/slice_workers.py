"""What worker processes import, and two ranks that draw one plane together."""

import multiprocessing
import signal
import time
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
from torch import nn

from landscape.objective.objective import Objective
from landscape.slices.adaptive import adaptive_plane
from landscape.slices.directions import random_direction
from landscape.slices.grid import plane

STEPS = np.linspace(-1.0, 1.0, 5)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.norm, self.head = nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.Linear(48, 3)
        self.head.bias.requires_grad_(False)

    def forward(self, x):
        return self.head(torch.relu(self.norm(self.conv(x))).flatten(1))


def accuracy(model, batch):
    return (model(batch[0]).argmax(1) == batch[1]).double().mean()


def slowly(model, batch):
    time.sleep(0.02)
    return accuracy(model, batch)


def make(accuracy=accuracy, **options):
    torch.manual_seed(0)
    model = Net().double()
    data = torch.randn(11, 1, 6, 6, dtype=torch.float64), torch.randint(0, 3, (11,))
    model(data[0])
    metrics = {"accuracy": accuracy}
    return Objective(model, nn.CrossEntropyLoss(), data, batch_size=4, l2=0.1, metrics=metrics, **options)


def directions(objective):
    return random_direction(objective, seed=0), random_direction(objective, seed=1)


def _draw(path):
    torch.set_num_threads(1)
    objective = make(slowly)
    plane(objective, directions(objective), STEPS, route="plain", path=path)


def killed(path, points):
    """Draw a plane in a process that is killed once some points are on disk."""
    process = multiprocessing.get_context("spawn").Process(target=_draw, args=(str(path),))
    process.start()
    deadline = time.monotonic() + 400
    while time.monotonic() < deadline and process.is_alive():
        if path.exists() and len(path.read_bytes().splitlines()) > points:
            break
        time.sleep(0.01)
    process.kill()
    process.join()
    return process.exitcode


def _rank(rank, folder, interrupted, answers):
    signal.signal(signal.SIGINT, signal.default_int_handler)
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{folder}/store", rank=rank, world_size=2)
    objective = make()
    path = Path(folder) / "plane.jsonl"
    found = []
    if interrupted:
        steps = np.linspace(-1.0, 1.0, 400)
        if rank == 1:

            def press(*_):  # once both ranks have points on disk, however slow the machine is
                if path.exists() and len(path.read_text().splitlines()) > 60:
                    signal.setitimer(signal.ITIMER_REAL, 0)
                    signal.raise_signal(signal.SIGINT)

            signal.signal(signal.SIGALRM, press)
            signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
        try:
            plane(objective, directions(objective), steps, route="plain", path=path, workers=dist.group.WORLD)
        except KeyboardInterrupt:
            found.append("interrupted")
    else:
        surface = plane(objective, directions(objective), STEPS, path=path, workers=dist.group.WORLD)
        found = [surface.loss.values, surface.accuracy.values]
        try:
            plane(objective, directions(objective), STEPS + rank, workers=dist.group.WORLD)
        except ValueError as error:
            found.append(str(error))
        grid = np.linspace(-1.0, 1.0, 11)
        picture = adaptive_plane(
            objective, directions(objective), grid, holdout=10, route="plain", workers=dist.group.WORLD
        )
        found.append(picture.loss.values)
    answers.put((rank, found))
    dist.destroy_process_group()


def on_two_ranks(folder, interrupted):
    """Return what each rank has found."""
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    processes = [context.Process(target=_rank, args=(rank, str(folder), interrupted, answers)) for rank in range(2)]
    for process in processes:
        process.start()
    try:
        found = dict(answers.get(timeout=400) for _ in processes)
    finally:
        for process in processes:
            process.join(10)
            process.kill()
    return [found[0], found[1]]
