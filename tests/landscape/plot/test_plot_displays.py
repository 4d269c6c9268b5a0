import itertools

import matplotlib as mpl
import numpy as np
import pytest
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from landscape.plot import (
    COLUMN_WIDTH,
    ByMethodDisplay,
    CorrelationDisplay,
    LineComparisonDisplay,
    PairedDisplay,
    PlaneDisplay,
    StackedTraceDisplay,
    SweepDisplay,
    TraceDisplay,
    TrajectoriesDisplay,
    TrajectoryScatterDisplay,
    method_style,
    styled,
)
from landscape.plot._base import seed_quantiles
from landscape.plot._style import styles_among
from landscape.stats.paired import adjust, paired_comparison
from landscape.stats.rank_correlation import rank_correlation

METHODS = ["zenith", "constant", "step", "exponential", "polynomial", "cosine", "sgd", "adamw"]
SEEDS = 5


def runs(shape=(), methods=METHODS, seed=0):
    return np.exp(np.random.default_rng(seed).normal(size=(len(methods), SEEDS, *shape)))


def comparisons(values, *, partner_is_reference=False, transform="log"):
    family = []
    for row, name in enumerate(METHODS[1:], start=1):
        first, second = (row, 0) if partner_is_reference else (0, row)
        names = (name, METHODS[0]) if partner_is_reference else (METHODS[0], name)
        family.append(
            paired_comparison(
                values[first], values[second], method=names[0], reference=names[1], measure="m", transform=transform
            )
        )
    return adjust(family)


def plane(shape=(9, 7)):
    alpha, beta = np.linspace(-2, 2, shape[0]), np.linspace(-1, 1, shape[1])
    loss = 0.01 + alpha[:, None] ** 2 + 3 * beta[None, :] ** 2
    return xr.Dataset({"loss": (("alpha", "beta"), loss)}, coords={"alpha": alpha, "beta": beta})


def trace(**options):
    return TraceDisplay(np.arange(40), runs((40,)), METHODS, ylabel="training loss (cross-entropy, nats)", **options)


def correlation():
    x, y = runs(), runs(seed=1) / 10
    return CorrelationDisplay(x, y, METHODS, rank_correlation(x, y, given=x + y))


DISPLAYS = {
    "trace": lambda: trace(yscale="log", window=4),
    "stacked": lambda: StackedTraceDisplay(
        [
            trace(window=7, yscale="log"),
            TraceDisplay(np.arange(40), runs((40,)), METHODS, ylabel="applied learning rate"),
        ]
    ),
    "line": lambda: LineComparisonDisplay(
        np.linspace(-1, 1, 11), runs((11,)), METHODS, xlabel="alpha along a filter-normalised random direction"
    ),
    "paired": lambda: PairedDisplay(runs(), METHODS, comparisons(runs())),
    "scatter": lambda: TrajectoryScatterDisplay(runs((6,)), runs((6,), seed=1), METHODS, matched_level=[0.1, 0.2]),
    "plane": lambda: PlaneDisplay(
        plane().where(plane().alpha > -1.6),
        trajectories={name: np.outer(np.arange(3), (0.3, 0.05 * i)) for i, name in enumerate(METHODS)},
        explained_variance=(0.712, 0.2),
        off_plane={name: np.array([0.0, 1.0, 0.5]) for name in METHODS},
        orthonormal=True,
    ),
    "correlation": correlation,
    "by method": lambda: ByMethodDisplay(trace(yscale="log", window=4)),
    "trajectories": lambda: TrajectoriesDisplay(
        plane().where(plane().alpha > -1.6),
        trajectories={name: np.outer(np.arange(3), (0.3, 0.05 * i)) for i, name in enumerate(METHODS)},
        explained_variance=(0.712, 0.2),
        off_plane={name: np.array([0.0, 1.0, 0.5]) for name in METHODS},
        losses={name: np.array([3.0, 1.0, 0.5]) for name in METHODS},
        orthonormal=True,
    ),
}


@pytest.fixture(params=DISPLAYS)
def display(request):
    return DISPLAYS[request.param]()


@styled
def draw(figure):
    figure.canvas.draw()


# --- what holds for every display


def test_plot_returns_self_leaves_rcparams_alone_and_registers_nothing(display):
    before = dict(mpl.rcParams)
    assert display.plot() is display
    assert display._repr_png_().startswith(b"\x89PNG")
    assert dict(mpl.rcParams) == before
    import matplotlib.pyplot as plt

    assert plt.get_fignums() == []


def test_figures_are_one_column_and_no_text_is_clipped_or_overlaps_the_legend(display, monkeypatch):
    figure = display.plot().figure_
    assert figure.get_figwidth() == COLUMN_WIDTH
    draw(figure)
    drawn, original = [], Text.draw
    monkeypatch.setattr(Text, "draw", lambda text, renderer: (drawn.append(text), original(text, renderer)))
    draw(figure)
    page = figure.bbox
    texts = [text for text in drawn if text.get_visible() and text.get_text()]
    assert len(texts) > 5
    for text in texts:
        box = text.get_window_extent()
        assert min(box.x0 - page.x0, page.x1 - box.x1, box.y0 - page.y0, page.y1 - box.y1) > -1, text
        assert text.get_fontsize() >= 5.5
    labels = [ax.xaxis.label.get_window_extent() for ax in figure.axes if ax.get_xlabel()]
    assert not any(_overlap(a, b) for a, b in itertools.combinations(labels, 2))
    legend = getattr(display, "legend_", None)
    if legend is not None:
        for ax in figure.axes:
            assert not _overlap(legend.get_window_extent(), ax.get_window_extent())
            assert not _overlap(legend.get_window_extent(), ax._left_title.get_window_extent())


