"""A dataset read into memory: batches, samples per batch, and a fingerprint of the tensors.

An objective has to see the same samples at every evaluation, so the data are read once and kept. Sources that build
their batches on the fly (loaders, lazy iterables) are read a second time and compared, because shuffling and random
augmentation would otherwise turn the objective into a different function at each call.
"""

import hashlib
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from landscape.arguments import whole

Batch = Any


def cpu_generator(seed: Any) -> torch.Generator:
    """Return a seeded generator on the CPU, whatever the default device is.

    Raises
    ------
    ValueError
        If the seed is no integer.
    """
    number = whole(seed)
    if number is None:
        raise ValueError(f"seed is {seed!r}: give an integer.")
    return torch.Generator("cpu").manual_seed(number)


def map_tensors(function: Callable[[Tensor], Tensor], batch: Batch) -> Batch:
    """Apply `function` to every tensor in nested tuples, lists and mappings; other leaves are kept."""
    if isinstance(batch, Tensor):
        return function(batch)
    if isinstance(batch, tuple) and hasattr(batch, "_fields"):
        return type(batch)(*(map_tensors(function, item) for item in batch))
    if isinstance(batch, (tuple, list)):
        return type(batch)(map_tensors(function, item) for item in batch)
    if isinstance(batch, Mapping):
        return {name: map_tensors(function, item) for name, item in batch.items()}
    return batch


def tensors_of(batch: Batch) -> list[Tensor]:
    """Return the tensors of a batch, in the order of `map_tensors`."""
    found: list[Tensor] = []

    def note(tensor: Tensor) -> Tensor:
        found.append(tensor)
        return tensor

    map_tensors(note, batch)
    return found


def place(batch: Batch, device: torch.device, dtype: torch.dtype | None) -> Batch:
    """Batch on `device`, its floating-point tensors in `dtype` (None keeps theirs)."""

    def move(tensor: Tensor) -> Tensor:
        return tensor.to(device=device, dtype=dtype if dtype and tensor.is_floating_point() else tensor.dtype)

    return map_tensors(move, batch)


def count_samples(batch: Batch) -> int | None:
    """Return the first dimension that all tensors of a batch share, or None if that does not tell the sample count."""
    sizes: set[int] = set()

    def visit(item: Any, nested: bool) -> bool:
        if isinstance(item, Tensor):
            sizes.update(item.shape[:1])
            return True
        if isinstance(item, Mapping):
            return all(visit(value, True) for value in item.values())
        # A list inside a batch may be one entry per sample (detection) or per input: only the caller knows.
        if isinstance(item, tuple) or (isinstance(item, list) and not nested):
            return all(visit(value, True) for value in item)
        return False

    return sizes.pop() if visit(batch, False) and len(sizes) == 1 else None


class Fingerprint:
    """Running SHA-256 over the tensors (shape, dtype, bytes) and other leaves of batches."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def update(self, item: Any) -> None:
        """Add a batch, or any part of one."""
        if isinstance(item, Tensor):
            tensor = item.detach().cpu().contiguous()
            self._hash.update(f"{tuple(tensor.shape)}{tensor.dtype}".encode())
            if tensor.numel():
                self._hash.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
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
            self._hash.update(np.ascontiguousarray(item).tobytes())
        elif isinstance(item, (str, bytes, int, float, bool, type(None))):
            self._hash.update(repr(item).encode())
        else:  # an opaque object: its repr may hold an address, so only its type can be compared
            self._hash.update(type(item).__qualname__.encode())

    def hexdigest(self) -> str:
        """Return the digest of everything added so far."""
        return self._hash.hexdigest()


@contextmanager
def preserve_rng(device: torch.device, *generators: torch.Generator) -> Iterator[None]:
    """Restore Python's, NumPy's and torch's random states, and those of `generators`, on leaving."""
    state_python, state_numpy, state_torch = random.getstate(), np.random.get_state(), torch.get_rng_state()  # noqa: NPY002
    state_cuda = torch.cuda.get_rng_state(device) if device.type == "cuda" else None
    state_mps = torch.mps.get_rng_state() if device.type == "mps" else None
    states = [generator.get_state() for generator in generators]
    try:
        yield
    finally:
        random.setstate(state_python)
        np.random.set_state(state_numpy)  # noqa: NPY002
        torch.set_rng_state(state_torch)
        if state_cuda is not None:
            torch.cuda.set_rng_state(state_cuda, device)
        if state_mps is not None:
            torch.mps.set_rng_state(state_mps)
        for generator, state in zip(generators, states, strict=True):
            generator.set_state(state)


def read(data: Any, batch_size: int, device: torch.device, check_repeatable: bool) -> tuple[list[Batch], str, str]:
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
    batches : list
    fingerprint : str
        SHA-256 over the tensors; for tensors given whole it does not depend on `batch_size`.
    source : str
        The kind of source, in words.

    Raises
    ------
    ValueError
        For data that cannot be read twice, differ between two passes, or are empty.
    """
    fields = data if isinstance(data, (list, tuple)) else (data,)
    if any(isinstance(field, np.ndarray) for field in fields):
        raise ValueError("The data hold NumPy arrays: convert with torch.from_numpy, as (inputs, targets) tensors.")
    fingerprint = Fingerprint()
    if isinstance(data, tuple) and data and all(isinstance(field, Tensor) for field in data):
        sizes = {field.shape[0] if field.dim() else 0 for field in data}
        if len(sizes) > 1:
            raise ValueError(
                f"The data tensors have first dimensions {[tuple(field.shape[:1]) for field in data]}: "
                "give tensors with one row per sample in each."
            )
        rows = whole(batch_size)
        if rows is None or rows < 1:
            raise ValueError(f"batch_size is {batch_size!r}: give the rows of a chunk, an integer of at least 1.")
        fingerprint.update(data)
        chunks = list(zip(*(field.split(rows) for field in data), strict=True)) if sizes != {0} else []
        return _not_empty(chunks), fingerprint.hexdigest(), "tensors"
    if isinstance(data, (list, tuple)):
        batches = list(data)
        fingerprint.update(batches)
        return _not_empty(batches), fingerprint.hexdigest(), "list of batches"

    _check_iterable(data)
    holders = (data, getattr(data, "sampler", None), getattr(data, "batch_sampler", None))
    generators = {id(g): g for g in (getattr(holder, "generator", None) for holder in holders) if g is not None}
    with preserve_rng(device, *generators.values()):
        batches = list(data)
        fingerprint.update(batches)
        if check_repeatable:
            again = Fingerprint()
            again.update(list(data))
            if again.hexdigest() != fingerprint.hexdigest():
                raise ValueError(
                    f"The batches of the {type(data).__name__} differ between two passes (a shuffling sampler or random "
                    "augmentation), so the objective is not deterministic: use shuffle=False and a fixed transform, "
                    "or pass list(data) to freeze one pass."
                )
    return _not_empty(batches), fingerprint.hexdigest(), type(data).__name__


def _check_iterable(data: Any) -> None:
    kind = type(data).__name__
    if isinstance(data, Dataset):
        raise ValueError(f"data is a {kind}, which yields single samples: wrap it in a DataLoader with shuffle=False.")
    if isinstance(data, Tensor) or not hasattr(data, "__iter__"):
        raise ValueError(
            f"data is a {kind}: give (inputs, targets) tensors, a DataLoader, or a sized iterable of batches."
        )
    if hasattr(data, "__next__"):
        raise ValueError(f"data is a {kind}, which can be read only once: pass a list of its batches, list(data).")
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
