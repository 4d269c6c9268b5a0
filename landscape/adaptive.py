r"""Neighbourhoods that are scaled with the weights, so that rescaling a network does not change what is measured in them.

A perturbation :math:`\delta` is measured by :math:`\lVert\delta / c\rVert` with one positive length c per parameter.
Kwon et al. 2021, "ASAM" (arXiv 2102.11600), call such a neighbourhood, and the sharpness in it, adaptive.
"""

from abc import abstractmethod
from typing import Any, Literal

import torch
from torch import Tensor

from landscape.hessian import HessianOperator
from landscape.objective import Objective
from landscape.operators import Probe, SymmetricOperator
from landscape.parameters import ParameterSpace

Adaptive = bool | Literal["elementwise", "filterwise"]

SCALES = {
    "plain": "1: a ball in parameter units",
    "elementwise": "|theta| of each parameter, biases and normalisation parameters included",
    "filterwise": "norm of the filter (slice along the first dimension); |theta| for tensors of one dimension or none",
    "box": "|theta| + 1 (Keskar et al. 2017)",
}
"""The lengths c in the protocol's words."""


def scale_name(adaptive: Any) -> str:
    """Return the name in `SCALES` of an `adaptive` argument: True is "elementwise", False "plain".

    Raises
    ------
    ValueError
        For anything else than these and the names "elementwise" and "filterwise".
    """
    if isinstance(adaptive, bool):
        return "elementwise" if adaptive else "plain"
    if adaptive not in ("elementwise", "filterwise"):
        raise ValueError(f"adaptive is {adaptive!r}: choose 'elementwise' (or True), 'filterwise', or False.")
    return adaptive


def lengths(parameters: ParameterSpace, name: str) -> dict[str, Tensor]:
    r"""Return the lengths c of perturbations at the objective's parameters.

    - "plain": 1.
    - "elementwise": :math:`|\theta_i|` for every parameter. Biases and normalisation parameters are treated like weights:
      with c = 1 for them, as in some implementations of ASAM, rescaling a layer together with its bias would change the
      measure.
    - "filterwise": the Euclidean norm of the filter that a weight belongs to, a slice along the first dimension (an
      output channel of a convolution, a row of a linear layer or of an embedding), as everywhere in this package. Kwon
      et al. take filters of convolutions only, and :math:`|\theta_i|` elsewhere. Tensors of one dimension or none have
      filters of one number: :math:`|\theta_i|`.
    - "box": :math:`|\theta_i| + 1`.

    A length of zero, as of a bias that was never trained, means that the parameter is not perturbed. No constant is
    added to avoid that, because it would break the invariance.

    Returns
    -------
    dict of str to Tensor
        Of the parameters' shapes and types.
    """
    return {n: _length(p, name) for n, p in parameters.parameters.items()}


def _length(weights: Tensor, name: str) -> Tensor:
    if name == "plain":
        return torch.ones_like(weights)
    if name == "box":
        return weights.abs() + 1
    if name == "elementwise" or weights.dim() < 2:
        return weights.abs()
    norms = torch.linalg.vector_norm(weights, dim=tuple(range(1, weights.dim())), keepdim=True)
    return norms.expand_as(weights).contiguous()


class CongruentOperator(SymmetricOperator):
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

    def __init__(self, operator: SymmetricOperator) -> None:
        self.operator = operator
        self.products = 0

    @abstractmethod
    def transform(self, vectors: Tensor) -> Tensor:
        """Return S times the columns of a matrix of shape (size, k), in a new tensor."""

    @property
    def size(self) -> int:
        """Number of rows."""
        return self.operator.size

    @property
    def dtype(self) -> torch.dtype:
        """Type of the vectors."""
        return self.operator.dtype

    @property
    def device(self) -> torch.device:
        """Where the vectors live."""
        return self.operator.device

    @property
    def rounding(self) -> float:
        """Relative spacing of the numbers in which products are computed."""
        return self.operator.rounding

    def matvec(self, vector: Tensor) -> Tensor:
        """Return the product with a vector of shape (size,)."""
        self.products += 1
        inner = self.transform(vector[:, None].to(self.device, self.dtype))[:, 0]
        return self.transform(self.operator.matvec(inner)[:, None])[:, 0]

    def matmat(self, vectors: Tensor) -> Tensor:
        """Return the product with the columns of a matrix of shape (size, k)."""
        self.products += vectors.shape[1]
        return self.transform(self.operator.matmat(self.transform(vectors.to(self.device, self.dtype))))

    def probe(self, generator: torch.Generator, kind: Probe = "gaussian") -> Tensor:
        """Draw a random vector, as the operator does."""
        return self.operator.probe(generator, kind)

    def unflatten(self, vector: Tensor) -> dict[str, Tensor]:
        """Return a vector as a mapping from parameter name to tensor, in the coordinates of S A S."""
        return self.operator.unflatten(vector)

    def flatten(self, direction: Any) -> Tensor:
        """Return a mapping from parameter name to tensor, in the coordinates of S A S, as a vector."""
        return self.operator.flatten(direction)

    def step(self, direction: Any) -> dict[str, Tensor]:
        """Return the step S x in the parameters that a mapping x, such as an eigenvector, stands for."""
        return self.unflatten(self.transform(self.flatten(direction)[:, None])[:, 0])

    def close(self) -> None:
        """Free what the operator keeps between products."""
        self.operator.close()


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
        The lengths c: :math:`|\theta|`, or the norm of the filter; see `landscape.adaptive.lengths`. Parameters of length
        zero have zero rows.

    Raises
    ------
    ValueError
        For another scale.
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

    def protocol(self) -> dict[str, Any]:
        """Return the Hessian's protocol, and how it is scaled (JSON-able)."""
        return self.operator.protocol() | {"operator": "diag(c) Hessian diag(c)", "c": SCALES[self._name]}
