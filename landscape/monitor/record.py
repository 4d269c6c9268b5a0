"""The record of a monitored training: one line of JSON per event in a file, so that a kill loses nothing.

::

    {"event": "start", ...}       what is watched: name, seed, protocol of the objective, settings of the optimizer
    {"event": "steps", ...}       learning rate and, where they are known, loss, gradient norm, mu and Z of some steps
    {"event": "measured", ...}    one `Measurement`, with its protocol
    {"event": "resumed", ...}     another process goes on; steps after the one it starts from count no longer
    {"event": "end", ...}         the status
"""

from __future__ import annotations

import dataclasses
import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
import xarray as xr

from landscape._common.guesses import guessable
from landscape._common.interrupts import uninterrupted
from landscape._common.summaries import Summarized, Summary, counted
from landscape._common.validation import as_json

__all__ = ["Measurement", "MonitorRecord"]

SCHEMA = 1
SERIES = ("loss", "gradient_norm", "lr", "mean_gradient_norm", "zenith")
"""What is recorded of every step, under the names that the explorer shows."""


@dataclass(frozen=True, kw_only=True)
class Measurement:
    r"""What was measured at one step; NaN where it was not, with the reason in `message`.

    Attributes
    ----------
    step : int
        Steps taken.
    loss, gradient_norm : float
        Of the objective: the whole of its data, in eval mode.
    lambda_max, residual, converged : float, float, bool
        Top eigenvalue of its Hessian, ||H v - lambda v||, and whether that is small enough.
    trace, trace_error : float
        Trace of its Hessian, with the standard error.
    lr : float
        Learning rate that the last step applied, of the first parameter group.
    mean_gradient_norm, zenith : float
        Mean mu of the last W gradient norms of the training's batches, and its largest value Z so far.
    stability : float
        Top eigenvalue over the stability threshold, :math:`\eta \lambda_{max} / 2` for gradient descent: 1 is the edge.
    stability_threshold, stability_eigenvalue, stability_residual, stability_converged : float, float, float, bool
        What it is the ratio of, see `landscape.edge_of_stability`.
    products : int
        Hessian-vector products that it cost.
    seconds : float
        That it took.
    message : str
        What was not measured, and why; and whose threshold it is.
    protocol : dict
        How the top eigenvalue was measured.

    Examples
    --------
    >>> monitor = ls.SharpnessMonitor(loss, optimizer=torch.optim.SGD(model.parameters(), lr=0.1))
    >>> now = monitor.measure()
    >>> now.converged, bool(now.residual <= 1e-2 * now.lambda_max)
    (True, True)
    """

    step: int
    loss: float = math.nan
    gradient_norm: float = math.nan
    lambda_max: float = math.nan
    residual: float = math.nan
    converged: bool = False
    trace: float = math.nan
    trace_error: float = math.nan
    lr: float = math.nan
    mean_gradient_norm: float = math.nan
    zenith: float = math.nan
    stability: float = math.nan
    stability_threshold: float = math.nan
    stability_eigenvalue: float = math.nan
    stability_residual: float = math.nan
    stability_converged: bool = False
    products: int = 0
    seconds: float = math.nan
    message: str = ""
    protocol: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def values(self) -> dict[str, float]:
        """Return the numbers for a logger: finite ones; an eigenvalue that did not converge is named so."""
        found: dict[str, float] = {}
        for name in _NUMBERS:
            value = getattr(self, name)
            if not math.isfinite(value):
                continue
            unsure = (name == "lambda_max" and not self.converged) or (
                name in ("stability", "stability_eigenvalue") and not self.stability_converged
            )
            found[f"landscape/{name}{'_unconverged' if unsure else ''}"] = float(value)
        return found


_FIELDS = {each.name: each for each in dataclasses.fields(Measurement)}
_FLAGS = ("converged", "stability_converged")
_NUMBERS = tuple(n for n in _FIELDS if n not in ("step", "message", "protocol", *_FLAGS))


