"""Errors that a user may catch, and how running out of memory is recognised."""

import re

import torch


class CannotMeasureError(ValueError):
    """A quantity cannot be measured at these weights: the loss, the weights or a product with the matrix forbid it.

    No argument is wrong, so code that measures many points can record the reason and go on with the next; for all other
    callers it is a ValueError.

    Examples
    --------
    >>> diverged = {name: torch.full_like(p, float("nan")) for name, p in loss.parameters.items()}
    >>> try:
    ...     ls.top_eigenpairs(loss.at(diverged))
    ... except ls.CannotMeasureError as error:
    ...     print(str(error).split(",")[0])
    The weights '0.weight' are not finite (a diverged run?)
    """


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether a device or the host ran out of memory; the host's allocator has no exception of its own."""
    return isinstance(error, torch.OutOfMemoryError) or bool(
        re.search(r"can't allocate memory|not enough memory|out of memory", str(error))
    )
