"""Diagnostics of the ZENITH optimizers, and the gradient norm that may be handed in before a step."""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from torch import Tensor

from zenith.optimizer.rule import Gauge
from zenith.optimizer.rule_on_device import TensorGauge

__all__ = ["AnyGauge", "Diagnostics", "gauge_on"]

AnyGauge = Gauge | TensorGauge


class Diagnostics(ABC):
    """The ZENITH rule's numbers after a step; under ``capturable=True`` reading one waits for the device."""

    _next_norm: float | Tensor | Sequence[float | Tensor] | None = None
    _norms_are_given = False
    _clipping_noticed = False

    def set_gradient_norm(self, norm: float | Tensor | Sequence[float | Tensor]) -> None:
        """Set the gradient norm that the next step records instead of computing it.

        For loops that take the step themselves and pass no ``grad_norm`` to it: what ``clip_grad_norm_`` returned, so
        that the rule sees the gradient before clipping.

        Parameters
        ----------
        norm : float or Tensor of shape (), or a sequence with one for each group under `per_group_norm`
            Without the loss scale. Used once; a ``grad_norm`` given to the step itself comes before it.
        """
        self._next_norm = norm

    def _given(self, norm: float | Tensor | Sequence[float | Tensor] | None) -> Any:
        """Return the norm set for this step, by `step` or by `set_gradient_norm`; None if there is none."""
        if self._next_norm is not None:
            norm, self._next_norm = self._next_norm if norm is None else norm, None
        if norm is not None and not self._norms_are_given:
            self._norms_are_given = True
        return norm

    def _warn_of_clipping(self, gauge: AnyGauge) -> None:
        """Warn once that norms taken after clipping keep mu / Z at 1."""
        if self._norms_are_given or self._clipping_noticed or not gauge.clipped:
            return
        self._clipping_noticed = True
        warnings.warn(
            f"the gradient norms look cut to {gauge.norm:.4g}, as by clip_grad_norm_ before the step: mu / Z then "
            "stays near 1 and ZENITH is off; hand in the norm from before clipping, which clip_grad_norm_ returns, as "
            "step(grad_norm=norm), or call set_gradient_norm(norm) before the step where a framework takes it "
            "(docs/guide/frameworks.md)",
            stacklevel=3,
        )

    @property
    @abstractmethod
    def gauge(self) -> AnyGauge:
        """State of the ZENITH rule; with a norm per group, that of parameter group 0."""

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
        """The ratio mu / Z, the factor on the learning rate; 1 during warm-up."""
        return self.gauge.factor

    @property
    def gradient_norm(self) -> float:
        """L2 norm of the last step's gradient, even if not finite; NaN before the first step."""
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


def gauge_on(group: dict[str, Any]) -> AnyGauge:
    """Return the gauge whose state lies in a parameter group, on the host or on a device."""
    state = group["gauge"]
    return TensorGauge.on(state) if "count" in state else Gauge.on(state)
