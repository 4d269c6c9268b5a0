"""A dataset read into memory: batches, samples per batch, and a fingerprint of the tensors.

An objective has to see the same samples at every evaluation, so the data are read once and kept. Sources that build
their batches on the fly (loaders, lazy iterables) are read a second time and compared, because shuffling and random
augmentation would otherwise turn the objective into a different function at each call.
"""

import hashlib
import pickle
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import GeneratorType
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence
from torch.utils.data import Dataset, IterableDataset

from landscape._common.random import PrivateGenerators, preserve_rng
from landscape._common.validation import as_integer
from landscape.objective.pytrees import attributes_of, dense_parts, leaves_of, map_leaves

Batch = Any


def map_tensors(function: Callable[[Tensor], Tensor], batch: Any) -> Any:
    """Apply `function` to every tensor of a nested structure; other leaves are kept."""
    return map_leaves(lambda leaf: function(leaf) if isinstance(leaf, Tensor) else leaf, batch)


def tensors_of(batch: Any) -> list[Tensor]:
    """Return the tensors of a batch, in the order of `map_tensors`."""
    return [leaf for _, leaf in leaves_of(batch) if isinstance(leaf, Tensor)]


def place(batch: Batch, device: torch.device, dtype: torch.dtype | None) -> Batch:
    """Move a batch to `device`, its floating-point numbers to `dtype`.

    None keeps their type. Complex numbers go to that of two such numbers.
    """

    def move(leaf: Any) -> Any:
        if isinstance(leaf, np.ndarray):
            wanted = _NUMPY.get(dtype) if dtype is not None and leaf.dtype.kind == "f" else None
            return leaf if wanted is None else leaf.astype(wanted, copy=False)
        if not isinstance(leaf, Tensor):
            return leaf
        kind = leaf.dtype
        if dtype is not None and (leaf.is_floating_point() or leaf.is_complex()):
            kind = (
                dtype.to_complex()
                if leaf.is_complex() and dtype in _NUMPY
                else dtype
                if not leaf.is_complex()
                else kind
            )
        if leaf.is_quantized:
            return leaf.to(device)
        leaf = leaf.to(device=device, dtype=kind)
        # Autograd cannot save tensors of inference mode.
        return leaf.clone() if leaf.is_inference() and not torch.is_inference_mode_enabled() else leaf

    return map_leaves(move, batch)


_NUMPY: dict[torch.dtype, Any] = {torch.float16: np.float16, torch.float32: np.float32, torch.float64: np.float64}


def with_targets(inputs: Any, targets: Any) -> tuple[Any, Any]:
    """Return inputs and targets as the data of an objective.

    Raises
    ------
    ValueError
        If the inputs are batches, which have targets already.
    """
    if not all(isinstance(each, (Tensor, np.ndarray)) for each in (inputs, targets)):
        raise ValueError(
            f"data is a {type(inputs).__name__}, and targets a {type(targets).__name__}: targets are given where data "
            "is the tensor of all inputs, as in Objective(model, criterion, X, y); batches hold their own."
        )
    return inputs, targets


def count_samples(batch: Batch) -> int | None:
    """Return the number of samples in a batch: the first dimension that its tensors share.

    None if they share none.
    """
    found = _count(batch)
    return found if isinstance(found, int) else None


def why_uncounted(batch: Batch) -> str:
    """Return the reason why a batch does not show its number of samples."""
    found = _count(batch)
    assert isinstance(found, str)
    return found


def is_sequence(item: Any) -> bool:
    """Return whether an item inside a batch may have one entry per sample: a list, or a tuple without names."""
    return isinstance(item, (list, tuple)) and not hasattr(item, "_fields") and not isinstance(item, torch.Size)


def first_dimension(leaf: Any) -> int | None:
    """Return the first dimension of a tensor or an array of numbers."""
    if isinstance(leaf, Tensor):
        return leaf.size(0) if leaf.dim() else None
    return len(leaf) if isinstance(leaf, np.ndarray) and leaf.ndim else None


def per_sample(item: Any, size: int) -> bool:
    """Return whether an item inside a batch of `size` samples has one entry per sample.

    Images of different sizes, for example.
    """
    if isinstance(item, PackedSequence):
        return True
    if not is_sequence(item) or len(item) != size:
        return False
    return _shared_rows(item) != size


