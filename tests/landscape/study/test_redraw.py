"""What `landscape figures` draws, where it puts it, and what it refuses before it draws anything."""

import json
import shutil
from pathlib import Path

import pytest
from made_studies import made_study
from PIL import Image

from landscape.study import redraw as drawing

MEASURES = Path(__file__).parents[3] / "figures" / "measures"


@pytest.fixture
def gallery(tmp_path):
    (tmp_path / "gallery" / "figures").mkdir(parents=True)
    shutil.copy(MEASURES / "figures" / "costs.nc", tmp_path / "gallery" / "figures")
    return tmp_path / "gallery"


def test_a_venue_gets_figures_of_its_own(gallery):
    (line,) = drawing.draw_for([gallery], drawing.FigureOptions("nature", "full", ("png",)), None)
    assert line == f"figures  {gallery / 'for-nature'}"
    with Image.open(gallery / "for-nature" / "costs.png") as picture:
        assert picture.width == round(183 / 25.4 * 300) // 1
    assert [path.name for path in (gallery / "figures").iterdir()] == ["costs.nc"]


def test_out_names_the_folder_of_one(gallery, tmp_path):
    drawing.draw_for([gallery], drawing.FigureOptions(formats=("svg",)), tmp_path / "here")
    assert {path.name for path in (tmp_path / "here").iterdir()} == {"costs.svg", "costs.nc"}
    with pytest.raises(ValueError, match="--out names one folder for the figures of 2"):
        drawing.draw_for([gallery, gallery], drawing.FigureOptions(), tmp_path / "there")


def test_galleries_are_redrawn_in_place(gallery):
    assert drawing.redraw_all([gallery]) == [f"figures  {gallery / 'figures'}"]
    assert {path.suffix for path in (gallery / "figures").iterdir()} == {".nc", ".pdf", ".svg", ".png"}


def test_the_papers_figures_and_what_is_missing(tmp_path):
    study = made_study(tmp_path / "made")
    (tmp_path / "costs.json").write_text(json.dumps({"rows": []}))
    told = drawing.draw_paper(
        [study.path], tmp_path / "costs.json", drawing.FigureOptions("icml", None, ("png",)), None
    )
    assert "missing  figure_6: figure 6 needs a sweep" in told
    assert "missing  table_1: table 1 needs the rows of benchmarks/methods.py" in told
    assert told.endswith(f"tables   {study.path / 'paper' / 'tables'}")
    drawn = {path.stem for path in (study.path / "paper" / "figures").glob("*.png")}
    assert drawn == {"figure_1", "figure_2a", "figure_2b", "figure_3d", "figure_3e", "figure_3f", "figure_4"}
    assert (study.path / "paper" / "tables" / "table_3.tex").is_file()


def test_bad_input_is_refused_before_anything_is_drawn(gallery, tmp_path, monkeypatch):
    with pytest.raises(FileNotFoundError, match="no study in"):
        drawing.redraw_all([gallery, tmp_path / "nowhere"])
    with pytest.raises(FileNotFoundError, match="no costs at"):
        drawing.draw_paper([made_study(tmp_path / "made").path], tmp_path / "none.json", drawing.FigureOptions(), None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ValueError, match="format 'pgf' needs LaTeX"):
        drawing.draw_for([gallery], drawing.FigureOptions(formats=("pgf",)), None)
    assert [path.name for path in (gallery / "figures").iterdir()] == ["costs.nc"]
    assert not (gallery / "for-print").exists()