def _overlap(a, b):
    shared = Bbox.intersection(a, b)
    return shared is not None and shared.width > 1 and shared.height > 1


def test_drawing_twice_gives_the_same_picture(display):
    assert display.plot()._repr_png_() == display.plot()._repr_png_()


def test_the_users_style_does_not_leak_in():
    plain = trace().plot()._repr_png_()
    with mpl.rc_context({"font.size": 20, "axes.facecolor": "black", "lines.linewidth": 9, "axes.grid": True}):
        assert trace().plot()._repr_png_() == plain


@pytest.mark.parametrize("name", ["trace", "line", "scatter", "plane", "correlation"])
def test_given_axes_are_drawn_on_with_the_legend_above_them(name):
    figure = Figure(figsize=(6, 4), layout="constrained")
    ax = figure.subplots()
    display = DISPLAYS[name]().plot(ax)
    assert display.ax_ is ax
    assert display.figure_ is figure
    assert ax.get_legend() is display.legend_
    draw(figure)
    box = display.legend_.get_window_extent()
    assert box.y0 >= ax.get_window_extent().y1
    title = ax._left_title
    assert not title.get_text() or not _overlap(box, title.get_window_extent())
    assert DISPLAYS[name]().plot(figure.add_axes((0, 0, 1, 1)), legend=False).legend_ is None


def test_given_pairs_of_axes():
    axes = Figure().subplots(1, 2)
    assert PairedDisplay(runs(), METHODS, comparisons(runs())).plot(axes).axes_ == list(axes)
    assert DISPLAYS["stacked"]().plot(axes).axes_ == list(axes)
    with pytest.raises(ValueError, match="3 axes were given"):
        PairedDisplay(runs(), METHODS, comparisons(runs())).plot(Figure().subplots(1, 3))
    with pytest.raises(ValueError, match="1 axes were given for 2 displays"):
        DISPLAYS["stacked"]().plot([Figure().subplots()])


# --- curves


def test_trace_draws_median_and_quartiles_in_the_methods_look():
    values = runs((12,))
    display = TraceDisplay(np.arange(12), values, METHODS, ylabel="gradient norm", yscale="log").plot()
    for row, (name, style) in enumerate(method_style(METHODS).items()):
        line = display.lines_[name]
        assert np.array_equal(line.get_xdata(), np.arange(12))
        np.testing.assert_allclose(line.get_ydata(), np.median(values[row], axis=0))
        assert line.get_color() == style.color
        assert line.get_marker() == style.marker
        band = display.bands_[name].get_paths()[0].vertices
        low, high = np.quantile(values[row], [0.25, 0.75], axis=0)
        assert band[:, 1].min() == pytest.approx(low.min())
        assert band[:, 1].max() == pytest.approx(high.max())
    assert [t.get_text() for t in display.legend_.get_texts()] == METHODS
    assert display.legend_.get_title().get_text() == "median and quartiles over 5 seeds"
    assert display.ax_.get_ylabel() == "gradient norm"
    assert display.ax_.get_yscale() == "log"


def test_range_band_and_single_seed_are_said():
    assert trace(band="range").summary_ == "median and range over 5 seeds"
    one = TraceDisplay([0, 1], np.ones((1, 1, 2)), ["zenith"], ylabel="loss").plot()
    assert one.summary_ == "one seed"
    assert one.bands_ == {}
    averaged = TraceDisplay([0, 1], np.ones((1, 1, 2)), ["zenith"], ylabel="loss", window=2)
    assert averaged.summary_ == "one seed\nmeans over 2 steps"
    alone = TrajectoryScatterDisplay(np.ones((1, 1, 2)), np.ones((1, 1, 2)), ["zenith"]).plot()
    assert alone.legend_.get_title().get_text() == "markers: ends of runs"


def test_diverged_runs_are_counted_and_a_lost_majority_stops_the_line():
    values = runs((10,), ["zenith", "constant"])
    values[1, 0, 4:] = np.nan
    values[1, 1:3, 7:] = np.inf
    display = TraceDisplay(np.arange(10), values, ["zenith", "constant"], ylabel="loss").plot()
    y = display.lines_["constant"].get_ydata()
    np.testing.assert_allclose(y[4:7], np.median(values[1, 1:, 4:7], axis=0))  # NaN is no value, unlike +inf
    assert np.isnan(y[7:]).all()
    assert np.isfinite(display.lines_["zenith"].get_ydata()).all()
    assert [t.get_text() for t in display.legend_.get_texts()] == ["zenith", "constant (2/5)"]
    assert "finite at the end" in display.legend_.get_title().get_text()


def test_quantiles_over_seeds_equal_numpys_where_all_is_finite():
    values = runs((12,))
    values[2, 3] = np.nan
    wanted = (0.0, 0.1, 0.25, 0.5, 0.8, 1.0)
    np.testing.assert_allclose(seed_quantiles(values, wanted), np.nanquantile(values, wanted, axis=1), rtol=1e-14)


@pytest.mark.parametrize(
    ("seeds", "quartiles"),
    [
        ([1, 2, 3, np.inf, np.inf], (2, 3, np.nan)),
        ([np.inf, 4, 1, 3, 2], (2, 3, 4)),  # no inf * 0 at whole positions
        ([1, 2, 3, np.inf], (1.75, 2.5, np.nan)),
        ([1, 2, np.inf, np.inf], (np.nan,) * 3),
        ([1, 2, 3, np.nan, np.inf], (1.75, 2.5, np.nan)),
        ([1, 2, np.nan, np.inf], (np.nan,) * 3),  # the half that is left would flatter
        ([np.nan] * 3, (np.nan,) * 3),
    ],
)
def test_an_overflowed_run_ranks_highest_and_a_missing_one_not_at_all(seeds, quartiles):
    values = np.array(seeds, dtype=float)[None, :, None]
    assert np.array_equal(seed_quantiles(values, (0.25, 0.5, 0.75))[:, 0, 0], quartiles, equal_nan=True)


