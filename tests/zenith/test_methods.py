"""The table of methods: complete, consistent, and strict about names."""

from __future__ import annotations

import copy
import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils._python_dispatch import TorchDispatchMode

import zenith
from zenith import methods
from zenith.baselines.line_probe import LineProbe
from zenith.methods.method import CELLS, LICENCES
from zenith.methods.schedules import SCHEDULES

TORCH = "sgd sgd-momentum adam adamw nadam rmsprop adagrad adamax asgd"
RIVALS = "pal lqa gen l4 ali-g sps cocob dog dowg d-adaptation prodigy adamz adamz-corrected adamz-clip-only"
MODERN = "adamw-cosine muon-cosine schedule-free-sgd schedule-free-adamw muon soap sam zenith-adamw zenith-muon"


def weight() -> Tensor:
    return torch.ones(3, requires_grad=True)


def take(name: str, optimizer: torch.optim.Optimizer, model: nn.Module) -> None:
    """One step on a fixed batch, as the training loop takes it."""
    inputs = torch.linspace(-1, 1, 24).reshape(8, 3)

    def forward() -> Tensor:
        return functional.mse_loss(model(inputs), inputs.sum(1, keepdim=True))

    def gradients() -> Tensor:
        optimizer.zero_grad()
        loss = forward()
        loss.backward()
        return loss.detach()

    row = methods.get(name)
    probe = LineProbe(model, forward) if "probe" in row.needs else None
    loss = None if "closure" in row.needs else gradients()
    methods.step(name, optimizer, loss=loss, probe=probe, closure=gradients)


def network(seed: int = 0) -> nn.Module:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(3, 40), nn.Tanh(), nn.Linear(40, 1))


def test_table_holds_every_method_of_the_papers_and_the_controls():
    assert methods.names()[0] == "zenith"
    assert set(methods.names()) == {"zenith", *SCHEDULES, *TORCH.split(), *RIVALS.split(), *MODERN.split()}
    for name, row in methods.METHODS.items():
        assert row.name == name
        assert row.family in ("automatic", "schedule", "reference")
        assert row.kind in ("SGD", "line search", "Polyak", "parameter-free", "adaptive", "modern")
        assert row.schedule in SCHEDULES
        assert row.needs <= {"loss", "probe", "closure"}
        assert row.licence == LICENCES[row.library]
        assert row.nan in ("spreads", "skips")
        assert set(row.exceptions) <= set(CELLS)
        assert all((row.label, row.description, row.citation))
        assert "lr" in row.optimizer_defaults


def test_a_studys_learning_rate_is_meant_for_plain_sgd_only():
    sharing = {name for name, row in methods.METHODS.items() if row.shares_lr}
    assert sharing == {"zenith", *SCHEDULES}


@pytest.mark.parametrize("name", methods.names())
def test_every_method_builds_steps_and_reports_its_lr(name):
    model = network()
    optimizer = methods.make_optimizer(name, model.parameters())
    schedule = methods.make_schedule(name, optimizer, 20)
    assert isinstance(optimizer, torch.optim.Optimizer)
    row, base = methods.get(name), methods.resolve_settings(name)["lr"]
    assert methods.applied_lr(optimizer) == base
    applied = []
    before = [p.detach().clone() for p in model.parameters()]
    for _ in range(20):
        take(name, optimizer, model)
        applied.append(methods.applied_lr(optimizer))
        schedule.step()
    assert all(math.isfinite(lr) and lr >= 0 for lr in applied)
    assert max(applied) > 0
    if row.family != "automatic" or row.shares_lr:
        assert applied[0] == pytest.approx(base)
        assert max(applied) <= base * (1 + 1e-12)
    assert any(not torch.equal(p, start) for p, start in zip(model.parameters(), before, strict=True))


@pytest.mark.parametrize("name", methods.names())
def test_memory_is_as_the_table_says(name):
    model = network()
    optimizer = methods.make_optimizer(name, model.parameters())
    for _ in range(3):
        take(name, optimizer, model)
    weights = sum(p.numel() for p in model.parameters())
    kept = sum(_elements(value) for state in optimizer.state.values() for value in state.values())
    kept += sum(_elements(value) for group in optimizer.param_groups for key, value in group.items() if key != "params")
    row = methods.get(name)
    assert kept / weights >= row.memory
    assert row.memory_note or kept / weights < row.memory + 0.1  # step counts and the like


def _elements(value: Any) -> int:
    if isinstance(value, Tensor):
        return value.numel()
    return sum(_elements(part) for part in value) if isinstance(value, (list, tuple)) else 0


class _Reads(TorchDispatchMode):
    """Counts values read back to the host, except of tensors that torch keeps there."""

    def __init__(self, optimizer: torch.optim.Optimizer) -> None:
        super().__init__()
        on_host = ("step", "mu_product") if not isinstance(optimizer, torch.optim.ASGD) else ()
        self.free = {
            state[key].data_ptr()
            for state in optimizer.state.values()
            for key in on_host
            if isinstance(state.get(key), Tensor)
        }
        self.count = 0

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if function is torch.ops.aten._local_scalar_dense.default and args[0].data_ptr() not in self.free:
            self.count += 1
        return function(*args, **(kwargs or {}))


