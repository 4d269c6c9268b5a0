"""``capturable=True``: the same steps, without host synchronisation, in one compiled graph."""

import copy
import io
import math
import pickle

import pytest
import torch
from tiny_regression import backward, flat, make_model, set_gradient_norm, train
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from zenith.optimizer.zenith import Zenith

SETTINGS = [
    {},
    {"momentum": 0.9},
    {"momentum": 0.9, "nesterov": True, "weight_decay": 1e-2},
    {"weight_decay": 1e-2, "maximize": True, "lr": 1e-3},
    {"momentum": 0.9, "weight_decay": 1e-2, "fused": True},
    {"lr": torch.tensor(0.05, dtype=torch.float64)},
    {"l2_in_norm": True, "weight_decay": 0.1},
]


def groups(model):
    return [{"params": model[0].parameters(), "lr": 0.2}, {"params": model[2].parameters()}]


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
@pytest.mark.parametrize("per_group_norm", [False, True])
def test_steps_are_those_of_the_host(settings, per_group_norm):
    runs = []
    for capturable in (False, True):
        model = make_model()
        options = {"window": 5, "lr": 0.1, "per_group_norm": per_group_norm, **settings}
        optimizer = Zenith(groups(model), capturable=capturable, **options)
        lrs = []
        for step in range(40):
            backward(model, optimizer, step)
            optimizer.step()
            lrs.append(optimizer.effective_lrs)
        runs.append((model, optimizer, lrs))
    (host_model, host, host_lrs), (model, optimizer, lrs) = runs
    torch.testing.assert_close(flat(model), flat(host_model), rtol=1e-12, atol=1e-13)
    for found, expected in zip(lrs, host_lrs, strict=True):
        assert found == pytest.approx(expected, rel=1e-12)
    assert len(optimizer.gauges) == (2 if per_group_norm else 1)
    for found, expected in zip(optimizer.gauges, host.gauges, strict=True):
        assert found.norms == pytest.approx(expected.norms, rel=1e-12)
        assert found.zenith == pytest.approx(expected.zenith, rel=1e-12)
    assert optimizer.factor < 1 or settings.get("maximize")


class Reads(TorchDispatchMode):
    """Counts the reads of a tensor's value by the host, each of which would wait for an accelerator."""

    def __init__(self):
        super().__init__()
        self.count = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        self.count += function in (torch.ops.aten._local_scalar_dense.default, torch.ops.aten.is_nonzero.default)
        return function(*args, **(kwargs or {}))


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_a_step_reads_nothing_back(settings):
    counts = []
    for capturable in (True, False):
        model = make_model()
        optimizer = Zenith(model.parameters(), window=2, capturable=capturable, **{"lr": 0.1, **settings})
        for step in range(5):
            backward(model, optimizer, step)
            with Reads() as reads:
                optimizer.step()
        counts.append(reads.count)
    assert counts[0] == 0
    assert counts[1] >= 1  # or the counter sees nothing


COMPILED = [SETTINGS[2], SETTINGS[5], {"per_group_norm": True, "l2_in_norm": True, "weight_decay": 0.1}]


@pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")  # of torch's own imports
@pytest.mark.parametrize("backend", ["eager", pytest.param("inductor", marks=pytest.mark.slow)])
@pytest.mark.parametrize("settings", COMPILED, ids=str)
def test_compiles_to_one_graph(settings, backend):
    torch._dynamo.reset()
    torch._dynamo.utils.counters.clear()
    results = []
    for compiled in (False, True):
        model = make_model()
        optimizer = Zenith(groups(model), window=5, capturable=True, **{"lr": 0.1, **settings})

        def step(optimizer=optimizer):
            optimizer.step()

        taken = torch.compile(step, fullgraph=True, backend=backend) if compiled else step
        lr = optimizer.param_groups[1]["lr"]
        for number in range(20):
            backward(model, optimizer, number)
            taken()
            if isinstance(lr, torch.Tensor):
                lr.mul_(0.99)  # as a schedule would
        results.append((flat(model), optimizer))
        if isinstance(lr, torch.Tensor):
            lr.fill_(0.05)
    assert torch._dynamo.utils.counters["stats"]["unique_graphs"] == 1
    assert not torch._dynamo.utils.counters["graph_break"]
    (weights, eager), (compiled_weights, optimizer) = results
    torch.testing.assert_close(compiled_weights, weights, rtol=1e-12, atol=1e-13)
    assert optimizer.gauge.norms == pytest.approx(eager.gauge.norms, rel=1e-12)
    assert optimizer.effective_lrs == pytest.approx(eager.effective_lrs, rel=1e-12)
    assert eager.factor < 1
    torch._dynamo.reset()


