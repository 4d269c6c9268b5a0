"""Gauss-Newton products are those of explicit Jacobians, whatever the layers, the cut and the split."""

import copy
import json

import pytest
import torch
from dense_matrices import gauss_newton as truth
from dense_matrices import hessian_of as hessian
from dense_matrices import jacobian_of as jacobian
from torch import nn
from torch.nn import functional

from landscape.curvature.fisher import FisherOperator
from landscape.curvature.gauss_newton import GaussNewtonOperator
from landscape.curvature.hessian import HessianOperator
from landscape.objective.objective import Objective


def dense(operator):
    with operator:
        return operator.matmat(torch.eye(operator.size, dtype=operator.dtype))


@pytest.mark.parametrize("budget", [0, 2**30])
def test_products_are_those_of_explicit_jacobians(case, budget, untouched):
    with untouched(case.model):
        operator = GaussNewtonOperator(case.objective(l2=0.3), memory_budget=budget)
        matrix = dense(operator)
    assert operator.products == len(matrix)
    torch.testing.assert_close(matrix, truth(case) + 0.3 * torch.eye(len(matrix)).double(), rtol=1e-10, atol=1e-13)
    torch.testing.assert_close(matrix, matrix.T, rtol=1e-10, atol=1e-13)
    assert float(torch.linalg.eigvalsh(matrix)[0]) > 0.3 - 1e-12
    assert operator.protocol()["graph"] == ("kept" if budget else "rebuilt at each product")


class Cubes(nn.Module):
    """A criterion that is not convex, and averages."""

    def forward(self, output, target):
        return (output.sum(1) - target).pow(3).mean() + output.prod(1).mean()


@pytest.mark.parametrize(
    "criterion",
    [
        nn.CrossEntropyLoss(ignore_index=1),
        nn.CrossEntropyLoss(torch.tensor([0.2, 3.0, 1.0]).double(), label_smoothing=0.1),
        Cubes(),
    ],
    ids=["ignored targets", "class weights", "not convex"],
)
def test_any_criterion_has_its_hessian_in_the_middle(mlp, criterion):
    objective = Objective(mlp.model, criterion, mlp.data, batch_size=4)
    torch.testing.assert_close(dense(GaussNewtonOperator(objective)), truth(mlp, criterion), rtol=1e-10, atol=1e-13)


def test_linear_model_has_its_hessian(mlp):
    objective = Objective(nn.Linear(4, 3).double(), mlp.criterion, mlp.data, batch_size=4, l2=0.1)
    torch.testing.assert_close(dense(GaussNewtonOperator(objective)), dense(HessianOperator(objective)))


def test_split_by_hand_is_the_criterions(case):
    x, y = case.data
    batches = [{"x": x[:5], "labels": y[:5]}, {"x": x[5:], "labels": y[5:]}]
    objective = Objective(
        case.model,
        data=batches,
        outputs=lambda model, batch: {"logits": model(batch["x"]), "batch": batch["labels"]},
        output_loss=lambda outputs, batch: functional.cross_entropy(outputs["logits"], batch["labels"]),
    )
    assert objective.value() == pytest.approx(case.value(), rel=1e-13)
    torch.testing.assert_close(dense(GaussNewtonOperator(objective)), truth(case), rtol=1e-10, atol=1e-13)


def test_several_outputs_interact(mlp):
    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.mean, self.scale = nn.Linear(4, 1), nn.Linear(4, 1)

        def forward(self, x):
            return self.mean(x).tanh(), self.scale(x).tanh(), x  # x needs no gradient

    model = Two().double()
    x = mlp.data[0]
    y = torch.randn(11, 1, dtype=torch.float64)

    def loss(outputs, target):
        return ((outputs[0] - target).square() * outputs[1].exp() - outputs[1]).mean()

    class Stacked(nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, inputs):
            return torch.stack(self.model(inputs)[:2])

    outputs, rows = jacobian(Stacked(), x)
    middle = hessian(lambda z: loss((z[0], z[1]), y), outputs)
    objective = Objective(model, loss, (x, y), batch_size=4)
    torch.testing.assert_close(dense(GaussNewtonOperator(objective)), rows.T @ middle @ rows)


class Tokens(nn.Module):
    """Logits of shape (sequences, classes, steps)."""

    def __init__(self):
        super().__init__()
        self.embedding, self.head = nn.Embedding(5, 3), nn.Linear(3, 4)

    def forward(self, tokens):
        return self.head(torch.tanh(self.embedding(tokens))).transpose(1, 2)


