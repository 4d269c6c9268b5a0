"""The checks of the battery, one for each property of `zenith.methods.CELLS`."""

from __future__ import annotations

import copy
import io
import math
import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor, nn
from torch.distributed.checkpoint import state_dict as distributed

from zenith import methods
from zenith.conformance.sharded import largest_difference
from zenith.conformance.trainee import Trainee, network
from zenith.methods import Method

__all__ = ["CHECKS", "NotCheckedError", "NotMetError", "Subject"]


class NotMetError(AssertionError):
    """The method lacks the property; the message says how that shows."""


class NotCheckedError(Exception):
    """The property could not be checked here; the message says why."""


@dataclass(frozen=True)
class Subject:
    """A method under test.

    Attributes
    ----------
    row : Method
    settings : Mapping
        What it is tested at, besides its defaults.
    short : Mapping
        Settings that shorten its memory, so that a rule with a warm-up is past it in the few steps of a check. The
        checks of learning and of bfloat16 take many and leave these out.
    """

    row: Method
    settings: Mapping[str, Any] = field(default_factory=dict)
    short: Mapping[str, Any] = field(default_factory=dict)

    def trainee(self, params: Any = None, model: nn.Module | None = None, **settings: Any) -> Trainee:
        """Return a fresh one, of short memory."""
        return Trainee(self.row, {**self.settings, **self.short, **settings}, params, model)

    def full_trainee(self, model: nn.Module | None = None) -> Trainee:
        """Return a fresh one, at its own settings."""
        return Trainee(self.row, self.settings, None, model)

    @property
    def lr(self) -> float:
        """The base learning rate."""
        return float(methods.resolve_settings(self.row, {**self.settings})["lr"])


def _require(condition: Any, otherwise: str) -> None:
    if not condition:
        raise NotMetError(otherwise)


def _require_equal(one: Trainee, other: Trainee, what: str) -> None:
    _require(torch.equal(one.weights, other.weights), f"{what}: the weights differ")
    same = methods.applied_lr(one.optimizer) == methods.applied_lr(other.optimizer)
    _require(same, f"{what}: the learning rates differ")


def _require_same_state(one: Any, other: Any, where: str = "state_dict()") -> None:
    """Equal keys in equal order, numbers, tensors and their types, however deep."""
    _require(type(one) is type(other), f"{where} was a {type(other).__name__} and is loaded as {type(one).__name__}")
    if isinstance(one, Tensor):
        same = one.dtype == other.dtype and torch.equal(one, other)
        _require(same, f"{where} is loaded with other values or another type")
    elif isinstance(one, dict):
        _require(list(one) == list(other), f"{where} is loaded with keys {list(one)} instead of {list(other)}")
        for key in one:
            _require_same_state(one[key], other[key], f"{where}[{key!r}]")
    elif isinstance(one, (list, tuple)):
        _require(len(one) == len(other), f"{where} is loaded with another length")
        for i, (first, second) in enumerate(zip(one, other, strict=True)):
            _require_same_state(first, second, f"{where}[{i}]")
    else:
        _require(one == other or (one != one and other != other), f"{where} is loaded as {one!r} instead of {other!r}")


def _close(one: Tensor, other: Tensor) -> bool:
    return torch.allclose(one, other, rtol=1e-5, atol=1e-7)


def _learns(subject: Subject) -> None:
    trainee = subject.full_trainee()
    scheduler = methods.make_schedule(subject.row, trainee.optimizer, 250, **subject.settings)
    before = trainee.loss()
    for _ in range(250):
        trainee.step()
        scheduler.step()
    after = trainee.loss()
    _require(after < 0.6 * before, f"250 steps took the training loss from {before:.3g} to {after:.3g}")


def _resume(subject: Subject) -> None:
    straight = subject.trainee().steps(6)
    file = io.BytesIO()
    torch.save({"model": straight.model.state_dict(), "optimizer": straight.optimizer.state_dict()}, file)
    file.seek(0)
    loaded = torch.load(file, weights_only=True)
    resumed = subject.trainee(model=network(seed=1))
    resumed.model.load_state_dict(loaded["model"])
    resumed.optimizer.load_state_dict(loaded["optimizer"])
    _require_same_state(resumed.optimizer.state_dict(), straight.optimizer.state_dict())
    resumed.taken = 6
    for _ in range(6):
        straight.step()
        resumed.step()
        _require_equal(straight, resumed, "what goes on from a loaded state_dict is another training")


def _copies(subject: Subject) -> None:
    trainee = subject.trainee().steps(5)
    twins = {"deepcopy": copy.deepcopy(trainee), "pickle": pickle.loads(pickle.dumps(_bare(trainee)))}
    trainee.steps(5)
    for how, twin in twins.items():
        twin.row = subject.row
        _require_equal(trainee, twin.steps(5), f"a copy by {how} goes on otherwise")


def _bare(trainee: Trainee) -> Trainee:
    # The method itself may be made of functions that do not pickle; its optimizer is what is tested.
    twin = copy.copy(trainee)
    twin.row = methods.get("sgd")
    return twin


