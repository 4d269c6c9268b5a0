"""Curvature matrices in full, by their definitions: one derivative at a time, all samples in one batch."""

import copy
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.attention import SDPBackend, sdpa_kernel


def flat_gradient(value: Tensor, parameters: list[nn.Parameter]) -> Tensor:
    parts = torch.autograd.grad(value, parameters, retain_graph=True, allow_unused=True)
    return torch.cat(
        [(torch.zeros_like(p) if g is None else g).flatten() for g, p in zip(parts, parameters, strict=True)]
    )


def hessian_of(function: Callable[[Tensor], Tensor], point: Tensor) -> Tensor:
    """All rows of the second derivatives of a scalar function, of order point.numel()."""
    point = point.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(function(point), point, create_graph=True)
    return torch.stack(
        [torch.autograd.grad(entry, point, retain_graph=True)[0].flatten() for entry in gradient.flatten()]
    )


def jacobian_of(model: nn.Module, inputs: Any) -> tuple[Tensor, Tensor]:
    """A model's outputs in eval mode, and the derivatives of each by the trainable parameters as rows."""
    model = copy.deepcopy(model).eval()
    parameters = [p for p in model.parameters() if p.requires_grad]
    with sdpa_kernel(SDPBackend.MATH):
        outputs = model(inputs)
    return outputs.detach(), torch.stack([flat_gradient(entry, parameters) for entry in outputs.flatten()])


def gauss_newton(case: Any, criterion: nn.Module | None = None) -> Tensor:
    """J^T H J with the Hessian of the whole mean by the outputs."""
    outputs, rows = jacobian_of(case.model, case.data[0])
    middle = hessian_of(lambda z: (criterion or case.criterion)(z, case.data[1]), outputs)
    return rows.T @ middle @ rows


def outer_products(model: nn.Module, losses: Iterable[Tensor], weights: Iterable[Any]) -> Tensor:
    """Sum of w g g^T over losses, a gradient each."""
    parameters = [p for p in model.parameters() if p.requires_grad]
    gradients = torch.stack([flat_gradient(loss, parameters) for loss in losses])
    return gradients.T @ (torch.tensor([float(w) for w in weights], dtype=torch.float64)[:, None] * gradients)


def empirical_fisher(case: Any) -> Tensor:
    """Mean of g g^T over the samples and their own labels."""
    model = copy.deepcopy(case.model).eval()
    losses = [functional.cross_entropy(model(x[None]), y[None]) for x, y in zip(*case.data, strict=True)]
    return outer_products(model, losses, [1 / len(losses)] * len(losses))


def true_fisher(model: nn.Module, log_probabilities: Tensor, weights: Tensor) -> Tensor:
    """Sum over samples and classes, from the definition."""
    shares = log_probabilities.exp().detach() * (weights / weights.sum())[:, None]
    return outer_products(model, -log_probabilities.flatten(), shares.flatten())
