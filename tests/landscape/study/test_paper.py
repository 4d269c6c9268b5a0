"""The paper's figures and tables show the numbers of the studies they are given, and say what a study lacks."""

import json
from pathlib import Path

import numpy as np
import pytest
from made_studies import made_study

from landscape.plot import (
    CorrelationDisplay,
    LineComparisonDisplay,
    PanelsDisplay,
    SweepDisplay,
    TimedDisplay,
    TraceDisplay,
)
from landscape.plot.venues import styled
from landscape.study.paper import figures as paper
from landscape.study.paper import tables as paper_tables
from landscape.study.paper.collect import paper_of, sweep_over, write_paper
from landscape.study.tables import Table

RATES = (0.01, 0.1, 0.5)
COSTS = {
    "measured_on": {"processor": "a CPU"},
    "rows": [
        {
            "net": net,
            "batch": 32,
            "method": method,
            "step_extra_percent": extra,
            "step_quartiles": [1.0, 2.0],
            "sgd_ms": 10.0,
            "kept_copies": 3.0,
            "temporary_copies": 0.5,
        }
        for net in ("small", "large")
        for method, extra in (("zenith", 1.5), ("d-adaptation", 40.0))
    ],
}


@pytest.fixture(scope="module")
def rates(tmp_path_factory):
    root = tmp_path_factory.mktemp("rates")
    return {rate: made_study(root / f"{rate}", learning_rate=rate) for rate in RATES}


@pytest.fixture(scope="module")
def study(rates):
    return rates[0.1]


def numbers(cell):
    """Mean, standard deviation and seconds of a cell such as "70.1 ± 0.1 / 15 s"."""
    return [float(part) for part in cell.removesuffix(" s").replace("/", "±").split("±")]


def plotted(spec):
    display = spec.draw()
    display.figure_.canvas.draw()
    return display


def test_3a_to_3c_show_the_runs_of_the_constant_learning_rate(rates):
    sharpness = plotted(paper.figure_3a(rates))
    # row 1 of the methods, median over seeds 0, 1, 2
    np.testing.assert_allclose(sharpness.lines_["constant"].get_ydata(), [2.1 / rate for rate in RATES])
    np.testing.assert_array_equal(sharpness.lines_["constant"].get_xdata(), RATES)
    np.testing.assert_allclose(sharpness.low[0], [2.0 / rate for rate in RATES])  # the band is the range
    loss = plotted(paper.figure_3c(rates))
    np.testing.assert_allclose(loss.lines_["constant"].get_ydata(), [2.1 * rate for rate in RATES])
    relative = plotted(paper.figure_3b(rates))
    np.testing.assert_allclose(relative.values, 1.0)  # the same accuracy at every rate
    assert "relative test accuracy" in relative.ax_.get_ylabel()


def test_figures_2_show_the_focus_and_3f_every_method(study):
    norm = plotted(paper.figure_2a({"made": study}))
    np.testing.assert_allclose(norm.lines_["zenith"].get_ydata(), 0.3 * (1 - np.arange(20) / 20))
    assert list(norm.lines_) == ["zenith"]
    other = paper.figure_2b({"made": study, "again": study}, method="constant")
    assert other.width == "full"
    assert [d.methods for d in plotted(other).displays] == [["constant"], ["constant"]]
    assert list(plotted(paper.figure_3f(study)).lines_) == ["zenith", "constant"]
    for every_step in (paper.figure_2a({"made": study}), paper.figure_3f(study)):
        assert "means over" not in every_step.figure.caption


def test_3g_3h_and_6_have_a_line_or_a_point_for_each_setting(rates, tmp_path):
    traces = plotted(paper.figure_3g(rates))
    assert traces.methods == [r"$\eta_0$ = 0.01", r"$\eta_0$ = 0.1", r"$\eta_0$ = 0.5"]
    np.testing.assert_allclose([line.get_ydata()[0] for line in traces.lines_.values()], RATES)
    ends = plotted(paper.figure_3h(rates))
    np.testing.assert_allclose(ends.lines_["zenith"].get_ydata(), 0.651)
    windows = {w: made_study(tmp_path / f"{w}", window=w) for w in (2, 8)}
    both = plotted(paper.figure_6(windows))
    assert isinstance(both, PanelsDisplay)
    assert both.displays[0].methods == ["$W$ = 2", "$W$ = 8"]
    np.testing.assert_array_equal(both.displays[1].x, [2, 8])
    told = [
        "learning rate for each window: median and quartiles over 3 seeds",
        "test accuracy: median and range over 3 seeds",
    ]
    with styled(width="half"):  # the panels' bands differ, and one column has no room for it in two lines
        narrow = paper.figure_6(windows).draw()
    for display in (both, narrow):
        title, page = display.legend_.get_title(), display.figure_.bbox
        display.figure_.canvas.draw()
        assert " ".join(title.get_text().split()) == " ".join(told)
        assert page.x0 <= title.get_window_extent().x0 < title.get_window_extent().x1 <= page.x1


