"""fx passes that make a traced loss cheaper: fold batch norms, convolve channels-last, write results in place.

All on graphs of torch.fx whose nodes carry the shapes and types of the trace. `Kinds` says of each node whether it
depends on the displaced parameters and on the data.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping
from typing import Any

import torch
from torch import fx

__all__ = ["Kinds", "dtype_of", "fold_batch_norms", "overwrite", "shape_of", "to_channels_last"]

aten: Any = torch.ops.aten

Kinds = Mapping[fx.Node, tuple[bool, bool]]

LARGE_IMAGE = 256
"""Pixels from which on channels-last pays on a CPU; measured, 8x8 images are faster or level channels first."""

_STATISTICS = {aten.native_batch_norm.default: 5, aten.cudnn_batch_norm.default: 5}
"""Batch norms with the position of the argument that says whether they take the batch's statistics."""

_IN_PLACE = {
    aten.relu.default: aten.relu_.default,
    aten.gelu.default: aten.gelu_.default,
    aten.silu.default: aten.silu_.default,
    aten.tanh.default: aten.tanh_.default,
    aten.sigmoid.default: aten.sigmoid_.default,
    aten.add.Tensor: aten.add_.Tensor,
    aten.mul.Tensor: aten.mul_.Tensor,
}
_FRESH = {
    aten.convolution.default,
    aten.addmm.default,
    aten.mm.default,
    aten.bmm.default,
    aten.baddbmm.default,
    aten.clone.default,
    *_IN_PLACE,
    *_IN_PLACE.values(),
}
"""Operations whose result shares memory with nothing else, so that one that is used once may be overwritten."""


def fold_batch_norms(graph: fx.Graph) -> int:
    """Fold batch norms with frozen statistics into the convolutions before them; return how many."""
    folded = 0
    for node in list(graph.nodes):
        found = _frozen_norm(node)
        if found is None:
            continue
        conv, weight, bias, mean, variance, eps = found
        call = graph.call_function
        with graph.inserting_before(node):
            scale = call(aten.rsqrt.default, (call(aten.add.Scalar, (variance, eps)),))
            scale = scale if weight is None else call(aten.mul.Tensor, (scale, weight))
            shift = call(aten.mul.Tensor, (mean, scale))
            shift = call(aten.neg.default, (shift,)) if bias is None else call(aten.sub.Tensor, (bias, shift))
            x, kernel, offset, *geometry = conv.args
            rank = len(shape_of(kernel))
            kernel = call(aten.mul.Tensor, (kernel, call(aten.reshape.default, (scale, [-1] + [1] * (rank - 1)))))
            offset = shift if offset is None else call(aten.addcmul.default, (shift, offset, scale))
            merged = call(aten.convolution.default, (x, kernel, offset, *geometry))
            merged.meta = dict(conv.meta)
        for user in list(node.users):
            user.replace_all_uses_with(merged)
            graph.erase_node(user)
        graph.erase_node(node)
        graph.erase_node(conv)
        folded += 1
    return folded


def _frozen_norm(node: fx.Node) -> tuple[Any, ...] | None:
    """Return convolution, scale, shift, mean, variance and eps of a batch norm that can be folded."""
    if node.op != "call_function":
        return None
    if node.target is aten._native_batch_norm_legit_no_training.default:
        conv, weight, bias, mean, variance, _, eps = node.args
    elif node.target in _STATISTICS and not node.args[_STATISTICS[node.target]]:
        conv, weight, bias, mean, variance, _, _, eps = node.args
    else:
        return None
    if not (isinstance(conv, fx.Node) and conv.target is aten.convolution.default and len(conv.users) == 1):
        return None
    if any(user.target is not operator.getitem or user.args[1] != 0 for user in node.users) or conv.args[6]:
        return None
    if mean is None or variance is None:
        return None
    tensors = [t for t in (conv, conv.args[1], weight, bias) if t is not None]
    return None if len({dtype_of(t) for t in tensors}) > 1 else (conv, weight, bias, mean, variance, eps)


def to_channels_last(graph: fx.Graph, kinds: Kinds) -> int:
    """Convert kernels and inputs of image convolutions to channels-last; later operations keep that layout.

    Returns
    -------
    int
        How many convolutions.
    """
    changed = 0
    images = [
        n for n in graph.nodes if n.target is aten.convolution.default and not n.args[6] and len(shape_of(n)) == 4
    ]
    if max((math.prod(shape_of(node.args[0])[2:]) for node in images), default=0) < LARGE_IMAGE:
        return 0
    for node in images:
        x, kernel, *rest = node.args
        if dtype_of(node) != torch.float32 or shape_of(node)[1] < 4:
            continue
        with graph.inserting_before(node):
            layout: dict[str, Any] = {"memory_format": torch.channels_last}
            kernel = graph.call_function(aten.clone.default, (kernel,), layout)
            if kinds.get(x) == (False, True):
                x = graph.call_function(aten.clone.default, (x,), layout)
        node.args = (x, kernel, *rest)
        changed += 1
    return changed


def overwrite(graph: fx.Graph, kinds: Kinds) -> None:
    """Let pointwise operations overwrite an operand that nothing else uses."""
    for node in graph.nodes:
        if node.target not in _IN_PLACE or kinds.get(node) != (True, True):
            continue
        first = node.args[0]
        if isinstance(first, fx.Node) and _spent(first, kinds) and _alike(first, node):
            node.target = _IN_PLACE[node.target]
        elif node.target in (aten.add.Tensor, aten.mul.Tensor) and not node.kwargs and len(node.args) == 2:
            second = node.args[1]
            if isinstance(second, fx.Node) and _spent(second, kinds) and _alike(second, node):
                node.target, node.args = _IN_PLACE[node.target], (second, first)


def _spent(node: fx.Node, kinds: Kinds) -> bool:
    # A folded convolution is new to the graph, so not among the kinds; it depends on the data like its input.
    return len(node.users) == 1 and node.target in _FRESH and kinds.get(node, (True, True)) == (True, True)


def _alike(one: fx.Node, other: fx.Node) -> bool:
    return "tensor_meta" in one.meta and (shape_of(one), dtype_of(one)) == (shape_of(other), dtype_of(other))


def shape_of(node: Any) -> tuple[int, ...]:
    """Return the traced shape of a node's result; empty if unknown."""
    return tuple(getattr(node.meta.get("tensor_meta"), "shape", ()))


def dtype_of(node: Any) -> torch.dtype | None:
    """Return the traced dtype of a node's result, or None."""
    return getattr(node.meta.get("tensor_meta"), "dtype", None)
