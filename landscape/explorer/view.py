"""Data that the explorer shows: runs with their traces and checkpoints, and planes, from any source."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landscape.plot import method_style

__all__ = [
    "FINAL",
    "MEASURES",
    "SCHEMA",
    "SERIES",
    "Checkpoints",
    "LegendEntry",
    "PlaneView",
    "RunView",
    "Sharpness",
    "StoredSeries",
    "View",
    "legend_entries",
]

SCHEMA = 1
SERIES = ("loss", "gradient_norm", "lr", "mean_gradient_norm", "zenith", "update_norm", "seconds")
"""What is recorded per step, by the names of `zenith.training.trace.STEP_FIELDS`."""
MEASURES = ("test_loss", "test_metric", "trace", "adaptive_sharpness", "edge_of_stability")
"""What is measured now and then along a run, or at its end, beside the sharpness."""
FINAL = ("train_loss", "test_loss", "test_accuracy")
"""What is known of a run's last weights, over the whole measured sets."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]


@dataclass(frozen=True)
class LegendEntry:
    """Label and style of a method: CSS colour, dash lengths in points, matplotlib's marker."""

    name: str
    label: str
    color: str
    dash: tuple[float, ...]
    marker: str

    def described(self) -> dict[str, Any]:
        """Return the JSON-able form for the front-end."""
        return {
            "name": self.name,
            "label": self.label,
            "color": self.color,
            "dash": list(self.dash),
            "marker": self.marker,
        }


@dataclass(frozen=True, eq=False)
class Checkpoints:
    """Steps of the saved weights of a run, and their coordinates on each plane.

    Attributes
    ----------
    step : ndarray, shape (n,)
        Steps taken.
    loss, test_loss : ndarray, shape (n,), or None
        Of the weights themselves, over the whole measured set.
    x, y, off_plane : dict of str to ndarray, shape (n,)
        By plane: coordinates, and the distance from it in parameter units; NaN where a checkpoint was left out.
    """

    step: Ints
    loss: Floats | None = None
    test_loss: Floats | None = None
    x: Mapping[str, Floats] = field(default_factory=dict)
    y: Mapping[str, Floats] = field(default_factory=dict)
    off_plane: Mapping[str, Floats] = field(default_factory=dict)

    def described(self) -> dict[str, Any]:
        """Return the JSON-able form for the front-end."""
        out = {
            "step": self.step,
            "x": dict(self.x),
            "y": dict(self.y),
            "off_plane": dict(self.off_plane),
            "loss": self.loss,
        }
        return out if self.test_loss is None else out | {"test_loss": self.test_loss}


@dataclass(frozen=True, eq=False)
class Sharpness:
    """A measure along a run at steps of its own, shape (n,) each.

    A value that did not converge is NaN and keeps its residual; where there is no residual, that is NaN. `residual` is
    of eigenvalues, and the standard error of estimates.
    """

    step: Ints
    value: Floats
    residual: Floats
    label: str

    def described(self) -> dict[str, Any]:
        """Return the JSON-able form for the front-end."""
        return {"step": self.step, "value": self.value, "residual": self.residual, "label": self.label}


