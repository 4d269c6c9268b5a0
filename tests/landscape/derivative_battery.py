"""The judge of the batteries: products through the public API against central differences of plain gradients in
float64."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import landscape as ls

STEP = 1e-5
VECTORS = 2

DOUBLE = 1e-6
"""Relative error of a product in float64: that of the central difference, which is compared with, is the larger one."""
SINGLE = 2e-3
"""Relative error of a product in float32 against float64."""


@dataclass(frozen=True)
class Case:
    """A model, a batch and the criterion of its outputs.

    Attributes
    ----------
    refused : str or None
        Pattern of the sentence that refuses to measure, or warns of what the numbers are; None if the numbers have to
        agree.
    gauss_newton : str or bool
        Whether the Gauss-Newton matrix is compared too; a pattern if it alone is refused.
    single : bool
        Whether float32 is compared with float64.
    """

    model: nn.Module
    data: tuple[Any, Any]
    criterion: Callable[[Any, Any], Tensor]
    refused: str | None = None
    gauss_newton: str | bool = True
    single: bool = True


def to(dtype: torch.dtype, item: Any) -> Any:
    if isinstance(item, Tensor):
        return item.to(dtype) if item.is_floating_point() else item.clone()
    if isinstance(item, (tuple, list)):
        return type(item)(to(dtype, part) for part in item)
    return item


def trainable(model: nn.Module) -> list[nn.Parameter]:
    return [p for p in model.parameters() if p.requires_grad]


def flat(parts: Any, params: list[nn.Parameter]) -> Tensor:
    return torch.cat(
        [
            (torch.zeros_like(p) if part is None else part.to_dense() if part.is_sparse else part).flatten()
            for p, part in zip(params, parts, strict=True)
        ]
    )


class Truth:
    """The loss of a copy in eval mode and float64, by plain `backward()`."""

    def __init__(self, case: Case) -> None:
        self.case, self.data = case, to(torch.float64, case.data)
        self.model = copy.deepcopy(case.model).double().eval()

    def loss(self, model: nn.Module) -> Tensor:
        x, y = to(torch.float64, self.data)  # a copy: what works in place works on this one
        return self.case.criterion(model(x), y)

    def at(self, shift: Tensor | None = None) -> tuple[float, Tensor]:
        """The value and the gradient where the parameters are moved by `shift`."""
        model = copy.deepcopy(self.model)
        params = trainable(model)
        if shift is not None:
            with torch.no_grad():
                for p, step in zip(params, shift.split([p.numel() for p in params]), strict=True):
                    p.add_(step.view_as(p))
        loss = self.loss(model)
        loss.backward()
        return float(loss.detach()), flat([p.grad for p in params], params)

    def product(self, vector: Tensor) -> Tensor:
        step = STEP / float(vector.norm())
        return (self.at(step * vector)[1] - self.at(-step * vector)[1]) / (2 * step)

    def slope(self, vector: Tensor) -> float:
        """The central difference of values: what a gradient is the derivative of."""
        step = STEP / float(vector.norm())
        return (self.at(step * vector)[0] - self.at(-step * vector)[0]) / (2 * step)

    def gauss_newton(self, vectors: Tensor) -> Tensor:
        """J^T H J v with every row of J, and of H, written out."""
        model = copy.deepcopy(self.model)
        params = trainable(model)
        x, y = to(torch.float64, self.data)
        outputs = model(x)
        rows = [
            flat(torch.autograd.grad(entry, params, retain_graph=True, allow_unused=True), params)
            for entry in outputs.flatten()
        ]
        jacobian = torch.stack(rows)
        leaf = outputs.detach()
        inner = []
        for unit in torch.eye(leaf.numel(), dtype=torch.float64):
            ends = []
            for sign in (1, -1):
                at = (leaf + sign * STEP * unit.view_as(leaf)).requires_grad_()
                (gradient,) = torch.autograd.grad(self.case.criterion(at, y), at)
                ends.append(gradient.flatten())
            inner.append((ends[0] - ends[1]) / (2 * STEP))
        return jacobian.T @ torch.stack(inner) @ jacobian @ vectors


def close(found: Tensor, truth: Tensor, tolerance: float, scale: float, what: str) -> None:
    assert torch.isfinite(found).all(), f"{what} is not finite"
    error, size = float((found.double() - truth).norm()), float(truth.norm())
    assert error <= tolerance * (size + 1e-3 * scale), f"{what}: {error / max(size, 1e-300):.1e} off, of {size:.3g}"


def measure(case: Case, dtype: torch.dtype, vectors: Tensor, operator: Any, **options: Any) -> Tensor:
    """Columns of products; the model and the data stay the caller's."""
    with operator(objective(case, dtype), **options) as matrix:
        return torch.stack([matrix.matvec(v.to(dtype)) for v in vectors.T], dim=1)


def objective(case: Case, dtype: torch.dtype) -> ls.Objective:
    model = copy.deepcopy(case.model).to(dtype)
    return ls.Objective(model, case.criterion, to(dtype, case.data), batch_size=64)


def judge(case: Case) -> None:
    """Every number agrees with the truth, or one sentence says before any number why there is none."""
    truth = Truth(case)
    generator = torch.Generator().manual_seed(0)
    size = sum(p.numel() for p in trainable(case.model))
    vectors = torch.randn(size, VECTORS, generator=generator, dtype=torch.float64)
    if case.refused is not None:
        with pytest.raises((ValueError, UserWarning), match=case.refused) as refusal:  # warnings are errors here
            measure(case, torch.float64, vectors, ls.HessianOperator)
        assert "\n" not in str(refusal.value)
        return
    value, gradient = truth.at()
    slope = truth.slope(vectors[:, 0])
    products = torch.stack([truth.product(v) for v in vectors.T], dim=1)
    scale = float(gradient.norm())
    for dtype, tolerance in ((torch.float64, DOUBLE), (torch.float32, SINGLE))[: 1 + case.single]:
        name = str(dtype).removeprefix("torch.")
        made = objective(case, dtype)
        assert made.value() == pytest.approx(value, rel=tolerance / 10, abs=tolerance / 100), f"value in {name}"
        found_value, found_gradient = made.value_and_gradient()
        assert found_value == pytest.approx(value, rel=tolerance / 10, abs=tolerance / 100), f"value in {name}"
        close(made.flatten(found_gradient), gradient, tolerance / 10, scale, f"gradient in {name}")
        for route in ("auto", "rewritten", "plain")[: 3 if dtype == torch.float64 else 2]:
            found = measure(case, dtype, vectors, ls.HessianOperator, route=route)
            close(found, products, tolerance, scale, f"Hessian in {name}, {route}")
    assert float(gradient @ vectors[:, 0]) == pytest.approx(slope, rel=1e-5, abs=1e-7), "the gradient is not the loss's"
    if case.gauss_newton is True:
        found = measure(case, torch.float64, vectors, ls.curvature.GaussNewtonOperator)
        close(found, truth.gauss_newton(vectors), 10 * DOUBLE, scale, "Gauss-Newton")
    elif case.gauss_newton:
        with pytest.raises((ValueError, UserWarning), match=case.gauss_newton):
            measure(case, torch.float64, vectors, ls.curvature.GaussNewtonOperator)


def stirred(model: nn.Module) -> nn.Module:
    """Weights other than the initial ones, at which some derivatives happen to be right."""
    with torch.no_grad():
        for p in model.parameters():
            if p.is_floating_point() or p.is_complex():
                p.add_(0.2 * torch.randn_like(p))
    return model
