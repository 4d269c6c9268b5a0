"""Trajectories on a plane of the loss, in one panel for each method."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Self

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colorbar import Colorbar
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, NullLocator

from landscape.plot._base import axes_figure, note_characters, panel_grid, wrap_label
from landscape.plot._trajectories import MISSING, draw_trajectories, trajectory_handles
from landscape.plot.plane import PlaneDisplay
from landscape.plot.venues import styled


class TrajectoriesDisplay(PlaneDisplay):
    """One panel for each trajectory on a plane of the loss: its own path in colour, those of the others thin below it.

    Runs that share weights and batches take nearly the same path: in one panel (`PlaneDisplay`) they hide one another.

    Parameters
    ----------
    plane, trajectories, explained_variance, off_plane, losses, orthonormal, variable, label, xlabel, ylabel, scale
        As for `PlaneDisplay`; there is a trajectory at least.

    Raises
    ------
    ValueError
        As of `PlaneDisplay`, and if no trajectory has a finite point.

    Examples
    --------
    >>> directions = ls.random_direction(loss, seed=0), ls.random_direction(loss, seed=1)
    >>> paths = {"sgd": [[0.0, 0.0], [0.5, 0.4]], "adam": [[0.0, 0.0], [0.4, 0.5]]}
    >>> display = ls.plot.TrajectoriesDisplay(ls.plane(loss, directions), trajectories=paths).plot()
    >>> [ax.get_title(loc="left") for ax in display.axes_]
    ['sgd', 'adam']
    """

    @styled
    def plot(self, axes: Sequence[Axes] | None = None, *, legend: bool = True) -> Self:  # type: ignore[override]
        """Draw.

        Parameters
        ----------
        axes : sequence of matplotlib Axes, optional
            One for each trajectory; a one-column figure by default.
        legend : bool
            Whether a legend above the panels says what start and checkpoints look like.

        Returns
        -------
        self
            With `figure_`, `axes_`, by method `paths_`, `starts_`, `ends_`, `dots_`, `others_`, and `colorbar_`
            and `legend_`, None where there is none. The legend's title says what the plane hides.
        """
        names = [name for name, path in self.trajectories.items() if np.isfinite(path).all(axis=1).any()]
        if not names:
            raise ValueError("no trajectory has a finite point: draw the plane alone, with PlaneDisplay.")
        shape = float(np.ptp(self.beta) / np.ptp(self.alpha)) if self.orthonormal else 0.8
        self.axes_ = panel_grid(len(names), shape) if axes is None else list(axes)
        if len(self.axes_) != len(names):
            raise ValueError(f"{len(self.axes_)} axes were given for {len(names)} trajectories: pass one for each.")
        self.figure_ = axes_figure(self.axes_[0])
        self.paths_, self.starts_, self.ends_, self.dots_ = {}, {}, {}, {}
        self.others_: dict[str, list[Line2D]] = {}
        for name, ax in zip(names, self.axes_, strict=True):
            self._draw_panel(ax, name)
        self._draw_words()
        self.colorbar_: Colorbar | None = self._draw_shared_colorbar() if self.known else None
        self.legend_: Legend | None = None
        note = textwrap.fill(self._note(), note_characters())
        if legend:
            self.legend_ = self.figure_.legend(
                handles=trajectory_handles([], losses=bool(self.losses), missing=bool(self.missing.any()), start=True),
                loc="outside upper center",
                ncols=3,
                borderaxespad=0.2,
                title=note or None,
                title_fontsize=6.0,
                alignment="left",
                handlelength=1.0,
            )
        return self

    def _draw_panel(self, ax: Axes, name: str) -> None:
        self.ax_ = ax
        if self.missing.any():
            ax.patch.set(**MISSING)
        self._draw_field()
        if self.filled_ is not None:
            self.filled_.set_rasterized(True)  # the same bands in every panel would be most of the file
        self.others_[name] = [
            ax.plot(path[:, 0], path[:, 1], color="0.8", linewidth=0.5, zorder=2.4)[0]
            for other, path in self.trajectories.items()
            if other != name
        ]
        losses = {name: self.losses[name]} if name in self.losses else {}
        drawn = draw_trajectories(ax, self.trajectories, losses, self._norm, only=name)
        for kept, new in zip((self.paths_, self.starts_, self.ends_, self.dots_), drawn, strict=True):
            kept.update(new)  # type: ignore[attr-defined]
        ax.set_xlim(self.alpha.min(), self.alpha.max())
        ax.set_ylim(self.beta.min(), self.beta.max())
        if self.orthonormal:
            ax.set_aspect("equal")
        ax.set_title(name, loc="left", fontsize=6.5, pad=2.5)

    def _draw_words(self) -> None:
        """Name the directions, once for all panels."""
        explained = self.explained_variance
        parts = ("", "") if explained is None else [f", {100 * part:.0f} % of variance" for part in explained]
        self.figure_.supxlabel(self.xlabel + parts[0], fontsize=7.0)
        self.figure_.supylabel(self.ylabel + parts[1], fontsize=7.0)

    def _draw_shared_colorbar(self) -> Colorbar:
        colours = self.filled_ or ScalarMappable(self._norm, "viridis")
        extend = "max" if self.capped else "neither"
        bar = self.figure_.colorbar(colours, ax=self.axes_, extend=extend, aspect=30, fraction=0.04, pad=0.02)
        bar.outline.set_linewidth(0.4)
        bar.set_ticks(list(self.line_levels))
        bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.3g}"))
        bar.ax.yaxis.set_minor_locator(NullLocator())
        bar.set_label(wrap_label(self.label, 0.8 * self.figure_.get_figheight()))
        return bar
