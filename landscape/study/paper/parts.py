"""Parts of the paper's figures: the entry of their table, panels that several share, and checks of the studies."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from landscape.plot import CorrelationDisplay, PanelsDisplay, SweepDisplay, TraceDisplay
from landscape.plot._study_data import evaluations_of
from landscape.plot.panels import StorablePanel as PanelDisplay
from landscape.study.failures import failed_words
from landscape.study.figure_specs import FigureSpec, StudyFigure, spec_of_panels
from landscape.study.store import Study

__all__ = ["PaperFigure", "best_and_time", "words_on_failed"]

Studies = Mapping[str, Study]
Sweep = Mapping[float, Study]
Array = np.ndarray[Any, np.dtype[np.float64]]
Panels = Callable[[Any, str], dict[str, PanelDisplay]]
"""Makes the panels, by their title, from the studies and the method."""

CONSTANT = ("constant", "sgd")  # plain SGD at a constant learning rate, by either name
FOCUS = "the focus of each study"
SOURCE = "arXiv:2601.15212"


class UnsuitableError(ValueError):
    """The studies do not suffice; the message continues "figure 3a "."""


@dataclass(frozen=True)
class PaperFigure:
    """One figure of the paper; call it with studies to get its `FigureSpec`.

    Attributes
    ----------
    number : str
        In the paper, such as "3a".
    title : str
        A short description.
    studies : str
        Which studies `landscape.study.paper.collect.paper_of` draws it from.
    panels : callable
        Makes the panels from the studies and the method.
    caption : str
        With ``{metric}`` of the first study, ``{method}``, the ``{means}`` that traces are averaged over, and what line
        and band are: ``{seeds}`` of the first panel, ``{seeds_of_last}`` of the last.
    method : str, optional
        The method shown unless another is asked for; empty where there is no choice.
    origin : str, optional
        Where it is from, in a sentence; the figure of that number by default.
    """

    number: str
    title: str
    studies: str
    panels: Panels
    caption: str
    method: str = ""
    origin: str = ""

    @property
    def name(self) -> str:
        """File stem."""
        return f"figure_{self.number}"

    def __call__(self, studies: Studies | Sweep | Study, method: str | None = None) -> FigureSpec:
        """Return the spec of the figure for some studies.

        Parameters
        ----------
        studies : mapping of Study, or Study
            By name for one panel per study, or by the value of the setting of a sweep; figure 3f takes one study.
        method : str, optional
            The method to show instead of the usual one.

        Raises
        ------
        ValueError
            If the studies lack what the figure shows, or it leaves no choice of the method.
        """
        if method is not None and not self.method:
            raise ValueError(f"figure {self.number} leaves no choice of the method; call it without method.")
        chosen = method or self.method
        try:
            panels = self.panels(studies, chosen)
        except UnsuitableError as error:
            raise ValueError(f"figure {self.number} {error}") from error
        displays = list(panels.values())
        text = self.caption.format(
            metric=_metric_of(studies if isinstance(studies, Study) else next(iter(studies.values()))),
            method=chosen,
            means=_means_of([display for display in displays if isinstance(display, TraceDisplay)]),
            seeds=_seeds_of(displays[0]),
            seeds_of_last=_seeds_of(displays[-1]),
        )
        lost = words_on_failed({"": studies} if isinstance(studies, Study) else studies)
        origin = self.origin or f"After figure {self.number} of {SOURCE}."
        figure = StudyFigure(self.name, self.title, f"{text}{lost} {origin}")
        return spec_of_panels(figure, PanelsDisplay(displays, list(panels)))


def words_on_failed(studies: Studies | Sweep) -> str:
    """Return sentences for a caption, after a space, on the runs that failed, study by study; "" if none did."""
    words = {name: failed_words(study.tree) for name, study in studies.items()}
    found = {f"{name:g}" if isinstance(name, float) else str(name): text for name, text in words.items() if text}
    return "".join(f" {f'Of {name}: ' if len(studies) > 1 else ''}{text}" for name, text in found.items())


def one_panel_per_study(
    studies: Studies, method: str, *, make: Callable[[Study], PanelDisplay], accuracy: bool = True
) -> dict[str, PanelDisplay]:
    """Make one display per study, whose metric may be the accuracy or not."""
    accurate = [name for name, study in studies.items() if study.tree.attrs["metric"] == "accuracy"]
    if not accuracy and (accurate or not studies):
        raise UnsuitableError(
            f"needs studies with another metric than accuracy, such as COCO's mAP50; {', '.join(accurate) or 'none'} "
            f"given: draw figure 4 for those."
        )
    return {name: make(study) for name, study in _expect_some(studies).items()}


def best_against_time(study: Study) -> CorrelationDisplay:
    """Best test metric of every run against the training time until it was reached."""
    best, seconds = best_and_time(study)
    label = "training time to the best epoch (s)"
    scale: Literal["log", "linear"] = "linear" if (seconds == 0).any() else "log"  # 0 where the start is the best
    return CorrelationDisplay(
        seconds, best, list(study.spec.methods), xlabel=label, ylabel=f"best test {_metric_of(study)}", xscale=scale
    )


def best_and_time(study: Study) -> tuple[Array, Array]:
    """Return each finished run's best test metric, and its training time in seconds to the first epoch with it.

    Returns
    -------
    tuple of ndarray
        Both of shape (method, seed); NaN where a run diverged or failed.
    """
    metric = evaluations_of(study, "test_metric")
    finished = (study.tree["runs"]["status"] == "finished").transpose("optimizer", "seed").values
    signed = metric if study.tree.attrs["metric_higher_is_better"] else -metric
    first = np.argmax(np.where(np.isnan(signed), -np.inf, signed), axis=-1)[..., None]
    best = np.take_along_axis(metric, first, axis=-1)[..., 0]
    seconds = np.take_along_axis(evaluations_of(study, "seconds"), first, axis=-1)[..., 0]
    return np.where(finished, best, np.nan), np.where(finished, seconds, np.nan)


def focus_against_step(studies: Studies, method: str, *, quantity: str) -> dict[str, PanelDisplay]:
    """Trace a quantity of one method along training, one panel per study."""
    found: dict[str, PanelDisplay] = {}
    for name, study in _expect_some(studies).items():
        display = TraceDisplay.from_study(study, quantity)
        chosen = study.spec.focus if method == FOCUS else method
        row = [_row_of(display.methods, chosen, name)]
        x = display.x if display.x.ndim == 1 else display.x[row]
        found[name] = _traces_like(display, x, display.values[row], [chosen], display.xlabel, yscale=display.yscale)
    return found


def methods_against_step(study: Study, method: str) -> dict[str, PanelDisplay]:
    """Trace the applied learning rate of every method of a study."""
    return {"": TraceDisplay.from_study(study, "lr")}


def rates_per_setting(sweep: Sweep, method: str, *, setting: str, symbol: str) -> dict[str, PanelDisplay]:
    """Trace the applied learning rate of one method, one line per value of the setting."""
    _expect_sweep(sweep, setting)
    displays = {value: TraceDisplay.from_study(study, "lr") for value, study in sorted(sweep.items())}
    own = {value: _row_of(display.methods, method, f"the study of {value:g}") for value, display in displays.items()}
    rows = [display.values[own[value]] for value, display in displays.items()]
    x = [display.x if display.x.ndim == 1 else display.x[own[value]] for value, display in displays.items()]
    if len({row.shape for row in rows}) > 1:
        raise UnsuitableError("needs a sweep of one budget and one list of seeds; these studies differ in them.")
    names = [f"{symbol} = {value:g}" for value in displays]
    alike = all(np.array_equal(each, x[0], equal_nan=True) for each in x)
    shared = x[0] if alike and np.isfinite(x[0]).all() else np.stack(x)
    return {"": _traces_like(next(iter(displays.values())), shared, np.stack(rows), names, "step")}


def runs_against_setting(
    sweep: Sweep, method: str, *, quantity: str, xlabel: str, relative: bool = False
) -> dict[str, PanelDisplay]:
    """Draw one number of the runs of one method against the setting of a sweep.

    The method is SGD at a constant learning rate by default. If `relative`, the number is divided by the largest of the
    same seed.
    """
    display = _swept(quantity, xlabel, sweep, method)
    if relative:
        values = display.values / np.nanmax(display.values, axis=-1, keepdims=True)
        ylabel = f"relative test {_metric_of(_first_of(sweep))}"
        display = SweepDisplay(display.x, values, display.methods, xlabel=xlabel, ylabel=ylabel)
    return {"": display}


def edge_against_rate(sweep: Sweep, method: str, *, xlabel: str) -> dict[str, PanelDisplay]:
    """Draw eta lambda_max / 2 at the end points of plain SGD against its constant learning rate."""
    top = _swept("lambda_max", xlabel, sweep, method)
    values, ylabel = top.values * top.x / 2, r"$\eta\,\lambda_{\max}\,/\,2$ at the end point"
    return {"": SweepDisplay(top.x, values, top.methods, xlabel=xlabel, ylabel=ylabel)}


def rates_and_ends(sweep: Sweep, method: str, *, setting: str, symbol: str, xlabel: str) -> dict[str, PanelDisplay]:
    """Trace the learning rate for each setting, and draw the test metric after the last epoch against it."""
    metric = _metric_of(_first_of(sweep))
    return {
        "learning rate for each window": rates_per_setting(sweep, method, setting=setting, symbol=symbol)[""],
        f"test {metric}": _swept("test_{metric}", xlabel, sweep, method),
    }


def _swept(quantity: str, xlabel: str, sweep: Sweep, method: str) -> SweepDisplay:
    if "{metric}" in quantity:
        quantity = quantity.format(metric=_first_of(sweep).tree.attrs["metric"])
    method = method or _constant_method(sweep)
    _expect_sweep(sweep, xlabel)
    every = SweepDisplay.from_studies(sweep, quantity, xlabel=xlabel)
    row = _row_of(every.methods, method, "the sweep")
    return SweepDisplay(
        every.x, every.values[row : row + 1], [method], xlabel=xlabel, ylabel=every.ylabel, yscale=every.yscale
    )


def _traces_like(
    display: TraceDisplay, x: Array, values: Array, methods: Sequence[str], xlabel: str, **options: Any
) -> TraceDisplay:
    """Traces like another display's, whose values are means over the same window already."""
    traces = TraceDisplay(x, values, methods, ylabel=display.ylabel, xlabel=xlabel, **options)
    traces.window = display.window
    return traces


