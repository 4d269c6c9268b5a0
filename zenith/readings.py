"""What the ZENITH optimizers report about their last step."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from zenith.gauge import Gauge
from zenith.tensor_gauge import TensorGauge

__all__ = ["AnyGauge", "Readings", "gauge_on"]

AnyGauge = Gauge | TensorGauge


class Readings(ABC):
    """The rule's numbers after a step; under ``capturable=True`` reading one waits for the device."""

    @property
    @abstractmethod
    def gauge(self) -> AnyGauge:
        """The rule's own state; with a norm per group, that of parameter group 0."""

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
