"""Read what people have as data: tensors, arrays, columns, map-style Datasets and DataLoaders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import (
    BatchSampler,
    DataLoader,
    IterableDataset,
    RandomSampler,
    SequentialSampler,
    Subset,
    TensorDataset,
    default_collate,
)

from zenith.tasks.data import Batch, DatasetSplit, Loading, Rows, Split

__all__ = ["read_part"]

_ARRAYS = (Tensor, np.ndarray)


class _Columns:
    """Makes a mapping of columns of their rows."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = tuple(names)

    def __call__(self, *rows: Tensor) -> Batch:
        return dict(zip(self._names, rows, strict=True))


def read_part(given: Any, part: str, task: str) -> Split | DatasetSplit:
    """Return one part of a task's data as a split on the CPU, or where its tensors are.

    Parameters
    ----------
    given : data
        As for `zenith.Task`.
    part, task : str
        "training", "test" or "validation", and the task's name, for messages.

    Raises
    ------
    ValueError
        For what is none, is empty, or cannot be read in an order of ours.
    """
    where = f"the {part} set of task '{task}'"
    if isinstance(given, (Split, DatasetSplit)):
        return given
    if isinstance(given, DataLoader):
        return _of_loader(given, where)
    if isinstance(given, _ARRAYS):
        given = (given,)
    fields = given if isinstance(given, tuple) else (given,)
    if any(hasattr(field, "to_numpy") for field in fields):  # of pandas or polars
        raise ValueError(
            f"{where} is made of {', '.join(type(field).__name__ for field in fields)}: give arrays or tensors with "
            f"one row per sample, such as (X.to_numpy(), y.to_numpy())"
        )
    if isinstance(given, tuple) and given and all(isinstance(field, list) for field in given):
        raise ValueError(
            f"{where} is a tuple of {len(given)} lists: give tensors with one row per sample, such as "
            f"(torch.tensor(X), torch.tensor(y)), or a list of samples, [(x, y), ...]"
        )
    if isinstance(given, tuple) and given and all(isinstance(field, _ARRAYS) for field in given):
        return _of_fields(given, where, None)
    if isinstance(given, (list, tuple)) and given and all(isinstance(field, _ARRAYS) for field in given):
        raise ValueError(
            f"{where} is a list of {len(given)} tensors, which may be fields or samples: give a tuple of fields, "
            f"(X, y), or a list of samples, [(x, y), ...]"
        )
    if isinstance(given, Mapping):
        if not given or not all(isinstance(column, _ARRAYS) for column in given.values()):
            raise ValueError(
                f"{where} is a mapping of {', '.join(map(str, given)) or 'nothing'}: give one of its parts, or a "
                f"mapping of names to tensors with one row per sample"
            )
        return _of_fields(tuple(given.values()), where, _Columns(map(str, given)))
    return _of_dataset(given, where, Loading())


def _of_fields(fields: tuple[Any, ...], where: str, transform: _Columns | None) -> Split | DatasetSplit:
    if flat := [place for place, field in enumerate(fields) if not field.ndim]:
        raise ValueError(f"{where} has a single number as field {flat[0]}: give tensors with one row per sample")
    lengths = [len(field) for field in fields]
    if len(set(lengths)) > 1:
        raise ValueError(f"the fields of {where} have {lengths} rows: every sample needs all of them")
    if not lengths[0]:
        raise ValueError(f"{where} is empty: give it at least one sample")
    for field in fields:
        if isinstance(field, np.ndarray) and field.dtype.kind not in "biufc":
            raise ValueError(
                f"{where} has a field of {field.dtype}, of which no tensor can be made: give numbers, or a Dataset "
                f"that turns it into them"
            )
    if any(isinstance(field, np.memmap) for field in fields):
        return DatasetSplit(Rows(fields), finish=transform)
    tensors = tuple(
        field if isinstance(field, Tensor) else torch.from_numpy(np.ascontiguousarray(field)) for field in fields
    )
    return Split(tensors) if transform is None else Split(tensors, transform)


def _of_loader(loader: DataLoader[Any], where: str) -> Split | DatasetSplit:
    _check_order(loader, where)
    options = {"timeout": loader.timeout, "worker_init_fn": loader.worker_init_fn}
    if loader.num_workers:
        options |= {
            "prefetch_factor": loader.prefetch_factor,
            "multiprocessing_context": loader.multiprocessing_context,
        }
    size = loader.batch_size or getattr(loader.batch_sampler, "batch_size", None)
    loading = Loading(loader.collate_fn, loader.num_workers, loader.pin_memory, size, options, _drops_last(loader))
    return _of_dataset(loader.dataset, where, loading)


def _drops_last(loader: DataLoader[Any]) -> bool:
    return loader.drop_last or bool(getattr(loader.batch_sampler, "drop_last", False))


def _check_order(loader: DataLoader[Any], where: str) -> None:
    """Refuse loaders whose order means something, because it would be replaced."""
    if isinstance(loader.dataset, IterableDataset):
        return
    if loader.batch_sampler is None:
        raise ValueError(
            f"{where} is a DataLoader with batch_size=None, whose dataset makes whole batches: give a dataset of "
            f"single samples"
        )
    sampler: Any = loader.sampler
    own = type(loader.batch_sampler) is not BatchSampler
    if own or type(sampler) not in (SequentialSampler, RandomSampler) or getattr(sampler, "replacement", False):
        kind = type(loader.batch_sampler if own else sampler).__name__
        raise ValueError(
            f"{where} is a DataLoader with a {kind}, whose order would be replaced by one that all methods share: give "
            f"its dataset, or a torch.utils.data.Subset of the samples that are meant"
        )


def _of_dataset(dataset: Any, where: str, loading: Loading) -> Split | DatasetSplit:
    kind = type(dataset).__name__
    if isinstance(dataset, (str, Path)):
        raise ValueError(
            f"{where} is the text '{dataset}': give a Dataset that reads it, or data=, a function that loads"
        )
    if isinstance(dataset, type):
        raise ValueError(f"{where} is the class {dataset.__name__}: give an object of it")
    if isinstance(dataset, IterableDataset):
        raise ValueError(
            f"{where} is a {kind}, an iterable dataset, whose order cannot be the same for all methods: give a dataset "
            f"that returns samples by their index"
        )
    if hasattr(dataset, "__next__"):
        raise ValueError(
            f"{where} is a {kind}, which is used up after one pass: give what it is made from, or list(...) of it if "
            f"it fits into memory"
        )
    if not hasattr(dataset, "__getitem__"):
        raise ValueError(
            f"{where} is a {kind}: give tensors (X, y), a map-style Dataset or a DataLoader (samples are asked for by "
            "their index)"
        )
    try:
        length = len(dataset)
    except TypeError:
        raise ValueError(f"{where} is a {kind} without a length: give it a method __len__") from None
    if length == 0:
        raise ValueError(f"{where} is empty: give it at least one sample")
    if loading.collate is default_collate and loading.workers == 0:
        index = None
        inner = dataset
        while type(inner) is Subset:
            chosen = torch.as_tensor(inner.indices, dtype=torch.int64)
            index = chosen if index is None else chosen[index]
            inner = inner.dataset
        if type(inner) is TensorDataset:
            split = Split(tuple(inner.tensors))
            return split if index is None else split.select(index)
    return DatasetSplit(dataset, loading)