def _row_of(methods: Sequence[str], method: str, where: str) -> int:
    """The row of a method; raise if it is missing."""
    if method not in methods:
        raise UnsuitableError(f"needs {method}, which {where} has no run of; it has {', '.join(methods)}.")
    return list(methods).index(method)


def _constant_method(sweep: Sweep) -> str:
    """The name of plain SGD at a constant learning rate in all studies of a sweep."""
    shared = set.intersection(*(set(study.spec.methods) for study in sweep.values())) if sweep else set()
    found = next((name for name in CONSTANT if name in shared), None)
    if sweep and found is None:
        raise UnsuitableError("needs runs at constant learning rates: train 'constant' or 'sgd' in every study.")
    return found or CONSTANT[0]


def _expect_sweep(sweep: Sweep, setting: str) -> None:
    """Raise unless there are two studies or more."""
    if len(sweep) < 2:
        raise UnsuitableError(
            f"needs a sweep over {setting.replace('$', '')}: give at least two studies that differ in it alone; "
            f"{len(sweep)} given."
        )


def _expect_some(studies: Studies) -> Studies:
    """Return the studies; raise if there are none."""
    if not studies:
        raise UnsuitableError("needs at least one study; none given.")
    return studies


def _first_of(sweep: Sweep) -> Study:
    """The study of the smallest value; raise unless it is a sweep."""
    _expect_sweep(sweep, "one setting")
    return sweep[min(sweep)]


def _metric_of(study: Study) -> str:
    """The label of a study's metric."""
    return str(study.tree.attrs["metric_label"])


def _means_of(traces: Sequence[TraceDisplay]) -> str:
    """The windows that traces are averaged over, after a comma; empty where every step is drawn."""
    windows = sorted({display.window for display in traces})
    if not windows or windows[-1] == 1:
        return ""
    return f", means over {' to '.join(map(str, dict.fromkeys((windows[0], windows[-1]))))} steps"


def _seeds_of(display: PanelDisplay) -> str:
    """What line and band of a display are; empty where it has neither."""
    return str(getattr(display, "summary_", "")).split("\n")[0]
