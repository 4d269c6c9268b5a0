"""Paired tests, intervals and rank correlations.

Examples
--------
>>> differences = [0.1, 0.3, 0.2, 0.4, 0.1, 0.2]  # of six seeds
>>> ls.stats.sign_test(differences)
0.03125
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
