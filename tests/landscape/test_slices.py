"""Slices hold the loss of the model whose weights were moved by exactly what the axes say."""

import json
import math

import numpy as np
import pytest
import torch
from torch import nn

from landscape.directions import cosine, norm, random_direction
from landscape.eigen import top_eigenpairs
from landscape.objective import Objective
from landscape.slices import line, plane


def accuracy(model, batch):
    return (model(batch[0]).argmax(1) == batch[1]).double().mean()


def moved(case, *terms, l2=0.0):
    """The loss of a brute-force copy at theta + sum of step * direction."""
    names = [n for n, p in case.model.named_parameters() if p.requires_grad]
    return case.value([sum(step * d[n] for step, d in terms) for n in names], l2=l2)


def test_line_is_that_of_a_moved_copy(case):
    objective = case.objective(l2=0.1)
    u = random_direction(objective, seed=0, normalization=None)
    alphas = [-0.5, 0.0, 0.25, 1.0]
    slice_ = line(objective, u, alphas)
    assert slice_.loss.dims == ("alpha",)
    assert slice_.alpha.values.tolist() == alphas
    assert slice_.loss.values == pytest.approx([moved(case, (a, u), l2=0.1) for a in alphas], rel=1e-12)
    assert float(slice_.loss.sel(alpha=0)) == objective.value()


def test_plane_is_that_of_a_moved_copy(convnet):
    objective = convnet.objective()
    u, v = random_direction(objective, seed=0), random_direction(objective, seed=1)
    surface = plane(objective, (u, v), alphas=[-1.0, 0.0, 0.3], betas=[0.0, 2.0])
    assert surface.loss.dims == ("alpha", "beta")
    assert surface.loss.shape == (3, 2)
    for a in (-1.0, 0.0, 0.3):
        for b in (0.0, 2.0):
            value = float(surface.loss.sel(alpha=a, beta=b))
            assert value == pytest.approx(moved(convnet, (a, u), (b, v)), rel=1e-12)
    assert surface.attrs["cosine"] == pytest.approx(cosine(u, v))
    assert surface.attrs["norm_beta"] == pytest.approx(norm(v))


def test_rows_of_a_plane_are_lines(mlp):
    objective = mlp.objective()
    u, v = random_direction(objective, seed=0), random_direction(objective, seed=1)
    steps = [-1.0, -0.2, 0.0, 1.0]
    surface = plane(objective, (u, v), steps)
    for axis, direction in (("beta", u), ("alpha", v)):
        along = line(objective, direction, steps).loss.values
        assert surface.loss.sel({axis: 0}).values == pytest.approx(along, rel=1e-13)


def test_second_difference_along_an_eigenvector_is_the_eigenvalue(convnet):
    objective = convnet.objective()
    pairs = top_eigenpairs(objective, 2, tol=1e-8)
    h = 1e-3
    surface = plane(objective, pairs.vectors, [-h, 0.0, h]).loss.values
    curvature = [
        (surface[2, 1] - 2 * surface[1, 1] + surface[0, 1]) / h**2,
        (surface[1, 2] - 2 * surface[1, 1] + surface[1, 0]) / h**2,
    ]
    mixed = (surface[2, 2] - surface[2, 0] - surface[0, 2] + surface[0, 0]) / (4 * h**2)
    assert curvature == pytest.approx(pairs.values.tolist(), rel=1e-4)
    assert mixed == pytest.approx(0, abs=1e-4 * pairs.values[0])


def test_metrics_are_taken_in_the_same_pass_and_the_model_is_left_alone(mlp, untouched):
    objective = mlp.objective(metrics={"accuracy": accuracy})
    u = random_direction(objective, seed=0)
    calls = 0
    original = objective.evaluate

    def evaluate(parameters=None):
        nonlocal calls
        calls += 1
        return original(parameters)

    objective.evaluate = evaluate
    with untouched(mlp.model):
        slice_ = line(objective, u, [0.0, 1.0])
    assert calls == 2
    assert set(slice_.data_vars) == {"loss", "accuracy"}
    assert float(slice_.accuracy[0]) == original()["accuracy"]


