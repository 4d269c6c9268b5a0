"""Folders of figures that are drawn from the data beside them, and the page that shows all folders.

A gallery is a folder with ``figures/NAME.nc``, whose attribute ``drawn_by`` names how it is drawn and whose attributes
``title``, ``caption`` and ``provenance`` say what it is, and ``tables/NAME.json``. Studies and galleries are redrawn by the
same command, ``landscape figures FOLDER``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from landscape.plot import AgreementDisplay, CostDisplay, PlaneDisplay, SpectrumDisplay
from landscape.study.drafts import Draft, Drawn, StudyFigure, unpack
from landscape.study.files import atomic_path, current_names, read_json
from landscape.study.tables import Table, write_tables

__all__ = ["figures_in", "is_gallery", "redraw", "write_data"]


def is_gallery(folder: Path) -> bool:
    """Whether a folder is a gallery; a study is none."""
    return not (folder / "study.toml").exists() and any((folder / "figures").glob("*.nc"))


def figures_in(folder: Path) -> tuple[Draft, ...]:
    """The figures of a gallery, not drawn yet.

    Raises
    ------
    ValueError
        If a file does not say how it is drawn.
    """
    drafts = []
    for path in sorted((folder / "figures").glob("*.nc")):
        with xr.open_dataset(path, engine="h5netcdf") as opened:
            data = current_names(opened.load())
        kind = data.attrs.get("drawn_by")
        if kind not in DRAWINGS:
            raise ValueError(f"'{path}' says drawn_by = {kind!r}, which is none of {', '.join(DRAWINGS)}.")
        figure = StudyFigure(path.stem, str(data.attrs.get("title", path.stem)), str(data.attrs.get("caption", "")))
        wide = kind == "panels" and data.sizes["panel"] > 1
        drafts.append(Draft(figure, data, _drawing(kind, data), "full" if wide else "half"))
    return tuple(drafts)


def redraw(folder: Path) -> None:
    """Draw every figure of a gallery and write its tables from the data beside them; nothing is measured."""
    for draft in figures_in(folder):
        draft.save(folder / "figures", json.loads(draft.data.attrs.get("provenance", "{}")))
    tables = [Table.of(read_json(path)) for path in sorted((folder / "tables").glob("*.json"))]
    if tables:
        write_tables(folder / "tables", tables)


def write_data(folder: Path, name: str, data: xr.Dataset, caption: str, provenance: Mapping[str, Any]) -> Path:
    """Put the data of a figure into a gallery, to be drawn by `redraw`."""
    path = folder / "figures" / f"{name}.nc"
    told = {"caption": caption, "provenance": json.dumps(dict(provenance), sort_keys=True)}
    with atomic_path(path) as temporary:
        data.drop_encoding().assign_attrs(told).to_netcdf(temporary, engine="h5netcdf")
    return path


def _drawing(kind: str, data: xr.Dataset) -> Callable[[], Drawn]:
    return lambda: DRAWINGS[kind](data)


def _panels(data: xr.Dataset) -> Drawn:
    return unpack(data).plot()


def _adaptive_plane(data: xr.Dataset) -> Drawn:
    display = PlaneDisplay(
        data, label=data.attrs["label"], xlabel=r"$\alpha$ (random direction 1)", ylabel=r"$\beta$ (random direction 2)"
    ).plot()
    alpha, beta = np.meshgrid(data["alpha"], data["beta"], indexing="ij")
    evaluated = data["evaluated"].transpose("alpha", "beta").values.astype(bool)
    display.ax_.plot(
        alpha[evaluated], beta[evaluated], linestyle="none", marker=".", markersize=1.4, markeredgewidth=0.0, color="white",
        alpha=0.8, zorder=2.2,
    )  # fmt: skip
    return display


_EIGENVALUE = "eigenvalue of the Hessian (loss per squared parameter unit)"


def _spectrum(data: xr.Dataset) -> Drawn:
    return SpectrumDisplay(
        data["grid"], data["density"], data["low"], data["high"], eigenvalues=data["eigenvalue"],
        extremes=tuple(data["extreme"].values.tolist()), floor=float(data.attrs["floor"]), summary=data.attrs["summary"],
        band_label=data.attrs["band_label"], xlabel=data.attrs.get("xlabel", _EIGENVALUE),
    ).plot()  # fmt: skip


def _agreement(data: xr.Dataset) -> Drawn:
    return AgreementDisplay(data["rho"], [str(name) for name in data["measure"].values]).plot()


def _costs(data: xr.Dataset) -> Drawn:
    names = [str(name) for name in data["optimizer"].values]
    return CostDisplay(data["extra_time"], data["low"], data["high"], data["kept_memory"], names).plot()


DRAWINGS: dict[str, Callable[[xr.Dataset], Drawn]] = {
    "panels": _panels,
    "adaptive_plane": _adaptive_plane,
    "spectrum": _spectrum,
    "agreement": _agreement,
    "costs": _costs,
}
