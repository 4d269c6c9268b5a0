"""Batches as nested structures: what they hold, by name, and the same structure around other leaves.

Batches are tensors in tuples, lists, mappings, dataclasses and plain objects with attributes (graphs of PyTorch
Geometric, BatchEncoding of transformers). Everything else is a leaf. The user's containers are never written to: what
comes back is a shallow copy of the same type.
"""

from __future__ import annotations

import copy
import enum
import functools
import inspect
import types
import weakref
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence
from torch.utils.data import DataLoader, Dataset

__all__ = ["attributes_of", "dense_parts", "leaves_of", "map_leaves"]

_WHOLE = (
    str,
    bytes,
    int,
    float,
    complex,
    enum.Enum,
    np.ndarray,
    np.generic,
    nn.Module,
    torch.Generator,
    Dataset,
    DataLoader,
    type,
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodType,
    types.ModuleType,
    functools.partial,
    weakref.ref,
    BaseException,
)
"""What has attributes, perhaps, and is no container of data."""

IsLeaf = Callable[[Any], bool]


def attributes_of(item: Any) -> dict[str, Any] | None:
    """Return the attributes of a dataclass or any other object that is a container of them; None for a leaf."""
    if item is None or isinstance(item, (Tensor, *_WHOLE)):
        return None
    found = dict(getattr(item, "__dict__", {}))
    for kind in type(item).__mro__:
        slots = kind.__dict__.get("__slots__", ())
        for slot in (slots,) if isinstance(slots, str) else tuple(slots):
            name = f"_{kind.__name__.lstrip('_')}{slot}" if slot.startswith("__") and not slot.endswith("__") else slot
            if slot not in ("__dict__", "__weakref__") and inspect.ismemberdescriptor(kind.__dict__.get(name)):
                try:
                    found[name] = getattr(item, name)
                except AttributeError:  # a slot that is not filled
                    continue
    return found or None


def map_leaves(function: Callable[[Any], Any], item: Any, is_leaf: IsLeaf | None = None) -> Any:
    """Apply `function` to every leaf; containers come back as shallow copies of their own type.

    Objects without tensors or arrays in them come back as they are. What `is_leaf` says is one is passed
    whole. Of a packed sequence the batch sizes, which say how it is packed, are kept.
    """
    return _map(function, item, is_leaf, {})


def _map(function: Callable[[Any], Any], item: Any, is_leaf: IsLeaf | None, seen: dict[int, Any]) -> Any:
    if isinstance(item, Tensor) or item is None or (is_leaf is not None and is_leaf(item)):
        return function(item)
    if type(item) is tuple:  # as most batches are, so with little ado
        return tuple([_map(function, part, is_leaf, seen) for part in item])
    if id(item) in seen:
        return seen[id(item)]

    def inside(part: Any) -> Any:
        return _map(function, part, is_leaf, seen)

    if isinstance(item, PackedSequence):
        order = (None if index is None else function(index) for index in (item.sorted_indices, item.unsorted_indices))
        return PackedSequence(function(item.data), item.batch_sizes, *order)
    if isinstance(item, tuple):
        parts = map(inside, item)
        return type(item)(*parts) if hasattr(item, "_fields") else type(item)(parts)
    if isinstance(item, list):
        new = seen[id(item)] = copy.copy(item)
        new[:] = [inside(part) for part in item]
        return new
    if isinstance(item, Mapping):
        filled: Any = copy.copy(item) if isinstance(item, MutableMapping) else dict(item)
        seen[id(item)] = filled
        for name, part in list(item.items()):
            filled[name] = inside(part)
        return filled
    attributes = attributes_of(item)
    if attributes is None:
        return function(item)
    if not _holds_data(item):
        return item
    new_object = seen[id(item)] = copy.copy(item)
    for name, part in attributes.items():
        if (new_part := inside(part)) is not part:
            object.__setattr__(new_object, name, new_part)
    return new_object


def _holds_data(item: Any) -> bool:
    return any(isinstance(leaf, (Tensor, np.ndarray)) for _, leaf in leaves_of(item))


def leaves_of(item: Any, is_leaf: IsLeaf | None = None, name: str = "") -> Iterator[tuple[str, Any]]:
    """Iterate over the leaves with their names, such as "[0]['mask']", in the order of `map_leaves`."""
    return _leaves(item, is_leaf, name, set())


def _leaves(item: Any, is_leaf: IsLeaf | None, name: str, seen: set[int]) -> Iterator[tuple[str, Any]]:
    if isinstance(item, Tensor) or item is None or (is_leaf is not None and is_leaf(item)):
        yield name, item
        return
    parts: list[tuple[str, Any]] | None = None
    if isinstance(item, PackedSequence):
        index = [("sorted_indices", item.sorted_indices), ("unsorted_indices", item.unsorted_indices)]
        yield f"{name}.data", item.data
        yield from ((f"{name}.{which}", part) for which, part in index if part is not None)
        return
    if isinstance(item, tuple) and hasattr(item, "_fields"):
        parts = [(f"{name}.{field}", part) for field, part in zip(item._fields, item, strict=True)]
    elif isinstance(item, (tuple, list)):
        parts = [(f"{name}[{i}]", part) for i, part in enumerate(item)]
    elif isinstance(item, Mapping):
        parts = [(f"{name}[{key!r}]", part) for key, part in item.items()]
    elif (attributes := attributes_of(item)) is not None:
        parts = [(f"{name}.{key}", part) for key, part in attributes.items()]
    if parts is None:
        yield name, item
    elif isinstance(item, tuple) or id(item) not in seen:
        seen.add(id(item))
        for inner, part in parts:
            yield from _leaves(part, is_leaf, inner, seen)


def dense_parts(tensor: Tensor) -> list[Tensor]:
    """Return plain strided tensors that together hold the numbers of any kind of tensor.

    Sparse ones have indices and values, nested ones their components, quantised ones integers with their scales, and
    wrapper subclasses the tensors that they wrap.
    """
    if tensor.is_nested:
        if tensor.layout == torch.jagged:
            jagged: Any = tensor
            lengths = jagged.lengths()
            return [jagged.values(), jagged.offsets(), *([] if lengths is None else [lengths])]
        return list(tensor.unbind())
    if tensor.layout == torch.sparse_coo:
        return [tensor._indices(), tensor._values()]
    if tensor.layout in (torch.sparse_csr, torch.sparse_bsr):
        return [tensor.crow_indices(), tensor.col_indices(), tensor.values()]
    if tensor.layout in (torch.sparse_csc, torch.sparse_bsc):
        return [tensor.ccol_indices(), tensor.row_indices(), tensor.values()]
    if tensor.layout != torch.strided:
        return [tensor.to_dense()]
    if tensor.is_quantized:
        if tensor.qscheme() in (torch.per_channel_affine, torch.per_channel_affine_float_qparams):
            return [tensor.int_repr(), tensor.q_per_channel_scales(), tensor.q_per_channel_zero_points()]
        scale = torch.tensor([tensor.q_scale(), tensor.q_zero_point()], dtype=torch.float64, device="cpu")
        return [tensor.int_repr(), scale]
    if hasattr(tensor, "__tensor_flatten__"):
        names, _ = tensor.__tensor_flatten__()
        return [part for name in names for part in dense_parts(getattr(tensor, name))]
    return [tensor.as_subclass(Tensor)]