class MonitorRecord(Summarized):
    """What a `landscape.SharpnessMonitor` recorded, in memory or read from its file.

    Attributes
    ----------
    start : dict
        What is watched: "name", "seed", "objective" (its protocol), "optimizer" (its settings), "loss_label".
    measurements : list of Measurement
    steps : dict of str to list of float
        Series over the steps: "loss", "gradient_norm", "lr", "mean_gradient_norm", "zenith"; NaN where not known.
    status : str
        "running", "finished", or what ended it.

    Examples
    --------
    >>> sgd = torch.optim.SGD(model.parameters(), lr=0.1)
    >>> with ls.SharpnessMonitor(loss, every=2, optimizer=sgd, path="record.jsonl") as monitor:
    ...     for _ in range(4):
    ...         sgd.zero_grad()
    ...         torch.nn.functional.cross_entropy(model(X), y).backward()
    ...         sgd.step()
    ...         _ = monitor.step()
    >>> record = ls.monitor.MonitorRecord.open("record.jsonl")
    >>> [m.step for m in record.measurements], record.status
    ([2, 4], 'finished')
    >>> record.tree["curvature"]["eigenvalue"].dims
    ('optimizer', 'seed', 'step', 'k')
    """

    @guessable
    def __init__(self, start: Mapping[str, Any]) -> None:
        self.start = dict(start)
        self.measurements: list[Measurement] = []
        self.steps: dict[str, list[float]] = {name: [] for name in SERIES}
        self.status = "running"
        self._unknown = 0  # steps that lie between those of the events

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Self:
        """Read a file, complete or still being written.

        Raises
        ------
        FileNotFoundError
            If there is none.
        ValueError
            If it is no record, or one of a newer version of this package.
        """
        try:
            # A last line that is not whole is being written.
            whole = Path(path).read_bytes().rpartition(b"\n")[0]
            events = [json.loads(line) for line in whole.decode("utf-8").splitlines()]
            if events:
                newer = events[0]["schema"] > SCHEMA
                if events[0]["event"] != "start" or not str(events[0]["name"]) or int(events[0]["seed"]) < 0:
                    raise ValueError
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
            raise ValueError(
                f"'{path}' is no record of a SharpnessMonitor: name the file that one was given as path="
            ) from error
        if not events:
            raise ValueError(f"'{path}' is empty: no SharpnessMonitor has written to it yet")
        if newer:
            raise ValueError(
                f"'{path}' has schema version {events[0]['schema']}, this package reads 1 to {SCHEMA}: read it with "
                "the version that wrote it"
            )
        record = cls(events[0])
        for number, event in enumerate(events[1:], 2):
            try:
                record.add(event)
            except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
                reason = f"{type(error).__name__}: {error}"[:200]
                raise ValueError(
                    f"'{path}' is damaged in line {number} ({reason}): delete that line, and what it holds is missing"
                ) from error
        return record

    @property
    def name(self) -> str:
        """What the training is called."""
        return str(self.start["name"])

    @property
    def seed(self) -> int:
        """The seed that it is called by."""
        return int(self.start["seed"])

    @property
    def steps_taken(self) -> int:
        """The last step that is known."""
        return max(len(self.steps["lr"]), *(m.step for m in self.measurements), 0)

    def add(self, event: Mapping[str, Any]) -> None:
        """Take one event; see the module."""
        kind = event["event"]
        if kind == "end":
            self.status = str(event["status"])
            return
        self.status = "running"
        if kind == "resumed":
            self._forget(_step(event["step"]))
        elif kind == "steps":
            before = _step(event["first"], 1) - 1
            numbers = {name: [_number(value) for value in event[name]] for name in SERIES}  # all before any is taken
            if len({len(values) for values in numbers.values()}) > 1:
                raise ValueError("its series are of unequal lengths")
            self._unknown += max(0, before - len(self.steps["lr"]))
            if self._unknown > MOST_UNKNOWN:
                raise ValueError(f"nothing is said of {self._unknown:,} steps before {before + 1}")
            self._forget(before, series_only=True)
            for name, series in self.steps.items():
                series.extend([math.nan] * (before - len(series)))
                series.extend(numbers[name])
        elif kind == "measured":
            values = {name: value for name, value in event.items() if name in _FIELDS}
            values |= {name: _number(values.get(name)) for name in _NUMBERS if name != "products"}
            found = Measurement(**values | {"step": _step(event["step"]), "message": str(event.get("message", ""))})
            self.measurements = [m for m in self.measurements if m.step < found.step]
            self.measurements.append(found)

    def _forget(self, step: int, *, series_only: bool = False) -> None:
        """Drop what is known of later steps."""
        for series in self.steps.values():
            del series[step:]
        if not series_only:
            self.measurements = [m for m in self.measurements if m.step <= step]

    @property
    def tree(self) -> xr.DataTree:
        """All of it as a DataTree laid out like `Study.tree`, so that displays and the explorer take it as a study.

        Groups runs, traces and curvature, over (optimizer, seed), with what the monitor measures besides.
        """
        one = {"optimizer": [self.name], "seed": [self.seed]}
        over = ("optimizer", "seed")
        groups = {
            "/": xr.Dataset(attrs={"loss_label": self.start.get("loss_label", "loss"), "monitor_schema": SCHEMA}),
            "/runs": xr.Dataset(
                {
                    "status": (over, [[self.status]]),
                    "steps_taken": (over, [[self.steps_taken]]),
                    "run_id": (over, [[f"{self.name}-seed{self.seed}"]]),
                },
                coords=one,
            ),
            "/traces": xr.Dataset(
                {name: ((*over, "step"), np.asarray([[values]], dtype=float)) for name, values in self.steps.items()},
                coords=one | {"step": np.arange(len(self.steps["lr"]))},
            ),
        }
        if self.measurements:
            rows = self.measurements

            def column(name: str, kind: Any = float) -> np.ndarray[Any, Any]:
                return np.asarray([[[getattr(m, name) for m in rows]]], dtype=kind)

            variables: dict[str, Any] = {
                "eigenvalue": ((*over, "step", "k"), column("lambda_max")[..., None]),
                "residual": ((*over, "step", "k"), column("residual")[..., None]),
                "converged": ((*over, "step", "k"), column("converged", np.int8)[..., None]),
                "stability_converged": ((*over, "step"), column("stability_converged", np.int8)),
                "message": ((*over, "step"), column("message", str)),
                "protocol": ((*over, "step"), np.asarray([[[json.dumps(m.protocol) for m in rows]]])),
            }
            for name in _NUMBERS:
                if name not in ("lambda_max", "residual"):
                    variables[name] = ((*over, "step"), column(name))
            groups["/curvature"] = xr.Dataset(
                variables, coords=one | {"step": np.asarray([m.step for m in rows]), "k": [1]}
            )
        return xr.DataTree.from_dict(groups)

    def _summary(self) -> Summary:
        rows = [
            (m.step, m.loss, m.gradient_norm, m.lambda_max, m.converged, m.trace, m.stability)
            for m in self.measurements[-10:]
        ]
        return Summary(
            f"{self.name!r}, {self.status}, {counted(len(self.measurements), 'measurement')} in "
            f"{counted(self.steps_taken, 'step')}"
            + (", the last of them" if len(self.measurements) > len(rows) else ""),
            ("step", "loss", "gradient norm", "lambda_max", "converged", "trace", "of the threshold"),
            rows,
            folded={"What is watched": self.start},
        )


