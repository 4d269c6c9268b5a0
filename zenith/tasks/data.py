"""Data as tasks hold them: tensors on a device (`Split`), or samples made when they are asked for (`DatasetSplit`)."""

from __future__ import annotations

import functools
import hashlib
import pickle
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, default_collate

from zenith._common.identity import tensor_bytes
from zenith._common.starting import interrupts_held
from zenith._common.streams import ItemStreams, numbered_seed, stream_seed
from zenith.tasks.augmentation import Augmentation

__all__ = ["Batch", "Data", "DatasetSplit", "Loading", "Request", "Rows", "Split", "fingerprint", "map_tensors", "move"]

Batch = Any
"""Whatever `Split.batch` returns; usually ``(X, y)``."""

Request = tuple[int, Tensor]
"""Epoch and sample indices of a batch."""

ROWS_AT_ONCE = 1024
"""Of tensors in an evaluation."""
SAMPLES_AT_ONCE = 64
"""Of a dataset in an evaluation, unless its DataLoader says how many."""
FINGERPRINTED = 64
"""Samples of a dataset that its fingerprint reads; of tensors it reads all."""
_SHARE_OF_DEVICE = 0.5
"""Of the free memory of a GPU that the tensors of a split may take; larger ones stay in the host's."""


def _as_is(*fields: Any) -> Batch:
    return fields


@dataclass(frozen=True)
class Split:
    """One part of a dataset, as tensors in memory.

    Attributes
    ----------
    fields : tuple of Tensor
        What a sample consists of, one row per sample: equal first dimensions. Images may stay uint8 to save memory.
    transform : callable
        ``transform(*rows) -> batch``, applied to the rows a batch asks for (uint8 -> normalised float32). It must work
        on any device.

    Raises
    ------
    ValueError
        If there is no field, no sample, or the fields differ in length.
    """

    fields: tuple[Tensor, ...]
    transform: Callable[..., Batch] = _as_is

    def __post_init__(self) -> None:
        if any(not field.dim() for field in self.fields):
            raise ValueError("a field of a split is a single number: give tensors with one row per sample")
        lengths = [len(field) for field in self.fields]
        if not lengths or lengths[0] == 0:
            raise ValueError("a split needs at least one sample: the dataset is empty")
        if len(set(lengths)) > 1:
            raise ValueError(f"the fields of a split have {lengths} rows: every sample needs all of them")

    def __len__(self) -> int:
        return len(self.fields[0])

    @property
    def device(self) -> torch.device:
        """Where the batches are."""
        return self.fields[0].device

    @property
    def rows_at_once(self) -> int:
        """Samples of a batch in an evaluation."""
        return ROWS_AT_ONCE

    def batch(self, index: Tensor) -> Batch:
        """Return the samples at `index` (int64, shape ``(batch,)``), transformed."""
        return self.transform(*(field[index] for field in self.fields))

    def batches(self, indices: Iterable[Tensor]) -> Iterator[Batch]:
        """Yield the batches at several `indices`, as `batch` returns them."""
        return (self.batch(index.to(self.device)) for index in indices)

    def select(self, index: Tensor) -> Split:
        """Return the samples at `index` as a split of their own."""
        return Split(tuple(field[index.to(field.device)] for field in self.fields), self.transform)

    def subset(self, n: int, seed: int = 0) -> Split:
        """Return `n` samples drawn uniformly without replacement, in the split's order.

        The draw is fixed by `seed` alone, and nested: with one seed, the samples of a smaller `n` are among those of a
        larger one, so that a measurement on more data refines the measurement on less.

        Raises
        ------
        ValueError
            Unless ``1 <= n <= len(self)``.
        """
        return self.select(_drawn(len(self), n, seed))

    def to(self, device: torch.device | str) -> Split | DatasetSplit:
        """Return the split with its fields on `device`.

        Those that would take more than half of a GPU's free memory stay on the host, and each batch is moved.
        """
        where = torch.device(device)
        if where.type == "cuda" and self.device.type == "cpu":
            size = sum(field.numel() * field.element_size() for field in self.fields)
            if size > _SHARE_OF_DEVICE * torch.cuda.mem_get_info(where)[0]:
                return self.samples().to(where)
        return Split(tuple(field.to(where) for field in self.fields), self.transform)

    def samples(self) -> DatasetSplit:
        """Return the split as a dataset of single samples, on the CPU."""
        return DatasetSplit(Rows(tuple(field.cpu() for field in self.fields)), finish=self.transform)


