"""What runs cost: their metric against seconds and gradient evaluations, at equal cost, and the cost of a target."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from landscape._common.end_points import planned_steps
from landscape._common.summaries import counted
from landscape.plot import PanelsDisplay, TimedDisplay
from landscape.plot._study_data import evaluations_of
from landscape.stats.paired import holm
from landscape.stats.sign_flip_test import sign_test
from landscape.study.failures import FAILED, failed_words
from landscape.study.figure_specs import FigureSpec, StudyFigure
from landscape.study.references import label_of
from landscape.study.store import Study
from landscape.study.tables import Table, number

__all__ = ["COST_FIGURE", "Costs", "cost_figure", "costs_of", "equal_cost_table", "target_table"]

Array = NDArray[np.float64]
COST_FIGURE = "metric_against_cost"
COSTS = {"seconds": ("training time (s)", "s of training"), "gradient_evaluations": ("gradient evaluations", "")}
"""Costs, with the label of an axis."""


@dataclass(frozen=True)
class Costs:
    """The test metric of every run at every evaluation, and what had been spent by then.

    Attributes
    ----------
    methods, seeds : list
    spent : dict of str to array of shape (method, seed, epoch)
        By "seconds" of training, and by "gradient_evaluations": forward and backward passes over a batch, halved.
    metric : array of shape (method, seed, epoch)
    higher_is_better : bool
    steps : array of shape (method, seed, epoch), optional
        Steps taken by then, where methods take unequal numbers of them; each repeats its last evaluation.
    top : array of shape (method, seed), optional
        Then also the top Hessian eigenvalue after the common number of steps, interpolated between checkpoints.
    failed : array of bool of shape (method, seed), optional
        Runs of which nothing is known.
    """

    methods: list[str]
    seeds: list[int]
    spent: dict[str, Array]
    metric: Array
    higher_is_better: bool
    steps: Array | None = None
    top: Array | None = None
    failed: NDArray[np.bool_] | None = None

    def at_equal_steps(self) -> tuple[Array, int | None]:
        """Return the metric of each run, (method, seed), after the most steps at which all methods were evaluated.

        And that number; None where all take the same number of steps, and the metric is that of the end points. NaN
        where there is no such step after the start.
        """
        if self.steps is None:
            return self.metric[..., -1], None
        of_each = [set(row[np.isfinite(row)].tolist()) for row in self.steps]
        common = int(max(set.intersection(*(each for each in of_each if each)), default=0))
        at = self.steps == common
        values = np.take_along_axis(self.metric, np.argmax(at, axis=-1)[..., None], axis=-1)[..., 0]
        return np.where(at.any(axis=-1) & (common > 0), values, np.nan), common

    def at_equal_cost(self, cost: str) -> tuple[Array, Array]:
        """Return the metric of each run when all runs of its seed had spent what the cheapest spends in all.

        Returns
        -------
        tuple of arrays
            The metric at the last evaluation that was not later, of shape (method, seed), NaN where a run of the seed
            has not finished; and the cost, of shape (seed,).
        """
        spent = self.spent[cost]
        limit = spent[..., -1].min(axis=0)  # NaN where a run diverged
        out = np.full(spent.shape[:2], np.nan)
        for row, seed in np.ndindex(*out.shape):
            if np.isfinite(limit[seed]):
                last = int(np.searchsorted(spent[row, seed], limit[seed] * (1 + 1e-9), side="right")) - 1
                out[row, seed] = self.metric[row, seed, last]
        return out, limit

    def to_target(self, cost: str, target: float) -> Array:
        """Return what each run had spent when its metric first reached a target.

        Shape (method, seed); infinite where it never did, as where a run diverged, and NaN where a run failed.
        """
        reached = self.metric >= target if self.higher_is_better else self.metric <= target
        first = np.argmax(reached, axis=-1)
        there = np.take_along_axis(self.spent[cost], first[..., None], axis=-1)[..., 0]
        out = np.where(reached.any(axis=-1), there, math.inf)
        return out if self.failed is None else np.where(self.failed, math.nan, out)


def costs_of(study: Study) -> Costs | None:
    """Return the costs of a finished study; None where an older version recorded no gradient evaluations."""
    traces, runs = study.tree["traces"].to_dataset(), study.tree["runs"].to_dataset()
    if "gradient_evaluations" not in traces:
        return None
    lost = (runs["status"] != "finished").transpose("optimizer", "seed").values
    spent = {name: evaluations_of(study, name) for name in COSTS}
    for values in spent.values():
        values[..., -1][lost] = np.nan  # one that diverged has no whole cost
    planned, steps, top = planned_steps(study.tree), None, None
    if planned is not None:
        steps = np.where(lost[..., None], np.nan, evaluations_of(study, "steps_taken"))
        top = _top_at(study, int(planned.min()))
    return Costs(
        [str(name) for name in runs["optimizer"].values],
        [int(seed) for seed in runs["seed"].values],
        spent,
        evaluations_of(study, "test_metric"),
        bool(study.tree.attrs["metric_higher_is_better"]),
        steps,
        top,
        (runs["status"] == FAILED).transpose("optimizer", "seed").values,
    )


def _top_at(study: Study, step: int) -> Array:
    """Return the top eigenvalue of each run after so many steps, between checkpoints where it converged."""
    curvature = study.tree["curvature"].to_dataset().isel(k=0)
    values = curvature["eigenvalue"].where(curvature["converged"] == 1).transpose("optimizer", "seed", "step").values
    at, out = curvature["step"].values, np.full(values.shape[:2], np.nan)
    for row, seed in np.ndindex(*out.shape):
        known = np.isfinite(values[row, seed])
        if known.any() and at[known][-1] >= step:
            out[row, seed] = np.interp(step, at[known], values[row, seed, known])
    return out


def cost_figure(study: Study, costs: Costs) -> FigureSpec:
    """Return the spec of the figure of the metric against both costs."""
    label = f"test {study.tree.attrs['metric_label']}"
    panels = [
        TimedDisplay(costs.spent[name], costs.metric, costs.methods, ylabel=label, xlabel=words)
        for name, (words, _) in COSTS.items()
    ]
    titles = ["training time", "gradient evaluations"]
    dims = ("optimizer", "seed", "epoch")
    data = xr.Dataset(
        {name: (dims, values) for name, values in costs.spent.items()} | {"test_metric": (dims, costs.metric)},
        coords={"optimizer": costs.methods, "seed": costs.seeds},
    )
    caption = (
        f"{label[0].upper()}{label[1:]} after every epoch against the seconds of training and the gradient evaluations "
        f"(forward and backward passes over a batch, halved) by then: medians and quartiles over "
        f"{counted(len(costs.seeds), 'seed')}. Seconds are those of this machine and of what else it did."
    )
    figure = StudyFigure(COST_FIGURE, f"{label[0].upper()}{label[1:]} against cost", caption)
    return FigureSpec(figure, data, lambda: PanelsDisplay(panels, titles=titles), "full")


def equal_cost_table(study: Study, costs: Costs) -> Table:
    """Return the metric at equal steps, at equal seconds and at equal gradient evaluations, with paired tests."""
    focus, label = study.spec.focus, study.tree.attrs["metric_label"]
    at_steps, common = costs.at_equal_steps()
    at = {"steps": at_steps} | {name: costs.at_equal_cost(name)[0] for name in COSTS}
    p = {name: _p_against(values, costs.methods, focus) for name, values in at.items()}
    of_top = {} if costs.top is None else _p_against(costs.top, costs.methods, focus)
    rows, records = [], []
    for row, method in enumerate(costs.methods):
        cells: list[str] = [label_of(method)]
        record: dict[str, Any] = {"method": method}
        for name, values in costs.spent.items():
            total = _median(values[row, :, -1])
            cells.append(number(total))
            record[f"total_{name}"] = total
        for name, values in at.items():
            median, own = _median(values[row]), p[name].get(method, math.nan)
            cells.append(number(median) + (f" (p = {own:.2g})" if math.isfinite(own) else ""))
            record |= {f"metric_at_equal_{name}": median, f"p_at_equal_{name}": own}
        if costs.steps is not None and costs.top is not None:
            median, own = _median(costs.top[row]), of_top.get(method, math.nan)
            cells.append(number(median) + (f" (p = {own:.2g})" if math.isfinite(own) else ""))
            record |= {"lambda_max_at_equal_steps": median, "p_lambda_max_at_equal_steps": own}
        rows.append(tuple(cells))
        records.append(record)
    first, top, more = "at the end", "", list[str]()
    if costs.steps is not None:
        ends = costs.steps[..., -1]
        least = f"the {np.nanmin(ends):.0f} steps that all methods take" if np.isfinite(ends).any() else "no step"
        first = f"after {common} steps, the last at which all methods were evaluated within {least}"
        top = " The eigenvalue is that after these, interpolated between checkpoints."
        more = ["top Hessian eigenvalue at equal steps"]
    return Table(
        "equal_cost",
        f"Medians over seeds of what a run spends, and of the test {label}: {first}, and when all runs of a seed "
        f"had spent what the cheapest of them spends in all, at the last evaluation by then.{top} p: exact sign test "
        f"against {label_of(focus)}, paired over seeds, after Holm over the methods of a column. A schedule was given "
        f"the steps of the whole run: cut short, it has not finished, which speaks for methods without one."
        + (
            f" {words} At equal cost a seed with such a run is left out." if (words := failed_words(study.tree)) else ""
        ),
        (
            "method",
            "seconds",
            "gradient evaluations",
            f"{label} at equal steps",
            f"{label} at equal seconds",
            f"{label} at equal gradient evaluations",
            *more,
        ),
        tuple(rows),
        tuple(records),
    )


def target_table(study: Study, costs: Costs) -> Table:
    """Return what each method spent to reach the spec's target, with paired tests of who is first."""
    target, focus = study.spec.target, study.spec.focus
    assert target is not None
    spent = {name: costs.to_target(name, target) for name in COSTS}
    p = {name: _p_against(values, costs.methods, focus) for name, values in spent.items()}
    rows, records = [], []
    for row, method in enumerate(costs.methods):
        reached, known = int(np.isfinite(spent["seconds"][row]).sum()), ~np.isnan(spent["seconds"][row])
        cells = [label_of(method), f"{reached} of {known.sum()}"]
        record: dict[str, Any] = {"method": method, "reached": reached, "seeds": int(known.sum())}
        for name, values in spent.items():
            median, own = float(np.median(values[row][known])), p[name].get(method, math.nan)
            said = number(median) if math.isfinite(median) else "not reached"
            cells.append(said + (f" (p = {own:.2g})" if math.isfinite(own) else ""))
            record |= {f"{name}_to_target": median, f"p_{name}": own}
        rows.append(tuple(cells))
        records.append(record)
    label, sign = study.tree.attrs["metric_label"], "at least" if costs.higher_is_better else "at most"
    return Table(
        "target",
        f"What a run had spent at the first evaluation with a test {label} of {sign} {target:g}: medians over all "
        f"seeds, a run that never gets there counting as later than any other. p: exact sign test of who is first, "
        f"against {label_of(focus)}, after Holm over the methods of a column; two runs that never get there are a "
        f"tie, which decides nothing. The target is that of the spec."
        + (f" {words}" if (words := failed_words(study.tree)) else ""),
        ("method", "reached", "seconds", "gradient evaluations"),
        tuple(rows),
        tuple(records),
    )


def _p_against(values: Array, methods: Sequence[str], focus: str) -> dict[str, float]:
    """Return p of the sign test of the focus against every other method, after Holm."""
    own = values[list(methods).index(focus)]
    others = [name for name in methods if name != focus]
    found = [_sign_p(own, values[list(methods).index(name)]) for name in others]
    return dict(zip(others, map(float, holm(found)), strict=True))


def _sign_p(first: Array, second: Array) -> float:
    both = ~(np.isnan(first) | np.isnan(second))
    if not both.any():
        return 1.0
    with np.errstate(invalid="ignore"):
        signs = np.where(first[both] == second[both], 0.0, np.sign(first[both] - second[both]))
    return sign_test([float(sign) for sign in signs])


def _median(values: Array) -> float:
    found = values[np.isfinite(values)]
    return float(np.median(found)) if found.size else math.nan
