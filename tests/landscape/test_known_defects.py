"""Defects that other landscape tools have or had, each with a test that would catch it here.

Landscaper 1.3.1, loss-landscapes 3.0.6, loss-landscape-3d 0.1.3 and losscape 1.5.10, all as they come from PyPI.
"""

import copy
import json
import math

import numpy as np
import pytest
import torch
from torch import nn

from landscape.curvature.eigenvalues import top_eigenpairs
from landscape.objective.objective import Objective
from landscape.slices.adaptive import adaptive_plane
from landscape.slices.directions import cosine, norm, orthogonal_set, random_direction
from landscape.slices.grid import line, plane

ROUTES = pytest.mark.parametrize("route", ["plain", "rewritten", "auto"])


def moved(case, *terms):
    """The loss of a brute-force copy at theta + sum of step * direction."""
    names = [n for n, p in case.model.named_parameters() if p.requires_grad]
    return case.value([sum(step * d[n] for step, d in terms) for n in names])


def two_directions(objective, normalization="filter"):
    return tuple(random_direction(objective, seed=seed, normalization=normalization) for seed in range(2))


# ---------------------------------------------------------------------- directions


@pytest.mark.parametrize("normalization", ["filter", "layer", None])
def test_a_plane_of_random_directions_is_no_line(convnet, normalization):
    """Landscaper: its Gram-Schmidt leaves two axes with a cosine above .9999."""
    objective = convnet.objective()
    u, v = two_directions(objective, normalization)
    surface = plane(objective, (u, v), [-1.0, 0.0, 1.0])
    assert abs(surface.attrs["cosine"]) < 5 / math.sqrt(objective.num_parameters)
    # Along a line, a step of u could be had by one of v.
    assert not np.allclose(surface.loss[0], surface.loss[:, 0], rtol=1e-3)
    assert not np.allclose(surface.loss[0], surface.loss[::-1, 0], rtol=1e-3)


def test_directions_orthogonal_after_normalisation_can_be_had_and_the_angle_is_told(convnet):
    """loss-landscapes: orthogonal directions are normalised afterwards, and are orthogonal no more."""
    objective = convnet.objective()
    u, v = two_directions(objective)
    assert plane(objective, (u, v), [0.0]).attrs["cosine"] == pytest.approx(cosine(u, v), abs=1e-12)
    assert abs(plane(objective, orthogonal_set((u, v)), [0.0]).attrs["cosine"]) < 1e-12


def test_directions_point_to_both_sides(convnet):
    """loss-landscapes: entries uniform in [0, 1) push all weights one way."""
    entries = torch.cat([random_direction(convnet.objective(), seed=seed)["5.weight"].flatten() for seed in range(20)])
    assert float((entries > 0).double().mean()) == pytest.approx(0.5, abs=0.1)


def test_vectors_are_scaled_as_wholes_and_not_entry_by_entry(convnet):
    """loss-landscapes: each entry of a bias counts as a filter, so that the direction is the weights up to signs."""
    objective = convnet.objective()
    u = random_direction(objective, seed=0, biases="scaled")
    for name in ("0.bias", "1.weight", "5.bias"):
        weights = objective.parameters[name]
        assert float(u[name].norm()) == pytest.approx(float(weights.norm()), rel=1e-12)
        assert not torch.allclose(u[name].abs(), weights.abs(), rtol=1e-3)


@pytest.mark.parametrize("normalization", ["filter", "layer"])
def test_biases_and_normalisation_parameters_stay_unless_asked_for(convnet, normalization):
    """loss-landscapes: all of them are moved along, where Li et al. leave them."""
    u = random_direction(convnet.objective(), seed=0, normalization=normalization)
    moving = {name for name, tensor in u.items() if tensor.any()}
    assert moving == {"0.weight", "5.weight"}


def test_filters_are_normalised_one_by_one(convnet):
    """Landscaper, losscape: a tensor is normalised as a whole under the name of filter normalisation."""
    objective = convnet.objective()
    weights = objective.parameters["0.weight"] * torch.tensor([0.1, 1.0, 10.0]).view(3, 1, 1, 1)
    u = random_direction(objective.at(objective.parameters | {"0.weight": weights}), seed=0)["0.weight"]
    assert torch.allclose(u.flatten(1).norm(dim=1), weights.flatten(1).norm(dim=1), rtol=1e-12)


def test_a_plane_of_eigenvectors_is_theirs(convnet):
    """Landscaper: rescaled tensor by tensor, its axes have a cosine of .65 with the eigenvectors."""
    objective = convnet.objective()
    pairs = top_eigenpairs(objective, 2, tol=1e-8)
    h = 1e-3
    surface = plane(objective, pairs.vectors, [-h, 0.0, h])
    assert abs(surface.attrs["cosine"]) < 1e-10
    f = surface.loss.values
    curvature = [(f[2, 1] - 2 * f[1, 1] + f[0, 1]) / h**2, (f[1, 2] - 2 * f[1, 1] + f[1, 0]) / h**2]
    mixed = (f[2, 2] - f[2, 0] - f[0, 2] + f[0, 0]) / (4 * h**2)
    assert curvature == pytest.approx(pairs.values.tolist(), rel=1e-4)
    assert mixed == pytest.approx(0, abs=1e-4 * pairs.values[0])


