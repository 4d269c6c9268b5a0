"""Put a method through the battery, and say what it passed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import torch
from torch.optim import Optimizer

from zenith import methods
from zenith._common.names import unknown_keys
from zenith.conformance.properties import CHECKS, NotCheckedError, NotMetError, Subject
from zenith.methods import CELLS, METHODS, Method, MethodLike

__all__ = ["Conformance", "Outcome", "check_method", "check_property"]


WITHOUT_LR = ("schedule", "two groups", "tensor lr")
"""Properties that a rule without use for a learning rate lacks, where no step can tell that it was given one."""


@dataclass(frozen=True)
class Outcome:
    """What became of one property.

    Attributes
    ----------
    status : {"passed", "refused", "lacking", "failed", "not checked"}
        Refused: the method lacks the property, says so (`Method.exceptions`), and raises an error with that reason.
        Lacking: it says so, of learning rates, at which no error can be raised where a rule has no use for them.
    reason : str
        Of all but "passed".
    """

    status: str
    reason: str = ""


@dataclass(frozen=True, repr=False)
class Conformance:
    """What a method was put through, as by `check_method`.

    Attributes
    ----------
    method : str
        Its name.
    outcomes : dict of str to Outcome
        By property, as of `zenith.methods.CELLS`.
    nan : {"spreads", "skips"}
        What it declares that a NaN gradient does.

    Examples
    --------
    >>> found = zenith.check_method("cosine", only=["resume", "copy"])
    >>> found.passed, found.outcomes["resume"].status
    (True, 'passed')
    >>> print(found.markdown())
    | methods | resume | copy |
    |---|:-:|:-:|
    | `cosine` | ✓ | ✓ |
    """

    method: str
    outcomes: dict[str, Outcome]
    nan: str = "spreads"

    @property
    def passed(self) -> bool:
        """Whether no property failed."""
        return all(outcome.status != "failed" for outcome in self.outcomes.values())

    def __repr__(self) -> str:
        width = max(map(len, self.outcomes), default=0)
        lines = [
            f"  {name:{width}}  {outcome.status}{f': {outcome.reason}' if outcome.reason else ''}"
            for name, outcome in self.outcomes.items()
        ]
        return "\n".join([self._title(), *lines])

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th scope='row' style='text-align: left'>{escape(name)}</th><td>{escape(outcome.status)}</td>"
            f"<td style='text-align: left'>{escape(outcome.reason)}</td></tr>"
            for name, outcome in self.outcomes.items()
        )
        return f"<div><p>{escape(self._title())}</p><table>{rows}</table></div>"

    def _title(self) -> str:
        failed = sum(outcome.status == "failed" for outcome in self.outcomes.values())
        return f"{self.method}: {f'FAILED {failed} of' if failed else 'passed'} {len(self.outcomes)} properties"

    def markdown(self) -> str:
        """Return the method's row of the matrix, as `zenith.methods.battery` prints it for the built-in ones."""
        notes = dict.fromkeys(outcome.reason for outcome in self.outcomes.values() if outcome.reason)
        marks = []
        for name, outcome in self.outcomes.items():
            mark = self.nan if name == "NaN gradient" else "✓"
            if outcome.reason:
                short = {"refused": "no", "lacking": "no", "failed": "FAILED"}.get(outcome.status, "-")
                mark = f"{short} ({list(notes).index(outcome.reason) + 1})"
            marks.append(mark)
        lines = [
            "| methods | " + " | ".join(self.outcomes) + " |",
            "|---|" + ":-:|" * len(self.outcomes),
            f"| `{self.method}` | {' | '.join(marks)} |",
        ]
        if notes:
            lines += ["", *(f"{number}. {note}" for number, note in enumerate(notes, 1))]
        return "\n".join(lines)