class Rows(Dataset[Any]):
    """A map-style dataset of the rows of tensors or arrays, which may be mapped from files larger than memory."""

    def __init__(self, fields: Sequence[Any]) -> None:
        self._fields = tuple(fields)

    def __len__(self) -> int:
        return len(self._fields[0])

    def __getitem__(self, index: int) -> tuple[Tensor, ...]:
        return tuple(_tensor(field[index]) for field in self._fields)

    def rows(self, index: Tensor) -> tuple[Tensor, ...]:
        """Return many rows at once."""
        at = index.numpy()
        return tuple(field[index] if isinstance(field, Tensor) else _tensor(field[at]) for field in self._fields)


def _tensor(value: Any) -> Tensor:
    return value if isinstance(value, Tensor) else torch.from_numpy(np.array(value))  # a copy, which can be written to


@dataclass(frozen=True)
class Loading:
    """How batches are made of samples: what a DataLoader says.

    Attributes
    ----------
    collate : callable
        Makes a batch of a list of samples.
    workers : int
        Processes that make batches; 0 for this one.
    pin_memory : bool
    batch_size : int or None
        Of an evaluation.
    options : Mapping
        Others of `torch.utils.data.DataLoader`, for the workers.
    drops_last : bool
        Whether the DataLoader would drop a last batch that is not full, which nothing here does.
    """

    collate: Callable[[list[Any]], Batch] = default_collate
    workers: int = 0
    pin_memory: bool = False
    batch_size: int | None = None
    options: Mapping[str, Any] | None = None
    drops_last: bool = False


class DatasetSplit:
    """One part of a dataset that makes its samples when they are asked for; nothing is kept.

    Parameters
    ----------
    dataset : map-style dataset
        With a length, and samples by their index.
    loading : Loading
    index : Tensor of int64, optional
        Which samples of the dataset these are; all by default.
    device : torch.device or str
        Where batches go.
    finish : callable, optional
        ``finish(*batch)`` of the fields of a batch, on its device.

    Notes
    -----
    Samples may draw from the global generators of torch, NumPy and random, as the transforms of torchvision do. What
    they draw is a function of (seed, epoch, index) in training, and of the index alone in `batch`; the generators are
    left as they were.

    Raises
    ------
    ValueError
        If there is no sample.
    """

    def __init__(
        self,
        dataset: Any,
        loading: Loading | None = None,
        index: Tensor | None = None,
        device: torch.device | str = "cpu",
        finish: Callable[..., Batch] | None = None,
    ) -> None:
        self.dataset, self.loading = dataset, loading if loading is not None else Loading()
        self._index, self.device, self._finish = index, torch.device(device), finish
        self._streams = ItemStreams()
        if len(self) == 0:
            raise ValueError("a split needs at least one sample: the dataset is empty")

    def __len__(self) -> int:
        return len(self.dataset) if self._index is None else len(self._index)

    def __repr__(self) -> str:
        return f"DatasetSplit({len(self)} samples of a {type(self.dataset).__name__})"

    @property
    def rows_at_once(self) -> int:
        """Samples of a batch in an evaluation."""
        size = self.loading.batch_size
        return size if size is not None and size > 1 else SAMPLES_AT_ONCE  # 1 is what a DataLoader has by default

    @property
    def draws(self) -> bool:
        """Whether samples made so far drew random numbers."""
        return self._streams.drew

    def batch(self, index: Tensor) -> Batch:
        """Return the samples at `index` (int64, shape ``(batch,)``) as a batch on the device."""
        return self.place(self.made((0, index.cpu())))

    def batches(self, indices: Iterable[Tensor]) -> Iterator[Batch]:
        """Yield the batches at several `indices`, made by worker processes where the loading says so."""
        every = [index.cpu() for index in indices]
        if len(every) <= self.loading.workers:  # starting them would take longer
            yield from map(self.batch, every)
            return
        for made in self.stream((0, index) for index in every):
            yield self.place(made)

    def select(self, index: Tensor) -> DatasetSplit:
        """Return the samples at `index` as a split of their own."""
        chosen = index.cpu() if self._index is None else self._index[index.cpu()]
        return DatasetSplit(self.dataset, self.loading, chosen, self.device, self._finish)

    def subset(self, n: int, seed: int = 0) -> DatasetSplit:
        """Return `n` samples, as `Split.subset` does."""
        return self.select(_drawn(len(self), n, seed))

    def to(self, device: torch.device | str) -> DatasetSplit:
        """Return the split with batches on `device`."""
        return DatasetSplit(self.dataset, self.loading, self._index, device, self._finish)

    def samples(self) -> DatasetSplit:
        """Return the split itself."""
        return self

    def place(self, made: Batch) -> Batch:
        """Return a batch that was made, on the device."""
        batch = move(made, self.device)
        return batch if self._finish is None else self._finish(*batch)

    def made(self, request: Request, seed: int | None = None, augment: Augmentation | None = None) -> Batch:
        """Return a batch on the host.

        Parameters
        ----------
        request : (int, Tensor)
            Epoch and sample indices.
        seed : int, optional
            Of the run; None for an evaluation, which draws the same numbers in every run.
        augment : Augmentation, optional
        """
        epoch, index = request
        at = (index if self._index is None else self._index[index]).tolist()
        if augment is None and isinstance(self.dataset, Rows):
            return self.dataset.rows(torch.tensor(at, dtype=torch.int64))
        stream = f"samples {epoch}" if seed is not None else "evaluated samples"
        base = stream_seed(seed or 0, stream)

        def one(place: int) -> Any:
            sample = self.dataset[at[place]]
            return sample if augment is None else augment(sample)

        def everything() -> list[Any]:
            many = getattr(self.dataset, "__getitems__", None)
            if many is None or augment is not None:
                return [one(place) for place in range(len(at))]
            return list(many(at))

        return self._streams.make(
            len(at),
            everything,
            one,
            lambda place: numbered_seed(base, at[place]),
            self.loading.collate,
            lambda: stream_seed(base, f"batch {at}"),
        )

    def stream(
        self, requests: Iterator[Request], seed: int | None = None, augment: Augmentation | None = None
    ) -> Iterator[Batch]:
        """Yield what `made` returns for each request, made ahead by worker processes where the loading says so."""
        maker = _Maker(self, seed, augment)
        how = self.loading
        if how.workers == 0:
            yield from map(maker.__getitem__, requests)
            return
        options = dict(how.options or {})
        loader: Any = DataLoader(
            maker,
            batch_size=None,
            sampler=requests,
            collate_fn=_same,
            num_workers=how.workers,
            pin_memory=how.pin_memory and torch.cuda.is_available(),
            generator=torch.Generator(),  # or the global one would give a seed to the workers
            worker_init_fn=functools.partial(_start_worker, options.pop("worker_init_fn", None)),
            **options,
        )
        with interrupts_held():  # which a worker ignores once it has started
            batches = iter(loader)
        yield from batches