def test_overflowed_slices_keep_their_rank_and_are_counted_where_most_overflow():
    loss = np.ones((2, SEEDS, 4)) * np.arange(1, SEEDS + 1)[:, None]
    loss[1, 3:, 0] = np.inf
    loss[1, 4, 1] = np.inf
    display = LineComparisonDisplay(np.arange(4), loss, ["zenith", "constant"], xlabel="alpha", yscale="linear").plot()
    assert display.lines_["constant"].get_ydata().tolist() == [3, 3, 3, 3]
    band = display.bands_["constant"].get_paths()[0].vertices
    assert (band[:, 0].min(), band[:, 1].max()) == (1, 4)  # a gap where the upper quartile is infinite
    assert [t.get_text() for t in display.legend_.get_texts()] == ["zenith", "constant (3/5)"]
    assert "k of n finite at the worst alpha" in display.legend_.get_title().get_text()


def test_a_step_at_which_all_overflowed_is_a_gap():
    values = np.array([[[1.0, np.inf, 2.0]]])
    display = TraceDisplay(np.arange(3), values, ["zenith"], ylabel="loss").plot()
    assert np.array_equal(display.lines_["zenith"].get_xydata(), [[0, 1], [1, np.nan], [2, 2]], equal_nan=True)


def test_unrecorded_steps_are_left_out():
    values = np.full((1, 2, 6), np.nan)
    values[:, :, 2::3] = 1.0
    assert np.array_equal(TraceDisplay(np.arange(6), values, ["zenith"], ylabel="accuracy").x, [2, 5])
    with pytest.raises(ValueError, match="nothing to draw"):
        TraceDisplay([0, 1], np.full((1, 1, 2), np.nan), ["zenith"], ylabel="loss")


def test_window_means_are_exact_and_said():
    values = np.arange(7.0).reshape(1, 1, 7)
    display = TraceDisplay(10 * np.arange(7), values, ["zenith"], ylabel="loss", window=3).plot()
    assert np.array_equal(display.lines_["zenith"].get_xdata(), [10, 40, 60])
    assert np.array_equal(display.lines_["zenith"].get_ydata(), [1, 4, 6])
    assert "means over 3 steps" in display.legend_.get_title().get_text()
    values[0, 0, 4] = np.nan  # one missing value makes its window missing, not smoothed over
    other = np.ones((1, 1, 7))
    both = TraceDisplay(np.arange(7), np.concatenate([values, other]), ["zenith", "step"], ylabel="loss", window=3)
    assert np.isnan(both.median[0, 1])


def test_stacked_traces_share_x_and_one_legend():
    display = DISPLAYS["stacked"]().plot()
    top, bottom = display.axes_
    assert top.get_shared_x_axes().joined(top, bottom)
    assert (top.get_xlabel(), bottom.get_xlabel()) == ("", "step")
    assert top.get_ylabel() == "training loss\n(cross-entropy, nats)"
    assert len(display.figure_.legends) == 1
    assert "from top: means over 7 steps; every value" in display.legend_.get_title().get_text()
    with pytest.raises(ValueError, match="different methods"):
        StackedTraceDisplay([trace(), TraceDisplay([0], np.ones((1, 1, 1)), ["zenith"], ylabel="x")])
    with pytest.raises(ValueError, match="displays is empty"):
        StackedTraceDisplay([])


@pytest.mark.parametrize("yscale", ["linear", "log", "symlog"])
def test_line_from_dataset_in_any_order_of_dimensions(yscale):
    alpha, loss = np.linspace(-1, 1, 11), runs((11,))
    lines = xr.Dataset(
        {"loss": (("optimizer", "seed", "alpha"), loss)},
        coords={"optimizer": METHODS, "seed": range(SEEDS), "alpha": alpha},
    ).transpose("alpha", "seed", "optimizer")
    display = LineComparisonDisplay.from_dataset(lines, xlabel="alpha along v", yscale=yscale).plot()
    np.testing.assert_allclose(display.lines_["cosine"].get_ydata(), np.median(loss[5], axis=0))
    assert display.ax_.get_xlabel() == "alpha along v"
    assert display.ax_.get_yscale() == yscale
    with pytest.raises(ValueError, match="no variable 'accuracy'"):
        LineComparisonDisplay.from_dataset(lines, xlabel="alpha", variable="accuracy")


def test_log_axis_masks_what_is_not_positive():
    values = np.array([[[1.0, 0.0, -1.0, 2.0]]])
    display = TraceDisplay(np.arange(4), values, ["zenith"], ylabel="learning rate", yscale="log").plot()
    display._repr_png_()
    transformed = display.lines_["zenith"].get_transform().transform(np.c_[np.arange(4), values[0, 0]])
    assert np.isfinite(transformed[:, 1]).tolist() == [True, False, False, True]


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (([0, 1], np.ones((2, 2)), ["a", "b"]), {}, "values has shape"),
        (([0, 1], np.ones((2, 2, 3)), ["a", "b"]), {}, r"\(method=2, seed, step=2\) is expected"),
        (([0, 1], np.ones((2, 2, 2)), ["a", "a"]), {}, "distinct names"),
        (([0, 1], np.ones((2, 2, 2)), ["a", "b"]), {"yscale": "logit"}, "yscale = 'logit'"),
        (([0, 1], np.ones((2, 2, 2)), ["a", "b"]), {"band": "std"}, "band = 'std'"),
        (([0, 1], np.ones((2, 2, 2)), ["a", "b"]), {"window": 0}, "window = 0"),
    ],
)
def test_traces_refuse(arguments, options, message):
    with pytest.raises(ValueError, match=message):
        TraceDisplay(*arguments, ylabel="loss", **options)


