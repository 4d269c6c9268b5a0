__version__: str

# the loss as a function of the weights
from .objective import Objective as Objective

# curvature matrices
from .curvature import HessianOperator as HessianOperator

# what is measured of them
from ._common.interrupts import Interrupted as Interrupted
from ._common.errors import CannotMeasureError as CannotMeasureError
from .curvature import top_eigenpairs as top_eigenpairs
from .curvature import hessian_trace as hessian_trace
from .curvature import spectral_density as spectral_density
from .curvature import edge_of_stability as edge_of_stability

# slices
from .slices import random_direction as random_direction
from .slices import line as line
from .slices import plane as plane
from .slices import adaptive_plane as adaptive_plane
from .trajectory import project as project

# watching a training
from . import monitor as monitor
from .monitor import SharpnessMonitor as SharpnessMonitor

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