@dataclass
class _Maker(Dataset[Any]):
    """Batches by request, as a dataset for the workers of a DataLoader."""

    split: DatasetSplit
    seed: int | None
    augment: Augmentation | None

    def __getitem__(self, request: Request) -> Batch:
        return self.split.made(request, self.seed, self.augment)


def _same(batch: Batch) -> Batch:
    return batch


def _start_worker(also: Callable[[int], None] | None, number: int) -> None:
    # Ctrl-C reaches all processes of a terminal: the parent finishes its step, and then ends its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if also is not None:
        also(number)


@dataclass(frozen=True)
class Data:
    """A loaded dataset.

    Attributes
    ----------
    train, test : Split or DatasetSplit
    fingerprint : str
        SHA-256 over the fields of all splits, with shapes and dtypes, as by `fingerprint`, which makes it if it is
        left out.
    description : str
        Provenance in words: which files were read, in which layout, and what that loses against the original.
    validation : Split or DatasetSplit, optional
        For choices that are made on the way, such as learning rates: neither trained on nor reported.
    """

    train: Split | DatasetSplit
    test: Split | DatasetSplit
    fingerprint: str = ""
    description: str = ""
    validation: Split | DatasetSplit | None = None

    def __post_init__(self) -> None:
        if not self.fingerprint:
            object.__setattr__(self, "fingerprint", fingerprint(*self.parts.values()))

    @property
    def parts(self) -> dict[str, Split | DatasetSplit]:
        """The splits by name: ``train``, ``test``, and ``validation`` if there is one."""
        every = {"train": self.train, "test": self.test, "validation": self.validation}
        return {name: split for name, split in every.items() if split is not None}

    def to(self, device: torch.device | str) -> Data:
        """Return the data with batches on `device`."""
        return replace(self, **{name: split.to(device) for name, split in self.parts.items()})  # type: ignore[arg-type]


