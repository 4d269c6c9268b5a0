"""Second-order measures leave no trace: on the model, on the process, or in memory; not even when they are stopped."""

import contextlib
import ctypes
import gc
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from landscape.curvature.eigenvalues import top_eigenpairs
from landscape.curvature.hessian import HessianOperator
from landscape.curvature.spectrum import hessian_trace
from landscape.objective.objective import Objective


def product(objective, budget=2**30):
    with HessianOperator(objective, memory_budget=budget) as operator:
        for vector in torch.eye(operator.size, dtype=operator.dtype)[:3]:
            operator.matvec(vector)


def block(objective):
    operator = HessianOperator(objective)
    operator.matmat(torch.eye(operator.size, dtype=operator.dtype)[:, :5])


MEASURES: dict[str, Callable[[Objective], object]] = {
    "product": product,
    "product, graph rebuilt": lambda objective: product(objective, budget=0),
    "block product": block,
    "eigenpairs, lanczos": lambda objective: top_eigenpairs(objective, 2, max_products=12),
    "eigenpairs, power": lambda objective: top_eigenpairs(objective, 2, method="power", max_products=8),
    "eigenpairs, pyhessian": lambda objective: top_eigenpairs(objective, method="pyhessian", max_products=5),
    "trace": lambda objective: hessian_trace(objective, probes=4),
    "product of a part": lambda objective: product(objective.restrict(next(iter(objective.parameters)))),
}


def process_state():
    """Every switch of the process that an evaluation could pull."""
    backends = torch.backends
    return (
        torch.is_grad_enabled(),
        torch.is_inference_mode_enabled(),
        torch.is_autocast_enabled("cpu"),
        torch.get_default_dtype(),
        torch.get_num_threads(),
        torch.are_deterministic_algorithms_enabled(),
        torch.get_float32_matmul_precision(),
        backends.mha.get_fastpath_enabled(),
        (backends.cudnn.enabled, backends.cudnn.deterministic, backends.cudnn.benchmark),
        (
            backends.cuda.flash_sdp_enabled(),
            backends.cuda.mem_efficient_sdp_enabled(),
            backends.cuda.math_sdp_enabled(),
        ),
        torch.autograd.is_multithreading_enabled(),
    )


def attributes(model):
    """What each module holds beside tensors: hooks, and whatever was put on it."""
    return [
        (
            type(module),
            sorted(vars(module)),
            [len(hooks) for name, hooks in vars(module).items() if name.endswith("_hooks")],
            [name for name, _ in module.named_children()],
        )
        for module in model.modules()
    ]


def prepare(case):
    """Gradients, a mix of flags, and one frozen tensor, as in the middle of somebody's training."""
    for p in case.trainable()[:2]:
        p.grad = torch.full_like(p, 0.5)
    case.trainable()[-1].requires_grad_(False)
    next(case.model.children()).eval()
    return case


@pytest.mark.parametrize("name", ["convnet", "attention", "recurrent", "tied"])
@pytest.mark.parametrize("measure", MEASURES.values(), ids=MEASURES)
def test_model_and_process_are_as_before(make_case, untouched, name, measure):
    case = prepare(make_case(name))
    objective = case.objective()
    model, process = attributes(case.model), process_state()
    data = [tensor.clone() for tensor in case.data]
    point = {name: p.clone() for name, p in objective.parameters.items()}
    with untouched(case.model):
        measure(objective)
    assert attributes(case.model) == model
    assert process_state() == process
    assert all(map(torch.equal, case.data, data))
    assert all(torch.equal(objective.parameters[name], p) for name, p in point.items())
    assert not any(p.requires_grad for p in objective.parameters.values())


class StoppedError(Exception):
    pass


@pytest.mark.parametrize("error", [StoppedError, KeyboardInterrupt])
@pytest.mark.parametrize("at", [1, 2], ids=["first batch", "second batch"])
@pytest.mark.parametrize("measure", MEASURES.values(), ids=MEASURES)
def test_stopped_in_the_middle(make_case, untouched, measure, at, error):
    case = prepare(make_case("convnet"))
    countdown = 10**6

    def loss(model, batch):
        nonlocal countdown
        value = functional.cross_entropy(model(batch[0]), batch[1])
        countdown -= 1
        if countdown <= 0:
            raise error
        return value

    objective = Objective(case.model, data=case.data, loss=loss, batch_size=4)
    vector = torch.ones(objective.num_parameters, dtype=torch.float64)
    truth = HessianOperator(objective).matvec(vector)
    model, process = attributes(case.model), process_state()
    countdown = at
    with untouched(case.model), pytest.raises(error):
        measure(objective)
    countdown = 10**6
    assert attributes(case.model) == model
    assert process_state() == process
    assert torch.allclose(HessianOperator(objective).matvec(vector), truth, rtol=1e-10)


