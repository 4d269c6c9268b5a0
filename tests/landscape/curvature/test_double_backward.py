"""Rewritten layers are the same function: values, gradients and second derivatives equal those of PyTorch's own
graph."""

import itertools
import math
from contextlib import nullcontext

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional

from landscape.curvature._hvp.double_backward import DoubleBackwardMode


def derivatives(function, tensors, rewriting=None):
    """The value, the gradient, and the product of the Hessian with fixed vectors."""
    leaves = [t.detach().requires_grad_() for t in tensors]
    generator = torch.Generator().manual_seed(5)
    vectors = [torch.randn(t.shape, generator=generator, dtype=t.dtype) for t in leaves]
    if rewriting is None:
        value = function(*leaves)
    else:
        with rewriting:
            value = function(*leaves)
    gradient = torch.autograd.grad(value, leaves, create_graph=True, allow_unused=True)
    curved = [(g, v) for g, v in zip(gradient, vectors, strict=True) if g is not None and g.requires_grad]
    products = torch.autograd.grad([g for g, _ in curved], leaves, [v for _, v in curved], allow_unused=True)
    zeros = [torch.zeros_like(t) for t in leaves]
    pairs = [zip(parts, zeros, strict=True) for parts in (gradient, products)]
    return [value.detach(), *(z if part is None else part.detach() for pair in pairs for part, z in pair)]


def assert_same(function, tensors, rewriting):
    truth = derivatives(function, tensors)
    for found, expected in zip(derivatives(function, tensors, rewriting), truth, strict=True):
        assert torch.allclose(found, expected, rtol=1e-10, atol=1e-12 * float(1 + expected.abs().max()))


@pytest.mark.parametrize(
    ("padding", "kernel", "dilation", "count"),
    [
        ("same", (3, 3), 1, 1),
        ("same", (3, 5), 2, 1),
        ("same", (2, 3), 1, 0),
        ("same", (2, 2), 2, 1),
        ("valid", (2, 3), 1, 1),
    ],
)
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
def test_padding_by_name(padding, kernel, dilation, count):
    generator = torch.Generator().manual_seed(0)
    x, w = torch.randn(2, 2, 7, 7, generator=generator), torch.randn(3, 2, *kernel, generator=generator)
    rewriting = DoubleBackwardMode()
    assert_same(
        lambda x, w: functional.conv2d(torch.tanh(x), w, padding=padding, dilation=dilation).sin().sum(),
        [x.double(), w.double()],
        rewriting,
    )
    assert rewriting.convolutions == count