@pytest.fixture
def tokens():
    torch.manual_seed(2)
    targets = torch.randint(0, 4, (6, 5))
    targets[torch.rand(6, 5) < 0.4] = -100
    targets[0] = -100
    return Tokens().double(), torch.randint(0, 5, (6, 5)), targets


@pytest.mark.parametrize("rows", [1, 4, 6])
def test_tokens_weigh_as_in_one_batch(tokens, rows):
    model, inputs, targets = tokens
    criterion = nn.CrossEntropyLoss()
    outputs, jac = jacobian(model, inputs)
    middle = hessian(lambda z: criterion(z, targets), outputs)
    objective = Objective(model, criterion, (inputs, targets), batch_size=rows)
    torch.testing.assert_close(dense(GaussNewtonOperator(objective)), jac.T @ middle @ jac, rtol=1e-10, atol=1e-13)


@pytest.mark.filterwarnings("ignore:.torch.jit.script:DeprecationWarning")  # torch.func's own
@pytest.mark.parametrize("criterion", [nn.CrossEntropyLoss(), nn.MSELoss()])
def test_agrees_with_curvlinops(mlp, criterion, curvlinops):
    x, y = mlp.data
    y = functional.one_hot(y, 3).double() if isinstance(criterion, nn.MSELoss) else y
    model = copy.deepcopy(mlp.model).eval()
    theirs = curvlinops.GGNLinearOperator(
        model, criterion, list(model.parameters()), [(x[:4], y[:4]), (x[4:8], y[4:8]), (x[8:], y[8:])]
    )
    ours = dense(GaussNewtonOperator(Objective(mlp.model, criterion, (x, y), batch_size=4)))
    torch.testing.assert_close(ours, (theirs @ torch.eye(len(ours), dtype=torch.float64)).detach())


def test_restricted_product_is_the_block(convnet):
    objective = convnet.objective(l2=0.1)
    sub = objective.restrict("5")
    matrix = truth(convnet)[-sub.num_parameters :, -sub.num_parameters :]
    torch.testing.assert_close(
        dense(GaussNewtonOperator(sub)), matrix + 0.1 * torch.eye(len(matrix)).double(), rtol=1e-10, atol=1e-13
    )
    unused = Objective(
        nn.ModuleDict({"a": nn.Linear(4, 3), "b": nn.Linear(1, 1)}).double(),
        data=mlp_data(),
        outputs=lambda m, b: m["a"](b[0]),
        output_loss=lambda z, b: z.square().mean(),
    )
    assert not dense(GaussNewtonOperator(unused.restrict("b"))).any()


def mlp_data():
    return (torch.ones(5, 4, dtype=torch.float64),)


def test_linear_loss_has_the_zero_matrix_which_is_said(mlp):
    objective = Objective(
        mlp.model, data=mlp.data, outputs=lambda m, b: m(b[0]), output_loss=lambda z, b: z.sum(1).mean()
    )
    with pytest.raises(ValueError, match=r"linear in the model's outputs, so its Gauss-Newton matrix .* is zero"):
        GaussNewtonOperator(objective)


def test_budget_in_between_keeps_nothing_and_gives_the_same_numbers(convnet):
    vector = torch.linspace(-1, 1, convnet.objective().num_parameters, dtype=torch.float64)
    results = set()
    for budget in (0, 3_000, 10_000, 2**30):
        operator = GaussNewtonOperator(convnet.objective(batch_size=1), memory_budget=budget)
        first, again = operator.matvec(vector), operator.matvec(vector)
        torch.testing.assert_close(first, again, rtol=1e-13, atol=1e-15)
        torch.testing.assert_close(first, truth(convnet) @ vector, rtol=1e-10, atol=1e-13)
        results.add(operator.protocol()["graph"])
    assert results == {"kept", "rebuilt at each product"}


def test_protocol_is_json_and_names_the_matrix(mlp):
    protocol = json.loads(json.dumps(GaussNewtonOperator(mlp.objective()).protocol()))
    assert protocol["operator"] == "generalised Gauss-Newton"
    assert protocol["samples"] == 11


