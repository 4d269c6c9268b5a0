"""Re-evaluate a batch's loss at other weights, as PAL, LQA and GeN do along the line of their step."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

__all__ = ["LineProbe"]


class LineProbe:
    """Evaluate one batch's loss at the model's current weights, as the batch's own forward pass would.

    Make it before the batch's forward pass: it notes the random states and the train/eval modes that pass starts from.
    Every call then replays them, so that dropout draws the same masks and the losses along a line belong to one
    function of the weights.

    Parameters
    ----------
    model : torch.nn.Module
        Its buffers (batch-norm statistics, counters) are written by the batch's own forward pass, never by a call.
    forward : callable
        ``forward()`` returns the batch's mean loss, a scalar tensor or a float: the very function whose loss is
        differentiated. Under data parallelism it must return the mean over all ranks, lest the ranks take different
        steps.

    Notes
    -----
    A call leaves everything but time as it was, exceptions and interrupts included: buffers, modes, and the random
    states of Python, NumPy and torch, on the CPU and on the accelerators that hold the model. It records no graph.
    Moving the weights, and moving them back, is the caller's part.

    Examples
    --------
    >>> model = torch.nn.Sequential(torch.nn.Linear(3, 3), torch.nn.Dropout(0.5))
    >>> inputs = torch.randn(4, 3)
    >>> forward = lambda: model(inputs).square().mean()
    >>> probe = zenith.LineProbe(model, forward)
    >>> loss = forward()
    >>> probe() == loss.item()
    True
    """

    def __init__(self, model: nn.Module, forward: Callable[[], Tensor | float]) -> None:
        self.model = model
        self.forward = forward
        self._modes = [(module, module.training) for module in model.modules()]
        self._devices = {
            t.device for t in (*model.parameters(), *model.buffers()) if t.device.type not in ("cpu", "meta")
        }
        self._noted = self._random_states()

    def __call__(self) -> float:
        """Return the loss at the current weights.

        Raises
        ------
        ValueError
            If `forward` does not return a scalar.
        """
        # Autocast keeps low-precision copies of the weights, which have moved: stale before the call, and after it.
        torch.clear_autocast_cache()
        try:
            with torch.no_grad(), self._borrowed():
                loss = self.forward()
                if isinstance(loss, Tensor) and loss.numel() != 1:
                    raise ValueError(
                        f"the probe's forward returned a tensor of shape {tuple(loss.shape)}: return the batch's mean "
                        f"loss"
                    )
                return float(loss)
        finally:
            torch.clear_autocast_cache()

    @contextmanager
    def _borrowed(self) -> Iterator[None]:
        """Context with the noted modes and random states; restores modes, random states and buffers on leaving."""
        states = self._random_states()
        fast_attention = torch.backends.mha.get_fastpath_enabled()
        modes = [module.training for module, _ in self._modes]
        # Copied rather than compared by version: batch norm's kernels write without counting. Both the tensor and what
        # it held, because a forward pass may write to a buffer or put another in its place.
        buffers = [
            (module, name, buffer, buffer.clone())
            for module, _ in self._modes
            for name, buffer in module._buffers.items()
            if buffer is not None
        ]
        try:
            self._set_random_states(self._noted)
            for module, mode in self._modes:
                module.training = mode
            # Without gradients, the fused attention of eval mode zeroes padded positions: another function.
            torch.backends.mha.set_fastpath_enabled(False)
            yield
        finally:
            for module, name, buffer, held in buffers:
                buffer.copy_(held)
                module._buffers[name] = buffer
            for (module, _), mode in zip(self._modes, modes, strict=True):
                module.training = mode
            torch.backends.mha.set_fastpath_enabled(fast_attention)
            # FSDP keeps gathered weights until a backward pass, which does not come: stale once the weights move.
            for module, _ in self._modes:
                reshard = getattr(module, "reshard", None)
                if callable(reshard) and hasattr(module, "unshard"):
                    reshard()
            self._set_random_states(states)

    def _random_states(self) -> tuple[Any, ...]:
        return (
            random.getstate(),
            np.random.get_state(),  # noqa: NPY002
            torch.get_rng_state(),
            {device: torch.get_device_module(device).get_rng_state(device) for device in self._devices},
        )

    def _set_random_states(self, states: tuple[Any, ...]) -> None:
        for_python, for_numpy, for_torch, for_devices = states
        random.setstate(for_python)
        np.random.set_state(for_numpy)  # noqa: NPY002
        torch.set_rng_state(for_torch)
        for device, state in for_devices.items():
            torch.get_device_module(device).set_rng_state(state, device)
