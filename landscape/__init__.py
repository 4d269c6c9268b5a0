"""landscape measures and draws the loss surface of any PyTorch model.

Names are imported when they are first used, so that ``landscape --help`` and the plotting classes do not wait for torch.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from landscape import plot
    from landscape.directions import filter_normalize, random_direction
    from landscape.eigen import Eigenpairs, top_eigenpairs
    from landscape.estimate import Estimate
    from landscape.hessian import HessianOperator
    from landscape.objective import Objective
    from landscape.sharpness import average_sharpness
    from landscape.slices import line, plane
    from landscape.spectrum import hessian_trace
    from landscape.study import Study, compare, run_study
    from landscape.trajectory import Trajectory, project

__all__ = [  # noqa: RUF022 (grouped by room, in the order the data flows)
    # the loss as a function of the weights
    "Objective",
    "HessianOperator",
    # curvature
    "Eigenpairs",
    "top_eigenpairs",
    "Estimate",
    "hessian_trace",
    # slices
    "random_direction",
    "filter_normalize",
    "line",
    "plane",
    "Trajectory",
    "project",
    # sharpness
    "average_sharpness",
    # figures and studies
    "plot",
    "Study",
    "compare",
    "run_study",
]

_HOMES = {
    "Objective": "objective",
    "HessianOperator": "hessian",
    "Eigenpairs": "eigen",
    "top_eigenpairs": "eigen",
    "Estimate": "estimate",
    "hessian_trace": "spectrum",
    "random_direction": "directions",
    "filter_normalize": "directions",
    "line": "slices",
    "plane": "slices",
    "Trajectory": "trajectory",
    "project": "trajectory",
    "average_sharpness": "sharpness",
    "Study": "study",
    "compare": "study",
    "run_study": "study",
}


def __getattr__(name: str) -> Any:
    if name == "plot":
        return importlib.import_module("landscape.plot")
    if name in _HOMES:
        return getattr(importlib.import_module(f"landscape.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'landscape' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
