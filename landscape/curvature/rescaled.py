r"""Curvature in rescaled coordinates: of an adaptive optimizer's preconditioner, or of the weights' own size.

An optimizer that steps by :math:`-\eta P^{-1} m` is gradient descent in the coordinates :math:`P^{1/2} \theta`, where
the Hessian is :math:`P^{-1/2} H P^{-1/2}`. Its top eigenvalue is the preconditioned sharpness of Cohen et al. 2022,
"Adaptive gradient methods at the edge of stability" (arXiv:2207.14484): full-batch Adam drives it to
:math:`(2 + 2 \beta_1) / ((1 - \beta_1) \eta)`, which is 38/eta for beta1 = 0.9, and RMSprop without momentum to 2/eta.
"""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.optim import Adagrad, Adam, Adamax, AdamW, NAdam, Optimizer, RMSprop

from landscape._common.guesses import guessable
from landscape.curvature.hessian import HessianOperator
from landscape.linalg.operator import SymmetricOperator, WrappedOperator
from landscape.objective.interface import ObjectiveLike
from landscape.objective.objective import Objective

ADAPTIVE = (Adam, AdamW, NAdam, Adamax, RMSprop, Adagrad)
"""Optimizers whose preconditioner is known."""

Adaptive = bool | Literal["elementwise", "filterwise"]

SCALES = {
    "plain": "1: a ball in parameter units",
    "elementwise": "|theta| of each parameter, biases and normalisation parameters included",
    "filterwise": "norm of the filter (slice along the first dimension); |theta| for tensors of one dimension or none",
    "box": "|theta| + 1 (Keskar et al. 2017)",
}
"""Descriptions of the perturbation scales c, for the protocol."""


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


def perturbation_scales(objective: ObjectiveLike, name: str) -> dict[str, Tensor]:
    r"""Return the perturbation scales c at the objective's parameters (Andriushchenko et al. 2023, arXiv 2302.07011).

    - "plain": 1.
    - "elementwise": :math:`|\theta_i|` for every parameter. Biases and normalisation parameters are treated like
      weights: with c = 1 for them, as in some implementations of ASAM, rescaling a layer together with its bias would
      change the measure.
    - "filterwise": the Euclidean norm of the filter that a weight belongs to, a slice along the first dimension (an
      output channel of a convolution, a row of a linear layer or of an embedding), as everywhere in this package. Kwon
      et al. take filters of convolutions only, and :math:`|\theta_i|` elsewhere. Tensors of one dimension or none have
      filters of one number: :math:`|\theta_i|`.
    - "box": :math:`|\theta_i| + 1`.

    A scale of zero, as of a bias that was never trained, means that the parameter is not perturbed. No constant is
    added to avoid that, because it would break the invariance.

    Returns
    -------
    dict of str to Tensor
        Of the parameters' shapes and types.
    """
    return {n: _length(p, name) for n, p in objective.parameters.items()}


def _length(weights: Tensor, name: str) -> Tensor:
    if name == "plain":
        return torch.ones_like(weights)
    if name == "box":
        return weights.abs() + 1
    if name == "elementwise" or weights.dim() < 2:
        return weights.abs()
    norms = torch.linalg.vector_norm(weights, dim=tuple(range(1, weights.dim())), keepdim=True)
    return norms.expand_as(weights).contiguous()


