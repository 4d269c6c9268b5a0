r"""The largest curvature at which an optimizer's step is stable, from its settings and state.

Cohen et al. 2021 (arXiv 2103.00065) for gradient descent and momentum, 2022 (arXiv 2207.14484) for adaptive methods;
what weight decay and parameter groups change is worked out at `stability_threshold`.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import torch
from safetensors import safe_open
from torch import Tensor, nn
from torch.optim import SGD, Adagrad, Adam, Adamax, AdamW, NAdam, Optimizer, RMSprop

from landscape._common.files import read_tensors, write_tensors
from landscape._common.guesses import guessable
from landscape._common.summaries import Summarized, Summary
from landscape._common.validation import as_json
from landscape.curvature.rescaled import denominator
from landscape.objective.objective import Objective

__all__ = ["StabilityThreshold", "applied_lrs", "live_model", "stability_threshold", "threshold_for", "unwrapped"]

WRAPPERS = ("accelerate", "lightning", "pytorch_lightning", "zenith")
"""Packages whose wrappers of an optimizer take its step as it is, or at another learning rate that they tell."""

_KINDS = ("preconditioner", "decay")


@dataclass(frozen=True, eq=False, repr=False)
class StabilityThreshold(Summarized):
    r"""The largest eigenvalue of :math:`P^{-1/2} (H + D) P^{-1/2}` at which an optimizer's step is stable.

    It is a copy: later steps of the optimizer do not change it.

    Attributes
    ----------
    value : float
        In units of the loss over squared parameter units, divided by those of P; NaN where it is not known.
    rule : str
        The method and its formula; where the value is not known, why.
    lr : float
        The largest learning rate of a parameter group.
    moved : tuple of str
        Parameters that the optimizer moves, in the order of the model.
    preconditioner : dict of str to Tensor, or None
        The diagonal of P; None for the identity.
    decay : dict of str to Tensor, or None
        The diagonal of D where weight decay does not act on all parameters alike.
    shift : float
        What weight decay adds to every eigenvalue where it does.

    Examples
    --------
    >>> of_sgd = ls.curvature.StabilityThreshold.of_sgd
    >>> of_sgd(lr=0.25).value, of_sgd(lr=0.25, momentum=0.5).value
    (8.0, 12.0)
    """

    value: float
    rule: str
    lr: float
    moved: tuple[str, ...] | None = field(default=None, repr=False)
    preconditioner: dict[str, Tensor] | None = field(default=None, repr=False)
    decay: dict[str, Tensor] | None = field(default=None, repr=False)
    shift: float = 0.0

    @classmethod
    def of_sgd(
        cls,
        lr: float,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
    ) -> Self:
        """Return the threshold of `torch.optim.SGD` with these settings, which needs no state: for saved weights.

        Parameters are those of `torch.optim.SGD`, one group for all parameters.

        Raises
        ------
        ValueError
            If the learning rate is negative or the momentum is not in [0, 1).
        """
        if not (lr >= 0 and 0 <= momentum < 1):
            raise ValueError(f"lr is {lr!r} and momentum {momentum!r}: give lr >= 0 and 0 <= momentum < 1.")
        size = lr * (1 - dampening) if momentum else lr
        if not size > 0:
            return cls(math.nan, "the learning rate is 0: nothing moves", float(lr))
        name, factor = _sgd_rule(momentum, nesterov)
        return cls(factor / size, name, float(size), shift=float(weight_decay))

    def save(self, path: str | os.PathLike[str], about: Mapping[str, str] | None = None) -> None:
        """Write it as one file of safetensors, with its checksum, beside saved weights that are to be measured later.

        Parameters
        ----------
        path : path
        about : Mapping, optional
            What else the file is to say of itself, such as the run that it is of.
        """
        plain = {"value": self.value, "rule": self.rule, "lr": self.lr, "moved": self.moved, "shift": self.shift}
        tensors = {f"{kind}/{n}": t for kind in _KINDS for n, t in (getattr(self, kind) or {}).items()}
        present = [kind for kind in _KINDS if getattr(self, kind) is not None]
        words = {"stability_threshold": json.dumps(as_json(plain | {"present": present}))}
        write_tensors(Path(path), {name: t.contiguous() for name, t in tensors.items()}, {**(about or {}), **words})

    @classmethod
    def load(
        cls, path: str | os.PathLike[str], about: Mapping[str, str] | None = None, *, required: bool = False
    ) -> Self:
        """Read a file that `save` wrote.

        Parameters
        ----------
        path : path
        about : Mapping, optional
            What the file has to say of itself.
        required : bool
            Whether it has to have its checksum, which files of older versions lack.

        Raises
        ------
        FileNotFoundError
            If there is none.
        ValueError
            If it is another kind of file, damaged, or not what it has to be.
        """
        tensors = read_tensors(Path(path), about, required=required)
        with safe_open(path, "pt") as file:
            words = (file.metadata() or {}).get("stability_threshold")
        if words is None:
            raise ValueError(f"'{path}' is no stability threshold: name a file that StabilityThreshold.save wrote")
        plain = json.loads(words)
        moved, value = plain["moved"], plain["value"]
        parts = {
            kind: {n.removeprefix(f"{kind}/"): t for n, t in tensors.items() if n.startswith(f"{kind}/")}
            for kind in plain["present"]
        }
        return cls(
            math.nan if value is None else value,
            plain["rule"],
            plain["lr"],
            None if moved is None else tuple(moved),
            shift=plain["shift"],
            **parts,
        )

    def _summary(self) -> Summary:
        if math.isnan(self.value):
            return Summary(f"unknown: {self.rule}")
        geometry = "preconditioned Hessian" if self.preconditioner is not None else "Hessian"
        shifted = " with weight decay" if self.shift or self.decay is not None else ""
        return Summary(f"{self.value:.6g} for the top eigenvalue of the {geometry}{shifted} ({self.rule})")


@guessable
def stability_threshold(optimizer: Any, model: nn.Module, lr: float | None = None) -> StabilityThreshold:
    r"""Return the largest top eigenvalue at which an optimizer's next steps are stable, from its settings and state.

    Parameters
    ----------
    optimizer : torch.optim.Optimizer
        SGD with or without (Nesterov) momentum; Adam, AdamW, NAdam, Adamax, RMSprop and Adagrad after at least one
        step; ZENITH's optimizers and `zenith.ZenithLR`, at the learning rate of their last step. The wrappers of
        Accelerate and Lightning are looked through.
    model : torch.nn.Module
        Whose parameters it updates.
    lr : float, optional
        The threshold at this largest learning rate of a group, the others in proportion, in the place of those that it
        has: a schedule may have set them to zero at the end.

    Returns
    -------
    StabilityThreshold
        Its value is NaN, with the reason in `rule`, for another optimizer, before the first step of an adaptive one,
        and for groups whose momenta differ.

    Raises
    ------
    ValueError
        If it is no optimizer, has no learning rate, or does not have a parameter of the model.

    Notes
    -----
    Step sizes :math:`\eta`, momentum :math:`\beta`:

    - Gradient descent: :math:`2 / \eta`. Heavy ball: :math:`(2 + 2 \beta) / \eta`, over :math:`1 - d` with dampening d.
      Nesterov: :math:`(2 + 2 \beta) / (\eta (1 + 2 \beta))` (arXiv 2103.00065, appendix B).
    - Adam: :math:`(2 + 2 \beta_1) / ((1 - \beta_1) \eta)`, 38/eta at 0.9, for the Hessian preconditioned with
      `landscape.curvature.adaptive_preconditioner`, Adamax likewise. RMSprop: that of (heavy-ball) descent, likewise.
      Adagrad: 2 over the step size that its decay leaves (arXiv 2207.14484).
    - NAdam: :math:`2 / (\eta \kappa)`, :math:`\kappa = c_g + c_m (1 - \beta_1) / (1 + \beta_1)` with its weights of the
      gradient :math:`c_g = (1 - \mu_t) / (1 - \prod_{i \le t} \mu_i)` and of the momentum :math:`c_m = \mu_{t+1} / (1 -
      \prod_{i \le t+1} \mu_i)` at its last step, as the eigenvalue -1 of the linear recurrence shows.
    - Groups with step sizes of their own: part of P. Weight decay :math:`\lambda` in the gradient adds
      :math:`\lambda` to the Hessian's diagonal. Decoupled (AdamW), it adds :math:`\lambda (1 + \beta_1) / (1 -
      \beta_1)` to the preconditioned one, as the eigenvalue -1 of the linear recurrence shows.

    P is held as it is at this step, as in the paper.

    Examples
    --------
    >>> sgd = torch.optim.SGD(model.parameters(), lr=0.25, momentum=0.5)
    >>> ls.curvature.stability_threshold(sgd, model).value
    12.0
    """
    inner, _ = unwrapped(optimizer)
    model = getattr(model, "_orig_mod", model)
    groups = {p: (i, group) for i, group in enumerate(inner.param_groups) for p in group["params"]}
    named = {name: p for name, p in model.named_parameters() if p.requires_grad}
    for name, p in named.items():
        if p not in groups:
            raise ValueError(
                f"The optimizer does not have the parameter {name!r}: give the model that it updates, or an objective "
                "that is restricted to what it updates (objective.restrict)."
            )
    return _threshold(inner, _rates(optimizer, lr), named, groups)


def _rates(optimizer: Any, largest: float | None) -> list[float]:
    """Return the learning rates of the groups; in proportion to the largest, where that is given."""
    rates = applied_lrs(optimizer)
    if largest is None:
        return rates
    if max(rates) <= 0:  # a schedule is at zero: those that it began with
        groups = unwrapped(optimizer)[0].param_groups
        rates = [float(group.get("initial_lr", 1.0)) for group in groups]
    return [largest * (rate / max(rates)) for rate in rates]


def live_model(objective: Objective) -> nn.Module:
    """Return the model that an objective was built on (in the main thread: the user's own)."""
    return objective.run(lambda model: model, objective.parameters)


def threshold_for(objective: Objective, optimizer: Any) -> StabilityThreshold:
    """Return the threshold of an optimizer of the model that an objective was built on.

    Parameters that the objective does not vary are left out.
    """
    inner, _ = unwrapped(optimizer)
    groups = {p: (i, group) for i, group in enumerate(inner.param_groups) for p in group["params"]}
    parameters = dict(live_model(objective).named_parameters())
    named = {name: parameters[name] for name in objective.parameters}
    missing = [name for name, p in named.items() if p not in groups]
    if len(missing) == len(named):
        raise ValueError(
            "The optimizer updates none of the objective's parameters: build the objective on the model that is "
            "trained, not on a copy, and the optimizer on the same one."
        )
    if missing:
        raise ValueError(
            f"The optimizer does not have the objective's parameter {missing[0]!r} ({len(missing)} missing): restrict "
            "the objective to those that it updates (objective.restrict)."
        )
    return _threshold(inner, applied_lrs(optimizer), named, groups)


def unwrapped(optimizer: Any) -> tuple[Optimizer, Any]:
    """Return the optimizer inside of wrappers, and what tells the learning rates of its last step, or None.

    Raises
    ------
    ValueError
        If it is no optimizer, or a group of it has no learning rate.
    """
    tells = None
    inner = optimizer
    while True:
        if tells is None and hasattr(type(inner), "effective_lrs"):
            tells = inner
        below = getattr(inner, "optimizer", None)
        package = type(inner).__module__.partition(".")[0]
        if below is None or not (package in WRAPPERS or type(inner).__name__.startswith("Lightning")):
            break
        inner = below
    if not isinstance(inner, Optimizer):
        raise ValueError(
            f"The optimizer is a {type(inner).__name__}: give the torch.optim.Optimizer that takes the steps."
        )
    if any("lr" not in group for group in inner.param_groups):
        raise ValueError(
            f"The optimizer {type(inner).__name__} has no 'lr' in its parameter groups, without which there is no step "
            "size to compare with the curvature: leave optimizer out, or give its groups their learning rate."
        )
    return inner, tells


def applied_lrs(optimizer: Any) -> list[float]:
    """Return the learning rate of each group: that of the last step where the optimizer tells it, else the group's."""
    inner, tells = unwrapped(optimizer)
    if tells is not None:
        return [float(lr) for lr in tells.effective_lrs]
    held = inner.param_groups[0].get("zenith")  # where a ZenithLR that drives the optimizer keeps its numbers
    if isinstance(held, Mapping) and held.get("effective_lrs") is not None:
        return [float(lr) for lr in held["effective_lrs"]]
    return [float(group["lr"]) for group in inner.param_groups]


# Thresholds ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Group:
    """What is needed of a parameter group: step size, momentum, and weight decay (in the gradient or decoupled).

    `gain` is what the adaptive ones multiply a gradient of alternating sign by, besides their step size.
    """

    size: float
    momentum: float
    nesterov: bool
    decay: float
    decoupled: bool
    gain: float = 1.0


def _alike(group: _Group) -> tuple[float, bool, bool, float]:
    return group.momentum, group.nesterov, group.decoupled, group.gain


def _threshold(
    optimizer: Optimizer,
    sizes: Sequence[float],
    named: Mapping[str, nn.Parameter],
    groups: Mapping[Tensor, tuple[int, dict[str, Any]]],
) -> StabilityThreshold:
    used = sorted({groups[p][0] for p in named.values()})
    largest = max(sizes[i] for i in used)

    def unknown(why: str) -> StabilityThreshold:
        return StabilityThreshold(math.nan, why, largest)

    kind = _kind(optimizer)
    if kind is None:
        return unknown(f"no stability threshold is known here for {type(optimizer).__name__}")
    if any(optimizer.param_groups[i].get("maximize") for i in used):
        return unknown("the optimizer maximises")
    # Those that never had a gradient, or have no step size, stay where they are.
    moved = {}
    for name, p in named.items():
        i, group = groups[p]
        if sizes[i] > 0 and (kind == "SGD" or _has_stepped(optimizer.state.get(p))):
            moved[name] = _group_of(kind, group, sizes[i], optimizer.state.get(p, {}))
    if not moved:
        return unknown("the learning rate is 0: nothing moves" if largest <= 0 else "the optimizer has taken no step")
    every = list(moved.values())
    first = every[0]
    if any((g.momentum, g.nesterov, g.decoupled, g.gain) != _alike(first) for g in every):
        return unknown("the momenta of the parameter groups differ")
    b = first.momentum
    if kind == "Adam":
        name, factor = f"{type(optimizer).__name__}: (2 + 2 beta1) / ((1 - beta1) eta)", 2 / first.gain
    elif kind == "NAdam":
        name, factor = "NAdam: 2 / (eta (c_g + c_m (1 - beta1) / (1 + beta1)))", 2 / first.gain
    else:
        name, factor = _sgd_rule(b, first.nesterov)
        name = name if kind == "SGD" else f"preconditioned {name} ({type(optimizer).__name__})"
    size = max(g.size for g in every)
    alike = len({g.size for g in every}) == 1
    scale = None
    if kind != "SGD" or not alike:
        scale = {}
        for n, g in moved.items():
            p = named[n]
            unit = torch.ones_like(p, dtype=torch.float64)
            scale[n] = (unit if kind == "SGD" else denominator(groups[p][1], optimizer.state[p])) * (size / g.size)
    # In the preconditioned coordinates a decoupled decay is a shift, in units in which all groups have one step size.
    amounts = [g.decay * (g.size / size / g.gain if g.decoupled else 1.0) for g in every]
    decay, shift = None, 0.0
    if len(set(amounts)) == 1 and (first.decoupled or scale is None):
        shift = amounts[0]
    elif any(amounts):
        decay = {}
        for (n, g), amount in zip(moved.items(), amounts, strict=True):
            unit = torch.full_like(named[n], amount, dtype=torch.float64)
            decay[n] = unit * scale[n] if g.decoupled and scale is not None else unit
    return StabilityThreshold(factor / size, name, size, tuple(moved), scale, decay, shift)


def _kind(optimizer: Optimizer) -> str | None:
    """Return whose step an optimizer takes, or None if that is not known."""
    if isinstance(optimizer, (Adam, AdamW, Adamax)):
        return "Adam"
    for kind in (NAdam, RMSprop, Adagrad, SGD):
        if isinstance(optimizer, kind):
            return kind.__name__
    # ZENITH's step is SGD's, at the learning rate that it tells; zenith is not imported here.
    zenith = any((c.__module__, c.__name__) == ("zenith.optimizer.zenith", "Zenith") for c in type(optimizer).__mro__)
    return "SGD" if zenith else None


def _has_stepped(state: Mapping[str, Any] | None) -> bool:
    # Adagrad has a state from the beginning.
    return state is not None and bool(state) and float(state.get("step", 1)) > 0


def _group_of(kind: str, group: Mapping[str, Any], lr: float, state: Mapping[str, Any]) -> _Group:
    decay = float(group["weight_decay"])
    if kind in ("Adam", "NAdam"):
        b = float(group["betas"][0])
        gain = (1 - b) / (1 + b)
        if kind == "NAdam":
            gain = _nadam_gain(group, state, gain)
        return _Group(lr, b, False, decay, bool(group.get("decoupled_weight_decay")), gain)
    if kind == "Adagrad":
        return _Group(lr / (1 + (float(state["step"]) - 1) * float(group["lr_decay"])), 0.0, False, decay, False)
    momentum = float(group["momentum"])
    if kind == "SGD" and momentum:
        lr *= 1 - float(group["dampening"])
    return _Group(lr, momentum, kind == "SGD" and bool(group["nesterov"]), decay, False)


def _nadam_gain(group: Mapping[str, Any], state: Mapping[str, Any], of_momentum: float) -> float:
    step, product = float(state["step"]), float(state["mu_product"])
    now, after = (
        float(group["betas"][0]) * (1 - 0.5 * 0.96 ** (each * float(group["momentum_decay"])))
        for each in (step, step + 1)
    )
    return (1 - now) / (1 - product) + after / (1 - product * after) * of_momentum


def _sgd_rule(momentum: float, nesterov: bool) -> tuple[str, float]:
    """Return the name of the rule and the threshold times the step size."""
    if momentum and nesterov:
        return "Nesterov: (2 + 2 beta) / (eta (1 + 2 beta))", (2 + 2 * momentum) / (1 + 2 * momentum)
    if momentum:
        return "heavy ball: (2 + 2 beta) / eta", 2 + 2 * momentum
    return "gradient descent: 2 / eta", 2.0
