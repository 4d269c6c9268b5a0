"""What curvature costs next to other toolkits: same process, same weights, same data, interleaved repeats, one thread.

python benchmarks/curvature.py eigenvalue   time to a top eigenvalue of a stated accuracy
python benchmarks/curvature.py product      one product in gradient evaluations; blocks; five pairs against one
python benchmarks/curvature.py bare         one product, and the fixed costs of a search, beside bare double backward
python benchmarks/curvature.py vectors      what a Lanczos step takes beside the product, at a million parameters and up
python benchmarks/curvature.py memory       peak memory of a search
python benchmarks/curvature.py trajectory   products per checkpoint with warm starts
python benchmarks/curvature.py scaling      cost of a product against samples and parameters, with a figure

`--nets WORD ...` measures only the networks whose name has one of the words and keeps the other rows as they were.
Results go to benchmarks/results as JSON, with what they were measured on, and as Markdown tables.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from nets import Net, digits, named, resnet, tasks, ten, train
from paired import ratio
from rivals import RIVALS
from scipy.sparse.linalg import eigsh
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.attention import SDPBackend, sdpa_kernel
from tqdm.auto import tqdm

import landscape as ls
from landscape.linalg.eigenproblem import Problem
from landscape.linalg.krylov import Krylov
from landscape.linalg.operator import SymmetricOperator

RESULTS = Path(__file__).parent / "results"
ACCURACIES = (1e-3, 1e-5)
CAP_SECONDS = 150.0


def objective(net: Net, **options: Any) -> ls.Objective:
    return ls.Objective(
        net.model, nn.CrossEntropyLoss(), (net.inputs, net.targets), **({"batch_size": len(net.inputs)} | options)
    )


def timed(function: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds of this process, all threads, and the result."""
    gc.collect()
    start = time.process_time()
    result = function()
    return time.process_time() - start, result


def interleaved(functions: dict[str, Callable[[], Any]], repeats: int) -> dict[str, list[float]]:
    """CPU seconds of each, taking turns."""
    seconds: dict[str, list[float]] = {name: [] for name in functions}
    for _ in range(repeats):
        for name, function in functions.items():
            seconds[name].append(timed(function)[0])
    return seconds


def truth(net: Net) -> float:
    """The top eigenvalue in float64 by ARPACK on products of the model's own graph."""
    exact = objective(net, dtype=torch.float64, check_deterministic=False)
    with ls.HessianOperator(exact, route="plain") as hessian:
        return float(eigsh(hessian.as_linear_operator(), k=1, which="LA", tol=1e-10, return_eigenvectors=False)[0])


def ours(net: Net, tol: float) -> ls.curvature.Eigenpairs:
    """What a user gets who asks for that error of the value; the objective's construction and checks included."""
    return ls.top_eigenpairs(objective(net), tol=tol, criterion="value", start="gradient")


def wanted(args: argparse.Namespace) -> Iterator[Net]:
    """Iterate over the networks, or those asked for by name, each made when it is its turn."""
    for name, factory in named(args.data_root).items():
        if not args.nets or any(word.lower() in name.lower() for word in args.nets):
            yield factory()