def fingerprint(*splits: Split | DatasetSplit) -> str:
    """SHA-256 of splits, as a hexadecimal string.

    Of tensors over the dtypes, shapes and bytes of all fields; of a dataset over its kind, its length and 64 samples
    spread over it.
    """
    digest = hashlib.sha256()
    for split in splits:
        if isinstance(split, DatasetSplit):
            digest.update(f"{type(split.dataset).__qualname__}{len(split)}".encode())
            digest.update(samples_digest(split, _spread(len(split))).encode())
            continue
        for field in split.fields:
            try:
                name = field.new_empty(0, device="cpu").numpy().dtype.str
            except TypeError:  # of a type that NumPy has not
                name = str(field.dtype)
            digest.update(f"{name}{tuple(field.shape)}".encode())
            digest.update(tensor_bytes(field))
    return digest.hexdigest()


def _spread(length: int) -> Tensor:
    n = min(length, FINGERPRINTED)
    return torch.arange(n) * (length - 1) // max(n - 1, 1)


def samples_digest(split: DatasetSplit, index: Tensor) -> str:
    """SHA-256 over single samples of a dataset, without its collate function, as a hexadecimal string."""
    single = DatasetSplit(split.dataset, Loading(collate=list), split._index)
    digest = hashlib.sha256()
    _add(digest, single.made((0, index)))
    split._streams = single._streams if single.draws else split._streams
    return digest.hexdigest()


def _add(digest: Any, item: Any) -> None:
    """Add a sample, or any part of one, to a digest."""
    if isinstance(item, Tensor):
        digest.update(f"{item.dtype}{tuple(item.shape)}".encode())
        digest.update(tensor_bytes(item))
    elif isinstance(item, Mapping):
        for name, value in item.items():
            digest.update(repr(name).encode())
            _add(digest, value)
    elif isinstance(item, (list, tuple)):
        digest.update(f"[{len(item)}]".encode())
        for value in item:
            _add(digest, value)
    elif isinstance(item, np.ndarray) and not item.dtype.hasobject:
        digest.update(f"{item.dtype.str}{item.shape}".encode())
        digest.update(np.ascontiguousarray(item).tobytes())
    elif hasattr(item, "__array_interface__"):  # a picture of PIL
        _add(digest, np.asarray(item))
    elif isinstance(item, (str, bytes, int, float, complex, type(None))):
        digest.update(repr(item).encode())
    else:
        digest.update(pickle.dumps(item, protocol=4))


def map_tensors(function: Callable[[Tensor], Tensor], batch: Batch) -> Batch:
    """Return a batch with `function` applied to every tensor in its mappings, lists and tuples."""
    return _map(lambda item: function(item) if isinstance(item, Tensor) else None, batch)


def _map(function: Callable[[Any], Any], batch: Any) -> Any:
    """Return a batch with what `function` makes of its items; what it makes None of is searched, or stays."""
    made = function(batch)
    if made is not None:
        return made
    if isinstance(batch, Mapping):
        changed = {key: _map(function, value) for key, value in batch.items()}
        return changed if type(batch) is dict else _like(batch, changed)
    if isinstance(batch, tuple) and hasattr(batch, "_fields"):
        return type(batch)(*(_map(function, value) for value in batch))
    if isinstance(batch, (list, tuple)):
        return type(batch)(_map(function, value) for value in batch)
    return batch


def _like(batch: Any, changed: dict[Any, Any]) -> Any:
    try:
        return type(batch)(changed)
    except TypeError:
        return changed


def move(batch: Batch, device: torch.device) -> Batch:
    """Return a batch with every tensor on `device`, and everything else that has a method ``to``."""

    def moved(item: Any) -> Any:
        if isinstance(item, Tensor):
            return item.to(device, non_blocking=True)
        return item.to(device) if callable(getattr(item, "to", None)) else None

    return _map(moved, batch)


def _drawn(length: int, n: int, seed: int) -> Tensor:
    if not 1 <= n <= length:
        raise ValueError(f"a subset of {n} samples of a split that has {length}: give between 1 and {length}")
    order = torch.randperm(length, generator=torch.Generator("cpu").manual_seed(seed), device="cpu")
    return order[:n].sort().values
