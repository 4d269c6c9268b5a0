"""Wrong derivatives are refused before anything is estimated from them, by the name of what is to blame; right ones
pass."""

import contextlib
import copy
import gc
import math
import re
import types

import pytest
import torch
import torch.distributed as dist
from torch import nn
from torch.nn import functional

import landscape.objective.functional_model
from landscape.curvature.diagonal import hessian_diagonal
from landscape.curvature.eigenvalues import top_eigenpairs
from landscape.curvature.fisher import FisherOperator
from landscape.curvature.gauss_newton import GaussNewtonOperator
from landscape.curvature.hessian import HessianOperator
from landscape.curvature.minibatch import minibatch_curvature
from landscape.curvature.per_layer import layer_curvature
from landscape.curvature.rescaled import AdaptiveHessianOperator, PreconditionedOperator
from landscape.curvature.spectrum import frobenius_norm, hessian_trace, spectral_density
from landscape.distributed.data_parallel import DataParallelOperator
from landscape.distributed.sharded_hessian import ShardedHessianOperator
from landscape.distributed.sharded_objective import ShardedObjective, shard_parameters
from landscape.objective.objective import Objective

AGREE = "agree with central differences in float64"


def function(forward, backward):
    """Return a custom autograd function of one tensor x, with backward(gradient, x)."""

    class Custom(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return forward(x)

        @staticmethod
        def backward(ctx, gradient):
            return backward(gradient, *ctx.saved_tensors)

    return Custom


class Net(nn.Module):
    def __init__(self, operation, width=8):
        super().__init__()
        self.first, self.last = nn.Linear(5, width), nn.Linear(width, 3)
        self.operation = operation

    def forward(self, x):
        return self.last(self.operation(self.first(x)))


class Adversarial(nn.Module):
    """Features for a label and, through gradient reversal, against a domain (Ganin and Lempitsky 2015)."""

    def __init__(self):
        super().__init__()
        self.features, self.label, self.domain = nn.Linear(5, 8), nn.Linear(8, 3), nn.Linear(8, 2)
        self.reversal = function(lambda x: x.view_as(x), lambda gradient, x: -gradient)

    def forward(self, x):
        hidden = self.features(x).tanh()
        return self.label(hidden), self.domain(self.reversal.apply(hidden))


def adversarial_loss(model, batch):
    label, domain = model(batch[0])
    return functional.cross_entropy(label, batch[1]) + functional.cross_entropy(domain, (batch[1] > 0).long())


@pytest.fixture
def data():
    generator = torch.Generator().manual_seed(0)
    return torch.randn(40, 5, generator=generator), torch.arange(40) % 3


@pytest.fixture
def adversarial(data):
    torch.manual_seed(0)
    return Objective(Adversarial(), data=data, loss=adversarial_loss)


def objective_of(operation, data, **options):
    torch.manual_seed(0)
    return Objective(Net(operation), nn.CrossEntropyLoss(), data, **options)


def multiply(operator):
    with operator:
        return operator.matvec(operator.probe(torch.Generator().manual_seed(0)))


def ones(objective):
    return {name: torch.ones_like(p) for name, p in objective.parameters.items()}


MEASURES = {
    "product": lambda o: multiply(HessianOperator(o)),
    "products": lambda o: HessianOperator(o).matmat(torch.eye(o.num_parameters)),
    "eigenpairs": top_eigenpairs,
    "power": lambda o: top_eigenpairs(o, method="power"),
    "trace": hessian_trace,
    "norm": frobenius_norm,
    "density": spectral_density,
    "diagonal": hessian_diagonal,
    "layers": layer_curvature,
    "minibatch": lambda o: minibatch_curvature(o, [8]),
    "adaptive": lambda o: multiply(AdaptiveHessianOperator(o)),
    "preconditioned": lambda o: multiply(PreconditionedOperator(HessianOperator(o), ones(o))),
    "restricted": lambda o: multiply(HessianOperator(o.restrict("features"))),
}


@pytest.mark.parametrize("measure", MEASURES)
def test_gradient_reversal_is_refused_by_everything_that_takes_products(measure, adversarial):
    with pytest.raises(
        ValueError, match=r"gradient .* not that of the loss.*Custom in the model itself.*measure a loss"
    ) as caught:
        MEASURES[measure](adversarial)
    assert "check_symmetry" not in str(caught.value)


def test_pyhessian_is_refused_alike(adversarial):
    pytest.importorskip("pyhessian", reason="PyHessian is not installed")
    with pytest.raises(ValueError, match="not that of the loss"):
        top_eigenpairs(adversarial, method="pyhessian")


def test_what_the_refusal_advises_works(data):
    torch.manual_seed(0)
    model = Adversarial()
    model.reversal = types.SimpleNamespace(apply=lambda x: x)  # its forward pass in torch's operations
    objective = Objective(model.double(), data=(data[0].double(), data[1]), loss=adversarial_loss)
    with HessianOperator(objective) as operator:
        matrix = operator.matmat(torch.eye(operator.size, dtype=torch.float64))
    assert operator.protocol()["derivatives"] == AGREE
    torch.testing.assert_close(matrix, matrix.T)


def test_ranks_refuse_together(adversarial, data):
    dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
    try:
        with (
            pytest.raises(ValueError, match="not that of the loss"),
            DataParallelOperator(HessianOperator(adversarial)) as operator,
        ):
            operator.matvec(torch.ones(operator.size))
        sharded = ShardedObjective(shard_parameters(Adversarial()), data=data, loss=adversarial_loss)
        with (
            pytest.raises(ValueError, match=r"not that of the loss.*Custom"),
            ShardedHessianOperator(sharded) as operator,
        ):
            operator.matvec(torch.ones(operator.local_size))
        right = shard_parameters(Net(nn.ReLU()))
        with ShardedHessianOperator(ShardedObjective(right, nn.CrossEntropyLoss(), data)) as operator:
            operator.matvec(torch.ones(operator.local_size))
            assert operator.protocol()["derivatives"] == AGREE
    finally:
        dist.destroy_process_group()


WRONG = {
    "straight through": (lambda x: (4 * x).round() / 4, lambda gradient, x: gradient, "not that of the loss"),
    # The derivative of its backward pass is half of what it should be, as in a matrix that is symmetric all the same.
    "detached inside": (lambda x: x**3, lambda gradient, x: gradient * 3 * x.detach() * x, "wrong: a product differs"),
    "scaled": (lambda x: x.tanh(), lambda gradient, x: 0.9 * gradient * (1 - x.tanh() ** 2), "not that of the loss"),
}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("case", WRONG)
def test_wrong_backward_passes_are_refused(case, dtype, data):
    forward, backward, words = WRONG[case]
    custom = function(forward, backward)
    with pytest.raises(ValueError, match=f"{words}.*custom autograd function .*Custom in the model itself"):
        multiply(HessianOperator(objective_of(custom.apply, data, dtype=dtype)))


class Dead(nn.Module):
    """A network whose activations are all at their kink, as after a layer that gives zeros."""

    def __init__(self, width, activation):
        super().__init__()
        self.body = nn.Sequential(
            nn.Linear(5, width, bias=False), activation, nn.Linear(width, width, bias=False), activation
        )
        self.last = nn.Linear(width, 3, bias=False)
        nn.init.zeros_(self.body[2].weight)

    def forward(self, x):
        return self.last(self.body(x))


@pytest.mark.parametrize("activation", [nn.ReLU(), nn.ReLU6(), nn.LeakyReLU(0.1)], ids=str)
def test_a_dead_network_is_not_refused_and_what_is_not_decided_says_where_it_is_dead(activation, data):
    """Kinks of all samples at the point itself, which cancel in some sums: some networks were refused by chance."""
    few, said = (data[0][:8], data[1][:8]), set()
    for seed in range(30):
        torch.manual_seed(seed)
        with HessianOperator(Objective(Dead(8, activation), nn.CrossEntropyLoss(), few)) as operator:
            operator.matvec(torch.ones(operator.size))
        said.add(re.sub(r"of torch\..* in", "of it in", operator.protocol()["derivatives"]))
    kind = type(activation).__name__
    undecided = "not decided by central differences in float64: all inputs of it in module 'body."
    assert said <= {AGREE} | {f"{undecided}{i}' ({kind}) are exactly 0, where it has no derivative" for i in (1, 3)}
    assert AGREE in said


def test_a_fault_next_to_a_dead_layer_is_not_that_of_the_layer(data):
    halved = function(lambda x: x.tanh(), lambda gradient, x: 0.5 * gradient * (1 - x.tanh() ** 2))

    class Both(Net):
        def forward(self, x):
            hidden = self.first(x)
            return self.last(halved.apply(hidden) + self.operation(0 * hidden))

    for width in range(16, 32):  # some of which made ReLU fail a test of its own
        torch.manual_seed(0)
        objective = Objective(Both(nn.ReLU(), width), nn.CrossEntropyLoss(), (data[0][:1], data[1][:1]))
        with pytest.raises(ValueError, match=r"To blame: the custom autograd function .*Custom in the model itself"):
            multiply(HessianOperator(objective))


def test_a_symmetric_error_is_found(data):
    """What is left out of a diagonal matrix is symmetric, so that no symmetry check sees it."""

    cube = function(lambda x: x**3, lambda gradient, x: gradient * 3 * x.detach() * x)

    class Scalar(nn.Module):
        def __init__(self):
            super().__init__()
            self.w = nn.Parameter(torch.tensor([0.7, -1.2, 0.4]))

        def forward(self, x):
            return cube.apply(self.w)

    objective = Objective(Scalar(), data=data, loss=lambda model, batch: model(batch[0]).sum())
    w = objective.parameters["w"]
    hessian = torch.autograd.functional.hessian(lambda w: cube.apply(w).sum(), w)
    torch.testing.assert_close(hessian, torch.diag(3 * w))  # for 6 w
    with pytest.raises(ValueError, match=r"differs from central differences by 0\.5 of its size in 'w'"):
        top_eigenpairs(objective)


def test_backward_hooks_are_named(data):
    class Hooked(nn.Tanh):
        pass

    layer = Hooked()
    hook = layer.register_full_backward_hook(lambda module, before, after: (0.5 * before[0],))
    objective = objective_of(layer, data)
    for operator in (HessianOperator(objective), GaussNewtonOperator(objective), FisherOperator(objective)):
        with pytest.raises(ValueError, match=r"backward hooks of module 'operation' \(Hooked\).*remove them"):
            multiply(operator)
    hook.remove()
    multiply(HessianOperator(objective_of(layer, data)))


def test_an_operation_of_torch_is_named(data, monkeypatch):
    # internal: the one operation of torch with a wrong second derivative is computed otherwise by an objective.
    monkeypatch.setattr(landscape.objective.functional_model, "ExactDerivatives", contextlib.nullcontext)
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(5, 6), nn.Tanh(), nn.utils.parametrizations.weight_norm(nn.Linear(6, 3)))
    objective = Objective(model, nn.CrossEntropyLoss(), data)
    with pytest.raises(
        ValueError, match=r"_weight_norm in module '2\.parametrizations\.weight\.0' .*write it with other torch"
    ):
        multiply(HessianOperator(objective))
    multiply(GaussNewtonOperator(objective))  # whose products take no second derivative of the model


