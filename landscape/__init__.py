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
    from landscape.adaptive_slices import adaptive_plane
    from landscape.alignment import Alignment, align
    from landscape.barriers import Barrier
    from landscape.basin import basin_width
    from landscape.between import ModelPlane, direction_between, plane_through
    from landscape.checkpoints import Checkpoint, CheckpointError
    from landscape.connectivity import PathProfile, interpolate, path_profile
    from landscape.curvature.diagonal import Diagonal, hessian_diagonal
    from landscape.curvature.eigenvalues import Eigenpairs, top_eigenpairs
    from landscape.curvature.fisher import FisherOperator
    from landscape.curvature.gauss_newton import GaussNewtonOperator
    from landscape.curvature.hessian import HessianOperator
    from landscape.curvature.minibatch import MinibatchCurvature, minibatch_curvature
    from landscape.curvature.per_layer import layer_curvature
    from landscape.curvature.rescaled import AdaptiveHessianOperator, PreconditionedOperator, adaptive_preconditioner
    from landscape.curvature.spectrum import frobenius_norm, hessian_trace, spectral_density
    from landscape.curve_training import Connection, connect
    from landscape.direction_files import load_directions, save_directions
    from landscape.directions import (
        eigenvector_directions,
        filter_normalize,
        gradient_direction,
        orthogonal_set,
        random_direction,
    )
    from landscape.distributed.data_parallel import DataParallelOperator
    from landscape.distributed.sharded_hessian import ShardedHessianOperator
    from landscape.distributed.sharded_objective import ShardedObjective, shard_parameters, unshard_parameters
    from landscape.flatness import relative_flatness
    from landscape.linalg.error_bounds import Certificate
    from landscape.linalg.spectral_density import Density
    from landscape.objective._torchvision import import_torchvision
    from landscape.objective.detection import detection_loss
    from landscape.objective.objective import Objective
    from landscape.picture import PlaneQuality, plane_quality
    from landscape.sharpness import average_sharpness
    from landscape.slices import line, plane
    from landscape.study import Study, compare, run_study
    from landscape.study.exploring import explore
    from landscape.trajectory import Trajectory, project
    from landscape.true_losses import checkpoint_losses
    from landscape.worst_case import WorstCase, keskar_sharpness, worst_case_sharpness

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
    "random_direction": "landscape.directions",
    "filter_normalize": "landscape.directions",
    "gradient_direction": "landscape.directions",
    "eigenvector_directions": "landscape.directions",
    "orthogonal_set": "landscape.directions",
    "direction_between": "landscape.between",
    "plane_through": "landscape.between",
    "ModelPlane": "landscape.between",
    "save_directions": "landscape.direction_files",
    "load_directions": "landscape.direction_files",
    "line": "landscape.slices",
    "plane": "landscape.slices",
    "adaptive_plane": "landscape.adaptive_slices",
    "plane_quality": "landscape.picture",
    "PlaneQuality": "landscape.picture",
    "Trajectory": "landscape.trajectory",
    "project": "landscape.trajectory",
    "checkpoint_losses": "landscape.true_losses",
    "Checkpoint": "landscape.checkpoints",
    "CheckpointError": "landscape.checkpoints",
    "interpolate": "landscape.connectivity",
    "Barrier": "landscape.barriers",
    "PathProfile": "landscape.connectivity",
    "path_profile": "landscape.connectivity",
    "connect": "landscape.curve_training",
    "Connection": "landscape.curve_training",
    "align": "landscape.alignment",
    "Alignment": "landscape.alignment",
    "average_sharpness": "landscape.sharpness",
    "worst_case_sharpness": "landscape.worst_case",
    "keskar_sharpness": "landscape.worst_case",
    "WorstCase": "landscape.worst_case",
    "relative_flatness": "landscape.flatness",
    "basin_width": "landscape.basin",
    "Study": "landscape.study",
    "compare": "landscape.study",
    "run_study": "landscape.study",
    "explore": "landscape.study.exploring",
}


def __getattr__(name: str) -> Any:
    if name == "plot":
        return importlib.import_module("landscape.plot")
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'landscape' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
