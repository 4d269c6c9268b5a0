"""A SharpnessMonitor as a callback of the transformers' Trainer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from landscape.monitor.sharpness_monitor import SharpnessMonitor

__all__ = ["callback"]


def callback(monitor: SharpnessMonitor) -> Any:
    """Return the callback; see `SharpnessMonitor.transformers`.

    Under several processes the first one measures, and the others wait for it at the next step.
    """
    try:
        from transformers import TrainerCallback
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "monitor.transformers() needs transformers, which is not installed: pip install transformers"
        ) from error

    class SharpnessCallback(TrainerCallback):
        """Calls a monitor's `step` after every optimizer step, and its `close` at the end."""

        def __init__(self) -> None:
            self.monitor = monitor

        def on_train_begin(self, args: Any, state: Any, control: Any, **parts: Any) -> None:
            if monitor.optimizer is None and parts.get("optimizer") is not None:
                monitor.watch_optimizer(parts["optimizer"])

        def on_step_end(self, args: Any, state: Any, control: Any, **parts: Any) -> None:
            if state.is_world_process_zero:
                monitor.step(step=state.global_step)

        def on_train_end(self, args: Any, state: Any, control: Any, **parts: Any) -> None:
            monitor.close("finished")

    return SharpnessCallback()
