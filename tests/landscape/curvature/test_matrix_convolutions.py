"""Convolutions over small images as products of matrices: the same function, with the same derivatives."""

from contextlib import nullcontext

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional

import landscape as ls
from landscape.curvature._hvp.double_backward import DoubleBackwardMode
from landscape.objective.matrix_convolution import columns, fold


def derivatives(function, tensors, context):
    """Value, gradient and the Hessian's product with fixed vectors."""
    leaves = [t.detach().requires_grad_() for t in tensors]
    generator = torch.Generator().manual_seed(5)
    vectors = [torch.randn(t.shape, generator=generator, dtype=t.dtype) for t in leaves]
    with context:
        value = function(*leaves)
    gradient = torch.autograd.grad(value, leaves, create_graph=True)
    return [value, *gradient, *torch.autograd.grad(gradient, leaves, vectors)]


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_derivatives_are_those_of_the_convolution(data):
    geometry = {
        "stride": tuple(data.draw(st.integers(1, 3)) for _ in range(2)),
        "padding": tuple(data.draw(st.integers(0, 2)) for _ in range(2)),
        "dilation": tuple(data.draw(st.integers(1, 2)) for _ in range(2)),
    }
    kernel = tuple(data.draw(st.integers(1, 3)) for _ in range(2))
    channels, bias = data.draw(st.integers(1, 3)), data.draw(st.booleans())
    generator = torch.Generator().manual_seed(data.draw(st.integers(0, 99)))

    def random(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    tensors = [random(16, channels, 6, 5), random(2, channels, *kernel), random(2)]

    def function(x: Tensor, w: Tensor, b: Tensor) -> Tensor:
        y = functional.conv2d(torch.tanh(x), w, b if bias else None, **geometry)
        return torch.sin(y).sum() + 0 * b.square().sum()

    rewriting = DoubleBackwardMode(channels_last=data.draw(st.booleans()), matrices=True)
    found = derivatives(function, tensors, rewriting)
    assert rewriting.patches > 0
    for one, truth in zip(found, derivatives(function, tensors, nullcontext()), strict=True):
        assert torch.allclose(one, truth, rtol=1e-10, atol=1e-11)


def test_third_derivatives_go_through_the_patches():
    generator = torch.Generator().manual_seed(0)
    x, w = (torch.randn(s, generator=generator, dtype=torch.float64) for s in ((16, 2, 5, 5), (3, 2, 3, 3)))

    def third(context):
        a, v = x.clone().requires_grad_(), w.clone().requires_grad_()
        with context:
            value = torch.sin(functional.conv2d(torch.tanh(a), v, stride=2)).sum()
        first = torch.autograd.grad(value, (a, v), create_graph=True)
        second = torch.autograd.grad(sum(g.square().sum() for g in first), (a, v), create_graph=True)
        return torch.autograd.grad(sum(g.square().sum() for g in second), (a, v))

    for found, truth in zip(third(DoubleBackwardMode(matrices=True)), third(nullcontext()), strict=True):
        assert torch.allclose(found, truth, rtol=1e-9, atol=1e-9)


def test_summing_patches_is_the_transpose_of_taking_them():
    generator = torch.Generator().manual_seed(0)
    geometry = ((2, 1), (1, 2), (1, 2))
    x = torch.randn(5, 3, 7, 6, generator=generator, dtype=torch.float64)
    patches = columns(x, (3, 2), geometry)
    other = torch.randn(patches.shape, generator=generator, dtype=torch.float64)
    assert float((patches * other).sum()) == pytest.approx(float((x * fold(other, x.shape, (3, 2), geometry)).sum()))


class Viewing(nn.Module):
    """Reads its features in the order of memory, which samples that are last in memory do not have."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.last = nn.Conv2d(1, 4, 3, 2, 1), nn.Conv2d(4, 8, 3, 2, 1), nn.Linear(32, 3)

    def forward(self, x):
        y = torch.tanh(self.second(torch.tanh(self.first(x))))
        return self.last(y.view(-1).view(len(y), 32))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("views", [False, True])
def test_hessians_of_small_images_are_the_plain_ones(views, dtype):
    torch.manual_seed(0)
    viewing = Viewing()
    model = nn.Sequential(
        *(viewing.first, nn.BatchNorm2d(4), nn.ReLU(), viewing.second, nn.ReLU(), nn.Flatten(), viewing.last)
    )
    x, y = torch.randn(700, 1, 8, 8), torch.arange(700) % 3
    model(x)
    chosen = viewing if views else model
    loss = ls.Objective(chosen, nn.CrossEntropyLoss(), (x, y), dtype=dtype, batch_size=700, l2=0.1)
    vectors = torch.randn(loss.num_parameters, 3, dtype=dtype)
    with ls.HessianOperator(loss, route="rewritten") as fast, ls.HessianOperator(loss, route="plain") as plain:
        found, truth = fast.matmat(vectors), plain.matmat(vectors)
        layers = fast.protocol()["layers"]
        gradients = fast.gradient(), plain.gradient()
    assert "small images as matrices" in layers
    assert ("channels first" if views else "samples last") in layers
    assert torch.allclose(found, truth, rtol=0, atol=(1e-5 if dtype == torch.float32 else 1e-12) * float(truth.norm()))
    assert torch.allclose(*gradients, rtol=1e-4, atol=1e-6)


def test_data_are_cut_where_patches_would_leave_the_cache():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(4, 4, 3, 2, 1), nn.ReLU(), nn.Flatten(), nn.Linear(64, 3))
    x, y = torch.randn(2000, 4, 8, 8), torch.arange(2000) % 3
    loss = ls.Objective(model, nn.CrossEntropyLoss(), (x, y), batch_size=2000)
    vector = torch.randn(loss.num_parameters)
    with ls.HessianOperator(loss, route="rewritten") as fast, ls.HessianOperator(loss, route="plain") as plain:
        found, truth = fast.matvec(vector), plain.matvec(vector)
        rows = fast.protocol()["chunk"]
    assert rows * 4 * 9 * 16 * 4 <= 2**21
    assert rows == 667  # three chunks about equally large
    assert torch.allclose(found, truth, atol=1e-5 * float(truth.norm()))
