"""An objective on some of the parameters, some of the samples, or other batches is a part of the one it comes from."""

import json

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from landscape.curvature.hessian import HessianOperator
from landscape.objective.batching import rebatch
from landscape.objective.objective import Objective


def block(objective, sub):
    """Positions of the restricted objective's parameters in the full vector."""
    numbers = objective.unflatten(torch.arange(objective.num_parameters, dtype=torch.float64))
    return torch.cat([numbers[name].flatten() for name in sub.parameters]).long()


# ------------------------------------------------------------------ parameters


@pytest.mark.parametrize("pattern", ["first", "last", "*bias", "all"])
def test_restricted_objective_has_the_blocks_of_the_full_one(case, pattern):
    objective = case.objective(l2=0.3)
    names = list(objective.parameters)
    patterns = {"first": (names[0],), "last": (names[-1].split(".")[0],), "*bias": ("*bias*",), "all": ("*",)}[pattern]
    sub = objective.restrict(*patterns)
    rows = block(objective, sub)
    assert sub.value() == pytest.approx(case.value(l2=0.3), rel=1e-13)
    value, gradient = sub.value_and_gradient()
    assert value == sub.value()
    torch.testing.assert_close(sub.flatten(gradient), case.gradient(0.3)[rows], rtol=1e-11, atol=1e-13)
    with HessianOperator(sub) as operator:
        dense = operator.matmat(torch.eye(sub.num_parameters, dtype=torch.float64))
    torch.testing.assert_close(dense, case.hessian(0.3)[rows][:, rows], rtol=1e-9, atol=1e-12)


def test_patterns_are_names_modules_and_wildcards(convnet):
    objective = convnet.objective()
    assert list(objective.restrict("0").parameters) == ["0.weight", "0.bias"]
    assert list(objective.restrict("5.weight", "0").parameters) == ["0.weight", "0.bias", "5.weight"]
    assert list(objective.restrict("*.weight").parameters) == ["0.weight", "1.weight", "5.weight"]
    assert list(objective.restrict("*.weight").restrict("5").parameters) == ["5.weight"]


def test_tied_parameters_go_by_either_name(make_case):
    objective = make_case("tied").objective()
    assert list(objective.restrict("second.weight").parameters) == ["first.weight"]
    assert list(objective.restrict("second").parameters) == ["first.weight", "second.bias"]


@pytest.mark.parametrize(
    ("patterns", "words"),
    [(("5.weigth",), "5.weight"), ((), "No parameters"), ((3,), "int"), (("1.running_mean",), "No trainable")],
)
def test_unknown_patterns_are_refused_with_the_nearest_names(convnet, patterns, words):
    with pytest.raises(ValueError, match=words):
        convnet.objective().restrict(*patterns)


def test_frozen_parameters_cannot_be_chosen(make_case):
    with pytest.raises(ValueError, match=r"0\.weight.*0\.bias"):
        make_case("frozen").objective().restrict("0.weight")


def test_restricted_objective_moves_to_full_states_and_parts(mlp):
    objective = mlp.objective(l2=0.2)
    sub = objective.restrict("3")
    state = {name: 1.5 * p for name, p in objective.parameters.items()}
    # The penalty is summed in another order.
    assert sub.at(state).value() == pytest.approx(objective.at(state).value(), rel=1e-14)
    assert sub.at(state).value() != pytest.approx(sub.value(), rel=0.01)
    part = {name: state[name] for name in sub.parameters}
    assert sub.at(part).value() == pytest.approx(objective.at(objective.parameters | part).value(), rel=1e-14)
    assert list(sub.at(state).parameters) == ["3.weight", "3.bias"]


def test_nothing_is_differentiated_by_held_parameters(mlp):
    seen = []

    def loss(model, batch):
        seen.append([p.requires_grad for p in model.parameters()])
        return functional.cross_entropy(model(batch[0]), batch[1])

    sub = Objective(mlp.model, data=mlp.data, loss=loss).restrict("3")
    sub.value_and_gradient()
    assert seen[-1] == [False, False, True, True]


