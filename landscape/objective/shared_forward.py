"""One forward pass for the loss and the metrics of a batch, which call the model with the same inputs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_flatten

from landscape._common.random import preserve_rng
from landscape.objective.data import Batch
from landscape.objective.metrics import accumulates, measure

if TYPE_CHECKING:
    from landscape.objective.interface import ObjectiveLike
    from landscape.objective.objective import Objective

__all__ = ["compare_passes", "one_forward"]


def one_forward(objective: ObjectiveLike, model: nn.Module, batch: Batch) -> AbstractContextManager[None]:
    """Return the context in which loss and metrics of a batch share a forward pass, if that was seen to be the same.

    Compared once per objective, on its first batch: the metrics must have the same bits. Under `run_values`. Where
    `compare_passes` has not compared, the first call does.
    """
    metrics = objective.metric_fns
    if not metrics or torch.is_grad_enabled() or objective.is_sharded or _is_watched():
        return nullcontext()
    known, name = objective.choices, ("one forward", *metrics)
    if name not in known:
        with preserve_rng(objective.device):  # so that metrics that draw have the values that they have later
            known[name] = not any(map(accumulates, metrics.values())) and _is_same(objective, model, batch)
    return _remembering(model) if known[name] else nullcontext()


def compare_passes(objective: Objective) -> None:
    """Find out, when an objective is built, whether loss and metrics of a batch share a forward pass."""

    def run(model: nn.Module) -> None:
        for batch, weight in zip(objective.data.batches, objective.data.weights, strict=True):
            if weight:
                with one_forward(objective, model, objective.lend(batch)):
                    return

    if objective.metric_fns:
        with suppress(Exception):  # which evaluating will raise as well
            objective.run_values(run, objective.parameters)


def _is_same(objective: ObjectiveLike, model: nn.Module, batch: Batch) -> bool:
    def values() -> list[Tensor | None]:
        with objective.forward_arithmetic():
            return [measure(metric, name, objective.split, model, batch) for name, metric in metrics.items()]

    metrics = objective.metric_fns
    by_themselves = values()
    with _remembering(model):
        objective.loss(model, batch)
        shared = values()
    pairs = zip(by_themselves, shared, strict=True)
    return all(a is not None and b is not None and torch.equal(a.nan_to_num(), b.nan_to_num()) for a, b in pairs)


@contextmanager
def _remembering(model: nn.Module) -> Iterator[None]:
    """Context in which a model that is called again with the inputs of its last call returns what it returned.

    Only without gradients and where everything is seen to be as it was: inputs, output, parameters and buffers are the
    same memory, unchanged since, and so are modes and hooks. Everything else is computed anew.
    """
    forward = model.forward
    if isinstance(model, torch.jit.ScriptModule) or model._compiled_call_impl is not None:
        yield
        return
    modules = list(model.modules())
    last: tuple[Any, Any, list[int], Any] | None = None

    def remembering(*args: Any, **kwargs: Any) -> Any:
        nonlocal last
        key = _key(modules, args, kwargs)
        if key is not None and last is not None and last[0] == key:
            _, output, versions, _ = last
            if [tensor._version for tensor in _tensors(output) or ()] == versions:
                return output
        last = None
        output = forward(*args, **kwargs)
        tensors = _tensors(output)
        # Inputs that the model itself has changed are others the next time.
        if key is not None and tensors is not None and _key(modules, args, kwargs) == key:
            # The inputs are held, so that their memory is not used again for others.
            last = key, output, [tensor._version for tensor in tensors], (args, kwargs)
        return output

    own = model.__dict__.get("forward")
    model.__dict__["forward"] = remembering
    try:
        yield
    finally:
        if own is None:
            del model.__dict__["forward"]
        else:
            model.__dict__["forward"] = own


def _is_watched() -> bool:
    """Whether a transform or a mode sees each operation."""
    stack = torch._C._functorch.peek_interpreter_stack()
    return stack is not None or torch._C._len_torch_dispatch_stack() > 0


def _key(modules: list[nn.Module], args: Any, kwargs: Any) -> Any:
    """Return what an output depends on, by address and version; None if that is not all."""
    if torch.is_grad_enabled() or _is_watched():
        return None
    with torch._C.DisableTorchFunction():  # modes that see each attribute that is read cost more than a small model
        leaves, form = tree_flatten((args, kwargs))
        parts: list[Any] = [form, torch._C._len_torch_function_stack()]
        parts += [torch.is_autocast_enabled(device) for device in ("cpu", "cuda")]
        for m in modules:
            parts += [m.training, len(m._forward_hooks), len(m._forward_pre_hooks), *map(id, m._modules.values())]
            leaves += [*m._parameters.values(), *m._buffers.values()]
        for leaf in leaves:
            if isinstance(leaf, Tensor):
                if leaf.layout != torch.strided or leaf.is_nested or leaf.is_inference():
                    return None
                parts.append((leaf.data_ptr(), leaf._version, leaf.dtype, leaf.device, leaf.shape, leaf.stride()))
            elif leaf is None or isinstance(leaf, (bool, int, float, str)):
                parts.append((type(leaf), leaf))
            else:
                return None
    return parts


def _tensors(output: Any) -> tuple[Tensor, ...] | None:
    """Return the tensors of an output that nobody can change unnoticed; None of any other."""
    found = output if type(output) is tuple else (output,)
    if all(type(tensor) is Tensor and not tensor.is_inference() for tensor in found):
        return found
    return None
