from .error_bounds import Certificate as Certificate
from .operator import SymmetricOperator as SymmetricOperator
from .operator import WrappedOperator as WrappedOperator
from .spectral_density import Density as Density