# ---------------------------------------------------------------------- axes


@ROUTES
@pytest.mark.parametrize("number", [4, 5])
def test_axes_have_the_scale_they_say(quadratic, symmetric, route, number):
    """loss-landscapes divides by the distance; Landscaper labels the axes wrongly, and others for even numbers."""
    matrix = symmetric([3.0, 1.0, 0.5])
    objective = quadratic(matrix)
    u, v = {"theta": torch.eye(3).double()[0]}, {"theta": torch.eye(3).double()[1]}
    steps = np.linspace(-0.1, 0.1, number)
    surface = plane(objective, (u, v), steps, 2 * steps, route=route)
    assert surface.alpha.values.tolist() == steps.tolist()
    for a in surface.alpha.values:
        for b in surface.beta.values:
            x = torch.tensor([a, b, 0.0], dtype=torch.float64)
            assert float(surface.loss.sel(alpha=a, beta=b)) == pytest.approx(float(x @ matrix @ x) / 2, rel=1e-12)


@ROUTES
def test_rows_are_not_sheared(convnet, route):
    """loss-landscapes: it walks to and fro, and its even rows are offset by a column against the odd ones."""
    objective = convnet.objective()
    u, v = two_directions(objective)
    steps = [-1.0, -0.5, 0.0, 0.5, 1.0]
    surface = plane(objective, (u, v), steps, route=route)
    expected = [[moved(convnet, (a, u), (b, v)) for b in steps] for a in steps]
    assert surface.loss.values == pytest.approx(np.array(expected), rel=1e-12)


@pytest.mark.parametrize("route", ["plain", "rewritten"])
def test_no_point_depends_on_the_one_before(convnet, route):
    """loss-landscapes, Landscaper: they add and subtract steps in place, so that rounding piles up along the way."""
    objective = convnet.objective()
    u, v = two_directions(objective)
    steps = [-1.0, -0.5, 0.0, 0.5, 1.0]
    surface = plane(objective, (u, v), steps, route=route)
    backwards = plane(objective, (u, v), steps[::-1], route=route)
    assert np.array_equal(surface.loss.values, backwards.loss.values[::-1, ::-1])


# ---------------------------------------------------------------------- the model


@ROUTES
def test_the_model_is_left_where_it_was(convnet, untouched, route):
    """loss-landscapes: afterwards the caller's model sits at the far corner of the plane."""
    objective = convnet.objective()
    directions = two_directions(objective)
    with untouched(convnet.model):
        line(objective, directions[0], [0.0, 1.0, 2.0], route=route)
        plane(objective, directions, [0.0, 1.0], route=route)
        adaptive_plane(objective, directions, np.linspace(-1, 1, 9), holdout=1, route=route)


@ROUTES
def test_running_statistics_are_not_perturbed(convnet, route):
    """loss-landscape-3d: random directions move running variances, below zero, and the plane is full of NaN."""
    convnet.model[1].running_var.mul_(1e-4)  # any step in it would take it below zero
    objective = convnet.objective()
    u, v = two_directions(objective, normalization=None)
    assert set(u) == {name for name, _ in convnet.model.named_parameters()}
    surface = plane(objective, (u, v), [-1.0, 0.0, 1.0], route=route)
    assert surface.finite.all()
    expected = [[moved(convnet, (a, u), (b, v)) for b in (-1.0, 0.0, 1.0)] for a in (-1.0, 0.0, 1.0)]
    assert surface.loss.values == pytest.approx(np.array(expected), rel=1e-12)


