"""The rounding of a product is that of the function with its choices as made, however close they were."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812 (its usual name)

from landscape.curvature.hessian import HessianOperator
from landscape.curvature.random_rounding import Choices, DepartedError, RandomRounding
from landscape.objective.objective import Objective

POWERS = (2, 3, 4)  # of ones: three functions with one value, and Hessians 2, 6 and 12 times the identity


def by_python(terms):
    return terms[1] if float(terms[1].detach()) >= float(terms[0].detach()) else terms[2]


def by_pieces(terms):
    """Kinks inside kernels: at 0 exactly, where random rounding would put them on either side."""
    apart = terms - 1
    pieces = F.relu(apart) + F.leaky_relu(apart, 0.1) + F.hardtanh(1 + apart, 0, 1) + F.softshrink(0.5 + apart)
    return (pieces * terms).sum() + F.smooth_l1_loss(1 + apart, 0 * apart) + F.huber_loss(1 + apart, 0 * apart)


def by_writing(terms):
    """A mask written to in place, after it was made and used."""
    mask = terms >= terms.roll(1)
    first = (mask.clone() * terms).sum()
    mask[0] = terms[0] > terms[2]
    return first + (mask * terms).sum()


CHOICES = {
    "argmax": lambda terms: terms[terms.argmax()],
    "topk": lambda terms: terms.topk(2).values[1],
    "topk indices": lambda terms: terms[terms.detach().topk(2).indices].prod(),
    "sort": lambda terms: terms.sort().values[0],
    "max": lambda terms: terms.max(0).values,
    "median": lambda terms: terms.median(0).values,
    "amax": lambda terms: terms.amax(),
    "maximum": lambda terms: torch.maximum(terms[0], terms[2]),
    "clamp": lambda terms: terms[0].clamp(max=1.0) + 3 * terms[2].clamp(min=1.0),
    "mask": lambda terms: (terms * (terms >= terms.roll(1))).sum(),
    "where": lambda terms: torch.where(terms > terms.roll(1), terms, 2 * terms).sum(),
    "nonzero": lambda terms: terms[(terms == terms.roll(1)).nonzero()[:, 0]].sum(),
    "floor": lambda terms: (terms * torch.floor(terms / terms.roll(1))).sum(),
    "remainder": lambda terms: (terms * torch.remainder(terms / terms.roll(1), 1.0)).sum() + terms[1],
    "sign": lambda terms: (terms * (3 + torch.sign(terms - terms.roll(1)))).sum(),
    "cast": lambda terms: terms[(terms / terms.roll(1)).long()].sum(),
    "max_pool": lambda terms: F.max_pool2d(terms.view(1, 1, 3, 1), (3, 1)).sum(),
    "python": by_python,
    "kernels": by_pieces,
    "in place": by_writing,
}


class Choosing(nn.Module):
    def __init__(self, choose):
        super().__init__()
        self.weight, self.choose = nn.Parameter(torch.ones(4)), choose

    def forward(self, x):
        return self.choose(torch.stack([((self.weight * x) ** power).mean() for power in POWERS]))


def hessian(choose):
    loss = Objective(
        Choosing(choose),
        data=[torch.ones(1, 4)],
        loss=lambda model, x: model(x),
        dtype=torch.float64,
        check_deterministic=False,
    )
    return HessianOperator(loss)


@pytest.mark.parametrize("choose", CHOICES.values(), ids=CHOICES)
def test_ties_are_broken_as_they_were(choose):
    operator = hessian(choose)
    row = torch.tensor([0.5, -0.5, 0.5, 0.5], dtype=torch.float64)
    product = operator.matvec(row)
    errors = operator.rounding_errors(row[None], thorough=True)
    assert 1e-17 < float(errors.norm(dim=2).max()) < 1e-14 * (1 + float(product.norm()))


def test_the_rounding_is_that_of_the_branch_chosen():
    row = torch.full((4,), 0.5, dtype=torch.float64)
    chosen, branch = (
        float(hessian(choose).rounding_errors(row[None], thorough=True).norm(dim=2).square().mean().sqrt())
        for choose in (CHOICES["argmax"], lambda terms: terms[0])
    )
    assert branch / 4 < chosen < 4 * branch


def test_cancellation_beside_a_choice_is_seen():
    def cancelling(terms):
        small = (terms[2] + 1e8) - (terms[0] + 1e8)  # eight digits are lost
        return torch.where(terms[0] >= terms[1], small**2, -small)

    row = torch.full((4,), 0.5, dtype=torch.float64)
    operator = hessian(cancelling)
    product = float(operator.matvec(row).norm())
    seen = float(operator.rounding_errors(row[None], thorough=True).norm(dim=2).square().mean().sqrt())
    assert 1e-10 * product < seen < 1e-6 * product


def evaluation(steps):
    x = torch.linspace(0, 1, 8, dtype=torch.float64)
    for _ in range(steps):
        x = x[x.argsort()] + 1
    return x.sum()


@pytest.mark.parametrize(("before", "after"), [(2, 3), (3, 2)])
def test_another_way_is_named_and_not_followed(before, after):
    with Choices() as choices:
        evaluation(before)

    def again():
        with RandomRounding(0, choices=choices) as mode:
            evaluation(after)
            mode.finish()

    with pytest.raises(DepartedError, match="disturbed evaluation"):
        again()


def test_choices_are_those_of_the_first_evaluation():
    x = torch.tensor([3.0, 1.0, 2.0])
    with Choices() as choices:
        x.argsort()
        mask = x > 1.5
        mask.logical_not_()
    with RandomRounding(0, choices=choices) as mode:
        order, mask = (-x).argsort(), x > 5
        mode.finish()
    assert order.tolist() == [1, 2, 0]
    assert mask.tolist() == [True, False, True]


@pytest.mark.parametrize(("tokens", "most"), [(1, 32), (64, 8)])
def test_a_few_samples_of_many_terms_will_do(tokens, most):
    """What is measured on the way costs as much for a mean over tokens as for one over samples."""
    seen = []

    class Text(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding, self.head = nn.Embedding(5, 4), nn.Linear(4, 5)

        def forward(self, x):
            seen.append(len(x))
            return self.head(self.embedding(x).tanh()).movedim(-1, 1)

    x = torch.randint(5, (100, tokens))
    operator = HessianOperator(Objective(Text(), nn.CrossEntropyLoss(), (x, x.flip(0))))
    rows = torch.randn(1, operator.size)
    operator.matvec(rows[0])
    seen.clear()
    errors = operator.rounding_errors(rows)
    assert max(seen) == most
    size = errors.norm() / (len(errors) ** 0.5 * operator.matvec(rows[0]).norm())
    assert 0.1 * torch.finfo(torch.float32).eps < size < 100 * torch.finfo(torch.float32).eps


@pytest.mark.parametrize("masked", [-float("inf"), torch.finfo(torch.float32).min])
def test_a_mask_of_attention_is_no_rounding(masked):
    """-inf is not disturbed into NaN, which would leave rounding unmeasured, nor the least number into -inf."""

    class Attention(nn.Module):
        def __init__(self):
            super().__init__()
            self.project, self.head = nn.Linear(4, 12), nn.Linear(4, 3)

        def forward(self, x):
            query, key, value = self.project(x).chunk(3, -1)
            mask = torch.zeros(x.shape[1], x.shape[1]).masked_fill(
                torch.ones(x.shape[1], x.shape[1]).triu(1) > 0, masked
            )
            mixed = ((query @ key.mT / 2 + mask).softmax(-1)) @ value
            return self.head(mixed).movedim(-1, 1)

    operator = HessianOperator(
        Objective(Attention(), nn.CrossEntropyLoss(), (torch.randn(9, 6, 4), torch.zeros(9, 6).long()))
    )
    vector = torch.randn(operator.size)
    size = operator.rounding_errors(vector[None]).square().mean(0).sum().sqrt() / operator.matvec(vector).norm()
    assert 0.1 * torch.finfo(torch.float32).eps < size < 100 * torch.finfo(torch.float32).eps
