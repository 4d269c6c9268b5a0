"""The ZENITH rule on a device: the same as `zenith.Gauge`, without reading anything back to the host."""

from __future__ import annotations

import math
import sys
from typing import Any

import torch
from torch import Tensor

from zenith.optimizer.rule import FEW, check_window, mostly_equal

__all__ = ["TensorGauge"]


class TensorGauge:
    """Window of gradient norms -> mean -> running maximum -> learning-rate factor, in tensors updated in place.

    For steps that `torch.compile` traces or a CUDA graph records. The properties are those of `zenith.Gauge`;
    reading one waits for the device.

    Parameters
    ----------
    window : int
        W, the number of gradient norms averaged.
    device : torch.device or str
        Where the state lies: W float64 numbers and five scalars.

    Raises
    ------
    ValueError
        If `window` is not an integer of at least 1.

    Notes
    -----
    The mean is summed anew at every step in float64, so it agrees with `Gauge`'s, which is exact, to about ``W`` units
    in the last place of a float64, and no rounding error accumulates.
    """

    __slots__ = ("state",)

    def __init__(self, window: int = 500, device: torch.device | str = "cpu") -> None:
        # Of one element rather than none of a dimension: inductor (torch 2.13) loses some writes to 0-d tensors on the
        # CPU.
        def scalar(value: float) -> Tensor:
            return torch.tensor([value], dtype=torch.float64, device=device)

        self.state: dict[str, Any] = {
            "window": check_window(window),
            "norms": torch.zeros(window, dtype=torch.float64, device=device),  # ring: step i writes entry i modulo W
            "count": torch.zeros(1, dtype=torch.int64, device=device),
            "norm": scalar(math.nan),
            "mean": scalar(math.nan),
            "zenith": scalar(0.0),
            "factor": scalar(1.0),
        }

    @classmethod
    def on(cls, state: dict[str, Any]) -> TensorGauge:
        """Return a gauge that reads and writes `state`, the `state` of another one, in place."""
        gauge = cls.__new__(cls)
        gauge.state = state
        return gauge

    @property
    def window(self) -> int:
        """W, the number of gradient norms averaged."""
        return self.state["window"]

    @property
    def norms(self) -> tuple[float, ...]:
        """The recorded gradient norms still in the window, oldest first; at most W."""
        ring, count, window = self.state["norms"].tolist(), int(self.state["count"]), self.window
        return tuple(ring[:count]) if count < window else (*ring[count % window :], *ring[: count % window])

    @property
    def norm(self) -> float:
        """The last gradient norm seen, recorded or not; NaN before the first."""
        return float(self.state["norm"])

    @property
    def warmed_up(self) -> bool:
        """Whether the window is full, so that the factor follows the rule."""
        return int(self.state["count"]) >= self.window

    @property
    def mean(self) -> float:
        """The mean of the window, mu; NaN until the window is full."""
        return float(self.state["mean"])

    @property
    def zenith(self) -> float:
        """The zenith Z, the largest mean of any full window so far; 0 until the window is full."""
        return float(self.state["zenith"])

    @property
    def factor(self) -> float:
        """The ratio mu / Z in [0, 1]; 1 until the window is full, and where Z is 0."""
        return float(self.state["factor"])

    @property
    def clipped(self) -> bool:
        """Whether the norms look as ``clip_grad_norm_`` leaves them, as of `Gauge`.

        Of a window of fewer than 10 all must.
        """
        if int(self.state["count"]) < max(self.window, FEW):
            return False
        return mostly_equal(self.state["norms"].tolist(), share=0.5 if self.window >= FEW else 1)

    def update(self, norm: Tensor, counts: Tensor | bool = True) -> Tensor:
        """Record one gradient norm and return the learning-rate factor of its step.

        Parameters
        ----------
        norm : Tensor, shape ()
            L2 norm of the gradient over all parameters. One that is not finite, or whose sum would overflow, is not
            recorded, as in `Gauge.update`.
        counts : Tensor of bool, shape (), or bool
            False for a step that is not taken, which leaves everything as it is.

        Returns
        -------
        Tensor, shape ()
            The factor after the update, in float64.
        """
        state, window = self.state, self.state["window"]
        norm = norm.to(torch.float64)
        counts = torch.as_tensor(counts, device=norm.device)
        recorded = counts & (norm <= sys.float_info.max / window)
        written = torch.arange(window, device=norm.device) == state["count"] % window
        norms = torch.where(recorded & written, norm, state["norms"])
        count = state["count"] + recorded
        full = count >= window
        mean = torch.where(full, norms.sum() / window, state["mean"])
        zenith = torch.where(mean > state["zenith"], mean, state["zenith"])  # false while the mean is NaN
        factor = torch.where(full & (zenith > 0), mean / zenith, state["factor"])
        seen = torch.where(counts, norm, state["norm"])
        new = {"norms": norms, "count": count, "norm": seen, "mean": mean, "zenith": zenith, "factor": factor}
        for name, value in new.items():
            state[name].copy_(value)
        return factor.reshape(())

    def to(self, device: torch.device) -> None:
        """Move the state to `device`."""
        self.state.update({name: value.to(device) for name, value in self.state.items() if isinstance(value, Tensor)})

    def __repr__(self) -> str:
        filled = f"{min(int(self.state['count']), self.window)}/{self.window}"
        return f"TensorGauge(window={filled}, mean={self.mean:.4g}, zenith={self.zenith:.4g}, factor={self.factor:.4g})"
