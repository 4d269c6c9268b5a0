r"""The Hessian in units of the weights, which rescaling a network leaves as it is."""

import copy
from abc import abstractmethod
from typing import Any

import torch
from torch import Tensor

from landscape.hessian import HessianOperator
from landscape.linalg.operator import WrappedOperator
from landscape.neighbourhood import SCALES, Adaptive, lengths, scale_name
from landscape.objective.objective import Objective


class CongruentOperator(WrappedOperator):
    """The matrix S A S of a symmetric operator A and a symmetric matrix S known by its products.

    Parameters
    ----------
    operator : SymmetricOperator
        A, on one process.

    Attributes
    ----------
    products : int
        Products with a vector so far, each one product with A.

    Notes
    -----
    Vectors are in the coordinates of S A S; the step in the parameters that x stands for is S x.
    """

    @abstractmethod
    def transform(self, vectors: Tensor) -> Tensor:
        """Return S times the columns of a matrix of shape (size, k), in a new tensor."""

    def matvec(self, vector: Tensor) -> Tensor:
        """Return the product with a vector of shape (size,)."""
        self.products += 1
        inner = self.transform(vector[:, None].to(self.device, self.dtype))[:, 0]
        return self.transform(self.operator.matvec(inner)[:, None])[:, 0]

    def matmat(self, vectors: Tensor) -> Tensor:
        """Return the product with the columns of a matrix of shape (size, k)."""
        self.products += vectors.shape[1]
        return self.transform(self.operator.matmat(self.transform(vectors.to(self.device, self.dtype))))

    def rounding_errors(self, rows: Tensor, *, thorough: bool = False) -> Tensor | None:
        """Measure how products are off because every operation inside them rounds; see `SymmetricOperator`."""
        inner = self.operator.rounding_errors(self.transform(rows.T).T, thorough=thorough)
        return None if inner is None else torch.stack([self.transform(errors.T).T for errors in inner])

    def step(self, direction: Any) -> dict[str, Tensor]:
        """Return the step S x in the parameters that a mapping x, such as an eigenvector, stands for."""
        return self.unflatten(self.transform(self.flatten(direction)[:, None])[:, 0])


class AdaptiveHessianOperator(CongruentOperator):
    r"""The Hessian in units of the weights, :math:`\mathrm{diag}(c) H \mathrm{diag}(c)`.

    To second order at a minimum, the worst-case adaptive sharpness in the Euclidean ball of radius rho is
    :math:`\rho^2 / 2` times its top eigenvalue, and the average-case one :math:`\rho^2 / 2` times its trace
    (Andriushchenko et al. 2023, arXiv 2302.07011). Both do not change when a ReLU network is rescaled
    without changing its function; see `lengths` for which rescalings. `top_eigenpairs`, `hessian_trace` and
    `spectral_density` take it like any operator.

    Parameters
    ----------
    objective : Objective
    adaptive : {"elementwise", "filterwise"}
        The lengths c: :math:`|\theta|`, or the norm of the filter; see `landscape.neighbourhood.lengths`. Parameters of
        length zero have zero rows.

    Raises
    ------
    ValueError
        For another scale.

    Examples
    --------
    >>> with ls.AdaptiveHessianOperator(loss) as A:
    ...     adaptive = ls.top_eigenpairs(A)
    >>> adaptive.protocol["operator"]
    'diag(c) Hessian diag(c)'
    """

    def __init__(self, objective: Objective, adaptive: Adaptive = "elementwise") -> None:
        name = scale_name(adaptive)
        if name == "plain":
            raise ValueError(
                f"adaptive is {adaptive!r}: choose 'elementwise' or 'filterwise', or use HessianOperator for the plain "
                "Hessian."
            )
        super().__init__(HessianOperator(objective))
        self._name = name
        self._lengths = objective.flatten(lengths(objective, name))[:, None]

    def transform(self, vectors: Tensor) -> Tensor:
        """Return diag(c) times the columns of a matrix of shape (size, k)."""
        return self._lengths * vectors

    def in_float64(self) -> "AdaptiveHessianOperator | None":
        """Return the same matrix with products in float64; None where there is none that is more exact."""
        inner = self.operator.in_float64()
        if inner is None:
            return None
        other = copy.copy(self)
        WrappedOperator.__init__(other, inner)
        other._lengths = self._lengths.double()
        return other

    def protocol(self) -> dict[str, Any]:
        """Return the Hessian's protocol, and how it is scaled (JSON-able)."""
        return self.operator.protocol() | {"operator": "diag(c) Hessian diag(c)", "c": SCALES[self._name]}
