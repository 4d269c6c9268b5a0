"""Losses as people write them: value, gradient, Hessian and Gauss-Newton products against central differences in
float64.

Each agrees within the tolerances of `derivative_battery`, or is refused with a sentence: never a silent wrong number.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from derivative_battery import Case, judge, objective, stirred, to
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

import landscape as ls

pytestmark = pytest.mark.slow

ROWS, CLASSES = 8, 4


def network(outputs: int = CLASSES) -> nn.Module:
    return stirred(nn.Sequential(nn.Linear(5, 6), nn.Tanh(), nn.Linear(6, outputs)))


def inputs() -> Tensor:
    return torch.randn(ROWS, 5)


def classes() -> Tensor:
    return torch.arange(ROWS) % CLASSES


def real() -> Tensor:
    return torch.randn(ROWS, CLASSES)


def binary() -> Tensor:
    return (torch.rand(ROWS, CLASSES) > 0.5).float()


def signs() -> Tensor:
    return 2 * binary() - 1


def probabilities() -> Tensor:
    return torch.randn(ROWS, CLASSES).softmax(1)


def counts() -> Tensor:
    return torch.randint(0, 5, (ROWS, CLASSES)).float()


def on(
    target: Callable[[], Any],
    criterion: Callable[[Any, Any], Tensor],
    model: Callable[[], nn.Module] = network,
    **options: Any,
) -> Callable[[], Case]:
    return lambda: Case(model(), (inputs(), target()), criterion, **options)


def halves(function: Callable[..., Tensor]) -> Callable[[Tensor, Any], Tensor]:
    """A loss of two codes, the halves of the outputs."""
    return lambda z, y: function(z[:, :2], z[:, 2:], y)


def focal(z: Tensor, y: Tensor) -> Tensor:
    log = F.log_softmax(z, 1).gather(1, y[:, None])[:, 0]
    return -((1 - log.exp()) ** 2 * log).mean()


def pinball(z: Tensor, y: Tensor) -> Tensor:
    return torch.maximum(0.9 * (y - z), -0.1 * (y - z)).mean()


def wing(z: Tensor, y: Tensor) -> Tensor:
    error = (z - y).abs()
    return torch.where(error < 1, 2 * torch.log1p(error / 0.5), error + 2 * torch.log(torch.tensor(3.0)) - 1).mean()


def arcface(z: Tensor, y: Tensor) -> Tensor:
    cosine = F.normalize(z, dim=1)
    angle = torch.acos(cosine.clamp(-0.999, 0.999)) + 0.3 * F.one_hot(y, CLASSES)
    return F.cross_entropy(8 * torch.cos(angle), y)


def distillation(z: Tensor, y: Tensor) -> Tensor:
    return 4 * F.kl_div(F.log_softmax(z / 2, 1), y, reduction="batchmean")


def elbo(z: Tensor, y: Tensor) -> Tensor:
    mean, log_variance = z[:, :2], z[:, 2:]
    code = mean + (log_variance / 2).exp() * y[:, 2:]  # noise that was drawn before
    divergence = (log_variance.exp() + mean.square() - 1 - log_variance).sum(1) / 2
    return (F.mse_loss(code, y[:, :2], reduction="none").sum(1) + divergence).mean()


def evidential(z: Tensor, y: Tensor) -> Tensor:
    evidence = F.softplus(z) + 1
    total = evidence.sum(1, keepdim=True)
    return (F.one_hot(y, CLASSES) * (torch.digamma(total) - torch.digamma(evidence))).sum(1).mean()


def preference(z: Tensor, y: Tensor) -> Tensor:
    log = F.log_softmax(z, 1)
    better, worse = log.gather(1, y[:, None]), log.gather(1, (y[:, None] + 1) % CLASSES)
    return -F.logsigmoid(0.5 * (better - worse)).mean()


def beta_likelihood(z: Tensor, y: Tensor) -> Tensor:
    return -torch.distributions.Beta(F.softplus(z) + 0.5, 1.5).log_prob(0.05 + 0.9 * y).mean()


def student(z: Tensor, y: Tensor) -> Tensor:
    return -torch.distributions.StudentT(3.0, z, 0.7).log_prob(y).mean()


def negative_binomial(z: Tensor, y: Tensor) -> Tensor:
    return -torch.distributions.NegativeBinomial(3.0, logits=z).log_prob(y).mean()


def mixture(z: Tensor, y: Tensor) -> Tensor:
    weights, means = F.log_softmax(z[:, :2], 1), z[:, 2:]
    return -torch.logsumexp(weights - (y[:, :1] - means).square() / 2, 1).mean()


def unit_cross_entropy(z: Tensor, y: Tensor) -> Tensor:
    return F.cross_entropy(F.normalize(z, dim=1) / 0.2, y)


def connectionist(z: Tensor, y: Tensor) -> Tensor:
    log = F.log_softmax(z.view(len(z), 6, 4), 2).transpose(0, 1)
    lengths = torch.full((len(z),), 6), torch.full((len(z),), 2)
    return F.ctc_loss(log, y, *lengths)


MEANS: dict[str, Callable[[], Case]] = {
    "l1": on(real, nn.L1Loss(), gauss_newton="piecewise linear"),
    "mse": on(real, nn.MSELoss()),
    "smooth l1": on(real, nn.SmoothL1Loss(beta=0.5)),
    "huber": on(real, nn.HuberLoss(delta=0.7)),
    "cross-entropy": on(classes, nn.CrossEntropyLoss()),
    "cross-entropy, smoothed": on(classes, nn.CrossEntropyLoss(label_smoothing=0.1)),
    "cross-entropy of probabilities": on(probabilities, nn.CrossEntropyLoss()),
    "nll of log_softmax": on(
        classes,
        nn.NLLLoss(),
        lambda: nn.Sequential(network(), nn.LogSoftmax(1)),
        gauss_newton="linear in log-probabilities",
    ),
    "bce of probabilities": on(binary, nn.BCELoss(), lambda: nn.Sequential(network(), nn.Sigmoid())),
    "bce with logits": on(binary, nn.BCEWithLogitsLoss()),
    "bce with positive weights": on(binary, lambda z, y: F.binary_cross_entropy_with_logits(z, y, pos_weight=1 + y)),
    "kl divergence, batch mean": on(
        probabilities, lambda z, y: F.kl_div(F.log_softmax(z, 1), y, reduction="batchmean")
    ),
    "kl divergence of logs": on(
        probabilities, lambda z, y: F.kl_div(F.log_softmax(z, 1), y.log(), reduction="batchmean", log_target=True)
    ),
    "poisson": on(counts, nn.PoissonNLLLoss()),
    "poisson of rates, full": on(
        counts, nn.PoissonNLLLoss(log_input=False, full=True), lambda: nn.Sequential(network(), nn.Softplus())
    ),
    "gaussian": on(real, lambda z, y: F.gaussian_nll_loss(z[:, :2], y[:, :2], F.softplus(z[:, 2:]))),
    "hinge embedding": on(signs, nn.HingeEmbeddingLoss(), gauss_newton="piecewise linear"),
    "multi-margin": on(classes, nn.MultiMarginLoss(), refused="multi_margin_loss.*write the hinge with clamp"),
    "multi-margin, squared": on(
        classes, nn.MultiMarginLoss(p=2), refused="multi_margin_loss.*write the hinge with clamp"
    ),
    "multi-label margin": on(
        lambda: torch.tensor([[1, 2, -1, 0]]).repeat(ROWS, 1),
        nn.MultiLabelMarginLoss(),
        refused="multilabel_margin_loss.*write the hinge with clamp",
    ),
    "soft margin": on(signs, nn.SoftMarginLoss()),
    "multi-label soft margin": on(binary, nn.MultiLabelSoftMarginLoss()),
    "cosine embedding": on(lambda: signs()[:, 0], halves(F.cosine_embedding_loss)),
    "margin ranking": on(lambda: signs()[:, :2], halves(F.margin_ranking_loss), gauss_newton="piecewise linear"),
    "triplet margin": on(real, lambda z, y: F.triplet_margin_loss(z[:, :2], z[:, 2:], y[:, :2])),
    "triplet of cosines": on(
        real,
        lambda z, y: F.triplet_margin_with_distance_loss(
            z[:, :2], z[:, 2:], y[:, :2], distance_function=lambda a, b: 1 - F.cosine_similarity(a, b)
        ),
    ),
    "ctc": on(
        lambda: torch.randint(1, 4, (ROWS, 2)),
        connectionist,
        lambda: network(24),
        refused="ctc_loss cannot be differentiated",
    ),
    "focal": on(classes, focal),
    "log-cosh": on(real, lambda z, y: (z - y + F.softplus(-2 * (z - y))).mean()),
    "pinball": on(real, pinball, gauss_newton="piecewise linear"),
    "charbonnier": on(real, lambda z, y: torch.sqrt((z - y).square() + 1e-2).mean()),
    "cauchy": on(real, lambda z, y: torch.log1p((z - y).square()).mean()),
    "wing": on(real, wing),
    "arcface": on(classes, arcface),
    "distillation": on(probabilities, distillation),
    "elbo with given noise": on(real, elbo),
    "evidential": on(classes, evidential),
    "preference": on(classes, preference),
    "beta likelihood": on(probabilities, beta_likelihood),
    "student likelihood": on(real, student),
    "negative binomial": on(counts, negative_binomial),
    "mixture density": on(real, mixture),
    "cosine cross-entropy": on(classes, unit_cross_entropy),
    "squared hinge": on(signs, lambda z, y: F.relu(1 - y * z).square().mean()),
    "energy": on(
        classes, lambda z, y: (z.logsumexp(1) - z.gather(1, y[:, None])[:, 0] + 0.01 * z.logsumexp(1) ** 2).mean()
    ),
}


def infonce(z: Tensor, y: Tensor) -> Tensor:
    codes = F.normalize(z, dim=1)
    return F.cross_entropy(codes @ codes.roll(1, 0).T, torch.arange(len(codes)))


def cox(z: Tensor, y: Tensor) -> Tensor:
    order = y[:, 0].argsort(descending=True)
    risk = z[order, 0]
    return (risk.logcumsumexp(0) - risk).mean()


def dice(z: Tensor, y: Tensor) -> Tensor:
    p = z.sigmoid()
    return 1 - 2 * (p * y).sum() / (p.sum() + y.sum())


def lovasz_like_jaccard(z: Tensor, y: Tensor) -> Tensor:
    p = z.sigmoid()
    return 1 - (p * y).sum() / (p + y - p * y).sum()


def ignoring(z: Tensor, y: Tensor) -> Tensor:
    kept = y > 0
    return F.cross_entropy(z[kept], y[kept])


COUPLED: dict[str, Callable[[], Case]] = {
    "rmse": on(real, lambda z, y: F.mse_loss(z, y).sqrt()),
    "infonce": on(classes, infonce),
    "cox": on(real, cox),
    "dice": on(binary, dice),
    "jaccard": on(binary, lovasz_like_jaccard),
    "dropped targets": on(lambda: torch.tensor([0, 0, 0, 1, 2, 3, 0, 1]), ignoring),
    "sum": on(real, lambda z, y: (z - y).square().sum()),
    "correlation": on(real, lambda z, y: 1 - torch.corrcoef(torch.stack([z[:, 0], y[:, 0]]))[0, 1]),
    "variance of outputs": on(real, lambda z, y: z.var(0).log().mean() + (z - y).square().mean()),
}


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(1)


@pytest.mark.parametrize("name", MEANS)
def test_derivatives_of_a_mean_over_samples(name):
    judge(MEANS[name]())


@pytest.mark.parametrize("name", MEANS)
def test_a_mean_does_not_depend_on_how_it_is_cut(name):
    case = MEANS[name]()
    whole = objective(case, torch.float64)
    assert whole.with_batch_size(3).value() == pytest.approx(whole.value(), rel=1e-12)


@pytest.mark.parametrize("name", COUPLED)
def test_derivatives_of_a_loss_of_the_whole_batch(name):
    judge(COUPLED[name]())


@pytest.mark.parametrize("name", COUPLED)
def test_a_loss_of_the_whole_batch_is_not_cut(name):
    """The value of the whole, or an error."""
    case = COUPLED[name]()
    whole = objective(case, torch.float64)
    for cut in (
        lambda: whole.with_batch_size(3),
        lambda: ls.Objective(case.model.double(), case.criterion, to(torch.float64, case.data), batch_size=4),
    ):
        try:
            found = cut().value()
        except ValueError:
            continue
        assert found == pytest.approx(whole.value(), rel=1e-12)
