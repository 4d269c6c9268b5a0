"""An operation without a second derivative is named, with what to do, and none is left out in silence."""

import pytest
import torch
from torch import nn
from torch.autograd.function import once_differentiable
from torch.nn import functional
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.checkpoint import checkpoint

from landscape.curvature.hessian import HessianOperator
from landscape.objective.differentiability import check_twice_differentiable, explain_missing_derivatives
from landscape.objective.objective import Objective


def ctc(x):
    lengths = torch.tensor([5]), torch.tensor([2])
    return functional.ctc_loss(x[:, None].log_softmax(-1), torch.tensor([[1, 2]]), *lengths)


def flash(x):
    with sdpa_kernel(SDPBackend.FLASH_ATTENTION):
        return functional.scaled_dot_product_attention(*[x[None, None]] * 3)


def compiled(x):
    return torch.compile(torch.exp, backend="aot_eager")(x)


def reentrant(x):
    return checkpoint(torch.exp, x, use_reentrant=True)


# Operations that fail at the second derivative (the last at the first) in the releases of PyTorch supported.
FAILING = [
    (lambda x: torch.cdist(x, 2 * x), r"operation cdist .*: write the distances as \(x\[:, None\] - y"),
    (functional.pdist, r"operation pdist .*: write the distances"),
    (ctc, r"operation ctc_loss .*operations that can be differentiated twice"),
    (flash, r"operation scaled_dot_product_flash_attention .*remove sdpa_kernel"),
    (lambda x: functional.embedding_bag(torch.tensor([[0, 1], [2, 2]]), x), "operation embedding_bag .*nn.Embedding"),
    (lambda x: functional.multi_margin_loss(x, torch.tensor([0, 1, 2, 0, 1])), "operation multi_margin_loss .*clamp"),
    (lambda x: torch.segment_reduce(x[:, 0], "max", lengths=torch.tensor([2, 3])), "operation segment_reduce"),
    (compiled, r"compiled with torch\.compile has no second derivative: call the plain function"),
    (reentrant, "use_reentrant=False"),
]


@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf")  # the compiler's own access
@pytest.mark.parametrize(("operation", "words"), FAILING)
def test_missing_derivative_is_named_with_a_remedy(operation, words):
    x = torch.randn(5, 3, generator=torch.Generator().manual_seed(0)).requires_grad_()

    def differentiate_twice():
        (gradient,) = torch.autograd.grad(operation(x.tanh()).square().sum(), x, create_graph=True)
        torch.autograd.grad(gradient.sum(), x)

    with pytest.raises(ValueError, match=words) as caught, explain_missing_derivatives():
        differentiate_twice()
    assert isinstance(caught.value.__cause__, RuntimeError)


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("double backwards on roi_align not supported", r"operation roi_align .*torchvision\.ops\.roi_align\(\.\.\.\)"),
        ("double backwards on deform_conv2d not supported", "operation deform_conv2d"),
        ("Double backwards is not supported for CuDNN RNNs due to limitations", "operation CuDNN"),
        ("Trying to backward through mine.fused.default but no autograd formula was", r"operation mine\.fused "),
        ("FlexAttention does not support backward on CPU.", "operation FlexAttention .*with a mask"),
        ("trying to differentiate twice a function that was marked with @once_differentiable", "remove the mark"),
    ],
)
def test_messages_of_other_devices_and_libraries(message, words):
    with pytest.raises(ValueError, match=words), explain_missing_derivatives():
        raise RuntimeError(message)


@pytest.mark.parametrize("error", [RuntimeError("mat1 and mat2 shapes"), KeyError("double backwards"), ValueError("x")])
def test_other_errors_pass_unchanged(error):
    with pytest.raises(type(error)) as caught, explain_missing_derivatives():
        raise error
    assert caught.value is error


class Marked(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.exp()

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient):
        return gradient * ctx.saved_tensors[0].exp()


class Unmarked(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.exp()

    @staticmethod
    def backward(ctx, gradient):
        return gradient * ctx.saved_tensors[0].exp()


def test_functions_differentiable_once_are_found():
    x = torch.ones(3, requires_grad=True)
    for function, found in [(Marked, True), (Unmarked, False)]:
        loss = (function.apply(2 * x) + x**3).sum()
        loss = loss + loss.square()
        gradient = torch.autograd.grad(loss, x, create_graph=True)
        if found:
            # What autograd does without the check: the exponential's share is missing.
            (product,) = torch.autograd.grad(gradient, x, [torch.ones(3)], retain_graph=True, allow_unused=True)
            assert torch.isfinite(product).all()
            with pytest.raises(ValueError, match="custom autograd function Marked is marked @once_differentiable"):
                check_twice_differentiable(loss, gradient)
        else:
            check_twice_differentiable(loss, [*gradient, None])


class Model(nn.Module):
    def __init__(self, operation):
        super().__init__()
        self.first = nn.Linear(4, 3)
        self.operation = operation

    def forward(self, x):
        return self.operation(torch.tanh(self.first(x)))


@pytest.mark.parametrize(
    ("operation", "words"),
    [(FAILING[0][0], "operation cdist"), (ctc, "operation ctc_loss"), (Marked.apply, "function Marked")],
)
def test_hessian_products_name_the_operation(operation, words, untouched):
    data = (torch.randn(5, 4, generator=torch.Generator().manual_seed(0)),)
    model = Model(operation)
    objective = Objective(model, data=data, loss=lambda m, b: m(b[0]).square().mean())
    objective.value_and_gradient()  # the first derivative is there
    with untouched(model), pytest.raises(ValueError, match=words):
        HessianOperator(objective).matvec(torch.ones(objective.num_parameters))
