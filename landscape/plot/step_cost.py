"""Cost of a training step of each method over plain SGD: time with its spread, and memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.transforms import blended_transform_factory
from numpy.typing import ArrayLike

from landscape.plot._base import Display, check_methods, plain_log_ticks, stack
from landscape.plot._style import method_style
from landscape.plot.venues import styled


class CostDisplay(Display):
    """A dot and a bar per method on a log axis, the cheapest on top, with its memory at the right.

    Parameters
    ----------
    extra_time : array-like of shape (method,)
        Extra time of a step in per cent; what is not positive is drawn at the left end as an arrow.
    low, high : array-like of shape (method,)
        Ends of its spread.
    memory : array-like of shape (method,)
        Kept between steps, in copies of the weights.
    methods : sequence of str
        Names of the methods.
    xlabel : str
        What was timed.

    Raises
    ------
    ValueError
        If a shape is wrong or no time is positive.

    Examples
    --------
    >>> import landscape as ls
    >>> display = ls.plot.CostDisplay([0.9, 65.0], [0.5, 60.0], [1.2, 70.0], [0, 1], ["zenith", "pal"]).plot()
    >>> display.memory_["pal"].get_text()
    '1'
    """

    def __init__(
        self,
        extra_time: ArrayLike,
        low: ArrayLike,
        high: ArrayLike,
        memory: ArrayLike,
        methods: Sequence[str],
        *,
        xlabel: str = "extra time of a step over SGD (%)",
    ) -> None:
        names = check_methods(methods)
        arrays = {"extra_time": extra_time, "low": low, "high": high, "memory": memory}
        checked = {name: stack(values, name, ("method",), (len(names),)) for name, values in arrays.items()}
        if not (checked["extra_time"] > 0).any():
            raise ValueError("extra_time is nowhere positive; there is nothing to draw on a log axis.")
        order = np.argsort(checked["extra_time"], kind="stable")
        self.methods = [names[i] for i in order]
        self.extra_time, self.low, self.high, self.memory = (checked[name][order] for name in arrays)
        self.xlabel = xlabel

    def to_dataset(self) -> xr.Dataset:
        """Store the costs in a dataset over the methods, from which `from_dataset` restores the display."""
        arrays = {"extra_time": self.extra_time, "low": self.low, "high": self.high, "kept_memory": self.memory}
        return xr.Dataset(
            {name: ("optimizer", values) for name, values in arrays.items()},
            coords={"optimizer": self.methods},
            attrs={"drawn_by": "costs", "xlabel": self.xlabel},
        )

    @classmethod
    def from_dataset(cls, data: xr.Dataset) -> Self:
        """Restore the display from a dataset made by `to_dataset`; other variables are ignored."""
        options = {"xlabel": str(data.attrs["xlabel"])} if "xlabel" in data.attrs else {}
        methods = [str(name) for name in data["optimizer"].values]
        return cls(data["extra_time"], data["low"], data["high"], data["kept_memory"], methods, **options)

    @styled
    def plot(self, ax: Axes | None = None) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; a one-column figure by default.

        Returns
        -------
        self
            With `figure_`, `ax_` and, by method, `points_`, `bars_` and `memory_`.
        """
        count = len(self.methods)
        self._take_axes(ax, 0.65 + 0.115 * count, scaled=False)
        positive = self.extra_time[self.extra_time > 0]
        end = float(positive.min()) / 1.5
        self.ax_.set_xscale("log")
        right_of_row = blended_transform_factory(self.ax_.transAxes, self.ax_.transData)
        self.points_: dict[str, Line2D] = {}
        self.bars_: dict[str, Line2D] = {}
        self.memory_: dict[str, Text] = {}
        zenith = method_style(["zenith"])["zenith"].color
        for row, name in enumerate(self.methods):
            color = zenith if name.startswith("zenith") else "0.25"
            value = self.extra_time[row]
            (self.bars_[name],) = self.ax_.plot(
                np.maximum([self.low[row], self.high[row]], end), [row, row], color=color, linewidth=1.2, zorder=2
            )
            (self.points_[name],) = self.ax_.plot(
                [max(value, end)], [row], color=color, marker="o" if value > 0 else "<", markersize=3.0, zorder=3
            )
            self.memory_[name] = self.ax_.text(
                1.12, row, f"{self.memory[row]:.3g}", transform=right_of_row, va="center", ha="right", fontsize=6.0
            )
            self.ax_.axhline(row, color="0.9", linewidth=0.4, zorder=0)
        self.header_ = self.ax_.text(
            1.12, 1.0, "copies\nkept", transform=self.ax_.transAxes, va="bottom", ha="right", fontsize=6.0
        )
        drawn = np.concatenate([np.maximum(self.low, end), self.high, positive])
        self.ax_.set_xlim(end / 1.15, 1.15 * float(drawn.max()))
        plain_log_ticks(self.ax_.xaxis, end, float(drawn.max()))
        self.ax_.set_yticks(np.arange(count), self.methods, fontsize=6.0)
        self.ax_.set_ylim(count - 0.4, -0.6)
        self.ax_.tick_params(axis="y", length=0.0)
        self.ax_.set_xlabel(self.xlabel)
        return self
