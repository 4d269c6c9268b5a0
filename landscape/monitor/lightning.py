"""A SharpnessMonitor as a callback of Lightning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from landscape.monitor.sharpness_monitor import SharpnessMonitor

__all__ = ["callback"]


def callback(monitor: SharpnessMonitor) -> Any:
    """Return the callback; see `SharpnessMonitor.lightning`.

    Under several processes the first one measures, and the others wait for it at the next step.
    """
    try:
        from lightning.pytorch.callbacks import Callback
    except ModuleNotFoundError:
        try:
            from pytorch_lightning.callbacks import Callback  # type: ignore[assignment, unused-ignore]
        except ModuleNotFoundError as error:
            raise ModuleNotFoundError(
                "monitor.lightning() needs Lightning, which is not installed: pip install lightning"
            ) from error

    class SharpnessCallback(Callback):
        """Calls a monitor's `step` after every optimizer step, and its `close` at the end."""

        def __init__(self) -> None:
            self.monitor, self._steps = monitor, 0
            self._norm: torch.Tensor | None = None

        def on_train_start(self, trainer: Any, pl_module: Any) -> None:
            self._steps = trainer.global_step
            if monitor.optimizer is None and len(trainer.optimizers) == 1:
                monitor.watch_optimizer(trainer.optimizers[0])

        def on_before_optimizer_step(self, trainer: Any, pl_module: Any, optimizer: Any) -> None:
            # Before clipping, and after a GradScaler has taken its scale off.
            if monitor.window is not None and trainer.is_global_zero:
                gradients = [p.grad for p in pl_module.parameters() if p.grad is not None]
                self._norm = torch.nn.utils.get_total_norm(gradients) if gradients else None

        def on_train_batch_end(self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
            if trainer.global_step <= self._steps:
                return  # gradients are accumulated
            self._steps = trainer.global_step
            if trainer.is_global_zero:
                loss = outputs.get("loss") if isinstance(outputs, dict) else outputs
                monitor.step(loss, gradient_norm=self._norm, step=self._steps)

        def on_train_end(self, trainer: Any, pl_module: Any) -> None:
            monitor.close("finished")

        def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:
            monitor.close(f"ended by {type(exception).__name__}")

    return SharpnessCallback()
