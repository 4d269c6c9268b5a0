"""One slice with all quantities measured along it."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.text import Text
from numpy.typing import NDArray

from landscape.plot._annotations import ceiling_of, label_of, measured_notes
from landscape.plot._base import (
    Display,
    Scale,
    axes_figure,
    check_choice,
    handle,
    legend_above,
    new_figure,
    plain_log_ticks,
    several,
    wrap_label,
)
from landscape.plot._style import MethodStyle, method_style
from landscape.plot.venues import COLUMN_WIDTH, page_width, styled

BAND = "band: one standard error"
MISSING: dict[str, Any] = {"facecolor": "0.88", "edgecolor": "0.55", "hatch": "//////", "linewidth": 0.0}
NOTE_CHARACTERS = 62  # of a line above the axes of a one-column figure
_ALONE = MethodStyle("#332288", "o", (), markersize=3.0)
_ERRORS = ("loss_se", "loss_difference_se")


class LineDisplay(Display):
    """Loss and metrics along one line or path, of all objectives that were measured on it.

    Each quantity has a panel, the loss the upper one; the objectives share the panels. Where a loss is not finite the
    panels are hatched, not bridged. Standard errors of subsets are bands.

    Parameters
    ----------
    data : Dataset
        Over one dimension, as `landscape.line` returns it, or the `dataset` of an interpolation or a trained curve.
    quantities : sequence of str, optional
        Which to draw, "loss" among them or not. Default: all.
    labels : mapping of str to str, optional
        Axis labels of quantities, with their units. Default: what the data say of them ("long_name" and "units"), else
        their names.
    xlabel : str, optional
        Must name the direction and its normalisation. Default: the dimension.
    yscale : {"log", "linear"}
        Of the loss; "log" leaves gaps where it is not positive.

    Raises
    ------
    ValueError
        If the data have not one dimension, hold no such quantity, or no finite value of it.

    Examples
    --------
    >>> both = {"train": loss, "test": loss.subset(50)}
    >>> display = ls.plot.LineDisplay(ls.line(both, ls.random_direction(loss, seed=0))).plot()
    >>> list(display.lines_["loss"])
    ['train', 'test']
    """

    def __init__(
        self,
        data: xr.Dataset,
        *,
        quantities: Sequence[str] | None = None,
        labels: Mapping[str, str] | None = None,
        xlabel: str | None = None,
        yscale: Scale = "log",
    ) -> None:
        check_choice(yscale, "yscale", ("log", "linear"))
        if not isinstance(data, xr.Dataset):
            raise ValueError(
                f"data must be the dataset that landscape.line returns, got {type(data).__name__}: for arrays of "
                f"several methods use LineComparisonDisplay"
            )
        found = {str(name): row for name, row in data.data_vars.items() if row.ndim == 1 and row.dtype.kind in "fiub"}
        if len(data.dims) != 1 or not found:
            raise ValueError(f"the data have the dimensions {tuple(data.dims)}; select one line of them first.")
        (self.dimension,) = map(str, data.dims)
        prefixes = [name.removesuffix("_loss") for name in found if name.endswith("_loss")] or [""]
        self.values: dict[str, dict[str, NDArray[np.float64]]] = {}
        self.errors: dict[str, NDArray[np.float64]] = {}
        own: dict[str, list[str]] = {}  # what the quantities say of themselves
        for name, row in found.items():
            prefix = next((p for p in prefixes if p and name.startswith(f"{p}_")), "")
            quantity = name.removeprefix(f"{prefix}_") if prefix else name
            numbers = np.asarray(row, dtype=np.float64)
            own[quantity] = [*own.get(quantity, []), label_of(row, quantity).removeprefix(f"{prefix} ")]
            if quantity == "loss_se":
                self.errors[prefix] = numbers
            elif quantity not in (*_ERRORS, "samples"):
                self.values.setdefault(quantity, {})[prefix] = numbers
        losses = self.values.get("loss", {}).values()
        self.missing = ~np.all([np.isfinite(row) for row in losses], axis=0) if losses else np.zeros(len(row), bool)
        if quantities is not None:
            several(quantities, "quantities")
            if unknown := [name for name in quantities if name not in self.values]:
                raise ValueError(f"the data have no {unknown[0]!r}; name some of {list(self.values)}.")
            self.values = {name: self.values[name] for name in quantities}
        self.values = {n: self.values[n] for n in sorted(self.values, key=lambda n: n != "loss")}
        if not any(np.isfinite(row).any() for rows in self.values.values() for row in rows.values()):
            raise ValueError("the data hold no finite value; there is nothing to draw.")
        self.x = np.asarray(data[self.dimension], dtype=np.float64)
        self.order = np.argsort(self.x, kind="stable")
        shared = {quantity: texts[0] for quantity, texts in own.items() if len(set(texts)) == 1}
        self.labels, self.yscale = shared | dict(labels or {}), yscale
        self.xlabel = xlabel or {"alpha": r"$\alpha$", "t": "$t$"}.get(self.dimension, self.dimension)
        self.notes = measured_notes(data)
        if (ceiling := ceiling_of(data)) is not None:
            self.notes.append(f"losses above {ceiling:g} on fewer samples")

    @styled
    def plot(self, axes: Sequence[Axes] | None = None) -> Self:
        """Draw.

        Parameters
        ----------
        axes : sequence of matplotlib Axes, optional
            One a quantity, the loss first; a one-column figure by default.

        Returns
        -------
        self
            With `figure_`, `axes_`, `lines_` by quantity and objective, `bands_` by objective, `note_` and `legend_`.

        Raises
        ------
        ValueError
            If there is not one axes for each quantity.
        """
        owned, number = axes is None, len(self.values)
        if axes is None:
            figure = new_figure(1.5 + 0.75 * number)
            heights = [2.0 if quantity == "loss" else 1.0 for quantity in self.values]
            grid = figure.subplots(number, sharex=True, squeeze=False, gridspec_kw={"height_ratios": heights})
            axes = grid[:, 0].tolist()
        panels = list(axes)
        if len(panels) != number:
            raise ValueError(f"{len(panels)} axes were given for the {number} quantities {list(self.values)}.")
        self.axes_ = dict(zip(self.values, panels, strict=True))
        self.figure_ = axes_figure(panels[0])
        names = list(dict.fromkeys(name for rows in self.values.values() for name in rows))
        styles = method_style(names) if len(names) > 1 else {names[0]: _ALONE}
        self.lines_: dict[str, dict[str, Line2D]] = {quantity: {} for quantity in self.values}
        self.bands_: dict[str, PolyCollection] = {}
        for quantity, ax in self.axes_.items():
            self._draw(quantity, ax, styles)
        panels[-1].set_xlabel(self.xlabel)
        drawn = [
            *self.notes,
            *([BAND] if self.bands_ else []),
            *(["hatched: not finite"] if self.missing.any() else []),
        ]
        self.note_: Text | None = None
        if drawn:
            characters = round(NOTE_CHARACTERS * page_width() / COLUMN_WIDTH)
            self.note_ = panels[0].set_title(textwrap.fill("; ".join(drawn), characters), loc="left", fontsize=6.0)
        self.legend_: Legend | None = None
        if len(names) > 1:
            self.legend_ = legend_above(panels[0], [handle(styles[n], n) for n in names], owned=owned)
        return self

    def _draw(self, quantity: str, ax: Axes, styles: Mapping[str, MethodStyle]) -> None:
        x, every = self.x[self.order], max(1, self.x.size // 6)
        for row, (name, values) in enumerate(self.values[quantity].items()):
            y, style = np.where(np.isfinite(values), values, np.nan)[self.order], styles[name]
            if quantity == "loss" and name in self.errors:
                error = self.errors[name][self.order]
                self.bands_[name] = ax.fill_between(
                    x, y - error, y + error, color=style.color, alpha=0.2, linewidth=0.0
                )
            (self.lines_[quantity][name],) = ax.plot(
                x,
                y,
                color=style.color,
                linestyle=style.linestyle,
                linewidth=style.linewidth,
                marker=style.marker,
                markersize=style.markersize,
                markeredgewidth=0.0,
                label=name,
                markevery=(row * every // len(self.values[quantity]), every),
            )
        for start, end in _spans(x, self.missing[self.order]):
            ax.axvspan(start, end, zorder=0.5, **MISSING)
        if quantity == "loss" and self.yscale == "log":
            ax.set_yscale("log", nonpositive="mask")
            every_value = np.concatenate(list(self.values[quantity].values()))
            positive = every_value[np.isfinite(every_value) & (every_value > 0)]
            if positive.size:
                plain_log_ticks(ax.yaxis, float(positive.min()), float(positive.max()))
        ax.margins(x=0.01)
        height = ax.get_window_extent().height / self.figure_.dpi
        ax.set_ylabel(wrap_label(self.labels.get(quantity, quantity), 0.95 * height))


def _spans(x: NDArray[np.float64], missing: NDArray[np.bool_]) -> list[tuple[float, float]]:
    """Intervals around missing points, half way to their neighbours."""
    edges = np.concatenate([x[:1], (x[1:] + x[:-1]) / 2, x[-1:]])
    steps = np.diff(np.concatenate([[False], missing, [False]]).astype(int))
    return [(edges[a], edges[b]) for a, b in zip(np.flatnonzero(steps > 0), np.flatnonzero(steps < 0), strict=True)]