_BEGINS = b'{"event": "start", "schema": '


class RecordFile:
    """The file of a record, to which events are appended; they are on disk when `write` returns.

    Parameters
    ----------
    path : path
        Created with its folders.
    start : mapping
        The first event.
    resume : bool
        Go on with a file that exists.

    Attributes
    ----------
    former : MonitorRecord or None
        What a file that goes on holds already.

    Raises
    ------
    ValueError
        If the file exists and is not to be resumed, or is the record of another loss.
    """

    def __init__(self, path: str | os.PathLike[str], start: Mapping[str, Any], resume: bool) -> None:
        self.path, self.former = Path(path), None
        if self.path.exists() and self.path.stat().st_size:
            if not resume:
                raise ValueError(
                    f"'{self.path}' exists: name another file, or pass resume=True to go on with the record in it"
                )
            self.former = MonitorRecord.open(self.path)
            there, here = (of["objective"]["fingerprint"] for of in (self.former.start, start))
            if there != here:
                raise ValueError(
                    f"'{self.path}' is the record of a loss on other data (fingerprint {there[:12]}, here "
                    f"{here[:12]}): name another file"
                )
            with self.path.open("r+b") as file:
                file.truncate(file.read().rfind(b"\n") + 1)  # what a kill has cut off
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.write(start)

    def write(self, event: Mapping[str, Any]) -> None:
        """Append one event."""
        line = json.dumps(as_json(dict(event)), allow_nan=False) + "\n"
        with uninterrupted(), self.path.open("a", encoding="utf-8") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())


def is_record(path: Path) -> bool:
    """Whether a file begins as a record does."""
    with path.open("rb") as file:
        return file.read(len(_BEGINS)) == _BEGINS


def event_of(found: Measurement) -> dict[str, Any]:
    """Return a measurement as an event."""
    return {"event": "measured"} | {name: getattr(found, name) for name in _FIELDS}


MOST_STEPS = 10**8
"""Of a training, whose every step has a place in memory."""
MOST_UNKNOWN = 10**7
"""Of these that no event is of: a few bytes say as many as they like."""


def _step(value: Any, least: int = 0) -> int:
    if type(value) is not int or not least <= value <= MOST_STEPS:
        raise ValueError(f"{str(value)[:50]} is no step")
    return value


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)
