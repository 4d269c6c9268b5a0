"""Collect the figures and tables of ZENITH's paper that studies suffice for, and a reason for each that is missing."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from landscape._common.files import write_text
from landscape.plot.save import FORMATS
from landscape.plot.venues import Width
from landscape.study.figure_specs import FigureSpec
from landscape.study.lengths import steps_of
from landscape.study.paper import tables as paper_tables
from landscape.study.paper.figures import FIGURES
from landscape.study.paper.parts import CONSTANT
from landscape.study.paper.tables import regularised
from landscape.study.spec_checks import BUDGETS
from landscape.study.store import Study
from landscape.study.tables import Table, write_tables

__all__ = ["Paper", "chosen_studies", "paper_of", "sweep_over", "write_paper", "write_paper_tables"]

T = TypeVar("T")


@dataclass(frozen=True)
class Paper:
    """Figures and tables of the paper, and reasons for the missing ones.

    Attributes
    ----------
    figures : tuple of FigureSpec
        Not drawn yet.
    tables : tuple of Table
        Not written yet.
    missing : dict of str to str
        Sentence by the name of a figure or table that the studies cannot feed.
    """

    figures: tuple[FigureSpec, ...]
    tables: tuple[Table, ...]
    missing: dict[str, str]


def paper_of(studies: Sequence[Study], costs: Mapping[str, Any] | None = None) -> Paper:
    """Choose the studies for each figure and table of the paper.

    Parameters
    ----------
    studies : sequence of Study
        Finished. Of each task the study with the most methods, the first of several, is the one for the figures over
        studies; those that differ in the learning rate, in the window or in ``weight_decay`` alone are sweeps, those of
        one method where its own runs differ in nothing else.
    costs : mapping, optional
        For table 1, as `landscape.study.paper.tables.table_1` takes it.
    """
    given = chosen_studies(studies)
    accurate, others, strengths = given["accurate"], given["others"], sweep_over(studies, "weight_decay")
    tables: dict[str, Callable[[], Table]] = {
        "table_1": lambda: paper_tables.table_1(costs or {}),
        "table_3": lambda: paper_tables.table_3(accurate),
        "table_4": lambda: paper_tables.table_4(strengths),
        "table_5": lambda: paper_tables.table_5(others),
    }
    missing: dict[str, str] = {}
    asked = [figure for figure in FIGURES.values() if figure.studies in given and not figure.origin]
    figures = [_try(partial(figure, given[figure.studies]), figure.name, missing) for figure in asked]
    made = [_try(make, name, missing) for name, make in tables.items()]
    return Paper(tuple(filter(None, figures)), tuple(filter(None, made)), missing)


def chosen_studies(studies: Sequence[Study]) -> dict[str, Any]:
    """Choose studies for each kind of figure, by what ``PaperFigure.studies`` names; see `paper_of`."""
    by_task: dict[str, Study] = {}
    for study in studies:
        best = by_task.get(study.spec.task_name)
        if best is None or len(study.spec.methods) > len(best.spec.methods):
            by_task[study.spec.task_name] = study
    accurate = {name: study for name, study in by_task.items() if study.tree.attrs["metric"] == "accuracy"}
    others = {name: study for name, study in by_task.items() if name not in accurate}
    rates, windows = (
        sweep_over(studies, name, "zenith") or sweep_over(studies, name) for name in ("learning_rate", "window")
    )
    constant = max((sweep_over(studies, "learning_rate", name) for name in CONSTANT), key=len)
    widest = max(by_task.values(), key=lambda study: len(study.spec.methods), default=None)
    return {
        "tasks": by_task,
        "accurate": accurate,
        "others": others,
        "constant learning rates": constant or rates,
        "learning rates": rates,
        "windows": windows,
        **({} if widest is None else {"most methods": widest}),
    }


def sweep_over(studies: Sequence[Study], setting: str, method: str | None = None) -> dict[float, Study]:
    """Find the studies that differ in one setting alone.

    Parameters
    ----------
    studies : sequence of Study
        Any.
    setting : {"learning_rate", "window", "weight_decay"}
        The base learning rate, ZENITH's window in steps, or the L2 strength that all methods which have one share.
    method : str, optional
        Find those in which the runs of this method differ in the setting alone, however the others differ.

    Returns
    -------
    dict of float to Study
        The longest such sweep by ascending value; empty if no two studies make one. Of two studies with the same value
        the first counts.
    """
    groups: dict[str, dict[float, Study]] = {}
    for study in studies:
        if method is not None and method not in study.spec.methods:
            continue
        value, rest = _apart(study, setting) if method is None else _apart_of(study, setting, method)
        if value is not None:
            groups.setdefault(rest, {}).setdefault(value, study)
    longest = max(groups.values(), key=len, default={})
    return dict(sorted(longest.items())) if len(longest) > 1 else {}


def write_paper(
    made: Paper,
    folder: Path,
    *,
    provenance: Mapping[str, Any],
    venue: str | None = None,
    width: Width | None = None,
    formats: Sequence[str] = FORMATS,
) -> None:
    """Draw the figures into ``folder/figures`` and write the tables into ``folder/tables``, as CSV, LaTeX and JSON."""
    for spec in made.figures:
        spec.save(folder / "figures", provenance, venue=venue, width=width, formats=formats)
    write_paper_tables(folder / "tables", made.tables, provenance=provenance)


def write_paper_tables(folder: Path, tables: Sequence[Table], *, provenance: Mapping[str, Any]) -> None:
    """Write tables as CSV, LaTeX and JSON; the last holds the provenance too, and what the others are written from."""
    write_tables(folder, tables)
    for table in tables:
        record = {**table.as_dict(), "provenance": dict(provenance)}
        write_text(folder / f"{table.name}.json", json.dumps(record, indent=1, ensure_ascii=False) + "\n")


def _try(make: Callable[[], T], name: str, missing: dict[str, str]) -> T | None:
    try:
        return make()
    except ValueError as error:
        missing[name] = str(error)
        return None


def _apart(study: Study, setting: str) -> tuple[float | None, str]:
    """The value of the setting, and everything else that determines the study as one text."""
    spec = study.spec.as_dict()
    for name in ("name", "focus", "measure", "checkpoints", "threads"):
        spec.pop(name)
    spec["window"] = study.spec.window_for(study.provenance.get("total_steps") or max(steps_of(study).values()))
    decays = {float(study.spec.settings_for(name).get("weight_decay", 0.0)) for name in regularised(study)}
    spec["weight_decay"] = decays.pop() if len(decays) == 1 else None
    spec["settings"] = {
        method: {key: value for key, value in each.items() if key != "weight_decay"}
        for method, each in spec["settings"].items()
    }
    spec["settings"] = {method: each for method, each in spec["settings"].items() if each}
    value = spec.pop(setting)
    return None if value is None else float(value), json.dumps(spec, sort_keys=True)


def _apart_of(study: Study, setting: str, method: str) -> tuple[float | None, str]:
    """The value that one method has of the setting, and everything else that determines its runs as one text."""
    spec = study.spec
    every, own = spec.as_dict(), spec.settings_for(method)
    rest = {name: every[name] for name in ("task", "task_settings", *BUDGETS, "batch_size", "seeds") if name in every}
    defaults = spec.loaded_methods[method].defaults
    values: dict[str, Any] = {
        "learning_rate": own.pop("lr", defaults.get("lr")),
        "weight_decay": own.pop("weight_decay", defaults.get("weight_decay")),
    }
    if "window" in defaults:
        values["window"] = own.pop("window", spec.window_for(steps_of(study)[method]))
    value = values.pop(setting, None)
    known = isinstance(value, (int, float))
    return float(value) if known else None, json.dumps({**rest, **values, "settings": own}, sort_keys=True)