def test_wrong_second_derivatives_leave_gauss_newton_alone(data):
    forward, backward, _ = WRONG["detached inside"]
    objective = objective_of(function(forward, backward).apply, data, dtype=torch.float64)
    with GaussNewtonOperator(objective) as operator:
        product = operator.matvec(torch.ones(operator.size, dtype=torch.float64))
    right = objective_of(lambda x: x**3, data, dtype=torch.float64)
    with GaussNewtonOperator(right) as operator:
        torch.testing.assert_close(product, operator.matvec(torch.ones(operator.size, dtype=torch.float64)))


@pytest.mark.parametrize("detach", [torch.Tensor.detach, lambda x: x.data], ids=["detach", "data"])
def test_detached_values_are_said(detach, data):
    objective = objective_of(lambda x: (x - detach(x.mean(0))).tanh(), data)
    with pytest.warns(UserWarning, match=r"detached .* held constant"), HessianOperator(objective) as operator:
        operator.matvec(torch.ones(operator.size))
    assert "detached values" in operator.protocol()["derivatives"]
    with HessianOperator(objective.at(objective.parameters)) as operator:  # once is enough
        operator.matvec(torch.ones(operator.size))
        assert "detached values" in operator.protocol()["derivatives"]


# ---------------------------------------------------------------------- right ones


