"""The committed figures are what the committed data and this code draw, and every folder is on the page."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from PIL import Image

from landscape.plot import (
    AgreementDisplay,
    CostDisplay,
    LineComparisonDisplay,
    PanelsDisplay,
    SpectrumDisplay,
    TrajectoryScatterDisplay,
)
from landscape.study import Study
from landscape.study.figures import figures_of
from landscape.study.index_page import BEGIN, END, write_page
from landscape.study.redraw import DISPLAYS, figures_in, is_gallery, redraw, write_data
from landscape.study.spec import packaged_specs
from landscape.study.tables import Table

GALLERY = Path(__file__).parents[3] / "figures"
FOLDERS = sorted(path.parent for path in GALLERY.glob("*/figures"))
GALLERIES = [folder for folder in FOLDERS if is_gallery(folder)]
STUDIES = [folder for folder in FOLDERS if folder not in GALLERIES]


def specs(folder):
    if is_gallery(folder):
        return figures_in(folder)
    study = Study.open(folder)
    return figures_of(study, study.analysis)


def check(spec, folder, tmp_path):
    """The data are those committed to the last digits, the picture but for what a processor's rounding can move."""
    committed = folder / "figures" / spec.figure.name
    drawn = spec.save(tmp_path, {}, formats=("png",))
    with xr.open_dataset(committed.with_suffix(".nc")) as there, xr.open_dataset(drawn["nc"]) as here:
        xr.testing.assert_allclose(there, here, rtol=1e-9)
        assert (there.attrs["caption"], there.attrs["title"]) == (spec.figure.caption, spec.figure.title)
    with Image.open(committed.with_suffix(".png")) as there, Image.open(drawn["png"]) as here:
        assert there.size == here.size, spec.figure.name
        moved = np.abs(np.asarray(there.convert("RGB"), dtype=int) - np.asarray(here.convert("RGB"), dtype=int)).max(
            axis=2
        )
    assert np.mean(moved > 32) < 2e-4, f"{committed} is stale: run make figures"
    for suffix in ("pdf", "svg"):
        assert committed.with_suffix(f".{suffix}").stat().st_size > 5000


