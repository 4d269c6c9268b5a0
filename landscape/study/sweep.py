"""Figures and tables of a sweep: each quantity against what is swept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import xarray as xr

from landscape._common.summaries import counted
from landscape.plot import PanelsDisplay, SweepDisplay
from landscape.study.both_settings import PREFIX, settings_words
from landscape.study.failures import first_of_each
from landscape.study.figure_specs import FigureSpec, StudyFigure
from landscape.study.references import label_of
from landscape.study.store import Study
from landscape.study.tables import Table, number

__all__ = ["points_of", "sweep_figures", "sweep_table", "sweep_words"]

LOG_FROM = 5.0
"""Ratio of the largest to the smallest swept value from which on the axis is logarithmic."""


def sweep_figures(study: Study) -> tuple[FigureSpec, ...]:
    """Return the spec of one figure of each quantity against each swept key, the other keys at their first values."""
    specs = []
    for key in study.spec.sweep:
        along = _along(study, key)
        for quantity in next(iter(along.values())).analysis.per_run:
            if all(np.isfinite(each.analysis.quantity(quantity.name).values).any() for each in along.values()):
                specs.append(_figure(study, key, along, quantity.name, quantity.label))
    return tuple(specs)


def _along(study: Study, key: str) -> dict[float, Study]:
    """Return the studies along one swept key, ascending, the other keys at their first values."""
    sweep = study.spec.sweep
    place = list(sweep).index(key)
    out = {}
    for value in sorted(sweep[key]):
        at = tuple(value if name == key else values[0] for name, values in sweep.items())
        out[float(value)] = study.points[at if len(at) > 1 else at[place]]
    return out


def _figure(study: Study, key: str, along: dict[float, Study], name: str, label: str) -> FigureSpec:
    seeds, words = len(study.spec.seeds), _words(key)
    others = [f"{_words(other)} = {values[0]:g}" for other, values in study.spec.sweep.items() if other != key]
    fixed = f", at {' and '.join(others)}" if others else ""
    title = f"{label[0].upper()}{label[1:]} against {words}"
    caption = (
        f"{title}{fixed}: medians over {counted(seeds, 'seed')} and every run as a dot; definitions are in the "
        f"reports of the points. Nothing is tested over a sweep."
    )
    values = list(along)
    scale = "log" if values[0] > 0 and values[-1] / values[0] >= LOG_FROM else "linear"
    display = partial(SweepDisplay.from_studies, xlabel=words, xscale=scale)
    stored = _stored(along, key, name).to_dataset(name=name)
    figure = StudyFigure(f"{name}_against_{key.replace('.', '_')}", title, caption)
    tuned = {value: each.tuned for value, each in along.items()} if study.spec.tuning is not None else {}
    if not tuned or not all(np.isfinite(each.analysis.quantity(name).values).any() for each in tuned.values()):
        return FigureSpec(figure, stored, partial(display, along, name))
    stored[f"{PREFIX}{name}"] = _stored(tuned, key, name)
    caption = f"{caption} On the right each method has, at every value, the best of its trials there."
    titles = ["settings as given", "each method at its own best"]
    return FigureSpec(
        replace(figure, caption=caption),
        stored,
        lambda: PanelsDisplay([display(along, name), display(tuned, name)], titles=titles),
        "full",
    )


def _stored(along: dict[float, Study], key: str, name: str) -> xr.DataArray:
    values = [each.analysis.quantity(name).values for each in along.values()]
    return xr.concat(values, dim=xr.Variable(key, list(along)))


def _words(key: str) -> str:
    """Return what figures and tables print for a swept key."""
    first, _, rest = key.partition(".")
    if first == "settings":
        method, _, setting = rest.rpartition(".")
        return f"{setting.replace('_', ' ')} of {label_of(method)}"
    return (rest or first).replace("_", " ")


def sweep_words(study: Study) -> str:
    """Return a sentence on what is swept."""
    parts = [f"{_words(key)} over {', '.join(f'{v:g}' for v in values)}" for key, values in study.spec.sweep.items()]
    one = ", one key varied at a time and the others at their first values" if study.spec.one_at_a_time else ""
    tuned = (
        " Two comparisons: with the settings as given, and with each method at its own best of as many trials at every "
        "point; what they chose is in the table, the rest in the points' reports."
        if study.spec.tuning is not None
        else ""
    )
    return (
        f"A sweep of {' and of '.join(parts)}{one}: {counted(len(study.spec.grid), 'point')}, each a study of its own "
        f"in points/.{tuned} Nothing is tested over the points, and the best of them by a test metric is chosen on the "
        f"test set: its value is too good. To choose a setting, tune it."
    )


def sweep_table(study: Study) -> Table:
    """Return the median of each quantity, per method and point; of a tuned study at its own best as well.

    Rows ascend in the swept values, and points that differ in the settings of other methods alone are one row.
    """
    rows, records = [], []
    tuning = study.spec.tuning is not None
    first = next(iter(study.points.values())).analysis
    points = list(zip(study.spec.grid, study.points.values(), strict=True))
    for method in study.spec.methods:
        shown = set()

        def own_values(pair: tuple[Mapping[str, Any], Study], method: str = method) -> tuple[Any, ...]:
            return tuple(value for key, value in pair[0].items() if _concerns(key, method))

        for at, point in sorted(points, key=own_values):
            values = tuple(f"{v:g}" if _concerns(key, method) else "any" for key, v in at.items())
            found = {"as given": point}
            if tuning and (words := settings_words(point, method)) != "as given":
                found[f"own best: {words}"] = point.tuned
            for settings, each in found.items():
                own = [settings + (", its best" if len(found) == 1 else "")] if tuning else []
                medians = {q.name: _median(q.values.sel(optimizer=method)) for q in each.analysis.per_run}
                if values not in shown:
                    rows.append((label_of(method), *values, *own, *(number(value) for value in medians.values())))
                records.append({"method": method, **at, **({"settings": own[0]} if tuning else {}), **medians})
            shown.add(values)
    return Table(
        "sweep",
        f"Medians over {counted(len(study.spec.seeds), 'seed')}, of the runs that have the value."
        + (f" Runs that failed are missing: {first_of_each(failed)}." if (failed := study.failed_runs) else ""),
        (
            "method",
            *map(_words, study.spec.sweep),
            *(["settings"] if tuning else []),
            *(q.label for q in first.per_run),
        ),
        tuple(rows),
        tuple(records),
    )


def _concerns(key: str, method: str) -> bool:
    """Whether a swept key is a setting of a method, or of all."""
    first, _, rest = key.partition(".")
    return first != "settings" or rest.startswith(f"{method}.")


def _median(values: Any) -> float:
    found = np.asarray(values, dtype=np.float64)
    found = found[np.isfinite(found)]
    return float(np.median(found)) if found.size else float("nan")


def points_of(studies: Any) -> Iterator[Study]:
    """Yield studies, and in the place of each sweep its points."""
    for study in studies:
        if study.spec.sweep:
            yield from study.points.values()
        else:
            yield study
