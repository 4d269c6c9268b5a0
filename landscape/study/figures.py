"""The figures of a study: data, caption and display of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Literal

import numpy as np
import xarray as xr

from landscape._common.end_points import planned_steps
from landscape.plot import (
    ByMethodDisplay,
    CorrelationDisplay,
    EigenvalueCountDisplay,
    LineComparisonDisplay,
    PairedDisplay,
    StackedTraceDisplay,
    TraceDisplay,
    TrajectoriesDisplay,
    TrajectoryScatterDisplay,
)
from landscape.plot._study_data import recorded_by_study, runs_of, window_means
from landscape.study.analysis import Analysis
from landscape.study.both_settings import at_own_best
from landscape.study.costs import cost_figure, costs_of
from landscape.study.engines import Engine
from landscape.study.failures import failed_words
from landscape.study.figure_specs import FigureSpec, StudyFigure, save_figures
from landscape.study.missing import EIGENVALUE, LINES, LOSS, PLANE, SHARPNESS, SPECTRUM, SURFACE, reasons_of
from landscape.study.stability import edge_figure
from landscape.study.store import Study

__all__ = ["draw_figures", "figures_of", "undrawn"]


def draw_figures(study: Study, analysis: Analysis, engine: Engine | None = None) -> tuple[StudyFigure, ...]:
    """Draw and save every figure of a finished study; see `save_figures`."""
    provenance = {"study": study.spec.name, **study.provenance}
    return save_figures(figures_of(study, analysis), study.path / "figures", provenance, engine)


def figures_of(study: Study, analysis: Analysis) -> tuple[FigureSpec, ...]:
    """Return the spec of every figure that a finished study has the data for."""
    specs = (
        _curves(study),
        _traces(study),
        _paired(study, analysis, "lambda_max"),
        _paired(study, analysis, "adaptive_sharpness"),
        _sharpness_against_loss(study),
        edge_figure(study),
        *_lines(study),
        *_planes(study),
        *_spectra(study),
        _performance_against(study, analysis, "lambda_max"),
        _performance_against(study, analysis, "adaptive_sharpness"),
        _paired(study, analysis, f"test_{study.tree.attrs['metric']}"),
        *_costs(study),
    )
    methods = tuple(study.spec.methods)
    found = [replace(_with_reasons(study, spec), methods=methods) for spec in specs if spec is not None]
    return (*found, *_tuned(study))


def _costs(study: Study) -> list[FigureSpec]:
    costs = costs_of(study)
    return [] if costs is None else [cost_figure(study, costs)]


def _tuned(study: Study) -> list[FigureSpec]:
    """Figures of what is compared, with each method at its own best."""
    if study.spec.tuning is None:
        return []
    tuned = study.tuned
    shown = ("curves", "sharpness_against_loss", "paired_lambda_max", f"paired_test_{study.tree.attrs['metric']}")
    return [at_own_best(study, spec) for spec in figures_of(tuned, tuned.analysis) if spec.figure.name in shown]


def undrawn(study: Study, figures: Sequence[StudyFigure]) -> tuple[str, ...]:
    """Titles of the figures that a study asks for but has no data for."""
    measure, seeds, tree = study.spec.measure, study.spec.seeds, study.tree
    metric, label = tree.attrs["metric"], tree.attrs["metric_label"]
    sliced = {
        **{f"line_{name}": f"loss along {direction}" for name, direction in _DIRECTIONS.items()},
        **{f"plane_seed{seed}": f"trajectories of seed {seed}" for seed in seeds[: measure.plane_seeds]},
        **{f"spectra_seed{seed}": f"spectra of seed {seed}" for seed in seeds[: measure.spectrum_seeds]},
    }
    wanted = {
        **{f"paired_{name}": f"paired comparison of {quantity}" for name, quantity in _OF_RUNS.items()},
        f"paired_test_{metric}": f"paired comparison of test {label}",
        "sharpness_against_loss": "top eigenvalue against training loss",
        **({} if study.is_tuned else sliced),
        **{f"{metric}_against_{name}": f"test {label} against {quantity}" for name, quantity in _OF_RUNS.items()},
    }
    drawn = {figure.name for figure in figures}
    return tuple(title for name, title in wanted.items() if name not in drawn)


BANDS = 3
"""Methods whose spectra share a panel."""
_OF_RUNS = {"lambda_max": "top Hessian eigenvalue", "adaptive_sharpness": "adaptive sharpness"}
_DIRECTIONS = {
    "random": "a filter-normalised random direction",
    "eigenvector": "the top Hessian eigenvector, of unit norm",
}


def _with_reasons(study: Study, spec: FigureSpec) -> FigureSpec:
    """Add the reasons for missing values to the caption of a figure."""
    name = spec.figure.name
    if name.startswith(("plane_seed", "spectra_seed")):
        seed = int(name.rpartition("seed")[2])
        whats = {SPECTRUM} if name.startswith("spectra") else {PLANE, SURFACE}
    else:
        seed = None
        whats = {what for end, kinds in _KINDS.items() if name.endswith(end) for what in kinds}
    missing = [
        each
        for each in study.not_measured
        if seed in (None, each.seed) and (each.what in whats or (PLANE in whats and each.what.startswith("loss of ")))
    ]
    words = [text for text in (failed_words(study.tree, seed), reasons_of(missing)) if text]
    if not words:
        return spec
    return replace(spec, figure=replace(spec.figure, caption=" ".join([spec.figure.caption, *words])))


_KINDS = {
    "lambda_max": (EIGENVALUE, LOSS),
    "sharpness_against_loss": (EIGENVALUE, LOSS),
    "adaptive_sharpness": (SHARPNESS,),
    "line_random": (LINES["random"],),
    "line_eigenvector": (LINES["eigenvector"], EIGENVALUE),
}
"""What the figures of these names show."""


def _over(study: Study) -> str:
    seeds = len(study.spec.seeds)
    lost = int((study.tree["runs"]["status"] == "diverged").sum())
    without = f" ({lost} diverged runs are shown as far as they went)" if lost else ""
    return ("one seed" if seeds == 1 else f"median and quartiles over {seeds} paired seeds") + without


def _curves(study: Study) -> FigureSpec:
    epochs, label = study.tree["epochs"].to_dataset(), study.tree.attrs["metric_label"]
    recorded = recorded_by_study(study, "test_metric")
    shown, quantity = recorded.values, f"test {label}"
    scale: Literal["log", "linear"] = "linear"
    if study.tree.attrs["metric_higher_is_better"] and study.tree.attrs["metric_unit"] == "" and not (shown >= 1).any():
        # Accuracies crowd below 1; their distance from it shows what differs.
        shown, quantity, scale = 1 - shown, f"test error (1 − {label})", "log"

    def display() -> StackedTraceDisplay:
        loss = TraceDisplay.from_study(study, "train_loss")
        metric = TraceDisplay(recorded.x, shown, loss.methods, ylabel=quantity, xlabel="epoch", yscale=scale)
        return StackedTraceDisplay([loss, metric])

    caption = f"Training loss and {quantity} after every epoch, on the whole sets in eval mode; {_over(study)}."
    return FigureSpec(StudyFigure("curves", f"Training loss and {quantity}", caption), epochs, display)


def _traces(study: Study) -> FigureSpec:
    traces = study.tree["traces"].to_dataset()
    window = max(1, traces.sizes["step"] // 100)
    means = f", means over {window} steps" if window > 1 else ""
    caption = f"Norm of the batch gradient and applied learning rate along training{means}; {_over(study)}."
    data = _averages(study, ("gradient_norm", "lr", "mean_gradient_norm", "zenith"), window)
    figure = StudyFigure("traces", "Gradient norm and learning rate", caption)
    return FigureSpec(figure, data, partial(StackedTraceDisplay.from_study, study, window=window))


def _averages(study: Study, names: Sequence[str], window: int) -> xr.Dataset:
    """Return what was recorded at every step in means over windows, each method's up to its own end."""
    traces, planned = study.tree["traces"].to_dataset(), planned_steps(study.tree)
    size = traces.sizes["step"]
    ends = [size] * traces.sizes["optimizer"] if planned is None else planned.isel(seed=0).values.clip(max=size)
    steps = [window_means(np.arange(end, dtype=np.float64), window) for end in ends]
    blank = np.full((len(ends), traces.sizes["seed"], max(map(len, steps))), np.nan)
    step, found = blank[:, 0].copy(), {name: blank.copy() for name in names}
    for row, end in enumerate(ends):
        step[row, : len(steps[row])] = steps[row]
        for name in names:
            for at, values in runs_of(traces[name], row, "step"):
                found[name][row, at, : len(steps[row])] = window_means(values[:, :end], window)
    return xr.Dataset(
        {name: (("optimizer", "seed", "window"), values) for name, values in found.items()},
        {**{dim: traces[dim].values for dim in ("optimizer", "seed")}, "step": (("optimizer", "window"), step)},
        {"window": f"means over {window} steps" if window > 1 else "every step"},
    )


