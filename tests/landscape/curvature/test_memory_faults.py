"""Faults in the middle of a measure: memory that runs out costs time and no number, and what is not finite is named."""

import json
import math

import pytest
import torch
from torch import nn
from torch.nn import functional

from landscape.curvature.eigenvalues import top_eigenpairs
from landscape.curvature.hessian import HessianOperator
from landscape.curvature.spectrum import hessian_trace
from landscape.objective.objective import Objective

OUT_OF_MEMORY = {
    "gpu": lambda: torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB."),
    "cpu": lambda: RuntimeError(
        "[enforce fail at alloc_cpu.cpp:124] err == 0. DefaultCPUAllocator: can't allocate memory: "
        "you tried to allocate 21474836480 bytes. Error code 12 (Cannot allocate memory)"
    ),
}


def small_memory(rows, error):
    """A cross-entropy that runs out of memory on batches of more than `rows` rows, and counts how often."""

    def loss(model, batch):
        if loss.armed and len(batch[0]) > rows:
            loss.refused += 1
            raise error()
        return functional.cross_entropy(model(batch[0]), batch[1])

    loss.armed, loss.refused = False, 0
    return loss


def limited(case, rows, error=OUT_OF_MEMORY["gpu"], **options):
    loss = small_memory(rows, error)
    objective = Objective(case.model, data=case.data, loss=loss, **options)  # eleven samples
    loss.armed = True
    return objective, loss


@pytest.mark.parametrize("kind", OUT_OF_MEMORY)
@pytest.mark.parametrize("budget", [0, 2**30], ids=["rebuilt", "kept"])
@pytest.mark.parametrize(("rows", "halves"), [(8, 5), (4, 2), (1, 1)])
def test_products_fall_back_to_halves_and_say_so(convnet, untouched, kind, budget, rows, halves):
    objective, loss = limited(convnet, rows, OUT_OF_MEMORY[kind], batch_size=11, l2=0.3)
    operator = HessianOperator(objective, memory_budget=budget)
    assert operator.protocol()["out_of_memory"] == "none"
    truth = convnet.hessian(0.3)
    generator = torch.Generator().manual_seed(0)
    with untouched(convnet.model):
        for _ in range(3):
            vector = operator.probe(generator)
            assert torch.allclose(operator.matvec(vector), truth @ vector, rtol=1e-10, atol=1e-13)
    assert operator.products == 3
    said = json.loads(json.dumps(operator.protocol()))["out_of_memory"]
    assert said == f"halved to {halves} rows after running out of memory"
    # What does not fit is found out once, not at each product: per size, for the choice of a route before, and for the
    # three sizes at which a batch is compared with its halves.
    assert 1 <= loss.refused <= 6 + math.log2(11 / halves)


def test_ragged_batches_keep_their_weights(mlp):
    objective, _ = limited(mlp, 2, batch_size=5)  # batches of 5, 5 and 1
    operator = HessianOperator(objective)
    dense = operator.matmat(torch.eye(operator.size, dtype=torch.float64))
    assert torch.allclose(dense, mlp.hessian(), rtol=1e-10, atol=1e-13)


def test_measures_go_through(mlp):
    objective, _ = limited(mlp, 4, batch_size=11)
    plain = mlp.objective(batch_size=11)
    pairs, truth = top_eigenpairs(objective), top_eigenpairs(plain)
    assert pairs.values == pytest.approx(truth.values, rel=1e-8)
    assert pairs.protocol["out_of_memory"] == "halved to 2 rows after running out of memory"
    assert truth.protocol["out_of_memory"] == "none"
    assert hessian_trace(objective, probes=3).value == pytest.approx(hessian_trace(plain, probes=3).value, rel=1e-10)