def test_steps_write_in_place():
    model = make_model()
    optimizer = Zenith(model.parameters(), window=3, capturable=True, momentum=0.9)
    train(model, optimizer, range(2))

    def addresses():
        state = [s["momentum_buffer"] for s in optimizer.state.values()]
        gauge = [value for value in optimizer.param_groups[0]["gauge"].values() if isinstance(value, torch.Tensor)]
        return [t.data_ptr() for t in (*model.parameters(), *state, *gauge, optimizer.param_groups[0]["effective_lr"])]

    before = addresses()
    train(model, optimizer, range(2, 6))
    assert addresses() == before  # what a recorded graph goes on writing to


@pytest.mark.parametrize("bad", [math.inf, math.nan])
def test_a_norm_that_is_not_finite_is_not_recorded(bad):
    x = nn.Parameter(torch.zeros(2, dtype=torch.float64))
    optimizer = Zenith([x], lr=0.1, window=2, capturable=True)
    for norm in (4.0, 3.0, 2.0):
        set_gradient_norm(x, norm)
        optimizer.step()
    norms, factor = optimizer.gauge.norms, optimizer.factor
    x.grad = torch.tensor([bad, 0.0], dtype=torch.float64)
    optimizer.step()
    assert (optimizer.gauge.norms, optimizer.factor) == (norms, factor)
    assert not math.isfinite(optimizer.gradient_norm)


@pytest.mark.parametrize("fused", [True, False])
@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_grad_scaler(fused, momentum):
    results = []
    for capturable in (True, False):
        x = nn.Parameter(torch.tensor([3.0, 4.0]))
        optimizer = Zenith([x], lr=0.1, window=2, fused=fused, momentum=momentum, capturable=capturable)
        scaler = torch.amp.GradScaler("cpu", init_scale=64.0)
        for target in (math.inf, 1.0, 1.0, math.inf, 1.0):
            before, lr = x.detach().clone(), optimizer.effective_lr
            optimizer.zero_grad()
            scaler.scale((x * x).sum() / 2 * target).backward()
            scaler.step(optimizer)
            scaler.update()
            if math.isinf(target):
                assert torch.equal(x.detach(), before)
                assert optimizer.effective_lr == lr
        assert len(optimizer.gauge.norms) == 2
        results.append((x.detach(), optimizer.gauge.norms))
    torch.testing.assert_close(results[0][0], results[1][0])
    assert results[0][1] == pytest.approx(results[1][1])


def test_hidden_step_of_distributed_checkpoint_is_not_recorded():
    from torch.distributed.checkpoint.state_dict import get_optimizer_state_dict, set_optimizer_state_dict

    for lr in (0.1, torch.tensor(0.1)):
        model = make_model()
        optimizer = Zenith(model.parameters(), lr=lr, window=4, momentum=0.9, capturable=True)
        weights = flat(model)
        get_optimizer_state_dict(model, optimizer)
        assert optimizer.gauge.norms == ()
        assert optimizer.effective_lr == pytest.approx(0.1)
        assert torch.equal(flat(model), weights)
        train(model, optimizer, range(7))
        optimizer.zero_grad()
        saved = copy.deepcopy(get_optimizer_state_dict(model, optimizer))
        resumed_model = make_model()
        resumed_model.load_state_dict(model.state_dict())
        resumed = Zenith(resumed_model.parameters(), lr=lr, momentum=0.9, capturable=True)
        set_optimizer_state_dict(resumed_model, resumed, saved)
        assert train(resumed_model, resumed, range(7, 12)) == train(model, optimizer, range(7, 12))


