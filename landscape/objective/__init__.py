"""The loss of a model on data as a function of its parameters.

Examples
--------
>>> ls.objective.Objective is ls.Objective
True
>>> "detection_loss" in dir(ls.objective)
True
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
