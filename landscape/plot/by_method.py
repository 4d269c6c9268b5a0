"""Curves of many methods, in one panel for each: where one panel would hide most of them."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Self

from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from landscape.plot._base import Display, axes_figure, note_characters, panel_grid
from landscape.plot._median_band import CurveDisplay
from landscape.plot._style import method_style
from landscape.plot.eigenvalue_counts import EigenvalueCountDisplay
from landscape.plot.venues import styled

BAND_OPACITY = 0.3


class ByMethodDisplay(Display):
    """One panel for each method of another display: its line and band in colour, the lines of the others in grey.

    Parameters
    ----------
    display : TraceDisplay, LineComparisonDisplay or EigenvalueCountDisplay
        Whose scales and labels all panels have.

    Raises
    ------
    ValueError
        If the display is of another kind.

    Examples
    --------
    >>> losses = [[[2.3, 1.1, 0.6]], [[2.3, 1.6, 0.9]]]  # (method, seed, step)
    >>> traces = ls.plot.TraceDisplay([0, 1, 2], losses, ["zenith", "cosine"], ylabel="training loss (nats)")
    >>> [ax.get_title(loc="left") for ax in ls.plot.ByMethodDisplay(traces).plot().axes_]
    ['zenith', 'cosine']
    """

    def __init__(self, display: CurveDisplay | EigenvalueCountDisplay) -> None:
        if not isinstance(display, CurveDisplay | EigenvalueCountDisplay):
            raise ValueError(
                f"{type(display).__name__} has no curves by method: give a TraceDisplay, a LineComparisonDisplay or an "
                f"EigenvalueCountDisplay."
            )
        self.display = display

    @styled
    def plot(self, axes: Sequence[Axes] | None = None) -> Self:
        """Draw.

        Parameters
        ----------
        axes : sequence of matplotlib Axes, optional
            One for each method; a one-column figure by default.

        Returns
        -------
        self
            With `figure_`, `axes_` and, by method, `lines_`, `bands_` and `others_`.
        """
        methods = self.display.methods
        self.axes_ = panel_grid(len(methods), 0.62) if axes is None else list(axes)
        if len(self.axes_) != len(methods):
            raise ValueError(f"{len(self.axes_)} axes were given for {len(methods)} methods: pass one for each.")
        self.figure_ = axes_figure(self.axes_[0])
        self.lines_: dict[str, Line2D] = {}
        self.bands_: dict[str, PolyCollection] = {}
        self.others_: dict[str, list[Line2D]] = {}
        for row, ax in enumerate(self.axes_):
            self._draw_panel(row, ax)
        self.figure_.supxlabel(self.display.xlabel, fontsize=7.0)
        self.figure_.supylabel(self.display.ylabel, fontsize=7.0)
        if self.display.summary_:
            words = textwrap.fill(self.display.summary_.replace("\n", "; "), note_characters())
            self.figure_.suptitle(words, fontsize=6.0)
        return self

    def _draw_panel(self, row: int, ax: Axes) -> None:
        curves = self.display.curves()
        name = self.display.methods[row]
        style = method_style(self.display.methods)[name]
        self.display.set_scales(ax)
        if ax.get_xscale() == "linear":
            ax.xaxis.set_major_locator(MaxNLocator(nbins=3, steps=[1, 2, 5, 10]))
        self.others_[name] = [
            ax.plot(other.x, other.middle, color="0.75", linewidth=0.5, zorder=1.5)[0]
            for i, other in enumerate(curves)
            if i != row
        ]
        own = curves[row]
        if own.low is not None and own.high is not None:
            self.bands_[name] = ax.fill_between(
                own.x, own.low, own.high, color=style.color, alpha=BAND_OPACITY, linewidth=0.0, zorder=1.0
            )
        (self.lines_[name],) = ax.plot(own.x, own.middle, color=style.color, linewidth=1.1, zorder=3.0)
        ax.set_title(own.label, loc="left", fontsize=6.5, pad=2.5)
