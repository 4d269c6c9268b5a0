"""How much faster two processes multiply with the Hessian than one, one thread each, side by side.

    python benchmarks/distributed.py [--samples 512] [--repeats 9]

Both are measured in turn in the same two processes: rank 0 alone on all samples, while rank 1 sleeps in the barrier,
then both on half of them each. The table has medians, and the ratio is the median of the ratios of neighbours. The
last column is rank 0's CPU time alone over that of its half: what the ratio would be on free cores without waiting.
Results go to benchmarks/results/distributed.json and .md.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
import torch.distributed as dist
import torch.multiprocessing
from curvature import save
from torch import Tensor, nn

from landscape.curvature.hessian import HessianOperator
from landscape.distributed.data_parallel import DataParallelOperator
from landscape.linalg.operator import SymmetricOperator
from landscape.objective.objective import Objective

RANKS = 2


def convnet() -> nn.Module:
    layers: list[nn.Module] = []
    for inputs, outputs, stride in ((3, 16, 1), (16, 32, 2), (32, 32, 1), (32, 64, 2)):
        layers += [nn.Conv2d(inputs, outputs, 3, stride, padding=1), nn.BatchNorm2d(outputs), nn.GELU()]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


def seconds(operator: SymmetricOperator | None, vector: Tensor) -> tuple[float, float]:
    """Time of one product between two barriers, and CPU time of this process for it; None waits."""
    dist.barrier()
    start, cpu = time.perf_counter(), time.process_time()
    if operator is not None:
        operator.matvec(vector)
    cpu = time.process_time() - cpu
    dist.barrier()
    return time.perf_counter() - start, cpu


def measure(rank: int, store: str, samples: int, repeats: int, out: str) -> None:
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=RANKS)
    torch.manual_seed(0)
    model = convnet()
    X, y = torch.randn(samples, 3, 16, 16), torch.randint(0, 10, (samples,))
    say: Callable[..., None] = print if rank == 0 else lambda *_: None
    say(f"convnet, {sum(p.numel() for p in model.parameters())} parameters, {samples} samples, one thread per process")
    say(f"{'graph':>8} {'1 process':>10} {'2 processes':>12} {'ratio':>6} {'range':>14} {'CPU ratio':>10}")
    rows = []
    for graph, budget in (("rebuilt", 0), ("kept", 2**40)):
        # One route for all, because each would choose its own by the clock.
        def hessian(data: tuple[Tensor, Tensor], budget: int = budget) -> HessianOperator:
            objective = Objective(model, nn.CrossEntropyLoss(), data, batch_size=128)
            return HessianOperator(objective, memory_budget=budget, route="rewritten")

        both = DataParallelOperator(hessian((X[rank::RANKS], y[rank::RANKS])))
        alone = hessian((X, y)) if rank == 0 else None
        vector = torch.randn(both.size, generator=torch.Generator().manual_seed(1))
        product = both.matvec(vector)
        if alone is not None:
            gap = float((product - alone.matvec(vector)).norm() / product.norm())
            assert gap < 1e-4, f"The products differ by {gap:.1g}."
        pairs = [(seconds(alone, vector), seconds(both, vector)) for _ in range(repeats)]
        ratios = [one / two for (one, _), (two, _) in pairs]
        one, two = (statistics.median(wall for wall, _ in column) for column in zip(*pairs, strict=True))
        cpu_one, cpu_two = (statistics.median(cpu for _, cpu in column) for column in zip(*pairs, strict=True))
        extent = f"{min(ratios):.2f} to {max(ratios):.2f}"
        say(
            f"{graph:>8} {one:9.3f}s {two:11.3f}s {statistics.median(ratios):6.2f} {extent:>14} "
            f"{cpu_one / max(cpu_two, 1e-9):10.2f}"
        )
        rows.append(
            {
                "net": "convnet",
                "parameters": both.size,
                "samples": samples,
                "graph": graph,
                "one_process_wall_s": round(one, 4),
                "two_processes_wall_s": round(two, 4),
                "ratio": round(statistics.median(ratios), 2),
                "ratio_range": extent,
                "cpu_ratio": round(cpu_one / max(cpu_two, 1e-9), 2),
                "load_average": round(os.getloadavg()[0], 1),
            }
        )
    if rank == 0:
        Path(out).write_text(json.dumps(rows))
    dist.destroy_process_group()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=512)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--threads", type=int, default=1, choices=[1], help="of each process")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store, out = Path(folder) / "store", Path(folder) / "rows.json"
        torch.multiprocessing.spawn(measure, (str(store), arguments.samples, arguments.repeats, str(out)), nprocs=RANKS)
        save("distributed", json.loads(out.read_text()), arguments)


if __name__ == "__main__":
    main()
