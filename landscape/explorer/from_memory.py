"""Views of objects in memory: a plane with trajectories, and training runs, whose planes are computed here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike
from torch import Tensor

from landscape.explorer.from_study import plane_notes
from landscape.explorer.inputs import is_run, loss_name, run_on_plane, series_of
from landscape.explorer.view import Checkpoints, PlaneView, RunView, View, legend_entries
from landscape.objective.objective import Objective
from landscape.plot._annotations import label_of
from landscape.slices.grid import plane as evaluate_plane
from landscape.trajectory.projection import Trajectory, project

__all__ = ["Memory"]

MARGIN = 0.15
"""What a plane shows beyond its trajectories, relative to the larger of their extents."""

State = Mapping[str, Tensor]


@dataclass
class Memory:
    """Runs with their weights, and the planes they are shown on.

    Parameters
    ----------
    title : str
    objective : Objective, optional
        Evaluated on the planes and at the checkpoints, which is what makes contours; without it planes show the
        trajectories alone.
    points : int
        Side of the grid of a plane that is made here.

    Attributes
    ----------
    view : View
        What there is by now.
    weights : dict of str to dict of int to state dict
        Checkpoints by run and step.
    """

    title: str = ""
    objective: Objective | None = None
    points: int = 25
    view: View = field(default_factory=View)
    weights: dict[str, Mapping[int, State]] = field(default_factory=dict)
    _onto: dict[str, Trajectory] = field(default_factory=dict)
    _placed: dict[tuple[str, str, int], tuple[float, float, float]] = field(default_factory=dict)
    _losses: dict[tuple[str, int], float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        protocol = "" if self.objective is None else _protocol(self.objective.protocol())
        self.view = replace(self.view, title=self.title, protocol=protocol)

    # Runs
    # ---------------------------------------------------------------------------------------------------------------

    def add_runs(self, runs: Mapping[str, Any]) -> None:
        """Add runs by name; a run's own method and seed tell it from the others, or else its name.

        Raises
        ------
        ValueError
            If something is no run.
        """
        for name, run in runs.items():
            if not is_run(run):
                raise ValueError(f"{name!r} is a {type(run).__name__}, no training run: give what zenith.train returns")
        keys = [(run.method, run.seed) for run in runs.values()]
        unique = len(set(keys)) == len(keys)
        for name, run in runs.items():
            method = run.method if unique else name
            self.record(method, run.seed, series_of(run.trace.steps), run.status, run.checkpoints)
        for seed in dict.fromkeys(run.seed for run in runs.values()):
            self.make_plane(seed)

    def record(
        self, method: str, seed: int, series: Mapping[str, Any], status: str, checkpoints: Mapping[int, State]
    ) -> None:
        """Add the current state of a run, and project its checkpoints onto the planes."""
        name = f"{method}-seed{seed}"
        self.weights[name] = dict(checkpoints)
        steps = np.asarray(sorted(checkpoints), dtype=np.int32)
        rows = {
            plane: np.array([self._place(plane, name, int(step)) for step in steps]).reshape(-1, 3)
            for plane in self._onto
        }
        x, y, off_plane = ({plane: table[:, i] for plane, table in rows.items()} for i in range(3))
        losses = None
        if self.objective is not None:
            losses = np.array([self._loss(name, int(step)) for step in steps])
        run = RunView(
            name, method, seed, status, dict(series), Checkpoints(steps, losses, x=x, y=y, off_plane=off_plane)
        )
        self._put(run)

    def _put(self, run: RunView) -> None:
        runs = {each.id: each for each in self.view.runs} | {run.id: run}
        names = [entry.name for entry in self.view.methods] + [run.method]
        self.view = replace(self.view, runs=tuple(runs.values()), methods=legend_entries(names))

    def _place(self, plane: str, run: str, step: int) -> tuple[float, float, float]:
        """Coordinates of a checkpoint on a plane, and its distance from it."""
        key = (plane, run, step)
        if key not in self._placed:
            onto = self._onto[plane]
            names = list(onto.origin)
            try:
                there = project(
                    [self.weights[run][step]], origin=onto.origin, directions=onto.directions[:2], names=names
                )
                x, y = there.coordinates[0, :2]
                self._placed[key] = (float(x), float(y), float(there.off_plane[0]))
            except ValueError:  # weights that are not finite have no place
                self._placed[key] = (np.nan, np.nan, np.nan)
        return self._placed[key]

    def _loss(self, run: str, step: int) -> float:
        key = (run, step)
        if key not in self._losses and self.objective is not None:
            self._losses[key] = self.at(run, step).value()
        return self._losses[key]

    def at(self, run: str, step: int) -> Objective:
        """The objective at a checkpoint.

        Raises
        ------
        ValueError
            If there is no objective, or no such checkpoint.
        """
        if self.objective is None:
            raise ValueError("there is no loss to measure: pass objective=landscape.Objective(model, criterion, data)")
        if step not in self.weights.get(run, {}):
            raise ValueError(
                f"run {run!r} has no weights of step {step}: choose one of {sorted(self.weights.get(run, {}))}"
            )
        return self.objective.at(self.weights[run][step])

    # Planes
    # -------------------------------------------------------------------------------------------------------------

    def make_plane(self, seed: int) -> None:
        """Compute the plane of the principal components of a seed's finite checkpoints, again if it exists."""
        states: dict[str, list[State]] = {}
        for run in self.view.runs:
            if run.seed == seed and (kept := self._finite(run.id)):
                states[run.id] = kept
        count = sum(len(kept) for kept in states.values())
        if count < 2:
            return
        names = None if self.objective is None else list(self.objective.parameters)
        trajectory = project(states, origin="first", names=names)
        methods = {run.id: run.method for run in self.view.runs}
        low, high = np.nanmin(trajectory.coordinates[:, :2], axis=0), np.nanmax(trajectory.coordinates[:, :2], axis=0)
        margin = MARGIN * float((high - low).max()) or 1.0
        axes = [np.linspace(low[i] - margin, high[i] + margin, self.points) for i in range(2)]
        first, second = trajectory.directions[:2]
        if self.objective is None:
            loss = np.full((self.points, self.points), np.nan)
        else:
            surface = evaluate_plane(self.objective.at(trajectory.origin), (first, second), *axes)
            loss = surface["loss"].transpose("beta", "alpha").values
        shares = trajectory.explained_variance_ratio
        self._show(
            f"seed{seed}",
            trajectory,
            {
                "label": f"seed {seed}: principal components",
                "seed": seed,
                "alpha": axes[0],
                "beta": axes[1],
                "loss": loss,
                "xlabel": "PC 1",
                "ylabel": "PC 2",
                "orthonormal": True,
                "explained": (float(shares[0]), float(shares[1])),
            },
            {methods[run]: away for run, away in trajectory.distances.items()},
        )

    def _finite(self, run: str) -> list[State]:
        weights = self.weights.get(run, {})
        return [weights[s] for s in sorted(weights) if all(bool(t.isfinite().all()) for t in weights[s].values())]

    def _show(self, name: str, onto: Trajectory, of_plane: dict[str, Any], distances: Mapping[str, Any]) -> None:
        """Add a plane to the view, with every run projected onto it."""
        self._onto[name] = onto
        self._placed = {key: place for key, place in self._placed.items() if key[0] != name}
        evaluated = bool(np.isfinite(of_plane["loss"]).any())
        notes = plane_notes(of_plane["loss"], distances, losses=self.objective is not None)
        if not evaluated:
            notes = (*notes[:1], "The loss on the plane was not evaluated: pass objective= to explore().")
        plane = PlaneView(id=name, notes=notes, **of_plane)
        planes = {each.id: each for each in self.view.planes} | {name: plane}
        self.view = replace(self.view, planes=tuple(planes.values()))
        for run in self.view.runs:
            if run.id in self.weights and (plane.seed is None or run.seed == plane.seed):
                self.record(run.method, run.seed, run.series, run.status, self.weights[run.id])

    def add_plane(
        self,
        surface: xr.Dataset,
        trajectory: Trajectory | None,
        runs: Mapping[str, Any],
        losses: Mapping[str, ArrayLike | xr.Dataset],
    ) -> None:
        """Take a plane, the trajectory on it, and the runs it came from.

        Parameters
        ----------
        surface : Dataset over alpha and beta
            As `landscape.plane` returns it.
        trajectory : Trajectory, optional
            Its runs are the view's.
        runs : mapping of str to Run
            By the trajectory's names, for traces and steps.
        losses : mapping of str to array or Dataset
            True losses of the checkpoints, as of `landscape.trajectory.checkpoint_losses`.

        Raises
        ------
        ValueError
            If these do not belong together.
        """
        variable = loss_name(surface)
        loss = np.ascontiguousarray(surface[variable].transpose("beta", "alpha").values, dtype=np.float64)
        names = list(trajectory.runs) if trajectory is not None else []
        for given, what in ((runs, "runs"), (losses, "losses")):
            unknown = [name for name in given if name not in names]
            if unknown:
                raise ValueError(
                    f"{what} has {unknown[0]!r}, which is not on the plane: name the trajectory's runs {names}"
                    if names
                    else f"{what} is given without trajectory=: pass the Trajectory of landscape.project too"
                )
        explained = None
        if trajectory is not None:
            shares = trajectory.explained_variance_ratio
            explained = (float(shares[0]), float(shares[1])) if np.isfinite(shares[:2]).all() else None
        lengths = [float(surface.attrs.get(f"norm_{axis}", np.nan)) for axis in ("alpha", "beta")]
        cosine = abs(float(surface.attrs.get("cosine", np.nan)))
        principal = trajectory is not None and trajectory.is_principal
        plane = PlaneView(
            id="plane",
            label="plane",
            seed=None,
            alpha=np.asarray(surface["alpha"].values, dtype=np.float64),
            beta=np.asarray(surface["beta"].values, dtype=np.float64),
            loss=loss,
            xlabel="PC 1" if principal else "α (direction 1)",
            ylabel="PC 2" if principal else "β (direction 2)",
            orthonormal=bool(cosine < 1e-3 and all(abs(length - 1) < 1e-3 for length in lengths)),
            explained=explained,
            notes=plane_notes(loss, {} if trajectory is None else trajectory.distances, losses=bool(losses)),
        )
        if "protocol" in surface.attrs:
            self.view = replace(self.view, protocol=_protocol(json.loads(surface.attrs["protocol"])))
        label = label_of(surface[variable], self.view.loss_label)
        self.view = replace(self.view, planes=(*self.view.planes, plane), loss_label=label)
        for name in names:
            assert trajectory is not None
            self._onto[plane.id] = trajectory
            self._put(run_on_plane(name, trajectory, runs.get(name), losses.get(name), self.weights))


_TOLD = ("objective", "samples", "subset", "batchnorm", "l2", "dtype", "arithmetic", "device")


def _protocol(record: Mapping[str, Any]) -> str:
    """Summarise a protocol in one line."""
    return "; ".join(f"{key}: {record[key]}" for key in _TOLD if record.get(key) not in (None, ""))