@contextmanager
def _reads(optimizer: torch.optim.Optimizer, monkeypatch: pytest.MonkeyPatch) -> Iterator[_Reads]:
    reads, tolist = _Reads(optimizer), Tensor.tolist

    def counted(tensor: Tensor) -> Any:  # on the CPU it reads memory without an operation
        reads.count += 1
        return tolist(tensor)

    with monkeypatch.context() as patch, reads:
        patch.setattr(Tensor, "tolist", counted)
        yield reads


@pytest.mark.parametrize("name", methods.names())
def test_host_synchronisations_are_as_the_table_says(name, monkeypatch):
    row, model = methods.get(name), network()
    optimizer = methods.make_optimizer(name, model.parameters())
    for group in optimizer.param_groups:
        if row.library == "torch":
            group["foreach"] = True  # as on an accelerator
    for _ in range(12):
        take(name, optimizer, model)
    counts = []
    for _ in range(5):
        inner = optimizer.step

        def measured(*args: Any, inner: Any = inner, **keywords: Any) -> Any:
            with _reads(optimizer, monkeypatch) as reads:
                done = inner(*args, **keywords)
            counts.append(reads.count)
            return done

        optimizer.step = measured  # type: ignore[method-assign]
        take(name, optimizer, model)
        optimizer.step = inner  # type: ignore[method-assign]
    tensors = len(list(model.parameters()))
    assert max(counts) >= tensors if math.isinf(row.syncs) else max(counts) == row.syncs


@pytest.mark.parametrize("name", [name for name, row in methods.METHODS.items() if row.needs])
def test_what_a_method_needs_is_asked_for(name):
    optimizer = methods.make_optimizer(name, network().parameters())
    with pytest.raises(ValueError, match=f"method '{name}' steps by .*: call step") as caught:
        methods.step(name, optimizer)
    assert all(f"{need}={need}" in str(caught.value) for need in methods.get(name).needs)


def test_step_passes_a_closure_only_where_it_is_needed():
    calls = []
    model = network()
    optimizer = methods.make_optimizer("sgd", model.parameters())
    methods.step("sgd", optimizer, loss=1.0, closure=lambda: calls.append(1))
    assert not calls


# -------------------------------------------------------------------------------------------------- evaluation point


def normalised() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 1))


@pytest.mark.parametrize("name", methods.names())
def test_evaluation_point_holds_the_average_and_puts_all_back(name):
    model = normalised()
    optimizer = methods.make_optimizer(name, model.parameters())
    for _ in range(5):
        take(name, optimizer, model)
    held = copy.deepcopy((model.state_dict(), optimizer.state_dict()))
    refreshed = []

    def refresh(inner: nn.Module) -> None:
        refreshed.append(inner)
        assert not torch.is_grad_enabled()
        inner[1].running_mean.fill_(7.0)

    with methods.evaluation_point(name, optimizer, model, refresh) as inner:
        assert inner is model
        model.eval()
        moved = not torch.equal(model[0].weight, held[0]["0.weight"])
        assert moved == bool(methods.get(name).averaging) == bool(refreshed)
        if refreshed:
            assert model[1].running_mean.eq(7).all()
            averages = {id(p): average for p, average in optimizer.averages()}
            # Schedule-Free's average is taken from the weights, which are the average now.
            if name == "dog":
                assert torch.equal(model[0].weight, averages[id(model[0].weight)])
            model.train()
    if not refreshed:
        model.train()
    assert all(torch.equal(value, held[0][key]) for key, value in model.state_dict().items())
    for key, state in optimizer.state_dict()["state"].items():
        for entry, value in state.items():
            if isinstance(value, Tensor):
                assert torch.equal(value, held[1]["state"][key][entry])
    assert all(module.training for module in model.modules())


def test_evaluation_point_puts_all_back_when_what_is_inside_raises():
    model = normalised()
    optimizer = methods.make_optimizer("dog", model.parameters(), reps_rel=1e-2)
    for _ in range(5):
        take("dog", optimizer, model)
    held = copy.deepcopy(model.state_dict())

    def interrupted() -> None:
        with methods.evaluation_point("dog", optimizer, model):
            model.eval()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert model.training
    assert all(torch.equal(value, held[key]) for key, value in model.state_dict().items())


def test_evaluation_point_of_another_model_is_refused():
    model = normalised()
    optimizer = methods.make_optimizer("dog", model.parameters())
    take("dog", optimizer, model)
    with (
        pytest.raises(ValueError, match="pass the model that it trains, not a copy of it"),
        methods.evaluation_point("dog", optimizer, copy.deepcopy(model)),
    ):
        pass


