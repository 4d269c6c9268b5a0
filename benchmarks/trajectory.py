"""Memory and time of projecting a long trajectory, each in a process of its own.

python benchmarks/trajectory.py --folder DIR    1,000 safetensors files of 1e7 float32 parameters: 40 GB of disk

Results go to benchmarks/results/trajectory_memory.json and .md. The files are written to DIR (deleted afterwards,
unless --keep) and all differ: a random walk in 8 directions, and noise of each checkpoint's own. The peak is the
high-water mark of resident memory (Linux: VmHWM, reset) above what was resident when everything was imported and one
small trajectory projected, so that what BLAS allocates at its first call is in the baseline. Files are read and not
mapped, so their pages are in the cache of the operating system and not in the process.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from curvature import save
from safetensors.torch import save_file

RANK = 8

CHILD = """
import json, sys, time
from pathlib import Path
import torch
from landscape.trajectory.projection import project
torch.set_num_threads(int(sys.argv[2]))
small = [{"w": torch.randn(1000)} for _ in range(300)]
project(small)
del small
paths = sorted(Path(sys.argv[1]).iterdir())
def resident(field):
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(field))
    return int(line.split()[1]) * 1024 / 1e6
Path("/proc/self/clear_refs").write_text("5")  # the high-water mark starts anew from what is resident now
before, start, cpu = resident("VmRSS"), time.perf_counter(), time.process_time()
found = project(paths)
print(json.dumps({
    "peak_mb_above_baseline": round(resident("VmHWM") - before, 1),
    "baseline_mb": round(before, 1),
    "wall_seconds": round(time.perf_counter() - start, 1),
    "cpu_seconds": round(time.process_time() - cpu, 1),
    "explained": [round(float(share), 6) for share in found.explained_variance_ratio],
    "passes": found.protocol["passes"],
    "slices": found.protocol["slices"],
    "memory_budget_mb": round(found.protocol["memory_bytes"] / 1e6, 1),
}))
"""


def write(folder: Path, checkpoints: int, parameters: int) -> None:
    """A random walk in RANK fixed directions, and noise of each checkpoint's own at a hundredth of its size."""
    generator = torch.Generator().manual_seed(0)
    directions = torch.randn(RANK, parameters, generator=generator)
    steps = torch.randn(checkpoints, RANK, generator=generator) / torch.arange(1, RANK + 1)
    noise = torch.randn(parameters + checkpoints * 8, generator=generator) / 100
    for i, place in enumerate(steps.cumsum(0)):
        state = (place @ directions).add_(noise[8 * i : 8 * i + parameters])
        half = parameters // 2
        save_file(
            {"first.weight": state[:half].clone(), "second.weight": state[half:].clone()},
            folder / f"step-{i:06d}.safetensors",
        )


def measure(folder: Path, threads: int) -> dict[str, Any]:
    path = os.pathsep.join([str(Path(__file__).parent), *sys.path[1:]])
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(folder), str(threads)],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": path},
    )
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()), help="where the files go")
    parser.add_argument("--sizes", nargs="*", default=["100x1000000", "1000x10000000"], help="checkpoints x parameters")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--keep", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    rows: list[dict[str, Any]] = []
    for size in args.sizes:
        checkpoints, parameters = map(int, size.split("x"))
        folder = args.folder / f"trajectory-{size}"
        needed = 4.1 * checkpoints * parameters
        if not folder.exists():
            free = shutil.disk_usage(args.folder).free
            if needed > 0.9 * free:
                print(
                    f"{size} needs {needed / 1e9:.0f} GB and {args.folder} has {free / 1e9:.0f}: left out", flush=True
                )
                continue
            folder.mkdir()
            start = time.perf_counter()
            write(folder, checkpoints, parameters)
            print(f"{size}: written in {time.perf_counter() - start:.0f} s", flush=True)
        copies = 3 * 4 * parameters / 1e6
        try:
            found = measure(folder, args.threads)
        finally:
            if not args.keep:
                shutil.rmtree(folder)
        rows.append(
            {"checkpoints": checkpoints, "parameters": parameters, "on_disk_gb": round(needed / 4.1 * 4 / 1e9, 2)}
            | {"three_copies_mb": copies}
            | found
        )
        print(rows[-1], flush=True)
        save("trajectory_memory", rows, args)
    assert all(np.isfinite(row["explained"]).all() for row in rows)


if __name__ == "__main__":
    main()
