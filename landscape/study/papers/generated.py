"""Generated data in the place of real ones, for smoke runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

__all__ = ["generate", "is_possible"]

WRITERS: dict[str, Callable[[Path], None]] = {}


def is_possible(task: str) -> bool:
    """Whether data can be made for a task; one that needs none has none."""
    return task.partition("/")[0] in WRITERS


def generate(task: str, folder: Path, settings: Mapping[str, Any]) -> Path:
    """Write a dataset of a task in its on-disk format, and return its folder."""
    raise NotImplementedError
