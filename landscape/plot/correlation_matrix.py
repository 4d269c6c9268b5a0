"""Rank correlations between measures, as a table of coloured cells that can be read without the colours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.text import Text
from numpy.typing import ArrayLike

from landscape.plot._base import Display, stack
from landscape.plot.venues import styled

COLOURS = "PuOr_r"  # orange against violet: apart under every colour-vision deficiency, white at 0
DARK = 0.75  # |rho| beyond which a cell is dark enough for white text


class AgreementDisplay(Display):
    """Lower triangle of a correlation matrix, with the value in every cell.

    Parameters
    ----------
    rho : array-like of shape (measure, measure)
        Symmetric, in [-1, 1]; NaN where a measure is constant.
    names : sequence of str
        Of the measures.

    Raises
    ------
    ValueError
        If the shape is wrong, there are fewer than two measures, or a value is outside [-1, 1].

    Examples
    --------
    >>> import landscape as ls
    >>> display = ls.plot.AgreementDisplay([[1.0, 0.4], [0.4, 1.0]], ["top eigenvalue", "test error"]).plot()
    >>> display.values_["test error", "top eigenvalue"].get_text()
    '0.40'
    """

    def __init__(self, rho: ArrayLike, names: Sequence[str]) -> None:
        self.names = list(names)
        self.rho = stack(rho, "rho", ("measure", "measure"), (len(self.names), len(self.names)))
        if len(self.names) < 2:
            raise ValueError(f"names = {self.names} leaves nothing to compare; give at least two measures.")
        if (np.abs(self.rho) > 1 + 1e-9).any():
            raise ValueError(f"rho holds {np.nanmax(np.abs(self.rho)):g}, but a correlation lies between -1 and 1.")

    def to_dataset(self) -> xr.Dataset:
        """Store the matrix in a dataset, from which `from_dataset` restores the display."""
        coords = {"measure": self.names, "other": self.names}
        return xr.Dataset({"rho": (("measure", "other"), self.rho)}, coords=coords, attrs={"drawn_by": "agreement"})

    @classmethod
    def from_dataset(cls, data: xr.Dataset) -> Self:
        """Restore the display from a dataset made by `to_dataset`."""
        return cls(data["rho"], [str(name) for name in data["measure"].values])

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
            With `figure_`, `ax_`, `cells_` and `values_` (by pair of names).
        """
        count = len(self.names) - 1  # rows 2, 3, ... against columns 1, 2, ...
        self._take_axes(ax, 1.05 + 0.2 * count, scaled=False)
        shown = np.where(np.tri(count, dtype=bool), self.rho[1:, :-1], np.nan)
        self.cells_: QuadMesh = self.ax_.pcolormesh(
            np.ma.masked_invalid(shown), cmap=COLOURS, vmin=-1.0, vmax=1.0, edgecolors="white", linewidth=0.8
        )
        self.values_: dict[tuple[str, str], Text] = {}
        for row in range(count):
            for column in range(row + 1):
                value = self.rho[row + 1, column]
                text = "–" if np.isnan(value) else f"{value:.2f}".replace("-", "−")
                self.values_[self.names[row + 1], self.names[column]] = self.ax_.text(
                    column + 0.5,
                    row + 0.5,
                    text,
                    ha="center",
                    va="center",
                    fontsize=5.5,
                    color="white" if abs(value) > DARK else "black",
                )
        self.ax_.set_yticks(np.arange(count) + 0.5, self.names[1:])
        self.ax_.set_xticks(np.arange(count) + 0.5, self.names[:-1], rotation=45, ha="right", rotation_mode="anchor")
        self.ax_.invert_yaxis()
        self.ax_.tick_params(length=0.0)
        self.ax_.spines[:].set_visible(False)
        return self
