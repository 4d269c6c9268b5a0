"""Contours of the loss on a plane, with trajectories."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import xarray as xr
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import PathCollection
from matplotlib.colorbar import Colorbar
from matplotlib.colors import LogNorm, Normalize
from matplotlib.contour import QuadContourSet
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter, NullLocator
from numpy.typing import ArrayLike, NDArray

from landscape.plot._annotations import ceiling_of, hidden_notes, label_of, measured_notes
from landscape.plot._base import (
    Display,
    FloatArray,
    Scale,
    check_choice,
    legend_above,
    note_characters,
    stack,
    wrap_label,
)
from landscape.plot._contour_levels import filled, levels_of
from landscape.plot._study_data import StudyLike, group_of
from landscape.plot._trajectories import MISSING, draw_trajectories, trajectory_handles
from landscape.plot.venues import page_width, styled

LABEL_ROOM = 0.65  # of a contour label's size, from its middle to the edge: half of it, and what the layout changes
_BESIDE = 1.2  # inches that labels and a colour bar leave a plane of one column beside them
LABEL_CLEARANCE = 11.0  # points between the middles of a contour label and an end marker


class PlaneDisplay(Display):
    """Contours of the loss over a plane; cells that are not finite are hatched, never interpolated.

    A finite value between such cells, which no contour reaches, is a square. The colour bar names values that occur
    alone: the one of a flat plane, and there is none where neither a cell nor a checkpoint has a finite loss.

    Parameters
    ----------
    plane : xarray Dataset
        With dimensions alpha and beta, their coordinates, and `variable`, as `landscape.plane` returns it.
    trajectories : mapping of str to array-like of shape (checkpoint, 2), optional
        (alpha, beta) of the checkpoints of a run by method; start and end are marked. Those that are not finite, or
        outside the grid, are counted above the axes.
    explained_variance : array-like of shape (2,), optional
        Fraction of the trajectories' variance along each direction, for the axis labels.
    off_plane : mapping of str to array-like of shape (checkpoint,), optional
        Distance of the checkpoints from the plane, by method; the largest is stated above the axes, of two methods
        each.
    losses : mapping of str to array-like of shape (checkpoint,), optional
        True loss of the checkpoints, by method: each becomes a dot in its colour, so that a dot that stands out is one
        whose loss the plane does not show. What is not finite has no dot.
    orthonormal : bool
        Whether the directions are, so that distances are true and the aspect is equal.
    variable : str
        Variable of `plane` to draw.
    label : str, optional
        Of the colour bar, with unit. Default: what the variable says of itself ("long_name" and "units", which
        `landscape.plane` takes from the objective's criterion), else its name.
    xlabel, ylabel : str
        Names of the directions.
    scale : {"log", "linear"}
        Of the levels; with "log" what is not positive is masked.
    ceiling : float, optional
        Top of the colours; what lies above has the last one, and the colour bar a pointed end. Default: the one that
        the plane was evaluated with (`landscape.plane`), else the largest value.
    evaluated : bool
        Mark the points that `landscape.adaptive_plane` evaluated; those between them are interpolated.

    Raises
    ------
    ValueError
        If the dataset lacks the variable, its dimensions, or the points of `evaluated`, a shape or option is wrong, no
        value lies below the ceiling, or nothing is left to draw: no finite cell, and no trajectory.

    Examples
    --------
    >>> directions = ls.random_direction(loss, seed=0), ls.random_direction(loss, seed=1)
    >>> display = ls.plot.PlaneDisplay(ls.plane(loss, directions)).plot()
    >>> display.ax_.get_xlabel().split()[1:]
    ['(direction', '1)']
    """

    def __init__(
        self,
        plane: xr.Dataset,
        *,
        trajectories: Mapping[str, ArrayLike] | None = None,
        explained_variance: ArrayLike | None = None,
        off_plane: Mapping[str, ArrayLike] | None = None,
        losses: Mapping[str, ArrayLike] | None = None,
        orthonormal: bool = False,
        variable: str = "loss",
        label: str | None = None,
        xlabel: str = r"$\alpha$ (direction 1)",
        ylabel: str = r"$\beta$ (direction 2)",
        scale: Scale = "log",
        ceiling: float | None = None,
        evaluated: bool = False,
    ) -> None:
        check_choice(scale, "scale", ("log", "linear"))
        if variable not in plane or set(plane[variable].dims) != {"alpha", "beta"}:
            there = [str(name) for name, values in plane.data_vars.items() if set(values.dims) == {"alpha", "beta"}]
            fix = f"draw one of {', '.join(there)} by variable=" if there else "select one plane first"
            raise ValueError(f"the dataset has no variable {variable!r} over (alpha, beta); {fix}.")
        grid = plane[variable].transpose("beta", "alpha")
        self.alpha = np.asarray(grid["alpha"], dtype=np.float64)
        self.beta = np.asarray(grid["beta"], dtype=np.float64)
        if (np.diff(self.alpha) <= 0).any() or (np.diff(self.beta) <= 0).any():
            raise ValueError('alpha and beta must increase: sort the plane first, plane.sortby(["alpha", "beta"]).')
        values = np.asarray(grid, dtype=np.float64)
        self.missing = ~np.isfinite(values) | ((values <= 0.0) & (scale == "log"))
        self.values = np.ma.masked_array(values, self.missing)
        if min(values.shape) < 2 or (self.missing.all() and not trajectories):
            raise ValueError(
                f"the plane of shape {values.shape} has no finite cell to draw or is not 2-D; widen the grid."
            )
        self.alone = ~self.missing & ~filled(~self.missing)
        self.capped = False
        self.trajectories = {
            name: stack(path, f"the trajectory of {name}", ("checkpoint", "2"), (None, 2))
            for name, path in (trajectories or {}).items()
        }
        self.off_plane = {name: np.asarray(d, dtype=np.float64) for name, d in (off_plane or {}).items()}
        self.losses: dict[str, FloatArray] = {}
        for name, row in (losses or {}).items():
            if name not in self.trajectories:
                raise ValueError(
                    f"losses has {name!r}, which has no trajectory; name one of {list(self.trajectories)}."
                )
            self.losses[name] = stack(row, f"the losses of {name}", ("checkpoint",), (len(self.trajectories[name]),))
        self.explained_variance: FloatArray | None = None
        if explained_variance is not None:
            self.explained_variance = stack(explained_variance, "explained_variance", ("direction",), (2,))
        if evaluated and "evaluated" not in plane:
            raise ValueError("the dataset has no variable 'evaluated', as `adaptive_plane` returns it: leave it out.")
        self.evaluated = plane["evaluated"].transpose("alpha", "beta").values.astype(bool) if evaluated else None
        named = label_of(plane[variable], variable.replace("_", " "))
        self.orthonormal, self.label, self.scale = orthonormal, named if label is None else label, scale
        self.notes = measured_notes(plane)
        self.xlabel, self.ylabel = xlabel, ylabel
        known = self._known()
        self.known = known.size > 0
        low, high = (float(known.min()), float(known.max())) if self.known else (1.0, 10.0)  # colours of nothing
        self.ceiling = ceiling_of(plane) if ceiling is None and variable == "loss" else ceiling
        if self.ceiling is not None and self.known:
            if not low < self.ceiling:
                raise ValueError(
                    f"ceiling = {self.ceiling:g} is not above the least value, {low:g}; give a larger one."
                )
            if self.ceiling < high:
                high = float(self.ceiling)
                # Contours below then do not depend on how far above it the others lie.
                self.values = np.ma.minimum(self.values, high)
                self.capped = True
        self.fill_levels, self.line_levels = levels_of(low, high, scale)
        self._norm = (LogNorm if scale == "log" else Normalize)(self.fill_levels[0], self.fill_levels[-1])

    @classmethod
    def from_study(cls, study: StudyLike, *, seed: int | None = None, **options: Any) -> Self:
        """Draw the plane of a study's principal components with the trajectories of one seed.

        Parameters
        ----------
        study : Study
            Finished.
        seed : int, optional
            Whose plane; the first there is by default.
        **options
            As for the class, such as ``variable``, ``label`` and ``scale``.

        Raises
        ------
        ValueError
            If the study has no plane, or none of that seed.
        """
        planes = sorted(
            int(group[len("/planes/seed") :].split("/")[0])
            for group in study.tree.groups
            if group.startswith("/planes/seed") and group.endswith("/plane")
        )
        if not planes or (seed is not None and seed not in planes):
            raise ValueError(
                f"the study has no plane{'' if seed is None else f' of seed {seed}'}; it has those of seeds "
                f"{', '.join(map(str, planes)) or 'none'} (measure.plane_seeds of its spec)."
            )
        group = f"planes/seed{planes[0] if seed is None else seed}"
        surface, marks = group_of(study, f"{group}/plane"), group_of(study, f"{group}/trajectories")
        names = marks["optimizer"].values
        by_method = {str(name): names == name for name in dict.fromkeys(names.tolist())}
        points = np.stack((marks["alpha"].values, marks["beta"].values), axis=1)
        given: dict[str, Any] = {
            "trajectories": {name: points[rows] for name, rows in by_method.items()},
            "off_plane": {name: marks["off_plane"].values[rows] for name, rows in by_method.items()},
            "losses": {name: marks["loss"].values[rows] for name, rows in by_method.items()},
            "explained_variance": surface.attrs["explained_variance"],
            "orthonormal": True,
            "label": f"training {study.tree.attrs['loss_label']}",
            "xlabel": "PC 1",
            "ylabel": "PC 2",
        }
        if options.get("variable", "loss") != "loss":
            del given["losses"]  # their colours are those of the loss
        return cls(surface, **(given | options))

    @styled
    def plot(self, ax: Axes | None = None, *, legend: bool = True) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; a one-column figure by default.
        legend : bool
            Whether to place a legend of the trajectories above the axes.

        Returns
        -------
        self
            With `figure_`, `ax_`, `labels_`, by method `paths_`, `starts_`, `ends_`, `dots_` and, None where there is
            none, `filled_`, `contours_`, `alone_`, `colorbar_`, `points_`, `note_`, `legend_`.
        """
        owned = self._take_axes(ax, self._height(), scaled=False)
        if self.missing.any():
            self.ax_.patch.set(**MISSING)
        self._draw_field()
        self._draw_labels()
        self.colorbar_: Colorbar | None = self._draw_colorbar(owned and self._is_flat()) if self.known else None
        self.paths_, self.starts_, self.ends_, self.dots_ = draw_trajectories(
            self.ax_, self.trajectories, self.losses, self._norm
        )
        self.points_: Line2D | None = None if self.evaluated is None else self._draw_points(self.evaluated)
        self.ax_.set_xlim(self.alpha.min(), self.alpha.max())
        self.ax_.set_ylim(self.beta.min(), self.beta.max())
        if self.orthonormal:
            self.ax_.set_aspect("equal")
        self._remove_cut_labels()
        parts = (
            ("", "")
            if self.explained_variance is None
            else [f", {100 * part:.0f} % of variance" for part in self.explained_variance]
        )
        self.ax_.set_xlabel(self.xlabel + parts[0])
        self.ax_.set_ylabel(wrap_label(self.ylabel + parts[1], self._inches()))
        self.note_: Text | None = None
        if note := self._note():
            self.note_ = self.ax_.set_title(textwrap.fill(note, note_characters()), loc="left", fontsize=6.0)
        self.legend_: Legend | None = None
        handles = self._handles()
        if legend and handles:
            self.legend_ = legend_above(self.ax_, handles, owned=owned)
        return self

    def _known(self) -> FloatArray:
        """All values that need a colour: of the plane, and of the checkpoints' own losses."""
        dots = np.concatenate([np.empty(0), *self.losses.values()])
        dots = dots[np.isfinite(dots) & ((dots > 0) | (self.scale == "linear"))]
        return np.concatenate([self.values.compressed(), dots])

    def _note(self) -> str:
        """Note above the plane: unusual ways of measuring it, and what it hides of the trajectories."""
        points = np.concatenate([np.empty((0, 2)), *self.trajectories.values()])
        low, high = (self.alpha.min(), self.beta.min()), (self.alpha.max(), self.beta.max())
        return "; ".join([*self.notes, *hidden_notes(self.off_plane, points, low, high)])

    def _inches(self) -> float:
        """Height of the axes once their aspect is applied, before the layout refines it."""
        box = self.ax_.get_window_extent()
        shape = float(np.ptp(self.beta) / np.ptp(self.alpha))
        return (min(box.height, box.width * shape) if self.orthonormal else box.height) / self.figure_.dpi

    def _height(self) -> float:
        """Height in inches at which axes of equal aspect fill a one-column figure, with a legend of three columns."""
        shape = float(np.ptp(self.beta) / np.ptp(self.alpha)) if self.orthonormal else 0.97
        rows = -(-len(self._handles()) // 3)
        above = 0.14 * rows + (0.15 if self.off_plane or self.notes else 0.05)
        if self._is_flat():
            return 0.86 + (page_width() - 0.6) * shape + above
        return 0.45 + (page_width() - _BESIDE) * min(max(shape, 0.4), 1.5) + above

    def _is_flat(self) -> bool:
        """Whether the label of a colour bar beside a figure's plane would be longer than that is high."""
        if not self.orthonormal or not self.known:
            return False
        height = (page_width() - _BESIDE) * float(np.ptp(self.beta) / np.ptp(self.alpha))
        return any(len(line) * 0.55 * 7.0 / 72 > height for line in wrap_label(self.label, height).split("\n"))

    def _draw_field(self) -> None:
        """Fill the plane, draw contours where it is not flat, and squares where no contour reaches."""
        self.filled_: QuadContourSet | None = None
        self.contours_: QuadContourSet | None = None
        self.alone_: PathCollection | None = None
        if (~self.missing & ~self.alone).any():
            self.filled_ = self.ax_.contourf(
                self.alpha,
                self.beta,
                self.values,
                levels=self.fill_levels,
                cmap="viridis",
                norm=self._norm,
                extend="max" if self.capped else "neither",
            )
            self.filled_.set_edgecolor("face")  # closes the hairlines some PDF viewers show between bands
            self.filled_.set_linewidth(0.2)
            low, high = self.values.min(), self.values.max()
            if ((low < self.line_levels) & (self.line_levels < high)).any():
                self.contours_ = self.ax_.contour(
                    self.alpha, self.beta, self.values, levels=self.line_levels, colors="white", linewidths=0.4
                )
        if self.alone.any():
            rows, columns = np.nonzero(self.alone)
            self.alone_ = self.ax_.scatter(
                self.alpha[columns],
                self.beta[rows],
                c=self.values[rows, columns],
                cmap="viridis",
                norm=self._norm,
                marker="s",
                s=9.0,
                linewidths=0.0,
                zorder=2.0,
            )

    def _draw_labels(self) -> None:
        """Label the contours, except where a start or end marker would lie on the label.

        The colour bar has every level.
        """
        self.labels_: list[Text] = []
        if self.contours_ is None:
            return
        # Not inline: a label that goes would leave a hole in its line.
        drawn = self.ax_.clabel(self.contours_, fmt=lambda value: f"{value:.3g}", fontsize=5.5, inline=False)
        finite = (path[np.isfinite(path).all(axis=1)] for path in self.trajectories.values())
        marked = [point for path in finite if len(path) for point in (path[0], path[-1])]
        markers = self.ax_.transData.transform(np.asarray(marked).reshape(-1, 2))
        clearance = LABEL_CLEARANCE * self.figure_.dpi / 72
        for text in drawn:
            here = self.ax_.transData.transform(text.get_position())
            if (np.hypot(*(markers - here).T) < clearance).any():
                text.remove()
                continue
            text.set_path_effects([withStroke(linewidth=1.2, foreground="0.2")])
            self.labels_.append(text)

    def _remove_cut_labels(self) -> None:
        """Remove the labels that the edge of the axes would cut."""
        self.ax_.apply_aspect()
        frame = self.ax_.bbox
        for text in tuple(self.labels_):
            box, (x, y) = text.get_window_extent(), self.ax_.transData.transform(text.get_position())
            across, up = LABEL_ROOM * box.width, LABEL_ROOM * box.height
            if not (frame.x0 + across < x < frame.x1 - across and frame.y0 + up < y < frame.y1 - up):
                text.remove()
                self.labels_.remove(text)

    def _draw_colorbar(self, below: bool) -> Colorbar:
        colours = self.filled_ or ScalarMappable(self._norm, "viridis")
        where: dict[str, Any] = (
            {"ax": self.ax_, "location": "bottom", "aspect": 40, "pad": 0.03}
            if below
            else {"cax": self.ax_.inset_axes((1.03, 0.0, 0.04, 1.0))}  # as high as the axes, whatever the aspect
        )
        bar = self.figure_.colorbar(colours, extend="max" if self.capped else "neither", **where)
        bar.outline.set_linewidth(0.4)
        bar.set_ticks(list(self.line_levels))
        bar.long_axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.3g}"))
        bar.long_axis.set_minor_locator(NullLocator())
        bar.set_label(self.label if below else wrap_label(self.label, self._inches()))
        return bar

    def _draw_points(self, evaluated: NDArray[np.bool_]) -> Line2D:
        columns, rows = np.nonzero(evaluated)
        (points,) = self.ax_.plot(
            self.alpha[columns], self.beta[rows], ".", color="white", markersize=1.4, markeredgewidth=0.0, alpha=0.8
        )
        points.set_zorder(2.2)
        return points

    def _handles(self) -> list[Artist]:
        return trajectory_handles(list(self.trajectories), losses=bool(self.losses), missing=bool(self.missing.any()))