def test_figures_1_and_4_know_when_a_run_was_how_good(study):
    points = plotted(paper.figure_1({"made": study}))
    # best at epoch 3, after 15 steps of (1 + row) seconds
    np.testing.assert_allclose(points.x, [[15.0] * 3, [30.0] * 3])
    np.testing.assert_allclose(points.y, [[0.7, 0.701, 0.702], [0.71, 0.711, 0.712]])
    curves = plotted(paper.figure_4({"made": study}))
    np.testing.assert_allclose(curves.lines_["constant"].get_xdata(), [0, 10, 20, 30, 40])
    np.testing.assert_allclose(curves.lines_["constant"].get_ydata(), [0.111, 0.511, 0.611, 0.711, 0.661])


def test_3d_and_3e(study):
    lines = plotted(paper.figure_3d({"made": study}))
    np.testing.assert_allclose(lines.lines_["zenith"].get_ydata(), 0.1 + 2 * np.linspace(-1, 1, 5) ** 2)
    panels = plotted(paper.figure_3e({"one": study, "two": study}))
    # within each seed the sharper method is the more accurate one
    assert [display.correlation.rho for display in panels.displays] == pytest.approx([1.0, 1.0])


def test_figure_5_and_table_5_are_for_other_metrics(study, tmp_path):
    detection = made_study(tmp_path / "coco", metric="mAP50")
    assert plotted(paper.figure_5({"boxes": detection})).ax_.get_ylabel() == "test mAP50"
    table = paper_tables.table_5({"boxes": detection})
    assert table.header == ("method", "boxes")
    for make in (paper.figure_5, paper_tables.table_5):
        with pytest.raises(ValueError, match=r"5 needs studies with another metric than accuracy.*digits"):
            make({"digits": study})


def test_tables(study, rates, tmp_path):
    third = paper_tables.table_3({"made": study})
    assert third.rows[0][0] == "ZENITH"
    assert numbers(third.rows[0][1]) == pytest.approx([70.1, 0.1, 15])
    assert third.records[1]["last_mean"] == pytest.approx(0.661)
    lost = made_study(tmp_path / "lost", lost=[("constant", 1)], methods=("constant", "cosine"))
    both = paper_tables.table_3({"made": study, "lost": lost})
    assert both.rows[1][2].startswith("70.10 ± 0.14 (2 of 3) / ")
    assert both.rows[2][1] == "–"
    alone = made_study(tmp_path / "alone", seeds=(4,))
    assert "that had it; one seed, (k of n)" in paper_tables.table_3({"alone": alone}).caption
    assert "deviation over 1 to 3 seeds, (k" in paper_tables.table_3({"made": study, "alone": alone}).caption
    sweep = {l2: made_study(tmp_path / f"{l2}", decay=l2) for l2 in (0.002, 0.001)}
    fourth = paper_tables.table_4(sweep)
    assert fourth.header == ("method", "L2 = 0.001", "L2 = 0.002")
    assert [numbers(cell) for cell in fourth.rows[0][1:]] == [pytest.approx([65.2, 0.1]), pytest.approx([65.3, 0.1])]
    first = paper_tables.table_1(COSTS, net="large")
    assert first.rows[1] == ("D-Adaptation", "14.00", "40.0", "1.0 to 2.0", "3", "0.5")
    assert r"extra time (\%)" in first.to_latex()
    assert first.to_csv().splitlines()[0].startswith("ms_per_iteration,net,batch,method")
    assert Table.of(json.loads(json.dumps(first.as_dict()))) == first


