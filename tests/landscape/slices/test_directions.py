"""Directions: normalisation as published, orthogonality, and refusal of what does not fit."""

import json

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from landscape.curvature.eigenvalues import top_eigenpairs
from landscape.objective.objective import Objective
from landscape.slices.directions import (
    RecordedDirection,
    check_direction,
    cosine,
    dot,
    eigenvector_directions,
    filter_normalize,
    gradient_direction,
    layer_normalize,
    norm,
    orthogonal_set,
    orthogonalize,
    random_direction,
)


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


@pytest.mark.parametrize("normalization", ["filter", "layer"])
def test_biases_are_scaled_to_the_weights_where_that_is_asked_for(convnet, normalization):
    objective = convnet.objective()
    kept = random_direction(objective, seed=3, normalization=normalization, biases="scaled")
    default = random_direction(objective, seed=3, normalization=normalization)
    raw = random_direction(objective, seed=3, normalization=None)
    vectors = [n for n, p in objective.parameters.items() if p.dim() < 2]
    assert "1.weight" in vectors  # of the batch norm
    for name, weights in objective.parameters.items():
        if name in vectors:
            assert not default[name].any()
            assert float(kept[name].norm()) == pytest.approx(float(weights.norm()), rel=1e-12, abs=1e-300)
            if weights.any():
                assert cosine({"": kept[name]}, {"": raw[name]}) == pytest.approx(1, abs=1e-12)
        else:
            assert torch.equal(kept[name], default[name])
    assert kept.protocol["biases"] != default.protocol["biases"] == "set to zero (Li et al. 2018)"


def test_scalars_have_no_filters():
    weights, direction = {"s": torch.tensor(-3.0)}, {"s": torch.tensor(0.5)}
    assert float(filter_normalize(direction, weights, biases="scaled")["s"]) == 3.0
    assert float(layer_normalize(direction, weights)["s"]) == 0.0


def test_gradient_direction_is_the_unit_gradient(case):
    objective = case.objective(l2=0.1)
    direction = gradient_direction(objective)
    truth = case.gradient(l2=0.1)
    torch.testing.assert_close(objective.flatten(direction), truth / truth.norm(), rtol=1e-10, atol=1e-13)
    assert direction.protocol["gradient_norm"] == pytest.approx(float(truth.norm()), rel=1e-10)
    step = 1e-5
    up, down = (
        objective.value({n: p + s * direction[n] for n, p in objective.parameters.items()}) for s in (step, -step)
    )
    assert (up - down) / (2 * step) == pytest.approx(float(truth.norm()), rel=1e-5)  # uphill, at the rate it says


def test_gradient_without_a_direction_is_refused(quadratic):
    matrix = torch.eye(3).double()
    with pytest.raises(ValueError, match=r"gradient is zero .* use an eigenvector"):
        gradient_direction(quadratic(matrix))
    with pytest.raises(ValueError, match=r"gradient is not finite \(loss nan\)"):
        gradient_direction(quadratic(matrix).at({"theta": torch.full((3,), torch.nan)}))


def test_eigenvectors_come_with_their_sign_and_their_worth(quadratic, symmetric):
    objective = quadratic(symmetric([5.0, 3.0, 1.0, -2.0]))
    pairs = top_eigenpairs(objective, 2, tol=1e-10)
    first, second = eigenvector_directions(pairs)
    truth = torch.linalg.eigh(symmetric([5.0, 3.0, 1.0, -2.0]))[1][:, -1]
    truth = truth * torch.sign(truth[truth.abs().argmax()])
    torch.testing.assert_close(first["theta"], truth, rtol=1e-6, atol=1e-6)
    assert first.protocol["eigenvalue"] == pytest.approx(5.0)
    assert first.protocol["converged"] is True
    assert abs(cosine(first, second)) < 1e-10
    rough = eigenvector_directions(top_eigenpairs(objective, max_products=1, check_symmetry=False))
    assert rough[0].protocol["converged"] is False
    with pytest.raises(ValueError, match=r"pairs is a dict: give what top_eigenpairs"):
        eigenvector_directions(dict(first))


def test_notes_are_json_and_are_dropped_by_whatever_changes_the_direction(mlp):
    direction = random_direction(mlp.objective(), seed=np.int64(3))
    assert json.loads(json.dumps(direction.protocol))["seed"] == 3
    assert isinstance(direction, dict)
    for changed in (direction.copy(), direction | {}, {n: 2 * d for n, d in direction.items()}):
        assert not isinstance(changed, RecordedDirection)
    json.dumps(gradient_direction(mlp.objective()).protocol)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), count=st.integers(1, 4), unit=st.booleans())
def test_a_set_is_orthogonal_and_spans_what_it_did(seed, count, unit):
    generator = torch.Generator().manual_seed(seed)
    given_ones = [
        {"a": torch.randn(2, 3, generator=generator).double(), "b": torch.randn(4, generator=generator).double()}
        for _ in range(count)
    ]
    found = orthogonal_set(given_ones, unit=unit)
    assert all(abs(cosine(u, v)) < 1e-12 for i, u in enumerate(found) for v in found[:i])
    for i, u in enumerate(given_ones):
        rest = {n: u[n] - sum(dot(u, v) / dot(v, v) * v[n] for v in found[: i + 1]) for n in u}
        assert norm(rest) < 1e-10 * norm(u)
    if unit:
        assert all(norm(u) == pytest.approx(1, rel=1e-12) for u in found)
    else:
        assert all(torch.equal(found[0][n], given_ones[0][n]) for n in found[0])


def test_a_set_without_enough_directions_is_refused(mlp):
    u, v = (random_direction(mlp.objective(), seed=s) for s in (0, 1))
    for directions, words in [
        ([u, v, {n: u[n] + v[n] for n in u}], "Direction 2 lies in the span of those before it"),
        ([u, {n: 0 * d for n, d in u.items()}], "Direction 1 is zero or not finite"),
        ([u, {n: torch.nan * d for n, d in u.items()}], "Direction 1 is zero or not finite"),
        ([u, {"0.weight": v["0.weight"]}], "Direction 1 has other names or shapes"),
    ]:
        with pytest.raises(ValueError, match=words):
            orthogonal_set(directions)
    with pytest.raises(ValueError, match="biases is 'keep'"):
        random_direction(mlp.objective(), seed=0, biases="keep")
    with pytest.raises(ValueError, match="biases is True"):
        filter_normalize(u, mlp.objective().parameters, biases=True)


def test_orthogonal_to_all_whatever_their_lengths_and_dependence():
    generator = torch.Generator().manual_seed(0)
    d, v, w = ({"theta": torch.randn(20, generator=generator, dtype=torch.float64)} for _ in range(3))
    zero, twice, huge = ({"theta": factor * v["theta"]} for factor in (0.0, 2.0, 1e13))
    for against in ([v, twice, w], [zero, w], [huge, w], [w, huge, twice]):
        rest = orthogonalize(d, against)
        for other in (u for u in against if u is not zero):
            assert abs(cosine(rest, other)) < 1e-13
    assert torch.equal(orthogonalize(d, [zero])["theta"], d["theta"])