def merge(kind: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows measured now, each with the commit, and those of other networks as they were before."""
    path = RESULTS / f"{kind}.json"
    before = json.loads(path.read_text())["rows"] if path.exists() else []
    names = {row["net"] for row in rows}
    return [row for row in before if row["net"] not in names] + [row | {"commit": commit()} for row in rows]


def eigenvalue(args: argparse.Namespace) -> list[dict[str, Any]]:
    """Time to a top eigenvalue of a stated accuracy, the rivals' settings chosen with the truth in hand."""
    rows: list[dict[str, Any]] = []
    for net in wanted(args):
        exact = truth(net)
        print(f"{net.name}: {net.parameters} parameters, {len(net.inputs)} samples, lambda_max {exact:.8g}", flush=True)
        tried = {rival.name: _cheapest(net, rival, exact) for rival in RIVALS}
        for accuracy in ACCURACIES:
            reached = {name: found[accuracy] for name, found in tried.items() if accuracy in found}
            best = min(reached, key=lambda name: reached[name]["cpu_seconds"])
            run, setting = next(rival.run for rival in RIVALS if rival.name == best), reached[best]["setting"]
            seconds = interleaved(
                {"landscape": partial(ours, net, accuracy), best: partial(run, net, setting)}, args.repeats
            )
            median = {name: statistics.median(times) for name, times in seconds.items()}
            rows.append(_own_row(net, accuracy, exact) | {"cpu_seconds": median["landscape"], "runs": args.repeats})
            for name, row in reached.items():
                row = row | {"cpu_seconds": median[best], "runs": args.repeats} if name == best else row
                ratio = round(row["cpu_seconds"] / median["landscape"], 2)
                rows.append({"net": net.name, "accuracy": accuracy, "tool": name} | row | {"times_landscape": ratio})
            for row in rows[-1 - len(reached) :]:
                print("  ", row, flush=True)
        save("eigenvalue", merge("eigenvalue", rows), args)  # an hour's work is not lost with the last net
    return merge("eigenvalue", rows)


def _cheapest(net: Net, rival: Any, exact: float) -> dict[float, dict[str, Any]]:
    """For each accuracy the first of a rival's settings that reaches it, which only hindsight can tell."""
    found: dict[float, dict[str, Any]] = {}
    for setting in rival.settings:
        try:
            seconds, (value, products) = timed(partial(rival.run, net, setting))
        except RuntimeError as failure:  # NotImplementedError is one
            print(f"   {rival.name} fails: {str(failure).splitlines()[0]}", flush=True)
            break
        error = abs(value - exact) / abs(exact)
        for accuracy in ACCURACIES:
            if accuracy not in found and error <= accuracy:
                found[accuracy] = {
                    "cpu_seconds": seconds,
                    "runs": 1,
                    "products": products,
                    "setting": setting,
                    "error": error,
                }
        if len(found) == len(ACCURACIES) or seconds > CAP_SECONDS:
            break
    return found


def _own_row(net: Net, accuracy: float, exact: float) -> dict[str, Any]:
    pairs = ours(net, accuracy)
    return {
        "net": net.name,
        "accuracy": accuracy,
        "tool": "landscape",
        "products": pairs.products,
        "setting": f"tol={accuracy:g}, criterion=value, start=gradient",
        "error": abs(float(pairs.values[0]) - exact) / exact,
        "error_estimate": float(pairs.error_estimates[0]) / exact,
        "error_bound": float(pairs.residuals[0]) / exact,
        "converged": bool(pairs.converged[0]),
        "layers": pairs.protocol["layers"],
        "chunk": pairs.protocol["chunk"],
    }


def product(args: argparse.Namespace) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for net in wanted(args):
        target = objective(net)
        parameters = list(net.model.parameters())
        kept, rebuilt = ls.HessianOperator(target), ls.HessianOperator(target, memory_budget=0)
        plain = ls.HessianOperator(target, route="plain")
        vectors = torch.randn(kept.size, 10, generator=torch.Generator().manual_seed(0))
        vector = vectors[:, 0].contiguous()
        one = ls.top_eigenpairs(target)

        def gradient(net: Net = net, parameters: list[Any] = parameters) -> Any:
            return torch.autograd.grad(functional.cross_entropy(net.model(net.inputs), net.targets), parameters)

        functions = {
            "gradient": gradient,
            "kept": lambda kept=kept, vector=vector: kept.matvec(vector),
            "rebuilt": lambda rebuilt=rebuilt, vector=vector: rebuilt.matvec(vector),
            "plain, kept": lambda plain=plain, vector=vector: plain.matvec(vector),
            "ten at once, kept": lambda kept=kept, vectors=vectors: kept.matmat(vectors),
            "ten at once, rebuilt": lambda rebuilt=rebuilt, vectors=vectors: rebuilt.matmat(vectors),
        }
        for function in functions.values():
            function()
        seconds = {name: statistics.median(times) for name, times in interleaved(functions, args.repeats).items()}
        five = ls.top_eigenpairs(target, k=5)
        calls = {
            "one": lambda target=target: ls.top_eigenpairs(target),
            "five": lambda target=target: ls.top_eigenpairs(target, k=5),
        }
        whole = {name: statistics.median(times) for name, times in interleaved(calls, args.repeats).items()}
        rows.append(
            {
                "net": net.name,
                "gradient_ms": round(1e3 * seconds["gradient"], 2),
                "kept_in_gradients": round(seconds["kept"] / seconds["gradient"], 2),
                "rebuilt_in_gradients": round(seconds["rebuilt"] / seconds["gradient"], 2),
                "plain_kept_in_gradients": round(seconds["plain, kept"] / seconds["gradient"], 2),
                "ten_kept_in_singles": round(seconds["ten at once, kept"] / seconds["kept"], 2),
                "ten_rebuilt_in_singles": round(seconds["ten at once, rebuilt"] / seconds["rebuilt"], 2),
                "products_one_pair": one.products,
                "products_five_pairs": five.products,
                "products_five_without_confirmation": five.products - int(five.protocol["confirmation"].split()[0]),
                "seconds_five_over_one": round(whole["five"] / whole["one"], 2),
                "layers": kept.protocol()["layers"],
            }
        )
        print(rows[-1], flush=True)
        save("product", merge("product", rows), args)
    return merge("product", rows)


def bare(args: argparse.Namespace) -> list[dict[str, Any]]:
    """One product beside a bare double backward through a kept graph, and what a search takes besides its products."""
    rows: list[dict[str, Any]] = []
    torch.manual_seed(0)
    warm = nn.Sequential(nn.Linear(4, 3)), torch.randn(9, 4), torch.randint(0, 3, (9,))
    ls.top_eigenpairs(objective(Net("warm-up", *warm)))  # the first derivative of a process imports half a second
    for net in ten():
        if args.nets and not any(word.lower() in net.name.lower() for word in args.nets):
            continue
        parameters = list(net.model.parameters())
        with sdpa_kernel(SDPBackend.MATH):
            loss = functional.cross_entropy(net.model(net.inputs), net.targets)
            slopes = torch.autograd.grad(loss, parameters, create_graph=True)
        hessian = ls.HessianOperator(objective(net))
        compiled = ls.HessianOperator(objective(net), route="compiled")
        vector = torch.randn(hessian.size, generator=torch.Generator().manual_seed(0))
        sizes = [p.numel() for p in parameters]

        def by_hand(
            slopes: Any = slopes, parameters: Any = parameters, vector: Tensor = vector, sizes: Any = sizes
        ) -> Tensor:
            parts = [part.view_as(p) for part, p in zip(vector.split(sizes), parameters, strict=True)]
            rows = torch.autograd.grad(slopes, parameters, parts, retain_graph=True)
            return torch.cat([row.reshape(-1) for row in rows])

        ours_of = partial(hessian.matvec, vector)
        error = float((ours_of() - by_hand()).norm() / by_hand().norm())
        began = time.perf_counter()  # the compiler runs in processes of its own
        product_compiled = compiled.matvec(vector)
        compiling = time.perf_counter() - began
        calls = {"ours": ours_of, "bare": by_hand, "compiled": partial(compiled.matvec, vector)}
        repeats = max(args.repeats, min(60, int(1.0 / max(timed(by_hand)[0], 1e-3))))
        gc.collect()  # once: it takes longer than a product of a small network
        seconds: dict[str, list[float]] = {name: [] for name in calls}
        for turn in range(repeats):
            for name in list(calls)[:: 1 if turn % 2 else -1]:
                began = time.process_time()
                calls[name]()
                seconds[name].append(time.process_time() - began)
        whole = [timed(lambda net=net: ls.top_eigenpairs(objective(net))) for _ in range(args.repeats)]
        product = statistics.median(seconds["ours"])
        rows.append(
            {
                "net": net.name,
                "parameters": net.parameters,
                "bare_ms": round(1e3 * statistics.median(seconds["bare"]), 2),
                "ours_ms": round(1e3 * product, 2),
                "extra_percent": (found := ratio(seconds["ours"], seconds["bare"]))["extra_percent"],
                "quartiles": found["quartiles"],
                "extra_percent_of_minima": round(100 * (min(seconds["ours"]) / min(seconds["bare"]) - 1), 1),
                "pairs": repeats,
                "difference": error,
                "compiled_ms": round(1e3 * statistics.median(seconds["compiled"]), 2),
                "times_faster_compiled": round(product / statistics.median(seconds["compiled"]), 2),
                "difference_compiled": float((product_compiled - by_hand()).norm() / by_hand().norm()),
                "seconds_compiling": round(compiling, 1),
                "compiled": compiled.protocol()["graph"],
                "products": whole[0][1].products,
                "rest_of_a_search_in_products": round(
                    (statistics.median(t for t, _ in whole) - whole[0][1].products * product) / product, 1
                ),
                "layers": hessian.protocol()["layers"],
            }
        )
        print(rows[-1], flush=True)
        save("bare", merge("bare", rows), args)
    return merge("bare", rows)


class _Spikes(SymmetricOperator):
    """A diagonal matrix with ten large entries: Lanczos vectors are spikes on a broad floor, hard on float32 sums."""

    dtype, device = torch.float32, torch.device("cpu")

    def __init__(self, size: int) -> None:
        self.entries = torch.linspace(-1, 1, size)
        self.entries[:10] = torch.arange(10) + 2.0
        self.seconds = 0.0

    @property
    def size(self) -> int:
        return len(self.entries)

    def matvec(self, vector: Tensor) -> Tensor:
        began = time.process_time()
        product = self.entries * vector
        self.seconds += time.process_time() - began
        return product

    def unflatten(self, vector: Tensor) -> dict[str, Tensor]:
        return {"entries": vector}

    def flatten(self, direction: Any) -> Tensor:
        return direction["entries"]

    def protocol(self) -> dict[str, Any]:
        return {}


def vectors(args: argparse.Namespace) -> list[dict[str, Any]]:
    """What twelve steps of Lanczos take beside their products, and how orthogonal the basis is in float64."""
    return [_vectors_row(size) for size in (10**6, 10**7)]


def _vectors_row(size: int) -> dict[str, Any]:
    operator = _Spikes(size)
    problem = Problem(operator, 1000, [], tqdm(disable=True))
    krylov = Krylov(problem)

    def step(rest: Tensor, consumed: list[int]) -> None:
        krylov.expand(krylov.orthonormalize(rest, 0.0, consumed)[0], consumed)

    took = [timed(partial(step, problem.random(torch.Generator().manual_seed(0))[None], []))[0]]
    for _ in range(11):
        operator.seconds = 0.0
        took.append(timed(partial(step, krylov.residual_block, [0]))[0] - operator.seconds)
    basis, gram = torch.cat(krylov.basis.blocks()), torch.zeros(12, 12, dtype=torch.float64)
    for part in basis.split(2**20, dim=1):
        gram += part.double() @ part.double().T
    copying = min(timed(partial(basis[0].copy_, basis[1]))[0] for _ in range(5))
    row = {
        "net": "a diagonal matrix",
        "parameters": size,
        "step_ms": round(1e3 * statistics.mean(took[1:]), 1),
        "first_and_last_ms": [round(1e3 * took[1], 1), round(1e3 * took[-1], 1)],
        "copy_of_a_vector_ms": round(1e3 * copying, 1),
        "overlap": float((gram - torch.eye(12)).abs().max()),
    }
    print(row, flush=True)
    return row


def memory(args: argparse.Namespace) -> list[dict[str, Any]]:
    """Peak memory of one search for the top eigenvalue, each in a process of its own."""
    runs = {
        "landscape": "curvature.ours(net, 1e-3)",
        "landscape, rebuilt": "ls.top_eigenpairs(ls.HessianOperator(curvature.objective(net), memory_budget=0))",
        "PyHessian 0.1": "rivals.RIVALS[0].run(net, 1e-2)",
        "hessian-eigenthings 1.0.0a5, Lanczos": "rivals.RIVALS[1].run(net, 5)",
        "curvlinops 3.0.1 + eigsh": "rivals.RIVALS[2].run(net, (4, 1e-2))",
    }
    rows = []
    for name, call in runs.items():
        script = (
            "import resource, torch, nets, rivals, curvature, landscape as ls; torch.set_num_threads(1); net = "
            "nets.resnet(0); curvature.objective(net).value(); peak = lambda: "
            f"resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024; before = peak(); {call}; print(before, "
            "peak())"
        )
        path = os.pathsep.join([str(Path(__file__).parent), *sys.path[1:]])
        done = subprocess.run(
            [sys.executable, "-c", script],
            capture_output=True,
            text=True,
            check=True,
            env=os.environ | {"PYTHONPATH": path},
        )
        before, after = map(int, done.stdout.split()[-2:])
        rows.append({"net": "ResNet-8 on noise, 512 samples", "tool": name, "peak_mb_above_evaluation": after - before})
        print(rows[-1], flush=True)
    return rows


def trajectory(args: argparse.Namespace) -> list[dict[str, Any]]:
    """Warm starts against cold ones along a run of SGD on digits."""
    inputs, targets = digits()
    inputs = inputs.view(-1, 1, 8, 8)
    rows = []
    for criterion in ("residual", "value"):
        torch.manual_seed(0)
        model = tasks.get("digits").model()
        target = ls.Objective(model, nn.CrossEntropyLoss(), (inputs, targets), batch_size=2048)
        last = None
        for checkpoint in range(12):
            here = target.at(model.state_dict())
            cold = ls.top_eigenpairs(here, criterion=criterion)
            warm = ls.top_eigenpairs(here, criterion=criterion, start=last) if last else cold
            rows.append(
                {
                    "criterion": criterion,
                    "step": 20 * checkpoint,
                    "lambda_max": float(cold.values[0]),
                    "cold": cold.products,
                    "warm": warm.products,
                    "difference": abs(float(warm.values[0] - cold.values[0])) / float(cold.values[0]),
                }
            )
            print(rows[-1], flush=True)
            last = warm
            train(model, inputs, targets, 20, 0.02)
    return rows


def scaling(args: argparse.Namespace) -> list[dict[str, Any]]:
    """Seconds per product against the number of samples, and of parameters."""
    rows = []
    for samples in (128, 256, 512, 1024, 2048):
        rows.append(_scaling_row("samples", resnet(0, samples)))
    for width in (64, 200, 640, 2000, 3000):
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(64, width), nn.Tanh(), nn.Linear(width, width), nn.Tanh(), nn.Linear(width, 10))
        inputs, targets = digits()
        rows.append(_scaling_row("parameters", Net(f"MLP of width {width}", model, inputs[:256], targets[:256])))
    save("scaling", rows, args)
    _draw_scaling(rows)
    return rows


