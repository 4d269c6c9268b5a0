"""Errors that several packages raise."""


class CannotMeasureError(ValueError):
    """What was asked for cannot be measured at this point: the loss, the weights or a product forbid it, no argument does.

    Code that measures many points can record the reason and go on; for other callers it is a ValueError.
    """