# --- pairs


@pytest.mark.parametrize("partner_is_reference", [False, True])
def test_paired_draws_runs_pairs_effects_and_p(partner_is_reference):
    values = runs()
    family = comparisons(values, partner_is_reference=partner_is_reference)
    display = PairedDisplay(values, METHODS, family).plot()
    left, right = display.axes_
    assert [t.get_text() for t in left.get_yticklabels()] == METHODS
    for seed, line in enumerate(display.pairs_):
        assert np.array_equal(line.get_xdata(), values[:, seed])
        assert np.array_equal(line.get_ydata(), np.arange(len(METHODS)))
    for row, comparison in enumerate(family, start=1):
        name = METHODS[row]
        assert np.array_equal(display.points_[name].get_xdata(), values[row])
        np.testing.assert_allclose(display.means_[name].get_xdata(), comparison.ratio)
        np.testing.assert_allclose(display.intervals_[name].get_xdata(), comparison.ratio_interval)
        np.testing.assert_allclose(display.differences_[name].get_xdata(), np.exp(comparison.differences))
        assert set(display.intervals_[name].get_ydata()) == {row}
        assert display.p_[name].get_text() == f"n/a\n({comparison.n} seeds)"  # for no outcome of so few is small
    direction = "method / zenith" if partner_is_reference else "zenith / method"
    assert right.get_xlabel().startswith(direction)
    assert (left.get_xscale(), right.get_xscale()) == ("log", "log")
    assert "zenith" not in display.means_
    assert "Holm" in display.p_header_.get_text()


def test_paired_shows_a_p_that_enough_seeds_could_have_made_small():
    values = np.exp(np.random.default_rng(0).normal(size=(2, 9)))
    pair = paired_comparison(values[0], values[1], method="zenith", reference="cosine", measure="m")
    display = PairedDisplay(values, ["zenith", "cosine"], [pair]).plot()
    assert display.p_["cosine"].get_text() == f"{pair.p_value:.2g}"


def test_paired_differences_on_linear_axes_and_lost_runs():
    values = runs() / 10
    values[2, 1] = np.nan
    family = comparisons(values, partner_is_reference=True, transform="identity")
    display = PairedDisplay(values, METHODS, family, label="test accuracy", scale="linear").plot()
    assert display.axes_[1].get_xscale() == "linear"
    assert display.axes_[1].get_xlabel().startswith("method − zenith")
    np.testing.assert_allclose(display.means_["cosine"].get_xdata(), np.mean(values[5] - values[0]))
    assert display.axes_[0].get_yticklabels()[2].get_text() == "step (4/5)"
    unadjusted = [paired_comparison(values[1], values[0], method="constant", reference="zenith", measure="m")]
    display = PairedDisplay(values, METHODS, unadjusted).plot()
    assert display.p_header_.get_text() == "$p$"


def test_paired_refuses():
    values, family = runs(), comparisons(runs())
    with pytest.raises(ValueError, match="comparisons is empty"):
        PairedDisplay(values, METHODS, [])
    with pytest.raises(ValueError, match="share neither"):
        PairedDisplay(values, METHODS, [*family, *comparisons(values, partner_is_reference=True)])
    with pytest.raises(ValueError, match="adamw, which methods lacks"):
        PairedDisplay(values[:-1], METHODS[:-1], family)
    with pytest.raises(ValueError, match="mix ratios and differences"):
        PairedDisplay(values, METHODS, [family[0], *comparisons(values, transform="identity")[1:]])
    with pytest.raises(ValueError, match="values has shape"):
        PairedDisplay(values.T, METHODS, family)


# --- scatters


def test_trajectories_ends_and_matched_level():
    loss, measure = runs((6,)), runs((6,), seed=1)
    loss[0, 0, 4:] = np.nan
    measure[1, 1, 5] = -1.0
    display = TrajectoryScatterDisplay(loss, measure, METHODS, matched_level=[0.1, np.nan, 0.3]).plot()
    assert display.ax_.get_xscale() == display.ax_.get_yscale() == "log"
    assert np.array_equal(display.lines_["zenith"][1].get_xdata(), loss[0, 1])
    assert np.array_equal(display.ends_["zenith"].get_xydata()[0], [loss[0, 0, 3], measure[0, 0, 3]])
    assert np.array_equal(display.ends_["constant"].get_xydata()[1], [loss[1, 1, 4], measure[1, 1, 4]])
    np.testing.assert_allclose(display.medians_["step"].get_xdata(), np.median(loss[2], axis=0))
    assert (display.level_.get_x(), display.level_.get_width()) == pytest.approx((0.1, 0.2))
    assert [t.get_text() for t in display.legend_.get_texts()] == [*METHODS, "matched loss"]
    measure[2, :2, 3] = np.inf
    overflowed = TrajectoryScatterDisplay(loss, measure, METHODS).plot()
    assert overflowed.medians_["step"].get_ydata()[3] == np.median(measure[2, :, 3])
    assert np.isnan(overflowed.lines_["step"][0].get_ydata()[3])
    single = TrajectoryScatterDisplay(loss, measure, METHODS, matched_level=0.2).plot()
    assert set(single.level_.get_xdata()) == {0.2}
    assert TrajectoryScatterDisplay(loss, measure, METHODS).plot().level_ is None
    with pytest.raises(ValueError, match="measure has shape"):
        TrajectoryScatterDisplay(loss, measure[:, :, 1:], METHODS)


