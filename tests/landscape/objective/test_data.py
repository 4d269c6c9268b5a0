"""Batches of any structure and any kind of tensor: one loss, its cut, its fingerprint, or a sentence that is true."""

import collections
import dataclasses
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_sequence
from torch.utils.data import IterableDataset

from landscape.curvature.eigenvalues import top_eigenpairs
from landscape.objective.data import Fingerprint, count_samples
from landscape.objective.objective import Objective
from landscape.objective.pytrees import leaves_of, map_leaves


def digest(item: Any) -> str:
    fingerprint = Fingerprint()
    fingerprint.update(item)
    assert not fingerprint.unread
    return fingerprint.hexdigest()


@dataclasses.dataclass(frozen=True, slots=True)
class Pair:
    x: Any
    y: Any
    name: str = "a"
    mask: Any = None


class Opaque:
    def __init__(self, x, y):
        self.x, self.y, self.whole = x, y, self  # refers back to itself


Named = collections.namedtuple("Named", "x y")


class WithKeys(collections.UserDict):
    def __getattr__(self, name):
        try:
            return self.__dict__["data"][name]
        except KeyError as error:
            raise AttributeError(name) from error


IDS = [f"id{i}" for i in range(11)]

STRUCTURES = {
    "dataclass": Pair,
    "named tuple": Named,
    "opaque": Opaque,
    "namespace": lambda x, y: SimpleNamespace(x=x, y=y, ids=IDS),
    "user dict": lambda x, y: WithKeys(x=x, y=y, ids=IDS, mask=None),
    "nested": lambda x, y: [[x[:, :2], x[:, 2:]], y],
    "numpy": lambda x, y: SimpleNamespace(x=x.numpy(), y=y.numpy()),
}


def loss_of(model, batch):
    if isinstance(batch, list):
        (left, right), y = batch
        x = torch.cat([left, right], 1)
    else:
        x, y = torch.as_tensor(batch.x), torch.as_tensor(batch.y)
    return nn.functional.cross_entropy(model(x), y)


@pytest.mark.parametrize("kind", STRUCTURES)
def test_structures_give_the_same_function_however_cut(mlp, kind):
    X, y = mlp.data
    build = STRUCTURES[kind]
    one = Objective(mlp.model, loss=loss_of, data=[build(X, y)])
    two = Objective(mlp.model, loss=loss_of, data=[build(X, y)], dtype=torch.float32)
    truth = mlp.value()
    assert one.num_samples == 11
    assert one.value() == pytest.approx(truth, rel=1e-12)
    assert two.value() == pytest.approx(truth, rel=1e-5)  # the type reaches what they hold
    assert one.with_batch_size(4).value() == pytest.approx(truth, rel=1e-12)
    index = [0, 3, 9]
    part = Objective(mlp.model, mlp.criterion, (X[index], y[index]))
    assert one.subset(index).value() == pytest.approx(part.value(), rel=1e-12)
    other = Objective(mlp.model, loss=loss_of, data=[build(X + 1, y)], check_deterministic=False)
    again = Objective(mlp.model, loss=loss_of, data=[build(X.clone(), y)], check_deterministic=False)
    assert other.fingerprint != one.fingerprint == again.fingerprint


@pytest.mark.filterwarnings("ignore:Sparse CSR tensor support")
@pytest.mark.parametrize("to", [torch.Tensor.to_sparse, torch.Tensor.to_sparse_csr], ids=["COO", "CSR"])
@pytest.mark.parametrize("rows", [4, 11])
@pytest.mark.parametrize("dtype", [None, torch.float32])
def test_sparse_inputs_give_the_dense_function(mlp, to, rows, dtype):
    X, y = mlp.data
    X = X.clamp(min=0)
    dense = Objective(mlp.model, mlp.criterion, (X, y), dtype=dtype)
    sparse = Objective(mlp.model, mlp.criterion, (to(X), y), batch_size=rows, dtype=dtype)
    rel = 1e-10 if dtype is None else 1e-4
    assert sparse.value() == pytest.approx(dense.value(), rel=rel)
    assert sparse.subset([1, 5]).value() == pytest.approx(dense.subset([1, 5]).value(), rel=rel)
    assert top_eigenpairs(sparse).values[0] == pytest.approx(top_eigenpairs(dense).values[0], rel=1e-2)
    shifted = X.clone()
    shifted[shifted > 0] += 1  # the same pattern, other values
    assert digest(to(shifted)) != digest(to(X))


