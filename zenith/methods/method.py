"""A row of the table of methods, and the properties that every method is tested for.

Memory is what the optimizer keeps between steps, in copies of the model's weights, beyond weights and gradients. Host
synchronisations are reads of a device value per step, which an accelerator must be waited for.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from torch.optim import Optimizer

__all__ = ["CELLS", "LICENCES", "Lazy", "Method"]

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

_NOTHING: Mapping[str, Any] = MappingProxyType({})


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
    """One row of the table.

    Attributes
    ----------
    name, label : str
        What users type, and what figures print.
    family : {"automatic", "schedule", "reference"}
        Sets its own learning rate from the run; follows a fixed schedule on plain SGD; or has a constant one, set by
        hand.
    description, citation : str
        One line each, printed by ``landscape methods``.
    optimizer : callable
        ``optimizer(params, **settings)``, a `torch.optim.Optimizer`.
    schedule : str
        A key of `zenith.methods.schedules.SCHEDULES`, stepped once per optimizer step.
    optimizer_defaults, schedule_defaults : Mapping
        The settings a user may override, with their defaults.
    kind : str
        What the rule is built on: "SGD", "line search", "Polyak", "parameter-free", "adaptive", "modern".
    clips : bool
        Whether gradients may be clipped before it: not where loss and gradient together make the step, which a clipped
        gradient would lengthen or turn around.
    shares_lr : bool
        Whether its `lr` means what plain SGD's does, so that a study's one learning rate is meant for it too.
    needs : frozenset
        What `zenith.methods.step` must be given: of "loss", "probe", "closure".
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
    averaging : str
        Which average of the iterates the method is evaluated at; "" for the weights themselves.
    library : str
        Whose code takes the step: "torch", "zenith", or a library of the extra ``baselines``.
    nan : {"spreads", "skips"}
        What a NaN gradient does: makes the weights NaN, as with SGD, or leaves the step out.
    exceptions : Mapping
        Properties that the method lacks, with the reason, which is part of the error it raises.
    """

    name: str
    label: str
    family: str
    description: str
    citation: str
    optimizer: Callable[..., Optimizer]
    schedule: str = "constant"
    optimizer_defaults: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    schedule_defaults: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    kind: str = "SGD"
    clips: bool = True
    shares_lr: bool = False
    needs: frozenset[str] = frozenset()
    gradients: int = 1
    probes: int = 0
    probes_every: str = ""
    memory: float = 0.0
    memory_note: str = ""
    syncs: float = 0
    averaging: str = ""
    library: str = "torch"
    nan: str = "spreads"
    exceptions: Mapping[str, str] = field(default_factory=lambda: _NOTHING)

    @property
    def licence(self) -> str:
        """The licence of the code that takes the step."""
        return LICENCES[self.library]

    @property
    def defaults(self) -> dict[str, Any]:
        """Every setting with its default, the optimizer's first."""
        return {**self.optimizer_defaults, **self.schedule_defaults}
