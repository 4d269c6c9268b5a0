"""Where the time of a top eigenvalue goes, and how far a product is from what the processor could do at most.

    python benchmarks/breakdown.py [--nets WORD ...] [--data-root DIR]

One row per network. Of the whole call: the objective with its checks, the first product (with the trial of routes and
the graph, less a later product), the products, and the rest (Lanczos' own algebra). Of a product with kept graphs: the
share of each kind of kernel in it, its floating-point operations in convolutions and matrix products, and the time that
these would take alone at the speed of a large matrix product, the fastest thing that the processor does: no way of
multiplying with the same Hessian in the same arithmetic is faster. CPU seconds, one thread, medians.

Results go to benchmarks/results/breakdown.json and .md.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from curvature import merge, objective, save, timed, wanted
from nets import Net
from torch.profiler import ProfilerActivity, profile
from torch.utils.flop_counter import FlopCounterMode

import landscape as ls

KINDS = {
    "convolutions": ("conv",),
    "matrix_products": ("mm", "bmm", "addmm", "baddbmm", "linear", "matmul"),
    "memory": ("copy_", "fill_", "cat", "clone", "contiguous", "empty", "zero_", "_to_copy"),
}


def median(function: Callable[[], Any], repeats: int) -> float:
    return statistics.median(timed(function)[0] for _ in range(repeats))


def peak(repeats: int = 5) -> float:
    """Floating-point operations per CPU second of a large float32 matrix product, the best of some."""
    a, b = torch.randn(2, 768, 768)
    return 10 * 2 * 768**3 / min(timed(lambda: [a @ b for _ in range(10)])[0] for _ in range(repeats))


def kind_of(name: str) -> str:
    if not name.startswith("aten::"):
        return "autograd_and_python"
    operation = name.removeprefix("aten::")
    for kind, words in KINDS.items():
        if operation in words or (kind == "convolutions" and words[0] in operation):
            return kind
    return "pointwise_and_sums"


def shares(function: Callable[[], Any]) -> dict[str, float]:
    """Share of each kind of kernel in the time of a call."""
    with profile(activities=[ProfilerActivity.CPU]) as measured:
        for _ in range(3):
            function()
    totals = dict.fromkeys([*KINDS, "pointwise_and_sums", "autograd_and_python"], 0.0)
    for event in measured.key_averages():
        totals[kind_of(event.key)] += event.self_cpu_time_total
    return {kind: round(total / sum(totals.values()), 3) for kind, total in totals.items()}


def row(net: Net, fastest: float, repeats: int) -> dict[str, Any]:
    def call() -> ls.curvature.Eigenpairs:
        return ls.top_eigenpairs(objective(net), criterion="value", start="gradient")

    built = median(lambda: objective(net), repeats)
    vector = torch.randn(net.parameters, generator=torch.Generator().manual_seed(0))
    first = median(lambda: ls.HessianOperator(objective(net)).matvec(vector), repeats) - built
    hessian = ls.HessianOperator(objective(net))
    hessian.matvec(vector)
    product = median(lambda: hessian.matvec(vector), 2 * repeats + 1)
    with FlopCounterMode(display=False) as counter:
        hessian.matvec(vector)
    operations = counter.get_total_flops()
    whole, number = median(call, repeats), call().products
    return (
        {
            "net": net.name,
            "call_ms": round(1e3 * whole, 1),
            "objective": round(built / whole, 3),
            "trial_and_graph": round((first - product) / whole, 3),
            "products": round(number * product / whole, 3),
            "number": number,
            "product_ms": round(1e3 * product, 2),
            "gflop": round(operations / 1e9, 3),
            "ms_at_peak": round(1e3 * operations / fastest, 2),
        }
        | shares(lambda: hessian.matvec(vector))
        | {"peak_gflop_s": round(fastest / 1e9, 1), "layers": hessian.protocol()["layers"]}
    )


def breakdown(args: argparse.Namespace) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    fastest = peak()
    print(f"matrix product: {fastest / 1e9:.1f} GFLOP/s", flush=True)
    for net in wanted(args):
        rows.append(row(net, fastest, args.repeats))
        print(rows[-1], flush=True)
        save("breakdown", merge("breakdown", rows), args)
    return merge("breakdown", rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--nets", nargs="*", help="only the networks whose name has one of these words")
    parser.add_argument("--data-root", type=Path, help="where CIFAR-10 is; without it its networks are left out")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    save("breakdown", breakdown(args), args)


if __name__ == "__main__":
    main()