class Packed(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell, self.head = nn.GRU(4, 3), nn.Linear(3, 3)

    def forward(self, x):
        return self.head(self.cell(x)[1][-1])


def test_packed_sequences_are_cut_by_sample():
    torch.manual_seed(0)
    model, y = Packed().double(), torch.randint(0, 3, (11,))
    sequences = [torch.randn(n, 4, dtype=torch.float64) for n in (3, 1, 5, 2, 2, 4, 1, 6, 3, 2, 5)]
    packed = pack_sequence(sequences, enforce_sorted=False)
    with torch.no_grad():
        logits = torch.cat([model(pack_sequence([s])) for s in sequences])
    objective = Objective(model, nn.CrossEntropyLoss(), [(packed, y)])
    truth = float(nn.functional.cross_entropy(logits, y))
    assert objective.num_samples == 11
    assert objective.value() == pytest.approx(truth, rel=1e-12)
    assert objective.with_batch_size(4).with_batch_size(7).value() == pytest.approx(truth, rel=1e-12)
    part = float(nn.functional.cross_entropy(logits[[1, 7]], y[[1, 7]]))
    assert objective.subset([1, 7]).value() == pytest.approx(part, rel=1e-12)


@pytest.mark.filterwarnings("ignore:torch.quantize_per_tensor", "ignore:Sparse C")
def test_other_tensors_have_fingerprints_of_their_numbers():
    torch.manual_seed(0)
    X = torch.randn(6, 4)
    kinds = {
        "complex": lambda x: torch.complex(x, x).conj(),
        "quantised": lambda x: torch.quantize_per_tensor(x, 0.1, 0, torch.qint8),
        "quantised per channel": lambda x: torch.quantize_per_channel(x, torch.ones(6), torch.zeros(6), 0, torch.qint8),
        "jagged": lambda x: torch.nested.nested_tensor([x[:2], x[2:]], layout=torch.jagged),
        "CSC": torch.Tensor.to_sparse_csc,
        "bfloat16": torch.Tensor.bfloat16,
        "array of objects": lambda x: np.array([str(x.tolist()), None], dtype=object),
        "set": lambda x: {str(x.tolist()), "a"},
    }
    seen = set()
    for build in kinds.values():
        assert digest(build(X)) == digest(build(X.clone())) != digest(build(X + 1))
        seen.add(digest(build(X)))
    assert len(seen) == len(kinds)


def test_complex_numbers_follow_the_type():
    X, y = torch.randn(6, 4), torch.randint(0, 3, (6,))

    def loss(model, batch):
        return nn.functional.cross_entropy(model((batch[0] * batch[0].conj()).real), batch[1])

    objective = Objective(nn.Linear(4, 3), loss=loss, data=[(torch.complex(X, X), y)], dtype=torch.float64)
    assert objective.protocol()["dtype"] == "float64"
    assert np.isfinite(objective.value())


def test_plain_fingerprints_stay_what_they_were():
    """Studies of earlier versions name their data so."""
    batch = (torch.arange(6.0).reshape(2, 3), {"y": torch.tensor([1, 2])}, "a", None)
    assert digest(batch) == "929b9e6524b9196c18cf13f1b38a1729d0d833d6993100d2c6ce894585bed579"


@pytest.mark.parametrize(
    ("batch", "count"),
    [
        ([[torch.ones(5, 2), torch.ones(5, 3)], torch.ones(5)], 5),
        (([torch.ones(3, 4, 4)] * 5, torch.ones(5)), 5),  # a list of images
        (([torch.ones(3, 4, 4)] * 2, [torch.ones(3)] * 2), None),  # three channels, three boxes or three samples?
        ({"x": torch.ones(5, 2), "ids": ["a"] * 5, "mask": None, "temperature": 0.5}, 5),
        ((torch.ones(4), 3), None),
        (("a", "b"), None),
        ((torch.ones(4, 2), torch.ones(5)), None),
        (Pair(torch.ones(4, 2), torch.ones(4)), 4),
        (torch.nested.nested_tensor([torch.ones(2, 3), torch.ones(1, 3)], layout=torch.jagged), 2),
    ],
)
def test_samples_are_counted_where_the_batch_shows_them(batch, count):
    assert count_samples(batch) == count


class Stream(IterableDataset):
    def __iter__(self):
        return iter([(torch.ones(2, 4), torch.zeros(2).long())])


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (lambda X, y: ([X, X], y), r"would be read as 2 batches: give them as one batch, \[\(inputs, targets\)\]"),
        (lambda X, y: {"x": X, "y": y}, r"iterates over its keys: for one batch, pass a list of it, \[data\]"),
        (lambda X, y: [X, y], r"tuple, data=\(inputs, targets\)"),
        (lambda X, y: [(X[0], int(y[0]))], "single number, as of one sample"),
        (lambda X, y: [(X, y, X[:3])][:1] * 2, r"batch\[0\] has 11 rows, batch\[2\] 3"),
        (lambda X, y: (X.to("meta"), y), r"data\[0\] is on the meta device"),
        (lambda X, y: [{"x": X.to("meta")}], r"batch\[0\]\['x'\] is on the meta device"),
        (lambda X, y: Stream(), r"an iterable dataset: pass the list of its batches, list\(data\)"),
        (lambda X, y: (X, y[0]), r"data\[1\] is a single number"),
        (lambda X, y: iter([(X, y)]), "an iterator, which need not give its batches twice"),
    ],
)
def test_data_that_would_be_misread_are_refused(mlp, data, words):
    with pytest.raises(ValueError, match=words):
        Objective(mlp.model, mlp.criterion, data(*mlp.data))


def test_the_advice_for_an_iterable_dataset_works():
    assert Objective(nn.Linear(4, 3), nn.CrossEntropyLoss(), list(Stream())).num_samples == 2


def test_leaves_and_their_copies_keep_order_and_types():
    batch = {"a": [torch.tensor(1), ("b", Pair(torch.tensor(2), Opaque(torch.tensor(3), 4)))], "c": np.zeros(2)}
    names = [name for name, _ in leaves_of(batch)]
    assert names[:4] == ["['a'][0]", "['a'][1][0]", "['a'][1][1].x", "['a'][1][1].y.x"]
    seen = []
    copied = map_leaves(lambda leaf: seen.append(leaf) or (leaf + 1 if isinstance(leaf, torch.Tensor) else leaf), batch)
    assert [type(leaf) for leaf in seen] == [type(leaf) for _, leaf in leaves_of(batch)]
    assert type(copied["a"][1][1]) is Pair
    assert int(copied["a"][1][1].y.x) == 4
    assert int(batch["a"][1][1].y.x) == 3