def test_correlation_marks_every_run_and_states_rho_and_p():
    display = correlation().plot()
    assert np.array_equal(display.points_["step"].get_xdata(), runs()[2])
    assert np.array_equal(display.points_["step"].get_ydata(), runs(seed=1)[2] / 10)
    text = display.text_.get_text().replace("−", "-")
    c = display.correlation
    assert f"= {c.rho:.2f}" in text
    assert f"over {len(METHODS)} methods ($p$ = {c.p_value:.2g})" in text
    assert f"given the training loss {c.partial:.2f}; over {c.n} runs within seeds {c.rho_within:.2f}" in text
    with pytest.raises(ValueError, match="xscale = 'sqrt'"):
        CorrelationDisplay(runs(), runs(), METHODS, c, xscale="sqrt")


@pytest.mark.parametrize("span", [(15.0, 80.0), (2.0, 13.0), (0.9, 1.3), (0.004, 0.06), (30.0, 34.0)])
def test_tick_labels_of_a_narrow_log_axis_do_not_touch(span):
    values = np.geomspace(*span, 12).reshape(6, 2)
    pairs = [
        paired_comparison(values[0], row, method=METHODS[0], reference=name, measure="m")
        for name, row in zip(METHODS[1:6], values[1:], strict=True)
    ]
    display = PairedDisplay(values, METHODS[:6], pairs).plot()
    draw(display.figure_)
    ax = display.axes_[0]
    boxes = [t.get_window_extent() for t in ax.get_xticklabels() if t.get_text() and t.get_visible()]
    low, high = ax.get_window_extent().x0, ax.get_window_extent().x1
    inside = sorted((b.x0, b.x1) for b in boxes if low <= (b.x0 + b.x1) / 2 <= high)
    assert len(inside) >= 2
    assert all(left[1] < right[0] for left, right in itertools.pairwise(inside))


def test_equal_accuracies_are_moved_apart_by_less_than_half_their_step_and_outliers_to_the_edge():
    steps = np.tile([0.95, 0.96, 0.97], (6, 4))
    display = CorrelationDisplay(np.exp(steps), steps, METHODS[:6]).plot()
    shown = np.stack([display.points_[name].get_ydata() for name in METHODS[:6]])
    assert np.abs(shown - steps).max() < 0.005
    assert np.unique(shown).size >= 9 * 3
    assert "markers are moved by up to" in display.text_.get_text()
    far = steps + np.linspace(0, 1e-4, 72).reshape(6, 12)
    far[2, 5] = 0.1
    display = CorrelationDisplay(np.exp(steps), far, METHODS[:6]).plot()
    assert display.ax_.get_ylim()[0] > 0.9
    assert "1 run off the scale, at its edge: step, 0.1" in display.text_.get_text()
    near = np.delete(far.ravel(), 2 * 12 + 5)
    drawn = np.concatenate([display.points_[name].get_ydata() for name in METHODS[:6]])
    assert np.array_equal(np.delete(drawn, 2 * 12 + 5), near)  # no two are equal: none is moved


def test_methods_apart_have_their_own_line_and_band_over_the_others():
    traces = trace(window=4)
    display = ByMethodDisplay(traces).plot()
    assert [ax.get_title(loc="left") for ax in display.axes_] == METHODS
    for row, name in enumerate(METHODS):
        assert np.array_equal(display.lines_[name].get_ydata(), traces.median[row])
        assert len(display.others_[name]) == len(METHODS) - 1
    with pytest.raises(ValueError, match="CorrelationDisplay has no curves by method"):
        ByMethodDisplay(correlation())


def test_some_of_a_studys_methods_look_as_they_do_among_all():
    names = ["mine", "yours", "theirs"]
    every = method_style(names)
    with styles_among(names):
        assert method_style(["theirs", "yours"]) == {name: every[name] for name in ("theirs", "yours")}
    assert method_style(["theirs"])["theirs"] == every["mine"]


# --- planes


@pytest.mark.parametrize("scale", ["log", "linear"])
def test_plane_is_drawn_the_right_way_round(scale):
    display = PlaneDisplay(plane((81, 61)), scale=scale).plot()
    assert display.ax_.get_xlim() == (-2, 2)
    assert display.ax_.get_ylim() == (-1, 1)
    # the contours of 0.01 + alpha^2 + 3 beta^2 are ellipses: check their points against the function
    level = len(display.line_levels) // 2
    vertices = display.contours_.get_paths()[level].vertices
    height = 0.01 + vertices[:, 0] ** 2 + 3 * vertices[:, 1] ** 2
    np.testing.assert_allclose(height, display.line_levels[level], rtol=0.02)
    assert {t.get_text() for t in display.labels_} <= {f"{v:.3g}" for v in display.line_levels}
    assert display.colorbar_.ax.get_ylabel() == "loss"  # nothing is known of it
    assert display.ax_.get_aspect() == "auto"
    assert display.legend_ is None