def _count(batch: Batch) -> int | str:
    sure: dict[int, str] = {}
    lists: list[tuple[str, Any]] = []

    def visit(name: str, leaf: Any) -> None:
        if isinstance(leaf, PackedSequence):
            sure.setdefault(int(leaf.batch_sizes[0]), name)
        elif is_sequence(leaf):
            lists.append((name, leaf))
        elif (rows := first_dimension(leaf)) is not None:
            sure.setdefault(rows, name)

    if isinstance(batch, (tuple, list)) and len(batch) == 2 and _is_number(batch[1]):
        return (
            "its second part is a single number, as of one sample: give batches, such as of a "
            "DataLoader(batch_size=...)"
        )
    # A list inside a batch may be one entry per sample (detection) or per input: the tensors outside lists tell.
    for name, leaf in leaves_of(batch, lambda item: item is not batch and _unclear(item)):
        visit(name, leaf)
    if len(sure) > 1:
        (one, first), (two, second) = list(sure.items())[:2]
        return f"its tensors do not share their first dimension: batch{first} has {one} rows, batch{second} {two}"
    shared = [_shared_rows(item) for _, item in lists]
    if sure:
        (size,) = sure
        for (name, item), rows in zip(lists, shared, strict=True):
            if len(item) != size and rows not in (size, "none"):
                return (
                    f"batch{name} is a list of {len(item)}, which has not one entry for each of {size} rows elsewhere"
                )
        return size
    tensors = [(item, rows) for (_, item), rows in zip(lists, shared, strict=True) if rows != "none"]
    sizes = {rows for _, rows in tensors}
    if not tensors:
        return "it holds no tensor with rows"
    if len(sizes) == 1 and isinstance(common := sizes.pop(), int):
        lengths = {len(item) for item, _ in tensors}
        if len(lengths) > 1 or lengths == {common}:
            return common
    return "its tensors lie in lists, which may have one entry per sample or one per input"


def _unclear(item: Any) -> bool:
    return isinstance(item, PackedSequence) or is_sequence(item)


def _is_number(item: Any) -> bool:
    return isinstance(item, (int, float, np.number)) or (isinstance(item, Tensor) and item.dim() == 0)


def _shared_rows(item: Any) -> int | str:
    """Return the first dimension that everything in a list shares, else "several", or "none" if nothing has rows."""
    rows = {first_dimension(leaf) for _, leaf in leaves_of(item)} - {None}
    if not rows:
        return "none"
    return "several" if len(rows) > 1 else next(row for row in rows if row is not None)


class Fingerprint:
    """Running SHA-256 over everything that batches hold.

    Tensors of any kind (shape, dtype, bytes), and every other leaf.

    Attributes
    ----------
    unread : set of str
        Types of objects whose contents could not be read: of these, the digest has the name only.
    """

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self._inside: set[int] = set()
        self.unread: set[str] = set()

    def update(self, item: Any) -> None:
        """Add a batch, or any part of one."""
        if isinstance(item, Tensor):
            self._tensor(item)
        elif isinstance(item, Mapping):
            for name, value in item.items():
                self._hash.update(repr(name).encode())
                self.update(value)
        elif isinstance(item, (tuple, list)):
            self._hash.update(f"[{len(item)}]".encode())
            for value in item:
                self.update(value)
        elif isinstance(item, np.ndarray):
            self._hash.update(f"{item.shape}{item.dtype}".encode())
            if item.dtype.hasobject:
                self.update(item.tolist())
            else:
                self._hash.update(np.ascontiguousarray(item).tobytes())
        elif isinstance(item, (str, bytes, int, float, complex, bool, type(None))):
            self._hash.update(repr(item).encode())
        else:
            self._object(item)

    def hexdigest(self) -> str:
        """Return the digest of everything added so far."""
        return self._hash.hexdigest()

    def _tensor(self, item: Tensor) -> None:
        parts = dense_parts(item.detach())
        if item.is_nested or item.layout != torch.strided or item.is_quantized or len(parts) > 1:
            self._hash.update(f"{item.layout}{item.is_nested}{len(parts)}".encode())
            self._hash.update(b"" if item.is_nested else f"{tuple(item.shape)}{item.dtype}".encode())
        for part in parts:
            tensor = part.resolve_conj().resolve_neg().cpu().contiguous()
            self._hash.update(f"{tuple(tensor.shape)}{tensor.dtype}".encode())
            # A single element counts as contiguous whatever its stride, which then stands in the way of bytes.
            self._hash.update(tensor.as_strided((tensor.numel(),), (1,)).view(torch.uint8).numpy().data)

    def _object(self, item: Any) -> None:
        """Add an object: its attributes if it has tensors, else what it pickles to, which has no addresses."""
        name = type(item).__qualname__
        self._hash.update(name.encode())
        if isinstance(item, (set, frozenset)):
            self._hash.update("".join(sorted(map(_digest, item))).encode())
            return
        if id(item) in self._inside or isinstance(item, weakref.ref):
            return
        attributes = attributes_of(item)
        if not any(isinstance(leaf, (Tensor, np.ndarray)) for _, leaf in leaves_of(item)):
            try:
                self._hash.update(pickle.dumps(item, protocol=4))
                return
            except Exception:  # whatever objects do when pickled
                if attributes is None:
                    self.unread.add(name)
        self._inside.add(id(item))
        for attribute, value in (attributes or {}).items():
            self._hash.update(attribute.encode())
            self.update(value)
        self._inside.discard(id(item))


