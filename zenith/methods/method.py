"""A row of the table of methods, and the properties that every method is tested for.

Memory is what the optimizer keeps between steps, in copies of the model's weights, beyond weights and gradients. Host
synchronisations are reads of a device value per step, which an accelerator must be waited for.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import KW_ONLY, dataclass, field, fields
from types import MappingProxyType
from typing import Any

from torch import nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from zenith._common.loading import Source
from zenith._common.names import check_file_name, lookup, unknown_keys
from zenith.methods.schedules import SCHEDULES
from zenith.methods.signature import Parameters, parameters_of

__all__ = ["CELLS", "LICENCES", "NEEDS", "Lazy", "Method"]

CELLS: Mapping[str, str] = MappingProxyType(
    {
        "learns": "training loss on digits falls to a fraction in 250 steps",
        "resume": "state_dict through torch.save and torch.load(weights_only=True): the same state, bit-identical "
        "continuation",
        "copy": "copy.deepcopy and pickle continue identically",
        "frozen": "parameters without gradient stay and do not disturb",
        "added group": "add_param_group in mid-run trains the new parameters",
        "zero gradient": "a first gradient of zero, then training goes on",
        "NaN gradient": "no crash; the weights become NaN as with SGD, or the step is left out",
        "odd shapes": "empty, 0-dimensional and non-contiguous weights train along",
        "bfloat16": "bfloat16 weights, none of them tiny, train at the method's own settings",
        "GradScaler": "the scaled step is the unscaled one; a step with infinite gradients is skipped",
        "schedule": "a learning-rate schedule down to zero",
        "tensor lr": "a 0-d tensor as learning rate: the same steps, and the tensor stays as it was",
        "two groups": "every group follows its own learning rate",
        "sharded": "on weights sharded over two processes (FSDP2's DTensor) the steps are those on whole ones",
        "checkpoint": "torch.distributed.checkpoint's state dict of a fresh optimizer, and back",
    }
)
"""What every method is tested for: name of the property -> what it means."""

LICENCES: Mapping[str, str] = MappingProxyType(
    {"torch": "BSD-3-Clause", "zenith": "MIT", "parameterfree": "MIT", "pytorch_optimizer": "Apache-2.0"}
)

NEEDS = ("loss", "probe", "closure")
"""What a step may be given besides gradients."""

Swap = Callable[[Optimizer, nn.Module], Any]


@dataclass(frozen=True)
class Lazy:
    """An optimizer class of a module that is imported when the first optimizer is made.

    Attributes
    ----------
    module, name : str
        Where the class is.
    """

    module: str
    name: str

    def __call__(self, params: Any, **settings: Any) -> Optimizer:
        """Make the optimizer.

        Raises
        ------
        ModuleNotFoundError
            If the library it builds on is not installed; the message says how to install it.
        """
        return getattr(importlib.import_module(self.module), self.name)(params, **settings)


@dataclass(frozen=True)
class Method:
    """An optimizer with its schedule and settings: everything that turns gradients into steps.

    A plain `torch.optim.Optimizer` needs nothing declared but a name. The built-in methods are rows of this kind.

    Attributes
    ----------
    name : str
        What users type. Letters, digits and ``-_.+``, because files are named after it.
    optimizer : callable
        ``optimizer(params, lr=..., **settings)``, which returns a `torch.optim.Optimizer`: a class, or a function. `lr`
        is the base learning rate.
    schedule : str or callable
        A key of `zenith.methods.schedules.SCHEDULES`, or ``schedule(optimizer, total_steps, **settings)``, which
        returns a `torch.optim.lr_scheduler.LRScheduler`. Stepped once per optimizer step.
    needs : collection of str
        What `zenith.methods.step` must be given: "loss" and "probe" arrive as keywords of the optimizer's ``step``, a
        "closure" by position. A probe is a `zenith.LineProbe`.
    averaging : str, callable or pair of callables
        Where the method is evaluated, if not at the weights: which average of the iterates, of an optimizer whose
        ``averages()`` yields pairs of a parameter and its average; or ``averaging(optimizer, model)``, a context
        manager within which the model holds the point; or two such functions, of which the first puts the model there
        and the second takes it back.
    optimizer_defaults, schedule_defaults : Mapping, optional
        The settings a user may override, with their defaults. Left out: the keyword parameters of the functions, those
        with a default of numbers, booleans, text, None, or tuples of these. One without a default must be given.
    label : str
        What figures print; the name where it is left out.
    family : {"automatic", "schedule", "reference", "own"}
        Sets its own learning rate from the run; follows a fixed schedule on plain SGD; is another optimizer, whose
        learning rate is set by hand; or is not built in.
    description, citation : str
        One line each, printed by ``landscape methods``.
    kind : str
        What the rule is built on: "SGD", "line search", "Polyak", "parameter-free", "adaptive", "modern".
    clips : bool
        Whether gradients may be clipped before it: not where loss and gradient together make the step, which a clipped
        gradient would lengthen or turn around.
    shares_lr : bool
        Whether a study's one learning rate is meant for it too: because its `lr` means what plain SGD's does, or has no
        default.
    shares_window : bool
        Whether a run's window W is its setting `window`, unless that is given: because it has no default.
    gradients : int
        Gradients of the batch, a forward and a backward pass each, that a step computes.
    probes, probes_every : int, str
        Further forward passes, and the setting that says every how many steps; "" for every step.
    memory : float
        Copies of the weights kept between steps.
    memory_note : str
        What comes on top of that.
    syncs : float
        Host synchronisations per step on an accelerator; infinite for one or more per tensor.
    library : str
        Whose code takes the step: "torch", "zenith", a library of the extra ``baselines``, or "own".
    nan : {"spreads", "skips"}
        What a NaN gradient does: makes the weights NaN, as with SGD, or leaves the step out.
    drifts : bool
        Whether the rule itself moves the weights at a learning rate of 0, towards an average.
    late : bool
        Whether a step applies the learning rate of the step before.
    exceptions : Mapping
        Properties of `zenith.methods.CELLS` that the method lacks, with the reason, which is part of the error it
        raises.
    required, takes_any : frozenset, bool
        Settings without a default, and whether the optimizer's function takes any others (``**settings``).
    source : Source or None
        The file it was loaded from, if any; set by `zenith.methods.get`.
    made : str
        What a method made in a session was when `zenith.methods.identity` was first asked, which its use may change.

    Raises
    ------
    ValueError
        If a field is not of its kind, or the functions do not take what they are to be given.

    Examples
    --------
    >>> def halving(optimizer, total_steps, every=10):
    ...     return torch.optim.lr_scheduler.StepLR(optimizer, every, gamma=0.5)
    >>> method = zenith.Method("halving", torch.optim.SGD, schedule=halving, optimizer_defaults={"lr": 0.2})
    >>> method.defaults
    {'lr': 0.2, 'every': 10}
    >>> zenith.train("digits", method, epochs=1, settings={"every": 5}).trace.steps["lr"][4:7]
    [0.2, 0.1, 0.1]
    """

    name: str
    optimizer: Callable[..., Optimizer]
    _: KW_ONLY
    schedule: str | Callable[..., LRScheduler] = "constant"
    needs: Collection[str] = frozenset()
    averaging: str | Callable[[Optimizer, nn.Module], AbstractContextManager[Any]] | tuple[Swap, Swap] = ""
    optimizer_defaults: Mapping[str, Any] = field(default=None)  # type: ignore[arg-type]
    schedule_defaults: Mapping[str, Any] = field(default=None)  # type: ignore[arg-type]
    label: str = ""
    family: str = "own"
    description: str = ""
    citation: str = ""
    kind: str = "SGD"
    clips: bool = True
    shares_lr: bool = field(default=None)  # type: ignore[assignment]
    shares_window: bool = field(default=None)  # type: ignore[assignment]
    gradients: int = 1
    probes: int = 0
    probes_every: str = ""
    memory: float = 0.0
    memory_note: str = ""
    syncs: float = 0
    library: str = "own"
    nan: str = "spreads"
    drifts: bool = False
    late: bool = False
    exceptions: Mapping[str, str] = field(default_factory=dict)
    required: frozenset[str] = field(init=False, default=frozenset(), repr=False)
    takes_any: bool = field(init=False, default=False, repr=False)
    source: Source | None = field(init=False, default=None, compare=False)
    made: str = field(init=False, default="", compare=False, repr=False)

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not re.fullmatch(r"[A-Za-z0-9][\w.+-]*", self.name, re.ASCII):
            raise ValueError(
                f"name={self.name!r} of a method must be letters, digits and -_.+ only: files are named after it"
            )
        check_file_name(self.name, "a method")
        self._check_parts()
        optimizer = self._settings(self.optimizer, self.optimizer_defaults, 1, "optimizer", "(params, lr)")
        schedule = SCHEDULES[self.schedule] if isinstance(self.schedule, str) else self.schedule
        later = self._settings(schedule, self.schedule_defaults, 2, "schedule", "(optimizer, total_steps)")
        required = frozenset({*optimizer.required, *later.required})
        if "lr" not in optimizer:
            raise ValueError(
                f"the optimizer of method '{self.name}' takes no lr: write it as a function of (params, lr), "
                f"and multiply its steps by it (by 1 if it finds their size itself), so that schedules reach them"
            )
        for key in optimizer.keys() & later.keys():
            raise ValueError(f"both optimizer and schedule of method '{self.name}' have a setting {key}: rename one")
        self._set(
            needs=frozenset(self.needs),
            optimizer_defaults=MappingProxyType(optimizer),
            schedule_defaults=MappingProxyType(later),
            label=self.label or self.name,
            exceptions=MappingProxyType(dict(self.exceptions)),
            required=required,
            takes_any=optimizer.takes_any,
            shares_lr="lr" in required if self.shares_lr is None else self.shares_lr,
            shares_window="window" in required if self.shares_window is None else self.shares_window,
        )

    def _check_parts(self) -> None:
        if not callable(self.optimizer):
            what = "an optimizer that has its parameters" if isinstance(self.optimizer, Optimizer) else "no function"
            raise ValueError(
                f"the optimizer of method '{self.name}' is {what}: give a function of (params, lr) that makes one"
            )
        if isinstance(self.schedule, str):
            lookup(SCHEDULES, self.schedule, "schedule")
        elif not callable(self.schedule):
            raise ValueError(
                f"schedule={self.schedule!r} of method '{self.name}' is neither a name ({', '.join(SCHEDULES)}) nor a "
                f"function of (optimizer, total_steps)"
            )
        if isinstance(self.needs, str):
            self._set(needs=frozenset({self.needs}))
        unknown_keys(self.needs, NEEDS, f"needs of method '{self.name}'")
        if not isinstance(self.exceptions, Mapping):
            raise ValueError(
                f"exceptions={self.exceptions!r} of method '{self.name}' must be a mapping of properties to reasons: "
                f"write {{'schedule': 'REASON'}}"
            )
        unknown_keys(self.exceptions, CELLS, f"exceptions of method '{self.name}'")
        if self.nan not in ("spreads", "skips"):
            raise ValueError(f"nan={self.nan!r} of method '{self.name}' must be 'spreads' or 'skips'")
        average = self.averaging
        pair = isinstance(average, tuple) and len(average) == 2 and all(map(callable, average))
        if not (isinstance(average, str) or callable(average) or pair):
            raise ValueError(
                f"averaging={average!r} of method '{self.name}' must be a name, a context manager made of (optimizer, "
                f"model), or a pair of functions of these"
            )

    def _settings(
        self, function: Callable[..., Any], given: Mapping[str, Any] | None, leading: int, role: str, takes: str
    ) -> Parameters:
        """Return the settings that a function takes."""
        if given is not None and isinstance(function, Lazy):
            return Parameters(given)
        found = parameters_of(function, leading, f"the {role} of method '{self.name}'", takes)
        if given is None:
            return found
        if not found.takes_any:
            unknown_keys(given, tuple(found), f"the {role}'s defaults of method '{self.name}'")
        required = found.required - given.keys()
        return Parameters({**given} | dict.fromkeys(required), required)

    def _set(self, **values: Any) -> None:
        for key, value in values.items():
            object.__setattr__(self, key, value)

    def __getstate__(self) -> dict[str, Any]:
        plain = {f.name: getattr(self, f.name) for f in fields(self)}
        return {key: dict(value) if isinstance(value, MappingProxyType) else value for key, value in plain.items()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._set(**{key: MappingProxyType(v) if isinstance(v, dict) else v for key, v in state.items()})

    @property
    def licence(self) -> str:
        """The licence of the code that takes the step; "" where it is not known."""
        return LICENCES.get(self.library, "")

    @property
    def defaults(self) -> dict[str, Any]:
        """Every setting with its default, the optimizer's first; None for one that must be given."""
        return {**self.optimizer_defaults, **self.schedule_defaults}

    @property
    def evaluated_at(self) -> str:
        """Where it is evaluated: "weights", or the name of what it is instead."""
        if isinstance(self.averaging, str):
            return self.averaging or "weights"
        first = self.averaging[0] if isinstance(self.averaging, tuple) else self.averaging
        return getattr(first, "__name__", type(first).__name__)