class Rounded(nn.Module):
    """Computes in float32 inside, whatever comes in."""

    def forward(self, x):
        return x.float().tanh().to(x.dtype)


RIGHT = {
    "relu": nn.ReLU(),
    "wide relu": nn.Sequential(nn.Linear(8, 4000), nn.ReLU(), nn.Linear(4000, 8), nn.ReLU()),
    "absolute value": torch.abs,
    "max pooling": lambda x: functional.max_pool1d(x[:, None], 2)[:, 0].repeat(1, 2),
    "float32 inside": Rounded(),
    "linear": nn.Identity(),
    "exact zeros": lambda x: (x * 0).relu() + x.abs() * 0 + x.tanh(),
    "hard": nn.Hardtanh(),
}


@pytest.mark.parametrize("arithmetic", ["ieee", "bf16"])
@pytest.mark.parametrize("name", RIGHT)
def test_right_derivatives_pass(name, arithmetic, data):
    for operator in (HessianOperator, GaussNewtonOperator, FisherOperator):
        with operator(objective_of(copy.deepcopy(RIGHT[name]), data, arithmetic=arithmetic)) as matrix:
            matrix.matvec(torch.ones(matrix.size))
            assert matrix.protocol()["derivatives"] == AGREE


def test_zero_weights_at_their_kinks_pass(data):
    """Biases of zero and L1 penalties: every unit and every weight is exactly where its derivative jumps."""
    torch.manual_seed(0)
    model = Net(nn.ReLU())
    for name, p in model.named_parameters():
        if "bias" in name:
            nn.init.zeros_(p)

    def loss(model, batch):
        penalty = sum(p.abs().sum() for p in model.parameters())
        return functional.cross_entropy(model(torch.zeros_like(batch[0])), batch[1]) + 0.1 * penalty

    with HessianOperator(Objective(model, data=data, loss=loss)) as operator:
        operator.matvec(torch.ones(operator.size))
        assert operator.protocol()["derivatives"] == AGREE