def through_file(pair):
    model, optimizer = pair
    file = io.BytesIO()
    torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict()}, file)
    file.seek(0)
    saved = torch.load(file, weights_only=True)
    other = make_model()
    other.load_state_dict(saved["model"])
    resumed = Zenith(other.parameters(), window=99)  # the checkpoint's settings win, capturable included
    resumed.load_state_dict(saved["optimizer"])
    return other, resumed


@pytest.mark.parametrize(
    "copied",
    [copy.deepcopy, lambda pair: pickle.loads(pickle.dumps(pair)), through_file],
    ids=["copy", "pickle", "file"],
)
def test_copies_continue_bit_for_bit_and_on_their_own(copied):
    model = make_model()
    optimizer = Zenith(model.parameters(), window=5, momentum=0.9, capturable=True)
    train(model, optimizer, range(8))
    other_model, other = copied((model, optimizer))
    expected = train(model, optimizer, range(8, 20))
    assert other.gauge.norms != optimizer.gauge.norms
    assert train(other_model, other, range(8, 20)) == expected
    assert torch.equal(flat(model), flat(other_model))
    assert other.window == optimizer.window == 5


def test_state_dict_is_a_snapshot():
    model = make_model()
    optimizer = Zenith(model.parameters(), window=3, capturable=True)
    train(model, optimizer, range(4))
    group = optimizer.state_dict()["param_groups"][0]
    zenith, applied = group["gauge"]["norms"].clone(), group["effective_lr"].clone()
    train(model, optimizer, range(4, 9))
    assert torch.equal(group["gauge"]["norms"], zenith)
    assert torch.equal(group["effective_lr"], applied)


def test_a_norm_may_be_handed_in_as_a_tensor():
    x = nn.Parameter(torch.zeros(2))
    optimizer = Zenith([x], window=3, capturable=True)
    set_gradient_norm(x, 1.0)
    with Reads() as reads:
        optimizer.step(grad_norm=torch.tensor(7.0))
    assert reads.count == 0
    assert optimizer.gauge.norms == (7.0,)


def test_complex_half_and_scalar_parameters():
    for dtype in (torch.complex64, torch.bfloat16, torch.float32):
        results = []
        for capturable in (True, False):
            shapes = [(3,), ()]
            params = [nn.Parameter(torch.ones(shape, dtype=dtype)) for shape in shapes]
            optimizer = Zenith(params, lr=0.25, window=2, capturable=capturable)
            for step in range(5):
                for p in params:
                    p.grad = torch.full_like(p, 2.0**-step)
                optimizer.step()
            results.append([p.detach() for p in params])
        for found, expected in zip(*results, strict=True):
            assert found.dtype == dtype
            torch.testing.assert_close(found, expected, rtol=1e-2 if dtype == torch.bfloat16 else 1e-6, atol=0)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"dampening": 0.5, "momentum": 0.9}, "capturable=True with dampening=0.5"),
        ({"params": [{"params": [nn.Parameter(torch.ones(1))], "capturable": False}]}, "no capturable of its own"),
        (
            {"params": [nn.Parameter(torch.ones(1)), nn.Parameter(torch.ones(1, device="meta"))]},
            "parameters on .'cpu', 'meta'.: keep them on one device",
        ),
    ],
)
def test_what_it_cannot_do_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        Zenith(settings.pop("params", [nn.Parameter(torch.ones(1))]), capturable=True, **settings)


def test_sparse_gradients_are_refused():
    x = nn.Parameter(torch.ones(4))
    optimizer = Zenith([x], capturable=True)
    x.grad = torch.ones(4).to_sparse()
    with pytest.raises(ValueError, match="capturable=True takes no sparse gradients"):
        optimizer.step()