def test_non_finite_cells_stay_empty_and_hatched():
    values = plane((21, 21))
    values.loss[3:8, 5:9] = np.inf
    values.loss[15, 15] = np.nan
    display = PlaneDisplay(values, scale="log").plot()
    assert display.missing.sum() == 21
    assert display.ax_.patch.get_hatch()
    assert [t.get_text() for t in display.legend_.get_texts()] == ["not finite"]
    draw(display.figure_)
    pixels = np.asarray(display.figure_.canvas.buffer_rgba())[::-1, :, :3].astype(int)
    for row, column, missing in ((5, 6, True), (3, 5, True), (15, 15, True), (12, 3, False), (8, 15, False)):
        x, y = display.ax_.transData.transform((values.alpha[row], values.beta[column])).astype(int)
        patch = pixels[y - 2 : y + 3, x - 2 : x + 3].reshape(-1, 3)
        assert (np.ptp(patch, axis=1).max() < 12) == missing  # grey and hatch, which viridis never is
    assert not PlaneDisplay(plane()).plot().ax_.patch.get_hatch()
    assert PlaneDisplay(plane() - 1.0, scale="log").missing.any()
    assert not PlaneDisplay(plane() - 1.0, scale="linear").missing.any()


def test_trajectories_variance_and_distance_are_stated():
    display = DISPLAYS["plane"]().plot()
    style = method_style(METHODS)["cosine"]
    assert np.array_equal(display.paths_["cosine"].get_xydata(), np.outer(np.arange(3), (0.3, 0.25)))
    assert display.paths_["cosine"].get_color() == style.color
    assert np.array_equal(display.ends_["cosine"].get_xydata(), [[0.6, 0.5]])
    assert display.ends_["cosine"].get_marker() == style.marker
    assert np.array_equal(display.starts_["cosine"].get_xydata(), [[0.0, 0.0]])
    assert {end.get_markerfacecolor() for end in display.ends_.values()} == {"none"}  # none hides another
    assert {h.get_markerfacecolor() for h in display.legend_.legend_handles[:-2]} == {"none"}
    assert all(display.paths_["zenith"].zorder < display.paths_[name].zorder for name in METHODS[1:])
    assert display.ax_.get_xlabel().endswith("71 % of variance")
    assert display.ax_.get_ylabel().endswith("20 % of variance")
    assert "up to 1 off the plane (zenith)" in display.note_.get_text()
    assert display.ax_.get_aspect() == 1.0


def test_each_trajectory_has_a_panel():
    paths = {"zenith": np.array([[-1.5, 0.5], [0.0, 0.0], [1.0, 0.5]]), "cosine": np.zeros((2, 2))}
    lost = {"step": np.full((2, 2), np.nan)}
    display = TrajectoriesDisplay(plane(), trajectories=paths | lost, losses={"zenith": [3.0, np.nan, 0.5]}).plot()
    assert [ax.get_title(loc="left") for ax in display.axes_] == ["zenith", "cosine"]
    assert np.array_equal(display.paths_["zenith"].get_xydata(), paths["zenith"])
    assert next(line.get_xydata().tolist() for line in display.others_["cosine"]) == paths["zenith"].tolist()
    assert list(display.dots_) == ["zenith"]
    draw(display.figure_)
    with pytest.raises(ValueError, match="no trajectory has a finite point"):
        TrajectoriesDisplay(plane(), trajectories=lost).plot()


def test_checkpoints_have_the_colour_of_their_own_loss():
    paths = {"zenith": np.array([[-1.5, 0.5], [0.0, 0.0], [1.0, 0.5]]), "cosine": np.zeros((2, 2))}
    true = {"zenith": [3.0, np.nan, 0.5], "cosine": [1.0, 2.0]}
    display = PlaneDisplay(plane(), trajectories=paths, losses=true).plot()
    draw(display.figure_)
    dots = display.dots_["zenith"]
    assert np.array_equal(dots.get_offsets(), [[-1.5, 0.5], [1.0, 0.5]])  # what is not finite has no dot
    expected = mpl.colormaps["viridis"](mpl.colors.LogNorm(*display.filled_.get_clim())([3.0, 0.5]))
    np.testing.assert_allclose(dots.get_facecolor(), expected, atol=1e-6)
    np.testing.assert_allclose(dots.get_edgecolor()[0], mpl.colors.to_rgba(method_style(METHODS)["zenith"].color))
    assert "checkpoint, coloured by its own loss" in [text.get_text() for text in display.legend_.get_texts()]
    assert not PlaneDisplay(plane(), trajectories=paths).plot().dots_


def test_what_the_picture_does_not_show_is_counted():
    paths = {"zenith": np.array([[np.nan, 0.0], [0.5, 0.0], [1.0, 0.5], [0.0, np.nan]]), "cosine": np.full((2, 2), 3.0)}
    far = {"zenith": [np.nan, 0.1, 0.25, np.nan], "cosine": [0.0, 2.0]}
    display = PlaneDisplay(plane(), trajectories=paths, off_plane=far).plot()
    draw(display.figure_)
    note = " ".join(display.note_.get_text().split("\n"))
    assert display.note_.get_window_extent().x1 < display.figure_.bbox.x1
    assert note == "up to 0.25 (zenith), 2 (cosine) off the plane; 2 not finite; 2 outside the picture"
    assert display.starts_["zenith"].get_xydata().tolist() == [[0.5, 0.0]]
    assert display.ends_["zenith"].get_xydata().tolist() == [[1.0, 0.5]]
    assert "zenith" not in PlaneDisplay(plane(), trajectories={"zenith": np.full((2, 2), np.nan)}).plot().ends_


def test_the_colours_reach_to_the_checkpoints_own_losses():
    display = PlaneDisplay(plane(), trajectories={"zenith": np.zeros((2, 2))}, losses={"zenith": [1e-4, 50.0]}).plot()
    assert display.filled_.get_clim() == pytest.approx((1e-4, 50.0))


def test_a_flat_plane_can_be_drawn_and_its_colour_bar_names_the_one_value():
    flat = xr.full_like(plane(), 0.5)
    for scale in ("log", "linear"):
        display = PlaneDisplay(flat, scale=scale).plot()
        display._repr_png_()
        assert [text.get_text() for text in display.colorbar_.ax.get_yticklabels()] == ["0.5"]
        assert display.contours_ is None


