"""landscape measures and draws the loss surface of any PyTorch model.

Names are imported when they are first used, so that ``landscape --help`` and the plotting classes do not wait for torch.

Examples
--------
The examples of this package start from these lines:

>>> import torch
>>> import landscape as ls
>>> _ = torch.manual_seed(0)
>>> def network():
...     return torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 3))
>>> model, other = network(), network()
>>> X = torch.randn(60, 4)
>>> y = X[:, :3].argmax(1)
>>> loss = ls.Objective(model, torch.nn.CrossEntropyLoss(), (X, y))

And so one goes on:

>>> top = ls.top_eigenpairs(loss)
>>> top.values.round(2), top.residuals < 1e-3 * top.values
(array([0.85]), array([ True]))
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from landscape import plot
    from landscape._common.estimate import Estimate
    from landscape._common.interrupts import Interrupted
    from landscape.connectivity.alignment.align import Alignment, align
    from landscape.connectivity.curve_finding import Connection, connect
    from landscape.connectivity.linear import Barrier, PathProfile, interpolate, path_profile
    from landscape.connectivity.models import ModelPlane, direction_between, plane_through
    from landscape.curvature.diagonal import Diagonal, hessian_diagonal
    from landscape.curvature.eigenvalues import Eigenpairs, top_eigenpairs
    from landscape.curvature.fisher import FisherOperator
    from landscape.curvature.gauss_newton import GaussNewtonOperator
    from landscape.curvature.hessian import HessianOperator
    from landscape.curvature.minibatch import MinibatchCurvature, minibatch_curvature
    from landscape.curvature.per_layer import layer_curvature
    from landscape.curvature.rescaled import AdaptiveHessianOperator, PreconditionedOperator, adaptive_preconditioner
    from landscape.curvature.spectrum import frobenius_norm, hessian_trace, spectral_density
    from landscape.distributed.data_parallel import DataParallelOperator
    from landscape.distributed.sharded_hessian import ShardedHessianOperator
    from landscape.distributed.sharded_objective import ShardedObjective, shard_parameters, unshard_parameters
    from landscape.linalg.error_bounds import Certificate
    from landscape.linalg.spectral_density import Density
    from landscape.objective._torchvision import import_torchvision
    from landscape.objective.detection import detection_loss
    from landscape.objective.objective import Objective
    from landscape.sharpness.average import average_sharpness
    from landscape.sharpness.basin_width import basin_width
    from landscape.sharpness.relative_flatness import relative_flatness
    from landscape.sharpness.worst_case import WorstCase, keskar_sharpness, worst_case_sharpness
    from landscape.slices.adaptive import adaptive_plane
    from landscape.slices.direction_files import load_directions, save_directions
    from landscape.slices.directions import (
        eigenvector_directions,
        filter_normalize,
        gradient_direction,
        orthogonal_set,
        random_direction,
    )
    from landscape.slices.grid import line, plane
    from landscape.slices.plane_quality import PlaneQuality, plane_quality
    from landscape.study import Study, compare, run_study
    from landscape.study.explore import explore
    from landscape.trajectory.checkpoints import Checkpoint, CheckpointError
    from landscape.trajectory.losses import checkpoint_losses
    from landscape.trajectory.projection import Trajectory, project

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
    "AdaptiveHessianOperator",
    "adaptive_preconditioner",
    "DataParallelOperator",
    "ShardedObjective",
    "ShardedHessianOperator",
    "shard_parameters",
    "unshard_parameters",
    # what is measured of them
    "Interrupted",
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
    "gradient_direction",
    "eigenvector_directions",
    "orthogonal_set",
    "direction_between",
    "plane_through",
    "ModelPlane",
    "save_directions",
    "load_directions",
    "line",
    "plane",
    "adaptive_plane",
    "plane_quality",
    "PlaneQuality",
    "Trajectory",
    "project",
    "checkpoint_losses",
    "Checkpoint",
    "CheckpointError",
    # between models
    "interpolate",
    "Barrier",
    "PathProfile",
    "path_profile",
    "connect",
    "Connection",
    "align",
    "Alignment",
    # sharpness
    "average_sharpness",
    "worst_case_sharpness",
    "keskar_sharpness",
    "WorstCase",
    "relative_flatness",
    "basin_width",
    # figures and studies
    "plot",
    "Study",
    "compare",
    "run_study",
    "explore",
]

_HOMES = {
    "Objective": "landscape.objective.objective",
    "detection_loss": "landscape.objective.detection",
    "import_torchvision": "landscape.objective._torchvision",
    "HessianOperator": "landscape.curvature.hessian",
    "GaussNewtonOperator": "landscape.curvature.gauss_newton",
    "FisherOperator": "landscape.curvature.fisher",
    "PreconditionedOperator": "landscape.curvature.rescaled",
    "AdaptiveHessianOperator": "landscape.curvature.rescaled",
    "adaptive_preconditioner": "landscape.curvature.rescaled",
    "DataParallelOperator": "landscape.distributed.data_parallel",
    "ShardedObjective": "landscape.distributed.sharded_objective",
    "ShardedHessianOperator": "landscape.distributed.sharded_hessian",
    "shard_parameters": "landscape.distributed.sharded_objective",
    "unshard_parameters": "landscape.distributed.sharded_objective",
    "Interrupted": "landscape._common.interrupts",
    "Eigenpairs": "landscape.curvature.eigenvalues",
    "Certificate": "landscape.linalg.error_bounds",
    "top_eigenpairs": "landscape.curvature.eigenvalues",
    "Estimate": "landscape._common.estimate",
    "hessian_trace": "landscape.curvature.spectrum",
    "frobenius_norm": "landscape.curvature.spectrum",
    "hessian_diagonal": "landscape.curvature.diagonal",
    "Diagonal": "landscape.curvature.diagonal",
    "spectral_density": "landscape.curvature.spectrum",
    "Density": "landscape.linalg.spectral_density",
    "layer_curvature": "landscape.curvature.per_layer",
    "minibatch_curvature": "landscape.curvature.minibatch",
    "MinibatchCurvature": "landscape.curvature.minibatch",
    "random_direction": "landscape.slices.directions",
    "filter_normalize": "landscape.slices.directions",
    "gradient_direction": "landscape.slices.directions",
    "eigenvector_directions": "landscape.slices.directions",
    "orthogonal_set": "landscape.slices.directions",
    "direction_between": "landscape.connectivity.models",
    "plane_through": "landscape.connectivity.models",
    "ModelPlane": "landscape.connectivity.models",
    "save_directions": "landscape.slices.direction_files",
    "load_directions": "landscape.slices.direction_files",
    "line": "landscape.slices.grid",
    "plane": "landscape.slices.grid",
    "adaptive_plane": "landscape.slices.adaptive",
    "plane_quality": "landscape.slices.plane_quality",
    "PlaneQuality": "landscape.slices.plane_quality",
    "Trajectory": "landscape.trajectory.projection",
    "project": "landscape.trajectory.projection",
    "checkpoint_losses": "landscape.trajectory.losses",
    "Checkpoint": "landscape.trajectory.checkpoints",
    "CheckpointError": "landscape.trajectory.checkpoints",
    "interpolate": "landscape.connectivity.linear",
    "Barrier": "landscape.connectivity.linear",
    "PathProfile": "landscape.connectivity.linear",
    "path_profile": "landscape.connectivity.linear",
    "connect": "landscape.connectivity.curve_finding",
    "Connection": "landscape.connectivity.curve_finding",
    "align": "landscape.connectivity.alignment.align",
    "Alignment": "landscape.connectivity.alignment.align",
    "average_sharpness": "landscape.sharpness.average",
    "worst_case_sharpness": "landscape.sharpness.worst_case",
    "keskar_sharpness": "landscape.sharpness.worst_case",
    "WorstCase": "landscape.sharpness.worst_case",
    "relative_flatness": "landscape.sharpness.relative_flatness",
    "basin_width": "landscape.sharpness.basin_width",
    "Study": "landscape.study",
    "compare": "landscape.study",
    "run_study": "landscape.study",
    "explore": "landscape.study.explore",
}


def __getattr__(name: str) -> Any:
    if name == "plot":
        return importlib.import_module("landscape.plot")
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'landscape' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
