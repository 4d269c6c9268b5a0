"""Fewer samples of a dataset, the same in every run: the first of a permutation in which the classes take turns."""

from __future__ import annotations

import torch
from torch import Tensor

from zenith._common.validation import check_integer
from zenith.tasks.data import DatasetSplit, Split

__all__ = ["SUBSET_SEED", "balanced_order", "class_balanced"]

SUBSET_SEED = 0


def class_balanced(split: Split | DatasetSplit, samples: int, option: str) -> Split:
    """Return so many samples of a split, as of `balanced_order`; 0 for all, in the split's order.

    Parameters
    ----------
    split : Split
        Of two fields, the second being class numbers.
    samples : int
    option : str
        What the number is called, for messages.

    Raises
    ------
    ValueError
        If it is no whole number from 0, or more than there are.
    """
    assert isinstance(split, Split)
    chosen = balanced_order(split.fields[1], samples, option)
    return split.select(chosen) if samples else split


def balanced_order(labels: Tensor, samples: int, option: str) -> Tensor:
    """Return the indices of the first samples of a permutation in which the classes take turns; 0 for all, in order.

    A smaller number has the first of a larger one, and each class as often as any other, within one, while it lasts.

    Parameters
    ----------
    labels : Tensor of int64, shape (n,)
        Class numbers.
    samples : int
    option : str
        What the number is called, for messages.

    Raises
    ------
    ValueError
        If it is no whole number from 0, or more than there are.
    """
    if not check_integer(option, samples, least=0):
        return torch.arange(len(labels))
    if samples > len(labels):
        raise ValueError(f"{option}={samples} is more than the {len(labels)} samples that are there: take 0 for all")
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(SUBSET_SEED))
    turn = torch.empty(len(labels), dtype=torch.int64)
    for label in labels.unique():
        of_class = labels[order] == label
        turn[of_class] = torch.arange(int(of_class.sum()))
    return order[turn.argsort(stable=True)[:samples]]
