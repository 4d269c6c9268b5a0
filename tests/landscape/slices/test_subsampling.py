"""Points on fewer samples: only where it cannot be seen, and what is said of them is true."""

import json
from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t as student
from torch import nn

from landscape.objective.criteria import never_negative
from landscape.objective.objective import Objective
from landscape.plot import LineDisplay, PlaneDisplay
from landscape.slices.directions import random_direction
from landscape.slices.grid import line, plane


def accuracy(model, batch):
    return (model(batch[0]).argmax(1) == batch[1]).double().mean()


@pytest.fixture(scope="module")
def fitted():
    """A classifier at its minimum."""
    torch.manual_seed(0)
    x = torch.randn(4000, 5, dtype=torch.float64)
    y = (x @ torch.randn(5, 3, dtype=torch.float64) + torch.randn(4000, 3)).argmax(1)  # not separable
    model = nn.Linear(5, 3).double()
    optimizer = torch.optim.LBFGS(model.parameters(), max_iter=40)

    def closure():
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        return loss

    optimizer.step(closure)
    return Objective(model, nn.CrossEntropyLoss(), (x, y), metrics={"accuracy": accuracy}, l2=1e-3)


def test_high_points_take_few_samples_and_stay_within_the_resolution(fitted):
    u, v = (random_direction(fitted, seed=s, normalization=None) for s in range(2))
    steps = np.linspace(-20, 20, 9)
    exact = plane(fitted, (u, v), steps)
    found = plane(fitted, (u, v), steps, resolution=0.15)
    height = exact.loss - fitted.value()
    error = abs(found.loss - exact.loss)
    assert (error <= 0.15 * height + 1e-12).all()
    part = found.samples < fitted.num_samples
    assert part.mean() > 0.3
    assert float(found.samples.sel(alpha=0, beta=0)) == fitted.num_samples
    assert float(found.loss.sel(alpha=0, beta=0)) == pytest.approx(fitted.value(), rel=1e-12)
    assert (error.values[part.values] / found.loss_se.values[part.values] < 4).all()
    assert (found.loss_se.values[~part.values] == 0).all()
    protocol = json.loads(found.attrs["protocol"])["halving"]
    spared = 1 - float(found.samples.mean()) / fitted.num_samples
    assert protocol["spared"].startswith(f"{spared:.1%}")
    assert "Student-t" in protocol["words"]
    assert found.accuracy.values == pytest.approx(exact.accuracy.values, abs=0.1)
    assert found.accuracy.values[~part.values] == pytest.approx(exact.accuracy.values[~part.values], rel=1e-12)


def test_intervals_hold_as_often_as_they_say(fitted):
    u = random_direction(fitted, seed=3, normalization=None)
    exact = line(fitted, u, np.linspace(-30, 30, 101))
    found = line(fitted, u, np.linspace(-30, 30, 101), resolution=0.1, confidence=0.9)
    part = (found.samples < fitted.num_samples).values
    assert part.sum() > 30
    height = (exact.loss - fitted.value()).values
    assert np.mean(abs(found.loss - exact.loss).values[part] <= 0.1 * height[part]) >= 0.9
    stages = json.loads(found.attrs["protocol"])["halving"]["stages"]
    assert stages == [250, 500, 1000, 2000, 4000]
    half = found.loss_se * student.ppf(1 - 0.1 / 8, found.samples - 1)  # four stages may stop, on two sides each
    stops = (half <= 0.1 * (found.loss - half - fitted.value())).values
    assert stops[part].all()
    assert len(np.unique(found.samples)) > 2


def test_points_that_are_not_finite_are_evaluated_on_all_samples():
    model = nn.Linear(1, 1, bias=False).double()
    nn.init.ones_(model.weight)
    data = torch.rand(400, 1).double() + 0.5, torch.zeros(400, 1).double()
    objective = Objective(model, nn.PoissonNLLLoss(log_input=True), data, l2=0.1)
    found = line(objective, {"weight": torch.ones(1, 1).double()}, [0.0, 2000.0], resolution=0.1)
    assert found.loss.values[1] == np.inf
    assert found.samples.values[1] == 400
    assert found.finite.values.tolist() == [True, False]


def heavy(seed, tail, criterion=None, l2=0.0):
    """A regression in which few samples may carry most of the loss, and two directions."""
    rng = np.random.default_rng(seed)
    x = torch.from_numpy(rng.standard_t(tail, size=(300, 2)))
    model = nn.Linear(2, 1).double()
    objective = Objective(model, criterion or nn.MSELoss(), (x, torch.from_numpy(rng.normal(size=(300, 1)))), l2=l2)
    return objective, tuple(random_direction(objective, seed=s, normalization=None) for s in range(2))


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    tail=st.sampled_from([0.7, 1.5, 30.0]),
    share=st.floats(0.01, 0.9),
    l2=st.sampled_from([0.0, 0.3]),
)
def test_what_the_ceiling_spares_lies_above_it_and_nothing_else_differs(seed, tail, share, l2):
    """However the losses are distributed: there is no such law for intervals."""
    objective, directions = heavy(seed, tail, l2=l2)
    steps = np.linspace(-2, 2, 5)
    exact = plane(objective, directions, steps, route="plain")
    ceiling = float(exact.loss.min() + share * (exact.loss.max() - exact.loss.min()))
    found = plane(objective, directions, steps, route="plain", ceiling=ceiling)
    part = (found.samples < 300).values
    assert (exact.loss.values[part] > ceiling).all()
    assert (found.loss.values[part] > ceiling).all()
    assert found.loss.values[~part] == pytest.approx(exact.loss.values[~part], rel=1e-12)
    assert (found.loss_se.values[~part] == 0).all()


