"""The same numbers on a GPU: products, captured ones too, against the CPU in float64."""

import copy

import pytest
import torch
from torch import nn

from landscape.curvature._hvp.cuda_graphs import CapturedProduct
from landscape.curvature.eigenvalues import top_eigenpairs
from landscape.curvature.fisher import FisherOperator
from landscape.curvature.gauss_newton import GaussNewtonOperator
from landscape.curvature.hessian import HessianOperator
from landscape.curvature.spectrum import hessian_trace, spectral_density
from landscape.objective.objective import Objective

if not torch.cuda.is_available():
    pytest.skip("needs a CUDA GPU", allow_module_level=True)

OPERATORS = {"hessian": HessianOperator, "gauss_newton": GaussNewtonOperator, "fisher": FisherOperator}


def both(case, **options):
    """The objective on the CPU and on the GPU."""
    return case.objective(l2=0.1, **options), case.objective(l2=0.1, device="cuda", **options)


@pytest.mark.parametrize("route", ["auto", "plain", "rewritten"])
@pytest.mark.parametrize("kind", OPERATORS)
@pytest.mark.parametrize("captured", [False, True], ids=["kernel by kernel", "captured"])
@pytest.mark.parametrize("budget", [0, None], ids=["rebuilt", "kept"])
def test_products_are_those_of_the_cpu(case, kind, route, budget, captured):
    host, device = (
        OPERATORS[kind](each, route=route, memory_budget=budget, cuda_graphs=captured) for each in both(case)
    )
    generator = torch.Generator().manual_seed(0)
    for count in (1, 1, 1, 3, 3, 3, 10, 10):
        vectors = torch.randn(host.size, count, generator=generator, dtype=torch.float64)
        expected = host.matmat(vectors)
        found = device.matmat(vectors.cuda())
        assert found.is_cuda
        assert torch.allclose(found.cpu(), expected, rtol=1e-9, atol=1e-12)
    protocol = device.protocol()
    assert protocol["launch"] == ("captured as a CUDA graph" if captured and budget is None else "kernel by kernel")
    assert device.products == 32


def test_a_captured_product_never_waits_for_the_host(convnet):
    operator = HessianOperator(convnet.objective(device="cuda"), cuda_graphs=True)
    vector = torch.ones(operator.size, device="cuda", dtype=torch.float64)
    for _ in range(2):
        operator.matvec(vector)
    torch.cuda.set_sync_debug_mode("error")
    try:
        operator.matvec(vector)
    finally:
        torch.cuda.set_sync_debug_mode("default")


def test_a_captured_graph_follows_its_argument_and_nothing_else():
    stream = torch.cuda.Stream()
    factor = torch.full((), 2.0, device="cuda")
    double = CapturedProduct(lambda x: x * factor, torch.zeros(3, device="cuda"), stream, watching=[factor])
    for value in (1.0, -4.0):
        assert double(torch.full((3,), value, device="cuda")).tolist() == [2 * value] * 3
    first, second = double(torch.ones(3, device="cuda")), double(torch.zeros(3, device="cuda"))
    assert first.tolist() == [2.0] * 3
    assert second.tolist() == [0.0] * 3
    assert not double.stale()
    factor += 1
    assert double.stale()


def test_data_that_change_under_kept_graphs_are_refused(mlp):
    data = tuple(tensor.cuda() for tensor in mlp.data)
    objective = Objective(copy.deepcopy(mlp.model).cuda(), mlp.criterion, data, batch_size=11)
    operator = HessianOperator(objective, cuda_graphs=True)
    vector = torch.ones(operator.size, device="cuda", dtype=torch.float64)
    for _ in range(3):
        operator.matvec(vector)
    data[0][:] = 0.0
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        operator.matvec(vector)


class Waiting(torch.autograd.Function):
    """The identity, whose second derivative reads a number back from the device."""

    @staticmethod
    def forward(ctx, x):
        return x.clone()

    @staticmethod
    def backward(ctx, grad):
        return Stepping.apply(grad)


class Stepping(torch.autograd.Function):
    @staticmethod
    def forward(ctx, grad):
        return grad.clone()

    @staticmethod
    def backward(ctx, grad):
        return grad * (1.0 if float(grad.sum()) > -1e300 else 0.0)


def test_what_waits_for_the_device_is_not_captured(mlp):
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = copy.deepcopy(mlp.model)

        def forward(self, x):
            return Waiting.apply(self.body(x))

    objective = Objective(Model(), mlp.criterion, mlp.data, batch_size=11, device="cuda")
    operator = HessianOperator(objective, cuda_graphs=True)
    vectors = torch.randn(operator.size, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    truth = mlp.hessian() @ vectors
    for i in range(4):
        found = operator.matvec(vectors[:, i].cuda())
        assert torch.allclose(found.cpu(), truth[:, i], rtol=1e-9, atol=1e-12)
    assert operator.protocol()["launch"].startswith("kernel by kernel: it cannot be captured")


def test_eigenpairs_and_estimates_are_those_of_the_cpu(case):
    host, device = both(case)
    for options in ({}, {"k": 3}, {"which": "smallest"}, {"method": "block_lanczos", "k": 2}, {"method": "power"}):
        ours, theirs = top_eigenpairs(device, **options), top_eigenpairs(host, **options)
        assert ours.values == pytest.approx(theirs.values, rel=1e-6, abs=1e-9)
        assert ours.converged.all()
        assert next(iter(ours.vectors[0].values())).is_cuda
    assert hessian_trace(device, probes=8).value == pytest.approx(hessian_trace(host, probes=8).value, rel=1e-8)
    assert spectral_density(device, probes=2, steps=5).protocol["device"].startswith("cuda")


@pytest.mark.parametrize("arithmetic", ["tf32", "bf16"])
def test_short_arithmetic_stays_within_its_rounding(convnet, arithmetic):
    exact = top_eigenpairs(convnet.objective())
    found = top_eigenpairs(
        convnet.objective(dtype=torch.float32, device="cuda", arithmetic=arithmetic, check_deterministic=False),
        tol=0.05,
        criterion="value",
        max_products=30,
    )
    assert found.values[0] == pytest.approx(exact.values[0], rel=0.05)


def test_memory_comes_back(convnet):
    objective = convnet.objective(device="cuda")

    def use():
        with HessianOperator(objective, cuda_graphs=True) as operator:
            for _ in range(3):
                operator.matvec(torch.ones(operator.size, device="cuda", dtype=torch.float64))

    use()
    torch.cuda.synchronize()
    before = torch.cuda.memory_allocated()
    for _ in range(20):
        use()
    torch.cuda.synchronize()
    assert torch.cuda.memory_allocated() <= before + 2**16


def test_the_model_and_random_states_are_untouched(convnet, untouched):
    model = copy.deepcopy(convnet.model).cuda()
    state = torch.cuda.get_rng_state()
    with untouched(model):
        objective = Objective(model, convnet.criterion, tuple(t.cuda() for t in convnet.data), batch_size=4)
        top_eigenpairs(objective, k=2)
    assert torch.equal(state, torch.cuda.get_rng_state())
