"""Hessian, Gauss-Newton and Fisher operators; their eigenvalues, traces, spectra and diagonals.

Examples
--------
>>> ls.curvature.layer_curvature(loss, probes=4)["layer"].values.tolist()
['0', '2']
>>> ls.curvature.top_eigenpairs is ls.top_eigenpairs
True
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
