"""Find out before a training whether a method of one's own can take steps: a few, on copies of parts of the weights.

Nothing of it reaches the training: the copies are thrown away, torch's random states put back.
"""

from __future__ import annotations

import dataclasses
import math
import warnings
from collections.abc import Collection, Iterable, Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from zenith.baselines.line_probe import LineProbe
from zenith.methods.method import Method
from zenith.methods.registry import (
    MethodLike,
    is_built_in,
    make_optimizer,
    make_schedule,
    resolve_settings,
    row_of,
    step,
)

__all__ = ["try_out"]

LARGEST = 32
"""Of each dimension of the weights, the copies hold so much; all of it if the steps fail."""
ORDINARY = 1e6
"""Larger numbers in the settings of a built-in method are tried out."""
STEPS = 5
"""So that a rule which begins with a step of nothing, or applies learning rates a step late, shows them."""


def try_out(
    method: MethodLike, settings: Mapping[str, Any] | None = None, params: Iterable[Tensor] | None = None
) -> None:
    """Take a few steps with a method that is not built in, on copies of parts of `params` and a loss quadratic in them.

    With a built-in one only where its settings have a number that is out of the ordinary: zero, negative, huge or not
    finite, which they must be where the default is.

    Parameters
    ----------
    method, settings
        As for `zenith.methods.resolve_settings`.
    params : iterable of Tensor, optional
        The weights that it is to train; a matrix and a vector stand in for them where they are left out.

    Raises
    ------
    ValueError
        If the optimizer or the schedule cannot be made or stepped, needs what it does not declare, or ignores `lr`. The
        message says what to write.
    """
    row = row_of(method)
    resolved = resolve_settings(row, settings)
    odd = {key: value for key, value in resolved.items() if value != row.defaults.get(key) and _is_odd(value)}
    if is_built_in(row) and not odd:
        return
    if params is None:
        params = [torch.linspace(-1, 1, math.prod(shape)).reshape(shape).requires_grad_() for shape in ((4, 3), (4,))]
    given = list(params)
    cut = [p[tuple(slice(LARGEST) for _ in p.shape)] for p in given]
    with torch.random.fork_rng(sorted({p.device for p in given if p.is_cuda}, key=str)), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the training gives the same ones
        check = partial(_check_settings, odd=odd) if is_built_in(row) else _check
        try:
            check(_Trial(row, cut, given), resolved)
        except ValueError:
            if all(small.shape == p.shape for small, p in zip(cut, given, strict=True)):
                raise
            check(_Trial(row, given, given), resolved)  # it may want the shapes that the weights have


