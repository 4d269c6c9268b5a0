"""Gradients that are clipped before the step keep mu / Z at 1: that is noticed, once, and what the warning advises
works."""

from __future__ import annotations

import re

import pytest
import torch
from torch import nn

from zenith import Zenith, ZenithLR
from zenith.adapters.with_zenith import ZenithAdamW
from zenith.optimizer.rule import Gauge

X = torch.randn(256, 6, generator=torch.Generator().manual_seed(0))
Y = X[:, :2].sum(1, keepdim=True)
WARNED = re.escape("the gradient norms look cut to")


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(6, 16), nn.Tanh(), nn.Linear(16, 1))


class Zeniths:
    def __init__(self, window, **given):
        self.model = network()
        self.optimizer = self.rule = Zenith(self.model.parameters(), lr=0.05, window=window, **given)


class Driven:
    def __init__(self, window, **given):
        self.model = network()
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.05, **given)
        self.rule = ZenithLR(self.optimizer, window=window)


class BuiltIn:
    def __init__(self, window):
        self.model = network()
        self.optimizer = ZenithAdamW(self.model.parameters(), lr=0.01, window=window)

    @property
    def rule(self):
        return _Both(self.optimizer)


class _Both:
    """The numbers of the rule that is built in, and what the optimizer takes."""

    def __init__(self, optimizer):
        self.set_gradient_norm, self.rule = optimizer.set_gradient_norm, optimizer.rule

    def __getattr__(self, name):
        return getattr(self.rule, name)


KINDS = {
    "Zenith": Zeniths,
    "Zenith per group": lambda window: Zeniths(window, per_group_norm=True),
    "Zenith capturable": lambda window: Zeniths(window, capturable=True),
    "ZenithLR": Driven,
    "built in": BuiltIn,
}
ONE_NORM = [name for name in KINDS if name != "Zenith per group"]  # what clip_grad_norm_ returns
every_kind = pytest.mark.parametrize("kind", KINDS)
windows = pytest.mark.parametrize("window", [3, 40])


def train(held, steps, max_norm=None, hand_in=None, first=0):
    for step in range(first, first + steps):
        index = torch.randint(256, (32,), generator=torch.Generator().manual_seed(step))
        held.optimizer.zero_grad()
        nn.functional.mse_loss(held.model(X[index]), Y[index]).backward()
        given = {}
        if max_norm is not None:
            norm = nn.utils.clip_grad_norm_(held.model.parameters(), max_norm)
            held.last_norm = norm.item()
            if hand_in == "step":
                given = {"grad_norm": norm}
            elif hand_in == "set":
                held.rule.set_gradient_norm(norm)
        held.optimizer.step(**given)
    return held


def read(held):
    """Look at the numbers, where the device rule looks at its norms."""
    return held.rule.effective_lr, held.rule.factor


@every_kind
@windows
def test_clipped_norms_are_noticed_once(kind, window):
    held = KINDS[kind](window)
    with pytest.warns(UserWarning, match=WARNED) as caught:
        read(train(held, 3 * window + 12, max_norm=1e-3))
    assert len(caught) == 1
    assert "set_gradient_norm(norm)" in str(caught[0].message)
    assert held.rule.factor == pytest.approx(1, abs=1e-3)  # it is off, indeed
    train(held, window + 12, max_norm=1e-3)
    read(held)


@every_kind
def test_norms_clipped_more_often_than_not_are_noticed(kind):
    """The factor then moves a little, which hides that it follows the clipping."""
    norms = [train(held := KINDS["Zenith"](40), 1).rule.gradient_norm]
    norms += [train(held, 1, first=step).rule.gradient_norm for step in range(1, 40)]
    held = KINDS[kind](40)
    with pytest.warns(UserWarning, match=WARNED):
        read(train(held, 40, max_norm=sorted(norms)[5]))


@pytest.mark.parametrize("kind", ONE_NORM)
@windows
@pytest.mark.parametrize("hand_in", ["step", "set"])
def test_following_the_advice_gives_the_rule_of_the_unclipped_norms(kind, window, hand_in):
    held, gauge = KINDS[kind](window), Gauge(window)
    norms = train_and_collect(held, 3 * window + 12, hand_in)
    for norm in norms:
        gauge.update(norm)
    assert held.rule.gradient_norm == pytest.approx(norms[-1], rel=1e-6)
    assert read(held)[1] == pytest.approx(gauge.factor, rel=1e-6)
    assert 0 < gauge.factor < 0.999


def train_and_collect(held, steps, hand_in):
    """The norms from before clipping."""
    norms = []
    for step in range(steps):
        train(held, 1, max_norm=0.05, hand_in=hand_in, first=step)
        norms.append(held.last_norm)
    return norms


@pytest.mark.parametrize("kind", ONE_NORM)
def test_the_advice_works_in_mid_run(kind):
    held = KINDS[kind](10)
    with pytest.warns(UserWarning, match=WARNED):
        read(train(held, 25, max_norm=1e-3))
    train(held, 40, max_norm=1e-3, hand_in="set", first=25)
    assert held.rule.gradient_norm > 0.01
    assert held.rule.factor < 0.999


@every_kind
@windows
def test_unclipped_training_warns_of_nothing(kind, window):
    read(train(KINDS[kind](window), 4 * window))


@every_kind
@windows
def test_a_gradient_that_is_constant_was_not_clipped(kind, window):
    held = KINDS[kind](window)
    for _ in range(3 * window + 12):
        for p in held.model.parameters():
            p.grad = torch.full_like(p, 0.1)
        held.optimizer.step()
    assert read(held)[1] == 1


def test_full_batch_descent_on_a_plateau_is_not_taken_for_clipping():
    held = Zeniths(50)
    for group in held.optimizer.param_groups:
        group["lr"] = 1e-2
    for _ in range(300):
        held.optimizer.zero_grad()
        nn.functional.mse_loss(held.model(X), Y).backward()
        held.optimizer.step()


def test_the_norm_set_is_used_once_and_one_given_to_step_comes_before_it():
    held = Zeniths(4)
    held.rule.set_gradient_norm(5.0)
    train(held, 1)
    assert held.rule.gradient_norm == 5.0
    train(held, 1)
    own = held.rule.gradient_norm
    assert own not in (5.0, 7.0)
    held.rule.set_gradient_norm(7.0)
    for p in held.model.parameters():
        p.grad = torch.ones_like(p)
    held.optimizer.step(grad_norm=6.0)
    assert held.rule.gradient_norm == 6.0
    held.optimizer.step()
    assert held.rule.gradient_norm not in (6.0, 7.0)


def test_the_norm_may_be_set_inside_the_closure():
    """As Lightning's hook before the optimizer's step does."""
    for held in (Zeniths(4), Driven(4)):

        def closure(held=held):
            held.optimizer.zero_grad()
            loss = nn.functional.mse_loss(held.model(X), Y)
            loss.backward()
            held.rule.set_gradient_norm(nn.utils.clip_grad_norm_(held.model.parameters(), 1e-3))
            return loss

        held.optimizer.step(closure)
        assert held.rule.gradient_norm > 0.01


def test_looking_costs_no_reads_of_the_device_in_a_step(monkeypatch):
    held = train(Zeniths(10, capturable=True), 11, max_norm=1e-3)
    reads = []
    monkeypatch.setattr(torch.Tensor, "tolist", lambda tensor: reads.append(1))
    monkeypatch.setattr(torch.Tensor, "item", lambda tensor: reads.append(1))
    for _ in range(12):
        held.optimizer.step()
    assert not reads