CONVOLUTIONS = {1: functional.conv1d, 2: functional.conv2d, 3: functional.conv3d}


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_convolutions_of_any_geometry(data):
    dims = data.draw(st.integers(1, 3))
    groups = data.draw(st.sampled_from([1, 1, 2]))
    geometry = {
        "stride": tuple(data.draw(st.integers(1, 3)) for _ in range(dims)),
        "padding": tuple(data.draw(st.integers(0, 2)) for _ in range(dims)),
        "dilation": tuple(data.draw(st.integers(1, 2)) for _ in range(dims)),
    }
    kernel = tuple(data.draw(st.integers(1, 3)) for _ in range(dims))
    generator = torch.Generator().manual_seed(data.draw(st.integers(0, 99)))

    def random(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    x = random(2, 2 * groups, *(6 for _ in range(dims)))
    tensors = [x, random(2 * groups, 2, *kernel), random(2 * groups)]
    target = random(1)
    bias = data.draw(st.booleans())

    def function(x: Tensor, w: Tensor, b: Tensor) -> Tensor:
        y = CONVOLUTIONS[dims](torch.tanh(x), w, b if bias else None, groups=groups, **geometry)
        return (torch.sin(y) * target).sum()

    rewriting = DoubleBackwardMode(channels_last=data.draw(st.booleans()))
    assert_same(function, tensors, rewriting)
    assert rewriting.convolutions == 1


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_convolutions_of_data_of_any_geometry(data):
    # Their patches are kept where they are no more numbers than the output: of 9 channels for up to 9 taps.
    dims = data.draw(st.integers(1, 2))
    geometry = {
        "stride": tuple(data.draw(st.integers(1, 3)) for _ in range(dims)),
        "padding": tuple(data.draw(st.integers(0, 2)) for _ in range(dims)),
        "dilation": tuple(data.draw(st.integers(1, 2)) for _ in range(dims)),
    }
    kernel = tuple(data.draw(st.integers(1, 3)) for _ in range(dims))
    generator = torch.Generator().manual_seed(data.draw(st.integers(0, 99)))
    channels = data.draw(st.integers(1, 2))
    x = torch.randn(64, channels, *(6, 5)[:dims], generator=generator, dtype=torch.float64)
    w = torch.randn(9, channels, *kernel, generator=generator, dtype=torch.float64)
    b = torch.randn(9, generator=generator, dtype=torch.float64)
    bias = data.draw(st.booleans())
    layouts = []

    def function(w: Tensor, b: Tensor) -> Tensor:
        y = CONVOLUTIONS[dims](x, w, b if bias else None, **geometry)
        z = torch.sin(y)
        layouts.append(z.is_contiguous())
        return z.sum()

    channels_last = data.draw(st.booleans())
    assert_same(function, [w, b], DoubleBackwardMode(channels_last=channels_last))
    assert channels_last or all(layouts)  # a model may take a view of it


def test_products_with_a_first_layer_over_few_channels_run_no_convolutions():
    # What the products of a kept graph run: no convolution is left where the images are data and the channels few.
    x, w = torch.randn(64, 1, 8, 8), torch.randn(16, 1, 3, 3, requires_grad=True)
    with DoubleBackwardMode():
        loss = functional.conv2d(x, w, stride=2, padding=1).square().sum()
    (gradient,) = torch.autograd.grad(loss, w, create_graph=True)
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as seen:
        torch.autograd.grad(gradient, w, torch.ones_like(w))
    assert not [event.key for event in seen.key_averages() if "conv" in event.key]


@pytest.mark.parametrize("affine", [True, False])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("channels_last", [True, False])
def test_frozen_batch_norms_are_folded_exactly(affine, bias, channels_last):
    torch.manual_seed(0)
    model = nn.Sequential(
        *(nn.Conv2d(2, 4, 3, bias=bias), nn.BatchNorm2d(4, affine=affine), nn.Tanh()),
        *(nn.Conv2d(4, 3, 2, stride=2), nn.BatchNorm2d(3), nn.Flatten(), nn.Linear(12, 2)),
    ).double()
    x = torch.randn(5, 2, 6, 6, dtype=torch.float64)
    model(3 * x + 1)  # running statistics other than the initial ones
    model.eval()
    names = [name for name, _ in model.named_parameters()]

    def function(*tensors: Tensor) -> Tensor:
        return torch.func.functional_call(model, dict(zip(names, tensors, strict=True)), (x,)).square().sum()

    rewriting = DoubleBackwardMode(channels_last=channels_last)
    assert_same(function, list(model.parameters()), rewriting)
    assert (rewriting.convolutions, rewriting.batch_norms, rewriting.folded) == (2, 2, 2)


def weights() -> list[Tensor]:
    generator = torch.Generator().manual_seed(1)
    return [torch.randn(3, 2, 3, 3, generator=generator, dtype=torch.float64) for _ in range(2)]


IMAGES = torch.randn(4, 2, 5, 5, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
MEAN, VAR = torch.tensor([0.1, -0.2, 0.3]).double(), torch.tensor([0.5, 2.0, 1.5]).double()


def two_uses(v: Tensor, w: Tensor) -> Tensor:
    """A convolution read by a batch norm and by something else."""
    y = functional.conv2d(IMAGES, v)
    return (functional.batch_norm(y, MEAN, VAR) * y).sum() + functional.conv2d(IMAGES, w).square().sum()


def later_use(v: Tensor, w: Tensor) -> Tensor:
    y = functional.conv2d(IMAGES, v)
    z = torch.tanh(y)
    return functional.batch_norm(y, MEAN, VAR).square().sum() + (z * functional.conv2d(IMAGES, w)).sum()


def in_place(v: Tensor, w: Tensor) -> Tensor:
    y = functional.conv2d(IMAGES, v)
    functional.relu_(y)
    return (y * y).sum() + functional.conv2d(IMAGES, w).square().sum()


def batch_norm_without_convolution(v: Tensor, w: Tensor) -> Tensor:
    y = functional.batch_norm(torch.tanh(functional.conv2d(IMAGES, v)), MEAN, VAR)
    return (y * functional.conv2d(IMAGES, w)).square().sum()


def training_batch_norm(v: Tensor, w: Tensor) -> Tensor:
    y = functional.batch_norm(functional.conv2d(IMAGES, v), None, None, training=True)
    return (y * functional.conv2d(IMAGES, w)).square().sum()


def read_shapes_and_branch(v: Tensor, w: Tensor) -> Tensor:
    y = functional.conv2d(IMAGES, v, padding="same")
    z = functional.conv2d(IMAGES, w, padding=1)
    assert y.shape == z.shape
    assert z.dim() == z.ndim == 4
    assert z.size(0) == 4
    return (torch.cat([y, z], dim=1).reshape(y.shape[0], -1) ** 2).sum() + math.prod(z.shape)


def unbatched(v: Tensor, w: Tensor) -> Tensor:
    return (functional.conv2d(IMAGES[0], v) * functional.conv2d(IMAGES[0], w)).square().sum()


def frozen_weight(v: Tensor, w: Tensor) -> Tensor:
    return (functional.conv2d(IMAGES * v.sum(), w.detach()) * w.sum()).square().sum()


@pytest.mark.parametrize(
    "function",
    [
        *(two_uses, later_use, in_place, batch_norm_without_convolution, training_batch_norm),
        *(read_shapes_and_branch, unbatched, frozen_weight),
    ],
)
def test_unusual_uses_are_the_same_function(function):
    for channels_last in (True, False):
        assert_same(function, weights(), DoubleBackwardMode(channels_last=channels_last))


def test_lstms_are_the_same_function_without_onednn():
    torch.manual_seed(0)
    lstm = nn.LSTM(3, 4, num_layers=2, bidirectional=True, batch_first=True).double()
    x = torch.randn(5, 6, 3, dtype=torch.float64)
    names = [name for name, _ in lstm.named_parameters()]

    def function(*tensors: Tensor) -> Tensor:
        return torch.func.functional_call(lstm, dict(zip(names, tensors, strict=True)), (x,))[0].square().sum()

    rewriting = DoubleBackwardMode()
    assert_same(function, list(lstm.parameters()), rewriting)
    assert rewriting.recurrent == 1
    assert torch.backends.mkldnn.enabled


def no_grad_first(v: Tensor, w: Tensor) -> Tensor:
    y = functional.conv2d(IMAGES, v)
    with torch.no_grad():
        scale = y.abs().max()
    return (y / scale * functional.conv2d(IMAGES, w)).square().sum()


def differentiable_input(v: Tensor, w: Tensor) -> Tensor:
    y = functional.conv2d(torch.sin(IMAGES[:2] * v.sum()), w)
    with torch.no_grad():
        scale = y.abs().max()
    return (y / scale).square().sum() + v.square().sum()


@pytest.mark.parametrize("function", [no_grad_first, differentiable_input])
def test_a_first_use_without_gradients_does_not_cut_the_graph(function):
    for channels_last in (True, False):
        assert_same(function, weights(), DoubleBackwardMode(channels_last=channels_last))


def test_a_convolution_that_is_held_constant_stays_so():
    def function(v: Tensor, gamma: Tensor) -> Tensor:
        with torch.no_grad():
            y = functional.conv2d(IMAGES, v)
        return functional.batch_norm(y, MEAN, VAR, gamma).sin().sum()

    assert_same(function, [weights()[0], torch.ones(3).double()], DoubleBackwardMode())


def test_shapes_changed_in_place_are_read_right():
    with DoubleBackwardMode():
        y = functional.conv2d(IMAGES, weights()[0])
        y.unsqueeze_(0)
        assert y.dim() == 5


def test_mixed_precision_batch_norms_are_left_alone():
    x = torch.randn(2, 3, 4, 4).bfloat16()
    with DoubleBackwardMode() as rewriting:
        y = functional.batch_norm(x, MEAN.float(), VAR.float())
    assert y.dtype == functional.batch_norm(x, MEAN.float(), VAR.float()).dtype == torch.bfloat16
    assert not rewriting.batch_norms


def test_a_use_that_escapes_interception_is_an_error_never_a_number():
    class Escapes(torch.autograd.Function):
        @staticmethod
        def forward(ctx, y):
            return y.clone()

        @staticmethod
        def backward(ctx, g):
            return g

    v = weights()[0].requires_grad_()
    with DoubleBackwardMode():
        value = Escapes.apply(functional.conv2d(IMAGES, v)).square().sum()
    with pytest.raises(RuntimeError, match="could not be intercepted"):
        torch.autograd.grad(value, v, create_graph=True)


def test_third_derivatives_are_right_too():
    def third(context):
        v = weights()[0].requires_grad_()
        with context:
            value = torch.sin(functional.conv2d(IMAGES, v)).sum()
        (first,) = torch.autograd.grad(value, v, create_graph=True)
        (second,) = torch.autograd.grad(first.square().sum(), v, create_graph=True)
        return torch.autograd.grad(second.square().sum(), v)[0]

    assert torch.allclose(third(DoubleBackwardMode()), third(nullcontext()), rtol=1e-10)


def test_nothing_stays_intercepted_afterwards():
    with DoubleBackwardMode() as rewriting:
        kept = [functional.conv2d(IMAGES, w) for w in weights()]
    assert rewriting.convolutions == 2
    plain = functional.conv2d(IMAGES, weights()[0])
    assert not plain.isnan().any()
    assert torch.allclose(kept[0], plain)
    assert kept[0].isfinite().all()
    for a, b in itertools.combinations([IMAGES, plain], 2):
        assert torch.isfinite(a).all()
        assert torch.isfinite(b).all()


@pytest.mark.parametrize("channels_last", [True, False])
def test_an_output_kept_by_a_hook_has_its_values(channels_last):
    model = nn.Sequential(nn.Conv2d(2, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 3, 3)).double().eval()
    x = torch.randn(2, 2, 7, 7, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    kept = []
    handles = [layer.register_forward_hook(lambda module, args, out: kept.append(out)) for layer in model]
    model(x)
    plain, kept[:] = [out.detach() for out in kept], []
    with DoubleBackwardMode(channels_last=channels_last) as rewriting:
        model(x)
    assert rewriting.folded == 1
    for handle in handles:
        handle.remove()
    assert all(torch.allclose(found, expected, rtol=1e-12) for found, expected in zip(kept, plain, strict=True))
