"""The objective is the loss it says it is, on any cut of the data, and the model is given back as it was."""

import itertools
import json
import math
import random
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint
from torch.utils.data import DataLoader, IterableDataset, TensorDataset

from landscape.curvature.eigenvalues import top_eigenpairs
from landscape.curvature.hessian import HessianOperator
from landscape.objective.objective import Objective

FIXTURES_ARE_CONSTANT = [HealthCheck.function_scoped_fixture]


def accuracy(model, batch):
    return (model(batch[0]).argmax(1) == batch[1]).double().mean()


@pytest.mark.parametrize("l2", [0.0, 0.3])
def test_value_and_gradient_are_those_of_one_batch(case, l2):
    objective = case.objective(l2=l2)  # batches of 4, 4 and a ragged 3
    value, gradient = objective.value_and_gradient()
    truth = case.value(l2=l2)
    assert value == pytest.approx(truth, rel=1e-12)
    assert objective.value() == pytest.approx(truth, rel=1e-12)
    assert torch.allclose(objective.flatten(gradient), case.gradient(l2), rtol=1e-12, atol=1e-14)


@settings(max_examples=20, deadline=None, suppress_health_check=FIXTURES_ARE_CONSTANT)
@given(cuts=st.lists(st.integers(1, 10), max_size=6))
def test_any_cut_of_the_data_gives_the_same_function(mlp, cuts):
    edges = [0, *sorted(set(cuts)), 11]
    X, y = mlp.data
    batches = [(X[a:b], y[a:b]) for a, b in itertools.pairwise(edges)]
    cut = Objective(mlp.model, mlp.criterion, batches, metrics={"accuracy": accuracy})
    whole = mlp.objective(batch_size=11, metrics={"accuracy": accuracy})
    assert cut.evaluate() == pytest.approx(whole.evaluate(), rel=1e-12)
    v = torch.ones(cut.num_parameters, dtype=torch.float64)
    assert torch.allclose(HessianOperator(cut).matvec(v), HessianOperator(whole).matvec(v), rtol=1e-12, atol=1e-14)


def test_metrics_are_means_over_samples(mlp):
    result = mlp.objective(metrics={"accuracy": accuracy}).evaluate()
    mlp.model.eval()
    assert result["accuracy"] == pytest.approx(float(accuracy(mlp.model, mlp.data)), abs=1e-15)
    assert result["loss"] == pytest.approx(mlp.value(), rel=1e-12)


@pytest.mark.parametrize(
    "criterion",
    [
        nn.CrossEntropyLoss(ignore_index=1),
        nn.CrossEntropyLoss(weight=torch.tensor([0.2, 3.0, 1.0], dtype=torch.float64)),
        nn.CrossEntropyLoss(weight=torch.tensor([0.2, 3.0, 0.0], dtype=torch.float64), label_smoothing=0.1),
        functional.cross_entropy,
    ],
    ids=["ignored", "weighted", "weighted and smoothed", "function"],
)
def test_cross_entropy_means_are_those_of_one_batch(mlp, criterion):
    X, y = mlp.data
    if criterion is functional.cross_entropy:
        y = y.where(y != 0, -100)
    cut = Objective(mlp.model, criterion, (X, y), batch_size=4, metrics={"accuracy": accuracy})
    mlp.model.eval()
    assert cut.value() == pytest.approx(float(criterion(mlp.model(X), y).detach()), rel=1e-12)
    assert cut.evaluate()["accuracy"] == pytest.approx(float(accuracy(mlp.model, (X, y))), abs=1e-15)
    assert cut.num_samples == len(X)


def test_class_probabilities_weigh_by_samples(mlp):
    X, y = mlp.data
    targets = functional.one_hot(y, 3).double() * 0.8 + 0.1
    cut = Objective(mlp.model, nn.CrossEntropyLoss(), (X, targets), batch_size=4)
    mlp.model.eval()
    assert cut.value() == pytest.approx(float(functional.cross_entropy(mlp.model(X), targets).detach()), rel=1e-12)


