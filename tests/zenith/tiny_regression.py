"""A small regression that optimizers take their steps on."""

import math

import torch
from torch import nn


def make_model(dtype=torch.float64):
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 2)).to(dtype)


def make_batch(step, dtype=torch.float64):
    generator = torch.Generator().manual_seed(step)
    inputs = torch.randn(8, 4, generator=generator, dtype=dtype)
    return inputs, inputs[:, :2].square() + 0.1 * torch.randn(8, 2, generator=generator, dtype=dtype)


def backward(model, optimizer, step):
    inputs, targets = make_batch(step, next(model.parameters()).dtype)
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(model(inputs), targets)
    loss.backward()
    return loss


def train(model, optimizer, steps, schedule=None):
    """Return the learning rate that each step applied, read from the movement of one weight."""
    applied = []
    for step in steps:
        backward(model, optimizer, step)
        bias = model[2].bias
        before, gradient = bias.detach().clone(), bias.grad.clone()
        optimizer.step()
        if schedule is not None:
            schedule.step()
        applied.append(((before - bias.detach()) / gradient).mean().item())
    return applied


def flat(model):
    return torch.cat([p.detach().flatten() for p in model.parameters()])


def set_gradient_norm(parameter, norm):
    parameter.grad = torch.full_like(parameter, norm / math.sqrt(parameter.numel()))