def test_losses_without_a_known_split_are_refused(mlp, cross_entropy):
    with pytest.raises(ValueError, match="outputs="):
        GaussNewtonOperator(Objective(mlp.model, data=mlp.data, loss=cross_entropy))
    model = nn.Sequential(mlp.model, nn.LogSoftmax(1))
    for criterion in (nn.NLLLoss(), functional.nll_loss):
        with pytest.raises(ValueError, match="linear in log-probabilities"):
            GaussNewtonOperator(Objective(model, criterion, mlp.data))
    with pytest.raises(ValueError, match="together"):
        Objective(mlp.model, data=mlp.data, outputs=lambda m, b: m(b[0]))
    with pytest.raises(ValueError, match="memory_budget is -1"):
        GaussNewtonOperator(mlp.objective(), memory_budget=-1)


def test_outputs_are_objects_with_tensors_or_refused(mlp):
    class Result:
        def __init__(self, logits):
            self.logits = logits

    def of(wrap, get):
        return Objective(
            mlp.model,
            data=mlp.data,
            outputs=lambda model, batch: Result(wrap(model(batch[0]))),
            output_loss=lambda result, batch: functional.cross_entropy(get(result.logits), batch[1]),
        )

    objective = of(lambda logits: logits, lambda logits: logits)
    v = torch.ones(objective.num_parameters, dtype=torch.float64)
    truth = GaussNewtonOperator(mlp.objective()).matvec(v)
    assert torch.allclose(GaussNewtonOperator(objective).matvec(v), truth, rtol=1e-10, atol=1e-12)
    objective = of(lambda logits: lambda: logits, lambda logits: logits())
    with pytest.raises(ValueError, match="Result without floating-point tensors"):
        GaussNewtonOperator(objective).matvec(torch.zeros(objective.num_parameters))


@pytest.mark.parametrize("route", ["auto", "rewritten", "plain"])
def test_model_that_ends_in_a_convolution(route):
    """Whose output is still to be computed where layers are rewritten."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.Tanh(), nn.Conv2d(3, 2, 2)).double()
    x, y = torch.randn(6, 1, 5, 5, dtype=torch.float64), torch.randint(0, 2, (6, 2, 2))
    outputs, rows = jacobian(model, x)
    expected = rows.T @ hessian(lambda z: functional.cross_entropy(z, y), outputs) @ rows
    objective = Objective(model, nn.CrossEntropyLoss(), (x, y), batch_size=4)
    for operator in (GaussNewtonOperator(objective, route=route), FisherOperator(objective, "true", route=route)):
        torch.testing.assert_close(dense(operator), expected, rtol=1e-9, atol=1e-12)
        assert ("rewritten" in operator.protocol()["layers"]) >= (route == "rewritten")


@pytest.mark.usefixtures("ever_faster")
@pytest.mark.parametrize("kind", ["gauss-newton", "empirical", "sampled"])
def test_block_at_once_equals_one_by_one(mlp, kind):
    objective = mlp.objective()
    operator = GaussNewtonOperator(objective) if kind == "gauss-newton" else FisherOperator(objective, kind)
    vectors = torch.randn(operator.size, 5, dtype=torch.float64)
    operator.matmat(vectors)  # finds that at once is faster
    block = operator.matmat(vectors)
    for column, vector in zip(block.T, vectors.T, strict=True):
        torch.testing.assert_close(column, operator.matvec(vector), rtol=1e-11, atol=1e-14)


def test_functions_without_a_second_derivative_are_named(mlp):
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return 2 * x

        @staticmethod
        @torch.autograd.function.once_differentiable
        def backward(ctx, grad):
            return 2 * grad

    def outputs(model, batch):
        return Double.apply(model(batch[0]))

    hidden = Objective(
        mlp.model, data=mlp.data, outputs=outputs, output_loss=lambda z, b: functional.cross_entropy(z, b[1])
    )
    outside = Objective(
        mlp.model,
        data=mlp.data,
        outputs=lambda m, b: m(b[0]),
        output_loss=lambda z, b: functional.cross_entropy(Double.apply(z), b[1]),
    )
    margin = Objective(mlp.model, nn.MultiMarginLoss(p=2), mlp.data)
    for objective, words in [(hidden, "Double"), (outside, "Double"), (margin, "margin_loss")]:
        with pytest.raises(ValueError, match=words):
            GaussNewtonOperator(objective).matvec(torch.ones(objective.num_parameters, dtype=torch.float64))


def test_running_out_of_memory_halves_the_batches(mlp):
    """Whose rows are counted here instead of bytes."""
    starved = False

    def outputs(model, batch):
        if starved and len(batch[0]) > 2:
            raise torch.OutOfMemoryError("out of memory")
        return model(batch[0])

    objective = Objective(
        mlp.model,
        data=mlp.data,
        outputs=outputs,
        output_loss=lambda z, b: functional.cross_entropy(z, b[1]),
        batch_size=11,
    )
    starved, operator = True, GaussNewtonOperator(objective)
    torch.testing.assert_close(dense(operator), truth(mlp), rtol=1e-10, atol=1e-13)
    assert "halved" in operator.protocol()["out_of_memory"]


def test_a_backward_pass_that_is_not_linear_where_nothing_comes_back():
    """That of logcumsumexp takes logarithms of what comes back, which at zero has no derivative."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = nn.Linear(3, 4).double()
        data = torch.randn(5, 3).double(), torch.arange(5) % 4
    objective = Objective(
        model,
        data=data,
        outputs=lambda m, b: m(b[0]).logcumsumexp(1),
        output_loss=lambda z, b: functional.cross_entropy(z, b[1]),
    )
    jacobian = torch.autograd.functional.jacobian(
        lambda w, c: (data[0] @ w.T + c).logcumsumexp(1), (model.weight.detach(), model.bias.detach())
    )
    rows = torch.cat([part.flatten(2) for part in jacobian], dim=2).flatten(0, 1)
    outputs = model(data[0]).logcumsumexp(1).detach()
    inner = torch.autograd.functional.hessian(
        lambda z: functional.cross_entropy(z.view(5, 4), data[1]), outputs.flatten()
    )
    found = GaussNewtonOperator(objective).matmat(torch.eye(16, dtype=torch.float64))
    assert torch.allclose(found, rows.T @ inner @ rows, rtol=1e-9, atol=1e-12)


