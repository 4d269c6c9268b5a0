"""Errors that several packages raise."""

import re

import torch


class CannotMeasureError(ValueError):
    """What was asked for cannot be measured at this point: the loss, the weights or a product forbid it, no argument does.

    Code that measures many points can record the reason and go on; for other callers it is a ValueError.
    """


def is_out_of_memory(error: BaseException) -> bool:
    """Whether a device or the host ran out of memory; the host's allocator has no exception of its own."""
    return isinstance(error, torch.OutOfMemoryError) or bool(
        re.search(r"can't allocate memory|not enough memory|out of memory", str(error))
    )
