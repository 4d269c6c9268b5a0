"""Adaptive planes hold the loss of the moved model where they say so, and are as near to it as they say elsewhere."""

import json
import math

import numpy as np
import pytest
import torch
import xarray as xr
from interruption import finished
from sklearn.datasets import load_digits
from torch import nn
from torch.nn import functional

from landscape.objective.objective import Objective
from landscape.plot import PlaneDisplay
from landscape.slices.adaptive import adaptive_plane
from landscape.slices.directions import random_direction
from landscape.slices.grid import plane

SHORT = np.linspace(-1.0, 1.0, 13)


def accuracy(model, batch):
    return (model(batch[0]).argmax(1) == batch[1]).double().mean()


class Point(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.theta = nn.Parameter(torch.zeros(2, dtype=torch.float64))


UNIT = ({"theta": torch.tensor([1.0, 0.0]).double()}, {"theta": torch.tensor([0.0, 1.0]).double()})


def surface_of(function, **options):
    """An objective whose loss is a function of its two parameters, which are the plane's coordinates."""
    return Objective(
        Point(), data=(torch.zeros(1).double(),), loss=lambda m, b: function(*m.theta) + 0 * b[0].sum(), **options
    )


def bowl(x, y):
    return 0.1 + x**2 + 5 * y**2


@pytest.fixture(scope="module")
def digits_mlp():
    """A trained network, and its full plane."""
    data = load_digits()
    inputs, targets = torch.tensor(data.data[:300], dtype=torch.float32) / 16, torch.tensor(data.target[:300])
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(64, 24), nn.ReLU(), nn.Linear(24, 10))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.3, momentum=0.9)
    for _ in range(60):
        optimizer.zero_grad()
        functional.cross_entropy(model(inputs), targets).backward()
        optimizer.step()
    objective = Objective(model, nn.CrossEntropyLoss(), (inputs, targets), metrics={"accuracy": accuracy})
    directions = random_direction(objective, seed=0), random_direction(objective, seed=1)
    return objective, directions, plane(objective, directions, np.linspace(-1.0, 1.0, 51))


