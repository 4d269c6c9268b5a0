"""Products equal the dense float64 Hessian, whichever way they are taken."""

import gc
import json
import weakref

import pytest
import torch
from scipy.sparse.linalg import eigsh
from torch import nn

from landscape.curvature.hessian import HessianOperator
from landscape.objective.objective import Objective


@pytest.mark.parametrize("budget", [0, 2**30], ids=["rebuilt", "kept"])
@pytest.mark.parametrize("l2", [0.0, 0.3])
def test_products_are_those_of_the_dense_hessian(case, budget, l2):
    objective = case.objective(l2=l2)
    truth = case.hessian(l2)
    operator = HessianOperator(objective, memory_budget=budget)
    dense = operator.matmat(torch.eye(operator.size, dtype=torch.float64))
    assert torch.allclose(dense, truth, rtol=1e-10, atol=1e-13)
    assert operator.products == operator.size == objective.num_parameters
    assert operator.protocol()["graph"] == ("kept" if budget else "rebuilt at each product")


def test_parameters_that_the_loss_does_not_use_have_zero_rows(make_case):
    case = make_case("unused")
    operator = HessianOperator(case.objective())
    product = operator.unflatten(operator.matvec(torch.ones(operator.size, dtype=torch.float64)))
    assert not product["spare.weight"].any()
    assert product["body.0.weight"].any()


def test_loss_linear_in_the_parameters_has_hessian_zero():
    model = nn.Linear(2, 1).double()
    objective = Objective(model, data=(torch.ones(3, 2).double(),), loss=lambda m, b: m(b[0]).mean(), l2=0.5)
    for budget in (0, 2**30):
        product = HessianOperator(objective, memory_budget=budget).matvec(torch.ones(3))
        assert torch.equal(product, torch.full((3,), 0.5, dtype=torch.float64))


def test_kept_graph_gives_the_same_numbers_in_float32(convnet):
    objective = convnet.objective(dtype=torch.float32)
    kept, rebuilt = HessianOperator(objective), HessianOperator(objective, memory_budget=0)
    for seed in range(3):
        v = torch.randn(kept.size, generator=torch.Generator().manual_seed(seed))
        truth = rebuilt.matvec(v)
        assert (kept.matvec(v) - truth).norm() <= 1e-6 * truth.norm()


def test_graphs_above_the_budget_are_not_kept(mlp):
    objective = mlp.objective()  # three batches
    operator = HessianOperator(objective, memory_budget=1)
    v = torch.ones(operator.size, dtype=torch.float64)
    first = operator.matvec(v)
    assert operator.protocol()["graph"] == "rebuilt at each product"
    assert torch.equal(operator.matvec(v), first)


def test_graphs_are_freed_by_close_and_with_the_operator(mlp):
    alive = weakref.WeakSet()

    class Registered(torch.autograd.Function):
        """The identity, whose context lives as long as the graph it is in."""

        @staticmethod
        def forward(ctx, x):
            alive.add(ctx)
            return x.clone()

        @staticmethod
        def backward(ctx, gradient):
            return gradient

    objective = Objective(
        mlp.model,
        data=mlp.data,
        loss=lambda m, b: nn.functional.cross_entropy(Registered.apply(m(b[0])), b[1]),
        batch_size=4,
    )
    v = torch.ones(objective.num_parameters, dtype=torch.float64)
    gc.disable()  # reference counts alone must free them: no cycles
    try:
        with HessianOperator(objective) as operator:
            first = operator.matvec(v)
            assert len(alive) == 3
        assert not alive
        assert torch.equal(operator.matvec(v), first)
        del operator
        assert not alive
        HessianOperator(objective, memory_budget=0).matvec(v)
        assert not alive
    finally:
        gc.enable()


def test_scipy_sees_the_same_operator(mlp):
    operator = HessianOperator(mlp.objective()).as_linear_operator()
    values = eigsh(operator, k=3, which="LA", tol=1e-12, return_eigenvectors=False)
    truth = torch.linalg.eigvalsh(mlp.hessian())[-3:]
    assert sorted(values) == pytest.approx(truth.tolist(), rel=1e-10)


def test_operator_is_that_of_its_point(mlp):
    objective = mlp.objective()
    moved = objective.at({name: 2 * p for name, p in objective.parameters.items()})
    v = torch.ones(objective.num_parameters, dtype=torch.float64)
    before = HessianOperator(objective).matvec(v)
    with torch.no_grad():
        for p in mlp.model.parameters():
            p.mul_(2)
    assert torch.allclose(HessianOperator(moved).matvec(v), mlp.hessian() @ v, rtol=1e-10)
    assert torch.equal(HessianOperator(objective).matvec(v), before)


def test_protocol_is_json_and_bad_arguments_are_refused(mlp):
    operator = HessianOperator(mlp.objective())
    assert json.loads(json.dumps(operator.protocol()))["product"] == "exact, reverse over reverse"
    with pytest.raises(ValueError, match=r"shape \(2,\), not"):
        operator.matvec(torch.ones(2))
    with pytest.raises(ValueError, match="memory_budget is -1"):
        HessianOperator(mlp.objective(), memory_budget=-1)


def test_budget_counts_each_storage_once_and_not_what_is_held_anyway():
    # 2 MB of data and 0.5 MB of parameters against a few kB of activations per batch.
    X = torch.randn(200, 2500)
    model = nn.Sequential(nn.Linear(2500, 50), nn.Tanh(), nn.Linear(50, 1))
    objective = Objective(model, data=(X,), loss=lambda m, b: m(b[0]).square().mean(), batch_size=20)
    operator = HessianOperator(objective, memory_budget=400_000)
    operator.matvec(torch.ones(operator.size))
    assert operator.protocol()["graph"] == "kept"

    def loss(model, batch):  # one storage of 0.8 MB that all batches save views of
        start = int(batch[0][0])
        return (model.weight * shared[start : start + 10]).sum(1).square().mean()

    shared = torch.randn(100, 2000)
    weighted = Objective(
        nn.Linear(2000, 1, bias=False), data=[(part,) for part in torch.arange(100.0).split(10)], loss=loss
    )
    operator = HessianOperator(weighted, memory_budget=1_200_000)
    operator.matvec(torch.ones(operator.size))
    assert operator.protocol()["graph"] == "kept"
    large = HessianOperator(objective, memory_budget=20_000)
    large.matvec(torch.ones(large.size))
    assert large.protocol()["graph"] == "rebuilt at each product"
