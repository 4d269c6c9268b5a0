"""What every method costs next to SGD: time of a whole training iteration, and memory, as in Table 1 of
arXiv:2601.15212.

    python benchmarks/methods.py [--net small|vgg19] [--batch-size N] [--only NAME ...] [--rounds N]

Same process, same initial weights, same batch. In every round each method takes a block of iterations, long enough for
what comes only every few steps, paired with a block of plain SGD between neighbours. Two figures, because whole
iterations scatter by more than most methods cost: the blocks' own times, and the time of what is not the batch's
forward and backward pass, whose difference is put over SGD's block. On the large network, where an iteration takes
seconds, only SGD's blocks are whole; the methods take their steps, forward passes of their own included, on its first
gradient. Memory in copies of the weights: what the optimizer keeps, and what its step takes for a while on top, forward
passes included.
"""

from __future__ import annotations

import argparse
import math
import time
from typing import Any

import torch
from paired import ratio, save
from torch import Tensor, nn
from torch.nn import functional
from torch.profiler import ProfilerActivity, profile, record_function

from zenith import methods
from zenith.baselines.line_probe import LineProbe

NOTE = (
    "CPU seconds of the thread; extra percent over torch.optim.SGD, medians of pairs with quartiles and a 95 % "
    "bootstrap interval. 'step' is the difference of what is not the batch's own forward and backward pass, over SGD's "
    "iteration; 'iteration' compares whole iterations. Memory in copies of the weights. The paper's figures: Table 1 "
    "of arXiv:2601.15212, on an A100."
)
NETS = {
    "small": (16, 16, "pool", 32, 32, "pool", 64, 64, "pool"),
    "vgg19": (
        64,
        64,
        "pool",
        128,
        128,
        "pool",
        256,
        256,
        256,
        256,
        "pool",
        512,
        512,
        512,
        512,
        "pool",
        512,
        512,
        512,
        512,
        "pool",
    ),
}
PAPERS = (
    "sgd",
    "zenith",
    "pal",
    "lqa",
    "gen",
    "cocob",
    "dog",
    "dowg",
    "d-adaptation",
    "prodigy",
    "l4",
    "ali-g",
    "sps",
)
PAPER = {  # extra percent of time, extra copies of the model
    "pal": (49.99, 1),
    "lqa": (372.3, 5),
    "gen": (29.25, 1),
    "cocob": (50.49, 5),
    "dog": (15.86, 1),
    "dowg": (27.91, 1),
    "d-adaptation": (40.12, 3),
    "prodigy": (68.97, 4),
    "l4": (81.55, 2),
    "ali-g": (18.72, 0),
    "sps": (18.56, 0),
    "zenith": (1.337, 0),
}
STEP = "the step of the method"


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
    """One method on a model of its own, iterated as a training loop would."""

    def __init__(self, name: str, net: str, batch: tuple[Tensor, Tensor]) -> None:
        self.row, self.batch = methods.get(name), batch
        self.model = vgg(net)
        self.optimizer = methods.make_optimizer(name, self.model.parameters())
        self.prepared: tuple[LineProbe | None, Tensor | None] = None, None  # what the last step was given
        self.whole = True  # or blocks of steps on the same gradient
        self.passes: list[float] = []  # seconds of each forward and backward pass in this iteration
        # SOAP turns its bases every 10 iterations, GeN measures every 4; on the large network others take one at a
        # time.
        self.length = 20 if net == "small" else 4 if name == "gen" else 1

    def block(self) -> tuple[float, float]:
        """CPU seconds of a block, and of all in it but the first forward and backward pass of each iteration; per
        iteration."""
        whole = own = 0.0
        for _ in range(self.length):
            self.passes.clear()
            began = time.thread_time()
            if self.whole:
                self.prepared = self.gradient()
            self.step(*self.prepared)
            seconds = time.thread_time() - began
            whole += seconds
            own += seconds - (self.passes[0] if self.passes else 0.0)
        return whole / self.length, own / self.length

    def adopt(self, other: Iteration) -> None:
        """Take over the gradient of a model with the same weights, for steps without a pass before each."""
        for p, theirs in zip(self.model.parameters(), other.model.parameters(), strict=True):
            p.grad = theirs.grad.clone() if theirs.grad is not None else None
        probe = LineProbe(self.model, self.forward) if "probe" in self.row.needs else None
        self.prepared, self.whole = (probe, other.prepared[1]), False

    def forward(self) -> Tensor:
        inputs, targets = self.batch
        return functional.cross_entropy(self.model(inputs), targets)

    def closure(self) -> Tensor:
        began = time.thread_time()
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.forward()
        loss.backward()
        self.passes.append(time.thread_time() - began)
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
    """Most that the steps of a block, on the last gradients, hold above where they began, in copies of the weights."""
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as recorded:
        for _ in range(run.length):
            with record_function(STEP):
                run.step(*run.prepared)
    events = sorted(recorded.profiler.kineto_results.events(), key=lambda event: event.start_ns())
    peak = held = end = 0
    for event in events:
        if event.name() == STEP:
            held, end = 0, event.end_ns()
        elif event.name() == "[memory]" and event.start_ns() <= end:
            held += event.nbytes()
            peak = max(peak, held)
    return peak / run.weights


