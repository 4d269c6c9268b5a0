"""Conformance: every method of the table has every property, or refuses what it has not."""

from __future__ import annotations

import copy
import io
import json
import math
import pickle
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.distributed.checkpoint import state_dict as distributed
from torch.nn import functional

from zenith import methods, tasks
from zenith.baselines.line_probe import LineProbe
from zenith.methods.method import CELLS, Method
from zenith.methods.table import METHODS

BATCH = 64
# Short memories, so that every rule is past its warm-up within the few steps of a check.
SHORT: dict[str, dict[str, Any]] = {
    "zenith": {"window": 3},
    "zenith-adamw": {"window": 3},
    "zenith-muon": {"window": 3},
    "gen": {"every": 2},
    "adamz": {"patience": 5, "stagnation_period": 2},
    "adamz-corrected": {"patience": 5, "stagnation_period": 2},
    "soap": {"precondition_frequency": 3},
    "d-adaptation": {"d0": 1e-3},
    "prodigy": {"d0": 1e-3},
    "dog": {"reps_rel": 1e-3},
    "dowg": {"eps": 1e-2},
}
# At a learning rate of 0 the weights still move towards an average, by the rule itself.
DRIFTING = {"d-adaptation", "schedule-free-sgd", "schedule-free-adamw"}
# torch's ASGD applies the learning rate of the step before.
LATE = {"asgd"}


@cache
def data() -> tuple[Tensor, Tensor]:
    split = tasks.get("digits").load(None).train
    return split.batch(torch.arange(len(split)))


def network(seed: int = 0) -> nn.Sequential:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Conv2d(1, 8, 3, stride=2, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(128, 10))


class Run:
    """A model, its optimizer, and how many steps they have taken; step t always sees batch t."""

    def __init__(self, row: Method, params: Any = None, model: nn.Module | None = None, **settings: Any) -> None:
        self.name, self.taken = row.name, 0
        self.model = network() if model is None else model
        given = list(self.model.parameters()) if params is None else params(self.model)
        self.optimizer = methods.make_optimizer(row.name, given, **{**SHORT.get(row.name, {}), **settings})

    @property
    def row(self) -> Method:
        return METHODS[self.name]

    def loss(self) -> float:
        inputs, targets = data()
        with methods.evaluation_point(self.row, self.optimizer, self.model), torch.no_grad():
            return float(functional.cross_entropy(self.model(inputs.to(self.dtype)).float(), targets))

    @property
    def dtype(self) -> torch.dtype:
        return next(self.model.parameters()).dtype

    @property
    def weights(self) -> Tensor:
        return torch.cat([p.detach().flatten() for p in self.model.parameters()])

    def step(self, edit: Callable[[Tensor], object] | None = None, scaler: Any = None) -> None:
        """One step as the training loop takes it; `edit` overwrites every gradient in place."""
        index = torch.randint(len(data()[1]), (BATCH,), generator=torch.Generator().manual_seed(self.taken))
        inputs, targets = (field[index] for field in data())
        row, optimizer = self.row, self.optimizer

        def forward() -> Tensor:
            return functional.cross_entropy(self.model(inputs.to(self.dtype)).float(), targets)

        def gradients() -> Tensor:
            optimizer.zero_grad()
            loss = forward()
            (loss if scaler is None else scaler.scale(loss)).backward()
            for p in self.model.parameters():
                if edit is not None and p.grad is not None:
                    edit(p.grad)
            return loss.detach()

        probe = LineProbe(self.model, forward) if "probe" in row.needs else None
        loss = gradients() if scaler is not None or "closure" not in row.needs else None
        methods.step(row, optimizer, loss=loss, probe=probe, closure=gradients, scaler=scaler)
        self.taken += 1

    def steps(self, count: int) -> Run:
        for _ in range(count):
            self.step()
        return self


def assert_equal(one: Run, other: Run) -> None:
    assert torch.equal(one.weights, other.weights)
    assert methods.applied_lr(one.optimizer) == methods.applied_lr(other.optimizer)


def assert_same_state(one: Any, other: Any) -> None:
    """Equal keys in equal order, numbers, tensors and their types, however deep."""
    assert type(one) is type(other)
    if isinstance(one, Tensor):
        assert one.dtype == other.dtype
        assert torch.equal(one, other)
    elif isinstance(one, dict):
        assert list(one) == list(other)
        for key in one:
            assert_same_state(one[key], other[key])
    elif isinstance(one, (list, tuple)):
        assert len(one) == len(other)
        for first, second in zip(one, other, strict=True):
            assert_same_state(first, second)
    else:
        assert one == other or (one != one and other != other)


def learns(row: Method) -> None:
    run = Run(row, **{key: value for key, value in row.defaults.items() if key in SHORT.get(row.name, {})})
    scheduler = methods.make_schedule(row.name, run.optimizer, 250)
    before = run.loss()
    for _ in range(250):
        run.step()
        scheduler.step()
    assert run.loss() < 0.6 * before