def test_infinite_and_undefined_values_are_kept():
    model = nn.Linear(1, 1, bias=False).double()
    nn.init.ones_(model.weight)
    objective = Objective(model, data=(torch.ones(1, 1).double(),), loss=lambda m, b: torch.log(m(b[0])).sum())
    slice_ = line(objective, {"weight": torch.ones(1, 1).double()}, [-2.0, -1.0, 0.0])
    assert math.isnan(slice_.loss[0])
    assert slice_.loss[1] == -math.inf
    assert slice_.loss[2] == 0


def test_default_axes_pass_through_the_centre_and_results_repeat(quadratic, symmetric):
    objective = quadratic(symmetric([2.0, 1.0, 0.5]), torch.ones(3).double())
    u = random_direction(objective, seed=0, normalization=None)
    first, again = line(objective, u), line(objective, u)
    assert first.sizes == {"alpha": 51}
    assert 0.0 in first.alpha.values
    assert first.identical(again)
    v = random_direction(objective, seed=1, normalization=None)
    assert plane(objective, (u, v), betas=[0.0]).sizes == {"alpha": 25, "beta": 1}


def test_slice_carries_its_protocol_through_a_file(mlp, tmp_path):
    import xarray as xr

    objective = mlp.objective()
    u = random_direction(objective, seed=0)
    slice_ = line(objective, u, [0.0, 1.0])
    slice_.to_netcdf(tmp_path / "line.nc")
    with xr.open_dataset(tmp_path / "line.nc") as read:
        protocol = json.loads(read.attrs["protocol"])
        assert np.array_equal(read.loss, slice_.loss)
    assert protocol["measure"] == "line"
    assert protocol["norm_alpha"] == pytest.approx(norm(u))
    assert protocol["fingerprint"] == objective.fingerprint


def test_progress_bar_counts_points(mlp, capsys):
    line(mlp.objective(), random_direction(mlp.objective(), seed=0), [0.0, 1.0, 2.0], progress=True)
    assert "3/3" in capsys.readouterr().err


def test_what_makes_no_slice_is_refused(mlp):
    objective = mlp.objective()
    u, v = random_direction(objective, seed=0), random_direction(objective, seed=1)
    with pytest.raises(ValueError, match=r"cosine -1\.0+\), so they span a line"):
        plane(objective, (u, {n: -2 * d for n, d in u.items()}))
    with pytest.raises(ValueError, match="needs two directions, not 1"):
        plane(objective, (u,))
    with pytest.raises(ValueError, match=r"second direction has shape \(1,\) for '0.bias'"):
        plane(objective, (u, v | {"0.bias": torch.ones(1)}))
    with pytest.raises(ValueError, match="direction is zero"):
        line(objective, {n: 0 * d for n, d in u.items()})
    for steps in ([], [[0.0, 1.0]], [0.0, math.nan]):
        with pytest.raises(ValueError, match="alphas has shape"):
            line(objective, u, steps)


def test_wrong_kinds_of_direction_are_refused(mlp):
    objective = mlp.objective()
    pairs = top_eigenpairs(objective)
    vector = torch.ones(objective.num_parameters)
    for call, words in [
        (lambda: line(objective, vector), r"direction is a Tensor: give a mapping.*objective\.unflatten"),
        (lambda: line(objective, pairs), r"direction is a Eigenpairs: give a mapping.*\.vectors\[0\]"),
        (
            lambda: line(objective, {n: p.numpy() for n, p in objective.parameters.items()}),
            "has a ndarray for '0.weight'",
        ),
        (lambda: plane(objective, pairs), "two directions, not a Eigenpairs"),
        (lambda: plane(objective, vector), "two directions, not a Tensor"),
    ]:
        with pytest.raises(ValueError, match=words):
            call()