def test_batch_whose_targets_are_all_ignored_has_no_weight(mlp):
    X, y = mlp.data
    y = torch.cat([torch.full((4,), -100), y[4:]])
    cut = Objective(mlp.model, nn.CrossEntropyLoss(), (X, y), batch_size=4)
    mlp.model.eval()
    assert cut.value() == pytest.approx(float(functional.cross_entropy(mlp.model(X), y).detach()), rel=1e-12)


def test_count_weighs_batches(mlp, cross_entropy):
    X, y = mlp.data
    batches = [(X[:4], y[:4]), (X[4:], y[4:])]
    tokens = Objective(
        mlp.model, data=batches, loss=cross_entropy, count=lambda batch: 10 if len(batch[0]) == 4 else 30
    )
    mlp.model.eval()
    parts = [float(cross_entropy(mlp.model, batch).detach()) for batch in batches]
    assert tokens.value() == pytest.approx((10 * parts[0] + 30 * parts[1]) / 40, rel=1e-12)


def test_batches_of_mappings_and_lists_of_images(mlp, cross_entropy):
    X, y = mlp.data

    def loss(model, batch):
        return functional.cross_entropy(model(batch["x"]), batch["y"])

    assert Objective(mlp.model, data=[{"x": X, "y": y}], loss=loss).value() == pytest.approx(mlp.value(), rel=1e-12)

    def detection(model, batch):
        return cross_entropy(model, (torch.stack(batch[0]), torch.stack(batch[1])))

    images = [(list(X), list(y))]
    with pytest.raises(ValueError, match="pass count="):
        Objective(mlp.model, data=images, loss=detection)
    counted = Objective(mlp.model, data=images, loss=detection, count=lambda batch: len(batch[0]))
    assert counted.value() == pytest.approx(mlp.value(), rel=1e-12)
    assert counted.num_samples == 11


def test_model_and_random_states_are_left_as_they_were(case, untouched):
    for p in case.trainable()[:2]:
        p.grad = torch.ones_like(p)
    next(case.model.children()).eval()  # a mix of flags
    with untouched(case.model):
        objective = case.objective(metrics={"accuracy": accuracy}, l2=0.1)
        objective.evaluate()
        objective.value_and_gradient()
        for method in ("lanczos", "power", "pyhessian"):
            top_eigenpairs(objective, method=method, max_products=4)


def test_model_is_left_as_it_was_after_an_exception(mlp, untouched, cross_entropy):
    armed = False

    def loss(model, batch):
        torch.rand(3), random.random(), np.random.rand()  # noqa: NPY002
        if armed:
            raise RuntimeError("in the middle")
        return cross_entropy(model, batch)

    objective = Objective(mlp.model, data=mlp.data, loss=loss)
    operator = HessianOperator(objective)
    armed = True
    with untouched(mlp.model):
        vector = torch.ones(objective.num_parameters)
        for call in (objective.value, objective.value_and_gradient, lambda: operator.matvec(vector)):
            with pytest.raises(RuntimeError, match="in the middle"):
                call()


