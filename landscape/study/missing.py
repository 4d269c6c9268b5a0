"""Missing measurements and their reasons, kept in the store, so that one failure does not end a study."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
import torch
import xarray as xr

from landscape._common.errors import is_out_of_memory

__all__ = ["GROUP", "NO_STEP", "REASONS", "Attempts", "Missing", "reasons_of", "summary_of"]

T = TypeVar("T")

GROUP = "not_measured"
"""Group of a store's file that lists what is missing from it."""

# What a study measures, by the words of its list.
LOSS = "loss and metric"
EIGENVALUE = "top eigenvalue"
PRECONDITIONED = "top preconditioned eigenvalue"
TRACE = "Hessian trace"
SHARPNESS = "adaptive sharpness"
LINES = {"random": "line along a random direction", "eigenvector": "line along the top eigenvector"}
PLANE = "plane of the trajectories"
SURFACE = "loss on the plane"
SPECTRUM = "spectral density"
EVERYTHING = "everything at the checkpoints"
"""Where the measuring of a run failed as a whole."""

MOSTREASONS = 3
"""A caption names no more."""

NO_STEP = -1
"""In the place of a step, for what does not belong to one."""

REASONS = (ValueError, ArithmeticError, MemoryError, torch.linalg.LinAlgError)
"""What measuring raises where a number cannot be had; anything else is an error of the program, which goes on its
way."""


@dataclass(frozen=True)
class Missing:
    """One thing that could not be measured.

    Attributes
    ----------
    what : str
        Such as "top eigenvalue".
    optimizer : str
        The method of the run, or "" for what belongs to all runs of a seed.
    seed : int
    step : int
        Of the checkpoint, or -1.
    reason : str
        In a sentence.
    """

    what: str
    optimizer: str
    seed: int
    step: int
    reason: str

    def __str__(self) -> str:
        at = "" if self.step == NO_STEP else f" at step {self.step}"
        run = f"{self.optimizer} seed {self.seed}" if self.optimizer else f"seed {self.seed}"
        return f"{self.what} of {run}{at}: not measured: {self.reason}"


@dataclass
class Attempts:
    """Measurements, of which some fail.

    Attributes
    ----------
    rows : list of (str, int, str)
        What failed: what it was, the step, and the reason.
    """

    rows: list[tuple[str, int, str]] = field(default_factory=list)

    def __call__(self, what: str, measure: Callable[[], T], step: int = NO_STEP) -> T | None:
        """Return what `measure` returns, or note the reason why it cannot and return None."""
        try:
            return measure()
        except REASONS as error:
            self.note(what, reason_of(error), step)
        except RuntimeError as error:
            if not is_out_of_memory(error):
                raise
            self.note(what, reason_of(error), step)
        if torch.cuda.is_available():  # what the failed attempt held is not to be missing from the next
            torch.cuda.empty_cache()
        return None

    def note(self, what: str, reason: str, step: int = NO_STEP) -> None:
        """Record a missing measurement."""
        self.rows.append((what, step, reason))

    def groups(self) -> dict[str, xr.Dataset]:
        """Return the group that lists the missing measurements, if any."""
        if not self.rows:
            return {}
        what, step, reason = zip(*self.rows, strict=True)
        return {f"/{GROUP}": table(what=what, step=np.asarray(step, dtype=np.int64), reason=reason)}


def table(**columns: Sequence[object] | np.ndarray) -> xr.Dataset:
    """Return columns over the dimension "entry"."""
    return xr.Dataset({name: ("entry", np.asarray(column)) for name, column in columns.items()})


def rows_of(tree: xr.DataTree) -> Iterator[dict[str, object]]:
    """Iterate over the missing measurements listed in a file of the store; files of older versions list none."""
    if f"/{GROUP}" in tree.groups:
        rows = tree[GROUP].to_dataset()
        for i in range(rows.sizes["entry"]):
            yield {str(name): column.values[i : i + 1].tolist()[0] for name, column in rows.data_vars.items()}


def summary_of(missing: Sequence[object]) -> str:
    """Summarise missing measurements: their number, and the first one as text."""
    first = str(missing[0]).removesuffix(".")
    if len(missing) == 1:
        return f"1 measurement could not be made: {first}"
    return f"{len(missing)} measurements could not be made, the first: {first}"


def reasons_of(missing: Iterable[Missing]) -> str:
    """Return a sentence on what is missing and why, equal reasons counted; "" if nothing is."""
    often = Counter((each.what, each.reason.removesuffix(".")) for each in missing).most_common()
    clauses = [f"{what}{f', {count} times' if count > 1 else ''} ({why})" for (what, why), count in often[:MOSTREASONS]]
    rest = sum(count for _, count in often[MOSTREASONS:])
    return f"Not measured: {'; '.join(clauses)}{f'; and {rest} more' if rest else ''}." if clauses else ""


def reason_of(error: BaseException) -> str:
    """Return the reason of a failure in one line."""
    if isinstance(error, MemoryError) or is_out_of_memory(error):
        return "out of memory" + (f" ({_line(error)})" if str(error) else "")
    return _line(error) or type(error).__name__


def _line(error: BaseException) -> str:
    return " ".join(str(error).split("\n\n")[0].split())
