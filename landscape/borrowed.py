"""A user's model, borrowed: run with other tensors, and given back as it was."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.modules.batchnorm import _BatchNorm

from landscape.batches import preserve_rng

T = TypeVar("T")


@contextmanager
def ieee_arithmetic() -> Iterator[None]:
    """Full float32 precision inside: no TF32 and no bfloat16 in matrix products, convolutions and recurrent layers.

    Three digits are not enough for second differences and residuals. Only PyTorch's `fp32_precision` settings are
    read and written, because its kernels follow them and reading the older flags fails where a user mixes the two.
    """
    backends: Any = torch.backends
    # Parents first: an entry that inherits reads "ieee" once its parent does, and goes on inheriting afterwards.
    settings: tuple[Any, ...] = (
        backends,
        *(backends.cudnn, backends.cudnn.conv, backends.cudnn.rnn, backends.cuda.matmul),
        *(backends.mkldnn, backends.mkldnn.conv, backends.mkldnn.rnn, backends.mkldnn.matmul),
    )
    changed = []
    try:
        for setting in settings:
            if setting.fp32_precision != "ieee":
                changed.append((setting, setting.fp32_precision))
                setting.fp32_precision = "ieee"
        yield
    finally:
        for setting, precision in reversed(changed):
            setting.fp32_precision = precision


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

    def uses_batch_statistics(self) -> bool:
        """Return whether a batch-norm layer keeps no running statistics, and takes those of the batch in eval mode."""
        return any(isinstance(m, _BatchNorm) and m.running_mean is None for m in self.model.modules())

    @contextmanager
    def _evaluation(self, second_order: bool) -> Iterator[None]:
        """Eval mode and plain precision inside; flags and random states as before on leaving."""
        modules = list(self.model.modules())
        training = [module.training for module in modules]
        cudnn: Any = torch.backends.cudnn
        switches = cudnn.enabled, cudnn.deterministic, cudnn.benchmark
        fast_attention = torch.backends.mha.get_fastpath_enabled()
        with ExitStack() as stack:
            stack.enter_context(preserve_rng(self._device))
            stack.enter_context(torch.autocast(self._device.type, enabled=False))
            stack.enter_context(ieee_arithmetic())
            if second_order:
                stack.enter_context(sdpa_kernel(SDPBackend.MATH))
            if any(m._compiled_call_impl is not None or hasattr(m, "_orig_mod") for m in modules):
                # Compiled functions have no double backward, and guard on tensors that are swapped here.
                stack.enter_context(torch.compiler.set_stance("force_eager"))
            try:
                # Without gradients, the fused attention of eval mode zeroes padded positions: another function.
                torch.backends.mha.set_fastpath_enabled(False)
                cudnn.enabled, cudnn.deterministic, cudnn.benchmark = switches[0] and not self._recurrent, True, False
                for module in modules:  # not .eval(), which a model may override to merge weights
                    module.training = False
                yield
            finally:
                for module, flag in zip(modules, training, strict=True):
                    module.training = flag
                cudnn.enabled, cudnn.deterministic, cudnn.benchmark = switches
                torch.backends.mha.set_fastpath_enabled(fast_attention)
