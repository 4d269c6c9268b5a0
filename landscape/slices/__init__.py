"""The loss along lines and over planes.

Examples
--------
>>> u, v = ls.slices.orthogonal_set([ls.random_direction(loss, seed=s) for s in (0, 1)])
>>> ls.slices.line(loss, u, [0.0, 1.0])["loss"].shape
(2,)
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
