"""ZENITH as optimizers: `Zenith`, SGD driven by the gauge, and `ZenithLR`, the gauge on any torch optimizer.

Saha 2026, "ZENITH" (arXiv:2601.15212), Algorithm 1; the rule itself is `zenith.gauge.Gauge`. The paper leaves open what
the gradient norm contains. Here it is the L2 norm of the gradients as the step finds them, over all parameters of all
groups: after any clipping, before weight decay is added.
"""

from __future__ import annotations

import copy
import functools
import math
import types
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer
from torch.optim.sgd import sgd

from zenith.gauge import Gauge, check_window

__all__ = ["Zenith", "ZenithLR"]

_HIDDEN = ("params", "gauge", "effective_lr")


class _Readings(ABC):
    """What `Zenith` and `ZenithLR` report about the last step."""

    @property
    @abstractmethod
    def gauge(self) -> Gauge:
        """The rule's own state."""

    @property
    @abstractmethod
    def effective_lrs(self) -> tuple[float, ...]:
        """Learning rate applied by the last step, per parameter group; before the first step, ``lr``."""

    @property
    def effective_lr(self) -> float:
        """Learning rate applied by the last step to parameter group 0; see `effective_lrs` for the others."""
        return self.effective_lrs[0]

    @property
    def factor(self) -> float:
        """The ratio mu / Z, the factor on every group's learning rate; 1 during warm-up."""
        return self.gauge.factor

    @property
    def gradient_norm(self) -> float:
        """L2 norm of the last step's gradient over all parameters, even if not finite; NaN before the first step."""
        return self.gauge.norm

    @property
    def mean_gradient_norm(self) -> float:
        """The mean mu of the last W recorded gradient norms; NaN until there are W of them."""
        return self.gauge.mean

    @property
    def zenith(self) -> float:
        """The zenith Z, the largest mu so far; 0 until W gradient norms are recorded."""
        return self.gauge.zenith

    @property
    def window(self) -> int:
        """W, the number of gradient norms averaged."""
        return self.gauge.window

    @property
    def warmed_up(self) -> bool:
        """Whether W gradient norms are recorded, so that the learning rate follows the rule."""
        return self.gauge.warmed_up