def _frozen(subject: Subject) -> None:
    trainee = subject.trainee(model=_with_unused())
    model = trainee.model
    next(model.children()).requires_grad_(False)
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    trainee.steps(6)
    for name, p in model.named_parameters():
        still = name.startswith("0.") or "unused" in name
        _require(torch.equal(p, before[name]) == still, f"{name} {'moved' if still else 'did not move'}")
    _require(trainee.weights.isfinite().all(), "weights are no longer finite")


def _with_unused() -> nn.Sequential:
    model = network()
    model.register_parameter("unused", nn.Parameter(torch.ones(3)))
    return model


def _added_group(subject: Subject) -> None:
    trainee = subject.trainee(params=lambda model: list(model[0].parameters()))
    layer = trainee.model[3]
    head = layer.weight.detach().clone()
    trainee.steps(4)
    _require(torch.equal(layer.weight, head), "a layer that the optimizer was not given moved")
    trainee.optimizer.add_param_group({"params": list(layer.parameters())})
    trainee.steps(4)
    _require(not torch.equal(layer.weight, head), "the added layer does not move")
    _require(trainee.weights.isfinite().all(), "weights are no longer finite")
    _require_equal(copy.deepcopy(trainee).steps(2), trainee.steps(2), "a copy after the addition goes on otherwise")


def _zero_gradient(subject: Subject) -> None:
    trainee = subject.trainee()
    trainee.step(edit=Tensor.zero_)
    _require(trainee.weights.isfinite().all(), "weights are no longer finite after a gradient of zero")
    before = trainee.weights
    trainee.steps(5)
    _require(trainee.weights.isfinite().all(), "weights are no longer finite some steps after a gradient of zero")
    _require(not torch.equal(trainee.weights, before), "the weights stand still after a gradient of zero")


def _nan_gradient(subject: Subject) -> None:
    trainee = subject.trainee().steps(3)
    before = trainee.weights
    trainee.step(edit=lambda gradient: gradient.fill_(math.nan))
    if subject.row.nan == "skips":
        _require(torch.equal(trainee.weights, before), "declared nan='skips', but the weights moved")
        _require(trainee.steps(3).weights.isfinite().all(), "weights are no longer finite after the skipped step")
    else:
        after = trainee.weights
        skipped = "the step is left out: declare nan='skips'" if torch.equal(after, before) else "the NaN is hidden"
        _require(after.isnan().any(), skipped)


def _bfloat16(subject: Subject) -> None:
    model = network()
    with torch.no_grad():  # none of them tiny: near zero the resolution is finer
        for p in model.parameters():
            p.copy_(torch.where(p < 0, p - 0.02, p + 0.02))
    trainee = subject.full_trainee(model=model.bfloat16())
    before, start = trainee.loss(), trainee.weights
    trainee.steps(100)
    _require(all(p.dtype == torch.bfloat16 for p in trainee.model.parameters()), "weights changed their type")
    moved = (trainee.weights != start).float().mean()
    _require(moved > 0.5, f"{moved:.0%} of the weights moved in 100 steps")
    after = trainee.loss()
    _require(after < before, f"100 steps took the training loss from {before:.3g} to {after:.3g}")


def _odd_shapes(subject: Subject) -> None:
    model: Any = network()
    layer = model[3]
    layer.weight = nn.Parameter(layer.weight.detach().t().contiguous().t())  # not contiguous
    scale, empty = nn.Parameter(torch.tensor(1.0)), nn.Parameter(torch.empty(0))
    matrix = nn.Parameter(torch.empty(0, 3))
    for name, p in (("scale", scale), ("empty", empty), ("empty_matrix", matrix)):
        model.register_parameter(name, p)
    model.register_forward_hook(lambda model, _, output: output * scale + empty.sum() + matrix.sum())
    trainee = subject.trainee(model=model)
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    trainee.steps(6)
    for name, p in model.named_parameters():
        _require(p.shape == before[name].shape, f"{name} changed its shape")
        _require(p.stride() == before[name].stride(), f"{name} changed its memory order")
        moved = not torch.equal(p, before[name])
        _require(moved == bool(p.numel()), f"{name} of shape {tuple(p.shape)} {'moved' if moved else 'did not move'}")
    _require(trainee.weights.isfinite().all(), "weights are no longer finite")


def _tensor_lr(subject: Subject) -> None:
    lr = 2.0 ** round(math.log2(subject.lr))  # a number that float32 holds
    given = torch.tensor(lr)
    plain, other = subject.trainee(lr=lr), subject.trainee(lr=given)
    plain.steps(6)
    other.steps(6)
    _require(_close(other.weights, plain.weights), "the steps are others than with the same number")
    _require(given.item() == lr, "the tensor that was given changed")
    for group, expected in zip(other.optimizer.param_groups, plain.optimizer.param_groups, strict=True):
        same = math.isclose(float(group["lr"]), float(expected["lr"]), rel_tol=1e-6)
        _require(same, "group['lr'] is another than with the same number")
    scheduler = torch.optim.lr_scheduler.LambdaLR(other.optimizer, lambda t: 0.5**t)
    other.step()
    scheduler.step()
    _require(float(other.optimizer.param_groups[0]["lr"]) == lr / 2, "a schedule does not reach group['lr']")


