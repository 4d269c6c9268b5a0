import json
import re
import shutil
import subprocess
import sys
import time
import zlib

import matplotlib as mpl
import numpy as np
import pytest
import xarray as xr
from PIL import Image

from landscape.plot import TraceDisplay, save_figure

DATA = xr.Dataset(
    {"loss": (("method", "step"), [[3.0, 2.0, np.nan]])}, coords={"method": ["zenith"], "step": [0, 1, 2]}
)


def figure():
    values = np.array([[[3.0, 2.0, 1.0], [2.0, 1.0, 1.5]]])
    return TraceDisplay([0, 1, 2], values, ["zenith"], ylabel="training loss (cross-entropy, nats)").plot().figure_


def pdf_streams(data):
    """Decompressed streams of a PDF beside its plain objects."""
    text = data
    for match in re.finditer(rb"stream\r?\n(.*?)endstream", data, flags=re.DOTALL):
        try:
            text += zlib.decompress(match.group(1))
        except zlib.error:
            continue
    return text


def test_all_four_files_are_written_with_their_data(tmp_path):
    paths = save_figure(figure(), tmp_path / "new" / "fig.one", DATA, caption="A caption.", provenance={"seeds": 2})
    assert {p.name for p in (tmp_path / "new").iterdir()} == {f"fig.one.{s}" for s in ("pdf", "svg", "png", "nc")}
    assert paths["nc"] == tmp_path / "new" / "fig.one.nc"
    with xr.open_dataset(paths["nc"]) as stored:
        xr.testing.assert_identical(stored.drop_attrs(), DATA)
        assert stored.attrs["caption"] == "A caption."
        assert json.loads(stored.attrs["provenance"]) == {"seeds": 2}
    assert DATA.attrs == {}
    with Image.open(paths["png"]) as image:
        assert image.width == 975  # 3.25 in at 300 dpi: not cropped
    svg = paths["svg"].read_text()
    assert 'width="234pt"' in svg
    assert "<text" not in svg  # outlines


def test_pdf_embeds_truetype(tmp_path):
    pdf = pdf_streams(save_figure(figure(), tmp_path / "fig", DATA)["pdf"].read_bytes())
    assert b"/FontFile2" in pdf
    assert b"/CIDFontType2" in pdf
    assert b"/Type3" not in pdf


def test_a_figure_saved_by_itself_has_the_style_it_was_drawn_in(tmp_path):
    with mpl.rc_context({"pdf.fonttype": 3, "savefig.dpi": 50.0}):
        drawn = figure()
        drawn.savefig(tmp_path / "plane.pdf")
        drawn.savefig(tmp_path / "plane.png")
        assert mpl.rcParams["pdf.fonttype"] == 3
    pdf = pdf_streams((tmp_path / "plane.pdf").read_bytes())
    assert b"/CIDFontType2" in pdf
    assert b"/Type3" not in pdf
    with Image.open(tmp_path / "plane.png") as image:
        assert image.width == 975  # 300 dpi


def test_equal_figures_are_equal_files_in_any_process_at_any_time(tmp_path):
    first = save_figure(figure(), tmp_path / "a" / "fig", DATA, provenance={"b": 1, "a": 2})
    time.sleep(1.1)  # a time stamp of one-second resolution would differ
    second = save_figure(figure(), tmp_path / "b" / "fig", DATA, provenance={"a": 2, "b": 1})
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from test_plot_save import *; "
        "save_figure(figure(), sys.argv[2], DATA, provenance={'a': 2, 'b': 1})"
    )
    here = __file__.rpartition("/")[0]
    subprocess.run([sys.executable, "-c", code, here, str(tmp_path / "c" / "fig")], check=True)
    for suffix, path in first.items():
        assert path.read_bytes() == second[suffix].read_bytes(), suffix
        assert path.read_bytes() == (tmp_path / "c" / f"fig.{suffix}").read_bytes(), suffix


