"""What a refused objective is told is true, and following the advice makes it work."""

import warnings

import pytest
import torch
from torch import nn
from torch.nn import functional

from landscape._common.errors import CannotMeasureError
from landscape.curvature.eigenvalues import top_eigenpairs
from landscape.curvature.spectrum import hessian_trace
from landscape.objective.objective import Objective

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


def test_data_that_make_the_loss_nan_are_refused_where_its_derivatives_are_finite():
    """The Hessian of a square does not depend on its target."""
    targets = X.clone()
    targets[7, 2] = float("nan")
    model = nn.Linear(4, 4)
    objective = Objective(model, nn.MSELoss(), [(X[:5], X[:5]), (X[5:], targets[5:])])
    for measure in (top_eigenpairs, hessian_trace):
        with pytest.raises(CannotMeasureError, match=r"The loss is not finite: .*batch 1 at batch\[1\]\[2, 2\]"):
            measure(objective)
    known = targets.isfinite()

    def masked(model, batch):
        return (model(batch[0]) - batch[1])[batch[1].isfinite()].square().mean()

    count = {"count": lambda batch: batch[1].isfinite().sum()}
    missing = hessian_trace(Objective(model, loss=masked, data=(X, targets), **count), probes=4).value
    whole = (X.square().sum(1)[:, None] * known).sum() + known.sum()
    assert missing == pytest.approx(2 * float(whole) / int(known.sum()), rel=0.5)


def test_weights_without_numbers_are_refused_and_the_advice_works():
    state = nn.Linear(4, 3).state_dict()
    model = nn.Linear(4, 3, device="meta")
    with pytest.raises(ValueError, match=r"'weight' are on the meta device.*assign=True"):
        Objective(model, ENTROPY, (X, Y))
    model.load_state_dict(state, assign=True)
    assert Objective(model, ENTROPY, (X, Y)).value() > 0


class Opaque:
    def __init__(self, x, y):
        self.get = lambda: (x, y)


def test_tensors_out_of_reach_are_said_to_be():
    def loss(model, batch):
        return ENTROPY(model(batch.get()[0]), batch.get()[1])

    options = {"loss": loss, "data": [Opaque(X, Y)], "count": lambda batch: len(X)}
    with pytest.raises(
        ValueError, match=r"is a Opaque that shows no tensors, so that dtype= .* objects with attributes"
    ):
        Objective(nn.Linear(4, 3), dtype=torch.float64, **options)
    assert "holds no contents of function" in Objective(nn.Linear(4, 3), **options).protocol()["data"]


def prepared_for_quantization() -> nn.Module:
    from torch.ao import quantization

    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 3)).train()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch.ao is to move
        model.qconfig = quantization.get_default_qat_qconfig("fbgemm")
        quantization.prepare_qat(model, inplace=True)
    for factor in (1, 2, 3):
        model(factor * X)
    return model


def test_observers_and_fake_quantization_are_named_and_the_advice_works():
    from torch.ao import quantization

    model = prepared_for_quantization()
    with pytest.raises(ValueError, match=r"scale'.*of .*FakeQuantize.*model\.apply\(.*disable_observer\)"):
        Objective(model, ENTROPY, (X, Y))
    model.apply(quantization.disable_observer)
    rounded = Objective(model, ENTROPY, (X, Y))
    with pytest.raises(ValueError, match=r"fake quantization.*disable_fake_quant"):
        top_eigenpairs(rounded)
    model.apply(quantization.disable_fake_quant)
    assert top_eigenpairs(Objective(model, ENTROPY, (X, Y))).converged


MODEL = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 3))


def objective(**options):
    return Objective(MODEL, **({"criterion": ENTROPY, "data": (X, Y)} | options))


SENTENCES = {
    "a device without a build": (
        lambda: objective(device="mps"),
        "device is 'mps', on which torch cannot compute here",
    ),
    "a device without numbers": (lambda: objective(device="meta"), "device is 'meta', on which torch cannot compute"),
    "a type without kernels": (lambda: objective(dtype=torch.float8_e4m3fn), "such as torch.float64"),
    "weights without a shape": (
        lambda: Objective(nn.LazyLinear(3), ENTROPY, (X, Y)),
        "'weight' have no shape yet.*call the model on a batch first",
    ),
    "a state without numbers": (
        lambda: objective().at({n: p.to("meta") for n, p in MODEL.state_dict().items()}),
        "'0.weight' on the meta device",
    ),
    "a model as a state": (lambda: objective().at(MODEL), "such as its .state_dict()"),
    "a path as a state": (lambda: objective().at("run.pt"), "such as landscape.trajectory.Checkpoint"),
    "a list as a vector": (lambda: objective().unflatten([1.0]), "The vector is a list: give a tensor of shape"),
    "a criterion's name": (
        lambda: objective(criterion="mse"),
        "called 'mse', and is no loss of torch.nn.functional .* mse_loss",
    ),
    "a loss of the model alone": (
        lambda: Objective(MODEL, loss=lambda model: model(X).sum(), data=(X, Y)),
        r"The loss is called with \(model, batch\), and takes \(model\)",
    ),
    "a number as a count": (lambda: objective(count=5), r"The count is a int: give a function of \(batch\)"),
    "a count of nothing": (
        lambda: objective(count=lambda batch: None),
        r"count\(batch\) is None: let it return one number",
    ),
    "a count of each": (
        lambda: objective(count=lambda batch: batch[1]),
        r"is a tensor of shape \(12,\): let it return one",
    ),
    "a negative count": (lambda: objective(count=lambda batch: -1), r"weigh \[-1.0\] by count=: a negative"),
    "a number as a metric": (
        lambda: objective(metrics={"a": 0.5}),
        r"metric 'a' is a float: give a function of \(model, batch\)",
    ),
    "metrics without names": (lambda: objective(metrics=[ENTROPY]), "metrics is a list: give a mapping from names"),
    "classes from 1": (lambda: objective(data=(X, Y + 1)), r"Target 3 is out of bounds.*outputs have shape \(12, 3\)"),
}


@pytest.mark.parametrize("name", SENTENCES)
def test_mistakes_get_one_sentence_with_the_remedy(name):
    make, words = SENTENCES[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # lazy modules are a feature under development
        with pytest.raises(ValueError, match=words):
            make()
