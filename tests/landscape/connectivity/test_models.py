"""Directions between models and planes through them, against flat vectors in float64."""

import copy
import json

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from landscape.connectivity.models import at_model, direction_between, plane_through
from landscape.slices.directions import cosine, norm
from landscape.slices.grid import plane
from landscape.trajectory.projection import project


def shifted(model, seed, scale=0.3):
    generator = torch.Generator().manual_seed(seed)
    other = copy.deepcopy(model)
    with torch.no_grad():
        for t in (*other.parameters(), *(b for b in other.buffers() if b.is_floating_point())):
            t += scale * torch.rand(t.shape, generator=generator, dtype=t.dtype)
    return other


def test_a_step_of_one_leads_to_the_other_model(case):
    objective = case.objective()
    b = shifted(case.model, 1)
    u = direction_between(objective, b)
    arrived = objective.value({n: p + u[n] for n, p in objective.parameters.items()})
    truth = objective.value({n: p for n, p in b.named_parameters() if p.requires_grad})
    assert arrived == pytest.approx(truth, rel=1e-12)
    assert u.protocol["distance"] == pytest.approx(norm(u))
    json.dumps(u.protocol)


def test_every_way_to_give_a_model_means_the_same(convnet):
    objective = convnet.objective()
    a, b = convnet.model, shifted(convnet.model, 1)
    truth = direction_between(objective, objective.at(b.state_dict()))
    parameters = dict(b.named_parameters())
    for found in (
        direction_between(a, b),
        direction_between(a.state_dict(), b.state_dict(), objective=objective),
        direction_between(a, b.state_dict()),
        direction_between(dict(a.named_parameters()), parameters),
        direction_between(torch.compile(a, backend="eager"), b),
    ):
        assert found.keys() == truth.keys()
        assert all(torch.equal(found[n], truth[n]) for n in truth)


def test_frozen_parameters_and_tied_names_are_no_part_of_it(make_case):
    frozen, tied = make_case("frozen"), make_case("tied")
    assert "0.weight" not in direction_between(frozen.model, shifted(frozen.model, 0))
    found = direction_between(tied.objective(), shifted(tied.model, 0).state_dict())
    assert "second.weight" not in found


def test_models_that_do_not_fit_are_refused(mlp, convnet, make_case):
    objective = mlp.objective()
    broken = copy.deepcopy(mlp.model)
    broken[0].weight.data[0, 0] = torch.nan
    wide = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Dropout(0.5), nn.Linear(6, 3)).double()
    for a, b, words in [
        (mlp.model, copy.deepcopy(mlp.model), "equal parameters, so there is no direction"),
        (mlp.model, broken, r"second model has non-finite values in '0\.weight'"),
        (objective, wide, r"second model does not fit the objective\. The state has shape \(6, 4\) for '0\.weight'"),
        (mlp.model, wide, r"Model 1 has shape \(6, 4\) for '0\.weight', the first model \(5, 4\)"),
        (mlp.model, make_case("tied").model, r"Model 1 lacks the parameter '0\.weight'"),
        (convnet.model.state_dict(), convnet.model.state_dict(), r"'1\.num_batches_tracked' is a buffer"),
        ({"a": torch.ones(1)}, {"a": torch.zeros(1), "b": torch.ones(1)}, "Model 1 has an entry 'b'"),
        (mlp.model, 3, "A model is a int"),
        (objective, 3, "second model is a int"),
        ({}, {}, "no trainable parameters"),
    ]:
        with pytest.raises(ValueError, match=words):
            direction_between(a, b)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), size=st.integers(2, 6))
def test_the_three_points_are_where_the_plane_says(seed, size):
    generator = torch.Generator().manual_seed(seed)
    a, b, c = (
        {"x": torch.randn(size, generator=generator).double(), "y": torch.randn(2, 2, generator=generator).double()}
        for _ in range(3)
    )
    found = plane_through(a, b, c)
    u, v = found.directions
    assert norm(u) == pytest.approx(1, rel=1e-12)
    assert norm(v) == pytest.approx(1, rel=1e-12)
    assert abs(cosine(u, v)) < 1e-12
    for point, (alpha, beta) in zip((a, b, c), found.coordinates, strict=True):
        for name in a:
            torch.testing.assert_close(
                found.origin[name] + alpha * u[name] + beta * v[name], point[name], rtol=1e-10, atol=1e-11
            )
    assert found.coordinates[0].tolist() == [0, 0]
    assert found.coordinates[1, 1] == 0
    assert found.coordinates[2, 1] > 0
    distance = np.linalg.norm(found.coordinates[1] - found.coordinates[2])
    assert distance == pytest.approx(norm({n: b[n] - c[n] for n in b}), rel=1e-10)


def test_loss_at_the_coordinates_is_the_models_own(convnet):
    objective = convnet.objective(batchnorm="recomputed", batch_size=11)
    models = [shifted(convnet.model, s) for s in range(3)]
    found = plane_through(*models)
    home = objective.at(found.origin)
    for model, (alpha, beta) in zip(models, found.coordinates, strict=True):
        there = plane(home, found.directions, [alpha], [beta])["loss"].item()
        truth = objective.value(dict(model.named_parameters()))
        assert there == pytest.approx(truth, rel=1e-10)
    alphas, betas = found.steps(7, margin=0.1)
    assert alphas.shape == betas.shape == (7,)
    assert alphas[0] < 0 < found.coordinates[:, 0].max() < alphas[-1]
    assert betas[-1] - betas[0] == pytest.approx(1.2 * found.coordinates[2, 1])
    states = [{n: p.detach() for n, p in m.named_parameters()} for m in models]
    on_it = project(states, origin=found.origin, directions=found.directions)  # trajectories on the same plane
    np.testing.assert_allclose(on_it.coordinates, found.coordinates, atol=1e-10)
    assert on_it.off_plane.max() < 1e-10


def test_models_on_a_line_span_no_plane(mlp):
    a = {n: p.detach() for n, p in mlp.model.named_parameters()}
    b, c = ({n: p + s for n, p in a.items()} for s in (1, 2.5))
    for models, words in [
        ((a, b, c), "lie on a line"),
        ((a, a, c), "first two models have equal parameters"),
        ((a, c, a), "lie on a line"),
    ]:
        with pytest.raises(ValueError, match=words):
            plane_through(*models)
    good = plane_through(a, b, {n: p * torch.rand(p.shape, dtype=p.dtype) for n, p in a.items()})
    with pytest.raises(ValueError, match="points is 1"):
        good.steps(1)
    with pytest.raises(ValueError, match="margin is -1"):
        good.steps(margin=-1)


def test_placed_objective_has_the_models_buffers(convnet):
    b = shifted(convnet.model, 4)
    home = at_model(convnet.objective(), b)
    truth = convnet.criterion(copy.deepcopy(b).eval()(convnet.data[0]), convnet.data[1]).item()
    assert home.value() == pytest.approx(truth, rel=1e-12)
