"""Small networks whose loss is differentiated without the code under test, and quadratics of known spectrum."""

import copy
import importlib
import itertools
import random
import signal
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.attention import SDPBackend, sdpa_kernel

from landscape.linalg.operator import SymmetricOperator
from landscape.objective.objective import Objective

SAMPLES = 11


@pytest.fixture(autouse=True, scope="session")
def interruptible() -> Iterator[None]:
    """Processes that run in the background ignore SIGINT, and so would those they start."""
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, former)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Threads cost more than they bring on networks of this size."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def curvlinops() -> Any:
    """The independent library of curvature operators; importing it calls deprecated functions of torch."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module("curvlinops")


@dataclass(frozen=True)
class Case:
    """A model in float64 with data, and its loss on all samples at once written out by hand."""

    name: str
    model: nn.Module
    data: tuple[Tensor, Tensor]
    criterion: nn.Module

    def objective(self, **options: Any) -> Objective:
        return Objective(self.model, self.criterion, self.data, **({"batch_size": 4} | options))

    def trainable(self, model: nn.Module | None = None) -> list[nn.Parameter]:
        return [p for p in (model or self.model).parameters() if p.requires_grad]

    def loss(self, model: nn.Module, l2: float = 0.0) -> Tensor:
        """The definition: one batch, eval mode, plain autograd."""
        model.eval()
        with sdpa_kernel(SDPBackend.MATH):
            value = self.criterion(model(self.data[0]), self.data[1])
        return value + l2 / 2 * sum(p.square().sum() for p in self.trainable(model))

    def value(self, shift: list[Tensor] | None = None, l2: float = 0.0) -> float:
        """The loss of a copy whose parameters are moved."""
        model = copy.deepcopy(self.model)
        with torch.no_grad():
            for p, step in zip(self.trainable(model), shift or [], strict=False):
                p += step
            return float(self.loss(model, l2))

    def gradient(self, l2: float = 0.0) -> Tensor:
        model = copy.deepcopy(self.model)
        self.loss(model, l2).backward()
        return torch.cat([(torch.zeros_like(p) if p.grad is None else p.grad).flatten() for p in self.trainable(model)])

    def hessian(self, l2: float = 0.0) -> Tensor:
        """All rows of the Hessian, each by a second backward pass."""
        model = copy.deepcopy(self.model)
        params = self.trainable(model)
        parts = torch.autograd.grad(self.loss(model, l2), params, create_graph=True, allow_unused=True)
        flat = torch.cat(
            [(torch.zeros_like(p) if g is None else g).flatten() for p, g in zip(params, parts, strict=True)]
        )
        rows = []
        for entry in flat:
            row = [None] * len(params)
            if entry.requires_grad:
                row = torch.autograd.grad(entry, params, retain_graph=True, allow_unused=True)
            rows.append(
                torch.cat(
                    [(torch.zeros_like(p) if r is None else r).flatten() for p, r in zip(params, row, strict=True)]
                )
            )
        return torch.stack(rows)


class Attention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.TransformerEncoderLayer(4, 2, dim_feedforward=5, dropout=0.3, batch_first=True)
        self.head = nn.Linear(4, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.layer(x).mean(1))


class Recurrent(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.cell = nn.LSTM(4, 3, batch_first=True)
        self.head = nn.Linear(3, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.cell(x)[0][:, -1])


class Tied(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(4, 4)
        self.second = nn.Linear(4, 4)
        self.second.weight = self.first.weight
        self.head = nn.Linear(4, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(torch.tanh(self.second(torch.tanh(self.first(x)))))


class Unused(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.spare = nn.Linear(2, 2)
        self.body = nn.Sequential(nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 3))

    def forward(self, x: Tensor) -> Tensor:
        return self.body(x)


def _mlp() -> nn.Module:
    return nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Dropout(0.5), nn.Linear(5, 3))


def _frozen() -> nn.Module:
    model = _mlp()
    model[0].weight.requires_grad_(False)
    return model


def _convnet() -> nn.Module:
    model = nn.Sequential(
        nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.GELU(), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(12, 3)
    )
    model(torch.randn(20, 1, 6, 6))  # running statistics other than the initial ones
    return model


CASES: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "mlp": (_mlp, (4,)),
    "convnet": (_convnet, (1, 6, 6)),
    "attention": (Attention, (3, 4)),
    "recurrent": (Recurrent, (3, 4)),
    "tied": (Tied, (4,)),
    "frozen": (_frozen, (4,)),
    "unused": (Unused, (4,)),
}


def _make(name: str) -> Case:
    factory, shape = CASES[name]
    with torch.random.fork_rng():
        torch.manual_seed(3)
        model = factory().double().train()
        data = torch.randn(SAMPLES, *shape, dtype=torch.float64), torch.randint(0, 3, (SAMPLES,))
    return Case(name, model, data, nn.CrossEntropyLoss())


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    return _make(request.param)


@pytest.fixture
def mlp() -> Case:
    return _make("mlp")


@pytest.fixture
def convnet() -> Case:
    return _make("convnet")


@pytest.fixture
def make_case() -> Callable[[str], Case]:
    return _make


class Quadratic(nn.Module):
    def __init__(self, theta: Tensor) -> None:
        super().__init__()
        self.theta = nn.Parameter(theta.clone())


def _quadratic(matrix: Tensor, theta: Tensor | None = None, **options: Any) -> Objective:
    """1/2 theta^T A theta, whose Hessian is A everywhere."""
    theta = torch.zeros(len(matrix), dtype=matrix.dtype) if theta is None else theta

    def loss(model: nn.Module, batch: Any) -> Tensor:
        return model.theta @ (matrix @ model.theta) / 2 + 0 * batch[0].sum()

    return Objective(Quadratic(theta), data=(torch.zeros(1, dtype=matrix.dtype),), loss=loss, **options)


@pytest.fixture
def quadratic() -> Callable[..., Objective]:
    return _quadratic


@pytest.fixture
def symmetric() -> Callable[..., Tensor]:
    """A dense symmetric matrix with prescribed eigenvalues and random eigenvectors."""

    def build(eigenvalues: Any, seed: int = 0) -> Tensor:
        values = torch.as_tensor(eigenvalues, dtype=torch.float64)
        generator = torch.Generator().manual_seed(seed)
        basis, _ = torch.linalg.qr(torch.randn(len(values), len(values), generator=generator, dtype=torch.float64))
        matrix = (basis * values) @ basis.T
        return (matrix + matrix.T) / 2

    return build


@pytest.fixture
def batch_normed() -> Callable[[str], tuple[Objective, Objective]]:
    """A network at its weights, and with the filters below its batch norm rescaled so that it computes the same."""

    def build(batchnorm: str) -> tuple[Objective, Objective]:
        with torch.random.fork_rng():
            torch.manual_seed(3)
            model = nn.Sequential(
                nn.Conv2d(1, 3, 3, bias=False), nn.BatchNorm2d(3, eps=1e-14), nn.GELU(), nn.Flatten(), nn.Linear(48, 3)
            ).double()
            data = torch.randn(9, 1, 6, 6, dtype=torch.float64), torch.arange(9) % 3
            model(data[0])
        objective = Objective(model, nn.CrossEntropyLoss(), data, batchnorm=batchnorm, batch_size=9)
        factors = torch.tensor([0.1, 3.0, 20.0], dtype=torch.float64)
        state = {name: t.clone() for name, t in model.state_dict().items()}
        state["0.weight"] *= factors[:, None, None, None]
        state["1.running_mean"] *= factors
        state["1.running_var"] *= factors**2
        return objective, objective.at(state)

    return build


class DenseOperator(SymmetricOperator):
    """A matrix, or the diagonal of one, that counts its products. It is not checked to be symmetric."""

    def __init__(self, matrix: Any, dtype: torch.dtype = torch.float64) -> None:
        self.matrix = torch.as_tensor(matrix).to(dtype)
        self.calls: list[int] = []  # vectors of every call

    @property
    def size(self) -> int:
        return len(self.matrix)

    @property
    def dtype(self) -> torch.dtype:
        return self.matrix.dtype

    @property
    def device(self) -> torch.device:
        return self.matrix.device

    def matvec(self, vector: Tensor) -> Tensor:
        self._count(1)
        return self.matrix * vector if self.matrix.ndim == 1 else self.matrix @ vector

    def matmat(self, vectors: Tensor) -> Tensor:
        self._count(vectors.shape[1])
        return self.matrix[:, None] * vectors if self.matrix.ndim == 1 else self.matrix @ vectors

    def _count(self, vectors: int) -> None:
        self.products += vectors
        self.calls.append(vectors)

    def unflatten(self, vector: Tensor) -> dict[str, Tensor]:
        return {"theta": vector}

    def flatten(self, direction: Any) -> Tensor:
        return direction["theta"]

    def protocol(self) -> dict[str, Any]:
        return {"operator": "dense matrix"}


@pytest.fixture
def dense() -> type[DenseOperator]:
    return DenseOperator


def _state(model: nn.Module) -> list[Any]:
    return [
        [
            (n, p.detach().clone(), p.requires_grad, None if p.grad is None else p.grad.clone(), id(p))
            for n, p in model.named_parameters()
        ],
        [(n, b.clone(), id(b)) for n, b in model.named_buffers()],
        [m.training for m in model.modules()],
        torch.get_rng_state(),
        random.getstate(),
        np.random.get_state()[1].copy(),  # noqa: NPY002
    ]


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, Tensor):
        return torch.equal(left, right)
    if isinstance(left, np.ndarray):
        return np.array_equal(left, right)
    if isinstance(left, (list, tuple)):
        return len(left) == len(right) and all(map(_same, left, right))
    return left == right


@pytest.fixture
def untouched() -> Callable[[nn.Module], Any]:
    """Context manager: the model and all random states are bit-identical afterwards."""

    @contextmanager
    def check(model: nn.Module) -> Iterator[None]:
        before = _state(model)
        try:
            yield
        finally:
            after = _state(model)
            assert _same(before, after)

    return check


@pytest.fixture
def ever_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is timed takes less than what was timed before it, so that of two ways the second one is taken."""
    ticks = itertools.count(1)
    for clock in ("perf_counter", "process_time"):
        monkeypatch.setattr(time, clock, lambda: -1 / next(ticks))


@pytest.fixture
def cross_entropy() -> Callable[[nn.Module, Any], Tensor]:
    return lambda model, batch: functional.cross_entropy(model(batch[0]), batch[1])


@pytest.fixture(scope="session")
def ranks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Two gloo processes that run functions of `two_ranks.py` together."""
    from two_ranks import Gang

    gang = Gang(tmp_path_factory.mktemp("ranks"))
    yield gang
    gang.close()