def _is_odd(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and not 0 < value <= ORDINARY


def _check_settings(trial: _Trial, settings: Mapping[str, Any], odd: Mapping[str, Any]) -> None:
    try:
        trial.run(settings, trial.row.needs)
    except (ValueError, ImportError):
        raise
    except Exception as error:
        given = ", ".join(f"{key}={value!r}" for key, value in odd.items())
        cause = error.__cause__ if isinstance(error, _StepError) else error
        raise ValueError(
            f"method '{trial.row.name}' cannot take a step with {given} ({_said(cause)}): give numbers of the size of "
            "its defaults"
        ) from error
    for key, value in odd.items():
        default = trial.row.defaults.get(key)
        if not math.isfinite(value) and isinstance(default, int | float) and math.isfinite(default):
            raise ValueError(
                f"{key}={value} of method '{trial.row.name}' must be a finite number: its default is {default}"
            )


def _check(trial: _Trial, settings: Mapping[str, Any]) -> None:
    row = trial.row
    try:
        plain = trial.run(settings, row.needs)
    except _StepError as error:
        raise ValueError(trial.missing(settings, error)) from error
    if "schedule" in row.exceptions or not plain.moved:
        return
    half = {**settings, "lr": float(settings["lr"]) / 2}
    unscheduled = plain if row.schedule == "constant" else trial.run(settings, row.needs, scheduled=False)
    if trial.run(half, row.needs, scheduled=False).same(unscheduled):
        raise ValueError(
            f"the function of method '{row.name}' ignores its lr, with half of which the optimizer takes the same "
            f"steps: pass it on, or, where steps have no size to set, write zenith.Method('{row.name}', ..., "
            f"exceptions={{'schedule': 'REASON'}})"
        )
    if row.schedule == "constant":
        return
    if trial.run(half, row.needs).same(plain):
        raise ValueError(
            f"the schedule of method '{row.name}' sets learning rates of its own, so that lr does nothing: start "
            f"from optimizer.param_groups[0]['lr'] there"
        )
    if trial.run(settings, row.needs, factor=0.5, scheduled=False).same(unscheduled):
        raise ValueError(
            f"the optimizer of method '{row.name}' does not read group['lr'] when it steps, so its schedule does "
            f"nothing: read it there, or leave the schedule out"
        )


class _StepError(Exception):
    """The optimizer cannot take a step; the cause says why."""


class _Weights(nn.Module):
    def __init__(self, params: list[Tensor], trained: list[bool]) -> None:
        super().__init__()
        copies = [p.detach().clone() for p in params]
        self.held = nn.ParameterList(nn.Parameter(p, grad) for p, grad in zip(copies, trained, strict=True))

    def forward(self) -> Tensor:
        parts = [(p.square() / 2 + p / 8).sum() for p in self.held if p.requires_grad]
        return torch.stack([part.float() for part in parts]).sum()


class _Taken:
    """The weights after the steps, and whether that is where they were."""

    def __init__(self, before: list[Tensor], after: list[Tensor]) -> None:
        self.after = after
        self.moved = any(not torch.equal(old, new) for old, new in zip(before, after, strict=True))

    def same(self, other: _Taken) -> bool:
        return all(torch.equal(one, two) for one, two in zip(self.after, other.after, strict=True))


class _Trial:
    def __init__(self, row: Method, params: list[Tensor], given: list[Tensor]) -> None:
        self.row, self._params = row, params
        self._trained = [p.requires_grad for p in given]

    def run(
        self, settings: Mapping[str, Any], needs: Collection[str], factor: float = 1.0, scheduled: bool = True
    ) -> _Taken:
        """Take the steps, the learning rates scaled by `factor` from the first on."""
        torch.manual_seed(0)
        row, model = self.row, _Weights(self._params, self._trained)
        before = [p.detach().clone() for p in model.held]
        optimizer = self._made(model, settings)
        if isinstance(row.averaging, str) and row.averaging and not hasattr(optimizer, "averages"):
            raise ValueError(
                f"method '{row.name}' is evaluated at an average ({row.averaging}), which its optimizer does not have: "
                f"give it a method averages() that yields pairs of a parameter and its average"
            )
        for group in optimizer.param_groups:
            group["lr"] = group["lr"] * factor
        schedule = make_schedule(row, optimizer, STEPS, **settings) if scheduled else None
        for _ in range(STEPS):
            self._step(optimizer, model, needs)
            try:
                if schedule is not None:
                    schedule.step()
            except Exception as error:
                raise ValueError(
                    f"the schedule of method '{row.name}' cannot be stepped ({_said(error)}): it is stepped once after "
                    f"every optimizer step, without arguments"
                ) from error
        return _Taken(before, [p.detach() for p in model.held])

    def _made(self, model: _Weights, settings: Mapping[str, Any]) -> Optimizer:
        try:
            return make_optimizer(self.row, list(model.held), **settings)
        except (ValueError, ImportError):
            raise
        except Exception as error:
            given = ", ".join(f"{key}={value!r}" for key, value in settings.items())
            raise ValueError(
                f"the optimizer of method '{self.row.name}' cannot be made of (params, {given}): {_said(error)}"
            ) from error

    def _step(self, optimizer: Optimizer, model: _Weights, needs: Collection[str]) -> None:
        calls = 0

        def closure() -> Tensor:
            nonlocal calls
            calls += 1
            optimizer.zero_grad()
            with torch.enable_grad():
                loss = model()
            loss.backward()
            return loss.detach()

        probe = LineProbe(model, model) if "probe" in needs else None
        loss = None if "closure" in needs else closure()
        as_if = _needing(self.row, needs)
        try:
            step(as_if, optimizer, loss=loss, probe=probe, closure=closure)
        except Exception as error:
            raise _StepError from error
        if "closure" in needs and not calls:
            raise _StepError from TypeError("the step does not call the closure")

    def missing(self, settings: Mapping[str, Any], error: _StepError) -> str:
        """Say what the method needs that it does not declare, or why its step fails."""
        declared = frozenset(self.row.needs)
        for needs in (set[str](), {"closure"}, {"loss"}, {"probe"}, {"loss", "probe"}):
            if needs == declared:
                continue
            try:
                self.run(settings, needs)
            except (_StepError, ValueError):
                continue
            wanted = "needs={" + ", ".join(repr(need) for need in sorted(needs)) + "}" if needs else "needs=()"
            has = f"declares needs={sorted(declared)}" if declared else "does not say so"
            steps_by = " and ".join(sorted(needs)) or "gradients alone"
            return (
                f"the optimizer of method '{self.row.name}' steps by {steps_by} and {has}: write "
                f"zenith.Method('{self.row.name}', ..., {wanted})"
            )
        cause = error.__cause__
        return f"the optimizer of method '{self.row.name}' cannot take a step: {_said(cause)}"


def _needing(row: Method, needs: Collection[str]) -> Method:
    return row if frozenset(needs) == row.needs else dataclasses.replace(row, needs=frozenset(needs))


def _said(error: BaseException | None) -> str:
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0]}" if text else type(error).__name__