@pytest.mark.parametrize("scale", [1.0, 1e-9])
def test_fitted_and_tiny_losses_pass(scale, data):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(5, 16), nn.Tanh(), nn.Linear(16, 3))
    with torch.no_grad():
        model[2].weight.mul_(30)
    y = model(data[0]).argmax(1)
    objective = Objective(model, data=(data[0], y), loss=lambda m, b: scale * functional.cross_entropy(m(b[0]), b[1]))
    with HessianOperator(objective) as operator:
        operator.matvec(torch.ones(operator.size))
        assert operator.protocol()["derivatives"] == AGREE


def test_a_model_that_takes_float32_only_is_compared_in_it(data):
    def strict(x):
        assert x.dtype == torch.float32
        return x.tanh()

    with HessianOperator(objective_of(strict, data)) as operator:
        operator.matvec(torch.ones(operator.size))
        assert operator.protocol()["derivatives"] == "agree with central differences in float32"

    custom = function(lambda x: x.view_as(x), lambda gradient, x: -gradient)
    with pytest.raises(ValueError, match=r"To blame: .*Custom in the model itself"):
        multiply(HessianOperator(objective_of(lambda x: strict(custom.apply(x)) + x, data)))


class Watched:
    """An objective that counts at how many other parameters than its own points it is evaluated.

    Those are the points of central differences.
    """

    def __init__(self, operation, data):
        self.others, self.home = 0, set()

        def loss(model, batch):
            self.others += model.last.weight[0, 0].item() not in self.home
            return functional.cross_entropy(model(batch[0]), batch[1])

        torch.manual_seed(0)
        model = Net(operation)
        self.home.add(model.last.weight[0, 0].item())
        self.objective = Objective(model, data=data, loss=loss)

    def scaled(self, factor):
        moved = {name: factor * p for name, p in self.objective.parameters.items()}
        self.home.add(moved["last.weight"][0, 0].item())
        return self.objective.at(moved)


