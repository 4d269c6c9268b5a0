"""Relative flatness against brute force, the closed form of softmax regression, and its invariance."""

import json

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from landscape.objective.objective import Objective
from landscape.sharpness.relative_flatness import relative_flatness


def brute_force(case, name, l2=0.0):
    """The definition: a sum over pairs of neurons of traces of blocks of the Hessian."""
    names = [n for n, p in case.model.named_parameters() if p.requires_grad]
    sizes = [p.numel() for p in case.trainable()]
    start = sum(sizes[: names.index(name)])
    weights = dict(case.model.named_parameters())[name].detach()
    rows = weights.reshape(len(weights), -1)
    place = slice(start, start + rows.numel())
    hessian = case.hessian(l2=l2)[place, place].reshape(*rows.shape, *rows.shape)
    return sum(
        float(rows[s] @ rows[t]) * float(hessian[s, :, t, :].trace())
        for s in range(len(rows))
        for t in range(len(rows))
    )


LAYERS = {
    "mlp": "3.weight",
    "convnet": "5.weight",
    "attention": "head.weight",
    "recurrent": "head.weight",
    "tied": "head.weight",
    "frozen": "3.weight",
    "unused": "body.2.weight",
}


def test_default_layer_against_brute_force(case):
    estimate = relative_flatness(case.objective(l2=0.01))
    assert estimate.protocol["layer"] == LAYERS[case.name]
    exact = brute_force(case, LAYERS[case.name], l2=0.01)
    assert estimate.value == pytest.approx(exact, rel=1e-12)
    assert abs(estimate.value - exact) <= estimate.standard_error + 1e-15
    assert estimate.protocol["method"] == "exact"


@pytest.mark.parametrize(
    ("name", "layer"), [("convnet", "0"), ("tied", "first"), ("mlp", "0.weight"), ("attention", "layer.linear1")]
)
def test_named_layers_against_brute_force(make_case, name, layer):
    case = make_case(name)
    weight = layer if layer.endswith("weight") else f"{layer}.weight"
    estimate = relative_flatness(case.objective(), layer)
    assert estimate.value == pytest.approx(brute_force(case, weight), rel=1e-11)
    assert ("message" in estimate.protocol) == (name == "convnet")


def test_rank_deficient_and_zero_weights(mlp):
    with torch.no_grad():
        mlp.model[3].weight[2] = 2 * mlp.model[3].weight[0]
    estimate = relative_flatness(mlp.objective())
    assert estimate.protocol["rank"] == 2
    assert estimate.protocol["products"] == 2 * 5
    assert estimate.value == pytest.approx(brute_force(mlp, "3.weight"), rel=1e-12)
    with torch.no_grad():
        mlp.model[3].weight.zero_()
    assert relative_flatness(mlp.objective()).value == 0.0


def test_closed_form_of_softmax_regression():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(6, 40), nn.ReLU(), nn.Linear(40, 7)).double()
    data = torch.randn(50, 6, dtype=torch.float64), torch.arange(50) % 7
    estimate = relative_flatness(Objective(model, nn.CrossEntropyLoss(), data))
    with torch.no_grad():
        features = model[:2](data[0])
        p = functional.softmax(model(data[0]), dim=1)
        gram = model[2].weight @ model[2].weight.T
        forms = (p * gram.diagonal()).sum(1) - ((p @ gram) * p).sum(1)
        exact = float((features.square().sum(1) * forms).mean())
    assert estimate.value == pytest.approx(exact, rel=1e-12)
    assert estimate.products == 7 * 40


def test_estimate_covers_the_exact_value(mlp):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 30), nn.Tanh(), nn.Linear(30, 5)).double()
    objective = Objective(model, nn.CrossEntropyLoss(), (torch.randn(40, 4).double(), torch.arange(40) % 5))
    exact = relative_flatness(objective).value
    estimates = [relative_flatness(objective, probes=30, seed=seed) for seed in range(20)]
    inside = [low <= exact <= high for low, high in (e.interval(0.95) for e in estimates)]
    assert sum(inside) >= 16
    assert all(e.standard_error < 0.2 * exact for e in estimates)
    assert estimates[0].protocol["products"] <= 30
    assert json.loads(json.dumps(estimates[0].protocol))["measure"] == "relative flatness"
    # As many probes as three times the order make Hutch++ exact.
    assert relative_flatness(objective, probes=3 * 150).value == pytest.approx(exact, rel=1e-10)


@settings(max_examples=15, deadline=None)
@given(factor=st.floats(0.01, 100))
@example(factor=0.5)
def test_layer_rescaling_changes_nothing_and_feature_rescaling_does(factor):
    torch.manual_seed(1)
    model = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 3)).double()
    objective = Objective(model, nn.CrossEntropyLoss(), (torch.randn(12, 4).double(), torch.arange(12) % 3))
    p = objective.parameters

    def at(scale):
        return objective.at(
            p
            | {
                "0.weight": p["0.weight"] * scale[:, None],
                "0.bias": p["0.bias"] * scale,
                "2.weight": p["2.weight"] / scale,
            }
        )

    def of_one_feature(factor):
        scale = torch.ones(6, dtype=torch.float64)
        scale[0] = factor
        return relative_flatness(at(scale)).value

    first = relative_flatness(objective).value
    assert relative_flatness(at(torch.full((6,), factor, dtype=torch.float64))).value == pytest.approx(first, rel=1e-6)
    if not 0.5 < factor < 2:
        # Terms grow and others shrink with the factor, so there is one at which they make up for each other (here 0.5).
        changed = [of_one_feature(f) for f in (factor, 1 / factor)]
        assert any(value != pytest.approx(first, rel=1e-3) for value in changed)
        assert of_one_feature(0.05) != pytest.approx(first, rel=0.1)


def test_model_without_a_linear_layer_and_bad_input(mlp, make_case):
    recurrent = nn.LSTM(3, 2)
    objective = Objective(
        recurrent.double(), data=(torch.ones(2, 3).double(),), loss=lambda m, b: m(b[0])[0].square().mean()
    )
    with pytest.raises(ValueError, match="no Linear layer with a trainable weight of its own: name a layer"):
        relative_flatness(objective)
    objective = mlp.objective()
    with pytest.raises(ValueError, match="No trainable parameter fits 'body': the nearest names are"):
        relative_flatness(objective, "body")
    with pytest.raises(ValueError, match=r"layer is '0.bias', which has 0 trainable weight matrices \(none\)"):
        relative_flatness(objective, "0.bias")
    with pytest.raises(ValueError, match="has 2 trainable weight matrices"):
        relative_flatness(make_case("recurrent").objective(), "cell")
    with pytest.raises(ValueError, match="probes is 3: at least 4"):
        relative_flatness(objective, probes=3)
    with pytest.raises(ValueError, match="not finite"):
        relative_flatness(
            objective.at({n: p * float("nan") if n == "0.weight" else p for n, p in objective.parameters.items()})
        )


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_nothing_is_touched(convnet, untouched, error):
    left = 10**9

    def loss(model, batch):
        nonlocal left
        left -= 1
        if left <= 0:
            raise error
        return functional.cross_entropy(model(batch[0]), batch[1])

    objective = Objective(convnet.model, data=convnet.data, loss=loss, batch_size=4)
    with untouched(convnet.model):
        relative_flatness(objective)
        left = 2
        with pytest.raises(error):
            relative_flatness(objective, "0")
