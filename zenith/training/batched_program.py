"""Loss and gradient of many models at once as one program: traced once for each shape of a batch, and compiled."""

from __future__ import annotations

import hashlib
import warnings
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch._guards import TracingContext, tracing
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.func import functional_call, grad, vmap
from torch.fx import GraphModule
from torch.fx.experimental.proxy_tensor import make_fx
from torch.utils._pytree import tree_unflatten

from zenith._common.identity import tensor_bytes
from zenith.training.matrix_convolution import MatrixConvolutions
from zenith.training.stacked import Stacked

__all__ = ["Program", "compiled", "recorded", "traced"]

Program = Callable[[dict[str, Tensor], dict[str, Tensor], list[Tensor]], Any]
"""Takes the stacked parameters, all else that the models hold, and the tensors of the batches. Returns the gradients as
matrices, losses and gradient norms of shape (models,), and the buffers as the forward pass leaves them."""

MOST = 32
"""Compiled programs that a process keeps for trainings to come."""

_compiled: OrderedDict[str, Program] = OrderedDict()


def traced(
    model: nn.Module,
    loss: Callable[[nn.Module, Any], Tensor],
    params: Stacked,
    others: dict[str, Tensor],
    leaves: list[Any],
    spec: Any,
    *,
    transform: Callable[[list[Tensor]], list[Any]] | None = None,
    rows: list[Tensor] | None = None,
    to_compile: bool = False,
) -> GraphModule:
    """Return the program of models of one architecture for batches like one.

    Parameters
    ----------
    model : torch.nn.Module
        The first of the models.
    loss : callable
        ``loss(model, batch)``.
    params : Stacked
    others : dict of str to Tensor
        Buffers and untrained parameters, stacked.
    leaves, spec
        Of the batches, the tensors among them stacked, and the structure of one.
    transform : callable, optional
        Makes leaves of rows, of which the program is then a function.
    rows : list of Tensor, optional
        What `transform` takes.
    to_compile : bool
        Whether the program is to be compiled, or run as it is.
    """
    fixed = [None if isinstance(leaf, Tensor) else leaf for leaf in leaves]
    dims = [0 if isinstance(leaf, Tensor) else None for leaf in leaves]
    module = _LossAndBuffers(model, loss)

    def loss_of(own_params: dict[str, Tensor], own_others: dict[str, Tensor], *own: Any) -> Any:
        batch = tree_unflatten(list(own), spec)
        tensors = {f"model.{name}": t for name, t in (own_params | own_others).items()}
        value, buffers = functional_call(module, tensors, (batch,))
        return value, (value, buffers)

    per_model = vmap(grad(loss_of, has_aux=True), in_dims=(0, 0, *dims), randomness="error")

    def program(own_params: dict[str, Tensor], own_others: dict[str, Tensor], tensors: list[Tensor]) -> Any:
        if transform is not None:
            full = transform(tensors)
        else:
            remaining = iter(tensors)
            full = [value if dim is None else next(remaining) for value, dim in zip(fixed, dims, strict=True)]
        with MatrixConvolutions(gathered=to_compile):
            gradients, (losses, buffers) = per_model(own_params, own_others, *full)
        matrices = params.joined(gradients)
        return matrices, losses, params.norms(matrices), buffers

    tensors = rows if transform is not None else [leaf for leaf in leaves if isinstance(leaf, Tensor)]
    return recorded(program, (params.views, others, tensors))


def recorded(function: Callable[..., Any], arguments: tuple[Any, ...]) -> GraphModule:
    """Return the operations that a function of parameters, others and tensors comes to."""
    params, others, tensors = arguments
    context = TracingContext(FakeTensorMode(allow_fallback_kernels=True))  # without it, one for every operation
    with warnings.catch_warnings(), tracing(context):
        warnings.filterwarnings("ignore", message="There is a performance drop")
        graph = make_fx(function)(params, _copies(others), tensors)
    graph.graph.eliminate_dead_code()
    graph.recompile()
    return graph


def compiled(graph: GraphModule, backend: str, arguments: tuple[Any, ...]) -> Program:
    """Compile a program, unless this process has compiled the same before, and run it once; raise what that raises."""
    key = _identity(graph, backend, arguments)
    program = _compiled.get(key) if key is not None else None
    if program is None:
        # Its arguments never change in shape or kind, so what dynamo would look at before every call is left out.
        unguarded: dict[str, Any] = {"guard_filter_fn": lambda found: [False] * len(found)}
        program = torch.compile(graph.forward, backend=backend, dynamic=False, options=unguarded)
    params, others, tensors = arguments
    program(params, _copies(others), tensors)
    if key is not None:
        _compiled[key] = program
        _compiled.move_to_end(key)
        while len(_compiled) > MOST:
            _compiled.popitem(last=False)
    return program


def _copies(others: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: t.clone() for name, t in others.items()}  # a program may change them


def _identity(graph: GraphModule, backend: str, arguments: tuple[Any, ...]) -> str | None:
    """Return what tells a program from all others; None if it holds more than code and tensors."""
    constants = {node.target: getattr(graph, str(node.target)) for node in graph.graph.nodes if node.op == "get_attr"}
    if any(type(value) is not Tensor for value in constants.values()) or next(graph.children(), None) is not None:
        return None
    params, others, tensors = arguments
    layouts = [(t.shape, t.stride(), t.dtype, t.device) for t in [*params.values(), *others.values(), *tensors]]
    how = backend, torch.get_num_threads(), torch.is_grad_enabled(), torch.are_deterministic_algorithms_enabled()
    told = hashlib.sha256(repr((graph.code, [*params], [*others], layouts, how)).encode())
    for name, value in constants.items():
        told.update(repr((name, value.shape, value.dtype, value.device)).encode())
        told.update(tensor_bytes(value))
    return told.hexdigest()


class _LossAndBuffers(nn.Module):
    """The loss of a batch, and the buffers as the forward pass leaves them."""

    def __init__(self, model: nn.Module, loss: Callable[[nn.Module, Any], Tensor]) -> None:
        super().__init__()
        self.model, self._loss = model, loss

    def forward(self, batch: Any) -> tuple[Tensor, dict[str, Tensor]]:
        """Return both."""
        loss = self._loss(self.model, batch)
        return loss, dict(self.model.named_buffers())
