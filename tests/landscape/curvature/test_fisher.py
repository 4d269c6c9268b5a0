"""Fisher products are those of explicit sums over samples, targets and classes."""

import copy
import json

import pytest
import torch
from dense_matrices import outer_products, true_fisher
from torch import nn
from torch.nn import functional

from landscape.curvature.fisher import FisherOperator
from landscape.curvature.gauss_newton import GaussNewtonOperator
from landscape.objective.objective import Objective


def dense(operator):
    with operator:
        return operator.matmat(torch.eye(operator.size, dtype=operator.dtype))


def case_model(case):
    return copy.deepcopy(case.model).eval()


@pytest.mark.parametrize("budget", [0, 2**30])
def test_empirical_is_the_mean_outer_product(case, budget, untouched):
    model = case_model(case)
    losses = [functional.cross_entropy(model(x[None]), y[None]) for x, y in zip(*case.data, strict=True)]
    expected = outer_products(model, losses, [1 / 11] * 11)
    with untouched(case.model):
        operator = FisherOperator(case.objective(l2=0.2), memory_budget=budget)
        matrix = dense(operator)
    torch.testing.assert_close(matrix, expected + 0.2 * torch.eye(len(matrix)).double(), rtol=1e-10, atol=1e-13)


def test_true_is_the_expectation_over_the_models_labels(case):
    model = case_model(case)
    expected = true_fisher(model, model(case.data[0]).log_softmax(1), torch.ones(11).double())
    torch.testing.assert_close(dense(FisherOperator(case.objective(), "true")), expected, rtol=1e-10, atol=1e-13)


WEIGHTS = torch.tensor([0.2, 3.0, 1.0]).double()


@pytest.mark.parametrize("log_outputs", [False, True], ids=["logits", "log-probabilities"])
@pytest.mark.parametrize(
    "settings", [{"ignore_index": 1}, {"weight": WEIGHTS}], ids=["ignored targets", "class weights"]
)
def test_terms_have_their_weights(mlp, log_outputs, settings):
    x, y = mlp.data
    criterion = nn.NLLLoss(**settings) if log_outputs else nn.CrossEntropyLoss(**settings)
    model = nn.Sequential(case_model(mlp), nn.LogSoftmax(1)) if log_outputs else case_model(mlp)
    weights = settings["weight"][y] if "weight" in settings else (y != 1).double()
    log_probabilities = model(x) if log_outputs else model(x).log_softmax(1)
    losses = functional.nll_loss(log_probabilities, y, reduction="none")
    objective = Objective(model, criterion, mlp.data, batch_size=4)
    expected = outer_products(model, losses, weights / weights.sum())
    torch.testing.assert_close(dense(FisherOperator(objective)), expected, rtol=1e-10, atol=1e-13)
    expected = true_fisher(model, log_probabilities, weights)
    torch.testing.assert_close(dense(FisherOperator(objective, "true")), expected, rtol=1e-10, atol=1e-13)
    sampled = dense(FisherOperator(objective, "sampled", samples=3000))
    assert torch.linalg.matrix_norm(sampled - expected) < 0.05 * torch.linalg.matrix_norm(expected)