def test_fixed_schedules_share_the_optimizer_of_the_constant_one():
    for name in SCHEDULES:
        assert methods.get(name).optimizer is torch.optim.SGD
        assert dict(methods.get(name).optimizer_defaults) == dict(methods.get("constant").optimizer_defaults)


def test_settings_are_resolved_and_misspellings_named():
    assert methods.resolve_settings("step", {"gamma": 0.5})["gamma"] == 0.5
    with pytest.raises(ValueError, match="unknown key 'gama' in the settings of method 'step': did you mean 'gamma'"):
        methods.resolve_settings("step", {"gama": 0.5})
    with pytest.raises(ValueError, match="unknown method 'cosin': did you mean 'cosine'"):
        methods.make_optimizer("cosin", [weight()])
    with pytest.raises(ValueError, match="unknown key 'window' in the settings of method 'cosine'"):
        methods.make_optimizer("cosine", [weight()], window=5)


def test_settings_reach_optimizer_and_schedule():
    optimizer = methods.make_optimizer("zenith", [weight()], lr=0.3, window=7)
    assert optimizer.window == 7
    assert optimizer.param_groups[0]["lr"] == 0.3
    optimizer = methods.make_optimizer("step", [weight()], lr=1.0, gamma=0.5)
    schedule = methods.make_schedule("step", optimizer, 4, lr=1.0, gamma=0.5)
    lrs = []
    for _ in range(4):
        optimizer.step()
        lrs.append(methods.applied_lr(optimizer))
        schedule.step()
    assert lrs == [1.0, 1.0, 0.5, 0.25]


@pytest.mark.parametrize("name", methods.names())
def test_passes_of_a_step_are_those_that_are_counted(name):
    model, counted = network(), {"forward": 0, "backward": 0}

    def forward_pass(*_):
        counted["forward"] += 1

    def backward_pass(*_):
        counted["backward"] += 1

    model[0].register_forward_hook(forward_pass)
    model[2].register_full_backward_hook(backward_pass)
    steps = 8
    optimizer = methods.make_optimizer(name, model.parameters())
    for _ in range(steps):
        take(name, optimizer, model)
    assert (counted["forward"] / steps, counted["backward"] / steps) == methods.passes(name)


def test_passes_follow_the_settings():
    assert methods.passes("gen", {"every": 1}) == methods.passes("lqa")
    with pytest.raises(ValueError, match="did you mean 'every'"):
        methods.passes("gen", {"evry": 1})


@pytest.mark.parametrize("value", [1e300, 1e39, 10**400, -(10**400), math.nan, math.inf, 0, -1.0])
@pytest.mark.parametrize(("method", "key"), [("zenith", "lr"), ("adamw", "lr"), ("muon", "lr"), ("cosine", "lr")])
def test_learning_rates_that_no_step_can_take_are_refused_before_any_work(method, key, value):
    """With `train_seeds` as well, and with a method of one's own."""
    own = ("mine", lambda params, lr=0.1: torch.optim.SGD(params, lr=lr))
    began = []
    for train, seeds, which in ((zenith.train, 0, method), (zenith.train_seeds, 2, method), (zenith.train, 0, own)):
        with pytest.raises(ValueError, match=r"^[^\n]*lr[^\n]*\Z") as refused:
            train("digits", which, seeds, steps=2, settings={key: value}, on_step=lambda *now: began.append(now))
        assert len(str(refused.value)) < 300
    assert not began


@pytest.mark.parametrize(
    ("method", "settings", "words"),
    [
        ("adamw", {"weight_decay": 1e300}, "at most 1e.30"),
        ("muon", {"adamw_lr": -1}, "learning rate must be positive"),
        ("prodigy", {"d0": 0}, "cannot take a step with d0=0"),
        ("cosine", {"momentum": math.nan}, "must be a finite number: its default is 0.0"),
        ("adamw", {"eps": 10**400}, "a number of more than 300 digits"),
    ],
)
def test_other_settings_that_no_step_can_take_are_refused_before_any_work(method, settings, words):
    with pytest.raises(ValueError, match=rf"^[^\n]*method '{method}'[^\n]*\Z") as refused:
        zenith.train("digits", method, steps=2, settings=settings)
    assert re.search(words, str(refused.value))


@pytest.mark.parametrize(
    "counts",
    [
        *({name: 10**30} for name in ("batch_size", "window", "steps", "epochs", "checkpoints", "gradients")),
        *({"seconds": 1e300}, {"steps": 10**400}, {"options": {"accumulate": 10**30}}),
    ],
    ids=range(9),
)
def test_counts_that_no_machine_reaches_are_refused_before_any_work(counts):
    with pytest.raises(ValueError, match=r"^\w+ must be at most 1,000,000,000,000: no machine"):
        zenith.train("digits", "zenith", **counts)
    with pytest.raises(ValueError, match="seeds must be at most 100,000"):
        zenith.train_seeds("digits", "zenith", 10**10, steps=1)
