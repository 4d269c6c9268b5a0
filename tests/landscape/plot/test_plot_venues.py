import threading

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont
from matplotlib.text import Text
from test_plot_displays import plane

from landscape.plot import (
    COLUMN_WIDTH,
    DOUBLE_WIDTH,
    STYLE,
    VENUES,
    LineComparisonDisplay,
    PlaneDisplay,
    TraceDisplay,
    style,
    styled,
)

WIDTHS = {  # inches, of the templates
    ("icml", "half"): 3.25,
    ("icml", "full"): 6.75,
    ("neurips", "half"): (5.5 - 0.25) / 2,
    ("neurips", "full"): 5.5,
    ("iclr", "half"): (5.5 - 0.25) / 2,
    ("iclr", "full"): 5.5,
    ("cvpr", "half"): (6.875 - 0.3125) / 2,
    ("cvpr", "full"): 6.875,
    ("nature", "half"): 89 / 25.4,
    ("nature", "full"): 183 / 25.4,
}


def trace():
    return TraceDisplay([0, 1, 2], np.exp(np.ones((2, 3, 3))), ["zenith", "cosine"], ylabel="training loss (nats)")


@pytest.mark.parametrize(("venue", "width"), WIDTHS)
def test_sizes_are_the_templates(venue, width):
    with styled(venue=venue, width=width):
        figure = trace().plot().figure_
    assert figure.get_figwidth() == pytest.approx(WIDTHS[venue, width], abs=1e-12)
    assert figure.get_figheight() <= VENUES[venue].height
    assert style(venue, width=width)["figure.figsize"][0] == pytest.approx(WIDTHS[venue, width])
    assert style(venue, width=width)["pdf.fonttype"] == 42


def test_every_venue_is_tested_and_says_where_its_numbers_are_from():
    assert {name for name, _ in WIDTHS} == set(VENUES)
    assert all(venue.source for venue in VENUES.values())


@pytest.mark.parametrize("venue", VENUES)
def test_text_is_in_the_venues_font_and_size(venue):
    with styled(venue=venue):
        display = trace().plot()
        display.figure_.canvas.draw()
    assert all(5 <= text.get_fontsize() <= 7 for text in display.figure_.findobj(mpl.text.Text) if text.get_text())
    with mpl.rc_context(style(venue)):
        found = findfont(FontProperties(), fallback_to_default=False)
    assert found.endswith("STIXGeneral.ttf") or venue == "nature"


def test_nothing_is_left_behind_after_an_error_too():
    before = dict(mpl.rcParams)

    @styled(venue="neurips", width="full")
    def draw():
        assert mpl.rcParams["font.family"] == ["serif"]
        raise RuntimeError("in drawing")

    with pytest.raises(RuntimeError, match="in drawing"):
        draw()
    assert dict(mpl.rcParams) == before
    assert trace().plot().figure_.get_figwidth() == COLUMN_WIDTH


def test_venues_nest_and_decorate():
    @styled(venue="iclr", width="full")
    def draw():
        return trace().plot().figure_.get_figwidth()

    with styled(venue="nature"):
        assert draw() == draw() == 5.5
        with styled():
            assert trace().plot().figure_.get_figwidth() == COLUMN_WIDTH
        assert trace().plot().figure_.get_figwidth() == pytest.approx(89 / 25.4)


def test_another_thread_has_its_own_page():
    widths = []
    with styled(venue="neurips", width="full"):
        thread = threading.Thread(target=lambda: widths.append(trace().plot().figure_.get_figwidth()))
        thread.start()
        thread.join()
    assert widths == [COLUMN_WIDTH]


def test_house_style():
    assert style() == STYLE | {"figure.figsize": (COLUMN_WIDTH, 2.275)}
    assert style(width="full")["figure.figsize"][0] == DOUBLE_WIDTH


def test_given_axes_keep_their_figure():
    with styled(venue="cvpr"):
        figure = Figure(figsize=(2.0, 2.0))
        assert trace().plot(figure.add_subplot()).figure_ is figure
    assert tuple(figure.get_size_inches()) == (2.0, 2.0)


@pytest.mark.parametrize(("venue", "width"), [("neurips", "half"), ("neurips", "full"), ("nature", "full")])
def test_text_stays_on_the_page_and_off_the_legend(venue, width, monkeypatch):
    drawn, original = [], Text.draw
    monkeypatch.setattr(Text, "draw", lambda text, renderer: (drawn.append(text), original(text, renderer)))
    displays = [
        lambda: LineComparisonDisplay(
            np.linspace(-1, 1, 5),
            np.exp(np.random.default_rng(0).normal(size=(3, 4, 5))),
            ["zenith", "polynomial", "cosine"],
            xlabel="alpha along a filter-normalised random direction",
        ),
        lambda: PlaneDisplay(
            plane(),
            trajectories={"zenith": [[0, 0], [1, 0.5]], "cosine": [[0, 0], [-1, 0.5]]},
            off_plane={"zenith": [0, 1], "cosine": [0, 2.0]},
            orthonormal=True,
        ),
    ]
    for make in displays:
        with styled(venue=venue, width=width):
            display = make().plot()
            display.figure_.canvas.draw()
            drawn.clear()  # what the layout was tried with
            display.figure_.canvas.draw()
        page, texts = display.figure_.bbox, [text for text in drawn if text.get_visible() and text.get_text()]
        assert len(texts) > 5
        for text in texts:
            box = text.get_window_extent()
            assert min(box.x0 - page.x0, page.x1 - box.x1, box.y0 - page.y0, page.y1 - box.y1) > -1, text
        legend = display.legend_.get_window_extent()
        assert not any(legend.overlaps(ax.get_window_extent()) for ax in display.figure_.axes)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"venue": "aaai"}, "venue = 'aaai' is unknown; use one of 'icml'"),
        ({"venue": "icml", "width": "column"}, "width = 'column' is unknown; use 'half' or 'full'"),
    ],
)
def test_unknown_names(given, sentence):
    with pytest.raises(ValueError, match=sentence):
        styled(**given)
    with pytest.raises(ValueError, match=sentence):
        style(given["venue"], width=given.get("width", "half"))
