"""An objective has parts, which the same loss elsewhere shares; one of sharded parameters has the same interface."""

import copy

import pytest
import torch
import torch.distributed as dist
from torch import nn

import landscape as ls
from landscape.objective.interface import ObjectiveLike


@pytest.fixture
def sharded(mlp):
    """The objective of `mlp` with its parameters spread over the ranks, of which there is one."""
    dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
    try:
        model = ls.distributed.shard_parameters(copy.deepcopy(mlp.model))
        yield ls.distributed.ShardedObjective(model, mlp.criterion, mlp.data, batch_size=4)
    finally:
        dist.destroy_process_group()


def test_the_same_loss_elsewhere_shares_the_parts_that_it_does_not_change(mlp):
    objective = mlp.objective()
    point = objective.at({name: 2 * p for name, p in objective.parameters.items()})
    name = next(iter(objective.parameters))
    block, few = objective.restrict(name), objective.subset(5)
    for other in (point, block):
        assert other.data is objective.data
        assert other.space is not objective.space
    assert few.space is objective.space
    for other in (point, block, few):
        assert other.model is objective.model
        assert other.loss_fn is objective.loss_fn
        assert other.choices is objective.choices
    assert (block.restriction, objective.restriction, point.restriction) == ((name,), None, None)
    assert (few.is_subset, objective.is_subset, objective.subset(11).is_subset) == (True, False, False)
    # What is asked of the objective is what its parts say.
    assert few.num_samples == few.data.num_samples == 5
    assert block.num_parameters == block.space.num_parameters == objective.parameters[name].numel()


def test_an_objective_of_sharded_parameters_has_the_interface_and_is_none_of_one_process(mlp, sharded):
    whole = mlp.objective(batch_size=4)
    assert isinstance(whole, ObjectiveLike)
    assert isinstance(sharded, ObjectiveLike)
    assert not isinstance(sharded, ls.Objective)
    assert not isinstance(mlp.model, ObjectiveLike)
    assert sharded.value() == pytest.approx(whole.value(), rel=1e-12)
    point = {name: 2 * p for name, p in whole.parameters.items()}
    assert sharded.at(point).value() == pytest.approx(whole.at(point).value(), rel=1e-12)
    assert str(whole.num_parameters) in repr(sharded)
    assert sharded.without_metrics().with_batchnorm("batch").batchnorm == "batch"
    double = sharded.in_float64()
    assert double.dtype == torch.float64
    assert double.value() == pytest.approx(whole.value(), rel=1e-12)


def test_slices_take_either(mlp, sharded):
    whole = mlp.objective(batch_size=4)
    direction = ls.random_direction(whole, seed=1)
    truth = ls.line(whole, direction, [-0.5, 0.0, 0.5], route="plain")
    found = ls.line(sharded, direction, [-0.5, 0.0, 0.5])
    assert found["loss"].values == pytest.approx(truth["loss"].values, rel=1e-12)


def test_what_needs_whole_parameters_says_so(sharded):
    direction = ls.random_direction(sharded, seed=1)
    with pytest.raises(ValueError, match=r"use ShardedHessianOperator\(objective\)"):
        ls.top_eigenpairs(sharded)
    with pytest.raises(ValueError, match="spread over ranks, which evaluate it together: use workers=1"):
        ls.line(sharded, direction, [-0.5, 0.0, 0.5], workers=2)
    with pytest.raises(ValueError, match="has no subset"):
        sharded.subset(3)


def test_float64_reaches_the_data_of_sharded_parameters(mlp):
    dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
    try:
        x, y = mlp.data
        model = ls.distributed.shard_parameters(copy.deepcopy(mlp.model).float())
        single = ls.distributed.ShardedObjective(model, nn.CrossEntropyLoss(), (x.float(), y))
        assert single.in_float64().value() == pytest.approx(single.value(), rel=1e-5)
    finally:
        dist.destroy_process_group()
