"""Generated data in the place of real ones, for smoke runs."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from zenith.tasks import fixtures

__all__ = ["generate", "is_possible"]


def is_possible(task: str) -> bool:
    """Whether data can be made for a task; one that needs none has none."""
    return _writer(task) is not None


def generate(task: str, folder: Path) -> Path:
    """Write the dataset of a task in its on-disk format into a folder of its own, and return that.

    What is there is taken as it is: the same is generated each time.
    """
    write, dataset = _writer(task), task.partition("/")[0]
    assert write is not None
    there = folder / dataset
    if not there.is_dir():
        part = folder / f".{dataset}.tmp"
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        write(part)
        os.replace(part, there)
    return there


def _writer(task: str) -> Callable[[Path], Any] | None:
    dataset = task.partition("/")[0].replace("-", "_")
    found = getattr(fixtures, f"write_{dataset}", None)
    return found if callable(found) else None
