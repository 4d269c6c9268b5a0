"""The table of methods: complete, consistent, and strict about names."""

from __future__ import annotations

import pytest
import torch

from zenith import methods
from zenith.schedules import SCHEDULES


def weight() -> torch.Tensor:
    return torch.ones(3, requires_grad=True)


def test_table_holds_zenith_the_five_schedules_and_the_reference_points():
    assert methods.names()[0] == "zenith"
    assert set(SCHEDULES) <= set(methods.names())
    assert {"sgd-momentum", "adamw"} <= set(methods.names())
    assert {row.family for row in methods.METHODS.values()} == {"automatic", "schedule", "reference"}
    for name, row in methods.METHODS.items():
        assert row.name == name
        assert row.schedule in SCHEDULES
        assert row.description
        assert row.citation


@pytest.mark.parametrize("name", methods.names())
def test_every_method_builds_steps_and_reports_its_lr(name):
    parameter = weight()
    optimizer = methods.make_optimizer(name, [parameter])
    schedule = methods.make_schedule(name, optimizer, 20)
    assert isinstance(optimizer, torch.optim.Optimizer)
    base = methods.resolve_settings(name)["lr"]
    applied = []
    for _ in range(20):
        parameter.grad = parameter.detach().clone()
        optimizer.step()
        applied.append(methods.applied_lr(optimizer))
        schedule.step()
    assert applied[0] == pytest.approx(base)
    assert all(0 <= lr <= base * (1 + 1e-12) for lr in applied)
    assert parameter.detach().norm() < weight().norm()


def test_fixed_schedules_share_the_optimizer_of_the_constant_one():
    for name in SCHEDULES:
        assert methods.get(name).optimizer is torch.optim.SGD
        assert dict(methods.get(name).optimizer_defaults) == dict(methods.get("constant").optimizer_defaults)


def test_settings_are_resolved_and_misspellings_named():
    assert methods.resolve_settings("step", {"gamma": 0.5})["gamma"] == 0.5
    with pytest.raises(ValueError, match="unknown key 'gama' in the settings of method 'step': did you mean 'gamma'"):
        methods.resolve_settings("step", {"gama": 0.5})
    with pytest.raises(ValueError, match="unknown method 'cosin': did you mean 'cosine'"):
        methods.make_optimizer("cosin", [weight()])
    with pytest.raises(ValueError, match="unknown key 'window' in the settings of method 'cosine'"):
        methods.make_optimizer("cosine", [weight()], window=5)


def test_settings_reach_optimizer_and_schedule():
    optimizer = methods.make_optimizer("zenith", [weight()], lr=0.3, window=7)
    assert optimizer.window == 7
    assert optimizer.param_groups[0]["lr"] == 0.3
    optimizer = methods.make_optimizer("step", [weight()], lr=1.0, gamma=0.5)
    schedule = methods.make_schedule("step", optimizer, 4, lr=1.0, gamma=0.5)
    lrs = []
    for _ in range(4):
        optimizer.step()
        lrs.append(methods.applied_lr(optimizer))
        schedule.step()
    assert lrs == [1.0, 1.0, 0.5, 0.25]
