"""ZENITH: the rule, the optimizer, and the same rule as a learning-rate scheduler."""

from zenith.optimizer.rule import Gauge
from zenith.optimizer.zenith import Zenith
from zenith.optimizer.zenith_lr import ZenithLR

__all__ = ["Gauge", "Zenith", "ZenithLR"]