def test_saving_restores_rcparams_and_overrides_the_users(tmp_path):
    before = dict(mpl.rcParams)
    plain = save_figure(figure(), tmp_path / "fig", DATA)
    assert dict(mpl.rcParams) == before
    user = {"savefig.bbox": "tight", "savefig.transparent": True, "pdf.fonttype": 3, "svg.fonttype": "none"}
    with mpl.rc_context(user):
        other = save_figure(figure(), tmp_path / "other", DATA)
    assert all(plain[s].read_bytes() == other[s].read_bytes() for s in plain)


def test_a_failed_save_leaves_the_old_files_and_no_debris(tmp_path):
    paths = save_figure(figure(), tmp_path / "fig", DATA)
    before = {p: p.read_bytes() for p in paths.values()}
    broken = figure()
    broken.savefig = lambda *_, **__: (_ for _ in ()).throw(OSError("disk full"))
    with pytest.raises(OSError, match="disk full"):
        save_figure(broken, tmp_path / "fig", DATA)
    assert {p: p.read_bytes() for p in tmp_path.iterdir()} == before


def test_layout_is_as_it_was_after_saving(tmp_path):
    drawn = figure()
    engine = drawn.get_layout_engine()
    save_figure(drawn, tmp_path / "fig")
    assert drawn.get_layout_engine() is engine
    assert {p.name for p in tmp_path.iterdir()} == {"fig.pdf", "fig.svg", "fig.png"}
    drawn.canvas.draw()
    first = [ax.get_position().bounds for ax in drawn.axes]
    fresh = figure()
    for _ in range(2):
        fresh.canvas.draw()
    np.testing.assert_allclose(first, [ax.get_position().bounds for ax in fresh.axes], atol=2e-3)


def test_it_is_laid_out_in_two_passes_and_drawn_once_for_each_format(tmp_path):
    drawn, count = figure(), []
    before = drawn.draw
    drawn.draw = lambda renderer: (count.append(1), before(renderer))
    save_figure(drawn, tmp_path / "fig", formats=("pdf", "png"))
    assert len(count) == 2 + 2


def test_pgf_without_latex_is_refused_before_anything_is_written(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    with pytest.raises(
        ValueError, match=r"format 'pgf' needs LaTeX .* none of xelatex, lualatex, pdflatex is installed"
    ):
        save_figure(figure(), tmp_path / "new" / "fig", DATA, formats=("pdf", "pgf"))
    assert not (tmp_path / "new").exists()


def test_unknown_formats_are_refused(tmp_path):
    with pytest.raises(ValueError, match="format = 'eps' is unknown; use one of 'pdf', 'svg', 'png', 'pgf'"):
        save_figure(figure(), tmp_path / "fig", DATA, formats=("eps",))


@pytest.mark.skipif(not any(map(shutil.which, ("xelatex", "lualatex", "pdflatex"))), reason="no LaTeX is installed")
def test_pgf_compiles_and_is_deterministic(tmp_path):
    first = save_figure(figure(), tmp_path / "a", DATA, formats=("pgf",))["pgf"].read_bytes()
    assert save_figure(figure(), tmp_path / "b", DATA, formats=("pgf",))["pgf"].read_bytes() == first
    document = r"\documentclass{article}\usepackage{pgf}\begin{document}\input{a.pgf}\end{document}"
    (tmp_path / "paper.tex").write_text(document)
    engine = next(filter(None, map(shutil.which, ("xelatex", "lualatex", "pdflatex"))))
    subprocess.run([engine, "-halt-on-error", "paper.tex"], cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "paper.pdf").stat().st_size > 5000


def test_formulas_in_labels_of_several_lines_are_drawn_without_a_word(tmp_path, caplog):
    drawn = figure()
    drawn.axes[0].set_title("$\\lambda_{\\max}$ of \u20ac 5$\nand $\\rho$ (one marker a run)")
    assert drawn.axes[0].get_title().count("\n") == 1
    save_figure(drawn, tmp_path / "fig", DATA)
    assert [record.getMessage() for record in caplog.records] == []
    assert drawn.axes[0].title.get_parse_math()