def test_protocol_names_the_parameters(mlp):
    sub = mlp.objective().restrict("3")
    assert json.loads(json.dumps(sub.protocol()))["restricted_to"] == ["3.weight", "3.bias"]
    assert sub.protocol()["parameters"] == sub.num_parameters == 18
    assert mlp.objective().protocol()["restricted_to"] is None


# ------------------------------------------------------------------ samples


@pytest.mark.parametrize(
    "criterion",
    [nn.CrossEntropyLoss(), nn.CrossEntropyLoss(ignore_index=1), nn.CrossEntropyLoss(torch.tensor([0.2, 3.0, 1.0]))],
    ids=["samples", "ignored targets", "class weights"],
)
@pytest.mark.parametrize("index", [[0, 3, 7, 10], [10, 9, 7, 7, 5, 0, 2], torch.tensor([3])])
def test_subset_is_the_loss_on_its_samples(mlp, criterion, index):
    criterion = criterion.double()
    x, y = mlp.data
    objective = Objective(mlp.model, criterion, mlp.data, batch_size=4, l2=0.1)
    sub = objective.subset(index)
    alone = Objective(mlp.model, criterion, (x[torch.as_tensor(index)], y[torch.as_tensor(index)]), l2=0.1)
    assert sub.value() == pytest.approx(alone.value(), rel=1e-13)
    assert (sub.num_samples, sub.total_weight) == (len(index), pytest.approx(alone.total_weight))
    assert max(len(batch[0]) for batch, _ in sub.batches()) <= 4


def test_subsets_of_a_partition_add_up(mlp):
    """What data-parallel sums rely on: total_weight times the mean is a sum over samples."""
    objective = Objective(mlp.model, nn.CrossEntropyLoss(ignore_index=1), mlp.data, batch_size=4)
    parts = [objective.subset(range(0, 11, 2)), objective.subset(range(1, 11, 2))]
    total = sum(part.total_weight for part in parts)
    assert total == objective.total_weight
    assert sum(part.total_weight * part.value() for part in parts) / total == pytest.approx(objective.value())


def test_drawn_subsets_are_seeded_and_without_replacement(mlp, untouched):
    objective = mlp.objective(metrics={"first": lambda model, batch: batch[0][:, 0].mean()})
    with untouched(mlp.model):
        sub = objective.subset(7, seed=5)
    rows = torch.cat([batch[0] for batch, _ in sub.batches()])
    assert len(rows.unique(dim=0)) == sub.num_samples == 7
    assert [len(batch[0]) for batch, _ in sub.batches()] == [4, 3]
    assert sub.evaluate()["first"] == pytest.approx(float(rows[:, 0].mean()))
    assert objective.subset(7, seed=5).fingerprint == sub.fingerprint
    assert len({objective.fingerprint, sub.fingerprint, objective.subset(7, seed=6).fingerprint}) == 3
    assert "7 of 11" in sub.protocol()["subset"]
    assert "seed 5" in sub.protocol()["subset"]
    assert "4 of 7" in sub.subset([0, 1, 2, 3]).protocol()["subset"]
    assert objective.subset(11).fingerprint == objective.fingerprint


def test_samples_of_different_shape_stay_in_their_batches(mlp):
    """Sequences padded batch by batch: the loss reads every step, so joining them would need another padding."""
    model = nn.Linear(4, 3).double()
    batches = [(torch.randn(3, t, 4, dtype=torch.float64), torch.zeros(3, dtype=torch.long)) for t in (2, 5, 5)]
    objective = Objective(model, data=batches, loss=lambda m, b: functional.cross_entropy(m(b[0]).mean(1), b[1]))
    sub = objective.subset([0, 4, 5, 7, 8])
    assert [tuple(batch[0].shape[:2]) for batch, _ in sub.batches()] == [(1, 2), (3, 5), (1, 5)]
    terms = [functional.cross_entropy(model(x[i : i + 1]).mean(1), y[i : i + 1]) for x, y in batches for i in range(3)]
    assert sub.value() == pytest.approx(float(sum(terms[i] for i in (0, 4, 5, 7, 8)).detach()) / 5)