def resume(row: Method) -> None:
    straight = Run(row).steps(6)
    file = io.BytesIO()
    torch.save({"model": straight.model.state_dict(), "optimizer": straight.optimizer.state_dict()}, file)
    file.seek(0)
    loaded = torch.load(file, weights_only=True)
    resumed = Run(row, model=network(seed=1))
    resumed.model.load_state_dict(loaded["model"])
    resumed.optimizer.load_state_dict(loaded["optimizer"])
    assert_same_state(resumed.optimizer.state_dict(), straight.optimizer.state_dict())
    resumed.taken = 6
    for _ in range(6):
        straight.step()
        resumed.step()
        assert_equal(straight, resumed)


def copies(row: Method) -> None:
    run = Run(row).steps(5)
    twins = [copy.deepcopy(run), pickle.loads(pickle.dumps(run))]
    run.steps(5)
    for twin in twins:
        assert_equal(run, twin.steps(5))


def frozen(row: Method) -> None:
    run = Run(row, model=_with_unused())
    model = run.model
    model[0].requires_grad_(False)
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    run.steps(6)
    for name, p in model.named_parameters():
        assert torch.equal(p, before[name]) == (name.startswith("0.") or "unused" in name), name
    assert run.weights.isfinite().all()


def _with_unused() -> nn.Sequential:
    model = network()
    model.register_parameter("unused", nn.Parameter(torch.ones(3)))
    return model


def added_group(row: Method) -> None:
    run = Run(row, params=lambda model: list(model[0].parameters()))
    head = run.model[3].weight.detach().clone()
    run.steps(4)
    assert torch.equal(run.model[3].weight, head)
    run.optimizer.add_param_group({"params": list(run.model[3].parameters())})
    run.steps(4)
    assert not torch.equal(run.model[3].weight, head)
    assert run.weights.isfinite().all()
    assert_equal(copy.deepcopy(run).steps(2), run.steps(2))


def zero_gradient(row: Method) -> None:
    run = Run(row)
    run.step(edit=Tensor.zero_)
    assert run.weights.isfinite().all()
    before = run.weights
    run.steps(5)
    assert run.weights.isfinite().all()
    assert not torch.equal(run.weights, before)


def nan_gradient(row: Method) -> None:
    run = Run(row).steps(3)
    before = run.weights
    run.step(edit=lambda gradient: gradient.fill_(math.nan))
    assert row.nan in ("spreads", "skips")
    if row.nan == "skips":
        assert torch.equal(run.weights, before)
        assert run.steps(3).weights.isfinite().all()
    else:
        assert run.weights.isnan().any()


def bfloat16(row: Method) -> None:
    model = network()
    with torch.no_grad():  # none of them tiny: near zero the resolution is finer
        for p in model.parameters():
            p.copy_(torch.where(p < 0, p - 0.02, p + 0.02))
    own = {key: row.defaults[key] for key in SHORT.get(row.name, {})}
    run = Run(row, model=model.bfloat16(), **own)
    before, start = run.loss(), run.weights
    run.steps(100)
    assert all(p.dtype == torch.bfloat16 for p in run.model.parameters())
    assert (run.weights != start).float().mean() > 0.5
    assert run.loss() < before


def odd_shapes(row: Method) -> None:
    model = network()
    weight = model[3].weight.detach()
    model[3].weight = nn.Parameter(weight.t().contiguous().t())  # not contiguous
    model.scale = nn.Parameter(torch.tensor(1.0))
    model.empty, model.empty_matrix = nn.Parameter(torch.empty(0)), nn.Parameter(torch.empty(0, 3))
    model.register_forward_hook(
        lambda model, _, output: output * model.scale + model.empty.sum() + model.empty_matrix.sum()
    )
    run = Run(row, model=model)
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    run.steps(6)
    for name, p in model.named_parameters():
        assert p.shape == before[name].shape
        assert p.stride() == before[name].stride()
        assert torch.equal(p, before[name]) == (p.numel() == 0), name
    assert run.weights.isfinite().all()


def tensor_lr(row: Method) -> None:
    lr = 2.0 ** round(math.log2(row.defaults["lr"]))  # a number that float32 holds
    given = torch.tensor(lr)
    plain, other = Run(row, lr=lr), Run(row, lr=given)
    plain.steps(6)
    other.steps(6)
    torch.testing.assert_close(other.weights, plain.weights, rtol=1e-5, atol=1e-7)
    assert given.item() == lr
    for group, expected in zip(other.optimizer.param_groups, plain.optimizer.param_groups, strict=True):
        assert float(group["lr"]) == pytest.approx(expected["lr"], rel=1e-6)
    scheduler = torch.optim.lr_scheduler.LambdaLR(other.optimizer, lambda t: 0.5**t)
    other.step()
    scheduler.step()
    assert float(other.optimizer.param_groups[0]["lr"]) == lr / 2


