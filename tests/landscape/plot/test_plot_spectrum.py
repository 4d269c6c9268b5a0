"""The spectrum's figure shows what it was given, and nothing is clipped."""

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from matrices import MatrixOperator

from landscape.curvature.spectrum import spectral_density
from landscape.plot import COLUMN_WIDTH, SpectrumDisplay, styled

VALUES = np.r_[-0.02, np.zeros(150), np.linspace(0, 0.03, 140), 0.1, 0.2, 0.35]
KNOWN = [0.35, 0.2, 0.1, np.nan]


@pytest.fixture(scope="module")
def density():
    return spectral_density(MatrixOperator(torch.diag(torch.from_numpy(VALUES))), steps=60)


@styled
def draw(figure):
    figure.canvas.draw()


def test_arrays_are_drawn_as_they_are_down_to_the_floor(density):
    band = density.smooth(width=0.01)
    display = SpectrumDisplay(band.grid, band.value, band.low, band.high, eigenvalues=KNOWN, floor=1e-2)
    assert display.plot() is display
    x, y = display.line_.get_data()
    shown = band.value > 1e-2
    assert np.array_equal(x, band.grid)
    assert np.array_equal(y[shown], band.value[shown])
    assert np.isnan(y[~shown]).all()
    assert display.ax_.get_yscale() == "log"
    assert display.ticks_.get_xdata().tolist() == KNOWN[:3]
    low, high = display.ax_.get_xlim()
    assert low < band.grid[shown].min()
    assert high > 0.35
    bottom, top = display.ax_.get_ylim()
    assert bottom == pytest.approx(1e-2)
    assert top > band.high.max()


def test_the_negative_part_is_set_off_only_where_there_is_one(density):
    display = SpectrumDisplay.from_density(density).plot()
    corners = np.concatenate([path.vertices for path in display.negative_.get_paths()])
    assert corners[:, 0].max() <= 0 < display.ax_.get_xlim()[1]
    assert display.extreme_ticks_.get_xdata().tolist() == list(density.extremes)
    positive = SpectrumDisplay([1.0, 2.0, 3.0], [0.1, 0.3, 0.2]).plot()
    assert positive.negative_ is positive.band_ is positive.ticks_ is positive.extreme_ticks_ is None


def test_legend_says_what_is_drawn_and_what_is_not_resolved(density):
    display = SpectrumDisplay.from_density(density, eigenvalues=KNOWN).plot()
    texts = [text.get_text() for text in display.legend_.get_texts()]
    assert texts[:2] == ["density", "95 % interval, 8 probes"]
    assert {"known eigenvalues", "extreme Ritz values"} < set(texts)
    assert display.legend_.get_title().get_text().startswith("294 eigenvalues, smoothed with a Gaussian of width")
    coarse = spectral_density(MatrixOperator(torch.diag(torch.from_numpy(VALUES))), steps=8)
    assert "the steps resolve" in SpectrumDisplay.from_density(coarse, width=1e-3).summary_
    assert SpectrumDisplay.from_density(density).plot(legend=False).legend_ is None


@pytest.mark.parametrize("width", [None, 1e-3])
def test_the_figure_is_one_column_and_holds_all_text(density, width):
    display = SpectrumDisplay.from_density(density, eigenvalues=KNOWN, width=width).plot()
    figure = display.figure_
    assert figure.get_figwidth() == COLUMN_WIDTH
    draw(figure)
    texts = [
        display.ax_.xaxis.label,
        display.ax_.yaxis.label,
        *display.legend_.get_texts(),
        display.legend_.get_title(),
    ]
    for text in texts:
        box = text.get_window_extent()
        assert figure.bbox.x0 - 1 <= box.x0
        assert box.x1 <= figure.bbox.x1 + 1
        assert figure.bbox.y0 - 1 <= box.y0
        assert box.y1 <= figure.bbox.y1 + 1
    assert not display.legend_.get_window_extent().overlaps(display.ax_.get_window_extent())
    assert display._repr_png_().startswith(b"\x89PNG")


def test_it_draws_on_given_axes(density):
    ax = Figure().subplots(2)[1]
    display = SpectrumDisplay.from_density(density).plot(ax)
    assert display.ax_ is ax
    assert display.figure_ is ax.figure


def test_bad_input_is_refused():
    for options, message in (
        ({"grid": [2.0, 1.0]}, "does not ascend"),
        ({"low": [0.1, 0.1]}, "only one end"),
        ({"density": [0.0, 0.0]}, "nowhere positive"),
        ({"density": [np.nan, 1.0]}, "not finite"),
        ({"density": [1.0]}, "density has shape"),
        ({"floor": 2.0}, "floor = 2.0 must be positive and below"),
    ):
        with pytest.raises(ValueError, match=message):
            SpectrumDisplay(**({"grid": [1.0, 2.0], "density": [0.5, 1.0]} | options))