def test_operator_goes_on_after_an_interruption(mlp):
    interrupted = False

    def loss(model, batch):
        if interrupted and len(batch[0]) == 3:  # the last batch
            raise KeyboardInterrupt
        return functional.cross_entropy(model(batch[0]), batch[1])

    objective = Objective(mlp.model, data=mlp.data, loss=loss, batch_size=4)
    vector = torch.ones(objective.num_parameters, dtype=torch.float64)
    operator = HessianOperator(objective)
    interrupted = True
    with pytest.raises(KeyboardInterrupt):
        operator.matvec(vector)
    interrupted = False
    for _ in range(2):
        assert torch.allclose(operator.matvec(vector), mlp.hessian() @ vector, rtol=1e-10, atol=1e-13)


# ---------------------------------------------------------------------- memory


def tensors_alive():
    return sum(issubclass(type(item), Tensor) for item in gc.get_objects())


class MallInfo(ctypes.Structure):
    """What glibc's mallinfo2 returns."""

    _fields_ = tuple(
        (name, ctypes.c_size_t)
        for name in [
            "arena",
            "ordblks",
            "smblks",
            "hblks",
            "hblkhd",
            "usmblks",
            "fsmblks",
            "uordblks",
            "fordblks",
            "keepcost",
        ]
    )


MALLINFO = getattr(ctypes.CDLL(None), "mallinfo2", None)


def allocated():
    """Bytes that this process has asked for and not given back: the resident ones depend on what was freed before."""
    MALLINFO.restype = MallInfo
    found = MALLINFO()
    return found.uordblks + found.hblkhd


@pytest.fixture
def wide():
    """Vectors of 13 kB."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(4, 200), nn.Tanh(), nn.Linear(200, 3)).double()
        data = torch.randn(8, 4, dtype=torch.float64), torch.randint(0, 3, (8,))
    return Objective(model, nn.CrossEntropyLoss(), data, batch_size=4)


def grows(call: Callable[[], object], times: int, *, collect: bool = False) -> tuple[int, int]:
    """Tensors and bytes left behind by `times` calls: the least of two runs, after a first one that is as long.

    A leak grows in each run alike, a cache that fills does so once.
    Unless `collect`, the garbage collector does not run: what only it frees is a leak for as long as it waits.
    """
    gc.collect()
    gc.disable()
    try:
        left = []
        for _ in range(3):
            tensors, memory = tensors_alive(), allocated() if MALLINFO else 0
            for _ in range(times):
                call()
            if collect:
                gc.collect()
            left.append((tensors_alive() - tensors, allocated() - memory if MALLINFO else 0))
        return min(tensors for tensors, _ in left[1:]), min(memory for _, memory in left[1:])
    finally:
        gc.enable()


needs_glibc = pytest.mark.skipif(MALLINFO is None, reason="asks glibc what is allocated (mallinfo2, glibc 2.33)")


def check_nothing_kept(call: Callable[[], object], times: int, vector: Tensor) -> None:
    tensors, memory = grows(call, times)
    assert tensors == 0
    assert memory < times * vector.nbytes / 2, "more than half a vector stays behind from each call"


@needs_glibc
@pytest.mark.parametrize("budget", [0, 2**30], ids=["rebuilt", "kept"])
def test_products_leave_nothing_behind(wide, budget):
    operator = HessianOperator(wide, memory_budget=budget)
    vector = torch.ones(operator.size, dtype=torch.float64)
    check_nothing_kept(lambda: operator.matvec(vector), 350, vector)


@needs_glibc
def test_operators_and_objectives_leave_nothing_behind(wide):
    vector = torch.ones(wide.num_parameters, dtype=torch.float64)

    def build():
        objective = wide.at(wide.parameters)
        HessianOperator(objective).matvec(vector)
        objective.value_and_gradient()

    check_nothing_kept(build, 100, vector)


@needs_glibc
@pytest.mark.parametrize("keep", [Tensor.clone, lambda v: v.numpy().tobytes()], ids=["a tensor", "memory alone"])
def test_a_vector_kept_from_every_call_is_noticed(wide, keep):
    vector, kept = torch.ones(wide.num_parameters, dtype=torch.float64), []
    with pytest.raises(AssertionError):
        check_nothing_kept(lambda: kept.append(keep(vector)), 100, vector)


@pytest.mark.slow
def test_solvers_leave_no_tensors_behind(wide):
    for call in (
        lambda: top_eigenpairs(wide, 2, max_products=10),
        lambda: top_eigenpairs(wide, 2, method="power", max_products=10),
        lambda: hessian_trace(wide, probes=3),
    ):
        assert grows(call, 10)[0] == 0


def test_interruptions_leave_nothing_behind():
    armed = False

    def loss(model, batch):
        value = functional.cross_entropy(model(batch[0]), batch[1])
        if armed:
            raise StoppedError
        return value

    objective = Objective(
        nn.Sequential(nn.Linear(4, 200), nn.Tanh(), nn.Linear(200, 3)).double(),
        data=(torch.ones(4, 4, dtype=torch.float64), torch.tensor([0, 1, 2, 0])),
        loss=loss,
    )
    operator = HessianOperator(objective)
    vector = torch.ones(operator.size, dtype=torch.float64)
    armed = True

    def stopped():
        with contextlib.suppress(StoppedError):
            operator.matvec(vector)
            pytest.fail("was not stopped")

    assert grows(stopped, 40, collect=True)[0] == 0  # a traceback and its frames refer to each other
