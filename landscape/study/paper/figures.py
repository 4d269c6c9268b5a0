"""The figures of ZENITH's paper (arXiv:2601.15212), drawn from any studies.

Every function takes finished studies, by their name or by the value of the setting that differs between them, and returns a
draft: ``draft.draw().figure_``, or ``draft.save(folder, {})``. What the paper's text says of figures 2, 3a, 3b, 3d to 3h and
6 is what is drawn; where it does not say what a figure shows, the docstring says what is drawn here. What a study lacks is
said in one sentence, as a ValueError, before anything is drawn.
"""

from __future__ import annotations

import numpy as np

from landscape.plot import CorrelationDisplay, LineDisplay, SweepDisplay, TraceDisplay
from landscape.study.figure_specs import Draft
from landscape.study.paper.parts import (
    Studies,
    Sweep,
    best_and_time,
    constant_method,
    draft,
    expect_some,
    first_of,
    means_of,
    methods_of,
    metric_of,
    one_method,
    seeds_of,
    swept,
    timed,
    traced,
)
from landscape.study.store import Study

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

APART = 10.0  # learning rates that differ by more are drawn on a log axis


def figure_1(studies: Studies) -> Draft:
    """Best test metric of every run against the training time it took to it, one panel a study.

    The text does not say what the paper's figure 1 shows; this is its claim of a higher accuracy in less time.
    """
    panels = {}
    for name, study in expect_some(studies, "figure 1").items():
        best, seconds = best_and_time(study)
        panels[name] = CorrelationDisplay(
            seconds, best, methods_of(study), xlabel="training time to it (s)", ylabel=f"best test {metric_of(study)}"
        )
    return draft(
        "figure_1",
        "Test performance against training time",
        panels,
        f"Best test {metric_of(next(iter(studies.values())))} over the epochs of every run and the training time to the first "
        "epoch that had it. The best epoch is picked on the test set, which flatters every method.",
    )


def figure_2a(studies: Studies, method: str | None = None) -> Draft:
    """Gradient norm against iteration, of one method (the study's focus by default), one panel a study."""
    return one_method(studies, "2a", "gradient_norm", "Norm of the batch gradient", method)


def figure_2b(studies: Studies, method: str | None = None) -> Draft:
    """Applied learning rate against iteration, of one method (the study's focus by default), one panel a study."""
    return one_method(studies, "2b", "lr", "Applied learning rate", method)


def figure_3a(sweep: Sweep) -> Draft:
    """Top Hessian eigenvalue at the end point of SGD against its constant learning rate."""
    display = swept(sweep, "3a", "lambda_max", "constant learning rate", constant_method(sweep, "3a"))
    return draft(
        "figure_3a",
        "Sharpness against constant learning rate",
        {"": display},
        f"Top Hessian eigenvalue of the training loss at the end point of SGD with a constant learning rate; {seeds_of(display)}.",
    )


def figure_3b(sweep: Sweep) -> Draft:
    """Test metric of SGD against its constant learning rate, as a share of the best learning rate's, seed by seed."""
    study = first_of(sweep, "3b")
    absolute = swept(
        sweep, "3b", f"test_{study.tree.attrs['metric']}", "constant learning rate", constant_method(sweep, "3b")
    )
    best = np.nanmax(absolute.values, axis=-1, keepdims=True)
    relative = SweepDisplay(
        absolute.x,
        absolute.values / best,
        absolute.methods,
        xlabel=absolute.xlabel,
        ylabel=f"relative test {metric_of(study)}",
    )
    return draft(
        "figure_3b",
        "Test performance against constant learning rate",
        {"": relative},
        f"Test {metric_of(study)} after the last epoch of SGD with a constant learning rate, over that of the seed's best "
        f"learning rate; {seeds_of(relative)}.",
    )


def figure_3c(sweep: Sweep) -> Draft:
    """Training loss at the end point of SGD against its constant learning rate.

    The text does not say what the paper's figure 3c shows; this is what it blames the fall of 3b at large rates on.
    """
    display = swept(sweep, "3c", "train_loss", "constant learning rate", constant_method(sweep, "3c"))
    return draft(
        "figure_3c",
        "Training loss against constant learning rate",
        {"": display},
        f"Training loss after the last epoch of SGD with a constant learning rate; {seeds_of(display)}.",
    )


