"""A user's model, borrowed: run with other tensors, and given back as it was."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.attention import SDPBackend, sdpa_kernel

from landscape.batches import preserve_rng

T = TypeVar("T")


class BorrowedModel(nn.Module):
    """Lets `functional_call` swap a model's tensors around any function of the model.

    Parameters
    ----------
    model : torch.nn.Module
    device : torch.device
        Where it will run.
    """

    def __init__(self, model: nn.Module, device: torch.device) -> None:
        super().__init__()
        self.model = model
        self._device = device
        # cuDNN's recurrent kernels have no backward in eval mode, and no double backward at all.
        self._recurrent = any(isinstance(module, nn.RNNBase) for module in model.modules())

    def forward(self, function: Callable[[nn.Module], T]) -> T:
        """Return `function(model)`; the entry point of `functional_call`."""
        return function(self.model)

    def run(self, function: Callable[[nn.Module], T], tensors: Mapping[str, Tensor], second_order: bool) -> T:
        """Return `function(model)` with these parameters and buffers, in eval mode."""
        with self._evaluation(second_order):
            return functional_call(self, {f"model.{name}": t for name, t in tensors.items()}, (function,))

    def aliases(self) -> dict[str, str]:
        """Return the second names of tied tensors with the first ones."""
        first: dict[int, str] = {}
        every = [
            *self.model.named_parameters(remove_duplicate=False),
            *self.model.named_buffers(remove_duplicate=False),
        ]
        return {name: first[id(t)] for name, t in every if first.setdefault(id(t), name) != name}

    @contextmanager
    def _evaluation(self, second_order: bool) -> Iterator[None]:
        """Eval mode and plain precision inside; flags and random states as before on leaving."""
        flags = [(module, module.training) for module in self.model.modules()]
        with ExitStack() as stack:
            stack.enter_context(preserve_rng(self._device))
            stack.enter_context(torch.autocast(self._device.type, enabled=False))
            if self._device.type == "cuda":
                # TF32 convolutions carry three digits: not enough for second differences and residuals.
                stack.enter_context(
                    torch.backends.cudnn.flags(enabled=not self._recurrent, deterministic=True, allow_tf32=False)
                )
            if second_order:
                stack.enter_context(sdpa_kernel(SDPBackend.MATH))
            try:
                self.model.eval()
                yield
            finally:
                for module, training in flags:
                    module.training = training
