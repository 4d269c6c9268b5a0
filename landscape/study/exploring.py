"""What there is to explore: studies, finished or running, and what is in memory."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xarray as xr

from landscape.explorer.given import is_run, names_of
from landscape.explorer.memory import Memory
from landscape.explorer.page import page
from landscape.objective.objective import Objective
from landscape.study.files import write_text
from landscape.study.store import Study
from landscape.study.watching import StudyReader
from landscape.trajectory.projection import Trajectory

if TYPE_CHECKING:
    from landscape.explorer.widget import Explorer

__all__ = ["explore", "write_explorer"]


def explore(
    what: Any = None,
    *,
    trajectory: Trajectory | None = None,
    runs: Mapping[str, Any] | None = None,
    losses: Mapping[str, Any] | None = None,
    objective: Objective | None = None,
    points: int = 25,
    data_root: str | os.PathLike[str] | None = None,
    follow: bool | None = None,
    title: str | None = None,
) -> Explorer:
    """Open the explorer: a plane with the trajectories on it, traces below, and a slider that goes through the steps.

    Parameters
    ----------
    what : Study, path, plane Dataset, Run, mapping or list of Runs, optional
        A study or its folder, finished or still running; what `landscape.plane` returns; or what `zenith.train` returns,
        one run or several. Nothing, for a run that will be followed.
    trajectory : Trajectory, optional
        With a plane: the checkpoints projected onto it, by `landscape.project`.
    runs : mapping of str to Run, optional
        With a plane: the runs of the trajectory by its names, for their traces.
    losses : mapping of str to array or Dataset, optional
        With a plane: the checkpoints' own losses, as `landscape.checkpoint_losses` returns them.
    objective : Objective, optional
        With runs: their planes are evaluated with it, `points` times `points` losses each, and so is every checkpoint. With
        runs or a plane: what is measured at a checkpoint that is clicked on.
    points : int
        Side of the grid of those planes.
    data_root : path, optional
        With a study: where its dataset lies, for measurements; digits needs none.
    follow : bool, optional
        With a study: look at its folder every second and show what is new, by default until it is finished. With True a
        folder that holds no study yet is waited for.
    title : str, optional
        Above the view.

    Returns
    -------
    Explorer
        A widget; the last line of a cell shows it.

    Raises
    ------
    ValueError, FileNotFoundError
        If it is none of these, does not fit together, or there is no study.
    ModuleNotFoundError
        If anywidget is missing.

    Notes
    -----
    A study's planes, and those made here, hold the first two principal components of one seed's checkpoints. What is
    measured by a click is measured as the study measured it: same data, tolerance and starting vector.

    Examples
    --------
    A study, running or finished:

    >>> ls.explore("studies/digits")  # doctest: +SKIP

    Two runs of one seed, trained in this notebook, while they are trained:

    >>> explorer = ls.explore(objective=loss)  # doctest: +SKIP
    >>> display(explorer)  # doctest: +SKIP
    >>> for method in ("zenith", "cosine"):  # doctest: +SKIP
    ...     train("digits", method, on_progress=explorer.follow(method))

    A plane of your own:

    >>> import torch
    >>> import landscape as ls
    >>> model = torch.nn.Linear(3, 2)
    >>> loss = ls.Objective(model, torch.nn.CrossEntropyLoss(), (torch.randn(8, 3), torch.randint(2, (8,))))
    >>> path = [{name: p * (1 - i / 5) for name, p in loss.parameters.items()} for i in range(6)]
    >>> trajectory = ls.project({"shrunk": path})
    >>> plane = ls.plane(loss.at(trajectory.origin), trajectory.directions, [-1, 0, 1])
    >>> explorer = ls.explore(plane, trajectory=trajectory)
    >>> explorer.plane, explorer.step
    ('plane', 5)
    """
    from landscape.explorer.widget import Explorer

    if not isinstance(points, int) or points < 2:
        raise ValueError(f"points is {points!r}: give the side of the planes' grid, at least 2")
    if isinstance(what, (Study, str, os.PathLike)):
        _refuse("a study", trajectory=trajectory, runs=runs, losses=losses, objective=objective)
        reader = StudyReader(what.path if isinstance(what, Study) else Path(what), data_root, title)
        if not follow:
            reader.check()
        view, finished = reader.read()
        tree = f"tree = ls.Study.open({str(reader.path)!r}).tree"
        if not finished:
            tree = f"tree = ls.explore({str(reader.path)!r}).tree  # not finished yet"
        explorer = Explorer(
            view,
            at=reader.objective_at if follow or not finished or reader.has_weights() else None,
            how=reader.how,
            tree=tree,
            read=reader.read,
        )
        if (not finished and follow is None) or follow:
            explorer.follow()
        return explorer
    _refuse("what is in memory", data_root=data_root, follow=follow)
    memory = Memory(title or "", objective, points)
    if isinstance(what, xr.Dataset):
        memory.add_plane(what, trajectory, runs or {}, losses or {})
    else:
        _refuse("runs", trajectory=trajectory, runs=runs, losses=losses)
        memory.add_runs(_runs(what))
    measurable = objective is not None and (bool(memory.weights) or what is None)
    return Explorer(memory.view, at=memory.at if measurable else None, memory=memory)


def write_explorer(study: Study, path: str | os.PathLike[str] | None = None) -> Path:
    """Write a study's explorer as one HTML file that needs neither Python nor a network.

    Parameters
    ----------
    study : Study
        Finished, or as far as it is.
    path : path, optional
        ``explorer.html`` in the study's folder by default.

    Returns
    -------
    Path
    """
    target = Path(path) if path is not None else study.path / "explorer.html"
    view, _ = StudyReader(study.path).read()
    write_text(target, page(view))
    return target


def _runs(what: Any) -> dict[str, Any]:
    """Runs by name, of whatever holds them."""
    if what is None:
        return {}
    if is_run(what):
        return names_of([what])
    if isinstance(what, Mapping) and what:
        return dict(what)
    if isinstance(what, Iterable) and not isinstance(what, (xr.DataArray, xr.DataTree)):
        listed = list(what)
        if listed and all(is_run(run) for run in listed):
            return names_of(listed)
    raise ValueError(
        f"there is nothing to explore in a {type(what).__name__}: give a study or its folder, a plane, or runs of zenith.train"
    )


def _refuse(what: str, **given: Any) -> None:
    for name, value in given.items():
        if value is not None:
            raise ValueError(f"{name}= does not go with {what}: leave it out")