def _scaling_row(axis: str, net: Net) -> dict[str, Any]:
    # One route for all sizes: at the smallest the choice by the clock may be another.
    hessian = ls.HessianOperator(objective(net, check_deterministic=False), memory_budget=2**33, route="rewritten")
    vector = torch.randn(hessian.size, generator=torch.Generator().manual_seed(0))
    hessian.matvec(vector)
    seconds = statistics.median(timed(lambda: hessian.matvec(vector))[0] for _ in range(5))
    row = {"axis": axis, "net": net.name, "samples": len(net.inputs), "parameters": net.parameters, "seconds": seconds}
    print(row, flush=True)
    return row


def _draw_scaling(rows: list[dict[str, Any]]) -> None:
    import matplotlib.pyplot as plt

    with plt.rc_context(dict(ls.plot.STYLE)):
        figure, axes = plt.subplots(1, 2, figsize=(ls.plot.DOUBLE_WIDTH, 2.4), layout="constrained")
        for ax, axis in zip(axes, ("samples", "parameters"), strict=True):
            points = [(row[axis], row["seconds"]) for row in rows if row["axis"] == axis]
            x, y = np.array(points, dtype=float).T
            ax.loglog(x, y, "o-", label="measured")
            ax.loglog(x, y[-1] * x / x[-1], "--", color="0.5", label="proportional")
            if axis == "samples":  # their range is too short for ticks at powers of ten
                ax.set_xticks(x, [f"{value:.0f}" for value in x])
                ax.tick_params(axis="x", which="minor", bottom=False, labelbottom=False)
                ax.set_yticks(ticks := [0.2, 0.5, 1, 2], [f"{tick:g}" for tick in ticks])
                ax.tick_params(axis="y", which="minor", left=False, labelleft=False)
            ax.set_xlabel(f"number of {axis}")
            ax.set_ylabel("CPU seconds per product")
            ax.legend()
        RESULTS.mkdir(exist_ok=True)
        for ending in ("png", "pdf"):
            figure.savefig(RESULTS / f"scaling.{ending}", dpi=200)