def test_sampled_labels_are_the_models_and_seeded(mlp, untouched):
    objective = mlp.objective()
    true, empirical = dense(FisherOperator(objective, "true")), dense(FisherOperator(objective))
    with untouched(mlp.model):
        many = dense(FisherOperator(objective, "sampled", samples=4000))
    size = torch.linalg.matrix_norm(true)
    assert torch.linalg.matrix_norm(many - true) < 0.05 * size < 0.2 * torch.linalg.matrix_norm(empirical - true)
    one, same, other = (dense(FisherOperator(objective, "sampled", seed=seed)) for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.allclose(one, other)
    kept = FisherOperator(objective, "sampled", memory_budget=0)
    vector = torch.ones(objective.num_parameters, dtype=torch.float64)
    torch.testing.assert_close(kept.matvec(vector), kept.matvec(vector), rtol=0, atol=0)


def test_squared_error_is_a_gaussian_of_variance_d_over_2(mlp):
    targets = torch.randn(11, 3, dtype=torch.float64)
    objective = Objective(mlp.model, nn.MSELoss(), (mlp.data[0], targets), batch_size=4)
    true = dense(FisherOperator(objective, "true"))
    model = case_model(mlp)
    rows = torch.stack(
        [
            torch.cat([g.flatten() for g in torch.autograd.grad(entry, list(model.parameters()), retain_graph=True)])
            for entry in model(mlp.data[0]).flatten()
        ]
    )
    torch.testing.assert_close(true, 2 / 33 * rows.T @ rows, rtol=1e-10, atol=1e-13)
    sampled = dense(FisherOperator(objective, "sampled", samples=4000))
    assert torch.linalg.matrix_norm(sampled - true) < 0.05 * torch.linalg.matrix_norm(true)
    losses = (model(mlp.data[0]) - targets).square().mean(1)
    empirical = outer_products(model, losses, [1 / 11] * 11)
    torch.testing.assert_close(dense(FisherOperator(objective)), empirical, rtol=1e-10, atol=1e-13)


class Tokens(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.head = nn.Embedding(5, 3), nn.Linear(3, 4)

    def forward(self, tokens):
        return self.head(torch.tanh(self.embedding(tokens))).transpose(1, 2)


@pytest.mark.parametrize("rows", [1, 4, 6])
def test_tokens_are_terms_of_one_batch(rows):
    torch.manual_seed(2)
    model, inputs, targets = Tokens().double(), torch.randint(0, 5, (6, 5)), torch.randint(0, 4, (6, 5))
    targets[torch.rand(6, 5) < 0.4] = -100
    kept = (targets != -100).flatten()
    log_probabilities = model(inputs).log_softmax(1).transpose(1, 2).reshape(-1, 4)
    losses = functional.nll_loss(log_probabilities, targets.flatten(), reduction="none")
    objective = Objective(model, nn.CrossEntropyLoss(), (inputs, targets), batch_size=rows)
    expected = outer_products(model, losses[kept], [1 / int(kept.sum())] * int(kept.sum()))
    torch.testing.assert_close(dense(FisherOperator(objective)), expected, rtol=1e-10, atol=1e-13)
    expected = true_fisher(model, log_probabilities, kept.double())
    torch.testing.assert_close(dense(FisherOperator(objective, "true")), expected, rtol=1e-10, atol=1e-13)
    sampled = dense(FisherOperator(objective, "sampled", samples=2000))
    assert torch.linalg.matrix_norm(sampled - expected) < 0.1 * torch.linalg.matrix_norm(expected)


@pytest.mark.parametrize(
    "criterion",
    [
        nn.CrossEntropyLoss(),
        functional.cross_entropy,
        nn.CrossEntropyLoss(label_smoothing=0.1),
        nn.BCEWithLogitsLoss(),
        nn.HuberLoss(delta=0.3),
    ],
)
def test_terms_of_other_criteria_follow_from_their_reduction(mlp, criterion):
    x, y = mlp.data
    y = functional.one_hot(y, 3).double() if isinstance(criterion, (nn.BCEWithLogitsLoss, nn.HuberLoss)) else y
    model = case_model(mlp)
    losses = [criterion(model(a[None]), b[None]) for a, b in zip(x, y, strict=True)]
    expected = outer_products(model, losses, [1 / 11] * 11)
    matrix = dense(FisherOperator(Objective(mlp.model, criterion, (x, y), batch_size=4)))
    torch.testing.assert_close(matrix, expected, rtol=1e-10, atol=1e-13)


def test_terms_by_hand(mlp, cross_entropy):
    objective = Objective(mlp.model, data=mlp.data, loss=cross_entropy, batch_size=4)

    def terms(model, batch):
        return functional.cross_entropy(model(batch[0]), batch[1], reduction="none")

    operator = FisherOperator(objective, per_sample_loss=terms)
    torch.testing.assert_close(dense(operator), dense(FisherOperator(mlp.objective())))
    assert operator.protocol()["terms"] == "per_sample_loss(model, batch)"
    for wrong in (lambda m, b: 2 * terms(m, b), lambda m, b: terms(m, b)[1:]):
        with pytest.raises(ValueError, match="average to"):
            FisherOperator(objective, per_sample_loss=wrong)
    for wrong in (cross_entropy, lambda m, b: m(b[0]), lambda m, b: None):
        with pytest.raises(ValueError, match="shape"):
            FisherOperator(objective, per_sample_loss=wrong)


@pytest.mark.filterwarnings("ignore:.torch.jit.script:DeprecationWarning")  # torch.func's own
@pytest.mark.parametrize("criterion", [nn.CrossEntropyLoss(), nn.MSELoss()])
def test_agrees_with_curvlinops(mlp, criterion, curvlinops):
    x, y = mlp.data
    y = functional.one_hot(y, 3).double() if isinstance(criterion, nn.MSELoss) else y
    model = case_model(mlp)
    theirs = curvlinops.EFLinearOperator(
        model, criterion, list(model.parameters()), [(x[:4], y[:4]), (x[4:8], y[4:8]), (x[8:], y[8:])]
    )
    ours = dense(FisherOperator(Objective(mlp.model, criterion, (x, y), batch_size=4)))
    # Their MSE terms are sums over the outputs and variances of 1/2: a factor of d on a scalar loss's mean.
    factor = 3 if isinstance(criterion, nn.MSELoss) else 1
    torch.testing.assert_close(factor * ours, (theirs @ torch.eye(len(ours), dtype=torch.float64)).detach())


def test_true_matrix_is_the_gauss_newton_matrix(mlp):
    for objective in (mlp.objective(), Objective(mlp.model, nn.CrossEntropyLoss(label_smoothing=0.2), mlp.data)):
        torch.testing.assert_close(dense(FisherOperator(objective, "true")), dense(GaussNewtonOperator(objective)))


def test_protocol_is_json_and_names_labels_and_terms(mlp):
    for kind, words in {"empirical": "the data's", "true": "expectation", "sampled": "2 drawn"}.items():
        protocol = json.loads(json.dumps(FisherOperator(mlp.objective(), kind, samples=2).protocol()))
        assert words in protocol["labels"]
        assert (protocol["operator"], protocol["terms"]) == (f"Fisher, {kind}", "targets")


def test_matrices_without_a_definition_are_refused(mlp, cross_entropy):
    hidden = Objective(mlp.model, data=mlp.data, loss=cross_entropy)
    smooth = Objective(mlp.model, nn.CrossEntropyLoss(WEIGHTS, label_smoothing=0.1), mlp.data)
    opaque = Objective(mlp.model, lambda z, t: functional.cross_entropy(z, t), mlp.data)
    margin = Objective(mlp.model, nn.MultiMarginLoss(), mlp.data)
    for objective, arguments, words in [
        (hidden, {}, "per_sample_loss"),
        (hidden, {"kind": "true"}, "outputs="),
        (smooth, {}, "no single weight"),
        (smooth, {"kind": "true"}, "no likelihood"),
        (opaque, {}, "has no reduction"),
        (margin, {"kind": "sampled"}, "distribution"),
        (mlp.objective(), {"kind": "exact"}, "'exact'"),
        (mlp.objective(), {"samples": 0}, "samples is 0"),
        (mlp.objective(), {"kind": "true", "per_sample_loss": lambda m, b: None}, "data's labels"),
    ]:
        with pytest.raises(ValueError, match=words):
            FisherOperator(objective, **arguments)
