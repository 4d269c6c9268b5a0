"""What autograd graphs hold: the memory that they save, and Python code that runs when they are gone through."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import BackwardCFunction
from torch.autograd.graph import saved_tensors_hooks


@contextmanager
def saved_bytes(saved: dict[int, int] | None) -> Iterator[None]:
    """Record the bytes that autograd saves inside, by address."""
    if saved is None:
        yield
        return

    def pack(tensor: Tensor) -> tuple[Tensor, int]:
        if tensor.layout == torch.strided:
            storage = tensor.untyped_storage()
            saved[storage.data_ptr()] = storage.nbytes()
        # A saved output that refers to its own node would be a cycle that nothing frees.
        return tensor.detach(), tensor._version

    def unpack(packed: tuple[Tensor, int]) -> Tensor:
        # Hooks switch off autograd's own check.
        tensor, version = packed
        if tensor._version != version:
            raise RuntimeError(
                "one of the variables needed for gradient computation has been modified by an inplace operation"
            )
        return tensor

    with _OwnHooks(pack, unpack):
        yield


class _OwnHooks(saved_tensors_hooks):
    """Hooks that call no model."""


@contextmanager
def foreign_hooks() -> Iterator[list[type]]:
    """Collect the types of hooks on saved tensors that are set inside, as checkpointed modules do to go forward again.

    Their graphs need the model as it was.
    """
    found: list[type] = []
    enter = saved_tensors_hooks.__enter__

    def entering(hooks: Any) -> Any:
        if not isinstance(hooks, _OwnHooks):
            found.append(type(hooks))
        return enter(hooks)

    saved_tensors_hooks.__enter__ = entering  # type: ignore[method-assign]
    try:
        yield found
    finally:
        saved_tensors_hooks.__enter__ = enter  # type: ignore[method-assign]


def runs_no_python(outputs: Iterable[Tensor]) -> bool:
    """Whether the graphs of tensors have no autograd functions written in Python but those of this package."""
    seen: set[Any] = set()
    waiting = [tensor.grad_fn for tensor in outputs]
    while waiting:
        node = waiting.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        if isinstance(node, BackwardCFunction):
            function = getattr(node, "_forward_cls", type(node))
            if not function.__module__.startswith("landscape."):
                return False
        waiting += [before for before, _ in node.next_functions]
    return True


def forbids_hooks(error: BaseException) -> bool:
    """Whether a model takes derivatives by torch.func, inside which saved bytes cannot be measured."""
    return "saved tensor hooks" in str(error)