class PreconditionedOperator(WrappedOperator):
    r"""The matrix :math:`P^{-1/2} A P^{-1/2}` of a symmetric operator A and a positive diagonal P.

    Parameters
    ----------
    operator : SymmetricOperator
    scale : mapping of str to Tensor
        Parameter name to the diagonal of P in that parameter's shape, positive; it may hold more than the operator's
        parameters. `adaptive_preconditioner` reads it from an optimizer.

    Attributes
    ----------
    products : int
        Products with a vector so far, each one product with A.

    Notes
    -----
    Vectors, and eigenvectors x among them, are in the preconditioned coordinates; the step that one stands for is
    :math:`P^{-1/2} x`.

    Raises
    ------
    ValueError
        If the scale lacks a parameter, has another shape, or is not positive and finite.

    Examples
    --------
    With P the identity nothing changes:

    >>> ones = {name: torch.ones_like(p) for name, p in loss.parameters.items()}
    >>> with ls.HessianOperator(loss) as H:
    ...     plain = ls.top_eigenpairs(H).values
    ...     same = ls.top_eigenpairs(ls.curvature.PreconditionedOperator(H, ones)).values
    >>> bool(abs(same - plain) < 1e-3 * plain)
    True
    """

    @guessable
    def __init__(self, operator: SymmetricOperator, scale: Mapping[str, Tensor]) -> None:
        names = operator.unflatten(torch.zeros(operator.local_size, dtype=operator.dtype, device=operator.device))
        if missing := [name for name in names if name not in scale]:
            raise ValueError(f"The scale lacks the parameter {missing[0]!r} ({len(missing)} missing).")
        for name in names:
            if not bool((torch.isfinite(scale[name]) & (scale[name] > 0)).all()):
                raise ValueError(
                    f"The scale of {name!r} has entries that are not positive and finite: "
                    "its square root divides; add the optimizer's eps to it."
                )
        super().__init__(operator)
        self._factor = operator.flatten({name: scale[name] for name in names}).rsqrt()

    def matvec(self, vector: Tensor) -> Tensor:
        """Return the product with a vector of shape (local_size,)."""
        self.products += 1
        return self.operator.matvec(self._factor * vector.to(self._factor)).mul_(self._factor)

    def matmat(self, vectors: Tensor) -> Tensor:
        """Return the product with the columns of a matrix of shape (local_size, k)."""
        self.products += vectors.shape[1]
        return self.operator.matmat(self._factor[:, None] * vectors.to(self._factor)) * self._factor[:, None]

    def rounding_errors(self, rows: Tensor, *, thorough: bool = False) -> Tensor | None:
        """Measure the errors of products that come from rounding inside them; see `SymmetricOperator`."""
        inner = self.operator.rounding_errors(rows * self._factor, thorough=thorough)
        return None if inner is None else inner * self._factor

    def in_float64(self) -> "PreconditionedOperator | None":
        """Return the same matrix with products in float64; None where these would be no more exact."""
        if (other := self._in_float64()) is not None:
            other._factor = self._factor.double()
        return other

    def protocol(self) -> dict[str, Any]:
        """Return the operator's protocol, and that it is preconditioned (JSON-able)."""
        inner = self.operator.protocol()
        return inner | {
            "operator": f"P^-1/2 ({inner.get('operator')}) P^-1/2",
            "preconditioner": {
                "condition": float(self._extreme("amax") / self._extreme("amin")) ** 2,
                "smallest": float(self._extreme("amax")) ** -2,
            },
        }

    def _extreme(self, which: str) -> Tensor:
        return getattr(self._factor.double(), which)()


class ShiftedOperator(WrappedOperator):
    """The matrix A + D of a symmetric operator A and a diagonal D.

    Parameters
    ----------
    operator : SymmetricOperator
    diagonal : mapping of str to Tensor
        Of the operator's parameters, in their shapes; it may hold more.
    """

    def __init__(self, operator: SymmetricOperator, diagonal: Mapping[str, Tensor]) -> None:
        super().__init__(operator)
        names = operator.unflatten(torch.zeros(operator.local_size, dtype=operator.dtype, device=operator.device))
        self._diagonal = operator.flatten({name: diagonal[name] for name in names})

    def matvec(self, vector: Tensor) -> Tensor:
        """Return the product with a vector of shape (local_size,)."""
        self.products += 1
        return self.operator.matvec(vector) + self._diagonal * vector.to(self._diagonal)

    def matmat(self, vectors: Tensor) -> Tensor:
        """Return the product with the columns of a matrix of shape (local_size, k)."""
        self.products += vectors.shape[1]
        return self.operator.matmat(vectors) + self._diagonal[:, None] * vectors.to(self._diagonal)

    def rounding_errors(self, rows: Tensor, *, thorough: bool = False) -> Tensor | None:
        """Measure the errors of products that come from rounding inside them; see `SymmetricOperator`."""
        return self.operator.rounding_errors(rows, thorough=thorough)

    def in_float64(self) -> "ShiftedOperator | None":
        """Return the same matrix with products in float64; None where these would be no more exact."""
        if (other := self._in_float64()) is not None:
            other._diagonal = self._diagonal.double()
        return other

    def protocol(self) -> dict[str, Any]:
        """Return the operator's protocol, and that weight decay is added (JSON-able)."""
        inner = self.operator.protocol()
        return inner | {"operator": f"{inner.get('operator')} + weight decay"}


