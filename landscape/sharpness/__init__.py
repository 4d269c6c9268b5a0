"""Sharpness measures: average, worst-case, relative flatness, basin width.

Examples
--------
>>> ls.sharpness.average_sharpness(loss, rho=0.05).standard_error > 0
True
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