@pytest.mark.parametrize("scale", ["log", "linear"])
def test_picture_of_a_trained_network_from_a_quarter_of_the_evaluations(digits_mlp, scale):
    objective, directions, full = digits_mlp
    surface = adaptive_plane(objective, directions, scale=scale, max_evaluations=51**2 // 4)
    assert surface.attrs["converged"] == 1
    assert surface.attrs["evaluations"] == int(surface.evaluated.sum()) <= 51**2 // 4
    drawn = np.log10 if scale == "log" else np.asarray
    exact = drawn(full.loss.values)
    errors = np.abs(drawn(surface.loss.values) - exact)
    assert errors.max() <= 0.01 * np.ptp(exact)
    assert errors[surface.evaluated.values].max() <= 1e-5 * np.abs(exact).max()  # another route in float32
    assert (errors <= surface.loss_error.values + 1e-5)[~surface.evaluated.values].mean() > 0.9
    assert 0 < surface.attrs["held_out_error"] <= 0.01
    metric_error = np.abs(surface.accuracy - full.accuracy).values
    assert metric_error[surface.evaluated.values].max() < 0.02
    assert metric_error.max() < 0.2
    assert json.loads(surface.attrs["protocol"])["metric_errors"]["accuracy"] < 0.2


def test_evaluated_points_are_those_of_a_moved_copy(convnet, untouched):
    objective = convnet.objective(metrics={"accuracy": accuracy})
    u, v = random_direction(objective, seed=0), random_direction(objective, seed=1)
    with untouched(convnet.model):
        surface = adaptive_plane(objective, (u, v), SHORT, np.linspace(0.0, 2.0, 11), holdout=10, route="plain")
    full = plane(objective, (u, v), SHORT, np.linspace(0.0, 2.0, 11))
    known = surface.evaluated.values
    assert surface.loss.dims == ("alpha", "beta")
    assert not known.all()
    for name in ("loss", "accuracy"):
        assert surface[name].values[known] == pytest.approx(full[name].values[known], rel=1e-12)
    assert np.isfinite(surface.loss.values).all()
    assert (surface.loss_error.values[known] == 0).all()
    assert (surface.loss_error.values[~known] > 0).all()
    assert {"norm_alpha", "norm_beta", "cosine"} <= surface.attrs.keys() & full.attrs.keys()
    assert all(surface.attrs[name] == full.attrs[name] for name in ("norm_alpha", "norm_beta", "cosine"))


def test_equal_arguments_give_equal_bits(mlp):
    objective = mlp.objective()
    directions = random_direction(objective, seed=0), random_direction(objective, seed=1)
    first, again = (adaptive_plane(objective, directions, SHORT, holdout=10, route="plain") for _ in range(2))
    other = adaptive_plane(objective, directions, SHORT, holdout=10, route="plain", seed=1)
    # The protocol has seconds per point, which no argument determines.
    assert first.drop_attrs().identical(again.drop_attrs())
    assert not other.evaluated.identical(first.evaluated)


def test_undefined_region_is_left_empty():
    """log(0.5 - x) has no value on the right."""
    objective = surface_of(lambda x, y: 3 - torch.log(0.5 - x) + y)
    surface = adaptive_plane(objective, UNIT, np.linspace(-1.0, 1.0, 41), holdout=60, scale="linear")
    assert surface.attrs["converged"] == 1
    right = surface.alpha.values > 0.5
    assert np.isnan(surface.loss.values[right]).all()
    assert not surface.evaluated.values[right].all()
    left = surface.loss.values[surface.alpha.values < 0.499]
    x = surface.alpha.values[surface.alpha.values < 0.499]
    exact = 3 - np.log(0.5 - x)[:, None] + surface.beta.values
    assert left == pytest.approx(exact, abs=0.01 * np.ptp(exact))


def test_infinite_values_are_kept():
    objective = surface_of(lambda x, y: 1 / torch.relu(x + 0.5))  # 1 / 0 on the left
    surface = adaptive_plane(objective, UNIT, SHORT, holdout=5)
    seen = surface.loss.values[(surface.alpha.values < -0.51), :][
        surface.evaluated.values[surface.alpha.values < -0.51]
    ]
    assert np.isposinf(seen).all()
    assert (np.isfinite(surface.loss.values) == (surface.alpha.values > -0.49)[:, None]).all()


@pytest.mark.parametrize("after", [20, 100])
def test_interrupt_returns_what_there_is(after):
    left = None

    def loss(x, y):
        nonlocal left
        if left is not None:
            left -= 1
            if left < 0:
                raise KeyboardInterrupt
        return bowl(x, y)

    objective = surface_of(loss)
    left = after
    surface = finished(adaptive_plane, objective, UNIT, route="plain")
    assert surface.attrs["converged"] == 0
    assert surface.attrs["message"].startswith("Interrupted after ")
    assert math.isnan(surface.attrs["held_out_error"])
    known = surface.evaluated.values
    x, y = np.meshgrid(surface.alpha, surface.beta, indexing="ij")
    assert 0 < known.sum() <= after
    assert surface.loss.values[known] == pytest.approx(bowl(x, y)[known], rel=1e-12)
    if after > 81:
        assert np.abs(surface.loss.values - bowl(x, y)).max() < 0.3
    else:
        assert np.isnan(surface.loss.values[~known]).all()


def test_killed_picture_goes_on_where_it_stopped(tmp_path):
    calls, left = 0, math.inf

    def loss(x, y):
        nonlocal calls
        calls += 1
        if calls > left:
            raise KeyboardInterrupt
        return bowl(x, y)

    objective = surface_of(loss)
    whole = adaptive_plane(objective, UNIT, SHORT, holdout=10, route="plain")
    calls, left = 0, 91
    partial = finished(adaptive_plane, objective, UNIT, SHORT, holdout=10, route="plain", path=tmp_path / "points")
    calls, left = 0, math.inf
    resumed = adaptive_plane(objective, UNIT, SHORT, holdout=10, route="plain", path=tmp_path / "points")
    assert partial.attrs["converged"] == 0
    assert partial.attrs["evaluations"] > 0
    at_origin = 1  # by which the file is recognised
    assert calls == at_origin + resumed.attrs["evaluations"] - partial.attrs["evaluations"]
    assert json.loads(resumed.attrs["protocol"])["resumed"] == partial.attrs["evaluations"]
    assert resumed.drop_attrs().identical(whole.drop_attrs())
    calls = 0
    full = plane(objective, UNIT, SHORT, route="plain", path=tmp_path / "points")
    assert calls == at_origin + 13**2 - resumed.attrs["evaluations"]
    assert (full.loss == resumed.loss).where(resumed.evaluated).sum() == resumed.attrs["evaluations"]


def test_unconverged_says_so():
    objective = surface_of(lambda x, y: 1 + torch.sin(40 * x) * torch.sin(30 * y) / 2)
    surface = adaptive_plane(objective, UNIT, max_evaluations=300)
    assert surface.attrs["converged"] == 0
    assert surface.attrs["evaluations"] == 300
    assert surface.attrs["message"].startswith("Not converged within 300 evaluations: the error is estimated")
    assert surface.attrs["held_out_error"] > 0.01


def test_steps_below_the_rounding_of_the_loss_are_not_chased():
    objective = surface_of(lambda x, y: 1 + 1e-9 * (x + y) ** 2, dtype=torch.float32)
    surface = adaptive_plane(objective, tuple({"theta": d["theta"].float()} for d in UNIT), np.linspace(-1, 1, 21))
    assert surface.attrs["converged"] == 1
    assert not surface.evaluated.values.all()
    assert "four roundings of the loss" in surface.attrs["message"]


def test_surface_goes_through_a_file_and_is_drawn(tmp_path):
    surface = adaptive_plane(surface_of(bowl), UNIT, SHORT, holdout=10)
    surface.to_netcdf(tmp_path / "plane.nc")
    with xr.open_dataset(tmp_path / "plane.nc") as again:
        xr.testing.assert_identical(again.load(), surface)
    protocol = json.loads(surface.attrs["protocol"])
    assert protocol["measure"] == "adaptive plane"
    assert protocol["converged"] is True
    assert protocol["evaluations"] == surface.attrs["evaluations"]
    assert protocol["exceeding_at_most"] < protocol["interpolated"]
    assert surface.loss_error.attrs["of"] == "log10(loss)"
    assert PlaneDisplay(surface).plot().figure_ is not None


def ripple(x, y):
    return 300 + 100 * torch.sin(4 * x) * torch.cos(3 * y)


@pytest.mark.parametrize("scale", ["log", "linear"])
def test_each_of_two_objectives_is_within_its_own_tolerance(scale):
    both = {"low": surface_of(bowl), "high": surface_of(ripple)}
    surface = adaptive_plane(both, UNIT, scale=scale, max_evaluations=51**2 // 2)
    full = plane(both, UNIT, np.linspace(-1.0, 1.0, 51))
    assert surface.attrs["converged"] == 1
    assert surface.data_vars.keys() == {*full.data_vars, "low_loss_error", "high_loss_error", "evaluated"}
    known = surface.evaluated.values
    drawn = np.log10 if scale == "log" else np.asarray
    protocol = json.loads(surface.attrs["protocol"])
    for name in ("low_loss", "high_loss"):
        exact = drawn(full[name].values)
        errors = np.abs(drawn(surface[name].values) - exact)
        assert surface[name].values[known] == pytest.approx(full[name].values[known], rel=1e-12)
        assert errors.max() <= 0.01 * np.ptp(exact)
        assert (errors <= surface[f"{name}_error"].values + 1e-12)[~known].mean() > 0.9
        assert surface[f"{name}_error"].attrs["of"] == (f"log10({name})" if scale == "log" else name)
        assert protocol["tolerance"][name] == pytest.approx(0.01 * np.ptp(exact), rel=0.02)
    assert surface.attrs["held_out_error"] == max(protocol["held_out_error"].values()) <= 0.01
    assert protocol["objectives"].keys() == protocol["route"].keys() == both.keys()


def test_train_and_test_of_a_trained_network(digits_mlp):
    objective, directions, full = digits_mlp
    half = objective.subset(150, seed=0)
    surface = adaptive_plane({"train": objective, "test": half}, directions)
    assert surface.attrs["converged"] == 1
    for name, exact in (("train", full), ("test", plane(half, directions, np.linspace(-1.0, 1.0, 51)))):
        logs = np.log10(exact.loss.values)
        assert np.abs(np.log10(surface[f"{name}_loss"].values) - logs).max() <= 0.01 * np.ptp(logs)
        assert np.abs(surface[f"{name}_accuracy"] - exact.accuracy).max() < 0.2
    assert json.loads(surface.attrs["protocol"])["metric_errors"].keys() == {"train_accuracy", "test_accuracy"}


def test_a_value_that_one_objective_lacks_is_no_value_of_the_other():
    both = {"whole": surface_of(bowl), "part": surface_of(lambda x, y: 3 - torch.log(0.5 - x) + y)}
    surface = adaptive_plane(both, UNIT, np.linspace(-1.0, 1.0, 21), holdout=60, scale="linear")
    right = surface.alpha.values > 0.501
    x, y = np.meshgrid(surface.alpha, surface.beta, indexing="ij")
    assert np.isnan(surface.part_loss.values[right]).all()
    assert np.abs(surface.whole_loss.values - bowl(x, y)).max() <= 0.01 * np.ptp(bowl(x, y))
    assert not surface.finite.values[right].any()
    assert surface.finite.values[surface.alpha.values < 0.499].all()


def test_two_objectives_go_on_from_a_file_as_plane_does(tmp_path):
    both = {"low": surface_of(bowl), "high": surface_of(ripple)}
    axis = np.linspace(-1.0, 1.0, 21)
    first = adaptive_plane(both, UNIT, axis, holdout=10, route="plain", path=tmp_path / "points")
    again = adaptive_plane(both, UNIT, axis, holdout=10, route="plain", path=tmp_path / "points")
    assert json.loads(again.attrs["protocol"])["resumed"] == first.attrs["evaluations"] < 21**2
    assert first.drop_attrs().identical(again.drop_attrs())
    full = plane(both, UNIT, axis, route="plain", path=tmp_path / "points")
    assert json.loads(full.attrs["protocol"])["resumed"] == first.attrs["evaluations"]


def test_metrics_of_a_taken_name():
    with pytest.raises(ValueError, match="metric is named 'evaluated'"):
        adaptive_plane(surface_of(bowl, metrics={"evaluated": lambda m, b: m.theta.sum()}), UNIT)
    other = surface_of(bowl, metrics={"loss_error": lambda m, b: m.theta.sum()})
    with pytest.raises(ValueError, match="metric is named 'loss_error'"):
        adaptive_plane(other, UNIT)
    with pytest.raises(ValueError, match="metric is named 'test_loss_error'"):
        adaptive_plane({"train": surface_of(bowl), "test": other}, UNIT)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"error": 0.0}, "error is 0.0"),
        ({"error": -1e-3}, "error is -0.001"),
        ({"error": math.nan}, "error is nan"),
        ({"scale": "sqrt"}, "scale is 'sqrt'"),
        ({"alphas": np.linspace(-1, 1, 8)}, "alphas has 8 points, too few"),
        ({"betas": [0.0]}, "betas has 1 points, too few"),
        ({"alphas": [0.0, *range(10)]}, "alphas must be a one-dimensional list of finite steps in increasing order"),
        ({"alphas": [*range(10), math.inf]}, "alphas must be a one-dimensional list of finite"),
        ({"holdout": 0}, "holdout is 0"),
        ({"seed": -1}, "seed is -1"),
        ({"seed": 0.5}, "seed is 0.5"),
        ({"max_evaluations": 200}, "max_evaluations is 200: .* at least 231"),
        ({"max_evaluations": 2.5}, "max_evaluations is 2.5"),
        ({"route": "best"}, "route is 'best'"),
        ({"workers": 0}, "workers is 0: give a number"),
        ({"directions": UNIT[:1]}, "two directions, not 1"),
        ({"directions": (UNIT[0], UNIT[0])}, "parallel"),
        ({"directions": ({"theta": torch.zeros(2).double()}, UNIT[0])}, "first direction is zero"),
    ],
)
def test_bad_input_is_told_before_any_work(arguments, message):
    objective = surface_of(bowl)

    def unexpected(*_):
        raise AssertionError("evaluated")

    objective.evaluate = unexpected
    with pytest.raises(ValueError, match=message):
        adaptive_plane(objective, **({"directions": UNIT} | arguments))
