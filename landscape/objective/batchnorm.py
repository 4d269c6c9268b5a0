"""Batch norm in an objective: how it may be treated, and running statistics as averages over batches."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal, get_args

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

BatchNorm = Literal["frozen", "batch", "recomputed"]


def check_batchnorm(batchnorm: Any, is_sharded: bool = False) -> None:
    """Raise ValueError for an unknown treatment, and for one that ranks cannot share."""
    if batchnorm not in get_args(BatchNorm):
        raise ValueError(f'batchnorm is {batchnorm!r}: choose "frozen" (running statistics), "batch" or "recomputed".')
    if batchnorm == "recomputed" and is_sharded:
        raise ValueError('batchnorm="recomputed" needs whole parameters in one process: build an Objective.')


@contextmanager
def averaged_statistics(norms: Sequence[_BatchNorm]) -> Iterator[None]:
    """Context in which batch norms normalise with each batch's statistics and keep the mean of these over all batches.

    The running buffers hold, after every call, the averages of the batches' means and unbiased variances, weighted by
    the values per channel: PyTorch's cumulative average (`momentum=None`), but for a ragged last batch, which there
    counts as much as any other. A norm that is not called keeps what it had.
    """
    seen: dict[_BatchNorm, int] = {}

    def weigh(norm: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        assert isinstance(norm, _BatchNorm)
        (x,) = (*args, *kwargs.values())
        values = x.numel() // max(x.shape[1], 1)
        if values < 2:
            raise ValueError(
                f"A batch norm sees {values} value(s) per channel in one of the batches that its statistics are "
                "recomputed on, which have no variance: choose a batch_size that leaves no batch of a single sample."
            )
        if norm not in seen:  # what is there may not be finite, and would survive a multiplication with zero
            norm.running_mean.zero_()  # type: ignore[union-attr]
            norm.running_var.fill_(1)  # type: ignore[union-attr]
        seen[norm] = seen.get(norm, 0) + values
        norm.momentum = values / seen[norm]

    momenta = [norm.momentum for norm in norms]
    handles = []
    try:
        for norm in norms:
            handles.append(norm.register_forward_pre_hook(weigh, with_kwargs=True))
            norm.training = True
        yield
    finally:
        for handle in handles:
            handle.remove()
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.training, norm.momentum = False, momentum
