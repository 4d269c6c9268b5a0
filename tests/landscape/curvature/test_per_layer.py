"""Layer blocks are those of the dense Hessian, and their traces add up to the whole."""

import json

import numpy as np
import pytest
import torch

from landscape.curvature.diagonal import hessian_diagonal
from landscape.curvature.per_layer import layer_curvature


def blocks(case, groups, l2):
    """Diagonal blocks of the dense Hessian by parameter names."""
    hessian, start, where = case.hessian(l2), 0, {}
    for name, p in case.model.named_parameters():
        if p.requires_grad:
            where[name] = range(start, start := start + p.numel())
    rows = {group: [i for name in names for i in where[name]] for group, names in groups.items()}
    return {group: hessian[np.ix_(index, index)] for group, index in rows.items()}


def test_eigenvalues_and_traces_are_those_of_the_dense_blocks(make_case):
    case = make_case("convnet")
    found = layer_curvature(case.objective(l2=0.1), k=2, tol=1e-9, probes=60)
    groups = {"0": ["0.weight", "0.bias"], "1": ["1.weight", "1.bias"], "5": ["5.weight", "5.bias"]}
    assert found.layer.values.tolist() == list(groups)
    for name, block in blocks(case, groups, 0.1).items():
        layer = found.sel(layer=name)
        truth = torch.linalg.eigvalsh(block).flip(0)[:2].numpy()
        assert layer.converged.all()
        assert np.allclose(layer.eigenvalue, truth, rtol=1e-8)
        assert int(layer.parameters) == len(block)
        assert abs(float(layer.trace) - float(block.trace())) <= 4 * float(layer.trace_standard_error)
        assert float(layer.trace_per_parameter) == pytest.approx(float(layer.trace) / len(block))


def test_block_traces_add_up_to_the_trace(mlp):
    objective = mlp.objective(l2=0.2)
    whole = sum(float(t.sum()) for t in hessian_diagonal(objective, method="exact").values.values())
    for by in ("module", "parameter", {"first": "0", "rest": ["3.weight", "3.bias"]}):
        found = layer_curvature(objective, by=by, probes=3 * objective.num_parameters)  # exact with so many products
        assert float(found.trace.sum()) == pytest.approx(whole, rel=1e-10)
        assert int(found.parameters.sum()) == objective.num_parameters
        assert found.attrs["protocol"]


def test_layers_with_fewer_parameters_than_eigenvalues_are_padded(mlp):
    found = layer_curvature(mlp.objective(), by="parameter", k=4, tol=1e-6)
    bias = found.sel(layer="3.bias")  # three parameters
    assert np.isfinite(bias.eigenvalue).values.tolist() == [True, True, True, False]
    assert bias.converged.values.tolist() == [True, True, True, False]
    assert np.isfinite(found.sel(layer="0.weight").eigenvalue).all()


def test_no_block_exceeds_the_whole_and_protocols_are_kept(make_case):
    case = make_case("tied")
    objective = case.objective()
    found = layer_curvature(objective, tol=1e-8)
    assert float(found.eigenvalue.max()) <= float(torch.linalg.eigvalsh(case.hessian())[-1]) + 1e-9
    protocol = json.loads(found.attrs["protocol"])
    assert list(protocol) == found.layer.values.tolist()
    assert [name for p in protocol.values() for name in p["parameters"]] == list(objective.parameters)
    products = [p["top"]["products"] + p["trace"]["products"] for p in protocol.values()]
    assert found["products"].values.tolist() == products


def test_bad_input_is_refused(mlp):
    objective = mlp.objective()
    with pytest.raises(ValueError, match="by is 'layer': choose"):
        layer_curvature(objective, by="layer")
    with pytest.raises(ValueError, match="empty mapping"):
        layer_curvature(objective, by={})
    with pytest.raises(ValueError, match="group 'x' has no parameters"):
        layer_curvature(objective, by={"x": []})
    with pytest.raises(ValueError, match="No trainable parameter fits '7'"):
        layer_curvature(objective, by={"x": ["7"]})
    with pytest.raises(ValueError, match="k is 0: at least 1"):
        layer_curvature(objective, k=0)
