"""The answer of a study on one screen: an effect with its interval for each other method, and three figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from landscape._common.summaries import counted
from landscape.stats.paired import PairedComparison
from landscape.study.analysis import Analysis
from landscape.study.conclusions import ALPHA, flatness_verdicts, too_few_seeds
from landscape.study.figure_specs import StudyFigure
from landscape.study.references import label_of
from landscape.study.store import Study
from landscape.study.tables import Table, effect_cell

__all__ = ["ANSWER", "answer_table", "lead_figures"]

ANSWER = "answer"
"""Name of the table."""
GIVEN = "as given"
MATCHED = "lambda_max_matched"
SHOWN = ("lambda_max", MATCHED, "adaptive_sharpness")
WORDS = {"open": "not shown", "unknown": "not compared"}


def answer_table(study: Study) -> Table:
    """Return what is shown of the focus against every other method, at the settings as given and, if tuned, the best.

    Stars and words are those of the conclusion: its claims are one family for each setting.
    """
    metric, spec, focus = study.tree.attrs["metric"], study.spec, label_of(study.spec.focus)
    each = {GIVEN: study.analysis}
    if spec.tuning is not None:
        each["own best"] = study.tuned.analysis
    names = (*SHOWN, f"test_{metric}")
    rows, records = [], []
    for i, other in enumerate(name for name in spec.methods if name != spec.focus):
        for settings, analysis in each.items():
            of = {name: analysis.comparisons[name][i] for name in names}
            word = _flatness(analysis, other, len(spec.seeds))
            used, planned = min(c.n for c in of.values()), len(spec.seeds)
            cells = [effect_cell(c) + "*" * _is_claimed(analysis, name, c) for name, c in of.items()]
            label = label_of(other) if settings == GIVEN else f"{label_of(other)}, {settings}"
            seeds = str(planned) if used == planned else f"{used} of {planned}"
            rows.append((label, word, *cells, seeds))
            records.append(_record(other, settings, word, analysis, of))
    labels = ["at matched training loss" if name == MATCHED else study.analysis.quantity(name).label for name in names]
    return Table(
        ANSWER,
        f"{focus} against each other method: shown to be flatter or sharper (by every measure, the trace too; mixed: "
        "by some); medians over paired seeds of ratios (×) or differences (Δ), with intervals that cover with 95 % or "
        f"more; * where a difference is shown, all claims{' at a setting' * (len(each) > 1)} being one family at "
        f"the level {ALPHA:g}.",
        ("against", f"{focus} is", *labels, "seeds"),
        tuple(rows),
        tuple(records),
    )


def _flatness(analysis: Analysis, other: str, seeds: int) -> str:
    """Return the word for the flatness of the focus beside another method's; n/a where no outcome could show it."""
    word = flatness_verdicts(analysis)[other]
    if word == "open" and too_few_seeds(seeds, len(analysis.comparisons[SHOWN[0]])):
        return f"n/a ({counted(seeds, 'seed')})"
    return WORDS.get(word, word)


def _is_claimed(analysis: Analysis, name: str, comparison: PairedComparison) -> bool:
    return analysis.family[name][comparison.reference] <= ALPHA


def _record(
    other: str, settings: str, word: str, analysis: Analysis, comparisons: dict[str, PairedComparison]
) -> dict[str, Any]:
    out: dict[str, Any] = {"reference": other, "settings": settings, "flatness": word}
    for name, c in comparisons.items():
        median, (low, high) = c.median_effect
        out |= {
            f"{name}_transform": c.transform,
            f"{name}_median": median,
            f"{name}_low": low,
            f"{name}_high": high,
            f"{name}_p_of_family": analysis.family[name][other],
            f"{name}_pairs": c.n,
        }
    return out


def lead_figures(study: Study, drawn: Sequence[StudyFigure]) -> tuple[StudyFigure, ...]:
    """Return the figures that the answer rests on: sharpness, sharpness at equal loss, and the test metric."""
    lead = ("paired_lambda_max", "sharpness_against_loss", f"paired_test_{study.tree.attrs['metric']}")
    named = {figure.name: figure for figure in drawn}
    return tuple(named[name] for name in lead if name in named)