def test_it_is_done_once_for_all_points_and_parts(data):
    watched = Watched(nn.Tanh(), data)
    objective, others = watched.objective, []
    for point in (objective, watched.scaled(0.9), objective.restrict("last"), objective.subset(20)):
        multiply(HessianOperator(point))
        others.append(watched.others)
    assert others[0] > 0
    assert others[1:] == others[:1] * 3


def test_what_was_not_decided_is_tried_at_a_few_other_points(data):
    """Whether a wrong derivative is refused is not to depend on which point came first."""

    noise = 1e-2

    def rough(x):
        return x.tanh() + noise * torch.sin(1e12 * x.detach())

    watched, said = Watched(rough, data), []
    for i, point in enumerate([watched.scaled(factor) for factor in (1, 2, 3, 4)]):
        noise = 1e-2 if i < 2 else 0
        for part in (point, point.restrict("last"), point):
            with HessianOperator(part) as operator:
                operator.matvec(torch.ones(operator.size))
                said.append(operator.protocol()["derivatives"])
    assert said == ["not decided by central differences in float64"] * 6 + [AGREE] * 6
    noise = 1e-2
    watched, others = Watched(rough, data), [0]
    for point in [watched.scaled(1 + i / 10) for i in range(8)]:
        multiply(HessianOperator(point))
        others.append(watched.others)
    assert others[:5] == sorted(set(others))  # each of four points costs some, and no later one
    assert others[5:] == others[4:5] * 4


def test_a_point_that_is_gone_is_not_taken_for_the_next_one_in_its_memory(data):
    def rough(x):
        return x.tanh() + 1e-2 * torch.sin(1e12 * x.detach())

    watched = Watched(rough, data)
    memory = {name: torch.empty_like(p) for name, p in watched.objective.parameters.items()}

    def measured(factor):  # at a point of its own, in the memory of the point before
        point = watched.scaled(factor)
        for name, p in point.parameters.items():
            p.data = memory[name].copy_(p)
        multiply(HessianOperator(point))
        return watched.others

    before = measured(0.9)
    gc.collect()
    assert measured(0.8) > before


def test_it_counts_no_product_and_touches_nothing(data, untouched):
    objective = objective_of(nn.Tanh(), data)
    model = objective.run(lambda model: model, objective.parameters)
    with untouched(model), HessianOperator(objective) as operator:
        operator.check_derivatives()
        assert operator.products == 0


# ---------------------------------------------------------------------- not finite


ROOTS = {
    "torch.Tensor.norm": lambda x: x.norm(dim=1, keepdim=True) + x,
    "torch.linalg.vector_norm": lambda x: torch.linalg.vector_norm(x, dim=1, keepdim=True) + x,
}


@pytest.mark.parametrize("measure", ["product", "eigenpairs", "trace", "density"])
@pytest.mark.parametrize("name", ROOTS)
def test_an_infinite_second_derivative_is_named(name, measure, data):
    """At zero the norm has a subgradient and no second derivative: NaN comes out of autograd."""
    torch.manual_seed(0)
    model = Net(ROOTS[name])
    nn.init.zeros_(model.first.weight)
    nn.init.zeros_(model.first.bias)
    objective = Objective(model, nn.CrossEntropyLoss(), data)
    assert math.isfinite(objective.value())
    with pytest.raises(
        ValueError,
        match=rf"not finite although the loss is: the second derivative of {re.escape(name)} .*small constant",
    ):
        MEASURES[measure](objective)


