"""What a point of a plane costs next to bare forward loops and other toolkits: same process, same weights, same data.

python benchmarks/slices.py            CPU seconds per point, one thread, interleaved repeats
python benchmarks/slices.py rivals     the same of ResNet-8 and other toolkits, in a process that has done nothing else
python benchmarks/slices.py workers    wall seconds of a plane by one process and by two

Results go to benchmarks/results/slices.{json,md}, slices_rivals.{json,md} and slices_workers.{json,md}. Rivals are
those of benchmarks/requirements.txt, with PYTHONPATH=build/rivals where `make bench` puts them.
"""

from __future__ import annotations

import argparse
import copy
import json
import math
import os
import re
import resource
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from curvature import RESULTS, interleaved, objective, save, timed
from nets import Net, digits, digits_cnn, resnet, train, vit
from rivals_slices import installed
from torch import nn
from torch.nn import functional

import landscape as ls
from landscape.slices._evaluation.evaluator import Evaluator
from landscape.slices.directions import Direction

POINTS_OF_A_PLANE = 441
ROUND_SECONDS = 0.8
"""Of the bare loop: short, so that rounds are many, and a busy machine disturbs both sides of a ratio alike."""


def mlp() -> Net:
    torch.manual_seed(0)
    inputs, targets = digits()
    model = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 10))
    train(model, inputs, targets, 300, 0.1)
    return Net("MLP on digits, 300 steps", model, inputs, targets)


def small_mlp() -> Net:
    torch.manual_seed(0)
    inputs, targets = digits()
    model = nn.Sequential(nn.Linear(64, 16), nn.Tanh(), nn.Linear(16, 10))
    train(model, inputs[:64], targets[:64], 300, 0.1)
    return Net("small MLP on 64 digits, 300 steps", model, inputs[:64], targets[:64])


def suite(data_root: Path | None) -> Iterator[Callable[[], Net]]:
    yield lambda: resnet(300)
    yield lambda: vit(data_root)
    yield mlp
    yield small_mlp
    yield digits_cnn


class BareLoop:
    """The forward loop that one would write: weights moved in place, inference mode, nothing checked."""

    def __init__(self, net: Net, directions: Sequence[Direction], *, channels_last: bool, rows: int | None) -> None:
        self.model = copy.deepcopy(net.model).eval()
        self.inputs, self.targets, self.rows = net.inputs, net.targets, rows or len(net.inputs)
        if channels_last:
            self.model = self.model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
            self.inputs = self.inputs.contiguous(memory_format=torch.channels_last)
        self.live = [p.data for p in self.model.parameters()]
        self.origin = [p.clone() for p in self.live]
        self.directions = [[u[name] for name, _ in net.model.named_parameters()] for u in directions]

    @torch.inference_mode()
    def __call__(self, points: np.ndarray) -> list[float]:
        losses = []
        for point in points.tolist():
            torch._foreach_copy_(self.live, self.origin)
            for step, direction in zip(point, self.directions, strict=True):
                torch._foreach_add_(self.live, direction, alpha=step)
            total = 0.0
            for x, y in zip(self.inputs.split(self.rows), self.targets.split(self.rows), strict=True):
                total += len(x) * float(functional.cross_entropy(self.model(x), y))
            losses.append(total / len(self.inputs))
        return losses


def evaluate(evaluator: Evaluator, points: np.ndarray) -> list[float]:
    return [float(row[0]) for _, block in evaluator.evaluate(points) for row in block]


