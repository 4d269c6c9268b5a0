"""Directions: normalisation as published, orthogonality, and refusal of what does not fit."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from landscape.directions import (
    check_direction,
    cosine,
    dot,
    filter_normalize,
    layer_normalize,
    norm,
    orthogonalize,
    random_direction,
)
from landscape.objective import Objective


def test_every_filter_has_the_norm_of_the_weights_filter(convnet):
    objective = convnet.objective()
    direction = random_direction(objective, seed=0)
    for name, weights in objective.parameters.items():
        if weights.dim() < 2:
            assert not direction[name].any(), name
            continue
        for filter_direction, filter_weights in zip(direction[name], weights, strict=True):
            assert float(filter_direction.norm()) == pytest.approx(float(filter_weights.norm()), rel=1e-12)


def test_filter_normalisation_keeps_the_direction_within_a_filter(convnet):
    objective = convnet.objective()
    raw = random_direction(objective, seed=0, normalization=None)
    scaled = filter_normalize(raw, objective.parameters)
    for a, b in zip(raw["0.weight"], scaled["0.weight"], strict=True):
        assert float(torch.nn.functional.cosine_similarity(a.flatten(), b.flatten(), dim=0)) == pytest.approx(1)


def test_every_layer_has_the_norm_of_the_weights_layer(convnet):
    objective = convnet.objective()
    direction = random_direction(objective, seed=0, normalization="layer")
    for name, weights in objective.parameters.items():
        expected = float(weights.norm()) if weights.dim() > 1 else 0.0
        assert float(direction[name].norm()) == pytest.approx(expected, rel=1e-12)


def test_filter_normalised_directions_follow_a_rescaling_of_the_filters(convnet):
    objective = convnet.objective()
    scaled = objective.at({n: p * 3 for n, p in objective.parameters.items()})
    u, v = random_direction(objective, seed=2), random_direction(scaled, seed=2)
    assert all(torch.allclose(3 * u[n], v[n], rtol=1e-12) for n in u)


def test_draw_is_standard_normal_seeded_and_independent_of_dtype_and_of_the_global_state(convnet):
    state = torch.get_rng_state()
    double = random_direction(convnet.objective(), seed=4, normalization=None)
    assert torch.equal(torch.get_rng_state(), state)
    single = random_direction(convnet.objective(dtype=torch.float32), seed=4, normalization=None)
    assert all(torch.equal(double[n].float(), single[n]) for n in double)
    other = random_direction(convnet.objective(), seed=5, normalization=None)
    assert not torch.equal(double["0.weight"], other["0.weight"])
    wide = Objective(nn.Linear(100, 100), nn.MSELoss(), (torch.ones(1, 100), torch.ones(1, 100)))
    drawn = random_direction(wide, seed=0, normalization=None)["weight"]
    assert float(drawn.mean()) == pytest.approx(0, abs=0.04)
    assert float(drawn.std()) == pytest.approx(1, abs=0.04)


def test_zero_filters_get_zero_directions_and_not_nan():
    weights = {"w": torch.tensor([[0.0, 0.0], [3.0, 4.0]])}
    direction = {"w": torch.tensor([[1.0, 2.0], [0.0, 0.0]])}
    assert not filter_normalize(direction, weights)["w"].any()
    assert float(layer_normalize(direction, weights)["w"].norm()) == pytest.approx(5)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), count=st.integers(1, 3))
def test_orthogonalised_directions_are_orthogonal(seed, count):
    generator = torch.Generator().manual_seed(seed)

    def draw():
        return {"a": torch.randn(2, 3, generator=generator).double(), "b": torch.randn(4, generator=generator).double()}

    against = [draw() for _ in range(count)]
    u = draw()
    rest = orthogonalize(u, against)
    assert all(abs(cosine(rest, v)) < 1e-12 for v in against)
    assert norm(rest) <= norm(u) * (1 + 1e-12)
    twice = orthogonalize(u, [*against, against[0]])  # dependent ones do no harm
    assert norm({n: twice[n] - rest[n] for n in rest}) < 1e-10 * norm(u)


def test_products_are_those_of_the_flat_vectors(mlp):
    objective = mlp.objective()
    u, v = (random_direction(objective, seed=s, normalization=None) for s in (0, 1))
    flat_u, flat_v = objective.flatten(u), objective.flatten(v)
    assert dot(u, v) == pytest.approx(float(flat_u @ flat_v), rel=1e-12)
    assert norm(u) == pytest.approx(float(flat_u.norm()), rel=1e-12)
    assert cosine(u, v) == pytest.approx(float(flat_u @ flat_v / flat_u.norm() / flat_v.norm()), rel=1e-12)
    assert cosine(u, u) == pytest.approx(1)


def test_what_does_not_fit_is_refused(mlp):
    objective = mlp.objective()
    good = random_direction(objective, seed=0)
    check_direction(objective, good)
    for change, words in [
        ({"0.bias": torch.ones(2)}, r"'0\.bias', whose parameter has shape \(5,\)"),
        ({"5.bias": torch.ones(2)}, r"unknown \['5\.bias'\]"),
        ({"0.bias": torch.full((5,), torch.inf)}, r"non-finite entries in '0\.bias'"),
        ({n: torch.zeros_like(p) for n, p in good.items()}, "direction is zero"),
    ]:
        with pytest.raises(ValueError, match=words):
            check_direction(objective, {**good, **change})
    with pytest.raises(ValueError, match="normalization is 'filters'"):
        random_direction(objective, seed=0, normalization="filters")
    with pytest.raises(ValueError, match="nothing is left"):
        orthogonalize(good, [good])


def test_normalisation_that_leaves_nothing_is_refused(quadratic):
    objective = quadratic(torch.eye(3).double(), torch.ones(3).double())
    with pytest.raises(ValueError, match="use normalization=None"):
        random_direction(objective, seed=0)
    assert random_direction(objective, seed=0, normalization=None)["theta"].any()


def test_default_device_of_the_caller_does_not_matter(mlp):
    objective = mlp.objective()
    with torch.device("meta"):
        drawn = random_direction(objective, seed=0)
    again = random_direction(objective, seed=0)
    assert all(torch.equal(drawn[name], again[name]) for name in again)