def _paired(study: Study, analysis: Analysis, name: str) -> FigureSpec | None:
    quantity, comparisons = analysis.quantity(name), analysis.comparisons[name]
    if not any(c.n for c in comparisons):
        return None
    effect = "ratios" if quantity.transform == "log" else "differences"
    title = quantity.label[0].upper() + quantity.label[1:]
    caption = (
        f"{title} ({quantity.definition}) of every run, lines joining the runs of a seed, and paired {effect} of "
        f"{analysis.focus} to each other method: means with 95 % t intervals, which take the differences for normal "
        "(bars; ticks: the seeds), and exact sign test p after Holm; n/a where no outcome of so few seeds could have "
        f"made it {1 - comparisons[0].level:.2g} or less."
    )
    data = xr.Dataset({name: quantity.values})
    for field in ("mean_difference", "median_difference", "p_value", "p_holm", "p_sign_flip", "effect_size"):
        data[field] = ("reference", [np.nan if getattr(c, field) is None else getattr(c, field) for c in comparisons])
    data["interval"] = (("reference", "bound"), [c.interval for c in comparisons])
    data = data.assign_coords(reference=[c.reference for c in comparisons], bound=["low", "high"])
    figure = StudyFigure(f"paired_{name}", f"Paired comparison: {quantity.label}", caption)
    return FigureSpec(figure, data, partial(PairedDisplay.from_study, study, name))


