"""Displays from studies and runs: what is drawn is what was recorded. Studies and runs are known by what they have."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr

from landscape.plot import (
    CorrelationDisplay,
    LineComparisonDisplay,
    PairedDisplay,
    PlaneDisplay,
    StackedTraceDisplay,
    TraceDisplay,
    TrajectoryScatterDisplay,
)
from landscape.study import Study

GALLERY = Path(__file__).parents[3] / "figures"


@pytest.fixture(scope="module")
def study():
    opened = Study.open(GALLERY / "digits")
    return SimpleNamespace(tree=opened.tree, analysis=opened.analysis)


def run(method="zenith", seed=0, steps=6):
    rows = {name: [float(10 * seed + i) for i in range(steps)] for name in ("loss", "gradient_norm", "lr")}
    epochs = {"train_loss": [2.0, 1.0], "test_metric": [0.1, 0.2 + seed]}
    return SimpleNamespace(method=method, seed=seed, trace=SimpleNamespace(steps=rows, epochs=epochs))


def test_traces_of_a_study_are_medians_over_its_seeds(study):
    display = TraceDisplay.from_study(study, "lr", window=1).plot()
    for name, line in display.lines_.items():
        expected = study.tree["traces"]["lr"].sel(optimizer=name).median("seed")
        np.testing.assert_allclose(line.get_ydata(), expected, rtol=1e-12)
    assert (display.xlabel, display.ylabel, display.yscale) == ("step", "applied learning rate", "linear")
    assert list(display.lines_) == list(study.tree["runs"]["optimizer"].values)


def test_epochs_are_not_averaged_and_labels_are_the_studys(study):
    display = TraceDisplay.from_study(study, "test_loss")
    assert display.window == 1
    assert display.ylabel == "test loss (cross-entropy, nats)"
    assert TraceDisplay.from_study(study, "train_metric").ylabel == "training accuracy"
    assert TraceDisplay.from_study(study, "gradient_norm").window == 18
    assert TraceDisplay.from_study(study, "gradient_norm", yscale="linear", window=5).yscale == "linear"


def test_stacked_traces(study):
    display = StackedTraceDisplay.from_study(study)
    assert [d.ylabel for d in display.displays] == ["gradient norm", "applied learning rate"]
    with pytest.raises(ValueError, match="over step and epoch; stack those of one x axis"):
        StackedTraceDisplay.from_study(study, ("lr", "test_loss"))


def at_rate(method, rate):
    rows = {"gradient_norm": [1.0, 1.0], "lr": [rate, rate / 2]}
    return SimpleNamespace(method=method, seed=0, trace=SimpleNamespace(steps=rows, epochs={}))


@pytest.mark.parametrize(("rate", "scale"), [(0.03, "linear"), (0.001, "log"), (0.0, "linear")])
def test_learning_rates_far_apart_are_on_a_log_axis(rate, scale):
    runs = [at_rate("zenith", 0.1), at_rate("adamw", rate)]
    assert TraceDisplay.from_run(runs, "lr").yscale == scale
    assert TraceDisplay.from_run(runs, "lr", yscale="symlog").yscale == "symlog"
    assert [each.yscale for each in StackedTraceDisplay.from_run(runs).displays] == ["log", scale]


def test_one_run_and_several():
    one = TraceDisplay.from_run(run()).plot()
    np.testing.assert_array_equal(one.lines_["zenith"].get_ydata(), np.arange(6.0))
    several = TraceDisplay.from_run([run(seed=0), run(seed=1, steps=4), run("cosine", 1)], "lr")
    assert several.values.shape == (2, 2, 6)
    assert several.methods == ["zenith", "cosine"]
    assert np.isnan(several.values[0, 1, 4:]).all()  # ended early
    assert np.isnan(several.values[1, 0]).all()  # not run
    epochs = TraceDisplay.from_run(run(seed=3), "test_metric")
    np.testing.assert_array_equal(epochs.values, [[[0.1, 3.2]]])
    assert epochs.xlabel == "epoch"
    assert [d.ylabel for d in StackedTraceDisplay.from_run(iter([run()])).displays] == [
        "gradient norm",
        "applied learning rate",
    ]


def test_runs_of_the_training_loop_fit():
    zenith = pytest.importorskip("zenith")
    trained = zenith.train("digits", "zenith", seed=0, epochs=1)
    display = TraceDisplay.from_run(trained, "gradient_norm", window=1)
    np.testing.assert_array_equal(display.values[0, 0], trained.trace.step_array("gradient_norm"))


@pytest.mark.parametrize("direction", ["random", "eigenvector"])
def test_lines(study, direction):
    display = LineComparisonDisplay.from_study(study, direction, variable="test_loss").plot()
    data = study.tree["lines"][direction]["test_loss"]
    np.testing.assert_allclose(display.lines_["step"].get_ydata(), data.sel(optimizer="step").median("seed"))
    assert display.ylabel == "test loss (cross-entropy, nats)"


def test_plane(study):
    display = PlaneDisplay.from_study(study, seed=0).plot()
    group = study.tree["planes/seed0"]
    np.testing.assert_array_equal(display.values, group["plane"]["loss"].transpose("beta", "alpha"))
    marks = group["trajectories"].to_dataset()
    rows = (marks["optimizer"] == "cosine").values
    np.testing.assert_array_equal(display.paths_["cosine"].get_xdata(), marks["alpha"].values[rows])
    np.testing.assert_array_equal(display.losses["cosine"], marks["loss"].values[rows])
    other = PlaneDisplay.from_study(study, variable="accuracy", label="training accuracy", scale="linear")
    assert other.losses == {}
    assert other.label == "training accuracy"


def test_paired(study):
    display = PairedDisplay.from_study(study, "trace")
    np.testing.assert_array_equal(display.values, study.tree["end"]["trace"])
    assert display.comparisons == list(study.analysis.comparisons["trace"])
    assert display.label == "Hessian trace"


def test_scatter_and_correlation(study):
    scatter = TrajectoryScatterDisplay.from_study(study)
    curvature = study.tree["curvature"].to_dataset().isel(k=0)
    expected = curvature["eigenvalue"].where(curvature["converged"] == 1)
    np.testing.assert_array_equal(scatter.measure, expected.where(curvature["loss"] > 0))
    correlation = CorrelationDisplay.from_study(study, "adaptive_sharpness")
    np.testing.assert_array_equal(correlation.x, study.tree["end"]["adaptive_sharpness"])
    np.testing.assert_array_equal(correlation.y, study.tree["epochs"]["test_metric"].isel(epoch=-1))
    with_error = study.analysis.correlations["adaptive_sharpness"]
    assert correlation.correlation.rho == -with_error.rho  # drawn is the accuracy
    assert correlation.correlation.partial == pytest.approx(-with_error.partial, nan_ok=True)
    assert correlation.correlation.rho_within == -with_error.rho_within


def test_what_is_missing_is_said(study):
    bare = SimpleNamespace(tree=xr.DataTree.from_dict({"/runs": study.tree["runs"].to_dataset()}), analysis=None)
    with pytest.raises(ValueError, match=r"the study has no group 'lines/random'; it has runs\."):
        LineComparisonDisplay.from_study(bare)
    with pytest.raises(ValueError, match="no plane; it has those of seeds none"):
        PlaneDisplay.from_study(bare)
    with pytest.raises(ValueError, match="no plane of seed 7; it has those of seeds 0 "):
        PlaneDisplay.from_study(study, seed=7)
    with pytest.raises(ValueError, match="'momentum' is not recorded; use one of 'loss', 'gradient_norm'"):
        TraceDisplay.from_study(study, "momentum")
    with pytest.raises(
        ValueError, match="no quantity 'lambda_max_matched' of that kind; use one of 'lambda_max', 'trace'"
    ):
        PairedDisplay.from_study(study, "lambda_max_matched")
    with pytest.raises(ValueError, match="no quantity 'test_loss' of that kind"):
        CorrelationDisplay.from_study(study, "test_loss")
    with pytest.raises(ValueError, match="direction = 'pca' is unknown"):
        LineComparisonDisplay.from_study(study, "pca")
    with pytest.raises(ValueError, match="there is no run to draw"):
        TraceDisplay.from_run([])
    with pytest.raises(ValueError, match=r"same method and seed \(zenith, seed 0\)"):
        TraceDisplay.from_run([run(), run()])
