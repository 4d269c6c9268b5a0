"""What ZENITH costs over torch.optim.SGD with the same flags, in a whole training iteration and in memory.

    python benchmarks/overhead.py [--pairs 12] [--threads 1] [--momentum 0]

One model, one process: iterations with either optimizer alternate on the same weights, in the order A B B A, and the
neighbours are paired. Two figures: the iterations' own times, and, because those scatter by more than what is looked
for, the time of `step` alone in the same iterations, its difference over the iteration.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import torch
from paired import ratio, save
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import Optimizer

from landscape.objective._torchvision import import_torchvision
from zenith import Zenith

NOTE = (
    "CPU seconds of the thread; extra percent over torch.optim.SGD with the same flags, medians of pairs. 'step' is "
    "the difference of the two steps over the iteration; 'iteration' compares whole iterations."
)


def vgg19() -> nn.Module:
    """VGG-19 (Simonyan and Zisserman 2015, configuration E) with batch norm and one linear layer, for 32x32 images."""
    layers: list[nn.Module] = []
    channels = 3
    for width in (64, 64, 0, 128, 128, 0, 256, 256, 256, 256, 0, 512, 512, 512, 512, 0, 512, 512, 512, 512, 0):
        if width == 0:
            layers.append(nn.MaxPool2d(2))
            continue
        layers += [nn.Conv2d(channels, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True)]
        channels = width
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(512, 10))


def resnet18() -> nn.Module:
    """torchvision's ResNet-18 with the 3x3 stem without pooling that is usual on 32x32 images."""
    model = import_torchvision().models.resnet18(num_classes=10)
    model.conv1, model.maxpool = nn.Conv2d(3, 64, 3, padding=1, bias=False), nn.Identity()
    return model


def iteration(model: nn.Module, optimizer: Optimizer, x: Tensor, y: Tensor) -> tuple[float, float]:
    """CPU seconds of one iteration, and of its step."""
    began = time.thread_time()
    optimizer.zero_grad()
    functional.cross_entropy(model(x), y).backward()
    before = time.thread_time()
    optimizer.step()
    after = time.thread_time()
    return after - began, after - before


def state_bytes(optimizer: Optimizer) -> int:
    """Bytes of what the optimizer keeps, in tensors and in numbers of eight bytes."""

    def size(value: Any) -> int:
        if isinstance(value, Tensor):
            return value.numel() * value.element_size()
        if isinstance(value, dict):
            return sum(size(part) for part in value.values())
        if isinstance(value, list):
            return sum(size(part) for part in value)
        return 8 if isinstance(value, float) else 0

    return sum(size(s) for s in optimizer.state.values()) + sum(
        size(value) for group in optimizer.param_groups for name, value in group.items() if name != "params"
    )


def peak_step_bytes(model: nn.Module, optimizer: Optimizer) -> int:
    """Most memory that one step allocates beyond what was there."""
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU], profile_memory=True) as profile:
        optimizer.step()
    held = peak = 0
    for event in profile.profiler.kineto_results.events():  # type: ignore[union-attr]
        if event.name() == "[memory]":
            held += event.nbytes()
            peak = max(peak, held)
    return peak


def measure(name: str, make: Callable[[], nn.Module], batch: int, flags: dict[str, Any], pairs: int) -> dict[str, Any]:
    torch.manual_seed(0)
    model = make().train()
    x, y = torch.randn(batch, 3, 32, 32), torch.randint(10, (batch,))
    params = list(model.parameters())
    ours, theirs = Zenith(params, lr=1e-3, window=500, **flags), torch.optim.SGD(params, lr=1e-3, **flags)
    for optimizer in (ours, theirs):  # allocations, kernels
        iteration(model, optimizer, x, y)
    times: dict[Optimizer, list[tuple[float, float]]] = {ours: [], theirs: []}
    for pair in range(pairs):
        for optimizer in (ours, theirs) if pair % 2 else (theirs, ours):
            times[optimizer].append(iteration(model, optimizer, x, y))
    whole = ratio([t for t, _ in times[ours]], [t for t, _ in times[theirs]])
    rest = [t - s for t, s in times[theirs]]
    by_step = ratio([r + s for r, (_, s) in zip(rest, times[ours], strict=True)], [t for t, _ in times[theirs]])
    for _ in range(ours.window):  # memory is that of a full window
        ours.gauge.update(ours.gradient_norm)
    middle = sorted(t for t, _ in times[theirs])[pairs // 2]
    return {
        "network": name,
        "batch": batch,
        "flags": ", ".join(f"{key}={value}" for key, value in flags.items()),
        "parameters": sum(p.numel() for p in params),
        "iteration_ms": round(1e3 * middle, 1),
        "step_ms": [round(1e3 * sorted(s for _, s in times[o])[pairs // 2], 2) for o in (theirs, ours)],
        "pairs": pairs,
        "step_extra_percent": by_step["extra_percent"],
        "step_quartiles": by_step["quartiles"],
        "step_interval_95": by_step["interval_95"],
        "iteration_extra_percent": whole["extra_percent"],
        "iteration_quartiles": whole["quartiles"],
        "iteration_interval_95": whole["interval_95"],
        "kept_bytes_sgd_and_zenith": [state_bytes(theirs), state_bytes(ours)],
        "step_peak_bytes_sgd_and_zenith": [peak_step_bytes(model, theirs), peak_step_bytes(model, ours)],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=12)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--only", choices=["vgg19", "resnet18"])
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    rows: list[dict[str, Any]] = []
    networks = {"vgg19": ("VGG-19 (CIFAR)", vgg19, 128), "resnet18": ("ResNet-18 (CIFAR)", resnet18, 32)}
    for key, (name, make, batch) in networks.items():
        if args.only not in (None, key):
            continue
        for flags in ({"fused": True}, {"foreach": True}):
            rows.append(measure(name, make, batch, flags, args.pairs))
            print(rows[-1], flush=True)
            save("overhead", rows, NOTE)


if __name__ == "__main__":
    main()