def _sharpness_against_loss(study: Study) -> FigureSpec | None:
    curvature = study.tree["curvature"].to_dataset()
    finished = study.tree["runs"]["status"] == "finished"
    shown = curvature["eigenvalue"].isel(k=0).where(finished & (curvature["converged"].isel(k=0) == 1))
    if not shown.notnull().any():
        return None
    caption = (
        "Top Hessian eigenvalue against training loss at every checkpoint of every finished run; end points marked. "
        "Methods are compared at matched training loss, that is along the vertical through the higher of two end "
        "points."
    )
    data = xr.Dataset({"loss": curvature["loss"].where(finished), "eigenvalue": shown})
    figure = StudyFigure("sharpness_against_loss", "Top eigenvalue against training loss", caption)
    return FigureSpec(figure, data, partial(TrajectoryScatterDisplay.from_study, study))


def _lines(study: Study) -> list[FigureSpec]:
    specs = []
    for name, direction in _DIRECTIONS.items():
        if f"/lines/{name}" in study.tree.groups:
            caption = f"Training loss along {direction}, from the end point of every method; {_over(study)}."
            figure = StudyFigure(f"line_{name}", f"Loss along {direction}", caption)
            data = study.tree[f"lines/{name}"].to_dataset()
            specs.append(FigureSpec(figure, data, partial(LineComparisonDisplay.from_study, study, name)))
    return specs


def _planes(study: Study) -> list[FigureSpec]:
    specs = []
    for group in study.tree["planes"].children.values() if "planes" in study.tree else ():
        surface, marks = group["plane"].to_dataset(), group["trajectories"].to_dataset()
        variance: np.ndarray[Any, Any] = np.asarray(surface.attrs["explained_variance"], dtype=np.float64)
        caption = (
            f"Training loss on the plane of the first two principal components of all checkpoints of {group.name}, "
            f"which carry {100 * variance.sum():.3g} % of their variance, with the trajectories projected on it: each "
            "method's own in its panel, those of the others thin below it, its end a hollow marker. The loss at a "
            "projected checkpoint is not the checkpoint's own loss, which is the colour of its dot; both are in the "
            "data file."
        )
        data = surface.assign({f"checkpoint_{name}": marks[name] for name in marks.data_vars})
        figure = StudyFigure(f"plane_{group.name}", f"Trajectories of {group.name}", caption)
        seed = int(str(group.name).removeprefix("seed"))
        specs.append(FigureSpec(figure, data, partial(TrajectoriesDisplay.from_study, study, seed=seed)))
    return specs


def _counts(study: Study, seed: int) -> EigenvalueCountDisplay | ByMethodDisplay:
    """More bands than a few hide one another in one panel."""
    together = EigenvalueCountDisplay.from_study(study, seed)
    return together if len(together.methods) <= BANDS else ByMethodDisplay(together)


def _spectra(study: Study) -> list[FigureSpec]:
    if "spectra" not in study.tree:
        return []
    data = study.tree["spectra"].to_dataset()
    specs = []
    for seed in map(int, data["seed"].values):
        row = data.sel({"seed": seed})
        probes, steps = row.sizes["probe"], row.sizes["node"]
        caption = (
            f"Hessian eigenvalues of the training loss above each threshold, at the end points of seed {seed}; "
            f"stochastic Lanczos quadrature with {probes} random vectors and {steps} steps from each. Bands: 95 % "
            "intervals, point by point, for what the vectors and the steps leave open."
        )
        figure = StudyFigure(f"spectra_seed{seed}", f"Spectra of seed {seed}", caption)
        specs.append(FigureSpec(figure, row, partial(_counts, study, seed)))
    return specs


def _performance_against(study: Study, analysis: Analysis, name: str) -> FigureSpec | None:
    metric, quantity = study.tree.attrs["metric"], study.tree.attrs["metric_label"]
    sharpness, performance = analysis.quantity(name), analysis.quantity(f"test_{metric}")
    if analysis.correlations[name].n < 2:
        return None
    display = CorrelationDisplay.from_study(study, name)
    assert display.correlation is not None
    description = display.correlation.describe("the training loss")
    caption = f"Test {quantity} against {sharpness.label} of every run. {description}"
    data = xr.Dataset({name: sharpness.values, performance.name: performance.values})
    figure = StudyFigure(f"{metric}_against_{name}", f"Test {quantity} against {sharpness.label}", caption)
    return FigureSpec(figure, data, lambda: display)
