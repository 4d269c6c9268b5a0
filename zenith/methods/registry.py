"""Look up a method by name, make its optimizer and schedule, and take steps with it."""

from __future__ import annotations

import copy
import dataclasses
import functools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from zenith._common.identity import describe, digest
from zenith._common.loading import Source, is_reference, load
from zenith._common.names import lookup, unknown_keys
from zenith._common.plugins import find_plugin, load_plugin, plugin_names
from zenith.methods.averaging import at_average, at_point
from zenith.methods.method import CELLS, Method
from zenith.methods.schedules import SCHEDULES
from zenith.methods.table import METHODS

if TYPE_CHECKING:
    from zenith.baselines.line_probe import LineProbe


GROUP = "zenith.methods"
"""Of the entry points by which installed packages add methods."""

LARGEST = 1e30
"""Of a setting: weights are float32 numbers, which end at 3.4e38, and a step multiplies settings with other numbers."""

MethodLike = str | Method | tuple[str, "str | Callable[..., Optimizer]"]
"""A name, ``"file.py:name"``, ``"package.module:name"``, a `Method`, or ``(name, make)``."""


def names() -> tuple[str, ...]:
    """Return the names of all methods: the built-in ones in the table's order, then those that packages add."""
    return (*METHODS, *plugin_names(GROUP, METHODS))


def get(method: MethodLike, base: Path | str | None = None) -> Method:
    """Return a method.

    Parameters
    ----------
    method : str, Method or tuple
        A name of `names()`; ``"file.py:name"`` or ``"package.module:name"``, which is a `Method`, an optimizer class,
        or a function of ``(params, lr)`` that makes an optimizer; a `Method`; or a pair of a name and such a function
        or reference.
    base : path, optional
        The folder that paths of files start from, if not the current one.

    Raises
    ------
    ValueError
        If there is none of that name, naming the nearest one; or what is there is no method.
    FileNotFoundError
        If there is no such file or module.

    Examples
    --------
    >>> from zenith import methods
    >>> methods.get("cosine").schedule
    'cosine'
    >>> def make(params, lr=1e-3, decay=0.9):
    ...     return torch.optim.RMSprop(params, lr=lr, alpha=decay)
    >>> mine = methods.get(("mine", make))
    >>> mine.defaults
    {'lr': 0.001, 'decay': 0.9}
    """
    if isinstance(method, str):
        if method in METHODS:
            return METHODS[method]
        if is_reference(method):
            return _loaded(None, method, base)
        plugin = find_plugin(GROUP, method, "method")
        if plugin is None:
            return lookup(dict.fromkeys(names(), METHODS["sgd"]), method, "method")
        found, source = load_plugin(plugin, "method")
        return _with_source(_made(plugin.name, found, f"'{plugin.reference}'"), source)
    if isinstance(method, Method):
        own = method
    elif isinstance(method, tuple | list) and len(method) == 2 and isinstance(method[0], str):
        own = _loaded(method[0], method[1], base) if isinstance(method[1], str) else _made(*method, repr(method[1]))
    elif isinstance(method, Optimizer):
        raise ValueError(
            f"a method is no optimizer that has its parameters already ({type(method).__name__}): give a pair ('name', "
            f"make) of which make(params, lr) makes one"
        )
    elif callable(method):
        called = getattr(method, "__name__", type(method).__name__)
        raise ValueError(
            f"a method is called by its name, like 'cosine', which a function has not: give a pair ('mine', {called})"
        )
    else:
        raise ValueError(
            f"method={method!r} is no method: give a name of zenith.methods.names(), 'file.py:name', a pair ('mine', "
            f"make) of which make(params, lr) returns an optimizer, or a zenith.Method"
        )
    if own.name in METHODS and own != METHODS[own.name]:
        raise ValueError(f"'{own.name}' is the name of a built-in method, which yours is not: give it another name")
    return own


def _loaded(name: str | None, reference: str, base: Path | str | None) -> Method:
    if not is_reference(reference):
        raise ValueError(
            f"{reference!r} of method {name!r} does not say where to find it: write 'file.py:NAME' or "
            f"'package.module:NAME', or give '{reference}' alone if it is the name of a method"
        )
    found, source = load(reference, base)
    own = found if isinstance(found, Method) and name is None else None
    given = name if name is not None else source.attribute.rpartition(".")[2]
    return _with_source(_made(given, found, f"'{reference}'") if own is None else own, source)


def _made(name: str, found: Any, what: str) -> Method:
    """Return the method called `name` that a `Method` or a function is."""
    if isinstance(found, Method):
        return found if found.name == name else dataclasses.replace(found, name=name, label="")
    if not callable(found) or isinstance(found, Optimizer):
        kind = type(found).__name__
        raise ValueError(
            f"{what} of method '{name}' is of type {kind}: give a zenith.Method, an optimizer class, or a function of "
            f"(params, lr) that makes an optimizer"
        )
    return Method(name, found)


def _with_source(method: Method, source: Source) -> Method:
    known = copy.copy(method)
    object.__setattr__(known, "source", source)
    return known


