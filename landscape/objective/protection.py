"""Call the user's losses and metrics so that they cannot change the data.

They get shallow copies of containers, with aliases of the tensors. Edits of the numbers are noticed: by comparison at
the first call on each batch, after which they are undone, and by autograd's version counters from then on, which cost
next to nothing. A function that was seen to edit works on copies from then on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils._python_dispatch import _get_current_dispatch_mode

from landscape.objective.data import Batch
from landscape.objective.pytrees import dense_parts, leaves_of, map_leaves

__all__ = ["Protected", "copied"]


class Protected:
    """A function whose last argument is a batch, or a part of one, that it cannot change.

    Parameters
    ----------
    function : callable
    what : str
        Its name in messages, such as "loss".
    """

    def __init__(self, function: Callable[..., Any], what: str) -> None:
        self.function: Callable[..., Any] = function.function if isinstance(function, Protected) else function
        self.what = what
        self._edits = False
        self._seen: set[Any] = set()

    def __getstate__(self) -> dict[str, Any]:
        """Return what is pickled: the addresses of batches mean nothing in another process."""
        return self.__dict__ | {"_seen": set()}

    def __call__(self, *arguments: Any) -> Any:
        """Return what the function returns.

        Raises
        ------
        ValueError
            If it edits a batch in place that it had left alone at first.
        """
        *front, batch = arguments
        if self._edits:
            return self.function(*front, copied(batch))
        tensors: list[Tensor] = []

        def lend(leaf: Any) -> Any:
            alias = _alias(leaf)
            if isinstance(alias, Tensor):
                tensors.append(alias)
            return alias

        lent = map_leaves(lend, batch)
        if _get_current_dispatch_mode() is not None or any(
            map(torch._C._functorch.is_functorch_wrapped_tensor, tensors)
        ):
            return self.function(*front, lent)  # while it is recorded, numbers cannot be looked at
        versions = [_version(tensor) for tensor in tensors]
        key = tuple((_address(tensor), tensor.is_nested or tuple(tensor.shape)) for tensor in tensors)
        saved = None if key in self._seen else _saved(tensors)
        try:
            result = self.function(*front, lent)
        finally:
            edited = saved is not None and _restore(tensors, saved)
        changed = [i for i, tensor in enumerate(tensors) if _version(tensor) != versions[i]]
        if edited or (changed and saved is not None):
            self._edits = True
            return self.function(*front, copied(batch))
        if changed:
            name = [name for name, leaf in leaves_of(batch) if isinstance(leaf, Tensor)][changed[0]]
            raise ValueError(
                f"The {self.what} edits batch{name} in place, which it did not at its first call, so that the data are "
                f"no longer those that were given: let it work on a copy, batch{name}.clone(), and give the data anew."
            )
        self._seen.add(key)
        return result


def _alias(leaf: Any) -> Any:
    """Return the same numbers in a tensor of its own, whose flags and shape may be changed; arrays are copied."""
    if isinstance(leaf, Tensor):
        alias = leaf.detach()
        return alias.requires_grad_() if leaf.requires_grad else alias
    return leaf.copy() if isinstance(leaf, np.ndarray) else leaf


def copied(batch: Batch) -> Batch:
    """Return a batch of clones of its tensors and arrays."""

    def clone_of(leaf: Any) -> Any:
        if isinstance(leaf, Tensor):
            clone = leaf.detach().clone()
            return clone.requires_grad_() if leaf.requires_grad else clone
        return leaf.copy() if isinstance(leaf, np.ndarray) else leaf

    return map_leaves(clone_of, batch)


def _version(tensor: Tensor) -> int:
    return -1 if tensor.is_inference() else tensor._version


def _address(tensor: Tensor) -> int:
    plain = tensor.layout == torch.strided and not tensor.is_nested and not hasattr(tensor, "__tensor_flatten__")
    return tensor.data_ptr() if plain else tensor._version


def _saved(tensors: list[Tensor]) -> list[list[Tensor]]:
    with torch._C.DisableTorchFunction(), torch.no_grad():  # who watches the loss is not to see this
        return [[part.clone() for part in dense_parts(tensor.detach())] for tensor in tensors]


def _restore(tensors: list[Tensor], saved: list[list[Tensor]]) -> bool:
    """Undo changes; return whether there were any."""
    edited = False
    with torch._C.DisableTorchFunction(), torch.no_grad():
        for tensor, before in zip(tensors, saved, strict=True):
            for part, old in zip(dense_parts(tensor.detach()), before, strict=True):
                if not torch.equal(part, old) and not bool(((part == old) | ((part != part) & (old != old))).all()):
                    part.copy_(old)
                    edited = True
    return edited
