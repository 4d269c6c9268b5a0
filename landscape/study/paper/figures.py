"""The figures of ZENITH's paper (arXiv:2601.15212), drawn from any studies: a table by their numbers.

An entry, such as ``FIGURES["3a"]`` or ``figure_3a``, is called with finished studies, by their name or by the value of
the setting that differs between them, and returns a `FigureSpec`: ``.draw().figure_``, or ``.save(folder, {})``.
Figures 2, 3a, 3b, 3d to 3h and 6 show what the paper's text says of them; where it does not say what a figure shows, a
comment says what is drawn here. What a study lacks is named in one sentence, as a ValueError, before anything is drawn.
"""

from __future__ import annotations

from functools import partial

from landscape.plot import CorrelationDisplay, LineComparisonDisplay, TimedDisplay
from landscape.study.paper.parts import (
    FOCUS,
    SOURCE,
    PaperFigure,
    best_against_time,
    edge_against_rate,
    focus_against_step,
    methods_against_step,
    one_panel_per_study,
    rates_and_ends,
    rates_per_setting,
    runs_against_setting,
)

__all__ = ["FIGURES"]

_CONSTANT = "constant learning rate"
_OVER_TIME = "Test performance after every epoch against the training time until then, evaluations excluded; {seeds}."

_NOT_THERE = f"Not in the paper, next to figure 3a of {SOURCE}."

_ROWS = (
    # The text does not say what the paper's figure shows; this is its claim of a higher accuracy in less time.
    PaperFigure(
        "1",
        "Test performance against training time",
        "accurate",
        partial(one_panel_per_study, make=best_against_time),
        "Best test {metric} over the epochs of every run and the training time to the first epoch that had it. The "
        "best epoch is picked on the test set, which flatters every method.",
    ),
    PaperFigure(
        "2a",
        "Norm of the batch gradient along training",
        "tasks",
        partial(focus_against_step, quantity="gradient_norm"),
        "Norm of the batch gradient of {method}{means}; {seeds}.",
        method=FOCUS,
    ),
    PaperFigure(
        "2b",
        "Applied learning rate along training",
        "tasks",
        partial(focus_against_step, quantity="lr"),
        "Applied learning rate of {method}{means}; {seeds}.",
        method=FOCUS,
    ),
    PaperFigure(
        "3a",
        "Sharpness against constant learning rate",
        "constant learning rates",
        partial(runs_against_setting, quantity="lambda_max", xlabel=_CONSTANT),
        "Top Hessian eigenvalue of the training loss at the end point of SGD with a constant learning rate; {seeds}.",
    ),
    PaperFigure(
        "3b",
        "Test performance against constant learning rate",
        "constant learning rates",
        partial(runs_against_setting, quantity="test_{metric}", xlabel=_CONSTANT, relative=True),
        "Test {metric} after the last epoch of SGD with a constant learning rate, over that of the seed's best "
        "learning rate; {seeds}.",
    ),
    # The text does not say what the paper's figure shows; this is what it blames the fall of 3b at large rates on.
    PaperFigure(
        "3c",
        "Training loss against constant learning rate",
        "constant learning rates",
        partial(runs_against_setting, quantity="train_loss", xlabel=_CONSTANT),
        "Training loss after the last epoch of SGD with a constant learning rate; {seeds}.",
    ),
    PaperFigure(
        "3a_adaptive_sharpness",
        "Adaptive sharpness against constant learning rate",
        "constant learning rates",
        partial(runs_against_setting, quantity="adaptive_sharpness", xlabel=_CONSTANT),
        "Average rise of the training loss under noise proportional to each weight, which no rescaling of the weights "
        "changes, at the end point of SGD with a constant learning rate; {seeds}.",
        origin=_NOT_THERE,
    ),
    PaperFigure(
        "3a_edge_of_stability",
        "Edge of stability against constant learning rate",
        "constant learning rates",
        partial(edge_against_rate, xlabel=_CONSTANT),
        "Learning rate times top Hessian eigenvalue over 2 at the end point of SGD with a constant learning rate; at 1 "
        "a step of gradient descent on the whole training set is at the edge of stability; {seeds}.",
        origin=_NOT_THERE,
    ),
    PaperFigure(
        "3d",
        "Landscapes around the end points",
        "tasks",
        partial(one_panel_per_study, make=LineComparisonDisplay.from_study),
        "Training loss along a filter-normalised random direction, the same for all methods, through the end points; "
        "{seeds}.",
    ),
    PaperFigure(
        "3e",
        "Test performance against sharpness",
        "tasks",
        partial(one_panel_per_study, make=CorrelationDisplay.from_study),
        "Test performance against the top Hessian eigenvalue of the training loss at the end point of every run. "
        "Spearman's rho over methods (mean ranks within seeds), p under permutations of the methods, and rho given the "
        "training loss.",
    ),
    PaperFigure(
        "3f",
        "Learning rates along training",
        "most methods",
        methods_against_step,
        "Learning rate applied by every method{means}; {seeds}. Methods that have no learning rate of their own show "
        "the factor on their step.",
    ),
    PaperFigure(
        "3g",
        "Learning rate along training for several base learning rates",
        "learning rates",
        partial(rates_per_setting, setting="base learning rates", symbol=r"$\eta_0$"),
        "Learning rate applied by {method} for several base learning rates{means}; {seeds}.",
        method="zenith",
    ),
    PaperFigure(
        "3h",
        "Sensitivity to the base learning rate",
        "learning rates",
        partial(runs_against_setting, quantity="test_{metric}", xlabel=r"base learning rate $\eta_0$"),
        "Test {metric} of {method} after the last epoch against its base learning rate; {seeds}.",
        method="zenith",
    ),
    # The text does not say what the paper's figure shows; this is the course behind the numbers of its table 3.
    PaperFigure(
        "4",
        "Test performance along training",
        "accurate",
        partial(one_panel_per_study, make=TimedDisplay.from_study),
        _OVER_TIME,
    ),
    # The text does not say what the paper's figure shows; this is the course behind the numbers of its table 5, for
    # studies whose metric is the mAP50 of boxes, masks or keypoints.
    PaperFigure(
        "5",
        "Test performance along training",
        "others",
        partial(one_panel_per_study, make=TimedDisplay.from_study, accuracy=False),
        _OVER_TIME,
    ),
    PaperFigure(
        "6",
        "The window",
        "windows",
        partial(rates_and_ends, setting="windows W", symbol="$W$", xlabel="window $W$ (steps)"),
        "Learning rate applied by {method} for several windows W{means}, and the test {metric} after the last epoch; "
        "{seeds_of_last}.",
        method="zenith",
    ),
)

FIGURES = {figure.number: figure for figure in _ROWS}
"""The paper's figures by number."""


def __getattr__(name: str) -> PaperFigure:
    figures = {figure.name: figure for figure in _ROWS}
    if name not in figures:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return figures[name]
