"""What a refused objective is told is true, and following the advice makes it work."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from landscape.eigen import top_eigenpairs
from landscape.objective import Objective

torch.manual_seed(0)
X, Y = torch.randn(12, 4), torch.randint(0, 3, (12,))
INDEX = torch.randint(0, 9, (12,))
ENTROPY = nn.CrossEntropyLoss()


def embedding(sparse: bool) -> nn.Module:
    torch.manual_seed(1)
    return nn.Sequential(nn.Embedding(9, 4, sparse=sparse), nn.Linear(4, 3))


def test_sparse_embeddings_have_the_values_of_dense_ones():
    sparse, dense = (Objective(embedding(sparse), ENTROPY, (INDEX, Y)) for sparse in (True, False))
    assert sparse.value() == dense.value()
    gradients = [objective.flatten(objective.value_and_gradient()[1]) for objective in (sparse, dense)]
    assert torch.equal(*gradients)
    assert top_eigenpairs(sparse).values[0] == pytest.approx(top_eigenpairs(dense).values[0], rel=1e-4)
    model = embedding(True)
    Objective(model, ENTROPY, (INDEX, Y)).value()
    assert model[0].sparse


class Codebook(nn.Module):
    """Moves its centre at every call, unless `guarded`."""

    def __init__(self, guarded: bool) -> None:
        super().__init__()
        self.line, self.guarded, self.calls = nn.Linear(4, 3), guarded, 0.0
        self.register_buffer("centre", torch.zeros(3))

    def forward(self, x):
        h = self.line(x)
        if self.training or not self.guarded:
            self.centre = 0.9 * self.centre + 0.1 * h.mean(0).detach()
        return h - self.centre * torch.ones(3).cumsum(0)


class Counter(Codebook):
    def forward(self, x):
        self.calls = self.calls if self.guarded else self.calls + 1
        return self.line(x) * (1 + self.calls)


@pytest.mark.parametrize(("kind", "named"), [(Codebook, "'centre' of Codebook"), (Counter, "'calls' of Counter")])
def test_what_the_forward_pass_changes_is_named(kind, named):
    with pytest.raises(ValueError, match=f"the forward pass itself changes {named}.* only if self.training"):
        Objective(kind(False), ENTROPY, (X, Y))
    Objective(kind(True), ENTROPY, (X, Y))


def test_what_is_neither_random_nor_a_buffer_is_not_called_so():
    calls = []

    def loss(model, batch):
        calls.append(1)
        return len(calls) * functional.cross_entropy(model(batch[0]), batch[1])

    with pytest.raises(ValueError, match="remembers its calls or draws from a generator of its own"):
        Objective(nn.Linear(4, 3), loss=loss, data=(X, Y))
    with pytest.raises(ValueError, match="remove the randomness"):
        Objective(nn.Linear(4, 3), loss=lambda m, b: ENTROPY(functional.dropout(m(b[0])), b[1]), data=(X, Y))


class Hidden(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.line, self.weight = nn.Linear(4, 3), torch.randn(4, 4)

    def forward(self, x):
        return self.line(x @ self.weight)


def by_name(model, batch):
    return functional.cross_entropy(model(batch["x"]), batch["y"])


MULTI = functional.one_hot(Y, 3)

TYPES = {  # what is refused, what is said, and what was said followed
    "data": (
        lambda: Objective(nn.Linear(4, 3).double(), ENTROPY, (X, Y)),
        "pass dtype=torch.float64",
        lambda: Objective(nn.Linear(4, 3).double(), ENTROPY, (X, Y), dtype=torch.float64),
    ),
    "mapping": (
        lambda: Objective(nn.Linear(4, 3), loss=by_name, data=[{"x": X.double(), "y": Y}]),
        "pass dtype=torch.float32",
        lambda: Objective(nn.Linear(4, 3), loss=by_name, data=[{"x": X.double(), "y": Y}], dtype=torch.float32),
    ),
    "integers": (
        lambda: Objective(nn.Linear(4, 3), ENTROPY, (INDEX[:, None].expand(12, 4), Y)),
        r"convert integer inputs with .float\(\)",
        lambda: Objective(nn.Linear(4, 3), ENTROPY, (INDEX[:, None].expand(12, 4).float(), Y)),
    ),
    "indices": (
        lambda: Objective(embedding(False), ENTROPY, (INDEX.float(), Y)),
        r"convert the inputs, which are indices, with .long\(\)",
        lambda: Objective(embedding(False), ENTROPY, (INDEX, Y)),
    ),
    "targets": (
        lambda: Objective(nn.Linear(4, 3), nn.BCEWithLogitsLoss(), (X, MULTI)),
        r"criterion takes floating-point numbers .* convert them with .float\(\)",
        lambda: Objective(nn.Linear(4, 3), nn.BCEWithLogitsLoss(), (X, MULTI.float())),
    ),
    "hidden tensor": (
        lambda: Objective(Hidden(), ENTROPY, (X, Y), dtype=torch.float64),
        "holds itself, which is neither parameter nor buffer",
        lambda: Objective(registered(), ENTROPY, (X, Y), dtype=torch.float64),
    ),
    "labels of a mapping": (
        lambda: Objective(nn.Linear(4, 3), loss=by_name, data=[{"x": X, "y": Y.float()}]),
        "a part of the batch that needs another type",
        lambda: Objective(nn.Linear(4, 3), loss=by_name, data=[{"x": X, "y": Y}]),
    ),
    "cut": (
        lambda: Objective(nn.Linear(4, 3), loss=spread, data=(X @ X.T, X, Y), batch_size=5),
        r"cut into batches along their first dimension, so give them as one batch",
        lambda: Objective(nn.Linear(4, 3), loss=spread, data=[(X @ X.T, X, Y)]),
    ),
    "view": (
        lambda: Objective(nn.Linear(4, 3), loss=lambda m, b: ENTROPY(m(b[0].t().view(12, 4)), b[1]), data=(X, Y)),
        r"call .reshape there",
        lambda: Objective(nn.Linear(4, 3), loss=lambda m, b: ENTROPY(m(b[0].t().reshape(-1, 4)), b[1]), data=(X, Y)),
    ),
}


def registered() -> nn.Module:
    model = Hidden()
    weight = model.__dict__.pop("weight")
    model.register_buffer("weight", weight)
    return model


def spread(model, batch):
    return functional.cross_entropy(batch[0] @ model(batch[1]), batch[2])


@pytest.mark.parametrize("name", TYPES)
def test_advice_on_types_and_shapes_works_when_followed(name):
    refused, words, followed = TYPES[name]
    with pytest.raises(ValueError, match=words):
        refused()
    followed()


def test_data_that_are_not_finite_are_named_and_not_the_weights():
    data = X.clone()
    data[7, 2] = float("nan")
    objective = Objective(nn.Linear(4, 3), ENTROPY, (data, Y), batch_size=5)
    words = r"the data are not finite, first in batch 1 at batch\[0\]\[2, 2\]"
    with pytest.raises(ValueError, match=words):
        top_eigenpairs(objective)
    with pytest.raises(ValueError, match=words):
        top_eigenpairs(objective, start="gradient")
