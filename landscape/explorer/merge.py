"""Several views in one: runs and planes under names of their own, and a sentence on what cannot be compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from landscape.explorer.view import Checkpoints, PlaneView, RunView, View, legend_entries

__all__ = ["merged"]


def merged(views: Mapping[str, View], settings: Mapping[str, Mapping[str, Any]] | None = None, title: str = "") -> View:
    """Return one view of several.

    Parameters
    ----------
    views : mapping of str to View
        By the name that their runs are told apart by.
    settings : mapping of str to mapping, optional
        By the same names, what those views were made at, as points of a sweep are: added to the settings of their runs,
        which then tell them apart.
    title : str

    Returns
    -------
    View
        Runs have ids and planes names that begin with the view's; `notice` says what cannot be compared.
    """
    runs: dict[Any, RunView] = {}
    planes: list[PlaneView] = []
    for name, view in views.items():
        at = (settings or {}).get(name)
        for run in view.runs:
            marks = _renamed(run.checkpoints, name)
            if at is None:
                runs[name, run.id] = replace(run, id=f"{name}/{run.id}", checkpoints=marks, study=name)
                continue
            own = _unsaid(at, run)
            key = (run.id, *sorted((key, str(value)) for key, value in own.items()))
            if key in runs:  # trained once for several points: it lies on the planes of all of them
                runs[key] = replace(runs[key], checkpoints=_joined(runs[key].checkpoints, marks))
            else:
                runs[key] = replace(run, id=f"{name}/{run.id}", checkpoints=marks, settings={**run.settings, **own})
        for plane in view.planes:
            planes.append(replace(plane, id=_place(name, plane.id), label=f"{name}, {plane.label}"))
    entries = [entry for view in views.values() for entry in view.methods]
    methods = legend_entries([entry.name for entry in entries], {entry.name: entry.label for entry in entries})
    labels = list(dict.fromkeys(view.loss_label for view in views.values()))
    return View(
        title or " and ".join(views),
        "; ".join(dict.fromkeys(view.subtitle for view in views.values() if view.subtitle)),
        "\n\n".join(f"{name}\n{view.protocol}" for name, view in views.items() if view.protocol),
        labels[0] if len(labels) == 1 else "loss",
        methods,
        tuple(runs.values()),
        tuple(planes),
        notice=_differences(views),
    )


def _unsaid(at: Mapping[str, Any], run: RunView) -> dict[str, Any]:
    """Return those settings of a point of a sweep that a run's own do not say already, and that are not another's."""
    own = {}
    for key, value in at.items():
        if key.startswith("settings."):
            _, method, name = key.split(".", 2)
            if method != run.method:
                continue
        else:
            name = "lr" if key == "learning_rate" else key
        if name not in run.settings:
            own[name] = value
    return own


def _joined(marks: Checkpoints, more: Checkpoints) -> Checkpoints:
    """Return the checkpoints of a run on the planes of both."""
    if len(marks.step) != len(more.step) or (marks.step != more.step).any():
        return marks
    return replace(
        marks,
        x={**marks.x, **more.x},
        y={**marks.y, **more.y},
        off_plane={**marks.off_plane, **more.off_plane},
    )


def _place(name: str, plane: str) -> str:
    return f"{name}-{plane}"


def _renamed(marks: Checkpoints, name: str) -> Checkpoints:
    x, y, off_plane = (
        {_place(name, plane): row for plane, row in rows.items()} for rows in (marks.x, marks.y, marks.off_plane)
    )
    return replace(marks, x=x, y=y, off_plane=off_plane)


def _differences(views: Mapping[str, View]) -> str:
    """Return a sentence on what cannot be compared between the views; empty where everything can."""
    data = {name: view.data for name, view in views.items() if view.data}
    parts = []
    if len(set(data.values())) > 1:
        parts.append("their data are not the same, so that their losses are not of one problem")
    starts: dict[int, dict[str, set[str]]] = {}
    for name, view in views.items():
        for run in view.runs:
            if run.start:
                starts.setdefault(run.seed, {}).setdefault(name, set()).add(run.start)
    apart = sorted(seed for seed, of in starts.items() if len(of) > 1 and len(set().union(*of.values())) > 1)
    if apart:
        seeds = f"seed {apart[0]}" if len(apart) == 1 else f"{len(apart)} common seeds"
        parts.append(f"their runs of {seeds} start from different weights, so that they are no pairs")
    return f"Not to be compared between {' and '.join(views)}: {'; '.join(parts)}." if parts else ""
