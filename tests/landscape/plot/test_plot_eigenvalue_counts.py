"""Counts of eigenvalues are drawn as the quadratures have them, and those of a study are its own."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import xarray as xr
from matrices import MatrixOperator

from landscape.curvature.spectrum import spectral_density
from landscape.plot import EigenvalueCountDisplay, SpectrumDisplay
from landscape.study import Study

VALUES = np.r_[-1.0, np.linspace(0.0, 0.03, 30), 0.1, 0.2, 0.35]
GALLERY = Path(__file__).parents[3] / "figures"


def density(values=VALUES, steps=24):
    return spectral_density(MatrixOperator(torch.diag(torch.from_numpy(np.asarray(values)))), probes=8, steps=steps)


@pytest.fixture(scope="module")
def study():
    opened = Study.open(GALLERY / "digits")
    return SimpleNamespace(tree=opened.tree, analysis=None)


def test_the_bands_hold_the_true_counts_and_reach_what_is_drawn():
    two = {"zenith": density(), "cosine": density(2 * VALUES)}
    display = EigenvalueCountDisplay.from_densities(two, [0.05, 0.15, 0.3, 0.5]).plot()
    true = np.array(
        [(VALUES[:, None] > display.threshold).sum(axis=0), (2 * VALUES[:, None] > display.threshold).sum(axis=0)]
    )
    assert (display.low <= true).all()
    assert (true <= display.high).all()
    for row, name in enumerate(two):
        assert np.array_equal(display.lines_[name].get_ydata(), display.count[row])
    assert display.ax_.get_xscale() == display.ax_.get_yscale() == "log"
    assert display.legend_.get_title().get_text() == "34 eigenvalues; bands: 95 % intervals"


def test_thresholds_reach_up_to_the_largest_of_all():
    display = EigenvalueCountDisplay.from_densities({"zenith": density(), "cosine": density(2 * VALUES)})
    assert 0.7 < display.threshold[-1] < 0.75
    assert display.threshold[-1] / display.threshold[0] > 3000
    assert (display.count[:, -1] < 1e-9).all()


def test_those_of_a_study_are_its_own(study):
    display = EigenvalueCountDisplay.from_study(study, threshold=[0.01, 0.1]).plot(legend=False)
    assert display.methods == list(study.tree["runs"]["optimizer"].values)
    assert display.legend_ is None
    row = study.tree["spectra"].sel(optimizer="cosine", seed=0)
    above = (row["weight"] * (row["ritz_value"] > 0.1)).sum("node").mean("probe") * row["parameters"]
    assert display.count[display.methods.index("cosine"), 1] == pytest.approx(float(above))
    single = SpectrumDisplay.from_study(study, "cosine").plot()
    last = study.tree["curvature"].sel(optimizer="cosine", seed=0).isel(step=-1)
    assert single.eigenvalues.tolist() == last["eigenvalue"].values.tolist()
    assert single.extremes[1] == float(row["ritz_value"].max())


def test_runs_without_a_spectrum_are_left_out_and_named(study):
    spectra = study.tree["spectra"].to_dataset().copy(deep=True)
    for name in ("ritz_value", "weight"):
        spectra[name].loc[{"optimizer": "cosine"}] = np.nan
    lost = SimpleNamespace(tree=study.tree.copy(), analysis=None)
    lost.tree["spectra"] = xr.DataTree(spectra)
    assert "cosine" not in EigenvalueCountDisplay.from_study(lost).methods
    with pytest.raises(ValueError, match="keeps no spectrum of method 'cosine' and seed 0; it has those of zenith"):
        SpectrumDisplay.from_study(lost, "cosine")
    bare = SimpleNamespace(tree=xr.DataTree.from_dict({"/runs": study.tree["runs"].to_dataset()}), analysis=None)
    for display in (SpectrumDisplay, EigenvalueCountDisplay):
        with pytest.raises(ValueError, match=r"the study keeps no spectra: run it with measure\.spectrum_seeds"):
            display.from_study(bare)
        with pytest.raises(ValueError, match="no spectra of seed 5; it has those of 0 "):
            display.from_study(study, seed=5)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"threshold": [0.0, 1.0]}, "not positive and ascending"),
        ({"threshold": [2.0, 1.0]}, "not positive and ascending"),
        ({"low": [[1.0, 0.0]]}, "only one end of the band"),
        ({"count": [[1.0, 2.0, 3.0]]}, "count"),
        ({"methods": []}, "methods"),
    ],
)
def test_bad_arrays_are_refused(options, words):
    given = {"threshold": [1.0, 2.0], "count": [[3.0, 1.0]], "methods": ["zenith"]} | options
    with pytest.raises(ValueError, match=words):
        EigenvalueCountDisplay(**given)


def test_what_has_nothing_to_count_is_refused():
    with pytest.raises(ValueError, match="no spectral density"):
        EigenvalueCountDisplay.from_densities({})
    with pytest.raises(ValueError, match="no density has a positive eigenvalue"):
        EigenvalueCountDisplay.from_densities({"zenith": density([-2.0, -1.0, -0.5], steps=3)})
