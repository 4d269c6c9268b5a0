"""One evaluation at a time in a process, and evaluations in background threads that leave the rest of the program alone.

PyTorch's random states and many of its switches belong to the process, and a module's tensors and flags to everybody who holds
it. The main thread is taken to own them. In any other thread a model is evaluated on a private copy of its modules (which
shares the tensors that are swapped anyway), no random state is touched, and a switch is set only where it has to be.
"""

import copy
import threading
from collections.abc import Callable, Mapping
from itertools import chain
from typing import Any

import torch
from torch import nn
from torch.nn import functional
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves

ONE_AT_A_TIME = threading.RLock()
"""Held by whoever evaluates a model in this process."""

_ATTENTION = (functional.scaled_dot_product_attention, functional.multi_head_attention_forward)
_DRAWING = {
    *(
        "rand",
        "rand_like",
        "randn",
        "randn_like",
        "randint",
        "randint_like",
        "randperm",
        "normal",
        "normal_",
        "bernoulli",
    ),
    *(
        "bernoulli_",
        "multinomial",
        "poisson",
        "uniform_",
        "random_",
        "exponential_",
        "geometric_",
        "cauchy_",
        "log_normal_",
    ),
}
_DROPPING = {
    *(
        "dropout",
        "dropout1d",
        "dropout2d",
        "dropout3d",
        "alpha_dropout",
        "feature_alpha_dropout",
        "rrelu",
        "gumbel_softmax",
    ),
}


def in_main_thread() -> bool:
    """Whether this is the thread that owns the process-wide state."""
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
            f"The model cannot be copied for a background thread ({' '.join(str(error).split()) or type(error).__name__}): "
            "measure in the main thread, or in processes (workers=2)."
        ) from error


class InBackground(TorchFunctionMode):
    """While active in a thread, the private copy of a model is all that is used, and nothing random is drawn.

    That attention sees a mode also keeps it from its fast path for inference.

    Parameters
    ----------
    model : torch.nn.Module
        The user's own, whose tensors must not come up: a loss that uses it instead of the model that it is given would
        be evaluated at whatever weights it has by then.
    second_order : bool
        Whether attention has to be differentiable twice; the switch for that is process-wide, and set for its calls alone.
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
                "The loss uses the model itself instead of the one that it is called with, whose weights it would miss in a "
                "background thread: write it in terms of its first argument, loss(model, batch), or measure in the main thread."
            )
        name = getattr(func, "__name__", "")
        draws = name in _DRAWING and kwargs.get("generator") is None
        if draws or (name in _DROPPING and kwargs.get("training", name != "rrelu") and kwargs.get("p", 1)):
            raise ValueError(
                f"The loss draws random numbers ({name}), and in a background thread that would change those of the whole "
                "program: measure in the main thread, in processes (workers=2), or give it a generator of its own."
            )
        if self._second_order and func in _ATTENTION:
            with sdpa_kernel(SDPBackend.MATH):
                return func(*args, **kwargs)
        return func(*args, **kwargs)
