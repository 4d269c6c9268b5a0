"""Slices hold the loss of the model whose weights were moved by exactly what the axes say."""

import json
import math
import signal

import numpy as np
import pytest
import torch
from torch import nn

from landscape.curvature.eigenvalues import top_eigenpairs
from landscape.objective.objective import Objective
from landscape.slices.directions import cosine, norm, random_direction
from landscape.slices.grid import line, plane


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


def test_metrics_are_taken_in_the_same_pass_and_the_model_is_left_alone(mlp, untouched):
    calls = 0

    def counted(model, batch):
        nonlocal calls
        calls += 1
        return accuracy(model, batch)

    objective = mlp.objective(metrics={"accuracy": counted})
    u = random_direction(objective, seed=0)
    calls = 0
    expected = objective.evaluate()["accuracy"]
    once, calls = calls, 0
    with untouched(mlp.model):
        slice_ = line(objective, u, [0.0, 1.0])
    assert calls == 2 * once
    assert set(slice_.data_vars) == {"loss", "accuracy"}
    assert float(slice_.accuracy[0]) == expected


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


# ---------------------------------------------------------------------- several objectives, masks, errors


@pytest.mark.parametrize("route", ["plain", "rewritten", "auto"])
def test_train_and_test_are_sliced_at_the_same_points(convnet, route, untouched):
    train = convnet.objective(metrics={"accuracy": accuracy})
    test = train.subset(range(5))
    u, v = random_direction(train, seed=0), random_direction(train, seed=1)
    with untouched(convnet.model):
        both = plane({"train": train, "test": test}, (u, v), [0.0, 1.0], [0.0, 0.5, -1.0], route=route)
    assert set(both.data_vars) == {
        "train_loss",
        "train_accuracy",
        "test_loss",
        "test_accuracy",
        "test_loss_se",
        "test_loss_difference_se",
    }
    for name, objective in (("train", train), ("test", test)):
        alone = plane(objective, (u, v), [0.0, 1.0], [0.0, 0.5, -1.0], route="plain")
        assert both[f"{name}_loss"].values == pytest.approx(alone.loss.values, rel=1e-12)
        assert np.array_equal(both[f"{name}_accuracy"], alone.accuracy)
    protocol = json.loads(both.attrs["protocol"])
    assert protocol["objectives"]["test"]["fingerprint"] == test.fingerprint
    assert protocol["evaluations"] == 6
    assert set(protocol["route"]) == {"train", "test"}


def test_standard_errors_come_with_subsets_or_the_protocol_says_why_not(mlp, cross_entropy):
    whole = mlp.objective()
    part = whole.subset(8, seed=1)
    u = random_direction(whole, seed=0)
    assert "loss_se" not in line(whole, u, [0.0, 1.0])
    assert "loss_se" not in line(part, u, [0.0, 1.0], standard_error=False)
    found = line(part, u, [0.0, 1.0])
    assert (found.loss_se > 0).all()
    assert float(found.loss_difference_se[0]) == 0
    assert "of the mean over samples" in json.loads(found.attrs["protocol"])["standard_error"]
    opaque = Objective(mlp.model, data=[mlp.data], loss=cross_entropy).subset(8)
    found = line(opaque, u, [0.0, 1.0])
    assert set(found.data_vars) == {"loss"}
    assert "are not known of a loss(model, batch)" in json.loads(found.attrs["protocol"])["standard_error"]


# ---------------------------------------------------------------------- interruptions, half-finished slices


class Interrupting(nn.Module):
    """Raises at its n-th forward pass."""

    def __init__(self, model, error):
        super().__init__()
        self.model, self.error, self.left = model, error, math.inf

    def forward(self, x):
        self.left -= 1
        if self.left < 0:
            raise self.error
        return self.model(x)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("out of luck")])
def test_weights_are_the_same_bits_after_an_interrupt(convnet, untouched, error, tmp_path):
    model = Interrupting(convnet.model, error)
    objective = Objective(model, nn.CrossEntropyLoss(), convnet.data)
    u = random_direction(objective, seed=0)
    path = tmp_path / "line.jsonl"
    with untouched(model.model):
        model.left = 3
        with pytest.raises(type(error)):
            line(objective, u, [0.0, 0.5, 1.0, 2.0, 3.0], route="plain", path=path)
        model.left = math.inf
    before = path.read_text()
    assert len(before.splitlines()) >= 3  # the heading and what was finished
    complete = line(objective, u, [0.0, 0.5, 1.0, 2.0, 3.0], route="plain", path=path)
    assert path.read_text().startswith(before)
    assert np.array_equal(complete.loss, line(objective, u, [0.0, 0.5, 1.0, 2.0, 3.0], route="plain").loss)
    assert json.loads(complete.attrs["protocol"])["resumed"] == len(before.splitlines()) - 1


def test_ctrl_c_in_the_middle_of_recorded_operations_leaves_the_model_alone(convnet, untouched, tmp_path):
    objective = convnet.objective()
    u, v = random_direction(objective, seed=0), random_direction(objective, seed=1)
    path = tmp_path / "plane.jsonl"
    steps = np.linspace(-1, 1, 300)

    def press(*_):  # once points are on disk, however slow the machine is
        if path.exists() and len(path.read_text().splitlines()) > 3:
            raise KeyboardInterrupt

    former = signal.signal(signal.SIGALRM, press)
    try:
        with untouched(convnet.model):
            signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
            with pytest.raises(KeyboardInterrupt):
                plane(objective, (u, v), steps, route="rewritten", path=path)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, former)
    done = [json.loads(text) for text in path.read_text().splitlines()[1:]]
    assert done
    for index, row in done[:: max(1, len(done) // 3)]:
        point = (steps[index // 300], u), (steps[index % 300], v)
        assert row["values"][0] == pytest.approx(moved(convnet, *point), rel=1e-12)


def test_a_file_of_another_loss_or_model_is_refused(mlp, tmp_path):
    u = random_direction(mlp.objective(), seed=0)
    path = tmp_path / "line.jsonl"
    line(mlp.objective(), u, [0.0, 1.0], path=path)
    smooth = Objective(mlp.model, nn.CrossEntropyLoss(label_smoothing=0.3), mlp.data, batch_size=4)
    with pytest.raises(ValueError, match="differs from this one"):
        line(smooth, u, [0.0, 1.0], path=path)
    assert line(mlp.objective(), u, [0.0, 1.0], path=path).loss.shape == (2,)
