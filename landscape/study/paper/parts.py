"""What the figures of the paper share: one method of a study, sweeps of one setting, and what a study must have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from landscape.plot import SweepDisplay, TimedDisplay, TraceDisplay
from landscape.plot._study_data import seconds_of
from landscape.study.figure_specs import Draft, PanelDisplay, StudyFigure, pack, unpack
from landscape.study.store import Study

__all__ = ["best_and_time"]


Studies = Mapping[str, Study]
Sweep = Mapping[float, Study]
CONSTANT = ("constant", "sgd")  # plain SGD at a constant learning rate, by either name
SOURCE = "arXiv:2601.15212"


def draft(name: str, title: str, panels: Mapping[str, PanelDisplay], caption: str) -> Draft:
    """Put panels, by their title, under the name and caption of one of the paper's figures."""
    data = pack(panels)
    number = name.removeprefix("figure_")
    figure = StudyFigure(name, title, f"{caption} After figure {number} of {SOURCE}.")
    return Draft(figure, data, lambda: unpack(data).plot(), "full" if len(panels) > 1 else "half")


def one_method(studies: Studies, number: str, quantity: str, words: str, method: str | None) -> Draft:
    """Traces of one method, one panel a study."""
    panels = {}
    for name, study in expect_some(studies, f"figure {number}").items():
        whole = TraceDisplay.from_study(study, quantity)
        chosen = method or study.spec.focus
        panels[name] = select(whole, row_of(whole.methods, chosen, f"figure {number}", name))
    who = method or "the focus of each study"
    return draft(
        f"figure_{number}",
        f"{words} along training",
        panels,
        f"{words} of {who}{means_of(*panels.values())}; {seeds_of(next(iter(panels.values())))}.",
    )


def timed(studies: Studies, number: str) -> Draft:
    """Test metric against training time, one panel a study."""
    panels = {name: TimedDisplay.from_study(study) for name, study in expect_some(studies, f"figure {number}").items()}
    return draft(
        f"figure_{number}",
        "Test performance along training",
        panels,
        "Test performance after every epoch against the training time until then, evaluations excluded; "
        f"{seeds_of(next(iter(panels.values())))}.",
    )


def swept(sweep: Sweep, number: str, quantity: str, xlabel: str, method: str) -> SweepDisplay:
    """One number of the runs of one method against the setting of a sweep."""
    expect_sweep(sweep, number, xlabel)
    whole = SweepDisplay.from_studies(sweep, quantity, xlabel=xlabel)
    row = row_of(whole.methods, method, f"figure {number}", "the sweep")
    return SweepDisplay(
        whole.x, whole.values[row : row + 1], [method], xlabel=xlabel, ylabel=whole.ylabel, yscale=whole.yscale
    )


def traced(sweep: Sweep, number: str, method: str, words: str, symbol: str) -> TraceDisplay:
    """Applied learning rates of one method, one line a value of the setting."""
    expect_sweep(sweep, number, words)
    rows, displays = [], []
    for value, study in sorted(sweep.items()):
        display = TraceDisplay.from_study(study, "lr")
        displays.append(display)
        rows.append(display.values[row_of(display.methods, method, f"figure {number}", f"the study of {value:g}")])
    if len({row.shape for row in rows}) > 1:
        raise ValueError(
            f"figure {number} needs a sweep of one budget and one list of seeds; these studies differ in them."
        )
    first = displays[0]
    whole = TraceDisplay(
        first.x,
        np.stack(rows),
        [f"{symbol} = {value:g}" for value in sorted(sweep)],
        ylabel=first.ylabel,
        xlabel="step",
    )
    whole.window = first.window  # the values are means over it already
    return whole


def select(display: TraceDisplay, row: int) -> TraceDisplay:
    """One method of a display of several."""
    one = TraceDisplay(
        display.x, display.values[row : row + 1], [display.methods[row]], ylabel=display.ylabel, xlabel=display.xlabel,
        yscale=display.yscale,
    )  # fmt: skip
    one.window = display.window
    return one


def row_of(methods: Sequence[str], method: str, figure: str, where: str) -> int:
    """Where a method stands, or a sentence that it is missing."""
    if method not in methods:
        raise ValueError(f"{figure} needs {method}, which {where} has no run of; it has {', '.join(methods)}.")
    return list(methods).index(method)


def constant_method(sweep: Sweep, number: str) -> str:
    """The name that plain SGD at a constant learning rate goes by in all studies of a sweep."""
    shared = set.intersection(*(set(methods_of(study)) for study in sweep.values())) if sweep else set()
    found = next((name for name in CONSTANT if name in shared), None)
    if sweep and found is None:
        raise ValueError(
            f"figure {number} needs runs at constant learning rates: train 'constant' or 'sgd' in every study."
        )
    return found or CONSTANT[0]


def expect_sweep(sweep: Sweep, number: str, words: str) -> None:
    """Raise unless there are two studies or more."""
    if len(sweep) < 2:
        raise ValueError(
            f"figure {number} needs a sweep over {words.replace('$', '')}: give at least two studies that differ in it alone; "
            f"{len(sweep)} given."
        )


def expect_some(studies: Studies, figure: str) -> Studies:
    """Return the studies; raise if there are none."""
    if not studies:
        raise ValueError(f"{figure} needs at least one study; none given.")
    return studies


def first_of(sweep: Sweep, number: str) -> Study:
    """The study of the smallest value; raise unless it is a sweep."""
    expect_sweep(sweep, number, "one setting")
    return sweep[min(sweep)]


def methods_of(study: Study) -> list[str]:
    """Names of a study's methods."""
    return list(study.spec.methods)


def metric_of(study: Study) -> str:
    """What a study's metric is called."""
    return str(study.tree.attrs["metric_label"])


def means_of(*displays: TraceDisplay) -> str:
    """What traces are averaged over, after a comma; nothing where every step is drawn."""
    windows = sorted({display.window for display in displays})
    if windows[-1] == 1:
        return ""
    return f", means over {' to '.join(map(str, dict.fromkeys((windows[0], windows[-1]))))} steps"


def seeds_of(display: Any) -> str:
    """What line and band of a display are."""
    return str(display.summary_.split("\n")[0])


Array = np.ndarray[Any, np.dtype[np.float64]]


def best_and_time(study: Study) -> tuple[Array, Array]:
    """Best test metric over the epochs of every finished run, and the training time in seconds to the first epoch with it.

    Returns
    -------
    tuple of ndarray
        Both of shape (method, seed); NaN where a run diverged.
    """
    epochs = study.tree["epochs"].to_dataset()
    metric = epochs["test_metric"].transpose("optimizer", "seed", "epoch").values
    finished = (study.tree["runs"]["status"] == "finished").transpose("optimizer", "seed").values
    signed = metric if study.tree.attrs["metric_higher_is_better"] else -metric
    first = np.argmax(np.where(np.isnan(signed), -np.inf, signed), axis=-1)[..., None]
    best = np.take_along_axis(metric, first, axis=-1)[..., 0]
    seconds = np.take_along_axis(seconds_of(study), first, axis=-1)[..., 0]
    return np.where(finished, best, np.nan), np.where(finished, seconds, np.nan)
