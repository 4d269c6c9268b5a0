"""Write a figure as PDF, SVG and PNG beside its data: atomically, and the same bytes for the same figure."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import xarray as xr
from matplotlib.figure import Figure

from landscape.plot.venues import styled

# No dates and no version strings: a figure that did not change is a file that did not change.
METADATA: dict[str, dict[str, None]] = {
    "pdf": {"CreationDate": None, "Producer": None, "Creator": None},
    "svg": {"Date": None, "Creator": None},
    "png": {"Software": None},
}


@styled
def save_figure(
    figure: Figure,
    stem: Path | str,
    data: xr.Dataset,
    *,
    caption: str = "",
    provenance: Mapping[str, Any] | None = None,
) -> dict[str, Path]:
    """Write STEM.pdf, STEM.svg, STEM.png (300 dpi) and STEM.nc.

    All four are written aside first and moved into place only when all have been, so a reader never finds half a file.

    Parameters
    ----------
    figure : matplotlib Figure
        Saved at its own size, never cropped: the width stays one column.
    stem : path
        Without suffix; its folder is created.
    data : xarray Dataset
        What the figure shows.
    caption : str
        Stored with the data and in the PDF's and PNG's metadata.
    provenance : mapping, optional
        JSON-able; stored with the data as the attribute "provenance".

    Returns
    -------
    dict of str to Path
        By suffix: "pdf", "svg", "png", "nc".

    Examples
    --------
    >>> directions = ls.random_direction(loss, seed=0), ls.random_direction(loss, seed=1)
    >>> picture = ls.plane(loss, directions)
    >>> display = ls.plot.PlaneDisplay(picture).plot()
    >>> files = ls.plot.save_figure(display.figure_, "figures-of-mine/plane", picture, caption="A plane.")
    >>> sorted(files)
    ['nc', 'pdf', 'png', 'svg']
    """
    stem = Path(stem)
    stem.parent.mkdir(parents=True, exist_ok=True)
    paths = {suffix: stem.parent / f"{stem.name}.{suffix}" for suffix in (*METADATA, "nc")}
    attributes = {"caption": caption, "provenance": json.dumps(dict(provenance or {}), sort_keys=True)}
    with tempfile.TemporaryDirectory(dir=stem.parent, prefix=f".{stem.name}.") as folder:
        aside = {suffix: Path(folder) / path.name for suffix, path in paths.items()}
        packed = {"zlib": True, "complevel": 4}
        encoding = {name: packed for name, array in data.data_vars.items() if array.dtype.kind in "fi" and array.ndim}
        data.drop_encoding().assign_attrs(attributes).to_netcdf(aside["nc"], encoding=encoding)
        for suffix, metadata in METADATA.items():
            figure.savefig(aside[suffix], format=suffix, metadata=metadata)
        for suffix, path in paths.items():
            os.replace(aside[suffix], path)
    return paths
