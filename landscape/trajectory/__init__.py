"""Trajectories of training: checkpoints, their projection onto a plane, and their losses.

Examples
--------
>>> start, end = ({name: t * p for name, p in loss.parameters.items()} for t in (0.5, 1.0))
>>> ls.trajectory.project({"run": [start, end]}).explained_variance_ratio.shape
(2,)
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