class Zenith(_Readings, Optimizer):
    """SGD whose learning rate follows the gradient norm: a drop-in for `torch.optim.SGD`.

    The step is SGD's with the learning rate ``group["lr"] * mu / Z``, where mu is the mean of the last `window`
    gradient norms and Z the largest such mean so far. ``group["lr"]`` itself stays eta0, so learning-rate schedulers
    compose: the applied rate is schedule times factor.

    Parameters
    ----------
    params : iterable
        Parameters or parameter groups. Each group may have its own SGD settings; the gradient norm and the window are
        one for all groups.
    lr : float or Tensor
        eta0, positive and finite. A scheduler may later set it to 0.
    window : int
        W. Until W gradient norms are recorded, the step is exactly SGD's.
    momentum, dampening, weight_decay, nesterov, maximize, foreach, fused
        As for `torch.optim.SGD`. The paper never mentions momentum; 0 is the faithful default.

    Raises
    ------
    ValueError
        If a setting is out of its range.

    Notes
    -----
    The gauge lives in ``param_groups[0]["gauge"]``, as plain floats, because that is the one place that `state_dict`,
    `copy.deepcopy`, pickling and ``torch.load(weights_only=True)`` all preserve. A checkpoint's window takes precedence
    over the constructor's, as all its settings do; a checkpoint of `torch.optim.SGD` starts the warm-up anew.

    A non-finite gradient norm is not recorded: the factor stays what it was and the step does what SGD does. Under
    `torch.amp.GradScaler` the norm is that of the unscaled gradients; a step the scaler skips is not recorded either.

    Source: Saha 2026, arXiv:2601.15212, section 2, Algorithm 1.
    """

    def __init__(
        self,
        params: Any,
        lr: float | Tensor = 0.1,
        window: int = 500,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        fused: bool | None = None,
    ) -> None:
        gauge = Gauge(window)
        if fused and foreach:
            raise ValueError("fused=True and foreach=True exclude each other: choose one implementation of the step")
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "maximize": maximize,
            "foreach": foreach,
            "fused": fused,
        }
        super().__init__(params, defaults)
        self.param_groups[0]["gauge"] = gauge.state

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add parameters, which join the one gradient norm from the next step on.

        Raises
        ------
        ValueError
            If a setting of the group is out of its range, or the group has a window of its own.
        """
        if "window" in param_group:
            raise ValueError("a parameter group has no window of its own: the gradient norm is one for all groups")
        _check_settings({**self.defaults, **param_group})
        super().add_param_group(param_group)

    @property
    def gauge(self) -> Gauge:
        """The rule's own state, a view of ``param_groups[0]["gauge"]``."""
        return Gauge.on(self.param_groups[0]["gauge"])

    @property
    def effective_lrs(self) -> tuple[float, ...]:
        """Learning rate applied by the last step, per parameter group; before the first step, the group's ``lr``."""
        return tuple(float(group.get("effective_lr", group["lr"])) for group in self.param_groups)

    @property
    def _step_supports_amp_scaling(self) -> bool:
        # Tells torch.amp.GradScaler that the fused kernel unscales the gradients itself.
        return any(group["fused"] for group in self.param_groups)

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Take one step.

        Parameters
        ----------
        closure : callable, optional
            Reevaluates the model and returns the loss; called once, before the gradient norm is taken.

        Returns
        -------
        The value of `closure`, or None.
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        gauge = self.gauge
        norm = _norm_to_record(self)
        if norm is not None:
            gauge.update(norm)
        for group in self.param_groups:
            lr = _scaled(group["lr"], gauge.factor)
            if norm is not None:
                group["effective_lr"] = float(lr)
            self._step_group(group, lr)
        return loss

    def _step_group(self, group: dict[str, Any], lr: float | Tensor) -> None:
        params = [p for p in group["params"] if p.grad is not None]
        with_momentum = group["momentum"] != 0
        buffers = [self.state[p].get("momentum_buffer") for p in params] if with_momentum else []
        # The functional form, because a subclass of SGD that calls super().step() fires the step hooks twice.
        sgd(
            params,
            [p.grad for p in params],
            buffers,
            weight_decay=group["weight_decay"],
            momentum=group["momentum"],
            lr=lr,  # type: ignore[arg-type]
            dampening=group["dampening"],
            nesterov=group["nesterov"],
            maximize=group["maximize"],
            has_sparse_grad=any(p.grad.is_sparse for p in params),
            foreach=group["foreach"],
            fused=group["fused"],
            grad_scale=getattr(self, "grad_scale", None),
            found_inf=getattr(self, "found_inf", None),
        )
        if with_momentum:
            for p, buffer in zip(params, buffers, strict=True):
                self.state[p]["momentum_buffer"] = buffer

    def state_dict(self) -> dict[str, Any]:
        """As for every torch optimizer; the gauge in it is a copy that later steps leave alone."""
        packed = super().state_dict()
        packed["param_groups"][0]["gauge"] = copy.deepcopy(packed["param_groups"][0]["gauge"])
        return packed

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore a `state_dict`; one without a gauge (of `torch.optim.SGD`) starts a new warm-up."""
        window = self.window
        super().load_state_dict(state_dict)
        self.param_groups[0].setdefault("gauge", Gauge(window).state)

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__} ({self.gauge!r}"]
        for index, group in enumerate(self.param_groups):
            settings = ", ".join(f"{key}={value!r}" for key, value in sorted(group.items()) if key not in _HIDDEN)
            lines.append(f"  group {index}: {len(group['params'])} tensors, {settings}")
        return "\n".join(lines) + "\n)"


class ZenithLR(_Readings):
    """The gauge on any torch optimizer: every group's learning rate is scaled by mu / Z during each step.

    ``group["lr"]`` holds the scaled rate only while the step runs and is restored afterwards, whatever happens in it,
    so learning-rate schedulers compose. With a closure, the norm is taken after the closure's first call.

    Parameters
    ----------
    optimizer : torch.optim.Optimizer
        Any optimizer whose ``step`` reads ``group["lr"]`` after calling the closure: all of torch's but LBFGS.
    window : int
        W. Until W gradient norms are recorded, the optimizer's steps are its own.

    Raises
    ------
    ValueError
        If `window` is not an integer of at least 1, or `optimizer` cannot be driven this way.

    Notes
    -----
    `copy.deepcopy` and pickling of an optimizer drop its hooks, so a copy of the optimizer is not driven by the gauge:
    make a new ZenithLR on it and load this one's `state_dict`.

    Source: Saha 2026, arXiv:2601.15212, section 2, Algorithm 1, which is stated for plain SGD only.
    """

    def __init__(self, optimizer: Optimizer, window: int = 500) -> None:
        check_window(window)
        if isinstance(optimizer, Zenith):
            raise ValueError("Zenith already scales its learning rate by mu / Z: use ZenithLR on another optimizer")
        if isinstance(optimizer, torch.optim.LBFGS):
            raise ValueError(
                "LBFGS reads its learning rate before it calls the closure, too early to scale: use another optimizer"
            )
        if any("lr" not in group for group in optimizer.param_groups):
            raise ValueError(
                f"{type(optimizer).__name__} has no 'lr' in its parameter groups to scale: use another optimizer"
            )
        self.optimizer = optimizer
        self._gauge = Gauge(window)
        self._effective_lrs: list[float] | None = None
        self._own_lrs: list[float | Tensor] | None = None  # not None while the groups hold scaled rates
        self._hooks = [
            optimizer.register_step_pre_hook(self._before_step),
            optimizer.register_step_post_hook(self._after_step),
        ]
        self._guard_step()

    @property
    def gauge(self) -> Gauge:
        """The rule's own state."""
        return self._gauge

    @property
    def effective_lrs(self) -> tuple[float, ...]:
        """Learning rate applied by the last step, per parameter group; before the first step, the group's ``lr``."""
        if self._effective_lrs is None:
            return tuple(float(group["lr"]) for group in self.optimizer.param_groups)
        return tuple(self._effective_lrs)

    def state_dict(self) -> dict[str, Any]:
        """Plain floats, ints and lists; store it beside the optimizer's own."""
        return {"gauge": copy.deepcopy(self._gauge.state), "effective_lrs": copy.copy(self._effective_lrs)}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore a `state_dict`, its window included."""
        self._gauge = Gauge.on(copy.deepcopy(state_dict["gauge"]))
        self._effective_lrs = copy.copy(state_dict["effective_lrs"])

    def remove(self) -> None:
        """Give the optimizer back as it was."""
        for hook in self._hooks:
            hook.remove()
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
        if closure is None:
            self._scale()
            return None

        def measured() -> Any:
            loss = closure()
            if self._own_lrs is None:
                self._scale()
            return loss

        if len(args) > 1:
            return (args[0], measured, *args[2:]), kwargs
        return args, {**kwargs, "closure": measured}

    def _after_step(self, optimizer: Optimizer, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self._restore()

    @torch.no_grad()
    def _scale(self) -> None:
        groups = self.optimizer.param_groups
        norm = _norm_to_record(self.optimizer)
        if norm is not None:
            self._gauge.update(norm)
        self._own_lrs = [group["lr"] for group in groups]
        for group in groups:
            group["lr"] = _scaled(group["lr"], self._gauge.factor)
        if norm is not None:
            self._effective_lrs = [float(group["lr"]) for group in groups]

    def _restore(self) -> None:
        if self._own_lrs is not None:
            for group, lr in zip(self.optimizer.param_groups, self._own_lrs, strict=True):
                group["lr"] = lr
            self._own_lrs = None

    def __repr__(self) -> str:
        return f"ZenithLR({type(self.optimizer).__name__}, {self._gauge!r})"


def _check_settings(group: dict[str, Any]) -> None:
    lr = group["lr"]
    if isinstance(lr, Tensor) and lr.numel() != 1:
        raise ValueError(f"lr has {lr.numel()} elements: give one number for the whole parameter group")
    if not 0 < lr < math.inf:
        raise ValueError(f"lr={float(lr)} is not a learning rate: give a positive finite number, e.g. 0.1")
    for name in ("momentum", "weight_decay"):
        if not 0 <= group[name] < math.inf:
            raise ValueError(f"{name}={group[name]} is out of range: give a finite number of at least 0")
    if group["nesterov"] and (group["momentum"] == 0 or group["dampening"] != 0):
        raise ValueError(
            f"nesterov=True with momentum={group['momentum']} and dampening={group['dampening']}: "
            "Nesterov momentum needs a positive momentum and no dampening"
        )


def _scaled(lr: float | Tensor, factor: float) -> float | Tensor:
    # The object itself at factor 1, so that a warm-up step is the base optimizer's own to the last bit.
    return lr if factor == 1.0 else lr * factor


def _norm_to_record(optimizer: Optimizer) -> float | None:
    """Gradient norm of the step about to be taken; None if the step is not one to record."""
    gradients = [p.grad for group in optimizer.param_groups for p in group["params"] if p.grad is not None]
    if not gradients:
        return None
    norm = _total_norm(gradients)
    grad_scale = getattr(optimizer, "grad_scale", None)
    if grad_scale is not None:
        norm /= float(grad_scale)
    # torch.distributed.checkpoint takes a hidden step with zero gradients and zero LR to create the optimizer's state.
    if norm == 0 and all(float(group["lr"]) == 0 for group in optimizer.param_groups):
        return None
    return norm


def _total_norm(gradients: list[Tensor]) -> float:
    """L2 norm over all tensors, in single precision or better (a norm in half precision overflows at 65504)."""
    dense = (gradient.coalesce().values() if gradient.is_sparse else gradient for gradient in gradients)
    half = (torch.float16, torch.bfloat16)
    total = torch.nn.utils.get_total_norm([g.float() if g.dtype in half else g for g in dense])
    # A sharded norm is a sum still to be made over the ranks; its .item() would be the local part alone.
    return (total.full_tensor() if hasattr(total, "full_tensor") else total).item()
