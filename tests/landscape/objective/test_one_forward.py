"""Loss and metrics of a batch share a forward pass, and have the same bits as by themselves."""

import numpy as np
import pytest
import torch
from torch import nn

import landscape as ls


class Counted(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer, self.drop = nn.Linear(3, 4), nn.Dropout(0.5)
        self.calls, self.scale = 0, 1.0

    def forward(self, x):
        self.calls += 1
        return self.drop(self.layer(x)) * self.scale


X, Y = torch.randn(60, 3, generator=torch.Generator().manual_seed(0)), torch.arange(60) % 4


def accuracy(model, batch):
    return (model(batch[0]).argmax(1) == batch[1]).float().mean()


def objective(metrics, loss=None):
    torch.manual_seed(0)
    model = Counted()
    criterion = {"loss": loss} if loss else {"criterion": nn.CrossEntropyLoss()}
    made = ls.Objective(model, data=(X, Y), metrics=metrics, **criterion)
    made.evaluate()  # which compares
    model.calls = 0
    return model, made


def test_a_pass_over_the_data_runs_the_model_once_per_batch():
    model, loss = objective({"accuracy": accuracy, "error": lambda m, b: 1 - accuracy(m, b)})
    values = loss.evaluate()
    assert model.calls == 1
    assert values["loss"] == loss.value()
    assert values["accuracy"] == float(accuracy(model.eval(), (X, Y)))
    model.calls = 0
    ls.line(loss, ls.random_direction(loss, seed=0), np.linspace(-1, 1, 7), route="plain")
    assert model.calls == 7
    assert "forward" not in vars(model)


def other_inputs(model, batch):
    return (model(batch[0] * 2) - model(batch[0] * 3)).square().mean()


def edited_output(model, batch):
    return model(batch[0]).mul_(2).square().mean()


def with_hooks(model, batch):
    seen = []
    handle = model.layer.register_forward_hook(lambda module, args, out: seen.append(out))
    model(batch[0])
    handle.remove()
    return seen[0].square().mean()


def other_weights(model, batch):
    first = model(batch[0])
    with torch.no_grad():
        model.layer.bias.add_(1.0)
        second = model(batch[0])
        model.layer.bias.sub_(1.0)
    return (second - first).square().mean()


def another_mode(model, batch):
    model.drop.train()
    try:
        return (model(batch[0]) == 0).float().mean()
    finally:
        model.drop.eval()


def another_attribute(model, batch):
    model.scale = 2.0
    try:
        return model(batch[0]).square().mean()
    finally:
        model.scale = 1.0


@pytest.mark.parametrize(
    "metric", [other_inputs, edited_output, with_hooks, other_weights, another_mode, another_attribute]
)
def test_metrics_that_do_something_else_with_the_model_are_what_they_are_by_themselves(metric):
    _, together = objective({"accuracy": accuracy, "odd": metric, "again": accuracy})
    _, alone = objective({"odd": metric})
    truth = float(metric(copy_at(together).eval(), (X, Y)).detach()) if metric is not another_mode else None
    values = together.evaluate()
    assert values["accuracy"] == values["again"] == objective({"accuracy": accuracy})[1].evaluate()["accuracy"]
    if truth is None:
        assert 0.3 < values["odd"] < 0.7
    else:
        assert values["odd"] == pytest.approx(truth, rel=1e-5)
        assert values["odd"] == alone.evaluate()["odd"]


def copy_at(loss):
    model = Counted()
    model.load_state_dict(dict(loss.parameters))
    return model


def test_a_loss_that_edits_the_output_does_not_reach_the_metrics():
    def edits(model, batch):
        return nn.functional.cross_entropy(model(batch[0]).mul(1.0).add_(0.0).mul_(3.0), batch[1])

    def edits_it(model, batch):
        out = model(batch[0])
        return nn.functional.cross_entropy(out.detach().zero_() + 3 * batch[0].sum(), batch[1]) + 0 * out.sum()

    for loss in (edits, edits_it):
        values = objective({"accuracy": accuracy}, loss)[1].evaluate()
        assert values["accuracy"] == objective({"accuracy": accuracy})[1].evaluate()["accuracy"]