class StoredSeries(Mapping[str, Floats]):
    """Traces of a run by name, in a file from which each is read when it is asked for: those of many runs are much.

    Parameters
    ----------
    names : tuple of str
    length : int
        Of each of them.
    read : callable
        Returns the trace of a name, of shape (length,).
    """

    def __init__(self, names: tuple[str, ...], length: int, read: Callable[[str], Floats]) -> None:
        self._names, self.length, self._read = names, length, read

    def __getitem__(self, name: str) -> Floats:
        if name not in self._names:
            raise KeyError(name)
        return self._read(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


@dataclass(frozen=True, eq=False)
class RunView:
    """One run: a method and a seed, its traces by name (`SERIES`), each of shape (steps,), and its checkpoints.

    `settings` are those of its training, by name; `final` what was measured at its end, by the names of `FINAL`;
    `measures` those along it beside the sharpness, by the names of `MEASURES`; `epoch` the steps of an epoch; `study`
    the one it belongs to where there are several; `start` the hash of its initial weights.
    """

    id: str
    method: str
    seed: int
    status: str
    series: Mapping[str, Floats]
    checkpoints: Checkpoints
    sharpness: Sharpness | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    final: Mapping[str, float] = field(default_factory=dict)
    measures: Mapping[str, Sharpness] = field(default_factory=dict)
    epoch: int | None = None
    study: str = ""
    start: str = ""

    @property
    def lengths(self) -> tuple[int, ...]:
        """Number of values of each of the traces."""
        if isinstance(self.series, StoredSeries):
            return (self.series.length,) * len(self.series)
        return tuple(len(row) for row in self.series.values())

    @property
    def steps(self) -> int:
        """The steps that are recorded."""
        return max(max(self.lengths, default=0), int(self.checkpoints.step.max(initial=0)))

    def described(self) -> dict[str, Any]:
        """Return the JSON-able form for the front-end."""
        return {
            "id": self.id,
            "method": self.method,
            "seed": self.seed,
            "status": self.status,
            "steps": self.steps,
            "series": self.series if isinstance(self.series, StoredSeries) else dict(self.series),
            "checkpoints": self.checkpoints.described(),
            "sharpness": None if self.sharpness is None else self.sharpness.described(),
            "settings": {key: value for key, value in self.settings.items() if isinstance(value, (str, int, float))},
            "final": dict(self.final),
            "measures": {name: _brief(measure) for name, measure in self.measures.items()},
            "epoch": self.epoch,
            "study": self.study,
        }


def _brief(measure: Sharpness) -> dict[str, Any]:
    """Return the JSON-able form without what is not known, and without the label, which the front-end has."""
    known = ("step", "value", "residual") if np.isfinite(measure.residual).any() else ("step", "value")
    return {name: getattr(measure, name) for name in known}


@dataclass(frozen=True, eq=False)
class PlaneView:
    """The loss on a plane.

    Attributes
    ----------
    id, label : str
        Name, and how it is called in a list of planes.
    seed : int or None
        Of the runs it was made for, if they have one in common.
    alpha, beta : ndarray, shapes (a,), (b,)
    loss : ndarray, shape (b, a)
        NaN where it was not evaluated or is none.
    xlabel, ylabel : str
    orthonormal : bool
        Whether distances on the picture are distances between weights.
    explained : tuple of two floats, or None
        Share of the trajectories' squared distances from the origin along each direction.
    notes : tuple of str
        What the picture does not show.
    """

    id: str
    label: str
    seed: int | None
    alpha: Floats
    beta: Floats
    loss: Floats
    xlabel: str
    ylabel: str
    orthonormal: bool
    explained: tuple[float, float] | None = None
    notes: tuple[str, ...] = ()

    def described(self) -> dict[str, Any]:
        """Return the JSON-able form for the front-end."""
        return {
            "id": self.id,
            "label": self.label,
            "seed": self.seed,
            "alpha": self.alpha,
            "beta": self.beta,
            "loss": self.loss,
            "xlabel": self.xlabel,
            "ylabel": self.ylabel,
            "orthonormal": self.orthonormal,
            "explained": None if self.explained is None else list(self.explained),
            "notes": list(self.notes),
        }


@dataclass(frozen=True, eq=False)
class View:
    """Everything the explorer shows.

    Attributes
    ----------
    title, subtitle, protocol : str
        What it is; in which setting; how the numbers were measured.
    loss_label : str
        Of the planes and of the checkpoints' own loss, with its unit.
    methods : tuple of LegendEntry
    runs : tuple of RunView
    planes : tuple of PlaneView
    notice : str
        What cannot be compared.
    data : str
        Fingerprint of the data.
    """

    title: str = ""
    subtitle: str = ""
    protocol: str = ""
    loss_label: str = "loss"
    methods: tuple[LegendEntry, ...] = ()
    runs: tuple[RunView, ...] = ()
    planes: tuple[PlaneView, ...] = ()
    notice: str = ""
    data: str = ""

    @property
    def last_step(self) -> int:
        """The step at which the longest run ends."""
        return max((run.steps for run in self.runs), default=0)

    def run(self, run_id: str) -> RunView:
        """The run of that name.

        Raises
        ------
        ValueError
            If there is none.
        """
        for run in self.runs:
            if run.id == run_id:
                return run
        raise ValueError(f"there is no run {run_id!r}: choose one of {[run.id for run in self.runs]}")

    def described(self, *, measure: bool, export: bool) -> dict[str, Any]:
        """Return the JSON-able form for the front-end; the two flags say which requests Python answers."""
        return {
            "schema": SCHEMA,
            "title": self.title,
            "subtitle": self.subtitle,
            "methods": [method.described() for method in self.methods],
            "runs": [run.described() for run in self.runs],
            "planes": [plane.described() for plane in self.planes],
            "can": {"measure": measure, "export": export},
            "protocol": self.protocol,
            "loss_label": self.loss_label,
            "notice": self.notice,
        }


def legend_entries(names: Iterable[str], labels: Mapping[str, str] | None = None) -> tuple[LegendEntry, ...]:
    """Return the legend entry of each method, in the style it has in every other figure."""
    ordered: Sequence[str] = list(dict.fromkeys(names))
    return tuple(
        LegendEntry(name, (labels or {}).get(name, name), style.color, style.dashes, style.marker)
        for name, style in method_style(ordered).items()
    )
