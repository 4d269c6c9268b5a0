"""ZENITH as an optimizer: SGD whose learning rate follows the gradient norm.

Saha 2026, "ZENITH" (arXiv:2601.15212), Algorithm 1; the rule itself is `zenith.Gauge`. What the paper leaves open
is an option here, and the default is the plainest reading: no momentum, one gradient norm over all parameters of all
groups, of the gradients as the step finds them, before weight decay is added.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from zenith.optimizer._sgd import sgd_update
from zenith.optimizer._validation import check_group, check_tensors
from zenith.optimizer.diagnostics import AnyGauge, Diagnostics, gauge_on
from zenith.optimizer.norms import GivenNorm, host_norms, is_taken, norms_per_part, plain
from zenith.optimizer.rule import Gauge, check_window
from zenith.optimizer.rule_on_device import TensorGauge

__all__ = ["Zenith"]

_FLAGS = {
    "maximize": False,
    "foreach": None,
    "differentiable": False,
    "fused": None,
    "capturable": False,
    "per_group_norm": False,
    "l2_in_norm": False,
}
_HIDDEN = ("params", "param_names", "gauge", "window", "effective_lr")


class Zenith(Diagnostics, Optimizer):
    """SGD whose learning rate follows the gradient norm: a drop-in for `torch.optim.SGD`.

    The step is SGD's with the learning rate ``group["lr"] * mu / Z``, where mu is the mean of the last `window`
    gradient norms and Z the largest such mean so far. ``group["lr"]`` itself stays eta0, so learning-rate schedulers
    compose: the applied rate is schedule times factor.

    Parameters
    ----------
    params : iterable
        Parameters or parameter groups. Each group may have its own SGD settings.
    lr : float or Tensor
        eta0, positive and finite. A scheduler may later set it to 0.
    window : int
        W, in steps. Until W gradient norms are recorded, the step is exactly SGD's.
    momentum, dampening, weight_decay, nesterov, maximize, foreach, differentiable, fused
        As for `torch.optim.SGD`. The paper never mentions momentum; 0 is the faithful default. A derivative through a
        differentiable step takes the factor mu / Z for a constant.
    capturable : bool
        Keep the window on the device and never read anything back in `step`, so that a CUDA graph can record it and
        `torch.compile` traces it as one graph. Needs all parameters on one device, dense gradients and no dampening.
        Give `lr` as a 0-d tensor if a scheduler changes it under `torch.compile`.
    per_group_norm : bool
        One norm, window and zenith for each parameter group, instead of the default, one for all of them.
    l2_in_norm : bool
        Take the norm of the gradient plus ``weight_decay`` times the weights, what SGD descends, instead of the
        default, the gradient of the loss alone.

    Raises
    ------
    ValueError
        If a setting is out of its range, or two of them exclude each other.

    Notes
    -----
    The gauge lives in ``param_groups[0]["gauge"]`` (in each group's with `per_group_norm`), as plain floats or tensors,
    because that is the one place that `state_dict`, `copy.deepcopy`, pickling and ``torch.load(weights_only=True)`` all
    preserve. A checkpoint's settings take precedence over the constructor's, as for every torch optimizer; a checkpoint
    of `torch.optim.SGD` starts the warm-up anew.

    A non-finite gradient norm is not recorded: the factor stays what it was and the step does what SGD does. Under
    `torch.amp.GradScaler` the norm is that of the unscaled gradients; of a step the scaler skips nothing is recorded.

    The norm of sharded parameters (`DTensor`, FSDP2, tensor parallelism) is that of the whole gradient. Where the
    optimizer sees a part of the parameters only (`ZeroRedundancyOptimizer`, pipeline stages, one optimizer for each
    part of a model), hand the norm over all of them to `step`.

    Source: Saha 2026, arXiv:2601.15212, section 2, Algorithm 1.

    Examples
    --------
    >>> model = torch.nn.Linear(4, 2)
    >>> optimizer = zenith.Zenith(model.parameters(), lr=0.1, window=2)
    >>> for _ in range(4):
    ...     optimizer.zero_grad()
    ...     model(torch.ones(8, 4)).square().mean().backward()
    ...     optimizer.step()
    >>> optimizer.param_groups[0]["lr"], optimizer.effective_lr < 0.1  # gradients shrank, and the rate with them
    (0.1, True)
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
        differentiable: bool = False,
        fused: bool | None = None,
        capturable: bool = False,
        per_group_norm: bool = False,
        l2_in_norm: bool = False,
    ) -> None:
        window = check_window(window)
        if fused and foreach:
            raise ValueError("fused=True and foreach=True exclude each other: choose one implementation of the step")
        if differentiable and (fused or capturable):
            raise ValueError("differentiable=True has no fused and no capturable step: leave those out")
        defaults = {
            "lr": lr,
            "window": window,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "maximize": maximize,
            "foreach": foreach,
            "differentiable": differentiable,
            "fused": fused,
            "capturable": capturable,
            "per_group_norm": per_group_norm,
            "l2_in_norm": l2_in_norm,
        }
        super().__init__(params, defaults)
        for group in self.param_groups if per_group_norm else self.param_groups[:1]:
            self._give_gauge(group, window)

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            for name, value in _FLAGS.items():
                group.setdefault(name, value)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add parameters, which join the one gradient norm from the next step on, or start a window of their own.

        Raises
        ------
        ValueError
            If a setting of the group is out of its range, or can only be one for all groups.
        """
        check_group(param_group, self.defaults)
        super().add_param_group(param_group)
        added = self.param_groups[-1]
        try:
            check_tensors(self.param_groups)
        except ValueError:
            self.param_groups.pop()
            raise
        if added["capturable"]:
            added["effective_lr"] = torch.full((1,), math.nan, dtype=torch.float64, device=self._device())
        if added["per_group_norm"] and "gauge" in self.param_groups[0]:
            self._give_gauge(added, self.window)

    def _give_gauge(self, group: dict[str, Any], window: int) -> None:
        group["gauge"] = (TensorGauge(window, self._device()) if group["capturable"] else Gauge(window)).state

    def _device(self) -> torch.device:
        # A group may be empty: all weights of a model in the one with weight decay, say.
        devices = (p.device for group in self.param_groups for p in group["params"])
        return next(devices, torch.device("cpu"))

    @property
    def gauge(self) -> AnyGauge:
        """State of the ZENITH rule, a view of ``param_groups[0]["gauge"]``."""
        return gauge_on(self.param_groups[0])

    @property
    def gauges(self) -> tuple[AnyGauge, ...]:
        """Every gauge: one, or with `per_group_norm` one per parameter group."""
        return tuple(gauge_on(group) for group in self.param_groups if "gauge" in group)

    @property
    def effective_lrs(self) -> tuple[float, ...]:
        """Learning rate applied by the last step, per parameter group; before the first step, the group's ``lr``."""
        self._check_for_clipping()
        applied = ((float(group.get("effective_lr", math.nan)), group["lr"]) for group in self.param_groups)
        return tuple(plain(lr) if math.isnan(effective) else effective for effective, lr in applied)

    @property
    def _step_supports_amp_scaling(self) -> bool:
        # Tells torch.amp.GradScaler that the fused kernel unscales the gradients itself.
        return all(group["fused"] for group in self.param_groups)

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None, *, grad_norm: GivenNorm | None = None) -> Any:
        """Take one step.

        Parameters
        ----------
        closure : callable, optional
            Reevaluates the model and returns the loss; called once, before the gradient norm is taken.
        grad_norm : float or Tensor of shape (), or a sequence with one for each group under `per_group_norm`; optional
            The norm to record, which is then not computed: what ``clip_grad_norm_`` returned, so that the rule sees the
            gradient before clipping; or the norm over more parameters than this optimizer has. Without the loss scale.

        Returns
        -------
        The value of `closure`, or None.

        Raises
        ------
        ValueError
            If `grad_norm` is negative or does not fit the groups.
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        given = self._given(grad_norm)
        if self.param_groups[0]["capturable"]:
            self._step_on_device(given)
        else:
            self._step_on_host(given)
        return loss

    def _check_for_clipping(self) -> None:
        """Look for clipped norms as numbers are read or saved: a step under ``capturable=True`` reads nothing."""
        if self.param_groups[0]["capturable"]:
            for gauge in self.gauges:
                self._warn_of_clipping(gauge)

    def _parts(self) -> list[list[dict[str, Any]]]:
        """Parameter groups that share a norm, the one with their gauge first."""
        groups = self.param_groups
        return [[group] for group in groups] if groups[0]["per_group_norm"] else [groups]

    def _step_on_host(self, given: GivenNorm | None) -> None:
        _refuse_capture(self._device())
        parts = self._parts()
        norms = host_norms(self, parts, given)
        if norms is None:
            return
        for part, norm in zip(parts, norms, strict=True):
            for group, lr in zip(part, self.learning_rates(part, norm), strict=True):
                self._step_group(group, lr)

    def learning_rates(self, part: list[dict[str, Any]], norm: float | None) -> list[float | Tensor]:
        """Record a gradient norm and return the learning rates of its step, which need not be taken by this optimizer.

        Parameters
        ----------
        part : list of dict
            The parameter groups that share the norm, the one with their gauge first.
        norm : float or None
            None if nothing is to be recorded.
        """
        gauge = Gauge.on(part[0]["gauge"])
        if norm is not None:
            gauge.update(norm)
            self._warn_of_clipping(gauge)
        lrs = [_scaled(group, gauge.factor) for group in part]
        if norm is not None:
            for group, lr in zip(part, lrs, strict=True):
                group["effective_lr"] = plain(lr)
        return lrs

    def _step_on_device(self, given: GivenNorm | None) -> None:
        parts, device = self._parts(), self._device()
        norms = [
            norm if norm is None else torch.as_tensor(norm, dtype=torch.float64, device=device)
            for norm in norms_per_part(self, parts, given)
        ]
        taken = is_taken(self, device)
        for part, norm in zip(parts, norms, strict=True):
            if norm is None:
                continue
            gauge = TensorGauge.on(part[0]["gauge"])
            if gauge.state["norms"].device != device:  # the model was moved after the optimizer was made
                gauge.to(device)
            factor = gauge.update(norm, taken)
            for group in part:
                lr = factor * group["lr"]
                group["effective_lr"] = group["effective_lr"].to(device)
                group["effective_lr"].copy_(torch.where(taken, lr, group["effective_lr"]))
                self._step_group(group, lr)

    def _init_group(
        self, group: dict[str, Any], params: list[Tensor], grads: list[Tensor], buffers: list[Tensor | None]
    ) -> bool:
        """Fill the lists with what a step needs; say whether a gradient is sparse."""
        sparse = False  # (the method's name and shape are those that torch.compile runs outside of the graph)
        for p in group["params"]:
            if p.grad is None:
                continue
            params.append(p)
            grads.append(p.grad)
            sparse = sparse or p.grad.is_sparse
            if group["momentum"] != 0:
                if group["capturable"] and "momentum_buffer" not in self.state[p]:
                    self.state[p]["momentum_buffer"] = torch.zeros_like(p)
                buffers.append(self.state[p].get("momentum_buffer"))
        return sparse

    def _step_group(self, group: dict[str, Any], lr: float | Tensor) -> None:
        params: list[Tensor] = []
        grads: list[Tensor] = []
        buffers: list[Tensor | None] = []
        sparse = self._init_group(group, params, grads, buffers)
        with torch.enable_grad() if group["differentiable"] else nullcontext():
            sgd_update(self, group, params, grads, buffers, lr, sparse=sparse)
        for p, buffer in zip(params, buffers, strict=False):  # no buffers without momentum
            self.state[p]["momentum_buffer"] = buffer

    def state_dict(self) -> dict[str, Any]:
        """As for every torch optimizer; the gauges in it are copies that later steps leave alone."""
        self._check_for_clipping()
        packed = super().state_dict()
        for group in packed["param_groups"]:
            group.update({name: copy.deepcopy(group[name]) for name in ("gauge", "effective_lr") if name in group})
        return packed

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore a `state_dict`; one without a gauge (of `torch.optim.SGD`) starts a new warm-up."""
        window = self.window
        super().load_state_dict(state_dict)
        for group in self.param_groups:
            for name, value in self.defaults.items():
                group.setdefault(name, value)
        device = self._device()
        for index, group in enumerate(self.param_groups):
            if group["capturable"]:
                applied = group.get("effective_lr", [math.nan])
                group["effective_lr"] = torch.as_tensor(applied, dtype=torch.float64, device=device).reshape(1)
            if index == 0 or group["per_group_norm"]:
                if "gauge" not in group:
                    self._give_gauge(group, window)
                elif group["capturable"]:
                    TensorGauge.on(group["gauge"]).to(device)
        for group in self.param_groups:
            group["window"] = self.window

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__} ({self.gauge!r}"]
        for index, group in enumerate(self.param_groups):
            settings = ", ".join(f"{key}={value!r}" for key, value in sorted(group.items()) if key not in _HIDDEN)
            lines.append(f"  group {index}: {len(group['params'])} tensors, {settings}")
        return "\n".join(lines) + "\n)"


def _scaled(group: dict[str, Any], factor: float) -> float | Tensor:
    lr = group["lr"]
    if factor == 1.0:  # the object itself, so that a warm-up step is the base optimizer's own to the last bit
        return lr
    with torch.enable_grad() if group["differentiable"] else nullcontext():
        return lr * factor


def _refuse_capture(device: torch.device) -> None:
    if device.type == "cuda" and torch.cuda.is_current_stream_capturing():
        raise RuntimeError("a CUDA graph cannot record a step that reads the gradient norm back: set capturable=True")