def test_a_value_that_no_contour_reaches_is_a_square():
    values = xr.full_like(plane((9, 7)), np.inf)
    values.loss[:3, :3] = [[1.0, 2.0, 3.0], [2.0, 3.0, 4.0], [np.nan, 4.0, 5.0]]  # a triangle in the cell of the NaN
    values.loss[6, 4] = values.loss[8, 6] = 2.0
    display = PlaneDisplay(values).plot()
    drawn = display.alone_.get_offsets()
    assert sorted(map(tuple, drawn)) == [(values.alpha[i], values.beta[j]) for i, j in ((6, 4), (8, 6))]
    lonely = PlaneDisplay(values.where(values.alpha > 0.0)).plot()
    assert lonely.filled_ is None
    assert [text.get_text() for text in lonely.colorbar_.ax.get_yticklabels()] == ["2"]
    lonely._repr_png_()


def test_a_plane_without_any_finite_loss_shows_trajectories_and_names_no_value():
    nothing, path = plane() * np.nan, {"zenith": np.array([[-1.0, 0.0], [1.0, 0.5]])}
    display = PlaneDisplay(nothing, trajectories=path, losses={"zenith": [np.inf, np.nan]}).plot()
    assert display.colorbar_ is None
    assert display.ax_.child_axes == []
    assert display.ax_.patch.get_hatch()
    assert np.array_equal(display.paths_["zenith"].get_xydata(), path["zenith"])
    display._repr_png_()
    known = PlaneDisplay(nothing, trajectories=path, losses={"zenith": [3.0, 0.5]}).plot()
    assert known.colorbar_.mappable.get_clim() == pytest.approx((0.5, 3.0))


@pytest.mark.parametrize("scale", ["log", "linear"])
@pytest.mark.parametrize(
    ("value", "step"), [(1.0, 1e-16), (1e8, 1e-8), (1e8, 2e-8), (1e8, 1e-7), (1e17, 16.0), (3e-9, 1e-24), (0.7, 1e-15)]
)
def test_a_plane_flat_but_for_rounding_can_be_drawn(scale, value, step):
    nearly = xr.full_like(plane(), 0.0)
    nearly.loss[:] = value + step * np.arange(63.0).reshape(9, 7)
    display = PlaneDisplay(nearly, scale=scale).plot()
    display._repr_png_()
    assert (np.diff(display.fill_levels) > 0.0).all()
    assert display.fill_levels[0] <= nearly.loss.min() <= nearly.loss.max() <= display.fill_levels[-1]


def test_unknown_distances_off_the_plane_are_not_stated():
    unknown = np.full(3, np.nan)
    assert PlaneDisplay(plane(), off_plane={"zenith": unknown, "step": []}).plot().note_ is None
    display = PlaneDisplay(plane(), off_plane={"zenith": unknown, "step": [np.nan, 0.25, 0.125]}).plot()
    assert display.note_.get_text() == "checkpoints lie up to 0.25 off the plane (step)"


@pytest.mark.parametrize("height", [0.5, 1.0, 2.0, 8.0])
def test_labels_of_a_plane_of_any_shape_lie_inside_the_figure(height):
    values = plane().assign_coords(beta=np.linspace(-height, height, 7))
    path = np.outer(np.arange(3), (0.3, 0.1))
    display = PlaneDisplay(
        values,
        trajectories=dict.fromkeys(METHODS[:6], path),
        explained_variance=(0.7, 0.2),
        off_plane={"zenith": np.ones(3)},
        orthonormal=True,
        xlabel="PC 1",
        ylabel="PC 2",
    ).plot()
    draw(display.figure_)
    page = display.figure_.bbox
    for label in (display.ax_.xaxis.label, display.ax_.yaxis.label, display.colorbar_.ax.yaxis.label):
        box = label.get_window_extent()
        assert page.x0 <= box.x0 < box.x1 <= page.x1, label
        assert page.y0 <= box.y0 < box.y1 <= page.y1, label


def test_no_contour_label_lies_under_a_start_or_end_marker():
    bare = PlaneDisplay(plane()).plot()
    here = bare.labels_[0].get_position()
    path = np.array([[-1.9, -0.9], here])
    display = PlaneDisplay(plane(), trajectories={"zenith": path}).plot()
    markers = display.ax_.transData.transform(path)
    assert len(display.labels_) < len(bare.labels_)
    for text in display.labels_:
        distance = np.hypot(*(markers - display.ax_.transData.transform(text.get_position())).T)
        assert distance.min() >= 11.0 * display.figure_.dpi / 72


def test_no_contour_label_is_cut_by_the_edge_of_the_axes():
    at = np.linspace(-2, 2, 15)
    kept = 0
    for shift in np.linspace(-1.5, 1.5, 13):  # so that contours leave at other places
        loss = np.exp((at[:, None] + shift) + 0.3 * at[None, :] ** 2)
        values = xr.Dataset({"loss": (("beta", "alpha"), loss)}, coords={"alpha": at, "beta": 0.4 * at})
        display = PlaneDisplay(values, orthonormal=True).plot()
        draw(display.figure_)
        frame = display.ax_.get_window_extent()
        for text in display.labels_:
            box = text.get_window_extent()
            assert frame.x0 <= box.x0 < box.x1 <= frame.x1, (shift, text)
            assert frame.y0 <= box.y0 < box.y1 <= frame.y1, (shift, text)
        kept += len(display.labels_)
    assert kept > 13


