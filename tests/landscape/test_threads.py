"""Evaluations in several threads are right, and a training beside them is as it would be without."""

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from slice_workers import STEPS, directions
from torch import nn
from torch.nn import functional

from landscape.directions import random_direction
from landscape.eigen import top_eigenpairs
from landscape.explorer.measuring import How
from landscape.explorer.worker import Worker
from landscape.hessian import HessianOperator
from landscape.objective import Objective
from landscape.sharpness import average_sharpness
from landscape.slices import line, plane
from landscape.spectrum import hessian_trace


def elsewhere(function, *arguments, **keywords):
    """Return what a function returns in a background thread."""
    with ThreadPoolExecutor(1) as executor:
        return executor.submit(function, *arguments, **keywords).result()


def network():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Dropout(0.5), nn.Flatten(), nn.Linear(64, 3)
    )


def data():
    generator = torch.Generator().manual_seed(1)
    return torch.randn(24, 1, 6, 6, generator=generator), torch.randint(3, (24,), generator=generator)


def switches():
    backends = torch.backends
    return (
        (backends.cudnn.enabled, backends.cudnn.deterministic, backends.cudnn.benchmark),
        backends.mha.get_fastpath_enabled(),
        (backends.fp32_precision, backends.cuda.matmul.fp32_precision, backends.cudnn.conv.fp32_precision),
        (backends.mkldnn.enabled, backends.mkldnn.matmul.fp32_precision),
        (
            backends.cuda.flash_sdp_enabled(),
            backends.cuda.mem_efficient_sdp_enabled(),
            backends.cuda.math_sdp_enabled(),
        ),
        torch.get_num_threads(),
    )


@pytest.mark.parametrize("route", ["plain", "rewritten"])
def test_four_threads_find_the_values_of_one(convnet, route):
    objective = convnet.objective()
    along = directions(objective)
    alone = plane(objective, along, STEPS, route=route)
    with ThreadPoolExecutor(4) as executor:
        together = plane(objective, along, STEPS, route=route, workers=executor)
    assert together.loss.values == pytest.approx(alone.loss.values, rel=1e-12)


def trained(model, steps):
    """Train with random numbers of every kind; return all that could differ, and what the switches were meanwhile."""
    torch.manual_seed(7)
    random.seed(7)
    np.random.seed(7)  # noqa: NPY002
    inputs, targets = data()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    model.train()
    seen, flags = set(), set()
    for _ in range(steps):
        optimizer.zero_grad()
        noise = random.random() * 1e-3 + np.random.rand() * 1e-3  # noqa: NPY002
        functional.cross_entropy(model(inputs + noise * torch.randn_like(inputs)), targets).backward()
        optimizer.step()
        seen.add(switches())
        flags.add(all(module.training for module in model.modules()))
    states = torch.get_rng_state(), random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002
    return [t.clone() for t in model.state_dict().values()], states, seen, flags


def test_a_training_is_the_same_beside_measurements_of_its_model():
    """Four threads measure, and one shares a plane among four more, all the time that the model is trained."""
    steps = 150
    weights, states, seen, flags = trained(network(), steps)
    model = network()
    objective = Objective(model, nn.CrossEntropyLoss(), data(), batch_size=10)
    along = random_direction(objective, seed=0), random_direction(objective, seed=1)
    executor = ThreadPoolExecutor(4)
    measures = [
        lambda: objective.value(),
        lambda: objective.with_batchnorm("recomputed").value(),
        lambda: top_eigenpairs(objective, tol=1e-2).values[0],
        lambda: hessian_trace(objective, probes=2).value,
        lambda: average_sharpness(objective, rho=0.1, samples=2).value,
        lambda: float(line(objective, along[0], [0.0, 0.5])["loss"][1]),
        lambda: float(plane(objective, along, [0.0, 0.5], route="plain", workers=executor)["loss"][1, 1]),
    ]
    truth = [measure() for measure in measures[:-1]] + [float(plane(objective, along, [0.0, 0.5])["loss"][1, 1])]
    found, stop, failures = [[] for _ in measures], threading.Event(), []

    def work(first):
        try:
            while not stop.is_set():
                for i in range(first, len(measures), 4):
                    found[i].append(measures[i]())
        except BaseException as error:
            failures.append(error)

    workers = [threading.Thread(target=work, args=(first,)) for first in range(4)]
    for worker in workers:
        worker.start()
    try:
        while not (any(found) or failures):  # they are at it
            time.sleep(0.01)
        beside = trained(model, steps)
    finally:
        stop.set()
        for worker in workers:
            worker.join()
        executor.shutdown()
    assert not failures
    assert all(torch.equal(a, b) for a, b in zip(beside[0], weights, strict=True))
    assert torch.equal(beside[1][0], states[0])
    assert beside[1][1:] == states[1:]
    assert beside[2] == seen
    assert beside[3] == flags == {True}
    for values, value in zip(found, truth, strict=True):
        assert values
        np.testing.assert_allclose(values, value, rtol=1e-4)