def test_losses_linear_in_log_probabilities_are_refused_with_a_remedy_that_works(mlp):
    X, y = mlp.data
    targets = functional.one_hot(y, 3).double() * 0.7 + 0.1
    model = nn.Sequential(mlp.model, nn.LogSoftmax(1))
    criterion = nn.KLDivLoss(reduction="batchmean")
    for log_target in (False, True):
        loss = nn.KLDivLoss(reduction="batchmean", log_target=log_target)
        with pytest.raises(ValueError, match=r"KLDivLoss is linear .*log_softmax"):
            GaussNewtonOperator(Objective(model, loss, (X, targets.log() if log_target else targets)))
    with pytest.raises(ValueError, match="linear in the model's outputs"):
        GaussNewtonOperator(Objective(mlp.model, lambda output, _: output[:, 0].mean(), (X, y)))
    remedy = Objective(
        model,
        data=(X, targets),
        outputs=lambda model, batch: model(batch[0]),
        output_loss=lambda output, batch: criterion(output.log_softmax(1), batch[1]),
    )
    v = torch.linspace(-1, 1, remedy.num_parameters, dtype=torch.float64)
    logits = Objective(mlp.model, nn.CrossEntropyLoss(), (X, targets))  # differs by the entropy of the targets only
    torch.testing.assert_close(GaussNewtonOperator(remedy).matvec(v), GaussNewtonOperator(logits).matvec(v))


@pytest.mark.parametrize("loss", [nn.L1Loss(), lambda output, target: (1 - output * target).relu().mean()])
def test_piecewise_linear_losses_have_none_and_say_so(mlp, loss):
    objective = Objective(mlp.model, loss, (mlp.data[0], functional.one_hot(mlp.data[1], 3).double()))
    with pytest.warns(UserWarning, match="piecewise linear"):
        operator = GaussNewtonOperator(objective)
    assert "piecewise linear" in operator.protocol()["operator"]
    assert not operator.matvec(torch.ones(operator.size, dtype=torch.float64)).any()


def test_the_rounding_of_a_piecewise_linear_loss_is_measured(mlp):
    """Its second derivatives are zeros without memory, on which random rounding used to write, and crashed."""
    with pytest.warns(UserWarning, match="piecewise linear"):
        operator = GaussNewtonOperator(
            Objective(mlp.model, nn.L1Loss(), (mlp.data[0], mlp.model(mlp.data[0]).detach() + 1))
        )
    with operator:
        assert not operator.rounding_errors(torch.ones(1, operator.size)).any()
