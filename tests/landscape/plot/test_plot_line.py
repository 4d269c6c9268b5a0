"""One slice drawn with all that was measured along it, and what must be known of it said above it."""

import json

import numpy as np
import pytest
import torch
from torch import nn

from landscape.connectivity.linear import interpolate
from landscape.objective.objective import Objective
from landscape.plot import LineDisplay, PlaneDisplay
from landscape.slices.adaptive import adaptive_plane
from landscape.slices.directions import random_direction
from landscape.slices.grid import line, plane


def accuracy(model, batch):
    return (model(batch[0]).argmax(1) == batch[1]).double().mean()


def segments(artist):
    return artist.get_paths()[0].vertices


def test_objectives_share_panels_and_every_quantity_has_one(mlp):
    train = mlp.objective(metrics={"accuracy": accuracy})
    test = train.subset(6)
    data = line({"train": train, "test": test}, random_direction(train, seed=0), [1.0, -1.0, 0.0])
    display = LineDisplay(data, labels={"loss": "cross-entropy (nats)"}, xlabel="alpha, filter-normalised").plot()
    assert list(display.axes_) == ["loss", "accuracy"]
    for quantity in display.axes_:
        for name, drawn in display.lines_[quantity].items():
            assert drawn.get_xdata().tolist() == [-1.0, 0.0, 1.0]
            assert drawn.get_ydata().tolist() == data[f"{name}_{quantity}"].values[[1, 2, 0]].tolist()
    assert [text.get_text() for text in display.legend_.get_texts()] == ["train", "test"]
    assert display.axes_["loss"].get_ylabel().replace("\n", " ") == "cross-entropy (nats)"
    assert display.axes_["accuracy"].get_xlabel() == "alpha, filter-normalised"
    assert list(display.bands_) == ["test"]
    low, high = segments(display.bands_["test"])[:, 1].min(), segments(display.bands_["test"])[:, 1].max()
    assert low == pytest.approx(float((data.test_loss - data.test_loss_se).min()))
    assert high == pytest.approx(float((data.test_loss + data.test_loss_se).max()))
    assert display.note_.get_text() == "on a subset of 6 samples (test); band: one standard error"
    only = LineDisplay(data, quantities=["accuracy"]).plot()
    assert list(only.axes_) == ["accuracy"]
    assert only.note_.get_text() == "on a subset of 6 samples (test)"


def test_what_is_not_finite_is_hatched_and_not_bridged():
    model = nn.Linear(1, 1, bias=False).double()
    nn.init.ones_(model.weight)
    objective = Objective(model, data=(torch.ones(1, 1).double(),), loss=lambda m, b: torch.sqrt(m(b[0]) - 0.5).sum())
    data = line(objective, {"weight": torch.ones(1, 1).double()}, [-1.0, 0.0, 1.0, 2.0])
    display = LineDisplay(data, yscale="linear").plot()
    (drawn,) = display.lines_["loss"].values()
    assert np.isnan(drawn.get_ydata()).tolist() == [True, False, False, False]
    (span,) = display.axes_["loss"].patches
    assert (span.get_x(), span.get_x() + span.get_width()) == (-1.0, -0.5)
    assert span.get_hatch()
    assert display.note_.get_text() == "hatched: not finite"
    assert display.legend_ is None


def test_a_path_between_models_is_drawn_over_t(mlp):
    objective = mlp.objective(metrics={"accuracy": accuracy})
    other = {n: p + 0.1 for n, p in objective.parameters.items()}
    display = LineDisplay(interpolate(objective, objective, other, [0.0, 0.5, 1.0]).dataset).plot()
    assert list(display.axes_) == ["loss", "accuracy"]
    assert display.axes_["accuracy"].get_xlabel() == "$t$"
    assert display.note_ is None


def test_pictures_say_how_batch_norm_was_taken_and_what_was_interpolated(convnet):
    objective = convnet.objective()
    u, v = random_direction(objective, seed=0), random_direction(objective, seed=1)
    assert PlaneDisplay(plane(objective, (u, v), [-1.0, 0.0, 1.0])).plot().note_ is None
    recomputed = plane(convnet.objective(batchnorm="recomputed", batch_size=11), (u, v), [-1.0, 0.0, 1.0])
    assert PlaneDisplay(recomputed).plot().note_.get_text() == "batch norm: recomputed"
    by_batch = line(convnet.objective(batchnorm="batch", batch_size=11), u, [0.0, 1.0])
    assert LineDisplay(by_batch).plot().note_.get_text() == "batch norm: batch statistics"
    surface = adaptive_plane(objective, (u, v), np.linspace(-1, 1, 17))
    words = PlaneDisplay(surface).plot().note_.get_text().replace("\n", " ")
    count = json.loads(surface.attrs["protocol"])["evaluations"]
    assert words == f"{count} of 289 points evaluated, the others interpolated (to 0.01 of the range)"


def test_what_is_no_slice_is_refused(mlp):
    objective = mlp.objective()
    u, v = random_direction(objective, seed=0), random_direction(objective, seed=1)
    data = line(objective, u, [0.0, 1.0])
    for call, words in [
        (
            lambda: LineDisplay(plane(objective, (u, v), [0.0, 1.0])),
            r"dimensions \('alpha', 'beta'\); select one line",
        ),
        (
            lambda: LineDisplay([0.0, 1.0]),
            "must be the dataset that landscape.line returns, got list: .* LineComparison",
        ),
        (lambda: LineDisplay(data, quantities=["accuracy"]), r"no 'accuracy'; name some of \['loss'\]"),
        (lambda: LineDisplay(data * np.nan), "no finite value"),
        (lambda: LineDisplay(data, yscale="symlog"), "yscale = 'symlog' is unknown"),
        (lambda: LineDisplay(data).plot([]), r"0 axes were given for the 1 quantities \['loss'\]"),
    ]:
        with pytest.raises(ValueError, match=words):
            call()
