"""The optimizer, the scheduler and the reference, fifteen lines that follow the paper, take the same steps."""

import itertools

import pytest
import torch
from torch import nn
from torch.nn import functional

import zenith
from zenith.optimizer.reference import zenith_sgd

LR, WINDOW, STEPS = 0.3, 7, 100


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 3)).double()


def batches():
    generator = torch.Generator().manual_seed(1)
    while True:
        yield (
            torch.randn(16, 5, generator=generator, dtype=torch.float64),
            torch.randint(0, 3, (16,), generator=generator),
        )


def reference():
    model, data = network(), batches()
    names = [name for name, _ in model.named_parameters()]

    def loss(theta):
        x, y = next(data)
        return functional.cross_entropy(
            torch.func.functional_call(model, dict(zip(names, theta, strict=True)), (x,)), y
        )

    return itertools.islice(zenith_sgd(list(model.parameters()), loss, LR, WINDOW), STEPS)


def with_zenith(parameters):
    optimizer = zenith.Zenith(parameters, lr=LR, window=WINDOW)
    return optimizer.step, lambda: optimizer.effective_lr


def with_scheduler(parameters):
    optimizer = torch.optim.SGD(parameters, lr=LR)
    rule = zenith.ZenithLR(optimizer, window=WINDOW)  # sets the learning rate as the optimizer steps
    return optimizer.step, lambda: rule.effective_lrs[0]


@pytest.mark.parametrize("make", [with_zenith, with_scheduler])
def test_a_hundred_steps_are_those_of_the_paper(make):
    model, data = network(), batches()
    step, lr = make(model.parameters())
    rates = []
    for (theta, eta), (x, y) in zip(reference(), data, strict=False):
        model.zero_grad()
        functional.cross_entropy(model(x), y).backward()
        step()
        assert lr() == pytest.approx(eta, rel=1e-12)
        for p, expected in zip(model.parameters(), theta, strict=True):
            torch.testing.assert_close(p.detach(), expected, rtol=1e-11, atol=1e-13)
        rates.append(eta)
    assert rates[: WINDOW - 1] == [LR] * (WINDOW - 1)
    assert min(rates) < 0.8 * LR  # so that it is the rule that is compared
