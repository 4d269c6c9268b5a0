"""Operations whose second derivative PyTorch has wrong or lacks: products are those of the formula written out."""

from importlib.util import find_spec

import pytest
import torch
from torch import nn
from torch.nn import functional

from landscape.curvature.eigenvalues import top_eigenpairs
from landscape.curvature.hessian import HessianOperator
from landscape.curvature.spectrum import hessian_trace
from landscape.objective._exact_derivatives import ExactDerivatives
from landscape.objective._torchvision import import_torchvision
from landscape.objective.objective import Objective


def dense(objective):
    """The Hessian of central differences of gradients, in float64."""
    start, columns = objective.flatten(objective.parameters), []
    for unit in torch.eye(objective.num_parameters, dtype=torch.float64):
        ahead, behind = (
            objective.flatten(objective.value_and_gradient(objective.unflatten(start + step * unit))[1])
            for step in (1e-5, -1e-5)
        )
        columns.append((ahead - behind) / 2e-5)
    return torch.stack(columns)


def products(objective):
    with HessianOperator(objective) as operator:
        return operator.matmat(torch.eye(operator.size, dtype=operator.dtype))


class Layer(nn.Module):
    """A layer with a bias of its own between two linear ones."""

    def __init__(self, function):
        super().__init__()
        self.first, self.last = nn.Linear(3, 4), nn.Linear(4, 3)
        self.bias = nn.Parameter(torch.randn(4))
        self.function = function

    def forward(self, x):
        return self.last(self.function(self.first(x), self.bias).tanh())


@pytest.fixture
def data():
    generator = torch.Generator().manual_seed(0)
    return torch.randn(12, 3, generator=generator, dtype=torch.float64), torch.arange(12) % 3


def objective_of(model, data):
    return Objective(model.double(), nn.CrossEntropyLoss(), data)


@pytest.mark.filterwarnings("ignore:`torch.nn.utils.weight_norm` is deprecated")
@pytest.mark.parametrize("dim", [0, 1, None])
@pytest.mark.parametrize(
    "wrap", [nn.utils.weight_norm, nn.utils.parametrizations.weight_norm], ids=["hook", "parametrized"]
)
def test_weight_norm_is_v_g_over_its_norm(wrap, dim, data):
    torch.manual_seed(0)
    model = nn.Sequential(wrap(nn.Linear(3, 4), dim=dim), nn.Tanh(), wrap(nn.Linear(4, 3), dim=dim))
    objective = objective_of(model, data)
    truth = dense(objective)
    torch.testing.assert_close(products(objective), truth, atol=1e-8, rtol=1e-6)
    values = torch.linalg.eigvalsh(truth)
    assert top_eigenpairs(objective, tol=1e-8).values[0] == pytest.approx(float(values[-1]), rel=1e-6)
    assert hessian_trace(objective, method="hutch++", probes=3 * objective.num_parameters).value == pytest.approx(
        float(values.sum()), rel=1e-6
    )


NORMS = {
    "layer norm": lambda x, b: functional.layer_norm(x, (4,), None, b),
    "batch norm, running statistics": lambda x, b: functional.batch_norm(x, x.new_zeros(4), x.new_ones(4), None, b),
    "batch norm, of the batch": lambda x, b: functional.batch_norm(x, None, None, None, b, True),
    "instance norm": lambda x, b: functional.instance_norm(x[:, :, None] * x.new_tensor([1.0, 2.0, -1.5]), bias=b).mean(
        2
    ),
    "hardsigmoid": lambda x, b: functional.hardsigmoid(2 * x) * b,
    "hardsigmoid in place": lambda x, b: functional.hardsigmoid(2 * x, inplace=True) * b,
    "hardswish in place": lambda x, b: functional.hardswish(2 * x, inplace=True) * b,
    "in place, the result left": lambda x, b: (y := 2 * x, functional.hardswish(y, inplace=True), y * b)[-1],
    "hardswish": lambda x, b: functional.hardswish(2 * x) * b,
    "a layer of modules": lambda x, b: nn.Hardswish()(nn.Hardsigmoid()(x + b)),
}


@pytest.mark.parametrize("name", NORMS)
def test_products_of_operations_without_right_second_derivatives(name, data):
    torch.manual_seed(0)
    objective = objective_of(Layer(NORMS[name]), data)
    torch.testing.assert_close(products(objective), dense(objective), atol=1e-8, rtol=1e-6)


def test_group_norm_with_a_bias_alone_has_derivatives():
    """Of which PyTorch has not even the first."""
    x, bias = torch.randn(2, 4, 3, dtype=torch.float64), torch.randn(4, dtype=torch.float64)
    inputs = x.requires_grad_(), bias.requires_grad_()

    def function(x, bias):
        with ExactDerivatives():
            return functional.group_norm(x, 2, None, bias)

    assert torch.equal(function(*inputs), functional.group_norm(x, 2) + bias[:, None])
    assert torch.autograd.gradgradcheck(function, inputs)


def test_a_cross_entropy_of_logits_is_not_rounded_to_the_precision_of_its_targets():
    """Else it stands still where a difference in float64 moves it, and derivatives that are right look wrong."""
    logits, targets = torch.linspace(-3, 3, 7, dtype=torch.float64), torch.arange(7) % 2

    def loss(logits):
        return functional.binary_cross_entropy_with_logits(logits, targets.float())

    exact = functional.binary_cross_entropy_with_logits(logits, targets.double())
    with ExactDerivatives():
        assert float(loss(logits) - exact) == pytest.approx(0, abs=1e-15)
        slope = float(loss(logits + 1e-8) - loss(logits - 1e-8)) / 2e-8
        assert loss(logits.float()).dtype == torch.float32
    assert slope == pytest.approx(float((torch.sigmoid(logits) - targets).mean()), rel=1e-6)


@pytest.mark.parametrize("name", NORMS)
def test_values_are_those_of_the_operations(name):
    torch.manual_seed(1)
    x, bias = 3 * torch.randn(50, 4, dtype=torch.float64), torch.randn(4, dtype=torch.float64)
    with ExactDerivatives():
        found = NORMS[name](x.clone(), bias)
    torch.testing.assert_close(found, NORMS[name](x.clone(), bias), atol=1e-14, rtol=1e-14)


@pytest.mark.skipif(find_spec("torchvision") is None, reason="torchvision is not installed")
def test_the_curvature_of_mobilenet_v3_exists():
    torchvision = import_torchvision()
    torch.manual_seed(0)
    model = torchvision.models.mobilenet_v3_small(num_classes=3, width_mult=0.35)
    for p in model.parameters():  # away from biases of zero, which are exactly at the kinks
        p.data += 0.05 * torch.randn_like(p)
    x, y = torch.rand(4, 3, 32, 32), torch.arange(4) % 3
    objective = Objective(model, nn.CrossEntropyLoss(), (x, y), dtype=torch.float64).restrict(
        "features.1", "classifier.3"
    )
    with HessianOperator(objective) as operator:
        vector = operator.probe(torch.Generator().manual_seed(0))
        product = operator.matvec(vector)
        assert operator.protocol()["derivatives"] == "agree with central differences in float64"
    start = objective.flatten(objective.parameters)
    ahead, behind = (
        objective.flatten(objective.value_and_gradient(objective.unflatten(start + step * vector))[1])
        for step in (1e-7, -1e-7)
    )
    assert float((product - (ahead - behind) / 2e-7).norm()) < 1e-5 * float(product.norm())
