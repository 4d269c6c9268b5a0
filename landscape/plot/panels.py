"""Several displays side by side, such as one per task, under one legend."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any, Protocol, Self

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from landscape.plot._base import Display, axes_figure, legend_above, new_figure
from landscape.plot.venues import COLUMN_WIDTH, page_width, styled

TITLE_CHARACTERS = 50  # of a line of the legend's title on a page one column wide
NARROW = 4.5  # inches: a page narrower than this holds one column of panels


class Panel(Protocol):
    """A display on one pair of axes."""

    methods: list[str]

    def plot(self, ax: Axes | None = None, *, legend: bool = True) -> Any:
        """Draw on the axes."""

    def handles(self) -> list[Line2D]:
        """Legend entries."""


class PanelsDisplay(Display):
    """Several displays under one legend, up to three in a row on a wide page and one on a narrow one.

    Parameters
    ----------
    displays : sequence of displays
        Each on one pair of axes: `TraceDisplay`, `LineDisplay`, `SweepDisplay`, `TimedDisplay` or `CorrelationDisplay`.
        A method is drawn the same in all; a label that counts lost runs is that of the panel that says so.
    titles : sequence of str
        One a panel; empty for none.

    Raises
    ------
    ValueError
        If there is no display, or not one title for each.

    Examples
    --------
    >>> import landscape as ls
    >>> trace = ls.plot.TraceDisplay([0, 1, 2], [[[3.0, 2.0, 1.0]]], ["zenith"], ylabel="training loss (nats)")
    >>> with ls.plot.styled(width="full"):
    ...     panels = ls.plot.PanelsDisplay([trace, trace], ["MNIST", "CIFAR-10"]).plot()
    >>> len(panels.axes_)
    2
    """

    def __init__(self, displays: Sequence[Panel], titles: Sequence[str]) -> None:
        self.displays, self.titles = list(displays), list(titles)
        if not self.displays:
            raise ValueError("displays is empty; pass at least one display.")
        if len(self.titles) != len(self.displays):
            raise ValueError(
                f"{len(self.titles)} titles were given for {len(self.displays)} displays; pass one a display."
            )

    @styled
    def plot(self, axes: Sequence[Axes] | None = None) -> Self:
        """Draw.

        Parameters
        ----------
        axes : sequence of matplotlib Axes, optional
            One a display; a figure across the page by default.

        Returns
        -------
        self
            With `figure_`, `axes_`, `legend_`; the artists are in `displays`.
        """
        owned = axes is None
        count = len(self.displays)
        if axes is None:
            columns = min(count, 3 if page_width() > NARROW else 1)
            rows = -(-count // columns)
            figure = new_figure(0.65 + 1.75 * rows, scaled=False)
            grid = figure.subplots(rows, columns, squeeze=False).ravel()
            for spare in grid[count:]:
                spare.remove()
            axes = list(grid[:count])
        self.axes_ = list(axes)
        if len(self.axes_) != count:
            raise ValueError(f"{len(self.axes_)} axes were given for {count} displays; pass one a display.")
        self.figure_ = axes_figure(self.axes_[0])
        if count > 1 and owned:
            self.figure_.draw_without_rendering()  # the axes get their width, which labels are broken by
        for display, title, ax in zip(self.displays, self.titles, self.axes_, strict=True):
            display.plot(ax, legend=False)
            said = ax.get_title(loc="left")
            if title:
                ax.set_title(f"{title}\n{said}" if said else title, loc="left")
        self.legend_ = legend_above(self.axes_[0], self._handles(), owned=owned, title=self._summary())
        return self

    def _summary(self) -> str | None:
        """Meaning of lines and bands: one sentence for all panels, or one per panel where they differ."""
        told = [str(getattr(display, "summary_", "")) for display in self.displays]
        if len(set(told)) == 1:
            return told[0] or None
        names = [title or f"panel {place}" for place, title in enumerate(self.titles, 1)]
        rows = [(name, words.replace("\n", "; ")) for name, words in zip(names, told, strict=True) if words]
        characters = round(TITLE_CHARACTERS * page_width() / COLUMN_WIDTH)
        return "\n".join(textwrap.fill(f"{name}: {words}", characters) for name, words in rows)

    def _handles(self) -> list[Line2D]:
        entries: dict[str, Line2D] = {}
        for display in self.displays:
            for name, entry in zip(display.methods, display.handles(), strict=True):
                if name not in entries or len(str(entry.get_label())) > len(str(entries[name].get_label())):
                    entries[name] = entry
        return [entries[name] for name in dict.fromkeys(np.concatenate([d.methods for d in self.displays]).tolist())]
