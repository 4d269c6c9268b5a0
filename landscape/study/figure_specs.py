"""Specs of figures: name, title and caption, the data, and the display of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import cloudpickle
import xarray as xr

from landscape.plot import ByMethodDisplay, PanelsDisplay, TraceDisplay, save_figure
from landscape.plot._style import styles_among
from landscape.plot.save import FORMATS
from landscape.plot.venues import Width, styled
from landscape.study.engines import Engine, Report
from zenith._common.names import check_file_name

__all__ = ["FigureSpec", "StudyFigure", "save_figures", "spec_of_panels"]

TOGETHER = 8
"""Methods whose traces share a panel."""


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


@dataclass(frozen=True)
class FigureSpec:
    """Spec of a figure: its data, and the display that shows them.

    Attributes
    ----------
    figure : StudyFigure
        Name, title and caption.
    data : xarray.Dataset
        What it shows.
    display : callable
        Returns the display, not plotted yet.
    width : {"half", "full"}
        Of a column, or across the text.
    methods : tuple of str
        All of the study: those that a figure leaves out keep their looks from the others.
    """

    figure: StudyFigure
    data: xr.Dataset
    display: Callable[[], Any]
    width: Width = "half"
    methods: tuple[str, ...] = ()

    def draw(self) -> Any:
        """Return the display, plotted."""
        with styles_among(self.methods):
            return self.display().plot()

    def save(
        self,
        folder: Path,
        provenance: Mapping[str, Any],
        *,
        venue: str | None = None,
        width: Width | None = None,
        formats: Sequence[str] = FORMATS,
        with_data: bool = True,
    ) -> dict[str, Path]:
        """Draw for a venue and write the figure, with its data by default; see `landscape.plot.save_figure`."""
        check_file_name(self.figure.name, "a figure", longest=200)
        with styled(venue=venue, width=width or self.width):
            return save_figure(
                self.draw().figure_,
                folder / self.figure.name,
                self.data.assign_attrs(title=self.figure.title) if with_data else None,
                caption=self.figure.caption,
                provenance=provenance,
                formats=formats,
            )


def save_figures(
    specs: Sequence[FigureSpec], folder: Path, provenance: Mapping[str, Any], engine: Engine | None = None
) -> tuple[StudyFigure, ...]:
    """Draw and save figures as PDF, SVG and PNG, with their data in netCDF: here, or by the workers of an engine."""
    engine = engine or Engine(1, progress=False)
    # Pickled here, not by the thread that sends: data are read meanwhile, under a lock of HDF5, which a worker that is
    # forked at that moment would wait for without end.
    sent = specs if engine.is_here else [cloudpickle.dumps(spec) for spec in specs]
    jobs = [(_figure_job, (spec, folder, provenance)) for spec in sent]
    engine.run(jobs, total=len(jobs), unit="figure", title="drawing")
    return tuple(spec.figure for spec in specs)


def _figure_job(sent: FigureSpec | bytes, folder: Path, provenance: Mapping[str, Any], report: Report) -> None:
    spec = cloudpickle.loads(sent) if isinstance(sent, bytes) else sent
    spec.save(folder, provenance)
    report(1, spec.figure.name)


def spec_of_panels(figure: StudyFigure, panels: PanelsDisplay, data: xr.Dataset | None = None) -> FigureSpec:
    """Return the spec of panels: one is drawn by itself, many methods of it apart; several across the text."""
    stored = panels.to_dataset() if data is None else data
    if len(panels.displays) == 1:
        (alone,) = panels.displays
        if isinstance(alone, TraceDisplay) and len(alone.methods) > TOGETHER:
            return FigureSpec(figure, stored, partial(ByMethodDisplay, alone))
        return FigureSpec(figure, stored, lambda: alone)
    return FigureSpec(figure, stored, lambda: panels, "full")
