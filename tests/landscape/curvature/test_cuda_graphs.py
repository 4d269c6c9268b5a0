"""When products are captured and when not, by graphs that are replayed without a GPU; `test_cuda` has real ones."""

from contextlib import nullcontext
from types import SimpleNamespace

import pytest
import torch

from landscape.curvature import operator as curvature
from landscape.curvature._hvp.cuda_graphs import CudaGraphCache
from landscape.curvature.hessian import HessianOperator


class Played:
    """Stands for a CUDA graph: calls the function again."""

    made: list["Played"]
    fault = ""

    def __init__(self, function, example, stream, holding=None, *, watching=()):
        if Played.fault == "raises":
            raise RuntimeError("operation not permitted when stream is capturing\nlong story")
        self.function, self.shape, self.calls, self.old = function, example.shape, 0, False
        self.watching = watching
        Played.made.append(self)

    def stale(self):
        return self.old

    def __call__(self, argument):
        assert argument.shape == self.shape
        self.calls += 1
        with torch.enable_grad():
            return self.function(argument) * (1 + 1e-6 if Played.fault == "differs" else 1)


@pytest.fixture
def captured(monkeypatch, mlp):
    """An operator that takes itself to be on a GPU."""
    Played.made, Played.fault = [], ""
    # internal: stands for a GPU, here and below.
    monkeypatch.setattr(curvature, "CapturedProduct", Played)
    stream = SimpleNamespace(device="cuda:0", wait_stream=lambda other: None)
    monkeypatch.setattr(torch.cuda, "current_stream", lambda device: stream)
    monkeypatch.setattr(torch.cuda, "stream", lambda other: nullcontext())

    def build(**options):
        operator = HessianOperator(mlp.objective(l2=0.1), **options)
        # internal: as above.
        operator._stream, operator._captured = stream, CudaGraphCache(operator.rounding)
        return operator

    return build


def vectors(operator, count):
    return torch.randn(operator.size, count, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def test_the_second_product_is_captured_and_later_ones_replay(captured, mlp):
    operator = captured()
    columns = vectors(operator, 4)
    truth = mlp.hessian(0.1) @ columns
    for i, calls in enumerate((0, 2, 3, 4)):  # the captured graph is compared with the first product before it is used
        assert torch.allclose(operator.matvec(columns[:, i]), truth[:, i], rtol=1e-10, atol=1e-13)
        assert (Played.made[0].calls if Played.made else 0) == calls
    assert operator.products == 4
    assert operator.protocol()["launch"] == "captured as a CUDA graph"


def test_blocks_are_captured_by_their_width(captured, mlp):
    operator = captured()
    for width in (3, 3, 3, 19, 19, 19):
        columns = vectors(operator, width)
        assert torch.allclose(operator.matmat(columns), mlp.hessian(0.1) @ columns, rtol=1e-10, atol=1e-13)
    assert sorted(tuple(played.shape) for played in Played.made) == [(3, operator.size), (8, operator.size)]
    assert operator.matmat(vectors(operator, 0)).shape == (operator.size, 0)


def test_graphs_that_are_not_kept_are_not_captured(captured):
    operator = captured(memory_budget=1)
    for _ in range(3):
        operator.matvec(vectors(operator, 1)[:, 0])
    assert not Played.made
    assert operator.protocol()["launch"] == "kernel by kernel"


def test_closing_forgets_graphs(captured, mlp):
    operator = captured()
    v = vectors(operator, 1)[:, 0]
    for _ in range(3):
        operator.matvec(v)
    operator.close()
    assert torch.allclose(operator.matvec(v), mlp.hessian(0.1) @ v, rtol=1e-10, atol=1e-13)
    assert Played.made[0].calls == 3
    assert len(Played.made) == 1


@pytest.mark.parametrize(
    ("fault", "words"),
    [("raises", "it cannot be captured (operation not permitted"), ("differs", "the captured product differs by")],
)
def test_a_capture_that_fails_or_differs_is_given_up(captured, mlp, fault, words):
    operator = captured()
    Played.fault = fault
    v = vectors(operator, 1)[:, 0]
    for _ in range(4):
        assert torch.allclose(operator.matvec(v), mlp.hessian(0.1) @ v, rtol=1e-12, atol=1e-13)
    assert operator.protocol()["launch"].startswith(f"kernel by kernel: {words}")
    assert "long story" not in operator.protocol()["launch"]


def test_a_stale_graph_is_not_replayed(captured):
    operator = captured()
    v = vectors(operator, 1)[:, 0]
    for _ in range(3):
        operator.matvec(v)
    Played.made[0].old = True
    operator.matvec(v)
    assert Played.made[0].calls == 3
    assert {tensor.data_ptr() for tensor in Played.made[0].watching}
