"""Analyse a study: values per run, paired comparisons, rank correlations, and conclusions."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import xarray as xr

from landscape._common.end_points import at_end_points
from landscape._common.guesses import guessable
from landscape._common.summaries import Summarized, Summary, counted
from landscape.stats.matched_loss import at_matched_loss, matched_loss_level
from landscape.stats.paired import (
    PairedComparison,
    adjust,
    comparison_summary,
    holm,
    paired_comparison,
)
from landscape.stats.rank_correlation import RankCorrelation, rank_correlation
from landscape.study.conclusions import ALPHA, FLATNESS, conclude, family_of, notes_on
from landscape.study.failures import FAILED
from landscape.study.store import Study
from zenith.training.run import Run

Array = npt.NDArray[np.float64]

__all__ = ["Analysis", "Quantity", "analyse", "compare"]


@dataclass(frozen=True)
class Quantity:
    """One number per run.

    Attributes
    ----------
    name, label : str
        Column name, and the words of tables and sentences.
    values : xarray.DataArray
        Dimensions (optimizer, seed); NaN where a run diverged or an estimate did not converge.
    along : xarray.Dataset or None
        For a quantity that exists only for a pair of methods, because it is read where both reached the same training
        loss: ``loss`` and ``value`` over (method, seed, step). Its `values` are NaN.
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
    along: xr.Dataset | None = None

    def pair(self, method: str, reference: str) -> tuple[Array, Array]:
        """The values of two methods, each of shape (seed,), paired by seed."""
        if self.along is None:
            table, names = self.values.transpose("optimizer", "seed").values, list(self.values["optimizer"].values)
            return table[names.index(method)], table[names.index(reference)]
        both = self.along.sel(optimizer=[method, reference]).transpose("seed", "optimizer", "step")
        out = np.full((both.sizes["seed"], 2), np.nan)
        for i, (losses, values) in enumerate(zip(both["loss"].values, both["value"].values, strict=True)):
            # A step that only another run has (it diverged there) is no point of this trajectory.
            points = [
                (loss[ok], value[ok]) for loss, value in zip(losses, values, strict=True) for ok in [np.isfinite(loss)]
            ]
            if all(len(loss) for loss, _ in points):
                level = matched_loss_level([loss for loss, _ in points])
                out[i] = [at_matched_loss(loss, value, level) for loss, value in points]
        return out[:, 0], out[:, 1]