def per_point(args: argparse.Namespace) -> list[dict[str, Any]]:
    """CPU milliseconds per point; the set-up (tracing, trial) apart, and shared out over a plane of 441 points."""
    rivals, missing = installed()
    rows: list[dict[str, Any]] = [{"net": "all", "tool": name, "left_out": why} for name, why in missing.items()]
    if args.net:  # the others keep what they were measured with
        known = json.loads((RESULTS / "slices.json").read_text())["rows"]
        rows += [row for row in known if row["net"] != "all" and not args.net.search(row["net"])]
    for factory in suite(args.data_root):
        net = factory()
        if args.net and not args.net.search(net.name):
            continue
        target = objective(net)
        directions = [ls.random_direction(target, seed=seed) for seed in range(2)]
        bare = _bare_loops(net, directions)
        side = _side(bare["bare loop"])
        axis = np.linspace(-0.5, 0.5, side)
        points = np.stack(np.meshgrid(axis, axis, indexing="ij"), -1).reshape(-1, 2)
        expected = bare["bare loop"](points)
        functions: dict[str, Callable[[], Any]] = {name: partial(loop, points) for name, loop in bare.items()}
        setup: dict[str, float] = {}
        metadata: dict[str, Any] = {}
        for route in ("auto", "rewritten", "plain"):
            evaluator = Evaluator({"": target}, directions, route=route)
            seconds, found = timed(partial(evaluate, evaluator, points))
            error = max(abs(a - b) / abs(b) for a, b in zip(found, expected, strict=True))
            if not error < 1e-4:
                raise RuntimeError(f"route {route} differs from the bare loop by {error:.1e} on {net.name}")
            name = f"landscape, {route}"
            setup[name], metadata[name] = seconds, evaluator.metadata()[""] | {"largest_difference": error}
            functions[name] = partial(evaluate, evaluator, points)
        for rival in rivals:
            try:
                rival.run(net, 2)
            except Exception as error:  # whatever a toolkit does with a network that it was not tried on
                rows.append({"net": net.name, "tool": rival.name, "left_out": str(error).splitlines()[0]})
            else:
                functions[rival.name] = partial(rival.run, net, side)
        times = interleaved(functions, args.repeats)
        ours = np.array(times["landscape, auto"])
        for name, taken in times.items():
            each, ratios = 1e3 * np.array(taken) / len(points), np.array(taken) / ours
            row: dict[str, Any] = {"net": net.name, "tool": name, "points": len(points)}
            row["ms_per_point"] = round(float(np.median(each)), 3)
            row["least_to_most"] = f"{each.min():.3f} to {each.max():.3f}"
            row["times_auto"] = round(float(np.median(ratios)), 2)
            row["ratios"] = f"{ratios.min():.2f} to {ratios.max():.2f}"
            row["load_average"] = round(os.getloadavg()[0], 1)
            if name in setup:
                extra = max(0.0, 1e3 * setup[name] - float(np.median(each)) * len(points)) / POINTS_OF_A_PLANE
                row["ms_per_point_of_441_with_setup"] = round(row["ms_per_point"] + extra, 3)
                row |= {"layers": metadata[name]["layers"], "chunk": metadata[name].get("chunk")}
            rows.append(row)
            print(row, flush=True)
        save("slices", rows, args)
    return rows


def _bare_loops(net: Net, directions: Sequence[Direction]) -> dict[str, BareLoop]:
    """The loops that one would write, as they come and with the data cut into chunks that stay near the caches."""
    images = net.inputs.dim() == 4
    loops = {"bare loop": BareLoop(net, directions, channels_last=False, rows=None)}
    if images:
        loops["bare loop, channels last"] = BareLoop(net, directions, channels_last=True, rows=None)
    for rows in (64, 256):
        if rows < len(net.inputs):
            words = f"bare loop, {'channels last, ' if images else ''}chunks of {rows}"
            loops[words] = BareLoop(net, directions, channels_last=images, rows=rows)
    return loops


def _side(loop: Callable[[np.ndarray], Any]) -> int:
    loop(np.zeros((3, 2)))
    seconds = timed(lambda: loop(np.zeros((3, 2))))[0] / 3
    return max(4, min(41, math.isqrt(int(ROUND_SECONDS / seconds))))


