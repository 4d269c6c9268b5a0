__version__: str

# the loss as a function of the weights
from .objective import Objective as Objective
from .objective import detection_loss as detection_loss
from .objective import import_torchvision as import_torchvision

# curvature matrices
from .curvature import HessianOperator as HessianOperator
from .curvature import GaussNewtonOperator as GaussNewtonOperator
from .curvature import FisherOperator as FisherOperator
from .curvature import PreconditionedOperator as PreconditionedOperator
from .curvature import AdaptiveHessianOperator as AdaptiveHessianOperator
from .curvature import adaptive_preconditioner as adaptive_preconditioner

# what is measured of them
from ._common.interrupts import Interrupted as Interrupted
from ._common.errors import CannotMeasureError as CannotMeasureError
from .curvature import Eigenpairs as Eigenpairs
from .linalg import Certificate as Certificate
from .curvature import top_eigenpairs as top_eigenpairs
from ._common.estimate import Estimate as Estimate
from .curvature import hessian_trace as hessian_trace
from .curvature import frobenius_norm as frobenius_norm
from .curvature import hessian_diagonal as hessian_diagonal
from .curvature import Diagonal as Diagonal
from .curvature import spectral_density as spectral_density
from .linalg import Density as Density
from .curvature import layer_curvature as layer_curvature
from .curvature import minibatch_curvature as minibatch_curvature
from .curvature import MinibatchCurvature as MinibatchCurvature
from .curvature import edge_of_stability as edge_of_stability
from .curvature import EdgeOfStability as EdgeOfStability
from .curvature import stability_threshold as stability_threshold
from .curvature import StabilityThreshold as StabilityThreshold

# slices
from .slices import random_direction as random_direction
from .slices import line as line
from .slices import plane as plane
from .slices import adaptive_plane as adaptive_plane
from .trajectory import project as project

# watching a training
from . import monitor as monitor
from .monitor import SharpnessMonitor as SharpnessMonitor
from .monitor import MonitorRecord as MonitorRecord

# all names by subject
from . import objective as objective
from . import curvature as curvature
from . import slices as slices
from . import trajectory as trajectory
from . import connectivity as connectivity
from . import sharpness as sharpness
from . import distributed as distributed
from . import stats as stats

# figures and studies
from .stats import paired_comparison as paired_comparison
from .stats import PairedComparison as PairedComparison
from . import plot as plot
from .study import EngineSpec as EngineSpec
from .study import MeasureSpec as MeasureSpec
from .study import Study as Study
from .study import StudySpec as StudySpec
from .study import TuningSpec as TuningSpec
from .study import compare as compare
from .study import run_study as run_study
from .study.papers import run_paper as run_paper
from .study.explore import explore as explore