def table(rows: Iterable[dict[str, Any]]) -> str:
    rows = list(rows)
    columns = list(dict.fromkeys(name for row in rows for name in row))

    def cell(value: Any) -> str:
        return f"{value:.2g}" if isinstance(value, float) and abs(value) < 1e-2 else str(value)

    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    lines += ["| " + " | ".join(cell(row.get(name, "")) for name in columns) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def save(kind: str, rows: list[dict[str, Any]], args: argparse.Namespace) -> None:
    """Write the results so far."""
    RESULTS.mkdir(exist_ok=True)
    measured_on = {
        "processor": processor(),
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "cores": os.cpu_count(),
        "threads": args.threads,
        "repeats": args.repeats,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "commit": commit(),
        "time": "CPU seconds of the process, medians of interleaved repeats",
    }
    (RESULTS / f"{kind}.json").write_text(json.dumps({"measured_on": measured_on, "rows": rows}, indent=1) + "\n")
    (RESULTS / f"{kind}.md").write_text(table(rows))


def processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def commit() -> str:
    """The commit that is measured, with "-dirty" if anything but the results differs from it."""

    def git(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["git", *words], capture_output=True, text=True, check=False)

    here = git("describe", "--always").stdout.strip()
    changed = git("diff", "--quiet", "HEAD", "--", ":/", ":(top,exclude)benchmarks/results").returncode
    return (here + ("-dirty" if changed else "")) or "unknown"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    kinds = {
        "eigenvalue": eigenvalue,
        "product": product,
        "bare": bare,
        "vectors": vectors,
        "memory": memory,
        "trajectory": trajectory,
        "scaling": scaling,
    }
    parser.add_argument("kind", choices=kinds)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--nets", nargs="*", help="only the networks whose name has one of these words")
    parser.add_argument(
        "--data-root", type=Path, help="where CIFAR-10 is; without it the nets on CIFAR-10 are left out"
    )
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    save(args.kind, kinds[args.kind](args), args)


if __name__ == "__main__":
    main()