def beside_rivals(args: argparse.Namespace) -> list[dict[str, Any]]:
    """CPU milliseconds and page faults per point of ResNet-8.

    Whether large tensors are new pages of the system or old ones of the process, which the allocator decides by what
    the process has done before, more than doubles the cost of a loop over whole batches. So here it has done nothing
    else.
    """
    net, side = resnet(300), 3
    target = objective(net)
    directions = [ls.random_direction(target, seed=seed) for seed in range(2)]
    axis = np.linspace(-0.5, 0.5, side)
    points = np.stack(np.meshgrid(axis, axis, indexing="ij"), -1).reshape(-1, 2)
    evaluator = Evaluator({"": target}, directions, route="rewritten")
    evaluate(evaluator, points)
    functions: dict[str, Callable[[], Any]] = {
        "landscape, rewritten": partial(evaluate, evaluator, points),
        "bare loop": partial(BareLoop(net, directions, channels_last=False, rows=None), points),
        "bare loop, channels last, chunks of 64": partial(
            BareLoop(net, directions, channels_last=True, rows=64), points
        ),
    }
    found, missing = installed()
    functions |= {rival.name: partial(rival.run, net, side) for rival in found}
    seconds: dict[str, list[float]] = {name: [] for name in functions}
    faults: dict[str, list[int]] = {name: [] for name in functions}
    for _ in range(args.repeats):
        for name, function in functions.items():
            before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
            seconds[name].append(timed(function)[0])
            faults[name].append(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
        print({name: round(1e3 * taken[-1] / len(points), 1) for name, taken in seconds.items()}, flush=True)
    ours = np.array(seconds["landscape, rewritten"])
    rows: list[dict[str, Any]] = [{"net": net.name, "tool": name, "left_out": why} for name, why in missing.items()]
    for name, taken in seconds.items():
        each, ratios = 1e3 * np.array(taken) / len(points), np.array(taken) / ours
        rows.append(
            {
                "net": net.name,
                "tool": name,
                "ms_per_point": round(float(np.median(each)), 1),
                "least_to_most": f"{each.min():.1f} to {each.max():.1f}",
                "times_landscape": round(float(np.median(ratios)), 2),
                "ratios": f"{ratios.min():.2f} to {ratios.max():.2f}",
                "page_faults_per_point": int(np.median(faults[name])) // len(points),
                "load_average": round(os.getloadavg()[0], 1),
            }
        )
    return rows


def workers(args: argparse.Namespace) -> list[dict[str, Any]]:
    """Wall seconds of a plane by one process and by two, of one thread each, the start of the second included; in
    turn."""
    net = resnet(300)
    target = objective(net)
    directions = ls.random_direction(target, seed=0), ls.random_direction(target, seed=1)
    axis = np.linspace(-1, 1, args.side)
    rows: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(args.repeats):
        for number in rows:
            start = time.perf_counter()
            ls.plane(target, directions, axis, route="rewritten", workers=number)
            rows[number].append(time.perf_counter() - start)
            print(number, round(rows[number][-1], 2), flush=True)
    one, two = (np.array(times) for times in rows.values())
    return [
        {
            "net": net.name,
            "points": args.side**2,
            "repeats": args.repeats,
            "one_process_s": round(float(np.median(one)), 2),
            "one_from_to": f"{one.min():.2f} to {one.max():.2f}",
            "two_processes_s": round(float(np.median(two)), 2),
            "two_from_to": f"{two.min():.2f} to {two.max():.2f}",
            "times": round(float(np.median(one / two)), 3),
            "ratios": f"{(one / two).min():.3f} to {(one / two).max():.3f}",
            "load_average": round(os.getloadavg()[0], 1),
        }
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", nargs="?", default="slices", choices=("slices", "rivals", "workers"))
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--net", type=re.compile, help="measure only the nets whose name this pattern finds")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--side", type=int, default=31, help="of the plane that workers share")
    parser.add_argument("--data-root", type=Path, help="where CIFAR-10 is; without it the transformer sees noise")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    if args.kind == "slices":
        save("slices", per_point(args), args)
    elif args.kind == "rivals":
        save("slices_rivals", beside_rivals(args), args)
    else:
        save("slices_workers", workers(args), args)


if __name__ == "__main__":
    main()