def test_kept_graphs_are_given_up_first(mlp):
    built = 0

    def loss(model, batch):  # room for two batches' graphs, and no more
        nonlocal built
        built += 1
        if armed and built == 3:
            raise OUT_OF_MEMORY["cpu"]()
        return functional.cross_entropy(model(batch[0]), batch[1])

    armed = False
    objective = Objective(mlp.model, data=mlp.data, loss=loss, batch_size=4)
    operator = HessianOperator(objective, route="plain")
    vector = torch.ones(operator.size, dtype=torch.float64)
    operator.check_derivatives()  # which evaluates the loss as well
    armed, built = True, 0
    for _ in range(2):
        assert torch.allclose(operator.matvec(vector), mlp.hessian() @ vector, rtol=1e-10, atol=1e-13)
    assert operator.protocol()["out_of_memory"] == "graphs rebuilt at each product after running out of memory"
    assert operator.protocol()["graph"] == "rebuilt at each product"


def test_single_rows_that_do_not_fit_are_an_error(mlp, untouched):
    objective, _ = limited(mlp, 0, batch_size=11)
    operator = HessianOperator(objective)
    vector = torch.ones(operator.size, dtype=torch.float64)
    with untouched(mlp.model), pytest.raises((torch.OutOfMemoryError, ValueError), match="memory"):
        operator.matvec(vector)


def test_other_errors_are_not_taken_for_memory(mlp):
    objective, _ = limited(mlp, 4, lambda: RuntimeError("mat1 and mat2 shapes cannot be multiplied"), batch_size=11)
    operator = HessianOperator(objective)
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        operator.matvec(torch.ones(operator.size, dtype=torch.float64))
    assert operator.protocol()["out_of_memory"] == "none"


def test_batches_that_cannot_be_cut_are_an_error(mlp):
    X, y = mlp.data
    batches = [{"images": list(X), "labels": y}]  # a list of images, of which only the caller knows the rows
    armed = False

    def loss(model, batch):
        if armed:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return functional.cross_entropy(model(torch.stack(batch["images"])), batch["labels"])

    objective = Objective(mlp.model, data=batches, loss=loss, count=lambda batch: len(batch["images"]))
    armed = True
    with pytest.raises((torch.OutOfMemoryError, ValueError), match="memory"):
        HessianOperator(objective).matvec(torch.ones(objective.num_parameters))


# ---------------------------------------------------------------------- not finite


class Scale(nn.Module):
    def __init__(self, value):
        super().__init__()
        self.theta = nn.Parameter(torch.full((2,), value, dtype=torch.float64))


FINITE_WEIGHTS = {
    "loss is nan": (lambda theta: (theta - 3).sqrt().sum(), 1.0),
    "loss is infinite": (lambda theta: torch.exp(theta * 1e3).sum(), 1.0),
    "product overflows": (lambda theta: torch.exp(theta * 1e3).sum() * 1e-300, 0.98),
    "curvature is infinite": (lambda theta: theta.abs().pow(1.5).sum(), 0.0),
}


@pytest.mark.parametrize("function", [top_eigenpairs, hessian_trace])
@pytest.mark.parametrize("name", FINITE_WEIGHTS)
def test_curvature_that_is_not_finite_is_refused(name, function):
    formula, at = FINITE_WEIGHTS[name]
    objective = Objective(
        Scale(at), data=(torch.zeros(1),), loss=lambda model, batch: formula(model.theta), check_deterministic=False
    )
    with pytest.raises(ValueError, match="not finite"):
        function(objective)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_data_that_are_not_finite_do_not_pass_as_curvature(mlp, bad):
    X, y = mlp.data
    X = X.clone()
    X[7, 2] = bad
    objective = Objective(mlp.model, mlp.criterion, (X, y), check_deterministic=False)
    for function in (top_eigenpairs, hessian_trace):
        with pytest.raises(ValueError, match="not finite"):
            function(objective)


def test_loss_of_another_shape_at_a_later_batch_is_named(mlp):
    def loss(model, batch):
        losses = functional.cross_entropy(model(batch[0]), batch[1], reduction="none")
        return losses.mean() if len(losses) == 4 else losses  # the last batch has three rows

    objective = Objective(mlp.model, data=mlp.data, loss=loss, batch_size=4)
    with pytest.raises(ValueError, match=r"loss has shape \(3,\), not that of a scalar"):
        HessianOperator(objective).matvec(torch.ones(objective.num_parameters))
