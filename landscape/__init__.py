"""landscape measures and draws the loss surface of any PyTorch model.

Names are imported when they are first used, so that ``landscape --help`` and the plotting classes do not wait for torch.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from landscape import plot
    from landscape._torchvision import import_torchvision
    from landscape.certificate import Certificate
    from landscape.density import Density, spectral_density
    from landscape.detection import detection_loss
    from landscape.diagonal import Diagonal, hessian_diagonal
    from landscape.directions import filter_normalize, random_direction
    from landscape.distributed import DataParallelOperator
    from landscape.eigen import Eigenpairs, top_eigenpairs
    from landscape.estimate import Estimate
    from landscape.fisher import FisherOperator
    from landscape.gauss_newton import GaussNewtonOperator
    from landscape.hessian import HessianOperator
    from landscape.layers import layer_curvature
    from landscape.minibatch import MinibatchCurvature, minibatch_curvature
    from landscape.objective import Objective
    from landscape.precondition import PreconditionedOperator, adaptive_preconditioner
    from landscape.sharded import ShardedHessianOperator, ShardedObjective, shard_parameters, unshard_parameters
    from landscape.sharpness import average_sharpness
    from landscape.slices import line, plane
    from landscape.spectrum import frobenius_norm, hessian_trace
    from landscape.study import Study, compare, run_study
    from landscape.trajectory import Trajectory, project

__all__ = [  # noqa: RUF022 (grouped by room, in the order the data flows)
    # the loss as a function of the weights
    "Objective",
    "detection_loss",
    "import_torchvision",
    # curvature matrices
    "HessianOperator",
    "GaussNewtonOperator",
    "FisherOperator",
    "PreconditionedOperator",
    "adaptive_preconditioner",
    "DataParallelOperator",
    "ShardedObjective",
    "ShardedHessianOperator",
    "shard_parameters",
    "unshard_parameters",
    # what is measured of them
    "Eigenpairs",
    "Certificate",
    "top_eigenpairs",
    "Estimate",
    "hessian_trace",
    "frobenius_norm",
    "hessian_diagonal",
    "Diagonal",
    "spectral_density",
    "Density",
    "layer_curvature",
    "minibatch_curvature",
    "MinibatchCurvature",
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
    "detection_loss": "detection",
    "import_torchvision": "_torchvision",
    "HessianOperator": "hessian",
    "GaussNewtonOperator": "gauss_newton",
    "FisherOperator": "fisher",
    "PreconditionedOperator": "precondition",
    "adaptive_preconditioner": "precondition",
    "DataParallelOperator": "distributed",
    "ShardedObjective": "sharded",
    "ShardedHessianOperator": "sharded",
    "shard_parameters": "sharded",
    "unshard_parameters": "sharded",
    "Eigenpairs": "eigen",
    "Certificate": "certificate",
    "top_eigenpairs": "eigen",
    "Estimate": "estimate",
    "hessian_trace": "spectrum",
    "frobenius_norm": "spectrum",
    "hessian_diagonal": "diagonal",
    "Diagonal": "diagonal",
    "spectral_density": "density",
    "Density": "density",
    "layer_curvature": "layers",
    "minibatch_curvature": "minibatch",
    "MinibatchCurvature": "minibatch",
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
