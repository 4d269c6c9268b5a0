"""The two comparisons of a tuned study next to each other: settings as given, and each method at its own best."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from landscape.study.analysis import Analysis
from landscape.study.figure_specs import FigureSpec, StudyFigure
from landscape.study.references import label_of
from landscape.study.store import Study
from landscape.study.tables import Table, effect_cell, number
from landscape.study.tuning import chosen_of

__all__ = ["PREFIX", "at_own_best", "comparisons_of_both", "settings_words", "summary_of_both"]

PREFIX = "tuned_"
"""Of the names of figures and tables at the tuned settings."""


def settings_words(study: Study, method: str) -> str:
    """Return the settings that the tuning chose for a method; "as given" if none is better."""
    chosen = chosen_of(study.tree["tuning"].to_dataset(), method)
    return ", ".join(f"{key} = {value:g}" for key, value in chosen.items()) or "as given"


def at_own_best(study: Study, spec: FigureSpec) -> FigureSpec:
    """Return the spec of a figure of `study.tuned` as one of `study`."""
    figure = spec.figure
    words = "; ".join(f"{label_of(name)}: {settings_words(study, name)}" for name in study.spec.methods)
    return replace(
        spec,
        figure=StudyFigure(
            f"{PREFIX}{figure.name}",
            f"{figure.title}, each method at its own best",
            f"{figure.caption} Each method at the best of its {study.tree['tuning'].sizes['trial']} trials ({words}).",
        ),
    )


def summary_of_both(study: Study, given: Table, best: Table) -> Table:
    """Return the table of means per method, each method as given and at its own best."""
    rows: list[tuple[str, ...]] = []
    records: list[dict[str, Any]] = []
    for i, method in enumerate(study.spec.methods):
        label, *cells = given.rows[i]
        words = settings_words(study, method)
        same = words == "as given"
        rows.append((label, "as given, its best" if same else "as given", *cells))
        if not same:
            rows.append((label, f"own best: {words}", *best.rows[i][1:]))
        chosen = json.dumps(chosen_of(study.tree["tuning"].to_dataset(), method))
        records += [
            {"method": method, "settings": "given", "changes": "{}", **_values(given.records[i])},
            {"method": method, "settings": "own best", "changes": chosen, **_values(best.records[i])},
        ]
    return Table(
        "both_summary",
        f"{given.caption} Each method as given, and at the best of its trials where that is another setting.",
        (given.header[0], "settings", *given.header[1:]),
        tuple(rows),
        tuple(records),
    )


def _values(record: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in record.items() if key != "method"}


def comparisons_of_both(given: Analysis, best: Analysis, alpha: float) -> Table:
    """Return the paired comparisons of both, side by side; each is a family of its own."""
    rows, records = [], []
    for quantity in given.quantities:
        for first in given.comparisons[quantity.name]:
            second = next(c for c in best.comparisons[quantity.name] if c.reference == first.reference)
            cells: list[str] = []
            record: dict[str, Any] = {"quantity": quantity.name, "reference": first.reference}
            for name, c in (("given", first), ("own_best", second)):
                median, interval = c.median_effect
                shown = c.p_holm is not None and c.p_holm <= alpha
                cells += [effect_cell(c), number(c.p_holm) + (" *" if shown else "")]
                record |= {
                    f"{name}_transform": c.transform,
                    f"{name}_median": median,
                    f"{name}_median_low": interval[0],
                    f"{name}_median_high": interval[1],
                    f"{name}_p_holm": c.p_holm,
                    f"{name}_pairs": c.n,
                }
            rows.append((quantity.label, label_of(first.reference), *cells))
            records.append(record)
    return Table(
        "both_comparisons",
        f"{label_of(given.focus)} against each other method, paired over seeds, at the settings as given and with each "
        "method at its own best: median ratio (×) or difference (Δ) with an interval that covers with 95 % or more, "
        "and the exact sign test's p after Holm over the methods of the row's quantity; * marks p at most "
        f"{alpha:g}. Means, t intervals, effect sizes and numbers of pairs are in tables/comparisons.csv and "
        "tables/tuned_comparisons.csv. Quantities are not corrected for each other, nor are the two comparisons; "
        "each conclusion is corrected over all that it may say.",
        ("quantity", "against", "as given", "p (Holm)", "own best", "p (Holm) at own best"),
        tuple(rows),
        tuple(records),
    )
