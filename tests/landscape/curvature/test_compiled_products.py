"""Products by a compiled trace: equal to autograd's at every point, and refused where a trace would not hold."""

import copy
import pickle

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

import landscape as ls


class Recurrent(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.cell, self.head = kind(4, 5, batch_first=True), nn.Linear(5, 3)

    def forward(self, x):
        return self.head(self.cell(x.view(len(x), 2, 4))[0][:, -1])


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(8, 8), nn.Linear(8, 8)
        self.second.weight = self.first.weight
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        return self.head(torch.tanh(self.second(torch.tanh(self.first(x)))))


class Masked(nn.Module):
    def __init__(self):
        super().__init__()
        layer = nn.TransformerEncoderLayer(4, 2, 8, 0.0, "gelu", batch_first=True)
        self.encoder, self.head = nn.TransformerEncoder(layer, 1, enable_nested_tensor=False), nn.Linear(4, 3)
        self.register_buffer("mask", nn.Transformer.generate_square_subsequent_mask(2))

    def forward(self, x):
        return self.head(self.encoder(x.view(len(x), 2, 4), mask=self.mask)[:, -1])


class Convolutional(nn.Module):
    def __init__(self):
        super().__init__()
        layers = [
            nn.Conv2d(1, 4, 3, padding=1),
            nn.BatchNorm2d(4),
            nn.ReLU(inplace=True),
            nn.Flatten(),
            nn.Linear(32, 3),
        ]
        self.layers = nn.Sequential(*layers)

    def forward(self, x):
        return self.layers(x.view(len(x), 1, 2, 4))


NETS = {
    "fully connected": lambda: nn.Sequential(nn.Linear(8, 6), nn.Tanh(), nn.Linear(6, 3)),
    "tied": Tied,
    "GRU": lambda: Recurrent(nn.GRU),
    "LSTM": lambda: Recurrent(nn.LSTM),
    "causal attention": Masked,
    "convolution, batch norm, in place": Convolutional,
    "an unused layer": lambda: nn.ModuleList([nn.Linear(8, 3), nn.Linear(2, 2)]),
}


def made(name, samples=12, **options):
    torch.manual_seed(0)
    model = NETS[name]()
    x, y = torch.randn(samples, 8), torch.randint(0, 3, (samples,))
    if isinstance(model, nn.ModuleList):
        return ls.Objective(
            model, loss=lambda m, b: functional.cross_entropy(m[0](b[0]), b[1]), data=[(x, y)], **options
        )
    if isinstance(model, Convolutional):
        model(3 + 2 * x)  # statistics
    return ls.Objective(model.eval(), nn.CrossEntropyLoss(), [(x, y)], **options)


@pytest.fixture
def uncompiled(monkeypatch):
    """The operations of the trace as they stand, which is what is compiled."""
    monkeypatch.setattr("torch._inductor.compile", lambda graph, _: graph.forward)


def taken(operator):
    return operator.protocol()["graph"]


def moved(objective, seed=1):
    draw = torch.Generator().manual_seed(seed)
    return objective.at(
        {name: p + 0.3 * torch.randn(p.shape, generator=draw).to(p) for name, p in objective.parameters.items()}
    )


LONG = "LSTM", "GRU", "causal attention"
"""To be traced takes them five to fifteen seconds."""


@pytest.mark.usefixtures("uncompiled")
@pytest.mark.parametrize("name", [pytest.param(name, marks=[pytest.mark.slow] * (name in LONG)) for name in NETS])
def test_one_trace_multiplies_as_the_dense_hessian_does_at_every_point(name):
    objective = made(name, dtype=torch.float64)
    traces = []
    for point in (objective, moved(objective), moved(objective, 2)):
        exact = torch.from_numpy(dense(point))
        with ls.HessianOperator(point, route="compiled") as hessian:
            product = hessian.matmat(torch.eye(hessian.size, dtype=torch.float64))
            assert taken(hessian).startswith("compiled: "), taken(hessian)
            torch.testing.assert_close(product, exact, rtol=1e-9, atol=1e-9 * float(exact.abs().max()))
            with ls.HessianOperator(point, route="plain") as plain:
                torch.testing.assert_close(hessian.gradient(), plain.gradient(), rtol=1e-10, atol=1e-12)
        traces += [value[0][0] for key, value in point.choices.items() if key[0] == "trace"]
    assert len(set(map(id, traces))) == 1


class Packed(nn.Module):
    """Sequences of unequal length, as of words, packed by their lengths."""

    def __init__(self, kind):
        super().__init__()
        self.embedding, self.cell = nn.Embedding(6, 4, padding_idx=0), kind(4, 5, batch_first=True)
        self.head = nn.Linear(5, 3)

    def forward(self, tokens):
        lengths = (tokens != 0).sum(1).cpu()
        packed = nn.utils.rnn.pack_padded_sequence(self.embedding(tokens), lengths, True, enforce_sorted=False)
        state = self.cell(packed)[1]
        return self.head((state if isinstance(state, torch.Tensor) else state[0])[-1])


def words(samples, seed):
    draw = torch.Generator().manual_seed(seed)
    lengths = torch.randint(1, 5, (samples, 1), generator=draw)
    lengths[0] = 4
    tokens = torch.randint(1, 6, (samples, 4), generator=draw) * (torch.arange(4) < lengths)
    return tokens, torch.randint(3, (samples,), generator=draw)


@pytest.mark.slow  # traced several times
@pytest.mark.usefixtures("uncompiled")
@pytest.mark.parametrize("kind", [nn.GRU, nn.LSTM])
def test_packed_sequences_are_traced_with_their_lengths(kind):
    torch.manual_seed(0)
    batches = [words(8, seed) for seed in (1, 2)]  # of one shape and other lengths
    objective = ls.Objective(Packed(kind).double(), nn.CrossEntropyLoss(), batches)
    for point in (objective, moved(objective)):
        with ls.HessianOperator(point, route="compiled") as hessian:
            product = hessian.matmat(torch.eye(hessian.size, dtype=torch.float64))
            assert taken(hessian).startswith("compiled: "), taken(hessian)
        torch.testing.assert_close(product, torch.from_numpy(dense(point)), rtol=1e-9, atol=1e-12)
    (traces,) = [value for key, value in point.choices.items() if key[0] == "trace"]
    assert len(traces) == 2


def of_one_label(model, batch):
    losses = functional.cross_entropy(model(batch[0]), batch[1], reduction="none")
    return losses[batch[1] == 1].sum() / len(losses)


@pytest.mark.usefixtures("uncompiled")
def test_samples_are_selected_by_their_labels():
    torch.manual_seed(0)
    x, y = torch.randn(12, 8, dtype=torch.float64), torch.randint(0, 3, (12,))
    objective = ls.Objective(NETS["fully connected"]().double(), loss=of_one_label, data=[(x, y)])
    for point in (objective, moved(objective)):
        with ls.HessianOperator(point, route="compiled") as hessian:
            product = hessian.matmat(torch.eye(hessian.size, dtype=torch.float64))
            assert taken(hessian).startswith("compiled: "), taken(hessian)
        torch.testing.assert_close(product, torch.from_numpy(dense(point)), rtol=1e-9, atol=1e-12)


def drawing(model, batch):
    return functional.cross_entropy(model(batch[0]) * (1 + 0 * torch.randint(2, (1,)).item()), batch[1])


def dense(objective):
    with ls.HessianOperator(objective, route="plain") as plain:
        return plain.matmat(torch.eye(plain.size, dtype=torch.float64)).numpy()


@pytest.mark.usefixtures("uncompiled")
def test_batches_of_one_shape_share_a_trace_and_others_have_their_own():
    torch.manual_seed(0)
    x, y = torch.randn(20, 8, dtype=torch.float64), torch.randint(0, 3, (20,))
    batches = [(x[:8], y[:8]), (x[8:16], y[8:16]), (x[16:], y[16:])]
    objective = ls.Objective(NETS["fully connected"]().double(), nn.CrossEntropyLoss(), batches)
    v = torch.randn(objective.num_parameters, dtype=torch.float64)
    with ls.HessianOperator(objective, route="compiled") as one, ls.HessianOperator(objective, route="plain") as other:
        torch.testing.assert_close(one.matvec(v), other.matvec(v), rtol=1e-10, atol=1e-12)
    assert sum(key[0] == "trace" for key in objective.choices) == 2


def branching(model, batch):
    outputs = model(batch[0])
    return functional.cross_entropy(outputs, batch[1]) * (2.0 if outputs.mean() > 0 else 1.0)


def baked(model, batch):
    return functional.cross_entropy(model(batch[0]), batch[1]) * float(
        np.exp(next(model.parameters()).detach().numpy().sum())
    )


def selecting(model, batch):
    outputs = model(batch[0])
    losses = functional.cross_entropy(outputs, batch[1], reduction="none")
    return losses[losses > losses.detach().median()].sum() / len(losses)


@pytest.mark.usefixtures("uncompiled")
@pytest.mark.filterwarnings("ignore:The loss depends on the parameters through values")
@pytest.mark.parametrize(
    ("loss", "reason"),
    [
        (branching, "not compiled: the model decides by its numbers"),
        (drawing, "not compiled: the model decides by its numbers"),
        (baked, "not compiled: the traced product differs from autograd's"),
        (selecting, "not compiled: the shape that aten.index.Tensor returns depends on numbers"),
    ],
)
def test_what_a_trace_cannot_say_is_left_to_autograd_with_the_reason(loss, reason):
    torch.manual_seed(0)
    x, y = torch.randn(12, 8), torch.randint(0, 3, (12,))
    objective = ls.Objective(NETS["fully connected"](), loss=loss, data=[(x, y)])
    v = torch.randn(objective.num_parameters)
    for point in (objective, moved(objective)):
        with ls.HessianOperator(point, route="compiled") as one, ls.HessianOperator(point, route="rewritten") as other:
            assert torch.equal(one.matvec(v), other.matvec(v))
            assert reason in taken(one)
            assert taken(one).startswith("kept; ")


def test_other_matrices_say_that_they_are_not_compiled():
    objective = made("fully connected")
    with ls.curvature.GaussNewtonOperator(objective, route="compiled") as matrix:
        matrix.matvec(torch.randn(matrix.size))
        assert taken(matrix) == "kept; not compiled: only products of the Hessian are"


@pytest.mark.slow  # traced several times
@pytest.mark.usefixtures("uncompiled")
def test_another_mask_has_a_trace_of_its_own_and_few_do():
    objective = made("causal attention")
    v = torch.randn(objective.num_parameters)
    with ls.HessianOperator(objective, route="compiled") as hessian:
        hessian.matvec(v)
        assert taken(hessian).startswith("compiled: ")
    open_ = {**objective.parameters, "mask": torch.zeros(2, 2)}
    there = objective.at(open_)
    with ls.HessianOperator(there, route="compiled") as one, ls.HessianOperator(there, route="plain") as other:
        torch.testing.assert_close(one.matvec(v), other.matvec(v), rtol=1e-4, atol=1e-6)
        assert taken(one).startswith("compiled: ")
    for scale in (1.0, 2.0, 3.0):
        there = objective.at({**objective.parameters, "mask": torch.full((2, 2), scale)})
        with ls.HessianOperator(there, route="compiled") as one, ls.HessianOperator(there, route="plain") as other:
            torch.testing.assert_close(one.matvec(v), other.matvec(v), rtol=1e-4, atol=1e-6)
    assert taken(one) == "kept; not compiled: lengths or masks differ from batch to batch"


@pytest.mark.usefixtures("uncompiled")
def test_data_changed_in_place_are_noticed_as_autograd_notices_them():
    objective = made("fully connected")
    v = torch.randn(objective.num_parameters)
    hessian = ls.HessianOperator(objective, route="compiled")
    hessian.matvec(v)
    with torch.no_grad():
        next(objective.batches())[0][0].add_(1.0)  # the data
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        hessian.matvec(v)


@pytest.mark.usefixtures("uncompiled")
def test_no_memory_for_what_is_kept_means_no_trace_and_copies_share_one():
    objective = made("fully connected")
    v = torch.randn(objective.num_parameters)
    with ls.HessianOperator(objective, route="compiled", memory_budget=0) as hessian:
        hessian.matvec(v)
        assert taken(hessian) == "rebuilt at each product"
    with ls.HessianOperator(objective, route="compiled") as hessian:
        hessian.matvec(v)
    (((trace, _),),) = [value for key, value in objective.choices.items() if key[0] == "trace"]
    assert copy.deepcopy(trace) is trace
    assert pickle.loads(pickle.dumps(trace)) is None


def test_without_a_compiler_products_are_taken_without(monkeypatch):
    def refuse(*_):
        raise RuntimeError("no compiler here")

    monkeypatch.setattr("torch._inductor.compile", refuse)
    objective = made("fully connected")
    with ls.HessianOperator(objective, route="compiled") as hessian:
        hessian.matvec(torch.randn(hessian.size))
        assert taken(hessian) == "kept; not compiled (RuntimeError: no compiler here)"


@pytest.mark.slow
@pytest.mark.parametrize("name", NETS)
def test_compiled_products_are_those_of_autograd(name):
    objective = made(name)
    for point in (objective, moved(objective)):
        v = torch.randn(objective.num_parameters, generator=torch.Generator().manual_seed(3))
        with ls.HessianOperator(point, route="compiled") as one, ls.HessianOperator(point, route="plain") as other:
            mine, theirs = one.matvec(v), other.matvec(v)
            if "InvalidCxxCompiler" in taken(one):
                pytest.skip("no C++ compiler here")
            assert taken(one).startswith("compiled: "), taken(one)
            assert float((mine - theirs).norm() / theirs.norm()) < 5e-6
            first, second = (ls.top_eigenpairs(each, tol=1e-4) for each in (one, other))
            assert abs(first.values[0] - second.values[0]) <= first.residuals[0] + second.residuals[0] + 1e-5


@pytest.mark.slow  # torch's compiler
def test_vectors_may_be_strided(compiler):
    objective = made("fully connected")
    with ls.HessianOperator(objective, route="compiled") as one, ls.HessianOperator(objective, route="plain") as other:
        assert one.matvec(torch.ones(one.size)).isfinite().all()
        assert taken(one).startswith("compiled: "), taken(one)
        columns = torch.randn(one.size, 3)
        torch.testing.assert_close(one.matmat(columns), other.matmat(columns), rtol=1e-4, atol=1e-6)
        torch.testing.assert_close(one.matvec(columns[:, 1]), other.matvec(columns[:, 1]), rtol=1e-4, atol=1e-6)


@pytest.mark.slow  # torch's compiler
def test_packed_sequences_are_compiled(compiler):
    torch.manual_seed(0)
    objective = ls.Objective(Packed(nn.GRU), nn.CrossEntropyLoss(), [words(8, 1)])
    v = torch.randn(objective.num_parameters)
    for point in (objective, moved(objective)):
        with ls.HessianOperator(point, route="compiled") as one, ls.HessianOperator(point, route="plain") as other:
            mine, theirs = one.matvec(v), other.matvec(v)
            assert taken(one).startswith("compiled: "), taken(one)
        assert float((mine - theirs).norm() / theirs.norm()) < 5e-6


@pytest.mark.slow
def test_torch_keeps_what_was_compiled_for_the_next_process(tmp_path, monkeypatch, compiler):
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path))
    hits = []
    for _ in range(2):
        torch._dynamo.utils.counters.clear()
        objective = made("fully connected")  # whose trace another process would make anew, too
        with ls.HessianOperator(objective, route="compiled") as hessian:
            hessian.matvec(torch.randn(hessian.size))
            assert taken(hessian).startswith("compiled: "), taken(hessian)
        hits.append(torch._dynamo.utils.counters["inductor"]["fxgraph_cache_hit"])
    assert hits == [0, 1]