def figure_3d(studies: Studies) -> Draft:
    """Loss around the end points of all methods, along a filter-normalised random direction, one panel a study."""
    panels = {name: LineDisplay.from_study(study) for name, study in expect_some(studies, "figure 3d").items()}
    return draft(
        "figure_3d",
        "Landscapes around the end points",
        panels,
        "Training loss along a filter-normalised random direction, the same for all methods, through the end points; "
        f"{seeds_of(next(iter(panels.values())))}.",
    )


def figure_3e(studies: Studies) -> Draft:
    """Test metric against the top Hessian eigenvalue of every run, with the rank correlation, one panel a study."""
    panels = {name: CorrelationDisplay.from_study(study) for name, study in expect_some(studies, "figure 3e").items()}
    return draft(
        "figure_3e",
        "Test performance against sharpness",
        panels,
        "Test performance against the top Hessian eigenvalue of the training loss at the end point of every run. Spearman's "
        "rho over methods (mean ranks within seeds), p under permutations of the methods, and rho given the training loss.",
    )


def figure_3f(study: Study) -> Draft:
    """Applied learning rate of every method of a study against the step."""
    display = TraceDisplay.from_study(study, "lr")
    typical = np.nanmedian(np.where(display.values > 0, display.values, np.nan), axis=(1, 2))
    if np.nanmax(typical) > APART * np.nanmin(typical):
        display.yscale = "log"  # the methods' rates are of different size
    return draft(
        "figure_3f",
        "Learning rates along training",
        {"": display},
        f"Learning rate applied by every method{means_of(display)}; {seeds_of(display)}. Methods that have no "
        "learning rate of their own show the factor on their step.",
    )


def figure_3g(sweep: Sweep, method: str = "zenith") -> Draft:
    """Applied learning rate of one method for several base learning rates."""
    display = traced(sweep, "3g", method, "base learning rates", r"$\eta_0$")
    return draft(
        "figure_3g",
        "Learning rate along training for several base learning rates",
        {"": display},
        f"Learning rate applied by {method} for several base learning rates{means_of(display)}; {seeds_of(display)}.",
    )


def figure_3h(sweep: Sweep, method: str = "zenith") -> Draft:
    """Test metric after the last epoch against the base learning rate, of one method."""
    study = first_of(sweep, "3h")
    display = swept(sweep, "3h", f"test_{study.tree.attrs['metric']}", r"base learning rate $\eta_0$", method)
    return draft(
        "figure_3h",
        "Sensitivity to the base learning rate",
        {"": display},
        f"Test {metric_of(study)} of {method} after the last epoch against its base learning rate; {seeds_of(display)}.",
    )


def figure_4(studies: Studies) -> Draft:
    """Test metric against training time along training, all methods, one panel a study.

    The text does not say what the paper's figure 4 shows; this is the course behind the numbers of its table 3.
    """
    return timed(studies, "4")


def figure_5(studies: Studies) -> Draft:
    """Test metric against training time along training, as figure 4, for detection and other metrics than accuracy.

    The text does not say what the paper's figure 5 shows; this is the course behind the numbers of its table 5, for
    studies whose metric is the mAP50 of boxes, masks or keypoints.
    """
    accurate = [name for name, study in studies.items() if study.tree.attrs["metric"] == "accuracy"]
    if accurate or not studies:
        raise ValueError(
            "figure 5 needs studies with another metric than accuracy, such as COCO's mAP50; "
            f"{', '.join(accurate) or 'none'} given: draw figure 4 for those."
        )
    return timed(studies, "5")


def figure_6(sweep: Sweep, method: str = "zenith") -> Draft:
    """Applied learning rate for several windows W, and the test metric against W, of one method."""
    study = first_of(sweep, "6")
    traces = traced(sweep, "6", method, "windows W", "$W$")
    ends = swept(sweep, "6", f"test_{study.tree.attrs['metric']}", "window $W$ (steps)", method)
    return draft(
        "figure_6",
        "The window",
        {"learning rate for each window": traces, f"test {metric_of(study)}": ends},
        f"Learning rate applied by {method} for several windows W{means_of(traces)}, and the test "
        f"{metric_of(study)} after the last epoch; {seeds_of(ends)}.",
    )