def grad_scaler(row: Method) -> None:
    plain, scaled = Run(row), Run(row)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**10, growth_interval=10**6)
    for taken in range(6):
        if taken == 3:
            held = scaled.weights
            scaled.step(edit=lambda gradient: gradient.fill_(math.inf), scaler=scaler)
            scaler.update()
            assert torch.equal(scaled.weights, held)
            scaled.taken = taken
        plain.step()
        scaled.step(scaler=scaler)
        scaler.update()
        torch.testing.assert_close(scaled.weights, plain.weights, rtol=1e-5, atol=1e-7)


def schedule(row: Method) -> None:
    run, half = Run(row), Run(row)
    factors = (1.0, 0.75, 0.5, 0.25, 0.0, 0.0)
    scheduler = torch.optim.lr_scheduler.LambdaLR(run.optimizer, lambda t: factors[min(t, 5)])
    for taken, factor in enumerate(factors):
        before = run.weights
        run.step()
        assert run.weights.isfinite().all()
        if factor == 0.0:
            assert methods.applied_lr(run.optimizer) == 0.0
            moves = row.name in DRIFTING or (row.name in LATE and taken < len(factors) - 1)
            assert moves or torch.equal(run.weights, before)
        scheduler.step()
    for group in half.optimizer.param_groups:
        group["lr"] *= 0.5
    assert not torch.equal(half.steps(4).weights, Run(row).steps(4).weights)


def two_groups(row: Method) -> None:
    lr = row.defaults["lr"]

    def trained(second: float, stop: bool = False) -> list[Tensor]:
        run = Run(
            row,
            params=lambda model: [
                {"params": list(model[0].parameters())},
                {"params": list(model[3].parameters()), "lr": lr * second},
            ],
        )
        own = {id(p) for p in run.model[3].parameters()}
        for group in run.optimizer.param_groups:
            if stop and any(id(p) in own for p in group["params"]):
                group["lr"] = 0.0
        run.steps(5)
        return [layer.weight.detach() for layer in (run.model[0], run.model[3])]

    start, same, halved, stopped = network(), trained(1.0), trained(0.5), trained(1.0, stop=True)
    assert not torch.equal(same[1], halved[1])
    assert torch.equal(stopped[1], start[3].weight.detach()) or row.name in LATE
    assert not torch.equal(stopped[0], start[0].weight.detach())


def checkpoint(row: Method) -> None:
    run = Run(row)
    before = run.weights
    distributed.get_optimizer_state_dict(run.model, run.optimizer)
    assert torch.equal(run.weights, before)
    run.steps(4)
    saved = copy.deepcopy((run.model.state_dict(), distributed.get_optimizer_state_dict(run.model, run.optimizer)))
    loaded = Run(row, model=network(seed=1))
    loaded.model.load_state_dict(saved[0])
    distributed.set_optimizer_state_dict(loaded.model, loaded.optimizer, saved[1])
    loaded.taken = 4
    for _ in range(3):
        run.step()
        loaded.step()
        assert_equal(run, loaded)


@cache
def two_processes() -> dict[str, float | str]:
    """Largest difference from one process, or the error, of every method."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "found.json"
        script = Path(__file__).parent / "sharded_rows.py"
        done = subprocess.run([sys.executable, script, out], capture_output=True, text=True, check=False, timeout=300)
        assert done.returncode == 0, done.stderr
        return json.loads(out.read_text())


def sharded(row: Method) -> None:
    found = two_processes()[row.name]
    if isinstance(found, str):
        raise RuntimeError(found)
    assert found < 1e-12


CHECKS: dict[str, Callable[[Method], None]] = {
    "learns": learns,
    "resume": resume,
    "copy": copies,
    "frozen": frozen,
    "added group": added_group,
    "zero gradient": zero_gradient,
    "NaN gradient": nan_gradient,
    "odd shapes": odd_shapes,
    "bfloat16": bfloat16,
    "GradScaler": grad_scaler,
    "schedule": schedule,
    "tensor lr": tensor_lr,
    "two groups": two_groups,
    "sharded": sharded,
    "checkpoint": checkpoint,
}


def test_every_property_of_the_table_has_a_check():
    assert tuple(CHECKS) == tuple(CELLS)
    for row in METHODS.values():
        assert set(row.exceptions) <= set(CELLS), row.name


@pytest.mark.parametrize("key", CELLS)
@pytest.mark.parametrize("name", METHODS)
def test_conformance(name, key):
    row = METHODS[name]
    if key not in row.exceptions:
        CHECKS[key](row)
        return
    with pytest.raises((ValueError, RuntimeError), match=re.escape(row.exceptions[key])):
        CHECKS[key](row)


def test_the_readme_shows_the_tables_matrix():
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    assert methods.battery() in readme, "paste the output of landscape methods --battery"