def test_forward_that_writes_buffers_and_draws_numbers_leaves_the_model_alone(mlp, untouched):
    class Counting(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = mlp.model
            self.register_buffer("calls", torch.zeros(()))

        def forward(self, x):
            self.calls += 1
            torch.rand(2)
            return self.inner(x)

    model = Counting()
    with untouched(model):
        objective = Objective(model, mlp.criterion, mlp.data)
        assert objective.value() == pytest.approx(mlp.value(), rel=1e-12)


def test_training_the_model_further_does_not_move_the_objective(convnet):
    objective = convnet.objective()
    before = objective.value()
    with torch.no_grad():
        for p in convnet.model.parameters():
            p.add_(1.0)
        convnet.model.train()(convnet.data[0])  # moves the running statistics
    assert objective.value() == before


def test_dtype_evaluates_a_private_copy(convnet, untouched):
    model = convnet.model.float()
    X = convnet.data[0].float()
    with untouched(model):
        objective = Objective(model, convnet.criterion, (X, convnet.data[1]), dtype=torch.float64)
        value = objective.value()
    assert {p.dtype for p in objective.parameters.values()} == {torch.float64}
    with torch.no_grad():
        truth = convnet.criterion(model.double().eval()(X.double()), convnet.data[1])
    assert value == pytest.approx(float(truth), rel=1e-12)


def test_class_weights_follow_dtype(mlp):
    criterion = nn.CrossEntropyLoss(weight=torch.tensor([0.5, 1.0, 2.0]))
    objective = Objective(mlp.model.float(), criterion, mlp.data, dtype=torch.float64)
    assert criterion.weight.dtype == torch.float32
    assert math.isfinite(objective.value())


def test_at_other_weights(case):
    objective = case.objective(l2=0.1)
    with torch.no_grad():
        for p in case.trainable():
            p.mul_(1.1)
        if case.name == "convnet":
            case.model[1].running_mean += 0.3
    moved = objective.at(case.model.state_dict())
    assert moved.value() == pytest.approx(case.value(l2=0.1), rel=1e-12)
    assert objective.value() != pytest.approx(moved.value(), rel=1e-6)
    if case.name != "convnet":  # parameters alone are enough; buffers then stay
        named = dict(case.model.named_parameters())
        assert objective.at({n: named[n] for n in objective.parameters}).value() == moved.value()


def test_at_copies_and_reads_no_data():
    passes = 0

    class Counted(list):
        def __iter__(self):
            nonlocal passes
            passes += 1
            return super().__iter__()

    class Lazy:
        batches = Counted([(torch.ones(2, 1), torch.ones(2, 1))])

        def __len__(self):
            return 1

        def __iter__(self):
            return iter(self.batches)

    objective = Objective(nn.Linear(1, 1), nn.MSELoss(), Lazy())
    assert passes == 2
    state = {name: p.clone() for name, p in objective.parameters.items()}
    other = objective.at(state)
    before = other.value()
    state["weight"].add_(1)
    assert other.value() == before
    assert passes == 2


def test_at_refuses_states_of_other_models(make_case):
    tied = make_case("tied")
    objective, state = tied.objective(), tied.model.state_dict()
    assert objective.at(state).value() == objective.value()
    for change, words in [
        (lambda s: s.pop("head.bias"), "lacks the trainable parameter 'head.bias'"),
        (lambda s: s.update(tail=torch.ones(1)), "'tail' that the model has not"),
        (lambda s: s.update({"head.bias": torch.ones(2)}), r"shape \(2,\) for 'head.bias', the model \(3,\)"),
        (lambda s: s.update({"second.weight": torch.ones(4, 4)}), "different values for the tied weights"),
    ]:
        bad = dict(state)
        change(bad)
        with pytest.raises(ValueError, match=words):
            objective.at(bad)


def test_diverged_weights_have_the_value_nan(mlp):
    objective = mlp.objective()
    assert math.isnan(objective.at({n: p * math.nan for n, p in objective.parameters.items()}).value())
    with torch.no_grad():
        mlp.model[0].bias[0] = math.inf
        mlp.model[0].weight[0] = math.nan
    assert math.isnan(mlp.objective().value())


def test_tied_and_frozen_parameters_are_counted_once_and_not_at_all(make_case):
    tied, frozen = make_case("tied").objective(), make_case("frozen").objective()
    assert tied.num_parameters == 16 + 4 + 4 + 15
    assert list(frozen.parameters) == ["0.bias", "3.weight", "3.bias"]


def test_flatten_and_unflatten_are_inverse(case):
    objective = case.objective()
    vector = torch.randn(objective.num_parameters, dtype=torch.float64)
    named = objective.unflatten(vector)
    assert list(named) == list(objective.parameters)
    assert all(named[n].shape == p.shape for n, p in objective.parameters.items())
    assert torch.equal(objective.flatten(named), vector)


def test_mappings_that_do_not_fit_are_refused(mlp):
    objective = mlp.objective()
    good = dict(objective.parameters)
    with pytest.raises(ValueError, match=r"missing \['0.bias'\]"):
        objective.flatten({n: p for n, p in good.items() if n != "0.bias"})
    with pytest.raises(ValueError, match=r"unknown \['more'\]"):
        objective.value(good | {"more": torch.ones(1)})
    with pytest.raises(ValueError, match=r"shape \(1,\) for '0.bias', whose parameter has shape \(5,\)"):
        objective.value(good | {"0.bias": torch.ones(1)})
    with pytest.raises(ValueError, match=r"shape \(3,\), not"):
        objective.unflatten(torch.ones(3))


def test_callers_grad_mode_and_autocast_do_not_matter(mlp):
    objective = mlp.objective(dtype=torch.float32)
    value, gradient = objective.value_and_gradient()
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        again, same = objective.value_and_gradient()
    assert value == again
    assert torch.equal(objective.flatten(gradient), objective.flatten(same))


def test_checkpointed_modules_recompute_with_the_given_parameters(mlp):
    class Checkpointed(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = mlp.model

        def forward(self, x):
            return checkpoint(self.inner, x, use_reentrant=False)

    X = mlp.data[0]
    objective = Objective(Checkpointed(), mlp.criterion, (X, mlp.data[1]))
    state = {name: 1.5 * p for name, p in objective.parameters.items()}
    plain = mlp.objective().at({name.removeprefix("inner."): p for name, p in state.items()})
    moved = objective.at(state)
    assert torch.allclose(
        objective.flatten(moved.value_and_gradient()[1]), plain.flatten(plain.value_and_gradient()[1]), rtol=1e-12
    )
    v = torch.ones(plain.num_parameters, dtype=torch.float64)
    truth = HessianOperator(plain).matvec(v)
    for budget in (0, 2**30):
        operator = HessianOperator(moved, memory_budget=budget)
        for _ in range(2):
            assert torch.allclose(operator.matvec(v), truth, rtol=1e-10, atol=1e-13)


# ---------------------------------------------------------------------- data


def test_loader_gives_the_same_function_and_keeps_its_generator(mlp, untouched):
    generator = torch.Generator().manual_seed(5)
    loader = DataLoader(TensorDataset(*mlp.data), batch_size=4, generator=generator)
    before = generator.get_state()
    with untouched(mlp.model):
        objective = Objective(mlp.model, mlp.criterion, loader)
    assert torch.equal(generator.get_state(), before)
    assert objective.value() == pytest.approx(mlp.value(), rel=1e-12)


def test_fingerprint_names_the_data_and_not_their_cut(mlp):
    X, y = mlp.data
    prints = [mlp.objective(batch_size=n).fingerprint for n in (1, 4, 11)]
    assert len(set(prints)) == 1
    changed = X.clone()
    changed[3, 2] += 1e-12
    others = [
        Objective(mlp.model, mlp.criterion, data).fingerprint for data in [(changed, y), (X, y.roll(1)), [(X, y)]]
    ]
    assert len({*prints, *others}) == 4


def test_protocol_is_json_and_says_what_determines_the_value(convnet):
    protocol = json.loads(json.dumps(convnet.objective(l2=0.25).protocol()))
    expected = {
        "samples": 11,
        "batches": 3,
        "mode": "eval",
        "batchnorm": "frozen",
        "l2": 0.25,
        "dtype": "float64",
        "device": "cpu",
        "deterministic": "checked",
    }
    assert expected.items() <= protocol.items()
    assert len(protocol["fingerprint"]) == 64


# ---------------------------------------------------------------------- bad input


class Stream(IterableDataset):
    def __iter__(self):
        yield torch.ones(4), torch.tensor(1)


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda X, y: (X[:0], y[:0]), "dataset is empty"),
        (lambda X, y: [], "dataset is empty"),
        (lambda X, y: [(X[:0], y[:0])], "empty dataset"),
        (lambda X, y: (X, y[:5]), "first dimensions"),
        (lambda X, y: ((X, y) for _ in range(1)), "generator, which can be read only once"),
        (lambda X, y: TensorDataset(X, y), "wrap it in a DataLoader"),
        (lambda X, y: DataLoader(Stream()), "without a length"),
        (lambda X, y: 7, "data is a int"),
        (lambda X, y: None, "data is None"),
        (lambda X, y: [(X, y, y)], "criterion needs"),
        (lambda X, y: [X], "criterion needs"),
        (lambda X, y: DataLoader(TensorDataset(X, y), batch_size=4, shuffle=True), "differ between two passes"),
    ],
)
def test_data_that_do_not_make_a_function_are_refused(mlp, build, words, untouched):
    with untouched(mlp.model), pytest.raises(ValueError, match=words):
        Objective(mlp.model, mlp.criterion, build(*mlp.data))