def test_the_adjoint_method_is_named_with_its_remedy(data, framework):
    torchdiffeq = framework("torchdiffeq")

    class Field(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = nn.Sequential(nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 8))

        def forward(self, t, x):
            return self.layers(x)

    class Flow(nn.Module):
        def __init__(self, solve):
            super().__init__()
            self.field, self.solve = Field(), solve

        def forward(self, x):
            times = torch.tensor([0.0, 1.0]).to(x)
            return self.solve(self.field, x, times, method="rk4", options={"step_size": 0.5})[1]

    with pytest.raises(ValueError, match=r"OdeintAdjointMethod in module 'operation' \(Flow\).*odeint in place of"):
        spectral_density(objective_of(Flow(torchdiffeq.odeint_adjoint), data))
    with HessianOperator(objective_of(Flow(torchdiffeq.odeint), data)) as operator:
        operator.matvec(torch.ones(operator.size))
        assert operator.protocol()["derivatives"] == AGREE


# ---------------------------------------------------------------------- modules of torch

VECTORS = {  # (40, 8) to (40, 8)
    name: (lambda name=name: getattr(nn, name)())
    for name in (
        "ELU",
        "Hardshrink",
        "Hardsigmoid",
        "Hardtanh",
        "Hardswish",
        "LeakyReLU",
        "LogSigmoid",
        "PReLU",
        "ReLU",
        "ReLU6",
        "SELU",
        "CELU",
        "GELU",
        "Sigmoid",
        "SiLU",
        "Mish",
        "Softplus",
        "Softshrink",
        "Softsign",
        "Tanh",
        "Tanhshrink",
    )
} | {
    "GELU, tanh": lambda: nn.GELU(approximate="tanh"),
    "RReLU": lambda: nn.RReLU(),
    "Threshold": lambda: nn.Threshold(0.1, 0.0),
    "Softmax": lambda: nn.Softmax(1),
    "LogSoftmax": lambda: nn.LogSoftmax(1),
    "Softmin": lambda: nn.Softmin(1),
    "Dropout": lambda: nn.Dropout(0.5),
    "LayerNorm": lambda: nn.LayerNorm(8),
    "LayerNorm without bias": lambda: nn.LayerNorm(8, bias=False),
    "RMSNorm": lambda: nn.RMSNorm(8),
    "GroupNorm": lambda: nn.GroupNorm(2, 8),
    "BatchNorm1d": lambda: nn.BatchNorm1d(8),
    "Bilinear": lambda: Twice(nn.Bilinear(8, 8, 8)),
    "cosine similarity": lambda: Twice(lambda x, y: x * functional.cosine_similarity(x, y.roll(1, 1))[:, None]),
    "spectral norm": lambda: nn.utils.parametrizations.spectral_norm(nn.Linear(8, 8)),
    "orthogonal": lambda: nn.utils.parametrizations.orthogonal(nn.Linear(8, 8)),
}

SEQUENCES = {  # (40, 4, 8) to (40, 4, 8)
    "Conv1d": lambda: nn.Conv1d(4, 4, 3, padding=1),
    "ConvTranspose1d": lambda: nn.ConvTranspose1d(4, 4, 3, padding=1),
    "circular": lambda: nn.Conv1d(4, 4, 3, padding=1, padding_mode="circular"),
    "reflect": lambda: nn.Conv1d(4, 4, 3, padding=1, padding_mode="reflect"),
    "AvgPool1d": lambda: nn.AvgPool1d(3, 1, 1),
    "MaxPool1d": lambda: nn.MaxPool1d(3, 1, 1),
    "LPPool1d": lambda: nn.Sequential(nn.Softplus(), nn.ConstantPad1d(1, 0.0), nn.LPPool1d(2, 3, 1)),
    "AdaptiveAvgPool1d": lambda: nn.AdaptiveAvgPool1d(8),
    "AdaptiveMaxPool1d": lambda: nn.AdaptiveMaxPool1d(8),
    "Upsample": lambda: nn.Sequential(nn.AvgPool1d(2), nn.Upsample(scale_factor=2, mode="linear")),
    "InstanceNorm1d": lambda: nn.InstanceNorm1d(4, affine=True),
    "LocalResponseNorm": lambda: nn.LocalResponseNorm(2),
    "GLU": lambda: nn.Sequential(nn.Conv1d(4, 8, 1), nn.GLU(1)),
    "LSTM": lambda: First(nn.LSTM(8, 8, 2, batch_first=True)),
    "GRU": lambda: First(nn.GRU(8, 8, batch_first=True)),
    "RNN": lambda: First(nn.RNN(8, 8, batch_first=True)),
    "attention": lambda: nn.TransformerEncoderLayer(8, 2, 16, batch_first=True),
    "pre-norm attention": lambda: nn.TransformerEncoderLayer(
        8, 2, 16, batch_first=True, norm_first=True, activation="gelu"
    ),
    "weight norm": lambda: nn.utils.parametrizations.weight_norm(nn.Conv1d(4, 4, 3, padding=1)),
}


