"""Write the report of trainings that a SharpnessMonitor watched."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from landscape._common.files import write_text
from landscape._common.summaries import counted
from landscape.monitor.record import Measurement, MonitorRecord
from landscape.plot import StabilityDisplay, StackedTraceDisplay, TraceDisplay, TrajectoryScatterDisplay
from landscape.study.figure_specs import FigureSpec, StudyFigure
from landscape.study.monitored import MonitoredStudy, recorded_settings, words_of
from landscape.study.report import Section, as_html, as_markdown
from landscape.study.tables import Table, number, write_tables

__all__ = ["monitored_figures", "write_monitored_report"]

LIMITS = (
    "The trainings are taken as they were: nothing here says that they are pairs (equal initial weights and batches), "
    "so no method is compared with another. A study, landscape.run_study, does that.",
    "There is no loss on test data and there are no weights: nothing is said about generalisation, and no slice or "
    "spectrum can be added.",
)


def write_monitored_report(study: MonitoredStudy) -> Path:
    """Write figures, a table, ``report.md`` and ``report.html`` into the study's folder; return the page's path."""
    figures = monitored_figures(study)
    for spec in figures:
        spec.save(study.path / "figures", {"records": [str(file) for file in study.files]})
    table = _table(study)
    write_tables(study.path / "tables", (table,))
    several = counted(len(study.records), "training")
    names = list(study.records)
    title = f"Sharpness along {names[0] if len(names) == 1 else several}"
    missing = study.not_measured
    sections = [
        Section("What was found", points=tuple(_sentence(name, record) for name, record in study.records.items())),
        Section("What limits it", points=LIMITS),
    ]
    if missing:
        text = f"{counted(len(missing), 'measurement')} could not be made. In figures and tables they are missing."
        sections.append(Section("Not measured", (text,), tuple(str(each) for each in missing)))
    sections += [
        Section("Figures", figures=tuple(spec.figure for spec in figures)),
        Section("Last measurement of every training", (table.caption,), table=table),
        Section(
            "Protocol",
            points=tuple(f"{name}: {words_of(record.start)}." for name, record in study.records.items()),
        ),
        Section(
            "Recorded settings",
            points=tuple(f"{name}: {recorded_settings(record)}" for name, record in study.records.items()),
            folded=True,
        ),
    ]
    write_text(study.path / "report.md", as_markdown(title, sections))
    write_text(study.path / "report.html", as_html(title, sections, study.path))
    return study.path / "report.html"


class _ToTheirEnds:
    """Curves of trainings that end where they end, which is no loss."""

    methods: list[str]
    num_seeds: int

    def _count_finite(self) -> NDArray[np.int_]:
        return np.full(len(self.methods), self.num_seeds)


class _Traces(_ToTheirEnds, TraceDisplay):
    """Quantities along trainings."""


class _Stability(_ToTheirEnds, StabilityDisplay):
    """The ratio to the edge of stability along trainings."""


@dataclass(frozen=True)
class _Shown:
    """What the displays draw of a study."""

    tree: xr.DataTree
    analysis: Any = None


def _shown(study: MonitoredStudy) -> _Shown:
    """Return a study with a line for each name, or for each training where names have not the same seeds.

    What did not converge is left out. Between two values of a training, at the steps of others, lies a straight line.
    """
    groups: dict[str, xr.Dataset] = {"/": study.tree.to_dataset(inherit=False)}
    runs = study.tree["runs"]["run_id"].transpose("optimizer", "seed")
    for group, node in study.tree.children.items():
        data = node.to_dataset().transpose("optimizer", "seed", ...)
        if (runs == "").any():
            named = {
                str(runs.values[i, j]): data.isel(optimizer=i, seed=j, drop=True)
                for i, j in np.argwhere(runs.values != "")
            }
            data = xr.concat(named.values(), xr.Variable("optimizer", list(named)), join="exact").expand_dims(
                seed=[0], axis=1
            )
        if group == "curvature":
            data["eigenvalue"] = data["eigenvalue"].where(data["converged"] == 1)
            data["converged"] = data["eigenvalue"].notnull()
            data["stability"] = data["stability"].where(data["stability_converged"] == 1)
            data["stability_converged"] = xr.ones_like(data["stability"])
        if "step" in data.dims:
            numbers = [name for name, array in data.data_vars.items() if array.dtype.kind == "f"]
            data = data.assign(
                {
                    name: xr.apply_ufunc(
                        partial(_joined, data["step"].values),
                        data[name],
                        input_core_dims=[["step"]],
                        output_core_dims=[["step"]],
                        vectorize=True,
                    )
                    for name in numbers
                }
            )
            if group == "curvature":
                data["converged"] = data["eigenvalue"].notnull().astype(float)
        groups[f"/{group}"] = data
    return _Shown(xr.DataTree.from_dict(groups))


def _joined(steps: NDArray[Any], values: NDArray[Any]) -> NDArray[Any]:
    known = np.isfinite(values)
    if not known.any():
        return values
    filled = np.interp(steps, steps[known], values[known], left=math.nan, right=math.nan)
    return np.where(np.isnan(values), filled, values)


def monitored_figures(study: MonitoredStudy) -> tuple[FigureSpec, ...]:
    """Return the specs of the figures that the records hold the numbers for."""
    shown, out = _shown(study), list[FigureSpec]()
    traces = shown.tree["traces"].to_dataset()
    window = max(1, traces.sizes["step"] // 100)
    means = f", means over {window} steps" if window > 1 else ""

    def known(data: xr.Dataset, name: str) -> bool:
        return bool(np.isfinite(data[name].values).any())

    def traced(name: str) -> TraceDisplay:
        return _Traces.from_study(shown, name, window=window)

    def add(name: str, title: str, caption: str, data: xr.Dataset, display: Callable[[], Any]) -> None:
        out.append(FigureSpec(StudyFigure(name, title, caption), data, display))

    if known(traces, "loss"):
        caption = f"Loss of the batches, as it was given to the monitor{means}."
        add("loss", "Batch loss", caption, traces[["loss"]], lambda: traced("loss"))
    rows = [name for name in ("gradient_norm", "lr") if known(traces, name)]
    if rows:
        what = {"gradient_norm": "norm of the batch gradient", "lr": "applied learning rate"}
        words = " and ".join(what[name] for name in rows)
        caption = f"{words[0].upper()}{words[1:]} along training{means}."
        add("traces", "Gradient norm and learning rate", caption, traces[rows], lambda: _stacked([*map(traced, rows)]))
    if "/curvature" not in study.tree.groups:
        return tuple(out)
    data, drawn = study.tree["curvature"].to_dataset(), shown.tree["curvature"].to_dataset()
    lost = int((data["eigenvalue"].notnull() & (data["converged"] != 1)).sum())
    left_out = f" {counted(lost, 'value')} did not converge: left out." if lost else ""
    if known(drawn, "eigenvalue"):
        top = drawn["eigenvalue"].isel(k=0).transpose("optimizer", "seed", "step")
        add(
            "lambda_max",
            "Top Hessian eigenvalue along training",
            f"Top Hessian eigenvalue of the monitor's loss.{left_out}",
            data[["eigenvalue", "residual", "converged"]],
            lambda: _Traces(
                top["step"], top.values, list(map(str, top["optimizer"].values)), ylabel="top Hessian eigenvalue"
            ),
        )
        finished = top.where(shown.tree["runs"]["status"] == "finished")
        if np.isfinite(finished.values).any():
            add(
                "sharpness_against_loss",
                "Top eigenvalue against loss",
                f"Top Hessian eigenvalue against the monitor's loss along every finished training; end points "
                f"marked.{left_out}",
                data[["loss", "eigenvalue", "converged"]],
                lambda: TrajectoryScatterDisplay.from_study(shown),
            )
    if known(drawn, "stability"):
        add(
            "edge_of_stability",
            "The edge of stability along training",
            "Top eigenvalue over the largest at which the optimizer's step is stable, eta lambda_max / 2 for gradient "
            "descent. On full batches it rises to 1 and stays there (Cohen et al. 2021): sharpness is then a property "
            "of the learning rate; the noise of batches keeps it below.",
            data[["stability", "stability_threshold", "stability_converged"]],
            lambda: _Stability.from_study(shown),
        )
    return tuple(out)


def _stacked(displays: list[TraceDisplay]) -> Any:
    return displays[0] if len(displays) == 1 else StackedTraceDisplay(displays)


def _sentence(name: str, record: MonitorRecord) -> str:
    steps = f"{name} ({record.status}, {counted(record.steps_taken, 'step')})"
    measured = [m for m in record.measurements if math.isfinite(m.lambda_max)]
    if not measured:
        return f"{steps}: no top eigenvalue was measured."
    last = measured[-1]
    sure = "" if last.converged else ", not converged"
    text = f"{steps}: at step {last.step} the top eigenvalue is {last.lambda_max:.4g} ± {last.residual:.1g}{sure}"
    if math.isfinite(last.trace):
        text += f", the trace {last.trace:.4g} ± {last.trace_error:.1g} (standard error)"
    if math.isfinite(last.stability):
        unsure = "" if last.stability_converged else ", not converged"
        text += f", and the step is at {last.stability:.3g} of the edge of stability{unsure}"
    return f"{text}."


_COLUMNS = ("step", "loss", "gradient_norm", "lr", "lambda_max", "residual", "trace", "trace_error", "stability")


def _table(study: MonitoredStudy) -> Table:
    rows, records = [], []
    for name, record in study.records.items():
        m = record.measurements[-1] if record.measurements else Measurement(step=0)
        numbers = {column: getattr(m, column) for column in _COLUMNS}
        flags = {"converged": m.converged, "stability_converged": m.stability_converged}
        records.append(
            {"run": name, "status": record.status, "steps": record.steps_taken}
            | numbers
            | flags
            | {"products": sum(m.products for m in record.measurements), "message": m.message}
        )
        top = number(m.lambda_max) if m.converged else "not converged" if math.isfinite(m.lambda_max) else "—"
        ratio = number(m.stability) if m.stability_converged else "—"
        trace = f"{number(m.trace)} ± {number(m.trace_error)}" if math.isfinite(m.trace) else "—"
        cells = [number(value) for value in (m.loss, m.gradient_norm, m.lr)]
        rows.append((name, record.status, str(m.step), *cells, top, trace, ratio))
    header = ("training", "status", "step", "loss", "gradient norm", "lr", "λmax", "trace", "of the edge")
    caption = (
        "Loss, gradient norm, top Hessian eigenvalue and trace (± standard error) of the monitor's loss, learning "
        "rate, and the top eigenvalue over the largest at which the step is stable; the CSV has residuals, "
        "costs and reasons."
    )
    return Table("last_measurement", caption, header, tuple(rows), tuple(records))
