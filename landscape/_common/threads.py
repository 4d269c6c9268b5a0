"""One evaluation at a time in a process, and evaluations in background threads that change no global state.

PyTorch's random states and many of its switches belong to the process, and a module's tensors and flags to everybody
who holds it. The main thread is taken to own them, and borrows models as they are. In any other thread a model is
evaluated on a private copy of its modules (which shares the tensors that are swapped anyway), no random state is
touched, and a switch is set only where it has to be.
"""

import copy
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from types import FrameType
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves

from landscape._common.random import alone, draws

ONE_AT_A_TIME = threading.RLock()
"""Lock of the evaluation of models in this process."""


def in_main_thread() -> bool:
    """Return whether this is the thread that owns the process-wide state."""
    return threading.current_thread() is threading.main_thread()


def private_copy(model: nn.Module) -> nn.Module:
    """Return a copy of a model's modules, with the same parameters and buffers.

    Raises
    ------
    ValueError
        If it cannot be copied; the message says why.
    """
    held = {id(t): t for t in chain(model.parameters(), model.buffers())}
    try:
        return copy.deepcopy(model, dict(held))
    except Exception as error:  # whatever a module holds: a lock, a process group, a tensor of a graph
        raise ValueError(
            "The model cannot be copied for a background thread "
            f"({' '.join(str(error).split()) or type(error).__name__}): measure in the main thread, or in processes "
            "(workers=2)."
        ) from error


class InBackground(TorchFunctionMode):
    """Context in a background thread that refuses the user's own tensors, and operations that draw random numbers.

    That attention sees a mode also keeps it from its fast path for inference.

    Parameters
    ----------
    model : torch.nn.Module
        The user's own, whose tensors must not come up: a loss that uses it instead of the model that it is given would
        be evaluated at whatever weights it has by then.
    second_order : bool
        Whether attention has to be differentiable twice; where that takes a switch of the process, it is set for the
        call.
    """

    def __init__(self, model: nn.Module, second_order: bool) -> None:
        super().__init__()
        self._theirs = {id(t) for t in chain(model.parameters(), model.buffers())}
        self._second_order = second_order

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if any(
            id(item) in self._theirs for item in tree_leaves((args, dict(kwargs))) if isinstance(item, torch.Tensor)
        ):
            raise ValueError(
                "The loss uses the model itself instead of the one that it is called with, whose weights it would miss "
                "in a background thread: write it in terms of its first argument, loss(model, batch), or measure in "
                "the main thread."
            )
        if draws(func, args, kwargs):
            raise ValueError(
                f"The loss draws random numbers ({func.__name__}), and in a background thread that would change those "
                "of the whole program: measure in the main thread, in processes (workers=2), or give it a generator of "
                "its own."
            )
        if self._second_order and func is functional.scaled_dot_product_attention:
            return _attention(*args, **kwargs)
        if self._second_order and func is functional.multi_head_attention_forward:
            with sdpa_kernel(SDPBackend.MATH):  # which it chooses by, out of sight of this mode
                return func(*args, **kwargs)
        return func(*args, **kwargs)


def _attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    """Return attention by the kernel that is differentiable twice: what PyTorch does with all others switched off."""
    kind = query.device.type
    if query.is_nested:
        with sdpa_kernel(SDPBackend.MATH):
            return functional.scaled_dot_product_attention(
                query, key, value, attn_mask, dropout_p, is_causal, scale=scale, enable_gqa=enable_gqa
            )
    if torch.is_autocast_enabled(kind):
        dtype = torch.get_autocast_dtype(kind)
        query, key, value = query.to(dtype), key.to(dtype), value.to(dtype)
    if attn_mask is not None and attn_mask.dtype == torch.bool:
        attn_mask = torch.zeros_like(attn_mask, dtype=query.dtype).masked_fill_(~attn_mask, -torch.inf)
    elif attn_mask is not None:
        attn_mask = attn_mask.to(query.dtype)
    with torch.autocast(kind, enabled=False):
        return torch.ops.aten._scaled_dot_product_attention_math(
            query, key, value, attn_mask, dropout_p, is_causal, scale=scale, enable_gqa=enable_gqa
        )[0]


@contextmanager
def unused_elsewhere(model: nn.Module) -> Iterator[None]:
    """Refuse to evaluate a model that another thread runs, which would find other weights and flags in it.

    Raises
    ------
    ValueError
        If another thread is in the model at the beginning or at the end.
    """
    if alone():
        yield
        return
    modules = {id(module) for module in model.modules()}
    _refuse_if_run(modules)
    yield
    _refuse_if_run(modules)


def _refuse_if_run(modules: set[int]) -> None:
    for thread, innermost in sys._current_frames().items():
        frame: FrameType | None = innermost
        while frame is not None and thread != threading.get_ident():
            if frame.f_code is nn.Module._call_impl.__code__ and id(frame.f_locals.get("self")) in modules:
                raise ValueError(
                    "Another thread runs the model while the main thread measures it, and both would find the other's "
                    "weights and train/eval flags in it: measure a copy (copy.deepcopy(model) between two of its "
                    "steps), or train in the main thread and measure in the other one."
                )
            frame = frame.f_back