Times = list[tuple[float, float]]


def take_round(
    runs: dict[str, Iteration], sgd: Iteration, times: dict[str, tuple[Times, Times]], together: int, *, back: bool
) -> None:
    """A block of every method in turn, each noted with the one of SGD's that falls amid its `together` neighbours."""
    names = list(reversed(runs)) if back else list(runs)
    for first in range(0, len(names), together):
        group = names[first : first + together]
        before, after = group[: (len(group) + 1) // 2], group[(len(group) + 1) // 2 :]
        ours = {name: runs[name].block() for name in before}
        reference = sgd.block()
        ours |= {name: runs[name].block() for name in after}
        for name in group:
            times[name][0].append(ours[name])
            times[name][1].append(reference)


def row(args: argparse.Namespace, run: Iteration, memory: float, ours: Times, theirs: Times) -> dict[str, Any]:
    sgd = [whole for whole, _ in theirs]
    step = ratio([whole + own - sgds for (whole, sgds), (_, own) in zip(theirs, ours, strict=True)], sgd)
    iteration = ratio([whole for whole, _ in ours], sgd) if run.whole else {}
    paper = PAPER.get(run.row.name, (None, None)) if args.net == "vgg19" else None
    return {
        "net": args.net,
        "batch": args.batch_size,
        "method": run.row.name,
        "code": run.row.library,
        "sgd_ms": round(1e3 * sorted(sgd)[len(sgd) // 2], 2),
        "rounds": len(ours),
        "step_extra_percent": step["extra_percent"],
        "step_quartiles": step["quartiles"],
        "step_interval_95": step["interval_95"],
        **({f"iteration_{key}": iteration[key] for key in ("extra_percent", "quartiles")} if iteration else {}),
        **({"paper_extra_percent": paper[0]} if paper else {}),
        "kept_copies": round(kept(run), 2),
        **({"paper_copies": paper[1]} if paper else {}),
        "temporary_copies": round(memory, 2),
        "syncs": "one per tensor" if math.isinf(run.row.syncs) else run.row.syncs,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--net", choices=NETS, default="small")
    parser.add_argument("--batch-size", type=int, default=None, help="32 for small, 128 for vgg19")
    parser.add_argument("--only", nargs="+", default=None, choices=methods.names(), metavar="NAME")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    args.batch_size = args.batch_size or (32 if args.net == "small" else 128)
    torch.set_num_threads(args.threads)
    generator = torch.Generator().manual_seed(0)
    batch = (
        torch.randn(args.batch_size, 3, 32, 32, generator=generator),
        torch.randint(10, (args.batch_size,), generator=generator),
    )
    # A schedule costs one division per step and keeps nothing: constant stands for the five, and is sgd itself.
    every = ["sgd", *(n for n, row in methods.METHODS.items() if row.family != "schedule" and n != "sgd")]
    names = args.only or (every if args.net == "small" else PAPERS)
    # "sgd" among the methods is SGD against itself: what the comparison makes of no difference at all.
    runs, sgd = {name: Iteration(name, args.net, batch) for name in names}, Iteration("sgd", args.net, batch)
    sgd.prepared = sgd.gradient()
    for each in runs.values():
        if args.net != "small":
            each.adopt(sgd)
        each.block()
    sgd.block()
    memory = {name: temporary(run) for name, run in runs.items()}
    times: dict[str, tuple[Times, Times]] = {name: ([], []) for name in runs}
    for number in range(args.rounds):
        take_round(runs, sgd, times, 2 if args.net == "small" else len(runs), back=bool(number % 2))
        rows = [row(args, runs[name], memory[name], *times[name]) for name in runs]
        print(number + 1, {each["method"]: each["step_extra_percent"] for each in rows}, flush=True)
        save("methods" if args.net == "small" else f"methods_{args.net}", rows, NOTE)


if __name__ == "__main__":
    main()