def _digest(item: Any) -> str:
    one = Fingerprint()
    one.update(item)
    return one.hexdigest()


@dataclass(frozen=True)
class BatchedData:
    """A dataset that was read into memory, in batches.

    Attributes
    ----------
    batches : list
    fingerprint : str
        SHA-256 over the tensors; for tensors given whole it does not depend on how they were cut.
    source : str
        What was given, for the record.
    from_tensors : bool
        Whether that was whole tensors, which `batch_size` cut.
    """

    batches: list[Batch]
    fingerprint: str
    source: str
    from_tensors: bool = False

    def placed(self, device: torch.device, dtype: torch.dtype | None) -> "BatchedData":
        """Return the data on a device, floating-point numbers in a type; see `place`."""
        return replace(self, batches=[place(batch, device, dtype) for batch in self.batches])


def read(data: Any, batch_size: int, device: torch.device, check_repeatable: bool) -> BatchedData:
    """Read a dataset into memory.

    Parameters
    ----------
    data : tuple of tensors, list of batches, DataLoader or other sized iterable of batches
        Tensors with equal first dimension are cut into chunks of `batch_size` rows, the last one ragged.
    batch_size : int
        Rows of a chunk; only for tensors.
    device : torch.device
        Whose random state is restored after reading.
    check_repeatable : bool
        Whether lazy sources are read twice and compared.

    Returns
    -------
    BatchedData

    Raises
    ------
    ValueError
        For data that cannot be read twice, differ between two passes, or are empty.
    """
    if isinstance(data, np.ndarray) or (
        isinstance(data, (list, tuple)) and any(isinstance(field, np.ndarray) for field in data)
    ):
        raise ValueError("The data hold NumPy arrays: convert with torch.from_numpy, as (inputs, targets) tensors.")
    fingerprint = Fingerprint()
    if isinstance(data, tuple) and data and all(isinstance(field, Tensor) for field in data):
        _check_values(data, "data")
        if flat := [i for i, field in enumerate(data) if not field.dim()]:
            raise ValueError(f"data[{flat[0]}] is a single number: give tensors with one row per sample in each.")
        sizes = {field.size(0) for field in data}
        if len(sizes) > 1:
            raise ValueError(
                f"The data tensors have first dimensions {[(field.size(0),) for field in data]}: "
                "give tensors with one row per sample in each."
            )
        rows = as_integer(batch_size)
        if rows is None or rows < 1:
            raise ValueError(f"batch_size is {batch_size!r}: give the rows of a chunk, an integer of at least 1.")
        fingerprint.update(data)
        (size,) = sizes
        starts = range(0, size, rows)
        if size <= rows:
            chunks = [data] if size else []
        else:
            pieces = [[rows_of(field, slice(i, min(i + rows, size))) for i in starts] for field in data]
            chunks = list(zip(*pieces, strict=True))
        return BatchedData(_not_empty(chunks), fingerprint.hexdigest(), "tensors", from_tensors=True)
    if isinstance(data, (list, tuple)):
        _check_like_batches(data)
        batches = list(data)
        _check_values(batches, "batch")
        fingerprint.update(batches)
        return BatchedData(_not_empty(batches), fingerprint.hexdigest(), f"list of batches{_unread(fingerprint)}")

    _check_iterable(data)
    holders = (data, getattr(data, "sampler", None), getattr(data, "batch_sampler", None))
    generators = {id(g): g for g in (getattr(holder, "generator", None) for holder in holders) if g is not None}
    with preserve_rng(device, *generators.values()), PrivateGenerators():
        batches = list(data)
        _check_values(batches, "batch")
        fingerprint.update(batches)
        if check_repeatable:
            again = Fingerprint()
            again.update(list(data))
            if again.hexdigest() != fingerprint.hexdigest():
                raise ValueError(
                    f"The batches of the {type(data).__name__} differ between two passes (a shuffling sampler or "
                    "random augmentation), so the objective is not deterministic: use shuffle=False and a fixed "
                    "transform, or pass list(data) to freeze one pass."
                )
    return BatchedData(_not_empty(batches), fingerprint.hexdigest(), f"{type(data).__name__}{_unread(fingerprint)}")


