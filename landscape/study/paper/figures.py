"""The figures of ZENITH's paper (arXiv:2601.15212), drawn from any studies: a table.

Every entry is called with finished studies, by their name or by the value of the setting that differs between them, and
returns a `FigureSpec`: ``.draw().figure_``, or ``.save(folder, {})``. Figures 2, 3a, 3b, 3d to 3h and 6
show what the paper's text says of them; where it does not say what a figure shows, a comment says what is drawn here.
What a study lacks is named in one sentence, as a ValueError, before anything is drawn.
"""

from __future__ import annotations

from landscape.plot import CorrelationDisplay, LineDisplay, TimedDisplay
from landscape.study.paper.parts import (
    FOCUS,
    PaperFigure,
    best_against_time,
    focus_against_step,
    methods_against_step,
    one_panel_per_study,
    rates_and_ends,
    rates_per_setting,
    runs_against_setting,
    without_accuracy,
)

__all__ = [
    "figure_1",
    "figure_2a",
    "figure_2b",
    "figure_3a",
    "figure_3b",
    "figure_3c",
    "figure_3d",
    "figure_3e",
    "figure_3f",
    "figure_3g",
    "figure_3h",
    "figure_4",
    "figure_5",
    "figure_6",
]

_CONSTANT = "constant learning rate"
_BASE = r"base learning rate $\eta_0$"
_TIMED = "Test performance after every epoch against the training time until then, evaluations excluded; {seeds}."

# The text does not say what the paper's figure shows; this is its claim of a higher accuracy in less time.
figure_1 = PaperFigure(
    "1",
    "Test performance against training time",
    one_panel_per_study(best_against_time),
    "Best test {metric} over the epochs of every run and the training time to the first epoch that had it. The best "
    "epoch "
    "is picked on the test set, which flatters every method.",
)
figure_2a = PaperFigure(
    "2a",
    "Norm of the batch gradient along training",
    focus_against_step("gradient_norm"),
    "Norm of the batch gradient of {method}{means}; {seeds}.",
    method=FOCUS,
)
figure_2b = PaperFigure(
    "2b",
    "Applied learning rate along training",
    focus_against_step("lr"),
    "Applied learning rate of {method}{means}; {seeds}.",
    method=FOCUS,
)
figure_3a = PaperFigure(
    "3a",
    "Sharpness against constant learning rate",
    runs_against_setting("lambda_max", _CONSTANT),
    "Top Hessian eigenvalue of the training loss at the end point of SGD with a constant learning rate; {seeds}.",
)
figure_3b = PaperFigure(
    "3b",
    "Test performance against constant learning rate",
    runs_against_setting("test_{metric}", _CONSTANT, relative=True),
    "Test {metric} after the last epoch of SGD with a constant learning rate, over that of the seed's best learning "
    "rate; "
    "{seeds}.",
)
# The text does not say what the paper's figure shows; this is what it blames the fall of 3b at large rates on.
figure_3c = PaperFigure(
    "3c",
    "Training loss against constant learning rate",
    runs_against_setting("train_loss", _CONSTANT),
    "Training loss after the last epoch of SGD with a constant learning rate; {seeds}.",
)
figure_3d = PaperFigure(
    "3d",
    "Landscapes around the end points",
    one_panel_per_study(LineDisplay.from_study),
    "Training loss along a filter-normalised random direction, the same for all methods, through the end points; "
    "{seeds}.",
)
figure_3e = PaperFigure(
    "3e",
    "Test performance against sharpness",
    one_panel_per_study(CorrelationDisplay.from_study),
    "Test performance against the top Hessian eigenvalue of the training loss at the end point of every run. "
    "Spearman's rho "
    "over methods (mean ranks within seeds), p under permutations of the methods, and rho given the training loss.",
)
figure_3f = PaperFigure(
    "3f",
    "Learning rates along training",
    methods_against_step,
    "Learning rate applied by every method{means}; {seeds}. Methods that have no learning rate of their own show the "
    "factor "
    "on their step.",
)
figure_3g = PaperFigure(
    "3g",
    "Learning rate along training for several base learning rates",
    rates_per_setting("base learning rates", r"$\eta_0$"),
    "Learning rate applied by {method} for several base learning rates{means}; {seeds}.",
    method="zenith",
)
figure_3h = PaperFigure(
    "3h",
    "Sensitivity to the base learning rate",
    runs_against_setting("test_{metric}", _BASE),
    "Test {metric} of {method} after the last epoch against its base learning rate; {seeds}.",
    method="zenith",
)
# The text does not say what the paper's figure shows; this is the course behind the numbers of its table 3.
figure_4 = PaperFigure(
    "4",
    "Test performance along training",
    one_panel_per_study(TimedDisplay.from_study),
    _TIMED,
)
# The text does not say what the paper's figure shows; this is the course behind the numbers of its table 5, for studies
# whose metric is the mAP50 of boxes, masks or keypoints.
figure_5 = PaperFigure(
    "5",
    "Test performance along training",
    without_accuracy(one_panel_per_study(TimedDisplay.from_study)),
    _TIMED,
)
figure_6 = PaperFigure(
    "6",
    "The window",
    rates_and_ends("windows W", "$W$", "window $W$ (steps)"),
    "Learning rate applied by {method} for several windows W{means}, and the test {metric} after the last epoch; "
    "{seeds_of_last}.",
    method="zenith",
)