@dataclass(frozen=True, repr=False)
class Analysis(Summarized):
    """Comparisons, correlations and conclusions of a study, as the report states them.

    Attributes
    ----------
    focus : str
        The method compared with every other one.
    quantities : tuple of Quantity
        In the order of the tables; `per_run` leaves out those that exist only for pairs.
    comparisons : dict of str to tuple of PairedComparison
        Per quantity, `focus` against every other method, Holm-adjusted within the quantity.
    correlations : dict of str to RankCorrelation
        Per flatness measure of a run, with the test error, over methods; partial given the training loss.
    correlation_p_holm : dict of str to float
        Their p-values, Holm-adjusted over the flatness measures: those of the table.
    family : dict of str to dict of str to float
        Adjusted p-values of all that the conclusion may say, as one family: see
        `landscape.study.conclusions.family_of`.
    influential : dict of str to tuple of str
        Per flatness measure, the methods without whose runs its correlation is no longer shown.
    conclusion : tuple of str
        Sentences, the strongest the data allow.
    notes : tuple of str
        What limits them: diverged and failed runs, unconverged eigenvalues, too few seeds.
    failed : dict of str to tuple of int
        The seeds whose run failed, of each method that has any. Nothing is known of these runs: their pairs are left
        out, which every sentence that rests on the others says.
    """

    focus: str
    quantities: tuple[Quantity, ...]
    comparisons: dict[str, tuple[PairedComparison, ...]]
    correlations: dict[str, RankCorrelation]
    correlation_p_holm: dict[str, float]
    family: dict[str, dict[str, float]]
    influential: dict[str, tuple[str, ...]]
    conclusion: tuple[str, ...]
    notes: tuple[str, ...]
    failed: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    def _summary(self) -> Summary:
        every = [comparison for family in self.comparisons.values() for comparison in family]
        table = comparison_summary(every)
        return Summary(
            f"{self.focus} against {counted(len({c.reference for c in every}), 'method')}",
            table.header,
            table.rows,
            self.conclusion,
            {"Limits": self.notes, "Correlations with the test error": self._correlations()},
        )

    def _correlations(self) -> list[str]:
        return [f"{name}: {c.describe('training loss')}" for name, c in self.correlations.items()]

    @property
    def per_run(self) -> tuple[Quantity, ...]:
        """The quantities with one value per run."""
        return tuple(q for q in self.quantities if q.along is None)

    def quantity(self, name: str) -> Quantity:
        """The quantity called `name`."""
        return next(q for q in self.quantities if q.name == name)

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON-able form."""
        return {
            "focus": self.focus,
            "alpha": ALPHA,
            "quantities": {
                q.name: {"label": q.label, "definition": q.definition, "transform": q.transform}
                for q in self.quantities
            },
            "comparisons": {name: [c.as_dict() for c in each] for name, each in self.comparisons.items()},
            "correlations_with_test_error": {
                name: {
                    **c.as_dict(),
                    "p_holm": self.correlation_p_holm[name],
                    "not_shown_without": list(self.influential[name]),
                }
                for name, c in self.correlations.items()
            },
            "conclusion_p": self.family,
            "conclusion": list(self.conclusion),
            "notes": list(self.notes),
            **({"failed_runs": lost} if (lost := {k: list(v) for k, v in self.failed.items() if v}) else {}),
        }


@guessable
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
    error, names = _test_error(tree), list(study.spec.methods)
    status = tree["runs"]["status"].transpose("optimizer", "seed")
    flat = {q.name: _table(q.values, names) for q in quantities if q.name in FLATNESS and q.along is None}
    rest = (_table(error, names), _table(next(q.values for q in quantities if q.name == "train_loss"), names))
    correlations = {name: rank_correlation(values, rest[0], given=rest[1]) for name, values in flat.items()}
    adjusted = holm([c.p_value for c in correlations.values()])
    analysis = Analysis(
        focus=focus,
        quantities=quantities,
        comparisons=comparisons,
        correlations=correlations,
        correlation_p_holm={name: float(p) for name, p in zip(correlations, adjusted, strict=True)},
        family=family_of(comparisons, correlations, metric=tree.attrs["metric"], seeds=len(study.spec.seeds)),
        influential={
            name: _influential_methods(values, *rest, names, correlations[name]) for name, values in flat.items()
        },
        conclusion=(),
        notes=(),
        failed={name: tuple(map(int, status["seed"].values[status.sel(optimizer=name) == FAILED])) for name in names},
    )
    return replace(
        analysis,
        conclusion=conclude(analysis, tree.attrs["metric_label"], tree.attrs["metric"]),
        notes=notes_on(study, analysis),
    )


def _table(values: xr.DataArray, methods: Sequence[str]) -> Array:
    """Values of shape (method, seed), the methods in this order."""
    return np.asarray(values.sel(optimizer=list(methods)).transpose("optimizer", "seed").values, dtype=np.float64)


def _influential_methods(
    x: Array, y: Array, loss: Array, methods: Sequence[str], of_all: RankCorrelation
) -> tuple[str, ...]:
    """Influential methods: without the runs of any of these a significant correlation vanishes or changes its sign."""
    if of_all.p_value > ALPHA:
        return ()
    out = []
    for i, name in enumerate(methods):
        rest = rank_correlation(*(np.delete(each, i, axis=0) for each in (x, y)), given=np.delete(loss, i, axis=0))
        if rest.p_value > ALPHA or rest.rho * of_all.rho <= 0:
            out.append(name)
    return tuple(out)


@guessable
def compare(
    study: Study | Iterable[Run],
    method: str | Iterable[Run] | None = None,
    reference: str | None = None,
    level: float = 0.95,
) -> dict[str, PairedComparison]:
    """One method against one other in every quantity of a study, paired over seeds (no correction for multiplicity).

    Parameters
    ----------
    study : Study or iterable of Run
        Finished; or runs of `zenith.train`, which have losses and the main metric, but no curvature.
    method : str or iterable of Run
        The first of two methods; or, where `study` is its runs, those of the second, which may be the same method at
        other settings.
    reference : str, optional
        The second method.
    level : float
        Of the intervals.

    Raises
    ------
    ValueError
        If one of the methods was not run, or runs of a seed are not paired.

    Examples
    --------
    >>> study = ls.Study.open("figures/digits")
    >>> comparison = ls.compare(study, "zenith", "cosine")["lambda_max"]
    >>> low, high = comparison.ratio_interval
    >>> low < comparison.ratio < high and comparison.n == 8
    True

    Runs that were trained one by one:

    >>> import zenith
    >>> runs = [zenith.train("digits", name, seed, epochs=1) for name in ("zenith", "cosine") for seed in (0, 1)]
    >>> ls.compare(runs, "zenith", "cosine")["test_loss"].n
    2
    >>> ls.compare(runs[:2], runs[2:])["test_loss"].n
    2
    """
    runs = [] if isinstance(study, Study) else _runs_in(study)
    if not isinstance(study, Study) and method is not None and not isinstance(method, str):
        runs, first, second = _in_two(runs, _runs_in(method), reference)
    elif isinstance(method, str) and isinstance(reference, str):
        first, second = method, reference
    else:
        other = reference if isinstance(method, str) else method
        what = "nothing" if other is None else f"a {type(other).__name__}"
        raise ValueError(
            f"a comparison is of two methods by name, and {what} is in the place of one: write ls.compare(study, "
            f"'zenith', 'cosine'), or give the runs of each, ls.compare(runs, other_runs)"
        )
    if isinstance(study, Study):
        names, quantities, what = study.spec.methods, lambda: _quantities(study.tree), "the study has"
    else:
        names, quantities, what = tuple(dict.fromkeys(run.method for run in runs)), lambda: _of_runs(runs), "there is"
    for name in (first, second):
        if name not in names:
            raise ValueError(f"{what} no method '{name}': choose among {', '.join(names)}")
    return {q.name: _compare(q, first, second, level) for q in quantities()}


def _runs_in(given: Any) -> list[Run]:
    runs = [given] if isinstance(given, Run) else list(given) if isinstance(given, Iterable) else [given]
    for run in runs:
        if not isinstance(run, Run):
            raise ValueError(
                f"runs to compare are those of zenith.train, got a {type(run).__name__}: give an ls.Study, or a list "
                f"of runs"
            )
    return runs


def _in_two(first: list[Run], second: list[Run], reference: Any) -> tuple[list[Run], str, str]:
    """Return the runs of two lists as those of two methods, and their names."""
    groups = [first, second]
    if reference is not None:
        raise ValueError(
            f"two lists of runs are compared with each other, and {reference!r} is given as well: leave it out, or "
            f"give all runs in one list and two names, ls.compare(runs, 'zenith', 'cosine')"
        )
    names = []
    for group in groups:
        found = sorted({run.method for run in group})
        if len(found) != 1:
            raise ValueError(
                f"each list of runs to compare is of one method, got {', '.join(found) or 'none'}: leave the others "
                f"out, or give all runs in one list and two names, ls.compare(runs, 'zenith', 'cosine')"
            )
        names += found
    if names[0] == names[1]:
        names = [f"{names[0]} (first)", f"{names[1]} (second)"]
    runs = [replace(run, method=name) for group, name in zip(groups, names, strict=True) for run in group]
    return runs, names[0], names[1]


def _of_runs(runs: Sequence[Run]) -> tuple[Quantity, ...]:
    """Return the quantities that runs have without a study."""
    keys = [(run.method, run.seed) for run in runs]
    if len({run.task for run in runs}) > 1 or len(set(keys)) < len(keys):
        raise ValueError("runs to compare are of one task, one of each method and seed: leave the others out")
    for seed in {seed for _, seed in keys}:
        pair = [run for run in runs if run.seed == seed]
        orders = {(run.total_steps, run.batch_order) for run in pair if run.status == "finished"}
        budgets = {(*_set_budget(run), run.batch_size) for run in pair}
        differ = len(orders) > len({steps for steps, _ in orders}) or len(budgets) > 1
        if len({run.initial_weights for run in pair}) > 1 or differ:
            raise ValueError(
                f"the runs of seed {seed} are not paired, their initial weights or batches differ: train them on the "
                f"same data, with the same budget and batch size"
            )
    names, seeds = (sorted(set(part), key=part.index) for part in map(list, zip(*keys, strict=True)))

    def table(quantity: str) -> xr.DataArray:
        values = np.full((len(names), len(seeds)), np.nan)
        for run in runs:
            if run.status == "finished":
                values[names.index(run.method), seeds.index(run.seed)] = run.trace.epochs[quantity][-1]
        return xr.DataArray(values, dims=("optimizer", "seed"), coords={"optimizer": names, "seed": seeds})

    return _of_last_epoch(
        {name: table(name) for name in ("train_loss", "test_loss", "test_metric")}, "metric", "metric"
    )


def _set_budget(run: Run) -> tuple[Any, ...]:
    """Return what a run was given: its steps, or seconds or gradient evaluations, which each method makes steps of."""
    by = run.budget.get("by")
    return (by, run.budget["amount"]) if by in ("seconds", "gradients") else (run.total_steps,)


def _of_last_epoch(last: Mapping[Hashable, xr.DataArray], metric: str, label: str) -> tuple[Quantity, ...]:
    """Return losses, test metric and generalisation gap after the last epoch."""
    return (
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


def texts_of(values: xr.DataArray, *, backward: bool = False) -> Iterator[str]:
    """Iterate over the texts of an array, of which those at one place of the first dimension are in memory at a time.

    Backward, the last comes first.
    """
    order = slice(None, None, -1 if backward else 1)
    for row in range(values.shape[0])[order]:
        yield from map(str, values[row].values.ravel()[order])


def _quantities(tree: xr.DataTree) -> tuple[Quantity, ...]:
    curvature, epochs = tree["curvature"].to_dataset(), tree["epochs"].to_dataset()
    metric, label = tree.attrs["metric"], tree.attrs["metric_label"]
    finished = tree["runs"]["status"] == "finished"
    converged = curvature["converged"].isel(k=0) == 1
    lambda_max = curvature["eigenvalue"].isel(k=0).where(converged)
    last = at_end_points(tree, epochs, "epoch").where(finished)
    end = at_end_points(tree, lambda_max, "step").where(finished)
    protocol = next(filter(None, texts_of(curvature["protocol"])))  # "" of a run that failed
    on = f"{json.loads(protocol)['samples']} training samples"
    nan = xr.full_like(end, np.nan).reset_coords(drop=True)
    ends = tree["end"].to_dataset() if "end" in tree else xr.Dataset({"trace": nan, "adaptive_sharpness": nan})
    return (
        _quantity("lambda_max", "top Hessian eigenvalue", end, f"largest eigenvalue at the end point, on {on}"),
        Quantity(
            "lambda_max_matched",
            "top Hessian eigenvalue at matched training loss",
            nan,
            "log",
            "where the training loss of each method first comes down to the lowest loss that both methods of the pair "
            f"reached, interpolated between checkpoints, on {on}",
            along=xr.Dataset({"loss": curvature["loss"].where(finished), "value": lambda_max.where(finished)}),
        ),
        _quantity("trace", "Hessian trace", ends["trace"], f"Hutchinson estimate at the end point, on {on}"),
        _quantity(
            "adaptive_sharpness",
            "adaptive sharpness",
            ends["adaptive_sharpness"],
            f"average rise of the loss under noise proportional to each weight (scale-invariant), on {on}",
        ),
        *_of_last_epoch(last.data_vars, metric, label),
    )


def _quantity(
    name: str, label: str, values: xr.DataArray, definition: str, transform: Literal["log", "identity"] = "log"
) -> Quantity:
    values = values.reset_coords(drop=True).transpose("optimizer", "seed")
    # An estimate of a positive quantity can come out at or below zero; then there is no ratio to speak of.
    positive = bool((values.where(np.isfinite(values), 1.0) > 0).all())
    return Quantity(name, label, values, transform if positive else "identity", definition)


def _test_error(tree: xr.DataTree) -> xr.DataArray:
    finished = tree["runs"]["status"] == "finished"
    every = tree["epochs"].to_dataset()["test_metric"]
    metric = at_end_points(tree, every, "epoch").where(finished).reset_coords(drop=True)
    return (1 - metric if tree.attrs["metric_higher_is_better"] else metric).transpose("optimizer", "seed")


def _compare(quantity: Quantity, method: str, reference: str, level: float = 0.95) -> PairedComparison:
    values, reference_values = quantity.pair(method, reference)
    return paired_comparison(
        values,
        reference_values,
        method=method,
        reference=reference,
        measure=quantity.label,
        level=level,
        transform=quantity.transform,
    )


def _compare_all(quantity: Quantity, focus: str, names: Sequence[str]) -> tuple[PairedComparison, ...]:
    return tuple(adjust([_compare(quantity, focus, other) for other in names if other != focus]))