@pytest.mark.parametrize(
    ("samples", "words"),
    [
        (0, "0 samples"),
        (12, "from 1 to 11"),
        ([], "non-empty"),
        ([-1], "-1 is out of range"),
        ([0, 11], "11 is out of range"),
        ([0.5], "float32"),
        (torch.ones(11, dtype=torch.bool), "nonzero"),
        (torch.zeros(2, 2, dtype=torch.long), "list"),
    ],
)
def test_impossible_subsets_are_refused(mlp, samples, words):
    with pytest.raises(ValueError, match=words):
        mlp.objective().subset(samples)


def test_batches_that_do_not_show_samples_cannot_be_cut(mlp):
    images = [([torch.randn(4, dtype=torch.float64) for _ in range(n)], n) for n in (2, 3)]
    objective = Objective(
        mlp.model, data=images, loss=lambda m, b: m(torch.stack(b[0])).square().mean(), count=lambda b: b[1]
    )
    for cut in (lambda: objective.subset(2), lambda: objective.with_batch_size(1)):
        with pytest.raises(ValueError, match="does not show its samples"):
            cut()


# ------------------------------------------------------------------ batches


@pytest.mark.parametrize("rows", [1, 3, 4, 5, 100])
def test_other_batches_give_the_same_function(case, rows):
    objective = case.objective(l2=0.1)
    other = objective.with_batch_size(rows)
    assert [len(batch[0]) for batch, _ in other.batches()] == [min(rows, 11 - i) for i in range(0, 11, rows)]
    assert other.value() == pytest.approx(objective.value(), rel=1e-13)
    vector = torch.linspace(-1, 1, objective.num_parameters, dtype=torch.float64)
    torch.testing.assert_close(HessianOperator(other).matvec(vector), HessianOperator(objective).matvec(vector))
    assert other.fingerprint == objective.fingerprint


def test_smaller_batches_share_memory_with_the_data(mlp):
    objective = mlp.objective(batch_size=6).with_batch_size(2)
    assert {batch[0].untyped_storage().data_ptr() for batch, _ in objective.batches()} == {
        mlp.data[0].untyped_storage().data_ptr()
    }


@settings(max_examples=60, deadline=None)
@given(sizes=st.lists(st.integers(0, 5), min_size=1, max_size=6), rows=st.integers(1, 7))
def test_recut_keeps_every_sample_in_order(sizes, rows):
    values = torch.arange(sum(sizes))
    batches = [{"a": part, "b": [part + 1, torch.tensor(2)]} for part in values.split(sizes)]
    cut = list(rebatch(batches, sizes, rows))
    assert [len(batch["a"]) for batch in cut] == [min(rows, sum(sizes) - i) for i in range(0, sum(sizes), rows)]
    if cut:
        assert torch.equal(torch.cat([batch["a"] for batch in cut]), values)
        assert torch.equal(torch.cat([batch["b"][0] for batch in cut]), values + 1)
        assert all(batch["b"][1].dim() == 0 for batch in cut)


def test_batches_that_change_the_value_are_refused(mlp, cross_entropy):
    objective = Objective(mlp.model, data=mlp.data, loss=cross_entropy, count=lambda batch: 1.0, batch_size=4)
    with pytest.raises(ValueError, match="sum over the samples"):
        objective.with_batch_size(2)
    model = nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3, track_running_stats=False)).double()
    with pytest.raises(ValueError, match="statistics of each batch"):
        Objective(model, data=mlp.data, loss=cross_entropy).with_batch_size(2)
    for rows in (0, 2.0, True):
        with pytest.raises(ValueError, match="batch size"):
            mlp.objective().with_batch_size(rows)
