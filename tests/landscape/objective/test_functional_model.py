"""A borrowed model computes the function it stands for, whatever the caller's switches are, and they are given back."""

import copy

import pytest
import torch
from torch import nn
from torch.nn import functional

from landscape.curvature.gauss_newton import GaussNewtonOperator
from landscape.curvature.hessian import HessianOperator
from landscape.objective.objective import Objective

BACKENDS = {
    "all": torch.backends,
    "cuda": torch.backends.cudnn,
    "cuda conv": torch.backends.cudnn.conv,
    "cuda rnn": torch.backends.cudnn.rnn,
    "cuda matmul": torch.backends.cuda.matmul,
    "cpu": torch.backends.mkldnn,
    "cpu conv": torch.backends.mkldnn.conv,
    "cpu rnn": torch.backends.mkldnn.rnn,
    "cpu matmul": torch.backends.mkldnn.matmul,
}


def precisions():
    return {name: backend.fp32_precision for name, backend in BACKENDS.items()}


def set_matmul(value):
    torch.backends.cuda.matmul.allow_tf32 = value


def set_cudnn(value):
    torch.backends.cudnn.allow_tf32 = value


USER_SETTINGS = {
    "none": lambda: None,
    "high": lambda: torch.set_float32_matmul_precision("high"),
    "medium": lambda: torch.set_float32_matmul_precision("medium"),
    "highest": lambda: torch.set_float32_matmul_precision("highest"),
    "matmul.allow_tf32": lambda: set_matmul(True),
    "no cudnn.allow_tf32": lambda: set_cudnn(False),
} | {
    f"fp32_precision of {name}": lambda backend=backend: setattr(backend, "fp32_precision", "tf32")
    for name, backend in BACKENDS.items()
}


@pytest.fixture
def settings():
    """The process's own settings afterwards: older flags first, because they write the newer ones."""
    yield
    torch.set_float32_matmul_precision("highest")
    torch.backends.cudnn.allow_tf32 = True
    for backend in BACKENDS.values():
        backend.fp32_precision = "none"


@pytest.mark.parametrize("name", USER_SETTINGS)
def test_precision_is_full_inside_and_the_users_afterwards(mlp, name, settings):
    seen = []

    def loss(model, batch):
        seen.append(precisions())
        return functional.cross_entropy(model(batch[0]), batch[1])

    USER_SETTINGS[name]()
    before = precisions()
    objective = Objective(mlp.model, data=mlp.data, loss=loss)
    objective.value()
    HessianOperator(objective).matvec(torch.ones(objective.num_parameters))
    assert all(set(inside.values()) == {"ieee"} for inside in seen)
    assert precisions() == before
    assert objective.protocol()["arithmetic"] == "ieee, no TF32"


def test_inherited_precision_goes_on_being_inherited(mlp, settings):
    torch.backends.fp32_precision = "tf32"
    mlp.objective().value()
    torch.backends.fp32_precision = "ieee"
    assert torch.backends.cuda.matmul.fp32_precision == "ieee"
    assert torch.backends.mkldnn.conv.fp32_precision == "ieee"


@pytest.mark.parametrize("fails", [False, True])
def test_switches_are_the_callers_afterwards(mlp, fails, monkeypatch):
    cudnn = torch.backends.cudnn
    seen, built = [], []

    def loss(model, batch):
        seen.append((cudnn.deterministic, cudnn.benchmark, torch.backends.mha.get_fastpath_enabled()))
        if fails and built:
            raise KeyError("in the middle")
        return functional.cross_entropy(model(batch[0]), batch[1])

    monkeypatch.setattr(cudnn, "benchmark", True)
    objective = Objective(mlp.model, data=mlp.data, loss=loss)
    built.append(True)
    if fails:
        with pytest.raises(KeyError):
            objective.value()
    else:
        objective.value()
    assert set(seen) == {(True, False, False)}
    assert (cudnn.enabled, cudnn.deterministic, cudnn.benchmark) == (True, False, True)
    assert torch.backends.mha.get_fastpath_enabled()


