"""What `torch.optim`'s own tests ask of an optimizer, asked of every method of the table."""

from __future__ import annotations

import copy
import pickle

import pytest
import torch
from test_conformance import SHORT
from torch import Tensor

from zenith import methods
from zenith.conformance.trainee import Trainee, network
from zenith.methods.table import METHODS

every_method = pytest.mark.parametrize("name", METHODS)


def in_training(row):
    """A network and its optimizer, whose windows and intervals are past within a few steps."""
    return Trainee(row, SHORT.get(row.name, {}))


def assert_same_state(one, other):
    """Equal keys in equal order, numbers, tensors and their types, however deep."""
    assert type(one) is type(other)
    if isinstance(one, Tensor):
        assert one.dtype == other.dtype
        assert torch.equal(one, other)
    elif isinstance(one, dict):
        assert list(one) == list(other)
        for key in one:
            assert_same_state(one[key], other[key])
    elif isinstance(one, (list, tuple)):
        assert len(one) == len(other)
        for first, second in zip(one, other, strict=True):
            assert_same_state(first, second)
    else:
        assert one == other or (one != one and other != other)


@every_method
def test_loading_adds_and_loses_no_key(name):
    """A fresh state and one in mid-training, into a fresh optimizer and into one with a state of its own."""
    row = METHODS[name]
    fresh, used = in_training(row), in_training(row).steps(4)
    for source in (fresh, used):
        state = copy.deepcopy(source.optimizer.state_dict())
        for target in (in_training(row), in_training(row).steps(2)):
            target.optimizer.load_state_dict(state)
            assert_same_state(target.optimizer.state_dict(), state)
        assert_same_state(source.optimizer.state_dict(), state)


@every_method
def test_copies_hold_the_same_state(name):
    run = in_training(METHODS[name]).steps(4)
    for other in (copy.deepcopy(run.optimizer), pickle.loads(pickle.dumps(run.optimizer))):
        assert_same_state(other.state_dict(), run.optimizer.state_dict())


@every_method
def test_a_state_dict_is_not_changed_by_later_steps_but_for_the_tensors_that_torch_shares(name):
    run = in_training(METHODS[name]).steps(3)
    groups = run.optimizer.state_dict()["param_groups"]
    before = copy.deepcopy(groups)
    run.steps(3)
    assert_same_state(groups, before)


@every_method
def test_a_state_of_other_groups_is_refused(name):
    run = in_training(METHODS[name]).steps(2)
    state = run.optimizer.state_dict()
    settings = {key: METHODS[name].defaults[key] for key in ("lr",)}
    fewer = methods.make_optimizer(name, list(network()[3].parameters()), **settings)
    with pytest.raises(ValueError, match="doesn't match the size of optimizer's group"):
        fewer.load_state_dict(state)
    more = methods.make_optimizer(name, [{"params": [p]} for p in network().parameters()], **settings)
    with pytest.raises(ValueError, match="different number of parameter groups"):
        more.load_state_dict(state)


@every_method
def test_an_added_group_has_the_defaults(name):
    run = in_training(METHODS[name])
    added = torch.nn.Parameter(torch.zeros(3, 3))
    run.optimizer.add_param_group({"params": [added]})
    first, last = run.optimizer.param_groups[0], run.optimizer.param_groups[-1]
    assert last["params"] == [added]
    assert set(run.optimizer.defaults) & set(first) <= set(last)
    with pytest.raises(ValueError, match="some parameters appear in more than one parameter group"):
        run.optimizer.add_param_group({"params": [added]})
