"""Paths between models: linear interpolation, curves, alignment.

Examples
--------
>>> path = ls.connectivity.interpolate(loss, model, other)
>>> path.dataset["loss"].dims
('t',)
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