class Sequence(nn.Module):
    """Attention with padding, or an LSTM."""

    def __init__(self, kind):
        super().__init__()
        self.kind = kind
        self.layer = nn.LSTM(8, 8) if kind == "lstm" else nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
        self.head = nn.Linear(8, 2)

    def forward(self, x):
        if self.kind == "lstm":
            return self.head(self.layer(x)[0].mean(dim=1))
        mask = torch.zeros(x.shape[:2], dtype=torch.bool)
        mask[:, -1] = True
        return self.head(self.layer(x, src_key_padding_mask=mask).mean(dim=1))


@pytest.mark.parametrize("kind", ["attention", "lstm"])
def test_values_and_products_are_those_of_the_main_thread(kind):
    torch.manual_seed(0)
    objective = Objective(
        Sequence(kind).double(), nn.CrossEntropyLoss(), (torch.randn(6, 5, 8).double(), torch.randint(2, (6,)))
    )
    vector = torch.randn(objective.num_parameters, generator=torch.Generator().manual_seed(3)).double()

    def product():
        with HessianOperator(objective) as hessian:
            return hessian.matvec(vector)

    assert elsewhere(objective.value) == pytest.approx(objective.value(), rel=1e-12)
    torch.testing.assert_close(elsewhere(product), product(), rtol=1e-9, atol=1e-12)


def test_statistics_are_recomputed_on_the_private_copy(convnet, untouched):
    objective = convnet.objective()
    with untouched(convnet.model):
        there = elsewhere(objective.batchnorm_statistics)
    for name, value in objective.batchnorm_statistics().items():
        torch.testing.assert_close(there[name], value)


def test_frozen_parameters_and_a_restriction_are_no_hindrance(convnet):
    next(convnet.model.parameters()).requires_grad_(False)
    objective = convnet.objective()
    assert elsewhere(objective.value) == pytest.approx(objective.value(), rel=1e-12)
    part = objective.restrict(next(iter(objective.parameters)))
    assert elsewhere(part.value) == pytest.approx(part.value(), rel=1e-12)


def test_what_would_be_wrong_or_disturb_others_is_refused_there(mlp):
    model, inputs = mlp.model, mlp.data
    around = Objective(model, data=inputs, loss=lambda _, batch: functional.cross_entropy(model(batch[0]), batch[1]))
    around.value()  # the main thread's model is the one at hand
    with pytest.raises(ValueError, match=r"uses the model itself .* write it in terms of its first argument"):
        elsewhere(around.value)

    def penalised(net, batch):
        return functional.cross_entropy(net(batch[0]), batch[1]) + model[0].weight.norm()

    with pytest.raises(ValueError, match="uses the model itself"):
        elsewhere(Objective(model, data=inputs, loss=penalised).value)

    def noisy(net, batch):
        return functional.cross_entropy(net(batch[0]) + 0 * torch.randn(3), batch[1])

    with pytest.raises(ValueError, match=r"draws random numbers \(randn\)"):
        elsewhere(Objective(model, data=inputs, loss=noisy).value)
    model.lock = threading.Lock()
    with pytest.raises(ValueError, match="cannot be copied for a background thread"):
        elsewhere(mlp.objective().value)


def test_the_explorer_makes_objectives_where_it_is_asked_and_measures_elsewhere(mlp):
    """Making a model draws random numbers, which are those of whoever trains in the main thread."""
    made, measured, told = [], [], []

    def loss(model, batch):
        measured.append(threading.current_thread())
        return functional.cross_entropy(model(batch[0]), batch[1])

    def at(run, step):
        made.append(threading.current_thread())
        objective = Objective(mlp.model, data=mlp.data, loss=loss)
        measured.clear()
        return objective

    worker = Worker(at, How, told.append, lambda found: None)
    assert worker.start("run", 0, "eigenvalue")
    worker.wait()
    assert told[-1]["kind"] == "done"
    assert set(made) == {threading.main_thread()}
    assert measured
    assert threading.main_thread() not in measured
    worker = Worker(lambda run, step: 1 / 0, How, told.append, lambda found: None)
    assert worker.start("run", 0, "eigenvalue")
    assert told[-1] == {"kind": "error", "text": "division by zero", "fraction": None}
    assert worker.start("run", 0, "eigenvalue")  # nothing is under way
