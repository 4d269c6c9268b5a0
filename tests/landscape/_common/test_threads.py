"""Evaluations in several threads are right, and a training beside them is as it would be without."""

import copy
import random
import subprocess
import sys
import threading
import time
import types
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from slice_workers import STEPS, directions
from torch import nn
from torch.nn import functional

from landscape.curvature.eigenvalues import top_eigenpairs
from landscape.curvature.hessian import HessianOperator
from landscape.curvature.spectrum import hessian_trace
from landscape.explorer.background_measurement import MeasurementOptions, Worker
from landscape.objective.objective import Objective
from landscape.sharpness.average import average_sharpness
from landscape.slices.directions import random_direction
from landscape.slices.grid import line, plane
from zenith._common.roi_align import differentiable_roi_align


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


def test_the_threads_of_a_dask_scheduler_find_the_values_of_one(convnet, framework):
    distributed = framework("dask.distributed")
    objective = convnet.objective()
    along = directions(objective)
    alone = plane(objective, along, STEPS, route="plain")
    cluster = distributed.LocalCluster(
        processes=False, n_workers=1, threads_per_worker=4, dashboard_address=None, worker_dashboard_address=None
    )
    with cluster, distributed.Client(cluster) as client:
        for workers in (client, client.get_executor()):
            together = plane(objective, along, STEPS, route="plain", workers=workers)
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
            while True:  # each at least once, however late its thread starts
                for i in range(first, len(measures), 4):
                    found[i].append(measures[i]())
                if stop.is_set():
                    return
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


READY = network()
"""A model made beforehand, which takes random numbers."""

MEASURES = {
    "value": lambda objective, along: objective.value(),
    "gradient": lambda objective, along: objective.value_and_gradient(),
    "statistics": lambda objective, along: objective.with_batchnorm("recomputed").value(),
    "eigenpairs": lambda objective, along: top_eigenpairs(objective, max_products=6),
    "plane": lambda objective, along: plane(objective, along, [0.0, 0.5], route="plain"),
    "objective": lambda objective, along: Objective(READY, nn.CrossEntropyLoss(), data(), batch_size=10),
}


def losses_of_training(draw, beside=None, steps=0):
    """Train until `beside` has returned, or for some steps; return the loss at each."""
    losses, stop, model = [], threading.Event(), network()
    torch.manual_seed(7)
    random.seed(7)
    np.random.seed(7)  # noqa: NPY002
    inputs, targets = data()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)

    def train():
        while len(losses) < steps or (beside and not stop.is_set()):
            optimizer.zero_grad()
            loss = functional.cross_entropy(model(inputs + draw()), targets)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())

    thread = threading.Thread(target=train)
    thread.start()
    try:
        if beside:
            while not losses:
                time.sleep(0.001)
            beside()
    finally:
        stop.set()
        thread.join()
    return losses


@pytest.mark.parametrize("draw", [lambda: 0.0, lambda: random.random() * np.random.rand() * 1e-3], ids=["torch", "all"])  # noqa: NPY002
def test_a_training_in_another_thread_is_the_same_beside_measurements_in_the_main_one(draw):
    """Each evaluation put the process's random states back as they were, so that the training drew its masks twice."""
    objective = Objective(network(), nn.CrossEntropyLoss(), data(), batch_size=10)
    along = random_direction(objective, seed=0), random_direction(objective, seed=1)

    def measure():
        for one in MEASURES.values():
            one(objective, along)

    beside = losses_of_training(draw, measure)
    assert beside == losses_of_training(draw, steps=len(beside))[: len(beside)]


@pytest.fixture
def company():
    """Another thread, which does nothing."""
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    yield
    stop.set()
    thread.join()


WAITING = """
import io, multiprocessing, threading
from tqdm import tqdm
from landscape._common.random import QUIET, alone

queue, end = multiprocessing.Queue(), threading.Event()
queue.put(1)
bar = tqdm(total=1, file=io.StringIO())
threading.Thread(target=end.wait, name=QUIET + "waits").start()
print(threading.active_count(), alone())
threading.Thread(target=end.wait).start()
print(threading.active_count(), alone())
end.set()
"""


def test_threads_that_only_wait_or_send_are_no_company():
    said = subprocess.run([sys.executable, "-c", WAITING], capture_output=True, text=True, check=True).stdout
    assert said.splitlines() == ["4 True", "5 False"]


DRAWS = {
    "dropout": lambda x: functional.dropout(x, 0.5),
    "attention": lambda x: functional.scaled_dot_product_attention(x[None], x[None], x[None], dropout_p=0.5)[0],
    "randn": lambda x: x + torch.randn_like(x),
    "in place": lambda x: x + torch.empty_like(x).uniform_(),
    "numpy": lambda x: x * np.random.rand(),  # noqa: NPY002
    "python": lambda x: x * random.gauss(0, 1),
}


@pytest.mark.parametrize("draw", DRAWS.values(), ids=DRAWS)
def test_what_draws_is_reproducible_beside_other_threads_and_gives_the_states_back(mlp, untouched, company, draw):
    def loss(model, batch):
        return functional.cross_entropy(draw(model(batch[0])), batch[1])

    with untouched(mlp.model):
        objective = Objective(mlp.model, data=mlp.data, loss=loss, check_deterministic=False)
        value = objective.value()
        assert objective.value() == value
    torch.rand(1)
    random.random()
    np.random.rand()  # noqa: NPY002
    assert objective.value() != value