@ROUTES
def test_frozen_parameters_are_not_moved_in_place_of_others(route, untouched):
    """Landscaper: directions of the trainable parameters are added to the first ones, frozen or not."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 4)).double()
    model[0].requires_grad_(False)
    x, y = torch.randn(11, 4, dtype=torch.float64), torch.arange(11) % 4
    objective = Objective(model, nn.CrossEntropyLoss(), (x, y))
    u = random_direction(objective, seed=0, normalization=None)
    assert set(u) == {"2.weight", "2.bias", "4.weight", "4.bias"}
    with untouched(model):
        found = line(objective, u, [-1.0, 0.5], route=route).loss.values
    for step, loss in zip((-1.0, 0.5), found, strict=True):
        other = copy.deepcopy(model)
        with torch.no_grad():
            for name, tensor in u.items():
                other.get_parameter(name).add_(tensor, alpha=step)
            assert loss == pytest.approx(float(nn.functional.cross_entropy(other(x), y)), rel=1e-12)


@pytest.mark.parametrize("name", ["tied", "attention", "frozen", "unused"])
@ROUTES
def test_tied_unused_and_attention_weights_move_as_one_means(make_case, name, route, untouched):
    """Landscaper, loss-landscapes, loss-landscape-3d: lists of tensors instead of names, shared ones moved twice."""
    case = make_case(name)
    objective = case.objective()
    u, v = two_directions(objective, normalization=None)
    with untouched(case.model):
        surface = plane(objective, (u, v), [-2.0, 0.0, 1.0], [0.5], route=route)
    expected = [moved(case, (a, u), (0.5, v)) for a in (-2.0, 0.0, 1.0)]
    assert surface.loss.values[:, 0] == pytest.approx(expected, rel=1e-12)


@ROUTES
def test_a_model_in_training_mode_is_measured_in_evaluation_mode(convnet, untouched, route):
    """loss-landscapes: no guard, so that dropout is drawn anew at every point and batch norms learn from the plane."""
    model = nn.Sequential(convnet.model, nn.Dropout(0.5)).train()
    objective = Objective(model, convnet.criterion, convnet.data)
    u = random_direction(objective, seed=0)
    with untouched(model):
        first, again = (line(objective, u, [0.0, 1.0], route=route).loss.values for _ in range(2))
    assert np.array_equal(first, again)
    inner = {name.removeprefix("0."): tensor for name, tensor in u.items()}
    assert first == pytest.approx([moved(convnet, (a, inner)) for a in (0.0, 1.0)], rel=1e-12)


# ---------------------------------------------------------------------- values


@ROUTES
def test_values_that_are_no_numbers_are_neither_replaced_nor_smoothed(route):
    """Landscaper: NaN becomes the mean of the plane, and infinity its largest value, without a word."""
    model = nn.Linear(1, 1, bias=False).double()
    nn.init.ones_(model.weight)
    objective = Objective(model, data=(torch.ones(1, 1).double(),), loss=lambda m, b: torch.log(m(b[0])).sum())
    slice_ = line(objective, {"weight": torch.ones(1, 1).double()}, [-2.0, -1.0, 0.0, 1.0], route=route)
    assert slice_.loss.values.tolist() == pytest.approx([math.nan, -math.inf, 0, math.log(2)], nan_ok=True)
    assert slice_.finite.values.tolist() == [False, False, True, True]
    route_taken = json.loads(slice_.attrs["protocol"])["route"]["layers"]
    assert route_taken == "as they are"


@pytest.mark.parametrize("route", ["plain", "rewritten"])
def test_no_noise_is_added(convnet, route):
    """Landscaper: unseeded Gaussian noise lands on the largest value, so that two equal calls differ."""
    objective = convnet.objective()
    u, v = two_directions(objective)
    first, again = (plane(objective, (u, v), [-1.0, 0.0, 2.0], route=route) for _ in range(2))
    assert first.identical(again)
    a, b = np.unravel_index(int(first.loss.values.argmax()), first.loss.shape)
    top = moved(convnet, (float(first.alpha[a]), u), (float(first.beta[b]), v))
    assert float(first.loss.max()) == pytest.approx(top, rel=1e-12)


@ROUTES
def test_ragged_batches_and_ignored_targets_weigh_what_they_should(mlp, route):
    """losscape, and every tool for Hessians: the mean over batches, of which the last is smaller."""
    x, y = mlp.data
    y = y.clone()
    y[:6] = -100
    objective = Objective(mlp.model, nn.CrossEntropyLoss(), (x, y), batch_size=4)
    u = random_direction(objective, seed=0)
    one = Objective(mlp.model, nn.CrossEntropyLoss(), (x, y), batch_size=11)
    found = line(objective, u, [0.0, 1.0], route=route)
    assert found.loss.values == pytest.approx(line(one, u, [0.0, 1.0], route="plain").loss.values, rel=1e-12)


def test_all_batches_count(mlp):
    """losscape takes the first eight batches by default, loss-landscape-3d's directions the first five."""
    x, y = (t.repeat(3, *[1] * (t.dim() - 1)) for t in mlp.data)
    y[-11:] = (y[-11:] + 1) % 3
    objective = Objective(mlp.model, nn.CrossEntropyLoss(), (x, y), batch_size=2)
    u = random_direction(objective, seed=0)
    whole = Objective(mlp.model, nn.CrossEntropyLoss(), (x, y), batch_size=len(x))
    assert line(objective, u, [0.5]).loss.values == pytest.approx(line(whole, u, [0.5]).loss.values, rel=1e-12)
    assert objective.num_samples == 33


def test_distances_on_a_plane_are_those_of_the_parameters(convnet):
    """Landscaper: labelled .1, moved by .08 of the weights' norm."""
    objective = convnet.objective()
    u = random_direction(objective, seed=0, normalization="layer")
    weights = {n: p for n, p in objective.parameters.items() if p.dim() > 1}
    assert line(objective, u, [0.0]).attrs["norm_alpha"] == pytest.approx(norm(u), rel=1e-12)
    assert norm(u) == pytest.approx(norm(weights), rel=1e-12)  # a step of 1 is as long as the weights themselves