class Padded(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(10, 8)
        layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2)
        self.head = nn.Linear(8, 3)

    def forward(self, tokens):
        hidden = self.encoder(self.embedding(tokens), src_key_padding_mask=tokens == 0)
        return self.head(hidden.mean(1))


def test_padded_transformer_has_one_value_with_and_without_gradients():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = Padded()
        tokens = torch.randint(1, 10, (6, 7))
        labels = torch.randint(0, 3, (6,))
    tokens[:3, 4:] = 0
    objective = Objective(model, nn.CrossEntropyLoss(), (tokens, labels))
    # Only the order of sums in the attention kernels is left.
    assert objective.value() == pytest.approx(objective.value_and_gradient()[0], rel=1e-6)


def test_training_switch_of_the_users_own_is_not_pulled(mlp, untouched):
    class Merging(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = mlp.model

        def train(self, mode=True):
            with torch.no_grad():
                self.inner[0].weight += 1.0 if mode else -1.0  # as adapters do
            return super().train(mode)

        def forward(self, x):
            return self.inner(x)

    model = Merging()
    with untouched(model):
        value = Objective(model, mlp.criterion, mlp.data).value()
    assert value == pytest.approx(mlp.value(), rel=1e-12)


def test_batch_norm_without_running_statistics_is_not_called_frozen(mlp):
    X, y = mlp.data
    model = nn.Sequential(nn.Linear(4, 5), nn.BatchNorm1d(5, track_running_stats=False), nn.Linear(5, 3)).double()
    whole, cut = (Objective(model, mlp.criterion, (X, y), batch_size=n) for n in (11, 4))
    assert whole.protocol()["batchnorm"] == "batch statistics (no running statistics)"
    assert whole.value() == pytest.approx(float(mlp.criterion(model.eval()(X), y).detach()), rel=1e-12)
    assert cut.value() != pytest.approx(whole.value(), rel=1e-6)  # which is why it is said


def test_buffers_written_by_the_forward_pass_do_not_accumulate(mlp):
    class Drifting(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = mlp.model
            self.register_buffer("calls", torch.zeros((), dtype=torch.float64))

        def forward(self, x):
            self.calls += 1
            return self.inner(x) * (1 + 0.1 * self.calls)

    objective = Objective(Drifting(), mlp.criterion, mlp.data, check_deterministic=False)
    moved = objective.at(objective.parameters)
    assert objective.value() == objective.value() == moved.value()


def test_compiled_models_are_evaluated_as_the_plain_ones(mlp):
    plain = mlp.objective()
    vector = torch.ones(plain.num_parameters, dtype=torch.float64)
    truth = HessianOperator(plain).matvec(vector)
    compiled = torch.compile(mlp.model, backend="aot_eager")
    inside = nn.Sequential(compiled)
    for model in (compiled, inside):
        objective = Objective(model, mlp.criterion, mlp.data, batch_size=4)
        assert objective.value() == plain.value()
        assert torch.equal(HessianOperator(objective).matvec(vector), truth)
        assert objective.at(model.state_dict()).value() == plain.value()
    assert list(Objective(compiled, mlp.criterion, mlp.data).parameters) == list(plain.parameters)


# ------------------------------------------------------------------ arithmetic


def float_case(case):
    return copy.deepcopy(case.model).float(), (case.data[0].float(), case.data[1])


@pytest.mark.parametrize("arithmetic", ["tf32", "bf16"])
def test_shorter_arithmetic_agrees_to_its_digits(convnet, arithmetic, untouched):
    model, data = float_case(convnet)
    exact = Objective(model, convnet.criterion, data, batch_size=4)
    with untouched(model):
        short = Objective(model, convnet.criterion, data, batch_size=4, arithmetic=arithmetic)
        value = short.value()
        vector = torch.linspace(-1, 1, exact.num_parameters)
        products = [HessianOperator(short).matvec(vector), GaussNewtonOperator(short).matvec(vector)]
    assert value == pytest.approx(exact.value(), rel=1e-2)
    for product, operator in zip(products, (HessianOperator, GaussNewtonOperator), strict=True):
        expected = operator(exact).matvec(vector)
        assert product.dtype == torch.float32
        assert float((product - expected).norm()) < 2e-2 * float(expected.norm())
    assert short.rounding > exact.rounding == torch.finfo(torch.float32).eps
    words = {"tf32": "TF32", "bf16": "bfloat16"}[arithmetic]
    assert words in short.protocol()["arithmetic"]


def test_bfloat16_reaches_the_forward_pass_and_metrics_only(mlp):
    model, data = float_case(mlp)
    seen = []

    def note(model, batch):
        seen.append(model(batch[0]).dtype)
        return functional.cross_entropy(model(batch[0]), batch[1])

    objective = Objective(model, data=data, loss=note, metrics={"metric": note}, arithmetic="bf16")
    seen.clear()  # what is checked at construction may be evaluated in another precision
    objective.evaluate()
    assert set(seen) == {torch.bfloat16}
    assert objective.value() != Objective(model, mlp.criterion, data).value()  # bfloat16 is coarse enough to show
    _, gradient = objective.value_and_gradient()
    assert {part.dtype for part in gradient.values()} == {torch.float32}


def test_tf32_is_set_inside_and_given_back(mlp, settings):
    seen = []

    def loss(model, batch):
        seen.append(precisions())
        return functional.cross_entropy(model(batch[0]), batch[1])

    before = precisions()
    model, data = float_case(mlp)
    objective = Objective(model, data=data, loss=loss, arithmetic="tf32")
    seen.clear()
    objective.value()
    assert seen
    assert all(set(inside.values()) == {"tf32"} for inside in seen)
    assert precisions() == before


# ------------------------------------------------------------------ batch norm


@pytest.mark.parametrize("budget", [0, 2**30])
def test_batch_statistics_are_those_of_training(convnet, budget, untouched):
    """Against plain autograd on a copy whose batch norm trains, batch by batch."""
    model = copy.deepcopy(convnet.model).eval()
    model[1].train()
    x, y = convnet.data
    parameters = list(model.parameters())
    loss = sum(len(b) / 11 * convnet.criterion(model(a), b) for a, b in zip(x.split(4), y.split(4), strict=True))
    gradient = torch.cat([g.flatten() for g in torch.autograd.grad(loss, parameters, create_graph=True)])
    vector = torch.linspace(-1, 1, len(gradient), dtype=torch.float64)
    product = torch.cat([g.flatten() for g in torch.autograd.grad(gradient @ vector, parameters)])
    with untouched(convnet.model):
        objective = convnet.objective(batchnorm="batch")
        operator = HessianOperator(objective, memory_budget=budget)
        results = [operator.matvec(vector), operator.matvec(vector)]
    assert objective.value() == pytest.approx(float(loss.detach()), rel=1e-13)
    torch.testing.assert_close(objective.flatten(objective.value_and_gradient()[1]), gradient.detach())
    for result in results:
        torch.testing.assert_close(result, product, rtol=1e-9, atol=1e-12)
    assert objective.protocol()["batchnorm"] == "batch statistics"
    assert objective.value() != convnet.objective().value()
    assert objective.value() != convnet.objective(batchnorm="batch", batch_size=5).value()
    with pytest.raises(ValueError, match="statistics of each batch"):
        objective.with_batch_size(2)


def test_flags_of_batch_norm_are_given_back(convnet):
    convnet.model[1].eval()
    flags = [(m.training, getattr(m, "track_running_stats", None)) for m in convnet.model.modules()]
    convnet.objective(batchnorm="batch").value()
    assert flags == [(m.training, getattr(m, "track_running_stats", None)) for m in convnet.model.modules()]