def _unread(fingerprint: Fingerprint) -> str:
    names = ", ".join(sorted(fingerprint.unread))
    return f" (the fingerprint holds no contents of {names})" if names else ""


def rows_of(tensor: Tensor, index: slice | Tensor) -> Tensor:
    """Return rows of a tensor of any kind; a view where a plain one is sliced.

    Raises
    ------
    ValueError
        For layouts that have no rows to be taken.
    """
    if tensor.is_nested:
        numbers = range(tensor.size(0))[index] if isinstance(index, slice) else index.tolist()
        parts = tensor.unbind()
        return torch.nested.as_nested_tensor([parts[i] for i in numbers], layout=tensor.layout)
    if tensor.layout == torch.strided and tensor.is_quantized and tensor.qscheme() not in _PER_TENSOR:
        raise ValueError(f"The data hold a tensor quantised per channel, of which no rows can be taken: {_ONE_BATCH}.")
    if tensor.layout == torch.strided:
        return tensor[index if isinstance(index, slice) else index.to(tensor.device)]
    if tensor.layout not in (torch.sparse_coo, torch.sparse_csr, torch.sparse_csc):
        raise ValueError(
            f"The data hold a tensor of layout {tensor.layout}, of which no rows can be taken: {_ONE_BATCH}."
        )
    chosen = torch.arange(tensor.size(0), device=tensor.device)[
        index if isinstance(index, slice) else index.to(tensor.device)
    ]
    rows = tensor.to_sparse_coo().index_select(0, chosen)
    return rows if tensor.layout == torch.sparse_coo else rows.to_sparse(layout=tensor.layout)


def joined(tensors: list[Tensor]) -> Tensor:
    """Return tensors of one kind joined along their rows."""
    first = tensors[0]
    if first.is_nested:
        return torch.nested.as_nested_tensor([part for t in tensors for part in t.unbind()], layout=first.layout)
    if first.layout in (torch.sparse_csr, torch.sparse_csc):
        return torch.cat([t.to_sparse_coo() for t in tensors]).to_sparse(layout=first.layout)
    return torch.cat(tensors)


_PER_TENSOR = (torch.per_tensor_affine, torch.per_tensor_symmetric)

_ONE_BATCH = "give them as one batch, [(inputs, targets)]"


def _check_values(batches: Any, word: str) -> None:
    """Refuse tensors without numbers in them."""
    for name, leaf in leaves_of(batches):
        if isinstance(leaf, Tensor) and leaf.is_meta:
            raise ValueError(
                f"{word}{name} is on the meta device, which holds shapes and no numbers: give it on another."
            )


def _check_like_batches(data: Any) -> None:
    """Refuse inputs and targets that would be read as two batches."""
    kinds = [type(batch) for batch in data]
    if len(kinds) > 1 and (Tensor in kinds) and any(kind is not Tensor for kind in kinds):
        words = " and a ".join(dict.fromkeys(kind.__name__ for kind in kinds))
        raise ValueError(
            f"data is a {type(data).__name__} of a {words}, which would be read as {len(kinds)} batches: {_ONE_BATCH}, "
            "or a list of several."
        )


def _check_iterable(data: Any) -> None:
    kind = type(data).__name__
    if isinstance(data, IterableDataset):
        raise ValueError(
            f"data is a {kind}, an iterable dataset: pass the list of its batches, list(data), or if it yields single "
            "samples, of a DataLoader over it, list(DataLoader(data, batch_size=...))."
        )
    if isinstance(data, Dataset):
        raise ValueError(
            f"data is a {kind}, a dataset: wrap it in a DataLoader with shuffle=False, or if its items are batches "
            "already, pass [data[i] for i in range(len(data))]."
        )
    if isinstance(data, (Mapping, str)):
        raise ValueError(f"data is a {kind}, which iterates over its keys: for one batch, pass a list of it, [data].")
    if isinstance(data, Tensor) or not hasattr(data, "__iter__"):
        raise ValueError(
            f"data is a {kind}: give (inputs, targets) tensors, a DataLoader, or a sized iterable of batches."
        )
    if isinstance(data, GeneratorType):
        raise ValueError(f"data is a {kind}, which can be read only once: pass a list of its batches, list(data).")
    if hasattr(data, "__next__"):
        raise ValueError(
            f"data is a {kind}, an iterator, which need not give its batches twice: pass a list of them, list(data)."
        )
    try:
        len(data)
    except TypeError:
        raise ValueError(
            f"data is a {kind} without a length, so its end is unknown: pass a list of its batches."
        ) from None


def _not_empty(batches: list[Batch]) -> list[Batch]:
    if not batches:
        raise ValueError("The dataset is empty (no batch): give at least one sample.")
    return batches