def _grad_scaler(subject: Subject) -> None:
    plain, scaled = subject.trainee(), subject.trainee()
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**10, growth_interval=10**6)
    for taken in range(6):
        if taken == 3:
            held = scaled.weights
            scaled.step(edit=lambda gradient: gradient.fill_(math.inf), scaler=scaler)
            scaler.update()
            _require(torch.equal(scaled.weights, held), "a step with infinite gradients was taken")
            scaled.taken = taken
        plain.step()
        scaled.step(scaler=scaler)
        scaler.update()
        _require(_close(scaled.weights, plain.weights), "the scaled steps are others than the unscaled ones")


def _schedule(subject: Subject) -> None:
    trainee, half = subject.trainee(), subject.trainee()
    factors = (1.0, 0.75, 0.5, 0.25, 0.0, 0.0)
    scheduler = torch.optim.lr_scheduler.LambdaLR(trainee.optimizer, lambda t: factors[min(t, 5)])
    for taken, factor in enumerate(factors):
        before = trainee.weights
        trainee.step()
        _require(trainee.weights.isfinite().all(), f"weights are no longer finite at {factor:g} of the learning rate")
        if factor == 0.0:
            _require(methods.applied_lr(trainee.optimizer) == 0.0, "a learning rate of 0 is not the one applied")
            moves = subject.row.drifts or (subject.row.late and taken < len(factors) - 1)
            _require(moves or torch.equal(trainee.weights, before), "the weights move at a learning rate of 0")
        scheduler.step()
    for group in half.optimizer.param_groups:
        group["lr"] *= 0.5
    _require(
        not torch.equal(half.steps(4).weights, subject.trainee().steps(4).weights),
        "half of group['lr'] makes the same steps",
    )


def _two_groups(subject: Subject) -> None:
    lr, late = subject.lr, subject.row.late

    def trained(second: float, stop: bool = False) -> list[Tensor]:
        trainee = subject.trainee(
            params=lambda model: [
                {"params": list(model[0].parameters())},
                {"params": list(model[3].parameters()), "lr": lr * second},
            ],
        )
        own = {id(p) for p in trainee.model[3].parameters()}
        for group in trainee.optimizer.param_groups:
            if stop and any(id(p) in own for p in group["params"]):
                group["lr"] = 0.0
        trainee.steps(5)
        return [layer.weight.detach() for layer in (trainee.model[0], trainee.model[3])]

    start: Any = network()
    same, halved, stopped = trained(1.0), trained(0.5), trained(1.0, stop=True)
    _require(not torch.equal(same[1], halved[1]), "a group's own lr does not reach its steps")
    _require(torch.equal(stopped[1], start[3].weight.detach()) or late, "a group with a learning rate of 0 moves")
    _require(not torch.equal(stopped[0], start[0].weight.detach()), "a learning rate of 0 in one group stops all")


def _sharded(subject: Subject) -> None:
    found = largest_difference(subject.row, subject.settings)
    if isinstance(found, str):
        kind, _, message = found.partition(": ")
        if kind == "NotCheckedError":
            raise NotCheckedError(message)
        raise RuntimeError(found)
    _require(found < 1e-12, f"the weights differ by {found:.2g} from those trained whole, in float64")


def _checkpoint(subject: Subject) -> None:
    trainee = subject.trainee()
    before = trainee.weights
    distributed.get_optimizer_state_dict(trainee.model, trainee.optimizer)
    _require(torch.equal(trainee.weights, before), "asking for the state moves the weights")
    trainee.steps(4)
    parts = trainee.model.state_dict(), distributed.get_optimizer_state_dict(trainee.model, trainee.optimizer)
    saved = copy.deepcopy(parts)
    loaded = subject.trainee(model=network(seed=1))
    loaded.model.load_state_dict(saved[0])
    distributed.set_optimizer_state_dict(loaded.model, loaded.optimizer, saved[1])
    loaded.taken = 4
    for _ in range(3):
        trainee.step()
        loaded.step()
        _require_equal(trainee, loaded, "what goes on from a checkpoint is another training")


CHECKS: Mapping[str, Callable[[Subject], None]] = MappingProxyType(
    {
        "learns": _learns,
        "resume": _resume,
        "copy": _copies,
        "frozen": _frozen,
        "added group": _added_group,
        "zero gradient": _zero_gradient,
        "NaN gradient": _nan_gradient,
        "odd shapes": _odd_shapes,
        "bfloat16": _bfloat16,
        "GradScaler": _grad_scaler,
        "schedule": _schedule,
        "tensor lr": _tensor_lr,
        "two groups": _two_groups,
        "sharded": _sharded,
        "checkpoint": _checkpoint,
    }
)
"""Property -> its check, which returns nothing, or raises."""