def test_a_ceiling_spares_what_it_can(fitted):
    directions = tuple(random_direction(fitted, seed=s, normalization=None) for s in range(2))
    steps = np.linspace(-20, 20, 9)
    found = plane(fitted, directions, steps, ceiling=2.0)
    exact = plane(fitted, directions, steps)
    # A point at 32 times the ceiling is known from a sixteenth of the samples, if its losses are spread evenly.
    assert (found.samples.values[exact.loss.values > 100] <= 500).all()
    protocol = json.loads(found.attrs["protocol"])["halving"]
    assert protocol["ceiling"] == 2.0
    assert "resolution" not in protocol
    assert float(protocol["spared"].split("%")[0]) > 30
    both = plane(fitted, directions, steps, ceiling=2.0, resolution=0.15)
    assert float(both.samples.sum()) < float(found.samples.sum())


def test_the_picture_below_the_ceiling_is_that_of_all_samples(fitted):
    directions = tuple(random_direction(fitted, seed=s, normalization=None) for s in range(2))
    steps = np.linspace(-20, 20, 9)
    pixels = []
    for surface, options in (
        (plane(fitted, directions, steps, route="plain"), {"ceiling": 10.0}),
        (plane(fitted, directions, steps, route="plain", ceiling=10.0), {}),
    ):
        display = PlaneDisplay(surface, **options).plot()
        display.figure_.canvas.draw()
        pixels.append(np.asarray(display.figure_.canvas.buffer_rgba()))
        assert display.fill_levels[-1] == pytest.approx(10.0)
        assert display.colorbar_.extend == "max"
    assert np.mean(pixels[0] != pixels[1]) < 1e-3  # halves are added in another order: rounding moves a contour's edge
    assert PlaneDisplay(surface, ceiling=1e6).plot().colorbar_.extend == "neither"
    with pytest.raises(ValueError, match=r"ceiling = 0\.1 is not above the least value"):
        PlaneDisplay(surface, ceiling=0.1)


def test_a_line_says_where_its_values_are_of_fewer_samples(fitted):
    found = line(fitted, random_direction(fitted, seed=0, normalization=None), np.linspace(-20, 20, 9), ceiling=2.0)
    assert "losses above 2 on fewer samples" in LineDisplay(found).plot().note_.get_text()


def test_a_ceiling_needs_losses_that_are_never_negative():
    objective, directions = heavy(0, 30.0, nn.PoissonNLLLoss())
    with pytest.raises(ValueError, match="ceiling= needs losses of samples that are never negative"):
        plane(objective, directions, [0.0, 1.0], ceiling=1.0)
    objective, directions = heavy(0, 30.0)
    for ceiling in (np.inf, "3"):
        with pytest.raises(ValueError, match=f"ceiling is {ceiling!r}: give a finite loss"):
            plane(objective, directions, [0.0, 1.0], ceiling=ceiling)


@pytest.mark.parametrize(
    ("criterion", "target", "known"),
    [
        (nn.CrossEntropyLoss(label_smoothing=0.1), torch.tensor([0, 1]), True),
        (nn.functional.cross_entropy, torch.tensor([[0.5, 0.5]]), True),
        (nn.functional.cross_entropy, torch.tensor([[1.5, -0.5]]), False),
        (nn.CrossEntropyLoss(weight=torch.tensor([1.0, -1.0])), torch.tensor([0, 1]), False),
        (partial(nn.functional.cross_entropy, weight=torch.tensor([1.0, -1.0])), torch.tensor([0, 1]), False),
        (nn.NLLLoss(), torch.tensor([0, 1]), False),  # of what need not be log-probabilities
        (nn.HuberLoss(), torch.tensor([-3.0]), True),
        (nn.functional.l1_loss, torch.tensor([-3.0]), True),
        (nn.BCEWithLogitsLoss(), torch.tensor([0.0, 1.0]), True),
        (nn.BCEWithLogitsLoss(), torch.tensor([0.0, 2.0]), False),
        (nn.BCEWithLogitsLoss(pos_weight=torch.tensor(-1.0)), torch.tensor([0.0, 1.0]), False),
        (nn.KLDivLoss(), torch.tensor([0.5]), False),
        (None, torch.tensor([0.5]), False),
    ],
)
def test_which_losses_are_never_negative(criterion, target, known):
    assert never_negative(criterion, [target]) is known


def test_what_has_no_interval_is_refused(mlp, cross_entropy):
    objective = mlp.objective()
    u = random_direction(objective, seed=0)
    with pytest.raises(ValueError, match="resolution is 2"):
        line(objective, u, [0.0, 1.0], resolution=2)
    with pytest.raises(ValueError, match=r"confidence is 1\.5"):
        line(objective, u, [0.0, 1.0], resolution=0.1, confidence=1.5)
    with pytest.raises(ValueError, match="one objective at a time"):
        line({"a": objective, "b": objective}, u, [0.0, 1.0], resolution=0.1)
    opaque = Objective(mlp.model, data=[mlp.data], loss=cross_entropy)
    with pytest.raises(
        ValueError,
        match=r"use per-sample losses\. The losses of single samples are not known",
    ):
        line(opaque, u, [0.0, 1.0], resolution=0.1)
