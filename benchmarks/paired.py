"""Ratios of two costs measured in turn, and where they were measured."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import torch

RESULTS = Path(__file__).parent / "results"


def ratio(ours: list[float], theirs: list[float], resamples: int = 2000) -> dict[str, Any]:
    """Summarise pairs of neighbours: median of the paired ratios in percent over 1, quartiles, 95 % bootstrap
    interval."""
    pairs = 100 * (np.asarray(ours) / np.asarray(theirs) - 1)
    draws = np.random.default_rng(0).integers(0, len(pairs), (resamples, len(pairs)))
    low, high = np.percentile(np.median(pairs[draws], axis=1), [2.5, 97.5])
    quarter, middle, three_quarters = np.percentile(pairs, [25, 50, 75])
    return {
        "pairs": len(pairs),
        "extra_percent": round(float(middle), 3),
        "quartiles": [round(float(quarter), 3), round(float(three_quarters), 3)],
        "interval_95": [round(float(low), 3), round(float(high), 3)],
    }


def save(name: str, rows: list[dict[str, Any]], note: str) -> None:
    """Write the rows as JSON, with what they were measured on, and as a Markdown table."""
    RESULTS.mkdir(exist_ok=True)
    measured_on = {
        "processor": _processor(),
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "commit": _commit(),
        "load_average": round(os.getloadavg()[0], 1),
        "note": note,
    }
    (RESULTS / f"{name}.json").write_text(json.dumps({"measured_on": measured_on, "rows": rows}, indent=1) + "\n")
    columns = list(dict.fromkeys(column for row in rows for column in row))
    lines = ["| " + " | ".join(column.replace("_", " ") for column in columns) + " |", "|---" * len(columns) + "|"]
    lines += ["| " + " | ".join(_cell(row.get(column)) for column in columns) + " |" for row in rows]
    (RESULTS / f"{name}.md").write_text("\n".join([*lines, "", note]) + "\n")


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return " to ".join(str(part) for part in value)
    return "" if value is None else str(value)


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def _commit() -> str:
    done = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"
