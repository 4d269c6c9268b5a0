"""Evaluate a user's model with other tensors, leaving it as it was."""

import copy
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from typing import Any, Self, TypeVar

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.modules.batchnorm import _BatchNorm

from landscape._common.precision import Arithmetic, fp32_precision
from landscape._common.random import preserve_rng
from landscape._common.threads import ONE_AT_A_TIME, InBackground, in_main_thread, private_copy, unused_elsewhere
from landscape.objective._exact_derivatives import ExactDerivatives
from landscape.objective.batchnorm import BatchNorm, averaged_statistics
from zenith._common.roi_align import differentiable_roi_align

T = TypeVar("T")


class FunctionalModel(nn.Module):
    """A user's model as a function of its parameters and buffers, by `torch.func.functional_call`.

    Parameters
    ----------
    module : torch.nn.Module
        The user's model.
    device : torch.device
        Where it will run.
    arithmetic : {"ieee", "tf32", "bf16"}
        Of matrix products.
    batchnorm : {"frozen", "batch", "recomputed"}
        Whether batch norm takes its running statistics, those of each batch, or running statistics that `recompute`
        replaces.

    Attributes
    ----------
    module, device, arithmetic, batchnorm
    undrawn : set of str
        Which of the random states of Python and NumPy the loss does not draw from, as far as that is known.
    """

    is_sharded = False
    """Whether this process holds parts of the parameters, and others the rest, so that all evaluate together."""

    def __init__(
        self,
        module: nn.Module,
        device: torch.device,
        arithmetic: Arithmetic = "ieee",
        batchnorm: BatchNorm = "frozen",
    ) -> None:
        super().__init__()
        self.module = module
        # In a list and a tuple, so that their parameters are not listed as well.
        self._copy: list[nn.Module] = []
        self._user: tuple[nn.Module] | None = None
        self.undrawn: set[str] = set()
        # cuDNN's recurrent kernels have no backward in eval mode, and no double backward at all.
        self._recurrent = any(isinstance(module, nn.RNNBase) for module in module.modules())
        self._set(device, arithmetic, batchnorm)

    def _set(self, device: torch.device, arithmetic: Arithmetic, batchnorm: BatchNorm) -> None:
        self.device, self.arithmetic, self.batchnorm = device, arithmetic, batchnorm
        norms = [m for m in self.module.modules() if isinstance(m, _BatchNorm)]
        self._norms = norms if batchnorm == "batch" else []
        self._recomputed = [m for m in norms if m.running_mean is not None] if batchnorm == "recomputed" else []
        self._lacks_statistics = any(m.running_mean is None for m in norms)

    def configured(
        self,
        *,
        device: torch.device | None = None,
        arithmetic: Arithmetic | None = None,
        batchnorm: BatchNorm | None = None,
    ) -> Self:
        """Return the same model with other settings; what is not given stays."""
        other = copy.copy(self)
        other._copy = self._copy  # of one model there is one private copy, whatever the settings
        other._set(device or self.device, arithmetic or self.arithmetic, batchnorm or self.batchnorm)
        return other

    def local(self, tensor: Tensor) -> Tensor:
        """Return what this process holds of a tensor of the model: all of it."""
        return tensor

    def __getstate__(self) -> dict[str, Any]:
        """Return what is pickled: copies for the threads of this process are not."""
        return self.__dict__ | {"_copy": []}

    def forward(self, function: Callable[[nn.Module], T]) -> T:
        """Return `function(module)`; the entry point of `functional_call`."""
        return function(self.module)

    def run(self, function: Callable[[nn.Module], T], tensors: Mapping[str, Tensor], second_order: bool) -> T:
        """Return `function(module)` with these parameters and buffers, in eval mode but for batch norm as asked."""
        theirs = unused_elsewhere(self.module) if self._user is None else nullcontext()
        with ONE_AT_A_TIME, theirs, self._evaluation(second_order):
            return functional_call(self, {f"module.{name}": t for name, t in tensors.items()}, (function,))

    def here(self) -> "FunctionalModel":
        """Return this in the main thread, and a private copy in other threads."""
        if in_main_thread() or self._user is not None:
            return self
        with ONE_AT_A_TIME:
            if not self._copy:
                self._copy.append(private_copy(self.module))
            twin = FunctionalModel(self._copy[0], self.device, self.arithmetic, self.batchnorm)
            twin._user = (self.module,)
            return twin

    @property
    def recomputes(self) -> bool:
        """Whether there are running statistics to be recomputed at each point."""
        return bool(self._recomputed)

    @property
    def uses_batch_statistics(self) -> bool:
        """Whether a batch norm normalises with the statistics of the batch that it sees."""
        return bool(self._norms) or self._lacks_statistics

    @property
    def has_frozen_batchnorm(self) -> bool:
        """Whether every batch norm normalises with running statistics that do not change with the parameters."""
        return not (self.recomputes or self.uses_batch_statistics)

    def recompute(self, forward: Callable[[nn.Module], None]) -> dict[str, Tensor]:
        """Replace the running statistics by averages over the passes of `forward`; to be called inside `run`.

        Parameters
        ----------
        forward : callable
            `forward(model)` runs the model on the data, batch by batch.

        Returns
        -------
        dict of str to Tensor
            Copies of the statistics, under the names of the model's buffers.
        """
        with torch.no_grad(), averaged_statistics(self._recomputed):
            forward(self.module)
        chosen = {id(norm) for norm in self._recomputed}
        norms = [(name, module) for name, module in self.module.named_modules() if id(module) in chosen]
        return {
            f"{name}.{kind}".lstrip("."): getattr(norm, kind).clone()
            for name, norm in norms
            for kind in ("running_mean", "running_var")
        }

    def normalization(self) -> str:
        """Return a description of batch norm for people: frozen, statistics of each batch and why, or recomputed."""
        if self._norms:
            return "batch statistics"
        lacking = "batch statistics (no running statistics)" if self._lacks_statistics else ""
        if self._recomputed:
            return f"recomputed; {lacking} elsewhere" if lacking else "recomputed"
        return lacking or "frozen"

    def forward_arithmetic(self) -> AbstractContextManager[None]:
        """Return the context in which a forward pass runs in the objective's arithmetic; to be entered inside `run`."""
        if self.arithmetic != "bf16":
            return nullcontext()  # `run` has switched autocast off, and a context costs more than a small layer
        return torch.autocast(self.device.type, torch.bfloat16, cache_enabled=False)

    def _no_autocast(self) -> AbstractContextManager[None]:
        """Return the context without autocast, and without its cache where the loss enters autocast itself.

        A cached cast would carry the graph of one batch into the next.
        """
        return torch.autocast(self.device.type, enabled=False, cache_enabled=False)

    @contextmanager
    def _evaluation(self, second_order: bool) -> Iterator[None]:
        """Context of eval mode and full precision; flags and random states are restored."""
        with (
            self._modes(),
            self._state(second_order) if self._user is None else self._state_in_background(second_order),
        ):
            yield

    @contextmanager
    def graph_arithmetic(self) -> Iterator[None]:
        """Context in which a graph that does not call the model is gone through: of `run`, the arithmetic alone."""
        device = self.device
        with (
            ONE_AT_A_TIME,
            self._no_autocast(),
            fp32_precision("tf32" if self.arithmetic == "tf32" else "ieee", device),
            self._cudnn() if device.type == "cuda" else nullcontext(),
        ):
            yield

    @contextmanager
    def _modes(self) -> Iterator[None]:
        modules = list(self.module.modules())
        training = [module.training for module in modules]
        tracking = [norm.track_running_stats for norm in self._norms]
        # Sparse gradients have no derivatives, and are the dense ones but for what is stored.
        sparse = [m for m in modules if isinstance(m, (nn.Embedding, nn.EmbeddingBag)) and m.sparse]
        try:
            for module in modules:  # not .eval(), which a model may override to merge weights
                module.training = False
            for embedding in sparse:
                embedding.sparse = False
            for norm in self._norms:  # statistics of the batch, and no running ones written
                norm.training, norm.track_running_stats = True, False
            yield
        finally:
            for module, flag in zip(modules, training, strict=True):
                module.training = flag
            for embedding in sparse:
                embedding.sparse = True
            for norm, flag in zip(self._norms, tracking, strict=True):
                norm.track_running_stats = flag

    @contextmanager
    def _state(self, second_order: bool) -> Iterator[None]:
        fast_attention = torch.backends.mha.get_fastpath_enabled()
        with ExitStack() as stack:
            stack.enter_context(preserve_rng(self.device, undrawn=self.undrawn))
            stack.enter_context(self._no_autocast())
            # Three digits are not enough for second differences and residuals: TF32 only where it is asked for.
            stack.enter_context(fp32_precision("tf32" if self.arithmetic == "tf32" else "ieee", self.device))
            stack.enter_context(differentiable_roi_align())  # at every order, so that all see one function
            if second_order:
                stack.enter_context(sdpa_kernel(SDPBackend.MATH))
                stack.enter_context(ExactDerivatives())
            if "torch._dynamo" in sys.modules:  # which compiling imports
                # Compiled functions have no double backward, and guard on tensors that are swapped here.
                stack.enter_context(torch.compiler.set_stance("force_eager"))
            stack.enter_context(self._cudnn())
            try:
                # Without gradients, the fused attention of eval mode zeroes padded positions: another function.
                torch.backends.mha.set_fastpath_enabled(False)
                yield
            finally:
                torch.backends.mha.set_fastpath_enabled(fast_attention)

    @contextmanager
    def _state_in_background(self, second_order: bool) -> Iterator[None]:
        """The same in a background thread: set no global switch without need, and leave random states alone."""
        assert self._user is not None
        modules = list(self.module.modules())
        with ExitStack() as stack:
            stack.enter_context(self._no_autocast())
            stack.enter_context(fp32_precision("tf32" if self.arithmetic == "tf32" else "ieee", self.device))
            stack.enter_context(differentiable_roi_align())
            if second_order:
                stack.enter_context(ExactDerivatives())
            if any(getattr(m, "_orig_mod", None) or m._compiled_call_impl for m in modules):
                stack.enter_context(torch.compiler.set_stance("force_eager"))
            if self.device.type == "cuda":
                stack.enter_context(self._cudnn())
            stack.enter_context(InBackground(self._user[0], second_order))
            yield

    @contextmanager
    def _cudnn(self) -> Iterator[None]:
        """Context of deterministic cuDNN kernels."""
        cudnn: Any = torch.backends.cudnn
        switches = cudnn.enabled, cudnn.deterministic, cudnn.benchmark
        try:
            cudnn.enabled, cudnn.deterministic, cudnn.benchmark = switches[0] and not self._recurrent, True, False
            yield
        finally:
            cudnn.enabled, cudnn.deterministic, cudnn.benchmark = switches
