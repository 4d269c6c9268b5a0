"""One value per run against the setting that a sweep varies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from matplotlib import rcParams
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator
from numpy.typing import ArrayLike

from landscape.plot._base import Scale, check_choice
from landscape.plot._median_band import Band, CurveDisplay, CurveScale
from landscape.plot._study_data import StudyLike, quantity_of
from landscape.plot._style import method_style

LETTER = 0.65  # of its size: the width of a digit
MARGIN = 0.04


class SweepDisplay(CurveDisplay):
    """Median and band over seeds against the setting, one line per method, with a dot for each run.

    Parameters
    ----------
    setting : array-like of shape (setting,)
        Ascending values of what is swept.
    values : array-like of shape (method, seed, setting)
        NaN where a run diverged.
    methods : sequence of str
        Names of the methods.
    xlabel, ylabel : str
        With units.
    xscale : {"log", "linear"}
        Of the setting.
    yscale : {"linear", "log", "symlog"}
        Of the values.
    band : {"quartiles", "range"}
        Band over seeds, stated in the legend's title.

    Raises
    ------
    ValueError
        If a shape or an option is wrong, there are fewer than two settings, or they do not ascend.

    Examples
    --------
    >>> import landscape as ls
    >>> display = ls.plot.SweepDisplay(
    ...     [0.01, 0.1], [[[9.0, 4.0]]], ["constant"], xlabel="learning rate", ylabel="sharpness"
    ... )
    >>> display.plot().lines_["constant"].get_ydata().tolist()
    [9.0, 4.0]
    """

    _counted_where = "at the worst setting"

    def __init__(
        self,
        setting: ArrayLike,
        values: ArrayLike,
        methods: Sequence[str],
        *,
        xlabel: str,
        ylabel: str,
        xscale: Scale = "log",
        yscale: CurveScale = "linear",
        band: Band = "range",
    ) -> None:
        check_choice(xscale, "xscale", ("log", "linear"))
        super().__init__(
            setting, values, methods, xlabel=xlabel, ylabel=ylabel, yscale=yscale, band=band, name="setting"
        )
        if self.x.size < 2 or not (np.diff(self.x) > 0).all():
            raise ValueError(f"setting = {self.x.tolist()} is no sweep; give at least two values in ascending order.")
        if xscale == "log" and self.x[0] <= 0:
            raise ValueError(f"setting = {self.x[0]:g} has no place on a log axis; pass xscale='linear'.")
        self.xscale = xscale
        self.num_finite = np.asarray(np.isfinite(self.values).sum(axis=1).min(axis=1))

    @classmethod
    def from_studies(
        cls, studies: Mapping[float, StudyLike], quantity: str = "lambda_max", *, xlabel: str, **options: Any
    ) -> Self:
        """Draw one quantity of studies that differ in one setting.

        Parameters
        ----------
        studies : mapping of float to Study
            By the value of the setting, such as ``{0.01: study, 0.1: study}``. Drawn are the methods and seeds all
            have.
        quantity : str
            A quantity that every run has one number of, such as "lambda_max" or "test_accuracy".
        xlabel : str
            Name of the setting.
        **options
            As for the class.

        Raises
        ------
        ValueError
            If a study lacks the quantity, or the studies share no method or seed.
        """
        found = [
            quantity_of(study, quantity, [q.name for q in study.analysis.per_run])
            for _, study in sorted(studies.items())
        ]
        if not found:
            raise ValueError("studies is empty; pass at least two studies by the value of the setting.")
        first = found[0].values
        shared = [
            name for name in first["optimizer"].values if all(name in q.values["optimizer"].values for q in found)
        ]
        seeds = [seed for seed in first["seed"].values if all(seed in q.values["seed"].values for q in found)]
        if not shared or not seeds:
            raise ValueError("the studies share no method or no seed; sweep the same methods and seeds in all of them.")
        values = [q.values.sel(optimizer=shared, seed=seeds).transpose("optimizer", "seed").values for q in found]
        defaults = {"ylabel": found[0].label, "yscale": "log" if found[0].transform == "log" else "linear"}
        return cls(
            sorted(studies), np.stack(values, axis=-1), list(map(str, shared)), xlabel=xlabel, **(defaults | options)
        )

    def _letter(self) -> float:
        """Return about how wide a letter of a tick label is, in shares of the settings' range."""
        size = FontProperties(size=rcParams["xtick.labelsize"]).get_size_in_points()
        width = 72.0 * self.figure_.get_figwidth() * self.ax_.get_position().width
        return float(LETTER * size * (1 + 2 * MARGIN) / width)

    def _draw(self) -> None:
        super()._draw()
        if self.xscale == "log":
            self.ax_.set_xscale("log")
        at = np.log(self.x) if self.xscale == "log" else self.x
        labelled = [0]
        # Labels are centred on their settings, so two of them need half of each one's width, and a letter's between.
        texts, letter = [f"{value:g}" for value in self.x], self._letter() * (at[-1] - at[0])
        for i in range(1, at.size):
            if at[i] - at[labelled[-1]] >= letter * (1 + (len(texts[i]) + len(texts[labelled[-1]])) / 2):
                labelled.append(i)
        self.ax_.xaxis.set_major_locator(FixedLocator(self.x[labelled].tolist()))
        self.ax_.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        self.ax_.xaxis.set_minor_locator(NullLocator())
        self.ax_.margins(x=MARGIN)
        self.points_: dict[str, Line2D] = {}
        for row, (name, style) in enumerate(method_style(self.methods).items()):
            self.lines_[name].set_markevery(1)
            (self.points_[name],) = self.ax_.plot(
                np.tile(self.x, self.num_seeds),
                self.values[row].ravel(),
                linestyle="none",
                marker=".",
                markersize=2.0,
                markeredgewidth=0.0,
                color=style.color,
                alpha=0.6,
                zorder=2.0,
            )