@pytest.mark.parametrize("name", ["methods", "methods_vgg19"])
def test_what_the_benchmark_writes_makes_table_1(name):
    results = Path(__file__).parents[3] / "benchmarks" / "results"
    record = json.loads((results / f"{name}.json").read_text())
    table = paper_tables.table_1(record)
    ours = [row["method"] for row in record["rows"]].index("zenith")
    assert table.rows[ours][2] == f"{record['rows'][ours]['step_extra_percent']:.1f}"


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda s: paper.figure_3a({0.1: s}), "figure 3a needs a sweep over constant learning rate: .* 1 given"),
        (lambda s: paper.figure_6({}), "figure 6 needs a sweep over one setting: .* 0 given"),
        (lambda s: paper.figure_4({}), "figure 4 needs at least one study; none given"),
        (lambda s: paper.figure_3d({"made": s}, "adam"), "figure 3d leaves no choice of the method; call it without"),
        (
            lambda s: paper.figure_2a({"made": s}, "adam"),
            "figure 2a needs adam, which made has no run of; it has zenith",
        ),
        (lambda s: paper_tables.table_4({0.1: s}), "table 4 needs a sweep over the L2 regularisation"),
        (lambda s: paper_tables.table_1({}), "table 1 needs the rows of benchmarks/methods.py; no row given"),
        (lambda s: paper_tables.table_1(COSTS, net="VGG"), "no cost on network 'VGG'; it has small, large"),
        (
            lambda s: paper_tables.table_1({"rows": [{"net": "a"}]}),
            "without batch, kept_copies, method, sgd_ms, step_extra_percent",
        ),
    ],
)
def test_what_is_missing_is_said_in_one_sentence(study, make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make(study)


def test_constant_rates_must_be_there(tmp_path):
    studies = {
        rate: made_study(tmp_path / f"{rate}", learning_rate=rate, methods=("zenith", "cosine")) for rate in (0.1, 0.2)
    }
    with pytest.raises(ValueError, match="figure 3a needs runs at constant learning rates: train 'constant' or 'sgd'"):
        paper.figure_3a(studies)


def test_sweeps_are_found_among_studies(rates, tmp_path):
    windows = [made_study(tmp_path / f"w{w}", window=w) for w in (8, 4)]
    other = made_study(tmp_path / "other", learning_rate=0.3, methods=("zenith", "cosine"))
    everything = [*rates.values(), *windows, other]
    assert list(sweep_over(everything, "learning_rate")) == [0.01, 0.1, 0.5]
    assert list(sweep_over(everything, "window")) == [2.0, 4.0, 8.0]  # the study of rate 0.1 has W = 2
    assert sweep_over(everything, "weight_decay") == {}


def test_all_that_can_be_drawn_is_and_the_rest_is_told(rates, tmp_path):
    made = paper_of(list(rates.values()), COSTS)
    assert set(made.missing) == {"figure_5", "figure_6", "table_4", "table_5"}
    assert len(made.figures) == 12
    assert [table.name for table in made.tables] == ["table_1", "table_3"]
    few = type(made)(made.figures[:2], made.tables, {})
    write_paper(few, tmp_path, provenance={"made": 1}, formats=("png",))
    assert {p.name for p in (tmp_path / "figures").iterdir()} == {
        f"figure_{n}.{s}" for n in ("1", "2a") for s in ("png", "nc")
    }
    assert {p.suffix for p in (tmp_path / "tables").iterdir()} == {".csv", ".tex", ".json"}
    record = json.loads((tmp_path / "tables" / "table_3.json").read_text())
    assert record["provenance"] == {"made": 1}
    assert Table.of(record) == made.tables[1]


@pytest.mark.parametrize("kind", ["trace", "line", "sweep", "timed", "correlation", "panels"])
def test_a_figure_drawn_from_its_data_is_the_same_figure(study, rates, kind, tmp_path):
    displays = {
        "trace": {"": TraceDisplay.from_study(study, "lr", window=3)},
        "line": {"": LineComparisonDisplay.from_study(study)},
        "sweep": {"": SweepDisplay.from_studies(rates, xlabel="learning rate")},
        "timed": {"": TimedDisplay.from_study(study)},
        "correlation": {"": CorrelationDisplay.from_study(study)},
        "panels": {"a": TimedDisplay.from_study(study), "b": LineComparisonDisplay.from_study(study)},
    }[kind]
    path = tmp_path / "figure.nc"
    whole = PanelsDisplay(list(displays.values()), list(displays))
    whole.to_dataset().to_netcdf(path)
    import xarray as xr

    with xr.open_dataset(path) as stored:
        again = PanelsDisplay.from_dataset(stored.load())
    if len(displays) == 1:
        again, whole = again.displays[0], whole.displays[0]
    assert again.plot()._repr_png_() == whole.plot()._repr_png_()