@pytest.mark.parametrize("metric", [lambda *_: torch.rand(()), lambda *_: torch.tensor(np.random.rand())])  # noqa: NPY002
def test_a_metric_that_draws_gives_the_states_back_beside_other_threads(mlp, untouched, company, metric):
    objective = Objective(mlp.model, nn.CrossEntropyLoss(), mlp.data, metrics={"noise": metric})
    with untouched(mlp.model):
        assert objective.evaluate() == objective.evaluate()


def test_a_model_that_another_thread_runs_is_refused_in_the_main_one(mlp, untouched):
    entered, leave = threading.Event(), threading.Event()
    objective, copied = mlp.objective(), copy.deepcopy(mlp.model)
    value = objective.value()

    def hold(*_):
        if threading.current_thread() is not threading.main_thread():
            entered.set()
            leave.wait()

    handle = mlp.model[0].register_forward_hook(hold)
    thread = threading.Thread(target=mlp.model, args=(mlp.data[0],), daemon=True)
    thread.start()
    try:
        entered.wait()
        with untouched(mlp.model), pytest.raises(ValueError, match=r"Another thread runs the model .*: measure a copy"):
            objective.value()
        assert Objective(copied, nn.CrossEntropyLoss(), mlp.data).value() == pytest.approx(value, rel=1e-6)
    finally:
        leave.set()
        thread.join()
        handle.remove()
    assert objective.value() == value


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

    assert elsewhere(objective.value) == objective.value()
    assert torch.equal(elsewhere(product), product())


class Bare(nn.Module):
    """Attention by the function itself, with a mask of each kind."""

    def __init__(self, mask):
        super().__init__()
        self.project, self.head = nn.Linear(8, 24), nn.Linear(8, 2)
        self.mask = torch.ones(5, 5, dtype=torch.bool).tril() if mask == "bool" else None
        self.mask = torch.linspace(-1, 1, 25).view(5, 5).double() if mask == "float" else self.mask
        self.causal = mask == "causal"

    def forward(self, x):
        parts = self.project(x).unflatten(-1, (3, 2, 4)).permute(2, 0, 3, 1, 4)
        found = functional.scaled_dot_product_attention(*parts, self.mask, 0.0, self.causal)
        return self.head(found.transpose(1, 2).flatten(2).mean(dim=1))


def models():
    """Models that have taken switches of the process, or do."""
    torch.manual_seed(0)
    weighted = nn.utils.parametrizations.weight_norm(nn.Linear(40, 6))
    return {
        **{f"attention, {mask} mask": Bare(mask) for mask in ("no", "bool", "float", "causal")},
        "lstm": Sequence("lstm"),
        "weight norm": nn.Sequential(nn.Flatten(), weighted, nn.Hardswish(), nn.Linear(6, 2)),
        "convolution": nn.Sequential(nn.Conv1d(5, 4, 3), nn.BatchNorm1d(4), nn.ReLU(), nn.Flatten(), nn.Linear(24, 2)),
    }


@pytest.mark.parametrize("name", models())
def test_second_derivatives_in_the_background_are_the_main_threads_and_take_no_switch(name):
    inputs = torch.randn(6, 5, 8, generator=torch.Generator().manual_seed(1)).double()
    objective = Objective(models()[name].double(), nn.CrossEntropyLoss(), (inputs, torch.arange(6) % 2))
    vector = torch.randn(objective.num_parameters, generator=torch.Generator().manual_seed(3)).double()

    def product():
        with HessianOperator(objective) as hessian:
            return hessian.matvec(vector)

    here, seen = product(), {switches()}
    with ThreadPoolExecutor(1) as executor:
        there = executor.submit(lambda: [product() for _ in range(3)])
        while not there.done():
            seen.add(switches())
    assert all(torch.equal(each, here) for each in there.result())
    assert len(seen) == 1


def test_other_threads_find_the_roi_align_of_torchvision(monkeypatch):
    """As torchvision itself, which need not be there: a module whose function is replaced inside."""
    module = types.SimpleNamespace(roi_align=lambda *_: "torchvision's")
    for name in ("ops", "ops.roi_align", "ops.poolers", "models.detection.roi_heads"):
        monkeypatch.setitem(sys.modules, f"torchvision.{name}", module)

    def pool():
        with differentiable_roi_align():
            here = module.roi_align(torch.ones(1, 1, 4, 4), torch.tensor([[0.0, 0, 0, 2, 2]]), 1)
            return here, elsewhere(module.roi_align)

    here, there = elsewhere(pool)
    assert here.item() == 1
    assert there == module.roi_align() == "torchvision's"


def test_pyhessian_seeds_the_process_and_is_for_the_main_thread(mlp):
    with pytest.raises(ValueError, match=r'in the main thread, or take method="lanczos"'):
        elsewhere(top_eigenpairs, mlp.objective(), method="pyhessian")


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

    worker = Worker(at, lambda run: MeasurementOptions(), told.append, lambda found: None)
    assert worker.start("run", 0, "eigenvalue")
    worker.wait()
    assert told[-1]["kind"] == "done"
    assert set(made) == {threading.main_thread()}
    assert measured
    assert threading.main_thread() not in measured
    worker = Worker(lambda run, step: 1 / 0, lambda run: MeasurementOptions(), told.append, lambda found: None)
    assert worker.start("run", 0, "eigenvalue")
    assert told[-1] == {"kind": "error", "text": "division by zero", "fraction": None}
    assert worker.start("run", 0, "eigenvalue")  # nothing is under way
