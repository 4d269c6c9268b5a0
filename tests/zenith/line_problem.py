"""A small noisy regression in float64, for holding optimizers against transcriptions of their papers' equations.

Everything is closed-form, so that recorded trajectories depend on no random generator. `VectorLoss` sees the weights as
one vector, the way papers write them.
"""

import inspect

import torch
from torch import nn
from torch.func import functional_call

from zenith.baselines.line_probe import LineProbe


def make_model(dtype=torch.float64):
    model = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 2)).to(dtype)
    with torch.no_grad():
        torch.nn.utils.vector_to_parameters(start().to(dtype), model.parameters())
    return model


def start():
    return 0.5 * torch.sin(1.7 * torch.arange(44, dtype=torch.float64))


def make_batch(step, dtype=torch.float64):
    inputs = torch.sin(1.3 * torch.arange(32, dtype=torch.float64) + 0.7 * step).reshape(8, 4)
    noise = torch.cos(2.1 * torch.arange(16, dtype=torch.float64) + 1.9 * step).reshape(8, 2)
    return inputs.to(dtype), (inputs[:, :2].square() + 0.1 * noise).to(dtype)


def flat(model):
    return torch.cat([p.detach().flatten() for p in model.parameters()])


def loss_of(model, step):
    inputs, targets = make_batch(step, next(model.parameters()).dtype)
    return nn.functional.mse_loss(model(inputs), targets)


class VectorLoss:
    """Loss, L2 term included, and gradient of batch `step` as functions of the weight vector."""

    def __init__(self, weight_decay=0.0):
        self.model, self.weight_decay = make_model(), weight_decay
        self.shapes = [(name, p.shape, p.numel()) for name, p in self.model.named_parameters()]

    def loss(self, w, step):
        pieces = w.split([n for _, _, n in self.shapes])
        weights = {name: piece.view(shape) for (name, shape, _), piece in zip(self.shapes, pieces, strict=True)}
        inputs, targets = make_batch(step)
        data = nn.functional.mse_loss(functional_call(self.model, weights, (inputs,)), targets)
        return data + 0.5 * self.weight_decay * (w @ w)

    def at(self, w, step):
        return float(self.loss(w, step))

    def gradient(self, w, step):
        w = w.clone().requires_grad_()
        (gradient,) = torch.autograd.grad(self.loss(w, step), w)
        return gradient


# The first layer has 30 of the 44 weights.
FIRST = torch.arange(44) < 30


def rates(first, second=None):
    """The learning rate of every weight, shape (44,)."""
    pair = torch.tensor([first, first if second is None else second], dtype=torch.float64)
    return torch.where(FIRST, pair[0], pair[1])


def groups(model, first, second):
    return [
        {"params": list(model[0].parameters()), "lr": first},
        {"params": list(model[2].parameters()), "lr": second},
    ]


def one_step(model, optimizer, step, scale=1.0):
    """What a training loop does for batch `step`; `scale` multiplies the loss."""

    def forward():
        return scale * loss_of(model, step)

    wanted = inspect.signature(type(optimizer).step).parameters
    given = {"probe": LineProbe(model, forward)} if "probe" in wanted else {}
    optimizer.zero_grad()
    loss = forward()
    loss.backward()
    if "loss" in wanted:
        given["loss"] = loss
    optimizer.step(**given)
    return float(loss.detach())


def trajectory(model, optimizer, steps=100):
    """Weights after every step, shape (steps, 44)."""
    path = []
    for step in range(steps):
        one_step(model, optimizer, step)
        path.append(flat(model))
    return torch.stack(path)