class Twice(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x, x.tanh())


class First(nn.Module):
    def __init__(self, recurrent):
        super().__init__()
        self.recurrent = recurrent

    def forward(self, x):
        return self.recurrent(x)[0]


@pytest.mark.slow
@pytest.mark.parametrize("name", [*VECTORS, *SEQUENCES])
def test_modules_of_torch_pass(name, data):
    torch.manual_seed(0)
    if name in VECTORS:
        model = Net(VECTORS[name]())
    else:
        layers = nn.Linear(5, 32), nn.Tanh(), nn.Unflatten(1, (4, 8)), SEQUENCES[name](), nn.Flatten(), nn.Linear(32, 3)
        model = nn.Sequential(*layers)
    for operator in (HessianOperator, GaussNewtonOperator):
        with operator(Objective(model, nn.CrossEntropyLoss(), data)) as matrix:
            matrix.matvec(torch.ones(matrix.size))
            assert matrix.protocol()["derivatives"] == AGREE


def test_a_loss_that_is_zero_to_its_precision_is_not_blamed():
    # Cross-entropies of 1e-100 round to 0 in float64, while their gradients do not.
    x = torch.tensor([[1.0, 0.5], [-1.0, 0.3], [1.5, -0.2]])
    model = nn.Linear(2, 2)
    with torch.no_grad():
        model.weight.copy_(torch.tensor([[120.0, 1.0], [-120.0, -1.0]]))
    objective = Objective(model, nn.CrossEntropyLoss(), (x, (x[:, 0] < 0).long()), check_deterministic=False)
    assert objective.in_float64().value() == 0
    _, gradient = objective.in_float64().value_and_gradient()
    assert 0 < float(gradient["weight"].abs().max()) < 1e-80
    with HessianOperator(objective) as hessian:
        assert torch.isfinite(hessian.matvec(torch.ones(hessian.size))).all()


class Words(nn.Module):
    """Sums embeddings with the padding row, which is not zero."""

    def __init__(self, sparse, masked):
        super().__init__()
        self.words, self.head, self.masked = nn.Embedding(7, 4, padding_idx=0, sparse=sparse), nn.Linear(4, 3), masked
        nn.init.constant_(self.words.weight, 0.7)

    def forward(self, index):
        rows = self.words(index)
        return self.head((rows * (index != 0)[..., None] if self.masked else rows).sum(1).tanh())


@pytest.mark.parametrize("sparse", [False, True])
def test_a_padding_row_that_matters_is_named_and_the_advice_works(sparse):
    torch.manual_seed(0)
    index, targets = torch.randint(7, (40, 3)), torch.randint(3, (40,))

    def built(model):
        return Objective(model, nn.CrossEntropyLoss(), (index, targets), dtype=torch.float64)

    model = Words(sparse, False)
    with pytest.raises(ValueError, match=r"the padding row of module 'words' \(Embedding\).*padding_idx to None.*mask"):
        top_eigenpairs(built(model))
    value = built(model).value()
    model.words.padding_idx = None
    objective = built(model)
    assert objective.value() == value
    vector = torch.randn(objective.num_parameters, dtype=torch.float64)
    with HessianOperator(objective) as operator:
        product = operator.matvec(vector)
    ahead, behind = (
        objective.flatten(
            objective.value_and_gradient(objective.unflatten(objective.flatten(objective.parameters) + step * vector))[
                1
            ]
        )
        for step in (1e-5, -1e-5)
    )
    torch.testing.assert_close(product, (ahead - behind) / 2e-5, rtol=1e-5, atol=1e-8)
    top_eigenpairs(built(Words(sparse, True)))  # masked
