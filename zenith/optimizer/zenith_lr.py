"""The ZENITH rule as a learning-rate scheduler of any torch optimizer.

Saha 2026, "ZENITH" (arXiv:2601.15212), Algorithm 1, which is stated for plain SGD; the rule itself is `zenith.Gauge`.
"""

from __future__ import annotations

import copy
import functools
import types
import warnings
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from zenith.optimizer.diagnostics import Diagnostics
from zenith.optimizer.norms import GivenNorm, host_norms, plain
from zenith.optimizer.rule import Gauge, check_window

__all__ = ["ZenithLR"]


_KEY = "zenith"


class _Held(dict[str, Any]):
    """The rule's state inside a parameter group: short where the optimizer is printed, a plain dict in its copies."""

    def __repr__(self) -> str:
        return repr(Gauge.on(self["gauge"]))

    def __reduce__(self) -> Any:
        return dict, (dict(self),)


def _new(window: int) -> _Held:
    return _Held(gauge=Gauge(window).state, effective_lrs=None)


class ZenithLR(Diagnostics):
    """The ZENITH rule on any torch optimizer: every group's learning rate is scaled by mu / Z during each step.

    ``group["lr"]`` holds the scaled rate only while the step runs and is restored afterwards, whatever happens in it,
    so learning-rate schedulers compose. With a closure, the norm is taken after the closure's first call.

    A norm may be handed in, ``optimizer.step(grad_norm=...)`` or `set_gradient_norm`, and is then not computed: the
    norm before clipping, or the norm over several optimizers that share a model, such as Muon for its matrices and
    AdamW for the rest, each with a ZenithLR of its own.

    Parameters
    ----------
    optimizer : torch.optim.Optimizer
        Any optimizer whose ``step`` reads ``group["lr"]`` after calling the closure: all of torch's but LBFGS.
    window : int
        W. Until W gradient norms are recorded, the optimizer's steps are its own. An optimizer that holds a window
        already (a loaded state, a copy) keeps that one, as it keeps a loaded state's other settings.

    Raises
    ------
    ValueError
        If `window` is not an integer of at least 1, or `optimizer` cannot be driven this way.

    Notes
    -----
    The window lives in the optimizer, as ``param_groups[0]["zenith"]``: whatever stores and loads
    `optimizer.state_dict()` (Lightning, Transformers' Trainer, Accelerate, `torch.distributed.checkpoint`) keeps it,
    whether it is loaded before the rule is made or after. A state without one starts a new warm-up, with a warning
    unless the rule's own `load_state_dict` follows.

    `copy.deepcopy` and pickling of an optimizer drop its hooks, so a copy of the optimizer alone is not driven by the
    rule. Copy this along with it, ``copy.deepcopy((model, optimizer, rule))``, and the copies belong together; or make
    a new ZenithLR on the copy, which goes on with the window it holds.

    Source: Saha 2026, arXiv:2601.15212, section 2, Algorithm 1, which is stated for plain SGD only.

    Examples
    --------
    >>> model = torch.nn.Linear(4, 2)
    >>> adamw = torch.optim.AdamW(model.parameters(), lr=1e-2)
    >>> rule = zenith.ZenithLR(adamw, window=2)
    >>> for _ in range(3):
    ...     adamw.zero_grad()
    ...     model(torch.ones(8, 4)).square().mean().backward()
    ...     adamw.step()
    >>> rule.gauge.warmed_up, rule.effective_lrs[0] < 1e-2
    (True, True)
    """

    def __init__(self, optimizer: Optimizer, window: int = 500) -> None:
        check_window(window)
        if not isinstance(optimizer, Optimizer):
            raise ValueError(
                f"ZenithLR drives an optimizer and was given a {type(optimizer).__name__}: pass the "
                f"torch.optim.Optimizer"
            )
        if isinstance(optimizer, Diagnostics):
            raise ValueError("Zenith already scales its learning rate by mu / Z: use ZenithLR on another optimizer")
        if _rule_of(optimizer) is not None:
            raise ValueError(
                f"this {type(optimizer).__name__} is driven by a ZenithLR already, and two would scale its learning "
                "rate twice: call remove() on the first"
            )
        if isinstance(optimizer, torch.optim.LBFGS):
            raise ValueError(
                "LBFGS reads its learning rate before it calls the closure, too early to scale: use another optimizer"
            )
        if any("lr" not in group for group in optimizer.param_groups):
            raise ValueError(
                f"{type(optimizer).__name__} has no 'lr' in its parameter groups to scale: use another optimizer"
            )
        self.optimizer = optimizer
        held = optimizer.param_groups[0].get(_KEY)
        self._held = _new(window) if held is None else _Held(copy.deepcopy(held))
        self._forgotten = False
        self._own_lrs: list[float | Tensor] | None = None  # not None while the groups hold scaled rates
        self._hooks = [
            optimizer.register_step_pre_hook(self._before_step),
            optimizer.register_step_post_hook(self._after_step),
            optimizer.register_state_dict_post_hook(self._into_state),
            optimizer.register_load_state_dict_post_hook(self._from_state),
        ]
        self._hold()
        self._guard_step()

    @property
    def gauge(self) -> Gauge:
        """State of the ZENITH rule."""
        return Gauge.on(self._held["gauge"])

    @property
    def effective_lrs(self) -> tuple[float, ...]:
        """Learning rate applied by the last step, per parameter group; before the first step, the group's ``lr``."""
        if self._held["effective_lrs"] is None:
            return tuple(plain(group["lr"]) for group in self.optimizer.param_groups)
        return tuple(self._held["effective_lrs"])

    def state_dict(self) -> dict[str, Any]:
        """Return the state as floats, ints and lists; the optimizer's own `state_dict` holds it too."""
        return copy.deepcopy(dict(self._held))

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore a `state_dict`, its window included."""
        self._held, self._forgotten = _Held(copy.deepcopy(state_dict)), False
        self._hold()

    def _hold(self) -> None:
        self.optimizer.param_groups[0][_KEY] = self._held

    def _into_state(self, optimizer: Optimizer, state_dict: dict[str, Any]) -> None:
        state_dict["param_groups"][0][_KEY] = self.state_dict()  # a copy, which later steps leave alone

    def _from_state(self, optimizer: Optimizer) -> None:
        held = optimizer.param_groups[0].get(_KEY)
        self._held = _new(self.window) if held is None else _Held(held)
        self._forgotten = held is None
        self._hold()

    def remove(self) -> None:
        """Detach the rule and restore the optimizer."""
        for hook in self._hooks:
            hook.remove()
        self._hooks = []
        self.optimizer.param_groups[0].pop(_KEY, None)
        # A scheduler made later may have wrapped the guard; it then stays underneath, and restores nothing.
        if vars(self.optimizer).get("step") == self._guarded:
            del self.optimizer.step
            if self._wrapped_by_instance is not None:
                self.optimizer.step = self._wrapped_by_instance  # type: ignore[method-assign]

    def _guard_step(self) -> None:
        # torch runs no post-hook when a step raises; only a wrapper around it sees every way out.
        self._wrapped_by_instance = vars(self.optimizer).get("step")
        inner = self.optimizer.step

        @functools.wraps(inner)
        def guarded(_: Optimizer, *args: Any, **kwargs: Any) -> Any:
            try:
                return inner(*args, **kwargs)
            finally:
                self._restore()

        # A bound method, because LR schedulers wrap `step.__func__`.
        self._guarded = types.MethodType(guarded, self.optimizer)
        self.optimizer.step = self._guarded  # type: ignore[method-assign]

    def _before_step(self, optimizer: Optimizer, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        # torch passes the optimizer itself as the first positional argument.
        closure = args[1] if len(args) > 1 else kwargs.get("closure")
        given: GivenNorm | None = kwargs.get("grad_norm")
        kwargs = {name: value for name, value in kwargs.items() if name != "grad_norm"}
        if closure is None:
            self._scale(given)
            return args, kwargs

        def measured() -> Any:
            loss = closure()
            if self._own_lrs is None:
                self._scale(given)
            return loss

        if len(args) > 1:
            return (args[0], measured, *args[2:]), kwargs
        return args, {**kwargs, "closure": measured}

    def _after_step(self, optimizer: Optimizer, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self._restore()

    @torch.no_grad()
    def _scale(self, given: GivenNorm | None) -> None:
        groups = self.optimizer.param_groups
        norms = host_norms(self.optimizer, [groups], self._given(given))
        norm = norms[0] if norms is not None else None
        gauge = self.gauge
        if norm is not None:
            self._warn_of_a_lost_window()
            gauge.update(norm)
            self._warn_of_clipping(gauge)
        self._own_lrs = [group["lr"] for group in groups]
        for group in groups:
            # The object itself at factor 1, so that a warm-up step is the optimizer's own to the last bit.
            group["lr"] = group["lr"] if gauge.factor == 1.0 else group["lr"] * gauge.factor
        if norm is not None:
            self._held["effective_lrs"] = [plain(group["lr"]) for group in groups]

    def _warn_of_a_lost_window(self) -> None:
        if self._forgotten:
            self._forgotten = False
            warnings.warn(
                f"the state loaded into this {type(self.optimizer).__name__} holds no window of gradient norms, so "
                f"ZENITH warms up anew for {self.window} steps: if the run had a window, give its ZenithLR's "
                "state_dict to load_state_dict of this one; a state saved while a ZenithLR drives the optimizer holds "
                "it",
                stacklevel=3,
            )

    def _restore(self) -> None:
        if self._own_lrs is not None:
            for group, lr in zip(self.optimizer.param_groups, self._own_lrs, strict=True):
                group["lr"] = lr
            self._own_lrs = None

    def __reduce__(self) -> Any:
        return _copy, (self.optimizer, self.state_dict(), bool(self._hooks))

    def __repr__(self) -> str:
        return f"ZenithLR({type(self.optimizer).__name__}, {self.gauge!r})"


def _rule_of(optimizer: Optimizer) -> ZenithLR | None:
    """Return the ZenithLR of an optimizer."""
    owners = (getattr(hook, "__self__", None) for hook in optimizer._optimizer_step_pre_hooks.values())
    return next((owner for owner in owners if isinstance(owner, ZenithLR)), None)


def _copy(optimizer: Optimizer, state: dict[str, Any], drives: bool) -> ZenithLR:
    """Return the copy of a rule, on the copy of its optimizer: that has one of its own where the rule is built in."""
    rule = _rule_of(optimizer) or ZenithLR(optimizer)
    rule.load_state_dict(state)
    if not drives:
        rule.remove()
    return rule
