"""Look up a method by name, make its optimizer and schedule, and take steps with it."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from numbers import Real
from typing import TYPE_CHECKING, Any

from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from zenith._common.names import lookup, unknown_keys
from zenith.methods.averaging import at_average
from zenith.methods.method import CELLS, Method
from zenith.methods.schedules import SCHEDULES
from zenith.methods.table import METHODS

if TYPE_CHECKING:
    from zenith.baselines.line_probe import LineProbe


def names() -> tuple[str, ...]:
    """Return the names of all methods, in the table's order."""
    return tuple(METHODS)


def get(name: str) -> Method:
    """Return the method called `name`.

    Raises
    ------
    ValueError
        If there is none; the message names the nearest one.
    """
    return lookup(METHODS, name, "method")


def resolve_settings(name: str, settings: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return every setting of a method, its defaults overridden by `settings`.

    Raises
    ------
    ValueError
        If the method has no setting of that name, when the message names the nearest one, or a value is not of its
        kind.
    """
    defaults = get(name).defaults
    if settings is not None and not isinstance(settings, Mapping):
        raise ValueError(
            f"settings={settings!r} of method '{name}' is not a mapping of names to values: give e.g. {{'lr': 0.1}}"
        )
    given = dict(settings or {})
    unknown_keys(given, tuple(defaults), f"the settings of method '{name}'")
    for key, value in given.items():
        _check_kind(name, key, value, defaults[key])
    return {**defaults, **given}


def passes(name: str, settings: Mapping[str, Any] | None = None) -> tuple[float, float]:
    """Return how many forward and backward passes over a batch one step of a method takes, averaged over many steps.

    Raises
    ------
    ValueError
        As `resolve_settings`.

    Examples
    --------
    >>> from zenith import methods
    >>> methods.passes("zenith"), methods.passes("lqa"), methods.passes("sam"), methods.passes("gen", {"every": 8})
    ((1.0, 1.0), (3.0, 1.0), (2.0, 2.0), (1.25, 1.0))
    """
    row, resolved = get(name), resolve_settings(name, settings)
    probes = row.probes / (resolved[row.probes_every] if row.probes_every else 1)
    return row.gradients + probes, float(row.gradients)


def _check_kind(name: str, key: str, value: Any, default: Any) -> None:
    """Refuse text in place of numbers and booleans: "false" would count as true."""
    if isinstance(default, bool):
        fits, kind = isinstance(value, bool), "true or false"
    elif isinstance(default, int | float):
        fits, kind = value is None or (isinstance(value, Real | Tensor) and not isinstance(value, bool)), "a number"
    else:
        return
    if not fits:
        raise ValueError(f"{key}={value!r} of method '{name}' is not {kind}: its default is {default}")


def make_optimizer(name: str, params: Iterable[Any], **settings: Any) -> Optimizer:
    """Make the optimizer of a method, without its schedule.

    Parameters
    ----------
    name : str
        A method of `names()`.
    params : iterable
        Parameters or parameter groups, as for any `torch.optim.Optimizer`.
    **settings
        Overrides of the method's settings (learning rate, window, momentum, ...). `lr` may be a 0-d tensor, which the
        steps read and leave to the schedulers.

    Raises
    ------
    ValueError
        For an unknown method or setting, or a value the optimizer refuses.
    ModuleNotFoundError
        If the method needs a library of the extra ``baselines`` that is not installed.

    Examples
    --------
    >>> model = torch.nn.Linear(4, 2)
    >>> optimizer = zenith.make_optimizer("cosine", model.parameters(), lr=0.05)
    >>> type(optimizer).__name__, optimizer.param_groups[0]["lr"]
    ('SGD', 0.05)
    >>> zenith.make_optimizer("cosin", model.parameters())
    Traceback (most recent call last):
    ValueError: ...
    """
    method = get(name)
    resolved = resolve_settings(name, settings)
    lr = resolved["lr"]
    number = isinstance(lr, (int, float)) or (isinstance(lr, Tensor) and lr.numel() == 1)
    if isinstance(lr, bool) or not number or not 0 < float(lr) < math.inf:
        raise ValueError(f"lr={lr!r} of method '{name}' must be a positive finite number, or a tensor that holds one")
    return method.optimizer(params, **{key: resolved[key] for key in method.optimizer_defaults})


def make_schedule(name: str, optimizer: Optimizer, total_steps: int, **settings: Any) -> LRScheduler:
    """Make the learning-rate schedule of a method, to be stepped once after every optimizer step.

    Parameters
    ----------
    name : str
        A method of `names()`.
    optimizer : torch.optim.Optimizer
        As returned by `make_optimizer`.
    total_steps : int
        The step budget of the run.
    **settings
        The same settings as for `make_optimizer`.

    Examples
    --------
    >>> model = torch.nn.Linear(4, 2)
    >>> optimizer = zenith.make_optimizer("cosine", model.parameters(), lr=0.1)
    >>> schedule = zenith.make_schedule("cosine", optimizer, total_steps=4)
    >>> rates = []
    >>> for _ in range(4):
    ...     rates.append(round(optimizer.param_groups[0]["lr"], 3))
    ...     optimizer.step()
    ...     schedule.step()
    >>> rates
    [0.1, 0.085, 0.05, 0.015]
    """
    method = get(name)
    resolved = resolve_settings(name, settings)
    return SCHEDULES[method.schedule](
        optimizer, total_steps, **{key: resolved[key] for key in method.schedule_defaults}
    )


def step(
    method: str | Method,
    optimizer: Optimizer,
    *,
    loss: float | Tensor | None = None,
    probe: LineProbe | None = None,
    closure: Callable[[], Any] | None = None,
    scaler: Any = None,
) -> None:
    """Take one optimizer step, passing the loss, probe or closure that the method needs.

    Parameters
    ----------
    method : str or Method
        A row of the table.
    optimizer : torch.optim.Optimizer
        As returned by `make_optimizer`. Its parameters' gradients are there already, unless the row needs a closure.
    loss : float or Tensor, optional
        The batch's mean loss, unscaled.
    probe : zenith.LineProbe, optional
        Made before the batch's forward pass.
    closure : callable, optional
        Zeroes and computes the gradients and returns the loss. Called only for rows that need it, by which alone it may
        be called more than once.
    scaler : torch.amp.GradScaler, optional
        Takes the step in the optimizer's place, unscaling the gradients first and leaving out a step that overflowed.

    Raises
    ------
    ValueError
        If something the row needs is missing.
    """
    row = get(method) if isinstance(method, str) else method
    take: Callable[..., Any] = optimizer.step if scaler is None else functools.partial(scaler.step, optimizer)
    if not row.needs:
        take()
        return
    given = {"loss": loss, "probe": probe, "closure": closure}
    missing = [need for need in given if need in row.needs and given[need] is None]
    if missing:
        raise ValueError(
            f"method '{row.name}' steps by {' and '.join(sorted(row.needs))}: "
            f"call step('{row.name}', optimizer, {', '.join(f'{need}={need}' for need in sorted(row.needs))})"
        )
    # The closure goes by position: GradScaler refuses the keyword.
    positional = [closure] if "closure" in row.needs else []
    keywords = {need: given[need] for need in ("loss", "probe") if need in row.needs}
    take(*positional, **keywords)


def applied_lr(optimizer: Optimizer) -> float:
    """Return the learning rate that the last step applied to the first parameter group.

    An optimizer that sets its own reports it as ``effective_lrs``; every other one applies ``group["lr"]``, so read it
    before the schedule moves on.
    """
    reported = getattr(optimizer, "effective_lrs", None)
    return float(reported[0] if reported is not None else optimizer.param_groups[0]["lr"])


@contextmanager
def evaluation_point(
    method: str | Method,
    optimizer: Optimizer,
    model: nn.Module,
    refresh: Callable[[nn.Module], object] | None = None,
) -> Iterator[nn.Module]:
    """Context in which `model` holds the weights its method is evaluated at: an average for DoG and Schedule-Free.

    Parameters
    ----------
    method : str or Method
        A row of the table.
    optimizer : torch.optim.Optimizer
        As returned by `make_optimizer`.
    model : torch.nn.Module
        The model it trains; put back bit for bit, buffers and modes included.
    refresh : callable, optional
        ``refresh(model)`` brings batch-norm statistics in line with the average, for example
        ``lambda model: torch.optim.swa_utils.update_bn(loader, model)``; called only where the weights are an average.

    Yields
    ------
    The model.
    """
    row = get(method) if isinstance(method, str) else method
    if not row.averaging:
        yield model
        return
    with at_average(optimizer, model, refresh):
        yield model


def battery() -> str:
    """Return the conformance tests as a Markdown table.

    Methods of equal outcome share a row; the reasons of the exceptions follow.
    """
    outcomes: dict[tuple[str, ...], list[str]] = {}
    notes: list[str] = []
    for row in METHODS.values():
        outcomes.setdefault(tuple(_mark(row, key, notes) for key in CELLS), []).append(f"`{row.name}`")
    lines = ["| methods | " + " | ".join(CELLS) + " |", "|---|" + ":-:|" * len(CELLS)]
    lines += [f"| {', '.join(together)} | {' | '.join(marks)} |" for marks, together in outcomes.items()]
    return "\n".join([*lines, "", *(f"{number}. {note}" for number, note in enumerate(notes, 1))]) + "\n"


def _mark(row: Method, key: str, notes: list[str]) -> str:
    """The mark of a method under one property; the reason of an exception goes to `notes`."""
    reason = row.exceptions.get(key)
    if reason is None:
        return row.nan if key == "NaN gradient" else "✓"
    note = f"Refused: {reason}."
    if note not in notes:
        notes.append(note)
    return f"no ({notes.index(note) + 1})"
