"""Specs of figures: name, title and caption, the data, and a function that draws them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import xarray as xr
from matplotlib.figure import Figure

from landscape.plot import save_figure
from landscape.plot.save import FORMATS
from landscape.plot.venues import Width, styled

__all__ = ["FigureSpec", "PlottedDisplay", "StudyFigure"]


@dataclass(frozen=True)
class StudyFigure:
    """A figure that was saved under ``figures/NAME.*``.

    Attributes
    ----------
    name, title, caption : str
        File stem; a short description; what the reader of a paper needs to know.
    """

    name: str
    title: str
    caption: str


class PlottedDisplay(Protocol):
    """A display that has been plotted."""

    figure_: Figure


@dataclass(frozen=True)
class FigureSpec:
    """Spec of a figure: its data, and a function that draws them.

    Attributes
    ----------
    figure : StudyFigure
        Name, title and caption.
    data : xarray.Dataset
        What it shows.
    draw : callable
        Draws it.
    width : {"half", "full"}
        Of a column, or across the text.
    """

    figure: StudyFigure
    data: xr.Dataset
    draw: Callable[[], PlottedDisplay]
    width: Width = "half"

    def save(
        self,
        folder: Path,
        provenance: Mapping[str, Any],
        *,
        venue: str | None = None,
        width: Width | None = None,
        formats: Sequence[str] = FORMATS,
    ) -> dict[str, Path]:
        """Draw for a venue and write the figure with its data; see `landscape.plot.save_figure`."""
        with styled(venue=venue, width=width or self.width):
            return save_figure(
                self.draw().figure_,
                folder / self.figure.name,
                self.data.assign_attrs(title=self.figure.title),
                caption=self.figure.caption,
                provenance=provenance,
                formats=formats,
            )