def test_random_augmentation_is_refused(mlp):
    class Noisy(TensorDataset):
        def __getitem__(self, index):
            x, y = super().__getitem__(index)
            return x + random.gauss(0, 0.1), y

    with pytest.raises(ValueError, match="random augmentation"):
        Objective(mlp.model, mlp.criterion, DataLoader(Noisy(*mlp.data), batch_size=4))


def test_first_pass_can_be_frozen_instead(mlp):
    loader = DataLoader(TensorDataset(*mlp.data), batch_size=4, shuffle=True)
    objective = Objective(mlp.model, mlp.criterion, loader, check_deterministic=False)
    assert objective.value() == pytest.approx(mlp.value(), rel=1e-12)
    assert objective.protocol()["deterministic"] == "not checked"


@pytest.mark.parametrize("last", [False, True], ids=["value differs", "gradient differs"])
def test_active_dropout_is_refused(last, mlp):
    class Careless(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = nn.Linear(4, 5).double(), nn.Linear(5, 3).double()
            if last:  # the output ignores the dropped units, and only the gradient shows them
                nn.init.zeros_(self.second.weight)

        def forward(self, x):
            return self.second(functional.dropout(self.first(x), 0.5))

    model = Careless()
    with pytest.raises(ValueError, match=r"not deterministic.*training=self\.training"):
        Objective(model, mlp.criterion, mlp.data)


@pytest.mark.parametrize(
    ("loss", "words"),
    [
        (lambda m, b: functional.cross_entropy(m(b[0]), b[1], reduction="none"), r'shape \(11,\).*reduction="mean"'),
        (lambda m, b: functional.cross_entropy(m(b[0]), b[1]).item(), "is a float, not a tensor"),
        (lambda m, b: functional.cross_entropy(m(b[0]), b[1]).detach(), "does not require a gradient"),
        (lambda m, b: (m(b[0]).argmax(1) != b[1]).double().mean(), "does not require a gradient"),
        (lambda m, b: torch.ones((), requires_grad=True) * 2, "does not depend on any trainable parameter"),
    ],
)
def test_losses_that_are_no_differentiable_scalar_are_refused(mlp, loss, words):
    with pytest.raises(ValueError, match=words):
        Objective(mlp.model, data=mlp.data, loss=loss)


def test_criteria_that_do_not_average_are_refused(mlp):
    from functools import partial

    for criterion in (
        nn.CrossEntropyLoss(reduction="sum"),
        nn.MSELoss(reduction="none"),
        partial(functional.cross_entropy, reduction="sum"),
    ):
        with pytest.raises(ValueError, match='use reduction="mean"'):
            Objective(mlp.model, criterion, mlp.data)


def test_models_without_trainable_parameters_are_refused(mlp):
    with pytest.raises(ValueError, match="no trainable parameters"):
        Objective(nn.Sequential(nn.ReLU()), mlp.criterion, mlp.data)
    with pytest.raises(ValueError, match="no trainable parameters"):
        Objective(mlp.model.requires_grad_(False), mlp.criterion, mlp.data)


def test_contradicting_arguments_are_refused(mlp, cross_entropy):
    split = {"outputs": lambda model, batch: model(batch[0]), "output_loss": lambda outputs, batch: outputs.sum()}
    for arguments, words in [
        ({"criterion": mlp.criterion, "loss": cross_entropy}, "one of them"),
        ({"criterion": mlp.criterion} | split, "one of them"),
        ({}, "one of them"),
        ({"output_loss": split["output_loss"]}, "together"),
        ({"loss": cross_entropy, "batchnorm": "recompute"}, "batchnorm is 'recompute'"),
        ({"loss": cross_entropy, "arithmetic": "fp16"}, "arithmetic is 'fp16'"),
        ({"loss": cross_entropy, "arithmetic": "bf16"}, "parameters are torch.float64"),
        ({"loss": cross_entropy, "l2": math.nan}, "l2 is nan"),
        ({"loss": cross_entropy, "batch_size": 0}, "batch_size is 0"),
        ({"loss": cross_entropy, "dtype": torch.int64}, "dtype is torch.int64"),
        ({"loss": cross_entropy, "metrics": {"loss": accuracy}}, "metric is named 'loss'"),
        ({"loss": cross_entropy, "count": lambda batch: -1}, "negative or non-finite count"),
    ]:
        with pytest.raises(ValueError, match=words):
            Objective(mlp.model, data=mlp.data, **arguments)


def test_metric_that_is_no_scalar_is_refused(mlp):
    objective = mlp.objective(metrics={"hits": lambda m, b: m(b[0])})
    with pytest.raises(ValueError, match=r"metric 'hits' has shape \(4, 3\)"):
        objective.evaluate()


@pytest.mark.parametrize("loss_size", [1e-4, 1e-5, 1e-6])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_dropout_near_a_good_minimum_is_refused(loss_size, dtype):
    class Confident(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = nn.Linear(2, 64, bias=False), nn.Linear(64, 2, bias=False)
            with torch.no_grad():
                self.first.weight.copy_(torch.eye(2).repeat(32, 1))
                self.second.weight.copy_(torch.eye(2).repeat(1, 32) * -math.log(loss_size) / 32)

        def forward(self, x):
            return self.second(functional.dropout(self.first(x), 0.1))

    X, y = torch.eye(2).repeat(16, 1), torch.arange(2).repeat(16)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        with pytest.raises(ValueError, match="not deterministic"):
            Objective(Confident(), nn.CrossEntropyLoss(), (X, y), dtype=dtype)


def test_rounding_that_differs_between_evaluations_is_no_randomness(mlp):
    calls = 0

    def loss(model, batch):  # the last digits of the logits change, as those of unordered sums do
        nonlocal calls
        calls += 1
        logits = model(batch[0])
        return functional.cross_entropy(logits * (1 + torch.finfo(logits.dtype).eps * (calls % 2)), batch[1])

    saturated = {name: 20 * p for name, p in mlp.objective(dtype=torch.float32).parameters.items()}
    for dtype in (torch.float32, torch.float64):
        for scale in (1.0, 20.0):
            with torch.no_grad():
                for name, p in mlp.model.named_parameters():
                    p.copy_(saturated[name] * scale / 20)
            assert Objective(mlp.model, data=mlp.data, loss=loss, dtype=dtype).protocol()["deterministic"] == "checked"


@pytest.mark.parametrize("keywords", [{"ignore_index": 1}, {"weight": torch.tensor([0.2, 3.0, 1.0])}])
def test_partial_cross_entropy_means_are_those_of_one_batch(mlp, keywords):
    from functools import partial

    X, y = mlp.data
    criterion = partial(functional.cross_entropy, **keywords)
    cut = Objective(mlp.model.float(), criterion, (X.float(), y), batch_size=4, dtype=torch.float64)
    whole = Objective(mlp.model, criterion, (X.float(), y), batch_size=11, dtype=torch.float64)
    assert cut.value() == pytest.approx(whole.value(), rel=1e-12)
    assert cut.protocol()["weighting"] == "terms of the criterion's mean"


def test_given_parameters_are_cast_to_the_objectives_type(mlp):
    objective = mlp.objective()
    single = {name: p.float() for name, p in reversed(objective.parameters.items())}
    truth = objective.at(single)
    assert objective.value(single) == truth.value()
    assert objective.evaluate(single)["loss"] == truth.value()
    value, gradient = objective.value_and_gradient(single)
    assert value == pytest.approx(truth.value(), rel=1e-12)
    assert list(gradient) == list(objective.parameters)
    assert torch.equal(objective.flatten(gradient), objective.flatten(truth.value_and_gradient()[1]))


def test_types_that_do_not_go_together_are_named(mlp):
    X, y = mlp.data
    with pytest.raises(ValueError, match=r"holds torch.float64 and torch.int64, the parameters torch.float32.*dtype="):
        Objective(mlp.model.float(), mlp.criterion, (X, y))
    assert math.isfinite(Objective(mlp.model, mlp.criterion, (X, y), dtype=torch.float32).value())
    with pytest.raises(ValueError, match=r"holds torch.int64 and torch.uint8.*convert integer inputs"):
        Objective(mlp.model, mlp.criterion, (X.to(torch.uint8), y))


def test_models_of_several_outputs_need_a_loss(mlp):
    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = mlp.model

        def forward(self, x):
            return self.inner(x), x

    with pytest.raises(ValueError, match=r"returns a tuple, which the criterion does not take.*pass loss=") as caught:
        Objective(Two(), mlp.criterion, mlp.data)
    assert isinstance(caught.value.__cause__, TypeError)
    both = Objective(Two(), lambda output, target: mlp.criterion(output[0], target), mlp.data)
    assert both.value() == pytest.approx(mlp.value(), rel=1e-12)


def test_tied_weights_of_a_diverged_run_are_tied(make_case):
    case = make_case("tied")
    state = {name: tensor * math.nan for name, tensor in case.model.state_dict().items()}
    assert math.isnan(case.objective().at(state).value())


def test_numpy_data_and_other_wrong_kinds_are_refused(mlp):
    X, y = mlp.data
    for data in [(X.numpy(), y.numpy()), [X.numpy(), y.numpy()], (X, y.numpy()), X.numpy()]:
        with pytest.raises(ValueError, match="convert with torch\\.from_numpy"):
            Objective(mlp.model, mlp.criterion, data)
    with pytest.raises(ValueError, match="data is a Tensor"):
        Objective(mlp.model, mlp.criterion, X)
    with pytest.raises(ValueError, match="state is a Tensor: give a mapping"):
        mlp.objective().at(torch.ones(43))
    assert mlp.objective(batch_size=np.int64(4)).value() == mlp.objective(batch_size=4).value()


def test_inference_mode_is_named(mlp):
    objective = mlp.objective()
    with torch.inference_mode():
        assert objective.value() == pytest.approx(mlp.value(), rel=1e-12)
        for call in (
            mlp.objective,
            objective.value_and_gradient,
            lambda: HessianOperator(objective).matvec(torch.ones(43)),
        ):
            with pytest.raises(ValueError, match=r"torch\.inference_mode\(\) is on"):
                call()


@dataclass
class ModelOutput:
    """What Hugging Face models return: attributes, one of them the loss."""

    loss: Tensor | None
    logits: Tensor


class LanguageModel(nn.Module):
    """Causal: the loss is the mean over the next tokens that are not ignored."""

    def __init__(self):
        super().__init__()
        self.embedding, self.head = nn.Embedding(7, 4), nn.Linear(4, 7)

    def forward(self, input_ids, attention_mask=None, labels=None):
        states = torch.tanh(self.embedding(input_ids) * attention_mask[..., None]).cumsum(1)
        logits = self.head(states)
        loss = None
        if labels is not None:
            loss = functional.cross_entropy(logits[:, :-1].reshape(-1, 7), labels[:, 1:].reshape(-1))
        return ModelOutput(loss, logits)


def language_batches(cuts):
    generator = torch.Generator().manual_seed(4)
    tokens = torch.randint(0, 7, (6, 5), generator=generator)
    mask = torch.arange(5) < torch.tensor([[5], [2], [3], [5], [4], [2]])
    whole = {"input_ids": tokens, "attention_mask": mask.double(), "labels": tokens.where(mask, -100)}
    return [{name: part.split(cuts)[i] for name, part in whole.items()} for i in range(len(cuts))]


def causal_tokens(batch):
    return (batch["labels"][:, 1:] != -100).sum()


@pytest.mark.parametrize("cuts", [(6,), (4, 2), (1, 3, 2)])
def test_language_models_of_mappings_and_output_objects(cuts):
    torch.manual_seed(1)
    model = LanguageModel().double()
    (whole,) = language_batches((6,))
    objective = Objective(
        model, data=language_batches(cuts), loss=lambda model, batch: model(**batch).loss, count=causal_tokens
    )
    expected = model(**whole).loss
    assert objective.value() == pytest.approx(float(expected.detach()), rel=1e-13)
    assert objective.total_weight == int(causal_tokens(whole))
    gradient = torch.autograd.grad(expected, list(model.parameters()))
    torch.testing.assert_close(
        objective.flatten(objective.value_and_gradient()[1]), torch.cat([g.flatten() for g in gradient])
    )
    assert objective.with_batch_size(1).value() == pytest.approx(objective.value(), rel=1e-13)


def test_means_over_hidden_numbers_of_tokens_are_refused():
    model = LanguageModel().double()
    loss = {"loss": lambda model, batch: model(**batch).loss}
    with pytest.raises(ValueError, match=r"count=.*causal language model"):
        Objective(model, data=language_batches((4, 2)), **loss)
    one = Objective(model, data=language_batches((6,)), **loss)  # one batch: nothing to weigh
    with pytest.raises(ValueError, match="count="):
        one.with_batch_size(4)
    by_samples = Objective(model, data=language_batches((4, 2)), count=lambda batch: len(batch["labels"]), **loss)
    assert by_samples.num_samples == 6
    full = [{name: part[[0, 3]] for name, part in language_batches((6,))[0].items()} for _ in range(2)]
    assert Objective(model, data=full, **loss).num_samples == 4  # nothing ignored


def test_weights_that_an_evaluation_changes_are_refused():
    model = nn.Sequential(nn.Embedding(5, 2, max_norm=0.1), nn.Flatten(), nn.Linear(6, 3))
    data = torch.arange(12).view(4, 3) % 5, torch.arange(4) % 3
    before = model[0].weight.detach().clone()
    with pytest.raises(ValueError, match=r"changes the weights '0\.weight' in place \(max_norm="):
        Objective(model, nn.CrossEntropyLoss(), data)
    assert torch.equal(model[0].weight, before)
    with torch.no_grad():  # the advice
        model(data[0])
    model[0].max_norm = None
    Objective(model, nn.CrossEntropyLoss(), data)


@pytest.mark.filterwarnings("ignore:.torch.jit:DeprecationWarning")
def test_torchscript_is_refused_since_it_keeps_its_weights():
    plain = nn.Sequential(nn.Linear(4, 3), nn.Tanh())
    data = torch.randn(4, 4), torch.arange(4) % 3
    traced = nn.Sequential(torch.jit.trace(plain, data[0]))
    with pytest.raises(ValueError, match="The module '0' is TorchScript"):
        Objective(traced, nn.CrossEntropyLoss(), data)
    plain.load_state_dict(traced[0].state_dict())  # the advice
    Objective(plain, nn.CrossEntropyLoss(), data)
