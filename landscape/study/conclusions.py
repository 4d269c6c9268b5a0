"""What the numbers of a study support, in sentences by fixed rules, and what limits them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from landscape.statistics import PairedComparison
from zenith import methods

if TYPE_CHECKING:  # which imports this module
    from landscape.study.analysis import Analysis
    from landscape.study.store import Study

__all__ = ["ALPHA", "FLATNESS", "conclude", "notes_on"]

ALPHA = 0.05
FLATNESS = ("lambda_max", "lambda_max_matched", "trace", "adaptive_sharpness")


def conclude(analysis: Analysis, metric_label: str, metric: str) -> tuple[str, ...]:
    """Say which method is flatter, generalises, and whether the two go together; never more than is shown."""
    focus = _label(analysis.focus)
    others = [c.reference for c in analysis.comparisons["lambda_max"]]
    signs = {name: {c.reference: _sign(c) for c in analysis.comparisons[name]} for name in analysis.comparisons}
    verdicts: dict[str, list[str]] = {"flatter": [], "sharper": [], "mixed": [], "open": []}
    for other in others:
        found = [signs[name][other] for name in FLATNESS]
        if all(sign < 0 for sign in found):
            verdicts["flatter"].append(other)
        elif all(sign > 0 for sign in found):
            verdicts["sharper"].append(other)
        elif any(found):
            verdicts["mixed"].append(other)
        else:
            verdicts["open"].append(other)
    out = []
    if verdicts["flatter"]:
        out.append(
            f"{focus} ends at flatter points than {_and_methods(verdicts['flatter'])} by every measure of flatness used here, "
            "also at matched training loss."
        )
    if verdicts["sharper"]:
        out.append(
            f"{focus} ends at sharper points than {_and_methods(verdicts['sharper'])} by every measure of flatness used here, "
            "also at matched training loss."
        )
    for other in verdicts["mixed"]:
        per = {
            word: [analysis.quantity(n).label for n in FLATNESS if signs[n][other] == sign]
            for word, sign in (("flatter", -1), ("sharper", 1), ("not shown to differ", 0))
        }
        said = "; ".join(f"{word} by {_and(labels)}" for word, labels in per.items() if labels)
        out.append(f"{focus} against {_label(other)} depends on the measure: {said}.")
    if verdicts["open"]:
        out.append(f"No difference in flatness between {focus} and {_and_methods(verdicts['open'])} is shown.")
    better = [other for other in others if signs[f"test_{metric}"][other] > 0]
    worse = [other for other in others if signs[f"test_{metric}"][other] < 0]
    same = [other for other in others if signs[f"test_{metric}"][other] == 0]
    clauses = [f"higher than that of {_and_methods(better)}"] if better else []
    clauses += [f"lower than that of {_and_methods(worse)}"] if worse else []
    clauses += [f"not shown to differ from that of {_and_methods(same)}"] if same else []
    out.append(f"The test {metric_label} of {focus} is {'; '.join(clauses)}.")
    out.append(_correlation_sentence(analysis))
    return tuple(out)


def _sign(comparison: PairedComparison) -> int:
    """Direction of a difference that is shown, 0 of one that is not."""
    if comparison.p_holm is None or comparison.p_holm > ALPHA:
        return 0
    return 1 if comparison.mean_difference > 0 else -1


def _correlation_sentence(analysis: Analysis) -> str:
    with_error, against, none = [], [], []
    for name, correlation in analysis.correlations.items():
        text = f"{analysis.quantity(name).label} (rho = {correlation.rho:.2f})"
        shown = analysis.correlation_p_holm[name] <= ALPHA
        if shown and analysis.carriers[name]:
            text = f"{text[:-1]}, not shown without {_and_methods(analysis.carriers[name])})"
        if not shown:
            none.append(text)
        elif correlation.rho > 0:
            with_error.append(text)
        else:
            against.append(text)
    clauses = [f"sharper runs have the larger test error by {_and(with_error)}"] if with_error else []
    clauses += [f"sharper runs have the smaller test error by {_and(against)}"] if against else []
    clauses += [f"no rank correlation with test error is shown for {_and(none)}"] if none else []
    return (
        f"Within seeds, over all runs of {len(analysis.comparisons['lambda_max']) + 1} methods: {'; '.join(clauses)}. "
        "A correlation over these methods is no cause, and says nothing of other methods."
    )


def _label(method: str) -> str:
    return methods.get(method).label


def _and_methods(names: Sequence[str]) -> str:
    return _and([_label(name) for name in names])


def _and(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def notes_on(study: Study, analysis: Analysis) -> tuple[str, ...]:
    """Say what limits these sentences: lost runs, unconverged values, too few seeds, unequal losses."""
    tree = study.tree
    notes = []
    status = tree["runs"]["status"].transpose("optimizer", "seed")
    diverged = [
        (str(m.values), int(s))
        for m in status.optimizer
        for s in status.seed
        if status.sel(optimizer=m, seed=s) == "diverged"
    ]
    if diverged:
        listing = ", ".join(f"{method} seed {seed}" for method, seed in diverged)
        notes.append(f"{len(diverged)} of {status.size} runs diverged and have no end point: {listing}.")
    curvature = tree["curvature"]
    measured = np.isfinite(curvature["eigenvalue"].isel(k=0))
    failed = int(((curvature["converged"].isel(k=0) != 1) & measured).sum())
    notes.append(
        f"{int(measured.sum()) - failed} of {int(measured.sum())} top eigenvalues converged to the tolerance"
        + ("; the others are left out of every comparison: raise measure.max_products." if failed else ".")
    )
    if missing := study.not_measured:
        notes.append(
            f"{_count(len(missing), 'measurement')} could not be made and {'is' if len(missing) == 1 else 'are'} left out of "
            'every comparison; the section "Not measured" names each with its reason.'
        )
    notes += _hopeless(study, analysis)
    first = analysis.comparisons["train_loss"]
    if any(_sign(c) for c in first):
        notes.append(
            "The methods do not end at the same training loss, and the Hessian of a cross-entropy loss shrinks with the loss "
            "itself: read the end-point eigenvalue and trace together with the matched-loss row."
        )
    return tuple(notes)


def _hopeless(study: Study, analysis: Analysis) -> list[str]:
    """Comparisons that no outcome could have decided: too few pairs, or too many exact ties."""
    out = []
    every = [c for family in analysis.comparisons.values() for c in family]
    if every and all(c.smallest_p_holm is not None and c.smallest_p_holm > ALPHA for c in every):
        least = min(c.smallest_p_holm for c in every if c.smallest_p_holm is not None)
        return [
            f"{_count(len(study.spec.seeds), 'seed')} cannot show any difference at {ALPHA:g}: the smallest Holm-adjusted p "
            f"that any outcome could give is {least:.3g}. Run more seeds."
        ]
    for name, family in analysis.comparisons.items():
        lost = [c for c in family if c.smallest_p_holm is not None and c.smallest_p_holm > ALPHA]
        if lost:
            least = min(c.smallest_p_holm for c in lost if c.smallest_p_holm is not None)
            why = " and ".join(
                words
                for words, applies in (
                    ("exact ties between runs", any(c.zeros for c in lost)),
                    ("runs left out", any(c.dropped for c in lost)),
                )
                if applies
            )
            out.append(
                f"The {analysis.quantity(name).label} against {_and_methods([c.reference for c in lost])} could not have been "
                f"shown to differ by any outcome with these seeds{f' ({why})' if why else ''}: smallest adjusted p {least:.3g}."
            )
    return out


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