def identity(method: MethodLike) -> Any:
    """Return JSON-able values that determine a method's numbers, the same in every process.

    The name of a built-in method. Of one that was loaded, its name and the contents of its file and of those of the
    same folder that it imports. Of one made in a session, its name and what `zenith._common.identity.describe` finds:
    the compiled code of its functions with the values that they hold, which are never addresses in memory.

    Examples
    --------
    >>> zenith.methods.identity("cosine")
    'cosine'
    >>> def mine(factor):
    ...     return "mine", lambda params, lr=0.1: torch.optim.SGD(params, lr=lr * factor)
    >>> zenith.methods.identity(mine(2)) == zenith.methods.identity(mine(2))
    True
    >>> zenith.methods.identity(mine(2)) == zenith.methods.identity(mine(3))
    False
    """
    row = get(method)
    if row.name in METHODS:
        return row.name
    if row.source is not None:
        return {"name": row.name, "source": row.source.identity()}
    if row.made:
        return {"name": row.name, "made": row.made}
    parts = {
        "optimizer": row.optimizer,
        "schedule": row.schedule,
        "averaging": row.averaging,
        "needs": sorted(row.needs),
        "defaults": row.defaults,
    }
    object.__setattr__(row, "made", digest(describe(parts)))
    return {"name": row.name, "made": row.made}


def is_built_in(method: Method) -> bool:
    """Return whether a method is a row of the table."""
    return method.name in METHODS


def row_of(method: MethodLike) -> Method:
    """Return a method that was resolved already as it is, any other one resolved."""
    return method if isinstance(method, Method) else get(method)


def resolve_settings(method: MethodLike, settings: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return every setting of a method, its defaults overridden by `settings`.

    Raises
    ------
    ValueError
        If the method has no setting of that name, when the message names the nearest one; a value is not of its kind,
        or too large for float32; or a setting without a default is left out.
    """
    row = row_of(method)
    name, defaults = row.name, row.defaults
    if settings is not None and not isinstance(settings, Mapping):
        raise ValueError(
            f"settings={settings!r} of method '{name}' is not a mapping of names to values: give e.g. {{'lr': 0.1}}"
        )
    given = dict(settings or {})
    if not row.takes_any:
        unknown_keys(given, tuple(defaults), f"the settings of method '{name}'")
    for key, value in given.items():
        _check_kind(name, key, value, defaults.get(key))
        _check_size(name, key, value)
    for key in defaults:
        if key in row.required and key not in given:
            raise ValueError(
                f"method '{name}' has no {key}, because its function has no default for it: give settings={{'{key}': "
                f"...}}, or a default there ({key}=...)"
            )
    return {**defaults, **given}


def passes(method: MethodLike, settings: Mapping[str, Any] | None = None) -> tuple[float, float]:
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
    row = row_of(method)
    resolved = resolve_settings(row, settings) if row.probes_every else {}
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


def _check_size(name: str, key: str, value: Any) -> None:
    """Refuse numbers that no step can compute with."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return
    if abs(value) > LARGEST and value not in (math.inf, -math.inf):
        shown = f"{value:g}" if isinstance(value, float) or abs(value) < 10**300 else "a number of more than 300 digits"
        raise ValueError(
            f"{key} of method '{name}' must be at most {LARGEST:g} in size, for float32 ends at 3.4e38, got {shown}"
        )


def make_optimizer(method: MethodLike, params: Iterable[Any], **settings: Any) -> Optimizer:
    """Make the optimizer of a method, without its schedule.

    Parameters
    ----------
    method : str, Method or tuple
        As for `get`.
    params : iterable
        Parameters or parameter groups, as for any `torch.optim.Optimizer`.
    **settings
        Overrides of the method's settings (learning rate, window, momentum, ...). `lr` may be a 0-d tensor, which the
        steps read and leave to the schedulers.

    Raises
    ------
    ValueError
        For an unknown method or setting, a value the optimizer refuses, or a function that makes no optimizer.
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
    row = row_of(method)
    resolved = resolve_settings(row, settings)
    lr = resolved["lr"]
    number = isinstance(lr, (int, float)) or (isinstance(lr, Tensor) and lr.numel() == 1)
    if isinstance(lr, bool) or not number or not 0 < float(lr) < math.inf:
        raise ValueError(
            f"lr={lr!r} of method '{row.name}' must be a positive finite number, or a tensor that holds one"
        )
    given = {key: value for key, value in resolved.items() if key not in row.schedule_defaults}
    if isinstance(params, Iterator):  # which a function may go through twice
        params = list(params)
    made = row.optimizer(params, **given)
    if not isinstance(made, Optimizer):
        raise ValueError(
            f"the optimizer of method '{row.name}' is of type {type(made).__name__}: let its function return a "
            f"torch.optim.Optimizer"
        )
    return made


def make_schedule(method: MethodLike, optimizer: Optimizer, total_steps: int, **settings: Any) -> LRScheduler:
    """Make the learning-rate schedule of a method, to be stepped once after every optimizer step.

    Parameters
    ----------
    method : str, Method or tuple
        As for `get`.
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
    row = row_of(method)
    resolved = resolve_settings(row, settings)
    make = SCHEDULES[row.schedule] if isinstance(row.schedule, str) else row.schedule
    made = make(optimizer, total_steps, **{key: resolved[key] for key in row.schedule_defaults})
    if not isinstance(made, LRScheduler):
        raise ValueError(
            f"the schedule of method '{row.name}' is of type {type(made).__name__}: let its function return a "
            f"torch.optim.lr_scheduler.LRScheduler"
        )
    return made


def step(
    method: MethodLike,
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
    method : str, Method or tuple
        As for `get`.
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
    row = row_of(method)
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
    method: MethodLike,
    optimizer: Optimizer,
    model: nn.Module,
    refresh: Callable[[nn.Module], object] | None = None,
) -> Iterator[nn.Module]:
    """Context in which `model` holds the weights its method is evaluated at: an average for DoG and Schedule-Free.

    Parameters
    ----------
    method : str, Method or tuple
        As for `get`.
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
    row = row_of(method)
    if not row.averaging:
        yield model
        return
    if isinstance(row.averaging, str):
        with at_average(optimizer, model, refresh):
            yield model
    else:
        with at_point(row.averaging, optimizer, model, refresh):
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
