r"""The edge of stability: the curvature compared with the largest at which the optimizer's own step is stable.

On a quadratic with Hessian H, gradient descent with step size :math:`\eta` converges if :math:`\lambda_{max}(H) <
2 / \eta` and diverges above. Trained with full batches, networks drive their sharpness up to that value and stay there
(Cohen et al. 2021, "Gradient descent on neural networks typically occurs at the edge of stability", arXiv 2103.00065):
their sharpness is then a property of the step size. Adaptive methods do the same with the eigenvalue of
:math:`P^{-1/2} H P^{-1/2}` (Cohen et al. 2022, "Adaptive gradient methods at the edge of stability", arXiv 2207.14484).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import torch
from torch import Tensor, nn
from torch.optim import SGD, Adagrad, Adam, AdamW, Optimizer, RMSprop

from landscape._common.autotuning import Route
from landscape._common.summaries import Summarized, Summary
from landscape.curvature.eigenvalues import Directions, Eigenpairs, top_eigenpairs
from landscape.curvature.hessian import HessianOperator
from landscape.curvature.rescaled import PreconditionedOperator, ShiftedOperator, denominator
from landscape.linalg.operator import SymmetricOperator
from landscape.objective.objective import Objective
from landscape.objective.validation import expect_objective

__all__ = ["EdgeOfStability", "StabilityThreshold", "edge_of_stability", "stability_threshold"]

WRAPPERS = ("accelerate", "lightning", "pytorch_lightning", "zenith")
"""Packages whose wrappers of an optimizer take its step as it is, or at another learning rate that they tell."""


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
    >>> ls.StabilityThreshold.of_sgd(lr=0.25).value, ls.StabilityThreshold.of_sgd(lr=0.25, momentum=0.5).value
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

    def _summary(self) -> Summary:
        if math.isnan(self.value):
            return Summary(f"unknown: {self.rule}")
        geometry = "preconditioned Hessian" if self.preconditioner is not None else "Hessian"
        shifted = " with weight decay" if self.shift or self.decay is not None else ""
        return Summary(f"{self.value:.6g} for the top eigenvalue of the {geometry}{shifted} ({self.rule})")


@dataclass(frozen=True, eq=False, repr=False)
class EdgeOfStability(Summarized):
    r"""How near the step is to the edge of stability.

    Attributes
    ----------
    value : float
        The top eigenvalue over the threshold: :math:`\eta \lambda_{max} / 2` for gradient descent. 1 is the edge; NaN
        where the threshold is not known.
    eigenvalue, residual : float
        Of the matrix that the threshold is for, weight decay included.
    converged : bool
        Whether the eigenvalue converged; False where there is none.
    threshold : StabilityThreshold
    products : int
        Hessian-vector products it took; 0 where the top eigenpair of the Hessian was known and is the one needed.
    message : str
        What was compared, or why it was not.
    pairs : Eigenpairs or None
        In the coordinates of P, to start the next search with.
    protocol : dict
        How it was measured (JSON-able).

    Examples
    --------
    >>> edge = ls.edge_of_stability(loss, ls.StabilityThreshold.of_sgd(lr=0.1))
    >>> edge.value < 1, edge.threshold.value  # gradient descent with this step is stable here
    (True, 20.0)
    """

    value: float
    eigenvalue: float
    residual: float
    converged: bool
    threshold: StabilityThreshold
    products: int
    message: str
    pairs: Eigenpairs | None = field(default=None, repr=False)
    protocol: dict[str, Any] = field(default_factory=dict, repr=False)

    def _summary(self) -> Summary:
        if math.isnan(self.value):
            return Summary(f"unknown: {self.message}")
        state = "" if self.converged else ", not converged"
        return Summary(f"{self.value:.4g} of the stability threshold{state}", notes=[self.message])


def stability_threshold(optimizer: Any, model: nn.Module) -> StabilityThreshold:
    r"""Return the largest top eigenvalue at which an optimizer's next steps are stable, from its settings and state.

    Parameters
    ----------
    optimizer : torch.optim.Optimizer
        SGD with or without (Nesterov) momentum; Adam, AdamW, RMSprop and Adagrad after at least one step; ZENITH's
        optimizers and `zenith.ZenithLR`, at the learning rate of their last step. The wrappers of Accelerate and
        Lightning are looked through.
    model : torch.nn.Module
        Whose parameters it updates.

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
      `landscape.adaptive_preconditioner`. RMSprop: that of (heavy-ball) descent, likewise. Adagrad: 2 over the step
      size that its decay leaves (arXiv 2207.14484).
    - Groups with step sizes of their own: part of P. Weight decay :math:`\lambda` in the gradient adds
      :math:`\lambda` to the Hessian's diagonal. Decoupled (AdamW), it adds :math:`\lambda (1 + \beta_1) / (1 -
      \beta_1)` to the preconditioned one, as the eigenvalue -1 of the linear recurrence shows.

    P is held as it is at this step, as in the paper.

    Examples
    --------
    >>> sgd = torch.optim.SGD(model.parameters(), lr=0.25, momentum=0.5)
    >>> ls.stability_threshold(sgd, model).value
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
    return _threshold(inner, applied_lrs(optimizer), named, groups)


def edge_of_stability(
    objective: Objective | HessianOperator,
    optimizer: Any,
    *,
    pairs: Eigenpairs | None = None,
    start: Directions | None = None,
    tol: float = 1e-3,
    max_products: int | None = None,
    route: Route = "auto",
    seed: int = 0,
) -> EdgeOfStability:
    r"""Compare the top eigenvalue with the largest at which the optimizer's step is stable.

    Parameters
    ----------
    objective : Objective or HessianOperator
        At the weights after the optimizer's last step, such as `loss.at(model.state_dict())`.
    optimizer : torch.optim.Optimizer or StabilityThreshold
        See `stability_threshold`, which an optimizer is asked for at the model that the objective was built on.
    pairs : Eigenpairs, optional
        The top eigenpair of the Hessian here, if it is known: for SGD that is the one needed.
    start : optional
        As for `top_eigenpairs`, in the coordinates of the preconditioned matrix: the `pairs` of a former result.
    tol, max_products, route, seed
        As for `top_eigenpairs` and `HessianOperator`.

    Returns
    -------
    EdgeOfStability

    Raises
    ------
    ValueError
        If the optimizer is none, or is another model's. Where the objective's own `l2` and the optimizer's weight decay
        are both set and differ, because one penalty must not count twice.

    Notes
    -----
    A value that stays near 1 means that the sharpness follows the step size: dividing the learning rate by two would
    let it double. With mini-batches it settles below 1 (arXiv 2103.00065, section 6). The loss must be that of the
    training, up to dropout and batch statistics, which an objective in eval mode leaves out.

    A penalty `l2` of the objective equal to the weight decay stands for it and counts once.

    Examples
    --------
    >>> sgd = torch.optim.SGD(model.parameters(), lr=0.1)
    >>> edge = ls.edge_of_stability(loss, sgd)
    >>> bool(abs(edge.value - 0.1 * ls.top_eigenpairs(loss).values[0] / 2) < 1e-4)
    True
    """
    hessian = objective if isinstance(objective, HessianOperator) else None
    at = hessian.objective if hessian is not None else objective
    if not isinstance(at, Objective):
        expect_objective(at)
        raise AssertionError
    if at.is_sharded:
        raise ValueError("The objective's parameters are spread over ranks: the edge of stability needs them whole.")
    threshold = optimizer if isinstance(optimizer, StabilityThreshold) else threshold_for(at, optimizer)
    decay, shift, note = _without_penalty(threshold, at)
    protocol: dict[str, Any] = {"rule": threshold.rule, "threshold": threshold.value, "lr": threshold.lr}
    if math.isnan(threshold.value):
        return EdgeOfStability(
            math.nan, math.nan, math.nan, False, threshold, 0, threshold.rule, None, at.protocol() | protocol
        )
    moved = at.parameters if threshold.moved is None else [n for n in at.parameters if n in set(threshold.moved)]
    if not moved:
        raise ValueError("The optimizer moves none of the objective's parameters: give the objective of its model.")
    plain = threshold.preconditioner is None and decay is None and len(moved) == len(at.parameters)
    if plain and pairs is not None:
        found, products = pairs, 0
    else:
        made = None
        if hessian is None or len(moved) < len(at.parameters):
            part = at if len(moved) == len(at.parameters) else at.restrict(*moved)
            hessian = made = HessianOperator(part, route=route)
        before = hessian.products
        try:
            matrix: SymmetricOperator = hessian if decay is None else ShiftedOperator(hessian, decay)
            if threshold.preconditioner is not None:
                matrix = PreconditionedOperator(matrix, threshold.preconditioner)
            found = top_eigenpairs(matrix, start=start, tol=tol, max_products=max_products, seed=seed)
            products = hessian.products - before
        finally:
            if made is not None:
                made.close()
    eigenvalue, residual = float(found.values[0]) + shift, float(found.residuals[0])
    words = f"top eigenvalue {eigenvalue:.6g}, threshold {threshold.value:.6g} ({threshold.rule}){note}"
    if len(moved) < len(at.parameters):
        words += f"; over the {len(moved)} of {len(at.parameters)} tensors that the optimizer moves"
    if not found.converged[0]:
        words += f". {found.message}"
    protocol |= {"weight_decay": "in the matrix" if decay is not None else shift, "edge_of_stability": words}
    return EdgeOfStability(
        eigenvalue / threshold.value,
        eigenvalue,
        residual,
        bool(found.converged[0]),
        threshold,
        products,
        words,
        found,
        found.protocol | protocol,
    )


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
    """What is needed of a parameter group: step size, momentum, and weight decay (in the gradient or decoupled)."""

    size: float
    momentum: float
    nesterov: bool
    decay: float
    decoupled: bool


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
    if any((g.momentum, g.nesterov, g.decoupled) != (first.momentum, first.nesterov, first.decoupled) for g in every):
        return unknown("the momenta of the parameter groups differ")
    b = first.momentum
    if kind == "Adam":
        name, factor = f"{type(optimizer).__name__}: (2 + 2 beta1) / ((1 - beta1) eta)", (2 + 2 * b) / (1 - b)
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
    amounts = [g.decay * (g.size / size * (1 + b) / (1 - b) if g.decoupled else 1.0) for g in every]
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
    if isinstance(optimizer, (Adam, AdamW)):
        return "Adam"
    for kind in (RMSprop, Adagrad, SGD):
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
    if kind == "Adam":
        decoupled = bool(group.get("decoupled_weight_decay"))
        return _Group(lr, float(group["betas"][0]), False, decay, decoupled)
    if kind == "Adagrad":
        return _Group(lr / (1 + (float(state["step"]) - 1) * float(group["lr_decay"])), 0.0, False, decay, False)
    momentum = float(group["momentum"])
    if kind == "SGD" and momentum:
        lr *= 1 - float(group["dampening"])
    return _Group(lr, momentum, kind == "SGD" and bool(group["nesterov"]), decay, False)


def _sgd_rule(momentum: float, nesterov: bool) -> tuple[str, float]:
    """Return the name of the rule and the threshold times the step size."""
    if momentum and nesterov:
        return "Nesterov: (2 + 2 beta) / (eta (1 + 2 beta))", (2 + 2 * momentum) / (1 + 2 * momentum)
    if momentum:
        return "heavy ball: (2 + 2 beta) / eta", 2 + 2 * momentum
    return "gradient descent: 2 / eta", 2.0


def _without_penalty(
    threshold: StabilityThreshold, objective: Objective
) -> tuple[dict[str, Tensor] | None, float, str]:
    """Return the weight decay that the objective's own penalty does not stand for already, and a note on that."""
    decays = threshold.decay is not None or threshold.shift != 0
    if not objective.l2 or not decays:
        return threshold.decay, threshold.shift, ""
    if threshold.decay is None and math.isclose(threshold.shift, objective.l2, rel_tol=1e-6):
        return None, 0.0, "; the objective's l2 is the weight decay"
    raise ValueError(
        f"The objective has a penalty of its own (l2 = {objective.l2:g}) and the optimizer another weight decay: build "
        "the objective with l2=0, so that the optimizer's counts, and counts once."
    )
