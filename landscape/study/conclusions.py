"""Conclusions of a study, as sentences by fixed rules, and their limitations."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from landscape._common.summaries import counted
from landscape.stats.paired import PairedComparison, graphical
from landscape.stats.rank_correlation import RankCorrelation
from landscape.stats.sign_flip_test import sign_test
from landscape.study.references import label_of

if TYPE_CHECKING:  # which imports this module
    from landscape.study.analysis import Analysis
    from landscape.study.store import Study

__all__ = [
    "ALPHA",
    "FLATNESS",
    "conclude",
    "family_of",
    "flatness_verdicts",
    "notes_on",
    "seeds_needed",
    "too_few_seeds",
]

ALPHA = 0.05
FLATNESS = ("lambda_max", "lambda_max_matched", "trace", "adaptive_sharpness")
IN_ORDER = ("lambda_max", "trace", "adaptive_sharpness", "lambda_max_matched")
"""The measures of flatness in the order in which they are tested: as usually claimed first, at matched loss last."""
FOR_PAIRS = 0.8
"""Share of ALPHA for the comparisons with other methods; the rest is for the correlations with the test error."""


def seeds_needed(others: int, *, claims: int = 1) -> int:
    """Return the fewest seeds with which a conclusion about each of so many other methods is possible.

    Parameters
    ----------
    others : int
        Methods that the focus is compared with.
    claims : int
        1: flatness, and the test metric only where flatness was shown; 2: both at once.

    Examples
    --------
    >>> from landscape.study.conclusions import seeds_needed
    >>> seeds_needed(5), seeds_needed(5, claims=2)
    (8, 9)
    """
    return math.ceil(math.log2(2 * claims * others / (FOR_PAIRS * ALPHA)) - 1e-9)


def too_few_seeds(seeds: int, others: int) -> str:
    """Return a warning if so few seeds cannot show a difference from so many other methods, else ""."""
    needed = seeds_needed(others)
    if seeds >= needed:
        return ""
    least = min(1.0, others * 2.0 / 2.0**seeds / FOR_PAIRS)
    return (
        f"{counted(seeds, 'seed')} cannot show any difference at {ALPHA:g}: the smallest adjusted p that any outcome "
        f"could give is {least:.3g}. Run {needed} seeds or more for {counted(others, 'comparison')}."
    )


def family_of(
    comparisons: Mapping[str, Sequence[PairedComparison]],
    correlations: Mapping[str, RankCorrelation],
    *,
    metric: str,
    seeds: int,
) -> dict[str, dict[str, float]]:
    """Adjust the p-values of all claims that a conclusion may make, as one family.

    Any false claim is then rarer than `ALPHA`.

    Every other method gets an equal share of the error rate. It is spent on the measures of flatness one after the
    other, each tested only once the one before is shown, and then on the test metric; where there are seeds enough for
    both, the test metric has half the share from the start. What was spent with success goes to the other methods. The
    correlations with the test error share the rest after Holm. See `landscape.stats.paired.graphical`. Which seeds are
    lost may depend on what they would have shown, so a pair that is left out counts against the claim.

    Parameters
    ----------
    comparisons : mapping of str to sequence of PairedComparison
        Per quantity, one a reference, in one order.
    correlations : mapping of str to RankCorrelation
        Per measure of flatness.
    metric : str
        Name of the test metric.
    seeds : int
        Of the study as planned: what is tested when must not depend on the outcome.

    Returns
    -------
    dict
        Adjusted p-values: per quantity and reference, and under "correlation" per measure.
    """
    # A measure that no run has is not in the way of the others.
    chain = [name for name in (*IN_ORDER, f"test_{metric}") if any(c.n for c in comparisons[name])]
    chain = chain or [IN_ORDER[0]]
    references = [c.reference for c in comparisons[chain[0]]]
    others, length, measures = len(references), len(chain), list(correlations)
    p = [_with_losses(comparisons[name][i]) for i in range(others) for name in chain]
    p += [correlations[name].p_value for name in measures]
    weights, transitions = np.zeros(len(p)), np.zeros((len(p), len(p)))
    starts = length * np.arange(others)
    both = seeds >= seeds_needed(others, claims=2)
    entries = [starts, starts + length - 1] if both else [starts]
    for first in entries:
        weights[first] = FOR_PAIRS / (others * len(entries))
    for i in range(others):
        for step in range(length - 1):
            transitions[starts[i] + step, starts[i] + step + 1] = 1.0
        elsewhere = [int(first[k]) for first in entries for k in range(others) if k != i]
        transitions[starts[i] + length - 1, elsewhere] = 1.0 / max(1, len(elsewhere))
    rest = slice(length * others, None)
    weights[rest] = (1.0 - FOR_PAIRS) / max(1, len(measures))
    transitions[rest, rest] = (1.0 - np.eye(len(measures))) / max(1, len(measures) - 1)
    adjusted = graphical(p, weights, transitions)
    of_pairs = adjusted[: length * others].reshape(others, length)
    return {
        **{name: dict.fromkeys(references, 1.0) for name in (*IN_ORDER, f"test_{metric}")},
        **{name: dict(zip(references, map(float, of_pairs[:, k]), strict=True)) for k, name in enumerate(chain)},
        "correlation": dict(zip(measures, map(float, adjusted[rest]), strict=True)),
    }


def _with_losses(c: PairedComparison) -> float:
    """Return the p of the sign test as if every pair that is left out contradicted the others."""
    if not c.dropped:
        return c.p_value
    found = np.sign([d for d in c.differences if math.isfinite(d)])
    up, down = int((found > 0).sum()), int((found < 0).sum())
    least = min(up, down) + c.dropped
    return sign_test([1.0] * max(up, down) + [-1.0] * least) if least < max(up, down) else 1.0


VERDICTS = ("flatter", "sharper", "mixed", "open", "unknown")


def flatness_verdicts(analysis: Analysis) -> dict[str, str]:
    """Return whether the focus is shown to be flatter or sharper than each other method.

    Returns
    -------
    dict of str to str
        "flatter" or "sharper" by every measure, "mixed" if by some, "open" if by none, "unknown" if none has values.
    """
    signs = {name: _signs(analysis, name) for name in FLATNESS}
    out = {}
    for i, c in enumerate(analysis.comparisons["lambda_max"]):
        found = [signs[name][c.reference] for name in FLATNESS]
        if not any(analysis.comparisons[name][i].n for name in FLATNESS):
            out[c.reference] = "unknown"
        elif not any(found):
            out[c.reference] = "open"
        else:
            out[c.reference] = {-len(found): "flatter", len(found): "sharper"}.get(sum(found), "mixed")
    return out


def _signs(analysis: Analysis, name: str) -> dict[str, int]:
    """Return the direction of every shown difference in a quantity, 0 where none is shown, by the other method."""
    return {c.reference: _sign(c, analysis.family[name]) for c in analysis.comparisons[name]}


def conclude(analysis: Analysis, metric_label: str, metric: str) -> tuple[str, ...]:
    """State which method is flatter, which generalises better, and whether the two go together, where significant."""
    focus = _label(analysis.focus)
    others = [c.reference for c in analysis.comparisons["lambda_max"]]
    accuracy = f"test_{metric}"
    signs = {name: _signs(analysis, name) for name in (*FLATNESS, accuracy)}
    pairs = {name: {c.reference: c.n for c in analysis.comparisons[name]} for name in (*FLATNESS, accuracy)}
    words = flatness_verdicts(analysis)
    verdicts = {word: [other for other in others if words[other] == word] for word in VERDICTS}
    flatness = _kept(analysis, FLATNESS)
    out = [
        f"{focus} ends at {word} points than {_and([flatness[name] for name in verdicts[word]])} by every measure of "
        "flatness used here, also at matched training loss."
        for word in ("flatter", "sharper")
        if verdicts[word]
    ]
    mixed: dict[str, list[str]] = {}
    for other in verdicts["mixed"]:
        per = {
            word: [analysis.quantity(n).label for n in FLATNESS if signs[n][other] == sign and pairs[n][other]]
            for word, sign in (("flatter", -1), ("sharper", 1), ("not shown to differ", 0))
        }
        per["not measured"] = [analysis.quantity(n).label for n in FLATNESS if not pairs[n][other]]
        said = "; ".join(f"{word} by {_and(labels)}" for word, labels in per.items() if labels)
        mixed.setdefault(said, []).append(flatness[other])
    out += [f"{focus} against {_and(named)} depends on the measure: {said}." for said, named in mixed.items()]
    planned = max((c.n + c.dropped for c in analysis.comparisons["lambda_max"]), default=0)
    few = f"{counted(planned, 'seed')} can show no difference, however large" * bool(
        too_few_seeds(planned, len(others))
    )
    if verdicts["open"]:
        named = _and([flatness[name] for name in verdicts["open"]])
        out.append(f"No difference in flatness between {focus} and {named} is shown{few and f': {few}'}.")
    if verdicts["unknown"]:
        named = _and([_label(name) + _failures(analysis, name) for name in verdicts["unknown"]])
        out.append(
            f"The flatness of {focus} and {named} is not compared: no measure of it has values of both on any seed."
        )
    kept = _kept(analysis, (accuracy,))
    better = [kept[other] for other in others if signs[accuracy][other] > 0]
    worse = [kept[other] for other in others if signs[accuracy][other] < 0]
    open_ = [other for other in others if signs[accuracy][other] == 0 and pairs[accuracy][other]]
    unknown = [other for other in others if not pairs[accuracy][other]]
    clauses = [f"higher than that of {_and(better)}"] if better else []
    clauses += [f"lower than that of {_and(worse)}"] if worse else []
    clauses += (
        [f"not shown to differ from that of {_and([kept[other] for other in open_])}{few and f', for {few}'}"]
        if open_
        else []
    )
    lost = [_label(other) + _failures(analysis, other) for other in unknown]
    clauses += [f"not compared with that of {_and(lost)}, for no seed has both"] if unknown else []
    out.append(f"The test {metric_label} of {focus} is {'; '.join(clauses)}.")
    out.append(_correlation_sentence(analysis))
    if any(sign for each in signs.values() for sign in each.values()):
        out.append(
            "A direction said here is that of the median seed. All claims of this conclusion are one family: the "
            f"chance that any of them is false is held to {ALPHA:g}."
        )
    return tuple(out)


def _kept(analysis: Analysis, names: Sequence[str]) -> dict[str, str]:
    """Labels of the other methods, with how many seeds are left where some are lost."""
    out = {}
    for i, c in enumerate(analysis.comparisons[names[0]]):
        each = [analysis.comparisons[name][i] for name in names]
        left, planned = min(c.n for c in each), c.n + c.dropped
        failed = _failures(analysis, c.reference).removeprefix(" (").removesuffix(")")
        said = f" (on {left} of {planned} seeds{f'; {failed}' if failed else ''})"
        out[c.reference] = _label(c.reference) + (said if left < planned else "")
    return out


def _failures(analysis: Analysis, other: str) -> str:
    """Return how many runs of the two methods of a comparison failed, in brackets; "" if none did."""
    count = sum(len(analysis.failed.get(name, ())) for name in (analysis.focus, other))
    return f" ({counted(count, 'run')} failed)" if count else ""


def _sign(comparison: PairedComparison, adjusted: Mapping[str, float]) -> int:
    """Sign of a significant difference, 0 of any other."""
    return comparison.direction if adjusted[comparison.reference] <= ALPHA else 0


def _correlation_sentence(analysis: Analysis) -> str:
    with_error, against, none, undefined = [], [], [], []
    for name, correlation in analysis.correlations.items():
        if not math.isfinite(correlation.rho):
            undefined.append(analysis.quantity(name).label)
            continue
        shown = analysis.family["correlation"][name] <= ALPHA
        failed = sum(map(len, analysis.failed.values()))
        text = f"{analysis.quantity(name).label} ({_numbers(correlation, failed, shown)}"
        if shown and analysis.influential[name]:
            text += f", not shown without {_and_methods(analysis.influential[name])}"
        text += ")"
        if not shown:
            none.append(text)
        elif correlation.rho > 0:
            with_error.append(text)
        else:
            against.append(text)
    clauses = [f"sharper methods have the larger test error by {_and(with_error)}"] if with_error else []
    clauses += [f"sharper methods have the smaller test error by {_and(against)}"] if against else []
    clauses += [f"no rank correlation with test error is shown for {_and(none)}"] if none else []
    clauses += [f"none is defined for {_and(undefined)}, of too few methods or with tied ranks"] if undefined else []
    units = max((c.methods for c in analysis.correlations.values()), default=0)
    if len(undefined) == len(analysis.correlations):
        return (
            f"No rank correlation of sharpness with test error is defined: {counted(units, 'method')} with values of "
            "both, and it takes two of different ranks."
        )
    least = min((c.smallest_p for c in analysis.correlations.values()), default=1.0)
    first = (1.0 - FOR_PAIRS) * ALPHA / max(1, len(analysis.correlations))
    able = f"p = {least:.2g} at the least" + (f", where {first:.2g} is needed" if least > first else "")
    return (
        f"Over the {counted(units, 'method')}, which can give {able}: {'; '.join(clauses)}. A correlation over these "
        "methods is no cause, may be that of the training loss with both, and says nothing of other methods."
    )


def _numbers(c: RankCorrelation, failed: int, shown: bool) -> str:
    given = f", given the training loss {c.partial:.2f}"
    if not math.isfinite(c.partial):  # the loss ranks the methods as one of the two does
        given = ", of which nothing is left given the training loss" if shown else ""
    lost = f", {counted(c.dropped, 'run')} left out" if c.dropped else ""
    lost += f", {counted(failed, 'run')} failed" if failed else ""
    return f"rho = {c.rho:.2f}, p = {c.p_value:.2g}{given}{lost}"


def _label(method: str) -> str:
    return label_of(method)


def _and_methods(names: Sequence[str]) -> str:
    return _and([_label(name) for name in names])


def _and(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def notes_on(study: Study, analysis: Analysis) -> tuple[str, ...]:
    """State the limitations of the conclusions: lost runs, unconverged values, too few seeds, unequal losses."""
    tree = study.tree
    notes = []
    status = tree["runs"]["status"].transpose("optimizer", "seed")
    lost = status.values == "diverged"
    if lost.any():
        names, seeds = status["optimizer"].values, status["seed"].values
        listing = ", ".join(f"{names[i]} seed {int(seeds[k])}" for i, k in np.argwhere(lost))
        notes.append(f"{int(lost.sum())} of {status.size} runs diverged and have no end point: {listing}.")
    crashed = [f"{name} seed {seed}" for name, seeds in analysis.failed.items() for seed in seeds]
    if crashed:
        notes.append(
            f"{len(crashed)} of {status.size} runs failed: {', '.join(crashed)}. Nothing is known of where they would "
            "have ended, so the seed is left out wherever such a run would be one of the two compared; means and "
            "medians of its method are over the other seeds. The section "
            '"Failed runs" has the reasons.'
        )
    first = tree["curvature"].to_dataset()[["eigenvalue", "converged"]].isel(k=0)
    measured = np.isfinite(first["eigenvalue"])
    failed = int(((first["converged"] != 1) & measured).sum())
    notes.append(
        f"{int(measured.sum()) - failed} of {int(measured.sum())} top eigenvalues converged to the tolerance"
        + ("; the others are left out of every comparison: raise measure.max_products." if failed else ".")
        if measured.any()
        else "No top eigenvalue could be measured."
    )
    if missing := study.not_measured:
        notes.append(
            f"{counted(len(missing), 'measurement')} could not be made and {'is' if len(missing) == 1 else 'are'} "
            f"left out of "
            'every comparison; the section "Not measured" names each with its reason.'
        )
    notes += _sides(study, analysis)
    notes += _underpowered_comparisons(study, analysis)
    notes += _unequal_losses(analysis)
    return tuple(notes)


def _sides(study: Study, analysis: Analysis) -> Iterator[str]:
    """State the pairs that are left out, by the method that failed: the others are a biased sample of the seeds."""
    focus, seeds = _label(analysis.focus), counted(len(study.spec.seeds), "seed")
    per_run = [analysis.comparisons[q.name] for q in analysis.per_run]
    for i, matched in enumerate(analysis.comparisons["lambda_max_matched"]):
        # The quantity that lost most: one that could not be measured loses more than a run that diverged.
        c = max((family[i] for family in per_run), key=lambda each: each.dropped)
        other = _label(c.reference)
        sides = {name: k for name, k in ((focus, c.lost_method), (other, c.lost_reference)) if k}
        if sides:
            crashed = {_label(name): len(seeds) for name, seeds in analysis.failed.items()}
            said = _and(
                [
                    f"{name} has no {c.measure} on {k}"
                    + (f" ({counted(crashed[name], 'run')} failed)" if crashed.get(name) else "")
                    for name, k in sides.items()
                ]
            )
            left = (
                f"What is left are the seeds on which {_and(list(sides))} did not fail, which speaks for "
                f"{_and(list(sides))}; a claim has to hold even if all of them had gone the other way."
                if any(crashed.get(name, 0) < k for name, k in sides.items())
                else "What was lost by failures is missing data, not a result; a claim has to hold even if all of them "
                "had gone the other way."
            )
            yield (
                f"{focus} against {other} leaves out {c.dropped} of {seeds}: {said}. "
                + (left if c.n else "Nothing is left to compare in it.")
            )
        if matched.dropped > c.dropped:
            yield (
                f"{focus} against {other} at matched training loss leaves out {matched.dropped} of {seeds}: one of the "
                "two has no converged eigenvalue around the loss that both reached."
            )


def _underpowered_comparisons(study: Study, analysis: Analysis) -> list[str]:
    """Underpowered comparisons: too few seeds, or too many ties and lost runs, for any outcome to be significant."""
    seeds, others = len(study.spec.seeds), len(analysis.comparisons["lambda_max"])
    if sentence := too_few_seeds(seeds, others):
        return [sentence]
    both = seeds_needed(others, claims=2)
    out = []
    metric = next(name for name in analysis.family if name.startswith("test_"))
    if seeds < both:
        out.append(
            f"With {counted(seeds, 'seed')} the {analysis.quantity(metric).label} is tested only against methods whose "
            f"flatness is shown to differ by every measure; {both} seeds would test both at once."
        )
    for name in (*FLATNESS, metric):
        for words, names in _undecidable(analysis.comparisons[name]).items():
            out.append(
                f"The {analysis.quantity(name).label} against {_and_methods(names)} could not have been shown to "
                f"differ, for {words} leave too few pairs."
            )
    return out


def _undecidable(comparisons: Sequence[PairedComparison]) -> dict[str, list[str]]:
    """Return the references that cannot be decided on any more, by the cause: ties, or runs left out."""
    out: dict[str, list[str]] = {}
    for c in comparisons:
        decided = c.n - c.zeros
        least = sign_test([1.0] * decided + [-1.0] * c.dropped) if decided > c.dropped else 1.0
        if least > FOR_PAIRS * ALPHA:  # the most that one comparison is ever tested at
            ties, losses = c.zeros > 0, c.dropped > 0
            why = [
                words for words, applies in (("exact ties between runs", ties), ("runs left out", losses)) if applies
            ]
            out.setdefault(" and ".join(why), []).append(c.reference)
    return out


def _unequal_losses(analysis: Analysis) -> Iterator[str]:
    """State the range of final training losses, whether or not differences are significant."""
    values = analysis.quantity("train_loss").values
    table = values.transpose("optimizer", "seed").values
    common = np.isfinite(table).all(axis=0)
    ends = np.median(table[:, common], axis=1) if common.any() else np.array([])
    if ends.size and ends.min() > 0.0 and (factor := float(ends.max() / ends.min())) >= 1.01:
        low, high = (str(values["optimizer"].values[i]) for i in (int(ends.argmin()), int(ends.argmax())))
        yield (
            f"The methods do not end at the same training loss: from {ends.min():.3g} ({_label(low)}) to "
            f"{ends.max():.3g} ({_label(high)}), a factor of {factor:.3g} between medians. The Hessian of a "
            "cross-entropy loss shrinks with the loss itself: read the end-point eigenvalue and trace together with "
            "the matched-loss row."
        )