@guessable
def adaptive_preconditioner(optimizer: Optimizer, model: nn.Module) -> dict[str, Tensor]:
    r"""Return the diagonal P with which an adaptive optimizer divided its last step.

    Adam and AdamW: :math:`P = (1 - \beta_1^t) (\sqrt{v_t / (1 - \beta_2^t)} + \epsilon)`, bias corrections and
    `amsgrad` included, so that the step is :math:`-\eta P^{-1} m_t` (arXiv:2207.14484). Adamax: :math:`(1 -
    \beta_1^t) u_t`. NAdam, which corrects its two terms apart: :math:`\sqrt{v_t / (1 - \beta_2^t)} + \epsilon`.
    RMSprop: :math:`\sqrt{v_t} + \epsilon`, `centered` included. Adagrad: the same with the sum of the squares. The
    learning rate is not part of P.

    Parameters
    ----------
    optimizer : torch.optim.Adam, AdamW, NAdam, Adamax, RMSprop or Adagrad
        After at least one step.
    model : torch.nn.Module
        Whose parameters it updates; its names are those of the result.

    Returns
    -------
    dict of str to Tensor
        One positive tensor for each trainable parameter, of its shape, in float64.

    Raises
    ------
    ValueError
        For another optimizer, and for a parameter that it has not updated yet.

    Examples
    --------
    The curvature that Adam's step meets:

    >>> adam = torch.optim.Adam(model.parameters(), lr=1e-3)
    >>> torch.nn.functional.cross_entropy(model(X), y).backward()
    >>> adam.step()
    >>> loss = ls.Objective(model, torch.nn.CrossEntropyLoss(), (X, y))  # at the weights after the step
    >>> with ls.HessianOperator(loss) as H:
    ...     scales = ls.curvature.adaptive_preconditioner(adam, model)
    ...     met = ls.top_eigenpairs(ls.curvature.PreconditionedOperator(H, scales))
    >>> bool(met.values[0] > 0)
    True
    """
    if not isinstance(optimizer, ADAPTIVE):
        raise ValueError(
            f"The optimizer is a {type(optimizer).__name__}, whose preconditioner is not known: give torch's Adam, "
            "AdamW, NAdam, Adamax, RMSprop or Adagrad, or pass your own mapping from parameter name to tensor to "
            "PreconditionedOperator."
        )
    groups = {parameter: group for group in optimizer.param_groups for parameter in group["params"]}
    scale = {}
    for name, parameter in getattr(model, "_orig_mod", model).named_parameters():
        if not parameter.requires_grad:
            continue
        if parameter not in groups:
            raise ValueError(f"The optimizer does not have the parameter {name!r}: give the model that it updates.")
        state = optimizer.state.get(parameter)
        if not state or float(state.get("step", 1)) == 0:  # Adagrad has a state from the beginning
            raise ValueError(
                f"The optimizer has not updated {name!r} yet (no step, or never a gradient): take a step first, "
                "or restrict the objective to the parameters that it moves."
            )
        scale[name] = denominator(groups[parameter], state)
    return scale


def denominator(group: Mapping[str, Any], state: Mapping[str, Any]) -> Tensor:
    """Return the diagonal of P of one parameter, from its group and its state after a step; see above."""
    if "sum" in state:  # Adagrad
        return state["sum"].detach().double().sqrt() + group["eps"]
    if "square_avg" in state:  # RMSprop
        second = state["square_avg"].detach().double()
        if group["centered"]:
            second = (second - state["grad_avg"].detach().double().square()).clamp_min(0)
        return second.sqrt() + group["eps"]
    step = float(state["step"])
    first, decay = (float(beta) for beta in group["betas"])
    if "exp_inf" in state:  # Adamax
        return (1 - first**step) * state["exp_inf"].detach().double()
    if "mu_product" in state:  # NAdam
        return (state["exp_avg_sq"].detach().double() / (1 - decay**step)).sqrt() + group["eps"]
    second = state["max_exp_avg_sq" if group["amsgrad"] else "exp_avg_sq"].detach().double()
    return (1 - first**step) * ((second / (1 - decay**step)).sqrt() + group["eps"])


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
        """Measure the errors of products that come from rounding inside them; see `SymmetricOperator`."""
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
    without changing its function; see `perturbation_scales` for which rescalings. `top_eigenpairs`, `hessian_trace` and
    `spectral_density` take it like any operator.

    Parameters
    ----------
    objective : Objective
    adaptive : {"elementwise", "filterwise"}
        The perturbation scale c: :math:`|\theta|`, or the norm of the filter; see
        `landscape.curvature.rescaled.perturbation_scales`. Parameters of scale zero have zero rows.

    Raises
    ------
    ValueError
        For another scale.

    Examples
    --------
    >>> with ls.curvature.AdaptiveHessianOperator(loss) as A:
    ...     adaptive = ls.top_eigenpairs(A)
    >>> adaptive.protocol["operator"]
    'diag(c) Hessian diag(c)'
    """

    @guessable
    def __init__(self, objective: Objective, adaptive: Adaptive = "elementwise") -> None:
        name = scale_name(adaptive)
        if name == "plain":
            raise ValueError(
                f"adaptive is {adaptive!r}: choose 'elementwise' or 'filterwise', or use HessianOperator for the plain "
                "Hessian."
            )
        super().__init__(HessianOperator(objective))
        self._name = name
        self._scales = objective.flatten(perturbation_scales(objective, name))[:, None]

    def transform(self, vectors: Tensor) -> Tensor:
        """Return diag(c) times the columns of a matrix of shape (size, k)."""
        return self._scales * vectors

    def in_float64(self) -> "AdaptiveHessianOperator | None":
        """Return the same matrix with products in float64; None where these would be no more exact."""
        if (other := self._in_float64()) is not None:
            other._scales = self._scales.double()
        return other

    def protocol(self) -> dict[str, Any]:
        """Return the Hessian's protocol, and how it is scaled (JSON-able)."""
        return self.operator.protocol() | {"operator": "diag(c) Hessian diag(c)", "c": SCALES[self._name]}
