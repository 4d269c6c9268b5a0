"""What every method costs beside SGD: time of a whole training iteration, and memory, as in Table 1 of arXiv:2601.15212.

python benchmarks/methods.py [--net small|vgg19] [--batch-size N] [--only NAME ...] [--repeats N]

Same process, same weights, same batch; a method and plain SGD take turns, a block of iterations each, so that what comes
round only every few steps is in every block. Memory in copies of the weights: what the optimizer keeps, and what its step
takes for a while on top, forward passes of its own included.
"""

from __future__ import annotations

import argparse
import math
from typing import Any

import numpy as np
import torch
from curvature import interleaved, save
from torch import Tensor, nn
from torch.nn import functional
from torch.profiler import ProfilerActivity, profile, record_function

from zenith import methods
from zenith.probe import LineProbe

NETS = {
    "small": (16, 16, "pool", 32, 32, "pool", 64, 64, "pool"),
    "vgg19": (
        64, 64, "pool", 128, 128, "pool", 256, 256, 256, 256, "pool", 512, 512, 512, 512, "pool", 512, 512, 512, 512, "pool",
    ),
}  # fmt: skip
STEP = "the step of the method"
BLOCK = 20  # iterations; SOAP turns its bases every 10, GeN measures every 4


def vgg(net: str) -> nn.Sequential:
    """A VGG for 32x32 images with batch norm and one linear layer."""
    torch.manual_seed(0)
    layers: list[nn.Module] = []
    channels, size = 3, 32
    for width in NETS[net]:
        if width == "pool":
            layers.append(nn.MaxPool2d(2))
            size //= 2
        else:
            layers += [nn.Conv2d(channels, int(width), 3, padding=1), nn.BatchNorm2d(int(width)), nn.ReLU()]
            channels = int(width)
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(channels * size**2, 10))


class Iteration:
    """One method on a model of its own; called, it takes a block of iterations as a training loop would."""

    def __init__(self, name: str, net: str, batch: tuple[Tensor, Tensor]) -> None:
        self.row, self.batch = methods.get(name), batch
        self.model = vgg(net)
        self.optimizer = methods.make_optimizer(name, self.model.parameters())

    def __call__(self, iterations: int = BLOCK) -> None:
        for _ in range(iterations):
            self.step(*self.gradient())

    def forward(self) -> Tensor:
        inputs, targets = self.batch
        return functional.cross_entropy(self.model(inputs), targets)

    def closure(self) -> Tensor:
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.forward()
        loss.backward()
        return loss.detach()

    def gradient(self) -> tuple[LineProbe | None, Tensor | None]:
        probe = LineProbe(self.model, self.forward) if "probe" in self.row.needs else None
        return probe, None if "closure" in self.row.needs else self.closure()

    def step(self, probe: LineProbe | None, loss: Tensor | None) -> None:
        methods.step(self.row, self.optimizer, loss=loss, probe=probe, closure=self.closure)

    @property
    def weights(self) -> int:
        return sum(p.numel() * p.element_size() for p in self.model.parameters())


def kept(run: Iteration) -> float:
    """Bytes of tensors in the optimizer's state and groups, in copies of the weights."""

    def size(value: Any) -> int:
        if isinstance(value, Tensor):
            return value.numel() * value.element_size()
        return sum(map(size, value)) if isinstance(value, (list, tuple)) else 0

    states = (value for state in run.optimizer.state.values() for value in state.values())
    settings = (value for group in run.optimizer.param_groups for key, value in group.items() if key != "params")
    return sum(map(size, [*states, *settings])) / run.weights


def temporary(run: Iteration) -> float:
    """Most that the steps of a block hold above where they began, in copies of the weights."""
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as recorded:
        for _ in range(BLOCK):
            prepared = run.gradient()
            with record_function(STEP):
                run.step(*prepared)
    events = sorted(recorded.profiler.kineto_results.events(), key=lambda event: event.start_ns())
    peak = held = end = 0
    for event in events:
        if event.name() == STEP:
            held, end = 0, event.end_ns()
        elif event.name() == "[memory]" and event.start_ns() <= end:
            held += event.nbytes()
            peak = max(peak, held)
    return peak / run.weights


def measure(name: str, args: argparse.Namespace, batch: tuple[Tensor, Tensor]) -> dict[str, Any]:
    runs = {"sgd": Iteration("sgd", args.net, batch), name: Iteration(name, args.net, batch)}
    for run in runs.values():
        run()
    seconds = interleaved(dict(runs), args.repeats) if name != "sgd" else _twice(runs["sgd"], args)
    ours, sgd = (np.asarray(times) for times in (list(seconds.values())[i] for i in (-1, 0)))
    low, middle, high = np.percentile(100 * (ours / sgd - 1), (25, 50, 75))
    run = runs[name]
    return {
        "method": name,
        "code": run.row.library,
        "extra_time_percent": round(float(middle), 1),
        "quartiles": f"{low:.1f} to {high:.1f}",
        "sgd_ms": round(1e3 * float(np.median(sgd)) / BLOCK, 2),
        "kept_copies": round(kept(run), 2),
        "temporary_copies": round(temporary(run), 2),
        "syncs": "one per tensor" if math.isinf(run.row.syncs) else run.row.syncs,
        "blocks": args.repeats,
    }


def _twice(sgd: Iteration, args: argparse.Namespace) -> dict[str, list[float]]:
    """SGD beside itself: what the comparison makes of no difference at all."""
    return interleaved({"one": sgd, "other": sgd}, args.repeats)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--net", choices=NETS, default="small")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--only", nargs="+", default=None, choices=methods.names(), metavar="NAME")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    generator = torch.Generator().manual_seed(0)
    batch = (
        torch.randn(args.batch_size, 3, 32, 32, generator=generator),
        torch.randint(10, (args.batch_size,), generator=generator),
    )
    # A schedule costs one division per step and keeps nothing: constant stands for the five, and is sgd itself.
    chosen = args.only or ["sgd", *(n for n, row in methods.METHODS.items() if row.family != "schedule" and n != "sgd")]
    rows = []
    for name in chosen:
        rows.append({"net": args.net, "batch_size": args.batch_size} | measure(name, args, batch))
        print(rows[-1], flush=True)
        save("methods" if args.net == "small" else f"methods_{args.net}", rows, args)


if __name__ == "__main__":
    main()