@pytest.mark.parametrize("count", [2, 6, 20, 60])
def test_what_lies_behind_many_bands_is_seen_through_them(count):
    names = [f"m{i}" for i in range(count)]
    values = np.broadcast_to(np.array([1.0, 2.0, 4.0])[None, :, None], (count, 3, 5))
    display = TraceDisplay(np.arange(5), values, names, ylabel="y").plot()
    through = np.prod([1 - band.get_alpha() for band in display.bands_.values()])
    assert len(display.bands_) == count
    assert through >= 0.3 - 1e-9


def test_a_plane_of_several_objectives_is_drawn_by_name():
    several = plane().rename(loss="test_loss").assign(train_loss=plane().loss)
    assert PlaneDisplay(several, variable="test_loss").label == "test loss"
    with pytest.raises(ValueError, match=r"no variable 'loss' .*; draw one of test_loss, train_loss by variable="):
        PlaneDisplay(several)


def test_plane_refuses():
    with pytest.raises(ValueError, match="no variable 'accuracy'"):
        PlaneDisplay(plane(), variable="accuracy")
    with pytest.raises(ValueError, match=r"over \(alpha, beta\)"):
        PlaneDisplay(plane().isel(alpha=0))
    with pytest.raises(ValueError, match="no finite cell"):
        PlaneDisplay(plane() * np.nan)
    with pytest.raises(ValueError, match="the trajectory of zenith has shape"):
        PlaneDisplay(plane(), trajectories={"zenith": np.zeros((4, 3))})
    with pytest.raises(ValueError, match="explained_variance has shape"):
        PlaneDisplay(plane(), explained_variance=[0.5])
    with pytest.raises(ValueError, match="the losses of zenith has shape"):
        PlaneDisplay(plane(), trajectories={"zenith": np.zeros((4, 2))}, losses={"zenith": np.zeros(3)})
    with pytest.raises(ValueError, match="losses has 'adamw', which has no trajectory"):
        PlaneDisplay(plane(), losses={"adamw": np.zeros(3)})


def test_points_that_were_evaluated_are_marked_where_they_lie():
    surface = plane()
    chosen = np.zeros(surface["loss"].shape, dtype=bool)
    chosen[0, 1] = chosen[2, 0] = True
    display = PlaneDisplay(surface.assign(evaluated=(surface["loss"].dims, chosen)), evaluated=True).plot()
    at = (
        surface["loss"]
        .stack(point=("alpha", "beta"))["point"]
        .values[xr.DataArray(chosen, dims=surface["loss"].dims).stack(point=("alpha", "beta")).values]
    )
    assert sorted(zip(*display.points_.get_data(), strict=True)) == sorted(map(tuple, at))
    assert PlaneDisplay(surface).plot().points_ is None
    with pytest.raises(ValueError, match="no variable 'evaluated', as `adaptive_plane` returns it"):
        PlaneDisplay(surface, evaluated=True)


@pytest.mark.parametrize("xscale", ["log", "linear"])
@pytest.mark.parametrize("venue", ["icml", "nature"])
def test_the_labels_of_fifty_swept_settings_do_not_touch(xscale, venue):
    settings = np.array([float(f"{value:.3g}") for value in np.geomspace(0.00728, 0.9123, 50)])
    with styled(venue=venue):
        values, labels = np.ones((1, 2, 50)) + settings, {"xlabel": "learning rate", "ylabel": "sharpness"}
        display = SweepDisplay(settings, values, ["zenith"], xscale=xscale, **labels).plot()
    display.figure_.draw_without_rendering()
    renderer = display.figure_.canvas.get_renderer()
    boxes = [label.get_window_extent(renderer) for label in display.ax_.get_xticklabels() if label.get_text()]
    assert len(boxes) >= 4
    assert all(left.x1 < right.x0 for left, right in itertools.pairwise(boxes))


@pytest.mark.parametrize("height", [0.1, 0.3, 0.5, 1.0])
def test_a_colour_bar_and_its_label_are_no_longer_than_the_plane(height):
    flat = plane((41, 41)).assign_coords(beta=np.linspace(-2 * height, 2 * height, 41))
    display = PlaneDisplay(flat, orthonormal=True, label="training loss (cross-entropy, nats)").plot()
    display.figure_.draw_without_rendering()
    frame, bar = display.ax_.get_window_extent(), display.colorbar_
    label = bar.long_axis.label.get_window_extent()
    along = "height" if bar.orientation == "vertical" else "width"
    assert getattr(label, along) <= getattr(frame, along)
    assert getattr(bar.ax.bbox, along) <= 1.02 * getattr(frame, along)


@pytest.mark.parametrize(("low", "high"), [(0.0012, 0.0095), (1.1, 4.2), (0.00011, 0.0002), (2e-5, 4e-3), (900, 4100)])
def test_tick_labels_of_narrow_panels_do_not_run_into_one_another(low, high):
    spread = runs()
    values = low * (high / low) ** ((np.log(spread) - np.log(spread).min()) / np.ptp(np.log(spread)))
    display = PairedDisplay(values, METHODS, comparisons(values)).plot()
    draw(display.figure_)
    for ax in display.axes_:
        shown = [tick.label1 for tick in ax.xaxis.get_major_ticks() if ax.bbox.x0 <= tick.label1.get_window_extent().x1]
        boxes = [label.get_window_extent() for label in shown if label.get_text()]
        boxes = sorted((box for box in boxes if ax.bbox.x0 <= (box.x0 + box.x1) / 2 <= ax.bbox.x1), key=lambda b: b.x0)
        assert all(one.x1 < two.x0 for one, two in itertools.pairwise(boxes)), [text.get_text() for text in shown]