def check_method(
    make: MethodLike | Callable[..., Optimizer],
    settings: Mapping[str, Any] | None = None,
    *,
    short: Mapping[str, Any] | None = None,
    only: Sequence[str] | None = None,
) -> Conformance:
    """Put a method through the battery that every built-in one passes.

    On a small network and 8x8 digits on the CPU; within half a minute, most of which two processes take to start (the
    property "sharded").

    Parameters
    ----------
    make : callable, str, Method or tuple
        A function of ``(params, lr)`` that makes an optimizer, an optimizer class, or what `zenith.methods.get` takes.
    settings : Mapping, optional
        What to check it at, besides its defaults; for example a learning rate, where there is no default.
    short : Mapping, optional
        Settings that shorten its memory (windows, intervals, warm-ups), so that it is past them within the few steps
        that most checks take.
    only : sequence of str, optional
        Some of the properties of `zenith.methods.CELLS`, which says what they mean.

    Returns
    -------
    Conformance
        Its repr is a table; ``passed`` says whether nothing failed; ``markdown()`` is its row of the matrix.

    Raises
    ------
    ValueError
        If `make` is no method, or what `zenith.methods.try_out` refuses: one that cannot take a step, or ignores `lr`.

    Examples
    --------
    An optimizer that keeps its momentum where ``state_dict`` does not look:

    >>> class Heavy(torch.optim.Optimizer):
    ...     def __init__(self, params, lr=0.01):
    ...         super().__init__(params, {"lr": lr})
    ...         self.velocity = {}
    ...
    ...     @torch.no_grad()
    ...     def step(self):
    ...         for group in self.param_groups:
    ...             for i, p in enumerate(p for p in group["params"] if p.grad is not None):
    ...                 self.velocity[i] = 0.9 * self.velocity.get(i, 0.0) + p.grad
    ...                 p -= group["lr"] * self.velocity[i]
    >>> zenith.check_method(Heavy, only=["learns", "resume"])
    Heavy: FAILED 1 of 2 properties
      learns  passed
      resume  failed: what goes on from a loaded state_dict is another training: the weights differ
    >>> zenith.check_method(torch.optim.SGD, {"momentum": 0.9}, only=["learns", "resume"]).passed
    True
    """
    row = _as_method(make)
    unknown_keys(only or (), CELLS, "only")
    given, shorter = dict(settings or {}), dict(short or {})
    methods.resolve_settings(row, given | shorter)
    methods.try_out(row, given)
    names = [name for name in CHECKS if only is None or name in only]
    outcomes = {name: check_property(row, name, given, short=shorter) for name in names}
    return Conformance(row.name, outcomes, row.nan)


def check_property(
    row: Method, name: str, settings: Mapping[str, Any] | None = None, *, short: Mapping[str, Any] | None = None
) -> Outcome:
    """Return what becomes of one property of a method, as `check_method` reports it; torch's random state stays."""
    subject = Subject(row, dict(settings or {}), dict(short or {}))
    declared = row.exceptions.get(name)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        raised: Exception | None = None
        try:
            CHECKS[name](subject)
        except Exception as error:
            raised = error
    if isinstance(raised, NotCheckedError):
        return Outcome("not checked", str(raised))
    if declared is not None:
        if isinstance(raised, ValueError | RuntimeError) and declared in str(raised):
            return Outcome("refused", declared)
        if name in WITHOUT_LR and isinstance(raised, NotMetError):
            return Outcome("lacking", declared)
        instead = "nothing is raised" if raised is None else _said(raised)
        return Outcome("failed", f"declared as lacking ({declared}), but no error says so: {instead}")
    return Outcome("passed") if raised is None else Outcome("failed", _said(raised))


def _said(error: Exception) -> str:
    first = (str(error).strip().splitlines() or [""])[0]
    return first if isinstance(error, NotMetError) else f"raises {type(error).__name__}: {first}"


def _as_method(make: Any) -> Method:
    if isinstance(make, str | Method | tuple | list | Optimizer) or not callable(make):
        return methods.get(make)
    name = getattr(make, "__name__", "")
    try:
        return Method(name if name not in METHODS else "mine", make)
    except ValueError:
        return Method("mine", make)  # of a lambda, say