@pytest.mark.parametrize("folder", GALLERIES, ids=lambda folder: folder.name)
def test_galleries_are_current(folder, tmp_path):
    for spec in specs(folder)[:3]:
        check(spec, folder, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_figure_is_current(folder, tmp_path):
    found = specs(folder)
    assert {spec.figure.name for spec in found} == {path.stem for path in (folder / "figures").glob("*.nc")}
    for spec in found:
        check(spec, folder, tmp_path)


def test_a_stale_figure_is_found_out(tmp_path):
    folder = GALLERIES[0]
    spec = figures_in(folder)[0]
    (tmp_path / "figures").mkdir()
    for path in (folder / "figures").glob(f"{spec.figure.name}.*"):
        shutil.copy(path, tmp_path / "figures")
    picture = Image.open(tmp_path / "figures" / f"{spec.figure.name}.png").convert("RGB")
    picture.paste((0, 0, 0), (100, 100, 140, 140))
    picture.save(tmp_path / "figures" / f"{spec.figure.name}.png")
    with pytest.raises(AssertionError, match="stale"):
        check(spec, tmp_path, tmp_path / "new")


@pytest.mark.parametrize("folder", GALLERIES, ids=lambda folder: folder.name)
def test_tables_are_current_and_figures_say_where_they_are_from(folder):
    for path in (folder / "tables").glob("*.json"):
        stored = json.loads(path.read_text())
        assert stored["provenance"]["made_by"].startswith("python figures/measure.py ")
        assert stored["provenance"]["commit"]
        table = Table.of(stored)
        assert path.with_suffix(".tex").read_text() == table.to_latex()
        assert path.with_suffix(".csv").read_text() == table.to_csv()
    for spec in figures_in(folder):
        record = json.loads(spec.data.attrs["provenance"])
        assert record["made_by"].startswith("python figures/measure.py ")
        assert record["commit"]
        assert spec.figure.caption


@pytest.mark.slow
def test_the_page_is_current(tmp_path):
    root = tmp_path / "figures"
    shutil.copytree(GALLERY, root, ignore=shutil.ignore_patterns("*.pdf", "*.svg", "*.png", "study.nc"))
    write_page(root / "README.md", [root / folder.name for folder in FOLDERS])
    text = (root / "README.md").read_text()
    assert text == (GALLERY / "README.md").read_text(), "figures/README.md is stale: run make figures"
    for folder in FOLDERS:
        for path in (folder / "figures").glob("*.nc"):
            assert f'src="{folder.name}/figures/{path.stem}.png"' in text


def test_commands_on_the_page_name_studies_that_are_there():
    found = re.findall("`landscape study ([^ `]+)`", (GALLERY / "README.md").read_text())
    assert len(found) == len(STUDIES)
    for name in found:
        assert name in packaged_specs() or (GALLERY.parent / name).is_file()


def test_a_page_without_marks_is_refused(tmp_path):
    (tmp_path / "page.md").write_text("# Gallery\n")
    with pytest.raises(ValueError, match=f"lacks the lines {BEGIN} and {END}"):
        write_page(tmp_path / "page.md", [])


def test_a_redrawn_gallery_keeps_its_data_to_the_byte(tmp_path):
    source = next(folder for folder in GALLERIES if (folder / "figures" / "costs.nc").exists())
    (tmp_path / "figures").mkdir()
    shutil.copy(source / "figures" / "costs.nc", tmp_path / "figures")
    before = (tmp_path / "figures" / "costs.nc").read_bytes()
    redraw(tmp_path)
    assert (tmp_path / "figures" / "costs.nc").read_bytes() == before
    assert (tmp_path / "figures" / "costs.pdf").exists()


@pytest.mark.parametrize(
    "display",
    [
        AgreementDisplay([[1.0, 0.4], [0.4, 1.0]], ["a", "b"]),
        CostDisplay([65.0, 0.9], [60.0, 0.5], [70.0, 1.2], [1, 0], ["pal", "zenith"], xlabel="time"),
        SpectrumDisplay([0.0, 1.0, 2.0], [1.0, 0.5, 0.1], eigenvalues=[1.5, 1.0], xlabel="x", summary="s"),
        SpectrumDisplay([0.0, 1.0], [1.0, 0.5], [0.9, 0.4], [1.1, 0.6], extremes=(0.0, 1.0), floor=0.01),
        PanelsDisplay([LineComparisonDisplay([0, 1], [[[2.0, 1.0]]], ["zenith"], xlabel="x")] * 2, ["a", "b"]),
    ],
    ids=["agreement", "cost", "spectrum", "spectrum with band", "panels"],
)
def test_a_display_is_restored_from_its_file(display, tmp_path):
    data = display.to_dataset().assign_attrs(title="T")
    write_data(tmp_path, "figure", data, "C", {})
    (spec,) = figures_in(tmp_path)
    assert spec.draw()._repr_png_() == display.plot()._repr_png_()


def test_a_display_that_cannot_be_stored_as_a_panel_says_so():
    scatter = TrajectoryScatterDisplay([[[1.0, 2.0]]], [[[1.0, 2.0]]], ["zenith"])
    with pytest.raises(ValueError, match="a TrajectoryScatterDisplay cannot be stored as a panel; use one of TraceD"):
        PanelsDisplay([scatter], [""]).to_dataset()


def test_a_file_that_does_not_say_how_it_is_drawn(tmp_path):
    (tmp_path / "figures").mkdir()
    xr.Dataset({"x": 1.0}).to_netcdf(tmp_path / "figures" / "odd.nc")
    with pytest.raises(ValueError, match=f"drawn_by = None, which is none of {', '.join(DISPLAYS)}"):
        figures_in(tmp_path)


def test_agreement_shows_every_pair_once():
    rho = np.array([[1.0, 0.5, -0.9], [0.5, 1.0, np.nan], [-0.9, np.nan, 1.0]])
    display = AgreementDisplay(rho, ["a", "b", "c"]).plot()
    assert {pair: text.get_text() for pair, text in display.values_.items()} == {
        ("b", "a"): "0.50",
        ("c", "a"): "−0.90",
        ("c", "b"): "–",
    }
    assert display.values_["c", "a"].get_color() == "white"
    with pytest.raises(ValueError, match=r"rho holds 1\.2, but a correlation lies between"):
        AgreementDisplay([[1.0, 1.2], [1.2, 1.0]], ["a", "b"])
    with pytest.raises(ValueError, match="leaves nothing to compare"):
        AgreementDisplay([[1.0]], ["a"])


def test_costs_are_in_order_and_what_costs_nothing_is_an_arrow():
    display = CostDisplay(
        [65.0, -0.3, 1.0], [60.0, -1.0, 0.5], [70.0, 0.5, 2.0], [1, 0, 2.5], ["pal", "sps", "zenith"]
    ).plot()
    assert display.methods == ["sps", "zenith", "pal"]
    assert [display.points_[name].get_marker() for name in display.methods] == ["<", "o", "o"]
    assert display.points_["pal"].get_xdata()[0] == 65.0
    assert display.memory_["zenith"].get_text() == "2.5"
    with pytest.raises(ValueError, match="nowhere positive"):
        CostDisplay([0.0], [0.0], [0.0], [0], ["sps"])


def test_panels_stored_under_the_name_of_before_are_restored():
    data = PanelsDisplay([LineComparisonDisplay([0, 1], [[[2.0, 1.0]]], ["zenith"], xlabel="x")], [""]).to_dataset()
    assert data["kind"].values.tolist() == ["LineComparisonDisplay"]
    before = data.assign(kind=(data["kind"].dims, ["LineDisplay"]))
    (shown,) = PanelsDisplay.from_dataset(before).displays
    assert isinstance(shown, LineComparisonDisplay)
    assert shown.values.tolist() == [[[2.0, 1.0]]]
