"""What the numbers of a study support: values per run, paired comparisons, rank correlations, and the sentences."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import xarray as xr

from landscape.statistics import (
    PairedComparison,
    RankCorrelation,
    adjust,
    at_matched_loss,
    holm,
    matched_loss_level,
    paired_comparison,
    rank_correlation,
)
from landscape.study.store import Study
from zenith import methods

__all__ = ["ALPHA", "FLATNESS", "Analysis", "Quantity", "analyse", "compare"]

ALPHA = 0.05
FLATNESS = ("lambda_max", "lambda_max_matched", "trace", "adaptive_sharpness")


@dataclass(frozen=True)
class Quantity:
    """One number per run.

    Attributes
    ----------
    name, label : str
        Column name, and the words of tables and sentences.
    values : xarray.DataArray
        Shape (method, seed); NaN where a run diverged or an estimate did not converge.
    transform : {"log", "identity"}
        Compared as ratios or as differences.
    definition : str
        One sentence of protocol.
    """

    name: str
    label: str
    values: xr.DataArray
    transform: Literal["log", "identity"]
    definition: str


@dataclass(frozen=True)
class Analysis:
    """Everything the report says, before it is put into a format.

    Attributes
    ----------
    focus : str
        The method compared with every other one.
    quantities : tuple of Quantity
        In the order of the tables.
    comparisons : dict of str to tuple of PairedComparison
        Per quantity, `focus` against every other method, Holm-adjusted within the quantity.
    correlations : dict of str to RankCorrelation
        Per flatness measure, with the test error over all runs.
    correlation_p_holm : dict of str to float
        Their p-values, Holm-adjusted over the flatness measures.
    conclusion : tuple of str
        Sentences, the strongest the data allow.
    notes : tuple of str
        What limits them: diverged runs, unconverged eigenvalues, too few seeds.
    """

    focus: str
    quantities: tuple[Quantity, ...]
    comparisons: dict[str, tuple[PairedComparison, ...]]
    correlations: dict[str, RankCorrelation]
    correlation_p_holm: dict[str, float]
    conclusion: tuple[str, ...]
    notes: tuple[str, ...]

    def quantity(self, name: str) -> Quantity:
        """The quantity called `name`."""
        return next(q for q in self.quantities if q.name == name)

    def as_dict(self) -> dict[str, Any]:
        """JSON-able."""
        return {
            "focus": self.focus,
            "alpha": ALPHA,
            "quantities": {
                q.name: {"label": q.label, "definition": q.definition, "transform": q.transform}
                for q in self.quantities
            },
            "comparisons": {name: [c.as_dict() for c in each] for name, each in self.comparisons.items()},
            "correlations_with_test_error": {
                name: {**c.as_dict(), "p_holm": self.correlation_p_holm[name]} for name, c in self.correlations.items()
            },
            "conclusion": list(self.conclusion),
            "notes": list(self.notes),
        }


def analyse(study: Study) -> Analysis:
    """Turn a finished study into comparisons and sentences.

    Parameters
    ----------
    study : Study
        With its ``study.nc`` written.
    """
    tree, focus = study.tree, study.spec.focus
    quantities = _quantities(tree)
    comparisons = {q.name: _compare_all(q, focus, study.spec.methods) for q in quantities}
    error = _test_error(tree)
    flat = [q for q in quantities if q.name in FLATNESS]
    seeds = np.broadcast_to(error.seed.values, error.shape)
    correlations = {
        q.name: rank_correlation(q.values.values.ravel(), error.values.ravel(), seeds.ravel()) for q in flat
    }
    adjusted = holm([c.p_value for c in correlations.values()])
    p_holm = {name: float(p) for name, p in zip(correlations, adjusted, strict=True)}
    analysis = Analysis(focus, quantities, comparisons, correlations, p_holm, (), ())
    return Analysis(
        focus,
        quantities,
        comparisons,
        correlations,
        p_holm,
        conclusion=_conclude(analysis, tree.attrs["metric_label"], tree.attrs["metric"]),
        notes=_notes(study, analysis),
    )


def compare(study: Study, method: str, reference: str, level: float = 0.95) -> dict[str, PairedComparison]:
    """One method against one other in every quantity of a study, paired over seeds (no correction for multiplicity).

    Raises
    ------
    ValueError
        If the study does not have one of the methods.
    """
    for name in (method, reference):
        if name not in study.spec.methods:
            raise ValueError(f"the study has no method '{name}': choose among {', '.join(study.spec.methods)}")
    return {q.name: _compare(q, method, reference, level) for q in _quantities(study.tree)}


def _quantities(tree: xr.DataTree) -> tuple[Quantity, ...]:
    curvature, epochs = tree["curvature"], tree["epochs"]
    metric, label = tree.attrs["metric"], tree.attrs["metric_label"]
    finished = tree["runs"]["status"] == "finished"
    converged = curvature["converged"].isel(k=0) == 1
    lambda_max = curvature["eigenvalue"].isel(k=0).where(converged)
    last = {name: epochs[name].isel(epoch=-1).where(finished) for name in epochs.data_vars}
    end = lambda_max.isel(step=-1).where(finished)
    protocol = json.loads(curvature.attrs["protocol"])
    on = f"{protocol.get('samples', protocol.get('num_samples', 'all'))} training samples"
    nan = xr.full_like(end, np.nan)
    trace = tree["end"]["trace"] if "end" in tree else nan
    adaptive = tree["end"]["adaptive_sharpness"] if "end" in tree else nan
    return (
        _quantity("lambda_max", "top Hessian eigenvalue", end, f"largest eigenvalue at the end point, on {on}"),
        _quantity(
            "lambda_max_matched",
            "top Hessian eigenvalue at matched training loss",
            _matched(curvature["loss"].where(finished), lambda_max.where(finished)),
            "where the training loss first comes down to the lowest loss that all methods of the seed reached, "
            f"interpolated between checkpoints, on {on}",
        ),
        _quantity("trace", "Hessian trace", trace, f"Hutchinson estimate at the end point, on {on}"),
        _quantity(
            "adaptive_sharpness",
            "adaptive sharpness",
            adaptive,
            f"average rise of the loss under noise proportional to each weight (scale-invariant), on {on}",
        ),
        _quantity("train_loss", "training loss", last["train_loss"], "whole training set, after the last epoch"),
        _quantity("test_loss", "test loss", last["test_loss"], "whole test set, after the last epoch"),
        _quantity(
            f"test_{metric}", f"test {label}", last["test_metric"], "whole test set, after the last epoch", "identity"
        ),
        _quantity(
            "generalisation_gap",
            "generalisation gap",
            last["test_loss"] - last["train_loss"],
            "test loss minus training loss after the last epoch",
            "identity",
        ),
    )


def _quantity(
    name: str, label: str, values: xr.DataArray, definition: str, transform: Literal["log", "identity"] = "log"
) -> Quantity:
    values = values.reset_coords(drop=True).transpose("method", "seed")
    # An estimate of a positive quantity can come out at or below zero; then there is no ratio to speak of.
    positive = bool((values.where(np.isfinite(values), 1.0) > 0).all())
    return Quantity(name, label, values, transform if positive else "identity", definition)


def _matched(loss: xr.DataArray, value: xr.DataArray) -> xr.DataArray:
    loss, value = loss.transpose("seed", "method", "step"), value.transpose("seed", "method", "step")
    out = np.full(loss.shape[:2], np.nan)
    for i, losses in enumerate(loss.values):
        rows = [row[np.isfinite(row)] for row in losses]
        level = matched_loss_level([row for row in rows if row.size])
        for j, each in enumerate(losses):
            out[i, j] = at_matched_loss(each, value.values[i, j], level)
    return xr.DataArray(out, dims=("seed", "method"), coords={"seed": loss.seed, "method": loss.method})


def _test_error(tree: xr.DataTree) -> xr.DataArray:
    finished = tree["runs"]["status"] == "finished"
    metric = tree["epochs"]["test_metric"].isel(epoch=-1).where(finished).reset_coords(drop=True)
    return (1 - metric if tree.attrs["metric_higher_is_better"] else metric).transpose("method", "seed")


def _compare(quantity: Quantity, method: str, reference: str, level: float = 0.95) -> PairedComparison:
    return paired_comparison(
        quantity.values.sel({"method": method}).values,
        quantity.values.sel({"method": reference}).values,
        method=method,
        reference=reference,
        measure=quantity.label,
        level=level,
        transform=quantity.transform,
    )


def _compare_all(quantity: Quantity, focus: str, names: Sequence[str]) -> tuple[PairedComparison, ...]:
    return tuple(adjust([_compare(quantity, focus, other) for other in names if other != focus]))


# Sentences --------------------------------------------------------------------------------------------------------------


def _conclude(analysis: Analysis, metric_label: str, metric: str) -> tuple[str, ...]:
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
            f"{focus} ends in flatter minima than {_and_methods(verdicts['flatter'])} under every measure of flatness used here."
        )
    if verdicts["sharper"]:
        out.append(
            f"{focus} ends in sharper minima than {_and_methods(verdicts['sharper'])} under every measure of flatness used here."
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
        if not analysis.correlation_p_holm[name] <= ALPHA:
            none.append(text)
        elif correlation.rho > 0:
            with_error.append(text)
        else:
            against.append(text)
    clauses = [f"sharper runs have the larger test error by {_and(with_error)}"] if with_error else []
    clauses += [f"sharper runs have the smaller test error by {_and(against)}"] if against else []
    clauses += [f"no rank correlation with test error is shown for {_and(none)}"] if none else []
    return "Over all runs, within seeds: " + "; ".join(clauses) + ". A correlation is not a cause."


def _label(method: str) -> str:
    return methods.get(method).label


def _and_methods(names: Sequence[str]) -> str:
    return _and([_label(name) for name in names])


def _and(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _notes(study: Study, analysis: Analysis) -> tuple[str, ...]:
    tree = study.tree
    notes = []
    status = tree["runs"]["status"].transpose("method", "seed")
    diverged = [
        (str(m.values), int(s))
        for m in status.method
        for s in status.seed
        if status.sel({"method": m, "seed": s}) == "diverged"
    ]
    if diverged:
        listing = ", ".join(f"{method} seed {seed}" for method, seed in diverged)
        notes.append(f"{len(diverged)} of {status.size} runs diverged and have no end point: {listing}.")
    curvature = tree["curvature"]
    measured = np.isfinite(curvature["loss"])
    failed = int(((curvature["converged"].isel(k=0) != 1) & measured).sum())
    notes.append(
        f"{int(measured.sum()) - failed} of {int(measured.sum())} top eigenvalues converged to the tolerance"
        + ("; the others are left out of every comparison: raise measure.max_products." if failed else ".")
    )
    family = next(iter(analysis.comparisons.values()))
    floor = family[0].smallest_p_holm
    if floor is not None and floor > ALPHA:
        notes.append(
            f"{len(study.spec.seeds)} seeds cannot show any difference at {ALPHA:g}: the smallest Holm-adjusted p that any "
            f"outcome could give is {floor:.3g}. Add seeds."
        )
    first = analysis.comparisons["train_loss"]
    if any(_sign(c) for c in first):
        notes.append(
            "The methods do not end at the same training loss, and the Hessian of a cross-entropy loss shrinks with the loss "
            "itself: read the end-point eigenvalue and trace together with the matched-loss row."
        )
    return tuple(notes)
