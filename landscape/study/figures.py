"""The figures of a study: picks the numbers of each from the store, hands them to a display, saves both side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from landscape.plot import (
    CorrelationDisplay,
    LineDisplay,
    PairedDisplay,
    PlaneDisplay,
    StackedTraceDisplay,
    TraceDisplay,
    TrajectoryScatterDisplay,
    save_figure,
)
from landscape.study.analysis import Analysis
from landscape.study.store import Study

__all__ = ["StudyFigure", "draw_figures"]

LAMBDA_MAX = r"$\lambda_{\max}$"


@dataclass(frozen=True)
class StudyFigure:
    """A figure that was saved under ``figures/NAME.*``.

    Attributes
    ----------
    name, title, caption : str
        File stem; a short description; what the reader of a paper needs to know.
    """

    name: str
    title: str
    caption: str


class _Drawn(Protocol):
    figure_: Figure


@dataclass(frozen=True)
class _Draft:
    """A figure before it is drawn: its data, and how to draw them."""

    figure: StudyFigure
    data: xr.Dataset
    draw: Callable[[], _Drawn]


def draw_figures(study: Study, analysis: Analysis) -> tuple[StudyFigure, ...]:
    """Draw and save every figure of a finished study as PDF, SVG and PNG beside its data in netCDF."""
    provenance = {"study": study.spec.name, **study.provenance}
    drafts = [
        _curves(study),
        _traces(study),
        _paired(analysis, "lambda_max", LAMBDA_MAX),
        _paired(analysis, "adaptive_sharpness", "adaptive sharpness"),
        _sharpness_against_loss(study),
        *_lines(study),
        *_planes(study),
        _performance_against(study, analysis, "lambda_max", f"{LAMBDA_MAX} of the training loss"),
        _performance_against(study, analysis, "adaptive_sharpness", "adaptive sharpness (nats)"),
        _paired(analysis, f"test_{study.tree.attrs['metric']}", f"test {study.tree.attrs['metric_label']}"),
    ]
    for draft in drafts:
        if draft is not None:
            drawn = draft.draw()
            save_figure(
                drawn.figure_,
                study.path / "figures" / draft.figure.name,
                draft.data,
                caption=draft.figure.caption,
                provenance=provenance,
            )
    return tuple(draft.figure for draft in drafts if draft is not None)


def _methods(study: Study) -> list[str]:
    return list(study.spec.methods)


def _over(study: Study) -> str:
    seeds = len(study.spec.seeds)
    lost = int((study.tree["runs"]["status"] != "finished").sum())
    without = f" ({lost} diverged runs are shown as far as they went)" if lost else ""
    return ("one seed" if seeds == 1 else f"median and quartiles over {seeds} paired seeds") + without


def _loss(study: Study) -> str:
    return study.tree.attrs["loss_label"]


def _ordered(array: xr.DataArray, last: str) -> np.ndarray[Any, Any]:
    return array.transpose("method", "seed", last).values


def _curves(study: Study) -> _Draft:
    epochs, label = study.tree["epochs"].to_dataset(), study.tree.attrs["metric_label"]
    shown, words = _ordered(epochs["test_metric"], "epoch"), f"test {label}"
    scale: Literal["log", "linear"] = "linear"
    if study.tree.attrs["metric_higher_is_better"] and study.tree.attrs["metric_unit"] == "" and not (shown >= 1).any():
        # Accuracies crowd below 1; their distance from it shows what differs.
        shown, words, scale = 1 - shown, f"test error (1 − {label})", "log"

    def draw() -> _Drawn:
        x, names = epochs["epoch"].values, _methods(study)
        loss = TraceDisplay(
            x,
            _ordered(epochs["train_loss"], "epoch"),
            names,
            ylabel=f"training {_loss(study)}",
            xlabel="epoch",
            yscale="log",
        )
        metric = TraceDisplay(x, shown, names, ylabel=words, xlabel="epoch", yscale=scale)
        return StackedTraceDisplay([loss, metric]).plot()

    caption = f"Training loss and {words} after every epoch, on the whole sets in eval mode; {_over(study)}."
    return _Draft(StudyFigure("curves", f"Training loss and {words}", caption), epochs, draw)


def _traces(study: Study) -> _Draft:
    traces = study.tree["traces"].to_dataset()
    window = max(1, traces.sizes["step"] // 100)

    def draw() -> _Drawn:
        steps, names = traces["step"].values, _methods(study)
        norm = TraceDisplay(
            steps, _ordered(traces["gradient_norm"], "step"), names, ylabel="gradient norm", yscale="log", window=window
        )
        lr = TraceDisplay(steps, _ordered(traces["lr"], "step"), names, ylabel="applied learning rate", window=window)
        return StackedTraceDisplay([norm, lr]).plot()

    means = f", means over {window} steps" if window > 1 else ""
    caption = f"Norm of the batch gradient and applied learning rate along training{means}; {_over(study)}."
    data = traces[["gradient_norm", "lr", "mean_gradient_norm", "zenith"]]
    return _Draft(StudyFigure("traces", "Gradient norm and learning rate", caption), data, draw)


def _paired(analysis: Analysis, name: str, label: str) -> _Draft | None:
    quantity, comparisons = analysis.quantity(name), analysis.comparisons[name]
    if not any(c.n for c in comparisons):
        return None
    values = quantity.values

    def draw() -> _Drawn:
        scale: Literal["log", "linear"] = "log" if quantity.transform == "log" else "linear"
        return PairedDisplay(
            values.values, [str(m) for m in values["method"].values], comparisons, label=label, scale=scale
        ).plot()

    effect = "ratios" if quantity.transform == "log" else "differences"
    title = quantity.label[0].upper() + quantity.label[1:]
    caption = (
        f"{title} ({quantity.definition}) of every run, lines joining the runs of a seed, and paired {effect} of "
        f"{analysis.focus} to each other method with 95 % t intervals and Holm-adjusted exact sign-flip p."
    )
    data = xr.Dataset({name: values})
    for field in ("mean_difference", "p_value", "p_holm", "effect_size"):
        data[field] = ("reference", [np.nan if getattr(c, field) is None else getattr(c, field) for c in comparisons])
    data["interval"] = (("reference", "bound"), [c.interval for c in comparisons])
    data = data.assign_coords(reference=[c.reference for c in comparisons], bound=["low", "high"])
    return _Draft(StudyFigure(f"paired_{name}", f"Paired comparison: {quantity.label}", caption), data, draw)


def _sharpness_against_loss(study: Study) -> _Draft:
    curvature = study.tree["curvature"].to_dataset()
    finished = study.tree["runs"]["status"] == "finished"
    shown = curvature["eigenvalue"].isel(k=0).where(finished & (curvature["converged"].isel(k=0) == 1))
    loss = curvature["loss"].where(finished)

    def draw() -> _Drawn:
        return TrajectoryScatterDisplay(
            _ordered(loss, "step"), _ordered(shown, "step"), _methods(study), xlabel=f"training {_loss(study)}"
        ).plot()

    caption = (
        "Top Hessian eigenvalue against training loss at every checkpoint of every finished run; end points marked. Methods are "
        "compared at matched training loss, that is along the vertical through the higher of two end points."
    )
    data = xr.Dataset({"loss": loss, "eigenvalue": shown})
    return _Draft(StudyFigure("sharpness_against_loss", "Top eigenvalue against training loss", caption), data, draw)


def _lines(study: Study) -> list[_Draft]:
    directions = {
        "random": (r"$\alpha$ along a filter-normalised random direction", "a filter-normalised random direction"),
        "eigenvector": (
            r"$\alpha$ along the top Hessian eigenvector (unit norm)",
            "the top Hessian eigenvector, of unit norm",
        ),
    }
    drafts = []
    for name, (xlabel, words) in directions.items():
        if f"/lines/{name}" not in study.tree.groups:
            continue
        data = study.tree[f"lines/{name}"].to_dataset()

        def draw(data: xr.Dataset = data, xlabel: str = xlabel) -> _Drawn:
            return LineDisplay.from_dataset(data, xlabel=xlabel, ylabel=f"training {_loss(study)}").plot()

        caption = f"Training loss along {words}, from the end point of every method; {_over(study)}."
        drafts.append(_Draft(StudyFigure(f"line_{name}", f"Loss along {words}", caption), data, draw))
    return drafts


def _planes(study: Study) -> list[_Draft]:
    drafts = []
    for group in study.tree["planes"].children.values() if "planes" in study.tree else ():
        surface, marks = group["plane"].to_dataset(), group["trajectories"].to_dataset()
        names = [str(name) for name in marks["method"].values]
        rows = {name: [i for i, each in enumerate(names) if each == name] for name in dict.fromkeys(names)}
        variance = np.asarray(surface.attrs["explained_variance"], dtype=np.float64)

        def draw(
            surface: xr.Dataset = surface,
            marks: xr.Dataset = marks,
            rows: Mapping[str, list[int]] = rows,
            variance: np.ndarray[Any, Any] = variance,
        ) -> _Drawn:
            points = np.stack((marks["alpha"].values, marks["beta"].values), axis=1)
            return PlaneDisplay(
                surface,
                trajectories={name: points[index] for name, index in rows.items()},
                off_plane={name: marks["off_plane"].values[index] for name, index in rows.items()},
                losses={name: marks["loss"].values[index] for name, index in rows.items()},
                explained_variance=variance,
                orthonormal=True,
                label=f"training {_loss(study)}",
                xlabel="PC 1",
                ylabel="PC 2",
            ).plot()

        caption = (
            f"Training loss on the plane of the first two principal components of all checkpoints of {group.name}, which "
            f"carry {100 * variance.sum():.3g} % of their variance, with the trajectories projected on it. The loss at a "
            "projected checkpoint is not the checkpoint's own loss, which is the colour of its dot; both are in the data file."
        )
        data = surface.assign({f"checkpoint_{name}": marks[name] for name in marks.data_vars})
        drafts.append(_Draft(StudyFigure(f"plane_{group.name}", f"Trajectories of {group.name}", caption), data, draw))
    return drafts


def _performance_against(study: Study, analysis: Analysis, name: str, label: str) -> _Draft | None:
    metric, words = study.tree.attrs["metric"], study.tree.attrs["metric_label"]
    sharpness, performance = analysis.quantity(name), analysis.quantity(f"test_{metric}")
    correlation = analysis.correlations[name]
    if correlation.n < 2:
        return None

    def draw() -> _Drawn:
        return CorrelationDisplay(
            sharpness.values.values,
            performance.values.values,
            _methods(study),
            correlation,
            xlabel=label,
            ylabel=f"test {words}",
            xscale="log" if sharpness.transform == "log" else "linear",
        ).plot()

    caption = (
        f"Test {words} against {sharpness.label} of every run. {correlation.describe().replace('strata', 'seeds')}"
    )
    data = xr.Dataset({name: sharpness.values, performance.name: performance.values})
    return _Draft(
        StudyFigure(f"{metric}_against_{name}", f"Test {words} against {sharpness.label}", caption), data, draw
    )
